/* SPDX-License-Identifier: BSD-3-Clause */
/* Queries on a checked specification; sx_model_init itself is public. */
#ifndef SX_MODEL_SPEC_H
#define SX_MODEL_SPEC_H

#include "sarimax_c.h"

/* Non-zero if the option `flag` (SX_ENFORCE_STATIONARITY, ...) is set. */
static inline int sx_has(const sx_model *model, uint32_t flag) {
  return (model->spec.flags & flag) != 0;
}

/*
 * Non-zero if every system matrix is constant over time in statsmodels' sense:
 * no exog and no trend of any kind (it stores even a constant per period).
 */
static inline int sx_time_invariant(const sx_model *model) {
  return model->spec.k_exog == 0 && model->spec.trend.count == 0;
}

#endif
