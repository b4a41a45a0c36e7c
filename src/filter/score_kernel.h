/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reverse of filter/schur_lanes.h and of the elimination in
 * filter/block_lanes.h: from the derivatives of a number J by what a run has
 * left to those by what went in. One lane; included by filter/lanes.c once per
 * instruction set. A name with `_bar` is the derivative of J by that name.
 */

/* Four doubles at any address; of one instruction set or of pieces of it. */
typedef double SX_LANES_NAME(chunk)
    __attribute__((vector_size(32), aligned(8), may_alias));

SX_LANES_TARGET static inline double
SX_LANES_NAME(chunk_sum)(const SX_LANES_NAME(chunk) * sum) {
  const double *part = (const double *)sum;

  return (part[0] + part[2]) + (part[1] + part[3]);
}

/* a . b */
SX_LANES_TARGET static double SX_LANES_NAME(dot)(size_t count, const double *a,
                                                 const double *b) {
  SX_LANES_NAME(chunk) sum = {0.0, 0.0, 0.0, 0.0};
  double rest = 0.0;
  size_t i = 0;

  for (; i + 4 <= count; i += 4) {
    sum += *(const SX_LANES_NAME(chunk) *)(a + i) *
           *(const SX_LANES_NAME(chunk) *)(b + i);
  }
  for (; i < count; i++) {
    rest += a[i] * b[i];
  }
  return SX_LANES_NAME(chunk_sum)(&sum) + rest;
}

/* sum_b W_bar[a,b] v_b, times 2, for each column a; and v' W_bar v. */
SX_LANES_TARGET static double SX_LANES_NAME(square_bar)(const sx_schur_bar *bar,
                                                        const sx_schur *schur,
                                                        int64_t t,
                                                        double *v_bar) {
  double total = 0.0;

  for (int32_t a = 0; a < schur->columns; a++) {
    double sum = 0.0;

    for (int32_t b = 0; b < schur->columns; b++) {
      sum += bar->gram_bar[a * schur->gram_ld + b] *
             schur->e[(size_t)b * schur->stride + (size_t)t];
    }
    v_bar[a] = 2.0 * sum;
    total += sum * schur->e[(size_t)a * schur->stride + (size_t)t];
  }
  return total;
}

/* ---- steady state ---- */

/* v_t = e_t - sum_j c_j v_{t-j}: e_bar from v_bar, newest first. */
SX_LANES_TARGET static void SX_LANES_NAME(steady_back)(sx_schur_bar *bar,
                                                       const sx_schur *schur,
                                                       int64_t begin) {
  double inverse = schur->inverse[begin];
  double *v_bar = bar->column;

  for (int64_t t = schur->steps - 1; t >= begin; t--) {
    double squares = SX_LANES_NAME(square_bar)(bar, schur, t, v_bar);

    bar->F_bar += bar->det_bar * inverse - squares * inverse * inverse;
    for (int32_t a = 0; a < schur->columns; a++) {
      double *e_bar = bar->e_bar + (size_t)a * schur->stride + t;
      double value = v_bar[a] * inverse;

      for (int32_t k = 0; k < bar->k_lags; k++) {
        int32_t j = bar->lags[k];

        value -= schur->coef[j - 1] * e_bar[j];
      }
      *e_bar = value;
    }
  }
}

/* c_bar_j = -sum_t v_bar_t v_{t-j}, and on to g and F, c = g / F. */
SX_LANES_TARGET static void SX_LANES_NAME(steady_coef)(sx_schur_bar *bar,
                                                       const sx_schur *schur,
                                                       int64_t begin) {
  size_t count = (size_t)(schur->steps - begin);
  double inverse = schur->inverse[begin];

  for (int32_t j = 1; j <= schur->q; j++) {
    double sum = 0.0;

    for (int32_t a = 0; a < schur->columns; a++) {
      size_t at = (size_t)a * schur->stride + (size_t)begin;

      sum -= SX_LANES_NAME(dot)(count, bar->e_bar + at + j, schur->e + at);
    }
    bar->g_bar[j - 1] += sum * inverse;
    bar->F_bar -= sum * schur->g[j - 1] * inverse * inverse;
  }
}

/* ---- the recursion ---- */

/* Sums of one reversed step over the elements of L and g. */
typedef struct SX_LANES_NAME(step_sums) {
  double weight; /* e_bar' g */
  double rho;    /* L_bar' g + g_bar' l */
} SX_LANES_NAME(step_sums);

