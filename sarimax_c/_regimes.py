# SPDX-License-Identifier: BSD-3-Clause
"""What is promised: the tolerances of parity, and the exceptions to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._grid import Floats, ModelCase, as_lags, lag_polynomial, trend_powers

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Tolerances:
    """Largest differences allowed, in the units of this module.

    Attributes
    ----------
    llf : float
        Log-likelihood, relative to max(1, |llf|).
    llf_absolute : float
        Log-likelihood where |llf| <= 1000, absolute.
    values : float
        Every other answer of the filter and the forecasts.
    start_params : float
        Start parameters.
    """

    llf: float = 1e-9
    llf_absolute: float = 1e-6
    values: float = 1e-8
    start_params: float = 1e-9

    @classmethod
    def uniform(cls, value: float, llf_share: float = 0.01) -> Tolerances:
        """`value` for the answers per period, a share of it for their sum."""
        llf = max(value * llf_share, cls.llf)
        return cls(llf=llf, llf_absolute=1000 * llf, values=value)


@dataclass(frozen=True)
class Regime:
    """An exception to the default tolerances.

    Attributes
    ----------
    name : str
        Short name.
    reason : str
        Why statsmodels' own digits end there.
    tolerance : callable
        ``tolerance(case)``: None where the exception does not apply, else the
        tolerance that holds instead; infinity where nothing is promised.
    llf_share : float
        Share of the tolerance that holds for the log-likelihood.
    """

    name: str
    reason: str
    tolerance: Callable[[ModelCase], float | None]
    llf_share: float = 0.01


def _inverse_roots(term: Any, coefficients: Floats) -> Floats:
    """Moduli of the inverse roots of 1 - sum coefficient * B^lag."""
    lags = as_lags(term)
    if not lags or not np.isfinite(coefficients).all():
        return np.zeros(0)
    polynomial = lag_polynomial(lags, -coefficients, 1)
    return np.asarray(np.abs(np.roots(polynomial)), dtype=float)


def _start_is_stationary(case: ModelCase) -> bool:
    return bool(case.options.get("enforce_stationarity", True))


def _coefficients(case: ModelCase) -> tuple[Floats, Floats]:
    """AR and seasonal AR coefficients of a case."""
    powers = len(trend_powers(case.options.get("trend")))
    start = powers + (0 if case.exog is None else case.exog.shape[1])
    sizes = [len(as_lags(t)) for t in (case.order[0], case.order[2], case.seasonal[0])]
    ar_end, ma_end, sar_end = start + np.cumsum(sizes)
    return case.params[start:ar_end], case.params[ma_end:sar_end]


def _seasonal_root(case: ModelCase) -> float | None:
    """Stated law: 1000 eps / (1 - Phi)^2, for even s and 1 - Phi < 1e-3."""
    if not _start_is_stationary(case) or case.seasonal[3] % 2:
        return None
    roots = _inverse_roots(case.seasonal[0], _coefficients(case)[1])
    gap = 1.0 - float(roots.max(initial=0.0))
    if not 0.0 < gap < 1e-3:
        return None
    return max(1e-8, 1000 * _EPS / gap**2)


def _unit_root_start(case: ModelCase) -> float | None:
    """Nothing is promised for a stationary start on the unit circle."""
    if not _start_is_stationary(case):
        return None
    ar, seasonal_ar = _coefficients(case)
    roots = np.append(
        _inverse_roots(case.order[0], ar),
        _inverse_roots(case.seasonal[0], seasonal_ar),
    )
    return np.inf if np.any(np.abs(1.0 - roots) < 1e-9) else None


def _explosive_start(case: ModelCase) -> float | None:
    """Stated law: 100 eps |root|^(2 (nobs + steps)); nothing above 1e-2."""
    if not _start_is_stationary(case):
        return None
    ar, seasonal_ar = _coefficients(case)
    growth = float(_inverse_roots(case.order[0], ar).max(initial=0.0))
    if case.seasonal[3]:
        roots = _inverse_roots(case.seasonal[0], seasonal_ar)
        growth = max(growth, float(roots.max(initial=0.0)) ** (1 / case.seasonal[3]))
    periods = case.y.size + case.steps
    exponent = 2.0 * periods * np.log10(max(growth, 1.0))
    law = 100 * _EPS * 10.0 ** min(exponent, 30.0)
    if growth <= 1.0 or law < 1e-8:
        return None
    return law if law < 1e-2 else np.inf


def _differences_in_state(case: ModelCase) -> int:
    """Return d + D of the differences that are states."""
    if case.options.get("simple_differencing"):
        return 0
    return int(case.order[1] + case.seasonal[1])


def _diffuse_variance_ratio(case: ModelCase) -> float | None:
    """initial_variance / sigma2 of a model with diffuse states."""
    if not _differences_in_state(case) and _start_is_stationary(case):
        return None
    sigma2 = 1.0 if case.options.get("concentrate_scale") else abs(case.params[-1])
    kappa = case.options.get("initial_variance", 1e6)
    return float(kappa / sigma2) if sigma2 > 0.0 else None


def _third_difference(case: ModelCase) -> float | None:
    """Stated law: 1000 eps initial_variance / sigma2, where d + D >= 3."""
    ratio = _diffuse_variance_ratio(case)
    if ratio is None or _differences_in_state(case) < 3:
        return None
    return max(1e-8, 1000 * _EPS * ratio)


def _late_diffuse(case: ModelCase) -> float | None:
    """Stated law: 100 eps initial_variance / sigma2, two differences, missing."""
    ratio = _diffuse_variance_ratio(case)
    if ratio is None or _differences_in_state(case) < 2:
        return None
    if ratio < 1e8 or not np.isnan(case.y).any():
        return None
    return 100 * _EPS * ratio


def _tiny_variance(case: ModelCase) -> float | None:
    """Nothing is promised for sigma2 < 1e-14 initial_variance with diffuse states."""
    ratio = _diffuse_variance_ratio(case)
    return np.inf if ratio is not None and ratio > 1e14 else None


#: Every exception, each found from a case's specification and parameters alone.
REGIMES: tuple[Regime, ...] = (
    Regime(
        "seasonal-unit-root",
        "statsmodels solves for the stationary start with an error of about "
        "10 eps / (1 - Phi)^2 where the seasonal period is even",
        _seasonal_root,
    ),
    Regime(
        "unit-root-start",
        "the stationary start solves a singular system; its rounding errors decide",
        _unit_root_start,
    ),
    Regime(
        "explosive-start",
        "the stationary start of an explosive AR is an unstable fixed point: rounding "
        "grows by |root|^2 a period",
        _explosive_start,
    ),
    Regime(
        "third-difference",
        "three differences in the state amplify the rounding of the diffuse start: "
        "parameters off by one unit in the last place move statsmodels by as much",
        _third_difference,
    ),
    Regime(
        "late-diffuse",
        "missing values resolve the diffuse start late, and its rounding is amplified "
        "until then: initial_variance off by one unit in the last place moves "
        "statsmodels by as much",
        _late_diffuse,
        llf_share=1.0,
    ),
    Regime(
        "tiny-variance",
        "rounding in P is about initial_variance * eps, as large as sigma2 itself",
        _tiny_variance,
    ),
)


def regime_of(case: ModelCase) -> Regime | None:
    """The exception a case falls under; the widest one if there are several."""
    found = [(r.tolerance(case), r) for r in REGIMES]
    applying = [(value, regime) for value, regime in found if value is not None]
    return max(applying, key=lambda pair: pair[0])[1] if applying else None


def tolerances_for(case: ModelCase) -> Tolerances:
    """The tolerances promised for a case."""
    regime = regime_of(case)
    value = None if regime is None else regime.tolerance(case)
    if regime is None or value is None:
        return Tolerances()
    return Tolerances.uniform(value, regime.llf_share)
