/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Expected values: statsmodels 0.15, SARIMAX(y, order=(2, 0, [1, 3]),
 * seasonal_order=(1, 0, 1, 4), trend="c", measurement_error=True) and its
 * transform_params and untransform_params; np.linalg.eigvals for stability.
 */
#include "model/transform.h"

#include "harness.h"

#include <stdlib.h>
#include <string.h>

enum { K_PARAMS = 9 };

static const int32_t ONE_TWO[] = {1, 2};
static const int32_t ONE_THREE[] = {1, 3};

static sx_model model_make(uint32_t enforce) {
  sx_spec spec = {.ar = {2, ONE_TWO},
                  .ma = {2, ONE_THREE},
                  .seasonal_ar = {1, ONE_TWO},
                  .seasonal_ma = {1, ONE_TWO},
                  .periods = 4,
                  .trend = {1, (const int32_t[]){0}},
                  .trend_offset = 1.0,
                  .flags = SX_MEASUREMENT_ERROR | enforce,
                  .loglikelihood_burn = -1,
                  .initial_variance = 1e6,
                  .tolerance = 1e-19,
                  .max_states = 100};
  sx_model model;

  CHECK(sx_model_init(&spec, &model) == SX_OK);
  CHECK(model.k_params == K_PARAMS);
  return model;
}

static sx_model enforced(void) {
  return model_make(SX_ENFORCE_STATIONARITY | SX_ENFORCE_INVERTIBILITY);
}

static void check_params(const double *actual, const double *expected) {
  for (int i = 0; i < K_PARAMS; i++) {
    CHECK_CLOSE(actual[i], expected[i], 1e-15, 0);
  }
}

static const double UNCONSTRAINED[] = {0.5, -1.2, 0.3,  2.0, -0.7,
                                       0.1, 0.9,  -0.4, 1.5};
static const double CONSTRAINED[] = {0.5,
                                     0.988968039936754,
                                     -0.2873478855663454,
                                     0.38150687718679765,
                                     -0.5734623443633283,
                                     -0.09950371902099893,
                                     0.6689647316224496,
                                     0.16000000000000003,
                                     2.25};

static void transforms(void) {
  sx_model model = enforced();
  double params[K_PARAMS];

  CHECK(sx_transform_params(&model, UNCONSTRAINED, params) == SX_OK);
  check_params(params, CONSTRAINED);
}

static void untransforms(void) {
  const double params[] = {0.5, 0.4, -0.3, 0.2, 0.6, -0.5, 0.3, 2.0, 3.0};
  const double expected[] = {0.5,
                             -0.3233808333817773,
                             0.3144854510165755,
                             0.12598815766974242,
                             0.7499999999999999,
                             0.5773502691896258,
                             0.3144854510165755,
                             1.4142135623730951,
                             1.7320508075688772};
  sx_model model = enforced();
  double out[K_PARAMS];

  CHECK(sx_untransform_params(&model, params, out) == SX_OK);
  check_params(out, expected);
}

static void works_in_place(void) {
  sx_model model = enforced();
  double params[K_PARAMS];

  for (int i = 0; i < K_PARAMS; i++) {
    params[i] = UNCONSTRAINED[i];
  }
  CHECK(sx_transform_params(&model, params, params) == SX_OK);
  check_params(params, CONSTRAINED);
  CHECK(sx_untransform_params(&model, params, params) == SX_OK);
  for (int i = 0; i < K_PARAMS - 2; i++) {
    CHECK_CLOSE(params[i], UNCONSTRAINED[i], 1e-14, 0);
  }
  CHECK_CLOSE(params[7], 0.4, 1e-15, 0); /* signs of variances are lost */
}

static void copies_blocks_that_are_not_enforced(void) {
  const int ma[] = {3, 4, 6};
  sx_model model = model_make(SX_ENFORCE_INVERTIBILITY);
  double params[K_PARAMS];

  CHECK(sx_transform_params(&model, UNCONSTRAINED, params) == SX_OK);
  CHECK(params[1] == -1.2 && params[2] == 0.3 && params[5] == 0.1);
  for (int i = 0; i < 3; i++) {
    CHECK_CLOSE(params[ma[i]], CONSTRAINED[ma[i]], 1e-15, 0);
  }
  model = model_make(0);
  CHECK(sx_untransform_params(&model, UNCONSTRAINED, params) == SX_OK);
  CHECK(params[1] == -1.2 && params[3] == 2.0 && params[6] == 0.9);
}

static void outside_the_region_is_nan(void) {
  const double params[] = {0, 2.0, 0.5, 0, 0, 1.5, 0, 1, -1};
  sx_model model = enforced();
  double out[K_PARAMS];

  CHECK(sx_untransform_params(&model, params, out) == SX_OK);
  CHECK(isnan(out[1]) && isnan(out[5]) && isnan(out[8]));
  CHECK_CLOSE(out[2], -0.5773502691896258, 1e-15, 0);
}

