# SPDX-License-Identifier: BSD-3-Clause
"""`FilterResult`: statsmodels' names and meanings."""

import dataclasses
import pickle

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

Y = np.random.default_rng(8).standard_normal(40).cumsum()
PARAMS = [0.4, 0.3, 1.5]


@pytest.fixture
def result():
    return sx.Model(Y, order=(1, 1, 1), engine="statsmodels").filter(PARAMS)


@pytest.fixture
def oracle():
    return SARIMAX(Y, order=(1, 1, 1)).filter(PARAMS)


@pytest.mark.parametrize("name", ["llf", "sse", "mse", "mae", "scale", "nobs"])
def test_numbers(result, oracle, name):
    assert getattr(result, name) == pytest.approx(getattr(oracle, name), rel=1e-14)


@pytest.mark.parametrize("name", ["resid", "fittedvalues"])
def test_arrays(result, oracle, name):
    np.testing.assert_array_equal(getattr(result, name), getattr(oracle, name))


def test_all_arrays_have_one_value_an_observation(result):
    arrays = [
        getattr(result, field.name)
        for field in dataclasses.fields(result)
        if isinstance(getattr(result, field.name), np.ndarray)
    ]
    assert len(arrays) == 5
    assert all(array.shape == (40,) for array in arrays)
    assert all(array.dtype == np.float64 for array in arrays)
    assert result.resid is result.forecasts_error
    assert result.fittedvalues is result.forecasts


def test_missing_as_in_statsmodels():
    gaps = Y.copy()
    gaps[[2, 9]] = np.nan
    result = sx.Model(gaps, engine="statsmodels").filter([0.5, 1.0])
    oracle = SARIMAX(gaps).filter([0.5, 1.0])
    assert np.isnan(result.resid[[2, 9]]).all()
    assert (result.standardized_forecasts_error[[2, 9]] == 0).all()
    assert (result.llf_obs[[2, 9]] == 0).all()
    assert np.isfinite(result.forecasts).all()
    assert np.isnan([result.sse, result.mse, result.mae]).all()
    assert np.isnan([oracle.sse, oracle.mse, oracle.mae]).all()


def test_burn_adds_nothing(result, oracle):
    assert result.loglikelihood_burn == oracle.loglikelihood_burn == 1
    assert result.llf_obs[0] == pytest.approx(oracle.llf_obs[0], rel=1e-12)
    assert result.llf_obs[1:].sum() == pytest.approx(result.llf, rel=1e-14)


def test_no_observation_is_left():
    model = sx.Model(
        Y[:2], order=(1, 2, 0), simple_differencing=True, engine="statsmodels"
    )
    result = model.filter([0.5, 1.0])
    assert (result.nobs, result.llf, result.sse) == (0, 0.0, 0.0)
    assert np.isnan([result.mse, result.mae]).all()


def test_period_converged(result, oracle):
    assert result.period_converged == oracle.filter_results.period_converged
    trend = sx.Model(Y, trend="c", engine="statsmodels").filter([0.1, 0.5, 1.0])
    assert trend.period_converged is None


def test_is_frozen(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.llf = 0.0


def test_pickle(result):
    copy = pickle.loads(pickle.dumps(result))
    for field in dataclasses.fields(result):
        np.testing.assert_array_equal(
            getattr(copy, field.name), getattr(result, field.name)
        )


def test_repr_is_short(result):
    assert repr(result).startswith(f"FilterResult(nobs=40, llf={result.llf:.6g},")
    assert "engine_used='statsmodels'" in repr(result)
    assert len(repr(result)) < 150
