/* SPDX-License-Identifier: BSD-3-Clause */
/* sx_loglike: values against dense.h, reasons one by one, and its workspace. */
#include "filter/loglike.h"

#include "dense.h"
#include "randoms.h"

enum { MOST = 9 };

typedef struct run_result {
  sx_status status;
  sx_loglike_output out[MOST];
} run_result;

/* In a workspace of the planned size, all of whose bytes are `fill`. */
static run_result run_filled(const sx_model *model, const sx_series *series,
                             const sx_loglike_request *request, int fill) {
  run_result result;
  size_t size = 0;
  void *work;

  memset(&result, 0xff, sizeof(result));
  CHECK(sx_loglike_plan(model, series, request, &size) == SX_OK && size > 0);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, fill, size);
  result.status = sx_loglike(model, series, request, work, size, result.out);
  free(work);
  return result;
}

static run_result run_engine(const sx_model *model, int64_t nobs,
                             const double *endog, const double *params,
                             sx_engine engine) {
  sx_series series = {nobs, endog, NULL, NULL, NULL};
  sx_loglike_request request = {engine, 1, params, 0, 0};

  return run_filled(model, &series, &request, 0xff);
}

/* ---- values ---- */

static void random_models_agree_with_dense(void) {
  int covered = 0;

  for (uint64_t number = 0; number < 300; number++) {
    static random_case c;
    static double room[3][NOBS];
    dense_output expected = {room[0], room[1], room[2], 0.0};
    sx_series series = {NOBS, c.endog, c.exog, NULL, NULL};
    sx_loglike_request request = {SX_ENGINE_EXACT, 1, c.params, 0, 0};
    run_result result;

    random_make(number, &c);
    result = run_filled(&c.model, &series, &request, 0xff);
    if (result.status == SX_OK) {
      covered++;
      dense_filter(&c.model, &series, c.params, &expected);
      CHECK_CLOSE(result.out[0].loglike, expected.llf, 1e-11, 1e-10);
      CHECK(result.out[0].engine == SX_ENGINE_EXACT);
      CHECK(result.out[0].nobs_skipped == 0);
    } else {
      CHECK(result.status == SX_E_EXACT);
    }
  }
  CHECK(covered > 80);
}

/* auto gives one of the two, the one that it names. */
static void auto_is_one_of_the_two(void) {
  int exact_ran = 0, identical_ran = 0;

  for (uint64_t number = 0; number < 120; number++) {
    static random_case c;
    sx_series series = {NOBS, c.endog, c.exog, NULL, NULL};
    sx_loglike_request request = {SX_ENGINE_AUTO, 1, c.params, 0, 0};
    run_result chosen, expected;

    random_make(number, &c);
    chosen = run_filled(&c.model, &series, &request, 0xff);
    CHECK(chosen.status >= 0);
    request.engine = chosen.out[0].engine;
    CHECK(request.engine != SX_ENGINE_AUTO);
    expected = run_filled(&c.model, &series, &request, 0xff);
    CHECK(memcmp(&chosen.out[0].loglike, &expected.out[0].loglike,
                 sizeof(double)) == 0);
    exact_ran += request.engine == SX_ENGINE_EXACT;
    identical_ran += request.engine == SX_ENGINE_IDENTICAL;
    CHECK((chosen.out[0].reason == SX_REASON_NONE) ==
          (request.engine == SX_ENGINE_EXACT));
  }
  CHECK(exact_ran > 10 && identical_ran > 10);
}

static void identical_is_the_filter(void) {
  const double params[] = {0.4, 1.5};
  sx_spec spec = order(0, 1, 1);
  sx_model model = model_of(&spec);
  double y[NOBS];
  run_result result;
  results filter;

  fill_z(NOBS, y);
  result = run_engine(&model, NOBS, y, params, SX_ENGINE_IDENTICAL);
  CHECK(run(&model, NOBS, y, params, &filter) == SX_OK);
  CHECK(result.status == SX_OK);
  CHECK(result.out[0].loglike == filter.out.loglike);
  CHECK(result.out[0].engine == SX_ENGINE_IDENTICAL);
  CHECK(result.out[0].reason == SX_REASON_ASKED);
}

/* ---- reasons ---- */

