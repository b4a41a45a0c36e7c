/* SPDX-License-Identifier: BSD-3-Clause */
/* Many series: each has the single run's status and bits. */
#include "fuzz_case.h"
#include "sarimax_c_batch.h"

enum { SERIES = 5, MOST_PARAMS = 12, MOST_STATES = 24 };

typedef struct panel {
  const fuzz_case *c;
  int64_t indptr[SERIES + 1];
  double endog[FUZZ_NOBS], exog[FUZZ_NOBS * FUZZ_EXOG];
  double params[SERIES * FUZZ_PARAMS];
  int64_t nobs[SERIES], order[SERIES];
  sx_facts facts[SERIES];
  int32_t usable[SERIES];
  sx_batch batch;
} panel;

/* The case's rows cut into series, some empty; parameters now and then other.
 */
static void make_panel(const fuzz_case *c, fuzz_bytes *bytes, panel *p) {
  int64_t k = c->model.k_params;

  memset(p, 0, sizeof(*p));
  p->c = c;
  memcpy(p->endog, c->endog, sizeof(p->endog));
  memcpy(p->exog, c->exog, sizeof(p->exog));
  for (int i = 0; i < SERIES; i++) {
    int64_t left = c->nobs - p->indptr[i];

    p->indptr[i + 1] =
        p->indptr[i] +
        (i + 1 < SERIES ? fuzz_pick(bytes, (int32_t)left + 1) : left);
    memcpy(p->params + i * k, c->params, (size_t)k * sizeof(double));
    if (k > 0 && fuzz_pick(bytes, 2)) {
      p->params[i * k + fuzz_pick(bytes, (int32_t)k)] = fuzz_param(bytes);
    }
  }
  p->batch = (sx_batch){.model = &c->model,
                        .engine = (sx_engine)fuzz_pick(bytes, 3),
                        .count = SERIES,
                        .endog = p->endog,
                        .exog = p->exog,
                        .indptr = p->indptr,
                        .shape = {p->nobs, p->facts, p->order, p->usable},
                        .params = p->params,
                        .shared_params = fuzz_pick(bytes, 2),
                        .n_threads = 1 + fuzz_pick(bytes, 3)};
  sx_batch_prepare(&c->model, SERIES, p->indptr, p->endog, p->exog,
                   &p->batch.shape);
}

static sx_series series_of(const panel *p, int64_t i) {
  return (sx_series){p->nobs[i], p->endog + p->indptr[i],
                     p->exog + p->indptr[i] * p->c->model.spec.k_exog, NULL,
                     NULL};
}

static const double *params_of(const panel *p, int64_t i) {
  return p->params + (p->batch.shared_params ? 0 : i * p->c->model.k_params);
}

static void check_loglikes(const panel *p) {
  double loglike[SERIES];
  int32_t status[SERIES];
  uint8_t engine[SERIES];
  sx_batch_loglike_output out = {loglike, status, engine};

  PROMISE(sx_batch_loglike(&p->batch, &out) == SX_OK);
  for (int i = 0; i < SERIES; i++) {
    sx_loglike_request request = {p->batch.engine, 1, params_of(p, i), 0, 0};
    sx_series series = series_of(p, i);
    sx_loglike_output one = {0};
    size_t size = 0;
    void *work;

    if (p->usable[i] == SX_OK) {
      PROMISE(sx_loglike_plan(&p->c->model, &series, &request, &size) == SX_OK);
      work = fuzz_work(size, 0xff);
      sx_loglike(&p->c->model, &series, &request, work, size, &one);
      free(work);
      PROMISE(status[i] == one.status);
      PROMISE(status[i] < 0 || fuzz_same_doubles(&loglike[i], &one.loglike, 1));
      PROMISE(status[i] < 0 || engine[i] == one.engine);
    }
    PROMISE(status[i] >= 0 || isnan(loglike[i]));
    fuzz_check_value((sx_status)status[i], loglike[i],
                     status[i] == SX_W_SKIPPED);
  }
}

