/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The exact engine: the log-likelihood of statsmodels' model in O(q*) a period.
 *
 * With x = phi(B) (1 - B)^d (1 - B^s)^D (y - X beta), zeros before the first
 * observation and the intercepts removed, the state space model says
 *
 *   x_t = theta(B) eps_t                                     for t > c,
 *   (x_1..x_c)' ~ N(0, sigma2 Pi),   Pi = K + P_arma + G     (time order)
 *
 *   K       the diffuse differences: kappa / sigma2 sum_k f_k f_k', f_k the
 *           polynomials phi(B) (1 - B)^{d-1-k} (1 - B^s)^D, k < d, and
 *           phi(B) B^j (1 - B^s)^{D-1-b}, j < s, b < D
 *   P_arma  (r, r) covariance of the ARMA state at t = 1: kappa / sigma2 I,
 *           with c = max(kd + p*, r); or stationary, with c = max(kd + p*, q*),
 *           or c = kd if p* = 0
 *   G       what the moving average adds with eps_t = 0 for t <= 1:
 *           G[t,u] = G[t-1,u-1] + theta_{t-1} theta_{u-1}
 *
 * With a stationary start the block is taken of z = phi(B)^-1 x, where P_arma +
 * G is the Toeplitz matrix of the ARMA autocovariances and K stays in its first
 * kd rows: in x it would spread, and leave errors of kappa eps / sigma2.
 *
 * x_1..x_c correlate with later values through the last h = min(q*, c) of
 * them alone, as they would in the stationary moving average. So
 *
 *   log p(x_1..x_m) = log p(x_{c+1}..x_m) + log N(x_1..x_c - mu; Pi - R)
 *
 * where filter/schur.h, run backwards in time, gives the first term and leaves
 * x - mu and R. statsmodels omits the first `burn` periods, that is
 * log p(x_1..x_burn): the same once more, or the leading block of Pi if burn
 * <= c. docs/exact.md derives all this.
 *
 * Missing values: any number goes in, and each gap gets a column, what one unit
 * more there would add to x. Integrating the unknowns out (flat measure) leaves
 *
 *   Q = b_0 - b' M^-1 b,   log det += log |M|
 *
 * with M and b the products of the columns' and the data's innovations.
 *
 * A forecast needs x of the next q* periods at most, which are the only ones
 * that what was observed says anything of. They are unknowns like the gaps,
 * each with a column that is one at its own period (filter/future.h).
 */
#ifndef SX_FILTER_EXACT_H
#define SX_FILTER_EXACT_H

#include "filter/autocov.h"
#include "filter/schur.h"

/* More gaps than this go to the Kalman filter (`benchmarks limits`). */
enum { SX_MAX_GAPS = 48 };

/* All arrays in lanes, but z, intercept, gaps and lags. */
typedef struct sx_exact {
  const sx_model *model;
  int32_t width;
  int32_t each_series; /* non-zero: each lane has its own */
  int64_t nobs;        /* up to the last observation, of the longest lane, and
                          `ahead` more */
  int32_t ahead;       /* periods after it whose x are unknowns; 0: none */
  int64_t burn;
  int32_t p, q, r, c, h;
  int32_t diff, seasonal_diff, kd; /* 0 with SX_SIMPLE_DIFFERENCING */
  int stationary;
  int in_z;        /* the first block is that of z: stationary start with AR */
  int32_t columns; /* data, gaps and periods ahead */
  int32_t den_columns; /* data and gaps before the burn */
  int64_t *gaps;       /* (columns,) periods, ascending */
  int32_t k_gaps;
  double *filled; /* (k_gaps,) y - X beta that was put in there */
  int32_t *lags;  /* (p + 1,) where phi is not zero, lag 0 first */
  int32_t k_lags;
  const sx_series *series[SX_MAX_LANES];
  int64_t lane_nobs[SX_MAX_LANES];     /* as nobs */
  double *z[SX_MAX_LANES];             /* (nobs,) newest first: differences, or
                                          what they are taken of in lanes; NULL:
                                          of the series */
  double *intercept[SX_MAX_LANES];     /* (nobs,) newest first, or NULL */
  double *z_memory, *intercept_memory; /* (nobs,) for each lane */
  double *z_lanes;                     /* (nobs,) */
  double *phi;                         /* (p + 1,) 1, -phi_1, ... */
  double *theta;                       /* (r + 2,) 1, theta_1, ..., 0 */
  double *ma_gamma;                    /* (q + 1,) of the moving average */
  double *ik;                          /* (1,) kappa / sigma2 */
  double *gamma;     /* (c,) autocovariances of a stationary start with AR */
  double *generator; /* (kd + p + 1,) */
  int32_t *places;   /* (kd + p + 1,) where it is not zero */
  double *row;       /* (r + 2,) workspace of one row */
  double *first;     /* (c,) phi(B) z of the first block, newest first */
  double *shift;     /* (c, 2 columns) see rhs_to_z in filter/block_lanes.h */
  sx_params params;  /* of the lane loaded last */
  sx_autocov autocov;
  double *initial_state; /* (r,) */
  double *sigma2;        /* (width,) */
  double *gamma_error;   /* (width,) of the autocovariances, relative, in eps */
  double *ar_variance; /* (width,) of its AR factors without the MA, product */
  double *largest;     /* (width,) largest |y|, with and without exog */
  double *largest_endog;    /* (width,) without exog */
  double diffuse_growth;    /* growth: filter/accuracy.h */
  double first_largest;     /* of the series that was covered */
  double *recent, *settled; /* (q + 1,) workspace of filter/accuracy.c */
  size_t ld;                /* c + 2 columns */
  double *block;            /* (c, ld) upper triangle of Pi, then e, then x */
  double *diagonal;         /* (c,) of Pi */
  double *near;             /* (h, h + columns) */
  double *joint;            /* (columns, columns) one lane's products */
  sx_counter counter;       /* stopped: what was computed means nothing */
  sx_schur num, den;
  sx_schur *lead; /* of one lane, with a history: runs num's covariances where
                     all lanes have the same theta, there are no gaps and no
                     periods of den; else NULL */
} sx_exact;