/* Exact must refuse, auto must run the identical engine, both with `reason`. */
static void refuses(const sx_spec *spec, int64_t nobs, const double *endog,
                    const double *params, sx_reason reason) {
  sx_model model = model_of(spec);
  run_result result = run_engine(&model, nobs, endog, params, SX_ENGINE_EXACT);

  CHECK(result.status == SX_E_EXACT);
  CHECK(result.out[0].reason == reason);
  result = run_engine(&model, nobs, endog, params, SX_ENGINE_AUTO);
  if (result.status >= 0) {
    CHECK(result.out[0].engine == SX_ENGINE_IDENTICAL);
  }
  CHECK(result.out[0].reason == reason);
}

static void reasons_of_the_model(void) {
  const int32_t long_lag = SX_MAX_FACTOR_DEGREE + 1;
  const double two[] = {0.3, 1.0, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model;
  double y[NOBS];

  fill_z(NOBS, y);
  spec.flags |= SX_MEASUREMENT_ERROR;
  refuses(&spec, NOBS, y, two, SX_REASON_MEASUREMENT_ERROR);
  spec = seasonal(order(0, 0, 1), 0, 3, 0, 2);
  refuses(&spec, NOBS, y, two, SX_REASON_SEASONAL_DIFF);
  spec.flags |= SX_SIMPLE_DIFFERENCING;
  model = model_of(&spec);
  CHECK(run_engine(&model, NOBS, y, two, SX_ENGINE_EXACT).status == SX_OK);
  spec = order(0, 0, 0);
  spec.ar = (sx_lags){1, &long_lag};
  refuses(&spec, NOBS, y, two, SX_REASON_AR_DEGREE);
}

static void reasons_of_the_series(void) {
  const double params[] = {0.3, 0.2, 1.0};
  sx_spec spec = order(1, 1, 1);
  sx_model model = model_of(&spec);
  double y[200];

  fill_z(200, y);
  refuses(&spec, 1, y, params, SX_REASON_SHORT);
  refuses(&spec, 2, y, params, SX_REASON_SHORT);
  CHECK(run_engine(&model, 3, y, params, SX_ENGINE_EXACT).status == SX_OK);
  y[2] = NAN; /* the series ends with the last observation */
  refuses(&spec, 3, y, params, SX_REASON_SHORT);
  spec.loglikelihood_burn = 40;
  refuses(&spec, 40, y, params, SX_REASON_SHORT);
  model = model_of(&spec);
  CHECK(run_engine(&model, 41, y, params, SX_ENGINE_EXACT).status == SX_OK);
  fill_z(200, y);
  for (int t = 0; t < SX_MAX_GAPS; t++) {
    y[90 + t] = NAN;
    y[199 - t] = NAN; /* those after the last observation do not count */
  }
  CHECK(run_engine(&model, 200, y, params, SX_ENGINE_EXACT).status == SX_OK);
  y[50] = NAN;
  refuses(&spec, 200, y, params, SX_REASON_GAPS);
}

static void reasons_of_the_parameters(void) {
  const struct {
    double params[4];
    sx_reason reason;
  } cases[] = {{{NAN, 0.1, 0.2, 1.0}, SX_REASON_PARAMS},
               {{0.1, 0.1, HUGE_VAL, 1.0}, SX_REASON_PARAMS},
               {{0.1, 0.1, 0.2, 0.0}, SX_REASON_PARAMS},
               {{0.1, 0.1, 0.2, -1.0}, SX_REASON_PARAMS},
               {{0.1, 0.1, 0.2, NAN}, SX_REASON_PARAMS},
               {{1.0, 0.1, 0.2, 1.0}, SX_REASON_STATIONARY},
               {{0.1, -1.5, 0.2, 1.0}, SX_REASON_STATIONARY},
               {{0.99999999, 0.99999999, 0.2, 1.0}, SX_REASON_UNIT_ROOT}};
  sx_spec spec = seasonal(order(1, 0, 1), 1, 0, 0, 12);
  double y[NOBS];

  fill_z(NOBS, y);
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    const double *p = cases[i].params;
    const double params[] = {p[0], p[2], p[1], p[3]};

    refuses(&spec, NOBS, y, params, cases[i].reason);
  }
}

