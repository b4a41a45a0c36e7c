/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recursion of filter/schur.h for one width of lanes and one instruction
 * set: included by filter/lanes.c with SX_V, SX_MASK, SX_WIDTH, SX_LANES_NAME
 * and SX_LANES_TARGET defined.
 */

/* One lane leaves the loop when it is steady; of several each leaves alone. */
#if SX_WIDTH == 1
#define SX_ACTIVE(active, value) ((void)(active), (value))
#else
#define SX_ACTIVE(active, value) SX_SELECT((active) > 0.0, value, (SX_V){0})
#endif

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
}

/* What two steps have in common for all elements. */
typedef struct SX_LANES_NAME(pair) {
  SX_V inverse_0, inverse_1; /* 1 / F */
  SX_V rho_0, rho_1;
  SX_V weight_0, weight_1;
  SX_V v_1; /* the data's innovation of the second */
} SX_LANES_NAME(pair);

/*
 * F, and the first elements of L, g and the data's e; which lanes are not
 * steady yet (1, else 0), the product of F since it was collected, and
 * count_quiet.
 */
typedef struct SX_LANES_NAME(heads) {
  SX_V F, L_0, L_1, g_0, e_0, e_1;
  SX_V active, product, quiet;
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

/*
 * Two steps in one sweep over L, g and the data's e, of their elements from
 * `first` to before `last`. In place: what is read has not been written yet.
 */
SX_LANES_TARGET static inline void
SX_LANES_NAME(schur_pair)(const sx_schur *schur, int64_t t,
                          const SX_LANES_NAME(pair) * pair, size_t first,
                          size_t last) {
  SX_V *restrict e = (SX_V *)schur->e + t + 2;
  SX_V *restrict g = (SX_V *)schur->g;
  SX_V *restrict L = (SX_V *)schur->L;
  SX_V rho_0 = pair->rho_0, rho_1 = pair->rho_1;
  SX_V weight_0 = pair->weight_0, weight_1 = pair->weight_1;

  SX_LANES_LOOP
  for (size_t i = first; i < last; i++) {
    SX_V g_1 = g[i] - rho_0 * L[i + 1];
    SX_V l = L[i + 2] - rho_0 * g[i + 1];

    e[i] = e[i] - weight_0 * g[i + 1] - weight_1 * g_1;
    L[i] = l - rho_1 * g_1;
    g[i] = g_1 - rho_1 * l;
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
  SX_V *g = (SX_V *)schur->g;
  SX_V *L = (SX_V *)schur->L;
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
    SX_V l = L[i + 1];

    L[i] = SX_SELECT(begun > 0.0, l - rho * g[i], L[i]);
    g[i] -= rho * l;
  }
  return rho;
}

/* Two steps at t, before all lanes have begun. */
SX_LANES_TARGET static void
SX_LANES_NAME(schur_begin)(sx_schur *schur, int64_t t,
                           SX_LANES_NAME(heads) * heads) {
  SX_V begun = SX_LANES_NAME(begun_at)(schur, t);
  SX_V both = (SX_V){0} + 1.0;
  SX_V rho_0 = SX_LANES_NAME(schur_step)(schur, t, heads->active, &both);
  SX_V rho_1 = SX_LANES_NAME(schur_step)(schur, t + 1, heads->active, &both);

  heads->product *= both;
  heads->quiet = SX_SELECT(
      begun > 0.0, SX_LANES_NAME(count_quiet)(heads->quiet, rho_0, rho_1),
      (SX_V){0});
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

/* The first of two steps; multiplies the F of both into `product`. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(first_step)(SX_LANES_NAME(heads) * heads,
                          SX_LANES_NAME(pair) * pair) {
  SX_V F = heads->F;

  pair->inverse_0 = 1.0 / F;
  pair->rho_0 = SX_ACTIVE(heads->active, heads->L_0 * pair->inverse_0);
  pair->weight_0 = SX_ACTIVE(heads->active, heads->e_0 * pair->inverse_0);
  pair->v_1 = heads->e_1 - pair->weight_0 * heads->g_0;
  heads->F = F - pair->rho_0 * heads->L_0;
  heads->L_0 = heads->L_1 - pair->rho_0 * heads->g_0;
  heads->product *= F * heads->F;
}

SX_LANES_TARGET static inline void
SX_LANES_NAME(second_step)(SX_LANES_NAME(heads) * heads,
                           SX_LANES_NAME(pair) * pair) {
  pair->inverse_1 = 1.0 / heads->F;
  pair->rho_1 = SX_ACTIVE(heads->active, heads->L_0 * pair->inverse_1);
  pair->weight_1 = SX_ACTIVE(heads->active, pair->v_1 * pair->inverse_1);
  heads->F -= pair->rho_1 * heads->L_0;
  heads->quiet =
      SX_LANES_NAME(count_quiet)(heads->quiet, pair->rho_0, pair->rho_1);
}

/* What two steps leave beside L, g and e's later elements. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(put_pair)(const sx_schur *schur, int64_t t, SX_V active,
                        const SX_LANES_NAME(pair) * pair) {
  ((SX_V *)schur->inverse)[t] = pair->inverse_0;
  ((SX_V *)schur->inverse)[t + 1] = pair->inverse_1;
  ((SX_V *)schur->e)[t + 1] = pair->v_1;
  for (int32_t a = 1; a < schur->columns; a++) {
    SX_LANES_NAME(schur_column)(schur, t, active, a, pair);
  }
  if (schur->history) {
    SX_LANES_NAME(schur_keep)(schur, t, pair->rho_0, pair->rho_1);
  }
}

/*
 * The sweep of the pair at t, and what the next one has in common. That is a
 * chain of two divisions, which stand between the halves of the sweep so that a
 * processor sees both at once.
 */
SX_LANES_TARGET static inline void SX_LANES_NAME(sweep_and_go_on)(
    const sx_schur *schur, int64_t t, const SX_LANES_NAME(pair) * pair,
    SX_LANES_NAME(heads) * heads, SX_LANES_NAME(pair) * next) {
  size_t q = (size_t)schur->q;

  SX_LANES_NAME(first_step)(heads, next);
  SX_COMPUTED(next->inverse_0);
  SX_COMPUTED(heads->F);
  SX_COMPUTED(heads->L_0);
  SX_LANES_NAME(schur_pair)(schur, t, pair, 0, q / 2);
  SX_LANES_NAME(second_step)(heads, next);
  SX_COMPUTED(next->inverse_1);
  SX_COMPUTED(next->rho_1);
  SX_COMPUTED(heads->F);
  SX_LANES_NAME(schur_pair)(schur, t, pair, q / 2, q);
}

/* The steps from t to before `end`, two at a time. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(schur_advance)(const sx_schur *schur, int64_t t, int64_t end,
                             SX_LANES_NAME(heads) * kept) {
  SX_LANES_NAME(heads) heads = *kept; /* in registers */
  SX_LANES_NAME(pair) pair, next;

  SX_LANES_NAME(first_step)(&heads, &pair);
  SX_LANES_NAME(second_step)(&heads, &pair);
  for (; t + 2 < end; t += 2) {
    SX_LANES_NAME(put_pair)(schur, t, heads.active, &pair);
    SX_LANES_NAME(advance_heads)(schur, t, &pair, &heads);
    SX_LANES_NAME(sweep_and_go_on)(schur, t, &pair, &heads, &next);
    pair = next;
  }
  SX_LANES_NAME(put_pair)(schur, t, heads.active, &pair);
  SX_LANES_NAME(advance_heads)(schur, t, &pair, &heads);
  SX_LANES_NAME(schur_pair)(schur, t, &pair, 0, (size_t)schur->q);
  *kept = heads;
}

/* Collects the determinant; lanes that are steady at t leave `active`. */
SX_LANES_TARGET static int
SX_LANES_NAME(schur_check)(sx_schur *schur, int64_t t,
                           SX_LANES_NAME(heads) * heads) {
  const double *factor = (const double *)&heads->product;
  const double *count = (const double *)&heads->quiet;
  double *lane_active = (double *)&heads->active;
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
  heads->product = (SX_V){0} + 1.0;
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
  SX_V one = (SX_V){0} + 1.0;
  SX_LANES_NAME(heads) heads = {.active = one, .product = one};
  int64_t t = schur->steps & 1;
  int going_on = schur->q > 0 && schur->steps > 0;

  SX_LANES_NAME(schur_start)(schur, gamma);
  for (int l = 0; l < SX_WIDTH; l++) {
    schur->det[l] = SX_LOG_PRODUCT_ONE;
    schur->steady[l] = schur->q > 0 ? schur->steps : 0;
  }
  if (going_on && t == 1) {
    SX_LANES_NAME(schur_step)(schur, 0, one, &heads.product);
  }
  SX_LANES_NAME(read_heads)(schur, t, &heads);
  while (going_on) {
    int64_t end = t + (schur->steps - t - 1) % SX_SCHUR_CHECK + 1;

    for (; t < end && t < schur->held; t += 2) {
      SX_LANES_NAME(schur_begin)(schur, t, &heads);
      SX_LANES_NAME(read_heads)(schur, t + 2, &heads);
    }
    /* The sweep of one lane is short: the divisions are what it waits for. */
    while (t < end) {
      int64_t next = SX_WIDTH == 1 ? t + 2 : end;

      SX_LANES_NAME(schur_advance)(schur, t, next, &heads);
      t = next;
    }
    going_on = SX_LANES_NAME(schur_check)(schur, t, &heads) &&
               t < schur->steps &&
               !sx_interrupt_asked(schur->counter, SX_SCHUR_CHECK * SX_WIDTH *
                                                       (int64_t)schur->q *
                                                       (2 + schur->columns));
  }
  *(SX_V *)schur->F = heads.F;
  if (schur->counter->stopped) {
    return;
  }
  SX_LANES_NAME(schur_steady)(schur, heads.active);
  SX_LANES_NAME(schur_gram)(schur);
}

#undef SX_ACTIVE
