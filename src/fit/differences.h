/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * First derivatives of any number of values by central differences of order
 * four,
 *
 *   f'(x) = (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / (12 h) + O(h^4),
 *
 * with a step h fitted to each parameter: a share of its own uncertainty.
 */
#ifndef SX_FIT_DIFFERENCES_H
#define SX_FIT_DIFFERENCES_H

#include "base/arena.h"

/* What the values say of a parameter. */
typedef struct sx_unit {
  double reciprocal; /* of its uncertainty */
  double size;       /* what errors of the derivatives are measured against */
} sx_unit;

/* The points of a difference, in steps. */
enum { SX_POINTS = 4 };
static const double SX_POINT[SX_POINTS] = {-2.0, -1.0, 1.0, 2.0};

/* A step and how long another one may be. */
typedef struct sx_step {
  double size, longest;
} sx_step;

typedef struct sx_differences sx_differences;

struct sx_differences {
  int32_t k_params;
  int64_t count;        /* of values */
  const double *params; /* (k_params,) where to differentiate */
  const sx_interrupt *interrupt;
  /*
   * The values (count,) at a parameter vector. SX_E_LU, SX_E_EXACT and values
   * that are not finite say that there are none; other errors end the call.
   */
  sx_status (*evaluate)(void *context, const double *params, double *values);
  /* From `center`, the inner points' `values` and `derivatives`. */
  sx_unit (*unit)(const sx_differences *differences, int32_t place,
                  double step);
  void *context;
  double *center;            /* (count,) values at `params`, of the caller */
  double *values[SX_POINTS]; /* (count,) at the points */
  double *derivatives;       /* (count,) of order two */
  double *moved;             /* (k_params,) */
};

/* Takes the arrays; k_params and count are set. */
void sx_differences_layout(sx_arena *arena, sx_differences *differences);

/*
 * Values at `moved`, unless interrupted; *there tells whether there are any.
 * SX_E_INTERRUPTED; errors of `evaluate` but SX_E_LU and SX_E_EXACT.
 */
sx_status sx_differences_evaluate(const sx_differences *differences,
                                  double *values, int *there);

/*
 * Derivatives by one parameter. Whether a step suits is told by the distance of
 * the differences of orders two and four. It is too long if there is no value
 * at one of the four points, or if the two orders disagree.
 *   step: in, a first guess; out, the one the derivatives were taken with
 *   found (count,): NaN where no step suits
 * Errors as sx_differences_evaluate.
 */
sx_status sx_differences_by(sx_differences *differences, int32_t place,
                            sx_step *step, double *found);

/*
 * A first guess from what estimates of the parameter usually vary by. None of
 * coefficients of lags and of variances is longer than one observation asks
 * for: where it has next to no derivative, the values would ask for steps from
 * which it is flat both ways.
 */
sx_step sx_first_step(const sx_model *model, int64_t nobs, const double *params,
                      int32_t place);

/*
 * A unit: the root of the curvature of the first value, as of a log-likelihood.
 */
sx_unit sx_unit_of_curvature(const sx_differences *differences, int32_t place,
                             double step);

#endif
