/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kernels of every width and instruction set: innovations of moving
 * averages against L D L' of their covariance in long double, and lanes against
 * one another bit by bit.
 */
#include "filter/exact.h"

#include "randoms.h"

enum { ROOM = 1 << 22, MOST_OBS = 320, MAX_Q = 16, VECTORS = 4, SETS = 8 };

static unsigned char memory[ROOM];

/* F_t and v_t of one series, in the order of processing. */
typedef struct innovations {
  double F[MOST_OBS], v[MOST_OBS];
} innovations;

/* theta (q + 1,), x (n,) newest first. */
static void brute_force(const double *theta, int q, int n, const double *x,
                        innovations *out) {
  static long double L[MOST_OBS][MAX_Q + 1]; /* L[t][j] of column t - j */
  static long double F[MOST_OBS], v[MOST_OBS];

  for (int t = 0; t < n; t++) {
    F[t] = 0.0L;
    v[t] = (long double)x[t];
    for (int j = q < t ? q : t; j >= 0; j--) {
      long double cell = 0.0L;

      for (int k = 0; k + j <= q; k++) {
        cell += (long double)theta[k] * (long double)theta[k + j];
      }
      for (int m = j + 1; m <= q && m <= t; m++) {
        cell -= L[t][m] * L[t - j][m - j] * F[t - m];
      }
      L[t][j] = j > 0 ? cell / F[t - j] : 1.0L;
      v[t] -= j > 0 ? L[t][j] * v[t - j] : 0.0L;
      F[t] = j > 0 ? 0.0L : cell;
    }
    out->F[t] = (double)F[t];
    out->v[t] = (double)v[t];
  }
}

/* Loads `width` lanes with the VECTORS in `params`, over and over; runs them.
 */
static void run_kernel(const sx_model *model, const sx_series *series,
                       const double *params, int32_t width, sx_exact *exact) {
  sx_arena arena;

  SX_UNPOISON(memory, ROOM);
  memset(memory, 0xff, ROOM);
  arena = sx_arena_bind(memory, ROOM);
  CHECK(sx_exact_cover(model, series, width, exact) == SX_REASON_NONE);
  sx_exact_layout(&arena, exact);
  CHECK(!sx_arena_failed(&arena));
  sx_exact_bind(exact, series, 1);
  for (int32_t l = 0; l < width; l++) {
    CHECK(sx_exact_load(exact, l, params + l % VECTORS * model->k_params) ==
          SX_REASON_NONE);
  }
  sx_exact_run_lanes(exact);
}

/* Lane l of a run against brute force; x is the series backwards. */
static void check_lane(const sx_exact *exact, const double *theta, int32_t lane,
                       const double *y) {
  const sx_schur *schur = &exact->num;
  double x[MOST_OBS], det = 0.0, squares = 0.0;
  int n = (int)exact->nobs, w = exact->width;
  innovations expected;

  for (int t = 0; t < n; t++) {
    x[t] = y[n - 1 - t];
  }
  brute_force(theta, exact->q, n, x, &expected);
  for (int t = 0; t < n; t++) {
    double F = t < schur->settled ? 1.0 / schur->inverse[t * w + lane]
                                  : schur->F[lane];

    CHECK_CLOSE(F, expected.F[t], 1e-12, 0);
    CHECK_CLOSE(schur->e[t * w + lane], expected.v[t], 1e-12, 1e-11);
    det += t < schur->steady[lane] ? log(expected.F[t]) : 0.0;
    squares += expected.v[t] * expected.v[t] / expected.F[t];
  }
  CHECK_CLOSE(sx_log_product_ratio(&schur->det[lane], &SX_LOG_PRODUCT_ONE), det,
              1e-12, 1e-12);
  CHECK_CLOSE(schur->gram[lane], squares, 1e-12, 0);
}

/* The dense theta of lane l of a first-order or a seasonal model. */
static void fill_theta(const sx_model *model, const double *params,
                       double *theta) {
  int s = model->spec.periods;

  memset(theta, 0, (MAX_Q + 1) * sizeof(double));
  theta[0] = 1.0;
  for (int i = 0; i < model->spec.ma.count; i++) {
    theta[i + 1] = params[i];
  }
  for (int i = model->spec.ma.count; s > 0 && i >= 0; i--) {
    theta[i + s] += params[model->spec.ma.count] * theta[i];
  }
}

/* All levels and widths of one model at VECTORS vectors. */
static void check_model(const sx_spec *spec, const double *params, int n) {
  double y[MOST_OBS], theta[MAX_Q + 1];
  sx_series series = {n, y, NULL, NULL, NULL};
  sx_model model = model_of(spec);
  int best = (int)model.simd;

  fill_y(n, y);
  for (int level = 0; level <= best; level++) {
    const sx_exact_kernels *kernels = sx_exact_kernels_of((sx_simd)level);

    model.simd = (sx_simd)level;
    for (int k = 0; k < kernels->k_runs; k++) {
      sx_exact exact;

      run_kernel(&model, &series, params, kernels->runs[k].width, &exact);
      for (int32_t l = 0; l < exact.width; l++) {
        fill_theta(&model, params + l % VECTORS * model.k_params, theta);
        check_lane(&exact, theta, l, y);
      }
    }
  }
  SX_UNPOISON(memory, ROOM);
}

