/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/kalman.h"

#include "base/interrupt.h"
#include "base/vector.h"
#include "model/spec.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* statsmodels leaves its conventional filter below this (_inversions.pyx). */
static const double SINGULAR_COV = 1e-12;

static const double LOG_2PI = 1.8378770664093454836;

/* ---- covariance step ---- */

/* The states of the design that a special row adds up. */
typedef struct sx_terms {
  int32_t count;
  const int32_t *term; /* (count,) into design, at least two */
} sx_terms;

static inline sx_terms special_terms(const sx_statespace *statespace,
                                     int32_t k) {
  int32_t first = statespace->special_start[k];
  sx_terms terms = {statespace->special_start[k + 1] - first,
                    statespace->special_term + first};

  return terms;
}

/* Sum of a vector over the states of special row `k`. */
static inline double sum_terms(const sx_statespace *statespace, int32_t k,
                               const double *vector) {
  sx_terms terms = special_terms(statespace, k);
  double sum = 0.0;

  for (int32_t e = 0; e < terms.count; e++) {
    sum += vector[statespace->design[terms.term[e]]];
  }
  return sum;
}

/* Column of P+ for one state of the design, at the sources of a segment. */
static inline const double *design_column(const sx_step *step,
                                          sx_segment segment, int32_t design) {
  return step->filtered_columns + (size_t)design * step->ld + segment.source;
}

/*
 * Rows of P that the step takes together while they have so many columns
 * (`make constants`).
 */
enum { ROWS_AT_ONCE = 4, LONG_ROW = 32 };

/* Four numbers anywhere in a row. */
typedef double sx_loose4
    __attribute__((vector_size(32), aligned(8), may_alias));

/* What the elements of a copied row i with source a have in common. */
typedef struct sx_ar_row {
  const double *source; /* P_a. */
  const double *phi;    /* of all states */
  double gain, m;       /* G_a, M_a */
  double phi_i;
  double w_i0;   /* W_i0 = phi_i P+_00 + P+_a0 */
  double arma_a; /* P+_0a */
} sx_ar_row;

static inline sx_ar_row ar_row(const sx_statespace *statespace,
                               const sx_step *step, int32_t i, int32_t a) {
  sx_ar_row row = {.phi = statespace->phi,
                   .gain = step->gain[a],
                   .m = step->m[a],
                   .phi_i = statespace->phi[i]};

  if (statespace->has_ar) {
    row.w_i0 =
        row.phi_i * step->arma_row[statespace->arma] + step->arma_column[a];
    row.arma_a = step->arma_row[a];
  }
  return row;
}

#define SX_STEP_NAME(name) name##_baseline
#define SX_STEP_TARGET
#include "filter/kalman_step.h"
#undef SX_STEP_NAME
#undef SX_STEP_TARGET

#if SX_HAVE_AVX2
#define SX_STEP_NAME(name) name##_avx2
#define SX_STEP_TARGET     SX_TARGET_AVX2
#include "filter/kalman_step.h"
#undef SX_STEP_NAME
#undef SX_STEP_TARGET
#endif

/* The second one for all levels above the baseline. */
static const sx_step_kernels STEP_KERNELS[] = {
    {step_gather_baseline, step_observe_baseline, step_gain_baseline,
     step_advance_baseline, step_mean_baseline, step_forms_baseline},
#if SX_HAVE_AVX2
    {step_gather_avx2, step_observe_avx2, step_gain_avx2, step_advance_avx2,
     step_mean_avx2, step_forms_avx2},
#endif
};

/* P <- P_next, from the M and G in force. */
static void advance_cov(sx_kalman *kalman) {
  double *old = kalman->P;

  kalman->kernels->advance(&kalman->statespace, old, &kalman->step,
                           kalman->P_next);
  kalman->P = kalman->P_next;
  kalman->P_next = old;
}

/*
 * Z M as OpenBLAS's x86 dot kernels sum it: four lanes over the largest
 * multiple of 16 states, the rest one by one. With kappa = 1e6 in P the order
 * decides the last digits of the likelihood.
 */
