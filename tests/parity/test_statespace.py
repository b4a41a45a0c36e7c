# SPDX-License-Identifier: BSD-3-Clause
"""StateSpace beside statsmodels' state space model with the same matrices."""

from __future__ import annotations

import functools
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace import kalman_filter as kf
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.simulation_smoother import SimulationSmoother
from statsmodels.tsa.statespace.structural import UnobservedComponents

from sarimax_c.dropin.statespace import StateSpace

TOLERANCE = 1e-8

NOBS = 80
_RNG = np.random.default_rng(7)
SMOOTH = 10 + np.cumsum(_RNG.normal(size=NOBS))
EXOG = _RNG.normal(size=(NOBS, 2))


def _with_gaps(at: Any) -> np.ndarray:
    values = SMOOTH.copy()
    values[at] = np.nan
    return values


DATA = {
    "full": SMOOTH,
    "gaps": _with_gaps([25, 26, 40, 79]),
    "long": _with_gaps(slice(30, 60)),
    "none": _with_gaps(slice(None)),
}

# name: options, AR and MA parameters first; variances are appended as ones
SPECS: dict[str, dict[str, Any]] = {
    "arma": {"order": (2, 0, 1)},
    "white": {"order": (0, 0, 0)},
    "arima": {"order": (1, 1, 1)},
    "seasonal": {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 4)},
    "lags": {"order": ([1, 3], 0, [2]), "seasonal_order": ([1], 0, 0, 5)},
    "hamilton": {"order": (2, 0, 1), "hamilton_representation": True},
    "trend": {"order": (1, 0, 1), "trend": "ct"},
    "drift": {"order": (1, 1, 0), "trend": "t"},
    "error": {"order": (1, 1, 1), "measurement_error": True},
    "exog": {"order": (1, 0, 0), "exog": EXOG},
    "simple": {"order": (1, 1, 1), "simple_differencing": True},
    "year": {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)},
    "burn": {"order": (1, 1, 1), "loglikelihood_burn": 7},
    "free": {"order": (2, 0, 1), "enforce_stationarity": False},
    "diffuse": {
        "order": (1, 1, 1),
        "seasonal_order": (1, 1, 0, 4),
        "use_exact_diffuse": True,
    },
    "diffuse_error": {
        "order": (1, 1, 0),
        "trend": "c",
        "measurement_error": True,
        "use_exact_diffuse": True,
    },
    "diffuse_exog": {
        "order": (1, 0, 1),
        "exog": EXOG,
        "mle_regression": False,
        "use_exact_diffuse": True,
    },
    "diffuse_varying": {
        "order": (1, 0, 1),
        "exog": EXOG,
        "mle_regression": False,
        "time_varying_regression": True,
        "use_exact_diffuse": True,
    },
}

# Coefficients in the state start with variance 1e10: statsmodels' own rounding
# is of this size (docs/parity.md).
IN_STATE = {
    "in_state": {"order": (1, 0, 0), "exog": EXOG, "mle_regression": False},
    "in_state_varying": {
        "order": (1, 0, 1),
        "exog": EXOG,
        "mle_regression": False,
        "time_varying_regression": True,
    },
}


def _params(model: SARIMAX) -> np.ndarray:
    values = []
    for i, name in enumerate(model.param_names):
        variance = name.startswith(("sigma2", "var.", "snr."))
        values.append(1.3 + 0.2 * i if variance else (0.3, -0.2, 0.25)[i % 3])
    return np.array(values)


def statsmodels_model(spec: str, data: str, concentrate: bool) -> SARIMAX:
    options = dict({**SPECS, **IN_STATE}[spec])
    exog = options.pop("exog", None)
    model = SARIMAX(DATA[data], exog, concentrate_scale=concentrate, **options)
    model.update(_params(model))
    return model


def beside(ssm: SimulationSmoother) -> StateSpace:
    """A StateSpace with what `ssm` has."""
    matrices = {name: getattr(ssm, f"_{name}") for name in ssm.shapes if name != "obs"}
    ours = StateSpace(
        ssm.endog.T.copy(),
        ssm.k_states,
        k_posdef=ssm.k_posdef,
        nobs=ssm.nobs,
        **matrices,
    )
    for name in (
        "filter_method",
        "inversion_method",
        "stability_method",
        "conserve_memory",
        "filter_timing",
        "tolerance",
        "loglikelihood_burn",
        "results_class",
        "_time_invariant",
    ):
        setattr(ours, name, getattr(ssm, name))
    ours.initialization = ssm.initialization
    return ours


