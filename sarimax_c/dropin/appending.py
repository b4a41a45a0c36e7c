# SPDX-License-Identifier: BSD-3-Clause
"""Series with rows appended, as statsmodels' ``append`` joins them, by fewer steps."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from .model import SARIMAX
from .periods import dates_of, following_dates, give_freq, join_dates
from .templates import continued_from_template

__all__ = ["longer_model", "longer_series"]


def longer_series(model: Any, endog: Any, exog: Any = None) -> Any:
    """
    Return a model's series with rows that follow it.

    Parameters
    ----------
    model : SARIMAX
        The model, of a series with dates.
    endog : Series
        The rows.
    exog : DataFrame, optional
        Their regressors.

    Returns
    -------
    tuple of DataFrame, or None
        The series and its regressors, None without; None for both where statsmodels
        has to join them, or to say what is wrong.
    """
    if type(endog) is not pd.Series or endog.dtype != np.float64 or not len(endog):
        return None
    index, known = model._index, model.data.orig_endog
    if model.simple_differencing or model._index_generated:
        return None
    if (exog is None) != (model.exog is None):
        return None
    if not isinstance(index, pd.DatetimeIndex) or index.tz is not None:
        return None
    if not _has_name(known, endog.name):
        return None
    rows = endog.index
    if type(rows) is not pd.DatetimeIndex or rows.dtype != index.dtype:
        return None
    ahead = following_dates(index, len(endog))
    if ahead is None or not np.array_equal(ahead, dates_of(rows)):
        return None
    whole = pd.DatetimeIndex(join_dates(index, ahead))
    if not give_freq(whole, index.freq):
        return None
    regressors = None
    if exog is not None:
        regressors = _longer_exog(model, rows, exog, whole)
        if regressors is None:
            return None
    values = np.concatenate([model.endog[:, 0], endog.to_numpy()])
    # A view: who names the columns of a frame names the index that it has.
    columns = _columns(model.endog_names).view()
    return pd.DataFrame(values[:, None], index=whole, columns=columns), regressors


@lru_cache(maxsize=64)
def _columns(name: str) -> Any:
    """Return the columns of a frame of one series."""
    return pd.Index([name])


def longer_model(model: Any, endog: Any, exog: Any) -> Any:
    """
    Return a model's clone with what `longer_series` made of its series.

    Parameters
    ----------
    model : SARIMAX
        The model.
    endog, exog : DataFrame
        The series and its regressors, None without.

    Returns
    -------
    SARIMAX
        A model of its own.
    """
    if type(model) is SARIMAX and exog is None:
        longer: Any = object.__new__(SARIMAX)
        if continued_from_template(longer, model, endog):
            return longer
    return model.clone(endog, exog=exog)


def _longer_exog(model: Any, rows: Any, exog: Any, whole: Any) -> Any:
    """Return a model's regressors with rows of a frame like theirs, or None."""
    known = model.data.orig_exog
    if type(known) is not pd.DataFrame or type(exog) is not pd.DataFrame:
        return None
    # Those of ARIMA have the trend in them.
    if hasattr(model, "_spec_arima") or list(known.columns) != list(exog.columns):
        return None
    if type(exog.index) is not pd.DatetimeIndex or not exog.index.equals(rows):
        return None
    values = exog.to_numpy()
    if values.dtype != np.float64 or len(known) != len(model.exog):
        return None
    values = np.concatenate([model.exog, values])
    return pd.DataFrame(values, index=whole, columns=model.exog_names)


def _has_name(known: Any, name: Any) -> bool:
    """Tell whether a series, or the column of a frame, has a name."""
    if type(known) is pd.Series:
        return bool(known.dtype == np.float64 and known.name == name)
    if type(known) is not pd.DataFrame or known.shape[1] != 1:
        return False
    return bool(known.columns[0] == name and known.to_numpy().dtype == np.float64)
