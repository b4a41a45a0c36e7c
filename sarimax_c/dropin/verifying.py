# SPDX-License-Identifier: BSD-3-Clause
"""
The core's filter and smoother of any state space model, or both beside statsmodels'.

`core` is where the drop-in classes get them from; under the setting "verify" what comes
out of them is compared with what statsmodels' compiled filter and smoother make of the
very same matrices, and logged as `sarimax_c.verify` does.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from statsmodels.tsa.statespace import kalman_smoother as sm

from ..engine import VERIFY, engine_info, load_core, resolve_engine
from ..verify import Record, report

__all__ = ["VerifyingSystems", "core", "replay_system"]

_NAMES = (
    "obs",
    "design",
    "obs_intercept",
    "obs_cov",
    "transition",
    "state_intercept",
    "selection",
    "state_cov",
    "initial_state",
    "initial_state_cov",
    "initial_diffuse_state_cov",
    "tolerance",
    "concentrated",
    "univariate",
)
# Of a run for its log-likelihood alone, in complex numbers.
_LIKELIHOOD = ["loglikelihood", "scale"]
# Of its size in a period: the promise of docs/parity.md. statsmodels' own rounding is
# _ROUNDING times the variance of the start over that of the forecasts, and where its
# steady-state rule stops, the covariances are off by up to the root of `tolerance`.
_TOLERANCE, _ROUNDING = 1e-8, 100.0 * float(np.finfo(float).eps)
_FROZEN = 100.0
# What a run in pieces, or one that repeats nothing, stores in another way.
_OTHERWISE = frozenset(
    ["univariate_filter", "cov_period", "last_state", "last_state_cov"]
) | {"last_diffuse_state_cov"}

_MEANS = sm.SMOOTHER_STATE | sm.SMOOTHER_DISTURBANCE
_COVS = sm.SMOOTHER_STATE_COV | sm.SMOOTHER_STATE_AUTOCOV | sm.SMOOTHER_DISTURBANCE_COV
# Outputs of the smoother that are small differences where P is large (docs/impute.md):
# the power of P and what is multiplied with it.
_CANCELLED = {
    "smoothed_state": (1, "scaled_smoothed_estimator"),
    "smoothed_state_cov": (2, "scaled_smoothed_estimator_cov"),
    "smoothed_state_autocov": (2, "scaled_smoothed_estimator_cov"),
}


class VerifyingSystems:
    """
    The functions of ``_core`` for state space models, compared with statsmodels'.

    Parameters
    ----------
    module : module
        ``_core``.
    to : callable, optional
        Gets a record of every difference, and None for every run that agrees.
    """

    def __init__(
        self, module: Any, to: Callable[[Record | None], None] = report
    ) -> None:
        self._core = module
        self._report = to

    def filter_system(self, system: tuple[Any, ...], wanted: dict[str, Any]) -> Any:
        """Return what ``_core.filter_system`` does."""
        found = self._core.filter_system(system, wanted)
        oracle = _Oracle(system)
        self._compare("filter_system", oracle, wanted, oracle.filtered(), {})
        return found

    def loglike_complex(self, system: tuple[Any, ...], *arrays: Any) -> Any:
        """Return what ``_core.loglike_complex`` does."""
        found = self._core.loglike_complex(system, *arrays)
        oracle = _Oracle(system)
        wanted = dict(zip(_LIKELIHOOD, arrays, strict=False))
        self._compare("loglike_complex", oracle, wanted, oracle.filtered(), {})
        return found

    def simulate_system(self, *args: Any) -> None:
        """Run ``_core.simulate_system``, which has no rounding to compare."""
        self._core.simulate_system(*args)

    def smooth_system(
        self,
        system: tuple[Any, ...],
        filtered: dict[str, Any],
        wanted: dict[str, Any],
        nobs_diffuse: int,
        means: bool,
        covs: bool,
    ) -> None:
        """Return what ``_core.smooth_system`` does."""
        how = nobs_diffuse, means, covs
        self._core.smooth_system(system, filtered, wanted, *how)
        oracle = _Oracle(system)
        # A difference of the filter's would be one of the smoother's.
        if not oracle.failures(filtered, oracle.filtered()):
            options = {
                "how": how,
                "filtered": oracle.names(filtered, oracle.filtered()),
            }
            expected = oracle.smoothed(means, covs)
            self._compare("smooth_system", oracle, wanted, expected, options)

    def _compare(
        self,
        call: str,
        oracle: _Oracle,
        found: dict[str, Any],
        expected: Any,
        how: Record,
    ) -> None:
        failures = oracle.failures(found, expected)
        if not failures:
            self._report(None)
            return
        record = {
            "call": call,
            "failures": [text for text, *_ in failures],
            "native": {name: own for _, name, own, _ in failures},
            "statsmodels": {name: theirs for _, name, _, theirs in failures},
            "system": dict(zip(_NAMES, map(_packed, oracle.system), strict=True)),
            "how": {"wanted": oracle.names(found, expected), **how},
            "versions": engine_info()["versions"],
        }
        self._report(json.loads(json.dumps(record)))


class _Oracle:
    """
    statsmodels' compiled filter and smoother of the matrices that the core was given.

    Parameters
    ----------
    system : tuple
        What ``_core.filter_system`` takes.
    """

    def __init__(self, system: tuple[Any, ...]) -> None:
        self.system = system
        given = dict(zip(_NAMES, system, strict=True))
        start = [given.pop(name) for name in _NAMES[8:11]]
        obs, tolerance = given.pop("obs"), given.pop("tolerance")
        concentrated = given.pop("concentrated")
        univariate = bool(given.pop("univariate"))
        m, r = given["selection"].shape[:2]
        self._model = _Started(1, m, r, nobs=len(obs), **given)
        self._model.bind(np.array(obs)[:, None])
        self._model.start = start
        self._model.tolerance = tolerance
        self._model.set_filter_method(filter_conventional=True)
        self._model.filter_concentrated = bool(concentrated)
        self._model.filter_univariate = univariate
        self._largest = float(np.abs(start[1]).max(initial=0.0))
        self._filter: Any = None

    def filtered(self) -> Any:
        """Return statsmodels' filter after its run, an exception if it raised one."""
        if self._filter is None:
            try:
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    self._filter = self._model._filter()
            except (np.linalg.LinAlgError, ValueError) as error:
                self._filter = error
        return self._filter

    def smoothed(self, means: bool, covs: bool) -> Any:
        """Return statsmodels' smoother after its run for means and covariances."""
        # Without the flag of their means it leaves the disturbances' covariances out.
        output = (means and _MEANS) | (covs and _COVS | sm.SMOOTHER_DISTURBANCE)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return self._model._smooth(output)

    def names(self, found: dict[str, Any], expected: Any) -> list[str]:
        """Return the outputs that both store, in the same way."""
        compact = {"predicted_state_cov"} if "cov_period" in found else set()
        return [
            name
            for name in sorted(found.keys() - _OTHERWISE - compact)
            if np.shape(getattr(expected, name, 0)) == found[name].shape
        ]

    def failures(
        self, found: dict[str, Any], expected: Any
    ) -> list[tuple[str, str, Any, Any]]:
        """Return a text, the name and both values of what is not the same."""
        if isinstance(self.filtered(), Exception):
            return []
        failures = []
        limit, unit = self._limit()
        for name in self.names(found, expected):
            own, theirs = found[name], np.asarray(getattr(expected, name))
            lost = self._lost(name, expected, theirs.shape[-1])
            off = _differences(own.real, theirs.real, unit, lost)
            if np.iscomplexobj(own):  # the derivative, by its largest value
                largest = float(np.abs(theirs.imag).max(initial=0.0)) or 1.0
                slope = _differences(own.imag, theirs.imag, largest, 0.0)
                off = np.maximum(off, slope)
            worst = np.unravel_index(int(off.argmax()), off.shape) if off.size else ()
            if off.size and off[worst] > limit:
                text = (
                    f"{name}{[int(i) for i in worst]}: {off[worst]:.2e} > {limit:.0e}"
                )
                failures.append(
                    (text, name, _packed(own[worst]), _packed(theirs[worst]))
                )
        return failures

    def _lost(self, name: str, smoother: Any, periods: int) -> Any:
        """Return what a smoother loses where it takes P N P from P, and P r from a."""
        if name not in _CANCELLED:
            return 0.0
        power, estimator = _CANCELLED[name]
        rest = getattr(smoother, estimator, None)
        if rest is None:
            return 0.0
        before = _sizes(self._filter.predicted_state_cov)
        after = _sizes(rest)
        # An autocovariance takes them from the next period.
        size = np.maximum(before[:-1], before[1:]) ** power
        size = size * np.maximum(after[:-1], after[1:])
        return _ROUNDING * size[:periods]

    def _limit(self) -> tuple[float, float]:
        """Return the difference that statsmodels' rounding explains, and its unit."""
        variances = np.asarray(self._filter.forecast_error_cov)[0, 0].real
        known = variances[np.isfinite(variances) & (variances > 0.0)]
        smallest = float(known.min(initial=np.inf))
        unit = float(np.median(known)) if known.size else 1.0
        frozen = _FROZEN * float(np.sqrt(self._model.tolerance))
        rounding = max(_ROUNDING * self._largest, frozen) / smallest
        return max(_TOLERANCE, rounding), min(unit, 1.0)


