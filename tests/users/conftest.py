# SPDX-License-Identifier: BSD-3-Clause
"""Packages that bind statsmodels' classes by name, before anything is patched."""

import numpy as np
import pandas as pd
import pytest

import sarimax_c as sx
from sarimax_c import engine
from sarimax_c.datasets import load_airpassengers


@pytest.fixture
def series():
    """Logarithms of the airline passengers, 1949 to 1960."""
    dates = pd.period_range("1949-01", periods=144, freq="M")
    return pd.Series(np.log(load_airpassengers()[1]), dates, name="passengers")


@pytest.fixture
def verified(monkeypatch):
    """statsmodels patched, each native value compared with statsmodels'."""
    monkeypatch.setattr(engine, "_state", engine._State())
    sx.set_engine("verify")
    sx.reset_stats()
    with sx.patched():
        yield
    sx.reset_stats()


@pytest.fixture
def assert_native():
    """Calls ran in the core, none in statsmodels, and the values agree."""

    def check():
        counted = sx.stats()
        assert sum(counted["native"].values()) > 0
        assert counted["compared"] > 0
        assert counted["differences"] == 0
        assert not counted["statsmodels"]

    return check
