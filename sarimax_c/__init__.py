# SPDX-License-Identifier: BSD-3-Clause
"""
sarimax_c: statsmodels' SARIMAX numbers from a compiled core.

Importing it imports numpy and nothing else; `SARIMAX` and `ARIMA`, statsmodels' classes
on this core, and the patch import statsmodels when they are first asked for.
"""

from typing import Any

from ._version import __version__
from .api import (
    sarimax_filter,
    sarimax_fit,
    sarimax_forecast,
    sarimax_impute,
    sarimax_loglike,
    sarimax_predict,
    sarimax_score,
    sarimax_start_params,
)
from .batch import (
    BatchFit,
    BatchForecast,
    BatchImputation,
    BatchResult,
    FilterBatch,
    MixedFit,
    batch_filter,
    batch_fit,
    batch_forecast,
    batch_impute,
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
from .saving import load
from .state import State

__all__ = [
    "ARIMA",
    "SARIMAX",
    "BatchError",
    "BatchFit",
    "BatchForecast",
    "BatchImputation",
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
    "batch_impute",
    "batch_loglike",
    "batch_score",
    "engine_info",
    "load",
    "patch_statsmodels",
    "patched",
    "reset_stats",
    "rolling_forecast",
    "sarimax_filter",
    "sarimax_fit",
    "sarimax_forecast",
    "sarimax_impute",
    "sarimax_loglike",
    "sarimax_predict",
    "sarimax_score",
    "sarimax_start_params",
    "set_engine",
    "stats",
    "statsmodels_is_patched",
    "unpatch_statsmodels",
]

_DROP_IN = {
    "ARIMA": "arima",
    "SARIMAX": "model",
    "patch_statsmodels": "patch",
    "patched": "patch",
    "statsmodels_is_patched": "patch",
    "unpatch_statsmodels": "patch",
}


def __getattr__(name: str) -> Any:
    """Import statsmodels when a class over it, or the patch, is asked for."""
    if name not in _DROP_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".dropin.{_DROP_IN[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