class _Started(sm.KalmanSmoother):  # type: ignore[misc]
    """statsmodels' model with the first state given as numbers."""

    start: Any = None

    def _initialize_state(self, prefix: Any = None, complex_step: bool = False) -> None:
        compiled = self._statespaces[self.prefix if prefix is None else prefix]
        mean, cov, diffuse = self.start
        compiled.initialize_known(np.array(mean), np.array(cov, order="F"))
        np.asarray(compiled.initial_diffuse_state_cov)[:] = diffuse


def core() -> Any:
    """
    Return what runs filters and smoothers of state space models.

    Returns
    -------
    module or VerifyingSystems
        None where the compiled core cannot be imported.
    """
    module = load_core()
    if module is not None and resolve_engine() == VERIFY:
        return VerifyingSystems(module)
    return module


def replay_system(record: Record) -> Record | None:
    """
    Compute the logged difference of a state space model again.

    Parameters
    ----------
    record : dict
        From the log.

    Returns
    -------
    dict or None
        The record of the same call now; None where it agrees.
    """
    system = tuple([_unpacked(record["system"][name]) for name in _NAMES])
    found: list[Record | None] = []
    module: Any = load_core()
    systems = VerifyingSystems(module, found.append)
    oracle = _Oracle(system)
    wanted, how = record["how"]["wanted"], record["how"].get("how")
    if record["call"] == "loglike_complex":
        arrays = [np.zeros(len(system[0]), dtype=np.complex128) for _ in range(4)]
        systems.loglike_complex(system, *arrays, np.zeros((1, 1, len(system[0]))))
    elif how is None:
        systems.filter_system(system, _empty(wanted, oracle.filtered()))
    else:
        filtered = _empty(record["how"]["filtered"], oracle.filtered())
        module.filter_system(system, filtered)
        wanted = _empty(wanted, oracle.smoothed(*how[1:]))
        systems.smooth_system(system, filtered, wanted, *how)
    return next((item for item in found if item), None)


