/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected values: start_params of statsmodels 0.15's SARIMAX(y, exog,
 * options), the options named beside each. The series: y = TEST_SERIES below,
 * z = np.cumsum(y), x = (cos t, t mod 5), both (60,).
 */
#include "model/start.h"

#include "harness.h"

#include <stdlib.h>

enum { NOBS = 60, MAX_PARAMS = 10, BOTH = 6 };

static const int32_t LAGS[] = {1, 2, 3};
static const int32_t LAG_2[] = {2};
static const int32_t LAGS_1_3[] = {1, 3};
static const int32_t POWERS[] = {0, 1};

static double series_y[NOBS], series_z[NOBS], series_x[2 * NOBS];

static void make_series(void) {
  double sum = 0.0;

  for (int k = 0; k < NOBS; k++) {
    series_y[k] = (double)((37 * k * k + 11 * k) % 101) / 10.0 - 5.0;
    sum += series_y[k];
    series_z[k] = sum;
    series_x[2 * k] = cos(k);
    series_x[2 * k + 1] = k % 5;
  }
}

/* Order (p, d, q) of consecutive lags, both conditions enforced. */
static sx_spec order(int32_t p, int32_t d, int32_t q) {
  sx_spec spec = {.ar = {p, LAGS},
                  .ma = {q, LAGS},
                  .diff = d,
                  .trend_offset = 1.0,
                  .flags = SX_ENFORCE_STATIONARITY | SX_ENFORCE_INVERTIBILITY,
                  .loglikelihood_burn = -1,
                  .initial_variance = 1e6,
                  .tolerance = 1e-19,
                  .max_states = 100};

  return spec;
}

typedef struct expectation {
  sx_status status;
  uint32_t flags;
  int32_t count;
  double params[MAX_PARAMS];
} expectation;

/* Runs in a workspace of exactly the planned size and compares at 1e-12. */
static void check(const sx_spec *spec, int64_t nobs, const double *endog,
                  const double *exog, const expectation *expected) {
  sx_series series = {nobs, endog, exog, NULL, NULL};
  double params[MAX_PARAMS];
  uint32_t flags = 0;
  size_t size = 0;
  sx_model model;
  void *work;

  CHECK(sx_model_init(spec, &model) == SX_OK);
  CHECK(sx_start_params_plan(&model, nobs, &size) == SX_OK);
  work = malloc(size);
  CHECK(work != NULL && model.k_params <= MAX_PARAMS);
  CHECK(sx_start_params(&model, &series, work, size, params, &flags) ==
        expected->status);
  if (expected->status == SX_OK) {
    CHECK(model.k_params == expected->count);
    CHECK(flags == expected->flags);
    for (int32_t i = 0; i < expected->count; i++) {
      CHECK_CLOSE(params[i], expected->params[i], 1e-12, 1e-15);
    }
  }
  free(work);
}

/* order=(2, 0, 1), trend="c" */
static void arma_with_constant(void) {
  sx_spec spec = order(2, 0, 1);
  expectation expected = {SX_OK,
                          0,
                          5,
                          {-0.22752415356369649, -0.23363951817709502,
                           -0.14780959942473526, 0.190572194177449,
                           6.683045590904439}};

  spec.trend = (sx_lags){1, POWERS};
  check(&spec, NOBS, series_y, NULL, &expected);
}

/*
 * order=(1, 1, [2]), seasonal_order=(1, 1, 0, 4), trend="t", exog=x,
 * measurement_error=True; z with rows 0, 7, 8, 30 missing
 */
static void everything_with_missing_rows(void) {
  sx_spec spec = order(1, 1, 0);
  double endog[NOBS];
  expectation expected = {SX_OK,
                          0,
                          8,
                          {0.011601884865417036, 0.40574347303303293,
                           -0.04968210522947636, -0.10181738774867492,
                           0.11461681905794532, -0.304022473316859, 1.0,
                           10.273610758789966}};

  for (int t = 0; t < NOBS; t++) {
    endog[t] = t == 0 || t == 7 || t == 8 || t == 30 ? NAN : series_z[t];
  }
  spec.ma = (sx_lags){1, LAG_2};
  spec.seasonal_ar = (sx_lags){1, LAGS};
  spec.seasonal_diff = 1;
  spec.periods = 4;
  spec.trend = (sx_lags){1, POWERS + 1};
  spec.k_exog = 2;
  spec.flags |= SX_MEASUREMENT_ERROR;
  check(&spec, NOBS, endog, series_x, &expected);
}

