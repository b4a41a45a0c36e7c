/* SPDX-License-Identifier: BSD-3-Clause */
/* Log-likelihoods, filters, forecasts and missing values of many series. */
#include "batch/task.h"
#include "filter/loglike.h"
#include "sarimax_c_predict.h"

#include <math.h>
#include <string.h>

/*
 * Periods by which series without gaps in one portion may differ: the shorter
 * ones wait for the longest of their lanes.
 */
enum { MOST_DIFFERENCE = 64 };

/* ---- log-likelihoods ---- */

static int same_gaps(const sx_series *a, const sx_series *b) {
  for (int64_t t = 0; t < a->nobs; t++) {
    if (isnan(a->endog[t]) != isnan(b->endog[t])) {
      return 0;
    }
  }
  return 1;
}

/*
 * Whether two series of a batch can share lanes: those without gaps may differ
 * in length somewhat, the others must have the same.
 */
static int alike(const sx_task *task, const sx_series *a, int64_t number) {
  sx_series b = sx_task_series(task, number);
  int64_t more = b.facts->last - a->facts->last;

  if (sx_task_usable(task, number) != SX_OK ||
      a->facts->missing != b.facts->missing) {
    return 0;
  }
  if (a->facts->missing == 0) {
    return more >= 0 && more <= MOST_DIFFERENCE;
  }
  return a->nobs == b.nobs && more == 0 && same_gaps(a, &b);
}

/* Series of the order that run together: as many as are alike. */
static int32_t bundle_at(const sx_task *task, int64_t first, int64_t last,
                         sx_series *series) {
  const int64_t *order = task->batch->shape.order;
  int32_t count = 0;

  while (count < SX_MOST_PORTION && first + count < last &&
         (count == 0 || alike(task, series, order[first + count]))) {
    series[count] = sx_task_series(task, order[first + count]);
    count++;
  }
  return count;
}

static void store_loglike(const sx_task *task, int64_t number,
                          const sx_loglike_output *value) {
  const sx_batch_loglike_output *out =
      (const sx_batch_loglike_output *)task->out;

  out->loglike[number] = value->status < 0 ? NAN : value->loglike;
  out->status[number] = value->status;
  out->engine[number] =
      (uint8_t)(value->status < 0 ? SX_ENGINE_AUTO : value->engine);
}

/* The bundle's parameters side by side, at the start of the workspace. */
static const double *gather_params(const sx_task *task, const int64_t *order,
                                   int64_t count, double *target) {
  const sx_batch *batch = task->batch;
  size_t k = (size_t)batch->model->k_params;

  if (batch->shared_params) {
    return batch->params;
  }
  for (int64_t i = 0; i < count; i++) {
    memcpy(target + (size_t)i * k, sx_task_params(task, order[i]),
           k * sizeof(double));
  }
  return target;
}

static size_t gathered_size(const sx_batch *batch) {
  return (size_t)batch->model->k_params * SX_MOST_PORTION * sizeof(double);
}

/* How a batch asks for `count` series that run together. */
static sx_loglike_request request_of(const sx_batch *batch, int64_t count,
                                     const double *params) {
  return (sx_loglike_request){batch->engine, count, params,
                              batch->shared_params, 1};
}

/*
 * The series from place `first` of the order on that can run together, with
 * their parameters at the start of the workspace; or why the first cannot run.
 */
static sx_status begin_bundle(const sx_task *task, int64_t first, int64_t last,
                              double *work, sx_series *series,
                              sx_loglike_request *request) {
  const sx_batch *batch = task->batch;
  const int64_t *order = batch->shape.order + first;
  sx_status status = sx_task_usable(task, order[0]);

  if (task->work_size < gathered_size(batch)) {
    return SX_E_OVERFLOW; /* no workspace could be planned */
  }
  if (status >= 0) {
    int32_t count = bundle_at(task, first, last, series);

    *request =
        request_of(batch, count, gather_params(task, order, count, work));
  }
  return status;
}

/* What becomes of the results of a bundle that did not run to its end. */
static sx_status bundle_status(sx_status run, sx_status own) {
  return run == SX_E_INTERRUPTED || run == SX_E_WORKSPACE ? run : own;
}

