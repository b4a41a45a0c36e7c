/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/arena.h"

#include "harness.h"

#include <string.h>

enum { BYTES = 1024 };

typedef struct three {
  double *first;
  int32_t *second;
  unsigned char *third;
} three;

/* 7 doubles, 3 int32 and 65 bytes: 64 + 64 + 128 with the round-up to 64. */
static void layout(sx_arena *arena, three *arrays) {
  arrays->first = sx_arena_doubles(arena, 7);
  arrays->second = sx_arena_int32(arena, 3);
  arrays->third = (unsigned char *)sx_arena_take(arena, 13, 5);
}

enum { LAYOUT_BYTES = 64 + 64 + 128 + 3 * SX_ARENA_REDZONE };

/* BYTES bytes that start at a multiple of 64; free() `*memory`. */
static unsigned char *aligned(void **memory) {
  size_t address;

  *memory = malloc(BYTES + SX_ARENA_ALIGN);
  if (*memory == NULL) {
    abort();
  }
  address = (size_t)(uintptr_t)*memory;
  return (unsigned char *)*memory + (64 - address % 64) % 64;
}

static void measuring_gives_sizes_and_no_memory(void) {
  sx_arena arena = sx_arena_measure();
  size_t size = 0;
  three arrays;

  layout(&arena, &arrays);
  CHECK(!sx_arena_failed(&arena));
  CHECK(arrays.first == NULL && arrays.second == NULL && arrays.third == NULL);
  CHECK(sx_arena_used(&arena) == LAYOUT_BYTES + 64);
  CHECK(sx_arena_plan(&arena, &size) == SX_OK);
  CHECK(size == LAYOUT_BYTES + 64);
}

/* At each offset from a multiple of 64, in exactly the measured size. */
static void any_alignment_of_the_memory_will_do(void) {
  void *memory;
  unsigned char *base = aligned(&memory);

  for (size_t offset = 0; offset < 64; offset++) {
    sx_arena arena = sx_arena_bind(base + offset, LAYOUT_BYTES + 64);
    unsigned char *end = base + offset + LAYOUT_BYTES + 64;
    three arrays;

    layout(&arena, &arrays);
    CHECK(!sx_arena_failed(&arena));
    CHECK((uintptr_t)arrays.first % 64 == 0);
    CHECK((uintptr_t)arrays.second % 64 == 0);
    CHECK((uintptr_t)arrays.third % 64 == 0);
    CHECK((unsigned char *)arrays.first >= base + offset);
    CHECK((unsigned char *)arrays.second >= (unsigned char *)arrays.first + 56);
    CHECK(arrays.third >= (unsigned char *)arrays.second + 12);
    CHECK(arrays.third + 65 <= end);
    memset(arrays.first, 1, 56);
    memset(arrays.second, 2, 12);
    memset(arrays.third, 3, 65);
  }
  free(memory);
}

/* One byte less than offset 0 needs does not fit, nor does any smaller size. */
static void too_small_fails_at_every_size(void) {
  void *memory;
  unsigned char *base = aligned(&memory);

  for (size_t size = 0; size <= LAYOUT_BYTES; size++) {
    sx_arena arena = sx_arena_bind(base, size);
    three arrays;

    layout(&arena, &arrays);
    CHECK(sx_arena_failed(&arena) == (size < LAYOUT_BYTES));
    CHECK((arrays.third == NULL) == (size < LAYOUT_BYTES));
  }
  free(memory);
}

static void memory_that_cannot_be_aligned_fails(void) {
  void *memory;
  unsigned char *base = aligned(&memory);
  sx_arena arena = sx_arena_bind(base + 1, 62);

  CHECK(sx_arena_failed(&arena));
  CHECK(sx_arena_doubles(&arena, 0) == NULL);
  arena = sx_arena_bind(base + 1, 63);
  CHECK(!sx_arena_failed(&arena));
  arena = sx_arena_bind(NULL, BYTES);
  CHECK(sx_arena_failed(&arena));
  CHECK(sx_arena_int32(&arena, 1) == NULL);
  free(memory);
}

