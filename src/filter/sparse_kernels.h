/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inner loops of filter/sparse.h. Included by sparse.c once per instruction
 * set, with SX_SPARSE_NAME(name) and SX_SPARSE_TARGET; all give the same bits.
 */

enum { SX_SPARSE_NAME(SPARSE_BLOCK) = 8 };

SX_SPARSE_TARGET static void
SX_SPARSE_NAME(sparse_combine)(const sx_row *row, const double *const *x,
                               size_t n, double *target) {
  enum { BLOCK = SX_SPARSE_NAME(SPARSE_BLOCK) };
  size_t i = 0;

  for (; i + BLOCK <= n; i += BLOCK) {
    double sum[BLOCK] = {0.0};

    for (int32_t e = 0; e < row->count; e++) {
      const double *source = x[row->column[e]] + i;
      double value = row->value[e];

      for (int k = 0; k < BLOCK; k++) {
        sum[k] += value * source[k];
      }
    }
    for (int k = 0; k < BLOCK; k++) {
      target[i + (size_t)k] = sum[k];
    }
  }
  for (; i < n; i++) {
    double sum = 0.0;

    for (int32_t e = 0; e < row->count; e++) {
      sum += row->value[e] * x[row->column[e]][i];
    }
    target[i] = sum;
  }
}

SX_SPARSE_TARGET static void
SX_SPARSE_NAME(sparse_transpose)(const double *const *x, size_t n,
                                 double *target) {
  size_t i = 0;

  for (; i + 4 <= n; i += 4) {
    const double *restrict x0 = x[i];
    const double *restrict x1 = x[i + 1];
    const double *restrict x2 = x[i + 2];
    const double *restrict x3 = x[i + 3];
    double *restrict column = target + i;

    for (size_t l = 0; l < n; l++) {
      column[l * n] = x0[l];
      column[l * n + 1] = x1[l];
      column[l * n + 2] = x2[l];
      column[l * n + 3] = x3[l];
    }
  }
  for (; i < n; i++) {
    for (size_t l = 0; l < n; l++) {
      target[l * n + i] = x[i][l];
    }
  }
}

SX_SPARSE_TARGET static void
SX_SPARSE_NAME(sparse_minus_outer)(const double *x, const double *a,
                                   const double *b, size_t n, double *target) {
  for (size_t k = 0; k < n; k++) {
    const double *restrict source = x + k * n;
    const double *restrict other = b;
    double *restrict row = target + k * n;
    double factor = a[k];

    SX_INDEPENDENT
    for (size_t i = 0; i < n; i++) {
      row[i] = source[i] - factor * other[i];
    }
  }
}

SX_SPARSE_TARGET static void
SX_SPARSE_NAME(sparse_symmetrize)(const double *const *x, const double *shift,
                                  size_t n, double *target) {
  for (size_t i = 0; i < n; i++) {
    const double *x_i = x[i];

    for (size_t j = i; j < n; j++) {
      double mean =
          0.5 * ((shift[i * n + j] + x_i[j]) + (shift[j * n + i] + x[j][i]));

      target[i * n + j] = mean;
      target[j * n + i] = mean;
    }
  }
}
