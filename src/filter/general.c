/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/general.h"

#include "base/interrupt.h"

#include <math.h>
#include <string.h>

static const double LOG_2PI = 1.8378770664093454836;

/* ---- workspace ---- */

static void layout(const sx_system *system, sx_arena *arena, sx_general *run) {
  size_t m = (size_t)system->k_states;
  double **vectors[] = {&run->state, &run->filtered, &run->next_state,
                        &run->tmp1,  &run->G,        &run->gain,
                        &run->M_inf, &run->K0,       &run->K1};
  double **matrices[] = {&run->covs[0],      &run->covs[1],      &run->cells,
                         &run->selected_cov, &run->steady,       &run->diffuse,
                         &run->diffuse_next, &run->diffuse_cells};

  sx_period_layout(system, arena, &run->period);
  for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
    *vectors[i] = sx_arena_doubles(arena, m);
  }
  for (size_t i = 0; i < sizeof(matrices) / sizeof(*matrices); i++) {
    *matrices[i] = sx_arena_doubles(arena, m * m);
  }
  run->selected = sx_arena_doubles(arena, m * (size_t)system->k_posdef);
  run->filtered_rows =
      (const double **)sx_arena_take(arena, m, sizeof(double *));
  sx_sandwich_layout(m, arena, &run->sandwich);
}

sx_status sx_system_filter_plan(const sx_system *system, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_general run;

  if (system->k_states < 1 || system->k_posdef < 0 || system->nobs < 0) {
    return SX_E_ARGUMENT;
  }
  layout(system, &arena, &run);
  return sx_arena_plan(&arena, work_size);
}

static void start(const sx_system *system, sx_system_filtered *out,
                  sx_general *run) {
  size_t m = (size_t)system->k_states;
  size_t cells = m * m * sizeof(double);

  run->system = system;
  run->out = out;
  run->kernels = sx_sparse_kernels_of(sx_simd_detect());
  run->m = m;
  run->time_invariant = sx_period_is_constant(system);
  run->forgets_steady = sx_period_is_forgotten(system);
  run->converged = 0;
  run->was_singular = 0;
  run->steady_filtered = NULL;
  run->P = run->covs[0];
  run->P_next = run->covs[1];
  run->P_rows = run->steady;
  memcpy(run->state, system->initial_state, m * sizeof(double));
  memcpy(run->covs[0], system->initial_state_cov, cells);
  for (size_t i = 0; i < m; i++) {
    run->filtered_rows[i] = run->covs[0] + i * m;
  }
  run->kernels->transpose(run->filtered_rows, m, run->steady);
  if (system->initial_diffuse_state_cov != NULL) {
    memcpy(run->diffuse, system->initial_diffuse_state_cov, cells);
  } else {
    memset(run->diffuse, 0, cells);
  }
  memset(run->K0, 0, m * sizeof(double));
  out->nobs_diffuse = out->period_converged = 0;
  out->nobs_singular = out->nobs_diffuse_nonsingular = 0;
  if (out->cov_period != NULL) {
    out->cov_period[0] = 0;
  }
  for (int64_t t = 0; out->univariate_filter != NULL && t < system->nobs; t++) {
    out->univariate_filter[t] = system->univariate != 0;
  }
  sx_record_vector(out->predicted_state, 0, run->state, m);
  sx_record_vector(out->predicted_state_cov, 0, run->P, m * m);
  sx_record_vector(out->predicted_diffuse_state_cov, 0, run->diffuse, m * m);
  if (out->last_diffuse_state_cov != NULL) {
    memcpy(out->last_diffuse_state_cov + m * m, run->diffuse, cells);
  }
}

/* selected = R Q, selected_cov = R Q R'. */
static void select_cov(sx_general *run) {
  const sx_sparse *R = &run->period.selection;
  size_t r = (size_t)R->k_columns;
  size_t m = run->m;

  for (size_t i = 0; i < m; i++) {
    double *row = run->selected + i * r;

    for (size_t j = 0; j < r; j++) {
      row[j] = sx_row_dot(&R->rows[i], run->period.state_cov + j * r);
    }
    for (size_t j = 0; j < m; j++) {
      run->selected_cov[i * m + j] = 0.0;
    }
  }
  for (size_t i = 0; i < m; i++) {
    if (R->rows[i].count > 0) {
      for (size_t j = 0; j < m; j++) {
        run->selected_cov[i * m + j] =
            sx_row_dot(&R->rows[j], run->selected + i * r);
      }
    }
  }
}

/* ---- update ---- */

/* P+ = P, a+ = a. */
static void keep(sx_general *run) {
  memcpy(run->filtered, run->state, run->m * sizeof(double));
  for (size_t k = 0; k < run->m; k++) {
    run->filtered_rows[k] = run->P_rows + k * run->m;
  }
}

