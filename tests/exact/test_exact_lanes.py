# SPDX-License-Identifier: BSD-3-Clause
"""No value depends on the instruction set, the lane or what the other lanes hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from exact_cases import DIFFUSE, Draft

from sarimax_c import SpecError, _core
from sarimax_c.spec import make_specification
from sarimax_c.testing import ModelCase

MOST = 13  # parameter vectors: more than full sets of lanes and some left over
MONTHLY = ((2, 1, 2), (1, 1, 1, 12))
MONTHLY_AT = {"ar": [0.4, 0.2], "ma": [-0.4, 0.1], "sar": [0.3], "sma": [-0.6]}

DRAFTS = {
    # the gain settles after 8 to 400 periods, or not at all
    "steady": Draft(500, (0, 0, 1), ma=[0.5]),
    "steady, two lags": Draft(301, (3, 0, 2), ar=[0.3, 0.2, 0.1], ma=[0.4, 0.2]),
    "airline": Draft(144, (0, 1, 1), (0, 1, 1, 12), ma=[-0.4], sma=[-0.6]),
    "monthly": Draft(200, *MONTHLY, **MONTHLY_AT),
    "monthly, diffuse": Draft(200, *MONTHLY, **MONTHLY_AT, options=DIFFUSE),
    "gaps": Draft(90, *MONTHLY, **MONTHLY_AT, gaps=[0, 3, 40, 41, 80, 89]),
    "late burn": Draft(
        *(90, (0, 1, 3)),
        ma=[0.3, 0.2, 0.1],
        gaps=[5, 60],
        options={"loglikelihood_burn": 41},
    ),
    "exog": Draft(77, (1, 1, 1), ar=[0.5], ma=[0.3], beta=[2.0, -3.0], gaps=[11]),
    "trend": Draft(
        *(61, (1, 0, 1), (0, 1, 1, 4)),
        ar=[0.5],
        ma=[0.3],
        sma=[-0.3],
        trend=[0.3, 0.01],
        options={"trend": "ct"},
    ),
    "concentrated": Draft(
        60, (1, 1, 1), ar=[0.5], ma=[0.3], options={"concentrate_scale": True}
    ),
    "differenced": Draft(
        70, (0, 1, 2), ma=[0.5, 0.2], options={"simple_differencing": True}
    ),
    "no moving average": Draft(50, (2, 1, 0), ar=[0.4, 0.2]),
    "white noise": Draft(7, (0, 0, 0)),
}


def core_model(case: ModelCase, level: str, engine: str = "exact") -> Any:
    """The compiled model of a case on one instruction set."""
    k_exog = 0 if case.exog is None else case.exog.shape[1]
    spec = make_specification(case.order, case.seasonal, k_exog, **case.options)
    core = _core.Spec(*spec.core_arguments(level))
    assert core.simd == level
    return _core.Model(core, case.y, case.exog, engine)


def rows_of(case: ModelCase) -> np.ndarray:
    """Parameter vectors around those of the case, no two alike in anything."""
    factors = np.linspace(0.2, 1.3, MOST)[:, None]
    return case.params * factors ** np.linspace(0.5, 1.0, case.params.size)


def bits(values: Any) -> list[int]:
    """The values' bit patterns: NaN equals itself, and 0 not -0."""
    return np.asarray(values, dtype=float).ravel().view(np.uint64).tolist()


@pytest.mark.parametrize("name", DRAFTS)
def test_one_value_on_every_instruction_set(name: str) -> None:
    case = DRAFTS[name].build(name)
    rows = rows_of(case)
    values = []
    for level in _core.SIMD_LEVELS:
        model = core_model(case, level)
        values.append(bits([model.loglike(row) for row in rows]))
        values.append(bits(model.loglikes(rows)))
    assert len(set(values[0])) > 1
    assert all(other == values[0] for other in values)


@pytest.mark.parametrize("level", _core.SIMD_LEVELS)
@pytest.mark.parametrize("name", DRAFTS)
def test_any_number_of_vectors_in_any_place(name: str, level: str) -> None:
    case = DRAFTS[name].build(name)
    model = core_model(case, level)
    rows = rows_of(case)
    alone = np.array([model.loglike(row) for row in rows])
    for count in range(1, MOST + 1):
        for first in range(MOST):
            chosen = np.roll(np.arange(MOST), -first)[:count]
            together = model.loglikes(np.ascontiguousarray(rows[chosen]))
            assert bits(together) == bits(alone[chosen]), (count, first)


