/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two passes over the periods from the first missing one to the last observed
 * one: the filter forwards, which leaves v, F and M = P Z' of each, and the
 * recursions of predict/backward.h. Where these do not fit into SX_MOST_RECORDS
 * cells the filter's state is kept every `rows` periods instead, and each such
 * part is filtered once more before it is run backwards.
 *
 * Where P is wide, as it is before the diffuse states are known, M' N M loses
 * eps P^2 / sigma2: with kappa = 1e6 a variance of 1 has no digits left if
 * sigma2 is 1e-4. There the observations are used one by one, up to the end of
 * the wide stretch e: with C_t = cov(a_t, y_g | y_1..y_{t-1}),
 *
 *   C_g = M_g,  C_{t+1} = T C_t, or T (C_t - M_t Z C_t / F_t) if y_t is used,
 *   E(y_g | all) = d + Z a_g + sum_t Z C_t v_t / F_t + C_{e+1}' r_e,
 *   var = F_g - sum_t (Z C_t)^2 / F_t - C_{e+1}' N_e C_{e+1}
 */
#include "base/interrupt.h"
#include "filter/kalman.h"
#include "model/facts.h"
#include "model/spec.h"
#include "predict/backward.h"
#include "sarimax_c_predict.h"

#include <math.h>
#include <string.h>

/* 64 MB; a test makes it less. */
#ifndef SX_MOST_RECORDS
#define SX_MOST_RECORDS (1 << 23)
#endif

/* P is wide where F is so many times the variance of the shocks. */
static const double WIDE = 1e4;

/* Gaps further from the end of a wide stretch go the usual way. */
enum { MOST_REACH = 4096 };

/* The filter before a part. */
typedef struct checkpoint {
  sx_past past;
  double *state;      /* (k_states + 1,) */
  double *P, *P_next; /* (k_states + 1, ld) */
} checkpoint;

typedef struct imputation {
  sx_kalman kalman;
  sx_backward backward;
  const sx_series *series;
  sx_impute_output *out;
  int64_t first, last; /* the first missing period, after the last observed */
  int64_t rows;        /* of a part */
  int64_t parts;       /* room for them; the last is never kept */
  checkpoint *checkpoints; /* (parts - 1,) */
  double *m;               /* (rows, k_states + 1) M, then 0 */
  double *error;           /* (rows,) v; F where missing */
  double *inverse;         /* (rows,) 1 / F; 0 where not used */
  double *c, *next_c;      /* (k_states + 1,) */
  double wide;             /* the least F of a wide period */
  int64_t quiet;           /* periods backwards since the last of these */
  sx_counter counter;
} imputation;

/* ---- workspace ---- */

/* Rows of a part: all, or what makes records and checkpoints take as much. */
static int64_t part_rows(const sx_model *model, int64_t count) {
  double m = (double)model->k_states;

  if ((double)count * (m + 3.0) <= (double)SX_MOST_RECORDS) {
    return count;
  }
  return (int64_t)fmin((double)count, 1.0 + sqrt(2.0 * (double)count * m));
}

static void layout_checkpoints(const sx_model *model, int64_t count,
                               sx_arena *arena, imputation *run) {
  size_t cells = ((size_t)model->k_states + 1) * run->kalman.step.ld;

  run->parts = run->rows > 0 ? (count + run->rows - 1) / run->rows : 1;
  run->checkpoints = (checkpoint *)sx_arena_take(
      arena, (size_t)(run->parts - 1), sizeof(checkpoint));
  for (int64_t i = 0; i + 1 < run->parts && !sx_arena_failed(arena); i++) {
    checkpoint here = {.state =
                           sx_arena_doubles(arena, (size_t)model->k_states + 1),
                       .P = sx_arena_doubles(arena, cells),
                       .P_next = sx_arena_doubles(arena, cells)};

    if (arena->base) {
      run->checkpoints[i] = here;
    }
  }
}

