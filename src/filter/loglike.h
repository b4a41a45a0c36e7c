/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which engine computes a log-likelihood: the only place that decides it.
 * sx_loglike itself is public.
 */
#ifndef SX_FILTER_LOGLIKE_H
#define SX_FILTER_LOGLIKE_H

#include "filter/exact.h"

/*
 * How far, relative, a forecast variance of statsmodels' may be from this exact
 * one: by rounding (infinity where it may skip observations or overflow), and
 * by its steady state.
 */
typedef struct sx_distance {
  double rounding, steady;
} sx_distance;

sx_distance sx_variance_distance(const sx_exact *exact, int32_t lane,
                                 double sensitivity);

/*
 * SX_REASON_NONE if statsmodels' value is sure to be within SX_AUTO_DISTANCE
 * of this exact one, else SX_REASON_ROUNDING or SX_REASON_STEADY.
 */
sx_reason sx_loglike_distance(const sx_exact *exact, int32_t lane,
                              const sx_exact_result *result);

#endif
