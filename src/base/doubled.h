/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Double-double numbers: hi + lo with |lo| <= ulp(hi) / 2, about 32 digits
 * (Dekker, Numerische Mathematik 18, 1971; Hida, Li & Bailey, ARITH-15, 2001).
 * Every operation must be rounded by itself: -ffp-contract=off. What is not
 * finite stays as it is.
 */
#ifndef SX_BASE_DOUBLED_H
#define SX_BASE_DOUBLED_H

#include <math.h>

typedef struct sx_doubled {
  double hi, lo;
} sx_doubled;

static inline sx_doubled sx_doubled_of(double hi, double lo) {
  double sum = hi + lo;

  if (!isfinite(hi)) {
    return (sx_doubled){hi, 0.0};
  }
  return (sx_doubled){sum, lo - (sum - hi)};
}

static inline sx_doubled sx_doubled_add(sx_doubled a, sx_doubled b) {
  double sum = a.hi + b.hi;
  double share = sum - a.hi;
  double lost = (a.hi - (sum - share)) + (b.hi - share);

  return sx_doubled_of(sum, lost + (a.lo + b.lo));
}

/* The product of two doubles, without error. */
static inline sx_doubled sx_doubled_product(double a, double b) {
  double product = a * b;

  return sx_doubled_of(product, fma(a, b, -product));
}

static inline sx_doubled sx_doubled_times(sx_doubled a, sx_doubled b) {
  double product = a.hi * b.hi;
  double lost = fma(a.hi, b.hi, -product);

  return sx_doubled_of(product, lost + (a.hi * b.lo + a.lo * b.hi));
}

#endif
