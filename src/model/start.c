/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start parameters as statsmodels' SARIMAX.start_params (sarimax.py):
 * difference, drop missing rows and close the gaps, regress on exog, then
 * conditional sum of squares (Hannan & Rissanen 1982, Biometrika 69) once for
 * trend and ARMA block and once, on the same series, for the seasonal block.
 *
 * Regressors are never copied into a matrix: lag l of a series y in a
 * regression that starts at y_r is the view y + r - l.
 */
#include "model/start.h"
#include "base/arena.h"
#include "base/lags.h"
#include "base/linalg.h"
#include "model/difference.h"
#include "model/spec.h"
#include "model/transform.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* The variance is kept away from zero, as in statsmodels. */
static const double MIN_VARIANCE = 1e-10;
/*
 * Residuals below this share of |y_t| + sum |coef_j x_tj| in every row are
 * rounding error. They are taken for the zeros they stand for: statsmodels uses
 * such noise as regressors and gets huge, irreproducible MA coefficients.
 */
static const double ROUNDING = 1e-13;

/* One pow() takes as long as this many multiply-adds, about. */
enum { POW_WORK = 32 };

typedef struct start_work {
  int64_t stride;    /* observations before differencing */
  int64_t nobs;      /* rows in use */
  double *endog;     /* (stride,) */
  double *residuals; /* (stride,) of the long autoregression; with MA terms */
  double *trend;     /* (k_trend, stride): one regressor after the other */
  double *exog;      /* (k_exog, stride) */
  double *coef;      /* (largest regression or k_params,) */
  sx_lstsq_work lstsq;
  sx_lag_work lags; /* with MA terms */
  sx_counter counter;
} start_work;

/* One conditional-sum-of-squares problem: (trend,) AR and MA lags. */
typedef struct css_block {
  const sx_lags *ar, *ma;
  int32_t unit; /* 1, or periods: lags count in units */
  int32_t k_trend;
  int64_t max_ar, max_ma; /* largest lags, in observations */
  int64_t start; /* first row of the regression: max(3 max_ma, max_ar) */
} css_block;

static int64_t largest_lag(const sx_lags *lags, int32_t unit) {
  return lags->count > 0 ? (int64_t)lags->lag[lags->count - 1] * unit : 0;
}

static css_block css_block_make(const sx_model *model, int seasonal) {
  const sx_spec *spec = &model->spec;
  css_block block = {&spec->ar, &spec->ma, 1, spec->trend.count, 0, 0, 0};

  if (seasonal) {
    block.ar = &spec->seasonal_ar;
    block.ma = &spec->seasonal_ma;
    block.unit = spec->periods;
    block.k_trend = 0;
  }
  block.max_ar = largest_lag(block.ar, block.unit);
  block.max_ma = largest_lag(block.ma, block.unit);
  block.start =
      3 * block.max_ma > block.max_ar ? 3 * block.max_ma : block.max_ar;
  return block;
}

static int64_t css_count(const css_block *block) {
  return (int64_t)block->k_trend + block->ar->count + block->ma->count;
}

/* Lags reach further back than the series; statsmodels' lagmat raises. */
static int css_too_few(const css_block *block, int64_t nobs) {
  return block->start > 0 && nobs <= block->start;
}

/* ---- layout ---- */

static int64_t max_int64(int64_t a, int64_t b) { return a > b ? a : b; }

/* Columns of the largest regression on at most nobs observations. */
static int64_t largest_regression(const sx_model *model, int64_t nobs) {
  int64_t count = model->spec.k_exog;

  for (int seasonal = 0; seasonal < 2; seasonal++) {
    css_block block = css_block_make(model, seasonal);

    if (!css_too_few(&block, nobs)) {
      count = max_int64(count, max_int64(css_count(&block), 2 * block.max_ma));
    }
  }
  return count;
}

/* One array (count, nobs), or none if the product overflows. */
static double *take_rows(sx_arena *arena, int64_t count, int64_t nobs) {
  return (double *)sx_arena_take(arena, (size_t)nobs,
                                 (size_t)max_int64(count, 1) * sizeof(double));
}

