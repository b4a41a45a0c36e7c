# SPDX-License-Identifier: BSD-3-Clause
"""The long list of series and models whose fits are compared with statsmodels'.

It holds `fit_list` and many more: real series that statsmodels and this package ship,
whole and in parts, and simulated ones.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels
import statsmodels.api as sm
from fit_list import AIRLINE, QUARTERS, Case, Floats, fit_list, simulate_arma
from scipy.signal import lfilter
from statsmodels.datasets import danish_data, elec_equip, interest_inflation
from statsmodels.tsa.statespace.tests.results import results_sarimax

from sarimax_c.datasets import load_airpassengers, load_co2

PACKAGE = Path(statsmodels.__file__).parent
RESULTS = PACKAGE / "tsa/tests/results"
STATESPACE = PACKAGE / "tsa/statespace/tests/results"
BOOK = "statsmodels.tsa.arima.datasets.brockwell_davis_2002.data"

Options = dict[str, Any]
Series = Iterator[tuple[str, Floats]]


def _model(order: tuple, seasonal: tuple = (0, 0, 0, 0), **more: Any) -> Options:
    return {"order": order, "seasonal": seasonal, **more}


ANNUAL = (
    _model((1, 1, 0)),
    _model((0, 1, 1)),
    _model((1, 0, 0), trend="c"),
    _model((2, 0, 1), trend="c"),
    _model((1, 1, 1)),
    _model((0, 2, 1)),
    _model((2, 1, 1), trend="t"),
    _model((3, 0, 0), trend="ct"),
    _model((1, 0, 1)),
)
QUARTERLY = (
    QUARTERS,
    _model((1, 1, 1), trend="c"),
    _model((2, 1, 2)),
    _model((1, 1, 1), (1, 0, 1, 4)),
    _model((4, 1, 0)),
    _model((1, 0, 2), trend="c"),
    _model((0, 1, 1), (2, 0, 0, 4)),
    _model((0, 2, 2)),
)
MONTHLY = (
    AIRLINE,
    _model((1, 1, 1)),
    _model((2, 1, 0), (0, 1, 1, 12)),
    _model((1, 0, 0), (1, 0, 0, 12), trend="c"),
    _model((2, 1, 2)),
    _model((1, 1, 1), (1, 0, 1, 12)),
    _model((3, 1, 0), trend="c"),
    _model((1, 1, 0), (1, 1, 0, 12)),
)


# ---- real series -------------------------------------------------------------------


def _columns(frame: pd.DataFrame, prefix: str = "") -> Series:
    """Columns of numbers; logarithms where all values are large and positive."""
    for name in frame:
        y = frame[name].to_numpy(dtype=float)
        y = y[np.isfinite(y).cumsum() > 0]  # from the first that is known
        if np.nanmin(y) > 20.0:
            yield f"log {prefix}{name}", np.log(y)
        else:
            yield f"{prefix}{name}", y


def _parts(name: str, y: Floats, length: int, step: int) -> Series:
    """Parts of equal length."""
    for start in range(0, len(y) - length + 1, step):
        yield f"{name}[{start}:{start + length}]", y[start : start + length]


def _annual() -> Series:
    data = sm.datasets.fertility.load_pandas().data
    births = data.set_index("Country Code").filter(regex=r"^\d+$")
    births = births.loc[:, births.notna().any()].dropna()
    yield from _columns(births.iloc[::4].T, "fertility ")
    firms = sm.datasets.grunfeld.load_pandas().data.groupby("firm", observed=True)
    for firm, rows in firms:
        yield from _columns(rows[["invest", "value", "capital"]], f"{firm} ")
    longley = sm.datasets.longley.load_pandas().data
    yield from _columns(longley.drop(columns="YEAR"), "longley ")
    copper = sm.datasets.copper.load_pandas().data
    yield from _columns(copper.drop(columns="TIME"), "copper ")
    nile = sm.datasets.nile.load_pandas().data["volume"].to_numpy(dtype=float)
    yield from _parts("nile", nile, 40, 20)
    spots = sm.datasets.sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    yield from _parts("sunspots", spots, 100, 50)
    for name in ("lake", "oshorts", "dowj"):
        found = getattr(importlib.import_module(f"{BOOK}.{name}"), name)
        yield name, np.asarray(found, dtype=float)
    for name in ("rgnp", "stkprc"):
        yield from _columns(pd.read_csv(RESULTS / f"{name}.csv"))


def _quarterly() -> Series:
    macro = sm.datasets.macrodata.load_pandas().data.drop(columns=["year", "quarter"])
    yield from _columns(macro.iloc[:80], "early ")
    yield from _columns(macro.iloc[-100:], "late ")
    yield from _columns(danish_data.load_pandas().data, "danish ")
    rates = interest_inflation.load_pandas().data[["Dp", "R"]]
    yield from _columns(rates, "german ")
    names = ["inv", "inc", "consump"]
    yield from _columns(pd.read_stata(RESULTS / "lutkepohl2.dta")[names], "german ")
    yield "wpi", np.asarray(results_sarimax.wpi1_data, dtype=float)
    friedman = pd.DataFrame(results_sarimax.friedman2_data)[["consump", "m2"]]
    yield from _columns(friedman)
    for name in ("rgnpq", "gnpdef"):
        yield from _columns(pd.read_csv(RESULTS / f"{name}.csv"))
    gdp = pd.read_csv(STATESPACE / "clark1989.csv", header=None)[0]
    yield "log clark gdp", np.log(gdp.to_numpy(dtype=float))


def _monthly() -> Series:
    path = STATESPACE / "frbny_nowcast/Nowcasting/data/US/2016-06-29.csv"
    nowcast = pd.read_csv(path).select_dtypes("number").iloc[-240:]
    is_monthly = nowcast.notna().sum() > 150
    yield from _columns(nowcast.loc[:, is_monthly])
    for name in ("BAA", "SP500", "UN"):
        yield from _columns(pd.read_csv(RESULTS / f"{name}.csv"))
    work = pd.read_stata(STATESPACE / "manufac.dta")[["hours", "caputil"]]
    yield from _columns(work.iloc[-200:])
    belts = importlib.import_module(f"{BOOK}.sbl").sbl
    yield "seat belts", np.asarray(belts, dtype=float)
    air = load_airpassengers()[1]
    yield from _parts("log air", np.log(air), 72, 24)
    yield from _parts("air", air, 96, 24)
    equip = elec_equip.load_pandas().data.iloc[:, -1].to_numpy(float)
    yield from _parts("equip", equip, 120, 45)
    co2 = sm.datasets.co2.load_pandas().data["co2"].resample("MS").mean().to_numpy()
    yield from _parts("co2", co2, 150, 75)
    elnino = sm.datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    yield from _parts("elnino", elnino, 180, 110)


def _weekly() -> Series:
    yield from _parts("weekly co2", load_co2()[1], 260, 160)


def _rotated(series: Series, models: tuple[Options, ...], each: int) -> dict[str, Case]:
    """Each series by some of the models, all models in turn."""
    cases = {}
    for i, (name, y) in enumerate(series):
        for j in range(each):
            options = models[(i * each + j) % len(models)]
            cases[f"{name} {_label(options)}"] = Case(y, options)
    return cases


def _label(options: Options) -> str:
    """Order, seasonal order and what else there is, in short."""
    text = "".join(
        f"({','.join(str(part).replace(' ', '') for part in options[key])})"
        for key in ("order", "seasonal")
        if any(options.get(key, ()))
    )
    more = options.keys() - {"order", "seasonal", "exog", "trend"}
    return " ".join([text + options.get("trend", ""), *sorted(more)])


def _known_orders() -> dict[str, Case]:
    """gretl's test series of ARMA models, by the models they came from."""
    data = pd.read_csv(RESULTS / "y_arma_data.csv")
    cases = {}
    for name in data:
        digits = name.removeprefix("y_arma")
        options = _model((int(digits[0]), 0, int(digits[1])))
        if digits.endswith("c"):
            options["trend"] = "c"
        cases[f"{name} {_label(options)}"] = Case(data[name].to_numpy(), options)
    return cases


