/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The measurements behind constants of the core (`make constants`): each is
 * printed beside what the source has. Times are the least of many rounds.
 */
#include "batch/thread.h"

#include "filter/kalman.c" /* for its kernels */
#include "filter/part.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 300, ROUND_TIME = 300000, WAKES = 200 };

static const char *const LEVELS[] = {"baseline", "avx2", "avx512"};

/* Nanoseconds of a call. */
static double least_time(void (*run)(void *), void *context) {
  double least = INFINITY;

  for (int round = 0; round < ROUNDS; round++) {
    int64_t start = sx_thread_clock(), time = 0;
    int calls = 0;

    for (; time < ROUND_TIME; time = sx_thread_clock() - start) {
      run(context);
      calls++;
    }
    least = fmin(least, (double)time / calls);
  }
  return least;
}

/* ---- lanes of the exact engine ---- */

enum { MOST_NOBS = 500, MOST_PARAMS = 8 };

typedef struct bench_case {
  const char *name;
  int32_t p, q; /* both with d = 1; seasonal (P, 1, 1) of period 12 */
  int32_t P;
  int64_t nobs;
  double params[MOST_PARAMS]; /* sigma2 last */
} bench_case;

static const bench_case CASES[] = {
    {"(0,1,1)(0,1,1,12), n=144", 0, 1, 0, 144, {-0.4, -0.6, 1.0}},
    {"(2,1,2)(1,1,1,12), n=500",
     2,
     2,
     1,
     500,
     {0.5, -0.2, 0.3, 0.1, 0.2, -0.6, 1.0}},
};
enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

/* One run of the lanes, all with one moving average. */
typedef struct lanes_job {
  sx_exact exact, lead;
  sx_part part;
  sx_loglike_output out[SX_MAX_LANES];
} lanes_job;

static void lay_out(const sx_model *model, const sx_series *series,
                    int32_t width, int follows, sx_arena *arena,
                    lanes_job *job) {
  sx_exact_cover(model, series, 1, &job->exact);
  job->exact.width = width;
  job->exact.lead = follows ? &job->lead.num : NULL;
  sx_exact_layout(arena, &job->exact);
  if (follows) {
    sx_exact_cover(model, series, 1, &job->lead);
    sx_exact_layout(arena, &job->lead);
    sx_exact_layout_history(arena, &job->lead.num);
    sx_exact_layout_history(arena, &job->lead.den);
  }
}

static void run_lanes(void *context) {
  lanes_job *job = context;

  memset(job->out, 0, sizeof job->out);
  if (sx_part_load(&job->exact, &job->part, job->out)) {
    sx_exact_run_lanes(&job->exact);
  }
}

static double lanes_time(const sx_model *model, const sx_series *series,
                         const double *params, int32_t width, int follows) {
  sx_loglike_request request = {SX_ENGINE_EXACT, width, params, 0, 0};
  sx_arena arena = sx_arena_measure();
  lanes_job job = {.part = {&request, 0, 0}};
  size_t size = 0;
  void *work;
  double time;

  lay_out(model, series, width, follows, &arena, &job);
  if (sx_arena_plan(&arena, &size) != SX_OK || !(work = malloc(size))) {
    exit(EXIT_FAILURE);
  }
  arena = sx_arena_bind(work, size);
  lay_out(model, series, width, follows, &arena, &job);
  sx_exact_bind(&job.exact, series, width);
  sx_part_take(&job.exact, 0, &job.part);
  time = least_time(run_lanes, &job);
  free(work);
  return time;
}

/* Every width of a level, and its widest lanes behind one run. */
static void print_level(sx_model *model, const sx_series *series,
                        const double *params, sx_simd level) {
  const sx_exact_kernels *kernels;
  double alone = 0.0, time = 0.0;
  int32_t width = 1;

  model->simd = level;
  kernels = sx_exact_kernels_of(level);
  for (int32_t i = 0; i < kernels->k_runs; i++) {
    width = kernels->runs[i].width;
    time = lanes_time(model, series, params, width, 0);
    alone = i == 0 ? time : alone;
    printf("  %-8s %d lanes %8.2f us, tenths of one: %5.1f (source: %d)\n",
           LEVELS[level], width, time * 1e-3, 10.0 * time / alone,
           kernels->runs[i].time);
  }
  printf("  %-8s %d lanes behind one run of covariances: %.2f of that\n",
         LEVELS[level], width,
         lanes_time(model, series, params, width, 1) / time);
}

