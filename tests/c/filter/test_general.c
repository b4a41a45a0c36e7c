/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Against the joint normal distribution (gaussian.h). What statsmodels does
 * beyond the model (steady state, singular periods, its arrays) is compared
 * with it in tests/parity/test_statespace.py.
 */
#include "filter/general.h"

#include "base/interrupt.h"

#include "gaussian.h"

enum { ROOM = 1 << 20 };

static unsigned char memory[ROOM];

typedef struct answers {
  double forecast[G_NOBS], error[G_NOBS], F[G_NOBS], llf[G_NOBS];
  double filtered[G_NOBS * G_M], filtered_cov[G_NOBS * G_M * G_M];
  double predicted[(G_NOBS + 1) * G_M];
  double predicted_cov[(G_NOBS + 1) * G_M * G_M];
  int32_t univariate[G_NOBS];
  sx_system_filtered out;
} answers;

static sx_status run_filter_of(const gaussian_case *g, answers *a) {
  size_t size;

  memset(a, 0, sizeof(*a));
  a->out =
      (sx_system_filtered){.forecast = {a->forecast, 1},
                           .forecast_error = {a->error, 1},
                           .forecast_error_cov = {a->F, 1},
                           .loglikelihood = {a->llf, 1},
                           .filtered_state = {a->filtered, G_M},
                           .filtered_state_cov = {a->filtered_cov, G_M * G_M},
                           .predicted_state = {a->predicted, G_M},
                           .predicted_state_cov = {a->predicted_cov, G_M * G_M},
                           .univariate_filter = a->univariate};
  CHECK(sx_system_filter_plan(&g->system, &size) == SX_OK);
  CHECK(size <= ROOM);
  SX_UNPOISON(memory, ROOM);
  return sx_system_filter(&g->system, memory, size, &a->out);
}

/* Moments of the state of period t. */
static void check_state(const gaussian *expected, int t, const double *mean,
                        const double *cov, double tolerance) {
  tolerance *= gaussian_scale(expected, t);
  for (int i = 0; i < G_M; i++) {
    CHECK_CLOSE(mean[i], (double)expected->mean[t * G_M + i], tolerance,
                tolerance);
    for (int j = 0; j < G_M; j++) {
      CHECK_CLOSE(cov[j * G_M + i],
                  (double)expected->cov[t * G_M + i][t * G_M + j], tolerance,
                  tolerance);
    }
  }
}

static void check_period(const gaussian_case *g, const gaussian *before, int t,
                         const answers *a, double tolerance) {
  int p = gaussian_at(g, t);
  long double f = g->d[p];
  long double F = g->H[p];
  long double v;

  for (int i = 0; i < G_M; i++) {
    f += g->Z[p][i] * before->mean[t * G_M + i];
    for (int j = 0; j < G_M; j++) {
      F += g->Z[p][i] * before->cov[t * G_M + i][t * G_M + j] * g->Z[p][j];
    }
  }
  v = g->endog[t] - f;
  CHECK_CLOSE(a->forecast[t], (double)f, tolerance, tolerance);
  CHECK_CLOSE(a->error[t], (double)v, tolerance, tolerance);
  CHECK_CLOSE(a->F[t], (double)F, tolerance, tolerance);
  CHECK_CLOSE(a->llf[t],
              (double)(-0.5L * (logl(2.0L * acosl(-1.0L) * F) + v * v / F)),
              tolerance, tolerance);
}

/* From period `first` on; before it the moments are not finite. */
static void check_filter(const gaussian_case *g, const answers *a,
                         long double large, int first, double tolerance) {
  static gaussian joint;

  for (int t = first; t < G_NOBS; t++) {
    gaussian_limit(g, large, t, &joint);
    check_state(&joint, t, a->predicted + t * G_M,
                a->predicted_cov + t * G_M * G_M, tolerance);
    if (!isnan(g->endog[t])) {
      check_period(g, &joint, t, a, tolerance);
    } else {
      CHECK(a->forecast[t] == 0.0 && a->F[t] == 0.0 && a->llf[t] == 0.0);
    }
    gaussian_limit(g, large, t + 1, &joint);
    check_state(&joint, t, a->filtered + t * G_M,
                a->filtered_cov + t * G_M * G_M, tolerance);
  }
  check_state(&joint, G_NOBS, a->predicted + G_NOBS * G_M,
              a->predicted_cov + G_NOBS * G_M * G_M, tolerance);
}

