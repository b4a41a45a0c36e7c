# SPDX-License-Identifier: BSD-3-Clause
"""Results of the drop-in: statsmodels' own, computed when they are asked for."""

import copy
import inspect
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from dropin_models import DATES, MODELS, SERIES, Ours, Theirs, airline, future, pair
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_index_equal, assert_series_equal
from statsmodels.tsa.statespace import sarimax
from statsmodels.tsa.statespace.kalman_smoother import SMOOTHER_STATE

from sarimax_c.dropin.system import System

SUMMARIES = ("aic", "bic", "hqic", "llf", "mse", "mae", "sse", "df_model", "nobs")
FRAMES = ("fittedvalues", "resid", "params", "bse", "pvalues")
SIMULATE = inspect.signature(sarimax.SARIMAXResults.simulate).parameters
DRAWS = "rng" if "rng" in SIMULATE else "random_state"  # statsmodels 0.14
MEANS = (
    "smoothed_state",
    "smoothed_state_disturbance",
    "smoothed_measurement_disturbance",
    "smoothing_error",
    "scaled_smoothed_estimator",
    "scaled_smoothed_estimator_presample",
)
COVARIANCES = (
    "smoothed_state_cov",
    "smoothed_state_autocov",
    "smoothed_state_disturbance_cov",
    "smoothed_measurement_disturbance_cov",
)
STATES = ("smoothed_state", "smoothed_state_cov", "filtered_state", "predicted_state")


def _both(name, how="smooth"):
    ours, theirs, params = pair(name)
    return getattr(ours, how)(params), getattr(theirs, how)(params)


def _same(found, wanted, **tolerance):
    if isinstance(wanted, pd.DataFrame):
        assert_frame_equal(found, wanted, check_exact=False, **tolerance)
    elif isinstance(wanted, pd.Series):
        assert_series_equal(found, wanted, check_exact=False, **tolerance)
    else:
        assert_allclose(found, wanted, **tolerance)


@pytest.mark.parametrize("name", MODELS)
def test_attributes(name):
    ours, theirs = _both(name)
    assert isinstance(ours._results, sarimax.SARIMAXResults)
    assert type(ours) is sarimax.SARIMAXResultsWrapper
    assert ours.engine_used == "identical"
    for key in SUMMARIES:
        assert_allclose(getattr(ours, key), getattr(theirs, key), rtol=1e-8)
    for key in FRAMES:
        _same(getattr(ours, key), getattr(theirs, key), rtol=1e-5, atol=1e-6)
    for key in STATES:
        wanted = getattr(theirs, key)
        scale = np.abs(wanted).max()
        assert_allclose(getattr(ours, key), wanted, rtol=1e-7, atol=1e-8 * scale)
    _same(ours.states.smoothed, theirs.states.smoothed, rtol=1e-6, atol=1e-6)
    assert ours.specification == theirs.specification
    names = {n for n in dir(ours._results) if n[:2] != "__"} - {"engine_used", "impute"}
    assert names == {n for n in dir(theirs._results) if n[:2] != "__"}


@pytest.mark.parametrize("name", MODELS)
def test_predictions(name):
    ours, theirs = _both(name)
    nobs = ours.nobs
    calls = {
        "forecast": lambda r: r.forecast(7, **future(name, 7)),
        "frame": lambda r: r.get_forecast(7, **future(name, 7)).summary_frame(),
        "in": lambda r: r.get_prediction().summary_frame(),
        "over": lambda r: r.get_prediction(
            start=nobs - 9, end=nobs + 3, **future(name, 4)
        ).summary_frame(alpha=0.2),
        "dynamic": lambda r: r.get_prediction(start=30, dynamic=9).summary_frame(),
        "dynamic over": lambda r: r.get_prediction(
            start=30, end=nobs + 1, dynamic=True, **future(name, 2)
        ).summary_frame(),
        "beyond": lambda r: (
            r.get_prediction(
                start=nobs + 2, end=nobs + 4, **future(name, 5)
            ).predicted_mean
        ),
        "smoothed": lambda r: (
            r.get_prediction(information_set="smoothed").predicted_mean
        ),
        "signal": lambda r: r.get_prediction(signal_only=True).predicted_mean,
        "states": lambda r: (
            r.get_prediction(
                start=5, end=nobs + 3, **future(name, 4)
            ).prediction_results.predicted_state
        ),
        "simulation": lambda r: r.simulate(6, **{DRAWS: np.random.default_rng(1)}),
        "responses": lambda r: r.impulse_responses(5),
    }
    for label, call in calls.items():
        wanted = call(theirs)
        scale = float(np.nanmax(np.abs(np.asarray(wanted))))
        _same(call(ours), wanted, rtol=1e-7, atol=1e-8 * scale)
        assert label


