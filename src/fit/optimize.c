/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/optimize.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Strong Wolfe conditions: sufficient decrease, and slope to be left. */
static const double DECREASE = 1e-4;
static const double SLOPE_LEFT = 0.9;
enum { MOST_TRIALS = 12 };
/* Cubics stay this share of the bracket away from its ends. */
static const double MARGIN = 0.1;
/* Of the way to a point without a value. */
static const double WAY_TO_WALL = 0.2;
/* How far an open bracket grows, in units of its last growth. */
static const double LEAST_GROWTH = 1.1, MOST_GROWTH = 4.0;
/* Rounding of a value, in units of eps times it. */
static const double VALUE_EPS = 8.0;

void sx_minimizer_layout(sx_arena *arena, sx_minimizer *minimizer) {
  size_t k = (size_t)minimizer->k;

  minimizer->x = sx_arena_doubles(arena, k);
  minimizer->gradient = sx_arena_doubles(arena, k);
  minimizer->reach = sx_arena_doubles(arena, k);
  minimizer->inverse =
      (double *)sx_arena_take(arena, k, (k + 1) * sizeof(double));
  minimizer->direction = sx_arena_doubles(arena, k);
  minimizer->moved = sx_arena_doubles(arena, k);
  minimizer->moved_gradient = sx_arena_doubles(arena, k);
  minimizer->low_gradient = sx_arena_doubles(arena, k);
  minimizer->product = sx_arena_doubles(arena, k);
}

