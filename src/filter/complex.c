/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The log-likelihood of any state space model in complex numbers
 * (sx_system_loglike_complex): general.c and general_diffuse.c without their
 * outputs. A complex number is a pair of doubles, a vector of n is an array of
 * 2 n. A column-major complex matrix (m, k) is then a real one (2 m, k), whose
 * rows 2 i and 2 i + 1 are the real and the imaginary part of row i: each is a
 * sparse row (filter/sparse.h), and A X for complex X is
 *
 *     Re(A) X + i Im(A) X
 *
 * by the kernels of real products, on rows of X of twice the length. Where a
 * parameter has an imaginary part most of Im(A) is empty.
 *
 * P is symmetric, so that its rows are its columns.
 */
#include "base/interrupt.h"
#include "filter/general.h"

#include <math.h>
#include <string.h>

static const double LOG_2PI = 1.8378770664093454836;

typedef struct number {
  double re, im;
} number;

typedef struct complex_run {
  const sx_system *system;
  sx_system_loglikes *out;
  const sx_sparse_kernels *kernels;
  size_t m;
  sx_sparse design, transition, selection; /* (2, m), (2 m, m), (2 m, r) */
  double *state, *filtered;                /* (m,) */
  double *covs[2], *steady;                /* (m, m) each */
  const double *P;           /* of this period: one of the three */
  double *P_filtered;        /* (m, m) P+ */
  double *P_next;            /* the one of covs that P is not */
  double *selected_cov;      /* (m, m) R Q R' */
  double *diffuse;           /* (m, m) P_inf */
  double *M, *M_inf, *G, *K; /* (m,) P Z', P_inf Z', and what they become */
  double *left, *middle;     /* (m, max(m, r)) of `sandwich` */
  double *turned;            /* (max(m, r),) of `combine` */
  const double **rows;       /* (max(m, r),) what `combine` combines */
  number v, F, log_F;
  int64_t t;
  int missing, in_diffuse, singular, was_singular;
  int time_invariant, forgets_steady, converged;
} complex_run;

/* ---- numbers ---- */

static number at(const double *pairs, size_t i) {
  return (number){pairs[2 * i], pairs[2 * i + 1]};
}

static void put(double *pairs, size_t i, number x) {
  pairs[2 * i] = x.re;
  pairs[2 * i + 1] = x.im;
}

static number times(number x, number y) {
  return (number){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re};
}

static number scaled(number x, double factor) {
  return (number){x.re * factor, x.im * factor};
}

static number sum_of(number x, number y) {
  return (number){x.re + y.re, x.im + y.im};
}

static number minus(number x, number y) {
  return (number){x.re - y.re, x.im - y.im};
}

/* 1 / x without the overflow of |x|^2. */
static number inverse_of(number x) {
  int wide = fabs(x.im) > fabs(x.re);
  double ratio = wide ? x.re / x.im : x.im / x.re;
  double scale = 1.0 / (wide ? x.im + x.re * ratio : x.re + x.im * ratio);

  return wide ? (number){ratio * scale, -scale}
              : (number){scale, -ratio * scale};
}

static number log_of(number x) {
  return (number){log(hypot(x.re, x.im)), atan2(x.im, x.re)};
}

/* ---- products ---- */

/* a x, the row given as its real and its imaginary part. */
static number dot(const sx_row *a, const double *x) {
  number sum = {0.0, 0.0};

  for (int part = 0; part < 2; part++) {
    for (int32_t e = 0; e < a[part].count; e++) {
      number term = scaled(at(x, (size_t)a[part].column[e]), a[part].value[e]);

      sum = sum_of(sum, part == 0 ? term : (number){-term.im, term.re});
    }
  }
  return sum;
}

/* target = a X, where run->rows are the n wide rows of X. */
static void combine(const complex_run *run, const sx_row *a, size_t n,
                    double *target) {
  run->kernels->combine(&a[0], run->rows, 2 * n, target);
  if (a[1].count == 0) {
    return;
  }
  run->kernels->combine(&a[1], run->rows, 2 * n, run->turned);
  for (size_t j = 0; j < n; j++) {
    target[2 * j] -= run->turned[2 * j + 1];
    target[2 * j + 1] += run->turned[2 * j];
  }
}

/* The rows of what is combined next: X has n columns. */
static void point(const complex_run *run, const double *x, size_t count,
                  size_t n) {
  for (size_t i = 0; i < count; i++) {
    run->rows[i] = x + 2 * n * i;
  }
}

