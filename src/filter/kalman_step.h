/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One covariance step of the Kalman filter, update and prediction together:
 *
 *   P+ = P - G M',   P' = R Q R' + T P+ T',   P_next = (P' + P'') / 2
 *
 * (P'' the transpose), with M = P Z' and G = P (Z / F)'. statsmodels rounds
 * each product once and averages both halves; so does this, element by element,
 * on the upper triangle alone. With W = T P+, a and b the sources of the copied
 * rows i and j, and 0 for the state ARMA 0:
 *
 *   W_ib = phi_i P+_0b + P+_ab,            P'_ij = phi_j W_i0 + W_ib
 *
 * and for a special row i, the sum of the states c of the design,
 *
 *   W_ib = sum_c P+_cb,                    P'_ji = sum_c W_jc
 *
 * The code keeps such a row of W as u, and v_b = sum_c P+_bc beside it. The
 * elements of R Q R' enter where both rows are shocked.
 *
 * And v P v', for forecast variances.
 *
 * This file is included once per instruction set, with SX_STEP_NAME and
 * SX_STEP_TARGET defined. Every element is computed by the same operations in
 * each variant, so the bits do not depend on it. Loops over states run in whole
 * vectors: what spills over is rewritten by the next segment, or lands in the
 * padding of the row.
 */

#define SX_WHOLE(count)                                                        \
  (((count) + SX_STATE_PAD - 1) & ~(size_t)(SX_STATE_PAD - 1))

/* The rows of the symmetric P that belong to the states of the design. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_gather)(const sx_statespace *statespace, const double *P,
                          const sx_step *step) {
  size_t end = (size_t)statespace->k_states;
  size_t ld = step->ld;

  for (int32_t k = 0; k < statespace->k_design; k++) {
    size_t c = (size_t)statespace->design[k];
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
  double *restrict m = step->m;
  size_t ld = SX_WHOLE(step->ld);

  SX_INDEPENDENT

  for (size_t b = 0; b < ld; b++) {
    m[b] = step->rows[b];
  }
  for (int32_t z = 1; z < statespace->k_design; z++) {
    const double *restrict row = step->rows + (size_t)z * step->ld;

    SX_INDEPENDENT

    for (size_t b = 0; b < ld; b++) {
      m[b] += row[b];
    }
  }
}

/* G = P (Z / F)', with the fused products of OpenBLAS's kernels. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_gain)(const sx_statespace *statespace, double inverse,
                        const sx_step *step) {
  double *restrict gain = step->gain;
  size_t ld = SX_WHOLE(step->ld);

  SX_INDEPENDENT

  for (size_t b = 0; b < ld; b++) {
    gain[b] = step->rows[b] * inverse;
  }
  for (int32_t z = 1; z < statespace->k_design; z++) {
    const double *restrict row = step->rows + (size_t)z * step->ld;

    SX_INDEPENDENT

    for (size_t b = 0; b < ld; b++) {
      gain[b] = fma(row[b], inverse, gain[b]);
    }
  }
}

/* Rows and columns of P+ = P - G M' for the states of the design. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_filtered)(const sx_statespace *statespace,
                            const sx_step *step) {
  const double *restrict m = step->m;
  const double *restrict gain = step->gain;
  size_t ld = SX_WHOLE(step->ld);

  for (int32_t k = 0; k < statespace->k_design; k++) {
    const double *restrict row = step->rows + (size_t)k * step->ld;
    double *restrict filtered_row = step->filtered_rows + (size_t)k * step->ld;
    double *restrict filtered_column =
        step->filtered_columns + (size_t)k * step->ld;
    double gain_c = gain[statespace->design[k]];
    double m_c = m[statespace->design[k]];

    SX_INDEPENDENT

    for (size_t b = 0; b < ld; b++) {
      filtered_row[b] = row[b] - gain_c * m[b];
      filtered_column[b] = row[b] - gain[b] * m_c;
    }
  }
}

/* W_j0 = phi_j P+_00 + P+_{j+1,0} for every ARMA row j. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_arma_column)(const sx_statespace *statespace,
                               const sx_step *step) {
  size_t arma = (size_t)statespace->arma;
  size_t count = (size_t)statespace->k_states - arma;
  double filtered_00 = step->arma_row[arma];
  const double *restrict phi = statespace->phi + arma;
  const double *restrict column = step->arma_column + arma + 1;
  double *restrict w_0 = step->w_0 + arma;

  SX_INDEPENDENT

  for (size_t j = 0; j < count; j++) {
    w_0[j] = phi[j] * filtered_00 + column[j];
  }
}

/* Columns of one copied row, neither it nor they with phi. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_row)(size_t count, size_t a, size_t b, const sx_step *step,
                       const double *restrict source, double *restrict target) {
  size_t rounded = SX_WHOLE(count);
  const double *restrict m_b = step->m + b;
  const double *restrict gain_b = step->gain + b;
  double gain_a = step->gain[a];
  double m_a = step->m[a];

  SX_INDEPENDENT

  for (size_t k = 0; k < rounded; k++) {
    target[k] =
        0.5 * ((source[k] - gain_a * m_b[k]) + (source[k] - gain_b[k] * m_a));
  }
}

/*
 * The same for ROWS_AT_ONCE rows, which share what is loaded of the columns.
 * Where each row begins a column later, this also fills the cells before it:
 * they are below the diagonal. The first vector is followed by the next aligned
 * one of the target, over some of the same columns: stores across two lines of
 * the cache take longer.
 */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_some_rows)(size_t count, size_t a, size_t b,
                             const sx_step *step, const double *restrict source,
                             double *restrict target) {
  size_t ld = step->ld;
  size_t lead = -((uintptr_t)target / sizeof(double)) % SX_STATE_PAD;
  const double *gain_a = step->gain + a;
  const double *m_a = step->m + a;

  for (size_t k = 0, next = lead > 0 ? lead : SX_STATE_PAD; k < count;
       k += next, next = SX_STATE_PAD) {
    sx_v4 m_b = *(const sx_loose4 *)(step->m + b + k);
    sx_v4 gain_b = *(const sx_loose4 *)(step->gain + b + k);

    for (size_t r = 0; r < ROWS_AT_ONCE; r++) {
      sx_v4 cell = *(const sx_loose4 *)(source + r * ld + k);

      *(sx_loose4 *)(target + r * ld + k) =
          0.5 * ((cell - gain_a[r] * m_b) + (cell - gain_b * m_a[r]));
    }
  }
}

