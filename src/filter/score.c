/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/score.h"

#include "filter/loglike.h"
#include "model/spec.h"

/* ---- layout ---- */

static void layout_schur_bar(const sx_exact *exact, sx_schur *schur,
                             sx_arena *arena, sx_schur_bar *bar) {
  size_t size = (size_t)schur->q + SX_SCHUR_PAD;

  sx_exact_layout_history(arena, schur);
  bar->e_bar = sx_arena_doubles(arena, (size_t)exact->columns * schur->stride);
  bar->g_bar = sx_arena_doubles(arena, size);
  bar->L = sx_arena_doubles(arena, size);
  bar->L_bar = sx_arena_doubles(arena, size);
  bar->next_L = sx_arena_doubles(arena, size);
  bar->next_L_bar = sx_arena_doubles(arena, size);
  bar->column = sx_arena_doubles(arena, (size_t)exact->columns);
  bar->lags = sx_arena_int32(arena, (size_t)schur->q);
}

static void layout(sx_arena *arena, sx_adjoint *adjoint) {
  sx_exact *exact = &adjoint->exact;
  size_t k, c, h, r;

  sx_exact_layout(arena, exact);
  k = (size_t)exact->columns;
  c = (size_t)exact->c;
  h = (size_t)exact->h;
  r = (size_t)exact->r;
  layout_schur_bar(exact, &exact->num, arena, &adjoint->num);
  layout_schur_bar(exact, &exact->den, arena, &adjoint->den);
  if (exact->in_z) {
    sx_autocov_bar_layout(&exact->autocov, arena, &adjoint->autocov);
  }
  adjoint->num_gram_bar = sx_arena_doubles(arena, k * k);
  adjoint->den_gram_bar = sx_arena_doubles(arena, k * k);
  adjoint->T = sx_arena_doubles(arena, c * c);
  adjoint->near_T = sx_arena_doubles(arena, h * h);
  adjoint->f = sx_arena_doubles(arena, c);
  adjoint->u = sx_arena_doubles(arena, c);
  adjoint->e_rhs = sx_arena_doubles(arena, k * c);
  adjoint->x_rhs = sx_arena_doubles(arena, k * c);
  adjoint->phi_bar = sx_arena_doubles(arena, r + 2);
  adjoint->theta_bar = sx_arena_doubles(arena, r + 2);
  adjoint->gamma_bar = sx_arena_doubles(arena, c);
  adjoint->known_bar = sx_arena_doubles(arena, h * h);
  adjoint->first_bar = sx_arena_doubles(arena, c);
  adjoint->first_z_bar = sx_arena_doubles(arena, c);
  adjoint->ma_gamma_bar = sx_arena_doubles(arena, (size_t)exact->q + 1);
  adjoint->generator_bar =
      sx_arena_doubles(arena, (size_t)(exact->kd + exact->p) + 1);
  adjoint->sums = sx_arena_doubles(arena, (c > r ? c : r) + 2);
  adjoint->state_bar = sx_arena_doubles(arena, r);
  adjoint->z_bar = sx_arena_doubles(
      arena, exact->model->spec.k_exog > 0 ? (size_t)exact->nobs : 0);
}

static void clear(double *values, size_t count) {
  memset(values, 0, count * sizeof(double));
}

static void clear_bars(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  size_t k = (size_t)exact->columns, c = (size_t)exact->c;
  size_t h = (size_t)exact->h, r = (size_t)exact->r;

  clear(adjoint->T, c * c);
  clear(adjoint->near_T, h * h);
  clear(adjoint->e_rhs, k * c);
  clear(adjoint->x_rhs, k * c);
  clear(adjoint->phi_bar, r + 2);
  clear(adjoint->theta_bar, r + 2);
  clear(adjoint->gamma_bar, c);
  clear(adjoint->first_bar, c);
  clear(adjoint->first_z_bar, c);
  clear(adjoint->ma_gamma_bar, (size_t)exact->q + 1);
  adjoint->ik_bar = 0.0;
}

