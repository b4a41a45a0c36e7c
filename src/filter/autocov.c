/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/autocov.h"

#include <math.h>
#include <string.h>

/* Terms below this share of the largest are not worth adding. */
static const double NEGLIGIBLE = 1e-19;

/* Terms tried first; then twice as many, and so on. */
enum { FIRST_TERMS = 8 };

/* Autocovariances between two questions whether to stop. */
enum { BLOCK = 256 };

static int32_t last_lag(const sx_lags *lags) {
  return lags->count > 0 ? lags->lag[lags->count - 1] : 0;
}

/*
 * The most terms j of the sum: where both factors decay slowly, too few
 * (`benchmarks limits`).
 */
static int32_t max_terms(const sx_spec *spec) {
  if (last_lag(&spec->seasonal_ar) == 0) {
    return last_lag(&spec->seasonal_ma);
  }
  return 64 + 4096 / spec->periods + last_lag(&spec->seasonal_ma);
}

int sx_autocov_supported(const sx_model *model) {
  return last_lag(&model->spec.ar) <= SX_MAX_FACTOR_DEGREE &&
         last_lag(&model->spec.seasonal_ar) <= SX_MAX_FACTOR_DEGREE;
}

static void layout_factor(const sx_lags *ar, const sx_lags *ma, int32_t length,
                          sx_arena *arena, sx_arma_factor *factor) {
  size_t p = (size_t)last_lag(ar);
  size_t q = (size_t)last_lag(ma);

  factor->p = (int32_t)p;
  factor->q = (int32_t)q;
  factor->length = length > (int32_t)p ? length : (int32_t)p + 1;
  factor->known = 0;
  factor->ar_known = 0;
  factor->phi = sx_arena_doubles(arena, p + 1);
  factor->theta = sx_arena_doubles(arena, q + 1);
  factor->table = sx_arena_doubles(arena, p * (p + 1) / 2 + 1);
  factor->ar_acov = sx_arena_doubles(arena, (size_t)factor->length + q);
  factor->acov = sx_arena_doubles(arena, (size_t)factor->length);
}

void sx_autocov_layout(const sx_model *model, int32_t count, sx_arena *arena,
                       sx_autocov *autocov) {
  const sx_spec *spec = &model->spec;
  int32_t terms = spec->periods > 0 ? max_terms(spec) : 0;

  autocov->periods = spec->periods;
  autocov->count = count;
  autocov->counter = (sx_counter){NULL, 0, 0};
  autocov->known = 0;
  autocov->gamma = sx_arena_doubles(arena, (size_t)count);
  layout_factor(&spec->ar, &spec->ma, count + terms * spec->periods, arena,
                &autocov->regular);
  layout_factor(&spec->seasonal_ar, &spec->seasonal_ma, terms + 1, arena,
                &autocov->seasonal);
}

/*
 * Dense coefficients of a lag list; the leading one at index 0. Non-zero if
 * they are those of the call before, where there was one.
 */
static int fill_coefs(const sx_lags *lags, const double *coef, int is_first,
                      double *dense) {
  int same = !is_first;

  for (int32_t i = 0; i < lags->count && same; i++) {
    same = dense[lags->lag[i]] == coef[i];
  }
  if (same) {
    return 1;
  }
  memset(dense, 0, (size_t)(last_lag(lags) + 1) * sizeof(double));
  dense[0] = 1.0;
  for (int32_t i = 0; i < lags->count; i++) {
    dense[lags->lag[i]] = coef[i];
  }
  return 0;
}

/* Row k - 1 of the table: the predictor of order k. */
static double *table_row(const sx_arma_factor *factor, int32_t k) {
  return factor->table + (size_t)k * (size_t)(k - 1) / 2;
}

/*
 * Step down: from the coefficients a_k of order k to those of order k - 1,
 *   a_{k-1,i} = (a_{k,i} + r a_{k,k-i}) / (1 - r^2),  r = a_{k,k}
 * Returns the variance gamma_0 = 1 / prod (1 - r_k^2), or 0 if some |r| >= 1.
 */
