# SPDX-License-Identifier: BSD-3-Clause
"""
Maximum likelihood: the compiled core's own search, or scipy's optimizers.

With the engines 'auto' and 'exact' a search climbs on the exact engine's log-likelihood
and gradient: the core's own by default (`sarimax_c.fit_native`), scipy's by name
(`sarimax_c.climb`). With 'identical' and 'statsmodels' it is statsmodels' own,
iteration by iteration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import Floats, as_params, is_within
from .climb import GRADIENT_METHODS, Climb, Outcome, climb
from .covariance import INFORMATIONS
from .engine import AUTO, EXACT, IDENTICAL
from .errors import (
    START_PARAMS_WARNINGS,
    ConvergenceWarning,
    DataError,
    NumericalWarning,
    SpecError,
    warn,
)
from .fit_native import (
    NATIVE,
    OUTSIDE_REGION,
    START_OUTSIDE,
    NativeFit,
    as_fixed,
    fit_native,
    fixed_positions,
)
from .results import FitResult

if TYPE_CHECKING:
    from .native import Model

__all__ = ["NO_DATA", "check_arguments", "fit", "start_problem"]

_DIRECT_METHODS = ("Nelder-Mead", "Powell")
_METHODS = {name.lower(): name for name in (*GRADIENT_METHODS, *_DIRECT_METHODS)}
# statsmodels' names for the same optimizers.
_METHODS |= {"lbfgs": "L-BFGS-B", "nm": "Nelder-Mead"}

# Rounding errors of a reported log-likelihood from which on a fit warns of them.
_VISIBLE = 1e-2

# The core's SX_FIT_NO_DATA.
NO_DATA = "stopped: no observation enters the log-likelihood"

_COV_TYPES = (*INFORMATIONS,)


def fit(
    model: Model,
    start_params: ArrayLike | None = None,
    *,
    method: str | None = None,
    maxiter: int | None = None,
    epsilon: float = 1e-5,
    cov_type: str = "opg",
    fixed_params: Mapping[str, float] | None = None,
    options: Mapping[str, Any] | None = None,
    callback: Callable[[Floats], Any] | None = None,
) -> FitResult:
    """
    Estimate the parameters of a model by maximum likelihood.

    Parameters
    ----------
    model : Model
        The model with its data.
    start_params : array_like, shape (k_params,), optional
        Where to start; by default ``model.start_params`` (see the notes).
    method : str, optional
        By default (None or ``"native"``) the compiled core's own quasi-Newton search
        with the engines 'auto' and 'exact', and ``"L-BFGS-B"`` with others, or where
        `options` or a `callback` are given. Or a method of
        ``scipy.optimize.minimize``: ``"L-BFGS-B"``, ``"BFGS"``, ``"CG"``,
        ``"SLSQP"``, ``"trust-constr"``, ``"Nelder-Mead"``, ``"Powell"``; upper or
        lower case. statsmodels' ``"lbfgs"`` and ``"nm"`` are understood.
    maxiter : int, optional
        Most iterations of the optimizer; by default 500 in the core's own search and
        where the exact engine runs, 50 elsewhere, as in statsmodels. The core's own
        search takes 0 for 1, as L-BFGS-B does.
    epsilon : float
        Of scipy's methods, the step of the differences that stand for the gradient
        where the exact engine does not run, in the unconstrained space: forward with
        L-BFGS-B as in statsmodels, central otherwise.
    cov_type : str
        What the covariance of the estimates is computed from, by statsmodels' names.
        ``"opg"``: the outer product of the per-observation scores; ``"approx"``: the
        Hessian (observed information); ``"oim"``: Harvey's information matrix, from
        derivatives of forecast errors and of their variances; ``"robust_oim"``, for
        short ``"robust"``, and ``"robust_approx"``: both the outer product and "oim" or
        "approx", which may hold where the model is misspecified (quasi-maximum
        likelihood); ``"none"``: NaN.
    fixed_params : mapping, optional
        Values of parameters that are not estimated, by their names, as with
        statsmodels' ``fix_params``: a dict, a pandas Series. scipy's methods search
        the others with differences for a gradient, whatever the engine.
    options : mapping, optional
        Further options of the scipy method.
    callback : callable, optional
        Called with the (constrained) parameters after each iteration.

    Returns
    -------
    FitResult
        The estimates.

    Warns
    -----
    ConvergenceWarning
        The optimizer stopped before it converged.
    NumericalWarning
        Start parameters had to be replaced, or the log-likelihood reported cannot be
        trusted: observations are skipped at the estimates, or rounding is large.

    Notes
    -----
    With the engines 'auto' and 'exact', models that the exact engine covers are fitted
    on its log-likelihood, which is smooth where statsmodels' has rounding noise, with
    its gradient and in coordinates that make it nearly round. The core's own search
    starts from statsmodels' start parameters, but estimates outside the region that is
    enforced move just inside it where statsmodels takes zeros. Models with AR and MA
    terms of one season are searched a second time, from where the two cancel, and with
    two lags or more of both a third time, from zeros; models with measurement error
    start at the estimates without it first. All this unless there are `start_params`
    or `fixed_params`. A search ends when an iteration gains
    less than 1e-9 of log-likelihood (beside unit roots 1e-6), or the gradient promises
    less. Other models have the same search with central differences; scipy's methods
    fit them, and all models of the other engines, as statsmodels does.

    Where no observation enters the log-likelihood (all are missing, or before the
    burn), the result is the start, and not converged.

    A point at which the log-likelihood is not finite or cannot be computed counts as
    much worse than the start. A `NumericalError` at the start is raised.
    """
    method = None if method == NATIVE else method
    known = check_arguments(
        "L-BFGS-B" if method is None else method, maxiter, epsilon, cov_type
    )
    _check_callable(callback, options)
    is_native = (
        method is None
        and model.engine in (AUTO, EXACT)
        and callback is None
        and options is None
    )
    fixed_params = as_fixed(fixed_params)
    fixed = fixed_positions(fixed_params, model.param_names, model.spec)
    if model.nobs == 0:
        raise DataError(
            "no observation is left after differencing (arguments: y,"
            " simple_differencing)"
        )
    if is_native:
        start = _checked_start(model, start_params, fixed)
        found = fit_native(model, start, fixed, maxiter)
        _warn_of_start(model, found.start_flags, bool(fixed))
    else:
        chosen = {} if maxiter is None else {"maxiter": int(maxiter)}
        request = Climb(known, epsilon, {**chosen, **(options or {})}, callback, fixed)
        start = _unconstrained_start(model, start_params, fixed)
        found = _climbed(model, start, request)
    found.params.flags.writeable = False
    _warn(found, model)
    return FitResult(
        params=found.params,
        param_names=tuple(model.param_names),
        llf=found.llf,
        scale=found.scale,
        converged=found.converged,
        nit=found.nit,
        nfev=found.nfev,
        message=found.message,
        method=NATIVE if is_native else known,
        cov_type=cov_type,
        engine_used=found.engine,
        model=model,
        fixed_params=tuple(fixed_params),
    )


def _climbed(model: Model, start: Floats, request: Climb) -> NativeFit:
    """Run scipy's optimizer from unconstrained parameters."""
    outcome = Outcome(start, True, 0, 0, "there are no parameters to estimate")
    if np.isnan(model.endog[model.loglikelihood_burn :]).all():
        outcome = Outcome(start, False, 0, 0, NO_DATA)
    elif start.size > len(request.fixed):
        outcome = climb(model, start, request)
    params = request.params(model, outcome.x)
    llf, nobs_skipped, engine, scale = _evaluate(model, params)
    return NativeFit(
        params=params,
        llf=llf,
        scale=scale,
        nobs_skipped=nobs_skipped,
        engine=engine,
        converged=outcome.converged,
        nit=outcome.nit,
        nfev=outcome.nfev,
        message=outcome.message,
        start_flags=0,
    )


