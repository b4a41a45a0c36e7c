/* SPDX-License-Identifier: BSD-3-Clause */
/* Where models with several maxima are searched besides (fit/fit.h). */
#ifndef SX_FIT_FURTHER_H
#define SX_FIT_FURTHER_H

#include "sarimax_c.h"

typedef enum sx_further_place {
  /* AR and MA terms of one season: 1 - B / 2 in both, where the two cancel. */
  SX_FURTHER_RIDGE,
  /* Two lags or more of both: zeros. */
  SX_FURTHER_ZEROS,
  /*
   * Measurement error: the estimates without, and some of it. Without the exact
   * engine a search may end beside a unit root, far below these.
   */
  SX_FURTHER_MEASURED
} sx_further_place;

typedef struct sx_further {
  const sx_model *model;
  const sx_series *series;
  const sx_fit_request *request;
  double *params;   /* (k_params,) in: the best ones so far; out: the start */
  double *estimate; /* (k_params,) workspace */
  void *work;       /* sx_further_plan */
  size_t work_size;
  int64_t nit, nfev; /* incremented by those of the search without error */
} sx_further;

/* Workspace bytes; 0 where no start needs any. */
sx_status sx_further_plan(const sx_model *model, const sx_series *series,
                          const sx_fit_request *request, size_t *work_size);

/*
 * A start; *there tells whether the model has it. None with start parameters or
 * fixed ones. SX_E_INTERRUPTED.
 */
sx_status sx_further_start(sx_further *further, sx_further_place place,
                           int *there);

#endif
