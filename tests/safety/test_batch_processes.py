# SPDX-License-Identifier: BSD-3-Clause
"""Batches beside threads, in children of every kind, and stopped by Ctrl-C."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import joblib
import numpy as np
import pytest

import sarimax_c as sx

AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
SERIES = 12.0 * np.random.default_rng(5).normal(size=(200, 120)).cumsum(axis=1)
PARAMS = np.array([-0.4, -0.6, 144.0])
# Seconds from the signal to the end of a process whose batch it stops; 0.2 on an idle
# machine, tests run beside others.
LIMIT = 2.0

# statsmodels has its own Ctrl-C.
DELAYS = [0.3, 0.71] * sx.engine_info()["core_available"]


def loglikes(n_threads: int = 2) -> np.ndarray:
    return np.asarray(
        sx.batch_loglike(SERIES, params=PARAMS, n_threads=n_threads, **AIRLINE)
    )


@contextlib.contextmanager
def running_batches() -> Iterator[None]:
    """Another thread that computes one batch after the other."""
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            loglikes()

    busy = threading.Thread(target=keep_busy)
    busy.start()
    try:
        yield
    finally:
        stop.set()
        busy.join()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_pools(method: str) -> None:
    """Started after batches, and during one."""
    context = multiprocessing.get_context(method)
    expected = loglikes()
    # Children cannot import this module; the function itself they can.
    work = functools.partial(sx.batch_loglike, SERIES, params=PARAMS, **AIRLINE)
    for around in (contextlib.nullcontext(), running_batches()):
        with around, ProcessPoolExecutor(2, mp_context=context) as pool:
            for found in [pool.submit(work, n_threads=n) for n in (1, 2)]:
                assert np.array_equal(found.result(), expected)


@pytest.mark.filterwarnings("ignore")  # loky's
def test_workers_of_loky() -> None:
    """Started after batches, and during one."""
    expected = loglikes()
    work = functools.partial(sx.batch_loglike, SERIES, params=PARAMS, **AIRLINE)
    for around in (contextlib.nullcontext(), running_batches()):
        with around, joblib.Parallel(n_jobs=2, backend="loky") as parallel:
            for found in parallel(joblib.delayed(work)(n_threads=n) for n in (1, 2)):
                assert np.array_equal(found, expected)
        joblib.externals.loky.get_reusable_executor().shutdown(kill_workers=True)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_hundred_forks_during_batches() -> None:
    """The child has no threads of ours, and its own batch starts new ones."""
    expected = loglikes()
    with running_batches():
        for _ in range(100):
            child = os.fork()
            if child == 0:
                os._exit(0 if np.array_equal(loglikes(), expected) else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_calls_from_several_threads() -> None:
    expected = loglikes(1)
    fits = sx.batch_fit(SERIES[:50], n_threads=1, **AIRLINE)

    def work(index: int) -> bool:
        if index % 2:
            fit = sx.batch_fit(SERIES[:50], n_threads=3, **AIRLINE)
            return np.array_equal(fit.params, fits.params)
        return np.array_equal(loglikes(3), expected)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(24)))


def test_no_thread_is_left() -> None:
    before = len(os.listdir("/proc/self/task"))
    loglikes(4)
    assert len(os.listdir("/proc/self/task")) <= before


INTERRUPTED = """
import os, signal, sys, threading, time
import numpy as np
import sarimax_c as sx
y = np.random.default_rng(1).normal(size=(20_000, 150)).cumsum(axis=1)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent may ignore it
threading.Timer({delay}, os.kill, (os.getpid(), signal.SIGINT)).start()
start = time.perf_counter()
try:
    while True:
        sx.batch_fit(y, order=(2, 1, 2), seasonal=(1, 1, 1, 12), n_threads={threads})
except KeyboardInterrupt:
    print(time.perf_counter() - start - {delay}, len(os.listdir("/proc/self/task")))
"""


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("delay", DELAYS)
def test_ctrl_c_ends_a_batch(delay: float, threads: int) -> None:
    script = INTERRUPTED.format(delay=delay, threads=threads)
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        check=True,
        capture_output=True,
        text=True,
    )
    seconds, tasks = done.stdout.split()
    print(f"{float(seconds):.3f} s after the signal, {tasks} thread left")
    assert float(seconds) < LIMIT
    assert int(tasks) == 1


ENDED = """
import sys, threading, time
import numpy as np
import sarimax_c as sx
y = np.random.default_rng(1).normal(size=(20_000, 150)).cumsum(axis=1)
work = lambda: sx.batch_fit(y, order=(2, 1, 2), seasonal=(1, 1, 1, 12), n_threads=3)
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
time.sleep({delay})
sys.exit(7)
"""


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.1, 0.15, 0.2])
def test_the_interpreter_ends_during_a_batch(delay: float) -> None:
    """Threads that nobody waits for are in the middle of batches then."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", ENDED.format(delay=delay)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (7, "")


def test_a_handler_that_returns_lets_the_batch_go_on() -> None:
    expected = loglikes()
    handled: list[int] = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: handled.append(number))
    timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        timer.start()
        while not handled:
            assert np.array_equal(loglikes(), expected)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
