# SPDX-License-Identifier: BSD-3-Clause
"""Series with rows appended, as statsmodels' ``append`` joins them, by fewer steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .periods import following_dates, give_freq, join_dates

__all__ = ["longer_series"]


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
    if ahead is None or not np.array_equal(ahead, rows.to_numpy()):
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
    columns = [model.endog_names]
    return pd.DataFrame(values[:, None], index=whole, columns=columns), regressors


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
