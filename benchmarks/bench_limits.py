# SPDX-License-Identifier: BSD-3-Clause
"""The exact engine up to the limits that bound its work, beside the identical one.

The limits are SX_MAX_GAPS (src/filter/exact.h), SX_MAX_AHEAD (src/filter/future.h),
SX_MAX_FACTOR_DEGREE (src/filter/autocov.h) and max_terms (src/filter/autocov.c).
"""

import timeit

import numpy as np

import sarimax_c as sx

from .cases import AIRLINE, HALF_HOURLY, LONG, MONTHLY, SHORT, repeats

GAPS = (0, 8, 16, 24, 32, 40, 48)
AHEAD = (1, 8, 16, 32, 64)
DEGREES = (8, 32, 128, 512)
ROOTS = (2, 4, 6, 7, 8)  # both at 1 - 2**-root, till one is refused
SEASON = 64  # its moving average is as long as the longest horizon


def _pair(y, what, **options):
    """Microseconds of both engines, the least of some."""
    for engine in ("exact", "identical"):
        model = sx.Model(y, engine=engine, **options)
        number = repeats(lambda m=model: what(m))
        times = timeit.repeat(lambda m=model: what(m), number=number, repeat=9)
        yield 1e6 * min(times) / number


def _gaps(case):
    rng = np.random.default_rng(1)
    for count in GAPS:
        y = case.series()
        y[20 + rng.choice(case.nobs - 25, count, replace=False)] = np.nan
        options = {"order": case.order, "seasonal": case.seasonal}
        yield count, *_pair(y, lambda m: m.loglike(case.params), **options)


def _ahead():
    y = np.random.default_rng(1).standard_normal(6 * SEASON).cumsum()
    options = {"order": (0, 1, 1), "seasonal": (0, 1, 1, SEASON)}
    params = [-0.4, -0.6, 1.0]
    for steps in AHEAD:
        yield steps, *_pair(y, lambda m, h=steps: m.forecast(params, h), **options)


def _degrees():
    y = np.random.default_rng(1).standard_normal(1200)
    for degree in DEGREES:
        options = {"order": ([1, degree], 0, 1), "max_states": 4096}
        yield degree, *_pair(y, lambda m: m.loglike([0.4, 0.3, 0.2, 1.0]), **options)


def _roots():
    y = np.random.default_rng(1).standard_normal(1200)
    for root in ROOTS:
        params = [1.0 - 0.5**root, 1.0 - 0.5**root, 1.0]
        options = {"order": (1, 0, 0), "seasonal": (1, 0, 0, 4)}
        try:
            sx.Model(y, engine="exact", **options).loglike(params)
        except sx.SpecError:
            return
        yield root, *_pair(y, lambda m, p=params: m.loglike(p), **options)


def run():
    cases = {
        f"gaps, {case.name}": _gaps(case)
        for case in (AIRLINE, MONTHLY, HALF_HOURLY, SHORT, LONG)
    }
    cases[f"periods ahead, (0,1,1)(0,1,1,{SEASON})"] = _ahead()
    cases["lag of the autoregression, n=1200"] = _degrees()
    cases["roots of both factors of (1,0,0)(1,0,0,4), n=1200"] = _roots()
    return [
        {"case": name, "size": size, "exact_us": exact, "identical_us": identical}
        for name, rows in cases.items()
        for size, exact, identical in rows
    ]


def report(rows):
    lines = [f"{'':>8}{'exact us':>12}{'identical us':>14}{'share':>8}"]
    for i, row in enumerate(rows):
        if i == 0 or row["case"] != rows[i - 1]["case"]:
            lines.append(row["case"])
        share = row["exact_us"] / row["identical_us"]
        lines.append(
            f"{row['size']:8d}{row['exact_us']:12.1f}{row['identical_us']:14.1f}"
            f"{share:8.2f}"
        )
    return "\n".join(lines)
