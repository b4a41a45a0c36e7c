/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is known of a missing y_g: as a function of it, the log-likelihood is a
 * parabola, -(y_g - mean)^2 / (2 var). Three values of the dense filter in long
 * double give both.
 */
#ifndef GAPS_H
#define GAPS_H

#include "dense.h"
#include "randoms.h"

#include "sarimax_c_predict.h"

typedef struct known {
  double mean, var;
} known;

static inline double gap_loglike(const random_case *c, int64_t g, double y) {
  double forecast[NOBS], cov[NOBS], llf[NOBS], endog[NOBS];
  dense_output out = {forecast, cov, llf, 0.0};
  sx_model model = c->model;

  model.loglikelihood_burn = 0;
  memcpy(endog, c->endog, sizeof(endog));
  endog[g] = y;
  dense_filter(&model, &(sx_series){NOBS, endog, c->exog, NULL, NULL},
               c->params, &out);
  return out.llf;
}

/* `guess`: near enough to find a step of the right size. */
static inline known gap_known(const random_case *c, int64_t g, known guess) {
  double step = 1e3 * sqrt(guess.var);
  double middle = gap_loglike(c, g, guess.mean);
  double below = gap_loglike(c, g, guess.mean - step) - middle;
  double above = gap_loglike(c, g, guess.mean + step) - middle;
  double var = -step * step / (below + above);

  return (known){guess.mean + var * (above - below) / (2.0 * step), var};
}

static inline sx_status run_impute(const random_case *c, int64_t nobs,
                                   const sx_interrupt *interrupt,
                                   sx_impute_output *out) {
  sx_series series = {nobs, c->endog, c->exog, interrupt, NULL};
  size_t size = 0;
  sx_status status =
      sx_impute_plan(&c->model, &series, out->var != NULL, &size);
  void *work;

  if (status != SX_OK) {
    return status;
  }
  work = work_of_size(size);
  status = sx_impute(&c->model, &series, c->params, work, size, out);
  free(work);
  return status;
}

#endif
