/* SPDX-License-Identifier: BSD-3-Clause */
/* Against gaps.h; hand derivations; sx_forecast after the last observation. */
#include "gaps.h"

static void check_gaps(const random_case *c, double tolerance) {
  double mean[NOBS], var[NOBS], alone[NOBS];
  sx_impute_output out = {mean, var, -1}, only = {alone, NULL, -1};

  CHECK(run_impute(c, NOBS, NULL, &out) == SX_OK);
  CHECK(run_impute(c, NOBS, NULL, &only) == SX_OK);
  CHECK(out.nobs_skipped == 0);
  for (int64_t t = 0; t < NOBS; t++) {
    CHECK_CLOSE(alone[t], mean[t], 0, 0);
    if (isnan(c->endog[t])) {
      known exact = gap_known(c, t, (known){mean[t], var[t]});

      CHECK_CLOSE(mean[t], exact.mean, 0, tolerance * sqrt(exact.var));
      CHECK_CLOSE(var[t], exact.var, tolerance, 0);
    } else {
      CHECK_CLOSE(mean[t], c->endog[t], 0, 0);
      CHECK_CLOSE(var[t], 0.0, 0, 0);
    }
  }
}

static void random_models(void) {
  for (uint64_t number = 0; number < 48; number++) {
    random_case c;

    random_make(number, &c);
    check_gaps(&c, 1e-8);
  }
}

/*
 * Gaps before the diffuse states are known, where P - P N P keeps no digit:
 * the filter's own rounding, kappa eps / sigma2, is all that is lost.
 */
static void leading_gaps(void) {
  const double sigma2[] = {1.0, 1e-2, 1e-4};

  for (int i = 0; i < 3; i++) {
    random_case c = {.params = {-.3, -.5, sigma2[i]}};

    c.spec = seasonal(order(0, 1, 1), 0, 1, 1, 4);
    c.spec.tolerance = 0.0;
    c.model = model_of(&c.spec);
    fill_z(NOBS, c.endog);
    c.endog[0] = c.endog[1] = c.endog[3] = c.endog[9] = c.endog[30] = NAN;
    check_gaps(&c, 1e-7 / sigma2[i]);
  }
}

/* AR(1), phi = 1/2: between its neighbours 2 (y + y') / 5, 4 sigma2 / 5. */
static void one_gap_of_an_autoregression(void) {
  random_case c = {.params = {0.5, 3.0}, .endog = {1.0, NAN, 4.0, NAN}};
  double mean[4], var[4];
  sx_impute_output out = {mean, var, -1};

  c.spec = order(1, 0, 0);
  c.model = model_of(&c.spec);
  CHECK(run_impute(&c, 4, NULL, &out) == SX_OK);
  CHECK_CLOSE(mean[1], 2.0, 1e-14, 0);
  CHECK_CLOSE(var[1], 2.4, 1e-14, 0);
  CHECK_CLOSE(mean[3], 2.0, 1e-15, 0);
  CHECK_CLOSE(var[3], 3.0, 1e-15, 0);
}

/* Scaled after all, and by the scale of the filter. */
static void a_concentrated_scale(void) {
  double mean[NOBS], var[NOBS], m[NOBS], v[NOBS];
  random_case c = {.params = {.5, .3}}, plain = {.params = {.5, .3, 1.0}};
  sx_impute_output out = {mean, var, -1}, unscaled = {m, v, -1};
  results r;

  plain.spec = c.spec = order(1, 1, 1);
  c.spec.flags |= SX_CONCENTRATE_SCALE;
  c.model = model_of(&c.spec);
  plain.model = model_of(&plain.spec);
  fill_z(NOBS, c.endog);
  c.endog[0] = c.endog[7] = c.endog[8] = c.endog[NOBS - 1] = NAN;
  memcpy(plain.endog, c.endog, sizeof(c.endog));
  CHECK(run_case(&c, &r) == SX_OK);
  CHECK(run_impute(&c, NOBS, NULL, &out) == SX_OK);
  CHECK(run_impute(&plain, NOBS, NULL, &unscaled) == SX_OK);
  for (int t = 0; t < NOBS; t++) {
    CHECK_CLOSE(mean[t], m[t], 0, 0);
    CHECK_CLOSE(var[t], v[t] * r.out.scale, 1e-15, 0);
  }
}

