/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/kalman.h"

/* The trend goes on with index nobs + h; the steady state does not. */
sx_status sx_forecast(const sx_model *model, const sx_series *series,
                      const double *params, void *work, size_t work_size,
                      sx_forecast_output *out) {
  sx_filter_output filtered = {0};
  sx_kalman kalman;
  sx_status status = sx_kalman_start(model, params, work, work_size, &kalman);

  if (status != SX_OK) {
    return status;
  }
  status = sx_kalman_filter(&kalman, series, &filtered);
  out->nobs_skipped = filtered.nobs_skipped;
  for (int64_t h = 0; h < out->steps; h++) {
    sx_kalman_observe(&kalman, &out->mean[h], &out->var[h]);
    out->var[h] *= filtered.scale;
    if (out->exog_future) {
      out->mean[h] += sx_exog_effect(model, &kalman.params,
                                     out->exog_future + h * model->spec.k_exog);
    }
    sx_kalman_predict(&kalman,
                      sx_trend_value(model, &kalman.params, series->nobs + h));
  }
  return status;
}
