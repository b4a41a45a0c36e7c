/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/exact.h"

#include "filter/accuracy.h"
#include "filter/init.h"
#include "model/facts.h"
#include "model/spec.h"

#include <float.h>

static const double LOG_2PI = 1.8378770664093454836;

/* Rows of the first block: its elimination takes c^3 / 6 steps. */
enum { MAX_BLOCK = 20000 };

/*
 * Largest estimated rounding error, relative to the value. The estimate is
 * cautious: tests/exact/test_exact.py holds what passes to 1e-9.
 */
static const double MAX_ERROR = 1e-9;

/* How many of the counted ulps a value of the first block may lose. */
static const double LOSS_FACTOR = 8.0;

/* ---- layout ---- */

int sx_exact_is_short(const sx_exact *exact, int64_t nobs) {
  return nobs <= exact->c || nobs <= exact->burn;
}

static int32_t max_int32(int32_t a, int32_t b) { return a > b ? a : b; }

/* What the model alone decides. */
static void set_shape(const sx_model *model, int32_t width, sx_exact *exact) {
  int simple = sx_has(model, SX_SIMPLE_DIFFERENCING);

  exact->model = model;
  exact->width = width;
  exact->each_series = 0;
  exact->ahead = 0;
  exact->lead = NULL;
  exact->p = model->ar_order;
  exact->q = model->ma_order;
  exact->r = model->k_order;
  exact->kd = model->k_diff_states;
  exact->diff = simple ? 0 : model->spec.diff;
  exact->seasonal_diff = simple ? 0 : model->spec.seasonal_diff;
  exact->stationary = sx_has(model, SX_ENFORCE_STATIONARITY);
  exact->in_z = exact->stationary && exact->p > 0;
  exact->burn = model->loglikelihood_burn;
  exact->c = exact->kd + exact->p;
  if (!exact->stationary) {
    exact->c = max_int32(exact->c, exact->r);
  } else if (exact->p > 0) {
    exact->c = max_int32(exact->c, exact->q);
  }
  exact->h = exact->q < exact->c ? exact->q : exact->c;
}

/* Sets nobs and columns: up to the last observation, one for each gap. */
static sx_reason find_span(const sx_series *series, sx_exact *exact) {
  sx_facts facts = sx_facts_of(series);

  exact->nobs = facts.last;
  exact->first_largest = facts.largest;
  if (sx_exact_is_short(exact, facts.last)) {
    return SX_REASON_SHORT;
  }
  if (facts.missing > SX_MAX_GAPS) {
    return SX_REASON_GAPS;
  }
  exact->k_gaps = (int32_t)facts.missing;
  exact->columns = 1 + exact->k_gaps;
  return SX_REASON_NONE;
}

sx_reason sx_exact_cover(const sx_model *model, const sx_series *series,
                         int32_t width, sx_exact *exact) {
  set_shape(model, width, exact);
  if (sx_has(model, SX_MEASUREMENT_ERROR)) {
    return SX_REASON_MEASUREMENT_ERROR;
  }
  if (exact->seasonal_diff > 2) {
    return SX_REASON_SEASONAL_DIFF;
  }
  if (!sx_autocov_supported(model) || exact->c > MAX_BLOCK) {
    return SX_REASON_AR_DEGREE;
  }
  return find_span(series, exact);
}

static void layout_schur(const sx_exact *exact, int64_t nobs, sx_arena *arena,
                         sx_schur *schur) {
  size_t w = (size_t)exact->width;
  size_t q = (size_t)exact->q;
  size_t k = (size_t)exact->columns;

  schur->q = exact->q;
  schur->gram_ld = exact->columns;
  schur->stride = (size_t)nobs + q + SX_SCHUR_PAD;
  schur->e = sx_arena_doubles(arena, k * schur->stride * w);
  schur->g = sx_arena_doubles(arena, (q + SX_SCHUR_PAD) * w);
  schur->F = sx_arena_doubles(arena, w);
  schur->L = sx_arena_doubles(arena, (q + SX_SCHUR_PAD) * w);
  schur->inverse = sx_arena_doubles(arena, (size_t)(nobs + 1) * w);
  schur->known =
      sx_arena_doubles(arena, (size_t)exact->h * (size_t)exact->h * w);
  schur->loss = sx_arena_doubles(arena, 2 * w);
  schur->coef = sx_arena_doubles(arena, q * w);
  schur->gram = sx_arena_doubles(arena, k * k * w);
  schur->lags = sx_arena_int32(arena, q);
  schur->history = NULL;
  schur->rho = NULL;
  schur->shared = NULL;
}

