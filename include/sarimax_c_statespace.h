/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Filter and smoother of any linear Gaussian state space model of one series:
 *
 *     y_t     = Z_t a_t + d_t + eps_t,            eps_t ~ N(0, H_t)
 *     a_{t+1} = T_t a_t + c_t + R_t eta_t,        eta_t ~ N(0, Q_t)
 *
 * with the conventions of statsmodels' Kalman filter and smoother (tsa/
 * statespace/_filters, _smoothers): conventional filter, covariances forced to
 * be symmetric, steady state, exact diffuse start (Durbin & Koopman 2012,
 * sections 4.3 to 4.5 and 5.2 to 5.4). The contract of sarimax_c.h holds, but
 * for one thing: matrices are column-major, as statsmodels' are. What is zero
 * in T and R costs nothing.
 */
#ifndef SARIMAX_C_STATESPACE_H
#define SARIMAX_C_STATESPACE_H

#include "sarimax_c.h"

/* Period t begins at data + t * step; step 0: all periods have the same. */
typedef struct sx_periods {
  const double *data;
  int64_t step;
} sx_periods;

typedef struct sx_system {
  int64_t nobs;
  int32_t k_states;                        /* m */
  int32_t k_posdef;                        /* r */
  const double *endog;                     /* (nobs,), NaN = missing */
  sx_periods design;                       /* (m,) Z */
  sx_periods obs_intercept;                /* (1,) d */
  sx_periods obs_cov;                      /* (1,) H */
  sx_periods transition;                   /* (m, m) T */
  sx_periods state_intercept;              /* (m,) c */
  sx_periods selection;                    /* (m, r) R */
  sx_periods state_cov;                    /* (r, r) Q */
  const double *initial_state;             /* (m,) */
  const double *initial_state_cov;         /* (m, m) */
  const double *initial_diffuse_state_cov; /* (m, m) P_inf; NULL: zero */
  double tolerance;                        /* steady-state rule; 0 = off */
  int32_t concentrated; /* the likelihood leaves v^2 / F to `scale` */
  /*
   * statsmodels' univariate method: F <= 1e-10 is skipped, where values are
   * missing nothing is taken over from a steady state, and the gain of its
   * first period holds from then on. The gain is P Z' / F, M is P Z', tmp1 and
   * the smoothing error stay as they were.
   */
  int32_t univariate;
  const sx_interrupt *interrupt;
} sx_system;

/*
 * Where the periods of an output go: data + t * step; step 0 keeps what was
 * written last; data NULL: not wanted.
 */
typedef struct sx_record {
  double *data;
  int64_t step;
} sx_record;

/*
 * Outputs of the filter. Each (rows, ..) is of one period; what a period leaves
 * out (statsmodels' filter leaves M to diffuse periods, say) stays as it was,
 * so the caller sets zeros before. predicted_* have nobs + 1 periods.
 */
typedef struct sx_system_filtered {
  sx_record forecast, forecast_error, forecast_error_cov; /* (1,) f, v, F */
  sx_record standardized_forecast_error;                  /* (1,) */
  sx_record loglikelihood, scale; /* (1,) all periods, burned ones too */
  sx_record filtered_state;       /* (m,) */
  sx_record filtered_state_cov;   /* (m, m) */
  sx_record predicted_state;      /* (m,) */
  sx_record predicted_state_cov;  /* (m, m) */
  sx_record kalman_gain;          /* (m,) T P Z' / F; M / F where diffuse */
  sx_record tmp1, tmp3;           /* (m,) P Z', Z / F */
  sx_record tmp2, tmp4;           /* (1,) v / F, H / F */
  sx_record M, M_inf;             /* (m,) P Z', P_inf Z' where univariate */
  sx_record forecast_error_diffuse_cov;  /* (1,) */
  sx_record predicted_diffuse_state_cov; /* (m, m) */
  /*
   * (nobs + 1,) or NULL: the period in whose place predicted_state_cov has
   * that of period t; in the steady state nothing is written.
   */
  int64_t *cov_period;
  int32_t *univariate_filter;     /* (nobs,) 1: the method, or F < 1e-12 */
  double *last_state;             /* (m, 2) a_n, a_{n+1} */
  double *last_state_cov;         /* (m, m, 2) */
  double *last_diffuse_state_cov; /* (m, m, 2) around the last diffuse period */
  int64_t nobs_diffuse;
  int64_t period_converged;
  int64_t nobs_singular;            /* periods skipped for a small F */
  int64_t nobs_diffuse_nonsingular; /* diffuse periods with F_inf = 0 */
  int32_t converged;                /* at the end */
} sx_system_filtered;

/*
 * Fills what `out` asks for.
 *   work (work_size bytes, any alignment): sx_system_filter_plan
 * SX_E_ARGUMENT, SX_E_OVERFLOW, SX_E_WORKSPACE, SX_E_INTERRUPTED.
 */
sx_status sx_system_filter_plan(const sx_system *system, size_t *work_size);
sx_status sx_system_filter(const sx_system *system, void *work,
                           size_t work_size, sx_system_filtered *out);

