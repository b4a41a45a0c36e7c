# SPDX-License-Identifier: BSD-3-Clause
"""The univariate method beside statsmodels'."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace import kalman_filter as kf
from statsmodels.tsa.statespace import kalman_smoother as sm
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.simulation_smoother import SimulationSmoother
from systems import (
    DATA,
    IN_STATE,
    SMOOTH,
    SPECS,
    TOLERANCE,
    beside,
    components,
    differences,
    error,
    exact_moments,
    params_of,
    quiet,
    random_system,
    statsmodels_model,
)

# Moments that both of statsmodels' methods have; what the two have not in common is
# rounding.
MOMENTS = {
    "predicted_state_cov",
    "filtered_state_cov",
    "smoothed_state_cov",
    "smoothed_state_autocov",
}


def univariate(spec: str, data: str, concentrate: bool = False) -> SimulationSmoother:
    ssm = statsmodels_model(spec, data, concentrate).ssm
    ssm.filter_univariate = True
    return ssm


def _unexplained(ours: Any, theirs: Any, conventional: Any) -> list[str]:
    """Differences beyond those between statsmodels' own two methods."""
    found = []
    for text in differences(ours, theirs):
        name = text.partition(":")[0]
        if name in MOMENTS:
            reference = getattr(conventional, name)
            spread = error(getattr(theirs, name), reference)
            if error(getattr(ours, name), reference) <= spread:
                continue
        found.append(text)
    return found