static void the_joint_distribution(void) {
  uint64_t seed = 11;

  for (int k = 0; k < 40; k++) {
    gaussian_case g;
    answers a;

    gaussian_random(&seed, k % 2, &g);
    g.system.univariate = k / 2 % 2;
    CHECK(run_filter_of(&g, &a) == SX_OK);
    CHECK(a.out.nobs_diffuse == 0 && a.out.nobs_singular == 0);
    check_filter(&g, &a, 0.0L, 0, 1e-12);
  }
}

/* Two diffuse states: the limit of a large variance. */
static void exact_diffuse(void) {
  uint64_t seed = 12;

  for (int k = 0; k < 20; k++) {
    gaussian_case g;
    answers a;

    gaussian_random(&seed, k % 2, &g);
    gaussian_diffuse(&g);
    CHECK(run_filter_of(&g, &a) == SX_OK);
    CHECK(a.out.nobs_diffuse == 3); /* the first value is missing */
    check_filter(&g, &a, 1e7L, 3, 1e-7);
  }
}

/* P_inf = 0 given as a matrix is no diffuse start. */
static void no_diffuse_part(void) {
  uint64_t seed = 13;
  gaussian_case g;
  answers a, b;

  gaussian_random(&seed, 1, &g);
  CHECK(run_filter_of(&g, &a) == SX_OK);
  g.system.initial_diffuse_state_cov = g.P_inf;
  CHECK(run_filter_of(&g, &b) == SX_OK);
  CHECK(memcmp(&a, &b, offsetof(answers, out)) == 0);
}

static void nothing_is_updated_without_variance(void) {
  uint64_t seed = 14;
  gaussian_case g;
  answers a;

  gaussian_random(&seed, 0, &g);
  memset(g.P, 0, sizeof(g.P));
  memset(g.Q[0], 0, sizeof(g.Q[0]));
  g.H[0] = 1e-13;
  CHECK(run_filter_of(&g, &a) == SX_OK);
  CHECK(a.out.nobs_singular == G_NOBS - 3);
  for (int t = 0; t < G_NOBS; t++) {
    CHECK(a.univariate[t] == !isnan(g.endog[t]));
    CHECK(a.llf[t] == 0.0);
    for (int i = 0; i < G_M; i++) {
      CHECK(a.filtered[t * G_M + i] == a.predicted[t * G_M + i]);
    }
  }
}

/* AR(1) without noise: P is steady after the first update, from period 1 on. */
static void the_steady_state_repeats_a_period(void) {
  uint64_t seed = 15;
  int64_t place[G_NOBS + 1];
  gaussian_case g;
  answers a;

  gaussian_random(&seed, 0, &g);
  for (int t = 0; t < G_NOBS; t++) {
    g.endog[t] = uniform(&seed);
  }
  g.system.tolerance = 1e-3;
  CHECK(run_filter_of(&g, &a) == SX_OK);
  CHECK(a.out.converged == 1);
  for (int t = (int)a.out.period_converged + 2; t <= G_NOBS; t++) {
    CHECK(memcmp(a.predicted_cov + t * G_M * G_M,
                 a.predicted_cov + a.out.period_converged * G_M * G_M,
                 G_M * G_M * sizeof(double)) == 0);
  }
  a.out.cov_period = place;
  memset(a.predicted_cov, 0, sizeof(a.predicted_cov));
  CHECK(sx_system_filter(&g.system, memory, ROOM, &a.out) == SX_OK);
  CHECK(place[G_NOBS] == a.out.period_converged);
  CHECK(a.predicted_cov[G_NOBS * G_M * G_M] == 0.0);
}

/* Its gain lacks T, P Z' has another name, and every period is marked. */
static void outputs_of_the_univariate_method(void) {
  uint64_t seed = 18;
  double gain[2][G_NOBS * G_M], projected[2][G_NOBS * G_M] = {{0.0}};
  gaussian_case g;
  answers a;

  gaussian_random(&seed, 0, &g);
  for (int k = 0; k < 2; k++) {
    g.system.univariate = k;
    CHECK(run_filter_of(&g, &a) == SX_OK);
    a.out.kalman_gain = (sx_record){gain[k], G_M};
    a.out.tmp1 = (sx_record){k == 0 ? projected[0] : NULL, G_M};
    a.out.M = (sx_record){k == 1 ? projected[1] : NULL, G_M};
    CHECK(sx_system_filter(&g.system, memory, ROOM, &a.out) == SX_OK);
  }
  CHECK(memcmp(projected[0], projected[1], sizeof(projected[0])) == 0);
  for (int t = 0; t < G_NOBS; t++) {
    CHECK(a.univariate[t] == 1);
    for (int i = 0; i < G_M && !isnan(g.endog[t]); i++) {
      double moved = 0.0;

      CHECK_CLOSE(gain[1][t * G_M + i], projected[1][t * G_M + i] / a.F[t],
                  1e-14, 1e-14);
      for (int j = 0; j < G_M; j++) {
        moved += g.T[0][j * G_M + i] * gain[1][t * G_M + j];
      }
      CHECK_CLOSE(gain[0][t * G_M + i], moved, 1e-14, 1e-14);
    }
  }
}

