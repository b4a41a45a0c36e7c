/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Least squares in three stages, each only if the one before does not suffice:
 *
 * 1. Householder QR of X, SX_BLOCK_ROWS rows at a time: [R; block] -> [R'; 0]
 *    (Golub & Van Loan, Matrix Computations, 4th ed., 5.2 and 6.5.3). Memory is
 *    O(count^2) whatever the rows. A bound on the condition number of R decides
 *    whether pinv would drop anything; if not, back substitution is the answer.
 * 2. QR with column pivoting of R finds the numerical rank.
 * 3. The rank rows left, transposed, are factorised again (complete orthogonal
 *    decomposition, GvL 5.5); if singular values may lie below pinv's cutoff, a
 *    one-sided Jacobi SVD (GvL 8.6.3) of that small triangle drops them.
 *
 * Columns are scaled by powers of two to the order of 1 for stages 1 and 2, so
 * no square overflows; the cutoff of stage 3 is about the unscaled columns.
 */
#include "base/linalg.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Of pinv: singular values up to CUTOFF times the largest are dropped. */
static const double CUTOFF = 1e-15;
/* Condition numbers below this are far from CUTOFF and from rank deficiency. */
static const double WELL_CONDITIONED = 1e13;
/* Sums of squares below this are zero; columns have elements of order 1. */
static const double TINY = 1e-280;

/* Exponents stop here, so that 2^-exponent is finite; 2^-1074 becomes 2^-54. */
enum { LEAST_EXPONENT = -1020, MAX_SWEEPS = 60 };

/* ---- vectors ---- */

/* Eight partial sums: fast without reassociation by the compiler. */
double sx_dot(int64_t n, const double *a, const double *b) {
  double part[8] = {0.0};
  double rest = 0.0;
  int64_t i = 0;

  for (; i + 8 <= n; i += 8) {
    for (int j = 0; j < 8; j++) {
      part[j] += a[i + j] * b[i + j];
    }
  }
  for (; i < n; i++) {
    rest += a[i] * b[i];
  }
  return (((part[0] + part[4]) + (part[1] + part[5])) +
          ((part[2] + part[6]) + (part[3] + part[7]))) +
         rest;
}

/* a += factor b */
static void add_multiple(int64_t n, double factor, const double *b, double *a) {
  for (int64_t i = 0; i < n; i++) {
    a[i] += factor * b[i];
  }
}

/* max |x_i|; NaN if any element is not finite. */
static double largest_modulus(int64_t n, const double *x) {
  double largest = 0.0;
  double zero = 0.0;

  for (int64_t i = 0; i < n; i++) {
    double modulus = fabs(x[i]);

    zero += 0.0 * x[i];
    largest = modulus > largest ? modulus : largest;
  }
  return largest + zero;
}

/* e with 2^(e-1) <= x < 2^e; LEAST_EXPONENT for 0, less and non-finite x. */
static int32_t binary_exponent(double x) {
  int exponent = LEAST_EXPONENT;

  if (x > 0.0 && x <= DBL_MAX) {
    frexp(x, &exponent);
  }
  return exponent > LEAST_EXPONENT ? exponent : LEAST_EXPONENT;
}

static void swap_vectors(int64_t n, double *a, double *b) {
  for (int64_t i = 0; i < n; i++) {
    double kept = a[i];

    a[i] = b[i];
    b[i] = kept;
  }
}

/* ---- LU ---- */

static int32_t pivot_row(int32_t n, const double *a, int32_t column) {
  size_t width = (size_t)n;
  int32_t best = column;

  for (int32_t i = column + 1; i < n; i++) {
    if (fabs(a[(size_t)i * width + (size_t)column]) >
        fabs(a[(size_t)best * width + (size_t)column])) {
      best = i;
    }
  }
  return best;
}

int sx_lu_factor(int32_t n, double *a, int32_t *pivots, sx_counter *counter) {
  for (int32_t k = 0; k < n; k++) {
    double *top = a + (size_t)k * (size_t)n;
    int32_t pivot = pivot_row(n, a, k);

    pivots[k] = pivot;
    if (pivot != k) {
      swap_vectors(n, top, a + (size_t)pivot * (size_t)n);
    }
    if (top[k] == 0.0) {
      return k + 1;
    }
    for (int32_t i = k + 1; i < n; i++) {
      double *row = a + (size_t)i * (size_t)n;

      row[k] /= top[k];
      if (row[k] != 0.0) {
        add_multiple(n - k - 1, -row[k], top + k + 1, row + k + 1);
      }
      if (sx_interrupt_asked(counter, n - k)) {
        return 0;
      }
    }
  }
  return 0;
}

void sx_lu_solve(int32_t n, const double *a, const int32_t *pivots, double *b) {
  for (int32_t k = 0; k < n; k++) {
    swap_vectors(1, b + k, b + pivots[k]);
  }
  for (int32_t i = 0; i < n; i++) {
    const double *row = a + (size_t)i * (size_t)n;

    for (int32_t k = 0; k < i; k++) {
      if (row[k] != 0.0) {
        b[i] -= row[k] * b[k];
      }
    }
  }
  for (int32_t k = n - 1; k >= 0; k--) {
    const double *row = a + (size_t)k * (size_t)n;

    for (int32_t j = k + 1; j < n; j++) {
      b[k] -= row[j] * b[j];
    }
    b[k] /= row[k];
  }
}

/* ---- Householder reflectors ---- */

/*
 * H = I - tau (1; v)(1; v)' with H (head; tail) = (beta; 0). On return head is
 * beta and tail holds v (n,); tau = 0 if the tail is already zero.
 */
static double make_reflector(int64_t n, double *head, double *tail) {
  double squares = sx_dot(n, tail, tail);
  double norm, beta, factor, tau;

  if (squares < TINY) {
    return 0.0;
  }
  norm = sqrt(*head * *head + squares);
  beta = *head < 0.0 ? norm : -norm;
  factor = 1.0 / (*head - beta);
  tau = (beta - *head) / beta;
  for (int64_t i = 0; i < n; i++) {
    tail[i] *= factor;
  }
  *head = beta;
  return tau;
}

/* (head; tail) <- H (head; tail) */
static void apply_reflector(int64_t n, const double *v, double tau,
                            double *head, double *tail) {
  if (tau != 0.0) {
    double projection = tau * (*head + sx_dot(n, v, tail));

    *head -= projection;
    add_multiple(n, -projection, v, tail);
  }
}

/* ---- stage 1: QR by blocks of rows ---- */

void sx_lstsq_layout(int64_t rows, int64_t count, sx_arena *arena,
                     sx_lstsq_work *work) {
  int64_t block_rows = rows < SX_BLOCK_ROWS ? rows : SX_BLOCK_ROWS;
  int64_t max_rank = rows < count ? rows : count;
  size_t k = (size_t)count;

  if (count > INT32_MAX - 1) { /* k (k + 1) would overflow */
    arena->failed = 1;
    return;
  }
  work->triangle = sx_arena_doubles(arena, k * (k + 1));
  work->block = sx_arena_doubles(arena, (size_t)block_rows * (k + 1));
  work->rows_of_r = sx_arena_doubles(arena, k * (size_t)max_rank);
  work->tau = sx_arena_doubles(arena, k);
  work->scale = sx_arena_doubles(arena, k);
  work->vector = sx_arena_doubles(arena, k);
  work->exponent = sx_arena_int32(arena, k);
  work->pivot = sx_arena_int32(arena, k);
}

/*
 * Fills exponent and scale. Returns the exponent of the largest column, or
 * INT32_MAX if X is not finite.
 */
static int32_t measure_columns(const sx_regression *regression,
                               sx_lstsq_work *work) {
  int32_t largest = LEAST_EXPONENT;

  for (int64_t j = 0; j < regression->count; j++) {
    double modulus = largest_modulus(
        regression->rows, regression->column(regression->context, j));

    sx_interrupt_asked(regression->counter, regression->rows);
    if (isnan(modulus)) {
      return INT32_MAX;
    }
    work->exponent[j] = binary_exponent(modulus);
    if (work->exponent[j] > largest) {
      largest = work->exponent[j];
    }
  }
  for (int64_t j = 0; j < regression->count; j++) {
    work->scale[j] = ldexp(1.0, work->exponent[j] - largest);
  }
  return largest;
}

/*
 * [R; rows first.. of X] -> [R'; 0]. Left-looking: a column is loaded, all
 * earlier reflectors are applied to it while it is in the cache, then its own
 * is made. The response is the last column.
 */
static void absorb_rows(const sx_regression *regression, int64_t first,
                        int64_t rows, int32_t response_exponent,
                        sx_lstsq_work *work) {
  int64_t count = regression->count;

  for (int64_t j = 0; j <= count; j++) {
    const double *source =
        (j < count ? regression->column(regression->context, j)
                   : regression->response) +
        first;
    double factor =
        ldexp(1.0, -(j < count ? work->exponent[j] : response_exponent));
    double *triangle = work->triangle + j * count;
    double *column = work->block + j * rows;

    for (int64_t i = 0; i < rows; i++) {
      column[i] = factor * source[i];
    }
    for (int64_t i = 0; i < j; i++) {
      apply_reflector(rows, work->block + i * rows, work->tau[i], triangle + i,
                      column);
    }
    if (sx_interrupt_asked(regression->counter, 2 * rows * (j + 1))) {
      return;
    }
    if (j < count) {
      work->tau[j] = make_reflector(rows, triangle + j, column);
    }
  }
}

static void factorize(const sx_regression *regression,
                      int32_t response_exponent, sx_lstsq_work *work) {
  size_t count = (size_t)regression->count;

  memset(work->triangle, 0, count * (count + 1) * sizeof(double));
  for (int64_t first = 0;
       first < regression->rows && !regression->counter->stopped;
       first += SX_BLOCK_ROWS) {
    int64_t left = regression->rows - first;

    absorb_rows(regression, first, left < SX_BLOCK_ROWS ? left : SX_BLOCK_ROWS,
                response_exponent, work);
  }
}

/* x <- U^-1 x; u (n, n) upper triangular, column-major with stride ld. */
static void back_substitute(int64_t n, const double *u, int64_t ld, double *x) {
  for (int64_t i = n - 1; i >= 0; i--) {
    x[i] /= u[i + i * ld];
    add_multiple(i, -x[i], u + i * ld, x);
  }
}

/*
 * ||U S||_F ||(U S)^-1||_F >= cond(U S), S = diag(scale) or I if NULL. Not
 * below WELL_CONDITIONED (inf or NaN) if U S is singular. z (n,): workspace
 */
static double condition_bound(int64_t n, const double *u, int64_t ld,
                              const double *scale, double *z,
                              sx_counter *counter) {
  double squares = 0.0;
  double inverse_squares = 0.0;

  for (int64_t j = 0; j < n && !sx_interrupt_asked(counter, j * j / 2); j++) {
    double width = scale ? scale[j] : 1.0;

    squares += width * width * sx_dot(j + 1, u + j * ld, u + j * ld);
    memset(z, 0, (size_t)n * sizeof(double));
    z[j] = 1.0;
    back_substitute(j + 1, u, ld, z);
    for (int64_t i = 0; i <= j; i++) {
      double element = scale ? z[i] / scale[i] : z[i];

      inverse_squares += element * element;
    }
  }
  return sqrt(squares) * sqrt(inverse_squares);
}

/* ---- stage 2: rank ---- */

/*
 * Rounding error of stage 1 in a column of order 1 (measured: below an eighth
 * of this on dependent columns of 10 to 10^6 rows).
 */
static double rank_tolerance(int64_t rows) {
  return DBL_EPSILON * (16.0 + sqrt((double)rows));
}

/* Brings the largest remaining column of work->triangle to place r. */
static void pivot_columns(int64_t count, int64_t r, int64_t best,
                          sx_lstsq_work *work) {
  double *squares = work->vector;
  int32_t kept = work->pivot[r];

  if (best != r) {
    work->pivot[r] = work->pivot[best];
    work->pivot[best] = kept;
    squares[best] = squares[r];
    swap_vectors(count, work->triangle + r * count,
                 work->triangle + best * count);
  }
}

/*
 * QR with column pivoting of work->triangle, which keeps the transformed
 * response in its last column; work->pivot (count,) receives the permutation.
 * Stops at the numerical rank and returns it.
 */
static int64_t pivot_factorize(int64_t count, int64_t rows, sx_lstsq_work *work,
                               sx_counter *counter) {
  int64_t max_rank = rows < count ? rows : count;
  double tolerance = rank_tolerance(rows);
  double *squares = work->vector; /* of the remaining part of each column */
  double limit = 0.0;

  for (int64_t j = 0; j < count; j++) {
    const double *column = work->triangle + j * count;

    work->pivot[j] = (int32_t)j;
    squares[j] = sx_dot(count, column, column);
  }
  for (int64_t r = 0; r < max_rank; r++) {
    double *head = work->triangle + r * count + r;
    int64_t below = count - r - 1;
    int64_t best = r;
    double tau;

    for (int64_t j = r + 1; j < count; j++) {
      best = squares[j] > squares[best] ? j : best;
    }
    if (!(squares[best] > limit)) {
      return r;
    }
    limit = r == 0 ? squares[best] * tolerance * tolerance : limit;
    pivot_columns(count, r, best, work);
    tau = make_reflector(below, head, head + 1);
    for (int64_t j = r + 1; j <= count; j++) {
      double *other = work->triangle + j * count + r;

      apply_reflector(below, head + 1, tau, other, other + 1);
      if (j < count) {
        squares[j] = sx_dot(below, other + 1, other + 1);
      }
      if (sx_interrupt_asked(counter, 3 * below + 1)) {
        return r;
      }
    }
  }
  return max_rank;
}

/* ---- stage 3: minimum norm ---- */

/*
 * One sweep of one-sided Jacobi: rotates pairs of columns of w (n, n) to be
 * orthogonal, and the elements of c with them. Returns the rotations done.
 */
static int64_t jacobi_sweep(int64_t n, double *w, int64_t ld, double *c,
                            sx_counter *counter) {
  int64_t rotations = 0;

  for (int64_t q = 1; q < n; q++) {
    for (int64_t p = 0; p < q; p++) {
      double *left = w + p * ld;
      double *right = w + q * ld;
      double pp = sx_dot(n, left, left);
      double qq = sx_dot(n, right, right);
      double pq = sx_dot(n, left, right);
      double zeta, tangent, cosine, sine, kept;

      if (sx_interrupt_asked(counter, 6 * n)) {
        return 0;
      }
      if (fabs(pq) <= DBL_EPSILON * sqrt(pp) * sqrt(qq)) {
        continue;
      }
      zeta = (qq - pp) / (2.0 * pq);
      tangent = copysign(1.0, zeta) / (fabs(zeta) + sqrt(1.0 + zeta * zeta));
      cosine = 1.0 / sqrt(1.0 + tangent * tangent);
      sine = cosine * tangent;
      for (int64_t i = 0; i < n; i++) {
        kept = left[i];
        left[i] = cosine * kept - sine * right[i];
        right[i] = sine * kept + cosine * right[i];
      }
      kept = c[p];
      c[p] = cosine * kept - sine * c[q];
      c[q] = sine * kept + cosine * c[q];
      rotations++;
    }
  }
  return rotations;
}

/*
 * z = pinv(W') c by the SVD of W (n, n), which becomes U S; c becomes V'c:
 *   z = sum over singular values above the cutoff of (W column_i) c_i / s_i^2
 */
static void solve_by_svd(int64_t n, double *w, int64_t ld, double *c, double *z,
                         sx_counter *counter) {
  double largest = 0.0;

  for (int sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    if (jacobi_sweep(n, w, ld, c, counter) == 0) {
      break;
    }
  }
  memset(z, 0, (size_t)n * sizeof(double));
  for (int64_t i = 0; i < n; i++) {
    double value = sqrt(sx_dot(n, w + i * ld, w + i * ld));

    largest = value > largest ? value : largest;
  }
  for (int64_t i = 0; i < n; i++) {
    double square = sx_dot(n, w + i * ld, w + i * ld);

    if (sqrt(square) > CUTOFF * largest) {
      add_multiple(n, c[i] / square, w + i * ld, z);
    }
  }
}

/*
 * work->vector (n,) <- the solution z of U'z = c, by substitution or, close to
 * singular, by SVD. U is the upper triangle of work->rows_of_r, c the last
 * column of work->triangle, which is overwritten; both with stride ld.
 */
static void solve_transposed(int64_t n, int64_t ld, sx_lstsq_work *work,
                             sx_counter *counter) {
  const double *u = work->rows_of_r;
  double *w = work->triangle;
  double *c = work->triangle + ld * ld;
  double *z = work->vector;

  if (condition_bound(n, u, ld, NULL, z, counter) < WELL_CONDITIONED) {
    for (int64_t i = 0; i < n; i++) {
      z[i] = (c[i] - sx_dot(i, u + i * ld, z)) / u[i + i * ld];
    }
    return;
  }
  for (int64_t j = 0; j < n; j++) {
    memcpy(w + j * ld, u + j * ld, (size_t)(j + 1) * sizeof(double));
    memset(w + j * ld + j + 1, 0, (size_t)(n - j - 1) * sizeof(double));
  }
  solve_by_svd(n, w, ld, c, z, counter);
}

/*
 * Minimum-norm solution of R S x = c for the `rank` rows of work->triangle, S
 * the column scales, by QR of (R S)' = Q U:  x = Q (U'^-1 c; 0). In
 * work->vector, in the order of work->pivot.
 */
static void minimum_norm(int64_t count, int64_t rank, sx_lstsq_work *work,
                         sx_counter *counter) {
  double *transposed = work->rows_of_r;
  double *x = work->vector;

  for (int64_t i = 0; i < rank; i++) {
    for (int64_t j = 0; j < count; j++) {
      transposed[j + i * count] =
          j < i ? 0.0
                : work->triangle[i + j * count] * work->scale[work->pivot[j]];
    }
  }
  for (int64_t r = 0; r < rank; r++) {
    double *head = transposed + r * count + r;
    int64_t below = count - r - 1;

    work->tau[r] = make_reflector(below, head, head + 1);
    for (int64_t j = r + 1; j < rank; j++) {
      double *other = transposed + j * count + r;

      apply_reflector(below, head + 1, work->tau[r], other, other + 1);
    }
    if (sx_interrupt_asked(counter, 2 * (rank - r) * (below + 1))) {
      return;
    }
  }
  memset(x, 0, (size_t)count * sizeof(double));
  solve_transposed(rank, count, work, counter);
  for (int64_t r = rank - 1; r >= 0; r--) {
    apply_reflector(count - r - 1, transposed + r * count + r + 1, work->tau[r],
                    x + r, x + r + 1);
  }
}

sx_status sx_least_squares(const sx_regression *regression, sx_lstsq_work *work,
                           double *coef) {
  sx_counter *counter = regression->counter;
  int64_t count = regression->count;
  int32_t largest = measure_columns(regression, work);
  int32_t response_exponent =
      binary_exponent(largest_modulus(regression->rows, regression->response));
  double *solution = work->triangle + count * count;
  int64_t rank;

  if (largest == INT32_MAX) {
    return SX_E_DATA;
  }
  factorize(regression, response_exponent, work);
  if (condition_bound(count, work->triangle, count, work->scale, work->vector,
                      counter) < WELL_CONDITIONED) {
    back_substitute(count, work->triangle, count, solution);
    for (int64_t j = 0; j < count; j++) {
      coef[j] = ldexp(solution[j], response_exponent - work->exponent[j]);
    }
    return counter->stopped ? SX_E_INTERRUPTED : SX_OK;
  }
  rank = pivot_factorize(count, regression->rows, work, counter);
  minimum_norm(count, rank, work, counter);
  for (int64_t j = 0; j < count; j++) {
    coef[work->pivot[j]] = ldexp(work->vector[j], response_exponent - largest);
  }
  return counter->stopped ? SX_E_INTERRUPTED : SX_OK;
}
