# SPDX-License-Identifier: BSD-3-Clause
"""Series with rows appended, as statsmodels' ``append`` joins them, by fewer steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from .periods import extended_index

__all__ = ["longer_series"]


def longer_series(model: Any, endog: Any) -> pd.DataFrame | None:
    """
    Return a model's series with rows that follow it.

    Parameters
    ----------
    model : SARIMAX
        The model, of a series with dates.
    endog : Series
        The rows.

    Returns
    -------
    DataFrame or None
        None where statsmodels has to join them, or to say what is wrong.
    """
    if type(endog) is not pd.Series or endog.dtype != np.float64 or not len(endog):
        return None
    index, known = model._index, model.data.orig_endog
    if model.simple_differencing or model._index_generated or model.exog is not None:
        return None
    if not isinstance(index, pd.DatetimeIndex) or index.tz is not None:
        return None
    if not _has_name(known, endog.name):
        return None
    whole = extended_index(index, 0, len(endog))
    if whole is None or not endog.index.equals(whole[len(index) :]):
        return None
    values = np.concatenate([model.endog[:, 0], endog.to_numpy()])
    return pd.DataFrame(values[:, None], index=whole, columns=[model.endog_names])


def _has_name(known: Any, name: Any) -> bool:
    """Tell whether a series, or the column of a frame, has a name."""
    if type(known) is pd.Series:
        return bool(known.dtype == np.float64 and known.name == name)
    if type(known) is not pd.DataFrame or known.shape[1] != 1:
        return False
    return bool(known.columns[0] == name and known.dtypes.iloc[0] == np.float64)
