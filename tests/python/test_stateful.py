# SPDX-License-Identifier: BSD-3-Clause
"""A model and a batch in any order of calls: the answers of fresh ones, to the bit."""

from __future__ import annotations

import copy
import pickle
import re
import warnings
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

SEEDS = st.integers(0, 2**32 - 1)
ORDERS = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
SEASONALS = st.sampled_from([(0, 0, 0, 0), (1, 0, 1, 4), (0, 1, 1, 3)])
OPTIONS = st.fixed_dictionaries(
    {"engine": st.sampled_from(["auto", "exact", "identical"])},
    optional={
        "trend": st.sampled_from(["c", "ct", [1, 0, 1]]),
        "measurement_error": st.just(True),
        "enforce_stationarity": st.just(False),
        "enforce_invertibility": st.just(False),
        "concentrate_scale": st.just(True),
        "simple_differencing": st.just(True),
    },
)
NOBS, STEPS = 40, 4
SETTINGS = settings(
    max_examples=100, stateful_step_count=15, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def bits(value: Any) -> Any:
    """What a call returned, to be compared with ==; NaN is equal to itself."""
    if is_dataclass(value):
        return [bits(getattr(value, f.name)) for f in fields(value)]
    if isinstance(value, tuple | list):
        return [bits(v) for v in value]
    if isinstance(value, np.ndarray | float):
        return np.asarray(value).tobytes()
    return value


def outcome(call: Callable[[], Any]) -> Any:
    """The bits of a result, or which exception of the package there was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.SarimaxWarning)
        try:
            return bits(call())
        except (sx.SarimaxError, TypeError) as error:
            return type(error), str(error)


def is_error(said: Any) -> bool:
    """Whether an outcome is an exception; the bits of results are lists or bytes."""
    return isinstance(said, tuple)


def series(seed: int, nobs: int, k_exog: int = 0, missing: float = 0.0) -> Any:
    """A random walk with gaps, and regressors for it and STEPS periods after it."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=nobs).cumsum() + 5.0
    y[rng.random(nobs) < missing] = np.nan
    return y, rng.normal(size=(nobs + STEPS, k_exog)) if k_exog else None


def params_of(names: list[str], seed: int, size: float) -> Any:
    rng = np.random.default_rng(seed)
    variances = ("sigma2", "var.", "snr.")
    is_variance = np.array([name.startswith(variances) for name in names])
    coefficients = size * rng.uniform(-1, 1, len(names))
    return np.where(is_variance, rng.uniform(0.5, 2, len(names)), coefficients)


def appended(model: Any, params: Any, future: Any) -> Any:
    first = None if future is None else future[:1]
    state = model.state(params).append([0.5], first)
    return state.nobs, state.llf, *state.forecast(STEPS, future)


def fitted(model: Any, params: Any, future: Any) -> Any:
    fit = model.fit(maxiter=2)
    return fit.params, fit.llf, fit.nit, fit.message, fit.forecast(STEPS, future)


def predicted(model: Any, params: Any, future: Any) -> Any:
    return model.predict(params, start=20, end=model.nobs + STEPS, dynamic=5)


# Each of a model, parameters and the regressors of the periods after it.
CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "loglike": lambda m, p, x: m.loglike(p),
    "loglikes": lambda m, p, x: m.loglikes([p, 0.9 * p, p]),
    "loglikeobs": lambda m, p, x: m.loglikeobs(p),
    "score": lambda m, p, x: m.score(p),
    "loglike_score": lambda m, p, x: m.loglike_score(p),
    "hessian": lambda m, p, x: m.hessian(p),
    "engine_for": lambda m, p, x: m.engine_for(p),
    "filter": lambda m, p, x: m.filter(p),
    "forecast": lambda m, p, x: m.forecast(p, STEPS, x),
    "impute": lambda m, p, x: m.impute(p),
    "state": appended,
    "predict": predicted,
    "fit": fitted,
    "start_params": lambda m, p, x: m.start_params,
    "names": lambda m, p, x: (m.param_names, m.nobs, m.endog, m.exog),
}
# What is refused, and how: the same, with parameters that are right.
REFUSED: dict[str, tuple[type, Callable[[Any, Any], Any]]] = {
    "too many": (sx.DataError, lambda m, p: m.loglike([*p, 1.0])),
    "too few": (sx.DataError, lambda m, p: m.score(p[:-1])),
    "no rows": (sx.DataError, lambda m, p: m.loglikes(p)),
    "words": (TypeError, lambda m, p: m.filter(["a"] * len(p))),
    "complex": (TypeError, lambda m, p: m.loglike_score(p + 1j)),
    "nothing": (TypeError, lambda m, p: m.hessian(None)),
    "no steps": (sx.SpecError, lambda m, p: m.forecast(p, 0)),
    "regressors": (sx.DataError, lambda m, p: m.forecast(p, 2, np.ones((3, 7)))),
    "infinite": (sx.DataError, lambda m, p: m.state(p).append([np.inf])),
    "method": (sx.SpecError, lambda m, p: m.fit(method="nothing")),
    "start": (sx.DataError, lambda m, p: m.fit([*p, 1.0])),
}


