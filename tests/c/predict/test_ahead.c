/* SPDX-License-Identifier: BSD-3-Clause */
/* Against the recursion of dense.h, P_{h+1} = T P_h T' + R Q R'. */
#include "dense.h"
#include "randoms.h"

#include "predict/ahead.h"

enum { AHEAD = 40, BLOCKS = 3 };

/* A filter bound to `params` without data, and room for BLOCKS blocks. */
static void *start(const random_case *c, sx_kalman *kalman, sx_ahead *ahead) {
  sx_arena arena = sx_arena_measure();
  void *work;

  sx_kalman_layout(&c->model, &arena, kalman);
  sx_ahead_layout(&c->model, BLOCKS, &arena, ahead);
  work = work_of_size(sx_arena_used(&arena));
  arena = sx_arena_bind(work, sx_arena_used(&arena));
  CHECK(sx_kalman_start(&c->model, c->params, NULL, &arena, kalman) == SX_OK);
  sx_ahead_layout(&c->model, BLOCKS, &arena, ahead);
  CHECK(!sx_arena_failed(&arena));
  sx_ahead_start(kalman, ahead);
  return work;
}

/* Forecasts from the start are what the filter says of missing values. */
static void random_models_equal_the_dense_filter(void) {
  double mean[NOBS], cov[NOBS], llf[NOBS], m[AHEAD], v[1 + BLOCKS * SX_FORMS];

  for (uint64_t number = 0; number < 120; number++) {
    dense_output dense = {mean, cov, llf, 0.0};
    sx_counter counter = {NULL, 0, 0};
    random_case c;

    random_make(number, &c);
    for (int t = 0; t < NOBS; t++) {
      c.endog[t] = NAN;
    }
    memset(c.exog, 0, sizeof(c.exog));
    dense_filter(&c.model, &(sx_series){NOBS, c.endog, c.exog, NULL, NULL},
                 c.params, &dense);
    for (int level = 0; level <= (int)sx_simd_detect(); level++) {
      sx_kalman kalman;
      sx_ahead ahead;
      void *work;

      c.model.simd = (sx_simd)level;
      work = start(&c, &kalman, &ahead);
      v[0] = sx_kalman_cov(&kalman);
      for (size_t b = 0; b < BLOCKS; b++) {
        sx_ahead_make(&kalman, &ahead, b);
        sx_ahead_variances(&kalman, &ahead, b, v + 1 + b * SX_FORMS);
      }
      sx_ahead_means(&kalman, &ahead, AHEAD, &counter, m);
      for (int h = 0; h < AHEAD; h++) {
        CHECK_CLOSE(m[h], mean[h], 1e-10, 1e-10);
        CHECK_CLOSE(v[h], cov[h], 1e-11, 0);
      }
      free(work);
    }
  }
}

/* (0, 1, 1)(0, 1, 1)_52 */
static void only_the_support_is_kept(void) {
  random_case c = {.params = {-.3, -.6, 1}};
  sx_kalman kalman;
  sx_ahead ahead;
  void *work;

  c.spec = seasonal(order(0, 1, 1), 0, 1, 1, 52);
  c.model = model_of(&c.spec);
  work = start(&c, &kalman, &ahead);
  sx_ahead_make(&kalman, &ahead, 0);
  /* The difference, the last 17 of the block, the first 17 ARMA states. */
  CHECK(ahead.counts[0] == 1 + 17 + 17);
  CHECK(ahead.supports[0] == 0);
  CHECK(ahead.supports[1] == 52 - 16 && ahead.supports[17] == 52);
  CHECK(ahead.supports[18] == 53 && ahead.supports[34] == 53 + 16);
  free(work);
}

static void blocks_of_a_horizon(void) {
  CHECK(sx_ahead_blocks(1) == 0);
  CHECK(sx_ahead_blocks(2) == 1);
  CHECK(sx_ahead_blocks(SX_FORMS + 1) == 1);
  CHECK(sx_ahead_blocks(SX_FORMS + 2) == 2);
}

static void too_many_blocks(void) {
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  const size_t blocks[] = {SIZE_MAX, SIZE_MAX / 8, SIZE_MAX / 128 + 1};

  for (int i = 0; i < 3; i++) {
    sx_arena arena = sx_arena_measure();
    sx_ahead ahead;

    sx_ahead_layout(&model, blocks[i], &arena, &ahead);
    CHECK(sx_arena_failed(&arena));
  }
}

int main(void) {
  RUN(random_models_equal_the_dense_filter);
  RUN(only_the_support_is_kept);
  RUN(blocks_of_a_horizon);
  RUN(too_many_blocks);
  return harness_finish();
}