# ---- simulated series --------------------------------------------------------------


def _polynomial(short: Iterable[float], long: Iterable[float], period: int) -> Floats:
    """Coefficients after the 1 of (1 + c B + ...)(1 + C B^s + ...)."""
    seasonal = np.zeros(len(tuple(long)) * period + 1)
    seasonal[0] = 1.0
    seasonal[period::period] = long
    return np.convolve(np.r_[1.0, short], seasonal)[1:]


def _sarima(seed: int, nobs: int, options: Options, blocks: tuple) -> Floats:
    """Simulate a model with unit innovations; blocks: ar, ma, seasonal ar and ma."""
    ar, ma, seasonal_ar, seasonal_ma = map(np.array, blocks)
    d, seasonal = options["order"][1], options["seasonal"]
    period = max(seasonal[3], 1)
    long_ar = -_polynomial(-ar, -seasonal_ar, period)
    y = simulate_arma(seed, nobs, ar=long_ar, ma=_polynomial(ma, seasonal_ma, period))
    for lag in (1,) * d + (period,) * seasonal[1]:
        y = lfilter([1.0], np.r_[1.0, np.zeros(lag - 1), -1.0], y)
    return y


# (order, seasonal), coefficients; the last of some are close to the unit circle
PROCESSES = (
    ((1, 0, 0), (0, 0, 0, 0), ([0.6], [], [], [])),
    ((1, 0, 0), (0, 0, 0, 0), ([0.98], [], [], [])),
    ((0, 0, 1), (0, 0, 0, 0), ([], [-0.95], [], [])),
    ((1, 0, 1), (0, 0, 0, 0), ([0.9], [-0.5], [], [])),
    ((2, 0, 1), (0, 0, 0, 0), ([1.7, -0.72], [0.4], [], [])),
    ((2, 0, 2), (0, 0, 0, 0), ([0.5, 0.3], [0.4, 0.2], [], [])),
    ((3, 0, 0), (0, 0, 0, 0), ([0.4, 0.2, -0.5], [], [], [])),
    ((0, 1, 1), (0, 0, 0, 0), ([], [-0.7], [], [])),
    ((0, 1, 1), (0, 0, 0, 0), ([], [-0.99], [], [])),
    ((1, 1, 1), (0, 0, 0, 0), ([0.5], [0.3], [], [])),
    ((2, 1, 1), (0, 0, 0, 0), ([0.3, 0.3], [-0.6], [], [])),
    ((0, 2, 2), (0, 0, 0, 0), ([], [-1.2, 0.4], [], [])),
    ((0, 1, 1), (0, 1, 1, 4), ([], [-0.4], [], [-0.6])),
    ((1, 0, 0), (1, 0, 0, 4), ([0.5], [], [0.7], [])),
    ((1, 1, 0), (0, 1, 1, 7), ([-0.4], [], [], [-0.8])),
    ((1, 0, 1), (1, 0, 1, 7), ([0.8], [-0.3], [0.9], [-0.5])),
    ((0, 1, 1), (0, 1, 1, 12), ([], [-0.5], [], [-0.5])),
    ((0, 1, 1), (0, 1, 1, 12), ([], [-0.97], [], [-0.95])),
    ((1, 0, 0), (0, 1, 1, 12), ([0.7], [], [], [-0.6])),
    ((1, 0, 0), (1, 1, 0, 12), ([0.5], [], [-0.5], [])),
    ((0, 1, 2), (1, 0, 0, 12), ([], [-0.6, 0.2], [0.8], [])),
    ((1, 0, 0), (0, 1, 1, 24), ([0.6], [], [], [-0.4])),
)
# Lengths in seasons (at least 30 values): so short that estimates hit the borders,
# and long enough that they do not.
SEASONS = (4, 8, 16)