def _evaluate(model: Model, params: Floats) -> tuple[float, int, str, float]:
    """Return log-likelihood, skipped observations, engine and scale."""
    if model.engine in (AUTO, EXACT):
        llf, skipped, engine, _ = model._backend.evaluate(params)
        scale = 1.0
        if model.spec.concentrate_scale:
            scale = model.filter(params).scale
        return llf, skipped, engine, scale
    filtered = model.filter(params)
    return filtered.llf, filtered.nobs_skipped, model.engine, filtered.scale


def _warn_of_rounding(model: Model, params: Floats, llf: float) -> None:
    """Warn where statsmodels' log-likelihood, which is reported, is far off."""
    try:
        exact = model._backend_of(EXACT).loglike(params)
    except SpecError:
        return
    if not abs(exact - llf) <= _VISIBLE:
        warn(
            f"the log-likelihood reported is statsmodels', {llf:.6g}; its rounding"
            f" errors are large here: the model's true value is {exact:.6g}"
            " (engine='exact' reports that; or rescale the data)",
            NumericalWarning,
        )


def _warn(found: NativeFit, model: Model) -> None:
    """Give the warnings of a finished fit."""
    if not found.converged:
        warn(
            f"the fit did not converge in {found.nit} iterations: {found.message}",
            ConvergenceWarning,
        )
    if found.nobs_skipped:
        warn(
            f"the optimizer ended where the filter skips {found.nobs_skipped} of"
            f" {model.nobs} observations: the log-likelihood is no measure of fit",
            NumericalWarning,
        )
    if found.converged and found.engine == IDENTICAL and model.engine == AUTO:
        _warn_of_rounding(model, found.params, found.llf)


