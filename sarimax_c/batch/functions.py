# SPDX-License-Identifier: BSD-3-Clause
"""`batch_loglike` and its kin: the single functions' answers for many series."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import Floats, as_steps
from ..counters import counted_batch
from ..engine import IDENTICAL, STATSMODELS
from ..native import Model
from .chunk import Chunk, Indices, row_of, rows_for
from .job import BatchKeywords, Job, open_job
from .loop import Statuses
from .progress import Advance, open_progress
from .ragged import pack_future
from .results import BatchForecast, BatchResult, FilterBatch
from .run import Call, Engines, Horizon, Replay, Report, run, run_forecast

__all__ = [
    "batch_filter",
    "batch_forecast",
    "batch_loglike",
    "batch_score",
    "by_series",
    "run_job",
]

# The first results of ``_core.Batch.filter``.
_OVER_TIME = (
    "forecasts",
    "forecasts_error",
    "forecasts_error_cov",
    "standardized_forecasts_error",
    "llf_obs",
)


@counted_batch
def batch_loglike(
    y_list: Any = None,
    exog_list: Any = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    **options: Unpack[BatchKeywords],
) -> Floats | BatchResult:
    """
    Return the log-likelihoods of many series.

    Each is what `sarimax_loglike` returns for the series, bit for bit, whatever the
    number of threads and the other series.

    Parameters
    ----------
    y_list : list or tuple of array_like, or ndarray of shape (count, nobs)
        The series, of any lengths, or one in each row. A pandas frame has its series
        in columns: pass ``frame.to_numpy().T``.
    exog_list : optional
        Their regressors: a list or tuple of array_like, each (nobs_i, k_exog); an
        array (count, nobs, k_exog); or one (nobs, k_exog) for all. With ``data``
        an array (rows, k_exog).
    order, seasonal : tuple
        (p, d, q) and (P, D, Q, s), those of all series.
    params : array_like, shape (k_params,) or (count, k_params)
        Parameters: of all series, or of each.
    **options
        Keywords of `Model`, and:
        ``data``, ``indptr``, in place of ``y_list``: all series in one vector, and
        the count + 1 positions at which they begin and the last one ends;
        ``n_threads``, by default all this process may use (`sarimax_c.threads`);
        ``errors``, "raise" (default) or "coerce": what to do about series that
        fail;
        ``full_output=True``: return statuses, messages and engines as well;
        ``progress``: True for a bar of tqdm, or a callable of (done, total).

    Returns
    -------
    ndarray, shape (count,), or BatchResult
        NaN where a series failed and ``errors="coerce"``. There are no warnings:
        a positive status says that observations were skipped or the value is not
        finite.

    Raises
    ------
    BatchError
        Some series failed; the others' results are in it.
    SpecError, DataError, TypeError, NotImplementedError
        An argument as a whole does not make sense.
    KeyboardInterrupt
        Ctrl-C; all threads have ended.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> series = [[1.0, 2.0, 1.5, 3.0], [2.0, 1.0, 2.5]]
    >>> sx.batch_loglike(series, params=[0.5, 1.0]).round(6)
    array([-7.975845, -6.400657])
    """
    job = open_job((y_list, exog_list), order, seasonal, options)
    rows = job.params(params)
    values = np.empty(job.ragged.count)
    return _evaluate(
        job, rows, values, "loglike", lambda model, i: model.evaluate(row_of(rows, i))
    )


@counted_batch
def batch_score(
    y_list: Any = None,
    exog_list: Any = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    **options: Unpack[BatchKeywords],
) -> Floats | BatchResult:
    """
    Return the derivatives of the log-likelihoods of many series.

    Parameters
    ----------
    y_list, exog_list, order, seasonal, params, **options
        As for `batch_loglike`.

    Returns
    -------
    ndarray, shape (count, k_params), or BatchResult
        Each row is what `sarimax_score` returns; the engines of the result are those
        whose derivatives they are.

    Raises
    ------
    BatchError, SpecError, DataError, TypeError, NotImplementedError
        As `batch_loglike`.
    """
    job = open_job((y_list, exog_list), order, seasonal, options)
    rows = job.params(params)
    scores = np.full((job.ragged.count, job.plan.spec.k_params), np.nan)
    return _evaluate(
        job, rows, scores, "score", lambda model, i: model.score(row_of(rows, i))
    )


@counted_batch
def batch_filter(
    y_list: Any = None,
    exog_list: Any = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    **options: Unpack[BatchKeywords],
) -> FilterBatch:
    """
    Run the Kalman filter on many series.

    Parameters
    ----------
    y_list, exog_list, order, seasonal, params, **options
        As for `batch_loglike`; ``full_output`` changes nothing.

    Returns
    -------
    FilterBatch
        Residuals, standardized residuals, one-step forecasts, ...: lists of arrays,
        or arrays with one series a row if ``y_list`` was one.

    Raises
    ------
    BatchError, SpecError, DataError, TypeError, NotImplementedError
        As `batch_loglike`.
    """
    job = open_job((y_list, exog_list), order, seasonal, options)
    rows = job.params(params)
    blocks: list[list[tuple[Indices, Indices, Floats]]] = [[] for _ in range(5)]
    numbers = np.full((2, job.ragged.count), np.nan)
    counts = np.zeros((2, job.ragged.count), dtype=np.int64)

    def call(batch: Any, chunk: Chunk, tell: Advance | None) -> tuple[Statuses, None]:
        *found, status = batch.filter(rows_for(rows, chunk), job.plan.n_threads, tell)
        here = slice(chunk.start, chunk.stop)
        numbers[:, here], counts[:, here] = found[5:7], found[7:]
        for block, values in zip(blocks, found[:5], strict=True):
            block.append((chunk.indptr, batch.nobs, values))
        return status, None

    # The result has messages, whatever was asked for.
    job = replace(job, full_output=True)
    report = run_job(job, call, lambda model, i: model.filter(row_of(rows, i)))
    failed = report.failed
    numbers[:, failed] = np.nan
    counts[:, failed] = [[0], [-1]]
    over_time: dict[str, Any] = {
        name: by_series(block, job, failed)
        for name, block in zip(_OVER_TIME, blocks, strict=True)
    }
    result = FilterBatch(
        **over_time,
        llf=numbers[0],
        scale=numbers[1],
        nobs_skipped=counts[0],
        period_converged=counts[1],
        loglikelihood_burn=job.plan.spec.burn,
        engine_used=STATSMODELS if job.plan.engine == STATSMODELS else IDENTICAL,
        report=report,
    )
    return cast(FilterBatch, job.finish(result, report))


@counted_batch
def batch_forecast(
    y_list: Any = None,
    exog_list: Any = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    steps: int = 1,
    exog_future_list: Any = None,
    **options: Unpack[BatchKeywords],
) -> tuple[Floats, Floats] | BatchForecast:
    """
    Forecast many series.

    Parameters
    ----------
    y_list, exog_list, order, seasonal, params, **options
        As for `batch_loglike`.
    steps : int
        Number of periods.
    exog_future_list : optional
        Regressors of these periods: a list or tuple of array_like, each (steps,
        k_exog), an array (count, steps, k_exog), or one (steps, k_exog) for all.

    Returns
    -------
    mean, var : ndarray, shape (count, steps), or one BatchForecast
        Each row is what `sarimax_forecast` returns. With ``simple_differencing`` and
        regressors the series are taken one by one, on one thread.

    Raises
    ------
    BatchError, SpecError, DataError, TypeError, NotImplementedError
        As `batch_loglike`.
    """
    own = ("params", "steps", "exog_future_list")
    job = open_job((y_list, exog_list), order, seasonal, options, own)
    rows = job.params(params)
    steps = as_steps(steps)
    spec, count = job.plan.spec, job.ragged.count
    future, failures = pack_future(
        exog_future_list, count, steps, spec.k_exog, job.ragged.exog_names
    )

    def replay(model: Model, i: int) -> object:
        return model.forecast(
            row_of(rows, i), steps, None if future is None else future[i]
        )

    report = Report.of(count)
    with open_progress(job.progress, count) as advance:
        mean, var = run_forecast(
            job.plan,
            job.chunks(at_once=True),
            report,
            Horizon(rows, steps, future),
            replay=replay if job.wants_messages else None,
            advance=advance,
        )
    report.fail(failures)
    mean[report.failed] = var[report.failed] = np.nan
    result = BatchForecast(mean, var, report=report)
    finished = job.finish(result if job.full_output else (mean, var), report)
    return cast("tuple[Floats, Floats] | BatchForecast", finished)


def run_job(job: Job, call: Call, replay: Replay) -> Report:
    """
    Run a batch from its arguments.

    Parameters
    ----------
    job : Job
        The arguments.
    call, replay : callable
        As for `batch.run.run`.

    Returns
    -------
    Report
    """
    with open_progress(job.progress, job.ragged.count) as advance:
        return run(
            job.plan,
            job.chunks(at_once=True),
            Report.of(job.ragged.count),
            call,
            replay if job.wants_messages else None,
            advance,
        )


def _evaluate(
    job: Job, rows: Floats, values: Floats, method: str, replay: Replay
) -> Floats | BatchResult:
    """Fill in the values that a method of a batch returns, and say how it went."""

    def call(
        batch: Any, chunk: Chunk, tell: Advance | None
    ) -> tuple[Statuses, Engines]:
        *_, found, status, engine = getattr(batch, method)(
            rows_for(rows, chunk), job.plan.n_threads, tell
        )
        values[chunk.start : chunk.stop] = found
        return status, engine

    report = run_job(job, call, replay)
    if report.any_failed:
        values[report.failed] = np.nan
    result = BatchResult(values, report) if job.full_output else values
    return cast("Floats | BatchResult", job.finish(result, report))


def by_series(
    blocks: list[tuple[Indices, Indices, Floats]], job: Job, failed: NDArray[np.bool_]
) -> Floats | list[Floats]:
    """
    Take what a run gives for each observation apart, series by series.

    Parameters
    ----------
    blocks : list of tuple
        For each chunk the rows at which its series begin, how many values each has
        there, and the values.
    job : Job
        The arguments of the batch.
    failed : ndarray of bool, shape (count,)
        Series of which all is NaN.

    Returns
    -------
    ndarray, shape (count, nobs), or list of ndarray
        The former where the series came as rows of an array.
    """
    if job.ragged.is_table and blocks:
        nobs = int(blocks[0][1][0])
        parts = [found.reshape(len(lengths), -1) for _, lengths, found in blocks]
        table = (parts[0] if len(parts) == 1 else np.concatenate(parts))[:, :nobs]
        table[failed] = np.nan
        return table
    series = [
        found[begin : begin + nobs]
        for indptr, lengths, found in blocks
        for begin, nobs in zip(indptr.tolist(), lengths.tolist(), strict=False)
    ]
    for i in np.flatnonzero(failed).tolist():
        series[i][:] = np.nan
    return series
