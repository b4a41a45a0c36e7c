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

/* Applies `map` to the enforced blocks, copies everything else. */
static void map_blocks(const sx_model *model, const double *in, block_map *map,
                       double *out) {
  const sx_spec *spec = &model->spec;
  int stationary = sx_has(model, SX_ENFORCE_STATIONARITY);
  int invertible = sx_has(model, SX_ENFORCE_INVERTIBILITY);
  const struct {
    int32_t offset, count;
    double sign;
    int enforced;
  } blocks[] = {
      {model->offset_ar, spec->ar.count, 1.0, stationary},
      {model->offset_ma, spec->ma.count, -1.0, invertible},
      {model->offset_seasonal_ar, spec->seasonal_ar.count, 1.0, stationary},
      {model->offset_seasonal_ma, spec->seasonal_ma.count, -1.0, invertible},
  };

  for (int32_t i = 0; i < model->k_params; i++) {
    out[i] = in[i];
  }
  for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
    if (blocks[b].enforced) {
      map(blocks[b].count, out + blocks[b].offset, blocks[b].sign,
          out + blocks[b].offset);
    }
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
