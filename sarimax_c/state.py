# SPDX-License-Identifier: BSD-3-Clause
"""`State`: what the filter knows after the last observation, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .archive import Savable
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
    from .verifying import VerifyingState

__all__ = ["RefilteredState", "State", "make_state", "state_of_record", "wrap_state"]


class State(Savable):
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

    __slots__ = ("_backend", "_exog_names", "spec")

    spec: Specification
    _backend: _core.State | RefilteredState | VerifyingState
    _exog_names: tuple[str, ...] | None

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
        regressors = as_exog_future(
            exog, len(endog), self.spec.k_exog, "exog", self._exog_names
        )
        check_aligned(y, exog)
        after = self._backend.append(endog, regressors)
        return wrap_state(self.spec, after, self._exog_names)

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
        future = as_exog_future(
            exog_future, steps, self.spec.k_exog, names=self._exog_names
        )
        return self._backend.forecast(steps, future)[:2]

    def __reduce__(self) -> tuple[Any, ...]:
        backend = self._backend
        if isinstance(backend, RefilteredState):
            return wrap_state, (self.spec, backend, self._exog_names)
        record = backend.record, backend.tail
        return state_of_record, (self.spec, *record, self._exog_names)

    def __repr__(self) -> str:
        """Show the specification and the numbers."""
        seasonal = f", seasonal={self.spec.seasonal}" if self.spec.periods else ""
        return (
            f"State(nobs={self.nobs}, llf={self.llf:.6g}, order={self.spec.order}"
            f"{seasonal})"
        )


class RefilteredState:
    """
    The way back: statsmodels over all data so far, each time.

    Attributes
    ----------
    endog, exog : ndarray
        All rows so far, before simple differencing; exog may be None.
    params : ndarray, shape (k_params,)
        The parameters.
    """

    __slots__ = ("_model", "_spec", "endog", "exog", "params")

    def __init__(
        self, spec: Specification, endog: Floats, exog: Floats | None, params: Floats
    ) -> None:
        from .statsmodels_engine import StatsmodelsModel

        self._spec = spec
        self.endog = endog
        self.exog = exog
        self.params = params
        self._model: StatsmodelsModel = StatsmodelsModel(spec, endog, exog)

    @property
    def nobs(self) -> int:
        """Number of observations, after simple differencing."""
        return self._model.nobs

    @property
    def llf(self) -> float:
        """Log-likelihood."""
        return self._model.filter(self.params)[5]

    def append(self, endog: Floats, exog: Floats | None) -> RefilteredState:
        """Return the state after further rows."""
        both = None
        if self.exog is not None and exog is not None:
            both = np.concatenate([self.exog, exog])
        return RefilteredState(
            self._spec, np.concatenate([self.endog, endog]), both, self.params
        )

    def forecast(
        self, steps: int, exog_future: Floats | None
    ) -> tuple[Floats, Floats, int, int]:
        """Return means, variances, the number of skipped observations, the engine."""
        return self._model.forecast(self.params, steps, exog_future)

    def __reduce__(self) -> tuple[Any, ...]:
        return RefilteredState, (self._spec, self.endog, self.exog, self.params)


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
    names = model._exog_names
    if model.engine == STATSMODELS:
        vector = as_params(params, model.k_params).copy()
        backend = RefilteredState(model.spec, *model._raw(), vector)
        return wrap_state(model.spec, backend, names)
    core: Any = model._backend
    return wrap_state(model.spec, core.state(params), names)


def wrap_state(
    spec: Specification,
    backend: _core.State | RefilteredState | VerifyingState,
    exog_names: tuple[str, ...] | None = None,
) -> State:
    """
    Make a state of what computes it.

    Parameters
    ----------
    spec : Specification
        The model.
    backend : object
        The core's state, or statsmodels'.
    exog_names : tuple of str, optional
        Names of the regressors, if they have some.

    Returns
    -------
    State
    """
    state = State.__new__(State)
    state.spec = spec
    state._backend = backend
    state._exog_names = exog_names
    return state


def state_of_record(
    spec: Specification,
    record: bytes,
    tail: Floats,
    exog_names: tuple[str, ...] | None = None,
) -> State:
    """
    Make a state of what was pickled or saved.

    Parameters
    ----------
    spec : Specification
        The model.
    record, tail
        As ``_core.State`` gave them.
    exog_names : tuple of str, optional
        Names of the regressors, if they have some.

    Returns
    -------
    State

    Raises
    ------
    DataError
        They are not those of a state of this model and this version.
    """
    from ._core import State as CoreState

    return wrap_state(spec, CoreState(spec.core(), record, tail), exog_names)
