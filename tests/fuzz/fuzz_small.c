/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One function of the core an input, on models and series so small that an
 * input takes microseconds: a status is OK if and only if the value is finite,
 * and the same call has the same bits, whatever its workspace held.
 */
#define FUZZ_SMALL
#include "fuzz_case.h"
#include "sarimax_c_batch.h"

enum { SERIES = 3, ROOM = 512, MOST_DERIVED = 6, MOST_ITERATIONS = 3 };

typedef struct outcome {
  sx_status status;
  int has_value; /* the status speaks of this one: */
  double value;
  int64_t skipped;
  int64_t count;
  double numbers[ROOM]; /* all that the call wrote */
} outcome;

/* A function with its plan; `kind` is a further byte of the input. */
typedef void call(const fuzz_case *c, uint8_t kind, int fill, outcome *out);

static double *take(outcome *out, int64_t count) {
  double *numbers = out->numbers + out->count;

  out->count += count;
  PROMISE(out->count <= ROOM);
  return numbers;
}

static void say(outcome *out, double value, int64_t skipped) {
  out->has_value = 1;
  out->value = value;
  out->skipped = skipped;
  *take(out, 1) = value;
}

static sx_engine engine_of(uint8_t kind) { return (sx_engine)(kind % 3); }

static void call_loglike(const fuzz_case *c, uint8_t kind, int fill,
                         outcome *out) {
  sx_loglike_request request = {engine_of(kind), 1, c->params, 0, 0};
  sx_loglike_output one = {0};
  size_t size = 0;
  void *work;

  PROMISE(sx_loglike_plan(&c->model, &c->series, &request, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status = sx_loglike(&c->model, &c->series, &request, work, size, &one);
  free(work);
  PROMISE(out->status == one.status);
  say(out, one.loglike, one.nobs_skipped);
}

static void call_score(const fuzz_case *c, uint8_t kind, int fill,
                       outcome *out) {
  sx_point point = {engine_of(kind), c->params};
  sx_loglike_score_output one = {.score = take(out, c->model.k_params)};
  size_t size = 0;
  void *work;

  PROMISE(sx_loglike_score_plan(&c->model, &c->series, point.engine, &size) ==
          SX_OK);
  work = fuzz_work(size, fill);
  out->status =
      sx_loglike_score(&c->model, &c->series, &point, work, size, &one);
  free(work);
  *take(out, 1) = one.loglike;
  PROMISE(out->status != SX_OK || isfinite(one.loglike));
}

static void call_hessian(const fuzz_case *c, uint8_t kind, int fill,
                         outcome *out) {
  sx_point point = {engine_of(kind), c->params};
  int64_t k = c->model.k_params;
  sx_hessian_output one = {.hessian = take(out, k * k)};
  size_t size = 0;
  void *work;

  PROMISE(sx_hessian_plan(&c->model, &c->series, point.engine, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status = sx_hessian(&c->model, &c->series, &point, work, size, &one);
  free(work);
}

static void call_matrix(const fuzz_case *c, uint8_t kind, int fill,
                        outcome *out) {
  int64_t k = c->model.k_params;
  double *matrix = take(out, k * k);
  size_t size = 0;
  void *work;

  PROMISE((kind & 1 ? sx_opg_plan : sx_information_plan)(&c->model, &c->series,
                                                         &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status = (kind & 1 ? sx_opg : sx_information)(
      &c->model, &c->series, c->params, work, size, matrix);
  free(work);
}

static void call_filter(const fuzz_case *c, uint8_t kind, int fill,
                        outcome *out) {
  sx_filter_output f = {take(out, c->nobs),
                        take(out, c->nobs),
                        take(out, c->nobs),
                        take(out, c->nobs),
                        take(out, c->nobs),
                        0.0,
                        0.0,
                        0.0,
                        0,
                        0};
  size_t size = 0;
  void *work;

  (void)kind;
  PROMISE(sx_filter_plan(&c->model, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status = sx_filter(&c->model, &c->series, c->params, work, size, &f);
  free(work);
  PROMISE(out->status != SX_OK || isfinite(f.scale));
  say(out, isfinite(f.llf) ? f.loglike : f.llf, f.nobs_skipped);
}

static void call_forecast(const fuzz_case *c, uint8_t kind, int fill,
                          outcome *out) {
  sx_forecast_request request = {{engine_of(kind), 1, c->params, 0, 1},
                                 FUZZ_STEPS};
  sx_forecast_output one = {FUZZ_STEPS, c->exog_future, take(out, FUZZ_STEPS),
                            take(out, FUZZ_STEPS), 0};
  sx_loglike_output how = {.status = SX_OK};
  sx_outlook_output both = {&one, &how};
  size_t size = 0;
  void *work;

  PROMISE(sx_outlook_plan(&c->model, &c->series, &request, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status = sx_outlook(&c->model, &c->series, &request, work, size, &both);
  free(work);
}

static void call_rolling(const fuzz_case *c, uint8_t kind, int fill,
                         outcome *out) {
  int64_t start = kind % 16, stride = 1 + kind / 16;
  int64_t origins = start <= c->nobs ? (c->nobs - start) / stride + 1 : 0;
  sx_rolling_output one = {
      .steps = FUZZ_STEPS,
      .start = start,
      .stride = stride,
      .exog_future = c->exog_future,
      .mean = take(out, origins * FUZZ_STEPS),
      .var = take(out, origins * FUZZ_STEPS),
  };
  size_t size = 0;
  void *work;

  PROMISE(sx_rolling_plan(&c->model, one.steps, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status =
      sx_rolling_forecast(&c->model, &c->series, c->params, work, size, &one);
  free(work);
}

static void call_predict(const fuzz_case *c, uint8_t kind, int fill,
                         outcome *out) {
  int64_t start = kind % (c->nobs + 1), origin = start + (c->nobs - start) / 2;
  int64_t rows = c->nobs + FUZZ_STEPS - start;
  sx_predict_output one = {
      start,           c->nobs + FUZZ_STEPS, origin, c->exog_future,
      take(out, rows), take(out, rows),      0};
  size_t size = 0;
  void *work;

  PROMISE(sx_forecast_plan(&c->model, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status = sx_predict(&c->model, &c->series, c->params, work, size, &one);
  free(work);
}

static void call_impute(const fuzz_case *c, uint8_t kind, int fill,
                        outcome *out) {
  int wants_var = kind & 1;
  sx_impute_output one = {.mean = take(out, c->nobs)};
  size_t size = 0;
  void *work;

  one.var = wants_var ? take(out, c->nobs) : NULL;
  PROMISE(sx_impute_plan(&c->model, &c->series, wants_var, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status = sx_impute(&c->model, &c->series, c->params, work, size, &one);
  free(work);
  for (int64_t t = 0; out->status == SX_OK && t < c->nobs; t++) {
    PROMISE(!isnan(c->endog[t]) ||
            (isfinite(one.mean[t]) && (!wants_var || isfinite(one.var[t]))));
  }
}

/* The rows in two parts, then a forecast. */
static void call_state(const fuzz_case *c, uint8_t kind, int fill,
                       outcome *out) {
  int64_t cut = kind % (c->nobs + 1);
  sx_series first = c->series, rest = c->series;
  sx_forecast_output ahead = {FUZZ_STEPS, c->exog_future, take(out, FUZZ_STEPS),
                              take(out, FUZZ_STEPS), 0};
  sx_filter_output f = {.forecasts = take(out, c->nobs - cut)};
  size_t state_size = 0, size = 0;
  sx_state *state;
  void *work;

  first.nobs = cut;
  rest.nobs -= cut;
  rest.endog += cut;
  rest.exog += cut * c->model.spec.k_exog;
  PROMISE(sx_state_plan(&c->model, &state_size, &size) == SX_OK);
  work = fuzz_work(size, fill);
  state = fuzz_work(state_size, fill);
  out->status = sx_state_start(&c->model, &first, c->params, work, size, state);
  if (out->status >= 0) {
    out->status = sx_state_append(&c->model, &rest, work, size, state, &f);
    say(out, isfinite(f.llf) ? f.loglike : f.llf, f.nobs_skipped);
  }
  if (out->status >= 0) {
    PROMISE(sx_state_check(&c->model, state, (size_t)state->size) == SX_OK);
    PROMISE(sx_state_forecast(&c->model, state, NULL, work, size, &ahead) ==
            out->status);
  }
  free(state);
  free(work);
}

static void call_start_params(const fuzz_case *c, uint8_t kind, int fill,
                              outcome *out) {
  double *params = take(out, c->model.k_params);
  uint32_t flags = 0;
  size_t size = 0;
  void *work;

  (void)kind;
  PROMISE(sx_start_params_plan(&c->model, c->nobs, &size) == SX_OK);
  work = fuzz_work(size, fill);
  out->status =
      sx_start_params(&c->model, &c->series, work, size, params, &flags);
  free(work);
  *take(out, 1) = flags;
}

static void call_fit(const fuzz_case *c, uint8_t kind, int fill, outcome *out) {
  sx_fit_request request = {.engine =
                                kind & 1 ? SX_ENGINE_EXACT : SX_ENGINE_AUTO,
                            .start_params = kind & 2 ? c->params : NULL,
                            .maxiter = kind >> 2 & MOST_ITERATIONS,
                            .skips_zeros = kind & 16};
  sx_fit_output one = {.params = take(out, c->model.k_params)};
  size_t size = 0;
  void *work;

  out->status = sx_fit_plan(&c->model, &c->series, &request, &size);
  if (out->status != SX_OK) {
    return;
  }
  work = fuzz_work(size, fill);
  out->status = sx_fit(&c->model, &c->series, &request, work, size, &one);
  free(work);
  say(out, one.loglike, one.nobs_skipped);
}

typedef struct panel {
  double endog[FUZZ_NOBS], exog[FUZZ_NOBS * FUZZ_EXOG];
  int64_t indptr[SERIES + 1], nobs[SERIES], order[SERIES];
  sx_facts facts[SERIES];
  int32_t usable[SERIES], status[SERIES];
  uint8_t engine[SERIES];
  sx_batch batch;
} panel;

static void make_panel(const fuzz_case *c, uint8_t kind, panel *p) {
  p->indptr[1] = kind % (c->nobs + 1);
  p->indptr[2] = p->indptr[1] + (c->nobs - p->indptr[1]) / 2;
  p->indptr[SERIES] = c->nobs;
  memcpy(p->endog, c->endog, sizeof(p->endog));
  memcpy(p->exog, c->exog, sizeof(p->exog));
  p->batch = (sx_batch){.model = &c->model,
                        .engine = engine_of(kind),
                        .count = SERIES,
                        .endog = p->endog,
                        .exog = p->exog,
                        .indptr = p->indptr,
                        .shape = {p->nobs, p->facts, p->order, p->usable},
                        .params = c->params,
                        .shared_params = 1,
                        .n_threads = 1};
  sx_batch_prepare(&c->model, SERIES, p->indptr, p->endog, p->exog,
                   &p->batch.shape);
}

static void call_batch(const fuzz_case *c, uint8_t kind, int fill,
                       outcome *out) {
  panel p = {.indptr = {0}};
  double *loglike = take(out, SERIES);
  sx_batch_loglike_output loglikes = {loglike, p.status, p.engine};
  sx_batch_score_output scores = {
      loglike, take(out, SERIES * c->model.k_params), p.status, p.engine};

  (void)fill;
  make_panel(c, kind, &p);
  out->status = kind & 1 ? sx_batch_score(&p.batch, &scores)
                         : sx_batch_loglike(&p.batch, &loglikes);
  PROMISE(out->status == SX_OK);
  out->count = SERIES * (kind & 1 ? 1 + c->model.k_params : 1);
  for (int i = 0; i < SERIES; i++) {
    PROMISE(p.status[i] >= 0 || isnan(loglike[i]));
    fuzz_check_value((sx_status)p.status[i], loglike[i],
                     p.status[i] == SX_W_SKIPPED);
  }
}

/* Every function of any input; what costs most comes least often. */
static call *const CALLS[] = {
    call_loglike,  call_loglike, call_loglike, call_filter,
    call_forecast, call_rolling, call_predict, call_impute,
    call_state,    call_score,   call_batch,   call_start_params,
    call_matrix,   call_fit,     call_hessian, call_loglike,
};
enum { ALL_CALLS = sizeof(CALLS) / sizeof(*CALLS) };

static void run(call *chosen, const fuzz_case *c, uint8_t kind, int fill,
                outcome *out) {
  memset(out, fill, sizeof(*out));
  out->has_value = 0;
  out->count = 0;
  chosen(c, kind, fill, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static outcome one, again;
  fuzz_bytes bytes;
  uint8_t number, kind;
  call *chosen;
  fuzz_case c;

  if (size < 2) {
    return -1;
  }
  number = data[0];
  kind = data[1];
  if (!fuzz_make(data + 2, size - 2, &bytes, &c)) {
    return -1;
  }
  chosen = CALLS[number % ALL_CALLS];
  if (c.model.k_params > MOST_DERIVED &&
      (chosen == call_hessian || chosen == call_fit)) {
    chosen = call_loglike;
  }
  run(chosen, &c, kind, 0xff, &one);
  run(chosen, &c, kind, 0, &again);
  PROMISE(one.status == again.status);
  PROMISE(one.status < 0 ||
          (one.count == again.count &&
           fuzz_same_doubles(one.numbers, again.numbers, one.count)));
  if (one.has_value) {
    fuzz_check_value(one.status, one.value, one.skipped);
  } else {
    PROMISE(one.status != SX_E_WORKSPACE && one.status != SX_E_ARGUMENT);
  }
  return 0;
}
