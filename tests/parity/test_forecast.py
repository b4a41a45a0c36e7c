# SPDX-License-Identifier: BSD-3-Clause
"""Forecast means and variances against statsmodels over the whole grid."""

import dataclasses

import numpy as np
import pytest
from cases import ENGINE, FAMILY, GRID, failures_about, make_model, report

from sarimax_c.testing import compare


@pytest.mark.parametrize("name", GRID)
def test_mean_and_variance(name: str) -> None:
    failures = failures_about(name, ("forecast_mean", "forecast_var"))
    assert not failures, f"{failures}\n{report(name)}"


@pytest.mark.parametrize("name", list(GRID)[::5])
def test_auto(name: str) -> None:
    found = compare(GRID[name], "auto").failures
    assert not [line for line in found if line.startswith("forecast_")], found


@pytest.mark.parametrize("steps", [1, 2, 60])
@pytest.mark.parametrize(
    "name", ["plain-002", "seasonal-004", "trend-004", "missing-002", "options-012"]
)
def test_any_horizon(name: str, steps: int) -> None:
    result = compare(dataclasses.replace(GRID[name], steps=steps), ENGINE)
    assert result.actual.forecast_mean.shape == (steps,)
    assert result.ok, str(result)


@pytest.mark.parametrize("name", [c.name for c in FAMILY["exog"][:6]])
def test_shorter_horizon_is_the_head_of_a_longer_one(name: str) -> None:
    case = GRID[name]
    model = make_model(case)
    long_mean, long_var = model.forecast(case.params, 5, case.exog_future)
    short_mean, short_var = model.forecast(case.params, 2, case.exog_future[:2])
    np.testing.assert_array_equal(short_mean, long_mean[:2])
    np.testing.assert_array_equal(short_var, long_var[:2])


def test_regressors_of_a_differenced_model_are_given_undifferenced() -> None:
    # simple_differencing: statsmodels differences [exog, exog_future] as one series
    cases = [
        case
        for case in GRID.values()
        if case.exog is not None
        and case.options.get("simple_differencing")
        and case.order[1] + case.seasonal[1] > 0
    ]
    assert len(cases) >= 3
    for case in cases:
        assert not failures_about(case.name, ("forecast_mean",)), str(report(case.name))
        shifted = dataclasses.replace(case, exog_future=case.exog_future + 1.0)
        assert compare(shifted, ENGINE).ok
        model = make_model(case)
        before, _ = model.forecast(case.params, 5, case.exog_future)
        after, _ = model.forecast(case.params, 5, shifted.exog_future)
        assert abs(after[0] - before[0]) > 1e-3


def test_forecasts_of_a_frozen_filter_start_from_the_frozen_covariance() -> None:
    # ARMA(1,1) at sigma2 = 1e-6: the steady state is declared early and coarsely, so
    # the first forecast variance shows from which covariance forecasts start.
    case = GRID["small-variance-016"]
    assert report(case.name).expected.period_converged is not None
    assert report(case.name).ok, str(report(case.name))
