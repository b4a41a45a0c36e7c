/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sarimax_c: SARIMAX log-likelihoods, filters and forecasts in C11.
 *
 * The model (Harvey representation, as statsmodels' SARIMAX builds it):
 *
 *     y_t     = Z a_t + d_t + eps_t,          eps_t ~ N(0, H)
 *     a_{t+1} = T a_t + c_t + R eta_t,        eta_t ~ N(0, Q)
 *
 * with d_t = x_t' beta, c_t the trend, Q = sigma2 and the differencing inside
 * the state (Durbin & Koopman, Time Series Analysis by State Space Methods, 2nd
 * ed., section 3.4; statsmodels tsa/statespace/sarimax.py).
 *
 * How to use it: fill an sx_spec, call sx_model_init once, ask a *_plan
 * function how many bytes of workspace a run needs, allocate them, and run.
 *
 * Contract of every function here:
 *  - returns an sx_status: 0 ok, < 0 error (outputs undefined), > 0 warning
 *    (outputs valid);
 *  - allocates nothing, keeps no state, prints nothing; inputs are never
 * written;
 *  - may be called from any number of threads at once, each with its own
 *    workspace and outputs;
 *  - matrices are row-major; double is IEEE 754 binary64; NaN in endog =
 * missing.
 */
#ifndef SARIMAX_C_H
#define SARIMAX_C_H

#include <stddef.h>
#include <stdint.h>

/* ---- status ---- */

/* X(name, number, message). Numbers never change once released. */
#define SX_STATUS_MAP(X)                                                       \
  X(SX_OK, 0, "ok")                                                            \
  X(SX_E_ARGUMENT, -1, "invalid argument to a core function")                  \
  X(SX_E_MEMORY, -2, "out of memory")                                          \
  X(SX_E_OVERFLOW, -3, "the problem is too large: a size overflows")           \
  X(SX_E_WORKSPACE, -4, "the workspace is smaller than its plan asks for")     \
  X(SX_E_LAGS, -10, "lags must be positive and strictly ascending")            \
  X(SX_E_DIFF, -11, "differencing orders must not be negative")                \
  X(SX_E_PERIODS, -12, "Seasonal periodicity must be greater than 1.")         \
  X(SX_E_TREND, -13, "trend powers must be non-negative and ascending")        \
  X(SX_E_MAX_STATES, -14, "the model has more states than max_states")         \
  X(SX_E_NOBS, -15,                                                            \
    "too few observations for start parameters (argument: y);"                 \
    " a fit takes others: start_params=")                                      \
  X(SX_E_EXACT, -16, "the exact engine cannot compute this")                   \
  X(SX_E_INTERRUPTED, -17, "interrupted")                                      \
  X(SX_E_DATA, -18, "the data are empty or infinite")                          \
  X(SX_E_LU, -20, "LU decomposition error.")                                   \
  X(SX_W_SKIPPED, 1,                                                           \
    "observations with forecast error variance below 1e-12 were skipped")      \
  X(SX_W_NONFINITE, 2, "the log-likelihood is not finite")

typedef enum sx_status {
#define SX_STATUS_ENUM(name, number, message) name = (number),
  SX_STATUS_MAP(SX_STATUS_ENUM)
#undef SX_STATUS_ENUM
} sx_status;

/* Name ("SX_E_LU") and message of a status; "SX_UNKNOWN" for any other number.
 */
const char *sx_status_name(int status);
const char *sx_status_message(int status);

/* ---- specification ---- */

/* Lags of one polynomial, ascending, each >= 1. Borrowed, never freed here. */
typedef struct sx_lags {
  int32_t count;
  const int32_t *lag; /* (count,) */
} sx_lags;

enum {
  SX_MEASUREMENT_ERROR = 1 << 0,
  SX_ENFORCE_STATIONARITY = 1 << 1,
  SX_ENFORCE_INVERTIBILITY = 1 << 2,
  SX_CONCENTRATE_SCALE = 1 << 3,
  SX_SIMPLE_DIFFERENCING = 1 << 4
};

typedef struct sx_spec {
  sx_lags ar, ma;                   /* lags in observations */
  sx_lags seasonal_ar, seasonal_ma; /* lags in seasons: 1 means `periods` */
  int32_t diff, seasonal_diff;      /* d, D */
  int32_t periods;                  /* s; 0 = no seasonal part */
  sx_lags trend; /* exponents k of (trend_offset + t)^k, >= 0 */
  double trend_offset;
  int32_t k_exog;
  uint32_t flags;             /* SX_MEASUREMENT_ERROR | ... */
  int64_t loglikelihood_burn; /* -1 = number of diffuse states */
  double initial_variance;    /* kappa, variance of diffuse states */
  double tolerance;           /* steady-state rule; 0 = off */
  int32_t max_states;         /* larger models are SX_E_MAX_STATES */
} sx_spec;

/* Instruction set of the filter's inner loops; results do not depend on it. */
typedef enum sx_simd {
  SX_SIMD_BASELINE = 0,
  SX_SIMD_AVX2 = 1,
  SX_SIMD_AVX512 = 2
} sx_simd;

/* The best level this CPU has, and a level's name ("baseline", "avx2",
 * "avx512"). */
sx_simd sx_simd_detect(void);
const char *sx_simd_name(sx_simd level);

/*
 * A checked specification with its layout. Parameter vector, in order:
 * [trend | exog | ar | ma | seasonal ar | seasonal ma | measurement variance |
 * sigma2]; an absent block has offset equal to the next one's.
 * State vector: diff differences, seasonal_diff blocks of `periods`, k_order
 * ARMA states (no difference states with SX_SIMPLE_DIFFERENCING).
 */
typedef struct sx_model {
  sx_spec spec;
  int32_t k_params;
  int32_t offset_trend, offset_exog, offset_ar, offset_ma;
  int32_t offset_seasonal_ar, offset_seasonal_ma;
  int32_t offset_measurement_variance, offset_sigma2;
  int32_t has_sigma2;    /* 0 with SX_CONCENTRATE_SCALE */
  int32_t ar_order;      /* p*: degree of the reduced AR polynomial */
  int32_t ma_order;      /* q*: degree of the reduced MA polynomial */
  int32_t k_order;       /* r = max(p*, q* + 1): ARMA states */
  int32_t k_diff_states; /* d + s D, 0 with simple differencing */
  int32_t k_states;      /* m */
  int64_t loglikelihood_burn;
  sx_simd simd;
} sx_model;

/*
 * Checks `spec`, derives the layout. The lag arrays stay borrowed by `model`.
 * SX_E_LAGS, SX_E_DIFF, SX_E_PERIODS, SX_E_TREND, SX_E_MAX_STATES,
 * SX_E_OVERFLOW (more parameters than an int32_t counts), SX_E_ARGUMENT
 * (k_exog < 0, max_states < 1, loglikelihood_burn < -1, NaN options).
 */
sx_status sx_model_init(const sx_spec *spec, sx_model *model);

/* ---- data ---- */

/* Long runs ask now and then; non-zero ends them with SX_E_INTERRUPTED. */
typedef struct sx_interrupt {
  int (*asked)(void *context);
  void *context;
} sx_interrupt;

/* What many runs on the same values need to look up but once. */
typedef struct sx_facts {
  int64_t last;    /* periods up to the last observed one */
  int64_t missing; /* missing values among these */
  double largest;  /* max |endog|, 0 without any */
} sx_facts;

typedef struct sx_series {
  int64_t nobs;
  const double *endog; /* (nobs,), NaN = missing */
  const double *exog;  /* (nobs, k_exog), finite; NULL if k_exog = 0 */
  const sx_interrupt *interrupt; /* NULL: what runs on it cannot be stopped */
  const sx_facts *facts;         /* of sx_look; NULL: each run looks itself */
} sx_series;

sx_facts sx_look(const sx_series *series);

/*
 * The differencing of SX_SIMPLE_DIFFERENCING, in place: (1 - B^s)^D, then
 * (1 - B)^d, on endog and on each column of exog.
 *   endog (nobs,), exog (nobs, k_exog) or NULL: the first rows hold the result
 * Returns the number of rows left; without the flag nobs, and nothing changes.
 */
int64_t sx_difference(const sx_model *model, int64_t nobs, double *endog,
                      double *exog);

/* ---- parameters ---- */

/*
 * statsmodels' transformation of unconstrained optimizer parameters to
 * stationary, invertible, positive ones, and its inverse (Monahan 1984).
 *   unconstrained, constrained (k_params,): may be the same array
 */
sx_status sx_transform_params(const sx_model *model,
                              const double *unconstrained, double *constrained);
sx_status sx_untransform_params(const sx_model *model,
                                const double *constrained,
                                double *unconstrained);

/* What sx_start_params had to replace or could not estimate (bits). */
enum {
  SX_START_NONSTATIONARY_AR = 1 << 0,          /* AR start set to zero */
  SX_START_NONSTATIONARY_SEASONAL_AR = 1 << 1, /* seasonal AR set to zero */
  SX_START_NONINVERTIBLE_MA = 1 << 2,
  SX_START_NONINVERTIBLE_SEASONAL_MA = 1 << 3,
  SX_START_TOO_FEW_OBS = 1 << 4,          /* ARMA and trend start set to zero */
  SX_START_TOO_FEW_OBS_SEASONAL = 1 << 5, /* seasonal ARMA start set to zero */
  SX_START_OUTSIDE = 1 << 6 /* sx_fit: not in the region that is enforced */
};

/*
 * Start parameters of statsmodels: regression on exog, then conditional sum of
 * squares (Hannan-Rissanen) for the ARMA and the seasonal block.
 *   series: raw, as given by the user if SX_SIMPLE_DIFFERENCING is not set, and
 *           already differenced if it is
 *   params (k_params,): output;  flags: output, SX_START_* bits
 * SX_E_NOBS where a single observation is left after differencing and there is
 * a trend, an AR or MA term or exog to estimate from it.
 */
sx_status sx_start_params_plan(const sx_model *model, int64_t nobs,
                               size_t *work_size);
sx_status sx_start_params(const sx_model *model, const sx_series *series,
                          void *work, size_t work_size, double *params,
                          uint32_t *flags);

/* ---- filter ---- */

/*
 * A NULL pointer means not wanted. `llf` is what statsmodels' filter results
 * say, `loglike` what its loglike() returns. They differ with
 * SX_CONCENTRATE_SCALE alone: loglike leaves skipped observations out of the
 * count that multiplies log(scale), and is NaN where no observation is left
 * after the burn. With that flag llf_obs needs standardized_forecasts_error.
 */
typedef struct sx_filter_output {
  double *forecasts;           /* (nobs,) E(y_t | y_1..y_{t-1}) */
  double *forecasts_error;     /* (nobs,) v_t, NaN where missing */
  double *forecasts_error_cov; /* (nobs,) F_t */
  double
      *standardized_forecasts_error; /* (nobs,) v_t / sqrt(F_t), 0: missing */
  double *llf_obs;                   /* (nobs,) also before the burn */
  double llf;               /* sum of llf_obs from loglikelihood_burn on */
  double loglike;           /* the same, but see below */
  double scale;             /* 1 unless SX_CONCENTRATE_SCALE */
  int64_t nobs_skipped;     /* observed periods with F_t < 1e-12 */
  int64_t period_converged; /* tau of the steady state at the end, -1: none */
} sx_filter_output;

/*
 * The identical engine: statsmodels' conventional Kalman filter, with its
 * initialisation, steady-state rule, skipping rule and order of operations.
 *   series: differenced by sx_difference;  params (k_params,)
 *   work (work_size bytes, any alignment): sx_filter_plan
 * SX_E_LU as statsmodels' LinAlgError; SX_E_ARGUMENT for llf_obs without
 * standardized_forecasts_error where the scale is concentrated out;
 * SX_W_SKIPPED; SX_W_NONFINITE.
 */
sx_status sx_filter_plan(const sx_model *model, size_t *work_size);
sx_status sx_filter(const sx_model *model, const sx_series *series,
                    const double *params, void *work, size_t work_size,
                    sx_filter_output *out);

/* ---- log-likelihood ---- */

/*
 * identical: statsmodels' numbers, its rounding included (sx_filter). exact:
 * the model's true value, in O(q*) a period. auto: exact where the two are sure
 * to be closer than SX_AUTO_DISTANCE (from |llf| = 1000 on: than a thousandth
 * of that times |llf|), else identical.
 */
typedef enum sx_engine {
  SX_ENGINE_AUTO = 0,
  SX_ENGINE_EXACT = 1,
  SX_ENGINE_IDENTICAL = 2
} sx_engine;

#define SX_AUTO_DISTANCE 5e-7

/* Why the exact engine did not run. X(name, number, message) */
#define SX_REASON_MAP(X)                                                       \
  X(SX_REASON_NONE, 0, "the exact engine ran")                                 \
  X(SX_REASON_ASKED, 1, "asked for")                                           \
  X(SX_REASON_MEASUREMENT_ERROR, 2, "the model has measurement error")         \
  X(SX_REASON_SEASONAL_DIFF, 3, "seasonal differencing of order 3 or more")    \
  X(SX_REASON_AR_DEGREE, 4, "a lag or a season is too long")                   \
  X(SX_REASON_SHORT, 5, "no more observations than initial ones")              \
  X(SX_REASON_GAPS, 6, "more than 48 missing values")                          \
  X(SX_REASON_PARAMS, 7, "a parameter is not finite or sigma2 not positive")   \
  X(SX_REASON_STATIONARY, 8, "the autoregression is not stationary")           \
  X(SX_REASON_UNIT_ROOT, 9, "the autoregression is too close to a unit root")  \
  X(SX_REASON_PRECISION, 10, "rounding may exceed 1e-9 of the value")          \
  X(SX_REASON_SINGULAR, 11, "the value is not finite")                         \
  X(SX_REASON_ROUNDING, 12, "statsmodels' own rounding may be too large")      \
  X(SX_REASON_STEADY, 13, "statsmodels' steady state may be too far off")      \
  X(SX_REASON_HORIZON, 14, "more than 64 periods ahead depend on the data")

typedef enum sx_reason {
#define SX_REASON_ENUM(name, number, message) name = (number),
  SX_REASON_MAP(SX_REASON_ENUM)
#undef SX_REASON_ENUM
} sx_reason;

const char *sx_reason_message(int reason);

typedef struct sx_loglike_output {
  sx_status status;     /* < 0: the others mean nothing, but for the reason */
  double loglike;       /* statsmodels' loglike() */
  int64_t nobs_skipped; /* as in sx_filter_output; 0 from the exact engine */
  sx_engine engine;     /* the one that ran, exact or identical */
  sx_reason reason;     /* why not the exact one */
} sx_loglike_output;

/*
 * What to compute. Several series must be of one length with the same values
 * missing, or have no missing values but at their ends.
 */
typedef struct sx_loglike_request {
  sx_engine engine;
  int64_t count;
  const double *params;  /* (count, k_params), or (k_params,) if shared */
  int32_t shared_params; /* non-zero: one parameter vector for all */
  int32_t each_series;   /* non-zero: number i is of series[i], else all of
                            the one series */
} sx_loglike_request;

/*
 * `count` log-likelihoods, as many at once as the instruction set has lanes; no
 * value depends on the others.
 *   series: differenced by sx_difference; for the plan one, the longest
 *   out (count,)
 *   work (work_size bytes, any alignment): sx_loglike_plan
 * Returns the first error among those in `out`: SX_E_EXACT if the exact engine
 * was asked for and cannot run, for the reason in `out`; SX_E_LU;
 * SX_E_INTERRUPTED, with no results at all. Else the
 * largest warning: SX_W_SKIPPED, SX_W_NONFINITE.
 */
sx_status sx_loglike_plan(const sx_model *model, const sx_series *series,
                          const sx_loglike_request *request, size_t *work_size);
sx_status sx_loglike(const sx_model *model, const sx_series *series,
                     const sx_loglike_request *request, void *work,
                     size_t work_size, sx_loglike_output *out);

typedef struct sx_score_output {
  /*
   * input: with SX_REASON_PRECISION, whose limit is a relative 1e-9, go on up
   * to this estimated error of `loglike`; 0: do not
   */
  double most_error;
  double loglike;        /* of the exact engine */
  double *score;         /* (k_params,) derivatives of it by the parameters */
  sx_reason reason;      /* why the exact engine cannot run */
  sx_reason auto_reason; /* why SX_ENGINE_AUTO would not report `loglike` */
} sx_score_output;

/*
 * Exact log-likelihood and its gradient by the parameters, by the adjoint
 * method.
 *   series: differenced by sx_difference;  params (k_params,)
 *   work (work_size bytes, any alignment): sx_score_plan
 * SX_E_EXACT where the exact engine does not cover model, data or parameters;
 * SX_E_INTERRUPTED.
 */
sx_status sx_score_plan(const sx_model *model, const sx_series *series,
                        size_t *work_size);
sx_status sx_score(const sx_model *model, const sx_series *series,
                   const double *params, void *work, size_t work_size,
                   sx_score_output *out);

/* Where to differentiate, and whose log-likelihood. */
typedef struct sx_point {
  sx_engine engine;
  const double *params; /* (k_params,) */
} sx_point;

typedef struct sx_loglike_score_output {
  double loglike;   /* what sx_loglike says */
  double *score;    /* (k_params,) */
  sx_engine engine; /* whose derivatives they are, exact or identical */
  sx_reason reason; /* why not the exact one's */
} sx_loglike_score_output;

/*
 * Log-likelihood of an engine and first derivatives: those of sx_score wherever
 * the exact engine covers the case (with SX_ENGINE_AUTO also where another
 * value is reported), else differences of the identical engine's
 * log-likelihoods, NaN where no step stays inside the region in which these
 * exist (fit/differences.h).
 *   series: differenced by sx_difference
 *   work (work_size bytes, any alignment): sx_loglike_score_plan
 * SX_E_EXACT if the exact engine was asked for and cannot run; SX_E_LU;
 * SX_E_INTERRUPTED; SX_W_SKIPPED, SX_W_NONFINITE of the value.
 */
sx_status sx_loglike_score_plan(const sx_model *model, const sx_series *series,
                                sx_engine engine, size_t *work_size);
sx_status sx_loglike_score(const sx_model *model, const sx_series *series,
                           const sx_point *point, void *work, size_t work_size,
                           sx_loglike_score_output *out);

/* ---- second derivatives ---- */

typedef struct sx_hessian_output {
  double *hessian;  /* (k_params, k_params) symmetric */
  sx_engine engine; /* whose it is, exact or identical */
  sx_reason reason; /* why not the exact one's */
} sx_hessian_output;

/*
 * Second derivatives of the log-likelihood by the parameters: differences of
 * the exact score, or where that cannot be had second differences of the
 * identical engine's log-likelihoods. NaN where no step stays inside the region
 * in which these exist.
 *   series: differenced by sx_difference
 *   work (work_size bytes, any alignment): sx_hessian_plan
 * SX_E_EXACT if the exact engine was asked for and cannot run; SX_E_LU;
 * SX_E_INTERRUPTED.
 */
sx_status sx_hessian_plan(const sx_model *model, const sx_series *series,
                          sx_engine engine, size_t *work_size);
sx_status sx_hessian(const sx_model *model, const sx_series *series,
                     const sx_point *point, void *work, size_t work_size,
                     sx_hessian_output *out);

/*
 * The outer product of gradients S'S, S_ti the derivative of the identical
 * engine's log-likelihood of observation t by parameter i; its inverse is the
 * covariance of estimates that statsmodels calls "opg".
 *   series: differenced by sx_difference;  params (k_params,)
 *   matrix (k_params, k_params): NaN where there are no derivatives
 *   work (work_size bytes, any alignment): sx_opg_plan
 * SX_E_LU; SX_E_INTERRUPTED; SX_W_SKIPPED, SX_W_NONFINITE.
 */
sx_status sx_opg_plan(const sx_model *model, const sx_series *series,
                      size_t *work_size);
sx_status sx_opg(const sx_model *model, const sx_series *series,
                 const double *params, void *work, size_t work_size,
                 double *matrix);

/*
 * The S of sx_opg itself, transposed.
 *   scores (k_params, nobs): 0 before the burn and where skipped
 *   everything else: as sx_opg
 */
sx_status sx_score_obs(const sx_model *model, const sx_series *series,
                       const double *params, void *work, size_t work_size,
                       double *scores);

/*
 * The information matrix of Harvey (1989, section 3.4.5),
 *   I_ij = sum_t (v_ti v_tj / F_t + F_ti F_tj / (2 F_t^2)),
 * v_ti and F_ti the derivatives by parameter i of the identical engine's
 * forecast errors and their variances, t from the burn on; its inverse is the
 * covariance of estimates that statsmodels calls "oim". As there, a missing
 * period counts with its variance, a skipped one with both.
 *   matrix (k_params, k_params): NaN where there are no derivatives, or an F_t
 *     is not positive
 *   work (work_size bytes, any alignment): sx_information_plan
 *   everything else: as sx_opg
 */
sx_status sx_information_plan(const sx_model *model, const sx_series *series,
                              size_t *work_size);
sx_status sx_information(const sx_model *model, const sx_series *series,
                         const double *params, void *work, size_t work_size,
                         double *matrix);

/* ---- fit ---- */

/* How a search for the maximum ended. X(name, number, message) */
#define SX_FIT_END_MAP(X)                                                      \
  X(SX_FIT_CONVERGED, 0, "converged: an iteration gains next to nothing")      \
  X(SX_FIT_NOTHING, 1, "there are no parameters to estimate")                  \
  X(SX_FIT_ROUNDING, 2, "converged: no digits left to improve")                \
  X(SX_FIT_MAXITER, 3, "stopped: maxiter iterations reached")                  \
  X(SX_FIT_STUCK, 4, "stopped: no better point along the search direction")    \
  X(SX_FIT_NO_START, 5, "stopped: no log-likelihood at the start")             \
  X(SX_FIT_NO_DATA, 6, "stopped: no observation enters the log-likelihood")

typedef enum sx_fit_end {
#define SX_FIT_END_ENUM(name, number, message) name = (number),
  SX_FIT_END_MAP(SX_FIT_END_ENUM)
#undef SX_FIT_END_ENUM
} sx_fit_end;

const char *sx_fit_end_message(int end);

typedef struct sx_fit_request {
  sx_engine engine;           /* SX_ENGINE_AUTO or SX_ENGINE_EXACT */
  const double *start_params; /* (k_params,), or NULL: as sx_start_params */
  const uint8_t *fixed; /* (k_params,) non-zero stays at its start; or NULL */
  int32_t maxiter;
  int skips_zeros; /* non-zero: no search from zeros (fit/fit.h) */
} sx_fit_request;

typedef struct sx_fit_output {
  double *params;       /* (k_params,) */
  double loglike;       /* there, by the request's engine */
  double scale;         /* as in sx_filter_output */
  sx_engine engine;     /* that computed it */
  sx_reason reason;     /* why not the exact one */
  int64_t nobs_skipped; /* as in sx_loglike_output */
  sx_fit_end end;
  int64_t nit, nfev;    /* iterations; log-likelihoods */
  uint32_t start_flags; /* SX_START_* */
} sx_fit_output;

/*
 * Maximum likelihood from start to end: start parameters, a quasi-Newton search
 * on the exact log-likelihood and its gradient, and the log-likelihood at its
 * end. fit/fit.h tells how it searches.
 *   series: differenced by sx_difference
 *   work (work_size bytes, any alignment): sx_fit_plan
 * SX_E_NOBS, SX_E_LU, SX_E_EXACT as the functions it runs, at the start;
 * SX_E_INTERRUPTED; SX_W_SKIPPED; SX_W_NONFINITE.
 */
sx_status sx_fit_plan(const sx_model *model, const sx_series *series,
                      const sx_fit_request *request, size_t *work_size);
sx_status sx_fit(const sx_model *model, const sx_series *series,
                 const sx_fit_request *request, void *work, size_t work_size,
                 sx_fit_output *out);

#endif
