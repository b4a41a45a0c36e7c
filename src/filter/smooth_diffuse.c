/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The smoother in the exact diffuse periods (Durbin & Koopman 2012, section
 * 5.3), as statsmodels has it (_smoothers/_univariate_diffuse.pyx):
 *
 *     F_inf > 0:
 *     r_inf <- Z' v / F_inf + L0' r_inf + L1' r,  r <- L0' r,
 *     N2 <- - Z'Z F / F_inf^2 + L0' N2 L0 + L0' N1 L1 + L1' N1' L0 + L1' N L1
 *     N1 <- Z'Z / F_inf + L0' N1 L0 + L1' N L0,  N <- L0' N L0
 *     else:
 *     r <- Z' v / F + L0' r,  N <- Z'Z / F + L0' N L0,  N1 <- N1 L0
 *
 *     E(a_t | Y) = a_t + P r + P_inf r_inf
 *     V_t = P - P N P - P_inf N1 P - P N1' P_inf - P_inf N2 P_inf
 */
#include "filter/smooth.h"

#include <math.h>
#include <string.h>

void sx_smooth_diffuse_layout(const sx_system *system, sx_arena *arena,
                              sx_smooth *run) {
  size_t m = (size_t)system->k_states;
  double **vectors[] = {&run->estimator_inf, &run->next_estimator_inf, &run->K0,
                        &run->K1};
  double **matrices[] = {&run->N1, &run->N2, &run->cells, &run->L1_cells};

  for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
    *vectors[i] = sx_arena_doubles(arena, m);
  }
  for (size_t i = 0; i < sizeof(matrices) / sizeof(*matrices); i++) {
    *matrices[i] = sx_arena_doubles(arena, m * m);
  }
  run->L1_columns = (sx_row *)sx_arena_take(arena, m, sizeof(sx_row));
}

void sx_smooth_diffuse_start(sx_smooth *run) {
  size_t cells = run->m * run->m * sizeof(double);

  memset(run->next_estimator_inf, 0, run->m * sizeof(double));
  memset(run->N1, 0, cells);
  memset(run->N2, 0, cells);
}

/* ---- products ---- */

/* X <- A' X B, with A and B by their columns. */
static void sandwich(sx_smooth *run, const sx_row *a, const sx_row *b,
                     double *X) {
  size_t m = run->m;

  sx_smooth_point(m, X, run->pointers);
  run->kernels->transpose(run->pointers, m, run->cells);
  sx_smooth_point(m, run->cells, run->pointers);
  sx_sandwich(run->kernels, a, run->pointers, b, m, &run->sandwich);
  for (size_t j = 0; j < m; j++) {
    memcpy(X + j * m, run->sandwich.result[j], m * sizeof(double));
  }
}

/* target += A' X B */
static void add_sandwich(sx_smooth *run, const sx_row *a, const double *X,
                         const sx_row *b, double *target) {
  size_t m = run->m;

  sx_smooth_point(m, X, run->pointers);
  run->kernels->transpose(run->pointers, m, run->cells);
  sx_smooth_point(m, run->cells, run->pointers);
  sx_sandwich(run->kernels, a, run->pointers, b, m, &run->sandwich);
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < m; i++) {
      target[j * m + i] += run->sandwich.result[j][i];
    }
  }
}

/* target_ij += source_ji */
static void add_transpose(size_t m, const double *source, double *target) {
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < m; i++) {
      target[j * m + i] += source[i * m + j];
    }
  }
}

/* target = A X B for dense A, X, B by columns. */
static void dense_sandwich(sx_smooth *run, const double *A, const double *X,
                           const double *B, double *target) {
  size_t m = run->m;

  for (size_t j = 0; j < m; j++) {
    sx_row row = {(int32_t)m, -1, run->every, B + j * m};

    sx_smooth_point(m, X, run->pointers);
    run->kernels->combine(&row, run->pointers, m, run->product);
    row.value = run->product;
    sx_smooth_point(m, A, run->pointers);
    run->kernels->combine(&row, run->pointers, m, target + j * m);
  }
}

/* ---- one period ---- */

/* From period t + 1 to t, by T' and T. */
static void pass_transition(sx_smooth *run) {
  const sx_row *columns = run->period.transposed.rows;
  size_t m = run->m;

  sx_smooth_times(columns, run->next_estimator, m, run->estimator);
  sx_smooth_times(columns, run->next_estimator_inf, m, run->estimator_inf);
  memcpy(run->N, run->N_next, m * m * sizeof(double));
  sandwich(run, columns, columns, run->N);
  sandwich(run, columns, columns, run->N1);
  sandwich(run, columns, columns, run->N2);
}

