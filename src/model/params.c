/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/params.h"

#include "model/spec.h"

#include <math.h>

void sx_params_layout(const sx_model *model, sx_arena *arena,
                      sx_params *params) {
  params->reduced_ar = sx_arena_doubles(arena, (size_t)model->ar_order);
  params->reduced_ma = sx_arena_doubles(arena, (size_t)model->ma_order);
}

sx_params_factors sx_params_factors_of(const sx_model *model,
                                       const double *vector) {
  const sx_spec *spec = &model->spec;
  int32_t s = spec->periods;
  sx_params_factors factors = {
      .ar = {spec->ar, 1, vector + model->offset_ar},
      .seasonal_ar = {spec->seasonal_ar, s, vector + model->offset_seasonal_ar},
      .ma = {spec->ma, 1, vector + model->offset_ma},
      .seasonal_ma = {spec->seasonal_ma, s,
                      vector + model->offset_seasonal_ma}};

  return factors;
}

void sx_params_unpack(const sx_model *model, const double *vector,
                      sx_params *params) {
  sx_params_factors factors = sx_params_factors_of(model, vector);

  params->trend = vector + model->offset_trend;
  params->exog = vector + model->offset_exog;
  sx_poly_reduce(&factors.ar, &factors.seasonal_ar, -1.0, model->ar_order,
                 params->reduced_ar);
  sx_poly_reduce(&factors.ma, &factors.seasonal_ma, 1.0, model->ma_order,
                 params->reduced_ma);
  params->measurement_variance =
      sx_has(model, SX_MEASUREMENT_ERROR)
          ? vector[model->offset_measurement_variance]
          : 0.0;
  params->sigma2 = model->has_sigma2 ? vector[model->offset_sigma2] : 1.0;
  if (isinf(params->sigma2)) {
    params->sigma2 = NAN; /* R Q R' as a dense product: 0 * inf */
  }
}

double sx_trend_value(const sx_model *model, const sx_params *params,
                      int64_t t) {
  const sx_lags *powers = &model->spec.trend;
  double time = model->spec.trend_offset + (double)t;
  double value = 0.0;
  double monomial = 1.0;
  int32_t power = 0;

  for (int32_t k = 0; k < powers->count; k++) {
    for (; power < powers->lag[k]; power++) {
      monomial *= time;
    }
    value += params->trend[k] * monomial;
  }
  return value;
}

double sx_exog_effect(const sx_model *model, const sx_params *params,
                      const double *x) {
  double effect = 0.0;

  for (int32_t k = 0; k < model->spec.k_exog; k++) {
    effect += x[k] * params->exog[k];
  }
  return effect;
}
