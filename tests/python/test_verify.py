# SPDX-License-Identifier: BSD-3-Clause
"""The engine "verify": the core's values, and a log of what statsmodels has else."""

import json
import logging

import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c import engine, verify, verifying
from sarimax_c.datasets import load_airpassengers
from sarimax_c.statsmodels_engine import StatsmodelsModel

Y = load_airpassengers()[1]
AIRLINE = ((0, 1, 1), (0, 1, 1, 12))
PARAMS = np.array([-0.4, -0.5, 140.0])
RNG = np.random.default_rng(2)
NOISE = RNG.standard_normal(80)
BATCH = [Y, Y[:100], np.where(np.arange(144) == 60, np.nan, Y)]


@pytest.fixture(autouse=True)
def from_zero(monkeypatch):
    monkeypatch.setattr(engine, "_state", engine._State())
    sx.reset_stats()
    yield
    sx.reset_stats()


@pytest.fixture
def model():
    return sx.Model(Y, None, *AIRLINE, engine="verify")


MOVED = (
    "loglike",
    "loglikeobs",
    "filter",
    "forecast",
    "loglike_score",
    "score_obs",
    "opg",
    "information",
    "hessian",
    "transform_params",
    "untransform_params",
)


@pytest.fixture
def other(monkeypatch):
    """statsmodels' values moved by a hundredth."""
    for name in MOVED:
        method = getattr(StatsmodelsModel, name)

        def moved(self, *arguments, method=method, **options):
            found = method(self, *arguments, **options)
            if isinstance(found, tuple):
                return tuple(1.01 * x if _is_real(x) else x for x in found)
            return 1.01 * found

        monkeypatch.setattr(StatsmodelsModel, name, moved)


def _is_real(value):
    return isinstance(value, float) or getattr(value, "dtype", None) == np.float64


def _records(caplog):
    return [record.difference for record in caplog.records]


CALLS = {
    "loglike": lambda model: model.loglike(PARAMS),
    "loglikeobs": lambda model: model.loglikeobs(PARAMS),
    "filter": lambda model: model.filter(PARAMS).llf_obs,
    "forecast": lambda model: model.forecast(PARAMS, 5),
    "score": lambda model: model.score(PARAMS),
    "start_params": lambda model: model.start_params,
    "score_obs": lambda model: model._backend.score_obs(PARAMS),
    "opg": lambda model: model._backend.opg(PARAMS),
    "information": lambda model: model._backend.information(PARAMS),
    "hessian": lambda model: model.hessian(PARAMS),
    "transform_params": lambda model: model.transform_params(PARAMS),
    "untransform_params": lambda model: model.untransform_params(PARAMS),
}


def test_values_are_those_of_auto(model):
    auto = sx.Model(Y, None, *AIRLINE, engine="auto")
    assert model.engine == "auto"
    for call in CALLS.values():
        np.testing.assert_array_equal(call(model), call(auto))
    rows = np.array([PARAMS, 1.1 * PARAMS])
    np.testing.assert_array_equal(model.loglikes(rows), auto.loglikes(rows))
    assert model.fit().llf == auto.fit().llf
    assert model.state(PARAMS).llf == auto.state(PARAMS).llf
    assert model.engine_for(PARAMS) == auto.engine_for(PARAMS)


@pytest.mark.parametrize("name", CALLS)
def test_what_agrees_is_counted_and_not_logged(model, caplog, name):
    CALLS[name](model)
    assert sx.stats()["compared"] >= 1
    assert sx.stats()["differences"] == 0
    assert not caplog.records


@pytest.mark.parametrize("name", [name for name in CALLS if name != "start_params"])
def test_what_differs_is_logged(model, other, caplog, name):
    CALLS[name](model)
    assert name in [record["call"] for record in _records(caplog)]
    assert sx.stats()["differences"] == len(caplog.records)
    logged = caplog.records[0]
    assert logged.name == "sarimax_c"
    assert logged.levelno == logging.WARNING
    text = logged.getMessage()
    assert json.loads(text[text.index(": {") + 2 :]) == logged.difference
    record = logged.difference
    assert record["params"] == PARAMS.tolist()
    assert record["y"] == Y.tolist()
    assert record["order"] == [0, 1, 1]
    assert record["seasonal"] == [0, 1, 1, 12]


