/* SPDX-License-Identifier: BSD-3-Clause */
/* Differencing of columns; sx_difference is public. */
#ifndef SX_MODEL_DIFFERENCE_H
#define SX_MODEL_DIFFERENCE_H

#include "sarimax_c.h"

/*
 * In place: (1 - B^periods)^seasonal_diff, then (1 - B)^diff, on each column,
 * whatever the flags say.
 *   data (nobs, k): the first rows hold the result
 * Returns the number of rows left, at least 0.
 */
int64_t sx_difference_columns(const sx_spec *spec, double *data, int64_t nobs,
                              int64_t k);

#endif