/* The same with phi_i of the row and phi_j of the columns. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_row_ar)(const sx_ar_row *row, size_t count, size_t j,
                          size_t b, const sx_step *step,
                          double *restrict target) {
  size_t rounded = SX_WHOLE(count);
  const double *restrict source = row->source;
  const double *restrict m_b = step->m + b;
  const double *restrict gain_b = step->gain + b;
  const double *restrict phi = row->phi + j;
  const double *restrict arma_row = step->arma_row + b;
  const double *restrict w_0 = step->w_0 + j;
  double gain_a = row->gain, m_a = row->m, phi_i = row->phi_i;
  double w_i0 = row->w_i0, arma_a = row->arma_a;

  SX_INDEPENDENT

  for (size_t k = 0; k < rounded; k++) {
    double upper = source[k] - gain_a * m_b[k];
    double lower = source[k] - gain_b[k] * m_a;

    upper = phi[k] * w_i0 + (phi_i * arma_row[k] + upper);
    lower = phi_i * w_0[k] + (phi[k] * arma_a + lower);
    target[k] = 0.5 * (upper + lower);
  }
}

/* The same for a row without phi. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_row_plain)(const sx_ar_row *row, size_t count, size_t j,
                             size_t b, const sx_step *step,
                             double *restrict target) {
  size_t rounded = SX_WHOLE(count);
  const double *restrict source = row->source;
  const double *restrict m_b = step->m + b;
  const double *restrict gain_b = step->gain + b;
  const double *restrict phi = row->phi + j;
  double gain_a = row->gain, m_a = row->m;
  double w_i0 = row->w_i0, arma_a = row->arma_a;

  SX_INDEPENDENT
  for (size_t k = 0; k < rounded; k++) {
    double upper = source[k] - gain_a * m_b[k];
    double lower = source[k] - gain_b[k] * m_a;

    target[k] = 0.5 * ((phi[k] * w_i0 + upper) + (phi[k] * arma_a + lower));
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
  int32_t i = rows.begin;

  for (; i + ROWS_AT_ONCE <= rows.end && count >= LONG_ROW; i += ROWS_AT_ONCE) {
    SX_STEP_NAME(step_some_rows)(count, a, b, step, source, target);
    source += (step->ld + shrink) * ROWS_AT_ONCE;
    target += (step->ld + shrink) * ROWS_AT_ONCE;
    a += ROWS_AT_ONCE;
    b += shrink * ROWS_AT_ONCE;
    count -= shrink * ROWS_AT_ONCE;
  }
  for (; i < rows.end; i++) {
    SX_STEP_NAME(step_row)(count, a, b, step, source, target);
    source += step->ld + shrink;
    target += step->ld + shrink;
    a++;
    b += shrink;
    count -= shrink;
  }
}

/* The same where rows or columns have phi. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_block_ar)(const sx_statespace *statespace, sx_segment rows,
                            sx_segment columns, const double *P,
                            const sx_step *step, double *P_next) {
  size_t shrink = rows.begin == columns.begin;
  size_t count = (size_t)(columns.end - columns.begin);
  size_t j = (size_t)columns.begin;
  size_t b = (size_t)columns.source;
  double *target = P_next + (size_t)rows.begin * step->ld + j;

  for (int32_t i = rows.begin; i < rows.end; i++) {
    sx_ar_row row = ar_row(statespace, step, i, rows.source + (i - rows.begin));

    row.source = P + (size_t)(rows.source + (i - rows.begin)) * step->ld + b;
    if (row.phi_i == 0.0) {
      SX_STEP_NAME(step_row_plain)(&row, count, j, b, step, target);
    } else {
      SX_STEP_NAME(step_row_ar)(&row, count, j, b, step, target);
    }
    target += step->ld + shrink;
    j += shrink;
    b += shrink;
    count -= shrink;
  }
}

SX_STEP_TARGET static void
SX_STEP_NAME(step_copied)(const sx_statespace *statespace, const double *P,
                          const sx_step *step, double *P_next) {
  for (int32_t g = 0; g < statespace->k_segments; g++) {
    sx_segment rows = statespace->segments[g];

    for (int32_t h = g; h < statespace->k_segments; h++) {
      sx_segment columns = statespace->segments[h];

      if (rows.has_ar || columns.has_ar) {
        SX_STEP_NAME(step_block_ar)(statespace, rows, columns, P, step, P_next);
      } else {
        SX_STEP_NAME(step_block)(rows, columns, P, step, P_next);
      }
    }
  }
}

/* total = sum of the rows `term`, in this order; up to three in one pass. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_sum)(size_t ld, const double *rows, sx_terms terms,
                       double *restrict total) {
  size_t rounded = SX_WHOLE(ld);
  const double *restrict row_0 = rows + (size_t)terms.term[0] * ld;
  const double *restrict row_1 = rows + (size_t)terms.term[1] * ld;

  if (terms.count == 2) {
    SX_INDEPENDENT
    for (size_t b = 0; b < rounded; b++) {
      total[b] = row_0[b] + row_1[b];
    }
  } else {
    const double *restrict row_2 = rows + (size_t)terms.term[2] * ld;

    SX_INDEPENDENT
    for (size_t b = 0; b < rounded; b++) {
      total[b] = (row_0[b] + row_1[b]) + row_2[b];
    }
  }
  for (int32_t e = 3; e < terms.count; e++) {
    const double *restrict row = rows + (size_t)terms.term[e] * ld;

    SX_INDEPENDENT
    for (size_t b = 0; b < rounded; b++) {
      total[b] += row[b];
    }
  }
}

/* U and V of every special row; each is a sum of two states or more. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_special)(const sx_statespace *statespace,
                           const sx_step *step) {
  for (int32_t k = 0; k < statespace->k_special; k++) {
    sx_terms terms = special_terms(statespace, k);

    SX_STEP_NAME(step_sum)(step->ld, step->filtered_rows, terms,
                           step->u + (size_t)k * step->ld);
    SX_STEP_NAME(step_sum)(step->ld, step->filtered_columns, terms,
                           step->v + (size_t)k * step->ld);
  }
}

/* One special row against the copied columns of a segment to its right. */
SX_STEP_TARGET static inline void
SX_STEP_NAME(step_border)(size_t count, const double *restrict u,
                          const double *restrict v, double *restrict target) {
  size_t rounded = SX_WHOLE(count);

  SX_INDEPENDENT

  for (size_t k = 0; k < rounded; k++) {
    target[k] = 0.5 * (u[k] + v[k]);
  }
}

