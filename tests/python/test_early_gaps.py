# SPDX-License-Identifier: BSD-3-Clause
"""Derivatives where gaps keep a diffuse start: against statsmodels and many digits."""

import mpmath
import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

FREE = {"enforce_stationarity": False, "enforce_invertibility": False}
# Options; the parameters but for the first autoregressive one; where that is.
MODELS = {
    "arma": ({"order": (1, 1, 1)}, [0.4, 1.1], 0),
    "two lags": ({"order": (2, 1, 0)}, [6e-6, 2.0], 0),
    "seasonal": ({"order": (1, 1, 1), "seasonal": (1, 1, 1, 4)}, [*[0.3] * 3, 2.0], 0),
    "trend": ({"order": (1, 0, 1), "trend": "ct"}, [0.2, 0.03, 0.5, 1.5], 2),
    "exog": ({"order": (1, 1, 0), "exog": 2}, [0.5, -1.0, 1.2], 2),
    "concentrated": (
        {"order": (1, 0, 1), "trend": "c", "concentrate_scale": True},
        [0.3, 0.3],
        1,
    ),
    "noise": ({"order": (1, 0, 0), "measurement_error": True}, [0.7, 2.0], 0),
    "burn": ({"order": (1, 0, 2), "loglikelihood_burn": 7}, [0.6, 0.3, 2.0], 0),
}
SMALL = [1e-8, 1e-6, -6.76e-6, 1e-4, 1e-3, 0.5]


def at_a_point(name, small):
    """Our model, the parameters and statsmodels' model, its first values missing."""
    options, rest, place = MODELS[name]
    options = {**options, **FREE}
    rng = np.random.default_rng(13)
    y = rng.normal(size=60).cumsum()
    y[rng.random(60) < 0.3] = np.nan
    y[[0, *range(2, 5)]] = np.nan
    y[1] = 0.5
    exog = rng.normal(size=(60, 2)) if options.pop("exog", 0) else None
    params = np.insert(rest, place, small)
    ours = sx.Model(y, exog, **options)
    options["seasonal_order"] = options.pop("seasonal", (0, 0, 0, 0))
    return ours, params, SARIMAX(y, exog, **options)


@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize("name", MODELS)
def test_scores_of_the_observations(name, small):
    ours, params, theirs = at_a_point(name, small)
    expected = theirs.score_obs(params).T
    found = ours._backend.score_obs(params)
    size = np.sqrt(np.sum(expected**2, axis=1))
    np.testing.assert_allclose(found.T / size, expected.T / size, atol=1e-6)
    np.testing.assert_allclose(
        ours._backend.opg(params) / np.outer(size, size),
        expected @ expected.T / np.outer(size, size),
        atol=1e-6,
    )


@pytest.mark.parametrize("small", SMALL)
@pytest.mark.parametrize("name", MODELS)
def test_information(name, small):
    ours, params, theirs = at_a_point(name, small)
    mean = theirs.observed_information_matrix(params)
    expected = mean * (theirs.nobs - theirs.loglikelihood_burn)
    size = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(
        ours._backend.information(params) / np.outer(size, size),
        expected / np.outer(size, size),
        atol=1e-6,
    )


def loglikes(y, params):
    """An ARIMA(1, 1, 1)'s log-likelihoods with all states diffuse, by the filter."""
    phi, theta, sigma2 = params
    transition = mpmath.matrix([[1, 1, 0], [0, phi, 1], [0, 0, 0]])
    selection = mpmath.matrix([0, 1, theta])
    design = mpmath.matrix([[1, 1, 0]])
    state, cov = mpmath.zeros(3, 1), mpmath.eye(3) * 10**6
    found = []
    for value in y:
        if np.isnan(value):
            found.append(mpmath.mpf(0))
        else:
            error = mpmath.mpf(float(value)) - (design * state)[0]
            error_cov = (design * cov * design.T)[0]
            gain = cov * design.T / error_cov
            found.append(
                -(mpmath.log(2 * mpmath.pi * error_cov) + error**2 / error_cov) / 2
            )
            state += gain * error
            cov -= gain * design * cov
        state = transition * state
        cov = transition * cov * transition.T + selection * selection.T * sigma2
    return found


@pytest.mark.parametrize("small", SMALL)
def test_scores_in_many_digits(small):
    ours, params, _ = at_a_point("arma", small)
    expected = np.zeros((3, 60))
    with mpmath.workdps(120):
        step = mpmath.mpf(10) ** -40
        for i in range(3):
            sides = []
            for sign in (1, -1):
                moved = [mpmath.mpf(float(value)) for value in params]
                moved[i] += sign * step
                sides.append(loglikes(ours.endog, moved))
            expected[i] = [(a - b) / (2 * step) for a, b in zip(*sides, strict=True)]
    expected[:, : ours.loglikelihood_burn] = 0.0
    size = np.sqrt(np.sum(expected**2, axis=1))[:, np.newaxis]
    found = ours._backend.score_obs(params)
    np.testing.assert_allclose(found / size, expected / size, atol=1e-7)


# The observations after the burn have next to no derivative by one of the parameters.
@pytest.mark.parametrize("left", [1, 2, 3])
@pytest.mark.parametrize("order", [(0, 1, 1), (1, 1, 1), (2, 0, 1)])
@pytest.mark.parametrize("free", [{}, FREE], ids=["enforced", "free"])
def test_few_observations(free, order, left):
    rng = np.random.default_rng(left)
    for nobs in range(12, 40, 4):
        y = rng.standard_normal(nobs).cumsum()
        coefs = rng.uniform(-0.5, 0.5, order[0] + order[2])
        params = np.append(coefs, rng.uniform(0.5, 2.0))
        options = {"order": order, "loglikelihood_burn": nobs - left, **free}
        found = sx.Model(y, **options)._backend.score_obs(params)
        wanted = SARIMAX(y, **options).score_obs(params)
        np.testing.assert_allclose(found.T, wanted, rtol=1e-3, atol=1e-5)
