/* SPDX-License-Identifier: BSD-3-Clause */
/* What is alike in a batch, and what cannot be used. */
#include "batch/shape.h"

#include "base/compiler.h"
#include "model/spec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A series' place among those alike. */
typedef struct place {
  int64_t nobs, last, missing, number;
} place;

static int compare(int64_t a, int64_t b) { return a < b ? -1 : a > b; }

static int compare_places(const void *left, const void *right) {
  const place *a = (const place *)left, *b = (const place *)right;
  int order = compare(a->missing, b->missing);

  order = order ? order : compare(a->last, b->last);
  order = order ? order : compare(a->nobs, b->nobs);
  return order ? order : compare(a->number, b->number);
}

static place place_of(const sx_batch_shape *shape, int64_t i) {
  const sx_facts *facts = &shape->facts[i];

  return (place){shape->nobs[i], facts->last, facts->missing, i};
}

/* Sorts by missing values, then by length; in place where memory is short. */
void sx_shape_sort(int64_t count, const sx_batch_shape *shape) {
  place before = {0};
  int sorted = 1;
  place *places;

  for (int64_t i = 0; i < count; i++) {
    place here = place_of(shape, i);

    shape->order[i] = i;
    sorted = sorted && compare_places(&before, &here) <= 0;
    before = here;
  }
  places = sorted ? NULL : SX_MALLOC((size_t)count * sizeof(place));
  if (places == NULL) {
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    places[i] = place_of(shape, i);
  }
  qsort(places, (size_t)count, sizeof(place), compare_places);
  for (int64_t i = 0; i < count; i++) {
    shape->order[i] = places[i].number;
  }
  SX_FREE(places);
}

static int all_finite(const double *values, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) {
      return 0;
    }
  }
  return 1;
}

/* Rows of one series, where they are copied to or are already. */
static double *fetch(const sx_rows *rows, int64_t row, int64_t nobs) {
  if (rows->source != NULL && nobs > 0) {
    memcpy(rows->endog + row, rows->source + row,
           (size_t)nobs * sizeof(double));
  }
  return rows->endog + row;
}

void sx_shape_look(const sx_rows *rows, int64_t first, int64_t last,
                   const sx_batch_shape *shape) {
  const sx_model *model = rows->model;
  int64_t k_exog = model->spec.k_exog;

  for (int64_t i = first; i < last; i++) {
    int64_t row = rows->indptr[i];
    sx_series series = {.nobs = rows->indptr[i + 1] - row};
    double *y = fetch(rows, row, series.nobs);
    double *x = rows->exog ? rows->exog + row * k_exog : NULL;

    series.endog = y;
    shape->facts[i] = sx_look(&series);
    shape->usable[i] = SX_OK;
    if (series.nobs == 0 || !isfinite(shape->facts[i].largest) ||
        (x && !all_finite(x, series.nobs * k_exog))) {
      shape->usable[i] = SX_E_DATA;
    }
    if (sx_has(model, SX_SIMPLE_DIFFERENCING)) {
      series.nobs = sx_difference(model, series.nobs, y, x);
      shape->facts[i] = sx_look(&series);
    }
    shape->nobs[i] = series.nobs;
  }
}

void sx_batch_prepare(const sx_model *model, int64_t count,
                      const int64_t *indptr, double *endog, double *exog,
                      const sx_batch_shape *shape) {
  sx_rows rows = {model, indptr, NULL, endog, exog};

  sx_shape_look(&rows, 0, count, shape);
  sx_shape_sort(count, shape);
}