static int64_t run_loglike(const sx_task *task, int64_t first, int64_t last,
                           void *work) {
  const sx_batch *batch = task->batch;
  const int64_t *order = batch->shape.order + first;
  size_t gathered = gathered_size(batch);
  sx_loglike_output values[SX_MOST_PORTION];
  sx_series series[SX_MOST_PORTION];
  sx_loglike_request request;
  sx_status status =
      begin_bundle(task, first, last, (double *)work, series, &request);

  if (status < 0) {
    values[0].status = status;
    store_loglike(task, order[0], values);
    return 1;
  }
  status = sx_loglike(batch->model, series, &request, (char *)work + gathered,
                      task->work_size - gathered, values);
  for (int64_t i = 0; i < request.count; i++) {
    values[i].status = bundle_status(status, values[i].status);
    store_loglike(task, order[i], &values[i]);
  }
  return request.count;
}

static sx_status plan_loglike(const sx_task *task, const sx_series *series,
                              size_t *size) {
  const sx_batch *batch = task->batch;
  sx_loglike_request request = request_of(batch, SX_MOST_PORTION, NULL);
  sx_status status;

  request.shared_params = 1;
  status = sx_loglike_plan(batch->model, series, &request, size);

  *size += gathered_size(batch);
  return status;
}

sx_status sx_batch_loglike(const sx_batch *batch,
                           const sx_batch_loglike_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_loglike,
                  .run = run_loglike,
                  .out = out,
                  .time = batch->engine == SX_ENGINE_IDENTICAL
                              ? sx_task_identical_time(batch->model)
                              : sx_task_exact_time(batch->model)};

  return sx_task_start(&task);
}

/* ---- filters and forecasts ---- */

static double *row_of(double *values, int64_t row) {
  return values ? values + row : NULL;
}

/* The workspace of anything the filter runs. */
static sx_status plan_filter(const sx_task *task, const sx_series *series,
                             size_t *size) {
  (void)series;
  return sx_forecast_plan(task->batch->model, size);
}

static void filter_one(const sx_task *task, int64_t number, void *work) {
  const sx_batch_filter_output *out = (const sx_batch_filter_output *)task->out;
  const sx_filter_output *arrays = &out->arrays;
  const sx_batch *batch = task->batch;
  sx_series series = sx_task_series(task, number);
  int64_t row = batch->indptr[number];
  int64_t rows = batch->indptr[number + 1] - row;
  sx_status status = sx_task_usable(task, number);
  double *places[] = {row_of(arrays->forecasts, row),
                      row_of(arrays->forecasts_error, row),
                      row_of(arrays->forecasts_error_cov, row),
                      row_of(arrays->standardized_forecasts_error, row),
                      row_of(arrays->llf_obs, row)};
  sx_filter_output filter = {.forecasts = places[0],
                             .forecasts_error = places[1],
                             .forecasts_error_cov = places[2],
                             .standardized_forecasts_error = places[3],
                             .llf_obs = places[4],
                             .llf = NAN,
                             .scale = NAN,
                             .period_converged = -1};

  if (status >= 0) {
    status = sx_filter(batch->model, &series, sx_task_params(task, number),
                       work, task->work_size, &filter);
  }
  for (size_t a = 0; a < sizeof(places) / sizeof(places[0]); a++) {
    sx_task_fill_nan(row_of(places[a], status < 0 ? 0 : series.nobs),
                     status < 0 ? rows : rows - series.nobs);
  }
  out->llf[number] = status < 0 ? NAN : filter.llf;
  out->scale[number] = status < 0 ? NAN : filter.scale;
  out->nobs_skipped[number] = filter.nobs_skipped;
  out->period_converged[number] = filter.period_converged;
  out->status[number] = status;
}

sx_status sx_batch_filter(const sx_batch *batch,
                          const sx_batch_filter_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_filter,
                  .one = filter_one,
                  .out = out,
                  .time = sx_task_identical_time(batch->model)};

  return sx_task_start(&task);
}

/* Those of a bundle with as many missing values at their ends as the first. */
static int64_t same_ends(const sx_series *series, int64_t count) {
  int64_t same = 1;

  while (same < count && series[same].nobs - series[same].facts->last ==
                             series[0].nobs - series[0].facts->last) {
    same++;
  }
  return same;
}

static sx_forecast_output forecast_of(const sx_task *task, int64_t number) {
  const sx_batch_forecast_output *out =
      (const sx_batch_forecast_output *)task->out;
  int64_t cell = number * out->steps;

  return (sx_forecast_output){
      .steps = out->steps,
      .exog_future =
          out->exog_future
              ? out->exog_future + cell * task->batch->model->spec.k_exog
              : NULL,
      .mean = out->mean + cell,
      .var = out->var + cell};
}

