# SPDX-License-Identifier: BSD-3-Clause
"""Simulated paths and impulse responses: statsmodels' draws and numbers."""

import inspect

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.statespace.sarimax import SARIMAX as Theirs

import sarimax_c as sx
from sarimax_c import SARIMAX as Ours
from sarimax_c.dropin.simulation import Simulator

RNG = np.random.default_rng(3)
WALK = RNG.standard_normal(90).cumsum()
GAPS = np.where(np.arange(90) % 17 == 3, np.nan, WALK)
X, FUTURE = RNG.standard_normal((90, 2)), RNG.standard_normal((40, 2))
FREE = {"enforce_stationarity": False, "enforce_invertibility": False}
STATES = {"exog": X, "mle_regression": False, "time_varying_regression": True}
MODELS = {
    "arma": {"order": (1, 0, 1)},
    "seasonal": {"order": (1, 1, 1), "seasonal_order": (0, 1, 1, 4)},
    "free": {"order": (2, 1, 1), **FREE},
    "trend": {"order": (2, 0, 1), "trend": "ct"},
    "error": {"order": (1, 0, 0), "measurement_error": True},
    "exog": {"order": (1, 1, 0), "exog": X},
    "states": {"order": (1, 0, 1), **STATES},
    "diffuse": {"order": (1, 1, 1), "use_exact_diffuse": True},
    "hamilton": {"order": (2, 0, 2), "hamilton_representation": True, "trend": "c"},
    "scale": {"order": (1, 0, 1), "concentrate_scale": True},
    "differenced": {"order": (1, 1, 1), "simple_differencing": True},
}
# statsmodels 0.14 has another name for its random numbers.
NAMES = inspect.signature(Theirs.simulate).parameters
RANDOM = "rng" if "rng" in NAMES else "random_state"


def pair(name, y=WALK):
    """Both models and parameters."""
    ours, theirs = (cls(y, **MODELS[name]) for cls in (Ours, Theirs))
    params = np.full(len(ours.param_names), 0.3)
    params[len(params) - 1] = 1.5
    return ours, theirs, params


def same(ours, theirs, params, *args, **kwargs):
    """Simulate on both from one seed."""
    found, wanted = (
        model.simulate(params, *args, **{RANDOM: 7}, **kwargs)
        for model in (ours, theirs)
    )
    assert type(found) is type(wanted)
    scale = max(float(np.abs(np.asarray(wanted)).max()), 1.0)
    assert_allclose(found, wanted, rtol=0, atol=1e-10 * scale)
    return found


@pytest.mark.parametrize("y", [WALK, GAPS], ids=["whole", "gaps"])
@pytest.mark.parametrize("name", MODELS)
def test_paths(name, y):
    ours, theirs, params = pair(name, y)
    future = {"exog": FUTURE[:15]} if "exog" in MODELS[name] else {}
    m, r = ours.k_states, ours.ssm.k_posdef
    sx.reset_stats()
    same(ours, theirs, params, 40)
    same(ours, theirs, params, ours.nobs)
    same(ours, theirs, params, 30, repetitions=3)
    same(ours, theirs, params, ours.nobs + 15, **future)
    same(ours, theirs, params, 15, anchor="end", initial_state=np.ones(m), **future)
    shocks = RNG.standard_normal((25, r))
    same(ours, theirs, params, 25, np.ones((25, 1)), shocks)
    for whose in ("measurement", "state"):
        given = {
            f"{whose}_shocks": RNG.standard_normal((25, 1 if whose[0] == "m" else r))
        }
        flag = {f"pretransformed_{whose}_shocks": False}
        same(ours, theirs, params, 25, **given, **flag)
    counted = sx.stats()
    assert counted["native"]["simulate"] == 10
    assert "simulate" not in counted["statsmodels"]
    assert counted["seconds"]["simulate"] > 0.0


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("options", [{}, {"orthogonalized": True, "cumulative": True}])
def test_impulse_responses(name, options):
    ours, theirs, params = pair(name)
    found, wanted = (m.impulse_responses(params, 24, **options) for m in (ours, theirs))
    assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)


def test_results_and_pandas():
    index = pd.period_range("2001-01", periods=90, freq="M")
    y = pd.Series(WALK, index=index, name="walk")
    params = [0.4, 0.2, 1.3]
    found, wanted = (
        cls(y, order=(1, 1, 1))
        .smooth(params)
        .simulate(12, anchor="2008-07", initial_state=np.ones(3), **{RANDOM: 5})
        for cls in (Ours, Theirs)
    )
    pd.testing.assert_series_equal(found, wanted)


def test_a_simulator_is_used_again():
    ours, theirs, params = pair("arma")
    made = []
    for model in (ours, theirs):
        model.update(params)
        path, _, simulator = model.ssm.simulate(
            20, return_simulator=True, **{RANDOM: 2}
        )
        again = model.ssm.simulate(20, simulator=simulator)[0]
        model.update(2.0 * params)  # the next path is of these
        after = model.ssm.simulate(20, simulator=simulator)[0]
        model.ssm["obs_intercept"] = np.array([5.0])
        made.append(
            [path, again, after, model.ssm.simulate(20, simulator=simulator)[0]]
        )
        made[-1] += [simulator.generated_obs, simulator.generated_state]
    for found, wanted in zip(*made, strict=True):
        assert_allclose(found, wanted, rtol=1e-10, atol=1e-10)
    assert not np.array_equal(*made[0][:2])


def test_what_statsmodels_simulates():
    ours, theirs, params = pair("arma")
    ours.update(params)
    theirs.update(params)
    sx.reset_stats()
    _, _, simulator = theirs.ssm.simulate(20, return_simulator=True, **{RANDOM: 2})
    with pytest.raises(ValueError, match="requires 20 rows"):
        ours.ssm.simulate(20, measurement_shocks=np.ones((3, 1)))
    ours.ssm.simulate(20, simulator=simulator)
    assert sx.stats()["statsmodels"]["simulate"] == {
        "arguments": 1,
        "a simulator of statsmodels": 1,
    }
    assert isinstance(ours.ssm.simulate(5, return_simulator=True)[2], Simulator)
