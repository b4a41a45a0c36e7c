/* SPDX-License-Identifier: BSD-3-Clause */
/* Against the joint normal distribution given all observations (gaussian.h). */
#include "filter/smooth.h"

#include "base/interrupt.h"

#include "gaussian.h"

enum { ROOM = 1 << 20, CELLS = G_M * G_M };

static unsigned char memory[ROOM];

typedef struct answers {
  double predicted[(G_NOBS + 1) * G_M], predicted_cov[(G_NOBS + 1) * CELLS];
  double predicted_inf[(G_NOBS + 1) * CELLS];
  double gain[G_NOBS * G_M], error[G_NOBS], F[G_NOBS], F_inf[G_NOBS];
  double M[G_NOBS * G_M], M_inf[G_NOBS * G_M];
  int32_t univariate[G_NOBS];
  double r[(G_NOBS + 1) * G_M], u[G_NOBS], state[G_NOBS * G_M];
  double cov[G_NOBS * CELLS], autocov[G_NOBS * CELLS];
  double eps[G_NOBS], eps_cov[G_NOBS];
  double eta[G_NOBS * G_R], eta_cov[G_NOBS * G_R * G_R];
  int64_t nobs_diffuse;
} answers;

static void run_filter_of(const gaussian_case *g, answers *a) {
  sx_system_filtered out = {
      .predicted_state = {a->predicted, G_M},
      .predicted_state_cov = {a->predicted_cov, CELLS},
      .predicted_diffuse_state_cov = {a->predicted_inf, CELLS},
      .kalman_gain = {a->gain, G_M},
      .forecast_error = {a->error, 1},
      .forecast_error_cov = {a->F, 1},
      .forecast_error_diffuse_cov = {a->F_inf, 1},
      .M = {a->M, G_M},
      .M_inf = {a->M_inf, G_M},
      .univariate_filter = a->univariate};

  CHECK(sx_system_filter(&g->system, memory, ROOM, &out) == SX_OK);
  a->nobs_diffuse = out.nobs_diffuse;
}

static sx_status run_smoother_of(const gaussian_case *g, int only_means,
                                 answers *a) {
  sx_system_passed passed = {.predicted_state = a->predicted,
                             .predicted_state_cov = a->predicted_cov,
                             .kalman_gain = a->gain,
                             .forecast_error = a->error,
                             .forecast_error_cov = a->F,
                             .univariate_filter = a->univariate,
                             .nobs_diffuse = a->nobs_diffuse,
                             .M = a->M,
                             .M_inf = a->M_inf,
                             .forecast_error_diffuse_cov = a->F_inf,
                             .predicted_diffuse_state_cov = a->predicted_inf};
  sx_system_smoothed out = {.means = 1,
                            .covs = !only_means,
                            .scaled_smoothed_estimator = a->r,
                            .smoothing_error = a->u,
                            .smoothed_state = a->state,
                            .smoothed_measurement_disturbance = a->eps,
                            .smoothed_state_disturbance = a->eta};
  size_t size;

  if (!only_means) {
    out.smoothed_state_cov = a->cov;
    out.smoothed_state_autocov = a->autocov;
    out.smoothed_measurement_disturbance_cov = a->eps_cov;
    out.smoothed_state_disturbance_cov = a->eta_cov;
  }
  CHECK(sx_system_smooth_plan(&g->system, &size) == SX_OK);
  CHECK(size <= ROOM);
  return sx_system_smooth(&g->system, &passed, memory, size, &out);
}

static void smooth_all(const gaussian_case *g, answers *a) {
  SX_UNPOISON(memory, ROOM);
  memset(a, 0, sizeof(*a));
  run_filter_of(g, a);
  CHECK(run_smoother_of(g, 0, a) == SX_OK);
}

static void check_states(const gaussian *expected, int diffuse,
                         const answers *a, double relative) {
  for (int t = 0; t < G_NOBS; t++) {
    double tolerance = relative * gaussian_scale(expected, t);

    for (int i = 0; i < G_M; i++) {
      int s = t * G_M + i;

      CHECK_CLOSE(a->state[s], (double)expected->mean[s], tolerance, tolerance);
      for (int j = 0; j < G_M; j++) {
        CHECK_CLOSE(a->cov[t * CELLS + j * G_M + i],
                    (double)expected->cov[s][t * G_M + j], tolerance,
                    tolerance);
        CHECK_CLOSE(a->autocov[t * CELLS + j * G_M + i],
                    t < diffuse ? 0.0
                                : (double)expected->cov[s + G_M][t * G_M + j],
                    tolerance, tolerance);
      }
    }
  }
}

