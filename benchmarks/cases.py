# SPDX-License-Identifier: BSD-3-Clause
"""What the benchmarks share: models, series, and timing in turns."""

import statistics
import timeit
from typing import NamedTuple

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.datasets import load_airpassengers

SECONDS = 3.0  # measuring time of a comparison
ROUNDS = (9, 51)  # at least, at most


class Case(NamedTuple):
    """A model, its parameters, and whose data: None for simulated ones."""

    order: tuple
    seasonal: tuple
    nobs: int
    params: tuple
    data: str | None = None
    gaps: tuple = ()

    @property
    def name(self):
        seasonal = f"({','.join(map(str, self.seasonal))})" if self.seasonal[3] else ""
        gaps = f" {len(self.gaps)} gaps" if self.gaps else ""
        return f"({','.join(map(str, self.order))}){seasonal} n={self.nobs}{gaps}"

    def series(self):
        """AirPassengers, or random walks within and between the seasons."""
        if self.data == "airline":
            y = np.array(load_airpassengers()[1], dtype=float)
        else:
            y = np.random.default_rng(self.nobs).standard_normal(self.nobs)
            for _ in range(self.order[1]):
                y = np.cumsum(y)
            period = self.seasonal[3]
            for _ in range(self.seasonal[1]):
                for t in range(period, len(y)):
                    y[t] += y[t - period]
        y[list(self.gaps)] = np.nan
        return y

    def ours(self, engine, **options):
        return sx.Model(
            self.series(),
            order=self.order,
            seasonal=self.seasonal,
            engine=engine,
            **options,
        )

    def theirs(self, **options):
        return SARIMAX(
            self.series(), order=self.order, seasonal_order=self.seasonal, **options
        )


AIRLINE = Case((0, 1, 1), (0, 1, 1, 12), 144, (-0.31, -0.08, 137.0), "airline")
AIRLINE_GAPS = AIRLINE._replace(gaps=(20, 55, 56, 101))
MONTHLY = Case((2, 1, 2), (1, 1, 1, 12), 500, (0.5, -0.2, 0.3, 0.1, 0.2, -0.6, 1.0))
HALF_HOURLY = Case((1, 1, 1), (1, 1, 1, 24), 1000, (0.5, -0.3, 0.2, -0.6, 1.0))
WEEKLY = Case((1, 0, 1), (1, 1, 1, 52), 520, (0.7, 0.2, 0.2, -0.5, 1.0))
HOURLY = Case((1, 0, 1), (1, 1, 1, 168), 1008, (0.7, 0.2, 0.2, -0.5, 1.0))
SHORT = Case((1, 1, 1), (0, 0, 0, 0), 200, (0.5, -0.3, 1.0))
LONG = Case((3, 0, 2), (0, 0, 0, 0), 10_000, (0.5, -0.3, 0.1, 0.4, 0.2, 1.0))


def repeats(call, seconds=0.002):
    """Calls that take about ``seconds`` together, so the clock resolves them."""
    return max(1, int(seconds / min(timeit.repeat(call, number=1, repeat=3))))


def microseconds(call, rounds=25):
    """Median time of a call."""
    number = repeats(call)
    times = timeit.repeat(call, number=number, repeat=rounds)
    return statistics.median(times) / number * 1e6


def in_turns(ours, theirs, seconds=0.002):
    """Median seconds of both, measured in turns so that both see the same machine.

    A turn of ours lasts about ``seconds``.
    """
    number = repeats(ours, seconds)
    once = timeit.timeit(theirs, number=1) + number * timeit.timeit(ours, number=1)
    rounds = int(min(max(SECONDS / once, ROUNDS[0]), ROUNDS[1]))
    our_times, their_times = [], []
    for _ in range(rounds):
        our_times.append(timeit.timeit(ours, number=number) / number)
        their_times.append(timeit.timeit(theirs, number=1))
    return statistics.median(our_times), statistics.median(their_times)


def alternately(*calls, rounds=ROUNDS[1]):
    """Median seconds of short calls, about 2 ms of each in turn."""
    numbers = [repeats(call) for call in calls]
    pairs = list(zip(calls, numbers, strict=True))
    times = [
        [timeit.timeit(call, number=number) / number for call, number in pairs]
        for _ in range(rounds)
    ]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def verdict(row):
    return "met" if row["met"] else "MISSED"
