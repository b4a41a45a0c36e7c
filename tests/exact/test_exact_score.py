# SPDX-License-Identifier: BSD-3-Clause
"""The exact engine's gradient against the judge's derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from exact_cases import FAMILIES, Draft, exact_model, family, random_case, refusal
from quad import quad_score
from test_exact import CONDITIONING, GRID, above

from sarimax_c import SpecError
from sarimax_c.testing import ModelCase

#: What is promised, relative to the largest component.
PROMISED = 1e-7
#: What hard families reach; measured, with a factor of ten or more.
BOUNDS = dict.fromkeys(FAMILIES, 1e-9)
BOUNDS |= {"unit roots": PROMISED, "several roots": PROMISED}
CHUNK = 25  # random models in one test


def error_of(case: ModelCase) -> float:
    """Largest distance to the judge over the largest derivative."""
    model = exact_model(case)
    value, score, engine = model.loglike_score(case.params)
    assert engine == "exact"
    assert value == model.loglike(case.params)
    true = quad_score(
        case.y, case.order, case.seasonal, case.params, case.exog, **case.options
    )
    assert score.shape == true.shape
    return float(
        np.abs(score - true).max(initial=0.0) / np.abs(true).max(initial=1e-300)
    )


def errors_of(cases: list[ModelCase]) -> dict[str, float]:
    """Errors by name of those cases that the engine takes."""
    errors = {}
    for case in cases:
        try:
            errors[case.name] = error_of(case)
        except SpecError as refused:
            cause = refusal(case)
            assert any(word in str(refused) for word in (cause, *CONDITIONING) if word)
    return errors


@pytest.mark.parametrize("name", list(GRID)[::5])
def test_grid(name: str) -> None:
    assert not above(errors_of([GRID[name]]), PROMISED)


@pytest.mark.parametrize("name", FAMILIES)
def test_hard_family(name: str) -> None:
    errors = errors_of(family(name))
    assert not above(errors, BOUNDS[name]), f"worst {max(errors.values()):.1e}"


@pytest.mark.parametrize("first", range(0, 200, CHUNK))
def test_random_models(first: int) -> None:
    errors = errors_of([random_case(first + i) for i in range(CHUNK)])
    assert not above(errors, PROMISED)
    assert len(errors) > 0.6 * CHUNK
    assert np.median(list(errors.values())) < 1e-13


def test_a_refusal_is_that_of_the_log_likelihood() -> None:
    draft = Draft(40, (1, 0, 0), ar=[1.2], walk=True)
    with pytest.raises(SpecError, match="not stationary"):
        exact_model(draft.build("explosive")).loglike_score([1.2, 1.0])