static void check_forecasts(const panel *p) {
  double mean[SERIES * 2], var[SERIES * 2], future[SERIES * 2 * FUZZ_EXOG];
  int64_t skipped[SERIES];
  int32_t status[SERIES];
  uint8_t engine[SERIES];
  sx_batch_forecast_output out = {2,       future, mean,  var,
                                  skipped, status, engine};

  for (size_t i = 0; i < sizeof(future) / sizeof(*future); i++) {
    future[i] = p->c->exog_future[i];
  }
  PROMISE(sx_batch_forecast(&p->batch, &out) == SX_OK);
  for (int i = 0; i < SERIES; i++) {
    double one_mean[2], one_var[2];
    sx_forecast_output one = {2, future + 2 * i * p->c->model.spec.k_exog,
                              one_mean, one_var, 0};
    sx_forecast_request request = {{p->batch.engine, 1, params_of(p, i), 0, 1},
                                   2};
    sx_loglike_output how = {.status = SX_OK};
    sx_outlook_output single = {&one, &how};
    sx_series series = series_of(p, i);
    sx_status found;
    size_t size = 0;
    void *work;

    if (p->usable[i] == SX_OK) {
      PROMISE(sx_outlook_plan(&p->c->model, &series, &request, &size) == SX_OK);
      work = fuzz_work(size, 0xff);
      found = sx_outlook(&p->c->model, &series, &request, work, size, &single);
      free(work);
      PROMISE((found < 0 ? (int)found : (int)how.status) == status[i]);
      PROMISE(status[i] < 0 || engine[i] == (uint8_t)how.engine);
      PROMISE(status[i] < 0 || fuzz_same_doubles(mean + 2 * i, one_mean, 2));
      PROMISE(status[i] < 0 || fuzz_same_doubles(var + 2 * i, one_var, 2));
    }
    PROMISE(status[i] >= 0 || (isnan(mean[2 * i]) && isnan(var[2 * i + 1])));
  }
}

static void check_fits(const panel *p) {
  double params[SERIES * FUZZ_PARAMS], llf[SERIES], scale[SERIES];
  int64_t skipped[SERIES], nit[SERIES], nfev[SERIES];
  int32_t end[SERIES], reason[SERIES], status[SERIES];
  uint32_t flags[SERIES];
  uint8_t engine[SERIES];
  sx_batch_fit_output out = {params, llf,   scale,  skipped, nit,   nfev,
                             end,    flags, engine, reason,  status};
  sx_fit_request request = {SX_ENGINE_AUTO, NULL, NULL, 2, 0};
  sx_batch batch = p->batch;

  batch.engine = SX_ENGINE_AUTO;
  batch.params = NULL;
  PROMISE(sx_batch_fit(&batch, &request, &out) == SX_OK);
  for (int i = 0; i < SERIES; i++) {
    double one_params[FUZZ_PARAMS];
    sx_fit_output one = {.params = one_params};
    sx_series series = series_of(p, i);
    size_t size = 0;
    void *work;
    sx_status found;

    if (p->usable[i] == SX_OK) {
      found = series.nobs == 0
                  ? SX_E_DATA
                  : sx_fit_plan(&p->c->model, &series, &request, &size);
      if (found == SX_OK) {
        work = fuzz_work(size, 0xff);
        found = sx_fit(&p->c->model, &series, &request, work, size, &one);
        free(work);
      }
      PROMISE(found == status[i]);
      PROMISE(found < 0 || fuzz_same_doubles(&llf[i], &one.loglike, 1));
      PROMISE(found < 0 || fuzz_same_doubles(params + i * p->c->model.k_params,
                                             one_params, p->c->model.k_params));
    }
    PROMISE(status[i] >= 0 || isnan(llf[i]));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static panel p;
  fuzz_bytes bytes;
  fuzz_case c;

  if (!fuzz_make(data, size, &bytes, &c) || c.model.k_params > MOST_PARAMS ||
      c.model.k_states > MOST_STATES) {
    return -1;
  }
  make_panel(&c, &bytes, &p);
  check_loglikes(&p);
  check_forecasts(&p);
  if (fuzz_pick(&bytes, 4) == 0) {
    check_fits(&p);
  }
  return 0;
}
