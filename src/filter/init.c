/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/init.h"

#include "base/interrupt.h"
#include "base/linalg.h"
#include "model/spec.h"

#include <math.h>
#include <string.h>

/*
 * Stands for the variance where an autoregressive root lies exactly on the unit
 * circle. statsmodels' Sylvester solver then divides by the negative of the
 * smallest safe number; every forecast error variance is negative and every
 * observation is skipped. This value has the same effect and cannot overflow.
 */
static const double UNIT_ROOT_VARIANCE = -1e250;

/* Below this sum of |c_1| statsmodels starts the mean at zero. */
static const double INTERCEPT_THRESHOLD = 1e-9;

void sx_init_layout(const sx_model *model, sx_arena *arena, sx_init *init) {
  size_t p = (size_t)model->ar_order;
  size_t r = (size_t)model->k_order;

  init->system = sx_arena_doubles(arena, p * p);
  init->first_row = sx_arena_doubles(arena, r + 1);
  init->interrupt = NULL;
}

/* Theta coefficient k with theta_0 = 1, and 0 beyond the order. */
static double theta_at(const sx_model *model, const sx_params *params,
                       int32_t k) {
  if (k == 0) {
    return 1.0;
  }
  return k <= model->ma_order ? params->reduced_ma[k - 1] : 0.0;
}

/* sum_k theta_k theta_{k+lag} */
static double theta_product(const sx_model *model, const sx_params *params,
                            int32_t lag) {
  double sum = 0.0;

  for (int32_t k = 0; k + lag <= model->ma_order; k++) {
    sum += theta_at(model, params, k) * theta_at(model, params, k + lag);
  }
  return sum;
}

/*
 * Equation j < p of the first row x = P_{0,.}, unit shock variance:
 *   x_j = sum_k phi_k phi_{j+k} x_0 + phi_k x_{j+k+1} + phi_{j+k} x_{k+1}
 *         + theta_k theta_{j+k}      (phi_k multiplies lag k + 1)
 * Unknown are x_0..x_{p-1}; the others go to the right-hand side.
 */
static void stationary_equation(const sx_model *model, const sx_params *params,
                                int32_t j, double *row, double *x) {
  const double *phi = params->reduced_ar;
  int32_t p = model->ar_order;
  double known = theta_product(model, params, j);

  for (int32_t k = 0; k < p; k++) {
    row[k] = 0.0;
  }
  for (int32_t k = 0; k < p && j + k + 1 < model->k_order; k++) {
    if (j + k + 1 < p) {
      row[j + k + 1] += phi[k];
    } else {
      known += phi[k] * x[j + k + 1];
    }
  }
  for (int32_t k = 0; j + k < p; k++) {
    row[0] += phi[k] * phi[j + k];
    if (k + 1 < p) {
      row[k + 1] += phi[j + k];
    } else if (k + 1 < model->k_order) {
      known += phi[j + k] * x[k + 1];
    }
  }
  row[j] -= 1.0;
  x[j] = -known;
}

/*
 * x_0..x_{r-1}, unit shock variance; positive where the system is singular.
 * Stops early, with anything, when the counter is stopped.
 */
static int stationary_first_row(const sx_model *model, const sx_params *params,
                                const sx_init *init, sx_counter *counter) {
  const double *phi = params->reduced_ar;
  int32_t p = model->ar_order;
  int32_t r = model->k_order;
  double *x = init->first_row;

  x[r] = 0.0;
  for (int32_t j = r - 1; j >= p; j--) {
    double sum = theta_product(model, params, j);

    for (int32_t k = 0; k < p && j + k + 1 < r; k++) {
      sum += phi[k] * x[j + k + 1];
    }
    x[j] = sum;
    if (sx_interrupt_asked(counter, r)) {
      return 0;
    }
  }
  for (int32_t j = p - 1; j >= 0; j--) {
    stationary_equation(model, params, j, init->system + (size_t)j * (size_t)p,
                        x);
    if (sx_interrupt_asked(counter, r)) {
      return 0;
    }
  }
  return p > 0 ? sx_lu_solve(p, init->system, x, counter) : 0;
}

