# SPDX-License-Identifier: BSD-3-Clause
"""The compiled core's own search for the maximum, and parameters that stay fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import Floats
from .engine import EXACT, IDENTICAL
from .errors import SpecError

if TYPE_CHECKING:
    from .native import Model
    from .spec import Specification

__all__ = [
    "CONVERGED",
    "MAXITER",
    "NATIVE",
    "OUTSIDE_REGION",
    "START_OUTSIDE",
    "NativeFit",
    "as_fixed",
    "fit_native",
    "fixed_positions",
    "most_iterations",
]

# What FitResult.method says of the core's own minimiser.
NATIVE = "native"
# Most iterations of it, unless told otherwise: models with too many parameters for
# their data need more than statsmodels allows.
MAXITER = 500
# SX_FIT_CONVERGED, SX_FIT_NOTHING, SX_FIT_ROUNDING.
CONVERGED = (0, 1, 2)
START_OUTSIDE = 1 << 6  # SX_START_OUTSIDE
# Estimates that statsmodels replaces by zeros, and the search moves inside.
OUTSIDE_REGION = {
    1 << 0: "non-stationary autoregression",
    1 << 1: "non-stationary seasonal autoregression",
    1 << 2: "non-invertible moving average",
    1 << 3: "non-invertible seasonal moving average",
}


@dataclass(frozen=True, slots=True)
class NativeFit:
    """
    What the core's search leaves behind.

    Attributes
    ----------
    params : ndarray, shape (k_params,)
        Estimates.
    llf, scale : float
        Log-likelihood and scale there.
    nobs_skipped : int
        Observations that the filter skips there.
    engine : str
        Engine of `llf`.
    converged : bool
        Whether the search ended at a maximum.
    nit, nfev : int
        Iterations, evaluations of the log-likelihood.
    message : str
        How it ended.
    start_flags : int
        The SX_START_* bits of the start parameters.
    """

    params: Floats
    llf: float
    scale: float
    nobs_skipped: int
    engine: str
    converged: bool
    nit: int
    nfev: int
    message: str
    start_flags: int


def fit_native(
    model: Model,
    start: Floats | None,
    fixed: Mapping[int, float],
    maxiter: int | None,
    *,
    skips_zeros: bool = False,
) -> NativeFit:
    """
    Run the core's search.

    Parameters
    ----------
    model : Model
        The model, with the engine 'auto' or 'exact'.
    start : ndarray, shape (k_params,), or None
        Where to start; None is the model's start parameters.
    fixed : mapping
        Values of the parameters that are not estimated, by position.
    maxiter : int or None
        Most iterations.
    skips_zeros : bool
        Whether models with several lags of both AR and MA are not searched from
        zeros as well.

    Returns
    -------
    NativeFit
    """
    from ._core import FIT_ENDS

    backend: Any = model._backend
    mask, start_flags = None, 0
    if fixed:
        if start is None:
            start, start_flags = backend.start_params()
        start = start.copy()
        start[list(fixed)] = list(fixed.values())
        mask = np.zeros(model.k_params, dtype=np.uint8)
        mask[list(fixed)] = 1
    found = backend.fit(start, mask, most_iterations(maxiter), skips_zeros)
    return NativeFit(
        params=found["params"],
        llf=found["llf"],
        scale=found["scale"],
        nobs_skipped=found["nobs_skipped"],
        engine=EXACT if found["engine"] == 1 else IDENTICAL,
        converged=found["end"] in CONVERGED,
        nit=found["nit"],
        nfev=found["nfev"],
        message=FIT_ENDS[found["end"]],
        start_flags=found["start_flags"] | start_flags,
    )


def most_iterations(maxiter: int | None) -> int:
    """
    Return what limits the core's search.

    Parameters
    ----------
    maxiter : int or None
        Most iterations; 0 counts as 1, as in scipy's L-BFGS-B.

    Returns
    -------
    int
        The same in the core's range.
    """
    return MAXITER if maxiter is None else min(max(int(maxiter), 1), 2**31 - 1)


def as_fixed(fixed_params: Any) -> dict[Any, Any]:
    """
    Return fixed parameters as a dictionary.

    Parameters
    ----------
    fixed_params : mapping, pandas Series or None
        Values by parameter names; None stands for none.

    Returns
    -------
    dict

    Raises
    ------
    TypeError
        It has no ``items()``.
    """
    if fixed_params is None:
        return {}
    if not callable(getattr(fixed_params, "items", None)):
        raise TypeError(
            "fixed_params must be a mapping of names to values (a dict, a pandas"
            f" Series), got {fixed_params!r}"
        )
    return dict(fixed_params.items())


def fixed_positions(
    fixed_params: Mapping[str, float], names: list[str], spec: Specification
) -> dict[int, float]:
    """
    Check fixed parameters as statsmodels' ``fix_params`` does.

    Parameters
    ----------
    fixed_params : dict
        Values by parameter names.
    names : list of str
        Names of all parameters.
    spec : Specification
        The model.

    Returns
    -------
    dict
        Values by position.

    Raises
    ------
    TypeError
        A value is no number.
    SpecError
        A name is unknown, a value is not finite, or a part of a polynomial is fixed
        whose region is enforced.
    """
    for name, value in fixed_params.items():
        if name not in names:
            raise SpecError(
                f'Invalid parameter name passed: "{name}". (argument: fixed_params,'
                f" known are {', '.join(names)})"
            )
        if not isinstance(value, (int, float, np.number)):
            raise TypeError(
                f"the fixed value of {name} must be a number, got {value!r}"
            )
        if not np.isfinite(value):
            raise SpecError(f"the fixed value of {name} must be finite, got {value!r}")
    blocks = (
        ("autoregressive", spec.ar, spec.enforce_stationarity),
        ("moving average", spec.ma, spec.enforce_invertibility),
        ("seasonal autoregressive", spec.seasonal_ar, spec.enforce_stationarity),
        ("seasonal moving average", spec.seasonal_ma, spec.enforce_invertibility),
    )
    first = len(spec.trend_powers) + spec.k_exog
    for title, lags, is_enforced in blocks:
        block = {*names[first : first + len(lags)]}
        first += len(lags)
        if is_enforced and block & fixed_params.keys() not in (set(), block):
            option = "stationarity" if "auto" in title else "invertibility"
            raise SpecError(
                f"Cannot fix individual {title} parameters when"
                f" `enforce_{option}=True`. Must either fix all {title} parameters or"
                " none. (argument: fixed_params)"
            )
    return {names.index(name): float(value) for name, value in fixed_params.items()}
