# SPDX-License-Identifier: BSD-3-Clause
"""The drop-in class against statsmodels' own: the calls of a notebook, pandas in."""

import cProfile
import pickle
import pstats
import timeit
import tracemalloc
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

from .cases import AIRLINE, HALF_HOURLY, Case, in_turns, verdict
from .simulated import simulate

SMOOTHED = Case((2, 0, 1), (0, 1, 1, 24), 2000, (0.5, -0.2, 0.3, -0.6, 1.0))
PLAIN = Case((2, 1, 2), (0, 0, 0, 0), 200, (0.5, -0.2, 0.3, 0.2, 1.0))
KEPT = 200
KEPT_THEIRS = 3  # of 12 MB each; the figure is for as many as ours
PROFILED = 8  # parts shown of a call that misses its target


class Row(NamedTuple):
    """A call on a model or its results, and how many times as fast it has to be."""

    name: str
    case: Case
    target: float
    prepare: object  # of a class and a series to what is timed
    writes: bool = False  # whether its time is in the arrays that it returns


def _model(cls, case, y):
    return cls(y, order=case.order, seasonal_order=case.seasonal)


def _fitted(call):
    """Time a call on fitted results; the estimates are ours for both."""

    def prepare(cls, case, y):
        params = np.asarray(_model(sx.SARIMAX, case, y).fit(disp=0).params)
        results = _model(cls, case, y).smooth(params)
        return lambda: call(results, y)

    return prepare


def _append(results, y):
    following = pd.date_range(y.index[-1], periods=2, freq=y.index.freq)[1:]
    return results.append(pd.Series([y.iloc[-12]], index=following, name=y.name))


def _construct(cls, case, y):
    return lambda: _model(cls, case, y)


def _fit(cls, case, y):
    model = _model(cls, case, y)
    return lambda: model.fit(disp=0)


def _smooth(names):
    """Time a smoother whose outputs of these names are read."""

    def prepare(cls, case, y):
        model = _model(cls, case, y)
        params = np.array(case.params)

        def call():
            results = model.smooth(params)
            for name in names:
                getattr(results, name)
            return results

        return call

    return prepare


MEANS = (
    "smoothed_state",
    "smoothed_state_disturbance",
    "smoothed_measurement_disturbance",
)
STATES = ("smoothed_state", "smoothed_state_cov")
COVARIANCES = (
    *("smoothed_state_cov", "smoothed_state_autocov"),
    *("smoothed_state_disturbance_cov", "smoothed_measurement_disturbance_cov"),
)


def _derivative(name):
    """Time derivatives by complex steps of the general filter."""

    def prepare(cls, case, y):
        options = {"order": case.order, "seasonal_order": case.seasonal}
        model = cls(y, use_exact_diffuse=True, **options)
        params = np.array(case.params)
        return lambda: getattr(model, name)(params)

    return prepare


ROWS = (
    Row("fit(disp=0)", AIRLINE, 60, _fit),
    Row("fit(disp=0)", PLAIN, 20, _fit),
    Row("fit(disp=0)", HALF_HOURLY, 300, _fit),
    Row("construction", AIRLINE, 1, _construct),
    Row("forecast(24)", AIRLINE, 5, _fitted(lambda r, _: r.forecast(24))),
    Row("append(1 value)", AIRLINE, 20, _fitted(_append)),
    Row(
        "get_prediction(dynamic)",
        AIRLINE,
        5,
        _fitted(lambda r, _: r.get_prediction(start=100, dynamic=10)),
    ),
    Row("smooth, means", SMOOTHED, 40, _smooth(MEANS)),
    Row("smooth, states", SMOOTHED, 40, _smooth(STATES), True),
    Row("smooth, all read", SMOOTHED, 40, _smooth(MEANS + COVARIANCES), True),
    Row("score_obs, exact diffuse", AIRLINE, 2, _derivative("score_obs")),
    Row("hessian, exact diffuse", AIRLINE, 2, _derivative("hessian")),
)


def _series(case):
    """Logarithms of AirPassengers, or a series of the model."""
    if case.data == "airline":
        y = np.log(case.series())
    else:
        y = simulate(case.order, case.seasonal, case.params[:-1], case.nobs, case.nobs)
    freq = "h" if case.seasonal[3] == 24 else "MS"
    index = pd.date_range("1949-01-01", periods=len(y), freq=freq)
    return pd.Series(y, index=index, name="y")