static void start_layout(const sx_model *model, int64_t nobs, sx_arena *arena,
                         start_work *work) {
  const sx_spec *spec = &model->spec;
  int64_t count = largest_regression(model, nobs);
  int has_ma = spec->ma.count > 0 || spec->seasonal_ma.count > 0;

  work->stride = nobs;
  work->nobs = 0;
  work->counter = (sx_counter){NULL, 0, 0};
  work->endog = sx_arena_doubles(arena, (size_t)nobs);
  work->residuals = sx_arena_doubles(arena, has_ma ? (size_t)nobs : 0);
  work->trend = take_rows(arena, spec->trend.count, nobs);
  work->exog = take_rows(arena, spec->k_exog, nobs);
  work->coef =
      sx_arena_doubles(arena, (size_t)max_int64(count, model->k_params));
  sx_lstsq_layout(nobs, count, arena, &work->lstsq);
  if (has_ma) {
    sx_lag_layout(nobs, count, arena, &work->lags);
  }
}

sx_status sx_start_params_plan(const sx_model *model, int64_t nobs,
                               size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  start_work work;

  if (model == NULL || nobs < 0 || work_size == NULL) {
    return SX_E_ARGUMENT;
  }
  start_layout(model, nobs, &arena, &work);
  return sx_arena_plan(&arena, work_size);
}

/* ---- data ---- */

static int64_t difference(const sx_model *model, double *column, int64_t nobs) {
  return sx_has(model, SX_SIMPLE_DIFFERENCING)
             ? nobs
             : sx_difference_columns(&model->spec, column, nobs, 1);
}

/*
 * Differenced copies of endog and exog, trend regressors for their rows. Ends
 * early when the counter is stopped, like all that takes `work`.
 */
static void load_series(const sx_model *model, const sx_series *series,
                        start_work *work) {
  const sx_spec *spec = &model->spec;

  for (int64_t t = 0; t < work->stride; t++) {
    work->endog[t] = series->endog[t];
  }
  work->nobs = difference(model, work->endog, work->stride);
  for (int64_t j = 0; j < spec->k_exog; j++) {
    double *column = work->exog + j * work->stride;

    if (sx_interrupt_asked(&work->counter, 4 * work->stride)) {
      return;
    }

    for (int64_t t = 0; t < work->stride; t++) {
      column[t] = series->exog[t * spec->k_exog + j];
    }
    difference(model, column, work->stride);
  }
  for (int64_t j = 0; j < spec->trend.count; j++) {
    for (int64_t t = 0; t < work->nobs; t++) {
      work->trend[j * work->stride + t] =
          pow(spec->trend_offset + (double)t, spec->trend.lag[j]);
      if (sx_interrupt_asked(&work->counter, POW_WORK)) {
        return;
      }
    }
  }
}

/* Removes the rows in which endog is missing and closes the gaps. */
static void drop_missing(const sx_model *model, start_work *work) {
  int64_t stride = work->stride;
  int64_t kept = 0;

  for (int64_t t = 0; t < work->nobs; t++) {
    if (isnan(work->endog[t])) {
      continue;
    }
    work->endog[kept] = work->endog[t];
    for (int64_t j = 0; j < model->spec.k_exog; j++) {
      work->exog[j * stride + kept] = work->exog[j * stride + t];
    }
    for (int64_t j = 0; j < model->spec.trend.count; j++) {
      work->trend[j * stride + kept] = work->trend[j * stride + t];
    }
    kept++;
    if (sx_interrupt_asked(&work->counter, 1 + model->spec.k_exog)) {
      break;
    }
  }
  work->nobs = kept;
}

/* ---- regressions ---- */

/* Regressors of every kind; a column is found by its number. */
typedef struct columns {
  const css_block *block; /* NULL for exog */
  const double *base;     /* exog or trend, (k, stride) */
  int64_t stride;
  const double *endog;     /* row 0 of the regression: y_r */
  const double *residuals; /* the long autoregression's in row 0 */
} columns;

static const double *exog_column(const void *context, int64_t j) {
  const columns *source = context;

  return source->base + j * source->stride;
}

static const double *lag_column(const void *context, int64_t j) {
  const columns *source = context;

  return source->endog - (j + 1);
}

static const double *css_column(const void *context, int64_t j) {
  const columns *source = context;
  const css_block *block = source->block;

  if (j < block->k_trend) {
    return source->base + j * source->stride;
  }
  j -= block->k_trend;
  if (j < block->ar->count) {
    return source->endog - (int64_t)block->ar->lag[j] * block->unit;
  }
  j -= block->ar->count;
  return source->residuals - (int64_t)block->ma->lag[j] * block->unit;
}

