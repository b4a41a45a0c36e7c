/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sx_loglike_score and sx_hessian against derivatives by hand: of a regression
 * with independent errors, and of Harvey's AR(1) (Hamilton 1994, section 5.2).
 */
#include "randoms.h"

enum { MOST = 4, REGRESSORS = 2 };

typedef struct derivatives {
  double loglike, score[MOST], hessian[MOST * MOST];
  sx_engine engine, hessian_engine;
  sx_reason reason, hessian_reason;
  sx_status status, hessian_status;
} derivatives;

static void *nan_bytes(size_t size) {
  void *work = malloc(size);

  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  return work;
}

static derivatives run_score(const sx_model *model, const sx_series *series,
                             const sx_point *point, size_t less) {
  derivatives found;
  sx_loglike_score_output out = {.score = found.score};
  size_t size = 0;
  void *work;

  CHECK(sx_loglike_score_plan(model, series, point->engine, &size) == SX_OK);
  work = nan_bytes(size);
  memset(&found, 0xff, sizeof(found));
  found.status =
      sx_loglike_score(model, series, point, work, size - less, &out);
  free(work);
  found.loglike = out.loglike;
  found.engine = out.engine;
  found.reason = out.reason;
  return found;
}

static void run_hessian(const sx_model *model, const sx_series *series,
                        const sx_point *point, size_t less,
                        derivatives *found) {
  sx_hessian_output out = {.hessian = found->hessian};
  size_t size = 0;
  void *work;

  CHECK(sx_hessian_plan(model, series, point->engine, &size) == SX_OK);
  work = nan_bytes(size);
  found->hessian_status =
      sx_hessian(model, series, point, work, size - less, &out);
  free(work);
  found->hessian_engine = out.engine;
  found->hessian_reason = out.reason;
}

static derivatives run_both(const sx_model *model, const sx_series *series,
                            const sx_point *point) {
  derivatives found = run_score(model, series, point, 0);

  run_hessian(model, series, point, 0, &found);
  return found;
}

/* In units of the parameters' uncertainties. */
static void check_derivatives(int k, const derivatives *found,
                              const derivatives *expected, double bound) {
  CHECK(found->status == SX_OK && found->hessian_status == SX_OK);
  CHECK_CLOSE(found->loglike, expected->loglike, 1e-10, 0.0);
  for (int i = 0; i < k; i++) {
    double unit = sqrt(fabs(expected->hessian[i * k + i]));

    CHECK_CLOSE(found->score[i], expected->score[i], 0.0, bound * unit);
    for (int j = 0; j < k; j++) {
      double other = sqrt(fabs(expected->hessian[j * k + j]));

      CHECK_CLOSE(found->hessian[i * k + j], expected->hessian[i * k + j], 0.0,
                  bound * unit * other);
      CHECK(found->hessian[i * k + j] == found->hessian[j * k + i]);
    }
  }
}

static void check_engines(const sx_model *model, const sx_series *series,
                          const double *params, const derivatives *expected) {
  const sx_engine asked[] = {SX_ENGINE_AUTO, SX_ENGINE_EXACT,
                             SX_ENGINE_IDENTICAL};
  const sx_engine runs[] = {SX_ENGINE_EXACT, SX_ENGINE_EXACT,
                            SX_ENGINE_IDENTICAL};

  for (int e = 0; e < 3; e++) {
    sx_point point = {asked[e], params};
    derivatives found = run_both(model, series, &point);

    check_derivatives(model->k_params, &found, expected,
                      runs[e] == SX_ENGINE_EXACT ? 1e-6 : 1e-5);
    CHECK(found.engine == runs[e] && found.hessian_engine == runs[e]);
    CHECK(found.reason ==
          (runs[e] == SX_ENGINE_EXACT ? SX_REASON_NONE : SX_REASON_ASKED));
    CHECK(found.hessian_reason == found.reason);
  }
}

/* ---- a regression ---- */

