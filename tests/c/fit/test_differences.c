/* SPDX-License-Identifier: BSD-3-Clause */
/* Fitted differences of functions with known derivatives. */
#include "fit/differences.h"

#include "fixtures.h"

#include <math.h>

enum { MOST = 4 };

/* A function, what it was asked, and how its evaluations end. */
typedef struct function {
  void (*values)(const double *x, double *f);
  sx_status status;
  int evaluations;
} function;

static sx_status evaluate(void *context, const double *params, double *values) {
  function *f = context;

  f->evaluations++;
  f->values(params, values);
  return f->status;
}

/* Differentiates by `place`, in a workspace that starts as NaN. */
static sx_status differentiate(function *f, sx_differences *differences,
                               int32_t place, double *step, double *found) {
  sx_step first = {*step, INFINITY};
  sx_arena arena = sx_arena_measure();
  size_t size = 0;
  sx_status status;
  void *work;

  sx_differences_layout(&arena, differences);
  CHECK(sx_arena_plan(&arena, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  arena = sx_arena_bind(work, size);
  sx_differences_layout(&arena, differences);
  CHECK(!sx_arena_failed(&arena));
  differences->evaluate = evaluate;
  differences->context = f;
  f->values(differences->params, differences->center);
  status = sx_differences_by(differences, place, &first, found);
  *step = first.size;
  free(work);
  return status;
}

static sx_differences of_loglike(int32_t k_params, const double *params) {
  sx_differences differences = {.k_params = k_params,
                                .count = 1,
                                .params = params,
                                .unit = sx_unit_of_curvature};

  return differences;
}

/* ---- steps ---- */

static void two_scales(const double *x, double *f) {
  f[0] = exp(1e3 * x[0]) * sin(x[1]);
}

/*
 * Steps of the order 1e-5 and 1e-2, from first ones that are far off: the inner
 * points of these are all that is asked for.
 */
static void steps_are_fitted(void) {
  const double params[] = {2e-3, 0.4};
  const double expected[] = {exp(2.0) * 1e3 * sin(0.4), exp(2.0) * cos(0.4)};
  const double scale[] = {1e3, 1.0};
  const double first[] = {1e-7, 1e-4, 1e-3, 1e-22};

  for (int i = 0; i < 2; i++) {
    for (int s = 0; s < 4; s++) {
      function f = {two_scales, SX_OK, 0};
      sx_differences differences = of_loglike(2, params);
      double step = first[s], found = NAN;

      CHECK(differentiate(&f, &differences, i, &step, &found) == SX_OK);
      CHECK_CLOSE(found, expected[i], 1e-6, 0.0);
      CHECK(1e-6 < step * scale[i] && step * scale[i] < 1e-1);
      CHECK(s == 0 ? f.evaluations == 6 : f.evaluations <= 18);
    }
  }
}

static void one_good_step_needs_four_values(void) {
  const double params[] = {2e-3, 0.4};
  function f = {two_scales, SX_OK, 0};
  sx_differences differences = of_loglike(2, params);
  double step = 1e-2, found = NAN;

  CHECK(differentiate(&f, &differences, 1, &step, &found) == SX_OK);
  CHECK(f.evaluations == 4);
  CHECK(step == 1e-2);
}

static void logarithm(const double *x, double *f) {
  f[0] = x[0] > 0.0 ? log(x[0]) : NAN;
}

/* No values left of 0: the first steps leave the region. */
static void steps_stay_inside(void) {
  const double params[] = {1e-8};
  function f = {logarithm, SX_OK, 0};
  sx_differences differences = of_loglike(1, params);
  double step = 1e-6, found = NAN;

  CHECK(differentiate(&f, &differences, 0, &step, &found) == SX_OK);
  CHECK_CLOSE(found, 1e8, 1e-4, 0.0);
  CHECK(2.0 * step < 1e-8);
}

/* ---- several values ---- */

static void several(const double *x, double *f) {
  f[0] = sin(x[0]) * x[1];
  f[1] = x[0] * x[0] * x[0];
  f[2] = exp(-x[0]);
  f[3] = 5.0;
}

static sx_unit unit_of_norm(const sx_differences *differences, int32_t place,
                            double step) {
  sx_unit unit = {0.0, 0.0};

  CHECK(place == 0 && step > 0.0);
  for (int64_t j = 0; j < differences->count; j++) {
    unit.size += differences->derivatives[j] * differences->derivatives[j];
  }
  unit.reciprocal = unit.size = sqrt(unit.size);
  return unit;
}

static void many_values(void) {
  const double params[] = {0.8, 3.0};
  const double expected[MOST] = {3.0 * cos(0.8), 3.0 * 0.64, -exp(-0.8), 0.0};
  function f = {several, SX_OK, 0};
  sx_differences differences = {
      .k_params = 2, .count = MOST, .params = params, .unit = unit_of_norm};
  double step = 1e-4, found[MOST];

  CHECK(differentiate(&f, &differences, 0, &step, found) == SX_OK);
  for (int j = 0; j < MOST; j++) {
    CHECK_CLOSE(found[j], expected[j], 1e-7, 1e-9);
  }
}

static void constant(const double *x, double *f) {
  (void)x;
  for (int j = 0; j < MOST; j++) {
    f[j] = 5.0;
  }
}

/* A norm of zero is no unit. */
static void what_does_not_change(void) {
  const double params[] = {0.8, 3.0};
  function f = {constant, SX_OK, 0};
  sx_differences differences = {
      .k_params = 2, .count = MOST, .params = params, .unit = unit_of_norm};
  double step = 1e-4, found[MOST];

  CHECK(differentiate(&f, &differences, 0, &step, found) == SX_OK);
  for (int j = 0; j < MOST; j++) {
    CHECK(found[j] == 0.0);
  }
  CHECK(f.evaluations == 4);
}

static void rounded(const double *x, double *f) {
  f[0] = floor(0x1p9 * sin(x[0])) * 0x1p-9;
}

/* Errors that grow as steps shrink are noise: one more is tried, a longer. */
static void noise_does_not_shorten_steps(void) {
  const double params[] = {0.9};
  const double ideal = 0.03 / cos(0.9);
  function f = {rounded, SX_OK, 0};
  sx_differences differences = {
      .k_params = 1, .count = 1, .params = params, .unit = unit_of_norm};
  double step = ideal, found = NAN;

  CHECK(differentiate(&f, &differences, 0, &step, &found) == SX_OK);
  CHECK_CLOSE(found, cos(0.9), 5e-3, 0.0);
  CHECK_CLOSE(step, 4.0 * ideal, 0.1, 0.0);
  CHECK(f.evaluations == 12);
}

/* ---- errors ---- */

static void what_cannot_be_computed(void) {
  const double params[] = {2e-3, 0.4};
  const sx_status none[] = {SX_E_LU, SX_E_EXACT};
  const sx_status fatal[] = {SX_E_WORKSPACE, SX_E_INTERRUPTED};

  for (int i = 0; i < 2; i++) {
    function f = {two_scales, none[i], 0};
    sx_differences differences = of_loglike(2, params);
    double step = 1e-3, found = 0.0;

    CHECK(differentiate(&f, &differences, 1, &step, &found) == SX_OK);
    CHECK(isnan(found));
    f = (function){two_scales, fatal[i], 0};
    step = 1e-3;
    CHECK(differentiate(&f, &differences, 1, &step, &found) == fatal[i]);
    CHECK(f.evaluations == 1);
    f = (function){two_scales, SX_W_SKIPPED, 0};
    step = 1e-3;
    CHECK(differentiate(&f, &differences, 1, &step, &found) == SX_OK);
    CHECK(isfinite(found));
  }
}

static int asked_twice(void *context) {
  int *times = context;

  return ++*times == 2;
}

static void interrupted(void) {
  const double params[] = {2e-3, 0.4};
  int times = 0;
  sx_interrupt interrupt = {asked_twice, &times};
  function f = {two_scales, SX_OK, 0};
  sx_differences differences = of_loglike(2, params);
  double step = 1e-3, found = 0.0;

  differences.interrupt = &interrupt;
  CHECK(differentiate(&f, &differences, 1, &step, &found) == SX_E_INTERRUPTED);
  CHECK(times == 2 && f.evaluations == 1);
}

/* ---- first steps ---- */

/* Within a factor of 4 of 3 % of the textbook's standard errors. */
static void first_steps(void) {
  const double params[] = {0.5, 0.5, 3.0};
  const double error[] = {sqrt((1.0 - 0.25) / 400.0), 3.0 * sqrt(2.0 / 400.0)};
  sx_spec spec = order(1, 0, 0);
  sx_model model;

  spec.trend = (sx_lags){1, POWERS};
  spec.loglikelihood_burn = 100;
  model = model_of(&spec);
  for (int32_t i = 0; i < 2; i++) {
    sx_step step = sx_first_step(&model, 500, params, i + 1);
    double ratio = step.size / error[i] / 0.03;

    CHECK(0.25 < ratio && ratio < 4.0);
  }
  CHECK(sx_first_step(&model, 500, params, 0).size > 0.0);
  for (int32_t i = 0; i < 3; i++) {
    const double zeros[] = {0.0, 0.0, 0.0};
    sx_step step = sx_first_step(&model, 0, zeros, i);

    CHECK(isfinite(step.size) && 0.0 < step.size && step.size <= step.longest);
  }
}

int main(void) {
  RUN(steps_are_fitted);
  RUN(one_good_step_needs_four_values);
  RUN(steps_stay_inside);
  RUN(many_values);
  RUN(what_does_not_change);
  RUN(noise_does_not_shorten_steps);
  RUN(what_cannot_be_computed);
  RUN(interrupted);
  RUN(first_steps);
  return harness_finish();
}
