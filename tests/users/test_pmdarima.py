# SPDX-License-Identifier: BSD-3-Clause
"""pmdarima's search for orders, on the core."""

import warnings

import numpy as np
import pmdarima
import pytest

import sarimax_c as sx

SEARCH = {
    "seasonal": True,
    "m": 12,
    **dict.fromkeys(("start_p", "start_q", "start_P", "start_Q"), 0),
    **dict.fromkeys(("max_p", "max_q", "max_P", "max_Q"), 1),
    "d": 1,
    "D": 1,
    "stepwise": True,
    "suppress_warnings": True,
}


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_auto_arima(series, verified, assert_native):
    found = pmdarima.auto_arima(series.to_numpy(), **SEARCH)
    assert_native()
    with_core = found.predict(12, return_conf_int=True)
    found.update([6.1, 6.0])
    assert_native()
    sx.unpatch_statsmodels()
    expected = pmdarima.auto_arima(series.to_numpy(), **SEARCH)
    assert (found.order, found.seasonal_order) == (
        expected.order,
        expected.seasonal_order,
    )
    for ours, theirs in zip(
        with_core, expected.predict(12, return_conf_int=True), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3)


def test_fits_with_regressors(series, verified, assert_native):
    exog = np.arange(144.0)[:, None] % 7
    model = pmdarima.ARIMA((1, 0, 1), (1, 0, 0, 12), trend="c", maxiter=50)
    model.fit(series.to_numpy(), X=exog)
    assert_native()
    ours, forecast = model.arima_res_.llf, model.predict(3, X=exog[:3])
    model.predict_in_sample(X=exog)
    sx.unpatch_statsmodels()
    model.fit(series.to_numpy(), X=exog)
    assert ours >= model.arima_res_.llf - 1e-6
    assert np.isfinite(forecast).all()
