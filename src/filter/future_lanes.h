/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * filter/future.h for one width of lanes and one instruction set. Included by
 * filter/lanes.c after filter/block_lanes.h.
 */

/* Eliminates M, and solves for the means of the unknowns. */
SX_LANES_TARGET static void
SX_LANES_NAME(find_unknowns)(sx_exact *exact, const sx_future *future) {
  const SX_V *gram = (const SX_V *)exact->num.gram;
  SX_V *M = (SX_V *)future->factors;
  SX_V *inverse = (SX_V *)future->inverse;
  SX_V *unknown = (SX_V *)future->unknown;
  int32_t k = exact->columns - 1;
  size_t ld = (size_t)k + 1;

  for (int32_t a = 0; a < k; a++) {
    const SX_V *row = gram + (size_t)(a + 1) * (size_t)exact->num.gram_ld + 1;

    memcpy(M + (size_t)a * ld + a, row + a, (size_t)(k - a) * sizeof(SX_V));
    M[(size_t)a * ld + (size_t)k] = -gram[a + 1];
  }
  SX_LANES_NAME(eliminate)(M, ld, k, k, k + 1, &exact->counter);
  for (int32_t a = k - 1; a >= 0; a--) {
    SX_V sum = M[(size_t)a * ld + (size_t)k];

    inverse[a] = 1.0 / M[(size_t)a * (ld + 1)];
    for (int32_t b = a + 1; b < k; b++) {
      sum -= M[(size_t)a * ld + (size_t)b] * unknown[b];
    }
    unknown[a] = sum * inverse[a];
  }
}

/* values_j -= sum_i pi_i values_{j-i}, zero before the first. */
SX_LANES_TARGET static void SX_LANES_NAME(divide_by_pi)(const sx_future *future,
                                                        SX_V *values) {
  const SX_V *pi = (const SX_V *)future->generator;

  for (int64_t j = 0; j < future->steps; j++) {
    SX_V sum = values[j];

    for (int32_t i = 0; i < future->k_lags && future->lags[i] <= j; i++) {
      sum -= pi[future->lags[i]] * values[j - future->lags[i]];
    }
    values[j] = sum;
  }
}

/* pi, psi, zeta and the paths of the gaps. */
SX_LANES_TARGET static void SX_LANES_NAME(make_weights)(const sx_exact *exact,
                                                        sx_future *future) {
  const SX_V *theta = (const SX_V *)exact->theta;
  SX_V *pi = (SX_V *)future->generator;
  SX_V *psi = (SX_V *)future->psi, *zeta = (SX_V *)future->zeta;
  size_t size = (size_t)future->steps * sizeof(SX_V);
  int64_t observed = exact->nobs - exact->ahead;

  SX_LANES_NAME(make_generator)(exact, 0, exact->diff, exact->seasonal_diff);
  memcpy(pi, exact->generator, (size_t)(future->degree + 1) * sizeof(SX_V));
  future->k_lags = 0;
  for (int32_t i = 1; i <= future->degree; i++) {
    if (!SX_LANES_NAME(is_zero)(pi[i])) {
      future->lags[future->k_lags++] = i;
    }
  }
  memset(psi, 0, size);
  memset(zeta, 0, size);
  psi[0] += 1.0;
  for (int64_t j = 0; j <= exact->q && j < future->steps; j++) {
    zeta[j] = theta[j];
  }
  SX_LANES_NAME(divide_by_pi)(future, psi);
  SX_LANES_NAME(divide_by_pi)(future, zeta);
  for (int32_t a = 0; a < exact->k_gaps; a++) {
    SX_V *path = (SX_V *)future->paths + (size_t)a * (size_t)future->steps;
    int64_t age = observed - exact->gaps[a];

    memset(path, 0, size);
    for (int64_t j = 0; j < future->steps && age + j <= future->degree; j++) {
      path[j] = -pi[age + j];
    }
    SX_LANES_NAME(divide_by_pi)(future, path);
  }
}

/* l' M^-1 l; leaves another l. */
SX_LANES_TARGET static SX_V
SX_LANES_NAME(inverse_form)(const sx_future *future, int32_t k,
                            SX_V *restrict loading) {
  const SX_V *restrict M = (const SX_V *)future->factors;
  const SX_V *inverse = (const SX_V *)future->inverse;
  SX_V form = {0};

  for (int32_t a = 0; a < k; a++) {
    const SX_V *restrict row = M + (size_t)a * (size_t)(k + 1);
    SX_V weight = loading[a] * inverse[a];

    form += loading[a] * weight;
    SX_LANES_LOOP
    for (int32_t b = a + 1; b < k; b++) {
      loading[b] -= row[b] * weight;
    }
  }
  return form;
}

/* sum_i a_i^2 of horizon h > m. */
SX_LANES_TARGET static SX_V
SX_LANES_NAME(known_shocks)(const sx_exact *exact, const SX_V *psi, int64_t h) {
  const SX_V *theta = (const SX_V *)exact->theta;
  int32_t m = exact->ahead;
  SX_V sum = {0};

  for (int32_t i = 1; i <= m; i++) {
    SX_V a = {0};

    for (int32_t j = i; j <= m; j++) {
      a += psi[h - j] * theta[j - i];
    }
    sum += a * a;
  }
  return sum;
}

/* Means of the unknowns, weights, and variances. */
SX_LANES_TARGET static void SX_LANES_NAME(future)(sx_exact *exact,
                                                  sx_future *future) {
  const SX_V *psi = (const SX_V *)future->psi;
  const SX_V *zeta = (const SX_V *)future->zeta;
  SX_V *loading = (SX_V *)future->loading;
  int32_t k = exact->columns - 1, m = exact->ahead;
  int32_t gaps = exact->k_gaps;
  SX_V shocks = {0};

  SX_LANES_NAME(find_unknowns)(exact, future);
  SX_LANES_NAME(make_weights)(exact, future);
  for (int64_t h = 1; h <= future->steps && !exact->counter.stopped; h++) {
    SX_V known = {0}, form;

    for (int32_t a = 0; a < gaps; a++) {
      loading[a] = ((const SX_V *)future->paths)[a * future->steps + h - 1];
    }
    for (int32_t i = 1; i <= m; i++) {
      loading[gaps + i - 1] = i <= h ? psi[h - i] : (SX_V){0};
    }
    form = SX_LANES_NAME(inverse_form)(future, k, loading);
    shocks += zeta[h - 1] * zeta[h - 1];
    if (h > m) {
      known = SX_LANES_NAME(known_shocks)(exact, psi, h);
      ((SX_V *)future->var)[h - 1] = form + (shocks - known);
    } else {
      ((SX_V *)future->var)[h - 1] = form;
    }
    ((SX_V *)future->terms)[h - 1] = form + known;
    sx_interrupt_asked(&exact->counter, (int64_t)SX_WIDTH * k * k);
  }
}
