/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Layouts: statsmodels' param_names, k_states and loglikelihood_burn of
 * SARIMAX(y, options); errors: the contract of sx_model_init.
 */
#include "model/spec.h"

#include "fixtures.h"

static sx_status init(const sx_spec *spec) {
  sx_model model;

  return sx_model_init(spec, &model);
}

/* The four polynomials of a specification. */
static sx_lags *polynomial(sx_spec *spec, int which) {
  sx_lags *all[] = {&spec->ar, &spec->ma, &spec->seasonal_ar,
                    &spec->seasonal_ma};

  return all[which];
}

static void lags_must_be_positive_and_ascend(void) {
  const int32_t bad[][2] = {{0, 1}, {-1, 1}, {1, 1}, {2, 1}};

  for (int which = 0; which < 4; which++) {
    for (int i = 0; i < 4; i++) {
      sx_spec spec = seasonal(order(1, 0, 1), 1, 0, 1, 4);

      *polynomial(&spec, which) = (sx_lags){2, bad[i]};
      CHECK(init(&spec) == SX_E_LAGS);
    }
  }
}

static void lags_must_be_there(void) {
  for (int which = 0; which < 4; which++) {
    sx_spec spec = seasonal(order(0, 0, 0), 0, 0, 0, 4);

    *polynomial(&spec, which) = (sx_lags){1, NULL};
    CHECK(init(&spec) == SX_E_LAGS);
    *polynomial(&spec, which) = (sx_lags){0, NULL};
    CHECK(init(&spec) == SX_OK);
    *polynomial(&spec, which) = (sx_lags){-1, LAGS};
    CHECK(init(&spec) < 0);
  }
}

static void differencing_must_not_be_negative(void) {
  sx_spec spec = order(1, -1, 0);

  CHECK(init(&spec) == SX_E_DIFF);
  spec = seasonal(order(1, 0, 0), 0, -1, 0, 4);
  CHECK(init(&spec) == SX_E_DIFF);
}

static void a_seasonal_part_needs_periods(void) {
  const int32_t terms[][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};

  for (int i = 0; i < 3; i++) {
    const int32_t *has = terms[i];

    for (int32_t s = -1; s <= 2; s++) {
      sx_spec spec = seasonal(order(1, 0, 0), has[0], has[1], has[2], s);

      CHECK(init(&spec) == (s == 2 ? SX_OK : SX_E_PERIODS));
    }
  }
}

static void periods_without_a_seasonal_part(void) {
  for (int32_t s = -1; s <= 2; s++) {
    sx_spec spec = seasonal(order(1, 0, 0), 0, 0, 0, s);

    CHECK(init(&spec) == (s == 0 || s == 2 ? SX_OK : SX_E_PERIODS));
  }
}

static void trend_powers_must_ascend_from_zero(void) {
  const int32_t bad[][2] = {{-1, 0}, {0, 0}, {1, 0}};
  sx_spec spec = order(1, 0, 0);

  for (int i = 0; i < 3; i++) {
    spec.trend = (sx_lags){2, bad[i]};
    CHECK(init(&spec) == SX_E_TREND);
  }
  spec.trend = (sx_lags){1, NULL};
  CHECK(init(&spec) == SX_E_TREND);
  spec.trend = (sx_lags){2, POWERS_0_3};
  CHECK(init(&spec) == SX_OK);
}

static void options_are_checked(void) {
  const sx_spec good = order(1, 0, 0);
  sx_spec spec = good;

  spec.k_exog = -1;
  CHECK(init(&spec) == SX_E_ARGUMENT);
  spec = good;
  spec.max_states = 0;
  CHECK(init(&spec) == SX_E_ARGUMENT);
  spec = good;
  spec.loglikelihood_burn = -2;
  CHECK(init(&spec) == SX_E_ARGUMENT);
  spec = good;
  spec.initial_variance = NAN;
  CHECK(init(&spec) == SX_E_ARGUMENT);
  spec = good;
  spec.tolerance = NAN;
  CHECK(init(&spec) == SX_E_ARGUMENT);
  spec = good;
  spec.trend_offset = NAN;
  CHECK(init(&spec) == SX_E_ARGUMENT);
}