/*
 * One step back on L, L_bar and g_bar:
 *   l = L' + rho g,  l_bar = L_bar' - rho g_bar',
 *   g_bar = g_bar' - rho L_bar' - weight e_bar,  L[i+1] = l[i]
 */
SX_LANES_TARGET static inline SX_LANES_NAME(step_sums)
    SX_LANES_NAME(step_back)(sx_schur_bar *bar, const double *g, size_t q,
                             const double *e_bar, double rho, double weight) {
  typedef SX_LANES_NAME(chunk) chunk;
  const double *L = bar->L, *L_bar = bar->L_bar;
  chunk weights = {0.0, 0.0, 0.0, 0.0}, rhos = {0.0, 0.0, 0.0, 0.0};
  SX_LANES_NAME(step_sums) sums;

  for (size_t i = 0; i < q; i += 4) {
    chunk g_i = *(const chunk *)(g + i);
    chunk e_i = *(const chunk *)(e_bar + i);
    chunk L_bar_i = *(const chunk *)(L_bar + i);
    chunk g_bar_i = *(const chunk *)(bar->g_bar + i);
    chunk l = *(const chunk *)(L + i) + rho * g_i;

    weights += e_i * g_i;
    rhos += L_bar_i * g_i + g_bar_i * l;
    *(chunk *)(bar->next_L + 1 + i) = l;
    *(chunk *)(bar->next_L_bar + 1 + i) = L_bar_i - rho * g_bar_i;
    *(chunk *)(bar->g_bar + i) = g_bar_i - rho * L_bar_i - weight * e_i;
  }
  sums.weight = SX_LANES_NAME(chunk_sum)(&weights);
  sums.rho = SX_LANES_NAME(chunk_sum)(&rhos);
  return sums;
}

/* Beyond q everything is zero, whatever whole chunks have written there. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(clear_padding)(sx_schur_bar *bar, size_t q) {
  for (size_t i = q; i < q + 4; i++) {
    bar->g_bar[i] = 0.0;
    bar->next_L[i] = 0.0;
    bar->next_L_bar[i] = 0.0;
  }
}

/* Further columns of step t: their part of g_bar and F_bar. */
SX_LANES_TARGET static double SX_LANES_NAME(columns_back)(sx_schur_bar *bar,
                                                          const sx_schur *schur,
                                                          int64_t t,
                                                          const double *g) {
  double inverse = schur->inverse[t];
  double total = 0.0;

  for (int32_t a = 1; a < schur->columns; a++) {
    size_t at = (size_t)a * schur->stride + (size_t)t;
    double *e_bar = bar->e_bar + at + 1;
    double weight = schur->e[at] * inverse;
    double weight_bar = -SX_LANES_NAME(dot)((size_t)schur->q, e_bar, g);

    for (int32_t i = 0; i < schur->q; i++) {
      bar->g_bar[i] -= weight * e_bar[i];
    }
    e_bar[-1] = (weight_bar + bar->column[a]) * inverse;
    total += weight_bar * weight;
  }
  return total;
}

/* Step t of the recursion. */
SX_LANES_TARGET static void
SX_LANES_NAME(schur_back)(sx_schur_bar *bar, const sx_schur *schur, int64_t t) {
  size_t q = (size_t)schur->q;
  const double *g = schur->history + (size_t)t * schur->history_ld;
  double inverse = schur->inverse[t];
  double rho = schur->rho[t];
  double weight = schur->e[t] * inverse;
  double squares = SX_LANES_NAME(square_bar)(bar, schur, t, bar->column);
  double *e_bar = bar->e_bar + t;
  SX_LANES_NAME(step_sums)
  sums = SX_LANES_NAME(step_back)(bar, g, q, e_bar + 1, rho, weight);
  double weight_bar = -sums.weight;
  double first_L = rho / inverse;
  double rho_bar = -sums.rho - bar->F_bar * first_L;
  double weighted = weight_bar * weight;

  SX_LANES_NAME(clear_padding)(bar, q);
  weighted += SX_LANES_NAME(columns_back)(bar, schur, t, g);
  e_bar[0] = (weight_bar + bar->column[0]) * inverse;
  bar->next_L[0] = first_L;
  bar->next_L_bar[0] = rho_bar * inverse - rho * bar->F_bar;
  bar->F_bar += (bar->det_bar - rho_bar * rho - weighted) * inverse -
                squares * inverse * inverse;
}