/* A level of 1e14 standard deviations leaves no digits of what matters. */
static void reason_of_precision(void) {
  const double params[] = {1.0};
  const double moderate[] = {1e-2};
  sx_spec spec = order(0, 1, 0);
  sx_model model = model_of(&spec);
  double y[NOBS];

  fill_z(NOBS, y);
  CHECK(run_engine(&model, NOBS, y, moderate, SX_ENGINE_EXACT).status == SX_OK);
  for (int t = 0; t < NOBS; t++) {
    y[t] = y[t] * 1e-3 + 1e12;
  }
  y[20] = NAN;
  refuses(&spec, NOBS, y, params, SX_REASON_PRECISION);
}

static void infinite_observations_give_no_value(void) {
  const double params[] = {0.3, 1.0};
  sx_spec spec = order(0, 1, 1);
  double y[NOBS];

  fill_z(NOBS, y);
  y[30] = HUGE_VAL;
  refuses(&spec, NOBS, y, params, SX_REASON_SINGULAR);
}

static void reasons_have_messages(void) {
#define CHECK_MESSAGE(name, number, text)                                      \
  CHECK(name == (number));                                                     \
  CHECK(strcmp(sx_reason_message(number), text) == 0);
  SX_REASON_MAP(CHECK_MESSAGE)
#undef CHECK_MESSAGE
  CHECK(sx_reason_message(-1) != NULL && sx_reason_message(1000) != NULL);
}

/* ---- many at once, and the workspace ---- */

/* An airline model with gaps, and parameters of which some are bad. */
static void fill_vectors(double *y, double *params) {
  fill_z(NOBS, y);
  y[7] = NAN;
  y[31] = NAN;
  for (int i = 0; i < MOST; i++) {
    params[3 * i] = -0.9 + 0.2 * i;
    params[3 * i + 1] = 0.3 - 0.1 * i;
    params[3 * i + 2] = 1.0 + i;
  }
}

static const sx_model *airline(void) {
  static sx_model model;
  static sx_spec spec;

  spec = seasonal(order(0, 1, 1), 0, 1, 1, 4);
  model = model_of(&spec);
  return &model;
}

