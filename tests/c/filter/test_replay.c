/* SPDX-License-Identifier: BSD-3-Clause */
/* Several series in one request: the bits of each alone. */
#include "filter/loglike.h"

#include "randoms.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 29, LONG = 400 };

/* The values of a request in a workspace of the planned size. */
static void values_of(const sx_model *model, const sx_series *series,
                      const sx_loglike_request *request,
                      sx_loglike_output *out) {
  size_t size = 0;
  void *work;

  CHECK(sx_loglike_plan(model, series, request, &size) == SX_OK);
  work = malloc(size);
  if (work == NULL) {
    abort();
  }
  memset(work, 0xff, size);
  memset(out, 0xff, (size_t)request->count * sizeof(*out));
  sx_loglike(model, series, request, work, size, out);
  free(work);
}

/* All of `series` at once against each alone; how many are exact. */
static int check_series(const sx_model *model, const sx_series *series,
                        const double *params, int32_t shared) {
  sx_loglike_request request = {SX_ENGINE_AUTO, COUNT, params, shared, 1};
  sx_loglike_output together[COUNT], alone;
  int exact = 0;

  values_of(model, series, &request, together);
  for (int i = 0; i < COUNT; i++) {
    sx_loglike_request one = {SX_ENGINE_AUTO, 1, params, 0, 0};

    one.params += shared ? 0 : i * model->k_params;
    values_of(model, series + i, &one, &alone);
    CHECK(together[i].reason == alone.reason);
    CHECK(together[i].status == alone.status);
    CHECK(together[i].engine == alone.engine);
    CHECK(memcmp(&together[i].loglike, &alone.loglike, sizeof(double)) == 0);
    exact += alone.reason == SX_REASON_NONE;
  }
  return exact;
}

/* The first `count` vectors at once against each alone; how many are exact. */
static int check_vectors(const sx_model *model, const sx_series *series,
                         const double *params, int64_t count) {
  sx_loglike_request request = {SX_ENGINE_EXACT, count, params, 0, 0};
  sx_loglike_output together[COUNT], alone;
  int exact = 0;

  values_of(model, series, &request, together);
  for (int64_t i = 0; i < count; i++) {
    sx_loglike_request one = {SX_ENGINE_EXACT, 1, params + i * model->k_params,
                              0, 0};

    values_of(model, series, &one, &alone);
    CHECK(together[i].reason == alone.reason);
    CHECK(together[i].status == alone.status);
    if (alone.reason == SX_REASON_NONE) {
      CHECK(memcmp(&together[i].loglike, &alone.loglike, sizeof(double)) == 0);
      exact++;
    }
  }
  return exact;
}

/* Vectors of which all but every fifth have one moving average. */
static void fill_alike(const sx_model *model, const double *base,
                       double *params) {
  int32_t k = model->k_params;

  for (int i = 0; i < COUNT; i++) {
    for (int32_t j = 0; j < k; j++) {
      int is_ma =
          (j >= model->offset_ma &&
           j < model->offset_ma + model->spec.ma.count) ||
          (j >= model->offset_seasonal_ma &&
           j < model->offset_seasonal_ma + model->spec.seasonal_ma.count);

      params[i * k + j] =
          is_ma && i % 5 != 4 ? base[j] : base[j] * (1.0 - 0.01 * i);
    }
  }
}

/* Series of a case that differ in scale and level; no missing values. */
static void fill_series(const random_case *c, double endog[COUNT][NOBS],
                        sx_series *series) {
  for (int i = 0; i < COUNT; i++) {
    for (int t = 0; t < NOBS; t++) {
      double y = isnan(c->endog[t]) ? 0.25 : c->endog[t];

      endog[i][t] = y * (1.0 + 0.1 * i) + 0.3 * (t * i % 7);
    }
    series[i] = (sx_series){NOBS, endog[i], c->exog, NULL, NULL};
  }
}

