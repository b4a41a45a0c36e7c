/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected bits: those of sx_forecast on the first rows, which test_forecast.c
 * compares with statsmodels.
 */
#include "randoms.h"

enum { MOST_STEPS = 20, FUTURE = MOST_STEPS * RANDOM_EXOG };

static sx_status roll(const random_case *c, const sx_interrupt *interrupt,
                      sx_rolling_output *out) {
  sx_series series = {NOBS, c->endog, c->exog, interrupt, NULL};
  size_t size = 0;
  sx_status status = sx_rolling_plan(&c->model, out->steps, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_rolling_forecast(&c->model, &series, c->params, work, size, out);
  free(work);
  return status;
}

/* Every origin against sx_forecast; the last status is the rolling one's. */
static void check_origins(const random_case *c, int64_t steps, int64_t start,
                          int64_t stride) {
  static double mean[(NOBS + 1) * MOST_STEPS], var[(NOBS + 1) * MOST_STEPS];
  double exog[NOBS * RANDOM_EXOG + FUTURE];
  int64_t k = c->spec.k_exog;
  sx_rolling_output out = {.steps = steps,
                           .start = start,
                           .stride = stride,
                           .exog_future = exog + NOBS * k,
                           .mean = mean,
                           .var = var};
  sx_status status, expected = SX_OK;
  int64_t i = 0;

  memcpy(exog, c->exog, sizeof(c->exog));
  for (int64_t f = NOBS * k; f < NOBS * k + steps * k; f++) {
    exog[f] = cos((double)f);
  }
  status = roll(c, NULL, &out);
  for (int64_t t = start; t <= NOBS; t += stride) {
    sx_series rows = {t, c->endog, c->exog, NULL, NULL};
    double m[MOST_STEPS], v[MOST_STEPS];
    sx_forecast_output alone = {steps, exog + t * k, m, v, -1};

    expected = run_forecast(&c->model, &rows, c->params, &alone);
    for (int64_t h = 0; h < steps; h++) {
      CHECK_CLOSE(mean[i * steps + h], m[h], 0, 0);
      CHECK_CLOSE(var[i * steps + h], v[h], 0, 0);
    }
    CHECK(t + stride <= NOBS || out.nobs_skipped == alone.nobs_skipped);
    i++;
  }
  CHECK(status == expected);
}

static void random_models(void) {
  for (uint64_t number = 0; number < 120; number++) {
    random_case c;

    random_make(number, &c);
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      c.model.simd = (sx_simd)level;
      check_origins(&c, 1 + (int64_t)(number % MOST_STEPS),
                    (int64_t)(number % 50), 1 + (int64_t)(number % 4));
    }
  }
}

/* y, order=(1, 0, 1): frozen at tau = 5, ended by 20 and by 58, and again. */
static void steady_states(void) {
  random_case c = {.params = {.5, .3, 1e-4}};

  c.spec = order(1, 0, 1);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  c.endog[20] = c.endog[21] = c.endog[58] = NAN;
  check_origins(&c, 4, 0, 1);
  check_origins(&c, 4, 7, 3);
  check_origins(&c, MOST_STEPS, 40, 1);
  c.spec.flags |= SX_CONCENTRATE_SCALE;
  c.model = model_of(&c.spec);
  c.params[2] = 0.0;
  check_origins(&c, 4, 3, 1);
}

static void origins(void) {
  random_case c;
  double mean[2] = {1, 2}, var[2] = {3, 4};
  sx_rolling_output out = {
      .steps = 1, .start = NOBS + 1, .stride = 1, .mean = mean, .var = var};

  random_make(3, &c);
  CHECK(roll(&c, NULL, &out) == SX_OK); /* none */
  CHECK(mean[0] == 1 && var[0] == 3);
  out.start = NOBS - 1;
  out.stride = 2;
  CHECK(roll(&c, NULL, &out) >= 0); /* one */
  CHECK(mean[0] != 1 && var[0] != 3 && mean[1] == 2 && var[1] == 4);
}

static int stop(void *context) {
  (void)context;
  return 1;
}

static void errors(void) {
  static double cells[NOBS * 5000];
  const sx_interrupt interrupt = {stop, NULL};
  random_case c = {.params = {0.5, 1.0}};
  sx_rolling_output out = {
      .steps = 1, .start = 5, .stride = 1, .mean = cells, .var = cells};
  sx_rolling_output bad[] = {out, out, out};
  sx_series series = {NOBS, c.endog, NULL, NULL, NULL};
  size_t size = 0;
  unsigned char work[1];

  c.spec = order(1, 0, 0);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  bad[0].steps = 0;
  bad[1].start = -1;
  bad[2].stride = 0;
  for (int i = 0; i < 3; i++) {
    CHECK(sx_rolling_forecast(&c.model, &series, c.params, work, 1, &bad[i]) ==
          SX_E_ARGUMENT);
  }
  CHECK(sx_rolling_plan(&c.model, 0, &size) == SX_E_ARGUMENT);
  CHECK(sx_rolling_plan(&c.model, INT64_MAX, &size) == SX_E_OVERFLOW);
  CHECK(sx_rolling_forecast(&c.model, &series, c.params, work, 1, &out) ==
        SX_E_WORKSPACE);
  out.steps = 5000;
  CHECK(roll(&c, &interrupt, &out) == SX_E_INTERRUPTED);
  c.params[0] = -1.0;
  CHECK(roll(&c, NULL, &out) == SX_E_LU);
}

int main(void) {
  RUN(random_models);
  RUN(steady_states);
  RUN(origins);
  RUN(errors);
  return harness_finish();
}
