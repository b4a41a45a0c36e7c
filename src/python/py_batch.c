/* SPDX-License-Identifier: BSD-3-Clause */
/* _core.Batch: many series of one specification, run on threads. */
#include "python/py_convert.h"

#include "base/compiler.h"

#include <string.h>

/*
 * The arrays are the caller's own and not shared with anyone, so they are used
 * where they are while the GIL is released.
 */
typedef struct sx_batch_object {
  PyObject_HEAD sx_spec_object *spec;
  PyObject *endog, *exog, *indptr; /* exog NULL without regressors */
  sx_engine engine;
  int64_t count;
  sx_batch_shape shape; /* one allocation, at nobs */
} sx_batch_object;

/* ---- arrays ---- */

/* A new array of up to three dimensions; those after the first may be 0 = none.
 */
static PyObject *new_array(int type, int64_t count, int64_t columns,
                           int64_t depth) {
  npy_intp dims[3] = {(npy_intp)count, (npy_intp)columns, (npy_intp)depth};

  return PyArray_SimpleNew(depth > 0 ? 3 : (columns > 0 ? 2 : 1), dims, type);
}

static void *data_of(PyObject *array) {
  return PyArray_DATA((PyArrayObject *)array);
}

/* Whether `object` is a C-contiguous array of this type and dimensions. */
static int is_array(PyObject *object, int type, int ndim) {
  return PyArray_Check(object) &&
         PyArray_TYPE((PyArrayObject *)object) == type &&
         PyArray_NDIM((PyArrayObject *)object) == ndim &&
         PyArray_ISCARRAY_RO((PyArrayObject *)object);
}