def test_start_params_that_differ_are_logged(model, caplog):
    class Core:
        def start_params(self):
            params, flags = model._backend_of("auto").start_params()
            return 1.001 * params, flags

    verifying.VerifyingModel(Core(), model._backend._verifier).start_params()
    (record,) = _records(caplog)
    assert record["call"] == "start_params"
    assert len(record["statsmodels"]) == 3


def test_both_values_are_in_the_record(model, other, caplog):
    llf = model.loglike(PARAMS)
    (record,) = _records(caplog)
    assert record["native"] == {"llf": llf}
    assert record["statsmodels"]["llf"] == pytest.approx(1.01 * llf)


@pytest.mark.parametrize("name", ["loglike", "forecast", "filter"])
def test_replay(caplog, monkeypatch, name):
    with monkeypatch.context() as context:
        method = getattr(StatsmodelsModel, name)

        def moved(self, *arguments):
            found = method(self, *arguments)
            if isinstance(found, tuple):
                return tuple(1.001 * x if _is_real(x) else x for x in found)
            return 1.001 * found

        context.setattr(StatsmodelsModel, name, moved)
        series = np.where(np.arange(144) == 60, np.nan, Y)
        model = sx.Model(series, None, *AIRLINE, engine="verify")
        CALLS[name](model)
        (record,) = _records(caplog)
        record = json.loads(json.dumps(record))
        again = verify.replay(record)
        assert again["native"] == record["native"]
    assert verify.replay(record) is None
    assert sx.stats()["compared"] == 1


def test_an_exception_on_one_side_is_a_difference(model, caplog, monkeypatch):
    def fail(self, params):
        raise ValueError("no")

    monkeypatch.setattr(StatsmodelsModel, "loglike", fail)
    model.loglike(PARAMS)
    (record,) = _records(caplog)
    assert record["statsmodels"] == "ValueError"


def test_errors_of_the_core_are_raised(caplog):
    with pytest.raises(sx.DataError):
        sx.Model(Y, engine="verify").loglike([0.5])
    for name in ("loglike", "filter"):
        with pytest.raises(sx.NumericalError):
            getattr(sx.Model(Y, engine="verify"), name)([-1.0, 1.0])
    assert not caplog.records


@pytest.mark.parametrize("setting", ["variable", "set_engine"])
def test_the_setting_reaches_functions(monkeypatch, setting):
    if setting == "variable":
        monkeypatch.setenv("SARIMAX_C_ENGINE", "verify")
        monkeypatch.setattr(engine, "_state", engine._State())
    else:
        sx.set_engine("verify")
    sx.sarimax_loglike(Y, None, *AIRLINE, PARAMS)
    assert sx.stats()["compared"] == 1
    assert sx.engine_info()["engine"] == "verify"
    assert sx.engine_info()["engine_used"] == "auto"
    sx.sarimax_loglike(Y, None, *AIRLINE, PARAMS, engine="identical")
    assert sx.stats()["compared"] == 1


def test_a_fit_is_compared_at_its_end(other, caplog):
    fitted = sx.sarimax_fit(Y, None, *AIRLINE, engine="verify")
    (record,) = _records(caplog)
    assert record["params"] == fitted.params.tolist()


BATCHES = {
    "loglike": (sx.batch_loglike, {"params": PARAMS}, 1),
    "score": (sx.batch_score, {"params": PARAMS}, 2),
    "filter": (sx.batch_filter, {"params": PARAMS}, 1),
    "forecast": (sx.batch_forecast, {"params": PARAMS, "steps": 4}, 1),
    "fit": (sx.batch_fit, {}, 1),
}


@pytest.mark.parametrize("name", BATCHES)
def test_batches_are_compared_series_by_series(caplog, name):
    function, arguments, times = BATCHES[name]
    order = {"order": AIRLINE[0], "seasonal": AIRLINE[1]}
    function(BATCH, **order, **arguments, engine="verify")
    assert sx.stats()["compared"] == times * len(BATCH)
    assert not caplog.records


