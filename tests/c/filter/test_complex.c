/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Against the textbook's recursions in complex numbers of more precision, a
 * diffuse start as the limit of a large variance; and where the filter decides
 * by itself (steady state, singular periods) against differences of the real
 * one.
 */
#include "filter/general.h"

#include "gaussian.h"

#include <complex.h>

enum { ROOM = 1 << 20 };

static unsigned char memory[ROOM];

typedef long double complex big;

/* A model whose matrices have imaginary parts. */
typedef struct complex_case {
  gaussian_case parts[2]; /* real, imaginary */
  sx_system system;
  double endog[G_NOBS];
  double Z[G_NOBS * G_M * 2], d[G_NOBS * 2], H[G_NOBS * 2], c[G_NOBS * G_M * 2];
  double T[G_NOBS * G_M * G_M * 2], R[G_NOBS * G_M * G_R * 2];
  double Q[G_NOBS * G_R * G_R * 2];
  double a[G_M * 2], P[G_M * G_M * 2], P_inf[G_M * G_M * 2];
} complex_case;

typedef struct loglikes {
  double llf[G_NOBS * 2], scale[G_NOBS * 2], F_inf[G_NOBS];
  double v[G_NOBS * 2], F[G_NOBS * 2];
  sx_system_loglikes out;
} loglikes;

static void join(const double *re, const double *im, double factor, size_t n,
                 double *pairs) {
  for (size_t i = 0; i < n; i++) {
    pairs[2 * i] = re[i];
    pairs[2 * i + 1] = factor * im[i];
  }
}

/* Interleaves the parts; the imaginary one times `factor`. */
static void interleave(complex_case *g, double factor) {
  const gaussian_case *re = &g->parts[0];
  const gaussian_case *im = &g->parts[1];
  int64_t step = re->system.design.step == 0 ? 0 : 2;

  join(re->Z[0], im->Z[0], factor, G_NOBS * G_M, g->Z);
  join(re->d, im->d, factor, G_NOBS, g->d);
  join(re->H, im->H, factor, G_NOBS, g->H);
  join(re->T[0], im->T[0], factor, G_NOBS * G_M * G_M, g->T);
  join(re->c[0], im->c[0], factor, G_NOBS * G_M, g->c);
  join(re->R[0], im->R[0], factor, G_NOBS * G_M * G_R, g->R);
  join(re->Q[0], im->Q[0], factor, G_NOBS * G_R * G_R, g->Q);
  join(re->a, im->a, factor, G_M, g->a);
  join(re->P, im->P, factor, G_M * G_M, g->P);
  join(re->P_inf, im->P_inf, 0.0, G_M * G_M, g->P_inf);
  g->system = re->system;
  g->system.endog = re->endog;
  g->system.design = (sx_periods){g->Z, step * G_M};
  g->system.obs_intercept = (sx_periods){g->d, step};
  g->system.obs_cov = (sx_periods){g->H, step};
  g->system.transition = (sx_periods){g->T, step * G_M * G_M};
  g->system.state_intercept = (sx_periods){g->c, step * G_M};
  g->system.selection = (sx_periods){g->R, step * G_M * G_R};
  g->system.state_cov = (sx_periods){g->Q, step * G_R * G_R};
  g->system.initial_state = g->a;
  g->system.initial_state_cov = g->P;
  g->system.initial_diffuse_state_cov = g->P_inf;
}

static void complex_random(uint64_t *seed, int varying, double factor,
                           complex_case *g) {
  gaussian_random(seed, varying, &g->parts[0]);
  gaussian_random(seed, varying, &g->parts[1]);
  interleave(g, factor);
}

static sx_status run_on(const sx_system *system, loglikes *found) {
  size_t size;

  memset(found, 0x55, sizeof(*found));
  found->out.loglikelihood = found->llf;
  found->out.scale = found->scale;
  found->out.forecast_error = found->v;
  found->out.forecast_error_cov = found->F;
  found->out.forecast_error_diffuse_cov = found->F_inf;
  CHECK(sx_system_loglike_complex_plan(system, &size) == SX_OK);
  CHECK(size <= ROOM);
  SX_UNPOISON(memory, ROOM);
  return sx_system_loglike_complex(system, memory, size, &found->out);
}