static double step_down(const sx_arma_factor *factor) {
  double variance = 1.0;

  if (factor->p > 0) {
    memcpy(table_row(factor, factor->p), factor->phi + 1,
           (size_t)factor->p * sizeof(double));
  }
  for (int32_t k = factor->p; k >= 1; k--) {
    const double *row = table_row(factor, k);
    double r = row[k - 1];
    double rest = (1.0 - r) * (1.0 + r);

    if (!(fabs(r) < 1.0)) {
      return 0.0;
    }
    variance /= rest;
    for (int32_t i = 1; i < k; i++) {
      table_row(factor, k - 1)[i - 1] =
          (row[i - 1] + r * row[k - i - 1]) / rest;
    }
  }
  return variance;
}

/*
 * acov(h) = sum_i phi_i acov(h - i), begin <= h < end, of degree p > 0. The
 * newest value is in a register: the way through memory is what would limit us.
 */
static inline void go_on(const double *phi, int32_t p, int32_t begin,
                         int32_t end, double *acov) {
  double newest = acov[begin - 1];

  for (int32_t h = begin; h < end; h++) {
    double sum = 0.0;

    for (int32_t i = p; i >= 2; i--) {
      sum += phi[i] * acov[h - i];
    }
    newest = sum + phi[1] * newest;
    acov[h] = newest;
  }
}

/* The same, with degrees that the compiler knows. */
static void fill_rest(const sx_arma_factor *factor, int32_t begin,
                      int32_t end) {
  const double *phi = factor->phi;
  double *acov = factor->ar_acov;

  switch (factor->p) {
  case 0:
    memset(acov + begin, 0, (size_t)(end - begin) * sizeof(double));
    break;
  case 2:
    go_on(phi, 2, begin, end, acov);
    break;
  case 3:
    go_on(phi, 3, begin, end, acov);
    break;
  case 4:
    go_on(phi, 4, begin, end, acov);
    break;
  default:
    go_on(phi, factor->p, begin, end, acov);
  }
}

/*
 * Autocovariances of the autoregression after those that are known; non-zero if
 * it is not stationary.
 */
static int fill_ar_acov(const sx_arma_factor *factor, int32_t length,
                        sx_counter *counter) {
  double *acov = factor->ar_acov;
  int32_t begin = factor->ar_known > factor->p ? factor->ar_known : 0;
  double variance = begin > 0 ? 0.0 : step_down(factor);

  if (begin == 0 && !(variance > 0.0)) {
    return -1;
  }
  for (int32_t k = begin; k <= factor->p && k < length; k++) {
    double r = k > 0 ? table_row(factor, k)[k - 1] : 1.0;
    double sum = r * variance;

    for (int32_t i = 1; i < k; i++) {
      sum += table_row(factor, k - 1)[i - 1] * acov[k - i];
    }
    acov[k] = sum;
    variance *= k > 0 ? (1.0 - r) * (1.0 + r) : 1.0;
  }
  for (int32_t h = begin > 0 ? begin : factor->p + 1; h < length;) {
    int32_t end = length - h < BLOCK ? length : h + BLOCK;

    fill_rest(factor, h, end);
    if (sx_interrupt_asked(counter, (int64_t)factor->p * (end - h))) {
      break;
    }
    h = end;
  }
  return 0;
}

/* target(h) += weight source(|h + shift|), begin <= h < end. */
static void add_shifted(double *restrict target, const double *restrict source,
                        double weight, int32_t shift, int32_t begin,
                        int32_t end) {
  int32_t h = begin;

  for (; h < end && h < -shift; h++) {
    target[h] += weight * source[-shift - h];
  }
  for (; h < end; h++) {
    target[h] += weight * source[h + shift];
  }
}

/*
 * acov(h) = sum_ij theta_i theta_j ar_acov(h + i - j), h < length, after those
 * that are known.
 */
