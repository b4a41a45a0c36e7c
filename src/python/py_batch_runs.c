/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods of _core.Batch. */
#include "python/py_batch.h"

static sx_status run_loglike(const sx_batch *batch, void *const *data,
                             const void *what) {
  sx_batch_loglike_output out = {data[0], data[1], data[2]};

  (void)what;
  return sx_batch_loglike(batch, &out);
}

static PyObject *batch_loglike(PyObject *self, PyObject *const *args,
                               Py_ssize_t count) {
  int64_t n = sx_batch_count(self);
  const sx_result_list wanted = {
      3, {{NPY_DOUBLE, 1, {n}}, {NPY_INT32, 1, {n}}, {NPY_UINT8, 1, {n}}}};
  sx_batch_call call;

  if (sx_check_count(count, 3) < 0 ||
      sx_batch_begin(self, args[0], args + 1, &call) < 0) {
    return NULL;
  }
  return sx_batch_into(self, &call, &wanted, run_loglike, NULL);
}

static sx_status run_score(const sx_batch *batch, void *const *data,
                           const void *what) {
  sx_batch_score_output out = {data[0], data[1], data[2], data[3]};

  (void)what;
  return sx_batch_score(batch, &out);
}

static PyObject *batch_score(PyObject *self, PyObject *const *args,
                             Py_ssize_t count) {
  int64_t n = sx_batch_count(self), k = sx_batch_k_params(self);
  const sx_result_list wanted = {4,
                                 {{NPY_DOUBLE, 1, {n}},
                                  {NPY_DOUBLE, 2, {n, k}},
                                  {NPY_INT32, 1, {n}},
                                  {NPY_UINT8, 1, {n}}}};
  sx_batch_call call;

  if (sx_check_count(count, 3) < 0 ||
      sx_batch_begin(self, args[0], args + 1, &call) < 0) {
    return NULL;
  }
  return sx_batch_into(self, &call, &wanted, run_score, NULL);
}

/* A kind of information matrix, by statsmodels' name. */
typedef struct information_kind {
  const char *name;
  sx_status (*run)(const sx_batch *batch, const sx_batch_matrix_output *out);
} information_kind;

static const information_kind KINDS[] = {{"opg", sx_batch_opg},
                                         {"oim", sx_batch_information},
                                         {"approx", sx_batch_hessian}};
enum { K_KINDS = sizeof(KINDS) / sizeof(KINDS[0]) };

static const information_kind *read_kind(PyObject *name) {
  for (int i = 0; PyUnicode_Check(name) && i < K_KINDS; i++) {
    if (PyUnicode_CompareWithASCIIString(name, KINDS[i].name) == 0) {
      return &KINDS[i];
    }
  }
  PyErr_SetString(PyExc_TypeError, "no kind of information matrix");
  return NULL;
}

static sx_status run_information(const sx_batch *batch, void *const *data,
                                 const void *what) {
  sx_batch_matrix_output out = {data[0], data[1]};

  return ((const information_kind *)what)->run(batch, &out);
}

static PyObject *batch_information(PyObject *self, PyObject *const *args,
                                   Py_ssize_t count) {
  int64_t n = sx_batch_count(self), k = sx_batch_k_params(self);
  const sx_result_list wanted = {
      2, {{NPY_DOUBLE, 3, {n, k, k}}, {NPY_INT32, 1, {n}}}};
  const information_kind *kind;
  sx_batch_call call;

  if (sx_check_count(count, 4) < 0 || (kind = read_kind(args[1])) == NULL ||
      sx_batch_begin(self, args[0], args + 2, &call) < 0) {
    return NULL;
  }
  return sx_batch_into(self, &call, &wanted, run_information, kind);
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
  int64_t n = sx_batch_count(self);
  int64_t rows = sx_array_dim(((sx_batch_object *)self)->endog, 0);
  const sx_result_list wanted = {10,
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
  sx_batch_call call;

  if (sx_check_count(count, 3) < 0 ||
      sx_batch_begin(self, args[0], args + 1, &call) < 0) {
    return NULL;
  }
  return sx_batch_into(self, &call, &wanted, run_filter, NULL);
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
                                  .status = data[3],
                                  .engine = data[4]};

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
  if (!sx_is_array(args[1], NPY_DOUBLE, 3) ||
      sx_array_dim(args[1], 0) != self->count ||
      sx_array_dim(args[1], 1) != ahead->steps ||
      sx_array_dim(args[1], 2) != k) {
    PyErr_SetString(PyExc_TypeError,
                    "exog_future must be (count, steps, k_exog)");
    return -1;
  }
  ahead->exog_future = sx_array_at(args[1]);
  return 0;
}

