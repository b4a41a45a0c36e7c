/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of models share: short ways to a specification, the test
 * series (in numpy: k = arange(60), y = ((37 k^2 + 11 k) % 101) / 10 - 5,
 * z = cumsum(y)), reproducible random numbers, and runs of the filter in a
 * workspace of exactly the planned size that starts as NaN.
 */
#ifndef FIXTURES_H
#define FIXTURES_H

#include "sarimax_c_predict.h"

#include "harness.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { NOBS = 60, ENFORCE = SX_ENFORCE_STATIONARITY };

static const int32_t LAGS[] = {1, 2, 3, 4, 5};
static const int32_t LAG_2[] = {2};
static const int32_t LAGS_1_3[] = {1, 3};
static const int32_t POWERS[] = {0, 1};
static const int32_t POWERS_0_3[] = {0, 3};

/* Order (p, d, q) of consecutive lags with the default options. */
static inline sx_spec order(int32_t p, int32_t d, int32_t q) {
  sx_spec spec = {.ar = {p, LAGS},
                  .ma = {q, LAGS},
                  .diff = d,
                  .trend_offset = 1.0,
                  .flags = ENFORCE | SX_ENFORCE_INVERTIBILITY,
                  .loglikelihood_burn = -1,
                  .initial_variance = 1e6,
                  .tolerance = 1e-19,
                  .max_states = 4096};

  return spec;
}

/* `spec` with the seasonal order (P, D, Q, s). */
static inline sx_spec seasonal(sx_spec spec, int32_t P, int32_t D, int32_t Q,
                               int32_t s) {
  spec.seasonal_ar = (sx_lags){P, LAGS};
  spec.seasonal_ma = (sx_lags){Q, LAGS};
  spec.seasonal_diff = D;
  spec.periods = s;
  return spec;
}

static inline sx_model model_of(const sx_spec *spec) {
  sx_model model;

  CHECK(sx_model_init(spec, &model) == SX_OK);
  return model;
}

static inline void fill_y(int n, double *y) {
  for (int k = 0; k < n; k++) {
    y[k] = (double)((37 * k * k + 11 * k) % 101) / 10.0 - 5.0;
  }
}

static inline void fill_z(int n, double *z) {
  double sum = 0.0;

  fill_y(n, z);
  for (int k = 0; k < n; k++) {
    sum += z[k];
    z[k] = sum;
  }
}

/* Uniform on (-1, 1): a multiplicative congruential generator. */
static inline double uniform(uint64_t *seed) {
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(int64_t)*seed * 0x1p-63;
}

/* An integer in [0, count). */
static inline int32_t pick(uint64_t *seed, int32_t count) {
  return (int32_t)((0.5 + 0.5 * uniform(seed)) * count) % count;
}

/* A workspace of this size, all NaN. */
static inline void *work_of_size(size_t size) {
  void *work = malloc(size);

  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  return work;
}

/* A workspace of the planned size for sx_filter. */
static inline void *work_make(const sx_model *model, size_t *size) {
  CHECK(sx_filter_plan(model, size) == SX_OK);
  return work_of_size(*size);
}

static inline sx_status run_filter(const sx_model *model,
                                   const sx_series *series,
                                   const double *params,
                                   sx_filter_output *out) {
  size_t size = 0;
  void *work = work_make(model, &size);
  sx_status status = sx_filter(model, series, params, work, size, out);

  free(work);
  return status;
}

/* All outputs of one run; what it does not write is NaN. */
typedef struct results {
  double forecast[NOBS], error[NOBS], cov[NOBS], standardized[NOBS], llf[NOBS];
  sx_filter_output out;
} results;

static inline void results_clear(results *r) {
  memset(r, 0xff, sizeof(*r));
  r->out.forecasts = r->forecast;
  r->out.forecasts_error = r->error;
  r->out.forecasts_error_cov = r->cov;
  r->out.standardized_forecasts_error = r->standardized;
  r->out.llf_obs = r->llf;
}

/* A run without exog that wants everything. */
static inline sx_status run(const sx_model *model, int64_t nobs,
                            const double *endog, const double *params,
                            results *r) {
  sx_series series = {nobs, endog, NULL, NULL, NULL};

  results_clear(r);
  return run_filter(model, &series, params, &r->out);
}

static inline sx_status run_forecast(const sx_model *model,
                                     const sx_series *series,
                                     const double *params,
                                     sx_forecast_output *out) {
  size_t size = 0;
  sx_status status = sx_forecast_plan(model, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_forecast(model, series, params, work, size, out);
  free(work);
  return status;
}

static inline void check_all(int64_t n, const double *actual,
                             const double *expected, double relative) {
  for (int64_t i = 0; i < n; i++) {
    CHECK_CLOSE(actual[i], expected[i], relative, 0);
  }
}

#endif