static double dot(int32_t k, const double *a, const double *b) {
  double sum = 0.0;

  for (int32_t i = 0; i < k; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

/* ---- line search ---- */

/* One point of the line x + step direction. */
typedef struct point {
  double step, value, slope, error;
} point;

/*
 * `low` is the best point that satisfies the decrease; a minimum lies between
 * it and `high` once the search is closed.
 */
typedef struct bracket {
  point start, low, high;
  int closed;
  double noise; /* of values */
  double limit; /* of steps */
} bracket;

/* The minimum of the cubic through two points, NaN without one. */
static double cubic_minimum(const point *a, const point *b) {
  double width = b->step - a->step;
  double middle = 3.0 * (a->value - b->value) / width + a->slope + b->slope;
  double square = middle * middle - a->slope * b->slope;
  double root = copysign(sqrt(square), width);

  return b->step - width * (b->slope + root - middle) /
                       (b->slope - a->slope + 2.0 * root);
}

static double clamp(double value, double a, double b) {
  double low = fmin(a, b), high = fmax(a, b);

  /* NaN fails the comparison and becomes the middle. */
  if (!(value >= low)) {
    return value < low ? low : 0.5 * (a + b);
  }
  return fmin(value, high);
}

/* Where to try next between low and high. */
static double inside(const bracket *line) {
  double width = line->high.step - line->low.step;

  if (!isfinite(line->high.value)) {
    return line->low.step + WAY_TO_WALL * width;
  }
  return clamp(cubic_minimum(&line->low, &line->high),
               line->low.step + MARGIN * width,
               line->high.step - MARGIN * width);
}

/* Where to try next beyond low, whose predecessor is `before`. */
static double outside(const bracket *line, const point *before) {
  double width = line->low.step - before->step;
  double found = cubic_minimum(before, &line->low);
  double most = fmin(line->low.step + MOST_GROWTH * width, line->limit);

  /* Without a minimum ahead the slope does not rise: as far as allowed. */
  return !(found > line->low.step)
             ? most
             : clamp(found, fmin(line->low.step + LEAST_GROWTH * width, most),
                     most);
}

static int is_flat_enough(const bracket *line, const point *trial) {
  return fabs(trial->slope) <= -SLOPE_LEFT * line->start.slope;
}

/* Nearer to the minimum than rounding lets values tell, the slope decides. */
static int is_level(const bracket *line, const point *trial) {
  return fabs(trial->value - line->start.value) <= line->noise &&
         is_flat_enough(line, trial);
}

static int decreases(const bracket *line, const point *trial) {
  return trial->value <=
             line->start.value + DECREASE * trial->step * line->start.slope &&
         trial->value < line->low.value;
}

/* Evaluates at a step; the gradient is left in `moved_gradient`. */
static sx_status try_step(sx_minimizer *m, double step, point *trial) {
  sx_status status;

  for (int32_t i = 0; i < m->k; i++) {
    m->moved[i] = m->x[i] + step * m->direction[i];
  }
  trial->step = step;
  status = m->evaluate(m->context, m->moved, &trial->value, m->moved_gradient);
  if (status < 0) {
    return status;
  }
  trial->error = m->error_found;
  trial->slope = dot(m->k, m->moved_gradient, m->direction);
  if (!isfinite(trial->value) || !isfinite(trial->slope)) {
    trial->value = INFINITY;
  }
  return status;
}

/* Takes a better point for low; returns where to try next. */
static double advance(sx_minimizer *m, bracket *line, const point *trial) {
  point before = line->low;

  if (line->closed ? trial->slope * (line->high.step - line->low.step) >= 0.0
                   : trial->slope >= 0.0) {
    line->high = before;
    line->closed = 1;
  }
  line->low = *trial;
  memcpy(m->low_gradient, m->moved_gradient, (size_t)m->k * sizeof(double));
  return line->closed ? inside(line) : outside(line, &before);
}

/*
 * From a first step to `line->low`, whose gradient is left in `low_gradient`.
 * Step 0 where nothing is better than the start.
 */
static sx_status search_line(sx_minimizer *m, double step, bracket *line) {
  point trial;

  for (int i = 0; i < MOST_TRIALS; i++) {
    sx_status status = try_step(m, step, &trial);

    if (status < 0) {
      return status;
    }
    if (decreases(line, &trial) || is_level(line, &trial)) {
      step = advance(m, line, &trial);
      if (is_flat_enough(line, &trial) || trial.step >= line->limit) {
        break;
      }
    } else {
      line->high = trial;
      line->closed = 1;
      step = inside(line);
    }
    if (line->closed &&
        -line->start.slope * fabs(line->high.step - line->low.step) <=
            line->noise) {
      break;
    }
  }
  return SX_OK;
}

/* ---- the inverse Hessian ---- */

static void forget(sx_minimizer *m) {
  size_t k = (size_t)m->k;

  memset(m->inverse, 0, k * k * sizeof(double));
  for (size_t i = 0; i < k; i++) {
    m->inverse[i * k + i] = 1.0;
  }
  m->unlearned = 1;
}

/* direction = -H g; returns the slope along it, -g' H g. */
static double aim(sx_minimizer *m) {
  for (int32_t i = 0; i < m->k; i++) {
    m->direction[i] =
        -dot(m->k, m->inverse + (size_t)i * (size_t)m->k, m->gradient);
  }
  return dot(m->k, m->direction, m->gradient);
}

/* From the step s in `direction` and the gradient's change y in `low_gradient`.
 */
static void learn(sx_minimizer *m) {
  const double *s = m->direction, *y = m->low_gradient;
  size_t k = (size_t)m->k;
  double sy = dot(m->k, s, y), yHy;

  if (!(sy > DBL_EPSILON * sqrt(dot(m->k, s, s) * dot(m->k, y, y)))) {
    return;
  }
  for (size_t i = 0; i < k; i++) {
    m->product[i] = dot(m->k, m->inverse + i * k, y) / sy;
  }
  yHy = dot(m->k, m->product, y);
  for (size_t i = 0; i < k; i++) {
    double by_s = (1.0 + yHy) / sy * s[i] - m->product[i];

    for (size_t j = 0; j < k; j++) {
      m->inverse[i * k + j] += by_s * s[j] - s[i] * m->product[j];
    }
  }
  m->unlearned = 0;
}

/* ---- iterations ---- */

/* To the end of a line search, and what it teaches. */
static void move(sx_minimizer *m, const point *to) {
  for (int32_t i = 0; i < m->k; i++) {
    double step = to->step * m->direction[i];
    double gradient = m->low_gradient[i];

    m->x[i] += step;
    m->direction[i] = step;
    m->low_gradient[i] = gradient - m->gradient[i];
    m->gradient[i] = gradient;
  }
  m->value = to->value;
  m->error = to->error;
  learn(m);
}

/* The step at which the first variable reaches as far as it may. */
static double longest_step(const sx_minimizer *m) {
  double longest = INFINITY;

  for (int32_t i = 0; i < m->k; i++) {
    longest = fmin(longest, m->reach[i] / fabs(m->direction[i]));
  }
  return longest;
}

/* A descent direction, its slope, and the first step along it. */
static double set_out(sx_minimizer *m, bracket *line) {
  double slope = aim(m);

  if (!(slope < 0.0)) {
    forget(m);
    slope = aim(m);
  }
  line->start = (point){0.0, m->value, slope, m->error};
  line->low = line->start;
  line->closed = 0;
  line->noise = VALUE_EPS * DBL_EPSILON * fabs(m->value);
  line->limit = longest_step(m);
  return fmin(m->unlearned ? fmin(1.0, 1.0 / sqrt(-slope)) : 1.0, line->limit);
}

/* What is worth an iteration, and can be told from error. */
static double worth(const sx_minimizer *m) { return fmax(m->gain, m->error); }

/*
 * Non-zero if the search is over. `stalls` iterations in a row gained less than
 * is worth one; `left` is what the quadratic model promises.
 */
static int is_over(sx_minimizer *m, double left, int stalls, int moved) {
  int is_rounded = m->error > m->gain;

  if (left < worth(m) || (stalls > 0 && left < m->rounded) ||
      (stalls > 0 && moved && is_rounded)) {
    m->end = is_rounded || (stalls > 0 && !moved) ? SX_FIT_ROUNDING
                                                  : SX_FIT_CONVERGED;
    return 1;
  }
  if (stalls > 1 || (stalls == 1 && m->unlearned)) {
    m->end = SX_FIT_STUCK;
    return 1;
  }
  m->end = SX_FIT_MAXITER;
  return m->nit >= m->maxiter;
}

sx_status sx_minimize(sx_minimizer *m) {
  int stalls = 0, moved = 1;
  bracket line;

  forget(m);
  for (m->nit = 0;; m->nit++) {
    double step = set_out(m, &line);
    double before = m->value;
    sx_status status;

    if (is_over(m, -0.5 * line.start.slope, stalls, moved)) {
      return SX_OK;
    }
    if (stalls > 0) {
      forget(m);
      step = set_out(m, &line);
    }
    status = search_line(m, step, &line);
    if (status < 0) {
      return status;
    }
    moved = line.low.step > 0.0;
    if (moved) {
      move(m, &line.low);
    }
    stalls = before - m->value < worth(m) ? stalls + 1 : 0;
  }
}
