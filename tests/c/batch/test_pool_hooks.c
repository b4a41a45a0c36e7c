/* SPDX-License-Identifier: BSD-3-Clause */
/* The pool where memory or threads run out: a copy compiled with test hooks. */
#define SX_TEST_HOOKS 1
#define sx_pool_run   hooked_pool_run

#include "pool_jobs.h"

#include "batch/pool.c"

#include <errno.h>

enum { WORKERS = 4 }; /* beside the caller */

static visits seen;

static int mallocs, creations;       /* so far in a run */
static int bad_malloc, bad_creation; /* the one that fails, or 0 */
static int bad_from;                 /* non-zero: and all after it */

static int is_bad(int number, int bad) {
  return bad > 0 && (number == bad || (bad_from && number > bad));
}

void *sx_test_malloc(size_t size) {
  return is_bad(++mallocs, bad_malloc) ? NULL : malloc(size);
}

int sx_test_thread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument) {
  return is_bad(++creations, bad_creation)
             ? EAGAIN
             : pthread_create(thread, attributes, run, argument);
}

/* A run by five threads, each of which does something. */
static sx_status run_five(int failing_malloc, int failing_creation) {
  sx_pool_job job = visits_clear(&seen);

  mallocs = creations = 0;
  bad_malloc = failing_malloc;
  bad_creation = failing_creation;
  job.count = MOST_ITEMS;
  job.chunk = seen.chunk = 10;
  job.run = visit;
  return sx_pool_run(&job, WORKERS + 1);
}

static void test_nothing_fails(void) {
  CHECK(run_five(0, 0) == SX_OK);
  CHECK(each_once(&seen, MOST_ITEMS));
  CHECK(mallocs == WORKERS + 1 + WORKERS && creations == WORKERS);
}

static void test_no_memory_for_the_caller(void) {
  CHECK(run_five(WORKERS + 1, 0) == SX_E_MEMORY);
  CHECK(each_once(&seen, 0));
  bad_from = 1;
  CHECK(run_five(1, 0) == SX_E_MEMORY);
  CHECK(each_once(&seen, 0));
  CHECK(creations == 0);
  bad_from = 0;
}

static void test_no_memory_for_a_worker(void) {
  for (int bad = 1; bad <= WORKERS; bad++) {
    CHECK(run_five(bad, 0) == SX_OK);
    CHECK(each_once(&seen, MOST_ITEMS));
    CHECK(creations == bad - 1);
    CHECK(seen.threads <= bad);
  }
}

static void test_no_memory_for_a_workspace(void) {
  for (bad_from = 0; bad_from < 2; bad_from++) {
    for (int bad = 1; bad <= WORKERS; bad++) {
      CHECK(run_five(WORKERS + 1 + bad, 0) == SX_OK);
      CHECK(each_once(&seen, MOST_ITEMS));
      CHECK(creations == WORKERS);
      CHECK(seen.threads <= (bad_from ? bad : WORKERS));
    }
  }
  bad_from = 0;
}

static void test_no_thread_to_be_had(void) {
  for (bad_from = 0; bad_from < 2; bad_from++) {
    for (int bad = 1; bad <= WORKERS; bad++) {
      CHECK(run_five(0, bad) == SX_OK);
      CHECK(each_once(&seen, MOST_ITEMS));
      CHECK(seen.threads <= bad);
    }
  }
  bad_from = 0;
}

static void test_never_more_threads_than_chunks(void) {
  for (int64_t count = 1; count <= 60; count++) {
    sx_pool_job job = visits_clear(&seen);

    creations = bad_malloc = bad_creation = 0;
    job.count = count;
    job.chunk = seen.chunk = 10;
    job.run = visit;
    CHECK(sx_pool_run(&job, 4) == SX_OK);
    CHECK(creations == (count > 30 ? 3 : (int)((count - 1) / 10)));
  }
}

int main(void) {
  RUN(test_nothing_fails);
  RUN(test_no_memory_for_the_caller);
  RUN(test_no_memory_for_a_worker);
  RUN(test_no_memory_for_a_workspace);
  RUN(test_no_thread_to_be_had);
  RUN(test_never_more_threads_than_chunks);
  return harness_finish();
}
