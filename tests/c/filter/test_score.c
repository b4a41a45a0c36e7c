/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sx_score: the gradient against differences of sx_loglike's values (fourth
 * order: their truncation and rounding errors stay below 1e-9), and its
 * workspace.
 */
#include "filter/score.h"

#include "randoms.h"

typedef struct score_result {
  sx_status status;
  sx_score_output out;
  double score[RANDOM_PARAMS];
} score_result;

/* In a workspace of the planned size, all of whose bytes are `fill`. */
static void run_score(const sx_model *model, const sx_series *series,
                      const double *params, int fill, score_result *result) {
  size_t size = 0;
  void *work;

  memset(result, 0xff, sizeof(*result));
  result->out.score = result->score;
  CHECK(sx_score_plan(model, series, &size) == SX_OK && size > 0);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, fill, size);
  result->status = sx_score(model, series, params, work, size, &result->out);
  free(work);
}

static sx_loglike_output loglike_of(const sx_model *model,
                                    const sx_series *series,
                                    const double *params) {
  sx_loglike_request request = {SX_ENGINE_EXACT, 1, params, 0, 0};
  sx_loglike_output out = {.loglike = NAN};
  size_t size = 0;
  void *work;

  CHECK(sx_loglike_plan(model, series, &request, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  sx_loglike(model, series, &request, work, size, &out);
  free(work);
  return out;
}

/* (8 (f(h) - f(-h)) - (f(2h) - f(-2h))) / 12 h */
static double difference(const sx_model *model, const sx_series *series,
                         const double *params, int32_t place) {
  static const double weights[] = {1.0, -8.0, 0.0, 8.0, -1.0};
  const double step = 2e-4 * fmax(0.1, fabs(params[place]));
  double moved[RANDOM_PARAMS], sum = 0.0;

  memcpy(moved, params, (size_t)model->k_params * sizeof(double));
  for (int k = -2; k <= 2; k++) {
    moved[place] = params[place] + k * step;
    sum += k == 0 ? 0.0
                  : weights[k + 2] * loglike_of(model, series, moved).loglike;
  }
  return sum / (12.0 * step);
}

/* Returns whether the exact engine takes the model. */
static int check_score(const sx_model *model, const sx_series *series,
                       const double *params) {
  sx_loglike_output value = loglike_of(model, series, params);
  score_result result;
  double largest = 1.0;

  run_score(model, series, params, 0xff, &result);
  CHECK(result.out.reason == value.reason);
  CHECK((result.status == SX_OK) == (value.reason == SX_REASON_NONE));
  if (result.status != SX_OK) {
    CHECK(result.status == SX_E_EXACT);
    return 0;
  }
  CHECK(result.out.loglike == value.loglike);
  for (int32_t i = 0; i < model->k_params; i++) {
    largest = fmax(largest, fabs(result.score[i]));
  }
  for (int32_t i = 0; i < model->k_params; i++) {
    CHECK_CLOSE(result.score[i], difference(model, series, params, i), 1e-7,
                1e-8 * largest);
  }
  return 1;
}

static void random_models(void) {
  int covered = 0;

  for (uint64_t number = 0; number < 400; number++) {
    static random_case c;
    sx_series series = {NOBS, c.endog, c.exog, NULL, NULL};

    random_make(number, &c);
    covered += check_score(&c.model, &series, c.params);
  }
  CHECK(covered > 100);
}

/* With each option that has a branch of its own. */
static void options(void) {
  const double params[] = {0.5, -0.4, 0.3, -0.6, 1.5};
  double y[NOBS];
  sx_series series = {NOBS, y, NULL, NULL, NULL};

  fill_z(NOBS, y);
  y[0] = NAN;
  y[2] = NAN;
  y[44] = NAN;
  for (int flags = 0; flags < 4; flags++) {
    for (int burn = -1; burn < 50; burn += 17) {
      sx_spec spec = seasonal(order(1, 1, 1), 1, 1, 1, 4);
      sx_model model;

      spec.flags =
          (flags & 1 ? ENFORCE : 0) | (flags & 2 ? SX_CONCENTRATE_SCALE : 0);
      spec.loglikelihood_burn = burn;
      model = model_of(&spec);
      CHECK(check_score(&model, &series, params));
    }
  }
}

/* Into the steady state, late and early, and from outside the circle. */
static void long_series(void) {
  enum { LONG = 500 };
  const double settled[] = {0.4, 0.2, 3.0};
  const double slow[] = {-0.9, 3.0};
  const double not_invertible[] = {2.5, 3.0};
  sx_spec spec = order(0, 0, 2);
  sx_model model = model_of(&spec);
  static double y[LONG];
  sx_series series = {LONG, y, NULL, NULL, NULL};

  fill_y(LONG, y);
  CHECK(check_score(&model, &series, settled));
  y[250] = NAN;
  CHECK(check_score(&model, &series, settled));
  spec = order(0, 1, 1);
  model = model_of(&spec);
  fill_z(LONG, y);
  CHECK(check_score(&model, &series, slow));
  CHECK(check_score(&model, &series, not_invertible));
}

static void one_parameter(void) {
  const double sigma2 = 2.0;
  sx_spec spec = order(0, 0, 0);
  sx_model model = model_of(&spec);
  double y[NOBS], squares = 0.0;
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  score_result result;

  fill_y(NOBS, y);
  for (int t = 0; t < NOBS; t++) {
    squares += y[t] * y[t];
  }
  run_score(&model, &series, &sigma2, 0xff, &result);
  CHECK(result.status == SX_OK);
  CHECK_CLOSE(result.score[0],
              -0.5 * (double)NOBS / sigma2 + 0.5 * squares / (sigma2 * sigma2),
              1e-13, 0);
}

static void refusals(void) {
  const double explosive[] = {1.5, 1.0};
  const double bad[] = {0.5, -1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  double y[NOBS];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  score_result result;

  fill_y(NOBS, y);
  run_score(&model, &series, explosive, 0xff, &result);
  CHECK(result.status == SX_E_EXACT);
  CHECK(result.out.reason == SX_REASON_STATIONARY);
  run_score(&model, &series, bad, 0xff, &result);
  CHECK(result.status == SX_E_EXACT);
  CHECK(result.out.reason == SX_REASON_PARAMS);
  series.nobs = 1;
  run_score(&model, &series, bad, 0xff, &result);
  CHECK(result.status == SX_E_EXACT);
  CHECK(result.out.reason == SX_REASON_SHORT);
}

/* The reason why auto would not report the value is sx_loglike's. */
static void the_reason_of_auto(void) {
  int same = 0, different = 0;

  for (uint64_t number = 0; number < 100; number++) {
    static random_case c;
    sx_series series = {NOBS, c.endog, c.exog, NULL, NULL};
    sx_loglike_request request = {SX_ENGINE_AUTO, 1, c.params, 0, 0};
    sx_loglike_output out;
    score_result result;
    size_t size = 0;
    void *work;

    random_make(number, &c);
    /* at this diffuse variance the rounding of statsmodels is large */
    c.model.spec.initial_variance = number % 2 ? 50.0 : 1e11;
    run_score(&c.model, &series, c.params, 0xff, &result);
    CHECK(sx_loglike_plan(&c.model, &series, &request, &size) == SX_OK);
    work = malloc(size);
    CHECK(sx_loglike(&c.model, &series, &request, work, size, &out) >= 0);
    free(work);
    if (result.status == SX_OK) {
      CHECK(result.out.auto_reason == out.reason);
      same += out.reason == SX_REASON_NONE;
      different += out.reason != SX_REASON_NONE;
    }
  }
  CHECK(same > 5 && different > 5);
}

/* ---- workspace ---- */

static void workspace_contents_and_alignment(void) {
  static const int fills[] = {0x00, 0x7f, 0x55};
  static random_case c;
  sx_series series = {NOBS, c.endog, c.exog, NULL, NULL};
  score_result expected = {0}, result;
  size_t size = 0;

  for (uint64_t number = 0; number < 40; number++) {
    random_make(number, &c);
    run_score(&c.model, &series, c.params, 0xff, &expected);
    for (int f = 0; f < 3 && expected.status == SX_OK; f++) {
      run_score(&c.model, &series, c.params, fills[f], &result);
      CHECK(memcmp(result.score, expected.score, sizeof(result.score)) == 0);
    }
    CHECK(sx_score_plan(&c.model, &series, &size) == SX_OK);
    for (size_t offset = 1; offset < 64; offset += 31) {
      unsigned char *memory = malloc(size + offset);

      memset(&result, 0xff, sizeof(result));
      result.out.score = result.score;
      CHECK(sx_score(&c.model, &series, c.params, memory + offset, size,
                     &result.out) == expected.status);
      CHECK(memcmp(result.score, expected.score, sizeof(result.score)) == 0);
      free(memory);
    }
  }
}

static void too_small_a_workspace(void) {
  const double params[] = {0.4, 1.0};
  sx_spec spec = order(0, 1, 1);
  sx_model model = model_of(&spec);
  double y[NOBS], score[2];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_score_output out = {.score = score};
  size_t size = 0;
  void *memory;

  fill_z(NOBS, y);
  CHECK(sx_score_plan(&model, &series, &size) == SX_OK);
  memory = malloc(size);
  CHECK(sx_score(&model, &series, params, memory, size, &out) == SX_OK);
  CHECK(sx_score(&model, &series, params, memory, size / 2, &out) ==
        SX_E_WORKSPACE);
  CHECK(sx_score(&model, &series, params, memory, 0, &out) == SX_E_WORKSPACE);
  CHECK(sx_score(&model, &series, params, NULL, 0, &out) == SX_E_WORKSPACE);
  free(memory);
}

/*
 * Roots of both polynomials near -1, data in levels: beyond the promise but by
 * no means wrong, as the identical engine and its differences by sigma2 tell.
 */
static void more_error_may_be_allowed(void) {
  double params[] = {1e-5, 1.0 - 2e-5, 1.0 - 1e-6, 6.64}, y[NOBS], values[3];
  sx_loglike_request request = {SX_ENGINE_IDENTICAL, 1, params, 0, 0};
  sx_spec spec = order(2, 0, 1);
  sx_model model = model_of(&spec);
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  score_result result = {.out = {.score = result.score}};
  sx_loglike_output value;
  size_t size = 0, needed = 0;
  void *work;

  fill_z(NOBS, y);
  for (int t = 0; t < NOBS; t++) {
    y[t] += 1000.0;
  }
  CHECK(sx_score_plan(&model, &series, &size) == SX_OK);
  CHECK(sx_loglike_plan(&model, &series, &request, &needed) == SX_OK);
  size = size > needed ? size : needed;
  work = work_of_size(size);
  for (int k = 0; k < 3; k++) {
    params[3] = 6.64 + 1e-3 * (k - 1);
    CHECK(sx_loglike(&model, &series, &request, work, size, &value) >= 0);
    values[k] = value.loglike;
  }
  params[3] = 6.64;
  CHECK(sx_score(&model, &series, params, work, size, &result.out) ==
        SX_E_EXACT);
  CHECK(result.out.reason == SX_REASON_PRECISION);
  result.out.most_error = 1e-3;
  CHECK(sx_score(&model, &series, params, work, size, &result.out) == SX_OK);
  CHECK(result.out.reason == SX_REASON_PRECISION);
  CHECK(result.out.auto_reason != SX_REASON_NONE);
  CHECK_CLOSE(result.out.loglike, values[1], 0, 1e-5);
  CHECK_CLOSE(result.score[3], (values[2] - values[0]) / 2e-3, 0, 1e-4);
  params[0] = 1.5;
  CHECK(sx_score(&model, &series, params, work, size, &result.out) ==
        SX_E_EXACT);
  free(work);
}

int main(void) {
  RUN(random_models);
  RUN(options);
  RUN(long_series);
  RUN(one_parameter);
  RUN(refusals);
  RUN(the_reason_of_auto);
  RUN(workspace_contents_and_alignment);
  RUN(too_small_a_workspace);
  RUN(more_error_may_be_allowed);
  return harness_finish();
}
