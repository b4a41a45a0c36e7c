/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Derivatives of what the filter says of each period by a complex step,
 *
 *   f'(x) = Im f(x + i h) / h + O(h^2),
 *
 * which has no difference to lose digits in: h is so small that its square is
 * nothing, however narrow what f does near x. For models that start with every
 * state diffuse: their start does not depend on the parameters.
 */
#ifndef SX_FIT_PARTIALS_H
#define SX_FIT_PARTIALS_H

#include "model/statespace.h"
#include "sarimax_c_statespace.h"

typedef struct sx_partials {
  const sx_model *model;
  sx_params params;
  sx_statespace statespace;
  double *vector; /* (k_params,) */
  /* Pairs of the system, which points to them. */
  double *design, *transition, *selection; /* (m,), (m, m), (m,) */
  double *start, *start_cov;               /* (m,), (m, m) */
  double *state_intercept;                 /* (m, nobs), or (m,) zeros */
  double *obs_intercept;                   /* (nobs,), or (1,) zero */
  double obs_cov[2], state_cov[2];
  sx_system system;
  sx_system_loglikes periods;
  void *work;
  size_t work_size;
} sx_partials;

/*
 * Whether differences may miss what the values do: where values are missing
 * before the diffuse states are seen, the variance of the start stays in the
 * forecasts, times small coefficients.
 */
int sx_partials_suit(const sx_model *model, const sx_series *series);

/* Takes the arrays, none if the model's start is not diffuse. */
void sx_partials_layout(const sx_model *model, int64_t nobs, sx_arena *arena,
                        sx_partials *partials);

/*
 * The derivatives by parameter `place` at params (k_params,), for a series that
 * suits. Each may be NULL.
 *   llf_obs (nobs,): of sx_filter's, 0 before the burn
 *   errors, covs (nobs,): of the forecast errors, 0 where missing, and of their
 *     variances
 * SX_E_INTERRUPTED, SX_E_WORKSPACE.
 */
typedef struct sx_partials_output {
  double *llf_obs, *errors, *covs;
} sx_partials_output;

sx_status sx_partials_by(sx_partials *partials, const sx_series *series,
                         const double *params, int32_t place,
                         const sx_partials_output *out);

#endif