static void random_models(void) {
  int exact = 0;

  for (uint64_t number = 0; number < 120; number++) {
    static random_case c;
    static double endog[COUNT][NOBS], params[COUNT * RANDOM_PARAMS];
    sx_series series[COUNT];

    random_make(number, &c);
    fill_series(&c, endog, series);
    for (int i = 0; i < COUNT; i++) {
      for (int j = 0; j < c.model.k_params; j++) {
        params[i * c.model.k_params + j] = c.params[j] * (1.0 - 0.01 * i);
      }
    }
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      c.model.simd = (sx_simd)level;
      exact += check_series(&c.model, series, params, 0);
      exact += check_series(&c.model, series, params, 1);
    }
  }
  CHECK(exact > 1000 * ((int)sx_simd_detect() + 1));
}

/* Vectors that share the covariances of a moving average, and others. */
static void vectors_with_one_moving_average(void) {
  int exact = 0;

  for (uint64_t number = 0; number < 120; number++) {
    static random_case c;
    static double params[COUNT * RANDOM_PARAMS];
    sx_series series = {NOBS, c.endog, c.exog, NULL, NULL};

    random_make(number, &c);
    for (int t = 0; t < NOBS && number % 2 == 0; t++) {
      c.endog[t] = isnan(c.endog[t]) ? 0.25 : c.endog[t];
    }
    fill_alike(&c.model, c.params, params);
    params[number % COUNT * (uint64_t)c.model.k_params] = NAN;
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      c.model.simd = (sx_simd)level;
      for (int64_t count = 1; count <= COUNT; count += 4) {
        exact += check_vectors(&c.model, &series, params, count);
      }
    }
  }
  CHECK(exact > 1000 * ((int)sx_simd_detect() + 1));
}

/* Their covariances are steady; odd and even numbers of steps; and not. */
static void vectors_with_one_steady_state(void) {
  static double endog[LONG];
  double params[COUNT * 4];
  uint64_t seed = 11;

  for (int t = 0; t < LONG; t++) {
    endog[t] = 4.0 * uniform(&seed);
  }
  for (int i = 0; i < 8; i++) {
    const double base[] = {0.3, i < 4 ? -0.5 : -0.95, 0.4, 30.0};
    int n = LONG - i % 2;
    sx_spec spec = seasonal(order(1, 0, 1), 0, 1, 1, 4);
    sx_series series = {n, endog, NULL, NULL, NULL};
    sx_model model;

    spec.loglikelihood_burn = i % 4 < 2 ? -1 : 40;
    spec.tolerance = 0.0;
    model = model_of(&spec);
    fill_alike(&model, base, params);
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      model.simd = (sx_simd)level;
      CHECK(check_vectors(&model, &series, params, COUNT) == COUNT);
    }
  }
}

/* A first block too large for the widest lanes, and for all but one. */
static void vectors_of_a_long_season(void) {
  static double endog[LONG];
  double params[COUNT * 3];
  uint64_t seed = 12;

  for (int t = 0; t < LONG; t++) {
    endog[t] = 4.0 * uniform(&seed);
  }
  for (int32_t s = 60; s <= 220; s += 40) {
    const double base[] = {-0.5, 0.4, 30.0};
    sx_spec spec = seasonal(order(0, 1, 1), 0, 1, 1, s);
    sx_series series = {LONG, endog, NULL, NULL, NULL};
    sx_model model = model_of(&spec);

    fill_alike(&model, base, params);
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      model.simd = (sx_simd)level;
      CHECK(check_vectors(&model, &series, params, COUNT) == COUNT);
    }
  }
}

