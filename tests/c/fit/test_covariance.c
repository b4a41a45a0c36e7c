/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sx_opg and sx_score_obs: S'S and S against scores by hand, and S'S against
 * those of the dense filter in long double.
 */
#include "dense.h"
#include "fixtures.h"

enum { MOST = 8 };

static sx_status run_opg(const sx_model *model, const sx_series *series,
                         const double *params, size_t less, double *matrix) {
  size_t size = 0;
  sx_status status;
  void *work;

  CHECK(sx_opg_plan(model, series, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  memset(matrix, 0xff, sizeof(double) * MOST * MOST);
  status = sx_opg(model, series, params, work, size - less, matrix);
  free(work);
  return status;
}

/* The scores themselves, with `less` bytes of workspace too few. */
static sx_status run_scores(const sx_model *model, const sx_series *series,
                            const double *params, size_t less, double *scores) {
  size_t size = 0;
  sx_status status;
  void *work;

  CHECK(sx_opg_plan(model, series, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  status = sx_score_obs(model, series, params, work, size - less, scores);
  free(work);
  return status;
}

/* scores (k, NOBS) */
static void check_opg(int k, const double *matrix, double (*scores)[NOBS],
                      double bound) {
  double expected[MOST][MOST] = {{0.0}};

  for (int i = 0; i < k; i++) {
    for (int j = 0; j < k; j++) {
      for (int t = 0; t < NOBS; t++) {
        expected[i][j] += scores[i][t] * scores[j][t];
      }
    }
  }
  for (int i = 0; i < k; i++) {
    for (int j = 0; j < k; j++) {
      CHECK_CLOSE(matrix[i * k + j], expected[i][j], 0.0,
                  bound * sqrt(expected[i][i] * expected[j][j]));
      CHECK(matrix[i * k + j] == matrix[j * k + i]);
    }
  }
}

/* ---- by hand ---- */

/* Scores of Harvey's AR(1) from the period `burn` on. */
static void autoregression(const double *y, const double *params, int burn,
                           double (*scores)[NOBS]) {
  double f = params[0], s = params[1], room = 1.0 - f * f;

  memset(scores, 0, 2 * sizeof(*scores));
  for (int t = burn; t < NOBS; t++) {
    double v = t == 0 ? y[0] * sqrt(room) : y[t] - f * y[t - 1];

    scores[0][t] = t == 0 ? f * y[0] * y[0] / s - f / room : v * y[t - 1] / s;
    scores[1][t] = 0.5 * (v * v / s - 1.0) / s;
  }
}

static void check_scores(const sx_model *model, const sx_series *series,
                         const double *params, double (*expected)[NOBS]) {
  double scores[2][NOBS];

  CHECK(run_scores(model, series, params, 0, scores[0]) == SX_OK);
  for (int i = 0; i < 2; i++) {
    double size = 0.0;

    for (int t = 0; t < NOBS; t++) {
      size = fmax(size, fabs(expected[i][t]));
    }
    for (int t = 0; t < NOBS; t++) {
      CHECK_CLOSE(scores[i][t], expected[i][t], 0.0, 1e-6 * size);
    }
  }
  CHECK(run_scores(model, series, params, 128, scores[0]) == SX_E_WORKSPACE);
}

static void of_an_autoregression(void) {
  const double rows[][2] = {{0.0, 9.0}, {0.6, 5.0}, {-0.97, 20.0}};
  double y[NOBS], scores[2][NOBS], matrix[MOST * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};

  fill_y(NOBS, y);
  for (int row = 0; row < 3; row++) {
    for (int burn = 0; burn < 10; burn += 9) {
      sx_spec spec = order(1, 0, 0);
      sx_model model;

      spec.loglikelihood_burn = burn;
      model = model_of(&spec);
      CHECK(run_opg(&model, &series, rows[row], 0, matrix) == SX_OK);
      autoregression(y, rows[row], burn, scores);
      check_opg(2, matrix, scores, 1e-6);
      check_scores(&model, &series, rows[row], scores);
    }
  }
}

/*
 * A constant with the scale concentrated out: v = y - c, the scale the mean of
 * v^2, l_t = -(log(2 pi scale) + v^2 / scale) / 2.
 */
static void of_a_concentrated_scale(void) {
  const double params[] = {0.7};
  sx_spec spec = order(0, 0, 0);
  double y[NOBS], scores[1][NOBS], matrix[MOST * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};
  double scale = 0.0, slope = 0.0;
  sx_model model;

  spec.trend = (sx_lags){1, POWERS};
  spec.flags |= SX_CONCENTRATE_SCALE;
  model = model_of(&spec);
  fill_y(NOBS, y);
  for (int t = 0; t < NOBS; t++) {
    scale += (y[t] - params[0]) * (y[t] - params[0]) / (double)NOBS;
    slope -= 2.0 * (y[t] - params[0]) / (double)NOBS;
  }
  for (int t = 0; t < NOBS; t++) {
    double v = y[t] - params[0];

    scores[0][t] = (v - 0.5 * slope * (1.0 - v * v / scale)) / scale;
  }
  CHECK(run_opg(&model, &series, params, 0, matrix) == SX_OK);
  check_opg(1, matrix, scores, 1e-6);
}

/* Counts the evaluations. */
static int asked(void *context) {
  int *times = context;

  ++*times;
  return 0;
}

/*
 * Just above the variance below which observations are skipped: the first steps
 * fall below it, and what is left of the log-likelihood there is no value. One
 * such point is enough to know that.
 */
static void steps_do_not_skip(void) {
  const double params[] = {1.0001e-12};
  sx_spec spec = order(0, 0, 0);
  sx_model model = model_of(&spec);
  int times = 0;
  sx_interrupt interrupt = {asked, &times};
  double y[NOBS], scores[1][NOBS], matrix[MOST * MOST];
  sx_series series = {NOBS, y, NULL, &interrupt, NULL};

  fill_y(NOBS, y);
  for (int t = 0; t < NOBS; t++) {
    y[t] *= 3e-7;
    scores[0][t] = 0.5 * (y[t] * y[t] / params[0] - 1.0) / params[0];
  }
  CHECK(run_opg(&model, &series, params, 0, matrix) == SX_OK);
  check_opg(1, matrix, scores, 1e-3);
  /* One, one, three and, at the fourth step, all of them. */
  CHECK(times == 9);
}

/* ---- the dense filter ---- */

static void dense_scores(const sx_model *model, const sx_series *series,
                         const double *params, double (*scores)[NOBS]) {
  static const double weights[] = {1.0 / 12, -8.0 / 12, 0.0, 8.0 / 12,
                                   -1.0 / 12};
  const double step = 0x1p-10;
  double forecast[NOBS], cov[NOBS], llf_obs[NOBS], moved[MOST];
  dense_output out = {forecast, cov, llf_obs, 0.0};

  for (int i = 0; i < model->k_params; i++) {
    memset(scores[i], 0, sizeof(scores[i]));
    for (int k = -2; k <= 2; k++) {
      memcpy(moved, params, (size_t)model->k_params * sizeof(double));
      moved[i] += k * step;
      dense_filter(model, series, moved, &out);
      for (int64_t t = model->loglikelihood_burn; t < NOBS; t++) {
        scores[i][t] += weights[k + 2] * llf_obs[t] / step;
      }
    }
  }
}

/* Seasonal, integrated, with regressors and gaps. */
static void of_a_large_model(void) {
  const double params[] = {0.2, 1.5, -0.8, 0.4, -0.5, 0.3, 0.6, 2.0};
  sx_spec spec = seasonal(order(1, 1, 1), 1, 1, 1, 4);
  double z[NOBS], x[NOBS * 2], scores[MOST][NOBS], matrix[MOST * MOST];
  sx_series series = {NOBS, z, x, NULL, NULL};
  sx_model model;

  spec.trend = (sx_lags){1, POWERS};
  spec.k_exog = 2;
  model = model_of(&spec);
  CHECK(model.k_params == MOST);
  fill_z(NOBS, z);
  for (int t = 0; t < NOBS; t++) {
    x[2 * t] = sin(t);
    x[2 * t + 1] = cos(0.3 * t * t);
  }
  z[20] = z[21] = z[50] = NAN;
  CHECK(run_opg(&model, &series, params, 0, matrix) == SX_OK);
  dense_scores(&model, &series, params, scores);
  check_opg(MOST, matrix, scores, 1e-6);
}

/* ---- errors ---- */

static int asked_often(void *context) {
  int *times = context;

  return ++*times == 6;
}

static void errors(void) {
  const double params[] = {0.3, 9.0}, no_value[] = {NAN, 9.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  int times = 0;
  sx_interrupt interrupt = {asked_often, &times};
  double y[NOBS], matrix[MOST * MOST];
  sx_series series = {NOBS, y, NULL, NULL, NULL};

  fill_y(NOBS, y);
  CHECK(run_opg(&model, &series, params, 128, matrix) == SX_E_WORKSPACE);
  CHECK(run_opg(&model, &series, no_value, 0, matrix) == SX_W_NONFINITE);
  CHECK(isnan(matrix[0]) && isnan(matrix[1]) && isnan(matrix[3]));
  series.interrupt = &interrupt;
  CHECK(run_opg(&model, &series, params, 0, matrix) == SX_E_INTERRUPTED);
  CHECK(times == 6);
  series = (sx_series){0, y, NULL, NULL, NULL};
  CHECK(run_opg(&model, &series, params, 0, matrix) == SX_OK);
  CHECK(matrix[0] == 0.0 && matrix[1] == 0.0 && matrix[3] == 0.0);
}

int main(void) {
  RUN(of_an_autoregression);
  RUN(of_a_concentrated_scale);
  RUN(steps_do_not_skip);
  RUN(of_a_large_model);
  RUN(errors);
  return harness_finish();
}