/* ---- the oracle ---- */

static big at(const double *pairs, int i) {
  return (long double)pairs[2 * i] + (long double)pairs[2 * i + 1] * I;
}

/* R Q R' + T P T', a = c + T a. */
static void oracle_predict(const complex_case *g, int p, big *a,
                           big P[G_M][G_M]) {
  const double *T = g->T + (ptrdiff_t)p * G_M * G_M * 2;
  const double *R = g->R + (ptrdiff_t)p * G_M * G_R * 2;
  const double *Q = g->Q + (ptrdiff_t)p * G_R * G_R * 2;
  big next[G_M], cov[G_M][G_M];

  for (int i = 0; i < G_M; i++) {
    next[i] = at(g->c + (ptrdiff_t)p * G_M * 2, i);
    for (int k = 0; k < G_M; k++) {
      next[i] += at(T, k * G_M + i) * a[k];
    }
    for (int j = 0; j < G_M; j++) {
      cov[i][j] = 0.0L;
      for (int k = 0; k < G_R; k++) {
        for (int l = 0; l < G_R; l++) {
          cov[i][j] +=
              at(R, k * G_M + i) * at(Q, l * G_R + k) * at(R, l * G_M + j);
        }
      }
      for (int k = 0; k < G_M; k++) {
        for (int l = 0; l < G_M; l++) {
          cov[i][j] += at(T, k * G_M + i) * P[k][l] * at(T, l * G_M + j);
        }
      }
    }
  }
  memcpy(a, next, sizeof(next));
  memcpy(P, cov, sizeof(cov));
}

/* Of the last run of `oracle`. */
static big errors[G_NOBS], variances[G_NOBS];

/* log F and v^2 / F of each period; the diffuse part has variance `large`. */
static void oracle(const complex_case *g, long double large, big *log_F,
                   big *square) {
  big a[G_M], P[G_M][G_M], M[G_M];

  for (int i = 0; i < G_M; i++) {
    a[i] = at(g->a, i);
    for (int j = 0; j < G_M; j++) {
      P[i][j] = at(g->P, j * G_M + i) + large * at(g->P_inf, j * G_M + i);
    }
  }
  for (int t = 0; t < G_NOBS; t++) {
    int p = g->system.design.step == 0 ? 0 : t;
    const double *Z = g->Z + (ptrdiff_t)p * G_M * 2;
    big v = g->system.endog[t] - at(g->d, p);
    big F = at(g->H, p);

    log_F[t] = square[t] = 0.0L;
    for (int i = 0; i < G_M; i++) {
      v -= at(Z, i) * a[i];
      M[i] = 0.0L;
      for (int j = 0; j < G_M; j++) {
        M[i] += P[i][j] * at(Z, j);
      }
      F += at(Z, i) * M[i];
    }
    errors[t] = v;
    variances[t] = F;
    if (!isnan(g->system.endog[t])) {
      log_F[t] = clogl(F);
      square[t] = v * v / F;
      for (int i = 0; i < G_M; i++) {
        a[i] += M[i] / F * v;
        for (int j = 0; j < G_M; j++) {
          P[i][j] -= M[i] * M[j] / F;
        }
      }
    }
    oracle_predict(g, p, a, P);
  }
}

static big llf_of(big log_F, big square) {
  return -0.5L * (logl(2.0L * acosl(-1.0L)) + log_F + square);
}

static void check_pair(const double *pairs, int t, big expected,
                       double tolerance) {
  CHECK_CLOSE(pairs[2 * t], (double)creall(expected), tolerance, tolerance);
  CHECK_CLOSE(pairs[2 * t + 1], (double)cimagl(expected), tolerance, tolerance);
}

/* ---- tests ---- */

