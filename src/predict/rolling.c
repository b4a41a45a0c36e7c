/* SPDX-License-Identifier: BSD-3-Clause */
#include "predict/forecast.h"

/* One run over the origins. */
typedef struct rolling {
  sx_kalman kalman;
  sx_ahead ahead;
  size_t blocks;
  double *var;     /* (1 + blocks SX_FORMS,) of the last origin, unscaled */
  int64_t settled; /* tau of the steady state that `var` is of, or -1 */
  sx_counter counter;
} rolling;

static void layout(const sx_model *model, int64_t steps, sx_arena *arena,
                   rolling *run) {
  run->blocks = sx_ahead_blocks(steps);
  sx_ahead_layout(model, run->blocks, arena, &run->ahead);
  run->var = sx_arena_doubles(arena, 1 + run->blocks * SX_FORMS);
}

/* In the steady state they stay the same from origin to origin. */
static void update_variances(rolling *run) {
  const sx_past *past = &run->kalman.past;
  int64_t steady = past->entering ? -1 : past->steady_period;
  int64_t m = run->kalman.statespace.k_states;

  if (steady >= 0 && steady == run->settled) {
    return;
  }
  run->settled = steady;
  run->var[0] = sx_kalman_cov(&run->kalman);
  for (size_t b = 0; b < run->blocks; b++) {
    sx_ahead_variances(&run->kalman, &run->ahead, b,
                       run->var + 1 + b * SX_FORMS);
    sx_interrupt_asked(&run->counter, SX_FORMS * m * m);
  }
}

static void forecast_origin(rolling *run, const sx_series *series, double scale,
                            const sx_rolling_output *out, int64_t origin) {
  double *mean = out->mean + origin * out->steps;
  double *var = out->var + origin * out->steps;

  sx_ahead_means(&run->kalman, &run->ahead, out->steps, &run->counter, mean);
  sx_forecast_add_exog_from(&run->kalman, series, out->exog_future, out->steps,
                            mean);
  update_variances(run);
  for (int64_t h = 0; h < out->steps; h++) {
    var[h] = run->var[h] * scale;
  }
}

/* Filters the rows up to period `end`. */
static sx_status filter_until(rolling *run, const sx_series *series,
                              int64_t end, sx_filter_output *filtered) {
  int64_t k = run->kalman.model->spec.k_exog;
  int64_t m = run->kalman.statespace.k_states;
  int64_t t = run->kalman.past.nobs;
  sx_series rows = {.nobs = end - t,
                    .endog = series->endog + t,
                    .interrupt = series->interrupt};

  if (k > 0) {
    rows.exog = series->exog + t * k;
  }
  sx_interrupt_asked(&run->counter, (end - t) * m * m);
  return sx_kalman_filter(&run->kalman, &rows, filtered);
}

sx_status sx_rolling_plan(const sx_model *model, int64_t steps,
                          size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  rolling run;

  if (steps < 1) {
    return SX_E_ARGUMENT;
  }
  sx_kalman_layout(model, &arena, &run.kalman);
  layout(model, steps, &arena, &run);
  return sx_arena_plan(&arena, work_size);
}

sx_status sx_rolling_forecast(const sx_model *model, const sx_series *series,
                              const double *params, void *work,
                              size_t work_size, sx_rolling_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  rolling run = {.settled = -1, .counter = {series->interrupt, 0, 0}};
  sx_filter_output filtered = {0};
  sx_status status;

  if (out->steps < 1 || out->start < 0 || out->stride < 1) {
    return SX_E_ARGUMENT;
  }
  status =
      sx_kalman_start(model, params, series->interrupt, &arena, &run.kalman);
  layout(model, out->steps, &arena, &run);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  sx_ahead_start(&run.kalman, &run.ahead);
  for (size_t b = 0; b < run.blocks && status == SX_OK; b++) {
    sx_ahead_make(&run.kalman, &run.ahead, b);
  }
  for (int64_t i = 0, t = out->start; t <= series->nobs && status >= 0;
       i++, t += out->stride) {
    status = filter_until(&run, series, t, &filtered);
    if (status >= 0) {
      forecast_origin(&run, series, filtered.scale, out, i);
      status = run.counter.stopped ? SX_E_INTERRUPTED : status;
    }
  }
  out->nobs_skipped = filtered.nobs_skipped;
  return status;
}
