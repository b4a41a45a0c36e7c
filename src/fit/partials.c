/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/partials.h"

#include "model/spec.h"

#include <math.h>
#include <string.h>

/* 2^-70: no number of a series or a model is of its size. */
static const double STEP = 8.470329472543003e-22;

typedef enum part { REAL, IMAGINARY } part;

int sx_partials_suit(const sx_model *model, const sx_series *series) {
  int64_t first =
      model->k_states < series->nobs ? model->k_states : series->nobs;

  if (sx_has(model, SX_ENFORCE_STATIONARITY)) {
    return 0;
  }
  for (int64_t t = 0; t < first; t++) {
    if (isnan(series->endog[t])) {
      return 1;
    }
  }
  return 0;
}

/* ---- workspace ---- */

static sx_periods constant(const double *data) { return (sx_periods){data, 0}; }

/* (count, nobs) pairs if it varies, else (count,). */
static sx_periods take_intercept(sx_arena *arena, size_t count, int64_t nobs,
                                 int varies, double **data) {
  size_t periods = varies ? (size_t)nobs : 1;

  *data = sx_arena_doubles(
      arena, periods > SIZE_MAX / 16 / count ? SIZE_MAX : 2 * count * periods);
  return (sx_periods){*data, varies ? 2 * (int64_t)count : 0};
}

static void point_system(const sx_model *model, int64_t nobs, sx_arena *arena,
                         sx_partials *partials) {
  size_t m = (size_t)model->k_states;
  sx_system *system = &partials->system;

  *system = (sx_system){.nobs = nobs,
                        .k_states = model->k_states,
                        .k_posdef = 1,
                        .tolerance = model->spec.tolerance};
  system->concentrated = sx_has(model, SX_CONCENTRATE_SCALE);
  partials->design = sx_arena_doubles(arena, 2 * m);
  partials->selection = sx_arena_doubles(arena, 2 * m);
  partials->transition = sx_arena_doubles(arena, 2 * m * m);
  partials->start = sx_arena_doubles(arena, 2 * m);
  partials->start_cov = sx_arena_doubles(arena, 2 * m * m);
  system->state_intercept = take_intercept(
      arena, m, nobs, model->spec.trend.count > 0, &partials->state_intercept);
  system->obs_intercept = take_intercept(arena, 1, nobs, model->spec.k_exog > 0,
                                         &partials->obs_intercept);
  system->design = constant(partials->design);
  system->transition = constant(partials->transition);
  system->selection = constant(partials->selection);
  system->obs_cov = constant(partials->obs_cov);
  system->state_cov = constant(partials->state_cov);
  system->initial_state = partials->start;
  system->initial_state_cov = partials->start_cov;
}

void sx_partials_layout(const sx_model *model, int64_t nobs, sx_arena *arena,
                        sx_partials *partials) {
  sx_system_loglikes *periods = &partials->periods;
  double **pairs[] = {&periods->loglikelihood, &periods->scale,
                      &periods->forecast_error, &periods->forecast_error_cov};

  if (sx_has(model, SX_ENFORCE_STATIONARITY)) {
    return;
  }
  partials->model = model;
  sx_params_layout(model, arena, &partials->params);
  sx_statespace_layout(model, arena, &partials->statespace);
  partials->vector = sx_arena_doubles(arena, (size_t)model->k_params);
  point_system(model, nobs, arena, partials);
  for (int i = 0; i < 4; i++) {
    *pairs[i] = sx_arena_doubles(arena, 2 * (size_t)nobs);
  }
  periods->forecast_error_diffuse_cov = sx_arena_doubles(arena, (size_t)nobs);
  if (sx_system_loglike_complex_plan(&partials->system, &partials->work_size) !=
      SX_OK) {
    partials->work_size = SIZE_MAX; /* unreachable: a model has states */
  }
  partials->work = sx_arena_take(arena, partials->work_size, 1);
}

/* ---- the system ---- */

static void add(double *pairs, size_t i, part where, double value) {
  pairs[2 * i + (size_t)where] += value;
}

static void add_transition(const sx_statespace *statespace, part where,
                           double factor, double *transition) {
  size_t m = (size_t)statespace->k_states;
  size_t arma = (size_t)statespace->arma;

  for (int32_t g = 0; g < statespace->k_segments; g++) {
    sx_segment segment = statespace->segments[g];

    for (int32_t i = segment.begin; i < segment.end; i++) {
      size_t source = (size_t)segment.source + (size_t)(i - segment.begin);

      if (source < m) {
        add(transition, (size_t)i + m * source, where, factor);
      }
      add(transition, (size_t)i + m * arma, where, factor * statespace->phi[i]);
    }
  }
  for (int32_t k = 0; k < statespace->k_special; k++) {
    for (int32_t e = statespace->special_start[k];
         e < statespace->special_start[k + 1]; e++) {
      int32_t column = statespace->design[statespace->special_term[e]];

      add(transition, (size_t)statespace->special[k] + m * (size_t)column,
          where, factor);
    }
  }
}

static void add_intercepts(sx_partials *partials, const sx_series *series,
                           part where, double factor) {
  const sx_model *model = partials->model;
  size_t arma = (size_t)partials->statespace.arma;
  size_t m = (size_t)model->k_states;

  for (int64_t t = 0; model->spec.trend.count > 0 && t < series->nobs; t++) {
    add(partials->state_intercept, m * (size_t)t + arma, where,
        factor * sx_trend_value(model, &partials->params, t));
  }
  for (int64_t t = 0; model->spec.k_exog > 0 && t < series->nobs; t++) {
    add(partials->obs_intercept, (size_t)t, where,
        factor * sx_exog_effect(model, &partials->params,
                                series->exog + t * model->spec.k_exog));
  }
}

