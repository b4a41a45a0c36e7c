# SPDX-License-Identifier: BSD-3-Clause
"""Under "verify" the drop-in's models are compared too, whatever they run on."""

import json
import warnings

import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c import _core, engine, verify
from sarimax_c.datasets import load_airpassengers
from sarimax_c.dropin import verifying

Y = np.log(load_airpassengers()[1])
GAPS = np.where(np.isin(np.arange(144), [3, 50, 51, 143]), np.nan, Y)
X = np.sqrt(np.arange(144.0))
MODELS = {
    "airline": {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)},
    "trend": {"order": (1, 0, 1), "trend": "ct"},
    "error": {"order": (1, 1, 0), "measurement_error": True},
    "scale": {"order": (1, 1, 1), "concentrate_scale": True},
    "hamilton": {"order": (2, 0, 1), "hamilton_representation": True},
    "diffuse": {
        "order": (1, 1, 1),
        "seasonal_order": (0, 1, 1, 12),
        "use_exact_diffuse": True,
    },
    "state exog": {"order": (1, 0, 1), "exog": X, "mle_regression": False},
}


@pytest.fixture(autouse=True)
def from_zero(monkeypatch):
    monkeypatch.setattr(engine, "_state", engine._State())
    sx.set_engine("verify")
    sx.reset_stats()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    sx.reset_stats()


def _use(y, options):
    model = sx.SARIMAX(y, **options)
    results = model.smooth(model.start_params)
    future = {} if "exog" not in options else {"exog": [12.0, 12.1, 12.2]}
    return (
        results.llf,
        results.smoothed_state,
        results.smoothed_state_cov,
        results.smoothed_state_autocov,
        results.smoothed_state_disturbance,
        results.forecast(3, **future),
        results.impute()[0],
        results.get_prediction(start=60, end=100, dynamic=5).predicted_mean,
        model.loglikeobs(1.5e-8j + results.params, complex_step=True),
    )


@pytest.mark.parametrize("data", ["whole", "gaps"])
@pytest.mark.parametrize("name", MODELS)
def test_what_agrees_is_counted_and_not_logged(caplog, name, data):
    y = {"whole": Y, "gaps": GAPS}[data]
    found = _use(y, MODELS[name])
    assert sx.stats()["compared"] >= 4
    assert sx.stats()["differences"] == 0
    assert not caplog.records
    sx.set_engine("auto")
    compared = sx.stats()["compared"]
    for own, without in zip(found, _use(y, MODELS[name]), strict=True):
        np.testing.assert_array_equal(own, without)
    assert sx.stats()["compared"] == compared


class _Faulty:
    """The core's functions, with one entry of one output moved."""

    def __init__(self, output, by):
        self._output = output
        self._by = by

    def filter_system(self, system, wanted):
        found = _core.filter_system(system, wanted)
        self._move(wanted)
        return found

    def smooth_system(self, system, filtered, wanted, *how):
        _core.smooth_system(system, filtered, wanted, *how)
        self._move(wanted)

    def loglike_complex(self, system, loglikelihood, *others):
        found = _core.loglike_complex(system, loglikelihood, *others)
        self._move({"loglikelihood": loglikelihood.imag})
        return found

    def _move(self, arrays):
        if self._output in arrays:
            # Of a missing period there is no gain, of an observed one no variance.
            period = 50 if "smoothed" in self._output else 70
            arrays[self._output][..., period] *= self._by


@pytest.mark.parametrize("output", ["forecast", "kalman_gain", "smoothed_state_cov"])
def test_a_fault_is_logged_once_and_replayed(caplog, monkeypatch, output):
    model = sx.SARIMAX(GAPS, **MODELS["hamilton"])
    params = model.start_params
    with monkeypatch.context() as context:
        context.setattr(verifying, "load_core", lambda: _Faulty(output, 1.0 + 1e-3))
        results = model.smooth(params)
        assert results.smoothed_state.shape[1] == 144
        (logged,) = caplog.records
        record = json.loads(logged.getMessage().partition("): ")[2])
        assert record == logged.difference
        assert record["call"] == (
            "smooth_system" if output == "smoothed_state_cov" else "filter_system"
        )
        assert record["failures"][0].startswith(f"{output}[")
        assert record["native"][output] != record["statsmodels"][output]
        assert verify.replay(record)["native"] == record["native"]
    assert verify.replay(record) is None


def test_a_fault_in_a_derivative_is_logged_and_replayed(caplog, monkeypatch):
    model = sx.SARIMAX(GAPS, **MODELS["hamilton"])
    params = model.start_params + 1e-10j
    with monkeypatch.context() as context:
        context.setattr(
            verifying, "load_core", lambda: _Faulty("loglikelihood", 1.0 + 1e-3)
        )
        model.loglike(params, complex_step=True)
        (logged,) = caplog.records
        record = logged.difference
        assert record["call"] == "loglike_complex"
        assert verify.replay(record)["native"] == record["native"]
    assert verify.replay(record) is None


@pytest.mark.parametrize("name", ["hamilton", "diffuse", "state exog"])
def test_derivatives_by_complex_steps(caplog, monkeypatch, name):
    model = sx.SARIMAX(Y, **MODELS[name])
    params = model.start_params
    model.score(params)
    model.score_obs(params)
    assert sx.stats()["compared"] > len(params)
    assert not caplog.records


def test_runs_of_the_univariate_method_are_compared(caplog):
    model = sx.SARIMAX(GAPS, **MODELS["hamilton"])
    model.ssm.filter_univariate = True
    params = model.start_params
    sx.reset_stats()
    model.loglike(params)
    assert sx.stats()["compared"] == 1
    model.smooth(model.start_params)
    assert sx.stats()["compared"] > 2
    assert not caplog.records


def test_a_fit_of_such_a_model_is_compared(caplog):
    sx.SARIMAX(Y, **MODELS["hamilton"]).fit(disp=0, maxiter=3)
    assert sx.stats()["compared"] > 3
    assert not caplog.records


@pytest.mark.parametrize("cov_type", ["opg", "approx", "oim", "robust"])
def test_standard_errors_are_compared(caplog, monkeypatch, cov_type):
    calls = []
    real = verify.Verifier.derivatives

    def noted(self, call, *rest):
        calls.append(call)
        real(self, call, *rest)

    monkeypatch.setattr(verify.Verifier, "derivatives", noted)
    model = sx.SARIMAX(Y, order=(1, 1, 1))
    results = model.filter(np.array([-0.57, 0.86, 0.01]), cov_type=cov_type)
    before = sx.stats()["compared"]
    assert np.isfinite(results.bse).all()
    parts = {"opg": {"score_obs"}, "approx": {"hessian"}, "robust": {"score_obs"}}
    # Of the information matrix the filter's runs are, in complex numbers.
    assert set(calls) - {"score"} == parts.get(cov_type, set())
    assert sx.stats()["compared"] > before
    assert not caplog.records
