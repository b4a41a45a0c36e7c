/* SPDX-License-Identifier: BSD-3-Clause */
/* Start parameters, derivatives and fits of many series. */
#include "batch/task.h"

#include <math.h>

/* Rough costs: start parameters in ns a row, the others in log-likelihoods. */
static const double START_TIME = 100.0, SCORE_LOGLIKES = 6.0,
                    FIT_LOGLIKES = 50.0;

/* ---- start parameters ---- */

static sx_status plan_start(const sx_task *task, const sx_series *series,
                            size_t *size) {
  return sx_start_params_plan(task->batch->model, series->nobs, size);
}

static void start_one(const sx_task *task, int64_t number, void *work) {
  const sx_batch_start_output *out = (const sx_batch_start_output *)task->out;
  const sx_batch *batch = task->batch;
  sx_series series = sx_task_series(task, number);
  double *params = out->params + number * batch->model->k_params;
  sx_status status = sx_task_usable(task, number);
  uint32_t flags = 0;

  if (status >= 0) {
    status = sx_start_params(batch->model, &series, work, task->work_size,
                             params, &flags);
  }
  if (status < 0) {
    sx_task_fill_nan(params, batch->model->k_params);
  }
  out->flags[number] = flags;
  out->status[number] = status;
}

sx_status sx_batch_start_params(const sx_batch *batch,
                                const sx_batch_start_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_start,
                  .one = start_one,
                  .out = out,
                  .time = START_TIME};

  return sx_task_start(&task);
}

/* ---- derivatives ---- */

static sx_status plan_score(const sx_task *task, const sx_series *series,
                            size_t *size) {
  return sx_loglike_score_plan(task->batch->model, series, task->batch->engine,
                               size);
}

static void score_one(const sx_task *task, int64_t number, void *work) {
  const sx_batch_score_output *out = (const sx_batch_score_output *)task->out;
  const sx_model *model = task->batch->model;
  sx_series series = sx_task_series(task, number);
  sx_point point = {task->batch->engine, sx_task_params(task, number)};
  sx_status status = sx_task_usable(task, number);
  sx_loglike_score_output value = {.score =
                                       out->score + number * model->k_params};

  if (status >= 0) {
    status =
        sx_loglike_score(model, &series, &point, work, task->work_size, &value);
  }
  if (status < 0) {
    sx_task_fill_nan(value.score, model->k_params);
    value.loglike = NAN;
    value.engine = SX_ENGINE_AUTO;
  }
  out->loglike[number] = value.loglike;
  out->engine[number] = (uint8_t)value.engine;
  out->status[number] = status;
}

sx_status sx_batch_score(const sx_batch *batch,
                         const sx_batch_score_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_score,
                  .one = score_one,
                  .out = out,
                  .time = SCORE_LOGLIKES * sx_task_exact_time(batch->model)};

  return sx_task_start(&task);
}

/* Products of derivatives of the filter's periods. */
typedef struct product {
  sx_status (*plan)(const sx_model *model, const sx_series *series,
                    size_t *work_size);
  sx_status (*run)(const sx_model *model, const sx_series *series,
                   const double *params, void *work, size_t work_size,
                   double *matrix);
} product;

static sx_status plan_product(const sx_task *task, const sx_series *series,
                              size_t *size) {
  return ((const product *)task->request)
      ->plan(task->batch->model, series, size);
}

/* Row `number` of the matrices. */
static double *matrix_of(const sx_task *task, int64_t number) {
  int64_t k = task->batch->model->k_params;

  return ((const sx_batch_matrix_output *)task->out)->matrix + number * k * k;
}

static void store_matrix(const sx_task *task, int64_t number,
                         sx_status status) {
  int64_t k = task->batch->model->k_params;

  if (status < 0) {
    sx_task_fill_nan(matrix_of(task, number), k * k);
  }
  ((const sx_batch_matrix_output *)task->out)->status[number] = status;
}

static void product_one(const sx_task *task, int64_t number, void *work) {
  const product *wanted = (const product *)task->request;
  sx_series series = sx_task_series(task, number);
  sx_status status = sx_task_usable(task, number);

  if (status >= 0) {
    status =
        wanted->run(task->batch->model, &series, sx_task_params(task, number),
                    work, task->work_size, matrix_of(task, number));
  }
  store_matrix(task, number, status);
}

