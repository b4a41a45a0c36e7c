/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recursion of filter/schur.h for one width of lanes and one instruction
 * set: included by filter/lanes.c with SX_V, SX_MASK, SX_WIDTH, SX_LANES_NAME
 * and SX_LANES_TARGET defined.
 */

/* One lane leaves the loop when it is steady; of several each leaves alone. */
#define SX_ACTIVE(active, value) (SX_WIDTH == 1 ? (value) : (active) * (value))

SX_LANES_TARGET static inline int SX_LANES_NAME(is_zero)(SX_V x) {
  for (int l = 0; l < SX_WIDTH; l++) {
    if (((const double *)&x)[l] != 0.0) {
      return 0;
    }
  }
  return 1;
}

/* Steps in a row whose rho was next to nothing, after two more. */
SX_LANES_TARGET static inline SX_V
SX_LANES_NAME(count_quiet)(SX_V count, SX_V rho_0, SX_V rho_1) {
  return SX_SELECT((rho_0 * rho_0 < QUIET) & (rho_1 * rho_1 < QUIET),
                   count + 2.0, (SX_V){0});
}

SX_LANES_TARGET static inline SX_V SX_LANES_NAME(drop_tiny)(SX_V x) {
  return SX_SELECT(x * x < TINY, (SX_V){0}, x);
}

/* gamma (q + 1,) into F, g and L; zeros behind. */
SX_LANES_TARGET static void SX_LANES_NAME(schur_start)(sx_schur *schur,
                                                       const double *gamma) {
  size_t q = (size_t)schur->q;
  size_t behind = SX_SCHUR_PAD * sizeof(SX_V);

  *(SX_V *)schur->F = *(const SX_V *)gamma;
  memcpy(schur->g, gamma + SX_WIDTH, q * sizeof(SX_V));
  memcpy(schur->L, gamma + SX_WIDTH, q * sizeof(SX_V));
  memset((SX_V *)schur->g + q, 0, behind);
  memset((SX_V *)schur->L + q, 0, behind);
  memset((SX_V *)schur->next_g + q, 0, behind);
  memset((SX_V *)schur->next_L + q, 0, behind);
}

/* What two steps have in common for all elements. */
typedef struct SX_LANES_NAME(pair) {
  SX_V rho_0, rho_1;
  SX_V weight_0, weight_1;
} SX_LANES_NAME(pair);

/* F, and the first elements of L, g and the data's e. */
typedef struct SX_LANES_NAME(heads) {
  SX_V F, L_0, L_1, g_0, e_0, e_1;
} SX_LANES_NAME(heads);

/* e of a further column, from the g before the pair. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(schur_column)(const sx_schur *schur, int64_t t, SX_V active,
                            int32_t column, const SX_LANES_NAME(pair) * pair) {
  SX_V *restrict e = (SX_V *)schur->e + (size_t)column * schur->stride + t;
  const SX_V *restrict g = (const SX_V *)schur->g;
  const SX_V *restrict L = (const SX_V *)schur->L;
  const SX_V *inverse = (const SX_V *)schur->inverse + t;
  SX_V weight_0 = SX_ACTIVE(active, e[0] * inverse[0]);
  SX_V rho = pair->rho_0;
  SX_V weight_1;
  size_t q = (size_t)schur->q;

  e[1] -= weight_0 * g[0];
  weight_1 = SX_ACTIVE(active, e[1] * inverse[1]);
  SX_LANES_LOOP
  for (size_t i = 0; i < q; i++) {
    e[2 + i] =
        e[2 + i] - weight_0 * g[i + 1] - weight_1 * (g[i] - rho * L[i + 1]);
  }
}

/* The next L and g take the place of the old. */
static inline void SX_LANES_NAME(schur_swap)(sx_schur *schur) {
  double *L = schur->L, *g = schur->g;

  schur->L = schur->next_L;
  schur->g = schur->next_g;
  schur->next_L = L;
  schur->next_g = g;
}

