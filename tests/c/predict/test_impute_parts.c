/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A copy of the imputation that runs in parts from a few periods on. Expected
 * bits: those of the one that does not, which test_impute.c compares.
 */
#include "gaps.h"

static sx_status run_whole(const random_case *c, sx_impute_output *out) {
  return run_impute(c, NOBS, NULL, out);
}

#define SX_MOST_RECORDS 8
#define sx_impute_plan  parts_impute_plan
#define sx_impute       parts_impute

sx_status parts_impute_plan(const sx_model *model, const sx_series *series,
                            int wants_var, size_t *work_size);
sx_status parts_impute(const sx_model *model, const sx_series *series,
                       const double *params, void *work, size_t work_size,
                       sx_impute_output *out);

#include "predict/impute.c"

static void check_parts(const random_case *c) {
  double mean[NOBS], var[NOBS], m[NOBS], v[NOBS];
  sx_series series = {NOBS, c->endog, c->exog, NULL, NULL};
  sx_impute_output whole = {mean, var, -1}, parts = {m, v, -1};
  sx_status status = run_whole(c, &whole);
  size_t size = 0;
  void *work;

  CHECK(sx_impute_plan(&c->model, &series, 1, &size) == SX_OK);
  work = work_of_size(size);
  CHECK(sx_impute(&c->model, &series, c->params, work, size, &parts) == status);
  free(work);
  check_all(NOBS, m, mean, 0);
  check_all(NOBS, v, var, 0);
  CHECK(parts.nobs_skipped == whole.nobs_skipped);
}

static void random_models(void) {
  for (uint64_t number = 0; number < 120; number++) {
    random_case c;

    random_make(number, &c);
    check_parts(&c);
  }
}

/* Parts that begin anywhere in a steady state. */
static void steady_states(void) {
  for (int gap = 0; gap < 12; gap++) {
    random_case c = {.params = {.5, .3, 1e-4}};

    c.spec = order(1, 0, 1);
    c.model = model_of(&c.spec);
    fill_y(NOBS, c.endog);
    c.endog[gap] = c.endog[20] = c.endog[21] = c.endog[57] = NAN;
    check_parts(&c);
  }
}

static void the_workspace_grows_with_the_root(void) {
  const sx_facts facts = {INT64_C(1) << 40, 1, 1.0};
  sx_spec spec = order(1, 0, 0);
  sx_model model = model_of(&spec);
  sx_series series = {INT64_C(1) << 40, NULL, NULL, NULL, &facts};
  size_t size = 0;

  CHECK(sx_impute_plan(&model, &series, 0, &size) == SX_OK);
  CHECK(size < (size_t)1 << 30);
}

int main(void) {
  RUN(random_models);
  RUN(steady_states);
  RUN(the_workspace_grows_with_the_root);
  return harness_finish();
}
