# SPDX-License-Identifier: BSD-3-Clause
"""Proof of the judge: against mpmath, against statsmodels, and that it can fail."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from quad import quad_loglike, quad_loglike_pair, quad_score
from statsmodels.tsa.statespace.sarimax import SARIMAX

from sarimax_c.testing import ModelCase

DIGITS = 60  # of mpmath; the initial variance over sigma2 = 1e-6 costs 12
AGREES = 1e-23  # relative error promised for a log-likelihood
SCORE_AGREES = 1e-13  # for each derivative
EPSILON = np.finfo(float).eps


# ---- models ------------------------------------------------------------------


def _case(
    name: str, nobs: int, order: Any, seasonal: Any, params: Any, **more: Any
) -> ModelCase:
    """A random walk on the scale of sigma2; `gaps` are missing periods."""
    rng = np.random.default_rng(nobs)
    gaps, k_exog, scale = (
        more.pop(key, default)
        for key, default in (("gaps", []), ("k_exog", 0), ("scale", params[-1] ** 0.5))
    )
    y = scale * np.cumsum(rng.normal(size=nobs) + 0.1)
    y[gaps] = np.nan
    exog = rng.normal(size=(nobs, k_exog)) if k_exog else None
    return ModelCase(name, y, order, seasonal, np.array(params), exog, options=more)


ALL_DIFFUSE = {"enforce_stationarity": False}
CONCENTRATE = {"concentrate_scale": True, "scale": 3.0}
AIRLINE = ((0, 1, 1), (0, 1, 1, 4))
NOT_SEASONAL = (0, 0, 0, 0)

CASES = {
    case.name: case
    for case in (
        _case("airline", 40, *AIRLINE, [-0.4, -0.6, 137.0]),
        _case(
            "monthly",
            42,
            (1, 1, 1),
            (1, 1, 1, 12),
            [0.5, -0.4, 0.3, -0.6, 137.0],
        ),
        _case("airline, log scale", 40, *AIRLINE, [-0.4, -0.6, 1e-6]),
        _case("airline, all diffuse", 39, *AIRLINE, [-0.4, -0.6, 1e-6], **ALL_DIFFUSE),
        _case("MA unit roots", 41, *AIRLINE, [-1.0, -1.0, 1e-6]),
        _case("MA(-1), all diffuse", 36, *AIRLINE, [-1.0, -1.0, 2.0], **ALL_DIFFUSE),
        _case("AR near unit", 35, (1, 0, 1), (1, 0, 0, 4), [0.999, 0.3, 0.99, 1e-6]),
        _case(
            "explosive AR, non-invertible MA",
            34,
            (1, 0, 1),
            (0, 1, 1, 3),
            [1.02, 2.5, -1.5, 1e8],
            **ALL_DIFFUSE,
        ),
        _case(
            "lag lists, trend ct, exog",
            33,
            ([1, 3], 1, [2]),
            (1, 0, [2], 2),
            [0.3, -0.01, 1.5, -0.7, 0.4, -0.2, 0.5, 0.3, 0.4, 2.0],
            trend="ct",
            trend_offset=3,
            k_exog=2,
        ),
        _case(
            "gaps, quadratic trend",
            32,
            (2, 1, 1),
            NOT_SEASONAL,
            [0.05, 0.5, 0.3, -0.4, 1e8],
            trend=[0, 0, 1],
            gaps=[0, 7, 8, 31],
        ),
        _case("D = 3", 31, (0, 2, 1), (0, 3, 1, 2), [0.5, 0.3, 1e8], **ALL_DIFFUSE),
        _case(
            "concentrated scale, gaps",
            30,
            (1, 1, 1),
            (0, 1, 1, 3),
            [0.4, -0.3, -0.5],
            gaps=[0, 12, 13, 29],
            **CONCENTRATE,
        ),
        _case(
            "concentrated scale, all diffuse, own burn",
            29,
            (1, 0, 1),
            NOT_SEASONAL,
            [0.2, 0.5, -0.3],
            trend="c",
            loglikelihood_burn=4,
            initial_variance=1e3,
            **CONCENTRATE,
            **ALL_DIFFUSE,
        ),
        _case("tiny trend", 28, (1, 0, 0), NOT_SEASONAL, [5e-10, 0.9, 1e-6], trend="c"),
        _case(
            "differenced first",
            27,
            (1, 1, 0),
            (0, 1, 1, 4),
            [0.2, 1.5, 0.6, -0.5, 2.0],
            trend="c",
            k_exog=1,
            gaps=[11],
            simple_differencing=True,
        ),
    )
}

every_case = pytest.mark.parametrize("name", CASES)


def _model(case: ModelCase) -> SARIMAX:
    return SARIMAX(
        case.y,
        case.exog,
        order=case.order,
        seasonal_order=case.seasonal,
        **case.options,
    )


def _arguments(case: ModelCase) -> tuple:
    return case.y, case.order, case.seasonal, case.params, case.exog


# ---- mpmath's side: dense matrices, every number with 60 digits ----------------


def _exact(values: Any) -> np.ndarray:
    return np.vectorize(mp.mpf, otypes=[object])(values)


def _polynomial(ones: np.ndarray, values: list) -> np.ndarray:
    """1 + sum of values B^lag; `ones` is nonzero at 0 and at the lags."""
    polynomial = _exact(np.zeros(len(ones)))
    polynomial[np.flatnonzero(ones)] = [mp.mpf(1), *values]
    return polynomial


def _polynomials(model: SARIMAX, blocks: list, ma_sign: int) -> tuple:
    """phi_1.. and theta_1.., from the models' lags and their blocks of values."""
    ar, ma, seasonal_ar, seasonal_ma = (
        _polynomial(ones, [sign * value for value in block])
        for ones, sign, block in zip(
            _lag_patterns(model), (-1, ma_sign, -1, ma_sign), blocks, strict=True
        )
    )
    return -np.convolve(ar, seasonal_ar)[1:], np.convolve(ma, seasonal_ma)[1:]


