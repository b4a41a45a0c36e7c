/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/accuracy.h"

#include <float.h>

/*
 * Ulps of gamma_0 that each element of the covariance is off (`make law`: what
 * random models ask of it).
 */
static const double RECURSION_FACTOR = 2.0;

/* Terms of the sum after which the rest is left out. */
static const double NEGLIGIBLE_WEIGHT = 1e-3;

typedef struct weights {
  double sum, squares; /* of |pi_j| and pi_j^2 */
} weights;

/*
 * The weights of 1 + sum_i coef_i B^lag_i over up to `count` terms; coef[i] is
 * that of lag i + 1 if `lags` is NULL.
 *   recent (order,): workspace
 */
static weights inverse_sums(int32_t order, const sx_lags *lags,
                            const double *coef, int64_t count, double *recent) {
  int32_t terms = lags ? lags->count : order;
  int32_t small = 0, now = 0;
  weights found = {1.0, 1.0};

  for (int32_t i = 0; i < order; i++) {
    recent[i] = 0.0;
  }
  for (int64_t t = 0; t < count && small < order; t++) {
    double value = t == 0 ? 1.0 : 0.0;

    for (int32_t i = 0; i < terms; i++) {
      int32_t place = now - (lags ? lags->lag[i] : i + 1);

      value -= coef[i] * recent[place < 0 ? place + order : place];
    }
    recent[now] = value;
    now = now + 1 < order ? now + 1 : 0;
    found.sum += t == 0 ? 0.0 : fabs(value);
    found.squares += t == 0 ? 0.0 : value * value;
    small = fabs(value) < NEGLIGIBLE_WEIGHT * found.sum ? small + 1 : 0;
  }
  return found;
}

/*
 * For count (1 - |coef|) from here on, the powers of coef after the first
 * `count` add less than NEGLIGIBLE_WEIGHT to their sum.
 */
static const double SETTLED_POWERS = 7.0;

/* The same of 1 + coef B. */
static double geometric_sum(double coef, int64_t count) {
  double rest = 1.0 - fabs(coef);
  double value = 1.0, sum = 1.0;

  if (rest * (double)count >= SETTLED_POWERS) {
    return 1.0 / rest;
  }
  for (int64_t t = 1; t < count && value >= NEGLIGIBLE_WEIGHT * sum; t++) {
    value *= fabs(coef);
    sum += value;
  }
  return sum;
}

static double factor_sum(const sx_lags *lags, const double *coef, int64_t count,
                         double *recent) {
  int32_t order = lags->count > 0 ? lags->lag[lags->count - 1] : 0;

  if (order == 1) {
    return geometric_sum(coef[0], count);
  }
  return inverse_sums(order, lags, coef, count, recent).sum;
}

double sx_sensitivity(const sx_exact *exact, int32_t lane,
                      const double *params) {
  int64_t nobs = sx_exact_observed(exact, lane);
  const sx_model *model = exact->model;
  const sx_spec *spec = &model->spec;
  double seasonal = 1.0;

  if (spec->seasonal_ma.count > 0) {
    seasonal =
        factor_sum(&spec->seasonal_ma, params + model->offset_seasonal_ma,
                   nobs / spec->periods + 1, exact->recent);
  }
  return seasonal *
         factor_sum(&spec->ma, params + model->offset_ma, nobs, exact->recent);
}

/* The filter that the run has left, g / F, into exact->settled. */
static void settle(const sx_exact *exact, int32_t lane) {
  const sx_schur *schur = &exact->num;
  size_t w = (size_t)exact->width;

  for (size_t j = 0; j < (size_t)exact->q; j++) {
    exact->settled[j] = schur->g[j * w + (size_t)lane] / schur->F[lane];
  }
}

double sx_settled_sensitivity(const sx_exact *exact, int32_t lane,
                              double *squares) {
  weights found;

  settle(exact, lane);
  found = inverse_sums(exact->q, NULL, exact->settled,
                       sx_exact_observed(exact, lane), exact->recent);
  *squares = found.squares;
  return found.sum;
}

