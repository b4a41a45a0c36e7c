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

/* A new array of `ndim` dimensions. */
static PyObject *new_array(int type, int ndim, const int64_t *dims) {
  npy_intp lengths[3];

  for (int i = 0; i < ndim; i++) {
    lengths[i] = (npy_intp)dims[i];
  }
  return PyArray_SimpleNew(ndim, lengths, type);
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

enum { MOST_RESULTS = 12 };

/* What one result is made of. */
typedef struct column {
  int type, ndim;
  int64_t dims[3];
} column;

/* The results of a method, in the order of its tuple. */
typedef struct result_list {
  int count;
  column columns[MOST_RESULTS];
} result_list;

/* -1 with an exception set, and nothing kept, if one cannot be made. */
static int make_results(const column *columns, int count, PyObject **results) {
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

static int64_t count_of(PyObject *self) {
  return ((const sx_batch_object *)self)->count;
}

static int64_t k_params_of(PyObject *self) {
  return ((const sx_batch_object *)self)->spec->model.k_params;
}

/* One call: the batch, and how its thread gets back to Python now and then. */
typedef struct batch_call {
  sx_batch batch;
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

/* A run of the core into the data of the results. */
typedef sx_status (*batch_run)(const sx_batch *batch, void *const *data,
                               const void *what);

/* The tuple of results of a run, or NULL with an exception set. */
static PyObject *run_into(PyObject *self, batch_call *call,
                          const result_list *wanted, batch_run run,
                          const void *what) {
  PyObject *results[MOST_RESULTS];
  void *data[MOST_RESULTS];
  sx_status status;

  if (make_results(wanted->columns, wanted->count, results) < 0) {
    return NULL;
  }
  for (int i = 0; i < wanted->count; i++) {
    data[i] = data_of(results[i]);
  }
  call->thread = PyEval_SaveThread();
  status = run(&call->batch, data, what);
  PyEval_RestoreThread(call->thread);
  return finish(self, status, results, wanted->count);
}

/* ---- the methods ---- */

static sx_status run_loglike(const sx_batch *batch, void *const *data,
                             const void *what) {
  sx_batch_loglike_output out = {data[0], data[1], data[2]};

  (void)what;
  return sx_batch_loglike(batch, &out);
}

static PyObject *batch_loglike(PyObject *self, PyObject *const *args,
                               Py_ssize_t count) {
  int64_t n = count_of(self);
  const result_list wanted = {
      3, {{NPY_DOUBLE, 1, {n}}, {NPY_INT32, 1, {n}}, {NPY_UINT8, 1, {n}}}};
  batch_call call;

  if (check_count(count, 3) < 0 || begin(self, args[0], args + 1, &call) < 0) {
    return NULL;
  }
  return run_into(self, &call, &wanted, run_loglike, NULL);
}

static sx_status run_score(const sx_batch *batch, void *const *data,
                           const void *what) {
  sx_batch_score_output out = {data[0], data[1], data[2], data[3]};

  (void)what;
  return sx_batch_score(batch, &out);
}

static PyObject *batch_score(PyObject *self, PyObject *const *args,
                             Py_ssize_t count) {
  int64_t n = count_of(self), k = k_params_of(self);
  const result_list wanted = {4,
                              {{NPY_DOUBLE, 1, {n}},
                               {NPY_DOUBLE, 2, {n, k}},
                               {NPY_INT32, 1, {n}},
                               {NPY_UINT8, 1, {n}}}};
  batch_call call;

  if (check_count(count, 3) < 0 || begin(self, args[0], args + 1, &call) < 0) {
    return NULL;
  }
  return run_into(self, &call, &wanted, run_score, NULL);
}

static sx_status run_covariance(const sx_batch *batch, void *const *data,
                                const void *what) {
  sx_batch_matrix_output out = {data[0], data[1]};

  return *(const int *)what ? sx_batch_opg(batch, &out)
                            : sx_batch_hessian(batch, &out);
}

static PyObject *batch_covariance(PyObject *self, PyObject *const *args,
                                  Py_ssize_t count) {
  int64_t n = count_of(self), k = k_params_of(self);
  const result_list wanted = {
      2, {{NPY_DOUBLE, 3, {n, k, k}}, {NPY_INT32, 1, {n}}}};
  batch_call call;
  int opg;

  if (check_count(count, 4) < 0 || begin(self, args[0], args + 2, &call) < 0) {
    return NULL;
  }
  opg = PyUnicode_Check(args[1]) &&
        PyUnicode_CompareWithASCIIString(args[1], "opg") == 0;
  return run_into(self, &call, &wanted, run_covariance, &opg);
}

static sx_status run_filter(const sx_batch *batch, void *const *data,
                            const void *what) {
  sx_batch_filter_output out = {
      .arrays = {.forecasts = data[0],
                 .forecasts_error = data[1],
                 .forecasts_error_cov = data[2],
                 .standardized_forecasts_error = data[3],
                 .llf_obs = data[4]},
      .llf = data[5],
      .scale = data[6],
      .nobs_skipped = data[7],
      .period_converged = data[8],
      .status = data[9]};

  (void)what;
  return sx_batch_filter(batch, &out);
}

static PyObject *batch_filter(PyObject *self, PyObject *const *args,
                              Py_ssize_t count) {
  int64_t n = count_of(self);
  int64_t rows = dim_of(((sx_batch_object *)self)->endog, 0);
  const result_list wanted = {10,
                              {{NPY_DOUBLE, 1, {rows}},
                               {NPY_DOUBLE, 1, {rows}},
                               {NPY_DOUBLE, 1, {rows}},
                               {NPY_DOUBLE, 1, {rows}},
                               {NPY_DOUBLE, 1, {rows}},
                               {NPY_DOUBLE, 1, {n}},
                               {NPY_DOUBLE, 1, {n}},
                               {NPY_INT64, 1, {n}},
                               {NPY_INT64, 1, {n}},
                               {NPY_INT32, 1, {n}}}};
  batch_call call;

  if (check_count(count, 3) < 0 || begin(self, args[0], args + 1, &call) < 0) {
    return NULL;
  }
  return run_into(self, &call, &wanted, run_filter, NULL);
}

/* What a forecast is asked for. */
typedef struct horizon {
  int64_t steps;
  const double *exog_future;
} horizon;

static sx_status run_forecast(const sx_batch *batch, void *const *data,
                              const void *what) {
  const horizon *ahead = (const horizon *)what;
  sx_batch_forecast_output out = {.steps = ahead->steps,
                                  .exog_future = ahead->exog_future,
                                  .mean = data[0],
                                  .var = data[1],
                                  .nobs_skipped = data[2],
                                  .status = data[3]};

  return sx_batch_forecast(batch, &out);
}

/* exog_future (count, steps, k_exog), needed where there are regressors. */
static int read_horizon(const sx_batch_object *self, PyObject *const *args,
                        horizon *ahead) {
  int64_t k = self->spec->model.spec.k_exog;

  *ahead = (horizon){PyLong_AsLongLong(args[0]), NULL};
  if (PyErr_Occurred()) {
    return -1;
  }
  if (k == 0) {
    return 0;
  }
  if (!is_array(args[1], NPY_DOUBLE, 3) || dim_of(args[1], 0) != self->count ||
      dim_of(args[1], 1) != ahead->steps || dim_of(args[1], 2) != k) {
    PyErr_SetString(PyExc_TypeError,
                    "exog_future must be (count, steps, k_exog)");
    return -1;
  }
  ahead->exog_future = data_of(args[1]);
  return 0;
}

static PyObject *batch_forecast(PyObject *self, PyObject *const *args,
                                Py_ssize_t count) {
  int64_t n = count_of(self);
  result_list wanted = {4,
                        {{NPY_DOUBLE, 2, {n, 0}},
                         {NPY_DOUBLE, 2, {n, 0}},
                         {NPY_INT64, 1, {n}},
                         {NPY_INT32, 1, {n}}}};
  batch_call call;
  horizon ahead;

  if (check_count(count, 5) < 0 ||
      read_horizon((const sx_batch_object *)self, args + 1, &ahead) < 0 ||
      begin(self, args[0], args + 3, &call) < 0) {
    return NULL;
  }
  wanted.columns[0].dims[1] = wanted.columns[1].dims[1] = ahead.steps;
  return run_into(self, &call, &wanted, run_forecast, &ahead);
}

static sx_status run_start(const sx_batch *batch, void *const *data,
                           const void *what) {
  sx_batch_start_output out = {data[0], data[1], data[2]};

  (void)what;
  return sx_batch_start_params(batch, &out);
}

static PyObject *batch_start_params(PyObject *self, PyObject *const *args,
                                    Py_ssize_t count) {
  int64_t n = count_of(self), k = k_params_of(self);
  const result_list wanted = {
      3, {{NPY_DOUBLE, 2, {n, k}}, {NPY_UINT32, 1, {n}}, {NPY_INT32, 1, {n}}}};
  batch_call call;

  if (check_count(count, 2) < 0 || begin(self, Py_None, args, &call) < 0) {
    return NULL;
  }
  return run_into(self, &call, &wanted, run_start, NULL);
}

/* ---- fits ---- */

static const char *const FIT_NAMES[] = {
    "params", "llf",         "scale",  "nobs_skipped", "nit",   "nfev",
    "end",    "start_flags", "engine", "reason",       "status"};
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

static sx_status run_fit(const sx_batch *batch, void *const *data,
                         const void *what) {
  sx_batch_fit_output out = {.params = data[0],
                             .llf = data[1],
                             .scale = data[2],
                             .nobs_skipped = data[3],
                             .nit = data[4],
                             .nfev = data[5],
                             .end = data[6],
                             .start_flags = data[7],
                             .engine = data[8],
                             .reason = data[9],
                             .status = data[10]};

  return sx_batch_fit(batch, (const sx_fit_request *)what, &out);
}

/* fixed (k_params,) of uint8, or None. */
static int read_request(const sx_batch_object *self, PyObject *const *args,
                        sx_fit_request *request) {
  long limit = PyLong_AsLong(args[1]);

  *request =
      (sx_fit_request){.engine = self->engine, .maxiter = (int32_t)limit};
  if (limit == -1 && PyErr_Occurred()) {
    return -1;
  }
  if (args[0] == Py_None) {
    return 0;
  }
  if (!is_array(args[0], NPY_UINT8, 1) ||
      dim_of(args[0], 0) != self->spec->model.k_params) {
    PyErr_SetString(PyExc_TypeError, "fixed must be (k_params,) of uint8");
    return -1;
  }
  request->fixed = data_of(args[0]);
  return 0;
}

static PyObject *batch_fit(PyObject *self, PyObject *const *args,
                           Py_ssize_t count) {
  int64_t n = count_of(self), k = k_params_of(self);
  const result_list wanted = {K_FIT,
                              {{NPY_DOUBLE, 2, {n, k}},
                               {NPY_DOUBLE, 1, {n}},
                               {NPY_DOUBLE, 1, {n}},
                               {NPY_INT64, 1, {n}},
                               {NPY_INT64, 1, {n}},
                               {NPY_INT64, 1, {n}},
                               {NPY_INT32, 1, {n}},
                               {NPY_UINT32, 1, {n}},
                               {NPY_UINT8, 1, {n}},
                               {NPY_INT32, 1, {n}},
                               {NPY_INT32, 1, {n}}}};
  sx_fit_request request;
  batch_call call;

  if (check_count(count, 5) < 0 || begin(self, args[0], args + 3, &call) < 0 ||
      read_request((const sx_batch_object *)self, args + 1, &request) < 0) {
    return NULL;
  }
  return by_name(run_into(self, &call, &wanted, run_fit, &request));
}

/* ---- the type ---- */

static PyObject *get_nobs(PyObject *object, void *closure) {
  const sx_batch_object *self = (const sx_batch_object *)object;
  PyObject *array = new_array(NPY_INT64, 1, &self->count);

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
    SX_BATCH_METHOD(score, "log-likelihoods, scores, statuses, engines"),
    SX_BATCH_METHOD(covariance, "matrices S'S or -Hessian, statuses"),
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
