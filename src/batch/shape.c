/* SPDX-License-Identifier: BSD-3-Clause */
/* What is alike in a batch, and what cannot be used. */
#include "base/compiler.h"
#include "model/spec.h"
#include "sarimax_c_batch.h"

#include <math.h>
#include <stdlib.h>

/* A series' place among those alike. */
typedef struct place {
  int64_t nobs, missing, number;
} place;

static int compare_places(const void *left, const void *right) {
  const place *a = (const place *)left, *b = (const place *)right;

  if (a->nobs != b->nobs) {
    return a->nobs < b->nobs ? -1 : 1;
  }
  if (a->missing != b->missing) {
    return a->missing < b->missing ? -1 : 1;
  }
  return a->number < b->number ? -1 : a->number > b->number;
}

/* Sorts by length, then by missing values; in place where memory is short. */
static void fill_order(int64_t count, const sx_batch_shape *shape) {
  int sorted = 1;
  place *places;

  for (int64_t i = 0; i < count; i++) {
    shape->order[i] = i;
    sorted = sorted && (i == 0 || (shape->nobs[i - 1] == shape->nobs[i] &&
                                   shape->missing[i - 1] == shape->missing[i]));
  }
  places = sorted ? NULL : SX_MALLOC((size_t)count * sizeof(place));
  if (places == NULL) {
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    places[i] = (place){shape->nobs[i], shape->missing[i], i};
  }
  qsort(places, (size_t)count, sizeof(place), compare_places);
  for (int64_t i = 0; i < count; i++) {
    shape->order[i] = places[i].number;
  }
  SX_FREE(places);
}

/* Missing values, or -1 if a value is infinite. */
static int64_t count_missing(const double *y, int64_t nobs) {
  int64_t missing = 0;

  for (int64_t t = 0; t < nobs; t++) {
    if (!isfinite(y[t])) {
      if (!isnan(y[t])) {
        return -1;
      }
      missing++;
    }
  }
  return missing;
}

static int all_finite(const double *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) {
      return 0;
    }
  }
  return 1;
}

void sx_batch_prepare(const sx_model *model, int64_t count,
                      const int64_t *indptr, double *endog, double *exog,
                      const sx_batch_shape *shape) {
  int64_t k_exog = model->spec.k_exog;

  for (int64_t i = 0; i < count; i++) {
    int64_t nobs = indptr[i + 1] - indptr[i];
    double *y = endog + indptr[i];
    double *x = exog ? exog + indptr[i] * k_exog : NULL;

    shape->missing[i] = count_missing(y, nobs);
    shape->nobs[i] = nobs;
    shape->usable[i] = SX_OK;
    if (nobs == 0 || shape->missing[i] < 0 ||
        (x && !all_finite(x, nobs * k_exog))) {
      shape->usable[i] = SX_E_DATA;
    } else if (sx_has(model, SX_SIMPLE_DIFFERENCING)) {
      shape->nobs[i] = sx_difference(model, nobs, y, x);
      shape->missing[i] = count_missing(y, shape->nobs[i]);
    }
  }
  fill_order(count, shape);
}
