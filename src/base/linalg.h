/* SPDX-License-Identifier: BSD-3-Clause */
/* Small dense linear algebra: LU and minimum-norm least squares. */
#ifndef SX_BASE_LINALG_H
#define SX_BASE_LINALG_H

#include "base/arena.h"
#include "base/interrupt.h"

/*
 * Gaussian elimination with partial pivoting (the order of LAPACK's dgetrf:
 * largest modulus, first of equals).
 *   a (n, n): row-major, in a, out its factors;  pivots (n,): output
 * Returns 0, or 1 + the index of the first pivot that is exactly zero. The
 * outputs are undefined then, and when `counter` is stopped.
 */
int sx_lu_factor(int32_t n, double *a, int32_t *pivots, sx_counter *counter);

/*
 * Solves a x = b with the factors of a. NaN and inf pass through to x.
 *   b (n,): in b, out x
 */
void sx_lu_solve(int32_t n, const double *a, const int32_t *pivots, double *b);

/* a . b; always in the same order of summation for the same n. */
double sx_dot(int64_t n, const double *a, const double *b);

/*
 * response_t = sum_j coef_j column_j[t]. Columns are pointers so that the lags
 * of a series are views into it, never copies. column(context, j) (rows,):
 * regressor j in [0, count), stable during a call
 */
typedef struct sx_regression {
  int64_t rows;
  int64_t count;
  const double *response; /* (rows,) */
  const double *(*column)(const void *context, int64_t j);
  const void *context;
  sx_counter *counter; /* asked during the work */
} sx_regression;

enum { SX_BLOCK_ROWS = 128 };

/* Workspace of sx_least_squares for regressions up to (rows, count). */
typedef struct sx_lstsq_work {
  double *triangle;  /* (count, count + 1) column-major: R and Q' response */
  double *block;     /* (block_rows, count + 1) column-major: rows in work */
  double *rows_of_r; /* (count, min(rows, count)) column-major: R' */
  double *tau;       /* (count,) reflector factors */
  double *scale;     /* (count,) column scales relative to the largest */
  double *vector;    /* (count,) */
  int32_t *exponent; /* (count,) column j is about 2^exponent_j */
  int32_t *pivot;    /* (count,) */
} sx_lstsq_work;

void sx_lstsq_layout(int64_t rows, int64_t count, sx_arena *arena,
                     sx_lstsq_work *work);

/*
 * Minimum-norm least squares, numpy.linalg.pinv(X, rcond=1e-15) @ response: the
 * singular values of X up to 1e-15 times the largest count as zero.
 *   coef (count,): output
 * SX_E_DATA if X is not finite (numpy: LinAlgError); SX_E_INTERRUPTED. Zero,
 * equal and dependent columns, more columns than rows, no rows at all and any
 * scale are valid.
 *
 * Unlike numpy, columns that are linearly dependent to rounding error of the
 * individual column (not of the largest one) are always recognised as such;
 * numpy keeps them when rounding leaves a singular value above the cutoff, and
 * then returns noise.
 */
sx_status sx_least_squares(const sx_regression *regression, sx_lstsq_work *work,
                           double *coef);

#endif
