# SPDX-License-Identifier: BSD-3-Clause
"""Forecasts as frames: the panel of docs/batch.md, names of series, wrong keywords."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from batch_cases import CASES
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

SERIES = CASES["arima"].series
PAGE = (Path(__file__).parents[3] / "docs" / "batch.md").read_text(encoding="utf-8")
(EXAMPLE,) = re.findall(r"```python\n([^`]*groupby[^`]*)```", PAGE)
AIRLINE = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)}


def _panel():
    """Stores of different lengths, one with a month left out, rows in any order."""
    rng = np.random.default_rng(3)
    parts = []
    for store, size in (("north", 60), ("east", 72), ("south", 48)):
        months = pd.date_range("2019-03-01", periods=size, freq="MS")
        sales = 10.0 * np.sin(np.arange(size) / 6 * np.pi)
        sales += rng.standard_normal(size).cumsum()
        parts.append(pd.DataFrame({"store": store, "month": months, "sales": sales}))
    panel = pd.concat(parts, ignore_index=True).drop(index=20)
    return panel.sample(frac=1.0, random_state=1)


def test_the_example_of_the_documentation():
    panel = _panel()
    names = {"panel": panel}
    exec(compile(EXAMPLE, "docs/batch.md", "exec"), names)
    frame, estimates = names["frame"], names["estimates"]
    assert [*estimates.index] == ["east", "north", "south"]
    for store, rows in panel.groupby("store"):
        y = rows.set_index("month")["sales"].sort_index().asfreq("MS")
        model = SARIMAX(y, **AIRLINE)
        theirs = model.smooth(estimates.loc[store]).get_forecast(6).summary_frame()
        ours = frame[frame["series"] == store].set_index("month")
        assert [*ours.index] == [*theirs.index]
        np.testing.assert_allclose(ours[theirs.columns], theirs, rtol=1e-5)


@pytest.mark.parametrize("name", ["exog", "exog_future"])
@pytest.mark.parametrize("order", [(1, 0, 0), [(1, 0, 0)]], ids=["one", "candidates"])
def test_the_name_of_future_regressors(order, name):
    fit = sx.batch_fit(SERIES, order=order)
    with pytest.raises(TypeError, match=f"{name} is called exog_future_list here"):
        fit.forecast(3, **{name: None})


def test_names_of_series_in_a_frame():
    forecast = sx.batch_fit(SERIES[:3], order=(0, 1, 1)).forecast(2)
    plain, named = forecast.summary_frame(), forecast.summary_frame(names=iter("cab"))
    np.testing.assert_array_equal(named, plain)
    assert [*named.index] == [(name, step) for name in "cab" for step in (0, 1)]
    assert named.index.names == ["series", "step"]
    for row, name in enumerate("cab"):
        np.testing.assert_array_equal(named.loc[name, "mean"], forecast.mean[row])
    with pytest.raises(sx.DataError, match="names has 2 elements for 3 series"):
        forecast.summary_frame(names="ab")
    with pytest.raises(sx.SpecError, match="one series, which has no names"):
        sx.sarimax_fit(SERIES[0]).forecast(2).summary_frame(names="a")
