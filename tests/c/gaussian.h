/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random state space models, and the slow reference for their filter and
 * smoother: the joint normal distribution of all states and observations,
 * conditioned on one observation after the other, in long double.
 * No step backwards in time is needed, and none of the library is used.
 */
#ifndef GAUSSIAN_H
#define GAUSSIAN_H

#include "fixtures.h"
#include "sarimax_c_statespace.h"

enum { G_NOBS = 12, G_M = 4, G_R = 2, G_ALL = (G_NOBS + 1) * G_M };

/* Column-major matrices by period; one series. */
typedef struct gaussian_case {
  sx_system system;
  double endog[G_NOBS], Z[G_NOBS][G_M], d[G_NOBS], H[G_NOBS];
  double T[G_NOBS][G_M * G_M], c[G_NOBS][G_M], R[G_NOBS][G_M * G_R];
  double Q[G_NOBS][G_R * G_R];
  double a[G_M], P[G_M * G_M], P_inf[G_M * G_M];
} gaussian_case;

/* Moments of all states, a_1 first. */
typedef struct gaussian {
  long double mean[G_ALL], cov[G_ALL][G_ALL];
} gaussian;

/* Half of T zeros and ones, so that states only move on; R has zero rows. */
static inline void gaussian_period(uint64_t *seed, int t, gaussian_case *g) {
  double root = 0.5 * uniform(seed);
  int shocked = pick(seed, 2); /* whether state 2 is not only moved on to */

  for (int i = 0; i < G_M; i++) {
    g->Z[t][i] = i % 2 == 0 ? 1.0 + 0.5 * uniform(seed) : 0.0;
    g->c[t][i] = 0.3 * uniform(seed);
    for (int j = 0; j < G_M; j++) {
      g->T[t][j * G_M + i] = i < 2 ? 0.4 * uniform(seed) : 1.0 * (j == i - 1);
    }
    g->R[t][i] = i == 0 ? 1.0 : 0.0;
    g->R[t][G_M + i] = i < 2 + shocked ? uniform(seed) : 0.0;
  }
  g->d[t] = uniform(seed);
  g->H[t] = 0.5 + 0.4 * uniform(seed);
  g->Q[t][0] = 1.0;
  g->Q[t][1] = g->Q[t][2] = root;
  g->Q[t][3] = 0.8;
}

static inline void gaussian_random(uint64_t *seed, int varying,
                                   gaussian_case *g) {
  int64_t step = varying ? 1 : 0;

  *g = (gaussian_case){0};
  for (int t = 0; t < G_NOBS; t++) {
    gaussian_period(seed, t, g);
    g->endog[t] = t == 0 || t == 5 || t == 6 ? NAN : 2.0 * uniform(seed);
  }
  for (int i = 0; i < G_M; i++) {
    g->a[i] = uniform(seed);
    g->P[i * G_M + i] = 1.0 + 0.5 * uniform(seed);
  }
  g->system = (sx_system){.nobs = G_NOBS,
                          .k_states = G_M,
                          .k_posdef = G_R,
                          .endog = g->endog,
                          .design = {g->Z[0], step * G_M},
                          .obs_intercept = {g->d, step},
                          .obs_cov = {g->H, step},
                          .transition = {g->T[0], step * G_M * G_M},
                          .state_intercept = {g->c[0], step * G_M},
                          .selection = {g->R[0], step * G_M * G_R},
                          .state_cov = {g->Q[0], step * G_R * G_R},
                          .initial_state = g->a,
                          .initial_state_cov = g->P};
}

/* States 0 and 1 diffuse, as a level and its slope: both are well observed. */
static inline void gaussian_diffuse(gaussian_case *g) {
  g->system.initial_diffuse_state_cov = g->P_inf;
  for (int i = 0; i < 2; i++) {
    g->P[i * G_M + i] = 0.0;
    g->P_inf[i * G_M + i] = 1.0;
  }
  for (int t = 0; t < G_NOBS; t++) {
    g->T[t][0] = g->T[t][G_M] = g->T[t][G_M + 1] = 1.0;
    g->Z[t][0] = 1.0;
    g->Z[t][2] = 0.5;
  }
}

static inline int gaussian_at(const gaussian_case *g, int t) {
  return g->system.design.step == 0 ? 0 : t;
}

