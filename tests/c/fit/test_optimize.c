/* SPDX-License-Identifier: BSD-3-Clause */
/* Functions whose minima are known by construction. */
#include "fit/optimize.h"

#include "harness.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 50 };

/* What a run does, and how often it was asked. */
typedef struct problem {
  int32_t k;
  int calls, fail_at;
  double noise;
  double reach; /* of each variable, 0 for any */
  sx_minimizer *minimizer;
} problem;

typedef struct outcome {
  sx_status status;
  sx_fit_end end;
  int64_t nit;
  double x[MOST], value, gradient[MOST];
} outcome;

static sx_minimizer minimizer_of(int32_t k, sx_objective *objective,
                                 problem *task) {
  sx_minimizer m = {.k = k,
                    .maxiter = 1000,
                    .gain = 1e-12,
                    .rounded = 1e-9,
                    .evaluate = objective,
                    .context = task};

  task->k = k;
  return m;
}

static outcome minimize(sx_minimizer *m, const double *start) {
  sx_arena arena = sx_arena_measure();
  problem *task = m->context;
  outcome out = {0};
  size_t size = 0;
  void *memory;

  sx_minimizer_layout(&arena, m);
  CHECK(sx_arena_plan(&arena, &size) == SX_OK);
  memory = malloc(size);
  if (memory == NULL) {
    abort();
  }
  memset(memory, 0xff, size);
  arena = sx_arena_bind(memory, size);
  sx_minimizer_layout(&arena, m);
  CHECK(!sx_arena_failed(&arena));
  memcpy(m->x, start, (size_t)m->k * sizeof(double));
  for (int32_t i = 0; i < m->k; i++) {
    m->reach[i] = task->reach > 0.0 ? task->reach : INFINITY;
  }
  m->evaluate(task, m->x, &m->value, m->gradient);
  out.status = sx_minimize(m);
  out.end = m->end;
  out.nit = m->nit;
  out.value = m->value;
  memcpy(out.x, m->x, (size_t)m->k * sizeof(double));
  memcpy(out.gradient, m->gradient, (size_t)m->k * sizeof(double));
  free(memory);
  return out;
}

static sx_status count(problem *task) {
  task->calls++;
  return task->calls == task->fail_at ? SX_E_INTERRUPTED : SX_OK;
}

/* sum 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2: 0 at ones. */
static sx_status rosenbrock(void *context, const double *x, double *value,
                            double *gradient) {
  problem *task = context;

  *value = 0.0;
  memset(gradient, 0, (size_t)task->k * sizeof(double));
  for (int32_t i = 0; i + 1 < task->k; i++) {
    double a = x[i + 1] - x[i] * x[i], b = 1.0 - x[i];

    *value += 100.0 * a * a + b * b;
    gradient[i] -= 400.0 * a * x[i] + 2.0 * b;
    gradient[i + 1] += 200.0 * a;
  }
  return count(task);
}

/*
 * sum c_i (e_i - i)^2 / 2 + 1 with c from 1e-3 to 1e3, e = x less twice its
 * mean (a reflection), and a ripple of any size that its gradient knows not of.
 */
static sx_status valley(void *context, const double *x, double *value,
                        double *gradient) {
  problem *task = context;
  double mean = 0.0, mean_bar = 0.0;

  for (int32_t i = 0; i < task->k; i++) {
    mean += x[i] / task->k;
  }
  *value = 1.0;
  for (int32_t i = 0; i < task->k; i++) {
    double c = pow(10.0, task->k > 1 ? 6.0 * i / (task->k - 1.0) - 3.0 : 0.0);
    double e = x[i] - 2.0 * mean - i;

    *value += 0.5 * c * e * e;
    gradient[i] = c * e;
    mean_bar += c * e / task->k;
  }
  for (int32_t i = 0; i < task->k; i++) {
    gradient[i] -= 2.0 * mean_bar;
  }
  *value += task->noise * sin(1e9 * x[0]);
  return count(task);
}

/* c exp(-2 x) + x for c = 1e12: a steep fall to log(2 c) / 2, then a rise. */
static sx_status steep(void *context, const double *x, double *value,
                       double *gradient) {
  *value = 1e12 * exp(-2.0 * x[0]) + x[0];
  gradient[0] = 1.0 - 2e12 * exp(-2.0 * x[0]);
  return count((problem *)context);
}

/* sum (x - 0.01)^2 / 2 with nothing at x <= 0; what is there is `noise`. */
static sx_status wall(void *context, const double *x, double *value,
                      double *gradient) {
  problem *task = context;

  *value = 0.0;
  for (int32_t i = 0; i < task->k; i++) {
    *value += x[i] > 0.0 ? 50.0 * (x[i] - 0.01) * (x[i] - 0.01) : task->noise;
    gradient[i] = x[i] > 0.0 ? 100.0 * (x[i] - 0.01) : NAN;
  }
  return count(task);
}

