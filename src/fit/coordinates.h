/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Coordinates in which a log-likelihood is nearly round.
 *
 * The information per observation of a reflection coefficient r is near
 * 1 / (1 - r^2), that of a standard deviation sigma is 2 / sigma^2 and that of
 * a regression coefficient mean(x^2) / sigma^2. Each is 1 for
 *
 *   v = arcsin r,    w = sqrt(2) log sigma,    b = beta sqrt(mean(x^2)) / sigma
 *
 * with sigma held at the start's in b. The optimizer's u = tan v of
 * sx_transform_params has its maxima at infinity where a root is on the unit
 * circle, and there a small gradient says nothing; v passes pi / 2 and r turns
 * back. The standard deviation of measurement errors may become zero: it is
 * taken in units of sigma.
 */
#ifndef SX_FIT_COORDINATES_H
#define SX_FIT_COORDINATES_H

#include "base/arena.h"

typedef struct sx_coordinates {
  const sx_model *model;
  double *scale;   /* (k_params,) of what is in units; 1 elsewhere */
  double *column;  /* (nobs,) workspace */
  double *scratch; /* workspace of sx_transform_adjoint */
} sx_coordinates;

void sx_coordinates_layout(const sx_model *model, int64_t nobs, sx_arena *arena,
                           sx_coordinates *coordinates);

/* Sets the units: sigma is the standard deviation of innovations. */
void sx_coordinates_init(sx_coordinates *coordinates, const sx_series *series,
                         double sigma);

/* All (k_params,): unconstrained x to coordinates z. */
void sx_coordinates_of(const sx_coordinates *coordinates, const double *x,
                       double *z);

/* Coordinates z to unconstrained x and dx / dz. */
void sx_coordinates_back(const sx_coordinates *coordinates, const double *z,
                         double *x, double *slope);

/*
 * How far coordinate i is from a unit root of the autoregression, at most 1:
 * the logarithm of it is part of a log-likelihood.
 */
double sx_coordinates_room(const sx_coordinates *coordinates, const double *z,
                           int32_t i);

/*
 * How far one line search may move coordinate i. A log-likelihood falls like
 * log sigma on the one side of its maximum and like 1 / sigma^2 on the other:
 * who comes from there with a step for its slope lands hundreds of orders of
 * magnitude beyond, at a better value all the same.
 */
double sx_coordinates_reach(const sx_coordinates *coordinates, int32_t i);

/*
 * Derivatives by the constrained parameters, in `bar`, to those by z; `x` and
 * `slope` as sx_coordinates_back left them.
 */
void sx_coordinates_adjoint(const sx_coordinates *coordinates, const double *x,
                            const double *slope, double *bar);

#endif
