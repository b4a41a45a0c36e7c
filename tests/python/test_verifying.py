# SPDX-License-Identifier: BSD-3-Clause
"""Under "verify" states, many origins, predictions and imputations are compared too."""

import json

import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c import engine, verify, verifying
from sarimax_c.datasets import load_airpassengers

Y = load_airpassengers()[1]
GAPS = np.log(Y)
GAPS[[0, 40, 41, 100, 143]] = np.nan
AIRLINE = ((0, 1, 1), (0, 1, 1, 12))
PARAMS = np.array([-0.4, -0.5, 140.0])
LOG_PARAMS = np.array([-0.4, -0.5, 0.0014])
EXOG = np.random.default_rng(4).standard_normal((160, 2))


@pytest.fixture(autouse=True)
def from_zero(monkeypatch):
    monkeypatch.setattr(engine, "_state", engine._State())
    sx.set_engine("verify")
    sx.reset_stats()
    yield
    sx.reset_stats()


def _state_of(y, params, exog=None, **options):
    options = {"order": AIRLINE[0], "seasonal": AIRLINE[1], **options}
    rows = [
        None,
        *([None] * 3 if exog is None else np.split(exog[: len(y)], [100, 101])),
    ]
    model = sx.Model(y[:100], rows[1], **options)
    state = model.state(params).append(y[100:101], rows[2]).append(y[101:], rows[3])
    future = None if exog is None else exog[len(y) : len(y) + 4]
    return state, state.forecast(4, future)


CALLS = {
    "state": lambda y, params: _state_of(y, params)[0].llf,
    "state_forecast": lambda y, params: _state_of(y, params)[1],
    "rolling_forecast": lambda y, params: sx.rolling_forecast(
        y, None, *AIRLINE, params, steps=3, start=100, stride=9
    ),
    "predict": lambda y, params: sx.sarimax_predict(
        y, None, *AIRLINE, params, start=30, end=150, dynamic=20
    ),
    "impute": lambda y, params: sx.sarimax_impute(y, None, *AIRLINE, params),
}
DATA = {"passengers": (Y, PARAMS), "logs with gaps": (GAPS, LOG_PARAMS)}


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("name", CALLS)
def test_what_agrees_is_counted_and_not_logged(caplog, name, data):
    found = CALLS[name](*DATA[data])
    assert sx.stats()["compared"] >= 1
    assert sx.stats()["differences"] == 0
    assert not caplog.records
    sx.set_engine("auto")
    np.testing.assert_equal(CALLS[name](*DATA[data]), found)


def _moved(found):
    return tuple(
        1.0 + x if isinstance(x, np.ndarray) and x.dtype == np.float64 else x
        for x in found
    )


class _Faulty:
    """The core with a fault in one method."""

    def __init__(self, core, name):
        self._inner = core
        self._name = name

    def __getattr__(self, name):
        found = getattr(self._inner, name)
        if name == self._name == "llf":
            return found + 1.0
        if name in ("state", "append"):
            return lambda *given: _Faulty(found(*given), self._name)
        if name != self._name:
            return found
        return lambda *given: _moved(found(*given))


FAULTS = {
    "state": "llf",
    "state_forecast": "forecast",
    "rolling_forecast": "rolling_forecast",
    "predict": "predict",
    "impute": "impute",
}


@pytest.mark.parametrize("name", CALLS)
def test_a_fault_is_logged_once_and_replayed(caplog, monkeypatch, name):
    real = verifying.VerifyingModel.__init__

    def planted(self, core, verifier):
        real(self, _Faulty(core, FAULTS[name]), verifier)

    with monkeypatch.context() as context:
        context.setattr(verifying.VerifyingModel, "__init__", planted)
        CALLS[name](GAPS, LOG_PARAMS)
        records = [record.difference for record in caplog.records]
        # Each growth of a state has a log-likelihood of its own.
        assert len(records) == (3 if name == "state" else 1)
        record = json.loads(json.dumps(records[-1]))
        assert record["call"] == name
        assert record["params"] == LOG_PARAMS.tolist()
        assert record["order"] == [0, 1, 1]
        assert record["native"] != record["statsmodels"]
        again = verify.replay(record)
        assert again["native"] == record["native"]
    assert verify.replay(record) is None