def differences(ours: Any, theirs: Any, tolerance: float = TOLERANCE) -> list[str]:
    """What the attributes of two results objects do not have in common."""
    found = []
    for name in sorted(vars(theirs).keys() | vars(ours).keys()):
        a, b = vars(ours).get(name), vars(theirs).get(name)
        if isinstance(b, np.ndarray):
            same = (
                isinstance(a, np.ndarray)
                and a.shape == b.shape
                and a.dtype == b.dtype
                and a.flags.f_contiguous == b.flags.f_contiguous
            )
            if not same:
                found.append(f"{name}: {np.shape(a)} instead of {b.shape}")
            elif b.dtype != object:
                scale = np.maximum(1, np.abs(b))
                if not np.allclose(
                    a / scale, b / scale, rtol=0, atol=tolerance, equal_nan=True
                ):
                    worst = np.nanmax(np.abs(a - b) / scale)
                    found.append(f"{name}: off by {worst:.1e}")
        elif isinstance(b, (bool, int, float, np.number)):
            if not np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True):
                found.append(f"{name}: {a} instead of {b}")
        elif (a is None) != (b is None):
            found.append(f"{name}: {a} instead of {b}")
    return found


def _quiet(function: Any) -> Any:
    @functools.wraps(function)
    def test(*args: Any, **kwargs: Any) -> None:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(*args, **kwargs)

    return test


@pytest.mark.parametrize("concentrate", [False, True], ids=["", "scale"])
@pytest.mark.parametrize("data", ["full", "gaps", "long"])
@pytest.mark.parametrize("spec", SPECS)
@_quiet
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
@_quiet
def test_coefficients_in_the_state(spec: str, data: str) -> None:
    theirs = statsmodels_model(spec, data, concentrate=False).ssm
    ours = beside(theirs)
    assert not differences(ours.filter(), theirs.filter(), 1e-5)
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("memory", [1 << bit for bit in range(10)] + [0xFFF])
@pytest.mark.parametrize("spec", ["arima", "arma", "diffuse", "diffuse_error"])
@_quiet
def test_memory_options(spec: str, memory: int) -> None:
    theirs = statsmodels_model(spec, "gaps", concentrate=False).ssm
    ours = beside(theirs)
    assert not differences(
        ours.filter(conserve_memory=memory), theirs.filter(conserve_memory=memory)
    )
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("nobs", [1, 2, 3, 5])
@pytest.mark.parametrize("spec", ["arma", "arima", "diffuse", "trend"])
@_quiet
def test_few_observations(spec: str, nobs: int) -> None:
    model = SARIMAX(SMOOTH[:nobs], **SPECS[spec])
    model.update(_params(model))
    assert not differences(beside(model.ssm).smooth(), model.ssm.smooth())


@pytest.mark.parametrize("spec", ["arma", "arima", "diffuse"])
@_quiet
def test_without_any_observation(spec: str) -> None:
    theirs = statsmodels_model(spec, "none", concentrate=False).ssm
    assert not differences(beside(theirs).smooth(), theirs.smooth())


@pytest.mark.parametrize("output", [1, 2, 3, 4, 8, 12, 16, 18, 31])
@pytest.mark.parametrize("spec", ["seasonal", "diffuse_error"])
@_quiet
def test_outputs_of_the_smoother(spec: str, output: int) -> None:
    theirs = statsmodels_model(spec, "gaps", concentrate=False).ssm
    ours = beside(theirs)
    ours.smoother_output = theirs.smoother_output = output
    assert not differences(ours.smooth(), theirs.smooth())


@_quiet
def test_observations_without_variance_are_skipped() -> None:
    model = SARIMAX(SMOOTH, order=(1, 0, 0))
    model.update([0.5, 1e-13])
    ours = beside(model.ssm)
    assert not differences(ours.smooth(), model.ssm.smooth())
    assert ours.filter().univariate_filter.all()


def _random_system(seed: int, diffuse: bool) -> SimulationSmoother:
    """Everything varies in time; T has rows that only move a state on."""
    rng = np.random.default_rng(seed)
    n, m, r = 40, 5, 2
    transition = 0.3 * rng.normal(size=(m, m, n))
    transition[2:] = np.eye(m, k=-1)[2:, :, None]
    selection = np.zeros((m, r, n))
    selection[:2] = rng.normal(size=(2, r, n))
    root = rng.normal(size=(r, r, n))
    endog = rng.normal(size=(n, 1))
    endog[[3, 11, 12]] = np.nan
    ssm = SimulationSmoother(
        endog,
        m,
        k_posdef=r,
        design=rng.normal(size=(1, m, n)) * (rng.uniform(size=(1, m, n)) < 0.6),
        obs_intercept=rng.normal(size=(1, n)),
        obs_cov=rng.uniform(0.5, 1.5, size=(1, 1, n)),
        transition=transition,
        state_intercept=rng.normal(size=(m, n)),
        selection=selection,
        state_cov=np.einsum("ikt,jkt->ijt", root, root),
    )
    if diffuse:
        ssm.initialize_diffuse()
    else:
        ssm.initialize_known(rng.normal(size=m), np.diag(rng.uniform(1, 2, size=m)))
    return ssm


