# SPDX-License-Identifier: BSD-3-Clause
"""
Model specifications: the one place that understands orders, trend and options.

`make_specification` checks what a user wrote, in statsmodels' words, and returns a
`Specification`, the normal form everything else works with.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from ._simd import forced_level
from .errors import SpecError
from .keywords import ModelOptions, check_keywords

if TYPE_CHECKING:
    from . import _core

__all__ = ["Specification", "make_specification"]

_TRENDS = {"n": (), "c": (0,), "t": (1,), "ct": (0, 1), "ctt": (0, 1, 2)}
_INT32_MAX = 2**31 - 1
# Options of statsmodels for which there is only one value yet.
_ONLY = {
    "hamilton_representation": False,
    "mle_regression": True,
    "time_varying_regression": False,
    "use_exact_diffuse": False,
}


@dataclass(frozen=True)
class Specification:
    """
    A checked model in normal form; made by `make_specification`.

    Attributes
    ----------
    ar, ma : tuple of int
        Included lags, ascending.
    seasonal_ar, seasonal_ma : tuple of int
        Included lags in seasons: 1 stands for `periods` observations.
    diff, seasonal_diff, periods : int
        Orders of differencing; length of the season (0: none).
    trend_powers : tuple of int
        Powers of time in the trend.
    k_exog : int
        Number of regressors.
    loglikelihood_burn : int or None
        As the user gave it; `burn` is the number in use.
    """

    ar: tuple[int, ...] = (1,)
    ma: tuple[int, ...] = ()
    seasonal_ar: tuple[int, ...] = ()
    seasonal_ma: tuple[int, ...] = ()
    diff: int = 0
    seasonal_diff: int = 0
    periods: int = 0
    trend_powers: tuple[int, ...] = ()
    trend_offset: float = 1
    k_exog: int = 0
    measurement_error: bool = False
    enforce_stationarity: bool = True
    enforce_invertibility: bool = True
    concentrate_scale: bool = False
    simple_differencing: bool = False
    loglikelihood_burn: int | None = None
    initial_variance: float = 1e6
    tolerance: float = 1e-19
    max_states: int = 4096

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        # Not the instance's __dict__: it may hold the core's compiled form.
        return type(self), astuple(self)

    @property
    def order(self) -> tuple[int | list[int], int, int | list[int]]:
        """(p, d, q) as statsmodels standardises it: lag lists only with gaps."""
        return _as_order(self.ar), self.diff, _as_order(self.ma)

    @property
    def seasonal(self) -> tuple[int | list[int], int, int | list[int], int]:
        """(P, D, Q, s) as statsmodels standardises it."""
        return (
            _as_order(self.seasonal_ar),
            self.seasonal_diff,
            _as_order(self.seasonal_ma),
            self.periods,
        )

    @property
    def trend(self) -> list[int] | None:
        """The trend as a list of 0 and 1 for each power, None without one."""
        if not self.trend_powers:
            return None
        return [int(k in self.trend_powers) for k in range(self.trend_powers[-1] + 1)]

    @functools.cached_property
    def k_params(self) -> int:
        """Number of parameters."""
        return len(self.param_names([""] * self.k_exog))

    @property
    def k_order(self) -> int:
        """Number of states of the ARMA part: max(p*, q* + 1), reduced degrees."""
        season = self.periods
        ar = _highest(self.ar) + season * _highest(self.seasonal_ar)
        ma = _highest(self.ma) + season * _highest(self.seasonal_ma)
        return max(ar, ma + 1)

    @property
    def k_diff_states(self) -> int:
        """Number of states that carry the differencing."""
        if self.simple_differencing:
            return 0
        return self.diff + self.periods * self.seasonal_diff

    @property
    def k_states(self) -> int:
        """Number of states."""
        return self.k_diff_states + self.k_order

    @property
    def burn(self) -> int:
        """Number of leading periods left out of the log-likelihood."""
        if self.loglikelihood_burn is not None:
            return self.loglikelihood_burn
        return self.k_diff_states if self.enforce_stationarity else self.k_states

    def param_names(self, exog_names: Sequence[str] = ()) -> list[str]:
        """
        Name the parameters, in their order, as statsmodels does.

        Parameters
        ----------
        exog_names : sequence of str
            Names of the regressors, k_exog of them.

        Returns
        -------
        list of str
        """
        season = self.periods
        special = {0: "intercept", 1: "drift"}
        names = [special.get(k, f"trend.{k}") for k in self.trend_powers]
        names += exog_names
        names += [f"ar.L{lag}" for lag in self.ar]
        names += [f"ma.L{lag}" for lag in self.ma]
        names += [f"ar.S.L{lag * season}" for lag in self.seasonal_ar]
        names += [f"ma.S.L{lag * season}" for lag in self.seasonal_ma]
        if self.measurement_error:
            kind = "snr" if self.concentrate_scale else "var"
            names.append(f"{kind}.measurement_error")
        if not self.concentrate_scale:
            names.append("sigma2")
        return names

    def core_arguments(self, simd: str | None = None) -> tuple[Any, ...]:
        """Return the arguments of ``_core.Spec``; simd None is the best there is."""
        is_seasonal = self.seasonal_ar or self.seasonal_ma or self.seasonal_diff
        return (
            self.ar,
            self.ma,
            self.seasonal_ar,
            self.seasonal_ma,
            self.diff,
            self.seasonal_diff,
            self.periods if is_seasonal else 0,
            self.trend_powers,
            float(self.trend_offset),
            self.k_exog,
            self.measurement_error,
            self.enforce_stationarity,
            self.enforce_invertibility,
            self.concentrate_scale,
            self.simple_differencing,
            -1 if self.loglikelihood_burn is None else self.loglikelihood_burn,
            self.initial_variance,
            self.tolerance,
            self.max_states,
            simd,
        )

    @functools.cached_property
    def _core_spec(self) -> "_core.Spec":
        from . import _core

        return _core.Spec(*self.core_arguments(forced_level(_core.SIMD_LEVELS)))

    def core(self) -> "_core.Spec":
        """Return the compiled core's form of it, made once."""
        return self._core_spec


