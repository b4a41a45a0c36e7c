# SPDX-License-Identifier: BSD-3-Clause
"""Filter output per period against statsmodels over the whole grid."""

import dataclasses

import numpy as np
import pytest
from cases import ENGINE, FAMILY, GRID, expected, failures_about, make_model, report

from sarimax_c.testing import compare

PER_PERIOD = (
    "scale",
    "llf_obs",
    "forecasts",
    "resid",
    "forecasts_error_cov",
    "standardized_forecasts_error",
    "nobs_skipped",
)


@pytest.mark.parametrize("name", GRID)
def test_every_period(name: str) -> None:
    failures = failures_about(name, PER_PERIOD)
    assert not failures, f"{failures}\n{report(name)}"


@pytest.mark.parametrize("name", [case.name for case in FAMILY["missing"]])
def test_missing_observations_have_statsmodels_values(name: str) -> None:
    case = GRID[name]
    result = make_model(case).filter(case.params)
    missing = np.isnan(case.y)
    assert missing.any()
    assert np.isnan(result.resid[missing]).all()
    assert (result.standardized_forecasts_error[missing] == 0.0).all()
    if result.scale == 1.0:
        assert (result.llf_obs[missing] == 0.0).all()
    assert np.isfinite(result.forecasts).all() or case.tags[1] == "all"
    assert np.isfinite(result.resid[~missing]).all()


@pytest.mark.parametrize("name", [c.name for c in FAMILY["plain"] + FAMILY["options"]])
def test_sum_of_llf_obs_is_llf(name: str) -> None:
    case = GRID[name]
    result = make_model(case).filter(case.params)
    if np.isfinite(result.llf):
        counted = result.llf_obs[result.loglikelihood_burn :]
        assert counted.sum() == pytest.approx(result.llf, rel=1e-12, abs=1e-9)
    burned = np.array(result.llf_obs)
    burned[: result.loglikelihood_burn] = 0.0
    np.testing.assert_array_equal(
        np.nan_to_num(make_model(case).loglikeobs(case.params)), np.nan_to_num(burned)
    )


@pytest.mark.parametrize("name", ["missing-000", "options-000", "exog-005"])
def test_names_and_identities(name: str) -> None:
    case = GRID[name]
    model = make_model(case)
    result = model.filter(case.params)
    observed = ~np.isnan(model.endog)
    np.testing.assert_array_equal(result.fittedvalues, result.forecasts)
    np.testing.assert_array_equal(result.resid, result.forecasts_error)
    np.testing.assert_allclose(
        result.resid[observed], (model.endog - result.forecasts)[observed], atol=1e-12
    )
    np.testing.assert_allclose(
        result.standardized_forecasts_error[observed],
        (result.resid / np.sqrt(result.forecasts_error_cov))[observed],
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    "name",
    [c.name for c in FAMILY["plain"] + FAMILY["small-variance"] if c.y.size > 60],
)
def test_steady_state_starts_in_the_same_period(name: str) -> None:
    if np.isnan(GRID[name].y).any():
        return
    assert report(name).actual.period_converged == expected(name).period_converged


def test_burn_at_or_past_the_end_gives_zero() -> None:
    for nobs_past in (0, 1, 12):
        case = GRID["options-020"]
        burn = case.y.size + nobs_past
        changed = dataclasses.replace(case, options={"loglikelihood_burn": burn})
        result = compare(changed, ENGINE)
        assert result.ok, str(result)
        assert result.actual.llf == 0.0