static void no_elements_take_no_bytes(void) {
  sx_arena arena = sx_arena_measure();

  sx_arena_doubles(&arena, 0);
  CHECK(sx_arena_used(&arena) == 64 + SX_ARENA_REDZONE);
  CHECK(!sx_arena_failed(&arena));
}

/* 2^61 doubles are 2^64 bytes; 2^62 int32 likewise. */
static void products_that_overflow_fail(void) {
  size_t size = 12345;
  sx_arena arena = sx_arena_measure();

  sx_arena_doubles(&arena, (SIZE_MAX >> 3) + 1);
  CHECK(sx_arena_failed(&arena));
  CHECK(sx_arena_plan(&arena, &size) == SX_E_OVERFLOW && size == 12345);
  arena = sx_arena_measure();
  sx_arena_int32(&arena, (SIZE_MAX >> 2) + 1);
  CHECK(sx_arena_failed(&arena));
  arena = sx_arena_measure();
  sx_arena_doubles(&arena, SIZE_MAX);
  CHECK(sx_arena_failed(&arena));
}

/* Each of 2^61 bytes fits; nine together are more than 2^64 - 1. */
static void sums_that_overflow_fail(void) {
  sx_arena arena = sx_arena_measure();

  for (int i = 0; i < 7; i++) {
    sx_arena_doubles(&arena, SIZE_MAX >> 6);
  }
  CHECK(!sx_arena_failed(&arena));
  sx_arena_doubles(&arena, SIZE_MAX >> 6);
  sx_arena_doubles(&arena, SIZE_MAX >> 6);
  sx_arena_doubles(&arena, SIZE_MAX >> 6);
  CHECK(sx_arena_failed(&arena));
}

static void a_failure_stays(void) {
  void *memory;
  unsigned char *base = aligned(&memory);
  sx_arena arena = sx_arena_bind(base, BYTES);

  CHECK(sx_arena_doubles(&arena, BYTES) == NULL);
  CHECK(sx_arena_doubles(&arena, 1) == NULL);
  CHECK(sx_arena_failed(&arena));
  free(memory);
}

/* In sanitizer builds: the arrays may be touched, every byte between may not.
 */
static void redzones_surround_the_arrays(void) {
#if SX_ASAN
  void *memory;
  unsigned char *base = aligned(&memory);
  sx_arena arena = sx_arena_bind(base, BYTES);
  three arrays;

  layout(&arena, &arrays);
  CHECK(__asan_region_is_poisoned(arrays.first, 56) == NULL);
  CHECK(__asan_region_is_poisoned(arrays.second, 12) == NULL);
  CHECK(__asan_region_is_poisoned(arrays.third, 65) == NULL);
  for (unsigned char *byte = base; byte < base + BYTES; byte++) {
    int inside = (byte >= (unsigned char *)arrays.first &&
                  byte < (unsigned char *)(arrays.first + 7)) ||
                 (byte >= (unsigned char *)arrays.second &&
                  byte < (unsigned char *)(arrays.second + 3)) ||
                 (byte >= arrays.third && byte < arrays.third + 65);

    CHECK(__asan_address_is_poisoned(byte) == !inside);
  }
  CHECK((unsigned char *)arrays.second - (unsigned char *)arrays.first >=
        64 + 64);
  free(memory);
#else
  CHECK(SX_ARENA_REDZONE == 0);
#endif
}

int main(void) {
  RUN(measuring_gives_sizes_and_no_memory);
  RUN(any_alignment_of_the_memory_will_do);
  RUN(too_small_fails_at_every_size);
  RUN(memory_that_cannot_be_aligned_fails);
  RUN(no_elements_take_no_bytes);
  RUN(products_that_overflow_fail);
  RUN(sums_that_overflow_fail);
  RUN(a_failure_stays);
  RUN(redzones_surround_the_arrays);
  return harness_finish();
}
