# SPDX-License-Identifier: BSD-3-Clause
"""
Array-likes to float64 arrays, and the checks of their shapes and values.

Every function here returns a C-contiguous, aligned float64 array: the caller's own
where it already is one, a copy otherwise. Nothing is ever written to the input. The
first lines of each are the fast path for the common case, kept to attribute look-ups.
"""

import operator
from collections.abc import Mapping, Set
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DataError, SpecError

__all__ = [
    "as_endog",
    "as_exog",
    "as_exog_future",
    "as_float64",
    "as_params",
    "as_params_rows",
    "as_steps",
    "check_aligned",
    "check_columns",
    "check_constant",
    "check_endog",
    "check_exog",
    "check_missing",
    "column_names",
    "default_names",
    "is_within",
]

Floats = NDArray[np.float64]

_FLOAT64 = np.dtype(np.float64)
_REAL_KINDS = "fiub"


# Forecasts beyond this are a mistake, not a request for 8 GB.
MAX_STEPS = 10**9


def as_endog(y: Any) -> Floats:
    """
    Return the observed series as a one-dimensional float64 array.

    Parameters
    ----------
    y : array_like
        Observations, shape (nobs,) or (nobs, 1); NaN or masked = missing.

    Returns
    -------
    ndarray of float64, shape (nobs,)
    """
    # `carray` is C-contiguous, aligned and writeable in one look-up; read-only
    # arrays take the general path, where they are not copied either.
    if (
        type(y) is np.ndarray
        and y.dtype is _FLOAT64
        and y.ndim == 1
        and y.flags.carray
        and y.size
    ):
        return y
    endog = as_float64(y, "y")
    if endog.ndim == 2 and endog.shape[1] == 1:
        endog = endog.reshape(-1)
    if endog.ndim != 1:
        raise DataError(
            "SARIMAX models require univariate `endog`. Got shape"
            f" {endog.shape}. (argument: y)"
        )
    if endog.size == 0:
        raise DataError("y is empty: at least one observation is needed")
    return endog


def as_exog(exog: Any, nobs: int) -> Floats | None:
    """
    Return the regressors as a two-dimensional float64 array.

    Parameters
    ----------
    exog : array_like or None
        Regressors, shape (nobs,) or (nobs, k_exog).
    nobs : int
        Number of rows it must have.

    Returns
    -------
    ndarray of float64, shape (nobs, k_exog), or None
        None where there is no column.
    """
    if exog is None:
        return None
    if (
        type(exog) is np.ndarray
        and exog.dtype is _FLOAT64
        and exog.ndim == 2
        and exog.flags.carray
        and exog.size
        and len(exog) == nobs
    ):
        return exog
    regressors = as_float64(exog, "exog")
    if regressors.ndim == 1:
        regressors = regressors.reshape(-1, 1)
    if regressors.ndim != 2:
        raise DataError(f"exog is not 1d or 2d (its shape is {regressors.shape})")
    if regressors.shape[0] != nobs:
        raise DataError(
            "endog and exog matrices are different sizes (y has"
            f" {nobs} rows, exog has {regressors.shape[0]})"
        )
    return regressors if regressors.shape[1] else None


def as_exog_future(
    exog_future: Any,
    steps: int,
    k_exog: int,
    argument: str = "exog_future",
    names: tuple[str, ...] | None = None,
) -> Floats | None:
    """
    Return the regressors of periods after the last, checked.

    Parameters
    ----------
    exog_future : array_like or None
        Shape (steps, k_exog); also (steps,) for one column and (k_exog,) for one
        step.
    steps : int
        Number of forecast periods.
    k_exog : int
        Number of regressors of the model.
    argument : str
        The name of the argument they came in.
    names : tuple of str, optional
        Names of the model's regressors, if they have some.

    Returns
    -------
    ndarray of float64, shape (steps, k_exog), or None
        None where the model has no regressors.
    """
    if exog_future is None:
        if k_exog == 0:
            return None
        raise DataError(
            "Out-of-sample operations in a model with a regression component require"
            f" additional exogenous values via the `{argument}` argument, of shape"
            f" {(steps, k_exog)}"
        )
    if k_exog == 0:
        raise DataError(f"{argument} was given, but the model has no exog")
    future = as_float64(exog_future, argument)
    required = (steps, k_exog)
    if future.shape != required and not (
        future.ndim == 1 and 1 in required and future.size == steps * k_exog
    ):
        raise DataError(
            "Provided exogenous values are not of the appropriate shape. Required"
            f" {required}, got {future.shape}. (argument: {argument})"
        )
    check_columns(exog_future, names, argument)
    check_exog(future, argument)
    return future.reshape(required)


