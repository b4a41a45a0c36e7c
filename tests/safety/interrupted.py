# SPDX-License-Identifier: BSD-3-Clause
"""Interrupt one long call and print how long it took to come back.

    python tests/safety/interrupted.py name

The signal comes from another thread half a second after the call began; a call
that has ended by then is an error.
"""

import os
import signal
import sys
import threading
import time

import numpy as np

from sarimax_c import Model

LONG_LAG = 4090
NOBS = 5_000_000
STEPS = 5_000_000
DELAY = 0.5


def noise(nobs):
    return np.random.default_rng(1).standard_normal(nobs)


def dense_start():
    """A stationary start in a system of 4090 equations."""
    model = Model(noise(10), order=(LONG_LAG, 0, 0), engine="identical")
    params = np.full(LONG_LAG + 1, 1e-4)
    return lambda: model.loglike(params)


def many_periods():
    """A trend, and so no steady state, over five million periods."""
    order = {"order": (1, 0, 0), "seasonal": (1, 0, 0, 52), "trend": "c"}
    model = Model(noise(NOBS), **order, engine="identical")
    return lambda: model.loglike([0.1, 0.5, 0.3, 1.0])


def many_residuals():
    """As many periods, and their arrays."""
    model = Model(noise(NOBS), seasonal=(1, 0, 0, 52), trend="c", engine="identical")
    return lambda: model.filter([0.1, 0.5, 0.3, 1.0])


def many_parameters():
    """Start parameters: least squares with two thousand columns."""
    model = Model(noise(20_000), order=(0, 0, 1000))
    return lambda: model.start_params


def many_steps():
    """A forecast of two hundred states, five million steps ahead."""
    model = Model(noise(50), order=(0, 0, 0), seasonal=(1, 0, 0, 200))
    return lambda: model.forecast([0.5, 1.0], STEPS)


CALLS = {
    function.__name__: function
    for function in (
        dense_start,
        many_periods,
        many_residuals,
        many_parameters,
        many_steps,
    )
}


class Interrupter:
    """Sends this process a SIGINT; knows when."""

    def __init__(self):
        self.sent = None
        self.timer = threading.Timer(DELAY, self.send)
        self.timer.start()

    def send(self):
        self.sent = time.perf_counter()
        os.kill(os.getpid(), signal.SIGINT)


class Stop(Exception):
    """What a program's own signal handler raises."""


def raise_stop(number, frame):
    raise Stop


def seconds(call, error):
    """From the signal to the exception, which has to be an `error` alone."""
    interrupter = Interrupter()
    try:
        call()
    except BaseException as raised:
        back = time.perf_counter()
        assert type(raised) is error
        assert raised.__cause__ is None and raised.__context__ is None
        return back - interrupter.sent
    interrupter.timer.cancel()
    raise AssertionError("the call ended before the signal")


if __name__ == "__main__":
    CALL = CALLS[sys.argv[1]]()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print(seconds(CALL, KeyboardInterrupt))
    signal.signal(signal.SIGINT, raise_stop)
    print(seconds(CALL, Stop))
