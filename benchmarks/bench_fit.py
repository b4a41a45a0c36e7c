# SPDX-License-Identifier: BSD-3-Clause
"""Fits: time and the log-likelihood reached, against statsmodels' SARIMAX.fit.

Both parameter vectors are judged by the exact engine: statsmodels' own value is
rounding noise at 5e-4 on the logarithms of a price index.
"""

import statistics
import timeit
import warnings

import numpy as np
import statsmodels.api as sm
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.datasets import load_airpassengers, load_co2

from .cases import in_turns

RATIO_TARGET = 150  # the airline model on AirPassengers
SHORTFALL = 1e-6  # log-likelihood a fit may be below statsmodels'
AIRLINE = ((0, 1, 1), (0, 1, 1, 12))
MACRO = ("realgdp", "realcons", "realinv", "realdpi", "cpi", "m1", "pop")
RATES = ("tbilrate", "unemp", "infl", "realint")


def _airline_like(seed):
    """144 months of an airline process, coefficients drawn."""
    rng = np.random.default_rng(seed)
    theta, seasonal = rng.uniform(-0.8, 0.3), rng.uniform(-0.8, 0.0)
    e = rng.standard_normal(157)
    w = e[13:] + theta * e[12:-1] + seasonal * e[1:-12] + theta * seasonal * e[:-13]
    y = np.cumsum(w)
    for t in range(12, len(y)):
        y[t] += y[t - 12]
    return 100.0 * y


def _arma_like(seed):
    """300 values of an ARMA(2, 1) process."""
    rng = np.random.default_rng(seed)
    e = rng.standard_normal(351)
    y = np.zeros(351)
    for t in range(2, 351):
        y[t] = 0.9 * y[t - 1] - 0.3 * y[t - 2] + e[t] + 0.4 * e[t - 1]
    return y[51:]


def series():
    """Triples (name, series, model keywords): 22 real ones and 22 simulated."""
    passengers = np.asarray(load_airpassengers()[1], dtype=float)
    macro = sm.datasets.macrodata.load_pandas().data
    weekly = np.asarray(load_co2()[1], dtype=float)[-520:]
    sunspots = sm.datasets.sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    nile = sm.datasets.nile.load_pandas().data["volume"].to_numpy(dtype=float)
    quarterly = {"order": (1, 1, 1), "seasonal": (0, 1, 1, 4)}
    airline = {"order": AIRLINE[0], "seasonal": AIRLINE[1]}
    found = [
        ("airline", passengers, airline),
        ("log airline", np.log(passengers), airline),
        ("airline (1,1,1)", passengers, {**airline, "order": (1, 1, 1)}),
        ("log airline (2,1,1)", np.log(passengers), {**airline, "order": (2, 1, 1)}),
        ("airline (1,1,0)(1,1,0)", passengers, _model((1, 1, 0), (1, 1, 0, 12))),
        ("co2 (1,1,1)", weekly, {"order": (1, 1, 1)}),
        ("co2 (2,1,2)", weekly, {"order": (2, 1, 2)}),
        ("sunspots (3,0,0)", sunspots, {"order": (3, 0, 0), "trend": "c"}),
        ("sunspots (2,0,1)", sunspots, {"order": (2, 0, 1), "trend": "c"}),
        ("nile (0,1,1)", nile, {"order": (0, 1, 1)}),
        ("nile (1,0,1) c", nile, {"order": (1, 0, 1), "trend": "c"}),
    ]
    found += [
        (f"log {name}", np.log(macro[name].to_numpy()), quarterly) for name in MACRO
    ]
    found += [(name, macro[name].to_numpy(), {"order": (2, 0, 1)}) for name in RATES]
    found += [(f"simulated airline {i}", _airline_like(i), airline) for i in range(14)]
    arma = {"order": (2, 0, 1)}
    return found + [(f"simulated ARMA {i}", _arma_like(i), arma) for i in range(8)]