/* ---- the result ---- */

/*
 * Derivatives of weight (b_0 - b' M^-1 b) + det_bar log |M| by the products
 * [b_0 b'; b M] of one set of innovations, both triangles. Sweeps M out first.
 */
static void fill_gram_bar(const sx_exact *exact, const sx_schur *schur,
                          double det_bar, double weight, double *bar) {
  size_t ld = (size_t)exact->columns;
  size_t count = (size_t)schur->columns;

  for (size_t a = 0; a < count; a++) {
    for (size_t b = a; b < count; b++) {
      bar[a * ld + b] = schur->gram[a * ld + b];
      bar[b * ld + a] = schur->gram[a * ld + b];
    }
  }
  for (size_t k = 1; k < count; k++) {
    double inverse = 1.0 / bar[k * ld + k];

    for (size_t a = 0; a < count; a++) {
      for (size_t b = 0; b < count && a != k; b++) {
        bar[a * ld + b] -=
            b != k ? bar[a * ld + k] * bar[k * ld + b] * inverse : 0.0;
      }
    }
    for (size_t a = 0; a < count; a++) {
      bar[a * ld + k] *= inverse;
      bar[k * ld + a] *= inverse;
    }
    bar[k * ld + k] = -inverse;
  }
  bar[0] = -1.0;
  for (size_t a = count; a-- > 0;) {
    for (size_t b = count; b-- > 0;) {
      double both = bar[a * ld] * bar[b * ld];

      if (a > 0 && b > 0) {
        bar[a * ld + b] = weight * both - det_bar * bar[a * ld + b];
      }
    }
  }
  for (size_t a = 1; a < count; a++) {
    bar[a * ld] *= -weight;
    bar[a] = bar[a * ld];
  }
  bar[0] = weight;
}

/* Derivative of the log-likelihood by the sum of squares. */
static double squares_weight(const sx_adjoint *adjoint) {
  const sx_exact_result *result = &adjoint->result;

  if (sx_has(adjoint->exact.model, SX_CONCENTRATE_SCALE)) {
    return -0.5 * (double)result->count / result->squares;
  }
  return -0.5 / adjoint->exact.sigma2[0];
}

/* ---- the recursion ---- */

static void start_schur_bar(const sx_schur *schur, double *ma_gamma_bar,
                            sx_schur_bar *bar) {
  size_t size = (size_t)schur->q + SX_SCHUR_PAD;

  clear(bar->e_bar, (size_t)schur->columns * schur->stride);
  clear(bar->g_bar, size);
  clear(bar->L_bar, size);
  clear(bar->next_L, size);
  clear(bar->next_L_bar, size);
  memcpy(bar->L, schur->L, size * sizeof(double));
  bar->F_bar = 0.0;
  bar->gamma_bar = ma_gamma_bar;
  bar->k_lags = 0;
  for (int32_t j = schur->q; j >= 1; j--) {
    if (schur->steady[0] < schur->steps && schur->coef[j - 1] != 0.0) {
      bar->lags[bar->k_lags++] = j;
    }
  }
}

/* Right-hand sides by time to the values a run has left, newest first. */
static void place_rhs(const sx_exact *exact, const double *rhs, int32_t columns,
                      double *e_bar, size_t stride) {
  int32_t c = exact->c;

  for (int32_t a = 0; a < columns; a++) {
    for (int32_t t = 0; t < c; t++) {
      e_bar[(size_t)a * stride + (size_t)(c - 1 - t)] +=
          rhs[(size_t)a * (size_t)c + (size_t)t];
    }
  }
}

