/* SPDX-License-Identifier: BSD-3-Clause */
/* Threads, latch and clock with C11 alone, as on every system there is. */
#include "pool_jobs.h"

#include "batch/shared.h"

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

enum { KEPT = 12345 };

typedef struct found_out {
  sx_shared_size number;
  atomic_int others; /* neither unset nor the one value */
} found_out;

static sx_status find_out(void *context, int64_t first, int64_t last,
                          void *work, const sx_interrupt *interrupt) {
  found_out *all = context;
  size_t seen = sx_shared_get(&all->number);

  (void)first;
  (void)last;
  (void)work;
  (void)interrupt;
  if (seen == 0) {
    sx_shared_set(&all->number, KEPT);
  }
  atomic_fetch_add(&all->others, seen != 0 && seen != KEPT);
  return SX_OK;
}

static void a_number_found_out_by_threads_is_kept(void) {
  found_out all = {0};
  sx_pool_job job = {
      .count = MOST_ITEMS, .chunk = 1, .run = find_out, .context = &all};

  CHECK(sx_pool_run(&job, 4) == SX_OK);
  CHECK(sx_shared_get(&all.number) == KEPT && atomic_load(&all.others) == 0);
}

int main(void) {
  RUN(the_clock_goes_on);
  RUN(waiting_ends_in_time);
  RUN(threads_run_and_end);
  RUN(a_pool_shares_its_items);
  RUN(a_pool_stops);
  RUN(a_number_found_out_by_threads_is_kept);
  return harness_finish();
}
