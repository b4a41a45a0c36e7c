# SPDX-License-Identifier: BSD-3-Clause
"""Who changes the matrices of a state space model, and who may have done so."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from statsmodels.tsa.statespace.representation import MatrixWrapper
from statsmodels.tsa.statespace.simulation_smoother import SimulationSmoother

__all__ = ["Watched"]


class _Matrix(MatrixWrapper):  # type: ignore[misc]
    """statsmodels' descriptor of a matrix, which tells when it is used."""

    def __get__(self, obj: Any, objtype: type | None = None) -> Any:
        if obj is not None:
            obj._look(hand_out=True)
        return super().__get__(obj, objtype)

    def __set__(self, obj: Any, value: Any) -> None:
        obj._change()
        super().__set__(obj, value)


def _reading(name: str) -> Any:
    """A method of statsmodels' whose looks at the matrices are not the caller's."""
    original = getattr(SimulationSmoother, name)

    @functools.wraps(original)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        with self.internal():
            return original(self, *args, **kwargs)

    return method


class Watched(SimulationSmoother):  # type: ignore[misc]
    """
    statsmodels' state space model, watched for changes by hand.

    What a model's own code does with the matrices runs inside ``updating()``, what
    statsmodels' code reads inside ``internal()``; all the rest comes from outside.
    A model that is never updated, such as one made by ``clone`` or ``extend`` or
    by itself, has no values of its own that a change could replace: it is never
    ``touched``.

    Attributes
    ----------
    touched : bool
        A matrix, the data or the initialization was set from outside.
    exposed : bool
        An array that can be changed in place was handed out, so that nobody can
        tell what the matrices are without looking at them.
    """

    design = _Matrix("design", "design")
    obs_intercept = _Matrix("observation intercept", "obs_intercept")
    obs_cov = _Matrix("observation covariance matrix", "obs_cov")
    transition = _Matrix("transition", "transition")
    state_intercept = _Matrix("state intercept", "state_intercept")
    selection = _Matrix("selection", "selection")
    state_cov = _Matrix("state covariance matrix", "state_cov")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._own = 1  # how many blocks of own code are running
        self._updated = False
        self._initialization: Any = None
        self._deferred: Callable[[], None] | None = None
        self._callbacks: list[weakref.ReferenceType[Any]] = []
        self.touched = False
        self.exposed = False
        super().__init__(*args, **kwargs)
        self._own = 0

    def __getstate__(self) -> dict[str, Any]:
        self._look(hand_out=False)
        state = self.__dict__.copy()
        state.update(_own=0, _callbacks=[], _deferred=None)
        return state

    # ---- own code ----

    @contextmanager
    def updating(self) -> Iterator[None]:
        """Changes inside are the model's own, and so are reads."""
        self._updated = True
        self._own += 1
        try:
            yield
        finally:
            self._own -= 1

    @contextmanager
    def internal(self) -> Iterator[None]:
        """Reads inside hand no array to the outside."""
        self._run_deferred()
        self._own += 1
        try:
            yield
        finally:
            self._own -= 1

    @property
    def is_updated(self) -> bool:
        """Whether a model changes the matrices, of which nobody is told."""
        return self._updated

    # ---- those who wait ----

    def before_change(self, callback: Callable[[], None]) -> None:
        """
        Calls `callback` once, before the first change from outside.

        It is held weakly, a bound method as long as its object lives. It is also
        called before an array is handed out; what registers while ``exposed`` is
        never told of changes in place.
        """
        kind: Any = weakref.WeakMethod if hasattr(callback, "__self__") else weakref.ref
        self._callbacks.append(kind(callback))

    def defer(self, update: Callable[[], None] | None) -> None:
        """
        Puts off `update`, which sets the matrices, until somebody looks at them.

        The next one replaces it; None: what was put off is not needed any more.
        """
        self._deferred = update

    def _run_deferred(self) -> None:
        update, self._deferred = self._deferred, None
        if update is not None:
            with self.updating():
                update()

    def _run_callbacks(self) -> None:
        callbacks, self._callbacks = self._callbacks, []
        for reference in callbacks:
            callback = reference()
            if callback is not None:
                callback()

    # ---- events ----

    def _look(self, hand_out: bool) -> None:
        if self._own:
            return
        self._run_deferred()
        if hand_out and not self.exposed:
            self._run_callbacks()
            self.exposed = True

    def _change(self) -> None:
        if self._own:
            return
        self._run_deferred()
        self._run_callbacks()
        if self._updated:
            self.touched = True

    def __getitem__(self, key: Any) -> Any:
        self._look(hand_out=False)
        value = super().__getitem__(key)
        if isinstance(value, np.ndarray):
            self._look(hand_out=True)
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._change()
        with self._own_step():
            super().__setitem__(key, value)

    @property
    def initialization(self) -> Any:
        """The ``Initialization`` of the first state."""
        self._look(hand_out=True)
        return self._initialization

    @initialization.setter
    def initialization(self, value: Any) -> None:
        self._change()
        self._initialization = value

    def bind(self, endog: Any) -> None:
        """Sets the data, as statsmodels' method of this name."""
        if getattr(self, "endog", None) is not None:
            self._change()
        super().bind(endog)

    # ---- statsmodels' code that reads or sets matrices ----

    @contextmanager
    def _own_step(self) -> Iterator[None]:
        self._own += 1
        try:
            yield
        finally:
            self._own -= 1

    @contextmanager
    def fixed_scale(self, scale: float | None) -> Iterator[None]:
        """Fixes the scale inside, as statsmodels' method of this name."""
        self._run_deferred()
        with self._own_step():
            fixed = super().fixed_scale(scale)
            fixed.__enter__()
        try:
            yield
        finally:
            with self._own_step():
                fixed.__exit__(None, None, None)

    def _clone_kwargs(self, endog: Any, **kwargs: Any) -> dict[str, Any]:
        given = set(kwargs)
        with self.internal():
            cloned: dict[str, Any] = super()._clone_kwargs(endog, **kwargs)
        for name in cloned.keys() & self.shapes.keys() - given:
            cloned[name] = cloned[name].copy(order="F")  # else shared by both
        return cloned

    clone = _reading("clone")
    extend = _reading("extend")
    impulse_responses = _reading("impulse_responses")
    simulate = _reading("simulate")
    simulation_smoother = _reading("simulation_smoother")

    def _initialize_representation(self, prefix: Any = None) -> Any:
        with self.internal():
            return super()._initialize_representation(prefix)

    def _initialize_state(self, prefix: Any = None, complex_step: bool = False) -> None:
        with self.internal():
            super()._initialize_state(prefix=prefix, complex_step=complex_step)