def _lag_patterns(model: SARIMAX) -> tuple:
    return (
        model.polynomial_ar,
        model.polynomial_ma,
        model.polynomial_seasonal_ar,
        model.polynomial_seasonal_ma,
    )


class Truth:
    """Model of a case: statsmodels' pattern of zeros and ones, mpmath's numbers."""

    def __init__(self, case: ModelCase, params: Any, ma_sign: int) -> None:
        self.model = model = _model(case)
        self.y = np.array(model.endog).reshape(-1)
        powers = np.flatnonzero(model.polynomial_trend)
        lags = [np.count_nonzero(ones) - 1 for ones in _lag_patterns(model)]
        sizes = [len(powers), model.k_exog, *lags]
        trend, beta, *arma, sigma2 = np.split(_exact(params), np.cumsum(sizes))
        phi, theta = _polynomials(model, arma, ma_sign)
        self.sigma2 = mp.mpf(1) if model.concentrate_scale else sigma2[0]
        self._matrices(phi, theta)
        self.effect = self.trend = _exact(np.zeros(len(self.y)))
        if len(beta):
            self.effect = _exact(model.exog) @ beta
        if len(powers):
            time = model.trend_offset + _exact(np.arange(len(self.y)))
            self.trend = np.array([time ** int(k) for k in powers]).T @ trend

    def _matrices(self, phi: np.ndarray, theta: np.ndarray) -> None:
        model, m = self.model, self.model.k_states
        model.update(np.full(model.k_params, 0.1))
        self.first = first = m - model._k_order  # of the ARMA states
        self.design = _exact(model["design"].reshape(m))
        self.transition = _exact(model["transition"].reshape(m, m))
        self.transition[first : first + len(phi), first] = phi
        self.selection = _exact(np.zeros(m))
        self.selection[first] = mp.mpf(1)
        self.selection[first + 1 : first + 1 + len(theta)] = theta

    def start(self, kappa: Any) -> tuple:
        """Mean and covariance of the first state."""
        m, first = self.model.k_states, self.first
        mean, cov = _exact(np.zeros(m)), _exact(np.eye(m)) * kappa
        if self.model.enforce_stationarity:
            power, selection = self.transition[first:, first:], self.selection[first:]
            total = change = self.sigma2 * np.outer(selection, selection)
            if abs(self.trend[0]) > 1e-9:
                unit = mp.matrix(np.eye(m - first)[0]) * self.trend[0]
                inverse = mp.eye(m - first) - mp.matrix(power)
                mean[first:] = list(mp.lu_solve(inverse, unit))
            while np.abs(change).max() > mp.eps * np.abs(total).max():  # doubling
                change = power @ total @ power.T
                total, power = total + change, power @ power
            cov[first:, first:] = total
        return mean, cov


def truth(
    case: ModelCase, params: Any = None, kappa_factor: Any = 1, ma_sign: int = 1
) -> mp.mpf:
    """Log-likelihood of a case by the textbook's filter in mpmath numbers."""
    it = Truth(case, case.params if params is None else params, ma_sign)
    kappa = case.options.get("initial_variance", 1e6) * mp.mpf(kappa_factor)
    mean, cov = it.start(kappa)
    shocks = it.sigma2 * np.outer(it.selection, it.selection)
    logs, squares = [], []
    for t, y in enumerate(it.y):
        if not np.isnan(y):
            error = mp.mpf(y) - it.effect[t] - it.design @ mean
            cross = cov @ it.design
            variance = it.design @ cross
            mean = mean + cross * error / variance
            cov = cov - np.outer(cross, cross) / variance
            if t >= it.model.loglikelihood_burn:
                logs.append(mp.log(2 * mp.pi * variance))
                squares.append(error**2 / variance)
        mean = it.transition @ mean
        mean[it.first] += it.trend[t]
        cov = it.transition @ cov @ it.transition.T + shocks
    if it.model.concentrate_scale:
        rest = len(logs) * (1 + mp.log(sum(squares) / len(logs)))
    else:
        rest = sum(squares)
    return -(sum(logs) + rest) / 2


