/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool_jobs.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MILLISECOND = 1000000 };

static visits seen;

/* ---- items ---- */

static sx_status run_visits(int64_t count, int64_t chunk, int32_t n_threads) {
  sx_pool_job job = visits_clear(&seen);

  job.count = count;
  job.chunk = seen.chunk = chunk;
  job.run = visit;
  return sx_pool_run(&job, n_threads);
}

static void test_every_item_once_by_any_number_of_threads(void) {
  const int64_t chunks[] = {1, 7, 64, 999, 1000, INT64_MAX};

  for (int32_t n_threads = 1; n_threads <= 64; n_threads++) {
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
      CHECK(run_visits(MOST_ITEMS, chunks[i], n_threads) == SX_OK);
      CHECK(each_once(&seen, MOST_ITEMS));
      CHECK(seen.threads >= 1 && seen.threads <= n_threads);
    }
  }
}

static void test_every_item_once_of_any_number(void) {
  for (int64_t count = 0; count <= 40; count++) {
    for (int64_t chunk = 1; chunk <= 5; chunk++) {
      CHECK(run_visits(count, chunk, 4) == SX_OK);
      CHECK(each_once(&seen, count));
      CHECK(seen.threads <= (count + chunk - 1) / chunk);
    }
  }
}

static void test_a_thread_does_not_need_workspace(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 0;
  job.work_size = 0;
  job.run = visit;
  CHECK(sx_pool_run(&job, 2) == SX_OK);
  CHECK(each_once(&seen, 0));
}

/* A job in two stages; `visits` is its second one. */
typedef struct stages {
  visits *visits;
  atomic_int prepared[MOST_ITEMS];
  int64_t spin;     /* nanoseconds that it takes to prepare an item */
  atomic_int early; /* items begun with before all were prepared */
  int begun, elsewhere;
} stages;

static int all_prepared(const stages *both) {
  for (int64_t i = 0; i < MOST_ITEMS; i++) {
    if (atomic_load(&both->prepared[i]) != 2) {
      return 0;
    }
  }
  return 1;
}

static void prepare(void *context, int64_t first, int64_t last) {
  stages *both = context;

  for (int64_t i = first; i < last; i++) {
    int64_t end = sx_thread_clock() + both->spin;

    atomic_fetch_add(&both->prepared[i], 1);
    while (sx_thread_clock() < end) {
    }
    atomic_fetch_add(&both->prepared[i], 1);
  }
}

static size_t begin_second(void *context) {
  stages *both = context;

  both->begun++;
  both->elsewhere += both->visits->caller != &this_thread;
  both->early += !all_prepared(both);
  return WORK_SIZE;
}

static sx_status visit_second(void *context, int64_t first, int64_t last,
                              void *work, const sx_interrupt *interrupt) {
  stages *both = context;

  both->early += both->begun != 1 || !all_prepared(both);
  return visit(both->visits, first, last, work, interrupt);
}

static void test_all_is_prepared_before_anything_runs(void) {
  static stages both;

  for (int round = 0; round < 60; round++) {
    sx_pool_job job = visits_clear(&seen);

    memset((void *)&both, 0, sizeof(both));
    both.visits = &seen;
    both.spin = round % 3 == 0 ? 5000 : 0;
    job.count = MOST_ITEMS;
    job.chunk = seen.chunk = 10;
    job.work_size = 0;
    job.prepare = prepare;
    job.prepare_chunk = round % 2 ? 1 : 64;
    job.begin = begin_second;
    job.run = visit_second;
    job.context = &both;
    CHECK(sx_pool_run(&job, 1 + round % 5) == SX_OK);
    CHECK(each_once(&seen, MOST_ITEMS));
    CHECK(all_prepared(&both));
    CHECK(both.begun == 1 && both.elsewhere == 0 && both.early == 0);
  }
}

static void test_arguments_are_checked(void) {
  CHECK(run_visits(-1, 1, 1) == SX_E_ARGUMENT);
  CHECK(run_visits(1, 0, 1) == SX_E_ARGUMENT);
  CHECK(run_visits(1, 1, 0) == SX_E_ARGUMENT);
  CHECK(each_once(&seen, 0));
}

static void test_too_large_a_workspace_is_no_memory(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 1;
  job.run = visit;
  job.work_size = SIZE_MAX - 1;
  CHECK(sx_pool_run(&job, 2) == SX_E_MEMORY);
  CHECK(each_once(&seen, 0));
}

