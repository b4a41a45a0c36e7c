/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/differences.h"

#include <float.h>
#include <math.h>
#include <string.h>

/*
 * Steps in units of the parameter's own uncertainty: longer ones leave
 * truncation, shorter ones meet the rounding of models with a small sigma2.
 */
static const double STEP = 0.03;
/* How far from its unit's ideal a step may be, as a factor. */
static const double RANGE = 4.0;
/* By how much a step that is too long is shortened. */
static const double SHORTER = 8.0;
/* Relative distance of the orders two and four up to which a step is taken. */
static const double DISTANCE = 1e-3;

/*
 * Standard error of a coefficient over 1 / sqrt(nobs): 0.15 to 1.1 in most
 * models.
 */
static const double USUAL_SHARE = 0.5;

enum { ATTEMPTS = 8 };

void sx_differences_layout(sx_arena *arena, sx_differences *differences) {
  size_t count = (size_t)differences->count;

  differences->center = sx_arena_doubles(arena, count);
  for (int p = 0; p < SX_POINTS; p++) {
    differences->values[p] = sx_arena_doubles(arena, count);
  }
  differences->derivatives = sx_arena_doubles(arena, count);
  differences->moved = sx_arena_doubles(arena, (size_t)differences->k_params);
}

sx_status sx_differences_evaluate(const sx_differences *differences,
                                  double *values, int *there) {
  const sx_interrupt *interrupt = differences->interrupt;
  sx_status status;

  if (interrupt != NULL && interrupt->asked(interrupt->context)) {
    return SX_E_INTERRUPTED;
  }
  status =
      differences->evaluate(differences->context, differences->moved, values);
  *there = status >= 0;
  for (int64_t j = 0; *there && j < differences->count; j++) {
    *there = isfinite(values[j]);
  }
  return status == SX_E_LU || status == SX_E_EXACT || status > 0 ? SX_OK
                                                                 : status;
}

/* Values at the points p and SX_POINTS - 1 - p; *there if at both. */
static sx_status evaluate_pair(const sx_differences *differences, int p,
                               int32_t place, double step, int *there) {
  const int pair[2] = {p, SX_POINTS - 1 - p};
  double *moved = differences->moved;
  sx_status status = SX_OK;

  memcpy(moved, differences->params,
         (size_t)differences->k_params * sizeof(double));
  *there = 1;
  for (int i = 0; status == SX_OK && *there && i < 2; i++) {
    moved[place] = differences->params[place] + SX_POINT[pair[i]] * step;
    status = sx_differences_evaluate(differences, differences->values[pair[i]],
                                     there);
  }
  return status;
}

static void second_order(const sx_differences *differences, double step) {
  const double *below = differences->values[1], *above = differences->values[2];

  for (int64_t j = 0; j < differences->count; j++) {
    differences->derivatives[j] = 0.5 * (above[j] - below[j]) / step;
  }
}

static double fourth_order(const sx_differences *differences, int64_t j,
                           double step) {
  double *const *f = differences->values;

  return (8.0 * (f[2][j] - f[1][j]) - (f[3][j] - f[0][j])) / 12.0 / step;
}

/* Norm of the distance between the two orders. */
static double distance_of(const sx_differences *differences, double step) {
  double squares = 0.0;

  for (int64_t j = 0; j < differences->count; j++) {
    double distance =
        fourth_order(differences, j, step) - differences->derivatives[j];

    squares += distance * distance;
  }
  return sqrt(squares);
}

typedef enum search_next {
  SEARCH_GOES_ON,
  SEARCH_LAST,
  SEARCH_DONE
} search_next;

/* A search for the step. */
typedef struct search {
  int32_t place;
  double step, longest;
  double ideal; /* by the unit found last */
  double error; /* of the step, relative; infinite if it has none */
  int judged;   /* the step has an error, or no values */
  double limit, limit_error; /* the last step that was too long */
  double best, best_error;
} search;

static int is_near(double step, double proposed) {
  return proposed / RANGE <= step && step <= proposed * RANGE;
}

/*
 * Unit and error of a step, from its values. Only the first one may be so far
 * off that its inner points tell enough: later ones might alternate for ever.
 */
