# SPDX-License-Identifier: BSD-3-Clause
"""Both engines on the grid and the hard families: as near as `auto` relies on."""

from __future__ import annotations

import numpy as np
import pytest
from exact_cases import FAMILIES, family
from test_exact import GRID, above

import sarimax_c as sx
from sarimax_c.testing import ModelCase

#: SX_AUTO_DISTANCE; from a log-likelihood of 1000 on a thousandth of it of that.
DISTANCE = 5e-7

CASES = {name: [case] for name, case in GRID.items()}
CASES |= {name: family(name) for name in FAMILIES}


def model_of(case: ModelCase, engine: str) -> sx.Model:
    return sx.Model(
        *(case.y, case.exog),
        order=case.order,
        seasonal=case.seasonal,
        engine=engine,
        **case.options,
    )


def distances(cases: list[ModelCase]) -> dict[str, float]:
    """Shares of the promise, of the cases where `auto` takes the exact engine."""
    found = {}
    for case in cases:
        if model_of(case, "auto").engine_for(case.params).engine == "exact":
            values = [
                model_of(case, engine).loglike(case.params)
                for engine in ("exact", "identical")
            ]
            limit = DISTANCE * max(1.0, abs(values[0]) / 1000.0)
            found[case.name] = abs(values[0] - values[1]) / limit
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_engines_agree_where_auto_says_so(name: str) -> None:
    assert not above(distances(CASES[name]), 1.0)


def test_auto_says_so_of_much_of_the_grid() -> None:
    taken = sum(len(distances(CASES[name])) for name in GRID)
    print(f"{taken} of {len(GRID)} models of the grid ran exact")
    assert taken > 0.25 * len(GRID)


def test_elsewhere_they_do_not_agree() -> None:
    """statsmodels' rounding: kappa eps / sigma2 on logarithms of a series."""
    y = np.log(1e4 + np.random.default_rng(2).standard_normal(200).cumsum())
    model = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
    params = np.array([-0.4, -0.6, 1e-8])
    exact, identical = (
        sx.Model(y, engine=engine, **model).loglike(params)
        for engine in ("exact", "identical")
    )
    assert abs(exact - identical) > DISTANCE * max(1.0, abs(exact) / 1000.0)
    assert sx.Model(y, **model).engine_for(params).engine == "identical"
