/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads, latch and clock with C11 alone, as on every system there is. */
#include "pool_jobs.h"

#include <stdlib.h>

enum { MOST_THREADS = 8, MILLISECOND = 1000000, MOST_SECONDS = 10 };

typedef struct shared {
  sx_latch latch;
  atomic_int started, may_end;
} shared;

static void *run(void *argument) {
  shared *all = argument;

  atomic_fetch_add(&all->started, 1);
  while (!atomic_load(&all->may_end)) {
  }
  sx_latch_add(&all->latch, -1);
  return NULL;
}

static void the_clock_goes_on(void) {
  int64_t before = sx_thread_clock(), now = before;

  for (int i = 0; i < 1000; i++) {
    int64_t next = sx_thread_clock();

    CHECK(next >= now);
    now = next;
  }
  while (sx_thread_clock() - before < 3 * MILLISECOND) {
  }
}

static void waiting_ends_in_time(void) {
  shared all = {0};
  int64_t begin;

  CHECK(sx_latch_init(&all.latch) == 0);
  CHECK(sx_latch_wait(&all.latch) == 0);
  sx_latch_add(&all.latch, 2);
  begin = sx_thread_clock();
  CHECK(sx_latch_wait(&all.latch) == 2);
  CHECK(sx_thread_clock() - begin >= SX_POLL_TIME - MILLISECOND);
  CHECK(sx_thread_clock() - begin < MOST_SECONDS * 1000 * (int64_t)MILLISECOND);
  sx_latch_add(&all.latch, -2);
  CHECK(sx_latch_wait(&all.latch) == 0);
  sx_latch_destroy(&all.latch);
}

static void threads_run_and_end(void) {
  for (int count = 1; count <= MOST_THREADS; count++) {
    sx_thread threads[MOST_THREADS];
    shared all = {0};

    CHECK(sx_latch_init(&all.latch) == 0);
    sx_latch_add(&all.latch, count);
    for (int i = 0; i < count; i++) {
      if (sx_thread_start(&threads[i], run, &all) != 0) {
        CHECK(i == count);
        exit(harness_finish());
      }
    }
    CHECK(sx_latch_wait(&all.latch) == count);
    atomic_store(&all.may_end, 1);
    while (sx_latch_wait(&all.latch) > 0) {
    }
    CHECK(atomic_load(&all.started) == count);
    for (int i = 0; i < count; i++) {
      sx_thread_join(threads[i]);
    }
    sx_latch_destroy(&all.latch);
  }
}

static void a_pool_shares_its_items(void) {
  static visits seen;
  sx_pool_job job = visits_clear(&seen);

  job.count = 4;
  job.chunk = seen.chunk = 1;
  job.run = visit;
  seen.spin = 20 * MILLISECOND;
  CHECK(sx_pool_run(&job, 4) == SX_OK);
  CHECK(each_once(&seen, 4));
  CHECK(seen.threads > 1 && seen.alone == 0);
}

static void a_pool_stops(void) {
  static visits seen;
  sx_pool_job job = visits_clear(&seen);

  job.count = MOST_ITEMS;
  job.chunk = seen.chunk = 1;
  job.run = visit;
  job.poll = poll_visits;
  job.poll_context = &seen;
  seen.until_stopped = 5;
  seen.stop_at_poll = 2;
  CHECK(sx_pool_run(&job, 3) == SX_E_INTERRUPTED);
  CHECK(seen.polls >= 2 && seen.elsewhere == 0);
}

int main(void) {
  RUN(the_clock_goes_on);
  RUN(waiting_ends_in_time);
  RUN(threads_run_and_end);
  RUN(a_pool_shares_its_items);
  RUN(a_pool_stops);
  return harness_finish();
}
