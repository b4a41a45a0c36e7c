/* SPDX-License-Identifier: BSD-3-Clause */
/* Score and Hessian of log-likelihoods, exact or by differences. */
#include "fit/differences.h"

#include <math.h>
#include <string.h>

/* Steps of second differences in those of first ones: the first, and by what
 * the next ones are shorter. */
static const double LONGEST = 2.0, SHORTER = 3.0;
/* Relative distance of their orders two and four up to which they are taken. */
static const double DISTANCE = 1e-3;

enum { ATTEMPTS = 4 };

/* One engine's log-likelihoods or scores around a point. */
typedef struct nearby {
  const sx_model *model;
  const sx_series *series;
  void *work;
  size_t work_size;
  sx_score_output exact; /* of the last exact score */
  sx_differences differences;
  double *steps;     /* (k_params,) */
  double *direction; /* (k_params,) */
} nearby;

/* ---- one evaluation ---- */

static sx_status identical_loglike(void *context, const double *params,
                                   double *value) {
  nearby *near = context;
  sx_filter_output out = {0};
  sx_status status = sx_filter(near->model, near->series, params, near->work,
                               near->work_size, &out);

  *value = out.loglike;
  return status;
}

static sx_status exact_score(void *context, const double *params,
                             double *score) {
  nearby *near = context;

  near->exact.score = score;
  return sx_score(near->model, near->series, params, near->work,
                  near->work_size, &near->exact);
}

/* A parameter's uncertainty, from its own second derivative. */
static sx_unit unit_of_column(const sx_differences *differences, int32_t place,
                              double step) {
  const double *column = differences->derivatives;
  sx_unit unit = {sqrt(fabs(column[place])), 0.0};

  (void)step;
  for (int64_t j = 0; j < differences->count; j++) {
    unit.size += column[j] * column[j];
  }
  unit.size = sqrt(unit.size);
  return unit;
}

/* ---- workspace ---- */

/* Differences of `count` values, each from `work_size` bytes of workspace. */
static void layout(const sx_model *model, int64_t count, size_t work_size,
                   sx_arena *arena, nearby *near) {
  near->differences.k_params = model->k_params;
  near->differences.count = count;
  sx_differences_layout(arena, &near->differences);
  near->steps = sx_arena_doubles(arena, (size_t)model->k_params);
  near->direction = sx_arena_doubles(arena, (size_t)model->k_params);
  near->work_size = work_size;
  near->work = sx_arena_take(arena, work_size, 1);
}

static sx_status plan_identical(const sx_model *model, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  nearby near = {0};
  sx_status status = sx_filter_plan(model, work_size);

  if (status == SX_OK) {
    layout(model, 1, *work_size, &arena, &near);
    status = sx_arena_plan(&arena, work_size);
  }
  return status;
}

static sx_status plan_exact(const sx_model *model, const sx_series *series,
                            size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  nearby near = {0};
  sx_status status = sx_score_plan(model, series, work_size);

  if (status == SX_OK) {
    layout(model, model->k_params, *work_size, &arena, &near);
    status = sx_arena_plan(&arena, work_size);
  }
  return status;
}

/* What both have in common. */
static void start(const sx_model *model, const sx_series *series,
                  const double *params, nearby *near) {
  near->model = model;
  near->series = series;
  near->differences.params = params;
  near->differences.interrupt = series->interrupt;
  near->differences.context = near;
}

/* Binds to the workspace and computes the log-likelihood at the point. */
static sx_status start_identical(const sx_model *model, const sx_series *series,
                                 const double *params, void *work,
                                 size_t work_size, nearby *near) {
  sx_arena arena = sx_arena_bind(work, work_size);
  size_t filter_work;
  sx_status status = sx_filter_plan(model, &filter_work);

  if (status != SX_OK) {
    return status;
  }
  layout(model, 1, filter_work, &arena, near);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  start(model, series, params, near);
  near->differences.evaluate = identical_loglike;
  near->differences.unit = sx_unit_of_curvature;
  return identical_loglike(near, params, near->differences.center);
}

/* The same with the exact score. */
static sx_status start_exact(const sx_model *model, const sx_series *series,
                             const double *params, void *work, size_t work_size,
                             nearby *near) {
  sx_arena arena = sx_arena_bind(work, work_size);
  size_t score_work;
  sx_status status = sx_score_plan(model, series, &score_work);

  if (status != SX_OK) {
    return status; /* unreachable: what the engine covers has a plan */
  }
  layout(model, model->k_params, score_work, &arena, near);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  start(model, series, params, near);
  near->differences.evaluate = exact_score;
  near->differences.unit = unit_of_column;
  return exact_score(near, params, near->differences.center);
}