/* The same where the columns have phi; u is U of the special row. */
SX_STEP_TARGET static inline void SX_STEP_NAME(step_border_ar)(
    const sx_statespace *statespace, sx_segment columns, sx_terms terms,
    const sx_step *step, const double *restrict u, double *restrict target) {
  size_t count = SX_WHOLE((size_t)(columns.end - columns.begin));
  const double *restrict phi = statespace->phi + columns.begin;
  const double *restrict u_b = u + columns.source;
  const double *restrict column_0 = design_column(step, columns, terms.term[0]);
  const double *restrict column_1 = design_column(step, columns, terms.term[1]);
  double arma_0 = step->arma_row[statespace->design[terms.term[0]]];
  double arma_1 = step->arma_row[statespace->design[terms.term[1]]];
  double u_0 = u[statespace->arma];

  SX_INDEPENDENT
  for (size_t k = 0; k < count; k++) {
    target[k] =
        (phi[k] * arma_0 + column_0[k]) + (phi[k] * arma_1 + column_1[k]);
  }
  for (int32_t e = 2; e < terms.count; e++) {
    const double *restrict column = design_column(step, columns, terms.term[e]);
    double arma_c = step->arma_row[statespace->design[terms.term[e]]];

    SX_INDEPENDENT
    for (size_t k = 0; k < count; k++) {
      target[k] += phi[k] * arma_c + column[k];
    }
  }
  SX_INDEPENDENT
  for (size_t k = 0; k < count; k++) {
    target[k] = 0.5 * ((phi[k] * u_0 + u_b[k]) + target[k]);
  }
}

