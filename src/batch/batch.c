/* SPDX-License-Identifier: BSD-3-Clause */
/* Every run of many series: one task each on the threads of batch/pool.h. */
#include "batch/pool.h"
#include "filter/loglike.h"
#include "model/spec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Series of a portion that a thread takes at a time, at most, which share what
 * they can; portions for each thread, about.
 */
enum { MOST_CHUNK = 64, CHUNKS = 16 };

/* Nanoseconds of work from which on another thread pays. */
static const double THREAD_TIME = 2e5;

/* Rough costs, to tell whether threads pay: start parameters in ns a row, a fit
 * in log-likelihoods. */
static const double START_TIME = 100.0, FIT_LOGLIKES = 50.0;

/* ---- what is alike ---- */

/* A series' place among those alike. */
typedef struct place {
  int64_t nobs, missing, number;
} place;

static int compare_places(const void *left, const void *right) {
  const place *a = (const place *)left, *b = (const place *)right;

  if (a->nobs != b->nobs) {
    return a->nobs < b->nobs ? -1 : 1;
  }
  if (a->missing != b->missing) {
    return a->missing < b->missing ? -1 : 1;
  }
  return a->number < b->number ? -1 : a->number > b->number;
}

/* Sorts by length, then by missing values; in place where memory is short. */
static void fill_order(int64_t count, const sx_batch_shape *shape) {
  int sorted = 1;
  place *places;

  for (int64_t i = 0; i < count; i++) {
    shape->order[i] = i;
    sorted = sorted && (i == 0 || (shape->nobs[i - 1] == shape->nobs[i] &&
                                   shape->missing[i - 1] == shape->missing[i]));
  }
  places = sorted ? NULL : SX_MALLOC((size_t)count * sizeof(place));
  if (places == NULL) {
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    places[i] = (place){shape->nobs[i], shape->missing[i], i};
  }
  qsort(places, (size_t)count, sizeof(place), compare_places);
  for (int64_t i = 0; i < count; i++) {
    shape->order[i] = places[i].number;
  }
  SX_FREE(places);
}

/* Missing values, or -1 if a value is infinite. */
static int64_t count_missing(const double *y, int64_t nobs) {
  int64_t missing = 0;

  for (int64_t t = 0; t < nobs; t++) {
    if (!isfinite(y[t])) {
      if (!isnan(y[t])) {
        return -1;
      }
      missing++;
    }
  }
  return missing;
}

static int all_finite(const double *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) {
      return 0;
    }
  }
  return 1;
}

void sx_batch_prepare(const sx_model *model, int64_t count,
                      const int64_t *indptr, double *endog, double *exog,
                      const sx_batch_shape *shape) {
  int64_t k_exog = model->spec.k_exog;

  for (int64_t i = 0; i < count; i++) {
    int64_t nobs = indptr[i + 1] - indptr[i];
    double *y = endog + indptr[i];
    double *x = exog ? exog + indptr[i] * k_exog : NULL;

    shape->missing[i] = count_missing(y, nobs);
    shape->nobs[i] = nobs;
    shape->usable[i] = SX_OK;
    if (nobs == 0 || shape->missing[i] < 0 ||
        (x && !all_finite(x, nobs * k_exog))) {
      shape->usable[i] = SX_E_DATA;
    } else if (sx_has(model, SX_SIMPLE_DIFFERENCING)) {
      shape->nobs[i] = sx_difference(model, nobs, y, x);
      shape->missing[i] = count_missing(y, shape->nobs[i]);
    }
  }
  fill_order(count, shape);
}

/* ---- tasks ---- */

struct batch_task;

/* Runs the series at place `first` of the order, and as many after it, before
 * `last`, as share its lanes; returns how many. */
typedef int64_t (*task_run)(const struct batch_task *task, int64_t first,
                            int64_t last, void *work);

/* Runs one series. */
typedef void (*task_one)(const struct batch_task *task, int64_t number,
                         void *work);

/* Workspace for a series. */
typedef sx_status (*task_plan)(const struct batch_task *task,
                               const sx_series *series, size_t *size);

/* What a batch runs on every series. */
typedef struct batch_task {
  const sx_batch *batch;
  task_run run;
  task_one one; /* of run_each */
  size_t work_size;
  const void *request; /* what else there is to say */
  const void *out;
  const sx_interrupt *interrupt;
} batch_task;

