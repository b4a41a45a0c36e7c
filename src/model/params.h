/* SPDX-License-Identifier: BSD-3-Clause */
/* The parameter vector as named blocks. */
#ifndef SX_MODEL_PARAMS_H
#define SX_MODEL_PARAMS_H

#include "base/arena.h"
#include "base/poly.h"

typedef struct sx_params {
  const double *trend; /* (spec.trend.count,) */
  const double *exog;  /* (k_exog,) beta */
  double *reduced_ar;  /* (ar_order,) phi_1.. of phi(B) Phi(B^s) */
  double *reduced_ma;  /* (ma_order,) theta_1.. of theta(B) Theta(B^s) */
  double measurement_variance; /* H; 0 without measurement error */
  double sigma2;               /* Q; 1 if the scale is concentrated out */
} sx_params;

/* The factors of phi(B) and theta(B); coefficients point into the vector. */
typedef struct sx_params_factors {
  sx_poly_factor ar, seasonal_ar;
  sx_poly_factor ma, seasonal_ma;
} sx_params_factors;

sx_params_factors sx_params_factors_of(const sx_model *model,
                                       const double *vector);

void sx_params_layout(const sx_model *model, sx_arena *arena,
                      sx_params *params);

/*
 * Points trend and exog into `vector` (k_params,), which must outlive `params`,
 * and fills the rest. phi(B) = 1 - sum phi_i B^i, theta(B) = 1 + sum theta_i
 * B^i.
 */
void sx_params_unpack(const sx_model *model, const double *vector,
                      sx_params *params);

/* c_t = sum_k trend_k (trend_offset + t)^power_k. */
double sx_trend_value(const sx_model *model, const sx_params *params,
                      int64_t t);

/* d_t = x_t' beta of one row x (k_exog,). */
double sx_exog_effect(const sx_model *model, const sx_params *params,
                      const double *x);

#endif
