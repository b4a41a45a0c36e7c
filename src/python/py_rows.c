/* SPDX-License-Identifier: BSD-3-Clause */
#include "python/py_rows.h"

#include "base/compiler.h"
#include "model/difference.h"

#include <string.h>

/* Rows of k columns. */
typedef struct block {
  const double *data;
  int64_t rows, k;
} block;

int64_t sx_tail_rows(const sx_model *model) {
  if ((model->spec.flags & SX_SIMPLE_DIFFERENCING) == 0) {
    return 0;
  }
  return (int64_t)model->spec.diff +
         (int64_t)model->spec.seasonal_diff * model->spec.periods;
}

static void copy_rows(block from, int64_t first, int64_t rows, double *target) {
  if (rows * from.k > 0) {
    memcpy(target, from.data + first * from.k,
           (size_t)(rows * from.k) * sizeof(double));
  }
}

/* The last `rows` of two blocks one after the other. */
static void take_last(block before, block after, int64_t rows, double *target) {
  int64_t old = rows > after.rows ? rows - after.rows : 0;

  copy_rows(before, before.rows - old, old, target);
  copy_rows(after, after.rows - (rows - old), rows - old,
            target + old * after.k);
}

sx_tail sx_tail_take(const sx_model *model, const sx_tail *before,
                     const sx_series *further, double *target) {
  int64_t k = model->spec.k_exog;
  int64_t rows = sx_tail_rows(model);

  if (rows > before->rows + further->nobs) {
    rows = before->rows + further->nobs;
  }
  take_last((block){before->endog, before->rows, 1},
            (block){further->endog, further->nobs, 1}, rows, target);
  take_last((block){before->exog, before->rows, k},
            (block){further->exog, further->nobs, k}, rows, target + rows);
  return (sx_tail){rows, target, target + rows};
}

/* Joins one block to the tail's and differences it; the rows left. */
static int64_t join(const sx_model *model, block before, block after,
                    double *target) {
  int64_t rows = before.rows + after.rows;

  take_last(before, after, rows, target);
  return (model->spec.flags & SX_SIMPLE_DIFFERENCING) != 0
             ? sx_difference_columns(&model->spec, target, rows, after.k)
             : rows;
}

double *sx_join_rows(sx_module_state *state, const sx_model *model,
                     const sx_tail *tail, const sx_series *further,
                     sx_series *joined) {
  int64_t k = model->spec.k_exog;
  size_t rows = (size_t)(tail->rows + further->nobs);
  double *copy;

  if (rows > SIZE_MAX / sizeof(double) / (size_t)(k + 2)) {
    sx_raise_status(state, SX_E_OVERFLOW);
    return NULL;
  }
  copy = SX_MALLOC((rows * (size_t)(k + 1) + 1) * sizeof(double));
  if (copy == NULL) {
    PyErr_NoMemory();
    return NULL;
  }
  *joined = (sx_series){0};
  if (further->endog != NULL) {
    joined->endog = copy;
    joined->nobs = join(model, (block){tail->endog, tail->rows, 1},
                        (block){further->endog, further->nobs, 1}, copy);
  }
  if (k > 0) {
    joined->exog = copy + rows;
    joined->nobs = join(model, (block){tail->exog, tail->rows, k},
                        (block){further->exog, further->nobs, k}, copy + rows);
  }
  return copy;
}

double *sx_join_future(sx_module_state *state, const sx_model *model,
                       const sx_tail *tail, PyObject *exog_future,
                       int64_t steps, const double **rows) {
  sx_series further = {.nobs = steps};
  sx_series joined;
  double *copy;

  further.exog = sx_borrow_array(exog_future, 2, "exog_future");
  if (further.exog == NULL) {
    return NULL;
  }
  if (PyArray_DIM((PyArrayObject *)exog_future, 0) != steps ||
      PyArray_DIM((PyArrayObject *)exog_future, 1) != model->spec.k_exog) {
    PyErr_SetString(PyExc_TypeError, "exog_future must be (steps, k_exog)");
    return NULL;
  }
  copy = sx_join_rows(state, model, tail, &further, &joined);
  if (copy != NULL && joined.nobs != steps) {
    SX_FREE(copy);
    PyErr_SetString(state->data_error,
                    "y is shorter than its differencing, and so exog_future "
                    "cannot be differenced (arguments: y, exog_future)");
    return NULL;
  }
  *rows = joined.exog;
  return copy;
}
