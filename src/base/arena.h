/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workspace layout. A layout function takes its arrays from an arena one after
 * the other and is run twice: over sx_arena_measure() to learn the size, over
 * sx_arena_bind() to get the pointers. Arrays are 64-byte aligned; a request
 * that overflows or does not fit sets `failed` and yields NULL from then on. In
 * sanitizer builds a poisoned redzone follows each array.
 */
#ifndef SX_BASE_ARENA_H
#define SX_BASE_ARENA_H

#include "base/compiler.h"
#include "sarimax_c.h"

#include <stddef.h>
#include <stdint.h>

enum { SX_ARENA_ALIGN = 64, SX_ARENA_REDZONE = SX_ASAN ? 64 : 0 };

typedef struct sx_arena {
  unsigned char *base; /* NULL while measuring */
  size_t size;         /* bytes available from base */
  size_t used;
  int failed;
} sx_arena;

static inline sx_arena sx_arena_measure(void) {
  sx_arena arena = {NULL, SIZE_MAX, 0, 0};
  return arena;
}

/* Binds to memory of any alignment; the measured size includes the slack. */
static inline sx_arena sx_arena_bind(void *memory, size_t size) {
  sx_arena arena = {(unsigned char *)memory, size, 0, memory == NULL};
  size_t slack = (size_t)(-(uintptr_t)memory & (SX_ARENA_ALIGN - 1));

  if (slack > size) {
    arena.failed = 1;
  } else if (memory != NULL) {
    arena.base += slack;
    arena.size -= slack;
    SX_POISON(arena.base, arena.size);
  }
  return arena;
}

static inline void *sx_arena_take(sx_arena *arena, size_t count, size_t width) {
  size_t mask = SX_ARENA_ALIGN - 1;
  unsigned char *start;
  size_t bytes;

  if (arena->failed || count > (SIZE_MAX / 4) / width) {
    arena->failed = 1;
    return NULL;
  }
  bytes = ((count * width + mask) & ~mask) + SX_ARENA_REDZONE;
  if (bytes > arena->size - arena->used) {
    arena->failed = 1;
    return NULL;
  }
  start = arena->base ? arena->base + arena->used : NULL;
  arena->used += bytes;
  if (start) {
    SX_UNPOISON(start, count * width);
  }
  return start;
}

static inline double *sx_arena_doubles(sx_arena *arena, size_t count) {
  return (double *)sx_arena_take(arena, count, sizeof(double));
}

static inline int32_t *sx_arena_int32(sx_arena *arena, size_t count) {
  return (int32_t *)sx_arena_take(arena, count, sizeof(int32_t));
}

static inline int sx_arena_failed(const sx_arena *arena) {
  return arena->failed;
}

/* Bytes to allocate for everything taken so far. */
static inline size_t sx_arena_used(const sx_arena *arena) {
  return arena->used + SX_ARENA_ALIGN;
}

/* The plan's answer after a measuring run: SX_E_OVERFLOW or the size. */
static inline sx_status sx_arena_plan(const sx_arena *arena, size_t *size) {
  if (arena->failed) {
    return SX_E_OVERFLOW;
  }
  *size = sx_arena_used(arena);
  return SX_OK;
}

#endif
