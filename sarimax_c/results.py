# SPDX-License-Identifier: BSD-3-Clause
"""What filters, forecasts and fits return."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Never

import numpy as np
from numpy.typing import ArrayLike

from .archive import Savable
from .arrays import Floats, is_within
from .covariance import covariance
from .criteria import information_criterion
from .errors import DataError, SpecError
from .keywords import check_no_keywords
from .summary import summary_text

if TYPE_CHECKING:
    import pandas as pd

    from .native import Model
    from .state import State

__all__ = ["FilterResult", "FitResult", "Forecast", "check_alpha"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FilterResult:
    """
    Output of the Kalman filter at given parameters, statsmodels' names.

    All arrays have shape (nobs,).

    Attributes
    ----------
    forecasts : ndarray
        One-step forecasts of the observations, also of missing ones.
    forecasts_error : ndarray
        Observation minus forecast; NaN where missing.
    forecasts_error_cov : ndarray
        Variances of the forecast errors, times `scale`.
    standardized_forecasts_error : ndarray
        Forecast errors over their standard deviations; 0 where missing or skipped.
    llf_obs : ndarray
        Log-likelihood of each observation, also of those before
        `loglikelihood_burn`; 0 where missing and, with a scale of 1, where skipped.
    llf : float
        Log-likelihood: the sum of `llf_obs` from `loglikelihood_burn` on.
    scale : float
        Estimated variance with ``concentrate_scale``, else 1.
    nobs_skipped : int
        Observations that statsmodels' filter skips silently, because their forecast
        error variance is below 1e-12.
    period_converged : int or None
        First period of the steady state.
    loglikelihood_burn : int
        Leading periods left out of the log-likelihood.
    engine_used : str
        'identical' (the compiled core's filter, whatever the engine of the model) or
        'statsmodels'.
    """

    forecasts: Floats
    forecasts_error: Floats
    forecasts_error_cov: Floats
    standardized_forecasts_error: Floats
    llf_obs: Floats
    llf: float
    scale: float
    nobs_skipped: int
    period_converged: int | None
    loglikelihood_burn: int
    engine_used: str

    @property
    def nobs(self) -> int:
        """Number of observations, after simple differencing."""
        return len(self.forecasts)

    @property
    def fittedvalues(self) -> Floats:
        """The one-step forecasts."""
        return self.forecasts

    @property
    def resid(self) -> Floats:
        """The forecast errors."""
        return self.forecasts_error

    @property
    def sse(self) -> float:
        """Sum of squared residuals, the burn included; NaN if any is missing."""
        return float(np.sum(self.forecasts_error**2))

    @property
    def mse(self) -> float:
        """Mean squared residual."""
        return self.sse / self.nobs if self.nobs else float("nan")

    @property
    def mae(self) -> float:
        """Mean absolute residual."""
        errors = np.abs(self.forecasts_error)
        return float(np.sum(errors)) / self.nobs if self.nobs else float("nan")

    def __repr__(self) -> str:
        """Show the numbers, not the arrays."""
        return (
            f"FilterResult(nobs={self.nobs}, llf={self.llf:.6g},"
            f" scale={self.scale:.6g}, nobs_skipped={self.nobs_skipped},"
            f" period_converged={self.period_converged},"
            f" engine_used={self.engine_used!r})"
        )


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
        The intervals cover ``1 - alpha`` where no other level is named.
    """

    mean: Floats
    var: Floats
    alpha: float = 0.05

    @property
    def se(self) -> Floats:
        """Standard errors, shape (steps,); NaN where the variance is negative."""
        return _square_root(self.var)

    def conf_int(self, alpha: float | None = None) -> Floats:
        """
        Return normal intervals of the forecasts.

        Parameters
        ----------
        alpha : float, optional
            The intervals cover ``1 - alpha``; by default that of the forecast.

        Returns
        -------
        ndarray, shape (steps, 2)
            Lower and upper limits; of many series (count, steps, 2).

        Raises
        ------
        SpecError
            ``alpha`` does not lie between 0 and 1.
        """
        return _normal_interval(
            self.mean, self.se, self.alpha if alpha is None else alpha
        )

    def summary_frame(
        self, *, alpha: float | None = None, names: Iterable[Any] | None = None
    ) -> pd.DataFrame:
        """
        Return the forecasts as a frame, with statsmodels' names of the columns.

        Parameters
        ----------
        alpha : float, optional
            As for `conf_int`. By keyword only: statsmodels' first argument is another.
        names : iterable, optional
            Labels of the series, where there are many; by default numbers from 0.

        Returns
        -------
        pandas.DataFrame
            ``mean``, ``mean_se``, ``mean_ci_lower`` and ``mean_ci_upper``. A row for
            each step, counted from 0; of many series for each ``series`` and ``step``.

        Raises
        ------
        SpecError
            As `conf_int`; there are `names`, but not of many series.
        DataError
            There are not as many `names` as series.
        """
        import pandas as pd

        levels: list[Any] = [range(size) for size in self.mean.shape]
        if names is not None:
            if self.mean.ndim == 1:
                raise SpecError("the forecast is of one series, which has no names")
            levels[0] = [*names]
            if len(levels[0]) != len(self.mean):
                raise DataError(
                    f"names has {len(levels[0])} elements for {len(self.mean)} series"
                )
        limits = self.conf_int(alpha)
        columns = {
            "mean": self.mean,
            "mean_se": self.se,
            "mean_ci_lower": limits[..., 0],
            "mean_ci_upper": limits[..., 1],
        }
        words = ["series", "step"][-self.mean.ndim :]
        index = pd.MultiIndex.from_product(levels, names=words)
        if self.mean.ndim == 1:
            index = index.get_level_values(0)
        return pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=index)


