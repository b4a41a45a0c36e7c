/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The slow reference: SARIMAX with dense matrices and the Kalman filter of the
 * textbook (Durbin & Koopman 2012, section 4.3), in long double, without steady
 * state and without skipped periods. (In double its own rounding reaches 1e-7.)
 * Only sx_model's layout is shared with the library. T, Z and R are those of
 * statsmodels' sarimax.py; test_statespace.c compares them with matrices that
 * statsmodels prints.
 */
#ifndef DENSE_H
#define DENSE_H

#include "sarimax_c.h"

#include <math.h>

enum { DENSE_MAX = 40 };

typedef long double dense_matrix[DENSE_MAX][DENSE_MAX];

typedef struct dense_system {
  int m, arma;                            /* states; index of ARMA state 0 */
  dense_matrix T, P;                      /* transition; P_t */
  long double Z[DENSE_MAX], R[DENSE_MAX]; /* design, selection */
  long double a[DENSE_MAX];               /* a_t */
  long double Q, H;
} dense_system;

/* Per period; `forecast` includes the effect of exog. */
typedef struct dense_output {
  double *forecast, *error_cov, *llf_obs;
  double llf; /* from the burn on */
} dense_output;

/* product = (1 + sign sum coef B^lag)(1 + sign sum seasonal_coef B^(s lag)) */
static inline void dense_poly(const sx_lags lags[2], const double *coef[2],
                              int s, int sign, long double *product) {
  long double factor[2][DENSE_MAX] = {{0.0L}};

  for (int f = 0; f < 2; f++) {
    factor[f][0] = 1.0L;
    for (int i = 0; i < lags[f].count; i++) {
      factor[f][lags[f].lag[i] * (f == 1 ? s : 1)] = sign * coef[f][i];
    }
  }
  for (int i = 0; i < DENSE_MAX; i++) {
    product[i] = 0.0L;
    for (int j = 0; j <= i; j++) {
      product[i] += factor[0][j] * factor[1][i - j];
    }
  }
}

static inline void dense_arma(const sx_model *model, const double *params,
                              dense_system *sys) {
  const sx_spec *spec = &model->spec;
  const sx_lags ar[] = {spec->ar, spec->seasonal_ar};
  const sx_lags ma[] = {spec->ma, spec->seasonal_ma};
  const double *phi[] = {params + model->offset_ar,
                         params + model->offset_seasonal_ar};
  const double *theta[] = {params + model->offset_ma,
                           params + model->offset_seasonal_ma};
  long double ar_poly[DENSE_MAX], ma_poly[DENSE_MAX];
  int first = sys->arma;

  dense_poly(ar, phi, spec->periods, -1, ar_poly);
  dense_poly(ma, theta, spec->periods, 1, ma_poly);
  for (int i = 0; first + i < sys->m; i++) {
    sys->T[first + i][first] = -ar_poly[i + 1];
    if (first + i + 1 < sys->m) {
      sys->T[first + i][first + i + 1] += 1.0L;
    }
    sys->R[first + i] = ma_poly[i];
  }
}

/* States: d differences, D blocks of s, ARMA. */
static inline void dense_build(const sx_model *model, const double *params,
                               dense_system *sys) {
  const sx_spec *spec = &model->spec;
  int integrated = !(spec->flags & SX_SIMPLE_DIFFERENCING);
  int d = integrated ? spec->diff : 0;
  int D = integrated ? spec->seasonal_diff : 0;
  int s = spec->periods;

  *sys = (dense_system){.m = model->k_states, .arma = d + D * s};
  for (int i = 0; i < d; i++) {
    sys->Z[i] = 1.0L;
    for (int j = i; j < d; j++) {
      sys->T[i][j] = 1.0L;
    }
    for (int b = 0; b < D; b++) {
      sys->T[i][d + b * s + s - 1] = 1.0L;
    }
    sys->T[i][sys->arma] = 1.0L;
  }
  for (int b = 0; b < D; b++) {
    int first = d + b * s;

    sys->Z[first + s - 1] = 1.0L;
    sys->T[first][first + s - 1] = 1.0L;
    if (b < D - 1) {
      sys->T[first][first + 2 * s - 1] = 1.0L;
    }
    sys->T[first][sys->arma] = 1.0L;
    for (int j = 1; j < s; j++) {
      sys->T[first + j][first + j - 1] = 1.0L;
    }
  }
  sys->Z[sys->arma] = 1.0L;
  dense_arma(model, params, sys);
  sys->Q = model->has_sigma2 ? params[model->offset_sigma2] : 1.0L;
  sys->H = (spec->flags & SX_MEASUREMENT_ERROR)
               ? params[model->offset_measurement_variance]
               : 0.0L;
}

/* out = A B' or, with `plain`, A B, over states from `first` on. */
static inline void dense_product(const dense_system *sys, int first, int plain,
                                 dense_matrix A, dense_matrix B,
                                 dense_matrix out) {
  dense_matrix result;

  for (int i = first; i < sys->m; i++) {
    for (int j = first; j < sys->m; j++) {
      result[i][j] = 0.0L;
      for (int k = first; k < sys->m; k++) {
        result[i][j] += A[i][k] * (plain ? B[k][j] : B[j][k]);
      }
    }
  }
  for (int i = first; i < sys->m; i++) {
    for (int j = first; j < sys->m; j++) {
      out[i][j] = result[i][j];
    }
  }
}

