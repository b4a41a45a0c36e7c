/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Harvey representation of a SARIMAX model (statsmodels' sarimax.py) as a
 * sparse structure.
 *
 * States: d differences, D blocks of s seasonal ones, r ARMA states.
 *   Z: 1 at every difference, at the last state of each block, at ARMA 0.
 *   T: difference i    = differences i.. + last of each block + ARMA 0
 *      block b, row 0  = its own last + last of block b + 1 + ARMA 0
 *      block b, row j  = state j - 1 of the block
 *      ARMA i          = phi_{i+1} ARMA 0 + ARMA i + 1
 *   R: ARMA rows (1, theta_1, ..), one shock with variance Q = sigma2.
 * For D >= 3 block b links only to the next block, as in statsmodels.
 *
 * Most rows of T copy one neighbour; they form segments. The last ARMA row,
 * zero unless phi reaches it, copies a state beyond the last that is always
 * zero. Every other row is special and listed with its non-zeros. Rows of
 * either kind may be shocked.
 */
#ifndef SX_MODEL_STATESPACE_H
#define SX_MODEL_STATESPACE_H

#include "model/params.h"

/* T a = a[source + (i - begin)] for rows i in [begin, end). */
typedef struct sx_segment {
  int32_t begin, end, source;
} sx_segment;

/* A copied row that R shocks: R_row = value, T a = a[source]. */
typedef struct sx_shocked_copy {
  int32_t row, source;
  double value;
} sx_shocked_copy;

typedef struct sx_statespace {
  int32_t k_states;
  int32_t k_design;
  int32_t *design; /* (k_design,) states where Z is 1, ascending */
  int32_t k_segments;
  sx_segment *segments; /* (k_segments,) ascending */
  int32_t k_special;
  int32_t *special;       /* (k_special,) rows of T, ascending */
  int32_t *special_start; /* (k_special + 1,) into special_state, _value */
  int32_t *special_state; /* columns of the non-zeros, ascending in a row */
  double *special_value;  /* their values */
  double *special_shock;  /* (k_special,) element of R in the special row */
  int32_t k_shocked;
  sx_shocked_copy *shocked; /* (k_shocked,) ascending */
  int32_t intercept;        /* the state that receives c_t: ARMA 0 */
  double state_cov;         /* Q */
  double obs_cov;           /* H */
} sx_statespace;

/* Upper bounds of k_special and of the non-zeros in special rows. */
int32_t sx_statespace_max_special(const sx_model *model);
size_t sx_statespace_max_nonzeros(const sx_model *model);

void sx_statespace_layout(const sx_model *model, sx_arena *arena,
                          sx_statespace *statespace);

void sx_statespace_build(const sx_model *model, const sx_params *params,
                         sx_statespace *statespace);

#endif
