/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exact diffuse start in its univariate form (Durbin & Koopman 2012, sections
 * 5.2 and 6.4), while P_inf is not zero:
 *
 *     M = P Z', F = Z M + H, M_inf = P_inf Z', F_inf = Z M_inf
 *     F_inf > 0: K0 = M_inf / F_inf, K1 = M / F_inf - K0 F / F_inf,
 *                P+ = P L0' + P_inf L1', P_inf+ = P_inf L0'
 *     else:      K0 = M / F, P+ = P L0'
 *     with L0 = I - K0 Z, L1 = - K1 Z, and a+ = a + K0 v
 */
#include "filter/general.h"

#include <math.h>
#include <string.h>

static const double TWO_PI = 6.283185307179586476925;

int sx_general_is_diffuse(const sx_general *run) {
  double sum = 0.0;

  for (size_t i = 0; i < run->m * run->m; i++) {
    sum += run->diffuse[i] * run->diffuse[i];
  }
  return sum > SX_TOLERANCE_DIFFUSE;
}

/* Columns of X (I - K Z)'. */
static void shrink(const sx_general *run, const double *X, const double *K,
                   double *target) {
  const sx_period *period = &run->period;
  size_t m = run->m;

  for (size_t j = 0; j < m; j++) {
    double own = 1.0 - K[j] * period->design[j];

    for (size_t i = 0; i < m; i++) {
      target[j * m + i] = own * X[j * m + i];
    }
    for (int32_t z = 0; z < period->k_design; z++) {
      size_t k = (size_t)period->support[z];
      double factor = -K[j] * period->design[k];

      for (size_t i = 0; i < m && k != j; i++) {
        target[j * m + i] += factor * X[k * m + i];
      }
    }
  }
}

/* target -= X Z' K', column by column; `projected` is X Z'. */
static void subtract_outer(const sx_general *run, const double *projected,
                           const double *K, double *target) {
  for (size_t j = 0; j < run->m; j++) {
    for (size_t i = 0; i < run->m; i++) {
      target[j * run->m + i] -= projected[i] * K[j];
    }
  }
}

static void move_state(sx_general *run) {
  for (size_t i = 0; i < run->m; i++) {
    run->filtered[i] = run->state[i] + run->v * run->K0[i];
  }
}

/* F_inf > 0. Leaves the columns of P+ in `cells`, those of P_inf+ too. */
static void update_infinite(sx_general *run, double F_inf) {
  double inverse = 1.0 / F_inf;
  double ratio = -run->F * inverse;

  for (size_t i = 0; i < run->m; i++) {
    run->K0[i] = inverse * run->M_inf[i];
    run->K1[i] = inverse * run->tmp1[i] + ratio * run->K0[i];
  }
  move_state(run);
  shrink(run, run->P, run->K0, run->cells);
  subtract_outer(run, run->M_inf, run->K1, run->cells);
  shrink(run, run->diffuse, run->K0, run->diffuse_cells);
  sx_record_number(run->out->loglikelihood, run->t, -0.5 * log(TWO_PI * F_inf));
}

/* F_inf = 0, F > 0. */
static void update_finite(sx_general *run) {
  double inverse = 1.0 / run->F;
  double square = run->v * run->v * inverse;
  double llf = -0.5 * log(TWO_PI * run->F);

  run->out->nobs_diffuse_nonsingular++;
  sx_record_number(run->out->standardized_forecast_error, run->t,
                   run->v * sqrt(inverse));
  for (size_t i = 0; i < run->m; i++) {
    run->K0[i] = inverse * run->tmp1[i];
  }
  move_state(run);
  shrink(run, run->P, run->K0, run->cells);
  if (run->system->concentrated) {
    sx_record_number(run->out->scale, run->t, square);
  } else {
    llf -= 0.5 * square;
  }
  sx_record_number(run->out->loglikelihood, run->t, llf);
}

/* f, v, M, F, M_inf; returns F_inf. */
static double observe(sx_general *run) {
  const sx_period *period = &run->period;
  sx_system_filtered *out = run->out;
  int64_t t = run->t;
  double F_inf;

  run->f = sx_period_dot(period, run->state) + period->obs_intercept;
  run->v = run->system->endog[t] - run->f;
  sx_period_project(period, run->P, run->m, run->tmp1);
  sx_period_project(period, run->diffuse, run->m, run->M_inf);
  run->F = period->obs_cov + sx_period_cov(period, run->m, run->tmp1);
  run->F = run->F < 0.0 ? 0.0 : run->F;
  F_inf = sx_period_cov(period, run->m, run->M_inf);
  F_inf = F_inf < 0.0 ? 0.0 : F_inf;
  sx_record_number(out->forecast, t, run->f);
  sx_record_number(out->forecast_error, t, run->v);
  sx_record_number(out->forecast_error_cov, t, run->F);
  sx_record_number(out->forecast_error_diffuse_cov, t, F_inf);
  sx_record_vector(out->M, t, run->tmp1, run->m);
  sx_record_vector(out->M_inf, t, run->M_inf, run->m);
  if (run->F != 0.0) {
    double inverse = 1.0 / run->F;

    sx_record_number(out->tmp2, t, run->v * inverse);
    sx_record_scaled(out->tmp3, t, period->design, inverse, run->m);
    sx_record_number(out->tmp4, t, period->obs_cov * inverse);
  }
  return F_inf;
}

/* Below the diagonal as the columns in `cells` say, above it mirrored. */
static void mirror(sx_general *run) {
  size_t m = run->m;

  for (size_t j = 0; j < m; j++) {
    for (size_t i = j + 1; i < m; i++) {
      run->cells[i * m + j] = run->cells[j * m + i];
    }
    run->filtered_rows[j] = run->cells + j * m;
  }
}

void sx_general_update_diffuse(sx_general *run) {
  size_t size = run->m * run->m * sizeof(double);
  double F_inf = observe(run);

  memcpy(run->diffuse_cells, run->diffuse, size);
  if (F_inf > SX_TOLERANCE_DIFFUSE) {
    update_infinite(run, F_inf);
  } else if (run->F > SX_TOLERANCE_DIFFUSE) {
    update_finite(run);
  } else {
    memcpy(run->filtered, run->state, run->m * sizeof(double));
    memcpy(run->cells, run->P, size);
  }
  sx_record_vector(run->out->kalman_gain, run->t, run->K0, run->m);
  sx_record_vector(run->out->filtered_state_cov, run->t, run->cells,
                   run->m * run->m);
  mirror(run);
}

void sx_general_predict_diffuse(sx_general *run) {
  const sx_row *transition = run->period.transition.rows;
  sx_sandwich_work *sandwich = &run->sandwich;
  const double *source = run->missing ? run->diffuse : run->diffuse_cells;
  size_t m = run->m;

  for (size_t j = 0; j < m; j++) {
    sandwich->middle[j] = source + j * m;
  }
  run->kernels->transpose(sandwich->middle, m, run->cells);
  for (size_t i = 0; i < m; i++) {
    run->filtered_rows[i] = run->cells + i * m;
  }
  sx_sandwich(run->kernels, transition, run->filtered_rows, transition, m,
              sandwich);
  for (size_t j = 0; j < m; j++) {
    memcpy(run->diffuse_next + j * m, sandwich->result[j], m * sizeof(double));
  }
}
