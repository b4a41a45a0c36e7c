/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Means and variances h periods ahead of a filter, which stays as it is:
 *
 *   mean_h = Z a_h,                a_{h+1} = T a_h + c e
 *   var_h  = v_h P v_h' + noise_h, v_{h+1} = v_h T, v_0 = Z,
 *                                  noise_{h+1} = noise_h + (v_h R)^2 Q
 *
 * the latter being Z P_h Z' + H without the other elements of P_h. The vectors
 * v_h do not depend on the data, and for small h most of their elements are
 * zero. They are made in blocks of SX_FORMS, the first being that of h = 1.
 */
#ifndef SX_PREDICT_AHEAD_H
#define SX_PREDICT_AHEAD_H

#include "base/interrupt.h"
#include "filter/kalman.h"

typedef struct sx_ahead {
  size_t k_states;
  double *row, *next_row;     /* (k_states + 1,) v of the last horizon made */
  double row_noise;           /* and its noise */
  int32_t *counts;            /* (blocks,) sx_forms of each block */
  int32_t *supports;          /* (blocks, k_states) */
  double *vectors;            /* (blocks, k_states, SX_FORMS) */
  double *noises;             /* (blocks, SX_FORMS) */
  double *state, *next_state; /* (k_states + 1,) */
  double *zero;               /* (k_states + 1,) */
} sx_ahead;

/* Keeps room for `blocks` blocks. */
void sx_ahead_layout(const sx_model *model, size_t blocks, sx_arena *arena,
                     sx_ahead *ahead);

/* Blocks that `steps` periods take. */
size_t sx_ahead_blocks(int64_t steps);

/* Before the first block. */
void sx_ahead_start(const sx_kalman *kalman, sx_ahead *ahead);

/* Makes the next SX_FORMS vectors, as block `block`. */
void sx_ahead_make(const sx_kalman *kalman, sx_ahead *ahead, size_t block);

/* var_h of the block's SX_FORMS horizons, before the scale. */
void sx_ahead_variances(const sx_kalman *kalman, const sx_ahead *ahead,
                        size_t block, double *var);

/* mean_h, h = 0..steps-1, before the obs intercept; ends early if stopped. */
void sx_ahead_means(const sx_kalman *kalman, sx_ahead *ahead, int64_t steps,
                    sx_counter *counter, double *mean);

#endif