/* Both runs; leaves the derivatives by x in num.e_bar. */
static void runs_back(sx_adjoint *adjoint) {
  sx_exact *exact = &adjoint->exact;
  const sx_exact_kernels *kernels = sx_exact_kernels_of(exact->model->simd);
  size_t stride = exact->num.stride;
  int64_t offset = exact->nobs - exact->burn;

  place_rhs(exact, adjoint->e_rhs, exact->columns,
            adjoint->num.e_bar + exact->num.steps, stride);
  kernels->schur_adjoint(&adjoint->num, &exact->num);
  if (exact->burn <= exact->c) {
    place_rhs(exact, adjoint->x_rhs, exact->den_columns,
              adjoint->num.e_bar + exact->num.steps, stride);
    return;
  }
  place_rhs(exact, adjoint->x_rhs, exact->den_columns,
            adjoint->den.e_bar + exact->den.steps, exact->den.stride);
  kernels->schur_adjoint(&adjoint->den, &exact->den);
  for (int32_t a = 0; a < exact->den_columns; a++) {
    for (int64_t k = 0; k < exact->burn; k++) {
      adjoint->num.e_bar[(size_t)a * stride + (size_t)(offset + k)] +=
          adjoint->den.e_bar[(size_t)a * exact->den.stride + (size_t)k];
    }
  }
}

/* From the result to the derivatives by x, Pi's parts and ma_gamma. */
static void exact_back(sx_adjoint *adjoint) {
  sx_exact *exact = &adjoint->exact;
  double weight = squares_weight(adjoint);

  adjoint->num.det_bar = -0.5;
  adjoint->den.det_bar = 0.5;
  adjoint->num.gram_bar = adjoint->num_gram_bar;
  adjoint->den.gram_bar = adjoint->den_gram_bar;
  fill_gram_bar(exact, &exact->num, -0.5, weight, adjoint->num_gram_bar);
  fill_gram_bar(exact, &exact->den, 0.5, -weight, adjoint->den_gram_bar);
  start_schur_bar(&exact->num, adjoint->ma_gamma_bar, &adjoint->num);
  start_schur_bar(&exact->den, adjoint->ma_gamma_bar, &adjoint->den);
  sx_score_near(adjoint);
  sx_score_far(adjoint);
  sx_score_prior(adjoint);
  runs_back(adjoint);
}

/* ---- data and parameters ---- */

/* gamma_k = sum_j theta_j theta_{j+k} */
static void ma_gamma_back(sx_adjoint *adjoint) {
  const double *theta = adjoint->exact.theta;
  int32_t q = adjoint->exact.q;

  for (int32_t k = 0; k <= q; k++) {
    double bar = adjoint->ma_gamma_bar[k];

    for (int32_t j = 0; j + k <= q; j++) {
      adjoint->theta_bar[j] += bar * theta[j + k];
      adjoint->theta_bar[j + k] += bar * theta[j];
    }
  }
}

/* x = phi(B) z of the data, and the gaps' generators. */
static void phi_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  int32_t degree = exact->kd + exact->p;

  for (int32_t j = 1; j < exact->k_lags; j++) {
    int64_t lag = exact->lags[j];
    double sum = 0.0;

    for (int64_t k = 0; k < exact->nobs - lag; k++) {
      sum += adjoint->num.e_bar[k] * exact->z[0][k + lag];
    }
    adjoint->phi_bar[lag] += sum;
  }
  for (int32_t a = 1; a < exact->columns; a++) {
    int64_t newest = exact->nobs - 1 - exact->gaps[a - 1];
    const double *e_bar =
        adjoint->num.e_bar + (size_t)a * exact->num.stride + newest;

    for (int32_t i = 0; i <= degree; i++) {
      adjoint->generator_bar[i] = i <= newest ? e_bar[-i] : 0.0;
    }
    sx_score_generator(adjoint, exact->diff, exact->seasonal_diff);
  }
}

