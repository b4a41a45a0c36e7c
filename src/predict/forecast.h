/* SPDX-License-Identifier: BSD-3-Clause */
/* Forecasts after any run of the filter; sx_forecast is public. */
#ifndef SX_PREDICT_FORECAST_H
#define SX_PREDICT_FORECAST_H

#include "predict/ahead.h"
#include "sarimax_c_predict.h"

/*
 * Fills mean and var of `out` from the filter, which stays as it is; `ahead`
 * has room for one block. SX_E_INTERRUPTED, of `interrupt` (may be NULL).
 */
sx_status sx_forecast_after(const sx_kalman *kalman, double scale,
                            const sx_interrupt *interrupt, sx_ahead *ahead,
                            sx_forecast_output *out);

/* mean += x' beta of `count` rows. */
void sx_forecast_add_exog(const sx_kalman *kalman, int64_t count,
                          const double *exog, double *mean);

/*
 * The same for the periods that follow the filter's last one: first the rows of
 * `series`, then `exog_future`.
 */
void sx_forecast_add_exog_from(const sx_kalman *kalman, const sx_series *series,
                               const double *exog_future, int64_t count,
                               double *mean);

#endif
