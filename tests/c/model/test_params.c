/* SPDX-License-Identifier: BSD-3-Clause */
/* Expected values by hand; dyadic fractions, so all are exact. */
#include "model/params.h"

#include "fixtures.h"

enum { ROOM = 4096 };

/* An unpacked vector, its arrays in `memory`. */
typedef struct unpacked {
  sx_params params;
  _Alignas(64) unsigned char memory[ROOM];
} unpacked;

static void unpack(const sx_model *model, const double *vector,
                   unpacked *result) {
  sx_arena arena = sx_arena_bind(result->memory, ROOM);

  sx_params_layout(model, &arena, &result->params);
  CHECK(!sx_arena_failed(&arena));
  sx_params_unpack(model, vector, &result->params);
}

static void release(unpacked *result) { SX_UNPOISON(result->memory, ROOM); }

/* order=([1, 3], 0, [2]), seasonal_order=(1, 0, 1, 2), trend="ct", 2 exog */
static sx_spec everything(void) {
  sx_spec spec = seasonal(order(0, 0, 0), 1, 0, 1, 2);

  spec.ar = (sx_lags){2, LAGS_1_3};
  spec.ma = (sx_lags){1, LAG_2};
  spec.trend = (sx_lags){2, POWERS};
  spec.k_exog = 2;
  spec.flags |= SX_MEASUREMENT_ERROR;
  return spec;
}

/* trend, exog, ar, ma, seasonal ar, seasonal ma, measurement, sigma2 */
static const double VECTOR[] = {0.25, 2.0, 3.0, -1.0,  0.5, -0.25,
                                0.75, 0.5, 0.5, 0.125, 7.0};

/*
 * phi: (1 - B/2 + B^3/4)(1 - B^2/2) = 1 - B/2 - B^2/2 + B^3/2 - B^5/8
 * theta: (1 + 3/4 B^2)(1 + B^2/2) = 1 + 5/4 B^2 + 3/8 B^4
 */
static void every_block_is_found(void) {
  const double phi[] = {0.5, 0.5, -0.5, 0, 0.125};
  const double theta[] = {0, 1.25, 0, 0.375};
  sx_spec spec = everything();
  sx_model model = model_of(&spec);
  unpacked result;

  CHECK(model.k_params == 11);
  unpack(&model, VECTOR, &result);
  CHECK(result.params.trend == VECTOR && result.params.exog == VECTOR + 2);
  check_all(5, result.params.reduced_ar, phi, 0);
  check_all(4, result.params.reduced_ma, theta, 0);
  CHECK(result.params.measurement_variance == 0.125);
  CHECK(result.params.sigma2 == 7.0);
  release(&result);
}

static void absent_variances(void) {
  sx_spec spec = order(1, 0, 0);
  const double vector[] = {0.5, 3.0};
  sx_model model = model_of(&spec);
  unpacked result;

  unpack(&model, vector, &result);
  CHECK(result.params.measurement_variance == 0.0);
  CHECK(result.params.sigma2 == 3.0);
  release(&result);
  spec.flags |= SX_CONCENTRATE_SCALE | SX_MEASUREMENT_ERROR;
  model = model_of(&spec);
  unpack(&model, vector, &result);
  CHECK(result.params.measurement_variance == 3.0);
  CHECK(result.params.sigma2 == 1.0);
  release(&result);
}

/* statsmodels: R Q R' is a dense product, and 0 * inf is NaN. */
static void an_infinite_variance_is_nan(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  const double vectors[][2] = {{0.5, INFINITY}, {0.5, -INFINITY}, {0.5, NAN}};

  for (int i = 0; i < 3; i++) {
    unpacked result;

    unpack(&model, vectors[i], &result);
    CHECK(isnan(result.params.sigma2));
    release(&result);
  }
}

/* 1/4 + 2 (offset + t) */
static void trend_counts_from_its_offset(void) {
  sx_spec spec = everything();
  sx_model model = model_of(&spec);
  sx_params params = {.trend = VECTOR};

  CHECK(sx_trend_value(&model, &params, 0) == 2.25);
  CHECK(sx_trend_value(&model, &params, 9) == 20.25);
  model.spec.trend_offset = -1.5;
  CHECK(sx_trend_value(&model, &params, 0) == -2.75);
  CHECK(sx_trend_value(&model, &params, 4) == 5.25);
}

/* 1/4 + 2 (offset + t)^3: powers may be left out. */
static void trend_with_a_gap(void) {
  sx_spec spec = everything();
  sx_model model;
  sx_params params = {.trend = VECTOR};

  spec.trend = (sx_lags){2, POWERS_0_3};
  model = model_of(&spec);
  CHECK(sx_trend_value(&model, &params, 2) == 54.25);
  model.spec.trend_offset = -4.0;
  CHECK(sx_trend_value(&model, &params, 2) == -15.75);
  spec.trend = (sx_lags){1, POWERS_0_3 + 1};
  model = model_of(&spec);
  CHECK(sx_trend_value(&model, &params, 1) == 2.0);
  spec.trend.count = 0;
  model = model_of(&spec);
  CHECK(sx_trend_value(&model, &params, 5) == 0.0);
}

/* 3 x_1 - x_2 */
static void exog_is_weighted(void) {
  const double x[] = {0.5, 4.0};
  sx_spec spec = everything();
  sx_model model = model_of(&spec);
  sx_params params = {.exog = VECTOR + 2};

  CHECK(sx_exog_effect(&model, &params, x) == -2.5);
  model.spec.k_exog = 0;
  CHECK(sx_exog_effect(&model, &params, NULL) == 0.0);
}

int main(void) {
  RUN(every_block_is_found);
  RUN(absent_variances);
  RUN(an_infinite_variance_is_nan);
  RUN(trend_counts_from_its_offset);
  RUN(trend_with_a_gap);
  RUN(exog_is_weighted);
  return harness_finish();
}
