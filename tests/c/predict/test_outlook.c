/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Forecasts of several series: the bits of each alone, and what refuses. Their
 * values are held to a judge by tests/exact/test_exact_forecast.py.
 */
#include "randoms.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 13, STEPS = 9 };

typedef struct forecasts {
  double mean[COUNT][STEPS], var[COUNT][STEPS];
  sx_forecast_output each[COUNT];
  sx_loglike_output how[COUNT];
} forecasts;

static sx_status run_outlook(const sx_model *model, const sx_series *series,
                             const sx_forecast_request *request,
                             forecasts *found) {
  sx_outlook_output out = {found->each, found->how};
  size_t size = 0;
  sx_status status;
  void *work;

  memset(found, 0xff, sizeof(*found));
  for (int i = 0; i < COUNT; i++) {
    found->each[i] = (sx_forecast_output){request->steps, NULL, found->mean[i],
                                          found->var[i], -1};
  }
  CHECK(sx_outlook_plan(model, series, request, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  status = sx_outlook(model, series, request, work, size, &out);
  free(work);
  return status;
}

static const double AIRLINE[] = {-0.4, -0.6, 1.5};

static sx_model airline(void) {
  sx_spec spec = seasonal(order(0, 1, 1), 0, 1, 1, 4);

  return model_of(&spec);
}

/* Waves with trends; the first series is the longest. */
static void fill(double endog[COUNT][NOBS], sx_series *series, int shorter) {
  for (int i = 0; i < COUNT; i++) {
    for (int t = 0; t < NOBS; t++) {
      endog[i][t] = sin(0.7 * t * (i + 1)) + 0.1 * t + (t % 4) * 0.5 * i;
    }
    series[i] =
        (sx_series){.nobs = NOBS - (shorter ? i % 4 : 0), .endog = endog[i]};
  }
}

static void check_alone(const sx_model *model, const sx_series *series,
                        sx_engine engine, sx_engine runs) {
  sx_forecast_request request = {{engine, COUNT, AIRLINE, 1, 1}, STEPS};
  static forecasts together, alone;

  CHECK(run_outlook(model, series, &request, &together) == SX_OK);
  request.of.count = 1;
  for (int i = 0; i < COUNT; i++) {
    CHECK(run_outlook(model, series + i, &request, &alone) == SX_OK);
    CHECK(together.how[i].engine == runs && alone.how[0].engine == runs);
    CHECK(together.each[i].nobs_skipped == 0);
    CHECK(memcmp(together.mean[i], alone.mean[0], sizeof(alone.mean[0])) == 0);
    CHECK(memcmp(together.var[i], alone.var[0], sizeof(alone.var[0])) == 0);
  }
}

static void each_as_alone(void) {
  double endog[COUNT][NOBS];
  sx_series series[COUNT];
  sx_model model = airline();

  for (int level = 0; level <= (int)sx_simd_detect(); level++) {
    model.simd = (sx_simd)level;
    fill(endog, series, 1);
    check_alone(&model, series, SX_ENGINE_EXACT, SX_ENGINE_EXACT);
    fill(endog, series, 0);
    for (int i = 0; i < COUNT; i++) {
      endog[i][5] = endog[i][NOBS - 3] = NAN;
      endog[i][NOBS - 2] = endog[i][NOBS - 1] = NAN;
    }
    check_alone(&model, series, SX_ENGINE_EXACT, SX_ENGINE_EXACT);
    check_alone(&model, series, SX_ENGINE_IDENTICAL, SX_ENGINE_IDENTICAL);
  }
}

/* Near those of the filter, and a longer horizon near its own beginning. */
static void near_the_filter(void) {
  double endog[COUNT][NOBS], mean[STEPS], var[STEPS];
  sx_series series[COUNT];
  sx_model model = airline();
  sx_forecast_request request = {{SX_ENGINE_EXACT, 1, AIRLINE, 1, 1}, STEPS};
  sx_forecast_output filtered = {STEPS, NULL, mean, var, -1};
  static forecasts found;

  fill(endog, series, 0);
  endog[0][NOBS - 6] = endog[0][NOBS - 1] = NAN;
  CHECK(run_forecast(&model, series, AIRLINE, &filtered) == SX_OK);
  for (request.steps = 1; request.steps <= STEPS; request.steps++) {
    CHECK(run_outlook(&model, series, &request, &found) == SX_OK);
    check_all(request.steps, found.mean[0], mean, 1e-8);
    check_all(request.steps, found.var[0], var, 1e-8);
  }
}

static void refusals(void) {
  double endog[COUNT][NOBS];
  sx_series series[COUNT];
  const double params[] = {-0.4, 0.5, 1.5};
  sx_spec spec = order(0, 0, 1);
  sx_forecast_request request = {{SX_ENGINE_EXACT, 2, params, 1, 1}, STEPS};
  static forecasts found;
  sx_outlook_output out = {found.each, found.how};
  sx_model model;

  fill(endog, series, 0);
  spec.flags |= SX_MEASUREMENT_ERROR;
  model = model_of(&spec);
  CHECK(run_outlook(&model, series, &request, &found) == SX_E_EXACT);
  CHECK(found.how[1].status == SX_E_EXACT);
  CHECK(found.how[1].reason == SX_REASON_MEASUREMENT_ERROR);
  request.of.engine = SX_ENGINE_AUTO;
  CHECK(run_outlook(&model, series, &request, &found) == SX_OK);
  CHECK(found.how[1].engine == SX_ENGINE_IDENTICAL);
  model = airline();
  request.of.params = AIRLINE;
  CHECK(sx_outlook(&model, series, &request, NULL, 0, &out) == SX_E_WORKSPACE);
  request.of.engine = SX_ENGINE_EXACT;
  series[0].nobs = 5; /* as many as initial differences */
  series[1].nobs = 5;
  CHECK(run_outlook(&model, series, &request, &found) == SX_E_EXACT);
  CHECK(found.how[0].reason == SX_REASON_SHORT);
}

/* More unknowns than there may be: q* of 70, and as many periods ahead. */
static void far_ahead(void) {
  static double endog[200], mean[70], var[70];
  const double params[] = {-0.4, 1.5};
  sx_spec spec = seasonal(order(0, 0, 0), 0, 0, 1, 70);
  sx_model model = model_of(&spec);
  sx_series series = {.nobs = 200, .endog = endog};
  sx_forecast_request request = {{SX_ENGINE_AUTO, 1, params, 1, 1}, 70};
  sx_forecast_output forecast = {70, NULL, mean, var, -1};
  sx_loglike_output how;
  sx_outlook_output out = {&forecast, &how};
  size_t size = 0;
  void *work;

  for (int t = 0; t < 200; t++) {
    endog[t] = sin(0.7 * t);
  }
  CHECK(sx_outlook_plan(&model, &series, &request, &size) == SX_OK);
  work = malloc(size);
  CHECK(sx_outlook(&model, &series, &request, work, size, &out) == SX_OK);
  CHECK(how.reason == SX_REASON_HORIZON);
  forecast.steps = request.steps = 64;
  CHECK(sx_outlook_plan(&model, &series, &request, &size) == SX_OK);
  free(work);
  work = malloc(size);
  CHECK(sx_outlook(&model, &series, &request, work, size, &out) == SX_OK);
  CHECK(how.reason == SX_REASON_NONE && how.engine == SX_ENGINE_EXACT);
  free(work);
}

/* Fourteen differences and so many steps: rounding leaves no variance. */
static void variances_beyond_a_double(void) {
  enum { FAR = 100000 };
  static double mean[FAR], var[FAR];
  static double endog[200];
  const double params[] = {0.1, 1.5};
  sx_spec spec = order(0, 14, 1);
  sx_model model = model_of(&spec);
  sx_series series = {.nobs = 200, .endog = endog};
  sx_forecast_request request = {{SX_ENGINE_EXACT, 1, params, 1, 1}, FAR};
  sx_forecast_output forecast = {FAR, NULL, mean, var, -1};
  sx_loglike_output how;
  sx_outlook_output out = {&forecast, &how};
  uint64_t seed = 3;
  size_t size = 0;
  void *work;

  for (int t = 0; t < 200; t++) {
    endog[t] = uniform(&seed);
  }
  CHECK(sx_outlook_plan(&model, &series, &request, &size) == SX_OK);
  work = work_of_size(size);
  CHECK(sx_outlook(&model, &series, &request, work, size, &out) == SX_E_EXACT);
  CHECK(how.reason == SX_REASON_SINGULAR);
  free(work);
}

int main(void) {
  RUN(each_as_alone);
  RUN(near_the_filter);
  RUN(refusals);
  RUN(far_ahead);
  RUN(variances_beyond_a_double);
  return harness_finish();
}
