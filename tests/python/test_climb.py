# SPDX-License-Identifier: BSD-3-Clause
"""Fits on the exact gradient: as good as statsmodels', and what they do at borders."""

import functools
import warnings

import numpy as np
import pytest
from fit_list import fit_list
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.climb import Climb, ExactObjective

EXACT = ["exact"] * sx.engine_info()["core_available"]
AUTO = ["auto"] * sx.engine_info()["core_available"]
NAMES = list(fit_list())
AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
RNG = np.random.default_rng(31)
Y = RNG.standard_normal(120).cumsum()


def model_of(name, engine):
    case = fit_list()[name]
    return sx.Model(case.y, **case.options, engine=engine)


@functools.cache
def statsmodels_params(name):
    case = fit_list()[name]
    options = {**case.options}
    options["seasonal_order"] = options.pop("seasonal", (0, 0, 0, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SARIMAX(case.y, **options).fit(disp=False, cov_type="none").params


def judged(name, params):
    """The true log-likelihood; statsmodels' where the exact engine has none."""
    try:
        return model_of(name, "exact").loglike(params)
    except sx.SpecError:
        return model_of(name, "identical").loglike(params)


def test_the_list_is_long():
    assert len(NAMES) >= 60


@pytest.mark.filterwarnings("ignore::sarimax_c.NumericalWarning")  # start values
@pytest.mark.parametrize("engine", AUTO)
@pytest.mark.parametrize("name", NAMES)
def test_no_fit_is_below_that_of_statsmodels(name, engine):
    result = model_of(name, engine).fit()
    assert result.converged
    theirs = judged(name, statsmodels_params(name))
    assert judged(name, result.params) >= theirs - 1e-6


@pytest.mark.filterwarnings("ignore::sarimax_c.NumericalWarning")
@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize("name", [name for name in NAMES if name != "measured"])
def test_estimates_are_maxima(name, engine):
    model = model_of(name, engine)
    result = model.fit()
    # What a Newton step in the estimates themselves would still gain; where a root
    # is on the unit circle there is a slope and no maximum inside.
    information = -model.hessian(result.params)
    values, vectors = np.linalg.eigh(information * np.outer(*[result.params] * 2))
    inside = np.isfinite(values).all() and values[0] > 0
    if inside:
        slope = vectors.T @ (result.params * model.score(result.params))
        assert 0.5 * (slope**2 / values).sum() < 1e-6
    assert result.llf == model.loglike(result.params)
    assert result.engine_used == "exact"


@pytest.mark.parametrize("engine", AUTO)
def test_the_rule_of_auto_is_in_force_for_what_is_reported(engine):
    for name, used in (("air", "exact"), ("log air", "identical")):
        result = model_of(name, engine).fit()
        assert result.engine_used == used
        assert result.llf == model_of(name, used).loglike(result.params)
        assert f"Engine{used:>30}" in str(result)


@pytest.mark.parametrize("engine", AUTO)
def test_calls_are_few(engine):
    # statsmodels: 48 and 152 calls.
    for name, most in (("air", 7), ("log air", 9)):
        result = model_of(name, engine).fit()
        assert result.nit < result.nfev <= most


@pytest.mark.parametrize("engine", AUTO)
def test_methods_of_scipy_fit_models_that_are_not_covered_as_statsmodels_does(engine):
    name = "measured"
    ours = model_of(name, engine).fit(method="lbfgs")
    same = model_of(name, "identical").fit()
    np.testing.assert_array_equal(ours.params, same.params)
    assert (ours.nit, ours.nfev) == (same.nit, same.nfev)
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("engine", EXACT)
def test_the_exact_engine_refuses_what_it_does_not_cover(engine):
    with pytest.raises(sx.SpecError, match=r"engine='exact' cannot .* measurement err"):
        model_of("measured", engine).fit()
    many_gaps = np.where(np.arange(120) % 2, np.nan, Y)
    with pytest.raises(sx.SpecError, match=r"engine='exact' cannot .* missing values"):
        sx.sarimax_fit(many_gaps, engine=engine)


@pytest.mark.parametrize("engine", [*AUTO, *EXACT])
def test_gaps_in_a_lag_list_may_leave_the_stationary_region(engine):
    # statsmodels ends where it skips every observation, at a log-likelihood of 0.
    y = fit_list()["sunspots"].y
    options = {"order": ([1, 2, 9], 0, 0), "trend": "c"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SARIMAX(y, **options).fit(disp=False, cov_type="none")
    assert theirs.llf == 0.0
    result = sx.sarimax_fit(y, engine=engine, **options)
    assert result.converged
    assert result.llf < -1200
    assert result.engine_used == "exact"


@pytest.mark.parametrize("engine", [*AUTO, *EXACT])
def test_a_moving_average_on_the_unit_circle(engine):
    # Overdifferenced noise: the maximum is at theta = -1, u = infinity.
    y = np.random.default_rng(3).standard_normal(80)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SARIMAX(y, order=(0, 1, 1)).fit(disp=False, cov_type="none")
    result = sx.sarimax_fit(y, order=(0, 1, 1), engine=engine)
    exact = sx.Model(y, order=(0, 1, 1), engine="exact")
    assert result.converged
    assert -1.0 <= result.params[0] < -0.99
    assert exact.loglike(result.params) >= exact.loglike(theirs.params) - 1e-6
    # And its estimates are a start again.
    again = exact.fit(result.params)
    assert again.llf >= result.llf - 1e-6


UNIT_ROOTS = {"order": (1, 0, 0), "seasonal": (1, 0, 0, 4)}


@pytest.mark.parametrize("engine", [*AUTO, *EXACT])
def test_a_start_beside_a_unit_root(engine):
    model = sx.Model(Y, engine=engine, **UNIT_ROOTS)
    start = [1 - 1e-6, 1 - 1e-6, 1.0]
    with pytest.raises(sx.SpecError, match=r"engine='exact' cannot .* unit root"):
        sx.Model(Y, engine="exact", **UNIT_ROOTS).loglike(start)
    result = model.fit(start)
    assert result.converged
    assert result.llf == pytest.approx(model.fit().llf, abs=1e-6)


@pytest.mark.parametrize("engine", AUTO)
def test_options_of_the_optimizer_win(engine):
    model = model_of("log air", engine)
    loose = model.fit(options={"ftol": 1e-2})
    assert loose.nit < model.fit().nit
    with pytest.warns(sx.ConvergenceWarning, match="EVALUATIONS EXCEEDS LIMIT"):
        short = model.fit(options={"maxfun": 3})
    assert short.nfev <= 6


@pytest.mark.parametrize("engine", AUTO)
def test_more_iterations_than_statsmodels_where_they_are_needed(engine):
    # AR and MA roots that all but cancel: a ridge.
    y = fit_list()["quarters"].y[:80]
    model = sx.Model(y, order=(3, 1, 3), engine=engine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stopped = model.fit(maxiter=20)
        result = model.fit()
    assert not stopped.converged
    assert result.nit > 50
    assert result.llf > stopped.llf


# ---- objective and coordinates -------------------------------------------------------

SHAPES = {
    "airline": (AIRLINE, None),
    "regression": ({"order": (2, 1, 1), "trend": "ct"}, 2),
    "concentrated": ({"order": (1, 0, 2), "trend": "c", "concentrate_scale": True}, 1),
    "not enforced": ({"order": (2, 0, 2), "enforce_stationarity": False}, None),
    "not invertible": ({"order": (2, 0, 2), "enforce_invertibility": False}, None),
}


def shaped(name, engine):
    """A model of that shape, and unconstrained parameters."""
    options, k_exog = SHAPES[name]
    exog = None
    if k_exog:
        exog = np.random.default_rng(8).standard_normal((120, k_exog)).cumsum(axis=0)
    model = sx.Model(Y, exog, engine=engine, **options)
    return model, 0.3 + 0.2 * np.cos(np.arange(model.k_params))


@pytest.mark.parametrize("engine", EXACT)
@pytest.mark.parametrize("name", SHAPES)
def test_gradient_of_the_objective(name, engine):
    model, start = shaped(name, engine)
    objective = ExactObjective(model, start, Climb("L-BFGS-B", 1e-5, {}, None))
    z, value, gradient = objective.seen
    llf = model.loglike(model.transform_params(start))
    assert value == pytest.approx(-llf / 120, rel=1e-12)
    assert value == pytest.approx(objective.value(z), rel=1e-12)
    for i in range(len(z)):
        values = [objective.value(z + h * np.eye(len(z))[i]) for h in (-1e-3, 1e-3)]
        assert (values[1] - values[0]) / 2e-3 == pytest.approx(
            gradient[i], rel=1e-4, abs=1e-6
        )


@pytest.mark.parametrize("engine", AUTO)
def test_the_identical_engine_stands_in_beside_a_unit_root(engine):
    model = sx.Model(Y, engine=engine, **UNIT_ROOTS)
    start = np.array([0.5, 0.5, 1.0])
    objective = ExactObjective(model, start, Climb("L-BFGS-B", 1e-5, {}, None))
    before = objective.nfev
    z = objective.from_unconstrained(np.array([-25.0, -25.0, 2.0]))
    value, gradient = objective.value_and_gradient(z)
    params = model.transform_params(objective.to_unconstrained(z))
    identical = sx.Model(Y, engine="identical", **UNIT_ROOTS)
    assert value == objective.value(z) == -identical.loglike(params) / 120
    assert objective.nfev == before + 5  # three differences among them
    nearby = objective.value(z + np.array([0.0, 0.0, 1e-3]))
    assert (nearby - value) / 1e-3 == pytest.approx(gradient[2], rel=1e-2)


@pytest.mark.parametrize("engine", [*AUTO, *EXACT])
def test_points_without_a_likelihood_are_much_worse_than_the_start(engine):
    options = {"order": ([1, 2, 9], 0, 0), "trend": "c"}
    model = sx.Model(Y, engine=engine, **options)
    start = np.array([0.1, 0.1, 0.1, 0.1, 1.0])
    objective = ExactObjective(model, start, Climb("L-BFGS-B", 1e-5, {}, None))
    outside = np.array([0.1, -3.0, -3.0, -3.0, 1.0])
    z = objective.from_unconstrained(outside)
    skipping = sx.Model(Y, engine="identical", **options)
    assert skipping.evaluate(model.transform_params(outside))[1] > 0
    assert objective.value(z) == objective.value_and_gradient(z)[0]
    assert objective.value(z) == pytest.approx(objective.seen[1] + 10.0)


TRANSFORMS = {
    "one of each": {"order": (1, 0, 1), "seasonal": (1, 0, 1, 4), "trend": "c"},
    "long blocks": {"order": (7, 0, 5), "seasonal": (3, 0, 2, 12), "trend": "ct"},
    "lag lists": {"order": ([1, 4], 0, [2, 3, 9])},
    "measurement error": {"order": (2, 1, 0), "measurement_error": True},
    "concentrated": {"order": (2, 0, 2), "concentrate_scale": True},
    "not stationary": {"order": (2, 0, 2), "enforce_stationarity": False},
    "not invertible": {"order": (2, 0, 2), "enforce_invertibility": False},
}


@pytest.mark.parametrize("engine", AUTO)
@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("size", [0.01, 1.0, 30.0])
def test_derivatives_by_coordinates(name, size, engine):
    options = TRANSFORMS[name]
    renamed = {**options}
    renamed["seasonal_order"] = renamed.pop("seasonal", (0, 0, 0, 0))
    x = np.random.default_rng(4).standard_normal((120, 2))
    oracle = SARIMAX(Y, x, **renamed)
    core = sx.Model(Y, x, engine=engine, **options)._backend
    k_params = oracle.k_params
    free = size * np.random.default_rng(k_params).standard_normal(k_params)
    free[-1] = abs(free[-1])  # sigma
    score = np.random.default_rng(1).standard_normal(k_params)
    units = core.search_units(1.7)
    z = core.to_search(units, free)
    np.testing.assert_allclose(core.from_search(units, z), free, rtol=1e-12)
    slopes = np.empty(k_params)
    for i, step in enumerate(1e-6 * np.eye(k_params)):
        above, below = (core.from_search(units, z + s) for s in (step, -step))
        slopes[i] = (above - below)[i] / 2e-6
    # Complex steps through statsmodels' transformation: no rounding of differences.
    steps = free + 1e-30j * np.eye(k_params)
    jacobian = np.array([oracle.transform_params(s).imag / 1e-30 for s in steps])
    found = core.search_gradient(units, z, score)
    tolerance = 1e-6 * np.abs(slopes) * (np.abs(jacobian) @ np.abs(score))
    assert (np.abs(found - slopes * (jacobian @ score)) <= tolerance).all()


@pytest.mark.parametrize("engine", AUTO)
def test_coordinates_of_wrong_arguments(engine):
    core = sx.Model(Y, engine=engine)._backend
    with pytest.raises(TypeError):
        core.search_units("1")
    with pytest.raises(TypeError, match="search expected 2 arguments"):
        core.to_search([1.0, 1.0])
    with pytest.raises(sx.DataError, match="params must have 2 elements"):
        core.from_search([1.0, 1.0], [1.0])
