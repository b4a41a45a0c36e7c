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

__all__ = [
    "dates_of",
    "extended_index",
    "following_dates",
    "give_freq",
    "join_dates",
    "prediction_index",
]

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
    ahead = following_dates(index, count)
    if ahead is None:
        return None
    first = start - len(index)
    dates = ahead[first:] if first >= 0 else join_dates(index[start:], ahead)
    found = pd.DatetimeIndex(dates)
    return found if give_freq(found, index.freq) else None


def dates_of(index: pd.DatetimeIndex) -> Any:
    """
    Return the dates of an index; its own methods convert them by many steps.

    Parameters
    ----------
    index : DatetimeIndex
        Without a time zone.

    Returns
    -------
    ndarray of datetime64
        A view.
    """
    return index.asi8.view(index.dtype)


def join_dates(index: pd.DatetimeIndex, ahead: Any) -> Any:
    """
    Return dates and those that follow them.

    Parameters
    ----------
    index : DatetimeIndex
        Without a time zone.
    ahead : ndarray of datetime64
        Of the same unit.

    Returns
    -------
    ndarray of datetime64
    """
    return np.concatenate([dates_of(index), ahead])


def following_dates(index: pd.DatetimeIndex, count: int) -> Any:
    """
    Return the dates after an index's last one.

    Parameters
    ----------
    index : DatetimeIndex
        With a frequency and without a time zone.
    count : int
        Number of dates.

    Returns
    -------
    ndarray of datetime64 or None
        In the index's unit; None where pandas makes other dates from the last one on
        than from the first.
    """
    freq, known = index.freq, dates_of(index)
    last = known[-1]
    months = _BEGIN.get(type(freq)) or _END.get(type(freq))
    if months is not None and freq.n >= 1:
        month = last.astype("M8[M]") + np.timedelta64(int(type(freq) in _END), "M")
        ahead = month + (freq.n * months * np.arange(1, count + 1)).astype("m8[M]")
        return ahead.astype(last.dtype) + (last - month)
    dates = pd.date_range(start=index[-1], periods=count + 1, freq=freq).to_numpy()
    if dates.dtype != known.dtype or dates[0] != last:
        return None
    return dates[1:]


def give_freq(dates: pd.DatetimeIndex, freq: Any) -> bool:
    """
    Give dates a frequency they are known to have; pandas would check all.

    Parameters
    ----------
    dates : DatetimeIndex
        The dates; changed.
    freq : DateOffset
        Their frequency.

    Returns
    -------
    bool
        Whether pandas took it.
    """
    dates._data._freq = freq  # read by pandas 2
    dates._freq = freq
    return bool(dates.freq == freq)
