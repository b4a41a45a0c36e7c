/* SPDX-License-Identifier: BSD-3-Clause */
/* Products of many factors, against sums of logarithms in long double. */
#include "base/vector.h"
#include "fixtures.h"

static double log_of(const sx_log_product *product) {
  return sx_log_product_ratio(product, &SX_LOG_PRODUCT_ONE);
}

static void random_factors(void) {
  uint64_t seed = 7;
  sx_log_product product = SX_LOG_PRODUCT_ONE;
  long double sum = 0.0L;

  for (int k = 0; k < 20000; k++) {
    double factor = exp(600.0 * uniform(&seed));

    sx_log_product_multiply(&product, factor);
    sum += logl((long double)factor);
  }
  CHECK(product.mantissa >= 1.0 && product.mantissa < 2.0);
  CHECK_CLOSE(log_of(&product), (double)sum, 1e-12, 0);
}

static void never_out_of_range(void) {
  sx_log_product large = SX_LOG_PRODUCT_ONE, small = SX_LOG_PRODUCT_ONE;

  for (int k = 0; k < 1000; k++) {
    sx_log_product_multiply(&large, 1e300);
    sx_log_product_multiply(&small, 1e-300);
  }
  CHECK_CLOSE(log_of(&large), 3e5 * log(10.0), 1e-14, 0);
  CHECK_CLOSE(log_of(&small), -3e5 * log(10.0), 1e-14, 0);
  CHECK_CLOSE(sx_log_product_ratio(&large, &small), 6e5 * log(10.0), 1e-14, 0);
}

/* Powers of two are exact, and a ratio of equal products is zero. */
static void exact_cases(void) {
  sx_log_product product = {1.5, 0};
  sx_log_product same = {3.0, 0};

  sx_log_product_multiply(&product, 0.25);
  CHECK(product.mantissa == 1.5 && product.exponent == -2);
  sx_log_product_normalize(&same);
  CHECK(same.mantissa == 1.5 && same.exponent == 1);
  same.exponent = -2;
  CHECK(sx_log_product_ratio(&product, &same) == 0.0);
}

static void bad_factors_stay_visible(void) {
  const double bad[] = {-1.0, NAN, -HUGE_VAL};
  sx_log_product product = SX_LOG_PRODUCT_ONE;

  for (int k = 0; k < 3; k++) {
    product = SX_LOG_PRODUCT_ONE;
    sx_log_product_multiply(&product, bad[k]);
    sx_log_product_multiply(&product, 3.0);
    CHECK(isnan(log_of(&product)));
  }
  product = SX_LOG_PRODUCT_ONE;
  sx_log_product_multiply(&product, -1.0);
  sx_log_product_multiply(&product, -2.0);
  CHECK(isnan(log_of(&product)));
  product = SX_LOG_PRODUCT_ONE;
  sx_log_product_multiply(&product, 0.0);
  sx_log_product_multiply(&product, 1e300);
  CHECK(log_of(&product) == -HUGE_VAL);
  product = SX_LOG_PRODUCT_ONE;
  sx_log_product_multiply(&product, HUGE_VAL);
  sx_log_product_multiply(&product, 1e-300);
  CHECK(log_of(&product) == HUGE_VAL);
}

int main(void) {
  RUN(random_factors);
  RUN(never_out_of_range);
  RUN(exact_cases);
  RUN(bad_factors_stay_visible);
  return harness_finish();
}
