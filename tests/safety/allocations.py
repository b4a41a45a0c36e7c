# SPDX-License-Identifier: BSD-3-Clause
"""Fail the first, second, third, ... allocation of every call.

    python tests/safety/allocations.py hook | interpreter

``hook`` fails the core's own allocations (a build with test hooks),
``interpreter`` those of Python's allocators (in calls of the core alone: numpy's
Python functions turn some into a SystemError). A call has to raise MemoryError or
return what it returns undisturbed. Prints the failures met by each call.
"""

import sys
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from calls import CALLS, CORE_CALLS, THREADED_CALLS

from sarimax_c import _core


class Injector(NamedTuple):
    """Ways to make the n-th allocation from now on fail, and to stop that."""

    calls: dict
    arm: Callable
    disarm: Callable
    # Successes in a row after which the call has no more allocations: a batch does
    # without a thread, Python's allocators survive some failures.
    patience: int


def hook():
    return Injector(
        CALLS | THREADED_CALLS,
        lambda n: _core._fail_allocation(n - 1),  # the ones after it fail too
        lambda: _core._fail_allocation(-2),
        8,
    )


def interpreter():
    import _testcapi

    return Injector(
        CORE_CALLS,
        lambda n: _testcapi.set_nomemory(n, n + 1),
        _testcapi.remove_mem_hooks,
        20,
    )


def as_bytes(result):
    """A result of any call in comparable form."""
    parts = result if isinstance(result, tuple) else (result,)
    return [np.asarray(part).tobytes() for part in parts]


def attempt(call, injector, n):
    """The call's result with the n-th allocation failing; None: MemoryError."""
    injector.arm(n)
    try:
        return call()
    except MemoryError:
        return None
    finally:
        injector.disarm()


def failures(call, injector):
    """Number of allocations whose failure the call reported."""
    expected = as_bytes(call())
    reported = quiet = n = 0
    while quiet < injector.patience:
        n += 1
        result = attempt(call, injector, n)
        if result is None:
            reported += 1
            quiet = 0
        else:
            assert as_bytes(result) == expected
            quiet += 1
        assert as_bytes(call()) == expected
    return reported


if __name__ == "__main__":
    INJECTOR = {"hook": hook, "interpreter": interpreter}[sys.argv[1]]()
    for name, call in INJECTOR.calls.items():
        print(f"{failures(call, INJECTOR)}\t{name}")