def _measure(row):
    y = _series(row.case)
    ours = row.prepare(sx.SARIMAX, row.case, y)
    theirs = row.prepare(SARIMAX, row.case, y)
    if timeit.timeit(theirs, number=1) > 2.0:
        times = timeit.repeat(ours, number=1, repeat=9)
        ours_s = sorted(times)[4]
        theirs_s = timeit.timeit(theirs, number=1)
    else:
        ours_s, theirs_s = in_turns(ours, theirs)
    ratio = theirs_s / ours_s
    return {
        "call": row.name,
        "case": row.case.name,
        "ours": ours_s * 1e3,
        "theirs": theirs_s * 1e3,
        "unit": "ms",
        "ratio": ratio,
        "target": row.target,
        "met": ratio >= row.target,
        "profile": []
        if ratio >= row.target
        else [*_profile(ours), *(_writing(ours, theirs_s) if row.writes else ())],
    }


def _writing(call, theirs_s):
    """What it takes to write the arrays of a result, once, without computing them."""
    output = call().smoother_results
    arrays = [value for value in vars(output).values() if isinstance(value, np.ndarray)]
    shapes = [array.shape for array in arrays]

    def write():
        for shape in shapes:
            np.empty(shape).fill(1.0)

    seconds = min(timeit.repeat(write, number=1, repeat=9))
    size = sum(array.nbytes for array in arrays)
    return [
        f"{seconds * 1e3:.1f} ms to allocate and fill its arrays, {size / 1e6:.0f} MB:"
        f" statsmodels takes {theirs_s / seconds:.0f} times that"
    ]


def _profile(call):
    """Where the time of a call goes: its parts, in shares of the whole."""
    profile = cProfile.Profile()
    for _ in range(20):
        profile.runcall(call)
    stats = pstats.Stats(profile).stats
    total = max(entry[3] for entry in stats.values())
    parts = sorted(stats.items(), key=lambda item: -item[1][2])[:PROFILED]
    return [
        f"{own / total:5.0%} {name} ({place.rpartition('/')[2]}:{line})"
        for (place, line, name), (_, _, own, _, _) in parts
    ]


def _size(name, ours, theirs, unit):
    ratio = theirs / ours
    return {
        "call": name,
        "case": AIRLINE.name,
        "ours": ours / unit[0],
        "theirs": theirs / unit[0],
        "unit": unit[1],
        "ratio": ratio,
        "target": 100,
        "met": ratio >= 100,
        "profile": [],
    }


def _pickles():
    """Bytes of a pickled fit; it forecasts, sums up and appends when it is back."""
    y = _series(AIRLINE)
    ours = _model(sx.SARIMAX, AIRLINE, y).fit(disp=0)
    theirs = _model(SARIMAX, AIRLINE, y).smooth(np.asarray(ours.params))
    kept = pickle.dumps(ours)
    back = pickle.loads(kept)
    np.testing.assert_allclose(back.forecast(24), theirs.forecast(24), rtol=1e-8)
    assert "Ljung-Box" in str(back.summary())
    assert _append(back, y).nobs == len(y) + 1
    return _size("pickle of a fit", len(kept), len(pickle.dumps(theirs)), (1e3, "kB"))


def _memory():
    """Bytes of results that are kept, each with a model of its own."""
    y = _series(AIRLINE)
    params = np.asarray(_model(sx.SARIMAX, AIRLINE, y).fit(disp=0).params)
    ours = _kept(lambda: _model(sx.SARIMAX, AIRLINE, y).fit(disp=0), KEPT)
    theirs = _kept(lambda: _model(SARIMAX, AIRLINE, y).smooth(params), KEPT_THEIRS)
    theirs *= KEPT / KEPT_THEIRS
    return _size(f"memory of {KEPT} results", ours, theirs, (1e6, "MB"))


def _kept(make, count):
    make()
    tracemalloc.start()
    results = []
    for _ in range(count):
        results.append(make())
        results[-1].llf  # noqa: B018
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size


def run():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = [_measure(row) for row in ROWS]
        rows += [_pickles(), _memory()]
    for row in rows:
        row["met"] = bool(row["met"])
    return rows


def report(rows):
    lines = [
        "ratios to statsmodels' class in the same process; fits by its defaults",
        f"{'call':<25}{'model':<26}{'ours':>12}{'statsmodels':>16}{'ratio':>9}"
        f"{'target':>8}",
    ]
    for row in rows:
        lines.append(
            f"{row['call']:<25}{row['case']:<26}{row['ours']:9.3f} {row['unit']}"
            f"{row['theirs']:13.2f} {row['unit']}{row['ratio']:8.1f}x"
            f"{row['target']:7.0f}x  {verdict(row)}"
        )
        lines += [f"    {part}" for part in row["profile"]]
    return "\n".join(lines)
