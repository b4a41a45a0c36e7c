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

/* The lanes to use for a number of parameter vectors. */
static int32_t width_for(const sx_model *model, int64_t count) {
  return count > 1 ? sx_exact_kernels_of(model->simd)->width : 1;
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
    if (sx_exact_cover(model, series, width_for(model, request->count),
                       &exact) == SX_REASON_NONE) {
      sx_exact_layout(&arena, &exact);
    }
    status = sx_arena_plan(&arena, &exact_size);
  }
  *work_size = exact_size > filter_size ? exact_size : filter_size;
  return status;
}

/* Up to `width` vectors at once; sets engine, reason and exact values. */
static void run_exact(sx_exact *exact, const sx_series *series,
                      const sx_loglike_request *request, int32_t count,
                      sx_loglike_output *out) {
  const sx_model *model = exact->model;
  const sx_exact_kernels *kernels = sx_exact_kernels_of(model->simd);
  sx_exact_result result;
  int32_t last_good = -1;

  for (int32_t l = 0; l < count; l++) {
    out[l].reason =
        sx_exact_load(exact, series, l, request->params + l * model->k_params);
    last_good = out[l].reason == SX_REASON_NONE ? l : last_good;
  }
  if (last_good < 0) {
    return;
  }
  for (int32_t l = 0; l < exact->width; l++) {
    if (l >= count || out[l].reason != SX_REASON_NONE) {
      sx_exact_load(exact, series, l,
                    request->params + last_good * model->k_params);
    }
  }
  (exact->width == 1 ? kernels->single : kernels->lanes)(exact);
  for (int32_t l = 0; l < count; l++) {
    if (out[l].reason != SX_REASON_NONE) {
      continue;
    }
    out[l].reason = sx_exact_result_of(
        exact, l, request->params + l * model->k_params, &result);
    if (out[l].reason == SX_REASON_NONE && request->engine == SX_ENGINE_AUTO) {
      out[l].reason = sx_loglike_distance(exact, l, &result);
    }
    out[l].loglike = result.loglike;
    out[l].nobs_skipped = 0;
    out[l].engine = SX_ENGINE_EXACT;
  }
}

/* The identical engine, for the vectors that have a reason. */
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

/* All vectors by the exact engine where it can. */
static sx_status try_exact(const sx_model *model, const sx_series *series,
                           const sx_loglike_request *request, void *work,
                           size_t work_size, sx_loglike_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  int32_t width = width_for(model, request->count);
  sx_loglike_request part = *request;
  sx_exact exact;
  sx_reason reason;

  reason = sx_exact_cover(model, series, width, &exact);
  if (reason == SX_REASON_NONE) {
    sx_exact_layout(&arena, &exact);
    if (sx_arena_failed(&arena)) {
      return SX_E_WORKSPACE;
    }
    sx_exact_bind(&exact, series);
  }
  for (int64_t i = 0; i < request->count; i += width) {
    int64_t left = request->count - i;
    int32_t count = left < width ? (int32_t)left : width;

    part.params = request->params + i * model->k_params;
    for (int32_t l = 0; l < count; l++) {
      out[i + l].reason = reason;
    }
    if (reason == SX_REASON_NONE) {
      run_exact(&exact, series, &part, count, out + i);
    }
  }
  return SX_OK;
}

/* What the caller is told of one of the outputs. */
static sx_status finish(const sx_model *model, const sx_series *series,
                        const sx_loglike_request *request, void *work,
                        size_t work_size, sx_loglike_output *out) {
  sx_status worst = SX_OK;

  for (int64_t i = 0; i < request->count; i++) {
    sx_status status = SX_OK;

    if (out[i].reason != SX_REASON_NONE) {
      status = request->engine == SX_ENGINE_EXACT
                   ? SX_E_EXACT
                   : run_identical(model, series,
                                   request->params + i * model->k_params, work,
                                   work_size, &out[i]);
    }
    if (status < 0) {
      return status;
    }
    worst = status > worst ? status : worst;
  }
  return worst;
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