/* -n/2 log(2 pi s) - Q / (2 s), Q the sum of v^2, v = y - X b. */
static derivatives regression(const double *y, const double *x, const double *b,
                              double s) {
  derivatives d = {0};
  double *xv = d.score;
  double n = (double)NOBS, Q = 0.0;

  for (int t = 0; t < NOBS; t++) {
    double v = y[t] - x[2 * t] * b[0] - x[2 * t + 1] * b[1];

    Q += v * v;
    for (int i = 0; i < REGRESSORS; i++) {
      xv[i] += x[2 * t + i] * v / s;
      for (int j = 0; j < REGRESSORS; j++) {
        d.hessian[3 * i + j] -= x[2 * t + i] * x[2 * t + j] / s;
      }
    }
  }
  for (int i = 0; i < REGRESSORS; i++) {
    d.hessian[3 * i + 2] = d.hessian[6 + i] = -xv[i] / s;
  }
  d.score[2] = 0.5 * (Q / s - n) / s;
  d.hessian[8] = (0.5 * n - Q / s) / (s * s);
  d.loglike = -0.5 * (n * log(2.0 * acos(-1.0) * s) + Q / s);
  return d;
}

static void of_a_regression(void) {
  const double params[] = {1.5, -2e-3, 7.0};
  sx_spec spec = order(0, 0, 0);
  double y[NOBS], x[NOBS * REGRESSORS];
  sx_series series = {NOBS, y, x, NULL, NULL};
  sx_model model;
  derivatives expected;

  spec.k_exog = REGRESSORS;
  model = model_of(&spec);
  fill_y(NOBS, y);
  for (int t = 0; t < NOBS; t++) {
    x[2 * t] = sin(t);
    x[2 * t + 1] = 1e3 * cos(2.0 * t);
  }
  expected = regression(y, x, params, params[2]);
  check_engines(&model, &series, params, &expected);
}

/* ---- an autoregression ---- */

/*
 * -n/2 log(2 pi s) + log(1 - f^2) / 2 - S / (2 s),
 * S = (1 - f^2) y_1^2 + sum (y_t - f y_{t-1})^2
 */
static derivatives autoregression(const double *y, double f, double s) {
  derivatives d = {0};
  double n = (double)NOBS, room = 1.0 - f * f;
  double S = room * y[0] * y[0], slope = f * y[0] * y[0], bend = y[0] * y[0];

  for (int t = 1; t < NOBS; t++) {
    double v = y[t] - f * y[t - 1];

    S += v * v;
    slope += v * y[t - 1];
    bend -= y[t - 1] * y[t - 1];
  }
  d.loglike = -0.5 * (n * log(2.0 * acos(-1.0) * s) - log(room) + S / s);
  d.score[0] = slope / s - f / room;
  d.score[1] = 0.5 * (S / s - n) / s;
  d.hessian[0] = bend / s - (1.0 + f * f) / (room * room);
  d.hessian[1] = d.hessian[2] = -slope / (s * s);
  d.hessian[3] = (0.5 * n - S / s) / (s * s);
  return d;
}

static void of_an_autoregression(void) {
  const double rows[][2] = {{0.0, 9.0}, {0.6, 5.0}, {-0.97, 20.0}};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  double y[NOBS];
  sx_series series = {NOBS, y, NULL, NULL, NULL};

  fill_y(NOBS, y);
  for (int row = 0; row < 3; row++) {
    derivatives expected = autoregression(y, rows[row][0], rows[row][1]);

    check_engines(&model, &series, rows[row], &expected);
  }
}

/* ---- what the exact engine does not cover ---- */

/* Independent errors and measurement errors: the variances add up. */
static void of_other_models(void) {
  const double b[] = {0.0, 0.0}, params[] = {3.0, 4.0};
  sx_spec spec = order(0, 0, 0);
  double y[NOBS], zeros[NOBS * REGRESSORS] = {0.0};
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_point point = {SX_ENGINE_AUTO, params};
  sx_model model;
  derivatives sum, expected, found;

  spec.flags |= SX_MEASUREMENT_ERROR;
  model = model_of(&spec);
  fill_y(NOBS, y);
  sum = regression(y, zeros, b, 7.0);
  expected = sum;
  for (int i = 0; i < 4; i++) {
    expected.score[i / 2] = sum.score[2];
    expected.hessian[i] = sum.hessian[8];
  }
  found = run_both(&model, &series, &point);
  check_derivatives(2, &found, &expected, 1e-5);
  CHECK(found.engine == SX_ENGINE_IDENTICAL);
  CHECK(found.reason == SX_REASON_MEASUREMENT_ERROR);
  CHECK(found.hessian_reason == SX_REASON_MEASUREMENT_ERROR);
  point.engine = SX_ENGINE_EXACT;
  found = run_both(&model, &series, &point);
  CHECK(found.status == SX_E_EXACT && found.hessian_status == SX_E_EXACT);
  CHECK(found.reason == SX_REASON_MEASUREMENT_ERROR);
  CHECK(found.hessian_reason == SX_REASON_MEASUREMENT_ERROR);
}

