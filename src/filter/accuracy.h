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
 * the run has left it in g / F; and sum pi_j^2. Costs n q*.
 */
double sx_settled_sensitivity(const sx_exact *exact, int32_t lane,
                              double *squares);

/*
 * F sum w_t^2 after that, w = T^-1 x: the innovations over F through pi, from
 * the last to the first. S^2 sum v_t^2 / F or less. Costs n q*.
 */
double sx_settled_squares(const sx_exact *exact, int32_t lane);

/*
 * What an error eps of each covariance of the kd diffuse states counts for in
 * the log-likelihood (docs/exact.md, section 8), up to a factor:
 *
 *   |sum_j (r_j^2 - N_j)| + sqrt(sum_j (r_j^2 + N_j)^2),    j = 1..kd
 *
 * r, N: T^-1 x and the diagonal of T^-1 in the first kd periods that the
 * recursion has run on, by the filter it has settled at. Costs kd q*.
 *   scale: variance of a shock
 */
double sx_start_weight(const sx_exact *exact, int32_t lane, double scale);

/*
 * By how much one more step would change the covariance of the moving average,
 * over sigma2: the norm of L L' / F. 0 where that has settled.
 */
double sx_next_change(const sx_exact *exact, int32_t lane);

/*
 * Estimated rounding error of the recursion (docs/exact.md, section 7).
 *   pi_squares: sum pi_j^2 or more
 *   squares: F sum w_t^2 / sigma2 or more
 */
double sx_recursion_error(const sx_exact *exact, int32_t lane,
                          double pi_squares, double squares);

/*
 * The size of the terms that make up the sum of squares, (|v| + sum |u_k|
 * |v_k|)^2 with the columns v_k of the gaps and the unknowns u = M^-1 b, which
 * take the place of the pivots in `joint`.
 */
double sx_terms_of_squares(const sx_exact *exact, const sx_schur *schur,
                           int32_t lane);

/*
 * Whether the filter forgets that the shocks before the series are known to a
 * variance of kappa only, so that the settled sensitivity holds from the start.
 * A stationary start knows of them what the settled filter does; kappa below
 * the variance of the moving average less, which grows with the powers of a
 * root outside the circle until the filter has settled.
 */
int sx_settles(const sx_exact *exact, int32_t lane);

/*
 * By what kappa is multiplied before the diffuse states have been seen: the
 * square of what a unit in one of them grows to within t periods,
 * (1 + t / s)^D (1 + t)^(d - 1) or less. t: all of them where d + D > 3; else
 * those that gaps add to them, for tests/exact/test_auto.py holds that without
 * gaps the factor of one will do. A season is also unseen while its values are
 * missing year after year.
 */
double sx_diffuse_growth(const sx_exact *exact);

/*
 * max psi_j^2, psi(B) = 1 / phi(B), over the periods in which diffuse states
 * may be left: by what an autoregression that explodes multiplies kappa, and a
 * gap each covariance. 1 or more.
 */
double sx_explosive_growth(const sx_exact *exact, int32_t lane);

/*
 * sum psi_j^2, psi(B) = 1 / (phi(B) (1 - B)^d (1 - B^s)^D), j = 0..L, L the
 * most missing values in a row: the variance, over sigma2, of a value that is
 * forecast over the longest gap by a white noise of the model; and a bound of
 * psi_L^2, by which it multiplies what rounding has left of known levels.
 */
double sx_gap_growth(const sx_exact *exact, int32_t lane);

#endif
