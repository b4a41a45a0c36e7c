/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/general.h"

#include <math.h>
#include <string.h>

void sx_period_layout(const sx_system *system, sx_arena *arena,
                      sx_period *period) {
  int32_t m = system->k_states;

  period->support = sx_arena_int32(arena, (size_t)m);
  sx_sparse_layout(m, m, arena, &period->transition);
  sx_sparse_layout(m, m, arena, &period->transposed);
  sx_sparse_layout(m, system->k_posdef, arena, &period->selection);
}

static const double *data_of(sx_periods periods, int64_t t) {
  return periods.data + t * periods.step;
}

static int is_due(sx_periods periods, int first) {
  return first || periods.step != 0;
}

static void scan_design(const sx_system *system, sx_period *period) {
  period->k_design = 0;
  for (int32_t i = 0; i < system->k_states; i++) {
    if (period->design[i] != 0.0) {
      period->support[period->k_design++] = i;
    }
  }
}

void sx_period_load(const sx_system *system, int64_t t, int first,
                    sx_period *period) {
  const double *transition = data_of(system->transition, t);

  period->design = data_of(system->design, t);
  period->obs_intercept = *data_of(system->obs_intercept, t);
  period->obs_cov = *data_of(system->obs_cov, t);
  period->state_intercept = data_of(system->state_intercept, t);
  period->state_cov = data_of(system->state_cov, t);
  if (is_due(system->design, first)) {
    scan_design(system, period);
  }
  if (is_due(system->transition, first)) {
    sx_sparse_scan(transition, &period->transition);
    sx_sparse_scan_transpose(transition, &period->transposed);
  }
  if (is_due(system->selection, first)) {
    sx_sparse_scan(data_of(system->selection, t), &period->selection);
  }
}

int sx_period_is_forgotten(const sx_system *system) {
  for (int64_t t = 0; system->univariate && t < system->nobs; t++) {
    if (isnan(system->endog[t])) {
      return 1;
    }
  }
  return 0;
}

int sx_period_is_constant(const sx_system *system) {
  return system->design.step == 0 && system->obs_intercept.step == 0 &&
         system->obs_cov.step == 0 && system->transition.step == 0 &&
         system->state_intercept.step == 0 && system->selection.step == 0 &&
         system->state_cov.step == 0;
}

double sx_period_dot(const sx_period *period, const double *vector) {
  double sum = 0.0;

  for (int32_t z = 0; z < period->k_design; z++) {
    sum += period->design[period->support[z]] * vector[period->support[z]];
  }
  return sum;
}

double sx_period_cov(const sx_period *period, size_t m, const double *vector) {
  int32_t in_lanes = (int32_t)(m & ~(size_t)15);
  double lanes[4] = {0.0, 0.0, 0.0, 0.0};
  double sum;
  int32_t z = 0;

  for (; z < period->k_design && period->support[z] < in_lanes; z++) {
    int32_t i = period->support[z];

    lanes[i & 3] += period->design[i] * vector[i];
  }
  sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
  for (; z < period->k_design; z++) {
    sum += period->design[period->support[z]] * vector[period->support[z]];
  }
  return sum;
}

void sx_period_project(const sx_period *period, const double *columns, size_t m,
                       double *target) {
  memset(target, 0, m * sizeof(double));
  for (int32_t z = 0; z < period->k_design; z++) {
    const double *column = columns + (size_t)period->support[z] * m;
    double value = period->design[period->support[z]];

    for (size_t i = 0; i < m; i++) {
      target[i] += value * column[i];
    }
  }
}

void sx_record_vector(sx_record record, int64_t t, const double *values,
                      size_t count) {
  double *target = sx_record_at(record, t);

  if (target != NULL && target != values) {
    memcpy(target, values, count * sizeof(double));
  }
}

void sx_record_scaled(sx_record record, int64_t t, const double *values,
                      double factor, size_t count) {
  double *target = sx_record_at(record, t);

  if (target != NULL) {
    for (size_t i = 0; i < count; i++) {
      target[i] = factor * values[i];
    }
  }
}