static inline long double gaussian_shock(const gaussian_case *g, int t, int i,
                                         int j) {
  int p = gaussian_at(g, t);
  long double sum = 0.0L;

  for (int k = 0; k < G_R; k++) {
    for (int l = 0; l < G_R; l++) {
      sum += (long double)g->R[p][k * G_M + i] * g->Q[p][l * G_R + k] *
             g->R[p][l * G_M + j];
    }
  }
  return sum;
}

/* Before any observation; the diffuse part has variance `large`. */
static inline void gaussian_prior(const gaussian_case *g, long double large,
                                  gaussian *prior) {
  memset(prior, 0, sizeof(*prior));
  for (int i = 0; i < G_M; i++) {
    prior->mean[i] = g->a[i];
    for (int j = 0; j < G_M; j++) {
      prior->cov[i][j] = g->P[j * G_M + i] + large * g->P_inf[j * G_M + i];
    }
  }
  for (int t = 0; t < G_NOBS; t++) {
    int p = gaussian_at(g, t);
    int now = t * G_M;
    int next = now + G_M;

    for (int i = 0; i < G_M; i++) {
      prior->mean[next + i] = g->c[p][i];
      for (int k = 0; k < G_M; k++) {
        long double T = g->T[p][k * G_M + i];

        prior->mean[next + i] += T * prior->mean[now + k];
        for (int s = 0; s < next; s++) {
          prior->cov[next + i][s] += T * prior->cov[now + k][s];
        }
      }
    }
    for (int i = 0; i < G_M; i++) {
      for (int s = 0; s < next; s++) {
        prior->cov[s][next + i] = prior->cov[next + i][s];
      }
    }
    for (int i = 0; i < G_M; i++) {
      for (int j = 0; j < G_M; j++) {
        prior->cov[next + i][next + j] = gaussian_shock(g, t, i, j);
        for (int k = 0; k < G_M; k++) {
          prior->cov[next + i][next + j] +=
              prior->cov[next + i][now + k] * g->T[p][k * G_M + j];
        }
      }
    }
  }
}

/* Given y_t as well; one observation at a time, each by the whole matrix. */
static inline void gaussian_condition(const gaussian_case *g, int t,
                                      gaussian *g_all) {
  int p = gaussian_at(g, t);
  long double v = (long double)g->endog[t] - g->d[p];
  long double F = g->H[p];
  static long double M[G_ALL];

  for (int s = 0; s < G_ALL; s++) {
    M[s] = 0.0L;
    for (int i = 0; i < G_M; i++) {
      M[s] += g_all->cov[s][t * G_M + i] * g->Z[p][i];
    }
  }
  for (int i = 0; i < G_M; i++) {
    v -= g->Z[p][i] * g_all->mean[t * G_M + i];
    F += g->Z[p][i] * M[t * G_M + i];
  }
  for (int s = 0; s < G_ALL; s++) {
    g_all->mean[s] += M[s] / F * v;
    for (int u = 0; u < G_ALL; u++) {
      g_all->cov[s][u] -= M[s] * M[u] / F;
    }
  }
}

/* The largest variance of a state of period t, at least 1: what errors scale
 * with. */
static inline double gaussian_scale(const gaussian *g_all, int t) {
  double scale = 1.0;

  for (int i = t * G_M; i < (t + 1) * G_M; i++) {
    scale = fmax(scale, (double)g_all->cov[i][i]);
  }
  return scale;
}

/*
 * Given the observations before period `count`, the diffuse part in the limit,
 * to 1e-8 or so:
 * the error is proportional to 1 / large, so that of `large` and 2 `large`
 * cancels.
 */
static inline void gaussian_limit(const gaussian_case *g, long double large,
                                  int count, gaussian *limit) {
  static gaussian half;

  gaussian_prior(g, large, &half);
  gaussian_prior(g, 2.0L * large, limit);
  for (int t = 0; t < count; t++) {
    if (!isnan(g->endog[t])) {
      gaussian_condition(g, t, &half);
      gaussian_condition(g, t, limit);
    }
  }
  for (int s = 0; s < G_ALL; s++) {
    limit->mean[s] = 2.0L * limit->mean[s] - half.mean[s];
    for (int u = 0; u < G_ALL; u++) {
      limit->cov[s][u] = 2.0L * limit->cov[s][u] - half.cov[s][u];
    }
  }
}

#endif
