# SPDX-License-Identifier: BSD-3-Clause
"""statsmodels' rules, each in a case where it changes the numbers.

Every test first shows that the rule matters (without it the number is another one),
then that the engine follows it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pickle
import warnings

import numpy as np
import pytest
from cases import ENGINE, GRID, make_model, oracle_loglike, statsmodels_model
from reference import Mutation, reference_answers
from statsmodels.datasets import macrodata
from statsmodels.tsa.statespace.tests.results.results_sarimax import wpi1_data

import sarimax_c as sx
from sarimax_c.testing import Answers, ModelCase, compare, oracle_answers

NO_SEASON = (0, 0, 0, 0)
MACRO = macrodata.load().data


def case_of(y, order, params, **more) -> ModelCase:
    more.setdefault("seasonal", NO_SEASON)
    return ModelCase(
        "quirk", np.asarray(y, dtype=float), order, params=np.array(params), **more
    )


def noise(n: int, seed: int = 1) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).normal(size=n)


def without(case: ModelCase, **mutation) -> Answers:
    """Answers of a filter that breaks one rule."""
    return reference_answers(case, Mutation(**mutation))


def assert_same(case: ModelCase) -> Answers:
    result = compare(case, ENGINE)
    assert result.ok, str(result)
    assert result.expected.error is None
    return result.actual


# ---- steady state ---------------------------------------------------------------

LOG_SERIES = {
    "wpi": (np.log(wpi1_data), (1, 1, 1), [0.9433, -0.5214, 1.19e-4]),
    "cpi": (np.log(np.asarray(MACRO.cpi)), (0, 2, 1), [-0.6279, 3.366e-5]),
    "gdp": (
        np.log(np.asarray(MACRO.realgdp)),
        (2, 1, 2),
        [0.1726, 0.7329, 0.1154, -0.4704, 7.4e-5],
    ),
    "gdp growth": (
        np.diff(np.log(np.asarray(MACRO.realgdp))),
        (1, 0, 1),
        [0.9088, -0.5264, 7.507e-5],
    ),
    "unemployment": (
        np.asarray(MACRO.unemp) / 100,
        (1, 1, 1),
        [0.5789, 0.1653, 6.618e-6],
    ),
}


@pytest.mark.parametrize("name", LOG_SERIES)
def test_freeze_decides_on_log_data(name: str) -> None:
    case = case_of(*LOG_SERIES[name])
    never = dataclasses.replace(case, options={"tolerance": 0.0})
    frozen, exact = oracle_answers(case), oracle_answers(never)
    effect = abs(frozen.llf - exact.llf)
    assert effect > 2e-6  # more than the parity promised
    assert np.abs(frozen.llf_obs - exact.llf_obs).max() > 2e-6

    actual = assert_same(case)
    assert abs(actual.llf - frozen.llf) < 1e-3 * effect
    assert actual.period_converged == frozen.period_converged
    assert frozen.period_converged is not None

    unfrozen = assert_same(never)
    assert abs(unfrozen.llf - exact.llf) < 1e-3 * effect
    assert unfrozen.period_converged is None


@pytest.mark.parametrize("how", ["late", "own-output", "off"])
@pytest.mark.parametrize("name", LOG_SERIES)
def test_freeze_details_matter(name: str, how: str) -> None:
    # from the second frozen period on P is the input of the period of convergence
    case = case_of(*LOG_SERIES[name])
    expected = oracle_answers(case)
    wrong = without(case, freeze=how)
    assert np.abs(wrong.llf_obs - expected.llf_obs).max() > 1e-7
    actual = assert_same(case)
    assert np.abs(actual.llf_obs - expected.llf_obs).max() < 1e-8


@pytest.mark.parametrize("options", [{"trend": "c"}, {"trend": [0, 0]}, {}])
def test_constant_counts_as_time_varying(options: dict) -> None:
    y, order, params = LOG_SERIES["wpi"]
    constant = options.get("trend") == "c"
    case = case_of(y, order, [*([1e-4] if constant else []), *params], options=options)
    frozen = without(case, freeze_with_trend=True)
    actual = assert_same(case)
    if constant:
        assert actual.period_converged is None
        assert abs(frozen.llf - actual.llf) > 1e-6
    else:
        assert actual.period_converged == 11


def test_exog_counts_as_time_varying() -> None:
    y, order, params = LOG_SERIES["wpi"]
    case = case_of(
        y,
        order,
        [0.0, *params],
        exog=noise(len(y))[:, None],
        exog_future=noise(5)[:, None],
    )
    assert assert_same(case).period_converged is None


def test_missing_value_clears_the_freeze() -> None:
    y, order, params = LOG_SERIES["wpi"]
    gap = y.copy()
    gap[60] = np.nan
    case = case_of(gap, order, params)
    expected = oracle_answers(case)
    despite = without(case, freeze="despite-missing")
    assert np.abs(despite.llf_obs - expected.llf_obs).max() > 1e-2
    assert expected.period_converged > 60  # it froze again
    actual = assert_same(case)
    assert actual.period_converged == expected.period_converged
    # a gap at t also bars convergence at the end of t + 1
    assert expected.forecasts_error_cov[61] > expected.forecasts_error_cov[59]


@pytest.mark.parametrize("tolerance", [1.0, 10.0])
def test_no_freeze_in_the_first_period_after_a_gap(tolerance: float) -> None:
    # with a tolerance this coarse the filter freezes at the first opportunity
    y = noise(40)
    y[20] = np.nan
    case = case_of(y, (1, 0, 1), [0.5, 0.3, 1.0], options={"tolerance": tolerance})
    expected = oracle_answers(case)
    hasty = without(case, wait_after_gap=False)
    assert expected.period_converged == 22
    assert hasty.period_converged == 21
    assert np.abs(hasty.llf_obs - expected.llf_obs).max() > 1e-4
    assert assert_same(case).period_converged == 22


def test_freeze_in_the_last_period_changes_forecasts_only() -> None:
    y, order, params = LOG_SERIES["unemployment"]
    for nobs in (5, 6, 7):
        assert_same(case_of(y[:nobs], order, params))


# ---- skipping --------------------------------------------------------------------


@pytest.mark.parametrize("sigma2", [1e-13, 0.0, -1.0])
def test_small_forecast_variance_is_skipped(sigma2: float) -> None:
    case = case_of(noise(50), (1, 0, 0), [0.5, sigma2])
    if sigma2 > 0:
        assert without(case, skip_rule=False).llf < -1e12
    actual = assert_same(case)
    assert actual.llf == 0.0
    assert actual.nobs_skipped == 50
    assert (actual.llf_obs == 0.0).all()
    assert (actual.forecasts_error_cov >= 0.0).all()


@pytest.mark.parametrize("sigma2", [1.01e-12, 1e-11, 1e-10])
def test_variance_just_above_the_limit_counts(sigma2: float) -> None:
    case = case_of(noise(50) * 1e-6, (1, 0, 0), [0.5, sigma2])
    actual = assert_same(case)
    assert actual.nobs_skipped == 0
    assert actual.llf != 0.0


@pytest.mark.parametrize("value", [1.1, -1.1, 1.2])
def test_explosive_parameters_in_enforced_mode_give_zero(value: float) -> None:
    y = noise(30)
    y[4] = np.nan
    case = case_of(y, (1, 0, 0), [value, 1.0])
    actual = assert_same(case)
    assert actual.llf == 0.0
    assert actual.nobs_skipped == 29  # the missing one is not counted
    free = dataclasses.replace(case, options={"enforce_stationarity": False})
    assert assert_same(free).llf < -10.0


def test_functions_warn_about_skipped_observations() -> None:
    y, params = noise(30), [1.1, 1.0]
    for call in (sx.sarimax_loglike, sx.sarimax_filter):
        with pytest.warns(sx.NumericalWarning):
            call(y, order=(1, 0, 0), params=params, engine=ENGINE)
    with pytest.warns(sx.NumericalWarning):
        sx.sarimax_forecast(y, None, (1, 0, 0), params=params, steps=2, engine=ENGINE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = sx.Model(y, order=(1, 0, 0), engine=ENGINE)
        assert model.loglike(params) == 0.0
        assert model.evaluate(params) == (0.0, 30)


# ---- order of operations -----------------------------------------------------------


@pytest.mark.parametrize(
    ("sigma2", "elsewhere"), [(1e-2, 1e-9), (1e-6, 1e-6), (1.5e-8, 1e-4)]
)
def test_order_of_operations_reproduces_the_rounding(
    sigma2: float, elsewhere: float
) -> None:
    # P Z' / F instead of P (Z / F)': algebra says equal, rounding of kappa does not
    y = np.cumsum(noise(100)) * np.sqrt(sigma2)
    case = case_of(y, (0, 1, 1), [0.4, sigma2])
    expected = oracle_answers(case)
    unit = np.maximum(1.0, np.abs(expected.llf_obs))
    other = without(case, gain_first=False)
    assert (np.abs(other.llf_obs - expected.llf_obs) / unit).max() > elsewhere
    actual = make_model(case).filter(case.params)
    assert (np.abs(actual.llf_obs - expected.llf_obs) / unit).max() < 1e-10


# ---- representation -----------------------------------------------------------------


@pytest.mark.parametrize("seasonal_diff", [3, 4])
def test_third_seasonal_difference_links_neighbouring_blocks_only(
    seasonal_diff: int,
) -> None:
    y = noise(50)
    for _ in range(seasonal_diff):
        for start in range(4):
            y[start::4] = np.cumsum(y[start::4])
    case = case_of(y, (0, 0, 1), [0.3, 1.0], seasonal=(0, seasonal_diff, 0, 4))
    expected = oracle_answers(case)
    textbook = without(case, double_link=True)
    assert abs(textbook.llf - expected.llf) > 1e-3 * abs(expected.llf)
    assert_same(case)


def test_initial_state_mean_is_that_of_the_first_intercept() -> None:
    case = case_of(
        noise(40) + 6, (1, 0, 1), [3.0, 0.5, 0.2, 1.0], options={"trend": "c"}
    )
    assert abs(without(case, initial_mean=False).llf - oracle_answers(case).llf) > 5
    assert assert_same(case).forecasts[0] == pytest.approx(6.0, rel=1e-12)
    # below a sum of 1e-9 the mean is zero, not small
    tiny = dataclasses.replace(case, params=np.array([9e-10, 0.5, 0.2, 1.0]))
    above = dataclasses.replace(case, params=np.array([1.1e-9, 0.5, 0.2, 1.0]))
    assert assert_same(tiny).forecasts[0] == 0.0
    assert assert_same(above).forecasts[0] == pytest.approx(2.2e-9, rel=1e-6)


def test_trend_enters_the_step_after_its_period() -> None:
    case = case_of(
        noise(30),
        (0, 1, 0),
        [0.0, 0.3, 1.0],
        options={"trend": "ct", "trend_offset": 5},
    )
    wrong = without(case, trend_shift=1)
    actual = assert_same(case)
    assert abs(wrong.forecast_mean[0] - actual.forecast_mean[0]) > 0.1


def test_burn_is_the_number_of_diffuse_states() -> None:
    y = np.cumsum(noise(60))
    for order, seasonal, options, burn in [
        ((1, 1, 1), NO_SEASON, {}, 1),
        ((1, 2, 1), (0, 1, 1, 4), {}, 6),
        ((2, 1, 2), NO_SEASON, {"enforce_stationarity": False}, 4),
        ((1, 1, 0), NO_SEASON, {"loglikelihood_burn": 9}, 9),
        ((1, 1, 0), NO_SEASON, {"simple_differencing": True}, 0),
        ((0, 0, 0), NO_SEASON, {"enforce_stationarity": False}, 1),
    ]:
        model = sx.Model(y, order=order, seasonal=seasonal, engine=ENGINE, **options)
        assert model.loglikelihood_burn == burn
        params = np.r_[np.full(model.k_params - 1, 0.1), 1.0]
        assert_same(case_of(y, order, params, seasonal=seasonal, options=options))


def test_missing_start_values_do_not_move_the_burn() -> None:
    y = np.cumsum(noise(40)) + 30
    y[:3] = np.nan
    case = case_of(y, (0, 1, 1), [0.4, 1.0])
    actual = assert_same(case)
    # the diffuse term enters: log(2 pi kappa) / 2 of the first value seen
    assert actual.llf_obs[3] < -7.5
    complete = dataclasses.replace(case, y=case.y[3:])
    assert assert_same(complete).llf - actual.llf > 7.0


# ---- the unit circle -------------------------------------------------------------


def test_unit_root_exactly_gives_zero() -> None:
    case = case_of(noise(30), (1, 0, 0), [1.0, 1.0])
    assert oracle_answers(case).llf == 0.0
    assert make_model(case).loglike(case.params) == 0.0


@pytest.mark.parametrize(
    ("order", "seasonal", "params"),
    [
        ((1, 0, 0), NO_SEASON, [-1.0, 1.0]),
        ((2, 0, 0), NO_SEASON, [0.0, 1.0, 1.0]),
        ((0, 0, 0), (1, 0, 0, 4), [1.0, 1.0]),
    ],
)
def test_singular_start_is_an_error_or_a_number(order, seasonal, params) -> None:
    # statsmodels' LU fails; a finite answer computed another way is as good
    case = case_of(noise(30), order, params, seasonal=seasonal)
    assert oracle_answers(case).error == "LinAlgError"
    model = make_model(case)
    try:
        llf = model.loglike(case.params)
    except sx.NumericalError as error:
        assert isinstance(error, np.linalg.LinAlgError)
        assert "LU decomposition error" in str(error)
    else:
        assert np.isfinite(llf)
    free = make_model(case, enforce_stationarity=False)
    assert np.isfinite(free.loglike(case.params))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_parameters_that_are_no_numbers(bad: float, position: int) -> None:
    for options in ({}, {"enforce_stationarity": False}):
        case = case_of(noise(30), (1, 0, 1), [0.5, 0.3, 1.0], options=options)
        params = case.params.copy()
        params[position] = bad
        case = dataclasses.replace(case, params=params)
        actual = make_model(case).loglike(params)
        expected = oracle_loglike(case)
        assert np.isnan(actual) == np.isnan(expected)
        assert np.isfinite(actual) == np.isfinite(expected)
        if np.isfinite(expected):
            assert actual == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("order", [(1, 0, 0), (1, 1, 1), (2, 0, 1)])
def test_overflow_is_not_finite_as_in_statsmodels(order: tuple) -> None:
    for size in (1e90, 1e200):
        n_params = order[0] + order[2] + 1
        params = np.r_[np.full(n_params - 1, size), 1.0]
        options = {"enforce_stationarity": False}
        case = case_of(noise(60), order, params, options=options)
        expected = oracle_loglike(case)
        assert np.isfinite(make_model(case).loglike(params)) == np.isfinite(expected)
        # enforced, the start of an explosive model promises no value, but an answer
        enforced = make_model(case, enforce_stationarity=True)
        with contextlib.suppress(sx.NumericalError):
            assert isinstance(enforced.loglike(params), float)


def test_explosive_data_and_parameters_without_enforcement() -> None:
    y = 1.2 ** np.arange(120.0)
    case = case_of(y, (1, 0, 0), [1.2, 1.0], options={"enforce_stationarity": False})
    assert_same(case)


# ---- determinism -----------------------------------------------------------------


SOME = ["plain-003", "seasonal-004", "missing-010", "exog-000", "small-variance-001"]


@pytest.mark.parametrize("name", SOME)
def test_same_call_gives_the_same_bits(name: str) -> None:
    case = GRID[name]
    model = make_model(case)
    first = model.filter(case.params)
    # another set of parameters in between must leave no trace
    model.filter(case.params * 0.9)
    second = model.filter(case.params)
    assert first.llf == second.llf == make_model(case).filter(case.params).llf
    for field in ("llf_obs", "forecasts", "forecasts_error_cov"):
        np.testing.assert_array_equal(getattr(first, field), getattr(second, field))


@pytest.mark.parametrize("name", SOME)
def test_pickled_copies_give_the_same_bits(name: str) -> None:
    case = GRID[name]
    model = make_model(case)
    expected = model.loglike(case.params)
    mean, var = model.forecast(case.params, 5, case.exog_future)
    for _ in range(10):
        model = pickle.loads(pickle.dumps(model))
        assert model.engine == ENGINE
        assert model.loglike(case.params) == expected
        again = model.forecast(case.params, 5, case.exog_future)
        np.testing.assert_array_equal(again, (mean, var))


@pytest.mark.parametrize("name", SOME)
def test_inputs_are_never_written(name: str) -> None:
    case = GRID[name]
    arrays = [case.y.copy(), case.params.copy()]
    if case.exog is not None:
        arrays += [case.exog.copy(), case.exog_future.copy()]
    for array in arrays:
        array.flags.writeable = False
    copies = [array.copy() for array in arrays]
    y, params, *regressors = arrays
    exog, future = regressors or (None, None)
    model = sx.Model(y, exog, case.order, case.seasonal, engine=ENGINE, **case.options)
    model.filter(params)
    model.forecast(params, 5, future)
    model.transform_params(params)
    model.untransform_params(params)
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_results_do_not_share_memory_with_the_model() -> None:
    case = GRID["plain-003"]
    model = make_model(case)
    before = model.loglike(case.params)
    for array in (model.endog, model.filter(case.params).resid, model.start_params):
        array[...] = 7.0
    assert model.loglike(case.params) == before


def test_statsmodels_itself_agrees_with_its_frozen_period_rule() -> None:
    # the index the oracle reports is the one the tests above compare
    model = statsmodels_model(case_of(*LOG_SERIES["wpi"]))
    raw = model.filter(LOG_SERIES["wpi"][2], cov_type="none").filter_results
    change = np.diff(raw.forecasts_error_cov[0, 0])
    assert (change[raw.period_converged :] == 0.0).all()
    assert change[raw.period_converged - 1] != 0.0
