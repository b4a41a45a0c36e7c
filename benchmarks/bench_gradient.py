# SPDX-License-Identifier: BSD-3-Clause
"""What the exact gradient saves a fit: calls and time, against differences.

Both are scipy's L-BFGS-B in the same coordinates with the same end; differences cost
a log-likelihood for each parameter and one more.
"""

from unittest.mock import patch

import numpy as np

import sarimax_c as sx
from sarimax_c import climb

from .bench_score import TEN
from .cases import AIRLINE, HALF_HOURLY, MONTHLY, WEEKLY, in_turns
from .simulated import simulate

CASES = (AIRLINE, MONTHLY, TEN, HALF_HOURLY, WEEKLY)
STEP = 1e-7  # of the differences; 1e-8 and 1e-6 take about as many calls
SHORTFALL = 1e-6


class _ByDifferences(climb.ExactObjective):
    """The objective of the exact engine with forward differences for a gradient."""

    def value_and_gradient(self, z):
        value = self.value(z)
        above = [self.value(moved) for moved in z + STEP * np.eye(len(z))]
        return value, (np.array(above) - value) / STEP


def _series(case):
    """AirPassengers, or a series of the model: others have maxima at the border."""
    if case.data:
        return case.series()
    return simulate(case.order, case.seasonal, case.params[:-1], case.nobs, seed=1)


def _measure(case):
    y = _series(case)
    keywords = {"order": case.order, "seasonal": case.seasonal, "engine": "exact"}

    def ours():
        return sx.sarimax_fit(y, method="L-BFGS-B", **keywords)

    def theirs():
        with patch.object(climb, "ExactObjective", _ByDifferences):
            return ours()

    gradient, differences = in_turns(ours, theirs)
    native, _ = in_turns(lambda: sx.sarimax_fit(y, **keywords), ours)
    fits = {"gradient": ours(), "differences": theirs()}
    fits["native"] = sx.sarimax_fit(y, **keywords)
    return {
        "case": case.name,
        "k_params": len(case.params),
        "ms": {
            "native": native * 1e3,
            "gradient": gradient * 1e3,
            "differences": differences * 1e3,
        },
        "calls": {name: fit.nfev for name, fit in fits.items()},
        "above": fits["gradient"].llf - fits["differences"].llf,
        "met": bool(fits["gradient"].llf >= fits["differences"].llf - SHORTFALL),
    }


def run():
    return [_measure(case) for case in CASES]


def report(rows):
    lines = [
        "log-likelihoods (with the gradient: pairs) and ms of a fit; above:"
        " log-likelihood reached with the gradient less that with differences",
        f"{'':<27}{'own search':>17}{'L-BFGS-B':>17}{'differences':>17}{'saved':>16}",
        f"{'model':<24}{'k':>3}"
        + f"{'calls':>8}{'ms':>9}" * 3
        + f"{'calls':>8}{'time':>9}{'above':>10}",
    ]
    for row in rows:
        calls, ms = row["calls"], row["ms"]
        lines.append(
            f"{row['case']:<24}{row['k_params']:3d}"
            + "".join(
                f"{calls[name]:8d}{ms[name]:9.2f}"
                for name in ("native", "gradient", "differences")
            )
            + f"{calls['differences'] / calls['gradient']:7.1f}x"
            f"{ms['differences'] / ms['gradient']:8.1f}x{row['above']:10.1e}"
        )
    return "\n".join(lines)