/* After the filter's; `count` rows to run backwards. */
static void layout(const sx_model *model, int64_t count, int wants_var,
                   sx_arena *arena, imputation *run) {
  run->rows = part_rows(model, count);
  sx_backward_layout(model, wants_var, arena, &run->backward);
  run->m = (double *)sx_arena_take(
      arena, (size_t)run->rows, ((size_t)model->k_states + 1) * sizeof(double));
  run->error = sx_arena_doubles(arena, (size_t)run->rows);
  run->inverse = sx_arena_doubles(arena, (size_t)run->rows);
  run->c = sx_arena_doubles(arena, (size_t)model->k_states + 1);
  run->next_c = sx_arena_doubles(arena, (size_t)model->k_states + 1);
  layout_checkpoints(model, count, arena, run);
}

/* At most so many rows lie between the first gap and the last observation. */
static int64_t most_rows(const sx_facts *facts) {
  return facts->missing > 0 ? facts->last : 0;
}

sx_status sx_impute_plan(const sx_model *model, const sx_series *series,
                         int wants_var, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_facts facts = sx_facts_of(series);
  imputation run;

  sx_kalman_layout(model, &arena, &run.kalman);
  layout(model, most_rows(&facts), wants_var, &arena, &run);
  return sx_arena_plan(&arena, work_size);
}

static void save(const sx_kalman *kalman, checkpoint *here) {
  size_t m = (size_t)kalman->statespace.k_states;
  size_t size = (m + 1) * kalman->step.ld * sizeof(double);

  here->past = kalman->past;
  memcpy(here->state, kalman->state, (m + 1) * sizeof(double));
  memcpy(here->P, kalman->P, size);
  memcpy(here->P_next, kalman->P_next, size);
}

static void restore(const checkpoint *here, sx_kalman *kalman) {
  size_t m = (size_t)kalman->statespace.k_states;
  size_t size = (m + 1) * kalman->step.ld * sizeof(double);

  kalman->past = here->past;
  memcpy(kalman->state, here->state, (m + 1) * sizeof(double));
  memcpy(kalman->P, here->P, size);
  memcpy(kalman->P_next, here->P_next, size);
  sx_kalman_resume(kalman);
}

/* ---- forwards ---- */

static double *record_of(const imputation *run, int64_t row) {
  return run->m + row * (run->kalman.statespace.k_states + 1);
}

/* Filters `count` rows that follow those so far; outputs may be NULL. */
static sx_status filter_rows(imputation *run, int64_t count,
                             sx_filter_output *filtered) {
  sx_kalman *kalman = &run->kalman;
  int64_t k = kalman->model->spec.k_exog;
  int64_t t = kalman->past.nobs;
  sx_series rows = {.nobs = count,
                    .endog = run->series->endog + t,
                    .exog = k > 0 ? run->series->exog + t * k : NULL,
                    .interrupt = run->series->interrupt};

  return sx_kalman_filter(kalman, &rows, filtered);
}

/*
 * M for the gain of the period that is next. In the first frozen one the filter
 * updates with the M of its own P, but statsmodels keeps, and smooths with,
 * that of the period before, whose P waits in P_next.
 */
static void keep_m(const imputation *run, int missing, double *target) {
  const sx_kalman *kalman = &run->kalman;
  size_t m = (size_t)kalman->statespace.k_states;
  int waits = kalman->past.entering && !missing;

  if (waits) {
    kalman->kernels->gather(&kalman->statespace, kalman->P_next, &kalman->step);
    sx_kalman_cov(kalman);
  }
  memcpy(target, kalman->step.m, m * sizeof(double));
  target[m] = 0.0;
  if (waits) {
    kalman->kernels->gather(&kalman->statespace, kalman->P, &kalman->step);
  }
}

/* One period, kept in the part's `row`. */
static sx_status filter_period(imputation *run, int64_t row) {
  sx_kalman *kalman = &run->kalman;
  int64_t m = kalman->statespace.k_states;
  int64_t t = kalman->past.nobs;
  int64_t skipped = kalman->past.nobs_skipped;
  int missing = isnan(run->series->endog[t]);
  double forecast = NAN, error = NAN, cov = sx_kalman_cov(kalman);
  sx_filter_output filtered = {.forecasts = &forecast,
                               .forecasts_error = &error};
  sx_status status;

  keep_m(run, missing, record_of(run, row));
  status = filter_rows(run, 1, &filtered);
  run->error[row] = missing ? cov : error;
  run->inverse[row] =
      missing || kalman->past.nobs_skipped > skipped ? 0.0 : kalman->inverse;
  if (missing) {
    run->out->mean[t] = forecast;
  }
  if (missing && run->out->var) {
    run->out->var[t] = cov;
  }
  if (sx_interrupt_asked(&run->counter,
                         16 + (kalman->past.steady_period < 0 ? m * m : m))) {
    return SX_E_INTERRUPTED;
  }
  return status;
}

