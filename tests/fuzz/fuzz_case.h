/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A model, a series and parameters from the bytes of a fuzzer, and what every
 * run has to do: SX_OK if and only if its value is finite, the same bits
 * whatever its workspace held before. A broken promise is a crash that names
 * it.
 */
#ifndef FUZZ_CASE_H
#define FUZZ_CASE_H

#include "sarimax_c_predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sizes at which most inputs take less than a tenth of a millisecond. */
#ifdef FUZZ_SMALL
enum { FUZZ_NOBS = 24, FUZZ_STEPS = 4, FUZZ_STATES = 12, FUZZ_PERIODS = 5 };
#else
enum { FUZZ_NOBS = 96, FUZZ_STEPS = 12, FUZZ_STATES = 80, FUZZ_PERIODS = 14 };
#endif

enum { FUZZ_LAGS = 8, FUZZ_PARAMS = 4 * FUZZ_LAGS + 16, FUZZ_EXOG = 2 };

/* Bytes are taken from the front; none left: zeros. */
typedef struct fuzz_bytes {
  const uint8_t *next;
  size_t left;
  uint64_t seed; /* of what bytes are not needed for */
} fuzz_bytes;

typedef struct fuzz_case {
  int32_t lag[5][FUZZ_LAGS + 1];
  sx_spec spec;
  sx_model model;
  int64_t nobs;
  double params[FUZZ_PARAMS], unconstrained[FUZZ_PARAMS];
  double endog[FUZZ_NOBS];
  double exog[FUZZ_NOBS * FUZZ_EXOG], exog_future[FUZZ_STEPS * FUZZ_EXOG];
  sx_series series;
} fuzz_case;

static const fuzz_case *fuzz_current; /* what a broken promise is shown with */

static inline void fuzz_show_lags(const char *name, const sx_lags *lags) {
  fprintf(stderr, "%s [", name);
  for (int32_t k = 0; k < lags->count; k++) {
    fprintf(stderr, " %d", lags->lag[k]);
  }
  fprintf(stderr, " ] ");
}

static inline void fuzz_show_doubles(const char *name, const double *values,
                                     int64_t count) {
  fprintf(stderr, "%s", name);
  for (int64_t i = 0; i < count; i++) {
    fprintf(stderr, " %.17g", values[i]);
  }
  fprintf(stderr, "\n");
}

static inline void fuzz_show(const fuzz_case *c) {
  const sx_spec *spec = &c->spec;

  fuzz_show_lags("ar", &spec->ar);
  fuzz_show_lags("ma", &spec->ma);
  fuzz_show_lags("seasonal ar", &spec->seasonal_ar);
  fuzz_show_lags("seasonal ma", &spec->seasonal_ma);
  fuzz_show_lags("trend", &spec->trend);
  fprintf(stderr,
          "d %d D %d s %d k_exog %d flags %u burn %d kappa %g tolerance %g "
          "trend_offset %g\n",
          spec->diff, spec->seasonal_diff, spec->periods, spec->k_exog,
          spec->flags, (int)spec->loglikelihood_burn, spec->initial_variance,
          spec->tolerance, spec->trend_offset);
  fuzz_show_doubles("params", c->params, c->model.k_params);
  fuzz_show_doubles("endog", c->endog, c->nobs);
}

static inline void fuzz_broken(const char *file, int line, const char *text) {
  fuzz_show(fuzz_current);
  fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, text);
  abort();
}

#define PROMISE(condition)                                                     \
  ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

static const double FUZZ_SPECIAL[] = {
    0.0,    -0.0,   1.0,    -1.0,    NAN,      INFINITY, -INFINITY, 1e300,
    -1e300, 1e-300, 5e-324, 1e150,   -1e150,   1e-150,   1e15,      -1e15,
    0.99,   -0.99,  0.9999, -0.9999, 1 - 1e-9, 1 + 1e-9, 1e8,       1e-8,
    1e-12,  1e-10,  2.0,    -2.0,    0.5,      -0.5,     1e5,       1e-5};

static inline uint8_t fuzz_byte(fuzz_bytes *bytes) {
  if (bytes->left == 0) {
    return 0;
  }
  bytes->left--;
  return *bytes->next++;
}

/* A number in [0, count). */
static inline int32_t fuzz_pick(fuzz_bytes *bytes, int32_t count) {
  return fuzz_byte(bytes) % count;
}

