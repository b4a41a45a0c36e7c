# SPDX-License-Identifier: BSD-3-Clause
"""
Indexes of predictions, without making the dates of the whole series again.

statsmodels makes the dates from the first observation on twice in every call; pandas
takes some microseconds for each date.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries import offsets

__all__ = ["extended_index", "prediction_index"]

_BEGIN = {offsets.MonthBegin: 1, offsets.QuarterBegin: 3, offsets.YearBegin: 12}
_END = {offsets.MonthEnd: 1, offsets.QuarterEnd: 3, offsets.YearEnd: 12}


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
    dates = _months(index, count)
    if dates is None:
        dates = pd.date_range(start=index[-1], periods=count + 1, freq=freq)
    if dates.dtype != index.dtype or dates[0] != index[-1]:
        return None
    first = start - len(index) + 1
    if first >= 0:
        return dates[first:]
    whole = index[start:-1].append(dates)
    return whole if _has_freq(whole, freq) else None


def _months(index: pd.DatetimeIndex, count: int) -> pd.DatetimeIndex | None:
    """Return an index's last date and those after it, where they are months apart."""
    freq = index.freq
    months = _BEGIN.get(type(freq)) or _END.get(type(freq))
    if months is None or freq.n < 1:
        return None
    last = index.to_numpy()[-1]
    month = last.astype("M8[M]") + np.timedelta64(int(type(freq) in _END), "M")
    ahead = month + (freq.n * months * np.arange(count + 1)).astype("m8[M]")
    dates = pd.DatetimeIndex(ahead.astype(last.dtype) + (last - month))
    return dates if _has_freq(dates, freq) else None


def _has_freq(dates: pd.DatetimeIndex, freq: Any) -> bool:
    """Give dates a frequency they are known to have; pandas would check all."""
    dates._data._freq = freq  # read by pandas 2
    dates._freq = freq
    return bool(dates.freq == freq)
