# SPDX-License-Identifier: BSD-3-Clause
"""Transformation of optimizer parameters against statsmodels, and round trips."""

import numpy as np
import pytest
from cases import GRID, make_model, statsmodels_model

from sarimax_c.testing import ModelCase

SOME = [name for index, name in enumerate(GRID) if index % 4 == 0]
SOME = [name for name in SOME if GRID[name].y.size > 5]


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("name", SOME)
def test_transform(name: str, size: float) -> None:
    case = GRID[name]
    rng = np.random.Generator(np.random.PCG64(case.params.size))
    unconstrained = size * rng.normal(size=case.params.size)
    expected = statsmodels_model(case).transform_params(unconstrained)
    actual = make_model(case).transform_params(unconstrained)
    np.testing.assert_allclose(actual, expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", SOME)
def test_untransform(name: str) -> None:
    case = GRID[name]
    with np.errstate(all="ignore"):
        expected = statsmodels_model(case).untransform_params(case.params)
    actual = make_model(case).untransform_params(case.params)
    # NaN outside the stationary or invertible region, in the same places
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", SOME)
def test_round_trip(name: str) -> None:
    case = GRID[name]
    rng = np.random.Generator(np.random.PCG64(case.params.size + 1))
    unconstrained = rng.normal(size=case.params.size)
    model = make_model(case)
    constrained = model.transform_params(unconstrained)
    again = model.transform_params(model.untransform_params(constrained))
    np.testing.assert_allclose(again, constrained, rtol=1e-10, atol=1e-12)


def test_only_enforced_blocks_are_transformed() -> None:
    case = GRID["options-020"]  # ARMA(1, 1)
    values = np.array([3.0, -4.0, 2.0])
    enforced = make_model(case).transform_params(values)
    assert abs(enforced[0]) < 1 and abs(enforced[1]) < 1 and enforced[2] == 4.0
    free = make_model(
        case, enforce_stationarity=False, enforce_invertibility=False
    ).transform_params(values)
    np.testing.assert_array_equal(free, [3.0, -4.0, 4.0])


def test_gaps_in_a_lag_list_are_closed_up() -> None:
    # lags (1, 3) are transformed as an AR(2): the result need not be stationary
    y = np.random.Generator(np.random.PCG64(4)).normal(size=40)
    case = ModelCase("gap", y, ([1, 3], 0, 0), (0, 0, 0, 0), np.zeros(3))
    dense = ModelCase("dense", y, (2, 0, 0), (0, 0, 0, 0), np.zeros(3))
    values = np.array([5.0, -5.0, 1.0])
    np.testing.assert_array_equal(
        make_model(case).transform_params(values),
        make_model(dense).transform_params(values),
    )
