# SPDX-License-Identifier: BSD-3-Clause
"""StateSpace beside statsmodels' state space model with the same matrices."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace import kalman_filter as kf
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

from sarimax_c.dropin.statespace import StateSpace


@pytest.mark.parametrize("concentrate", [False, True], ids=["", "scale"])
@pytest.mark.parametrize("data", ["full", "gaps", "long"])
@pytest.mark.parametrize("spec", SPECS)
@quiet
def test_every_option(spec: str, data: str, concentrate: bool) -> None:
    theirs = statsmodels_model(spec, data, concentrate).ssm
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"
    assert not differences(ours.filter(), theirs.filter())
    assert np.isclose(ours.loglike(), theirs.loglike(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        ours.loglikeobs(), theirs.loglikeobs(), rtol=TOLERANCE, atol=TOLERANCE
    )
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("data", ["full", "gaps"])
@pytest.mark.parametrize("spec", IN_STATE)
@quiet
def test_coefficients_in_the_state(spec: str, data: str) -> None:
    theirs = statsmodels_model(spec, data, concentrate=False).ssm
    ours = beside(theirs)
    assert not differences(ours.filter(), theirs.filter(), 1e-5)
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("memory", [1 << bit for bit in range(10)] + [0xFFF])
@pytest.mark.parametrize("spec", ["arima", "arma", "diffuse", "diffuse_error"])
@quiet
def test_memory_options(spec: str, memory: int) -> None:
    theirs = statsmodels_model(spec, "gaps", concentrate=False).ssm
    ours = beside(theirs)
    assert not differences(
        ours.filter(conserve_memory=memory), theirs.filter(conserve_memory=memory)
    )
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("nobs", [1, 2, 3, 5])
@pytest.mark.parametrize("spec", ["arma", "arima", "diffuse", "trend"])
@quiet
def test_few_observations(spec: str, nobs: int) -> None:
    model = SARIMAX(SMOOTH[:nobs], **SPECS[spec])
    model.update(params_of(model))
    assert not differences(beside(model.ssm).smooth(), model.ssm.smooth())


@pytest.mark.parametrize("spec", ["arma", "arima", "diffuse"])
@quiet
def test_without_any_observation(spec: str) -> None:
    theirs = statsmodels_model(spec, "none", concentrate=False).ssm
    assert not differences(beside(theirs).smooth(), theirs.smooth())


@pytest.mark.parametrize("output", [1, 2, 3, 4, 8, 12, 16, 18, 31])
@pytest.mark.parametrize("spec", ["seasonal", "diffuse_error"])
@quiet
def test_outputs_of_the_smoother(spec: str, output: int) -> None:
    theirs = statsmodels_model(spec, "gaps", concentrate=False).ssm
    ours = beside(theirs)
    ours.smoother_output = theirs.smoother_output = output
    assert not differences(ours.smooth(), theirs.smooth())


@quiet
def test_observations_without_variance_are_skipped() -> None:
    model = SARIMAX(SMOOTH, order=(1, 0, 0))
    model.update([0.5, 1e-13])
    ours = beside(model.ssm)
    assert not differences(ours.smooth(), model.ssm.smooth())
    assert ours.filter().univariate_filter.all()


@pytest.mark.parametrize("diffuse", [False, True])
@pytest.mark.parametrize("seed", range(6))
@quiet
def test_everything_varies_in_time(seed: int, diffuse: bool) -> None:
    theirs = random_system(seed, diffuse)
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("concentrate", [False, True])
@pytest.mark.parametrize("variance", [0.0, 1.0])
@quiet
def test_a_diffuse_period_that_says_nothing(variance: float, concentrate: bool) -> None:
    """The design is zero there: F_inf = 0, and F is the variance of the noise."""
    theirs = random_system(9, diffuse=True)
    theirs["design", :, :, 1] = 0.0
    theirs["obs_cov", :, :, 1] = variance
    theirs.filter_concentrated = concentrate
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


@quiet
def test_unobservedcomponents() -> None:
    theirs = components(exact=True)
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


# ---- where statsmodels' own rounding exceeds the tolerance ----


@pytest.mark.parametrize("data", ["full", "gaps", "long"])
@pytest.mark.parametrize("kind", ["twice", "components"])
@quiet
def test_no_less_exact_than_statsmodels(kind: str, data: str) -> None:
    if kind == "twice":
        model = SARIMAX(DATA[data], order=(1, 2, 1), seasonal_order=(1, 2, 1, 3))
        model.update(params_of(model))
        theirs = model.ssm
    else:
        theirs = components(exact=False)
    ours = beside(theirs)
    ours.tolerance = theirs.tolerance = 0
    mine, reference = ours.smooth(), theirs.smooth()
    assert ours.engine_used == "identical"
    for name, exact in exact_moments(theirs, reference).items():
        limit = max(TOLERANCE, 3 * error(getattr(reference, name), exact))
        assert error(getattr(mine, name), exact) <= limit, name


@quiet
def test_clone_and_extend_are_native() -> None:
    theirs = statsmodels_model("seasonal", "full", concentrate=False).ssm
    ours = beside(theirs)
    new = np.arange(3.0)
    a, b = ours.extend(new), theirs.extend(new)
    a.initialization = b.initialization = ours.initialization
    assert isinstance(a, StateSpace)
    assert not a.touched
    assert not differences(a.smooth(), b.smooth())
    assert a.engine_used == "identical"
    a["transition", 0, 0] = 7.0
    assert ours["transition", 0, 0] != 7.0


# ---- who changes the matrices ----


def _updated() -> tuple[StateSpace, SimulationSmoother]:
    theirs = statsmodels_model("arima", "full", concentrate=False).ssm
    ours = beside(theirs)
    with ours.updating():
        ours["state_cov", 0, 0] = 1.7
    theirs["state_cov", 0, 0] = 1.7
    return ours, theirs


CHANGES = {
    "item": lambda ssm: ssm.__setitem__(("transition", 0, 0), 0.9),
    "matrix": lambda ssm: ssm.__setitem__("obs_cov", np.eye(1)),
    "attribute": lambda ssm: setattr(ssm, "obs_cov", np.eye(1)),
    "start": lambda ssm: ssm.initialize_approximate_diffuse(9.0),
    "initialization": lambda ssm: ssm.initialize_known(np.zeros(3), np.eye(3)),
}


@pytest.mark.parametrize("change", CHANGES)
@quiet
def test_changes_by_hand_count(change: str) -> None:
    ours, theirs = _updated()
    ours.filter()
    assert not ours.touched
    assert ours.engine_used == "identical"
    called = []

    class Waiting:
        def complete(self) -> None:
            called.append(ours._transition.copy())

    waiting = Waiting()
    before = ours._transition.copy()
    ours.before_change(waiting.complete)
    CHANGES[change](ours)
    CHANGES[change](theirs)
    assert len(called) == 1
    np.testing.assert_array_equal(called[0], before)
    assert ours.touched
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


@quiet
def test_a_change_in_place_is_seen() -> None:
    ours, theirs = _updated()
    ours.filter()
    assert not ours.exposed
    for ssm in (ours, theirs):
        ssm["transition"][0, 0] = 0.7
    assert ours.exposed
    assert not ours.touched
    assert not differences(ours.smooth(), theirs.smooth())


def test_own_code_exposes_nothing() -> None:
    ours, _ = _updated()
    for call in (ours.filter, ours.smooth, ours.loglike, ours.loglikeobs):
        call()
    ours.clone(SMOOTH)
    ours.extend(SMOOTH[:2])
    ours.simulate(5, rng=1)
    ours.impulse_responses(3)
    _ = ours["transition", 0, 0]
    assert not ours.exposed
    assert not ours.touched


def test_a_deferred_update_runs_before_a_look() -> None:
    ours, _ = _updated()

    def update() -> None:
        ours["state_cov", 0, 0] = 2.5

    ours.defer(update)
    assert ours._state_cov[0, 0, 0] == 1.7
    assert ours["state_cov", 0, 0] == 2.5
    ours.defer(update)
    with ours.updating():
        ours["state_cov", 0, 0] = 3.0
    assert pickle.loads(pickle.dumps(ours))["state_cov", 0, 0] == 2.5
    assert not ours.touched


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"filter_method": kf.FILTER_CONVENTIONAL | kf.FILTER_CHANDRASEKHAR},
            "filter method",
        ),
        ({"inversion_method": kf.INVERT_LU}, "inversion method"),
        ({"stability_method": 0}, "stability method"),
    ],
)
@quiet
def test_what_the_c_does_not_cover(options: dict[str, Any], reason: str) -> None:
    theirs = statsmodels_model("arima", "full", concentrate=False).ssm
    ours = beside(theirs)
    assert not differences(ours.filter(**options), theirs.filter(**options))
    assert (ours.engine_used, ours.reason) == ("statsmodels", reason)
    assert not differences(ours.filter(), theirs.filter())
    assert (ours.engine_used, ours.reason) == ("identical", "")


CHANDRASEKHAR = kf.FILTER_CONVENTIONAL | kf.FILTER_CHANDRASEKHAR


@pytest.mark.parametrize("name", ["trend", "arma"])
@quiet
def test_chandrasekhars_numbers_are_the_filters(name: str) -> None:
    theirs = statsmodels_model(name, "full", concentrate=False).ssm
    ours = beside(theirs)
    ours.filter_chandrasekhar = theirs.filter_chandrasekhar = True
    for run in ("filter", "smooth"):
        assert not differences(getattr(ours, run)(), getattr(theirs, run)())
        assert ours.engine_used == "identical"


@quiet
def test_chandrasekhar_without_a_value() -> None:
    ours = beside(statsmodels_model("trend", "gaps", concentrate=False).ssm)
    with pytest.raises(RuntimeError, match="recursions with missing data"):
        ours.filter(filter_method=CHANDRASEKHAR)


def test_statsmodels_own_objects_are_there_when_asked_for() -> None:
    ours, theirs = _updated()
    ours.smooth()
    theirs.smooth()
    np.testing.assert_array_equal(
        ours._kalman_filter.forecast_error, theirs._kalman_filter.forecast_error
    )
    np.testing.assert_array_equal(
        ours._kalman_smoother.smoothed_state, theirs._kalman_smoother.smoothed_state
    )


@quiet
def test_a_few_outputs_alone() -> None:
    theirs = statsmodels_model("seasonal", "gaps", concentrate=False).ssm
    ours = beside(theirs)
    expected = theirs.smooth()
    ours.filter()
    system = ours.snapshot()
    for names in (
        ["smoothed_state"],
        ["smoothed_state_cov"],
        ["smoothed_state", "smoothed_state_autocov"],
        ["smoothed_state_disturbance", "smoothed_measurement_disturbance"],
    ):
        given = system.smoothed(names)
        for name in names:
            np.testing.assert_allclose(
                given[name], getattr(expected, name), rtol=TOLERANCE, atol=TOLERANCE
            )
