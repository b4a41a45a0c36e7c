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
from .batch import (
    BatchFit,
    BatchForecast,
    BatchResult,
    FilterBatch,
    MixedFit,
    batch_filter,
    batch_fit,
    batch_forecast,
    batch_loglike,
    batch_score,
)
from .counters import reset_stats, stats
from .engine import EngineChoice, engine_info, set_engine
from .errors import (
    BatchError,
    ConvergenceWarning,
    DataError,
    NumericalError,
    NumericalWarning,
    SarimaxError,
    SarimaxWarning,
    SpecError,
)
from .native import Model
from .results import FilterResult, FitResult
from .rolling import rolling_forecast
from .state import State

__all__ = [
    "BatchError",
    "BatchFit",
    "BatchForecast",
    "BatchResult",
    "ConvergenceWarning",
    "DataError",
    "EngineChoice",
    "FilterBatch",
    "FilterResult",
    "FitResult",
    "MixedFit",
    "Model",
    "NumericalError",
    "NumericalWarning",
    "SarimaxError",
    "SarimaxWarning",
    "SpecError",
    "State",
    "__version__",
    "batch_filter",
    "batch_fit",
    "batch_forecast",
    "batch_loglike",
    "batch_score",
    "engine_info",
    "reset_stats",
    "rolling_forecast",
    "sarimax_filter",
    "sarimax_fit",
    "sarimax_forecast",
    "sarimax_loglike",
    "sarimax_score",
    "sarimax_start_params",
    "set_engine",
    "stats",
]
