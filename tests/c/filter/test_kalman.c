/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected values: hand derivations, and statsmodels 0.15: m = SARIMAX(y,
 * options), m.loglike(p), r = m.filter(p), r.llf, r.llf_obs, r.scale,
 * r.filter_results.forecasts[0], .forecasts_error_cov[0, 0],
 * .standardized_forecasts_error[0] and, where .converged at the end,
 * .period_converged, the options beside each. y and z: fixtures.h.
 */
#include "filter/kalman.h"

#include "randoms.h"

/* A value of an array that statsmodels printed. */
typedef struct printed {
  int t;
  double value;
} printed;

static void check_printed(const double *actual, int count,
                          const printed *expected) {
  for (int i = 0; i < count; i++) {
    CHECK_CLOSE(actual[expected[i].t], expected[i].value, 1e-12, 0);
  }
}

/* ---- kappa = 1e6, as statsmodels rounds ---- */

/*
 * z with rows 0, 7, 8, 30 missing, exog = (cos t, t mod 5), order=(2, 1, [2]),
 * seasonal_order=(1, 1, 1, 4), trend="ct", measurement_error=True
 */
static void everything_as_statsmodels(void) {
  const double params[] = {.3, .02, .5, -.2, .4, -.2, .3, .25, -.35, .7, 1.5};
  const double loglike[] = {-168.70603107510516, -153.89297614014376};
  const double last_cov[] = {3.734571177690639, 3.734581680658553};
  const double last_forecast[] = {-17.151868315546913, -17.154028872809484};
  double endog[NOBS], exog[2 * NOBS];
  sx_spec spec = seasonal(order(2, 1, 0), 1, 1, 1, 4);

  fill_z(NOBS, endog);
  endog[0] = endog[7] = endog[8] = endog[30] = NAN;
  for (int t = 0; t < NOBS; t++) {
    exog[2 * t] = cos(t);
    exog[2 * t + 1] = t % 5;
  }
  spec.ma = (sx_lags){1, LAG_2};
  spec.trend = (sx_lags){2, POWERS};
  spec.k_exog = 2;
  for (int i = 0; i < 2; i++) {
    double cov[NOBS], forecast[NOBS];
    sx_filter_output out = {.forecasts = forecast, .forecasts_error_cov = cov};
    sx_model model;

    spec.flags = SX_MEASUREMENT_ERROR | (i == 0 ? ENFORCE : 0);
    model = model_of(&spec);
    CHECK(run_filter(&model, &(sx_series){NOBS, endog, exog, NULL, NULL},
                     params, &out) == SX_OK);
    CHECK_CLOSE(out.llf, loglike[i], 1e-11, 0);
    CHECK_CLOSE(cov[59], last_cov[i], 1e-11, 0);
    CHECK_CLOSE(forecast[59], last_forecast[i], 1e-11, 0);
  }
}

/* ---- steady state ---- */

/*
 * order=(1, 0, 1), tau = 5: F stays at F_5; with sigma2 = 1e-4 a filter that
 * goes on, or one that freezes at P_6, is off from the sixth digit on.
 */