/* A (A X)' = A X' A'; X (k, k) by rows, A (2 m, k). `target` may be X. */
static void sandwich(const complex_run *run, const sx_sparse *a,
                     const double *x, double *target) {
  size_t m = run->m;
  size_t k = (size_t)a->k_columns;

  point(run, x, k, k);
  for (size_t i = 0; i < m; i++) {
    combine(run, a->rows + 2 * i, k, run->left + 2 * k * i);
  }
  for (size_t j = 0; j < k; j++) {
    for (size_t i = 0; i < m; i++) {
      put(run->middle, j * m + i, at(run->left, i * k + j));
    }
  }
  point(run, run->middle, k, m);
  for (size_t i = 0; i < m; i++) {
    combine(run, a->rows + 2 * i, m, target + 2 * m * i);
  }
}

/* X -= a b' */
static void subtract_outer(size_t m, const double *a, const double *b,
                           double *x) {
  for (size_t i = 0; i < m; i++) {
    double *row = x + 2 * m * i;
    number factor = at(a, i);

    for (size_t j = 0; j < m; j++) {
      double re = b[2 * j];
      double im = b[2 * j + 1];

      row[2 * j] -= factor.re * re - factor.im * im;
      row[2 * j + 1] -= factor.re * im + factor.im * re;
    }
  }
}

/* target = a + factor b */
static void add_scaled(size_t m, const double *a, number factor,
                       const double *b, double *target) {
  for (size_t i = 0; i < m; i++) {
    put(target, i, sum_of(at(a, i), times(factor, at(b, i))));
  }
}

/* target = factor a */
static void scale_vector(size_t m, const double *a, number factor,
                         double *target) {
  for (size_t i = 0; i < m; i++) {
    put(target, i, times(factor, at(a, i)));
  }
}

/* target = X (factor Z)', X symmetric */
static void project(const complex_run *run, const double *x, number factor,
                    double *target) {
  static const number UNITS[2] = {{1.0, 0.0}, {0.0, 1.0}};

  memset(target, 0, 2 * run->m * sizeof(double));
  for (int part = 0; part < 2; part++) {
    const sx_row *row = &run->design.rows[part];

    for (int32_t e = 0; e < row->count; e++) {
      number value = times(scaled(UNITS[part], row->value[e]), factor);

      add_scaled(run->m, target, value, x + 2 * run->m * (size_t)row->column[e],
                 target);
    }
  }
}

/* |sum of (x - y)^2|, as statsmodels measures; y NULL: zero. */
static double square_sum(size_t count, const double *x, const double *y) {
  number sum = {0.0, 0.0};

  for (size_t i = 0; i < count; i++) {
    number change = y == NULL ? at(x, i) : minus(at(x, i), at(y, i));

    sum = sum_of(sum, times(change, change));
  }
  return hypot(sum.re, sum.im);
}

/* ---- workspace ---- */

static void layout(const sx_system *system, sx_arena *arena, complex_run *run) {
  int32_t m = system->k_states;
  int32_t r = system->k_posdef;
  size_t states = (size_t)m;
  size_t wide = (size_t)(m > r ? m : r);
  double **vectors[] = {&run->state, &run->filtered, &run->M,
                        &run->M_inf, &run->G,        &run->K};
  double **matrices[] = {&run->covs[0],    &run->covs[1],      &run->steady,
                         &run->P_filtered, &run->selected_cov, &run->diffuse};

  sx_sparse_layout(2, m, arena, &run->design);
  sx_sparse_layout(2 * m, m, arena, &run->transition);
  sx_sparse_layout(2 * m, r, arena, &run->selection);
  for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
    *vectors[i] = sx_arena_doubles(arena, 2 * states);
  }
  for (size_t i = 0; i < sizeof(matrices) / sizeof(*matrices); i++) {
    *matrices[i] = sx_arena_doubles(arena, 2 * states * states);
  }
  run->left = sx_arena_doubles(arena, 2 * states * wide);
  run->middle = sx_arena_doubles(arena, 2 * states * wide);
  run->turned = sx_arena_doubles(arena, 2 * wide);
  run->rows = (const double **)sx_arena_take(arena, wide, sizeof(double *));
}

sx_status sx_system_loglike_complex_plan(const sx_system *system,
                                         size_t *work_size) {
  sx_arena arena = sx_arena_measure();
  complex_run run;

  if (system->k_states < 1 || system->k_posdef < 0 || system->nobs < 0 ||
      system->k_states > INT32_MAX / 2) {
    return SX_E_ARGUMENT;
  }
  layout(system, &arena, &run);
  return sx_arena_plan(&arena, work_size);
}

