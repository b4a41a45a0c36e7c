# SPDX-License-Identifier: BSD-3-Clause
"""A snapshot of a state space model, and its filter and smoother in C."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.statespace import kalman_filter as kf
from statsmodels.tsa.statespace import kalman_smoother as sm

from sarimax_c.dropin.verifying import core

__all__ = ["Filtered", "System", "complex_loglikes", "has_finite_start"]

_Floats = NDArray[np.float64]

MATRICES = (
    "design",
    "obs_intercept",
    "obs_cov",
    "transition",
    "state_intercept",
    "selection",
    "state_cov",
)

_START = ("initial_state", "initial_state_cov", "initial_diffuse_state_cov")

# Shapes of one period: m states, r state disturbances.
_FILTER_SHAPES = {
    "forecast": "1",
    "forecast_error": "1",
    "forecast_error_cov": "11",
    "standardized_forecast_error": "1",
    "loglikelihood": "",
    "scale": "",
    "filtered_state": "m",
    "filtered_state_cov": "mm",
    "predicted_state": "m",
    "predicted_state_cov": "mm",
    "kalman_gain": "m1",
    "tmp1": "m1",
    "tmp2": "1",
    "tmp3": "1m",
    "tmp4": "11",
    "M": "m1",
    "M_inf": "m1",
    "forecast_error_diffuse_cov": "11",
    "predicted_diffuse_state_cov": "mm",
}
_LAST_SHAPES = {
    "last_state": "m",
    "last_state_cov": "mm",
    "last_diffuse_state_cov": "mm",
}
_SMOOTHER_SHAPES = {
    "scaled_smoothed_estimator": "m",
    "smoothing_error": "1",
    "smoothed_state": "m",
    "smoothed_measurement_disturbance": "1",
    "smoothed_state_disturbance": "r",
    "scaled_smoothed_estimator_cov": "mm",
    "smoothed_state_cov": "mm",
    "smoothed_state_autocov": "mm",
    "smoothed_measurement_disturbance_cov": "11",
    "smoothed_state_disturbance_cov": "rr",
    "innovations_transition": "mm",
    "scaled_smoothed_diffuse_estimator": "m",
    "scaled_smoothed_diffuse1_estimator_cov": "mm",
    "scaled_smoothed_diffuse2_estimator_cov": "mm",
}
#: Outputs of one more period than there are observations.
_BEYOND = {
    "predicted_state",
    "predicted_state_cov",
    "predicted_diffuse_state_cov",
    *(name for name in _SMOOTHER_SHAPES if name.startswith("scaled_")),
}
#: What the smoother reads of the filter.
NEEDED = (
    "predicted_state",
    "predicted_state_cov",
    "kalman_gain",
    "forecast_error",
    "forecast_error_cov",
    "M",
    "M_inf",
    "forecast_error_diffuse_cov",
    "predicted_diffuse_state_cov",
)
# Squares of larger variances times their rounding exceed 1e-8.
_LARGE = float(np.sqrt(1e-8 / np.finfo(float).eps))
_MEANS = sm.SMOOTHER_STATE | sm.SMOOTHER_DISTURBANCE
_COVS = sm.SMOOTHER_STATE_COV | sm.SMOOTHER_DISTURBANCE_COV
# Outputs by the flag that asks for them, beside those that always come.
_OF_FLAG = {
    sm.SMOOTHER_STATE: ("smoothed_state",),
    sm.SMOOTHER_STATE_COV: ("smoothed_state_cov",),
    sm.SMOOTHER_STATE_AUTOCOV: ("smoothed_state_autocov",),
    sm.SMOOTHER_DISTURBANCE: (
        "smoothing_error",
        "smoothed_measurement_disturbance",
        "smoothed_state_disturbance",
    ),
    sm.SMOOTHER_DISTURBANCE_COV: (
        "smoothed_measurement_disturbance_cov",
        "smoothed_state_disturbance_cov",
    ),
    _MEANS: ("scaled_smoothed_estimator",),
    _COVS: ("scaled_smoothed_estimator_cov",),
}


class Filtered(NamedTuple):
    """
    What a run of the filter gave.

    Attributes
    ----------
    arrays : dict of str to ndarray
        The outputs by statsmodels' names, in its shapes: time last.
    converged, period_converged : int
        Whether the filter was in its steady state at the end, and since when.
    nobs_diffuse : int
        Exact diffuse periods.
    nobs_singular, nobs_diffuse_nonsingular : int
        Periods without an update because F < 1e-12; diffuse ones with F_inf = 0.
    """

    arrays: dict[str, NDArray[Any]]
    converged: int
    period_converged: int
    nobs_diffuse: int
    nobs_singular: int
    nobs_diffuse_nonsingular: int


class System:
    """
    A state space model of one series as it is at this moment; never changes.

    Parameters
    ----------
    ssm : Representation
        The model, its ``_statespaces["d"]`` initialized.
    tolerance : float
        Of the steady-state rule.
    filter_method : int
        statsmodels' FILTER_* flags: concentrated or not, conventional or univariate.
    """

    __slots__ = ("_start", "inputs", "k_posdef", "k_states", "nobs")

    def __init__(self, ssm: Any, tolerance: float, filter_method: int) -> None:
        self.nobs: int = ssm.nobs
        self.k_states: int = ssm.k_states
        self.k_posdef: int = ssm.k_posdef
        self.inputs = _inputs(ssm, "d", tolerance, filter_method)
        self._start: tuple[_Floats, _Floats, _Floats] = self.inputs[8:11]

    @property
    def start(self) -> tuple[_Floats, _Floats, _Floats]:
        """Mean, covariance and diffuse covariance of the first state."""
        return self._start

    def matrix(self, name: str, periods: int) -> _Floats:
        """A matrix of ``MATRICES``, of the first periods where it varies."""
        matrix: _Floats = self.inputs[1 + MATRICES.index(name)]
        return matrix if matrix.shape[-1] == 1 else matrix[..., :periods]

    def simulate(
        self, measurement: _Floats, state: _Floats, start: _Floats
    ) -> tuple[_Floats, _Floats]:
        """
        Runs the model's equations.

        Parameters
        ----------
        measurement : ndarray, shape (periods,)
            Measurement disturbances; as many periods as there are, or any number where
            nothing varies.
        state : ndarray, shape (k_posdef, periods)
            State disturbances, column-major.
        start : ndarray, shape (k_states,)
            First state.

        Returns
        -------
        obs : ndarray, shape (periods,)
        states : ndarray, shape (k_states, periods + 1)

        Raises
        ------
        MemoryError
            The states do not fit.
        """
        periods = len(measurement)
        obs = np.zeros(periods)
        states = self._zeros("m", periods + 1)
        matrices = [self.matrix(name, periods) for name in MATRICES]
        inputs = (obs, *matrices, start, *self.inputs[9:])
        core().simulate_system(inputs, measurement, state, obs, states)
        return obs, states

    def mixes_large_states(self) -> bool:
        """
        Tell whether observations show several states of large first variances at once.

        statsmodels' univariate smoother has as much as 1e-5 of rounding then in the
        covariances of the first states.
        """
        observed = np.any(self.inputs[1][0] != 0.0, axis=-1)
        return int(np.sum(np.diag(self._start[1])[observed] > _LARGE)) > 1

    def _zeros(self, shape: str, periods: int) -> _Floats:
        sizes = {"1": 1, "m": self.k_states, "r": self.k_posdef}
        return np.zeros((*(sizes[axis] for axis in shape), periods), order="F")

    def zeros(self, name: str) -> _Floats:
        """An output of the smoother before it has run; KeyError if there is none."""
        return self._zeros(_SMOOTHER_SHAPES[name], self.nobs + (name in _BEYOND))

    def filter(
        self,
        names: Collection[str],
        last: Collection[str] = (),
        compact: bool = False,
    ) -> Filtered:
        """
        Runs the filter.

        Parameters
        ----------
        names : collection of str
            Outputs to store for all periods.
        last : collection of str
            Outputs of which only the last period that has one is stored; and
            ``last_state``, ``last_state_cov``, ``last_diffuse_state_cov``, the
            predictions before and after the last (diffuse) period.
        compact : bool
            Leave out of ``predicted_state_cov`` what the steady state repeats;
            ``cov_period`` tells which period has what belongs to each.

        Returns
        -------
        Filtered
            ``arrays`` has these and ``univariate_filter``.

        Raises
        ------
        KeyError
            A name that is not an output.
        MemoryError
            The outputs do not fit.
        """
        arrays: dict[str, NDArray[Any]] = {
            name: self._zeros(_FILTER_SHAPES[name], self.nobs + (name in _BEYOND))
            for name in names
        }
        for name in last:
            if name in _LAST_SHAPES:
                arrays[name] = self._zeros(_LAST_SHAPES[name], 2)
            else:
                arrays[name] = self._zeros(_FILTER_SHAPES[name], 1)
        arrays["univariate_filter"] = np.zeros(self.nobs, dtype=np.int32)
        if compact:
            arrays["cov_period"] = np.zeros(self.nobs + 1, dtype=np.int64)
        return Filtered(arrays, *core().filter_system(self.inputs, arrays))

    def smooth(
        self,
        filtered: Filtered,
        output: int,
        names: Collection[str] | None = None,
    ) -> dict[str, _Floats]:
        """
        Runs the smoother.

        Parameters
        ----------
        filtered : Filtered
            With the arrays of ``NEEDED``; without diffuse periods the first five.
        output : int
            statsmodels' SMOOTHER_* flags: which recursions run.
        names : collection of str, optional
            Outputs to store; default all that `output` stands for.

        Returns
        -------
        dict of str to ndarray
            The outputs by statsmodels' names, in its shapes.

        Raises
        ------
        KeyError
            A name that is not an output.
        MemoryError
            The outputs do not fit.
        """
        if names is None:
            names = outputs_of(output, filtered.nobs_diffuse > 0)
        arrays = {name: self.zeros(name) for name in names}
        core().smooth_system(
            self.inputs,
            filtered.arrays,
            arrays,
            filtered.nobs_diffuse,
            bool(output & _MEANS),
            bool(output & _COVS),
        )
        return arrays

    def smoothed(self, names: Collection[str]) -> dict[str, _Floats]:
        """
        Filter and smoother for a few outputs, with nothing else stored.

        Parameters
        ----------
        names : collection of str
            Outputs of the smoother.

        Returns
        -------
        dict of str to ndarray
            The outputs by statsmodels' names, in its shapes.

        Raises
        ------
        KeyError
            A name that is not an output.
        MemoryError
            The outputs do not fit.
        """
        diffuse = bool(np.any(self.start[2]))
        filtered = self.filter(NEEDED if diffuse else NEEDED[:5], compact=True)
        output = 0
        for flag, of_flag in _OF_FLAG.items():
            output |= flag if set(of_flag) & set(names) else 0
        if "smoothed_state_autocov" in names:
            output |= sm.SMOOTHER_STATE_COV
        return self.smooth(filtered, output, names)


def complex_loglikes(ssm: Any, tolerance: float, filter_method: int) -> Filtered:
    """
    Runs the filter of a model in complex numbers for its log-likelihood alone.

    Parameters
    ----------
    ssm : Representation
        The model, its ``_statespaces["z"]`` initialized.
    tolerance : float
        Of the steady-state rule.
    filter_method : int
        statsmodels' FILTER_* flags: concentrated or not, conventional or univariate.

    Returns
    -------
    Filtered
        ``arrays`` has ``loglikelihood``, ``scale``, ``forecast_error``,
        ``forecast_error_cov`` (nobs,), complex, and the real part of
        ``forecast_error_diffuse_cov`` (1, 1, nobs).

    Raises
    ------
    MemoryError
        The workspace does not fit.
    """
    arrays: dict[str, NDArray[Any]] = {
        "loglikelihood": np.zeros(ssm.nobs, dtype=np.complex128),
        "scale": np.zeros(ssm.nobs, dtype=np.complex128),
        "forecast_error": np.zeros(ssm.nobs, dtype=np.complex128),
        "forecast_error_cov": np.zeros(ssm.nobs, dtype=np.complex128),
        "forecast_error_diffuse_cov": np.zeros((1, 1, ssm.nobs)),
    }
    inputs = _inputs(ssm, "z", tolerance, filter_method)
    return Filtered(arrays, *core().loglike_complex(inputs, *arrays.values()))


def outputs_of(output: int, diffuse: bool) -> list[str]:
    """The smoother's outputs that statsmodels' flags stand for."""
    names = ["innovations_transition"]
    for flag, of_flag in _OF_FLAG.items():
        names += of_flag if output & flag else ()
    if diffuse:
        names += [name for name in _SMOOTHER_SHAPES if "_diffuse" in name]
    return names


def has_finite_start(compiled: Any) -> bool:
    """Tell whether statsmodels' compiled state space has a start without infinities."""
    return all(np.isfinite(getattr(compiled, name)).all() for name in _START)


def _inputs(
    ssm: Any, prefix: str, tolerance: float, filter_method: int
) -> tuple[Any, ...]:
    """A model as the core takes it, real ("d") or complex ("z")."""
    compiled = ssm._statespaces[prefix]
    matrices = [getattr(ssm, f"_{name}") for name in MATRICES]
    start = [getattr(compiled, name) for name in _START]
    dtype = np.float64 if prefix == "d" else np.complex128
    return (
        np.array(np.asarray(compiled.obs[0]).real),
        *(np.array(array, dtype=dtype, order="F") for array in (*matrices, *start)),
        float(tolerance),
        bool(filter_method & kf.FILTER_CONCENTRATED),
        bool(filter_method & kf.FILTER_UNIVARIATE),
    )
