/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/smooth.h"

#include "base/interrupt.h"

#include <math.h>
#include <string.h>

/* ---- workspace ---- */

static void layout(const sx_system *system, sx_arena *arena, sx_smooth *run) {
  size_t m = (size_t)system->k_states;
  double **vectors[] = {&run->estimator, &run->next_estimator, &run->vector,
                        &run->product,   &run->other,          &run->gain};
  double **matrices[] = {&run->N, &run->N_next, &run->V, &run->V_next,
                         &run->L_cells};
  const double ***pointers[] = {&run->pointers, &run->P_columns,
                                &run->next_columns};

  sx_period_layout(system, arena, &run->period);
  for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
    *vectors[i] = sx_arena_doubles(arena, m);
  }
  for (size_t i = 0; i < sizeof(matrices) / sizeof(*matrices); i++) {
    *matrices[i] = sx_arena_doubles(arena, m * m);
  }
  for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++) {
    *pointers[i] = (const double **)sx_arena_take(arena, m, sizeof(double *));
  }
  run->L_columns = (sx_row *)sx_arena_take(arena, m, sizeof(sx_row));
  run->identity = (sx_row *)sx_arena_take(arena, m, sizeof(sx_row));
  run->zero = (sx_row *)sx_arena_take(arena, m, sizeof(sx_row));
  run->every = sx_arena_int32(arena, m);
  run->moved_to = sx_arena_int32(arena, m);
  run->others = sx_arena_int32(arena, m);
  run->runs = (sx_moved_run *)sx_arena_take(arena, m, sizeof(sx_moved_run));
  run->selected = sx_arena_doubles(arena, m * (size_t)system->k_posdef);
  sx_sandwich_layout(m, arena, &run->sandwich);
  sx_smooth_diffuse_layout(system, arena, run);
}

sx_status sx_system_smooth_plan(const sx_system *system, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_smooth run;

  if (system->k_states < 1 || system->k_posdef < 0 || system->nobs < 0) {
    return SX_E_ARGUMENT;
  }
  layout(system, &arena, &run);
  return sx_arena_plan(&arena, work_size);
}

const double *sx_smooth_cov_of(const sx_smooth *run, int64_t t) {
  const int64_t *period = run->passed->cov_period;
  size_t place = (size_t)(period == NULL ? t : period[t]);

  return run->passed->predicted_state_cov + place * run->m * run->m;
}

static void start(const sx_system *system, const sx_system_passed *passed,
                  sx_system_smoothed *out, sx_smooth *run) {
  static const double ONE = 1.0;
  size_t m = (size_t)system->k_states;

  run->system = system;
  run->passed = passed;
  run->out = out;
  run->kernels = sx_sparse_kernels_of(sx_simd_detect());
  run->m = m;
  run->r = (size_t)system->k_posdef;
  memset(run->estimator, 0, m * sizeof(double));
  memset(run->next_estimator, 0, m * sizeof(double));
  memset(run->N, 0, m * m * sizeof(double));
  memset(run->N_next, 0, m * m * sizeof(double));
  run->V_of_next = sx_smooth_cov_of(run, system->nobs);
  run->state_of_next = passed->predicted_state + (size_t)system->nobs * m;
  for (size_t i = 0; i < m; i++) {
    run->every[i] = (int32_t)i;
    run->identity[i] = (sx_row){1, (int32_t)i, run->every + i, &ONE};
    run->zero[i] = (sx_row){0, -1, run->every, &ONE};
  }
}

void sx_smooth_point(size_t m, const double *cells, const double **pointers) {
  for (size_t i = 0; i < m; i++) {
    pointers[i] = cells + i * m;
  }
}

/* ---- products ---- */

void sx_smooth_columns(const sx_smooth *run, const sx_row *a, const double *K,
                       sx_row *columns, double *cells) {
  const sx_period *period = &run->period;
  size_t m = run->m;

  memcpy(columns, a, m * sizeof(sx_row));
  for (int32_t z = 0; z < period->k_design; z++) {
    size_t j = (size_t)period->support[z];
    sx_row plain = a[j];
    double *column = cells + j * m;

    for (size_t i = 0; i < m; i++) {
      column[i] = -(K[i] * period->design[j]);
    }
    for (int32_t e = 0; e < plain.count; e++) {
      column[plain.column[e]] += plain.value[e];
    }
    columns[j] = (sx_row){(int32_t)m, -1, run->every, column};
  }
}

void sx_smooth_times(const sx_row *columns, const double *vector, size_t m,
                     double *target) {
  for (size_t j = 0; j < m; j++) {
    target[j] = sx_row_dot(&columns[j], vector);
  }
}

