/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods of _core.Model: predictions and missing values. */
#include "python/py_model.h"

#include "base/compiler.h"
#include "python/py_interrupt.h"
#include "sarimax_c_predict.h"

/* Two new arrays; the second is None unless it is wanted. -1 on failure. */
static int new_pair(int64_t count, int wants_var, PyObject **mean,
                    PyObject **var) {
  *mean = sx_new_array(count, NULL);
  *var = NULL;
  if (*mean == NULL) {
    return -1;
  }
  if (wants_var) {
    *var = sx_new_array(count, NULL);
  } else {
    Py_INCREF(Py_None);
    *var = Py_None;
  }
  if (*var == NULL) {
    Py_CLEAR(*mean);
    return -1;
  }
  return 0;
}

/* The tuple of a run, or NULL if it failed; takes the arrays. */
static PyObject *as_result(int failed, PyObject *mean, PyObject *var,
                           int64_t nobs_skipped) {
  if (failed) {
    Py_DECREF(mean);
    Py_DECREF(var);
    return NULL;
  }
  return Py_BuildValue("(NNL)", mean, var, (long long)nobs_skipped);
}

/* ---- prediction ---- */

/* Runs the request; -1 with an exception set on failure. */
static int run_predict(PyObject *object, PyObject *params,
                       sx_predict_output *out) {
  const sx_model_object *self = (const sx_model_object *)object;
  const sx_model *model = &self->spec->model;
  const sx_series *series;
  sx_unlocked unlocked;
  sx_status status;
  sx_run call;

  if (sx_run_begin(object, params, self->spec->filter_work, &call) < 0) {
    return -1;
  }
  series = sx_unlock(&self->series, sx_releases_gil(self, (double)out->end),
                     &unlocked);
  status =
      sx_predict(model, series, call.params, call.work, call.work_size, out);
  SX_FREE(call.params);
  status = sx_relock(&unlocked, status);
  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  return 0;
}

PyObject *sx_model_predict(PyObject *object, PyObject *args) {
  const sx_model_object *self = (const sx_model_object *)object;
  const sx_model *model = &self->spec->model;
  long long start, end, origin;
  PyObject *params, *exog, *mean, *var;
  sx_predict_output out = {0};
  double *future = NULL;
  int64_t beyond;
  int failed;

  if (!PyArg_ParseTuple(args, "OLLLO:predict", &params, &start, &end, &origin,
                        &exog)) {
    return NULL;
  }
  if (start < 0 || start > origin || origin > end ||
      origin > self->series.nobs) {
    PyErr_SetString(PyExc_TypeError, "no such periods");
    return NULL;
  }
  out.start = start;
  out.end = end;
  out.origin = origin;
  beyond = end > self->series.nobs ? end - self->series.nobs : 0;
  if (new_pair(end - start, 1, &mean, &var) < 0) {
    return NULL;
  }
  out.mean = sx_array_data(mean);
  out.var = sx_array_data(var);
  failed =
      (beyond > 0 && model->spec.k_exog > 0 &&
       (future = sx_join_future(sx_state_of(object), model, &self->tail, exog,
                                beyond, &out.exog_future)) == NULL) ||
      run_predict(object, params, &out) < 0;
  SX_FREE(future);
  return as_result(failed, mean, var, out.nobs_skipped);
}

/* ---- missing values ---- */

static int run_impute(PyObject *object, PyObject *params,
                      sx_impute_output *out) {
  const sx_model_object *self = (const sx_model_object *)object;
  const sx_model *model = &self->spec->model;
  size_t work_size = 0;
  sx_status status =
      sx_impute_plan(model, &self->series, out->var != NULL, &work_size);
  const sx_series *series;
  sx_unlocked unlocked;
  sx_run call;

  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  if (sx_run_begin(object, params, work_size, &call) < 0) {
    return -1;
  }
  series =
      sx_unlock(&self->series, sx_releases_gil(self, (double)self->series.nobs),
                &unlocked);
  status =
      sx_impute(model, series, call.params, call.work, call.work_size, out);
  SX_FREE(call.params);
  status = sx_relock(&unlocked, status);
  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  return 0;
}

PyObject *sx_model_impute(PyObject *object, PyObject *args) {
  const sx_model_object *self = (const sx_model_object *)object;
  PyObject *params, *mean, *var;
  sx_impute_output out = {0};
  int wants_var, failed;

  if (!PyArg_ParseTuple(args, "Op:impute", &params, &wants_var) ||
      new_pair(self->series.nobs, wants_var, &mean, &var) < 0) {
    return NULL;
  }
  out.mean = sx_array_data(mean);
  out.var = wants_var ? sx_array_data(var) : NULL;
  failed = run_impute(object, params, &out) < 0;
  return as_result(failed, mean, var, out.nobs_skipped);
}
