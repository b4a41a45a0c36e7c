/* SPDX-License-Identifier: BSD-3-Clause */
/* First and second derivatives, the outer product and the information. */
#include "fuzz_case.h"

/* The gradients and the Hessian cost many log-likelihoods. */
enum { MOST_PARAMS = 12, MOST_STATES = 24 };

typedef struct derivatives {
  sx_status status;
  sx_loglike_score_output out;
  double score[FUZZ_PARAMS];
} derivatives;

static derivatives score_of(const fuzz_case *c, sx_engine engine, int fill) {
  sx_point point = {engine, c->params};
  derivatives found;
  size_t size = 0;
  void *work;

  memset(&found, fill, sizeof(found));
  found.out.score = found.score;
  PROMISE(sx_loglike_score_plan(&c->model, &c->series, engine, &size) == SX_OK);
  work = fuzz_work(size, fill);
  found.status =
      sx_loglike_score(&c->model, &c->series, &point, work, size, &found.out);
  free(work);
  return found;
}

static sx_loglike_output loglike_of(const fuzz_case *c, sx_engine engine) {
  sx_loglike_request request = {engine, 1, c->params, 0, 0};
  sx_loglike_output out = {0};
  size_t size = 0;
  void *work;

  PROMISE(sx_loglike_plan(&c->model, &c->series, &request, &size) == SX_OK);
  work = fuzz_work(size, 0xff);
  sx_loglike(&c->model, &c->series, &request, work, size, &out);
  free(work);
  return out;
}

static void check_score(const fuzz_case *c, sx_engine engine) {
  derivatives one = score_of(c, engine, 0xff), again = score_of(c, engine, 0);
  sx_loglike_output value = loglike_of(c, engine);

  PROMISE(one.status == again.status && one.status == value.status);
  if (one.status >= 0) {
    PROMISE(fuzz_same_doubles(&one.out.loglike, &again.out.loglike, 1));
    PROMISE(fuzz_same_doubles(&one.out.loglike, &value.loglike, 1));
    PROMISE(fuzz_same_doubles(one.score, again.score, c->model.k_params));
    PROMISE(one.out.engine == again.out.engine &&
            one.out.reason == again.out.reason);
  }
}

static sx_status hessian_of(const fuzz_case *c, sx_engine engine, int fill,
                            double *matrix) {
  sx_point point = {engine, c->params};
  sx_hessian_output out = {.hessian = matrix};
  size_t size = 0;
  sx_status status;
  void *work;

  PROMISE(sx_hessian_plan(&c->model, &c->series, engine, &size) == SX_OK);
  work = fuzz_work(size, fill);
  status = sx_hessian(&c->model, &c->series, &point, work, size, &out);
  free(work);
  return status;
}

static sx_status opg_of(const fuzz_case *c, int fill, double *matrix) {
  size_t size = 0;
  sx_status status;
  void *work;

  PROMISE(sx_opg_plan(&c->model, &c->series, &size) == SX_OK);
  work = fuzz_work(size, fill);
  status = sx_opg(&c->model, &c->series, c->params, work, size, matrix);
  free(work);
  return status;
}

static sx_status information_of(const fuzz_case *c, int fill, double *matrix) {
  size_t size = 0;
  sx_status status;
  void *work;

  PROMISE(sx_information_plan(&c->model, &c->series, &size) == SX_OK);
  work = fuzz_work(size, fill);
  status = sx_information(&c->model, &c->series, c->params, work, size, matrix);
  free(work);
  return status;
}

static void check_matrices(const fuzz_case *c, sx_engine engine) {
  int64_t k = c->model.k_params;
  double first[MOST_PARAMS * MOST_PARAMS], again[MOST_PARAMS * MOST_PARAMS];
  sx_status status = hessian_of(c, engine, 0xff, first);

  PROMISE(status != SX_E_WORKSPACE && status != SX_E_ARGUMENT);
  PROMISE(hessian_of(c, engine, 0, again) == status);
  PROMISE(status < 0 || fuzz_same_doubles(first, again, k * k));
  for (int64_t i = 0; status >= 0 && i < k * k; i++) {
    PROMISE(fuzz_same_doubles(&first[i], &first[i % k * k + i / k], 1));
  }
  status = opg_of(c, 0xff, first);
  PROMISE(opg_of(c, 0, again) == status);
  PROMISE(status < 0 || fuzz_same_doubles(first, again, k * k));
  status = information_of(c, 0xff, first);
  PROMISE(information_of(c, 0, again) == status);
  PROMISE(status < 0 || fuzz_same_doubles(first, again, k * k));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_bytes bytes;
  fuzz_case c;

  if (!fuzz_make(data, size, &bytes, &c) || c.model.k_params > MOST_PARAMS ||
      c.model.k_states > MOST_STATES) {
    return -1;
  }
  check_score(&c, SX_ENGINE_EXACT);
  check_score(&c, SX_ENGINE_AUTO);
  check_matrices(&c, (sx_engine)fuzz_pick(&bytes, 3));
  return 0;
}
