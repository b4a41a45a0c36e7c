/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernels of the exact engine for each width and instruction set. */
#include "filter/future.h"
#include "filter/score.h"

/* rho^2 below this is nothing to double precision: the gain is settled. */
static const double QUIET = 1e-20;

/* Squared coefficients of the steady state below this are rounding. */
static const double TINY = 1e-34;

/* Lags of the autoregression that one pass over the data takes. */
enum { MOST_LAGS = 4 };

/* ---- one lane ---- */

#define SX_V                  double
#define SX_WIDTH              1
#define SX_SELECT(mask, a, b) ((mask) ? (a) : (b))
#define SX_LANES_LOOP         SX_INDEPENDENT

#define SX_LANES_NAME(name) name##_1_baseline
#define SX_LANES_TARGET
#include "filter/schur_lanes.h"

#include "filter/follow_lanes.h"

#include "filter/data_lanes.h"

#include "filter/eliminate_lanes.h"

#include "filter/block_lanes.h"

#include "filter/future_lanes.h"

#include "filter/score_kernel.h"
#undef SX_LANES_NAME
#undef SX_LANES_TARGET

#if SX_HAVE_AVX2
#define SX_LANES_NAME(name) name##_1_avx2
#define SX_LANES_TARGET     SX_TARGET_AVX2
#include "filter/schur_lanes.h"

#include "filter/follow_lanes.h"

#include "filter/data_lanes.h"

#include "filter/eliminate_lanes.h"

#include "filter/block_lanes.h"

#include "filter/future_lanes.h"

#include "filter/score_kernel.h"
#undef SX_LANES_NAME
#undef SX_LANES_TARGET
#endif

#undef SX_V
#undef SX_WIDTH
#undef SX_SELECT
#undef SX_LANES_LOOP

/* ---- several: the elements are vectors already ---- */

#define SX_LANES_LOOP

#define SX_SELECT(mask, a, b)                                                  \
  ((SX_V)(((SX_MASK)(a) & (mask)) | ((SX_MASK)(b) & ~(mask))))

#define SX_V                sx_v2
#define SX_MASK             sx_mask2
#define SX_WIDTH            2
#define SX_LANES_NAME(name) name##_2_baseline
#define SX_LANES_TARGET
#include "filter/schur_lanes.h"

#include "filter/follow_lanes.h"

#include "filter/data_lanes.h"

#include "filter/eliminate_lanes.h"

#include "filter/block_lanes.h"

#include "filter/future_lanes.h"

#include "filter/replay_lanes.h"
#undef SX_V
#undef SX_MASK
#undef SX_WIDTH
#undef SX_LANES_NAME
#undef SX_LANES_TARGET

#if SX_HAVE_AVX2
#define SX_V                sx_v4
#define SX_MASK             sx_mask4
#define SX_WIDTH            4
#define SX_LANES_NAME(name) name##_4_avx2
#define SX_LANES_TARGET     SX_TARGET_AVX2
#include "filter/schur_lanes.h"

#include "filter/follow_lanes.h"

#include "filter/data_lanes.h"

#include "filter/eliminate_lanes.h"

#include "filter/block_lanes.h"

#include "filter/future_lanes.h"

#include "filter/replay_lanes.h"
#undef SX_V
#undef SX_MASK
#undef SX_WIDTH
#undef SX_LANES_NAME
#undef SX_LANES_TARGET

#define SX_V                sx_v4
#define SX_MASK             sx_mask4
#define SX_WIDTH            4
#define SX_LANES_NAME(name) name##_4_avx512
#define SX_LANES_TARGET     SX_TARGET_AVX512
#include "filter/schur_lanes.h"

#include "filter/follow_lanes.h"

#include "filter/data_lanes.h"

#include "filter/eliminate_lanes.h"

#include "filter/block_lanes.h"

#include "filter/future_lanes.h"

#include "filter/replay_lanes.h"
#undef SX_V
#undef SX_MASK
#undef SX_WIDTH
#undef SX_LANES_NAME
#undef SX_LANES_TARGET

#define SX_V                sx_v8
#define SX_MASK             sx_mask8
#define SX_WIDTH            8
#define SX_LANES_NAME(name) name##_8_avx512
#define SX_LANES_TARGET     SX_TARGET_AVX512
#include "filter/schur_lanes.h"

#include "filter/follow_lanes.h"

#include "filter/data_lanes.h"

#include "filter/eliminate_lanes.h"

#include "filter/block_lanes.h"

#include "filter/future_lanes.h"

#include "filter/replay_lanes.h"
#undef SX_V
#undef SX_MASK
#undef SX_WIDTH
#undef SX_LANES_NAME
#undef SX_LANES_TARGET
#endif
#undef SX_SELECT
#undef SX_LANES_LOOP

