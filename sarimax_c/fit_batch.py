# SPDX-License-Identifier: BSD-3-Clause
"""`BatchFit`, the fits of many series by one model, and how they are made."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import Floats, as_steps
from .batch import Horizon, run_forecast
from .batch_loop import ENGINES, LoopBatch, Statuses
from .batch_results import Reported
from .batch_run import Engines, Plan, Report, rows_for, run, status_text, unnamed
from .batch_summary import batch_summary
from .chunk import Chunk, Indices
from .covariance import pseudo_inverse
from .criteria import information_criterion
from .engine import AUTO, EXACT
from .errors import DataError, error_from_status
from .fit import COVARIANCES, FitResult, Forecast
from .fit_native import CONVERGED, MAXITER, NATIVE, START_OUTSIDE
from .native import Model, bind_model
from .progress import Advance
from .ragged import pack_future
from .spec import Specification

__all__ = ["BatchFit", "FitRequest", "fit_chunks"]

_FITTED = ("params", "llf", "scale", "nit", "nfev", "converged")


@dataclass(frozen=True, slots=True)
class FitRequest:
    """
    How to fit each series of a batch.

    Attributes
    ----------
    start_params : ndarray, shape (1, k_params) or (count, k_params), or None
        Where to start.
    fixed : dict
        Values of the parameters that are not estimated, by position.
    method : str or None
        A method of `Model.fit`; None is the compiled core's own.
    maxiter : int or None
        Most iterations.
    cov_type : {'opg', 'approx', 'none'}
        What standard errors come from.
    """

    start_params: Floats | None = None
    fixed: Mapping[int, float] = field(default_factory=dict)
    method: str | None = None
    maxiter: int | None = None
    cov_type: str = "opg"

    def is_native(self, engine: str) -> bool:
        """
        Tell whether the compiled core fits, on all threads.

        Parameters
        ----------
        engine : str
            The engine of the batch.
        """
        return self.method is None and engine in (AUTO, EXACT)

    def options(self) -> dict[str, Any]:
        """Return the keywords of the single fit."""
        found = {"method": self.method, "maxiter": self.maxiter}
        given = {name: value for name, value in found.items() if value is not None}
        return {**given, "cov_type": self.cov_type}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BatchFit(Reported):
    """
    Fits of many series by one model.

    ``fit[i]`` is the `FitResult` of series i, equal to that of `sarimax_fit`.

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
    method, cov_type : str
        What was asked for.
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
        self, steps: int, exog_future_list: Any = None, alpha: float = 0.05
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
            With ``mean``, ``var``, ``se`` (count, steps) and ``conf_int`` (count,
            steps, 2); NaN where a series failed.
        """
        steps = as_steps(steps)
        future = future_of(exog_future_list, len(self), steps, self.spec.k_exog)
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
            _chosen_chunks(self._chunks, chosen),
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
        i = range(len(self))[i]
        if self.status[i] < 0:
            raise error_from_status(int(self.status[i]), self.message(i))
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


def fit_chunks(
    plan: Plan,
    chunks: list[Chunk],
    request: FitRequest,
    *,
    exog_names: tuple[str, ...] | None = None,
    advance: Advance | None = None,
) -> BatchFit:
    """
    Fit packed series.

    Parameters
    ----------
    plan : Plan
        The model.
    chunks : list of Chunk
        The series; kept.
    request : FitRequest
        How to fit them.
    exog_names : tuple of str, optional
        Names of the regressors.
    advance : callable, optional
        Called with the number of series done.

    Returns
    -------
    BatchFit
    """
    count = chunks[-1].stop if chunks else 0
    report = Report.of(count)
    found = _empty(count, plan.spec.k_params)
    ends: list[Any] = []
    nobs = [np.zeros(0, dtype=np.int64)]
    is_native = request.is_native(plan.engine)
    one_chunk = _fit_native if is_native else _fit_loop
    plan = replace(plan, loops=not is_native)
    names = plan.spec.param_names(exog_names or unnamed(plan.spec.k_exog))
    fixed_params = {names[i]: value for i, value in request.fixed.items()}

    def call(
        batch: Any, chunk: Chunk, tell: Advance | None
    ) -> tuple[Statuses, Engines]:
        part = one_chunk(plan, batch, chunk, request, tell)
        for name in _FITTED:
            found[name][chunk.start : chunk.stop] = part[name]
        ends.append(part["ends"])
        nobs.append(batch.nobs)
        for i, message in part.get("outside", {}).items():
            report.messages[chunk.start + i] = message
        return part["status"], part["engine"]

    def replay(model: Model, i: int) -> object:
        start = request.start_params
        row = None if start is None else start[i if len(start) > 1 else 0]
        return model.fit(row, fixed_params=fixed_params, **request.options())

    run(plan, chunks, report, call, replay, advance)
    _blank(found, report)
    return BatchFit(
        **found,
        param_names=tuple(names),
        nobs=np.concatenate(nobs),
        fixed_params=fixed_params,
        method=request.method or (NATIVE if is_native else "L-BFGS-B"),
        cov_type=request.cov_type,
        spec=plan.spec,
        report=report,
        _plan=plan,
        _exog_names=exog_names,
        _ends=_joined(ends),
        _chunks=chunks,
    )


def future_of(
    exog_future_list: Any, count: int, steps: int, k_exog: int
) -> Floats | None:
    """
    Pack the regressors of forecasts; an element that cannot be used is an error.

    Parameters
    ----------
    exog_future_list : optional
        As for `pack_future`.
    count, steps, k_exog : int
        Sizes of the batch.

    Returns
    -------
    ndarray, shape (count, steps, k_exog), or None
    """
    future, failures = pack_future(exog_future_list, count, steps, k_exog)
    if failures:
        i, message = next(iter(failures.items()))
        raise DataError(f"{message} (element {i} of exog_future_list)")
    return future


def _fit_native(
    plan: Plan, batch: Any, chunk: Chunk, request: FitRequest, tell: Advance | None
) -> dict[str, Any]:
    """Fit a chunk by the compiled core."""
    given = request.start_params
    start = None if given is None else rows_for(given, chunk)
    status: Statuses | None = None
    fixed = None
    if request.fixed:
        if start is None:
            start, _, status = batch.start_params(plan.n_threads, None)
        start = start.copy()
        start[:, list(request.fixed)] = list(request.fixed.values())
        fixed = np.zeros(plan.spec.k_params, dtype=np.uint8)
        fixed[list(request.fixed)] = 1
    maxiter = MAXITER if request.maxiter is None else min(request.maxiter, 2**31 - 1)
    found: dict[str, Any] = batch.fit(start, fixed, maxiter, plan.n_threads, tell)
    found["ends"] = found.pop("end")
    found["converged"] = np.isin(found["ends"], CONVERGED)
    if status is not None:  # no start, no fit
        found["status"] = np.where(status < 0, status, found["status"])
    if given is not None and start is not None:
        found["outside"] = _outside(plan.spec, start, found, request.fixed)
        found["status"][list(found["outside"])] = -18
    return found


def _outside(
    spec: Specification, start: Floats, found: dict[str, Any], fixed: Iterable[int]
) -> dict[int, str]:
    """Say of which series the start parameters cannot be used."""
    suspects = (found["start_flags"] & START_OUTSIDE != 0) & (found["status"] >= 0)
    names = np.array(spec.param_names(unnamed(spec.k_exog)))
    messages = {}
    for i in np.flatnonzero(suspects).tolist():
        with np.errstate(all="ignore"):
            row = spec.core().untransform_params(start[i if len(start) > 1 else 0])
        outside = ~np.isfinite(row)
        outside[list(fixed)] = False
        if outside.any():
            messages[i] = (
                "start_params are outside the region the model enforces: "
                + ", ".join(names[outside])
            )
    return messages


def _fit_loop(
    _plan: Plan,
    batch: LoopBatch,
    chunk: Chunk,
    request: FitRequest,
    tell: Advance | None,
) -> dict[str, Any]:
    """Fit a chunk series by series."""
    start = request.start_params
    if start is not None:
        start = rows_for(start, chunk)
    return batch.fit(start, request.options(), tell)


def _empty(count: int, k_params: int) -> dict[str, Any]:
    """Return the arrays of `_FITTED`."""
    return {
        "params": np.full((count, k_params), np.nan),
        "llf": np.full(count, np.nan),
        "scale": np.full(count, np.nan),
        "nit": np.zeros(count, dtype=np.int64),
        "nfev": np.zeros(count, dtype=np.int64),
        "converged": np.zeros(count, dtype=bool),
    }


def _blank(found: dict[str, Any], report: Report) -> None:
    """Take out what there is of failed series."""
    failed = report.failed
    for name, value in zip(_FITTED, (np.nan, np.nan, np.nan, 0, 0, False), strict=True):
        found[name][failed] = value
    report.engine[failed] = 0
    found["params"].flags.writeable = False


def _joined(ends: list[Any]) -> list[str] | NDArray[np.int32]:
    """Join the ends of chunks: lists of words, or arrays of numbers."""
    if not ends:
        return []
    if isinstance(ends[0], list):
        return [end for part in ends for end in part]
    return np.concatenate(ends)


@functools.cache
def _fit_ends() -> dict[int, str]:
    from ._core import FIT_ENDS

    return FIT_ENDS


def _chosen_chunks(chunks: Iterable[Chunk], chosen: Indices) -> Iterator[Chunk]:
    """Yield the chunks of some series, ascending."""
    for chunk in chunks:
        first, last = np.searchsorted(chosen, (chunk.start, chunk.stop))
        if last - first == chunk.count and first == chunk.start:
            yield chunk
        elif last > first:
            yield chunk.take(chosen[first:last] - chunk.start, int(first))


def _covariances(fit: BatchFit) -> Floats:
    """Return the covariance matrices of all series."""
    count, k_params = fit.params.shape
    found = np.full((count, k_params, k_params), np.nan)
    if fit.cov_type == "none":
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
            found[here] = batch.covariance(COVARIANCES[fit.cov_type], params)
            continue
        matrices, _ = batch.covariance(params, fit.cov_type, plan.n_threads, None)
        inverse = pseudo_inverse(matrices[:, free[:, np.newaxis], free])
        found[here, free[:, np.newaxis], free] = inverse
    found[fit.report.failed] = np.nan
    return found
