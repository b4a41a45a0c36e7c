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

#endif
