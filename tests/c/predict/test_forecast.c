/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected values: statsmodels 0.15, f = SARIMAX(y, options).filter(p)
 * .get_forecast(steps, exog=...), f.predicted_mean and f.var_pred_mean, the
 * options beside each; dense.h; hand derivations. y and z: fixtures.h.
 */
#include "dense.h"
#include "randoms.h"

enum { STEPS = 6 };

/* `steps` forecasts of a model without exog. */
static sx_status forecast(const sx_model *model, int64_t nobs,
                          const double *endog, const double *params,
                          sx_forecast_output *out) {
  sx_series series = {nobs, endog, NULL, NULL, NULL};

  return run_forecast(model, &series, params, out);
}

/* AR(1), phi = 1/2, sigma2 = 3: y phi^h, 3 (1 + 1/4 + ...). */
static void first_order_autoregression(void) {
  const double params[] = {0.5, 3.0};
  const double endog[] = {7, 8};
  const double mean[] = {4, 2, 1};
  const double var[] = {3, 3.75, 3.9375};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  double m[3], v[3];
  sx_forecast_output out = {3, NULL, m, v, -1};

  CHECK(forecast(&model, 2, endog, params, &out) == SX_OK);
  CHECK(out.nobs_skipped == 0);
  check_all(3, m, mean, 1e-15);
  check_all(3, v, var, 1e-15);
}

