/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/difference.h"

#include "model/spec.h"

/* data_t <- data_{t+lag} - data_t, row-wise; returns the rows left. */
static int64_t difference_once(double *data, int64_t nobs, int64_t k,
                               int64_t lag) {
  int64_t left = nobs > lag ? nobs - lag : 0;

  for (int64_t i = 0; i < left * k; i++) {
    data[i] = data[i + lag * k] - data[i];
  }
  return left;
}

int64_t sx_difference_columns(const sx_spec *spec, double *data, int64_t nobs,
                              int64_t k) {
  for (int32_t i = 0; i < spec->seasonal_diff && nobs > 0; i++) {
    nobs = difference_once(data, nobs, k, spec->periods);
  }
  for (int32_t i = 0; i < spec->diff && nobs > 0; i++) {
    nobs = difference_once(data, nobs, k, 1);
  }
  return nobs;
}

int64_t sx_difference(const sx_model *model, int64_t nobs, double *endog,
                      double *exog) {
  if (!sx_has(model, SX_SIMPLE_DIFFERENCING)) {
    return nobs;
  }
  if (exog != NULL) {
    sx_difference_columns(&model->spec, exog, nobs, model->spec.k_exog);
  }
  return sx_difference_columns(&model->spec, endog, nobs, 1);
}
