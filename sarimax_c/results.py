# SPDX-License-Identifier: BSD-3-Clause
"""What a run of the filter returns."""

from dataclasses import dataclass

import numpy as np

from .arrays import Floats

__all__ = ["FilterResult"]


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
