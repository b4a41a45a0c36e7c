/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The series x of filter/exact.h, its columns for gaps, and the autocovariances
 * of the moving average, for one width of lanes and one instruction set.
 * Included by filter/lanes.c after filter/schur_lanes.h.
 */

/*
 * generator = (1 - B)^diff (1 - B^periods)^seasonal, times phi(B) where the
 * values are those of x; its degree.
 */
SX_LANES_TARGET static int32_t
SX_LANES_NAME(make_generator)(const sx_exact *exact, int in_z, int32_t diff,
                              int32_t seasonal) {
  SX_V *f = (SX_V *)exact->generator;
  int32_t degree = in_z ? 0 : exact->p;

  memset(f, 0, (size_t)(exact->kd + exact->p + 1) * sizeof(SX_V));
  memcpy(f, exact->phi, (size_t)(degree + 1) * sizeof(SX_V));
  for (int32_t k = 0; k < diff + seasonal; k++) {
    int32_t lag = k < diff ? 1 : exact->model->spec.periods;

    degree += lag;
    for (int32_t i = degree; i >= lag; i--) {
      f[i] -= f[i - lag];
    }
  }
  return degree;
}

/* Autocovariances of the moving average. */
SX_LANES_TARGET static void
SX_LANES_NAME(fill_ma_gamma)(const sx_exact *exact) {
  const SX_V *restrict theta = (const SX_V *)exact->theta;
  SX_V *restrict gamma = (SX_V *)exact->ma_gamma;
  size_t q = (size_t)exact->q;

  memcpy(gamma, theta, (q + 1) * sizeof(SX_V));
  for (size_t j = 1; j <= q; j++) {
    if (SX_LANES_NAME(is_zero)(theta[j])) {
      continue;
    }
    SX_LANES_LOOP
    for (size_t k = 0; k <= q - j; k++) {
      gamma[k] += theta[j] * theta[j + k];
    }
  }
}

/* z <- (1 - B^lag) z, newest first, zero before the series. */
SX_LANES_TARGET static void SX_LANES_NAME(difference_all)(SX_V *z, int64_t n,
                                                          int64_t lag) {
  SX_LANES_LOOP
  for (int64_t k = 0; k < n - lag; k++) {
    z[k] -= z[k + lag];
  }
}

/* A lane's z, before its differences, the newest at `delay`. */
SX_LANES_TARGET static void SX_LANES_NAME(place_lane)(const sx_exact *exact,
                                                      int lane,
                                                      double *restrict target) {
  const double *restrict z = exact->z[lane];
  int64_t n = sx_exact_observed(exact, lane);
  int64_t delay = exact->nobs - n;

  for (int64_t k = 0; k < delay; k++) {
    target[k * SX_WIDTH + lane] = 0.0;
  }
  target += delay * SX_WIDTH + lane;
  if (z == NULL) {
    const double *restrict newest = exact->series[lane]->endog + (n - 1);

    for (int64_t k = 0; k < n; k++) {
      target[k * SX_WIDTH] = newest[-k];
    }
    return;
  }
  for (int64_t k = 0; k < n; k++) {
    target[k * SX_WIDTH] = z[exact->ahead + k];
  }
}

/*
 * The lanes' z side by side in `target`, the oldest values in the same place;
 * before a shorter lane's first value there is anything.
 */
SX_LANES_TARGET static void SX_LANES_NAME(interleave)(const sx_exact *exact,
                                                      SX_V *target) {
  const double *shared = exact->z[0];

  if (shared != NULL && shared == exact->z[SX_WIDTH - 1]) {
    for (int64_t k = 0; k < exact->nobs; k++) {
      target[k] = shared[k] - (SX_V){0};
    }
    return;
  }
  for (int l = 0; l < SX_WIDTH; l++) {
    SX_LANES_NAME(place_lane)(exact, l, (double *)target);
  }
  for (int32_t i = 0; i < exact->seasonal_diff + exact->diff &&
                      sx_exact_differences_lanes(exact);
       i++) {
    SX_LANES_NAME(difference_all)(
        target, exact->nobs,
        i < exact->seasonal_diff ? exact->model->spec.periods : 1);
  }
}

/* z in an array of its own. */
SX_LANES_TARGET static const SX_V *
SX_LANES_NAME(z_lanes)(const sx_exact *exact) {
  if (SX_WIDTH == 1) {
    return (const SX_V *)exact->z[0];
  }
  SX_LANES_NAME(interleave)(exact, (SX_V *)exact->z_lanes);
  return (const SX_V *)exact->z_lanes;
}

/* Lags of one pass over the data, ascending. */
typedef struct SX_LANES_NAME(lags) {
  int64_t nobs; /* of the series */
  int32_t count;
  int64_t lag[MOST_LAGS];
  SX_V coef[MOST_LAGS];
} SX_LANES_NAME(lags);

/* e = source + sum_i coef_i z[lag_i], i < count, in that order: one period. */
SX_LANES_TARGET static inline SX_V
SX_LANES_NAME(lagged)(const SX_LANES_NAME(lags) * some, int32_t count,
                      SX_V value, const SX_V *z) {
  for (int32_t i = 0; i < count; i++) {
    value += some->coef[i] * z[some->lag[i]];
  }
  return value;
}

