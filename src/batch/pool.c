/* SPDX-License-Identifier: BSD-3-Clause */
#include "batch/thread.h"

#include "base/compiler.h"
#include "batch/pool.h"

#include <stdatomic.h>

/* As many threads have a share of their own. */
enum { MOST_SHARES = 16 };

/*
 * The chunks of a stage, in shares of neighbours. A thread takes those of its
 * own first: it runs what its caches hold since it has prepared it.
 */
typedef struct stage {
  int64_t chunks;
  _Atomic int64_t taken[MOST_SHARES]; /* and one more for each refusal */
} stage;

/* What all threads of a run share. */
typedef struct pool {
  const sx_pool_job *job;
  int32_t shares; /* of each stage */
  stage preparing;
  _Atomic int64_t prepared; /* items */
  sx_latch gate;            /* shut till the chunks can be taken */
  atomic_int open;          /* whether it is not */
  stage running;
  _Atomic int64_t done; /* items */
  atomic_int status;    /* SX_OK, or why everybody stops */
  int64_t polled;       /* when; the caller's thread alone uses it */
  atomic_int working;   /* threads that may still be at their chunks */
  sx_latch latch;
  struct worker *workers; /* a list without the caller */
  void *work;             /* the caller's */
} pool;

/* One more chunk, of the own share if there is any left in it; or `chunks`. */
static int64_t take_chunk(stage *from, int32_t shares, int32_t own) {
  int64_t size = (from->chunks - 1) / shares + 1;

  for (int32_t k = 0; k < shares; k++) {
    int32_t share = (own + k) % shares;
    int64_t left = from->chunks - share * size;
    int64_t number = atomic_fetch_add(&from->taken[share], 1);

    if (number < (left < size ? left : size)) {
      return share * size + number;
    }
  }
  return from->chunks;
}

/* A thread with its workspace, NULL before the gate opens or without memory. */
typedef struct worker {
  pool *pool;
  sx_thread thread;
  struct worker *next;
  int32_t share;
  void *work;
} worker;

/* The first reason counts. */
static void stop(pool *all, sx_status status) {
  int none = SX_OK;

  atomic_compare_exchange_strong(&all->status, &none, (int)status);
}

static int is_stopped(void *context) {
  pool *all = context;

  return atomic_load_explicit(&all->status, memory_order_relaxed) != SX_OK;
}

/* As is_stopped, in the caller's thread: polls if it is time to. */
static int poll_outside(void *context) {
  pool *all = context;
  const sx_pool_job *job = all->job;
  int64_t now;

  if (job->poll == NULL || is_stopped(all)) {
    return is_stopped(all);
  }
  now = sx_thread_clock();
  if (now - all->polled >= SX_POLL_TIME) {
    if (job->poll(job->poll_context, atomic_load(&all->done)) != 0) {
      atomic_store(&all->status, SX_E_INTERRUPTED); /* whatever went before */
    }
    all->polled = sx_thread_clock();
  }
  return is_stopped(all);
}

/* Takes chunks till there are no more; `interrupt` also ends that. */
static void take_chunks(pool *all, int32_t share, void *work,
                        const sx_interrupt *interrupt) {
  const sx_pool_job *job = all->job;

  while (!interrupt->asked(interrupt->context)) {
    int64_t chunk = take_chunk(&all->running, all->shares, share);
    int64_t first, left, items;
    sx_status status;

    if (chunk >= all->running.chunks) {
      return;
    }
    first = chunk * job->chunk;
    left = job->count - first;
    items = left < job->chunk ? left : job->chunk;
    status = job->run(job->context, first, first + items, work, interrupt);
    if (status >= 0) {
      atomic_fetch_add(&all->done, items);
    } else if (status != SX_E_INTERRUPTED) {
      stop(all, status);
    }
  }
}

/* ---- the first stage ---- */

static void prepare_chunks(pool *all, int32_t share) {
  const sx_pool_job *job = all->job;
  int64_t chunk;

  while ((chunk = take_chunk(&all->preparing, all->shares, share)) <
         all->preparing.chunks) {
    int64_t first = chunk * job->prepare_chunk;
    int64_t left = job->count - first;
    int64_t items = left < job->prepare_chunk ? left : job->prepare_chunk;

    job->prepare(job->context, first, first + items);
    SX_HAPPENS_BEFORE(&all->prepared);
    atomic_fetch_add(&all->prepared, items);
  }
}

/* Till the others have prepared what they have taken, which takes no time. */
static void wait_prepared(pool *all) {
  while (all->job->prepare != NULL &&
         atomic_load(&all->prepared) < all->job->count) {
    sx_thread_yield();
  }
  SX_HAPPENS_AFTER(&all->prepared);
}

/* Waits for the gate, awake at first. */
static void wait_open(pool *all) {
  int64_t end = sx_thread_clock() + SX_SPIN_TIME;

  while (!atomic_load(&all->open) && sx_thread_clock() < end) {
  }
  while (!atomic_load(&all->open)) {
    sx_latch_wait(&all->gate);
  }
  SX_HAPPENS_AFTER(&all->open);
}

/* Of one thread; NULL if there is no memory. */
static void *new_workspace(size_t size) {
  return size > PTRDIFF_MAX ? NULL : SX_MALLOC(size > 0 ? size : 1);
}