@pytest.mark.parametrize("diffuse", [False, True])
@pytest.mark.parametrize("seed", range(6))
@_quiet
def test_everything_varies_in_time(seed: int, diffuse: bool) -> None:
    theirs = _random_system(seed, diffuse)
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("concentrate", [False, True])
@pytest.mark.parametrize("variance", [0.0, 1.0])
@_quiet
def test_a_diffuse_period_that_says_nothing(variance: float, concentrate: bool) -> None:
    """The design is zero there: F_inf = 0, and F is the variance of the noise."""
    theirs = _random_system(9, diffuse=True)
    theirs["design", :, :, 1] = 0.0
    theirs["obs_cov", :, :, 1] = variance
    theirs.filter_concentrated = concentrate
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


def _components(exact: bool) -> SimulationSmoother:
    model = UnobservedComponents(
        DATA["gaps"],
        "local linear trend",
        seasonal=4,
        cycle=True,
        use_exact_diffuse=exact,
    )
    model.update(model.start_params)
    return model.ssm


@_quiet
def test_unobserved_components() -> None:
    theirs = _components(exact=True)
    ours = beside(theirs)
    assert not differences(ours.smooth(), theirs.smooth())
    assert ours.engine_used == "identical"


# ---- where statsmodels' own rounding exceeds the tolerance ----


def _exact_moments(ssm: SimulationSmoother, start: Any) -> dict[str, np.ndarray]:
    """The textbook's recursions for fixed matrices, with 64 bits of precision."""

    def extended(array: Any) -> np.ndarray:
        return np.asarray(array, dtype=np.longdouble)

    Z, d, H, T, c, R, Q = (
        extended(getattr(ssm, f"_{name}")[..., 0])
        for name in (
            "design",
            "obs_intercept",
            "obs_cov",
            "transition",
            "state_intercept",
            "selection",
            "state_cov",
        )
    )
    y = ssm.endog[0]
    a, P = extended(start.initial_state), extended(start.initial_state_cov)
    states = []
    for value in y:
        v, F = value - (Z @ a + d)[0], (Z @ P @ Z.T + H)[0, 0]
        M = P @ Z[0]
        seen = not np.isnan(value)
        states.append((a, P, M / F * seen, v / F if seen else 0, seen / F))
        if seen:
            a, P = a + M / F * v, P - np.outer(M, M) / F
        a, P = T @ a + c, T @ P @ T.T + R @ Q @ R.T
    m = len(a)
    r, N = np.zeros(m, dtype=np.longdouble), np.zeros((m, m), dtype=np.longdouble)
    found: dict[str, list[np.ndarray]] = {
        "smoothed_state": [],
        "smoothed_state_cov": [],
    }
    for a, P, K, u, inverse in reversed(states):
        L = T @ (np.eye(m) - np.outer(K, Z[0]))
        r = L.T @ r + Z[0] * u
        N = L.T @ N @ L + np.outer(Z[0], Z[0]) * inverse
        found["smoothed_state"].insert(0, a + P @ r)
        found["smoothed_state_cov"].insert(0, P @ (np.eye(m) - N @ P))
    found["predicted_state"] = [state[0] for state in states]
    found["predicted_state_cov"] = [state[1] for state in states]
    return {name: np.stack(values, axis=-1) for name, values in found.items()}


def _error(given: np.ndarray, exact: np.ndarray) -> float:
    given = given[..., : exact.shape[-1]]
    return float(np.max(np.abs(given - exact) / np.maximum(1, np.abs(exact))))


@pytest.mark.parametrize("data", ["full", "gaps", "long"])
@pytest.mark.parametrize("kind", ["twice", "components"])
@_quiet
def test_no_less_exact_than_statsmodels(kind: str, data: str) -> None:
    if kind == "twice":
        model = SARIMAX(DATA[data], order=(1, 2, 1), seasonal_order=(1, 2, 1, 3))
        model.update(_params(model))
        theirs = model.ssm
    else:
        theirs = _components(exact=False)
    ours = beside(theirs)
    ours.tolerance = theirs.tolerance = 0
    mine, reference = ours.smooth(), theirs.smooth()
    assert ours.engine_used == "identical"
    for name, exact in _exact_moments(theirs, reference).items():
        limit = max(TOLERANCE, 3 * _error(getattr(reference, name), exact))
        assert _error(getattr(mine, name), exact) <= limit, name


@_quiet
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
@_quiet
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


@_quiet
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
        ({"filter_method": kf.FILTER_UNIVARIATE}, "filter method"),
        ({"inversion_method": kf.INVERT_LU}, "inversion method"),
        ({"stability_method": 0}, "stability method"),
    ],
)
@_quiet
def test_what_the_c_does_not_cover(options: dict[str, Any], reason: str) -> None:
    theirs = statsmodels_model("arima", "full", concentrate=False).ssm
    ours = beside(theirs)
    assert not differences(ours.filter(**options), theirs.filter(**options))
    assert (ours.engine_used, ours.reason) == ("statsmodels", reason)
    assert not differences(ours.filter(), theirs.filter())
    assert (ours.engine_used, ours.reason) == ("identical", "")


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


@_quiet
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
