/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Closed forms, and expected estimates from statsmodels 0.15: SARIMAX.fit with
 * lbfgs, then bfgs, nm and bfgs from its end until the score is below 2e-5.
 */
#include "fit/fit.h"

#include "fixtures.h"

enum { MOST = 8 };

/* What a run takes, and the parameters it leaves. */
typedef struct problem {
  sx_model model;
  sx_series series;
  sx_fit_request request;
  double y[NOBS], exog[2 * NOBS], params[MOST];
  sx_fit_output out;
} problem;

/* The series z and engine auto; the caller may change all of it. */
static void prepare(const sx_spec *spec, problem *p) {
  memset(p, 0, sizeof(*p));
  p->model = model_of(spec);
  p->model.simd = sx_simd_detect();
  fill_z(NOBS, p->y);
  p->series = (sx_series){NOBS, p->y, NULL, NULL, NULL};
  p->request = (sx_fit_request){.engine = SX_ENGINE_AUTO, .maxiter = 500};
  p->out.params = p->params;
}

/* In a workspace of the planned size less `missing`, all NaN. */
static sx_status fit_within(problem *p, size_t missing) {
  sx_status status;
  size_t size = 0;
  void *work;

  status = sx_fit_plan(&p->model, &p->series, &p->request, &size);
  if (status < 0) {
    return status;
  }
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  status =
      sx_fit(&p->model, &p->series, &p->request, work, size - missing, &p->out);
  free(work);
  return status;
}

static sx_status fit(problem *p) { return fit_within(p, 0); }

