# SPDX-License-Identifier: BSD-3-Clause
"""Rolling forecasts against statsmodels' append loop, and against each origin alone."""

import inspect
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

HAS_CORE = sx.engine_info()["core_available"]
CORE_ENGINES = ["identical", "auto", "exact"] * HAS_CORE
ENGINES = ["statsmodels", *CORE_ENGINES]
NONE = (0, 0, 0, 0)
NOBS, MORE = 80, 40
RNG = np.random.default_rng(53)
Y = RNG.standard_normal(NOBS).cumsum() + 20.0
X = RNG.standard_normal((NOBS + MORE, 2)).cumsum(axis=0)
GAPS = Y.copy()
GAPS[[0, 1, 24, 29, 30, 31, 59, 60, 61, 62, NOBS - 1]] = np.nan


class Case(NamedTuple):
    params: list
    order: tuple
    seasonal: tuple = NONE
    y: np.ndarray = Y
    exog: np.ndarray | None = None
    options: Mapping = MappingProxyType({})

    def rows(self, begin, end):
        return None if self.exog is None else self.exog[begin:end]

    def rolling(self, steps, engine=None, **more):
        return sx.rolling_forecast(
            *(self.y, self.rows(0, NOBS), self.order, self.seasonal, self.params),
            steps,
            exog_future=self.rows(NOBS, NOBS + steps),
            engine=engine,
            **{**self.options, **more},
        )

    def alone(self, origin, steps, engine=None):
        # Rolling forecasts are the filter's.
        return sx.sarimax_forecast(
            *(self.y[:origin], self.rows(0, origin), self.order, self.seasonal),
            *(self.params, steps, self.rows(origin, origin + steps)),
            engine=engine if engine == "statsmodels" else "identical",
            **self.options,
        )


FREE = {"enforce_stationarity": False, "enforce_invertibility": False}
CASES = {
    "ar": Case([0.5, 0.2, 1.3], (2, 0, 0)),
    "ma": Case([-0.4, 1.3], (0, 1, 1)),
    "slow ma": Case([-0.72, 1.3], (0, 1, 1)),
    "gaps, ma": Case([-0.2, 1.3], (0, 1, 1), y=GAPS),
    "airline": Case([-0.4, -0.6, 0.7], (0, 1, 1), (0, 1, 1, 12)),
    "seasonal": Case([0.3, 0.2, 0.4, -0.3, 1.1], (1, 1, 1), (1, 1, 1, 4)),
    "gaps": Case([0.3, 0.2, 0.4, -0.1, 1.1], (1, 1, 1), (1, 0, 1, 4), GAPS),
    "exog": Case([0.3, -0.2, 0.95, 0.4, 1.2], (1, 0, [2]), NONE, Y, X),
    "trend": Case(
        [0.1, 0.01, 1, 2, 0.5, 2.0], (1, 1, 0), NONE, GAPS, X, {"trend": "ct"}
    ),
    "scale": Case([0.5, 0.2], (1, 1, 1), options={"concentrate_scale": True}),
    "simple": Case(
        *([0.2, 0.3, 0.4, 0.5, 1.0], (1, 1, 0), (0, 1, 1, 4), GAPS, X),
        {"simple_differencing": True},
    ),
    "free": Case([0.9, 0.5, 0.3, 1.0], (1, 1, 1), (0, 1, 1, 4), options=FREE),
    "two seasons": Case(
        [0.5, 0.3, 1.0], (1, 2, 0), (0, 2, 1, 4), options={"initial_variance": 100.0}
    ),
    "noise": Case([0.95, 0.4, 1.1], (1, 0, 0), options={"measurement_error": True}),
    "tiny": Case([0.5, 0.3, 1e-6], (1, 0, 1)),
}


@pytest.mark.parametrize("steps", [1, 2, 17, 18, MORE])
@pytest.mark.parametrize("name", CASES)
def test_each_origin_alone(name, steps):
    case = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.NumericalWarning)
        mean, var = case.rolling(steps, start=7)
        assert mean.shape == var.shape == (NOBS - 6, steps)
        for i, origin in enumerate(range(7, NOBS + 1)):
            expected = case.alone(origin, steps)
            np.testing.assert_array_equal(mean[i], expected[0])
            np.testing.assert_array_equal(var[i], expected[1])


