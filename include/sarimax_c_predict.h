/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sarimax_c: predictions within the sample and missing values. The contract is
 * that of sarimax_c.h.
 */
#ifndef SARIMAX_C_PREDICT_H
#define SARIMAX_C_PREDICT_H

#include "sarimax_c.h"

/* ---- prediction ---- */

typedef struct sx_predict_output {
  int64_t start, end; /* input, the periods start <= t < end */
  /* input, 0 <= start <= origin <= nobs, origin <= end: from it on dynamic */
  int64_t origin;
  const double *exog_future; /* input, (end - nobs, k_exog) or NULL */
  double *mean; /* (end - start,) E(y_t | y_1..y_k), k = min(t - 1, origin) */
  double *var;  /* (end - start,) its variance */
  int64_t nobs_skipped; /* among the observations it needed */
} sx_predict_output;

/*
 * One-step forecasts of the periods before `origin`, then forecasts from there.
 * Only observations before `origin` are looked at, but for the scale if that is
 * concentrated out.
 *   work (work_size bytes, any alignment): sx_forecast_plan
 * SX_E_ARGUMENT; else as sx_forecast.
 */
sx_status sx_predict(const sx_model *model, const sx_series *series,
                     const double *params, void *work, size_t work_size,
                     sx_predict_output *out);

/* ---- missing values ---- */

typedef struct sx_impute_output {
  double *mean; /* (nobs,) the series, E(y_t | all of it) where missing */
  double *var;  /* (nobs,) its variance, 0 where observed; or NULL */
  int64_t nobs_skipped; /* as in sx_filter_output */
} sx_impute_output;

/*
 * Missing values by the fixed-interval smoother, after the identical filter.
 * The variance is that of the observation, measurement error included.
 * Backwards a period costs O(k_states), with the variance O(k_states^2).
 *   series: differenced by sx_difference
 *   wants_var: non-zero for a run with `var`
 *   work (work_size bytes, any alignment): sx_impute_plan
 * As sx_filter; SX_W_NONFINITE for a result.
 */
sx_status sx_impute_plan(const sx_model *model, const sx_series *series,
                         int wants_var, size_t *work_size);
sx_status sx_impute(const sx_model *model, const sx_series *series,
                    const double *params, void *work, size_t work_size,
                    sx_impute_output *out);

#endif
