/* SPDX-License-Identifier: BSD-3-Clause */
/* The reverse of the first block's elimination, of R and of Phi^-1. */
#include "filter/score.h"

static void clear(double *values, size_t count) {
  memset(values, 0, count * sizeof(double));
}

static sx_rhs_bar rhs_bar(const sx_exact *exact, const sx_schur_bar *bar,
                          int32_t columns, double *rhs) {
  sx_rhs_bar kind = {.columns = columns,
                     .ld = exact->c,
                     .bar = rhs,
                     .gram_bar = bar->gram_bar,
                     .gram_ld = exact->columns,
                     .det_bar = bar->det_bar};

  return kind;
}

/* The last h rows of all periods, then those of the burn. */
static void near_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  const sx_exact_kernels *kernels = sx_exact_kernels_of(exact->model->simd);
  int32_t far = exact->c - exact->h, h = exact->h;
  sx_block_bar block = {.rows = h,
                        .ld = exact->ld,
                        .T = adjoint->T + (size_t)far * (size_t)(exact->c + 1),
                        .ld_T = exact->c,
                        .f = adjoint->f,
                        .u = adjoint->u,
                        .kinds = 1,
                        .counter = &adjoint->exact.counter};
  int64_t rows = exact->burn > exact->c ? h : exact->burn - far;

  block.rhs[0] =
      rhs_bar(exact, &adjoint->num, exact->columns, adjoint->e_rhs + far);
  block.rhs[0].offset = h;
  block.rhs[0].pivots = h;
  kernels->eliminate_adjoint(&block,
                             exact->block + (size_t)far * (exact->ld + 1), h);
  if (rows <= 0) {
    return;
  }
  block.rows = (int32_t)rows;
  block.ld = (size_t)h + (size_t)exact->columns;
  block.T = adjoint->near_T;
  block.ld_T = h;
  block.rhs[0] =
      rhs_bar(exact, &adjoint->den, exact->den_columns, adjoint->x_rhs + far);
  block.rhs[0].offset = h;
  block.rhs[0].pivots = block.rows;
  kernels->eliminate_adjoint(&block, exact->near, block.rows);
}

/* The first c - h rows, which both share; T and right-hand sides complete. */
static void far_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  const sx_exact_kernels *kernels = sx_exact_kernels_of(exact->model->simd);
  int32_t c = exact->c, h = exact->h, far = c - h;
  sx_block_bar block = {.rows = c,
                        .ld = exact->ld,
                        .T = adjoint->T,
                        .ld_T = c,
                        .f = adjoint->f,
                        .u = adjoint->u,
                        .kinds = 2,
                        .counter = &adjoint->exact.counter};

  for (int32_t i = 0; i < h; i++) {
    double *row = adjoint->T + (size_t)(far + i) * (size_t)c + far;

    for (int32_t j = 0; j < h; j++) {
      row[j] += adjoint->near_T[i * h + j];
    }
  }
  block.rhs[0] = rhs_bar(exact, &adjoint->num, exact->columns, adjoint->e_rhs);
  block.rhs[0].offset = c;
  block.rhs[0].pivots = far;
  block.rhs[1] =
      rhs_bar(exact, &adjoint->den, exact->den_columns, adjoint->x_rhs);
  block.rhs[1].offset = c + exact->columns;
  block.rhs[1].pivots = exact->burn < far ? (int32_t)exact->burn : far;
  kernels->eliminate_adjoint(&block, exact->block, far);
}

/* w <- Phi^-T w by rows, the last first. */
static void unfilter_back(const sx_exact *exact, double *rows, size_t ld,
                          int32_t count, int32_t width) {
  for (int32_t t = count - 1; t >= 0; t--) {
    const double *row = rows + (size_t)t * ld;

    for (int32_t j = 1; j < exact->k_lags && exact->lags[j] <= t; j++) {
      double *before = rows + (size_t)(t - exact->lags[j]) * ld;
      double coef = exact->phi[exact->lags[j]];

      for (int32_t k = 0; k < width; k++) {
        before[k] -= coef * row[k];
      }
    }
  }
}

/* Rows of values, in time. */
typedef struct rows {
  const double *first;
  size_t ld;
  int32_t count, width;
} rows;

/* phi_bar of `sign` products Phi^-1 w, from A = Phi^-T w_bar and their value.
 */
