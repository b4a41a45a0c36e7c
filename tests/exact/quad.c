/* SPDX-License-Identifier: BSD-3-Clause */
/* The judge's filter: see quad.h. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "quad.h"

/* ---- logarithms ---- */

/* mantissa 2^exponent, the mantissa within [0.5, 1]. */
typedef struct quad_product {
  quad mantissa;
  int64_t exponent;
} quad_product;

static void multiply_by(quad_product *product, quad factor) {
  int exponent = 0;

  if (!(factor >= DBL_MIN && factor <= DBL_MAX)) {
    product->mantissa = NAN;
    return;
  }
  product->mantissa *= factor;
  (void)frexp((double)product->mantissa, &exponent);
  product->mantissa *= ldexp(1.0, -exponent);
  product->exponent += exponent;
}

/* log((1 + z) / (1 - z)) for |z| <= 1/3; NaN stays NaN. */
static quad log_ratio(quad z) {
  quad power = z, sum = 0;

  for (int k = 1; k < 80; k += 2) { /* 3^-80 < 2^-126 */
    sum += power / k;
    power *= z * z;
  }
  return 2 * sum;
}

static quad log_of(const quad_product *product) {
  quad m = product->mantissa;

  return log_ratio((m - 1) / (m + 1)) +
         (quad)product->exponent * log_ratio((quad)1 / 3); /* log 2 */
}

/* ---- the model ---- */

/* One nonzero of a row of T. */
typedef struct quad_term {
  int64_t column;
  int64_t is_one; /* spares a multiplication */
  quad value;
} quad_term;

typedef struct quad_space {
  const quad_model *model;
  const quad *trend, *beta;  /* of the parameters */
  int64_t arma;              /* state ARMA 0 = number of differences */
  int64_t k_order, k_states; /* ARMA states, all states */
  int64_t k_design, *design; /* states where Z is 1 */
  int64_t k_terms, *start;   /* rows of T: start[i] .. start[i + 1] - 1 */
  quad_term *terms;
  quad *phi, *theta; /* (k_order,) ARMA column of T, and R */
  quad sigma2;
  quad *mean, *cov; /* of the state given the past */
  quad *cross;      /* (2 k_states,) P Z', and room for a vector */
  quad *work;       /* (k_states (k_states + 1),) */
} quad_space;

static int64_t degree(const quad_lags *lags) {
  return lags->count ? lags->lag[lags->count - 1] : 0;
}

static void set_sizes(const quad_model *model, quad_space *space) {
  int64_t s = model->periods;
  int64_t p = degree(&model->ar) + s * degree(&model->seasonal_ar);
  int64_t q = degree(&model->ma) + s * degree(&model->seasonal_ma);

  space->model = model;
  space->arma = model->diff + s * model->seasonal_diff;
  space->k_order = p > q + 1 ? p : q + 1;
  space->k_states = space->arma + space->k_order;
  space->k_design = model->diff + model->seasonal_diff + 1;
}

static int allocate(quad_space *space) {
  size_t m = (size_t)space->k_states, r = (size_t)space->k_order;
  size_t longest = (size_t)space->k_design + 1; /* row of T */
  quad *next = calloc(2 * r + 3 * m + m + 2 * m * m, sizeof *next);

  space->phi = next;
  space->design = calloc(2 * m + 1, sizeof *space->design);
  space->terms = calloc(m * longest, sizeof *space->terms);
  if (!next || !space->design || !space->terms) {
    return QUAD_NO_MEMORY;
  }
  space->start = space->design + space->k_design;
  space->theta = space->phi + r;
  space->mean = space->theta + r;
  space->cross = space->mean + m;
  space->cov = space->cross + 2 * m;
  space->work = space->cov + m * m;
  return QUAD_OK;
}

static void release(quad_space *space) {
  free(space->phi);
  free(space->design);
  free(space->terms);
}

/* A lag polynomial's nonzero coefficients. */
typedef struct quad_factor {
  const quad_lags *lags;
  const quad *value;
  int64_t unit;
} quad_factor;

