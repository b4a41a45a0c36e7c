/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recursion of filter/schur.h where all lanes have the same gamma: its
 * covariances come from a run of one lane, and the data alone is in lanes. The
 * operations on the data are those of the full run, in its order, so that the
 * bits are the same. Included by filter/lanes.c after filter/schur_lanes.h.
 */

/*
 * The data's e by the g_t of schur->shared. The run before must have had the
 * same gamma in every lane, so that all but e stays as it has left it.
 */
SX_LANES_TARGET static void SX_LANES_NAME(schur_replay)(sx_schur *schur) {
  const double *g = schur->shared;
  const SX_V *inverse = (const SX_V *)schur->inverse;
  SX_V *restrict e = (SX_V *)schur->e;
  size_t q = (size_t)schur->q, ld = schur->shared_ld;
  int64_t t = schur->steps & 1;
  int64_t steady = schur->steady[0];

  if (t == 1 && steady > 0) {
    SX_V weight = e[0] * inverse[0];

    for (size_t i = 0; i < q; i++) {
      e[1 + i] -= weight * g[i];
    }
  }
  for (; t < steady; t += 2) {
    const double *g_0 = g + (size_t)t * ld;
    const double *g_1 = g_0 + ld;
    SX_V weight_0 = e[t] * inverse[t];
    SX_V e_1 = e[t + 1] - weight_0 * g_0[0];
    SX_V weight_1 = e_1 * inverse[t + 1];
    SX_V *restrict left = e + t + 2;

    e[t + 1] = e_1;
    SX_LANES_LOOP
    for (size_t i = 0; i < q; i++) {
      left[i] = left[i] - weight_0 * g_0[i + 1] - weight_1 * g_1[i];
    }
  }
  SX_LANES_NAME(schur_steady)
  (schur, (SX_V){0} + (steady < schur->steps ? 0.0 : 1.0));
  SX_LANES_NAME(schur_gram)(schur);
}

/* What the covariances' run leaves in one lane, in all of them. */
SX_LANES_TARGET static void SX_LANES_NAME(spread)(const sx_schur *lead,
                                                  sx_schur *schur) {
  SX_V *g = (SX_V *)schur->g;
  SX_V *L = (SX_V *)schur->L;
  SX_V *inverse = (SX_V *)schur->inverse;
  SX_V zero = {0};

  for (int32_t i = 0; i < schur->q; i++) {
    g[i] = lead->g[i] - zero;
    L[i] = lead->L[i] - zero;
  }
  *(SX_V *)schur->F = lead->F[0] - zero;
  for (int64_t t = 0; t < lead->steady[0]; t++) {
    inverse[t] = lead->inverse[t] - zero;
  }
  for (int l = 0; l < SX_WIDTH; l++) {
    schur->det[l] = lead->det[0];
    schur->steady[l] = lead->steady[0];
  }
  schur->shared = lead->history;
  schur->shared_ld = lead->history_ld;
}

/* schur_run of exact->num by exact->lead. */
SX_LANES_TARGET static void SX_LANES_NAME(schur_follow)(sx_exact *exact) {
  sx_exact_run_lead(exact);
  if (exact->counter.stopped) {
    return;
  }
  SX_LANES_NAME(spread)(exact->lead, &exact->num);
  SX_LANES_NAME(schur_replay)(&exact->num);
}
