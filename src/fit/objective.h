/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a fit minimises: minus the log-likelihood of a period, by the exact
 * engine with its gradient, or by the identical one with differences.
 *
 * Its arguments are z (fit/coordinates.h), of which those that are not fixed
 * are free; x are the unconstrained parameters, `params` the constrained ones.
 * Every status is that of the engine that ran; SX_E_INTERRUPTED where the
 * series' interrupt asks to stop.
 */
#ifndef SX_FIT_OBJECTIVE_H
#define SX_FIT_OBJECTIVE_H

#include "fit/coordinates.h"
#include "fit/fit.h"
#include "fit/optimize.h"
#include "model/spec.h"

/* One fit: the model, the request, where the search is and what it uses. */
typedef struct sx_problem {
  const sx_model *model;
  const sx_series *series;
  const sx_fit_request *request;
  sx_coordinates coordinates;
  sx_minimizer minimizer;
  int32_t *free;    /* (minimizer.k,) indices of the parameters not fixed */
  double *start;    /* (k_params,) constrained; the fixed ones stay */
  double *ordinary; /* (k_params,) x of that start, */
  double *z;        /* coordinates, */
  double *x;        /* unconstrained, */
  double *slope;    /* dx / dz, */
  double *params;   /* constrained parameters of the last evaluation, */
  double *score;    /* derivatives by them, then by z */
  void *work;       /* of the runs inside */
  size_t work_size;
  int64_t nfev;
  int32_t spent;    /* iterations of an earlier search */
  sx_reason reason; /* why the exact engine did not run last */
  int is_covered;   /* the exact engine runs at the start */
} sx_problem;

/* Whether a parameter is fixed. */
int sx_objective_fixes(const sx_problem *p, int32_t i);

/* x to params. */
void sx_objective_transform(sx_problem *p);

/* z to x and params. */
void sx_objective_place(sx_problem *p);

/* The exact engine's value and `score`, at params. */
sx_status sx_objective_exact(sx_problem *p, double *value);

/* The identical engine's value, inf where it has none, at params. */
sx_status sx_objective_identical(sx_problem *p, double *value);

/*
 * The identical engine's value with its gradient by differences, at z. Inf
 * where the exact engine has a better one: that point's differences are not
 * worth their time.
 */
sx_status sx_objective_differences(sx_problem *p, double *value,
                                   double *gradient);

/* The gradient by z, from `score` by the constrained parameters. */
void sx_objective_chain(sx_problem *p, double *gradient);

/* Error of the value where the exact engine does not keep its promise. */
double sx_objective_error(const sx_problem *p);

/* sx_minimizer.evaluate, of an sx_problem. */
sx_status sx_objective_evaluate(void *context, const double *at, double *value,
                                double *gradient);

#endif
