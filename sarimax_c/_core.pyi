# SPDX-License-Identifier: BSD-3-Clause
"""The compiled core. Positional arguments only; all validation happens in Python."""

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]

STATUS: dict[str, tuple[int, str]]
SIMD_LEVELS: tuple[str, ...]

@final
class Spec:
    """A checked specification and its layout; immutable."""

    def __new__(
        cls,
        ar: tuple[int, ...],
        ma: tuple[int, ...],
        seasonal_ar: tuple[int, ...],
        seasonal_ma: tuple[int, ...],
        diff: int,
        seasonal_diff: int,
        periods: int,
        trend: tuple[int, ...],
        trend_offset: float,
        k_exog: int,
        measurement_error: bool,
        enforce_stationarity: bool,
        enforce_invertibility: bool,
        concentrate_scale: bool,
        simple_differencing: bool,
        loglikelihood_burn: int,
        initial_variance: float,
        tolerance: float,
        max_states: int,
        simd: str | None,
        /,
    ) -> Spec: ...
    @property
    def k_params(self) -> int: ...
    @property
    def k_states(self) -> int: ...
    @property
    def k_order(self) -> int: ...
    @property
    def loglikelihood_burn(self) -> int: ...
    @property
    def simd(self) -> str: ...
    def transform_params(self, unconstrained: Any, /) -> _Floats: ...
    def untransform_params(self, constrained: Any, /) -> _Floats: ...

@final
class Model:
    """A specification bound to a copy of the data; immutable, safe in threads.

    ``endog`` (nobs,) and ``exog`` (nobs, k_exog) or None are float64 arrays; with
    simple differencing the model differences them. ``engine`` is "auto", "exact" or
    "identical"; filter, loglikeobs and forecast always are the identical engine's.
    """

    def __new__(
        cls, spec: Spec, endog: _Floats, exog: _Floats | None, engine: str, /
    ) -> Model: ...
    @property
    def nobs(self) -> int: ...
    @property
    def endog(self) -> _Floats: ...
    @property
    def exog(self) -> _Floats | None: ...
    def loglike(self, params: Any, /) -> float: ...
    def loglikes(self, params: Any, /) -> _Floats:
        """(count, k_params) to (count,)."""
    def evaluate(self, params: Any, /) -> tuple[float, int, str, str]:
        """Log-likelihood, number of skipped observations, the engine that ran and
        why not the exact one ("" if it did)."""
    def loglike_score(self, params: Any, /) -> tuple[float, _Floats | None, str]:
        """Log-likelihood, its exact derivatives (None where the exact engine does not
        cover the case) and whose they are."""
    def loglikeobs(self, params: Any, /) -> _Floats: ...
    def filter(
        self, params: Any, /
    ) -> tuple[_Floats, _Floats, _Floats, _Floats, _Floats, float, float, int, int]:
        """forecasts, forecasts_error, forecasts_error_cov,
        standardized_forecasts_error, llf_obs, llf, scale, nobs_skipped,
        period_converged (-1: none)."""
    def forecast(
        self, params: Any, steps: int, exog_future: _Floats | None, /
    ) -> tuple[_Floats, _Floats, int]:
        """mean, var, nobs_skipped."""
    def start_params(self) -> tuple[_Floats, int]:
        """Start parameters and the SX_START_* bits."""