/* z = (1 - B)^d (1 - B^s)^D (y - X beta), newest first. */
static void exog_back(sx_adjoint *adjoint, const sx_series *series,
                      double *score) {
  const sx_exact *exact = &adjoint->exact;
  int64_t n = exact->nobs;
  int32_t k_exog = exact->model->spec.k_exog;
  double *z_bar = adjoint->z_bar;

  clear(z_bar, (size_t)n);
  for (int32_t j = 0; j < exact->k_lags; j++) {
    int64_t lag = exact->lags[j];

    for (int64_t k = 0; k < n - lag; k++) {
      z_bar[k + lag] += exact->phi[lag] * adjoint->num.e_bar[k];
    }
  }
  for (int32_t t = 0; t < exact->c; t++) {
    z_bar[n - 1 - t] += adjoint->first_z_bar[t];
  }
  for (int32_t i = 0; i < exact->diff + exact->seasonal_diff; i++) {
    int64_t lag = i < exact->diff ? 1 : exact->model->spec.periods;

    for (int64_t k = n - 1; k >= lag; k--) {
      z_bar[k] -= z_bar[k - lag];
    }
  }
  for (int32_t a = 0; a < exact->columns - 1; a++) {
    z_bar[n - 1 - exact->gaps[a]] = 0.0;
  }
  for (int64_t k = 0; k < n; k++) {
    const double *row = series->exog + (n - 1 - k) * k_exog;

    for (int32_t j = 0; j < k_exog; j++) {
      score[j] -= z_bar[k] * row[j];
    }
  }
}

/* Adds bar times the regressors of the intercept of period t. */
static void trend_value_back(const sx_model *model, int64_t t, double bar,
                             double *score) {
  const sx_lags *powers = &model->spec.trend;
  double time = model->spec.trend_offset + (double)t;
  int32_t power = 0;

  for (int32_t k = 0; k < powers->count; k++) {
    for (; power < powers->lag[k]; power++) {
      bar *= time;
    }
    score[k] += bar;
  }
}

/* The initial state's mean: a_0 = c_1 / phi(1), a_i = a_0 sum_{k>i} phi_k. */
static void initial_mean_back(sx_adjoint *adjoint, double *score) {
  const sx_exact *exact = &adjoint->exact;
  const double *mean = exact->initial_state;
  double phi_one = 0.0, first_bar = 0.0, sum = 0.0;

  for (int32_t k = 0; k <= exact->p; k++) {
    phi_one += exact->phi[k];
  }
  if (mean[0] == 0.0) {
    return;
  }
  for (int32_t i = 0; i < exact->r && i < exact->nobs; i++) {
    adjoint->state_bar[i] = -adjoint->num.e_bar[exact->nobs - 1 - i];
    first_bar += adjoint->state_bar[i] * mean[i] / mean[0];
  }
  for (int32_t k = 1; k <= exact->p; k++) {
    adjoint->phi_bar[k] -= mean[0] * (sum + first_bar / phi_one);
    sum += k < exact->r && k < exact->nobs ? adjoint->state_bar[k] : 0.0;
  }
  trend_value_back(exact->model, 0, first_bar / phi_one, score);
}

static void trend_back(sx_adjoint *adjoint, double *score) {
  const sx_exact *exact = &adjoint->exact;
  int64_t n = exact->nobs;

  for (int64_t t = 1; t < n; t++) {
    trend_value_back(exact->model, t - 1, -adjoint->num.e_bar[n - 1 - t],
                     score);
  }
  if (exact->stationary) {
    initial_mean_back(adjoint, score);
  }
}

/*
 * One factor of phi(B) = (1 - sum a_l B^l)(1 - sum A_m B^{s m}), or of theta
 * with sign +: the coefficients of the other are read at `other`.
 */
static void factor_back(const sx_poly_factor *own, const sx_poly_factor *other,
                        double sign, const double *dense, double *score) {
  for (int32_t i = 0; i < own->lags.count; i++) {
    int32_t lag = own->lags.lag[i] * own->unit;
    double bar = dense[lag];

    for (int32_t j = 0; j < other->lags.count; j++) {
      bar +=
          sign * other->coef[j] * dense[lag + other->lags.lag[j] * other->unit];
    }
    score[i] += sign * bar;
  }
}