/* eps = y - d - Z a, of which all but a is known. */
static void check_measurement(const gaussian_case *g, const gaussian *expected,
                              const answers *a, double tolerance) {
  for (int t = 0; t < G_NOBS; t++) {
    int p = gaussian_at(g, t);
    long double mean = g->endog[t] - g->d[p];
    long double var = 0.0L;

    for (int i = 0; i < G_M; i++) {
      mean -= g->Z[p][i] * expected->mean[t * G_M + i];
      for (int j = 0; j < G_M; j++) {
        var +=
            g->Z[p][i] * expected->cov[t * G_M + i][t * G_M + j] * g->Z[p][j];
      }
    }
    if (!isnan(g->endog[t])) {
      CHECK_CLOSE(a->eps[t], (double)mean, tolerance, tolerance);
      CHECK_CLOSE(a->eps_cov[t], (double)var, tolerance, tolerance);
    } else {
      CHECK(a->eps[t] == 0.0 && a->eps_cov[t] == g->H[p]);
    }
  }
}

/* x' R eta = x' (a_{t+1} - T a_t - c) for every state, by its two moments. */
static void check_shock(const gaussian_case *g, const gaussian *expected, int t,
                        const answers *a, double tolerance) {
  int p = gaussian_at(g, t);

  for (int i = 0; i < G_M; i++) {
    long double weight[2 * G_M] = {0.0L};
    long double mean = -(long double)g->c[p][i];
    long double var = 0.0L;
    double actual = 0.0, actual_var = 0.0;

    weight[G_M + i] = 1.0L;
    for (int k = 0; k < G_M; k++) {
      weight[k] = -(long double)g->T[p][k * G_M + i];
    }
    for (int k = 0; k < 2 * G_M; k++) {
      mean += weight[k] * expected->mean[t * G_M + k];
      for (int l = 0; l < 2 * G_M; l++) {
        var += weight[k] * weight[l] * expected->cov[t * G_M + k][t * G_M + l];
      }
    }
    for (int k = 0; k < G_R; k++) {
      actual += g->R[p][k * G_M + i] * a->eta[t * G_R + k];
      for (int l = 0; l < G_R; l++) {
        actual_var += g->R[p][k * G_M + i] * g->R[p][l * G_M + i] *
                      a->eta_cov[(t * G_R + l) * G_R + k];
      }
    }
    CHECK_CLOSE(actual, (double)mean, tolerance, tolerance);
    CHECK_CLOSE(actual_var, (double)var, tolerance, tolerance);
  }
}

static void check_smoother(const gaussian_case *g, const answers *a,
                           long double large, double tolerance) {
  static gaussian joint;

  gaussian_limit(g, large, G_NOBS, &joint);
  check_states(&joint, (int)a->nobs_diffuse, a, tolerance);
  check_measurement(g, &joint, a, tolerance);
  for (int t = 0; t < G_NOBS; t++) {
    check_shock(g, &joint, t, a, tolerance);
  }
}

static void the_joint_distribution(void) {
  uint64_t seed = 21;

  for (int k = 0; k < 40; k++) {
    gaussian_case g;
    static answers a;

    gaussian_random(&seed, k % 2, &g);
    g.system.univariate = k / 2 % 2;
    smooth_all(&g, &a);
    check_smoother(&g, &a, 0.0L, 1e-11);
  }
}

/*
 * The limit of a large variance. Fixed matrices: between two diffuse periods
 * statsmodels takes the transition of the wrong one.
 */
static void exact_diffuse(void) {
  uint64_t seed = 22;

  for (int k = 0; k < 20; k++) {
    gaussian_case g;
    static answers a;

    gaussian_random(&seed, 0, &g);
    gaussian_diffuse(&g);
    g.system.univariate = k % 2;
    smooth_all(&g, &a);
    CHECK(a.nobs_diffuse == 3);
    check_smoother(&g, &a, 1e6L, 1e-7);
  }
}