/*
 * Bytes of all lanes' first blocks beyond which more lanes lose more in the
 * cache than they win (`python -m benchmarks loglike`, s = 52).
 */
enum { MOST_SIZE = 1 << 19 };

/* One entry per sx_simd level; `make constants` measures the times. */
static const sx_exact_kernels KERNELS[] = {
    {{{1, 10, run_1_baseline, NULL, future_1_baseline},
      {2, 15, run_2_baseline, replay_2_baseline, future_2_baseline}},
     2,
     schur_run_1_baseline,
     make_generator_1_baseline,
     schur_adjoint_1_baseline,
     eliminate_adjoint_1_baseline},
#if SX_HAVE_AVX2
    {{{1, 10, run_1_avx2, NULL, future_1_avx2},
      {4, 20, run_4_avx2, replay_4_avx2, future_4_avx2}},
     2,
     schur_run_1_avx2,
     make_generator_1_avx2,
     schur_adjoint_1_avx2,
     eliminate_adjoint_1_avx2},
    {{{1, 10, run_1_avx2, NULL, future_1_avx2},
      {4, 20, run_4_avx512, replay_4_avx512, future_4_avx512},
      {8, 36, run_8_avx512, replay_8_avx512, future_8_avx512}},
     3,
     schur_run_1_avx2,
     make_generator_1_avx2,
     schur_adjoint_1_avx2,
     eliminate_adjoint_1_avx2},
#endif
};

static int fits(const sx_exact_run *run, size_t lane_size) {
  return run->width == 1 || (size_t)run->width <= MOST_SIZE / (lane_size + 1);
}

/* The lanes in which `count` problems take the least time, and that time. */
static int64_t least_time(const sx_exact_kernels *kernels, int64_t count,
                          size_t lane_size, int32_t *width) {
  int64_t least = INT64_MAX;

  for (int32_t i = 0; i < kernels->k_runs; i++) {
    const sx_exact_run *run = &kernels->runs[i];
    int64_t time = (count + run->width - 1) / run->width * run->time;

    if (time < least && fits(run, lane_size)) {
      least = time;
      *width = run->width;
    }
  }
  return least;
}

int32_t sx_exact_width(sx_simd level, int64_t count, size_t lane_size) {
  int32_t width = 1;

  least_time(&KERNELS[level], count, lane_size, &width);
  return width;
}

int64_t sx_exact_time(sx_simd level, int64_t count, size_t lane_size,
                      int32_t *width) {
  const sx_exact_kernels *kernels = &KERNELS[level];
  int64_t least = least_time(kernels, count, lane_size, width);
  int32_t rest_width;

  for (int32_t i = 1; i < kernels->k_runs; i++) {
    const sx_exact_run *run = &kernels->runs[i];

    if (count > run->width && fits(run, lane_size)) {
      int64_t time =
          count / run->width * run->time +
          least_time(kernels, count % run->width, lane_size, &rest_width);

      if (time < least) {
        least = time;
        *width = run->width;
      }
    }
  }
  return least;
}

int32_t sx_exact_widest(sx_simd level, size_t lane_size) {
  const sx_exact_kernels *kernels = &KERNELS[level];
  int32_t last = kernels->k_runs - 1;

  while (!fits(&kernels->runs[last], lane_size)) {
    last--;
  }
  return kernels->runs[last].width;
}

/* The entry for the lanes of `exact`. */
static const sx_exact_run *run_of(const sx_exact *exact) {
  const sx_exact_run *run = KERNELS[exact->model->simd].runs;

  while (run->width != exact->width) {
    run++;
  }
  return run;
}

void sx_exact_run_lanes(sx_exact *exact) { run_of(exact)->kernel(exact); }

void sx_exact_replay_lanes(sx_exact *exact) { run_of(exact)->replay(exact); }

void sx_exact_future_lanes(sx_exact *exact, sx_future *future) {
  run_of(exact)->future(exact, future);
}

void sx_exact_run_lead(sx_exact *exact) {
  sx_schur *lead = exact->lead;
  double *gamma = exact->row;

  for (int32_t k = 0; k <= exact->q; k++) {
    gamma[k] = exact->ma_gamma[k * exact->width];
  }
  lead->columns = 0;
  lead->steps = exact->num.steps;
  lead->held = 0;
  lead->delay[0] = 0;
  lead->counter = &exact->counter;
  memset(lead->e, 0, lead->stride * sizeof(double));
  KERNELS[exact->model->simd].covariances(lead, gamma);
}

const sx_exact_kernels *sx_exact_kernels_of(sx_simd level) {
  return &KERNELS[level];
}
