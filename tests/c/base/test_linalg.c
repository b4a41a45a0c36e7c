/* SPDX-License-Identifier: BSD-3-Clause */
/* Expected values: mpmath.lu_solve at 50 digits, numpy.linalg.pinv(X) @ y. */
#include "base/linalg.h"

#include "harness.h"

#include <stdlib.h>

static sx_counter never_stopped; /* no interrupt */

/* A matrix (rows, count) stored column by column. */
typedef struct dense {
  const double *values;
  int64_t rows;
} dense;

static const double *dense_column(const void *context, int64_t j) {
  const dense *matrix = context;

  return matrix->values + j * matrix->rows;
}

/* sx_least_squares with its own workspace; its status. */
static sx_status solve(int64_t rows, int64_t count, const double *x,
                       const double *y, double *coef) {
  dense matrix = {x, rows};
  sx_regression regression = {rows,         count,   y,
                              dense_column, &matrix, &never_stopped};
  sx_arena arena = sx_arena_measure();
  sx_lstsq_work work;
  void *memory;
  sx_status result;

  sx_lstsq_layout(rows, count, &arena, &work);
  CHECK(!sx_arena_failed(&arena));
  memory = malloc(sx_arena_used(&arena));
  if (memory == NULL) {
    CHECK(memory != NULL);
    return SX_E_MEMORY;
  }
  arena = sx_arena_bind(memory, sx_arena_used(&arena));
  sx_lstsq_layout(rows, count, &arena, &work);
  CHECK(!sx_arena_failed(&arena));
  result = sx_least_squares(&regression, &work, coef);
  free(memory);
  return result;
}

static void check_vector(int64_t n, const double *actual,
                         const double *expected, double relative,
                         double absolute) {
  for (int64_t i = 0; i < n; i++) {
    CHECK_CLOSE(actual[i], expected[i], relative, absolute);
  }
}

static void lu_solves_with_pivoting(void) {
  double a[] = {0, 2, 1, 1e-3, 1, 3, 2, 1, 4};
  double b[] = {3, 1, 2};
  const double x[] = {0.6004202942059441, 1.6001200840588412,
                      -0.2002401681176824};
  int32_t pivots[3];

  CHECK(sx_lu_factor(3, a, pivots, &never_stopped) == 0);
  sx_lu_solve(3, a, pivots, b);
  check_vector(3, b, x, 1e-14, 0);
}

static void lu_reports_the_zero_pivot(void) {
  double zero[] = {0.0};
  double singular[] = {1, 2, 3, 2, 4, 6, 1, 1, 1};
  int32_t pivots[3];

  CHECK(sx_lu_factor(1, zero, pivots, &never_stopped) == 1);
  CHECK(sx_lu_factor(3, singular, pivots, &never_stopped) == 3);
  CHECK(sx_lu_factor(0, NULL, NULL, &never_stopped) == 0);
}

static void lu_passes_nan_through(void) {
  double a[] = {NAN, 1, 1, 1};
  double b[] = {1, 1};
  int32_t pivots[2];

  CHECK(sx_lu_factor(2, a, pivots, &never_stopped) == 0);
  sx_lu_solve(2, a, pivots, b);
  CHECK(isnan(b[0]) && isnan(b[1]));
}

static const double Y[] = {1, 3, 2, 5, 4, 7, 9, 8};

static void full_rank(void) {
  const double x[] = {1, 1, 1, 1, 1, 1, 1, 1,  1,  2,  3,  4,
                      5, 6, 7, 8, 1, 4, 9, 16, 25, 36, 49, 64};
  const double expected[] = {0.16071428571429047, 0.9464285714285697,
                             0.017857142857142967};
  double coef[3];

  CHECK(solve(8, 3, x, Y, coef) == SX_OK);
  check_vector(3, coef, expected, 1e-12, 0);
}

static void equal_and_zero_columns_get_the_minimum_norm(void) {
  double x[32] = {0.0};
  const double expected[] = {0.5376148449955694, 0.5376148449955697, 0.0,
                             0.4898618715134988};
  double coef[4];

  for (int i = 0; i < 8; i++) {
    x[i] = x[8 + i] = i + 1.0;
    x[24 + i] = cos(i + 1.0);
  }
  CHECK(solve(8, 4, x, Y, coef) == SX_OK);
  check_vector(4, coef, expected, 1e-13, 0);
}

static void more_columns_than_rows(void) {
  const double x[] = {1, 2, 2, 1, 3, 0, 4, 1, 5, 3};
  const double y[] = {1, 2};
  const double expected[] = {0.4831081081081081, 0.08445945945945935,
                             -0.3141891891891893, -0.12500000000000008,
                             0.35810810810810817};
  double coef[5];

  CHECK(solve(2, 5, x, y, coef) == SX_OK);
  check_vector(5, coef, expected, 1e-13, 0);
}

/* Singular values 1e15, 1.3, 0.01: numpy keeps the first alone. */
static void small_singular_values_are_dropped(void) {
  double x[24];
  double coef[3];

  for (int i = 0; i < 8; i++) {
    double t = i + 1.0;

    x[i] = 1.0;
    x[8 + i] = 1e14 * t;
    x[16 + i] = 1e-3 * t * t;
  }
  CHECK(solve(8, 3, x, Y, coef) == SX_OK);
  CHECK_CLOSE(coef[0], 0.0, 0, 1e-27);
  CHECK_CLOSE(coef[1], 1.0882352941176472e-14, 1e-13, 0);
  CHECK_CLOSE(coef[2], 0.0, 0, 1e-27);
}

