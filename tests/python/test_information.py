# SPDX-License-Identifier: BSD-3-Clause
"""Harvey's information and robust covariances against statsmodels', at given points."""

import functools

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.covariance import INFORMATIONS, covariance

CORE = sx.engine_info()["core_available"]
ENGINES = ["statsmodels", *["identical", "auto"] * CORE]

# Options; parameters of the trend, of the lags, variances.
MODELS = {
    "ar": ({"order": (1, 0, 0)}, ([], [0.6], [2.0])),
    "seasonal": (
        {"order": (0, 1, 1), "seasonal": (0, 1, 1, 4)},
        ([], [-0.4, -0.5], [2.0]),
    ),
    "trend": (
        {"order": (1, 1, [2]), "seasonal": (1, 0, 1, 4), "trend": "ct"},
        ([0.4, 0.02], [0.5, 0.3, 0.4, -0.2], [2.0]),
    ),
    "free": (
        {
            "order": (2, 1, 1),
            "enforce_stationarity": False,
            "enforce_invertibility": False,
        },
        ([], [0.5, -0.2, 1.1], [2.0]),
    ),
    "concentrated": (
        {"order": (1, 0, 1), "trend": "c", "concentrate_scale": True},
        ([0.3], [0.6, 0.3], []),
    ),
    "noise": (
        {"order": (1, 0, 0), "measurement_error": True},
        ([], [0.6], [0.7, 2.0]),
    ),
    "simple": (
        {"order": (1, 1, 0), "seasonal": (1, 1, 0, 4), "simple_differencing": True},
        ([], [0.4, -0.3], [2.0]),
    ),
    "burn": (
        {"order": (0, 1, 2), "loglikelihood_burn": 7, "initial_variance": 1e5},
        ([], [0.6, 0.3], [2.0]),
    ),
}


@functools.cache
def at_a_point(name, data, scale=1.0):
    """A model's data and options, its parameters and statsmodels' results there."""
    rng = np.random.default_rng(7)
    y = scale * rng.normal(size=(2, 80)).sum(axis=0).cumsum()
    exog = rng.normal(size=(80, 2)) if "exog" in data else None
    if "gaps" in data:
        y[[0, 9, 10, 33, 79]] = np.nan
    options, (trend, lags, variances) = MODELS[name]
    slopes = [] if exog is None else [0.5, -1.0]
    linear = scale * np.array([*trend, *slopes])
    params = np.array([*linear, *lags, *(scale**2 * np.array(variances))])
    theirs = {**options}
    theirs["seasonal_order"] = theirs.pop("seasonal", (0, 0, 0, 0))
    results = SARIMAX(y, exog, **theirs).smooth(params, cov_type="none")
    return (y, exog, options), params, results


def distance(ours, theirs):
    """The largest difference, in units of the standard errors."""
    se = np.sqrt(np.diag(theirs))
    return np.max(np.abs(ours - theirs) / np.outer(se, se))


def bound(cov_type, params, options):
    """
    What differences of order four may be off by, in the units of `distance`.

    Their steps are 0.03 standard errors, or up to four times that. What they leave
    out is of the order of the fourth power; of the rounding of a variance, that of the
    diffuse start against it, they make 1 / 0.03 as much. statsmodels' complex steps
    have neither, but its Hessian ("approx") is a second difference.
    """
    if cov_type == "robust_approx":
        return 2e-4
    variance = 1.0 if options.get("concentrate_scale") else params[-1]
    diffuse = options.get("initial_variance", 1e6)
    rounding = np.finfo(float).eps * diffuse / variance
    return 0.03**4 + 10 * rounding / 0.03


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "cov_type",
    ["oim", "robust", "robust_oim", "robust_approx"],
)
@pytest.mark.parametrize("data", ["whole", "gaps", "exog", "exog, gaps"])
@pytest.mark.parametrize("name", MODELS)
def test_information_and_robust(name, data, cov_type, engine):
    (y, exog, options), params, theirs = at_a_point(name, data)
    found = covariance(cov_type, sx.Model(y, exog, **options, engine=engine), params)
    expected = getattr(theirs, f"cov_params_{cov_type}")
    assert distance(found, expected) <= bound(cov_type, params, options)


@pytest.mark.parametrize("scale", [1e-2, 0.1, 1e3])
@pytest.mark.parametrize("cov_type", ["oim", "robust_oim"])
@pytest.mark.parametrize("name", MODELS)
def test_other_units(name, cov_type, scale):
    (y, exog, options), params, theirs = at_a_point(name, "exog, gaps", scale)
    found = covariance(cov_type, sx.Model(y, exog, **options), params)
    expected = getattr(theirs, f"cov_params_{cov_type}")
    assert distance(found, expected) <= bound(cov_type, params, options)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cov_type", ["opg", "oim", "robust_oim", "robust_approx"])
def test_fixed_parameters(cov_type, engine):
    (y, exog, options), params, _ = at_a_point("trend", "gaps")
    model = sx.Model(y, exog, **options, engine=engine)
    theirs = SARIMAX(
        y, exog, order=(1, 1, [2]), seasonal_order=(1, 0, 1, 4), trend="ct"
    )
    fixed = {"ar.L1": 0.5, "drift": 0.02}
    free = np.flatnonzero([name not in fixed for name in theirs.param_names])
    with theirs.fix_params(fixed):
        results = theirs.smooth(params[free], cov_type="none")
    expected = getattr(results, f"cov_params_{cov_type}")
    found = covariance(cov_type, model, params, free)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    within = np.ix_(free, free)
    assert np.isnan(found).sum() == 7 * 7 - 5 * 5
    limit = bound(cov_type, params, options)
    assert distance(found[within], expected[within]) <= limit


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cov_type", ["opg", "oim", "robust", "robust_approx"])
def test_no_derivatives_are_no_covariance(cov_type, engine):
    # There is no stationary start at AR = -1.
    (y, _, options), _, _ = at_a_point("ar", "whole")
    model = sx.Model(y, **options, engine=engine)
    found = covariance(cov_type, model, np.array([-1.0, 1.0]))
    assert np.isnan(found).tolist() == [[True, True], [True, True]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cov_type", ["oim", "robust", "robust_oim", "robust_approx"])
def test_of_a_fit(cov_type, engine):
    (y, _, _), _, _ = at_a_point("ar", "whole")
    result = sx.sarimax_fit(y, order=(0, 1, 1), engine=engine, cov_type=cov_type)
    theirs = SARIMAX(y, order=(0, 1, 1)).smooth(result.params, cov_type=cov_type)
    assert result.cov_type == cov_type
    np.testing.assert_allclose(result.bse, theirs.bse, rtol=1e-4)
    np.testing.assert_allclose(result.pvalues, theirs.pvalues, rtol=1e-3, atol=1e-12)
    assert f"Covariance{cov_type:>26}" in str(result)


@pytest.mark.parametrize("engine", ENGINES)
def test_without_parameters(engine):
    model = sx.Model(
        [1.0, 3.0, 2.0], order=(0, 0, 0), concentrate_scale=True, engine=engine
    )
    for cov_type in INFORMATIONS:
        assert covariance(cov_type, model, np.zeros(0)).shape == (0, 0)
