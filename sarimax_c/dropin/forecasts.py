# SPDX-License-Identifier: BSD-3-Clause
"""Predictions of lazy results, without running the filter for the states."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.tsa.statespace import kalman_filter
from statsmodels.tsa.statespace.mlemodel import (
    PredictionResults,
    PredictionResultsWrapper,
)
from statsmodels.tsa.statespace.tools import prepare_trend_data

from ..errors import SarimaxError
from ..native import bind_model
from .originals import original

__all__ = ["get_prediction"]


class _Prediction(kalman_filter.PredictionResults):  # type: ignore[misc]
    """
    statsmodels' predictions of a filter, with means and variances from the core.

    Whatever else is asked for comes from statsmodels' own predictions.
    """

    def __getattr__(self, name: str) -> Any:
        if name == "oos_results":
            own = self.__dict__
            complete = own["_sx_complete"]()
            own["oos_results"] = complete.oos_results
            return own["oos_results"]
        return super().__getattr__(name)


def get_prediction(
    results: Any, start: Any, end: Any, dynamic: Any, index: Any, exog: Any
) -> Any:
    """
    Predict in and out of sample.

    Parameters
    ----------
    results : SARIMAXResults
        Lazy results.
    start, end, dynamic, index, exog
        As for their ``get_prediction``.

    Returns
    -------
    PredictionResultsWrapper
    """
    model = results.model
    given = start, end, dynamic

    def general() -> Any:
        predict = original("SARIMAXResults", "get_prediction")
        return predict(results, *given, index=index, exog=exog)

    core = results._sx_core()
    if core is None:
        return general()
    start, end, beyond, labels = model._get_prediction_index(
        0 if start is None else start, end, index
    )
    if isinstance(dynamic, (str, datetime.datetime, pd.Timestamp)):
        dynamic, _, _ = model._get_index_loc(dynamic)
        dynamic = dynamic - start
    if beyond and model.simple_differencing and model.exog is not None:
        # statsmodels differences them too, from the last rows of the sample on.
        return general()
    stop = end + beyond + 1
    future = _future(results, exog, beyond)
    first, n_dynamic = _first_unknown(dynamic, start, stop, model.nobs)
    prediction = _values(results, core, start, stop, first, n_dynamic, future)
    if prediction is None:
        return general()
    prediction.__dict__["_sx_complete"] = lambda: general()._results.prediction_results
    return PredictionResultsWrapper(
        PredictionResults(
            results,
            prediction,
            information_set="predicted",
            signal_only=False,
            row_labels=labels,
        )
    )


def _future(results: Any, exog: Any, beyond: int) -> Any:
    """Return the regressors of periods out of sample, checked as statsmodels does."""
    model = results.model
    if not beyond or model.exog is None:
        return None
    future = model._validate_out_of_sample_exog(exog, beyond)
    if getattr(model, "_spec_arima", None) is None or not model.k_trend:
        return np.asarray(future, dtype=np.float64)
    # ARIMA has its trend in columns before the regressors.
    powers = model._spec_arima.trend_poly
    offset = model.trend_offset + model.nobs
    trend = prepare_trend_data(np.asarray(powers) != 0, model.k_trend, beyond, offset)
    columns = [trend] if future is None else [trend, future]
    return np.ascontiguousarray(np.column_stack(columns), dtype=np.float64)


def _first_unknown(dynamic: Any, start: int, stop: int, nobs: int) -> tuple[Any, int]:
    """Return from when on observations are not used, and how many are not."""
    if dynamic is True:
        dynamic = 0
    if dynamic is False:
        dynamic = None
    found: tuple[Any, int] = kalman_filter._check_dynamic(dynamic, start, stop, nobs)
    return found


def _values(
    results: Any,
    core: Any,
    start: int,
    stop: int,
    first: Any,
    n_dynamic: int,
    future: Any,
) -> Any:
    """Return a prediction; None where the core cannot make it."""
    output = results.filter_results
    nobs = results.nobs
    origin = nobs if first is None else min(first, nobs)
    known = max(origin, start)
    steps = stop - origin
    mean = output.forecasts[0, start : min(known, stop)]
    var = output.forecasts_error_cov[0, 0, start : min(known, stop)]
    endog = results.model.endog[start : min(known, stop), 0].copy()
    if n_dynamic or stop > nobs:
        ahead = _ahead(core, results.params, origin, steps, future)
        if ahead is None:
            return None
        left_out = known - origin
        mean = np.concatenate([mean, ahead[0][left_out:]])
        var = np.concatenate([var, ahead[1][left_out:]])
        endog = np.concatenate([endog, np.full(len(mean) - len(endog), np.nan)])
    n_static = min(stop, nobs) - min(start, nobs)
    if first is not None:
        n_static = max(first - start, 0)
    prediction = _Prediction(
        output, start, stop, n_static, n_dynamic, max(0, stop - nobs)
    )
    own = prediction.__dict__
    own["_forecasts"] = mean[None]
    own["_forecasts_error_cov"] = var[None, None]
    own["_endog"] = endog[None]
    if n_dynamic or stop > nobs:
        del own["oos_results"]
    return prediction


def _ahead(core: Any, params: Any, origin: int, steps: int, future: Any) -> Any:
    """Return means and variances of the periods from an origin on."""
    exog = core.exog
    if origin < core.nobs:
        if core.spec.concentrate_scale or origin < 1:
            return None
        if exog is not None:
            rest = exog[origin:]
            future = rest if future is None else np.concatenate([rest, future])
            future, exog = future[:steps], exog[:origin]
        core = bind_model(core.spec, core.endog[:origin], exog, core.engine)
    try:
        return core.forecast(params, steps, future)
    except SarimaxError:
        return None