void sx_smooth_add_design(const sx_smooth *run, double value, double *target) {
  const sx_period *period = &run->period;

  for (int32_t a = 0; a < period->k_design; a++) {
    size_t i = (size_t)period->support[a];

    for (int32_t b = 0; b < period->k_design; b++) {
      size_t j = (size_t)period->support[b];

      target[j * run->m + i] += period->design[i] * (value * period->design[j]);
    }
  }
}

void sx_smooth_write_transition(const sx_smooth *run, const sx_row *columns) {
  double *target = run->out->innovations_transition;
  size_t m = run->m;

  if (target == NULL) {
    return;
  }
  target += (size_t)run->t * m * m;
  for (size_t j = 0; j < m; j++) {
    for (int32_t e = 0; e < columns[j].count; e++) {
      target[j * m + (size_t)columns[j].column[e]] = columns[j].value[e];
    }
  }
}

/* target = X y, X by its columns; target and y are not the same. */
static void multiply(const sx_smooth *run, const double *const *X,
                     const double *y, double *target) {
  sx_row row = {(int32_t)run->m, -1, run->every, y};

  run->kernels->combine(&row, X, run->m, target);
}

/* ---- estimators ---- */

static int is_updated(const sx_smooth *run) {
  if (isnan(run->system->endog[run->t])) {
    return 0;
  }
  return run->system->univariate
             ? run->passed->forecast_error_cov[run->t] > SX_TOLERANCE_DIFFUSE
             : run->passed->univariate_filter[run->t] == 0;
}

/* K from the filter's, which lacks T where it is univariate. */
static void load_gain(sx_smooth *run) {
  const double *passed = run->passed->kalman_gain + (size_t)run->t * run->m;
  const sx_row *transition = run->period.transition.rows;

  for (size_t i = 0; i < run->m; i++) {
    run->gain[i] = run->system->univariate ? sx_row_dot(&transition[i], passed)
                                           : passed[i];
  }
}

/* u = v / F - K' r; statsmodels' univariate smoother leaves it out. */
static void smooth_error(sx_smooth *run, double u) {
  double sum = 0.0;

  for (size_t i = 0; i < run->m; i++) {
    sum += run->gain[i] * run->next_estimator[i];
  }
  run->error = u - sum;
  if (run->out->smoothing_error != NULL && !run->system->univariate) {
    run->out->smoothing_error[run->t] = run->error;
  }
}

/* r and N of a period that is not diffuse. */
static void smooth_estimators(sx_smooth *run) {
  const sx_period *period = &run->period;
  size_t m = run->m;
  int updated = is_updated(run);
  double inverse = 1.0 / run->passed->forecast_error_cov[run->t];
  double u = inverse * run->passed->forecast_error[run->t];
  const sx_row *columns = period->transposed.rows;

  if (updated) {
    load_gain(run);
    smooth_error(run, u);
    sx_smooth_columns(run, columns, run->gain, run->L_columns, run->L_cells);
    columns = run->L_columns;
  }
  if (run->out->means) {
    sx_smooth_times(columns, run->next_estimator, m, run->estimator);
    if (updated) {
      for (int32_t z = 0; z < period->k_design; z++) {
        run->estimator[period->support[z]] +=
            period->design[period->support[z]] * u;
      }
    }
  }
  if (run->out->covs) {
    sx_smooth_point(m, run->N_next, run->pointers);
    sx_sandwich(run->kernels, columns, run->pointers, columns, m,
                &run->sandwich);
    for (size_t j = 0; j < m; j++) {
      memcpy(run->N + j * m, run->sandwich.result[j], m * sizeof(double));
    }
    if (updated) {
      sx_smooth_add_design(run, inverse, run->N);
    }
  }
  sx_smooth_write_transition(run, columns);
  if (!updated) {
    memcpy(run->L_columns, columns, m * sizeof(sx_row));
  }
}

/* ---- states ---- */

/* Which states are a later one's only source, and without a shock. */
static void find_moved(sx_smooth *run) {
  const sx_row *transition = run->period.transition.rows;
  const sx_row *selection = run->period.selection.rows;
  int32_t *moved_to = run->moved_to;
  int32_t m = (int32_t)run->m;

  for (int32_t j = 0; j < m; j++) {
    moved_to[j] = -1;
  }
  for (int32_t i = 0; i < m; i++) {
    if (transition[i].copy >= 0 && selection[i].count == 0) {
      moved_to[transition[i].copy] = i;
    }
  }
  run->k_others = run->k_runs = 0;
  for (int32_t j = 0; j < m; j++) {
    if (moved_to[j] < 0) {
      run->others[run->k_others++] = j;
    } else if (j > 0 && moved_to[j - 1] >= 0 &&
               moved_to[j] == moved_to[j - 1] + 1) {
      run->runs[run->k_runs - 1].count++;
    } else {
      run->runs[run->k_runs++] = (sx_moved_run){j, 1, moved_to[j]};
    }
  }
}

