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
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import as_params
from .climb import GRADIENT_METHODS, Climb, Outcome, climb
from .covariance import approx_covariance, opg_covariance
from .criteria import information_criterion
from .engine import AUTO, EXACT, IDENTICAL
from .errors import (
    START_PARAMS_WARNINGS,
    ConvergenceWarning,
    DataError,
    NumericalWarning,
    SpecError,
)
from .fit_native import (
    NATIVE,
    START_OUTSIDE,
    NativeFit,
    fit_native,
    fixed_positions,
)
from .summary import summary_text

if TYPE_CHECKING:
    from .native import Model
    from .results import FilterResult

__all__ = ["COVARIANCES", "FitResult", "Forecast", "fit"]

_Floats = NDArray[np.float64]

_DIRECT_METHODS = ("Nelder-Mead", "Powell")
_METHODS = {name.lower(): name for name in (*GRADIENT_METHODS, *_DIRECT_METHODS)}
# statsmodels' names for the same optimizers.
_METHODS |= {"lbfgs": "L-BFGS-B", "nm": "Nelder-Mead"}

# Rounding errors of a reported log-likelihood from which on a fit warns of them.
_VISIBLE = 1e-2

COVARIANCES = {"opg": opg_covariance, "approx": approx_covariance}
_COV_TYPES = (*COVARIANCES, "none")
# Known to statsmodels, not built here yet.
_COV_TYPES_LATER = ("oim", "robust", "robust_approx", "robust_oim")


@dataclass(frozen=True, eq=False, slots=True)
class Forecast:
    """
    Out-of-sample forecasts.

    Attributes
    ----------
    mean : ndarray, shape (steps,)
        Expected values.
    var : ndarray, shape (steps,)
        Their forecast variances.
    alpha : float
        The intervals of `conf_int` cover ``1 - alpha``.
    """

    mean: _Floats
    var: _Floats
    alpha: float = 0.05

    @property
    def se(self) -> _Floats:
        """Standard errors, shape (steps,); NaN where the variance is negative."""
        return _square_root(self.var)

    @property
    def conf_int(self) -> _Floats:
        """Lower and upper limits, shape (steps, 2)."""
        return _normal_interval(self.mean, self.se, self.alpha)


