/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Monahan (1984), "A note on enforcing stationarity in autoregressive-moving
 * average models", Biometrika 71: coefficients <-> reflection coefficients in
 * (-1, 1) <-> the real line. The order of operations is that of statsmodels'
 * tools.constrain_stationary_univariate and its inverse. The bits agree but
 * where numpy's pow(x, 2) or pow(x, 0.5) of a scalar is not correctly rounded.
 */
#include "model/transform.h"

#include "model/spec.h"

#include <math.h>

/*
 * Each step k of the recursions maps the pairs (y_i, y_{k-1-i}), i < k, so both
 * can be done in place:
 *   up:   y_i <- y_i + r_k y_{k-1-i}
 *   down: y_i <- (y_i - r_k y_{k-1-i}) / (1 - r_k^2)
 */
static void step_up(int32_t n, double *y) {
  for (int32_t k = 1; k < n; k++) {
    for (int32_t i = 0, j = k - 1; i <= j; i++, j--) {
      double first = y[i];
      double last = y[j];

      y[i] = first + y[k] * last;
      y[j] = last + y[k] * first;
    }
  }
}

static void step_down(int32_t n, double *y) {
  for (int32_t k = n - 1; k > 0; k--) {
    double divisor = 1.0 - y[k] * y[k];

    for (int32_t i = 0, j = k - 1; i <= j; i++, j--) {
      double first = y[i];
      double last = y[j];

      y[i] = (first - y[k] * last) / divisor;
      y[j] = (last - y[k] * first) / divisor;
    }
  }
}

/*
 * Schur-Cohn: the roots z of z^n + a_1 z^(n-1) + ... + a_n lie inside the unit
 * circle if and only if every reflection coefficient of the step-down recursion
 * does. With a_i = sign c_i / t^i the circle has radius t.
 */
int sx_polynomial_is_stable(int32_t n, const double *coef, double sign,
                            double *scratch) {
  const double threshold = 1.0 - 1e-10;
  double power = 1.0;

  for (int32_t i = 0; i < n; i++) {
    power *= threshold;
    scratch[i] = sign * coef[i] / power;
  }
  step_down(n, scratch);
  for (int32_t i = 0; i < n; i++) {
    if (!(fabs(scratch[i]) < 1.0)) {
      return 0;
    }
  }
  return 1;
}

/* out = sign * constrain(in), on a block whose lags are closed up. */
static void constrain(int32_t n, const double *in, double sign, double *out) {
  for (int32_t i = 0; i < n; i++) {
    out[i] = in[i] / sqrt(1.0 + in[i] * in[i]);
  }
  step_up(n, out);
  for (int32_t i = 0; i < n; i++) {
    out[i] *= -sign;
  }
}

/* out = unconstrain(sign * in) */
static void unconstrain(int32_t n, const double *in, double sign, double *out) {
  for (int32_t i = 0; i < n; i++) {
    out[i] = -sign * in[i];
  }
  step_down(n, out);
  for (int32_t i = 0; i < n; i++) {
    out[i] = out[i] / sqrt(1.0 - out[i] * out[i]);
  }
}

typedef void block_map(int32_t n, const double *in, double sign, double *out);

/* Coefficients of one polynomial within the parameter vector. */
typedef struct block {
  int32_t offset, count;
  double sign;
} block;

enum { MOST_BLOCKS = 4 };

/* The blocks that are transformed; returns how many there are. */
static int enforced_blocks(const sx_model *model, block *blocks) {
  const sx_spec *spec = &model->spec;
  int count = 0;

  if (sx_has(model, SX_ENFORCE_STATIONARITY)) {
    blocks[count++] = (block){model->offset_ar, spec->ar.count, 1.0};
    blocks[count++] =
        (block){model->offset_seasonal_ar, spec->seasonal_ar.count, 1.0};
  }
  if (sx_has(model, SX_ENFORCE_INVERTIBILITY)) {
    blocks[count++] = (block){model->offset_ma, spec->ma.count, -1.0};
    blocks[count++] =
        (block){model->offset_seasonal_ma, spec->seasonal_ma.count, -1.0};
  }
  return count;
}

