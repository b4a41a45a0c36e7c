/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The filter of any state space model (sarimax_c_statespace.h): what its time
 * loop (general.c) and its exact diffuse periods (general_diffuse.c) share.
 */
#ifndef SX_FILTER_GENERAL_H
#define SX_FILTER_GENERAL_H

#include "filter/sparse.h"
#include "sarimax_c_statespace.h"

/* statsmodels' tolerance_diffuse: what counts as zero where it is univariate */
#define SX_TOLERANCE_DIFFUSE 1e-10

/* The matrices of one period, and what of them is not zero. */
typedef struct sx_period {
  const double *design;
  double obs_intercept, obs_cov;
  const double *state_intercept;
  const double *state_cov; /* (r, r) */
  int32_t k_design;
  int32_t *support; /* (m,) states with a design that is not zero */
  sx_sparse transition;
  sx_sparse transposed; /* the smoother's: of the transition */
  sx_sparse selection;
} sx_period;

typedef struct sx_general {
  const sx_system *system;
  sx_system_filtered *out;
  const sx_sparse_kernels *kernels;
  size_t m;
  sx_period period;
  double *state, *filtered, *next_state; /* (m,) */
  double *covs[2];                       /* (m, m) each: P and P_next */
  const double *P;      /* of this period: one of covs, or steady */
  const double *P_rows; /* the same but for the start, which may not be
                           symmetric to the last digit */
  double *P_next;
  double *selected;               /* (m, r) R Q, row-major */
  double *selected_cov;           /* (m, m) R Q R' */
  double *tmp1, *G;               /* (m,) P Z', P (Z / F)' */
  double *gain;                   /* (m,) T G; G where univariate */
  double *cells;                  /* (m, m) rows of P+ */
  const double **filtered_rows;   /* (m,) */
  double *diffuse, *diffuse_next; /* (m, m) columns of P_inf */
  double *diffuse_cells;          /* (m, m) */
  double *M_inf, *K0, *K1;        /* (m,) */
  sx_sandwich_work sandwich;
  double f, v, F, log_F;
  int64_t t;
  int missing, in_diffuse, singular, was_singular;
  int time_invariant, forgets_steady, converged;
  double *steady;                /* (m, m) P of the period that converged */
  const double *steady_filtered; /* its P+ in the output, or NULL */
} sx_general;

void sx_period_layout(const sx_system *system, sx_arena *arena,
                      sx_period *period);

/* Looks up period t; what does not vary is scanned if `first` only. */
void sx_period_load(const sx_system *system, int64_t t, int first,
                    sx_period *period);

/* Whether there may be a steady state: all periods have the same matrices. */
int sx_period_is_constant(const sx_system *system);

/*
 * Whether no period takes the steady state over from the one before it, though
 * the filter says that it was reached: univariate, with values missing.
 */
int sx_period_is_forgotten(const sx_system *system);

/*
 * Whether an observation of variance F is skipped. statsmodels leaves its
 * conventional filter below 1e-12 (_inversions.pyx).
 */
static inline int sx_period_is_singular(const sx_system *system, double F) {
  return system->univariate ? !(F > SX_TOLERANCE_DIFFUSE) : F < 1e-12;
}

/* Z x. */
double sx_period_dot(const sx_period *period, const double *vector);

/* Z M, in the order of summation of OpenBLAS's kernels. */
double sx_period_cov(const sx_period *period, size_t m, const double *vector);

/* target = X Z' from the columns of X. */
void sx_period_project(const sx_period *period, const double *columns, size_t m,
                       double *target);

/* Where period t of an output goes; NULL if it is not wanted. */
static inline double *sx_record_at(sx_record record, int64_t t) {
  return record.data == NULL ? NULL : record.data + t * record.step;
}

static inline void sx_record_number(sx_record record, int64_t t, double value) {
  if (record.data != NULL) {
    record.data[t * record.step] = value;
  }
}

void sx_record_vector(sx_record record, int64_t t, const double *values,
                      size_t count);

/* values * factor */
void sx_record_scaled(sx_record record, int64_t t, const double *values,
                      double factor, size_t count);

/* ---- exact diffuse periods (general_diffuse.c) ---- */

/* Whether this period, which follows diffuse ones only, is one too. */
int sx_general_is_diffuse(const sx_general *run);

/* Update of an observed diffuse period: rows of P+, filtered state, P_inf+. */
void sx_general_update_diffuse(sx_general *run);

/* diffuse_next = T P_inf+ T'. */
void sx_general_predict_diffuse(sx_general *run);

#endif