def as_params(params: Any, k_params: int, argument: str = "params") -> Floats:
    """
    Return a parameter vector as float64, checked for its length.

    Parameters
    ----------
    params : array_like
        Parameters, shape (k_params,).
    k_params : int
        Number of parameters of the model.
    argument : str
        The name of the argument they came in.

    Returns
    -------
    ndarray of float64, shape (k_params,)
    """
    vector = as_float64(params, argument)
    if vector.ndim != 1:
        raise DataError(
            f"{argument} must be one-dimensional with {k_params} elements, got shape"
            f" {vector.shape}"
        )
    if vector.size != k_params:
        raise DataError(f"{argument} must have {k_params} elements, got {vector.size}")
    return vector


def as_params_rows(params: Any, k_params: int) -> Floats:
    """
    Return several parameter vectors as the rows of a float64 array.

    Parameters
    ----------
    params : array_like
        Parameters, shape (count, k_params).
    k_params : int
        Number of parameters of the model.

    Returns
    -------
    ndarray of float64, shape (count, k_params)
    """
    rows = as_float64(params, "params")
    if rows.ndim != 2 or rows.shape[1] != k_params:
        raise DataError(
            f"params must be two-dimensional with {k_params} columns, got shape"
            f" {rows.shape}"
        )
    return rows


def as_steps(steps: Any) -> int:
    """
    Return a number of forecast steps as a positive int.

    Parameters
    ----------
    steps : int
        Any integer type.

    Returns
    -------
    int
    """
    try:
        count = operator.index(steps)
    except TypeError:
        raise TypeError(f"steps must be an integer, got {steps!r}") from None
    if count <= 0:
        raise SpecError(
            "Prediction must have `end` after `start`. (argument: steps, must be"
            f" positive, got {count})"
        )
    if count > MAX_STEPS:
        raise SpecError(f"steps must be at most {MAX_STEPS}, got {count}")
    return count


def as_float64(value: Any, argument: str) -> Floats:
    """
    Convert an array-like of real numbers of any shape.

    Parameters
    ----------
    value : array_like
        What the caller gave; masked = missing.
    argument : str
        The name of the argument it came in.

    Returns
    -------
    ndarray of float64
    """
    if type(value) is np.ndarray and value.dtype == _FLOAT64 and value.flags.carray:
        return value
    try:
        array = np.asanyarray(value)
    except ValueError as error:  # ragged lists
        raise DataError(f"{argument} is not a rectangular array: {error}") from None
    if array.dtype.kind == "O" and _is_nullable(value):
        array = value.to_numpy(dtype=np.float64, na_value=np.nan)
    if array.dtype.kind not in _REAL_KINDS:
        raise TypeError(
            f"{argument} must hold real numbers, got {_what_is_there(value, array)}"
        )
    if isinstance(array, np.ma.MaskedArray):
        # numpy's own conversion would drop the mask and show what is under it.
        array = np.ma.filled(array.astype(np.float64), np.nan)
    converted: Floats = np.require(np.asarray(array), _FLOAT64, ["C", "A"])
    return converted


def check_endog(endog: Floats) -> None:
    """
    Refuse infinite observations (NaN means missing).

    Parameters
    ----------
    endog : ndarray of float64, shape (nobs,)
        The series.
    """
    infinite = np.isinf(endog)
    if infinite.any():
        raise DataError(
            "endog contains infinite values, the first at index"
            f" {int(infinite.argmax())}; use NaN for missing ones (argument: y)"
        )


def check_exog(exog: Floats, argument: str = "exog") -> None:
    """
    Refuse regressors that are not finite.

    Parameters
    ----------
    exog : ndarray of float64
        The regressors.
    argument : str
        The name of the argument they came in.
    """
    if not np.isfinite(exog).all():
        raise DataError(f"{argument} contains inf or nans")


def check_constant(exog: Floats) -> None:
    """
    Refuse a column of constants beside a constant trend.

    Parameters
    ----------
    exog : ndarray of float64, shape (nobs, k_exog)
        The regressors.
    """
    with np.errstate(invalid="ignore"):
        constant = (np.ptp(exog, axis=0) == 0) & (exog[0] != 0)
    if constant.any():
        raise SpecError(
            "A constant trend was included in the model specification, but the `exog`"
            " data already contains a column of constants. (arguments: trend, exog;"
            f" column {int(constant.argmax())})"
        )


