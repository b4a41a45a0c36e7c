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

/* values <- T^-1 values, T of 1 + theta B, by elimination. */
static void solve(double theta, int count, double *values) {
  static double pivot[LONG];

  for (int t = 0; t < count; t++) {
    double factor = t == 0 ? 0.0 : theta / pivot[t - 1];

    pivot[t] = 1.0 + theta * theta - factor * theta;
    values[t] -= t == 0 ? 0.0 : factor * values[t - 1];
  }
  for (int t = count - 1; t >= 0; t--) {
    values[t] =
        (values[t] - (t + 1 < count ? theta * values[t + 1] : 0.0)) / pivot[t];
  }
}

/* sx_start_weight of (0,0,1)(0,1,0,4) against T^-1 itself. */
static void start_weight(void) {
  enum { SEASON = 4, COUNT = LONG - SEASON };
  const double params[] = {-0.6, 2.5}, scale = 2.5;
  static double y[LONG], r[COUNT], unit[COUNT];
  sx_spec spec = seasonal(order(0, 0, 1), 0, 1, 0, SEASON);
  sx_model model = model_of(&spec);
  double difference = 0.0, squares = 0.0;
  sx_exact exact;

  fill_y(LONG, y);
  for (int t = 0; t < COUNT; t++) {
    r[t] = y[t + SEASON] - y[t];
  }
  solve(params[0], COUNT, r);
  for (int j = 0; j < SEASON; j++) {
    double square = r[j] * r[j] / scale;

    memset(unit, 0, sizeof unit);
    unit[j] = 1.0;
    solve(params[0], COUNT, unit);
    difference += square - unit[j];
    squares += (square + unit[j]) * (square + unit[j]);
  }
  run_exact(&model, params, 0, &exact);
  CHECK_CLOSE(sx_start_weight(&exact, 0, scale),
              fabs(difference) + sqrt(squares), 1e-9, 0);
  SX_UNPOISON(memory, ROOM);
}

/* F_t = (1 - theta^(2 t + 2)) / (1 - theta^(2 t)) given t - 1 values. */
static void next_change(void) {
  const double params[] = {0.99, 1.0}, fast[] = {0.5, 1.0};
  double power = pow(params[0], 2.0 * (LONG + 1)),
         square = params[0] * params[0];
  double last = (1.0 - power * square) / (1.0 - power);
  double next = (1.0 - power * square * square) / (1.0 - power * square);
  sx_spec spec = order(0, 0, 1);
  sx_model model = model_of(&spec);
  sx_exact exact;

  run_exact(&model, params, 0, &exact);
  CHECK_CLOSE(sx_next_change(&exact, 0), last - next, 1e-6, 0);
  run_exact(&model, fast, 0, &exact);
  CHECK(sx_next_change(&exact, 0) == 0.0);
  SX_UNPOISON(memory, ROOM);
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
  RUN(start_weight);
  RUN(next_change);
  RUN(unit_root);
  RUN(no_moving_average);
  RUN(squares_of_weights);
  RUN(growth_over_a_gap);
  return harness_finish();
}
