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

/* Full rows of the symmetric P for the states the step reads by row. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_gather)(const sx_statespace *statespace, const double *P,
                          const sx_step *step) {
  size_t end = (size_t)statespace->k_states;
  size_t ld = step->ld;

  for (int32_t k = 0; k < step->k_sources; k++) {
    size_t c = (size_t)step->source[k];
    double *restrict row = step->rows + (size_t)k * ld;
    const double *restrict source = P + c * ld;

    for (size_t b = 0; b < c; b++) {
      row[b] = P[b * ld + c];
    }
    for (size_t b = c; b < end; b++) {
      row[b] = source[b];
    }
  }
}

/* M = P Z' from the gathered rows. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_observe)(const sx_statespace *statespace,
                           const sx_step *step) {
  const double *restrict first =
      step->rows + (size_t)step->design_slot[0] * step->ld;
  double *restrict m = step->m;
  size_t ld = step->ld & ~(size_t)(SX_STEP_PAD - 1);

  for (size_t b = 0; b < ld; b++) {
    m[b] = first[b];
  }
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
SX_STEP_NAME(step_row)(size_t count, size_t a, size_t b, const sx_step *step,
                       const double *restrict source, double *restrict target) {
  size_t rounded = (count + SX_STEP_PAD - 1) & ~(size_t)(SX_STEP_PAD - 1);
  const double *restrict m_b = step->m + b;
  const double *restrict gain_b = step->gain + b;
  double gain_a = step->gain[a];
  double m_a = step->m[a];

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
    SX_STEP_NAME(step_row)(count, a, b, step, source, target);
    source += step->ld + shrink;
    target += step->ld + shrink;
    a++;
    b += shrink;
    count -= shrink;
  }
}

/* Row c and column c of P+ = P - G M', for every state c the step reads. */
SX_STEP_TARGET static void SX_STEP_NAME(step_filtered)(const sx_step *step) {
  const double *restrict m = step->m;
  const double *restrict gain = step->gain;
  size_t ld = step->ld & ~(size_t)(SX_STEP_PAD - 1);

  for (int32_t k = 0; k < step->k_sources; k++) {
    const double *restrict row = step->rows + (size_t)k * step->ld;
    double *restrict filtered_row = step->filtered_rows + (size_t)k * step->ld;
    double *restrict filtered_column =
        step->filtered_columns + (size_t)k * step->ld;
    double gain_c = gain[step->source[k]];
    double m_c = m[step->source[k]];

    for (size_t b = 0; b < ld; b++) {
      filtered_row[b] = row[b] - gain_c * m[b];
      filtered_column[b] = row[b] - gain[b] * m_c;
    }
  }
}

/* Adds value * row to total. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_add)(size_t ld, double value, const double *restrict row,
                       double *restrict total) {
  size_t rounded = ld & ~(size_t)(SX_STEP_PAD - 1);

  for (size_t b = 0; b < rounded; b++) {
    total[b] += value * row[b];
  }
}

/*
 * total = value_0 row_0 + value_1 row_1 + .. in this order, over the `count`
 * non-zeros of a special row; rows by slot. Three terms, the most a model with
 * d + D <= 2 has, go in one pass.
 */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_combine)(const sx_step *step, sx_terms terms,
                           const double *rows, double *restrict total) {
  size_t ld = step->ld & ~(size_t)(SX_STEP_PAD - 1);
  const double *restrict row_0 = rows + (size_t)terms.slot[0] * step->ld;
  const double *restrict row_1 = step->zeros;
  const double *restrict row_2 = step->zeros;
  double value_0 = terms.value[0];
  double value_1 = 1.0;
  double value_2 = 1.0;

  if (terms.count > 1) {
    row_1 = rows + (size_t)terms.slot[1] * step->ld;
    value_1 = terms.value[1];
  }
  if (terms.count > 2) {
    row_2 = rows + (size_t)terms.slot[2] * step->ld;
    value_2 = terms.value[2];
  }
  if (value_0 == 1.0 && value_1 == 1.0 && value_2 == 1.0) {
    for (size_t b = 0; b < ld; b++) {
      total[b] = (row_0[b] + row_1[b]) + row_2[b];
    }
  } else {
    for (size_t b = 0; b < ld; b++) {
      total[b] = (value_0 * row_0[b] + value_1 * row_1[b]) + value_2 * row_2[b];
    }
  }
  for (int32_t e = 3; e < terms.count; e++) {
    SX_STEP_NAME(step_add)(step->ld, terms.value[e],
                           rows + (size_t)terms.slot[e] * step->ld, total);
  }
}

