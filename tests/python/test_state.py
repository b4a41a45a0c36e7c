# SPDX-License-Identifier: BSD-3-Clause
"""States against statsmodels' append and extend, and against filters of everything."""

import pickle
import threading
import warnings
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

HAS_CORE = sx.engine_info()["core_available"]
CORE_ENGINES = ["identical", "auto", "exact"] * HAS_CORE
ENGINES = ["statsmodels", *CORE_ENGINES]
NONE = (0, 0, 0, 0)
NOBS, STEPS = 96, 7
RNG = np.random.default_rng(41)
Y = RNG.standard_normal(NOBS + STEPS).cumsum() + 20.0
X = RNG.standard_normal((NOBS + STEPS, 2)).cumsum(axis=0)
# Around every seam that the tests use, at the start and at the end.
GAPS = Y.copy()
GAPS[[0, 1, 24, 29, 30, 31, 59, 60, 61, 62, NOBS - 1]] = np.nan
SEAMS = (2, 5, 30, 60, 61, NOBS - 1)


class Case(NamedTuple):
    y: np.ndarray
    params: list
    order: tuple
    seasonal: tuple = NONE
    exog: np.ndarray | None = None
    options: Mapping = MappingProxyType({})

    def series(self, begin, end):
        exog = None if self.exog is None else self.exog[begin:end]
        return self.y[begin:end], exog

    def model(self, end=NOBS, engine=None):
        y, exog = self.series(0, end)
        return sx.Model(
            y, exog, self.order, self.seasonal, engine=engine, **self.options
        )

    def state(self, end=NOBS, engine=None):
        return self.model(end, engine).state(self.params)

    @property
    def future(self):
        return self.series(NOBS, NOBS + STEPS)[1]

    def oracle(self, end=NOBS):
        y, exog = self.series(0, end)
        model = SARIMAX(
            y,
            exog,
            order=self.order,
            seasonal_order=self.seasonal,
            **self.options,
        )
        return model.filter(self.params)


FREE = {"enforce_stationarity": False, "enforce_invertibility": False}
CASES = {
    # Steady at once.
    "ar": Case(Y - 20, [0.5, 0.2, 1.3], (2, 0, 0)),
    # Steady at 12, at 18 and after 61.
    "ma": Case(Y, [-0.4, 1.3], (0, 1, 1)),
    "slow ma": Case(Y, [-0.55, 1.3], (0, 1, 1)),
    "slower ma": Case(Y, [-0.85, 1.3], (0, 1, 1)),
    "airline": Case(Y, [-0.4, -0.6, 0.7], (0, 1, 1), (0, 1, 1, 12)),
    "seasonal": Case(Y, [0.3, 0.2, 0.4, -0.3, 1.1], (1, 1, 1), (1, 1, 1, 4)),
    "gaps": Case(GAPS, [0.3, 0.2, 0.4, -0.1, 1.1], (1, 1, 1), (1, 0, 1, 4)),
    "gaps, ma": Case(GAPS, [-0.2, 1.3], (0, 1, 1)),
    "exog": Case(Y, [0.3, -0.2, 0.95, 0.4, 1.2], (1, 0, [2]), NONE, X),
    "trend": Case(
        GAPS, [0.1, 0.01, 1, 2, 0.5, 2.0], (1, 1, 0), NONE, X, {"trend": "ct"}
    ),
    "offset": Case(
        Y, [0.1, 0.5, 2.0], (1, 0, 0), options={"trend": "t", "trend_offset": 5}
    ),
    "scale": Case(GAPS, [0.5, 0.2], (1, 1, 1), options={"concentrate_scale": True}),
    "scale, simple": Case(
        *(Y, [0.5, 0.2, 0.3], (1, 1, 1), (0, 1, 1, 4), None),
        {"concentrate_scale": True, "simple_differencing": True},
    ),
    "simple": Case(
        *(GAPS, [0.2, 0.3, 0.4, 0.5, 1.0], (1, 1, 0), (0, 1, 1, 4), X),
        {"simple_differencing": True},
    ),
    "free": Case(Y, [0.9, 0.5, 0.3, 1.0], (1, 1, 1), (0, 1, 1, 4), None, FREE),
    "noise": Case(Y, [0.95, 0.4, 1.1], (1, 0, 0), options={"measurement_error": True}),
    "burn": Case(Y, [0.5, 1.0], (1, 1, 0), options={"loglikelihood_burn": 40}),
    "no steady state": Case(Y, [0.5, 1.0], (1, 1, 0), options={"tolerance": 0}),
}
NAMES = [name for name in CASES if name != "no steady state"]  # statsmodels has none


