/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/compiler.h"
#include "sarimax_c.h"

sx_simd sx_simd_detect(void) {
#if SX_HAVE_AVX2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return SX_SIMD_AVX2;
  }
#endif
  return SX_SIMD_BASELINE;
}

const char *sx_simd_name(sx_simd level) {
  return level == SX_SIMD_AVX2 ? "avx2" : "baseline";
}
