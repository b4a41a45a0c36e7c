/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state and disturbance smoother (sarimax_c_statespace.h). Backwards in
 * time (Durbin & Koopman 2012, sections 4.4, 4.5 and 4.7):
 *
 *     L = T - K Z,  u = v / F - K' r,  r <- Z' v / F + L' r,
 *     N <- Z' Z / F + L' N L
 *     E(a_t | Y) = a_t + P_t r,  V_t = P_t - P_t N P_t
 *     Cov(a_{t+1}, a_t | Y) = (I - P_{t+1} N_t) L_t P_t
 *     eps = H u,  eta = Q R' r_t,  and their variances
 *
 * Where the transition only moves a state on, a_{t+1,i} = a_{t,j} + c_i, the
 * mean of j, and its columns of V_t and of the autocovariance, are those of i
 * at t + 1: only the other states cost products with P and N.
 */
#ifndef SX_FILTER_SMOOTH_H
#define SX_FILTER_SMOOTH_H

#include "filter/general.h"

/* States first, .., first + count - 1 are moved on to `target` and so on. */
typedef struct sx_moved_run {
  int32_t first, count, target;
} sx_moved_run;

typedef struct sx_smooth {
  const sx_system *system;
  const sx_system_passed *passed;
  sx_system_smoothed *out;
  const sx_sparse_kernels *kernels;
  size_t m, r;
  int64_t t;
  sx_period period;
  double *estimator, *next_estimator; /* (m,) r of this period and the next */
  double *N, *N_next;                 /* (m, m) columns */
  double *V, *V_next;                 /* (m, m) where the output has none */
  const double *V_of_next;            /* (m, m) V_{t+1} */
  sx_row *L_columns;                  /* (m,) columns of L, rows of L' */
  double *L_cells;                    /* (m, m) those that Z changes */
  int32_t *every;                     /* (m,) 0, 1, .. m - 1 */
  sx_row *identity, *zero;            /* (m,) columns of I and of 0 */
  int32_t *moved_to; /* (m,) the i with a_{t+1,i} = a_{t,j} + c_i, or -1 */
  int32_t k_others, k_runs;
  int32_t *others;                  /* (m,) states that are not moved on */
  sx_moved_run *runs;               /* (m,) those that are, in runs */
  const double *state_of_next;      /* (m,) E(a_{t+1} | Y) */
  const double **pointers;          /* (m,) rows or columns of N */
  const double **P_columns;         /* (m,) of P_t */
  const double **next_columns;      /* (m,) of P_{t+1} */
  double *vector, *product, *other; /* (m,) */
  double *gain;                     /* (m,) K of this period */
  double error;                     /* u of this period */
  double *selected;                 /* (m, r) columns of R Q */
  sx_sandwich_work sandwich;
  /* exact diffuse periods */
  double *estimator_inf, *next_estimator_inf; /* (m,) */
  double *N1, *N2;                            /* (m, m) columns */
  double *cells;                              /* (m, m) */
  sx_row *L1_columns;                         /* (m,) */
  double *L1_cells;                           /* (m, m) */
  double *K0, *K1;                            /* (m,) */
} sx_smooth;

void sx_smooth_diffuse_layout(const sx_system *system, sx_arena *arena,
                              sx_smooth *run);

/* Start of the diffuse periods, seen from the end of the series. */
void sx_smooth_diffuse_start(sx_smooth *run);

/* One diffuse period: everything but the state disturbances. */
void sx_smooth_diffuse(sx_smooth *run);

/* The columns of A - K Z from K (m,) and those of A. */
void sx_smooth_columns(const sx_smooth *run, const sx_row *a, const double *K,
                       sx_row *columns, double *cells);

/* P_t of the filter. */
const double *sx_smooth_cov_of(const sx_smooth *run, int64_t t);

/* pointers[i] = cells + i * m */
void sx_smooth_point(size_t m, const double *cells, const double **pointers);

/* target = L' vector */
void sx_smooth_times(const sx_row *columns, const double *vector, size_t m,
                     double *target);

/* target (m, m) += value Z' Z */
void sx_smooth_add_design(const sx_smooth *run, double value, double *target);

/* The dense columns of a period's L go to innovations_transition. */
void sx_smooth_write_transition(const sx_smooth *run, const sx_row *columns);

#endif
