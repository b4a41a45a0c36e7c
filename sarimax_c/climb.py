# SPDX-License-Identifier: BSD-3-Clause
"""
What a fit minimises, and the run of scipy's optimizer on it.

There are two objectives, both -log-likelihood / nobs of unconstrained parameters:

- `DifferenceObjective` is that of statsmodels' ``SARIMAX.fit``, with its forward
  differences of absolute step 1e-5 for a gradient. On equal log-likelihoods L-BFGS-B
  makes the same iterations.
- `ExactObjective` is the exact engine's, with its gradient, in the coordinates of the
  core's own search. It has no noise, so the search goes on until the log-likelihood has
  next to nothing to give.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import Floats
from .engine import AUTO, EXACT, IDENTICAL
from .errors import NumericalError, SpecError

if TYPE_CHECKING:
    from .native import Model

__all__ = ["GRADIENT_METHODS", "Climb", "Outcome", "climb"]

GRADIENT_METHODS = ("L-BFGS-B", "BFGS", "CG", "SLSQP", "trust-constr")

# What stands for a log-likelihood per observation that is not finite: scipy's line
# searches stop at infinities, or report convergence, where this makes them turn back.
_WORSE_THAN_START = 10.0

# Log-likelihood that an exact search may leave: it stops once an iteration gains less,
# or the gradient promises less where the curvatures are 1. They are not quite, least of
# all where AR and MA roots nearly cancel; `python -m benchmarks fit` and
# tests/python/test_climb.py hold what is left to 1e-6 below statsmodels' fit.
_GAIN = 1e-9
# Where a line search ends in the rounding of the log-likelihood, this much left by
# the same measure still is convergence.
_GAIN_AT_ROUNDING = 1e-6
# What may be left of the unconstrained ARMA parameters at the start.
_SHARES_OF_START = (1.0, 0.5, 0.2, 0.1, 0.03, 0.01, 0.0)
# Of scipy's codes: no progress, for lack of digits.
_NO_PROGRESS = 2
# statsmodels' limit; and ours where an iteration is cheap: models with too many
# parameters for their data need more than statsmodels allows.
_MAXITER_DIFFERENCES = 50
_MAXITER_EXACT = 500


@dataclass(frozen=True, slots=True)
class Climb:
    """
    How to search.

    Attributes
    ----------
    method : str
        scipy's name of the optimizer.
    epsilon : float
        Step of differences, where there are any.
    options : dict
        Options of the scipy method.
    callback : callable or None
        Called with the constrained parameters after each iteration.
    fixed : mapping
        Values of the (constrained) parameters that are not searched, by position.
    """

    method: str
    epsilon: float
    options: dict[str, Any]
    callback: Callable[[Floats], Any] | None
    fixed: Mapping[int, float] = field(default_factory=dict)

    def params(self, model: Model, x: Floats) -> Floats:
        """
        Return the constrained parameters, the fixed ones at their values.

        Parameters
        ----------
        model : Model
            The model.
        x : ndarray, shape (k_params,)
            Unconstrained parameters; those that are fixed do not matter, but must be
            finite.

        Returns
        -------
        ndarray, shape (k_params,)
        """
        params = model.transform_params(x)
        # After the transformation: fixed values may be outside the enforced region.
        params[[*self.fixed]] = [*self.fixed.values()]
        return params


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What an optimizer leaves behind.

    Attributes
    ----------
    x : ndarray, shape (k_params,)
        Unconstrained parameters.
    converged : bool
        Whether the search ended at a maximum.
    nit, nfev : int
        Iterations, evaluations of the log-likelihood.
    message : str
        The optimizer's words.
    """

    x: Floats
    converged: bool
    nit: int
    nfev: int
    message: str