static void fill_acov(const sx_arma_factor *factor, int32_t length,
                      sx_counter *counter) {
  int32_t begin = factor->known;

  memset(factor->acov + begin, 0, (size_t)(length - begin) * sizeof(double));
  for (int32_t lag = -factor->q; lag <= factor->q; lag++) {
    int32_t shift = lag < 0 ? -lag : lag;
    double weight = 0.0;

    for (int32_t i = 0; i + shift <= factor->q; i++) {
      weight += factor->theta[i] * factor->theta[i + shift];
    }
    if (weight == 0.0) {
      continue;
    }
    add_shifted(factor->acov, factor->ar_acov, weight, lag, begin, length);
    if (sx_interrupt_asked(counter, length - begin + factor->q)) {
      return;
    }
  }
}

static int fill_factor(sx_arma_factor *factor, int32_t length,
                       sx_counter *counter) {
  if (factor->ar_known < length + factor->q) {
    if (fill_ar_acov(factor, length + factor->q, counter) != 0) {
      return -1;
    }
    factor->ar_known = length + factor->q;
  }
  if (factor->known < length) {
    fill_acov(factor, length, counter);
    factor->known = length;
  }
  if (counter->stopped) {
    factor->ar_known = factor->known = 0;
    return -3;
  }
  return 0;
}

/* Sets a factor's coefficients; non-zero if they are as they were. */
static int set_factor(const sx_lags *ar, const double *phi, const sx_lags *ma,
                      const double *theta, sx_arma_factor *factor) {
  int same_ar = fill_coefs(ar, phi, factor->ar_known == 0, factor->phi);
  int same =
      fill_coefs(ma, theta, factor->known == 0, factor->theta) && same_ar;

  factor->ar_known = same_ar ? factor->ar_known : 0;
  factor->known = same ? factor->known : 0;
  return same;
}

/* gamma += beta (alpha(h - shift) + alpha(h + shift)). */
static void add_term(sx_autocov *autocov, double beta, int32_t shift) {
  const double *restrict alpha = autocov->regular.acov;
  double *restrict gamma = autocov->gamma;
  int32_t mirrored = shift < autocov->count ? shift : autocov->count;

  for (int32_t h = 0; h < mirrored; h++) {
    gamma[h] += beta * (alpha[shift - h] + alpha[h + shift]);
  }
  for (int32_t h = mirrored; h < autocov->count; h++) {
    gamma[h] += beta * (alpha[h - shift] + alpha[h + shift]);
  }
}

/*
 * The first lag that the term with this shift uses; those below zero are among
 * the others: count - shift < count + shift.
 */
static int32_t first_lag(const sx_autocov *autocov, int32_t shift) {
  return shift > autocov->count ? shift - autocov->count : 0;
}

/* The largest |alpha| that the term with this shift uses. */
static double largest_alpha(const sx_autocov *autocov, int32_t shift) {
  const double *alpha = autocov->regular.acov;
  int32_t last = shift + autocov->count;
  double largest[4] = {0.0, 0.0, 0.0, 0.0};
  int32_t h = first_lag(autocov, shift);

  for (; h + 4 <= last; h += 4) {
    for (int32_t k = 0; k < 4; k++) {
      double size = fabs(alpha[h + k]);

      largest[k] = size > largest[k] ? size : largest[k];
    }
  }
  for (; h < last; h++) {
    largest[0] = fmax(largest[0], fabs(alpha[h]));
  }
  return fmax(fmax(largest[0], largest[1]), fmax(largest[2], largest[3]));
}

/*
 * Number of terms after which the others are negligible, -1 if there are not
 * as many. Small terms count only in a run as long as the seasonal degree.
 */
