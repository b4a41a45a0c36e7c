# SPDX-License-Identifier: BSD-3-Clause
"""Start parameters against statsmodels: every specification of the grid."""

import dataclasses

import numpy as np
import pytest
from cases import ENGINE, GRID, make_model
from statsmodels.tsa.statespace.sarimax import SARIMAX

from sarimax_c.testing import (
    Tolerances,
    compare_start_params,
    engine_start_params,
    oracle_start_params,
    start_params_tolerance,
)

LIMIT = Tolerances().start_params


@pytest.mark.parametrize("name", GRID)
def test_start_params(name: str) -> None:
    case = GRID[name]
    difference = compare_start_params(case, ENGINE)
    detail = f"{case}\nstatsmodels {oracle_start_params(case)}"
    detail += f"\nengine {engine_start_params(case, ENGINE)}"
    assert difference <= LIMIT or np.isinf(start_params_tolerance(case)), detail


def test_statsmodels_has_nine_digits_nearly_everywhere() -> None:
    unpromised = [
        name for name, case in GRID.items() if np.isinf(start_params_tolerance(case))
    ]
    assert 1 <= len(unpromised) <= 0.02 * len(GRID), unpromised
    assert len(GRID) - len(unpromised) >= 200


def test_zeros_replace_a_nonstationary_start() -> None:
    # a random walk without differencing: the regression gives an explosive AR(1)
    y = 1.05 ** np.arange(60.0)
    with pytest.warns(UserWarning):
        expected = SARIMAX(y, order=(1, 0, 0)).start_params
    free = SARIMAX(y, order=(1, 0, 0), enforce_stationarity=False).start_params
    assert expected[0] == 0.0 < free[0]
    case = dataclasses.replace(
        GRID["plain-000"], y=y, order=(1, 0, 0), seasonal=(0, 0, 0, 0), options={}
    )
    with pytest.warns(UserWarning, match="[Nn]on-stationary"):
        start = make_model(case).start_params
    np.testing.assert_allclose(start, expected, rtol=LIMIT)
    loose = make_model(case, enforce_stationarity=False).start_params
    np.testing.assert_allclose(loose, free, rtol=LIMIT)


def test_limit_would_notice_a_small_error() -> None:
    def off(case):
        return oracle_start_params(case) * (1 + 3e-9)

    assert compare_start_params(GRID["exog-003"], off) > LIMIT
