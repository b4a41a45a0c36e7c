# SPDX-License-Identifier: BSD-3-Clause
"""The statsmodels engine gives what statsmodels gives, to the last bit."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

from sarimax_c import DataError, NumericalError
from sarimax_c.batch.loop import ENGINES
from sarimax_c.errors import START_PARAMS_WARNINGS
from sarimax_c.spec import make_specification
from sarimax_c.statsmodels_engine import StatsmodelsModel

NONE = (0, 0, 0, 0)
RNG = np.random.default_rng(11)
Y = RNG.standard_normal(80).cumsum() + 20.0
GAPS = Y.copy()
GAPS[[0, 7, 8, 40, 79]] = np.nan
X = RNG.standard_normal((80, 2)).cumsum(axis=0)
FUTURE = RNG.standard_normal((5, 2))

# y, exog, order, seasonal, options, params
CASES = {
    "ar": (Y, None, (2, 0, 0), NONE, {}, [0.5, 0.2, 1.3]),
    "airline": (Y, None, (0, 1, 1), (0, 1, 1, 12), {}, [-0.4, -0.6, 0.7]),
    "gaps": (GAPS, None, (1, 1, 1), (1, 0, 1, 4), {}, [0.3, 0.2, 0.4, 0.1, 1.1]),
    "exog": (Y, X, (1, 0, [2]), NONE, {}, [0.3, -0.2, 0.5, 0.4, 2.0]),
    "one regressor": (Y, X[:, :1], (1, 0, 0), NONE, {"trend": "c"}, [1, 0.5, 0.7, 2.0]),
    "trend": (GAPS, X, (1, 1, 0), NONE, {"trend": "ct"}, [0.1, 0.01, 1, 2, 0.5, 2.0]),
    "trend offset": (
        Y,
        None,
        (1, 0, 0),
        NONE,
        {"trend": [0, 1, 1], "trend_offset": 11},
        [0.1, 0.001, 0.5, 1.0],
    ),
    "measurement": (Y, None, (1, 0, 0), NONE, {"measurement_error": True}, [0.9, 1, 2]),
    "concentrated": (GAPS, None, (1, 1, 1), NONE, {"concentrate_scale": True},
                     [0.5, 0.2]),
    "simple": (Y, X, (1, 1, 0), (0, 1, 1, 4), {"simple_differencing": True},
               [0.2, 0.3, 0.4, 0.5, 1.0]),
    "not enforced": (
        Y,
        None,
        (1, 0, 1),
        NONE,
        {"enforce_stationarity": False, "enforce_invertibility": False},
        [1.01, 1.5, 1.0],
    ),
    "burn": (Y, None, (1, 1, 0), NONE, {"loglikelihood_burn": 7}, [0.5, 1.0]),
    "variance": (Y, None, (1, 1, 0), NONE, {"initial_variance": 1e3}, [0.5, 1.0]),
    "no freeze": (Y, None, (1, 1, 1), NONE, {"tolerance": 0.0}, [0.5, 0.3, 1e-4]),
    "freeze": (Y, None, (1, 1, 1), NONE, {"tolerance": 1e-3}, [0.5, 0.3, 1e-4]),
    "negative variance": (Y, None, (1, 0, 0), NONE, {}, [0.5, -1.0]),
    "explosive": (GAPS, None, (1, 0, 0), NONE, {}, [1.2, 1.0]),
    "three observations": (Y[:3], None, (1, 1, 0), NONE, {}, [0.5, 1.0]),
}  # fmt: skip


def _both(name):
    y, exog, order, seasonal, options, params = CASES[name]
    k_exog = 0 if exog is None else exog.shape[1]
    spec = make_specification(order, seasonal, k_exog, **options)
    ours = StatsmodelsModel(spec, y, exog)

    def oracle():
        return SARIMAX(y, exog, order=order, seasonal_order=seasonal, **options)

    return ours, oracle, np.array(params, dtype=float)


@pytest.fixture(params=CASES)
def case(request):
    return _both(request.param)


def test_loglike_is_bit_equal(case):
    ours, oracle, params = case
    expected = oracle().loglike(params)
    for _ in range(2):  # the second time with the state the first one left
        assert np.float64(ours.loglike(params)).tobytes() == expected.tobytes()
        assert np.float64(ours.evaluate(params)[0]).tobytes() == expected.tobytes()
        np.testing.assert_array_equal(
            ours.loglikeobs(params), oracle().loglikeobs(params)
        )


def test_evaluate_names_the_engine(case):
    ours, _, params = case
    assert ours.evaluate(params)[2:] == ("statsmodels", "asked for")


def test_loglikes_are_bit_equal(case):
    ours, oracle, params = case
    rows = np.array([params, 0.9 * params, params])
    expected = [oracle().loglike(row) for row in rows]
    np.testing.assert_array_equal(ours.loglikes(rows), expected)
    assert ours.loglikes(rows[:0]).shape == (0,)


def test_derivatives_are_bit_equal(case):
    ours, oracle, params = case
    model = oracle()
    llf, score, engine = ours.loglike_score(params)
    assert (llf, engine) == (oracle().loglike(params), "statsmodels")
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(score, model.score(params))
        expected = model.hessian(params) * (model.nobs - model.loglikelihood_burn)
    np.testing.assert_array_equal(ours.hessian(params), expected)


def test_filter_is_bit_equal(case):
    ours, oracle, params = case
    expected = oracle().filter(params).filter_results
    found = ours.filter(params)
    forecasts, errors, variances, standardized, llf_obs = found[:5]
    llf, scale, skipped, converged = found[5:]
    np.testing.assert_array_equal(forecasts, expected.forecasts[0])
    np.testing.assert_array_equal(errors, expected.forecasts_error[0])
    np.testing.assert_array_equal(variances, expected.forecasts_error_cov[0, 0])
    np.testing.assert_array_equal(
        standardized, expected.standardized_forecasts_error[0]
    )
    np.testing.assert_array_equal(llf_obs, expected.llf_obs)
    assert llf == expected.llf
    assert scale == expected.scale
    assert skipped == ours.evaluate(params)[1]
    assert converged == (expected.period_converged if expected.converged else -1)
    assert {len(forecasts), len(errors), len(variances), len(llf_obs)} == {ours.nobs}


def test_forecast_is_bit_equal(case):
    ours, oracle, params = case
    exog = None if ours.exog is None else FUTURE[:, : ours.exog.shape[1]]
    expected = oracle().filter(params).get_forecast(5, exog=exog)
    mean, var, skipped, engine = ours.forecast(params, 5, exog)
    np.testing.assert_array_equal(mean, expected.predicted_mean)
    np.testing.assert_array_equal(var, expected.var_pred_mean)
    assert mean.shape == var.shape == (5,)
    assert skipped == ours.evaluate(params)[1]
    assert engine == ENGINES.index("statsmodels")


def test_data_and_transforms_are_those_of_statsmodels(case):
    ours, oracle, params = case
    model = oracle()
    assert ours.nobs == model.nobs
    np.testing.assert_array_equal(ours.endog, model.endog[:, 0])
    if model.exog is None:
        assert ours.exog is None
    else:
        np.testing.assert_array_equal(ours.exog, model.exog)
    np.testing.assert_array_equal(
        ours.transform_params(params), model.transform_params(params)
    )
    with np.errstate(invalid="ignore"):
        expected = model.untransform_params(params)
    np.testing.assert_array_equal(ours.untransform_params(params), expected)


def test_start_params_are_bit_equal(case):
    ours, oracle, _ = case
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        expected = oracle().start_params
    said = {str(warning.message) for warning in caught}
    params, flags = ours.start_params()
    np.testing.assert_array_equal(params, expected)
    assert {START_PARAMS_WARNINGS[1 << i] for i in range(6) if flags >> i & 1} == said


WALK = np.random.default_rng(0).standard_normal(60).cumsum()
# series, order, seasonal and the bit that statsmodels' warning stands for
REPLACED = [
    (1.3 ** np.arange(40.0), (1, 0, 0), NONE, 0),
    (1.1 ** np.arange(40.0), (0, 0, 0), (1, 0, 0, 4), 1),
    (Y, (0, 0, [1, 3]), NONE, 2),
    (WALK, (0, 0, 0), (0, 0, [1, 3], 2), 3),
    (Y, (1, 1, 0), NONE, None),
    (Y[:4], (3, 0, 2), NONE, 4),
    (Y[:6], (0, 0, 0), (1, 0, 1, 4), 5),
]


@pytest.mark.parametrize(("y", "order", "seasonal", "bit"), REPLACED)
def test_start_params_flags(y, order, seasonal, bit):
    model = StatsmodelsModel(make_specification(order, seasonal), y, None)
    _, flags = model.start_params()
    assert flags == (0 if bit is None else 1 << bit)


def test_start_params_of_one_observation():
    spec = make_specification((1, 1, 0), NONE)
    with pytest.raises(IndexError):
        _ = SARIMAX(Y[:2], order=(1, 1, 0)).start_params
    with pytest.raises(DataError, match=r"too few observations.*start_params="):
        StatsmodelsModel(spec, Y[:2], None).start_params()


@pytest.mark.parametrize(
    ("name", "expected"), [("negative variance", 80), ("explosive", 75), ("ar", 0)]
)
def test_skipped_are_counted_among_the_observed(name, expected):
    ours, _, params = _both(name)
    assert ours.evaluate(params)[1] == expected
    assert ours.filter(params)[7] == expected
    assert ours.forecast(params, 1, None)[2] == expected


def test_nothing_of_an_earlier_call_is_left():
    ours, _, params = _both("ar")
    before = ours.filter(params)
    skipped = ours.filter(np.array([0.5, 0.2, -1.0]))
    assert (skipped[3] == 0.0).all()
    np.testing.assert_array_equal(ours.filter(params)[3], before[3])


def test_lu_failure_is_a_numerical_error():
    spec = make_specification((1, 0, 0), NONE)
    with pytest.raises(np.linalg.LinAlgError, match=r"LU decomposition error"):
        SARIMAX(Y).loglike([-1.0, 1.0])
    model = StatsmodelsModel(spec, Y, None)
    for method in (model.loglike, model.evaluate, model.loglikeobs, model.filter):
        with pytest.raises(NumericalError, match=r"LU decomposition error"):
            method([-1.0, 1.0])
    assert np.isfinite(model.loglike([0.5, 1.0]))


def test_infinite_data_is_refused():
    spec = make_specification((1, 0, 0), NONE, 1)
    infinite = Y.copy()
    infinite[5] = np.inf
    with pytest.raises(DataError, match=r"endog contains infinite values.*index 5"):
        StatsmodelsModel(spec, infinite, X[:, :1])
    with pytest.raises(DataError, match=r"exog contains inf or nans"):
        StatsmodelsModel(spec, Y, infinite[:, None])


def test_data_is_copied():
    y, exog = Y.copy(), X.copy()
    model = StatsmodelsModel(make_specification((1, 0, 0), NONE, 2), y, exog)
    params = [0.1, 0.2, 0.5, 1.0]
    before = model.loglike(params), model.start_params()[0].tolist()
    y[:] = 0.0
    exog[:] = 0.0
    model.endog[:] = 0.0
    model.exog[:] = 0.0
    assert (model.loglike(params), model.start_params()[0].tolist()) == before


def test_one_model_in_many_threads():
    ours, _, params = _both("airline")
    many = [params * scale for scale in np.linspace(0.5, 1.2, 40)]
    expected = [ours.loglike(vector) for vector in many]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ours.loglike, many))
    assert found == expected