/* one + two + sign one two, at index lag - 1. */
static void multiply_polynomials(quad_factor one, quad_factor two, int sign,
                                 quad *out) {
  for (int64_t i = 0; i < one.lags->count; i++) {
    out[one.lags->lag[i] * one.unit - 1] += one.value[i];
  }
  for (int64_t j = 0; j < two.lags->count; j++) {
    int64_t lag = two.lags->lag[j] * two.unit;

    out[lag - 1] += two.value[j];
    for (int64_t i = 0; i < one.lags->count; i++) {
      int64_t sum = lag + one.lags->lag[i] * one.unit;

      out[sum - 1] += sign * one.value[i] * two.value[j];
    }
  }
}

static void unpack(quad_space *space, const quad *params) {
  const quad_model *model = space->model;
  const quad *ar, *ma, *seasonal_ar, *seasonal_ma;
  int64_t s = model->periods;

  space->trend = params;
  space->beta = space->trend + model->trend.count;
  ar = space->beta + model->k_exog;
  ma = ar + model->ar.count;
  seasonal_ar = ma + model->ma.count;
  seasonal_ma = seasonal_ar + model->seasonal_ar.count;
  space->sigma2 = 1;
  if (!model->concentrate_scale) {
    space->sigma2 = seasonal_ma[model->seasonal_ma.count];
  }
  multiply_polynomials((quad_factor){&model->ar, ar, 1},
                       (quad_factor){&model->seasonal_ar, seasonal_ar, s}, -1,
                       space->phi);
  space->theta[0] = 1;
  multiply_polynomials((quad_factor){&model->ma, ma, 1},
                       (quad_factor){&model->seasonal_ma, seasonal_ma, s}, 1,
                       space->theta + 1);
}

static void add_term(quad_space *space, int64_t column, quad value) {
  space->terms[space->k_terms++] = (quad_term){column, value == 1, value};
}

static void add_design_row(quad_space *space, int64_t first, int64_t count) {
  for (int64_t i = first; i < first + count; i++) {
    add_term(space, space->design[i], 1);
  }
}

/* Row of a seasonal block: its first state is renewed, the others shift. */
static void add_seasonal_row(quad_space *space, int64_t row) {
  const quad_model *model = space->model;
  int64_t block = (row - model->diff) / model->periods;

  if ((row - model->diff) % model->periods != 0) {
    add_term(space, row - 1, 1);
    return;
  }
  /* its own end and the next block's; statsmodels links no later ones */
  add_design_row(space, model->diff + block, 1);
  if (block + 1 < model->seasonal_diff) {
    add_design_row(space, model->diff + block + 1, 1);
  }
  add_term(space, space->arma, 1);
}

static void add_arma_row(quad_space *space, int64_t row) {
  int64_t i = row - space->arma;

  if (space->phi[i] != 0) {
    add_term(space, space->arma, space->phi[i]);
  }
  if (i + 1 < space->k_order) {
    add_term(space, row + 1, 1);
  }
}

static void build_transition(quad_space *space) {
  const quad_model *model = space->model;

  for (int64_t i = 0; i < space->k_design; i++) {
    int64_t block = i - model->diff;

    space->design[i] =
        block < 0 ? i : model->diff + (block + 1) * model->periods - 1;
  }
  space->design[space->k_design - 1] = space->arma;
  for (int64_t row = 0; row < space->k_states; row++) {
    space->start[row] = space->k_terms;
    if (row < model->diff) {
      add_design_row(space, row, space->k_design - row);
    } else if (row < space->arma) {
      add_seasonal_row(space, row);
    } else {
      add_arma_row(space, row);
    }
  }
  space->start[space->k_states] = space->k_terms;
}

/* ---- initial state ---- */

