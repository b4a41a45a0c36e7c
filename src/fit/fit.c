/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/fit.h"

#include "fit/further.h"
#include "fit/inside.h"
#include "fit/objective.h"
#include "model/start.h"

#include <math.h>
#include <string.h>

/* Where a line search ends in rounding, this much may be left. */
static const double GAIN_AT_ROUNDING = 1e-6;
/* What may be left of the ARMA start until the exact engine runs. */
static const double SHARES[] = {1.0, 0.5, 0.2, 0.1, 0.03, 0.01, 0.0};
/* log(2 pi e) */
static const double LOG_2_PI_E = 2.837877066409345484;

/* ---- layout ---- */

/* The largest workspace of the runs inside. */
static sx_status plan_work(sx_problem *p) {
  const sx_loglike_request request = {.engine = p->request->engine, .count = 1};
  size_t sizes[5] = {0};
  sx_status status = sx_score_plan(p->model, p->series, &sizes[0]);

  if (status == SX_OK) {
    status = sx_loglike_plan(p->model, p->series, &request, &sizes[1]);
  }
  if (status == SX_OK && p->request->start_params == NULL) {
    status = sx_start_params_plan(p->model, p->series->nobs, &sizes[2]);
  }
  if (status == SX_OK && sx_has(p->model, SX_CONCENTRATE_SCALE)) {
    status = sx_filter_plan(p->model, &sizes[3]);
  }
  if (status == SX_OK) {
    status = sx_further_plan(p->model, p->series, p->request, &sizes[4]);
  }
  p->work_size = 0;
  for (int i = 0; i < 5; i++) {
    p->work_size = sizes[i] > p->work_size ? sizes[i] : p->work_size;
  }
  return status;
}

static void layout(sx_arena *arena, sx_problem *p) {
  size_t k = (size_t)p->model->k_params;

  p->minimizer.k = 0;
  for (int32_t i = 0; i < p->model->k_params; i++) {
    p->minimizer.k += !sx_objective_fixes(p, i);
  }
  sx_minimizer_layout(arena, &p->minimizer);
  sx_coordinates_layout(p->model, p->series->nobs, arena, &p->coordinates);
  p->free = sx_arena_int32(arena, (size_t)p->minimizer.k);
  p->start = sx_arena_doubles(arena, k);
  p->ordinary = sx_arena_doubles(arena, k);
  p->z = sx_arena_doubles(arena, k);
  p->x = sx_arena_doubles(arena, k);
  p->slope = sx_arena_doubles(arena, k);
  p->params = sx_arena_doubles(arena, k);
  p->score = sx_arena_doubles(arena, k);
  p->work = sx_arena_take(arena, p->work_size, 1);
}

static sx_status check(const sx_model *model, const sx_series *series,
                       const sx_fit_request *request) {
  if (model == NULL || series == NULL || request == NULL ||
      request->engine == SX_ENGINE_IDENTICAL || request->maxiter < 0) {
    return SX_E_ARGUMENT;
  }
  return series->nobs > 0 ? SX_OK : SX_E_NOBS;
}

sx_status sx_fit_plan(const sx_model *model, const sx_series *series,
                      const sx_fit_request *request, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_problem p = {.model = model, .series = series, .request = request};
  sx_status status = check(model, series, request);

  if (status == SX_OK) {
    status = plan_work(&p);
  }
  if (status != SX_OK) {
    return status;
  }
  layout(&arena, &p);
  return sx_arena_plan(&arena, work_size);
}

/* ---- the start ---- */

/* Start parameters without any given. */
static sx_status estimate_start(sx_problem *p, uint32_t *flags) {
  const sx_model *model = p->model;
  sx_inside inside = {.model = model,
                      .series = p->series,
                      .sigma2_is_fixed =
                          sx_objective_fixes(p, model->offset_sigma2),
                      .params = p->start,
                      .best = p->x,
                      .moved = p->params,
                      .score = p->score,
                      .work = p->work,
                      .work_size = p->work_size};
  sx_status status = sx_start_estimates(model, p->series, p->work, p->work_size,
                                        p->start, flags);

  if (status < 0) {
    return status;
  }
  inside.flags = *flags;
  status = sx_start_inside(&inside);
  p->nfev += inside.nfev;
  return status;
}

/* Start parameters and their unconstrained counterparts x, always finite. */
static sx_status find_start(sx_problem *p, uint32_t *flags) {
  const sx_model *model = p->model;
  sx_status status = SX_OK;

  *flags = 0;
  if (p->request->start_params != NULL) {
    memcpy(p->start, p->request->start_params,
           (size_t)model->k_params * sizeof(double));
  } else {
    status = estimate_start(p, flags);
  }
  if (status < 0) {
    return status;
  }
  sx_untransform_params(model, p->start, p->x);
  for (int32_t i = 0; i < model->k_params; i++) {
    if (!isfinite(p->x[i])) {
      p->x[i] = i >= model->offset_measurement_variance ? 1.0 : 0.0;
      *flags |= sx_objective_fixes(p, i) ? 0 : SX_START_OUTSIDE;
    }
  }
  return SX_OK;
}

