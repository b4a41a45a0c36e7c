# SPDX-License-Identifier: BSD-3-Clause
"""One log-likelihood: ours against statsmodels', and what a call costs by itself."""

import statistics
import timeit

import numpy as np

import sarimax_c as sx

from .cases import (
    AIRLINE,
    AIRLINE_GAPS,
    HALF_HOURLY,
    LONG,
    MONTHLY,
    SHORT,
    WEEKLY,
    in_turns,
    microseconds,
    repeats,
    verdict,
)

# (case, times statsmodels to reach, the same with enforce_stationarity=False)
EXACT = (
    (AIRLINE, 200, 170),
    (MONTHLY, 170, 85),
    (HALF_HOURLY, 450, 210),
    (WEEKLY, 1100, 200),
    (SHORT, 60, None),
    (LONG, 130, None),
    (AIRLINE_GAPS, 120, None),
)
IDENTICAL = ((AIRLINE, 20), (MONTHLY, 12), (HALF_HOURLY, 25), (WEEKLY, 30), (LONG, 15))
LANES = 64  # parameter vectors in one call
OVERHEAD_TARGET = 3.0  # microseconds beyond the filter itself
OVERHEAD_NOBS = (50, 100, 200, 400)
OVERHEAD_REPEATS = 15


def _compare(engine, case, target, **options):
    params = np.array(case.params)
    model = case.ours(engine, **options)
    oracle = case.theirs(**options)
    reference = oracle.loglike(params)
    ours, theirs = in_turns(
        lambda: model.loglike(params), lambda: oracle.loglike(params)
    )
    together = np.tile(params, (LANES, 1))
    return {
        "case": case.name,
        "engine": engine,
        "start": "stationary" if not options else "diffuse",
        "us": ours * 1e6,
        "ns_per_step": ours / case.nobs * 1e9,
        "lanes_us": microseconds(lambda: model.loglikes(together)) / LANES,
        "statsmodels_us": theirs * 1e6,
        "ratio": theirs / ours,
        "target": target,
        "met": theirs / ours >= target,
        "difference": abs(model.loglike(params) - reference),
        "auto": case.ours("auto", **options).engine_for(params).engine,
    }


def _overhead(name, make_call):
    """Microseconds of a call with n = 50 beyond its filter.

    The filter's cost is the slope of the time over n times 50.
    """
    times = []
    for nobs in OVERHEAD_NOBS:
        call = make_call(np.random.default_rng(nobs).standard_normal(nobs))
        number = repeats(call)
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
    loglike = sx.Model(y, order=(1, 0, 0)).loglike
    params = np.array([0.5, 1.0])
    return lambda: loglike(params)


def _function_call(y):
    params = np.array([0.5, 1.0])
    return lambda: sx.sarimax_loglike(y, None, (1, 0, 0), params=params)


def run():
    rows = []
    for case, target, diffuse_target in EXACT:
        rows.append(_compare("exact", case, target))
        if diffuse_target:
            options = {"enforce_stationarity": False}
            rows.append(_compare("exact", case, diffuse_target, **options))
    rows += [_compare("identical", case, target) for case, target in IDENTICAL]
    return [
        *rows,
        _overhead("Model.loglike", _model_call),
        _overhead("sarimax_loglike", _function_call),
    ]


def report(rows):
    lines = [
        f"in lanes: microseconds of each of {LANES} parameter vectors in one call;"
        " auto: the engine it takes here",
        f"{'model':<26}{'engine':<10}{'start':<11}{'us':>8}{'ns/step':>8}"
        f"{'in lanes':>9}{'statsmodels':>12}{'ratio':>8}{'target':>7}"
        f"{'':>9}{'|difference|':>13}  auto",
    ]
    lines += [
        f"{row['case']:<26}{row['engine']:<10}{row['start']:<11}{row['us']:8.2f}"
        f"{row['ns_per_step']:8.1f}{row['lanes_us']:9.2f}{row['statsmodels_us']:12.0f}"
        f"{row['ratio']:7.0f}x{row['target']:6.0f}x  {verdict(row):<7}"
        f"{row['difference']:13.1e}  {row['auto']}"
        for row in rows
        if "ratio" in row
    ]
    lines.append(f"{'call':<34}{'us':>7}{'filter':>8}{'beyond':>8}{'target':>8}")
    lines += [
        f"{row['case']:<34}{row['us']:7.2f}{row['filter_us']:8.2f}"
        f"{row['overhead_us']:8.2f}{row['target']:8.1f}  {verdict(row)}"
        for row in rows
        if "overhead_us" in row
    ]
    return "\n".join(lines)
