/* SPDX-License-Identifier: BSD-3-Clause */
/* Polynomials in the lag operator, as dense arrays of coefficients. */
#ifndef SX_BASE_POLY_H
#define SX_BASE_POLY_H

#include "sarimax_c.h"

/* 1 + sign sum_i coef_i B^(unit lag_i), the sign being sx_poly_reduce's. */
typedef struct sx_poly_factor {
  sx_lags lags;
  int32_t unit; /* 1, or periods for a seasonal factor */
  const double *coef;
} sx_poly_factor;

/*
 * The product of two factors, without its leading 1 and times sign:
 *   product_k = sign [B^k],  k = 1..degree, stored at k - 1
 * sign = -1 gives the reduced AR coefficients phi_k, +1 the reduced MA theta_k.
 *   product (degree,): degree = sum of the factors' largest lags
 */
void sx_poly_reduce(const sx_poly_factor *regular,
                    const sx_poly_factor *seasonal, double sign, int32_t degree,
                    double *product);

#endif