static double design_dot_lanes(const sx_statespace *statespace,
                               const double *m) {
  int32_t in_lanes = statespace->k_states & ~15;
  double lanes[4] = {0.0, 0.0, 0.0, 0.0};
  double sum;
  int32_t z = 0;

  for (; z < statespace->k_design && statespace->design[z] < in_lanes; z++) {
    lanes[statespace->design[z] & 3] += m[statespace->design[z]];
  }
  sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
  for (; z < statespace->k_design; z++) {
    sum += m[statespace->design[z]];
  }
  return sum;
}

/* Sets M = P Z'. Returns F = H + Z M. */
static double observe_cov(const sx_kalman *kalman) {
  kalman->kernels->observe(&kalman->statespace, &kalman->step);
  return design_dot_lanes(&kalman->statespace, kalman->step.m) +
         kalman->statespace.obs_cov;
}

static double design_dot(const sx_statespace *statespace, const double *state) {
  double sum = 0.0;

  for (int32_t z = 0; z < statespace->k_design; z++) {
    sum += state[statespace->design[z]];
  }
  return sum;
}

/* Row i's share of sum_ij (P - P_next)_ij^2, both halves of the matrix. */
static double squared_change(const sx_kalman *kalman, size_t i) {
  size_t m = (size_t)kalman->statespace.k_states;
  const double *row = kalman->P + i * kalman->step.ld;
  const double *other = kalman->P_next + i * kalman->step.ld;
  double diagonal = other[i] - row[i];
  double off = 0.0;

  for (size_t j = i + 1; j < m; j++) {
    off += (other[j] - row[j]) * (other[j] - row[j]);
  }
  return diagonal * diagonal + 2.0 * off;
}

/*
 * sum_ij (P - P_next)_ij^2 < tolerance; gives up as soon as it is not. Goes
 * from the last row up, the ARMA states being the last to settle, but first
 * tries the row to which the transition has moved the change that decided the
 * last time.
 */
static int is_steady(sx_kalman *kalman, double tolerance) {
  double sum = 0.0;

  kalman->moving -= kalman->moving > 0;
  if (!(squared_change(kalman, kalman->moving) < tolerance)) {
    return 0;
  }
  for (size_t i = (size_t)kalman->statespace.k_states; i-- > 0;) {
    sum += squared_change(kalman, i);
    if (!(sum < tolerance)) {
      kalman->moving = i;
      return 0;
    }
  }
  return 1;
}

/* ---- workspace ---- */

void sx_kalman_layout(const sx_model *model, sx_arena *arena,
                      sx_kalman *kalman) {
  sx_step *step = &kalman->step;
  size_t m = (size_t)model->k_states;
  size_t special = sx_statespace_special(model);
  size_t design = sx_statespace_design(model);
  size_t ld = (m + 2 * SX_STATE_PAD - 1) / SX_STATE_PAD * SX_STATE_PAD;

  sx_params_layout(model, arena, &kalman->params);
  sx_statespace_layout(model, arena, &kalman->statespace);
  sx_init_layout(model, arena, &kalman->init);
  step->ld = ld;
  step->m = sx_arena_doubles(arena, ld);
  step->gain = sx_arena_doubles(arena, ld);
  step->rows = sx_arena_doubles(arena, design * ld);
  step->filtered_rows = sx_arena_doubles(arena, design * ld);
  step->filtered_columns = sx_arena_doubles(arena, design * ld);
  step->w_0 = sx_arena_doubles(arena, ld);
  step->u = sx_arena_doubles(arena, special * ld);
  step->v = sx_arena_doubles(arena, special * ld);
  kalman->state = sx_arena_doubles(arena, m + 1);
  kalman->next_state = sx_arena_doubles(arena, m + 1);
  kalman->P = sx_arena_doubles(arena, (m + 1) * ld);
  kalman->P_next = sx_arena_doubles(arena, (m + 1) * ld);
}

/* Memory that was never used takes its time: zero part by part. */
static void clear(double *values, size_t count, sx_counter *counter) {
  for (size_t i = 0; i < count && !counter->stopped; i += SX_INTERRUPT_WORK) {
    size_t part = count - i < SX_INTERRUPT_WORK ? count - i : SX_INTERRUPT_WORK;

    memset(values + i, 0, part * sizeof(double));
    sx_interrupt_asked(counter, (int64_t)part);
  }
}

