# SPDX-License-Identifier: BSD-3-Clause
"""How the series of a batch are fitted, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..engine import AUTO, EXACT
from ..errors import E_DATA
from ..fit import start_problem
from ..fit_native import CONVERGED, NATIVE, START_OUTSIDE, most_iterations
from ..native import Model
from ..spec import Specification
from .chunk import Chunk, rows_for
from .fit_results import BatchFit
from .job import unnamed
from .loop import LoopBatch, Statuses
from .progress import Advance
from .run import Engines, Plan, Report, run

__all__ = ["FitRequest", "fit_chunks"]

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
    cov_type : str
        What standard errors come from: see `sarimax_c.fit.fit`.
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

    def options(self, model: Model) -> dict[str, Any]:
        """
        Return the keywords of the single fit.

        Parameters
        ----------
        model : Model
            The model of the series.
        """
        # By its own names: those of regressors depend on the series.
        names = model.param_names
        return {
            "method": self.method,
            "maxiter": self.maxiter,
            "cov_type": self.cov_type,
            "fixed_params": {names[i]: value for i, value in self.fixed.items()},
        }


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
        return model.fit(row, **request.options(model))

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
    maxiter = most_iterations(request.maxiter)
    found: dict[str, Any] = batch.fit(start, fixed, maxiter, plan.n_threads, tell)
    found["ends"] = found.pop("end")
    found["converged"] = np.isin(found["ends"], CONVERGED)
    if status is not None:  # no start, no fit
        found["status"] = np.where(status < 0, status, found["status"])
    if given is not None and start is not None:
        found["outside"] = _outside(plan.spec, start, found, request.fixed)
        found["status"][list(found["outside"])] = E_DATA
    return found


def _outside(
    spec: Specification, start: Floats, found: dict[str, Any], fixed: Iterable[int]
) -> dict[int, str]:
    """Say of which series the start parameters cannot be used."""
    suspects = (found["start_flags"] & START_OUTSIDE != 0) & (found["status"] >= 0)
    names = spec.param_names(unnamed(spec.k_exog))
    messages = {}
    for i in np.flatnonzero(suspects).tolist():
        given = start[i if len(start) > 1 else 0]
        with np.errstate(all="ignore"):
            row = spec.core().untransform_params(given)
        outside = ~np.isfinite(row)
        outside[list(fixed)] = False
        if outside.any():
            messages[i] = start_problem(given, outside, names)
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
    return batch.fit(start, request.options, tell)


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