class DifferenceObjective:
    """
    -log-likelihood / nobs and its differences, the forward ones in scipy's arithmetic.

    scipy's ``jac=None`` gives the same numbers; per gradient it costs several times a
    short series' log-likelihood.

    Parameters
    ----------
    model : Model
        The model.
    start : ndarray, shape (k_params,)
        Unconstrained parameters; the optimizer's are those of them that are not fixed.
    request : Climb
        How to search; an error at the first point is raised.
    loglike : callable, optional
        Log-likelihood of the optimizer's parameters, by default the model's.

    Attributes
    ----------
    options : dict
        Options of the scipy method.
    nfev : int
        Evaluations of the log-likelihood, those of the differences included.
    worst : float
        What stands for values that are not finite; NaN before the first value, which
        sets it.
    seen : tuple or None
        The start in the optimizer's parameters, its value and gradient, if known.
    """

    def __init__(
        self,
        model: Model,
        start: Floats,
        request: Climb,
        loglike: Callable[[Floats], float] | None = None,
    ) -> None:
        self.options: dict[str, Any] = {
            "maxiter": _MAXITER_DIFFERENCES,
            **request.options,
        }
        self.seen: tuple[Floats, float, Floats] | None = None
        self.nfev = 0
        self.worst = math.nan
        self._start = start
        self._free = np.setdiff1d(np.arange(len(start)), [*request.fixed])
        self._loglike = loglike or (
            lambda z: model.loglike(request.params(model, self.to_unconstrained(z)))
        )
        self._nobs = model.nobs
        self._epsilon = request.epsilon
        # L-BFGS-B as in statsmodels. Where statsmodels gives exact scores, forward
        # differences (error: epsilon times a curvature) would not reach the
        # optimizer's gradient tolerance of 1e-5.
        self._central = request.method != "L-BFGS-B"
        if request.method == "L-BFGS-B":
            # statsmodels' limit counts the evaluations inside the differences too.
            limit = self.options.get("maxfun", 15000)
            self.options["maxfun"] = max(1, limit // (len(self._free) + 1))

    def value(self, x: Floats) -> float:
        """Return the objective, finite everywhere."""
        self.nfev += 1
        try:
            llf = self._loglike(x)
        except (NumericalError, SpecError):  # SpecError: the exact engine does not run
            if self.nfev == 1 and math.isnan(self.worst):
                raise
            llf = math.nan
        value = -llf / self._nobs
        if self.nfev == 1 and math.isnan(self.worst):
            self.worst = value + _WORSE_THAN_START
        return value if math.isfinite(value) else self.worst

    def value_and_gradient(self, x: Floats) -> tuple[float, Floats]:
        """Return the objective and its differences."""
        value = self.value(x)
        gradient = np.empty(len(x))
        moved = x.copy()
        for i, at in enumerate(x.tolist()):
            moved[i] = at + self._epsilon
            above = self.value(moved)
            if self._central:
                moved[i] = at - self._epsilon
                gradient[i] = (above - self.value(moved)) / (2.0 * self._epsilon)
            else:
                step = (at + self._epsilon) - at
                gradient[i] = (above - value) / step if step else 0.0
            moved[i] = at
        return value, gradient

    def from_unconstrained(self, x: Floats) -> Floats:
        """Return the optimizer's parameters, the unconstrained ones that are free."""
        free: Floats = x[self._free]
        return free

    def to_unconstrained(self, z: Floats) -> Floats:
        """Return the unconstrained parameters."""
        x = self._start.copy()
        x[self._free] = z
        return x

    def left(self, _gradient: Floats) -> float:
        """Return a bound on what the search left; differences cannot tell."""
        return math.inf


class ExactObjective:
    """
    The exact engine's -log-likelihood / nobs and its gradient.

    They are functions of the coordinates in which the core searches, where
    log-likelihoods are nearly round (src/fit/coordinates.h). Where the exact engine
    does not run, such as beside a unit root, the identical one takes its place; with
    ``engine="exact"`` the point counts as much worse.

    The first step of L-BFGS-B has length one whatever the gradient, which would leap
    over whole valleys. So coordinates are in units of the step that the gradient at
    the start asks for where all curvatures are 1.

    Parameters
    ----------
    model : Model
        The model.
    start : ndarray, shape (k_params,)
        Unconstrained parameters, at which the exact engine runs.
    request : Climb
        How to search.

    Attributes
    ----------
    options, nfev, worst, seen
        As those of `DifferenceObjective`; a value with its gradient counts once.
    """

    def __init__(self, model: Model, start: Floats, request: Climb) -> None:
        exact = self._core = model._backend_of(EXACT)
        self._transform = model.spec.core().transform_params
        self._units = exact.search_units(_sigma(model, start))
        self._nobs = model.nobs
        self._covered = 0
        self._elsewhere: DifferenceObjective | None = None
        if model.engine == AUTO:
            self._identical = model._backend_of(IDENTICAL).evaluate
            self._elsewhere = DifferenceObjective(
                model, start, request, self._other_loglike
            )
        self._unit = 1.0
        value, gradient = self.value_and_gradient(self.from_unconstrained(start))
        self.worst = value + _WORSE_THAN_START
        if self._elsewhere is not None:
            self._elsewhere.worst = self.worst
        step = math.sqrt(gradient @ gradient)
        if 0.0 < step < 1.0:
            self._unit = step
        self.seen = self.from_unconstrained(start), value, gradient * self._unit
        self.options = {
            **self._tolerances(request.method, len(start)),
            **request.options,
        }

    def _tolerances(self, method: str, k_params: int) -> dict[str, Any]:
        """Stop where no more than `_GAIN` is left."""
        found: dict[str, Any] = {"maxiter": _MAXITER_EXACT}
        if method in ("L-BFGS-B", "SLSQP"):
            found["ftol"] = _GAIN / self._nobs
        if method in ("L-BFGS-B", "BFGS", "CG", "trust-constr"):
            found["gtol"] = self._unit * math.sqrt(2.0 * _GAIN / self._nobs / k_params)
        return found

    @property
    def nfev(self) -> int:
        """Evaluations of the log-likelihood."""
        others = 0 if self._elsewhere is None else self._elsewhere.nfev
        return self._covered + others

    def from_unconstrained(self, x: Floats) -> Floats:
        """Return the optimizer's parameters."""
        return self._core.to_search(self._units, x) / self._unit

    def to_unconstrained(self, z: Floats) -> Floats:
        """Return the unconstrained parameters."""
        return self._core.from_search(self._units, z * self._unit)

    def value(self, z: Floats) -> float:
        """Return the objective, finite everywhere."""
        try:
            llf = self._core.loglike(self._transform(self.to_unconstrained(z)))
        except SpecError:
            return self.worst if self._elsewhere is None else self._elsewhere.value(z)
        self._covered += 1
        return -llf / self._nobs

    def value_and_gradient(self, z: Floats) -> tuple[float, Floats]:
        """Return the objective and its gradient."""
        at = z * self._unit
        x = self._core.from_search(self._units, at)
        try:
            llf, score, _ = self._core.loglike_score(self._transform(x))
        except SpecError:
            if self._elsewhere is None:
                return self.worst, np.zeros(len(x))
            return self._elsewhere.value_and_gradient(z)
        assert score is not None  # or SpecError
        self._covered += 1
        gradient = self._core.search_gradient(self._units, at, score)
        return -llf / self._nobs, gradient * (-self._unit / self._nobs)

    def _other_loglike(self, z: Floats) -> float:
        """Return the identical engine's value, NaN where it skips observations."""
        params = self._transform(self.to_unconstrained(z))
        llf, skipped, *_ = self._identical(params)
        return math.nan if skipped else llf

    def left(self, gradient: Floats) -> float:
        """Return the log-likelihood a Newton step would gain, were all curvatures 1."""
        return 0.5 * self._nobs * float(gradient @ gradient) / self._unit**2


def _sigma(model: Model, start: Floats) -> float:
    """Return the standard deviation of innovations."""
    if model.spec.concentrate_scale:
        return math.sqrt(model.filter(model.transform_params(start)).scale)
    return abs(float(start[-1]))


def _exact_start(model: Model, start: Floats) -> Floats | None:
    """
    Return where an exact search starts; None if it is not for this model.

    Estimates of an autoregression may be beside unit roots, where the exact engine does
    not run. They then move towards zero.
    """
    if model.engine not in (AUTO, EXACT):
        return None
    loglike = model._backend_of(EXACT).loglike
    first = len(model.spec.trend_powers) + model.spec.k_exog
    last = len(start) - (not model.spec.concentrate_scale)
    moved = start.copy()
    for share in _SHARES_OF_START:
        moved[first:last] = share * start[first:last]
        try:
            loglike(model.transform_params(moved))
        except SpecError:
            if model.engine == EXACT and share == 0.0:
                raise
        else:
            return moved
    return None


class _Together:
    """Value and gradient for scipy, which asks for them one by one at a point."""

    __slots__ = ("_at", "_function", "_gradient", "_value")

    def __init__(
        self,
        function: Callable[[Floats], tuple[float, Floats]],
        seen: tuple[Floats, float, Floats] | None,
    ) -> None:
        self._function = function
        self._at = b""
        if seen is not None:
            self._at, self._value, self._gradient = seen[0].tobytes(), *seen[1:]

    def value(self, x: Floats) -> float:
        # scipy's own jac=True compares arrays at each point.
        at = x.tobytes()
        if at != self._at:
            self._value, self._gradient = self._function(x)
            self._at = at
        return self._value

    def gradient(self, x: Floats) -> Floats:
        self.value(x)
        return self._gradient


def climb(model: Model, start: Floats, request: Climb) -> Outcome:
    """
    Run scipy's optimizer.

    Parameters
    ----------
    model : Model
        The model.
    start : ndarray, shape (k_params,)
        Unconstrained parameters, finite.
    request : Climb
        How to search.

    Returns
    -------
    Outcome
        The start where no better point was found.
    """
    from scipy.optimize import minimize

    objective: ExactObjective | DifferenceObjective
    exact_start = None if request.fixed else _exact_start(model, start)
    if exact_start is not None:
        start = exact_start
        objective = ExactObjective(model, start, request)
    else:
        objective = DifferenceObjective(model, start, request)
    uses_gradient = request.method in GRADIENT_METHODS
    together = _Together(objective.value_and_gradient, objective.seen)
    callback = request.callback

    def report(z: Floats, *_state: Any) -> Any:
        assert callback is not None
        return callback(request.params(model, objective.to_unconstrained(z)))

    with np.errstate(all="ignore"):
        found = minimize(
            together.value if uses_gradient else objective.value,
            objective.from_unconstrained(start),
            method=request.method,
            jac=together.gradient if uses_gradient else None,
            options=objective.options,
            callback=None if callback is None else report,
        )
    x = objective.to_unconstrained(np.asarray(found.x, dtype=float))
    usable = bool(found.fun < objective.worst) and bool(np.isfinite(x).all())
    converged = usable and bool(found.success)
    message = str(found.message).strip(" :")
    if usable and uses_gradient and found.get("status") == _NO_PROGRESS:
        converged = objective.left(found.jac) < _GAIN_AT_ROUNDING
        if converged:
            message += "; no digits left to improve"
    return Outcome(
        x if usable else start,
        converged,
        int(found.get("nit", 0)),
        objective.nfev,
        message,
    )
