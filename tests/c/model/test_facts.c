/* SPDX-License-Identifier: BSD-3-Clause */
/* sx_look against counting by hand, at every level. */
#include "model/facts.h"

#include "harness.h"

enum { MOST = 41 };

static void check_level(const double *y, int64_t nobs, sx_simd level) {
  sx_series series = {.nobs = nobs, .endog = y};
  sx_facts facts = sx_look_at_level(&series, level);
  int64_t last = nobs, missing = 0;
  double largest = 0.0;

  while (last > 0 && isnan(y[last - 1])) {
    last--;
  }
  for (int64_t t = 0; t < last; t++) {
    missing += isnan(y[t]) != 0;
    largest = !isnan(y[t]) && fabs(y[t]) > largest ? fabs(y[t]) : largest;
  }
  CHECK(facts.last == last);
  CHECK(facts.missing == missing);
  CHECK(facts.largest == largest);
}

static void check(const double *y, int64_t nobs) {
  for (int level = 0; level <= (int)sx_simd_detect(); level++) {
    check_level(y, nobs, (sx_simd)level);
  }
}

static void every_length_and_gap(void) {
  double y[MOST] = {0};

  for (int64_t nobs = 0; nobs <= MOST; nobs++) {
    for (int64_t gap = 0; gap <= nobs; gap++) {
      for (int64_t t = 0; t < nobs; t++) {
        y[t] = t == gap || t % 11 == 7 ? NAN : (double)(t * 5 % 17) - 8.0;
      }
      check(y, nobs);
    }
  }
}

static void nothing_observed(void) {
  const double y[] = {NAN, NAN, NAN};

  check(y, 3);
}

static void infinity_is_the_largest(void) {
  const double y[] = {1.0, -INFINITY, NAN, 2.0, 3.0};

  check(y, 5);
}

static void a_series_may_carry_others(void) {
  const double y[] = {1.0, 2.0};
  const sx_facts carried = {7, 8, 9.0};
  sx_series series = {.nobs = 2, .endog = y};

  CHECK(sx_facts_of(&series).last == 2);
  series.facts = &carried;
  CHECK(sx_facts_of(&series).missing == 8);
}

int main(void) {
  RUN(every_length_and_gap);
  RUN(nothing_observed);
  RUN(infinity_is_the_largest);
  RUN(a_series_may_carry_others);
  return harness_finish();
}