static void add_to_design(const sx_smooth *run, double value, double *target) {
  const sx_period *period = &run->period;

  for (int32_t z = 0; z < period->k_design; z++) {
    target[period->support[z]] += value * period->design[period->support[z]];
  }
}

/* r, r_inf, N, N1, N2 where F_inf > 0. */
static void update_infinite(sx_smooth *run, double F_inf) {
  const sx_row *L0 = run->L_columns;
  const sx_row *L1 = run->L1_columns;
  double F1 = 1.0 / F_inf;
  double F = run->passed->forecast_error_cov[run->t];
  size_t m = run->m;

  sx_smooth_times(L0, run->estimator_inf, m, run->product);
  sx_smooth_times(L1, run->estimator, m, run->other);
  for (size_t i = 0; i < m; i++) {
    run->estimator_inf[i] = run->product[i] + run->other[i];
  }
  add_to_design(run, F1 * run->passed->forecast_error[run->t],
                run->estimator_inf);
  sx_smooth_times(L0, run->estimator, m, run->product);
  memcpy(run->estimator, run->product, m * sizeof(double));
  sandwich(run, L0, L0, run->N2);
  memset(run->V, 0, m * m * sizeof(double));
  add_sandwich(run, L0, run->N1, L1, run->V);
  add_transpose(m, run->V, run->N2);
  for (size_t i = 0; i < m * m; i++) {
    run->N2[i] += run->V[i];
  }
  add_sandwich(run, L1, run->N, L1, run->N2);
  sx_smooth_add_design(run, -F * F1 * F1, run->N2);
  sandwich(run, L0, L0, run->N1);
  add_sandwich(run, L1, run->N, L0, run->N1);
  sx_smooth_add_design(run, F1, run->N1);
  sandwich(run, L0, L0, run->N);
}

/* The same where F_inf = 0 and F is not. */
static void update_finite(sx_smooth *run) {
  const sx_row *L0 = run->L_columns;
  double inverse = 1.0 / run->passed->forecast_error_cov[run->t];
  size_t m = run->m;

  sx_smooth_times(L0, run->estimator, m, run->product);
  memcpy(run->estimator, run->product, m * sizeof(double));
  add_to_design(run, inverse * run->passed->forecast_error[run->t],
                run->estimator);
  sandwich(run, L0, L0, run->N);
  sx_smooth_add_design(run, inverse, run->N);
  sx_smooth_point(m, run->N1, run->pointers);
  for (size_t j = 0; j < m; j++) {
    run->kernels->combine(&L0[j], run->pointers, m, run->cells + j * m);
  }
  memcpy(run->N1, run->cells, m * m * sizeof(double));
}

/* K0 and K1 of the filter; without an update zero. Returns F_inf. */
static double find_gains(sx_smooth *run) {
  const double *M = run->passed->M + (size_t)run->t * run->m;
  const double *M_inf = run->passed->M_inf + (size_t)run->t * run->m;
  double F = run->passed->forecast_error_cov[run->t];
  double F_inf = run->passed->forecast_error_diffuse_cov[run->t];

  for (size_t i = 0; i < run->m; i++) {
    run->K0[i] = 0.0;
    run->K1[i] = 0.0;
    if (F_inf > SX_TOLERANCE_DIFFUSE) {
      run->K0[i] = (1.0 / F_inf) * M_inf[i];
      run->K1[i] = (1.0 / F_inf) * M[i] + (-F * (1.0 / F_inf)) * run->K0[i];
    } else if (F != 0.0) {
      run->K0[i] = (1.0 / F) * M[i];
    }
  }
  return F_inf;
}

/* eps and its variance, from r and N before the update. */
static void smooth_measurement_disturbance(sx_smooth *run, double F_inf) {
  double *mean = run->out->smoothed_measurement_disturbance;
  double *cov = run->out->smoothed_measurement_disturbance_cov;
  double H = run->period.obs_cov;
  double F = run->passed->forecast_error_cov[run->t];
  double own = F_inf <= SX_TOLERANCE_DIFFUSE && F != 0.0 ? 1.0 / F : 0.0;
  double v = run->passed->forecast_error[run->t];
  double sum = 0.0;
  double square = 0.0;

  for (size_t j = 0; j < run->m; j++) {
    double product = 0.0;

    for (size_t i = 0; i < run->m; i++) {
      product += run->N[j * run->m + i] * run->K0[i];
    }
    square += run->K0[j] * product;
    sum += run->K0[j] * run->estimator[j];
  }
  if (mean != NULL) {
    mean[run->t] = H * (v * own - sum);
  }
  if (cov != NULL) {
    cov[run->t] = H * (1.0 - H * (own + square));
  }
}

