# SPDX-License-Identifier: BSD-3-Clause
"""Whatever goes in: a value that its status fits, or an exception of the package."""

from __future__ import annotations

import warnings
from typing import Any

import hypothesis.extra.numpy as arrays
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

import sarimax_c as sx

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck)
)
ORDERS = st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 3))
SEASONALS = st.one_of(
    st.just((0, 0, 0, 0)),
    st.tuples(
        st.integers(0, 1), st.integers(0, 1), st.integers(0, 1), st.integers(2, 5)
    ),
)
ANY_FLOAT = st.one_of(
    st.floats(-10, 10), st.floats(allow_nan=True, allow_infinity=True)
)
SERIES = arrays.arrays(float, st.integers(0, 40), elements=ANY_FLOAT)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "trend": st.sampled_from([None, "n", "c", "t", "ct", [1, 0, 1]]),
        "measurement_error": st.booleans(),
        "enforce_stationarity": st.booleans(),
        "enforce_invertibility": st.booleans(),
        "concentrate_scale": st.booleans(),
        "simple_differencing": st.booleans(),
        "engine": st.sampled_from(["auto", "exact", "identical"]),
    },
)
ALLOWED = (sx.SarimaxError,)


def attempt(call: Any) -> Any:
    """What a call returns; None for an exception that it may raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.SarimaxWarning)
        try:
            return call()
        except ALLOWED:
            return None


@SETTINGS
@given(SERIES, ORDERS, SEASONALS, OPTIONS, st.data())
def test_functions(y: Any, order: Any, seasonal: Any, options: Any, data: Any) -> None:
    model = attempt(lambda: sx.Model(y, None, order, seasonal, **options))
    if model is None:
        return
    k = len(model.param_names)
    params = data.draw(arrays.arrays(float, k, elements=ANY_FLOAT))
    before = y.copy()
    value = attempt(lambda: model.loglike(params))
    assert (
        value is None
        or value == attempt(lambda: model.loglike(params))
        or (np.isnan(value))
    )
    again = attempt(
        lambda: sx.sarimax_loglike(y, None, order, seasonal, params, **options)
    )
    assert again is None or np.isnan(again) or again == value
    attempt(lambda: sx.sarimax_score(y, None, order, seasonal, params, **options))
    options.pop("engine", None)
    arguments = (y, None, order, seasonal)
    attempt(lambda: sx.sarimax_filter(*arguments, params, **options))
    attempt(lambda: sx.sarimax_forecast(*arguments, params, 3, **options))
    attempt(lambda: sx.sarimax_start_params(*arguments, **options))
    attempt(lambda: sx.sarimax_fit(*arguments, maxiter=2, **options))
    np.testing.assert_array_equal(y, before)


@SETTINGS
@given(st.lists(SERIES, min_size=1, max_size=5), ORDERS, st.integers(1, 3), st.data())
def test_batches(series: Any, order: Any, n_threads: int, data: Any) -> None:
    """Each value is the single call's; what fails there is NaN."""
    k = order[0] + order[2] + 1
    params = data.draw(arrays.arrays(float, k, elements=st.floats(-1, 1)))
    keywords = {"order": order, "n_threads": n_threads, "errors": "coerce"}
    found = attempt(lambda: sx.batch_loglike(series, params=params, **keywords))
    if found is None:
        return
    for y, value in zip(series, np.asarray(found), strict=True):
        single = attempt(lambda y=y: sx.Model(y, order=order).loglike(params))
        assert value == single or np.isnan(value)
        assert single is not None or np.isnan(value)


class States(RuleBasedStateMachine):
    """A state that is appended to says what one made of all rows says."""

    @initialize(order=ORDERS, y=arrays.arrays(float, 12, elements=st.floats(-5, 5)))
    def start(self, order: Any, y: Any) -> None:
        self.order, self.rows = order, y
        self.params = np.r_[np.full(order[0] + order[2], 0.2), 1.0]
        self.state = attempt(lambda: sx.Model(y, order=order).state(self.params))

    @precondition(lambda self: self.state is not None)
    @rule(y=arrays.arrays(float, st.integers(1, 6), elements=st.floats(-5, 5)))
    def append(self, y: Any) -> None:
        self.state = attempt(lambda: self.state.append(y))
        self.rows = np.r_[self.rows, y]

    @precondition(lambda self: self.state is not None)
    @rule(place=st.integers(0, 5))
    def append_a_gap(self, place: int) -> None:
        self.append(np.where(np.arange(6) == place, np.nan, 0.5))

    @precondition(lambda self: self.state is not None)
    @rule(steps=st.integers(1, 5))
    def forecast(self, steps: int) -> None:
        model = sx.Model(self.rows, order=self.order, engine="identical")
        mean, var = model.forecast(self.params, steps)
        found = self.state.forecast(steps)
        np.testing.assert_array_equal(found[0], mean)
        np.testing.assert_array_equal(found[1], var)

    @invariant()
    def llf_is_that_of_all_rows(self) -> None:
        if getattr(self, "state", None) is not None:
            model = sx.Model(self.rows, order=self.order, engine="identical")
            assert self.state.llf == model.filter(self.params).llf


TestStates = States.TestCase
TestStates.settings = settings(
    max_examples=40, stateful_step_count=12, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