static void without_gaps_and_without_data(void) {
  double mean[NOBS], var[NOBS], m[NOBS], v[NOBS];
  random_case c = {.params = {0.5, 3.0}};
  sx_impute_output out = {mean, var, -1};
  sx_forecast_output ahead = {NOBS, NULL, m, v, -1};
  sx_series none = {0, c.endog, NULL, NULL, NULL};

  c.spec = order(1, 0, 0);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  CHECK(run_impute(&c, NOBS, NULL, &out) == SX_OK);
  check_all(NOBS, mean, c.endog, 0);
  for (int t = 0; t < NOBS; t++) {
    CHECK_CLOSE(var[t], 0.0, 0, 0);
    c.endog[t] = NAN;
  }
  CHECK(run_impute(&c, 0, NULL, &out) == SX_OK);
  CHECK(run_impute(&c, NOBS, NULL, &out) == SX_OK);
  CHECK(run_forecast(&c.model, &none, c.params, &ahead) == SX_OK);
  check_all(NOBS, mean, m, 0);
  check_all(NOBS, var, v, 1e-14);
}

static void statuses(void) {
  double mean[NOBS], var[NOBS];
  random_case c = {.params = {0.5, 0.0}};
  sx_impute_output out = {mean, var, -1};
  sx_series series = {NOBS, c.endog, NULL, NULL, NULL};
  unsigned char work[1];

  c.spec = order(1, 0, 0);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  c.endog[5] = NAN;
  CHECK(run_impute(&c, NOBS, NULL, &out) == SX_W_SKIPPED);
  CHECK(out.nobs_skipped == NOBS - 1);
  c.params[1] = NAN;
  CHECK(run_impute(&c, NOBS, NULL, &out) == SX_W_NONFINITE);
  CHECK(!isfinite(mean[5]));
  CHECK_CLOSE(mean[6], c.endog[6], 0, 0);
  c.params[1] = 1.0;
  CHECK(sx_impute(&c.model, &series, c.params, work, 1, &out) ==
        SX_E_WORKSPACE);
  c.params[0] = -1.0;
  CHECK(run_impute(&c, NOBS, NULL, &out) == SX_E_LU);
}

/* Says stop when it is asked for the `left`-th time. */
static int stop(void *context) {
  int *left = (int *)context;

  return --*left == 0;
}

/* At any time, in both directions. */
static void interrupted(void) {
  enum { LONG = 400000 };
  double *cells = work_of_size(3 * LONG * sizeof(double));
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  const double params[] = {0.5, 1.0};
  sx_impute_output out = {cells + LONG, cells + 2 * (size_t)LONG, -1};
  sx_series series = {LONG, cells, NULL, NULL, NULL};
  size_t size = 0;
  int asked = 0;
  void *work;

  for (int t = 0; t < LONG; t++) {
    cells[t] = sin((double)t);
  }
  cells[1] = NAN;
  CHECK(sx_impute_plan(&model, &series, 1, &size) == SX_OK);
  work = work_of_size(size);
  for (int when = 1; when < 1000; when++) {
    int left = when;
    sx_interrupt interrupt = {stop, &left};

    series.interrupt = &interrupt;
    if (sx_impute(&model, &series, params, work, size, &out) !=
        SX_E_INTERRUPTED) {
      break;
    }
    asked++;
  }
  CHECK(asked >= 20);
  free(work);
  free(cells);
}

int main(void) {
  RUN(random_models);
  RUN(leading_gaps);
  RUN(one_gap_of_an_autoregression);
  RUN(a_concentrated_scale);
  RUN(without_gaps_and_without_data);
  RUN(statuses);
  RUN(interrupted);
  return harness_finish();
}
