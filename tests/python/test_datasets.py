# SPDX-License-Identifier: BSD-3-Clause
"""The shipped series against facts known from elsewhere."""

import numpy as np
import pytest
from statsmodels.datasets import co2 as statsmodels_co2
from statsmodels.tsa.statespace.tests.results import results_sarimax

from sarimax_c.datasets import load_airpassengers, load_co2


@pytest.mark.parametrize("load", [load_airpassengers, load_co2])
def test_types(load):
    dates, values = load()
    assert dates.dtype == np.dtype("datetime64[D]")
    assert values.dtype == np.float64
    assert dates.shape == values.shape == (len(dates),)
    assert not np.isnat(dates).any()
    assert not np.isinf(values).any()


def test_airpassengers_is_the_series_of_stata():
    _, passengers = load_airpassengers()
    np.testing.assert_array_equal(passengers, results_sarimax.air2_data)


def test_airpassengers_yearly_totals():
    # Yearly sums of Box and Jenkins' Series G, added up independently.
    _, passengers = load_airpassengers()
    totals = passengers.reshape(12, 12).sum(axis=1)
    assert totals.tolist() == [
        *(1520, 1676, 2042, 2364, 2700, 2867),
        *(3408, 3939, 4421, 4572, 5140, 5714),
    ]


def test_airpassengers_months():
    dates, _ = load_airpassengers()
    expected = np.arange("1949-01", "1961-01", dtype="datetime64[M]")
    np.testing.assert_array_equal(dates, expected.astype("datetime64[D]"))


def test_co2_is_the_series_of_statsmodels():
    dates, co2 = load_co2()
    expected = statsmodels_co2.load_pandas().data["co2"]
    np.testing.assert_array_equal(co2, expected.to_numpy())
    np.testing.assert_array_equal(dates, expected.index.to_numpy())


def test_co2_gaps():
    dates, co2 = load_co2()
    missing = np.isnan(co2)
    assert (len(co2), missing.sum()) == (2284, 59)
    # The longest gap is the well-known one of early 1964.
    ends = np.flatnonzero(~missing)
    longest = np.diff(ends).argmax()
    assert str(dates[ends[longest] + 1])[:7] == "1964-01"
    assert (np.diff(dates) == np.timedelta64(7, "D")).all()
    assert dates[0].item().isoweekday() == 6
