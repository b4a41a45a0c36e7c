/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Vectors of independent problems ("lanes"): lane l of element i of an array is
 * the double number i * width + l. The arithmetic operators of C work on all
 * widths alike, width 1 being plain double, so that one source serves all; and
 * each lane is computed by the same operations in the same order whatever the
 * width, so that it has the same bits.
 */
#ifndef SX_BASE_VECTOR_H
#define SX_BASE_VECTOR_H

#include "base/compiler.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* The most lanes of any variant. */
enum { SX_MAX_LANES = 8 };

typedef double sx_v2 __attribute__((vector_size(16), may_alias));
typedef double sx_v4 __attribute__((vector_size(32), may_alias));
typedef double sx_v8 __attribute__((vector_size(64), may_alias));
typedef int64_t sx_mask2 __attribute__((vector_size(16)));
typedef int64_t sx_mask4 __attribute__((vector_size(32)));
typedef int64_t sx_mask8 __attribute__((vector_size(64)));

/* A product of positive factors: mantissa 2^exponent, never out of range. */
typedef struct sx_log_product {
  double mantissa;
  int64_t exponent;
} sx_log_product;

static const sx_log_product SX_LOG_PRODUCT_ONE = {1.0, 0};

/* A double and its bits: memcpy, where it is checked, costs a loop its pace. */
typedef union sx_double_bits {
  double value;
  uint64_t bits;
} sx_double_bits;

/* Moves the mantissa's binary exponent to `exponent`; 0, inf, NaN stay. */
static inline void sx_log_product_normalize(sx_log_product *product) {
  sx_double_bits mantissa = {product->mantissa};
  uint64_t biased = (mantissa.bits >> 52) & 0x7ff;

  if (biased == 0 || biased == 0x7ff) {
    return;
  }
  product->exponent += (int64_t)biased - 1023;
  mantissa.bits =
      (mantissa.bits & ~((uint64_t)0x7ff << 52)) | ((uint64_t)1023 << 52);
  product->mantissa = mantissa.value;
}

static inline void sx_log_product_multiply(sx_log_product *product,
                                           double factor) {
  product->mantissa *= factor < 0.0 ? NAN : factor;
  sx_log_product_normalize(product);
}

/* log(a / b); NaN if a factor was negative or NaN. */
static inline double sx_log_product_ratio(const sx_log_product *a,
                                          const sx_log_product *b) {
  static const double LOG_2 = 0.693147180559945309417;

  return log(a->mantissa) - log(b->mantissa) +
         (double)(a->exponent - b->exponent) * LOG_2;
}

#endif