/* np.diff(z), order=(1, 0, 0), trend="ct", trend_offset=3 */
static void simple_differencing_takes_differenced_data(void) {
  sx_spec spec = order(1, 1, 0);
  expectation expected = {SX_OK,
                          0,
                          4,
                          {0.48682740677724695, -0.02090948021897944,
                           -0.060511887908647616, 6.595501612516196}};

  spec.trend = (sx_lags){2, POWERS};
  spec.trend_offset = 3.0;
  spec.flags |= SX_SIMPLE_DIFFERENCING;
  check(&spec, NOBS - 1, series_y + 1, NULL, &expected);
}

/* z, order=(1, 1, 1), concentrate_scale=True */
static void concentrated_scale_has_no_variance(void) {
  sx_spec spec = order(1, 1, 1);
  expectation expected = {
      SX_OK, 0, 2, {-0.20315204937443643, 0.16448277716461562}};

  spec.flags |= SX_CONCENTRATE_SCALE;
  check(&spec, NOBS, series_z, NULL, &expected);
}

/* order=(0, 0, 0), seasonal_order=([1, 3], 0, 1, 4) */
static void seasonal_lag_list(void) {
  sx_spec spec = order(0, 0, 0);
  expectation expected = {SX_OK,
                          0,
                          4,
                          {0.22613966590562434, 0.1410765995690196,
                           -0.11857760274136059, 6.952991883076344}};

  spec.seasonal_ar = (sx_lags){2, LAGS_1_3};
  spec.seasonal_ma = (sx_lags){1, LAGS};
  spec.periods = 4;
  check(&spec, NOBS, series_y, NULL, &expected);
}

/* z, order=(0, 1, 0); the same with exog=x */
static void white_noise_variance(void) {
  sx_spec spec = order(0, 1, 0);
  expectation plain = {SX_OK, 0, 1, {6.527833333333334}};
  expectation undivided = {
      SX_OK,
      0,
      3,
      {0.4230203590545094, -0.17643295393926503, 378.74459640794413}};

  check(&spec, NOBS, series_z, NULL, &plain);
  spec.k_exog = 2;
  check(&spec, NOBS, series_z, series_x, &undivided);
}

/* 1.05^t + sin(1.7 t) / 100, 40 rows, order=(1, 0, 0) */
static void nonstationary_ar_is_replaced(void) {
  sx_spec spec = order(1, 0, 0);
  double endog[40];
  expectation replaced = {SX_OK, SX_START_NONSTATIONARY_AR, 2, {0.0, 0.0}};
  expectation kept = {
      SX_OK, 0, 2, {1.0499371723755098, 0.00011952802327084875}};

  replaced.params[1] = kept.params[1];
  for (int t = 0; t < 40; t++) {
    endog[t] = pow(1.05, t) + sin(1.7 * t) * 0.01;
  }
  check(&spec, 40, endog, NULL, &replaced);
  spec.flags = SX_ENFORCE_INVERTIBILITY;
  check(&spec, 40, endog, NULL, &kept);
}

/* The same series: as estimated, and that it is outside. */
static void estimates_are_not_replaced(void) {
  sx_spec spec = order(1, 0, 0);
  double endog[40], params[2];
  const sx_series series = {.nobs = 40, .endog = endog};
  uint32_t flags = 0;
  size_t size = 0;
  sx_model model;
  void *work;

  for (int t = 0; t < 40; t++) {
    endog[t] = pow(1.05, t) + sin(1.7 * t) * 0.01;
  }
  CHECK(sx_model_init(&spec, &model) == SX_OK);
  CHECK(sx_start_params_plan(&model, 40, &size) == SX_OK);
  work = malloc(size);
  CHECK(work != NULL);
  CHECK(sx_start_estimates(&model, &series, work, size, params, &flags) ==
        SX_OK);
  CHECK(flags == SX_START_NONSTATIONARY_AR);
  CHECK_CLOSE(params[0], 1.0499371723755098, 1e-12, 0);
  CHECK_CLOSE(params[1], 0.00011952802327084875, 1e-12, 0);
  free(work);
}

/* np.tile([1, -1.02, 1.03, -1], 15) + y / 100, order=(0, 0, 1) */
static void noninvertible_ma_is_replaced(void) {
  const double pattern[] = {1, -1.02, 1.03, -1};
  sx_spec spec = order(0, 0, 1);
  double endog[NOBS];
  expectation replaced = {
      SX_OK, SX_START_NONINVERTIBLE_MA, 2, {0.0, 1.0250331856315318}};
  expectation kept = {SX_OK, 0, 2, {-1.2464436771626215, 1.0250331856315318}};

  for (int t = 0; t < NOBS; t++) {
    endog[t] = pattern[t % 4] + series_y[t] * 1e-2;
  }
  check(&spec, NOBS, endog, NULL, &replaced);
  spec.flags = SX_ENFORCE_STATIONARITY;
  check(&spec, NOBS, endog, NULL, &kept);
}