static sx_status start_product(const sx_batch *batch, const product *wanted,
                               const sx_batch_matrix_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_product,
                  .one = product_one,
                  .request = wanted,
                  .out = out,
                  .time = 4.0 * batch->model->k_params *
                          sx_task_identical_time(batch->model)};

  return sx_task_start(&task);
}

sx_status sx_batch_opg(const sx_batch *batch,
                       const sx_batch_matrix_output *out) {
  static const product opg = {sx_opg_plan, sx_opg};

  return start_product(batch, &opg, out);
}

sx_status sx_batch_information(const sx_batch *batch,
                               const sx_batch_matrix_output *out) {
  static const product information = {sx_information_plan, sx_information};

  return start_product(batch, &information, out);
}

static sx_status plan_hessian(const sx_task *task, const sx_series *series,
                              size_t *size) {
  return sx_hessian_plan(task->batch->model, series, task->batch->engine, size);
}

static void hessian_one(const sx_task *task, int64_t number, void *work) {
  int64_t k = task->batch->model->k_params;
  sx_series series = sx_task_series(task, number);
  sx_point point = {task->batch->engine, sx_task_params(task, number)};
  sx_status status = sx_task_usable(task, number);
  sx_hessian_output value = {.hessian = matrix_of(task, number)};

  if (status >= 0) {
    status = sx_hessian(task->batch->model, &series, &point, work,
                        task->work_size, &value);
  }
  for (int64_t i = 0; i < k * k && status >= 0; i++) {
    value.hessian[i] = -value.hessian[i];
  }
  store_matrix(task, number, status);
}

sx_status sx_batch_hessian(const sx_batch *batch,
                           const sx_batch_matrix_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_hessian,
                  .one = hessian_one,
                  .out = out,
                  .time = 4.0 * batch->model->k_params * SCORE_LOGLIKES *
                          sx_task_exact_time(batch->model)};

  return sx_task_start(&task);
}

/* ---- fits ---- */

static sx_fit_request request_of(const sx_task *task, int64_t number) {
  sx_fit_request request = *(const sx_fit_request *)task->request;

  request.engine = task->batch->engine;
  request.start_params =
      task->batch->params ? sx_task_params(task, number) : NULL;
  return request;
}

static sx_status plan_fit(const sx_task *task, const sx_series *series,
                          size_t *size) {
  sx_fit_request request = request_of(task, 0);

  return sx_fit_plan(task->batch->model, series, &request, size);
}

static void store_fit(const sx_batch_fit_output *out, int64_t number,
                      const sx_fit_output *fit) {
  out->llf[number] = fit->loglike;
  out->scale[number] = fit->scale;
  out->nobs_skipped[number] = fit->nobs_skipped;
  out->nit[number] = fit->nit;
  out->nfev[number] = fit->nfev;
  out->end[number] = (int32_t)fit->end;
  out->start_flags[number] = fit->start_flags;
  out->engine[number] = (uint8_t)fit->engine;
  out->reason[number] = (int32_t)fit->reason;
}

static void fit_one(const sx_task *task, int64_t number, void *work) {
  const sx_batch_fit_output *out = (const sx_batch_fit_output *)task->out;
  const sx_model *model = task->batch->model;
  sx_series series = sx_task_series(task, number);
  sx_fit_request request = request_of(task, number);
  sx_status status = sx_task_usable(task, number);
  sx_fit_output fit = {.params = out->params + number * model->k_params,
                       .end = SX_FIT_NO_START};

  if (status >= 0) {
    status = series.nobs == 0 ? SX_E_DATA
                              : sx_fit(model, &series, &request, work,
                                       task->work_size, &fit);
  }
  if (status < 0) {
    sx_task_fill_nan(fit.params, model->k_params);
    fit.loglike = NAN;
    fit.scale = NAN;
    fit.engine = SX_ENGINE_AUTO;
  }
  store_fit(out, number, &fit);
  out->status[number] = status;
}

sx_status sx_batch_fit(const sx_batch *batch, const sx_fit_request *request,
                       const sx_batch_fit_output *out) {
  sx_task task = {.batch = batch,
                  .plan = plan_fit,
                  .one = fit_one,
                  .request = request,
                  .out = out,
                  .time = FIT_LOGLIKES * sx_task_exact_time(batch->model)};

  return sx_task_start(&task);
}
