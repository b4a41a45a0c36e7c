# SPDX-License-Identifier: BSD-3-Clause
"""Exceptions and warnings, and how a status of the C core becomes one of them."""

import numpy as np

__all__ = [
    "START_PARAMS_WARNINGS",
    "ConvergenceWarning",
    "DataError",
    "NumericalError",
    "NumericalWarning",
    "SarimaxError",
    "SarimaxWarning",
    "SpecError",
    "error_from_status",
]


class SarimaxError(Exception):
    """Base class of the errors of sarimax_c."""


class SpecError(SarimaxError, ValueError):
    """A model or an option that does not make sense, or is too large."""


class DataError(SarimaxError, ValueError):
    """Data, regressors or parameters of a wrong shape or with forbidden values."""


class NumericalError(SarimaxError, np.linalg.LinAlgError):
    """A computation that cannot be carried out, such as a singular system."""


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

# Statuses that are not a SpecError; the numbers are those of SX_STATUS_MAP.
_ERROR_CLASSES: dict[int, type[BaseException]] = {
    -2: MemoryError,
    -15: DataError,
    -17: KeyboardInterrupt,
    -18: DataError,
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
