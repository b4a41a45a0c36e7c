# SPDX-License-Identifier: BSD-3-Clause
"""
Maximum likelihood: scipy's optimizers on the model's log-likelihood.

Start, unconstrained space and objective are those of statsmodels' ``SARIMAX.fit``.
With the engines 'auto' and 'exact' the search climbs on the exact engine's
log-likelihood and gradient; with 'identical' and 'statsmodels' it is statsmodels' own,
iteration by iteration (`sarimax_c.climb`).
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
from .engine import AUTO, EXACT, IDENTICAL
from .errors import ConvergenceWarning, DataError, NumericalWarning, SpecError
from .summary import summary_text

if TYPE_CHECKING:
    from .native import Model
    from .results import FilterResult

__all__ = ["FitResult", "Forecast", "fit"]

_Floats = NDArray[np.float64]

_DIRECT_METHODS = ("Nelder-Mead", "Powell")
_METHODS = {name.lower(): name for name in (*GRADIENT_METHODS, *_DIRECT_METHODS)}
# statsmodels' names for the same optimizers.
_METHODS |= {"lbfgs": "L-BFGS-B", "nm": "Nelder-Mead"}

# Rounding errors of a reported log-likelihood from which on a fit warns of them.
_VISIBLE = 1e-2

_COVARIANCES = {"opg": opg_covariance, "approx": approx_covariance}
_COV_TYPES = (*_COVARIANCES, "none")
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
    # Whatever is computed at its first use.
    _found: dict[str, _Floats] = field(default_factory=dict, init=False, repr=False)

    @property
    def cov_params(self) -> _Floats:
        """
        Covariance matrix of the parameters, shape (k_params, k_params); read-only.

        By `cov_type`, computed at its first use; NaN with ``"none"``.
        """
        found = self._found.get("cov_params")
        if found is None:
            covariance = _COVARIANCES.get(self.cov_type, _no_covariance)
            found = covariance(self.model, self.params)
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
    maxiter: int | None = None,
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
    maxiter : int, optional
        Most iterations of the optimizer; by default 500 where the exact engine runs,
        50 elsewhere, as in statsmodels.
    epsilon : float
        Step of the differences that stand for the gradient where the exact engine
        does not run, in the unconstrained space: forward with L-BFGS-B as in
        statsmodels, central otherwise.
    cov_type : str
        ``"opg"``: covariance of the estimates from the outer product of the
        per-observation scores; ``"approx"``: from the Hessian (observed
        information); ``"none"``: NaN.
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
    its gradient and in the coordinates of `sarimax_c.coordinates`. The search ends
    when an iteration gains less than 1e-9 of log-likelihood, or the gradient promises
    less. All else is fitted as statsmodels does.

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
    if start.size:
        chosen = {} if maxiter is None else {"maxiter": int(maxiter)}
        request = Climb(method, epsilon, {**chosen, **(options or {})}, callback)
        outcome = climb(model, start, request)
    else:
        outcome = Outcome(start, True, 0, 0, "there are no parameters to estimate")
    params = model.transform_params(outcome.x)
    params.flags.writeable = False
    llf, nobs_skipped, engine_used, scale = _evaluate(model, params)
    _warn(outcome, model, nobs_skipped)
    if outcome.converged and engine_used == IDENTICAL and model.engine == AUTO:
        _warn_of_rounding(model, params, llf)
    return FitResult(
        params=params,
        param_names=tuple(model.param_names),
        llf=llf,
        scale=scale,
        converged=outcome.converged,
        nit=outcome.nit,
        nfev=outcome.nfev,
        message=outcome.message,
        method=method,
        cov_type=cov_type,
        engine_used=engine_used,
        model=model,
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
            stacklevel=4,
        )


def _no_covariance(_model: Model, params: _Floats) -> _Floats:
    return np.full((len(params), len(params)), np.nan)


def _warn(outcome: Outcome, model: Model, nobs_skipped: int) -> None:
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


def _check_arguments(
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
