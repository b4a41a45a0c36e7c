/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/loglike.h"

#include "filter/kalman.h"
#include "model/spec.h"

#include <float.h>

/* Below this statsmodels may skip an observation. */
static const double SKIPPING_SIGMA2 = 1e-10;

/* Largest element of statsmodels' initial state covariance over sigma2. */
static double initial_variance(const sx_exact *exact, int32_t lane) {
  if (!exact->stationary || exact->kd > 0) {
    return exact->ik[lane];
  }
  return exact->in_z ? exact->gamma[lane] : exact->ma_gamma[lane];
}

/*
 * statsmodels' filter carries rounding errors of eps times its largest
 * covariance, and of eps times the data, and each counts S = sum |pi_j| times:
 *
 *   eps ((n + Q) S^2 P_max / sigma2 + S sqrt(n Q) max |y| / sigma + Q)
 *
 * with Q = sum v^2 / (F sigma2), plus eps gamma_0^2 for its Lyapunov equation.
 * When its steady state acts, its covariance differs by sqrt(tolerance) at
 * most:
 *
 *   (n + Q) S^2 sqrt(tolerance) / sigma2
 *
 * Neither law is a proven bound; tests/exact/test_auto.py holds both to half of
 * the promise on random models, and prints how much of it they use.
 */
sx_reason sx_loglike_distance(const sx_exact *exact, int32_t lane,
                              const sx_exact_result *result) {
  const sx_model *model = exact->model;
  double n = (double)exact->nobs;
  double scale = result->scale * exact->sigma2[lane];
  double Q = result->squares / scale;
  double limit = SX_AUTO_DISTANCE * fmax(1.0, fabs(result->loglike) / 1000.0);
  double S = result->sensitivity;
  double weight = (n + Q) * S * S;
  double gamma = exact->in_z ? exact->gamma[lane] : 0.0;
  double rounding =
      DBL_EPSILON *
      (weight * initial_variance(exact, lane) +
       S * sqrt(n * Q / scale) * exact->largest[lane] + Q + gamma * gamma);
  double steady = 0.0;

  if (sx_time_invariant(model)) {
    steady = weight * sqrt(model->spec.tolerance) / exact->sigma2[lane];
  }
  if (!(rounding <= limit) || exact->sigma2[lane] < SKIPPING_SIGMA2) {
    return SX_REASON_ROUNDING;
  }
  return rounding + steady <= limit ? SX_REASON_NONE : SX_REASON_STEADY;
}

/* Parameters of number i of a request. */
static const double *params_of(const sx_model *model,
                               const sx_loglike_request *request, int64_t i) {
  return request->params + (request->shared_params ? 0 : i * model->k_params);
}

/* Shape of the exact engine for a request. */
static sx_reason cover(const sx_model *model, const sx_series *series,
                       const sx_loglike_request *request, sx_exact *exact) {
  int32_t width = sx_exact_width(model->simd, request->count);
  sx_reason reason = sx_exact_cover(model, series, width, exact);

  exact->each_series = request->each_series;
  return reason;
}

sx_status sx_loglike_plan(const sx_model *model, const sx_series *series,
                          const sx_loglike_request *request,
                          size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  size_t exact_size = 0, filter_size = 0;
  sx_exact exact;
  sx_status status = SX_OK;

  if (request->engine != SX_ENGINE_EXACT) {
    status = sx_filter_plan(model, &filter_size);
  }
  if (status == SX_OK && request->engine != SX_ENGINE_IDENTICAL) {
    if (cover(model, series, request, &exact) == SX_REASON_NONE) {
      sx_exact_layout(&arena, &exact);
    }
    status = sx_arena_plan(&arena, &exact_size);
  }
  *work_size = exact_size > filter_size ? exact_size : filter_size;
  return status;
}

/* Numbers first.. of a request, in the lanes of `exact`. */
typedef struct part {
  const sx_loglike_request *request;
  int64_t first;
  int32_t count;
} part;

