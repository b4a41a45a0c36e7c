/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Gradient of the exact log-likelihood by its parameters, by the adjoint
 * method: one run forwards that keeps what it computed, one backwards through
 * all its steps, at a cost that does not depend on the number of parameters.
 * sx_score itself is public.
 */
#ifndef SX_FILTER_SCORE_H
#define SX_FILTER_SCORE_H

#include "filter/exact.h"

/* Derivatives by what a run of the recursion has left, then by its input. */
typedef struct sx_schur_bar {
  double *e_bar;     /* (columns, stride of the run) */
  double *g_bar;     /* (q + SX_SCHUR_PAD,) */
  double *L, *L_bar; /* (q + SX_SCHUR_PAD,), L going backwards with them */
  double *next_L, *next_L_bar;
  double F_bar;
  double *gamma_bar;      /* (q + 1,) is added to */
  const double *gram_bar; /* (columns, gram_ld), both triangles */
  double det_bar;         /* of log F_t */
  double *column;         /* (columns,) */
  int32_t *lags;          /* (q,) lags of the steady state */
  int32_t k_lags;
} sx_schur_bar;

/* Right-hand sides of an elimination that end in the same products. */
typedef struct sx_rhs_bar {
  int32_t columns;
  int32_t offset; /* in a row */
  int32_t pivots; /* the first so many rows count */
  int32_t ld;     /* elements from one column of `bar` to the next */
  double *bar;    /* (columns, ld) */
  const double *gram_bar;
  int32_t gram_ld;
  double det_bar;
} sx_rhs_bar;

typedef struct sx_block_bar {
  int32_t rows;
  size_t ld; /* of the eliminated rows */
  double *T; /* (rows, ld_T) */
  int32_t ld_T;
  double *f, *u; /* (rows,) */
  int32_t kinds;
  sx_rhs_bar rhs[2];
  sx_counter *counter;
} sx_block_bar;

/* One evaluation: the run forwards and the derivatives that come back. */
typedef struct sx_adjoint {
  sx_exact exact;
  sx_exact_result result;
  sx_schur_bar num, den;
  double *num_gram_bar, *den_gram_bar; /* (columns, columns) */
  double *T;                           /* (c, c) of Pi */
  double *near_T;        /* (h, h) of the burned periods' last rows */
  double *f, *u;         /* (c,) */
  double *e_rhs;         /* (columns, c) right-hand sides by time */
  double *x_rhs;         /* the same of the burned periods */
  double *phi_bar;       /* (r + 2,) of 1, -phi_1, ... */
  double *theta_bar;     /* (r + 2,) of 1, theta_1, ... */
  double *gamma_bar;     /* (c,) of autocov.gamma */
  double *ma_gamma_bar;  /* (q + 1,) */
  double *generator_bar; /* (kd + p + 1,) */
  double *sums;          /* (max(c, r) + 2,) diagonal sums */
  double *known_bar;     /* (h, h) of R */
  double *first_bar;     /* (c,) of phi(B) z, by time */
  double *first_z_bar;   /* (c,) of z itself, by time */
  double *state_bar;     /* (r,) of the initial state's mean */
  double *z_bar;         /* (nobs,) with exog */
  double ik_bar;
  sx_autocov_bar autocov;
} sx_adjoint;

/*
 * The first block backwards (score_block.c): its last h rows, to what the runs
 * know of them; then the others, to T and the right-hand sides.
 */
void sx_score_near(sx_adjoint *adjoint);
void sx_score_far(sx_adjoint *adjoint);

/*
 * Derivatives by phi, theta, kappa / sigma2 and gamma from T, that by Pi
 * (score_prior.c). Those of the generators: sx_score_generator.
 */
void sx_score_prior(sx_adjoint *adjoint);

/*
 * From generator_bar, of phi(B) (1 - B)^diff (1 - B^s)^seasonal up to its
 * degree, to phi_bar; destroys it.
 */
void sx_score_generator(sx_adjoint *adjoint, int32_t diff, int32_t seasonal);

#endif
