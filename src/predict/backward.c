/* SPDX-License-Identifier: BSD-3-Clause */
#include "predict/backward.h"

#include "base/compiler.h"

#include <string.h>

void sx_backward_layout(const sx_model *model, int has_cov, sx_arena *arena,
                        sx_backward *backward) {
  size_t m = (size_t)model->k_states;
  size_t rows = has_cov ? m + 1 : 0;

  backward->k_states = m;
  backward->ld = (m + SX_STATE_PAD) / SX_STATE_PAD * SX_STATE_PAD;
  backward->has_cov = has_cov;
  backward->r = sx_arena_doubles(arena, m + 1);
  backward->next_r = sx_arena_doubles(arena, m + 1);
  backward->N = sx_arena_doubles(arena, rows * backward->ld);
  backward->next_N = sx_arena_doubles(arena, rows * backward->ld);
  backward->q = sx_arena_doubles(arena, has_cov ? backward->ld : 0);
}

void sx_backward_start(sx_backward *backward) {
  size_t m = backward->k_states;

  memset(backward->r, 0, (m + 1) * sizeof(double));
  if (backward->has_cov) {
    memset(backward->N, 0, (m + 1) * backward->ld * sizeof(double));
    memset(backward->next_N, 0, (m + 1) * backward->ld * sizeof(double));
  }
}

/* target += factor source, of `count` elements */
static void add_scaled(double *restrict target, double factor,
                       const double *restrict source, size_t count) {
  SX_INDEPENDENT
  for (size_t j = 0; j < count; j++) {
    target[j] += factor * source[j];
  }
}

/*
 * to = T' from, of rows of `ld` elements; with 1, of a vector. Only the states
 * of the design are no one's source. The last row is copied to a place of its
 * own.
 */
static void rows_backward(const sx_statespace *statespace, size_t ld,
                          const double *from, double *to) {
  double *arma = to + (size_t)statespace->arma * ld;

  for (int32_t z = 0; z < statespace->k_design; z++) {
    memset(to + (size_t)statespace->design[z] * ld, 0, ld * sizeof(double));
  }
  for (int32_t g = 0; g < statespace->k_segments; g++) {
    sx_segment segment = statespace->segments[g];

    memcpy(to + (size_t)segment.source * ld, from + (size_t)segment.begin * ld,
           (size_t)(segment.end - segment.begin) * ld * sizeof(double));
    for (int32_t i = segment.begin; segment.has_ar && i < segment.end; i++) {
      if (statespace->phi[i] != 0.0) {
        add_scaled(arma, statespace->phi[i], from + (size_t)i * ld, ld);
      }
    }
  }
  for (int32_t k = 0; k < statespace->k_special; k++) {
    const double *row = from + (size_t)statespace->special[k] * ld;

    for (int32_t e = statespace->special_start[k];
         e < statespace->special_start[k + 1]; e++) {
      int32_t state = statespace->design[statespace->special_term[e]];

      add_scaled(to + (size_t)state * ld, 1.0, row, ld);
    }
  }
}

/*
 * An antisymmetric part of N would follow T' N T instead of L' N L, and grow as
 * the powers of T do: with several differences beyond all bounds.
 */
static void mirror(size_t m, size_t ld, double *N) {
  for (size_t i = 0; i < m; i++) {
    for (size_t j = 0; j < i; j++) {
      N[i * ld + j] = N[j * ld + i];
    }
  }
}

void sx_backward_advance(const sx_statespace *statespace,
                         sx_backward *backward) {
  size_t ld = backward->ld;
  double *last = backward->r;

  sx_statespace_backward(statespace, last, backward->next_r);
  backward->r = backward->next_r;
  backward->next_r = last;
  if (backward->has_cov) {
    rows_backward(statespace, ld, backward->N, backward->next_N);
    for (size_t i = 0; i < backward->k_states; i++) {
      rows_backward(statespace, 1, backward->next_N + i * ld,
                    backward->N + i * ld);
    }
    mirror(backward->k_states, ld, backward->N);
  }
}

static double dot(size_t count, const double *a, const double *b) {
  double sum = 0.0;

  for (size_t i = 0; i < count; i++) {
    sum += a[i] * b[i];
  }
  return sum;
}

double sx_backward_mean(const sx_backward *backward, const double *m) {
  return dot(backward->k_states, m, backward->r);
}

double sx_backward_cov(sx_backward *backward, const double *m) {
  size_t ld = backward->ld;

  memset(backward->q, 0, ld * sizeof(double));
  for (size_t j = 0; j < backward->k_states; j++) {
    add_scaled(backward->q, m[j], backward->N + j * ld, ld);
  }
  return dot(backward->k_states, m, backward->q);
}

/* N <- N - (Z' q' + q Z) / F + Z' Z (1 + M' q / F) / F */
static void observe_cov(const sx_statespace *statespace, const double *m,
                        double inverse, sx_backward *backward) {
  double both = (1.0 + sx_backward_cov(backward, m) * inverse) * inverse;
  size_t ld = backward->ld;

  for (int32_t z = 0; z < statespace->k_design; z++) {
    size_t state = (size_t)statespace->design[z];

    add_scaled(backward->N + state * ld, -inverse, backward->q, ld);
    for (size_t i = 0; i < backward->k_states; i++) {
      backward->N[i * ld + state] -= inverse * backward->q[i];
    }
  }
  for (int32_t y = 0; y < statespace->k_design; y++) {
    for (int32_t z = 0; z < statespace->k_design; z++) {
      backward->N[(size_t)statespace->design[y] * ld +
                  (size_t)statespace->design[z]] += both;
    }
  }
}

void sx_backward_observe(const sx_statespace *statespace, const double *m,
                         double error, double inverse, sx_backward *backward) {
  double u = (error - sx_backward_mean(backward, m)) * inverse;

  for (int32_t z = 0; z < statespace->k_design; z++) {
    backward->r[statespace->design[z]] += u;
  }
  if (backward->has_cov) {
    observe_cov(statespace, m, inverse, backward);
  }
}
