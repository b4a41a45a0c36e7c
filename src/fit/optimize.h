/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Minimum of a smooth function of k variables by the BFGS method with a dense
 * inverse Hessian H (Nocedal & Wright, Numerical Optimization, 2nd ed., chapter
 * 6) and a line search to the strong Wolfe conditions by safeguarded cubics
 * (section 3.5).
 *
 * H starts as the identity, so the variables should be such that second
 * derivatives are near 1. The search ends where the quadratic model promises
 * less than `gain`: g' H g / 2; or less than the error of the value, and where
 * an iteration gains less than that.
 */
#ifndef SX_FIT_OPTIMIZE_H
#define SX_FIT_OPTIMIZE_H

#include "base/arena.h"

/*
 * Value and gradient (k,) at x (k,). A value that is not finite says that x is
 * worse than any other point; its gradient is not read. A negative status ends
 * the search.
 */
typedef sx_status sx_objective(void *context, const double *x, double *value,
                               double *gradient);

typedef struct sx_minimizer {
  int32_t k, maxiter;
  double gain;    /* less is not worth an iteration */
  double rounded; /* where no step improves the value: what may be left */
  sx_objective *evaluate;
  void *context;
  double *x;    /* (k,) in: the start; out: the end */
  double value; /* there, finite */
  double error; /* of it, beyond rounding of the last digits */
  double
      error_found;  /* of the value that `evaluate` gave last, which sets it */
  double *gradient; /* (k,) there */
  double *reach;    /* (k,) in: the most that one line search moves each */
  int64_t nit;      /* output: iterations */
  sx_fit_end end;   /* output */
  double *inverse;  /* (k, k) H */
  int unlearned;    /* H is the identity */
  /* Workspaces, (k,) each. */
  double *direction, *moved, *moved_gradient, *low_gradient, *product;
} sx_minimizer;

/* Takes the arrays of a minimizer whose k is set. */
void sx_minimizer_layout(sx_arena *arena, sx_minimizer *minimizer);

/* A negative status of the objective, with x the best point until then. */
sx_status sx_minimize(sx_minimizer *minimizer);

#endif