/*
 * kappa / sigma2 of 1e16: statsmodels' rounding is the value that is reported,
 * but the derivatives are the true ones.
 */
static void value_and_derivatives_of_two_engines(void) {
  const double params[] = {-0.3, 1e-10};
  sx_spec spec = order(0, 1, 1);
  sx_model model = model_of(&spec);
  double z[NOBS];
  sx_series series = {NOBS, z, NULL, NULL, NULL};
  sx_point point = {SX_ENGINE_AUTO, params};
  sx_filter_output filter = {0};
  derivatives automatic, exact;

  fill_z(NOBS, z);
  for (int t = 0; t < NOBS; t++) {
    z[t] *= 1e-6;
  }
  run_filter(&model, &series, params, &filter);
  automatic = run_score(&model, &series, &point, 0);
  point.engine = SX_ENGINE_EXACT;
  exact = run_score(&model, &series, &point, 0);
  CHECK(automatic.loglike == filter.loglike);
  CHECK(exact.loglike != filter.loglike);
  CHECK(automatic.engine == SX_ENGINE_EXACT);
  check_all(2, automatic.score, exact.score, 0.0);
}

static void no_parameters(void) {
  sx_spec spec = order(0, 0, 0);
  double y[NOBS];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_model model;

  spec.flags |= SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  fill_y(NOBS, y);
  for (int engine = SX_ENGINE_AUTO; engine <= SX_ENGINE_IDENTICAL; engine++) {
    const double none = 0.0;
    sx_point point = {(sx_engine)engine, &none};
    derivatives found = run_both(&model, &series, &point);

    CHECK(found.status == SX_OK && found.hessian_status == SX_OK);
    CHECK(isfinite(found.loglike));
  }
}

/* ---- errors ---- */

static void where_there_is_no_value(void) {
  const double params[] = {NAN, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  double y[NOBS];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  sx_point point = {SX_ENGINE_AUTO, params};
  derivatives found;

  fill_y(NOBS, y);
  found = run_both(&model, &series, &point);
  CHECK(found.status == SX_W_NONFINITE && found.hessian_status == SX_OK);
  CHECK(isnan(found.score[0]) && isnan(found.score[1]));
  for (int i = 0; i < 4; i++) {
    CHECK(isnan(found.hessian[i]));
  }
}

static int asked_often(void *context) {
  int *times = context;

  return ++*times == 6;
}

static void interruption_and_workspace(void) {
  const double params[] = {0.3, 9.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  int times = 0;
  sx_interrupt interrupt = {asked_often, &times};
  double y[NOBS];
  sx_series series = {NOBS, y, NULL, &interrupt, NULL};

  fill_y(NOBS, y);
  for (int engine = SX_ENGINE_AUTO; engine <= SX_ENGINE_IDENTICAL; engine++) {
    sx_point point = {(sx_engine)engine, params};
    derivatives found;

    times = 0;
    run_hessian(&model, &series, &point, 0, &found);
    CHECK(found.hessian_status == SX_E_INTERRUPTED && times == 6);
    run_hessian(&model, &series, &point, 128, &found);
    CHECK(found.hessian_status == SX_E_WORKSPACE);
    found = run_score(&model, &series, &point, 1 << 10);
    CHECK(found.status == SX_E_WORKSPACE);
  }
  times = 0;
  CHECK(run_score(&model, &series, &(sx_point){SX_ENGINE_IDENTICAL, params}, 0)
            .status == SX_E_INTERRUPTED);
}

int main(void) {
  RUN(of_a_regression);
  RUN(of_an_autoregression);
  RUN(of_other_models);
  RUN(value_and_derivatives_of_two_engines);
  RUN(no_parameters);
  RUN(where_there_is_no_value);
  RUN(interruption_and_workspace);
  return harness_finish();
}
