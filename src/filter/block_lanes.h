/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What filter/exact.h needs beside the recursion, for one width of lanes and
 * one instruction set: the covariance Pi of the first values, their
 * elimination, and the whole run. Included by filter/lanes.c after
 * filter/data_lanes.h and filter/eliminate_lanes.h.
 */

/* What is left of the values of time c, ..., 1 to the block, by time. */
SX_LANES_TARGET static void SX_LANES_NAME(copy_first)(const sx_exact *exact,
                                                      const sx_schur *from,
                                                      int32_t columns,
                                                      int32_t offset) {
  int64_t c = exact->c;
  const SX_V *e = (const SX_V *)from->e + from->steps;

  for (int32_t a = 0; a < columns; a++) {
    SX_V *target = (SX_V *)exact->block + exact->c + offset + a;

    for (int64_t t = 0; t < c; t++) {
      target[(size_t)t * exact->ld] = e[c - 1 - t];
    }
    e += from->stride;
  }
}

/* Subtracts the rows before, times phi, from `cells` elements of a row. */
SX_LANES_TARGET static inline void
SX_LANES_NAME(unfilter_cells)(const sx_exact *exact, SX_V *row, size_t ld,
                              int32_t k_lags, int32_t cells) {
  const SX_V *phi = (const SX_V *)exact->phi;
  SX_V sum[4];

  for (int32_t k = 0; k < cells; k++) {
    sum[k] = row[k];
  }
  for (int32_t j = 1; j < k_lags; j++) {
    const SX_V *before = row - (size_t)exact->lags[j] * ld;
    SX_V coef = phi[exact->lags[j]];

    for (int32_t k = 0; k < cells; k++) {
      sum[k] -= coef * before[k];
    }
  }
  for (int32_t k = 0; k < cells; k++) {
    row[k] = sum[k];
  }
}

/*
 * w <- Phi^-1 w in place, Phi the filter phi(B) on rows: w by rows, in time.
 * Four elements stay in registers over all lags.
 */
SX_LANES_TARGET static void SX_LANES_NAME(unfilter)(const sx_exact *exact,
                                                    SX_V *rows, size_t ld,
                                                    int32_t count,
                                                    int32_t width) {
  int32_t k_lags = 1;

  for (int32_t t = 0; t < count; t++) {
    SX_V *row = rows + (size_t)t * ld;
    int32_t k = 0;

    while (k_lags < exact->k_lags && exact->lags[k_lags] <= t) {
      k_lags++;
    }
    for (; k + 4 <= width; k += 4) {
      SX_LANES_NAME(unfilter_cells)(exact, row + k, ld, k_lags, 4);
    }
    for (; k + 2 <= width; k += 2) {
      SX_LANES_NAME(unfilter_cells)(exact, row + k, ld, k_lags, 2);
    }
    for (; k < width; k++) {
      SX_LANES_NAME(unfilter_cells)(exact, row + k, ld, k_lags, 1);
    }
  }
}

/* phi(B) z of time c, ..., 1, newest first: what x is without intercepts. */
SX_LANES_TARGET static void SX_LANES_NAME(keep_first)(const sx_exact *exact) {
  const SX_V *e = (const SX_V *)exact->num.e + exact->num.steps;
  SX_V *first = (SX_V *)exact->first;

  memcpy(first, e, (size_t)exact->c * sizeof(SX_V));
  for (int l = 0; l < SX_WIDTH && exact->intercept[l]; l++) {
    for (int32_t k = 0; k < exact->c; k++) {
      exact->first[k * SX_WIDTH + l] +=
          exact->intercept[l][exact->nobs - exact->c + k];
    }
  }
}

/*
 * The right-hand sides from x to z: Phi^-1 (x - mu). The data's is z - Phi^-1
 * of what was subtracted from phi(B) z, so that no digits of a large z are
 * lost. `shift` keeps what is subtracted, and the gaps' right-hand sides.
 */
