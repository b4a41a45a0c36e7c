# SPDX-License-Identifier: BSD-3-Clause
"""sktime's SARIMAX and its forecasts with intervals, on the core."""

import warnings

import numpy as np
import pytest
from sktime.forecasting.arima import StatsModelsARIMA
from sktime.forecasting.sarimax import SARIMAX

import sarimax_c as sx

AIRLINE = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _use(cls, series, options):
    forecaster = cls(**options)
    forecaster.fit(series, fh=[1, 2, 12])
    mean = forecaster.predict()
    interval = forecaster.predict_interval(coverage=0.9)
    forecaster.update(series.iloc[-12:].shift(12, freq="M"), update_params=False)
    return mean, interval, forecaster.predict()


@pytest.mark.parametrize(
    ("cls", "options"),
    [(SARIMAX, {**AIRLINE, "disp": 0}), (StatsModelsARIMA, {"order": (1, 1, 1)})],
    ids=["SARIMAX", "ARIMA"],
)
def test_forecasters(series, verified, assert_native, cls, options):
    ours = _use(cls, series, options)
    assert_native()
    sx.unpatch_statsmodels()
    theirs = _use(cls, series, options)
    for mine, other in zip(ours, theirs, strict=True):
        assert mine.index.equals(other.index)
        np.testing.assert_allclose(mine, other, rtol=2e-3)