/* The end of a part. */
static int64_t part_end(const imputation *run, int64_t part) {
  int64_t end = run->first + (part + 1) * run->rows;

  return end < run->last ? end : run->last;
}

static sx_status filter_part(imputation *run, int64_t part) {
  int64_t begin = run->kalman.past.nobs;
  int64_t end = part_end(run, part);
  sx_status status = SX_OK;

  for (int64_t t = begin; t < end && status >= 0; t++) {
    status = filter_period(run, t - begin);
  }
  return status;
}

/* All periods; the records of the last part stay. */
static sx_status run_forwards(imputation *run, int64_t parts,
                              sx_filter_output *filtered) {
  int64_t nobs = run->series->nobs;
  int64_t before = run->first < run->last ? run->first : run->last;
  sx_status status = filter_rows(run, before, filtered);

  for (int64_t part = 0; part < parts && status >= 0; part++) {
    if (part + 1 < parts) {
      save(&run->kalman, &run->checkpoints[part]);
    }
    status = filter_part(run, part);
  }
  if (status < 0) {
    return status;
  }
  filtered->forecasts = run->out->mean + run->last;
  filtered->forecasts_error_cov =
      run->out->var ? run->out->var + run->last : NULL;
  return filter_rows(run, nobs - run->last, filtered);
}

/* ---- backwards ---- */

static int is_gap(const imputation *run, int64_t t) {
  return isnan(run->series->endog[t]);
}

static int is_wide(const imputation *run, int64_t t, int64_t row) {
  return is_gap(run, t)
             ? run->error[row] > run->wide
             : run->inverse[row] * run->wide < 1.0 && run->inverse[row] > 0.0;
}

/* Adds what the observation of `row` says of y_g; C moves on to the next. */
static void use_row(imputation *run, int64_t row, double *mean, double *var) {
  const sx_kalman *kalman = &run->kalman;
  double *last = run->c;
  double u = 0.0;

  if (run->inverse[row] > 0.0) {
    double cov = sx_kalman_mean(kalman, last);

    u = cov * run->inverse[row];
    *mean += u * run->error[row];
    *var -= u * cov;
  }
  kalman->kernels->mean(&kalman->statespace, record_of(run, row), -u, last,
                        run->next_c);
  run->c = run->next_c;
  run->next_c = last;
}

/* The gap of `row` at g, from the observations up to `end`, then r and N. */
static void use_rows(imputation *run, int64_t g, int64_t row, int64_t end) {
  size_t m = run->backward.k_states;
  double *mean = run->out->mean + g;
  double var = run->error[row];

  memcpy(run->c, record_of(run, row), (m + 1) * sizeof(double));
  run->next_c[m] = 0.0;
  for (int64_t i = row; i <= end; i++) {
    use_row(run, i, mean, &var);
  }
  *mean += sx_backward_mean(&run->backward, run->c);
  if (run->out->var) {
    run->out->var[g] = var - sx_backward_cov(&run->backward, run->c);
  }
  sx_interrupt_asked(&run->counter, (int64_t)m * (end - row + (int64_t)m));
}

/*
 * The gaps of a wide stretch that ends with `row` at t: as long as no
 * `k_states` periods in a row are not wide. Their `inverse` becomes -1.
 */
static void smooth_stretch(imputation *run, int64_t t, int64_t row) {
  int64_t quiet = 0, most = (int64_t)run->backward.k_states;

  for (int64_t i = row; i >= 0 && row - i < MOST_REACH && quiet <= most; i--) {
    int64_t g = t - (row - i);

    quiet = is_wide(run, g, i) ? 0 : quiet + 1;
    if (is_gap(run, g)) {
      use_rows(run, g, i, row);
      run->inverse[i] = -1.0;
    }
  }
}

