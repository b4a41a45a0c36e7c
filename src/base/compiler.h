/* SPDX-License-Identifier: BSD-3-Clause */
/* Every difference between compilers and platforms that the core relies on. */
#ifndef SX_BASE_COMPILER_H
#define SX_BASE_COMPILER_H

#include <stddef.h>
#include <stdlib.h>

/*
 * Instruction-set variants: x86-64 with GCC-style target attributes. Not by GCC
 * on Windows, whose stack is aligned to 16 bytes only (GCC bug 54412).
 */
#if defined(__x86_64__) && defined(__GNUC__) &&                                \
    (defined(__clang__) || !defined(_WIN32))
#define SX_HAVE_AVX2   1
#define SX_TARGET_AVX2 __attribute__((target("avx2,fma")))
#define SX_TARGET_AVX512                                                       \
  __attribute__((target("avx2,fma,avx512f,avx512dq,avx512vl")))
#else
#define SX_HAVE_AVX2 0
#define SX_TARGET_AVX2
#define SX_TARGET_AVX512
#endif

/* Before a loop whose arrays do not overlap: lets it be vectorised. */
#if defined(__clang__)
#define SX_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define SX_INDEPENDENT _Pragma("GCC ivdep")
#else
#define SX_INDEPENDENT
#endif

/*
 * Has a number, lanes or not, computed here and not after the loop that does
 * not use it, where a compiler would move it: a processor that is to compute it
 * beside that loop has to see it first.
 */
#if SX_HAVE_AVX2
#define SX_COMPUTED(x) __asm__ volatile("" : "+x"(x))
#else
#define SX_COMPUTED(x) ((void)(x))
#endif

/* Poisoned gaps between arrays of an arena, so AddressSanitizer sees overruns.
 */
#if defined(__SANITIZE_ADDRESS__)
#define SX_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SX_ASAN 1
#endif
#endif
#ifndef SX_ASAN
#define SX_ASAN 0
#endif
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define SX_MSAN 1
#endif
#endif
#ifndef SX_MSAN
#define SX_MSAN 0
#endif

#if SX_ASAN
#include <sanitizer/asan_interface.h>
#define SX_POISON(address, size)   __asan_poison_memory_region(address, size)
#define SX_UNPOISON(address, size) __asan_unpoison_memory_region(address, size)
#elif SX_MSAN
/* What a workspace held before is as good as nothing. */
#include <sanitizer/msan_interface.h>
#define SX_POISON(address, size)   __msan_allocated_memory(address, size)
#define SX_UNPOISON(address, size) ((void)(address), (void)(size))
#else
#define SX_POISON(address, size)   ((void)(address), (void)(size))
#define SX_UNPOISON(address, size) ((void)(address), (void)(size))
#endif

/*
 * The one place where memory comes from; a sanitizer build replaces it to make
 * the n-th allocation fail.
 */
#ifdef SX_TEST_HOOKS
void *sx_test_malloc(size_t size);
#define SX_MALLOC(size) sx_test_malloc(size)
#else
#define SX_MALLOC(size) malloc(size)
#endif
#define SX_FREE(pointer) free(pointer)

#endif
