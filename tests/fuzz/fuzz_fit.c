/* SPDX-License-Identifier: BSD-3-Clause */
/* Start parameters and searches of a few iterations. */
#include "fuzz_case.h"

enum { MOST_PARAMS = 12, MOST_STATES = 30, MOST_ITERATIONS = 5 };

typedef struct fitted {
  sx_status status;
  sx_fit_output out;
  double params[FUZZ_PARAMS];
} fitted;

static fitted fit(const fuzz_case *c, const sx_fit_request *request, int fill) {
  fitted found;
  size_t size = 0;
  void *work;

  memset(&found, fill, sizeof(found));
  found.out.params = found.params;
  found.status = sx_fit_plan(&c->model, &c->series, request, &size);
  if (found.status != SX_OK) {
    PROMISE(found.status == SX_E_NOBS || found.status == SX_E_DATA ||
            found.status == SX_E_EXACT);
    return found;
  }
  work = fuzz_work(size, fill);
  found.status = sx_fit(&c->model, &c->series, request, work, size, &found.out);
  free(work);
  return found;
}

static sx_loglike_output loglike_at(const fuzz_case *c, sx_engine engine,
                                    const double *params) {
  sx_loglike_request request = {engine, 1, params, 0, 0};
  sx_loglike_output out = {0};
  size_t size = 0;
  void *work;

  PROMISE(sx_loglike_plan(&c->model, &c->series, &request, &size) == SX_OK);
  work = fuzz_work(size, 0xff);
  sx_loglike(&c->model, &c->series, &request, work, size, &out);
  free(work);
  return out;
}

/* The value is that of the parameters; those held are where they started. */
static void check_end(const fuzz_case *c, const sx_fit_request *request,
                      const fitted *found) {
  sx_loglike_output there = loglike_at(c, request->engine, found->params);

  PROMISE(there.status == found->status);
  PROMISE(fuzz_same_doubles(&there.loglike, &found->out.loglike, 1));
  PROMISE(found->out.engine == there.engine);
  PROMISE(found->out.nit <= request->maxiter || request->maxiter <= 0);
  for (int32_t i = 0; request->fixed && i < c->model.k_params; i++) {
    PROMISE(!request->fixed[i] ||
            fuzz_same_doubles(&found->params[i], &c->params[i], 1));
  }
}

static void check_fit(const fuzz_case *c, const sx_fit_request *request) {
  fitted found = fit(c, request, 0xff), again = fit(c, request, 0);

  fuzz_check_value(found.status, found.out.loglike, found.out.nobs_skipped);
  PROMISE(found.status == again.status);
  if (found.status >= 0) {
    PROMISE(fuzz_same_doubles(found.params, again.params, c->model.k_params));
    PROMISE(fuzz_same_doubles(&found.out.loglike, &again.out.loglike, 1));
    PROMISE(found.out.nit == again.out.nit &&
            found.out.nfev == again.out.nfev &&
            found.out.end == again.out.end &&
            found.out.start_flags == again.out.start_flags);
    check_end(c, request, &found);
  }
}

static void check_start_params(const fuzz_case *c) {
  double params[2][FUZZ_PARAMS];
  sx_status status[2];
  uint32_t flags[2];

  for (int i = 0; i < 2; i++) {
    size_t size = 0;
    void *work;

    PROMISE(sx_start_params_plan(&c->model, c->nobs, &size) == SX_OK);
    work = fuzz_work(size, i ? 0 : 0xff);
    status[i] = sx_start_params(&c->model, &c->series, work, size, params[i],
                                &flags[i]);
    free(work);
  }
  PROMISE(status[0] == status[1]);
  if (status[0] >= 0) {
    PROMISE(flags[0] == flags[1]);
    PROMISE(fuzz_same_doubles(params[0], params[1], c->model.k_params));
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  sx_fit_request request = {0};
  uint8_t fixed[FUZZ_PARAMS];
  fuzz_bytes bytes;
  uint8_t kind;
  fuzz_case c;

  if (!fuzz_make(data, size, &bytes, &c) || c.model.k_params > MOST_PARAMS ||
      c.model.k_states > MOST_STATES) {
    return -1;
  }
  check_start_params(&c);
  kind = fuzz_byte(&bytes);
  request.engine = kind & 1 ? SX_ENGINE_EXACT : SX_ENGINE_AUTO;
  request.maxiter = kind >> 4 & MOST_ITERATIONS;
  if (kind & 2) {
    request.start_params = c.params;
    for (int32_t i = 0; i < c.model.k_params; i++) {
      fixed[i] = fuzz_byte(&bytes) & 1;
    }
    request.fixed = kind & 4 ? fixed : NULL;
  }
  check_fit(&c, &request);
  return 0;
}