void sx_exact_layout_history(sx_arena *arena, sx_schur *schur) {
  size_t q = (size_t)schur->q;
  size_t steps = schur->stride - q - SX_SCHUR_PAD;

  schur->history_ld = q / 4 * 4 + 4;
  schur->history = sx_arena_doubles(arena, steps * schur->history_ld);
  schur->rho = sx_arena_doubles(arena, steps);
}

/* Arrays whose size the model decides. */
static void layout_model(const sx_model *model, sx_arena *arena,
                         sx_exact *exact) {
  size_t w = (size_t)exact->width;
  size_t p = (size_t)exact->p, r = (size_t)exact->r, kd = (size_t)exact->kd;

  sx_params_layout(model, arena, &exact->params);
  if (exact->in_z) {
    sx_autocov_layout(model, exact->c, arena, &exact->autocov);
  }
  exact->lags = sx_arena_int32(arena, p + 1);
  exact->places = sx_arena_int32(arena, kd + p + 1);
  exact->phi = sx_arena_doubles(arena, (p + 1) * w);
  exact->theta = sx_arena_doubles(arena, (r + 2) * w);
  exact->ma_gamma = sx_arena_doubles(arena, ((size_t)exact->q + 1) * w);
  exact->gamma = sx_arena_doubles(arena, (size_t)exact->c * w);
  exact->first = sx_arena_doubles(arena, (size_t)exact->c * w);
  exact->ik = sx_arena_doubles(arena, w);
  exact->sigma2 = sx_arena_doubles(arena, w);
  exact->gamma_error = sx_arena_doubles(arena, w);
  exact->ar_variance = sx_arena_doubles(arena, w);
  exact->largest = sx_arena_doubles(arena, w);
  exact->largest_endog = sx_arena_doubles(arena, w);
  exact->recent = sx_arena_doubles(arena, (size_t)exact->q + 1);
  exact->settled = sx_arena_doubles(arena, (size_t)exact->q + 1);
  exact->generator = sx_arena_doubles(arena, (kd + p + 1) * w);
  exact->row = sx_arena_doubles(arena, (r + 2) * w);
  exact->initial_state = sx_arena_doubles(arena, r);
}

/* Whether the lanes differ in z. */
static int own_z(const sx_exact *exact) {
  return exact->each_series || exact->model->spec.k_exog > 0;
}

int sx_exact_differences_lanes(const sx_exact *exact) {
  return exact->width > 1 && own_z(exact);
}

/* Whether the kernel reads the series as they are. */
static int reads_series(const sx_exact *exact) {
  return sx_exact_differences_lanes(exact) && exact->k_gaps == 0 &&
         exact->model->spec.k_exog == 0;
}

void sx_exact_layout(sx_arena *arena, sx_exact *exact) {
  const sx_model *model = exact->model;
  size_t n = (size_t)exact->nobs, w = (size_t)exact->width;
  size_t columns = (size_t)exact->columns;
  size_t c, h;

  layout_model(model, arena, exact);
  c = (size_t)exact->c;
  h = (size_t)exact->h;
  exact->gaps = sx_arena_take(arena, columns, sizeof(int64_t));
  exact->filled = sx_arena_doubles(arena, (size_t)exact->k_gaps * w);
  exact->z_memory = sx_arena_doubles(arena, own_z(exact) ? n * w : n);
  exact->z_lanes = sx_arena_doubles(arena, w > 1 ? n * w : 0);
  exact->intercept_memory =
      sx_arena_doubles(arena, model->spec.trend.count > 0 ? n * w : 0);
  exact->ld = c + 2 * columns;
  exact->block = sx_arena_doubles(arena, c * exact->ld * w);
  exact->diagonal = sx_arena_doubles(arena, c * w);
  exact->shift = sx_arena_doubles(arena, c * 2 * columns * w);
  exact->near = sx_arena_doubles(arena, h * (h + columns) * w);
  exact->joint = sx_arena_doubles(arena, columns * columns);
  layout_schur(exact, exact->nobs, arena, &exact->num);
  layout_schur(exact, exact->burn > exact->c ? exact->burn : 0, arena,
               &exact->den);
}

