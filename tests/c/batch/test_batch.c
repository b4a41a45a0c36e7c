/* SPDX-License-Identifier: BSD-3-Clause */
/* What Python cannot bring about in a batch; tests/python/batch has the rest.
 */
#include "fixtures.h"

#include "sarimax_c_batch.h"

#include <math.h>

enum { COUNT = 3 };

static const int32_t HUGE_LAG[] = {INT32_MAX - 1};

static void a_model_no_workspace_can_be_planned_for(void) {
  double y[COUNT * NOBS], loglike[COUNT], var[COUNT];
  double params[COUNT * 2] = {0.1, 1.0, 0.1, 1.0, 0.1, 1.0};
  int64_t indptr[COUNT + 1], nobs[COUNT], numbers[COUNT],
      numbers_skipped[COUNT];
  sx_facts facts[COUNT];
  int32_t usable[COUNT], status[COUNT];
  uint8_t engine[COUNT];
  sx_spec spec = order(0, 0, 0);
  sx_batch_loglike_output out = {loglike, status, engine};
  sx_batch_forecast_output forecasts = {
      1, NULL, loglike, var, numbers_skipped, status, engine};
  sx_model model;

  spec.ar = (sx_lags){1, HUGE_LAG};
  spec.max_states = INT32_MAX;
  model = model_of(&spec);
  for (int i = 0; i <= COUNT; i++) {
    indptr[i] = (int64_t)i * NOBS;
  }
  for (int i = 0; i < COUNT; i++) {
    fill_y(NOBS, y + (size_t)i * NOBS);
  }

  sx_batch batch = {.model = &model,
                    .engine = SX_ENGINE_AUTO,
                    .count = COUNT,
                    .endog = y,
                    .indptr = indptr,
                    .shape = {nobs, facts, numbers, usable},
                    .params = params,
                    .n_threads = 1};

  sx_batch_prepare(&model, COUNT, indptr, y, NULL, &batch.shape);
  CHECK(sx_batch_loglike(&batch, &out) == SX_OK);
  for (int i = 0; i < COUNT; i++) {
    CHECK(status[i] == SX_E_OVERFLOW && isnan(loglike[i]));
  }
  CHECK(sx_batch_forecast(&batch, &forecasts) == SX_OK);
  for (int i = 0; i < COUNT; i++) {
    CHECK(status[i] == SX_E_OVERFLOW && isnan(loglike[i]) && isnan(var[i]));
  }
}

int main(void) {
  RUN(a_model_no_workspace_can_be_planned_for);
  return harness_finish();
}