static void smooth_period(imputation *run, int64_t t, int64_t row) {
  const sx_statespace *statespace = &run->kalman.statespace;
  const double *m = record_of(run, row);

  run->quiet++;
  if (is_wide(run, t, row)) {
    if (run->quiet > statespace->k_states) {
      smooth_stretch(run, t, row);
    }
    run->quiet = 0;
  }
  sx_backward_advance(statespace, &run->backward);
  if (run->inverse[row] > 0.0) {
    sx_backward_observe(statespace, m, run->error[row], run->inverse[row],
                        &run->backward);
  } else if (is_gap(run, t) && run->inverse[row] == 0.0) {
    run->out->mean[t] += sx_backward_mean(&run->backward, m);
    if (run->out->var) {
      run->out->var[t] -= sx_backward_cov(&run->backward, m);
    }
  }
}

static sx_status smooth_part(imputation *run, int64_t part) {
  int64_t begin = run->first + part * run->rows;
  int64_t m = run->kalman.statespace.k_states;
  int64_t work = 16 + (run->out->var ? 4 * m * m : 4 * m);

  run->quiet = m;
  for (int64_t t = part_end(run, part); t-- > begin;) {
    smooth_period(run, t, t - begin);
    if (sx_interrupt_asked(&run->counter, work)) {
      return SX_E_INTERRUPTED;
    }
  }
  return SX_OK;
}

static sx_status run_backwards(imputation *run, int64_t parts) {
  sx_status status = SX_OK;

  sx_backward_start(&run->backward);
  for (int64_t part = parts; part-- > 0 && status >= 0;) {
    if (part + 1 < parts) {
      restore(&run->checkpoints[part], &run->kalman);
      status = filter_part(run, part);
    }
    status = status < 0 ? status : smooth_part(run, part);
  }
  return status < 0 ? status : SX_OK;
}

/* ---- both ---- */

/* Copies what is observed; returns the first missing period, or nobs. */
static int64_t copy_observed(const sx_series *series, sx_impute_output *out) {
  int64_t first = series->nobs;

  for (int64_t t = series->nobs; t-- > 0;) {
    out->mean[t] = series->endog[t];
    first = isnan(series->endog[t]) ? t : first;
  }
  if (out->var) {
    memset(out->var, 0, (size_t)series->nobs * sizeof(double));
  }
  return first;
}

/* Applies a concentrated scale; SX_W_NONFINITE if not all is finite. */
static sx_status finish(const imputation *run, double scale) {
  const sx_series *series = run->series;
  sx_impute_output *out = run->out;
  sx_status status = out->nobs_skipped > 0 ? SX_W_SKIPPED : SX_OK;

  for (int64_t t = run->first; t < series->nobs; t++) {
    if (out->var) {
      out->var[t] *= isnan(series->endog[t]) ? scale : 0.0;
    }
    if (!isfinite(out->mean[t]) || (out->var && !isfinite(out->var[t]))) {
      status = SX_W_NONFINITE;
    }
  }
  return status;
}

sx_status sx_impute(const sx_model *model, const sx_series *series,
                    const double *params, void *work, size_t work_size,
                    sx_impute_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_facts facts = sx_facts_of(series);
  imputation run = {.series = series,
                    .out = out,
                    .last = facts.last,
                    .counter = {series->interrupt, 0, 0}};
  sx_filter_output filtered = {0};
  sx_status status;
  int64_t parts = 0;

  status =
      sx_kalman_start(model, params, series->interrupt, &arena, &run.kalman);
  layout(model, most_rows(&facts), out->var != NULL, &arena, &run);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  run.first = copy_observed(series, out);
  if (status != SX_OK) {
    return status;
  }
  if (run.first < run.last) {
    parts = (run.last - run.first + run.rows - 1) / run.rows;
  }
  run.kalman.unscaled = 1;
  run.wide =
      WIDE * (run.kalman.statespace.state_cov + run.kalman.statespace.obs_cov);
  status = run_forwards(&run, parts, &filtered);
  out->nobs_skipped = filtered.nobs_skipped;
  if (status >= 0) {
    status = run_backwards(&run, parts);
  }
  return status < 0 ? status : finish(&run, filtered.scale);
}
