/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/poly.h"

void sx_poly_reduce(const sx_poly_factor *regular,
                    const sx_poly_factor *seasonal, double sign, int32_t degree,
                    double *product) {
  for (int32_t k = 0; k < degree; k++) {
    product[k] = 0.0;
  }
  for (int32_t i = 0; i < regular->lags.count; i++) {
    product[regular->lags.lag[i] * regular->unit - 1] += regular->coef[i];
  }
  for (int32_t j = 0; j < seasonal->lags.count; j++) {
    int32_t base = seasonal->lags.lag[j] * seasonal->unit;

    product[base - 1] += seasonal->coef[j];
    for (int32_t i = 0; i < regular->lags.count; i++) {
      product[base + regular->lags.lag[i] * regular->unit - 1] +=
          sign * (regular->coef[i] * seasonal->coef[j]);
    }
  }
}