@dataclass(frozen=True, eq=False, slots=True)
class FitResult:
    """
    Estimated parameters and everything that follows from them.

    Attributes
    ----------
    params : ndarray, shape (k_params,)
        Estimates, in the order of `param_names`; read-only.
    param_names : tuple of str
        statsmodels' parameter names.
    llf : float
        Log-likelihood at `params`, by `engine_used`.
    scale : float
        Estimated scale; 1 unless the model concentrates it.
    converged : bool
        Whether the optimizer says so.
    nit, nfev : int
        Iterations, and evaluations of the log-likelihood: those of a difference
        gradient included, one with its exact gradient counted once.
    message : str
        The optimizer's own last words.
    method, cov_type : str
        What was asked for.
    engine_used : str
        Engine that computed `llf`: 'exact', 'identical' or 'statsmodels'.
    model : Model
        The fitted model, with its data.
    fixed_params : tuple of str
        Names of parameters that were not estimated.
    """

    params: _Floats
    param_names: tuple[str, ...]
    llf: float
    scale: float
    converged: bool
    nit: int
    nfev: int
    message: str
    method: str
    cov_type: str
    engine_used: str
    model: Model
    fixed_params: tuple[str, ...] = ()
    # Whatever is computed at its first use.
    _found: dict[str, _Floats] = field(default_factory=dict, init=False, repr=False)

    @property
    def cov_params(self) -> _Floats:
        """
        Covariance matrix of the parameters, shape (k_params, k_params); read-only.

        By `cov_type`, computed at its first use; NaN for fixed parameters and with
        ``"none"``.
        """
        found = self._found.get("cov_params")
        if found is None:
            covariance = COVARIANCES.get(self.cov_type, _no_covariance)
            fixed = [self.param_names.index(name) for name in self.fixed_params]
            free = np.delete(np.arange(len(self.params)), fixed) if fixed else None
            found = covariance(self.model, self.params, free)
            found.flags.writeable = False
            # Of two threads that get here, both return the same matrix.
            found = self._found.setdefault("cov_params", found)
        return found

    @property
    def nobs(self) -> int:
        """Observations, missing ones included, after simple differencing."""
        return self.model.nobs

    @property
    def nobs_effective(self) -> int:
        """Observations less the burn-in; the n of the information criteria."""
        return self.model.nobs - self.model.loglikelihood_burn

    @property
    def k_params(self) -> int:
        """Number of estimated parameters, a concentrated scale not among them."""
        return len(self.params) - len(self.fixed_params)

    @property
    def bse(self) -> _Floats:
        """Standard errors of the parameters, shape (k_params,)."""
        return _square_root(np.diag(self.cov_params))

    @property
    def zvalues(self) -> _Floats:
        """``params / bse``, shape (k_params,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.params / self.bse

    @property
    def tvalues(self) -> _Floats:
        """The same as `zvalues`, under statsmodels' name."""
        return self.zvalues

    @property
    def pvalues(self) -> _Floats:
        """Two-sided normal p-values of ``param == 0``, shape (k_params,)."""
        from scipy.special import ndtr

        return np.asarray(2.0 * ndtr(-np.abs(self.zvalues)))

    @property
    def aic(self) -> float:
        """
        Akaike's criterion, ``-2 llf + 2 k``.

        As in statsmodels k counts the concentrated scale, here and in the other
        criteria, and their n is `nobs_effective`.
        """
        return self._criterion("aic")

    @property
    def bic(self) -> float:
        """Bayesian criterion, ``-2 llf + k log n``."""
        return self._criterion("bic")

    @property
    def hqic(self) -> float:
        """Hannan and Quinn's criterion, ``-2 llf + 2 k log log n``."""
        return self._criterion("hqic")

    @property
    def aicc(self) -> float:
        """Akaike's criterion for small samples; inf unless ``n > k + 1``."""
        return self._criterion("aicc")

    def _criterion(self, name: str) -> float:
        k = self.k_params + int(self.model.spec.concentrate_scale)
        return float(information_criterion(name, self.llf, k, self.nobs_effective))

    def conf_int(self, alpha: float = 0.05) -> _Floats:
        """
        Return normal confidence intervals of the parameters.

        Parameters
        ----------
        alpha : float
            The intervals cover ``1 - alpha``.

        Returns
        -------
        ndarray, shape (k_params, 2)
            Lower and upper limits.
        """
        return _normal_interval(self.params, self.bse, alpha)

    def forecast(
        self, steps: int, exog_future: ArrayLike | None = None, alpha: float = 0.05
    ) -> Forecast:
        """
        Forecast beyond the end of the data.

        Parameters
        ----------
        steps : int
            Number of periods.
        exog_future : array_like, shape (steps, k_exog), optional
            Regressors of these periods, for a model with regressors.
        alpha : float
            The intervals cover ``1 - alpha``.

        Returns
        -------
        Forecast
            With ``mean``, ``var``, ``se`` and ``conf_int``.
        """
        _check_alpha(alpha)
        mean, var = self.model.forecast(self.params, steps, exog_future)
        return Forecast(mean, var, alpha)

    def filter(self) -> FilterResult:
        """Run the filter at the estimates: residuals, one-step forecasts, ..."""
        return self.model.filter(self.params)

    def summary(self, alpha: float = 0.05) -> str:
        """
        Return the printed table of the fit.

        Parameters
        ----------
        alpha : float
            The printed intervals cover ``1 - alpha``.
        """
        _check_alpha(alpha)
        return summary_text(self, alpha)

    def __str__(self) -> str:
        return self.summary()


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
    callback: Callable[[_Floats], Any] | None = None,
) -> FitResult:
    """
    Estimate the parameters of a model by maximum likelihood.

    Parameters
    ----------
    model : Model
        The model with its data.
    start_params : array_like, shape (k_params,), optional
        Where to start; by default ``model.start_params``.
    method : str, optional
        By default the compiled core's own quasi-Newton search with the engines 'auto'
        and 'exact', and ``"L-BFGS-B"`` with others, or where `options` or a `callback`
        are given. Or a method of ``scipy.optimize.minimize``: ``"L-BFGS-B"``,
        ``"BFGS"``, ``"CG"``, ``"SLSQP"``, ``"trust-constr"``, ``"Nelder-Mead"``,
        ``"Powell"``; upper or lower case. statsmodels' ``"lbfgs"`` and ``"nm"`` are
        understood.
    maxiter : int, optional
        Most iterations of the optimizer; by default 500 in the core's own search and
        where the exact engine runs, 50 elsewhere, as in statsmodels.
    epsilon : float
        Of scipy's methods, the step of the differences that stand for the gradient
        where the exact engine does not run, in the unconstrained space: forward with
        L-BFGS-B as in statsmodels, central otherwise.
    cov_type : str
        ``"opg"``: covariance of the estimates from the outer product of the
        per-observation scores; ``"approx"``: from the Hessian (observed
        information); ``"none"``: NaN.
    fixed_params : mapping, optional
        Values of parameters that are not estimated, by their names, as with
        statsmodels' ``fix_params``. The core's own search alone knows them.
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
        Start parameters had to be replaced, or observations are skipped at the
        estimates.

    Notes
    -----
    With the engines 'auto' and 'exact', models that the exact engine covers are fitted
    on its log-likelihood, which is smooth where statsmodels' has rounding noise, with
    its gradient and in coordinates that make it nearly round. The search ends when an
    iteration gains less than 1e-9 of log-likelihood, or the gradient promises less.
    Other models have the core's own search with central differences; scipy's methods
    fit them, and all models of the other engines, as statsmodels does.

    A point at which the log-likelihood is not finite or cannot be computed counts as
    much worse than the start. A `NumericalError` at the start is raised.
    """
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
    fixed = {}
    if fixed_params:
        fixed = fixed_positions(fixed_params, model.param_names, model.spec)
    if fixed and not is_native:
        raise NotImplementedError(
            "fixed_params need the compiled core's own search: no method, options or"
            " callback, and the engine 'auto' or 'exact'"
        )
    if model.nobs == 0:
        raise DataError(
            "no observation is left after differencing (arguments: y,"
            " simple_differencing)"
        )
    if is_native:
        start = _checked_start(model, start_params, fixed)
        found = fit_native(model, start, fixed, maxiter)
        _warn_of_start(model, found.start_flags)
    else:
        chosen = {} if maxiter is None else {"maxiter": int(maxiter)}
        request = Climb(known, epsilon, {**chosen, **(options or {})}, callback)
        found = _climbed(model, _unconstrained_start(model, start_params), request)
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
        fixed_params=tuple(fixed_params or ()),
    )


