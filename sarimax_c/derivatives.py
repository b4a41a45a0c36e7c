# SPDX-License-Identifier: BSD-3-Clause
"""
Derivatives of the log-likelihood: exact where the exact engine runs, else differences.

The exact engine differentiates its own recursion backwards (the adjoint of Griewank &
Walther, Evaluating Derivatives, 2nd ed., chapter 3). Everywhere else, and for second
derivatives, there are central differences of order four,

    f'(x) = (8 (f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h))) / (12 h) + O(h^4),

with a step h fitted to each parameter: a share of its own uncertainty.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Floats, as_params
from .engine import EXACT, IDENTICAL
from .errors import NumericalError, SpecError
from .statsmodels_engine import StatsmodelsModel

if TYPE_CHECKING:
    from .native import Model
    from .spec import Specification

__all__ = ["ChainRule", "fitted_difference", "hessian", "loglike_score"]

# Steps in units of the parameter's own uncertainty: longer ones leave truncation,
# shorter ones meet the rounding of models with a small sigma2.
_STEP = 0.03
_ATTEMPTS = 8
# Relative distance of the orders two and four up to which a step is accepted.
_ERROR = 1e-3

# The points of the differences, in steps, and their weights.
_POINTS = np.array([-2.0, -1.0, 1.0, 2.0])
_SECOND_ORDER = np.array([0.0, -0.5, 0.5, 0.0])
_FOURTH_ORDER = np.array([1.0, -8.0, 8.0, -1.0]) / 12.0

# Several parameter vectors (count, k_params) to values (count, m), not finite where
# there are none.
Evaluate = Callable[[Floats], Floats]
# The values at the four points (4, m), the derivatives (m,) and the step, to the
# reciprocal uncertainty of the parameter and the size errors are measured against.
Unit = Callable[[Floats, Floats, float], tuple[float, float]]


def loglike_score(model: Model, params: ArrayLike) -> tuple[float, Floats]:
    """
    Return the log-likelihood and its first derivatives.

    Parameters
    ----------
    model : Model
        The model with its data.
    params : array_like, shape (k_params,)
        Parameters.

    Returns
    -------
    llf : float
        The log-likelihood, by the model's engine.
    score : ndarray, shape (k_params,)
        Its derivatives. With the engines 'exact' and 'auto' those of the exact
        engine wherever it covers the case (also where statsmodels' rounding keeps
        'auto' from reporting its value); otherwise differences of the identical
        engine's log-likelihood, or on its own engine statsmodels' complex steps.

    Raises
    ------
    SpecError
        ``engine="exact"`` and the exact engine does not cover the case.
    DataError, TypeError
        The parameters have a wrong shape or type.
    NumericalError
        The stationary start cannot be computed.
    """
    llf, score, _ = model._backend.loglike_score(params)
    if score is None:
        score, _ = _score_by_differences(model, as_params(params, model.k_params))
    return llf, score


def hessian(model: Model, params: ArrayLike) -> Floats:
    """
    Return the second derivatives of the log-likelihood.

    Parameters
    ----------
    model : Model
        The model with its data.
    params : array_like, shape (k_params,)
        Parameters.

    Returns
    -------
    ndarray, shape (k_params, k_params)
        Symmetric. Differences of the score with steps fitted to each parameter, on
        its own engine statsmodels' complex steps. NaN where no step stays inside
        the region in which the log-likelihood exists.

    Raises
    ------
    SpecError, DataError, TypeError, NumericalError
        As `loglike_score`.
    """
    vector = as_params(params, model.k_params)
    if isinstance(model._backend, StatsmodelsModel):
        return model._backend.hessian(vector)
    evaluate = _scores_near(model, vector)
    found = np.empty((len(vector), len(vector)))
    with np.errstate(all="ignore"):
        for i in range(len(vector)):
            found[i], _ = fitted_difference(evaluate, vector, i, _unit_of_column(i))
    return (found + found.T) / 2.0


def _unit_of_column(i: int) -> Unit:
    """Take a parameter's uncertainty from its own second derivative."""
    return lambda _values, column, _step: (
        math.sqrt(abs(column[i])),
        float(np.linalg.norm(column)),
    )


