# SPDX-License-Identifier: BSD-3-Clause
"""The core's models and states, each value compared with statsmodels' (`verify`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .arrays import Floats
from .engine import EXACT, IDENTICAL, VERIFY
from .errors import NumericalError
from .statsmodels_engine import FilterArrays
from .verify import Record, Verifier

if TYPE_CHECKING:
    from . import _core

__all__ = ["VerifyingModel", "VerifyingState", "replay_model"]

_Found = TypeVar("_Found")


class VerifyingModel:
    """
    A ``_core.Model`` whose values are compared with statsmodels'.

    Methods return and raise what the core's do; those that are not defined here are
    the core's.

    Parameters
    ----------
    core : _core.Model
        The core's model, with the engine 'auto'.
    verifier : Verifier
        Of the same specification and data.
    """

    __slots__ = ("_core", "_verifier")

    def __init__(self, core: _core.Model, verifier: Verifier) -> None:
        self._core = core
        self._verifier = verifier

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def loglike(self, params: Any) -> float:
        """Return the log-likelihood."""
        return self.evaluate(params)[0]

    def loglikes(self, params: Any) -> Floats:
        """Return the log-likelihood of each row of parameters."""
        values = self._core.loglikes(params)
        for row, llf in zip(np.asarray(params), values.tolist(), strict=True):
            self._verifier.loglike(row, llf, self._core.evaluate(row)[2])
        return values

    def evaluate(self, params: Any) -> tuple[float, int, str, str]:
        """Return log-likelihood, number of skipped observations, engine, reason."""
        check = self._verifier.loglike
        try:
            found = self._core.evaluate(params)
        except NumericalError as error:
            check(params, error, IDENTICAL)
            raise
        check(params, found[0], found[2])
        return found

    def loglike_score(self, params: Any) -> tuple[float, Floats, str]:
        """Return the log-likelihood, its derivatives and whose they are."""
        found = self._core.loglike_score(params)
        self._verifier.loglike(params, found[0], self._core.evaluate(params)[2])
        self._verifier.derivatives("score", params, found[1])
        return found

    def score_obs(self, params: Any) -> Floats:
        """Return the derivatives of each observation's term."""
        return self._derivatives("score_obs", params)

    def opg(self, params: Any) -> Floats:
        """Return the outer product of these."""
        return self._derivatives("opg", params)

    def information(self, params: Any) -> Floats:
        """Return the information matrix."""
        return self._derivatives("information", params)

    def hessian(self, params: Any) -> Floats:
        """Return the second derivatives of the log-likelihood."""
        return self._derivatives("hessian", params)

    def _derivatives(self, call: str, params: Any) -> Floats:
        found: Floats = getattr(self._core, call)(params)
        _, skipped, engine, _ = self._core.evaluate(params)
        if not skipped:
            self._verifier.derivatives(call, params, found, engine)
        return found

    def transform_params(self, unconstrained: Any) -> Floats:
        """Return constrained parameters."""
        return self._transformed("transform_params", unconstrained)

    def untransform_params(self, constrained: Any) -> Floats:
        """Return the optimizer's parameters."""
        return self._transformed("untransform_params", constrained)

    def _transformed(self, call: str, params: Any) -> Floats:
        found: Floats = getattr(self._verifier.spec.core(), call)(params)
        self._verifier.transformed(call, params, found)
        return found

    def loglikeobs(self, params: Any) -> Floats:
        """Return the contribution of each observation, 0 before the burn."""
        return self._checked(self._core.loglikeobs, self._verifier.loglikeobs, params)

    def filter(self, params: Any) -> FilterArrays:
        """Return what ``_core.Model.filter`` returns."""
        return self._checked(self._core.filter, self._verifier.filter, params)

    def forecast(
        self, params: Any, steps: int, exog_future: Floats | None
    ) -> tuple[Floats, Floats, int, int]:
        """Return what ``_core.Model.forecast`` returns."""
        return self._checked(
            self._core.forecast, self._verifier.forecast, params, steps, exog_future
        )

    def predict(
        self,
        params: Any,
        start: int,
        stop: int,
        origin: int,
        exog_future: Floats | None,
    ) -> tuple[Floats, Floats, int]:
        """Return what ``_core.Model.predict`` returns."""
        arguments = params, start, stop, origin, exog_future
        return self._checked(self._core.predict, self._verifier.predict, *arguments)

    def impute(self, params: Any, variance: bool) -> tuple[Floats, Floats | None, int]:
        """Return what ``_core.Model.impute`` returns."""
        return self._checked(self._core.impute, self._verifier.impute, params, variance)

    def rolling_forecast(
        self,
        params: Any,
        steps: int,
        start: int,
        stride: int,
        exog_future: Floats | None,
    ) -> tuple[Floats, Floats, int]:
        """Return what ``_core.Model.rolling_forecast`` returns."""
        found = self._core.rolling_forecast(params, steps, start, stride, exog_future)
        origins = range(start, start + stride * len(found[0]), stride)
        check = self._verifier.rolling_forecast
        check(params, steps, origins, exog_future, found)
        return found

    def state(self, params: Any) -> VerifyingState:
        """Return the state after the series."""
        verifier = self._verifier
        return VerifyingState(self._core.state(params), verifier, (verifier.rows,))

    def start_params(self) -> tuple[Floats, int]:
        """Return start parameters and the SX_START_* bits of what was replaced."""
        params, flags = self._core.start_params()
        self._verifier.start_params(params)
        return params, flags

    def fit(self, *arguments: Any) -> dict[str, Any]:
        """Return what ``_core.Model.fit`` returns; its end is compared."""
        found = self._core.fit(*arguments)
        engine = EXACT if found["engine"] == 1 else IDENTICAL
        self._verifier.loglike(found["params"], found["llf"], engine)
        return found

    def _checked(
        self,
        compute: Callable[..., _Found],
        check: Callable[..., None],
        *arguments: Any,
    ) -> _Found:
        """Return what the core does, after comparing it."""
        try:
            found = compute(*arguments)
        except NumericalError as error:
            check(*arguments, error)
            raise
        check(*arguments, found)
        return found


