# SPDX-License-Identifier: BSD-3-Clause
"""Series and models whose fits are compared with statsmodels' own."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy.signal import lfilter
from statsmodels.datasets import elec_equip
from statsmodels.tsa.statespace.tests.results import results_sarimax

from sarimax_c.datasets import load_airpassengers, load_co2

Floats = NDArray[np.float64]
AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
QUARTERS = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 4)}


@dataclass(frozen=True)
class Case:
    """A series and the options of its model, as `sarimax_c.Model` takes them."""

    y: Floats
    options: dict[str, Any] = field(default_factory=dict)


def _monthly_co2() -> Floats:
    """Monthly means; NaN where no week of a month was measured."""
    dates, co2 = load_co2()
    months = dates.astype("M8[M]").astype(int)
    months -= months[0]
    known = np.isfinite(co2)
    counts = np.bincount(months, known)
    sums = np.bincount(months, np.where(known, co2, 0.0))
    return np.where(counts, sums / np.maximum(counts, 1), np.nan)


def simulate_arma(
    seed: int, nobs: int, ar: Sequence[float] = (), ma: Sequence[float] = ()
) -> Floats:
    """Simulate an ARMA series with unit innovations."""
    noise = np.random.default_rng(seed).normal(size=nobs + 200)
    return lfilter(np.r_[1.0, ma], np.r_[1.0, np.negative(ar)], noise)[200:]


def _airline(seed: int, nobs: int, theta: float, seasonal: float, s: int) -> Floats:
    """Simulate (0, 1, 1)(0, 1, 1, s) with unit innovations."""
    ma = np.convolve([1.0, theta], np.r_[1.0, np.zeros(s - 1), seasonal])[1:]
    difference = np.r_[1.0, np.zeros(s - 1), -1.0]
    return lfilter([1.0], difference, np.cumsum(simulate_arma(seed, nobs, ma=ma)))


def _macro() -> dict[str, Case]:
    data = sm.datasets.macrodata.load_pandas().data
    names = ("realgdp", "realcons", "realinv", "realgovt", "realdpi", "cpi", "m1")
    logs = {name: np.log(data[name].to_numpy()) for name in names}
    cases = {f"log {name} airline": Case(y, QUARTERS) for name, y in logs.items()}
    for name in ("realgdp", "realcons", "cpi"):
        cases[f"log {name} (1,1,1)"] = Case(logs[name], {"order": (1, 1, 1)})
        cases[f"{name} (1,1,1)c"] = Case(
            data[name].to_numpy(), {"order": (1, 1, 1), "trend": "c"}
        )
    for name in ("tbilrate", "unemp", "infl", "realint"):
        y = data[name].to_numpy()
        cases[f"{name} (2,0,1)c"] = Case(y, {"order": (2, 0, 1), "trend": "c"})
        cases[f"{name} (1,1,1)"] = Case(y, {"order": (1, 1, 1)})
    cases["log realgdp (2,1,2)"] = Case(logs["realgdp"], {"order": (2, 1, 2)})
    cases["log pop"] = Case(np.log(data["pop"].to_numpy()), {"order": (1, 1, 0)})
    return cases


def _real() -> dict[str, Case]:
    air = load_airpassengers()[1]
    nile = sm.datasets.nile.load_pandas().data["volume"].to_numpy()
    spots = sm.datasets.sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    wpi = np.array(results_sarimax.wpi1_data, dtype=float)
    elnino = sm.datasets.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel()
    equip = elec_equip.load_pandas().data.iloc[:, -1].to_numpy(float)
    copper = sm.datasets.copper.load_pandas().data
    gaps = np.log(air)
    gaps[[20, 21, 60, 100]] = np.nan
    return {
        "log air": Case(np.log(air), AIRLINE),
        "air": Case(air, AIRLINE),
        "log air (1,1,1)": Case(np.log(air), AIRLINE | {"order": (1, 1, 1)}),
        "log air (2,1,1)(1,0,1)": Case(
            np.log(air), {"order": (2, 1, 1), "seasonal": (1, 0, 1, 12)}
        ),
        "air (2,1,0)(0,1,0)": Case(
            air, {"order": (2, 1, 0), "seasonal": (0, 1, 0, 12)}
        ),
        "log air gaps": Case(gaps, AIRLINE),
        "co2": Case(_monthly_co2(), AIRLINE | {"order": (1, 1, 1)}),
        "nile": Case(nile, {"order": (1, 0, 0), "trend": "c"}),
        "nile (0,1,1)": Case(nile, {"order": (0, 1, 1)}),
        "sunspots": Case(spots, {"order": (3, 0, 2)}),
        "sunspots (9,0,0)": Case(spots, {"order": (9, 0, 0), "trend": "c"}),
        "wpi": Case(wpi, {"order": (1, 1, 1), "trend": "c"}),
        "log wpi lags": Case(np.log(wpi), {"order": (1, 1, [1, 4]), "trend": "c"}),
        "elnino": Case(elnino, {"order": (2, 0, 0), "seasonal": (0, 1, 1, 12)}),
        "equip": Case(equip[-240:], AIRLINE | {"order": (2, 1, 1)}),
        "copper": Case(
            copper["WORLDCONSUMPTION"].to_numpy(),
            {
                "order": (0, 1, 0),
                "trend": "c",
                "exog": copper[["COPPERPRICE", "INCOMEINDEX"]].to_numpy(),
            },
        ),
    }


def _simulated() -> dict[str, Case]:
    cases = {}
    for seed, (theta, seasonal, sigma) in enumerate(
        [
            (-0.4, -0.6, 1.0),
            (-0.4, -0.6, 0.03),
            (0.5, -0.3, 1e3),
            (-0.9, -0.9, 1.0),
            (0.0, -0.5, 10.0),
        ]
    ):
        y = sigma * _airline(seed, 144, theta, seasonal, 12)
        cases[f"airline {theta} {seasonal} {sigma:g}"] = Case(y, AIRLINE)
    arma = simulate_arma(10, 200, ar=[0.7], ma=[0.4])
    near = simulate_arma(11, 200, ar=[1.6, -0.62], ma=[0.3])
    walk = np.cumsum(simulate_arma(12, 300, ar=[0.5], ma=[-0.3]))
    season = lfilter([1.0], [1.0, -0.4], _airline(13, 160, 0.3, -0.6, 4))
    x = np.random.default_rng(14).normal(size=(200, 2)).cumsum(axis=0)
    gaps = walk.copy()
    gaps[[30, 31, 150, 299]] = np.nan
    free = {"enforce_stationarity": False, "enforce_invertibility": False}
    return cases | {
        "arma": Case(arma, {"order": (1, 0, 1)}),
        "arma c": Case(arma + 5, {"order": (1, 0, 1), "trend": "c"}),
        "arma small": Case(arma * 1e-2, {"order": (1, 0, 1)}),
        "arma large": Case(arma * 1e4, {"order": (1, 0, 1)}),
        "arma too many": Case(arma, {"order": (2, 0, 2)}),
        "arma free": Case(arma, {"order": (1, 0, 1)} | free),
        "arma concentrated": Case(
            arma, {"order": (1, 0, 1), "concentrate_scale": True}
        ),
        "exog": Case(arma + x @ [1.0, -2.0], {"order": (1, 0, 1), "exog": x}),
        "exog scales": Case(
            arma + x @ [1.0, -2.0], {"order": (1, 0, 1), "exog": x * [1e-3, 1e4]}
        ),
        "near unit root": Case(near, {"order": (2, 0, 1)}),
        "near unit root ct": Case(near, {"order": (2, 0, 0), "trend": "ct"}),
        "walk": Case(walk, {"order": (1, 1, 1)}),
        "walk gaps": Case(gaps, {"order": (1, 1, 1)}),
        "walk simple": Case(walk, {"order": (1, 1, 1), "simple_differencing": True}),
        "walk free": Case(walk, {"order": (1, 1, 1)} | free),
        "walk twice": Case(walk.cumsum(), {"order": (1, 2, 1)}),
        "quarters": Case(season, {"order": (1, 1, 1), "seasonal": (0, 1, 1, 4)}),
        "quarters (1,1,0)(1,1,0)": Case(
            season, {"order": (1, 1, 0), "seasonal": (1, 1, 0, 4)}
        ),
        "measured": Case(near, {"order": (1, 0, 0), "measurement_error": True}),
    }


@functools.cache
def fit_list() -> dict[str, Case]:
    """Return all of them by name."""
    return _real() | _macro() | _simulated()
