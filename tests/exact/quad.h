/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The judge: the log-likelihood of a SARIMAX model in quadruple precision.
 *
 * A plain Kalman filter on statsmodels' state space (Harvey representation,
 * Durbin & Koopman 2012, section 3.4), with 113-bit numbers and without the
 * steady-state and skipping rules: the true value of the model. It shares no
 * code with the package.
 *
 *   states: diff differences, seasonal_diff blocks of `periods`, ARMA states
 *   y_t     = (sum of the differences, block ends and ARMA 0) + x_t' beta
 *   a_{t+1} = T a_t + c_t e_arma + R eta_t,  eta_t ~ N(0, sigma2)
 *
 * Parameters come as doubles or as pairs high + low, the value goes out as such
 * a pair: 106 of the 113 bits. A variance F outside the range of a double, or
 * not positive, makes the log-likelihood NaN.
 */
#ifndef QUAD_H
#define QUAD_H

#include <float.h>
#include <stdint.h>

#ifdef __SIZEOF_FLOAT128__
__extension__ typedef __float128 quad;
#elif LDBL_MANT_DIG == 113
typedef long double quad;
#else
#error "no 113-bit floating-point type"
#endif

/* Ascending lags of one polynomial, in units of 1 or of `periods`. */
typedef struct quad_lags {
  int64_t count;
  const int64_t *lag;
} quad_lags;

/*
 * Parameters: [trend | exog | ar | ma | seasonal ar | seasonal ma | sigma2],
 * the last one absent with concentrate_scale.
 */
typedef struct quad_model {
  int64_t nobs, k_exog;
  const double *endog; /* (nobs,), NaN = missing */
  const double *exog;  /* (nobs, k_exog) */
  quad_lags ar, ma, seasonal_ar, seasonal_ma;
  int64_t diff, seasonal_diff, periods;
  quad_lags trend; /* exponents of (trend_offset + t) */
  double trend_offset, initial_variance;
  int64_t loglikelihood_burn; /* -1 = number of diffuse states */
  int64_t enforce_stationarity, concentrate_scale;
} quad_model;

enum { QUAD_OK = 0, QUAD_NO_MEMORY = 1 };

int quad_loglike(const quad_model *model, const double *high, const double *low,
                 double value[2]);
int quad_score(const quad_model *model, const double *high, const double *low,
               double *score);

#endif
