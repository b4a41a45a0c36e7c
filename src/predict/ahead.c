/* SPDX-License-Identifier: BSD-3-Clause */
#include "predict/ahead.h"

#include <string.h>

void sx_ahead_layout(const sx_model *model, size_t blocks, sx_arena *arena,
                     sx_ahead *ahead) {
  size_t m = (size_t)model->k_states;
  /* The arena takes what one factor of the product says for the size. */
  size_t rows = blocks > SIZE_MAX / (m * SX_FORMS) ? SIZE_MAX : blocks * m;

  ahead->k_states = m;
  ahead->row = sx_arena_doubles(arena, m + 1);
  ahead->next_row = sx_arena_doubles(arena, m + 1);
  ahead->counts = sx_arena_int32(arena, blocks);
  ahead->supports = sx_arena_int32(arena, rows);
  ahead->vectors =
      (double *)sx_arena_take(arena, rows, SX_FORMS * sizeof(double));
  ahead->noises =
      (double *)sx_arena_take(arena, blocks, SX_FORMS * sizeof(double));
  ahead->state = sx_arena_doubles(arena, m + 1);
  ahead->next_state = sx_arena_doubles(arena, m + 1);
  ahead->zero = sx_arena_doubles(arena, m + 1);
}

size_t sx_ahead_blocks(int64_t steps) {
  return ((size_t)(steps - 1) + SX_FORMS - 1) / SX_FORMS;
}

void sx_ahead_start(const sx_kalman *kalman, sx_ahead *ahead) {
  const sx_statespace *statespace = &kalman->statespace;
  size_t m = ahead->k_states;

  memset(ahead->row, 0, (m + 1) * sizeof(double));
  memset(ahead->zero, 0, (m + 1) * sizeof(double));
  for (int32_t z = 0; z < statespace->k_design; z++) {
    ahead->row[statespace->design[z]] = 1.0;
  }
  ahead->row_noise = statespace->obs_cov;
}

/* v <- v T. */
static void advance_row(const sx_statespace *statespace, sx_ahead *ahead) {
  double *next = ahead->next_row;

  sx_statespace_backward(statespace, ahead->row, next);
  ahead->next_row = ahead->row;
  ahead->row = next;
}

static double shock_variance(const sx_statespace *statespace,
                             const double *row) {
  double sum = 0.0;

  for (int32_t k = 0; k < statespace->k_shocks; k++) {
    sum += row[statespace->shocks[k].row] * statespace->shocks[k].value;
  }
  return sum * sum * statespace->state_cov;
}

/* Moves the rows of `vectors` that are not all zero up; returns their number.
 */
static int32_t keep_support(size_t k_states, double *vectors,
                            int32_t *support) {
  int32_t count = 0;

  for (size_t i = 0; i < k_states; i++) {
    const double *row = vectors + i * SX_FORMS;
    int used = 0;

    for (int k = 0; k < SX_FORMS; k++) {
      used |= row[k] != 0.0;
    }
    if (used) {
      memmove(vectors + (size_t)count * SX_FORMS, row,
              SX_FORMS * sizeof(double));
      support[count++] = (int32_t)i;
    }
  }
  return count;
}

void sx_ahead_make(const sx_kalman *kalman, sx_ahead *ahead, size_t block) {
  size_t m = ahead->k_states;
  double *vectors = ahead->vectors + block * m * SX_FORMS;

  for (size_t k = 0; k < SX_FORMS; k++) {
    ahead->row_noise += shock_variance(&kalman->statespace, ahead->row);
    advance_row(&kalman->statespace, ahead);
    ahead->noises[block * SX_FORMS + k] = ahead->row_noise;
    for (size_t i = 0; i < m; i++) {
      vectors[i * SX_FORMS + k] = ahead->row[i];
    }
  }
  ahead->counts[block] = keep_support(m, vectors, ahead->supports + block * m);
}

void sx_ahead_variances(const sx_kalman *kalman, const sx_ahead *ahead,
                        size_t block, double *var) {
  size_t first = block * ahead->k_states;
  sx_forms forms = {ahead->counts[block], ahead->supports + first,
                    ahead->vectors + first * SX_FORMS};

  kalman->kernels->forms(kalman->P, kalman->step.ld, &forms, var);
  for (size_t k = 0; k < SX_FORMS; k++) {
    var[k] += ahead->noises[block * SX_FORMS + k];
  }
}

void sx_ahead_means(const sx_kalman *kalman, sx_ahead *ahead, int64_t steps,
                    sx_counter *counter, double *mean) {
  const sx_statespace *statespace = &kalman->statespace;
  int64_t work = statespace->k_states + kalman->model->spec.k_exog + 16;

  memcpy(ahead->state, kalman->state, (ahead->k_states + 1) * sizeof(double));
  ahead->next_state[ahead->k_states] = 0.0;
  for (int64_t h = 0; h < steps; h++) {
    double *last = ahead->state;

    mean[h] = sx_kalman_mean(kalman, last);
    kalman->kernels->mean(statespace, ahead->zero, 0.0, last,
                          ahead->next_state);
    ahead->next_state[statespace->arma] +=
        sx_trend_value(kalman->model, &kalman->params, kalman->past.nobs + h);
    ahead->state = ahead->next_state;
    ahead->next_state = last;
    if (sx_interrupt_asked(counter, work)) {
      return;
    }
  }
}
