/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/compiler.h"
#include "sarimax_c.h"

sx_simd sx_simd_detect(void) {
#if SX_HAVE_AVX2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl")
               ? SX_SIMD_AVX512
               : SX_SIMD_AVX2;
  }
#endif
  return SX_SIMD_BASELINE; /* unreachable: where the CPU has more */
}

const char *sx_simd_name(sx_simd level) {
  switch (level) {
  case SX_SIMD_AVX512:
    return "avx512";
  case SX_SIMD_AVX2:
    return "avx2";
  default:
    return "baseline";
  }
}
