/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sarimax_c: many series of one model, on threads. The contract is that of
 * sarimax_c.h, but that these functions take their workspaces themselves (one
 * for each thread) and return when all their threads have ended.
 */
#ifndef SARIMAX_C_BATCH_H
#define SARIMAX_C_BATCH_H

#include "sarimax_c.h"

/* How the series of a batch lie in memory; made by sx_batch_prepare. */
typedef struct sx_batch_shape {
  int64_t *nobs;   /* (count,) rows of each, after differencing */
  sx_facts *facts; /* (count,) of these */
  int64_t *order;  /* (count,) permutation: those alike are neighbours */
  int32_t *usable; /* (count,) SX_OK, or why the series cannot be used */
} sx_batch_shape;

/*
 * Rows of a batch that sx_batch_prepare has not seen: a run on its threads does
 * what it does, and first of all copies them from where they are.
 */
typedef struct sx_batch_input {
  const double *source; /* (rows,) of endog, or NULL: they are there */
  double *endog, *exog; /* those of the batch, to be written */
  /*
   * Called in the caller's thread, with the context of the batch, when source
   * is not read any more.
   */
  void (*taken)(void *context);
} sx_batch_input;

/*
 * Many series of one model. Every run below gives each series the single run's
 * results, bit for bit, and a status; outputs of one that fails are NaN, 0
 * where they are integers. No output pointer is NULL, but for those of
 * sx_batch_filter_output.arrays and the variances of sx_batch_impute_output.
 */
typedef struct sx_batch {
  const sx_model *model;
  sx_engine engine;
  int64_t count;
  const double *endog;   /* (rows,) one series after the other */
  const double *exog;    /* (rows, k_exog) or NULL */
  const int64_t *indptr; /* (count + 1,) row at which each begins */
  sx_batch_shape shape;
  const double *params;  /* (count, k_params), or (k_params,) if shared */
  int32_t shared_params; /* non-zero: one parameter vector for all */
  int32_t n_threads;     /* at most; the caller's is one of them */
  /*
   * Asked by the caller's thread about every 20 ms with the number of series
   * done; non-zero ends the batch. NULL: not wanted.
   */
  int (*poll)(void *context, int64_t done);
  void *context;
  const sx_batch_input *input; /* NULL: sx_batch_prepare has filled `shape` */
} sx_batch;

/*
 * Differences the series in place (SX_SIMPLE_DIFFERENCING), checks their values
 * (SX_E_DATA) and fills the arrays of `shape`.
 *   endog (indptr[count],), exog (indptr[count], k_exog) or NULL
 */
void sx_batch_prepare(const sx_model *model, int64_t count,
                      const int64_t *indptr, double *endog, double *exog,
                      const sx_batch_shape *shape);

/*
 * All of them return SX_OK, SX_E_MEMORY, or SX_E_INTERRUPTED if
 * `poll` said so; by then every thread has ended.
 */

typedef struct sx_batch_loglike_output {
  double *loglike; /* (count,) */
  int32_t *status; /* (count,) */
  uint8_t *engine; /* (count,) sx_engine that ran */
} sx_batch_loglike_output;

sx_status sx_batch_loglike(const sx_batch *batch,
                           const sx_batch_loglike_output *out);

typedef struct sx_batch_score_output {
  double *loglike; /* (count,) */
  double *score;   /* (count, k_params) */
  int32_t *status; /* (count,) */
  uint8_t *engine; /* (count,) whose derivatives they are */
} sx_batch_score_output;

/* sx_loglike_score */
sx_status sx_batch_score(const sx_batch *batch,
                         const sx_batch_score_output *out);

typedef struct sx_batch_matrix_output {
  double *matrix;  /* (count, k_params, k_params) */
  int32_t *status; /* (count,) */
} sx_batch_matrix_output;

/* sx_opg; sx_information; the negative of sx_hessian */
sx_status sx_batch_opg(const sx_batch *batch,
                       const sx_batch_matrix_output *out);
sx_status sx_batch_information(const sx_batch *batch,
                               const sx_batch_matrix_output *out);
sx_status sx_batch_hessian(const sx_batch *batch,
                           const sx_batch_matrix_output *out);

typedef struct sx_batch_filter_output {
  sx_filter_output arrays; /* of (rows,) values; only its pointers are used */
  double *llf, *scale;     /* (count,) */
  int64_t *nobs_skipped, *period_converged; /* (count,) */
  int32_t *status;                          /* (count,) */
} sx_batch_filter_output;

sx_status sx_batch_filter(const sx_batch *batch,
                          const sx_batch_filter_output *out);

typedef struct sx_batch_forecast_output {
  int64_t steps;             /* input, >= 1 */
  const double *exog_future; /* input, (count, steps, k_exog) or NULL */
  double *mean, *var;        /* (count, steps) */
  int64_t *nobs_skipped;     /* (count,) */
  int32_t *status;           /* (count,) */
  uint8_t *engine;           /* (count,) which ran, 0 if status < 0 */
} sx_batch_forecast_output;

sx_status sx_batch_forecast(const sx_batch *batch,
                            const sx_batch_forecast_output *out);

typedef struct sx_batch_impute_output {
  double *mean;          /* (rows,) */
  double *var;           /* (rows,) or NULL: not wanted */
  int64_t *nobs_skipped; /* (count,) */
  int32_t *status;       /* (count,) */
} sx_batch_impute_output;

sx_status sx_batch_impute(const sx_batch *batch,
                          const sx_batch_impute_output *out);

typedef struct sx_batch_start_output {
  double *params;  /* (count, k_params) */
  uint32_t *flags; /* (count,) SX_START_* */
  int32_t *status; /* (count,) */
} sx_batch_start_output;

/* Start parameters; the batch needs none. */
sx_status sx_batch_start_params(const sx_batch *batch,
                                const sx_batch_start_output *out);

typedef struct sx_batch_fit_output {
  double *params; /* (count, k_params) */
  double *llf, *scale;
  int64_t *nobs_skipped, *nit, *nfev;
  int32_t *end;          /* sx_fit_end */
  uint32_t *start_flags; /* SX_START_* */
  uint8_t *engine;       /* sx_engine that computed llf */
  int32_t *reason;       /* sx_reason why not the exact one */
  int32_t *status;       /* all others: (count,) as in sx_fit_output */
} sx_batch_fit_output;

/*
 * Fits. batch->params are the start parameters, NULL for sx_start_params; the
 * request's own start and engine are not used.
 */
sx_status sx_batch_fit(const sx_batch *batch, const sx_fit_request *request,
                       const sx_batch_fit_output *out);

#endif