/*
 * What sx_system_loglike_complex gives: pairs (real, imaginary part) of all
 * periods, burned ones too; zeros where there is nothing. None may be NULL.
 */
typedef struct sx_system_loglikes {
  double *loglikelihood;              /* (2, nobs) */
  double *scale;                      /* (2, nobs) v^2 / F, if concentrated */
  double *forecast_error;             /* (2, nobs) 0: missing */
  double *forecast_error_cov;         /* (2, nobs) of missing ones too */
  double *forecast_error_diffuse_cov; /* (nobs,) its real part */
  int64_t nobs_diffuse;               /* and so on: as sx_system_filtered */
  int64_t period_converged;
  int64_t nobs_singular;
  int64_t nobs_diffuse_nonsingular;
  int32_t converged;
} sx_system_loglikes;

/*
 * The filter's log-likelihood in complex arithmetic, of which derivatives by
 * complex steps are made. It is analytic: nothing is conjugated, real parts
 * decide where the filter decides by F, and absolute values of complex sums
 * where it does by norms.
 *   system: the numbers of its matrices and of the start are pairs (real,
 *           imaginary part), and a step counts doubles; endog is real
 *   work (work_size bytes, any alignment): sx_system_loglike_complex_plan
 * Statuses as sx_system_filter.
 */
sx_status sx_system_loglike_complex_plan(const sx_system *system,
                                         size_t *work_size);
sx_status sx_system_loglike_complex(const sx_system *system, void *work,
                                    size_t work_size, sx_system_loglikes *out);

/* Draws of eps_t and eta_t. */
typedef struct sx_shocks {
  const double *measurement; /* (nobs,) */
  const double *state;       /* (r, nobs) */
} sx_shocks;

/* Where a simulated path goes. */
typedef struct sx_path {
  double *obs;    /* (nobs,) y_1 .. y_n */
  double *states; /* (m, nobs + 1) a_1 .. a_{n+1} */
} sx_path;

/*
 * The model's equations from initial_state on. Neither endog nor the variances
 * of the system are read.
 *   work (work_size bytes, any alignment): sx_system_simulate_plan
 * Statuses as sx_system_filter.
 */
sx_status sx_system_simulate_plan(const sx_system *system, size_t *work_size);
sx_status sx_system_simulate(const sx_system *system, const sx_shocks *shocks,
                             void *work, size_t work_size, const sx_path *path);

/* What the smoother reads of the filter, all periods of each. */
typedef struct sx_system_passed {
  const double *predicted_state;     /* (m, nobs + 1) */
  const double *predicted_state_cov; /* (m, m, nobs + 1) */
  const double *kalman_gain;         /* (m, nobs) */
  const double *forecast_error;      /* (nobs,) */
  const double *forecast_error_cov;  /* (nobs,) */
  const int32_t *univariate_filter;  /* (nobs,) */
  const int64_t *cov_period;         /* (nobs + 1,) as above, or NULL */
  int64_t nobs_diffuse;              /* the others may be NULL if it is 0 */
  const double *M, *M_inf;           /* (m, nobs) */
  const double *forecast_error_diffuse_cov;  /* (nobs,) */
  const double *predicted_diffuse_state_cov; /* (m, m, nobs + 1) */
} sx_system_passed;

/*
 * Outputs of the smoother, NULL where not wanted, zeros before. With means = 0
 * the first group stays zero, with covs = 0 the second.
 */
typedef struct sx_system_smoothed {
  int32_t means, covs;
  double *scaled_smoothed_estimator;        /* (m, nobs + 1) r */
  double *smoothing_error;                  /* (nobs,) u */
  double *smoothed_state;                   /* (m, nobs) */
  double *smoothed_measurement_disturbance; /* (nobs,) */
  double *smoothed_state_disturbance;       /* (r, nobs) */
  double *scaled_smoothed_estimator_cov;    /* (m, m, nobs + 1) N */
  double *smoothed_state_cov;               /* (m, m, nobs) */
  double *smoothed_state_autocov; /* (m, m, nobs) of a_{t+1}, a_t; 0: diffuse */
  double *smoothed_measurement_disturbance_cov;   /* (nobs,) */
  double *smoothed_state_disturbance_cov;         /* (r, r, nobs) */
  double *innovations_transition;                 /* (m, m, nobs) T - K Z */
  double *scaled_smoothed_diffuse_estimator;      /* (m, nobs + 1) */
  double *scaled_smoothed_diffuse1_estimator_cov; /* (m, m, nobs + 1) */
  double *scaled_smoothed_diffuse2_estimator_cov; /* (m, m, nobs + 1) */
} sx_system_smoothed;

/*
 * Goes back over the periods once.
 *   work (work_size bytes, any alignment): sx_system_smooth_plan
 * Statuses as sx_system_filter.
 */
sx_status sx_system_smooth_plan(const sx_system *system, size_t *work_size);
sx_status sx_system_smooth(const sx_system *system,
                           const sx_system_passed *passed, void *work,
                           size_t work_size, sx_system_smoothed *out);

#endif
