# SPDX-License-Identifier: BSD-3-Clause
"""Calls of every entry point of the compiled module, the failing ones included.

Small models, so that tens of thousands of calls take seconds.
"""

import contextlib
import io
import warnings

import numpy as np

import sarimax_c as sx
from sarimax_c import _core
from sarimax_c.spec import make_specification

# Fits of two iterations do not converge.
warnings.simplefilter("ignore", sx.SarimaxWarning)

STEPS = 3
NOBS = 24


def _data():
    rng = np.random.default_rng(20240229)
    y = np.cumsum(rng.standard_normal(NOBS))
    y[5] = np.nan
    return y, rng.standard_normal((NOBS, 1)), rng.standard_normal((STEPS, 1))


Y, EXOG, EXOG_FUTURE = _data()
ORDER = (1, 1, 1)
SEASONAL = (1, 0, 0, 4)
SPECIFICATION = make_specification(ORDER, SEASONAL, 1)
PARAMS = np.array([0.5, 0.3, -0.2, 0.1, 1.5])
ROWS = np.tile(PARAMS, (5, 1))


def _core_calls():
    spec = SPECIFICATION.core()
    arguments = SPECIFICATION.core_arguments()
    model = _core.Model(spec, Y, EXOG, "auto")
    identical = _core.Model(spec, Y, EXOG, "identical")
    state = model.state(PARAMS)
    record, tail = state.record, state.tail
    return {
        "Spec": lambda: _core.Spec(*arguments).k_params,
        "Spec.transform_params": lambda: spec.transform_params(PARAMS),
        "Spec.untransform_params": lambda: spec.untransform_params(PARAMS),
        "Model": lambda: _core.Model(spec, Y, EXOG, "auto").endog,
        "Model.exog": lambda: model.exog,
        "Model.loglike": lambda: model.loglike(PARAMS),
        "Model.loglike of a list": lambda: model.loglike([0.5, 0.3, -0.2, 0.1, 1.5]),
        "Model.loglikes": lambda: model.loglikes(ROWS),
        "Model.loglikes, identical": lambda: identical.loglikes(ROWS),
        "Model.evaluate": lambda: model.evaluate(PARAMS),
        "Model.loglike_score": lambda: model.loglike_score(PARAMS),
        "Model.loglike_score, identical": lambda: identical.loglike_score(PARAMS),
        "Model.hessian": lambda: model.hessian(PARAMS),
        "Model.hessian, identical": lambda: identical.hessian(PARAMS),
        "Model.opg": lambda: model.opg(PARAMS),
        "Model.information": lambda: model.information(PARAMS),
        "Model.search_units": lambda: model.search_units(1.0),
        "Model.to_search": lambda: model.to_search(PARAMS, PARAMS),
        "Model.from_search": lambda: model.from_search(PARAMS, PARAMS),
        "Model.search_gradient": lambda: model.search_gradient(PARAMS, PARAMS, PARAMS),
        "Model.fit": lambda: model.fit(PARAMS, None, 2, False)["params"],
        "Model.score_obs": lambda: model.score_obs(PARAMS),
        "Model.loglikeobs": lambda: model.loglikeobs(PARAMS),
        "Model.filter": lambda: model.filter(PARAMS),
        "Model.forecast": lambda: model.forecast(PARAMS, STEPS, EXOG_FUTURE),
        "Model.rolling_forecast": lambda: model.rolling_forecast(
            PARAMS, STEPS, 9, 3, EXOG_FUTURE
        ),
        "Model.predict": lambda: model.predict(
            PARAMS, 3, len(Y) + STEPS, 7, EXOG_FUTURE
        ),
        "Model.impute": lambda: model.impute(PARAMS, True),
        "Model.state": lambda: model.state(PARAMS).llf,
        "State": lambda: _core.State(spec, record, tail).params,
        "State.append": lambda: state.append(Y, EXOG).record,
        "State.forecast": lambda: state.forecast(STEPS, EXOG_FUTURE),
        "Model.start_params": model.start_params,
    }


