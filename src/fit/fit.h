/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How sx_fit searches. It minimises -log-likelihood / nobs of the exact engine
 * (fit/optimize.h, in the coordinates of fit/coordinates.h) from the start on:
 *
 * - Estimates outside the region that is enforced move inside (fit/inside.h).
 * - Start values without a counterpart among the unconstrained parameters
 *   become neutral: zeros, and ones for variances. Those of autoregressions may
 *   be beside unit roots, where the exact engine does not run: all of the ARMA
 *   part then moves towards zero until it does.
 * - A point that the exact engine does not cover has the identical engine's
 *   value and, if that is better, central differences of it with
 *   SX_ENGINE_AUTO; models that it never covers are searched like that from
 *   start to end. With SX_ENGINE_EXACT such a point is worse than any other, as
 *   is one where observations are skipped.
 * - Exact values without the precision that is promised elsewhere are searched
 *   by too with SX_ENGINE_AUTO.
 * - Models with AR and MA terms of one season have more than one maximum, often
 *   on both sides of the ridge where the two cancel. They are searched a second
 *   time, from the ridge, and with two lags or more of both a third time, from
 *   zeros, and the best end counts; not with start parameters or fixed ones,
 *   nor where the exact engine does not run.
 * - It ends where next to nothing is left: SX_FIT_GAIN of log-likelihood, or
 *   SX_FIT_GAIN_BESIDE at the points of the last two kinds.
 *
 * Parameters of a polynomial that is enforced to be stationary or invertible
 * depend on each other: all of them are fixed, or none.
 */
#ifndef SX_FIT_FIT_H
#define SX_FIT_FIT_H

#include "sarimax_c.h"

/* Log-likelihood that is not worth an iteration. */
#define SX_FIT_GAIN 1e-9
/*
 * The same beside a unit root, where the exact engine does not run or loses
 * digits: about what rounding makes of both engines' values there.
 */
#define SX_FIT_GAIN_BESIDE 1e-6

#endif
