# SPDX-License-Identifier: BSD-3-Clause
"""Models made of both classes, for tests of the drop-in."""

import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.statespace.sarimax import SARIMAX as Theirs

from sarimax_c import SARIMAX as Ours
from sarimax_c.datasets import load_airpassengers

RNG = np.random.default_rng(5)
NOBS = 90
DATES = pd.date_range("2001-01-01", periods=NOBS, freq="MS")
SHOCKS = RNG.standard_normal(NOBS)
# An autoregression with coefficient 0.6 about 2.
VALUES = 2.0 + np.array(
    [SHOCKS[: t + 1] @ 0.6 ** np.arange(t, -1, -1) for t in range(NOBS)]
)
SERIES = pd.Series(VALUES, index=DATES, name="values")
GAPS = SERIES.copy()
GAPS.iloc[[5, 6, 40, 89]] = np.nan
EXOG = pd.DataFrame(RNG.standard_normal((NOBS, 2)), index=DATES, columns=["a", "b"])
FUTURE = RNG.standard_normal((12, 2))

# Endog, exog, options: what `sarimax_c.Model` covers.
MODELS = {
    "arima": (SERIES, None, {"order": (1, 1, 1)}),
    "seasonal": (SERIES, None, {"order": (0, 1, 1), "seasonal_order": (1, 0, 1, 4)}),
    "gaps": (GAPS, None, {"order": (2, 0, 1), "trend": "c"}),
    "exog": (SERIES, EXOG, {"order": (1, 0, 0), "trend": "ct"}),
    "error": (SERIES, None, {"order": (1, 0, 0), "measurement_error": True}),
    "error gaps": (GAPS, None, {"order": (1, 0, 1), "measurement_error": True}),
    "concentrated": (SERIES, None, {"order": (1, 0, 1), "concentrate_scale": True}),
    "differenced": (SERIES, None, {"order": (1, 1, 0), "simple_differencing": True}),
    "free": (
        SERIES,
        None,
        {
            "order": (1, 0, 1),
            "enforce_stationarity": False,
            "enforce_invertibility": False,
        },
    ),
    "lags": (GAPS.to_numpy(), None, {"order": ([1, 3], 0, [2])}),
    "options": (VALUES, None, {"order": (1, 0, 0), "loglikelihood_burn": 3}),
}


def pair(name):
    """Both classes' models and parameters to evaluate them at."""
    endog, exog, options = MODELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = Theirs(endog, exog=exog, **options)
        params = np.array(theirs.start_params)
    return Ours(endog, exog=exog, **options), theirs, params


def future(name, steps):
    """Keywords of a forecast."""
    return {} if MODELS[name][1] is None else {"exog": FUTURE[:steps]}


def airline():
    """Logarithms of AirPassengers."""
    dates, passengers = load_airpassengers()
    index = pd.date_range("1949-01-01", periods=len(dates), freq="MS")
    return pd.Series(np.log(passengers), index=index, name="passengers")
