/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected bits: those of sx_filter before the origin, and of sx_forecast on
 * the rows before it from there on; both have tests of their own.
 */
#include "randoms.h"

#include "sarimax_c_predict.h"

enum { BEYOND = 7, MOST = NOBS + BEYOND };

static sx_status predict(const random_case *c, int64_t nobs,
                         const sx_interrupt *interrupt,
                         sx_predict_output *out) {
  sx_series series = {nobs, c->endog, c->exog, interrupt, NULL};
  size_t size = 0;
  sx_status status = sx_forecast_plan(&c->model, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_predict(&c->model, &series, c->params, work, size, out);
  free(work);
  return status;
}

/* The periods from `start` to before `end`, with this origin. */
static void check(const random_case *c, int64_t start, int64_t end,
                  int64_t origin) {
  double mean[MOST], var[MOST], m[MOST], v[MOST], exog[MOST * RANDOM_EXOG];
  int64_t k = c->spec.k_exog;
  sx_series known = {origin, c->endog, exog, NULL, NULL};
  sx_predict_output out = {start, end, origin, exog + NOBS * k, mean, var, -1};
  sx_forecast_output ahead = {MOST, exog + origin * k, m, v, -1};
  sx_status status;
  results r;

  memcpy(exog, c->exog, sizeof(c->exog));
  for (int64_t f = NOBS * k; f < MOST * k; f++) {
    exog[f] = cos((double)f);
  }
  run_case(c, &r);
  ahead.steps = end > origin ? end - origin : 1;
  ahead.exog_future = origin < NOBS ? ahead.exog_future : exog + NOBS * k;
  run_forecast(&c->model, &known, c->params, &ahead);
  status = predict(c, NOBS, NULL, &out);
  CHECK(status >= 0);
  for (int64_t t = start; t < end; t++) {
    double expected = t < origin ? r.forecast[t] : m[t - origin];
    double variance = t < origin ? r.cov[t] : v[t - origin];

    CHECK_CLOSE(mean[t - start], expected, 0, 0);
    CHECK_CLOSE(var[t - start], variance, 0, 0);
  }
  CHECK(out.nobs_skipped == ahead.nobs_skipped);
}

static void random_models(void) {
  for (uint64_t number = 0; number < 120; number++) {
    random_case c;

    random_make(number, &c);
    check(&c, 0, NOBS, NOBS);
    check(&c, 0, MOST, NOBS);
    check(&c, NOBS, MOST, NOBS);
    check(&c, 10, 30, 30);
    check(&c, 10, 30, 20);
    check(&c, 10, MOST, 10 + (int64_t)(number % 50));
    check(&c, 0, MOST, 0);
    check(&c, 20, 20, 20);
  }
}

/* tau = 5, ended by 20 and 58. */
static void steady_states(void) {
  random_case c = {.params = {.5, .3, 1e-4}};

  c.spec = order(1, 0, 1);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  c.endog[20] = c.endog[21] = c.endog[58] = NAN;
  for (int64_t origin = 3; origin < 30; origin++) {
    check(&c, 3, MOST, origin);
  }
}

/* The scale is that of the whole series, wherever the origin is. */
static void a_concentrated_scale(void) {
  double mean[MOST], var[MOST], m[MOST], v[MOST];
  random_case c = {.params = {.5, .3}}, plain = {.params = {.5, .3, 1.0}};
  results r;

  c.spec = order(1, 1, 1);
  plain.spec = c.spec;
  plain.model = model_of(&plain.spec);
  c.spec.flags |= SX_CONCENTRATE_SCALE;
  c.spec.tolerance = plain.spec.tolerance = 0.0;
  c.model = model_of(&c.spec);
  plain.model = model_of(&plain.spec);
  fill_z(NOBS, c.endog);
  c.endog[7] = NAN;
  memcpy(plain.endog, c.endog, sizeof(c.endog));
  CHECK(run_case(&c, &r) == SX_OK);
  for (int64_t origin = 0; origin <= NOBS; origin += 12) {
    sx_predict_output out = {0, MOST, origin, NULL, mean, var, -1};
    sx_predict_output unscaled = {0, MOST, origin, NULL, m, v, -1};

    CHECK(predict(&c, NOBS, NULL, &out) == SX_OK);
    CHECK(predict(&plain, NOBS, NULL, &unscaled) == SX_OK);
    for (int t = 0; t < MOST; t++) {
      CHECK_CLOSE(mean[t], m[t], 0, 0);
      CHECK_CLOSE(var[t], v[t] * r.out.scale, 1e-15, 0);
    }
  }
}

static int stop(void *context) {
  (void)context;
  return 1;
}

static void errors(void) {
  static double cells[2 * 500000];
  const sx_interrupt interrupt = {stop, NULL};
  random_case c = {.params = {0.5, 1.0}};
  const sx_predict_output bad[] = {
      {-1, 5, 5, NULL, cells, cells, 0},
      {6, 8, 5, NULL, cells, cells, 0},
      {0, 5, 6, NULL, cells, cells, 0},
      {0, NOBS + 2, NOBS + 1, NULL, cells, cells, 0}};
  sx_predict_output out = {0, 500000, 0, NULL, cells, cells + 500000, 0};
  sx_series series = {NOBS, c.endog, NULL, NULL, NULL};
  unsigned char work[1];

  c.spec = order(1, 0, 0);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    sx_predict_output request = bad[i];

    CHECK(predict(&c, NOBS, NULL, &request) == SX_E_ARGUMENT);
  }
  CHECK(sx_predict(&c.model, &series, c.params, work, 1, &out) ==
        SX_E_WORKSPACE);
  CHECK(predict(&c, NOBS, &interrupt, &out) == SX_E_INTERRUPTED);
  c.params[0] = -1.0;
  CHECK(predict(&c, NOBS, NULL, &out) == SX_E_LU);
}

/* sigma2 = 0 skips the observations that were looked at. */
static void skipped_observations(void) {
  double mean[NOBS], var[NOBS];
  random_case c = {.params = {0.5, 0.0}};
  sx_predict_output out = {0, NOBS, 10, NULL, mean, var, -1};

  c.spec = order(1, 0, 0);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  CHECK(predict(&c, NOBS, NULL, &out) == SX_W_SKIPPED);
  CHECK(out.nobs_skipped == 10);
}

int main(void) {
  RUN(random_models);
  RUN(steady_states);
  RUN(a_concentrated_scale);
  RUN(errors);
  RUN(skipped_observations);
  return harness_finish();
}
