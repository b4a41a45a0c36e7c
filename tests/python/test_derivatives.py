# SPDX-License-Identifier: BSD-3-Clause
"""Score and Hessian against statsmodels' complex steps, on every engine."""

import functools
import math
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

CORE_ENGINES = ["identical", "auto", "exact"] * sx.engine_info()["core_available"]
ENGINES = ["statsmodels", *CORE_ENGINES]
NONE = (0, 0, 0, 0)
RNG = np.random.default_rng(23)
Y = RNG.standard_normal(120).cumsum() + 20.0
GAPS = Y.copy()
GAPS[[0, 7, 8, 40, 119]] = np.nan
X = RNG.standard_normal((120, 2)).cumsum(axis=0)
FREE = {"enforce_stationarity": False, "enforce_invertibility": False}


class Case(NamedTuple):
    y: np.ndarray
    params: list
    order: tuple
    seasonal: tuple = NONE
    exog: np.ndarray | None = None
    options: Mapping = MappingProxyType({})


CASES = {
    "ar": Case(Y - 20, [0.5, 0.2, 1.3], (2, 0, 0)),
    "arma c": Case(Y, [2.0, 0.85, 0.3, 1.1], (1, 0, 1), options={"trend": "c"}),
    "airline": Case(Y, [-0.4, -0.6, 0.7], (0, 1, 1), (0, 1, 1, 12)),
    "seasonal": Case(Y, [0.3, 0.2, 0.4, -0.3, 1.1], (1, 1, 1), (1, 1, 1, 4)),
    "gaps": Case(GAPS, [0.3, 0.2, 0.4, 0.1, 1.1], (1, 1, 1), (1, 0, 1, 4)),
    "exog": Case(Y, [0.3, -0.2, 0.95, 0.4, 1.2], (1, 0, [2]), NONE, X),
    "trend": Case(
        GAPS, [0.1, 0.01, 1, 2, 0.5, 2.0], (1, 1, 0), NONE, X, {"trend": "ct"}
    ),
    "lags": Case(Y, [0.2, -0.1, 0.3, 1.2], ([1, 3], 1, [4])),
    "concentrated": Case(GAPS, [0.5, 0.2], (1, 1, 1), options={"concentrate_scale": 1}),
    "simple": Case(
        *(Y, [0.2, 0.3, 0.4, 0.5, 1.0], (1, 1, 0), (0, 1, 1, 4), X),
        {"simple_differencing": True},
    ),
    "not enforced": Case(Y, [0.9, 0.5, 1.0], (1, 0, 1), options=FREE),
    "not enforced, seasonal": Case(
        *(Y, [0.9, 0.5, 0.3, 1.0], (1, 1, 1), (0, 1, 1, 4), None), FREE
    ),
    "burn": Case(Y, [0.5, 1.0], (1, 1, 0), options={"loglikelihood_burn": 7}),
}
# Not covered by the exact engine.
OTHERS = {
    "measurement error": Case(
        Y - 20, [0.95, 0.4, 1.1], (1, 0, 0), options={"measurement_error": True}
    ),
    "many gaps": Case(
        np.where(np.arange(120) % 2, np.nan, Y), [0.3, -0.4, 1.2], (1, 1, 1)
    ),
}


def model_of(case, engine):
    return sx.Model(
        case.y, case.exog, case.order, case.seasonal, engine=engine, **case.options
    )


@functools.cache
def oracle(name):
    """statsmodels' score, Hessian of the log-likelihood, log-likelihood."""
    case = (CASES | OTHERS)[name]
    model = SARIMAX(
        case.y,
        case.exog,
        order=case.order,
        seasonal_order=case.seasonal,
        **case.options,
    )
    params = np.array(case.params, dtype=float)
    effective = model.nobs - model.loglikelihood_burn
    hessian = model.hessian(params) * effective
    return model.score(params), hessian, model.loglike(params)