/* vector = - N y */
static void minus_product(sx_smooth *run, const double *N, const double *y) {
  sx_smooth_point(run->m, N, run->pointers);
  multiply(run, run->pointers, y, run->vector);
  for (size_t i = 0; i < run->m; i++) {
    run->vector[i] = -run->vector[i];
  }
}

/* Column j of V = P (I - N P); P is large at first, and I - N P small. */
static void smooth_column(sx_smooth *run, size_t j, double *V) {
  minus_product(run, run->N, run->P_columns[j]);
  run->vector[j] += 1.0;
  multiply(run, run->P_columns, run->vector, V + j * run->m);
}

/* Column j of (I - P_{t+1} N_t) L P. */
static void smooth_cross_column(sx_smooth *run, size_t j, double *cross) {
  const double *column = run->P_columns[j];
  size_t m = run->m;

  memset(run->other, 0, m * sizeof(double));
  for (size_t k = 0; k < m; k++) {
    for (int32_t e = 0; e < run->L_columns[k].count; e++) {
      run->other[run->L_columns[k].column[e]] +=
          run->L_columns[k].value[e] * column[k];
    }
  }
  minus_product(run, run->N_next, run->other);
  multiply(run, run->next_columns, run->vector, cross + j * m);
  for (size_t i = 0; i < m; i++) {
    cross[j * m + i] += run->other[i];
  }
}

/* Column j of V_t from V_{t+1}; where that has none, from the row. */
static void move_column(const sx_smooth *run, size_t j, double *V) {
  size_t m = run->m;
  const double *source = run->V_of_next + (size_t)run->moved_to[j] * m;
  double *column = V + j * m;

  for (int32_t k = 0; k < run->k_runs; k++) {
    sx_moved_run moved = run->runs[k];

    memcpy(column + moved.first, source + moved.target,
           (size_t)moved.count * sizeof(double));
  }
  for (int32_t k = 0; k < run->k_others; k++) {
    size_t i = (size_t)run->others[k];

    column[i] = V[i * m + j];
  }
}

static void smooth_cov(sx_smooth *run) {
  size_t m = run->m;
  size_t place = (size_t)run->t * m * m;
  double *V = run->out->smoothed_state_cov == NULL
                  ? run->V
                  : run->out->smoothed_state_cov + place;
  double *cross = run->out->smoothed_state_autocov == NULL
                      ? NULL
                      : run->out->smoothed_state_autocov + place;
  double *spare = run->V;

  for (int32_t k = 0; k < run->k_others; k++) {
    smooth_column(run, (size_t)run->others[k], V);
    if (cross != NULL) {
      smooth_cross_column(run, (size_t)run->others[k], cross);
    }
  }
  for (size_t j = 0; j < m; j++) {
    if (run->moved_to[j] >= 0) {
      move_column(run, j, V);
    }
    if (run->moved_to[j] >= 0 && cross != NULL) {
      memcpy(cross + j * m, run->V_of_next + (size_t)run->moved_to[j] * m,
             m * sizeof(double));
    }
  }
  run->V_of_next = V;
  run->V = run->V_next;
  run->V_next = spare;
}

static void smooth_mean(sx_smooth *run) {
  const double *predicted = run->passed->predicted_state;
  size_t m = run->m;
  double *state = run->out->smoothed_state + (size_t)run->t * m;

  for (int32_t k = 0; k < run->k_others; k++) {
    size_t j = (size_t)run->others[k];
    double sum = 0.0;

    for (size_t i = 0; i < m; i++) {
      sum += run->P_columns[j][i] * run->estimator[i];
    }
    state[j] = predicted[(size_t)run->t * m + j] + sum;
  }
  for (size_t j = 0; j < m; j++) {
    if (run->moved_to[j] >= 0) {
      state[j] = run->state_of_next[run->moved_to[j]] -
                 run->period.state_intercept[run->moved_to[j]];
    }
  }
  run->state_of_next = state;
}

static void smooth_state(sx_smooth *run, int first) {
  const sx_system *system = run->system;

  if (first || system->transition.step != 0 || system->selection.step != 0) {
    find_moved(run);
  }
  sx_smooth_point(run->m, sx_smooth_cov_of(run, run->t), run->P_columns);
  sx_smooth_point(run->m, sx_smooth_cov_of(run, run->t + 1), run->next_columns);
  if (run->out->smoothed_state != NULL) {
    smooth_mean(run);
  }
  if (run->out->smoothed_state_cov != NULL ||
      run->out->smoothed_state_autocov != NULL) {
    smooth_cov(run);
  }
}