/* Workspaces; a worker for whom there is none takes no chunks. */
static sx_status give_workspaces(pool *all, size_t size) {
  all->work = new_workspace(size);
  for (worker *w = all->workers; all->work && w != NULL; w = w->next) {
    w->work = new_workspace(size);
  }
  return all->work ? SX_OK : SX_E_MEMORY;
}

/* Everything up to the gate, which the caller's thread opens. */
static void begin(pool *all) {
  const sx_pool_job *job = all->job;
  sx_status status;

  prepare_chunks(all, 0);
  wait_prepared(all);
  status = give_workspaces(all, job->begin ? job->begin(job->context)
                                           : job->work_size);
  if (status < 0) {
    stop(all, status);
  }
  SX_HAPPENS_BEFORE(&all->open);
  atomic_store(&all->open, 1);
  if (all->workers != NULL) {
    sx_latch_add(&all->gate, -1);
  }
}

/* ---- threads ---- */

static void *run_worker(void *argument) {
  worker *self = argument;
  sx_interrupt interrupt = {is_stopped, self->pool};

  prepare_chunks(self->pool, self->share);
  wait_open(self->pool);
  if (self->work != NULL) {
    take_chunks(self->pool, self->share, self->work, &interrupt);
  }
  sx_latch_add(&self->pool->latch, -1);
  SX_HAPPENS_BEFORE(&self->pool->working);
  atomic_fetch_sub(&self->pool->working, 1);
  return NULL;
}

/* In front of `next`; NULL if there is no memory. */
static worker *new_worker(pool *all, int64_t share, worker *next) {
  worker *made = SX_MALLOC(sizeof(worker));

  if (made != NULL) {
    *made = (worker){.pool = all, .next = next, .share = (int32_t)share};
  }
  return made;
}

/* As many as can be had up to `count`: a list, the last one first. */
static worker *start_workers(pool *all, int64_t count) {
  worker *list = NULL;

  for (int64_t i = 0; i < count; i++) {
    worker *made = new_worker(all, (i + 1) % all->shares, list);

    if (made == NULL) {
      break;
    }
    sx_latch_add(&all->latch, 1);
    atomic_fetch_add(&all->working, 1);
    if (sx_thread_start(&made->thread, run_worker, made) != 0) {
      sx_latch_add(&all->latch, -1);
      atomic_fetch_sub(&all->working, 1);
      SX_FREE(made);
      break;
    }
    list = made;
  }
  return list;
}

static void join_workers(worker *list) {
  while (list != NULL) {
    worker *next = list->next;

    sx_thread_join(list->thread);
    SX_HAPPENS_AFTER(&list->pool->working);
    SX_FREE(list->work);
    SX_FREE(list);
    list = next;
  }
}

/* Waits awake while the workers may be at their last chunks. */
static void wait_awake(pool *all) {
  int64_t end = sx_thread_clock() + SX_SPIN_TIME;

  while (atomic_load(&all->working) > 0 && sx_thread_clock() < end) {
  }
}

/* The caller's share of the work, till the workers have done theirs. */
static void work_and_wait(void *context) {
  pool *all = context;
  sx_interrupt interrupt = {poll_outside, all};

  begin(all);
  take_chunks(all, 0, all->work, &interrupt);
  wait_awake(all);
  while (all->workers != NULL && sx_latch_wait(&all->latch) > 0) {
    poll_outside(all);
  }
}

/*
 * The caller's thread has ended in its poll, and with it what the workers use:
 * an interpreter that shuts down does that to threads that want its lock.
 */
static void abandon(void *context) {
  pool *all = context;

  stop(all, SX_E_INTERRUPTED);
  join_workers(all->workers);
  SX_FREE(all->work);
}

/* Both latches, or none. */
static int init_latches(pool *all) {
  int failed = sx_latch_init(&all->latch);

  if (!failed && sx_latch_init(&all->gate) != 0) {
    /* unreachable: nor does the other */
    sx_latch_destroy(&all->latch);
    failed = 1; /* unreachable: nor does the other */
  }
  return failed;
}

/* From the start of the workers to their end. */
static void run_all(pool *all, int64_t workers) {
  if (workers > 0 && init_latches(all) == 0) {
    sx_latch_add(&all->gate, 1);
    all->workers = start_workers(all, workers);
    sx_thread_guarded(work_and_wait, abandon, all);
    join_workers(all->workers);
    sx_latch_destroy(&all->gate);
    sx_latch_destroy(&all->latch);
  } else {
    work_and_wait(all);
  }
}

sx_status sx_pool_run(const sx_pool_job *job, int32_t n_threads) {
  pool all = {.job = job};
  int64_t workers = (int64_t)n_threads - 1;

  if (job->count < 0 || job->chunk < 1 || n_threads < 1) {
    return SX_E_ARGUMENT;
  }
  if (job->count == 0) {
    return SX_OK;
  }
  all.running.chunks = (job->count - 1) / job->chunk + 1;
  if (job->prepare != NULL) {
    all.preparing.chunks = (job->count - 1) / job->prepare_chunk + 1;
  }
  if (workers >= all.running.chunks) {
    workers = all.running.chunks - 1;
  }
  all.shares = workers < MOST_SHARES ? (int32_t)workers + 1 : MOST_SHARES;
  all.polled = sx_thread_clock();
  run_all(&all, workers);
  SX_FREE(all.work);
  return (sx_status)atomic_load(&all.status);
}
