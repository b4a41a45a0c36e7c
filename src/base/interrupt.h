/* SPDX-License-Identifier: BSD-3-Clause */
/* How a long loop asks whether it should stop. */
#ifndef SX_BASE_INTERRUPT_H
#define SX_BASE_INTERRUPT_H

#include "sarimax_c.h"

/* Multiply-adds between two asks: a tenth of a millisecond or so. */
enum { SX_INTERRUPT_WORK = 1 << 18 };

/*
 * Work done since the last ask; starts as {interrupt, 0, 0}. Once stopped it
 * stays so: a function that cannot return a status just ends early, and whoever
 * called it looks at `stopped`.
 */
typedef struct sx_counter {
  const sx_interrupt *interrupt; /* NULL: never stopped */
  int64_t work;
  int stopped;
} sx_counter;

/* Call it with the multiply-adds of the step done; non-zero: stop. */
static inline int sx_interrupt_asked(sx_counter *counter, int64_t work) {
  counter->work += work;
  if (counter->work >= SX_INTERRUPT_WORK) {
    counter->work = 0;
    if (counter->interrupt != NULL && !counter->stopped) {
      counter->stopped = counter->interrupt->asked(counter->interrupt->context);
    }
  }
  return counter->stopped;
}

#endif
