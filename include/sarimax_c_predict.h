/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sarimax_c: forecasts, states that go on, predictions within the sample,
 * missing values. The contract is that of sarimax_c.h.
 */
#ifndef SARIMAX_C_PREDICT_H
#define SARIMAX_C_PREDICT_H

#include "sarimax_c.h"

/* ---- forecast ---- */

typedef struct sx_forecast_output {
  int64_t steps;             /* input, >= 1 */
  const double *exog_future; /* input, (steps, k_exog) or NULL; differenced */
  double *mean;              /* (steps,) E(y_{n+h} | y_1..y_n) */
  double *var;               /* (steps,) its variance, Z P Z' + H */
  int64_t nobs_skipped;      /* as in sx_filter_output */
} sx_forecast_output;

/*
 * Filters, then predicts.
 *   work (work_size bytes, any alignment): sx_forecast_plan
 * Everything else as sx_filter.
 */
sx_status sx_forecast_plan(const sx_model *model, size_t *work_size);
sx_status sx_forecast(const sx_model *model, const sx_series *series,
                      const double *params, void *work, size_t work_size,
                      sx_forecast_output *out);

typedef struct sx_forecast_request {
  sx_loglike_request of; /* each of its own series */
  int64_t steps;         /* >= 1 */
} sx_forecast_request;

typedef struct sx_outlook_output {
  sx_forecast_output *forecasts; /* (count,) */
  sx_loglike_output *how; /* (count,) with loglike where the exact one ran */
} sx_outlook_output;

/*
 * Forecasts of many series as sx_loglike runs them. auto: exact where they are
 * sure to be closer to statsmodels' than 1e-8 of the standard deviation and of
 * the variance, else those of sx_forecast.
 *   series: alike as for sx_loglike, with equally many missing at their ends;
 *           for the plan one, the longest
 *   work (work_size bytes, any alignment): sx_outlook_plan
 * Returns as sx_loglike.
 */
sx_status sx_outlook_plan(const sx_model *model, const sx_series *series,
                          const sx_forecast_request *request,
                          size_t *work_size);
sx_status sx_outlook(const sx_model *model, const sx_series *series,
                     const sx_forecast_request *request, void *work,
                     size_t work_size, const sx_outlook_output *out);

typedef struct sx_rolling_output {
  int64_t steps;         /* input, >= 1 */
  int64_t start, stride; /* input, >= 0 and >= 1 */
  /* input: rows after the last, as many as the horizons reach; or NULL */
  const double *exog_future;
  double *mean;         /* (origins, steps), as in sx_forecast_output */
  double *var;          /* (origins, steps) */
  int64_t nobs_skipped; /* up to the last origin */
} sx_rolling_output;

/*
 * Forecasts from the origins t = start, start + stride, .. <= nobs in one run
 * of the filter: each with the bits of sx_forecast on the first t rows.
 *   exog of the periods ahead: the series', then exog_future
 *   work (work_size bytes, any alignment): sx_rolling_plan
 * SX_E_ARGUMENT; else as sx_forecast.
 */
sx_status sx_rolling_plan(const sx_model *model, int64_t steps,
                          size_t *work_size);
sx_status sx_rolling_forecast(const sx_model *model, const sx_series *series,
                              const double *params, void *work,
                              size_t work_size, sx_rolling_output *out);

/* ---- state ---- */

/*
 * What the filter keeps of the periods so far, with the parameters: further
 * rows and forecasts have the bits that a run over all rows would give. A flat
 * record without pointers, aligned as a double, of which this is the head; it
 * may be copied and stored, and is meant for the model that made it.
 */
typedef struct sx_state {
  int64_t format;       /* of the record */
  int64_t size;         /* bytes in use, this head included */
  int64_t nobs;         /* periods */
  int64_t nobs_skipped; /* these as in sx_filter_output */
  double llf;
  double scale;
} sx_state;

/*
 * state_size: bytes that a record takes at most; work_size: for the others.
 *   work (work_size bytes, any alignment)
 * The filter's statuses; SX_E_ARGUMENT for a record of another format or size
 * than the model's. After an error `state` is as before.
 */
sx_status sx_state_plan(const sx_model *model, size_t *state_size,
                        size_t *work_size);

/* SX_E_ARGUMENT if `size` bytes at `state` are not a record of the model. */
sx_status sx_state_check(const sx_model *model, const sx_state *state,
                         size_t size);

/* The parameters (k_params,) in a record. */
const double *sx_state_params(const sx_state *state);

/* After a series, which may be empty; arguments as sx_filter. */
sx_status sx_state_start(const sx_model *model, const sx_series *series,
                         const double *params, void *work, size_t work_size,
                         sx_state *state);

/*
 * After further rows, differenced together with those before.
 *   out: the arrays (series->nobs,) are of these rows, the numbers of all
 */
sx_status sx_state_append(const sx_model *model, const sx_series *series,
                          void *work, size_t work_size, sx_state *state,
                          sx_filter_output *out);

/* Forecasts as sx_forecast on all rows; `interrupt` may be NULL. */
sx_status sx_state_forecast(const sx_model *model, const sx_state *state,
                            const sx_interrupt *interrupt, void *work,
                            size_t work_size, sx_forecast_output *out);

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
