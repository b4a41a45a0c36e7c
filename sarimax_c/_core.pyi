# SPDX-License-Identifier: BSD-3-Clause
"""The compiled core. Positional arguments only; all validation happens in Python."""

from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
_Progress = Callable[[int], object] | None

STATUS: dict[str, tuple[int, str]]
SIMD_LEVELS: tuple[str, ...]
FIT_ENDS: dict[int, str]
REASONS: dict[int, str]

def vector_sizes(elements: Sequence[Any], /) -> NDArray[np.int64] | None:
    """Lengths; None if one is no one-dimensional array of float64."""

def join_vectors(
    elements: Sequence[Any], start: int, sizes: NDArray[np.int64], joined: _Floats, /
) -> _Floats | None:
    """`joined`, filled with the elements from start on; None if one is not of its
    size."""

def filter_system(
    system: tuple[Any, ...], wanted: dict[str, NDArray[Any]], /
) -> tuple[int, int, int, int, int]:
    """Fills the arrays of `wanted`. converged, period_converged, nobs_diffuse,
    nobs_singular, nobs_diffuse_nonsingular."""

def loglike_complex(
    system: tuple[Any, ...],
    loglikelihood: NDArray[np.complex128],
    scale: NDArray[np.complex128],
    forecast_error: NDArray[np.complex128],
    forecast_error_cov: NDArray[np.complex128],
    forecast_error_diffuse_cov: _Floats,
    /,
) -> tuple[int, int, int, int, int]:
    """Fills the arrays, of a complex system. What filter_system returns."""

def simulate_system(
    system: tuple[Any, ...],
    measurement: _Floats,
    state: _Floats,
    obs: _Floats,
    states: _Floats,
    /,
) -> None:
    """Fills obs and states by the shocks."""

def smooth_system(
    system: tuple[Any, ...],
    filtered: dict[str, NDArray[Any]],
    wanted: dict[str, NDArray[Any]],
    nobs_diffuse: int,
    means: bool,
    covs: bool,
    /,
) -> None:
    """Fills the arrays of `wanted`."""

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
    "identical"; filter, loglikeobs, rolling forecasts and states always are the
    identical engine's.
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
    def loglike_score(self, params: Any, /) -> tuple[float, _Floats, str]:
        """Log-likelihood, its derivatives and whose they are: "exact" or, by
        differences, "identical"."""
    def hessian(self, params: Any, /) -> _Floats:
        """Second derivatives of the log-likelihood (k_params, k_params)."""
    def opg(self, params: Any, /) -> _Floats:
        """S'S, S the derivatives of loglikeobs (nobs, k_params)."""
    def information(self, params: Any, /) -> _Floats:
        """Harvey's information matrix (k_params, k_params)."""
    def score_obs(self, params: Any, /) -> _Floats:
        """Derivatives of loglikeobs (k_params, nobs)."""
    def loglikeobs(self, params: Any, /) -> _Floats: ...
    def filter(
        self, params: Any, /
    ) -> tuple[_Floats, _Floats, _Floats, _Floats, _Floats, float, float, int, int]:
        """forecasts, forecasts_error, forecasts_error_cov,
        standardized_forecasts_error, llf_obs, llf, scale, nobs_skipped,
        period_converged (-1: none)."""
    def forecast(
        self, params: Any, steps: int, exog_future: _Floats | None, /
    ) -> tuple[_Floats, _Floats, int, int]:
        """mean, var, nobs_skipped, engine (1 exact, 2 identical)."""
    def predict(
        self,
        params: Any,
        start: int,
        end: int,
        origin: int,
        exog_future: _Floats | None,
        /,
    ) -> tuple[_Floats, _Floats, int]:
        """mean and var (end - start,), nobs_skipped; dynamic from the origin on,
        0 <= start <= origin <= nobs and origin <= end; exog_future has the rows
        after the last, (end - nobs, k_exog)."""
    def impute(
        self, params: Any, wants_var: bool, /
    ) -> tuple[_Floats, _Floats | None, int]:
        """mean and, if wanted, var (nobs,), nobs_skipped."""
    def rolling_forecast(
        self,
        params: Any,
        steps: int,
        start: int,
        stride: int,
        exog_future: _Floats | None,
        /,
    ) -> tuple[_Floats, _Floats, int]:
        """mean and var (origins, steps), nobs_skipped; origins count rows before
        differencing, exog_future has the rows after the last that are reached."""
    def state(self, params: Any, /) -> State: ...
    def start_params(self) -> tuple[_Floats, int]:
        """Start parameters and the SX_START_* bits."""
    def search_units(self, sigma: float, /) -> _Floats:
        """Units of the coordinates of a search (k_params,), with the standard
        deviation of innovations; what makes them nearly round is in
        src/fit/coordinates.h."""
    def to_search(self, units: _Floats, unconstrained: _Floats, /) -> _Floats:
        """Coordinates of unconstrained parameters."""
    def from_search(self, units: _Floats, coordinates: _Floats, /) -> _Floats:
        """Unconstrained parameters at coordinates."""
    def search_gradient(
        self, units: _Floats, coordinates: _Floats, score: _Floats, /
    ) -> _Floats:
        """Derivatives by the coordinates, from those by the parameters."""
    def fit(
        self,
        start_params: Any | None,
        fixed: NDArray[np.uint8] | None,
        maxiter: int,
        skips_zeros: bool,
        /,
    ) -> dict[str, Any]:
        """params, llf, scale, nobs_skipped, nit, nfev, end (of FIT_ENDS), start_flags
        (SX_START_* bits), engine (1 exact, 2 identical), reason (of REASONS)."""