/* ---- the series ---- */

/* The lags at which phi is not zero in general: those of the specification. */
static void fill_lags(sx_exact *exact) {
  const sx_lags *seasonal = &exact->model->spec.seasonal_ar;
  const sx_lags *regular = &exact->model->spec.ar;
  int32_t *used = exact->places;

  memset(used, 0, (size_t)(exact->p + 1) * sizeof(int32_t));
  for (int32_t i = -1; i < regular->count; i++) {
    for (int32_t j = -1; j < seasonal->count; j++) {
      int32_t lag = i < 0 ? 0 : regular->lag[i];

      used[lag + (j < 0 ? 0 : seasonal->lag[j] * exact->model->spec.periods)] =
          1;
    }
  }
  exact->k_lags = 0;
  for (int32_t lag = 0; lag <= exact->p; lag++) {
    if (used[lag]) {
      exact->lags[exact->k_lags++] = lag;
    }
  }
}

/* Fills `gaps`. */
static void list_gaps(const sx_series *series, sx_exact *exact) {
  int32_t found = 0;

  exact->den_columns = 1;
  for (int64_t t = 0; found < exact->k_gaps; t++) {
    if (isnan(series->endog[t])) {
      exact->gaps[found++] = t;
      exact->den_columns += t < exact->burn;
    }
  }
}

/* A value for the gap at t, newest first: any would do, a near one rounds less.
 */
static double fill_value(const sx_exact *exact, const double *z, int64_t k) {
  int64_t n = exact->nobs;
  int64_t lag = exact->seasonal_diff > 0 ? exact->model->spec.periods : 1;
  int64_t newer = k - lag, older = k + lag;

  while (older < n && isnan(z[older])) {
    older += lag;
  }
  if (newer < exact->ahead) {
    return older < n ? z[older] : 0.0;
  }
  return older < n ? 0.5 * (z[newer] + z[older]) : z[newer];
}

/* z <- (1 - B^lag) z, newest first, zero before the series. */
static void difference(double *z, int64_t n, int64_t lag) {
  /* lag > 0: what is read has not been written yet. */
  SX_INDEPENDENT
  for (int64_t k = 0; k < n - lag; k++) {
    z[k] -= z[k + lag];
  }
}

/*
 * A lane's z, before its differences where the kernel takes them; returns the
 * largest |y - X beta|, 0 without exog.
 */
static double fill_z(const sx_exact *exact, int32_t lane) {
  const sx_model *model = exact->model;
  const sx_series *series = exact->series[lane];
  double *z = exact->z[lane];
  int64_t n = exact->lane_nobs[lane];
  int64_t ahead = exact->ahead;
  int32_t k_exog = model->spec.k_exog;
  double largest = 0.0;

  memset(z, 0, (size_t)ahead * sizeof(double));
  for (int64_t k = ahead; k < n; k++) {
    z[k] = series->endog[n - 1 - k];
  }
  for (int64_t k = ahead; k < n && k_exog > 0; k++) {
    z[k] -= sx_exog_effect(model, &exact->params,
                           series->exog + (n - 1 - k) * k_exog);
  }
  if (k_exog > 0) {
    largest = sx_largest_of(z, n);
  }
  for (int32_t a = exact->k_gaps - 1; a >= 0; a--) {
    int64_t k = n - 1 - exact->gaps[a];

    z[k] = fill_value(exact, z, k);
    exact->filled[a * exact->width + lane] = z[k];
  }
  if (!sx_exact_differences_lanes(exact)) {
    for (int32_t i = 0; i < exact->seasonal_diff; i++) {
      difference(z, n, model->spec.periods);
    }
    for (int32_t i = 0; i < exact->diff; i++) {
      difference(z, n, 1);
    }
  }
  return largest;
}