static void the_steady_state_of_statsmodels(void) {
  const double params[] = {.5, .3, 1e-4};
  const printed cov[] = {
      {0, 0.00018533333333333336}, {1, 0.00010414388489208633},
      {4, 0.00010000288941227039}, {5, 0.00010000026003959072},
      {6, 0.00010000026003959072}, {59, 0.00010000026003959072}};
  const printed forecast[] = {{6, 2.2190268837150566},
                              {7, 2.13428941995851},
                              {8, 1.1197131227505235},
                              {59, 1.9418626874639704}};
  const printed standardized[] = {{8, -291.97093265528997},
                                  {59, -44.186211295612885}};
  sx_spec spec = order(1, 0, 1);
  sx_model model = model_of(&spec);
  double endog[NOBS];
  results r;

  fill_y(NOBS, endog);
  CHECK(run(&model, NOBS, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == 5);
  CHECK_CLOSE(r.out.llf, -3417052.242392587, 1e-13, 0);
  check_printed(r.cov, 6, cov);
  check_printed(r.forecast, 4, forecast);
  check_printed(r.standardized, 2, standardized);
}

/* order=(0, 1, 1) on z with rows 20, 21, 40 missing: frozen three times. */
static void a_missing_value_ends_the_steady_state(void) {
  const double params[] = {.4, 1e-4};
  const printed cov[] = {
      {0, 1000000.000116},          {1, 0.00011599995197051229},
      {19, 0.00010000022548581976}, {20, 0.00010000022548581976},
      {21, 0.0002960002254858197},  {22, 0.0004920002254858197},
      {30, 0.00010000018569460362}, {40, 0.00010000018569460362},
      {41, 0.0002960001856946036},  {42, 0.00011059459798565537},
      {59, 0.0001000001578403896}};
  const printed llf[] = {{0, -7.8267063122448075},
                         {19, -23896.39184342342},
                         {20, 0.0},
                         {22, -76468.06257905203},
                         {42, -50744.81788656996},
                         {59, -688.5340297662511}};
  sx_spec spec = order(0, 1, 1);
  sx_model model = model_of(&spec);
  double endog[NOBS];
  results r;

  fill_z(NOBS, endog);
  endog[20] = endog[21] = endog[40] = NAN;
  CHECK(run(&model, NOBS, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == 48);
  CHECK_CLOSE(r.out.llf, -2251400.6328035071, 1e-12, 0);
  for (int i = 0; i < 11; i++) {
    CHECK_CLOSE(r.cov[cov[i].t], cov[i].value, 1e-10, 0);
  }
  for (int i = 0; i < 6; i++) {
    CHECK_CLOSE(r.llf[llf[i].t], llf[i].value, 1e-10, 0);
  }
}

/*
 * White noise: P is the same in every period, so sum (P_{t+1} - P_t)^2 = 0 <
 * tolerance at the first period that may freeze: 1, and not with tolerance 0.
 * With row 1 missing periods 1 (missing) and 2 (after a missing one) may not.
 */
static void when_the_steady_state_may_start(void) {
  const double params[] = {2.0, 0.5};
  double endog[] = {1, 2, 3, 4, 5, 6};
  sx_spec spec = order(0, 0, 0);
  sx_model model = model_of(&spec);
  results r;

  CHECK(run(&model, 6, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == 1);
  CHECK(run(&model, 1, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == -1);
  endog[1] = NAN;
  CHECK(run(&model, 6, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == 3);
  endog[4] = NAN;
  CHECK(run(&model, 6, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == -1);
  model.spec.tolerance = 0.0;
  endog[1] = endog[4] = 0.0;
  CHECK(run(&model, 6, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == -1);
}

/* statsmodels stores a trend and the effect of exog per period: no freezing. */
static void trend_and_exog_have_no_steady_state(void) {
  const double params[] = {0.5, 2.0};
  const double zeros[6] = {0.0};
  double endog[] = {1, 2, 3, 4, 5, 6};
  sx_spec spec = order(0, 0, 0);
  sx_filter_output out = {0};
  sx_model model;
  results r;

  spec.trend = (sx_lags){1, POWERS};
  model = model_of(&spec);
  CHECK(run(&model, 6, endog, params, &r) == SX_OK);
  CHECK(r.out.period_converged == -1);
  spec.trend.count = 0;
  spec.k_exog = 1;
  model = model_of(&spec);
  CHECK(run_filter(&model, &(sx_series){6, endog, zeros, NULL, NULL}, params,
                   &out) == SX_OK);
  CHECK(out.period_converged == -1);
}

/* ---- skipped periods ---- */

/*
 * AR(1), phi = 1/2, sigma2 = 9e-13: F_0 = sigma2 / (1 - 1/4) = 1.2e-12 counts
 * and leaves P_1 = 9e-13 < 1e-12: period 1 is skipped, P_2 = 9e-13 / 4 +
 * 9e-13 = 1.125e-12 counts, and so on. Forecasts at even t: y_{t-2} / 4.
 */
static void small_variances_are_skipped(void) {
  const double params[] = {0.5, 9e-13};
  double endog[NOBS];
  double sum = 0.0;
  sx_spec spec = order(1, 0, 0);
  sx_model model;
  results r;

  spec.tolerance = 0.0;
  model = model_of(&spec);
  fill_y(NOBS, endog);
  for (int t = 0; t < NOBS; t++) {
    endog[t] *= 1e-6;
  }
  CHECK(run(&model, NOBS, endog, params, &r) == SX_W_SKIPPED);
  CHECK(r.out.nobs_skipped == NOBS / 2);
  for (int t = 0; t < NOBS; t++) {
    double cov = t % 2 == 1 ? 9e-13 : t == 0 ? 1.2e-12 : 1.125e-12;
    double forecast = t % 2 == 1 ? endog[t - 1] / 2 : 0.0;
    double llf = 0.0;

    if (t % 2 == 0) {
      forecast = t == 0 ? 0.0 : endog[t - 2] / 4;
      llf = -0.5 * (log(2 * acos(-1.0) * cov) +
                    (endog[t] - forecast) * (endog[t] - forecast) / cov);
    }
    sum += llf;
    CHECK_CLOSE(r.cov[t], cov, 1e-14, 0);
    CHECK_CLOSE(r.forecast[t], forecast, 1e-13, 0);
    CHECK_CLOSE(r.llf[t], llf, 1e-13, 0);
    CHECK(t % 2 == 0 || r.standardized[t] == 0.0);
  }
  CHECK_CLOSE(r.out.llf, sum, 1e-13, 0);
}

/* The bound is F < 1e-12: SARIMAX(1e-6 * y[:3], order=(0, 0, 0)). */
static void the_bound_of_skipping(void) {
  const double at[] = {1e-12};
  const double below[] = {9.99e-13};
  const double endog[] = {-5e-6, -2e-7, 1.9e-6};
  sx_spec spec = order(0, 0, 0);
  sx_model model = model_of(&spec);
  results r;

  CHECK(run(&model, 3, endog, at, &r) == SX_OK);
  CHECK_CLOSE(r.out.llf, 24.364716074278807, 1e-13, 0);
  CHECK(run(&model, 3, endog, below, &r) == SX_W_SKIPPED);
  CHECK(r.out.llf == 0.0 && r.out.nobs_skipped == 3);
}

/* phi = 1 and 1.1, sigma2 = 0 and -1: each F < 1e-12, stored as at least 0. */
static void nonsense_is_skipped_throughout(void) {
  const double params[][2] = {{1, 1}, {1.1, 1}, {.5, 0}, {.5, -1}};
  double endog[NOBS];
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);

  fill_y(NOBS, endog);
  for (int i = 0; i < 4; i++) {
    results r;

    CHECK(run(&model, NOBS, endog, params[i], &r) == SX_W_SKIPPED);
    CHECK(r.out.nobs_skipped == NOBS && r.out.llf == 0.0);
    CHECK(r.out.period_converged == -1);
    for (int t = 0; t < NOBS; t++) {
      CHECK(r.cov[t] == 0.0 && r.llf[t] == 0.0 && r.standardized[t] == 0.0);
    }
  }
}

/* ---- concentrated scale ---- */

/*
 * The likelihood of a concentrated scale is the largest over sigma2: at sigma2
 * = scale and all variances times scale the plain filter gives the same.
 */
static void a_concentrated_scale_is_the_best_sigma2(void) {
  for (uint64_t number = 0; number < 40; number++) {
    random_case c;
    results r, plain;

    random_make(number, &c);
    c.spec.flags = SX_CONCENTRATE_SCALE | SX_MEASUREMENT_ERROR | ENFORCE;
    c.model = model_of(&c.spec);
    CHECK(run_case(&c, &r) == SX_OK);
    c.spec.flags = SX_MEASUREMENT_ERROR | ENFORCE;
    c.spec.initial_variance *= r.out.scale;
    c.model = model_of(&c.spec);
    c.params[c.model.offset_measurement_variance] *= r.out.scale;
    c.params[c.model.offset_sigma2] = r.out.scale;
    CHECK(run_case(&c, &plain) == SX_OK);
    CHECK_CLOSE(r.out.loglike, plain.out.llf, 1e-10, 0);
    CHECK_CLOSE(r.out.llf, plain.out.llf, 1e-10, 0);
    for (int t = 0; t < NOBS; t++) {
      CHECK_CLOSE(r.cov[t], plain.cov[t], 1e-10, 0);
      CHECK_CLOSE(r.llf[t], plain.llf[t], 1e-10, 1e-10);
      CHECK_CLOSE(r.standardized[t], plain.standardized[t], 1e-9, 1e-10);
    }
  }
}

/* z with rows 0, 7, 8, 59 missing, order=(1, 1, 1), seasonal_order=(1, 0, 0,
 * 4), concentrate_scale=True */
static void concentrated_scale_as_statsmodels(void) {
  const double params[] = {.4, -.3, .2};
  const printed cov[] = {
      {0, 6770373.003377766}, {30, 6.770365848498642}, {59, 6.770365848498642}};
  const printed llf[] = {
      {0, 0.0}, {1, -8.78297454171388}, {30, -3.910547052685011}, {59, 0.0}};
  const printed standardized[] = {{0, 0.0}, {30, 2.0175881427676257}};
  sx_spec spec = seasonal(order(1, 1, 1), 1, 0, 0, 4);
  sx_model model;
  double endog[NOBS];
  results r;

  spec.flags |= SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  fill_z(NOBS, endog);
  endog[0] = endog[7] = endog[8] = endog[59] = NAN;
  CHECK(run(&model, NOBS, endog, params, &r) == SX_OK);
  CHECK_CLOSE(r.out.scale, 6.7703658479440554, 1e-12, 0);
  CHECK_CLOSE(r.out.llf, -140.67883547142131, 1e-12, 0);
  CHECK_CLOSE(r.out.loglike, -140.67883547142131, 1e-12, 0);
  CHECK(r.out.period_converged == -1); /* ended by the last row */
  check_printed(r.cov, 3, cov);
  check_printed(r.llf, 4, llf);
  check_printed(r.standardized, 2, standardized);
}

/*
 * y[:12] with row 6 missing, order=(1, 0, 0), measurement_error=True,
 * concentrate_scale=True: a negative variance ratio makes most F negative, and
 * loglike() and filter().llf differ.
 */
static void concentrated_scale_with_skipped_periods(void) {
  const double params[] = {.5, -1.2};
  const printed cov[] = {{0, 15.062508006898236}, {1, 0.0},
                         {4, 9.178715816703619},  {6, -127.95890215475563},
                         {8, 6.12366987179488},   {11, 0.0}};
  const printed llf[] = {{0, -3.104917982147803},
                         {1, -2.363555881685652},
                         {6, 0.0},
                         {8, -2.4262007722261263},
                         {11, -2.363555881685652}};
  sx_spec spec = order(1, 0, 0);
  sx_model model;
  double endog[12];
  results r;

  spec.flags |= SX_CONCENTRATE_SCALE | SX_MEASUREMENT_ERROR;
  model = model_of(&spec);
  fill_y(12, endog);
  endog[6] = NAN;
  CHECK(run(&model, 12, endog, params, &r) == SX_W_SKIPPED);
  CHECK(r.out.nobs_skipped == 8);
  CHECK_CLOSE(r.out.loglike, -7.627444408357409, 1e-12, 0);
  CHECK_CLOSE(r.out.llf, -26.535891461842628, 1e-12, 0);
  CHECK_CLOSE(r.out.scale, 112.9688100517368, 1e-12, 0);
  check_printed(r.cov, 6, cov);
  check_printed(r.llf, 5, llf);
  CHECK_CLOSE(r.standardized[8], -1.0965231000686568, 1e-12, 0);
  CHECK(r.standardized[1] == 0.0 && r.standardized[6] == 0.0);
}

/* ---- edges ---- */

/* y[:3], order=(1, 0, 0), loglikelihood_burn=3 */
static void a_burn_past_the_end(void) {
  const double params[] = {0.4, 1.0};
  const double endog[] = {-5, -0.2, 1.9};
  sx_spec spec = order(1, 0, 0);
  sx_model model;
  results r;

  for (spec.loglikelihood_burn = 3; spec.loglikelihood_burn < 5;
       spec.loglikelihood_burn++) {
    model = model_of(&spec);
    CHECK(run(&model, 3, endog, params, &r) == SX_OK);
    CHECK(r.out.llf == 0.0 && r.out.loglike == 0.0);
    CHECK_CLOSE(r.llf[0], -11.506115226777062, 1e-14, 0);
    CHECK_CLOSE(r.llf[1], -2.5389385332046723, 1e-14, 0);
  }
  spec.flags = SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  CHECK(run(&model, 3, endog, params, &r) == SX_W_NONFINITE);
  CHECK(r.out.llf == 0.0 && isnan(r.out.loglike) && isnan(r.out.scale));
}

static void no_observations(void) {
  const double params[] = {0.4, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  results r;

  CHECK(run(&model, 0, NULL, params, &r) == SX_OK);
  CHECK(r.out.llf == 0.0 && r.out.loglike == 0.0 && r.out.scale == 1.0);
  CHECK(r.out.nobs_skipped == 0 && r.out.period_converged == -1);
  CHECK(isnan(r.forecast[0]) && isnan(r.llf[0])); /* as run() left them */
}

static void nothing_observed(void) {
  const double params[] = {0.5, 3.0};
  const double endog[] = {NAN, NAN, NAN};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  results r;

  CHECK(run(&model, 3, endog, params, &r) == SX_OK);
  CHECK(r.out.llf == 0.0 && r.out.period_converged == -1);
  for (int t = 0; t < 3; t++) { /* the stationary variance, 3 / (1 - 1/4) */
    CHECK_CLOSE(r.cov[t], 4.0, 1e-15, 0);
    CHECK(r.forecast[t] == 0.0 && r.llf[t] == 0.0);
  }
}

/* statsmodels: NaN, but for an infinite measurement variance: -inf. */
static void parameters_that_are_not_finite(void) {
  const double good[] = {.5, .3, 1., .5};
  const double bad[] = {NAN, INFINITY};
  double endog[NOBS];
  sx_spec spec = order(1, 0, 1);

  fill_y(NOBS, endog);
  for (int k = 0; k < 16; k++) {
    int which = k % 4;
    double params[4];
    sx_model model;
    results r;

    memcpy(params, good, sizeof(good));
    params[which] = bad[k / 4 % 2];
    spec.flags = SX_MEASUREMENT_ERROR | (k < 8 ? ENFORCE : 0);
    model = model_of(&spec);
    CHECK(run(&model, NOBS, endog, params, &r) == SX_W_NONFINITE);
    CHECK_CLOSE(r.out.llf, which == 2 && isinf(params[2]) ? -INFINITY : NAN, 0,
                0);
  }
}

/* order=(1, 0, 0); .llf_obs of statsmodels */
static void an_infinite_observation(void) {
  const double params[] = {0.5, 1.0};
  const double endog[] = {1, 2, INFINITY, 4, 5, 6};
  const double llf[] = {
      -1.437779569430563, -2.0439385332046727, -INFINITY, -INFINITY, NAN, NAN};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  results r;

  CHECK(run(&model, 4, endog, params, &r) == SX_W_NONFINITE);
  CHECK(r.out.llf == -INFINITY);
  CHECK(run(&model, 6, endog, params, &r) == SX_W_NONFINITE);
  CHECK(isnan(r.out.llf));
  check_all(6, r.llf, llf, 1e-14);
}

/* phi(-1) = 0 with 1 + B, 1 - B^2 and a seasonal 1 - B^4. */
static void a_root_at_minus_one_is_an_lu_error(void) {
  const double params[] = {0.0, 1.0, 1.0};
  const double minus_one[] = {-1.0, 1.0};
  const double endog[] = {1, 2, 3};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  results r;

  CHECK(run(&model, 3, endog, minus_one, &r) == SX_E_LU);
  spec = order(2, 0, 0);
  model = model_of(&spec);
  CHECK(run(&model, 3, endog, params, &r) == SX_E_LU);
  spec = seasonal(order(0, 0, 0), 1, 0, 0, 4);
  model = model_of(&spec);
  CHECK(run(&model, 3, endog, params + 1, &r) == SX_E_LU);
  spec.flags = 0;
  model = model_of(&spec);
  CHECK(run(&model, 3, endog, params + 1, &r) == SX_OK);
}

/* ---- workspace and outputs ---- */

/*
 * At a multiple of 64 the last 64 bytes of the plan are slack, and all others
 * are needed; one byte further 63 of the slack are, too.
 */
static void every_truncated_workspace_is_refused(void) {
  const double params[] = {.4, .3, .2, 1.0};
  double endog[NOBS];
  sx_series series = {NOBS, endog, NULL, NULL, NULL};
  sx_spec spec = seasonal(order(1, 1, 1), 0, 1, 1, 4);
  sx_model model = model_of(&spec);
  sx_filter_output out = {0};
  size_t plan = 0;
  unsigned char *memory, *work;

  fill_z(NOBS, endog);
  CHECK(sx_filter_plan(&model, &plan) == SX_OK);
  memory = malloc(plan + 65);
  CHECK(memory != NULL);
  work = memory + (64 - (uintptr_t)memory % 64) % 64;
  CHECK(sx_filter(&model, &series, params, NULL, 0, &out) == SX_E_WORKSPACE);
  for (size_t size = 0; size < plan - 64; size++) {
    CHECK(sx_filter(&model, &series, params, work, size, &out) ==
          SX_E_WORKSPACE);
  }
  CHECK(sx_filter(&model, &series, params, work, plan - 64, &out) == SX_OK);
  CHECK(sx_filter(&model, &series, params, work + 1, plan - 2, &out) ==
        SX_E_WORKSPACE);
  CHECK(sx_filter(&model, &series, params, work + 1, plan - 1, &out) == SX_OK);
  free(memory);
}

static void a_plan_that_overflows(void) {
  const int32_t huge[] = {INT32_MAX - 1};
  sx_spec spec = order(0, 0, 0);
  size_t size = 12345;
  sx_model model;

  spec.ar = (sx_lags){1, huge};
  spec.max_states = INT32_MAX;
  model = model_of(&spec);
  CHECK(sx_filter_plan(&model, &size) == SX_E_OVERFLOW && size == 12345);
}

/*
 * Array `which` of five is not wanted, or (5) none: the others and the sums
 * stay as they are.
 */
static void check_unwanted(const sx_model *model, const sx_series *series,
                           const double *params, int which) {
  results full, part;
  double *arrays[] = {part.forecast, part.error, part.cov, part.standardized,
                      part.llf};
  sx_filter_output *out = &part.out;

  CHECK(run(model, series->nobs, series->endog, params, &full) == SX_OK);
  memset(&part, 0xff, sizeof(part));
  for (int i = 0; i < 5; i++) {
    if (which == i || which == 5) {
      memcpy(arrays[i], (const double *)&full + i * NOBS, sizeof(part.llf));
      arrays[i] = NULL;
    }
  }
  out->forecasts = arrays[0];
  out->forecasts_error = arrays[1];
  out->forecasts_error_cov = arrays[2];
  out->standardized_forecasts_error = arrays[3];
  out->llf_obs = arrays[4];
  CHECK(run_filter(model, series, params, out) == SX_OK);
  CHECK(out->llf == full.out.llf && out->loglike == full.out.loglike);
  CHECK(out->scale == full.out.scale && out->nobs_skipped == 0);
  CHECK(memcmp(&part, &full, offsetof(results, out)) == 0);
}

static void outputs_may_be_null(void) {
  const double params[] = {.4, .3, 1.0};
  double endog[NOBS];
  sx_spec spec = order(1, 0, 1);
  sx_model model = model_of(&spec);

  fill_y(NOBS, endog);
  endog[5] = NAN;
  for (int which = 0; which <= 5; which++) {
    check_unwanted(&model, &(sx_series){NOBS, endog, NULL, NULL, NULL}, params,
                   which);
  }
}

static void outputs_may_be_null_with_a_concentrated_scale(void) {
  const double params[] = {.4, .3};
  double endog[NOBS], llf_obs[NOBS];
  sx_spec spec = order(1, 0, 1);
  sx_model model;

  spec.flags |= SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  fill_y(NOBS, endog);
  endog[5] = NAN;
  for (int which = 0; which <= 5; which++) {
    if (which != 3) {
      check_unwanted(&model, &(sx_series){NOBS, endog, NULL, NULL, NULL},
                     params, which);
    }
  }
  /* llf_obs needs the standardized errors. */
  CHECK(run_filter(&model, &(sx_series){NOBS, endog, NULL, NULL, NULL}, params,
                   &(sx_filter_output){.llf_obs = llf_obs}) == SX_E_ARGUMENT);
}

int main(void) {
  RUN(everything_as_statsmodels);
  RUN(the_steady_state_of_statsmodels);
  RUN(a_missing_value_ends_the_steady_state);
  RUN(when_the_steady_state_may_start);
  RUN(trend_and_exog_have_no_steady_state);
  RUN(small_variances_are_skipped);
  RUN(the_bound_of_skipping);
  RUN(nonsense_is_skipped_throughout);
  RUN(a_concentrated_scale_is_the_best_sigma2);
  RUN(concentrated_scale_as_statsmodels);
  RUN(concentrated_scale_with_skipped_periods);
  RUN(a_burn_past_the_end);
  RUN(no_observations);
  RUN(nothing_observed);
  RUN(parameters_that_are_not_finite);
  RUN(an_infinite_observation);
  RUN(a_root_at_minus_one_is_an_lu_error);
  RUN(every_truncated_workspace_is_refused);
  RUN(a_plan_that_overflows);
  RUN(outputs_may_be_null);
  RUN(outputs_may_be_null_with_a_concentrated_scale);
  return harness_finish();
}