_FIELD_NAMES = frozenset(field.name for field in fields(Specification))


def make_specification(
    order: Any, seasonal: Any, k_exog: int = 0, **options: Any
) -> Specification:
    """
    Check a model and bring it into normal form; repeated calls are answered quickly.

    Parameters
    ----------
    order : sequence of 3
        (p, d, q); p and q are ints, lists of lags, or boolean lists as statsmodels
        reads them.
    seasonal : sequence of 4
        (P, D, Q, s).
    k_exog : int
        Number of regressors.
    **options
        See `ModelOptions`.

    Returns
    -------
    Specification
    """
    try:
        return _cached_specification(order, seasonal, k_exog, **options)
    except TypeError:
        pass  # perhaps only lists, which cannot be keys of the cache
    order, seasonal = _hashable(order), _hashable(seasonal)
    options = {name: _hashable(value) for name, value in options.items()}
    try:
        hash((order, seasonal, *options.values()))
    except TypeError:  # dicts, sets: the checks say which argument is wrong
        return _specification(order, seasonal, k_exog, **options)
    return _cached_specification(order, seasonal, k_exog, **options)


def _specification(
    order: Any, seasonal: Any, k_exog: int, **options: Any
) -> Specification:
    """Check everything; `make_specification` without the cache."""
    check_keywords(options, ("missing", "engine", *ModelOptions.__annotations__))
    max_states = _integer("max_states", options.pop("max_states", 4096), 1, _INT32_MAX)
    parts = _check_order(order) | _check_seasonal(seasonal)
    checked = _check_options(options)
    in_state = not checked.get("simple_differencing", False)
    _check_size(parts, in_state, max_states)
    for name in ("ar", "ma", "seasonal_ar", "seasonal_ma"):
        parts[name] = _expand(parts[name])
    _check_overlap("autoregressive", "ar", parts)
    _check_overlap("moving average", "ma", parts)
    integrated = parts["diff"] + parts["seasonal_diff"] > 0
    _check_unavailable(options, integrated and in_state)
    return Specification(**parts, **checked, k_exog=k_exog, max_states=max_states)


_cached_specification = functools.lru_cache(maxsize=512)(_specification)


def _about(message: str, value: Any, argument: str = "seasonal") -> str:
    """Append the argument and its value to a message of statsmodels."""
    return f"{message} ({argument}={value!r})"


def _check_order(order: Any) -> dict[str, Any]:
    """Read (p, d, q)."""
    terms = _terms(order, "order", (0, 0, 0))
    if len(terms) != 3:
        message = "`order` argument must be an iterable with three elements."
        raise SpecError(_about(message, order, "order"))
    return {
        "diff": _difference(terms[1], "", "order", order),
        "ar": _lag_order(terms[0], "AR", "order", order),
        "ma": _lag_order(terms[2], "MA", "order", order),
    }


