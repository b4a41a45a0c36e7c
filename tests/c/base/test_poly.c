/* SPDX-License-Identifier: BSD-3-Clause */
/* Products by hand; every number is a dyadic fraction, so all are exact. */
#include "base/poly.h"

#include "harness.h"

enum { ROOM = 16 };

static const int32_t LAGS_1_3[] = {1, 3};
static const int32_t LAGS_2_4[] = {2, 4};
static const int32_t LAGS_1_2[] = {1, 2};
static const double REGULAR[] = {0.5, -0.25};
static const double SEASONAL[] = {0.75, 0.125};

static const sx_poly_factor NOTHING = {{0, NULL}, 1, NULL};

/* Compares, and checks that nothing is written from `degree` on. */
static void check(const sx_poly_factor *regular, const sx_poly_factor *seasonal,
                  double sign, int32_t degree, const double *expected) {
  double product[ROOM];

  for (int k = 0; k < ROOM; k++) {
    product[k] = 77.0;
  }
  sx_poly_reduce(regular, seasonal, sign, degree, product);
  for (int k = 0; k < ROOM; k++) {
    CHECK(product[k] == (k < degree ? expected[k] : 77.0));
  }
}

/*
 * (1 - B/2 + B^3/4)(1 - 3/4 B^4 - B^8/8), times -1, without the leading -1:
 * B^5: -(1/2)(3/4), B^7: (1/4)(3/4), B^9: -(1/2)(1/8), B^11: (1/4)(1/8)
 */
static void autoregressive_sign(void) {
  sx_poly_factor regular = {{2, LAGS_1_3}, 1, REGULAR};
  sx_poly_factor seasonal = {{2, LAGS_1_2}, 4, SEASONAL};
  const double expected[] = {0.5,    0,     -0.25,   0.75, -0.375, 0,
                             0.1875, 0.125, -0.0625, 0,    0.03125};

  check(&regular, &seasonal, -1.0, 11, expected);
}

/* (1 + B/2 - B^3/4)(1 + 3/4 B^4 + B^8/8): the products change sign. */
static void moving_average_sign(void) {
  sx_poly_factor regular = {{2, LAGS_1_3}, 1, REGULAR};
  sx_poly_factor seasonal = {{2, LAGS_1_2}, 4, SEASONAL};
  const double expected[] = {0.5,     0,     -0.25,  0.75, 0.375,   0,
                             -0.1875, 0.125, 0.0625, 0,    -0.03125};

  check(&regular, &seasonal, 1.0, 11, expected);
}

/*
 * (1 + B^2/2 - B^4/4)(1 + 3/4 B^2 + B^4/8), powers of C = B^2:
 * C: 1/2 + 3/4, C^2: -1/4 + 3/8 + 1/8, C^3: 1/16 - 3/16, C^4: -1/32
 */
static void lags_that_meet_add_up(void) {
  sx_poly_factor regular = {{2, LAGS_2_4}, 1, REGULAR};
  sx_poly_factor seasonal = {{2, LAGS_1_2}, 2, SEASONAL};
  const double expected[] = {0, 1.25, 0, 0.25, 0, -0.125, 0, -0.03125};

  check(&regular, &seasonal, 1.0, 8, expected);
}

static void one_factor_alone(void) {
  sx_poly_factor regular = {{2, LAGS_1_3}, 1, REGULAR};
  sx_poly_factor seasonal = {{2, LAGS_1_2}, 3, SEASONAL};
  const double alone[] = {0.5, 0, -0.25};
  const double in_seasons[] = {0, 0, 0.75, 0, 0, 0.125};

  check(&regular, &NOTHING, -1.0, 3, alone);
  check(&NOTHING, &seasonal, -1.0, 6, in_seasons);
}

static void no_factor(void) {
  const double zeros[] = {0, 0};

  check(&NOTHING, &NOTHING, -1.0, 0, zeros);
  check(&NOTHING, &NOTHING, 1.0, 2, zeros);
}

int main(void) {
  RUN(autoregressive_sign);
  RUN(moving_average_sign);
  RUN(lags_that_meet_add_up);
  RUN(one_factor_alone);
  RUN(no_factor);
  return harness_finish();
}