static void observe(sx_general *run) {
  const sx_period *period = &run->period;
  sx_system_filtered *out = run->out;

  run->f = sx_period_dot(period, run->state) + period->obs_intercept;
  run->v = run->system->endog[run->t] - run->f;
  if (!run->converged || !run->system->univariate) {
    sx_period_project(period, run->P, run->m, run->tmp1);
  }
  if (!run->converged) {
    run->F = sx_period_cov(period, run->m, run->tmp1) + period->obs_cov;
    run->log_F = log(run->F);
  }
  sx_record_number(out->forecast, run->t, run->f);
  sx_record_number(out->forecast_error, run->t, run->v);
  sx_record_vector(run->system->univariate ? out->M : out->tmp1, run->t,
                   run->tmp1, run->m);
}

/* F is too small: nothing is updated, and nothing enters the likelihood. */
static void update_singular(sx_general *run) {
  run->singular = 1;
  run->out->nobs_singular++;
  if (run->out->univariate_filter != NULL) {
    run->out->univariate_filter[run->t] = 1;
  }
  sx_record_number(run->out->forecast_error_cov, run->t,
                   run->F < 0.0 ? 0.0 : run->F);
  sx_record_vector(run->out->M, run->t, run->tmp1, run->m);
  keep(run);
}

/* G = P (Z / F)', the gain, and the rows of P+ = P - G M'. */
static void update_cov(sx_general *run, double inverse) {
  const sx_period *period = &run->period;
  double *target = sx_record_at(run->out->filtered_state_cov, run->t);
  size_t m = run->m;

  memset(run->G, 0, m * sizeof(double));
  for (int32_t z = 0; z < period->k_design; z++) {
    const double *column = run->P + (size_t)period->support[z] * m;
    double value = inverse * period->design[period->support[z]];

    for (size_t i = 0; i < m; i++) {
      run->G[i] += column[i] * value;
    }
  }
  for (size_t i = 0; i < m; i++) {
    run->gain[i] = run->system->univariate
                       ? run->G[i]
                       : sx_row_dot(&period->transition.rows[i], run->G);
    run->filtered_rows[i] = run->cells + i * m;
  }
  run->kernels->minus_outer(run->P_rows, run->G, run->tmp1, m, run->cells);
  if (target != NULL) {
    run->kernels->minus_outer(run->P, run->tmp1, run->G, m, target);
  }
}

/* v, F are there: a+ = a + M v / F, the likelihood. */
static void update(sx_general *run) {
  sx_system_filtered *out = run->out;
  double inverse = 1.0 / run->F;
  double u = inverse * run->v;
  int64_t t = run->t;
  size_t m = run->m;

  sx_record_number(out->forecast_error_cov, t, run->F);
  sx_record_number(out->tmp2, t, u);
  sx_record_scaled(out->tmp3, t, run->period.design, inverse, m);
  sx_record_number(out->tmp4, t, inverse * run->period.obs_cov);
  sx_record_number(out->standardized_forecast_error, t, run->v * sqrt(inverse));
  for (size_t i = 0; i < m; i++) {
    run->filtered[i] = run->state[i] + run->tmp1[i] * u;
  }
  if (!run->converged) {
    update_cov(run, inverse);
  } else if (run->steady_filtered != NULL) {
    sx_record_vector(out->filtered_state_cov, t, run->steady_filtered, m * m);
  }
  sx_record_vector(out->kalman_gain, t, run->gain, m);
  sx_record_number(out->loglikelihood, t,
                   -0.5 * (LOG_2PI + run->log_F) -
                       (run->system->concentrated ? 0.0 : 0.5 * (run->v * u)));
  if (run->system->concentrated) {
    sx_record_number(out->scale, t, run->v * u);
  }
}

/* One period's a+, P+. */
static void update_period(sx_general *run) {
  double *target = sx_record_at(run->out->filtered_state_cov, run->t);

  run->singular = 0;
  run->missing = isnan(run->system->endog[run->t]);
  if (run->missing) {
    run->converged = 0;
    sx_record_number(run->out->forecast, run->t, 0.0);
    sx_record_number(run->out->forecast_error, run->t, 0.0);
    sx_record_number(run->out->forecast_error_cov, run->t, 0.0);
    keep(run);
  } else if (run->in_diffuse) {
    sx_general_update_diffuse(run);
  } else {
    observe(run);
    if (sx_period_is_singular(run->system, run->F)) {
      update_singular(run);
    } else {
      update(run);
    }
  }
  if (target != NULL && (run->missing || run->singular)) {
    memcpy(target, run->P, run->m * run->m * sizeof(double));
  }
  sx_record_vector(run->out->filtered_state, run->t, run->filtered, run->m);
}

/* ---- prediction ---- */

