/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backward recursions of the fixed-interval smoother (Durbin & Koopman 2012,
 * section 4.4). With M = P Z', L = T - T M Z / F,
 *
 *   r_{t-1} = Z' v / F + L' r_t,        N_{t-1} = Z' Z / F + L' N_t L
 *   E(Z a_t | all) = Z a_t + M' r_{t-1},  var = Z P Z' - M' N_{t-1} M
 *
 * A period is two steps: first s = T' r_t and S = T' N_t T, which is all where
 * nothing was observed; then, with q = S M,
 *
 *   r_{t-1} = s + Z' (v - M' s) / F
 *   N_{t-1} = S - (Z' q' + q Z) / F + Z' Z (1 + M' q / F) / F
 *
 * T has at most one copied row a source, so that T' moves whole rows.
 */
#ifndef SX_PREDICT_BACKWARD_H
#define SX_PREDICT_BACKWARD_H

#include "model/statespace.h"

typedef struct sx_backward {
  size_t k_states, ld;
  int has_cov;
  double *r, *next_r; /* (k_states + 1,) */
  double *N, *next_N; /* (k_states + 1, ld), only if has_cov */
  double *q;          /* (ld,) */
} sx_backward;

void sx_backward_layout(const sx_model *model, int has_cov, sx_arena *arena,
                        sx_backward *backward);

/* After the last observation: nothing is known from later ones. */
void sx_backward_start(sx_backward *backward);

/* r <- T' r, N <- T' N T. */
void sx_backward_advance(const sx_statespace *statespace,
                         sx_backward *backward);

/* The update by an observation: m (k_states,) = M, inverse = 1 / F. */
void sx_backward_observe(const sx_statespace *statespace, const double *m,
                         double error, double inverse, sx_backward *backward);

/* M' r, and M' N M. */
double sx_backward_mean(const sx_backward *backward, const double *m);
double sx_backward_cov(sx_backward *backward, const double *m);

#endif
