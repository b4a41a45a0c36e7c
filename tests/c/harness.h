/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Test harness: main() RUNs functions that CHECK, then returns
 * harness_finish(), which prints "N passed, N failed" and gives the exit
 * status.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <math.h>
#include <stdio.h>

static int harness_passed, harness_failed, harness_bad_checks;

#define RUN(test)                                                              \
  do {                                                                         \
    harness_bad_checks = 0;                                                    \
    test();                                                                    \
    harness_count(#test);                                                      \
  } while (0)

#define CHECK(condition)                                                       \
  harness_check((condition) ? 1 : 0, __FILE__, __LINE__, #condition)

/* |actual - expected| <= relative |expected| + absolute; NaN and inf by kind.
 */
#define CHECK_CLOSE(actual, expected, relative, absolute)                      \
  harness_check_close((actual), (expected),                                    \
                      (relative) * fabs(expected) + (absolute), __FILE__,      \
                      __LINE__, #actual)

static inline void harness_count(const char *name) {
  if (harness_bad_checks > 0) {
    printf("FAILED %s\n", name);
    harness_failed++;
  } else {
    harness_passed++;
  }
}

static inline void harness_check(int good, const char *file, int line,
                                 const char *text) {
  if (!good) {
    printf("%s:%d: %s\n", file, line, text);
    harness_bad_checks++;
  }
}

static inline void harness_check_close(double actual, double expected,
                                       double bound, const char *file, int line,
                                       const char *text) {
  int same = actual == expected || (isnan(actual) && isnan(expected));

  if (!same && !(isfinite(expected) && fabs(actual - expected) <= bound)) {
    printf("%s:%d: %s is %.17g, expected %.17g\n", file, line, text, actual,
           expected);
    harness_bad_checks++;
  }
}

static inline int harness_finish(void) {
  printf("%d passed, %d failed\n", harness_passed, harness_failed);
  return harness_failed > 0;
}

#endif
