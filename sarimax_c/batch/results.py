# SPDX-License-Identifier: BSD-3-Clause
"""What batches return when more than the numbers is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..errors import error_from_status
from ..results import FilterResult, Forecast
from .chunk import Indices, position_of
from .loop import Statuses
from .run import Report, status_text

__all__ = [
    "BatchForecast",
    "BatchImputation",
    "BatchResult",
    "FilterBatch",
    "Ragged2D",
    "Reported",
    "series_error",
]

# A two-dimensional array, one series a row, or one array for each series.
Ragged2D = Floats | Sequence[Floats]


def series_error(status: int, i: int, message: str) -> BaseException:
    """
    Return the exception for a series of a batch that has no result.

    Parameters
    ----------
    status : int
        Its status, negative.
    i : int
        Its position.
    message : str
        What the single call says of it.

    Returns
    -------
    BaseException
    """
    return error_from_status(
        status,
        f"{message} (series {i} failed; those that did not:"
        " np.flatnonzero(fit.status >= 0))",
    )


class Reported:
    """Names and messages of the statuses of a batch; for classes with a report."""

    __slots__ = ()

    report: Report

    @property
    def status(self) -> Statuses:
        """Status of each series: negative if it failed, positive for a warning."""
        return self.report.status

    @property
    def messages(self) -> list[str]:
        """What there is to say of each series; empty if nothing."""
        return [
            self.report.messages.get(i) or (status_text(status) if status else "")
            for i, status in enumerate(self.status.tolist())
        ]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchResult(Reported):
    """
    One answer for each series, and how they came about.

    Attributes
    ----------
    values : ndarray, shape (count,) or (count, k_params)
        Log-likelihoods or scores; NaN where a series failed.
    report : Report
        Behind the other attributes.
    """

    values: Floats
    report: Report

    @property
    def engine(self) -> NDArray[np.str_]:
        """Engine of each series' value; empty where it failed."""
        return self.report.engine_names

    def __repr__(self) -> str:
        """Show the numbers of series."""
        return f"BatchResult({_counts(self.report)})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchForecast(Reported, Forecast):
    """
    Forecasts of many series, and how they came about.

    Attributes
    ----------
    mean, var : ndarray, shape (count, steps)
        Expected values and variances; NaN where a series failed.
    alpha : float
        The intervals cover ``1 - alpha`` where no other level is named.
    report : Report
        Behind the other attributes.
    """

    report: Report = field(kw_only=True)

    @property
    def engine(self) -> NDArray[np.str_]:
        """Engine of each series' forecasts; empty where it failed."""
        return self.report.engine_names

    def __repr__(self) -> str:
        """Show the numbers of series."""
        return f"BatchForecast(steps={self.mean.shape[1]}, {_counts(self.report)})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchImputation(Reported):
    """
    Many series without gaps, and how they came about.

    One series a row where the series came as rows of a two-dimensional array, else
    lists with an array (nobs_i,) for each; NaN where a series failed.

    Attributes
    ----------
    mean : list or ndarray
        The series, expectations in the place of what is missing.
    var : list or ndarray, or None
        Variances, 0 where observed; None if they are not wanted.
    report : Report
        Behind `status` and `messages`.
    """

    mean: Ragged2D
    var: Ragged2D | None
    report: Report

    def __repr__(self) -> str:
        """Show the numbers of series."""
        return f"BatchImputation({_counts(self.report)})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FilterBatch(Reported):
    """
    Output of the Kalman filter for many series; names as in `FilterResult`.

    The arrays over time have one series a row where the series came as rows of a
    two-dimensional array, else they are lists with an array (nobs_i,) for each.
    ``batch[i]`` is the `FilterResult` of series i. Where a series failed, all is NaN.

    Attributes
    ----------
    forecasts, forecasts_error, forecasts_error_cov : list or ndarray
        One-step forecasts, their errors and variances.
    standardized_forecasts_error, llf_obs : list or ndarray
        Standardized errors, log-likelihood of each observation.
    llf, scale : ndarray, shape (count,)
        Log-likelihoods and scales.
    nobs_skipped, period_converged : ndarray of int64, shape (count,)
        Observations skipped; first period of the steady state, -1 without one.
    loglikelihood_burn : int
        Leading periods left out of the log-likelihood.
    engine_used : str
        'identical' or 'statsmodels'.
    report : Report
        Behind `status` and `messages`.
    """

    forecasts: Ragged2D
    forecasts_error: Ragged2D
    forecasts_error_cov: Ragged2D
    standardized_forecasts_error: Ragged2D
    llf_obs: Ragged2D
    llf: Floats
    scale: Floats
    nobs_skipped: Indices
    period_converged: Indices
    loglikelihood_burn: int
    engine_used: str
    report: Report

    @property
    def fittedvalues(self) -> Ragged2D:
        """The one-step forecasts."""
        return self.forecasts

    @property
    def resid(self) -> Ragged2D:
        """The forecast errors."""
        return self.forecasts_error

    def __len__(self) -> int:
        return len(self.llf)

    def __getitem__(self, i: int) -> FilterResult:
        return self.result(i)

    def result(self, i: int) -> FilterResult:
        """
        Return the output of one series.

        Parameters
        ----------
        i : int
            Its position.

        Returns
        -------
        FilterResult

        Raises
        ------
        SarimaxError
            The series failed.
        """
        i = position_of(i, len(self))
        if self.status[i] < 0:
            raise error_from_status(int(self.status[i]), self.messages[i])
        converged = int(self.period_converged[i])
        return FilterResult(
            self.forecasts[i],
            self.forecasts_error[i],
            self.forecasts_error_cov[i],
            self.standardized_forecasts_error[i],
            self.llf_obs[i],
            float(self.llf[i]),
            float(self.scale[i]),
            int(self.nobs_skipped[i]),
            period_converged=None if converged < 0 else converged,
            loglikelihood_burn=self.loglikelihood_burn,
            engine_used=self.engine_used,
        )

    def __repr__(self) -> str:
        """Show the numbers of series."""
        return f"FilterBatch({_counts(self.report)})"


def _counts(report: Report) -> str:
    return f"count={len(report.status)}, failed={int(report.failed.sum())}"
