# SPDX-License-Identifier: BSD-3-Clause
"""One log-likelihood: ours against statsmodels', and what a call costs by itself."""

import statistics
import timeit
from typing import NamedTuple

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

SECONDS = 4.0  # measuring time of a case
ROUNDS = (9, 51)  # at least, at most
OVERHEAD_TARGET = 3.0  # microseconds beyond the filter itself
OVERHEAD_NOBS = (50, 100, 200, 400)
OVERHEAD_REPEATS = 15


class Case(NamedTuple):
    """A model, its parameters, and the speed ratio it has to reach."""

    order: tuple
    seasonal: tuple
    nobs: int
    params: tuple
    target: float

    @property
    def name(self):
        seasonal = f"({','.join(map(str, self.seasonal))})" if self.seasonal[3] else ""
        return f"({','.join(map(str, self.order))}){seasonal} n={self.nobs}"


CASES = (
    Case((0, 1, 1), (0, 1, 1, 12), 144, (-0.4, -0.55, 1.0), 20),
    Case((2, 1, 2), (1, 1, 1, 12), 500, (0.5, -0.2, 0.3, 0.1, 0.2, -0.6, 1.0), 12),
    Case((1, 1, 1), (1, 1, 1, 24), 1000, (0.5, -0.3, 0.2, -0.6, 1.0), 25),
    Case((1, 0, 1), (1, 1, 1, 52), 520, (0.7, 0.2, 0.2, -0.5, 1.0), 30),
    Case((3, 0, 2), (0, 0, 0, 0), 10_000, (0.5, -0.3, 0.1, 0.4, 0.2, 1.0), 15),
)


def _series(case):
    """A series of the case's kind: random walks within and between the seasons."""
    y = np.random.default_rng(case.nobs).standard_normal(case.nobs)
    for _ in range(case.order[1]):
        y = np.cumsum(y)
    period = case.seasonal[3]
    for _ in range(case.seasonal[1]):
        for t in range(period, len(y)):
            y[t] += y[t - period]
    return y


def _repeats(call, seconds=0.002):
    """Calls that take about ``seconds`` together, so the clock resolves them."""
    return max(1, int(seconds / min(timeit.repeat(call, number=1, repeat=3))))


def _interleaved(ours, theirs):
    """Median seconds of both, measured in turns so that both see the same machine."""
    number = _repeats(ours)
    once = timeit.timeit(theirs, number=1) + number * timeit.timeit(ours, number=1)
    rounds = int(min(max(SECONDS / once, ROUNDS[0]), ROUNDS[1]))
    our_times, their_times = [], []
    for _ in range(rounds):
        our_times.append(timeit.timeit(ours, number=number) / number)
        their_times.append(timeit.timeit(theirs, number=1))
    return statistics.median(our_times), statistics.median(their_times)


def _compare(case):
    y = _series(case)
    params = np.array(case.params)
    model = sx.Model(y, order=case.order, seasonal=case.seasonal, engine="identical")
    oracle = SARIMAX(y, order=case.order, seasonal_order=case.seasonal)
    difference = abs(model.loglike(params) - oracle.loglike(params))
    ours, theirs = _interleaved(
        lambda: model.loglike(params), lambda: oracle.loglike(params)
    )
    return {
        "case": case.name,
        "us": ours * 1e6,
        "ns_per_step": ours / case.nobs * 1e9,
        "statsmodels_us": theirs * 1e6,
        "ratio": theirs / ours,
        "target": case.target,
        "met": theirs / ours >= case.target,
        "difference": difference,
    }


def _overhead(name, make_call):
    """Microseconds of a call with n = 50 beyond its filter.

    The filter's cost is the slope of the time over n times 50.
    """
    times = []
    for nobs in OVERHEAD_NOBS:
        call = make_call(np.random.default_rng(nobs).standard_normal(nobs))
        number = _repeats(call)
        runs = timeit.repeat(call, number=number, repeat=OVERHEAD_REPEATS)
        times.append(statistics.median(runs) / number * 1e6)
    slope = np.polyfit(OVERHEAD_NOBS, times, 1)[0]
    overhead = times[0] - slope * OVERHEAD_NOBS[0]
    return {
        "case": f"(1,0,0) n={OVERHEAD_NOBS[0]}, {name}",
        "us": times[0],
        "filter_us": slope * OVERHEAD_NOBS[0],
        "overhead_us": overhead,
        "target": OVERHEAD_TARGET,
        "met": bool(overhead <= OVERHEAD_TARGET),
    }


def _model_call(y):
    loglike = sx.Model(y, order=(1, 0, 0), engine="identical").loglike
    params = np.array([0.5, 1.0])
    return lambda: loglike(params)


def _function_call(y):
    params = np.array([0.5, 1.0])
    return lambda: sx.sarimax_loglike(y, None, (1, 0, 0), params=params)


def run():
    return [
        *(_compare(case) for case in CASES),
        _overhead("Model.loglike", _model_call),
        _overhead("sarimax_loglike", _function_call),
    ]


def _verdict(row):
    return "met" if row["met"] else "MISSED"


def report(rows):
    lines = [
        f"{'model':<28}{'us':>9}{'ns/step':>9}{'statsmodels us':>16}{'ratio':>8}"
        f"{'target':>8}          {'|difference|':>13}"
    ]
    lines += [
        f"{row['case']:<28}{row['us']:9.1f}{row['ns_per_step']:9.1f}"
        f"{row['statsmodels_us']:16.0f}{row['ratio']:7.1f}x{row['target']:7.0f}x"
        f"  {_verdict(row):<8}{row['difference']:13.1e}"
        for row in rows
        if "ratio" in row
    ]
    lines.append(f"{'call':<34}{'us':>7}{'filter':>8}{'beyond':>8}{'target':>8}")
    lines += [
        f"{row['case']:<34}{row['us']:7.2f}{row['filter_us']:8.2f}"
        f"{row['overhead_us']:8.2f}{row['target']:8.1f}  {_verdict(row)}"
        for row in rows
        if "overhead_us" in row
    ]
    return "\n".join(lines)