/* U and V of every special row; each row has a non-zero. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_special)(const sx_statespace *statespace,
                           const sx_step *step) {
  for (int32_t k = 0; k < statespace->k_special; k++) {
    int32_t first = statespace->special_start[k];
    sx_terms terms = {statespace->special_start[k + 1] - first,
                      statespace->special_value + first, step->slot + first};

    SX_STEP_NAME(step_combine)(step, terms, step->filtered_rows,
                               step->u + (size_t)k * step->ld);
    SX_STEP_NAME(step_combine)(step, terms, step->filtered_columns,
                               step->v + (size_t)k * step->ld);
  }
}

/* target = (u + v) / 2, the count rounded up as in step_row. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_mean_row)(size_t count, const double *restrict u,
                            const double *restrict v, double *restrict target) {
  size_t rounded = (count + SX_STEP_PAD - 1) & ~(size_t)(SX_STEP_PAD - 1);

  for (size_t k = 0; k < rounded; k++) {
    target[k] = 0.5 * (u[k] + v[k]);
  }
}

/* Special rows against copied rows, to their right or above. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_borders)(const sx_statespace *statespace, const sx_step *step,
                           double *P_next) {
  size_t ld = step->ld;

  for (int32_t k = 0; k < statespace->k_special; k++) {
    size_t i = (size_t)statespace->special[k];

    for (int32_t g = 0; g < statespace->k_segments; g++) {
      sx_segment segment = statespace->segments[g];
      size_t begin = (size_t)segment.begin;
      size_t count = (size_t)(segment.end - segment.begin);
      const double *u = step->u + (size_t)k * ld + segment.source;
      const double *v = step->v + (size_t)k * ld + segment.source;

      if (begin > i) {
        SX_STEP_NAME(step_mean_row)(count, u, v, P_next + i * ld + begin);
      } else {
        for (size_t j = 0; j < count; j++) {
          P_next[(begin + j) * ld + i] = 0.5 * (u[j] + v[j]);
        }
      }
    }
  }
}

/* sum_c vector_c T_ic over the non-zeros of special row `k`. */
SX_STEP_TARGET static inline double
SX_STEP_NAME(special_dot)(const sx_statespace *statespace, int32_t k,
                          const double *vector) {
  double sum = 0.0;

  for (int32_t e = statespace->special_start[k];
       e < statespace->special_start[k + 1]; e++) {
    sum += vector[statespace->special_state[e]] * statespace->special_value[e];
  }
  return sum;
}

/* Special rows against each other. */
SX_STEP_TARGET static void
SX_STEP_NAME(corners_special)(const sx_statespace *statespace,
                              const sx_step *step, double *P_next) {
  for (int32_t k = 0; k < statespace->k_special; k++) {
    const double *u = step->u + (size_t)k * step->ld;
    double *row = P_next + (size_t)statespace->special[k] * step->ld;
    double shock = statespace->special_shock[k];

    for (int32_t l = k; l < statespace->k_special; l++) {
      const double *u_l = step->u + (size_t)l * step->ld;
      double shock_l = statespace->special_shock[l];
      double upper = (shock * statespace->state_cov) * shock_l;
      double lower = (shock_l * statespace->state_cov) * shock;

      upper += SX_STEP_NAME(special_dot)(statespace, l, u);
      lower = k == l ? upper
                     : lower + SX_STEP_NAME(special_dot)(statespace, k, u_l);
      row[statespace->special[l]] = 0.5 * (upper + lower);
    }
  }
}

/* The element (i, j) or (j, i), whichever is above the diagonal. */
SX_STEP_TARGET static inline double *
SX_STEP_NAME(upper_element)(double *P, size_t ld, int32_t i, int32_t j) {
  return i < j ? P + (size_t)i * ld + (size_t)j
               : P + (size_t)j * ld + (size_t)i;
}

