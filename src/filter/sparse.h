/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Products with matrices of which most is zero. Dense matrices are given by
 * pointers to their rows (or columns, which for a symmetric one is the same).
 */
#ifndef SX_FILTER_SPARSE_H
#define SX_FILTER_SPARSE_H

#include "base/arena.h"

typedef struct sx_row {
  int32_t count;         /* elements that are not zero */
  int32_t copy;          /* column of the only one, if that is 1; else -1 */
  const int32_t *column; /* (count,) ascending */
  const double *value;   /* (count,) */
} sx_row;

typedef struct sx_sparse {
  int32_t k_rows, k_columns;
  sx_row *rows;    /* (k_rows,) */
  int32_t *column; /* (k_rows * k_columns,) what the rows point into */
  double *value;
} sx_sparse;

/* Inner loops for one instruction set (filter/sparse_kernels.h). */
typedef struct sx_sparse_kernels {
  /* target = sum over the row's elements of value * x[column] */
  void (*combine)(const sx_row *row, const double *const *x, size_t n,
                  double *target);
  /* target (n, n): row l holds element l of each x[i] */
  void (*transpose)(const double *const *x, size_t n, double *target);
  /* row k of target = row k of x, which is contiguous, - a_k b */
  void (*minus_outer)(const double *x, const double *a, const double *b,
                      size_t n, double *target);
  /* target = ((x + shift) + its transpose) / 2 */
  void (*symmetrize)(const double *const *x, const double *shift, size_t n,
                     double *target);
} sx_sparse_kernels;

const sx_sparse_kernels *sx_sparse_kernels_of(sx_simd level);

void sx_sparse_layout(int32_t k_rows, int32_t k_columns, sx_arena *arena,
                      sx_sparse *sparse);

/* Finds what is not zero in a column-major matrix (k_rows, k_columns). */
void sx_sparse_scan(const double *matrix, sx_sparse *sparse);

/* The same of the transpose: of a matrix (k_columns, k_rows). */
void sx_sparse_scan_transpose(const double *matrix, sx_sparse *sparse);

/* a b for the row of a and a dense vector b. */
static inline double sx_row_dot(const sx_row *row, const double *vector) {
  double sum = 0.0;

  for (int32_t e = 0; e < row->count; e++) {
    sum += row->value[e] * vector[row->column[e]];
  }
  return sum;
}

/* Workspace and result of sx_sandwich. */
typedef struct sx_sandwich_work {
  const double **left;                              /* (n,) rows of A X */
  const double **middle;                            /* (n,) its columns */
  const double **result;                            /* (n,) columns of A X B' */
  double *left_cells, *middle_cells, *result_cells; /* (n, n) */
} sx_sandwich_work;

void sx_sandwich_layout(size_t n, sx_arena *arena, sx_sandwich_work *work);

/*
 * A X B' for square A, X, B of size n; columns in work->result, which may point
 * into x.
 *   x (n,): rows of X
 */
void sx_sandwich(const sx_sparse_kernels *kernels, const sx_row *a,
                 const double *const *x, const sx_row *b, size_t n,
                 sx_sandwich_work *work);

#endif
