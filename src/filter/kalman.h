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

/* Vectors of one sx_forms. */
enum { SX_FORMS = 16 };

/* SX_FORMS vectors v of the states, of which only `support` is not zero. */
typedef struct sx_forms {
  int32_t count;
  const int32_t *support; /* (count,) states, ascending */
  const double *vectors;  /* (count, SX_FORMS), 32-byte aligned */
} sx_forms;

/* The step's inner loops for one instruction set (filter/kalman_step.h). */
typedef struct sx_step_kernels {
  void (*gather)(const sx_statespace *, const double *P, const sx_step *);
  void (*observe)(const sx_statespace *, const sx_step *);
  void (*gain)(const sx_statespace *, double inverse, const sx_step *);
  void (*advance)(const sx_statespace *, const double *P, const sx_step *,
                  double *P_next);
  void (*mean)(const sx_statespace *, const double *m, double u,
               const double *state, double *next);
  void (*forms)(const double *P, size_t ld, const sx_forms *, double *values);
} sx_step_kernels;

/*
 * What the filter has to know of the periods so far, beside the state: flat, as
 * it is kept in an sx_state. In the steady state F is `steady_cov`; `entering`:
 * P_tau is not yet in force and waits in P_next.
 */
typedef struct sx_past {
  int64_t nobs;
  int64_t nobs_skipped;
  int64_t observed;          /* from the burn on */
  double llf, squares;       /* sums from the burn on */
  int64_t previous_observed; /* the last period was */
  int64_t steady_period;     /* tau, or -1 */
  int64_t entering;
  double steady_cov;
} sx_past;

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
  sx_past past;
  int unscaled;            /* outputs stay as before a concentrated scale */
  size_t moving;           /* a state whose covariances still changed */
  double log_cov, inverse; /* of steady_cov */
} sx_kalman;

void sx_kalman_layout(const sx_model *model, sx_arena *arena,
                      sx_kalman *kalman);

/*
 * Takes the arrays from `arena` and unpacks `params`, which must outlive it.
 * SX_E_WORKSPACE; SX_E_INTERRUPTED, of `interrupt` (may be NULL).
 */
sx_status sx_kalman_bind(const sx_model *model, const double *params,
                         const sx_interrupt *interrupt, sx_arena *arena,
                         sx_kalman *kalman);

/* The same, and sets a_1, P_1. SX_E_LU. */
sx_status sx_kalman_start(const sx_model *model, const double *params,
                          const sx_interrupt *interrupt, sx_arena *arena,
                          sx_kalman *kalman);

/* Goes on after sx_kalman_bind, `past`, `state`, P and P_next being filled. */
void sx_kalman_resume(sx_kalman *kalman);

/*
 * Runs over the rows that follow those so far; `out` has the arrays of these
 * rows and the numbers of all. Leaves a_{n+1}, P_{n+1} in `kalman`.
 * SX_E_INTERRUPTED, SX_E_ARGUMENT and the warnings of sx_filter.
 */
sx_status sx_kalman_filter(sx_kalman *kalman, const sx_series *series,
                           sx_filter_output *out);

/* Z a of any state (k_states,): the forecast before the obs intercept. */
double sx_kalman_mean(const sx_kalman *kalman, const double *state);

/* F = Z P Z' + H; leaves M in the step. */
double sx_kalman_cov(const sx_kalman *kalman);

#endif
