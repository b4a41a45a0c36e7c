/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The covariance step over random models, against the dense filter of dense.h
 * and each instruction set against the others.
 */
#include "dense.h"
#include "randoms.h"

static void check_period(const random_case *c, const results *r, int t,
                         const dense_output *dense) {
  double e = (c->endog[t] - dense->forecast[t]) / sqrt(dense->error_cov[t]);

  CHECK_CLOSE(r->cov[t], dense->error_cov[t], 1e-10, 0);
  CHECK_CLOSE(r->forecast[t], dense->forecast[t], 1e-10, 1e-10);
  CHECK_CLOSE(r->llf[t], dense->llf_obs[t], 1e-10, 1e-10);
  if (isnan(c->endog[t])) {
    CHECK(isnan(r->error[t]) && r->standardized[t] == 0.0);
  } else {
    CHECK_CLOSE(r->error[t], c->endog[t] - dense->forecast[t], 1e-10, 1e-10);
    CHECK_CLOSE(r->standardized[t], e, 1e-10, 1e-10);
  }
}

static void random_models_equal_the_dense_filter(void) {
  double forecast[NOBS], cov[NOBS], llf[NOBS];

  for (uint64_t number = 0; number < 120; number++) {
    dense_output dense = {forecast, cov, llf, 0.0};
    random_case c;
    results r;

    random_make(number, &c);
    dense_filter(&c.model, &(sx_series){NOBS, c.endog, c.exog, NULL, NULL},
                 c.params, &dense);
    CHECK(run_case(&c, &r) == SX_OK);
    CHECK_CLOSE(r.out.llf, dense.llf, 1e-10, 0);
    CHECK(r.out.loglike == r.out.llf && r.out.scale == 1.0);
    CHECK(r.out.nobs_skipped == 0 && r.out.period_converged == -1);
    for (int t = 0; t < NOBS; t++) {
      check_period(&c, &r, t, &dense);
    }
  }
}

/* Bit for bit; freezing is on in every other case. */
static void all_levels_give_the_same_bits(void) {
  for (uint64_t number = 0; number < 120; number++) {
    random_case c;
    results baseline, other;

    random_make(number, &c);
    c.model.spec.tolerance = number % 2 == 0 ? 1e-4 : 0.0;
    c.model.simd = SX_SIMD_BASELINE;
    CHECK(run_case(&c, &baseline) == SX_OK);
    for (int level = 1; level <= (int)sx_simd_detect(); level++) {
      c.model.simd = (sx_simd)level;
      CHECK(run_case(&c, &other) == SX_OK);
      CHECK(memcmp(&other, &baseline, offsetof(results, out)) == 0);
      CHECK(other.out.llf == baseline.out.llf);
      CHECK(other.out.period_converged == baseline.out.period_converged);
    }
  }
}

/* The first t >= 1 with sum_ij (P_{t+1} - P_t)_ij^2 < tolerance, or -1. */
static int64_t dense_steady_period(const sx_model *model,
                                   const sx_series *series,
                                   const double *params) {
  static dense_system sys, before;
  double forecast[NOBS], cov[NOBS], llf[NOBS];
  dense_output out = {forecast, cov, llf, 0.0};

  dense_build(model, params, &sys);
  dense_init(model, params, &sys);
  for (int64_t t = 0; t < series->nobs; t++) {
    long double sum = 0.0L;

    before = sys;
    dense_period(model, series, params, t, &sys, &out);
    for (int i = 0; i < sys.m; i++) {
      for (int j = 0; j < sys.m; j++) {
        long double change = sys.P[i][j] - before.P[i][j];

        sum += change * change;
      }
    }
    if (t >= 1 && sum < model->spec.tolerance) {
      return t;
    }
  }
  return -1;
}

/* Tolerances from 1 down to 1e-12, three per power of ten. */
static void check_steady_periods(const sx_spec *spec) {
  const double params[] = {.4, .3, .5, -.2, .3, 1.0};
  double endog[NOBS];
  sx_series series = {NOBS, endog, NULL, NULL, NULL};
  sx_model model = model_of(spec);
  int64_t first = -1, last = -1;

  fill_y(NOBS, endog);
  for (int k = 0; k <= 36; k++) {
    results r;

    model.spec.tolerance = pow(10.0, -k / 3.0);
    CHECK(run(&model, NOBS, endog, params, &r) == SX_OK);
    last = dense_steady_period(&model, &series, params);
    first = k == 0 ? last : first;
    CHECK(r.out.period_converged == last);
  }
  CHECK(first >= 1 && last > first + 10);
}

static void the_steady_state_starts_where_the_covariance_stops(void) {
  sx_spec spec = seasonal(order(2, 0, 2), 1, 0, 0, 3);

  check_steady_periods(&spec);
  spec.seasonal_diff = 1;
  spec.initial_variance = 50.0;
  check_steady_periods(&spec);
}

int main(void) {
  RUN(random_models_equal_the_dense_filter);
  RUN(all_levels_give_the_same_bits);
  RUN(the_steady_state_starts_where_the_covariance_stops);
  return harness_finish();
}
