/* SPDX-License-Identifier: BSD-3-Clause */
/* The reverse of what filter/block_lanes.h does for Pi, term by term. */
#include "filter/score.h"

#include "model/spec.h"

/* T[i,j] and T[j,i] of a cell of the upper triangle together. */
static double cell_weight(int32_t i, int32_t j) { return i == j ? 1.0 : 2.0; }

static const double *T_row(const sx_adjoint *adjoint, int32_t i) {
  return adjoint->T + (size_t)i * (size_t)adjoint->exact.c;
}

/* ---- differences ---- */

void sx_score_generator(sx_adjoint *adjoint, int32_t diff, int32_t seasonal) {
  const sx_exact *exact = &adjoint->exact;
  double *bar = adjoint->generator_bar;
  int32_t s = exact->model->spec.periods;
  int32_t degree = exact->p + diff + s * seasonal;

  for (int32_t k = 0; k < diff + seasonal; k++) {
    int32_t lag = k < diff ? 1 : s;

    for (int32_t i = 0; i + lag <= degree; i++) {
      bar[i] -= bar[i + lag];
    }
    degree -= lag;
  }
  for (int32_t i = 0; i <= exact->p; i++) {
    adjoint->phi_bar[i] += bar[i];
  }
}

/* generator = phi(B) (1 - B)^diff (1 - B^s)^seasonal; its degree. */
static int32_t make_generator(const sx_exact *exact, int32_t diff,
                              int32_t seasonal) {
  double *f = exact->generator;
  int32_t degree = exact->p;

  for (int32_t i = 0; i <= exact->kd + exact->p; i++) {
    f[i] = i <= exact->p ? exact->phi[i] : 0.0;
  }
  for (int32_t k = 0; k < diff + seasonal; k++) {
    int32_t lag = k < diff ? 1 : exact->model->spec.periods;

    degree += lag;
    for (int32_t i = degree; i >= lag; i--) {
      f[i] -= f[i - lag];
    }
  }
  return degree;
}

/* K += ik f f' at `count` successive places. */
static void generator_back(sx_adjoint *adjoint, int32_t diff, int32_t seasonal,
                           int32_t count) {
  const sx_exact *exact = &adjoint->exact;
  const double *f = exact->generator;
  int32_t degree = make_generator(exact, diff, seasonal);
  double total = 0.0;

  for (int32_t a = 0; a <= degree; a++) {
    adjoint->generator_bar[a] = 0.0;
  }
  for (int32_t b = 0; b <= degree; b++) {
    if (f[b] == 0.0) {
      continue;
    }
    for (int32_t k = 0; k < count; k++) {
      const double *row = T_row(adjoint, b + k) + k;

      for (int32_t a = 0; a <= degree; a++) {
        adjoint->generator_bar[a] += row[a] * f[b];
      }
    }
  }
  for (int32_t a = 0; a <= degree; a++) {
    total += adjoint->generator_bar[a] * f[a];
    adjoint->generator_bar[a] *= 2.0 * exact->ik[0];
  }
  adjoint->ik_bar += total;
  sx_score_generator(adjoint, diff, seasonal);
}

static void differences_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;

  for (int32_t k = 0; k < exact->diff; k++) {
    generator_back(adjoint, exact->diff - 1 - k, exact->seasonal_diff, 1);
  }
  for (int32_t b = 0; b < exact->seasonal_diff; b++) {
    generator_back(adjoint, 0, exact->seasonal_diff - 1 - b,
                   exact->model->spec.periods);
  }
}

/* ---- the ARMA states ---- */

/* gamma of a pure moving average. */
static void moving_average_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;

  for (int32_t t = 0; t < exact->c; t++) {
    const double *row = T_row(adjoint, t) + t;

    for (int32_t k = 0; k < exact->c - t && k <= exact->q; k++) {
      adjoint->ma_gamma_bar[k] += cell_weight(0, k) * row[k];
    }
  }
}

/* G: T is summed up along the diagonals, from the last row. */
static void truncated_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  const double *theta = exact->theta;
  double *sums = adjoint->sums;
  int32_t c = exact->c;

  for (int32_t k = 0; k < c; k++) {
    sums[k] = 0.0;
  }
  for (int32_t t = c - 1; t >= 1; t--) {
    const double *row = T_row(adjoint, t) + t;

    for (int32_t k = 0; k < c - t; k++) {
      sums[k] += row[k];
    }
    for (int32_t k = 0; t - 1 + k <= exact->q && k < c - t; k++) {
      double bar = cell_weight(0, k) * sums[k];

      adjoint->theta_bar[t - 1] += bar * theta[t - 1 + k];
      adjoint->theta_bar[t - 1 + k] += bar * theta[t - 1];
    }
  }
}

/* P_arma's cells (i, j), i >= 1: see add_stationary in filter/block_lanes.h. */
static void stationary_cell_back(sx_adjoint *adjoint, int32_t i, int32_t j,
                                 double bar) {
  const double *theta = adjoint->exact.theta, *phi = adjoint->exact.phi;
  const double *x = adjoint->exact.gamma;
  double *phi_bar = adjoint->phi_bar, *x_bar = adjoint->gamma_bar;

  adjoint->theta_bar[i] += bar * theta[j];
  adjoint->theta_bar[j] += bar * theta[i];
  phi_bar[i + 1] += bar * (phi[j + 1] * x[0] - x[j + 1]);
  phi_bar[j + 1] += bar * (phi[i + 1] * x[0] - x[i + 1]);
  x_bar[0] += bar * phi[i + 1] * phi[j + 1];
  x_bar[j + 1] -= bar * phi[i + 1];
  x_bar[i + 1] -= bar * phi[j + 1];
}

/* From the first row x_j = gamma_j - sum_i phi_i gamma_{j-i} to gamma. */
static void first_row_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  const double *gamma = exact->autocov.gamma;
  double *bar = adjoint->gamma_bar;

  for (int32_t j = 0; j < exact->r; j++) {
    for (int32_t k = 1; k < exact->k_lags && exact->lags[k] <= j; k++) {
      int32_t lag = exact->lags[k];

      adjoint->phi_bar[lag] += bar[j] * gamma[j - lag];
      bar[j - lag] += bar[j] * exact->phi[lag];
    }
  }
}

static void stationary_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  int32_t r = exact->r, c = exact->c;
  double *sums = adjoint->sums;

  for (int32_t j = 0; j < r && j < c; j++) {
    adjoint->gamma_bar[j] += cell_weight(0, j) * T_row(adjoint, 0)[j];
  }
  for (int32_t k = 0; k < r; k++) {
    sums[k] = 0.0;
  }
  for (int32_t i = 1; i < r; i++) {
    for (int32_t j = i; j < r; j++) {
      sums[j - i] += i < c && j < c ? T_row(adjoint, i)[j] : 0.0;
      stationary_cell_back(adjoint, i, j, cell_weight(i, j) * sums[j - i]);
    }
  }
  first_row_back(adjoint);
}

void sx_score_prior(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;

  if (exact->stationary && exact->p == 0) {
    moving_average_back(adjoint);
  } else if (exact->stationary) {
    stationary_back(adjoint);
    truncated_back(adjoint);
  } else {
    for (int32_t t = 0; t < exact->r; t++) {
      adjoint->ik_bar += T_row(adjoint, t)[t];
    }
    truncated_back(adjoint);
  }
  differences_back(adjoint);
}