def assert_forecast_is(actual, mean, var):
    """Close to statsmodels', in the units of docs/parity.md."""
    np.testing.assert_allclose(actual[1], var, rtol=1e-8)
    np.testing.assert_array_less(np.abs(actual[0] - mean), 1e-8 * np.sqrt(var))


def assert_same(state, other, future):
    np.testing.assert_equal((state.nobs, state.llf), (other.nobs, other.llf))
    for ours, theirs in zip(
        state.forecast(STEPS, future), other.forecast(STEPS, future), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", CASES)
def test_a_state_is_the_models(name, engine):
    case = CASES[name]
    model = case.model(engine=engine)
    state = model.state(case.params)
    assert state.spec is model.spec
    assert state.nobs == model.nobs
    assert state.llf == model.filter(case.params).llf
    np.testing.assert_array_equal(state.params, case.params)
    # States forecast from the filter.
    filters = case.model(engine=engine if engine == "statsmodels" else "identical")
    expected = filters.forecast(case.params, STEPS, case.future)
    for actual, same in zip(state.forecast(STEPS, case.future), expected, strict=True):
        np.testing.assert_array_equal(actual, same)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_fit_has_a_state(engine):
    case = CASES["airline"]
    fit = case.model(engine=engine).fit(cov_type="none")
    assert_same(fit.state(), fit.model.state(fit.params), None)
    y = case.y[NOBS:]
    oracle = SARIMAX(case.y, order=case.order, seasonal_order=case.seasonal)
    expected = oracle.filter(fit.params).get_forecast(STEPS)
    found = fit.state().append(y).forecast(STEPS)
    assert_forecast_is(found, expected.predicted_mean, expected.var_pred_mean)


@pytest.mark.parametrize("name", CASES)
def test_appending_has_the_bits_of_filtering_everything(name):
    case = CASES[name]
    whole = case.state()
    for seam in SEAMS:
        assert_same(
            case.state(seam).append(*case.series(seam, NOBS)), whole, case.future
        )


@pytest.mark.parametrize("name", CASES)
def test_one_by_one(name):
    # Also the rows that only make up for the differencing, and every place of the
    # seam beside the period of the steady state.
    case = CASES[name]
    state = case.state(2)
    for t in range(2, NOBS):
        before = (state.nobs, state.llf)
        following = state.append(*case.series(t, t + 1))
        np.testing.assert_equal((state.nobs, state.llf), before)
        state = following
        llf = case.model(t + 1).filter(case.params).llf
        np.testing.assert_equal(state.llf, llf)  # NaN is equal to NaN
    assert_same(state, case.state(), case.future)


def test_steady_states_begin_before_at_and_after_the_seams():
    begins = [
        CASES[name].model().filter(CASES[name].params).period_converged
        for name in ("ar", "ma", "slow ma", "slower ma", "airline")
    ]
    assert begins[0] == 2
    assert None not in begins[:4] and min(begins[1:4]) < 30 < 60 < max(begins[1:4])
    assert begins[4] is None


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_append_is_statsmodels_append(name, engine):
    case = CASES[name]
    for seam in (30, 61):
        y, exog = case.series(seam, NOBS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if case.options.get("simple_differencing"):  # append does not know it
                results = case.oracle()
            else:
                results = case.oracle(seam).append(y, exog=exog)
        state = case.state(seam, engine).append(y, exog)
        assert state.llf == pytest.approx(results.llf, rel=1e-9)
        prediction = results.get_forecast(STEPS, exog=case.future)
        assert_forecast_is(
            state.forecast(STEPS, case.future),
            prediction.predicted_mean,
            prediction.var_pred_mean,
        )


@pytest.mark.parametrize("name", ["ar", "airline", "gaps", "exog", "noise", "free"])
def test_append_is_statsmodels_extend(name):
    case = CASES[name]
    y, exog = case.series(60, NOBS)
    results = case.oracle(60).extend(y, exog=exog)
    prediction = results.get_forecast(STEPS, exog=case.future)
    state = case.state(60).append(y, exog)
    np.testing.assert_allclose(
        state.forecast(STEPS, case.future)[0], prediction.predicted_mean, rtol=1e-7
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["airline", "gaps", "simple", "scale, simple", "ma"])
def test_pickle(name, engine):
    case = CASES[name]
    for seam in (3, 23, 60):
        state = case.state(seam, engine)
        copy = pickle.loads(pickle.dumps(state))
        assert copy.spec == state.spec
        np.testing.assert_array_equal(copy.params, case.params)
        rows = case.series(seam, NOBS)
        assert_same(copy.append(*rows), state.append(*rows), case.future)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_append_takes(engine):
    case = CASES["ar"]
    state = case.state(60, engine)
    expected = state.append(case.y[60:62])
    for rows in ([*case.y[60:62]], case.y[60:62, None], case.y[60:64:1][:2]):
        assert state.append(rows).llf == expected.llf
    assert state.append(case.y[60]).append(float(case.y[61])).llf == expected.llf
    masked = np.ma.masked_array([1.0, case.y[61]], [True, False])
    missing = state.append(np.nan).append(case.y[61])
    assert state.append(masked).llf == missing.llf != expected.llf
    with_exog = CASES["exog"].state(60, engine)
    assert (
        with_exog.append(Y[60], X[60]).llf == with_exog.append(Y[60:61], X[60:61]).llf
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_errors(engine):
    plain, with_exog = (CASES[n].state(60, engine) for n in ("ar", "exog"))
    for rows, error, said in (
        ([], sx.DataError, "empty"),
        ([1.0, np.inf], sx.DataError, "infinite values, the first at index 1"),
        (np.ones((2, 2)), sx.DataError, "univariate"),
        ("two", TypeError, "real numbers"),
        (None, TypeError, "real numbers"),
    ):
        with pytest.raises(error, match=said):
            plain.append(rows)
    with pytest.raises(sx.DataError, match="exog was given, but"):
        plain.append(1.0, X[60])
    for exog, said in (
        (None, "additional exogenous values"),
        (X[60:63], "not of the appropriate shape"),
        (np.full((2, 2), np.nan), "inf or nans"),
    ):
        with pytest.raises(sx.DataError, match=said):
            with_exog.append(Y[60:62], exog)
    with pytest.raises(sx.SpecError, match="steps"):
        plain.forecast(0)
    with pytest.raises(sx.DataError, match="exog_future"):
        with_exog.forecast(2)
    with pytest.raises(sx.DataError, match="params"):
        CASES["ar"].model(engine=engine).state([1.0])
    with pytest.raises(TypeError, match=r"Model\.state"):
        sx.State()


def test_index_of_pandas():
    state = CASES["exog"].state(60)
    y = pd.Series(Y[60:62], index=[1, 2])
    with pytest.raises(sx.DataError, match="not aligned"):
        state.append(y, pd.DataFrame(X[60:62], index=[2, 3]))
    same = state.append(y, pd.DataFrame(X[60:62], index=[1, 2]))
    assert same.llf == state.append(Y[60:62], X[60:62]).llf


def test_no_numbers_start():
    # phi(-1) = 0: statsmodels' Cayley transform is singular.
    with pytest.raises(sx.NumericalError):
        sx.Model(Y, order=(1, 0, 0)).state([-1.0, 1.0])


def test_a_state_is_small():
    airline = CASES["airline"].state()
    assert len(pickle.dumps(airline)) < 4500
    long = airline.append(np.tile(Y, 100))
    assert len(pickle.dumps(long)) < len(pickle.dumps(airline)) + 100


def test_the_data_may_change_afterwards():
    y = Y.copy()
    state = sx.Model(y, order=(0, 1, 1)).state([0.3, 1.0])
    rows = Y[:5].copy()
    following = state.append(rows)
    y[:] = rows[:] = np.nan
    expected = sx.Model(np.r_[Y, Y[:5]], order=(0, 1, 1)).state([0.3, 1.0])
    assert following.llf == expected.llf


@pytest.mark.parametrize("engine", CORE_ENGINES[:1])
def test_records_that_are_not_of_the_model(engine):
    from sarimax_c import _core

    state = CASES["airline"].state(engine=engine)._backend
    core = CASES["airline"].model().spec.core()
    other = CASES["seasonal"].model().spec.core()
    none = np.zeros(0)
    assert _core.State(core, state.record, none).llf == state.llf
    for spec, record, tail in (
        (other, state.record, none),
        (core, state.record[:-8], none),
        (core, state.record[:10], none),
        (core, b"", none),
        (core, b"\2" + state.record[1:], none),
        (core, state.record, np.zeros(1)),
    ):
        with pytest.raises(sx.DataError, match="not a state"):
            _core.State(spec, record, tail)


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_share_a_state(engine):
    case = CASES["airline"]
    state = case.state(60, engine)
    expected = [state.append(case.y[60 : 61 + i]).llf for i in range(4)]
    found = [None] * 4

    def run(i):
        found[i] = {state.append(case.y[60 : 61 + i]).llf for _ in range(20)}

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{llf} for llf in expected]


def test_repr():
    text = repr(CASES["airline"].state())
    assert "nobs=96" in text and "seasonal=(0, 1, 1, 12)" in text
