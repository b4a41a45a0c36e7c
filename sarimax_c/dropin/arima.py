# SPDX-License-Identifier: BSD-3-Clause
"""`ARIMA`: statsmodels' class over this package's `SARIMAX`."""

from __future__ import annotations

from typing import Any

from statsmodels.tsa.arima.model import ARIMA as StatsmodelsARIMA
from statsmodels.tsa.arima.model import ARIMAResults as StatsmodelsResults
from statsmodels.tsa.arima.model import ARIMAResultsWrapper
from statsmodels.tsa.statespace.sarimax import SARIMAXResults as SeasonalResults

from .model import SARIMAX
from .results import ResultsMixin, SARIMAXResults

__all__ = ["ARIMA", "ARIMAResults", "result_class"]


class ARIMAResults(ResultsMixin, StatsmodelsResults):  # type: ignore[misc]  # noqa: D101
    __doc__ = StatsmodelsResults.__doc__


class ARIMA(StatsmodelsARIMA, SARIMAX):  # type: ignore[misc]  # noqa: D101
    __doc__ = StatsmodelsARIMA.__doc__

    @property
    def _res_classes(self) -> dict[str, Any]:
        return {"fit": (ARIMAResults, ARIMAResultsWrapper)}


_RESULTS = {
    SeasonalResults: SARIMAXResults,
    SARIMAXResults: SARIMAXResults,
    StatsmodelsResults: ARIMAResults,
    ARIMAResults: ARIMAResults,
}


def result_class(cls: type) -> Any:
    """
    Return the lazy class that stands for a class of results.

    Parameters
    ----------
    cls : type
        What a model's ``_res_classes`` says.

    Returns
    -------
    type or None
        None for a class that somebody else wrote.
    """
    return _RESULTS.get(cls)
