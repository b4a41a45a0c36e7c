# SPDX-License-Identifier: BSD-3-Clause
"""
Many series in one call, on all cores, without the GIL.

A module imports from those above it only:

- ``chunk``: neighbouring series, packed; ``memory``: what they are packed into;
- ``progress``: bars and callables;
- ``ragged``: what the caller gives as series, to chunks;
- ``loop``: series one by one, where the compiled core does not take many;
- ``verifying``: statsmodels' values beside the core's;
- ``run``: chunk by chunk, a status and a message for each series;
- ``job``: the arguments that all batches share, and `BatchError`;
- ``results``, ``summary``: what batches return and print;
- ``functions``: `batch_loglike`, `batch_score`, `batch_filter`, `batch_forecast`;
- ``impute``: `batch_impute`;
- ``fit_results``, ``fit_run``, ``fit``: `batch_fit`.
"""

from .fit import batch_fit
from .fit_results import BatchFit, MixedFit
from .functions import batch_filter, batch_forecast, batch_loglike, batch_score
from .impute import batch_impute
from .results import BatchForecast, BatchImputation, BatchResult, FilterBatch

__all__ = [
    "BatchFit",
    "BatchForecast",
    "BatchImputation",
    "BatchResult",
    "FilterBatch",
    "MixedFit",
    "batch_filter",
    "batch_fit",
    "batch_forecast",
    "batch_impute",
    "batch_loglike",
    "batch_score",
]
