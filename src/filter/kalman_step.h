/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One covariance step of the Kalman filter, update and prediction together:
 *
 *     P+ = P - G M',   P' = R Q R' + T P+ T',   P_next = (P' + P'') / 2
 *
 * (P'' the transpose), with M = P Z' and G = P (Z / F)'. statsmodels rounds
 * each product once and averages both halves; so does this, element by element,
 * on the upper triangle alone: with a = source(i), b = source(j), copied rows
 * give
 *
 *     P_next_ij = ((P_ab - G_a M_b) + (P_ab - G_b M_a)) / 2
 *
 * and special rows, with U = (T P+) and V = (P+ T')' of that row,
 *
 *     P_next_ij = (U_b + V_b) / 2                               (j copied)
 *     P_next_ij = ((q_ij + U_i T_j') + (q_ji + U_j T_i')) / 2   (j special)
 *
 * and the elements of R Q R' enter where both rows are shocked.
 *
 * This file is included once per instruction set, with SX_STEP_NAME and
 * SX_STEP_TARGET defined. Every element is computed by the same operations in
 * each variant, so the bits do not depend on it.
 */

/* M = P Z' from the gathered rows. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_observe)(const sx_statespace *statespace,
                           const sx_step *step) {
  double *restrict m = step->m;
  size_t ld = step->ld & ~(size_t)(SX_STEP_PAD - 1);

  memcpy(m, step->rows + (size_t)step->design_slot[0] * step->ld,
         ld * sizeof(double));
  for (int32_t z = 1; z < statespace->k_design; z++) {
    const double *restrict row =
        step->rows + (size_t)step->design_slot[z] * step->ld;

    for (size_t b = 0; b < ld; b++) {
      m[b] += row[b];
    }
  }
}

/* G = P (Z / F)', with the fused products of OpenBLAS's kernels. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_gain)(const sx_statespace *statespace, double inverse,
                        const sx_step *step) {
  const double *restrict first =
      step->rows + (size_t)step->design_slot[0] * step->ld;
  double *restrict gain = step->gain;
  size_t ld = step->ld & ~(size_t)(SX_STEP_PAD - 1);

  for (size_t b = 0; b < ld; b++) {
    gain[b] = first[b] * inverse;
  }
  for (int32_t z = 1; z < statespace->k_design; z++) {
    const double *restrict row =
        step->rows + (size_t)step->design_slot[z] * step->ld;

    for (size_t b = 0; b < ld; b++) {
      gain[b] = fma(row[b], inverse, gain[b]);
    }
  }
}

/*
 * `count` columns of one copied row, rounded up to whole vectors: what spills
 * over is rewritten by the next segment or special row, or lands in the row's
 * padding.
 */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_row)(size_t count, double gain_a, double m_a,
                       const double *restrict source,
                       const double *restrict m_b,
                       const double *restrict gain_b, double *restrict target) {
  size_t rounded = (count + SX_STEP_PAD - 1) & ~(size_t)(SX_STEP_PAD - 1);

  for (size_t k = 0; k < rounded; k++) {
    target[k] =
        0.5 * ((source[k] - gain_a * m_b[k]) + (source[k] - gain_b[k] * m_a));
  }
}

/*
 * Copied rows against the copied columns of one segment, or (rows == columns)
 * the triangle of a segment with itself.
 */
SX_STEP_TARGET static void
SX_STEP_NAME(step_block)(sx_segment rows, sx_segment columns, const double *P,
                         const sx_step *step, double *P_next) {
  size_t shrink = rows.begin == columns.begin;
  size_t count = (size_t)(columns.end - columns.begin);
  size_t a = (size_t)rows.source;
  size_t b = (size_t)columns.source;
  const double *source = P + a * step->ld + b;
  double *target = P_next + (size_t)rows.begin * step->ld + columns.begin;

  for (int32_t i = rows.begin; i < rows.end; i++) {
    SX_STEP_NAME(step_row)(count, step->gain[a], step->m[a], source,
                           step->m + b, step->gain + b, target);
    source += step->ld + shrink;
    target += step->ld + shrink;
    a++;
    b += shrink;
    count -= shrink;
  }
}

/* Adds value * row of P+ to u and value * column of P+ to v; or sets them. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(special_term)(const sx_step *step, double value, size_t c,
                           const double *restrict row, int is_first,
                           double *restrict u, double *restrict v) {
  const double *restrict m = step->m;
  const double *restrict gain = step->gain;
  double gain_c = gain[c];
  double m_c = m[c];
  size_t ld = step->ld & ~(size_t)(SX_STEP_PAD - 1);

  if (is_first) {
    for (size_t b = 0; b < ld; b++) {
      u[b] = value * (row[b] - gain_c * m[b]);
      v[b] = value * (row[b] - gain[b] * m_c);
    }
    return;
  }
  for (size_t b = 0; b < ld; b++) {
    u[b] += value * (row[b] - gain_c * m[b]);
    v[b] += value * (row[b] - gain[b] * m_c);
  }
}

/* U and V of every special row over all states; each has a non-zero. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_special)(const sx_statespace *statespace,
                           const sx_step *step) {
  for (int32_t k = 0; k < statespace->k_special; k++) {
    int32_t first = statespace->special_start[k];

    for (int32_t e = first; e < statespace->special_start[k + 1]; e++) {
      SX_STEP_NAME(special_term)(step, statespace->special_value[e],
                                 (size_t)statespace->special_state[e],
                                 step->rows + (size_t)step->slot[e] * step->ld,
                                 e == first, step->u + (size_t)k * step->ld,
                                 step->v + (size_t)k * step->ld);
    }
  }
}

/* Special rows against copied rows. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_borders)(const sx_statespace *statespace, const sx_step *step,
                           double *P_next) {
  size_t ld = step->ld;

  for (int32_t k = 0; k < statespace->k_special; k++) {
    int32_t i = statespace->special[k];
    const double *u = step->u + (size_t)k * ld;
    const double *v = step->v + (size_t)k * ld;

    for (int32_t g = 0; g < statespace->k_segments; g++) {
      sx_segment segment = statespace->segments[g];
      int32_t count = segment.end - segment.begin;
      const double *restrict u_b = u + segment.source;
      const double *restrict v_b = v + segment.source;
      double *restrict row = P_next + (size_t)i * ld + (size_t)segment.begin;
      double *restrict column = P_next + (size_t)segment.begin * ld + (size_t)i;

      if (segment.begin > i) {
        for (int32_t j = 0; j < count; j++) {
          row[j] = 0.5 * (u_b[j] + v_b[j]);
        }
      } else {
        for (int32_t j = 0; j < count; j++) {
          column[(size_t)j * ld] = 0.5 * (u_b[j] + v_b[j]);
        }
      }
    }
  }
}

/* The whole step: the upper triangle of P_next from that of P, M and G. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_advance)(const sx_statespace *statespace, const double *P,
                           const sx_step *step, double *P_next) {
  for (int32_t g = 0; g < statespace->k_segments; g++) {
    for (int32_t h = g; h < statespace->k_segments; h++) {
      SX_STEP_NAME(step_block)(statespace->segments[g], statespace->segments[h],
                               P, step, P_next);
    }
  }
  SX_STEP_NAME(step_special)(statespace, step);
  SX_STEP_NAME(step_borders)(statespace, step, P_next);
  corners_special(statespace, step, P_next);
  corners_mixed(statespace, step, P_next);
  corners_copied(statespace, P, step, P_next);
}