@pytest.mark.parametrize("name", [n for n in CASES if n != "simple"])
def test_statsmodels_append_loop(name):
    case, steps = CASES[name], 5
    mean, var = case.rolling(steps, start=50, stride=6)
    results = SARIMAX(
        case.y[:50],
        case.rows(0, 50),
        order=case.order,
        seasonal_order=case.seasonal,
        **case.options,
    ).filter(case.params)
    for i, origin in enumerate(range(50, NOBS + 1, 6)):
        prediction = results.get_forecast(steps, exog=case.rows(origin, origin + steps))
        expected = prediction.var_pred_mean
        np.testing.assert_allclose(var[i], expected, rtol=1e-8)
        distance = np.abs(mean[i] - prediction.predicted_mean)
        assert (distance < 1e-8 * np.sqrt(expected)).all()
        if origin + 6 <= NOBS:
            results = results.append(
                case.y[origin : origin + 6], exog=case.rows(origin, origin + 6)
            )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["airline", "gaps", "trend", "simple", "scale"])
def test_engines(name, engine):
    case = CASES[name]
    mean, var = case.rolling(4, engine, start=60, stride=7)
    assert mean.shape == (3, 4)
    for i, origin in enumerate((60, 67, 74)):
        expected = case.alone(origin, 4, engine)
        np.testing.assert_array_equal(mean[i], expected[0])
        np.testing.assert_array_equal(var[i], expected[1])