/* The step reads padding, and the state beyond the last: both start at zero. */
static void start_padding(sx_kalman *kalman, sx_counter *counter) {
  sx_step *step = &kalman->step;
  size_t m = (size_t)kalman->statespace.k_states;
  size_t design = (size_t)kalman->statespace.k_design;
  size_t cells = (m + 1) * step->ld;

  kalman->state[m] = 0.0;
  kalman->next_state[m] = 0.0;
  clear(kalman->P, cells, counter);
  clear(kalman->P_next, cells, counter);
  memset(step->rows, 0, design * step->ld * sizeof(double));
  memset(step->w_0, 0, step->ld * sizeof(double));
  memset(step->gain, 0, step->ld * sizeof(double));
  step->arma_row = step->filtered_rows + (design - 1) * step->ld;
  step->arma_column = step->filtered_columns + (design - 1) * step->ld;
}

sx_status sx_kalman_bind(const sx_model *model, const double *params,
                         const sx_interrupt *interrupt, sx_arena *arena,
                         sx_kalman *kalman) {
  sx_counter counter = {interrupt, 0, 0};

  kalman->model = model;
  kalman->unscaled = 0;
  kalman->kernels = &STEP_KERNELS[model->simd == SX_SIMD_BASELINE ? 0 : 1];
  sx_kalman_layout(model, arena, kalman);
  if (sx_arena_failed(arena)) {
    return SX_E_WORKSPACE;
  }
  sx_params_unpack(model, params, &kalman->params);
  sx_statespace_build(model, &kalman->params, &kalman->statespace);
  start_padding(kalman, &counter);
  return counter.stopped ? SX_E_INTERRUPTED : SX_OK;
}

sx_status sx_kalman_start(const sx_model *model, const double *params,
                          const sx_interrupt *interrupt, sx_arena *arena,
                          sx_kalman *kalman) {
  sx_status status = sx_kalman_bind(model, params, interrupt, arena, kalman);

  if (status != SX_OK) {
    return status;
  }
  kalman->past = (sx_past){.steady_period = -1};
  kalman->moving = 0;
  kalman->init.interrupt = interrupt;
  status = sx_init_state(model, &kalman->params, &kalman->init, kalman->state,
                         kalman->P, kalman->step.ld);
  kalman->kernels->gather(&kalman->statespace, kalman->P, &kalman->step);
  return status;
}

void sx_kalman_resume(sx_kalman *kalman) {
  kalman->moving = 0;
  kalman->log_cov = log(kalman->past.steady_cov);
  kalman->inverse = 1.0 / kalman->past.steady_cov;
  kalman->kernels->gather(&kalman->statespace, kalman->P, &kalman->step);
  /* In the steady state M is not computed again. */
  kalman->kernels->observe(&kalman->statespace, &kalman->step);
}

/* ---- prediction ---- */

double sx_kalman_mean(const sx_kalman *kalman, const double *state) {
  return design_dot(&kalman->statespace, state);
}

double sx_kalman_cov(const sx_kalman *kalman) { return observe_cov(kalman); }

/* a <- T (a + M u) + c e, from the M in force. */
static void advance_state(sx_kalman *kalman, double u, double intercept) {
  double *old = kalman->state;

  kalman->kernels->mean(&kalman->statespace, kalman->step.m, u, old,
                        kalman->next_state);
  kalman->next_state[kalman->statespace.arma] += intercept;
  kalman->state = kalman->next_state;
  kalman->next_state = old;
}

/* a <- T a + c e, P <- T P T' + R Q R': prediction without an observation. */
static void predict(sx_kalman *kalman, double intercept) {
  memset(kalman->step.m, 0, kalman->step.ld * sizeof(double));
  memset(kalman->step.gain, 0, kalman->step.ld * sizeof(double));
  advance_state(kalman, 0.0, intercept);
  advance_cov(kalman);
}

/* ---- time loop ---- */

