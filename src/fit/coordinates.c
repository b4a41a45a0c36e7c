/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/coordinates.h"

#include "model/difference.h"
#include "model/spec.h"
#include "model/transform.h"

#include <math.h>

/* sqrt(1 - r^2) is at least this, so that u stays finite. */
static const double LEAST_COSINE = 1e-6;
/* Of log sigma; exp of it squared is finite. */
static const double MOST_LOGARITHM = 300.0;
/* Of a logarithm in a line search: a factor of 10^12 in sigma, about. */
static const double MOST_MOVE = 40.0;

typedef enum kind { UNIT, ANGLE, LOGARITHM } kind;

void sx_coordinates_layout(const sx_model *model, int64_t nobs, sx_arena *arena,
                           sx_coordinates *coordinates) {
  int regression = model->spec.trend.count > 0 || model->spec.k_exog > 0;

  coordinates->model = model;
  coordinates->scale = sx_arena_doubles(arena, (size_t)model->k_params);
  coordinates->column = sx_arena_doubles(arena, regression ? (size_t)nobs : 0);
  coordinates->scratch =
      sx_arena_doubles(arena, sx_transform_adjoint_scratch(model));
}

/* Of a parameter of a polynomial. */
static int is_ar(const sx_model *model, int32_t i) {
  return i < model->offset_ma ||
         (i >= model->offset_seasonal_ar && i < model->offset_seasonal_ma);
}

static kind kind_of(const sx_model *model, int32_t i) {
  if (i < model->offset_ar) {
    return UNIT;
  }
  if (i >= model->offset_measurement_variance) {
    return model->has_sigma2 && i >= model->offset_sigma2 ? LOGARITHM : UNIT;
  }
  return sx_has(model, is_ar(model, i) ? SX_ENFORCE_STATIONARITY
                                       : SX_ENFORCE_INVERTIBILITY)
             ? ANGLE
             : UNIT;
}

/* ---- units ---- */

static double mean_square(const double *column, int64_t count) {
  double sum = 0.0;

  for (int64_t t = 0; t < count; t++) {
    sum += column[t] * column[t];
  }
  return count > 0 ? sum / (double)count : 0.0;
}

/* Of a regressor, differenced as the model does it unless nothing is left. */
static double exog_square(const sx_coordinates *coordinates,
                          const sx_series *series, int32_t j) {
  const sx_model *model = coordinates->model;
  int64_t k = model->spec.k_exog, nobs = series->nobs, left;
  double raw, square;

  for (int64_t t = 0; t < nobs; t++) {
    coordinates->column[t] = series->exog[t * k + j];
  }
  raw = mean_square(coordinates->column, nobs);
  if (sx_has(model, SX_SIMPLE_DIFFERENCING)) {
    return raw;
  }
  left = sx_difference_columns(&model->spec, coordinates->column, nobs, 1);
  square = mean_square(coordinates->column, left);
  return square > 0.0 ? square : raw;
}

static double trend_square(const sx_coordinates *coordinates, int64_t nobs,
                           int32_t j) {
  const sx_spec *spec = &coordinates->model->spec;

  for (int64_t t = 0; t < nobs; t++) {
    coordinates->column[t] =
        pow(spec->trend_offset + (double)t, (double)spec->trend.lag[j]);
  }
  return mean_square(coordinates->column, nobs);
}

static double unit(double sigma, double square) {
  double scale = sigma / sqrt(square);

  return scale > 0.0 && scale < INFINITY ? scale : 1.0;
}

void sx_coordinates_init(sx_coordinates *coordinates, const sx_series *series,
                         double sigma) {
  const sx_model *model = coordinates->model;
  double *scale = coordinates->scale;

  for (int32_t i = 0; i < model->k_params; i++) {
    scale[i] = 1.0;
  }
  for (int32_t j = 0; j < model->spec.trend.count; j++) {
    scale[model->offset_trend + j] =
        unit(sigma, trend_square(coordinates, series->nobs, j));
  }
  for (int32_t j = 0; j < model->spec.k_exog; j++) {
    scale[model->offset_exog + j] =
        unit(sigma, exog_square(coordinates, series, j));
  }
  if (sx_has(model, SX_MEASUREMENT_ERROR)) {
    scale[model->offset_measurement_variance] = unit(sigma, 1.0);
  }
}

/* ---- the map ---- */

void sx_coordinates_of(const sx_coordinates *coordinates, const double *x,
                       double *z) {
  const sx_model *model = coordinates->model;

  for (int32_t i = 0; i < model->k_params; i++) {
    switch (kind_of(model, i)) {
    case ANGLE:
      z[i] = atan(x[i]);
      break;
    case LOGARITHM:
      z[i] = sqrt(2.0) * log(x[i] != 0.0 ? fabs(x[i]) : 1.0);
      break;
    case UNIT:
      z[i] = x[i] / coordinates->scale[i];
    }
  }
}

/* u = tan v, with du / dv. */
static double tangent(double v, double *slope) {
  double cosine = cos(v);
  double u = sin(v) / fmax(fabs(cosine), LEAST_COSINE);

  *slope = copysign(1.0 + u * u, cosine);
  return u;
}

double sx_coordinates_reach(const sx_coordinates *coordinates, int32_t i) {
  return kind_of(coordinates->model, i) == LOGARITHM ? MOST_MOVE : INFINITY;
}

void sx_coordinates_back(const sx_coordinates *coordinates, const double *z,
                         double *x, double *slope) {
  const sx_model *model = coordinates->model;

  for (int32_t i = 0; i < model->k_params; i++) {
    switch (kind_of(model, i)) {
    case ANGLE:
      x[i] = tangent(z[i], &slope[i]);
      break;
    case LOGARITHM:
      x[i] = exp(fmin(z[i] / sqrt(2.0), MOST_LOGARITHM));
      slope[i] = x[i] / sqrt(2.0);
      break;
    case UNIT:
      x[i] = z[i] * coordinates->scale[i];
      slope[i] = coordinates->scale[i];
    }
  }
}

double sx_coordinates_room(const sx_coordinates *coordinates, const double *z,
                           int32_t i) {
  const sx_model *model = coordinates->model;

  return kind_of(model, i) == ANGLE && is_ar(model, i)
             ? fmax(fabs(cos(z[i])), LEAST_COSINE)
             : 1.0;
}

void sx_coordinates_adjoint(const sx_coordinates *coordinates, const double *x,
                            const double *slope, double *bar) {
  const sx_model *model = coordinates->model;

  sx_transform_adjoint(model, x, coordinates->scratch, bar);
  for (int32_t i = 0; i < model->k_params; i++) {
    bar[i] *= slope[i];
  }
}