/* fit_i = sum_j coef_j x_ij, size_i = sum_j |coef_j x_ij|, i in [0, rows) */
static void fit_rows(const sx_regression *regression, const double *coef,
                     int64_t first, int64_t rows, double *fit, double *size) {
  for (int64_t i = 0; i < rows; i++) {
    fit[i] = 0.0;
    size[i] = 0.0;
  }
  for (int64_t j = 0; j < regression->count; j++) {
    const double *column = regression->column(regression->context, j) + first;

    for (int64_t i = 0; i < rows; i++) {
      double term = coef[j] * column[i];

      fit[i] += term;
      size[i] += fabs(term);
    }
  }
}

/*
 * residuals (rows,) = response - X coef, all zero if they are but rounding
 * error; may be the response itself. Returns non-zero in that case.
 */
static int subtract_fit(const sx_regression *regression, const double *coef,
                        double *residuals) {
  double fit[SX_BLOCK_ROWS], size[SX_BLOCK_ROWS];
  int exact = 1;

  for (int64_t t = 0; t < regression->rows; t += SX_BLOCK_ROWS) {
    int64_t left = regression->rows - t;
    int64_t rows = left < SX_BLOCK_ROWS ? left : SX_BLOCK_ROWS;

    if (sx_interrupt_asked(regression->counter, rows * regression->count)) {
      return 0;
    }
    fit_rows(regression, coef, t, rows, fit, size);
    for (int64_t i = 0; i < rows; i++) {
      double y = regression->response[t + i];

      residuals[t + i] = y - fit[i];
      exact &= fabs(y - fit[i]) <= ROUNDING * (fabs(y) + size[i]);
    }
  }
  if (exact) {
    memset(residuals, 0, (size_t)regression->rows * sizeof(double));
  }
  return exact;
}

static int is_constant(int64_t nobs, const double *y) {
  for (int64_t t = 1; t < nobs; t++) {
    if (y[t] != y[0]) {
      return 0;
    }
  }
  return 1;
}

/* Sum of squares of response - X coef over the rows from `first` on. */
static double residual_squares(const sx_regression *regression,
                               const double *coef, int64_t first) {
  double fit[SX_BLOCK_ROWS], size[SX_BLOCK_ROWS];
  double squares = 0.0;

  for (int64_t t = first; t < regression->rows; t += SX_BLOCK_ROWS) {
    int64_t left = regression->rows - t;
    int64_t rows = left < SX_BLOCK_ROWS ? left : SX_BLOCK_ROWS;

    if (sx_interrupt_asked(regression->counter, rows * regression->count)) {
      break;
    }
    fit_rows(regression, coef, t, rows, fit, size);
    for (int64_t i = 0; i < rows; i++) {
      fit[i] = regression->response[t + i] - fit[i];
    }
    squares += sx_dot(rows, fit, fit);
  }
  return squares;
}

/* endog <- endog - exog beta; all NaN if exog overflowed in differencing. */
static void remove_exog(const sx_model *model, start_work *work, double *beta) {
  columns source = {NULL, work->exog, work->stride, NULL, NULL};
  sx_regression regression = {work->nobs,  model->spec.k_exog,
                              work->endog, exog_column,
                              &source,     &work->counter};

  if (regression.count == 0) {
    return;
  }
  if (sx_least_squares(&regression, &work->lstsq, beta) != SX_OK) {
    for (int64_t j = 0; j < regression.count; j++) {
      beta[j] = NAN;
    }
  }
  subtract_fit(&regression, beta, work->endog);
}

/* ---- conditional sum of squares ---- */

/* sum (y_t - mean)^2 */
static double centred_squares(int64_t nobs, const double *y) {
  double sum = 0.0;
  double squares = 0.0;

  for (int64_t t = 0; t < nobs; t++) {
    sum += y[t];
  }
  for (int64_t t = 0; t < nobs; t++) {
    double centred = y[t] - sum / (double)nobs;

    squares += centred * centred;
  }
  return squares;
}

/*
 * work->residuals: of y_t on its first 2 max_ma lags, from row 2 max_ma on.
 * Those of a constant series are a constant rounding error, on which
 * statsmodels then explains the series perfectly: start variance 1e-10, MA not
 * invertible. Returns 0, or -1 if the series is not finite.
 */