static int32_t needed_terms(sx_autocov *autocov, int32_t available) {
  const sx_arma_factor *seasonal = &autocov->seasonal;
  const double *alpha = autocov->regular.acov; /* the first is large, mostly */
  double limit =
      NEGLIGIBLE * fabs(seasonal->acov[0] * autocov->regular.acov[0]);
  int32_t small = 0;

  if (seasonal->p == 0) {
    return seasonal->q <= available ? seasonal->q : -1;
  }
  for (int32_t j = seasonal->q + 1; j <= available; j++) {
    double beta = fabs(seasonal->acov[j]);
    int32_t shift = j * autocov->periods;

    small = beta * fabs(alpha[first_lag(autocov, shift)]) > limit ||
                    !(beta * largest_alpha(autocov, shift) <= limit)
                ? 0
                : small + 1;
    if (small == seasonal->p ||
        sx_interrupt_asked(&autocov->counter, 2 * autocov->count)) {
      return j;
    }
  }
  return -1;
}

/* Both factors, and the number of terms that takes; else as the caller. */
static int fill_factors(const sx_model *model, sx_autocov *autocov) {
  int32_t most = model->spec.periods > 0 ? max_terms(&model->spec) : 0;
  int32_t available = FIRST_TERMS < most ? FIRST_TERMS : most;

  for (;;) {
    int failed =
        fill_factor(&autocov->seasonal, available + 1, &autocov->counter);

    if (failed == 0) {
      failed = fill_factor(&autocov->regular,
                           autocov->count + available * autocov->periods,
                           &autocov->counter);
    }
    if (failed != 0) {
      return failed;
    }
    autocov->terms = needed_terms(autocov, available);
    if (autocov->terms >= 0 || autocov->counter.stopped) {
      return autocov->counter.stopped ? -3 : 0;
    }
    if (available == most) {
      return -2;
    }
    available = available < most / 2 ? 2 * available : most;
  }
}

int sx_autocov_compute(const sx_model *model, const double *params,
                       sx_autocov *autocov) {
  const sx_spec *spec = &model->spec;
  sx_arma_factor *regular = &autocov->regular;
  sx_arma_factor *seasonal = &autocov->seasonal;
  int same = set_factor(&spec->ar, params + model->offset_ar, &spec->ma,
                        params + model->offset_ma, regular);
  int failed;

  same = set_factor(&spec->seasonal_ar, params + model->offset_seasonal_ar,
                    &spec->seasonal_ma, params + model->offset_seasonal_ma,
                    seasonal) &&
         same;
  if (autocov->known && same) {
    return 0;
  }
  autocov->known = 0;
  failed = fill_factors(model, autocov);
  if (failed != 0) {
    return failed;
  }
  for (int32_t h = 0; h < autocov->count; h++) {
    autocov->gamma[h] = seasonal->acov[0] * regular->acov[h];
  }
  for (int32_t j = 1; j <= autocov->terms; j++) {
    add_term(autocov, seasonal->acov[j], j * spec->periods);
  }
  autocov->known = 1;
  return 0;
}

/*
 * Errors of the autoregression's part mostly are those of another phi nearby,
 * and do no harm; what its moving average cancels of them does.
 */
static double factor_error(const sx_arma_factor *factor) {
  double weight = 0.0, error;

  for (int32_t i = 0; i <= factor->q; i++) {
    weight += fabs(factor->theta[i]);
  }
  error = fmax(1.0, weight * weight * factor->ar_acov[0] / factor->acov[0]);
  return factor->p > 1 ? error * sqrt(sqrt(factor->ar_acov[0])) : error;
}

double sx_autocov_error(const sx_autocov *autocov) {
  return factor_error(&autocov->regular) * factor_error(&autocov->seasonal);
}

/* ---- adjoint ---- */

static size_t table_size(const sx_arma_factor *factor) {
  return (size_t)factor->p * (size_t)(factor->p + 1) / 2 + 1;
}

static void layout_factor_bar(const sx_arma_factor *factor, sx_arena *arena,
                              sx_arma_factor_bar *bar) {
  bar->phi = sx_arena_doubles(arena, (size_t)factor->p + 1);
  bar->theta = sx_arena_doubles(arena, (size_t)factor->q + 1);
  bar->table = sx_arena_doubles(arena, table_size(factor));
  bar->ar_acov =
      sx_arena_doubles(arena, (size_t)factor->length + (size_t)factor->q);
  bar->acov = sx_arena_doubles(arena, (size_t)factor->length);
}

