# SPDX-License-Identifier: BSD-3-Clause
"""What notebooks do with the classes: fit, look, draw, test, keep, and come back."""

import copy
import pickle

import matplotlib
import numpy as np
import pandas as pd
import pytest
from dropin.sameness import Sameness
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.statespace.sarimax import SARIMAX, SARIMAXResults

import sarimax_c as sx
from sarimax_c.datasets import load_airpassengers

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DATES = pd.date_range("1949-01", periods=144, freq="MS")
Y = pd.Series(np.log(load_airpassengers()[1]), DATES, name="passengers")
X = pd.DataFrame({"step": (np.arange(144) > 70) * 1.0}, DATES)
SEASONAL = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)}

FITS = {
    "airline": (SARIMAX, sx.SARIMAX, (Y,), SEASONAL),
    "arma": (SARIMAX, sx.SARIMAX, (Y.diff().dropna(),), {"order": (2, 0, 2)}),
    "trend": (SARIMAX, sx.SARIMAX, (Y,), {"order": (1, 0, 0), "trend": "ct"}),
    "exog": (SARIMAX, sx.SARIMAX, (Y, X), {"order": (1, 1, 1)}),
    "gaps": (SARIMAX, sx.SARIMAX, (Y.mask(Y.index.month == 5),), SEASONAL),
    "numpy": (SARIMAX, sx.SARIMAX, (Y.to_numpy(),), {"order": (1, 1, 0)}),
    "scale": (SARIMAX, sx.SARIMAX, (Y,), {**SEASONAL, "concentrate_scale": True}),
    "arima": (ARIMA, sx.ARIMA, (Y,), {"order": (1, 1, 1), "trend": "t"}),
}


@pytest.fixture(scope="module")
def fits():
    """Results of both sides, by the names of `FITS`."""
    found = {}
    for name, (theirs, ours, data, options) in FITS.items():
        keywords = {} if theirs is ARIMA else {"disp": 0}
        found[name] = tuple(
            cls(*data, **options).fit(**keywords) for cls in (ours, theirs)
        )
    return found


@pytest.fixture(params=FITS)
def pair(request, fits):
    return fits[request.param]


def _exog(results, rows=6):
    return np.ones((rows, 1)) if "step" in results.model.param_names else None


def test_fits_are_at_least_as_high(pair):
    ours, theirs = pair
    assert ours.llf >= theirs.llf - 1e-6
    assert isinstance(ours._results, SARIMAXResults)
    assert ours.params.shape == theirs.params.shape
    assert type(ours.params) is type(theirs.params)
    assert ours.mle_retvals.keys() == theirs.mle_retvals.keys()
    same = Sameness(1e-8)
    same.compare("mle_settings", ours.mle_settings, theirs.mle_settings)
    assert not same.differences, "\n".join(same.differences)
    if isinstance(theirs.params, pd.Series):
        assert ours.params.index.equals(theirs.params.index)


def test_looking(pair):
    """A summary has statsmodels' form, with numbers of its own."""
    ours, theirs = (str(results.summary()) for results in pair)
    assert len(ours.splitlines()) >= len(theirs.splitlines()) - 1
    shown = [line.split()[0] for line in theirs.splitlines() if line.strip()]
    assert [line.split()[0] for line in ours.splitlines() if line.strip()] == shown
    for results in pair:
        assert "<table" in results.summary().as_html()
        assert results.summary().as_latex().startswith(r"\begin")
    assert pair[0].summary().tables[1].data[0] == pair[1].summary().tables[1].data[0]


def test_forecasting(pair):
    same = Sameness(1e-8)
    ours, theirs = pair
    # statsmodels' class at our parameters.
    beside = theirs.model.smooth(np.asarray(ours.params))
    for call in (
        lambda results: results.forecast(6, exog=_exog(results)),
        lambda results: results.get_forecast(6, exog=_exog(results)).summary_frame(),
        lambda results: results.get_forecast(6, exog=_exog(results)).conf_int(0.2),
        lambda results: results.get_prediction(20, dynamic=5).summary_frame(),
        lambda results: results.fittedvalues,
        lambda results: results.resid,
        lambda results: results.test_normality("jarquebera"),
        lambda results: results.test_heteroskedasticity("breakvar"),
        lambda results: results.test_serial_correlation("ljungbox", lags=8),
    ):
        same.call("call", lambda call=call: call(ours), lambda call=call: call(beside))
    assert not same.differences, "\n".join(same.differences)


