/* SPDX-License-Identifier: BSD-3-Clause */
#include "predict/forecast.h"

#include "model/spec.h"
#include "sarimax_c_predict.h"

/* Filters the rows from the last on up to `end`. */
static sx_status filter_until(sx_kalman *kalman, const sx_series *series,
                              int64_t end, sx_filter_output *filtered) {
  int64_t k = kalman->model->spec.k_exog;
  int64_t t = kalman->past.nobs;
  sx_series rows = {.nobs = end - t,
                    .endog = series->endog + t,
                    .exog = k > 0 ? series->exog + t * k : NULL,
                    .interrupt = series->interrupt};

  return sx_kalman_filter(kalman, &rows, filtered);
}

/* One-step forecasts, then those from the origin, before the scale. */
static sx_status predict_unscaled(sx_kalman *kalman, sx_ahead *ahead,
                                  const sx_series *series,
                                  sx_predict_output *out) {
  int64_t known = out->origin - out->start;
  sx_filter_output filtered = {0};
  sx_forecast_output further = {.steps = out->end - out->origin,
                                .mean = out->mean + known,
                                .var = out->var + known};
  sx_status status, forecast = SX_OK;

  status = filter_until(kalman, series, out->start, &filtered);
  if (status < 0) {
    return status;
  }
  filtered.forecasts = out->mean;
  filtered.forecasts_error_cov = out->var;
  status = filter_until(kalman, series, out->origin, &filtered);
  if (status >= 0 && further.steps > 0) {
    forecast =
        sx_forecast_after(kalman, 1.0, series->interrupt, ahead, &further);
    sx_forecast_add_exog_from(kalman, series, out->exog_future, further.steps,
                              further.mean);
  }
  out->nobs_skipped = filtered.nobs_skipped;
  return forecast < 0 ? forecast : status;
}

/* The scale is that of all observations, wherever the origin is. */
static sx_status apply_scale(sx_kalman *kalman, const sx_series *series,
                             sx_predict_output *out) {
  sx_filter_output filtered = {0};
  sx_status status = filter_until(kalman, series, series->nobs, &filtered);

  for (int64_t t = 0; t < out->end - out->start; t++) {
    out->var[t] *= filtered.scale;
  }
  out->nobs_skipped = filtered.nobs_skipped;
  return status;
}

sx_status sx_predict(const sx_model *model, const sx_series *series,
                     const double *params, void *work, size_t work_size,
                     sx_predict_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_kalman kalman;
  sx_ahead ahead;
  sx_status status;

  if (out->start < 0 || out->start > out->origin || out->origin > out->end ||
      out->origin > series->nobs) {
    return SX_E_ARGUMENT;
  }
  status = sx_kalman_start(model, params, series->interrupt, &arena, &kalman);
  sx_ahead_layout(model, 1, &arena, &ahead);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  kalman.unscaled = 1;
  if (status == SX_OK) {
    status = predict_unscaled(&kalman, &ahead, series, out);
  }
  if (status >= 0 && sx_has(model, SX_CONCENTRATE_SCALE)) {
    status = apply_scale(&kalman, series, out);
  }
  return status;
}