/*
 * seasonal_order=(1, 0, 0, 4): np.tile([1, 2, -3, 4], 15) * 1.1^(t div 4);
 * seasonal_order=(0, 0, 1, 4): 3 np.repeat(np.tile([1, -1.02], 8), 4); + y /
 * 100
 */
static void seasonal_replacements_have_their_own_bits(void) {
  const double pattern[] = {1, 2, -3, 4};
  sx_spec spec = order(0, 0, 0);
  double endog[NOBS];
  expectation ar = {SX_OK,
                    SX_START_NONSTATIONARY_SEASONAL_AR,
                    2,
                    {0.0, 0.001240345881329328}};
  expectation ma = {
      SX_OK, SX_START_NONINVERTIBLE_SEASONAL_MA, 2, {0.0, 9.200089508542286}};

  spec.periods = 4;
  spec.seasonal_ar = (sx_lags){1, LAGS};
  for (int t = 0; t < NOBS; t++) {
    endog[t] = pattern[t % 4] * pow(1.1, t / 4) + series_y[t] * 0.01;
  }
  check(&spec, NOBS, endog, NULL, &ar);
  spec.seasonal_ar.count = 0;
  spec.seasonal_ma = (sx_lags){1, LAGS};
  for (int t = 0; t < NOBS; t++) {
    endog[t] = (t / 4 % 2 ? -1.02 : 1.0) * 3.0 + series_y[t] * 0.01;
  }
  check(&spec, NOBS, endog, NULL, &ma);
}

/* y[:6], order=(1, 0, 2), trend="c"; y[:10], (1, 0, 0)(0, 0, 1, 4) */
static void too_few_rows(void) {
  sx_spec spec = order(1, 0, 2);
  expectation zeros = {
      SX_OK, SX_START_TOO_FEW_OBS, 5, {0, 0, 0, 0, 4.768541666666667}};
  expectation seasonal = {SX_OK,
                          SX_START_TOO_FEW_OBS_SEASONAL,
                          3,
                          {0.07616790792146248, 0.0, 4.03302715715038}};

  spec.trend = (sx_lags){1, POWERS};
  check(&spec, 6, series_y, NULL, &zeros);
  spec = order(1, 0, 0);
  spec.seasonal_ma = (sx_lags){1, LAGS};
  spec.periods = 4;
  check(&spec, 10, series_y, NULL, &seasonal);
}

/* y[:2], y[:1], y[:0] after differencing; exog=x[:1] */
static void two_one_and_no_rows(void) {
  sx_spec ar = order(1, 0, 0);
  sx_spec noise = order(0, 0, 0);
  sx_spec ma = order(0, 1, 1);
  sx_spec diff_ar = order(1, 1, 0);
  const double missing[] = {NAN};
  expectation two = {SX_OK, 0, 2, {0.040000000000000036, 5.76}};
  expectation one = {SX_E_NOBS, 0, 0, {0}};
  expectation one_noise = {SX_OK, 0, 1, {25.0}};
  expectation none_ma = {SX_OK, SX_START_TOO_FEW_OBS, 2, {0.0, 1.0}};
  expectation none_ar = {SX_OK, SX_START_TOO_FEW_OBS, 2, {0.0, NAN}};

  check(&ar, 2, series_y, NULL, &two);
  check(&ar, 1, series_y, NULL, &one);
  check(&diff_ar, 2, series_y, NULL, &one);
  check(&noise, 1, series_y, NULL, &one_noise);
  noise.k_exog = 2;
  check(&noise, 1, series_y, series_x, &one);
  check(&ma, 1, series_y, NULL, &none_ma);
  check(&diff_ar, 1, series_y, NULL, &none_ar);
  check(&ar, 1, missing, NULL, &none_ar);
  check(&ar, 0, NULL, NULL, &none_ar);
}

/*
 * All missing, order=(1, 0, 1); constant 4: (2, 0, 0) without stationarity and
 * (2, 0, 1), where the residuals are rounding error; zero, (1, 0, 1) with "c"
 */
