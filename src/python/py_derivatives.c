/* SPDX-License-Identifier: BSD-3-Clause */
/* Methods of _core.Model: first and second derivatives. */
#include "python/py_model.h"

#include "base/compiler.h"
#include "python/py_interrupt.h"

/* What is derived, and by which functions of the core. */
typedef struct derivation {
  sx_status (*plan)(const sx_model *model, const sx_series *series,
                    sx_engine engine, size_t *work_size);
  sx_status (*run)(const sx_run *call, const sx_series *series,
                   const sx_point *point, void *out);
  void *out;
  const sx_reason *reason; /* of `out` */
  double evaluations;      /* of the log-likelihood, about */
} derivation;

/* -1 with an exception set on failure. */
static int derive(PyObject *object, PyObject *params, const derivation *what) {
  const sx_model_object *self = (const sx_model_object *)object;
  sx_point point = {self->engine, NULL};
  double periods = (double)self->series.nobs * what->evaluations;
  size_t work_size = 0;
  sx_unlocked unlocked;
  const sx_series *series;
  sx_status status;
  sx_run call;

  status =
      what->plan(&self->spec->model, &self->series, self->engine, &work_size);
  if (status < 0) {
    sx_raise_status(sx_state_of(object), status);
    return -1;
  }
  if (sx_run_begin(object, params, work_size, &call) < 0) {
    return -1;
  }
  point.params = call.params;
  series = sx_unlock(&self->series, sx_releases_gil(self, periods), &unlocked);
  status = what->run(&call, series, &point, what->out);
  SX_FREE(call.params);
  status = sx_relock(&unlocked, status);
  if (status < 0) {
    sx_raise_loglike(object, status, *what->reason);
    return -1;
  }
  return 0;
}

/* ---- first derivatives ---- */

static sx_status run_score(const sx_run *call, const sx_series *series,
                           const sx_point *point, void *out) {
  return sx_loglike_score(&call->self->spec->model, series, point, call->work,
                          call->work_size, out);
}

PyObject *sx_model_loglike_score(PyObject *object, PyObject *params) {
  const sx_model_object *self = (const sx_model_object *)object;
  PyObject *score = sx_new_array(self->spec->model.k_params, NULL);
  sx_loglike_score_output out = {0};
  derivation what = {sx_loglike_score_plan, run_score, &out, &out.reason, 1.0};

  if (score == NULL) {
    return NULL;
  }
  out.score = sx_array_data(score);
  if (derive(object, params, &what) < 0) {
    Py_DECREF(score);
    return NULL;
  }
  return Py_BuildValue("(dNs)", out.loglike, score,
                       out.engine == SX_ENGINE_EXACT ? "exact" : "identical");
}

/* ---- second derivatives ---- */

/* A new array (k_params, k_params). */
static PyObject *new_matrix(const sx_model_object *self) {
  npy_intp k = (npy_intp)self->spec->model.k_params;
  npy_intp dims[2] = {k, k};

  return PyArray_SimpleNew(2, dims, NPY_DOUBLE);
}

static sx_status run_hessian(const sx_run *call, const sx_series *series,
                             const sx_point *point, void *out) {
  return sx_hessian(&call->self->spec->model, series, point, call->work,
                    call->work_size, out);
}

PyObject *sx_model_hessian(PyObject *object, PyObject *params) {
  const sx_model_object *self = (const sx_model_object *)object;
  PyObject *matrix = new_matrix(self);
  sx_hessian_output out = {0};
  derivation what = {sx_hessian_plan, run_hessian, &out, &out.reason,
                     4.0 * self->spec->model.k_params};

  if (matrix == NULL) {
    return NULL;
  }
  out.hessian = sx_array_data(matrix);
  if (derive(object, params, &what) < 0) {
    Py_DECREF(matrix);
    return NULL;
  }
  return matrix;
}

static sx_status plan_opg(const sx_model *model, const sx_series *series,
                          sx_engine engine, size_t *work_size) {
  (void)engine;
  return sx_opg_plan(model, series, work_size);
}

static sx_status run_opg(const sx_run *call, const sx_series *series,
                         const sx_point *point, void *out) {
  return sx_opg(&call->self->spec->model, series, point->params, call->work,
                call->work_size, out);
}

static sx_status plan_information(const sx_model *model,
                                  const sx_series *series, sx_engine engine,
                                  size_t *work_size) {
  (void)engine;
  return sx_information_plan(model, series, work_size);
}

static sx_status run_information(const sx_run *call, const sx_series *series,
                                 const sx_point *point, void *out) {
  return sx_information(&call->self->spec->model, series, point->params,
                        call->work, call->work_size, out);
}

/* Derivatives of what the filter says of each period, into `array`, a new one
 * or NULL: the array, or NULL. */
static PyObject *derive_periods(PyObject *object, PyObject *params,
                                derivation what, PyObject *array) {
  static const sx_reason none = SX_REASON_NONE;

  if (array == NULL) {
    return NULL;
  }
  what.out = sx_array_data(array);
  what.reason = &none;
  what.evaluations =
      4.0 * ((const sx_model_object *)object)->spec->model.k_params;
  if (derive(object, params, &what) < 0) {
    Py_CLEAR(array);
  }
  return array;
}

PyObject *sx_model_opg(PyObject *object, PyObject *params) {
  derivation what = {.plan = plan_opg, .run = run_opg};

  return derive_periods(object, params, what,
                        new_matrix((const sx_model_object *)object));
}

PyObject *sx_model_information(PyObject *object, PyObject *params) {
  derivation what = {.plan = plan_information, .run = run_information};

  return derive_periods(object, params, what,
                        new_matrix((const sx_model_object *)object));
}

static sx_status run_score_obs(const sx_run *call, const sx_series *series,
                               const sx_point *point, void *out) {
  return sx_score_obs(&call->self->spec->model, series, point->params,
                      call->work, call->work_size, out);
}

PyObject *sx_model_score_obs(PyObject *object, PyObject *params) {
  const sx_model_object *self = (const sx_model_object *)object;
  npy_intp dims[2] = {(npy_intp)self->spec->model.k_params,
                      (npy_intp)self->series.nobs};
  derivation what = {.plan = plan_opg, .run = run_score_obs};

  return derive_periods(object, params, what,
                        PyArray_SimpleNew(2, dims, NPY_DOUBLE));
}