/*
 * The next value of a series over 1 + sum_j settled[j-1] B^j.
 *   recent (q,): the last ones, zeros at first; this one at `now`
 */
static double settled_next(const sx_exact *exact, int32_t now, double value,
                           double *recent) {
  int32_t q = exact->q;

  for (int32_t j = 1; j <= q; j++) {
    int32_t place = now - j;

    value -= exact->settled[j - 1] * recent[place < 0 ? place + q : place];
  }
  recent[now] = value;
  return value;
}

double sx_settled_squares(const sx_exact *exact, int32_t lane) {
  const sx_schur *schur = &exact->num;
  size_t w = (size_t)exact->width;
  int32_t now = 0;
  double sum = 0.0;

  memset(exact->recent, 0, (size_t)exact->q * sizeof(double));
  for (int64_t t = schur->steps - 1; t >= schur->delay[lane]; t--) {
    double value = schur->e[(size_t)t * w + (size_t)lane] / schur->F[lane];

    value = settled_next(exact, now, value, exact->recent);
    sum += value * value;
    now = now + 1 < exact->q ? now + 1 : 0;
  }
  return sum * schur->F[lane];
}

double sx_start_weight(const sx_exact *exact, int32_t lane, double scale) {
  const sx_schur *schur = &exact->num;
  size_t w = (size_t)exact->width, size = (size_t)exact->q * sizeof(double);
  double F = schur->F[lane], known = 0.0, difference = 0.0, squares = 0.0;
  int64_t last = schur->steps - 1;
  int32_t now = 0;

  settle(exact, lane);
  memset(exact->recent, 0, size);
  memset(exact->row, 0, size);
  for (int64_t k = 0; k < exact->kd && last - k >= schur->delay[lane]; k++) {
    size_t cell = (size_t)(last - k) * w + (size_t)lane;
    double inverse =
        last - k < schur->steady[lane] ? schur->inverse[cell] : 1.0 / F;
    double r =
        settled_next(exact, now, schur->e[cell] * inverse, exact->recent);
    double pi = settled_next(exact, now, k == 0 ? 1.0 : 0.0, exact->row);

    known += pi * pi / F;
    difference += r * r / scale - known;
    squares += (r * r / scale + known) * (r * r / scale + known);
    now = now + 1 < exact->q ? now + 1 : 0;
  }
  return fabs(difference) + sqrt(squares);
}

double sx_next_change(const sx_exact *exact, int32_t lane) {
  const sx_schur *schur = &exact->num;
  size_t w = (size_t)exact->width;
  double sum = 0.0;

  if (schur->steady[lane] < schur->steps) {
    return 0.0;
  }
  for (size_t j = 0; j < (size_t)exact->q; j++) {
    double value = schur->L[j * w + (size_t)lane];

    sum += value * value;
  }
  return sum / schur->F[lane];
}

double sx_recursion_error(const sx_exact *exact, int32_t lane,
                          double pi_squares, double squares) {
  double n = (double)sx_exact_observed(exact, lane);

  return RECURSION_FACTOR * DBL_EPSILON *
         (exact->ma_gamma[lane] / exact->num.F[lane]) *
         (n * pi_squares + squares);
}

double sx_terms_of_squares(const sx_exact *exact, const sx_schur *schur,
                           int32_t lane) {
  size_t w = (size_t)exact->width;
  size_t ld = (size_t)exact->columns;
  double size = sqrt(schur->gram[lane]);

  for (size_t k = 1; k < (size_t)schur->columns; k++) {
    double *joint = exact->joint + k;
    double value = joint[0];

    for (size_t a = 1; a < k; a++) {
      value -= joint[a * ld] * exact->joint[a * (ld + 1)];
    }
    joint[k * ld] = value / joint[k * ld];
    size += fabs(joint[k * ld]) *
            sqrt(schur->gram[k * (ld + 1) * w + (size_t)lane]);
  }
  return size * size;
}

int sx_settles(const sx_exact *exact, int32_t lane) {
  return exact->stationary || exact->ik[lane] >= exact->ma_gamma[lane];
}

