# SPDX-License-Identifier: BSD-3-Clause
"""
Maximum likelihood: scipy's optimizers on the model's log-likelihood.

The default run is that of statsmodels' ``SARIMAX.fit``: the same start, the same
unconstrained space, the same objective (-log-likelihood / nobs), L-BFGS-B with
forward differences of absolute step 1e-5. On equal log-likelihoods it makes the
same iterations.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import as_params
from .covariance import opg_covariance
from .errors import (
    ConvergenceWarning,
    DataError,
    NumericalError,
    NumericalWarning,
    SpecError,
)
from .summary import summary_text

if TYPE_CHECKING:
    from .native import Model
    from .results import FilterResult

__all__ = ["FitResult", "Forecast", "fit"]

_Floats = NDArray[np.float64]

_GRADIENT_METHODS = ("L-BFGS-B", "BFGS", "CG", "SLSQP", "trust-constr")
_DIRECT_METHODS = ("Nelder-Mead", "Powell")
_METHODS = {name.lower(): name for name in (*_GRADIENT_METHODS, *_DIRECT_METHODS)}
# statsmodels' names for the same optimizers.
_METHODS |= {"lbfgs": "L-BFGS-B", "nm": "Nelder-Mead"}

_COV_TYPES = ("opg", "none")
# Known to statsmodels, not built here yet.
_COV_TYPES_LATER = ("approx", "oim", "robust", "robust_approx", "robust_oim")


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
        Estimates, in the order of `param_names`.
    param_names : tuple of str
        statsmodels' parameter names.
    cov_params : ndarray, shape (k_params, k_params)
        Their covariance matrix; NaN with ``cov_type="none"``.
    llf : float
        Log-likelihood at `params`.
    scale : float
        Estimated scale; 1 unless the model concentrates it.
    converged : bool
        Whether the optimizer says so.
    nit, nfev : int
        Iterations, and evaluations of the log-likelihood (those of the
        difference gradient included).
    message : str
        The optimizer's own last words.
    method, cov_type : str
        What was asked for.
    model : Model
        The fitted model, with its data.
    """

    params: _Floats
    param_names: tuple[str, ...]
    cov_params: _Floats
    llf: float
    scale: float
    converged: bool
    nit: int
    nfev: int
    message: str
    method: str
    cov_type: str
    model: Model

    @property
    def engine_used(self) -> str:
        """``"identical"`` or ``"statsmodels"``."""
        return self.model.engine_used

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
        return len(self.params)

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
        return self._criterion(2.0)

    @property
    def bic(self) -> float:
        """Bayesian criterion, ``-2 llf + k log n``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._criterion(float(np.log(self.nobs_effective)))

    @property
    def hqic(self) -> float:
        """Hannan and Quinn's criterion, ``-2 llf + 2 k log log n``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._criterion(2.0 * float(np.log(np.log(self.nobs_effective))))

    @property
    def aicc(self) -> float:
        """Akaike's criterion for small samples; inf unless ``n > k + 1``."""
        freedom = self.nobs_effective - self._k_criterion - 1.0
        if freedom <= 0.0:
            return math.inf
        return self._criterion(2.0 * self.nobs_effective / freedom)

    @property
    def _k_criterion(self) -> int:
        return self.k_params + int(self.model.spec.concentrate_scale)

    def _criterion(self, penalty: float) -> float:
        return -2.0 * self.llf + penalty * self._k_criterion

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
    method: str = "L-BFGS-B",
    maxiter: int = 50,
    epsilon: float = 1e-5,
    cov_type: str = "opg",
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
    method : str
        A method of ``scipy.optimize.minimize``: ``"L-BFGS-B"``, ``"BFGS"``,
        ``"CG"``, ``"SLSQP"``, ``"trust-constr"``, ``"Nelder-Mead"``, ``"Powell"``;
        upper or lower case. statsmodels' ``"lbfgs"`` and ``"nm"`` are understood.
    maxiter : int
        Most iterations of the optimizer.
    epsilon : float
        Step of the differences that stand for the gradient, in the unconstrained
        space: forward with L-BFGS-B as in statsmodels, central otherwise.
    cov_type : str
        ``"opg"``: covariance of the estimates from the outer product of the
        per-observation scores; ``"none"``: not computed.
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
    A point at which the log-likelihood is not finite or cannot be computed counts as
    much worse than the start. A `NumericalError` at the start is raised.
    """
    method = _check_arguments(method, maxiter, epsilon, cov_type)
    _check_callable(callback, options)
    if model.nobs == 0:
        raise DataError(
            "no observation is left after differencing (arguments: y,"
            " simple_differencing)"
        )
    start = _unconstrained_start(model, start_params)
    objective = _Objective(model, epsilon, method)
    if start.size:
        outcome = _minimize(
            objective, start, method, {"maxiter": maxiter, **(options or {})}, callback
        )
    else:
        outcome = _Outcome(start, True, 0, "there are no parameters to estimate")
    params = model.transform_params(outcome.x)
    filtered = model.filter(params)
    unknown = np.full((len(params), len(params)), np.nan)
    _warn(outcome, model, filtered.nobs_skipped)
    return FitResult(
        params=params,
        param_names=tuple(model.param_names),
        cov_params=opg_covariance(model, params) if cov_type == "opg" else unknown,
        llf=filtered.llf,
        scale=filtered.scale,
        converged=outcome.converged,
        nit=outcome.nit,
        nfev=objective.nfev,
        message=outcome.message,
        method=method,
        cov_type=cov_type,
        model=model,
    )


# What stands for a log-likelihood per observation that is not finite: scipy's line
# searches stop at infinities, or report convergence, where this makes them turn back.
_WORSE_THAN_START = 10.0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What an optimizer leaves behind."""

    x: _Floats
    converged: bool
    nit: int
    message: str


