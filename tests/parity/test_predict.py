# SPDX-License-Identifier: BSD-3-Clause
"""Predictions in and after the sample against statsmodels' ``get_prediction``."""

from __future__ import annotations

import functools
import re
import warnings
from typing import Any

import numpy as np
import pytest
from cases import ENGINE, FAMILY, GRID, make_model, statsmodels_model
from statsmodels.tools.sm_exceptions import ValueWarning

import sarimax_c as sx
from sarimax_c.testing import tolerances_for


@functools.cache
def _oracle(name: str) -> Any:
    """statsmodels' filter results; None where it raises."""
    case = GRID[name]
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return statsmodels_model(case).filter(case.params, cov_type="none")
        except (np.linalg.LinAlgError, ValueError):
            return None


def _ranges(nobs: int, beyond: int) -> list[tuple[Any, Any, Any]]:
    """(start, end, dynamic) of in-sample, dynamic and further periods."""
    third, half = nobs // 3, nobs // 2
    return [
        (None, None, False),
        (third, nobs + beyond - 1, False),
        (nobs + min(1, beyond - 1), nobs + beyond - 1, False),
        (half, None, True),
        (third, half, 2),
        (third, nobs + beyond - 1, min(5, nobs - third)),
        (half, nobs - 1, -min(2, half)),
        (-min(3, nobs), -1, 1),
        (0, nobs + beyond - 1, 0),
    ]


def _differences(case: Any, expected: Any, actual: Any) -> tuple[float, float]:
    """Largest differences: means in standard deviations, variances relative."""
    mean, var = (np.asarray(e, dtype=float).reshape(-1) for e in expected)
    assert actual[0].shape == actual[1].shape == mean.shape
    assert np.array_equal(np.isfinite(mean), np.isfinite(actual[0]))
    assert np.array_equal(np.isfinite(var), np.isfinite(actual[1]))
    finite = np.isfinite(mean) & np.isfinite(var)
    usable = np.where(var >= 1e-12, var, np.maximum(1.0, np.abs(mean)) ** 2)
    off_mean = np.abs(actual[0] - mean) / np.sqrt(usable)
    off_var = np.abs(actual[1] - var) / np.maximum(np.abs(var), 1e-12)
    return off_mean[finite].max(initial=0.0), off_var[finite].max(initial=0.0)


@pytest.mark.parametrize("name", GRID)
def test_every_range(name: str) -> None:
    case, oracle = GRID[name], _oracle(name)
    limit = tolerances_for(case).values
    if oracle is None or not np.isfinite(limit):
        return  # test_loglike.py holds the exceptions
    model = make_model(case)
    nobs = model.nobs
    if nobs < 3:
        return
    for start, end, dynamic in _ranges(nobs, case.steps):
        beyond = 0 if end is None else max(0, end - nobs + 1)
        exog = case.exog_future[:beyond] if case.exog is not None and beyond else None
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            prediction = oracle.get_prediction(start, end, dynamic, exog=exog)
            expected = prediction.predicted_mean, prediction.var_pred_mean
            actual = model.predict(case.params, start, end, dynamic, exog)
        assert max(_differences(case, expected, actual)) <= limit, (start, end, dynamic)


def test_the_grid_has_what_predictions_depend_on() -> None:
    cases = [case for case in GRID.values() if _oracle(case.name) is not None]
    for wanted in ("concentrate_scale", "simple_differencing", "measurement_error"):
        assert sum(bool(case.options.get(wanted)) for case in cases) >= 3
    assert sum(case.exog is not None for case in cases) >= 10
    assert sum(bool(np.isnan(case.y).any()) for case in cases) >= 10
    assert sum("trend" in case.options for case in cases) >= 10


@pytest.mark.parametrize(
    "name", [c.name for c in [*FAMILY["plain"][:20], *FAMILY["seasonal"][:10]]]
)
def test_one_step_forecasts_are_those_of_the_filter(name: str) -> None:
    case = GRID[name]
    model = make_model(case)
    result = model.filter(case.params)
    mean, var = model.predict(case.params)
    np.testing.assert_array_equal(mean, result.forecasts)
    np.testing.assert_array_equal(var, result.forecasts_error_cov)
    ahead = model.predict(case.params, model.nobs, model.nobs + 3)
    for ours, theirs in zip(ahead, model.forecast(case.params, 4), strict=True):
        np.testing.assert_array_equal(ours, theirs)


