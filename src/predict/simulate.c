/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/interrupt.h"
#include "filter/general.h"

#include <string.h>

sx_status sx_system_simulate_plan(const sx_system *system, size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  sx_period period;

  if (system->k_states < 1 || system->k_posdef < 0 || system->nobs < 0) {
    return SX_E_ARGUMENT;
  }
  sx_period_layout(system, &arena, &period);
  return sx_arena_plan(&arena, work_size);
}

/* a_{t+1} = T a_t + c + R eta_t */
static void move(const sx_period *period, const double *state,
                 const double *disturbance, double *next) {
  for (int32_t i = 0; i < period->transition.k_rows; i++) {
    next[i] = period->state_intercept[i] +
              sx_row_dot(&period->selection.rows[i], disturbance) +
              sx_row_dot(&period->transition.rows[i], state);
  }
}

sx_status sx_system_simulate(const sx_system *system, const sx_shocks *shocks,
                             void *work, size_t work_size,
                             const sx_path *path) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_counter counter = {system->interrupt, 0, 0};
  size_t m = (size_t)system->k_states, r = (size_t)system->k_posdef;
  sx_period period;

  sx_period_layout(system, &arena, &period);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  memcpy(path->states, system->initial_state, m * sizeof(double));
  for (int64_t t = 0; t < system->nobs; t++) {
    double *state = path->states + (size_t)t * m;

    sx_period_load(system, t, t == 0, &period);
    path->obs[t] = shocks->measurement[t] + period.obs_intercept +
                   sx_period_dot(&period, state);
    move(&period, state, shocks->state + (size_t)t * r, state + m);
    if (sx_interrupt_asked(&counter, 4 * (int64_t)m)) {
      return SX_E_INTERRUPTED;
    }
  }
  return SX_OK;
}
