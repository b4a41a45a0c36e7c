/* SPDX-License-Identifier: BSD-3-Clause */
/* Method of _core.Model: the fit. */
#include "python/py_model.h"

#include "base/compiler.h"
#include "python/py_interrupt.h"

#include <string.h>

/* What a fit is asked for, and its memory. */
typedef struct fit_call {
  sx_fit_request request;
  double *start;  /* (k_params,) */
  uint8_t *fixed; /* (k_params,) */
  void *memory;   /* the workspace, then these two */
  size_t work_size;
} fit_call;

/* Copies a uint8 array (k,); -1 with an exception set on failure. */
static int copy_fixed(PyObject *object, int32_t k, uint8_t *target) {
  PyArrayObject *array = (PyArrayObject *)object;

  if (!PyArray_Check(object) || PyArray_TYPE(array) != NPY_UINT8 ||
      PyArray_NDIM(array) != 1 || PyArray_DIM(array, 0) != k ||
      !PyArray_IS_C_CONTIGUOUS(array)) {
    PyErr_SetString(PyExc_TypeError, "fixed must be a uint8 array (k_params,)");
    return -1;
  }
  memcpy(target, PyArray_DATA(array), (size_t)k);
  return 0;
}

/* Takes the memory; -1 with an exception set on failure. */
static int take_memory(PyObject *object, fit_call *call) {
  const sx_model_object *self = (const sx_model_object *)object;
  size_t k = (size_t)self->spec->model.k_params;
  size_t extra = k * (sizeof(double) + 1) + sizeof(double);
  unsigned char *bytes;
  sx_status status = sx_fit_plan(&self->spec->model, &self->series,
                                 &call->request, &call->work_size);

  if (status == SX_OK && call->work_size > SIZE_MAX - 2 * extra) {
    status = SX_E_OVERFLOW;
  }
  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  call->work_size += (size_t)(-call->work_size % sizeof(double));
  call->memory = SX_MALLOC(call->work_size + extra);
  if (call->memory == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  bytes = call->memory;
  call->start = (double *)(void *)(bytes + call->work_size);
  call->fixed = (uint8_t *)(call->start + k);
  return 0;
}

/* Reads the arguments; -1 with an exception set and nothing kept on failure. */
static int begin(PyObject *object, PyObject *args, fit_call *call) {
  const sx_model_object *self = (const sx_model_object *)object;
  int32_t k = self->spec->model.k_params;
  PyObject *start, *fixed;
  int maxiter, skips_zeros;

  if (!PyArg_ParseTuple(args, "OOip:fit", &start, &fixed, &maxiter,
                        &skips_zeros)) {
    return -1;
  }
  call->request = (sx_fit_request){.engine = self->engine,
                                   .maxiter = (int32_t)maxiter,
                                   .skips_zeros = skips_zeros};
  if (take_memory(object, call) < 0) {
    return -1;
  }
  if ((start != Py_None &&
       sx_copy_params(sx_state_of(object), start, k, call->start) < 0) ||
      (fixed != Py_None && copy_fixed(fixed, k, call->fixed) < 0)) {
    SX_FREE(call->memory);
    return -1;
  }
  call->request.start_params = start != Py_None ? call->start : NULL;
  call->request.fixed = fixed != Py_None ? call->fixed : NULL;
  return 0;
}

/* The names of _core.Batch.fit. */
static PyObject *as_dict(PyObject *params, const sx_fit_output *out) {
  return Py_BuildValue("{sOsdsdsLsLsLsisksisi}", "params", params, "llf",
                       out->loglike, "scale", out->scale, "nobs_skipped",
                       (long long)out->nobs_skipped, "nit", (long long)out->nit,
                       "nfev", (long long)out->nfev, "end", (int)out->end,
                       "start_flags", (unsigned long)out->start_flags, "engine",
                       (int)out->engine, "reason", (int)out->reason);
}

PyObject *sx_model_fit(PyObject *object, PyObject *args) {
  const sx_model_object *self = (const sx_model_object *)object;
  PyObject *params = sx_new_array(self->spec->model.k_params, NULL);
  PyObject *found = NULL;
  sx_fit_output out = {0};
  const sx_series *series;
  sx_unlocked unlocked;
  sx_status status;
  fit_call call;

  if (params == NULL) {
    return NULL;
  }
  if (begin(object, args, &call) < 0) {
    Py_DECREF(params);
    return NULL;
  }
  out.params = sx_array_data(params);
  series = sx_unlock(&self->series, 1, &unlocked);
  status = sx_fit(&self->spec->model, series, &call.request, call.memory,
                  call.work_size, &out);
  SX_FREE(call.memory);
  status = sx_relock(&unlocked, status);
  if (status < 0) {
    sx_raise_loglike(object, status, out.reason);
  } else {
    found = as_dict(params, &out);
  }
  Py_DECREF(params);
  return found;
}