static sx_series series_of(const batch_task *task, int64_t number) {
  const sx_batch *batch = task->batch;
  int64_t row = batch->indptr[number];

  return (sx_series){.nobs = batch->shape.nobs[number],
                     .endog = batch->endog + row,
                     .exog = batch->exog
                                 ? batch->exog + row * batch->model->spec.k_exog
                                 : NULL,
                     .interrupt = task->interrupt};
}

static const double *params_of(const sx_batch *batch, int64_t number) {
  return batch->params +
         (batch->shared_params ? 0 : number * batch->model->k_params);
}

static void fill_nan(double *values, int64_t count) {
  for (int64_t i = 0; values && i < count; i++) {
    values[i] = NAN;
  }
}

/* The pool's view of a task. */
static sx_status run_items(void *context, int64_t first, int64_t last,
                           void *work, const sx_interrupt *interrupt) {
  batch_task mine = *(const batch_task *)context;

  mine.interrupt = interrupt;
  while (first < last) {
    if (interrupt && interrupt->asked(interrupt->context)) {
      return SX_E_INTERRUPTED;
    }
    first += mine.run(&mine, first, last, work);
  }
  return SX_OK;
}

static int64_t run_each(const batch_task *task, int64_t first, int64_t last,
                        void *work) {
  (void)last;
  task->one(task, task->batch->shape.order[first], work);
  return 1;
}

/* The largest workspace among the lengths and numbers of missing values. */
static sx_status plan_task(batch_task *task, task_plan plan) {
  const sx_batch_shape *shape = &task->batch->shape;
  int64_t nobs = -1, missing = -1;

  for (int64_t i = 0; i < task->batch->count; i++) {
    int64_t number = shape->order[i];
    sx_series series = series_of(task, number);
    size_t size = 0;
    sx_status status;

    if (shape->usable[number] < 0 ||
        (shape->nobs[number] == nobs && shape->missing[number] == missing)) {
      continue;
    }
    nobs = shape->nobs[number];
    missing = shape->missing[number];
    status = plan(task, &series, &size);
    if (status < 0) {
      return status;
    }
    task->work_size = size > task->work_size ? size : task->work_size;
  }
  return SX_OK;
}

/* On as many threads as the work (ns for each row) is worth. */
static sx_status run_task(batch_task *task, task_plan plan,
                          double time_of_row) {
  const sx_batch *batch = task->batch;
  double time = time_of_row * (double)batch->indptr[batch->count];
  int64_t threads = 1 + (int64_t)fmin(time / THREAD_TIME, 1e6);
  sx_status status = plan_task(task, plan);
  sx_pool_job job = {.count = batch->count,
                     .work_size = task->work_size,
                     .run = run_items,
                     .context = task,
                     .poll = batch->poll,
                     .poll_context = batch->context};

  if (status < 0) {
    return status;
  }
  threads = threads < batch->n_threads ? threads : batch->n_threads;
  job.chunk = batch->count / (threads * CHUNKS) / SX_MAX_LANES * SX_MAX_LANES;
  if (job.chunk < 1) {
    job.chunk = task->run == run_each ? 1 : SX_MAX_LANES;
  } else if (job.chunk > MOST_CHUNK) {
    job.chunk = MOST_CHUNK;
  }
  return sx_pool_run(&job, (int32_t)threads);
}

/* ns of a period of the identical engine, and of the exact one: rough. */
static double identical_time(const sx_model *model) {
  return 30.0 + 0.3 * (double)model->k_states * (double)model->k_states;
}

static double exact_time(const sx_model *model) {
  return 5.0 + 1.0 * (double)model->ma_order;
}

/* ---- log-likelihoods ---- */

static int same_gaps(const sx_series *a, const sx_series *b) {
  for (int64_t t = 0; t < a->nobs; t++) {
    if (isnan(a->endog[t]) != isnan(b->endog[t])) {
      return 0;
    }
  }
  return 1;
}

/* Whether two series of a batch can share lanes. */
static int alike(const batch_task *task, int64_t a, int64_t b) {
  const sx_batch_shape *shape = &task->batch->shape;
  sx_series left = series_of(task, a), right = series_of(task, b);

  return shape->nobs[a] == shape->nobs[b] &&
         shape->missing[a] == shape->missing[b] && shape->usable[b] == SX_OK &&
         (shape->missing[a] == 0 || same_gaps(&left, &right));
}

/* Series of the order that run together: as many as are alike. */
static int32_t bundle_at(const batch_task *task, int64_t first, int64_t last,
                         sx_series *series) {
  const int64_t *order = task->batch->shape.order;
  int32_t count = 0;

  while (count < MOST_CHUNK && first + count < last &&
         (count == 0 || alike(task, order[first], order[first + count]))) {
    series[count] = series_of(task, order[first + count]);
    count++;
  }
  return count;
}

