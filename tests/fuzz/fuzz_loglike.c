/* SPDX-License-Identifier: BSD-3-Clause */
/* Log-likelihoods by every engine, alone and in lanes. */
#include "fuzz_case.h"

enum { LANES = 9 };

static sx_status run(const fuzz_case *c, const sx_loglike_request *request,
                     int fill, sx_loglike_output *out) {
  size_t size = 0;
  sx_status status = sx_loglike_plan(&c->model, &c->series, request, &size);
  void *work;

  if (status != SX_OK) {
    PROMISE(status == SX_E_OVERFLOW);
    out->status = status;
    return status;
  }
  work = fuzz_work(size, fill);
  memset(out, fill, (size_t)request->count * sizeof(*out));
  status = sx_loglike(&c->model, &c->series, request, work, size, out);
  free(work);
  return status;
}

static int same(const sx_loglike_output *a, const sx_loglike_output *b) {
  if (a->status != b->status || a->reason != b->reason) {
    return 0;
  }
  return a->status < 0 ||
         (fuzz_same_doubles(&a->loglike, &b->loglike, 1) &&
          a->nobs_skipped == b->nobs_skipped && a->engine == b->engine);
}

static sx_loglike_output single(const fuzz_case *c, sx_engine engine) {
  sx_loglike_request request = {engine, 1, c->params, 0, 0};
  sx_loglike_output one = {0}, again = {0};
  sx_status status = run(c, &request, 0xff, &one);

  PROMISE(status == one.status);
  PROMISE(run(c, &request, 0, &again) == status);
  PROMISE(same(&one, &again));
  fuzz_check_value(one.status, one.loglike, one.nobs_skipped);
  return one;
}

/* In other lanes, between others: the bits of the single run. */
static void check_lanes(const fuzz_case *c, fuzz_bytes *bytes, sx_engine engine,
                        const sx_loglike_output *expected) {
  double params[LANES * FUZZ_PARAMS];
  int64_t k = c->model.k_params;
  sx_loglike_request request = {engine, LANES, params, 0, 0};
  sx_loglike_output out[LANES];
  int32_t mine = fuzz_pick(bytes, LANES);

  for (int64_t i = 0; i < LANES; i++) {
    for (int64_t j = 0; j < k; j++) {
      params[i * k + j] = c->params[j];
    }
    if (i != mine && k > 0) {
      params[i * k + fuzz_pick(bytes, (int32_t)k)] = fuzz_param(bytes);
    }
  }
  run(c, &request, 0xff, out);
  PROMISE(same(&out[mine], expected));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  sx_loglike_output automatic, exact, identical;
  fuzz_bytes bytes;
  fuzz_case c;

  if (!fuzz_make(data, size, &bytes, &c)) {
    return -1;
  }
  automatic = single(&c, SX_ENGINE_AUTO);
  exact = single(&c, SX_ENGINE_EXACT);
  identical = single(&c, SX_ENGINE_IDENTICAL);
  if (getenv("FUZZ_SHOW")) {
    fprintf(stderr,
            "auto %d %.17g by %d\nexact %d %.17g reason %d\n"
            "identical %d %.17g\n",
            automatic.status, automatic.loglike, automatic.engine, exact.status,
            exact.loglike, exact.reason, identical.status, identical.loglike);
  }
  PROMISE(exact.status <= 0 && exact.status != SX_E_LU);
  if (automatic.status >= 0 && automatic.engine == SX_ENGINE_EXACT) {
    PROMISE(fuzz_same_doubles(&automatic.loglike, &exact.loglike, 1));
    PROMISE(identical.status >= 0);
    PROMISE(fabs(automatic.loglike - identical.loglike) <=
            SX_AUTO_DISTANCE * fmax(1.0, fabs(identical.loglike) / 1000.0));
  } else {
    PROMISE(automatic.status == identical.status);
    PROMISE(automatic.status < 0 ||
            fuzz_same_doubles(&automatic.loglike, &identical.loglike, 1));
  }
  if (exact.status == SX_OK || c.model.k_states < 6) {
    check_lanes(&c, &bytes, SX_ENGINE_EXACT, &exact);
  }
  if (automatic.engine == SX_ENGINE_EXACT || c.model.k_states < 6) {
    check_lanes(&c, &bytes, SX_ENGINE_AUTO, &automatic);
  }
  return 0;
}
