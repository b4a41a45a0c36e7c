/* SPDX-License-Identifier: BSD-3-Clause */
/* Long calls of the core: without the GIL, and stopped by Ctrl-C. */
#ifndef SX_PYTHON_PY_INTERRUPT_H
#define SX_PYTHON_PY_INTERRUPT_H

#include "python/py_convert.h"

/* One call; the models' series are shared by threads, hence a copy for each. */
typedef struct sx_unlocked {
  sx_series series;
  sx_interrupt interrupt;
  PyThreadState *thread; /* NULL while this thread holds the GIL */
  int64_t looked;        /* when signals were handled last; 0: not yet */
  int raised;            /* a signal handler's exception is set */
} sx_unlocked;

/*
 * Returns the series to call the core with: if `pays`, the GIL is released and
 * the call can be interrupted. sx_relock must follow.
 */
const sx_series *sx_unlock(const sx_series *series, int pays,
                           sx_unlocked *call);

/*
 * Holds the GIL again. SX_E_INTERRUPTED, with the exception of the signal's
 * handler set, if that ended the call; else `status`.
 */
sx_status sx_relock(sx_unlocked *call, sx_status status);

#endif
