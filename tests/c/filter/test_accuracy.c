/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sums of |pi_j| against their closed forms, to two digits: small terms are
 * left out.
 */
#include "filter/accuracy.h"

#include "fixtures.h"

enum { ROOM = 1 << 20, LONG = 400 };

static unsigned char memory[ROOM];

/* Runs the exact engine's kernel in one lane, with y[20..20 + gap) missing. */
static void run_exact(const sx_model *model, const double *params, int gap,
                      sx_exact *exact) {
  static double y[LONG];
  static sx_series series = {LONG, y, NULL, NULL, NULL};
  sx_arena arena;

  fill_y(LONG, y);
  for (int t = 20; t < 20 + gap; t++) {
    y[t] = NAN;
  }
  SX_UNPOISON(memory, ROOM);
  memset(memory, 0xff, ROOM);
  arena = sx_arena_bind(memory, ROOM);
  CHECK(sx_exact_cover(model, &series, 1, exact) == SX_REASON_NONE);
  sx_exact_layout(&arena, exact);
  CHECK(!sx_arena_failed(&arena));
  sx_exact_bind(exact, &series, 1);
  CHECK(sx_exact_load(exact, 0, params) == SX_REASON_NONE);
  sx_exact_run_lanes(exact);
}

/* Both sums. */
static void sums_of(const sx_spec *spec, const double *params, double *given,
                    double *settled) {
  sx_model model = model_of(spec);
  sx_exact exact;
  double squares;

  run_exact(&model, params, 0, &exact);
  *given = sx_sensitivity(&exact, 0, params);
  *settled = sx_settled_sensitivity(&exact, 0, &squares);
  CHECK(squares >= 1.0 && squares <= *settled * *settled);
  SX_UNPOISON(memory, ROOM);
}

static void check_sums(const sx_spec *spec, const double *params, double given,
                       double settled) {
  double actual_given, actual_settled;

  sums_of(spec, params, &actual_given, &actual_settled);
  CHECK_CLOSE(actual_given, given, 0.02, 0);
  CHECK_CLOSE(actual_settled, settled, 0.02, 0);
}

/* sum |theta|^j = 1 / (1 - |theta|) */
static void first_order(void) {
  const double params[][2] = {{0.5, 1.0}, {-0.9, 1.0}, {0.0, 1.0}};
  const double sums[] = {2.0, 10.0, 1.0};
  sx_spec spec = order(0, 0, 1);

  for (int i = 0; i < 3; i++) {
    check_sums(&spec, params[i], sums[i], sums[i]);
  }
}

/* The product of the factors' sums; they do not overlap here. */
static void seasonal_factor(void) {
  const double params[] = {0.3, -0.5, 1.0};
  sx_spec spec = seasonal(order(0, 0, 1), 0, 0, 1, 24);

  check_sums(&spec, params, 2.0 / 0.7, 2.0 / 0.7);
}

/* 1 + 4 B has the autocovariances of 1 + B / 4. */
static void not_invertible(void) {
  const double params[] = {4.0, 1.0};
  sx_spec spec = order(0, 0, 1);
  double given, settled;

  sums_of(&spec, params, &given, &settled);
  CHECK(given > 1e100);
  CHECK_CLOSE(settled, 1.0 / 0.75, 0.02, 0);
}

/* On the circle every period counts. */
static void unit_root(void) {
  const double params[] = {-1.0, 1.0};
  sx_spec spec = order(0, 0, 1);
  double given, settled;

  sums_of(&spec, params, &given, &settled);
  CHECK_CLOSE(given, (double)LONG, 0.01, 0);
  CHECK(settled > 0.3 * (double)LONG && settled <= (double)LONG);
}

static void no_moving_average(void) {
  const double params[] = {0.5, 1.0};
  sx_spec spec = order(1, 0, 0);

  check_sums(&spec, params, 1.0, 1.0);
}

/*
 * sum theta^2j = 1 / (1 - theta^2); and w = T^-1 x solves (1 + theta^2) w_t +
 * theta (w_{t-1} + w_{t+1}) = x_t, with F near 1.
 */
static void squares_of_weights(void) {
  const double params[] = {-0.8, 1.0};
  sx_spec spec = order(0, 0, 1);
  sx_model model = model_of(&spec);
  double squares, expected = 0.0;
  double y[LONG], pivot[LONG], w[LONG];
  sx_exact exact;

  run_exact(&model, params, 0, &exact);
  sx_settled_sensitivity(&exact, 0, &squares);
  CHECK_CLOSE(squares, 1.0 / 0.36, 0.02, 0);
  fill_y(LONG, y);
  for (int t = 0; t < LONG; t++) {
    pivot[t] = 1.64 - (t > 0 ? 0.64 / pivot[t - 1] : 0.0);
    w[t] = y[t] + (t > 0 ? 0.8 * w[t - 1] / pivot[t - 1] : 0.0);
  }
  for (int t = LONG - 1; t >= 0; t--) {
    w[t] = (w[t] + (t + 1 < LONG ? 0.8 * w[t + 1] : 0.0)) / pivot[t];
    expected += w[t] * w[t];
  }
  CHECK_CLOSE(sx_settled_squares(&exact, 0), expected, 0.02, 0);
  SX_UNPOISON(memory, ROOM);
}

/* (1 - B)^-2 has the weights 1, 2, 3, ...; (1 - B)^-1 with phi: 1, 1.5, ... */
static void growth_over_a_gap(void) {
  const double params[] = {0.5, 1.0};
  sx_spec twice = order(0, 2, 0), once = order(1, 1, 0);
  sx_model model = model_of(&twice);
  sx_exact exact;

  run_exact(&model, params + 1, 3, &exact);
  CHECK_CLOSE(sx_gap_growth(&exact, 0), 1.0 + 4.0 + 9.0 + 16.0, 1e-15, 0);
  model = model_of(&once);
  run_exact(&model, params, 2, &exact);
  CHECK_CLOSE(sx_gap_growth(&exact, 0), 1.0 + 2.25 + 3.0625, 1e-15, 0);
  run_exact(&model, params, 0, &exact);
  CHECK(sx_gap_growth(&exact, 0) == 1.0);
  SX_UNPOISON(memory, ROOM);
}

int main(void) {
  RUN(first_order);
  RUN(seasonal_factor);
  RUN(not_invertible);
  RUN(unit_root);
  RUN(no_moving_average);
  RUN(squares_of_weights);
  RUN(growth_over_a_gap);
  return harness_finish();
}
