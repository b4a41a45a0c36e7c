/* SPDX-License-Identifier: BSD-3-Clause */
#include "python/py_convert.h"

#include <string.h>

sx_module_state *sx_state_of(PyObject *self) {
  return (sx_module_state *)PyType_GetModuleState(Py_TYPE(self));
}

PyObject *sx_raise_status(sx_module_state *state, sx_status status) {
  PyObject *error;

  if (status == SX_E_INTERRUPTED && PyErr_Occurred()) {
    return NULL; /* by a signal's handler, which has raised its own */
  }
  error = PyObject_CallFunction(state->error_from_status, "is", (int)status,
                                sx_status_message((int)status));
  if (error != NULL) {
    PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    Py_DECREF(error);
  }
  return NULL;
}

int sx_parse_engine(const char *name, sx_engine *engine) {
  if (strcmp(name, "exact") == 0) {
    *engine = SX_ENGINE_EXACT;
  } else if (strcmp(name, "identical") == 0) {
    *engine = SX_ENGINE_IDENTICAL;
  } else if (strcmp(name, "auto") == 0) {
    *engine = SX_ENGINE_AUTO;
  } else {
    PyErr_SetString(PyExc_TypeError, "unknown engine");
    return -1;
  }
  return 0;
}

PyObject *sx_new_array(int64_t count, const double *values) {
  npy_intp dims[1] = {(npy_intp)count};
  PyObject *array = PyArray_SimpleNew(1, dims, NPY_DOUBLE);

  if (array != NULL && values != NULL && count > 0) {
    memcpy(sx_array_data(array), values, (size_t)count * sizeof(double));
  }
  return array;
}

double *sx_array_data(PyObject *array) {
  return (double *)PyArray_DATA((PyArrayObject *)array);
}

static int is_plain_double(PyObject *object, int ndim) {
  PyArrayObject *array = (PyArrayObject *)object;

  return PyArray_CheckExact(object) && PyArray_NDIM(array) == ndim &&
         PyArray_TYPE(array) == NPY_DOUBLE && PyArray_ISCARRAY_RO(array);
}

int sx_copy_params(sx_module_state *state, PyObject *object, int32_t k_params,
                   double *target) {
  PyObject *array = NULL;

  if (is_plain_double(object, 1) &&
      PyArray_DIM((PyArrayObject *)object, 0) == k_params) {
    array = object;
    Py_INCREF(array);
  } else {
    array =
        PyObject_CallFunction(state->as_params, "Oi", object, (int)k_params);
  }
  if (array == NULL) {
    return -1;
  }
  memcpy(target, sx_array_data(array), (size_t)k_params * sizeof(double));
  Py_DECREF(array);
  return 0;
}

PyObject *sx_as_rows(sx_module_state *state, PyObject *object,
                     int32_t k_params) {
  if (is_plain_double(object, 2) &&
      PyArray_DIM((PyArrayObject *)object, 1) == k_params) {
    Py_INCREF(object);
    return object;
  }
  return PyObject_CallFunction(state->as_params_rows, "Oi", object,
                               (int)k_params);
}

const double *sx_borrow_array(PyObject *object, int ndim, const char *name) {
  if (!is_plain_double(object, ndim)) {
    PyErr_Format(PyExc_TypeError,
                 "%s must be a C-contiguous float64 array with %d dimensions",
                 name, ndim);
    return NULL;
  }
  return sx_array_data(object);
}