def _from_processes() -> dict[str, Case]:
    cases = {}
    for i, (order, seasonal, blocks) in enumerate(PROCESSES):
        options = _model(order, seasonal)
        for seasons in SEASONS:
            nobs = seasons * (seasonal[3] or 12)
            nobs = max(30, nobs) if seasonal[3] > 1 else 2 * nobs
            for seed in (1000 * i + seasons, 1000 * i + seasons + 500):
                y = _sarima(seed, nobs, options, blocks)
                name = f"simulated {i} n={nobs} seed={seed} {_label(options)}"
                cases[name] = Case(y * 10.0 ** (seed % 7 - 3), options)
    return cases


def _wrong_models() -> dict[str, Case]:
    """Models with too many parameters, too few, or differenced once too often."""
    noise, steady = simulate_arma(1, 120), simulate_arma(2, 150, ar=[0.7])
    walk = np.cumsum(simulate_arma(3, 150))
    wave = np.sin(np.arange(144) / 6 * np.pi) * 5 + simulate_arma(4, 144)
    line = 0.5 * np.arange(100) + simulate_arma(5, 100, ar=[0.5])
    series = {"noise": noise, "steady": steady, "walk": walk, "line": line}
    models = (
        _model((1, 0, 0)),
        _model((1, 0, 1)),
        _model((2, 0, 2)),
        _model((0, 1, 1)),
        _model((1, 1, 2)),
        _model((0, 2, 1)),
        _model((1, 0, 0), trend="ct"),
        _model((1, 1, 1), trend="t"),
        _model((1, 0, 1), (1, 0, 1, 4)),
        _model((0, 1, 1), (0, 1, 1, 4)),
    )
    every = {"wave": (wave, (AIRLINE, *MONTHLY[3:6:2], _model((2, 0, 1))))}
    every |= {name: (y, models) for name, y in series.items()}
    return {
        f"{name} {_label(options)}": Case(y, options)
        for name, (y, chosen) in every.items()
        for options in chosen
    }


