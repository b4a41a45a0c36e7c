/* SPDX-License-Identifier: BSD-3-Clause */
/* Against the model's equations with dense matrices in long double. */
#include "base/compiler.h"
#include "base/interrupt.h"

#include "gaussian.h"

enum { ROOM = 1 << 16 };

static unsigned char memory[ROOM];

typedef struct answers {
  double obs[G_NOBS], states[(G_NOBS + 1) * G_M];
} answers;

static sx_status run_path(const gaussian_case *g, const double *eps,
                          const double *eta, answers *a) {
  sx_shocks shocks = {eps, eta};
  sx_path path = {a->obs, a->states};
  size_t size;

  CHECK(sx_system_simulate_plan(&g->system, &size) == SX_OK);
  CHECK(size <= ROOM);
  SX_UNPOISON(memory, ROOM);
  return sx_system_simulate(&g->system, &shocks, memory, size, &path);
}

/* y_t and a_{t+1} of the a_t that was found. */
static void check_period(const gaussian_case *g, int t, double eps,
                         const double *eta, const answers *a) {
  const double *state = a->states + t * G_M;
  int p = gaussian_at(g, t);
  long double y = g->d[p] + (long double)eps;

  for (int i = 0; i < G_M; i++) {
    long double next = g->c[p][i];

    y += (long double)g->Z[p][i] * state[i];
    for (int j = 0; j < G_M; j++) {
      next += (long double)g->T[p][j * G_M + i] * state[j];
    }
    for (int j = 0; j < G_R; j++) {
      next += (long double)g->R[p][j * G_M + i] * eta[j];
    }
    CHECK_CLOSE(state[G_M + i], (double)next, 1e-15, 1e-14);
  }
  CHECK_CLOSE(a->obs[t], (double)y, 1e-15, 1e-14);
}

static void the_equations(void) {
  double eps[G_NOBS], eta[G_NOBS * G_R];
  uint64_t seed = 5;

  for (int k = 0; k < 20; k++) {
    gaussian_case g;
    answers a;

    gaussian_random(&seed, k % 2, &g);
    for (int t = 0; t < G_NOBS; t++) {
      eps[t] = uniform(&seed);
      eta[t * G_R] = uniform(&seed);
      eta[t * G_R + 1] = uniform(&seed);
    }
    CHECK(run_path(&g, eps, eta, &a) == SX_OK);
    CHECK(memcmp(a.states, g.a, sizeof(g.a)) == 0);
    for (int t = 0; t < G_NOBS; t++) {
      check_period(&g, t, eps[t], eta + t * G_R, &a);
    }
  }
}

static int asked(void *context) {
  (void)context;
  return 1;
}

static void refusals(void) {
  static double zeros[G_NOBS * G_R];
  enum { LONG = 1 << 20 };
  sx_interrupt interrupt = {asked, NULL};
  uint64_t seed = 5;
  gaussian_case g;
  answers a;
  size_t size;

  gaussian_random(&seed, 0, &g);
  CHECK(sx_system_simulate_plan(&g.system, &size) == SX_OK);
  CHECK(sx_system_simulate(&g.system, &(sx_shocks){zeros, zeros}, memory,
                           size / 2,
                           &(sx_path){a.obs, a.states}) == SX_E_WORKSPACE);
  g.system.k_states = 0;
  CHECK(sx_system_simulate_plan(&g.system, &size) == SX_E_ARGUMENT);
  g.system.k_states = G_M;
  g.system.interrupt = &interrupt;
  CHECK(run_path(&g, zeros, zeros, &a) == SX_OK); /* too short to ask */
  g.system.nobs = LONG;
  {
    double *shocks = calloc(LONG * G_R, sizeof(double));
    double *obs = calloc(LONG, sizeof(double));
    double *states = calloc((LONG + 1) * G_M, sizeof(double));

    if (shocks == NULL || obs == NULL || states == NULL) {
      abort();
    }
    CHECK(sx_system_simulate(&g.system, &(sx_shocks){shocks, shocks}, memory,
                             size,
                             &(sx_path){obs, states}) == SX_E_INTERRUPTED);
    free(shocks);
    free(obs);
    free(states);
  }
}

int main(void) {
  RUN(the_equations);
  RUN(refusals);
  return harness_finish();
}