def fitted_difference(
    evaluate: Evaluate, params: Floats, i: int, unit: Unit
) -> tuple[Floats, float]:
    """
    Differentiate by parameter i, with a step fitted to its uncertainty.

    The distance of the differences of orders two and four tells whether a step
    suits. It is too long if there is no value at one of the four points, or if the
    two orders disagree.

    Parameters
    ----------
    evaluate : callable
        Values (count, m) of parameters (count, k_params), not finite where there are
        none.
    params : ndarray, shape (k_params,)
        Where to differentiate.
    i : int
        The parameter.
    unit : callable
        From the values at the four points (4, m), the derivatives (m,) and the step:
        the reciprocal uncertainty of the parameter, and the size that errors of the
        derivatives are measured against.

    Returns
    -------
    derivatives : ndarray, shape (m,)
        NaN where no step suits.
    step : float
        The step they were taken with.
    """
    step = ideal = 1e-3 * max(abs(float(params[i])), 1e-3)
    limit = math.inf
    best, best_error, best_step = np.array(math.nan), math.inf, step
    for _ in range(_ATTEMPTS):
        values = _values_around(evaluate, params, i, step)
        error = math.inf
        if values is not None:
            fourth = _FOURTH_ORDER @ values / step
            reciprocal, size = unit(values, fourth, step)
            if reciprocal == 0.0:
                return fourth, step
            ideal = _STEP / reciprocal
            distance = fourth - _SECOND_ORDER @ values / step
            error = float(np.linalg.norm(distance)) / size
            if error < best_error:
                best, best_error, best_step = fourth, error, step
        if values is None or (error > _ERROR and step >= ideal / 4.0):
            limit = step
        proposed = min(ideal, limit / 8.0)
        if error <= _ERROR and proposed / 4.0 <= step <= proposed * 4.0:
            break
        step = proposed
    return best, best_step


def _values_around(
    evaluate: Evaluate, params: Floats, i: int, step: float
) -> Floats | None:
    """Return the values at the four points; None if there is none at one of them."""
    points = np.tile(params, (len(_POINTS), 1))
    points[:, i] += _POINTS * step
    try:
        values = evaluate(points)
    except (NumericalError, SpecError):
        return None
    return values if np.isfinite(values).all() else None


def _score_by_differences(model: Model, params: Floats) -> tuple[Floats, Floats]:
    """Differentiate the identical engine's log-likelihood; the score and the steps."""
    loglikes = model._backend_of(IDENTICAL).loglikes
    score, steps = np.empty(len(params)), np.empty(len(params))
    with np.errstate(all="ignore"):
        for i in range(len(params)):
            derivative, steps[i] = fitted_difference(
                lambda rows: loglikes(rows)[:, np.newaxis], params, i, _curvature
            )
            score[i] = derivative.item()
    return score, steps


def _curvature(values: Floats, _score: Floats, step: float) -> tuple[float, float]:
    """Square root of the curvature, from f(-2) - f(-1) - f(1) + f(2) = 3 h^2 f''."""
    bend = abs(values[0, 0] - values[1, 0] - values[2, 0] + values[3, 0])
    # Below the rounding of the values the bend is 0, or noise.
    floor = np.finfo(float).eps * float(np.abs(values).max())
    root = math.sqrt(max(bend, floor) / 3.0) / step
    return root, root


def _scores_near(model: Model, params: Floats) -> Evaluate:
    """Return what computes the scores at several points near given parameters."""
    if model.engine != IDENTICAL:
        exact = model._backend_of(EXACT)
        try:
            exact.loglike_score(params)
        except SpecError:
            if model.engine == EXACT:
                raise
        else:
            return lambda rows: np.array([exact.loglike_score(row)[1] for row in rows])
    _, steps = _score_by_differences(model, params)
    moves = _POINTS[:, np.newaxis] * np.diag(steps)[:, np.newaxis]
    loglikes = model._backend_of(IDENTICAL).loglikes

    def evaluate(rows: Floats) -> Floats:
        k = len(params)
        points = rows[:, np.newaxis, np.newaxis] + moves
        values = loglikes(points.reshape(-1, k)).reshape(-1, k, len(_POINTS))
        return np.asarray(values @ _FOURTH_ORDER / steps)

    return evaluate


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
