/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every function of a batch on many threads, from many threads at once: each
 * series has the single run's bits and status. Under the sanitizers this is the
 * program that looks for races, and for what a run reads before it writes.
 */
#include "sarimax_c_batch.h"

#include "fixtures.h"

#include <pthread.h>

enum { SERIES = 48, MOST_ROWS = 64, PARAMS = 4, CALLERS = 4, AHEAD = 3 };

/* A batch of its own data and outputs; each caller has one. */
typedef struct panel {
  sx_model model;
  sx_batch batch;
  int64_t rows;
  int64_t indptr[SERIES + 1];
  double endog[SERIES * MOST_ROWS], exog[SERIES * MOST_ROWS];
  double params[SERIES * PARAMS], future[SERIES * AHEAD];
  int64_t nobs[SERIES], order[SERIES];
  sx_facts facts[SERIES];
  int32_t usable[SERIES], status[SERIES], reason[SERIES], end[SERIES];
  uint32_t flags[SERIES];
  uint8_t engine[SERIES];
  double value[SERIES], scale[SERIES], matrix[SERIES * PARAMS * PARAMS];
  int64_t skipped[SERIES], nit[SERIES], nfev[SERIES];
  double arrays[5][SERIES * MOST_ROWS];
} panel;

enum {
  EMPTY = 7,
  INFINITE_Y = 11,
  INFINITE_X = 13,
  SHORT = 17,
  EXPLOSIVE = 19
};

static void fill_rows(uint64_t *seed, int64_t number, int64_t count,
                      double *endog, double *exog) {
  double level = 0.0;

  for (int64_t t = 0; t < count; t++) {
    level += uniform(seed);
    endog[t] = number % 5 == 0 && t % 9 == number % 4 ? NAN : 20.0 * level;
    exog[t] = uniform(seed);
  }
  if (number == INFINITE_Y) {
    endog[count / 2] = INFINITY;
  }
  if (number == INFINITE_X) {
    exog[count / 2] = NAN;
  }
}

/* Lengths from none to MOST_ROWS, a fifth of the series with gaps. */
static void make_unprepared(panel *p, uint32_t flags) {
  uint64_t seed = 3;
  sx_spec spec = seasonal(order(0, 1, 1), 0, 1, 1, 8);

  memset(p, 0, sizeof(*p));
  spec.k_exog = 1;
  spec.flags |= flags;
  p->model = model_of(&spec);
  CHECK(p->model.k_params == PARAMS);
  for (int64_t i = 0; i < SERIES; i++) {
    int64_t count = i == EMPTY   ? 0
                    : i == SHORT ? 1
                                 : MOST_ROWS - (i % 3 ? 0 : pick(&seed, 40));
    double values[] = {0.5, -0.4 + 0.1 * uniform(&seed),
                       i == EXPLOSIVE ? 1e200 : -0.3, 100.0};

    fill_rows(&seed, i, count, p->endog + p->rows, p->exog + p->rows);
    memcpy(p->params + i * PARAMS, values, sizeof(values));
    p->rows += count;
    p->indptr[i + 1] = p->rows;
  }
  for (int64_t i = 0; i < SERIES * AHEAD; i++) {
    p->future[i] = uniform(&seed);
  }
  p->batch = (sx_batch){.model = &p->model,
                        .count = SERIES,
                        .endog = p->endog,
                        .exog = p->exog,
                        .indptr = p->indptr,
                        .shape = {p->nobs, p->facts, p->order, p->usable},
                        .params = p->params,
                        .n_threads = 8};
}

static void make(panel *p, uint32_t flags) {
  make_unprepared(p, flags);
  sx_batch_prepare(&p->model, SERIES, p->indptr, p->endog, p->exog,
                   &p->batch.shape);
}

static sx_series series_of(const panel *p, int64_t i) {
  return (sx_series){p->nobs[i], p->endog + p->indptr[i],
                     p->exog + p->indptr[i], NULL, NULL};
}

static const double *params_of(const panel *p, int64_t i) {
  return p->params + (p->batch.shared_params ? 0 : i * PARAMS);
}

static int same(const double *a, const double *b, int64_t count) {
  return memcmp(a, b, (size_t)count * sizeof(double)) == 0;
}

/* A single run of `plan` and `run`, which say what status they have found. */
#define SINGLE(status, plan, run)                                              \
  do {                                                                         \
    size_t size = 0;                                                           \
    void *work = NULL;                                                         \
                                                                               \
    (status) = (plan);                                                         \
    if ((status) == SX_OK) {                                                   \
      work = work_of_size(size);                                               \
      (status) = (run);                                                        \
      free(work);                                                              \
    }                                                                          \
  } while (0)