/* Two steps in one sweep over L, g and the data's e. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(schur_pair)(const sx_schur *schur, int64_t t,
                          const SX_LANES_NAME(pair) * pair) {
  SX_V *restrict e = (SX_V *)schur->e + t + 2;
  const SX_V *restrict g = (const SX_V *)schur->g;
  const SX_V *restrict L = (const SX_V *)schur->L;
  SX_V *restrict next_g = (SX_V *)schur->next_g;
  SX_V *restrict next_L = (SX_V *)schur->next_L;
  SX_V rho_0 = pair->rho_0, rho_1 = pair->rho_1;
  SX_V weight_0 = pair->weight_0, weight_1 = pair->weight_1;
  size_t q = (size_t)schur->q;

  SX_LANES_LOOP
  for (size_t i = 0; i < q; i++) {
    SX_V g_1 = g[i] - rho_0 * L[i + 1];
    SX_V l = L[i + 2] - rho_0 * g[i + 1];

    e[i] = e[i] - weight_0 * g[i + 1] - weight_1 * g_1;
    next_L[i] = l - rho_1 * g_1;
    next_g[i] = g_1 - rho_1 * l;
  }
}

/* Keeps g_t and g_{t+1} for the adjoint. */
SX_LANES_TARGET static void SX_LANES_NAME(schur_keep)(const sx_schur *schur,
                                                      int64_t t, SX_V rho_0,
                                                      SX_V rho_1) {
  const SX_V *g = (const SX_V *)schur->g;
  const SX_V *L = (const SX_V *)schur->L;
  size_t ld = schur->history_ld;
  SX_V *kept = (SX_V *)schur->history + (size_t)t * ld;

  ((SX_V *)schur->rho)[t] = rho_0;
  ((SX_V *)schur->rho)[t + 1] = rho_1;
  memcpy(kept, g, ld * sizeof(SX_V));
  for (size_t i = 0; i < ld; i++) {
    kept[ld + i] = g[i] - rho_0 * L[i + 1];
  }
}

/* 1 in the lanes that have begun at step t, else 0. */
SX_LANES_TARGET static inline SX_V
SX_LANES_NAME(begun_at)(const sx_schur *schur, int64_t t) {
  SX_V begun;

  for (int l = 0; l < SX_WIDTH; l++) {
    ((double *)&begun)[l] = t >= schur->delay[l] ? 1.0 : 0.0;
  }
  return begun;
}

/*
 * Step t alone, the first one when their number is odd, and those before all
 * lanes have begun. Returns rho; multiplies F of the lanes that take part into
 * `product`.
 */
SX_LANES_TARGET static SX_V SX_LANES_NAME(schur_step)(sx_schur *schur,
                                                      int64_t t, SX_V active,
                                                      SX_V *product) {
  const SX_V *g = (const SX_V *)schur->g;
  const SX_V *L = (const SX_V *)schur->L;
  SX_V *F = (SX_V *)schur->F;
  SX_V begun = SX_LANES_NAME(begun_at)(schur, t);
  SX_V inverse = 1.0 / *F;
  SX_V rho = SX_ACTIVE(begun * active, L[0] * inverse);

  ((SX_V *)schur->inverse)[t] = inverse;
  if (schur->history) {
    memcpy(schur->history, g, schur->history_ld * sizeof(SX_V));
    ((SX_V *)schur->rho)[0] = rho;
  }
  for (int32_t a = 0; a < schur->columns; a++) {
    SX_V *e = (SX_V *)schur->e + (size_t)a * schur->stride + t;
    SX_V weight = SX_ACTIVE(begun * active, e[0] * inverse);

    for (int32_t i = 0; i < schur->q; i++) {
      e[1 + i] -= weight * g[i];
    }
  }
  *product *= SX_SELECT(begun > 0.0, *F, (SX_V){0} + 1.0);
  *F -= rho * L[0];
  for (int32_t i = 0; i < schur->q; i++) {
    ((SX_V *)schur->next_L)[i] =
        SX_SELECT(begun > 0.0, L[i + 1] - rho * g[i], L[i]);
    ((SX_V *)schur->next_g)[i] = g[i] - rho * L[i + 1];
  }
  SX_LANES_NAME(schur_swap)(schur);
  return rho;
}

/* Two steps at t, before all lanes have begun. */
SX_LANES_TARGET static void SX_LANES_NAME(schur_begin)(sx_schur *schur,
                                                       int64_t t, SX_V active,
                                                       SX_V *product,
                                                       SX_V *quiet) {
  SX_V begun = SX_LANES_NAME(begun_at)(schur, t);
  SX_V both = (SX_V){0} + 1.0;
  SX_V rho_0 = SX_LANES_NAME(schur_step)(schur, t, active, &both);
  SX_V rho_1 = SX_LANES_NAME(schur_step)(schur, t + 1, active, &both);

  *product *= both;
  *quiet = SX_SELECT(
      begun > 0.0, SX_LANES_NAME(count_quiet)(*quiet, rho_0, rho_1), (SX_V){0});
}