/*
 * P_0j = x_j and, below,
 * P_ij = phi_i phi_j x_0 + phi_i x_{j+1} + phi_j x_{i+1} + theta_i theta_j
 *        + P_{i+1,j+1}, upper triangle, then times sigma2.
 */
static void stationary_fill(const sx_model *model, const sx_params *params,
                            const double *x, double *block, size_t ld) {
  int32_t r = model->k_order;
  int32_t p = model->ar_order;

  memcpy(block, x, (size_t)r * sizeof(double));
  for (int32_t i = r - 1; i >= 1; i--) {
    double phi_i = i < p ? params->reduced_ar[i] : 0.0;
    double theta_i = theta_at(model, params, i);
    double *row = block + (size_t)i * ld;

    for (int32_t j = i; j < r; j++) {
      double phi_j = j < p ? params->reduced_ar[j] : 0.0;
      double diagonal = j + 1 < r ? row[ld + (size_t)j + 1] : 0.0;

      row[j] = phi_i * phi_j * x[0] + phi_i * x[j + 1] + phi_j * x[i + 1] +
               theta_i * theta_at(model, params, j) + diagonal;
    }
  }
  for (int32_t i = 0; i < r; i++) {
    for (int32_t j = i; j < r; j++) {
      block[(size_t)i * ld + (size_t)j] *= params->sigma2;
    }
  }
}

/* phi(-1), zero exactly where T + I is singular. */
static double phi_at_minus_one(const sx_model *model, const sx_params *params) {
  double value = 1.0;

  for (int32_t k = 0; k < model->ar_order; k++) {
    value += (k % 2 == 0) ? params->reduced_ar[k] : -params->reduced_ar[k];
  }
  return value;
}

void sx_stationary_mean(const sx_model *model, const sx_params *params,
                        double *block) {
  double intercept = sx_trend_value(model, params, 0);
  double phi_one = 1.0;
  double next = 0.0;

  for (int32_t i = 0; i < model->k_order; i++) {
    block[i] = 0.0;
  }
  if (model->spec.trend.count == 0 ||
      !(fabs(intercept) > INTERCEPT_THRESHOLD)) {
    return;
  }
  for (int32_t k = 0; k < model->ar_order; k++) {
    phi_one -= params->reduced_ar[k];
  }
  block[0] = intercept / phi_one;
  for (int32_t i = model->k_order - 1; i >= 1; i--) {
    next += i < model->ar_order ? params->reduced_ar[i] * block[0] : 0.0;
    block[i] = next;
  }
}

static sx_status stationary_block(const sx_model *model,
                                  const sx_params *params, const sx_init *init,
                                  double *block, size_t ld) {
  sx_counter counter = {init->interrupt, 0, 0};
  int singular;

  if (phi_at_minus_one(model, params) == 0.0) {
    return SX_E_LU;
  }
  singular = stationary_first_row(model, params, init, &counter);
  if (counter.stopped) {
    return SX_E_INTERRUPTED;
  }
  if (!singular) {
    stationary_fill(model, params, init->first_row, block, ld);
    return SX_OK;
  }
  for (int32_t i = 0; i < model->k_order; i++) {
    block[(size_t)i * ld + (size_t)i] = UNIT_ROOT_VARIANCE;
  }
  return SX_OK;
}

sx_status sx_init_state(const sx_model *model, const sx_params *params,
                        const sx_init *init, double *state, double *state_cov,
                        size_t ld) {
  int32_t m = model->k_states;
  int32_t first = model->k_diff_states;
  int stationary = sx_has(model, SX_ENFORCE_STATIONARITY);
  int32_t k_diffuse = stationary ? first : m;

  for (int32_t i = 0; i < m; i++) {
    state[i] = 0.0;
    for (int32_t j = i; j < m; j++) {
      state_cov[(size_t)i * ld + (size_t)j] = 0.0;
    }
  }
  for (int32_t i = 0; i < k_diffuse; i++) {
    state_cov[(size_t)i * ld + (size_t)i] = model->spec.initial_variance;
  }
  if (!stationary) {
    return SX_OK;
  }
  sx_stationary_mean(model, params, state + first);
  return stationary_block(model, params, init,
                          state_cov + (size_t)first * ld + (size_t)first, ld);
}