SX_LANES_TARGET static void SX_LANES_NAME(rhs_to_z)(const sx_exact *exact) {
  const SX_V *z = (const SX_V *)(SX_WIDTH == 1 ? exact->z[0] : exact->z_lanes);
  const SX_V *first = (const SX_V *)exact->first;
  SX_V *rhs = (SX_V *)exact->block + exact->c;
  SX_V *shift = (SX_V *)exact->shift;
  int32_t columns = exact->columns, c = exact->c;
  size_t ld = exact->ld;

  for (int32_t t = 0; t < c; t++) {
    SX_V *row = rhs + (size_t)t * ld;

    row[0] = first[c - 1 - t] - row[0];
    row[columns] = first[c - 1 - t] - row[columns];
  }
  SX_LANES_NAME(unfilter)(exact, rhs, ld, c, 2 * columns);
  for (int32_t t = 0; t < c; t++) {
    SX_V *row = rhs + (size_t)t * ld;

    memcpy(shift + (size_t)t * (size_t)(2 * columns), row,
           (size_t)(2 * columns) * sizeof(SX_V));
    row[0] = z[exact->nobs - 1 - t] - row[0];
    row[columns] = z[exact->nobs - 1 - t] - row[columns];
  }
}

/* ---- Pi ---- */

/* Autocovariances of a stationary start: Toeplitz. */
SX_LANES_TARGET static void
SX_LANES_NAME(set_stationary)(const sx_exact *exact) {
  const double *gamma = exact->in_z ? exact->gamma : exact->ma_gamma;
  size_t known = (size_t)(exact->in_z ? exact->c : exact->q + 1);

  for (size_t t = 0, left = (size_t)exact->c; left > 0; t++, left--) {
    SX_V *row = (SX_V *)exact->block + t * (exact->ld + 1);
    size_t count = left < known ? left : known;

    memcpy(row, gamma, count * sizeof(SX_V));
    if (count < left) {
      memset(row + count, 0, (left - count) * sizeof(SX_V));
    }
  }
}

/* G, upper triangle. */
SX_LANES_TARGET static void
SX_LANES_NAME(add_truncated)(const sx_exact *exact) {
  const SX_V *restrict theta = (const SX_V *)exact->theta;
  SX_V *restrict above = (SX_V *)exact->row;
  int32_t c = exact->c, q = exact->q;

  memset(above, 0, (size_t)(q + 1) * sizeof(SX_V));
  for (int32_t t = 1; t < c; t++) {
    SX_V *restrict row = (SX_V *)exact->block + (size_t)t * exact->ld + t;
    int32_t end = q - (t - 1);

    /* `above` holds the offsets u - t of the row before. */
    SX_LANES_LOOP
    for (int32_t k = 0; k <= end; k++) {
      above[k] += theta[t - 1] * theta[t - 1 + k];
    }
    end = c - 1 - t < q ? c - 1 - t : q;
    SX_LANES_LOOP
    for (int32_t k = 0; k <= end; k++) {
      row[k] += above[k];
    }
  }
}

/* K: times ik, f f' of one generator, at `count` successive places. */
SX_LANES_TARGET static void SX_LANES_NAME(add_generator)(const sx_exact *exact,
                                                         int32_t degree,
                                                         int32_t count) {
  const SX_V *f = (const SX_V *)exact->generator;
  SX_V ik = *(const SX_V *)exact->ik;
  int32_t *places = exact->places;
  int32_t k_places = 0;

  for (int32_t i = 0; i <= degree; i++) {
    if (!SX_LANES_NAME(is_zero)(f[i])) {
      places[k_places++] = i;
    }
  }
  for (int32_t a = 0; a < k_places; a++) {
    for (int32_t b = a; b < k_places; b++) {
      SX_V product = ik * (f[places[a]] * f[places[b]]);
      SX_V *cell =
          (SX_V *)exact->block + (size_t)places[a] * exact->ld + places[b];

      for (int32_t k = 0; k < count; k++) {
        *cell += product;
        cell += exact->ld + 1;
      }
    }
  }
}

SX_LANES_TARGET static void
SX_LANES_NAME(add_differences)(const sx_exact *exact) {
  for (int32_t k = 0; k < exact->diff; k++) {
    SX_LANES_NAME(add_generator)(
        exact,
        SX_LANES_NAME(make_generator)(exact, exact->in_z, exact->diff - 1 - k,
                                      exact->seasonal_diff),
        1);
  }
  for (int32_t b = 0; b < exact->seasonal_diff; b++) {
    SX_LANES_NAME(add_generator)(
        exact,
        SX_LANES_NAME(make_generator)(exact, exact->in_z, 0,
                                      exact->seasonal_diff - 1 - b),
        exact->model->spec.periods);
  }
}