static void filter_bar(sx_adjoint *adjoint, const double *A, rows value,
                       double sign) {
  const sx_exact *exact = &adjoint->exact;

  for (int32_t j = 1; j < exact->k_lags; j++) {
    int32_t lag = exact->lags[j];
    double sum = 0.0;

    for (int32_t t = 0; t + lag < value.count; t++) {
      for (int32_t k = 0; k < value.width; k++) {
        sum += A[(t + lag) * value.width + k] *
               value.first[(size_t)t * value.ld + (size_t)k];
      }
    }
    adjoint->phi_bar[lag] -= sign * sum;
  }
}

/* known_bar from that of Phi^-1 R Phi^-T. */
static void known_from_z(sx_adjoint *adjoint, const sx_schur *schur) {
  const sx_exact *exact = &adjoint->exact;
  double *bar = adjoint->known_bar;
  int32_t h = exact->h;

  unfilter_back(exact, bar, (size_t)h, h, h);
  filter_bar(adjoint, bar, (rows){schur->known, (size_t)h, h, h}, -2.0);
  for (int32_t i = 0; i < h; i++) {
    for (int32_t j = 0; j < i; j++) {
      double cell = bar[i * h + j];

      bar[i * h + j] = bar[j * h + i];
      bar[j * h + i] = cell;
    }
  }
  unfilter_back(exact, bar, (size_t)h, h, h);
}

/*
 * R = sum over the diagonals of (g g' - L L') / F, subtracted from the last h
 * rows: from T there to g, L and F.
 */
static void known_back(sx_adjoint *adjoint, const double *T, size_t ld,
                       const sx_schur *schur, sx_schur_bar *bar) {
  const sx_exact *exact = &adjoint->exact;
  double inverse = 1.0 / schur->F[0];
  double *sums = adjoint->sums;
  int32_t h = exact->h, q = exact->q;

  for (int32_t i = 0; i < h; i++) {
    for (int32_t j = 0; j < h; j++) {
      adjoint->known_bar[i * h + j] = -T[(size_t)i * ld + (size_t)j];
    }
  }
  if (exact->in_z) {
    known_from_z(adjoint, schur);
  }
  clear(sums, (size_t)h);
  for (int32_t i = 0; i < q && h > 0; i++) {
    for (int32_t k = 0; k < h && i + k < q; k++) {
      int32_t j = i + k;
      double both = k == 0 ? 1.0 : 2.0;
      double scaled, by_F;

      if (j < h) {
        sums[k] += both * adjoint->known_bar[(h - 1 - j) * h + (h - 1 - i)];
      }
      scaled = sums[k] * inverse;
      by_F = schur->g[i] * schur->g[j] - schur->L[i] * schur->L[j];
      bar->g_bar[i] += scaled * schur->g[j];
      bar->g_bar[j] += scaled * schur->g[i];
      bar->L_bar[i] -= scaled * schur->L[j];
      bar->L_bar[j] -= scaled * schur->L[i];
      bar->F_bar -= scaled * by_F * inverse;
    }
  }
}

/* Right-hand sides from z to x: the reverse of rhs_to_z. */
static void rhs_from_z(sx_adjoint *adjoint, double *rhs, int32_t columns,
                       int32_t offset) {
  const sx_exact *exact = &adjoint->exact;
  size_t ld = 2 * (size_t)exact->columns;
  int32_t c = exact->c;

  for (int32_t t = 0; t < c; t++) {
    adjoint->first_z_bar[t] += rhs[t];
  }
  for (int32_t a = 0; a < columns; a++) {
    double *column = rhs + (size_t)a * (size_t)c;

    unfilter_back(exact, column, 1, c, 1);
    filter_bar(adjoint, column, (rows){exact->shift + offset + a, ld, c, 1},
               a == 0 ? -1.0 : 1.0);
  }
  for (int32_t t = 0; t < c; t++) {
    adjoint->first_bar[t] -= rhs[t];
  }
}

void sx_score_near(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  size_t c = (size_t)exact->c, far = c - (size_t)exact->h;

  near_back(adjoint);
  known_back(adjoint, adjoint->T + far * (c + 1), c, &exact->num,
             &adjoint->num);
  if (exact->burn > exact->c) {
    known_back(adjoint, adjoint->near_T, (size_t)exact->h, &exact->den,
               &adjoint->den);
  }
}

void sx_score_far(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;

  far_back(adjoint);
  if (exact->in_z) {
    rhs_from_z(adjoint, adjoint->e_rhs, exact->columns, 0);
    rhs_from_z(adjoint, adjoint->x_rhs, exact->den_columns, exact->columns);
  }
}
