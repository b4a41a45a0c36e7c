/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Against sums of psi weights in long double, those of the expanded process:
 * gamma(h) = sum_j psi_j psi_{j+h}.
 */
#include "filter/autocov.h"

#include "fixtures.h"

enum { ROOM = 1 << 22, TERMS = 60000, MAX_COUNT = 80 };

static unsigned char memory[ROOM], bar_memory[ROOM];

/* One model bound to `memory`, and what compute returned. */
typedef struct fixture {
  sx_model model;
  sx_autocov autocov;
  int failed;
} fixture;

static void compute(const sx_spec *spec, const double *params, int32_t count,
                    fixture *f) {
  sx_arena arena;

  SX_UNPOISON(memory, ROOM);
  memset(memory, 0xff, ROOM);
  arena = sx_arena_bind(memory, ROOM);
  f->model = model_of(spec);
  CHECK(sx_autocov_supported(&f->model));
  sx_autocov_layout(&f->model, count, &arena, &f->autocov);
  CHECK(!sx_arena_failed(&arena));
  f->failed = sx_autocov_compute(&f->model, params, &f->autocov);
}

/* product *= (1 + sign sum coef B^(unit lag)), `size` coefficients kept. */
static void multiply(const sx_lags *lags, const double *coef, int sign,
                     int32_t unit, long double *product, int size) {
  for (int k = size - 1; k >= 0; k--) {
    for (int i = 0; i < lags->count; i++) {
      if (unit * lags->lag[i] <= k) {
        product[k] +=
            sign * (long double)coef[i] * product[k - unit * lags->lag[i]];
      }
    }
  }
}

/* weights /= (1 - sum coef B^(unit lag)) */
static void divide(const sx_lags *lags, const double *coef, int32_t unit,
                   long double *weights) {
  for (int k = 0; k < TERMS; k++) {
    for (int i = 0; i < lags->count; i++) {
      if (unit * lags->lag[i] <= k) {
        weights[k] += (long double)coef[i] * weights[k - unit * lags->lag[i]];
      }
    }
  }
}

static void brute_force(const sx_model *model, const double *params,
                        int32_t count, long double *gamma) {
  static long double psi[TERMS];
  const sx_spec *spec = &model->spec;
  int32_t s = spec->periods > 0 ? spec->periods : 1;

  memset(psi, 0, sizeof(psi));
  psi[0] = 1.0L;
  multiply(&spec->ma, params + model->offset_ma, 1, 1, psi, 1000);
  multiply(&spec->seasonal_ma, params + model->offset_seasonal_ma, 1, s, psi,
           1000);
  divide(&spec->ar, params + model->offset_ar, 1, psi);
  divide(&spec->seasonal_ar, params + model->offset_seasonal_ar, s, psi);
  CHECK(fabsl(psi[TERMS - 1]) < 1e-12L);
  for (int h = 0; h < count; h++) {
    gamma[h] = 0.0L;
    for (int j = TERMS - 1 - h; j >= 0; j--) {
      gamma[h] += psi[j] * psi[j + h];
    }
  }
}

static void agrees(const sx_spec *spec, const double *params, int32_t count,
                   double bound) {
  long double gamma[MAX_COUNT];
  fixture f;

  compute(spec, params, count, &f);
  CHECK(f.failed == 0);
  brute_force(&f.model, params, count, gamma);
  for (int h = 0; h < count && f.failed == 0; h++) {
    CHECK_CLOSE(f.autocov.gamma[h], (double)gamma[h], 0,
                bound * (double)gamma[0]);
  }
  SX_UNPOISON(memory, ROOM);
}

static void regular_models(void) {
  const double ma[] = {0.5, -0.3, 1.0};
  const double ar[] = {0.5, -0.3, 0.2, 1.0};
  const double four[] = {0.4, -0.3, 0.2, -0.35, 0.6, 1.0};
  const double mixed[] = {0.5, 0.3, 0.4, -2.0, 0.3, 1.0};
  sx_spec spec = order(0, 0, 2);

  agrees(&spec, ma, 5, 1e-15);
  spec = order(3, 0, 0);
  agrees(&spec, ar, 20, 1e-14);
  spec = order(4, 0, 1);
  agrees(&spec, four, 20, 1e-14);
  spec = order(2, 0, 3);
  agrees(&spec, mixed, 20, 1e-14);
  agrees(&spec, mixed, 1, 1e-14);
}

