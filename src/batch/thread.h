/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads, a latch to wait for them, and a clock: everything that is asked of
 * the system. To be included before any other header.
 *
 * With SX_NO_THREADS no thread can ever be created, and whoever creates some
 * does the work alone, as where the system has no thread left. Elsewhere
 * sx_thread_start returns 0, or anything else if there is no thread to be had,
 * and sx_latch_init if the system cannot make a latch; `thread` stays where it
 * is till it is joined. sx_latch_wait waits till no thread is left, at most
 * SX_POLL_TIME, and returns how many there are. sx_thread_yield lets threads
 * run that wait for this one's CPU.
 *
 * sx_thread_guarded runs `run`, and `ended` as well if the system ends this
 * thread in it, as pthread_exit does. (Windows has no way to be told.)
 */
#ifndef SX_BATCH_THREAD_H
#define SX_BATCH_THREAD_H

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* -std=c11 leaves it out */
#endif
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* for a look at whether a thread has ended */
#endif
#ifdef __APPLE__
#define _DARWIN_C_SOURCE /* for a wait that no clock is set back in */
#endif
#include <time.h>
#endif

#include <stdint.h>

/*
 * What atomic variables order is said to helgrind, which sees locks alone: all
 * before the one is done by the time of the other with the same address.
 */
#ifdef SX_HELGRIND
#include <valgrind/helgrind.h>
#define SX_HAPPENS_BEFORE(place) ANNOTATE_HAPPENS_BEFORE(place)
#define SX_HAPPENS_AFTER(place)  ANNOTATE_HAPPENS_AFTER(place)
#else
#define SX_HAPPENS_BEFORE(place) ((void)(place))
#define SX_HAPPENS_AFTER(place)  ((void)(place))
#endif

/* Nanoseconds between two looks at the outside world. */
enum { SX_POLL_TIME = 20000000 };

/*
 * Nanoseconds to keep looking for the end of a thread before going to sleep for
 * it: about what it takes to be woken up on an idle CPU (`make constants`).
 */
enum { SX_SPIN_TIME = 50000 };

/* Nanoseconds of a clock that is never set back. */
static inline int64_t sx_thread_clock(void) {
  static const int64_t SECOND = 1000000000;

#ifdef _WIN32
  LARGE_INTEGER now, rate;

  QueryPerformanceCounter(&now);
  QueryPerformanceFrequency(&rate);
  return now.QuadPart / rate.QuadPart * SECOND +
         now.QuadPart % rate.QuadPart * SECOND / rate.QuadPart;
#else
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
#endif
}

#if defined(SX_NO_THREADS)

typedef int sx_thread;
typedef int sx_latch;

static inline int sx_thread_start(sx_thread *thread, void *(*run)(void *),
                                  void *argument) {
  (void)thread;
  (void)run;
  (void)argument;
  return -1;
}

/* unreachable: no thread was started */
static inline void sx_thread_join(sx_thread thread) { (void)thread; }

static inline int sx_latch_init(sx_latch *latch) { return *latch = 0; }

static inline void sx_latch_destroy(sx_latch *latch) { (void)latch; }

static inline void sx_latch_add(sx_latch *latch, int32_t threads) {
  *latch += threads;
}

/* unreachable: no thread is waited for */
static inline int32_t sx_latch_wait(sx_latch *latch) { return *latch; }

/* unreachable: nor is its work */
static inline void sx_thread_yield(void) {}

#elif defined(_WIN32)

#include <process.h>

typedef struct sx_thread {
  HANDLE handle;
  void *(*run)(void *);
  void *argument;
} sx_thread;

static inline unsigned __stdcall sx_thread_main(void *argument) {
  const sx_thread *self = argument;

  self->run(self->argument);
  return 0;
}

static inline int sx_thread_start(sx_thread *thread, void *(*run)(void *),
                                  void *argument) {
  thread->run = run;
  thread->argument = argument;
  thread->handle =
      (HANDLE)_beginthreadex(NULL, 0, sx_thread_main, thread, 0, NULL);
  return thread->handle == NULL;
}

static inline void sx_thread_yield(void) { SwitchToThread(); }

static inline void sx_thread_join(sx_thread thread) {
  WaitForSingleObject(thread.handle, INFINITE);
  CloseHandle(thread.handle);
}

/* Counts the threads that are still at work. */
typedef struct sx_latch {
  SRWLOCK lock;
  CONDITION_VARIABLE none_left;
  int32_t threads;
} sx_latch;

static inline int sx_latch_init(sx_latch *latch) {
  InitializeSRWLock(&latch->lock);
  InitializeConditionVariable(&latch->none_left);
  latch->threads = 0;
  return 0;
}

static inline void sx_latch_destroy(sx_latch *latch) { (void)latch; }

static inline void sx_latch_add(sx_latch *latch, int32_t threads) {
  AcquireSRWLockExclusive(&latch->lock);
  latch->threads += threads;
  if (latch->threads == 0) {
    WakeAllConditionVariable(&latch->none_left);
  }
  ReleaseSRWLockExclusive(&latch->lock);
}