def _system_calls():
    """Filter and smoother of any state space model, one state of two diffuse."""
    wanted = {
        name: np.zeros((*shape, NOBS + (name.startswith("predicted"))), order="F")
        for name, shape in {
            "predicted_state": (2,),
            "predicted_state_cov": (2, 2),
            "predicted_diffuse_state_cov": (2, 2),
            "kalman_gain": (2, 1),
            "forecast_error": (1,),
            "forecast_error_cov": (1, 1),
            "forecast_error_diffuse_cov": (1, 1),
            "M": (2, 1),
            "M_inf": (2, 1),
        }.items()
    }
    wanted["univariate_filter"] = np.zeros(NOBS, dtype=np.int32)
    one = np.ones((1, 1, 1))
    matrices = (
        *(np.ones((1, 2, 1)), np.zeros((1, 1)), one),
        *(np.diag([1.0, 0.5])[:, :, None], np.zeros((2, 1))),
        *(np.array([[[0.0]], [[1.0]]]), one),
    )
    start = np.zeros(2), np.diag([0.0, 1.3]), np.diag([1.0, 0.0])
    inputs = (Y, *map(np.asfortranarray, (*matrices, *start)), 1e-19, False, False)
    smoothed = {"smoothed_state": np.zeros((2, NOBS), order="F")}

    def run_filter():
        _core.filter_system(inputs, wanted)
        return wanted["predicted_state"].copy()

    def run_smoother():
        diffuse = _core.filter_system(inputs, wanted)[2]
        _core.smooth_system(inputs, wanted, smoothed, diffuse, True, False)
        return smoothed["smoothed_state"].copy()

    def run_simulation():
        obs, states = np.zeros(NOBS), np.zeros((2, NOBS + 1), order="F")
        _core.simulate_system(inputs, Y, Y[None].copy(order="F"), obs, states)
        return states

    return {
        "filter_system": run_filter,
        "smooth_system": run_smoother,
        "simulate_system": run_simulation,
    }


def _vector_calls():
    rows = [Y, Y[3:]]
    sizes = _core.vector_sizes(rows)
    joined = np.empty(sizes.sum())
    return {
        "vector_sizes": lambda: _core.vector_sizes(rows),
        "join_vectors": lambda: _core.join_vectors(rows, 0, sizes, joined),
    }


def _front_calls():
    model = sx.Model(Y, EXOG, ORDER, SEASONAL)
    data = (Y, EXOG, ORDER, SEASONAL)
    differenced = sx.Model(*data, simple_differencing=True).state(PARAMS)
    return {
        "sarimax_c.Model": lambda: sx.Model(*data).loglike(PARAMS),
        "sarimax_c.Model.filter": lambda: model.filter(PARAMS).llf_obs,
        "sarimax_loglike": lambda: sx.sarimax_loglike(*data, PARAMS),
        "sarimax_score": lambda: sx.sarimax_score(*data, PARAMS),
        "sarimax_forecast": lambda: sx.sarimax_forecast(
            *data, PARAMS, STEPS, EXOG_FUTURE
        ),
        "rolling_forecast": lambda: sx.rolling_forecast(
            *data, PARAMS, STEPS, exog_future=EXOG_FUTURE
        ),
        "State.append, simple differencing": lambda: differenced.append(Y, EXOG).llf,
    }


def _failing(call):
    """The call, which has to raise."""

    def run():
        with contextlib.suppress(Exception):
            call()
            return False
        return True

    assert run(), "a call that should raise did not"
    return run


def _failing_calls():
    spec = SPECIFICATION.core()
    model = _core.Model(spec, Y, EXOG, "auto")
    state = model.state(PARAMS)
    unit_root = make_specification((1, 0, 0), (0, 0, 0, 0), 0).core()
    singular = _core.Model(unit_root, Y, None, "auto")
    exact = _core.Model(spec, Y, EXOG, "exact")  # and a negative sigma2
    no_lags = ((-1,), *SPECIFICATION.core_arguments()[1:])
    calls = {
        "Spec: negative lag": lambda: _core.Spec(*no_lags),
        "Spec: no arguments": lambda: _core.Spec(),
        "Spec.transform_params: too few": lambda: spec.transform_params(PARAMS[1:]),
        "Model: string": lambda: _core.Model(spec, "y", EXOG, "auto"),
        "Model: no exog": lambda: _core.Model(spec, Y, None, "auto"),
        "Model.loglike: too many": lambda: model.loglike(np.ones(9)),
        "Model.loglike: string": lambda: model.loglike("params"),
        "Model: engine": lambda: _core.Model(spec, Y, EXOG, "fast"),
        "Model.loglikes: too few": lambda: model.loglikes(ROWS[:, 1:].copy()),
        "Model.loglikes: one": lambda: model.loglikes(PARAMS),
        "Model.loglikes: LU": lambda: singular.loglikes(np.array([[-1.0, 1.0]])),
        "Model.loglike_score: too few": lambda: model.loglike_score(PARAMS[1:]),
        "Model.loglike_score: exact": lambda: exact.loglike_score(-PARAMS),
        "Model.hessian: exact": lambda: exact.hessian(-PARAMS),
        "Model.hessian: too few": lambda: model.hessian(PARAMS[1:]),
        "Model.opg: too few": lambda: model.opg(PARAMS[1:]),
        "Model.opg: LU": lambda: singular.opg(np.array([-1.0, 1.0])),
        "Model.information: too few": lambda: model.information(PARAMS[1:]),
        "Model.information: LU": lambda: singular.information(np.array([-1.0, 1.0])),
        "Model.loglike: exact": lambda: exact.loglike(-PARAMS),
        "Model.loglike: LU": lambda: singular.loglike(np.array([-1.0, 1.0])),
        "Model.filter: too few": lambda: model.filter(PARAMS[1:]),
        "Model.filter: LU": lambda: singular.filter(np.array([-1.0, 1.0])),
        "Model.forecast: steps": lambda: model.forecast(PARAMS, 0, EXOG_FUTURE),
        "Model.forecast: no exog": lambda: model.forecast(PARAMS, STEPS, None),
        "Model.rolling_forecast: origins": lambda: model.rolling_forecast(
            PARAMS, STEPS, 99, 1, EXOG_FUTURE
        ),
        "Model.rolling_forecast: no exog": lambda: model.rolling_forecast(
            PARAMS, STEPS, 9, 1, None
        ),
        "Model.predict: periods": lambda: model.predict(PARAMS, 5, 4, 4, None),
        "Model.predict: no exog": lambda: model.predict(
            PARAMS, 0, len(Y) + 1, len(Y), None
        ),
        "Model.predict: too few": lambda: model.predict(PARAMS[1:], 0, 5, 5, None),
        "Model.impute: too few": lambda: model.impute(PARAMS[1:], True),
        "Model.impute: LU": lambda: singular.impute(np.array([-1.0, 1.0]), False),
        "Model.state: too few": lambda: model.state(PARAMS[1:]),
        "Model.state: LU": lambda: singular.state(np.array([-1.0, 1.0])),
        "State: no record": lambda: _core.State(spec, b"", np.zeros(0)),
        "State.append: no exog": lambda: state.append(Y, None),
        "State.forecast: steps": lambda: state.forecast(0, EXOG_FUTURE),
        "sarimax_loglike: order": lambda: sx.sarimax_loglike(Y, None, (1, -1, 0)),
    }
    return {name: _failing(call) for name, call in calls.items()}