/* What a period leaves behind. */
typedef struct period {
  int64_t row;               /* of the series */
  double forecast;           /* d + Z a */
  double forecast_error;     /* v, NaN if missing */
  double forecast_error_cov; /* F */
  double inverse;            /* 1 / F, 0 if missing or skipped */
  double llf;                /* without the scale's part if concentrated */
  double squares;            /* v^2 / F if concentrated, else 0 */
} period;

/* Multiply-adds of a period, about. */
static int64_t period_work(const sx_kalman *kalman) {
  int64_t m = kalman->statespace.k_states;

  return (kalman->past.steady_period >= 0 ? m : m * m) +
         kalman->model->spec.k_exog + 16;
}

static void record(const period *now, sx_filter_output *out) {
  if (out->forecasts) {
    out->forecasts[now->row] = now->forecast;
  }
  if (out->forecasts_error) {
    out->forecasts_error[now->row] = now->forecast_error;
  }
  if (out->forecasts_error_cov) {
    out->forecasts_error_cov[now->row] = now->forecast_error_cov;
  }
  if (out->standardized_forecasts_error) {
    out->standardized_forecasts_error[now->row] =
        now->inverse == 0.0 ? 0.0 : now->forecast_error * sqrt(now->inverse);
  }
  if (out->llf_obs) {
    out->llf_obs[now->row] = now->llf;
  }
}

/* From tau + 2 on P_tau is in force; till then it is kept in P_next. */
static void enter_steady_cov(sx_kalman *kalman) {
  double *last = kalman->P;
  sx_past *past = &kalman->past;

  if (past->entering && past->nobs == past->steady_period + 2) {
    past->entering = 0;
    kalman->P = kalman->P_next;
    kalman->P_next = last;
    kalman->kernels->gather(&kalman->statespace, kalman->P, &kalman->step);
  }
}

/* M and F of the period; in the steady state both stay as they are. */
static void period_cov(sx_kalman *kalman, int missing, period *now) {
  const sx_past *past = &kalman->past;
  int is_frozen = past->steady_period >= 0 && !missing;

  enter_steady_cov(kalman);
  if (!is_frozen || past->nobs <= past->steady_period + 2) {
    now->forecast_error_cov = observe_cov(kalman);
  }
  if (is_frozen) {
    now->forecast_error_cov = past->steady_cov;
  }
}

/* An observed period that is not skipped: likelihood, update, prediction. */
static void update_period(sx_kalman *kalman, double intercept, period *now) {
  const sx_model *model = kalman->model;
  sx_past *past = &kalman->past;
  double u;

  if (past->steady_period < 0) {
    past->steady_cov = now->forecast_error_cov;
    kalman->log_cov = log(now->forecast_error_cov);
    kalman->inverse = 1.0 / now->forecast_error_cov;
  }
  u = kalman->inverse * now->forecast_error;
  now->inverse = kalman->inverse;
  now->llf = -0.5 * (LOG_2PI + kalman->log_cov);
  if (sx_has(model, SX_CONCENTRATE_SCALE)) {
    now->squares = now->forecast_error * u;
  } else {
    now->llf -= 0.5 * (now->forecast_error * u);
  }
  advance_state(kalman, u, intercept);
  if (past->steady_period >= 0) {
    return;
  }
  kalman->kernels->gain(&kalman->statespace, kalman->inverse, &kalman->step);
  advance_cov(kalman);
  if (sx_time_invariant(model) && past->previous_observed &&
      is_steady(kalman, model->spec.tolerance)) {
    past->steady_period = past->nobs;
    past->entering = 1;
  }
}