/* The series of each lane, and z where it depends on nothing else. */
static void bind_lanes(sx_exact *exact, const sx_series *series,
                       int32_t count) {
  for (int32_t l = 0; l < exact->width; l++) {
    int32_t number = exact->each_series ? (l < count ? l : count - 1) : 0;
    sx_facts facts = {exact->nobs - exact->ahead, 0, exact->first_largest};

    exact->series[l] = series + number;
    if (exact->each_series) {
      facts = sx_facts_of(exact->series[l]);
    }
    exact->lane_nobs[l] = facts.last + exact->ahead;
    exact->largest_endog[l] = facts.largest;
  }
}

/* The longest lane's length, and what follows from it. */
static void bind_lengths(sx_exact *exact) {
  sx_schur *num = &exact->num;

  if (exact->each_series) {
    exact->nobs = 0;
    for (int32_t l = 0; l < exact->width; l++) {
      exact->nobs =
          exact->lane_nobs[l] > exact->nobs ? exact->lane_nobs[l] : exact->nobs;
    }
  }
  num->steps = exact->nobs - exact->c;
  num->held = 0;
  for (int32_t l = 0; l < exact->width; l++) {
    num->delay[l] = exact->nobs - exact->lane_nobs[l];
    if (num->delay[l] > num->steps) {
      num->delay[l] = num->steps;
    }
    num->held = num->delay[l] > num->held ? num->delay[l] : num->held;
    exact->den.delay[l] = 0;
  }
  exact->den.steps = exact->burn > exact->c ? exact->burn - exact->c : 0;
  exact->den.held = 0;
}

void sx_exact_bind(sx_exact *exact, const sx_series *series, int32_t count) {
  exact->counter = (sx_counter){series->interrupt, 0, 0};
  exact->num.counter = &exact->counter;
  exact->den.counter = &exact->counter;
  bind_lanes(exact, series, count);
  bind_lengths(exact);
  fill_lags(exact);
  list_gaps(series, exact);
  exact->diffuse_growth = sx_diffuse_growth(exact);
  exact->num.columns = exact->columns;
  exact->den.columns = exact->den_columns;
  for (int32_t l = 0; l < exact->width; l++) {
    exact->z[l] = NULL;
    if (!reads_series(exact)) {
      exact->z[l] = exact->z_memory + (own_z(exact) ? l * exact->nobs : 0);
    }
    if (exact->z[l] && exact->model->spec.k_exog == 0 &&
        (l == 0 || exact->each_series)) {
      fill_z(exact, l);
    }
  }
}

/* ---- one lane's parameters ---- */

/* What the intercepts add to x, newest first. */
static void fill_intercept(const sx_exact *exact, double *intercept) {
  const sx_model *model = exact->model;
  int64_t n = exact->nobs;

  intercept[n - 1] = 0.0;
  for (int64_t t = 1; t < n; t++) {
    intercept[n - 1 - t] = sx_trend_value(model, &exact->params, t - 1);
  }
  if (!exact->stationary) {
    return;
  }
  sx_stationary_mean(model, &exact->params, exact->initial_state);
  for (int32_t t = 0; t < exact->r && t < n; t++) {
    intercept[n - 1 - t] += exact->initial_state[t];
  }
}

/* Dense polynomial from its coefficients 1.., the leading 1 in front. */
static void fill_polynomial(int32_t degree, const double *coef, double sign,
                            int32_t width, double *lane) {
  lane[0] = 1.0;
  for (int32_t i = 1; i <= degree; i++) {
    lane[(size_t)i * (size_t)width] = sign * coef[i - 1];
  }
}

