/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * S = sum_j |pi_j|, pi(B) = 1 / theta(B): how often an error of one forecast
 * counts in all later ones together. It is what the estimates of rounding
 * errors multiply by.
 */
#ifndef SX_FILTER_ACCURACY_H
#define SX_FILTER_ACCURACY_H

#include "filter/exact.h"

/*
 * S or more, from the factors of theta as the parameters (k_params,) give them,
 * for the length of a lane;
 * infinite for long series if they are not invertible.
 */
double sx_sensitivity(const sx_exact *exact, int32_t lane,
                      const double *params);

/*
 * The same of the invertible moving average with the same autocovariances, as
 * the run has left it in g / F. Costs n q*.
 */
double sx_settled_sensitivity(const sx_exact *exact, int32_t lane);

/*
 * By what kappa is multiplied before the diffuse states have been seen: the
 * square of what a unit in one of them grows to within t periods,
 * (1 + t / s)^D (1 + t)^(d - 1) or less. t: all of them where d + D > 3; else
 * those that gaps add to them or the longest gap, for tests/exact/test_auto.py
 * holds that without gaps the factor of one will do.
 */
double sx_diffuse_growth(const sx_exact *exact);

/*
 * max psi_j^2, psi(B) = 1 / phi(B), over the periods in which diffuse states
 * may be left: by what an autoregression that explodes multiplies kappa, and a
 * gap each covariance. 1 or more.
 */
double sx_explosive_growth(const sx_exact *exact, int32_t lane);

#endif