void sx_autocov_bar_layout(const sx_autocov *autocov, sx_arena *arena,
                           sx_autocov_bar *bar) {
  bar->counter = (sx_counter){NULL, 0, 0};
  layout_factor_bar(&autocov->regular, arena, &bar->regular);
  layout_factor_bar(&autocov->seasonal, arena, &bar->seasonal);
}

static void clear_factor_bar(const sx_arma_factor *factor, int32_t length,
                             sx_arma_factor_bar *bar) {
  memset(bar->phi, 0, (size_t)(factor->p + 1) * sizeof(double));
  memset(bar->theta, 0, (size_t)(factor->q + 1) * sizeof(double));
  memset(bar->table, 0, table_size(factor) * sizeof(double));
  memset(bar->ar_acov, 0, (size_t)(length + factor->q) * sizeof(double));
  memset(bar->acov, 0, (size_t)length * sizeof(double));
}

/* Reverse of add_term. */
static void add_term_back(const sx_autocov *autocov, int32_t j,
                          const double *gamma_bar, sx_autocov_bar *bar) {
  const double *alpha = autocov->regular.acov;
  double beta = autocov->seasonal.acov[j];
  int32_t shift = j * autocov->periods;

  for (int32_t h = 0; h < autocov->count; h++) {
    int32_t left = h < shift ? shift - h : h - shift;

    bar->seasonal.acov[j] += gamma_bar[h] * (alpha[left] + alpha[h + shift]);
    bar->regular.acov[left] += gamma_bar[h] * beta;
    bar->regular.acov[h + shift] += gamma_bar[h] * beta;
  }
}

/* Reverse of fill_acov. */
static void fill_acov_back(const sx_arma_factor *factor, int32_t length,
                           sx_arma_factor_bar *bar, sx_counter *counter) {
  for (int32_t lag = -factor->q; lag <= factor->q; lag++) {
    int32_t shift = lag < 0 ? -lag : lag;
    double weight = 0.0, weight_bar = 0.0;

    for (int32_t i = 0; i + shift <= factor->q; i++) {
      weight += factor->theta[i] * factor->theta[i + shift];
    }
    for (int32_t h = 0; h < length; h++) {
      int32_t at = h + lag < 0 ? -(h + lag) : h + lag;

      weight_bar += bar->acov[h] * factor->ar_acov[at];
      bar->ar_acov[at] += bar->acov[h] * weight;
    }
    for (int32_t i = 0; i + shift <= factor->q; i++) {
      bar->theta[i] += weight_bar * factor->theta[i + shift];
      bar->theta[i + shift] += weight_bar * factor->theta[i];
    }
    if (sx_interrupt_asked(counter, 2 * length + factor->q)) {
      return;
    }
  }
}

/* Reverse of step_down; variance_bar is the derivative by its result. */
static void step_down_back(const sx_arma_factor *factor, double variance,
                           double variance_bar, sx_arma_factor_bar *bar) {
  for (int32_t k = 1; k <= factor->p; k++) {
    const double *row = table_row(factor, k);
    double *row_bar = bar->table + (row - factor->table);
    double r = row[k - 1];
    double rest = (1.0 - r) * (1.0 + r);
    double r_bar = 2.0 * r * variance * variance_bar / rest;

    for (int32_t i = 1; i < k; i++) {
      size_t below =
          (size_t)(table_row(factor, k - 1) - factor->table) + (size_t)(i - 1);
      double scaled = bar->table[below] / rest;

      row_bar[i - 1] += scaled;
      row_bar[k - i - 1] += r * scaled;
      r_bar += scaled * (row[k - i - 1] + 2.0 * r * factor->table[below]);
    }
    row_bar[k - 1] += r_bar;
  }
  for (int32_t i = 1; i <= factor->p; i++) {
    bar->phi[i] +=
        bar->table[table_row(factor, factor->p) - factor->table + (i - 1)];
  }
}