/* Zeros in the upper triangle. */
SX_LANES_TARGET static void SX_LANES_NAME(clear_prior)(const sx_exact *exact) {
  for (size_t t = 0, left = (size_t)exact->c; left > 0; t++, left--) {
    memset((SX_V *)exact->block + t * (exact->ld + 1), 0, left * sizeof(SX_V));
  }
}

/* Zeros as right-hand sides of x in the columns that den does not have. */
SX_LANES_TARGET static void SX_LANES_NAME(clear_rhs)(const sx_exact *exact) {
  size_t count = (size_t)(exact->columns - exact->den_columns);
  SX_V *rhs = (SX_V *)exact->block + exact->ld - count;

  for (int32_t t = 0; t < exact->c; t++) {
    memset(rhs + (size_t)t * exact->ld, 0, count * sizeof(SX_V));
  }
}

/* Pi, upper triangle. */
SX_LANES_TARGET static void SX_LANES_NAME(make_prior)(const sx_exact *exact) {
  SX_V *cells = (SX_V *)exact->block;

  if (exact->stationary) {
    SX_LANES_NAME(set_stationary)(exact);
  } else {
    SX_LANES_NAME(clear_prior)(exact);
    for (int32_t t = 0; t < exact->r; t++) {
      cells[(size_t)t * (exact->ld + 1)] += *(const SX_V *)exact->ik;
    }
    SX_LANES_NAME(add_truncated)(exact);
  }
  SX_LANES_NAME(add_differences)(exact);
  for (int32_t t = 0; t < exact->c; t++) {
    ((SX_V *)exact->diagonal)[t] = cells[(size_t)t * (exact->ld + 1)];
  }
}

/* ---- elimination ---- */

/* Subtracts R of `schur`, by time, from the upper triangle of a matrix. */
SX_LANES_TARGET static void SX_LANES_NAME(subtract_R)(const sx_exact *exact,
                                                      const sx_schur *schur,
                                                      SX_V *matrix, size_t ld) {
  const SX_V *restrict g = (const SX_V *)schur->g;
  const SX_V *restrict L = (const SX_V *)schur->L;
  SX_V *restrict row = (SX_V *)exact->row;
  SX_V inverse = 1.0 / *(const SX_V *)schur->F;
  size_t q = (size_t)exact->q, h = (size_t)exact->h;

  /* row[k] = R[i, i+k] newest first, only offsets below h being needed. */
  memset(row, 0, (h + 1) * sizeof(SX_V));
  for (size_t i = q; i-- > 0;) {
    size_t count = q - i < h ? q - i : h;
    SX_V g_i = g[i] * inverse, L_i = L[i] * inverse;

    SX_LANES_LOOP
    for (size_t k = 0; k < count; k++) {
      row[k] += g_i * g[i + k] - L_i * L[i + k];
    }
    for (size_t k = 0; i + k < h; k++) {
      matrix[(h - 1 - i - k) * ld + (h - 1 - i)] -= row[k];
    }
  }
}

/* known = -Phi^-1 R Phi^-T, both triangles. */
SX_LANES_TARGET static void SX_LANES_NAME(make_known)(const sx_exact *exact,
                                                      const sx_schur *schur) {
  SX_V *known = (SX_V *)schur->known;
  int32_t h = exact->h;

  memset(known, 0, (size_t)(h * h) * sizeof(SX_V));
  SX_LANES_NAME(subtract_R)(exact, schur, known, (size_t)h);
  for (int32_t i = 0; i < h; i++) {
    for (int32_t j = 0; j < i; j++) {
      known[i * h + j] = known[j * h + i];
    }
  }
  SX_LANES_NAME(unfilter)(exact, known, (size_t)h, h, h);
  for (int32_t i = 0; i < h; i++) {
    for (int32_t j = 0; j < i; j++) {
      SX_V cell = known[i * h + j];

      known[i * h + j] = known[j * h + i];
      known[j * h + i] = cell;
    }
  }
  SX_LANES_NAME(unfilter)(exact, known, (size_t)h, h, h);
}

