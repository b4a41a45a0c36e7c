/* SPDX-License-Identifier: BSD-3-Clause */
/* Every long loop of the core asks whether it should stop, and does. */
#include "base/interrupt.h"

#include "fixtures.h"

/* Answers "stop" to question number `stop_at` alone; 0: to none. */
typedef struct questions {
  int64_t asked, stop_at;
} questions;

static int answer(void *context) {
  questions *q = context;

  q->asked++;
  return q->asked == q->stop_at;
}

/* ---- the counter ---- */

static void asks_after_so_much_work(void) {
  questions q = {0, 0};
  sx_interrupt interrupt = {answer, &q};
  sx_counter counter = {&interrupt, 0, 0};

  CHECK(!sx_interrupt_asked(&counter, SX_INTERRUPT_WORK - 1) && q.asked == 0);
  CHECK(!sx_interrupt_asked(&counter, 1) && q.asked == 1);
  CHECK(!sx_interrupt_asked(&counter, SX_INTERRUPT_WORK - 1) && q.asked == 1);
  CHECK(!sx_interrupt_asked(&counter, INT64_MAX / 2) && q.asked == 2);
}

static void stays_stopped_and_asks_no_more(void) {
  questions q = {0, 2};
  sx_interrupt interrupt = {answer, &q};
  sx_counter counter = {&interrupt, 0, 0};

  CHECK(!sx_interrupt_asked(&counter, SX_INTERRUPT_WORK));
  CHECK(sx_interrupt_asked(&counter, SX_INTERRUPT_WORK));
  CHECK(sx_interrupt_asked(&counter, 1));
  CHECK(sx_interrupt_asked(&counter, SX_INTERRUPT_WORK));
  CHECK(q.asked == 2 && counter.stopped);
}

static void without_an_interrupt_never_stops(void) {
  sx_counter counter = {NULL, 0, 0};

  CHECK(!sx_interrupt_asked(&counter, INT64_MAX / 2));
  CHECK(!sx_interrupt_asked(&counter, SX_INTERRUPT_WORK));
}

/* ---- long runs ---- */

enum { ROWS = 100000, COLUMNS = 40 };

static double endog[ROWS], exog[ROWS];

/* A call of the core: its status, and one number of its result. */
typedef sx_status (*long_run)(const sx_interrupt *interrupt, double *value);

/*
 * Stops at the first question, one in the middle and the last one; without
 * being stopped the result is that without questions. `least`: questions.
 */
static void check_run(long_run call, int64_t least) {
  questions q = {0, 0};
  sx_interrupt interrupt = {answer, &q};
  double value = 0.0, asked_value = 1.0;
  int64_t total;

  CHECK(call(NULL, &value) >= 0);
  CHECK(call(&interrupt, &asked_value) >= 0);
  CHECK(memcmp(&value, &asked_value, sizeof(value)) == 0);
  total = q.asked;
  CHECK(total >= least);
  for (int i = 0; i < 3; i++) {
    q = (questions){0, 1 + (total - 1) * i / 2};
    CHECK(call(&interrupt, &value) == SX_E_INTERRUPTED);
    CHECK(q.asked == q.stop_at);
  }
}

static sx_status filter_series(const sx_spec *spec, const sx_series *series,
                               const double *params, double *value) {
  sx_model model = model_of(spec);
  sx_filter_output out = {0};
  sx_status status = run_filter(&model, series, params, &out);

  *value = out.llf;
  return status;
}

static sx_status many_periods(const sx_interrupt *interrupt, double *value) {
  const double params[] = {0.5, 1.0};
  sx_spec spec = order(1, 0, 0);

  return filter_series(&spec, &(sx_series){ROWS, endog, NULL, interrupt, NULL},
                       params, value);
}

/* No steady state with a trend. */
static sx_status many_states(const sx_interrupt *interrupt, double *value) {
  const double params[] = {0.1, 0.5, 1.0};
  sx_spec spec = seasonal(order(0, 0, 0), 1, 0, 0, 100);

  spec.trend = (sx_lags){1, POWERS};
  return filter_series(&spec, &(sx_series){500, endog, NULL, interrupt, NULL},
                       params, value);
}