static void all_matrices_complex(void) {
  uint64_t seed = 21;

  for (int k = 0; k < 40; k++) {
    static complex_case g;
    big log_F[G_NOBS], square[G_NOBS];
    loglikes found;

    complex_random(&seed, k % 2, k % 4 < 2 ? 0.1 : 1e-9, &g);
    for (int t = 0; t < G_NOBS && k % 8 < 2; t++) {
      g.H[2 * t + 1] = 4.0; /* F is mostly imaginary */
    }
    oracle(&g, 0.0L, log_F, square);
    for (int concentrated = 0; concentrated < 2; concentrated++) {
      g.system.concentrated = concentrated;
      CHECK(run_on(&g.system, &found) == SX_OK);
      CHECK(found.out.nobs_diffuse == 0 && found.out.nobs_singular == 0);
      CHECK(found.out.converged == 0);
      for (int t = 0; t < G_NOBS; t++) {
        int seen = !isnan(g.system.endog[t]);
        big llf = llf_of(log_F[t], concentrated ? 0.0L : square[t]);

        check_pair(found.llf, t, seen ? llf : 0.0L, 1e-12);
        check_pair(found.scale, t, concentrated ? square[t] : 0.0L, 1e-12);
        check_pair(found.F, t, variances[t], 1e-12);
        check_pair(found.v, t, seen ? errors[t] : 0.0L, 1e-12);
        CHECK(found.F_inf[t] == 0.0);
      }
    }
  }
}

/* Derivatives are the imaginary parts: these hold relative to their size. */
static void small_steps_keep_their_digits(void) {
  uint64_t seed = 22;
  static complex_case g;
  big log_F[G_NOBS], square[G_NOBS];
  loglikes found;

  complex_random(&seed, 1, 1e-18, &g);
  oracle(&g, 0.0L, log_F, square);
  CHECK(run_on(&g.system, &found) == SX_OK);
  for (int t = 1; t < G_NOBS; t++) {
    if (!isnan(g.system.endog[t])) {
      CHECK_CLOSE(found.llf[2 * t + 1] * 1e18,
                  (double)(1e18L * cimagl(llf_of(log_F[t], square[t]))), 1e-11,
                  1e-11);
    }
  }
}

/* The limit of llf + log(large) / 2; of `large` and 2 `large`, as in
 * gaussian_limit. */
static void exact_diffuse(void) {
  const long double large = 1e7L;
  uint64_t seed = 23;

  for (int k = 0; k < 20; k++) {
    static complex_case g;
    big log_F[2][G_NOBS], square[2][G_NOBS];
    loglikes found;
    int diffuse = 0;

    gaussian_random(&seed, k % 2, &g.parts[0]);
    gaussian_random(&seed, k % 2, &g.parts[1]);
    gaussian_diffuse(&g.parts[0]);
    interleave(&g, 0.02);
    oracle(&g, large, log_F[0], square[0]);
    oracle(&g, 2.0L * large, log_F[1], square[1]);
    CHECK(run_on(&g.system, &found) == SX_OK);
    CHECK(found.out.nobs_diffuse == 3); /* the first value is missing */
    CHECK(found.out.nobs_diffuse_nonsingular == 0);
    for (int t = 0; t < G_NOBS; t++) {
      if (!isnan(g.system.endog[t])) {
        big once = llf_of(log_F[0][t], square[0][t]);
        big twice = llf_of(log_F[1][t], square[1][t]);

        if (t < 3) {
          once += 0.5L * logl(large);
          twice += 0.5L * logl(2.0L * large);
          diffuse += found.F_inf[t] > SX_TOLERANCE_DIFFUSE;
        }
        check_pair(found.llf, t, 2.0L * twice - once, 1e-7);
      }
    }
    CHECK(diffuse == 2);
  }
}