def unit_of(hessian):
    """Reciprocal uncertainties: the units a score and a Hessian are read in."""
    return np.sqrt(np.abs(np.diag(hessian)))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_score(name, engine):
    case = CASES[name]
    expected, hessian, expected_llf = oracle(name)
    model = model_of(case, engine)
    llf, score = model.loglike_score(case.params)
    assert llf == model.loglike(case.params)
    assert llf == pytest.approx(expected_llf, abs=1e-6)
    # Differences and statsmodels' rounding: 4e-7 measured.
    assert np.abs((score - expected) / unit_of(hessian)).max() < 2e-6
    np.testing.assert_array_equal(model.score(case.params), score)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_hessian(name, engine):
    case = CASES[name]
    _, expected, _ = oracle(name)
    found = model_of(case, engine).hessian(case.params)
    np.testing.assert_array_equal(found, found.T)
    unit = unit_of(expected)
    # statsmodels' own error, against quad precision, is up to 5e-5 here; that of
    # the exact engine 1e-8.
    assert np.abs((found - expected) / np.outer(unit, unit)).max() < 2e-4


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"exact"}))
@pytest.mark.parametrize("name", CASES)
def test_hessian_of_the_exact_engine_has_no_noise(name, engine):
    # Second differences of another step, and of the log-likelihood instead.
    case = CASES[name]
    model, params = model_of(case, engine), np.array(case.params, dtype=float)
    found = model.hessian(params)
    unit = unit_of(found)
    direction = np.cos(np.arange(len(params))) / unit
    steps = np.array([-2, -1, 0, 1, 2])[:, np.newaxis] * direction * 0.1
    weights = np.array([-1, 16, -30, 16, -1]) / (12 * 0.1**2)
    expected = weights @ model.loglikes(params + steps)
    assert direction @ found @ direction == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("engine", sorted({*ENGINES} - {"exact"}))
@pytest.mark.parametrize("name", OTHERS)
def test_models_the_exact_engine_does_not_cover(name, engine):
    case = OTHERS[name]
    expected, hessian, _ = oracle(name)
    model = model_of(case, engine)
    assert model.engine_for(case.params).engine != "exact"
    unit = unit_of(hessian)
    assert np.abs((model.score(case.params) - expected) / unit).max() < 2e-6
    found = model.hessian(case.params)
    assert np.abs((found - hessian) / np.outer(unit, unit)).max() < 2e-4


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"exact"}))
@pytest.mark.parametrize("name", OTHERS)
def test_the_exact_engine_refuses(name, engine):
    case = OTHERS[name]
    model = model_of(case, engine)
    for method in (model.score, model.loglike_score, model.hessian):
        with pytest.raises(sx.SpecError, match="engine='exact' cannot compute"):
            method(case.params)


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"auto"}))
def test_auto_has_the_exact_score_beside_the_identical_value(engine):
    # sigma2 of 1e-9: statsmodels' rounding is far above 5e-7.
    y, params = Y * 1e-5, [-0.3, 1e-10]
    model = sx.Model(y, order=(0, 1, 1), engine=engine)
    assert model.engine_for(params).engine == "identical"
    llf, score = model.loglike_score(params)
    assert llf == sx.Model(y, order=(0, 1, 1), engine="identical").loglike(params)
    exact = sx.Model(y, order=(0, 1, 1), engine="exact").score(params)
    np.testing.assert_array_equal(score, exact)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_function_is_the_method(engine):
    case = CASES["exog"]
    found = sx.sarimax_score(
        case.y, case.exog, case.order, case.seasonal, case.params, engine=engine
    )
    np.testing.assert_array_equal(found, model_of(case, engine).score(case.params))
    with pytest.raises(TypeError, match="params is missing: the model has 5 param"):
        sx.sarimax_score(case.y, case.exog, case.order, case.seasonal, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_parameters(engine):
    model = sx.Model(Y, order=(0, 0, 0), concentrate_scale=True, engine=engine)
    assert model.score([]).shape == (0,)
    assert model.hessian([]).shape == (0, 0)


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"identical", "auto"}))
def test_score_where_every_step_leaves_the_region(engine):
    # A stationary start has no solution at exactly 1, nor a step to both sides.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score = sx.Model(Y, engine=engine).score([math.nan, 1.0])
    assert np.isnan(score).all()