Y = np.arange(12.0) % 5
WORDS = [
    ({"start": -13}, "could not be matched"),
    ({"end": -13}, "could not be matched"),
    ({"start": 5, "end": 4}, "must have `end` after"),
    ({"start": 13, "end": -1}, "must have `end` after"),
    ({"start": 2, "dynamic": -3}, "cannot begin prior"),
]


@pytest.mark.parametrize(("keywords", "words"), WORDS)
def test_errors_have_statsmodels_words(keywords: dict[str, Any], words: str) -> None:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with pytest.raises((ValueError, KeyError)) as theirs:
        SARIMAX(Y).filter([0.5, 1.0]).get_prediction(**keywords)
    with pytest.raises(sx.SpecError) as ours:
        sx.sarimax_predict(Y, params=[0.5, 1.0], **keywords)
    said = re.sub(r"^['\"]|['\"]$", "", str(theirs.value))
    assert words in said
    assert str(ours.value).startswith(said)


@pytest.mark.parametrize(
    "keywords",
    [
        {"start": 2, "end": 4, "dynamic": 4},
        {"start": 10, "end": 20, "dynamic": 3},
        {"start": 14, "end": 20, "dynamic": True},
    ],
)
def test_a_dynamic_without_effect_warns(keywords: dict[str, Any]) -> None:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with pytest.warns(ValueWarning) as theirs:
        expected = SARIMAX(Y).filter([0.5, 1.0]).get_prediction(**keywords)
    with pytest.warns(sx.SarimaxWarning) as ours:
        mean, _ = sx.sarimax_predict(Y, params=[0.5, 1.0], **keywords)
    assert [str(w.message) for w in ours] == [str(w.message) for w in theirs]
    assert ours[0].filename == __file__
    np.testing.assert_allclose(mean, expected.predicted_mean, rtol=1e-12)


def test_arguments() -> None:
    model = sx.Model(Y, exog=np.cos(Y), order=(1, 0, 0), engine=ENGINE)
    params = [0.3, 0.5, 1.0]
    for keywords in ({"start": 1.5}, {"end": "2020"}, {"dynamic": "x"}):
        with pytest.raises(TypeError, match="must be an integer"):
            model.predict(params, **keywords)
    for name in ("start", "end"):
        with pytest.raises(sx.SpecError, match=f"{name} must be an integer of 64"):
            model.predict(params, **{name: 2**63})
    with pytest.raises(sx.DataError, match="require additional exogenous values"):
        model.predict(params, 0, 13)
    with pytest.raises(sx.DataError, match=r"Required \(2, 1\)"):
        model.predict(params, 0, 13, exog_future=np.ones((3, 1)))
    with pytest.raises(sx.DataError, match="has no exog"):
        sx.sarimax_predict(Y, params=[0.5, 1.0], exog_future=[1.0])
    with pytest.raises(TypeError, match="params is missing"):
        sx.sarimax_predict(Y)
    whole = model.predict(params, np.int64(2), np.int64(5), np.True_)
    np.testing.assert_array_equal(whole, model.predict(params, 2, 5, True))


def test_skipped_observations_warn() -> None:
    with pytest.warns(sx.NumericalWarning, match="12 of 12 observations"):
        sx.sarimax_predict(Y, params=[0.5, 0.0])


@pytest.mark.parametrize("name", ["plain-002", "options-012", "exog-003", "trend-004"])
def test_the_way_back_returns_the_same(name: str) -> None:
    case = GRID[name]
    ours, theirs = make_model(case), make_model(case, "statsmodels")
    nobs = ours.nobs
    for start, end, dynamic in _ranges(nobs, case.steps):
        beyond = 0 if end is None else max(0, end - nobs + 1)
        exog = case.exog_future[:beyond] if case.exog is not None and beyond else None
        actual = ours.predict(case.params, start, end, dynamic, exog)
        expected = theirs.predict(case.params, start, end, dynamic, exog)
        assert max(_differences(case, expected, actual)) <= 1e-8
