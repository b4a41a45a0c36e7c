/* SPDX-License-Identifier: BSD-3-Clause */
/* Jobs for the pool, and what they noticed. */
#ifndef POOL_JOBS_H
#define POOL_JOBS_H

#include "batch/thread.h"

#include "batch/pool.h"
#include "harness.h"

#include <stdatomic.h>
#include <string.h>

enum { MOST_ITEMS = 1000, WORK_SIZE = 4096 };

/* Every caller and worker has one of its own. */
static _Thread_local int this_thread;

/* A job that counts its visits, and the threads that do it. */
typedef struct visits {
  atomic_int of[MOST_ITEMS];
  atomic_int too_large;  /* runs of more items than a chunk has */
  atomic_int threads;    /* that did anything */
  atomic_int alone;      /* non-zero: two threads shared a workspace */
  int64_t chunk;         /* of the job */
  const int *caller;     /* its this_thread */
  int polls, elsewhere;  /* calls of poll; those by another thread */
  int64_t last_done;     /* what poll was told */
  int64_t spin;          /* nanoseconds that an item takes */
  int64_t until_stopped; /* the item that runs till it is interrupted, or -1 */
  int stop_at_poll;      /* the poll that interrupts, or 0 */
  int64_t stopped;       /* when it did */
} visits;

/* A job of so many items in `seen`, cleared, for the calling thread. */
static inline sx_pool_job visits_clear(visits *seen) {
  memset((void *)seen, 0, sizeof(*seen));
  seen->caller = &this_thread;
  seen->until_stopped = -1;
  this_thread = 0;
  return (sx_pool_job){.chunk = 1, .work_size = WORK_SIZE, .context = seen};
}

/* Marks the thread's workspace as its own; non-zero if another one has it. */
static inline int workspace_is_shared(void *work) {
  const int *owner = &this_thread;

  memset((unsigned char *)work + sizeof(owner), 1, WORK_SIZE - sizeof(owner));
  if (this_thread == 0) {
    memcpy(work, &owner, sizeof(owner));
    return 0;
  }
  return memcmp(work, &owner, sizeof(owner)) != 0;
}

static inline sx_status visit(void *context, int64_t first, int64_t last,
                              void *work, const sx_interrupt *interrupt) {
  visits *seen = context;
  int64_t end = sx_thread_clock() + seen->spin * (last - first);

  seen->alone += workspace_is_shared(work);
  seen->threads += this_thread == 0;
  seen->too_large += last - first > seen->chunk || first >= last;
  this_thread = 1;
  for (int64_t i = first; i < last; i++) {
    atomic_fetch_add(&seen->of[i], 1);
    while (i == seen->until_stopped) {
      if (interrupt->asked(interrupt->context)) {
        return SX_E_INTERRUPTED;
      }
    }
  }
  while (sx_thread_clock() < end) {
  }
  return SX_OK;
}

static inline int poll_visits(void *context, int64_t done) {
  visits *seen = context;

  seen->polls++;
  seen->elsewhere += seen->caller != &this_thread;
  seen->last_done = done;
  if (seen->polls != seen->stop_at_poll) {
    return 0;
  }
  seen->stopped = sx_thread_clock();
  return 1;
}

/* Non-zero if each of the first `count` items was visited once, others never.
 */
static inline int each_once(visits *seen, int64_t count) {
  for (int64_t i = 0; i < MOST_ITEMS; i++) {
    if (seen->of[i] != (i < count)) {
      return 0;
    }
  }
  return seen->too_large == 0 && seen->alone == 0;
}

#endif
