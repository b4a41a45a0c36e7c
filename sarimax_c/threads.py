# SPDX-License-Identifier: BSD-3-Clause
"""
How many threads a batch uses.

An argument decides, else ``SARIMAX_C_NUM_THREADS``, else ``OMP_NUM_THREADS``, which
joblib's loky workers and Dask's worker processes set to their share of the machine,
else the CPUs this process may run on: its affinity and the quota of its container.

A process that `multiprocessing` started (a `Pool`, a `ProcessPoolExecutor`) most
likely has siblings, which would each take all CPUs: there it is one thread, unless the
argument or a variable says otherwise. Threads that call batches at the same time
cannot know of each other: give them ``n_threads=1``, or limit them with a variable.
"""

import functools
import math
import operator
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import SpecError

__all__ = ["available_cpus", "resolve_threads"]

_VARIABLES = ("SARIMAX_C_NUM_THREADS", "OMP_NUM_THREADS")
# What the core counts threads with.
_MOST = 2**31 - 1


def resolve_threads(n_threads: Any = None, count: int | None = None) -> int:
    """
    Return the number of threads for a batch.

    Parameters
    ----------
    n_threads : int or None
        What was asked for; None leaves it to the environment.
    count : int, optional
        Number of series; more threads than these are of no use.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    SpecError
        The argument or a variable is not a positive number.
    TypeError
        The argument is not an integer.
    """
    threads = _default_threads() if n_threads is None else _checked(n_threads)
    return max(1, threads if count is None else min(threads, count))


def available_cpus() -> int:
    """
    Return the number of CPUs this process may use.

    Returns
    -------
    int
        The smaller one of its affinity and, rounded up, the CPU quota of its
        control group.
    """
    if hasattr(os, "sched_getaffinity"):
        cpus = len(os.sched_getaffinity(0))
    else:
        cpus = os.cpu_count() or 1
    quota = _quota_here()
    return cpus if quota is None else max(1, min(cpus, math.ceil(quota)))


def _checked(n_threads: Any) -> int:
    """Return the argument as an int."""
    try:
        threads = operator.index(n_threads)
    except TypeError:
        raise TypeError(f"n_threads must be an integer, got {n_threads!r}") from None
    if not 1 <= threads <= _MOST:
        raise SpecError(f"n_threads must be a positive integer, got {threads}")
    return threads


def _default_threads() -> int:
    """Return what the environment says."""
    for variable in _VARIABLES:
        value = os.environ.get(variable, "").strip()
        if value:
            return _from_variable(variable, value)
    return 1 if _is_multiprocessing_child() else available_cpus()


def _from_variable(variable: str, value: str) -> int:
    """Read a variable; of OpenMP's list of nested levels the first counts."""
    first = value.partition(",")[0].strip()
    if not first.isdecimal() or not 1 <= int(first) <= _MOST:
        raise SpecError(
            f"the environment variable {variable} must be a positive integer, got"
            f" {value!r}"
        )
    return int(first)


def _is_multiprocessing_child() -> bool:
    # A child has the module loaded; elsewhere it need not be imported to know.
    module = sys.modules.get("multiprocessing.process")
    return module is not None and module.parent_process() is not None


@functools.cache
def _quota_here() -> float | None:
    """Return the quota of this process; read once, as it takes several files."""
    return cgroup_quota(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))


def cgroup_quota(membership: Path, mount: Path) -> float | None:
    """
    Return how many CPUs the control groups of a process allow it.

    Parameters
    ----------
    membership : Path
        The file that lists the groups of the process.
    mount : Path
        Where control groups are mounted.

    Returns
    -------
    float or None
        The least quota of the groups and those above them; None without any, and
        on systems without control groups.
    """
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    quotas = []
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:  # version 2: one hierarchy
            quotas += [_quota_v2(folder) for folder in _upwards(mount, path)]
        elif "cpu" in controllers.split(","):
            for name in {controllers, "cpu"}:
                quotas += [_quota_v1(folder) for folder in _upwards(mount / name, path)]
    return min((quota for quota in quotas if quota is not None), default=None)


def _upwards(root: Path, path: str) -> Iterator[Path]:
    """Yield the folder of a group and of those above it, down to the root's."""
    # Inside a container the path may be the host's and not exist: the root then is
    # the container's own group.
    folder = root / path.strip("/")
    while folder != root and root in folder.parents:
        yield folder
        folder = folder.parent
    yield root


def _quota_v2(folder: Path) -> float | None:
    """Read ``cpu.max``: quota (or "max") and period."""
    words = _words(folder / "cpu.max")
    return _ratio(words[0], words[1]) if len(words) == 2 else None


def _quota_v1(folder: Path) -> float | None:
    """Read quota (-1: none) and period of version 1."""
    quota = _words(folder / "cpu.cfs_quota_us")
    period = _words(folder / "cpu.cfs_period_us")
    return _ratio(quota[0], period[0]) if quota and period else None


def _ratio(quota: str, period: str) -> float | None:
    if not (quota.isdecimal() and period.isdecimal() and int(period) > 0):
        return None
    return int(quota) / int(period)


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").split()
    except OSError:
        return []