/* No AR and no MA: white noise. */
static void white_noise(void) {
  const double sigma2 = 3.0;
  sx_spec spec = order(0, 0, 0);
  fixture f;

  compute(&spec, &sigma2, 4, &f);
  CHECK(f.failed == 0 && f.autocov.gamma[0] == 1.0);
  CHECK(f.autocov.gamma[1] == 0.0 && f.autocov.gamma[3] == 0.0);
  SX_UNPOISON(memory, ROOM);
}

static void lag_lists(void) {
  const double params[] = {0.3, 0.4, -0.6, 0.2, 0.3, 1.0};
  sx_spec spec = seasonal(order(0, 0, 0), 1, 0, 1, 3);

  spec.ar = (sx_lags){2, LAGS_1_3};
  spec.ma = (sx_lags){1, LAG_2};
  agrees(&spec, params, 30, 1e-14);
  spec.seasonal_ar = (sx_lags){1, LAG_2};
  spec.seasonal_ma = (sx_lags){1, LAG_2};
  agrees(&spec, params, 30, 1e-14);
}

static void seasonal_models(void) {
  const double both[] = {0.6, 0.2, 0.4, 0.5, -0.7, 1.0};
  const double ma_only[] = {0.4, -0.6, 1.0};
  const double ar_only[] = {-0.8, 1.0};
  sx_spec spec = seasonal(order(2, 0, 1), 1, 0, 1, 12);

  agrees(&spec, both, 40, 1e-14);
  spec = seasonal(order(0, 0, 1), 0, 0, 1, 12);
  agrees(&spec, ma_only, 30, 1e-15);
  spec = seasonal(order(0, 0, 0), 1, 0, 0, 7);
  agrees(&spec, ar_only, 30, 1e-15);
  spec = seasonal(order(0, 0, 0), 1, 0, 0, 2);
  agrees(&spec, ar_only, 30, 1e-15);
}

/* Of the seasonal autoregression fewer lags than its degree are tried first. */
static void a_long_seasonal_autoregression(void) {
  static const int32_t lags[] = {1, 12};
  const double params[] = {0.9, 0.3, 0.5, 1.0};
  sx_spec spec = seasonal(order(1, 0, 0), 0, 0, 0, 2);

  spec.seasonal_ar = (sx_lags){2, lags};
  agrees(&spec, params, 30, 1e-13);
}

/* Roots within 1e-3 of the circle; complex ones, and one at each end. */
static void near_unit_roots(void) {
  const double first[] = {0.999, 0.4, 1.0};
  const double complex_pair[] = {1.0, -0.998, 1.0};
  const double two_ends[] = {0.0, 0.998001, 1.0};
  const double seasonal_root[] = {0.9, 0.995, 1.0};
  const double negative[] = {-0.999, -0.3, 1.0};
  sx_spec spec = order(1, 0, 1);

  agrees(&spec, first, 10, 1e-13);
  agrees(&spec, negative, 10, 1e-13);
  spec = order(2, 0, 0);
  agrees(&spec, complex_pair, 20, 1e-12);
  agrees(&spec, two_ends, 20, 1e-12);
  spec = seasonal(order(1, 0, 0), 1, 0, 0, 4);
  agrees(&spec, seasonal_root, 30, 1e-13);
}

