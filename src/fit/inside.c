/* SPDX-License-Identifier: BSD-3-Clause */
#include "fit/inside.h"

#include "model/start.h"
#include "model/transform.h"

#include <math.h>
#include <string.h>

/*
 * How far inside, times nobs. Too near a unit root costs the likelihood little,
 * too far from it much.
 */
static const double DISTANCE = 0.1;
/* What sx_start_estimates makes of a variance of zero. */
static const double LEAST_SIGMA2 = 1e-10;

/* c_i (1 - share)^i, which multiplies the inverse roots by 1 - share. */
static void shrink(int32_t count, const double *coef, double share,
                   double *out) {
  double power = 1.0;

  for (int32_t i = 0; i < count; i++) {
    power *= 1.0 - share;
    out[i] = power * coef[i];
  }
}

/* Moves a polynomial inside by twice the smallest share that suffices. */
static void move_inside(const sx_inside *start, const sx_start_block *block) {
  const double *coef = start->params + block->offset;
  double *out = start->moved + block->offset;
  double share = DISTANCE / (double)start->series->nobs;

  for (; share < 1.0; share *= 2.0) {
    shrink(block->count, coef, share, out);
    if (sx_polynomial_is_stable(block->count, out, block->sign, start->score)) {
      shrink(block->count, out, share, out);
      return;
    }
  }
  memset(out, 0, (size_t)block->count * sizeof(double));
}

/* Sets `moved`: the polynomials in the set `kept` inside, others zero. */
static void combine(const sx_inside *start, uint32_t kept) {
  const sx_model *model = start->model;
  sx_start_block blocks[SX_START_BLOCKS];

  memcpy(start->moved, start->params, (size_t)model->k_params * sizeof(double));
  sx_start_blocks(model, blocks);
  for (int b = 0; b < SX_START_BLOCKS; b++) {
    if (kept & blocks[b].bit) {
      move_inside(start, &blocks[b]);
    } else if (start->flags & blocks[b].bit) {
      memset(start->moved + blocks[b].offset, 0,
             (size_t)blocks[b].count * sizeof(double));
    }
  }
}

/*
 * Sets the sigma2 of `moved` to S / n and returns the gain, with S / sigma2 as
 * the derivative (S / sigma2 - n) / (2 sigma2) tells it: diffuse states left
 * aside.
 */
static double fit_sigma2(const sx_inside *start) {
  const sx_model *model = start->model;
  double n = (double)start->series->nobs, factor;
  double *sigma2 = start->moved + model->offset_sigma2;

  if (!model->has_sigma2 || start->sigma2_is_fixed) {
    return 0.0;
  }
  factor = 1.0 + 2.0 * *sigma2 * start->score[model->offset_sigma2] / n;
  if (!(factor > 0.0 && factor < INFINITY)) {
    return 0.0;
  }
  *sigma2 *= factor;
  return 0.5 * n * (factor - 1.0 - log(factor));
}

/* The log-likelihood of `moved` with its sigma2, -inf if not covered. */
static sx_status judge(sx_inside *start, double *value) {
  const sx_interrupt *interrupt = start->series->interrupt;
  sx_score_output out = {.score = start->score};
  sx_status status;

  *value = -INFINITY;
  if (interrupt != NULL && interrupt->asked(interrupt->context)) {
    return SX_E_INTERRUPTED;
  }
  status = sx_score(start->model, start->series, start->moved, start->work,
                    start->work_size, &out);
  if (status >= 0) {
    start->nfev++;
    *value = out.loglike + fit_sigma2(start);
  }
  return status == SX_E_EXACT ? SX_OK : status;
}

/* Mean square of the changes from one period to the next, 0 without any. */
static double mean_square_change(const sx_series *series) {
  double squares = 0.0;
  int64_t count = 0;

  for (int64_t t = 1; t < series->nobs; t++) {
    double change = series->endog[t] - series->endog[t - 1];

    if (!isnan(change)) {
      squares += change * change;
      count++;
    }
  }
  return count > 0 ? squares / (double)count : 0.0;
}

/*
 * Too few observations leave sigma2 at the least that statsmodels allows, where
 * the log-likelihood is huge and flat from rounding: the data's own scale then.
 */
static void lift_sigma2(sx_inside *start) {
  const sx_model *model = start->model;
  double scale = mean_square_change(start->series);

  if (model->has_sigma2 && !start->sigma2_is_fixed &&
      start->params[model->offset_sigma2] <= LEAST_SIGMA2 &&
      scale > LEAST_SIGMA2) {
    start->params[model->offset_sigma2] = scale;
  }
}

sx_status sx_start_inside(sx_inside *start) {
  const uint32_t all =
      SX_START_NONSTATIONARY_AR | SX_START_NONSTATIONARY_SEASONAL_AR |
      SX_START_NONINVERTIBLE_MA | SX_START_NONINVERTIBLE_SEASONAL_MA;
  size_t size = (size_t)start->model->k_params * sizeof(double);
  uint32_t outside = start->flags & all, kept = outside;
  double best = -INFINITY, value;

  lift_sigma2(start);
  if (outside == 0) {
    return SX_OK;
  }
  /* The subsets of `outside`; the empty one is the last. */
  for (;; kept = (kept - 1) & outside) {
    sx_status status;

    combine(start, kept);
    status = judge(start, &value);
    if (status < 0) {
      return status;
    }
    if (value > best || (kept == 0 && best == -INFINITY)) {
      best = value;
      memcpy(start->best, start->moved, size);
    }
    if (kept == 0) {
      break;
    }
  }
  memcpy(start->params, start->best, size);
  return SX_OK;
}
