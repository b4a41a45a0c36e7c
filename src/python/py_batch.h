/* SPDX-License-Identifier: BSD-3-Clause */
/* The object behind _core.Batch, and how its methods run the core. */
#ifndef SX_PYTHON_PY_BATCH_H
#define SX_PYTHON_PY_BATCH_H

#include "python/py_convert.h"

#include "sarimax_c_batch.h"

/*
 * The arrays are the caller's own and not shared with anyone, so they are used
 * where they are while the GIL is released.
 */
typedef struct sx_batch_object {
  PyObject_HEAD sx_spec_object *spec;
  PyObject *endog, *exog, *indptr; /* exog NULL without regressors */
  PyObject *source; /* what endog is to be copied from in a run, or NULL */
  int prepared;     /* whether a run has filled shape */
  sx_engine engine;
  int64_t count;
  sx_batch_shape shape; /* one allocation, at facts */
} sx_batch_object;

/* Whether `object` is a C-contiguous array of this type and dimensions. */
int sx_is_array(PyObject *object, int type, int ndim);
void *sx_array_at(PyObject *array);
int64_t sx_array_dim(PyObject *array, int axis);

enum { SX_MOST_RESULTS = 12 };

/* What one result is made of. */
typedef struct sx_column {
  int type, ndim;
  int64_t dims[3];
} sx_column;

/* The results of a method, in the order of its tuple. */
typedef struct sx_result_list {
  int count;
  sx_column columns[SX_MOST_RESULTS];
} sx_result_list;

/* One call: the batch, and how its thread gets back to Python now and then. */
typedef struct sx_batch_call {
  sx_batch batch;
  sx_batch_input input;
  PyObject *progress;    /* borrowed, NULL: not wanted */
  PyThreadState *thread; /* NULL while this thread holds the GIL */
} sx_batch_call;

/* A run of the core into the data of the results. */
typedef sx_status (*sx_batch_run)(const sx_batch *batch, void *const *data,
                                  const void *what);

int64_t sx_batch_count(PyObject *self);
int64_t sx_batch_k_params(PyObject *self);

/* TypeError and -1 for a wrong number of arguments. */
int sx_check_count(Py_ssize_t given, Py_ssize_t wanted);

/*
 * Reads params (None: no parameters), then n_threads and progress at `last`. -1
 * with an exception set on failure.
 */
int sx_batch_begin(PyObject *object, PyObject *params, PyObject *const *last,
                   sx_batch_call *call);

/* The tuple of results of a run, or NULL with an exception set. */
PyObject *sx_batch_into(PyObject *self, sx_batch_call *call,
                        const sx_result_list *wanted, sx_batch_run run,
                        const void *what);

/* Those of _core.Batch (py_batch_runs.c). */
extern PyMethodDef sx_batch_methods[];

#endif
