/* SPDX-License-Identifier: BSD-3-Clause */
/* Expected values: numpy.diff and x[s:] - x[:-s], by hand. */
#include "model/difference.h"

#include "fixtures.h"

static void plain_differences(void) {
  double data[] = {1, 4, 9, 16, 25, 36};
  const double once[] = {3, 5, 7, 9, 11};
  const double twice[] = {2, 2, 2, 2};
  sx_spec spec = order(0, 1, 0);

  CHECK(sx_difference_columns(&spec, data, 6, 1) == 5);
  check_all(5, data, once, 0);
  CHECK(sx_difference_columns(&spec, data, 5, 1) == 4);
  check_all(4, data, twice, 0);
  CHECK(data[5] == 36);
}

/* 2^t: (1 - B^3)(1 - B) 2^t = 7 * 2^(t-3) / 2, t = 4..7; B^3 twice: 49. */
static void seasonal_then_plain(void) {
  double data[] = {1, 2, 4, 8, 16, 32, 64, 128};
  const double expected[] = {7, 14, 28, 56};
  const double seasons[] = {49, 98};
  double again[] = {1, 2, 4, 8, 16, 32, 64, 128};
  sx_spec spec = seasonal(order(0, 1, 0), 0, 1, 0, 3);

  CHECK(sx_difference_columns(&spec, data, 8, 1) == 4);
  check_all(4, data, expected, 0);
  spec = seasonal(order(0, 0, 0), 0, 2, 0, 3);
  CHECK(sx_difference_columns(&spec, again, 8, 1) == 2);
  check_all(2, again, seasons, 0);
}

/* The rounding of the seasonal difference comes first: 1e16 swallows 1. */
static void the_order_of_differences(void) {
  double data[] = {1, 1e16, 2, 1e16};
  sx_spec spec = seasonal(order(0, 1, 0), 0, 1, 0, 2);

  CHECK(sx_difference_columns(&spec, data, 4, 1) == 1);
  CHECK(data[0] == -1.0); /* (1e16 - 1e16) - (2 - 1); other way round: -2 */
}

static void columns_stay_apart(void) {
  double data[] = {1, 10, 2, 30, 4, 70, 8, 150};
  const double expected[] = {1, 20, 2, 40, 4, 80};
  sx_spec spec = order(0, 1, 0);

  CHECK(sx_difference_columns(&spec, data, 4, 2) == 3);
  check_all(6, data, expected, 0);
}

static void too_few_rows_leave_none(void) {
  double data[] = {1, 2, 3};
  sx_spec spec = seasonal(order(0, 1, 0), 0, 1, 0, 4);

  CHECK(sx_difference_columns(&spec, data, 3, 1) == 0);
  CHECK(sx_difference_columns(&spec, data, 0, 1) == 0);
  CHECK(data[0] == 1 && data[1] == 2 && data[2] == 3);
  spec = order(0, 3, 0);
  CHECK(sx_difference_columns(&spec, data, 3, 1) == 0);
  spec = seasonal(order(0, 0, 0), 0, 1, 0, 3);
  CHECK(sx_difference_columns(&spec, data, 3, 1) == 0);
}

static void missing_values_spread(void) {
  double data[] = {1, NAN, 3, 4, 6};
  sx_spec spec = order(0, 1, 0);

  CHECK(sx_difference_columns(&spec, data, 5, 1) == 4);
  CHECK(isnan(data[0]) && isnan(data[1]));
  CHECK(data[2] == 1 && data[3] == 2);
}

static void only_simple_differencing_changes_the_data(void) {
  double endog[] = {1, 4, 9};
  double exog[] = {1, 2, 4, 8, 16, 32};
  sx_spec spec = order(1, 1, 0);
  sx_model model;

  spec.k_exog = 2;
  model = model_of(&spec);
  CHECK(sx_difference(&model, 3, endog, exog) == 3);
  CHECK(endog[0] == 1 && endog[2] == 9 && exog[0] == 1 && exog[5] == 32);
  spec.flags |= SX_SIMPLE_DIFFERENCING;
  model = model_of(&spec);
  CHECK(sx_difference(&model, 3, endog, exog) == 2);
  CHECK(endog[0] == 3 && endog[1] == 5);
  CHECK(exog[0] == 3 && exog[1] == 6 && exog[2] == 12 && exog[3] == 24);
}

static void exog_may_be_absent(void) {
  double endog[] = {1, 4, 9};
  sx_spec spec = order(1, 1, 0);
  sx_model model;

  spec.flags |= SX_SIMPLE_DIFFERENCING;
  model = model_of(&spec);
  CHECK(sx_difference(&model, 3, endog, NULL) == 2);
  CHECK(endog[0] == 3 && endog[1] == 5);
}

int main(void) {
  RUN(plain_differences);
  RUN(seasonal_then_plain);
  RUN(the_order_of_differences);
  RUN(columns_stay_apart);
  RUN(too_few_rows_leave_none);
  RUN(missing_values_spread);
  RUN(only_simple_differencing_changes_the_data);
  RUN(exog_may_be_absent);
  return harness_finish();
}