class VerifyingState:
    """
    A ``_core.State`` whose values are compared with statsmodels'.

    It keeps the data, which a state of its own does without. One that was pickled or
    saved comes back as the core's: there is nothing left to compare it with.

    Parameters
    ----------
    core : _core.State
        The core's state.
    verifier : Verifier
        Of the data so far.
    rows : tuple of int
        By how many rows at a time it grew.
    """

    __slots__ = ("_core", "_rows", "_verifier")

    def __init__(
        self, core: _core.State, verifier: Verifier, rows: tuple[int, ...]
    ) -> None:
        self._core = core
        self._verifier = verifier
        self._rows = rows
        verifier.state(core.params, core.llf, rows)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def append(self, endog: Floats, exog: Floats | None) -> VerifyingState:
        """Return the state after further rows."""
        after = self._core.append(endog, exog)
        longer = self._verifier.extended(endog, exog)
        return VerifyingState(after, longer, (*self._rows, len(endog)))

    def forecast(
        self, steps: int, exog_future: Floats | None
    ) -> tuple[Floats, Floats, int]:
        """Return what ``_core.State.forecast`` returns."""
        found = self._core.forecast(steps, exog_future)
        check = self._verifier.state_forecast
        check(self._core.params, steps, exog_future, found, self._rows)
        return found


def replay_model(record: Record) -> Record | None:
    """
    Compute the logged difference of a model or a state again.

    Parameters
    ----------
    record : dict
        From the log.

    Returns
    -------
    dict or None
        The record of the same call now; None where it agrees.
    """
    from .native import Model

    def floats(name: str) -> Any:
        found = record[name]
        return None if found is None else np.array(found, dtype=np.float64)

    y, exog, how = floats("y"), floats("exog"), record["how"]
    ends = np.cumsum(how.get("rows", [len(y)])).tolist()
    model = Model(
        y[: ends[0]],
        None if exog is None else exog[: ends[0]],
        record["order"],
        record["seasonal"],
        engine=VERIFY,
        **record["options"],
    )
    found: list[Record | None] = []
    verifier = Verifier(model.spec, *model._raw(), found.append)
    backend = VerifyingModel(model._backend_of(model.engine), verifier)
    try:
        if "rows" in how:
            state = backend.state(floats("params"))
            for start, stop in itertools.pairwise(ends):
                rows = None if exog is None else exog[start:stop]
                state = state.append(y[start:stop], rows)
            state.forecast(max(record["steps"], 1), floats("exog_future"))
        else:
            _repeat(backend, record["call"], floats("params"), record, floats)
    except NumericalError:
        pass
    call = record["call"]
    return next(
        (item for item in reversed(found) if item and item["call"] == call), None
    )


def _repeat(
    backend: VerifyingModel,
    call: str,
    params: Floats,
    record: Record,
    floats: Callable[[str], Any],
) -> None:
    """Call a method as it was called."""
    how, future = record["how"], floats("exog_future")
    if call == "forecast":
        backend.forecast(params, record["steps"], future)
    elif call == "predict":
        backend.predict(params, how["start"], how["stop"], how["origin"], future)
    elif call == "impute":
        backend.impute(params, how["variance"])
    elif call == "rolling_forecast":
        steps, start, stride = record["steps"], how["start"], how["stride"]
        backend.rolling_forecast(params, steps, start, stride, future)
    elif call == "start_params":
        backend.start_params()
    else:
        getattr(backend, "loglike_score" if call == "score" else call)(params)