def _climbed(model: Model, start: _Floats, request: Climb) -> NativeFit:
    """Run scipy's optimizer from unconstrained parameters."""
    outcome = Outcome(start, True, 0, 0, "there are no parameters to estimate")
    if start.size:
        outcome = climb(model, start, request)
    params = model.transform_params(outcome.x)
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


def _evaluate(model: Model, params: _Floats) -> tuple[float, int, str, float]:
    """Return log-likelihood, skipped observations, engine and scale."""
    if model.engine in (AUTO, EXACT):
        llf, skipped, engine, _ = model._backend.evaluate(params)
        scale = 1.0
        if model.spec.concentrate_scale:
            scale = model.filter(params).scale
        return llf, skipped, engine, scale
    filtered = model.filter(params)
    return filtered.llf, filtered.nobs_skipped, model.engine, filtered.scale


def _warn_of_rounding(model: Model, params: _Floats, llf: float) -> None:
    """Warn where statsmodels' log-likelihood, which is reported, is far off."""
    try:
        exact = model._backend_of(EXACT).loglike(params)
    except SpecError:
        return
    if not abs(exact - llf) <= _VISIBLE:
        warnings.warn(
            f"the log-likelihood reported is statsmodels', {llf:.6g}; its rounding"
            f" errors are large here: the model's true value is {exact:.6g}"
            " (engine='exact' reports that; or rescale the data)",
            NumericalWarning,
            stacklevel=5,
        )


def _no_covariance(_model: Model, params: _Floats, _free: Any) -> _Floats:
    return np.full((len(params), len(params)), np.nan)


