/* SPDX-License-Identifier: BSD-3-Clause */
/* _core.Batch: many series of one specification, run on threads. */
#include "python/py_batch.h"

#include "base/compiler.h"

#include <string.h>

/* ---- arrays ---- */

/* A new array of `ndim` dimensions. */
static PyObject *new_array(int type, int ndim, const int64_t *dims) {
  npy_intp lengths[3];

  for (int i = 0; i < ndim; i++) {
    lengths[i] = (npy_intp)dims[i];
  }
  return PyArray_SimpleNew(ndim, lengths, type);
}

void *sx_array_at(PyObject *array) {
  return PyArray_DATA((PyArrayObject *)array);
}

int sx_is_array(PyObject *object, int type, int ndim) {
  return PyArray_Check(object) &&
         PyArray_TYPE((PyArrayObject *)object) == type &&
         PyArray_NDIM((PyArrayObject *)object) == ndim &&
         PyArray_ISCARRAY_RO((PyArrayObject *)object);
}

int64_t sx_array_dim(PyObject *array, int axis) {
  return PyArray_DIM((PyArrayObject *)array, axis);
}

/* Takes the results. */
static PyObject *as_tuple(PyObject **results, int count) {
  PyObject *tuple = PyTuple_New(count);

  for (int i = 0; i < count; i++) {
    if (tuple == NULL) {
      Py_DECREF(results[i]);
    } else {
      PyTuple_SetItem(tuple, i, results[i]);
    }
  }
  return tuple;
}

/* -1 with an exception set, and nothing kept, if one cannot be made. */
static int make_results(const sx_column *columns, int count,
                        PyObject **results) {
  for (int i = 0; i < count; i++) {
    results[i] = new_array(columns[i].type, columns[i].ndim, columns[i].dims);
    if (results[i] == NULL) {
      while (i-- > 0) {
        Py_DECREF(results[i]);
      }
      return -1;
    }
  }
  return 0;
}

/* The tuple of results, or NULL with the status raised; takes the results. */
static PyObject *finish(PyObject *self, sx_status status, PyObject **results,
                        int count) {
  if (status >= 0) {
    return as_tuple(results, count);
  }
  for (int i = 0; i < count; i++) {
    Py_DECREF(results[i]);
  }
  if (!PyErr_Occurred()) {
    sx_raise_status(sx_state_of(self), status);
  }
  return NULL;
}

/* ---- construction ---- */