/* Settling early, late and never; the third is not invertible. */
static void first_order(void) {
  const double params[] = {0.05, 1.0, 0.7, 2.0, 3.0, 1.0, -1.0, 1.0};
  const int counts[] = {1, 2, 3, 16, 17, 33, 300, 319};
  sx_spec spec = order(0, 0, 1);

  for (int i = 0; i < 8; i++) {
    check_model(&spec, params, counts[i]);
  }
}

static void several_lags(void) {
  const double params[] = {0.4, 0.2, 0.1, 1.0, -0.5, 0.3, 0.0, 1.0,
                           2.0, 1.0, 0.5, 1.0, 0.0,  0.0, 0.0, 1.0};
  sx_spec spec = order(0, 0, 3);

  check_model(&spec, params, 2);
  check_model(&spec, params, 120);
  check_model(&spec, params, 315);
}

/* The gain stands still within a season long before it has settled. */
static void seasonal_lags(void) {
  const double params[] = {0.3,  0.1, 1.0, -0.4, -0.6, 1.0,
                           -0.9, 0.5, 1.0, 0.0,  1.0,  1.0};
  sx_spec spec = seasonal(order(0, 0, 1), 0, 0, 1, 12);

  check_model(&spec, params, 5);
  check_model(&spec, params, 150);
  check_model(&spec, params, 317);
}

static void no_moving_average(void) {
  const double params[] = {1.0, 2.0, 3.0, 4.0};
  sx_spec spec = order(0, 0, 0);

  check_model(&spec, params, 33);
}

static void settles_at_different_times(void) {
  const double params[] = {0.05, 1.0, 0.7, 1.0, 0.3, 1.0, -0.999, 1.0};
  sx_spec spec = order(0, 0, 1);
  sx_model model = model_of(&spec);
  double y[MOST_OBS];
  sx_series series = {300, y, NULL, NULL, NULL};
  int32_t width = sx_exact_width(model.simd, VECTORS, 0);
  sx_exact exact;

  fill_y(300, y);
  run_kernel(&model, &series, params, width, &exact);
  CHECK(exact.num.steady[0] < exact.num.steady[1]);
  CHECK(exact.num.steady[0] <= 32);
  for (int32_t l = 0; l < exact.width; l++) {
    sx_exact alone;
    int64_t steady = exact.num.steady[l];

    run_kernel(&model, &series, params + l % VECTORS * 2, 1, &alone);
    CHECK(alone.num.steady[0] == steady);
    run_kernel(&model, &series, params, width, &exact);
  }
  SX_UNPOISON(memory, ROOM);
}

/* Values of SETS parameter vectors of case `c`, at one level and width. */
static void values_of(const random_case *c, sx_simd level, int64_t count,
                      const double *params, double *values) {
  sx_series series = {NOBS, c->endog, c->exog, NULL, NULL};
  sx_loglike_request request = {SX_ENGINE_EXACT, count, params, 0, 0};
  sx_loglike_output out[SETS];
  sx_model model = c->model;
  size_t size = 0;
  void *work;

  model.simd = level;
  CHECK(sx_loglike_plan(&model, &series, &request, &size) == SX_OK);
  work = malloc(size);
  memset(work, 0xff, size);
  memset(out, 0xff, sizeof(out));
  sx_loglike(&model, &series, &request, work, size, out);
  for (int64_t i = 0; i < count; i++) {
    values[i] = out[i].reason == SX_REASON_NONE ? out[i].loglike : 0.0;
  }
  free(work);
}

static void all_widths_give_the_same_bits(void) {
  int covered = 0;

  for (uint64_t number = 0; number < 160; number++) {
    static random_case c;
    double params[SETS * RANDOM_PARAMS], expected[SETS], actual[SETS];
    int k;

    random_make(number, &c);
    k = c.model.k_params;
    for (int i = 0; i < SETS; i++) {
      for (int j = 0; j < k; j++) {
        params[i * k + j] = c.params[j] * (1.0 - 0.05 * i);
      }
      values_of(&c, SX_SIMD_BASELINE, 1, params + i * k, expected + i);
      covered += expected[i] != 0.0;
    }
    for (int level = 0; level <= (int)c.model.simd; level++) {
      for (int64_t count = 1; count <= SETS; count++) {
        values_of(&c, (sx_simd)level, count, params, actual);
        CHECK(memcmp(actual, expected, (size_t)count * sizeof(double)) == 0);
      }
    }
  }
  CHECK(covered > 150);
}

int main(void) {
  RUN(first_order);
  RUN(several_lags);
  RUN(seasonal_lags);
  RUN(no_moving_average);
  RUN(settles_at_different_times);
  RUN(all_widths_give_the_same_bits);
  return harness_finish();
}
