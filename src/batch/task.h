/* SPDX-License-Identifier: BSD-3-Clause */
/* A computation on every series of a batch, on the threads of batch/pool.h. */
#ifndef SX_BATCH_TASK_H
#define SX_BATCH_TASK_H

#include "sarimax_c_batch.h"

/* Series of a portion that a thread takes at a time, at most. */
enum { SX_MOST_PORTION = 128 };

struct sx_task;

/*
 * Runs the series at place `first` of the order, and as many of those after it,
 * before place `last`, as it can together; returns how many.
 */
typedef int64_t (*sx_task_run)(const struct sx_task *task, int64_t first,
                               int64_t last, void *work);

/* Runs series `number` of the batch. */
typedef void (*sx_task_one)(const struct sx_task *task, int64_t number,
                            void *work);

/* The workspace for a series. */
typedef sx_status (*sx_task_plan)(const struct sx_task *task,
                                  const sx_series *series, size_t *size);

typedef struct sx_task {
  const sx_batch *batch;
  sx_task_plan plan;
  sx_task_run run; /* NULL: each series alone, by `one` */
  sx_task_one one;
  const void *request; /* what else there is to say */
  const void *out;
  double time; /* of a period, in ns, roughly: tells if threads pay */
  size_t work_size;
  const sx_interrupt *interrupt; /* of the thread that runs */
} sx_task;

/* Runs the task on all series; errors as those of the batch functions. */
sx_status sx_task_start(sx_task *task);

sx_series sx_task_series(const sx_task *task, int64_t number);

/* The parameters of a series. */
const double *sx_task_params(const sx_task *task, int64_t number);

/* SX_OK, or why a series cannot be used. */
sx_status sx_task_usable(const sx_task *task, int64_t number);

/* Time of a period of the engines. */
double sx_task_identical_time(const sx_model *model);
double sx_task_exact_time(const sx_model *model);

/* NULL for values that are not wanted. */
void sx_task_fill_nan(double *values, int64_t count);

#endif
