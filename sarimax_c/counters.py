# SPDX-License-Identifier: BSD-3-Clause
"""
How often the compiled core ran, how often statsmodels had to, and why.

The methods of the drop-in classes and of patched statsmodels classes report every call
here, as does whatever runs under the setting "verify". `Model` and the functions do
not: their calls are shorter than the counting.
"""

import os
import threading
from typing import Any

__all__ = ["note_call", "note_comparison", "reset_stats", "stats"]

_NOT_NATIVE = "statsmodels"


class _Counters:
    """
    The counts since the last reset; one lock guards them.

    Attributes
    ----------
    calls : dict
        Number of calls and seconds by (name, engine, reason).
    compared, differences : int
        Values that two engines computed, and those that differed.
    """

    def __init__(self) -> None:
        # Reentrant: a finalizer may report a call while its thread holds the lock.
        self.lock = threading.RLock()
        self.calls: dict[tuple[str, str, str], list[Any]] = {}
        self.compared = 0
        self.differences = 0

    def clear(self) -> None:
        """Forget all counts."""
        with self.lock:
            self.calls.clear()
            self.compared = self.differences = 0

    def renew_lock(self) -> None:
        """Let go of a lock that another thread held when the process forked."""
        self.lock = threading.RLock()


_counters = _Counters()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_counters.renew_lock)


def note_call(name: str, engine: str, reason: str = "", seconds: float = 0.0) -> None:
    """
    Count one call of a method.

    Parameters
    ----------
    name : str
        The method, as the user calls it: "loglike", "smooth".
    engine : {'exact', 'identical', 'statsmodels'}
        Where it ran.
    reason : str
        Why statsmodels ran it.
    seconds : float
        How long it took, 0 where nobody measured.
    """
    key = (name, engine, reason)
    with _counters.lock:
        entry = _counters.calls.get(key)
        if entry is None:
            _counters.calls[key] = [1, seconds]
        else:
            entry[0] += 1
            entry[1] += seconds


def note_comparison(differs: bool) -> None:
    """Count one value that the compiled core and statsmodels both computed."""
    with _counters.lock:
        _counters.compared += 1
        _counters.differences += differs


def stats() -> dict[str, Any]:
    """
    Say where the calls of the drop-in and of patched statsmodels classes ran.

    Returns
    -------
    dict
        native : dict, number of calls that the compiled core ran, by method;
        statsmodels : dict of dicts, number of calls that statsmodels ran, by method
        and reason;
        seconds : dict, time spent in calls, by method, where it is measured;
        compared : int, values that both computed (the setting "verify");
        differences : int, those of them that differed by more than the tolerance.
        Counted from the start of the process or the last `reset_stats`; a forked
        process goes on from its parent's counts, and keeps its own.
    """
    native: dict[str, int] = {}
    other: dict[str, dict[str, int]] = {}
    seconds: dict[str, float] = {}
    with _counters.lock:
        calls = [(*key, *entry) for key, entry in _counters.calls.items()]
        compared, differences = _counters.compared, _counters.differences
    for name, engine, reason, count, spent in calls:
        if engine == _NOT_NATIVE:
            reasons = other.setdefault(name, {})
            reasons[reason] = reasons.get(reason, 0) + count
        else:
            native[name] = native.get(name, 0) + count
        if spent:
            seconds[name] = seconds.get(name, 0.0) + spent
    return {
        "native": native,
        "statsmodels": other,
        "seconds": seconds,
        "compared": compared,
        "differences": differences,
    }


def reset_stats() -> None:
    """Set all counts of `stats` to zero."""
    _counters.clear()
