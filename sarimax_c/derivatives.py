# SPDX-License-Identifier: BSD-3-Clause
"""Derivatives by an optimizer's parameters, from those by the model's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .arrays import Floats

if TYPE_CHECKING:
    from .spec import Specification

__all__ = ["ChainRule"]


class ChainRule:
    """
    Derivatives by the unconstrained parameters, from those by the constrained ones.

    `Model.transform_params` maps each enforced block by Monahan's recursion (1984,
    "A note on enforcing stationarity in autoregressive-moving average models",
    Biometrika 71): with r_k = u_k / sqrt(1 + u_k^2),

        y_i <- y_i + r_k y_{k-1-i}  for i < k,  then  y_k = r_k,

    and variances are squares. This is the recursion's adjoint: O(n^2) for a block of
    n, where the Jacobian would need O(n^3).

    Parameters
    ----------
    spec : Specification
        The model.
    """

    __slots__ = ("_blocks", "_first_variance")

    def __init__(self, spec: Specification) -> None:
        # (start, stop, sign of y in the result)
        self._blocks: list[tuple[int, int, float]] = []
        start = len(spec.trend_powers) + spec.k_exog
        stationary, invertible = spec.enforce_stationarity, spec.enforce_invertibility
        for lags, enforced, sign in (
            (spec.ar, stationary, -1.0),
            (spec.ma, invertible, 1.0),
            (spec.seasonal_ar, stationary, -1.0),
            (spec.seasonal_ma, invertible, 1.0),
        ):
            if enforced and lags:
                self._blocks.append((start, start + len(lags), sign))
            start += len(lags)
        self._first_variance = start

    def __call__(self, unconstrained: Floats, score: Floats) -> Floats:
        """
        Return the derivatives by the unconstrained parameters.

        Parameters
        ----------
        unconstrained : ndarray, shape (k_params,)
            Where they are taken.
        score : ndarray, shape (k_params,)
            Derivatives by the constrained parameters there.

        Returns
        -------
        ndarray, shape (k_params,)
        """
        # Lists: faster than arrays at the usual one to three parameters of a block.
        x, found = unconstrained.tolist(), score.tolist()
        for start, stop, sign in self._blocks:
            if stop == start + 1:
                square = 1.0 + x[start] * x[start]
                found[start] *= sign / (square * math.sqrt(square))
            else:
                bar = found[start:stop]
                found[start:stop] = _block_adjoint(x[start:stop], bar, sign)
        for i in range(self._first_variance, len(x)):
            found[i] *= 2.0 * x[i]
        return np.array(found)


def _block_adjoint(x: list[float], bar: list[float], sign: float) -> list[float]:
    """Turn derivatives by a block's coefficients into those by its parameters `x`."""
    squares = [1.0 + u * u for u in x]
    reflections = [u / math.sqrt(s) for u, s in zip(x, squares, strict=True)]
    before: list[list[float]] = []  # y as each step finds it
    y: list[float] = []
    for r in reflections:
        before.append(y)
        y = [a + r * b for a, b in zip(y, reversed(y), strict=True)] + [r]
    bar = [sign * b for b in bar]
    found = [0.0] * len(x)
    for k in range(len(x) - 1, -1, -1):
        r, last, bar = reflections[k], bar[k], bar[:k]
        mirrored = sum(a * b for a, b in zip(bar, reversed(before[k]), strict=True))
        found[k] = (last + mirrored) / (squares[k] * math.sqrt(squares[k]))
        bar = [a + r * b for a, b in zip(bar, reversed(bar), strict=True)]
    return found