/* The autocovariances of a stationary start. */
static sx_reason fill_gamma(sx_exact *exact, int32_t lane,
                            const double *params) {
  const double *gamma = exact->autocov.gamma;
  int failed;

  exact->autocov.counter = exact->counter;
  failed = sx_autocov_compute(exact->model, params, &exact->autocov);
  exact->counter = exact->autocov.counter;
  if (failed) {
    return failed == -1 ? SX_REASON_STATIONARY : SX_REASON_UNIT_ROOT;
  }
  for (int32_t k = 0; k < exact->c; k++) {
    exact->gamma[k * exact->width + lane] = gamma[k];
  }
  exact->gamma_error[lane] = sx_autocov_error(&exact->autocov);
  exact->ar_variance[lane] =
      exact->autocov.regular.ar_acov[0] * exact->autocov.seasonal.ar_acov[0];
  return SX_REASON_NONE;
}

static int all_finite(const double *values, int32_t count) {
  for (int32_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) {
      return 0;
    }
  }
  return 1;
}

void sx_exact_load_data(sx_exact *exact, int32_t lane) {
  const sx_model *model = exact->model;

  exact->largest[lane] = exact->largest_endog[lane];
  if (model->spec.k_exog > 0) {
    exact->largest[lane] = fmax(exact->largest[lane], fill_z(exact, lane));
  }
  exact->intercept[lane] = NULL;
  if (model->spec.trend.count > 0) {
    exact->intercept[lane] = exact->intercept_memory + lane * exact->nobs;
    fill_intercept(exact, exact->intercept[lane]);
    exact->largest[lane] =
        fmax(exact->largest[lane],
             sx_largest_of(exact->intercept[lane] +
                               (exact->nobs - exact->lane_nobs[lane]),
                           exact->lane_nobs[lane]));
  }
}

sx_reason sx_exact_load(sx_exact *exact, int32_t lane, const double *params) {
  const sx_model *model = exact->model;
  sx_reason reason = SX_REASON_NONE;

  sx_params_unpack(model, params, &exact->params);
  if (!all_finite(params, model->k_params) || !(exact->params.sigma2 > 0.0)) {
    return SX_REASON_PARAMS;
  }
  exact->sigma2[lane] = exact->params.sigma2;
  exact->ik[lane] = model->spec.initial_variance / exact->params.sigma2;
  fill_polynomial(exact->p, exact->params.reduced_ar, -1.0, exact->width,
                  exact->phi + lane);
  fill_polynomial(exact->q, exact->params.reduced_ma, 1.0, exact->width,
                  exact->theta + lane);
  exact->gamma_error[lane] = 1.0;
  if (exact->in_z) {
    reason = fill_gamma(exact, lane, params);
  }
  sx_exact_load_data(exact, lane);
  return reason;
}

/* ---- the result ---- */

/* Sums over all periods and over the burned ones, of one lane. */
typedef struct totals {
  sx_log_product det;
  double steady_log_det; /* of the steady periods, which det leaves out */
  double squares;
  double loss; /* ulps that log det may have lost */
  double squares_loss;
} totals;

/*
 * Integrates the gaps out of the products of innovations: the data's sum of
 * squares that is left, and |M| into the determinant.
 */
static void integrate_out(const sx_exact *exact, const sx_schur *schur,
                          int32_t lane, totals *sums) {
  size_t w = (size_t)exact->width;
  size_t ld = (size_t)exact->columns;
  size_t columns = (size_t)schur->columns;
  double *joint = exact->joint;

  if (columns == 1) {
    sums->squares = schur->gram[lane];
    sums->squares_loss += schur->gram[lane];
    return;
  }
  for (size_t cell = 0; cell < ld * columns; cell++) {
    joint[cell] = schur->gram[cell * w + (size_t)lane];
  }
  for (size_t k = columns - 1; k >= 1; k--) {
    double inverse = 1.0 / joint[k * (ld + 1)];
    double before = schur->gram[k * (ld + 1) * w + (size_t)lane];

    sx_log_product_multiply(&sums->det, joint[k * (ld + 1)]);
    sums->loss += before * inverse;
    for (size_t a = 0; a < k; a++) {
      double factor = joint[a * ld + k] * inverse;

      for (size_t b = a; b < k; b++) {
        joint[a * ld + b] -= factor * joint[b * ld + k];
      }
    }
  }
  sums->squares = joint[0];
  sums->squares_loss += sx_terms_of_squares(exact, schur, lane);
}

