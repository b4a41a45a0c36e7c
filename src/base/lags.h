/* SPDX-License-Identifier: BSD-3-Clause */
/* Regression of a series on its own lags, the fast way. */
#ifndef SX_BASE_LAGS_H
#define SX_BASE_LAGS_H

#include "base/arena.h"
#include "base/interrupt.h"

typedef struct sx_lag_work {
  double *matrix; /* (count, count) */
  double *vector; /* (count,) */
  double *left;   /* (rows,) */
} sx_lag_work;

void sx_lag_layout(int64_t rows, int64_t count, sx_arena *arena,
                   sx_lag_work *work);

/*
 * Least squares of y_t on y_{t-1}, ..., y_{t-count}, t = 0..rows-1; y has count
 * values before y[0]. From the normal equations, whose matrix is had in
 * O(count (rows + count)) from
 *
 *   G[i+1,j+1] = G[i,j] + y_{-2-i} y_{-2-j} - y_{rows-2-i} y_{rows-2-j}
 *
 * (i, j from 0), and corrected by the residuals until it is the solution of a
 * QR factorisation to rounding error (Bjorck 1987, Linear Algebra Appl. 88).
 *   coef (count,): output
 * Returns 0; or non-zero, with nothing in coef, where it cannot vouch for that:
 * nearly dependent lags, fewer rows than lags, extreme or non-finite values, or
 * `counter` stopped.
 */
int sx_lag_regression(const double *y, int64_t rows, int64_t count,
                      sx_lag_work *work, double *coef, sx_counter *counter);

#endif