/* Solves A x = b with partial pivoting; rows of (A b) are `size` + 1 long. */
static void solve(quad *rows, int64_t size, quad *x) {
  int64_t width = size + 1;

  for (int64_t k = 0; k < size; k++) {
    int64_t pivot = k;

    for (int64_t i = k + 1; i < size; i++) {
      quad now = rows[i * width + k], best = rows[pivot * width + k];

      pivot = now * now > best * best ? i : pivot;
    }
    for (int64_t j = k; j < width && pivot != k; j++) {
      quad swap = rows[k * width + j];

      rows[k * width + j] = rows[pivot * width + j];
      rows[pivot * width + j] = swap;
    }
    for (int64_t i = k + 1; i < size; i++) {
      quad ratio = rows[i * width + k] / rows[k * width + k];

      for (int64_t j = k; j < width && ratio != 0; j++) {
        rows[i * width + j] -= ratio * rows[k * width + j];
      }
    }
  }
  for (int64_t k = size - 1; k >= 0; k--) {
    x[k] = rows[k * width + size];
    for (int64_t j = k + 1; j < size; j++) {
      x[k] -= rows[k * width + j] * x[j];
    }
    x[k] /= rows[k * width + k];
  }
}

/*
 * The stationary covariance V = T V T' + sigma2 R R' of the ARMA states. With x
 * its first row, x_r = 0,
 *
 *     V_ij = phi_i phi_j x_0 + phi_i x_{j+1} + phi_j x_{i+1} + V_{i+1,j+1}
 *            + sigma2 R_i R_j,
 *
 * so x solves the r equations got by following the diagonal from V_0j down, and
 * gives the rest of V. One solution of a linear system: no iteration to stop.
 */
static void stationary_first_row(const quad_space *space, quad *rows, quad *x) {
  int64_t r = space->k_order, width = r + 1;
  const quad *phi = space->phi, *theta = space->theta;

  memset(rows, 0, (size_t)(r * width) * sizeof *rows);
  for (int64_t j = 0; j < r; j++) {
    quad *row = rows + j * width;

    row[j] += 1;
    for (int64_t k = 0; j + k < r; k++) {
      row[0] -= phi[k] * phi[j + k];
      if (j + k + 1 < r) {
        row[j + k + 1] -= phi[k];
      }
      if (k + 1 < r) {
        row[k + 1] -= phi[j + k];
      }
      row[r] += space->sigma2 * theta[k] * theta[j + k];
    }
  }
  solve(rows, r, x);
  x[r] = 0;
}

static void stationary_covariance(quad_space *space) {
  int64_t r = space->k_order, m = space->k_states;
  const quad *phi = space->phi, *theta = space->theta;
  quad *x = space->cross; /* k_order + 1 of its 2 k_states elements */
  quad *block = space->cov + space->arma * (m + 1);

  stationary_first_row(space, space->work, x);
  for (int64_t i = r - 1; i >= 0; i--) {
    for (int64_t j = i; j < r; j++) {
      quad inner = j + 1 < r ? block[(i + 1) * m + j + 1] : 0;

      block[i * m + j] = phi[i] * phi[j] * x[0] + phi[i] * x[j + 1] +
                         phi[j] * x[i + 1] + inner +
                         space->sigma2 * theta[i] * theta[j];
      block[j * m + i] = block[i * m + j];
    }
  }
}

/* c_t, the trend of period t. */
static quad intercept(const quad_space *space, int64_t t) {
  const quad_lags *powers = &space->model->trend;
  quad time = (quad)space->model->trend_offset + (quad)t, sum = 0;

  for (int64_t i = 0; i < powers->count; i++) {
    quad value = space->trend[i];

    for (int64_t k = 0; k < powers->lag[i]; k++) {
      value *= time;
    }
    sum += value;
  }
  return sum;
}

/* (I - T)^-1 c_0 e_arma, which statsmodels leaves out for a tiny c_0. */
static void stationary_mean(quad_space *space) {
  quad c = intercept(space, 0), level = 1;
  quad *mean = space->mean + space->arma;

  if (!(c > 1e-9 || c < -1e-9)) {
    return;
  }
  for (int64_t i = 0; i < space->k_order; i++) {
    level -= space->phi[i];
  }
  level = c / level;
  for (int64_t i = space->k_order - 1; i > 0; i--) {
    quad inner = i + 1 < space->k_order ? mean[i + 1] : 0;

    mean[i] = space->phi[i] * level + inner;
  }
  mean[0] = level;
}

