/* SPDX-License-Identifier: BSD-3-Clause */
#include "predict/forecast.h"

#include "filter/future.h"
#include "filter/loglike.h"
#include "filter/part.h"
#include "model/facts.h"
#include "model/spec.h"

#include <float.h>
#include <math.h>

/* Largest estimated rounding error of a variance, and of a mean beside |y|. */
static const double MAX_ERROR = 1e-9;

/* Estimated distance from statsmodels that will do: half of what is promised.
 */
static const double AUTO_DISTANCE = 5e-9;

/* How much larger the rounding of the data is than that of one value. */
static const double DATA_FACTOR = 4.0;

/* The exact engine for forecasts. */
typedef struct runner {
  sx_exact exact;
  sx_future future;
  int64_t tail;   /* missing periods at the end of each series */
  double *values; /* (degree + all steps,) of one lane, y - X beta */
} runner;

/* Shape of the exact engine for a request. */
static sx_reason cover(const sx_model *model, const sx_series *longest,
                       const sx_forecast_request *request, runner *run) {
  sx_exact *exact = &run->exact;
  sx_reason reason = sx_exact_cover(model, longest, 1, exact);
  size_t c = (size_t)exact->c;

  if (reason != SX_REASON_NONE) {
    return reason;
  }
  run->tail = longest->nobs - sx_facts_of(longest).last;
  run->future.steps = run->tail + request->steps;
  exact->each_series = 1;
  exact->width =
      sx_exact_width(model->simd, request->of.count, c * c * sizeof(double));
  return sx_future_cover(exact, run->future.steps);
}

static void layout(sx_arena *arena, runner *run) {
  int64_t steps = run->future.steps;

  sx_exact_layout(arena, &run->exact);
  sx_future_layout(&run->exact, steps, arena, &run->future);
  run->values =
      sx_arena_doubles(arena, (size_t)run->future.degree + (size_t)steps);
}

/* The values before the forecasts, those of gaps by their means. */
static void read_past(const runner *run, int32_t lane) {
  const sx_exact *exact = &run->exact;
  const sx_series *series = exact->series[lane];
  int64_t n = sx_exact_observed(exact, lane);
  int64_t first = n - run->future.degree;
  int32_t w = exact->width;

  for (int64_t t = first; t < n; t++) {
    run->values[t - first] = series->endog[t];
    if (exact->model->spec.k_exog > 0) {
      run->values[t - first] -=
          sx_exog_effect(exact->model, &exact->params,
                         series->exog + t * exact->model->spec.k_exog);
    }
  }
  for (int32_t a = 0; a < exact->k_gaps; a++) {
    if (exact->gaps[a] >= first) {
      run->values[exact->gaps[a] - first] =
          exact->filled[a * w + lane] + run->future.unknown[a * w + lane];
    }
  }
}

/* pi(B) y = x, the parameters of the lane being unpacked. */
static void find_means(const runner *run, int32_t lane,
                       sx_forecast_output *out) {
  const sx_exact *exact = &run->exact;
  const sx_future *future = &run->future;
  int64_t n = sx_exact_observed(exact, lane);
  int32_t w = exact->width;

  read_past(run, lane);
  for (int64_t j = 0; j < future->steps; j++) {
    double *value = run->values + future->degree + j;

    *value = sx_trend_value(exact->model, &exact->params, n + j - 1);
    if (j < exact->ahead) {
      *value += future->unknown[(exact->k_gaps + j) * w + lane];
    }
    for (int32_t i = 0; i < future->k_lags; i++) {
      *value -= future->generator[future->lags[i] * w + lane] *
                value[-future->lags[i]];
    }
    if (j >= run->tail) {
      out->mean[j - run->tail] = *value;
    }
  }
}

