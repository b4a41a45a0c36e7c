/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Elimination (L D L') in the upper triangle of a symmetric matrix and its
 * right-hand sides, for one width of lanes and one instruction set. Every
 * element is computed by the same operations in the same order, whichever rows
 * are taken together. Included by filter/lanes.c before filter/block_lanes.h.
 */

/* row_i -= (S_ki / S_kk) row_k for the `below` rows after row k. */
SX_LANES_TARGET static inline void SX_LANES_NAME(eliminate_one)(SX_V *pivot,
                                                                size_t ld,
                                                                size_t below,
                                                                size_t width) {
  SX_V inverse = 1.0 / pivot[0];

  for (size_t i = 1; i <= below; i++) {
    const SX_V *restrict source = pivot + i;
    SX_V *restrict target = pivot + i * ld + i;
    SX_V factor = pivot[i] * inverse;

    SX_LANES_LOOP
    for (size_t j = 0; j < width - i; j++) {
      target[j] -= factor * source[j];
    }
  }
}

/* Four pivot rows among themselves; 1 / S_kk. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(eliminate_head)(SX_V *pivot, size_t ld, size_t width,
                              SX_V *inverse) {
  const SX_V *restrict row_0 = pivot;
  SX_V *restrict row_1 = pivot + ld;
  SX_V *restrict row_2 = pivot + 2 * ld;
  SX_V *restrict row_3 = pivot + 3 * ld;
  SX_V factor_10, factor_20, factor_30, factor_21, factor_31, factor_32;

  inverse[0] = 1.0 / row_0[0];
  factor_10 = row_0[1] * inverse[0];
  factor_20 = row_0[2] * inverse[0];
  factor_30 = row_0[3] * inverse[0];
  row_1[1] -= factor_10 * row_0[1];
  row_1[2] -= factor_10 * row_0[2];
  row_1[3] -= factor_10 * row_0[3];
  inverse[1] = 1.0 / row_1[1];
  factor_21 = row_1[2] * inverse[1];
  factor_31 = row_1[3] * inverse[1];
  row_2[2] = row_2[2] - factor_20 * row_0[2] - factor_21 * row_1[2];
  row_2[3] = row_2[3] - factor_20 * row_0[3] - factor_21 * row_1[3];
  inverse[2] = 1.0 / row_2[2];
  factor_32 = row_2[3] * inverse[2];
  row_3[3] = row_3[3] - factor_30 * row_0[3] - factor_31 * row_1[3] -
             factor_32 * row_2[3];
  inverse[3] = 1.0 / row_3[3];
  SX_LANES_LOOP
  for (size_t j = 4; j < width; j++) {
    SX_V r_1 = row_1[j] - factor_10 * row_0[j];
    SX_V r_2 = row_2[j] - factor_20 * row_0[j] - factor_21 * r_1;

    row_1[j] = r_1;
    row_2[j] = r_2;
    row_3[j] =
        row_3[j] - factor_30 * row_0[j] - factor_31 * r_1 - factor_32 * r_2;
  }
}

/* Row i, `width` elements from its diagonal on, by four pivot rows. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(eliminate_row)(SX_V *pivot, size_t ld, size_t i, size_t width,
                             const SX_V *inverse) {
  const SX_V *restrict row_0 = pivot + i;
  const SX_V *restrict row_1 = row_0 + ld;
  const SX_V *restrict row_2 = row_1 + ld;
  const SX_V *restrict row_3 = row_2 + ld;
  SX_V *restrict target = pivot + i * ld + i;
  SX_V factor_0 = row_0[0] * inverse[0], factor_1 = row_1[0] * inverse[1];
  SX_V factor_2 = row_2[0] * inverse[2], factor_3 = row_3[0] * inverse[3];

  SX_LANES_LOOP
  for (size_t j = 0; j < width; j++) {
    target[j] = target[j] - factor_0 * row_0[j] - factor_1 * row_1[j] -
                factor_2 * row_2[j] - factor_3 * row_3[j];
  }
}

/* Rows i and i + 1: the pivot rows are read once for both. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(eliminate_two)(SX_V *pivot, size_t ld, size_t i, size_t width,
                             const SX_V *inverse) {
  const SX_V *restrict row_0 = pivot + i;
  const SX_V *restrict row_1 = row_0 + ld;
  const SX_V *restrict row_2 = row_1 + ld;
  const SX_V *restrict row_3 = row_2 + ld;
  SX_V *restrict upper = pivot + i * ld + i;
  SX_V *restrict lower = upper + ld;
  SX_V up_0 = row_0[0] * inverse[0], up_1 = row_1[0] * inverse[1];
  SX_V up_2 = row_2[0] * inverse[2], up_3 = row_3[0] * inverse[3];
  SX_V low_0 = row_0[1] * inverse[0], low_1 = row_1[1] * inverse[1];
  SX_V low_2 = row_2[1] * inverse[2], low_3 = row_3[1] * inverse[3];

  upper[0] = upper[0] - up_0 * row_0[0] - up_1 * row_1[0] - up_2 * row_2[0] -
             up_3 * row_3[0];
  SX_LANES_LOOP
  for (size_t j = 1; j < width; j++) {
    SX_V r_0 = row_0[j], r_1 = row_1[j], r_2 = row_2[j], r_3 = row_3[j];

    upper[j] = upper[j] - up_0 * r_0 - up_1 * r_1 - up_2 * r_2 - up_3 * r_3;
    lower[j] = lower[j] - low_0 * r_0 - low_1 * r_1 - low_2 * r_2 - low_3 * r_3;
  }
}

/* The same for four rows at once, in the same order for every element. */
SX_LANES_TARGET static inline void SX_LANES_NAME(eliminate_four)(SX_V *pivot,
                                                                 size_t ld,
                                                                 size_t below,
                                                                 size_t width) {
  SX_V inverse[4];
  size_t i = 4;

  SX_LANES_NAME(eliminate_head)(pivot, ld, width, inverse);
  for (; i < below; i += 2) {
    SX_LANES_NAME(eliminate_two)(pivot, ld, i, width - i, inverse);
  }
  if (i == below) {
    SX_LANES_NAME(eliminate_row)(pivot, ld, i, width - i, inverse);
  }
}

/* The first `pivots` of `rows` rows; `width` elements from the diagonal on. */
SX_LANES_TARGET static void
SX_LANES_NAME(eliminate)(SX_V *first, size_t ld, int32_t pivots, int32_t rows,
                         int32_t width, sx_counter *counter) {
  int32_t k = 0;

  for (; k + 4 <= pivots; k += 4) {
    SX_LANES_NAME(eliminate_four)(first + (size_t)k * (ld + 1), ld,
                                  (size_t)(rows - 1 - k), (size_t)(width - k));
    if (sx_interrupt_asked(counter,
                           2 * SX_WIDTH * (int64_t)(rows - k) * (width - k))) {
      return;
    }
  }
  for (; k < pivots; k++) {
    SX_LANES_NAME(eliminate_one)(first + (size_t)k * (ld + 1), ld,
                                 (size_t)(rows - 1 - k), (size_t)(width - k));
  }
}
