/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sums of |pi_j| against their closed forms, to two digits: small terms are
 * left out.
 */
#include "filter/accuracy.h"

#include "fixtures.h"

enum { ROOM = 1 << 20, LONG = 400 };

/* Runs the exact engine's kernel in one lane and gives both sums. */
static void sums_of(const sx_spec *spec, const double *params, double *given,
                    double *settled) {
  static unsigned char memory[ROOM];
  static double y[LONG];
  sx_series series = {LONG, y, NULL, NULL, NULL};
  sx_model model = model_of(spec);
  sx_arena arena;
  sx_exact exact;

  fill_y(LONG, y);
  SX_UNPOISON(memory, ROOM);
  memset(memory, 0xff, ROOM);
  arena = sx_arena_bind(memory, ROOM);
  CHECK(sx_exact_cover(&model, &series, 1, &exact) == SX_REASON_NONE);
  sx_exact_layout(&arena, &exact);
  CHECK(!sx_arena_failed(&arena));
  sx_exact_bind(&exact, &series, 1);
  CHECK(sx_exact_load(&exact, 0, params) == SX_REASON_NONE);
  sx_exact_run_lanes(&exact);
  *given = sx_sensitivity(&exact, 0, params);
  *settled = sx_settled_sensitivity(&exact, 0);
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

int main(void) {
  RUN(first_order);
  RUN(seasonal_factor);
  RUN(not_invertible);
  RUN(unit_root);
  RUN(no_moving_average);
  return harness_finish();
}
