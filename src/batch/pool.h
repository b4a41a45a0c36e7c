/* SPDX-License-Identifier: BSD-3-Clause */
/* One job on several threads, which exist no longer than the call. */
#ifndef SX_BATCH_POOL_H
#define SX_BATCH_POOL_H

#include "sarimax_c.h"

typedef struct sx_pool_job {
  int64_t count;    /* items */
  int64_t chunk;    /* items that a thread takes at a time, >= 1 */
  size_t work_size; /* bytes of workspace for each thread, without `begin` */
  /*
   * Before the first item is run all are prepared, as many at a time as
   * prepare_chunk >= 1 says, in any thread. NULL: there is nothing to prepare.
   */
  void (*prepare)(void *context, int64_t first, int64_t last);
  int64_t prepare_chunk;
  /*
   * Called in the caller's thread when all are prepared; returns work_size.
   * NULL: it is known.
   */
  size_t (*begin)(void *context);
  /*
   * Does the items first .. last - 1, in any thread and next to other items,
   * and keeps its own record of those that fail. A negative status ends the
   * job, but for SX_E_INTERRUPTED: what `interrupt` has stopped.
   *   work (work_size bytes, any alignment): this thread's
   */
  sx_status (*run)(void *context, int64_t first, int64_t last, void *work,
                   const sx_interrupt *interrupt);
  void *context;
  /*
   * Called in the caller's thread alone, every 20 ms or more, with the number
   * of items done; non-zero ends the job. NULL: not wanted.
   */
  int (*poll)(void *context, int64_t done);
  void *poll_context;
} sx_pool_job;

/*
 * Runs the job on up to n_threads >= 1 threads, the caller's one of them, and
 * returns when all others are gone. Threads that cannot be had, or for whose
 * workspace there is no memory, are done without. SX_E_MEMORY if there is none
 * for the caller's; SX_E_INTERRUPTED by `poll`; SX_E_ARGUMENT; the first
 * negative status of `run`.
 */
sx_status sx_pool_run(const sx_pool_job *job, int32_t n_threads);

#endif