static inline double fuzz_special(fuzz_bytes *bytes) {
  return FUZZ_SPECIAL[fuzz_pick(bytes, 32)];
}

/* Any number, and one NaN: of two, which goes on is up to the compiler. */
static inline double fuzz_raw(fuzz_bytes *bytes) {
  uint8_t raw[sizeof(double)];
  double value;

  for (size_t i = 0; i < sizeof(raw); i++) {
    raw[i] = fuzz_byte(bytes);
  }
  memcpy(&value, raw, sizeof(value));
  return isnan(value) ? NAN : value;
}

/* Uniform on (-1, 1), from the seed alone. */
static inline double fuzz_uniform(fuzz_bytes *bytes) {
  bytes->seed = bytes->seed * UINT64_C(6364136223846793005) +
                UINT64_C(1442695040888963407);
  return (double)(int64_t)bytes->seed * 0x1p-63;
}

/* The lags whose bits are set; sometimes a far one, or none in order. */
static inline sx_lags fuzz_lags(fuzz_bytes *bytes, int32_t most, int32_t *lag) {
  uint8_t mask = fuzz_byte(bytes);
  sx_lags lags = {0, lag};

  for (int32_t k = 0; k < most; k++) {
    if (mask >> k & 1) {
      lag[lags.count++] = k + 1;
    }
  }
  if (mask >> most == 5) {
    lag[lags.count++] = 1 + fuzz_byte(bytes);
  }
  return lags;
}

static inline void fuzz_options(fuzz_bytes *bytes, sx_spec *spec) {
  static const double variances[] = {1e6, 1e6, 1e6, 1e6, 1e10, 1.0, 0.0, -1.0};
  static const double tolerances[] = {1e-19, 1e-19, 1e-19, 0.0,
                                      1e-19, 1e-6,  1.0,   -1.0};
  uint8_t kind = fuzz_byte(bytes);

  spec->initial_variance = variances[kind & 7];
  spec->tolerance = tolerances[kind >> 3 & 7];
  spec->trend_offset = 1.0;
  spec->loglikelihood_burn = -1;
  spec->max_states = FUZZ_STATES;
  if (kind >> 6 == 3) {
    spec->initial_variance = fuzz_special(bytes);
    spec->trend_offset = fuzz_special(bytes);
    spec->loglikelihood_burn = (int64_t)fuzz_byte(bytes) - 2;
    spec->tolerance = fuzz_special(bytes);
  }
}

static inline sx_status fuzz_model(fuzz_bytes *bytes, fuzz_case *c) {
  sx_spec *spec = &c->spec;
  uint8_t diff = fuzz_byte(bytes);

  spec->diff = diff & 3;
  spec->seasonal_diff = diff >> 2 & 3;
  spec->flags = fuzz_byte(bytes) & 31;
  spec->k_exog = fuzz_pick(bytes, FUZZ_EXOG + 1);
  spec->ar = fuzz_lags(bytes, 5, c->lag[0]);
  spec->ma = fuzz_lags(bytes, 5, c->lag[1]);
  spec->periods = fuzz_pick(bytes, FUZZ_PERIODS);
  if (spec->periods > 0) {
    spec->seasonal_ar = fuzz_lags(bytes, 2, c->lag[2]);
    spec->seasonal_ma = fuzz_lags(bytes, 2, c->lag[3]);
  }
  spec->trend = fuzz_lags(bytes, 3, c->lag[4]);
  for (int32_t k = 0; k < spec->trend.count; k++) {
    c->lag[4][k]--;
  }
  fuzz_options(bytes, spec);
  return sx_model_init(spec, &c->model);
}

/* One parameter: a fraction of small values, special ones, any double. */
static inline double fuzz_param(fuzz_bytes *bytes) {
  uint8_t kind = fuzz_byte(bytes);

  if (kind == 255) {
    return fuzz_raw(bytes);
  }
  return kind >= 224 ? FUZZ_SPECIAL[kind - 224] : ((double)kind - 96.0) / 96.0;
}

/* Every other case is what an optimizer sees: transformed, and so stationary.
 */
