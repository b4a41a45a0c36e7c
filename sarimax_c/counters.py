# SPDX-License-Identifier: BSD-3-Clause
"""
How often the compiled core ran, how often statsmodels had to, and why.

The methods of the drop-in classes and of patched statsmodels classes report every call
here with its time, so do batches and whatever runs under the setting "verify". `Model`
and the functions of one series do not: their calls are shorter than the counting.
"""

import functools
import os
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any, ParamSpec, TypeVar, cast

from .engine import resolve_engine

__all__ = [
    "counted_batch",
    "note_call",
    "note_comparison",
    "note_seconds",
    "reset_stats",
    "stats",
]

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_NOT_NATIVE = "statsmodels"


class _Counters:
    """
    The counts since the last reset; one lock guards them.

    Attributes
    ----------
    calls : dict
        Number of calls by (name, engine, reason).
    seconds : dict
        Their time by (name, whether statsmodels ran them).
    compared, differences : int
        Values that two engines computed, and those that differed.
    """

    def __init__(self) -> None:
        # Reentrant: a finalizer may report a call while its thread holds the lock.
        self.lock = threading.RLock()
        self.calls: dict[tuple[str, str, str], int] = {}
        self.seconds: dict[tuple[str, bool], float] = {}
        self.compared = 0
        self.differences = 0

    def add_call(self, key: tuple[str, str, str]) -> None:
        """Count a call; under the lock."""
        self.calls[key] = self.calls.get(key, 0) + 1

    def add_seconds(self, key: tuple[str, bool], seconds: float) -> None:
        """Add to the time of calls; under the lock."""
        self.seconds[key] = self.seconds.get(key, 0.0) + seconds

    def clear(self) -> None:
        """Forget all counts."""
        with self.lock:
            self.calls.clear()
            self.seconds.clear()
            self.compared = self.differences = 0

    def renew_lock(self) -> None:
        """Let go of a lock that another thread held when the process forked."""
        self.lock = threading.RLock()


_counters = _Counters()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_counters.renew_lock)


def note_call(name: str, engine: str, reason: str = "") -> None:
    """
    Count one call of a method.

    Parameters
    ----------
    name : str
        The method, as the user calls it: "loglike", "smooth".
    engine : {'exact', 'identical', 'statsmodels'}
        Where it ran.
    reason : str
        Why statsmodels ran it, or its formulas on the core's filter.
    """
    with _counters.lock:
        _counters.add_call((name, engine, reason))


def note_seconds(name: str, engine: str, seconds: float) -> None:
    """
    Add to the time of calls.

    Parameters
    ----------
    name, engine
        As for `note_call`.
    seconds : float
        How long a call took.
    """
    with _counters.lock:
        _counters.add_seconds((name, engine == _NOT_NATIVE), seconds)


def counted_batch(
    function: Callable[_Arguments, _Result],
) -> Callable[_Arguments, _Result]:
    """
    Count the calls of a function of many series, and their time.

    Parameters
    ----------
    function : callable
        The function; its keyword ``engine`` and the setting say what runs it.

    Returns
    -------
    callable
    """
    name = function.__name__

    @functools.wraps(function)
    def counted(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        begun = perf_counter()
        found = function(*args, **kwargs)
        engine = resolve_engine(cast("str | None", kwargs.get("engine")))
        is_theirs = engine == _NOT_NATIVE
        with _counters.lock:
            _counters.add_call((name, engine, "asked for" if is_theirs else ""))
            _counters.add_seconds((name, is_theirs), perf_counter() - begun)
        return found

    return counted


def note_comparison(differs: bool) -> None:
    """Count one value that the compiled core and statsmodels both computed."""
    with _counters.lock:
        _counters.compared += 1
        _counters.differences += differs


def stats() -> dict[str, Any]:
    """
    Say where the calls of batches, the drop-in and patched statsmodels classes ran.

    Returns
    -------
    dict
        native : dict, number of calls whose filter the compiled core ran, by method;
        formulas : dict of dicts, those among them that ran statsmodels' formulas on
        the core's filter, by method and reason;
        statsmodels : dict of dicts, number of calls that statsmodels ran, by method
        and reason;
        seconds : dict, time spent in all these calls, by method; a call that makes
        others, as ``fit`` does, has their time too;
        statsmodels_seconds : dict, the part of it in calls that statsmodels ran;
        compared : int, values that both computed (the setting "verify");
        differences : int, those of them that differed by more than the tolerance.
        Counted from the start of the process or the last `reset_stats`; a forked
        process goes on from its parent's counts, and keeps its own.
    """
    native: dict[str, int] = {}
    formulas: dict[str, dict[str, int]] = {}
    other: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    theirs: dict[str, float] = {}
    with _counters.lock:
        calls = [(*key, count) for key, count in _counters.calls.items()]
        times = [(*key, spent) for key, spent in _counters.seconds.items()]
        compared, differences = _counters.compared, _counters.differences
    for name, engine, reason, count in calls:
        if engine != _NOT_NATIVE:
            native[name] = native.get(name, 0) + count
        if engine == _NOT_NATIVE or reason:
            kind = other if engine == _NOT_NATIVE else formulas
            reasons = kind.setdefault(name, {})
            reasons[reason] = reasons.get(reason, 0) + count
    for name, by_statsmodels, spent in times:
        seconds[name] = seconds.get(name, 0.0) + spent
        if by_statsmodels:
            theirs[name] = spent
    return {
        "native": native,
        "formulas": formulas,
        "statsmodels": other,
        "seconds": seconds,
        "statsmodels_seconds": theirs,
        "compared": compared,
        "differences": differences,
    }


def reset_stats() -> None:
    """Set all counts of `stats` to zero."""
    _counters.clear()
