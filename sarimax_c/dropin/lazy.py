# SPDX-License-Identifier: BSD-3-Clause
"""
Filter and smoother output that is computed when it is asked for, in stages.

The light one (log-likelihood, forecasts, residuals) comes from `sarimax_c.Model`; what
has the states in it from the state space object of a copy of the model that nothing
else can change: smoothed means, each of the covariances of states, those of
disturbances, all of the filter, all of the smoother. Arrays of covariances take longer
to write than the means to compute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from statsmodels.tsa.statespace.kalman_filter import MEMORY_NO_SMOOTHING, FilterResults
from statsmodels.tsa.statespace.kalman_smoother import (
    SMOOTH_CONVENTIONAL,
    SMOOTHER_ALL,
    SmootherResults,
)
from statsmodels.tsa.statespace.tools import reorder_missing_vector

from ..engine import STATSMODELS
from ..errors import SarimaxError
from .binding import bind, ssm_option
from .locks import lock_of
from .system import MATRICES

__all__ = ["LazyFilterResults", "LazySmootherResults"]

_LIGHT = frozenset(
    [
        "llf",
        "llf_obs",
        "forecasts",
        "forecasts_error",
        "forecasts_error_cov",
        "_standardized_forecasts_error",
        "scale",
        "converged",
        "period_converged",
    ]
)
_SMOOTHED_MEANS = (
    "smoothed_state",
    "smoothed_state_disturbance",
    "smoothed_measurement_disturbance",
    "smoothing_error",
    "scaled_smoothed_estimator",
)
_DISTURBANCE_COVARIANCES = (
    "smoothed_state_disturbance_cov",
    "smoothed_measurement_disturbance_cov",
)
# What is computed when a covariance is asked for. The two of the states are of the
# same size, which takes longer to write than all else to compute.
_SMOOTHED_COVARIANCES = {
    "smoothed_state_cov": ("smoothed_state_cov", *_DISTURBANCE_COVARIANCES),
    "smoothed_state_autocov": ("smoothed_state_autocov",),
    **dict.fromkeys(_DISTURBANCE_COVARIANCES, _DISTURBANCE_COVARIANCES),
}
_SMOOTHED = frozenset(SmootherResults._smoother_attributes) - {"smoother_output"} | {
    "scaled_smoothed_estimator_presample",
    "scaled_smoothed_estimator_cov_presample",
    "scaled_smoothed_diffuse_estimator",
    "scaled_smoothed_diffuse1_estimator_cov",
    "scaled_smoothed_diffuse2_estimator_cov",
    "_SmootherResults__smoothed_state_autocovariance",
}


class _Lazy:
    """
    What fills itself; statsmodels' attributes appear when somebody looks at them.

    Parameters
    ----------
    frozen : SARIMAX
        A model at its parameters that nobody else has.
    is_smoothed : bool
        Whether the smoother belongs to it.
    """

    def __init__(self, frozen: Any, is_smoothed: bool) -> None:
        own = self.__dict__
        own["_sx_frozen"] = frozen
        own["_sx_smoothed"] = is_smoothed
        own["loglikelihood_burn"] = ssm_option(frozen, "loglikelihood_burn")
        own["nobs"] = frozen.nobs
        own["nobs_diffuse"] = 0
        own["filter_concentrated"] = bool(frozen.concentrate_scale)

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        if name.startswith("__") or "_sx_frozen" not in own:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}"
            )
        if name.startswith("memory_no_") and name != "memory_no_smoothing":
            return False
        with lock_of(own["_sx_frozen"]):
            if name not in own:
                self._fill(name)
        try:
            return own[name]
        except KeyError:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}"
            ) from None

    def __dir__(self) -> list[str]:
        with lock_of(self.__dict__["_sx_frozen"]):
            self._fill_states()
            if self.__dict__["_sx_smoothed"]:
                self._fill_smoothed()
        return sorted(
            {*dir(type(self)), *(n for n in self.__dict__ if n[:4] != "_sx_")}
        )

    def __reduce__(self) -> tuple[Any, ...]:
        own = self.__dict__
        return type(self), (own["_sx_frozen"], own["_sx_smoothed"])

    def _fill(self, name: str) -> None:
        """Compute what goes with an attribute; nothing where there is no such one."""
        if name in _LIGHT:
            self._fill_light()
        elif name in _SMOOTHED and self.__dict__["_sx_smoothed"]:
            if not self._fill_some_smoothed(name):
                self._fill_smoothed()
        else:
            self._fill_states()

    def _fill_light(self) -> None:
        """Run the core's filter."""
        own = self.__dict__
        frozen = own["_sx_frozen"]
        model = bind(frozen).model
        try:
            if model is None:
                raise SarimaxError("not covered")
            found = model.filter(frozen._sx_params)
        except SarimaxError:
            self._fill_states()
            return
        period = found.period_converged
        values = {
            "llf": np.float64(found.llf),
            "llf_obs": np.array(found.llf_obs),
            "forecasts": _row(found.forecasts),
            "forecasts_error": _row(found.forecasts_error),
            "forecasts_error_cov": _row(found.forecasts_error_cov)[None],
            "_standardized_forecasts_error": _row(found.standardized_forecasts_error),
            "scale": np.float64(found.scale) if frozen.concentrate_scale else 1.0,
            "converged": period is not None,
            "period_converged": 0 if period is None else period,
        }
        for name, value in values.items():
            own.setdefault(name, value)

    def _fill_states(self) -> None:
        """Run the filter of the state space object."""
        own = self.__dict__
        if "design" in own:
            return
        ssm = own["_sx_frozen"].ssm
        memory = ssm.conserve_memory
        if not own["_sx_smoothed"]:
            memory |= MEMORY_NO_SMOOTHING
        full = ssm.filter(conserve_memory=memory)
        self._take(full, () if not own["_sx_smoothed"] else _SMOOTHED)

    def _fill_smoothed(self) -> None:
        """Run the smoother of the state space object."""
        if "innovations_transition" not in self.__dict__:
            self._take(self.__dict__["_sx_frozen"].ssm.smooth(), ())

    def _fill_some_smoothed(self, name: str) -> bool:
        """Run the smoother for what goes with an output; False where all has to run."""
        own = self.__dict__
        if name not in _SMOOTHED_MEANS and name not in _SMOOTHED_COVARIANCES:
            return False
        wanted = _SMOOTHED_MEANS + _SMOOTHED_COVARIANCES.get(name, ())
        names = [key for key in wanted if key not in own]
        frozen = own["_sx_frozen"]
        if bind(frozen).model is None or frozen.concentrate_scale:
            return False
        method = ssm_option(frozen, "smooth_method")
        output = ssm_option(frozen, "smoother_output")
        if method not in (0, SMOOTH_CONVENTIONAL) or output != SMOOTHER_ALL:
            return False
        system = frozen.ssm.snapshot()
        found = system.smoothed(names)
        missing = np.isnan(frozen.endog.T)
        if missing.any():
            missing = np.asfortranarray(missing, dtype=np.int32)
            reordered = {"smoothing_error", "smoothed_measurement_disturbance"}
            for key in reordered & found.keys():
                found[key] = np.array(reorder_missing_vector(found[key], missing))
            if "smoothed_measurement_disturbance_cov" in found:
                # statsmodels puts what is known without the observation there.
                obs_cov = system.inputs[1 + MATRICES.index("obs_cov")]
                covs = found["smoothed_measurement_disturbance_cov"]
                covs[..., missing[0] != 0] = obs_cov
        # r before the first period comes first, and has a name of its own.
        estimator = found.get("scaled_smoothed_estimator")
        if estimator is not None:
            found["scaled_smoothed_estimator_presample"] = estimator[:, 0]
            found["scaled_smoothed_estimator"] = estimator[:, 1:]
        for key, value in found.items():
            own.setdefault(key, value)
        return True

    def _take(self, full: FilterResults, left_out: Any) -> None:
        """Take over what statsmodels' object has, and keep what is there."""
        own = self.__dict__
        for name, value in vars(full).items():
            if name not in left_out:
                own.setdefault(name, value)


def _row(values: Any) -> Any:
    """Return one series as statsmodels keeps it: a row, writable."""
    return np.array(values)[None]


class LazyFilterResults(_Lazy, FilterResults):  # type: ignore[misc]
    """statsmodels' ``FilterResults``, computed when asked for."""


class LazySmootherResults(_Lazy, SmootherResults):  # type: ignore[misc]
    """statsmodels' ``SmootherResults``, computed when asked for."""

    def get_smoothed_decomposition(self, *args: Any, **kwargs: Any) -> Any:
        # It reads the compiled objects that statsmodels' own smoother leaves behind.
        frozen = self.__dict__.get("_sx_frozen")
        if frozen is not None:
            with lock_of(frozen):
                ssm = frozen.ssm
                engine, ssm.engine = ssm.engine, STATSMODELS
                try:
                    ssm.smooth()
                finally:
                    ssm.engine = engine
        return super().get_smoothed_decomposition(*args, **kwargs)
