/* SPDX-License-Identifier: BSD-3-Clause */
#include "model/statespace.h"

#include "model/spec.h"

static int32_t diff_order(const sx_model *model) {
  return sx_has(model, SX_SIMPLE_DIFFERENCING) ? 0 : model->spec.diff;
}

static int32_t seasonal_blocks(const sx_model *model) {
  return sx_has(model, SX_SIMPLE_DIFFERENCING) ? 0 : model->spec.seasonal_diff;
}

/* At most this many reduced coefficients of a pair of factors are non-zero. */
static int64_t support(const sx_lags *regular, const sx_lags *seasonal) {
  return ((int64_t)regular->count + 1) * ((int64_t)seasonal->count + 1);
}

int32_t sx_statespace_max_special(const sx_model *model) {
  const sx_spec *spec = &model->spec;
  int64_t arma = support(&spec->ar, &spec->seasonal_ar);

  if (arma > model->k_order) {
    arma = model->k_order;
  }
  return diff_order(model) + seasonal_blocks(model) + (int32_t)arma;
}

static size_t max_shocked(const sx_model *model) {
  int64_t ma = support(&model->spec.ma, &model->spec.seasonal_ma);

  return (size_t)(ma < model->k_order ? ma : model->k_order);
}

size_t sx_statespace_max_nonzeros(const sx_model *model) {
  size_t d = (size_t)diff_order(model);
  size_t blocks = (size_t)seasonal_blocks(model);

  return d * (d + blocks + 1) + 3 * blocks + 2 * (size_t)model->k_order;
}

void sx_statespace_layout(const sx_model *model, sx_arena *arena,
                          sx_statespace *statespace) {
  size_t rows = (size_t)sx_statespace_max_special(model);
  size_t nonzeros = sx_statespace_max_nonzeros(model);
  size_t design =
      (size_t)diff_order(model) + (size_t)seasonal_blocks(model) + 1;

  statespace->design = sx_arena_int32(arena, design);
  statespace->segments =
      (sx_segment *)sx_arena_take(arena, rows + 1, sizeof(sx_segment));
  statespace->special = sx_arena_int32(arena, rows);
  statespace->special_start = sx_arena_int32(arena, rows + 1);
  statespace->special_state = sx_arena_int32(arena, nonzeros);
  statespace->special_value = sx_arena_doubles(arena, nonzeros);
  statespace->special_shock = sx_arena_doubles(arena, rows);
  statespace->shocked = (sx_shocked_copy *)sx_arena_take(
      arena, max_shocked(model), sizeof(sx_shocked_copy));
}

/* Opens the special row `row`; nonzeros are appended by add_nonzero. */
static void add_special(sx_statespace *statespace, int32_t row, double shock) {
  int32_t k = statespace->k_special++;

  statespace->special[k] = row;
  statespace->special_shock[k] = shock;
  statespace->special_start[k + 1] = statespace->special_start[k];
}

static void add_nonzero(sx_statespace *statespace, int32_t state,
                        double value) {
  int32_t *end = &statespace->special_start[statespace->k_special];

  statespace->special_state[*end] = state;
  statespace->special_value[*end] = value;
  *end += 1;
}

/* Appends a copied row, extending the last segment where it continues. */
static void add_copy(sx_statespace *statespace, int32_t row, int32_t source) {
  sx_segment *next = statespace->segments + statespace->k_segments;

  if (statespace->k_segments > 0 && next[-1].end == row &&
      next[-1].source - next[-1].begin == source - row) {
    next[-1].end++;
    return;
  }
  next->begin = row;
  next->end = row + 1;
  next->source = source;
  statespace->k_segments++;
}

/* Shocks the ARMA row `row` that copies the state after it. */
static void add_shock(sx_statespace *statespace, int32_t row, double value) {
  sx_shocked_copy *shocked = statespace->shocked + statespace->k_shocked;

  if (value != 0.0) {
    shocked->row = row;
    shocked->source = row + 1;
    shocked->value = value;
    statespace->k_shocked++;
  }
}

static void build_differences(const sx_model *model,
                              sx_statespace *statespace) {
  int32_t d = diff_order(model);

  for (int32_t i = 0; i < d; i++) {
    add_special(statespace, i, 0.0);
    for (int32_t k = i; k < statespace->k_design; k++) {
      add_nonzero(statespace, statespace->design[k], 1.0);
    }
  }
}

static void build_seasonal(const sx_model *model, sx_statespace *statespace) {
  int32_t s = model->spec.periods;
  int32_t blocks = seasonal_blocks(model);

  for (int32_t b = 0; b < blocks; b++) {
    int32_t first = diff_order(model) + b * s;

    add_special(statespace, first, 0.0);
    add_nonzero(statespace, first + s - 1, 1.0);
    if (b + 1 < blocks) {
      add_nonzero(statespace, first + 2 * s - 1, 1.0);
    }
    add_nonzero(statespace, model->k_diff_states, 1.0);
    for (int32_t j = 1; j < s; j++) {
      add_copy(statespace, first + j, first + j - 1);
    }
  }
}

static void build_arma(const sx_model *model, const sx_params *params,
                       sx_statespace *statespace) {
  int32_t first = model->k_diff_states;
  int32_t r = model->k_order;

  for (int32_t i = 0; i < r; i++) {
    double phi = i < model->ar_order ? params->reduced_ar[i] : 0.0;
    double theta = 1.0;

    if (i > 0) {
      theta = i <= model->ma_order ? params->reduced_ma[i - 1] : 0.0;
    }
    if (phi == 0.0) {
      add_copy(statespace, first + i, first + i + 1);
      add_shock(statespace, first + i, theta);
      continue;
    }
    add_special(statespace, first + i, theta);
    add_nonzero(statespace, first, phi);
    if (i + 1 < r) {
      add_nonzero(statespace, first + i + 1, 1.0);
    }
  }
}

void sx_statespace_build(const sx_model *model, const sx_params *params,
                         sx_statespace *statespace) {
  int32_t d = diff_order(model);
  int32_t blocks = seasonal_blocks(model);

  statespace->k_states = model->k_states;
  statespace->k_design = d + blocks + 1;
  for (int32_t i = 0; i < d; i++) {
    statespace->design[i] = i;
  }
  for (int32_t b = 0; b < blocks; b++) {
    statespace->design[d + b] = d + (b + 1) * model->spec.periods - 1;
  }
  statespace->design[d + blocks] = model->k_diff_states;

  statespace->k_segments = 0;
  statespace->k_special = 0;
  statespace->k_shocked = 0;
  statespace->special_start[0] = 0;
  build_differences(model, statespace);
  build_seasonal(model, statespace);
  build_arma(model, params, statespace);

  statespace->intercept = model->k_diff_states;
  statespace->state_cov = params->sigma2;
  statespace->obs_cov = params->measurement_variance;
}