/* target_i += sum_j X_ij y_j, X by its columns. */
static void add_product(const sx_smooth *run, const double *X, const double *y,
                        double *target) {
  for (size_t j = 0; j < run->m; j++) {
    for (size_t i = 0; i < run->m; i++) {
      target[i] += X[j * run->m + i] * y[j];
    }
  }
}

static void smooth_cov(sx_smooth *run, const double *P, const double *P_inf) {
  size_t m = run->m;
  double *V = run->out->smoothed_state_cov + (size_t)run->t * m * m;
  double *term = run->cells;

  memcpy(V, P, m * m * sizeof(double));
  dense_sandwich(run, P, run->N, P, term);
  for (size_t i = 0; i < m * m; i++) {
    V[i] -= term[i];
  }
  dense_sandwich(run, P_inf, run->N2, P_inf, term);
  for (size_t i = 0; i < m * m; i++) {
    V[i] -= term[i];
  }
  dense_sandwich(run, P_inf, run->N1, P, term);
  for (size_t j = 0; j < m; j++) {
    for (size_t i = 0; i < m; i++) {
      V[j * m + i] -= term[j * m + i] + term[i * m + j];
    }
  }
}

static void write_diffuse(const sx_smooth *run) {
  const sx_system_smoothed *out = run->out;
  size_t m = run->m;
  size_t t = (size_t)run->t;
  size_t cells = m * m * sizeof(double);

  if (out->scaled_smoothed_diffuse_estimator != NULL) {
    memcpy(out->scaled_smoothed_diffuse_estimator + t * m, run->estimator_inf,
           m * sizeof(double));
  }
  if (out->scaled_smoothed_diffuse1_estimator_cov != NULL) {
    memcpy(out->scaled_smoothed_diffuse1_estimator_cov + t * m * m, run->N1,
           cells);
  }
  if (out->scaled_smoothed_diffuse2_estimator_cov != NULL) {
    memcpy(out->scaled_smoothed_diffuse2_estimator_cov + t * m * m, run->N2,
           cells);
  }
}

/* T L0, which statsmodels calls the transition of the innovations. */
static void write_transition(sx_smooth *run) {
  size_t m = run->m;

  if (run->out->innovations_transition != NULL) {
    double *target = run->out->innovations_transition + (size_t)run->t * m * m;

    for (size_t i = 0; i < m; i++) {
      run->vector[i] = sx_row_dot(&run->period.transition.rows[i], run->K0);
    }
    sx_smooth_columns(run, run->period.transposed.rows, run->vector,
                      run->L1_columns, run->L1_cells);
    memset(target, 0, m * m * sizeof(double));
    sx_smooth_write_transition(run, run->L1_columns);
  }
}

static void smooth_states(sx_smooth *run) {
  size_t m = run->m;
  size_t t = (size_t)run->t;
  const double *P = sx_smooth_cov_of(run, run->t);
  const double *P_inf = run->passed->predicted_diffuse_state_cov + t * m * m;

  if (run->out->smoothed_state != NULL) {
    double *state = run->out->smoothed_state + t * m;

    memcpy(state, run->passed->predicted_state + t * m, m * sizeof(double));
    add_product(run, P, run->estimator, state);
    add_product(run, P_inf, run->estimator_inf, state);
  }
  if (run->out->smoothed_state_cov != NULL) {
    smooth_cov(run, P, P_inf);
  }
}

void sx_smooth_diffuse(sx_smooth *run) {
  const sx_system *system = run->system;
  int last = run->t == system->nobs - 1;
  /* Between two diffuse periods statsmodels takes the later one's T. */
  int64_t of_transition = run->t + (run->t + 1 < run->passed->nobs_diffuse);
  double F_inf;
  double *estimator_inf = run->next_estimator_inf;

  sx_period_load(system, of_transition, last, &run->period);
  pass_transition(run);
  sx_period_load(system, run->t, 0, &run->period);
  F_inf = find_gains(run);
  sx_smooth_columns(run, run->identity, run->K0, run->L_columns, run->L_cells);
  smooth_measurement_disturbance(run, F_inf);
  if (F_inf > SX_TOLERANCE_DIFFUSE) {
    sx_smooth_columns(run, run->zero, run->K1, run->L1_columns, run->L1_cells);
    update_infinite(run, F_inf);
  } else if (run->passed->forecast_error_cov[run->t] != 0.0) {
    update_finite(run);
  }
  write_transition(run);
  smooth_states(run);
  write_diffuse(run);
  run->next_estimator_inf = run->estimator_inf;
  run->estimator_inf = estimator_inf;
}
