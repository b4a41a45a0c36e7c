/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Products of derivatives of what the filter says of each period: of its
 * log-likelihoods the outer product of gradients, of its forecasts the
 * information matrix.
 */
#include "fit/differences.h"
#include "fit/partials.h"

#include "base/linalg.h"
#include "model/spec.h"

#include <math.h>
#include <string.h>

static const double SQRT_2 = 1.4142135623730950488;

struct outer_product;

/* What is derived. */
typedef struct product_kind {
  int32_t values; /* of a period */
  /* sx_differences.evaluate, first of all at the center and into `center`. */
  sx_status (*evaluate)(void *context, const double *params, double *values);
  /* Derivatives of the values by one parameter, by a complex step. */
  sx_status (*derive)(struct outer_product *outer, int32_t place,
                      double *found);
} product_kind;

typedef struct outer_product {
  const product_kind *kind;
  const sx_model *model;
  const sx_series *series;
  sx_differences differences;
  sx_partials partials;
  double *standardized; /* (nobs,) of the log-likelihoods, or NULL */
  double *center_cov;   /* (nobs,) of the forecasts: F at the center */
  double *scores;       /* (k_params, differences.count) */
  void *work;
  size_t work_size;
} outer_product;

/* ---- log-likelihoods ---- */

/* Log-likelihoods of the observations, 0 before the burn and where skipped. */
static sx_status loglike_obs(void *context, const double *params,
                             double *llf_obs) {
  outer_product *outer = context;
  const double *center = outer->differences.center;
  int64_t burn = outer->model->loglikelihood_burn;
  sx_filter_output out = {.llf_obs = llf_obs,
                          .standardized_forecasts_error = outer->standardized};
  sx_status status = sx_filter(outer->model, outer->series, params, outer->work,
                               outer->work_size, &out);

  for (int64_t t = 0; t < burn && t < outer->series->nobs; t++) {
    llf_obs[t] = 0.0;
  }
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

static sx_status derive_loglikes(outer_product *outer, int32_t place,
                                 double *found) {
  sx_partials_output out = {.llf_obs = found};

  return sx_partials_by(&outer->partials, outer->series,
                        outer->differences.params, place, &out);
}

static const product_kind SCORES = {1, loglike_obs, derive_loglikes};

/* ---- forecasts ---- */

/*
 * v / sqrt(F) and F / (sqrt(2) F), the denominators being those of the center:
 * sums of products of their derivatives are the information. 0 before the burn.
 */
static void in_units(const outer_product *outer, double *errors, double *covs) {
  const double *endog = outer->series->endog;

  for (int64_t t = 0; t < outer->series->nobs; t++) {
    double unit = outer->center_cov[t];
    int is_used = t >= outer->model->loglikelihood_burn;

    errors[t] = is_used && !isnan(endog[t]) ? errors[t] / sqrt(unit) : 0.0;
    covs[t] = is_used ? covs[t] / (SQRT_2 * unit) : 0.0;
  }
}

static sx_status forecasts(void *context, const double *params,
                           double *values) {
  outer_product *outer = context;
  int64_t n = outer->series->nobs;
  sx_filter_output out = {.forecasts_error = values,
                          .forecasts_error_cov = values + n};
  sx_status status = sx_filter(outer->model, outer->series, params, outer->work,
                               outer->work_size, &out);

  if (status < 0) {
    return status;
  }
  if (values == outer->differences.center) {
    memcpy(outer->center_cov, values + n, sizeof(double) * (size_t)n);
  }
  in_units(outer, values, values + n);
  return status;
}

static sx_status derive_forecasts(outer_product *outer, int32_t place,
                                  double *found) {
  double *covs = found + outer->series->nobs;
  sx_partials_output out = {.errors = found, .covs = covs};
  sx_status status = sx_partials_by(&outer->partials, outer->series,
                                    outer->differences.params, place, &out);

  in_units(outer, found, covs);
  return status;
}

static const product_kind FORECASTS = {2, forecasts, derive_forecasts};

/* ---- products ---- */

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

/* Takes the arrays of what is derived of which model and series. */
static void layout(size_t work_size, sx_arena *arena, outer_product *outer) {
  const sx_model *model = outer->model;
  int64_t nobs = outer->series->nobs;
  size_t k = (size_t)model->k_params;
  int64_t most = INT64_MAX / outer->kind->values;
  int64_t count = nobs < most ? nobs * outer->kind->values : INT64_MAX;
  int is_scores = outer->kind == &SCORES;
  int has_scale = is_scores && sx_has(model, SX_CONCENTRATE_SCALE);

  outer->differences.k_params = model->k_params;
  outer->differences.count = count;
  sx_differences_layout(arena, &outer->differences);
  sx_partials_layout(model, nobs, arena, &outer->partials);
  outer->standardized =
      has_scale ? sx_arena_doubles(arena, (size_t)nobs) : NULL;
  outer->center_cov = is_scores ? NULL : sx_arena_doubles(arena, (size_t)nobs);
  outer->scores = sx_arena_doubles(
      arena, (size_t)count > SIZE_MAX / (k + 1) ? SIZE_MAX : k * (size_t)count);
  outer->work_size = work_size;
  outer->work = sx_arena_take(arena, work_size, 1);
}

static sx_status plan(outer_product outer, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_status status = sx_filter_plan(outer.model, work_size);

  if (status == SX_OK) {
    layout(*work_size, &arena, &outer);
    status = sx_arena_plan(&arena, work_size);
  }
  return status;
}

sx_status sx_opg_plan(const sx_model *model, const sx_series *series,
                      size_t *work_size) {
  return plan(
      (outer_product){.kind = &SCORES, .model = model, .series = series},
      work_size);
}

sx_status sx_information_plan(const sx_model *model, const sx_series *series,
                              size_t *work_size) {
  return plan(
      (outer_product){.kind = &FORECASTS, .model = model, .series = series},
      work_size);
}

/* The rows of `scores`. */
static sx_status differentiate(outer_product *outer) {
  sx_differences *differences = &outer->differences;
  int is_narrow = sx_partials_suit(outer->model, outer->series);
  sx_status status = SX_OK;

  for (int32_t i = 0; status == SX_OK && i < differences->k_params; i++) {
    double *row = outer->scores + i * differences->count;
    sx_step step = sx_first_step(outer->model, outer->series->nobs,
                                 differences->params, i);

    status = is_narrow ? outer->kind->derive(outer, i, row)
                       : sx_differences_by(differences, i, &step, row);
  }
  return status;
}

static void multiply(const outer_product *outer, double *matrix) {
  int64_t n = outer->differences.count;
  int32_t k = outer->differences.k_params;

  for (int32_t i = 0; i < k; i++) {
    for (int32_t j = 0; j <= i; j++) {
      double product = sx_dot(n, outer->scores + i * n, outer->scores + j * n);

      matrix[i * k + j] = matrix[j * k + i] = product;
    }
  }
}

/* The rows of `scores`, with what the filter says of the parameters. */
static sx_status collect(outer_product *outer, const double *params, void *work,
                         size_t work_size) {
  sx_arena arena = sx_arena_bind(work, work_size);
  size_t filter_work;
  sx_status status = sx_filter_plan(outer->model, &filter_work);
  sx_status value;

  if (status < 0) {
    return status;
  }
  layout(filter_work, &arena, outer);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  outer->differences.params = params;
  outer->differences.interrupt = outer->series->interrupt;
  outer->differences.evaluate = outer->kind->evaluate;
  outer->differences.unit = unit_of_scores;
  outer->differences.context = outer;
  value = outer->kind->evaluate(outer, params, outer->differences.center);
  if (value < 0) {
    return value;
  }
  status = differentiate(outer);
  return status == SX_OK ? value : status;
}

sx_status sx_opg(const sx_model *model, const sx_series *series,
                 const double *params, void *work, size_t work_size,
                 double *matrix) {
  outer_product outer = {.kind = &SCORES, .model = model, .series = series};
  sx_status status = collect(&outer, params, work, work_size);

  if (status >= 0) {
    multiply(&outer, matrix);
  }
  return status;
}

sx_status sx_information(const sx_model *model, const sx_series *series,
                         const double *params, void *work, size_t work_size,
                         double *matrix) {
  outer_product outer = {.kind = &FORECASTS, .model = model, .series = series};
  sx_status status = collect(&outer, params, work, work_size);

  if (status >= 0) {
    multiply(&outer, matrix);
  }
  return status;
}

sx_status sx_score_obs(const sx_model *model, const sx_series *series,
                       const double *params, void *work, size_t work_size,
                       double *scores) {
  outer_product outer = {.kind = &SCORES, .model = model, .series = series};
  sx_status status = collect(&outer, params, work, work_size);

  if (status >= 0) {
    memcpy(scores, outer.scores,
           sizeof(double) * (size_t)series->nobs * (size_t)model->k_params);
  }
  return status;
}
