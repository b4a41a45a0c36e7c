/* SPDX-License-Identifier: BSD-3-Clause */
/* sx_batch_prepare in parts, for threads. */
#ifndef SX_BATCH_SHAPE_H
#define SX_BATCH_SHAPE_H

#include "sarimax_c_batch.h"

/* The rows of a batch as sx_batch_prepare takes them; `source` as in a run. */
typedef struct sx_rows {
  const sx_model *model;
  const int64_t *indptr;
  const double *source;
  double *endog, *exog;
} sx_rows;

/* All that is known of a series by itself: of those from first to last - 1. */
void sx_shape_look(const sx_rows *rows, int64_t first, int64_t last,
                   const sx_batch_shape *shape);

/* The order of all, each of which has been looked at. */
void sx_shape_sort(int64_t count, const sx_batch_shape *shape);

#endif