/* ---- first derivatives ---- */

/* Of the identical log-likelihood; leaves the steps they were taken with. */
static sx_status score_by_differences(nearby *near, double *score) {
  sx_differences *differences = &near->differences;
  sx_status status = SX_OK;

  for (int32_t i = 0; status == SX_OK && i < differences->k_params; i++) {
    sx_step step =
        sx_first_step(near->model, near->series->nobs, differences->params, i);

    status = sx_differences_by(differences, i, &step, &score[i]);
    near->steps[i] = step.size;
  }
  return status;
}

sx_status sx_loglike_score_plan(const sx_model *model, const sx_series *series,
                                sx_engine engine, size_t *work_size) {
  size_t exact_size = 0, identical_size = 0;
  sx_status status = SX_OK;

  if (engine != SX_ENGINE_IDENTICAL) {
    status = sx_score_plan(model, series, &exact_size);
  }
  if (status == SX_OK && engine != SX_ENGINE_EXACT) {
    status = plan_identical(model, &identical_size);
  }
  *work_size = exact_size > identical_size ? exact_size : identical_size;
  return status;
}

/* The exact engine's part; SX_E_EXACT if it has none. */
static sx_status try_exact(const sx_model *model, const sx_series *series,
                           const sx_point *point, void *work, size_t work_size,
                           sx_loglike_score_output *out) {
  sx_score_output exact = {.score = out->score};
  sx_filter_output filter = {0};
  sx_status status =
      sx_score(model, series, point->params, work, work_size, &exact);

  out->engine = SX_ENGINE_EXACT;
  out->reason = exact.reason;
  out->loglike = exact.loglike;
  if (status == SX_OK && point->engine == SX_ENGINE_AUTO &&
      exact.auto_reason != SX_REASON_NONE) {
    status = sx_filter(model, series, point->params, work, work_size, &filter);
    out->loglike = filter.loglike;
  }
  return status;
}

sx_status sx_loglike_score(const sx_model *model, const sx_series *series,
                           const sx_point *point, void *work, size_t work_size,
                           sx_loglike_score_output *out) {
  sx_status status = SX_E_EXACT, value;
  nearby near = {0};

  out->reason = SX_REASON_ASKED;
  if (point->engine != SX_ENGINE_IDENTICAL) {
    status = try_exact(model, series, point, work, work_size, out);
  }
  if (status != SX_E_EXACT || point->engine == SX_ENGINE_EXACT) {
    return status;
  }
  out->engine = SX_ENGINE_IDENTICAL;
  value = start_identical(model, series, point->params, work, work_size, &near);
  if (value < 0) {
    return value;
  }
  out->loglike = near.differences.center[0];
  status = score_by_differences(&near, out->score);
  return status == SX_OK ? value : status;
}

/* ---- second derivatives ---- */

/* The log-likelihood at `params` moved by `shift` of the direction. */
static sx_status loglike_along(nearby *near, double shift, double *value) {
  const sx_differences *differences = &near->differences;
  sx_status status;
  int there = 0;

  for (int32_t i = 0; i < differences->k_params; i++) {
    differences->moved[i] = differences->params[i] + shift * near->direction[i];
  }
  status = sx_differences_evaluate(differences, value, &there);
  if (!there) {
    *value = NAN;
  }
  return status;
}

/*
 * Second derivative along the direction, by differences of order four; `size`
 * is what its error is measured against, or 0 for itself. Noise counts for more
 * here than in first derivatives, and so the steps start longer.
 */
static sx_status second_along(nearby *near, double size, double *found) {
  double center = near->differences.center[0];
  double best = INFINITY, shift = LONGEST;

  *found = NAN;
  for (int attempt = 0; attempt < ATTEMPTS; attempt++, shift /= SHORTER) {
    double f[SX_POINTS], inner, outer, second, fourth, error;

    for (int p = 0; p < SX_POINTS; p++) {
      sx_status status = loglike_along(near, SX_POINT[p] * shift, &f[p]);

      if (status != SX_OK) {
        return status;
      }
    }
    inner = f[1] - center + (f[2] - center);
    outer = f[0] - center + (f[3] - center);
    second = inner / (shift * shift);
    fourth = (16.0 * inner - outer) / (12.0 * shift * shift);
    error = fabs(fourth - second);
    if (error < best) {
      best = error;
      *found = fourth;
    }
    if (error <= DISTANCE * (size > 0.0 ? size : fabs(fourth))) {
      break;
    }
  }
  return SX_OK;
}

