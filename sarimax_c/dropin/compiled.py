# SPDX-License-Identifier: BSD-3-Clause
"""What statsmodels' results read of its compiled filter, from the filter in C."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.statespace import kalman_filter as kf

from sarimax_c.dropin.system import Filtered, System, complex_loglikes

__all__ = ["CompiledFilter", "CompiledSmoother", "ComplexLoglikes"]

#: Arrays that grow with the states; they are handed over, not copied.
_LARGE = {
    "filtered_state",
    "filtered_state_cov",
    "predicted_state",
    "predicted_state_cov",
    "predicted_diffuse_state_cov",
    "kalman_gain",
    "tmp1",
    "tmp3",
    "M",
    "M_inf",
}
# The flag of memory conservation for each output, and what is left of it then.
_CONSERVED = {
    "forecast": (kf.MEMORY_NO_FORECAST_MEAN, "twice"),
    "forecast_error": (kf.MEMORY_NO_FORECAST_MEAN, "twice"),
    "forecast_error_cov": (kf.MEMORY_NO_FORECAST_COV, "twice"),
    "forecast_error_diffuse_cov": (kf.MEMORY_NO_FORECAST_COV, "second"),
    "filtered_state": (kf.MEMORY_NO_FILTERED_MEAN, "twice"),
    "filtered_state_cov": (kf.MEMORY_NO_FILTERED_COV, "twice"),
    "predicted_state": (kf.MEMORY_NO_PREDICTED_MEAN, "around"),
    "predicted_state_cov": (kf.MEMORY_NO_PREDICTED_COV, "around"),
    "predicted_diffuse_state_cov": (kf.MEMORY_NO_PREDICTED_COV, "around"),
    "M": (kf.MEMORY_NO_PREDICTED_COV, "second"),
    "M_inf": (kf.MEMORY_NO_PREDICTED_COV, "second"),
    "kalman_gain": (kf.MEMORY_NO_GAIN, "last"),
    "tmp1": (kf.MEMORY_NO_SMOOTHING, "last"),
    "tmp2": (kf.MEMORY_NO_SMOOTHING, "last"),
    "tmp3": (kf.MEMORY_NO_SMOOTHING, "last"),
}
_AROUND = {
    "predicted_state": "last_state",
    "predicted_state_cov": "last_state_cov",
    "predicted_diffuse_state_cov": "last_diffuse_state_cov",
}


class _Given:
    """An array that ``numpy.array(.., copy=True)`` takes over as it is."""

    __slots__ = ("array",)

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.array


class CompiledFilter:
    """
    The attributes of statsmodels' ``_kalman_filter.dKalmanFilter`` after a run.

    Parameters
    ----------
    system : System
        The model.
    statespace : dStatespace
        statsmodels' compiled state space, of which results read the start.
    settings : dict of str
        Its options, by its names.
    """

    tolerance_diffuse = 1e-10

    def __init__(
        self, system: System, statespace: Any, settings: dict[str, Any]
    ) -> None:
        self.model = statespace
        self.conserve_memory: int
        self.loglikelihood_burn: int
        self.__dict__.update(settings)
        memory = self.conserve_memory
        names = ["loglikelihood", "scale"]
        last: list[str] = []
        # Without smoothing the conventional method sets it in diffuse periods only.
        keeps_last = memory & kf.MEMORY_NO_SMOOTHING and _is_univariate(self)
        (last if keeps_last else names).append("tmp4")
        for name, (flag, kind) in _CONSERVED.items():
            if not memory & flag:
                names.append(name)
            else:
                last.append(_AROUND[name] if kind == "around" else name)
        if not memory & kf.MEMORY_NO_STD_FORECAST:
            names.append("standardized_forecast_error")
        self.filtered = system.filter(names, last)
        self._take(self.filtered)

    def _take(self, filtered: Filtered) -> None:
        arrays = filtered.arrays
        _take_likelihood(self, filtered)
        self.univariate_filter = arrays["univariate_filter"]
        for name, (flag, _) in _CONSERVED.items():
            if not self.conserve_memory & flag:
                array = arrays[name]
                setattr(self, name, _Given(array) if name in _LARGE else array)
        if self.conserve_memory & kf.MEMORY_NO_STD_FORECAST:
            self.standardized_forecast_error = np.zeros((1, 1))
        else:
            self.standardized_forecast_error = arrays["standardized_forecast_error"]
        self.tmp4 = arrays["tmp4"]
        if self.conserve_memory & kf.MEMORY_NO_SMOOTHING and not _is_univariate(self):
            self.tmp4 = self._last_tmp4(arrays["tmp4"])

    def __getattr__(self, name: str) -> NDArray[Any]:
        """What a filter that conserves memory has left of an output at its end."""
        if name not in _CONSERVED or "filtered" not in self.__dict__:
            raise AttributeError(name)
        kind = _CONSERVED[name][1]
        arrays = self.filtered.arrays
        if kind == "around":
            before, after = np.moveaxis(arrays[_AROUND[name]], -1, 0)
            at_end = after
            if name == "predicted_diffuse_state_cov" and self.nobs_diffuse == 0:
                before = at_end = np.zeros_like(after)
            return np.asfortranarray(np.stack([before, after, at_end], axis=-1))
        last: NDArray[Any] = arrays[name]
        if kind == "twice":
            return np.asfortranarray(np.repeat(last, 2, axis=-1))
        if kind == "second":
            return np.asfortranarray(
                np.concatenate([np.zeros_like(last), last], axis=-1)
            )
        return last

    def _last_tmp4(self, values: NDArray[Any]) -> NDArray[Any]:
        """What diffuse periods have left."""
        diffuse = values[0, 0, : self.nobs_diffuse]
        at = np.flatnonzero(diffuse)
        return np.full((1, 1, 1), diffuse[at[-1]] if at.size else 0.0)


class ComplexLoglikes:
    """
    What a log-likelihood reads of statsmodels' ``_kalman_filter.zKalmanFilter``.

    Parameters
    ----------
    ssm : Representation
        The model, its ``_statespaces["z"]`` initialized.
    settings : dict of str
        statsmodels' options, by its names.
    """

    tolerance_diffuse = 1e-10

    def __init__(self, ssm: Any, settings: dict[str, Any]) -> None:
        self.conserve_memory: int
        self.loglikelihood_burn: int
        self.__dict__.update(settings)
        filtered = complex_loglikes(
            ssm, settings["tolerance"], settings["filter_method"]
        )
        arrays = filtered.arrays
        self.forecast_error = arrays["forecast_error"]
        self.forecast_error_cov = arrays["forecast_error_cov"]
        self.forecast_error_diffuse_cov = arrays["forecast_error_diffuse_cov"]
        _take_likelihood(self, filtered)


def _is_univariate(compiled: Any) -> bool:
    return bool(compiled.filter_method & kf.FILTER_UNIVARIATE)


def _take_likelihood(compiled: Any, filtered: Filtered) -> None:
    """Sets what every log-likelihood is made of, and how the run went."""
    compiled.converged = filtered.converged
    compiled.period_converged = filtered.period_converged
    compiled.nobs_diffuse = filtered.nobs_diffuse
    compiled.nobs_kendog_univariate_singular = filtered.nobs_singular
    compiled.nobs_kendog_diffuse_nonsingular = filtered.nobs_diffuse_nonsingular
    values = [filtered.arrays[name] for name in ("loglikelihood", "scale")]
    if compiled.conserve_memory & kf.MEMORY_NO_LIKELIHOOD:
        # Univariate periods, diffuse ones too, enter whatever the burn is.
        counts = np.arange(len(values[0])) >= compiled.loglikelihood_burn
        counts[: filtered.nobs_diffuse] = True
        counts |= _is_univariate(compiled)
        values = [np.array([np.sum(of_all[counts])]) for of_all in values]
    compiled.loglikelihood, compiled.scale = values


#: Outputs of the smoother that grow with the states, but for those that statsmodels
#: reorders where values are missing.
_HANDED = {
    "scaled_smoothed_estimator",
    "scaled_smoothed_estimator_cov",
    "smoothed_state",
    "smoothed_state_cov",
    "smoothed_state_autocov",
    "innovations_transition",
    "scaled_smoothed_diffuse_estimator",
    "scaled_smoothed_diffuse1_estimator_cov",
    "scaled_smoothed_diffuse2_estimator_cov",
}


class CompiledSmoother:
    """
    The arrays of statsmodels' ``_kalman_smoother.dKalmanSmoother`` after a run.

    Parameters
    ----------
    system : System
        The model.
    filtered : Filtered
        The filter's run.
    output : int
        statsmodels' SMOOTHER_* flags.
    """

    def __init__(self, system: System, filtered: Filtered, output: int) -> None:
        self._system = system
        self.smoother_output = output
        for name, array in system.smooth(filtered, output).items():
            setattr(self, name, _Given(array) if name in _HANDED else array)

    def __getattr__(self, name: str) -> NDArray[np.float64]:
        # what was not asked for is zero
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self._system.zeros(name)
        except KeyError:
            raise AttributeError(name) from None
