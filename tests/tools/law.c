/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of `auto`'s law for the models that tests/tools/law.py writes to
 * standard input, one line each; answers in hexadecimal. Words of a line:
 *
 *   p d q P D Q s trend stationary concentrate kappa nobs params... y...
 *
 * trend: how many powers of time.
 */
#include "filter/accuracy.c"
#include "filter/loglike.c" /* for its static functions */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LAGS = 64, MOST_NOBS = 20000, NUMBERS = 32 };

static double number(void) {
  char word[NUMBERS];

  if (scanf("%31s", word) != 1) {
    exit(EXIT_SUCCESS);
  }
  return strtod(word, NULL);
}

static int32_t integer(void) { return (int32_t)number(); }

static sx_spec read_spec(const int32_t *lags, const int32_t *powers) {
  int32_t shape[10];

  for (int i = 0; i < 10; i++) {
    shape[i] = integer();
  }
  return (sx_spec){.ar = {shape[0], lags},
                   .ma = {shape[2], lags},
                   .seasonal_ar = {shape[3], lags},
                   .seasonal_ma = {shape[5], lags},
                   .diff = shape[1],
                   .seasonal_diff = shape[4],
                   .periods = shape[6],
                   .trend = {shape[7], powers},
                   .trend_offset = 1.0,
                   .flags = (shape[8] ? SX_ENFORCE_STATIONARITY : 0u) |
                            (shape[9] ? SX_CONCENTRATE_SCALE : 0u) |
                            SX_ENFORCE_INVERTIBILITY,
                   .loglikelihood_burn = -1,
                   .initial_variance = number(),
                   .tolerance = 1e-19,
                   .max_states = 4096};
}

/* A run of one lane; the memory it uses, or NULL. */
static void *run(const sx_model *model, const sx_series *series,
                 const double *params, sx_exact *exact,
                 sx_exact_result *result) {
  sx_arena arena = sx_arena_measure();
  size_t size = 0;
  void *work;

  if (sx_exact_cover(model, series, 1, exact) != SX_REASON_NONE) {
    return NULL;
  }
  sx_exact_layout(&arena, exact);
  if (sx_arena_plan(&arena, &size) != SX_OK || !(work = malloc(size))) {
    exit(EXIT_FAILURE);
  }
  arena = sx_arena_bind(work, size);
  sx_exact_layout(&arena, exact);
  sx_exact_bind(exact, series, 1);
  if (sx_exact_load(exact, 0, params) == SX_REASON_NONE) {
    sx_exact_run_lanes(exact);
    if (sx_exact_result_of(exact, 0, params, result) == SX_REASON_NONE) {
      return work;
    }
  }
  free(work);
  return NULL;
}

static void print_parts(const sx_exact *exact, const sx_exact_result *result) {
  double n = (double)sx_exact_observed(exact, 0);
  double scale = result->scale * exact->sigma2[0];
  double Q = result->squares / scale;
  double S = result->sensitivity;
  double pi_squares = S * S;
  double start = 0.0, change = 0.0, recursion;
  sx_distance one = sx_variance_distance(exact, 0, S);

  if (starts_diffuse(exact, 0, scale)) {
    start = DBL_EPSILON * exact->ik[0] * sx_start_weight(exact, 0, scale);
    change = exact->sigma2[0] * sx_next_change(exact, 0) /
             (S * S * sqrt(exact->model->spec.tolerance));
  }
  recursion = sx_recursion_error(exact, 0, pi_squares,
                                 pi_squares * result->squares / scale) /
              RECURSION_FACTOR;
  printf("%d %a %a %a %a %a %a %a %a %a %a %a %a\n",
         (int)sx_loglike_distance(exact, 0, result), n, Q, one.rounding,
         one.steady, outlier(exact, n, Q) * one.rounding,
         DBL_EPSILON * (S * sqrt(n * Q / scale) * exact->largest[0] + Q), start,
         DBL_EPSILON * (n + Q) * S * S * exact->ma_gamma[0], change, recursion,
         result->loss, result->loglike);
}

int main(void) {
  static int32_t lags[MOST_LAGS], powers[MOST_LAGS];
  static double params[MOST_LAGS], y[MOST_NOBS];

  for (int32_t i = 0; i < MOST_LAGS; i++) {
    lags[i] = i + 1;
    powers[i] = i;
  }
  for (;;) {
    sx_spec spec = read_spec(lags, powers);
    sx_series series = {integer(), y, NULL, NULL, NULL};
    sx_model model;
    sx_exact exact;
    sx_exact_result result;
    void *work;

    if (series.nobs > MOST_NOBS || sx_model_init(&spec, &model) != SX_OK) {
      return EXIT_FAILURE;
    }
    for (int32_t i = 0; i < model.k_params; i++) {
      params[i] = number();
    }
    for (int64_t t = 0; t < series.nobs; t++) {
      y[t] = number();
    }
    work = run(&model, &series, params, &exact, &result);
    if (work) {
      print_parts(&exact, &result);
    } else {
      printf("\n");
    }
    fflush(stdout);
    free(work);
  }
}
