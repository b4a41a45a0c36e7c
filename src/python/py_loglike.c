/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods of _core.Model: log-likelihoods by any engine. */
#include "python/py_model.h"

#include "base/compiler.h"
#include "python/py_interrupt.h"

#include <string.h>

void sx_raise_loglike(PyObject *self, sx_status status, sx_reason reason) {
  sx_module_state *state = sx_state_of(self);

  if (status == SX_E_EXACT) {
    PyErr_Format(state->spec_error,
                 "engine='exact' cannot compute this log-likelihood: %s; "
                 "engine='auto' can (argument: engine)",
                 sx_reason_message((int)reason));
  } else {
    sx_raise_status(state, status);
  }
}

/*
 * As sx_releases_gil. The exact engine's time for a period goes with the states
 * and the gaps, not with the states' square; its first block counts in full.
 */
static int loglike_pays(const sx_model_object *self,
                        const sx_loglike_request *request) {
  double states = (double)self->spec->model.k_states;
  double periods = (double)self->series.nobs;

  if (request->engine == SX_ENGINE_EXACT) {
    periods = (periods / states + states) * (double)(1 + self->facts.missing);
  }
  return sx_releases_gil(self, periods * (double)request->count);
}

/* Runs the request with the GIL released where that pays. */
static sx_status run_loglike(const sx_run *call,
                             const sx_loglike_request *request,
                             sx_loglike_output *out) {
  const sx_model_object *self = call->self;
  sx_unlocked unlocked;
  const sx_series *series =
      sx_unlock(&self->series, loglike_pays(self, request), &unlocked);
  sx_status status = sx_loglike(&self->spec->model, series, request, call->work,
                                call->work_size, out);

  return sx_relock(&unlocked, status);
}

/* One log-likelihood; -1 with an exception set on failure. */
static int evaluate(PyObject *object, PyObject *params,
                    sx_loglike_output *out) {
  const sx_model_object *self = (const sx_model_object *)object;
  sx_loglike_request request = {self->engine, 1, NULL, 0, 0};
  sx_status status;
  sx_run call;

  if (sx_run_begin(object, params, self->loglike_work, &call) < 0) {
    return -1;
  }
  request.params = call.params;
  status = run_loglike(&call, &request, out);
  SX_FREE(call.params);
  if (status < 0) {
    sx_raise_loglike(object, status, out->reason);
    return -1;
  }
  return 0;
}

PyObject *sx_model_loglike(PyObject *self, PyObject *params) {
  sx_loglike_output out;

  if (evaluate(self, params, &out) < 0) {
    return NULL;
  }
  return PyFloat_FromDouble(out.loglike);
}

PyObject *sx_model_evaluate(PyObject *self, PyObject *params) {
  sx_loglike_output out;

  if (evaluate(self, params, &out) < 0) {
    return NULL;
  }
  return Py_BuildValue(
      "(dLss)", out.loglike, (long long)out.nobs_skipped,
      out.engine == SX_ENGINE_EXACT ? "exact" : "identical",
      out.engine == SX_ENGINE_EXACT ? "" : sx_reason_message((int)out.reason));
}

/* The first reason among outputs, for a message. */
static sx_reason first_reason(const sx_loglike_output *out, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    if (out[i].reason != SX_REASON_NONE) {
      return out[i].reason;
    }
  }
  return SX_REASON_NONE;
}

/* A copy of the parameters (count, k_params), outputs and workspace. */
static PyObject *run_many(PyObject *object, sx_loglike_request *request,
                          size_t work_size) {
  const sx_model_object *self = (const sx_model_object *)object;
  size_t count = (size_t)request->count;
  size_t k = (size_t)self->spec->model.k_params;
  size_t cells = count * k;
  size_t each = sizeof(sx_loglike_output) + k * sizeof(double);
  sx_loglike_output *out = count > (SIZE_MAX - work_size) / each
                               ? NULL
                               : SX_MALLOC(count * each + work_size);
  double *params = out ? (double *)(void *)(out + count) : NULL;
  sx_run call = {self, params, params ? params + cells : NULL, work_size};
  PyObject *values = NULL;
  sx_status status;

  if (out == NULL) {
    return PyErr_NoMemory();
  }
  memcpy(params, request->params, cells * sizeof(double));
  request->params = params;
  status = run_loglike(&call, request, out);
  if (status < 0) {
    sx_raise_loglike(object, status, first_reason(out, request->count));
  } else {
    values = sx_new_array(request->count, NULL);
  }
  for (size_t i = 0; values != NULL && i < count; i++) {
    sx_array_data(values)[i] = out[i].loglike;
  }
  SX_FREE(out);
  return values;
}

/* Bytes for `request`; kept for as many as a gradient takes. */
static sx_status plan_many(sx_model_object *self,
                           const sx_loglike_request *request,
                           size_t *work_size) {
  int kept = request->count == self->spec->model.k_params + 1;
  sx_status status;

  *work_size = kept ? sx_shared_get(&self->gradient_work) : 0;
  if (*work_size > 0) {
    return SX_OK;
  }
  status =
      sx_loglike_plan(&self->spec->model, &self->series, request, work_size);
  if (kept && status >= 0) {
    sx_shared_set(&self->gradient_work, *work_size);
  }
  return status;
}

PyObject *sx_model_loglikes(PyObject *object, PyObject *params) {
  sx_model_object *self = (sx_model_object *)object;
  sx_module_state *state = sx_state_of(object);
  PyObject *rows = sx_as_rows(state, params, self->spec->model.k_params);
  sx_loglike_request request = {self->engine, 0, NULL, 0, 0};
  PyObject *values = NULL;
  size_t work_size = 0;
  sx_status status;

  if (rows == NULL) {
    return NULL;
  }
  request.params = sx_array_data(rows);
  request.count = PyArray_DIM((PyArrayObject *)rows, 0);
  status = plan_many(self, &request, &work_size);
  if (status < 0) {
    sx_raise_status(state, status);
  } else {
    values = run_many(object, &request, work_size);
  }
  Py_DECREF(rows);
  return values;
}
