/* SPDX-License-Identifier: BSD-3-Clause */
/* sx_lag_regression against sx_least_squares, and where it declines. */
#include "base/lags.h"
#include "base/linalg.h"

#include "harness.h"

#include <float.h>
#include <stdint.h>
#include <stdlib.h>

enum { MOST = 900, MOST_LAGS = 60 };

static double series[MOST];

static double uniform(uint64_t *seed) {
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (double)(*seed >> 11) / 9007199254740992.0 - 0.5;
}

/* y_t = phi y_{t-1} + noise, on a level. */
static void fill(double phi, double level) {
  uint64_t seed = 7;
  double y = 0.0;

  for (int t = 0; t < MOST; t++) {
    y = phi * y + uniform(&seed);
    series[t] = level + y;
  }
}

static const double *column(const void *context, int64_t j) {
  return (const double *)context - 1 - j;
}

/* Both regressions on `rows` rows; what the fast one returns. */
static int regress(int64_t rows, int64_t count, double *fast, double *plain) {
  sx_counter counter = {NULL, 0, 0};
  sx_regression regression = {rows,   count,          series + count,
                              column, series + count, &counter};
  sx_arena measure = sx_arena_measure(), arena;
  sx_lstsq_work lstsq;
  sx_lag_work work;
  void *memory;
  int declined;

  sx_lag_layout(rows, count, &measure, &work);
  sx_lstsq_layout(rows, count, &measure, &lstsq);
  memory = malloc(sx_arena_used(&measure));
  if (memory == NULL) {
    abort();
  }
  arena = sx_arena_bind(memory, sx_arena_used(&measure));
  sx_lag_layout(rows, count, &arena, &work);
  sx_lstsq_layout(rows, count, &arena, &lstsq);
  declined =
      sx_lag_regression(series + count, rows, count, &work, fast, &counter);
  CHECK(sx_least_squares(&regression, &lstsq, plain) == SX_OK);
  SX_UNPOISON(memory, sx_arena_used(&measure));
  free(memory);
  return declined;
}

static void same_as_least_squares(void) {
  static const double phis[] = {0.0, 0.5, -0.9, 0.95};
  static const int counts[] = {1, 2, 3, 4, 5, 7, 8, 24, 26, 59};
  double fast[MOST_LAGS], plain[MOST_LAGS];

  for (int i = 0; i < 4; i++) {
    for (int k = 0; k < 10; k++) {
      for (int rows = counts[k] + 1; rows < MOST - 60; rows += 97) {
        fill(phis[i], 0.1);
        CHECK(rows < 2 * counts[k] ||
              regress(rows, counts[k], fast, plain) == 0);
        if (regress(rows, counts[k], fast, plain) == 0) {
          for (int j = 0; j < counts[k]; j++) {
            CHECK_CLOSE(fast[j], plain[j], 1e-10, 1e-12);
          }
        }
      }
    }
  }
}

/* A level of 100 standard deviations: badly conditioned, and corrected. */
static void corrections_restore_the_digits(void) {
  double fast[MOST_LAGS], plain[MOST_LAGS];

  fill(0.9, 20.0);
  CHECK(regress(700, 6, fast, plain) == 0);
  for (int j = 0; j < 6; j++) {
    CHECK_CLOSE(fast[j], plain[j], 1e-9, 0.0);
  }
}

static void declines(void) {
  double fast[MOST_LAGS], plain[MOST_LAGS];

  fill(0.5, 0.0);
  CHECK(regress(5, 5, fast, plain) != 0);
  fill(0.5, 1e9);
  CHECK(regress(200, 3, fast, plain) != 0);
  for (int t = 0; t < MOST; t++) {
    series[t] = t % 3;
  }
  CHECK(regress(200, 6, fast, plain) != 0);
  for (int t = 0; t < MOST; t++) {
    series[t] = 0.0;
  }
  CHECK(regress(200, 2, fast, plain) != 0);
  fill(0.5, 0.0);
  for (int t = 0; t < MOST; t++) {
    series[t] *= 1e200;
  }
  CHECK(regress(200, 2, fast, plain) != 0);
}

/* A workspace for the fast one alone, to be freed. */
static void *room_for(int64_t rows, int64_t count, sx_lag_work *work) {
  sx_arena measure = sx_arena_measure(), arena;
  void *memory;

  sx_lag_layout(rows, count, &measure, work);
  memory = malloc(sx_arena_used(&measure));
  if (memory == NULL) {
    abort();
  }
  arena = sx_arena_bind(memory, sx_arena_used(&measure));
  sx_lag_layout(rows, count, &arena, work);
  SX_UNPOISON(memory, sx_arena_used(&measure));
  return memory;
}

static void declines_what_is_not_finite(void) {
  sx_counter counter = {NULL, 0, 0};
  double coef[2];
  sx_lag_work work;
  void *memory = room_for(100, 2, &work);

  fill(0.5, 0.0);
  series[50] = NAN;
  CHECK(sx_lag_regression(series + 2, 100, 2, &work, coef, &counter) != 0);
  series[50] = INFINITY;
  CHECK(sx_lag_regression(series + 2, 100, 2, &work, coef, &counter) != 0);
  free(memory);
}

static int stop(void *context) {
  ++*(int *)context;
  return 1;
}

static void can_be_interrupted(void) {
  enum { LAGS = 400 };
  int asked = 0;
  sx_interrupt interrupt = {stop, &asked};
  sx_counter counter = {&interrupt, 0, 0};
  double coef[LAGS];
  sx_lag_work work;
  void *memory = room_for(MOST - LAGS, LAGS, &work);

  fill(0.5, 0.0);
  CHECK(sx_lag_regression(series + LAGS, MOST - LAGS, LAGS, &work, coef,
                          &counter) != 0);
  CHECK(asked == 1);
  CHECK(counter.stopped);
  free(memory);
}

int main(void) {
  RUN(same_as_least_squares);
  RUN(corrections_restore_the_digits);
  RUN(declines);
  RUN(declines_what_is_not_finite);
  RUN(can_be_interrupted);
  return harness_finish();
}
