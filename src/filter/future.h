/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the observations say of the periods after them, from a run of the exact
 * engine with unknowns u: the y of gaps, and x_{n+1}..x_{n+m}, m = min(steps,
 * q*). Given the data,
 *
 *   u ~ N(-M^-1 b, sigma2 M^-1)
 *
 * with M and b as in filter/exact.h; x_{n+i} of i > q* depends on nothing that
 * was observed. With pi(B) = phi(B) (1 - B)^d (1 - B^s)^D, pi(B) y = x gives
 *
 *   y_{n+h} - E y_{n+h} = l_h' (u - E u) + (shocks that no unknown holds)
 *
 * l_h[i] = psi_{h-i} for x_{n+i}, psi(B) = 1 / pi(B), and for a gap what the
 * recursion makes of one unit there. The shocks eps_{n+i} enter y_{n+h} with
 * zeta_{h-i}, zeta(B) = theta(B) / pi(B); the part of it that goes through x up
 * to n + m is a_i, and is in l_h' M^-1 l_h already:
 *
 *   var_h / sigma2 = l_h' M^-1 l_h + sum_{i<=h} zeta_{h-i}^2 - sum_{i<=m} a_i^2
 *   a_i = sum_{j=i..m} psi_{h-j} theta_{j-i}
 *
 * docs/exact.md derives this.
 */
#ifndef SX_FILTER_FUTURE_H
#define SX_FILTER_FUTURE_H

#include "filter/exact.h"

/* More unknown x than this go to the Kalman filter (`benchmarks limits`). */
enum { SX_MAX_AHEAD = 64 };

/* All arrays in lanes; k unknowns. */
typedef struct sx_future {
  int64_t steps;     /* periods after the last observation */
  int32_t degree;    /* of pi(B) */
  double *generator; /* (degree + 1,) pi */
  int32_t *lags;     /* (degree,) where pi is not zero */
  int32_t k_lags;
  double *factors; /* (k, k + 1) M after elimination, and -b */
  double *inverse; /* (k,) of the pivots */
  double *unknown; /* (k,) E u */
  double *paths;   /* (gaps, steps): y_{n+h} of one unit at the gap */
  double *psi;     /* (steps,) */
  double *zeta;    /* (steps,) */
  double *loading; /* (k,) workspace */
  double *var;     /* (steps,) var_h / sigma2 */
  double *terms;   /* (steps,) sum of the sizes of the terms of var_h */
} sx_future;

/*
 * Adds the unknowns of `steps` periods ahead to a shape that is covered;
 * SX_REASON_HORIZON if there are too many.
 */
sx_reason sx_future_cover(sx_exact *exact, int64_t steps);

/* For an engine of this shape. */
void sx_future_layout(const sx_exact *exact, int64_t steps, sx_arena *arena,
                      sx_future *future);

#endif
