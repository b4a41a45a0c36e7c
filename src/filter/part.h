/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers of a request that the exact engine takes at a time, in lanes. */
#ifndef SX_FILTER_PART_H
#define SX_FILTER_PART_H

#include "filter/exact.h"

/* Numbers first.. of a request, in the lanes of an engine. */
typedef struct sx_part {
  const sx_loglike_request *request;
  int64_t first;
  int32_t count;
} sx_part;

/* Parameters of number i of a request. */
const double *sx_request_params(const sx_model *model,
                                const sx_loglike_request *request, int64_t i);

/* The next numbers: as many as there are lanes, or left. */
void sx_part_take(const sx_exact *exact, int64_t first, sx_part *part);

/*
 * Loads the lanes, idle ones with a good lane's; 0 if there is no good one.
 *   out (part->count,): the reasons of those that are not good
 */
int sx_part_load(sx_exact *exact, const sx_part *part, sx_loglike_output *out);

#endif
