# SPDX-License-Identifier: BSD-3-Clause
"""The grid, and each side's answers to it, computed once per test run."""

from __future__ import annotations

import functools
import os
import warnings
from typing import Any

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

from sarimax_c import Model
from sarimax_c.testing import (
    Answers,
    ModelCase,
    ParityReport,
    compare,
    model_grid,
    oracle_answers,
)

#: Engine under test; PARITY_ENGINE=statsmodels checks the harness itself.
ENGINE = os.environ.get("PARITY_ENGINE", "identical")

GRID = {case.name: case for case in model_grid()}

#: Cases whose answers are promised to the default tolerances.
FAMILY = {
    family: [case for case in GRID.values() if case.tags[0] == family]
    for family in dict.fromkeys(case.tags[0] for case in GRID.values())
}


@functools.cache
def expected(name: str) -> Answers:
    """statsmodels' answers to a case of the grid."""
    return oracle_answers(GRID[name])


@functools.cache
def report(name: str) -> ParityReport:
    """Comparison of the engine under test on a case of the grid."""
    return compare(GRID[name], ENGINE, expected=expected(name))


def statsmodels_model(case: ModelCase) -> SARIMAX:
    """statsmodels' model of a case, made here and not by the package."""
    options = dict(case.options)
    tolerance = options.pop("tolerance", None)
    model = SARIMAX(
        case.y, case.exog, order=case.order, seasonal_order=case.seasonal, **options
    )
    if tolerance is not None:
        model.tolerance = tolerance
    return model


def oracle_loglike(case: ModelCase) -> float:
    """What statsmodels' `loglike` method returns."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(statsmodels_model(case).loglike(case.params))


def make_model(case: ModelCase, engine: str = ENGINE, **more: Any) -> Model:
    """The package's model of a case; `more` wins over its options."""
    model = Model(
        case.y,
        case.exog,
        case.order,
        case.seasonal,
        engine=engine,
        **{**case.options, **more},
    )
    assert model.engine == engine  # no other engine may stand in
    return model


def failures_about(name: str, answers: tuple[str, ...]) -> list[str]:
    """Failures of a case that concern the given answers, or all of it."""
    return [
        line
        for line in report(name).failures
        if line.split(":")[0] in answers or "raised" in line
    ]
