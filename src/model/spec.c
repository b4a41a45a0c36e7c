/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/spec.h"

#include <math.h>

static int lags_ascend(const sx_lags *lags, int32_t first) {
  int32_t previous = first - 1;

  if (lags->count < 0 || (lags->count > 0 && lags->lag == NULL)) {
    return 0;
  }
  for (int32_t i = 0; i < lags->count; i++) {
    if (lags->lag[i] <= previous) {
      return 0;
    }
    previous = lags->lag[i];
  }
  return 1;
}

static int64_t last_lag(const sx_lags *lags) {
  return lags->count > 0 ? lags->lag[lags->count - 1] : 0;
}

static sx_status check(const sx_spec *spec) {
  int seasonal = spec->seasonal_ar.count > 0 || spec->seasonal_ma.count > 0 ||
                 spec->seasonal_diff > 0;

  if (!lags_ascend(&spec->ar, 1) || !lags_ascend(&spec->ma, 1) ||
      !lags_ascend(&spec->seasonal_ar, 1) ||
      !lags_ascend(&spec->seasonal_ma, 1)) {
    return SX_E_LAGS;
  }
  if (spec->diff < 0 || spec->seasonal_diff < 0) {
    return SX_E_DIFF;
  }
  if (spec->periods < 0 || spec->periods == 1 ||
      (seasonal && spec->periods == 0)) {
    return SX_E_PERIODS;
  }
  if (!lags_ascend(&spec->trend, 0)) {
    return SX_E_TREND;
  }
  if (spec->k_exog < 0 || spec->max_states < 1 ||
      spec->loglikelihood_burn < -1 || isnan(spec->initial_variance) ||
      isnan(spec->tolerance) || isnan(spec->trend_offset)) {
    return SX_E_ARGUMENT;
  }
  return SX_OK;
}

static sx_status set_parameter_offsets(sx_model *model) {
  const sx_spec *spec = &model->spec;
  int64_t total = (int64_t)spec->trend.count + spec->k_exog + spec->ar.count +
                  spec->ma.count + spec->seasonal_ar.count +
                  spec->seasonal_ma.count + 2;

  if (total > INT32_MAX) {
    return SX_E_OVERFLOW;
  }
  model->offset_trend = 0;
  model->offset_exog = model->offset_trend + spec->trend.count;
  model->offset_ar = model->offset_exog + spec->k_exog;
  model->offset_ma = model->offset_ar + spec->ar.count;
  model->offset_seasonal_ar = model->offset_ma + spec->ma.count;
  model->offset_seasonal_ma =
      model->offset_seasonal_ar + spec->seasonal_ar.count;
  model->offset_measurement_variance =
      model->offset_seasonal_ma + spec->seasonal_ma.count;
  model->offset_sigma2 = model->offset_measurement_variance +
                         (sx_has(model, SX_MEASUREMENT_ERROR) ? 1 : 0);
  model->has_sigma2 = !sx_has(model, SX_CONCENTRATE_SCALE);
  model->k_params = model->offset_sigma2 + model->has_sigma2;
  return SX_OK;
}

static sx_status set_state_layout(sx_model *model) {
  const sx_spec *spec = &model->spec;
  int64_t s = spec->periods;
  int64_t ar = last_lag(&spec->ar) + s * last_lag(&spec->seasonal_ar);
  int64_t ma = last_lag(&spec->ma) + s * last_lag(&spec->seasonal_ma);
  int64_t order = ar > ma + 1 ? ar : ma + 1;
  int64_t diff = sx_has(model, SX_SIMPLE_DIFFERENCING)
                     ? 0
                     : spec->diff + s * spec->seasonal_diff;

  if (order > spec->max_states || diff > spec->max_states ||
      order + diff > spec->max_states) {
    return SX_E_MAX_STATES;
  }
  model->ar_order = (int32_t)ar;
  model->ma_order = (int32_t)ma;
  model->k_order = (int32_t)order;
  model->k_diff_states = (int32_t)diff;
  model->k_states = (int32_t)(order + diff);
  return SX_OK;
}

sx_status sx_model_init(const sx_spec *spec, sx_model *model) {
  sx_status status;

  if (spec == NULL || model == NULL) {
    return SX_E_ARGUMENT;
  }
  status = check(spec);
  if (status != SX_OK) {
    return status;
  }
  model->spec = *spec;
  model->simd = sx_simd_detect();
  status = set_parameter_offsets(model);
  if (status != SX_OK) {
    return status;
  }
  status = set_state_layout(model);
  if (status != SX_OK) {
    return status;
  }
  model->loglikelihood_burn = spec->loglikelihood_burn;
  if (model->loglikelihood_burn < 0) {
    model->loglikelihood_burn = sx_has(model, SX_ENFORCE_STATIONARITY)
                                    ? model->k_diff_states
                                    : model->k_states;
  }
  return SX_OK;
}