static void degenerate_series(void) {
  sx_spec spec = order(1, 0, 1);
  double endog[NOBS];
  expectation missing = {SX_OK, SX_START_TOO_FEW_OBS, 3, {0, 0, 1.0}};
  expectation zero = {SX_OK, 0, 4, {0, 0, 0, 1e-10}};
  expectation constant = {
      SX_OK, SX_START_NONSTATIONARY_AR, 4, {0, 0, 0, 1e-10}};
  expectation halves = {SX_OK, 0, 3, {0.5, 0.5, 1e-10}};

  for (int t = 0; t < NOBS; t++) {
    endog[t] = NAN;
  }
  check(&spec, NOBS, endog, NULL, &missing);
  for (int t = 0; t < NOBS; t++) {
    endog[t] = 0.0;
  }
  spec.trend = (sx_lags){1, POWERS};
  check(&spec, NOBS, endog, NULL, &zero);
  for (int t = 0; t < NOBS; t++) {
    endog[t] = 4.0;
  }
  spec = order(2, 0, 1);
  check(&spec, NOBS, endog, NULL, &constant);
  spec = order(2, 0, 0);
  spec.flags = 0;
  check(&spec, NOBS, endog, NULL, &halves);
}

/*
 * 15 rows leave 7 for a regression on 2 * 4 lags: it interpolates, and
 * statsmodels divides by rounding error (an MA start of order 1e14). Here the
 * MA start is 0, so that the residuals of rows 12.. are the series itself, the
 * first one skipped.
 */
static void interpolated_rows_give_no_ma_start(void) {
  sx_spec spec = order(0, 0, 0);
  expectation expected = {SX_OK, 0, 2, {0.0, 0.0}};

  spec.seasonal_ma = (sx_lags){1, LAGS};
  spec.periods = 4;
  spec.flags = 0;
  expected.params[1] =
      (series_y[13] * series_y[13] + series_y[14] * series_y[14]) / 2.0;
  check(&spec, 15, series_y, NULL, &expected);
}

/* np.diff overflows: order=(0, 1, 1); z with such exog, order=(0, 1, 0) */
static void overflow_in_differencing_is_nan(void) {
  sx_spec spec = order(0, 1, 1);
  double huge[NOBS];
  expectation endog = {SX_OK, SX_START_TOO_FEW_OBS, 2, {0.0, NAN}};
  expectation exog = {SX_OK, 0, 2, {NAN, NAN}};

  for (int t = 0; t < NOBS; t++) {
    huge[t] = t % 2 ? -1.7e308 : 1.7e308;
  }
  check(&spec, NOBS, huge, NULL, &endog);
  spec = order(0, 1, 0);
  spec.k_exog = 1;
  check(&spec, NOBS, series_z, huge, &exog);
}

static void a_small_workspace_is_refused(void) {
  sx_spec spec = order(1, 1, 1);
  sx_series series = {NOBS, series_z, NULL, NULL, NULL};
  double params[MAX_PARAMS];
  uint32_t flags;
  size_t size = 0;
  sx_model model;
  void *work;

  CHECK(sx_model_init(&spec, &model) == SX_OK);
  CHECK(sx_start_params_plan(&model, NOBS, &size) == SX_OK);
  work = malloc(size);
  CHECK(sx_start_params(&model, &series, work, size / 2, params, &flags) ==
        SX_E_WORKSPACE);
  CHECK(sx_start_params(&model, &series, NULL, 0, params, &flags) ==
        SX_E_WORKSPACE);
  CHECK(sx_start_params(&model, NULL, work, size, params, &flags) ==
        SX_E_ARGUMENT);
  CHECK(sx_start_params_plan(&model, -1, &size) == SX_E_ARGUMENT);
  CHECK(sx_start_params_plan(&model, INT64_MAX, &size) == SX_E_OVERFLOW);
  free(work);
}

int main(void) {
  make_series();
  RUN(arma_with_constant);
  RUN(everything_with_missing_rows);
  RUN(simple_differencing_takes_differenced_data);
  RUN(concentrated_scale_has_no_variance);
  RUN(seasonal_lag_list);
  RUN(white_noise_variance);
  RUN(nonstationary_ar_is_replaced);
  RUN(estimates_are_not_replaced);
  RUN(noninvertible_ma_is_replaced);
  RUN(seasonal_replacements_have_their_own_bits);
  RUN(too_few_rows);
  RUN(two_one_and_no_rows);
  RUN(degenerate_series);
  RUN(interpolated_rows_give_no_ma_start);
  RUN(overflow_in_differencing_is_nan);
  RUN(a_small_workspace_is_refused);
  return harness_finish();
}
