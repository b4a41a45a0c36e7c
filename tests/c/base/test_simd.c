/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The level is checked against the CPUID bits of Intel's manual (volume 2A,
 * CPUID): AVX2 is leaf 7 EBX bit 5, FMA leaf 1 ECX bit 12, and the system saves
 * the registers if leaf 1 ECX bit 27 is set.
 */
#include "base/compiler.h"
#include "fixtures.h"

#if SX_HAVE_AVX2
#include <cpuid.h>

static sx_simd level_of_cpuid(void) {
  unsigned eax, ebx, ecx, edx, features;

  if (!__get_cpuid(1, &eax, &ebx, &features, &edx) ||
      !__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) {
    return SX_SIMD_BASELINE;
  }
  if (!((ebx >> 5 & 1) && (features >> 12 & 1) && (features >> 27 & 1))) {
    return SX_SIMD_BASELINE;
  }
  return (ebx >> 16 & 1) && (ebx >> 17 & 1) && (ebx >> 31 & 1) ? SX_SIMD_AVX512
                                                               : SX_SIMD_AVX2;
}
#else
static sx_simd level_of_cpuid(void) { return SX_SIMD_BASELINE; }
#endif

static void detects_what_the_cpu_has(void) {
  CHECK(sx_simd_detect() == level_of_cpuid());
}

static void levels_have_names(void) {
  CHECK(strcmp(sx_simd_name(SX_SIMD_BASELINE), "baseline") == 0);
  CHECK(strcmp(sx_simd_name(SX_SIMD_AVX2), "avx2") == 0);
  CHECK(strcmp(sx_simd_name(SX_SIMD_AVX512), "avx512") == 0);
}

static void a_model_gets_the_detected_level(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);

  CHECK(model.simd == sx_simd_detect());
}

int main(void) {
  RUN(detects_what_the_cpu_has);
  RUN(levels_have_names);
  RUN(a_model_gets_the_detected_level);
  return harness_finish();
}