/* Adds factor times the matrices at `vector` to one part of the system. */
static void add_system(sx_partials *partials, const sx_series *series,
                       part where, double factor) {
  sx_statespace *statespace = &partials->statespace;

  sx_params_unpack(partials->model, partials->vector, &partials->params);
  sx_statespace_build(partials->model, &partials->params, statespace);
  add_transition(statespace, where, factor, partials->transition);
  for (int32_t i = 0; i < statespace->k_design; i++) {
    add(partials->design, (size_t)statespace->design[i], where, factor);
  }
  for (int32_t i = 0; i < statespace->k_shocks; i++) {
    add(partials->selection, (size_t)statespace->shocks[i].row, where,
        factor * statespace->shocks[i].value);
  }
  add(partials->state_cov, 0, where, factor * statespace->state_cov);
  add(partials->obs_cov, 0, where, factor * statespace->obs_cov);
  add_intercepts(partials, series, where, factor);
}

static void clear(sx_partials *partials) {
  size_t m = (size_t)partials->model->k_states;
  size_t nobs = (size_t)partials->system.nobs;
  size_t pair = 2 * sizeof(double);

  memset(partials->design, 0, m * pair);
  memset(partials->selection, 0, m * pair);
  memset(partials->transition, 0, m * m * pair);
  memset(partials->start, 0, m * pair);
  memset(partials->start_cov, 0, m * m * pair);
  memset(partials->state_intercept, 0,
         m * pair * (partials->system.state_intercept.step ? nobs : 1));
  memset(partials->obs_intercept, 0,
         pair * (partials->system.obs_intercept.step ? nobs : 1));
  memset(partials->obs_cov, 0, pair);
  memset(partials->state_cov, 0, pair);
}

/*
 * Every number of the system is a constant and a multiple of the one parameter,
 * the others being given: its derivative is the number at 1 less that at 0.
 */
static void build(sx_partials *partials, const sx_series *series,
                  const double *params, int32_t place) {
  const sx_model *model = partials->model;
  size_t m = (size_t)model->k_states;

  clear(partials);
  for (size_t i = 0; i < m; i++) {
    partials->start_cov[2 * (i * m + i)] = model->spec.initial_variance;
  }
  memcpy(partials->vector, params, (size_t)model->k_params * sizeof(double));
  add_system(partials, series, REAL, 1.0);
  partials->vector[place] = 1.0;
  add_system(partials, series, IMAGINARY, STEP);
  partials->vector[place] = 0.0;
  add_system(partials, series, IMAGINARY, -STEP);
}

/* ---- derivatives ---- */

static double derivative(const double *pairs, int64_t t) {
  return pairs[2 * t + 1] / STEP;
}

/* Of the periods from the burn on: their mean v^2 / F, and its derivative. */
typedef struct scale_slope {
  double value, change;
} scale_slope;

static scale_slope scale_of(const sx_partials *partials,
                            const sx_series *series) {
  const double *squares = partials->periods.scale;
  int64_t count = 0;
  scale_slope sum = {0.0, 0.0};

  for (int64_t t = partials->model->loglikelihood_burn; t < series->nobs; t++) {
    count += !isnan(series->endog[t]);
    sum.value += squares[2 * t];
    sum.change += derivative(squares, t);
  }
  count -= partials->periods.nobs_singular;
  return (scale_slope){sum.value / (double)count, sum.change / (double)count};
}

/* As sx_filter: llf_t less (log scale + v^2 / (F scale)) / 2. */
static void concentrate(const sx_partials *partials, const sx_series *series,
                        const sx_partials_output *out) {
  const double *squares = partials->periods.scale;
  const double *covs = partials->periods.forecast_error_cov;
  scale_slope scale = scale_of(partials, series);
  double relative = scale.change / scale.value;

  for (int64_t t = 0; t < series->nobs; t++) {
    double observed = isnan(series->endog[t]) ? 0.0 : 1.0;

    if (out->llf_obs != NULL) {
      out->llf_obs[t] -=
          0.5 *
          (observed * relative +
           (derivative(squares, t) - relative * squares[2 * t]) / scale.value);
    }
    if (out->covs != NULL) {
      out->covs[t] = out->covs[t] * scale.value + covs[2 * t] * scale.change;
    }
  }
}

/* Fills what is wanted from the pairs. */
static void read_periods(const sx_partials *partials, const sx_series *series,
                         const sx_partials_output *out) {
  const sx_system_loglikes *periods = &partials->periods;
  double *wanted[] = {out->llf_obs, out->errors, out->covs};
  const double *pairs[] = {periods->loglikelihood, periods->forecast_error,
                           periods->forecast_error_cov};

  for (int i = 0; i < 3; i++) {
    for (int64_t t = 0; wanted[i] != NULL && t < series->nobs; t++) {
      wanted[i][t] = derivative(pairs[i], t);
    }
  }
  if (sx_has(partials->model, SX_CONCENTRATE_SCALE)) {
    concentrate(partials, series, out);
  }
}

sx_status sx_partials_by(sx_partials *partials, const sx_series *series,
                         const double *params, int32_t place,
                         const sx_partials_output *out) {
  int64_t burn = partials->model->loglikelihood_burn;
  sx_status status;

  build(partials, series, params, place);
  partials->system.endog = series->endog;
  partials->system.interrupt = series->interrupt;
  status = sx_system_loglike_complex(&partials->system, partials->work,
                                     partials->work_size, &partials->periods);
  if (status != SX_OK) {
    return status;
  }
  read_periods(partials, series, out);
  for (int64_t t = 0; out->llf_obs != NULL && t < burn && t < series->nobs;
       t++) {
    out->llf_obs[t] = 0.0;
  }
  return SX_OK;
}
