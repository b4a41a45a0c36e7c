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
 * The rows of T are of two kinds. d + D special rows add up states of the
 * design. All others copy one neighbour, plus phi times ARMA 0; they form
 * segments. The last ARMA row copies a state beyond the last, always zero.
 */
#ifndef SX_MODEL_STATESPACE_H
#define SX_MODEL_STATESPACE_H

#include "model/params.h"

/* (T a)_i = a[source + (i - begin)] + phi_i a[arma] for i in [begin, end). */
typedef struct sx_segment {
  int32_t begin, end, source;
  int32_t has_ar; /* 0: every phi_i is zero */
} sx_segment;

/* A row with a shock: R_row = value; (T a)_row copies a[source]. */
typedef struct sx_shock {
  int32_t row, source;
  double value;
} sx_shock;

typedef struct sx_statespace {
  int32_t k_states;
  int32_t arma; /* ARMA 0: receives c_t, and is the last state of the design */
  int32_t k_design;
  int32_t *design; /* (k_design,) states where Z is 1, ascending */
  int32_t k_segments;
  sx_segment *segments; /* (k_segments,) ascending */
  int32_t has_ar;       /* some segment has */
  double *phi;          /* (k_states + SX_STATE_PAD,) phi_i of row i, else 0 */
  int32_t k_special;
  int32_t *special;       /* (k_special,) rows of T, ascending */
  int32_t *special_start; /* (k_special + 1,) into special_term */
  int32_t *special_term;  /* which states of the design a special row adds up */
  int32_t k_shocks;
  sx_shock *shocks; /* (k_shocks,) ascending */
  double state_cov; /* Q */
  double obs_cov;   /* H */
} sx_statespace;

/* Vectors over the states are padded by this many elements. */
enum { SX_STATE_PAD = 4 };

/* Numbers of special rows (d + D) and of states in the design (d + D + 1). */
size_t sx_statespace_special(const sx_model *model);
size_t sx_statespace_design(const sx_model *model);

void sx_statespace_layout(const sx_model *model, sx_arena *arena,
                          sx_statespace *statespace);

void sx_statespace_build(const sx_model *model, const sx_params *params,
                         sx_statespace *statespace);

/* next = row T; both (k_states + 1,), the last element of next becomes 0. */
void sx_statespace_backward(const sx_statespace *statespace, const double *row,
                            double *next);

#endif
