/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/statespace.h"

#include "model/spec.h"

#include <string.h>

static int32_t diff_order(const sx_model *model) {
  return sx_has(model, SX_SIMPLE_DIFFERENCING) ? 0 : model->spec.diff;
}

static int32_t seasonal_blocks(const sx_model *model) {
  return sx_has(model, SX_SIMPLE_DIFFERENCING) ? 0 : model->spec.seasonal_diff;
}

size_t sx_statespace_special(const sx_model *model) {
  return (size_t)diff_order(model) + (size_t)seasonal_blocks(model);
}

size_t sx_statespace_design(const sx_model *model) {
  return sx_statespace_special(model) + 1;
}

void sx_statespace_layout(const sx_model *model, sx_arena *arena,
                          sx_statespace *statespace) {
  size_t m = (size_t)model->k_states;
  size_t special = sx_statespace_special(model);
  size_t design = sx_statespace_design(model);
  size_t terms =
      (size_t)diff_order(model) * design + 3 * (size_t)seasonal_blocks(model);

  statespace->design = sx_arena_int32(arena, design);
  statespace->segments =
      (sx_segment *)sx_arena_take(arena, m, sizeof(sx_segment));
  statespace->phi = sx_arena_doubles(arena, m + SX_STATE_PAD);
  statespace->special = sx_arena_int32(arena, special);
  statespace->special_start = sx_arena_int32(arena, special + 1);
  statespace->special_term = sx_arena_int32(arena, terms);
  statespace->shocks = (sx_shock *)sx_arena_take(arena, (size_t)model->k_order,
                                                 sizeof(sx_shock));
}

/* Opens the special row `row`; its terms are appended by add_term. */
static void add_special(sx_statespace *statespace, int32_t row) {
  int32_t k = statespace->k_special++;

  statespace->special[k] = row;
  statespace->special_start[k + 1] = statespace->special_start[k];
}

static void add_term(sx_statespace *statespace, int32_t design) {
  int32_t *end = &statespace->special_start[statespace->k_special];

  statespace->special_term[*end] = design;
  *end += 1;
}

/* Appends a copied row, extending the last segment where it continues. */
static void add_copy(sx_statespace *statespace, int32_t row, int32_t source) {
  sx_segment *last = statespace->segments + statespace->k_segments;

  if (statespace->k_segments > 0 && last[-1].end == row &&
      last[-1].source - last[-1].begin == source - row) {
    last--;
    last->end++;
  } else {
    *last = (sx_segment){row, row + 1, source, 0};
    statespace->k_segments++;
  }
  last->has_ar |= statespace->phi[row] != 0.0;
  statespace->has_ar |= last->has_ar;
}

static void build_differences(const sx_model *model,
                              sx_statespace *statespace) {
  for (int32_t i = 0; i < diff_order(model); i++) {
    add_special(statespace, i);
    for (int32_t k = i; k < statespace->k_design; k++) {
      add_term(statespace, k);
    }
  }
}

static void build_seasonal(const sx_model *model, sx_statespace *statespace) {
  int32_t d = diff_order(model);
  int32_t s = model->spec.periods;
  int32_t blocks = seasonal_blocks(model);

  for (int32_t b = 0; b < blocks; b++) {
    int32_t first = d + b * s;

    add_special(statespace, first);
    add_term(statespace, d + b);
    if (b + 1 < blocks) {
      add_term(statespace, d + b + 1);
    }
    add_term(statespace, statespace->k_design - 1);
    for (int32_t j = 1; j < s; j++) {
      add_copy(statespace, first + j, first + j - 1);
    }
  }
}

static void build_arma(const sx_model *model, const sx_params *params,
                       sx_statespace *statespace) {
  for (int32_t i = 0; i < model->k_order; i++) {
    int32_t row = statespace->arma + i;
    double theta = 1.0;

    if (i > 0) {
      theta = i <= model->ma_order ? params->reduced_ma[i - 1] : 0.0;
    }
    if (i < model->ar_order) {
      statespace->phi[row] = params->reduced_ar[i];
    }
    add_copy(statespace, row, row + 1);
    if (theta != 0.0) {
      statespace->shocks[statespace->k_shocks++] =
          (sx_shock){row, row + 1, theta};
    }
  }
}

void sx_statespace_build(const sx_model *model, const sx_params *params,
                         sx_statespace *statespace) {
  int32_t d = diff_order(model);
  int32_t blocks = seasonal_blocks(model);

  statespace->k_states = model->k_states;
  statespace->arma = model->k_diff_states;
  statespace->k_design = d + blocks + 1;
  for (int32_t i = 0; i < d; i++) {
    statespace->design[i] = i;
  }
  for (int32_t b = 0; b < blocks; b++) {
    statespace->design[d + b] = d + (b + 1) * model->spec.periods - 1;
  }
  statespace->design[d + blocks] = statespace->arma;
  for (int32_t i = 0; i < model->k_states + SX_STATE_PAD; i++) {
    statespace->phi[i] = 0.0;
  }

  statespace->k_segments = 0;
  statespace->has_ar = 0;
  statespace->k_special = 0;
  statespace->k_shocks = 0;
  statespace->special_start[0] = 0;
  build_differences(model, statespace);
  build_seasonal(model, statespace);
  build_arma(model, params, statespace);

  statespace->state_cov = params->sigma2;
  statespace->obs_cov = params->measurement_variance;
}

void sx_statespace_backward(const sx_statespace *statespace, const double *row,
                            double *next) {
  memset(next, 0, ((size_t)statespace->k_states + 1) * sizeof(double));
  for (int32_t g = 0; g < statespace->k_segments; g++) {
    sx_segment segment = statespace->segments[g];
    double *source = next + segment.source;

    for (int32_t i = segment.begin; i < segment.end; i++) {
      source[i - segment.begin] += row[i];
    }
    for (int32_t i = segment.begin; segment.has_ar && i < segment.end; i++) {
      next[statespace->arma] += statespace->phi[i] * row[i];
    }
  }
  for (int32_t k = 0; k < statespace->k_special; k++) {
    for (int32_t e = statespace->special_start[k];
         e < statespace->special_start[k + 1]; e++) {
      next[statespace->design[statespace->special_term[e]]] +=
          row[statespace->special[k]];
    }
  }
  next[statespace->k_states] = 0.0; /* what the last ARMA row copies is zero */
}
