# SPDX-License-Identifier: BSD-3-Clause
"""Which periods a prediction covers: statsmodels' ``start``, ``end``, ``dynamic``."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import SarimaxWarning, SpecError, warn

__all__ = ["Periods", "prediction_periods"]


@dataclass(frozen=True, slots=True)
class Periods:
    """
    What to predict; periods count from 0.

    Attributes
    ----------
    start, stop : int
        The first period and the one after the last.
    origin : int
        Number of observations that the predictions of later periods know.
    """

    start: int
    stop: int
    origin: int

    @property
    def first(self) -> int:
        """First period of a run that gets there: forecasts begin at the origin."""
        return min(self.start, self.origin)


def prediction_periods(start: Any, end: Any, dynamic: Any, nobs: int) -> Periods:
    """
    Read the arguments of a prediction as statsmodels' ``get_prediction`` does.

    Parameters
    ----------
    start, end : int or None
        First and last period; negative ones count from the end of the sample. By
        default the sample.
    dynamic : bool or int
        From where on no observations are used, counted from `start`; True is 0.
    nobs : int
        Number of observations.

    Returns
    -------
    Periods

    Raises
    ------
    SpecError
        There are no such periods.
    TypeError
        An argument is no integer.

    Warns
    -----
    SarimaxWarning
        `dynamic` is after the end of the prediction or of the sample.
    """
    begin = 0 if start is None else _location(start, "start", nobs)
    last = max(begin, nobs - 1) if end is None else _location(end, "end", nobs)
    if last < begin:
        raise SpecError(
            "Prediction must have `end` after `start`. (periods"
            f" {begin} and {last} of {nobs})"
        )
    stop = last + 1
    origin = _origin(dynamic, begin, stop, nobs)
    return Periods(begin, stop, min(stop, nobs) if origin is None else origin)


def _location(value: Any, argument: str, nobs: int) -> int:
    """Return a period, negative ones counted from the end."""
    location = _as_int(value, argument)
    if location < -nobs:
        raise SpecError(
            f"The `{argument}` argument could not be matched to a location related to"
            f" the index of the data. (got {location} for {nobs} observations)"
        )
    return location + nobs if location < 0 else location


def _origin(dynamic: Any, begin: int, stop: int, nobs: int) -> int | None:
    """Return where dynamic prediction begins, None if nowhere in the sample."""
    if dynamic is None or (isinstance(dynamic, (bool, np.bool_)) and not dynamic):
        return None
    if isinstance(dynamic, (bool, np.bool_)):
        dynamic = 0
    origin = begin + _as_int(dynamic, "dynamic")
    if origin < 0:
        raise SpecError(
            "Dynamic prediction cannot begin prior to the first observation in the"
            f" sample. (argument: dynamic, {dynamic} periods from {begin})"
        )
    if origin > stop:
        warn(
            "Dynamic prediction specified to begin after the end of prediction, and so"
            " has no effect.",
            SarimaxWarning,
        )
        return None
    if origin > nobs:
        warn(
            "Dynamic prediction specified to begin during out-of-sample forecasting"
            " period, and so has no effect.",
            SarimaxWarning,
        )
        return None
    return origin


def _as_int(value: Any, argument: str) -> int:
    try:
        place = operator.index(value)
    except TypeError:
        raise TypeError(f"{argument} must be an integer, got {value!r}") from None
    if not -(2**63) <= place < 2**63:
        raise SpecError(f"{argument} must be an integer of 64 bits, got {place}")
    return place
