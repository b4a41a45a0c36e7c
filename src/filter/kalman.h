/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The identical engine: statsmodels' conventional Kalman filter, structured.
 *
 * One period (Durbin & Koopman 2012, section 4.3.2; rounding and order of
 * operations as in statsmodels' _filters/_conventional.pyx):
 *
 *     v = y - (d + Z a),  M = P Z',  F = H + Z M,  s = 1 / F,  u = s v
 *     a+ = a + M u,  G = P (s Z)',  P+ = P - G M'
 *     a' = c + T a+,  P' = R Q R' + (T P+) T', averaged with its transpose
 *
 * Steady state (only without trend and exog): after an observed period t >= 1
 * whose predecessor was observed, if sum_ij (P_{t+1} - P_t)_ij^2 < tolerance,
 * then F stays F_t and, from period t + 2 on, P is P_t. A missing value ends
 * it.
 *
 * Singular periods: F < 1e-12 adds nothing to the likelihood and updates
 * nothing.
 */
#ifndef SX_FILTER_KALMAN_H
#define SX_FILTER_KALMAN_H

#include "filter/init.h"
#include "model/statespace.h"

/* Workspace of one covariance step (filter/kalman_step.h). */
typedef struct sx_step {
  size_t ld;                 /* row stride: k_states rounded up */
  double *m;                 /* (ld,) M = P Z' */
  double *gain;              /* (ld,) G = P (Z / F)' */
  double *rows;              /* (k_design, ld) rows of P of the design */
  double *filtered_rows;     /* (k_design, ld) the same of P+ */
  double *filtered_columns;  /* (k_design, ld) and its columns */
  const double *arma_row;    /* (ld,) row ARMA 0 of P+, of filtered_rows */
  const double *arma_column; /* (ld,) column ARMA 0, of filtered_columns */
  double *w_0;               /* (ld,) column ARMA 0 of T P+, ARMA rows */
  double *u, *v;             /* (k_special, ld) */
} sx_step;

/* The step's inner loops for one instruction set (filter/kalman_step.h). */
typedef struct sx_step_kernels {
  void (*gather)(const sx_statespace *, const double *P, const sx_step *);
  void (*observe)(const sx_statespace *, const sx_step *);
  void (*gain)(const sx_statespace *, double inverse, const sx_step *);
  void (*advance)(const sx_statespace *, const double *P, const sx_step *,
                  double *P_next);
  void (*mean)(const sx_statespace *, const double *m, double u,
               const double *state, double *next);
} sx_step_kernels;

typedef struct sx_kalman {
  const sx_model *model;
  const sx_step_kernels *kernels;
  sx_params params;
  sx_statespace statespace;
  sx_init init;
  sx_step step;
  double *state;      /* (k_states + 1,) a_t, then 0 */
  double *next_state; /* (k_states + 1,) */
  double *P;          /* (k_states + 1, ld) upper triangle of P_t, then 0 */
  double *P_next;     /* (k_states + 1, ld) */
} sx_kalman;

void sx_kalman_layout(const sx_model *model, sx_arena *arena,
                      sx_kalman *kalman);

/* Binds to the workspace, unpacks `params` and sets a_1, P_1. SX_E_LU. */
sx_status sx_kalman_start(const sx_model *model, const double *params,
                          void *work, size_t work_size, sx_kalman *kalman);

/* Runs over the series; leaves a_{n+1}, P_{n+1} in `kalman`. */
sx_status sx_kalman_filter(sx_kalman *kalman, const sx_series *series,
                           sx_filter_output *out);

/* mean = Z a, var = Z P Z' + H of the current state, before the obs intercept.
 */
void sx_kalman_observe(sx_kalman *kalman, double *mean, double *var);

/* a <- T a + c e, P <- T P T' + R Q R': prediction without an observation. */
void sx_kalman_predict(sx_kalman *kalman, double intercept);

#endif