/* Shocked special rows against shocked copied rows. */
SX_STEP_TARGET static void
SX_STEP_NAME(corners_mixed)(const sx_statespace *statespace,
                            const sx_step *step, double *P_next) {
  double Q = statespace->state_cov;

  for (int32_t k = 0; k < statespace->k_special; k++) {
    double shock = statespace->special_shock[k];

    for (int32_t l = 0; l < statespace->k_shocked && shock != 0.0; l++) {
      sx_shocked_copy copy = statespace->shocked[l];
      size_t b = (size_t)k * step->ld + (size_t)copy.source;

      *SX_STEP_NAME(upper_element)(P_next, step->ld, statespace->special[k],
                                   copy.row) =
          0.5 * (((shock * Q) * copy.value + step->u[b]) +
                 ((copy.value * Q) * shock + step->v[b]));
    }
  }
}

/* Shocked copied rows against each other. */
SX_STEP_TARGET static void
SX_STEP_NAME(corners_copied)(const sx_statespace *statespace, const double *P,
                             const sx_step *step, double *P_next) {
  const sx_shocked_copy *end = statespace->shocked + statespace->k_shocked;
  const double *m = step->m;
  const double *gain = step->gain;

  for (const sx_shocked_copy *i = statespace->shocked; i < end; i++) {
    const double *source = P + (size_t)i->source * step->ld;
    double *target = P_next + (size_t)i->row * step->ld;
    double shock = i->value * statespace->state_cov;
    double gain_i = gain[i->source];
    double m_i = m[i->source];

    for (const sx_shocked_copy *j = i; j < end; j++) {
      double element = source[j->source];
      double upper = element - gain_i * m[j->source];
      double lower = element - gain[j->source] * m_i;
      double shock_j = j->value * statespace->state_cov;

      target[j->row] =
          0.5 * ((shock * j->value + upper) + (shock_j * i->value + lower));
    }
  }
}

/* The whole step: P_next from P, M and G, and its rows for the next step. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_advance)(const sx_statespace *statespace, const double *P,
                           const sx_step *step, double *P_next) {
  for (int32_t g = 0; g < statespace->k_segments; g++) {
    for (int32_t h = g; h < statespace->k_segments; h++) {
      SX_STEP_NAME(step_block)(statespace->segments[g], statespace->segments[h],
                               P, step, P_next);
    }
  }
  if (statespace->k_special > 0) {
    SX_STEP_NAME(step_filtered)(step);
    SX_STEP_NAME(step_special)(statespace, step);
  }
  SX_STEP_NAME(step_borders)(statespace, step, P_next);
  SX_STEP_NAME(corners_special)(statespace, step, P_next);
  SX_STEP_NAME(corners_mixed)(statespace, step, P_next);
  SX_STEP_NAME(corners_copied)(statespace, P, step, P_next);
  SX_STEP_NAME(step_gather)(statespace, P_next, step);
}

/*
 * Update and prediction of the state mean: next = T (state + M u) + c e, with
 * states beyond the last at zero.
 */
SX_STEP_TARGET static void
SX_STEP_NAME(step_mean)(const sx_statespace *statespace, const double *m,
                        double u, const double *state, double *next) {
  for (int32_t g = 0; g < statespace->k_segments; g++) {
    sx_segment segment = statespace->segments[g];
    size_t count = (size_t)(segment.end - segment.begin);
    const double *restrict source = state + segment.source;
    const double *restrict source_m = m + segment.source;
    double *restrict target = next + segment.begin;

    for (size_t i = 0; i < count; i++) {
      target[i] = source[i] + source_m[i] * u;
    }
  }
  for (int32_t k = 0; k < statespace->k_special; k++) {
    double sum = 0.0;

    for (int32_t e = statespace->special_start[k];
         e < statespace->special_start[k + 1]; e++) {
      int32_t c = statespace->special_state[e];

      sum += statespace->special_value[e] * (state[c] + m[c] * u);
    }
    next[statespace->special[k]] = sum;
  }
}
