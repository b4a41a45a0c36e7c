# SPDX-License-Identifier: BSD-3-Clause
"""
Missing values against statsmodels' ``get_prediction(information_set="smoothed")``.

Where the forecast variance F of a gap is much larger than its smoothed variance V, as
before the diffuse states are known, statsmodels loses digits itself: V is P - P N P,
with an error of eps (F / V)^2 V, and the mean a + P r with one of eps F / V standard
deviations. There the tolerance is that; what is right there, the dense conditional
normal distribution tells (`tests/c/predict/test_impute.c`).
"""

from __future__ import annotations

import dataclasses
import functools
import warnings
from typing import Any

import numpy as np
import pytest
from cases import GRID, make_model, statsmodels_model

import sarimax_c as sx
from sarimax_c.testing import ModelCase, tolerances_for

EPS = float(np.finfo(float).eps)
LOST = 200.0  # times the estimates above; ten times that with late diffuse states


def _with_gaps(case: ModelCase, number: int) -> ModelCase:
    """The case with missing values; at the ends too in some."""
    nobs = case.y.size
    if nobs <= 10 or np.isnan(case.y).any():
        return case
    rng = np.random.Generator(np.random.PCG64(number))
    y = case.y.copy()
    y[rng.choice(nobs, max(1, nobs // 12), replace=False)] = np.nan
    if number % 3 == 0:
        y[:2] = np.nan
    if number % 4 == 0:
        y[-2:] = np.nan
    return dataclasses.replace(case, y=y)


CASES = {
    name: _with_gaps(case, number) for number, (name, case) in enumerate(GRID.items())
}


@functools.cache
def _expected(name: str) -> tuple[Any, ...] | None:
    """What is missing, its smoothed mean and variance, its forecast variance."""
    case = CASES[name]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            model = statsmodels_model(case)
            missing = np.isnan(np.asarray(model.endog)[:, 0])
            results = model.smooth(case.params, cov_type="none")
            smoothed = results.get_prediction(information_set="smoothed")
            forecast = results.get_prediction()
        except (np.linalg.LinAlgError, ValueError):
            return None
    return (
        missing,
        np.asarray(smoothed.predicted_mean)[missing],
        np.asarray(smoothed.var_pred_mean)[missing],
        np.asarray(forecast.var_pred_mean)[missing],
    )


def _differences(
    expected: tuple[Any, ...], mean: Any, var: Any, limit: float
) -> tuple[float, float]:
    """Largest differences of mean and variance, in units of their tolerances."""
    missing, smoothed, variance, forecast_variance = expected
    finite = np.isfinite(smoothed) & np.isfinite(variance)
    np.testing.assert_array_equal(finite, np.isfinite(mean) & np.isfinite(var))
    assert missing.sum() == len(mean)
    # Where statsmodels' variance is noise, ours is the smaller one.
    size = np.maximum(np.minimum(np.abs(variance), np.abs(var)), 1e-12)
    lost = EPS * LOST * (10.0 if limit > 1e-8 else 1.0)
    lost *= np.maximum(forecast_variance / size, 1.0)
    mean_limit = np.maximum(limit, lost)
    var_limit = np.maximum(limit, lost * np.maximum(forecast_variance / size, 1.0))
    unit = np.sqrt(np.where(size > 1e-12, size, np.maximum(1, smoothed**2)))
    with np.errstate(invalid="ignore"):
        off_mean = np.abs(mean - smoothed) / unit / mean_limit
        off_var = np.abs(var - variance) / size / var_limit
    return off_mean[finite].max(initial=0.0), off_var[finite].max(initial=0.0)


@pytest.mark.parametrize("name", CASES)
def test_smoothed_mean_and_variance(name: str) -> None:
    case, expected = CASES[name], _expected(name)
    limit = tolerances_for(case).values
    if expected is None or not np.isfinite(limit):
        return  # test_loglike.py holds the exceptions
    model = make_model(case)
    missing = expected[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mean, var = model.impute(case.params)
        alone, none = model.impute(case.params, variance=False)
    assert var is not None
    np.testing.assert_array_equal(mean[~missing], model.endog[~missing])
    assert not var[~missing].any()
    np.testing.assert_array_equal(alone, mean)
    assert none is None
    off = _differences(expected, mean[missing], var[missing], limit)
    assert max(off) <= 1.0, f"{off} of the tolerance, {case}"


def test_most_gaps_are_compared_at_the_default_tolerance() -> None:
    compared = within = 0
    for name, case in CASES.items():
        expected = _expected(name)
        if expected is None or tolerances_for(case).values > 1e-8:
            continue
        ratio = expected[3] / np.maximum(np.abs(expected[2]), 1e-12)
        compared += ratio.size
        within += int((EPS * LOST * ratio**2 <= 1e-8).sum())
    assert compared > 3000
    assert within > 0.9 * compared


def test_the_frozen_gain_is_the_one_that_statsmodels_keeps() -> None:
    # tolerance=1e-3: the first frozen gain is far from the one before it
    case = CASES["options-060"]
    missing, smoothed, variance, _ = _expected("options-060")
    mean, _ = make_model(case).impute(case.params)
    other, _ = make_model(case, tolerance=0.0).impute(case.params)
    sd = np.sqrt(variance)
    assert np.abs((mean[missing] - smoothed) / sd).max() < 1e-8
    assert np.abs((other[missing] - smoothed) / sd).max() > 1e-4


@pytest.mark.parametrize("name", ["missing-000", "missing-016", "exog-005"])
def test_the_way_back_returns_the_same(name: str) -> None:
    case = CASES[name]
    ours = make_model(case).impute(case.params)
    theirs = make_model(case, "statsmodels").impute(case.params)
    assert (
        make_model(case, "statsmodels").impute(case.params, variance=False)[1] is None
    )
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-8)


def test_a_series_without_gaps_is_returned() -> None:
    y = np.arange(12.0) % 5
    mean, var = sx.sarimax_impute(y, params=[0.5, 1.0])
    np.testing.assert_array_equal(mean, y)
    assert not np.any(var)
    assert mean is not y


def test_nothing_but_gaps() -> None:
    mean, var = sx.sarimax_impute(np.full(4, np.nan), None, (0, 1, 0), params=[2.0])
    np.testing.assert_array_equal(mean, 0.0)
    np.testing.assert_allclose(var, 1e6 + 2.0 * np.arange(1, 5), rtol=1e-12)


def test_results_that_are_not_finite() -> None:
    y = [1.0, np.nan, 3.0, 5.0, np.nan]
    params = [np.nan, 1.0]
    with pytest.warns(
        sx.NumericalWarning, match="2 of 5 values are not finite"
    ) as said:
        mean, var = sx.sarimax_impute(y, params=params)
    assert said[0].filename == __file__
    assert np.isnan(mean[[1, 4]]).all()
    with pytest.warns(sx.NumericalWarning, match="interpolated"):
        mean, var = sx.sarimax_impute(y, params=params, fallback="interpolate")
    np.testing.assert_array_equal(mean, [1.0, 2.0, 3.0, 5.0, 5.0])
    assert np.isnan(var[[1, 4]]).all()
    assert not var[[0, 2, 3]].any()
    with pytest.raises(sx.SpecError, match="fallback must be"):
        sx.sarimax_impute(y, params=params, fallback="linear")
    with pytest.raises(TypeError, match="params is missing"):
        sx.sarimax_impute(y)


def test_skipped_observations_warn() -> None:
    with pytest.warns(sx.NumericalWarning, match="3 of 4 observations"):
        sx.sarimax_impute([1.0, np.nan, 2.0, 3.0], params=[0.5, 0.0])
