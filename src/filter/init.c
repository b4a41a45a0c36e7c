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

/* Corrections of the stationary covariance that shrink less are given up. */
static const double SHRINKS = 0.1;

void sx_init_layout(const sx_model *model, sx_arena *arena, sx_init *init) {
  size_t p = (size_t)model->ar_order;
  size_t r = (size_t)model->k_order;

  init->system = sx_arena_doubles(arena, p * p);
  init->pivots = (int32_t *)sx_arena_take(arena, p, sizeof(int32_t));
  init->correction = sx_arena_doubles(arena, p);
  init->row = (sx_doubled *)sx_arena_take(arena, r + 1, sizeof(sx_doubled));
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
static sx_doubled theta_product(const sx_model *model, const sx_params *params,
                                int32_t lag) {
  sx_doubled sum = {0.0, 0.0};

  for (int32_t k = 0; k + lag <= model->ma_order; k++) {
    double theta = theta_at(model, params, k);

    if (theta != 0.0) {
      sum = sx_doubled_add(
          sum, sx_doubled_product(theta, theta_at(model, params, k + lag)));
    }
  }
  return sum;
}

/*
 * The first row x = P_{0,.} of the stationary covariance of unit shocks solves
 *
 *   x_j = sum_k phi_k phi_{j+k} x_0 + phi_k x_{j+k+1} + phi_{j+k} x_{k+1}
 *         + theta_k theta_{j+k}      (phi_k multiplies lag k + 1)
 *
 * for all j; this is the right-hand side. From j = p on it has later x alone.
 *
 * In double-double numbers, like the whole of P: near a unit root P is nearly
 * singular, and what a likelihood makes of its last digits grows with the data
 * over sigma. statsmodels' solver loses less of them than the plain equations.
 */
static sx_doubled equation(const sx_model *model, const sx_params *params,
                           const sx_doubled *x, int32_t j) {
  const double *phi = params->reduced_ar;
  int32_t p = model->ar_order;
  sx_doubled sum = theta_product(model, params, j);

  for (int32_t k = 0; k < p && j + k + 1 < model->k_order; k++) {
    if (phi[k] != 0.0) {
      sum = sx_doubled_add(
          sum, sx_doubled_times((sx_doubled){phi[k], 0.0}, x[j + k + 1]));
    }
  }
  for (int32_t k = 0; j + k < p; k++) {
    sx_doubled product = sx_doubled_product(phi[k], phi[j + k]);

    if (phi[j + k] != 0.0) {
      sum = sx_doubled_add(sum, sx_doubled_times(product, x[0]));
      sum = sx_doubled_add(
          sum, sx_doubled_times((sx_doubled){phi[j + k], 0.0}, x[k + 1]));
    }
  }
  return sum;
}

/* Row j of the equations in the unknown x_0..x_{p-1}. */
static void equation_row(const sx_model *model, const sx_params *params,
                         int32_t j, double *row) {
  const double *phi = params->reduced_ar;
  int32_t p = model->ar_order;

  memset(row, 0, (size_t)p * sizeof(double));
  for (int32_t k = 0; j + k + 1 < p; k++) {
    row[j + k + 1] += phi[k];
  }
  for (int32_t k = 0; j + k < p; k++) {
    row[0] += phi[k] * phi[j + k];
    if (k + 1 < p) {
      row[k + 1] += phi[j + k];
    }
  }
  row[j] -= 1.0;
}

/* Adds what the equations still lack; its largest element. */
static double correct_row(const sx_model *model, const sx_params *params,
                          const sx_init *init, sx_counter *counter,
                          double most) {
  int32_t p = model->ar_order;
  double *correction = init->correction;
  double largest = 0.0;

  for (int32_t j = 0; j < p; j++) {
    sx_doubled lack = equation(model, params, init->row, j);

    correction[j] =
        -sx_doubled_add(lack, (sx_doubled){-init->row[j].hi, -init->row[j].lo})
             .hi;
    sx_interrupt_asked(counter, p);
  }
  sx_lu_solve(p, init->system, init->pivots, correction);
  for (int32_t j = 0; j < p; j++) {
    largest = fabs(correction[j]) <= largest ? largest : fabs(correction[j]);
  }
  for (int32_t j = 0; j < p && !(largest > most); j++) {
    init->row[j] =
        sx_doubled_add(init->row[j], (sx_doubled){correction[j], 0.0});
  }
  return largest;
}

/*
 * The first row; positive where the system is singular. Where it is so nearly,
 * the first solution stays. Stops early, with anything, when the counter is
 * stopped.
 */
static int stationary_first_row(const sx_model *model, const sx_params *params,
                                const sx_init *init, sx_counter *counter) {
  int32_t p = model->ar_order;
  double most = INFINITY, largest;
  int singular;

  memset(init->row, 0, (size_t)(model->k_order + 1) * sizeof(sx_doubled));
  for (int32_t j = model->k_order - 1; j >= p; j--) {
    init->row[j] = equation(model, params, init->row, j);
    if (sx_interrupt_asked(counter, model->k_order)) {
      return 0;
    }
  }
  for (int32_t j = 0; j < p; j++) {
    equation_row(model, params, j, init->system + (size_t)j * (size_t)p);
  }
  singular = sx_lu_factor(p, init->system, init->pivots, counter);
  while (p > 0 && !singular && !counter->stopped) {
    largest = correct_row(model, params, init, counter, most);
    if (!(largest > 0.0 && largest <= most)) {
      break;
    }
    most = SHRINKS * largest;
  }
  return singular;
}

/*
 * P_0j = x_j and, below,
 * P_ij = phi_i phi_j x_0 + phi_i x_{j+1} + phi_j x_{i+1} + theta_i theta_j
 *        + P_{i+1,j+1}; this is all but the last.
 */
static sx_doubled cell_of(const sx_model *model, const sx_params *params,
                          const sx_doubled *x, int32_t i, int32_t j) {
  double phi_i = i < model->ar_order ? params->reduced_ar[i] : 0.0;
  double phi_j = j < model->ar_order ? params->reduced_ar[j] : 0.0;
  sx_doubled sum = sx_doubled_product(theta_at(model, params, i),
                                      theta_at(model, params, j));

  if (phi_i != 0.0) {
    sum = sx_doubled_add(
        sum, sx_doubled_times(sx_doubled_product(phi_i, phi_j), x[0]));
    sum = sx_doubled_add(sum,
                         sx_doubled_times((sx_doubled){phi_i, 0.0}, x[j + 1]));
  }
  if (phi_j != 0.0) {
    sum = sx_doubled_add(sum,
                         sx_doubled_times((sx_doubled){phi_j, 0.0}, x[i + 1]));
  }
  return sum;
}

/* The upper triangle of P, times sigma2. */
static void stationary_fill(const sx_model *model, const sx_params *params,
                            const sx_doubled *x, double *block, size_t ld) {
  int32_t r = model->k_order;

  for (int32_t k = 0; k < r; k++) {
    sx_doubled cell = {0.0, 0.0};

    block[k] = x[k].hi * params->sigma2;
    for (int32_t i = r - 1 - k; i >= 1; i--) {
      cell = sx_doubled_add(cell_of(model, params, x, i, i + k), cell);
      block[(size_t)i * ld + (size_t)(i + k)] = cell.hi * params->sigma2;
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
    stationary_fill(model, params, init->row, block, ld);
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