@pytest.mark.parametrize("concentrate", [False, True], ids=["", "scale"])
@pytest.mark.parametrize("data", ["full", "gaps", "long"])
@pytest.mark.parametrize("spec", SPECS)
@quiet
def test_every_option(spec: str, data: str, concentrate: bool) -> None:
    theirs = univariate(spec, data, concentrate)
    ours = beside(theirs)
    conventional = statsmodels_model(spec, data, concentrate).ssm.smooth()
    assert not _unexplained(ours.smooth(), theirs.smooth(), conventional)
    assert ours.engine_used == "identical"
    assert not _unexplained(ours.filter(), theirs.filter(), conventional)
    assert ours.engine_used == "identical"
    assert np.isclose(ours.loglike(), theirs.loglike(), rtol=1e-9, atol=1e-9)
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("data", ["full", "gaps"])
@pytest.mark.parametrize("spec", IN_STATE)
@quiet
def test_coefficients_in_the_state(spec: str, data: str) -> None:
    theirs = univariate(spec, data)
    ours = beside(theirs)
    assert not differences(ours.filter(), theirs.filter(), 1e-5)
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("data", ["full", "gaps"])
@pytest.mark.parametrize("memory", [1 << bit for bit in range(10)] + [0xFFF])
@pytest.mark.parametrize("spec", ["arima", "error", "diffuse", "diffuse_error"])
@quiet
def test_memory_options(spec: str, memory: int, data: str) -> None:
    theirs = univariate(spec, data)
    ours = beside(theirs)
    assert not differences(
        ours.filter(conserve_memory=memory), theirs.filter(conserve_memory=memory)
    )
    assert ours.engine_used == "identical"
    ours.conserve_memory = theirs.conserve_memory = memory
    assert np.isclose(ours.loglike(), theirs.loglike(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("nobs", [1, 2, 3, 5])
@pytest.mark.parametrize("spec", ["arma", "arima", "diffuse", "trend"])
@quiet
def test_few_observations(spec: str, nobs: int) -> None:
    model = SARIMAX(SMOOTH[:nobs], **SPECS[spec])
    model.update(params_of(model))
    model.ssm.filter_univariate = True
    assert not differences(beside(model.ssm).smooth(), model.ssm.smooth())


@pytest.mark.parametrize("spec", ["arma", "arima", "diffuse"])
@quiet
def test_without_any_observation(spec: str) -> None:
    theirs = univariate(spec, "none")
    assert not differences(beside(theirs).smooth(), theirs.smooth())


@pytest.mark.parametrize("output", [1, 2, 3, 4, 8, 12, 16, 18, 31])
@pytest.mark.parametrize("spec", ["error", "diffuse_error"])
@quiet
def test_outputs_of_the_smoother(spec: str, output: int) -> None:
    theirs = univariate(spec, "gaps")
    ours = beside(theirs)
    ours.smoother_output = theirs.smoother_output = output
    assert not differences(ours.smooth(), theirs.smooth())


@pytest.mark.parametrize("variance", [0.0, 1e-13, 1e-11, 1e-9])
@pytest.mark.parametrize("data", ["full", "gaps"])
@quiet
def test_observations_of_small_variance_are_skipped(data: str, variance: float) -> None:
    model = SARIMAX(DATA[data], order=(1, 0, 0))
    model.update([0.5, variance])
    model.ssm.filter_univariate = True
    ours = beside(model.ssm)
    mine = ours.smooth()
    assert not differences(mine, model.ssm.smooth())
    assert ours.engine_used == "identical"
    assert bool(np.any(mine.kalman_gain)) == (variance > 1e-10)


@pytest.mark.parametrize("diffuse", [False, True])
@pytest.mark.parametrize("seed", range(6))
@quiet
def test_everything_varies_in_time(seed: int, diffuse: bool) -> None:
    theirs = random_system(seed, diffuse)
    theirs.filter_univariate = True
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("diffuse", [False, True])
@quiet
def test_some_periods_without_variance(diffuse: bool) -> None:
    """The design is zero there, and the variance of the noise is, or is not."""
    theirs = random_system(9, diffuse)
    theirs["design", :, :, [1, 20, 21]] = 0.0
    theirs["obs_cov", :, :, [1, 20]] = 0.0
    theirs.filter_univariate = True
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("data", ["full", "gaps", "long"])
@pytest.mark.parametrize("kind", ["twice", "seasonal", "components"])
@quiet
def test_no_less_exact_than_statsmodels(kind: str, data: str) -> None:
    if kind == "twice":
        model = SARIMAX(DATA[data], order=(1, 2, 1), seasonal_order=(1, 2, 1, 3))
        model.update(params_of(model))
        theirs = model.ssm
    elif kind == "seasonal":
        theirs = statsmodels_model("seasonal", data, concentrate=False).ssm
    else:
        theirs = components(exact=False)
    theirs.filter_univariate = True
    ours = beside(theirs)
    ours.tolerance = theirs.tolerance = 0
    mine, reference = ours.smooth(), theirs.smooth()
    assert ours.engine_used == "identical"
    for name, exact in exact_moments(theirs, reference).items():
        limit = max(TOLERANCE, 3 * error(getattr(reference, name), exact))
        assert error(getattr(mine, name), exact) <= limit, name


@quiet
def test_the_method_may_be_given_to_a_call() -> None:
    theirs = statsmodels_model("arima", "gaps", concentrate=False).ssm
    ours = beside(theirs)
    method = kf.FILTER_UNIVARIATE
    assert not differences(
        ours.filter(filter_method=method), theirs.filter(filter_method=method)
    )
    assert ours.engine_used == "identical"


@quiet
def test_smoothers_that_do_not_go_with_the_filter() -> None:
    ours = beside(univariate("arima", "gaps"))
    ours.smooth_method = sm.SMOOTH_CONVENTIONAL
    with pytest.raises(ValueError, match="univariate"):
        ours.smooth()
    ours.filter_univariate = False
    ours.smooth_method = sm.SMOOTH_UNIVARIATE
    with pytest.raises(ValueError, match="univariate"):
        ours.smooth()


@quiet
def test_the_smoother_by_name() -> None:
    theirs = univariate("error", "gaps")
    ours = beside(theirs)
    ours.smooth_method = theirs.smooth_method = sm.SMOOTH_UNIVARIATE
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"
