/* SPDX-License-Identifier: BSD-3-Clause */
/* What the binding's files share: module state, errors, array conversion. */
#ifndef SX_PYTHON_PY_CONVERT_H
#define SX_PYTHON_PY_CONVERT_H

#include <Python.h>

#define PY_ARRAY_UNIQUE_SYMBOL sarimax_c_ARRAY_API
#ifndef SX_IMPORT_ARRAY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#include "sarimax_c_predict.h"

typedef struct sx_module_state {
  PyObject *error_from_status; /* sarimax_c.errors.error_from_status */
  PyObject *data_error;        /* sarimax_c.errors.DataError */
  PyObject *spec_error;        /* sarimax_c.errors.SpecError */
  PyObject *as_params;         /* sarimax_c.arrays.as_params */
  PyObject *as_params_rows;    /* sarimax_c.arrays.as_params_rows */
  PyTypeObject *spec_type;
  PyTypeObject *model_type;
  PyTypeObject *batch_type;
  PyTypeObject *state_type;
} sx_module_state;

/* The immutable Spec object: a model layout that owns its lag arrays. */
typedef struct sx_spec_object {
  PyObject_HEAD sx_model model;
  int32_t *lags; /* one allocation for the five lag lists */
  size_t filter_work;
} sx_spec_object;

/* State of the module that defines the type of `self`. */
sx_module_state *sx_state_of(PyObject *self);

/* Raises what errors.error_from_status makes of `status`; returns NULL. */
PyObject *sx_raise_status(sx_module_state *state, sx_status status);

/* Reads an engine's name; -1 with TypeError set if there is none such. */
int sx_parse_engine(const char *name, sx_engine *engine);

/* A new 1-D float64 array, filled from `values` unless that is NULL. */
PyObject *sx_new_array(int64_t count, const double *values);
double *sx_array_data(PyObject *array);

/*
 * Copies the parameter vector `object` (any real array-like of `k_params`
 * numbers) to `target`. -1 with TypeError or DataError set on failure.
 */
int sx_copy_params(sx_module_state *state, PyObject *object, int32_t k_params,
                   double *target);

/*
 * Parameter vectors as rows: a C-contiguous float64 array (count, k_params), a
 * new reference. NULL with TypeError or DataError set on failure.
 */
PyObject *sx_as_rows(sx_module_state *state, PyObject *object,
                     int32_t k_params);

/*
 * Borrows the data of a C-contiguous float64 array with `ndim` dimensions.
 * NULL with TypeError set if `object` is not one; `name` is for the message.
 */
const double *sx_borrow_array(PyObject *object, int ndim, const char *name);

extern PyType_Spec sx_spec_type_spec;
extern PyType_Spec sx_model_type_spec;
extern PyType_Spec sx_batch_type_spec;
extern PyType_Spec sx_state_type_spec;

#endif