/* Without data: the stationary distribution, mean 2 / (1 - 1/2). */
static void no_observations(void) {
  const double params[] = {2.0, 0.5, 3.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model;
  double m[2], v[2];
  sx_forecast_output out = {2, NULL, m, v, -1};

  spec.trend = (sx_lags){1, POWERS};
  model = model_of(&spec);
  CHECK(forecast(&model, 0, NULL, params, &out) == SX_OK);
  CHECK_CLOSE(m[0], 4.0, 1e-15, 0);
  CHECK_CLOSE(m[1], 4.0, 1e-15, 0);
  CHECK_CLOSE(v[0], 4.0, 1e-15, 0);
  CHECK_CLOSE(v[1], 4.0, 1e-15, 0);
}

/*
 * White noise, two missing values after the last: c_t = .5 (10 + t) enters the
 * step t -> t + 1, so the forecast of row n + h is .5 (10 + n + h - 1).
 */
static void the_trend_goes_on(void) {
  const double params[] = {0.5, 2.0};
  const double endog[] = {1, 2, NAN, NAN};
  sx_spec spec = order(0, 0, 0);
  sx_model model;
  double m[3], v[3];
  sx_forecast_output out = {3, NULL, m, v, -1};

  spec.trend = (sx_lags){1, POWERS + 1};
  spec.trend_offset = 10.0;
  model = model_of(&spec);
  CHECK(forecast(&model, 4, endog, params, &out) == SX_OK);
  for (int h = 0; h < 3; h++) {
    CHECK_CLOSE(m[h], 0.5 * (13 + h), 1e-15, 0);
    CHECK_CLOSE(v[h], 2.0, 1e-15, 0);
  }
}

/*
 * z with rows 0, 3, 59 missing, order=(1, 1, 1), seasonal_order=(0, 1, 1, 4),
 * trend="t", exog=cos(t)
 */
static void seasonal_with_trend_and_exog(void) {
  const double params[] = {.1, .7, .4, .3, -.5, 1.5};
  const double future[] = {.5, -.25, 1, 0, 2, 3};
  const double mean[] = {12.230591281189735, 30.88477749166807,
                         50.31289351617804,  72.8987980014852,
                         103.11533459497417, 134.08176922862876};
  const double var[] = {5.835000018219757,  11.715600034687117,
                        18.280296039210043, 28.70936742893783,
                        42.25188088509321,  57.15347787156475};
  double endog[NOBS], exog[NOBS], m[STEPS], v[STEPS];
  sx_spec spec = seasonal(order(1, 1, 1), 0, 1, 1, 4);
  sx_forecast_output out = {STEPS, future, m, v, -1};
  sx_model model;

  fill_z(NOBS, endog);
  endog[0] = endog[3] = endog[59] = NAN;
  for (int t = 0; t < NOBS; t++) {
    exog[t] = cos(t);
  }
  spec.trend = (sx_lags){1, POWERS + 1};
  spec.k_exog = 1;
  model = model_of(&spec);
  CHECK(run_forecast(&model, &(sx_series){NOBS, endog, exog, NULL, NULL},
                     params, &out) == SX_OK);
  check_all(STEPS, m, mean, 1e-11);
  check_all(STEPS, v, var, 1e-11);
}

/*
 * z, order=(1, 1, 0), seasonal_order=(1, 1, 0, 4), trend="c", exog=cos(t),
 * simple_differencing=True: forecasts of the differenced series; statsmodels
 * differences the future exog itself, after the known one
 */
static void simple_differencing(void) {
  const double params[] = {.2, .4, .3, .5, 1.5};
  const double future[] = {.5, -.25, 1, 0};
  const double mean[] = {5.63220562174624, -1.488008870944996,
                         4.253517874087896, 3.0946369134315823};
  const double var[] = {1.5, 1.635, 1.64715, 1.6482435};
  double endog[NOBS + 4], exog[NOBS + 4], m[4], v[4];
  sx_spec spec = seasonal(order(1, 1, 0), 1, 1, 0, 4);
  sx_forecast_output out = {4, exog + NOBS - 5, m, v, -1};
  sx_model model;
  int64_t nobs;

  fill_z(NOBS, endog);
  for (int t = 0; t < NOBS + 4; t++) {
    exog[t] = t < NOBS ? cos(t) : future[t - NOBS];
    endog[t] = t < NOBS ? endog[t] : NAN;
  }
  spec.trend = (sx_lags){1, POWERS};
  spec.k_exog = 1;
  spec.flags |= SX_SIMPLE_DIFFERENCING;
  model = model_of(&spec);
  nobs = sx_difference(&model, NOBS + 4, endog, exog) - 4;
  CHECK(nobs == NOBS - 5);
  CHECK(run_forecast(&model, &(sx_series){nobs, endog, exog, NULL, NULL},
                     params, &out) == SX_OK);
  check_all(4, m, mean, 1e-12);
  check_all(4, v, var, 1e-13);
}

/*
 * y[:n], order=(1, 0, 1): frozen at tau = 5. Forecasts start from P_{tau+1} if
 * n = tau + 1, and from P_tau afterwards: the variance goes up again.
 */
static void after_the_steady_state(void) {
  const double params[] = {.5, .3, 1e-4};
  const double mean[] = {-1.796766412159268, 2.2190268837150566,
                         2.13428941995851, 1.1197131227505235};
  const double var[][2] = {{0.00010000026003959072, 0.00016400006500989767},
                           {0.00010000002340350231, 0.00016400000585087559},
                           {0.00010000026003959072, 0.00016400006500989767},
                           {0.00010000026003959072, 0.00016400006500989767}};
  double endog[NOBS], m[2], v[2];
  sx_spec spec = order(1, 0, 1);
  sx_model model = model_of(&spec);
  sx_forecast_output out = {2, NULL, m, v, -1};

  fill_y(NOBS, endog);
  for (int n = 5; n <= 8; n++) {
    CHECK(forecast(&model, n, endog, params, &out) == SX_OK);
    CHECK_CLOSE(m[0], mean[n - 5], 1e-13, 0);
    CHECK_CLOSE(m[1], mean[n - 5] / 2, 1e-13, 0);
    check_all(2, v, var[n - 5], 1e-13);
  }
}

/* z, order=(0, 1, 1), rows 20, 21, 22, 58 missing: unfrozen at the end. */
static void after_a_steady_state_that_was_ended(void) {
  const double params[] = {.4, 1e-4};
  const double var[] = {0.00011059459819759684, 0.0003065945981975968};
  double endog[NOBS], m[2], v[2];
  sx_spec spec = order(0, 1, 1);
  sx_model model = model_of(&spec);
  sx_forecast_output out = {2, NULL, m, v, -1};

  fill_z(NOBS, endog);
  endog[20] = endog[21] = endog[22] = endog[58] = NAN;
  CHECK(forecast(&model, NOBS, endog, params, &out) == SX_OK);
  CHECK_CLOSE(m[0], -13.916243404096239, 1e-11, 0);
  check_all(2, v, var, 1e-10);
}

/* z with rows 0, 7, 8, 59 missing, order=(1, 1, 1), seasonal_order=(1, 0, 0,
 * 4), concentrate_scale=True: the variance is times the scale */
static void concentrated_scale(void) {
  const double params[] = {.4, -.3, .2};
  const double mean[] = {-15.447059146580457, -15.526723049046796,
                         -15.15058861003333, -15.229714712510866};
  const double var[] = {14.962508525043354, 23.7612759812941, 32.80875959718528,
                        45.375464215539864};
  sx_spec spec = seasonal(order(1, 1, 1), 1, 0, 0, 4);
  double endog[NOBS], m[4], v[4];
  sx_forecast_output out = {4, NULL, m, v, -1};
  sx_model model;

  spec.flags |= SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  fill_z(NOBS, endog);
  endog[0] = endog[7] = endog[8] = endog[59] = NAN;
  CHECK(forecast(&model, NOBS, endog, params, &out) == SX_OK);
  check_all(4, m, mean, 1e-12);
  check_all(4, v, var, 1e-12);
}

/*
 * Forecasts are what the filter says of missing values: the dense filter over
 * the whole series whose last STEPS values are missing. At every level.
 */
static void random_models_equal_the_dense_filter(void) {
  enum { SEEN = NOBS - STEPS };
  double mean[NOBS], cov[NOBS], llf[NOBS], m[STEPS], v[STEPS];

  for (uint64_t number = 0; number < 120; number++) {
    dense_output dense = {mean, cov, llf, 0.0};
    sx_forecast_output out = {STEPS, NULL, m, v, -1};
    random_case c;

    random_make(number, &c);
    for (int t = SEEN; t < NOBS; t++) {
      c.endog[t] = NAN;
    }
    dense_filter(&c.model, &(sx_series){NOBS, c.endog, c.exog, NULL, NULL},
                 c.params, &dense);
    if (c.spec.k_exog > 0) {
      out.exog_future = c.exog + SEEN * c.spec.k_exog;
    }
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      c.model.simd = (sx_simd)level;
      CHECK(run_forecast(&c.model,
                         &(sx_series){SEEN, c.endog, c.exog, NULL, NULL},
                         c.params, &out) == SX_OK);
      for (int h = 0; h < STEPS; h++) {
        CHECK_CLOSE(m[h], mean[SEEN + h], 1e-10, 1e-10);
        CHECK_CLOSE(v[h], cov[SEEN + h], 1e-10, 0);
      }
    }
  }
}