/* Reads the first elements of the arrays into registers. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(read_heads)(const sx_schur *schur, int64_t t,
                          SX_LANES_NAME(heads) * heads) {
  const SX_V *e = (const SX_V *)schur->e + t;

  heads->F = *(const SX_V *)schur->F;
  heads->L_0 = ((const SX_V *)schur->L)[0];
  heads->L_1 = ((const SX_V *)schur->L)[1];
  heads->g_0 = ((const SX_V *)schur->g)[0];
  heads->e_0 = e[0];
  heads->e_1 = e[1];
}

/* The heads after the pair, before the sweep has written them. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(advance_heads)(const sx_schur *schur, int64_t t,
                             const SX_LANES_NAME(pair) * pair,
                             SX_LANES_NAME(heads) * heads) {
  const SX_V *e = (const SX_V *)schur->e + t + 2;
  const SX_V *g = (const SX_V *)schur->g;
  const SX_V *L = (const SX_V *)schur->L;
  SX_V g_1 = heads->g_0 - pair->rho_0 * heads->L_1;
  SX_V g_2 = g[1] - pair->rho_0 * L[2];
  SX_V l_0 = L[2] - pair->rho_0 * g[1];
  SX_V l_1 = L[3] - pair->rho_0 * g[2];

  heads->e_0 = e[0] - pair->weight_0 * g[1] - pair->weight_1 * g_1;
  heads->e_1 = e[1] - pair->weight_0 * g[2] - pair->weight_1 * g_2;
  heads->L_0 = l_0 - pair->rho_1 * g_1;
  heads->L_1 = l_1 - pair->rho_1 * g_2;
  heads->g_0 = g_1 - pair->rho_1 * l_0;
}

/* Two steps at t; multiplies their F into `product`. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(schur_advance)(sx_schur *schur, int64_t t, SX_V active,
                             SX_LANES_NAME(heads) * heads, SX_V *product,
                             SX_V *quiet) {
  SX_V *inverse = (SX_V *)schur->inverse + t;
  SX_V F_0 = heads->F;
  SX_LANES_NAME(pair) pair;
  SX_V F_1, L_1, e_1;

  inverse[0] = 1.0 / F_0;
  pair.rho_0 = SX_ACTIVE(active, heads->L_0 * inverse[0]);
  F_1 = F_0 - pair.rho_0 * heads->L_0;
  L_1 = heads->L_1 - pair.rho_0 * heads->g_0;
  inverse[1] = 1.0 / F_1;
  pair.rho_1 = SX_ACTIVE(active, L_1 * inverse[1]);
  heads->F = F_1 - pair.rho_1 * L_1;
  *product *= F_0 * F_1;
  *quiet = SX_LANES_NAME(count_quiet)(*quiet, pair.rho_0, pair.rho_1);
  for (int32_t a = 1; a < schur->columns; a++) {
    SX_LANES_NAME(schur_column)(schur, t, active, a, &pair);
  }
  pair.weight_0 = SX_ACTIVE(active, heads->e_0 * inverse[0]);
  e_1 = heads->e_1 - pair.weight_0 * heads->g_0;
  pair.weight_1 = SX_ACTIVE(active, e_1 * inverse[1]);
  ((SX_V *)schur->e)[t + 1] = e_1;
  if (schur->history) {
    SX_LANES_NAME(schur_keep)(schur, t, pair.rho_0, pair.rho_1);
  }
  SX_LANES_NAME(advance_heads)(schur, t, &pair, heads);
  SX_LANES_NAME(schur_pair)(schur, t, &pair);
  SX_LANES_NAME(schur_swap)(schur);
}

/* Collects the determinant; lanes that are steady at t leave `active`. */
SX_LANES_TARGET static int
SX_LANES_NAME(schur_check)(sx_schur *schur, int64_t t, const SX_V *product,
                           const SX_V *quiet, SX_V *active) {
  const double *factor = (const double *)product;
  const double *count = (const double *)quiet;
  double *lane_active = (double *)active;
  int going_on = 0;

  for (int l = 0; l < SX_WIDTH; l++) {
    if (lane_active[l] == 0.0) {
      continue;
    }
    sx_log_product_multiply(&schur->det[l], factor[l]);
    if (count[l] >= (double)schur->q && t < schur->steps) {
      lane_active[l] = 0.0;
      schur->steady[l] = t;
    } else {
      going_on = 1;
    }
  }
  return going_on;
}