static sx_status flat(void *context, const double *x, double *value,
                      double *gradient) {
  problem *task = context;

  (void)x;
  *value = 3.0;
  memset(gradient, 0, (size_t)task->k * sizeof(double));
  return count(task);
}

/* x^4: the second derivative vanishes at the minimum. */
static sx_status quartic(void *context, const double *x, double *value,
                         double *gradient) {
  *value = pow(x[0], 4.0);
  gradient[0] = 4.0 * pow(x[0], 3.0);
  return count(context);
}

/* Its value contradicts its gradient everywhere. */
static sx_status liar(void *context, const double *x, double *value,
                      double *gradient) {
  *value = x[0];
  gradient[0] = -1.0;
  return count(context);
}

static sx_status falling(void *context, const double *x, double *value,
                         double *gradient) {
  *value = -x[0];
  gradient[0] = -1.0;
  return count(context);
}

/* cos x + x / 4: maxima and minima in turns. */
static sx_status waves(void *context, const double *x, double *value,
                       double *gradient) {
  *value = cos(x[0]) + 0.25 * x[0];
  gradient[0] = -sin(x[0]) + 0.25;
  return count(context);
}

static void finds_the_end_of_a_curved_valley(void) {
  const double start[] = {-1.2, 1.0};
  problem task = {0};
  sx_minimizer m = minimizer_of(2, rosenbrock, &task);
  outcome out = minimize(&m, start);

  CHECK(out.status == SX_OK && out.end == SX_FIT_CONVERGED);
  CHECK(out.value < 1e-11);
  CHECK_CLOSE(out.x[0], 1.0, 1e-5, 0);
  CHECK_CLOSE(out.x[1], 1.0, 1e-5, 0);
  CHECK(out.nit < task.calls && task.calls < 60);
}

static void finds_it_in_fifty_dimensions(void) {
  double start[MOST];
  problem task = {0};
  sx_minimizer m = minimizer_of(MOST, rosenbrock, &task);
  outcome out;

  for (int i = 0; i < MOST; i++) {
    start[i] = 0.9 + 0.02 * (i % 10);
  }
  out = minimize(&m, start);
  CHECK(out.end == SX_FIT_CONVERGED);
  CHECK(out.value < 1e-9);
}

static void solves_badly_scaled_quadratics(void) {
  const int32_t sizes[] = {1, 2, 5, MOST};
  const double start[MOST] = {1.0, -1.0};

  for (int s = 0; s < 4; s++) {
    problem task = {0};
    sx_minimizer m = minimizer_of(sizes[s], valley, &task);
    outcome out = minimize(&m, start);

    CHECK(out.status == SX_OK && out.end == SX_FIT_CONVERGED);
    CHECK_CLOSE(out.value, 1.0, 0, 1e-9);
    CHECK(task.calls <= 12 * sizes[s] + 10);
  }
}

/* A Newton step from curvature 1: two evaluations, and no more to verify. */
static void a_round_minimum_takes_two_evaluations(void) {
  const double start[] = {0.6};
  problem task = {0};
  sx_minimizer m = minimizer_of(1, valley, &task);
  outcome out = minimize(&m, start);

  CHECK(out.nit == 1 && task.calls == 2);
  CHECK_CLOSE(out.x[0], 0.0, 0, 1e-12);
}

static void the_end_has_its_value_and_gradient(void) {
  const double start[] = {-1.2, 1.0, 0.5};
  double value, gradient[3];
  problem task = {0};
  sx_minimizer m = minimizer_of(3, rosenbrock, &task);
  outcome out;

  m.maxiter = 7;
  out = minimize(&m, start);
  CHECK(out.end == SX_FIT_MAXITER && out.nit == 7);
  rosenbrock(&task, out.x, &value, gradient);
  CHECK_CLOSE(out.value, value, 1e-14, 0);
  for (int i = 0; i < 3; i++) {
    CHECK_CLOSE(out.gradient[i], gradient[i], 1e-12, 1e-12);
  }
}

static void walls_turn_it_back(void) {
  const double walls[] = {INFINITY, -INFINITY, NAN};
  const double start[] = {0.5, 0.011, 2.0};

  for (int w = 0; w < 3; w++) {
    problem task = {.noise = walls[w]};
    sx_minimizer m = minimizer_of(3, wall, &task);
    outcome out = minimize(&m, start);

    CHECK(out.end == SX_FIT_CONVERGED);
    for (int i = 0; i < 3; i++) {
      CHECK_CLOSE(out.x[i], 0.01, 1e-4, 0);
    }
    CHECK(task.calls < 60);
  }
}

static void nothing_to_do_is_no_iteration(void) {
  const double start[] = {1.0, 2.0};
  problem task = {0};
  sx_minimizer m = minimizer_of(2, flat, &task);
  outcome out = minimize(&m, start);

  CHECK(out.end == SX_FIT_CONVERGED && out.nit == 0 && task.calls == 1);
  CHECK(out.x[0] == 1.0 && out.x[1] == 2.0 && out.value == 3.0);
}