def _batch_calls(count, n_threads):
    """Batches of so many series, without and with regressors."""
    rows = [Y] * count
    keywords = {"order": ORDER, "seasonal": SEASONAL, "n_threads": n_threads}
    params = PARAMS[1:]
    return {
        "batch_loglike": lambda: np.asarray(
            sx.batch_loglike(rows, params=params, engine="identical", **keywords)
        ),
        "batch_score": lambda: np.asarray(
            sx.batch_score(rows, params=params, **keywords)
        ),
        "batch_filter": lambda: sx.batch_filter(rows, params=params, **keywords).llf,
        "batch_forecast": lambda: sx.batch_forecast(
            rows, params=params, steps=STEPS, **keywords
        ),
        "batch_impute": lambda: np.asarray(
            sx.batch_impute(rows, params=params, **keywords)[0]
        ),
        "batch_fit": lambda: sx.batch_fit(rows, maxiter=2, **keywords).llf,
        "BatchFit.cov_params": lambda: (
            sx.batch_fit(rows, maxiter=1, cov_type="oim", **keywords).cov_params
        ),
    }


def _long_calls():
    """The public functions of which 50,000 calls take minutes."""
    data = (Y, EXOG, ORDER, SEASONAL)
    fit = sx.sarimax_fit(*data, maxiter=2)
    state = sx.Model(*data).state(PARAMS)

    def saved(result):
        file = io.BytesIO()
        result.save(file)
        file.seek(0)
        return sx.load(file)

    return {
        "sarimax_filter": lambda: sx.sarimax_filter(*data, PARAMS).llf,
        "sarimax_start_params": lambda: sx.sarimax_start_params(*data),
        "sarimax_predict": lambda: sx.sarimax_predict(
            *data, PARAMS, exog_future=EXOG_FUTURE, end=NOBS + STEPS - 1
        ),
        "sarimax_impute": lambda: sx.sarimax_impute(*data, PARAMS),
        "sarimax_fit": lambda: sx.sarimax_fit(*data, maxiter=2).params,
        "FitResult.forecast": lambda: fit.forecast(STEPS, EXOG_FUTURE).mean,
        "FitResult.save": lambda: saved(fit).params,
        "State.save": lambda: saved(state).llf,
        "State.append, State.forecast": lambda: state.append(Y, EXOG).forecast(
            STEPS, EXOG_FUTURE
        ),
    }


CORE_CALLS = _core_calls() | _system_calls() | _vector_calls()
# Enough work for the threads to be started; too much to be repeated often.
THREADED_CALLS = {
    f"{name}, on threads": call for name, call in _batch_calls(300, 3).items()
}
CALLS = CORE_CALLS | _front_calls() | _batch_calls(2, 2)
ALL_CALLS = CALLS | _failing_calls()
LONG_CALLS = _long_calls() | THREADED_CALLS