static void any_count_and_fill_give_the_same_bits(void) {
  static const int fills[] = {0x00, 0xff, 0x7f, 0x55};
  double y[NOBS], params[3 * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  const sx_model *model = airline();
  double alone[MOST];

  fill_vectors(y, params);
  for (int i = 0; i < MOST; i++) {
    alone[i] = run_engine(model, NOBS, y, params + 3 * i, SX_ENGINE_EXACT)
                   .out[0]
                   .loglike;
    CHECK(isfinite(alone[i]));
  }
  for (int64_t count = 1; count <= MOST; count++) {
    for (int f = 0; f < 4; f++) {
      sx_loglike_request request = {SX_ENGINE_EXACT, count, params, 0, 0};
      run_result result = run_filled(model, &series, &request, fills[f]);

      CHECK(result.status == SX_OK);
      for (int64_t i = 0; i < count; i++) {
        CHECK(result.out[i].loglike == alone[i]);
      }
    }
  }
}

static void bad_vectors_leave_the_others_alone(void) {
  double y[NOBS], params[3 * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_loglike_request request = {SX_ENGINE_EXACT, MOST, params, 0, 0};
  const sx_model *model = airline();
  run_result good, mixed;

  fill_vectors(y, params);
  good = run_filled(model, &series, &request, 0xff);
  params[0] = NAN;
  params[3 * 5 + 2] = -1.0;
  mixed = run_filled(model, &series, &request, 0xff);
  CHECK(mixed.status == SX_E_EXACT);
  for (int i = 0; i < MOST; i++) {
    int bad = i == 0 || i == 5;

    CHECK(mixed.out[i].reason == (bad ? SX_REASON_PARAMS : SX_REASON_NONE));
    CHECK(bad || mixed.out[i].loglike == good.out[i].loglike);
  }
  for (int i = 0; i < MOST; i++) {
    params[3 * i + 2] = 0.0;
  }
  mixed = run_filled(model, &series, &request, 0xff);
  CHECK(mixed.status == SX_E_EXACT);
  CHECK(mixed.out[MOST - 1].reason == SX_REASON_PARAMS);
}

static void no_vectors_at_all(void) {
  double y[NOBS], params[3 * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_loglike_request request = {SX_ENGINE_AUTO, 0, params, 0, 0};

  fill_vectors(y, params);
  CHECK(run_filled(airline(), &series, &request, 0xff).status == SX_OK);
}

static void workspace_of_any_alignment(void) {
  double y[NOBS], params[3 * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_loglike_request request = {SX_ENGINE_EXACT, MOST, params, 0, 0};
  const sx_model *model = airline();
  run_result expected;
  unsigned char *memory;
  size_t size = 0;

  fill_vectors(y, params);
  expected = run_filled(model, &series, &request, 0xff);
  CHECK(sx_loglike_plan(model, &series, &request, &size) == SX_OK);
  for (size_t offset = 0; offset < 64; offset += 7) {
    sx_loglike_output out[MOST];

    memory = malloc(size + offset);
    CHECK(sx_loglike(model, &series, &request, memory + offset, size, out) ==
          SX_OK);
    for (int i = 0; i < MOST; i++) {
      CHECK(out[i].loglike == expected.out[i].loglike);
    }
    free(memory);
  }
}

static void too_small_a_workspace(void) {
  const sx_engine engines[] = {SX_ENGINE_AUTO, SX_ENGINE_EXACT,
                               SX_ENGINE_IDENTICAL};
  double y[NOBS], params[3 * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  const sx_model *model = airline();
  sx_loglike_output out[MOST];

  fill_vectors(y, params);
  for (int e = 0; e < 3; e++) {
    sx_loglike_request request = {engines[e], MOST, params, 0, 0};
    size_t size = 0;
    void *memory;

    CHECK(sx_loglike_plan(model, &series, &request, &size) == SX_OK);
    memory = malloc(size);
    CHECK(sx_loglike(model, &series, &request, memory, size / 2, out) ==
          SX_E_WORKSPACE);
    CHECK(sx_loglike(model, &series, &request, memory, 0, out) ==
          SX_E_WORKSPACE);
    CHECK(sx_loglike(model, &series, &request, NULL, 0, out) == SX_E_WORKSPACE);
    free(memory);
  }
}

/* Many vectors of one moving average, and many series of one vector. */
static void too_small_a_workspace_for_many(void) {
  enum { MANY = 40 };
  const double one[] = {-0.3, -0.4, 2.0};
  double y[NOBS], params[3 * MANY];
  sx_series series[MANY];
  sx_loglike_request requests[] = {{SX_ENGINE_EXACT, MANY, params, 0, 0},
                                   {SX_ENGINE_EXACT, MANY, one, 1, 1}};
  const sx_model *model = airline();
  sx_loglike_output out[MANY];

  fill_z(NOBS, y);
  for (int i = 0; i < MANY; i++) {
    memcpy(params + 3 * i, one, sizeof(one));
    series[i] = (sx_series){NOBS, y, NULL, NULL, NULL};
  }
  for (int r = 0; r < 2; r++) {
    size_t size = 0;
    void *memory;

    CHECK(sx_loglike_plan(model, series, &requests[r], &size) == SX_OK);
    memory = work_of_size(size);
    CHECK(sx_loglike(model, series, &requests[r], memory, 0, out) ==
          SX_E_WORKSPACE);
    CHECK(sx_loglike(model, series, &requests[r], memory, size / 2, out) ==
          SX_E_WORKSPACE);
    CHECK(sx_loglike(model, series, &requests[r], memory, size, out) == SX_OK);
    free(memory);
  }
}

int main(void) {
  RUN(random_models_agree_with_dense);
  RUN(auto_is_one_of_the_two);
  RUN(identical_is_the_filter);
  RUN(reasons_of_the_model);
  RUN(reasons_of_the_series);
  RUN(reasons_of_the_parameters);
  RUN(reason_of_precision);
  RUN(infinite_observations_give_no_value);
  RUN(reasons_have_messages);
  RUN(any_count_and_fill_give_the_same_bits);
  RUN(bad_vectors_leave_the_others_alone);
  RUN(no_vectors_at_all);
  RUN(workspace_of_any_alignment);
  RUN(too_small_a_workspace);
  RUN(too_small_a_workspace_for_many);
  return harness_finish();
}