/* A diffuse state that is not seen: the filter goes on with F_inf = 0. */
static void a_diffuse_state_without_data(void) {
  uint64_t seed = 24;
  static complex_case g;
  big log_F[G_NOBS], square[G_NOBS];
  loglikes found;

  complex_random(&seed, 0, 0.05, &g);
  for (int i = 0; i < G_M; i++) { /* state 3 moves by itself */
    for (int part = 0; part < 2; part++) {
      g.T[2 * (3 * G_M + i) + part] = g.T[2 * (i * G_M + 3) + part] = 0.0;
    }
  }
  g.T[2 * (3 * G_M + 3)] = 1.0;
  g.Z[6] = g.Z[7] = 0.0;
  oracle(&g, 0.0L, log_F, square);
  g.P_inf[2 * (3 * G_M + 3)] = 1.0;
  CHECK(run_on(&g.system, &found) == SX_OK);
  CHECK(found.out.nobs_diffuse == G_NOBS);
  CHECK(found.out.nobs_diffuse_nonsingular == G_NOBS - 3);
  for (int t = 0; t < G_NOBS; t++) {
    if (!isnan(g.system.endog[t])) {
      check_pair(found.llf, t, llf_of(log_F[t], square[t]), 1e-12);
    }
  }
}

/* The real filter's log-likelihoods with all matrices moved by `factor`. */
static int64_t real_at(const gaussian_case *re, const gaussian_case *im,
                       double factor, double *llf) {
  gaussian_case moved = *re;
  sx_system_filtered out = {.loglikelihood = {llf, 1}};
  size_t size;

  for (int i = 0; i < G_M * G_M; i++) {
    moved.T[0][i] += factor * im->T[0][i];
  }
  moved.H[0] += factor * im->H[0];
  moved.system.transition.data = moved.T[0];
  moved.system.obs_cov.data = moved.H;
  memset(llf, 0, G_NOBS * sizeof(*llf));
  CHECK(sx_system_filter_plan(&moved.system, &size) == SX_OK);
  CHECK(sx_system_filter(&moved.system, memory, size, &out) == SX_OK);
  return out.period_converged;
}

static void the_steady_state_is_that_of_the_real_filter(void) {
  const double h = 1e-6;
  uint64_t seed = 25;
  static complex_case g;
  double before[G_NOBS], after[G_NOBS], llf[G_NOBS];
  gaussian_case *re = &g.parts[0];
  gaussian_case *im = &g.parts[1];
  loglikes found;
  int64_t period;

  complex_random(&seed, 0, 1e-9, &g);
  memset(im->Z, 0, sizeof(im->Z));
  memset(im->d, 0, sizeof(im->d));
  memset(im->c, 0, sizeof(im->c));
  memset(im->R, 0, sizeof(im->R));
  memset(im->Q, 0, sizeof(im->Q));
  memset(im->a, 0, sizeof(im->a));
  memset(im->P, 0, sizeof(im->P));
  for (int t = 0; t < G_NOBS; t++) {
    re->endog[t] = t == 8 ? NAN : uniform(&seed); /* it ends there once */
  }
  interleave(&g, 1e-9);
  re->system.endog = re->endog;
  re->system.tolerance = g.system.tolerance = 2e-2;
  period = real_at(re, im, 0.0, llf);
  CHECK(real_at(re, im, h, after) == period);
  CHECK(real_at(re, im, -h, before) == period);
  CHECK(run_on(&g.system, &found) == SX_OK);
  CHECK(found.out.converged == 1 && found.out.period_converged == period);
  for (int t = 0; t < G_NOBS; t++) {
    CHECK_CLOSE(found.llf[2 * t], llf[t], 1e-13, 1e-13);
    CHECK_CLOSE(found.llf[2 * t + 1] * 1e9, (after[t] - before[t]) / (2.0 * h),
                1e-8, 1e-8);
  }
}

static void nothing_is_updated_without_variance(void) {
  uint64_t seed = 26;
  static complex_case g;
  loglikes found;

  complex_random(&seed, 0, 1e-20, &g);
  memset(g.P, 0, sizeof(g.P));
  memset(g.Q, 0, sizeof(g.Q));
  g.H[0] = 1e-13;
  g.system.tolerance = 1e-3; /* such periods make no steady state */
  CHECK(run_on(&g.system, &found) == SX_OK);
  CHECK(found.out.nobs_singular == G_NOBS - 3);
  for (int i = 0; i < 2 * G_NOBS; i++) {
    CHECK(found.llf[i] == 0.0);
  }
}