static double loglike_at(const problem *p, const double *params) {
  const sx_loglike_request request = {
      .engine = p->request.engine, .count = 1, .params = params};
  sx_loglike_output out = {0};
  size_t size = 0;
  void *work;

  CHECK(sx_loglike_plan(&p->model, &p->series, &request, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  CHECK(sx_loglike(&p->model, &p->series, &request, work, size, &out) >= 0);
  free(work);
  return out.loglike;
}

static void check_fit(problem *p, double loglike, const double *params) {
  CHECK(fit(p) == SX_OK);
  CHECK(p->out.end == SX_FIT_CONVERGED && p->out.nit > 0);
  CHECK(p->out.nfev > p->out.nit);
  CHECK_CLOSE(p->out.loglike, loglike, 0, 1e-7);
  CHECK(p->out.loglike == loglike_at(p, p->params));
  for (int32_t i = 0; i < p->model.k_params; i++) {
    CHECK_CLOSE(p->params[i], params[i], 2e-4, 2e-4);
  }
}

/* ---- estimates ---- */

static void estimates_are_those_of_statsmodels(void) {
  const double arma[] = {0.7804892456668377, -0.8270656944124744,
                         6.600047084081831};
  const double airline[] = {-0.049619285979527236, -0.9097870878229045,
                            6.762276662313283};
  const double mean[] = {-0.4000228341906671, 0.9318809722635465,
                         0.0035745636029352657, 6.405954610175947};
  sx_spec spec = order(1, 1, 1);
  problem p;

  prepare(&spec, &p);
  check_fit(&p, -139.39484628296833, arma);
  CHECK(p.out.engine == SX_ENGINE_EXACT && p.out.reason == SX_REASON_NONE);
  CHECK(p.out.scale == 1.0 && p.out.start_flags == 0);
  spec = seasonal(order(0, 1, 1), 0, 1, 1, 4);
  prepare(&spec, &p);
  check_fit(&p, -133.99501303640153, airline);
  CHECK(p.out.nfev <= 12);
  spec = order(2, 0, 0);
  spec.trend = (sx_lags){1, POWERS};
  prepare(&spec, &p);
  p.request.engine = SX_ENGINE_EXACT;
  check_fit(&p, -141.89146285710626, mean);
}

static void a_concentrated_scale_is_reported(void) {
  const double params[] = {0.9507446982238308, 0.010624767285156026};
  sx_spec spec = order(2, 0, 0);
  problem p, full;

  spec.flags |= SX_CONCENTRATE_SCALE;
  prepare(&spec, &p);
  check_fit(&p, -142.70822242715712, params);
  spec.flags &= ~(uint32_t)SX_CONCENTRATE_SCALE;
  prepare(&spec, &full);
  CHECK(fit(&full) == SX_OK);
  CHECK_CLOSE(full.out.loglike, p.out.loglike, 0, 1e-7);
  CHECK_CLOSE(p.out.scale, full.params[2], 1e-4, 0);
}

static void measurement_errors_are_fitted_by_the_identical_engine(void) {
  const double params[] = {0.9620866805198174, 0.09619355820471319,
                           6.344595821346704};
  sx_spec spec = order(1, 0, 0);
  problem p;

  spec.flags |= SX_MEASUREMENT_ERROR;
  prepare(&spec, &p);
  check_fit(&p, -142.70728820663112, params);
  CHECK(p.out.engine == SX_ENGINE_IDENTICAL);
  CHECK(p.out.reason == SX_REASON_MEASUREMENT_ERROR);
  CHECK(p.out.nfev > 6 * p.out.nit); /* differences */
  p.request.engine = SX_ENGINE_EXACT;
  CHECK(fit(&p) == SX_E_EXACT);
  CHECK(p.out.reason == SX_REASON_MEASUREMENT_ERROR);
}

/* The estimates without them have a variance of 0; statsmodels' fit is named.
 */
static void measurement_errors_without_a_start_from_the_rest(void) {
  sx_spec spec = seasonal(order(0, 1, 1), 0, 1, 1, 4);
  problem p;

  spec.flags |= SX_MEASUREMENT_ERROR;
  prepare(&spec, &p);
  p.series.nobs = 48;
  for (int t = 0; t < 48; t++) {
    p.y[t] = 1.0 + t % 4;
  }
  CHECK(fit(&p) == SX_OK);
  CHECK(p.out.end != SX_FIT_NO_START);
  CHECK(p.out.loglike > 406.4803530252334);
}

/* White noise and regression have closed forms; t and 1 are orthogonalised. */
static void regression_is_least_squares(void) {
  const double start[] = {30.0, -20.0, 400.0}, n = NOBS;
  double sum[2] = {0.0, 0.0}, square = 0.0, rest = 0.0, beta[2];
  sx_spec spec = order(0, 0, 0);
  problem p;

  spec.k_exog = 2;
  prepare(&spec, &p);
  for (int t = 0; t < NOBS; t++) {
    double x = t - 0.5 * (NOBS - 1);

    p.exog[2 * t] = x * 1e3;
    p.exog[2 * t + 1] = 1.0;
    sum[0] += x * p.y[t];
    sum[1] += p.y[t];
    square += x * x;
  }
  beta[0] = sum[0] / square;
  beta[1] = sum[1] / n;
  for (int t = 0; t < NOBS; t++) {
    double e = p.y[t] - beta[0] * (t - 0.5 * (NOBS - 1)) - beta[1];

    rest += e * e / n;
  }
  p.series.exog = p.exog;
  p.request.start_params = start;
  CHECK(fit(&p) == SX_OK && p.out.end == SX_FIT_CONVERGED);
  CHECK_CLOSE(p.params[0], beta[0] / 1e3, 1e-4, 0);
  CHECK_CLOSE(p.params[1], beta[1], 1e-4, 0);
  CHECK_CLOSE(p.params[2], rest, 1e-4, 0);
  CHECK_CLOSE(p.out.loglike, -0.5 * n * (log(8.0 * atan(1.0) * rest) + 1.0), 0,
              1e-8);
}

/* ---- starts ---- */

static void a_start_outside_the_region_becomes_neutral(void) {
  const double start[] = {1.5, 0.2, -1.0};
  sx_spec spec = order(1, 1, 1);
  problem p, other;

  spec.flags |= SX_ENFORCE_INVERTIBILITY;
  prepare(&spec, &p);
  prepare(&spec, &other);
  p.request.start_params = start;
  CHECK(fit(&p) == SX_OK && p.out.end == SX_FIT_CONVERGED);
  CHECK(p.out.start_flags == SX_START_OUTSIDE);
  CHECK(fit(&other) == SX_OK);
  CHECK_CLOSE(p.out.loglike, other.out.loglike, 0, 1e-7);
}

static void a_start_beside_a_unit_root_moves_away(void) {
  const double start[] = {1.0 - 1e-6, 1.0 - 1e-6, 1.0};
  sx_spec spec = seasonal(order(1, 0, 0), 1, 0, 0, 4);
  problem p, other;

  prepare(&spec, &p);
  prepare(&spec, &other);
  p.request.engine = SX_ENGINE_EXACT;
  p.request.start_params = start;
  CHECK(fit(&p) == SX_OK && p.out.end == SX_FIT_CONVERGED);
  CHECK(p.out.start_flags == 0);
  CHECK(fit(&other) == SX_OK);
  CHECK_CLOSE(p.out.loglike, other.out.loglike, 0, 1e-7);
}

/* z + 1000, and 100 exp(0.02 k) + z / 10 */
static void fill_level(int is_growth, double *y) {
  for (int k = 0; k < NOBS; k++) {
    y[k] = is_growth ? 100.0 * exp(0.02 * k) + 0.1 * y[k] : y[k] + 1000.0;
  }
}

/* Autoregressions with a unit root: log-likelihoods of SARIMAX.fit. */
static void series_in_levels_take_few_evaluations(void) {
  const double theirs[2][5] = {{-147.87425659, -147.83676956, -147.82415267,
                                -147.16941322, -178.23447159},
                               {-172.64724245, -37.31167799, -136.95506795,
                                -101.38049811, -58.54978567}};
  const int64_t most[] = {25, 50, 100, 200, 100};
  const sx_spec specs[] = {order(1, 0, 0), order(2, 0, 0), order(1, 0, 1),
                           order(2, 0, 1),
                           seasonal(order(1, 0, 0), 1, 0, 0, 4)};

  for (int s = 0; s < 10; s++) {
    problem p;

    prepare(&specs[s / 2], &p);
    fill_level(s % 2, p.y);
    CHECK(fit(&p) >= 0 && p.out.end <= SX_FIT_ROUNDING);
    CHECK(p.out.loglike > theirs[s % 2][s / 2] - 1e-6);
    CHECK(p.out.nfev <= most[s / 2]);
  }
}

/* The end is a start from which nothing is left to gain. */
static void an_end_is_a_start(void) {
  sx_spec spec = order(1, 1, 1);
  problem p, again;

  prepare(&spec, &p);
  CHECK(fit(&p) == SX_OK);
  prepare(&spec, &again);
  again.request.start_params = p.params;
  CHECK(fit(&again) == SX_OK);
  CHECK(again.out.nit <= 1 && again.out.end == SX_FIT_CONVERGED);
  CHECK_CLOSE(again.out.loglike, p.out.loglike, 0, 1e-8);
}

/* Of variances below 1e-12 the filter skips every observation. */
static void no_likelihood_at_the_start_is_an_end(void) {
  const double start[] = {0.5, 0.0, 1e-30};
  sx_spec spec = order(1, 0, 0);
  problem p;

  spec.flags |= SX_MEASUREMENT_ERROR;
  prepare(&spec, &p);
  p.request.start_params = start;
  CHECK(fit(&p) == SX_W_SKIPPED);
  CHECK(p.out.end == SX_FIT_NO_START && p.out.nit == 0);
  CHECK(p.out.nobs_skipped > 0);
  CHECK_CLOSE(p.params[0], 0.5, 1e-15, 0);
}

/* All of the series is missing, or before the burn. */
static void without_data_there_is_no_convergence(void) {
  sx_spec spec = order(0, 1, 1);
  problem p;

  prepare(&spec, &p);
  p.series.nobs = p.model.loglikelihood_burn;
  CHECK(p.series.nobs > 0 && fit(&p) >= 0);
  CHECK(p.out.end == SX_FIT_NO_DATA && p.out.nit == 0);
  prepare(&spec, &p);
  for (int32_t t = 0; t < NOBS; t++) {
    p.y[t] = NAN;
  }
  CHECK(fit(&p) >= 0 && p.out.end == SX_FIT_NO_DATA);
  p.y[NOBS - 1] = 1.0;
  CHECK(fit(&p) >= 0 && p.out.end != SX_FIT_NO_DATA);
}

/* Of zeros the log-likelihood has no bound. */
static void no_maximum_is_no_convergence(void) {
  sx_spec spec = order(0, 1, 1);
  problem p;

  prepare(&spec, &p);
  memset(p.y, 0, sizeof(p.y));
  CHECK(fit(&p) >= 0);
  CHECK(p.out.end == SX_FIT_STUCK || p.out.end == SX_FIT_MAXITER);
  CHECK(isfinite(p.params[0]) && isfinite(p.params[1]));
}

/*
 * A likelihood with two maxima, which the start from zeros or the ridge leaves.
 * SARIMAX.fit ends at the lesser one from its own start, which is given here
 * and searched from alone, and at the other one from the best of twenty starts.
 */
static void a_further_search_may_win(void) {
  const double start[] = {-0.63159716, 0.34250815, 0.4578391};
  const double lesser = -59.504392095543494, greater = -55.55376858352343;
  sx_spec spec = order(1, 1, 1);
  uint64_t seed = 289;
  problem one, both;

  prepare(&spec, &one);
  for (int t = 0; t < NOBS; t++) {
    one.y[t] = (t > 0 ? 0.5 * one.y[t - 1] : 0.0) + uniform(&seed);
  }
  prepare(&spec, &both);
  memcpy(both.y, one.y, sizeof(both.y));
  one.request.start_params = start;
  CHECK(fit(&one) == SX_OK && one.out.end == SX_FIT_CONVERGED);
  CHECK_CLOSE(one.out.loglike, lesser, 0, 1e-6);
  CHECK(fit(&both) == SX_OK && both.out.end == SX_FIT_CONVERGED);
  CHECK_CLOSE(both.out.loglike, greater, 0, 1e-6);
  CHECK(both.out.loglike == loglike_at(&both, both.params));
  CHECK(both.params[0] > 0.0 && one.params[0] < 0.0);
}

/* ---- what may be asked ---- */

static void fixed_parameters_stay(void) {
  const double start[] = {0.3, 0.4, 3.0};
  const uint8_t ar[] = {1, 0, 0}, ma[] = {0, 1, 0}, both[] = {1, 1, 0};
  const uint8_t *const masks[] = {ar, ma, both};
  sx_spec spec = order(1, 1, 1);

  for (int m = 0; m < 3; m++) {
    problem p;

    prepare(&spec, &p);
    p.request.start_params = start;
    p.request.fixed = masks[m];
    CHECK(fit(&p) == SX_OK && p.out.end == SX_FIT_CONVERGED);
    CHECK(p.out.loglike > loglike_at(&p, start));
    for (int i = 0; i < 3; i++) {
      double found = p.params[i];

      CHECK(!masks[m][i] || found == start[i]);
      for (int side = -1; side <= 1 && !masks[m][i]; side += 2) {
        p.params[i] = found * (1.0 + 1e-3 * side);
        CHECK(loglike_at(&p, p.params) < p.out.loglike + 1e-9);
        p.params[i] = found;
      }
    }
  }
}

/* Outside the region too: the transformation passes them by. */
static void fixed_parameters_may_be_outside_the_region(void) {
  const double start[] = {-2.5, 3.0};
  const uint8_t fixed[] = {1, 0};
  sx_spec spec = order(0, 1, 1);
  problem p;

  prepare(&spec, &p);
  p.request.start_params = start;
  p.request.fixed = fixed;
  CHECK(fit(&p) == SX_OK && p.out.end == SX_FIT_CONVERGED);
  CHECK(p.params[0] == -2.5 && p.out.start_flags == 0);
}

static void nothing_to_estimate_is_an_end(void) {
  const double start[] = {0.3, 0.4, 3.0};
  const uint8_t fixed[] = {1, 1, 1};
  sx_spec spec = order(1, 1, 1);
  problem p;

  prepare(&spec, &p);
  p.request.start_params = start;
  p.request.fixed = fixed;
  CHECK(fit(&p) == SX_OK && p.out.end == SX_FIT_NOTHING);
  CHECK(p.out.nit == 0 && p.out.nfev == 0);
  CHECK(p.out.loglike == loglike_at(&p, start));
  CHECK(memcmp(p.params, start, sizeof(start)) == 0);
  spec = order(0, 0, 0);
  spec.flags = SX_CONCENTRATE_SCALE;
  prepare(&spec, &p);
  CHECK(fit(&p) == SX_OK && p.out.end == SX_FIT_NOTHING);
}

static void iterations_are_limited(void) {
  sx_spec spec = order(1, 1, 1);
  double last = -INFINITY;

  for (int32_t maxiter = 0; maxiter < 4; maxiter++) {
    problem p;

    prepare(&spec, &p);
    p.request.maxiter = maxiter;
    CHECK(fit(&p) == SX_OK);
    CHECK(p.out.end == SX_FIT_MAXITER && p.out.nit == maxiter);
    CHECK(p.out.loglike > last);
    last = p.out.loglike;
  }
}

static int count_down(void *context) {
  int *left = context;

  return --*left < 0;
}

static void an_interrupt_ends_it(void) {
  sx_spec spec = order(1, 1, 1), errors = order(1, 0, 0);
  const sx_spec *const specs[] = {&spec, &errors};

  errors.flags |= SX_MEASUREMENT_ERROR;
  for (int s = 0; s < 2; s++) {
    for (int n = 0; n < 8; n++) {
      int left = n;
      const sx_interrupt interrupt = {count_down, &left};
      problem p;

      prepare(specs[s], &p);
      p.series.interrupt = &interrupt;
      CHECK(fit(&p) == SX_E_INTERRUPTED);
      CHECK(left == -1);
    }
  }
}

static void arguments_are_checked(void) {
  sx_spec spec = order(1, 1, 1);
  size_t size;
  problem p;

  prepare(&spec, &p);
  CHECK(fit_within(&p, 65) == SX_E_WORKSPACE);
  CHECK(sx_fit_plan(NULL, &p.series, &p.request, &size) == SX_E_ARGUMENT);
  p.request.engine = SX_ENGINE_IDENTICAL;
  CHECK(fit(&p) == SX_E_ARGUMENT);
  prepare(&spec, &p);
  p.request.maxiter = -1;
  CHECK(fit(&p) == SX_E_ARGUMENT);
  prepare(&spec, &p);
  p.series.nobs = 0;
  CHECK(fit(&p) == SX_E_NOBS);
}

int main(void) {
  RUN(estimates_are_those_of_statsmodels);
  RUN(a_concentrated_scale_is_reported);
  RUN(measurement_errors_are_fitted_by_the_identical_engine);
  RUN(measurement_errors_without_a_start_from_the_rest);
  RUN(regression_is_least_squares);
  RUN(a_start_outside_the_region_becomes_neutral);
  RUN(a_start_beside_a_unit_root_moves_away);
  RUN(series_in_levels_take_few_evaluations);
  RUN(an_end_is_a_start);
  RUN(no_likelihood_at_the_start_is_an_end);
  RUN(without_data_there_is_no_convergence);
  RUN(no_maximum_is_no_convergence);
  RUN(a_further_search_may_win);
  RUN(fixed_parameters_stay);
  RUN(fixed_parameters_may_be_outside_the_region);
  RUN(nothing_to_estimate_is_an_end);
  RUN(iterations_are_limited);
  RUN(an_interrupt_ends_it);
  RUN(arguments_are_checked);
  return harness_finish();
}