def check_missing(missing: Any, endog: Floats, exog: Floats | None) -> None:
    """
    Carry out the ``missing`` option of statsmodels.

    Parameters
    ----------
    missing : {'none', 'raise', 'drop'}
        'raise' refuses NaN. 'drop' does nothing, as in statsmodels' SARIMAX: the
        filter handles missing observations itself.
    endog : ndarray of float64
        The series.
    exog : ndarray of float64 or None
        The regressors.
    """
    if missing not in ("none", "drop", "raise"):
        raise SpecError(
            f"missing option {missing} not understood (argument: missing, one of"
            " 'none', 'raise', 'drop')"
        )
    if missing == "raise" and any(
        array is not None and np.isnan(array).any() for array in (endog, exog)
    ):
        raise DataError("NaNs were encountered in the data (argument: missing='raise')")


def check_aligned(y: Any, exog: Any) -> None:
    """
    Refuse pandas objects whose indexes differ.

    Parameters
    ----------
    y, exog : array_like
        As the caller gave them.
    """
    index_equals = getattr(getattr(y, "index", None), "equals", None)
    if index_equals is None:
        return
    other = getattr(exog, "index", None)
    if hasattr(other, "equals") and not index_equals(other):
        raise DataError("The indices for endog and exog are not aligned (y and exog)")


def column_names(exog: Any) -> tuple[str, ...] | None:
    """
    Return the names a pandas object gives its columns.

    Parameters
    ----------
    exog : array_like
        Regressors as the caller gave them.

    Returns
    -------
    tuple of str, or None
        None where there are no names. statsmodels' rules: the levels of a
        multi-level column are joined, a Series without a name is called '0'.
    """
    columns = getattr(exog, "columns", None)
    if columns is not None:
        return tuple(
            "_".join(str(level) for level in column if level)
            if isinstance(column, tuple)
            else str(column)
            for column in columns
        )
    if hasattr(getattr(exog, "index", None), "equals") and hasattr(exog, "name"):
        return ("0" if exog.name is None else str(exog.name),)
    return None


def check_columns(exog: Any, names: tuple[str, ...] | None, argument: str) -> None:
    """
    Refuse a frame whose columns are not the model's regressors.

    Parameters
    ----------
    exog : array_like
        As the caller gave it. What is no frame has no columns to compare (the name of
        a Series is often that of another thing), nor has one whose columns are
        numbered.
    names : tuple of str or None
        The names of the model's regressors, None where they have none.
    argument : str
        The name of the argument it came in.
    """
    if names is None or not hasattr(exog, "columns"):
        return
    columns = column_names(exog)
    numbered = tuple(map(str, range(len(names))))
    if columns not in (names, numbered) and names != numbered:
        raise DataError(
            f"{argument} has the columns {columns} where the model's regressors are"
            f" {names}, in this order"
        )


def default_names(exog: Floats | None) -> tuple[str, ...]:
    """
    Name regressors without names as statsmodels: x1, x2, const if one is.

    Parameters
    ----------
    exog : ndarray of float64, shape (nobs, k_exog), or None
        The regressors.

    Returns
    -------
    tuple of str
    """
    if exog is None:
        return ()
    k_exog = exog.shape[1]
    variances = exog.var(axis=0) if len(exog) else np.ones(k_exog)
    if not (variances == 0).any():
        return tuple(f"x{i}" for i in range(1, k_exog + 1))
    names = [f"x{i}" for i in range(1, k_exog)]
    names.insert(int(variances.argmin()), "const")
    return tuple(names)


def is_within(value: Any, high: float) -> bool:
    """
    Tell whether a value is a number above 0 and below a limit.

    Parameters
    ----------
    value : object
        Anything.
    high : float
        The limit.

    Returns
    -------
    bool
    """
    return isinstance(value, (int, float, np.number)) and 0.0 < float(value) < high


def _what_is_there(value: Any, array: NDArray[Any]) -> str:
    """Say what an array holds that has no real numbers, and what to do about it."""
    kind = type(value).__name__
    if isinstance(value, (Mapping, Set)):
        return f"a {kind}; a sequence is expected"
    if array.dtype.kind == "O" and any(element is None for element in array.flat):
        return f"None (from {kind}); use NaN for missing values"
    hint = "; use NaN for missing values" if array.dtype.kind in "OSU" else ""
    if array.size and all(isinstance(x, (Real, Decimal)) for x in array.flat):
        hint = " with numbers in it; convert them, as .astype(float) does"
    return f"dtype {array.dtype} (from {kind}){hint}"


def _is_nullable(value: Any) -> bool:
    """Tell a pandas object of nullable numbers (Float64, Int64) from other objects."""
    dtypes = getattr(value, "dtypes", None)
    if dtypes is None or not hasattr(value, "to_numpy"):
        return False
    kinds = [getattr(dtype, "kind", "O") for dtype in np.atleast_1d(dtypes)]
    return all(kind in _REAL_KINDS for kind in kinds)
