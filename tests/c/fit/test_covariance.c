/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sx_opg, sx_score_obs and sx_information: S'S, S and the information against
 * derivatives by hand, and the matrices against those of the dense filter in
 * long double.
 */
#include "dense.h"
#include "fixtures.h"

enum { MOST = 8 };

/* A matrix of products of derivatives. */
typedef struct product {
  sx_status (*plan)(const sx_model *model, const sx_series *series,
                    size_t *work_size);
  sx_status (*run)(const sx_model *model, const sx_series *series,
                   const double *params, void *work, size_t work_size,
                   double *matrix);
} product;

static const product OPG = {sx_opg_plan, sx_opg};
static const product INFORMATION = {sx_information_plan, sx_information};

/* A model, its series and the parameters. */
typedef struct place {
  sx_model model;
  sx_series series;
  const double *params;
} place;

/* With `less` bytes of workspace too few. */
static sx_status run_product(product wanted, const place *at, size_t less,
                             double *matrix) {
  size_t size = 0;
  sx_status status;
  void *work;

  CHECK(wanted.plan(&at->model, &at->series, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  memset(matrix, 0xff, sizeof(double) * MOST * MOST);
  status = wanted.run(&at->model, &at->series, at->params, work, size - less,
                      matrix);
  free(work);
  return status;
}

static sx_status run_opg(const sx_model *model, const sx_series *series,
                         const double *params, size_t less, double *matrix) {
  place at = {*model, *series, params};

  return run_product(OPG, &at, less, matrix);
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

/* rows (k, count): what the matrix holds the products of */
static void check_products(int k, int count, const double *matrix,
                           const double *rows, double bound) {
  double expected[MOST][MOST] = {{0.0}};

  for (int i = 0; i < k; i++) {
    for (int j = 0; j < k; j++) {
      for (int t = 0; t < count; t++) {
        expected[i][j] += rows[i * count + t] * rows[j * count + t];
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

static void check_opg(int k, const double *matrix, double (*scores)[NOBS],
                      double bound) {
  check_products(k, NOBS, matrix, scores[0], bound);
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

/* ---- the information by hand ---- */

/* Derivatives of forecast errors and of variances, in the units of both. */
typedef struct forecast_rows {
  double errors[NOBS], covs[NOBS];
} forecast_rows;

static void put_row(forecast_rows *row, int t, double cov, double error_slope,
                    double cov_slope) {
  row->errors[t] = error_slope / sqrt(cov);
  row->covs[t] = cov_slope / cov / sqrt(2.0);
}

static void check_information(int k, const double *matrix,
                              const forecast_rows *rows, double bound) {
  check_products(k, 2 * NOBS, matrix, rows[0].errors, bound);
}

/*
 * Those of Harvey's AR(1) from the period `burn` on, 20 being missing if
 * y[20] is: v_t = y_t - f y_t-1 with F = s, but v_21 = y_21 - f^2 y_19 with
 * F = s (1 + f^2) after a gap. The missing one has a variance of its own.
 */
static void information_rows(const double *y, const double *params, int burn,
                             forecast_rows *rows) {
  double f = params[0], s = params[1], room = 1.0 - f * f;

  memset(rows, 0, 2 * sizeof(*rows));
  for (int t = burn; t < NOBS; t++) {
    double slope = t == 0 ? 0.0 : -y[t - 1];

    if (t == 0) {
      put_row(&rows[0], t, s / room, 0.0, 2.0 * f * s / (room * room));
      put_row(&rows[1], t, s / room, 0.0, 1.0 / room);
    } else if (isnan(slope)) {
      put_row(&rows[0], t, s * (1.0 + f * f), -2.0 * f * y[t - 2], 2.0 * f * s);
      put_row(&rows[1], t, s * (1.0 + f * f), 0.0, 1.0 + f * f);
    } else {
      put_row(&rows[0], t, s, isnan(y[t]) ? 0.0 : slope, 0.0);
      put_row(&rows[1], t, s, 0.0, 1.0);
    }
  }
}

static void information_of_an_autoregression(void) {
  const double params[][2] = {{0.0, 9.0}, {0.6, 5.0}, {-0.97, 20.0}};
  forecast_rows rows[2];
  double y[NOBS], matrix[MOST * MOST];

  fill_y(NOBS, y);
  for (int gap = 0; gap < 2; gap++) {
    for (int i = 0; i < 6; i++) {
      sx_spec spec = order(1, 0, 0);
      place at = {.series = {NOBS, y, NULL, NULL, NULL},
                  .params = params[i / 2]};

      spec.loglikelihood_burn = i % 2 * 9;
      at.model = model_of(&spec);
      CHECK(run_product(INFORMATION, &at, 0, matrix) == SX_OK);
      information_rows(y, at.params, i % 2 * 9, rows);
      check_information(2, matrix, rows, 1e-6);
    }
    y[20] = NAN;
  }
}

/* v = y - c, and F is the scale, the mean of v^2. */
static void information_of_a_concentrated_scale(void) {
  const double params[] = {0.7};
  sx_spec spec = order(0, 0, 0);
  double y[NOBS], matrix[MOST * MOST], scale = 0.0, slope = 0.0;
  place at = {.series = {NOBS, y, NULL, NULL, NULL}, .params = params};
  forecast_rows rows[1];

  spec.trend = (sx_lags){1, POWERS};
  spec.flags |= SX_CONCENTRATE_SCALE;
  at.model = model_of(&spec);
  fill_y(NOBS, y);
  for (int t = 0; t < NOBS; t++) {
    scale += (y[t] - params[0]) * (y[t] - params[0]) / (double)NOBS;
    slope -= 2.0 * (y[t] - params[0]) / (double)NOBS;
  }
  for (int t = 0; t < NOBS; t++) {
    put_row(&rows[0], t, scale, -1.0, slope);
  }
  CHECK(run_product(INFORMATION, &at, 0, matrix) == SX_OK);
  check_information(1, matrix, rows, 1e-6);
}

/*
 * About the variance below which observations are skipped. Just above it no
 * step may cross it; well below it all are skipped, and count: without
 * an observation the mean stays 0 and the variance s / (1 - f^2).
 */
static void information_where_the_filter_skips(void) {
  const double above[] = {0.6, 1.0001e-12}, below[] = {0.6, 1e-13};
  sx_spec spec = order(1, 0, 0);
  double y[NOBS], matrix[MOST * MOST], room = 1.0 - 0.6 * 0.6;
  place at = {model_of(&spec), {NOBS, y, NULL, NULL, NULL}, above};
  forecast_rows rows[2];

  fill_y(NOBS, y);
  for (int t = 0; t < NOBS; t++) {
    y[t] *= 3e-7;
  }
  CHECK(run_product(INFORMATION, &at, 0, matrix) == SX_OK);
  information_rows(y, above, 0, rows);
  check_information(2, matrix, rows, 1e-6);
  at.params = below;
  CHECK(run_product(INFORMATION, &at, 0, matrix) == SX_W_SKIPPED);
  for (int t = 0; t < NOBS; t++) {
    put_row(&rows[0], t, 1e-13 / room, 0.0, 1.2e-13 / (room * room));
    put_row(&rows[1], t, 1e-13 / room, 0.0, 1.0 / room);
  }
  check_information(2, matrix, rows, 1e-6);
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

/* One period's values of the dense filter: log-likelihood, forecast, variance.
 */
typedef struct dense_rows {
  double llf_obs[NOBS], forecast[NOBS], cov[NOBS];
} dense_rows;

/* Derivatives by parameter i. */
static void dense_slopes(const place *at, int i, dense_rows *slopes) {
  static const double weights[] = {1.0 / 12, -8.0 / 12, 0.0, 8.0 / 12,
                                   -1.0 / 12};
  const double step = 0x1p-10;
  dense_rows rows;
  double moved[MOST];
  dense_output out = {rows.forecast, rows.cov, rows.llf_obs, 0.0};

  memset(slopes, 0, sizeof(*slopes));
  for (int k = -2; k <= 2; k++) {
    double weight = weights[k + 2] / step;

    memcpy(moved, at->params, (size_t)at->model.k_params * sizeof(double));
    moved[i] += k * step;
    dense_filter(&at->model, &at->series, moved, &out);
    for (int64_t t = at->model.loglikelihood_burn; t < NOBS; t++) {
      slopes->llf_obs[t] += weight * rows.llf_obs[t];
      slopes->forecast[t] += weight * rows.forecast[t];
      slopes->cov[t] += weight * rows.cov[t];
    }
  }
}

/*
 * Against the dense filter, forecasts in the rows of the information and
 * log-likelihoods in those of the outer product.
 */
static void check_densely(const place *at) {
  double scores[MOST][NOBS], matrix[MOST * MOST];
  const double *y = at->series.endog;
  dense_rows center, slopes;
  dense_output out = {center.forecast, center.cov, center.llf_obs, 0.0};
  forecast_rows rows[MOST];

  CHECK(at->model.k_params == MOST);
  dense_filter(&at->model, &at->series, at->params, &out);
  memset(rows, 0, sizeof(rows));
  for (int i = 0; i < MOST; i++) {
    dense_slopes(at, i, &slopes);
    memcpy(scores[i], slopes.llf_obs, sizeof(scores[i]));
    for (int t = 0; t < NOBS; t++) {
      put_row(&rows[i], t, center.cov[t],
              isnan(y[t]) ? 0.0 : slopes.forecast[t], slopes.cov[t]);
    }
  }
  CHECK(run_product(OPG, at, 0, matrix) == SX_OK);
  check_opg(MOST, matrix, scores, 1e-6);
  CHECK(run_product(INFORMATION, at, 0, matrix) == SX_OK);
  check_information(MOST, matrix, rows, 1e-6);
}

/*
 * Seasonal, integrated, with regressors and gaps; then with every state diffuse
 * at the start, and the gaps there too.
 */
static void of_a_large_model(void) {
  const double params[] = {0.2, 1.5, -0.8, 0.4, -0.5, 0.3, 0.6, 2.0};
  sx_spec spec = seasonal(order(1, 1, 1), 1, 1, 1, 4);
  double z[NOBS], x[NOBS * 2];
  place at = {.series = {NOBS, z, x, NULL, NULL}, .params = params};

  spec.trend = (sx_lags){1, POWERS};
  spec.k_exog = 2;
  at.model = model_of(&spec);
  fill_z(NOBS, z);
  for (int t = 0; t < NOBS; t++) {
    x[2 * t] = sin(t);
    x[2 * t + 1] = cos(0.3 * t * t);
  }
  z[20] = z[21] = z[50] = NAN;
  check_densely(&at);
  spec.flags &= ~(uint32_t)SX_ENFORCE_STATIONARITY;
  at.model = model_of(&spec);
  z[0] = z[2] = z[3] = NAN;
  check_densely(&at);
}

/* ---- errors ---- */

static int asked_often(void *context) {
  int *times = context;

  return ++*times == 6;
}

static void errors_of(product wanted) {
  const double params[] = {0.3, 9.0}, no_value[] = {NAN, 9.0};
  sx_spec spec = order(1, 0, 0);
  int times = 0;
  sx_interrupt interrupt = {asked_often, &times};
  double y[NOBS], matrix[MOST * MOST];
  place at = {model_of(&spec), {NOBS, y, NULL, NULL, NULL}, params};

  fill_y(NOBS, y);
  CHECK(run_product(wanted, &at, 128, matrix) == SX_E_WORKSPACE);
  at.params = no_value;
  CHECK(run_product(wanted, &at, 0, matrix) == SX_W_NONFINITE);
  CHECK(isnan(matrix[0]) && isnan(matrix[1]) && isnan(matrix[3]));
  at.params = params;
  at.series.interrupt = &interrupt;
  CHECK(run_product(wanted, &at, 0, matrix) == SX_E_INTERRUPTED);
  CHECK(times == 6);
  at.series = (sx_series){0, y, NULL, NULL, NULL};
  CHECK(run_product(wanted, &at, 0, matrix) == SX_OK);
  CHECK(matrix[0] == 0.0 && matrix[1] == 0.0 && matrix[3] == 0.0);
}

static void errors(void) {
  errors_of(OPG);
  errors_of(INFORMATION);
}

/* There is no initial distribution, and no size that counts the bytes. */
static void no_information(void) {
  const double unit_root[] = {-1.0, 1.0}, no_variance[] = {0.5, 0.0};
  sx_spec spec = order(1, 0, 0);
  double y[NOBS], matrix[MOST * MOST];
  place at = {model_of(&spec), {NOBS, y, NULL, NULL, NULL}, unit_root};
  size_t size;

  fill_y(NOBS, y);
  CHECK(run_product(INFORMATION, &at, 0, matrix) == SX_E_LU);
  at.params = no_variance;
  CHECK(run_product(INFORMATION, &at, 0, matrix) == SX_W_SKIPPED);
  CHECK(isnan(matrix[0]) && isnan(matrix[1]) && isnan(matrix[3]));
  at.series.nobs = INT64_MAX;
  CHECK(sx_information_plan(&at.model, &at.series, &size) == SX_E_OVERFLOW);
}

int main(void) {
  RUN(of_an_autoregression);
  RUN(of_a_concentrated_scale);
  RUN(steps_do_not_skip);
  RUN(information_of_an_autoregression);
  RUN(information_of_a_concentrated_scale);
  RUN(information_where_the_filter_skips);
  RUN(of_a_large_model);
  RUN(errors);
  RUN(no_information);
  return harness_finish();
}
