/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Innovations of a moving average, by Schur's algorithm in forecast
 * coordinates (Chandrasekhar recursion: Morf, Sidhu & Kailath 1974; Pearlman
 * 1980; Melard 1984, AS 197).
 *
 * x_t = theta(B) eps_t, var eps = 1, in the order of processing t = 0, 1, ...:
 *
 *   F_t    = var(x_t | x_0..x_{t-1}),       v_t = x_t - E(x_t | ...)
 *   g_t[i] = cov(x_{t+1+i}, x_t | x_0..x_{t-1}),              0 <= i < q
 *   Sigma_t[i,j] = cov(x_{t+i}, x_{t+j} | x_0..x_{t-1})
 *
 * The stationary start makes the change of Sigma of rank one, for ever:
 * Sigma_{t+1} - Sigma_t = -L_t L_t' / F_t. With g_0[i] = L_0[i] = gamma_{i+1},
 * F_0 = gamma_0 and L[q] = 0, a step is
 *
 *   rho = L[0] / F               (the partial autocorrelation of lag t + 1)
 *   e[t+1+i] -= (v / F) g[i]     (e starts as x and ends as v)
 *   l = L[i+1];   L'[i] = l - rho g[i];   g'[i] = g[i] - rho l
 *   F' = F - rho L[0]
 *
 * 3 q multiply-adds, where a Kalman filter updates a matrix. Sigma itself is
 * had at any t from R = Gamma - Sigma_t (x_{t+i} with i >= q is uncorrelated
 * with what was seen):
 *
 *   R[i,j] = R[i+1,j+1] + (g[i] g[j] - L[i] L[j]) / F
 *
 * Why callers run it backwards in time: a Gaussian stationary process has the
 * same law in both directions, and the values that statsmodels' diffuse states
 * disturb are the first ones. Backwards they come last, where R and e are at
 * hand as their covariance and mean given all the others.
 *
 * Lanes whose series are of different lengths end together: a shorter one holds
 * its start until its first value. What is done in turns or in portions is
 * counted from the end, so that it is the same for a series alone.
 *
 * Once |rho| has stayed below a threshold for q steps, g and F no longer change
 * and v_t = e_t - sum_j (g[j-1] / F) v_{t-j} is all that is left to do.
 */
#ifndef SX_FILTER_SCHUR_H
#define SX_FILTER_SCHUR_H

#include "base/arena.h"
#include "base/interrupt.h"
#include "base/vector.h"

enum {
  SX_SCHUR_CHECK = 16, /* steps between two looks at the steady state */
  SX_SCHUR_PAD = 8     /* elements that whole-vector loops may touch */
};

/* All arrays in lanes (base/vector.h); an element is one number per lane. */
typedef struct sx_schur {
  int32_t q;
  int32_t columns; /* column 0 = data, the others see the same filter */
  int64_t steps;
  size_t stride;   /* elements from one column of e to the next */
  double *e;       /* (columns, stride): x on input, then v and, after `steps`
                      elements, what is left of those not processed */
  double *L, *g;   /* (q + SX_SCHUR_PAD,) each, zero from q on */
  double *F;       /* (1,) */
  double *inverse; /* (steps + 1,) 1 / F_t, up to `settled` */
  int64_t settled; /* from here on F is what it is at the end */
  double *coef;    /* (q,) g / F of the steady state */
  double *known;   /* (h, h) -Phi^-1 R Phi^-T by time, in z */
  int32_t gram_ld;
  double *gram;    /* (columns, gram_ld) upper: sum_t v_t v_t' / F_t */
  int32_t *lags;   /* (q,) of the steady state */
  double *history; /* (steps, history_ld) g_t, zeros from q on; or NULL if not
                      wanted. One lane only */
  size_t history_ld;
  double *rho;          /* (steps,) rho_t, with history */
  const double *shared; /* (steps, shared_ld) the history of a run of one lane
                           with the same gamma, zeros from q on; for replays */
  size_t shared_ld;
  double *loss; /* (2,) of the first block: sums of diagonal / pivot, and of
                   that times squares of the data's right-hand side */
  sx_counter *counter;
  int64_t delay[SX_MAX_LANES];  /* steps before each lane begins: its e is 0 */
  int64_t held;                 /* the longest delay, at most `steps` */
  int64_t steady[SX_MAX_LANES]; /* first step of the steady state, or steps */
  sx_log_product det[SX_MAX_LANES]; /* of the F_t */
} sx_schur;

#endif
