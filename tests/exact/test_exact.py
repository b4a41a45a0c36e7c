# SPDX-License-Identifier: BSD-3-Clause
"""The exact engine against the judge: log-likelihoods and what is refused."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from exact_cases import (
    FAMILIES,
    Draft,
    exact_model,
    family,
    random_case,
    refusal,
)
from quad import quad_loglike
from scipy.linalg import cholesky_banded, solve_banded

from sarimax_c import SpecError
from sarimax_c.testing import ModelCase, model_grid

#: What the engine promises for every value that it gives.
PROMISED = 1e-9
#: What a hard family has to reach; measured, with a factor of ten or more.
BOUNDS = dict.fromkeys(FAMILIES, 1e-11)
BOUNDS |= {"unit roots": PROMISED, "several roots": PROMISED}

#: How many of a hard family may be refused: double roots at .999 and beyond; of the
#: moving averages with several roots most, as half of them would be wrong.
REFUSED = {"unit roots": 8, "several roots": 122}

#: short-030 is no model: its constant regressor stands beside a constant trend.
GRID = {case.name: case for case in model_grid() if case.name != "short-030"}
CONDITIONING = ("unit root", "rounding", "not finite")
CHUNK = 50  # random models in one test


def error_of(case: ModelCase) -> float:
    """Distance to the judge relative to max(1, |value|)."""
    value = exact_model(case).loglike(case.params)
    true = quad_loglike(
        case.y, case.order, case.seasonal, case.params, case.exog, **case.options
    )
    return abs(value - true) / max(1.0, abs(true))


def reason_of(case: ModelCase) -> str:
    """The reason in the message of a refusal."""
    with pytest.raises(SpecError, match="engine='exact' cannot compute") as caught:
        exact_model(case).loglike(case.params)
    return str(caught.value).partition("log-likelihood: ")[2].partition(";")[0]


def errors_of(cases: list[ModelCase]) -> tuple[dict[str, float], Counter[str]]:
    """Errors of the covered cases by name; reasons of the others, counted."""
    errors, reasons = {}, Counter()
    for case in cases:
        predicted = refusal(case)
        if predicted:
            assert predicted in reason_of(case), case
            reasons[predicted] += 1
            continue
        try:
            errors[case.name] = error_of(case)
        except SpecError as refused:
            (cause,) = (word for word in CONDITIONING if word in str(refused))
            reasons[cause] += 1
    return errors, reasons


def above(errors: dict[str, float], bound: float) -> list[str]:
    """The cases whose error is above the bound, worst first."""
    wrong = [name for name, error in errors.items() if not error <= bound]
    return [
        f"{name}: {errors[name]:.1e}" for name in sorted(wrong, key=errors.get)[::-1]
    ]


@pytest.mark.parametrize("name", GRID)
def test_grid(name: str) -> None:
    case = GRID[name]
    predicted = refusal(case)
    if predicted:
        assert predicted in reason_of(case)
    else:
        assert error_of(case) <= 1e-11


def test_most_of_the_grid_is_covered() -> None:
    covered = sum(refusal(case) is None for case in GRID.values())
    assert covered > 0.85 * len(GRID)


@pytest.mark.parametrize("name", FAMILIES)
def test_hard_family(name: str) -> None:
    errors, reasons = errors_of(family(name))
    worst = f"worst {max(errors.values()):.1e}"
    assert not above(errors, BOUNDS[name]), worst
    assert reasons.total() <= REFUSED.get(name, 0), reasons


@pytest.mark.parametrize("first", range(0, 400, CHUNK))
def test_random_models(first: int) -> None:
    errors, reasons = errors_of([random_case(first + i) for i in range(CHUNK)])
    assert not above(errors, PROMISED)
    assert len(errors) > 0.8 * CHUNK, reasons
    assert np.median(list(errors.values())) < 1e-14


# ---- long seasons and their steady state -----------------------------------------


def banded_loglike(draft: Draft, y: np.ndarray) -> float:
    """Of a pure moving average: a banded Cholesky factor of its covariance."""
    theta = draft.polynomials()[1]
    bands = np.zeros((theta.size, y.size))
    for lag in range(theta.size):
        covariance = draft.sigma2 * (theta[: theta.size - lag] @ theta[lag:])
        bands[lag, : y.size - lag] = covariance
    factor = cholesky_banded(bands, lower=True)
    v = solve_banded((theta.size - 1, 0), factor, y)
    constant = y.size * np.log(2 * np.pi)
    return float(-0.5 * (constant + v @ v) - np.log(factor[0]).sum())


@pytest.mark.parametrize("s", [52, 168, 365])
@pytest.mark.parametrize("seasonal_ma", [0.02, -0.3, 0.8])
def test_steady_state_of_a_long_season(s: int, seasonal_ma: float) -> None:
    # within a season the gain stands still long before it has settled
    draft = Draft(9 * s, (0, 0, 1), (0, 0, 1, s), ma=[-0.4], sma=[seasonal_ma])
    case = draft.build("long season")
    true = banded_loglike(draft, case.y)
    assert exact_model(case).loglike(case.params) == pytest.approx(true, rel=1e-12)


def test_airline_of_a_long_season() -> None:
    draft = Draft(356, (0, 1, 1), (0, 1, 1, 168), ma=[-0.4], sma=[-0.6])
    assert error_of(draft.build("long airline")) <= 1e-12