static void initialize(quad_space *space) {
  int stationary = space->model->enforce_stationarity != 0;
  int64_t m = space->k_states, k_diffuse = stationary ? space->arma : m;

  for (int64_t i = 0; i < k_diffuse; i++) {
    space->cov[i * (m + 1)] = space->model->initial_variance;
  }
  if (stationary) {
    stationary_covariance(space);
    stationary_mean(space);
  }
}

/* ---- filter ---- */

/* What is left of the counted periods. */
typedef struct quad_sums {
  quad_product variances; /* F */
  quad squares;           /* v^2 / F */
  int64_t count;
} quad_sums;

static quad times(const quad_term *term, const quad *x) {
  quad value = x[term->column];

  return term->is_one ? value : term->value * value;
}

/* (T x)_row for a vector x. */
static quad transition_row(const quad_space *space, int64_t row,
                           const quad *x) {
  const quad_term *next = space->terms + space->start[row];
  const quad_term *end = space->terms + space->start[row + 1];
  quad sum = 0;

  if (next < end) { /* most rows copy: no addition to zero */
    sum = times(next, x);
    next++;
  }
  for (; next < end; next++) {
    sum += times(next, x);
  }
  return sum;
}

/* y_t - x_t' beta - Z a. */
static quad forecast_error(const quad_space *space, int64_t t) {
  const quad_model *model = space->model;
  quad error = model->endog[t];

  for (int64_t j = 0; j < model->k_exog; j++) {
    error -= space->beta[j] * model->exog[t * model->k_exog + j];
  }
  for (int64_t i = 0; i < space->k_design; i++) {
    error -= space->mean[space->design[i]];
  }
  return error;
}

/* Conditions mean and covariance on y_t; `counted` adds it to the sums. */
static void observe(quad_space *space, int64_t t, int counted,
                    quad_sums *sums) {
  int64_t m = space->k_states;
  quad error = forecast_error(space, t), variance = 0;
  quad *cov = space->cov, *cross = space->cross;

  for (int64_t i = 0; i < m; i++) {
    cross[i] = 0;
    for (int64_t j = 0; j < space->k_design; j++) {
      cross[i] += cov[i * m + space->design[j]];
    }
  }
  for (int64_t j = 0; j < space->k_design; j++) {
    variance += cross[space->design[j]];
  }
  if (counted) {
    multiply_by(&sums->variances, variance);
    sums->squares += error * error / variance;
    sums->count++;
  }
  for (int64_t i = 0; i < m; i++) {
    quad gain = cross[i] / variance;

    space->mean[i] += gain * error;
    for (int64_t j = i; j < m; j++) {
      cov[i * m + j] -= gain * cross[j];
      cov[j * m + i] = cov[i * m + j];
    }
  }
}

/* a = T a + c_t, P = T P T' + sigma2 R R', of which one half is computed. */
static void predict(quad_space *space, int64_t t) {
  int64_t m = space->k_states, arma = space->arma;
  quad *cov = space->cov, *product = space->work, *next = space->cross;

  for (int64_t i = 0; i < m; i++) {
    next[i] = transition_row(space, i, space->mean);
    for (int64_t j = 0; j < m; j++) { /* column j of P is row j */
      product[i * m + j] = transition_row(space, i, cov + j * m);
    }
  }
  memcpy(space->mean, next, (size_t)m * sizeof *next);
  space->mean[arma] += intercept(space, t);
  for (int64_t i = 0; i < m; i++) {
    quad shock = i < arma ? 0 : space->sigma2 * space->theta[i - arma];

    for (int64_t j = i; j < m; j++) {
      quad sum = transition_row(space, j, product + i * m);

      if (shock != 0 && space->theta[j - arma] != 0) {
        sum += shock * space->theta[j - arma];
      }
      cov[i * m + j] = sum;
      cov[j * m + i] = sum;
    }
  }
}