def _check_seasonal(seasonal: Any) -> dict[str, Any]:
    """Read (P, D, Q, s)."""
    terms = _terms(seasonal, "seasonal", (0, 0, 0, 0))
    if len(terms) != 4:
        message = "`seasonal_order` argument must be an iterable with four elements."
        raise SpecError(_about(message, seasonal))
    season = _real(terms[3], "seasonal", seasonal)
    if season < 0:
        raise SpecError(
            _about("Cannot specify negative seasonal periodicity.", seasonal)
        )
    if season != _floor(season):
        raise SpecError(
            _about("Cannot specify fractional seasonal periodicity.", seasonal)
        )
    parts = {
        "seasonal_diff": _difference(terms[1], "seasonal ", "seasonal", seasonal),
        "seasonal_ar": _lag_order(terms[0], "seasonal AR", "seasonal", seasonal),
        "seasonal_ma": _lag_order(terms[2], "seasonal MA", "seasonal", seasonal),
    }
    if season == 1:
        raise SpecError(
            _about("Seasonal periodicity must be greater than 1.", seasonal)
        )
    if season == 0 and any(parts.values()):
        message = (
            "Must include nonzero seasonal periodicity if including seasonal AR, MA,"
            " or differencing."
        )
        raise SpecError(_about(message, seasonal))
    return parts | {"periods": int(season)}


def _terms(value: Any, argument: str, default: tuple[int, ...]) -> Sequence[Any]:
    """Take an order apart; None is no order, as in statsmodels."""
    if value is None:
        return default
    if isinstance(value, (str, bytes, dict, set, frozenset)):
        raise TypeError(f"{argument} must be a sequence of integers, got {value!r}")
    try:
        return tuple(value)
    except TypeError:
        raise TypeError(
            f"{argument} must be a sequence of integers, got {value!r}"
        ) from None


def _real(value: Any, argument: str, shown: Any) -> int | float:
    """Return a real number as a Python one."""
    if isinstance(value, (np.generic, np.ndarray)) and value.ndim == 0:
        value = value.item()
    if not isinstance(value, (int, float)):
        raise TypeError(f"{argument} must hold real numbers, got {shown!r}")
    return value


def _floor(value: int | float) -> float:
    """Return the integer part; NaN and infinities, which have none, become NaN."""
    return math.floor(value) if math.isfinite(value) else math.nan


def _difference(value: Any, kind: str, argument: str, shown: Any) -> int:
    """Read d or D."""
    number = _real(value, argument, shown)
    if number < 0:
        raise SpecError(
            _about(f"Cannot specify negative {kind}differencing.", shown, argument)
        )
    if number != _floor(number):
        raise SpecError(
            _about(f"Cannot specify fractional {kind}differencing.", shown, argument)
        )
    return int(number)


def _lag_order(term: Any, kind: str, argument: str, shown: Any) -> int | list[int]:
    """Read p, q, P or Q as statsmodels: a degree, lags, or a boolean list."""

    def error(message: str) -> SpecError:
        return SpecError(_about(message, shown, argument))

    # Objects, not float64: huge integers must reach the size check unharmed.
    array = np.array(term, dtype=object)
    values = [_real(value, argument, shown) for value in array.ravel()]
    for value in values:
        if value != _floor(value):
            raise error(f"Invalid {kind} order. Non-integer order ({term}) given.")
        if value < 0:
            raise error(f"Terms in the {kind} order cannot be negative.")
    if array.ndim > 1 and not (array.ndim == 2 and array.shape[1] == 1):
        raise error(
            f"Invalid {kind} order. Must be an integer or 1-dimensional array-like"
            f" object (e.g., list, ndarray, etc.). Got {term}."
        )
    lags = [int(value) for value in values]
    if array.ndim == 0:
        return lags[0]
    if 0 in lags or lags.count(1) > 1:
        if any(lag > 1 for lag in lags):
            raise error(
                f"Invalid {kind} order. Appears to be a boolean list (since it contains"
                " a 0 element and/or multiple elements) but also contains elements"
                " greater than 1 like a list of lag orders."
            )
        return [position for position, lag in enumerate(lags, 1) if lag]
    if len(set(lags)) < len(lags):
        raise error(f"Invalid {kind} order. Cannot have duplicate elements.")
    return sorted(lags)


def _check_size(parts: dict[str, Any], in_state: bool, max_states: int) -> None:
    """Refuse a model with too many states, before any list of lags is made."""
    season = parts["periods"]

    def degree(name: str) -> int:
        order = parts[name]
        return _highest(order) if isinstance(order, list) else order

    k_states = max(
        degree("ar") + season * degree("seasonal_ar"),
        degree("ma") + season * degree("seasonal_ma") + 1,
    )
    if in_state:
        k_states += parts["diff"] + season * parts["seasonal_diff"]
    if k_states > max_states:
        raise SpecError(
            f"the model has {k_states} states, more than max_states={max_states}"
        )
    # Without a state for it, differencing still is a pass over the data per order.
    passes = parts["diff"] + parts["seasonal_diff"]
    if passes > max_states or season > _INT32_MAX:
        raise SpecError(
            f"differencing {passes} times or a season of {season} is too large"
            " (arguments: order, seasonal)"
        )


