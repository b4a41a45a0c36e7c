/* SPDX-License-Identifier: BSD-3-Clause */
#include "batch/task.h"

#include "base/vector.h"
#include "batch/pool.h"
#include "batch/shape.h"

#include <math.h>

/*
 * Portions of the batch for each of several threads, about; fewer where each
 * begins with what all series have in common.
 */
enum { PORTIONS = 64, PORTIONS_SHARED = 4 };

/* Rows that a thread prepares at a time, about: they stay in its caches. */
static const double PREPARED_ROWS = 8192.0;

/* Nanoseconds of work from which on another thread pays. */
static const double THREAD_TIME = 2e5;

sx_series sx_task_series(const sx_task *task, int64_t number) {
  const sx_batch *batch = task->batch;
  int64_t row = batch->indptr[number];

  return (sx_series){.nobs = batch->shape.nobs[number],
                     .endog = batch->endog + row,
                     .exog = batch->exog
                                 ? batch->exog + row * batch->model->spec.k_exog
                                 : NULL,
                     .interrupt = task->interrupt,
                     .facts = &batch->shape.facts[number]};
}

const double *sx_task_params(const sx_task *task, int64_t number) {
  const sx_batch *batch = task->batch;

  return batch->params +
         (batch->shared_params ? 0 : number * batch->model->k_params);
}

void sx_task_fill_nan(double *values, int64_t count) {
  for (int64_t i = 0; values && i < count; i++) {
    values[i] = NAN;
  }
}

sx_status sx_task_usable(const sx_task *task, int64_t number) {
  return (sx_status)task->batch->shape.usable[number];
}

/* The pool's view of a task. */
static sx_status run_items(void *context, int64_t first, int64_t last,
                           void *work, const sx_interrupt *interrupt) {
  sx_task mine = *(const sx_task *)context;

  mine.interrupt = interrupt;
  while (first < last) {
    if (interrupt && interrupt->asked(interrupt->context)) {
      return SX_E_INTERRUPTED;
    }
    if (mine.run) {
      first += mine.run(&mine, first, last, work);
    } else {
      mine.one(&mine, mine.batch->shape.order[first], work);
      first++;
    }
  }
  return SX_OK;
}

static void prepare_items(void *context, int64_t first, int64_t last) {
  const sx_batch *batch = ((const sx_task *)context)->batch;
  sx_rows rows = {batch->model, batch->indptr, batch->input->source,
                  batch->input->endog, batch->input->exog};

  sx_shape_look(&rows, first, last, &batch->shape);
}

/*
 * The largest workspace among the lengths and numbers of missing values. A
 * series that no workspace can be planned for fails in its own run.
 */
static void plan_all(sx_task *task) {
  const sx_batch_shape *shape = &task->batch->shape;
  int64_t nobs = -1, last = -1, missing = -1;

  for (int64_t i = 0; i < task->batch->count; i++) {
    int64_t number = shape->order[i];
    const sx_facts *facts = &shape->facts[number];
    sx_series series;
    size_t size = 0;

    if (shape->usable[number] < 0 ||
        (shape->nobs[number] == nobs && facts->last == last &&
         facts->missing == missing)) {
      continue;
    }
    series = sx_task_series(task, number);
    nobs = series.nobs;
    last = facts->last;
    missing = facts->missing;
    if (task->plan(task, &series, &size) == SX_OK && size > task->work_size) {
      task->work_size = size;
    }
  }
}

/* What the caller's thread does alone between the two. */
static size_t begin_items(void *context) {
  sx_task *task = (sx_task *)context;
  const sx_batch *batch = task->batch;

  if (batch->input != NULL) {
    batch->input->taken(batch->context);
    sx_shape_sort(batch->count, &batch->shape);
  }
  plan_all(task);
  return task->work_size;
}

/*
 * One series, so that progress is told of each; of those that run together, not
 * too few portions for the threads, nor larger ones than need be.
 */
static int64_t portion_of(const sx_task *task, int64_t threads) {
  int64_t each = task->batch->shared_params ? PORTIONS_SHARED : PORTIONS;
  int64_t portions = threads > 1 ? threads * each : 1;
  int64_t vectors = (task->batch->count - 1) / SX_MAX_LANES + 1;
  int64_t portion = ((vectors - 1) / portions + 1) * SX_MAX_LANES;

  if (task->run == NULL) {
    return 1;
  }
  return portion < SX_MOST_PORTION ? portion : SX_MOST_PORTION;
}

sx_status sx_task_start(sx_task *task) {
  const sx_batch *batch = task->batch;
  int64_t rows = batch->indptr[batch->count];
  double time = task->time * (double)rows;
  int64_t threads = 1 + (int64_t)fmin(time / THREAD_TIME, 1e6);
  sx_pool_job job = {.count = batch->count,
                     .prepare = batch->input ? prepare_items : NULL,
                     .prepare_chunk = 1,
                     .begin = begin_items,
                     .run = run_items,
                     .context = task,
                     .poll = batch->poll,
                     .poll_context = batch->context};

  if (rows > 0) {
    job.prepare_chunk +=
        (int64_t)((double)batch->count / (double)rows * PREPARED_ROWS);
  }
  threads = threads < batch->n_threads ? threads : batch->n_threads;
  job.chunk = portion_of(task, threads);
  return sx_pool_run(&job, (int32_t)threads);
}

double sx_task_identical_time(const sx_model *model) {
  return 30.0 + 0.3 * (double)model->k_states * (double)model->k_states;
}

double sx_task_exact_time(const sx_model *model) {
  return 4.0 + 0.4 * (double)model->ma_order;
}