/* Reverse of fill_ar_acov. */
static void fill_ar_acov_back(const sx_arma_factor *factor, int32_t length,
                              sx_arma_factor_bar *bar, sx_counter *counter) {
  const double *acov = factor->ar_acov;
  double *acov_bar = bar->ar_acov;
  double variance = acov[0], variance_bar = 0.0;
  int32_t known = factor->p < length ? factor->p : length - 1;

  for (int32_t h = length - 1; h > factor->p; h--) {
    for (int32_t i = 1; i <= factor->p; i++) {
      acov_bar[h - i] += factor->phi[i] * acov_bar[h];
      bar->phi[i] += acov_bar[h] * acov[h - i];
    }
    if (sx_interrupt_asked(counter, 2 * factor->p)) {
      return;
    }
  }
  for (int32_t k = 1; k <= known; k++) {
    double r = table_row(factor, k)[k - 1];

    variance *= (1.0 - r) * (1.0 + r);
  }
  for (int32_t k = known; k >= 1; k--) {
    double *row_bar = bar->table + (table_row(factor, k) - factor->table);
    double r = table_row(factor, k)[k - 1];
    double rest = (1.0 - r) * (1.0 + r);

    variance /= rest;
    row_bar[k - 1] += (acov_bar[k] - 2.0 * r * variance_bar) * variance;
    variance_bar = variance_bar * rest + acov_bar[k] * r;
    for (int32_t i = 1; i < k; i++) {
      const double *before = table_row(factor, k - 1);

      bar->table[before - factor->table + (i - 1)] += acov_bar[k] * acov[k - i];
      acov_bar[k - i] += acov_bar[k] * before[i - 1];
    }
  }
  if (factor->p > 0) {
    step_down_back(factor, acov[0], acov_bar[0] + variance_bar, bar);
  }
}

static void add_coefs(const sx_lags *lags, const double *dense, double *score) {
  for (int32_t i = 0; i < lags->count; i++) {
    score[i] += dense[lags->lag[i]];
  }
}

void sx_autocov_adjoint(const sx_model *model, const sx_autocov *autocov,
                        const double *gamma_bar, sx_autocov_bar *bar,
                        double *score) {
  const sx_spec *spec = &model->spec;
  const sx_arma_factor *regular = &autocov->regular;
  const sx_arma_factor *seasonal = &autocov->seasonal;
  int32_t length = autocov->count + autocov->terms * autocov->periods;

  clear_factor_bar(regular, length, &bar->regular);
  clear_factor_bar(seasonal, autocov->terms + 1, &bar->seasonal);
  for (int32_t h = 0; h < autocov->count; h++) {
    bar->seasonal.acov[0] += gamma_bar[h] * regular->acov[h];
    bar->regular.acov[h] += gamma_bar[h] * seasonal->acov[0];
  }
  for (int32_t j = 1; j <= autocov->terms; j++) {
    add_term_back(autocov, j, gamma_bar, bar);
  }
  fill_acov_back(regular, length, &bar->regular, &bar->counter);
  fill_acov_back(seasonal, autocov->terms + 1, &bar->seasonal, &bar->counter);
  fill_ar_acov_back(regular, length + regular->q, &bar->regular, &bar->counter);
  fill_ar_acov_back(seasonal, autocov->terms + 1 + seasonal->q, &bar->seasonal,
                    &bar->counter);
  add_coefs(&spec->ar, bar->regular.phi, score + model->offset_ar);
  add_coefs(&spec->ma, bar->regular.theta, score + model->offset_ma);
  add_coefs(&spec->seasonal_ar, bar->seasonal.phi,
            score + model->offset_seasonal_ar);
  add_coefs(&spec->seasonal_ma, bar->seasonal.theta,
            score + model->offset_seasonal_ma);
}
