# SPDX-License-Identifier: BSD-3-Clause
"""The univariate method beside statsmodels'."""

from __future__ import annotations

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
    beside,
    differences,
    params_of,
    quiet,
    random_system,
    statsmodels_model,
)

# Of which observations show several states of approximate diffuse starts at once: what
# statsmodels' univariate smoother rounds there exceeds the tolerance.
MIXED = {"seasonal", "year"}


def univariate(spec: str, data: str, concentrate: bool = False) -> SimulationSmoother:
    ssm = statsmodels_model(spec, data, concentrate).ssm
    ssm.filter_univariate = True
    return ssm


# A scale multiplies what statsmodels rounds of an approximate diffuse start.
@pytest.mark.parametrize(
    ("data", "concentrate"),
    [("full", False), ("gaps", False), ("long", False), ("full", True), ("gaps", True)],
)
@pytest.mark.parametrize("spec", SPECS)
@quiet
def test_every_option(spec: str, data: str, concentrate: bool) -> None:
    theirs = univariate(spec, data, concentrate)
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == ("statsmodels" if spec in MIXED else "identical")
    assert not differences(ours.filter(), theirs.filter())
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


@pytest.mark.parametrize("spec", ["seasonal", "year"])
@quiet
def test_what_rounding_takes_from_covariances_is_not_in_means(spec: str) -> None:
    theirs = univariate(spec, "gaps")
    ours = beside(theirs)
    ours.smooth()
    assert ours.reason == "its rounding of covariances"
    output = sm.SMOOTHER_STATE | sm.SMOOTHER_DISTURBANCE
    ours.smoother_output = theirs.smoother_output = output
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


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