@final
class State:
    """The filter after the last period; immutable.

    ``record`` and ``tail`` are what it consists of beside the specification.
    """

    def __new__(cls, spec: Spec, record: bytes, tail: _Floats, /) -> State: ...
    @property
    def record(self) -> bytes: ...
    @property
    def tail(self) -> _Floats: ...
    @property
    def params(self) -> _Floats: ...
    @property
    def nobs(self) -> int: ...
    @property
    def llf(self) -> float: ...
    def append(self, endog: _Floats, exog: _Floats | None, /) -> State: ...
    def forecast(
        self, steps: int, exog_future: _Floats | None, /
    ) -> tuple[_Floats, _Floats, int]:
        """mean, var, nobs_skipped."""

@final
class Batch:
    """Many series of one specification, one after the other.

    ``endog`` (rows,) and ``exog`` (rows, k_exog) or None are float64, ``indptr``
    (count + 1,) int64. The arrays must be nobody else's: they are used where they are,
    without the GIL, and with simple differencing they are differenced in place. Series
    that are empty or hold infinite values have the status SX_E_DATA in every result.
    With a ``source`` (rows,) the first call fills ``endog`` from it, on its threads,
    before it releases the GIL; ``nobs`` is known after that call.

    ``params`` (count, k_params), or (1, k_params) for all. ``progress`` is called with
    the number of series done now and then, unless it is None. What it raises, and
    Ctrl-C, end the call when all threads have stopped.
    """

    def __new__(
        cls,
        spec: Spec,
        endog: _Floats,
        exog: _Floats | None,
        indptr: NDArray[np.int64],
        engine: str,
        source: _Floats | None,
        /,
    ) -> Batch: ...
    @property
    def nobs(self) -> NDArray[np.int64]: ...
    def loglike(
        self, params: _Floats, n_threads: int, progress: _Progress, /
    ) -> tuple[_Floats, NDArray[np.int32], NDArray[np.uint8]]:
        """Log-likelihoods, statuses, engines (1 exact, 2 identical)."""
    def score(
        self, params: _Floats, n_threads: int, progress: _Progress, /
    ) -> tuple[_Floats, _Floats, NDArray[np.int32], NDArray[np.uint8]]:
        """Log-likelihoods, scores (count, k_params), statuses, whose scores they
        are (1 exact, 2 identical)."""
    def information(
        self, params: _Floats, kind: str, n_threads: int, progress: _Progress, /
    ) -> tuple[_Floats, NDArray[np.int32]]:
        """S'S ("opg"), Harvey's information ("oim") or -Hessian ("approx"), each
        (count, k_params, k_params); statuses."""
    def filter(
        self, params: _Floats, n_threads: int, progress: _Progress, /
    ) -> tuple[Any, ...]:
        """forecasts, forecasts_error, forecasts_error_cov,
        standardized_forecasts_error, llf_obs, each (rows,); llf, scale, nobs_skipped,
        period_converged, status, each (count,)."""
    def forecast(
        self,
        params: _Floats,
        steps: int,
        exog_future: _Floats | None,
        n_threads: int,
        progress: _Progress,
        /,
    ) -> tuple[
        _Floats, _Floats, NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]
    ]:
        """mean and var (count, steps), nobs_skipped, status, engine."""
    def impute(
        self, params: _Floats, wants_var: bool, n_threads: int, progress: _Progress, /
    ) -> tuple[_Floats, _Floats, NDArray[np.int64], NDArray[np.int32]]:
        """mean (rows,), var (rows,) or (0,), nobs_skipped, status."""
    def start_params(
        self, n_threads: int, progress: _Progress, /
    ) -> tuple[_Floats, NDArray[np.uint32], NDArray[np.int32]]:
        """Start parameters (count, k_params), SX_START_* bits, status."""
    def fit(
        self,
        start_params: _Floats | None,
        fixed: NDArray[np.uint8] | None,
        maxiter: int,
        n_threads: int,
        progress: _Progress,
        /,
    ) -> dict[str, NDArray[Any]]:
        """params (count, k_params), and each (count,): llf, nobs_skipped, nit, nfev,
        end (SX_FIT_*), start_flags, engine, reason, status."""