def _check_overlap(kind: str, name: str, parts: dict[str, Any]) -> None:
    """Refuse a lag that is in both the plain and the seasonal polynomial."""
    seasonal = {lag * parts["periods"] for lag in parts[f"seasonal_{name}"]}
    both = seasonal.intersection(parts[name])
    if both:
        raise SpecError(
            f"Invalid model: {kind} lag(s) {both} are in both the seasonal and"
            f" non-seasonal {kind} components. (arguments: order, seasonal)"
        )


def _check_options(options: dict[str, Any]) -> dict[str, Any]:
    """Check those options that become fields of the specification."""
    checked: dict[str, Any] = {}
    for name, value in options.items():
        if name == "trend":
            checked["trend_powers"] = _trend_powers(value)
        elif name == "loglikelihood_burn":
            checked[name] = (
                None if value is None else _integer(name, value, 0, _INT32_MAX)
            )
        elif name == "trend_offset":
            checked[name] = _bounded(name, value, -math.inf)
        elif name in ("initial_variance", "tolerance"):
            checked[name] = float(_bounded(name, value, 0.0))
        elif name in _FIELD_NAMES:
            checked[name] = _flag(name, value)
    return checked


def _check_unavailable(options: dict[str, Any], integrated: bool) -> None:
    """Refuse what statsmodels refuses, then what is not available yet."""
    values = {
        name: _flag(name, options.get(name, only)) for name, only in _ONLY.items()
    }
    if values["time_varying_regression"] and values["mle_regression"]:
        raise SpecError(
            "Models with time-varying regression coefficients must integrate the"
            " coefficients as part of the state vector, so that `mle_regression` must"
            " be set to False. (argument: time_varying_regression)"
        )
    if values["hamilton_representation"] and integrated:
        raise SpecError(
            "The Hamilton representation is only available for models in which there"
            " is no differencing integrated into the state vector. Set"
            " `simple_differencing` to True or set `hamilton_representation` to False"
        )
    for name, only in _ONLY.items():
        if values[name] != only:
            raise NotImplementedError(
                f"{name}={values[name]} is not available in the functions and Model of"
                " sarimax_c yet; its class SARIMAX has it"
            )


def _trend_powers(trend: Any) -> tuple[int, ...]:
    """Read a trend: a string, or which powers are included."""
    if trend is None:
        return ()
    if isinstance(trend, str) and trend in _TRENDS:
        return _TRENDS[trend]
    try:
        array = np.array(trend)
    except ValueError:  # lists of several lengths
        array = np.array(None)
    if array.ndim != 1:
        raise SpecError(
            "Valid trend inputs are 'c' (constant), 't' (linear trend in time), 'ct'"
            " (both), 'ctt' (both with trend squared) or an interable defining a"
            " polynomial, e.g., [1, 1, 0, 1] is `a + b*t + ct**3`. Received"
            f" {trend} (argument: trend)"
        )
    if array.dtype.kind not in "iufb":
        raise TypeError(f"trend must hold zeros and ones, got {trend!r}")
    if not (array >= 0).all():
        raise SpecError(f"trend must hold zeros and ones, got {trend!r}")
    return tuple(np.flatnonzero(array).tolist())


def _flag(name: str, value: Any) -> bool:
    """Read a yes or no: a bool, or 0 and 1."""
    if isinstance(value, (bool, np.bool_, int, float, np.integer)) and value in (0, 1):
        return bool(value)
    raise TypeError(f"{name} must be True or False, got {value!r}")


def _integer(name: str, value: Any, low: int, high: int) -> int:
    """Read an integer option within bounds."""
    number = _real(value, name, value)
    if number != _floor(number) or not low <= number <= high:
        raise SpecError(f"{name} must be an integer in [{low}, {high}], got {value!r}")
    return int(number)


def _bounded(name: str, value: Any, low: float) -> int | float:
    """Read a finite real option of at least `low`."""
    number = _real(value, name, value)
    if not (math.isfinite(number) and number >= low):
        bound = "" if low == -math.inf else f" of at least {low:g}"
        raise SpecError(f"{name} must be a finite number{bound}, got {value!r}")
    return number


def _hashable(value: Any) -> Any:
    """Turn lists and arrays, also nested, into tuples."""
    if isinstance(value, (str, bytes)):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, range)):
        return tuple(_hashable(item) for item in value)
    return value


def _highest(lags: Sequence[int]) -> int:
    """Return the last of ascending lags, 0 without any."""
    return lags[-1] if lags else 0


def _expand(order: int | list[int]) -> tuple[int, ...]:
    """Return the lags of an order: all up to a degree, or those listed."""
    return tuple(range(1, order + 1)) if isinstance(order, int) else tuple(order)


def _as_order(lags: tuple[int, ...]) -> int | list[int]:
    """Return a degree where no lag is left out, else the list."""
    if lags == tuple(range(1, len(lags) + 1)):
        return len(lags)
    return list(lags)