def test_origins():
    case = CASES["ar"]
    mean, _ = case.rolling(3)
    assert len(mean) == NOBS // 2 + 1  # from half of the series to its end
    np.testing.assert_array_equal(mean, case.rolling(3, start=NOBS // 2)[0])
    np.testing.assert_array_equal(mean[::7], case.rolling(3, stride=7)[0])
    np.testing.assert_array_equal(mean[-1:], case.rolling(3, start=NOBS)[0])
    for stride in (1000, 2**63):
        np.testing.assert_array_equal(mean[:1], case.rolling(3, stride=stride)[0])
    assert case.rolling(1, start=1)[0].shape == (NOBS, 1)


def test_the_first_origin_after_differencing():
    options = {"params": [0.5, 1.0], "order": (1, 3, 0), "simple_differencing": True}
    assert sx.rolling_forecast(Y[:5], **options)[0].shape == (2, 1)  # 4 and 5
    with pytest.raises(sx.SpecError, match="start must be from 4 to 5"):
        sx.rolling_forecast(Y[:5], start=3, **options)
    with pytest.raises(sx.DataError, match="differencing takes all"):
        sx.rolling_forecast(Y[:3], **options)


@pytest.mark.parametrize("engine", ENGINES)
def test_future_regressors(engine):
    case = CASES["exog"]

    def forecast(future, **more):
        return sx.rolling_forecast(
            *(case.y, X[:NOBS], case.order, case.seasonal, case.params, 3),
            **{"start": 70, "stride": 5, "engine": engine, **more},
            exog_future=future,
        )[0]

    expected = forecast(X[NOBS : NOBS + 3])
    np.testing.assert_array_equal(forecast(X[NOBS:]), expected)  # more than needed
    np.testing.assert_array_equal(forecast(X[NOBS:].tolist()), expected)
    np.testing.assert_array_equal(forecast(None, stride=7), forecast(X, stride=7))
    for future, said in (
        (None, "additional exogenous values"),
        (X[NOBS : NOBS + 2], r"Required at least \(3, 2\), got \(2, 2\)"),
        (X[NOBS : NOBS + 3, :1], r"got \(3, 1\)"),
        (np.ones(7), r"got \(7,\)"),
        (np.full((3, 2), np.inf), "inf or nans"),
    ):
        with pytest.raises(sx.DataError, match=said):
            forecast(future)
    with pytest.raises(sx.DataError, match="the model has no exog"):
        sx.rolling_forecast(Y, params=[0.5, 1.0], exog_future=np.ones((1, 1)))
    # One row needed of one column, and of two.
    one = sx.rolling_forecast(
        Y, X[:NOBS, 0], params=[1.0, 0.5, 1.0], start=NOBS, exog_future=[2.0]
    )
    two = sx.sarimax_forecast(
        *(Y, X[:NOBS, 0]),
        params=[1.0, 0.5, 1.0],
        exog_future=[[2.0]],
        engine=engine if engine == "statsmodels" else "identical",
    )
    np.testing.assert_array_equal(one[0][0], two[0])


def test_last_rows_kept_back():
    case, steps = CASES["trend"], 4
    mean, _ = sx.rolling_forecast(
        *(case.y[:-steps], X[: NOBS - steps], case.order, case.seasonal, case.params),
        steps,
        start=70,
        exog_future=X[NOBS - steps : NOBS],
        **case.options,
    )
    np.testing.assert_array_equal(mean, case.rolling(steps, start=70)[0][:-steps])


@pytest.mark.parametrize(
    ("more", "error", "said"),
    [
        ({"start": 0}, sx.SpecError, "start must be positive"),
        ({"start": NOBS + 1}, sx.SpecError, "start must be from 1 to 80"),
        ({"start": 2.5}, TypeError, "start must be an integer"),
        ({"stride": 0}, sx.SpecError, "stride must be positive"),
        ({"stride": "a"}, TypeError, "stride must be an integer"),
        ({"refit": 0}, sx.SpecError, "refit must be positive"),
        ({"refit": 1.5}, TypeError, "refit must be an integer"),
        ({"steps": 0}, sx.SpecError, "steps"),
        ({"params": None}, TypeError, r"params is missing.*ar\.L1.*refit="),
        ({"params": [1.0]}, sx.DataError, "params must have 2 elements"),
        ({"params": [-1.0, 1.0]}, sx.NumericalError, "LU decomposition"),
        ({"nothing": 1}, TypeError, "nothing"),
        ({"maxiter": 1}, TypeError, "maxiter given without refit"),
        ({"order": (1, 0, 0), "trend": "z"}, sx.SpecError, "trend"),
        ({"y": [1.0, np.inf]}, sx.DataError, "infinite"),
        ({"missing": "raise", "y": GAPS}, sx.DataError, "NaNs"),
    ],
)
def test_errors(more, error, said):
    with pytest.raises(error, match=said):
        sx.rolling_forecast(**{"y": Y, "params": [0.5, 1.0], **more})


@pytest.mark.parametrize("engine", ENGINES)
def test_skipped_observations_warn(engine):
    with pytest.warns(sx.NumericalWarning, match=f"{NOBS} of {NOBS} observations"):
        sx.rolling_forecast(Y, params=[1.1, 1.0], engine=engine, start=NOBS - 1)


# ---- refits ----

MA = (0, 1, 1)


def test_refits_start_from_the_last_parameters():
    case = CASES["airline"]
    mean, var = sx.rolling_forecast(
        *(Y, None, case.order, case.seasonal, None, 3), start=60, stride=4, refit=2
    )
    assert mean.shape == (6, 3)
    start = None
    for i, origin in enumerate(range(60, NOBS + 1, 4)):
        model = sx.Model(Y[:origin], None, case.order, case.seasonal)
        if i % 2 == 0:
            start = model.fit(start, cov_type="none").params
        expected = model._backend_of("identical").forecast(start, 3, None)
        np.testing.assert_array_equal(mean[i], expected[0])
        np.testing.assert_array_equal(var[i], expected[1])


def test_given_parameters_are_those_of_the_first_origins():
    params = [0.3, 1.2]
    mean, _ = sx.rolling_forecast(Y, None, MA, NONE, params, start=70, refit=4)
    fixed, _ = sx.rolling_forecast(Y, None, MA, NONE, params, start=70)
    fitted, _ = sx.rolling_forecast(Y, None, MA, start=74, refit=100)
    np.testing.assert_array_equal(mean[:4], fixed[:4])
    assert (mean[4:] != fixed[4:]).all()
    np.testing.assert_allclose(mean[4:8], fitted[:4], rtol=1e-5)


def test_refits_with_regressors_and_differencing():
    case = CASES["simple"]
    mean, _ = case.rolling(3, start=60, stride=9, refit=1)
    params = case.params
    for i, origin in enumerate((60, 69, 78)):
        model = sx.Model(
            *(case.y[:origin], X[:origin], case.order, case.seasonal), **case.options
        )
        if i > 0:
            params = model.fit(params, cov_type="none").params
        core = model._backend_of("identical")
        expected = core.forecast(params, 3, X[origin : origin + 3])[0]
        np.testing.assert_array_equal(mean[i], expected)


def test_options_of_the_fits():
    with pytest.warns(sx.ConvergenceWarning):
        stopped, _ = sx.rolling_forecast(
            *(Y, None, MA),
            start=60,
            refit=30,
            maxiter=1,
            start_params=[0.0, 9.0],
            method="BFGS",
        )
    done, _ = sx.rolling_forecast(Y, None, MA, start=60, refit=30)
    assert (stopped != done).any()
    none, _ = sx.rolling_forecast(Y, None, MA, start=60, refit=30, cov_type="opg")
    np.testing.assert_array_equal(none, done)


def test_statsmodels_refits():
    mean, _ = sx.rolling_forecast(Y, None, MA, start=76, refit=4, engine="statsmodels")
    ours, _ = sx.rolling_forecast(Y, None, MA, start=76, refit=4, engine="identical")
    np.testing.assert_allclose(mean, ours, rtol=1e-5)


def test_signature_is_that_of_the_other_functions():
    rolling = list(inspect.signature(sx.rolling_forecast).parameters)
    forecast = list(inspect.signature(sx.sarimax_forecast).parameters)
    assert rolling[:6] == forecast[:6]
    assert set(forecast) <= set(rolling)