static void start(const sx_system *system, sx_system_loglikes *out,
                  complex_run *run) {
  size_t vector = 2 * (size_t)system->k_states * sizeof(double);
  size_t matrix = vector * (size_t)system->k_states;

  run->system = system;
  run->out = out;
  run->kernels = sx_sparse_kernels_of(sx_simd_detect());
  run->m = (size_t)system->k_states;
  run->time_invariant = sx_period_is_constant(system);
  run->forgets_steady = sx_period_is_forgotten(system);
  run->converged = run->was_singular = 0;
  memcpy(run->state, system->initial_state, vector);
  memcpy(run->covs[0], system->initial_state_cov, matrix);
  run->P = run->covs[0];
  run->P_next = run->covs[1];
  memset(run->diffuse, 0, matrix);
  if (system->initial_diffuse_state_cov != NULL) {
    memcpy(run->diffuse, system->initial_diffuse_state_cov, matrix);
  }
  memset(out->loglikelihood, 0, 2 * (size_t)system->nobs * sizeof(double));
  memset(out->scale, 0, 2 * (size_t)system->nobs * sizeof(double));
  memset(out->forecast_error_diffuse_cov, 0,
         (size_t)system->nobs * sizeof(double));
  out->nobs_diffuse = out->period_converged = 0;
  out->nobs_singular = out->nobs_diffuse_nonsingular = 0;
}

static const double *data_of(sx_periods periods, int64_t t) {
  return periods.data + t * periods.step;
}

static void load(complex_run *run) {
  const sx_system *system = run->system;
  int first = run->t == 0;

  if (first || system->design.step != 0) {
    sx_sparse_scan(data_of(system->design, run->t), &run->design);
  }
  if (first || system->transition.step != 0) {
    sx_sparse_scan(data_of(system->transition, run->t), &run->transition);
  }
  if (first || system->selection.step != 0 || system->state_cov.step != 0) {
    sx_sparse_scan(data_of(system->selection, run->t), &run->selection);
    sandwich(run, &run->selection, data_of(system->state_cov, run->t),
             run->selected_cov);
  }
}

/* ---- update ---- */

/* The period's share of the likelihood: of an F, and with it v^2 / F. */
static void record(complex_run *run, number log_F, const number *square) {
  number llf = {-0.5 * (LOG_2PI + log_F.re), -0.5 * log_F.im};

  if (square != NULL && run->system->concentrated) {
    put(run->out->scale, (size_t)run->t, *square);
  } else if (square != NULL) {
    llf = minus(llf, scaled(*square, 0.5));
  }
  put(run->out->loglikelihood, (size_t)run->t, llf);
}

/* v, M = P Z' and, but in the steady state, F. */
static void observe(complex_run *run) {
  number f = sum_of(dot(run->design.rows, run->state),
                    at(data_of(run->system->obs_intercept, run->t), 0));

  run->v = minus((number){run->system->endog[run->t], 0.0}, f);
  if (!run->converged || !run->system->univariate) {
    project(run, run->P, (number){1.0, 0.0}, run->M);
  }
  if (!run->converged) {
    run->F = sum_of(dot(run->design.rows, run->M),
                    at(data_of(run->system->obs_cov, run->t), 0));
  }
}

static void update(complex_run *run) {
  number inverse, u, square;

  observe(run);
  if (sx_period_is_singular(run->system, run->F.re)) {
    run->singular = 1;
    run->out->nobs_singular++;
    return;
  }
  inverse = inverse_of(run->F);
  u = times(inverse, run->v);
  square = times(run->v, u);
  add_scaled(run->m, run->state, u, run->M, run->filtered);
  if (!run->converged) {
    run->log_F = log_of(run->F);
    project(run, run->P, inverse, run->G);
    subtract_outer(run->m, run->G, run->M, run->P_filtered);
  }
  record(run, run->log_F, &square);
}

/* P+ = P - K0 M' - K1 M_inf', P_inf+ = P_inf - K0 M_inf' (general_diffuse.c) */
static void update_infinite(complex_run *run, number F_inf) {
  number inverse = inverse_of(F_inf);
  number ratio = times(scaled(run->F, -1.0), inverse);
  double *K0 = run->G;
  double *K1 = run->K;
  size_t m = run->m;

  scale_vector(m, run->M_inf, inverse, K0);
  scale_vector(m, run->M, inverse, K1);
  add_scaled(m, K1, ratio, K0, K1);
  add_scaled(m, run->state, run->v, K0, run->filtered);
  subtract_outer(m, K0, run->M, run->P_filtered);
  subtract_outer(m, K1, run->M_inf, run->P_filtered);
  subtract_outer(m, K0, run->M_inf, run->diffuse);
  record(run, log_of(F_inf), NULL);
}

/* F_inf = 0. */
static void update_finite(complex_run *run) {
  number inverse = inverse_of(run->F);
  number square = times(times(run->v, run->v), inverse);

  run->out->nobs_diffuse_nonsingular++;
  scale_vector(run->m, run->M, inverse, run->G);
  add_scaled(run->m, run->state, run->v, run->G, run->filtered);
  subtract_outer(run->m, run->G, run->M, run->P_filtered);
  record(run, log_of(run->F), &square);
}

