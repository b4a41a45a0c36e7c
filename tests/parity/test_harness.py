# SPDX-License-Identifier: BSD-3-Clause
"""The harness itself: right implementations pass it, wrong ones do not.

`reference.py` is a filter with switches that break one rule each. Every mutation
must be noticed, in a family of the grid where its rule matters.
"""

import numpy as np
import pytest
from cases import FAMILY, GRID, expected
from reference import EXACT, Mutation, reference_answers

from sarimax_c import testing
from sarimax_c.testing import (
    REGIMES,
    assert_parity,
    compare,
    model_grid,
    regime_of,
    tolerances_for,
)

#: Mutation, family that must notice it, least number of its cases that do.
MUTATIONS = {
    "kappa 1e7": (Mutation(kappa_factor=10), "seasonal", 30),
    "burn one late": (Mutation(burn_shift=1), "plain", 50),
    "burn one early": (Mutation(burn_shift=-1), "seasonal", 30),
    "no freeze": (Mutation(freeze="off"), "small-variance", 8),
    "freeze one period late": (Mutation(freeze="late"), "small-variance", 8),
    "freeze possible at t = 0": (Mutation(freeze="early"), "scale", 1),
    "frozen at the output": (Mutation(freeze="own-output"), "small-variance", 8),
    "freeze despite missing": (Mutation(freeze="despite-missing"), "missing", 10),
    "freeze with intercept": (Mutation(freeze_with_trend=True), "small-variance", 4),
    "sign of theta": (Mutation(ma_sign=-1.0), "plain", 40),
    "missing is zero": (Mutation(missing_as_zero=True), "missing", 40),
    "no skipping": (Mutation(skip_rule=False), "skipping", 10),
    "other order of operations": (Mutation(gain_first=False), "plain", 4),
    "initial mean zero": (Mutation(initial_mean=False), "trend", 20),
    "trend index from one": (Mutation(trend_shift=1), "trend", 20),
    "all seasonal blocks linked": (Mutation(double_link=True), "third-seasonal", 1),
}


def test_an_independent_filter_agrees_everywhere() -> None:
    wrong = {
        name: compare(case, reference_answers, expected=expected(name)).failures
        for name, case in GRID.items()
        if expected(name).error is None
    }
    assert not {name: lines for name, lines in wrong.items() if lines}


@pytest.mark.parametrize("rule", MUTATIONS)
def test_mutation_is_noticed(rule: str) -> None:
    how, family, least = MUTATIONS[rule]
    assert how != EXACT
    noticed = [
        case.name
        for case in FAMILY[family]
        if not compare(
            case, lambda c: reference_answers(c, how), expected=expected(case.name)
        ).ok
    ]
    assert len(noticed) >= least, noticed


def test_grid_is_reproducible() -> None:
    again = model_grid(["plain", "exog"])
    for case in again:
        np.testing.assert_array_equal(case.y, GRID[case.name].y)
        np.testing.assert_array_equal(case.params, GRID[case.name].params)
    # first numbers of the first case: would change with the generator
    assert len({case.name for case in model_grid()}) == len(GRID)
    with pytest.raises(ValueError, match="unknown families"):
        model_grid(["plains"])


def test_statsmodels_answers_every_case_but_one() -> None:
    # where both sides raise there is nothing to compare: that must stay rare
    raised = [name for name in GRID if expected(name).error is not None]
    assert raised == ["short-030"]  # one row of regressors is a "constant" column


def test_every_exception_has_cases_and_is_narrow() -> None:
    used = [regime_of(case) for case in GRID.values()]
    for regime in REGIMES:
        count = sum(found is regime for found in used)
        assert 1 <= count <= 0.05 * len(GRID), regime.name


def test_exceptions_follow_the_parameters() -> None:
    airline = GRID["long-000"]
    assert regime_of(airline) is None
    assert tolerances_for(airline).values == 1e-8
    assert tolerances_for(airline).llf == 1e-9
    assert regime_of(GRID["exception-000"]).name == "seasonal-unit-root"
    assert regime_of(GRID["exception-006"]).name == "tiny-variance"
    assert regime_of(GRID["exception-008"]).name == "unit-root-start"


def test_assert_parity_on_a_user_series() -> None:
    y = np.log(np.cumsum(np.linspace(1.0, 2.0, 60)))
    y[7] = np.nan
    result = assert_parity(y, order=(0, 1, 1), params=[0.3, 1e-2], engine="statsmodels")
    assert result.ok
    exog = np.sin(np.arange(60.0))
    assert assert_parity(y, exog, order=(1, 0, 0), engine="statsmodels", steps=3).ok


def test_assert_parity_reports_every_answer() -> None:
    y = np.sin(np.arange(50.0))

    impossible = testing.Tolerances(llf=-1.0, values=-1.0)
    with pytest.raises(AssertionError, match="standardized_forecasts_error") as error:
        assert_parity(y, params=[0.5, 1.0], engine="statsmodels", tolerances=impossible)
    assert "assert_parity: (1, 0, 0) n=50" in str(error.value)


def test_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    status = testing.main(["--engine", "statsmodels", "--family", "short"])
    printed = capsys.readouterr().out
    assert status == 0
    assert "0 of 32 cases outside their tolerance" in printed
    assert "start_params" in printed
