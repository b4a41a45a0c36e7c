/* SPDX-License-Identifier: BSD-3-Clause */
/* Start parameters as they are estimated, before any are replaced. */
#ifndef SX_MODEL_START_H
#define SX_MODEL_START_H

#include "sarimax_c.h"

/* One SX_START_* bit each: polynomials outside the region that is enforced. */
enum { SX_START_BLOCKS = 4 };

/* Coefficients c of a polynomial 1 + sign sum c_i x^i. */
typedef struct sx_start_block {
  uint32_t bit;
  int32_t offset, count;
  double sign;
} sx_start_block;

/* Fills blocks (SX_START_BLOCKS,). */
void sx_start_blocks(const sx_model *model, sx_start_block *blocks);

/*
 * As sx_start_params, but polynomials outside the region stay as they are;
 * `flags` tells which.
 */
sx_status sx_start_estimates(const sx_model *model, const sx_series *series,
                             void *work, size_t work_size, double *params,
                             uint32_t *flags);

#endif
