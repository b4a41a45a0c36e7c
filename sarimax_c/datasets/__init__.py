# SPDX-License-Identifier: BSD-3-Clause
"""
Two small public series, for examples, tests and the demonstration.

Sources and units are in ``README.md`` beside the files.
"""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
from numpy.typing import NDArray

__all__ = ["load_airpassengers", "load_co2"]


def load_airpassengers() -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """
    Monthly international airline passengers, 1949-1960.

    Series G of Box and Jenkins (1976).

    Returns
    -------
    dates : ndarray of datetime64[D], shape (144,)
        First day of each month.
    passengers : ndarray of float64, shape (144,)
        Thousands of passengers.

    Examples
    --------
    >>> from sarimax_c.datasets import load_airpassengers
    >>> dates, passengers = load_airpassengers()
    >>> print(dates[0], passengers[0])
    1949-01-01 112.0
    """
    return _load("airpassengers.csv")


def load_co2() -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """
    Weekly atmospheric CO2 at Mauna Loa, March 1958 to December 2001.

    Returns
    -------
    dates : ndarray of datetime64[D], shape (2284,)
        Saturday of each week.
    co2 : ndarray of float64, shape (2284,)
        Parts per million by volume; NaN in the 59 weeks without a measurement.

    Examples
    --------
    >>> from sarimax_c.datasets import load_co2
    >>> dates, co2 = load_co2()
    >>> print(dates[0], co2[0])
    1958-03-29 316.1
    """
    return _load("co2.csv")


def _load(name: str) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Dates and values of a shipped file; an empty value is missing (NaN)."""
    text = resources.files(__name__).joinpath(name).read_text(encoding="ascii")
    rows = list(csv.reader(text.splitlines()))[1:]
    dates = np.array([date for date, _ in rows], dtype="datetime64[D]")
    values = np.array([float(value or "nan") for _, value in rows])
    return dates, values