static int make_shape(sx_batch_object *self) {
  size_t n = (size_t)self->count;
  size_t each = sizeof(sx_facts) + 2 * sizeof(int64_t) + sizeof(int32_t);
  sx_facts *memory = n > SIZE_MAX / 64 ? NULL : SX_MALLOC((n + 1) * each);

  if (memory == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  self->shape.facts = memory;
  self->shape.nobs = (int64_t *)(memory + n);
  self->shape.order = self->shape.nobs + n;
  self->shape.usable = (int32_t *)(self->shape.order + n);
  return 0;
}

/* None, or as many rows as endog has. */
static int set_source(sx_batch_object *self, PyObject *source) {
  if (source == Py_None) {
    return 0;
  }
  if (!sx_is_array(source, NPY_DOUBLE, 1) ||
      sx_array_dim(source, 0) != sx_array_dim(self->endog, 0)) {
    PyErr_SetString(PyExc_TypeError, "source must be an array as endog is");
    return -1;
  }
  Py_INCREF(source);
  self->source = source;
  return 0;
}

/* Ascending from 0 to the rows of endog, as many as exog has. */
static int check_rows(const sx_batch_object *self) {
  const int64_t *indptr = sx_array_at(self->indptr);
  int64_t rows = sx_array_dim(self->endog, 0);

  if (indptr[0] != 0 || indptr[self->count] != rows ||
      (self->exog &&
       (sx_array_dim(self->exog, 0) != rows ||
        sx_array_dim(self->exog, 1) != self->spec->model.spec.k_exog))) {
    return 0;
  }
  for (int64_t i = 0; i < self->count; i++) {
    if (indptr[i] > indptr[i + 1]) {
      return 0;
    }
  }
  return 1;
}

static int set_arrays(sx_batch_object *self, PyObject *endog, PyObject *exog,
                      PyObject *indptr) {
  int has_exog = self->spec->model.spec.k_exog > 0;

  if (!sx_is_array(endog, NPY_DOUBLE, 1) ||
      !sx_is_array(indptr, NPY_INT64, 1) || sx_array_dim(indptr, 0) < 1 ||
      (has_exog && !sx_is_array(exog, NPY_DOUBLE, 2))) {
    PyErr_SetString(PyExc_TypeError,
                    "endog, exog and indptr must be C-contiguous arrays of "
                    "float64, float64 and int64");
    return -1;
  }
  Py_INCREF(endog);
  Py_INCREF(indptr);
  self->endog = endog;
  self->indptr = indptr;
  if (has_exog) {
    Py_INCREF(exog);
    self->exog = exog;
  }
  self->count = sx_array_dim(indptr, 0) - 1;
  self->prepared = self->count == 0;
  if (!check_rows(self)) {
    PyErr_SetString(PyExc_TypeError,
                    "indptr must ascend from 0 to the rows of endog and exog");
    return -1;
  }
  return make_shape(self);
}

static PyObject *batch_new(PyTypeObject *type, PyObject *args,
                           PyObject *keywords) {
  sx_module_state *state = (sx_module_state *)PyType_GetModuleState(type);
  PyObject *spec, *endog, *exog, *indptr, *source;
  sx_batch_object *self;
  const char *engine;

  if (keywords != NULL && PyDict_Size(keywords) > 0) {
    PyErr_SetString(PyExc_TypeError, "Batch takes no keyword arguments");
    return NULL;
  }
  if (!PyArg_ParseTuple(args, "O!OOOsO:Batch", state->spec_type, &spec, &endog,
                        &exog, &indptr, &engine, &source)) {
    return NULL;
  }
  self = (sx_batch_object *)PyType_GenericAlloc(type, 0);
  if (self == NULL) {
    return NULL;
  }
  Py_INCREF(spec);
  self->spec = (sx_spec_object *)spec;
  if (sx_parse_engine(engine, &self->engine) < 0 ||
      set_arrays(self, endog, exog, indptr) < 0 ||
      set_source(self, source) < 0) {
    Py_DECREF((PyObject *)self);
    return NULL;
  }
  return (PyObject *)self;
}

static void batch_dealloc(PyObject *object) {
  sx_batch_object *self = (sx_batch_object *)object;
  PyTypeObject *type = Py_TYPE(object);

  SX_FREE(self->shape.facts);
  Py_XDECREF(self->endog);
  Py_XDECREF(self->exog);
  Py_XDECREF(self->indptr);
  Py_XDECREF(self->source);
  Py_XDECREF((PyObject *)self->spec);
  PyObject_Free(object);
  Py_DECREF(type);
}

/* ---- running ---- */

int64_t sx_batch_count(PyObject *self) {
  return ((const sx_batch_object *)self)->count;
}

int64_t sx_batch_k_params(PyObject *self) {
  return ((const sx_batch_object *)self)->spec->model.k_params;
}

/* Lets signal handlers run and reports progress; non-zero if one raises. */
static int poll(void *context, int64_t done) {
  sx_batch_call *self = (sx_batch_call *)context;
  int failed;

  PyEval_RestoreThread(self->thread);
  failed = PyErr_CheckSignals() < 0;
  if (!failed && self->progress) {
    PyObject *answer =
        PyObject_CallFunction(self->progress, "L", (long long)done);

    failed = answer == NULL;
    Py_XDECREF(answer);
  }
  self->thread = PyEval_SaveThread();
  return failed;
}

/* Other Python threads may run from now on: nothing of theirs is read. */
static void release_lock(void *context) {
  sx_batch_call *self = (sx_batch_call *)context;

  self->thread = PyEval_SaveThread();
}

/* Parameters (count, k_params), or (1, k_params) for all. */
static int set_params(const sx_batch_object *self, PyObject *params,
                      sx_batch *batch) {
  if (!sx_is_array(params, NPY_DOUBLE, 2) ||
      sx_array_dim(params, 1) != self->spec->model.k_params ||
      (sx_array_dim(params, 0) != self->count &&
       sx_array_dim(params, 0) != 1)) {
    PyErr_SetString(PyExc_TypeError,
                    "params must be (count, k_params) or (1, k_params)");
    return -1;
  }
  batch->params = sx_array_at(params);
  batch->shared_params = sx_array_dim(params, 0) == 1;
  return 0;
}

int sx_batch_begin(PyObject *object, PyObject *params, PyObject *const *last,
                   sx_batch_call *call) {
  const sx_batch_object *self = (const sx_batch_object *)object;
  long long n_threads = PyLong_AsLongLong(last[0]);
  sx_batch *batch = &call->batch;

  *call = (sx_batch_call){
      .input = {.source = self->source ? sx_array_at(self->source) : NULL,
                .endog = sx_array_at(self->endog),
                .exog = self->exog ? sx_array_at(self->exog) : NULL,
                .taken = release_lock},
      .progress = last[1] == Py_None ? NULL : last[1]};
  *batch = (sx_batch){.model = &self->spec->model,
                      .engine = self->engine,
                      .count = self->count,
                      .endog = call->input.endog,
                      .exog = call->input.exog,
                      .indptr = sx_array_at(self->indptr),
                      .shape = self->shape,
                      .poll = poll,
                      .context = call,
                      .input = self->prepared ? NULL : &call->input};
  if (n_threads == -1 && PyErr_Occurred()) {
    return -1;
  }
  batch->n_threads =
      (int32_t)(n_threads < 1 ? 1 : (n_threads > 4096 ? 4096 : n_threads));
  return params == Py_None ? 0 : set_params(self, params, batch);
}

int sx_check_count(Py_ssize_t given, Py_ssize_t wanted) {
  if (given != wanted) {
    PyErr_Format(PyExc_TypeError, "expected %zd arguments, got %zd", wanted,
                 given);
    return -1;
  }
  return 0;
}

/* The run, and the state of the batch after it. */
static sx_status run_unlocked(sx_batch_object *self, sx_batch_call *call,
                              sx_batch_run run, void *const *data,
                              const void *what) {
  sx_status status;

  if (self->prepared) {
    release_lock(call);
  }
  status = run(&call->batch, data, what);
  if (call->thread != NULL) {
    PyEval_RestoreThread(call->thread);
    self->prepared = 1;
    Py_CLEAR(self->source);
  }
  return status;
}

PyObject *sx_batch_into(PyObject *self, sx_batch_call *call,
                        const sx_result_list *wanted, sx_batch_run run,
                        const void *what) {
  PyObject *results[SX_MOST_RESULTS];
  void *data[SX_MOST_RESULTS];
  sx_status status;

  if (make_results(wanted->columns, wanted->count, results) < 0) {
    return NULL;
  }
  for (int i = 0; i < wanted->count; i++) {
    data[i] = sx_array_at(results[i]);
  }
  status = run_unlocked((sx_batch_object *)self, call, run, data, what);
  return finish(self, status, results, wanted->count);
}

/* ---- the type ---- */

static PyObject *get_nobs(PyObject *object, void *closure) {
  const sx_batch_object *self = (const sx_batch_object *)object;
  PyObject *array;

  (void)closure;
  if (!self->prepared) {
    PyErr_SetString(PyExc_RuntimeError, "no run has seen the series yet");
    return NULL;
  }
  array = new_array(NPY_INT64, 1, &self->count);
  if (array != NULL) {
    memcpy(sx_array_at(array), self->shape.nobs,
           (size_t)self->count * sizeof(int64_t));
  }
  return array;
}

static PyGetSetDef batch_getset[] = {
    {"nobs", get_nobs, NULL, "rows of each series, after differencing", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot batch_slots[] = {
    {Py_tp_new, (void *)(uintptr_t)batch_new},
    {Py_tp_dealloc, (void *)(uintptr_t)batch_dealloc},
    {Py_tp_methods, sx_batch_methods},
    {Py_tp_getset, batch_getset},
    {Py_tp_doc, "Many series of one specification."},
    {0, NULL}};

PyType_Spec sx_batch_type_spec = {.name = "sarimax_c._core.Batch",
                                  .basicsize = sizeof(sx_batch_object),
                                  .flags = Py_TPFLAGS_DEFAULT |
                                           Py_TPFLAGS_IMMUTABLETYPE,
                                  .slots = batch_slots};