def _empty(names: list[str], like: Any) -> dict[str, Any]:
    """Return arrays for outputs of a filter or smoother."""
    names = [*names, "univariate_filter"] if hasattr(like, "forecast_error") else names
    arrays = {name: np.asarray(getattr(like, name)) for name in names}
    return {
        name: np.zeros(array.shape, array.dtype, order="F")
        for name, array in arrays.items()
    }


def _sizes(values: Any) -> Any:
    """Return the largest value of each period."""
    values = np.abs(np.asarray(values))
    return values.max(axis=tuple(range(values.ndim - 1)), initial=0.0)


def _differences(own: Any, theirs: Any, unit: float, lost: Any) -> Any:
    """Return differences by the largest value of their period; kinds must agree."""
    finite = np.isfinite(theirs)
    if not np.array_equal(finite, np.isfinite(own)):
        return np.where(finite == np.isfinite(own), 0.0, np.inf)
    size = _sizes(np.where(finite, theirs, 0.0))
    floor = max(float(np.median(size)) if size.size else 0.0, unit)
    with np.errstate(invalid="ignore"):
        off = (np.abs(own - theirs) - lost) / np.maximum(size, floor)
    return np.where(finite, off, 0.0)


def _packed(value: Any) -> Any:
    """Return numbers as JSON has them."""
    array = np.asarray(value)
    if array.dtype.kind == "c":
        return {"real": array.real.tolist(), "imag": array.imag.tolist()}
    return array.tolist()


def _unpacked(value: Any) -> Any:
    """Return them as they were."""
    if isinstance(value, dict):
        real, imag = np.array(value["real"]), np.array(value["imag"])
        return np.array(real + 1j * imag, order="F")
    if isinstance(value, list):
        return np.array(value, dtype=np.float64, order="F")
    return value