/* ---- disturbances ---- */

/* Columns of R Q. */
static void select_cov(sx_smooth *run) {
  const sx_row *R = run->period.selection.rows;

  for (size_t j = 0; j < run->r; j++) {
    for (size_t i = 0; i < run->m; i++) {
      run->selected[j * run->m + i] =
          sx_row_dot(&R[i], run->period.state_cov + j * run->r);
    }
  }
}

static double dot(size_t n, const double *a, const double *b) {
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

/* x' N_t y */
static double quadratic(sx_smooth *run, const double *x, const double *y) {
  sx_smooth_point(run->m, run->N_next, run->pointers);
  multiply(run, run->pointers, y, run->product);
  return dot(run->m, x, run->product);
}

static void smooth_state_disturbance(sx_smooth *run) {
  size_t m = run->m;
  size_t r = run->r;
  double *mean = run->out->smoothed_state_disturbance;
  double *cov = run->out->smoothed_state_disturbance_cov;

  for (size_t j = 0; j < r; j++) {
    const double *column = run->selected + j * m;

    if (mean != NULL) {
      mean[(size_t)run->t * r + j] = dot(m, column, run->next_estimator);
    }
    for (size_t i = 0; i < r && cov != NULL; i++) {
      cov[((size_t)run->t * r + j) * r + i] =
          run->period.state_cov[j * r + i] -
          quadratic(run, run->selected + i * m, column);
    }
  }
}

/* Of a period that is not diffuse. */
static void smooth_measurement_disturbance(sx_smooth *run) {
  double H = run->period.obs_cov;
  int updated = is_updated(run);

  if (updated && run->out->smoothed_measurement_disturbance != NULL) {
    run->out->smoothed_measurement_disturbance[run->t] = H * run->error;
  }
  if (run->out->smoothed_measurement_disturbance_cov != NULL) {
    double inverse = 1.0 / run->passed->forecast_error_cov[run->t];
    double gain = 0.0;

    if (updated && H != 0.0) {
      gain = H * (inverse * H) + H * H * quadratic(run, run->gain, run->gain);
    }
    run->out->smoothed_measurement_disturbance_cov[run->t] = H - gain;
  }
}

/* ---- time loop ---- */

static void write_estimators(const sx_smooth *run) {
  size_t m = run->m;
  size_t t = (size_t)run->t;

  if (run->out->scaled_smoothed_estimator != NULL) {
    memcpy(run->out->scaled_smoothed_estimator + t * m, run->estimator,
           m * sizeof(double));
  }
  if (run->out->scaled_smoothed_estimator_cov != NULL) {
    memcpy(run->out->scaled_smoothed_estimator_cov + t * m * m, run->N,
           m * m * sizeof(double));
  }
}

static void shift(sx_smooth *run) {
  double *estimator = run->estimator;
  double *N = run->N;

  run->estimator = run->next_estimator;
  run->next_estimator = estimator;
  run->N = run->N_next;
  run->N_next = N;
}

static void smooth_period(sx_smooth *run) {
  const sx_system *system = run->system;
  int last = run->t == system->nobs - 1;

  if (run->t == run->passed->nobs_diffuse - 1) {
    sx_smooth_diffuse_start(run);
  }
  if (run->t < run->passed->nobs_diffuse) {
    sx_smooth_diffuse(run);
  } else {
    sx_period_load(system, run->t, last, &run->period);
    smooth_estimators(run);
    smooth_state(run, last);
    smooth_measurement_disturbance(run);
  }
  if (run->r > 0 && (run->out->smoothed_state_disturbance != NULL ||
                     run->out->smoothed_state_disturbance_cov != NULL)) {
    if (last || system->selection.step != 0 || system->state_cov.step != 0) {
      select_cov(run);
    }
    smooth_state_disturbance(run);
  }
  write_estimators(run);
  shift(run);
}

sx_status sx_system_smooth(const sx_system *system,
                           const sx_system_passed *passed, void *work,
                           size_t work_size, sx_system_smoothed *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_counter counter = {system->interrupt, 0, 0};
  int64_t step = (int64_t)system->k_states * system->k_states * 8;
  sx_smooth run;

  layout(system, &arena, &run);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  start(system, passed, out, &run);
  for (run.t = system->nobs - 1; run.t >= 0; run.t--) {
    smooth_period(&run);
    if (sx_interrupt_asked(&counter, step)) {
      return SX_E_INTERRUPTED;
    }
  }
  return SX_OK;
}