static void store_loglike(const batch_task *task, int64_t number,
                          const sx_loglike_output *value) {
  const sx_batch_loglike_output *out =
      (const sx_batch_loglike_output *)task->out;

  out->loglike[number] = value->status < 0 ? NAN : value->loglike;
  if (out->status) {
    out->status[number] = value->status;
  }
  if (out->engine) {
    out->engine[number] =
        (uint8_t)(value->status < 0 ? SX_ENGINE_AUTO : value->engine);
  }
}

/* The bundle's parameters side by side, at the start of the workspace. */
static const double *gather_params(const sx_batch *batch, const int64_t *order,
                                   int64_t count, double *target) {
  size_t k = (size_t)batch->model->k_params;

  if (batch->shared_params) {
    return batch->params;
  }
  for (int64_t i = 0; i < count; i++) {
    memcpy(target + (size_t)i * k, params_of(batch, order[i]),
           k * sizeof(double));
  }
  return target;
}

static size_t gathered_size(const sx_batch *batch) {
  return (size_t)batch->model->k_params * MOST_CHUNK * sizeof(double);
}

static int64_t run_loglike(const batch_task *task, int64_t first, int64_t last,
                           void *work) {
  const sx_batch *batch = task->batch;
  const int64_t *order = batch->shape.order + first;
  size_t gathered = gathered_size(batch);
  sx_loglike_output values[MOST_CHUNK];
  sx_series series[MOST_CHUNK];
  sx_loglike_request request = {batch->engine, 0, NULL, batch->shared_params,
                                1};

  values[0].status = (sx_status)batch->shape.usable[order[0]];
  if (values[0].status < 0) {
    store_loglike(task, order[0], values);
    return 1;
  }
  request.count = bundle_at(task, first, last, series);
  request.params = gather_params(batch, order, request.count, (double *)work);
  sx_loglike(batch->model, series, &request, (char *)work + gathered,
             task->work_size - gathered, values);
  for (int64_t i = 0; i < request.count; i++) {
    store_loglike(task, order[i], &values[i]);
  }
  return request.count;
}

static sx_status plan_loglike(const batch_task *task, const sx_series *series,
                              size_t *size) {
  const sx_batch *batch = task->batch;
  sx_loglike_request request = {batch->engine, MOST_CHUNK, NULL, 1, 1};
  sx_status status = sx_loglike_plan(batch->model, series, &request, size);

  *size += gathered_size(batch);
  return status;
}

sx_status sx_batch_loglike(const sx_batch *batch,
                           const sx_batch_loglike_output *out) {
  batch_task task = {.batch = batch, .run = run_loglike, .out = out};

  return run_task(&task, plan_loglike,
                  batch->engine == SX_ENGINE_IDENTICAL
                      ? identical_time(batch->model)
                      : exact_time(batch->model));
}

/* ---- the other runs, series by series ---- */

static void store_status(int32_t *status, int64_t number, sx_status value) {
  if (status) {
    status[number] = value;
  }
}

static void store_int64(int64_t *values, int64_t number, int64_t value) {
  if (values) {
    values[number] = value;
  }
}

static double *row_of(double *values, int64_t row) {
  return values ? values + row : NULL;
}

/* The workspace of anything the filter runs. */
static sx_status plan_filter(const batch_task *task, const sx_series *series,
                             size_t *size) {
  (void)series;
  return sx_filter_plan(task->batch->model, size);
}

static void filter_one(const batch_task *task, int64_t number, void *work) {
  const sx_batch_filter_output *out = (const sx_batch_filter_output *)task->out;
  const sx_filter_output *arrays = &out->arrays;
  const sx_batch *batch = task->batch;
  sx_series series = series_of(task, number);
  int64_t row = batch->indptr[number];
  int64_t rows = batch->indptr[number + 1] - row;
  sx_status status = (sx_status)batch->shape.usable[number];
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
    status = sx_filter(batch->model, &series, params_of(batch, number), work,
                       task->work_size, &filter);
  }
  for (size_t a = 0; a < sizeof(places) / sizeof(places[0]); a++) {
    fill_nan(row_of(places[a], status < 0 ? 0 : series.nobs),
             status < 0 ? rows : rows - series.nobs);
  }
  out->llf[number] = status < 0 ? NAN : filter.llf;
  out->scale[number] = status < 0 ? NAN : filter.scale;
  store_int64(out->nobs_skipped, number, filter.nobs_skipped);
  store_int64(out->period_converged, number, filter.period_converged);
  store_status(out->status, number, status);
}

