/* SPDX-License-Identifier: BSD-3-Clause */
/* The object behind _core.Model, and how its methods run the core. */
#ifndef SX_PYTHON_PY_MODEL_H
#define SX_PYTHON_PY_MODEL_H

#include "python/py_rows.h"

#include "batch/shared.h"

/* A specification bound to a private copy of the data. */
typedef struct sx_model_object {
  PyObject_HEAD sx_spec_object *spec;
  sx_series series;
  sx_facts facts; /* of series */
  sx_engine engine;
  size_t loglike_work;          /* of one log-likelihood */
  sx_shared_size gradient_work; /* of k_params + 1 at once, as for forward
                                  differences; 0 until it is asked for */
  double *data;                 /* endog, then exog, then the tail */
  sx_tail tail;
} sx_model_object;

/* One run: the parameters' copy and the workspace behind it. */
typedef struct sx_run {
  const sx_model_object *self;
  double *params; /* to be freed; the workspace is part of it */
  void *work;
  size_t work_size;
} sx_run;

/* Takes memory, copies the parameters; -1 with an exception set on failure. */
int sx_run_begin(PyObject *self, PyObject *params, size_t work_size,
                 sx_run *call);

/* Non-zero if work on so many periods is worth releasing the GIL. */
int sx_work_pays(const sx_model *model, double periods);
int sx_releases_gil(const sx_model_object *self, double periods);

/* Raises what a negative status means, with the exact engine's reason. */
void sx_raise_loglike(PyObject *self, sx_status status, sx_reason reason);

/* Methods of _core.Model (py_loglike.c). */
PyObject *sx_model_loglike(PyObject *self, PyObject *params);
PyObject *sx_model_loglikes(PyObject *self, PyObject *params);
PyObject *sx_model_evaluate(PyObject *self, PyObject *params);

/* Methods of _core.Model (py_derivatives.c). */
PyObject *sx_model_loglike_score(PyObject *self, PyObject *params);
PyObject *sx_model_hessian(PyObject *self, PyObject *params);
PyObject *sx_model_opg(PyObject *self, PyObject *params);
PyObject *sx_model_information(PyObject *self, PyObject *params);
PyObject *sx_model_score_obs(PyObject *self, PyObject *params);

/* Methods of _core.Model (py_state.c). */
PyObject *sx_model_state(PyObject *self, PyObject *params);
PyObject *sx_model_rolling_forecast(PyObject *self, PyObject *args);

/* Methods of _core.Model (py_predict.c). */
PyObject *sx_model_predict(PyObject *self, PyObject *args);
PyObject *sx_model_impute(PyObject *self, PyObject *args);

/* Methods of _core.Model (py_search.c). */
PyObject *sx_model_search_units(PyObject *self, PyObject *sigma);
PyObject *sx_model_to_search(PyObject *self, PyObject *args);
PyObject *sx_model_from_search(PyObject *self, PyObject *args);
PyObject *sx_model_search_gradient(PyObject *self, PyObject *args);

/* Method of _core.Model (py_fit.c). */
PyObject *sx_model_fit(PyObject *self, PyObject *args);

#endif
