/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run of the exact engine for other data, after one with the same parameters
 * in every lane: all covariances are there, only the data's columns are new.
 * The operations on these are those of the full run, in its order, so that the
 * bits are the same. Included by filter/lanes.c after filter/block_lanes.h.
 */

/*
 * Eliminates the data's right-hand sides, `offset` and on after the first row's
 * diagonal, by rows that have been eliminated.
 */
SX_LANES_TARGET static void
SX_LANES_NAME(substitute)(SX_V *first, size_t ld, int64_t pivots, int64_t rows,
                          size_t offset, int32_t width) {
  for (int64_t k = 0; k < pivots; k++) {
    const SX_V *pivot = first + (size_t)k * (ld + 1);
    const SX_V *source = first + (size_t)k * ld + offset;
    SX_V inverse = 1.0 / pivot[0];

    for (int64_t i = k + 1; i < rows; i++) {
      SX_V *target = first + (size_t)i * ld + offset;
      SX_V factor = pivot[i - k] * inverse;

      for (int32_t a = 0; a < width; a++) {
        target[a] -= factor * source[a];
      }
    }
  }
}

/* collect, of the data's products alone. */
SX_LANES_TARGET static void
SX_LANES_NAME(collect_again)(const SX_V *first, size_t ld, int64_t pivots,
                             size_t offset, const double *diagonal,
                             sx_schur *schur) {
  SX_V *gram = (SX_V *)schur->gram;
  SX_V *loss = (SX_V *)schur->loss;

  for (int64_t k = 0; k < pivots; k++) {
    SX_V inverse = 1.0 / first[(size_t)k * (ld + 1)];
    SX_V ratio = ((const SX_V *)diagonal)[k] * inverse;
    SX_V rhs = first[(size_t)k * ld + offset];

    loss[1] += ratio * (rhs * rhs * inverse);
    gram[0] += rhs * inverse * rhs;
  }
}

/* The burned periods' part of the last h rows: finish_den again. */
SX_LANES_TARGET static void SX_LANES_NAME(finish_den_again)(sx_exact *exact) {
  int64_t far = exact->c - exact->h;
  int64_t rows = exact->burn > exact->c ? exact->h : exact->burn - far;
  size_t ld = (size_t)exact->h + 1;
  SX_V *near = (SX_V *)exact->near;

  if (rows <= 0) {
    return;
  }
  for (int64_t i = 0; i < exact->h; i++) {
    near[(size_t)i * ld + (size_t)exact->h] =
        ((const SX_V *)exact
             ->block)[(size_t)(far + i) * exact->ld + (size_t)exact->c + 1];
  }
  SX_LANES_NAME(substitute)(near, ld, rows, rows, (size_t)exact->h, 1);
  SX_LANES_NAME(collect_again)(near, ld, rows, (size_t)exact->h,
                               exact->diagonal + far * SX_WIDTH, &exact->den);
}

/*
 * run for other data without gaps, after one with the same parameters in all
 * lanes: O(q*) a period still, but a third of the work, and no matrices.
 */
SX_LANES_TARGET static void SX_LANES_NAME(replay)(sx_exact *exact) {
  SX_V *block = (SX_V *)exact->block;
  int64_t far = exact->c - exact->h;
  size_t c = (size_t)exact->c;

  SX_LANES_NAME(fill_data)(exact);
  memset(exact->den.gram, 0, sizeof(SX_V));
  memset((SX_V *)exact->num.loss + 1, 0, sizeof(SX_V));
  memset((SX_V *)exact->den.loss + 1, 0, sizeof(SX_V));
  if (exact->in_z) {
    SX_LANES_NAME(keep_first)(exact);
  }
  if (exact->burn > exact->c) {
    SX_LANES_NAME(fill_den)(exact);
    SX_LANES_NAME(schur_replay)(&exact->den);
    SX_LANES_NAME(copy_first)(exact, &exact->den, 1, 1);
  } else {
    SX_LANES_NAME(copy_first)(exact, &exact->num, 1, 1);
  }
  SX_LANES_NAME(schur_replay)(&exact->num);
  SX_LANES_NAME(copy_first)(exact, &exact->num, 1, 0);
  if (exact->in_z) {
    SX_LANES_NAME(rhs_to_z)(exact);
  }
  SX_LANES_NAME(substitute)(block, exact->ld, far, exact->c, c, 2);
  SX_LANES_NAME(collect_again)(block, exact->ld, far, c, exact->diagonal,
                               &exact->num);
  SX_LANES_NAME(collect_again)(block, exact->ld,
                               far < exact->burn ? far : exact->burn, c + 1,
                               exact->diagonal, &exact->den);
  SX_LANES_NAME(finish_den_again)(exact);
  block += (size_t)far * (exact->ld + 1);
  SX_LANES_NAME(substitute)(block, exact->ld, exact->h, exact->h,
                            (size_t)exact->h, 1);
  SX_LANES_NAME(collect_again)(block, exact->ld, exact->h, (size_t)exact->h,
                               exact->diagonal + far * SX_WIDTH, &exact->num);
}