static sx_status try_step(sx_differences *differences, int is_first,
                          search *now) {
  sx_status status;
  sx_unit unit;
  int there;

  now->error = INFINITY;
  now->judged = 1;
  status = evaluate_pair(differences, 1, now->place, now->step, &there);
  if (status != SX_OK || !there) {
    return status;
  }
  second_order(differences, now->step);
  unit = differences->unit(differences, now->place, now->step);
  now->ideal = unit.reciprocal > 0.0
                   ? fmin(STEP / unit.reciprocal, now->longest)
                   : now->step;
  now->judged = !is_first || is_near(now->step, now->ideal);
  if (!now->judged) {
    return SX_OK;
  }
  status = evaluate_pair(differences, 0, now->place, now->step, &there);
  if (status == SX_OK && there) {
    double distance = distance_of(differences, now->step);

    now->error = distance == 0.0 ? 0.0 : distance / unit.size;
  }
  return status;
}

/*
 * Keeps the derivatives of a step that suits, or else of the one with the least
 * error. The later ones that suit are nearer to what their units ask for.
 */
static void keep_best(const sx_differences *differences, search *now,
                      double *found) {
  if (now->error <= DISTANCE || now->error < now->best_error) {
    now->best = now->step;
    now->best_error = now->error;
    for (int64_t j = 0; j < differences->count; j++) {
      found[j] = fourth_order(differences, j, now->step);
    }
  }
}

/*
 * Sets the step to try next. Errors that grow with a shorter step are noise: a
 * longer one than the best is the last to try then.
 */
static search_next next_step(search *now) {
  double proposed;

  if (now->judged && !(now->error <= DISTANCE) &&
      (now->error == INFINITY || now->limit < INFINITY ||
       now->step >= now->ideal / RANGE)) {
    if (now->error < INFINITY && now->error >= now->limit_error) {
      now->step = now->best * RANGE;
      return SEARCH_LAST;
    }
    now->limit = now->step;
    now->limit_error = now->error;
  }
  proposed = fmin(now->ideal, now->limit / SHORTER);
  if (now->error <= DISTANCE && is_near(now->step, proposed)) {
    return SEARCH_DONE;
  }
  now->step = proposed;
  return SEARCH_GOES_ON;
}

sx_status sx_differences_by(sx_differences *differences, int32_t place,
                            sx_step *step, double *found) {
  search now = {.place = place,
                .step = step->size,
                .longest = step->longest,
                .ideal = step->size,
                .limit = INFINITY,
                .limit_error = INFINITY,
                .best = step->size,
                .best_error = INFINITY};
  search_next next = SEARCH_GOES_ON;

  for (int64_t j = 0; j < differences->count; j++) {
    found[j] = NAN;
  }
  for (int attempt = 0; attempt < ATTEMPTS && next != SEARCH_DONE; attempt++) {
    sx_status status = try_step(differences, attempt == 0, &now);

    if (status != SX_OK) {
      return status;
    }
    keep_best(differences, &now, found);
    next = next == SEARCH_LAST ? SEARCH_DONE : next_step(&now);
  }
  step->size = now.best;
  return SX_OK;
}

sx_step sx_first_step(const sx_model *model, int64_t nobs, const double *params,
                      int32_t place) {
  double size = fabs(params[place]);
  double n = fmax((double)(nobs - model->loglikelihood_burn), 1.0);
  sx_step step = {1e-3 * fmax(size, 1e-3), INFINITY};

  if (place >= model->offset_measurement_variance && size > 0.0) {
    step.longest = STEP * size * sqrt(2.0);
    step.size = step.longest / sqrt(n);
  } else if (place >= model->offset_ar &&
             place < model->offset_measurement_variance) {
    step.longest = STEP;
    step.size = STEP * USUAL_SHARE / sqrt(n);
  }
  return step;
}

sx_unit sx_unit_of_curvature(const sx_differences *differences, int32_t place,
                             double step) {
  double below = differences->values[1][0], above = differences->values[2][0];
  double center = differences->center[0];
  /* Below the rounding of the values the bend is 0, or noise. */
  double floor =
      DBL_EPSILON * fmax(fabs(center), fmax(fabs(below), fabs(above)));
  double root =
      sqrt(fmax(fabs(below - center + (above - center)), floor)) / step;
  sx_unit unit = {root, root};

  (void)place;
  return unit;
}
