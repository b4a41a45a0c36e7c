# SPDX-License-Identifier: BSD-3-Clause
"""Covariance matrices of estimated parameters, from derivatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .arrays import Floats
from .errors import SarimaxError

if TYPE_CHECKING:
    from .native import Model

__all__ = ["COVARIANCES", "approx_covariance", "opg_covariance", "pseudo_inverse"]


def opg_covariance(
    model: Model, params: Floats, free: NDArray[np.int64] | None = None
) -> Floats:
    """
    Estimate the covariance of estimates by the outer product of gradients.

    Parameters
    ----------
    model : Model
        The fitted model.
    params : ndarray, shape (k_params,)
        The estimates.
    free : ndarray of int, optional
        Positions of the estimated ones, the others being fixed; by default all.

    Returns
    -------
    ndarray, shape (k_params, k_params)
        Pseudo-inverse of S'S, S the derivatives of llf_obs by the parameters; NaN
        where these cannot be had and for fixed parameters.
    """
    return _inverse(model._backend.opg(params), free)


def approx_covariance(
    model: Model, params: Floats, free: NDArray[np.int64] | None = None
) -> Floats:
    """
    Estimate the covariance of estimates by the observed information.

    Parameters
    ----------
    model : Model
        The fitted model.
    params : ndarray, shape (k_params,)
        The estimates.
    free : ndarray of int, optional
        Positions of the estimated ones, the others being fixed; by default all.

    Returns
    -------
    ndarray, shape (k_params, k_params)
        Pseudo-inverse of the negative Hessian of the log-likelihood, statsmodels'
        ``cov_params_approx``; NaN where the Hessian cannot be had and
        for fixed parameters.
    """
    try:
        information = -model.hessian(params)
    except SarimaxError:
        information = np.full((len(params), len(params)), np.nan)
    return _inverse(information, free)


def _inverse(matrix: Floats, free: NDArray[np.int64] | None) -> Floats:
    """Invert the rows and columns of free parameters."""
    if free is None:
        return pseudo_inverse(matrix)
    found = np.full_like(matrix, np.nan)
    within = np.ix_(free, free)
    found[within] = pseudo_inverse(matrix[within])
    return found


def pseudo_inverse(matrices: Floats) -> Floats:
    """
    Invert symmetric matrices as far as they can be.

    Parameters
    ----------
    matrices : ndarray, shape (..., k, k)
        One or many.

    Returns
    -------
    ndarray, shape (..., k, k)
        Moore and Penrose's inverses; NaN where one is not finite.
    """
    found = np.full_like(matrices, np.nan)
    finite = np.isfinite(matrices).all(axis=(-2, -1))
    found[finite] = np.linalg.pinv(matrices[finite])
    return found


def _no_covariance(
    _model: Model, params: Floats, _free: NDArray[np.int64] | None = None
) -> Floats:
    return np.full((len(params), len(params)), np.nan)


# What a fit's ``cov_type`` stands for.
COVARIANCES = {
    "opg": opg_covariance,
    "approx": approx_covariance,
    "none": _no_covariance,
}
