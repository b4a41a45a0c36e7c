/* SPDX-License-Identifier: BSD-3-Clause */
/* Starts against the log-likelihoods of sx_loglike around them. */
#include "fit/inside.h"

#include "fixtures.h"

enum { MOST = 8 };

typedef struct problem {
  sx_model model;
  sx_series series;
  double y[NOBS], params[MOST];
  int64_t nfev;
} problem;

static void prepare(const sx_spec *spec, problem *p) {
  memset(p, 0, sizeof(*p));
  p->model = model_of(spec);
  fill_z(NOBS, p->y);
  p->series.nobs = NOBS;
  p->series.endog = p->y;
}

static sx_status start(problem *p, uint32_t flags, int sigma2_is_fixed) {
  double best[MOST], moved[MOST], score[MOST];
  sx_inside inside = {.model = &p->model,
                      .series = &p->series,
                      .flags = flags,
                      .sigma2_is_fixed = sigma2_is_fixed,
                      .params = p->params,
                      .best = best,
                      .moved = moved,
                      .score = score};
  sx_status status = sx_score_plan(&p->model, &p->series, &inside.work_size);

  CHECK(status == SX_OK);
  inside.work = work_of_size(inside.work_size);
  status = sx_start_inside(&inside);
  p->nfev = inside.nfev;
  free(inside.work);
  return status;
}

static double loglike_at(const problem *p, const double *params) {
  const sx_loglike_request request = {
      .engine = SX_ENGINE_EXACT, .count = 1, .params = params};
  sx_loglike_output out = {0};
  size_t size = 0;
  void *work;

  CHECK(sx_loglike_plan(&p->model, &p->series, &request, &size) == SX_OK);
  work = work_of_size(size);
  CHECK(sx_loglike(&p->model, &p->series, &request, work, size, &out) >= 0);
  free(work);
  return out.loglike;
}

static void what_is_inside_stays(void) {
  const double params[] = {0.4, 0.2, 3.0};
  sx_spec spec = order(1, 0, 1);
  problem p;

  prepare(&spec, &p);
  memcpy(p.params, params, sizeof(params));
  CHECK(start(&p, SX_START_TOO_FEW_OBS, 0) == SX_OK);
  CHECK(memcmp(p.params, params, sizeof(params)) == 0 && p.nfev == 0);
}

static void a_level_keeps_its_root(void) {
  sx_spec spec = order(2, 0, 0);
  double at, zeros[3];
  problem p;

  prepare(&spec, &p);
  p.params[0] = 0.7;
  p.params[1] = 0.33; /* 1 - 0.7 x - 0.33 x^2 has the root 0.976 */
  p.params[2] = 8.0;
  CHECK(start(&p, SX_START_NONSTATIONARY_AR, 0) == SX_OK);
  CHECK(p.nfev == 2);
  CHECK(p.params[0] + p.params[1] < 1.0);
  CHECK_CLOSE(p.params[0], 0.7, 0.15, 0);
  CHECK_CLOSE(p.params[1], 0.33, 0.15, 0);
  at = loglike_at(&p, p.params);
  for (int side = -1; side <= 1; side += 2) {
    double moved[] = {p.params[0], p.params[1],
                      p.params[2] * (1.0 + 0.01 * side)};

    CHECK(loglike_at(&p, moved) < at);
  }
  memcpy(zeros, (const double[]){0.0, 0.0, p.params[2]}, sizeof(zeros));
  CHECK(loglike_at(&p, zeros) < at - 1.0);
}

/* y has no trace of the root it is said to have. */
static void noise_gets_zeros(void) {
  sx_spec spec = order(1, 0, 0);
  double square = 0.0, n = NOBS;
  problem p;

  prepare(&spec, &p);
  fill_y(NOBS, p.y);
  for (int t = 0; t < NOBS; t++) {
    square += p.y[t] * p.y[t] / n;
  }
  p.params[0] = 1.5;
  p.params[1] = 30.0;
  CHECK(start(&p, SX_START_NONSTATIONARY_AR, 0) == SX_OK);
  CHECK(p.params[0] == 0.0);
  CHECK_CLOSE(p.params[1], square, 1e-12, 0);
  p.params[0] = 1.5;
  p.params[1] = 30.0;
  CHECK(start(&p, SX_START_NONSTATIONARY_AR, 1) == SX_OK);
  CHECK(p.params[0] == 0.0 && p.params[1] == 30.0);
}