/* SARIMAX(y, order=(1, 0, 0)), p = (1.1, 1): mean 0, F = 1 / (1 - 1.21). */
static void skipped_observations_are_reported(void) {
  const double params[] = {1.1, 1.0};
  double endog[NOBS], m[2], v[2];
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  sx_forecast_output out = {2, NULL, m, v, -1};

  fill_y(NOBS, endog);
  CHECK(forecast(&model, NOBS, endog, params, &out) == SX_W_SKIPPED);
  CHECK(out.nobs_skipped == NOBS && m[0] == 0.0 && m[1] == 0.0);
  CHECK_CLOSE(v[0], -4.761904761904757, 1e-13, 0);
}

static void errors_and_warnings_of_the_filter(void) {
  const double lu[] = {-1.0, 1.0};
  const double nan[] = {0.5, NAN};
  const double endog[] = {1, 2, 3};
  sx_series series = {3, endog, NULL, NULL, NULL};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  double m[1], v[1];
  sx_forecast_output out = {1, NULL, m, v, -1};
  unsigned char work[1];

  CHECK(forecast(&model, 3, endog, lu, &out) == SX_E_LU);
  CHECK(forecast(&model, 3, endog, nan, &out) == SX_W_NONFINITE);
  CHECK(isnan(v[0]));
  CHECK(sx_forecast(&model, &series, nan, work, 1, &out) == SX_E_WORKSPACE);
  CHECK(sx_forecast(&model, &series, nan, NULL, 0, &out) == SX_E_WORKSPACE);
}

int main(void) {
  RUN(first_order_autoregression);
  RUN(no_observations);
  RUN(the_trend_goes_on);
  RUN(seasonal_with_trend_and_exog);
  RUN(simple_differencing);
  RUN(after_the_steady_state);
  RUN(after_a_steady_state_that_was_ended);
  RUN(concentrated_scale);
  RUN(random_models_equal_the_dense_filter);
  RUN(skipped_observations_are_reported);
  RUN(errors_and_warnings_of_the_filter);
  return harness_finish();
}
