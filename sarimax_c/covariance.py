# SPDX-License-Identifier: BSD-3-Clause
"""
Standard errors of estimated parameters, from numerical scores.

statsmodels takes complex steps; the engines here are real, so the scores are central
differences whose step is fitted to each parameter.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .errors import NumericalError

if TYPE_CHECKING:
    from .native import Model

__all__ = ["opg_covariance"]

_Floats = NDArray[np.float64]

# Steps of the score differences, in units of the parameter's own uncertainty
# 1 / |score column|. Measured on 17 models against complex steps: 0.1 leaves
# truncation, 0.01 meets the rounding of models with sigma2 near 1e-5.
_SCORE_STEP = 0.03
_SCORE_ATTEMPTS = 8
# Relative distance of the two orders up to which a step is accepted.
_SCORE_ERROR = 1e-3


def opg_covariance(model: Model, params: _Floats) -> _Floats:
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
    with np.errstate(all="ignore"):
        skipped = model.loglikeobs(params) == 0.0
        scores = [_score_column(model, params, i, skipped) for i in range(len(params))]
        products = np.array([[a @ b for a in scores] for b in scores])
        products = products.reshape(len(params), len(params))
        if not np.isfinite(products).all():
            return np.full_like(products, np.nan)
        return np.linalg.pinv(products)


def _score_column(
    model: Model, params: _Floats, i: int, skipped: NDArray[np.bool_]
) -> _Floats:
    """
    Differentiate llf_obs by parameter i, shape (nobs,).

    Central differences of order four; their distance from those of order two tells
    whether the step suits. A step is too long if the filter then skips observations
    that it uses at `params` (outside the stationary region, negative variance), or
    if the two orders disagree.
    """
    step = ideal = 1e-3 * max(abs(params[i]), 1e-3)
    limit = math.inf
    best, best_error = np.full(len(skipped), np.nan), math.inf
    for _ in range(_SCORE_ATTEMPTS):
        found = _central_differences(model, params, i, step, skipped)
        error = math.inf
        if found is not None:
            second, fourth = found
            norm = float(np.linalg.norm(fourth))
            if norm == 0.0:
                return fourth
            ideal = _SCORE_STEP / norm
            error = float(np.linalg.norm(fourth - second)) / norm
            if error < best_error:
                best, best_error = fourth, error
        if found is None or (error > _SCORE_ERROR and step >= ideal / 4.0):
            limit = step
        proposed = min(ideal, limit / 8.0)
        if error <= _SCORE_ERROR and proposed / 4.0 <= step <= proposed * 4.0:
            break
        step = proposed
    return best


def _central_differences(
    model: Model, params: _Floats, i: int, step: float, skipped: NDArray[np.bool_]
) -> tuple[_Floats, _Floats] | None:
    """Return differences of llf_obs of orders two and four; None outside the region."""
    moved = params.copy()
    values = []
    for multiple in (-2.0, -1.0, 1.0, 2.0):
        moved[i] = params[i] + multiple * step
        try:
            llf_obs = model.loglikeobs(moved)
        except NumericalError:
            return None
        if not np.isfinite(llf_obs).all() or ((llf_obs == 0.0) & ~skipped).any():
            return None
        values.append(llf_obs)
    low2, low1, high1, high2 = values
    near, far = high1 - low1, high2 - low2
    return near / (2.0 * step), (8.0 * near - far) / (12.0 * step)
