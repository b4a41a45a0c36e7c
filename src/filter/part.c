/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/part.h"

const double *sx_request_params(const sx_model *model,
                                const sx_loglike_request *request, int64_t i) {
  return request->params + (request->shared_params ? 0 : i * model->k_params);
}

void sx_part_take(const sx_exact *exact, int64_t first, sx_part *part) {
  int64_t left = part->request->count - first;

  part->first = first;
  part->count = left < exact->width ? (int32_t)left : exact->width;
}

int sx_part_load(sx_exact *exact, const sx_part *part, sx_loglike_output *out) {
  const sx_model *model = exact->model;
  int32_t last_good = -1;

  for (int32_t l = 0; l < part->count; l++) {
    out[l].reason = sx_exact_is_short(exact, sx_exact_observed(exact, l))
                        ? SX_REASON_SHORT
                        : sx_exact_load(exact, l,
                                        sx_request_params(model, part->request,
                                                          part->first + l));
    last_good = out[l].reason == SX_REASON_NONE ? l : last_good;
  }
  if (last_good < 0) {
    return 0;
  }
  for (int32_t l = 0; l < exact->width; l++) {
    if (l >= part->count || out[l].reason != SX_REASON_NONE) {
      sx_exact_load(
          exact, l,
          sx_request_params(model, part->request, part->first + last_good));
    }
  }
  return 1;
}