static totals sums_of(const sx_exact *exact, const sx_schur *schur,
                      int32_t lane) {
  size_t w = (size_t)exact->width;
  int64_t periods = schur->steps - schur->steady[lane];
  totals sums = {.det = schur->det[lane],
                 .loss = schur->loss[lane],
                 .squares_loss = schur->loss[w + (size_t)lane]};

  if (periods > 0 && exact->q > 0) {
    sums.steady_log_det = (double)periods * log(schur->F[lane]);
  }
  integrate_out(exact, schur, lane, &sums);
  return sums;
}

/*
 * What the sums have lost, relative: the first block what its diagonals lose on
 * the way to the pivots, the more so where the autocovariances themselves are
 * not good to an ulp; the sums of squares what those of the burn take away.
 */
static double loss_of(const sx_exact *exact, int32_t lane, const totals *num,
                      const totals *den, double precision) {
  double ulps = num->loss + den->loss +
                (num->squares_loss + den->squares_loss) * precision;

  return DBL_EPSILON * LOSS_FACTOR * exact->gamma_error[lane] * ulps;
}

/*
 * Estimated rounding error of the value: the loss, that of the recursion, and
 * x, which is rounded with the data, and of which the innovations have S times
 * the error.
 */
static double error_of(const sx_exact *exact, int32_t lane, double recursion,
                       double precision, const sx_exact_result *result) {
  double n = (double)sx_exact_observed(exact, lane);
  double data = result->sensitivity * precision * sqrt(n * result->squares) *
                exact->largest[lane];

  return result->loss + recursion + DBL_EPSILON * data;
}

sx_reason sx_exact_result_of(const sx_exact *exact, int32_t lane,
                             const double *params, sx_exact_result *result) {
  totals num = sums_of(exact, &exact->num, lane);
  totals den = sums_of(exact, &exact->den, lane);
  double scale = exact->sigma2[lane];
  double count, limit, pi_squares, recursion, precision;

  result->count = sx_exact_observed(exact, lane) - exact->burn -
                  (1 + exact->k_gaps - exact->den_columns);
  result->squares = num.squares - den.squares;
  result->log_det = sx_log_product_ratio(&num.det, &den.det) +
                    num.steady_log_det - den.steady_log_det;
  count = (double)result->count;
  result->scale = 1.0;
  if (sx_has(exact->model, SX_CONCENTRATE_SCALE)) {
    scale = result->squares / count;
    result->scale = scale;
  }
  result->loglike = -0.5 * (count * (LOG_2PI + log(scale)) + result->log_det +
                            result->squares / scale);
  result->sensitivity = sx_sensitivity(exact, lane, params);
  precision = 1.0 / scale;
  result->loss = loss_of(exact, lane, &num, &den, precision);
  pi_squares = result->sensitivity * result->sensitivity;
  recursion = sx_recursion_error(exact, lane, pi_squares,
                                 pi_squares * num.squares * precision);
  result->error = error_of(exact, lane, recursion, precision, result);
  if (!isfinite(result->loglike)) {
    return SX_REASON_SINGULAR;
  }
  limit = MAX_ERROR * fmax(1.0, fabs(result->loglike));
  if (!(result->error <= limit) && sx_settles(exact, lane)) {
    result->sensitivity = sx_settled_sensitivity(exact, lane, &pi_squares);
    recursion = sx_recursion_error(exact, lane, pi_squares,
                                   sx_settled_squares(exact, lane) * precision);
    result->error = error_of(exact, lane, recursion, precision, result);
  }
  return result->error <= limit ? SX_REASON_NONE : SX_REASON_PRECISION;
}