static quad finish(const quad_model *model, const quad_sums *sums) {
  /* log(2 pi) as a sum of two doubles, to 2^-107 */
  quad log_2pi = (quad)0x1.d67f1c864beb5p+0 + (quad)-0x1.65b5a1b7ff5dfp-54;
  quad count = (quad)sums->count;
  quad value = count * log_2pi + log_of(&sums->variances);

  if (model->concentrate_scale) {
    quad_product scale = {1, 0};

    multiply_by(&scale, sums->squares / count);
    value += count * (log_of(&scale) + 1);
  } else {
    value += sums->squares;
  }
  return -value / 2;
}

static int loglike(const quad_model *model, const quad *params, quad *value) {
  quad_space space = {0};
  quad_sums sums = {{1, 0}, 0, 0};
  int64_t burn = model->loglikelihood_burn;
  int status;

  set_sizes(model, &space);
  status = allocate(&space);
  if (status == QUAD_OK) {
    unpack(&space, params);
    build_transition(&space);
    initialize(&space);
    if (burn < 0) {
      burn = model->enforce_stationarity ? space.arma : space.k_states;
    }
    for (int64_t t = 0; t < model->nobs; t++) {
      if (!isnan(model->endog[t])) {
        observe(&space, t, t >= burn, &sums);
      }
      predict(&space, t);
    }
    *value = finish(model, &sums);
  }
  release(&space);
  return status;
}

/* ---- entry points ---- */

static int64_t count_params(const quad_model *model) {
  return model->trend.count + model->k_exog + model->ar.count +
         model->ma.count + model->seasonal_ar.count + model->seasonal_ma.count +
         (model->concentrate_scale ? 0 : 1);
}

/* high + low as quads; NULL without memory. */
static quad *load_params(const quad_model *model, const double *high,
                         const double *low) {
  size_t count = (size_t)count_params(model);
  quad *params = malloc((count + 1) * sizeof *params);

  for (size_t i = 0; params && i < count; i++) {
    params[i] = (quad)high[i] + (quad)low[i];
  }
  return params;
}

int quad_loglike(const quad_model *model, const double *high, const double *low,
                 double value[2]) {
  quad *params = load_params(model, high, low);
  quad exact = 0;
  int status = params ? loglike(model, params, &exact) : QUAD_NO_MEMORY;

  value[0] = (double)exact;
  value[1] = isfinite(value[0]) ? (double)(exact - value[0]) : 0.0;
  free(params);
  return status;
}

/*
 * Step of a parameter's differences. ARMA coefficients are felt on the scale of
 * 1, a variance on its own; the former get the smaller share of it for the sake
 * of models near a unit root.
 */
static quad step_size(const quad_model *model, int64_t index, quad param) {
  int64_t k_mean = model->trend.count + model->k_exog;
  int64_t k_arma = count_params(model) - (model->concentrate_scale ? 0 : 1);
  quad size = param < 0 ? -param : param;
  quad least = index < k_mean ? 0x1p-10 : 1;

  return index < k_arma ? 0x1p-30 * (size > least ? size : least)
                        : 0x1p-20 * size;
}

/* d f / d params[index] from f(p +- h) and f(p +- 2 h): error h^4 f5 / 30. */
static int derivative(const quad_model *model, quad *params, int64_t index,
                      quad *value) {
  static const int multiple[4] = {1, -1, 2, -2};
  quad centre = params[index], f[4] = {0};
  quad step = step_size(model, index, centre);
  int status = QUAD_OK;

  for (int i = 0; i < 4 && status == QUAD_OK; i++) {
    params[index] = centre + multiple[i] * step;
    status = loglike(model, params, &f[i]);
  }
  params[index] = centre;
  *value = (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * step);
  return status;
}

int quad_score(const quad_model *model, const double *high, const double *low,
               double *score) {
  quad *params = load_params(model, high, low);
  int status = params ? QUAD_OK : QUAD_NO_MEMORY;

  for (int64_t i = 0; i < count_params(model) && status == QUAD_OK; i++) {
    quad value = 0;

    status = derivative(model, params, i, &value);
    score[i] = (double)value;
  }
  free(params);
  return status;
}