/* The first steady steps of the lanes. */
SX_LANES_TARGET static inline SX_V
SX_LANES_NAME(steady_since)(const sx_schur *schur) {
  SX_V since;

  for (int l = 0; l < SX_WIDTH; l++) {
    ((double *)&since)[l] = (double)schur->steady[l];
  }
  return since;
}

/* `value` in the lanes that are steady at t, else 0. */
SX_LANES_TARGET static inline SX_V
SX_LANES_NAME(if_steady)(SX_V since, int64_t t, SX_V value) {
  return SX_SELECT(since <= (double)t, value, (SX_V){0});
}

/* v_t = e_t - sum_j c_j v_{t-j} for the periods t - j of the steady state. */
SX_LANES_TARGET static void SX_LANES_NAME(steady_begin)(const sx_schur *schur,
                                                        const SX_V *coef,
                                                        int64_t begin,
                                                        int64_t end) {
  SX_V since = SX_LANES_NAME(steady_since)(schur);

  for (int32_t a = 0; a < schur->columns; a++) {
    SX_V *e = (SX_V *)schur->e + (size_t)a * schur->stride;

    for (int64_t t = begin; t < end; t++) {
      for (int32_t j = schur->q; j >= 1; j--) {
        if (t - j >= begin) {
          e[t] -=
              coef[j - 1] * SX_LANES_NAME(if_steady)(since, t - j, e[t - j]);
        }
      }
    }
  }
}

/*
 * The same once all lags lie in the steady state of all lanes. The last two
 * values stay in registers: the way through memory is what would limit us.
 */
SX_LANES_TARGET static void SX_LANES_NAME(steady_go_on)(const sx_schur *schur,
                                                        const SX_V *coef,
                                                        int64_t begin,
                                                        int64_t end) {
  int32_t count = 0;
  SX_V first = {0}, second = {0};

  if (schur->q == 0 || begin == end) {
    return;
  }
  first = coef[0];
  if (schur->q > 1) {
    second = coef[1];
  }
  for (int32_t j = schur->q; j >= 3; j--) {
    if (!SX_LANES_NAME(is_zero)(coef[j - 1])) {
      schur->lags[count++] = j;
    }
  }
  for (int32_t a = 0; a < schur->columns; a++) {
    SX_V *e = (SX_V *)schur->e + (size_t)a * schur->stride;
    SX_V newest = e[begin - 1];
    SX_V older = e[begin - (schur->q > 1 ? 2 : 1)];

    for (int64_t t = begin; t < end; t++) {
      SX_V v = e[t];

      for (int32_t k = 0; k < count; k++) {
        v -= coef[schur->lags[k] - 1] * e[t - schur->lags[k]];
      }
      v = (v - second * older) - first * newest;
      older = newest;
      newest = v;
      e[t] = v;
    }
  }
}

/* What is left of the values not processed: their forecasts' last part. */
SX_LANES_TARGET static void SX_LANES_NAME(steady_end)(const sx_schur *schur,
                                                      const SX_V *coef,
                                                      int64_t begin) {
  SX_V since = SX_LANES_NAME(steady_since)(schur);
  int64_t steps = schur->steps;

  for (int32_t a = 0; a < schur->columns; a++) {
    SX_V *e = (SX_V *)schur->e + (size_t)a * schur->stride;

    for (int64_t t = steps; t < steps + schur->q; t++) {
      for (int32_t j = schur->q; j >= 1; j--) {
        if (t - j >= begin && t - j < steps) {
          e[t] -=
              coef[j - 1] * SX_LANES_NAME(if_steady)(since, t - j, e[t - j]);
        }
      }
    }
  }
}

/* From the first lane's steady state on. */
SX_LANES_TARGET static void SX_LANES_NAME(schur_steady)(sx_schur *schur,
                                                        SX_V active) {
  SX_V *coef = (SX_V *)schur->coef;
  SX_V *L = (SX_V *)schur->L;
  SX_V F = *(SX_V *)schur->F;
  int64_t first = schur->steps, last = 0;
  int64_t settled;

  for (int l = 0; l < SX_WIDTH; l++) {
    first = schur->steady[l] < first ? schur->steady[l] : first;
    last = schur->steady[l] > last ? schur->steady[l] : last;
  }
  schur->settled = schur->steps;
  if (first == schur->steps) {
    return;
  }
  for (int32_t j = 0; j < schur->q; j++) {
    coef[j] = SX_LANES_NAME(drop_tiny)(((SX_V *)schur->g)[j] / F);
    L[j] *= active;
  }
  settled = last + schur->q < schur->steps ? last + schur->q : schur->steps;
  SX_LANES_NAME(steady_begin)(schur, coef, first, settled);
  SX_LANES_NAME(steady_go_on)(schur, coef, settled, schur->steps);
  SX_LANES_NAME(steady_end)(schur, coef, first);
  schur->settled = schur->steps - ((schur->steps - last) & ~(int64_t)3);
  for (int64_t t = last; t <= schur->settled && t < schur->steps; t++) {
    ((SX_V *)schur->inverse)[t] = 1.0 / F;
  }
}

