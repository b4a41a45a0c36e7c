/* SPDX-License-Identifier: BSD-3-Clause */
/* Random models over the whole range of options, for comparisons with dense.h.
 */
#ifndef RANDOMS_H
#define RANDOMS_H

#include "fixtures.h"

enum { RANDOM_PARAMS = 24, RANDOM_EXOG = 2 };

typedef struct random_case {
  int32_t lag[4][3]; /* ar, ma, seasonal ar, seasonal ma */
  sx_spec spec;
  sx_model model;
  double params[RANDOM_PARAMS];
  double endog[NOBS];
  double exog[NOBS * RANDOM_EXOG];
} random_case;

/* Up to `most` of the lags 1..3, ascending. */
static inline sx_lags random_lags(uint64_t *seed, int32_t most, int32_t *lag) {
  sx_lags lags = {0, lag};

  for (int32_t candidate = 1; candidate <= 3 && lags.count < most;
       candidate++) {
    if (pick(seed, 2) == 1) {
      lag[lags.count++] = candidate;
    }
  }
  return lags;
}

/* Factors with sum |coefficient| < 0.9: stationary, invertible. */
static inline void random_params(uint64_t *seed, random_case *c) {
  const sx_model *model = &c->model;

  for (int32_t i = 0; i < model->k_params; i++) {
    c->params[i] = 0.3 * uniform(seed);
  }
  for (int32_t i = model->offset_measurement_variance; i < model->k_params;
       i++) {
    c->params[i] = 1.0 + 0.5 * uniform(seed);
  }
}

/* A sixth of the values missing, in runs. */
static inline void random_data(uint64_t *seed, random_case *c) {
  double level = 0.0;
  int missing = 0;

  for (int t = 0; t < NOBS; t++) {
    level += 2.0 * uniform(seed);
    missing = pick(seed, 12) < (missing ? 6 : 1);
    c->endog[t] = missing ? NAN : level;
    c->exog[2 * t] = uniform(seed);
    c->exog[2 * t + 1] = uniform(seed);
  }
}

/*
 * Case `number`, with D = number mod 4 and no steady state. The diffuse
 * variance is moderate, and d at most 1 with D = 3: otherwise rounding alone
 * (a dense filter in double against one in long double) reaches 1e-9.
 */
static inline void random_make(uint64_t number, random_case *c) {
  uint64_t seed = number * UINT64_C(2654435761) + 12345;
  int32_t blocks = (int32_t)(number % 4);
  sx_spec *spec = &c->spec;

  uniform(&seed);
  *spec = order(0, pick(&seed, blocks == 3 ? 2 : 3), 0);
  spec->ar = random_lags(&seed, 3, c->lag[0]);
  spec->ma = random_lags(&seed, 3, c->lag[1]);
  spec->seasonal_diff = blocks;
  if (blocks > 0 || pick(&seed, 2) == 1) {
    spec->periods = 2 + pick(&seed, 3);
    spec->seasonal_ar = random_lags(&seed, 2, c->lag[2]);
    spec->seasonal_ma = random_lags(&seed, 1, c->lag[3]);
  }
  spec->trend = (sx_lags){pick(&seed, 3), POWERS};
  spec->trend_offset = 3.0 * uniform(&seed);
  spec->k_exog = pick(&seed, RANDOM_EXOG + 1);
  spec->flags = (uint32_t)pick(&seed, 4);
  spec->initial_variance = 50.0;
  spec->tolerance = 0.0;
  c->model = model_of(spec);
  random_params(&seed, c);
  random_data(&seed, c);
}

static inline sx_status run_case(const random_case *c, results *r) {
  sx_series series = {NOBS, c->endog, c->exog, NULL, NULL};

  results_clear(r);
  return run_filter(&c->model, &series, c->params, &r->out);
}

#endif