static void filter_period(sx_kalman *kalman, const sx_series *series,
                          period *now) {
  const sx_model *model = kalman->model;
  sx_past *past = &kalman->past;
  double y = series->endog[now->row];
  int missing = isnan(y);
  double intercept = sx_trend_value(model, &kalman->params, past->nobs);

  now->forecast = design_dot(&kalman->statespace, kalman->state);
  if (model->spec.k_exog > 0) {
    now->forecast += sx_exog_effect(
        model, &kalman->params, series->exog + now->row * model->spec.k_exog);
  }
  period_cov(kalman, missing, now);
  now->forecast_error = y - now->forecast;
  now->inverse = 0.0;
  now->llf = 0.0;
  now->squares = 0.0;
  if (missing ||
      (past->steady_period < 0 && now->forecast_error_cov < SINGULAR_COV)) {
    if (!missing) {
      past->nobs_skipped++;
      now->forecast_error_cov = fmax(now->forecast_error_cov, 0.0);
    }
    past->steady_period = -1;
    past->entering = 0;
    predict(kalman, intercept);
  } else {
    update_period(kalman, intercept, now);
  }
  past->previous_observed = !missing;
  if (past->nobs >= model->loglikelihood_burn) {
    past->llf += now->llf;
    past->squares += now->squares;
    past->observed += !missing;
  }
  past->nobs++;
}

/*
 * Scale concentrated out of the likelihood:
 *   scale = sum v^2/F / n,  llf_t -= (log scale + v^2 / (F scale)) / 2
 * with n the observed periods from the burn on less all skipped ones.
 */
static void concentrate_scale(const sx_kalman *kalman, const sx_series *series,
                              sx_filter_output *out) {
  const sx_past *past = &kalman->past;
  double count = (double)(past->observed - past->nobs_skipped);
  double log_scale;

  out->scale = past->squares / count;
  log_scale = log(out->scale);
  out->loglike = past->llf - 0.5 * count - 0.5 * count * log_scale;
  if (kalman->model->loglikelihood_burn < past->nobs) {
    out->llf -=
        0.5 * ((double)past->observed * log_scale + past->squares / out->scale);
  }
  if (kalman->unscaled) {
    return;
  }
  for (int64_t t = 0; t < series->nobs; t++) {
    if (out->llf_obs) {
      double e = out->standardized_forecasts_error[t];
      double observed = isnan(series->endog[t]) ? 0.0 : 1.0;

      out->llf_obs[t] -= 0.5 * (observed * log_scale + e * e / out->scale);
    }
    if (out->forecasts_error_cov) {
      out->forecasts_error_cov[t] *= out->scale;
    }
  }
  for (int64_t t = 0; out->standardized_forecasts_error && t < series->nobs;
       t++) {
    if (out->standardized_forecasts_error[t] != 0.0) {
      out->standardized_forecasts_error[t] /= sqrt(out->scale);
    }
  }
}

sx_status sx_kalman_filter(sx_kalman *kalman, const sx_series *series,
                           sx_filter_output *out) {
  const sx_past *past = &kalman->past;
  sx_counter counter = {series->interrupt, 0, 0};
  period now;

  if (sx_has(kalman->model, SX_CONCENTRATE_SCALE) && out->llf_obs &&
      !out->standardized_forecasts_error) {
    return SX_E_ARGUMENT;
  }
  for (now.row = 0; now.row < series->nobs; now.row++) {
    filter_period(kalman, series, &now);
    record(&now, out);
    if (sx_interrupt_asked(&counter, period_work(kalman))) {
      return SX_E_INTERRUPTED;
    }
  }
  enter_steady_cov(kalman);
  out->scale = 1.0;
  out->nobs_skipped = past->nobs_skipped;
  out->period_converged = past->steady_period;
  out->llf = past->llf;
  out->loglike = past->llf;
  if (sx_has(kalman->model, SX_CONCENTRATE_SCALE)) {
    concentrate_scale(kalman, series, out);
  }
  if (!isfinite(out->llf) || !isfinite(out->loglike)) {
    return SX_W_NONFINITE;
  }
  return out->nobs_skipped > 0 ? SX_W_SKIPPED : SX_OK;
}

sx_status sx_filter_plan(const sx_model *model, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_kalman kalman;

  sx_kalman_layout(model, &arena, &kalman);
  return sx_arena_plan(&arena, work_size);
}

sx_status sx_filter(const sx_model *model, const sx_series *series,
                    const double *params, void *work, size_t work_size,
                    sx_filter_output *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_kalman kalman;
  sx_status status =
      sx_kalman_start(model, params, series->interrupt, &arena, &kalman);

  return status == SX_OK ? sx_kalman_filter(&kalman, series, out) : status;
}