/* Subtracts what `schur` knows of the last h values from their covariance. */
SX_LANES_TARGET static void SX_LANES_NAME(subtract_known)(const sx_exact *exact,
                                                          const sx_schur *schur,
                                                          SX_V *near,
                                                          size_t ld) {
  const SX_V *known = (const SX_V *)schur->known;
  int32_t h = exact->h;

  if (!exact->in_z) {
    SX_LANES_NAME(subtract_R)(exact, schur, near, ld);
    return;
  }
  SX_LANES_NAME(make_known)(exact, schur);
  for (int32_t i = 0; i < h; i++) {
    for (int32_t j = i; j < h; j++) {
      near[(size_t)i * ld + (size_t)j] += known[i * h + j];
    }
  }
}

/*
 * What eliminated rows contribute: pivots to the determinant; r r' / pivot of
 * the right-hand sides, which begin `offset` after the first row's diagonal, to
 * the products; and, to `loss`, how many times larger the diagonal was than
 * the pivot left of it, which is how many ulps that may have lost.
 */
SX_LANES_TARGET static void
SX_LANES_NAME(collect)(const SX_V *first, size_t ld, int64_t pivots,
                       size_t offset, const double *diagonal, sx_schur *schur) {
  SX_V *gram = (SX_V *)schur->gram;
  SX_V *loss = (SX_V *)schur->loss;
  SX_V loss_0 = loss[0], loss_1 = loss[1], gram_0 = gram[0];

  for (int64_t k = 0; k < pivots; k++) {
    const SX_V *pivot = first + (size_t)k * (ld + 1);
    const SX_V *rhs = first + (size_t)k * ld + offset;
    SX_V inverse = 1.0 / pivot[0];
    SX_V ratio = ((const SX_V *)diagonal)[k] * inverse;

    for (int l = 0; l < SX_WIDTH; l++) {
      sx_log_product_multiply(&schur->det[l], ((const double *)pivot)[l]);
    }
    loss_0 += ratio;
    loss_1 += ratio * (rhs[0] * rhs[0] * inverse);
    gram_0 += rhs[0] * inverse * rhs[0];
    for (int32_t a = 0; a < schur->columns; a++) {
      SX_V scaled = rhs[a] * inverse;

      for (int32_t b = a > 0 ? a : 1; b < schur->columns; b++) {
        gram[a * schur->gram_ld + b] += scaled * rhs[b];
      }
    }
  }
  loss[0] = loss_0;
  loss[1] = loss_1;
  gram[0] = gram_0;
}

/* The first c - h rows: what they say is the same with and without R. */
SX_LANES_TARGET static void SX_LANES_NAME(eliminate_far)(sx_exact *exact) {
  const SX_V *first = (const SX_V *)exact->block;
  int64_t far = exact->c - exact->h;
  size_t c = (size_t)exact->c;

  SX_LANES_NAME(eliminate)((SX_V *)exact->block, exact->ld, (int32_t)far,
                           exact->c, (int32_t)exact->ld, &exact->counter);
  SX_LANES_NAME(collect)(first, exact->ld, far, c, exact->diagonal,
                         &exact->num);
  SX_LANES_NAME(collect)(
      first, exact->ld, far < exact->burn ? far : exact->burn,
      c + (size_t)exact->columns, exact->diagonal, &exact->den);
}

/* A copy of the last h rows with the right-hand sides x. */
SX_LANES_TARGET static void SX_LANES_NAME(copy_near)(const sx_exact *exact) {
  int32_t h = exact->h, columns = exact->columns;
  size_t ld = (size_t)(h + columns);

  for (int32_t i = 0; i < h; i++) {
    const SX_V *row = (const SX_V *)exact->block +
                      (size_t)(exact->c - h + i) * (exact->ld + 1);
    SX_V *target = (SX_V *)exact->near + (size_t)i * (ld + 1);

    memcpy(target, row, (size_t)(h - i) * sizeof(SX_V));
    target[h - i] = row[(h - i) + columns];
    if (columns > 1) {
      memcpy(target + (h - i) + 1, row + (h - i) + columns + 1,
             (size_t)(columns - 1) * sizeof(SX_V));
    }
  }
}

/* ---- all of it ---- */

