/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/objective.h"

#include <math.h>

/*
 * Estimated rounding of an exact log-likelihood with which it still is better
 * to search by than the identical engine's and differences.
 */
static const double MOST_ERROR = 1e-4;
/* Of central differences, in coordinates with second derivatives near 1. */
static const double STEP = 1e-4;
/* And at most this share of the distance from a unit root. */
static const double SHARE_OF_ROOM = 0.01;

int sx_objective_fixes(const sx_problem *p, int32_t i) {
  return p->request->fixed != NULL && p->request->fixed[i] != 0;
}

static int is_interrupted(const sx_problem *p) {
  const sx_interrupt *interrupt = p->series->interrupt;

  return interrupt != NULL && interrupt->asked(interrupt->context) != 0;
}

void sx_objective_transform(sx_problem *p) {
  sx_transform_params(p->model, p->x, p->params);
  for (int32_t i = 0; i < p->model->k_params; i++) {
    if (sx_objective_fixes(p, i)) {
      p->params[i] = p->start[i];
    }
  }
}

void sx_objective_place(sx_problem *p) {
  sx_coordinates_back(&p->coordinates, p->z, p->x, p->slope);
  sx_objective_transform(p);
}

sx_status sx_objective_exact(sx_problem *p, double *value) {
  sx_score_output out = {.score = p->score};
  sx_status status;

  if (p->request->engine == SX_ENGINE_AUTO) {
    out.most_error = MOST_ERROR;
  }
  if (is_interrupted(p)) {
    return SX_E_INTERRUPTED;
  }
  status =
      sx_score(p->model, p->series, p->params, p->work, p->work_size, &out);
  p->reason = out.reason;
  if (status >= 0) {
    p->nfev++;
    *value = -out.loglike / (double)p->series->nobs;
  }
  return status;
}

sx_status sx_objective_identical(sx_problem *p, double *value) {
  const sx_loglike_request request = {
      .engine = SX_ENGINE_IDENTICAL, .count = 1, .params = p->params};
  sx_loglike_output out;
  sx_status status;

  if (is_interrupted(p)) {
    return SX_E_INTERRUPTED;
  }
  status =
      sx_loglike(p->model, p->series, &request, p->work, p->work_size, &out);
  p->nfev++;
  *value = INFINITY;
  if (status >= 0 && out.nobs_skipped == 0 && isfinite(out.loglike)) {
    *value = -out.loglike / (double)p->series->nobs;
  }
  return status;
}

/* The identical engine's objective at z; a failure is no value. */
static sx_status try_identical(sx_problem *p, double *value) {
  sx_status status;

  sx_objective_place(p);
  status = sx_objective_identical(p, value);
  return status == SX_E_LU ? SX_OK : status;
}

/* One derivative by differences; one-sided at a wall. */
static sx_status difference(sx_problem *p, int32_t i, double value,
                            double *derivative) {
  double z = p->z[i], above = INFINITY, below = INFINITY;
  double room = sx_coordinates_room(&p->coordinates, p->z, i);
  double step = fmin(STEP, SHARE_OF_ROOM * room), width = 2.0 * step;
  sx_status status;

  p->z[i] = z + step;
  status = try_identical(p, &above);
  if (status >= 0) {
    p->z[i] = z - step;
    status = try_identical(p, &below);
  }
  p->z[i] = z;
  if (!isfinite(above) || !isfinite(below)) {
    width = step;
    above = isfinite(above) ? above : value;
    below = isfinite(below) ? below : value;
  }
  *derivative = (above - below) / width;
  return status;
}

sx_status sx_objective_differences(sx_problem *p, double *value,
                                   double *gradient) {
  sx_status status = try_identical(p, value);

  if (p->is_covered && !(*value < p->minimizer.value)) {
    *value = INFINITY;
  }
  for (int32_t i = 0; i < p->minimizer.k && isfinite(*value) && status >= 0;
       i++) {
    status = difference(p, p->free[i], *value, &gradient[i]);
  }
  return status < 0 ? status : SX_OK;
}

void sx_objective_chain(sx_problem *p, double *gradient) {
  sx_coordinates_adjoint(&p->coordinates, p->x, p->slope, p->score);
  for (int32_t i = 0; i < p->minimizer.k; i++) {
    gradient[i] = -p->score[p->free[i]] / (double)p->series->nobs;
  }
}

double sx_objective_error(const sx_problem *p) {
  return p->is_covered && p->reason != SX_REASON_NONE
             ? SX_FIT_GAIN_BESIDE / (double)p->series->nobs
             : 0.0;
}

sx_status sx_objective_evaluate(void *context, const double *at, double *value,
                                double *gradient) {
  sx_problem *p = (sx_problem *)context;
  sx_status status;

  for (int32_t i = 0; i < p->minimizer.k; i++) {
    p->z[p->free[i]] = at[i];
  }
  sx_objective_place(p);
  status = sx_objective_exact(p, value);
  p->minimizer.error_found = sx_objective_error(p);
  if (status >= 0) {
    sx_objective_chain(p, gradient);
    return SX_OK;
  }
  if (status != SX_E_EXACT) {
    return status;
  }
  if (p->request->engine == SX_ENGINE_EXACT) {
    *value = INFINITY;
    return SX_OK;
  }
  return sx_objective_differences(p, value, gradient);
}
