/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What no workspace can be planned for, or has too small a one, is refused by
 * the run functions themselves; and the rare ends of a search.
 */
#include "fixtures.h"

#include <limits.h>

static const int32_t HUGE_LAG[] = {INT32_MAX - 1};
static const double PARAMS[] = {0.1, 1.0};

static double y[NOBS], memory[64];

/* An autoregression whose matrices have more bytes than a size counts. */
static sx_model huge_model(void) {
  sx_spec spec = order(0, 0, 0);

  spec.ar = (sx_lags){1, HUGE_LAG};
  spec.max_states = INT32_MAX;
  return model_of(&spec);
}

static void a_model_without_a_plan(void) {
  sx_model model = huge_model();
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  double found[4];
  size_t size;
  sx_point point = {SX_ENGINE_IDENTICAL, PARAMS};
  sx_hessian_output hessian = {.hessian = found};
  sx_loglike_score_output score = {.score = found};
  sx_fit_request request = {SX_ENGINE_AUTO, NULL, NULL, 5, 0};
  sx_fit_output fit = {.params = found};

  CHECK(sx_opg_plan(&model, &series, &size) == SX_E_OVERFLOW);
  CHECK(sx_opg(&model, &series, PARAMS, memory, sizeof(memory), found) ==
        SX_E_OVERFLOW);
  CHECK(sx_information_plan(&model, &series, &size) == SX_E_OVERFLOW);
  CHECK(sx_information(&model, &series, PARAMS, memory, sizeof(memory),
                       found) == SX_E_OVERFLOW);
  CHECK(sx_hessian_plan(&model, &series, point.engine, &size) == SX_E_OVERFLOW);
  CHECK(sx_hessian(&model, &series, &point, memory, sizeof(memory), &hessian) ==
        SX_E_OVERFLOW);
  CHECK(sx_loglike_score_plan(&model, &series, point.engine, &size) ==
        SX_E_OVERFLOW);
  CHECK(sx_loglike_score(&model, &series, &point, memory, sizeof(memory),
                         &score) == SX_E_OVERFLOW);
  CHECK(sx_fit_plan(&model, &series, &request, &size) == SX_E_OVERFLOW);
  CHECK(sx_fit(&model, &series, &request, memory, sizeof(memory), &fit) ==
        SX_E_OVERFLOW);
}

static void a_state_with_too_small_a_workspace(void) {
  sx_spec spec = order(1, 1, 1);
  sx_model model = model_of(&spec);
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  double params[] = {0.5, 0.2, 1.0}, mean[2], var[2];
  sx_forecast_output out = {2, NULL, mean, var, 0};
  size_t state_size = 0, work_size = 0, filter_size = 0;
  sx_state *state;
  void *work;

  CHECK(sx_state_plan(&model, &state_size, &work_size) == SX_OK);
  CHECK(sx_filter_plan(&model, &filter_size) == SX_OK);
  state = work_of_size(state_size);
  work = work_of_size(work_size);
  CHECK(sx_state_start(&model, &series, params, work, work_size, state) ==
        SX_OK);
  CHECK(sx_state_forecast(&model, state, NULL, work, filter_size, &out) ==
        SX_E_WORKSPACE);
  CHECK(sx_state_forecast(&model, state, NULL, work, work_size, &out) == SX_OK);
  free(work);
  free(state);
}

static sx_status fit(const sx_model *model, int64_t nobs, const double *endog,
                     sx_engine engine, sx_fit_output *out) {
  sx_series series = {nobs, endog, NULL, NULL, NULL};
  sx_fit_request request = {engine, NULL, NULL, 50, 0};
  size_t size = 0;
  sx_status status = sx_fit_plan(model, &series, &request, &size);
  void *work = work_of_size(size);

  CHECK(status == SX_OK);
  status = sx_fit(model, &series, &request, work, size, out);
  free(work);
  return status;
}

/* Two observations give no sigma2: the search starts from their change. */
static void two_observations(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  double params[2];
  sx_fit_output out = {.params = params};
  double two[] = {4.0, 10.0};
  sx_status status = fit(&model, 2, two, SX_ENGINE_AUTO, &out);

  CHECK(status >= 0 && params[1] > 1.0);
}

/* The exact engine alone meets points that it does not cover. */
static void points_the_exact_engine_does_not_cover(void) {
  sx_spec spec = order(2, 0, 0);
  sx_model model;
  double params[3], trend[NOBS];
  sx_fit_output out = {.params = params};

  spec.flags = ENFORCE & 0;
  model = model_of(&spec);
  for (int t = 0; t < NOBS; t++) {
    trend[t] = pow(1.3, t);
  }
  CHECK(fit(&model, NOBS, trend, SX_ENGINE_EXACT, &out) >= SX_E_EXACT);
}

/* Seasons that are never seen leave kappa in the covariances for good. */
static void seasons_never_seen(void) {
  sx_spec spec = seasonal(order(0, 2, 0), 0, 1, 0, 8);
  sx_model model = model_of(&spec);
  double params[] = {1.0}, gappy[NOBS];
  sx_series series = {NOBS, gappy, NULL, NULL, NULL};
  sx_loglike_request request = {SX_ENGINE_AUTO, 1, params, 0, 0};
  sx_loglike_output out;
  size_t size = 0;
  void *work;

  for (int t = 0; t < NOBS; t++) {
    gappy[t] = t % 8 == 5 ? NAN : y[t];
  }
  CHECK(sx_loglike_plan(&model, &series, &request, &size) == SX_OK);
  work = work_of_size(size);
  CHECK(sx_loglike(&model, &series, &request, work, size, &out) >= 0);
  CHECK(out.engine == SX_ENGINE_IDENTICAL);
  CHECK(out.reason == SX_REASON_ROUNDING);
  free(work);
}

/* A trend that is zero gives the initial state no mean to differentiate. */
static void a_trend_of_zero(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model;
  double params[] = {0.0, 0.5, 9.0}, score[3];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_score_output out = {.score = score};
  size_t size = 0;
  void *work;

  spec.trend = (sx_lags){1, POWERS};
  model = model_of(&spec);
  CHECK(sx_score_plan(&model, &series, &size) == SX_OK);
  work = work_of_size(size);
  CHECK(sx_score(&model, &series, params, work, size, &out) == SX_OK);
  CHECK(isfinite(score[0]) && isfinite(score[1]) && isfinite(score[2]));
  free(work);
}

int main(void) {
  fill_z(NOBS, y);
  RUN(a_model_without_a_plan);
  RUN(a_state_with_too_small_a_workspace);
  RUN(seasons_never_seen);
  RUN(a_trend_of_zero);
  RUN(two_observations);
  RUN(points_the_exact_engine_does_not_cover);
  return harness_finish();
}