def _warn(found: NativeFit, model: Model) -> None:
    """Give the warnings of a finished fit, at the caller of `Model.fit`."""
    if not found.converged:
        warnings.warn(
            f"the fit did not converge in {found.nit} iterations: {found.message}",
            ConvergenceWarning,
            stacklevel=4,
        )
    if found.nobs_skipped:
        warnings.warn(
            f"the optimizer ended where the filter skips {found.nobs_skipped} of"
            f" {model.nobs} observations: the log-likelihood is no measure of fit",
            NumericalWarning,
            stacklevel=4,
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
        not isinstance(maxiter, (int, np.integer)) or maxiter < 1
    ):
        raise SpecError(f"maxiter must be a positive integer, got {maxiter!r}")
    if not _is_within(epsilon, math.inf):
        raise SpecError(f"epsilon must be a positive number, got {epsilon!r}")
    if cov_type in _COV_TYPES_LATER:
        raise NotImplementedError(
            f"cov_type={cov_type!r} is not implemented; use one of {_COV_TYPES}"
        )
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


def _is_within(value: Any, high: float) -> bool:
    """Tell whether a value is a number above 0 and below `high`."""
    return isinstance(value, (int, float, np.number)) and 0.0 < float(value) < high


def _outside(model: Model, params: _Floats) -> tuple[_Floats, NDArray[np.bool_]]:
    """Return the start in the optimizer's space, and where there is none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        start = np.asarray(model.untransform_params(params))
    return start, ~np.isfinite(start)


def _checked_start(
    model: Model, start_params: ArrayLike | None, fixed: Mapping[int, float]
) -> _Floats | None:
    """Return start parameters, if there are any, from which a search can start."""
    if start_params is None:
        return None
    params = as_params(start_params, model.k_params)
    _, outside = _outside(model, params)
    outside[list(fixed)] = False
    if outside.any():
        names = ", ".join(np.asarray(model.param_names)[outside])
        raise DataError(
            f"start_params are outside the region the model enforces: {names}"
        )
    return params


def _warn_of_start(model: Model, flags: int) -> None:
    """Tell what start parameters had to be replaced."""
    for bit, text in START_PARAMS_WARNINGS.items():
        if flags & bit:
            warnings.warn(text, NumericalWarning, stacklevel=4)
    if flags & START_OUTSIDE:
        _, outside = _outside(model, model._backend.start_params()[0])
        _warn_of_neutral(model, outside)


def _warn_of_neutral(model: Model, outside: NDArray[np.bool_]) -> None:
    # With gaps in a lag list the estimates may be stationary and still have no
    # counterpart in the optimizer's space; statsmodels goes on with NaN.
    names = ", ".join(np.asarray(model.param_names)[outside])
    warnings.warn(
        f"no start for {names} inside the region the model enforces; using zeros,"
        " and ones for variances",
        NumericalWarning,
        stacklevel=5,
    )


def _unconstrained_start(model: Model, start_params: ArrayLike | None) -> _Floats:
    """Return the start in the optimizer's space, always finite."""
    params = _checked_start(model, start_params, {})
    start, outside = _outside(model, model.start_params if params is None else params)
    if not outside.any():
        return start
    _warn_of_neutral(model, outside)
    neutral = np.zeros(len(start))
    k_variances = model.spec.measurement_error + (not model.spec.concentrate_scale)
    neutral[len(start) - k_variances :] = 1.0
    return np.where(outside, neutral, start)


def _square_root(variances: _Floats) -> _Floats:
    with np.errstate(invalid="ignore"):
        return np.sqrt(variances)


def _check_alpha(alpha: float) -> None:
    if not _is_within(alpha, 1.0):
        raise SpecError(f"alpha must lie between 0 and 1, got {alpha!r}")


def _normal_interval(center: _Floats, se: _Floats, alpha: float) -> _Floats:
    """Return center -+ quantile * se, along a last axis of 2."""
    from scipy.special import ndtri

    _check_alpha(alpha)
    reach = ndtri(1.0 - alpha / 2.0) * se
    return np.stack((center - reach, center + reach), axis=-1)