def check_arguments(
    method: str, maxiter: int | None, epsilon: float, cov_type: str
) -> str:
    """Return scipy's name of the method, having checked the other arguments too."""
    known = _METHODS.get(method.lower()) if isinstance(method, str) else None
    if known is None:
        names = ", ".join((*GRADIENT_METHODS, *_DIRECT_METHODS))
        raise SpecError(f"unknown optimizer method {method!r}; known are {names}")
    if maxiter is not None and (
        isinstance(maxiter, bool)
        or not isinstance(maxiter, (int, np.integer))
        or maxiter < 0
    ):
        raise SpecError(f"maxiter must be a non-negative integer, got {maxiter!r}")
    if not is_within(epsilon, math.inf):
        raise SpecError(f"epsilon must be a positive number, got {epsilon!r}")
    if cov_type not in _COV_TYPES:
        raise SpecError(
            f"Invalid covariance matrix type. cov_type must be one of {_COV_TYPES},"
            f" got {cov_type!r}"
        )
    return known


def _check_callable(callback: Any, options: Any) -> None:
    if callback is not None and not callable(callback):
        raise TypeError(f"callback must be callable, got {callback!r}")
    if options is not None and not isinstance(options, Mapping):
        raise TypeError(f"options must be a mapping, got {options!r}")


def _outside(model: Model, params: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the start in the optimizer's space, and where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        start = np.asarray(model.untransform_params(params))
    return start, ~np.isfinite(start)


def _checked_start(
    model: Model, start_params: ArrayLike | None, fixed: Mapping[int, float]
) -> Floats | None:
    """Return start parameters, if there are any, from which a search can start."""
    if start_params is None:
        return None
    params = as_params(start_params, model.k_params, "start_params")
    _, outside = _outside(model, params)
    outside[list(fixed)] = False
    if outside.any():
        raise DataError(start_problem(params, outside, model.param_names))
    return params


def start_problem(
    params: Floats, outside: NDArray[np.bool_], names: Sequence[str]
) -> str:
    """
    Say why a search cannot start from given parameters.

    Parameters
    ----------
    params : ndarray, shape (k_params,)
        The start.
    outside : ndarray of bool, shape (k_params,)
        Which have no counterpart in the optimizer's space.
    names : sequence of str
        Names of the parameters.
    """
    is_nan = outside & np.isnan(params)
    if is_nan.any():
        return f"start_params holds NaN: {', '.join(np.asarray(names)[is_nan])}"
    outer = ", ".join(np.asarray(names)[outside])
    return f"start_params are outside the region the model enforces: {outer}"


def _warn_of_start(model: Model, flags: int, has_fixed: bool) -> None:
    """Tell what start parameters the core's own search had to replace."""
    outside = [kind for bit, kind in OUTSIDE_REGION.items() if flags & bit]
    if outside and not has_fixed:
        warn(
            f"the estimated start is outside the region the model enforces"
            f" ({', '.join(outside)}); the search starts from a point inside",
            NumericalWarning,
        )
        flags &= ~sum(OUTSIDE_REGION)
    for bit, text in START_PARAMS_WARNINGS.items():
        if flags & bit:
            warn(text, NumericalWarning)
    if flags & START_OUTSIDE:
        _, without = _outside(model, model._backend.start_params()[0])
        _warn_of_neutral(model, without)


def _warn_of_neutral(model: Model, outside: NDArray[np.bool_]) -> None:
    # With gaps in a lag list the estimates may be stationary and still have no
    # counterpart in the optimizer's space; statsmodels goes on with NaN.
    names = ", ".join(np.asarray(model.param_names)[outside]) or "some parameters"
    warn(
        f"no start for {names} inside the region the model enforces; using zeros,"
        " and ones for variances",
        NumericalWarning,
    )


def _unconstrained_start(
    model: Model, start_params: ArrayLike | None, fixed: Mapping[int, float]
) -> Floats:
    """Return the start in the optimizer's space, always finite."""
    params = _checked_start(model, start_params, fixed)
    start, outside = _outside(model, model.start_params if params is None else params)
    start[[*fixed]], outside[[*fixed]] = 0.0, False
    if not outside.any():
        return start
    _warn_of_neutral(model, outside)
    neutral = np.zeros(len(start))
    k_variances = model.spec.measurement_error + (not model.spec.concentrate_scale)
    neutral[len(start) - k_variances :] = 1.0
    return np.where(outside, neutral, start)