static void store_forecast(const sx_task *task, int64_t number,
                           const sx_loglike_output *how,
                           const sx_forecast_output *forecast) {
  const sx_batch_forecast_output *out =
      (const sx_batch_forecast_output *)task->out;

  if (how->status < 0) {
    sx_task_fill_nan(forecast->mean, out->steps);
    sx_task_fill_nan(forecast->var, out->steps);
  }
  out->nobs_skipped[number] = forecast->nobs_skipped;
  out->status[number] = how->status;
  out->engine[number] =
      (uint8_t)(how->status < 0 ? SX_ENGINE_AUTO : how->engine);
}

static int64_t run_forecast(const sx_task *task, int64_t first, int64_t last,
                            void *work) {
  const sx_batch *batch = task->batch;
  const int64_t *order = batch->shape.order + first;
  size_t gathered = gathered_size(batch);
  sx_loglike_output how[SX_MOST_PORTION];
  sx_forecast_output out[SX_MOST_PORTION];
  sx_series series[SX_MOST_PORTION];
  sx_forecast_request request = {
      .steps = ((const sx_batch_forecast_output *)task->out)->steps};
  sx_status status =
      begin_bundle(task, first, last, (double *)work, series, &request.of);

  if (status < 0) {
    out[0] = forecast_of(task, order[0]);
    how[0].status = status;
    store_forecast(task, order[0], how, out);
    return 1;
  }
  request.of.count = same_ends(series, request.of.count);
  for (int64_t i = 0; i < request.of.count; i++) {
    out[i] = forecast_of(task, order[i]);
  }
  status =
      sx_outlook(batch->model, series, &request, (char *)work + gathered,
                 task->work_size - gathered, &(sx_outlook_output){out, how});
  for (int64_t i = 0; i < request.of.count; i++) {
    how[i].status = bundle_status(status, how[i].status);
    store_forecast(task, order[i], &how[i], &out[i]);
  }
  return request.of.count;
}

static sx_status plan_forecast(const sx_task *task, const sx_series *series,
                               size_t *size) {
  const sx_batch *batch = task->batch;
  sx_forecast_request request = {
      request_of(batch, SX_MOST_PORTION, NULL),
      ((const sx_batch_forecast_output *)task->out)->steps};
  sx_status status;

  request.of.shared_params = 1;
  status = sx_outlook_plan(batch->model, series, &request, size);

  *size += gathered_size(batch);
  return status;
}

sx_status sx_batch_forecast(const sx_batch *batch,
                            const sx_batch_forecast_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_forecast,
                  .run = run_forecast,
                  .out = out,
                  .time = batch->engine == SX_ENGINE_IDENTICAL
                              ? sx_task_identical_time(batch->model)
                              : sx_task_exact_time(batch->model)};

  return sx_task_start(&task);
}

/* ---- missing values ---- */

static int wants_var(const sx_task *task) {
  return ((const sx_batch_impute_output *)task->out)->var != NULL;
}

static sx_status plan_impute(const sx_task *task, const sx_series *series,
                             size_t *size) {
  return sx_impute_plan(task->batch->model, series, wants_var(task), size);
}

static void impute_one(const sx_task *task, int64_t number, void *work) {
  const sx_batch_impute_output *out = (const sx_batch_impute_output *)task->out;
  const sx_batch *batch = task->batch;
  sx_series series = sx_task_series(task, number);
  int64_t row = batch->indptr[number];
  int64_t rows = batch->indptr[number + 1] - row;
  int64_t done = series.nobs;
  sx_impute_output values = {.mean = out->mean + row,
                             .var = row_of(out->var, row)};
  sx_status status = sx_task_usable(task, number);

  if (status >= 0) {
    status = sx_impute(batch->model, &series, sx_task_params(task, number),
                       work, task->work_size, &values);
  }
  done = status < 0 ? 0 : done;
  sx_task_fill_nan(values.mean + done, rows - done);
  sx_task_fill_nan(row_of(values.var, done), rows - done);
  out->nobs_skipped[number] = status < 0 ? 0 : values.nobs_skipped;
  out->status[number] = status;
}

sx_status sx_batch_impute(const sx_batch *batch,
                          const sx_batch_impute_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_impute,
                  .one = impute_one,
                  .out = out,
                  .time = sx_task_identical_time(batch->model)};

  return sx_task_start(&task);
}