static void null_is_an_argument_error(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model;

  CHECK(sx_model_init(NULL, &model) == SX_E_ARGUMENT);
  CHECK(sx_model_init(&spec, NULL) == SX_E_ARGUMENT);
}

/* r = max(2 + 4, 1 + 4 + 1) = 6 and d + s D = 1 + 2 * 4 = 9 states: 15. */
static void too_many_states(void) {
  sx_spec spec = seasonal(order(2, 1, 1), 1, 2, 1, 4);

  spec.max_states = 15;
  CHECK(init(&spec) == SX_OK);
  spec.max_states = 14;
  CHECK(init(&spec) == SX_E_MAX_STATES);
  spec.max_states = 8;
  CHECK(init(&spec) == SX_E_MAX_STATES);
  spec.max_states = 5;
  CHECK(init(&spec) == SX_E_MAX_STATES);
}

/* Products and sums of the largest numbers that fit in the specification. */
static void huge_models_have_too_many_states(void) {
  const int32_t huge[] = {INT32_MAX};
  sx_spec spec = order(0, INT32_MAX, 0);

  spec.max_states = INT32_MAX;
  CHECK(init(&spec) == SX_E_MAX_STATES);
  spec = seasonal(order(0, 0, 0), 0, INT32_MAX, 0, INT32_MAX);
  spec.max_states = INT32_MAX;
  CHECK(init(&spec) == SX_E_MAX_STATES);
  for (int which = 0; which < 4; which++) {
    spec = seasonal(order(0, 1, 0), 0, 0, 0, INT32_MAX);
    spec.max_states = INT32_MAX;
    *polynomial(&spec, which) = (sx_lags){1, huge};
    CHECK(init(&spec) == SX_E_MAX_STATES);
  }
}

/* More parameters than an int32 counts are an error, whichever it is. */
static void too_many_parameters(void) {
  sx_spec spec = order(1, 0, 1);

  spec.k_exog = INT32_MAX;
  CHECK(init(&spec) < 0);
}

/* SARIMAX(y): ar.L1, sigma2; one state, no burn. */
static void default_model(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);

  CHECK(model.k_params == 2 && model.has_sigma2 == 1);
  CHECK(model.offset_trend == 0 && model.offset_exog == 0);
  CHECK(model.offset_ar == 0 && model.offset_ma == 1);
  CHECK(model.offset_seasonal_ar == 1 && model.offset_seasonal_ma == 1);
  CHECK(model.offset_measurement_variance == 1 && model.offset_sigma2 == 1);
  CHECK(model.ar_order == 1 && model.ma_order == 0 && model.k_order == 1);
  CHECK(model.k_diff_states == 0 && model.k_states == 1);
  CHECK(model.loglikelihood_burn == 0);
}

/*
 * SARIMAX(y, exog (2 columns), order=([1, 3], 1, [2]), seasonal_order=(2, 2, 1,
 * 4), trend="ct", measurement_error=True): intercept, drift, x1, x2, ar.L1,
 * ar.L3, ma.L2, ar.S.L4, ar.S.L8, ma.S.L4, var.measurement_error, sigma2
 */
static sx_spec everything(void) {
  sx_spec spec = seasonal(order(0, 1, 0), 2, 2, 1, 4);

  spec.ar = (sx_lags){2, LAGS_1_3};
  spec.ma = (sx_lags){1, LAG_2};
  spec.trend = (sx_lags){2, POWERS};
  spec.k_exog = 2;
  spec.flags |= SX_MEASUREMENT_ERROR;
  return spec;
}

static void every_block_at_once(void) {
  sx_spec spec = everything();
  sx_model model = model_of(&spec);

  CHECK(model.offset_trend == 0 && model.offset_exog == 2);
  CHECK(model.offset_ar == 4 && model.offset_ma == 6);
  CHECK(model.offset_seasonal_ar == 7 && model.offset_seasonal_ma == 9);
  CHECK(model.offset_measurement_variance == 10 && model.offset_sigma2 == 11);
  CHECK(model.k_params == 12 && model.has_sigma2 == 1);
  CHECK(model.ar_order == 3 + 2 * 4 && model.ma_order == 2 + 4);
  CHECK(model.k_order == 11 && model.k_diff_states == 1 + 2 * 4);
  CHECK(model.k_states == 20 && model.loglikelihood_burn == 9);
}