def test_indexes_of_predictions_have_their_frequency():
    ours, theirs = _both("arima")
    for start, end in ((0, 89), (80, 95), (90, 93), (95, 99), (-5, 92)):
        found = ours.get_prediction(start, end).row_labels
        wanted = theirs.get_prediction(start, end).row_labels
        assert_index_equal(found, wanted)
        assert found.freq == wanted.freq
    by_date = ours.predict("2008-01-01", "2009-01-01")
    _same(by_date, theirs.predict("2008-01-01", "2009-01-01"), rtol=1e-8)


@pytest.mark.parametrize(
    "freq", ["MS", "ME", "QS-FEB", "QE-NOV", "YS", "YE-JUN", "D", "h", "B", "2MS", "W"]
)
def test_dates_after_the_last_are_pandas(freq):
    index = pd.date_range("2019-01-31 06:00", periods=60, freq=freq)
    series = pd.Series(SERIES.to_numpy()[:60], index=index)
    theirs = Theirs(series, order=(1, 0, 0)).smooth([0.5, 1.0])
    ours = Ours(series, order=(1, 0, 0)).smooth([0.5, 1.0])
    for start, end in ((60, 75), (63, 64), (50, 70)):
        found = ours.get_prediction(start, end).row_labels
        wanted = theirs.get_prediction(start, end).row_labels
        assert_index_equal(found, wanted)
        assert found.freq == wanted.freq


@pytest.mark.parametrize(
    "arguments",
    [{"start": 9, "end": 2}, {"start": 4, "dynamic": -9}, {"start": "no date"}],
)
def test_errors_of_predictions(arguments):
    ours, theirs = _both("arima")
    with pytest.raises(Exception) as wanted:
        theirs.get_prediction(**arguments)
    with pytest.raises(type(wanted.value)) as found:
        ours.get_prediction(**arguments)
    assert str(found.value) == str(wanted.value)


def test_exog_of_forecasts_is_checked():
    ours, theirs = _both("exog")
    for exog in (None, np.ones((2, 2))):
        with pytest.raises(ValueError) as wanted:
            theirs.forecast(3, exog=exog)
        with pytest.raises(ValueError) as found:
            ours.forecast(3, exog=exog)
        assert str(found.value) == str(wanted.value)


@pytest.mark.parametrize("name", ["arima", "seasonal", "gaps", "concentrated"])
@pytest.mark.parametrize("how", ["append", "extend", "apply"])
def test_more_rows(name, how):
    ours, theirs = _both(name)
    index = pd.date_range(DATES[-1], periods=5, freq="MS")[1:]
    rows = pd.Series([1.0, 2.0, np.nan, 0.5], index=index, name="values")
    found, wanted = getattr(ours, how)(rows), getattr(theirs, how)(rows)
    assert_allclose(found.llf, wanted.llf)
    _same(found.forecast(3), wanted.forecast(3), rtol=1e-7)
    _same(found.bse, wanted.bse, rtol=1e-4)
    assert found.cov_kwds["description"] == wanted.cov_kwds["description"]
    twice = getattr(found, how)(rows.shift(4, freq="MS") if how != "apply" else rows)
    again = getattr(wanted, how)(rows.shift(4, freq="MS") if how != "apply" else rows)
    assert_allclose(twice.llf, again.llf)
    assert twice.cov_kwds["description"] == again.cov_kwds["description"]
    assert_index_equal(twice.model._index, again.model._index)


def test_rows_that_do_not_follow_are_refused():
    ours, theirs = _both("arima")
    rows = pd.Series([1.0], index=DATES[:1], name="values")
    with pytest.raises(ValueError) as wanted:
        theirs.append(rows)
    with pytest.raises(ValueError) as found:
        ours.append(rows)
    assert str(found.value) == str(wanted.value)