/* Special rows against copied rows, to their right or above. */
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
      size_t count = (size_t)(segment.end - segment.begin);
      double *row = P_next + (size_t)i * ld + segment.begin;
      double *column = P_next + (size_t)segment.begin * ld + i;

      if (segment.has_ar) {
        SX_STEP_NAME(step_border_ar)(
            statespace, segment, special_terms(statespace, k), step, u, row);
      } else if (segment.begin > i) {
        SX_STEP_NAME(step_border)(count, u + segment.source, v + segment.source,
                                  row);
      } else {
        SX_INDEPENDENT
        for (size_t j = 0; j < count; j++) {
          column[j * ld] = 0.5 * (u[(size_t)segment.source + j] +
                                  v[(size_t)segment.source + j]);
        }
      }
    }
  }
}

/* Special rows against each other. */
SX_STEP_TARGET static void
SX_STEP_NAME(corners_special)(const sx_statespace *statespace,
                              const sx_step *step, double *P_next) {
  for (int32_t k = 0; k < statespace->k_special; k++) {
    const double *u = step->u + (size_t)k * step->ld;
    double *row = P_next + (size_t)statespace->special[k] * step->ld;

    for (int32_t l = k; l < statespace->k_special; l++) {
      double upper = sum_terms(statespace, l, u);
      double lower = upper;

      if (l > k) {
        lower = sum_terms(statespace, k, step->u + (size_t)l * step->ld);
      }
      row[statespace->special[l]] = 0.5 * (upper + lower);
    }
  }
}

/* Shocked rows against each other: the elements where R Q R' is not zero. */
SX_STEP_TARGET static void
SX_STEP_NAME(corners_shocked)(const sx_statespace *statespace, const double *P,
                              const sx_step *step, double *P_next) {
  const sx_shock *end = statespace->shocks + statespace->k_shocks;
  const double *phi = statespace->phi;
  const double *m = step->m;
  const double *gain = step->gain;

  for (const sx_shock *i = statespace->shocks; i < end; i++) {
    sx_ar_row row = ar_row(statespace, step, i->row, i->source);
    const double *source = P + (size_t)i->source * step->ld;
    double *target = P_next + (size_t)i->row * step->ld;
    double shock = i->value * statespace->state_cov;

    for (const sx_shock *j = i; j < end; j++) {
      double upper = source[j->source] - row.gain * m[j->source];
      double lower = source[j->source] - gain[j->source] * row.m;
      double shock_j = j->value * statespace->state_cov;

      if (statespace->has_ar) {
        upper = phi[j->row] * row.w_i0 +
                (row.phi_i * step->arma_row[j->source] + upper);
        lower =
            row.phi_i * step->w_0[j->row] + (phi[j->row] * row.arma_a + lower);
      }
      target[j->row] =
          0.5 * ((shock * j->value + upper) + (shock_j * i->value + lower));
    }
  }
}