static void update_diffuse(complex_run *run) {
  number F_inf;

  observe(run);
  run->F = run->F.re < 0.0 ? (number){0.0, 0.0} : run->F;
  project(run, run->diffuse, (number){1.0, 0.0}, run->M_inf);
  F_inf = dot(run->design.rows, run->M_inf);
  run->out->forecast_error_diffuse_cov[run->t] =
      F_inf.re < 0.0 ? 0.0 : F_inf.re;
  if (F_inf.re > SX_TOLERANCE_DIFFUSE) {
    update_infinite(run, F_inf);
  } else if (run->F.re > SX_TOLERANCE_DIFFUSE) {
    update_finite(run);
  }
}

/* One period's a+, P+. */
static void update_period(complex_run *run) {
  size_t vector = 2 * run->m * sizeof(double);

  run->missing = isnan(run->system->endog[run->t]);
  run->singular = 0;
  run->converged = run->converged && !run->missing;
  memcpy(run->filtered, run->state, vector);
  if (!run->converged) {
    memcpy(run->P_filtered, run->P, vector * run->m);
  }
  if (run->missing) {
    observe(run);
    run->v = (number){0.0, 0.0};
  } else if (run->in_diffuse) {
    update_diffuse(run);
  } else {
    update(run);
  }
  put(run->out->forecast_error, (size_t)run->t, run->v);
  put(run->out->forecast_error_cov, (size_t)run->t,
      run->F.re < 0.0 ? (number){0.0, 0.0} : run->F);
}

/* ---- prediction ---- */

/* P_next = the symmetric part of T P+ T' + R Q R'. */
static void predict_cov(complex_run *run) {
  const double *shift = run->selected_cov;
  double *next = run->P_next;
  size_t m = run->m;

  sandwich(run, &run->transition, run->P_filtered, next);
  for (size_t i = 0; i < m; i++) {
    for (size_t j = i; j < m; j++) {
      size_t one = i * m + j;
      size_t other = j * m + i;
      number mean = scaled(sum_of(sum_of(at(shift, one), at(next, one)),
                                  sum_of(at(shift, other), at(next, other))),
                           0.5);

      put(next, one, mean);
      put(next, other, mean);
    }
  }
}

static void predict(complex_run *run) {
  const double *intercept = data_of(run->system->state_intercept, run->t);

  for (size_t i = 0; i < run->m; i++) {
    put(run->state, i,
        sum_of(at(intercept, i),
               dot(run->transition.rows + 2 * i, run->filtered)));
  }
  if (!run->converged) {
    predict_cov(run);
  }
  if (run->in_diffuse) {
    sandwich(run, &run->transition, run->diffuse, run->diffuse);
  }
}

/* Whether this period is the first of the steady state. */
static int becomes_steady(const complex_run *run) {
  return run->time_invariant && !run->converged && !run->missing &&
         run->t >= run->out->nobs_diffuse + 1 &&
         !isnan(run->system->endog[run->t - 1]) &&
         square_sum(run->m * run->m, run->P, run->P_next) <
             run->system->tolerance;
}

/* In the steady state P is, from the second period on, that of its first. */
static void shift(complex_run *run) {
  size_t size = 2 * run->m * run->m * sizeof(double);
  int was_converged = run->converged;

  if (becomes_steady(run)) {
    run->converged = 1;
    run->out->period_converged = run->t;
    memcpy(run->steady, run->P, size);
  }
  run->P = was_converged ? run->steady : run->P_next;
  run->P_next = run->P == run->covs[0] ? run->covs[1] : run->covs[0];
  run->was_singular = run->singular;
}

static void filter_period(complex_run *run) {
  size_t count = run->m * run->m;

  if (run->converged && run->was_singular && !run->system->univariate) {
    run->converged = 0;
    run->out->period_converged = 0;
  }
  run->converged = run->converged && !run->forgets_steady;
  load(run);
  run->in_diffuse =
      run->t == run->out->nobs_diffuse &&
      square_sum(count, run->diffuse, NULL) > SX_TOLERANCE_DIFFUSE;
  run->out->nobs_diffuse += run->in_diffuse;
  update_period(run);
  predict(run);
  shift(run);
}

sx_status sx_system_loglike_complex(const sx_system *system, void *work,
                                    size_t work_size, sx_system_loglikes *out) {
  sx_arena arena = sx_arena_bind(work, work_size);
  sx_counter counter = {system->interrupt, 0, 0};
  int64_t step = (int64_t)system->k_states * system->k_states * 16;
  complex_run run;

  layout(system, &arena, &run);
  if (sx_arena_failed(&arena)) {
    return SX_E_WORKSPACE;
  }
  start(system, out, &run);
  for (run.t = 0; run.t < system->nobs; run.t++) {
    filter_period(&run);
    if (sx_interrupt_asked(&counter, step)) {
      return SX_E_INTERRUPTED;
    }
  }
  out->converged = run.converged;
  return SX_OK;
}
