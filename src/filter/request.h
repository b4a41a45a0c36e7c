/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The exact engine for all numbers of a request: in how many lanes, and which
 * of them share one run of the covariances.
 */
#ifndef SX_FILTER_REQUEST_H
#define SX_FILTER_REQUEST_H

#include "filter/exact.h"

/* Bytes for sx_request_run; none where the engine does not cover the model. */
sx_status sx_request_plan(const sx_model *model, const sx_series *series,
                          const sx_loglike_request *request, size_t *size);

/*
 * Runs it where it can.
 *   out (count,): engine and reason; the value where that is SX_REASON_NONE
 * SX_E_WORKSPACE, SX_E_INTERRUPTED.
 */
sx_status sx_request_run(const sx_model *model, const sx_series *series,
                         const sx_loglike_request *request, void *work,
                         size_t work_size, sx_loglike_output *out);

#endif