class Models(RuleBasedStateMachine):
    """A model says of any parameters, at any time, what a fresh one says."""

    tame = Bundle("tame")
    wild = Bundle("wild")

    @initialize(
        order=ORDERS,
        seasonal=SEASONALS,
        seed=SEEDS,
        k_exog=st.integers(0, 2),
        missing=st.sampled_from([0.0, 0.1]),
        options=OPTIONS,
    )
    def make(
        self,
        order: Any,
        seasonal: Any,
        seed: int,
        k_exog: int,
        missing: float,
        options: dict[str, Any],
    ) -> None:
        y, exog = series(seed, NOBS, k_exog, missing)
        self.future = None if exog is None else exog[NOBS:]
        self.given = y, None if exog is None else exog[:NOBS]
        self.data = tuple(None if a is None else a.copy() for a in self.given)
        self.model_options = {"order": order, "seasonal": seasonal, **options}
        self.model = sx.Model(*self.given, **self.model_options)
        self.oracle = SARIMAX(
            *self.data,
            order=order,
            seasonal_order=seasonal,
            **{k: v for k, v in options.items() if k != "engine"},
        )
        self.said: list[tuple[str, Any, Any]] = []

    def fresh(self) -> Any:
        return sx.Model(*self.data, **self.model_options)

    @rule(target=tame, seed=SEEDS)
    def stationary(self, seed: int) -> Any:
        return params_of(self.model.param_names, seed, 0.4)

    @rule(target=wild, seed=SEEDS, size=st.sampled_from([0.9, 2.0, 1e3, np.nan]))
    def anything(self, seed: int, size: float) -> Any:
        return params_of(self.model.param_names, seed, size)

    @rule(name=st.sampled_from([*CALLS]), params=tame | wild)
    def call(self, name: str, params: Any) -> None:
        before = params.copy()
        found = outcome(lambda: CALLS[name](self.model, params, self.future))
        fresh = outcome(lambda: CALLS[name](self.fresh(), params, self.future))
        assert found == fresh, name
        np.testing.assert_array_equal(params, before)
        self.said.append((name, before, found))

    @precondition(lambda self: self.model_options["engine"] != "exact")
    @rule(params=tame)
    def is_statsmodels(self, params: Any) -> None:
        theirs = self.oracle.filter(params)
        expected = theirs.get_forecast(STEPS, exog=self.future)
        mean, var = self.model.forecast(params, STEPS, self.future)
        filtered = self.model.filter(params)
        for ours, of_statsmodels in (
            (self.model.loglike(params), theirs.llf),
            (self.model.loglikes([params])[0], theirs.llf),
            (filtered.llf, theirs.llf),
            (filtered.resid, theirs.forecasts_error[0]),
            (mean, expected.predicted_mean),
            (var, expected.var_pred_mean),
        ):
            np.testing.assert_allclose(ours, of_statsmodels, rtol=1e-9, atol=1e-6)

    @rule(name=st.sampled_from([*REFUSED]), params=tame)
    def refuse(self, name: str, params: Any) -> None:
        error, call = REFUSED[name]
        with pytest.raises(error):
            call(self.model, params)

    @rule(params=tame | wild)
    def overwrite_what_was_returned(self, params: Any) -> None:
        for name in ("score", "loglikeobs"):
            found: Any = None
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", sx.SarimaxWarning)
                try:
                    found = getattr(self.model, name)(params)
                except sx.SarimaxError:
                    continue
            found[:] = np.nan

    @rule()
    def overwrite_what_was_given(self) -> None:
        for array in self.given:
            if array is not None:
                array[:] = 7.0

    @rule(name=st.sampled_from(["pickle", "copy", "deepcopy"]))
    def replace(self, name: str) -> None:
        if name == "pickle":
            self.model = pickle.loads(pickle.dumps(self.model))
        else:
            self.model = getattr(copy, name)(self.model)

    @rule(name=st.sampled_from(["statsmodels", "exact", "identical"]), params=tame)
    def change_the_setting(self, name: str, params: Any) -> None:
        """It is for models made later."""
        before = outcome(lambda: self.model.loglike(params))
        sx.set_engine(name)
        try:
            assert outcome(lambda: self.model.loglike(params)) == before
        finally:
            sx.set_engine("auto")

    @invariant()
    def says_what_it_said(self) -> None:
        said = getattr(self, "said", [])
        for name, params, found in said[:1] + said[-1:]:
            call = CALLS[name]
            again = outcome(lambda c=call, p=params: c(self.model, p, self.future))
            assert again == found, name