/* ---- threads ---- */

/* Threads of this process. */
static int count_threads(void) {
  DIR *folder = opendir("/proc/self/task");
  int count = 0;

  CHECK(folder != NULL);
  for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
    count += entry->d_name[0] != '.';
  }
  if (folder) {
    closedir(folder);
  }
  return count;
}

/* A thread that has been joined may stay listed for a moment. */
static int only_threads(int count) {
  int64_t end = sx_thread_clock() + INT64_C(5000) * MILLISECOND;

  while (count_threads() != count) {
    if (sx_thread_clock() > end) {
      return 0;
    }
  }
  return 1;
}

static void test_no_thread_is_left(void) {
  int before = count_threads();

  for (int i = 0; i < 50; i++) {
    CHECK(run_visits(100, 1, 8) == SX_OK);
  }
  CHECK(only_threads(before));
}

/* Waits, in every thread, till all four have arrived. */
static sx_status meet(void *context, int64_t first, int64_t last, void *work,
                      const sx_interrupt *interrupt) {
  int64_t end = sx_thread_clock() + INT64_C(10000) * MILLISECOND;
  visits *all = context;
  sx_status status = visit(context, first, last, work, interrupt);

  while (all->threads < 4 && sx_thread_clock() < end) {
  }
  return status;
}

static void test_as_many_threads_as_asked_for_work_at_once(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 4;
  seen.chunk = 1;
  job.run = meet;
  CHECK(sx_pool_run(&job, 4) == SX_OK);
  CHECK(each_once(&seen, 4));
  CHECK(seen.threads == 4);
}