def _with_options() -> dict[str, Case]:
    """Regressors, gaps, and options of the model."""
    cases = {}
    for seed in range(4):
        rng = np.random.default_rng(seed)
        exog = rng.normal(size=(160, 2)).cumsum(axis=0) * [1.0, 50.0]
        y = simulate_arma(seed, 160, ar=[0.8], ma=[0.3]) + exog @ [2.0, -0.1]
        airline = _sarima(seed, 144, AIRLINE, ([], [-0.4], [], [-0.5]))
        gaps = airline.copy()
        gaps[rng.choice(144, size=4 + 10 * seed, replace=False)] = np.nan
        cases |= {
            f"regressors {seed}": Case(y, _model((1, 0, 1), exog=exog)),
            f"regressors, differences {seed}": Case(y, _model((1, 1, 1), exog=exog)),
            f"regressors, trend {seed}": Case(
                y, _model((1, 0, 0), exog=exog[:, :1], trend="c")
            ),
            f"gaps {seed}": Case(gaps, AIRLINE),
        }
        for name in ("concentrate_scale", "simple_differencing"):
            cases[f"airline {seed} {name}"] = Case(airline, {**AIRLINE, name: True})
        free = {"enforce_stationarity": False, "enforce_invertibility": False}
        cases[f"free {seed}"] = Case(y, _model((2, 0, 1), trend="c") | free)
        cases[f"free airline {seed}"] = Case(airline, AIRLINE | free)
        lags = _model(([1, 3], 0, [2]), (0, 0, [1, 2], 6))
        cases[f"lags {seed}"] = Case(simulate_arma(seed, 150, ar=[0.5, 0, 0.2]), lags)
    return cases


@functools.cache
def fit_series() -> dict[str, Case]:
    """Return the whole list by name."""
    parts = (
        fit_list(),
        _rotated(_annual(), ANNUAL, 1),
        _rotated(_quarterly(), QUARTERLY, 2),
        _rotated(_monthly(), MONTHLY, 1),
        _rotated(_weekly(), (_model((1, 1, 1)), _model((2, 1, 0), trend="c")), 1),
        _known_orders(),
        _from_processes(),
        _wrong_models(),
        _with_options(),
    )
    cases: dict[str, Case] = {}
    for part in parts:
        assert not cases.keys() & part.keys()
        cases |= part
    return cases