def test_news():
    ours, theirs = _both("arima")
    index = pd.date_range(DATES[-1], periods=2, freq="MS")[1:]
    rows = pd.Series([3.0], index=index, name="values")
    found = ours.append(rows).news(ours, start="2008-08", periods=3)
    wanted = theirs.append(rows).news(theirs, start="2008-08", periods=3)
    _same(found.total_impacts, wanted.total_impacts, rtol=1e-6, atol=1e-9)


def test_decomposition():
    ours, theirs = _both("gaps")
    found, wanted = (
        ours.get_smoothed_decomposition(),
        theirs.get_smoothed_decomposition(),
    )
    for mine, other in zip(found, wanted, strict=True):
        _same(mine, other, rtol=1e-6, atol=1e-8)


def test_nothing_is_computed_before_it_is_asked_for(monkeypatch):
    y = airline()
    model = Ours(y, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12))
    params = model.start_params

    def refuse(*_, **__):
        raise AssertionError("computed")

    monkeypatch.setattr(type(model.ssm), "filter", refuse)
    monkeypatch.setattr(type(model.ssm), "smooth", refuse)
    monkeypatch.setattr(System, "filter", refuse)
    results = model.smooth(params)
    assert results.forecast(3).shape == (3,)
    assert results.get_prediction(start=100, dynamic=5).predicted_mean.shape == (44,)
    assert results.append(y.iloc[-1:].shift(1, freq="MS")).llf
    assert "Ljung-Box" in str(results.summary())
    with pytest.raises(AssertionError, match="computed"):
        assert results.smoothed_state is not None


@pytest.mark.parametrize("name", sorted({*MODELS} - {"concentrated"}))
def test_smoothed_outputs_need_not_all_of_the_smoother(monkeypatch, name):
    ours, theirs = _both(name)
    with monkeypatch.context() as context:
        context.setattr(type(ours.model.ssm), "smooth", None)
        means = {key: getattr(ours.smoother_results, key) for key in MEANS}
        assert ours.smoothed_state is means["smoothed_state"]
        covariances = {key: getattr(ours.smoother_results, key) for key in COVARIANCES}
    assert ours.smoother_results.smoothed_state is means["smoothed_state"]
    full = ours.model.ssm.smooth()
    for key, found in {**means, **covariances}.items():
        wanted = getattr(theirs.smoother_results, key)
        scale = max(1.0, np.abs(wanted).max())
        assert_allclose(found, wanted, rtol=0, atol=1e-7 * scale)
        assert_array_equal(found, getattr(full, key))
        assert found.flags.writeable
        assert found.flags.f_contiguous == wanted.flags.f_contiguous
    rest = theirs.scaled_smoothed_estimator_cov
    found = ours.scaled_smoothed_estimator_cov
    assert_allclose(found, rest, rtol=0, atol=1e-7 * np.abs(rest).max())


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("name", sorted({*MODELS} - {"concentrated"}))
def test_who_reads_one_covariance_of_states_pays_for_one(name, turn):
    ours, theirs = _both(name)
    found, wanted = ours.smoother_results, theirs.smoother_results
    order = (*COVARIANCES[turn:], *COVARIANCES[:turn], *MEANS)
    for place, key in enumerate(order):
        values = getattr(wanted, key)
        scale = max(1.0, np.abs(values).max())
        assert_allclose(getattr(found, key), values, rtol=0, atol=1e-7 * scale)
        unread = {*COVARIANCES[:2]} - {*order[: place + 1]}
        assert not unread & vars(found).keys()


def test_a_smoother_told_to_do_less():
    ours, theirs, params = pair("arima")
    for model in (ours, theirs):
        model.ssm.smoother_output = SMOOTHER_STATE
    found, wanted = ours.smooth(params), theirs.smooth(params)
    assert found.smoothed_state_disturbance is wanted.smoothed_state_disturbance is None
    assert_allclose(found.smoothed_state, wanted.smoothed_state, atol=1e-7)


def test_results_do_not_change_with_their_model():
    ours, theirs, params = pair("seasonal")
    found, wanted = ours.smooth(params), theirs.smooth(params)
    ours.smooth(0.5 * params)
    ours.loglikelihood_burn = 20
    ours.ssm["obs_cov", 0, 0] = 3.0
    ours.endog[:] = 0.0
    assert_allclose(found.llf, wanted.llf)
    assert_allclose(found.bse, wanted.bse, rtol=1e-4)
    assert_allclose(found.smoothed_state, wanted.smoothed_state, atol=1e-6)
    _same(found.forecast(4), wanted.forecast(4), rtol=1e-7)