static PyObject *batch_forecast(PyObject *self, PyObject *const *args,
                                Py_ssize_t count) {
  int64_t n = sx_batch_count(self);
  sx_result_list wanted = {5,
                           {{NPY_DOUBLE, 2, {n, 0}},
                            {NPY_DOUBLE, 2, {n, 0}},
                            {NPY_INT64, 1, {n}},
                            {NPY_INT32, 1, {n}},
                            {NPY_UINT8, 1, {n}}}};
  sx_batch_call call;
  horizon ahead;

  if (sx_check_count(count, 5) < 0 ||
      read_horizon((const sx_batch_object *)self, args + 1, &ahead) < 0 ||
      sx_batch_begin(self, args[0], args + 3, &call) < 0) {
    return NULL;
  }
  wanted.columns[0].dims[1] = wanted.columns[1].dims[1] = ahead.steps;
  return sx_batch_into(self, &call, &wanted, run_forecast, &ahead);
}

static sx_status run_impute(const sx_batch *batch, void *const *data,
                            const void *what) {
  sx_batch_impute_output out = {.mean = data[0],
                                .var = *(const int *)what ? data[1] : NULL,
                                .nobs_skipped = data[2],
                                .status = data[3]};

  return sx_batch_impute(batch, &out);
}

static PyObject *batch_impute(PyObject *self, PyObject *const *args,
                              Py_ssize_t count) {
  int64_t n = sx_batch_count(self);
  int64_t rows = sx_array_dim(((sx_batch_object *)self)->endog, 0);
  sx_result_list wanted = {4,
                           {{NPY_DOUBLE, 1, {rows}},
                            {NPY_DOUBLE, 1, {0}},
                            {NPY_INT64, 1, {n}},
                            {NPY_INT32, 1, {n}}}};
  sx_batch_call call;
  int wants_var;

  if (sx_check_count(count, 4) < 0 ||
      (wants_var = PyObject_IsTrue(args[1])) < 0 ||
      sx_batch_begin(self, args[0], args + 2, &call) < 0) {
    return NULL;
  }
  wanted.columns[1].dims[0] = wants_var ? rows : 0;
  return sx_batch_into(self, &call, &wanted, run_impute, &wants_var);
}

static sx_status run_start(const sx_batch *batch, void *const *data,
                           const void *what) {
  sx_batch_start_output out = {data[0], data[1], data[2]};

  (void)what;
  return sx_batch_start_params(batch, &out);
}

static PyObject *batch_start_params(PyObject *self, PyObject *const *args,
                                    Py_ssize_t count) {
  int64_t n = sx_batch_count(self), k = sx_batch_k_params(self);
  const sx_result_list wanted = {
      3, {{NPY_DOUBLE, 2, {n, k}}, {NPY_UINT32, 1, {n}}, {NPY_INT32, 1, {n}}}};
  sx_batch_call call;

  if (sx_check_count(count, 2) < 0 ||
      sx_batch_begin(self, Py_None, args, &call) < 0) {
    return NULL;
  }
  return sx_batch_into(self, &call, &wanted, run_start, NULL);
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
  if (!sx_is_array(args[0], NPY_UINT8, 1) ||
      sx_array_dim(args[0], 0) != self->spec->model.k_params) {
    PyErr_SetString(PyExc_TypeError, "fixed must be (k_params,) of uint8");
    return -1;
  }
  request->fixed = sx_array_at(args[0]);
  return 0;
}

static PyObject *batch_fit(PyObject *self, PyObject *const *args,
                           Py_ssize_t count) {
  int64_t n = sx_batch_count(self), k = sx_batch_k_params(self);
  const sx_result_list wanted = {K_FIT,
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
  sx_batch_call call;

  if (sx_check_count(count, 5) < 0 ||
      sx_batch_begin(self, args[0], args + 3, &call) < 0 ||
      read_request((const sx_batch_object *)self, args + 1, &request) < 0) {
    return NULL;
  }
  return by_name(sx_batch_into(self, &call, &wanted, run_fit, &request));
}

/* ---- the table ---- */

#define SX_BATCH_METHOD(name, doc)                                             \
  {#name, (PyCFunction)(void (*)(void))batch_##name, METH_FASTCALL, doc}

PyMethodDef sx_batch_methods[] = {
    SX_BATCH_METHOD(loglike, "log-likelihoods, statuses, engines"),
    SX_BATCH_METHOD(score, "log-likelihoods, scores, statuses, engines"),
    SX_BATCH_METHOD(information, "information matrices, statuses"),
    SX_BATCH_METHOD(filter, "the filter's series, one after the other"),
    SX_BATCH_METHOD(impute, "mean, var, nobs_skipped, statuses"),
    SX_BATCH_METHOD(forecast, "mean, var, nobs_skipped, statuses, engines"),
    SX_BATCH_METHOD(start_params, "start parameters, flags, statuses"),
    SX_BATCH_METHOD(fit, "estimates and how they were found"),
    {NULL, NULL, 0, NULL}};