/* Runs the lanes: z, phi, theta, ... in; `det` and `gram` of num and den. */
typedef void (*sx_exact_kernel)(sx_exact *exact);

struct sx_future;
typedef void (*sx_future_kernel)(sx_exact *exact, struct sx_future *future);

struct sx_schur_bar;
struct sx_block_bar;

typedef struct sx_exact_run {
  int32_t width;
  int32_t time; /* of a run, in tenths of one of width 1, roughly */
  sx_exact_kernel kernel;
  sx_exact_kernel replay; /* NULL for one lane */
  sx_future_kernel future;
} sx_exact_run;

/* The kernels for one problem and for several at once; the adjoints of one. */
typedef struct sx_exact_kernels {
  sx_exact_run runs[3]; /* by width, the first for one */
  int32_t k_runs;
  /* The recursion of one lane, of gamma (q + 1,). */
  void (*covariances)(sx_schur *schur, const double *gamma);
  /* Fills exact->generator (filter/data_lanes.h), one lane; its degree. */
  int32_t (*generator)(const sx_exact *exact, int in_z, int32_t diff,
                       int32_t seasonal);
  void (*schur_adjoint)(struct sx_schur_bar *bar, const sx_schur *schur);
  void (*eliminate_adjoint)(const struct sx_block_bar *bar, const double *first,
                            int32_t pivots);
} sx_exact_kernels;

const sx_exact_kernels *sx_exact_kernels_of(sx_simd level);

/*
 * The number of lanes in which `count` problems take the least time;
 * lane_size: bytes of the block of one.
 */
int32_t sx_exact_width(sx_simd level, int64_t count, size_t lane_size);

/*
 * The same where the problems that do not fill the lanes may take fewer ones
 * after that: the number of lanes in which to begin, and the time of all.
 */
int64_t sx_exact_time(sx_simd level, int64_t count, size_t lane_size,
                      int32_t *width);

/* The most lanes there may be. */
int32_t sx_exact_widest(sx_simd level, size_t lane_size);

/*
 * Whether the kernel takes the differences of all lanes at once: where each has
 * a z of its own, which only one run reads.
 */
int sx_exact_differences_lanes(const sx_exact *exact);

/* Runs the kernel for exact->width lanes. */
void sx_exact_run_lanes(sx_exact *exact);

/*
 * The same for other data without gaps, where the run before had the same
 * parameters in every lane and num.shared, den.shared hold its histories.
 */
void sx_exact_replay_lanes(sx_exact *exact);

/* Fills `future` after a run of the lanes. */
void sx_exact_future_lanes(sx_exact *exact, struct sx_future *future);

/* Sets schur->history and rho for steps of a run of one lane to be kept. */
void sx_exact_layout_history(sx_arena *arena, sx_schur *schur);

/* Runs the covariances of exact->lead, which are those of num in all lanes. */
void sx_exact_run_lead(sx_exact *exact);

/*
 * SX_REASON_NONE if the engine covers the model and the length and missing
 * values of the series; then sets the shape of `exact`, for `width` lanes.
 * Lanes that do not share one series have series of which the longest is given
 * here, and which are alike in their missing values or have none.
 */
sx_reason sx_exact_cover(const sx_model *model, const sx_series *series,
                         int32_t width, sx_exact *exact);

/* Periods of a lane up to its last observation. */
static inline int64_t sx_exact_observed(const sx_exact *exact, int32_t lane) {
  return exact->lane_nobs[lane] - exact->ahead;
}

/* Non-zero if so few periods are not covered. */
int sx_exact_is_short(const sx_exact *exact, int64_t nobs);

/* Arrays of a shape that is covered. */
void sx_exact_layout(sx_arena *arena, sx_exact *exact);

/*
 * Sets what depends on no parameters: lags, gaps, and z without exog.
 *   series: one for all lanes; or, if each_series, `count` of them, the last
 *           one for any further lanes too
 */
void sx_exact_bind(sx_exact *exact, const sx_series *series, int32_t count);

/*
 * SX_REASON_NONE if the engine covers the parameters (k_params,); then sets
 * what the kernel reads of one lane.
 */
sx_reason sx_exact_load(sx_exact *exact, int32_t lane, const double *params);

/* The data's part of sx_exact_load, after that of the same parameters. */
void sx_exact_load_data(sx_exact *exact, int32_t lane);

/* What a run of the kernel says of one lane. */
typedef struct sx_exact_result {
  double loglike;
  double scale;
  double log_det;     /* of all innovations less those of the burn */
  double squares;     /* the same of v^2 / F */
  int64_t count;      /* observations in the likelihood */
  double error;       /* estimated bound of its rounding error */
  double sensitivity; /* filter/accuracy.h */
  double loss;        /* the part of `error` that does not come from the data */
} sx_exact_result;

/*
 * SX_REASON_SINGULAR if the value is not finite, SX_REASON_PRECISION if its
 * estimated error is too large; params (k_params,) of this lane.
 */
sx_reason sx_exact_result_of(const sx_exact *exact, int32_t lane,
                             const double *params, sx_exact_result *result);

#endif