@pytest.mark.parametrize("name", MODELS)
def test_pickles_and_copies(name, tmp_path):
    ours, theirs = _both(name)
    ours.save(tmp_path / "results")
    kept = [
        pickle.loads(pickle.dumps(ours)),
        copy.deepcopy(ours),
        type(ours).load(tmp_path / "results"),
    ]
    for back in kept:
        assert_allclose(back.llf, theirs.llf)
        _same(
            back.forecast(3, **future(name, 3)), theirs.forecast(3, **future(name, 3))
        )
        _same(back.bse, theirs.bse, rtol=1e-4)
        assert_allclose(back.smoothed_state, theirs.smoothed_state, atol=1e-6)


def test_a_pickle_is_a_hundredth_of_statsmodels():
    y = airline()
    options = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)}
    ours = Ours(y, **options).fit(disp=0)
    assert str(ours.summary())
    assert ours.smoothed_state_cov.shape == (27, 27, 144)
    theirs = sarimax.SARIMAX(y, **options).smooth(np.asarray(ours.params))
    assert 100 * len(pickle.dumps(ours)) < len(pickle.dumps(theirs))
    back = pickle.loads(pickle.dumps(ours))
    assert (
        str(back.summary()).splitlines()[12:] == str(ours.summary()).splitlines()[12:]
    )


def test_removed_data_are_gone():
    ours, theirs = _both("arima")
    for results in (ours, theirs):
        results.remove_data()
    assert ours._results.__dict__.get("_sx") is None
    assert ours.model.endog is None
    _same(ours.bse, theirs.bse, rtol=1e-3)
    _same(ours.cov_params(), theirs.cov_params(), rtol=1e-3)


@pytest.mark.parametrize(
    "cov_type", ["opg", "approx", "oim", "robust", "robust_approx", "none"]
)
def test_covariances(cov_type):
    ours, theirs, params = pair("arima")
    found = ours.smooth(params, cov_type=cov_type)
    wanted = theirs.smooth(params, cov_type=cov_type)
    _same(found.cov_params(), wanted.cov_params(), rtol=1e-3)
    assert found.cov_kwds == wanted.cov_kwds
    assert found._rank == wanted._rank or np.isnan(wanted._rank)
    with pytest.raises(NotImplementedError, match="Invalid covariance"):
        ours.smooth(params, cov_type="unknown")


def test_filter_results_of_statsmodels():
    for how in ("smooth", "filter"):
        ours, theirs = _both("gaps", how)
        mine, other = ours.filter_results, theirs.filter_results
        assert isinstance(mine, type(other))
        for key, value in vars(other).items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                scale = np.nanmax(np.abs(value)) if value.size else 0.0
                assert_allclose(
                    getattr(mine, key), value, rtol=1e-7, atol=1e-8 * scale, err_msg=key
                )
        assert_allclose(mine.kalman_gain, other.kalman_gain, rtol=1e-7, atol=1e-8)
        assert (mine.smoothed_state is None) == (other.smoothed_state is None)


def test_numpy_in_numpy_out():
    ours = Ours(SERIES.to_numpy(), order=(1, 0, 0)).smooth([0.5, 1.0])
    assert type(ours.forecast(3)) is np.ndarray
    assert_array_equal(ours.params, [0.5, 1.0])


@pytest.fixture
def impatient():
    """Threads that take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("impatient")
def test_threads_that_read_one_result():
    """Each reads the output in an order of its own; statsmodels has it all at once."""
    params, names = [0.3, 0.2, 1.2], [*MEANS, *COVARIANCES, "filtered_state", "llf_obs"]
    theirs = Theirs(SERIES, order=(1, 1, 1)).smooth(params).filter_results
    ours = Ours(SERIES, order=(1, 1, 1))

    def read(found, seed):
        for name in np.random.default_rng(seed).permutation(names):
            expected = getattr(theirs, name)
            scale = max(1.0, np.max(np.abs(expected)))
            assert_allclose(getattr(found, name) / scale, expected / scale, atol=1e-8)

    with ThreadPoolExecutor(4) as pool:
        for first in range(0, 120, 4):
            found = ours.smooth(params).filter_results
            list(pool.map(read, [found] * 4, range(first, first + 4)))
