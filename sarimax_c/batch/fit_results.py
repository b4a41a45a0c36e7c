# SPDX-License-Identifier: BSD-3-Clause
"""`BatchFit` and `MixedFit`: fits of many series, by one model or by several."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Never

import numpy as np
from numpy.typing import NDArray

from ..archive import Savable
from ..arrays import Floats, as_steps
from ..covariance import INFORMATIONS, covariance, covariance_from
from ..criteria import information_criterion
from ..engine import AUTO, EXACT
from ..errors import DataError
from ..fit import NO_DATA
from ..keywords import check_no_keywords
from ..native import Model, bind_model
from ..results import FitResult, Forecast, check_alpha
from ..spec import Specification
from .chunk import Chunk, Indices, chosen_chunks, position_of, rows_for
from .loop import ENGINES, LoopBatch
from .ragged import pack_future
from .results import Reported, series_error
from .run import Horizon, Plan, Report, run_forecast, status_text
from .summary import batch_summary, mixed_summary

__all__ = ["BatchFit", "MixedFit"]

_OTHER_NAMES = dict.fromkeys(("exog", "exog_future"), "exog_future_list")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchFit(Reported, Savable):
    """
    Fits of many series by one model.

    ``fit[i]`` is the `FitResult` of series i, equal to that of `sarimax_fit`; of a
    series that failed it raises. The others: ``for i in np.flatnonzero(fit.status >=
    0)``.

    Attributes
    ----------
    params : ndarray, shape (count, k_params)
        Estimates; NaN where a series failed.
    param_names : tuple of str
        statsmodels' names of the parameters.
    llf, scale : ndarray, shape (count,)
        Log-likelihoods at the estimates, and scales (1 unless the model
        concentrates it).
    nobs : ndarray of int64, shape (count,)
        Observations of each series, after simple differencing.
    converged : ndarray of bool, shape (count,)
        Whether the search ended at a maximum.
    nit, nfev : ndarray of int64, shape (count,)
        Iterations, evaluations of the log-likelihood.
    fixed_params : dict
        Values that were not estimated, by name.
    method : str
        'native' for the compiled core's own search, else scipy's name.
    cov_type : str
        What `cov_params` and `bse` are computed by: see `sarimax_c.fit.fit`.
    spec : Specification
        The model.
    report : Report
        Behind `status`, `messages` and `engine`.
    """

    params: Floats
    param_names: tuple[str, ...]
    llf: Floats
    scale: Floats
    nobs: Indices
    converged: NDArray[np.bool_]
    nit: Indices
    nfev: Indices
    fixed_params: dict[str, float]
    method: str
    cov_type: str
    spec: Specification
    report: Report
    _plan: Plan
    _exog_names: tuple[str, ...] | None
    # How the searches ended, in words: one for each series, or the core's numbers.
    _ends: list[str] | NDArray[np.int32]
    _chunks: list[Chunk]
    # Whatever is computed at its first use.
    _found: dict[str, Floats] = field(default_factory=dict, init=False)

    def __len__(self) -> int:
        return len(self.llf)

    def __getitem__(self, i: int) -> FitResult:
        return self.result(i)

    @property
    def messages(self) -> list[str]:
        """How each search ended, or why the series failed."""
        return [self.message(i) for i in range(len(self))]

    @property
    def engine(self) -> NDArray[np.str_]:
        """Engine that computed each log-likelihood; empty where a series failed."""
        return np.array(ENGINES)[self.report.engine]

    @property
    def no_data(self) -> NDArray[np.bool_]:
        """Tell where no observation enters the log-likelihood, shape (count,)."""
        if isinstance(self._ends, list):
            found = np.array([end == NO_DATA for end in self._ends], dtype=bool)
        else:
            ends = [end for end, text in _fit_ends().items() if text == NO_DATA]
            found = np.isin(self._ends, ends)
        return found & ~self.report.failed

    @property
    def k_params(self) -> int:
        """Number of estimated parameters; neither fixed ones nor the scale."""
        return len(self.param_names) - len(self.fixed_params)

    @property
    def nobs_effective(self) -> Indices:
        """Observations less the burn-in; the n of the information criteria."""
        return self.nobs - self.spec.burn

    @property
    def aic(self) -> Floats:
        """Akaike's criterion, as `FitResult.aic`, shape (count,)."""
        return self.criterion("aic")

    @property
    def bic(self) -> Floats:
        """Bayesian criterion, shape (count,)."""
        return self.criterion("bic")

    @property
    def hqic(self) -> Floats:
        """Hannan and Quinn's criterion, shape (count,)."""
        return self.criterion("hqic")

    @property
    def aicc(self) -> Floats:
        """Akaike's criterion for small samples, shape (count,)."""
        return self.criterion("aicc")

    def criterion(self, name: str) -> Floats:
        """
        Return an information criterion of each fit.

        Parameters
        ----------
        name : {'aic', 'bic', 'hqic', 'aicc'}
            Which one.

        Returns
        -------
        ndarray, shape (count,)
        """
        k = self.k_params + int(self.spec.concentrate_scale)
        found = information_criterion(name, self.llf, k, self.nobs_effective)
        return np.where(self.report.failed, np.nan, found)

    @property
    def cov_params(self) -> Floats:
        """
        Covariance matrices of the parameters, shape (count, k_params, k_params).

        By `cov_type`, computed at their first use; NaN for fixed parameters, where a
        series failed, and with ``"none"``.
        """
        found = self._found.get("cov_params")
        if found is None:
            found = _covariances(self)
            found.flags.writeable = False
            # Of two threads that get here, both return the same matrices.
            found = self._found.setdefault("cov_params", found)
        return found

    @property
    def bse(self) -> Floats:
        """Standard errors of the parameters, shape (count, k_params)."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.diagonal(self.cov_params, axis1=1, axis2=2))

    def forecast(
        self,
        steps: int,
        exog_future_list: Any = None,
        alpha: float = 0.05,
        **unknown: Never,
    ) -> Forecast:
        """
        Forecast all series beyond their ends.

        Parameters
        ----------
        steps : int
            Number of periods.
        exog_future_list : optional
            Regressors of these periods, as for `batch_forecast`.
        alpha : float
            The intervals cover ``1 - alpha``.

        Returns
        -------
        Forecast
            With ``mean``, ``var``, ``se`` (count, steps), ``conf_int()`` (count,
            steps, 2) and ``summary_frame()``; NaN where a series failed.
        """
        check_no_keywords(unknown, _OTHER_NAMES)
        steps = as_steps(steps)
        check_alpha(alpha)
        future = _future_of(exog_future_list, len(self), steps, self)
        everything = np.arange(len(self))
        return Forecast(*self.forecast_some(everything, steps, future), alpha)

    def forecast_some(
        self, chosen: Indices, steps: int, future: Floats | None
    ) -> tuple[Floats, Floats]:
        """
        Forecast some of the series.

        Parameters
        ----------
        chosen : ndarray of int64
            Their positions, ascending.
        steps : int
            Number of periods.
        future : ndarray, shape (len(chosen), steps, k_exog), or None
            Their regressors in these periods.

        Returns
        -------
        mean, var : ndarray, shape (len(chosen), steps)
        """
        horizon = Horizon(self.params[chosen], steps, future)
        report = Report.of(len(chosen))
        mean, var = run_forecast(
            replace(self._plan, loops=False),
            chosen_chunks(self._chunks, chosen),
            report,
            horizon,
            replay=None,
            advance=None,
        )
        failed = report.failed | self.report.failed[chosen]
        mean[failed] = var[failed] = np.nan
        return mean, var

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
        i = position_of(i, len(self))
        if self.status[i] < 0:
            raise series_error(int(self.status[i]), i, self.message(i))
        params = self.params[i].copy()
        params.flags.writeable = False
        model = self._model(i)
        return FitResult(
            params=params,
            param_names=tuple(model.param_names),
            llf=float(self.llf[i]),
            scale=float(self.scale[i]),
            converged=bool(self.converged[i]),
            nit=int(self.nit[i]),
            nfev=int(self.nfev[i]),
            message=self.message(i),
            method=self.method,
            cov_type=self.cov_type,
            engine_used=ENGINES[self.report.engine[i]],
            model=model,
            fixed_params=tuple(self.fixed_params),
        )

    def summary(self) -> str:
        """Return a short table of the batch."""
        return batch_summary(self)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        """Show the numbers of series."""
        return (
            f"BatchFit(count={len(self)}, failed={int(self.report.failed.sum())},"
            f" converged={int(self.converged.sum())}, order={self.spec.order},"
            f" seasonal={self.spec.seasonal})"
        )

    def message(self, i: int) -> str:
        """
        Say how the search of a series ended, or why it failed.

        Parameters
        ----------
        i : int
            Its position.
        """
        if self.status[i] < 0:
            return self.report.messages.get(i) or status_text(self.status[i])
        end = self._ends[i]
        return end if isinstance(end, str) else _fit_ends()[int(end)]

    def _model(self, i: int) -> Model:
        starts = [chunk.start for chunk in self._chunks]
        chunk = self._chunks[int(np.searchsorted(starts, i, side="right")) - 1]
        endog, exog = chunk.series(i - chunk.start)
        return bind_model(self.spec, endog, exog, self._plan.engine, self._exog_names)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MixedFit(Reported, Savable):
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
    def no_data(self) -> NDArray[np.bool_]:
        """Tell where no observation enters the log-likelihood, shape (count,)."""
        return self._all([fit.no_data for fit in self.fits])

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
        self,
        steps: int,
        exog_future_list: Any = None,
        alpha: float = 0.05,
        **unknown: Never,
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
            With ``mean``, ``var``, ``se`` (count, steps), ``conf_int()`` (count,
            steps, 2) and ``summary_frame()``; NaN where a series failed.
        """
        check_no_keywords(unknown, _OTHER_NAMES)
        steps = as_steps(steps)
        check_alpha(alpha)
        future = _future_of(exog_future_list, len(self), steps, self.fits[0])
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
        i = position_of(i, len(self))
        if self.status[i] < 0:
            raise series_error(int(self.status[i]), i, self.messages[i])
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


