/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/params.h"

#include "base/poly.h"
#include "model/spec.h"

#include <math.h>

void sx_params_layout(const sx_model *model, sx_arena *arena,
                      sx_params *params) {
  params->reduced_ar = sx_arena_doubles(arena, (size_t)model->ar_order);
  params->reduced_ma = sx_arena_doubles(arena, (size_t)model->ma_order);
}

void sx_params_unpack(const sx_model *model, const double *vector,
                      sx_params *params) {
  const sx_spec *spec = &model->spec;
  sx_poly_factor ar = {spec->ar, 1, vector + model->offset_ar};
  sx_poly_factor ma = {spec->ma, 1, vector + model->offset_ma};
  sx_poly_factor seasonal_ar = {spec->seasonal_ar, spec->periods,
                                vector + model->offset_seasonal_ar};
  sx_poly_factor seasonal_ma = {spec->seasonal_ma, spec->periods,
                                vector + model->offset_seasonal_ma};

  params->trend = vector + model->offset_trend;
  params->exog = vector + model->offset_exog;
  sx_poly_reduce(&ar, &seasonal_ar, -1.0, model->ar_order, params->reduced_ar);
  sx_poly_reduce(&ma, &seasonal_ma, 1.0, model->ma_order, params->reduced_ma);
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