/* Steady is what the univariate method says where values are missing, only. */
static void a_steady_state_with_gaps_is_forgotten(void) {
  uint64_t seed = 19;
  gaussian_case g;
  answers a, b;

  gaussian_random(&seed, 0, &g);
  g.system.univariate = 1;
  CHECK(run_filter_of(&g, &a) == SX_OK);
  CHECK(!a.out.converged && a.out.period_converged == 0);
  g.system.tolerance = 1e3;
  CHECK(run_filter_of(&g, &b) == SX_OK);
  CHECK(b.out.converged && b.out.period_converged == G_NOBS - 1);
  CHECK(memcmp(&a, &b, offsetof(answers, out)) == 0);
}

/* Its skipped periods do not end it, as they do by the other method. */
static void a_steady_state_that_is_skipped(void) {
  uint64_t seed = 20;
  gaussian_case g;
  answers a;

  gaussian_random(&seed, 0, &g);
  memset(g.P, 0, sizeof(g.P));
  memset(g.Q[0], 0, sizeof(g.Q[0]));
  g.H[0] = 1e-13;
  for (int t = 0; t < G_NOBS; t++) {
    g.endog[t] = uniform(&seed);
  }
  g.system.tolerance = 1e-9;
  for (int k = 0; k < 2; k++) {
    g.system.univariate = k;
    CHECK(run_filter_of(&g, &a) == SX_OK);
    CHECK(a.out.nobs_singular == G_NOBS);
    CHECK(a.out.period_converged == (k == 1 ? 1 : G_NOBS - 1));
  }
}

static int answer_yes(void *context) {
  (void)context;
  return 1;
}

/* So many periods that it asks whether to go on. */
static void stopped(void) {
  static double y[SX_INTERRUPT_WORK / G_M];
  const sx_interrupt interrupt = {answer_yes, NULL};
  sx_system_filtered out = {0};
  uint64_t seed = 17;
  gaussian_case g;

  gaussian_random(&seed, 0, &g);
  g.system.nobs = SX_INTERRUPT_WORK / G_M;
  g.system.endog = y;
  SX_UNPOISON(memory, ROOM);
  CHECK(sx_system_filter(&g.system, memory, ROOM, &out) == SX_OK);
  g.system.interrupt = &interrupt;
  SX_UNPOISON(memory, ROOM);
  CHECK(sx_system_filter(&g.system, memory, ROOM, &out) == SX_E_INTERRUPTED);
}

static void bad_arguments(void) {
  uint64_t seed = 16;
  gaussian_case g;
  answers a;
  size_t size;

  gaussian_random(&seed, 0, &g);
  CHECK(run_filter_of(&g, &a) == SX_OK);
  CHECK(sx_system_filter_plan(&g.system, &size) == SX_OK);
  CHECK(sx_system_filter(&g.system, memory, size / 2, &a.out) ==
        SX_E_WORKSPACE);
  g.system.k_states = 0;
  CHECK(sx_system_filter_plan(&g.system, &size) == SX_E_ARGUMENT);
  g.system.k_states = INT32_MAX;
  CHECK(sx_system_filter_plan(&g.system, &size) == SX_E_OVERFLOW);
}

int main(void) {
  RUN(the_joint_distribution);
  RUN(exact_diffuse);
  RUN(no_diffuse_part);
  RUN(nothing_is_updated_without_variance);
  RUN(the_steady_state_repeats_a_period);
  RUN(outputs_of_the_univariate_method);
  RUN(a_steady_state_with_gaps_is_forgotten);
  RUN(a_steady_state_that_is_skipped);
  RUN(stopped);
  RUN(bad_arguments);
  return harness_finish();
}