static int64_t dim_of(PyObject *array, int axis) {
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

/* What one result is made of. */
typedef struct column {
  int type;
  int64_t count, columns, depth;
} column;

/* -1 with an exception set, and nothing kept, if one cannot be made. */
static int make_results(const column *columns, int count, PyObject **results) {
  for (int i = 0; i < count; i++) {
    results[i] = new_array(columns[i].type, columns[i].count,
                           columns[i].columns, columns[i].depth);
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

static int fill_shape(sx_batch_object *self) {
  size_t n = (size_t)self->count;
  int64_t *memory =
      n > SIZE_MAX / 32
          ? NULL
          : SX_MALLOC((n + 1) * (3 * sizeof(int64_t) + sizeof(int32_t)));

  if (memory == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  self->shape = (sx_batch_shape){.nobs = memory,
                                 .missing = memory + n,
                                 .order = memory + 2 * n,
                                 .usable = (int32_t *)(memory + 3 * n)};
  sx_batch_prepare(&self->spec->model, self->count, data_of(self->indptr),
                   data_of(self->endog),
                   self->exog ? data_of(self->exog) : NULL, &self->shape);
  return 0;
}

/* Ascending from 0 to the rows of endog, as many as exog has. */
static int check_rows(const sx_batch_object *self) {
  const int64_t *indptr = data_of(self->indptr);
  int64_t rows = dim_of(self->endog, 0);

  if (indptr[0] != 0 || indptr[self->count] != rows ||
      (self->exog &&
       (dim_of(self->exog, 0) != rows ||
        dim_of(self->exog, 1) != self->spec->model.spec.k_exog))) {
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

  if (!is_array(endog, NPY_DOUBLE, 1) || !is_array(indptr, NPY_INT64, 1) ||
      dim_of(indptr, 0) < 1 || (has_exog && !is_array(exog, NPY_DOUBLE, 2))) {
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
  self->count = dim_of(indptr, 0) - 1;
  if (!check_rows(self)) {
    PyErr_SetString(PyExc_TypeError,
                    "indptr must ascend from 0 to the rows of endog and exog");
    return -1;
  }
  return fill_shape(self);
}

static PyObject *batch_new(PyTypeObject *type, PyObject *args,
                           PyObject *keywords) {
  sx_module_state *state = (sx_module_state *)PyType_GetModuleState(type);
  PyObject *spec, *endog, *exog, *indptr;
  sx_batch_object *self;
  const char *engine;

  if (keywords != NULL && PyDict_Size(keywords) > 0) {
    PyErr_SetString(PyExc_TypeError, "Batch takes no keyword arguments");
    return NULL;
  }
  if (!PyArg_ParseTuple(args, "O!OOOs:Batch", state->spec_type, &spec, &endog,
                        &exog, &indptr, &engine)) {
    return NULL;
  }
  self = (sx_batch_object *)PyType_GenericAlloc(type, 0);
  if (self == NULL) {
    return NULL;
  }
  Py_INCREF(spec);
  self->spec = (sx_spec_object *)spec;
  if (sx_parse_engine(engine, &self->engine) < 0 ||
      set_arrays(self, endog, exog, indptr) < 0) {
    Py_DECREF((PyObject *)self);
    return NULL;
  }
  return (PyObject *)self;
}

static void batch_dealloc(PyObject *object) {
  sx_batch_object *self = (sx_batch_object *)object;
  PyTypeObject *type = Py_TYPE(object);

  SX_FREE(self->shape.nobs);
  Py_XDECREF(self->endog);
  Py_XDECREF(self->exog);
  Py_XDECREF(self->indptr);
  Py_XDECREF((PyObject *)self->spec);
  PyObject_Free(object);
  Py_DECREF(type);
}

/* ---- running ---- */

/* One call: the batch, and how its thread gets back to Python now and then. */
typedef struct batch_call {
  sx_batch batch;
  PyObject *params;   /* a new reference, or NULL */
  PyObject *progress; /* borrowed, NULL: not wanted */
  PyThreadState *thread;
} batch_call;

/* Lets signal handlers run and reports progress; non-zero if one raises. */
static int poll(void *context, int64_t done) {
  batch_call *self = (batch_call *)context;
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

/* Parameters (count, k_params), or (1, k_params) for all. */
static int set_params(const sx_batch_object *self, PyObject *params,
                      sx_batch *batch) {
  if (!is_array(params, NPY_DOUBLE, 2) ||
      dim_of(params, 1) != self->spec->model.k_params ||
      (dim_of(params, 0) != self->count && dim_of(params, 0) != 1)) {
    PyErr_SetString(PyExc_TypeError,
                    "params must be (count, k_params) or (1, k_params)");
    return -1;
  }
  batch->params = data_of(params);
  batch->shared_params = dim_of(params, 0) == 1;
  return 0;
}

/* Reads params (None: no parameters), then n_threads and progress at `last`. */
static int begin(PyObject *object, PyObject *params, PyObject *const *last,
                 batch_call *call) {
  const sx_batch_object *self = (const sx_batch_object *)object;
  long long n_threads = PyLong_AsLongLong(last[0]);
  sx_batch *batch = &call->batch;

  *call = (batch_call){.progress = last[1] == Py_None ? NULL : last[1]};
  *batch = (sx_batch){.model = &self->spec->model,
                      .engine = self->engine,
                      .count = self->count,
                      .endog = data_of(self->endog),
                      .exog = self->exog ? data_of(self->exog) : NULL,
                      .indptr = data_of(self->indptr),
                      .shape = self->shape,
                      .poll = poll,
                      .context = call};
  if (n_threads == -1 && PyErr_Occurred()) {
    return -1;
  }
  batch->n_threads =
      (int32_t)(n_threads < 1 ? 1 : (n_threads > 4096 ? 4096 : n_threads));
  return params == Py_None ? 0 : set_params(self, params, batch);
}

static int check_count(Py_ssize_t given, Py_ssize_t wanted) {
  if (given != wanted) {
    PyErr_Format(PyExc_TypeError, "expected %zd arguments, got %zd", wanted,
                 given);
    return -1;
  }
  return 0;
}

static PyObject *batch_loglike(PyObject *self, PyObject *const *args,
                               Py_ssize_t count) {
  int64_t n = ((const sx_batch_object *)self)->count;
  const column columns[] = {
      {NPY_DOUBLE, n, 0, 0}, {NPY_INT32, n, 0, 0}, {NPY_UINT8, n, 0, 0}};
  sx_batch_loglike_output out;
  PyObject *results[3];
  sx_status status;
  batch_call call;

  if (check_count(count, 3) < 0 || begin(self, args[0], args + 1, &call) < 0 ||
      make_results(columns, 3, results) < 0) {
    return NULL;
  }
  out = (sx_batch_loglike_output){data_of(results[0]), data_of(results[1]),
                                  data_of(results[2])};
  call.thread = PyEval_SaveThread();
  status = sx_batch_loglike(&call.batch, &out);
  PyEval_RestoreThread(call.thread);
  return finish(self, status, results, 3);
}

static PyObject *batch_filter(PyObject *self, PyObject *const *args,
                              Py_ssize_t count) {
  const sx_batch_object *object = (const sx_batch_object *)self;
  int64_t n = object->count, rows = dim_of(object->endog, 0);
  const column columns[] = {{NPY_DOUBLE, rows, 0, 0}, {NPY_DOUBLE, rows, 0, 0},
                            {NPY_DOUBLE, rows, 0, 0}, {NPY_DOUBLE, rows, 0, 0},
                            {NPY_DOUBLE, rows, 0, 0}, {NPY_DOUBLE, n, 0, 0},
                            {NPY_DOUBLE, n, 0, 0},    {NPY_INT64, n, 0, 0},
                            {NPY_INT64, n, 0, 0},     {NPY_INT32, n, 0, 0}};
  sx_batch_filter_output out;
  PyObject *results[10];
  sx_status status;
  batch_call call;

  if (check_count(count, 3) < 0 || begin(self, args[0], args + 1, &call) < 0 ||
      make_results(columns, 10, results) < 0) {
    return NULL;
  }
  out = (sx_batch_filter_output){
      .arrays = {.forecasts = data_of(results[0]),
                 .forecasts_error = data_of(results[1]),
                 .forecasts_error_cov = data_of(results[2]),
                 .standardized_forecasts_error = data_of(results[3]),
                 .llf_obs = data_of(results[4])},
      .llf = data_of(results[5]),
      .scale = data_of(results[6]),
      .nobs_skipped = data_of(results[7]),
      .period_converged = data_of(results[8]),
      .status = data_of(results[9])};
  call.thread = PyEval_SaveThread();
  status = sx_batch_filter(&call.batch, &out);
  PyEval_RestoreThread(call.thread);
  return finish(self, status, results, 10);
}

/* exog_future (count, steps, k_exog), needed where there are regressors. */
static int check_future(const sx_batch_object *self, PyObject *future,
                        int64_t steps) {
  int64_t k = self->spec->model.spec.k_exog;

  if (k == 0 ||
      (is_array(future, NPY_DOUBLE, 3) && dim_of(future, 0) == self->count &&
       dim_of(future, 1) == steps && dim_of(future, 2) == k)) {
    return 0;
  }
  PyErr_SetString(PyExc_TypeError,
                  "exog_future must be (count, steps, k_exog)");
  return -1;
}

static PyObject *batch_forecast(PyObject *self, PyObject *const *args,
                                Py_ssize_t count) {
  const sx_batch_object *object = (const sx_batch_object *)self;
  int64_t n = object->count;
  int64_t steps = count == 5 ? PyLong_AsLongLong(args[1]) : 0;
  const column columns[] = {{NPY_DOUBLE, n, steps, 0},
                            {NPY_DOUBLE, n, steps, 0},
                            {NPY_INT64, n, 0, 0},
                            {NPY_INT32, n, 0, 0}};
  sx_batch_forecast_output out;
  PyObject *results[4];
  sx_status status;
  batch_call call;

  if (check_count(count, 5) < 0 || PyErr_Occurred() ||
      check_future(object, args[2], steps) < 0 ||
      begin(self, args[0], args + 3, &call) < 0 ||
      make_results(columns, 4, results) < 0) {
    return NULL;
  }
  out = (sx_batch_forecast_output){.steps = steps,
                                   .exog_future =
                                       object->exog ? data_of(args[2]) : NULL,
                                   .mean = data_of(results[0]),
                                   .var = data_of(results[1]),
                                   .nobs_skipped = data_of(results[2]),
                                   .status = data_of(results[3])};
  call.thread = PyEval_SaveThread();
  status = sx_batch_forecast(&call.batch, &out);
  PyEval_RestoreThread(call.thread);
  return finish(self, status, results, 4);
}

static PyObject *batch_start_params(PyObject *self, PyObject *const *args,
                                    Py_ssize_t count) {
  const sx_batch_object *object = (const sx_batch_object *)self;
  int64_t n = object->count, k = object->spec->model.k_params;
  const column columns[] = {
      {NPY_DOUBLE, n, k, 0}, {NPY_UINT32, n, 0, 0}, {NPY_INT32, n, 0, 0}};
  sx_batch_start_output out;
  PyObject *results[3];
  sx_status status;
  batch_call call;

  if (check_count(count, 2) < 0 || begin(self, Py_None, args, &call) < 0 ||
      make_results(columns, 3, results) < 0) {
    return NULL;
  }
  out = (sx_batch_start_output){data_of(results[0]), data_of(results[1]),
                                data_of(results[2])};
  call.thread = PyEval_SaveThread();
  status = sx_batch_start_params(&call.batch, &out);
  PyEval_RestoreThread(call.thread);
  return finish(self, status, results, 3);
}

/* ---- fits ---- */

static const char *const FIT_NAMES[] = {
    "params", "llf",         "nobs_skipped", "nit",    "nfev",
    "end",    "start_flags", "engine",       "reason", "status"};
enum { K_FIT = sizeof(FIT_NAMES) / sizeof(FIT_NAMES[0]) };

/* The results of a fit by their names; takes the tuple. */
static PyObject *by_name(PyObject *tuple) {
  PyObject *found = tuple ? PyDict_New() : NULL;

  for (int i = 0; found != NULL && i < K_FIT; i++) {
    if (PyDict_SetItemString(found, FIT_NAMES[i], PyTuple_GetItem(tuple, i)) <
        0) {
      Py_CLEAR(found);
    }
  }
  Py_XDECREF(tuple);
  return found;
}

/* From the core's records to arrays: all of a fit but params and status. */
static void spread_fits(const sx_fit_output *fits, int64_t count,
                        PyObject **results) {
  for (int64_t i = 0; i < count; i++) {
    ((double *)data_of(results[1]))[i] = fits[i].loglike;
    ((int64_t *)data_of(results[2]))[i] = fits[i].nobs_skipped;
    ((int64_t *)data_of(results[3]))[i] = fits[i].nit;
    ((int64_t *)data_of(results[4]))[i] = fits[i].nfev;
    ((int32_t *)data_of(results[5]))[i] = (int32_t)fits[i].end;
    ((uint32_t *)data_of(results[6]))[i] = fits[i].start_flags;
    ((uint8_t *)data_of(results[7]))[i] = (uint8_t)fits[i].engine;
    ((int32_t *)data_of(results[8]))[i] = (int32_t)fits[i].reason;
  }
}

/* fixed (k_params,) of uint8, or None. */
static int read_request(const sx_batch_object *self, PyObject *fixed,
                        PyObject *maxiter, sx_fit_request *request) {
  long limit = PyLong_AsLong(maxiter);

  *request =
      (sx_fit_request){.engine = self->engine, .maxiter = (int32_t)limit};
  if (limit == -1 && PyErr_Occurred()) {
    return -1;
  }
  if (fixed == Py_None) {
    return 0;
  }
  if (!is_array(fixed, NPY_UINT8, 1) ||
      dim_of(fixed, 0) != self->spec->model.k_params) {
    PyErr_SetString(PyExc_TypeError, "fixed must be (k_params,) of uint8");
    return -1;
  }
  request->fixed = data_of(fixed);
  return 0;
}

static PyObject *batch_fit(PyObject *self, PyObject *const *args,
                           Py_ssize_t count) {
  const sx_batch_object *object = (const sx_batch_object *)self;
  int64_t n = object->count, k = object->spec->model.k_params;
  const column columns[] = {{NPY_DOUBLE, n, k, 0}, {NPY_DOUBLE, n, 0, 0},
                            {NPY_INT64, n, 0, 0},  {NPY_INT64, n, 0, 0},
                            {NPY_INT64, n, 0, 0},  {NPY_INT32, n, 0, 0},
                            {NPY_UINT32, n, 0, 0}, {NPY_UINT8, n, 0, 0},
                            {NPY_INT32, n, 0, 0},  {NPY_INT32, n, 0, 0}};
  PyObject *results[K_FIT];
  sx_fit_output *fits;
  sx_batch_fit_output out;
  sx_fit_request request;
  sx_status status;
  batch_call call;

  if (check_count(count, 5) < 0 || begin(self, args[0], args + 3, &call) < 0 ||
      read_request(object, args[1], args[2], &request) < 0 ||
      make_results(columns, K_FIT, results) < 0) {
    return NULL;
  }
  fits = SX_MALLOC(((size_t)n + 1) * sizeof(sx_fit_output));
  if (fits == NULL) {
    return finish(self, SX_E_MEMORY, results, K_FIT);
  }
  out = (sx_batch_fit_output){data_of(results[0]), fits,
                              data_of(results[K_FIT - 1])};
  call.thread = PyEval_SaveThread();
  status = sx_batch_fit(&call.batch, &request, &out);
  PyEval_RestoreThread(call.thread);
  if (status >= 0) {
    spread_fits(fits, n, results);
  }
  SX_FREE(fits);
  return by_name(finish(self, status, results, K_FIT));
}

/* ---- the type ---- */

static PyObject *get_nobs(PyObject *object, void *closure) {
  const sx_batch_object *self = (const sx_batch_object *)object;
  PyObject *array = new_array(NPY_INT64, self->count, 0, 0);

  (void)closure;
  if (array != NULL) {
    memcpy(data_of(array), self->shape.nobs,
           (size_t)self->count * sizeof(int64_t));
  }
  return array;
}

#define SX_BATCH_METHOD(name, doc)                                             \
  {#name, (PyCFunction)(void (*)(void))batch_##name, METH_FASTCALL, doc}

static PyMethodDef batch_methods[] = {
    SX_BATCH_METHOD(loglike, "log-likelihoods, statuses, engines"),
    SX_BATCH_METHOD(filter, "the filter's series, one after the other"),
    SX_BATCH_METHOD(forecast, "mean, var, nobs_skipped, statuses"),
    SX_BATCH_METHOD(start_params, "start parameters, flags, statuses"),
    SX_BATCH_METHOD(fit, "estimates and how they were found"),
    {NULL, NULL, 0, NULL}};

static PyGetSetDef batch_getset[] = {
    {"nobs", get_nobs, NULL, "rows of each series, after differencing", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot batch_slots[] = {
    {Py_tp_new, (void *)(uintptr_t)batch_new},
    {Py_tp_dealloc, (void *)(uintptr_t)batch_dealloc},
    {Py_tp_methods, batch_methods},
    {Py_tp_getset, batch_getset},
    {Py_tp_doc, "Many series of one specification."},
    {0, NULL}};

PyType_Spec sx_batch_type_spec = {.name = "sarimax_c._core.Batch",
                                  .basicsize = sizeof(sx_batch_object),
                                  .flags = Py_TPFLAGS_DEFAULT |
                                           Py_TPFLAGS_IMMUTABLETYPE,
                                  .slots = batch_slots};
