/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Autocovariances of a stationary seasonal ARMA process with unit innovations.
 *
 * The process is the regular ARMA filter applied to the seasonal one, so with
 * their autocovariances alpha and beta
 *
 *   gamma(h) = sum_j beta(j) alpha(h - s j)
 *
 * The expanded polynomial phi(B) Phi(B^s) is never used: near a double unit
 * root it has lost all digits. alpha and beta: the autoregression's by its
 * partial autocorrelations (step down, then up), then sum theta_i theta_j.
 */
#ifndef SX_FILTER_AUTOCOV_H
#define SX_FILTER_AUTOCOV_H

#include "base/interrupt.h"
#include "model/params.h"

/*
 * Larger autoregressive degrees of one factor are not handled (`benchmarks
 * limits`).
 */
enum { SX_MAX_FACTOR_DEGREE = 512 };

/* One factor, in its own unit of time. */
typedef struct sx_arma_factor {
  int32_t p, q;
  int32_t length;   /* values of `acov` */
  int32_t known;    /* of them those that belong to phi and theta */
  int32_t ar_known; /* of ar_acov those that belong to phi */
  double *phi;      /* (p + 1,) phi_1.. at 1.. */
  double *theta;    /* (q + 1,) 1, theta_1, .. */
  double *table;    /* row k - 1 (k,): predictor coefficients of order k */
  double *ar_acov;  /* (length + q,) of the autoregression alone */
  double *acov;     /* (length,) */
} sx_arma_factor;

typedef struct sx_autocov {
  sx_arma_factor regular, seasonal;
  int32_t periods;
  int32_t terms; /* j from -terms to terms are summed */
  int32_t count; /* of gamma wanted */
  double *gamma; /* (count,) */
  int known;     /* gamma belongs to the factors */
  sx_counter counter;
} sx_autocov;

/* Non-zero if the degrees are small enough for this method. */
int sx_autocov_supported(const sx_model *model);

/* For lags 0..count-1; not to be interrupted till the caller says by what. */
void sx_autocov_layout(const sx_model *model, int32_t count, sx_arena *arena,
                       sx_autocov *autocov);

/*
 * Fills `gamma`; what the call before has computed of the same coefficients is
 * kept, as many calls in a row change one parameter only. Returns 0; -1 if a
 * factor is not stationary; -2 if the sum converges too slowly (both factors
 * near a unit root); -3 if interrupted.
 */
int sx_autocov_compute(const sx_model *model, const double *params,
                       sx_autocov *autocov);

/*
 * Harmful relative error of `gamma` in units of eps, estimated: no bound is
 * proven, the exponent of a quarter for factors of degree two and more is
 * fitted.
 */
double sx_autocov_error(const sx_autocov *autocov);

/* Derivatives of a number by one factor's quantities. */
typedef struct sx_arma_factor_bar {
  double *phi, *theta, *table, *ar_acov, *acov; /* as in the factor */
} sx_arma_factor_bar;

typedef struct sx_autocov_bar {
  sx_arma_factor_bar regular, seasonal;
  sx_counter counter;
} sx_autocov_bar;

void sx_autocov_bar_layout(const sx_autocov *autocov, sx_arena *arena,
                           sx_autocov_bar *bar);

/*
 * Adds to score (k_params,) the derivatives by the AR and MA coefficients of a
 * number whose derivatives by `gamma` are gamma_bar (count,), after
 * sx_autocov_compute. Ends early when bar->counter is stopped.
 */
void sx_autocov_adjoint(const sx_model *model, const sx_autocov *autocov,
                        const double *gamma_bar, sx_autocov_bar *bar,
                        double *score);

#endif
