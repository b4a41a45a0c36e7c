# SPDX-License-Identifier: BSD-3-Clause
"""Imputation of statsmodels' results: pandas kept, with and without the core."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.dropin.imputation import impute

INDEX = pd.period_range("2001-01", periods=40, freq="M")
Y = pd.Series(np.cos(np.arange(40.0)).cumsum(), index=INDEX, name="sales")
Y.iloc[[3, 17, 18, 39]] = np.nan
PARAMS = [0.4, 1.3]
MODEL = SARIMAX(Y, order=(0, 1, 1))


def _native(**options):
    return sx.Model(Y, order=(0, 1, 1), **options)


def test_series_keep_index_and_name():
    mean, variance = impute(MODEL.smooth(PARAMS))
    assert mean.index.equals(INDEX) and variance.index.equals(INDEX)
    assert (mean.name, variance.name) == ("sales", "variance")
    pd.testing.assert_series_equal(mean[Y.notna()], Y[Y.notna()])
    assert not variance[Y.notna()].any()
    assert (variance[Y.isna()] > 0).all()


@pytest.mark.parametrize("run", ["smooth", "filter"])
def test_with_and_without_the_core(run):
    results = getattr(MODEL, run)(PARAMS)
    alone, native = impute(results), impute(results, native=_native())
    for a, b in zip(alone, native, strict=True):
        pd.testing.assert_series_equal(a, b, rtol=1e-8)
    mean, none = impute(results, variance=False, native=_native())
    pd.testing.assert_series_equal(mean, native[0])
    assert none is None
    assert impute(results, variance=False)[1] is None


def test_arrays_stay_arrays_and_differences_are_differences():
    differenced = SARIMAX(Y.to_numpy(), order=(0, 1, 1), simple_differencing=True)
    for native in (None, _native(simple_differencing=True)):
        mean, variance = impute(differenced.smooth(PARAMS), native=native)
        assert type(mean) is type(variance) is np.ndarray
        assert mean.shape == variance.shape == (39,)
    named = SARIMAX(Y, order=(0, 1, 1), simple_differencing=True).smooth(PARAMS)
    assert impute(named)[0].index.equals(INDEX[1:])


def test_what_is_not_finite_is_interpolated_only_if_wanted():
    results = MODEL.smooth([np.nan, 1.0])
    with pytest.warns(sx.NumericalWarning, match="not finite"):
        mean, _ = impute(results)
    assert mean[Y.isna()].isna().all()
    with pytest.warns(sx.NumericalWarning, match="interpolated"):
        mean, variance = impute(results, fallback="interpolate")
    assert mean.iloc[3] == pytest.approx((Y.iloc[2] + Y.iloc[4]) / 2)
    assert variance[Y.isna()].isna().all()
    with pytest.raises(sx.SpecError, match="fallback"):
        impute(results, fallback="zero")