static void read_lane(runner *run, int32_t lane, const double *params,
                      const sx_exact_result *result, sx_forecast_output *out) {
  sx_exact *exact = &run->exact;
  int32_t k_exog = exact->model->spec.k_exog;
  double scale = exact->sigma2[lane] * result->scale;

  sx_params_unpack(exact->model, params, &exact->params);
  find_means(run, lane, out);
  for (int64_t h = 0; h < out->steps; h++) {
    if (k_exog > 0) {
      out->mean[h] += sx_exog_effect(exact->model, &exact->params,
                                     out->exog_future + h * k_exog);
    }
    out->var[h] =
        scale * run->future.var[(run->tail + h) * exact->width + lane];
  }
  out->nobs_skipped = 0;
}

/* What multiplies errors on the way to the forecasts of a lane. */
typedef struct growth {
  double terms; /* the terms of a variance beside the variance */
  double path;  /* sum |psi_j| */
  double mean;  /* the same beside the standard deviation */
} growth;

/* Negative or NaN where a variance is not positive. */
static growth growth_of(const runner *run, int32_t lane, double scale) {
  const sx_future *future = &run->future;
  growth most = {0.0, 0.0, 0.0};
  double path = 0.0;

  for (int64_t h = 0; h < future->steps; h++) {
    int64_t cell = h * run->exact.width + lane;
    double var = future->var[cell];

    if (!(var > 0.0) || !isfinite(var)) {
      return (growth){NAN, NAN, NAN};
    }
    path += fabs(future->psi[cell]);
    most.terms = fmax(most.terms, future->terms[cell] / var);
    most.mean = fmax(most.mean, path / sqrt(scale * var));
  }
  most.path = path;
  return most;
}

/*
 * Whether the forecasts of a lane are to be had of this engine. The variances
 * of statsmodels are as far from them as those of its observations, and with
 * them its gains, by which the means take in innovations of size sqrt(Q / n);
 * the means are sums of data with the weights psi, besides.
 */
static sx_reason judge(const runner *run, int32_t lane,
                       const sx_exact_result *result, sx_engine engine) {
  const sx_exact *exact = &run->exact;
  double scale = result->scale * exact->sigma2[lane];
  double n = (double)sx_exact_observed(exact, lane);
  double S = result->sensitivity;
  double shock = sqrt(1.0 + result->squares / (scale * n));
  double data = DATA_FACTOR * DBL_EPSILON * S;
  growth most = growth_of(run, lane, scale);
  sx_distance variance = sx_variance_distance(exact, lane, S);
  double rounding =
      shock * variance.rounding + data * exact->largest[lane] * most.mean;

  if (!isfinite(most.path)) {
    return SX_REASON_SINGULAR;
  }
  if (!(result->loss * most.terms <= MAX_ERROR) ||
      !(data * most.path <= MAX_ERROR)) {
    return SX_REASON_PRECISION;
  }
  if (engine == SX_ENGINE_EXACT) {
    return SX_REASON_NONE;
  }
  if (!(rounding <= AUTO_DISTANCE)) {
    return SX_REASON_ROUNDING;
  }
  return rounding + shock * variance.steady <= AUTO_DISTANCE ? SX_REASON_NONE
                                                             : SX_REASON_STEADY;
}

static void read_lanes(runner *run, const sx_part *now,
                       const sx_outlook_output *out) {
  sx_exact *exact = &run->exact;
  sx_loglike_output *how = out->how + now->first;
  sx_exact_result result;

  for (int32_t l = 0; l < now->count; l++) {
    const double *params =
        sx_request_params(exact->model, now->request, now->first + l);

    if (how[l].reason != SX_REASON_NONE) {
      continue;
    }
    how[l].reason = sx_exact_result_of(exact, l, params, &result);
    if (how[l].reason == SX_REASON_NONE) {
      how[l].reason = judge(run, l, &result, now->request->engine);
    }
    if (how[l].reason == SX_REASON_NONE) {
      read_lane(run, l, params, &result, &out->forecasts[now->first + l]);
    }
    how[l].engine = SX_ENGINE_EXACT;
    how[l].loglike = result.loglike;
    how[l].nobs_skipped = 0;
  }
}

