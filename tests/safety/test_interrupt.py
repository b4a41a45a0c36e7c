# SPDX-License-Identifier: BSD-3-Clause
"""Ctrl-C ends a long call soon; a handler that raises nothing changes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import interrupted
import numpy as np
import pytest

from sarimax_c import Model, _core

SCRIPT = Path(interrupted.__file__)
# Seconds. A call is to come back within 0.2 on an idle machine; tests run beside
# others, and with sanitizers.
LIMIT = 1.0


@pytest.mark.parametrize("name", interrupted.CALLS)
def test_an_interrupted_call_comes_back(name: str) -> None:
    lines = subprocess.run(
        [sys.executable, str(SCRIPT), name],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()
    print(f"{name}: {lines} s after the signal")
    assert len(lines) == 2
    assert max(float(line) for line in lines) < LIMIT


def _model() -> Model:
    """One whose log-likelihood takes longer than signals wait to be handled."""
    y = interrupted.noise(200_000)
    return Model(y, seasonal=(1, 0, 0, 52), trend="c", engine="identical")


PARAMS = np.array([0.1, 0.5, 0.3, 1.0])


def test_a_handler_that_returns_lets_the_call_go_on() -> None:
    model = _model()
    expected = model.loglike(PARAMS)
    handled: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: handled.append(number))
    timer = threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        found = model.loglike(PARAMS)
        timer.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert found == expected
    assert handled == [signal.SIGUSR1]


def test_a_call_of_another_thread_is_not_interrupted() -> None:
    """Handlers are for the main thread, which here waits for the other one."""
    model = _model()
    expected = model.loglike(PARAMS)
    found: list[float] = []

    def raise_stop(number: int, frame: object) -> None:
        raise interrupted.Stop

    before = signal.signal(signal.SIGUSR1, raise_stop)
    caller = threading.Thread(target=lambda: found.append(model.loglike(PARAMS)))
    try:
        with pytest.raises(interrupted.Stop):
            caller.start()
            os.kill(os.getpid(), signal.SIGUSR1)
            caller.join()
    finally:
        signal.signal(signal.SIGUSR1, before)
    caller.join()
    assert found == [expected]


# Bytes: what interrupted calls leave behind. Each has arrays of two million; the
# address sanitizer keeps what is freed for a while.
LEFT = (512 if hasattr(_core, "_fail_allocation") else 32) << 20


def test_a_hundred_calls_interrupted_at_random_moments() -> None:
    """Of every kind; the script itself looks for threads and at the results after."""
    lines = subprocess.run(
        [sys.executable, str(SCRIPT.with_name("interrupted_often.py")), "100"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    print("\n".join(lines[:-1]))
    took = [float(word) for word in lines[-1].split()]
    assert len(took) == 100
    assert took[50] < LIMIT / 10
    assert took[-1] < LIMIT
    assert int(lines[-2].split()[-3]) < LEFT