static void a_concentrated_scale_has_no_sigma2(void) {
  sx_spec spec = everything();
  sx_model model;

  spec.flags |= SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  CHECK(model.has_sigma2 == 0 && model.k_params == 11);
  CHECK(model.offset_measurement_variance == 10 && model.offset_sigma2 == 11);
}

static void simple_differencing_has_no_difference_states(void) {
  sx_spec spec = everything();
  sx_model model;

  spec.flags |= SX_SIMPLE_DIFFERENCING;
  model = model_of(&spec);
  CHECK(model.k_diff_states == 0 && model.k_states == 11);
  CHECK(model.k_params == 12 && model.loglikelihood_burn == 0);
  spec.max_states = 11;
  CHECK(init(&spec) == SX_OK);
}

static void the_burn_counts_diffuse_states(void) {
  sx_spec spec = everything();
  sx_model model;

  spec.flags &= ~(uint32_t)SX_ENFORCE_STATIONARITY;
  model = model_of(&spec);
  CHECK(model.loglikelihood_burn == 20);
  spec.loglikelihood_burn = 0;
  model = model_of(&spec);
  CHECK(model.loglikelihood_burn == 0);
  spec.loglikelihood_burn = 7;
  model = model_of(&spec);
  CHECK(model.loglikelihood_burn == 7);
}

/* q* + 1 = 3 + 4 + 1 states against p* = 2. */
static void moving_averages_need_one_state_more(void) {
  sx_spec spec = seasonal(order(2, 0, 3), 0, 0, 1, 4);
  sx_model model = model_of(&spec);

  CHECK(model.ar_order == 2 && model.ma_order == 7);
  CHECK(model.k_order == 8 && model.k_states == 8);
}

/* White noise: one state all the same. */
static void an_empty_model_has_one_state(void) {
  sx_spec spec = order(0, 0, 0);
  sx_model model = model_of(&spec);

  CHECK(model.ar_order == 0 && model.ma_order == 0 && model.k_states == 1);
  CHECK(model.k_params == 1 && model.offset_sigma2 == 0);
}

static void the_specification_is_copied(void) {
  sx_spec spec = everything();
  sx_model model = model_of(&spec);

  CHECK(model.spec.ar.lag == spec.ar.lag && model.spec.ma.lag == spec.ma.lag);
  CHECK(model.spec.seasonal_ar.count == spec.seasonal_ar.count);
  CHECK(model.spec.trend.lag == spec.trend.lag);
  CHECK(model.spec.diff == spec.diff && model.spec.periods == spec.periods);
  CHECK(model.spec.flags == spec.flags && model.spec.k_exog == spec.k_exog);
  CHECK(model.spec.initial_variance == spec.initial_variance);
  CHECK(model.spec.max_states == spec.max_states);
}

static void queries(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);

  CHECK(sx_has(&model, SX_ENFORCE_STATIONARITY));
  CHECK(!sx_has(&model, SX_MEASUREMENT_ERROR));
  CHECK(sx_time_invariant(&model));
  spec.k_exog = 1;
  model = model_of(&spec);
  CHECK(!sx_time_invariant(&model));
  spec.k_exog = 0;
  spec.trend = (sx_lags){1, POWERS};
  model = model_of(&spec);
  CHECK(!sx_time_invariant(&model));
}

int main(void) {
  RUN(lags_must_be_positive_and_ascend);
  RUN(lags_must_be_there);
  RUN(differencing_must_not_be_negative);
  RUN(a_seasonal_part_needs_periods);
  RUN(periods_without_a_seasonal_part);
  RUN(trend_powers_must_ascend_from_zero);
  RUN(options_are_checked);
  RUN(null_is_an_argument_error);
  RUN(too_many_states);
  RUN(huge_models_have_too_many_states);
  RUN(too_many_parameters);
  RUN(default_model);
  RUN(every_block_at_once);
  RUN(a_concentrated_scale_has_no_sigma2);
  RUN(simple_differencing_has_no_difference_states);
  RUN(the_burn_counts_diffuse_states);
  RUN(moving_averages_need_one_state_more);
  RUN(an_empty_model_has_one_state);
  RUN(the_specification_is_copied);
  RUN(queries);
  return harness_finish();
}
