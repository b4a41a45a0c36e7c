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
from sarimax_c.coordinates import Coordinates

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
def test_coordinates_are_inverted(name, engine):
    model, start = shaped(name, engine)
    coordinates = Coordinates(model, start)
    x, slopes = coordinates.to_unconstrained(coordinates.from_unconstrained(start))
    np.testing.assert_allclose(x, start, rtol=1e-12)
    z = coordinates.from_unconstrained(start)
    for i in range(len(z)):
        step = 1e-5 * np.eye(len(z))[i]
        above, below = (coordinates.to_unconstrained(z + s)[0] for s in (step, -step))
        assert (above - below)[i] / 2e-5 == pytest.approx(slopes[i], rel=1e-6)


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


def test_reflection_coefficients_turn_back_at_the_unit_circle():
    model = sx.Model(Y, order=(0, 1, 1), engine=(EXACT or ["statsmodels"])[0])
    coordinates = Coordinates(model, np.zeros(2))
    inside, beyond = (
        model.transform_params(coordinates.to_unconstrained(np.array([v, 0.0]))[0])
        for v in (np.pi / 2 - 0.1, np.pi / 2 + 0.1)
    )
    np.testing.assert_allclose(inside, beyond, rtol=1e-12)
    edge, _ = coordinates.to_unconstrained(np.array([np.pi / 2, 1e6]))
    assert np.isfinite(edge).all()
    assert np.isfinite(model.untransform_params(model.transform_params(edge))).all()
