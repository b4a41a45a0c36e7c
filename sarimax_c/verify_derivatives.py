# SPDX-License-Identifier: BSD-3-Clause
"""
How far derivatives of log-likelihoods may be from statsmodels' under "verify".

statsmodels' are numbers of complex steps: of first derivatives they lose what its
filter loses, of second ones the truncation of steps of 6e-6 (of 6e-7 at least, however
small the parameter) as well. Scores are held to 1e-5 of the number of observations,
their terms to 1e-5 of the mean square of a parameter's, information matrices and the
products of scores to 1e-5 and Hessians to 1e-3 of the root of the product of the
diagonal elements, nothing to less than that of the information. Where statsmodels'
value with differences for complex steps is another, ten times that difference is
allowed; where the exact engine does not run, a hundred times those limits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .arrays import Floats
from .spec import Specification
from .statsmodels_engine import StatsmodelsModel

__all__ = ["ALLOWED", "DERIVATIVES", "WIDER", "Derivative", "largest"]

#: Times what statsmodels' own value changes by with differences for complex steps.
ALLOWED = 10.0
#: Times the limits where 'auto' does not take the exact engine: statsmodels' own
#: rounding, or its steady state, may already be seen in the log-likelihood.
WIDER = 100.0


class Derivative(NamedTuple):
    """
    One kind of derivatives.

    Attributes
    ----------
    compute : callable
        Takes a `StatsmodelsModel` and parameters.
    differences : callable
        The same by differences.
    unit : callable
        Takes the specification, the parameters, the number of observations and both
        values; what differences are measured by.
    least : callable
        Takes the information matrix and the number of observations; the same where
        both values are small.
    limit : float
        Largest difference in these units.
    """

    compute: Callable[[StatsmodelsModel, Floats], Any]
    differences: Callable[[StatsmodelsModel, Floats], Any]
    unit: Callable[[Specification, Floats, int, Floats, Floats], Floats]
    least: Callable[[Floats, int], Floats]
    limit: float


def largest(native: Floats, expected: Floats, unit: Floats) -> float:
    """
    Return the largest difference.

    Parameters
    ----------
    native, expected : ndarray
        Values of both sides.
    unit : ndarray
        What it is measured by.

    Returns
    -------
    float
        Infinity where `expected` is not finite or of another shape.
    """
    if native.shape != expected.shape or not np.isfinite(expected).all():
        return float("inf")
    return float((np.abs(native - expected) / unit).max(initial=0.0))


def _unit_of_score(
    spec: Specification, params: Floats, nobs: int, native: Floats, expected: Floats
) -> Floats:
    """Return the size of derivatives, and that of rounding, by the observations."""
    unit = np.maximum(np.abs(expected), nobs)
    if not spec.concentrate_scale:
        variances = -2 if spec.measurement_error else -1
        scale = np.abs(params[variances:])
        least = nobs / np.maximum(scale, 1e-300)
        unit[variances:] = np.maximum(unit[variances:], least)
    return unit


def _unit_of_terms(
    spec: Specification, params: Floats, nobs: int, native: Floats, expected: Floats
) -> Floats:
    """Return the root of the mean square of each parameter's."""
    squares = np.maximum(expected**2, native**2)
    unit: Floats = np.sqrt(squares.mean(axis=1, keepdims=True)) + 1e-300
    return unit


def _unit_of_matrix(
    spec: Specification, params: Floats, nobs: int, native: Floats, expected: Floats
) -> Floats:
    """Return the root of the product of the diagonal elements."""
    diagonal = np.sqrt(np.maximum(np.abs(np.diag(native)), np.abs(np.diag(expected))))
    return np.outer(diagonal, diagonal) + 1e-300


def _least_of_terms(information: Floats, nobs: int) -> Floats:
    """Return the standard deviation of each parameter's terms in expectation."""
    return np.sqrt(np.abs(np.diag(information)) / nobs)[:, None]


def _least_of_matrix(information: Floats, nobs: int) -> Floats:
    """Return the root of the product of its diagonal elements."""
    diagonal = np.sqrt(np.abs(np.diag(information)))
    return np.outer(diagonal, diagonal)


DERIVATIVES = {
    "score": Derivative(
        lambda model, params: model.loglike_score(params)[1],
        lambda model, params: model.score_obs(params, differences=True).sum(axis=1),
        _unit_of_score,
        lambda information, nobs: np.zeros(len(information)),
        1e-5,
    ),
    "score_obs": Derivative(
        lambda model, params: model.score_obs(params),
        lambda model, params: model.score_obs(params, differences=True),
        _unit_of_terms,
        _least_of_terms,
        1e-5,
    ),
    "opg": Derivative(
        lambda model, params: model.opg(params),
        lambda model, params: model.opg(params, differences=True),
        _unit_of_matrix,
        _least_of_matrix,
        1e-5,
    ),
    "information": Derivative(
        lambda model, params: model.information(params),
        lambda model, params: model.information(params, differences=True),
        _unit_of_matrix,
        _least_of_matrix,
        1e-5,
    ),
    "hessian": Derivative(
        lambda model, params: model.hessian(params),
        lambda model, params: model.hessian(params, differences=True),
        _unit_of_matrix,
        _least_of_matrix,
        1e-3,
    ),
}