static int long_autoregression(const css_block *block, start_work *work) {
  int64_t lags = 2 * block->max_ma;
  columns source = {block, NULL, 0, work->endog + lags, NULL};
  sx_regression regression = {work->nobs - lags, lags,    source.endog,
                              lag_column,        &source, &work->counter};

  if (sx_lag_regression(source.endog, regression.rows, lags, &work->lags,
                        work->coef, &work->counter) != 0 &&
      sx_least_squares(&regression, &work->lstsq, work->coef) != SX_OK) {
    return -1;
  }
  if (subtract_fit(&regression, work->coef, work->residuals) &&
      is_constant(work->nobs, work->endog)) {
    for (int64_t t = 0; t < regression.rows; t++) {
      work->residuals[t] = DBL_EPSILON * work->endog[0];
    }
  }
  return 0;
}

/*
 * Regresses y_t on trend, AR lags and lagged residuals: work->coef, in this
 * order. The trend rows start at 0 while y starts at block->start, as in
 * statsmodels. Returns 0 and the variance, or -1 if the series is not finite.
 */
static int css_regression(const css_block *block, start_work *work,
                          double *variance) {
  int64_t k_ma = block->ma->count;
  int64_t skipped = block->start - 2 * block->max_ma;
  columns source = {block, work->trend, work->stride,
                    work->endog + block->start,
                    k_ma > 0 ? work->residuals + skipped : NULL};
  sx_regression regression = {work->nobs - block->start,
                              css_count(block),
                              source.endog,
                              css_column,
                              &source,
                              &work->counter};

  if (k_ma > 0 && long_autoregression(block, work) != 0) {
    return -1;
  }
  if (sx_least_squares(&regression, &work->lstsq, work->coef) != SX_OK) {
    return -1;
  }
  if (regression.rows > max_int64(1, k_ma)) {
    *variance = residual_squares(&regression, work->coef, k_ma) /
                (double)(regression.rows - k_ma);
  } else {
    *variance = centred_squares(work->nobs, work->endog) / (double)work->nobs;
  }
  return 0;
}

/*
 * The block's coefficients in work->coef, and its variance. Where estimation is
 * impossible: zeros, the variance of the series (diluted by k_ma zeros, as in
 * statsmodels; for an empty series 1 with MA terms, else NaN), and -1.
 */
static int css_estimate(const css_block *block, start_work *work,
                        double *variance) {
  int64_t nobs = work->nobs;
  int64_t k_ma = block->ma->count;

  if (!css_too_few(block, nobs) && css_regression(block, work, variance) == 0) {
    return 0;
  }
  memset(work->coef, 0, (size_t)css_count(block) * sizeof(double));
  *variance = nobs == 0 && k_ma > 0
                  ? 1.0
                  : centred_squares(nobs, work->endog) / (double)(nobs + k_ma);
  return -1;
}

/* ---- assembly ---- */

/*
 * Moves coefficients from coef, which is then scratch, to out. Returns non-zero
 * if the polynomial 1 + sign sum c_i x^i must be stable and is not.
 */
static int store(const sx_lags *lags, int enforced, double sign, double *coef,
                 double *out) {
  memcpy(out, coef, (size_t)lags->count * sizeof(double));
  return enforced && !sx_polynomial_is_stable(lags->count, out, sign, coef);
}

/* Estimates one block into params; returns SX_START_* bits. */
static uint32_t estimate_block(const sx_model *model, int seasonal,
                               start_work *work, double *params,
                               double *variance) {
  css_block block = css_block_make(model, seasonal);
  int stationary = sx_has(model, SX_ENFORCE_STATIONARITY);
  int invertible = sx_has(model, SX_ENFORCE_INVERTIBILITY);
  double *ar =
      params + (seasonal ? model->offset_seasonal_ar : model->offset_ar);
  double *ma =
      params + (seasonal ? model->offset_seasonal_ma : model->offset_ma);
  double *coef = work->coef;
  uint32_t flags = 0;

  if (css_count(&block) == 0) {
    return 0;
  }
  if (css_estimate(&block, work, variance) != 0) {
    flags |= SX_START_TOO_FEW_OBS;
  }
  memcpy(params + model->offset_trend, coef,
         (size_t)block.k_trend * sizeof(double));
  coef += block.k_trend;
  if (store(block.ar, stationary, -1.0, coef, ar)) {
    flags |= SX_START_NONSTATIONARY_AR;
  }
  coef += block.ar->count;
  if (store(block.ma, invertible, 1.0, coef, ma)) {
    flags |= SX_START_NONINVERTIBLE_MA;
  }
  return seasonal ? flags << 1
                  : flags; /* a seasonal bit follows its plain one */
}

