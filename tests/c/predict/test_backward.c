/* SPDX-License-Identifier: BSD-3-Clause */
/* Against r <- Z' v / F + L' r, N <- Z' Z / F + L' N L with the dense T. */
#include "dense.h"
#include "randoms.h"

#include "predict/backward.h"

typedef struct estimator {
  long double r[DENSE_MAX];
  dense_matrix N;
} estimator;

/* L = T - T M Z / F, or T where inverse is 0. */
static void dense_step(const dense_system *sys, const double *m, double v,
                       double inverse, estimator *e) {
  dense_matrix L, next = {{0.0L}};
  long double r[DENSE_MAX] = {0.0L};
  int n = sys->m;

  for (int i = 0; i < n; i++) {
    long double gain = 0.0L;

    for (int k = 0; k < n; k++) {
      gain += sys->T[i][k] * m[k] * inverse;
    }
    for (int j = 0; j < n; j++) {
      L[i][j] = sys->T[i][j] - gain * sys->Z[j];
    }
  }
  for (int i = 0; i < n; i++) {
    r[i] = sys->Z[i] * v * inverse;
    for (int k = 0; k < n; k++) {
      r[i] += L[k][i] * e->r[k];
    }
    for (int j = 0; j < n; j++) {
      next[i][j] = sys->Z[i] * sys->Z[j] * inverse;
      for (int a = 0; a < n; a++) {
        for (int b = 0; b < n; b++) {
          next[i][j] += L[a][i] * e->N[a][b] * L[b][j];
        }
      }
    }
  }
  memcpy(e->r, r, sizeof(r));
  memcpy(e->N, next, sizeof(next));
}

static void compare(const sx_backward *backward, const estimator *e) {
  size_t n = backward->k_states;

  for (size_t i = 0; i < n; i++) {
    CHECK_CLOSE(backward->r[i], (double)e->r[i], 1e-12, 1e-12);
    for (size_t j = 0; j < n; j++) {
      CHECK_CLOSE(backward->N[i * backward->ld + j], (double)e->N[i][j], 1e-12,
                  1e-12);
    }
  }
}

static void one_model(uint64_t number) {
  static dense_system sys;
  uint64_t seed = number + 1;
  estimator e = {{0.0L}, {{0.0L}}};
  sx_arena arena = sx_arena_measure();
  sx_statespace statespace;
  sx_backward backward;
  sx_params params;
  random_case c;
  void *work;

  random_make(number, &c);
  dense_build(&c.model, c.params, &sys);
  for (int round = 0; round < 2; round++) {
    if (round == 1) {
      work = work_of_size(sx_arena_used(&arena));
      arena = sx_arena_bind(work, sx_arena_used(&arena));
    }
    sx_params_layout(&c.model, &arena, &params);
    sx_statespace_layout(&c.model, &arena, &statespace);
    sx_backward_layout(&c.model, 1, &arena, &backward);
  }
  CHECK(!sx_arena_failed(&arena));
  sx_params_unpack(&c.model, c.params, &params);
  sx_statespace_build(&c.model, &params, &statespace);
  sx_backward_start(&backward);
  for (int t = 0; t < 6; t++) {
    double m[DENSE_MAX], v = uniform(&seed);
    double inverse = t == 2 ? 0.0 : 0.5 + 0.2 * uniform(&seed);
    long double mean = 0.0L, cov = 0.0L;

    for (int i = 0; i < sys.m; i++) {
      m[i] = 0.3 * uniform(&seed);
    }
    sx_backward_advance(&statespace, &backward);
    if (inverse > 0.0) {
      sx_backward_observe(&statespace, m, v, inverse, &backward);
    }
    dense_step(&sys, m, v, inverse, &e);
    compare(&backward, &e);
    for (int i = 0; i < sys.m; i++) {
      mean += m[i] * e.r[i];
      for (int j = 0; j < sys.m; j++) {
        cov += m[i] * e.N[i][j] * m[j];
      }
    }
    CHECK_CLOSE(sx_backward_mean(&backward, m), (double)mean, 1e-12, 1e-12);
    CHECK_CLOSE(sx_backward_cov(&backward, m), (double)cov, 1e-12, 1e-12);
  }
  free(work);
}

static void random_models(void) {
  for (uint64_t number = 0; number < 40; number++) {
    one_model(number);
  }
}

int main(void) {
  RUN(random_models);
  return harness_finish();
}
