# SPDX-License-Identifier: BSD-3-Clause
"""Interrupt calls of every kind at random moments, a hundred times in one process.

    python tests/safety/interrupted_often.py [times]

Prints for each kind how long the exceptions took after their signals, and what the
process has more of afterwards. An exception that is not KeyboardInterrupt, a result
that is another one afterwards, and a thread that is left are errors.
"""

import gc
import os
import signal
import sys
import threading
import time
import warnings

import numpy as np
from repeat import resident

import sarimax_c as sx

SHORTEST_DELAY, LONGEST_DELAY = 0.002, 0.08
AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
YEARLY = {"order": (1, 0, 1), "seasonal": (1, 0, 1, 52)}
PARAMS = np.array([0.4, -0.3, 0.3, -0.2, 1.5])
RNG = np.random.default_rng(17)
ROWS = 12.0 * RNG.normal(size=(2000, 120)).cumsum(axis=1)
ROWS[::3, 40:44] = np.nan
LONG = RNG.normal(size=20_000)
MODEL = sx.Model(LONG, **YEARLY, engine="identical")
BATCH = {"params": np.array([-0.4, -0.6, 144.0]), "n_threads": 3, **AIRLINE}


def smooth():
    """The drop-in class, whose filter and smoother are those of any model."""
    model = sx.SARIMAX(LONG[:4000], order=(2, 1, 2), seasonal_order=(1, 1, 0, 12))
    return model.smooth([0.2, 0.1, 0.3, 0.1, 0.2, 1.5]).smoothed_state


CALLS = {
    "loglike": lambda: MODEL.loglike(PARAMS),
    "filter": lambda: MODEL.filter(PARAMS).llf_obs,
    "hessian": lambda: MODEL._backend.hessian(PARAMS),
    "start": lambda: sx.Model(LONG, **YEARLY).start_params,
    "impute": lambda: sx.Model(np.where(LONG > 2.0, np.nan, LONG), **YEARLY).impute(
        PARAMS
    )[0],
    "rolling": lambda: sx.rolling_forecast(
        LONG, None, (1, 0, 1), (1, 0, 1, 52), PARAMS, 12
    )[0],
    "fit": lambda: sx.sarimax_fit(LONG[:3000], None, *YEARLY.values()).params,
    "drop-in": smooth,
    "batch_loglike": lambda: sx.batch_loglike(ROWS, **BATCH),
    "batch_score": lambda: sx.batch_score(ROWS, **BATCH),
    "batch_filter": lambda: sx.batch_filter(ROWS, **BATCH).llf,
    "batch_forecast": lambda: sx.batch_forecast(ROWS, steps=24, **BATCH)[0],
    "batch_impute": lambda: np.concatenate(list(sx.batch_impute(ROWS, **BATCH)[0])),
    "batch_fit": lambda: sx.batch_fit(ROWS[:300], n_threads=3, **AIRLINE).params,
}


class Interrupter:
    """Sends this process a SIGINT after so many seconds; knows when it did."""

    def __init__(self, delay):
        self.sent = None
        self.timer = threading.Timer(delay, self.send)

    def send(self):
        self.sent = time.perf_counter()
        os.kill(os.getpid(), signal.SIGINT)


def seconds(call, delay):
    """From the signal to the KeyboardInterrupt, calls following each other."""
    interrupter = Interrupter(delay)
    try:
        interrupter.timer.start()
        while True:
            call()
    except KeyboardInterrupt:
        back = time.perf_counter()
    interrupter.timer.join()
    return back - interrupter.sent


def tasks():
    return len(os.listdir("/proc/self/task"))


def none_is_left(before):
    """Whether there are no more threads; the timer's takes a moment to be gone."""
    end = time.perf_counter() + 1.0
    while tasks() > before and time.perf_counter() < end:
        time.sleep(0.001)
    return tasks() == before


def same(found, expected):
    return np.array_equal(np.asarray(found), expected, equal_nan=True)


def main(times):
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    expected = {name: np.asarray(call()) for name, call in CALLS.items()}
    names = list(CALLS)
    took = {name: [] for name in names}
    before, memory = tasks(), 0
    for number in range(times):
        name = names[number % len(names)]
        took[name].append(
            seconds(CALLS[name], RNG.uniform(SHORTEST_DELAY, LONGEST_DELAY))
        )
        assert none_is_left(before), name
        if number == times // 4:
            memory = resident()
    for name, call in CALLS.items():
        assert same(call(), expected[name]), name
    gc.collect()
    for name in names:
        print(f"{name}: {max(took[name], default=0.0):.4f} s at most")
    every = sorted(value for values in took.values() for value in values)
    print(f"{len(every)} times KeyboardInterrupt; {resident() - memory} bytes more")
    print(*every)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
