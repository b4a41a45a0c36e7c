/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/further.h"

#include "model/spec.h"

#include <string.h>

/* Of B in both polynomials, for those of so many lags and one more. */
static const double RIDGES[] = {
    [SX_FURTHER_RIDGE] = 0.5, [SX_FURTHER_ZEROS] = 0.0};

/* Variance of the measurement error that a search begins with, over sigma2. */
static const double SHARE_MEASURED = 0.1;

static int is_alone(const sx_fit_request *request) {
  return request->start_params != NULL || request->fixed != NULL;
}

/* The model without measurement error; 0 where there is no such start. */
static int without_measurement(const sx_model *model,
                               const sx_fit_request *request,
                               sx_model *nested) {
  sx_spec spec = model->spec;
  sx_status status;

  if (!sx_has(model, SX_MEASUREMENT_ERROR) || is_alone(request)) {
    return 0;
  }
  spec.flags &= ~(uint32_t)SX_MEASUREMENT_ERROR;
  status = sx_model_init(&spec, nested);
  nested->simd = model->simd;
  return status == SX_OK;
}

sx_status sx_further_plan(const sx_model *model, const sx_series *series,
                          const sx_fit_request *request, size_t *work_size) {
  sx_model nested;

  *work_size = 0;
  return without_measurement(model, request, &nested)
             ? sx_fit_plan(&nested, series, request, work_size)
             : SX_OK;
}

/*
 * Puts the polynomials of one season, if they begin with the same lag, on a
 * ridge. Returns whether it did.
 */
static int move_to_ridge(int ridge, const sx_lags *ar, const sx_lags *ma,
                         double *ar_coef, double *ma_coef) {
  if (ar->count <= ridge || ma->count <= ridge || ar->lag[0] != ma->lag[0]) {
    return 0;
  }
  memset(ar_coef, 0, (size_t)ar->count * sizeof(double));
  memset(ma_coef, 0, (size_t)ma->count * sizeof(double));
  ar_coef[0] = RIDGES[ridge];
  ma_coef[0] = -RIDGES[ridge];
  return 1;
}

static int start_on_ridge(const sx_further *further, int ridge) {
  const sx_model *model = further->model;
  const sx_spec *spec = &model->spec;
  double *params = further->params;
  int moved;

  if (is_alone(further->request) ||
      (ridge == SX_FURTHER_ZEROS && further->request->skips_zeros)) {
    return 0;
  }
  moved = move_to_ridge(ridge, &spec->ar, &spec->ma, params + model->offset_ar,
                        params + model->offset_ma);
  return moved | move_to_ridge(ridge, &spec->seasonal_ar, &spec->seasonal_ma,
                               params + model->offset_seasonal_ar,
                               params + model->offset_seasonal_ma);
}

/* From the estimates without measurement error. */
static sx_status start_measured(sx_further *further, int *there) {
  const sx_model *model = further->model;
  int32_t place = model->offset_measurement_variance;
  double *params = further->params, *estimate = further->estimate;
  sx_fit_output out = {.params = estimate};
  sx_model nested;
  sx_status status;

  *there = 0;
  if (!without_measurement(model, further->request, &nested)) {
    return SX_OK;
  }
  status = sx_fit(&nested, further->series, further->request, further->work,
                  further->work_size, &out);
  if (status < 0) {
    return status == SX_E_INTERRUPTED ? status : SX_OK;
  }
  further->nit += out.nit;
  further->nfev += out.nfev;
  memcpy(params, estimate, (size_t)place * sizeof(double));
  params[place] = SHARE_MEASURED;
  if (model->has_sigma2) {
    params[model->offset_sigma2] = estimate[nested.offset_sigma2];
    params[place] *= estimate[nested.offset_sigma2];
  }
  *there = out.end != SX_FIT_NO_START && out.end != SX_FIT_NO_DATA;
  return SX_OK;
}

sx_status sx_further_start(sx_further *further, sx_further_place place,
                           int *there) {
  if (place == SX_FURTHER_MEASURED) {
    return start_measured(further, there);
  }
  *there = start_on_ridge(further, (int)place);
  return SX_OK;
}
