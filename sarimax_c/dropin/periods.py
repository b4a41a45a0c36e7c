# SPDX-License-Identifier: BSD-3-Clause
"""
Indexes of predictions, without making the dates of the whole series again.

statsmodels makes the dates from the first observation on twice in every call; pandas
takes some microseconds for each date.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["extended_index", "prediction_index"]


def prediction_index(model: Any, start: Any, end: Any) -> Any:
    """
    Return what statsmodels' ``_get_prediction_index`` does, where that is quick.

    Parameters
    ----------
    model : SARIMAX
        The model.
    start, end : int
        First and last period.

    Returns
    -------
    tuple or None
        start, end, number of periods out of sample, index; None where statsmodels has
        to find out.
    """
    index, nobs = model._index, len(model.endog)
    if type(start) is not int or type(end) is not int or not 0 <= start <= end:
        return None
    if model._index_generated or len(index) != nobs or not nobs:
        return None
    if not isinstance(index, pd.DatetimeIndex) or index.tz is not None:
        return None
    if end < nobs:
        labels = index[start : end + 1]
    else:
        labels = extended_index(index, start, end + 1 - nobs)
        if labels is None:
            return None
    data = model.data
    data.predict_start, data.predict_end = labels[0], labels[-1]
    data.predict_dates = labels
    beyond = max(end - (nobs - 1), 0)
    return start, end - beyond, beyond, labels


def extended_index(index: pd.DatetimeIndex, start: int, count: int) -> Any:
    """
    Return an index from a place on, with dates after its last one.

    Parameters
    ----------
    index : DatetimeIndex
        With a frequency and without a time zone.
    start : int
        The first place wanted.
    count : int
        Number of dates to add.

    Returns
    -------
    DatetimeIndex or None
        None where pandas makes other dates from here than from the first.
    """
    freq = index.freq
    # A date more when the first wanted one is beyond the end.
    dates = pd.date_range(start=index[-1], periods=count + 1, freq=freq)
    if dates.dtype != index.dtype or dates[0] != index[-1]:
        return None
    first = start - len(index) + 1
    if first >= 0:
        return dates[first:]
    whole = index[start:-1].append(dates)
    whole._data._freq = freq
    return whole if whole.freq == freq else None