/* The whole step: P_next from P, M and G, and its rows for the next step. */
SX_STEP_TARGET static void
SX_STEP_NAME(step_advance)(const sx_statespace *statespace, const double *P,
                           const sx_step *step, double *P_next) {
  if (statespace->k_special > 0 || statespace->has_ar) {
    SX_STEP_NAME(step_filtered)(statespace, step);
  }
  if (statespace->has_ar) {
    SX_STEP_NAME(step_arma_column)(statespace, step);
  }
  SX_STEP_NAME(step_copied)(statespace, P, step, P_next);
  SX_STEP_NAME(step_special)(statespace, step);
  SX_STEP_NAME(step_borders)(statespace, step, P_next);
  SX_STEP_NAME(corners_special)(statespace, step, P_next);
  SX_STEP_NAME(corners_shocked)(statespace, P, step, P_next);
  SX_STEP_NAME(step_gather)(statespace, P_next, step);
}

/* Update and prediction of the state mean: next = T (state + M u). */
SX_STEP_TARGET static void
SX_STEP_NAME(step_mean)(const sx_statespace *statespace, const double *m,
                        double u, const double *state, double *next) {
  int32_t arma = statespace->arma;
  double filtered_0 = state[arma] + m[arma] * u;

  for (int32_t g = 0; g < statespace->k_segments; g++) {
    sx_segment segment = statespace->segments[g];
    size_t count = (size_t)(segment.end - segment.begin);
    const double *restrict source = state + segment.source;
    const double *restrict source_m = m + segment.source;
    const double *restrict phi = statespace->phi + segment.begin;
    double *restrict target = next + segment.begin;

    if (segment.has_ar) {
      SX_INDEPENDENT
      for (size_t i = 0; i < count; i++) {
        target[i] = phi[i] * filtered_0 + (source[i] + source_m[i] * u);
      }
    } else {
      SX_INDEPENDENT
      for (size_t i = 0; i < count; i++) {
        target[i] = source[i] + source_m[i] * u;
      }
    }
  }
  /* The last row copies zero, also where u is infinite. */
  next[statespace->k_states - 1] =
      statespace->has_ar
          ? statespace->phi[statespace->k_states - 1] * filtered_0
          : 0.0;
  for (int32_t k = 0; k < statespace->k_special; k++) {
    sx_terms terms = special_terms(statespace, k);
    double sum = 0.0;

    for (int32_t e = 0; e < terms.count; e++) {
      int32_t c = statespace->design[terms.term[e]];

      sum += state[c] + m[c] * u;
    }
    next[statespace->special[k]] = sum;
  }
}

/* values_k = v_k P v_k' from the upper triangle, each v alike. */
SX_STEP_TARGET static void SX_STEP_NAME(step_forms)(const double *P, size_t ld,
                                                    const sx_forms *forms,
                                                    double *values) {
  enum { PARTS = SX_FORMS / 4 };
  const sx_v4 *vectors = (const sx_v4 *)forms->vectors;
  sx_v4 total[PARTS] = {{0.0}};

  for (int32_t i = 0; i < forms->count; i++) {
    const double *row = P + (size_t)forms->support[i] * ld;
    const sx_v4 *v_i = vectors + (size_t)i * PARTS;
    double diagonal = 0.5 * row[forms->support[i]];
    sx_v4 sum[PARTS];

    for (int k = 0; k < PARTS; k++) {
      sum[k] = diagonal * v_i[k];
    }
    for (int32_t j = i + 1; j < forms->count; j++) {
      const sx_v4 *v_j = vectors + (size_t)j * PARTS;
      double cell = row[forms->support[j]];

      for (int k = 0; k < PARTS; k++) {
        sum[k] += cell * v_j[k];
      }
    }
    for (int k = 0; k < PARTS; k++) {
      total[k] += sum[k] * v_i[k];
    }
  }
  for (int k = 0; k < SX_FORMS; k++) {
    values[k] = 2.0 * total[k / 4][k % 4];
  }
}

#undef SX_WHOLE
