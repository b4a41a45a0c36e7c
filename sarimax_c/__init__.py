# SPDX-License-Identifier: BSD-3-Clause
"""
sarimax_c: statsmodels' SARIMAX numbers from a compiled core.

Importing it imports numpy and nothing else.
"""

from ._version import __version__
from .api import (
    sarimax_filter,
    sarimax_fit,
    sarimax_forecast,
    sarimax_loglike,
    sarimax_score,
    sarimax_start_params,
)
from .engine import EngineChoice, engine_info, set_engine
from .errors import (
    ConvergenceWarning,
    DataError,
    NumericalError,
    NumericalWarning,
    SarimaxError,
    SarimaxWarning,
    SpecError,
)
from .fit import FitResult
from .native import Model
from .results import FilterResult

__all__ = [
    "ConvergenceWarning",
    "DataError",
    "EngineChoice",
    "FilterResult",
    "FitResult",
    "Model",
    "NumericalError",
    "NumericalWarning",
    "SarimaxError",
    "SarimaxWarning",
    "SpecError",
    "__version__",
    "engine_info",
    "sarimax_filter",
    "sarimax_fit",
    "sarimax_forecast",
    "sarimax_loglike",
    "sarimax_score",
    "sarimax_start_params",
    "set_engine",
]
