/* SPDX-License-Identifier: BSD-3-Clause */
/* The filter, forecasts, rolling forecasts and the record of its state. */
#include "fuzz_case.h"

typedef struct filtered {
  sx_status status;
  sx_filter_output out;
  double arrays[5][FUZZ_NOBS];
} filtered;

static void clear(int fill, filtered *f) {
  memset(f, fill, sizeof(*f));
  f->out.forecasts = f->arrays[0];
  f->out.forecasts_error = f->arrays[1];
  f->out.forecasts_error_cov = f->arrays[2];
  f->out.standardized_forecasts_error = f->arrays[3];
  f->out.llf_obs = f->arrays[4];
}

static void run_filter(const fuzz_case *c, int fill, filtered *f) {
  size_t size = 0;
  void *work;

  clear(fill, f);
  PROMISE(sx_filter_plan(&c->model, &size) == SX_OK);
  work = fuzz_work(size, fill);
  f->status = sx_filter(&c->model, &c->series, c->params, work, size, &f->out);
  free(work);
}

/* Rows first.. of two runs, and their closing numbers. */
static int same_rows(const filtered *all, const filtered *part, int64_t first,
                     int64_t count) {
  for (int a = 0; a < 5; a++) {
    if (!fuzz_same_doubles(all->arrays[a] + first, part->arrays[a], count)) {
      return 0;
    }
  }
  return fuzz_same_doubles(&all->out.llf, &part->out.llf, 1) &&
         fuzz_same_doubles(&all->out.loglike, &part->out.loglike, 1) &&
         fuzz_same_doubles(&all->out.scale, &part->out.scale, 1) &&
         all->out.nobs_skipped == part->out.nobs_skipped &&
         all->out.period_converged == part->out.period_converged;
}

static void check_filter(const fuzz_case *c, filtered *f) {
  static filtered again;

  run_filter(c, 0xff, f);
  run_filter(c, 0, &again);
  PROMISE(again.status == f->status);
  PROMISE(f->status < 0 || same_rows(f, &again, 0, c->nobs));
  fuzz_check_value(f->status,
                   isfinite(f->out.llf) ? f->out.loglike : f->out.llf,
                   f->out.nobs_skipped);
  PROMISE(f->status != SX_OK || isfinite(f->out.scale));
  for (int64_t t = c->model.loglikelihood_burn; t < c->nobs; t++) {
    PROMISE(f->status != SX_OK || isfinite(f->arrays[4][t]));
  }
}

typedef struct ahead {
  double mean[FUZZ_STEPS], var[FUZZ_STEPS];
} ahead;

static sx_status forecast(const fuzz_case *c, const sx_series *series, int fill,
                          ahead *found) {
  sx_forecast_output out = {FUZZ_STEPS, c->exog_future, found->mean, found->var,
                            0};
  size_t size = 0;
  sx_status status;
  void *work;

  memset(found, fill, sizeof(*found));
  PROMISE(sx_forecast_plan(&c->model, &size) == SX_OK);
  work = fuzz_work(size, fill);
  status = sx_forecast(&c->model, series, c->params, work, size, &out);
  free(work);
  return status;
}

static void check_forecast(const fuzz_case *c, sx_status filter, ahead *found) {
  ahead again;
  sx_status status = forecast(c, &c->series, 0xff, found);

  PROMISE(status == filter);
  PROMISE(forecast(c, &c->series, 0, &again) == status);
  PROMISE(status < 0 || fuzz_same(found, &again, sizeof(again)));
}

/* From every third origin or so: the forecasts of the rows up to there. */
static void check_rolling(const fuzz_case *c, fuzz_bytes *bytes) {
  static double mean[(FUZZ_NOBS + 1) * FUZZ_STEPS], var[sizeof(mean) / 8];
  sx_rolling_output out = {.steps = FUZZ_STEPS,
                           .start = fuzz_pick(bytes, FUZZ_NOBS),
                           .stride = 1 + fuzz_pick(bytes, 9),
                           .exog_future = c->exog_future,
                           .mean = mean,
                           .var = var};
  size_t size = 0;
  sx_status status;
  void *work;

  PROMISE(sx_rolling_plan(&c->model, out.steps, &size) == SX_OK);
  work = fuzz_work(size, 0xff);
  status =
      sx_rolling_forecast(&c->model, &c->series, c->params, work, size, &out);
  free(work);
  PROMISE(status != SX_E_ARGUMENT && status != SX_E_WORKSPACE);
  if (status >= 0 && c->model.spec.k_exog == 0 && out.start <= c->nobs) {
    sx_series first = c->series;
    ahead found;

    first.nobs = out.start;
    PROMISE(forecast(c, &first, 0, &found) >= 0);
    PROMISE(fuzz_same_doubles(mean, found.mean, FUZZ_STEPS));
    PROMISE(fuzz_same_doubles(var, found.var, FUZZ_STEPS));
  }
}

/* The rows in two parts, with a copy of the record in between. */
static void check_state(const fuzz_case *c, fuzz_bytes *bytes,
                        const filtered *all, const ahead *expected) {
  static filtered part;
  int64_t cut = fuzz_pick(bytes, (int32_t)c->nobs + 1);
  sx_series first = c->series, rest = c->series;
  size_t state_size = 0, work_size = 0;
  sx_state *state, *copy;
  sx_status status;
  ahead found;
  sx_forecast_output out = {FUZZ_STEPS, c->exog_future, found.mean, found.var,
                            0};
  void *work;

  first.nobs = cut;
  rest.nobs -= cut;
  rest.endog += cut;
  rest.exog += cut * c->model.spec.k_exog;
  PROMISE(sx_state_plan(&c->model, &state_size, &work_size) == SX_OK);
  work = fuzz_work(work_size, 0xff);
  state = fuzz_work(state_size, 0xff);
  copy = fuzz_work(state_size, 0xff);
  status = sx_state_start(&c->model, &first, c->params, work, work_size, state);
  if (status >= 0) {
    memcpy(copy, state, (size_t)state->size);
    PROMISE(sx_state_check(&c->model, copy, (size_t)copy->size) == SX_OK);
    clear(0xff, &part);
    status =
        sx_state_append(&c->model, &rest, work, work_size, copy, &part.out);
  }
  PROMISE(status == all->status);
  if (status >= 0 && c->model.has_sigma2) {
    PROMISE(same_rows(all, &part, cut, rest.nobs));
  }
  if (status >= 0) {
    PROMISE(sx_state_forecast(&c->model, copy, NULL, work, work_size, &out) ==
            status);
    PROMISE(fuzz_same(&found, expected, sizeof(found)));
  }
  free(copy);
  free(state);
  free(work);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static filtered all;
  fuzz_bytes bytes;
  ahead expected;
  fuzz_case c;

  if (!fuzz_make(data, size, &bytes, &c)) {
    return -1;
  }
  check_filter(&c, &all);
  check_forecast(&c, all.status, &expected);
  check_rolling(&c, &bytes);
  check_state(&c, &bytes, &all, &expected);
  return 0;
}
