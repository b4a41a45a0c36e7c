/* SPDX-License-Identifier: BSD-3-Clause */
/* The reverse of what filter/block_lanes.h does for Pi, term by term. */
#include "filter/score.h"

#include "model/spec.h"

/* T[t,t+k] and T[t+k,t] together. */
static double cell_weight(int32_t k) { return k == 0 ? 1.0 : 2.0; }

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

/* K += ik f f' at `count` successive places. */
static void generator_back(sx_adjoint *adjoint, int32_t diff, int32_t seasonal,
                           int32_t count) {
  const sx_exact *exact = &adjoint->exact;
  const double *f = exact->generator;
  int32_t degree = sx_exact_kernels_of(exact->model->simd)
                       ->generator(exact, exact->in_z, diff, seasonal);
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
  if (!exact->in_z) {
    sx_score_generator(adjoint, diff, seasonal);
  }
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

/* Autocovariances of a stationary start. */
static void stationary_back(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;
  double *bar = exact->in_z ? adjoint->gamma_bar : adjoint->ma_gamma_bar;
  int32_t last = exact->in_z ? exact->c - 1 : exact->q;

  for (int32_t t = 0; t < exact->c; t++) {
    const double *row = T_row(adjoint, t) + t;

    for (int32_t k = 0; k < exact->c - t && k <= last; k++) {
      bar[k] += cell_weight(k) * row[k];
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
      double bar = cell_weight(k) * sums[k];

      adjoint->theta_bar[t - 1] += bar * theta[t - 1 + k];
      adjoint->theta_bar[t - 1 + k] += bar * theta[t - 1];
    }
  }
}

void sx_score_prior(sx_adjoint *adjoint) {
  const sx_exact *exact = &adjoint->exact;

  if (exact->stationary) {
    stationary_back(adjoint);
  } else {
    for (int32_t t = 0; t < exact->r; t++) {
      adjoint->ik_bar += T_row(adjoint, t)[t];
    }
    truncated_back(adjoint);
  }
  differences_back(adjoint);
}
