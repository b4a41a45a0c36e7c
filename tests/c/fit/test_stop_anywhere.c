/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs stopped at each question in turn, from the first to the last: all of
 * them end with SX_E_INTERRUPTED and ask no more.
 */
#include "fixtures.h"

enum { ROWS = 700, MANY = 24, MOST_PARAMS = 16, MOST_STOPS = 30, AHEAD = 16 };

static int32_t many_lags[60];
static double endog[ROWS], exog[2 * ROWS], gappy[ROWS], zeros[ROWS],
    nearly[ROWS];

/* Questions up to which none is left out. */
static int64_t dense = 10;

typedef struct questions {
  int64_t asked, stop_at;
} questions;

static int answer(void *context) {
  questions *q = context;

  q->asked++;
  return q->asked == q->stop_at;
}

/* One call of the core on a series that may be stopped. */
typedef sx_status (*stoppable)(const sx_model *model, const sx_series *series,
                               const double *params);

static sx_status exact_in_lanes(const sx_model *model, const sx_series *series,
                                const double *params, int32_t each) {
  sx_loglike_output out[MANY];
  sx_series all[MANY];
  sx_loglike_request request = {SX_ENGINE_EXACT, MANY, params, 1, each};
  size_t size = 0;
  sx_status status = sx_loglike_plan(model, series, &request, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  for (int i = 0; i < MANY; i++) {
    all[i] = *series;
  }
  status = sx_loglike(model, all, &request, work, size, out);
  free(work);
  return status;
}

static sx_status run_lanes(const sx_model *model, const sx_series *series,
                           const double *params) {
  return exact_in_lanes(model, series, params, 0);
}

static sx_status run_shared(const sx_model *model, const sx_series *series,
                            const double *params) {
  return exact_in_lanes(model, series, params, 1);
}

/* Vectors that differ in the scale alone, and follow one run of covariances. */
static sx_status run_groups(const sx_model *model, const sx_series *series,
                            const double *params) {
  double vectors[MANY * MOST_PARAMS];
  sx_loglike_output out[MANY];
  sx_loglike_request request = {SX_ENGINE_EXACT, MANY, vectors, 0, 0};
  size_t k = (size_t)model->k_params, size = 0;
  sx_status status = sx_loglike_plan(model, series, &request, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  for (size_t i = 0; i < MANY; i++) {
    memcpy(vectors + i * k, params, k * sizeof(double));
    vectors[i * k + k - 1] += 0.1 * (double)i;
  }
  status = sx_loglike(model, series, &request, work, size, out);
  free(work);
  return status;
}

static sx_status run_score(const sx_model *model, const sx_series *series,
                           const double *params) {
  double score[MOST_PARAMS];
  sx_score_output out = {.score = score};
  size_t size = 0;
  sx_status status = sx_score_plan(model, series, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_score(model, series, params, work, size, &out);
  free(work);
  return status;
}

static sx_status hessian_of(const sx_model *model, const sx_series *series,
                            const double *params, sx_engine engine) {
  double matrix[MOST_PARAMS * MOST_PARAMS];
  sx_hessian_output out = {.hessian = matrix};
  sx_point point = {engine, params};
  size_t size = 0;
  sx_status status = sx_hessian_plan(model, series, engine, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_hessian(model, series, &point, work, size, &out);
  free(work);
  return status;
}

static sx_status run_hessian(const sx_model *model, const sx_series *series,
                             const double *params) {
  return hessian_of(model, series, params, SX_ENGINE_EXACT);
}

static sx_status run_identical_hessian(const sx_model *model,
                                       const sx_series *series,
                                       const double *params) {
  return hessian_of(model, series, params, SX_ENGINE_IDENTICAL);
}

/* sx_opg or sx_information, planned by `plan`. */
static sx_status
product_of(sx_status (*plan)(const sx_model *, const sx_series *, size_t *),
           sx_status (*multiply)(const sx_model *, const sx_series *,
                                 const double *, void *, size_t, double *),
           const sx_model *model, const sx_series *series,
           const double *params) {
  double matrix[MOST_PARAMS * MOST_PARAMS];
  size_t size = 0;
  sx_status status = plan(model, series, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = multiply(model, series, params, work, size, matrix);
  free(work);
  return status;
}

static sx_status run_opg(const sx_model *model, const sx_series *series,
                         const double *params) {
  return product_of(sx_opg_plan, sx_opg, model, series, params);
}

static sx_status run_information(const sx_model *model, const sx_series *series,
                                 const double *params) {
  return product_of(sx_information_plan, sx_information, model, series, params);
}

static sx_status run_identical_score(const sx_model *model,
                                     const sx_series *series,
                                     const double *params) {
  double score[MOST_PARAMS];
  sx_loglike_score_output out = {.score = score};
  sx_point point = {SX_ENGINE_IDENTICAL, params};
  size_t size = 0;
  sx_status status =
      sx_loglike_score_plan(model, series, SX_ENGINE_IDENTICAL, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_loglike_score(model, series, &point, work, size, &out);
  free(work);
  return status;
}

static sx_status run_fit(const sx_model *model, const sx_series *series,
                         const double *params) {
  double found[MOST_PARAMS];
  sx_fit_output out = {.params = found};
  sx_fit_request request = {.engine = SX_ENGINE_AUTO, .maxiter = 20};
  size_t size = 0;
  sx_status status = sx_fit_plan(model, series, &request, &size);
  void *work = work_of_size(size);

  (void)params;
  CHECK(status == SX_OK);
  status = sx_fit(model, series, &request, work, size, &out);
  free(work);
  return status;
}

static sx_status run_filter_once(const sx_model *model, const sx_series *series,
                                 const double *params) {
  sx_filter_output out = {0};

  return run_filter(model, series, params, &out);
}

static sx_status run_start(const sx_model *model, const sx_series *series,
                           const double *params) {
  double found[80];
  uint32_t flags;
  size_t size = 0;
  sx_status status = sx_start_params_plan(model, series->nobs, &size);
  void *work = work_of_size(size);

  (void)params;
  CHECK(status == SX_OK);
  status = sx_start_params(model, series, work, size, found, &flags);
  free(work);
  return status;
}

static sx_status run_exact_forecast(const sx_model *model,
                                    const sx_series *series,
                                    const double *params) {
  double mean[AHEAD], var[AHEAD];
  sx_forecast_output forecast = {AHEAD, NULL, mean, var, 0};
  sx_loglike_output how;
  sx_outlook_output out = {&forecast, &how};
  sx_forecast_request request = {{SX_ENGINE_EXACT, 1, params, 1, 1}, AHEAD};
  size_t size = 0;
  sx_status status = sx_outlook_plan(model, series, &request, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_outlook(model, series, &request, work, size, &out);
  free(work);
  return status;
}

/* From a period in the sample to some beyond it. */
static sx_status run_predict(const sx_model *model, const sx_series *series,
                             const double *params) {
  double mean[AHEAD], var[AHEAD];
  sx_predict_output out = {
      ROWS - AHEAD / 2, ROWS + AHEAD / 2, ROWS, NULL, mean, var, 0};
  size_t size = 0;
  sx_status status = sx_forecast_plan(model, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_predict(model, series, params, work, size, &out);
  free(work);
  return status;
}

static void stop_everywhere(stoppable call, const sx_model *model,
                            sx_series series, const double *params) {
  questions q = {0, 0};
  sx_interrupt interrupt = {answer, &q};
  int64_t total, step;

  series.interrupt = &interrupt;
  CHECK(call(model, &series, params) >= 0);
  total = q.asked;
  CHECK(total > 0);
  step = 1 + total / MOST_STOPS;
  for (int64_t stop = 1; stop <= total; stop += stop < dense ? 1 : step) {
    q = (questions){0, stop};
    CHECK(call(model, &series, params) == SX_E_INTERRUPTED);
    CHECK(q.asked == stop);
  }
}

static const double PARAMS[] = {0.3, -0.2, 0.5, 0.4, -0.5, 1.5};
static const double SMALL[] = {0.1, 0.1, 0.1, 0.2, 0.1, 1.0};

static sx_model stationary_model(void) {
  sx_spec spec = seasonal(order(1, 0, 1), 1, 0, 1, 52);

  spec.k_exog = 1;
  return model_of(&spec);
}

static sx_series data(double *y) {
  return (sx_series){ROWS, y, exog, NULL, NULL};
}

static void exact_runs(void) {
  sx_model model = stationary_model();

  stop_everywhere(run_lanes, &model, data(endog), PARAMS);
  stop_everywhere(run_shared, &model, data(endog), PARAMS);
  stop_everywhere(run_groups, &model, data(endog), PARAMS);
  stop_everywhere(run_score, &model, data(endog), PARAMS);
  stop_everywhere(run_lanes, &model, data(gappy), PARAMS);
  stop_everywhere(run_score, &model, data(gappy), PARAMS);
}

/* A long season: the first block, the autocovariances and the start ask too. */
static void long_seasons(void) {
  static const double near_unit_roots[] = {0.99, 0.5, 0.95, -0.4, 1.0};
  sx_spec spec = seasonal(order(1, 0, 1), 1, 0, 1, 104);
  sx_model model = model_of(&spec);

  stop_everywhere(run_shared, &model, data(endog), PARAMS + 1);
  stop_everywhere(run_groups, &model, data(endog), PARAMS + 1);
  stop_everywhere(run_score, &model, data(endog), PARAMS + 1);
  stop_everywhere(run_filter_once, &model, data(endog), PARAMS + 1);
  stop_everywhere(run_lanes, &model, data(endog), near_unit_roots);
  stop_everywhere(run_exact_forecast, &model, data(endog), PARAMS + 1);
  stop_everywhere(run_predict, &model, data(endog), PARAMS + 1);
  spec = seasonal(order(3, 0, 0), 2, 0, 0, 300);
  model = model_of(&spec);
  stop_everywhere(run_filter_once, &model, data(endog), SMALL);
  spec = seasonal(order(0, 0, 0), 0, 0, 2, 300);
  model = model_of(&spec);
  stop_everywhere(run_filter_once, &model, data(endog), SMALL + 3);
  spec = order(1, 0, 0);
  spec.ma = (sx_lags){60, many_lags};
  model = model_of(&spec);
  dense = 300;
  stop_everywhere(run_start, &model, data(zeros), PARAMS);
  stop_everywhere(run_start, &model, data(nearly), PARAMS);
  dense = 10;
}

static void derivatives(void) {
  sx_model model = stationary_model();
  sx_spec diffuse = model.spec;

  stop_everywhere(run_hessian, &model, data(endog), PARAMS);
  stop_everywhere(run_identical_hessian, &model, data(endog), PARAMS);
  stop_everywhere(run_identical_score, &model, data(endog), PARAMS);
  stop_everywhere(run_opg, &model, data(endog), PARAMS);
  stop_everywhere(run_information, &model, data(endog), PARAMS);
  diffuse.flags &= ~(uint32_t)SX_ENFORCE_STATIONARITY;
  model = model_of(&diffuse);
  stop_everywhere(run_opg, &model, data(gappy), PARAMS);
}

static void fits(void) {
  sx_spec spec = seasonal(order(1, 1, 1), 1, 0, 1, 24);
  sx_model model = stationary_model();
  sx_model differenced = model_of(&spec);

  stop_everywhere(run_fit, &model, data(endog), NULL);
  stop_everywhere(run_fit, &differenced, data(endog), NULL);
  spec.flags |= SX_MEASUREMENT_ERROR;
  differenced = model_of(&spec);
  stop_everywhere(run_fit, &differenced, data(endog), NULL);
}

int main(void) {
  uint64_t seed = 5;
  double level = 0.0;

  for (int t = 0; t < ROWS; t++) {
    level = 0.8 * level + uniform(&seed);
    endog[t] = level;
    gappy[t] = t % 100 == 50 ? NAN : level;
    exog[t] = uniform(&seed);
    nearly[t] = cos(0.05 * t) + 1e-12 * exog[t];
  }
  for (int k = 0; k < 60; k++) {
    many_lags[k] = k + 1;
  }
  RUN(exact_runs);
  RUN(long_seasons);
  RUN(derivatives);
  RUN(fits);
  return harness_finish();
}
