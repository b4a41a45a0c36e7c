/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A number that is found out once and kept: threads may read and set it at the
 * same time, all of them to the same value. 0 until it is set.
 */
#ifndef SX_BATCH_SHARED_H
#define SX_BATCH_SHARED_H

#include <stdatomic.h>
#include <stddef.h>

typedef atomic_size_t sx_shared_size;

static inline size_t sx_shared_get(sx_shared_size *number) {
  return atomic_load_explicit(number, memory_order_relaxed);
}

static inline void sx_shared_set(sx_shared_size *number, size_t value) {
  atomic_store_explicit(number, value, memory_order_relaxed);
}

#endif
