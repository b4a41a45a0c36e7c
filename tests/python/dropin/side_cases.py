# SPDX-License-Identifier: BSD-3-Clause
"""Sixty models for statsmodels' classes and ours: every option, numpy and pandas."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.tsa.statespace.kalman_filter import MEMORY_CONSERVE

NOBS = 48


@dataclass(frozen=True)
class Case:
    """
    One model.

    `kind` is how the data come, `after` what is set on the model once it is made;
    `digits` says how far statsmodels' own digits go: regression coefficients in the
    state start with a variance of 1e6, and so does every difference.
    """

    name: str
    options: dict[str, Any]
    kind: str = "numpy"
    k_exog: int = 0
    cls: str = "SARIMAX"
    after: dict[str, Any] = field(default_factory=dict)
    rtol: float = 1e-8

    def data(self):
        """Return the series and its regressors."""
        rng = np.random.Generator(np.random.PCG64(20))
        steps = rng.standard_normal(NOBS + 4)
        series = 10 + steps[4:] + 0.6 * steps[3:-1] + 0.4 * steps[:-4]
        series += np.tile([1.0, -1.0, 0.5, -0.5], NOBS // 4)
        exog = rng.standard_normal((NOBS, max(self.k_exog, 1)))
        series += exog.sum(axis=1) * bool(self.k_exog)
        if "missing" in self.kind:
            series[[0, 17, 18, 30]] = np.nan
        series, exog = _KINDS[self.kind.split("-")[0]](series, exog)
        return series, exog if self.k_exog else None

    def make(self, classes):
        """Return the model, of one of the classes."""
        series, exog = self.data()
        model = classes[self.cls](series, exog=exog, **self.options)
        for name, value in self.after.items():
            setattr(model, name, value)
        return model


def _numpy(series, exog):
    return series, exog


def _column(series, exog):
    return series[:, None], exog


def _plain_list(series, exog):
    return series.tolist(), exog


def _integers(series, exog):
    return (10 * series).astype(int), exog


def _with_index(index, name="y"):
    def convert(series, exog):
        names = [f"x{i}" for i in range(exog.shape[1])]
        frame = pd.DataFrame(exog, index=index, columns=names)
        return pd.Series(series, index=index, name=name), frame

    return convert


def _frame(series, exog):
    series, exog = _with_index(pd.period_range("2000-01", periods=NOBS, freq="M"))(
        series, exog
    )
    return series.to_frame("value"), exog


_KINDS = {
    "numpy": _numpy,
    "column": _column,
    "list": _plain_list,
    "integers": _integers,
    "dates": _with_index(pd.date_range("2000-01", periods=NOBS, freq="MS")),
    "periods": _with_index(pd.period_range("2000Q1", periods=NOBS, freq="Q"), None),
    "range": _with_index(pd.RangeIndex(3, NOBS + 3)),
    "frame": _frame,
}


def _sarimax(name, order, seasonal=(0, 0, 0, 0), *, kind="numpy", k_exog=0, **rest):
    own = {key: rest.pop(key) for key in ("after", "rtol", "cls") if key in rest}
    options = {"order": order, "seasonal_order": seasonal, **rest}
    return Case(name, options, kind, k_exog, **own)


SEASON = (1, 0, 1, 4)
AIRLINE = (0, 1, 1, 4)

CASES = [
    _sarimax("ar1", (1, 0, 0)),
    _sarimax("ar1-column", (1, 0, 0), kind="column"),
    _sarimax("ar2-list", (2, 0, 0), kind="list"),
    _sarimax("ar1-integers", (1, 0, 0), kind="integers"),
    _sarimax("ma1", (0, 0, 1)),
    _sarimax("ma2-dates", (0, 0, 2), kind="dates"),
    _sarimax("arma-dates", (1, 0, 1), kind="dates"),
    _sarimax("arma-periods", (1, 0, 1), kind="periods"),
    _sarimax("arma-range", (1, 0, 1), kind="range"),
    _sarimax("arma-frame", (2, 0, 1), kind="frame"),
    _sarimax("white-noise", (0, 0, 0)),
    _sarimax("random-walk", (0, 1, 0), kind="dates"),
    _sarimax("ima", (0, 1, 1)),
    _sarimax("arima-dates", (1, 1, 1), kind="dates"),
    _sarimax("d2", (0, 2, 1)),
    _sarimax("lags", ([1, 3], 0, [2])),
    _sarimax("lags-dates", ((1, 0, 1), 1, 1), kind="dates"),
    _sarimax("airline", (0, 1, 1), AIRLINE),
    _sarimax("airline-dates", (0, 1, 1), AIRLINE, kind="dates"),
    _sarimax("seasonal-ar", (1, 0, 0), (1, 0, 0, 4), kind="frame"),
    _sarimax("seasonal-arma", (1, 0, 1), SEASON, kind="periods"),
    _sarimax("seasonal-d2", (0, 0, 1), (0, 2, 1, 4), rtol=1e-7),
    _sarimax("missing", (1, 0, 1), kind="numpy-missing"),
    _sarimax("missing-dates", (1, 1, 1), kind="dates-missing"),
    _sarimax("missing-airline", (0, 1, 1), AIRLINE, kind="dates-missing"),
    _sarimax("trend-c", (1, 0, 0), trend="c", kind="dates"),
    _sarimax("trend-t", (1, 0, 1), trend="t"),
    _sarimax("trend-ct", (1, 1, 0), trend="ct", kind="dates"),
    _sarimax("trend-polynomial", (0, 0, 1), trend=[1, 0, 1], trend_offset=5),
    _sarimax("exog", (1, 0, 0), k_exog=1),
    _sarimax("exog-dates", (1, 0, 1), k_exog=2, kind="dates"),
    _sarimax("exog-airline", (0, 1, 1), AIRLINE, k_exog=2, kind="frame"),
    _sarimax("exog-trend", (1, 1, 1), k_exog=1, trend="c", kind="dates-missing"),
    _sarimax("measurement", (1, 0, 1), measurement_error=True),
    _sarimax("measurement-ma", (0, 1, 1), measurement_error=True, kind="dates"),
    _sarimax("measurement-noise", (0, 0, 0), measurement_error=True),
    _sarimax("concentrated", (1, 0, 1), concentrate_scale=True),
    _sarimax("concentrated-dates", (0, 1, 1), AIRLINE, concentrate_scale=True),
    _sarimax("concentrated-exog", (1, 0, 0), k_exog=1, concentrate_scale=True),
    _sarimax("free", (2, 0, 1), enforce_stationarity=False, kind="dates"),
    _sarimax(
        "free-both",
        (1, 1, 1),
        enforce_stationarity=False,
        enforce_invertibility=False,
    ),
    _sarimax("differenced", (1, 1, 1), simple_differencing=True, kind="dates"),
    _sarimax("differenced-season", (1, 1, 0), AIRLINE, simple_differencing=True),
    _sarimax(
        "differenced-exog", (1, 1, 0), simple_differencing=True, k_exog=2, kind="frame"
    ),
    _sarimax("hamilton", (2, 0, 1), hamilton_representation=True),
    _sarimax(
        "hamilton-dates",
        (1, 1, 1),
        hamilton_representation=True,
        simple_differencing=True,
        kind="dates",
    ),
    _sarimax("state-exog", (1, 0, 1), k_exog=1, mle_regression=False, rtol=1e-6),
    _sarimax(
        "state-exog-dates",
        (0, 0, 1),
        k_exog=1,
        mle_regression=False,
        kind="dates",
        rtol=1e-6,
    ),
    _sarimax(
        "varying-exog",
        (1, 0, 0),
        k_exog=1,
        mle_regression=False,
        time_varying_regression=True,
        rtol=1e-6,
    ),
    _sarimax("exact-diffuse", (1, 1, 1), use_exact_diffuse=True),
    _sarimax("exact-diffuse-dates", (0, 1, 1), AIRLINE, use_exact_diffuse=True),
    _sarimax("burn", (1, 0, 1), loglikelihood_burn=6, kind="dates"),
    _sarimax("initial-variance", (0, 1, 1), initial_variance=1e4),
    _sarimax("tolerance", (1, 0, 1), after={"tolerance": 0.0}),
    _sarimax("univariate", (1, 1, 1), after={"filter_univariate": True}),
    _sarimax("conserve", (1, 0, 1), after={"conserve_memory": MEMORY_CONSERVE}),
    _sarimax("arima", (1, 1, 1), cls="ARIMA", kind="dates"),
    _sarimax("arima-constant", (2, 0, 0), cls="ARIMA"),
    _sarimax(
        "arima-exog", (1, 0, 1), (1, 0, 0, 4), cls="ARIMA", k_exog=1, kind="frame"
    ),
    _sarimax("arima-trend", (1, 1, 0), cls="ARIMA", trend="t", kind="dates-missing"),
]
assert len(CASES) >= 60