static void not_stationary(void) {
  const double params[][3] = {
      {1.0, 0.0, 1.0}, {1.2, 0.0, 1.0},  {0.5, 0.5, 1.0},     {0.0, -1.0, 1.0},
      {NAN, 0.1, 1.0}, {2.5, -1.0, 1.0}, {0.1, HUGE_VAL, 1.0}};
  sx_spec spec = order(2, 0, 0);
  fixture f;

  for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
    compute(&spec, params[i], 5, &f);
    CHECK(f.failed == -1);
  }
  spec = seasonal(order(1, 0, 0), 1, 0, 0, 4);
  compute(&spec, (double[]){0.5, 1.0, 1.0}, 5, &f);
  CHECK(f.failed == -1);
  compute(&spec, (double[]){-1.0, 0.5, 1.0}, 5, &f);
  CHECK(f.failed == -1);
  SX_UNPOISON(memory, ROOM);
}

/* Both factors at a unit root: more terms than there is room for. */
static void too_slow(void) {
  const double slow[] = {0.9999999, 0.9999999, 1.0};
  const double one_is_fast[] = {0.5, 0.9999999, 1.0};
  sx_spec spec = seasonal(order(1, 0, 0), 1, 0, 0, 12);
  fixture f;

  compute(&spec, slow, 14, &f);
  CHECK(f.failed == -2);
  compute(&spec, one_is_fast, 14, &f);
  CHECK(f.failed == 0);
  SX_UNPOISON(memory, ROOM);
}

static void long_lags_are_not_supported(void) {
  const int32_t longest = SX_MAX_FACTOR_DEGREE, longer = longest + 1;
  sx_spec spec = order(0, 0, 0);
  sx_model model;

  spec.ar = (sx_lags){1, &longest};
  model = model_of(&spec);
  CHECK(sx_autocov_supported(&model));
  spec.ar.lag = &longer;
  model = model_of(&spec);
  CHECK(!sx_autocov_supported(&model));
}

/* A number that every gamma(h) is part of, and its derivatives by them. */
static double weigh(const sx_spec *spec, const double *params, int32_t count,
                    double *gamma_bar) {
  double sum = 0.0;
  fixture f;

  compute(spec, params, count, &f);
  CHECK(f.failed == 0);
  for (int h = 0; h < count; h++) {
    gamma_bar[h] = cos(1.0 + 2.0 * h);
    sum += gamma_bar[h] * f.autocov.gamma[h];
  }
  return sum;
}

static void differentiates(const sx_spec *spec, const double *params,
                           int32_t count) {
  double gamma_bar[MAX_COUNT], score[16] = {0.0}, moved[16];
  sx_arena arena = sx_arena_bind(bar_memory, ROOM);
  sx_autocov_bar bar;
  fixture f;

  compute(spec, params, count, &f);
  weigh(spec, params, count, gamma_bar);
  sx_autocov_bar_layout(&f.autocov, &arena, &bar);
  CHECK(!sx_arena_failed(&arena));
  score[0] = 100.0; /* it is added to */
  sx_autocov_adjoint(&f.model, &f.autocov, gamma_bar, &bar, score);
  score[0] -= 100.0;
  for (int i = 0; i < f.model.k_params - 1; i++) {
    const double step = 1e-5;
    double up, down;

    memcpy(moved, params, (size_t)f.model.k_params * sizeof(double));
    moved[i] = params[i] + step;
    up = weigh(spec, moved, count, gamma_bar);
    moved[i] = params[i] - step;
    down = weigh(spec, moved, count, gamma_bar);
    CHECK_CLOSE(score[i], (up - down) / (2.0 * step), 1e-7, 1e-7);
  }
  CHECK(score[f.model.k_params - 1] == 0.0);
  SX_UNPOISON(bar_memory, ROOM);
  SX_UNPOISON(memory, ROOM);
}

static void adjoint_is_the_derivative(void) {
  const double mixed[] = {0.5, 0.2, 0.4, -0.7, 0.3, 1.0};
  const double both[] = {0.6, 0.2, 0.4, 0.5, -0.7, 1.0};
  const double lists[] = {0.3, 0.4, -0.6, 0.2, 0.3, 1.0};
  sx_spec spec = order(2, 0, 3);

  differentiates(&spec, mixed, 8);
  spec = seasonal(order(2, 0, 1), 1, 0, 1, 12);
  differentiates(&spec, both, 40);
  spec = seasonal(order(0, 0, 0), 1, 0, 1, 3);
  spec.ar = (sx_lags){2, LAGS_1_3};
  spec.ma = (sx_lags){1, LAG_2};
  differentiates(&spec, lists, 12);
}