static void write_predicted_cov(const sx_general *run) {
  int64_t *cov_period = run->out->cov_period;

  if (cov_period != NULL && run->converged) {
    cov_period[run->t + 1] = cov_period[run->out->period_converged];
    return;
  }
  sx_record_vector(run->out->predicted_state_cov, run->t + 1, run->P_next,
                   run->m * run->m);
  if (cov_period != NULL) {
    cov_period[run->t + 1] = run->t + 1;
  }
}

static void predict(sx_general *run) {
  const sx_row *transition = run->period.transition.rows;
  size_t m = run->m;

  for (size_t i = 0; i < m; i++) {
    run->next_state[i] = run->period.state_intercept[i] +
                         sx_row_dot(&transition[i], run->filtered);
  }
  if (run->converged) {
    run->P_next = run->steady;
  } else {
    sx_sandwich(run->kernels, transition, run->filtered_rows, transition, m,
                &run->sandwich);
    run->kernels->symmetrize(run->sandwich.result, run->selected_cov, m,
                             run->P_next);
  }
  if (run->in_diffuse) {
    sx_general_predict_diffuse(run);
    sx_record_vector(run->out->predicted_diffuse_state_cov, run->t + 1,
                     run->diffuse_next, m * m);
  }
  sx_record_vector(run->out->predicted_state, run->t + 1, run->next_state, m);
  write_predicted_cov(run);
}

/* sum_ij (P - P_next)_ij^2 < tolerance; gives up as soon as it is not. */
static int is_steady(const sx_general *run) {
  double sum = 0.0;

  for (size_t i = run->m * run->m; i-- > 0;) {
    double change = run->P[i] - run->P_next[i];

    sum += change * change;
    if (!(sum < run->system->tolerance)) {
      return 0;
    }
  }
  return 1;
}

static void check_convergence(sx_general *run) {
  int64_t t = run->t;

  if (!run->time_invariant || run->converged || run->missing ||
      t < run->out->nobs_diffuse + 1 || isnan(run->system->endog[t - 1]) ||
      !is_steady(run)) {
    return;
  }
  run->converged = 1;
  run->out->period_converged = t;
  run->steady_filtered = sx_record_at(run->out->filtered_state_cov, t);
  memcpy(run->steady, run->P, run->m * run->m * sizeof(double));
}

/* Goes on to the next period. */
static void shift(sx_general *run) {
  double *state = run->state;

  run->state = run->next_state;
  run->next_state = state;
  run->P = run->P_rows = run->P_next;
  run->P_next = run->P == run->covs[0] ? run->covs[1] : run->covs[0];
  if (run->in_diffuse) {
    double *diffuse = run->diffuse;

    run->diffuse = run->diffuse_next;
    run->diffuse_next = diffuse;
  }
  run->was_singular = run->singular;
}

/* Arrays of two periods: before and after the last. */
static void keep_last(const sx_general *run) {
  sx_system_filtered *out = run->out;
  size_t m = run->m;

  if (out->last_state != NULL && run->t == run->system->nobs - 1) {
    memcpy(out->last_state, run->state, m * sizeof(double));
    memcpy(out->last_state + m, run->next_state, m * sizeof(double));
  }
  if (out->last_state_cov != NULL && run->t == run->system->nobs - 1) {
    memcpy(out->last_state_cov, run->P, m * m * sizeof(double));
    memcpy(out->last_state_cov + m * m, run->P_next, m * m * sizeof(double));
  }
  if (out->last_diffuse_state_cov != NULL && run->in_diffuse) {
    memcpy(out->last_diffuse_state_cov, run->diffuse, m * m * sizeof(double));
    memcpy(out->last_diffuse_state_cov + m * m, run->diffuse_next,
           m * m * sizeof(double));
  }
}

static void filter_period(sx_general *run) {
  const sx_system *system = run->system;
  int first = run->t == 0;

  if (run->converged && run->was_singular && !system->univariate) {
    run->converged = 0;
    run->out->period_converged = 0;
  }
  run->converged = run->converged && !run->forgets_steady;
  sx_period_load(system, run->t, first, &run->period);
  if (first || system->selection.step != 0 || system->state_cov.step != 0) {
    select_cov(run);
  }
  run->in_diffuse =
      run->t == run->out->nobs_diffuse && sx_general_is_diffuse(run);
  run->out->nobs_diffuse += run->in_diffuse;
  update_period(run);
  predict(run);
  keep_last(run);
  check_convergence(run);
  shift(run);
}

sx_status sx_system_filter(const sx_system *system, void *work,
                           size_t work_size, sx_system_filtered *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_counter counter = {system->interrupt, 0, 0};
  int64_t step = (int64_t)system->k_states * system->k_states * 4;
  sx_general run;

  layout(system, &arena, &run);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  start(system, out, &run);
  for (run.t = 0; run.t < system->nobs; run.t++) {
    filter_period(&run);
    if (sx_interrupt_asked(&counter, step)) {
      return SX_E_INTERRUPTED;
    }
  }
  out->converged = run.converged;
  return SX_OK;
}
