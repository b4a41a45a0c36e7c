/* SPDX-License-Identifier: BSD-3-Clause */
/* Polynomials in the lag operator, as dense coefficient arrays, constant first.
 */
#ifndef SX_BASE_POLY_H
#define SX_BASE_POLY_H

#include "sarimax_c.h"

/*
 * product = (1 + sign sum_i coef_i B^lag_i)(1 + sign sum_j scoef_j B^(s
 * slag_j)), without its leading 1 and multiplied by sign: product_k = sign *
 * [B^k],  k = 1..degree, stored at k - 1 sign = -1 gives the reduced AR
 * coefficients phi_k, +1 the reduced MA theta_k. lags, coef (lags.count,);
 * seasonal likewise, lags in units of `periods` product (degree,): degree =
 * largest lag + periods * largest seasonal lag
 */
typedef struct sx_poly_factor {
  sx_lags lags;
  int32_t unit; /* 1, or periods for a seasonal factor */
  const double *coef;
} sx_poly_factor;

void sx_poly_reduce(const sx_poly_factor *regular,
                    const sx_poly_factor *seasonal, double sign, int32_t degree,
                    double *product);

#endif
