/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected bits: those of sx_filter and sx_forecast over all rows, which
 * tests/c/filter/test_kalman.c and test_forecast.c compare with statsmodels.
 */
#include "randoms.h"

enum { STEPS = 5 };

/* A state and the workspace of its model, of exactly the planned sizes. */
typedef struct held {
  const sx_model *model;
  sx_state *state;
  void *work;
  size_t state_size, work_size;
} held;

static held hold(const sx_model *model) {
  held h = {.model = model};

  CHECK(sx_state_plan(model, &h.state_size, &h.work_size) == SX_OK);
  h.state = work_of_size(h.state_size);
  h.work = work_of_size(h.work_size);
  return h;
}

static void drop(held *h) {
  free(h->state);
  free(h->work);
}

/* Another workspace, all NaN: nothing may be left in the last one. */
static void *fresh(held *h) {
  free(h->work);
  h->work = work_of_size(h->work_size);
  return h->work;
}

static sx_series rows_of(const random_case *c, int begin, int end) {
  return (sx_series){end - begin, c->endog + begin,
                     c->exog + begin * c->spec.k_exog, NULL, NULL};
}

/* Bits, NaN being one value. */
static int same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static void check_same(int64_t n, const double *actual,
                       const double *expected) {
  for (int64_t i = 0; i < n; i++) {
    CHECK(same(actual[i], expected[i]));
  }
}

static void check_numbers(const sx_filter_output *actual,
                          const sx_filter_output *expected) {
  CHECK(same(actual->llf, expected->llf));
  CHECK(same(actual->loglike, expected->loglike));
  CHECK(same(actual->scale, expected->scale));
  CHECK(actual->nobs_skipped == expected->nobs_skipped);
  CHECK(actual->period_converged == expected->period_converged);
}

static void check_forecast(const random_case *c, held *h) {
  sx_series all = rows_of(c, 0, NOBS);
  double m[2][STEPS], v[2][STEPS];
  sx_forecast_output whole = {STEPS, c->exog, m[0], v[0], -1};
  sx_forecast_output out = {STEPS, c->exog, m[1], v[1], -1};
  sx_status status = run_forecast(&c->model, &all, c->params, &whole);

  CHECK(sx_state_forecast(&c->model, h->state, NULL, fresh(h), h->work_size,
                          &out) == status);
  check_same(STEPS, m[1], m[0]);
  check_same(STEPS, v[1], v[0]);
  CHECK(out.nobs_skipped == whole.nobs_skipped);
}

/* Rows up to `seam`, then `stride` at a time; all as from one run. */
static void check_seam(const random_case *c, int seam, int stride) {
  sx_series rows = rows_of(c, 0, seam);
  held h = hold(&c->model);
  results all, part;
  sx_status whole, status;

  whole = run_case(c, &all);
  status =
      sx_state_start(&c->model, &rows, c->params, h.work, h.work_size, h.state);
  CHECK(status >= 0 && h.state->nobs == seam);
  for (int t = seam; t < NOBS; t += stride) {
    int end = t + stride < NOBS ? t + stride : NOBS;

    rows = rows_of(c, t, end);
    results_clear(&part);
    CHECK(sx_state_check(&c->model, h.state, (size_t)h.state->size) == SX_OK);
    status = sx_state_append(&c->model, &rows, fresh(&h), h.work_size, h.state,
                             &part.out);
    CHECK(status >= 0 && h.state->nobs == end);
    check_same(end - t, part.forecast, all.forecast + t);
    check_same(end - t, part.error, all.error + t);
    if ((c->spec.flags & SX_CONCENTRATE_SCALE) == 0 || end == NOBS) {
      check_same(end - t, part.cov, all.cov + t);
      check_same(end - t, part.standardized, all.standardized + t);
      check_same(end - t, part.llf, all.llf + t);
    }
  }
  CHECK(status == whole);
  check_numbers(&part.out, &all.out);
  CHECK(same(h.state->llf, all.out.llf) && same(h.state->scale, all.out.scale));
  check_same(c->model.k_params, sx_state_params(h.state), c->params);
  check_forecast(c, &h);
  drop(&h);
}

