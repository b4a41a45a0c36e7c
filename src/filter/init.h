/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Initial state mean a_1 and covariance P_1, as statsmodels' default: with
 * SX_ENFORCE_STATIONARITY the differences are N(0, kappa) and the ARMA block
 * has its stationary distribution; otherwise every state is N(0, kappa).
 */
#ifndef SX_FILTER_INIT_H
#define SX_FILTER_INIT_H

#include "base/doubled.h"
#include "model/params.h"

typedef struct sx_init {
  double *system;     /* (ar_order, ar_order) */
  int32_t *pivots;    /* (ar_order,) of its factors */
  double *correction; /* (ar_order,) */
  sx_doubled *row;    /* (k_order + 1,) the first one of the stationary
                         covariance of unit shocks, then 0 */
  const sx_interrupt *interrupt; /* may be NULL */
} sx_init;

void sx_init_layout(const sx_model *model, sx_arena *arena, sx_init *init);

/*
 *   state (k_states,), state_cov (k_states, ld): outputs; the upper triangle of
 *   state_cov is filled
 * SX_E_LU where phi(-1) = 0 exactly: statsmodels' Cayley transform inverts T +
 * I. SX_E_INTERRUPTED.
 */
sx_status sx_init_state(const sx_model *model, const sx_params *params,
                        const sx_init *init, double *state, double *state_cov,
                        size_t ld);

/*
 * Mean of the stationary ARMA state at t = 1, (I - T) a = c_1 e_0: a_0 = c_1 /
 * phi(1), then downwards; zero where statsmodels takes c_1 for zero.
 *   block (k_order,): output
 */
void sx_stationary_mean(const sx_model *model, const sx_params *params,
                        double *block);

#endif
