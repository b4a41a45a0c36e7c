/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows that follow others. Simple differencing takes the first of them from the
 * last before, which are therefore kept as they were.
 */
#ifndef SX_PYTHON_PY_ROWS_H
#define SX_PYTHON_PY_ROWS_H

#include "python/py_convert.h"

/* The last rows before differencing; none where the model does not. */
typedef struct sx_tail {
  int64_t rows;
  const double *endog; /* (rows,) */
  const double *exog;  /* (rows, k_exog) */
} sx_tail;

/* Rows that differencing takes away: those of a tail at most. */
int64_t sx_tail_rows(const sx_model *model);

/*
 * The tail of `before` and `further` together.
 *   target (tail_rows, 1 + k_exog): holds it
 */
sx_tail sx_tail_take(const sx_model *model, const sx_tail *before,
                     const sx_series *further, double *target);

/*
 * Further rows after a tail, differenced where the model does; endog may be
 * NULL. The memory to free, or NULL with an exception set.
 */
double *sx_join_rows(sx_module_state *state, const sx_model *model,
                     const sx_tail *tail, const sx_series *further,
                     sx_series *joined);

/*
 * The same for exog_future (steps, k_exog); *rows points at the first. The
 * memory to free, or NULL with an exception set.
 */
double *sx_join_future(sx_module_state *state, const sx_model *model,
                       const sx_tail *tail, PyObject *exog_future,
                       int64_t steps, const double **rows);

#endif