static void null_is_an_argument_error(void) {
  sx_model model = enforced();
  double params[K_PARAMS];

  CHECK(sx_transform_params(NULL, params, params) == SX_E_ARGUMENT);
  CHECK(sx_transform_params(&model, NULL, params) == SX_E_ARGUMENT);
  CHECK(sx_untransform_params(&model, params, NULL) == SX_E_ARGUMENT);
}

/* Derivatives by statsmodels' transform_params with complex steps of 1e-30. */
static void check_adjoint(const sx_model *model, const double *unconstrained,
                          double *bar, const double *expected) {
  size_t size = sx_transform_adjoint_scratch(model) * sizeof(double);
  double *scratch = malloc(size + 1); /* malloc(0) may be NULL */

  if (scratch == NULL) {
    abort();
  }
  memset(scratch, 0xff, size);
  sx_transform_adjoint(model, unconstrained, scratch, bar);
  for (int i = 0; i < model->k_params; i++) {
    CHECK_CLOSE(bar[i], expected[i], 1e-13, 0);
  }
  free(scratch);
}

static void adjoint_of_every_block(void) {
  const double expected[] = {
      1.0,
      -0.675524617443138,
      -1.286086042875473,
      0.15260275087471922,
      4.716196526432516,
      -5.911112021049441,
      2.874618245154787,
      -6.4,
      27.0,
  };
  double bar[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  sx_model model = enforced();

  check_adjoint(&model, UNCONSTRAINED, bar, expected);
}

static void adjoint_of_blocks_that_are_not_enforced(void) {
  const double expected[] = {1.0,
                             2.0,
                             3.0,
                             0.15260275087471922,
                             4.716196526432516,
                             6.0,
                             2.874618245154787,
                             -6.4,
                             27.0};
  double bar[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  double free_bar[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const double free_expected[] = {1, 2, 3, 4, 5, 6, 7, -6.4, 27};
  sx_model model = model_make(SX_ENFORCE_INVERTIBILITY);

  check_adjoint(&model, UNCONSTRAINED, bar, expected);
  model = model_make(0);
  check_adjoint(&model, UNCONSTRAINED, free_bar, free_expected);
}

static void adjoint_of_a_long_block(void) {
  const double unconstrained[] = {2.0, -0.5, 0.25, -3.0, 0.75, 1.5};
  const double expected[] = {
      0.1537727481025416,  2.537131780242423,   -4.120577776750323,
      0.09421559982781544, -1.8558358819266094, -18.0,
  };
  double bar[] = {1, -2, 3, -4, 5, -6};
  sx_spec spec = {.ar = {5, (const int32_t[]){1, 2, 3, 4, 5}},
                  .flags = SX_ENFORCE_STATIONARITY,
                  .loglikelihood_burn = -1,
                  .initial_variance = 1e6,
                  .max_states = 100};
  sx_model model;

  CHECK(sx_model_init(&spec, &model) == SX_OK);
  check_adjoint(&model, unconstrained, bar, expected);
}

/* (1 - z_1 x)(1 - z_2 x) = 1 - (z_1 + z_2) x + z_1 z_2 x^2 */
static int stable_pair(double z1, double z2) {
  const double coef[] = {z1 + z2, -z1 * z2};
  double scratch[2];

  return sx_polynomial_is_stable(2, coef, -1.0, scratch);
}

static void stability_has_the_threshold_of_statsmodels(void) {
  const double half[] = {0.5, 0.5}; /* sums to 1: an eigenvalue is 1 */
  const double nan[] = {NAN, 0.1};
  const double third[] = {0.1, 0.2, 1.01};
  double scratch[3];

  CHECK(stable_pair(0.9, -0.5));
  CHECK(stable_pair(1.0 - 2e-10, 0.3));
  CHECK(!stable_pair(1.0 - 0.5e-10, 0.3));
  CHECK(stable_pair(-1.0 + 2e-10, -0.3));
  CHECK(!stable_pair(-1.0 + 0.5e-10, -0.3));
  CHECK(stable_pair(1.0 - 1.2e-10, -1.0 + 1.2e-10));
  CHECK(!stable_pair(1.0 - 0.8e-10, -1.0 + 0.8e-10));
  CHECK(!stable_pair(1.5, 1.2));
  CHECK(!stable_pair(1.5, 0.2));
  CHECK(!sx_polynomial_is_stable(2, half, -1.0, scratch));
  CHECK(!sx_polynomial_is_stable(2, nan, 1.0, scratch));
  CHECK(!sx_polynomial_is_stable(3, third, 1.0, scratch));
  CHECK(sx_polynomial_is_stable(0, half, 1.0, scratch));
}

int main(void) {
  RUN(transforms);
  RUN(untransforms);
  RUN(works_in_place);
  RUN(copies_blocks_that_are_not_enforced);
  RUN(outside_the_region_is_nan);
  RUN(null_is_an_argument_error);
  RUN(adjoint_of_every_block);
  RUN(adjoint_of_blocks_that_are_not_enforced);
  RUN(adjoint_of_a_long_block);
  RUN(stability_has_the_threshold_of_statsmodels);
  return harness_finish();
}
