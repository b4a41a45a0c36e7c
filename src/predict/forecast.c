/* SPDX-License-Identifier: BSD-3-Clause */
#include "predict/forecast.h"

void sx_forecast_add_exog(const sx_kalman *kalman, int64_t count,
                          const double *exog, double *mean) {
  for (int64_t h = 0; h < count; h++) {
    mean[h] += sx_exog_effect(kalman->model, &kalman->params,
                              exog + h * kalman->model->spec.k_exog);
  }
}

void sx_forecast_add_exog_from(const sx_kalman *kalman, const sx_series *series,
                               const double *exog_future, int64_t count,
                               double *mean) {
  int64_t t = kalman->past.nobs;
  int64_t known = series->nobs - t < count ? series->nobs - t : count;

  if (kalman->model->spec.k_exog > 0) {
    sx_forecast_add_exog(kalman, known,
                         series->exog + t * kalman->model->spec.k_exog, mean);
    sx_forecast_add_exog(kalman, count - known, exog_future, mean + known);
  }
}

sx_status sx_forecast_after(const sx_kalman *kalman, double scale,
                            const sx_interrupt *interrupt, sx_ahead *ahead,
                            sx_forecast_output *out) {
  int64_t m = kalman->statespace.k_states;
  sx_counter counter = {interrupt, 0, 0};
  double var[SX_FORMS];

  sx_ahead_start(kalman, ahead);
  sx_ahead_means(kalman, ahead, out->steps, &counter, out->mean);
  if (out->exog_future) {
    sx_forecast_add_exog(kalman, out->steps, out->exog_future, out->mean);
  }
  out->var[0] = sx_kalman_cov(kalman) * scale;
  for (int64_t h = 1; h < out->steps && !counter.stopped; h += SX_FORMS) {
    sx_ahead_make(kalman, ahead, 0);
    sx_ahead_variances(kalman, ahead, 0, var);
    for (int64_t k = 0; k < SX_FORMS && h + k < out->steps; k++) {
      out->var[h + k] = var[k] * scale;
    }
    sx_interrupt_asked(&counter, SX_FORMS * m * m);
  }
  return counter.stopped ? SX_E_INTERRUPTED : SX_OK;
}

sx_status sx_forecast_plan(const sx_model *model, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_kalman kalman;
  sx_ahead ahead;

  sx_kalman_layout(model, &arena, &kalman);
  sx_ahead_layout(model, 1, &arena, &ahead);
  return sx_arena_plan(&arena, work_size);
}

sx_status sx_forecast(const sx_model *model, const sx_series *series,
                      const double *params, void *work, size_t work_size,
                      sx_forecast_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_filter_output filtered = {0};
  sx_status status, forecast;
  sx_kalman kalman;
  sx_ahead ahead;

  status = sx_kalman_start(model, params, series->interrupt, &arena, &kalman);
  sx_ahead_layout(model, 1, &arena, &ahead);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  if (status == SX_OK) {
    status = sx_kalman_filter(&kalman, series, &filtered);
  }
  if (status < 0) {
    return status;
  }
  out->nobs_skipped = filtered.nobs_skipped;
  forecast = sx_forecast_after(&kalman, filtered.scale, series->interrupt,
                               &ahead, out);
  return forecast < 0 ? forecast : status;
}