TestModels = Models.TestCase
TestModels.settings = SETTINGS


BAD: dict[str, Any] = {
    "words": np.array(["a", "b"]),
    "infinite": np.array([1.0, np.inf, 2.0]),
    "empty": np.empty(0),
    "huge": np.array([1e200, -1e200, 1.0, 3e300]),
}
BATCHES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "loglike": (sx.batch_loglike, lambda m, p: m.loglike(p)),
    "score": (sx.batch_score, lambda m, p: m.score(p)),
    "filter": (sx.batch_filter, lambda m, p: m.filter(p)),
    "forecast": (sx.batch_forecast, lambda m, p: m.forecast(p, STEPS)),
}


class Batches(RuleBasedStateMachine):
    """Whatever becomes of a list of series: each row is the single call's."""

    @initialize(
        order=st.sampled_from([(1, 0, 0), (0, 1, 1), (2, 0, 1)]),
        seasonal=st.sampled_from([(0, 0, 0, 0), (0, 1, 1, 4)]),
        seed=SEEDS,
    )
    def begin(self, order: Any, seasonal: Any, seed: int) -> None:
        self.options = {"order": order, "seasonal": seasonal}
        self.list: list[Any] = [series(seed, 30)[0]]
        self.run_otherwise(1, "raise", False)
        names = sx.Model(self.list[0], **self.options).param_names
        self.params = params_of(names, seed, 0.4)

    @rule(seed=SEEDS, nobs=st.integers(1, 45), times=st.integers(1, 9))
    def add(self, seed: int, nobs: int, times: int) -> None:
        """Also as many of one length as there are lanes."""
        self.list += [series(seed + i, nobs)[0] for i in range(times)]

    @rule(kind=st.sampled_from([*BAD]), place=SEEDS)
    def add_a_bad_one(self, kind: str, place: int) -> None:
        self.list.insert(place % len(self.list), BAD[kind])

    @precondition(lambda self: len(self.list) > 1)
    @rule(place=SEEDS)
    def remove(self, place: int) -> None:
        del self.list[place % len(self.list)]

    @rule(seed=SEEDS)
    def reorder(self, seed: int) -> None:
        order = np.random.default_rng(seed).permutation(len(self.list))
        self.list = [self.list[i] for i in order]

    @rule(place=SEEDS, seed=SEEDS, what=st.sampled_from([np.nan, np.inf, 1e200]))
    def spoil(self, place: int, seed: int, what: float) -> None:
        """A gap, a number that is refused, one that overflows."""
        place %= len(self.list)
        y = self.list[place]
        if isinstance(y, np.ndarray) and y.ndim == 1 and len(y):
            y = y.copy()
            y[seed % len(y)] = what
            self.list[place] = y

    @rule(
        n_threads=st.integers(1, 4),
        errors=st.sampled_from(["raise", "coerce"]),
        is_packed=st.booleans(),
    )
    def run_otherwise(self, n_threads: int, errors: str, is_packed: bool) -> None:
        self.run = {"n_threads": n_threads, "errors": errors}
        self.is_packed = is_packed

    @rule(seed=SEEDS)
    def other_params(self, seed: int) -> None:
        """Of all series, or of each."""
        names = sx.Model([1.0], **self.options).param_names
        rows = [params_of(names, seed + i, 0.4) for i in range(len(self.list))]
        self.params = np.array(rows) if seed % 2 else rows[0]

    def single(self, call: Callable[..., Any], i: int) -> Any:
        """The bits of series i alone, or its exception."""
        rows = np.atleast_2d(self.params)
        params = rows[i % len(rows)]
        return outcome(lambda: call(sx.Model(self.list[i], **self.options), params))

    def batch(self, function: Any, expected: list[Any], **options: Any) -> Any:
        """The result, after a look at what it says of the series that fail."""
        given: dict[str, Any] = {"y_list": self.list}
        if self.is_packed and all(y.dtype.kind == "f" for y in self.list):
            bounds = np.cumsum([0, *map(len, self.list)])
            given = {"data": np.concatenate(self.list), "indptr": bounds}
        failed = [i for i, said in enumerate(expected) if is_error(said)]
        arguments = {**given, **self.options, **self.run, **options}
        if not failed or self.run["errors"] == "coerce":
            return function(**arguments)
        with pytest.raises(sx.BatchError) as caught:
            function(**arguments)
        assert caught.value.indices.tolist() == failed
        assert caught.value.messages == [expected[i][1] for i in failed]
        return caught.value.result

    @rule(name=st.sampled_from([*BATCHES]))
    def compute(self, name: str) -> None:
        self.params_for_the_list()
        function, single = BATCHES[name]
        expected = [self.single(single, i) for i in range(len(self.list))]
        steps = {"steps": STEPS} if name == "forecast" else {}
        found = self.batch(function, expected, params=self.params, **steps)
        for i, said in enumerate(expected):
            if name == "filter":
                got = outcome(lambda i=i: found[i])
                assert got == said or (is_error(said) and got[1] == said[1]), i
                continue
            one = tuple(a[i] for a in found) if name == "forecast" else found[i]
            if is_error(said):
                assert np.isnan(one).all(), i
            else:
                assert bits(float(one) if name == "loglike" else one) == said, i

    def params_for_the_list(self) -> None:
        """Rows of parameters are for as many series as there were."""
        if self.params.ndim == 2 and len(self.params) != len(self.list):
            self.params = self.params[0]

    @rule()
    def fit(self) -> None:
        self.params_for_the_list()
        expected = [
            self.single(lambda m, _: numbers_of(m.fit(maxiter=3, cov_type="none")), i)
            for i in range(len(self.list))
        ]
        fits = self.batch(sx.batch_fit, expected, maxiter=3, cov_type="none")
        for i, said in enumerate(expected):
            assert (fits.status[i] < 0) == is_error(said), i
            if is_error(said):
                with pytest.raises((said[0], sx.DataError), match=re.escape(said[1])):
                    fits[i]
            else:
                assert outcome(lambda i=i: numbers_of(fits[i])) == said, i


def numbers_of(fit: Any) -> Any:
    return fit.params, fit.llf, fit.scale, fit.nit, fit.message, fit.converged


TestBatches = Batches.TestCase
TestBatches.settings = SETTINGS