static void random_models(void) {
  for (uint64_t number = 0; number < 120; number++) {
    random_case c;

    random_make(number, &c);
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      c.model.simd = (sx_simd)level;
      check_seam(&c, 1 + (int)(number % 50), 1 + (int)(number % 7));
    }
  }
}

/* y, order=(1, 0, 1): frozen at tau = 5; 20, 21 and 58 missing. */
static void every_place_about_the_steady_state(void) {
  random_case c = {.params = {.5, .3, 1e-4}};

  c.spec = order(1, 0, 1);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  c.endog[20] = c.endog[21] = c.endog[58] = NAN;
  for (int seam = 0; seam < NOBS; seam++) {
    check_seam(&c, seam, 1);
    check_seam(&c, seam, NOBS);
  }
}

/* Only with P_tau to come into force has the record both covariances. */
/* Counts of periods, which a record from a file may have wrong. */
static void counts_of_a_record(void) {
  static const size_t COUNTS[] = {6, 7, 8, 11, 12, 13}; /* 8-byte cells */
  random_case c = {.params = {.5, .3, 1.0}};
  held h;

  c.spec = order(1, 0, 1);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  h = hold(&c.model);
  for (size_t i = 0; i < sizeof(COUNTS) / sizeof(*COUNTS); i++) {
    int64_t *cell = (int64_t *)h.state + COUNTS[i];
    sx_series rows = rows_of(&c, 0, NOBS);
    int64_t before;
    size_t size;

    CHECK(sx_state_start(&c.model, &rows, c.params, fresh(&h), h.work_size,
                         h.state) == SX_OK);
    size = (size_t)h.state->size;
    before = *cell;
    *cell = -2;
    CHECK(sx_state_check(&c.model, h.state, size) == SX_E_ARGUMENT);
    *cell = INT64_MAX;
    CHECK(sx_state_check(&c.model, h.state, size) == SX_E_ARGUMENT);
    *cell = before;
    CHECK(sx_state_check(&c.model, h.state, size) == SX_OK);
  }
  drop(&h);
}

static void size_of_a_record(void) {
  random_case c = {.params = {.5, .3, 1e-4}};
  held h;

  c.spec = order(1, 0, 1);
  c.model = model_of(&c.spec);
  fill_y(NOBS, c.endog);
  h = hold(&c.model);
  for (int n = 0; n < 12; n++) {
    sx_series rows = rows_of(&c, 0, n);
    size_t size;

    CHECK(sx_state_start(&c.model, &rows, c.params, fresh(&h), h.work_size,
                         h.state) == SX_OK);
    size = (size_t)h.state->size;
    CHECK(size == h.state_size - (n == 6 ? 0 : 3 * sizeof(double)));
    CHECK(sx_state_check(&c.model, h.state, size) == SX_OK);
    CHECK(sx_state_check(&c.model, h.state, size - 8) == SX_E_ARGUMENT);
    CHECK(sx_state_check(&c.model, h.state, size + 8) == SX_E_ARGUMENT);
  }
  drop(&h);
}

/* An airline model of monthly data: 27 states. */
static void a_state_is_a_few_kilobytes(void) {
  sx_spec spec = seasonal(order(0, 1, 1), 0, 1, 1, 12);
  sx_model model = model_of(&spec);
  size_t state_size = 0, work_size = 0;

  CHECK(sx_state_plan(&model, &state_size, &work_size) == SX_OK);
  CHECK(state_size < 6500);
}

static void a_state_before_any_row_forecasts_the_start(void) {
  random_case c;
  double m[2][STEPS], v[2][STEPS];
  sx_forecast_output whole = {STEPS, NULL, m[0], v[0], -1};
  sx_forecast_output out = {STEPS, NULL, m[1], v[1], -1};
  sx_series none = {0, NULL, NULL, NULL, NULL};
  held h;

  random_make(7, &c);
  h = hold(&c.model);
  CHECK(sx_state_start(&c.model, &none, c.params, h.work, h.work_size,
                       h.state) >= 0);
  CHECK(run_forecast(&c.model, &none, c.params, &whole) >= 0);
  CHECK(sx_state_forecast(&c.model, h.state, NULL, fresh(&h), h.work_size,
                          &out) >= 0);
  check_same(STEPS, m[1], m[0]);
  check_same(STEPS, v[1], v[0]);
  drop(&h);
}

