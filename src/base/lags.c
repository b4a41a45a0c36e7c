/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/lags.h"

#include "base/linalg.h"

#include <math.h>
#include <string.h>

/* Squares of values within these bounds neither overflow nor vanish. */
static const double LEAST = 1e-100, MOST = 1e100;

/*
 * A pivot below this share of its diagonal element says that the lags are
 * nearly dependent. First corrections up to CORRECTION of the coefficients
 * shrink to rounding error in the two that are made.
 */
static const double DEPENDENT = 1e-9, CORRECTION = 1e-5;

void sx_lag_layout(int64_t rows, int64_t count, sx_arena *arena,
                   sx_lag_work *work) {
  work->matrix = (double *)sx_arena_take(
      arena, (size_t)count, (size_t)(count > 0 ? count : 1) * sizeof(double));
  work->vector = sx_arena_doubles(arena, (size_t)count);
  work->left = sx_arena_doubles(arena, (size_t)rows);
}

static int is_moderate(const double *y, int64_t count) {
  double largest = 0.0, zero = 0.0;

  for (int64_t t = 0; t < count; t++) {
    double modulus = fabs(y[t]);

    zero += 0.0 * y[t];
    largest = modulus > largest ? modulus : largest;
  }
  return largest + zero > LEAST && largest + zero < MOST;
}

/* The upper triangle of G. */
static void fill_matrix(const double *y, int64_t rows, int64_t count,
                        double *matrix, sx_counter *counter) {
  for (int64_t j = 0; j < count; j++) {
    matrix[j] = sx_dot(rows, y - 1, y - 1 - j);
    if (sx_interrupt_asked(counter, rows)) {
      return;
    }
  }
  for (int64_t i = 1; i < count; i++) {
    const double *above = matrix + (i - 1) * (count + 1);
    double *row = matrix + i * (count + 1);
    const double *in = y - 1 - i, *out = y + rows - 1 - i;

    for (int64_t k = 0; k < count - i; k++) {
      row[k] = above[k] + in[0] * in[-k] - out[0] * out[-k];
    }
    if (sx_interrupt_asked(counter, 2 * count)) {
      return;
    }
  }
}

/*
 * G = U' D^-1 U in place, the rows of U being those of the elimination: four at
 * a time, so that the rows below are read and written a quarter as often.
 * Returns non-zero if G is nearly singular.
 */
static int factorize(int64_t count, double *matrix, double *diagonal,
                     sx_counter *counter) {
  int64_t done = 0;
  int weak = 0;

  for (int64_t i = 0; i < count; i++) {
    diagonal[i] = matrix[i * (count + 1)];
  }
  while (done < count && !weak && !counter->stopped) {
    int64_t left = count - done, some = left < 4 ? left : 4;
    double *first = matrix + done * (count + 1);
    double inverse[4];

    for (int64_t k = 0; k < some; k++) {
      double *pivot = first + k * (count + 1);

      weak |= !(pivot[0] > DEPENDENT * diagonal[done + k]);
      inverse[k] = 1.0 / pivot[0];
      for (int64_t i = 1; i < some - k; i++) {
        double factor = pivot[i] * inverse[k];

        for (int64_t j = i; j < left - k; j++) {
          pivot[i * count + j] -= factor * pivot[j];
        }
      }
    }
    for (int64_t i = 4; i < left; i++) {
      const double *a = first + i, *b = a + count, *c = b + count;
      const double *d = c + count;
      double *target = first + i * (count + 1);
      double f_a = a[0] * inverse[0], f_b = b[0] * inverse[1];
      double f_c = c[0] * inverse[2], f_d = d[0] * inverse[3];

      for (int64_t j = 0; j < left - i; j++) {
        target[j] -= (f_a * a[j] + f_b * b[j]) + (f_c * c[j] + f_d * d[j]);
      }
    }
    done += some;
    sx_interrupt_asked(counter, 2 * left * left);
  }
  return weak;
}

/* x <- G^-1 x from the factors. */
static void solve(int64_t count, const double *matrix, double *x) {
  for (int64_t k = 0; k < count; k++) {
    const double *row = matrix + k * (count + 1);
    double factor = x[k] / row[0];

    for (int64_t i = 1; i < count - k; i++) {
      x[k + i] -= factor * row[i];
    }
  }
  for (int64_t k = count - 1; k >= 0; k--) {
    const double *row = matrix + k * (count + 1);

    x[k] = (x[k] - sx_dot(count - k - 1, row + 1, x + k + 1)) / row[0];
  }
}

/* vector <- G^-1 X' (y - X coef): what is to be added to coef. */
static void correct(const double *y, int64_t rows, int64_t count,
                    const sx_lag_work *work, const double *coef,
                    sx_counter *counter) {
  memcpy(work->left, y, (size_t)rows * sizeof(double));
  for (int64_t j = 0; j < count; j++) {
    const double *lag = y - 1 - j;

    for (int64_t t = 0; t < rows; t++) {
      work->left[t] -= coef[j] * lag[t];
    }
    if (sx_interrupt_asked(counter, rows)) {
      return;
    }
  }
  for (int64_t j = 0; j < count; j++) {
    work->vector[j] = sx_dot(rows, y - 1 - j, work->left);
    if (sx_interrupt_asked(counter, rows)) {
      return;
    }
  }
  solve(count, work->matrix, work->vector);
}

static double largest_of(int64_t count, const double *x) {
  double largest = 0.0;

  for (int64_t i = 0; i < count; i++) {
    largest = fmax(largest, fabs(x[i]));
  }
  return largest;
}

int sx_lag_regression(const double *y, int64_t rows, int64_t count,
                      sx_lag_work *work, double *coef, sx_counter *counter) {
  if (rows <= count || !is_moderate(y - count, rows + count)) {
    return 1;
  }
  fill_matrix(y, rows, count, work->matrix, counter);
  if (counter->stopped ||
      factorize(count, work->matrix, work->vector, counter)) {
    return 1;
  }
  memset(coef, 0, (size_t)count * sizeof(double));
  for (int pass = 0; pass < 3; pass++) {
    correct(y, rows, count, work, coef, counter);
    if (pass == 1 && !(largest_of(count, work->vector) <=
                       CORRECTION * largest_of(count, coef))) {
      return 1;
    }
    for (int64_t j = 0; j < count; j++) {
      coef[j] += work->vector[j];
    }
  }
  return counter->stopped;
}
