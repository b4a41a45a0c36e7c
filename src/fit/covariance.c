/* SPDX-License-Identifier: BSD-3-Clause */
/* The outer product of gradients, from single observations' log-likelihoods. */
#include "fit/differences.h"

#include "base/linalg.h"
#include "model/spec.h"

#include <math.h>
#include <string.h>

typedef struct outer_product {
  const sx_model *model;
  const sx_series *series;
  sx_differences differences;
  double *standardized; /* (nobs,), or NULL */
  double *scores;       /* (k_params, nobs) */
  void *work;
  size_t work_size;
} outer_product;

/* Log-likelihoods of the observations, 0 before the burn and where skipped. */
static sx_status loglike_obs(outer_product *outer, const double *params,
                             double *llf_obs) {
  int64_t burn = outer->model->loglikelihood_burn;
  sx_filter_output out = {.llf_obs = llf_obs,
                          .standardized_forecasts_error = outer->standardized};
  sx_status status = sx_filter(outer->model, outer->series, params, outer->work,
                               outer->work_size, &out);

  for (int64_t t = 0; t < burn && t < outer->series->nobs; t++) {
    llf_obs[t] = 0.0;
  }
  return status;
}

static sx_status evaluate(void *context, const double *params,
                          double *llf_obs) {
  outer_product *outer = context;
  const double *center = outer->differences.center;
  sx_status status = loglike_obs(outer, params, llf_obs);

  for (int64_t t = 0; status >= 0 && t < outer->series->nobs; t++) {
    /*
     * Skipped there and not at the center: outside the stationary region, or a
     * negative variance.
     */
    if (llf_obs[t] == 0.0 && center[t] != 0.0) {
      llf_obs[t] = NAN;
    }
  }
  return status;
}

/* The norm of the scores is the reciprocal standard error of the parameter. */
static sx_unit unit_of_scores(const sx_differences *differences, int32_t place,
                              double step) {
  const double *scores = differences->derivatives;
  double norm = sqrt(sx_dot(differences->count, scores, scores));
  sx_unit unit = {norm, norm};

  (void)place;
  (void)step;
  return unit;
}

static void layout(const sx_model *model, const sx_series *series,
                   size_t work_size, sx_arena *arena, outer_product *outer) {
  size_t n = (size_t)series->nobs;
  size_t k = (size_t)model->k_params;

  outer->model = model;
  outer->series = series;
  outer->differences.k_params = model->k_params;
  outer->differences.count = series->nobs;
  sx_differences_layout(arena, &outer->differences);
  outer->standardized =
      sx_has(model, SX_CONCENTRATE_SCALE) ? sx_arena_doubles(arena, n) : NULL;
  outer->scores =
      sx_arena_doubles(arena, n > SIZE_MAX / (k + 1) ? SIZE_MAX : k * n);
  outer->work_size = work_size;
  outer->work = sx_arena_take(arena, work_size, 1);
}

sx_status sx_opg_plan(const sx_model *model, const sx_series *series,
                      size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  outer_product outer;
  sx_status status = sx_filter_plan(model, work_size);

  if (status == SX_OK) {
    layout(model, series, *work_size, &arena, &outer);
    status = sx_arena_plan(&arena, work_size);
  }
  return status;
}

/* The rows of `scores`. */
static sx_status differentiate(outer_product *outer) {
  sx_differences *differences = &outer->differences;
  int64_t n = outer->series->nobs;
  sx_status status = SX_OK;

  for (int32_t i = 0; status == SX_OK && i < differences->k_params; i++) {
    double step = sx_first_step(outer->model, n, differences->params, i);

    status = sx_differences_by(differences, i, &step, outer->scores + i * n);
  }
  return status;
}

static void multiply(const outer_product *outer, double *matrix) {
  int64_t n = outer->series->nobs;
  int32_t k = outer->differences.k_params;

  for (int32_t i = 0; i < k; i++) {
    for (int32_t j = 0; j <= i; j++) {
      double product = sx_dot(n, outer->scores + i * n, outer->scores + j * n);

      matrix[i * k + j] = matrix[j * k + i] = product;
    }
  }
}

/* The rows of `scores`, with what the filter says of the parameters. */
static sx_status collect(outer_product *outer, const double *params) {
  sx_status value, status;

  outer->differences.params = params;
  outer->differences.interrupt = outer->series->interrupt;
  outer->differences.evaluate = evaluate;
  outer->differences.unit = unit_of_scores;
  outer->differences.context = outer;
  value = loglike_obs(outer, params, outer->differences.center);
  if (value < 0) {
    return value;
  }
  status = differentiate(outer);
  return status == SX_OK ? value : status;
}

/* Lays a product out over the caller's bytes. */
static sx_status bind(const sx_model *model, const sx_series *series,
                      void *work, size_t work_size, outer_product *outer) {
  sx_arena arena = sx_arena_bind(work, work_size);
  size_t filter_work;
  sx_status status = sx_filter_plan(model, &filter_work);

  if (status != SX_OK) {
    return status;
  }
  layout(model, series, filter_work, &arena, outer);
  return sx_arena_failed(&arena) ? SX_E_WORKSPACE : SX_OK;
}

sx_status sx_opg(const sx_model *model, const sx_series *series,
                 const double *params, void *work, size_t work_size,
                 double *matrix) {
  outer_product outer;
  sx_status status = bind(model, series, work, work_size, &outer);

  if (status == SX_OK) {
    status = collect(&outer, params);
    if (status >= 0) {
      multiply(&outer, matrix);
    }
  }
  return status;
}

sx_status sx_score_obs(const sx_model *model, const sx_series *series,
                       const double *params, void *work, size_t work_size,
                       double *scores) {
  outer_product outer;
  sx_status status = bind(model, series, work, work_size, &outer);

  if (status == SX_OK) {
    status = collect(&outer, params);
    if (status >= 0) {
      memcpy(scores, outer.scores,
             sizeof(double) * (size_t)series->nobs * (size_t)model->k_params);
    }
  }
  return status;
}
