# SPDX-License-Identifier: BSD-3-Clause
"""Paths of state space models: statsmodels' draws, the equations in the core."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from scipy.linalg import lapack
from statsmodels.tsa.statespace.simulation_smoother import (
    SimulationSmoother,
    SimulationSmoothResults,
)

__all__ = ["VARIATES", "Simulator", "simulate"]

# What is drawn, in this order.
VARIATES = (
    "measurement_disturbance_variates",
    "state_disturbance_variates",
    "initial_state_variates",
)


class Simulator(SimulationSmoothResults):  # type: ignore[misc]
    """
    statsmodels' simulator, whose compiled object is made when somebody needs it.

    Parameters
    ----------
    model : StateSpace
        The model.
    count : int
        Periods of each path.
    random : dict
        The random numbers, by the name that this statsmodels has for them.
    """

    _matrices: Any = None

    def __init__(self, model: Any, count: int, random: dict[str, Any]) -> None:
        self._count = count
        super().__init__(model, None, **random)

    @functools.cached_property
    def _compiled(self) -> Any:
        made = SimulationSmoother.simulator(self.model, self._count)
        return made._simulation_smoother

    @property
    def _simulation_smoother(self) -> Any:
        return self._compiled

    @_simulation_smoother.setter
    def _simulation_smoother(self, value: None) -> None:
        """Nothing: statsmodels' constructor has none to set."""

    @functools.wraps(SimulationSmoothResults.simulate)
    def simulate(self, *args: Any, **kwargs: Any) -> None:
        _ = self._compiled  # which has to be there before the first state is set
        super().simulate(*args, **kwargs)

    def snapshot(self) -> Any:
        """Return the matrices: kept for the next path if changes would be told of."""
        model = self.model
        if model.exposed or model.is_updated:
            return model.snapshot()
        if self._matrices is None:
            self._matrices = model.snapshot()
            model.before_change(self._forget)
        return self._matrices

    def _forget(self) -> None:
        self._matrices = None


def simulate(simulator: Any, count: int, given: dict[str, Any]) -> tuple[Any, Any]:
    """
    Simulate as statsmodels' ``SimulationSmoothResults.simulate`` does.

    Parameters
    ----------
    simulator : Simulator
        Of a model of one series of real numbers. It gives the random numbers, and
        gets what was generated.
    count : int
        Periods.
    given : dict
        Variates and ``pretransformed_*``, by the arguments of that method.

    Returns
    -------
    obs : ndarray, shape (count, 1)
    states : ndarray, shape (count, k_states)
    """
    system = simulator.snapshot()
    rng = simulator.rng if hasattr(simulator, "rng") else simulator.random_state
    sizes = (count, count * system.k_posdef, system.k_states)
    drawn = [
        _variates(given.get(name), size, rng)
        for name, size in zip(VARIATES, sizes, strict=True)
    ]
    known = [
        given.get(name) is not None and bool(given.get(f"pretransformed_{name}"))
        for name in VARIATES
    ]
    measurement, state, start = drawn
    state = state.reshape(count, system.k_posdef)
    with np.errstate(invalid="ignore"):
        if not known[0]:
            cov = system.matrix("obs_cov", count)
            measurement = _transformed(measurement[:, None], cov)[:, 0]
        if not known[1]:
            state = _transformed(state, system.matrix("state_cov", count))
        if not known[2]:
            mean, cov, _ = system.start
            start = mean + _transformed(start[None], cov[:, :, None])[0]
    obs, states = system.simulate(measurement, np.asfortranarray(state.T), start)
    simulator._generated_obs = obs[None]
    simulator._generated_state = states
    simulator._generated_measurement_disturbance = measurement[:, None]
    simulator._generated_state_disturbance = state
    return obs[:, None].copy(), states.T[:count].copy()


def _variates(given: Any, size: int, rng: Any) -> Any:
    """Return what was given, flat, or standard normal draws."""
    if given is None:
        return rng.normal(size=size)
    return np.array(given, dtype=np.float64).ravel()


def _transformed(variates: Any, cov: Any) -> Any:
    """
    Return draws with a covariance, of the period or the same in all, one a row.

    LAPACK stops at a pivot that is not positive, and the rest stays as it was: so it
    does in statsmodels.
    """
    if cov.shape[0] == 1:
        return variates * np.sqrt(cov[0, 0, :])[:, None]
    factors = [
        np.tril(lapack.dpotrf(cov[:, :, t], lower=1, clean=0)[0])
        for t in range(cov.shape[2])
    ]
    return np.einsum(
        "tij,tj->ti",
        np.broadcast_to(factors, (len(variates), *cov.shape[:2])),
        variates,
    )