def test_drawing(pair):
    for results in pair:
        figure = results.plot_diagnostics(figsize=(8, 6))
        assert len(figure.axes) == 4
        figure.canvas.draw()
        plt.close(figure)
    figure, axes = plt.subplots()
    forecast = pair[0].get_forecast(6, exog=_exog(pair[0]))
    axes.plot(np.asarray(forecast.predicted_mean))
    axes.fill_between(range(6), *np.asarray(forecast.conf_int()).T, alpha=0.2)
    figure.canvas.draw()
    plt.close(figure)


def test_keeping(pair, tmp_path):
    ours = pair[0]
    path = tmp_path / "results.pickle"
    ours.save(path)
    loaded = SARIMAXResults.load(path)
    copies = [
        loaded,
        pickle.loads(pickle.dumps(ours)),
        copy.deepcopy(ours),
        copy.copy(ours),
    ]
    expected = ours.forecast(6, exog=_exog(ours))
    for other in copies:
        assert type(other) is type(ours)
        np.testing.assert_array_equal(other.params, ours.params)
        np.testing.assert_allclose(
            other.forecast(6, exog=_exog(ours)), expected, rtol=1e-12
        )
        assert other.llf == pytest.approx(ours.llf, rel=1e-12)
        np.testing.assert_allclose(other.bse, ours.bse, rtol=1e-9, equal_nan=True)
        np.testing.assert_allclose(other.smoothed_state, ours.smoothed_state)
        assert "Log Likelihood" in str(other.summary())


def test_coming_back(pair):
    """New data: append, extend, apply, and news about what they change."""
    same = Sameness(1e-8)
    ours, theirs = pair
    beside = theirs.model.smooth(np.asarray(ours.params))
    data = ours.model.data.orig_endog
    exog = _exog(ours, 3)
    values = np.asarray(data)[-12:-10]
    if isinstance(data, pd.Series):
        dates = pd.date_range("1961-01", periods=2, freq="MS")
        more = pd.Series(values, dates, name=data.name)
        rows = None if exog is None else pd.DataFrame({"step": [1.0, 1.0]}, dates)
    else:
        more, rows = values, None

    def longer(results, method):
        found = getattr(results, method)(more, exog=rows)
        return found.llf, found.nobs, found.forecast(3, exog=exog), found.params

    for method in ("append", "extend"):
        same.call(
            method,
            lambda method=method: longer(ours, method),
            lambda method=method: longer(beside, method),
        )

    def news(results):
        news = results.append(more, exog=rows).news(
            results, start=-1, periods=2, exog=exog
        )
        return news.total_impacts, str(news.summary())

    same.call("news", lambda: news(ours), lambda: news(beside))
    quiet = {} if isinstance(ours.model, ARIMA) else {"disp": 0}
    refitted = [
        results.append(more, exog=rows, refit=True, fit_kwargs=quiet).llf
        for results in (ours, theirs)
    ]
    assert refitted[0] >= refitted[1] - 1e-6
    assert not same.differences, "\n".join(same.differences)


def test_formulas_are_refused_alike():
    frame = pd.DataFrame({"y": Y, "step": X["step"]})
    raised = []
    for cls in (sx.SARIMAX, SARIMAX):
        with pytest.raises(NotImplementedError) as caught:
            cls.from_formula("y ~ step", frame)
        raised.append(str(caught.value))
    assert raised[0] == raised[1]


def test_fixed_parameters():
    found = []
    for cls in (sx.SARIMAX, SARIMAX):
        model = cls(Y, order=(1, 1, 1))
        with model.fix_params({"ar.L1": 0.3}):
            inside = model.fit(disp=0)
        constrained = model.fit_constrained({"ar.L1": 0.3}, disp=0)
        found.append((inside, constrained))
        assert inside.fixed_params == ["ar.L1"]
        assert inside.params["ar.L1"] == constrained.params["ar.L1"] == 0.3
        assert "(fixed)" in str(inside.summary())
    for ours, theirs in zip(*found, strict=True):
        assert ours.llf >= theirs.llf - 1e-6


def test_changing_a_matrix_is_seen():
    """Results stay right where a user changes matrices."""
    found = []
    for cls in (sx.SARIMAX, SARIMAX):
        model = cls(Y, order=(1, 0, 0))
        model.update([0.5, 0.01])
        model.ssm["state_cov", 0, 0] = 4.0
        found.append(model.ssm.smooth().smoothed_state)
        if cls is sx.SARIMAX:
            assert model.ssm.engine_used == "identical"
    np.testing.assert_allclose(*found, rtol=1e-8, atol=1e-8)