static inline void fuzz_params(fuzz_bytes *bytes, fuzz_case *c) {
  int transformed = fuzz_pick(bytes, 2);
  int32_t k = c->model.k_params;

  for (int32_t i = 0; i < k; i++) {
    c->params[i] = fuzz_param(bytes);
    if (i >= c->model.offset_measurement_variance && !transformed &&
        c->params[i] < 0.0 && c->params[i] > -0.5) {
      c->params[i] = pow(10.0, 20.0 * c->params[i]);
    }
  }
  if (transformed) {
    PROMISE(sx_transform_params(&c->model, c->params, c->params) == SX_OK);
  }
  PROMISE(sx_untransform_params(&c->model, c->params, c->unconstrained) ==
          SX_OK);
}

static inline double fuzz_value(fuzz_bytes *bytes, double level, int kind) {
  double noise;

  if (bytes->left > 0) {
    uint8_t byte = fuzz_byte(bytes);

    if (byte >= 240) {
      return FUZZ_SPECIAL[byte & 15];
    }
    if (byte >= 224) {
      return NAN;
    }
    noise = ((double)byte - 112.0) / 32.0;
  } else {
    noise = fuzz_uniform(bytes);
  }
  return kind == 0 ? level + noise : kind == 1 ? noise : round(4.0 * noise);
}

/* A series at a scale; bytes say of its first values, noise goes on. */
static inline void fuzz_data(fuzz_bytes *bytes, fuzz_case *c) {
  static const double scales[] = {1.0,   1.0,  1e-2,  1e-5, 1e3,   1e8,
                                  1e15,  1e-9, 1e-40, 1e60, 1e155, 1e-155,
                                  1e300, 0.0,  1.0,   0.1};
  int kind = fuzz_pick(bytes, 3);
  double scale = scales[fuzz_pick(bytes, 16)];
  uint8_t gaps = fuzz_byte(bytes);
  double level = 0.0;

  c->nobs = fuzz_pick(bytes, FUZZ_NOBS + 1);
  for (int64_t i = 0; i < FUZZ_NOBS * FUZZ_EXOG; i++) {
    c->exog[i] = fuzz_uniform(bytes);
  }
  for (int64_t i = 0; i < FUZZ_STEPS * FUZZ_EXOG; i++) {
    c->exog_future[i] = fuzz_uniform(bytes);
  }
  for (int64_t t = 0; t < c->nobs; t++) {
    level = fuzz_value(bytes, isfinite(level) ? level : 0.0, kind);
    c->endog[t] = level * scale;
    if (gaps >= 192 && t % (1 + gaps % 16) == 1) {
      c->endog[t] = NAN;
    }
  }
}

/* 0 where the bytes are of no model. */
static inline int fuzz_make(const uint8_t *data, size_t size, fuzz_bytes *bytes,
                            fuzz_case *c) {
  *bytes = (fuzz_bytes){data, size, 1};
  memset(c, 0, sizeof(*c));
  fuzz_current = c;
  if (fuzz_model(bytes, c) != SX_OK) {
    return 0;
  }
  PROMISE(c->model.k_params <= FUZZ_PARAMS);
  fuzz_params(bytes, c);
  fuzz_data(bytes, c);
  c->nobs = sx_difference(&c->model, c->nobs, c->endog, c->exog);
  PROMISE(c->nobs >= 0);
  c->series = (sx_series){c->nobs, c->endog, c->exog, NULL, NULL};
  return 1;
}

/* ---- promises ---- */

/* A workspace of exactly this size, full of `fill`. */
static inline void *fuzz_work(size_t size, int fill) {
  void *work = malloc(size > 0 ? size : 1);

  PROMISE(work != NULL);
  memset(work, fill, size);
  return work;
}

static inline int fuzz_same(const void *a, const void *b, size_t size) {
  return size == 0 || memcmp(a, b, size) == 0;
}

static inline int fuzz_same_doubles(const double *a, const double *b,
                                    int64_t n) {
  return fuzz_same(a, b, (size_t)n * sizeof(double));
}

/* What a status says of a log-likelihood and of the observations skipped. */
static inline void fuzz_check_value(sx_status status, double value,
                                    int64_t skipped) {
  PROMISE(status != SX_E_WORKSPACE && status != SX_E_ARGUMENT &&
          status != SX_E_INTERRUPTED);
  if (status >= 0) {
    PROMISE((status == SX_W_NONFINITE) == !isfinite(value));
    PROMISE(status != SX_OK || skipped == 0);
    PROMISE(status != SX_W_SKIPPED || skipped > 0);
  }
}

#endif
