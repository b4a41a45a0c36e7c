# SPDX-License-Identifier: BSD-3-Clause
"""Log-likelihoods against statsmodels over the whole grid."""

import numpy as np
import pytest
from cases import (
    ENGINE,
    GRID,
    expected,
    failures_about,
    make_model,
    oracle_loglike,
    report,
)

from sarimax_c.testing import Tolerances, regime_of, tolerances_for


def test_engine_under_test_is_the_one_that_runs() -> None:
    assert make_model(GRID["plain-000"]).engine == ENGINE


def test_grid_is_as_large_and_as_mixed_as_promised() -> None:
    cases = GRID.values()
    assert len(cases) >= 400
    assert {4, 7, 12, 24, 52} <= {case.seasonal[3] for case in cases}
    assert max(case.order[1] for case in cases) == 2
    assert {case.y.size for case in cases} >= {1, 2, 3, 4, 5}
    # the exceptions stay exceptions
    assert sum(regime_of(case) is None for case in cases) >= 0.9 * len(cases)


@pytest.mark.parametrize("name", GRID)
def test_loglikelihood(name: str) -> None:
    failures = failures_about(name, ("llf",))
    assert not failures, f"{failures}\n{report(name)}"


@pytest.mark.parametrize("name", GRID)
def test_loglike_method(name: str) -> None:
    # what optimizers call: statsmodels computes it apart from its filter results
    case = GRID[name]
    if expected(name).error is not None:
        with pytest.raises(ValueError):
            make_model(case)
        return
    if np.isinf(tolerances_for(case).llf):
        make_model(case).loglike(case.params)
        return
    llf = oracle_loglike(case)
    limit = tolerances_for(case).llf * max(1.0, abs(np.nan_to_num(llf)))
    actual = make_model(case).loglike(case.params)
    assert actual == pytest.approx(llf, rel=0.0, abs=limit, nan_ok=True)


@pytest.mark.parametrize("name", ["options-080", "skipping-mixed-001"])
def test_statsmodels_two_numbers_are_both_copied(name: str) -> None:
    # concentrated scale with skipped observations, or nothing after the burn:
    # statsmodels' loglike leaves the skipped ones out, its filter results do not
    case = GRID[name]
    llf, loglike = expected(name).llf, oracle_loglike(case)
    assert not abs(llf - loglike) < 1.0
    assert make_model(case).filter(case.params).llf == pytest.approx(llf, rel=1e-9)
    assert make_model(case).loglike(case.params) == pytest.approx(
        loglike, rel=1e-9, nan_ok=True
    )


def test_absolute_limit_is_below_one_millionth() -> None:
    worst = max(
        abs(result.actual.llf - result.expected.llf)
        for result in map(report, GRID)
        if result.regime is None and abs(result.expected.llf) <= 1000
    )
    assert worst < 1e-6


def test_typical_difference_is_far_below_the_promise() -> None:
    differences = [
        result.differences["llf"]
        for result in map(report, GRID)
        if result.regime is None and result.differences
    ]
    assert np.median(differences) <= 1e-15
    assert np.quantile(differences, 0.9) <= 1e-12
    assert max(differences) <= Tolerances().llf
