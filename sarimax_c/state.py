# SPDX-License-Identifier: BSD-3-Clause
"""`State`: what the filter knows after the last observation, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .arrays import (
    Floats,
    as_endog,
    as_exog_future,
    as_params,
    as_steps,
    check_aligned,
    check_endog,
)
from .engine import STATSMODELS

if TYPE_CHECKING:
    from . import _core
    from .native import Model
    from .spec import Specification
    from .statsmodels_engine import StatsmodelsModel

__all__ = ["State", "make_state"]


class State:
    """
    What the filter knows after the last observation: to forecast and to go on from.

    Made by ``Model.state``. It keeps the parameters, the predicted state and its
    covariance, but not the data: with m states about ``4 m**2`` bytes (3.4 kB for
    the airline model of monthly data). `append` filters further observations and
    returns a new state; it and `forecast` give the very numbers of a filter over all
    observations. A state is immutable, may be used from many threads, and pickles.
    On the statsmodels engine it keeps the data and filters them again each time.

    Attributes
    ----------
    spec : Specification
        The model.

    See Also
    --------
    rolling_forecast : forecasts from many origins of a known series at once.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> state = sx.Model([1.0, 2.0, 1.5], order=(1, 0, 0)).state([0.5, 1.0])
    >>> state = state.append([3.0])
    >>> state.forecast(2)
    (array([1.5 , 0.75]), array([1.  , 1.25]))
    """

    __slots__ = ("_backend", "spec")

    spec: Specification
    _backend: _core.State | _RefilteredState

    def __init__(self) -> None:
        raise TypeError("a State is made by Model.state(params)")

    @property
    def params(self) -> Floats:
        """The parameters, shape (k_params,)."""
        return self._backend.params

    @property
    def nobs(self) -> int:
        """Number of observations so far, after simple differencing."""
        return self._backend.nobs

    @property
    def llf(self) -> float:
        """Log-likelihood of the observations so far, as ``Model.filter`` has it."""
        return self._backend.llf

    def append(self, y: ArrayLike, exog: ArrayLike | None = None) -> State:
        """
        Return the state after further observations; this one stays as it is.

        Parameters
        ----------
        y : array_like
            Observations that follow, shape (rows,), or one number; NaN = missing.
            With ``simple_differencing`` they are differenced here.
        exog : array_like, optional
            Their regressors, shape (rows, k_exog); also (k_exog,) for one row.

        Returns
        -------
        State

        Raises
        ------
        DataError
            The rows have a wrong shape or forbidden values.
        TypeError
            They are not real numbers.
        """
        endog = as_endog([y] if np.ndim(y) == 0 else y)
        check_endog(endog)
        regressors = as_exog_future(exog, len(endog), self.spec.k_exog, "exog")
        check_aligned(y, exog)
        return _wrap(self.spec, self._backend.append(endog, regressors))

    def forecast(
        self, steps: int = 1, exog_future: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """
        Forecast the observations after the last one.

        Parameters
        ----------
        steps : int
            Number of periods.
        exog_future : array_like, optional
            Regressors of these periods, shape (steps, k_exog).

        Returns
        -------
        mean, var : ndarray, shape (steps,)
            Expected values and variances.

        Raises
        ------
        SpecError, DataError, TypeError
            As ``Model.forecast``.
        """
        steps = as_steps(steps)
        future = as_exog_future(exog_future, steps, self.spec.k_exog)
        return self._backend.forecast(steps, future)[:2]

    def __reduce__(self) -> tuple[Any, ...]:
        backend = self._backend
        if isinstance(backend, _RefilteredState):
            return _wrap, (self.spec, backend)
        return _from_record, (self.spec, backend.record, backend.tail)

    def __repr__(self) -> str:
        """Show the specification and the numbers."""
        seasonal = f", seasonal={self.spec.seasonal}" if self.spec.periods else ""
        return (
            f"State(nobs={self.nobs}, llf={self.llf:.6g}, order={self.spec.order}"
            f"{seasonal})"
        )


class _RefilteredState:
    """The way back: statsmodels over all data so far, each time."""

    __slots__ = ("_endog", "_exog", "_model", "_spec", "params")

    def __init__(
        self, spec: Specification, endog: Floats, exog: Floats | None, params: Floats
    ) -> None:
        from .statsmodels_engine import StatsmodelsModel

        self._spec = spec
        self._endog = endog
        self._exog = exog
        self.params = params
        self._model: StatsmodelsModel = StatsmodelsModel(spec, endog, exog)

    @property
    def nobs(self) -> int:
        return self._model.nobs

    @property
    def llf(self) -> float:
        return self._model.filter(self.params)[5]

    def append(self, endog: Floats, exog: Floats | None) -> _RefilteredState:
        both = None
        if self._exog is not None and exog is not None:
            both = np.concatenate([self._exog, exog])
        return _RefilteredState(
            self._spec, np.concatenate([self._endog, endog]), both, self.params
        )

    def forecast(
        self, steps: int, exog_future: Floats | None
    ) -> tuple[Floats, Floats, int, int]:
        return self._model.forecast(self.params, steps, exog_future)

    def __reduce__(self) -> tuple[Any, ...]:
        return _RefilteredState, (self._spec, self._endog, self._exog, self.params)


def make_state(model: Model, params: ArrayLike) -> State:
    """
    Return the state after a model's series.

    Parameters
    ----------
    model : Model
        The model with its data.
    params : array_like, shape (k_params,)
        Parameters.

    Returns
    -------
    State
    """
    if model.engine == STATSMODELS:
        vector = as_params(params, model.k_params).copy()
        return _wrap(model.spec, _RefilteredState(model.spec, *model._raw(), vector))
    return _wrap(model.spec, model._backend_of(model.engine).state(params))


def _wrap(spec: Specification, backend: _core.State | _RefilteredState) -> State:
    """Make a state of what computes it."""
    state = State.__new__(State)
    state.spec = spec
    state._backend = backend
    return state


def _from_record(spec: Specification, record: bytes, tail: Floats) -> State:
    """Make a state from what was pickled."""
    from ._core import State as CoreState

    return _wrap(spec, CoreState(spec.core(), record, tail))