/*
 * Moves the ARMA part of x towards zero until the exact engine runs; leaves
 * `score`. SX_E_EXACT, with x as it was, where it never does. `z` is workspace.
 */
static sx_status find_exact_start(sx_problem *p, double *value) {
  const sx_model *model = p->model;
  size_t size = (size_t)model->k_params * sizeof(double);
  sx_status status = SX_E_EXACT;

  memcpy(p->z, p->x, size);
  for (size_t s = 0; s < sizeof SHARES / sizeof SHARES[0]; s++) {
    for (int32_t i = model->offset_ar; i < model->offset_measurement_variance;
         i++) {
      p->x[i] = sx_objective_fixes(p, i) ? p->z[i] : SHARES[s] * p->z[i];
    }
    sx_objective_transform(p);
    status = sx_objective_exact(p, value);
    if (status != SX_E_EXACT) {
      return status;
    }
  }
  memcpy(p->x, p->z, size);
  return status;
}

/*
 * The standard deviation of innovations at x. A concentrated one is what the
 * value says, -log N(0, sigma^2) of so many, where F_t is sigma^2.
 */
static double sigma_of(const sx_problem *p, double value) {
  return p->model->has_sigma2 ? fabs(p->x[p->model->offset_sigma2])
                              : exp(value - 0.5 * LOG_2_PI_E);
}

/* Value and gradient at the start; SX_E_EXACT where the engine asks for it. */
static sx_status begin(sx_problem *p) {
  sx_minimizer *m = &p->minimizer;
  sx_status exact = find_exact_start(p, &m->value), status = exact;

  p->is_covered = 0;
  if (exact == SX_E_EXACT && p->request->engine != SX_ENGINE_EXACT) {
    sx_objective_transform(p);
    status = sx_objective_identical(p, &m->value);
  }
  if (status < 0) {
    return status;
  }
  sx_coordinates_init(&p->coordinates, p->series, sigma_of(p, m->value));
  sx_coordinates_of(&p->coordinates, p->x, p->z);
  for (int32_t i = 0; i < m->k; i++) {
    m->x[i] = p->z[p->free[i]];
    m->reach[i] = sx_coordinates_reach(&p->coordinates, p->free[i]);
  }
  if (exact == SX_E_EXACT) {
    return isfinite(m->value)
               ? sx_objective_differences(p, &m->value, m->gradient)
               : SX_OK;
  }
  p->is_covered = 1;
  sx_coordinates_back(&p->coordinates, p->z, p->x, p->slope);
  sx_objective_chain(p, m->gradient);
  return SX_OK;
}

/* ---- from start to end ---- */

/* Searches; leaves the best point in params. */
static sx_status search(sx_problem *p) {
  sx_minimizer *m = &p->minimizer;
  sx_status status = begin(p);
  double nobs = (double)p->series->nobs;

  m->end = SX_FIT_NO_START;
  m->nit = 0;
  if (status < 0 || !isfinite(m->value)) {
    return status;
  }
  m->maxiter = p->request->maxiter - p->spent;
  m->gain = SX_FIT_GAIN / nobs;
  m->error = sx_objective_error(p);
  m->rounded = GAIN_AT_ROUNDING / nobs;
  m->evaluate = sx_objective_evaluate;
  m->context = p;
  status = sx_minimize(m);
  for (int32_t i = 0; i < m->k; i++) {
    p->z[p->free[i]] = m->x[i];
  }
  sx_objective_place(p);
  return status;
}

/* What is reported of params. */
static sx_status report(sx_problem *p, sx_fit_output *out) {
  const sx_loglike_request request = {
      .engine = p->request->engine, .count = 1, .params = p->params};
  sx_filter_output filter = {.scale = 1.0};
  sx_loglike_output at = {0};
  sx_status status =
      sx_loglike(p->model, p->series, &request, p->work, p->work_size, &at);

  memcpy(out->params, p->params, (size_t)p->model->k_params * sizeof(double));
  out->loglike = at.loglike;
  out->engine = at.engine;
  out->reason = at.reason;
  out->nobs_skipped = at.nobs_skipped;
  out->nfev = p->nfev;
  if (status >= 0 && sx_has(p->model, SX_CONCENTRATE_SCALE)) {
    sx_status filtered = sx_filter(p->model, p->series, p->params, p->work,
                                   p->work_size, &filter);

    status = filtered < 0 ? filtered : status;
  }
  out->scale = filter.scale;
  return status;
}

