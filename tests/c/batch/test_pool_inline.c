/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool without threads: a copy compiled with SX_NO_THREADS. */
#define SX_NO_THREADS 1
#define sx_pool_run   inline_pool_run

#include "pool_jobs.h"

#include "batch/pool.c"

static visits seen;
static int64_t next_item;

static sx_status visit_in_order(void *context, int64_t first, int64_t last,
                                void *work, const sx_interrupt *interrupt) {
  CHECK(seen.caller == &this_thread);
  CHECK(first == next_item);
  next_item = last;
  return visit(context, first, last, work, interrupt);
}

static void test_the_caller_does_everything_in_order(void) {
  for (int64_t chunk = 1; chunk < 20; chunk++) {
    sx_pool_job job = visits_clear(&seen);

    next_item = 0;
    job.count = MOST_ITEMS;
    job.chunk = seen.chunk = chunk;
    job.run = visit_in_order;
    CHECK(sx_pool_run(&job, 8) == SX_OK);
    CHECK(each_once(&seen, MOST_ITEMS));
    CHECK(seen.threads == 1);
  }
}

static void test_the_caller_polls_and_stops(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 2;
  job.run = visit;
  job.poll = poll_visits;
  job.poll_context = &seen;
  seen.chunk = 1;
  seen.until_stopped = 0;
  seen.stop_at_poll = 2;
  CHECK(sx_pool_run(&job, 8) == SX_E_INTERRUPTED);
  CHECK(seen.polls == 2);
  CHECK(seen.of[1] == 0);
}

int main(void) {
  RUN(test_the_caller_does_everything_in_order);
  RUN(test_the_caller_polls_and_stops);
  return harness_finish();
}