/*
 * sum_t a_t b_t w_t over all steps, in the same order for every width: four
 * sums in turns, counted from the end. From `settled` on, a multiple of four
 * steps before it, all w are the same.
 */
SX_LANES_TARGET static SX_V SX_LANES_NAME(weighted_dot)(const sx_schur *schur,
                                                        const SX_V *a,
                                                        const SX_V *b) {
  const SX_V *w = (const SX_V *)schur->inverse;
  SX_V last = 1.0 / *(const SX_V *)schur->F;
  int64_t count = schur->steps;
  int64_t rest = count & 3;
  SX_V sum[4];
  int64_t t = 0;

  memset(sum, 0, sizeof(sum));
  for (; t < rest; t++) {
    sum[4 - rest + t] += a[t] * b[t] * w[t];
  }
  for (; t < schur->settled; t += 4) {
    for (int k = 0; k < 4; k++) {
      sum[k] += a[t + k] * b[t + k] * w[t + k];
    }
  }
  for (; t < count; t += 4) {
    for (int k = 0; k < 4; k++) {
      sum[k] += a[t + k] * b[t + k] * last;
    }
  }
  return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

SX_LANES_TARGET static void SX_LANES_NAME(schur_gram)(const sx_schur *schur) {
  const SX_V *e = (const SX_V *)schur->e;

  for (int32_t a = 0; a < schur->columns; a++) {
    for (int32_t b = a; b < schur->columns; b++) {
      ((SX_V *)schur->gram)[a * schur->gram_ld + b] =
          SX_LANES_NAME(weighted_dot)(schur, e + (size_t)a * schur->stride,
                                      e + (size_t)b * schur->stride);
    }
  }
}

/* Runs over all steps; gamma (q + 1,) in lanes. */
SX_LANES_TARGET static void SX_LANES_NAME(schur_run)(sx_schur *schur,
                                                     const double *gamma) {
  SX_V active = (SX_V){0} + 1.0;
  SX_V product = active;
  SX_V quiet = {0};
  SX_LANES_NAME(heads) heads;
  int64_t t = schur->steps & 1;
  int going_on = schur->q > 0 && schur->steps > 0;

  SX_LANES_NAME(schur_start)(schur, gamma);
  for (int l = 0; l < SX_WIDTH; l++) {
    schur->det[l] = SX_LOG_PRODUCT_ONE;
    schur->steady[l] = schur->q > 0 ? schur->steps : 0;
  }
  if (going_on && t == 1) {
    SX_LANES_NAME(schur_step)(schur, 0, active, &product);
  }
  SX_LANES_NAME(read_heads)(schur, t, &heads);
  while (going_on) {
    int64_t end = t + (schur->steps - t - 1) % SX_SCHUR_CHECK + 1;

    for (; t < end && t < schur->held; t += 2) {
      SX_LANES_NAME(schur_begin)(schur, t, active, &product, &quiet);
      SX_LANES_NAME(read_heads)(schur, t + 2, &heads);
    }
    for (; t < end; t += 2) {
      SX_LANES_NAME(schur_advance)(schur, t, active, &heads, &product, &quiet);
    }
    going_on =
        SX_LANES_NAME(schur_check)(schur, t, &product, &quiet, &active) &&
        t < schur->steps &&
        !sx_interrupt_asked(schur->counter, SX_SCHUR_CHECK * SX_WIDTH *
                                                (int64_t)schur->q *
                                                (2 + schur->columns));
    product = (SX_V){0} + 1.0;
  }
  *(SX_V *)schur->F = heads.F;
  if (schur->counter->stopped) {
    return;
  }
  SX_LANES_NAME(schur_steady)(schur, active);
  SX_LANES_NAME(schur_gram)(schur);
}

#undef SX_ACTIVE
