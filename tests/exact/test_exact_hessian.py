# SPDX-License-Identifier: BSD-3-Clause
"""
Second derivatives beside differences of quad precision's scores.

The models are those of `test_side_by_side.py`, whose tolerances for second derivatives
rest on this: what is between the two sides there is statsmodels' own error.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from dropin.side_cases import CASES
from dropin.test_side_by_side import DIFFERENCED, INVERTED, Pair
from quad import Options, quad_score

KNOWN = {
    "order",
    "seasonal_order",
    *(item.name for item in dataclasses.fields(Options)),
}
COVERED = [
    case
    for case in CASES
    if case.cls == "SARIMAX" and not case.after and case.options.keys() <= KNOWN
]


def _quad_hessian(pair: Any) -> np.ndarray:
    """statsmodels' average of second derivatives, by extrapolated differences."""
    options = {
        name: value
        for name, value in pair.case.options.items()
        if name not in ("order", "seasonal_order")
    }
    series, exog = pair.case.data()
    data = np.asarray(series, dtype=float).ravel()
    model = pair.theirs
    orders = (model.order[0], pair.case.options["order"][1], model.order[2])
    k_params = len(pair.params)

    def slope(j: int, step: float) -> np.ndarray:
        sides = []
        for sign in (1.0, -1.0):
            low = np.zeros(k_params)
            low[j] = sign * step
            arguments = data, orders, model.seasonal_order, pair.params, exog
            sides.append(quad_score(*arguments, low=low, **options))
        return (sides[0] - sides[1]) / (2.0 * step)

    hessian = np.empty((k_params, k_params))
    for j in range(k_params):
        step = 1e-3 * min(max(abs(pair.params[j]), 1e-2), 1.0)
        whole, half, quarter = (slope(j, step / part) for part in (1, 2, 4))
        first, second = (4 * half - whole) / 3, (4 * quarter - half) / 3
        hessian[j] = (16 * second - first) / 15
    size = max(1.0, np.abs(hessian).max())
    assert np.abs(hessian - hessian.T).max() <= 1e-10 * size
    return (hessian + hessian.T) / 2 / (model.nobs - model.loglikelihood_burn)


def _errors(case: Any, of: Any = np.asarray) -> tuple[float, float]:
    """Largest errors of a function of both sides, in the units of `Sameness`."""
    pair = Pair(case)
    expected = of(_quad_hessian(pair))
    size = max(1.0, np.abs(expected).max())
    ours, theirs = (
        float(np.abs(of(model.hessian(pair.params)) - expected).max() / size)
        for model in (pair.ours, pair.theirs)
    )
    return ours, theirs


@pytest.mark.parametrize("case", COVERED, ids=lambda case: case.name)
def test_hessian(case: Any) -> None:
    ours, theirs = _errors(case)
    assert ours < 1e-7
    assert theirs < DIFFERENCED * 1e-8


def test_the_wide_tolerance_is_statsmodels_own_error() -> None:
    by_name = {case.name: case for case in COVERED}
    for name in ("lags", "concentrated-dates", "seasonal-arma"):
        ours, theirs = _errors(by_name[name])
        assert theirs > 1e-6
        assert ours < 0.01 * theirs


def test_the_inverse_has_more_of_it() -> None:
    by_name = {case.name: case for case in COVERED}
    for name in ("concentrated-dates", "exog-airline"):
        ours, theirs = _errors(by_name[name], np.linalg.inv)
        assert DIFFERENCED * 1e-8 < theirs < INVERTED * 1e-8
        assert ours < 0.01 * theirs


def test_most_models_are_judged() -> None:
    assert len(COVERED) >= 40
