# SPDX-License-Identifier: BSD-3-Clause
"""What every engine returns for series that no model fits, beside other packages.

    python tests/tools/nasty.py [--write]

Prints the table of docs/nasty.md; ``--write`` puts it there. A cell is the
log-likelihood of an ARIMA(1,1,1) at params (0.5, 0.3, 2.0), and the fit's. The last
column needs statsforecast, which no extra of the package installs.
"""

import argparse
import importlib.util
import os
import sys
import warnings
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/nasty.md"
ORDER = (1, 1, 1)
PARAMS = np.array([0.5, 0.3, 2.0])
N = 60
LONG = 10_000_000
WALK = np.random.default_rng(8).normal(size=N).cumsum()


def changed(**places):
    y = WALK.copy()
    for place, value in places.items():
        y[int(place[1:])] = value
    return y


def half(first):
    y = WALK.copy()
    y[: N // 2 if first else N] = np.nan
    return y if first else np.r_[WALK[: N // 2], np.full(N // 2, np.nan)]


SERIES = {
    "no values": np.zeros(0),
    "one value": WALK[:1],
    "two values": WALK[:2],
    "five values": WALK[:5],
    "all zero": np.zeros(N),
    "constant": np.full(N, 7.5),
    "all NaN": np.full(N, np.nan),
    "one inf": changed(k30=np.inf),
    "one huge spike": changed(k30=1e12),
    "times 1e300": 1e300 * WALK / np.abs(WALK).max(),
    "times 1e-300": 1e-300 * WALK,
    "1.2 to the t": 1.2 ** np.arange(N),
    "plus, minus 1": (-1.0) ** np.arange(N),
    "linear": np.arange(N, dtype=float),
    "one observed value": np.r_[np.full(N - 1, np.nan), 3.0],
    "first half missing": half(True),
    "last half missing": half(False),
    "each value twice": np.repeat(WALK[: N // 2], 2),
    "integers at 1e15": 1e15 + np.round(WALK),
}


def said(call):
    """The value of a call, or the name of what it raised."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return f"{float(call()):.6g}"
        except Exception as error:
            return type(error).__name__


def batch_loglike(y):
    """In a batch between two good series, which it must not disturb."""
    good = sx.sarimax_loglike(WALK, None, ORDER, params=PARAMS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = np.asarray(
            sx.batch_loglike(
                [WALK, y, WALK], order=ORDER, params=PARAMS, errors="coerce"
            )
        )
    assert found[0] == found[2] == good
    return found[1]


def batch_fit(y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sx.batch_fit([WALK, y, WALK], order=ORDER, errors="coerce").llf[1]


def statsforecast_fit(y):
    from statsforecast.models import ARIMA

    return ARIMA(order=ORDER, include_mean=False).fit(y).model_["loglik"]


def loglikes(y):
    """The first columns, by name."""
    found = {
        engine: said(
            lambda e=engine: sx.sarimax_loglike(y, None, ORDER, params=PARAMS, engine=e)
        )
        for engine in ("exact", "identical", "auto")
    }
    found["batch"] = said(lambda: batch_loglike(y))
    found["class"] = said(lambda: sx.SARIMAX(y, order=ORDER).loglike(PARAMS))
    found["statsmodels"] = said(lambda: SARIMAX(y, order=ORDER).loglike(PARAMS))
    return found


def fits(y):
    """The columns of our fits, by name."""
    return {
        "fit": said(lambda: sx.sarimax_fit(y, order=ORDER).llf),
        "fit in a batch": said(lambda: batch_fit(y)),
        "fit of the class": said(lambda: sx.SARIMAX(y, order=ORDER).fit(disp=0).llf),
    }


def other_fits(y):
    """The columns of the others' fits, by name."""
    theirs = "not installed"
    if importlib.util.find_spec("statsforecast"):
        theirs = said(lambda: statsforecast_fit(y))
    return {
        "statsmodels' fit": said(lambda: SARIMAX(y, order=ORDER).fit(disp=0).llf),
        "statsforecast's fit": theirs,
    }


def long_row():
    """Of ten million values; fits of the classes and of others take too long."""
    y = np.random.default_rng(1).standard_normal(LONG).cumsum()
    ours = {"fit": said(lambda: sx.sarimax_fit(y, order=ORDER).llf)}
    return {**loglikes(y), **ours, "fit in a batch": said(lambda: batch_fit(y))}


HEAD = """# Series that no model fits

Printed by `python tests/tools/nasty.py`: log-likelihoods of an ARIMA(1,1,1) at
(0.5, 0.3, 2.0) for 60 values, by every engine, alone and in a batch between good
series, and by the class `SARIMAX`; and those of the fits. A name is the exception
raised; in a batch the series gets NaN and a status, and its neighbours the bits they
have without it. A fit's value is that of the `auto` engine at its estimates: 0 where
the variance has gone to zero and all observations are skipped, as in statsmodels.
statsforecast, like R, takes the likelihood of the differences and another start.
`tests/safety/test_nasty.py` holds our columns to the table.
"""
COLUMNS = [
    *("series", "exact", "identical", "auto", "batch", "class", "statsmodels"),
    *("fit", "fit in a batch", "fit of the class"),
    *("statsmodels' fit", "statsforecast's fit"),
]


def table():
    lines = [COLUMNS, ["---"] * len(COLUMNS)]
    for name, y in SERIES.items():
        cells = {**loglikes(y), **fits(y), **other_fits(y)}
        lines.append([name, *(cells[column] for column in COLUMNS[1:])])
    cells = long_row()
    lines.append(
        ["ten million values", *(cells.get(column, "") for column in COLUMNS[1:])]
    )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    text = f"{HEAD}\n{table()}"
    if parser.parse_args().write:
        PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