/* sx_system.univariate, of the real filter and the complex one. */
static void rules_of_the_univariate_method(void) {
  uint64_t seed = 29;
  static complex_case g;
  gaussian_case *re = &g.parts[0];
  double llf[G_NOBS], steady[G_NOBS];
  loglikes found;

  complex_random(&seed, 0, 0.0, &g);
  for (int univariate = 0; univariate < 2; univariate++) {
    int64_t period;

    g.system.univariate = re->system.univariate = univariate;
    re->system.tolerance = 0.0;
    real_at(re, re, 0.0, llf);
    g.system.tolerance = re->system.tolerance = 1e3;
    period = real_at(re, re, 0.0, steady);
    CHECK(period == G_NOBS - 1 || !univariate);
    /* there are gaps */
    CHECK((memcmp(llf, steady, sizeof(llf)) == 0) == univariate);
    CHECK(run_on(&g.system, &found) == SX_OK);
    CHECK(found.out.converged && found.out.period_converged == period);
    for (int t = 0; t < G_NOBS; t++) {
      CHECK_CLOSE(found.llf[2 * t], steady[t], 1e-13, 1e-13);
    }
  }
  memset(g.P, 0, sizeof(g.P));
  memset(g.Q, 0, sizeof(g.Q));
  g.H[0] = 1e-11;
  for (int univariate = 0; univariate < 2; univariate++) {
    g.system.univariate = univariate;
    CHECK(run_on(&g.system, &found) == SX_OK);
    CHECK(found.out.nobs_singular == (univariate ? G_NOBS - 3 : 0));
  }
}

static int count_asks(void *context) { return ++*(int *)context == 2; }

static void long_runs_can_be_interrupted(void) {
  enum { LONG = 5000 };
  static double endog[LONG], pairs[4][2 * LONG], F_inf[LONG];
  static complex_case g;
  uint64_t seed = 28;
  int asks = 0;
  sx_interrupt interrupt = {count_asks, &asks};
  sx_system_loglikes out = {.loglikelihood = pairs[0],
                            .scale = pairs[1],
                            .forecast_error = pairs[2],
                            .forecast_error_cov = pairs[3],
                            .forecast_error_diffuse_cov = F_inf};

  complex_random(&seed, 0, 1e-9, &g);
  g.system.nobs = LONG;
  g.system.endog = endog;
  g.system.interrupt = &interrupt;
  CHECK(sx_system_loglike_complex(&g.system, memory, ROOM, &out) ==
        SX_E_INTERRUPTED);
  CHECK(asks == 2);
}

static void bad_arguments(void) {
  uint64_t seed = 27;
  static complex_case g;
  loglikes found;
  size_t size;

  complex_random(&seed, 0, 0.0, &g);
  CHECK(run_on(&g.system, &found) == SX_OK);
  CHECK(sx_system_loglike_complex_plan(&g.system, &size) == SX_OK);
  CHECK(sx_system_loglike_complex(&g.system, memory, size / 2, &found.out) ==
        SX_E_WORKSPACE);
  g.system.k_states = 0;
  CHECK(sx_system_loglike_complex_plan(&g.system, &size) == SX_E_ARGUMENT);
  g.system.k_states = INT32_MAX;
  CHECK(sx_system_loglike_complex_plan(&g.system, &size) == SX_E_ARGUMENT);
  g.system.k_states = INT32_MAX / 2;
  CHECK(sx_system_loglike_complex_plan(&g.system, &size) == SX_E_OVERFLOW);
}

int main(void) {
  RUN(all_matrices_complex);
  RUN(small_steps_keep_their_digits);
  RUN(exact_diffuse);
  RUN(a_diffuse_state_without_data);
  RUN(the_steady_state_is_that_of_the_real_filter);
  RUN(nothing_is_updated_without_variance);
  RUN(rules_of_the_univariate_method);
  RUN(long_runs_can_be_interrupted);
  RUN(bad_arguments);
  return harness_finish();
}
