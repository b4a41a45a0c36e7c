# SPDX-License-Identifier: BSD-3-Clause
"""How every batch runs: chunk by chunk, with a status and a message per series."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..engine import STATSMODELS, VERIFY, load_core
from ..errors import E_DATA, SarimaxError
from ..native import Model, bind_model
from ..spec import Specification
from .chunk import Chunk, rows_for
from .loop import ENGINES, LoopBatch, Statuses
from .progress import Advance

if TYPE_CHECKING:
    from .. import _core
    from .verifying import VerifyingBatch

__all__ = ["Horizon", "Plan", "Report", "run", "run_forecast", "status_text"]

Engines = NDArray[np.uint8]
# A chunk's batch, the chunk, progress; to statuses and engines.
Call = Callable[[Any, Chunk, "Advance | None"], "tuple[Statuses, Engines | None]"]
# The single call on one series of the batch, for its message.
Replay = Callable[[Model, int], object]


@dataclass(slots=True)
class Plan:
    """
    What the chunks of a batch have in common.

    Attributes
    ----------
    spec : Specification
        The model of all series.
    engine : str
        The engine, as `resolve_engine` says.
    n_threads : int
        Most threads to use.
    loops : bool
        Whether series are taken one by one, also with a compiled engine.
    verifies : bool
        Whether statsmodels computes each series as well (`sarimax_c.verify`).
    """

    spec: Specification
    engine: str
    n_threads: int
    loops: bool = False
    verifies: bool = False

    @property
    def core_copies(self) -> bool:
        """Whether ``_core.Batch`` alone sees the rows of a chunk before it has run."""
        return not (
            self.loops
            or self.engine == STATSMODELS
            or self.verifies
            or self.spec.simple_differencing
        )

    def open(self, chunk: Chunk) -> _core.Batch | LoopBatch | VerifyingBatch:
        """
        Return what computes the series of a chunk.

        Parameters
        ----------
        chunk : Chunk
            The series; not changed.
        """
        if self.loops or self.engine == STATSMODELS:
            return LoopBatch(self.spec, chunk, VERIFY if self.verifies else self.engine)
        core = cast(ModuleType, load_core())
        endog, exog = chunk.endog, chunk.exog
        if self.spec.simple_differencing:  # in place
            endog, exog = endog.copy(), None if exog is None else exog.copy()
        batch: _core.Batch = core.Batch(
            self.spec.core(), endog, exog, chunk.indptr, self.engine, chunk.source
        )
        if self.verifies:
            from .verifying import VerifyingBatch

            return VerifyingBatch(batch, self.spec, chunk)
        return batch


@dataclass(slots=True)
class Report:
    """
    How the series of a batch went.

    Attributes
    ----------
    status : ndarray of int32, shape (count,)
        Negative where a series failed.
    engine : ndarray of uint8, shape (count,)
        Positions in `ENGINES`.
    messages : dict
        What the single call says of a failed series, by position.
    is_clean : bool
        Whether a run has found that no series failed.
    """

    status: Statuses
    engine: Engines
    messages: dict[int, str] = field(default_factory=dict)
    is_clean: bool = False

    @classmethod
    def of(cls, count: int) -> Report:
        """
        Return one of a batch that has not run.

        Parameters
        ----------
        count : int
            Number of series.
        """
        return cls(np.zeros(count, np.int32), np.zeros(count, np.uint8))

    @property
    def engine_names(self) -> NDArray[np.str_]:
        """Name of each series' engine; empty where it failed, shape (count,)."""
        return np.array(ENGINES)[self.engine]

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Tell which series failed, shape (count,)."""
        return self.status < 0

    @property
    def any_failed(self) -> bool:
        """Whether a series failed."""
        return not self.is_clean and bool(np.count_nonzero(self.failed))

    def take(self, chunk: Chunk, status: Statuses, engine: Engines | None) -> None:
        """
        Add what a run says of a chunk.

        Parameters
        ----------
        chunk : Chunk
            Its series.
        status, engine : ndarray, shape (chunk.count,), or None
            Theirs, kept if they are those of all series; no engine is none.
        """
        if engine is None:
            engine = np.zeros(chunk.count, np.uint8)
        if chunk.count == len(self.status):
            self.status, self.engine = status, engine
        else:
            here = slice(chunk.start, chunk.stop)
            self.status[here], self.engine[here] = status, engine

    def fail(self, failures: dict[int, str], status: int = E_DATA) -> None:
        """
        Add failures found outside the run.

        Parameters
        ----------
        failures : dict
            Messages by position; those of series that failed before stay.
        status : int
            Their status.
        """
        self.is_clean = self.is_clean and not failures
        for i, message in failures.items():
            if self.status[i] >= 0:
                self.status[i], self.messages[i], self.engine[i] = status, message, 0


def run(
    plan: Plan,
    chunks: Iterable[Chunk],
    report: Report,
    call: Call,
    replay: Replay | None,
    advance: Advance | None = None,
) -> Report:
    """
    Run a batch.

    Parameters
    ----------
    plan : Plan
        What to do.
    chunks : iterable of Chunk
        The series.
    report : Report
        Where statuses go.
    call : callable
        Computes a chunk.
    replay : callable or None
        The single call, for the message of a failure; None where none is wanted.
    advance : callable, optional
        Called with the number of series done.

    Returns
    -------
    Report
        The same.
    """
    is_clean = True
    for chunk in chunks:
        batch = plan.open(chunk)
        status, engine = call(batch, chunk, _within(chunk, advance))
        report.take(chunk, status, engine)
        if chunk.failures:
            report.fail({chunk.start + i: text for i, text in chunk.failures.items()})
        failed = status < 0
        if chunk.failures or np.count_nonzero(failed):
            is_clean = False
            if replay is not None:
                _note_messages(report, (plan, batch, chunk), failed, replay)
        if advance is not None:
            advance(chunk.stop)
    report.is_clean = is_clean
    return report


def _note_messages(
    report: Report,
    ran: tuple[Plan, Any, Chunk],
    failed: NDArray[np.bool_],
    replay: Replay,
) -> None:
    """Say of each series of a chunk that failed in its run why."""
    plan, batch, chunk = ran
    known = getattr(batch, "messages", {})
    for i in np.flatnonzero(failed).tolist():
        number = chunk.start + i
        if number not in report.messages:
            message = known.get(i) or _explain(plan, chunk, i, replay)
            report.messages[number] = message or status_text(report.status[number])


@dataclass(frozen=True, slots=True)
class Horizon:
    """
    What to forecast, and from which parameters.

    Attributes
    ----------
    params : ndarray, shape (1, k_params) or (count, k_params)
        Parameters of all series or of each.
    steps : int
        Number of periods.
    exog_future : ndarray, shape (count, steps, k_exog), or None
        Regressors of these periods.
    """

    params: Floats
    steps: int
    exog_future: Floats | None


def run_forecast(
    plan: Plan,
    chunks: Iterable[Chunk],
    report: Report,
    horizon: Horizon,
    *,
    replay: Replay | None,
    advance: Advance | None,
) -> tuple[Floats, Floats]:
    """
    Forecast packed series.

    Parameters
    ----------
    plan, chunks, report, replay, advance
        As for `batch_run.run`.
    horizon : Horizon
        What to forecast.

    Returns
    -------
    mean, var : ndarray, shape (count, steps)
    """
    steps, future = horizon.steps, horizon.exog_future
    mean, var = np.full((2, len(report.status), steps), np.nan)
    if plan.spec.simple_differencing and plan.spec.k_exog:
        # The regressors need differencing across the end of the data.
        plan = replace(plan, loops=True)

    def call(
        batch: Any, chunk: Chunk, tell: Advance | None
    ) -> tuple[Statuses, Engines]:
        here = slice(chunk.start, chunk.stop)
        part = None if future is None else np.ascontiguousarray(future[here])
        params = rows_for(horizon.params, chunk)
        mean[here], var[here], _, status, engine = batch.forecast(
            params, steps, part, plan.n_threads, tell
        )
        return status, engine

    run(plan, chunks, report, call, replay, advance)
    return mean, var


def status_text(status: int) -> str:
    """
    Return what the core says of a status.

    Parameters
    ----------
    status : int
        Any; empty if it is none, or where there is no core.
    """
    try:
        from .._core import STATUS
    except ImportError:
        return ""
    return dict(STATUS.values()).get(int(status), "")


def _within(chunk: Chunk, advance: Advance | None) -> Advance | None:
    """Return what counts the series of a chunk for the batch."""
    if advance is None:
        return None
    return lambda done: advance(chunk.start + done)


def _explain(plan: Plan, chunk: Chunk, i: int, replay: Replay) -> str:
    """Return what the single call says of a series that failed."""
    problem = chunk.describe(i)
    if problem:
        return problem
    endog, exog = chunk.series(i)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            replay(bind_model(plan.spec, endog, exog, plan.engine), chunk.start + i)
        except SarimaxError as error:
            return str(error)
    return ""