/* e_bar and the gamma_bar of a run, from what it has left. */
SX_LANES_TARGET static void
SX_LANES_NAME(schur_adjoint)(sx_schur_bar *bar, const sx_schur *schur) {
  int64_t begin = schur->steady[0];

  if (begin < schur->steps) {
    SX_LANES_NAME(steady_back)(bar, schur, begin);
    SX_LANES_NAME(steady_coef)(bar, schur, begin);
  }
  for (int64_t t = begin - 1; t >= 0; t--) {
    double *L = bar->L, *L_bar = bar->L_bar;

    if (sx_interrupt_asked(schur->counter, 6 * (int64_t)schur->q)) {
      return;
    }
    SX_LANES_NAME(schur_back)(bar, schur, t);
    bar->L = bar->next_L;
    bar->L_bar = bar->next_L_bar;
    bar->next_L = L;
    bar->next_L_bar = L_bar;
  }
  bar->gamma_bar[0] += bar->F_bar;
  for (int32_t k = 0; k < schur->q; k++) {
    bar->gamma_bar[k + 1] += bar->g_bar[k] + bar->L_bar[k];
  }
}

/* ---- elimination ---- */

/* u = T f over the rows after the pivot. */
SX_LANES_TARGET static void SX_LANES_NAME(multiply)(const double *T, size_t ld,
                                                    size_t count,
                                                    const double *f,
                                                    double *u) {
  for (size_t i = 0; i < count; i++) {
    u[i] = SX_LANES_NAME(dot)(count, T + i * ld, f);
  }
}

/* Pivot k's right-hand sides of one kind; returns what S_kk gets of them. */
SX_LANES_TARGET static double
SX_LANES_NAME(rhs_back)(const sx_rhs_bar *rhs, const double *row, int32_t k,
                        int32_t below, const double *f, double *s_bar) {
  double inverse = 1.0 / row[k];
  double total = rhs->det_bar * inverse;

  for (int32_t a = 0; a < rhs->columns; a++) {
    double *bar = rhs->bar + (size_t)a * (size_t)rhs->ld + k;
    double r = row[rhs->offset + a] * inverse;
    double along = SX_LANES_NAME(dot)((size_t)below, bar + 1, f);
    double squares = 0.0;

    for (int32_t b = 0; b < rhs->columns; b++) {
      squares +=
          rhs->gram_bar[a * rhs->gram_ld + b] * row[rhs->offset + b] * inverse;
    }
    for (int32_t i = 0; i < below; i++) {
      s_bar[i] -= bar[1 + i] * r;
    }
    bar[0] = 2.0 * squares - along;
    total += (along - squares) * r;
  }
  return total;
}

/*
 * The reverse of an elimination of `pivots` of `rows` rows: with s and d the
 * pivot row, f = s / d, and T the derivative by what was left of the matrix
 * (both triangles),
 *   s_bar = -2 T f - ...,   d_bar = f' T f + ...
 * leaves in T (rows, ld_T) the derivative by the matrix itself.
 */
SX_LANES_TARGET static void
SX_LANES_NAME(eliminate_adjoint)(const sx_block_bar *bar, const double *first,
                                 int32_t pivots) {
  double *f = bar->f, *u = bar->u;
  size_t ld_T = (size_t)bar->ld_T;

  for (int32_t k = pivots - 1; k >= 0; k--) {
    const double *row = first + (size_t)k * bar->ld;
    int32_t below = bar->rows - 1 - k;
    double *T = bar->T + (size_t)k * (ld_T + 1);
    double inverse = 1.0 / row[k];
    double pivot_bar;

    if (sx_interrupt_asked(bar->counter, (int64_t)below * below)) {
      return;
    }
    for (int32_t i = 0; i < below; i++) {
      f[i] = row[k + 1 + i] * inverse;
    }
    SX_LANES_NAME(multiply)(T + ld_T + 1, ld_T, (size_t)below, f, u);
    pivot_bar = SX_LANES_NAME(dot)((size_t)below, f, u);
    for (int32_t i = 0; i < below; i++) {
      u[i] *= -2.0;
    }
    for (int32_t kind = 0; kind < bar->kinds; kind++) {
      if (k < bar->rhs[kind].pivots) {
        pivot_bar +=
            SX_LANES_NAME(rhs_back)(&bar->rhs[kind], row, k, below, f, u);
      }
    }
    T[0] = pivot_bar;
    for (int32_t i = 0; i < below; i++) {
      T[1 + i] = 0.5 * u[i];
      T[(size_t)(1 + i) * ld_T] = 0.5 * u[i];
    }
  }
}
