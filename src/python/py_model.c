/* SPDX-License-Identifier: BSD-3-Clause */
/* _core.Model: a specification bound to a private copy of the data. */
#include "python/py_model.h"

#include "base/compiler.h"
#include "python/py_interrupt.h"

#include <math.h>
#include <string.h>

/*
 * Below this many multiply-adds (periods x states^2) a call keeps the GIL:
 * releasing it costs as much as it could win.
 */
static const double GIL_WORK = 1e5;

/* ---- construction ---- */

static int check_finite(sx_module_state *state, const sx_model_object *self) {
  int64_t n = self->series.nobs;
  int64_t k = self->spec->model.spec.k_exog;

  for (int64_t t = 0; t < n; t++) {
    if (isinf(self->series.endog[t])) {
      PyErr_Format(state->data_error,
                   "endog contains infinite values, the first at index %lld; "
                   "use NaN for missing ones (argument: y)",
                   (long long)t);
      return -1;
    }
  }
  for (int64_t i = 0; i < n * k; i++) {
    if (!isfinite(self->series.exog[i])) {
      PyErr_SetString(state->data_error, "exog contains inf or nans");
      return -1;
    }
  }
  return 0;
}

/* Allocates for `nobs` rows and their tail, and copies; -1 on failure. */
static int copy_rows(sx_module_state *state, sx_model_object *self,
                     int64_t nobs, const double *y, const double *x) {
  size_t n = (size_t)nobs;
  size_t k = (size_t)self->spec->model.spec.k_exog;
  size_t tail = (size_t)sx_tail_rows(&self->spec->model);

  tail = tail < n ? tail : n;
  if (n > (SIZE_MAX / sizeof(double) - 1) / (2 * k + 2)) {
    sx_raise_status(state, SX_E_OVERFLOW);
    return -1;
  }
  self->data = SX_MALLOC(((n + tail) * (k + 1) + 1) * sizeof(double));
  if (self->data == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  memcpy(self->data, y, n * sizeof(double));
  self->series.nobs = nobs;
  self->series.endog = self->data;
  self->tail = sx_tail_take(&self->spec->model, &(sx_tail){0},
                            &(sx_series){nobs, y, x, NULL, NULL},
                            self->data + n * (k + 1));
  if (k > 0) {
    self->series.exog = self->data + n;
    memcpy(self->data + n, x, n * k * sizeof(double));
  }
  return 0;
}

static int copy_data(sx_module_state *state, sx_model_object *self,
                     PyObject *endog, PyObject *exog) {
  int32_t k = self->spec->model.spec.k_exog;
  const double *y = sx_borrow_array(endog, 1, "endog");
  const double *x = NULL;
  npy_intp n;

  if (y == NULL) {
    return -1;
  }
  n = PyArray_DIM((PyArrayObject *)endog, 0);
  if (k > 0) {
    x = sx_borrow_array(exog, 2, "exog");
    if (x == NULL) {
      return -1;
    }
    if (PyArray_DIM((PyArrayObject *)exog, 0) != n ||
        PyArray_DIM((PyArrayObject *)exog, 1) != k) {
      PyErr_SetString(state->data_error,
                      "endog and exog matrices are different sizes");
      return -1;
    }
  }
  return copy_rows(state, self, n, y, x) < 0 ? -1 : check_finite(state, self);
}

/* Reads the engine's name, plans log-likelihoods; -1 on failure. */
static int set_engine(sx_module_state *state, sx_model_object *self,
                      const char *name) {
  sx_loglike_request request = {SX_ENGINE_AUTO, 1, NULL, 0, 0};
  sx_status status;

  if (sx_parse_engine(name, &request.engine) < 0) {
    return -1;
  }
  self->engine = request.engine;
  status = sx_loglike_plan(&self->spec->model, &self->series, &request,
                           &self->loglike_work);
  if (status < 0) {
    sx_raise_status(state, status);
    return -1;
  }
  return 0;
}

static PyObject *model_new(PyTypeObject *type, PyObject *args,
                           PyObject *keywords) {
  sx_module_state *state = (sx_module_state *)PyType_GetModuleState(type);
  PyObject *spec, *endog, *exog;
  const char *engine;
  sx_model_object *self;
  double *x;

  if (keywords != NULL && PyDict_Size(keywords) > 0) {
    PyErr_SetString(PyExc_TypeError, "Model takes no keyword arguments");
    return NULL;
  }
  if (!PyArg_ParseTuple(args, "O!OOs:Model", state->spec_type, &spec, &endog,
                        &exog, &engine)) {
    return NULL;
  }
  self = (sx_model_object *)PyType_GenericAlloc(type, 0);
  if (self == NULL) {
    return NULL;
  }
  Py_INCREF(spec);
  self->spec = (sx_spec_object *)spec;
  if (copy_data(state, self, endog, exog) < 0) {
    Py_DECREF((PyObject *)self);
    return NULL;
  }
  x = self->series.exog ? self->data + self->series.nobs : NULL;
  self->series.nobs =
      sx_difference(&self->spec->model, self->series.nobs, self->data, x);
  self->facts = sx_look(&self->series);
  self->series.facts = &self->facts;
  if (set_engine(state, self, engine) < 0) {
    Py_DECREF((PyObject *)self);
    return NULL;
  }
  return (PyObject *)self;
}

static void model_dealloc(PyObject *object) {
  sx_model_object *self = (sx_model_object *)object;
  PyTypeObject *type = Py_TYPE(object);

  SX_FREE(self->data);
  Py_XDECREF((PyObject *)self->spec);
  PyObject_Free(object);
  Py_DECREF(type);
}

/* ---- running the core ---- */

int sx_run_begin(PyObject *object, PyObject *params, size_t work_size,
                 sx_run *call) {
  sx_model_object *self = (sx_model_object *)object;
  size_t k = (size_t)self->spec->model.k_params;

  call->self = self;
  call->work_size = work_size;
  if (work_size > SIZE_MAX - (k + 1) * sizeof(double)) {
    sx_raise_status(sx_state_of(object), SX_E_OVERFLOW);
    return -1;
  }
  call->params = SX_MALLOC((k + 1) * sizeof(double) + call->work_size);
  if (call->params == NULL) {
    PyErr_NoMemory();
    return -1;
  }
  call->work = call->params + k + 1;
  if (sx_copy_params(sx_state_of(object), params, (int32_t)k, call->params) <
      0) {
    SX_FREE(call->params);
    return -1;
  }
  return 0;
}

int sx_work_pays(const sx_model *model, double periods) {
  double m = (double)model->k_states;

  return periods * m * m > GIL_WORK;
}

int sx_releases_gil(const sx_model_object *self, double periods) {
  return sx_work_pays(&self->spec->model, periods);
}

/* Filters with the GIL released where that pays; frees the run's memory. */
static sx_status run_filter(sx_run *call, sx_filter_output *out) {
  const sx_model_object *self = call->self;
  int pays = sx_releases_gil(self, (double)self->series.nobs);
  sx_unlocked unlocked;
  const sx_series *series = sx_unlock(&self->series, pays, &unlocked);
  sx_status status = sx_filter(&self->spec->model, series, call->params,
                               call->work, call->work_size, out);

  SX_FREE(call->params);
  return sx_relock(&unlocked, status);
}

/* The five series a filter fills, in the order of sx_filter_output. */
enum { K_SERIES = 5 };

static void release_arrays(PyObject **arrays, int count) {
  for (int i = 0; i < count; i++) {
    Py_XDECREF(arrays[i]);
  }
}

/* Filters into new arrays (references owned by the caller); -1 on failure. */
static int filter_arrays(PyObject *object, PyObject *params, PyObject **arrays,
                         sx_filter_output *out) {
  const sx_model_object *self = (const sx_model_object *)object;
  int64_t n = self->series.nobs;
  double **fields[K_SERIES] = {
      &out->forecasts, &out->forecasts_error, &out->forecasts_error_cov,
      &out->standardized_forecasts_error, &out->llf_obs};
  sx_status status;
  sx_run call;

  for (int i = 0; i < K_SERIES; i++) {
    arrays[i] = sx_new_array(n, NULL);
    if (arrays[i] == NULL) {
      release_arrays(arrays, i);
      return -1;
    }
    *fields[i] = sx_array_data(arrays[i]);
  }
  if (sx_run_begin(object, params, self->spec->filter_work, &call) < 0) {
    release_arrays(arrays, K_SERIES);
    return -1;
  }
  status = run_filter(&call, out);
  if (status < 0) {
    release_arrays(arrays, K_SERIES);
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  return 0;
}

static PyObject *model_loglikeobs(PyObject *object, PyObject *params) {
  const sx_model_object *self = (const sx_model_object *)object;
  int64_t burn = self->spec->model.loglikelihood_burn;
  PyObject *arrays[K_SERIES];
  sx_filter_output out = {0};

  if (filter_arrays(object, params, arrays, &out) < 0) {
    return NULL;
  }
  for (int64_t t = 0; t < burn && t < self->series.nobs; t++) {
    out.llf_obs[t] = 0.0;
  }
  release_arrays(arrays, K_SERIES - 1);
  return arrays[K_SERIES - 1];
}

static PyObject *model_filter(PyObject *self, PyObject *params) {
  PyObject *arrays[K_SERIES];
  sx_filter_output out = {0};

  if (filter_arrays(self, params, arrays, &out) < 0) {
    return NULL;
  }
  return Py_BuildValue("(NNNNNddLL)", arrays[0], arrays[1], arrays[2],
                       arrays[3], arrays[4], out.llf, out.scale,
                       (long long)out.nobs_skipped,
                       (long long)out.period_converged);
}

/* ---- forecast ---- */

static sx_status run_forecast(sx_run *call, sx_forecast_request *request,
                              sx_loglike_output *how, sx_forecast_output *out) {
  const sx_model_object *self = call->self;
  int pays = sx_releases_gil(self, (double)(self->series.nobs + out->steps));
  sx_unlocked unlocked;
  const sx_series *series = sx_unlock(&self->series, pays, &unlocked);
  sx_status status;

  request->of.params = call->params;
  status = sx_outlook(&self->spec->model, series, request, call->work,
                      call->work_size, &(sx_outlook_output){out, how});
  SX_FREE(call->params);
  return sx_relock(&unlocked, status);
}

static PyObject *model_forecast(PyObject *object, PyObject *args) {
  const sx_model_object *self = (const sx_model_object *)object;
  int has_exog = self->spec->model.spec.k_exog > 0;
  sx_forecast_request request = {{self->engine, 1, NULL, 1, 1}, 0};
  sx_forecast_output out = {0};
  sx_loglike_output how = {0};
  PyObject *params, *exog, *mean, *var;
  double *exog_future = NULL;
  size_t work_size = 0;
  sx_status status;
  long long steps;
  sx_run call;

  if (!PyArg_ParseTuple(args, "OLO:forecast", &params, &steps, &exog)) {
    return NULL;
  }
  request.steps = steps;
  status =
      sx_outlook_plan(&self->spec->model, &self->series, &request, &work_size);
  if (status < 0) {
    return sx_raise_status(sx_state_of(object), status);
  }
  mean = sx_new_array(steps, NULL);
  var = mean ? sx_new_array(steps, NULL) : NULL;
  if (var == NULL ||
      (has_exog && (exog_future = sx_join_future(
                        sx_state_of(object), &self->spec->model, &self->tail,
                        exog, steps, &out.exog_future)) == NULL) ||
      sx_run_begin(object, params, work_size, &call) < 0) {
    SX_FREE(exog_future);
    Py_XDECREF(mean);
    Py_XDECREF(var);
    return NULL;
  }
  out.steps = steps;
  out.mean = sx_array_data(mean);
  out.var = sx_array_data(var);
  status = run_forecast(&call, &request, &how, &out);
  SX_FREE(exog_future);
  if (status < 0) {
    Py_DECREF(mean);
    Py_DECREF(var);
    sx_raise_loglike(object, status, how.reason);
    return NULL;
  }
  return Py_BuildValue("(NNLi)", mean, var, (long long)out.nobs_skipped,
                       (int)how.engine);
}

/* ---- start parameters ---- */

static PyObject *model_start_params(PyObject *object, PyObject *unused) {
  const sx_model_object *self = (const sx_model_object *)object;
  const sx_model *model = &self->spec->model;
  PyObject *params = sx_new_array(model->k_params, NULL);
  const sx_series *series;
  sx_unlocked unlocked;
  sx_status status;
  uint32_t flags = 0;
  size_t work_size;
  void *work;

  (void)unused;
  if (params == NULL) {
    return NULL;
  }
  status = sx_start_params_plan(model, self->series.nobs, &work_size);
  if (status < 0) {
    Py_DECREF(params);
    return sx_raise_status(sx_state_of(object), status);
  }
  work = SX_MALLOC(work_size);
  if (work == NULL) {
    Py_DECREF(params);
    return PyErr_NoMemory();
  }
  series = sx_unlock(&self->series, 1, &unlocked);
  status = sx_start_params(model, series, work, work_size,
                           sx_array_data(params), &flags);
  SX_FREE(work);
  status = sx_relock(&unlocked, status);
  if (status < 0) {
    Py_DECREF(params);
    return sx_raise_status(sx_state_of(object), status);
  }
  return Py_BuildValue("(Nk)", params, (unsigned long)flags);
}

/* ---- attributes ---- */

static PyObject *get_nobs(PyObject *self, void *closure) {
  (void)closure;
  return PyLong_FromLongLong(((sx_model_object *)self)->series.nobs);
}

static PyObject *get_endog(PyObject *object, void *closure) {
  const sx_model_object *self = (const sx_model_object *)object;

  (void)closure;
  return sx_new_array(self->series.nobs, self->series.endog);
}

static PyObject *get_exog(PyObject *object, void *closure) {
  const sx_model_object *self = (const sx_model_object *)object;
  int32_t k = self->spec->model.spec.k_exog;
  npy_intp dims[2] = {(npy_intp)self->series.nobs, (npy_intp)k};
  PyObject *array;

  (void)closure;
  if (k == 0) {
    Py_RETURN_NONE;
  }
  array = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
  if (array != NULL) {
    memcpy(sx_array_data(array), self->series.exog,
           (size_t)(dims[0] * dims[1]) * sizeof(double));
  }
  return array;
}

static PyMethodDef model_methods[] = {
    {"loglike", sx_model_loglike, METH_O,
     "loglike($self, params, /)\n--\n\nLog-likelihood."},
    {"loglikes", sx_model_loglikes, METH_O,
     "loglikes($self, params, /)\n--\n\n"
     "Log-likelihoods at the rows of params."},
    {"evaluate", sx_model_evaluate, METH_O,
     "evaluate($self, params, /)\n--\n\n"
     "Log-likelihood, number of skipped observations, the engine that ran and\n"
     "why it was not the exact one."},
    {"loglike_score", sx_model_loglike_score, METH_O,
     "loglike_score($self, params, /)\n--\n\n"
     "Log-likelihood, its derivatives, and the engine of these."},
    {"hessian", sx_model_hessian, METH_O,
     "hessian($self, params, /)\n--\n\n"
     "Second derivatives of the log-likelihood."},
    {"opg", sx_model_opg, METH_O,
     "opg($self, params, /)\n--\n\nOuter product of the gradients."},
    {"information", sx_model_information, METH_O,
     "information($self, params, /)\n--\n\n"
     "Harvey's information matrix."},
    {"score_obs", sx_model_score_obs, METH_O,
     "score_obs($self, params, /)\n--\n\n"
     "Derivatives of loglikeobs (k_params, nobs)."},
    {"loglikeobs", model_loglikeobs, METH_O,
     "loglikeobs($self, params, /)\n--\n\n"
     "Log-likelihood of each observation, 0 before the burn."},
    {"filter", model_filter, METH_O,
     "filter($self, params, /)\n--\n\n"
     "forecasts, forecasts_error, forecasts_error_cov,\n"
     "standardized_forecasts_error, llf_obs, llf, scale, nobs_skipped,\n"
     "period_converged (-1: none)."},
    {"forecast", model_forecast, METH_VARARGS,
     "forecast($self, params, steps, exog_future, /)\n--\n\n"
     "mean, var, nobs_skipped."},
    {"predict", sx_model_predict, METH_VARARGS,
     "predict($self, params, start, end, origin, exog_future, /)\n--\n\n"
     "mean, var, nobs_skipped of the periods from start to before end."},
    {"impute", sx_model_impute, METH_VARARGS,
     "impute($self, params, wants_var, /)\n--\n\n"
     "mean, var (None if not wanted), nobs_skipped."},
    {"fit", sx_model_fit, METH_VARARGS,
     "fit($self, start_params, fixed, maxiter, skips_zeros, /)\n--\n\n"
     "Estimates and how they were found, by name."},
    {"search_units", sx_model_search_units, METH_O,
     "search_units($self, sigma, /)\n--\n\n"
     "Units of a search's coordinates."},
    {"to_search", sx_model_to_search, METH_VARARGS,
     "to_search($self, units, unconstrained, /)\n--\n\n"
     "Coordinates of unconstrained parameters."},
    {"from_search", sx_model_from_search, METH_VARARGS,
     "from_search($self, units, coordinates, /)\n--\n\n"
     "Unconstrained parameters at coordinates."},
    {"search_gradient", sx_model_search_gradient, METH_VARARGS,
     "search_gradient($self, units, coordinates, score, /)\n--\n\n"
     "Derivatives by the coordinates, from those by the parameters."},
    {"rolling_forecast", sx_model_rolling_forecast, METH_VARARGS,
     "rolling_forecast($self, params, steps, start, stride, exog_future, /)\n"
     "--\n\nmean, var, nobs_skipped; a row for each origin."},
    {"state", sx_model_state, METH_O,
     "state($self, params, /)\n--\n\nThe filter's state after the series."},
    {"start_params", model_start_params, METH_NOARGS,
     "start_params($self, /)\n--\n\nStart parameters and the SX_START_* bits."},
    {NULL, NULL, 0, NULL}};

static PyGetSetDef model_getset[] = {
    {"nobs", get_nobs, NULL, "number of observations", NULL},
    {"endog", get_endog, NULL, "copy of the (differenced) data", NULL},
    {"exog", get_exog, NULL, "copy of the (differenced) regressors", NULL},
    {NULL, NULL, NULL, NULL, NULL}};

static PyType_Slot model_slots[] = {
    {Py_tp_doc, "A specification bound to a copy of the data; immutable."},
    {Py_tp_new, (void *)(uintptr_t)model_new},
    {Py_tp_dealloc, (void *)(uintptr_t)model_dealloc},
    {Py_tp_methods, model_methods},
    {Py_tp_getset, model_getset},
    {0, NULL}};

PyType_Spec sx_model_type_spec = {"sarimax_c._core.Model",
                                  sizeof(sx_model_object), 0,
                                  Py_TPFLAGS_DEFAULT, model_slots};
