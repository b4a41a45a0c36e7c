/* SPDX-License-Identifier: BSD-3-Clause */
#include "python/py_interrupt.h"

#include "batch/thread.h"

/*
 * Handlers of signals run in the main thread; in any other one this does
 * nothing. The GIL is taken for it, and so not at every question.
 */
static int handle_signals(void *context) {
  sx_unlocked *call = context;
  int64_t now;

  if (call->raised) {
    return 1;
  }
  now = sx_thread_clock();
  if (call->looked == 0 || now - call->looked < SX_POLL_TIME) {
    call->looked = call->looked == 0 ? now : call->looked;
    return 0;
  }
  PyEval_RestoreThread(call->thread);
  call->raised = PyErr_CheckSignals() < 0;
  call->thread = PyEval_SaveThread();
  call->looked = sx_thread_clock();
  return call->raised;
}

const sx_series *sx_unlock(const sx_series *series, int pays,
                           sx_unlocked *call) {
  call->series = *series;
  call->raised = 0;
  call->thread = NULL;
  if (pays) {
    call->looked = 0;
    call->interrupt = (sx_interrupt){handle_signals, call};
    call->series.interrupt = &call->interrupt;
    call->thread = PyEval_SaveThread();
  }
  return &call->series;
}

sx_status sx_relock(sx_unlocked *call, sx_status status) {
  if (call->thread != NULL) {
    PyEval_RestoreThread(call->thread);
  }
  return call->raised ? SX_E_INTERRUPTED : status;
}