static int stop(void *context) {
  (void)context;
  return 1;
}

static void errors_leave_the_state(void) {
  static double many[200000];
  const sx_interrupt interrupt = {stop, NULL};
  const double lu[] = {-1.0, 1.0};
  const double params[] = {0.5, 1.0};
  sx_spec spec = order(1, 0, 0), other = order(2, 0, 0);
  sx_model model = model_of(&spec), wider = model_of(&other);
  sx_series rows = {3, many, NULL, NULL, NULL};
  sx_filter_output out = {0};
  sx_forecast_output forecast = {1, NULL, many, many + 1, -1};
  held h = hold(&model);
  sx_state *before = work_of_size(h.state_size);

  CHECK(sx_state_start(&model, &rows, lu, h.work, h.work_size, h.state) ==
        SX_E_LU);
  CHECK(sx_state_start(&model, &rows, params, h.work, 8, h.state) ==
        SX_E_WORKSPACE);
  CHECK(sx_state_start(&model, &rows, params, h.work, h.work_size, h.state) ==
        SX_OK);
  memcpy(before, h.state, h.state_size);
  CHECK(sx_state_append(&model, &rows, h.work, 8, h.state, &out) ==
        SX_E_WORKSPACE);
  CHECK(sx_state_append(&wider, &rows, h.work, h.work_size, h.state, &out) ==
        SX_E_ARGUMENT);
  out.llf_obs = many;
  rows = (sx_series){200000, many, NULL, &interrupt, NULL};
  CHECK(sx_state_append(&model, &rows, h.work, h.work_size, h.state, &out) ==
        SX_E_INTERRUPTED);
  CHECK(memcmp(before, h.state, h.state_size) == 0);
  CHECK(sx_state_forecast(&model, h.state, NULL, h.work, 8, &forecast) ==
        SX_E_WORKSPACE);
  CHECK(sx_state_forecast(&wider, h.state, NULL, h.work, h.work_size,
                          &forecast) == SX_E_ARGUMENT);
  h.state->format++;
  CHECK(sx_state_check(&model, h.state, (size_t)h.state->size) ==
        SX_E_ARGUMENT);
  free(before);
  drop(&h);
}

/* SARIMAX(y, order=(1, 0, 0)), p = (1.1, 1): F < 0 in every period. */
static void warnings_of_the_filter(void) {
  const double skipped[] = {1.1, 1.0}, nan[] = {0.5, NAN};
  double endog[NOBS], m[1], v[1];
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  sx_series rows = {NOBS, endog, NULL, NULL, NULL};
  sx_forecast_output out = {1, NULL, m, v, -1};
  held h = hold(&model);

  fill_y(NOBS, endog);
  CHECK(sx_state_start(&model, &rows, skipped, h.work, h.work_size, h.state) ==
        SX_W_SKIPPED);
  CHECK(h.state->nobs_skipped == NOBS);
  CHECK(sx_state_forecast(&model, h.state, NULL, h.work, h.work_size, &out) ==
        SX_W_SKIPPED);
  CHECK(out.nobs_skipped == NOBS);
  CHECK(sx_state_start(&model, &rows, nan, h.work, h.work_size, h.state) ==
        SX_W_NONFINITE);
  CHECK(sx_state_forecast(&model, h.state, NULL, h.work, h.work_size, &out) ==
        SX_W_NONFINITE);
  drop(&h);
}

int main(void) {
  RUN(random_models);
  RUN(every_place_about_the_steady_state);
  RUN(size_of_a_record);
  RUN(counts_of_a_record);
  RUN(a_state_is_a_few_kilobytes);
  RUN(a_state_before_any_row_forecasts_the_start);
  RUN(errors_leave_the_state);
  RUN(warnings_of_the_filter);
  return harness_finish();
}
