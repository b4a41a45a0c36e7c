# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions and warnings, and how a status of the C core becomes one of them."""

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "E_DATA",
    "START_PARAMS_WARNINGS",
    "BatchError",
    "ConvergenceWarning",
    "DataError",
    "NumericalError",
    "NumericalWarning",
    "SarimaxError",
    "SarimaxWarning",
    "SpecError",
    "error_from_status",
    "status_from_error",
    "warn",
]


class SarimaxError(Exception):
    """Base class of the errors of sarimax_c."""


class SpecError(SarimaxError, ValueError):
    """A model or an option that does not make sense, or is too large."""


class DataError(SarimaxError, ValueError):
    """Data, regressors or parameters of a wrong shape or with forbidden values."""


class NumericalError(SarimaxError, np.linalg.LinAlgError):
    """A computation that cannot be carried out, such as a singular system."""


class BatchError(SarimaxError):
    """
    Some series of a batch failed; the results of the others are in `result`.

    Attributes
    ----------
    result : object
        What the call would have returned with ``errors="coerce"``.
    indices : ndarray of int, shape (failed,)
        Positions of the failed series in the batch.
    statuses : ndarray of int, shape (failed,)
        Their statuses, `SX_E_*` numbers of ``sarimax_c.h``.
    messages : list of str
        What the single call says of each of them.
    """

    def __init__(
        self,
        summary: str,
        result: Any,
        indices: NDArray[np.int64],
        statuses: NDArray[np.int32],
        messages: Sequence[str],
    ) -> None:
        super().__init__(summary)
        self.result = result
        self.indices = indices
        self.statuses = statuses
        self.messages = list(messages)

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception's own way would leave out all but the summary.
        state = self.result, self.indices, self.statuses, self.messages
        return type(self), (str(self), *state)


class SarimaxWarning(UserWarning):
    """Base class of the warnings of sarimax_c."""


class NumericalWarning(SarimaxWarning):
    """A result that is returned but should not be trusted as it stands."""


class ConvergenceWarning(SarimaxWarning):
    """An optimizer stopped before it converged."""


# What start parameters had to be replaced: the SX_START_* bits of sarimax_c.h,
# in the words of statsmodels (its missing "parameters found." included).
START_PARAMS_WARNINGS = {
    1 << 0: "Non-stationary starting autoregressive parameters found."
    " Using zeros as starting parameters.",
    1 << 1: "Non-stationary starting seasonal autoregressive"
    " Using zeros as starting parameters.",
    1 << 2: "Non-invertible starting MA parameters found."
    " Using zeros as starting parameters.",
    1 << 3: "Non-invertible starting seasonal moving average"
    " Using zeros as starting parameters.",
    1 << 4: "Too few observations to estimate starting parameters for ARMA and"
    " trend. All parameters except for variances will be set to zeros.",
    1 << 5: "Too few observations to estimate starting parameters for seasonal"
    " ARMA. All parameters except for variances will be set to zeros.",
}

# What series of a batch have whose data or start cannot be used: SX_E_DATA.
E_DATA = -18

# Statuses that are not a SpecError; the numbers are those of SX_STATUS_MAP.
_ERROR_CLASSES: dict[int, type[BaseException]] = {
    -2: MemoryError,
    -15: DataError,
    -17: KeyboardInterrupt,
    E_DATA: DataError,
    -20: NumericalError,
}


def error_from_status(number: int, message: str) -> BaseException:
    """
    Return the exception that stands for a negative status of the C core.

    Parameters
    ----------
    number : int
        The status, an ``SX_E_*`` number of ``sarimax_c.h``.
    message : str
        What the exception says.

    Returns
    -------
    BaseException
        NumericalError, MemoryError, KeyboardInterrupt, DataError or, for all others,
        SpecError.
    """
    return _ERROR_CLASSES.get(number, SpecError)(message)


def status_from_error(error: BaseException) -> int:
    """
    Return the status that a series of a batch has for an exception.

    Parameters
    ----------
    error : Exception
        What the single call raised.

    Returns
    -------
    int
        ``SX_E_LU``, ``SX_E_EXACT`` for another error of the model, else
        ``SX_E_DATA``: something is wrong with the series.
    """
    if isinstance(error, np.linalg.LinAlgError):
        return -20
    return -16 if isinstance(error, SpecError) else E_DATA


def warn(message: str, category: type[SarimaxWarning]) -> None:
    """
    Warn at the line that called the package, however deep the warning arises.

    Parameters
    ----------
    message : str
        What to say.
    category : type
        The class of the warning.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back and _is_ours(frame.f_globals):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_ours(names: dict[str, Any]) -> bool:
    """Tell whether these are the globals of a module of this package."""
    return str(names.get("__name__")).startswith(f"{__package__}.")