/* Twice the cutoff is kept, half of it dropped. */
static void the_cutoff_is_that_of_pinv(void) {
  const double kept[] = {1, 0, 0, 2e-15};
  const double dropped[] = {1, 0, 0, 5e-16};
  const double y[] = {1, 1};
  double coef[2];

  CHECK(solve(2, 2, kept, y, coef) == SX_OK);
  CHECK_CLOSE(coef[0], 1.0, 1e-15, 0);
  CHECK_CLOSE(coef[1], 5e14, 1e-15, 0);
  CHECK(solve(2, 2, dropped, y, coef) == SX_OK);
  CHECK_CLOSE(coef[0], 1.0, 1e-15, 0);
  CHECK(coef[1] == 0.0);
}

/*
 * Twelve lags of a series with period 3. Rounding leaves singular values above
 * 1e-15, and pinv with its default rcond returns 1e14; expected: rcond=1e-10.
 */
static void noise_is_not_rank(void) {
  enum { ROWS = 100000, LAGS = 12 };
  const double expected[] = {25.097517669988658, 25.096990166191603,
                             25.09725197530001};
  double *x = malloc(ROWS * LAGS * sizeof(double));
  double *y = malloc(ROWS * sizeof(double));
  double coef[LAGS];

  CHECK(x != NULL && y != NULL);
  for (int i = 0; x != NULL && y != NULL && i < ROWS; i++) {
    y[i] = sqrt(i);
    for (int j = 0; j < LAGS; j++) {
      x[i + j * ROWS] = (i + j) % 3 - 0.3;
    }
  }
  CHECK(solve(ROWS, LAGS, x, y, coef) == SX_OK);
  for (int j = 0; j < LAGS; j++) {
    CHECK_CLOSE(coef[j], expected[j % 3], 1e-10, 0);
  }
  free(x);
  free(y);
}

/* 300 rows are three blocks; numpy with rcond=1e-12 for the dependent third. */
static void many_blocks_of_rows(void) {
  const double full[] = {-0.13125484429640155, -0.043446267502138536,
                         2.678559592802677};
  const double dependent[] = {0.043424408930677755, -0.02278684754698601,
                              0.020637561383691494};
  double x[900], y[300], coef[3];

  for (int i = 0; i < 300; i++) {
    x[i] = sin(i);
    x[300 + i] = cos(3.0 * i);
    x[600 + i] = i % 7;
    y[i] = sqrt(i);
  }
  CHECK(solve(300, 3, x, y, coef) == SX_OK);
  check_vector(3, coef, full, 1e-12, 0);
  for (int i = 0; i < 300; i++) {
    x[600 + i] = x[i] + x[300 + i];
  }
  CHECK(solve(300, 3, x, y, coef) == SX_OK);
  check_vector(3, coef, dependent, 1e-12, 0);
}

/* Powers of two only shift exponents, so the answer must not change at all. */
static void scale_does_not_matter(void) {
  const double scales[] = {0x1p-1000, 0x1p-500, 0x1p500, 0x1p1000};
  double x[16], scaled_x[16], scaled_y[8], coef[2], scaled[2];

  for (int i = 0; i < 8; i++) {
    x[i] = 1.0;
    x[8 + i] = i + 1.0;
  }
  CHECK(solve(8, 2, x, Y, coef) == SX_OK);
  for (int s = 0; s < 4; s++) {
    for (int i = 0; i < 8; i++) {
      scaled_x[i] = x[i] * scales[s];
      scaled_x[8 + i] = x[8 + i] * scales[s];
      scaled_y[i] = Y[i] * scales[s];
    }
    CHECK(solve(8, 2, scaled_x, scaled_y, scaled) == SX_OK);
    check_vector(2, scaled, coef, 0, 0);
    CHECK(solve(8, 2, scaled_x, Y, scaled) == SX_OK);
    CHECK_CLOSE(scaled[0] * scales[s], coef[0], 0, 0);
  }
}

static void degenerate_input(void) {
  double x[16] = {0.0};
  double coef[2] = {7, 7};

  CHECK(solve(8, 2, x, Y, coef) == SX_OK);
  CHECK(coef[0] == 0.0 && coef[1] == 0.0);
  coef[0] = 7;
  CHECK(solve(0, 2, x, Y, coef) == SX_OK);
  CHECK(coef[0] == 0.0);
  CHECK(solve(8, 0, x, Y, coef) == SX_OK);
  x[3] = INFINITY;
  CHECK(solve(8, 2, x, Y, coef) == SX_E_DATA);
  x[3] = NAN;
  CHECK(solve(8, 2, x, Y, coef) == SX_E_DATA);
}

static void a_missing_response_gives_nan(void) {
  const double x[] = {1, 2, 3};
  const double y[] = {1, NAN, 3};
  double coef[1];

  CHECK(solve(3, 1, x, y, coef) == SX_OK);
  CHECK(isnan(coef[0]));
}

static void layout_overflow_is_flagged(void) {
  sx_arena arena = sx_arena_measure();
  sx_lstsq_work work;

  sx_lstsq_layout(10, INT64_C(1) << 32, &arena, &work);
  CHECK(sx_arena_failed(&arena));
}

int main(void) {
  RUN(lu_solves_with_pivoting);
  RUN(lu_reports_the_zero_pivot);
  RUN(lu_passes_nan_through);
  RUN(full_rank);
  RUN(equal_and_zero_columns_get_the_minimum_norm);
  RUN(more_columns_than_rows);
  RUN(small_singular_values_are_dropped);
  RUN(the_cutoff_is_that_of_pinv);
  RUN(noise_is_not_rank);
  RUN(many_blocks_of_rows);
  RUN(scale_does_not_matter);
  RUN(degenerate_input);
  RUN(a_missing_response_gives_nan);
  RUN(layout_overflow_is_flagged);
  return harness_finish();
}