static void test_a_child_forked_after_a_run_runs_too(void) {
  int status = -1;
  pid_t child;

  CHECK(run_visits(100, 1, 4) == SX_OK);
  fflush(stdout);
  child = fork();
  if (child == 0) {
    _exit(run_visits(100, 3, 4) == SX_OK && each_once(&seen, 100) ? 7 : 8);
  }
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

/* An item that is a job itself. */
static sx_status run_inner(void *context, int64_t first, int64_t last,
                           void *work, const sx_interrupt *interrupt) {
  static visits inner[8];
  sx_pool_job job;

  (void)work;
  (void)interrupt;
  for (int64_t i = first; i < last; i++) {
    job = visits_clear(&inner[i]);
    job.count = MOST_ITEMS;
    job.chunk = inner[i].chunk = 10;
    job.run = visit;
    if (sx_pool_run(&job, 3) != SX_OK || !each_once(&inner[i], MOST_ITEMS)) {
      return SX_E_LU;
    }
    atomic_fetch_add((atomic_int *)context, 1);
  }
  return SX_OK;
}

static void test_several_runs_at_once(void) {
  atomic_int good = 0;
  sx_pool_job job = {
      .count = 8, .chunk = 1, .run = run_inner, .context = &good};

  CHECK(sx_pool_run(&job, 4) == SX_OK);
  CHECK(good == 8);
}

/* ---- signals ---- */

static const int *volatile signalled; /* this_thread of the handler's thread */

static void note_signal(int number) {
  (void)number;
  signalled = &this_thread;
}

static void pause_a_little(void) {
  struct timespec time = {0, 50 * MILLISECOND};

  nanosleep(&time, NULL);
}

/* Every worker sends the process a signal, and waits a little for it. */
static sx_status send_signal(void *context, int64_t first, int64_t last,
                             void *work, const sx_interrupt *interrupt) {
  visits *all = context;
  sigset_t blocked;

  (void)first;
  (void)last;
  (void)work;
  (void)interrupt;
  if (all->caller == &this_thread) {
    pause_a_little();
    return SX_OK;
  }
  pthread_sigmask(SIG_BLOCK, NULL, &blocked);
  atomic_fetch_add(&all->threads, 1);
  atomic_fetch_add(&all->too_large, sigismember(&blocked, SIGINT) != 1 ||
                                        sigismember(&blocked, SIGSEGV) != 0);
  kill(getpid(), SIGUSR1);
  pause_a_little();
  return SX_OK;
}

static void test_signals_go_to_the_caller(void) {
  sx_pool_job job = visits_clear(&seen);
  struct sigaction action = {.sa_handler = note_signal}, before;
  sigset_t blocked, blocked_after;

  sigaction(SIGUSR1, &action, &before);
  pthread_sigmask(SIG_BLOCK, NULL, &blocked);
  job.count = 4;
  job.run = send_signal;
  CHECK(sx_pool_run(&job, 4) == SX_OK);
  pthread_sigmask(SIG_BLOCK, NULL, &blocked_after);
  sigaction(SIGUSR1, &before, NULL);
  CHECK(seen.threads > 0 && seen.too_large == 0);
  CHECK(signalled == &this_thread);
  CHECK(sigismember(&blocked, SIGINT) == sigismember(&blocked_after, SIGINT));
}

/* ---- statuses of run ---- */

/* Says what is wrong with items 500 to 509, and goes on. */
static sx_status fail_some(void *context, int64_t first, int64_t last,
                           void *work, const sx_interrupt *interrupt) {
  sx_status status = visit(context, first, last, work, interrupt);

  if (status == SX_OK && first >= 500 && first < 510) {
    return first % 2 ? SX_E_LU : SX_E_DATA;
  }
  return first % 3 ? status : SX_W_SKIPPED;
}

static void test_a_bad_status_ends_the_run(void) {
  for (int32_t n_threads = 1; n_threads <= 8; n_threads *= 2) {
    sx_pool_job job = visits_clear(&seen);
    sx_status status;

    job.count = MOST_ITEMS;
    job.run = fail_some;
    seen.chunk = 1;
    seen.spin = MILLISECOND / 100;
    status = sx_pool_run(&job, n_threads);
    CHECK(status == SX_E_LU || status == SX_E_DATA);
    CHECK(n_threads > 1 || (status == SX_E_DATA && each_once(&seen, 501)));
    CHECK(!each_once(&seen, MOST_ITEMS));
  }
}

/* Every second item says that it was interrupted. */
static sx_status give_up(void *context, int64_t first, int64_t last, void *work,
                         const sx_interrupt *interrupt) {
  sx_status status = visit(context, first, last, work, interrupt);

  return first % 2 ? SX_E_INTERRUPTED : status;
}

static void test_an_item_that_gives_up_does_not_end_the_run(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 100;
  job.run = give_up;
  seen.chunk = 1;
  CHECK(sx_pool_run(&job, 3) == SX_OK);
  CHECK(each_once(&seen, 100));
}

/* ---- polling ---- */

static void test_the_caller_polls_now_and_then(void) {
  for (int32_t n_threads = 1; n_threads <= 4; n_threads++) {
    int64_t start = sx_thread_clock();
    sx_pool_job job = visits_clear(&seen);
    int64_t elapsed;

    job.count = 100;
    job.run = visit;
    job.poll = poll_visits;
    job.poll_context = &seen;
    seen.chunk = 1;
    seen.spin = 3 * MILLISECOND;
    CHECK(sx_pool_run(&job, n_threads) == SX_OK);
    elapsed = sx_thread_clock() - start;
    CHECK(each_once(&seen, 100));
    CHECK(seen.polls >= 1 && seen.polls <= elapsed / SX_POLL_TIME);
    CHECK(seen.elsewhere == 0);
    CHECK(seen.last_done > 0 && seen.last_done <= 100);
  }
}

static void test_a_short_run_does_not_poll(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 1;
  job.run = visit;
  job.poll = poll_visits;
  job.poll_context = &seen;
  CHECK(sx_pool_run(&job, 1) == SX_OK);
  CHECK(seen.polls == 0);
}

/* ---- interruption ---- */

/* Items that ask till they are interrupted; `count` threads. */
static void check_interrupted(int32_t n_threads) {
  sx_pool_job job = visits_clear(&seen);
  int64_t now;

  job.count = MOST_ITEMS;
  job.run = visit;
  job.poll = poll_visits;
  job.poll_context = &seen;
  seen.chunk = 1;
  seen.until_stopped = 0;
  seen.spin = 50 * MILLISECOND;
  seen.stop_at_poll = 2;
  CHECK(sx_pool_run(&job, n_threads) == SX_E_INTERRUPTED);
  now = sx_thread_clock();
  CHECK(seen.polls == 2 && seen.elsewhere == 0);
  CHECK(seen.of[0] == 1 && seen.of[MOST_ITEMS - 1] == 0);
  CHECK(now - seen.stopped < 1000 * (int64_t)MILLISECOND);
}

static void test_an_interruption_ends_all_threads(void) {
  int before = count_threads();

  for (int32_t n_threads = 1; n_threads <= 8; n_threads *= 2) {
    check_interrupted(n_threads);
  }
  CHECK(only_threads(before));
}

/* Workers wait for the interruption, the caller for nothing but a worker. */
static sx_status leave_to_workers(void *context, int64_t first, int64_t last,
                                  void *work, const sx_interrupt *interrupt) {
  visits *all = context;

  (void)first;
  (void)last;
  (void)work;
  if (all->caller == &this_thread) {
    while (all->threads == 0) {
    }
    return SX_OK;
  }
  atomic_fetch_add(&all->threads, 1);
  while (!interrupt->asked(interrupt->context)) {
  }
  return SX_E_INTERRUPTED;
}

static void test_the_caller_polls_while_it_waits(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 2;
  job.run = leave_to_workers;
  job.poll = poll_visits;
  job.poll_context = &seen;
  seen.stop_at_poll = 3;
  CHECK(sx_pool_run(&job, 2) == SX_E_INTERRUPTED);
  CHECK(seen.polls == 3 && seen.elsewhere == 0 && seen.threads == 1);
}

/* Asks many times, for longer than polls are apart. */
static sx_status ask_often(void *context, int64_t first, int64_t last,
                           void *work, const sx_interrupt *interrupt) {
  int64_t end = sx_thread_clock() + 2 * (int64_t)SX_POLL_TIME;
  visits *all = context;

  (void)work;
  while (sx_thread_clock() < end) {
    all->too_large += interrupt->asked(interrupt->context) != 0;
  }
  atomic_fetch_add(&all->of[first], (int)(last - first));
  return SX_OK;
}

static void test_without_poll_nothing_is_interrupted(void) {
  sx_pool_job job = visits_clear(&seen);

  job.count = 4;
  job.run = ask_often;
  CHECK(sx_pool_run(&job, 2) == SX_OK);
  CHECK(each_once(&seen, 4));
}

/* Items under way in threads other than the caller. */
static atomic_int under_way;
static _Thread_local int is_caller;

static sx_status run_slowly(void *context, int64_t first, int64_t last,
                            void *work, const sx_interrupt *interrupt) {
  int64_t end = sx_thread_clock() + 2 * MILLISECOND * (last - first);
  const int *one = context; /* in the stack of the thread that ends */

  (void)work;
  atomic_fetch_add(&under_way, is_caller ? 0 : *one);
  while (sx_thread_clock() < end) {
    interrupt->asked(interrupt->context);
  }
  atomic_fetch_sub(&under_way, is_caller ? 0 : *one);
  return SX_OK;
}

static int end_thread(void *context, int64_t done) {
  (void)context;
  (void)done;
  pthread_exit(NULL);
}

static void *call_pool(void *argument) {
  int one = 1;
  sx_pool_job job = {.count = 1000,
                     .chunk = 1,
                     .run = run_slowly,
                     .context = &one,
                     .poll = end_thread};

  is_caller = 1;
  sx_pool_run(&job, 4);
  return argument;
}

/* As an interpreter that shuts down does it to a thread that polls. */
static void test_workers_do_not_outlive_a_caller_that_ends(void) {
  for (int round = 0; round < 5; round++) {
    void *result = &seen;
    pthread_t caller;

    CHECK(pthread_create(&caller, NULL, call_pool, &seen) == 0);
    CHECK(pthread_join(caller, &result) == 0);
    CHECK(result == NULL);
    CHECK(atomic_load(&under_way) == 0);
  }
}

int main(void) {
  RUN(test_every_item_once_by_any_number_of_threads);
  RUN(test_every_item_once_of_any_number);
  RUN(test_a_thread_does_not_need_workspace);
  RUN(test_all_is_prepared_before_anything_runs);
  RUN(test_arguments_are_checked);
  RUN(test_too_large_a_workspace_is_no_memory);
  RUN(test_no_thread_is_left);
  RUN(test_as_many_threads_as_asked_for_work_at_once);
  RUN(test_a_child_forked_after_a_run_runs_too);
  RUN(test_several_runs_at_once);
  RUN(test_signals_go_to_the_caller);
  RUN(test_a_bad_status_ends_the_run);
  RUN(test_an_item_that_gives_up_does_not_end_the_run);
  RUN(test_the_caller_polls_now_and_then);
  RUN(test_a_short_run_does_not_poll);
  RUN(test_an_interruption_ends_all_threads);
  RUN(test_the_caller_polls_while_it_waits);
  RUN(test_without_poll_nothing_is_interrupted);
  RUN(test_workers_do_not_outlive_a_caller_that_ends);
  return harness_finish();
}