static int unusable_is_nan(const panel *p, int64_t i, double value) {
  return p->status[i] == SX_E_DATA && isnan(value);
}

static void test_loglikes(panel *p) {
  sx_batch_loglike_output out = {p->value, p->status, p->engine};

  CHECK(sx_batch_loglike(&p->batch, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_loglike_request request = {p->batch.engine, 1, params_of(p, i), 0, 0};
    sx_series series = series_of(p, i);
    sx_loglike_output one = {0};
    sx_status status;

    if (p->usable[i] != SX_OK) {
      CHECK(unusable_is_nan(p, i, p->value[i]));
      continue;
    }
    SINGLE(status, sx_loglike_plan(&p->model, &series, &request, &size),
           sx_loglike(&p->model, &series, &request, work, size, &one));
    CHECK(p->status[i] == status);
    CHECK(status < 0 || same(&p->value[i], &one.loglike, 1));
  }
}

/* Rows that are somebody else's again once they have been taken. */
typedef struct lent {
  double rows[SERIES * MOST_ROWS];
  int64_t count;
  int taken;
} lent;

static void overwrite(void *context) {
  lent *source = (lent *)context;

  source->taken++;
  for (int64_t i = 0; i < source->count; i++) {
    source->rows[i] = 1e300;
  }
}

static void test_rows_are_taken_by_the_run(void) {
  static panel p;
  static lent source;

  for (int threads = 1; threads <= 8; threads++) {
    for (int flags = 0; flags < 2; flags++) {
      sx_batch_input input = {source.rows, p.endog, p.exog, overwrite};

      make_unprepared(&p, flags ? SX_SIMPLE_DIFFERENCING : 0);
      source.count = p.rows;
      source.taken = 0;
      memcpy(source.rows, p.endog, sizeof(source.rows));
      memset(p.endog, 0, sizeof(p.endog));
      p.batch.input = &input;
      p.batch.context = &source;
      p.batch.n_threads = threads;
      test_loglikes(&p);
      CHECK(source.taken == 1);
    }
  }
}

static void test_scores(panel *p) {
  sx_batch_score_output out = {p->value, p->matrix, p->status, p->engine};

  CHECK(sx_batch_score(&p->batch, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_point point = {p->batch.engine, params_of(p, i)};
    sx_series series = series_of(p, i);
    double score[PARAMS];
    sx_loglike_score_output one = {.score = score};
    sx_status status;

    if (p->usable[i] != SX_OK) {
      CHECK(unusable_is_nan(p, i, p->matrix[i * PARAMS]));
      continue;
    }
    SINGLE(status,
           sx_loglike_score_plan(&p->model, &series, point.engine, &size),
           sx_loglike_score(&p->model, &series, &point, work, size, &one));
    CHECK(p->status[i] == status);
    CHECK(status < 0 || same(p->matrix + i * PARAMS, score, PARAMS));
  }
}

/* A matrix of each series, and that of one. */
typedef struct product {
  sx_status (*many)(const sx_batch *batch, const sx_batch_matrix_output *out);
  sx_status (*plan)(const sx_model *model, const sx_series *series,
                    size_t *work_size);
  sx_status (*run)(const sx_model *model, const sx_series *series,
                   const double *params, void *work, size_t work_size,
                   double *matrix);
} product;

static void test_product(panel *p, const product *wanted) {
  sx_batch_matrix_output out = {p->matrix, p->status};

  CHECK(wanted->many(&p->batch, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_series series = series_of(p, i);
    double one[PARAMS * PARAMS];
    sx_status status;

    if (p->usable[i] != SX_OK) {
      CHECK(unusable_is_nan(p, i, p->matrix[i * PARAMS * PARAMS]));
      continue;
    }
    SINGLE(status, wanted->plan(&p->model, &series, &size),
           wanted->run(&p->model, &series, params_of(p, i), work, size, one));
    CHECK(p->status[i] == status);
    CHECK(status < 0 ||
          same(p->matrix + i * PARAMS * PARAMS, one, PARAMS * PARAMS));
  }
}

/* The outer products, the information and the (negated) Hessians. */
static void test_matrices(panel *p) {
  static const product products[] = {
      {sx_batch_opg, sx_opg_plan, sx_opg},
      {sx_batch_information, sx_information_plan, sx_information}};

  for (int i = 0; i < 2; i++) {
    test_product(p, &products[i]);
  }
}

static void test_hessians(panel *p) {
  sx_batch_matrix_output out = {p->matrix, p->status};

  CHECK(sx_batch_hessian(&p->batch, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_point point = {p->batch.engine, params_of(p, i)};
    sx_series series = series_of(p, i);
    double one[PARAMS * PARAMS];
    sx_hessian_output hessian = {.hessian = one};
    sx_status status;

    if (p->usable[i] != SX_OK) {
      CHECK(unusable_is_nan(p, i, p->matrix[i * PARAMS * PARAMS]));
      continue;
    }
    SINGLE(status, sx_hessian_plan(&p->model, &series, point.engine, &size),
           sx_hessian(&p->model, &series, &point, work, size, &hessian));
    CHECK(p->status[i] == status);
    for (int k = 0; status >= 0 && k < PARAMS * PARAMS; k++) {
      CHECK_CLOSE(p->matrix[i * PARAMS * PARAMS + k], -one[k], 0.0, 0.0);
    }
  }
}

static void test_filters(panel *p, int with_arrays) {
  sx_batch_filter_output out = {{p->arrays[0], p->arrays[1], p->arrays[2],
                                 p->arrays[3], p->arrays[4], 0, 0, 0, 0, 0},
                                p->value,
                                p->scale,
                                p->skipped,
                                p->nit,
                                p->status};

  if (!with_arrays) {
    memset(&out.arrays, 0, sizeof(out.arrays));
  }
  CHECK(sx_batch_filter(&p->batch, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_series series = series_of(p, i);
    double error[MOST_ROWS];
    sx_filter_output one = {.forecasts_error = error};
    int64_t row = p->indptr[i];
    sx_status status;

    if (p->usable[i] != SX_OK) {
      CHECK(unusable_is_nan(p, i, p->value[i]));
      continue;
    }
    SINGLE(status, sx_filter_plan(&p->model, &size),
           sx_filter(&p->model, &series, params_of(p, i), work, size, &one));
    CHECK(p->status[i] == status);
    CHECK(status < 0 || same(&p->value[i], &one.llf, 1));
    CHECK(status < 0 || !with_arrays ||
          same(p->arrays[1] + row, error, series.nobs));
    for (int64_t t = row + series.nobs; with_arrays && t < p->indptr[i + 1];
         t++) {
      CHECK(isnan(p->arrays[1][t]));
    }
  }
}

static void test_forecasts(panel *p) {
  sx_batch_forecast_output out = {AHEAD,        p->future,  p->arrays[0],
                                  p->arrays[1], p->skipped, p->status,
                                  p->engine};

  CHECK(sx_batch_forecast(&p->batch, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_series series = series_of(p, i);
    double mean[AHEAD], var[AHEAD];
    sx_forecast_output one = {AHEAD, p->future + i * AHEAD, mean, var, 0};
    sx_forecast_request request = {{p->batch.engine, 1, params_of(p, i), 0, 1},
                                   AHEAD};
    sx_loglike_output how;
    sx_outlook_output found = {&one, &how};
    sx_status status;

    if (p->usable[i] != SX_OK) {
      CHECK(unusable_is_nan(p, i, p->arrays[1][i * AHEAD]));
      continue;
    }
    SINGLE(status, sx_outlook_plan(&p->model, &series, &request, &size),
           sx_outlook(&p->model, &series, &request, work, size, &found));
    status = status < 0 ? status : (sx_status)how.status;
    CHECK(status < 0 || p->engine[i] == (uint8_t)how.engine);
    CHECK(p->status[i] == status);
    CHECK(status < 0 || same(p->arrays[0] + i * AHEAD, mean, AHEAD));
    CHECK(status < 0 || same(p->arrays[1] + i * AHEAD, var, AHEAD));
  }
}

static void test_starts(panel *p) {
  sx_batch_start_output out = {p->matrix, p->flags, p->status};

  CHECK(sx_batch_start_params(&p->batch, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_series series = series_of(p, i);
    double one[PARAMS];
    uint32_t flags = 0;
    sx_status status;

    if (p->usable[i] != SX_OK) {
      CHECK(unusable_is_nan(p, i, p->matrix[i * PARAMS]));
      continue;
    }
    SINGLE(status, sx_start_params_plan(&p->model, series.nobs, &size),
           sx_start_params(&p->model, &series, work, size, one, &flags));
    CHECK(p->status[i] == status);
    CHECK(status < 0 || same(p->matrix + i * PARAMS, one, PARAMS));
    CHECK(p->flags[i] == flags);
  }
}

static void test_fits(panel *p, const double *start) {
  sx_batch_fit_output out = {p->matrix, p->value,  p->scale, p->skipped,
                             p->nit,    p->nfev,   p->end,   p->flags,
                             p->engine, p->reason, p->status};
  sx_fit_request request = {.engine = p->batch.engine, .maxiter = 20};
  sx_batch batch = p->batch;

  batch.params = start;
  CHECK(sx_batch_fit(&batch, &request, &out) == SX_OK);
  for (int64_t i = 0; i < SERIES; i++) {
    sx_series series = series_of(p, i);
    double params[PARAMS];
    sx_fit_output one = {.params = params};
    sx_status status;

    if (p->usable[i] != SX_OK || series.nobs == 0) {
      CHECK(unusable_is_nan(p, i, p->value[i]));
      continue;
    }
    request.start_params = start ? params_of(p, i) : NULL;
    SINGLE(status, sx_fit_plan(&p->model, &series, &request, &size),
           sx_fit(&p->model, &series, &request, work, size, &one));
    CHECK(p->status[i] == status);
    CHECK(status < 0 || same(p->matrix + i * PARAMS, params, PARAMS));
    CHECK(status < 0 || same(&p->value[i], &one.loglike, 1));
  }
}

static void test_everything(panel *p) {
  test_loglikes(p);
  test_scores(p);
  test_matrices(p);
  test_hessians(p);
  test_filters(p, 1);
  test_filters(p, 0);
  test_forecasts(p);
  test_starts(p);
  test_fits(p, NULL);
  test_fits(p, p->params);
}

static void test_engines_and_options(void) {
  static panel p;

  make(&p, 0);
  p.batch.engine = SX_ENGINE_AUTO;
  test_everything(&p);
  p.batch.engine = SX_ENGINE_EXACT;
  p.batch.shared_params = 1;
  test_everything(&p);
  make(&p, SX_SIMPLE_DIFFERENCING);
  p.batch.engine = SX_ENGINE_AUTO;
  test_everything(&p);
  p.batch.engine = SX_ENGINE_IDENTICAL;
  test_loglikes(&p);
  test_scores(&p);
}

static void *call(void *argument) {
  panel *p = argument;
  double first[SERIES];
  sx_batch_loglike_output out = {p->value, p->status, p->engine};

  for (int round = 0; round < 10; round++) {
    if (sx_batch_loglike(&p->batch, &out) != SX_OK ||
        (round > 0 && !same(first, p->value, SERIES))) {
      return p;
    }
    memcpy(first, p->value, sizeof(first));
  }
  return NULL;
}

/* They share the data and the model, and write to arrays of their own. */
static void test_callers_at_once(void) {
  static panel panels[CALLERS];
  pthread_t threads[CALLERS];
  void *failed;

  for (int c = 0; c < CALLERS; c++) {
    make(&panels[c], 0);
    panels[c].batch.endog = panels[0].endog;
    panels[c].batch.model = &panels[0].model;
    panels[c].batch.engine = SX_ENGINE_IDENTICAL;
  }
  for (int c = 0; c < CALLERS; c++) {
    CHECK(pthread_create(&threads[c], NULL, call, &panels[c]) == 0);
  }
  for (int c = 0; c < CALLERS; c++) {
    pthread_join(threads[c], &failed);
    CHECK(failed == NULL);
  }
}

/* What the outside says ends a batch, and so does a workspace nobody can have.
 */
static int stop_at_once(void *context, int64_t done) {
  (void)context;
  (void)done;
  return 1;
}

static void test_stopped(void) {
  static panel p;
  sx_batch_loglike_output loglikes = {p.value, p.status, p.engine};
  sx_batch_forecast_output forecasts = {
      AHEAD, p.future, p.arrays[0], p.arrays[1], p.skipped, p.status, p.engine};
  sx_spec slow = seasonal(order(0, 1, 1), 0, 1, 1, 300);
  sx_batch_filter_output out = {{0},       p.value, p.scale,
                                p.skipped, p.nit,   p.status};

  slow.k_exog = 1;
  make(&p, 0);
  p.batch.poll = stop_at_once;
  for (int round = 0; round < 200; round++) {
    sx_status status = sx_batch_filter(&p.batch, &out);

    CHECK(status == SX_OK || status == SX_E_INTERRUPTED);
  }
  p.model = model_of(&slow);
  p.batch.engine = SX_ENGINE_IDENTICAL;
  for (int threads = 1; threads <= 4; threads += 3) {
    p.batch.n_threads = threads;
    CHECK(sx_batch_loglike(&p.batch, &loglikes) == SX_E_INTERRUPTED);
    CHECK(sx_batch_forecast(&p.batch, &forecasts) == SX_E_INTERRUPTED);
  }
}

int main(void) {
  RUN(test_engines_and_options);
  RUN(test_callers_at_once);
  RUN(test_rows_are_taken_by_the_run);
  RUN(test_stopped);
  return harness_finish();
}
