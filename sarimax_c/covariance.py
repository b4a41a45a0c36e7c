# SPDX-License-Identifier: BSD-3-Clause
"""
Covariance matrices of estimated parameters, from derivatives of the log-likelihood.

statsmodels takes complex steps; the engines here are real, so the scores of single
observations are central differences whose step is fitted to each parameter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .arrays import Floats
from .derivatives import fitted_difference, hessian
from .errors import SarimaxError

if TYPE_CHECKING:
    from .native import Model

__all__ = ["approx_covariance", "opg_covariance"]


def opg_covariance(model: Model, params: Floats) -> Floats:
    """
    Estimate the covariance of estimates by the outer product of gradients.

    Parameters
    ----------
    model : Model
        The fitted model.
    params : ndarray, shape (k_params,)
        The estimates.

    Returns
    -------
    ndarray, shape (k_params, k_params)
        Pseudo-inverse of S'S, S the derivatives of llf_obs by the parameters; NaN
        where these cannot be had.
    """
    skipped = model.loglikeobs(params) == 0.0

    def evaluate(rows: Floats) -> Floats:
        llf_obs = np.array([model.loglikeobs(row) for row in rows])
        # Skipped there and not at `params`: outside the stationary region, or a
        # negative variance.
        left = ((llf_obs == 0.0) & ~skipped).any(axis=1)
        return np.where(left[:, np.newaxis], np.nan, llf_obs)

    k_params = len(params)
    scores = np.empty((k_params, len(skipped)))
    with np.errstate(all="ignore"):
        for i in range(k_params):
            scores[i], _ = fitted_difference(evaluate, params, i, _norms)
        return _pseudo_inverse(scores @ scores.T)


def approx_covariance(model: Model, params: Floats) -> Floats:
    """
    Estimate the covariance of estimates by the observed information.

    Parameters
    ----------
    model : Model
        The fitted model.
    params : ndarray, shape (k_params,)
        The estimates.

    Returns
    -------
    ndarray, shape (k_params, k_params)
        Pseudo-inverse of the negative Hessian of the log-likelihood, statsmodels'
        ``cov_params_approx``; NaN where the Hessian cannot be had.
    """
    try:
        information = -hessian(model, params)
    except SarimaxError:
        information = np.full((len(params), len(params)), np.nan)
    return _pseudo_inverse(information)


def _norms(_values: Floats, scores: Floats, _step: float) -> tuple[float, float]:
    """The norm of the scores is the reciprocal standard error of the parameter."""
    norm = float(np.linalg.norm(scores))
    return norm, norm


def _pseudo_inverse(matrix: Floats) -> Floats:
    if not np.isfinite(matrix).all():
        return np.full_like(matrix, np.nan)
    return np.asarray(np.linalg.pinv(matrix), dtype=np.float64)
