/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A start where sx_start_estimates leaves the region that is enforced, as of a
 * series in levels: the autoregression has a unit root. Zeros, which
 * statsmodels takes, are far from where the likelihood is high. Each polynomial
 * outside either moves just inside, its roots divided by a number near 1, or
 * becomes zero; of all combinations the one with the highest log-likelihood is
 * the start, each judged with the sigma2 that suits it. A sigma2 of next to
 * nothing becomes the scale of the data.
 */
#ifndef SX_FIT_INSIDE_H
#define SX_FIT_INSIDE_H

#include "sarimax_c.h"

typedef struct sx_inside {
  const sx_model *model;
  const sx_series *series;
  uint32_t flags;               /* of sx_start_estimates */
  int sigma2_is_fixed;          /* stays as it is */
  double *params;               /* (k_params,) in: estimates; out: inside */
  double *best, *moved, *score; /* (k_params,) workspace each */
  void *work;                   /* of sx_score */
  size_t work_size;
  int64_t nfev; /* incremented by the log-likelihoods */
} sx_inside;

/* Zeros where the exact engine covers none. SX_E_INTERRUPTED. */
sx_status sx_start_inside(sx_inside *start);

#endif