static sx_status long_lag(const sx_interrupt *interrupt, double *value) {
  const int32_t lag[] = {400};
  const double params[] = {0.5, 1.0};
  sx_spec spec = order(0, 0, 0);

  spec.ar = (sx_lags){1, lag};
  return filter_series(&spec, &(sx_series){1, endog, NULL, interrupt, NULL},
                       params, value);
}

static sx_status many_steps(const sx_interrupt *interrupt, double *value) {
  enum { STEPS = 50000 };
  static double mean[STEPS], var[STEPS];
  const double params[] = {0.5, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  sx_series series = {1, endog, NULL, interrupt, NULL};
  sx_forecast_output out = {STEPS, NULL, mean, var, 0};
  sx_status status = run_forecast(&model, &series, params, &out);

  *value = var[STEPS - 1];
  return status;
}

static sx_status one_loglike(const sx_interrupt *interrupt, double *value) {
  const double params[] = {0.5, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  sx_series series = {ROWS, endog, NULL, interrupt, NULL};
  sx_loglike_request request = {
      .engine = SX_ENGINE_IDENTICAL, .count = 1, .params = params};
  sx_loglike_output out = {.loglike = 0.0};
  size_t size = 0;
  sx_status status;
  void *work;

  CHECK(sx_loglike_plan(&model, &series, &request, &size) == SX_OK);
  work = malloc(size);
  status = sx_loglike(&model, &series, &request, work, size, &out);
  free(work);
  *value = out.loglike;
  return status;
}

/* ---- start parameters ---- */

/* The value is that of the first parameter. */
static sx_status start(const sx_spec *spec, const sx_series *series,
                       double *value) {
  double params[COLUMNS + 10] = {0.0};
  sx_model model = model_of(spec);
  uint32_t flags = 0;
  size_t size = 0;
  sx_status status;
  void *work;

  CHECK(model.k_params <= COLUMNS + 10);
  CHECK(sx_start_params_plan(&model, series->nobs, &size) == SX_OK);
  work = malloc(size);
  status = sx_start_params(&model, series, work, size, params, &flags);
  free(work);
  *value = params[0];
  return status;
}

static sx_status many_residuals(const sx_interrupt *interrupt, double *value) {
  sx_spec spec = seasonal(order(0, 0, 1), 0, 0, 1, 12);

  return start(&spec, &(sx_series){30000, endog, NULL, interrupt, NULL}, value);
}

static sx_status long_trend(const sx_interrupt *interrupt, double *value) {
  sx_spec spec = order(0, 0, 0);

  spec.trend = (sx_lags){2, POWERS_0_3};
  return start(&spec, &(sx_series){ROWS, endog, NULL, interrupt, NULL}, value);
}

static sx_status many_columns(const sx_interrupt *interrupt, double *value) {
  sx_spec spec = order(0, 0, 0);

  spec.k_exog = COLUMNS;
  return start(
      &spec, &(sx_series){ROWS / COLUMNS, endog, exog, interrupt, NULL}, value);
}

/* Fewer rows than columns: rank and minimum norm are to be found. */
static sx_status dependent_columns(const sx_interrupt *interrupt,
                                   double *value) {
  const int32_t lag[] = {120};
  sx_spec spec = order(0, 0, 0);

  spec.ma = (sx_lags){1, lag};
  return start(&spec, &(sx_series){400, endog, NULL, interrupt, NULL}, value);
}

static void the_filter_stops(void) {
  check_run(many_periods, 5);
  check_run(many_states, 15);
  check_run(one_loglike, 5);
}

static void the_stationary_start_stops(void) { check_run(long_lag, 60); }

static void a_forecast_stops(void) { check_run(many_steps, 3); }

static void start_parameters_stop(void) {
  check_run(many_residuals, 5);
  check_run(long_trend, 10);
  check_run(many_columns, 10);
  check_run(dependent_columns, 20);
}

int main(void) {
  uint64_t seed = 7;

  for (int t = 0; t < ROWS; t++) {
    endog[t] = uniform(&seed);
    exog[t] = uniform(&seed);
  }
  RUN(asks_after_so_much_work);
  RUN(stays_stopped_and_asks_no_more);
  RUN(without_an_interrupt_never_stops);
  RUN(the_filter_stops);
  RUN(the_stationary_start_stops);
  RUN(a_forecast_stops);
  RUN(start_parameters_stop);
  return harness_finish();
}
