# SPDX-License-Identifier: BSD-3-Clause
"""`MixedFit`: fits of many series whose models are not all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Floats, as_steps
from .batch_results import Reported
from .batch_run import Report
from .batch_summary import mixed_summary
from .chunk import Indices
from .fit import FitResult, Forecast
from .fit_batch import BatchFit, future_of

__all__ = ["MixedFit"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MixedFit(Reported):
    """
    Fits of many series, each by one of several models.

    ``fit[i]`` is the `FitResult` of series i. What has one number for each series is
    an array (count,), what depends on the model a list.

    Attributes
    ----------
    fits : tuple of BatchFit
        The fits by each model: of all series where the models are candidates, of the
        series of that model where every series has its own.
    chosen : ndarray of int64, shape (count,)
        Position in `fits` of each series' model.
    rows : ndarray of int64, shape (count,)
        Position of each series in that fit.
    """

    fits: tuple[BatchFit, ...]
    chosen: Indices
    rows: Indices
    report: Report = field(init=False)

    def __post_init__(self) -> None:
        report = Report.of(len(self.chosen))
        for model, fit in enumerate(self.fits):
            here = np.flatnonzero(self.chosen == model)
            report.status[here] = fit.status[self.rows[here]]
            report.engine[here] = fit.report.engine[self.rows[here]]
            for i in here[report.status[here] < 0].tolist():
                report.messages[i] = fit.message(int(self.rows[i]))
        object.__setattr__(self, "report", report)

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, i: int) -> FitResult:
        return self.result(i)

    @property
    def candidates(self) -> tuple[BatchFit, ...]:
        """The fits by each model, another name of `fits`."""
        return self.fits

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Tell which series failed, shape (count,)."""
        return self.report.failed

    @property
    def orders(self) -> list[Any]:
        """(p, d, q) of each series."""
        return [self.fits[model].spec.order for model in self.chosen.tolist()]

    @property
    def seasonals(self) -> list[Any]:
        """(P, D, Q, s) of each series."""
        return [self.fits[model].spec.seasonal for model in self.chosen.tolist()]

    @property
    def param_names(self) -> list[tuple[str, ...]]:
        """Names of the parameters of each series."""
        return [self.fits[model].param_names for model in self.chosen.tolist()]

    @property
    def params(self) -> list[Floats]:
        """Estimates of each series."""
        return self._each([fit.params for fit in self.fits])

    @property
    def bse(self) -> list[Floats]:
        """Standard errors of each series."""
        return self._each([fit.bse for fit in self.fits])

    @property
    def llf(self) -> Floats:
        """Log-likelihoods, shape (count,)."""
        return self._all([fit.llf for fit in self.fits])

    @property
    def aic(self) -> Floats:
        """Akaike's criterion, shape (count,)."""
        return self._all([fit.aic for fit in self.fits])

    @property
    def bic(self) -> Floats:
        """Bayesian criterion, shape (count,)."""
        return self._all([fit.bic for fit in self.fits])

    @property
    def hqic(self) -> Floats:
        """Hannan and Quinn's criterion, shape (count,)."""
        return self._all([fit.hqic for fit in self.fits])

    @property
    def aicc(self) -> Floats:
        """Akaike's criterion for small samples, shape (count,)."""
        return self._all([fit.aicc for fit in self.fits])

    @property
    def converged(self) -> NDArray[np.bool_]:
        """Whether the search ended at a maximum, shape (count,)."""
        return self._all([fit.converged for fit in self.fits])

    @property
    def nit(self) -> Indices:
        """Iterations, shape (count,)."""
        return self._all([fit.nit for fit in self.fits])

    @property
    def nfev(self) -> Indices:
        """Evaluations of the log-likelihood, shape (count,)."""
        return self._all([fit.nfev for fit in self.fits])

    @property
    def engine(self) -> NDArray[np.str_]:
        """Engine that computed each log-likelihood; empty where a series failed."""
        return self._all([fit.engine for fit in self.fits])

    @property
    def messages(self) -> list[str]:
        """How each search ended, or why the series failed."""
        return [
            self.fits[model].message(row)
            for model, row in zip(self.chosen.tolist(), self.rows.tolist(), strict=True)
        ]

    def forecast(
        self, steps: int, exog_future_list: Any = None, alpha: float = 0.05
    ) -> Forecast:
        """
        Forecast all series beyond their ends, each by its model.

        Parameters
        ----------
        steps, exog_future_list, alpha
            As for `BatchFit.forecast`.

        Returns
        -------
        Forecast
            With ``mean``, ``var``, ``se`` (count, steps) and ``conf_int`` (count,
            steps, 2); NaN where a series failed.
        """
        steps = as_steps(steps)
        k_exog = self.fits[0].spec.k_exog
        future = future_of(exog_future_list, len(self), steps, k_exog)
        mean, var = np.full((2, len(self), steps), np.nan)
        for model, fit in enumerate(self.fits):
            here = np.flatnonzero(self.chosen == model)
            part = None if future is None else future[here]
            found = fit.forecast_some(self.rows[here], steps, part)
            mean[here], var[here] = found
        return Forecast(mean, var, alpha)

    def result(self, i: int) -> FitResult:
        """
        Return the fit of one series.

        Parameters
        ----------
        i : int
            Its position.

        Returns
        -------
        FitResult

        Raises
        ------
        SarimaxError
            The series failed.
        """
        return self.fits[int(self.chosen[i])].result(int(self.rows[i]))

    def summary(self) -> str:
        """Return a short table of the batch."""
        return mixed_summary(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        """Show the numbers of models and series."""
        return (
            f"MixedFit(count={len(self)}, models={len(self.fits)},"
            f" failed={int(self.failed.sum())}, converged={int(self.converged.sum())})"
        )

    def _each(self, found: Sequence[Floats]) -> list[Floats]:
        """Take each series' row out of what the fits have."""
        return [
            found[model][row]
            for model, row in zip(self.chosen.tolist(), self.rows.tolist(), strict=True)
        ]

    def _all(self, found: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """Take each series' number out of what the fits have."""
        values = np.empty(len(self), dtype=found[0].dtype)
        for model, numbers in enumerate(found):
            here = self.chosen == model
            values[here] = numbers[self.rows[here]]
        return values