/* Loads the lanes, idle ones with a good lane's; 0 if there is no good one. */
static int load_lanes(sx_exact *exact, const part *now,
                      sx_loglike_output *out) {
  int32_t last_good = -1;

  for (int32_t l = 0; l < now->count; l++) {
    out[l].reason = sx_exact_load(
        exact, l, params_of(exact->model, now->request, now->first + l));
    last_good = out[l].reason == SX_REASON_NONE ? l : last_good;
  }
  if (last_good < 0) {
    return 0;
  }
  for (int32_t l = 0; l < exact->width; l++) {
    if (l >= now->count || out[l].reason != SX_REASON_NONE) {
      sx_exact_load(
          exact, l,
          params_of(exact->model, now->request, now->first + last_good));
    }
  }
  return 1;
}

/* Up to `width` numbers at once; sets engine, reason and exact values. */
static void run_exact(sx_exact *exact, const part *now,
                      sx_loglike_output *out) {
  sx_exact_result result;

  if (!load_lanes(exact, now, out)) {
    return;
  }
  sx_exact_run_lanes(exact);
  for (int32_t l = 0; l < now->count; l++) {
    if (out[l].reason != SX_REASON_NONE) {
      continue;
    }
    out[l].reason = sx_exact_result_of(
        exact, l, params_of(exact->model, now->request, now->first + l),
        &result);
    if (out[l].reason == SX_REASON_NONE &&
        now->request->engine == SX_ENGINE_AUTO) {
      out[l].reason = sx_loglike_distance(exact, l, &result);
    }
    out[l].loglike = result.loglike;
    out[l].nobs_skipped = 0;
    out[l].engine = SX_ENGINE_EXACT;
  }
}

/* The identical engine, for the numbers that have a reason. */
static sx_status run_identical(const sx_model *model, const sx_series *series,
                               const double *params, void *work,
                               size_t work_size, sx_loglike_output *out) {
  sx_filter_output filter = {0};
  sx_status status = sx_filter(model, series, params, work, work_size, &filter);

  out->engine = SX_ENGINE_IDENTICAL;
  out->loglike = filter.loglike;
  out->nobs_skipped = filter.nobs_skipped;
  return status;
}

/* All numbers by the exact engine where it can. */
static sx_status try_exact(const sx_model *model, const sx_series *series,
                           const sx_loglike_request *request, void *work,
                           size_t work_size, sx_loglike_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  part now = {request, 0, 0};
  sx_exact exact;
  sx_reason reason = cover(model, series, request, &exact);

  for (int64_t i = 0; i < request->count; i++) {
    out[i].reason = reason;
  }
  if (reason != SX_REASON_NONE) {
    return SX_OK;
  }
  sx_exact_layout(&arena, &exact);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  for (; now.first < request->count; now.first += exact.width) {
    int64_t left = request->count - now.first;

    now.count = left < exact.width ? (int32_t)left : exact.width;
    if (now.first == 0 || request->each_series) {
      sx_exact_bind(&exact, series + (request->each_series ? now.first : 0),
                    now.count);
    }
    run_exact(&exact, &now, out + now.first);
  }
  return SX_OK;
}

/* What the exact engine did not do; the first error or the worst warning. */
static sx_status finish(const sx_model *model, const sx_series *series,
                        const sx_loglike_request *request, void *work,
                        size_t work_size, sx_loglike_output *out) {
  sx_status found = SX_OK;

  for (int64_t i = 0; i < request->count; i++) {
    out[i].status = SX_OK;
    if (out[i].reason != SX_REASON_NONE) {
      out[i].status =
          request->engine == SX_ENGINE_EXACT
              ? SX_E_EXACT
              : run_identical(model, series + (request->each_series ? i : 0),
                              params_of(model, request, i), work, work_size,
                              &out[i]);
    }
    if (found >= 0 && (out[i].status < 0 || out[i].status > found)) {
      found = out[i].status;
    }
  }
  return found;
}

sx_status sx_loglike(const sx_model *model, const sx_series *series,
                     const sx_loglike_request *request, void *work,
                     size_t work_size, sx_loglike_output *out) {
  sx_status status = SX_OK;

  if (request->engine == SX_ENGINE_IDENTICAL) {
    for (int64_t i = 0; i < request->count; i++) {
      out[i].reason = SX_REASON_ASKED;
    }
  } else {
    status = try_exact(model, series, request, work, work_size, out);
  }
  return status == SX_OK ? finish(model, series, request, work, work_size, out)
                         : status;
}