static inline int32_t sx_latch_wait(sx_latch *latch) {
  int64_t end = sx_thread_clock() + SX_POLL_TIME;
  int64_t left = SX_POLL_TIME;
  int32_t threads;

  AcquireSRWLockExclusive(&latch->lock);
  while (latch->threads > 0 && left > 0) {
    DWORD milliseconds = (DWORD)(left / 1000000 + 1);

    SleepConditionVariableSRW(&latch->none_left, &latch->lock, milliseconds, 0);
    left = end - sx_thread_clock();
  }
  threads = latch->threads;
  ReleaseSRWLockExclusive(&latch->lock);
  return threads;
}

#else

#include <pthread.h>
#include <sched.h>
#include <signal.h>

/* As SX_MALLOC: test builds make the n-th fail. */
#ifdef SX_TEST_HOOKS
int sx_test_thread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*run)(void *), void *argument);
#define SX_THREAD_CREATE(thread, attributes, run, argument)                    \
  sx_test_thread_create(thread, attributes, run, argument)
#else
#define SX_THREAD_CREATE(thread, attributes, run, argument)                    \
  pthread_create(thread, attributes, run, argument)
#endif

typedef pthread_t sx_thread;

static inline void sx_thread_yield(void) { sched_yield(); }

/* All signals go to other threads, but for those of a thread's own faults. */
static inline int sx_thread_start(sx_thread *thread, void *(*run)(void *),
                                  void *argument) {
  sigset_t blocked, before;
  int failed;

  sigfillset(&blocked);
  sigdelset(&blocked, SIGSEGV);
  sigdelset(&blocked, SIGBUS);
  sigdelset(&blocked, SIGFPE);
  sigdelset(&blocked, SIGILL);
  pthread_sigmask(SIG_SETMASK, &blocked, &before); /* a new thread inherits */
  failed = SX_THREAD_CREATE(thread, NULL, run, argument);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed;
}

static inline void sx_thread_join(sx_thread thread) {
#if defined(__linux__) && !defined(__ANDROID__)
  int64_t end = sx_thread_clock() + SX_SPIN_TIME;

  do {
    if (pthread_tryjoin_np(thread, NULL) == 0) {
      return;
    }
  } while (sx_thread_clock() < end);
#endif
  pthread_join(thread, NULL);
}

/* Counts the threads that are still at work. */
typedef struct sx_latch {
  pthread_mutex_t mutex;
  pthread_cond_t none_left;
  int32_t threads;
} sx_latch;

#ifdef __APPLE__

static inline void sx_latch_sleep(sx_latch *latch, int64_t nanoseconds) {
  struct timespec left = {.tv_sec = 0, .tv_nsec = (long)nanoseconds};

  pthread_cond_timedwait_relative_np(&latch->none_left, &latch->mutex, &left);
}

static inline int sx_latch_init_wait(sx_latch *latch) {
  return pthread_cond_init(&latch->none_left, NULL);
}

#else

static inline void sx_latch_sleep(sx_latch *latch, int64_t nanoseconds) {
  int64_t end = sx_thread_clock() + nanoseconds;
  struct timespec until = {.tv_sec = (time_t)(end / 1000000000),
                           .tv_nsec = (long)(end % 1000000000)};

  pthread_cond_timedwait(&latch->none_left, &latch->mutex, &until);
}

static inline int sx_latch_init_wait(sx_latch *latch) {
  pthread_condattr_t attributes;
  int failed = pthread_condattr_init(&attributes);

  if (failed) {
    return failed; /* unreachable: glibc's attributes take no memory */
  }
  failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  failed = failed ? failed : pthread_cond_init(&latch->none_left, &attributes);
  pthread_condattr_destroy(&attributes);
  return failed;
}

#endif

static inline int sx_latch_init(sx_latch *latch) {
  int failed = sx_latch_init_wait(latch);

  latch->threads = 0;
  if (failed) {
    return failed; /* unreachable: nor do its conditions */
  }
  failed = pthread_mutex_init(&latch->mutex, NULL);
  if (failed) {
    pthread_cond_destroy(&latch->none_left); /* unreachable: nor mutexes */
  }
  return failed;
}

static inline void sx_latch_destroy(sx_latch *latch) {
  pthread_cond_destroy(&latch->none_left);
  pthread_mutex_destroy(&latch->mutex);
}

static inline void sx_latch_add(sx_latch *latch, int32_t threads) {
  pthread_mutex_lock(&latch->mutex);
  latch->threads += threads;
  if (latch->threads == 0) {
    pthread_cond_broadcast(&latch->none_left);
  }
  pthread_mutex_unlock(&latch->mutex);
}

static inline int32_t sx_latch_wait(sx_latch *latch) {
  int64_t end = sx_thread_clock() + SX_POLL_TIME;
  int64_t left = SX_POLL_TIME;
  int32_t threads;

  pthread_mutex_lock(&latch->mutex);
  while (latch->threads > 0 && left > 0) {
    sx_latch_sleep(latch, left);
    left = end - sx_thread_clock();
  }
  threads = latch->threads;
  pthread_mutex_unlock(&latch->mutex);
  return threads;
}

#endif

static inline void sx_thread_guarded(void (*run)(void *), void (*ended)(void *),
                                     void *context) {
#if defined(SX_NO_THREADS) || defined(_WIN32)
  (void)ended;
  run(context);
#else
  pthread_cleanup_push(ended, context);
  run(context);
  pthread_cleanup_pop(0);
#endif
}

#endif