/* Copies x_{c+1}..x_burn to where the recursion over them runs. */
SX_LANES_TARGET static void SX_LANES_NAME(fill_den)(const sx_exact *exact) {
  const sx_schur *den = &exact->den;
  size_t count = (size_t)exact->burn;

  for (int32_t a = 0; a < den->columns; a++) {
    SX_V *target = (SX_V *)den->e + (size_t)a * den->stride;

    memcpy(target,
           (const SX_V *)exact->num.e + (size_t)a * exact->num.stride +
               (exact->nobs - exact->burn),
           count * sizeof(SX_V));
    memset(target + count, 0, (den->stride - count) * sizeof(SX_V));
  }
}

/* The burned periods' part of the last h rows, after the first c - h. */
SX_LANES_TARGET static void SX_LANES_NAME(finish_den)(sx_exact *exact) {
  SX_V *near = (SX_V *)exact->near;
  size_t ld = (size_t)(exact->h + exact->columns);
  int64_t far = exact->c - exact->h;
  int64_t rows = exact->burn - far;

  if (rows <= 0) {
    return;
  }
  SX_LANES_NAME(copy_near)(exact);
  if (exact->burn > exact->c) {
    SX_LANES_NAME(subtract_known)(exact, &exact->den, near, ld);
    rows = exact->h;
  }
  SX_LANES_NAME(eliminate)(near, ld, (int32_t)rows, (int32_t)rows, (int32_t)ld,
                           &exact->counter);
  SX_LANES_NAME(collect)(near, ld, rows, (size_t)exact->h,
                         exact->diagonal + far * SX_WIDTH, &exact->den);
}

/* Determinants and products of innovations, of all periods and of the burn. */
SX_LANES_TARGET static void SX_LANES_NAME(run)(sx_exact *exact) {
  int32_t columns = exact->columns;
  SX_V *near =
      (SX_V *)exact->block + (size_t)(exact->c - exact->h) * (exact->ld + 1);

  SX_LANES_NAME(fill_ma_gamma)(exact);
  SX_LANES_NAME(fill_data)(exact);
  SX_LANES_NAME(fill_gaps)(exact);
  SX_LANES_NAME(fill_ahead)(exact);
  memset(exact->den.gram, 0, (size_t)(columns * columns) * sizeof(SX_V));
  memset(exact->num.loss, 0, 2 * sizeof(SX_V));
  memset(exact->den.loss, 0, 2 * sizeof(SX_V));
  for (int l = 0; l < SX_WIDTH; l++) {
    exact->den.det[l] = SX_LOG_PRODUCT_ONE;
    exact->den.steady[l] = exact->den.steps;
  }
  if (exact->in_z) {
    SX_LANES_NAME(keep_first)(exact);
  }
  if (exact->burn > exact->c) {
    SX_LANES_NAME(fill_den)(exact);
    SX_LANES_NAME(schur_run)(&exact->den, exact->ma_gamma);
    SX_LANES_NAME(copy_first)(exact, &exact->den, exact->den_columns, columns);
    SX_LANES_NAME(clear_rhs)(exact);
  } else {
    SX_LANES_NAME(copy_first)(exact, &exact->num, columns, columns);
  }
  if (SX_WIDTH > 1 && exact->lead) {
    SX_LANES_NAME(schur_follow)(exact);
  } else {
    SX_LANES_NAME(schur_run)(&exact->num, exact->ma_gamma);
  }
  if (exact->counter.stopped) {
    return;
  }
  SX_LANES_NAME(copy_first)(exact, &exact->num, columns, 0);
  if (exact->in_z) {
    SX_LANES_NAME(rhs_to_z)(exact);
  }
  SX_LANES_NAME(make_prior)(exact);
  SX_LANES_NAME(eliminate_far)(exact);
  SX_LANES_NAME(finish_den)(exact);
  SX_LANES_NAME(subtract_known)(exact, &exact->num, near, exact->ld);
  SX_LANES_NAME(eliminate)(near, exact->ld, exact->h, exact->h,
                           exact->h + columns, &exact->counter);
  SX_LANES_NAME(collect)(near, exact->ld, exact->h, (size_t)exact->h,
                         exact->diagonal + (exact->c - exact->h) * SX_WIDTH,
                         &exact->num);
}