def _error(case: ModelCase, **how: Any) -> float:
    """Relative distance of the judge from mpmath's value."""
    with mp.workdps(DIGITS):
        expected = truth(case, **how)
        high, low = quad_loglike_pair(*_arguments(case), **case.options)
        return float(abs((mp.mpf(high) + mp.mpf(low)) / expected - 1))


# ---- it is right ----------------------------------------------------------------


@every_case
def test_loglike_is_mpmaths(name):
    assert _error(CASES[name]) < AGREES


@every_case
def test_loglike_is_statsmodels(name):
    """To the rounding of statsmodels' filter, which subtracts numbers like kappa."""
    case = CASES[name]
    model = _model(case)
    model.tolerance = 0  # no steady state
    value = quad_loglike(*_arguments(case), **case.options)
    sigma2 = 1.0 if model.concentrate_scale else case.params[-1]
    kappa = case.options.get("initial_variance", 1e6)
    rounding = model.nobs * kappa * EPSILON / sigma2
    assert abs(model.loglike(case.params) - value) < 1e-11 * abs(value) + rounding


@pytest.mark.parametrize(
    "name",
    [
        "airline, log scale",
        "AR near unit",
        "lag lists, trend ct, exog",
        "concentrated scale, gaps",
    ],
)
def test_score_is_mpmaths(name):
    case = CASES[name]

    def along(index: int) -> mp.mpf:
        def value(x: mp.mpf) -> mp.mpf:
            params = [*case.params]
            params[index] = x
            return truth(case, params)

        return mp.diff(value, mp.mpf(case.params[index]))

    with mp.workdps(DIGITS):
        expected = [float(along(index)) for index in range(len(case.params))]
    actual = quad_score(*_arguments(case), **case.options)
    np.testing.assert_allclose(actual, expected, rtol=SCORE_AGREES)


def test_low_parts_of_parameters_count():
    """A step far below the last bit of a double moves the pair by the slope."""
    case = CASES["airline"]
    step = 1e-20
    score = quad_score(*_arguments(case))
    for index, slope in enumerate(score):
        low = np.zeros(len(case.params))
        low[index] = step
        moved = quad_loglike_pair(*_arguments(case), low=low)
        here = quad_loglike_pair(*_arguments(case))
        change = (moved[0] - here[0]) + (moved[1] - here[1])
        assert change / step == pytest.approx(slope, rel=1e-6)


def test_gaps_may_be_everywhere():
    """Nothing counted: an empty sum; no scale to estimate from it: NaN."""
    y = np.full(20, np.nan)
    assert quad_loglike(y, *AIRLINE, [0.1, 0.2, 1.0]) == 0
    assert np.isnan(quad_loglike(y, *AIRLINE, [0.1, 0.2], concentrate_scale=True))


def test_no_variance_no_likelihood():
    """The stationary covariance of an explosive model is negative."""
    y = CASES["airline"].y
    assert np.isnan(quad_loglike(y, (1, 0, 0), NOT_SEASONAL, [1.05, 1.0]))


def test_boolean_lags_are_lags():
    case = CASES["lag lists, trend ct, exog"]
    as_flags = quad_loglike(
        case.y, ([1, 0, 1], 1, [0, 1]), *_arguments(case)[2:], **case.options
    )
    assert as_flags == quad_loglike(*_arguments(case), **case.options)


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="3 parameters"):
        quad_loglike(np.zeros(20), *AIRLINE, [0.1, 0.2, 0.3, 1.0])
    with pytest.raises(TypeError, match="measurement_error"):
        quad_loglike(np.zeros(20), *AIRLINE, [0.1, 0.2, 1.0], measurement_error=True)


# ---- it can be seen to be wrong -------------------------------------------------


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("airline", {"kappa_factor": 1.000001}),
        ("airline, log scale", {"kappa_factor": 1.000001}),
        ("MA(-1), all diffuse", {"kappa_factor": 1.000001}),
        ("airline, log scale", {"ma_sign": -1}),
        ("AR near unit", {"ma_sign": -1}),
        ("gaps, quadratic trend", {"ma_sign": -1}),
    ],
)
def test_a_changed_model_is_noticed(name, how):
    assert _error(CASES[name], **how) > 100 * AGREES


@pytest.mark.parametrize("name", ["monthly", "AR near unit", "gaps, quadratic trend"])
def test_a_changed_parameter_is_noticed(name):
    """One bit of any parameter."""
    case = CASES[name]
    value = quad_loglike_pair(*_arguments(case), **case.options)
    for index, param in enumerate(case.params):
        params = case.params.copy()
        params[index] = np.nextafter(param, np.inf)
        y, order, seasonal, _, exog = _arguments(case)
        moved = quad_loglike_pair(y, order, seasonal, params, exog, **case.options)
        change = (moved[0] - value[0]) + (moved[1] - value[1])
        assert abs(change) > 100 * AGREES * abs(value[0])