static void polynomials_back(const sx_adjoint *adjoint, const double *params,
                             double *score) {
  const sx_model *model = adjoint->exact.model;
  sx_params_factors f = sx_params_factors_of(model, params);

  factor_back(&f.ar, &f.seasonal_ar, -1.0, adjoint->phi_bar,
              score + model->offset_ar);
  factor_back(&f.seasonal_ar, &f.ar, -1.0, adjoint->phi_bar,
              score + model->offset_seasonal_ar);
  factor_back(&f.ma, &f.seasonal_ma, 1.0, adjoint->theta_bar,
              score + model->offset_ma);
  factor_back(&f.seasonal_ma, &f.ma, 1.0, adjoint->theta_bar,
              score + model->offset_seasonal_ma);
}

static double sigma2_back(const sx_adjoint *adjoint) {
  const sx_exact_result *result = &adjoint->result;
  double sigma2 = adjoint->exact.sigma2[0];

  return (0.5 * (result->squares / sigma2 - (double)result->count) -
          adjoint->ik_bar * adjoint->exact.ik[0]) /
         sigma2;
}

static void params_back(sx_adjoint *adjoint, const sx_series *series,
                        const double *params, double *score) {
  const sx_exact *exact = &adjoint->exact;
  const sx_model *model = exact->model;

  clear(score, (size_t)model->k_params);
  ma_gamma_back(adjoint);
  if (model->spec.trend.count > 0) {
    trend_back(adjoint, score + model->offset_trend);
  }
  for (int32_t t = 0; t < exact->c; t++) {
    adjoint->num.e_bar[exact->nobs - 1 - t] += adjoint->first_bar[t];
  }
  phi_back(adjoint);
  if (model->spec.k_exog > 0) {
    exog_back(adjoint, series, score + model->offset_exog);
  }
  if (exact->in_z) {
    adjoint->autocov.counter = exact->counter;
    sx_autocov_adjoint(model, &exact->autocov, adjoint->gamma_bar,
                       &adjoint->autocov, score);
    adjoint->exact.counter = adjoint->autocov.counter;
  }
  polynomials_back(adjoint, params, score);
  if (model->has_sigma2) {
    score[model->offset_sigma2] = sigma2_back(adjoint);
  }
}

/* ---- public ---- */

sx_status sx_score_plan(const sx_model *model, const sx_series *series,
                        size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_adjoint adjoint;

  if (sx_exact_cover(model, series, 1, &adjoint.exact) == SX_REASON_NONE) {
    layout(&arena, &adjoint);
  }
  return sx_arena_plan(&arena, work_size);
}

/* The run forwards. */
static sx_reason run(sx_adjoint *adjoint, const sx_series *series,
                     const double *params) {
  sx_exact *exact = &adjoint->exact;
  sx_reason reason;

  sx_exact_bind(exact, series, 1);
  reason = sx_exact_load(exact, 0, params);
  if (reason != SX_REASON_NONE) {
    return reason;
  }
  sx_exact_run_lanes(exact);
  if (exact->counter.stopped) {
    return reason;
  }
  return sx_exact_result_of(exact, 0, params, &adjoint->result);
}

sx_status sx_score(const sx_model *model, const sx_series *series,
                   const double *params, void *work, size_t work_size,
                   sx_score_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_adjoint adjoint;

  out->reason = sx_exact_cover(model, series, 1, &adjoint.exact);
  if (out->reason != SX_REASON_NONE) {
    return SX_E_EXACT;
  }
  layout(&arena, &adjoint);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  out->reason = run(&adjoint, series, params);
  if (adjoint.exact.counter.stopped) {
    return SX_E_INTERRUPTED;
  }
  if (out->reason != SX_REASON_NONE &&
      !(out->reason == SX_REASON_PRECISION &&
        adjoint.result.error <= out->most_error)) {
    return SX_E_EXACT;
  }
  out->loglike = adjoint.result.loglike;
  out->auto_reason = sx_loglike_distance(&adjoint.exact, 0, &adjoint.result);
  clear_bars(&adjoint);
  exact_back(&adjoint);
  params_back(&adjoint, series, params, out->score);
  return adjoint.exact.counter.stopped ? SX_E_INTERRUPTED : SX_OK;
}
