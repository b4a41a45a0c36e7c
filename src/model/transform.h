/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Polynomials by their reflection coefficients (partial autocorrelations); the
 * transformations sx_transform_params and sx_untransform_params are public.
 */
#ifndef SX_MODEL_TRANSFORM_H
#define SX_MODEL_TRANSFORM_H

#include "sarimax_c.h"

#include <stddef.h>

/*
 * Non-zero if all eigenvalues z of the companion matrix of
 * 1 + sign (c_1 x + ... + c_n x^n) have |z| < 1 - 1e-10: statsmodels'
 * is_invertible(np.r_[1, sign * c]), without eigenvalues. Zero if any c is not
 * finite.
 *   coef (n,): c;  scratch (n,): workspace
 */
int sx_polynomial_is_stable(int32_t n, const double *coef, double sign,
                            double *scratch);

/* Doubles of workspace for sx_transform_adjoint. */
size_t sx_transform_adjoint_scratch(const sx_model *model);

/*
 * Derivatives by the constrained parameters, in `bar` (k_params,), to those by
 * the unconstrained ones.
 *   unconstrained (k_params,): where they are taken
 */
void sx_transform_adjoint(const sx_model *model, const double *unconstrained,
                          double *scratch, double *bar);

#endif
