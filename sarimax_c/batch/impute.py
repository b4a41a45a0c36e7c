# SPDX-License-Identifier: BSD-3-Clause
"""`batch_impute`: the missing values of many series."""

from __future__ import annotations

from typing import Any, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Floats
from ..counters import counted_batch
from ..native import Model
from ..prediction import INTERPOLATE, check_fallback, interpolate
from .chunk import Chunk, Indices, row_of, rows_for
from .functions import by_series, run_job
from .job import BatchKeywords, open_job
from .loop import Statuses
from .progress import Advance
from .results import BatchImputation, Ragged2D

__all__ = ["batch_impute"]


@counted_batch
def batch_impute(
    y_list: Any = None,
    exog_list: Any = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    *,
    variance: bool = True,
    fallback: str | None = None,
    **options: Unpack[BatchKeywords],
) -> tuple[Ragged2D, Ragged2D | None] | BatchImputation:
    """
    Fill the missing observations of many series.

    Parameters
    ----------
    y_list, exog_list, order, seasonal, params, **options
        As for `batch_loglike`.
    variance, fallback
        As for `sarimax_impute`; there are no warnings, but a positive status.

    Returns
    -------
    mean, var : list of ndarray or ndarray, or one BatchImputation
        Each what `sarimax_impute` returns for the series; arrays with one series a row
        if ``y_list`` was one. `var` is None with ``variance=False``.

    Raises
    ------
    BatchError, SpecError, DataError, TypeError, NotImplementedError
        As `batch_loglike`.
    """
    check_fallback(fallback)
    variance = bool(variance)
    job = open_job((y_list, exog_list), order, seasonal, options)
    rows = job.params(params)
    means: list[tuple[Indices, Indices, Floats]] = []
    variances: list[tuple[Indices, Indices, Floats]] = []

    def call(batch: Any, chunk: Chunk, tell: Advance | None) -> tuple[Statuses, None]:
        mean, var, _, status = batch.impute(
            rows_for(rows, chunk), variance, job.plan.n_threads, tell
        )
        means.append((chunk.indptr, batch.nobs, mean))
        variances.append((chunk.indptr, batch.nobs, var))
        return status, None

    def replay(model: Model, i: int) -> object:
        return model.impute(row_of(rows, i), variance=variance)

    report = run_job(job, call, replay)
    mean = by_series(means, job, report.failed)
    var = by_series(variances, job, report.failed) if variance else None
    if fallback == INTERPOLATE:
        for i in np.flatnonzero(report.status > 0).tolist():
            interpolate(mean[i], None if var is None else var[i])
    result = BatchImputation(mean, var, report)
    finished = job.finish(result if job.full_output else (mean, var), report)
    return cast("tuple[Ragged2D, Ragged2D | None] | BatchImputation", finished)
