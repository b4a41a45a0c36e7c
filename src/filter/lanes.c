/* SPDX-License-Identifier: BSD-3-Clause */
/* filter/schur_lanes.h and filter/block_lanes.h for each instruction set. */
#include "filter/exact.h"

/* rho^2 below this is nothing to double precision: the gain is settled. */
static const double QUIET = 1e-18;

/* Squared coefficients of the steady state below this are rounding. */
static const double TINY = 1e-34;

/* ---- one lane ---- */

#define SX_V                  double
#define SX_WIDTH              1
#define SX_SELECT(mask, a, b) ((mask) ? (a) : (b))

#define SX_LANES_NAME(name) name##_1_baseline
#define SX_LANES_TARGET
#include "filter/block_lanes.h"
#include "filter/schur_lanes.h"
#undef SX_LANES_NAME
#undef SX_LANES_TARGET

#if SX_HAVE_AVX2
#define SX_LANES_NAME(name) name##_1_avx2
#define SX_LANES_TARGET     SX_TARGET_AVX2
#include "filter/block_lanes.h"
#include "filter/schur_lanes.h"
#undef SX_LANES_NAME
#undef SX_LANES_TARGET
#endif

#undef SX_V
#undef SX_WIDTH
#undef SX_SELECT

/* ---- several ---- */

#if SX_HAVE_VECTORS
#define SX_SELECT(mask, a, b)                                                  \
  ((SX_V)(((SX_MASK)(a) & (mask)) | ((SX_MASK)(b) & ~(mask))))

#define SX_V                sx_v2
#define SX_MASK             sx_mask2
#define SX_WIDTH            2
#define SX_LANES_NAME(name) name##_2_baseline
#define SX_LANES_TARGET
#include "filter/block_lanes.h"
#include "filter/schur_lanes.h"
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
#include "filter/block_lanes.h"
#include "filter/schur_lanes.h"
#undef SX_V
#undef SX_MASK
#undef SX_WIDTH
#undef SX_LANES_NAME
#undef SX_LANES_TARGET
#endif
#undef SX_SELECT
#endif

/* One entry per sx_simd level. */
static const sx_exact_kernels KERNELS[] = {
#if SX_HAVE_VECTORS
    {run_1_baseline, run_2_baseline, 2},
#else
    {run_1_baseline, run_1_baseline, 1},
#endif
#if SX_HAVE_AVX2
    {run_1_avx2, run_4_avx2, 4},
#endif
};

const sx_exact_kernels *sx_exact_kernels_of(sx_simd level) {
  return &KERNELS[level];
}