sx_status sx_batch_filter(const sx_batch *batch,
                          const sx_batch_filter_output *out) {
  batch_task task = {
      .batch = batch, .run = run_each, .one = filter_one, .out = out};

  return run_task(&task, plan_filter, identical_time(batch->model));
}

static void forecast_one(const batch_task *task, int64_t number, void *work) {
  const sx_batch_forecast_output *out =
      (const sx_batch_forecast_output *)task->out;
  const sx_batch *batch = task->batch;
  sx_series series = series_of(task, number);
  int64_t cell = number * out->steps;
  sx_status status = (sx_status)batch->shape.usable[number];
  sx_forecast_output forecast = {
      .steps = out->steps,
      .exog_future = out->exog_future
                         ? out->exog_future + cell * batch->model->spec.k_exog
                         : NULL,
      .mean = out->mean + cell,
      .var = out->var + cell};

  if (status >= 0) {
    status = sx_forecast(batch->model, &series, params_of(batch, number), work,
                         task->work_size, &forecast);
  }
  if (status < 0) {
    fill_nan(forecast.mean, out->steps);
    fill_nan(forecast.var, out->steps);
  }
  store_int64(out->nobs_skipped, number, forecast.nobs_skipped);
  store_status(out->status, number, status);
}

sx_status sx_batch_forecast(const sx_batch *batch,
                            const sx_batch_forecast_output *out) {
  batch_task task = {
      .batch = batch, .run = run_each, .one = forecast_one, .out = out};

  return run_task(&task, plan_filter, identical_time(batch->model));
}

static sx_status plan_start(const batch_task *task, const sx_series *series,
                            size_t *size) {
  return sx_start_params_plan(task->batch->model, series->nobs, size);
}

static void start_one(const batch_task *task, int64_t number, void *work) {
  const sx_batch_start_output *out = (const sx_batch_start_output *)task->out;
  const sx_batch *batch = task->batch;
  sx_series series = series_of(task, number);
  double *params = out->params + number * batch->model->k_params;
  sx_status status = (sx_status)batch->shape.usable[number];
  uint32_t flags = 0;

  if (status >= 0) {
    status = sx_start_params(batch->model, &series, work, task->work_size,
                             params, &flags);
  }
  if (status < 0) {
    fill_nan(params, batch->model->k_params);
  }
  if (out->flags) {
    out->flags[number] = flags;
  }
  store_status(out->status, number, status);
}

sx_status sx_batch_start_params(const sx_batch *batch,
                                const sx_batch_start_output *out) {
  batch_task task = {
      .batch = batch, .run = run_each, .one = start_one, .out = out};

  return run_task(&task, plan_start, START_TIME);
}

/* ---- fits ---- */

static sx_fit_request request_of(const batch_task *task, int64_t number) {
  sx_fit_request request = *(const sx_fit_request *)task->request;

  request.engine = task->batch->engine;
  request.start_params =
      task->batch->params ? params_of(task->batch, number) : NULL;
  return request;
}

static sx_status plan_fit(const batch_task *task, const sx_series *series,
                          size_t *size) {
  sx_fit_request request = request_of(task, 0);

  return sx_fit_plan(task->batch->model, series, &request, size);
}

static void fit_one(const batch_task *task, int64_t number, void *work) {
  const sx_batch_fit_output *out = (const sx_batch_fit_output *)task->out;
  const sx_batch *batch = task->batch;
  sx_series series = series_of(task, number);
  sx_fit_request request = request_of(task, number);
  sx_status status = (sx_status)batch->shape.usable[number];
  sx_fit_output *fit = &out->fits[number];

  *fit = (sx_fit_output){.end = SX_FIT_NO_START};
  fit->params = out->params + number * batch->model->k_params;
  if (status >= 0 && series.nobs == 0) {
    status = SX_E_DATA;
  }
  if (status >= 0) {
    status =
        sx_fit(batch->model, &series, &request, work, task->work_size, fit);
  }
  if (status < 0) {
    fill_nan(fit->params, batch->model->k_params);
    fit->loglike = NAN;
    fit->engine = SX_ENGINE_AUTO;
  }
  store_status(out->status, number, status);
}

sx_status sx_batch_fit(const sx_batch *batch, const sx_fit_request *request,
                       const sx_batch_fit_output *out) {
  batch_task task = {.batch = batch,
                     .run = run_each,
                     .one = fit_one,
                     .request = request,
                     .out = out};

  return run_task(&task, plan_fit, FIT_LOGLIKES * exact_time(batch->model));
}