@dataclass(frozen=True, eq=False, slots=True)
class FitResult(Savable):
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
        Whether the search ended at a maximum, as far as it can tell.
    nit, nfev : int
        Iterations, and evaluations of the log-likelihood: those of a difference
        gradient included, one with its exact gradient counted once.
    message : str
        How the search ended: the optimizer's own last words.
    method : str
        'native' for the compiled core's own search, else scipy's name.
    cov_type : str
        What `cov_params` and all that follows from it are computed by: see
        `sarimax_c.fit.fit`.
    engine_used : str
        Engine that computed `llf`: 'exact', 'identical' or 'statsmodels'.
    model : Model
        The fitted model, with its data.
    fixed_params : tuple of str
        Names of parameters that were not estimated.
    """

    params: Floats
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
    _found: dict[str, Floats] = field(default_factory=dict, init=False, repr=False)

    @property
    def cov_params(self) -> Floats:
        """
        Covariance matrix of the parameters, shape (k_params, k_params); read-only.

        By `cov_type`, computed at its first use; NaN for fixed parameters and with
        ``"none"``.
        """
        found = self._found.get("cov_params")
        if found is None:
            fixed = [self.param_names.index(name) for name in self.fixed_params]
            free = np.delete(np.arange(len(self.params)), fixed) if fixed else None
            found = covariance(self.cov_type, self.model, self.params, free)
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
    def bse(self) -> Floats:
        """
        Standard errors of the parameters, shape (k_params,).

        As in statsmodels 0 where the data say nothing about a parameter (the inverse
        is a pseudo-inverse), and NaN where the information is not finite.
        """
        return _square_root(np.diag(self.cov_params))

    @property
    def zvalues(self) -> Floats:
        """``params / bse``, shape (k_params,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.params / self.bse

    @property
    def tvalues(self) -> Floats:
        """The same as `zvalues`, under statsmodels' name."""
        return self.zvalues

    @property
    def pvalues(self) -> Floats:
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

    def conf_int(self, alpha: float = 0.05) -> Floats:
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
        self,
        steps: int,
        exog_future: ArrayLike | None = None,
        alpha: float = 0.05,
        **unknown: Never,
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
            With ``mean``, ``var``, ``se``, ``conf_int()`` and ``summary_frame()``.
        """
        check_no_keywords(unknown, {"exog": "exog_future"})
        check_alpha(alpha)
        mean, var = self.model.forecast(self.params, steps, exog_future)
        return Forecast(mean, var, alpha)

    def filter(self) -> FilterResult:
        """Run the filter at the estimates: residuals, one-step forecasts, ..."""
        return self.model.filter(self.params)

    def state(self) -> State:
        """Return what the filter knows after the last observation, to be updated."""
        return self.model.state(self.params)

    def summary(self, alpha: float = 0.05) -> str:
        """
        Return the printed table of the fit.

        Parameters
        ----------
        alpha : float
            The printed intervals cover ``1 - alpha``.
        """
        check_alpha(alpha)
        return summary_text(self, alpha)

    def __str__(self) -> str:
        return self.summary()


def _square_root(variances: Floats) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.sqrt(variances)


def check_alpha(alpha: float) -> None:
    """
    Refuse what is not a level of intervals.

    Parameters
    ----------
    alpha : float
        The intervals are to cover ``1 - alpha``.
    """
    if not is_within(alpha, 1.0):
        raise SpecError(f"alpha must lie between 0 and 1, got {alpha!r}")


def _normal_interval(center: Floats, se: Floats, alpha: float) -> Floats:
    """Return center -+ quantile * se, along a last axis of 2."""
    from scipy.special import ndtri

    check_alpha(alpha)
    reach = ndtri(1.0 - alpha / 2.0) * se
    return np.stack((center - reach, center + reach), axis=-1)