/* x of a further start, from params; as both were if there is none. */
static sx_status find_further_start(sx_problem *p, sx_further_place place,
                                    int *there, sx_fit_output *out) {
  size_t size = (size_t)p->model->k_params * sizeof(double);
  sx_further further = {.model = p->model,
                        .series = p->series,
                        .request = p->request,
                        .params = p->params,
                        .estimate = p->z,
                        .work = p->work,
                        .work_size = p->work_size,
                        .nit = out->nit,
                        .nfev = p->nfev};
  sx_status status = sx_further_start(&further, place, there);

  out->nit = further.nit;
  p->nfev = further.nfev;
  if (*there) {
    sx_untransform_params(p->model, p->params, p->z);
    for (int32_t i = 0; i < p->model->k_params; i++) {
      *there &= isfinite(p->z[i]) != 0;
    }
  }
  memcpy(*there ? p->x : p->params, *there ? p->z : p->start, size);
  return status;
}

/* Searches once more, from x; of that end and `start` the better one counts. */
static sx_status search_again(sx_problem *p, sx_fit_output *out) {
  size_t size = (size_t)p->model->k_params * sizeof(double);
  double value = p->minimizer.value;
  sx_reason reason = p->reason;
  sx_status status;

  p->spent = (int32_t)out->nit;
  status = search(p);
  out->nit += p->minimizer.nit;
  if (status >= 0 && p->minimizer.end != SX_FIT_NO_START &&
      p->minimizer.value < value - p->minimizer.gain) {
    out->end = p->minimizer.end;
  } else {
    memcpy(p->params, p->start, size);
    p->minimizer.value = value;
    p->reason = reason;
  }
  return status == SX_E_INTERRUPTED ? status : SX_OK;
}

/*
 * From the ridges, where the exact engine runs, or would but for gaps: what is
 * between them says little, so that such models often have several maxima.
 */
static sx_status search_ridges(sx_problem *p, sx_fit_output *out) {
  size_t size = (size_t)p->model->k_params * sizeof(double);
  sx_status status = SX_OK;
  int searched = p->is_covered || p->reason == SX_REASON_GAPS;

  for (int place = 0; place < SX_FURTHER_MEASURED && searched; place++) {
    int there = 0;

    if (status == SX_OK && out->nit < p->request->maxiter) {
      memcpy(p->start, p->params, size);
      status = find_further_start(p, (sx_further_place)place, &there, out);
    }
    if (there) {
      status = search_again(p, out);
    }
  }
  return status;
}

/* Searches from everywhere; leaves the best point in params. */
static sx_status search_all(sx_problem *p, sx_fit_output *out) {
  size_t size = (size_t)p->model->k_params * sizeof(double);
  int measured = 0;
  sx_status status;

  memcpy(p->ordinary, p->x, size);
  status = find_further_start(p, SX_FURTHER_MEASURED, &measured, out);
  if (status < 0) {
    return status;
  }
  p->spent = (int32_t)out->nit;
  status = search(p);
  if (status >= 0 && measured && p->minimizer.end == SX_FIT_NO_START) {
    measured = 0;
    memcpy(p->x, p->ordinary, size);
    status = search(p);
  }
  out->end = p->minimizer.end;
  out->nit += p->minimizer.nit;
  if (status < 0 || out->end == SX_FIT_NO_START) {
    return status;
  }
  status = search_ridges(p, out);
  if (status == SX_OK && measured && out->nit < p->request->maxiter) {
    memcpy(p->start, p->params, size);
    memcpy(p->x, p->ordinary, size);
    status = search_again(p, out);
  }
  return status;
}

/* Whether anything is observed after the burn. */
static int has_data(const sx_problem *p) {
  for (int64_t t = p->model->loglikelihood_burn; t < p->series->nobs; t++) {
    if (!isnan(p->series->endog[t])) {
      return 1;
    }
  }
  return 0;
}

/* The bound problem, from its start parameters on. */
static sx_status run(sx_problem *p, sx_fit_output *out) {
  sx_status status = find_start(p, &out->start_flags);
  int32_t k = 0;

  if (status < 0) {
    return status;
  }
  for (int32_t i = 0; i < p->model->k_params; i++) {
    if (!sx_objective_fixes(p, i)) {
      p->free[k++] = i;
    }
  }
  out->end = has_data(p) ? SX_FIT_NOTHING : SX_FIT_NO_DATA;
  out->nit = 0;
  if (k > 0 && out->end == SX_FIT_NOTHING) {
    status = search_all(p, out);
    out->reason = p->reason;
  } else {
    sx_objective_transform(p);
  }
  return status < 0 ? status : report(p, out);
}

sx_status sx_fit(const sx_model *model, const sx_series *series,
                 const sx_fit_request *request, void *work, size_t work_size,
                 sx_fit_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_problem p = {.model = model, .series = series, .request = request};
  sx_status status = check(model, series, request);

  if (status == SX_OK) {
    status = plan_work(&p);
  }
  if (status != SX_OK) {
    return status;
  }
  layout(&arena, &p);
  return sx_arena_failed(&arena) ? SX_E_WORKSPACE : run(&p, out);
}
