/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/future.h"

sx_reason sx_future_cover(sx_exact *exact, int64_t steps) {
  int32_t ahead = steps < exact->q ? (int32_t)steps : exact->q;

  if (ahead > SX_MAX_AHEAD || steps > INT32_MAX) {
    return SX_REASON_HORIZON;
  }
  exact->ahead = ahead;
  exact->nobs += ahead;
  exact->columns += ahead;
  return SX_REASON_NONE;
}

void sx_future_layout(const sx_exact *exact, int64_t steps, sx_arena *arena,
                      sx_future *future) {
  size_t w = (size_t)exact->width, h = (size_t)steps;
  size_t k = (size_t)(exact->columns - 1);
  size_t degree = (size_t)exact->p + (size_t)exact->kd;

  future->steps = steps;
  future->degree = (int32_t)degree;
  future->generator = sx_arena_doubles(arena, (degree + 1) * w);
  future->lags = sx_arena_int32(arena, degree);
  future->factors = sx_arena_doubles(arena, k * (k + 1) * w);
  future->inverse = sx_arena_doubles(arena, k * w);
  future->unknown = sx_arena_doubles(arena, k * w);
  future->paths = sx_arena_doubles(arena, (size_t)exact->k_gaps * h * w);
  future->psi = sx_arena_doubles(arena, h * w);
  future->zeta = sx_arena_doubles(arena, h * w);
  future->loading = sx_arena_doubles(arena, k * w);
  future->var = sx_arena_doubles(arena, h * w);
  future->terms = sx_arena_doubles(arena, h * w);
}