/* Applies `map` to the enforced blocks, copies everything else. */
static void map_blocks(const sx_model *model, const double *in, block_map *map,
                       double *out) {
  block blocks[MOST_BLOCKS];
  int count = enforced_blocks(model, blocks);

  for (int32_t i = 0; i < model->k_params; i++) {
    out[i] = in[i];
  }
  for (int b = 0; b < count; b++) {
    map(blocks[b].count, out + blocks[b].offset, blocks[b].sign,
        out + blocks[b].offset);
  }
}

sx_status sx_transform_params(const sx_model *model,
                              const double *unconstrained,
                              double *constrained) {
  if (model == NULL || unconstrained == NULL || constrained == NULL) {
    return SX_E_ARGUMENT;
  }
  map_blocks(model, unconstrained, constrain, constrained);
  for (int32_t i = model->offset_measurement_variance; i < model->k_params;
       i++) {
    constrained[i] = constrained[i] * constrained[i];
  }
  return SX_OK;
}

sx_status sx_untransform_params(const sx_model *model,
                                const double *constrained,
                                double *unconstrained) {
  if (model == NULL || constrained == NULL || unconstrained == NULL) {
    return SX_E_ARGUMENT;
  }
  map_blocks(model, constrained, unconstrain, unconstrained);
  for (int32_t i = model->offset_measurement_variance; i < model->k_params;
       i++) {
    unconstrained[i] = sqrt(unconstrained[i]);
  }
  return SX_OK;
}

/* ---- derivatives ---- */

size_t sx_transform_adjoint_scratch(const sx_model *model) {
  block blocks[MOST_BLOCKS];
  int count = enforced_blocks(model, blocks);
  size_t most = 0;

  for (int b = 0; b < count; b++) {
    size_t n = (size_t)blocks[b].count;

    most = n > most ? n : most;
  }
  return most > 1 && most > SIZE_MAX / most ? SIZE_MAX : most * most;
}

/*
 * Of one block: row k of `rows` (n, n) is y as step k of the way up finds it.
 *   y_i <- y_i + r_k y_{k-1-i} for i < k, then y_k = r_k = u_k / sqrt(1 +
 * u_k^2)
 */
static void block_adjoint(int32_t n, const double *u, double sign, double *rows,
                          double *bar) {
  for (int32_t k = 1; k < n; k++) {
    const double *before = rows + (size_t)(k - 1) * (size_t)n;
    double *y = rows + (size_t)k * (size_t)n;
    double r = u[k - 1] / sqrt(1.0 + u[k - 1] * u[k - 1]);

    for (int32_t i = 0; i < k - 1; i++) {
      y[i] = before[i] + r * before[k - 2 - i];
    }
    y[k - 1] = r;
  }
  for (int32_t k = n - 1; k >= 0; k--) {
    const double *y = rows + (size_t)k * (size_t)n;
    double square = 1.0 + u[k] * u[k];
    double r = u[k] / sqrt(square);
    double sum = bar[k];

    for (int32_t i = 0; i < k; i++) {
      sum += bar[i] * y[k - 1 - i];
    }
    bar[k] = -sign * sum / (square * sqrt(square));
    for (int32_t i = 0, j = k - 1; i <= j; i++, j--) {
      double first = bar[i];
      double last = bar[j];

      bar[i] = first + r * last;
      bar[j] = last + r * first;
    }
  }
}

void sx_transform_adjoint(const sx_model *model, const double *unconstrained,
                          double *scratch, double *bar) {
  block blocks[MOST_BLOCKS];
  int count = enforced_blocks(model, blocks);

  for (int b = 0; b < count; b++) {
    block_adjoint(blocks[b].count, unconstrained + blocks[b].offset,
                  blocks[b].sign, scratch, bar + blocks[b].offset);
  }
  for (int32_t i = model->offset_measurement_variance; i < model->k_params;
       i++) {
    bar[i] *= 2.0 * unconstrained[i];
  }
}