/* The best of the four combinations, at the sigma2 of each. */
static void each_polynomial_is_decided(void) {
  sx_spec spec = seasonal(order(1, 0, 0), 1, 0, 0, 4);
  double best, value;
  problem p;

  prepare(&spec, &p);
  p.params[0] = 1.01;
  p.params[1] = 1.02;
  p.params[2] = 5.0;
  CHECK(start(&p,
              SX_START_NONSTATIONARY_AR | SX_START_NONSTATIONARY_SEASONAL_AR,
              0) == SX_OK);
  CHECK(p.nfev >= 3); /* two unit roots at once may not be covered */
  CHECK(p.params[0] > 0.9 && p.params[0] < 1.0 && p.params[1] == 0.0);
  best = loglike_at(&p, p.params);
  for (double sigma2 = 0.1; sigma2 < 1e4; sigma2 *= 1.1) {
    const double seasonal_alone[] = {0.0, 0.99, sigma2};

    value = loglike_at(&p, seasonal_alone);
    CHECK(value < best);
  }
}

static void moving_averages_too(void) {
  uint64_t seed = 1;
  sx_spec spec = order(0, 0, 1);
  problem p;

  prepare(&spec, &p);
  for (int t = 0; t < NOBS; t++) {
    p.y[t] = uniform(&seed);
  }
  for (int t = NOBS - 1; t > 0; t--) {
    p.y[t] += p.y[t - 1];
  }
  p.params[0] = 1.3;
  p.params[1] = 50.0;
  CHECK(start(&p, SX_START_NONINVERTIBLE_MA, 0) == SX_OK);
  CHECK(p.params[0] > 0.3 && p.params[0] < 1.0);
}

static void what_is_not_covered_gets_zeros(void) {
  sx_spec spec = order(1, 0, 0);
  problem p;

  spec.flags |= SX_MEASUREMENT_ERROR;
  prepare(&spec, &p);
  p.params[0] = 1.5;
  p.params[1] = 1.0;
  p.params[2] = 7.0;
  CHECK(start(&p, SX_START_NONSTATIONARY_AR, 0) == SX_OK);
  CHECK(p.params[0] == 0.0 && p.params[1] == 1.0 && p.params[2] == 7.0);
  CHECK(p.nfev == 0);
}

static void what_is_far_outside_gets_zeros(void) {
  sx_spec spec = order(1, 0, 0);
  problem p;

  prepare(&spec, &p);
  p.params[0] = -1e300;
  p.params[1] = 7.0;
  CHECK(start(&p, SX_START_NONSTATIONARY_AR, 0) == SX_OK);
  CHECK(p.params[0] == 0.0 && p.params[1] > 0.0);
}

/* No sigma2 fits zeros: it stays as it was. */
static void a_series_of_zeros(void) {
  sx_spec spec = order(1, 0, 0);
  problem p;

  prepare(&spec, &p);
  memset(p.y, 0, sizeof(p.y));
  p.params[0] = 1.5;
  p.params[1] = 7.0;
  CHECK(start(&p, SX_START_NONSTATIONARY_AR, 0) == SX_OK);
  CHECK(p.params[1] == 7.0);
}

static int at_once(void *context) {
  (void)context;
  return 1;
}

static void an_interrupt_ends_it(void) {
  const sx_interrupt interrupt = {at_once, NULL};
  sx_spec spec = order(1, 0, 0);
  problem p;

  prepare(&spec, &p);
  p.series.interrupt = &interrupt;
  p.params[0] = 1.5;
  p.params[1] = 1.0;
  CHECK(start(&p, SX_START_NONSTATIONARY_AR, 0) == SX_E_INTERRUPTED);
}

int main(void) {
  RUN(what_is_inside_stays);
  RUN(a_level_keeps_its_root);
  RUN(noise_gets_zeros);
  RUN(each_polynomial_is_decided);
  RUN(moving_averages_too);
  RUN(what_is_not_covered_gets_zeros);
  RUN(what_is_far_outside_gets_zeros);
  RUN(a_series_of_zeros);
  RUN(an_interrupt_ends_it);
  return harness_finish();
}