static void print_case(const bench_case *c) {
  static const int32_t LAGS[] = {1, 2};
  static double y[MOST_NOBS];
  double params[SX_MAX_LANES * MOST_PARAMS];
  sx_spec spec = {.ar = {c->p, LAGS},
                  .ma = {c->q, LAGS},
                  .seasonal_ar = {c->P, LAGS},
                  .seasonal_ma = {1, LAGS},
                  .diff = 1,
                  .seasonal_diff = 1,
                  .periods = 12,
                  .trend_offset = 1.0,
                  .flags = SX_ENFORCE_STATIONARITY | SX_ENFORCE_INVERTIBILITY,
                  .loglikelihood_burn = -1,
                  .initial_variance = 1e6,
                  .tolerance = 1e-19,
                  .max_states = 4096};
  sx_series series = {c->nobs, y, NULL, NULL, NULL};
  sx_model model;

  if (sx_model_init(&spec, &model) != SX_OK) {
    exit(EXIT_FAILURE);
  }
  for (int t = 0; t < MOST_NOBS; t++) {
    y[t] = 300.0 + 0.1 * t + (t * 37 + t * t * 11) % 101 * 0.1;
  }
  for (int32_t l = 0; l < SX_MAX_LANES; l++) {
    memcpy(params + l * model.k_params, c->params,
           (size_t)model.k_params * sizeof(double));
    params[(l + 1) * model.k_params - 1] += 1e-3 * l;
  }
  printf("lanes of the exact engine, %s\n", c->name);
  for (int level = 0; level <= (int)sx_simd_detect(); level++) {
    print_level(&model, &series, params, (sx_simd)level);
  }
}

/* ---- rows of the identical engine ---- */

enum { MOST_COLUMNS = 64, LD = MOST_COLUMNS + 2 * SX_STATE_PAD };

typedef struct rows_job {
  sx_step step;
  size_t columns;
  double *source, *target;
} rows_job;

static void rows_together(void *context) {
  rows_job *job = context;

  step_some_rows_baseline(job->columns, 0, 0, &job->step, job->source,
                          job->target);
}

static void rows_alone(void *context) {
  rows_job *job = context;

  for (size_t r = 0; r < ROWS_AT_ONCE; r++) {
    step_row_baseline(job->columns, r, 0, &job->step, job->source + r * LD,
                      job->target + r * LD);
  }
}

#if SX_HAVE_AVX2
static void rows_together_avx2(void *context) {
  rows_job *job = context;

  step_some_rows_avx2(job->columns, 0, 0, &job->step, job->source, job->target);
}

static void rows_alone_avx2(void *context) {
  rows_job *job = context;

  for (size_t r = 0; r < ROWS_AT_ONCE; r++) {
    step_row_avx2(job->columns, r, 0, &job->step, job->source + r * LD,
                  job->target + r * LD);
  }
}
#endif

static void print_rows(void) {
  static double m[LD], gain[LD], source[ROWS_AT_ONCE * LD + 1];
  static double target[ROWS_AT_ONCE * LD];
  rows_job job = {{.ld = LD, .m = m, .gain = gain}, 0, source + 1, target};

  printf("%d rows of P together, of the time for each alone (source: from %d "
         "columns on)\n",
         ROWS_AT_ONCE, LONG_ROW);
  for (job.columns = 8; job.columns <= MOST_COLUMNS; job.columns += 8) {
    printf("  %2d columns: baseline %.2f", (int)job.columns,
           least_time(rows_together, &job) / least_time(rows_alone, &job));
#if SX_HAVE_AVX2
    if (sx_simd_detect() > SX_SIMD_BASELINE) {
      printf(", avx2 %.2f", least_time(rows_together_avx2, &job) /
                                least_time(rows_alone_avx2, &job));
    }
#endif
    printf("\n");
  }
}

/* ---- waking up ---- */

static sx_latch latch;
static int64_t signalled;

static void *signal_later(void *unused) {
  struct timespec pause = {0, 2000000};

  nanosleep(&pause, NULL);
  signalled = sx_thread_clock();
  sx_latch_add(&latch, -1);
  return unused;
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

  return (x > y) - (x < y);
}

static void print_wake(void) {
  static int64_t times[WAKES];

  if (sx_latch_init(&latch)) {
    exit(EXIT_FAILURE);
  }
  for (int i = 0; i < WAKES; i++) {
    sx_thread thread;

    sx_latch_add(&latch, 1);
    if (sx_thread_start(&thread, signal_later, NULL)) {
      exit(EXIT_FAILURE);
    }
    while (sx_latch_wait(&latch) > 0) {
    }
    times[i] = sx_thread_clock() - signalled;
    sx_thread_join(thread);
  }
  sx_latch_destroy(&latch);
  qsort(times, WAKES, sizeof *times, compare);
  printf("waking up: median %.1f us, nine of ten below %.1f us (source: %.1f "
         "us)\n",
         (double)times[WAKES / 2] * 1e-3, (double)times[WAKES * 9 / 10] * 1e-3,
         SX_SPIN_TIME * 1e-3);
}

int main(void) {
  for (int i = 0; i < CASE_COUNT; i++) {
    print_case(&CASES[i]);
  }
  print_rows();
  print_wake();
  return 0;
}