/* One parameter after the other: what is kept is what still holds. */
static void calls_in_a_row(void) {
  enum { COUNT = 40 };
  static const int changed[] = {5, 0, 5, 3, 4, 2, 5, 1, 0, 3, 4, 4, 2};
  double params[] = {0.5, -0.2, 0.3, 0.6, -0.4, 1.0};
  sx_spec spec = seasonal(order(2, 0, 1), 1, 0, 1, 4);
  fixture f;

  compute(&spec, params, COUNT, &f);
  for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
    long double gamma[COUNT];
    double before = params[changed[i]];

    params[changed[i]] = 7.0;
    f.failed = sx_autocov_compute(&f.model, params, &f.autocov);
    CHECK((f.failed == -1) == (changed[i] < 2 || changed[i] == 3));
    params[changed[i]] = before * 1.1;
    CHECK(sx_autocov_compute(&f.model, params, &f.autocov) == 0);
    brute_force(&f.model, params, COUNT, gamma);
    for (int h = 0; h < COUNT; h++) {
      CHECK_CLOSE(f.autocov.gamma[h], (double)gamma[h], 0,
                  1e-13 * (double)gamma[0]);
    }
  }
  SX_UNPOISON(memory, ROOM);
}

/* Says stop at question number *context, and counts down. */
static int count_down(void *context) {
  int *left = context;

  return --*left == 0;
}

/* gamma and its adjoint both stop. */
static void long_sums_can_be_interrupted(void) {
  enum { COUNT = 4000 };
  const int32_t lag[] = {500};
  double params[] = {0.5, 0.3, 1.0};
  static double gamma_bar[COUNT], undisturbed[COUNT], score[3];
  sx_spec spec = order(0, 0, 1);
  int left = 1000000;
  sx_interrupt interrupt = {count_down, &left};
  sx_autocov_bar bar;
  sx_arena arena;
  fixture f;

  spec.ar = (sx_lags){1, lag};
  compute(&spec, params, COUNT, &f);
  memcpy(undisturbed, f.autocov.gamma, sizeof(undisturbed));
  for (int question = 1; question <= 3; question++) {
    left = 1000000;
    params[0] = 0.4;
    f.autocov.counter = (sx_counter){&interrupt, 0, 0};
    CHECK(sx_autocov_compute(&f.model, params, &f.autocov) == 0);
    CHECK(left < 1000000 - 3);
    left = question;
    params[0] = 0.5;
    CHECK(sx_autocov_compute(&f.model, params, &f.autocov) == -3);
    CHECK(left == 0);
    f.autocov.counter = (sx_counter){NULL, 0, 0};
    CHECK(sx_autocov_compute(&f.model, params, &f.autocov) == 0);
    CHECK(memcmp(undisturbed, f.autocov.gamma, sizeof(undisturbed)) == 0);
  }

  arena = sx_arena_bind(bar_memory, ROOM);
  sx_autocov_bar_layout(&f.autocov, &arena, &bar);
  CHECK(!sx_arena_failed(&arena));
  bar.counter.interrupt = &interrupt;
  left = 3;
  sx_autocov_adjoint(&f.model, &f.autocov, gamma_bar, &bar, score);
  CHECK(bar.counter.stopped && left == 0);
}

int main(void) {
  RUN(regular_models);
  RUN(white_noise);
  RUN(lag_lists);
  RUN(seasonal_models);
  RUN(a_long_seasonal_autoregression);
  RUN(near_unit_roots);
  RUN(not_stationary);
  RUN(too_slow);
  RUN(long_lags_are_not_supported);
  RUN(adjoint_is_the_derivative);
  RUN(calls_in_a_row);
  RUN(long_sums_can_be_interrupted);
  return harness_finish();
}
