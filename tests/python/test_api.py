# SPDX-License-Identifier: BSD-3-Clause
"""The functions: the model's numbers, and a warning where some are worthless."""

import doctest

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c import api, native, rolling, state
from sarimax_c.keywords import FIT_NAMES

CORE_ENGINES = ["identical", "auto"] * sx.engine_info()["core_available"]
ENGINES = ["statsmodels", *CORE_ENGINES]
RNG = np.random.default_rng(17)
Y = RNG.standard_normal(70).cumsum() + 10.0
X = RNG.standard_normal((70, 1)).cumsum(axis=0)
FUTURE = [0.5, 1.5, 2.5]
ORDER = (1, 1, 1)
SEASONAL = (1, 0, 0, 4)
PARAMS = [0.2, 0.4, 0.3, 0.2, 1.4]


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def oracle():
    return SARIMAX(Y, X, order=ORDER, seasonal_order=SEASONAL)


def test_loglike(engine, oracle):
    llf = sx.sarimax_loglike(Y, X, ORDER, SEASONAL, PARAMS, engine=engine)
    assert type(llf) is float
    assert llf == pytest.approx(oracle.loglike(PARAMS), rel=1e-9)


def test_loglike_passes_options_on(engine):
    llf = sx.sarimax_loglike(
        *(Y, None, (1, 0, 0)),
        params=[0.1, 0.02, 0.5],
        trend="ct",
        concentrate_scale=True,
        engine=engine,
    )
    oracle = SARIMAX(Y, trend="ct", concentrate_scale=True)
    assert llf == pytest.approx(oracle.loglike([0.1, 0.02, 0.5]), rel=1e-9)


def test_defaults_are_statsmodels_defaults(engine):
    llf = sx.sarimax_loglike(Y, params=[0.5, 1.0], engine=engine)
    assert llf == pytest.approx(SARIMAX(Y).loglike([0.5, 1.0]), rel=1e-9)


def test_score(engine, oracle):
    score = sx.sarimax_score(Y, X, ORDER, SEASONAL, PARAMS, engine=engine)
    np.testing.assert_allclose(score, oracle.score(np.array(PARAMS)), rtol=1e-5)


def test_filter(engine, oracle):
    result = sx.sarimax_filter(Y, X, ORDER, SEASONAL, PARAMS, engine=engine)
    expected = oracle.filter(PARAMS)
    assert isinstance(result, sx.FilterResult)
    assert result.llf == pytest.approx(expected.llf, rel=1e-9)
    np.testing.assert_allclose(result.resid, expected.resid, rtol=1e-8, atol=1e-8)


def test_forecast(engine, oracle):
    mean, var = sx.sarimax_forecast(
        Y, X, ORDER, SEASONAL, PARAMS, 3, FUTURE, engine=engine
    )
    expected = oracle.filter(PARAMS).get_forecast(3, exog=FUTURE)
    np.testing.assert_allclose(mean, expected.predicted_mean, rtol=1e-8)
    np.testing.assert_allclose(var, expected.var_pred_mean, rtol=1e-8)


def test_forecast_of_one_step_is_the_default(engine):
    mean, var = sx.sarimax_forecast(Y, params=[0.5, 1.0], engine=engine)
    assert mean.shape == var.shape == (1,)


def test_start_params(engine, oracle):
    found = sx.sarimax_start_params(Y, X, ORDER, SEASONAL, engine=engine)
    np.testing.assert_allclose(found, oracle.start_params, rtol=1e-9)


def test_fit_takes_options_of_both(engine):
    result = sx.sarimax_fit(
        *(Y, None, (1, 0, 0)),
        trend="c",
        engine=engine,
        start_params=[1.0, 0.5, 1.0],
        method="BFGS",
        cov_type="none",
    )
    assert isinstance(result, sx.FitResult)
    assert result.param_names == ("intercept", "ar.L1", "sigma2")
    assert (result.method, result.cov_type) == ("BFGS", "none")
    assert result.engine_used == {"auto": "exact"}.get(engine, engine)


def test_fit_keywords_are_those_of_fit():
    from inspect import signature

    from sarimax_c.fit import fit

    assert set(signature(fit).parameters) - {"model"} == FIT_NAMES


SKIPPING = {
    "negative variance": ([0.5, -1.0], 70),
    "explosive": ([1.2, 1.0], 70),
    "tiny variance": ([0.5, 1e-13], 70),
}
CALLS = {
    "loglike": sx.sarimax_loglike,
    "filter": sx.sarimax_filter,
    "forecast": sx.sarimax_forecast,
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("name", SKIPPING)
def test_skipped_observations_are_a_warning(engine, call, name):
    params, skipped = SKIPPING[name]
    with pytest.warns(sx.NumericalWarning) as caught:
        CALLS[call](Y, params=params, engine=engine)
    (warning,) = caught
    assert str(warning.message).startswith(f"{skipped} of 70 observations")
    assert warning.filename == __file__
    assert SARIMAX(Y).loglike(params) == 0.0


WITH_PARAMS = {**CALLS, "score": sx.sarimax_score}


@pytest.mark.parametrize("call", WITH_PARAMS)
def test_params_are_required(engine, call):
    message = r"params is missing: the model has 2 parameters \(ar.L1, sigma2\)"
    with pytest.raises(TypeError, match=message):
        WITH_PARAMS[call](Y, engine=engine)


FUNCTIONS = {
    **WITH_PARAMS,
    "start_params": sx.sarimax_start_params,
    "fit": sx.sarimax_fit,
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("y", "options", "error", "message"),
    [
        (Y, {"order": (1, 0)}, sx.SpecError, r"`order` argument.*\(order=\(1, 0\)\)"),
        (Y, {"seasonal": (1, 0, 0, 0)}, sx.SpecError, r"seasonal=\(1, 0, 0, 0\)"),
        (Y, {"trend": "q"}, sx.SpecError, r"Valid trend inputs.*argument: trend"),
        (Y, {"bogus": 1}, TypeError, r"^Unknown keyword arguments: \['bogus'\]\."),
        (Y, {"engine": "fast"}, sx.SpecError, r"^engine must be one of"),
        (Y, {"missing": "x"}, sx.SpecError, r"missing option x not understood"),
        (Y, {"mle_regression": False}, NotImplementedError, r"mle_regression=False"),
        (Y, {"exog": X[1:]}, sx.DataError, r"different sizes"),
        ([], {}, sx.DataError, r"^y is empty"),
        ([1.0, np.inf], {}, sx.DataError, r"infinite values.*argument: y"),
        ("abc", {}, TypeError, r"^y must hold real numbers"),
    ],
)
def test_errors(engine, name, y, options, error, message):
    keywords = {"engine": engine, **options}
    if name in WITH_PARAMS:
        keywords["params"] = [0.5, 1.0]
    with pytest.raises(error, match=message):
        FUNCTIONS[name](y, **keywords)


@pytest.mark.parametrize("module", [api, native, rolling, state])
def test_examples(module, engine, monkeypatch):
    sx.set_engine(engine)
    try:
        failed, attempted = doctest.testmod(module)
    finally:
        sx.set_engine("auto")
    assert attempted
    assert not failed


def test_public_names():
    for name in sx.__all__:
        assert getattr(sx, name) is not None
    assert not hasattr(sx, "sarimax")