/* All that the exact engine can do. */
static sx_status try_exact(const sx_model *model, const sx_series *series,
                           const sx_forecast_request *request, sx_arena *arena,
                           const sx_outlook_output *out) {
  const sx_series *longest = series;
  sx_part now = {&request->of, 0, 0};
  sx_reason reason;
  runner run;

  for (int64_t i = 1; i < request->of.count; i++) {
    if (sx_facts_of(series + i).last > sx_facts_of(longest).last) {
      longest = series + i;
    }
  }
  reason = cover(model, longest, request, &run);
  if (reason == SX_REASON_NONE) {
    layout(arena, &run);
    if (sx_arena_failed(arena)) {
      return SX_E_WORKSPACE;
    }
  }
  for (int64_t i = 0; i < request->of.count; i++) {
    out->how[i].reason = reason;
  }
  for (int64_t first = 0; first < request->of.count && reason == SX_REASON_NONE;
       first += run.exact.width) {
    sx_part_take(&run.exact, first, &now);
    sx_exact_bind(&run.exact, series + first, now.count);
    if (!sx_part_load(&run.exact, &now, out->how + first)) {
      continue;
    }
    sx_exact_run_lanes(&run.exact);
    if (!run.exact.counter.stopped) { /* or it would read what is not there */
      sx_exact_future_lanes(&run.exact, &run.future);
    }
    if (run.exact.counter.stopped) {
      return SX_E_INTERRUPTED;
    }
    read_lanes(&run, &now, out);
  }
  return SX_OK;
}

sx_status sx_outlook_plan(const sx_model *model, const sx_series *series,
                          const sx_forecast_request *request,
                          size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  size_t exact_size = 0, filter_size = 0;
  sx_status status = SX_OK;
  runner run;

  if (request->of.engine != SX_ENGINE_EXACT) {
    status = sx_forecast_plan(model, &filter_size);
  }
  if (status == SX_OK && request->of.engine != SX_ENGINE_IDENTICAL &&
      cover(model, series, request, &run) == SX_REASON_NONE) {
    layout(&arena, &run);
    status = sx_arena_plan(&arena, &exact_size);
  }
  *work_size = exact_size > filter_size ? exact_size : filter_size;
  return status;
}

/* What the exact engine did not do; the first error or the worst warning. */
static sx_status finish(const sx_model *model, const sx_series *series,
                        const sx_forecast_request *request, void *work,
                        size_t work_size, const sx_outlook_output *out) {
  sx_status found = SX_OK;

  for (int64_t i = 0; i < request->of.count; i++) {
    sx_loglike_output *how = &out->how[i];

    how->status = SX_OK;
    if (how->reason != SX_REASON_NONE) {
      how->engine = SX_ENGINE_IDENTICAL;
      how->status = request->of.engine == SX_ENGINE_EXACT
                        ? SX_E_EXACT
                        : sx_forecast(model, series + i,
                                      sx_request_params(model, &request->of, i),
                                      work, work_size, &out->forecasts[i]);
    }
    if (how->status == SX_E_INTERRUPTED) {
      return SX_E_INTERRUPTED;
    }
    if (found >= 0 && (how->status < 0 || how->status > found)) {
      found = how->status;
    }
  }
  return found;
}

sx_status sx_outlook(const sx_model *model, const sx_series *series,
                     const sx_forecast_request *request, void *work,
                     size_t work_size, const sx_outlook_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_status status = SX_OK;

  for (int64_t i = 0; i < request->of.count; i++) {
    out->how[i].reason = SX_REASON_ASKED;
  }
  if (request->of.engine != SX_ENGINE_IDENTICAL) {
    status = try_exact(model, series, request, &arena, out);
  }
  return status == SX_OK ? finish(model, series, request, work, work_size, out)
                         : status;
}
