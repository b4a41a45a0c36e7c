/* SPDX-License-Identifier: BSD-3-Clause */
#include "filter/sparse.h"

#define SX_SPARSE_NAME(name) name##_baseline
#define SX_SPARSE_TARGET
#include "filter/sparse_kernels.h"
#undef SX_SPARSE_NAME
#undef SX_SPARSE_TARGET

#if SX_HAVE_AVX2
#define SX_SPARSE_NAME(name) name##_avx2
#define SX_SPARSE_TARGET     SX_TARGET_AVX2
#include "filter/sparse_kernels.h"
#undef SX_SPARSE_NAME
#undef SX_SPARSE_TARGET
#endif

/* The second one for all levels above the baseline. */
static const sx_sparse_kernels KERNELS[] = {
    {sparse_combine_baseline, sparse_transpose_baseline,
     sparse_minus_outer_baseline, sparse_symmetrize_baseline},
#if SX_HAVE_AVX2
    {sparse_combine_avx2, sparse_transpose_avx2, sparse_minus_outer_avx2,
     sparse_symmetrize_avx2},
#endif
};

const sx_sparse_kernels *sx_sparse_kernels_of(sx_simd level) {
  return &KERNELS[level == SX_SIMD_BASELINE ? 0 : 1];
}

void sx_sparse_layout(int32_t k_rows, int32_t k_columns, sx_arena *arena,
                      sx_sparse *sparse) {
  size_t cells = (size_t)k_rows * (size_t)k_columns;

  sparse->k_rows = k_rows;
  sparse->k_columns = k_columns;
  sparse->rows = (sx_row *)sx_arena_take(arena, (size_t)k_rows, sizeof(sx_row));
  sparse->column = sx_arena_int32(arena, cells);
  sparse->value = sx_arena_doubles(arena, cells);
}

/* Element (i, j) of the matrix is matrix[i * row_step + j * column_step]. */
static void scan(const double *matrix, size_t row_step, size_t column_step,
                 sx_sparse *sparse) {
  int32_t *column = sparse->column;
  double *value = sparse->value;

  for (int32_t i = 0; i < sparse->k_rows; i++) {
    sx_row *row = &sparse->rows[i];
    int32_t count = 0;

    for (int32_t j = 0; j < sparse->k_columns; j++) {
      double cell = matrix[(size_t)i * row_step + (size_t)j * column_step];

      if (cell != 0.0) {
        column[count] = j;
        value[count] = cell;
        count++;
      }
    }
    *row = (sx_row){count, -1, column, value};
    if (count == 1 && value[0] == 1.0) {
      row->copy = column[0];
    }
    column += count;
    value += count;
  }
}

void sx_sparse_scan(const double *matrix, sx_sparse *sparse) {
  scan(matrix, 1, (size_t)sparse->k_rows, sparse);
}

void sx_sparse_scan_transpose(const double *matrix, sx_sparse *sparse) {
  scan(matrix, (size_t)sparse->k_columns, 1, sparse);
}

void sx_sandwich_layout(size_t n, sx_arena *arena, sx_sandwich_work *work) {
  const double ***pointers[] = {&work->left, &work->middle, &work->result};
  double **cells[] = {&work->left_cells, &work->middle_cells,
                      &work->result_cells};

  for (int i = 0; i < 3; i++) {
    *pointers[i] = (const double **)sx_arena_take(arena, n, sizeof(double *));
    *cells[i] = sx_arena_doubles(arena, n * n);
  }
}

/* rows[i] = row i of A X: a row of X itself where A only copies it. */
static void multiply(const sx_sparse_kernels *kernels, const sx_row *a,
                     const double *const *x, size_t n, const double **rows,
                     double *cells) {
  for (size_t i = 0; i < n; i++) {
    if (a[i].copy >= 0) {
      rows[i] = x[a[i].copy];
    } else {
      kernels->combine(&a[i], x, n, cells + i * n);
      rows[i] = cells + i * n;
    }
  }
}

void sx_sandwich(const sx_sparse_kernels *kernels, const sx_row *a,
                 const double *const *x, const sx_row *b, size_t n,
                 sx_sandwich_work *work) {
  multiply(kernels, a, x, n, work->left, work->left_cells);
  kernels->transpose(work->left, n, work->middle_cells);
  for (size_t l = 0; l < n; l++) {
    work->middle[l] = work->middle_cells + l * n;
  }
  multiply(kernels, b, work->middle, n, work->result, work->result_cells);
}