/* What statsmodels' two methods smooth alike, and the error of only one. */
static void the_univariate_method_has_no_smoothing_error(void) {
  uint64_t seed = 26;
  gaussian_case g;
  static answers a, b;

  gaussian_random(&seed, 0, &g);
  g.H[0] = 0.3;
  smooth_all(&g, &a);
  g.system.univariate = 1;
  smooth_all(&g, &b);
  for (int t = 0; t < G_NOBS; t++) {
    CHECK_CLOSE(a.eps[t], 0.3 * a.u[t], 1e-14, 1e-14);
    CHECK_CLOSE(a.eps[t], b.eps[t], 1e-12, 1e-12);
    CHECK(b.u[t] == 0.0);
  }
}

/* F = 1e-11: enough for an update by the conventional method only. */
static void a_small_variance_is_skipped_by_the_univariate_method(void) {
  uint64_t seed = 27;
  gaussian_case g;
  static answers a;

  gaussian_random(&seed, 0, &g);
  memset(g.P, 0, sizeof(g.P));
  memset(g.Q[0], 0, sizeof(g.Q[0]));
  g.H[0] = 1e-11;
  for (int univariate = 0; univariate < 2; univariate++) {
    g.system.univariate = univariate;
    smooth_all(&g, &a);
    CHECK((a.r[G_M] == 0.0) == univariate);
    CHECK((a.eps[1] == 0.0) == univariate);
    CHECK((a.eps_cov[1] == 1e-11) == univariate);
  }
}

static void means_do_not_need_covariances(void) {
  uint64_t seed = 23;
  gaussian_case g;
  static answers a, b;

  gaussian_random(&seed, 1, &g);
  smooth_all(&g, &a);
  memset(&b, 0, sizeof(b));
  run_filter_of(&g, &b);
  CHECK(run_smoother_of(&g, 1, &b) == SX_OK);
  CHECK(memcmp(a.state, b.state, sizeof(a.state)) == 0);
  CHECK(memcmp(a.r, b.r, sizeof(a.r)) == 0);
  CHECK(memcmp(a.eta, b.eta, sizeof(a.eta)) == 0);
}

static int answer_yes(void *context) {
  (void)context;
  return 1;
}

/* So many periods, all skipped, that it asks whether to go on. */
static void stopped(void) {
  enum { MANY = SX_INTERRUPT_WORK / CELLS };
  static double y[MANY], states[(MANY + 1) * G_M], covs[(MANY + 1) * CELLS];
  static double ones[MANY];
  static int32_t skipped[MANY];
  const sx_interrupt interrupt = {answer_yes, NULL};
  sx_system_passed passed = {.predicted_state = states,
                             .predicted_state_cov = covs,
                             .kalman_gain = states,
                             .forecast_error = y,
                             .forecast_error_cov = ones,
                             .univariate_filter = skipped};
  sx_system_smoothed out = {.means = 1};
  uint64_t seed = 25;
  gaussian_case g;

  for (int t = 0; t < MANY; t++) {
    ones[t] = 1.0;
    skipped[t] = 1;
  }
  gaussian_random(&seed, 0, &g);
  g.system.nobs = MANY;
  g.system.endog = y;
  SX_UNPOISON(memory, ROOM);
  CHECK(sx_system_smooth(&g.system, &passed, memory, ROOM, &out) == SX_OK);
  g.system.interrupt = &interrupt;
  SX_UNPOISON(memory, ROOM);
  CHECK(sx_system_smooth(&g.system, &passed, memory, ROOM, &out) ==
        SX_E_INTERRUPTED);
}

static void bad_arguments(void) {
  uint64_t seed = 24;
  gaussian_case g;
  static answers a;
  sx_system_passed passed = {.predicted_state_cov = a.predicted_cov};
  sx_system_smoothed out = {0};
  size_t size;

  gaussian_random(&seed, 0, &g);
  CHECK(sx_system_smooth(&g.system, &passed, memory, 64, &out) ==
        SX_E_WORKSPACE);
  g.system.k_states = 0;
  CHECK(sx_system_smooth_plan(&g.system, &size) == SX_E_ARGUMENT);
}

int main(void) {
  RUN(the_joint_distribution);
  RUN(exact_diffuse);
  RUN(the_univariate_method_has_no_smoothing_error);
  RUN(a_small_variance_is_skipped_by_the_univariate_method);
  RUN(means_do_not_need_covariances);
  RUN(stopped);
  RUN(bad_arguments);
  return harness_finish();
}