def _future_of(
    exog_future_list: Any, count: int, steps: int, fit: BatchFit
) -> Floats | None:
    """Pack the regressors of forecasts; an element that cannot be used is an error."""
    future, failures = pack_future(
        exog_future_list, count, steps, fit.spec.k_exog, fit._exog_names
    )
    if failures:
        i, message = next(iter(failures.items()))
        raise DataError(f"{message} (element {i} of exog_future_list)")
    return future


@functools.cache
def _fit_ends() -> dict[int, str]:
    from .._core import FIT_ENDS

    return FIT_ENDS


def _covariances(fit: BatchFit) -> Floats:
    """Return the covariance matrices of all series."""
    count, k_params = fit.params.shape
    found = np.full((count, k_params, k_params), np.nan)
    kinds = INFORMATIONS[fit.cov_type]
    if not kinds:
        return found
    plan = fit._plan
    fixed = [fit.param_names.index(name) for name in fit.fixed_params]
    free = np.setdiff1d(np.arange(k_params), fixed)
    plan = replace(plan, loops=plan.engine not in (AUTO, EXACT))
    for chunk in fit._chunks:
        batch = plan.open(chunk)
        params = rows_for(fit.params, chunk)
        here = slice(chunk.start, chunk.stop)
        if isinstance(batch, LoopBatch):
            found[here] = batch.covariance(
                functools.partial(covariance, fit.cov_type, free=free), params
            )
            continue
        parts = [
            batch.information(params, kind, plan.n_threads, None)[0][
                :, free[:, np.newaxis], free
            ]
            for kind in kinds
        ]
        found[here, free[:, np.newaxis], free] = covariance_from(parts)
    found[fit.report.failed] = np.nan
    return found
