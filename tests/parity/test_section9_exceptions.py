# SPDX-License-Identifier: BSD-3-Clause
"""The exceptions to the default tolerances (docs/parity.md), each as stated there."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from cases import ENGINE, GRID, expected, make_model, report

from sarimax_c.datasets import load_airpassengers
from sarimax_c.testing import (
    ModelCase,
    Tolerances,
    compare,
    oracle_answers,
    regime_of,
    tolerances_for,
)

EPS = float(np.finfo(float).eps)


def cases_under(regime: str) -> list[str]:
    found = {name: regime_of(case) for name, case in GRID.items()}
    return [name for name, r in found.items() if r is not None and r.name == regime]


def seasonal_root(gap: float, s: int, nobs: int = 80, **options) -> ModelCase:
    y = np.random.Generator(np.random.PCG64(s)).normal(size=nobs)
    params = np.array([0.3, 1.0 - gap, 1.0])
    return ModelCase("root", y, (0, 0, 1), (1, 0, 0, s), params, options=options)


def moved_by_one_ulp(case: ModelCase) -> float:
    """Largest difference between statsmodels and itself, parameters 1 ulp off."""
    up = dataclasses.replace(case, params=np.nextafter(case.params, np.inf))
    result = compare(up, lambda _: oracle_answers(up), expected=oracle_answers(case))
    return max(result.differences.values())


# ---- seasonal AR near the unit circle, even period --------------------------------


@pytest.mark.parametrize("name", cases_under("seasonal-unit-root"))
def test_seasonal_unit_root_cases_of_the_grid(name: str) -> None:
    assert report(name).ok, str(report(name))


@pytest.mark.parametrize("s", [4, 12])
@pytest.mark.parametrize("gap", [9e-4, 1e-4, 1e-5])
def test_seasonal_unit_root_follows_the_law(gap: float, s: int) -> None:
    case = seasonal_root(gap, s)
    assert tolerances_for(case).values == pytest.approx(1000 * EPS / gap**2, rel=1e-6)
    result = compare(case, ENGINE)
    assert result.ok, str(result)


def test_seasonal_unit_root_exception_is_needed() -> None:
    assert moved_by_one_ulp(seasonal_root(1e-5, 12)) > Tolerances().values


@pytest.mark.parametrize(
    "case",
    [
        seasonal_root(2e-3, 12),
        seasonal_root(1e-5, 7),
        seasonal_root(1e-5, 12, enforce_stationarity=False),
    ],
    ids=["far enough", "odd period", "diffuse start"],
)
def test_seasonal_unit_root_exception_is_narrow(case: ModelCase) -> None:
    assert regime_of(case) is None
    result = compare(case, ENGINE)
    assert result.ok, str(result)


# ---- a start on the unit circle, an explosive start -------------------------------


@pytest.mark.parametrize("name", cases_under("unit-root-start"))
def test_unit_root_start_promises_nothing_but_an_answer(name: str) -> None:
    assert np.isinf(tolerances_for(GRID[name]).values)
    assert np.isfinite(expected(name).llf)
    assert isinstance(make_model(GRID[name]).loglike(GRID[name].params), float)


@pytest.mark.parametrize("name", cases_under("explosive-start"))
def test_explosive_start_follows_the_law(name: str) -> None:
    assert report(name).ok, str(report(name))


def test_explosive_start_exception_is_needed_and_narrow() -> None:
    y = np.random.Generator(np.random.PCG64(3)).normal(size=40)
    wild = ModelCase(
        "wild", y, (1, 0, 1), (0, 0, 0, 0), np.array([3.0, 0.4, 1.0]), steps=5
    )
    assert np.isinf(tolerances_for(wild).values)
    assert moved_by_one_ulp(wild) > 1e-3
    mild = dataclasses.replace(wild, params=np.array([1.1, 0.4, 1.0]))
    assert regime_of(mild) is None
    result = compare(mild, ENGINE)
    assert result.ok, str(result)
    assert result.actual.llf == 0.0


# ---- differencing and small variances ----------------------------------------------


@pytest.mark.parametrize("name", cases_under("third-difference"))
def test_third_difference_follows_the_law(name: str) -> None:
    assert report(name).ok, str(report(name))


def test_third_difference_exception_is_needed() -> None:
    # the same model, parameters off by one unit in the last place
    assert moved_by_one_ulp(GRID["seasonal-029"]) > 10 * Tolerances().values


def test_missing_values_resolve_the_diffuse_start_late() -> None:
    # log passengers at the fitted sigma2, a quarter of the months missing
    y = np.log(load_airpassengers()[1])
    gone = np.random.Generator(np.random.PCG64(2)).permutation(y.size)[:34]
    y[gone] = np.nan
    case = ModelCase(
        "log air", y, (0, 1, 1), (0, 1, 1, 12), np.array([-0.4, -0.55, 1.3e-3])
    )
    regime = regime_of(case)
    assert regime is not None
    assert regime.name == "late-diffuse"
    law = 100 * EPS * 1e6 / 1.3e-3
    assert tolerances_for(case).values == pytest.approx(law)
    assert tolerances_for(case).llf == pytest.approx(law)
    assert compare(case, ENGINE).ok, str(compare(case, ENGINE))
    # and goes no further
    assert regime_of(dataclasses.replace(case, y=np.nan_to_num(y))) is None
    assert regime_of(dataclasses.replace(case, order=(0, 0, 1))) is None
    large = np.array([-0.4, -0.55, 1.0])
    assert regime_of(dataclasses.replace(case, params=large)) is None


def test_no_exception_is_narrower_than_the_promise() -> None:
    case = dataclasses.replace(GRID["seasonal-029"], options={"initial_variance": 1e-3})
    assert tolerances_for(case).values == Tolerances().values
    simple = dataclasses.replace(case, options={"simple_differencing": True})
    assert regime_of(simple) is None


def test_two_differences_need_no_exception() -> None:
    cases = [
        case
        for case in GRID.values()
        if case.order[1] + case.seasonal[1] == 2
        and case.params[-1] <= 1e-3
        and regime_of(case) is None
    ]
    assert len(cases) >= 15
    for case in cases:
        assert tolerances_for(case) == Tolerances()
        assert report(case.name).ok, str(report(case.name))


def ima(sigma2: float, **options) -> ModelCase:
    noise = np.random.Generator(np.random.PCG64(9)).normal(size=60)
    y = np.cumsum(noise) * np.sqrt(sigma2)
    params = np.array([0.4, sigma2])
    return ModelCase("ima", y, (0, 1, 1), (0, 0, 0, 0), params, options=options)


@pytest.mark.parametrize("sigma2", [1e-6, 1e-7, 1.1e-8])
def test_small_variance_keeps_the_default_down_to_its_limit(sigma2: float) -> None:
    case = ima(sigma2)
    assert regime_of(case) is None
    result = compare(case, ENGINE)
    assert result.ok, str(result)


@pytest.mark.parametrize("sigma2", [9e-9, 1e-10, 1e-12])
def test_tiny_variance_promises_nothing_but_an_answer(sigma2: float) -> None:
    case = ima(sigma2)
    assert regime_of(case).name == "tiny-variance"
    assert np.isfinite(make_model(case).loglike(case.params))


def test_tiny_variance_exception_scales_with_the_initial_variance() -> None:
    assert regime_of(ima(1e-9, initial_variance=1e4)) is None
    result = compare(ima(1e-9, initial_variance=1e4), ENGINE)
    assert result.ok, str(result)
    assert regime_of(ima(1e-9, simple_differencing=True)) is None
    result = compare(ima(1e-9, simple_differencing=True), ENGINE)
    assert result.ok, str(result)