/* Both blocks, and the variance statsmodels would start from. */
static double estimate(const sx_model *model, start_work *work, double *params,
                       uint32_t *flags) {
  const sx_spec *spec = &model->spec;
  double variance = 0.0;
  double seasonal_variance = 0.0;

  *flags = estimate_block(model, 0, work, params, &variance);
  *flags |= estimate_block(model, 1, work, params, &seasonal_variance);
  if (spec->trend.count + spec->ar.count + spec->ma.count > 0) {
    return variance;
  }
  if (spec->seasonal_ar.count + spec->seasonal_ma.count > 0) {
    return seasonal_variance;
  }
  /* With exog statsmodels forgets to divide; nobs counts missing rows too. */
  variance = sx_dot(work->nobs, work->endog, work->endog);
  return spec->k_exog > 0 ? variance : variance / (double)work->stride;
}

/*
 * One row left: numpy's squeeze makes it a scalar, on which statsmodels fails
 * with an IndexError, or ValueError with exog. White noise needs no rows, and a
 * missing value is dropped in time, both without exog.
 */
static int fails_on_one_row(const sx_model *model, const start_work *work) {
  const sx_spec *spec = &model->spec;
  int has_css = spec->trend.count + spec->ar.count + spec->ma.count +
                    spec->seasonal_ar.count + spec->seasonal_ma.count >
                0;

  return work->nobs == 1 &&
         (spec->k_exog > 0 || (has_css && !isnan(work->endog[0])));
}

sx_status sx_start_estimates(const sx_model *model, const sx_series *series,
                             void *work, size_t work_size, double *params,
                             uint32_t *flags) {
  sx_arena arena;
  start_work start;
  double variance;

  if (model == NULL || series == NULL || series->nobs < 0 || params == NULL ||
      flags == NULL) {
    return SX_E_ARGUMENT;
  }
  arena = sx_arena_bind(work, work_size);
  start_layout(model, series->nobs, &arena, &start);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  start.counter.interrupt = series->interrupt;
  load_series(model, series, &start);
  if (fails_on_one_row(model, &start)) {
    return SX_E_NOBS;
  }
  drop_missing(model, &start);
  if (start.counter.stopped) {
    return SX_E_INTERRUPTED;
  }
  remove_exog(model, &start, params + model->offset_exog);
  variance = estimate(model, &start, params, flags);
  if (sx_has(model, SX_MEASUREMENT_ERROR)) {
    params[model->offset_measurement_variance] = 1.0;
  }
  if (model->has_sigma2) {
    params[model->offset_sigma2] =
        variance < MIN_VARIANCE ? MIN_VARIANCE : variance;
  }
  return start.counter.stopped ? SX_E_INTERRUPTED : SX_OK;
}

void sx_start_blocks(const sx_model *model, sx_start_block *blocks) {
  const sx_spec *spec = &model->spec;

  blocks[0] = (sx_start_block){SX_START_NONSTATIONARY_AR, model->offset_ar,
                               spec->ar.count, -1.0};
  blocks[1] = (sx_start_block){SX_START_NONSTATIONARY_SEASONAL_AR,
                               model->offset_seasonal_ar,
                               spec->seasonal_ar.count, -1.0};
  blocks[2] = (sx_start_block){SX_START_NONINVERTIBLE_MA, model->offset_ma,
                               spec->ma.count, 1.0};
  blocks[3] =
      (sx_start_block){SX_START_NONINVERTIBLE_SEASONAL_MA,
                       model->offset_seasonal_ma, spec->seasonal_ma.count, 1.0};
}

sx_status sx_start_params(const sx_model *model, const sx_series *series,
                          void *work, size_t work_size, double *params,
                          uint32_t *flags) {
  sx_start_block blocks[SX_START_BLOCKS];
  sx_status status =
      sx_start_estimates(model, series, work, work_size, params, flags);

  if (status < 0) {
    return status;
  }
  sx_start_blocks(model, blocks);
  for (int b = 0; b < SX_START_BLOCKS; b++) {
    if (*flags & blocks[b].bit) {
      memset(params + blocks[b].offset, 0,
             (size_t)blocks[b].count * sizeof(double));
    }
  }
  return status;
}