/* Second derivative along step i of axis i, and `other` times step j of j. */
static sx_status second_of(nearby *near, int32_t i, int32_t j, double other,
                           double size, double *found) {
  memset(near->direction, 0,
         (size_t)near->differences.k_params * sizeof(double));
  near->direction[i] = near->steps[i];
  near->direction[j] += other * near->steps[j];
  return second_along(near, size, found);
}

/*
 * Second differences of the log-likelihood along each axis and along both
 * diagonals of each pair of axes, u = h_i e_i + h_j e_j and v = h_i e_i - h_j
 * e_j: 4 h_i h_j H_ij = u'Hu - v'Hv. In units of `steps`.
 */
static sx_status second_differences(nearby *near, double *hessian) {
  size_t k = (size_t)near->differences.k_params;

  for (size_t i = 0; i < k; i++) {
    sx_status status =
        second_of(near, (int32_t)i, (int32_t)i, 0.0, 0.0, &hessian[i * k + i]);

    if (status != SX_OK) {
      return status;
    }
  }
  for (size_t i = 0; i < k; i++) {
    for (size_t j = 0; j < i; j++) {
      double size = fabs(hessian[i * k + i]) + fabs(hessian[j * k + j]);
      double u = NAN, v = NAN;
      sx_status status = second_of(near, (int32_t)i, (int32_t)j, 1.0, size, &u);

      if (status == SX_OK) {
        status = second_of(near, (int32_t)i, (int32_t)j, -1.0, size, &v);
      }
      if (status != SX_OK) {
        return status;
      }
      hessian[i * k + j] = hessian[j * k + i] = 0.25 * (u - v);
    }
  }
  return SX_OK;
}

/* Of the identical log-likelihood. */
static sx_status hessian_by_differences(nearby *near, double *hessian) {
  size_t k = (size_t)near->differences.k_params;
  /* The score itself is not wanted, its steps are. */
  sx_status status = score_by_differences(near, hessian);

  if (status == SX_OK) {
    status = second_differences(near, hessian);
  }
  for (size_t i = 0; i < k; i++) {
    for (size_t j = 0; j < k; j++) {
      hessian[i * k + j] /= near->steps[i] * near->steps[j];
    }
  }
  return status;
}

/* Differences of the exact score, made symmetric. */
static sx_status hessian_of_scores(nearby *near, double *hessian) {
  sx_differences *differences = &near->differences;
  size_t k = (size_t)differences->k_params;

  for (size_t i = 0; i < k; i++) {
    sx_step step = sx_first_step(near->model, near->series->nobs,
                                 differences->params, (int32_t)i);
    sx_status status =
        sx_differences_by(differences, (int32_t)i, &step, hessian + i * k);

    if (status != SX_OK) {
      return status;
    }
  }
  for (size_t i = 0; i < k; i++) {
    for (size_t j = 0; j < i; j++) {
      double mean = 0.5 * (hessian[i * k + j] + hessian[j * k + i]);

      hessian[i * k + j] = hessian[j * k + i] = mean;
    }
  }
  return SX_OK;
}

sx_status sx_hessian_plan(const sx_model *model, const sx_series *series,
                          sx_engine engine, size_t *work_size) {
  size_t exact_size = 0, identical_size = 0;
  sx_status status = SX_OK;

  if (engine != SX_ENGINE_IDENTICAL) {
    status = plan_exact(model, series, &exact_size);
  }
  if (status == SX_OK && engine != SX_ENGINE_EXACT) {
    status = plan_identical(model, &identical_size);
  }
  *work_size = exact_size > identical_size ? exact_size : identical_size;
  return status;
}

sx_status sx_hessian(const sx_model *model, const sx_series *series,
                     const sx_point *point, void *work, size_t work_size,
                     sx_hessian_output *out) {
  sx_status status = SX_E_EXACT;
  nearby near = {0};

  out->engine = SX_ENGINE_EXACT;
  out->reason = SX_REASON_ASKED;
  if (point->engine != SX_ENGINE_IDENTICAL) {
    status = start_exact(model, series, point->params, work, work_size, &near);
    out->reason = near.exact.reason;
  }
  if (status == SX_OK) {
    return hessian_of_scores(&near, out->hessian);
  }
  if (status != SX_E_EXACT || point->engine == SX_ENGINE_EXACT) {
    return status;
  }
  out->engine = SX_ENGINE_IDENTICAL;
  status =
      start_identical(model, series, point->params, work, work_size, &near);
  return status < 0 ? status : hessian_by_differences(&near, out->hessian);
}
