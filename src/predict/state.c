/* SPDX-License-Identifier: BSD-3-Clause */
#include "predict/forecast.h"

#include <math.h>
#include <string.h>

/* Changes whenever the record does. */
static const int64_t FORMAT = 1;

/*
 * The record: this, then params (k_params,), a (k_states,), the upper triangle
 * of P by rows, and that of P_tau while it waits to come into force.
 */
typedef struct record {
  sx_state head;
  sx_past past;
} record;

static int64_t record_size(const sx_model *model, int64_t waiting) {
  int64_t m = model->k_states;
  int64_t cells = model->k_params + m + (1 + waiting) * (m * (m + 1) / 2);

  return (int64_t)sizeof(record) + cells * (int64_t)sizeof(double);
}

static size_t params_bytes(const sx_model *model) {
  return (size_t)model->k_params * sizeof(double);
}

static double *save_cov(const sx_kalman *kalman, const double *P,
                        double *cells) {
  size_t m = (size_t)kalman->statespace.k_states;

  for (size_t i = 0; i < m; i++) {
    memcpy(cells, P + i * kalman->step.ld + i, (m - i) * sizeof(double));
    cells += m - i;
  }
  return cells;
}

static const double *load_cov(const sx_kalman *kalman, const double *cells,
                              double *P) {
  size_t m = (size_t)kalman->statespace.k_states;

  for (size_t i = 0; i < m; i++) {
    memcpy(P + i * kalman->step.ld + i, cells, (m - i) * sizeof(double));
    cells += m - i;
  }
  return cells;
}

/* `params` may be those of the record itself. */
static void save(const sx_kalman *kalman, const double *params,
                 const sx_filter_output *out, sx_state *state) {
  const sx_past *past = &kalman->past;
  const sx_model *model = kalman->model;
  record *target = (record *)state;
  double *cells = (double *)(target + 1);

  target->head = (sx_state){FORMAT,     record_size(model, past->entering),
                            past->nobs, past->nobs_skipped,
                            out->llf,   out->scale};
  target->past = *past;
  memmove(cells, params, params_bytes(model));
  cells += model->k_params;
  memcpy(cells, kalman->state, (size_t)model->k_states * sizeof(double));
  cells = save_cov(kalman, kalman->P, cells + model->k_states);
  if (past->entering) {
    save_cov(kalman, kalman->P_next, cells);
  }
}

/* Whether `count` may be a number of periods out of `nobs`. */
static int is_part(int64_t count, int64_t nobs) {
  return count >= 0 && count <= nobs;
}

/* Whether a filter can have left this behind: a record may come from a file. */
static int is_past(const sx_past *past) {
  static const int64_t MOST_PERIODS = INT64_C(1) << 53;

  return is_part(past->nobs, MOST_PERIODS) &&
         is_part(past->nobs_skipped, past->nobs) &&
         is_part(past->observed, past->nobs) && past->steady_period >= -1 &&
         past->steady_period <= past->nobs &&
         is_part(past->previous_observed, 1) && is_part(past->entering, 1);
}

sx_status sx_state_check(const sx_model *model, const sx_state *state,
                         size_t size) {
  const record *source = (const record *)state;

  if (size < sizeof(record) || state->format != FORMAT ||
      state->size != (int64_t)size || !is_past(&source->past) ||
      state->size != record_size(model, source->past.entering)) {
    return SX_E_ARGUMENT;
  }
  return SX_OK;
}

const double *sx_state_params(const sx_state *state) {
  return (const double *)((const record *)state + 1);
}

/* The filter where it was saved; the parameters stay in the record. */
static sx_status load(const sx_model *model, const sx_state *state,
                      const sx_interrupt *interrupt, sx_arena *arena,
                      sx_kalman *kalman) {
  const record *source = (const record *)state;
  const double *cells = sx_state_params(state);
  sx_status status = sx_state_check(model, state, (size_t)state->size);

  if (status == SX_OK) {
    status = sx_kalman_bind(model, cells, interrupt, arena, kalman);
  }
  if (status != SX_OK) {
    return status;
  }
  cells += model->k_params;
  kalman->past = source->past;
  memcpy(kalman->state, cells, (size_t)model->k_states * sizeof(double));
  cells = load_cov(kalman, cells + model->k_states, kalman->P);
  if (kalman->past.entering) {
    load_cov(kalman, cells, kalman->P_next);
  }
  sx_kalman_resume(kalman);
  return SX_OK;
}

sx_status sx_state_plan(const sx_model *model, size_t *state_size,
                        size_t *work_size) {
  sx_status status = sx_forecast_plan(model, work_size);

  /* A workspace that can be counted is larger than any record. */
  if (status == SX_OK) {
    *state_size = (size_t)record_size(model, 1);
  }
  return status;
}

sx_status sx_state_start(const sx_model *model, const sx_series *series,
                         const double *params, void *work, size_t work_size,
                         sx_state *state) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_filter_output out = {0};
  sx_kalman kalman;
  sx_status status =
      sx_kalman_start(model, params, series->interrupt, &arena, &kalman);

  if (status == SX_OK) {
    status = sx_kalman_filter(&kalman, series, &out);
  }
  if (status >= 0) {
    save(&kalman, params, &out, state);
  }
  return status;
}

sx_status sx_state_append(const sx_model *model, const sx_series *series,
                          void *work, size_t work_size, sx_state *state,
                          sx_filter_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_kalman kalman;
  sx_status status = load(model, state, series->interrupt, &arena, &kalman);

  if (status == SX_OK) {
    status = sx_kalman_filter(&kalman, series, out);
  }
  if (status >= 0) {
    save(&kalman, sx_state_params(state), out, state);
  }
  return status;
}

sx_status sx_state_forecast(const sx_model *model, const sx_state *state,
                            const sx_interrupt *interrupt, void *work,
                            size_t work_size, sx_forecast_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_series none = {0, NULL, NULL, interrupt, NULL};
  sx_filter_output filtered = {0};
  sx_kalman kalman;
  sx_ahead ahead;
  sx_status status = load(model, state, interrupt, &arena, &kalman);
  sx_status forecast;

  if (status != SX_OK) {
    return status;
  }
  sx_ahead_layout(model, 1, &arena, &ahead);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  status = sx_kalman_filter(&kalman, &none, &filtered); /* its warning */
  out->nobs_skipped = filtered.nobs_skipped;
  forecast = sx_forecast_after(&kalman, filtered.scale, interrupt, &ahead, out);
  return forecast < 0 ? forecast : status;
}