def _warn(outcome: _Outcome, model: Model, nobs_skipped: int) -> None:
    """Give the warnings of a finished fit, at the caller of `Model.fit`."""
    if not outcome.converged:
        warnings.warn(
            f"the fit did not converge in {outcome.nit} iterations: {outcome.message}",
            ConvergenceWarning,
            stacklevel=4,
        )
    if nobs_skipped:
        warnings.warn(
            f"the optimizer ended where the filter skips {nobs_skipped} of {model.nobs}"
            " observations: the log-likelihood is no measure of fit",
            NumericalWarning,
            stacklevel=4,
        )


class _Objective:
    """-log-likelihood / nobs of unconstrained parameters; counts evaluations."""

    def __init__(self, model: Model, epsilon: float, method: str) -> None:
        self.model = model
        self.epsilon = epsilon
        # L-BFGS-B as in statsmodels. Where statsmodels gives exact scores, forward
        # differences (error: epsilon times a curvature) would not reach the
        # optimizer's gradient tolerance of 1e-5.
        self.central = method != "L-BFGS-B"
        self.nfev = 0
        self.worst = math.nan

    def value(self, x: _Floats) -> float:
        self.nfev += 1
        try:
            llf = self.model.loglike(self.model.transform_params(x))
        except NumericalError:
            if self.nfev == 1:
                raise
            llf = math.nan
        value = -llf / self.model.nobs
        if self.nfev == 1:
            self.worst = value + _WORSE_THAN_START
        return value if math.isfinite(value) else self.worst

    def value_and_gradient(self, x: _Floats) -> tuple[float, _Floats]:
        """
        Return value and differences, the forward ones in scipy's own arithmetic.

        scipy's ``jac=None`` gives the same numbers; per gradient it costs several
        times a short series' log-likelihood.
        """
        value = self.value(x)
        gradient = np.empty(len(x))
        moved = x.copy()
        for i, at in enumerate(x.tolist()):
            moved[i] = at + self.epsilon
            above = self.value(moved)
            if self.central:
                moved[i] = at - self.epsilon
                gradient[i] = (above - self.value(moved)) / (2.0 * self.epsilon)
            else:
                gradient[i] = (above - value) / ((at + self.epsilon) - at)
            moved[i] = at
        return value, gradient


def _minimize(
    objective: _Objective,
    start: _Floats,
    method: str,
    options: dict[str, Any],
    callback: Callable[[_Floats], Any] | None,
) -> _Outcome:
    """Run scipy's `method` from `start`."""
    from scipy.optimize import minimize

    uses_gradient = method in _GRADIENT_METHODS
    if method == "L-BFGS-B":
        # statsmodels' limit counts the evaluations inside the differences too.
        limit = options.get("maxfun", 15000)
        options["maxfun"] = max(1, limit // (len(start) + 1))

    def report(x: _Floats, *_state: Any) -> Any:
        assert callback is not None
        return callback(objective.model.transform_params(x))

    with np.errstate(all="ignore"):
        found = minimize(
            objective.value_and_gradient if uses_gradient else objective.value,
            start,
            method=method,
            jac=uses_gradient or None,
            options=options,
            callback=None if callback is None else report,
        )
    usable = bool(found.fun < objective.worst) and bool(np.isfinite(found.x).all())
    return _Outcome(
        np.asarray(found.x, dtype=float) if usable else start,
        usable and bool(found.success),
        int(found.get("nit", 0)),
        str(found.message).strip(" :"),
    )


def _check_arguments(method: str, maxiter: int, epsilon: float, cov_type: str) -> str:
    """Return scipy's name of the method, having checked the other arguments too."""
    known = _METHODS.get(method.lower()) if isinstance(method, str) else None
    if known is None:
        names = ", ".join((*_GRADIENT_METHODS, *_DIRECT_METHODS))
        raise SpecError(f"unknown optimizer method {method!r}; known are {names}")
    if not isinstance(maxiter, (int, np.integer)) or maxiter < 1:
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


def _unconstrained_start(model: Model, start_params: ArrayLike | None) -> _Floats:
    """Return the start in the optimizer's space, always finite."""
    given = start_params is not None
    params = as_params(start_params, model.k_params) if given else model.start_params
    with np.errstate(invalid="ignore", divide="ignore"):
        start = np.asarray(model.untransform_params(params))
    outside = ~np.isfinite(start)
    if not outside.any():
        return start
    names = ", ".join(np.asarray(model.param_names)[outside])
    if given:
        raise DataError(
            f"start_params are outside the region the model enforces: {names}"
        )
    # With gaps in a lag list the estimates may be stationary and still have no
    # counterpart in the optimizer's space; statsmodels goes on with NaN.
    warnings.warn(
        f"no start for {names} inside the region the model enforces; using zeros,"
        " and ones for variances",
        NumericalWarning,
        stacklevel=4,
    )
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
    """Return center -+ quantile * se, shape (n, 2)."""
    from scipy.special import ndtri

    _check_alpha(alpha)
    reach = ndtri(1.0 - alpha / 2.0) * se
    return np.column_stack((center - reach, center + reach))