/* Lanes that begin one after the other, too late, or never. */
static void different_lengths(void) {
  int exact = 0;

  for (uint64_t number = 0; number < 160; number++) {
    static random_case c;
    static double endog[COUNT][NOBS], params[COUNT * RANDOM_PARAMS];
    sx_series series[COUNT];

    random_make(number, &c);
    fill_series(&c, endog, series);
    for (int i = 0; i < COUNT; i++) {
      series[i].nobs =
          i % 9 == 4 ? 3 + i : NOBS - (int64_t)((uint64_t)i * number % 17);
      if (i % 5 == 1) {
        endog[i][series[i].nobs - 1] = NAN;
      }
      for (int j = 0; j < c.model.k_params; j++) {
        params[i * c.model.k_params + j] = c.params[j] * (1.0 - 0.01 * i);
      }
    }
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      c.model.simd = (sx_simd)level;
      exact += check_series(&c.model, series, params, 0);
      exact += check_series(&c.model, series, params, 1);
    }
  }
  CHECK(exact > 1000 * ((int)sx_simd_detect() + 1));
}

/* The steady state of some lanes begins before others have begun. */
static void different_lengths_and_steady_states(void) {
  static const double params[] = {0.05, 30.0};
  static double endog[COUNT][LONG];
  sx_spec spec = order(0, 0, 1);
  sx_model model;
  sx_series series[COUNT];

  spec.tolerance = 0.0;
  model = model_of(&spec);
  for (int i = 0; i < COUNT; i++) {
    uint64_t seed = (uint64_t)i + 7;

    for (int t = 0; t < LONG; t++) {
      endog[i][t] = 4.0 * uniform(&seed);
    }
    series[i] = (sx_series){LONG - 13 * i, endog[i], NULL, NULL, NULL};
  }
  CHECK(check_series(&model, series, params, 1) == COUNT);
}

/* Missing values in common: no replay, the lanes share them. */
static void common_gaps(void) {
  static random_case c;
  static double endog[COUNT][NOBS];
  sx_series series[COUNT];

  random_make(5, &c);
  fill_series(&c, endog, series);
  for (int i = 0; i < COUNT; i++) {
    endog[i][7] = endog[i][20] = endog[i][NOBS - 1] = NAN;
  }
  check_series(&c.model, series, c.params, 1);
}

/* Long enough for the steady state; odd and even numbers of steps; burned
 * periods beyond the first block. */
static void steady_state_and_burn(void) {
  static const double params[] = {0.3, -0.5, 0.4, 30.0};
  static double endog[COUNT][LONG];
  sx_series series[COUNT];

  for (int i = 0; i < COUNT; i++) {
    uint64_t seed = (uint64_t)i + 77;

    for (int t = 0; t < LONG; t++) {
      endog[i][t] = 4.0 * uniform(&seed);
    }
  }
  for (int burn = -1; burn < 60; burn += 20) {
    for (int n = LONG - 1; n <= LONG; n++) {
      sx_spec spec = seasonal(order(1, 0, 1), 0, 1, 1, 4);
      sx_model model;

      spec.loglikelihood_burn = burn;
      spec.tolerance = 0.0;
      model = model_of(&spec);
      for (int i = 0; i < COUNT; i++) {
        series[i] = (sx_series){n, endog[i], NULL, NULL, NULL};
      }
      CHECK(check_series(&model, series, params, 1) == COUNT);
    }
  }
}

/* Parameters no engine likes, and a value that only some series have. */
static void failures_are_each_ones_own(void) {
  static random_case c;
  static double endog[COUNT][NOBS];
  sx_series series[COUNT];
  double params[RANDOM_PARAMS];

  random_make(4, &c);
  fill_series(&c, endog, series);
  memcpy(params, c.params, sizeof(params));
  params[0] = NAN;
  check_series(&c.model, series, params, 1);
  for (int i = 0; i < COUNT; i += 3) {
    for (int t = 0; t < NOBS; t++) {
      endog[i][t] *= 1e200;
    }
  }
  check_series(&c.model, series, c.params, 1);
}

int main(void) {
  RUN(random_models);
  RUN(vectors_with_one_moving_average);
  RUN(vectors_with_one_steady_state);
  RUN(vectors_of_a_long_season);
  RUN(different_lengths);
  RUN(different_lengths_and_steady_states);
  RUN(common_gaps);
  RUN(steady_state_and_burn);
  RUN(failures_are_each_ones_own);
  return harness_finish();
}