/* The period at which enough values of the season of `gap` have been seen. */
static int64_t seen_after(const sx_exact *exact, int64_t gap, int64_t season) {
  const double *endog = exact->series[0]->endog;
  int32_t wanted = exact->diff + exact->seasonal_diff;
  int64_t nobs = sx_exact_observed(exact, 0);
  int64_t t = gap % season;

  while (t < nobs) {
    wanted -= !isnan(endog[t]);
    if (wanted == 0) {
      return t;
    }
    t += season;
  }
  return nobs;
}

/* Values of every `lag`-th period that are missing in a row, at most. */
static int32_t longest_run(const sx_exact *exact, int64_t lag) {
  const double *endog = exact->series[0]->endog;
  int32_t longest = 0;

  for (int32_t a = 0; a < exact->k_gaps; a++) {
    int32_t length = 0;

    for (int64_t t = exact->gaps[a]; t >= 0 && isnan(endog[t]); t -= lag) {
      length++;
    }
    longest = length > longest ? length : longest;
  }
  return longest;
}

double sx_diffuse_growth(const sx_exact *exact) {
  int64_t season = exact->seasonal_diff > 0 ? exact->model->spec.periods : 1;
  int32_t regular = exact->diff > 0 ? exact->diff - 1 : 0;
  int32_t seasonal = exact->seasonal_diff - (exact->diff == 0);
  int64_t last = exact->kd - 1; /* of the first values, if none is missing */
  int64_t seen = last;
  double t, growth;

  for (int32_t a = 0; exact->kd > 0 && a < exact->k_gaps; a++) {
    int64_t later = seen_after(exact, exact->gaps[a], season);

    seen = later > exact->gaps[a] && later > seen ? later : seen;
  }
  t = (double)(exact->diff + exact->seasonal_diff > 3 ? seen + 1 : seen - last);
  growth = pow(1.0 + t, regular);
  if (exact->seasonal_diff > 0) {
    t = fmax(t / (double)season, (double)longest_run(exact, season));
    growth *= pow(1.0 + t, seasonal);
  }
  return growth * growth;
}

double sx_explosive_growth(const sx_exact *exact, int32_t lane) {
  size_t w = (size_t)exact->width;
  int32_t count = exact->c + exact->k_gaps;
  double largest = 1.0;

  exact->row[0] = 1.0;
  for (int32_t t = 1; t <= count; t++) {
    int32_t size = exact->p + 1;
    double value = 0.0;

    for (int32_t i = 1; i < exact->k_lags && exact->lags[i] <= t; i++) {
      value -= exact->phi[(size_t)exact->lags[i] * w + (size_t)lane] *
               exact->row[(t - exact->lags[i]) % size];
    }
    exact->row[t % size] = value;
    largest = fmax(largest, fabs(value));
  }
  return largest * largest;
}

/* values <- values / (1 - B^lag). */
static void cumulate(double *values, int32_t count, int32_t lag) {
  for (int32_t t = lag; t < count; t++) {
    values[t] += values[t - lag];
  }
}

double sx_gap_growth(const sx_exact *exact, int32_t lane) {
  size_t w = (size_t)exact->width;
  double psi[SX_MAX_GAPS + 1];
  int32_t count = 1 + longest_run(exact, 1);
  double sum = 0.0;

  psi[0] = 1.0;
  for (int32_t t = 1; t < count; t++) {
    psi[t] = 0.0;
    for (int32_t i = 1; i < exact->k_lags && exact->lags[i] <= t; i++) {
      psi[t] -= exact->phi[(size_t)exact->lags[i] * w + (size_t)lane] *
                psi[t - exact->lags[i]];
    }
  }
  for (int32_t i = 0; i < exact->diff; i++) {
    cumulate(psi, count, 1);
  }
  for (int32_t i = 0; i < exact->seasonal_diff; i++) {
    cumulate(psi, count, exact->model->spec.periods);
  }
  for (int32_t t = 0; t < count; t++) {
    sum += psi[t] * psi[t];
  }
  return sum;
}