@pytest.mark.parametrize("name", BATCHES)
def test_differences_in_batches_are_logged(other, caplog, name):
    function, arguments, times = BATCHES[name]
    order = {"order": AIRLINE[0], "seasonal": AIRLINE[1]}
    function(BATCH, **order, **arguments, engine="verify")
    records = _records(caplog)
    assert len(records) == times * len(BATCH)
    lengths = [len(record["y"]) for record in records]
    assert lengths == np.repeat([144, 100, 144], times).tolist()


def test_batches_that_loop_are_compared():
    sx.batch_fit(BATCH, order=(1, 1, 0), method="nm", maxiter=5, engine="verify")
    assert sx.stats()["compared"] >= len(BATCH)


OPTIONS = [
    {"trend": "ct"},
    {"measurement_error": True},
    {"concentrate_scale": True},
    {"simple_differencing": True},
    {"enforce_stationarity": False, "loglikelihood_burn": 5},
    {"tolerance": 0.0, "initial_variance": 1e4},
]


@pytest.mark.filterwarnings("ignore::sarimax_c.NumericalWarning")
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: next(iter(options)))
def test_options_agree(caplog, options):
    exog = np.random.default_rng(1).standard_normal((144, 1))
    model = sx.Model(Y, exog, (1, 1, 1), (0, 1, 1, 4), engine="verify", **options)
    params = model.start_params
    model.loglike_score(params)
    model.filter(params)
    model.forecast(params, 3, exog[:3])
    assert sx.stats()["compared"] == 5
    assert not caplog.records


DIGITS_LOST = {
    # By steps of 6e-7 for a variance of 1e-5.
    "hessian": (1e-3 * RNG.standard_normal(150), (1, 0, 1), [0.4, 0.2, 1e-5]),
    # By statsmodels' start covariance of 14 states beside a root.
    "score_obs": (NOISE, (0, 0, 1), [0.05, 0.99, 1.0]),
    "opg": (NOISE, (0, 0, 1), [0.05, 0.99, 1.0]),
    # By what a start variance of 1e6 is beside one of 1e-4.
    "information": (1e-2 * np.cumsum(NOISE), (2, 1, 1), [-0.1, 0.2, 0.34, 1e-4]),
}


@pytest.mark.parametrize("name", DIGITS_LOST)
def test_statsmodels_own_losses_are_no_differences(caplog, name):
    y, order, params = DIGITS_LOST[name]
    seasonal = (1, 0, 0, 12) if len(params) - 1 > order[0] + order[2] else (0,) * 4
    model = sx.Model(y, None, order, seasonal, engine="verify")
    found = getattr(model._backend, name)(np.array(params))
    with np.errstate(all="ignore"):
        expected = getattr(StatsmodelsModel(model.spec, y, None), name)(params)
    assert np.abs(found / expected - 1.0).max() > 1e-5
    assert not caplog.records


def test_a_wrong_element_of_a_matrix_is_found(caplog, monkeypatch, model):
    for name in ("opg", "information", "hessian"):
        real = getattr(StatsmodelsModel, name)

        def wrong(self, *arguments, real=real, **options):
            found = real(self, *arguments, **options)
            found[0, 1] += 3e-3 * np.sqrt(np.abs(found[0, 0] * found[1, 1]))
            return found

        monkeypatch.setattr(StatsmodelsModel, name, wrong)
    monkeypatch.setattr(
        StatsmodelsModel, "score_obs", lambda self, params, differences: 1 / 0
    )
    for name in ("information", "hessian"):
        CALLS[name](model)
        assert [r["call"] for r in _records(caplog)] == [name]
        caplog.clear()


def test_wrong_transformations_are_found(caplog, monkeypatch, model):
    real = StatsmodelsModel.transform_params
    monkeypatch.setattr(
        StatsmodelsModel,
        "transform_params",
        lambda self, params: real(self, params) * (1 + 1e-11),
    )
    CALLS["transform_params"](model)
    assert [r["call"] for r in _records(caplog)] == ["transform_params"]
    assert verify.replay(_records(caplog)[0]) is not None
    monkeypatch.undo()
    assert verify.replay(_records(caplog)[0]) is None


def test_transformations_near_the_edge_are_held_there_and_back(caplog):
    model = sx.Model(Y, None, (2, 0, 0), engine="verify")
    edge = [1.9999999, -0.99999995, 1.0]
    model.untransform_params(edge)
    assert not caplog.records
