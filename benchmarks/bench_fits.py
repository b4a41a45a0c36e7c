# SPDX-License-Identifier: BSD-3-Clause
"""Fits of the long list of the tests: log-likelihoods against statsmodels' own.

Both parameter vectors are judged by the exact engine, the identical one where that
does not run.
"""

import sys
import timeit

import numpy as np

from .__main__ import HERE

sys.path.append(str(HERE.parent / "tests" / "python"))
from fit_reference import judged, our_fits, statsmodels_fits
from fit_series import fit_series

SHORTFALL = 1e-6  # log-likelihood a fit may be below statsmodels'
SHOWN = 12


def _row(name, case, ours, theirs):
    """One series; statsmodels may have no fit."""
    params = [ours["params"], theirs.get("params", ours["params"])]
    values = judged(case, *map(np.asarray, params))
    gain = values[0] - values[1]
    return {
        "case": name,
        "llf": values[0],
        "gain": gain,
        "met": bool(gain >= -SHORTFALL),
        "converged": ours["converged"],
        "message": ours["message"],
        "statsmodels_converged": theirs.get("converged", False),
        "statsmodels_error": theirs.get("error"),
    }


def run():
    cases = fit_series()
    theirs = statsmodels_fits(list(cases))
    our_fits(dict(list(cases.items())[:9]))  # first calls load what they need
    start = timeit.default_timer()
    ours = our_fits(cases, n_threads=1)
    seconds = timeit.default_timer() - start
    rows = [_row(name, cases[name], ours[name], theirs[name]) for name in cases]
    their_seconds = sum(fit.get("seconds", 0.0) for fit in theirs.values())
    whole = {
        "series": len(rows),
        "seconds": seconds,
        "statsmodels_seconds": their_seconds,
        "ratio": their_seconds / seconds,
        "met": all(row["met"] for row in rows),
    }
    return [whole, *rows]


def _line(row):
    said = "" if row["converged"] else f"  {row['message']}"
    verdict = "" if row["met"] else "  MISSED"
    return f"{row['case']:<50}{row['llf']:14.4f}{row['gain']:12.2e}{said}{verdict}"


def report(rows):
    whole, *rows = rows
    gains = np.array([row["gain"] for row in rows])
    equal = np.abs(gains) <= SHORTFALL
    worst = sorted(rows, key=lambda row: row["gain"])
    unfinished = [row for row in rows if not row["converged"]]
    return "\n".join(
        [
            f"{len(rows)} series: log-likelihood higher than statsmodels' in"
            f" {(gains > SHORTFALL).sum()} (by more than 0.01 in"
            f" {(gains > 0.01).sum()}), equal within {SHORTFALL:.0e} in {equal.sum()},"
            f" lower in {(gains < -SHORTFALL).sum()}",
            f"converged: {len(rows) - len(unfinished)}; statsmodels:"
            f" {sum(row['statsmodels_converged'] for row in rows)}, no fit at all:"
            f" {sum(row['statsmodels_error'] is not None for row in rows)}",
            f"all of them {whole['seconds']:.2f} s on one thread, statsmodels"
            f" {whole['statsmodels_seconds']:.0f} s in processes on all cores together:"
            f" {whole['ratio']:.0f}x",
            f"{'the lowest':<50}{'llf':>14}{'above':>12}",
            *map(_line, worst[:SHOWN]),
            "the highest",
            *map(_line, worst[: -SHOWN // 2 - 1 : -1]),
            "not converged",
            *map(_line, unfinished),
        ]
    )
