# SPDX-License-Identifier: BSD-3-Clause
"""
Coordinates in which a log-likelihood is nearly round.

An optimizer that knows no curvatures, as all do at the start, wants each of its
parameters to move the log-likelihood alike. The information per observation of a
reflection coefficient r is near 1 / (1 - r^2), that of a standard deviation sigma is
2 / sigma^2 and that of a regression coefficient mean(x^2) / sigma^2. Each is 1 for

    v = arcsin r,    w = sqrt(2) log sigma,    b = beta sqrt(mean(x^2)) / sigma.

statsmodels' unconstrained u = tan v has its maxima at infinity where a root is on the
unit circle, and there a small gradient says nothing; v passes pi / 2 and r turns back.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .arrays import Floats

if TYPE_CHECKING:
    from .native import Model
    from .spec import Specification

__all__ = ["Coordinates"]

_FREE, _ANGLE, _LOGARITHM = range(3)
# Distance of r from 1: sqrt(1 - r^2) is at least this, so that u stays finite.
_LEAST_COSINE = 1e-6
_SQRT2 = math.sqrt(2.0)
# Of log sigma; exp of it squared is finite.
_MOST_LOGARITHM = 300.0


class Coordinates:
    """
    Map between the unconstrained parameters of a model and those of a search.

    Parameters
    ----------
    model : Model
        The model; without a variance of measurement errors.
    start : ndarray, shape (k_params,)
        Unconstrained parameters, for the scale of regression coefficients.
    """

    __slots__ = ("_kinds", "_scales")

    def __init__(self, model: Model, start: Floats) -> None:
        spec = model.spec
        k_regression = len(spec.trend_powers) + spec.k_exog
        stationary = _ANGLE if spec.enforce_stationarity else _FREE
        invertible = _ANGLE if spec.enforce_invertibility else _FREE
        self._kinds = [
            *[_FREE] * k_regression,
            *[stationary] * len(spec.ar),
            *[invertible] * len(spec.ma),
            *[stationary] * len(spec.seasonal_ar),
            *[invertible] * len(spec.seasonal_ma),
            *[_LOGARITHM] * (not spec.concentrate_scale),
        ]
        self._scales = [1.0] * len(start)
        if k_regression:
            self._scales[:k_regression] = _regression_scales(model, start)

    def from_unconstrained(self, x: Floats) -> Floats:
        """
        Return the search's parameters.

        Parameters
        ----------
        x : ndarray, shape (k_params,)
            Unconstrained parameters.

        Returns
        -------
        ndarray, shape (k_params,)
        """
        found = x / self._scales
        for i, kind in enumerate(self._kinds):
            if kind == _ANGLE:
                found[i] = math.atan(x[i])
            elif kind == _LOGARITHM:
                found[i] = _SQRT2 * math.log(abs(x[i]) or 1.0)
        return found

    def to_unconstrained(self, z: Floats) -> tuple[Floats, Floats]:
        """
        Return the unconstrained parameters and their derivatives.

        Parameters
        ----------
        z : ndarray, shape (k_params,)
            The search's parameters.

        Returns
        -------
        x, slopes : ndarray, shape (k_params,)
            Unconstrained parameters, and dx / dz.
        """
        x, slopes = z.tolist(), list(self._scales)
        for i, kind in enumerate(self._kinds):
            v = x[i]
            if kind == _ANGLE:
                cosine = math.cos(v)
                size = max(abs(cosine), _LEAST_COSINE)
                x[i] = u = math.sin(v) / size
                slopes[i] = math.copysign(1.0 + u * u, cosine)
            elif kind == _LOGARITHM:
                logarithm = min(v / _SQRT2, _MOST_LOGARITHM)
                x[i] = sigma = math.exp(logarithm)
                slopes[i] = sigma / _SQRT2
            else:
                x[i] = v * slopes[i]
        return np.array(x), np.array(slopes)


def _regression_scales(model: Model, start: Floats) -> list[float]:
    """Return sigma / sqrt(mean(x^2)) of each trend and regressor, 1 if unknown."""
    spec = model.spec
    sigma = abs(float(start[-1]))
    if spec.concentrate_scale:
        sigma = math.sqrt(model.filter(model.transform_params(start)).scale)
    times = np.arange(model.nobs) + spec.trend_offset
    columns = [times**power for power in spec.trend_powers]
    if model.exog is not None:
        columns.extend(_differenced(column, spec) for column in model.exog.T)
    scales = []
    for column in columns:
        size = math.sqrt(np.mean(np.square(column)))
        scale = sigma / size if size > 0.0 else 1.0
        scales.append(scale if 0.0 < scale < math.inf else 1.0)
    return scales


def _differenced(column: Floats, spec: Specification) -> Floats:
    """Difference a regressor as the model does, unless nothing would be left."""
    result = column
    if not spec.simple_differencing:
        for _ in range(spec.seasonal_diff):
            result = result[spec.periods :] - result[: -spec.periods]
        result = np.diff(result, spec.diff)
    return result if result.any() else column