static void a_flat_bottom_is_an_end(void) {
  const double start[] = {1.7};
  problem task = {0};
  sx_minimizer m = minimizer_of(1, quartic, &task);
  outcome out = minimize(&m, start);

  CHECK(out.end == SX_FIT_CONVERGED);
  CHECK(out.value < 1e-10 && task.calls < 60);
}

static void noise_is_an_end(void) {
  const double start[] = {3.0, -2.0, 1.0, 0.0, 5.0};
  const double sizes[] = {1e-15, 1e-12, 1e-10};

  for (int s = 0; s < 3; s++) {
    problem task = {.noise = sizes[s]};
    sx_minimizer m = minimizer_of(5, valley, &task);
    outcome out = minimize(&m, start);

    CHECK(out.end == SX_FIT_CONVERGED || out.end == SX_FIT_ROUNDING);
    CHECK_CLOSE(out.value, 1.0, 0, 1e-9);
    CHECK(task.calls < 200);
  }
}

/* A ripple that the objective owns up to. */
static sx_status rippled(void *context, const double *x, double *value,
                         double *gradient) {
  problem *task = context;

  task->minimizer->error_found = task->noise;
  return valley(context, x, value, gradient);
}

static void a_known_error_ends_it_early(void) {
  const double start[] = {3.0, -2.0, 1.0, 0.0, 5.0};

  for (int s = 0; s < 3; s++) {
    problem task = {.noise = pow(10.0, -2.0 * s - 4.0)};
    sx_minimizer m = minimizer_of(5, rippled, &task);
    outcome out;

    task.minimizer = &m;
    m.error = task.noise;
    out = minimize(&m, start);
    CHECK(out.end == SX_FIT_ROUNDING);
    CHECK_CLOSE(out.value, 1.0, 0, 20.0 * task.noise);
    CHECK(task.calls < 60);
  }
}

static void a_wrong_gradient_ends_the_search(void) {
  const double start[] = {0.0};
  problem task = {0};
  sx_minimizer m = minimizer_of(1, liar, &task);
  outcome out = minimize(&m, start);

  CHECK(out.end == SX_FIT_STUCK && out.status == SX_OK);
  CHECK(out.x[0] == 0.0 && task.calls < 50);
}

static void no_minimum_is_maxiter(void) {
  const double start[] = {0.0};
  problem task = {0};
  sx_minimizer m = minimizer_of(1, falling, &task);
  outcome out;

  m.maxiter = 3;
  out = minimize(&m, start);
  CHECK(out.end == SX_FIT_MAXITER && out.nit == 3);
  CHECK(out.x[0] > 1e3 && isfinite(out.x[0]));
}

static void it_goes_down_only(void) {
  for (int i = 0; i < 40; i++) {
    const double start[] = {0.3 * i};
    problem task = {0};
    sx_minimizer m = minimizer_of(1, waves, &task);
    outcome out = minimize(&m, start);

    CHECK(out.end == SX_FIT_CONVERGED);
    CHECK_CLOSE(sin(out.x[0]), 0.25, 0, 1e-5);
    CHECK(cos(out.x[0]) < 0.0 || i == 0);
    CHECK(out.value <= cos(start[0]) + 0.25 * start[0]);
  }
}

static void a_failure_ends_it(void) {
  const double start[] = {-1.2, 1.0};

  for (int n = 2; n < 20; n++) {
    problem task = {.fail_at = n};
    sx_minimizer m = minimizer_of(2, rosenbrock, &task);
    outcome out = minimize(&m, start);

    CHECK(out.status == SX_E_INTERRUPTED && task.calls == n);
    CHECK(out.value <= 24.2 + 1e-12);
  }
}

static void no_variable_goes_beyond_its_reach(void) {
  const double start = -15.0;
  problem task = {.reach = 0.5};
  sx_minimizer m = minimizer_of(1, steep, &task);
  outcome out;

  m.maxiter = 1;
  out = minimize(&m, &start);
  CHECK_CLOSE(out.x[0], -14.5, 1e-15, 0);
  m.maxiter = 1000;
  out = minimize(&m, &start);
  CHECK(out.end == SX_FIT_CONVERGED && out.nit > 50);
  CHECK_CLOSE(out.x[0], 0.5 * log(2e12), 1e-5, 0);
}

int main(void) {
  RUN(finds_the_end_of_a_curved_valley);
  RUN(finds_it_in_fifty_dimensions);
  RUN(solves_badly_scaled_quadratics);
  RUN(a_round_minimum_takes_two_evaluations);
  RUN(the_end_has_its_value_and_gradient);
  RUN(walls_turn_it_back);
  RUN(nothing_to_do_is_no_iteration);
  RUN(a_flat_bottom_is_an_end);
  RUN(noise_is_an_end);
  RUN(a_known_error_ends_it_early);
  RUN(a_wrong_gradient_ends_the_search);
  RUN(no_minimum_is_maxiter);
  RUN(it_goes_down_only);
  RUN(a_failure_ends_it);
  RUN(no_variable_goes_beyond_its_reach);
  return harness_finish();
}