@pytest.mark.parametrize("level", _core.SIMD_LEVELS)
@pytest.mark.parametrize("name", DRAFTS)
def test_vectors_that_differ_in_one_parameter(name: str, level: str) -> None:
    # most of them have one moving average, and so may share its covariances
    case = DRAFTS[name].build(name)
    model = core_model(case, level, "auto")
    k = case.params.size
    rows = np.tile(case.params, (40, 1))
    for i in range(1, 40):
        rows[i, (i - 1) % k] *= 1.0 + 0.003 * i
    alone = np.array([model.loglike(row) for row in rows])
    for count in (k + 1, 11, 23, 40):
        for chosen in (np.arange(count), np.arange(40)[::-1][:count]):
            together = model.loglikes(np.ascontiguousarray(rows[chosen]))
            assert bits(together) == bits(alone[chosen]), count


@pytest.mark.parametrize("nobs", [40, 144, 900])
def test_auto_takes_one_engine_in_every_lane(nobs: int) -> None:
    # the two engines' values differ, so bits tell which of them ran
    case = replace(DRAFTS["airline"], nobs=nobs).build("airline")
    rows = np.tile(case.params, (MOST, 1))
    rows[:, -1] = np.logspace(-3.0, 3.0, MOST)
    rows[::3, 0] = -0.5  # the others share a moving average
    exact = np.array([core_model(case, "baseline").loglike(row) for row in rows])
    auto = [core_model(case, level, "auto") for level in _core.SIMD_LEVELS]
    alone = np.array([auto[0].loglike(row) for row in rows])
    assert 0 < np.count_nonzero(alone == exact) < MOST
    for model in auto:
        assert bits([model.loglike(row) for row in rows]) == bits(alone)
        assert bits([model.loglike_score(row)[0] for row in rows]) == bits(alone)
        assert bits(model.loglikes(rows)) == bits(alone)


@pytest.mark.parametrize("name", DRAFTS)
def test_one_gradient_on_every_instruction_set(name: str) -> None:
    case = DRAFTS[name].build(name)
    row = rows_of(case)[6]
    results = []
    for level in _core.SIMD_LEVELS:
        value, score, _ = core_model(case, level).loglike_score(row)
        results.append(bits([value, *score]))
    assert all(other == results[0] for other in results)


def test_lanes_settle_at_different_times() -> None:
    # so that the test above has lanes in and out of the steady state side by side
    case = DRAFTS["steady"].build("steady")
    model = core_model(case, _core.SIMD_LEVELS[-1])
    rows = np.array([[theta, 1.0] for theta in (0.01, 0.999999, 0.5, -1.0, 2.0)])
    for shift in range(5):
        turned = np.roll(rows, shift, axis=0)
        alone = [model.loglike(row) for row in turned]
        assert bits(model.loglikes(turned)) == bits(alone)


BAD = {
    "not stationary": [1.2, 0.3, 1.0],
    "unit root": [1.0, 0.3, 1.0],
    "not a number": [np.nan, 0.3, 1.0],
    "infinite": [0.5, np.inf, 1.0],
    "no variance": [0.5, 0.3, 0.0],
    "negative variance": [0.5, 0.3, -1.0],
}


@pytest.mark.parametrize("level", _core.SIMD_LEVELS)
@pytest.mark.parametrize("name", BAD)
def test_a_bad_vector_leaves_the_others_alone(name: str, level: str) -> None:
    case = Draft(70, (1, 1, 1), ar=[0.5], ma=[0.3]).build(name)
    model = core_model(case, level, "auto")
    rows = rows_of(case)
    good = model.loglikes(rows)
    bad = model.loglike(np.array(BAD[name]))
    for place in range(MOST):
        mixed = rows.copy()
        mixed[place] = BAD[name]
        expected = good.copy()
        expected[place] = bad
        assert np.array_equal(model.loglikes(mixed), expected, equal_nan=True)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_vector_alone(name: str) -> None:
    case = Draft(70, (1, 1, 1), ar=[0.5], ma=[0.3]).build(name)
    for level in _core.SIMD_LEVELS:
        auto = core_model(case, level, "auto")
        rows = np.array([BAD[name]] * 5)
        alone = auto.loglike(rows[0])
        assert np.array_equal(auto.loglikes(rows), [alone] * 5, equal_nan=True)
        with pytest.raises(SpecError, match="engine='exact'"):
            core_model(case, level).loglikes(np.vstack([rows_of(case)[:2], rows[:1]]))


def test_no_vectors_at_all() -> None:
    case = DRAFTS["airline"].build("none")
    assert core_model(case, "baseline").loglikes(np.empty((0, 3))).shape == (0,)