def _model(order, seasonal):
    return {"order": order, "seasonal": seasonal}


def _theirs(y, keywords):
    keywords = dict(keywords)
    seasonal = keywords.pop("seasonal", (0, 0, 0, 0))
    return SARIMAX(y, seasonal_order=seasonal, **keywords).fit(disp=0)


def _gain(y, keywords, ours, theirs):
    """Difference of true log-likelihoods, or of statsmodels' where one is not had."""
    try:
        judge = sx.Model(y, engine="exact", **keywords)
        return judge.loglike(ours) - judge.loglike(theirs)
    except sx.SpecError:
        judge = sx.Model(y, engine="identical", **keywords)
        return judge.loglike(ours) - judge.loglike(theirs)


def _one(name, y, keywords):
    """Both fits of a series, timed once (statsmodels') and as a median (ours)."""
    start = timeit.default_timer()
    oracle = _theirs(y, keywords)
    theirs = timeit.default_timer() - start
    fit = sx.sarimax_fit(y, **keywords)
    times = timeit.repeat(lambda: sx.sarimax_fit(y, **keywords), number=1, repeat=5)
    judged = _gain(y, keywords, fit.params, np.asarray(oracle.params))
    return {
        "case": name,
        "ms": statistics.median(times) * 1e3,
        "statsmodels_ms": theirs * 1e3,
        "ratio": theirs / statistics.median(times),
        "nfev": fit.nfev,
        "gain": judged,
        "met": bool(judged >= -SHORTFALL),
    }


def _airline():
    """The airline model in turns, with and without standard errors."""
    y = np.asarray(load_airpassengers()[1], dtype=float)
    keywords = _model(*AIRLINE)
    rows = []
    for what, call in (
        ("fit", lambda: sx.sarimax_fit(y, **keywords)),
        ("fit and standard errors", lambda: sx.sarimax_fit(y, **keywords).bse),
        ("fit, engine='identical'", lambda: _identical(y, keywords)),
    ):
        ours, theirs = in_turns(call, lambda: _theirs(y, keywords))
        rows.append(
            {
                "case": f"AirPassengers (0,1,1)(0,1,1,12), {what}",
                "ms": ours * 1e3,
                "statsmodels_ms": theirs * 1e3,
                "ratio": theirs / ours,
                "target": RATIO_TARGET if what == "fit" else None,
                "met": what != "fit" or theirs / ours >= RATIO_TARGET,
                "nfev": sx.sarimax_fit(y, **keywords).nfev,
            }
        )
    rows[-1]["nfev"] = _identical(y, keywords).nfev
    return rows


def _identical(y, keywords):
    return sx.sarimax_fit(y, engine="identical", **keywords)


def run():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels' and ours on convergence
        return [*_airline(), *(_one(*case) for case in series())]


def report(rows):
    lines = [
        "statsmodels' fit computes standard errors too. Below: log-likelihood above"
        f" statsmodels' (at least -{SHORTFALL:.0e}), judged by the exact engine",
        f"{'series':<58}{'ms':>8}{'statsmodels':>12}{'ratio':>8}{'nfev':>6}{'above':>10}",
    ]
    for row in rows:
        above = f"{row['gain']:10.1e}" if "gain" in row else f"{'':>10}"
        verdict = "" if row["met"] else "  MISSED"
        lines.append(
            f"{row['case']:<58}{row['ms']:8.2f}{row['statsmodels_ms']:12.1f}"
            f"{row['ratio']:7.0f}x{row['nfev']:6d}{above}{verdict}"
        )
    gains = [row["gain"] for row in rows if "gain" in row]
    lines.append(
        f"{len(gains)} series: smallest {min(gains):.1e}, above by more than 1e-4 in"
        f" {sum(gain > 1e-4 for gain in gains)}; median ratio"
        f" {statistics.median(row['ratio'] for row in rows if 'gain' in row):.0f}x"
    )
    return "\n".join(lines)