def test_one_wrong_origin_is_found(caplog, monkeypatch):
    class Faulty(_Faulty):
        def __getattr__(self, name):
            found = getattr(self._inner, name)
            if name != "rolling_forecast":
                return found

            def moved(*given):
                mean, var, skipped = found(*given)
                mean[2, 1] *= 1.0 + 1e-5
                return mean, var, skipped

            return moved

    real = verifying.VerifyingModel.__init__
    monkeypatch.setattr(
        verifying.VerifyingModel,
        "__init__",
        lambda self, core, verifier: real(self, Faulty(core, ""), verifier),
    )
    CALLS["rolling_forecast"](Y, PARAMS)
    (record,) = [record.difference for record in caplog.records]
    assert record["failures"][0].startswith("origin 118: forecast_mean")


def test_refitted_origins_are_compared(caplog):
    sx.rolling_forecast(np.diff(Y), None, (1, 0, 0), steps=2, start=130, refit=10)
    # Each of the two fits at its end, the origins of each, and the second's start.
    assert sx.stats()["compared"] == 5
    assert not caplog.records


@pytest.mark.parametrize("simple", [False, True])
def test_regressors_follow_their_rows(caplog, simple):
    params = np.array([0.5, -0.2, 0.3, 0.2, 100.0])
    options = {"order": (1, 1, 1), "seasonal": (0, 0, 0, 0)}
    model = {**options, "simple_differencing": simple}
    _state_of(Y, params, EXOG, **model)
    sx.rolling_forecast(
        Y, EXOG[:144], params=params, steps=4, start=120, stride=8,
        exog_future=EXOG[144:], **model,
    )  # fmt: skip
    future = EXOG[144 : 151 + simple]
    sx.sarimax_predict(
        Y, EXOG[:144], params=params, start=100, end=150, exog_future=future,
        **model,
    )  # fmt: skip
    assert sx.stats()["compared"] >= 6
    assert not caplog.records


def test_a_score_beside_one_of_a_frozen_covariance(caplog):
    # statsmodels' own is off by 2e-4 of the number of observations here.
    y = np.random.default_rng(0).standard_normal(90)
    params = np.array([0.29, -0.29, 0.29, 0.09])
    score = sx.sarimax_score(y, None, (0, 1, 1), (1, 0, 1, 4), params)
    oracle = sx.sarimax_score(
        y, None, (0, 1, 1), (1, 0, 1, 4), params, engine="statsmodels"
    )
    assert np.abs(score - oracle).max() > 1e-5 * len(y)
    assert sx.stats()["compared"] >= 1
    assert not caplog.records


def test_a_state_comes_back_from_a_pickle(tmp_path):
    state, forecast = _state_of(Y, PARAMS)
    state.save(tmp_path / "state.npz")
    back = sx.load(tmp_path / "state.npz")
    np.testing.assert_array_equal(back.forecast(4), forecast)


def test_imputed_batches(caplog, monkeypatch):
    order = {"order": AIRLINE[0], "seasonal": AIRLINE[1], "params": LOG_PARAMS}
    for variance in (True, False):
        sx.batch_impute([GAPS, GAPS[:90]], **order, variance=variance)
    assert sx.stats()["compared"] == 4
    assert not caplog.records
    from sarimax_c.batch.verifying import VerifyingBatch

    real = VerifyingBatch.__init__
    monkeypatch.setattr(
        VerifyingBatch,
        "__init__",
        lambda self, core, *rest: real(self, _Faulty(core, "impute"), *rest),
    )
    sx.batch_impute([GAPS, GAPS[:90]], **order)
    records = [record.difference for record in caplog.records]
    assert [len(record["y"]) for record in records] == [144, 90]
    assert verify.replay(records[0]) is None