/* The same for all periods that have `count` lags before them, and no more. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(add_all)(SX_V *e, const SX_V *source, const SX_V *restrict z,
                       const SX_LANES_NAME(lags) * lags, int32_t count) {
  SX_LANES_NAME(lags) some = *lags; /* in registers */
  int64_t begin = count < some.count ? some.nobs - some.lag[count] : 0;
  int64_t end = some.nobs - some.lag[count - 1];

  SX_LANES_LOOP
  for (int64_t k = begin; k < end; k++) {
    e[k] = SX_LANES_NAME(lagged)(&some, count, source[k], z + k);
  }
}

/*
 * e = source + sum_i coef_i z[lag_i], newest first, zeros before the series; no
 * lag is longer than it. Several lags at a time: the passes over memory are
 * what costs.
 */
SX_LANES_TARGET static void
SX_LANES_NAME(add_lags)(SX_V *e, const SX_V *source, const SX_V *restrict z,
                        const SX_LANES_NAME(lags) * some) {
  int64_t begin = some->nobs - some->lag[0];

  for (int32_t count = some->count; count >= 1; count--) {
    switch (count) { /* a number that the compiler knows */
    case 1:
      SX_LANES_NAME(add_all)(e, source, z, some, 1);
      break;
    case 2:
      SX_LANES_NAME(add_all)(e, source, z, some, 2);
      break;
    case 3:
      SX_LANES_NAME(add_all)(e, source, z, some, 3);
      break;
    default:
      SX_LANES_NAME(add_all)(e, source, z, some, 4);
    }
  }
  if (e != source) {
    memcpy(e + begin, source + begin, (size_t)some->lag[0] * sizeof(SX_V));
  }
}

/* x of the data from z, newest first. */
SX_LANES_TARGET static void SX_LANES_NAME(fill_data)(const sx_exact *exact) {
  const SX_V *phi = (const SX_V *)exact->phi;
  SX_V *e = (SX_V *)exact->num.e;
  const SX_V *z = e;
  int64_t n = exact->nobs;

  memset(e + n, 0, (exact->num.stride - (size_t)n) * sizeof(SX_V));
  if (exact->k_lags == 1) {
    SX_LANES_NAME(interleave)(exact, e);
  } else {
    z = SX_LANES_NAME(z_lanes)(exact);
  }
  for (int32_t j = 1; j < exact->k_lags; j += MOST_LAGS) {
    int32_t left = exact->k_lags - j;
    SX_LANES_NAME(lags)
    some = {.nobs = n, .count = left < MOST_LAGS ? left : MOST_LAGS};

    for (int32_t i = 0; i < some.count; i++) {
      some.lag[i] = exact->lags[j + i];
      some.coef[i] = phi[some.lag[i]];
    }
    SX_LANES_NAME(add_lags)(e, j == 1 ? z : e, z, &some);
  }
  for (int l = 0; l < SX_WIDTH && exact->intercept[l]; l++) {
    const double *restrict intercept = exact->intercept[l];

    for (int64_t k = 0; k < n; k++) {
      exact->num.e[k * SX_WIDTH + l] -= intercept[k];
    }
  }
  for (int l = 0; l < SX_WIDTH; l++) {
    for (int64_t k = 0; k < n - sx_exact_observed(exact, l); k++) {
      exact->num.e[k * SX_WIDTH + l] = 0.0;
    }
  }
}

/*
 * Columns of the gaps: the generator of x, from the gap on, as far as x is not
 * itself unknown.
 */
SX_LANES_TARGET static void SX_LANES_NAME(fill_gaps)(const sx_exact *exact) {
  const SX_V *f = (const SX_V *)exact->generator;
  int32_t degree;

  if (exact->k_gaps == 0) {
    return;
  }
  degree = SX_LANES_NAME(make_generator)(exact, 0, exact->diff,
                                         exact->seasonal_diff);
  for (int32_t a = 1; a <= exact->k_gaps; a++) {
    SX_V *e = (SX_V *)exact->num.e + (size_t)a * exact->num.stride;
    int64_t newest = exact->nobs - 1 - exact->gaps[a - 1];

    memset(e, 0, exact->num.stride * sizeof(SX_V));
    for (int32_t i = 0; i <= degree && i <= newest - exact->ahead; i++) {
      e[newest - i] = f[i];
    }
  }
}

/* Columns of the unknown x: one at the period's own place. */
SX_LANES_TARGET static void SX_LANES_NAME(fill_ahead)(const sx_exact *exact) {
  for (int32_t i = 1; i <= exact->ahead; i++) {
    double *e = exact->num.e +
                (size_t)(exact->k_gaps + i) * exact->num.stride * SX_WIDTH;

    memset(e, 0, exact->num.stride * sizeof(SX_V));
    for (int l = 0; l < SX_WIDTH; l++) {
      int64_t newest = exact->nobs - exact->lane_nobs[l];

      e[(newest + exact->ahead - i) * SX_WIDTH + l] = 1.0;
    }
  }
}