static inline long double dense_trend(const sx_model *model,
                                      const double *params, int64_t t) {
  const sx_lags *powers = &model->spec.trend;
  long double sum = 0.0L;

  for (int k = 0; k < powers->count; k++) {
    sum += params[model->offset_trend + k] *
           powl((long double)model->spec.trend_offset + (long double)t,
                (long double)powers->lag[k]);
  }
  return sum;
}

/*
 * P = sum_k A^k R Q R' A^k' and a = sum_k A^k c, A the ARMA block of T, by
 * doubling the number of terms: 2^30 of them.
 */
static inline void dense_stationary(dense_system *sys, long double c) {
  int f = sys->arma;
  dense_matrix A, step;

  for (int i = f; i < sys->m; i++) {
    for (int j = f; j < sys->m; j++) {
      A[i][j] = sys->T[i][j];
      sys->P[i][j] = sys->R[i] * sys->Q * sys->R[j];
    }
  }
  sys->a[f] = c;
  for (int doubling = 0; doubling < 30; doubling++) {
    long double add[DENSE_MAX] = {0.0L};

    dense_product(sys, f, 1, A, sys->P, step);
    dense_product(sys, f, 0, step, A, step);
    for (int i = f; i < sys->m; i++) {
      for (int j = f; j < sys->m; j++) {
        sys->P[i][j] += step[i][j];
        add[i] += A[i][j] * sys->a[j];
      }
    }
    for (int i = f; i < sys->m; i++) {
      sys->a[i] += add[i];
    }
    dense_product(sys, f, 1, A, A, A);
  }
}

static inline void dense_init(const sx_model *model, const double *params,
                              dense_system *sys) {
  int enforced = (model->spec.flags & SX_ENFORCE_STATIONARITY) != 0;

  for (int i = 0; i < (enforced ? sys->arma : sys->m); i++) {
    sys->P[i][i] = model->spec.initial_variance;
  }
  if (enforced) {
    dense_stationary(sys, dense_trend(model, params, 0));
  }
}

/* a <- T a + c e, P <- T P T' + R Q R'. */
static inline void dense_predict(dense_system *sys, long double c) {
  long double next[DENSE_MAX] = {0.0L};

  for (int i = 0; i < sys->m; i++) {
    for (int j = 0; j < sys->m; j++) {
      next[i] += sys->T[i][j] * sys->a[j];
    }
  }
  next[sys->arma] += c;
  dense_product(sys, 0, 1, sys->T, sys->P, sys->P);
  dense_product(sys, 0, 0, sys->P, sys->T, sys->P);
  for (int i = 0; i < sys->m; i++) {
    sys->a[i] = next[i];
    for (int j = 0; j < sys->m; j++) {
      sys->P[i][j] += sys->R[i] * sys->Q * sys->R[j];
    }
  }
}

/* K = P Z' / F, a <- a + K v, P <- P - K F K'. */
static inline void dense_update(dense_system *sys, const long double *M,
                                long double F, long double v) {
  for (int i = 0; i < sys->m; i++) {
    sys->a[i] += M[i] / F * v;
    for (int j = 0; j < sys->m; j++) {
      sys->P[i][j] -= M[i] * M[j] / F;
    }
  }
}

/* One period from a_t, P_t to a_{t+1}, P_{t+1}; NaN in endog is missing. */
static inline void dense_period(const sx_model *model, const sx_series *series,
                                const double *params, int64_t t,
                                dense_system *sys, dense_output *out) {
  long double M[DENSE_MAX] = {0.0L};
  long double F = sys->H;
  long double forecast = 0.0L;
  int32_t k_exog = model->spec.k_exog;
  long double v;

  for (int i = 0; i < sys->m; i++) {
    for (int j = 0; j < sys->m; j++) {
      M[i] += sys->P[i][j] * sys->Z[j];
    }
    F += sys->Z[i] * M[i];
    forecast += sys->Z[i] * sys->a[i];
  }
  for (int k = 0; k < k_exog; k++) {
    forecast += (long double)params[model->offset_exog + k] *
                series->exog[t * k_exog + k];
  }
  v = series->endog[t] - forecast;
  out->forecast[t] = (double)forecast;
  out->error_cov[t] = (double)F;
  out->llf_obs[t] = 0.0;
  if (!isnan(series->endog[t])) {
    out->llf_obs[t] =
        (double)(-0.5L * (logl(2.0L * acosl(-1.0L) * F) + v * v / F));
    dense_update(sys, M, F, v);
  }
  dense_predict(sys, dense_trend(model, params, t));
}

/* The whole series; the arrays of `out` are (nobs,). */
static inline void dense_filter(const sx_model *model, const sx_series *series,
                                const double *params, dense_output *out) {
  static dense_system sys;

  dense_build(model, params, &sys);
  dense_init(model, params, &sys);
  out->llf = 0.0;
  for (int64_t t = 0; t < series->nobs; t++) {
    dense_period(model, series, params, t, &sys, out);
    if (t >= model->loglikelihood_burn) {
      out->llf += out->llf_obs[t];
    }
  }
}

#endif
