# SPDX-License-Identifier: BSD-3-Clause
"""The core's own search against scipy's and statsmodels', and fixed parameters."""

import functools
import math
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from fit_list import fit_list
from scipy.signal import lfilter
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.datasets import load_airpassengers
from sarimax_c.fit_native import fixed_positions
from sarimax_c.spec import make_specification

CORE = sx.engine_info()["core_available"]
NATIVE = ["auto", "exact"] * CORE
OTHERS = ["statsmodels", *["identical"] * CORE]
AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
AIR = load_airpassengers()[1].astype(float)
NILE = fit_list()["nile"].y
RNG = np.random.default_rng(5)
WALK = RNG.standard_normal(150).cumsum()
X = RNG.standard_normal((150, 2))


def statsmodels_of(y, options):
    renamed = {**options}
    renamed["seasonal_order"] = renamed.pop("seasonal", (0, 0, 0, 0))
    return SARIMAX(y, **renamed)


@pytest.mark.parametrize("engine", NATIVE)
def test_it_is_the_default(engine):
    result = sx.sarimax_fit(AIR, **AIRLINE, engine=engine)
    assert result.method == "native"
    assert result.message == "converged: an iteration gains next to nothing"
    assert "native" in str(result)
    again = sx.sarimax_fit(AIR, **AIRLINE, engine=engine, method=None, maxiter=400)
    np.testing.assert_array_equal(again.params, result.params)


@pytest.mark.parametrize("engine", OTHERS)
def test_other_engines_have_the_search_of_statsmodels(engine):
    assert sx.sarimax_fit(NILE, engine=engine).method == "L-BFGS-B"


@pytest.mark.parametrize("engine", NATIVE)
@pytest.mark.parametrize("keywords", [{"callback": lambda _: None}, {"options": {}}])
def test_what_is_scipys_needs_scipy(keywords, engine):
    assert sx.sarimax_fit(NILE, engine=engine, **keywords).method == "L-BFGS-B"


@pytest.mark.parametrize("engine", NATIVE)
@pytest.mark.parametrize(
    "name", ["log air", "sunspots", "exog", "walk gaps", "quarters"]
)
def test_scipy_ends_at_the_same_maximum(name, engine):
    case = fit_list()[name]
    model = sx.Model(case.y, **case.options, engine=engine)
    exact = sx.Model(case.y, **case.options, engine="exact")
    ours, scipys = model.fit(), model.fit(method="lbfgs")
    assert scipys.method == "L-BFGS-B"
    assert exact.loglike(ours.params) == pytest.approx(
        exact.loglike(scipys.params), abs=1e-7
    )
    # With AR and MA terms there are more searches, unless the start is given.
    alone = model.fit(model.start_params)
    assert alone.nfev <= scipys.nfev + 2


NOT_COVERED = {
    "measured": (WALK, {"measurement_error": True}),
    "measured walk": (
        WALK + 2 * X[:, 0],
        {"order": (0, 1, 0), "measurement_error": True},
    ),
    "measured arma": (
        *(WALK, {"order": (1, 0, 1), "measurement_error": True, "trend": "c"}),
    ),
    "measured exog": (
        *(
            WALK + X @ [1.0, 5.0],
            {"order": (0, 1, 0), "measurement_error": True, "exog": X},
        ),
    ),
    "gaps": (np.where(np.arange(150) % 2, np.nan, WALK), {"order": (1, 1, 1)}),
    "gaps concentrated": (
        *(
            np.where(np.arange(150) % 2, np.nan, WALK),
            {"order": (2, 0, 0), "trend": "c", "concentrate_scale": True},
        ),
    ),
}


@pytest.mark.filterwarnings("ignore::sarimax_c.NumericalWarning")  # start values
@pytest.mark.parametrize("engine", sorted({*NATIVE} & {"auto"}))
@pytest.mark.parametrize("name", NOT_COVERED)
def test_models_the_exact_engine_does_not_cover(name, engine):
    y, options = NOT_COVERED[name]
    model = sx.Model(y, **options, engine=engine)
    result = model.fit()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = statsmodels_of(y, options).fit(disp=False, cov_type="none")
    assert result.converged
    assert result.engine_used == "identical"
    assert result.llf >= model.loglike(theirs.params) - 1e-6
    assert result.llf == model.loglike(result.params)
    if options.get("concentrate_scale"):
        assert result.scale == model.filter(result.params).scale


GAPPED = {
    "walk": (0, {"order": (1, 0, 1), "seasonal_order": (1, 0, 1, 4)}),
    "arma": (
        33,
        {
            "order": (2, 0, 1),
            "enforce_stationarity": False,
            "enforce_invertibility": False,
        },
    ),
}


@pytest.mark.parametrize("name", GAPPED)
def test_half_the_values_missing(name):
    seed, options = GAPPED[name]
    rng = np.random.default_rng([seed, 2])
    y = rng.normal(size=120)
    if name == "walk":
        y = y.cumsum()
    else:
        shocks = np.r_[0.0, 0.0, y[2:] + 0.5 * y[1:-1]]
        y = lfilter([1.0], [1.0, -1.2, 0.4], shocks)
    y[rng.random(120) < 0.5] = np.nan
    assert np.isnan(y).sum() > 48
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = SARIMAX(y, **options).fit(disp=0)
        rest = {**options}
        seasonal = rest.pop("seasonal_order", (0, 0, 0, 0))
        ours = sx.sarimax_fit(y, seasonal=seasonal, **rest)
    assert ours.llf > theirs.llf - 1e-3


@pytest.mark.filterwarnings("ignore")  # some of them end where nothing is better
@pytest.mark.parametrize("trend", [None, "t"])
@pytest.mark.parametrize("seed", [1, 4, 5, 8])
def test_levels_far_from_the_start_are_no_infinite_variance(seed, trend):
    y = 100.0 + 0.3 * np.random.default_rng(seed).standard_normal(53)
    options = {"order": (1, 0, 0), "trend": trend, "measurement_error": True}
    result = sx.sarimax_fit(y, **options)
    theirs = statsmodels_of(y, options).fit(disp=0)
    assert result.llf >= theirs.llf - 1e-6
    assert result.params.max() < 1e4


@pytest.mark.filterwarnings("ignore")  # statsmodels' start values, and its ends
def test_a_walk_whose_best_maximum_is_reached_from_zeros():
    walks = np.random.default_rng(5).normal(size=(19, 72)).cumsum(axis=1)
    options = {"order": (2, 1, 2)}
    model = sx.Model(walks[18], **options)
    theirs = statsmodels_of(walks[18], options).fit(disp=0)
    assert model.fit().llf >= model.loglike(theirs.params) - 1e-6


# Walks with measurement error, at a level: beside a unit root the search without the
# exact engine ended up to 800 below.
@pytest.mark.filterwarnings("ignore")  # statsmodels' start values, and its ends
@pytest.mark.parametrize("seed", [36, 37, 38])
@pytest.mark.parametrize("order", [(1, 0, 0), (1, 0, 1)])
@pytest.mark.parametrize("concentrate_scale", [False, True])
def test_measured_levels(seed, order, concentrate_scale):
    rng = np.random.default_rng(seed)
    y = 1000 + rng.normal(size=120).cumsum() + rng.normal(size=120)
    options = {"order": order, "measurement_error": True}
    options["concentrate_scale"] = concentrate_scale
    result = sx.sarimax_fit(y, **options)
    theirs = statsmodels_of(y, options).fit(disp=0)
    assert result.llf >= sx.Model(y, **options).loglike(theirs.params) - 1e-6
    without = sx.sarimax_fit(y, **{**options, "measurement_error": False})
    assert result.llf >= without.llf - 1e-6


@pytest.mark.filterwarnings("ignore")  # statsmodels' start values, and its ends
@pytest.mark.parametrize("y", [np.ones(50), np.tile([1.0, 2, 3, 4], 12)])
def test_measured_without_a_start_from_the_nested_estimates(y):
    options = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 4), "measurement_error": True}
    theirs = statsmodels_of(y, options).fit(disp=0)
    assert sx.sarimax_fit(y, **options).llf >= theirs.llf


@pytest.mark.parametrize("engine", NATIVE)
def test_a_start_that_was_moved_inside_is_told(engine):
    model = sx.Model(WALK, engine=engine)
    with pytest.warns(sx.NumericalWarning, match="Using zeros"):
        zeros = model.start_params
    with pytest.warns(sx.NumericalWarning) as caught:
        model.fit()
    (told,) = caught
    assert "(non-stationary autoregression); the search starts" in str(told.message)
    assert "zeros" not in str(told.message)
    assert told.filename == __file__
    # And so it does.
    with pytest.warns(sx.SarimaxWarning):
        first = model.fit(maxiter=1)
    with pytest.warns(sx.ConvergenceWarning):
        other = model.fit(zeros, maxiter=1)
    assert first.llf > other.llf


@pytest.mark.parametrize("engine", NATIVE)
def test_beside_fixed_parameters_the_start_is_statsmodels(engine):
    with pytest.warns(sx.NumericalWarning, match="Using zeros") as caught:
        sx.Model(WALK, engine=engine).fit(fixed_params={"sigma2": 1.0})
    assert caught[0].filename == __file__


@pytest.mark.parametrize("engine", sorted({*NATIVE} & {"auto"}))
def test_a_start_without_counterpart_is_told(engine):
    # Squares overflow: the start value of sigma2 is infinite.
    y = np.array([1.0, -2.0, 3.0, -1.0, 2.0, 1.0]) * 1e200
    with pytest.warns(sx.SarimaxWarning) as caught:
        result = sx.Model(y, order=(0, 0, 1), engine=engine).fit()
    (told,) = [w for w in caught if "no start for sigma2 inside" in str(w.message)]
    assert told.filename == __file__
    assert not result.converged


# ---- series in levels: autoregressions with a unit root --------------------------

MACRO = sm.datasets.macrodata.load_pandas().data
LEVELS = {
    **{
        name: MACRO[name].to_numpy() for name in ("realgdp", "realcons", "cpi", "unemp")
    },
    "log realgdp": np.log(MACRO["realgdp"].to_numpy()),
    "air": AIR,
    "walk": WALK,
    "walk at 100": WALK * 10 + 100,
    "drift": (RNG.standard_normal(200) + 0.3).cumsum() + 50,
    "near": lfilter([1.0], [1.0, -0.999], RNG.standard_normal(120)) * 1e-2,
    "twice": WALK.cumsum(),
    "growth": 1e3 * np.exp(0.01 * np.arange(150) + 0.05 * WALK),
}
LEVEL_ORDERS = [
    ((1, 0, 0), (0, 0, 0, 0)),
    ((2, 0, 0), (0, 0, 0, 0)),
    ((1, 0, 1), (0, 0, 0, 0)),
    ((2, 0, 1), (0, 0, 0, 0)),
    ((1, 0, 0), (1, 0, 0, 4)),
]


def above(name, order, seasonal, ours):
    """How far our fit's log-likelihood is above that of statsmodels' fit."""
    y = LEVELS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            theirs = SARIMAX(y, order=order, seasonal_order=seasonal).fit(
                disp=False, cov_type="none"
            )
        except np.linalg.LinAlgError:
            return math.inf
    both = np.array([ours, theirs.params])
    try:
        judge = sx.Model(y, None, order, seasonal, engine="exact")
        values = [judge.loglike(params) for params in both]
    except sx.SpecError:
        judge = sx.Model(y, None, order, seasonal, engine="identical")
        values = [judge.loglike(params) for params in both]
    return values[0] - values[1]


@functools.cache
def level_fits(name):
    """For each order: our fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.NumericalWarning)
        return [
            sx.Model(LEVELS[name], None, *orders, engine="auto").fit(cov_type="none")
            for orders in LEVEL_ORDERS
        ]


@pytest.mark.parametrize("engine", sorted({*NATIVE} & {"auto"}))
@pytest.mark.parametrize("name", LEVELS)
def test_levels_converge_at_least_as_high_as_statsmodels(name, engine):
    for orders, fitted in zip(LEVEL_ORDERS, level_fits(name), strict=True):
        assert fitted.model.engine == engine
        assert fitted.converged
        assert above(name, *orders, fitted.params) >= -1e-6


@pytest.mark.parametrize("engine", sorted({*NATIVE} & {"auto"}))
def test_levels_take_few_evaluations(engine):
    fits = [fitted for name in LEVELS for fitted in level_fits(name)]
    assert {fitted.model.engine for fitted in fits} == {engine}
    calls = [fitted.nfev for fitted in fits]
    assert max(calls) <= 150
    assert np.mean(calls) <= 40


# ---- fixed parameters ----------------------------------------------------------------

FIXED = {
    "moving average": (AIR, AIRLINE, {"ma.L1": -0.2}),
    "both": (AIR, AIRLINE, {"ma.L1": -0.2, "ma.S.L12": -0.3}),
    "variance": (NILE, {"order": (1, 0, 0), "trend": "c"}, {"sigma2": 2e4}),
    "trend": (NILE, {"order": (1, 0, 0), "trend": "c"}, {"intercept": 400.0}),
    "regressor": (WALK, {"order": (1, 1, 1), "exog": X}, {"x2": 1.0}),
    "outside": (NILE, {"order": (0, 1, 1)}, {"ma.L1": -1.25}),
    "not enforced": (
        *(WALK, {"order": (2, 0, 0), "enforce_stationarity": False}, {"ar.L2": 0.0}),
    ),
    "measured": (WALK, {"order": (1, 0, 0), "measurement_error": True}, {"ar.L1": 0.9}),
}


@functools.cache
def statsmodels_fit(name):
    y, options, fixed = FIXED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = statsmodels_of(y, options)
        return model.fit_constrained(dict(fixed), disp=False, maxiter=200)


@pytest.mark.filterwarnings("ignore::sarimax_c.SarimaxWarning")
@pytest.mark.parametrize("name", FIXED)
def test_iterations_around_fixed_parameters_are_those_of_statsmodels(name):
    y, options, fixed = FIXED[name]
    theirs = statsmodels_fit(name)
    model = sx.Model(y, **options, engine="statsmodels")
    result = model.fit(fixed_params=fixed, maxiter=200)
    assert (result.engine_used, result.fixed_params) == ("statsmodels", tuple(fixed))
    returned = theirs.mle_retvals
    assert (result.nit, result.nfev) == (returned["iterations"], returned["fcalls"])
    assert result.llf == pytest.approx(theirs.llf, rel=1e-12, abs=0)
    np.testing.assert_allclose(result.params, theirs.params, rtol=1e-10)


SCIPYS = [
    *[{"engine": name} for name in OTHERS],
    {"engine": "statsmodels", "method": "nm", "maxiter": 2000},
    *[{"engine": name, "method": "bfgs", "maxiter": 200} for name in NATIVE],
    *[{"engine": name, "options": {"maxiter": 200}} for name in NATIVE],
    *[{"engine": name, "callback": lambda _: None} for name in NATIVE],
]


@pytest.mark.filterwarnings("ignore::sarimax_c.SarimaxWarning")
@pytest.mark.parametrize("keywords", SCIPYS, ids=lambda k: " ".join([k["engine"], *k]))
@pytest.mark.parametrize("name", ["moving average", "trend", "not enforced"])
def test_scipys_methods_keep_parameters_fixed(name, keywords):
    y, options, fixed = FIXED[name]
    theirs = statsmodels_fit(name)
    result = sx.sarimax_fit(y, **options, **keywords, fixed_params=fixed)
    places = [result.param_names.index(name) for name in fixed]
    assert result.params[places].tolist() == list(fixed.values())
    assert result.llf >= theirs.llf - 2e-4
    there = statsmodels_of(y, options).loglike(result.params)
    assert result.llf == pytest.approx(there, abs=1e-6)
    assert np.isnan(result.bse[places]).all()


@pytest.mark.parametrize("engine", [*NATIVE, *OTHERS])
def test_a_callback_sees_the_fixed_values(engine):
    seen = []
    sx.sarimax_fit(
        *(NILE, None, (0, 1, 1)),
        engine=engine,
        fixed_params={"ma.L1": -1.25},
        callback=seen.append,
    )
    assert seen
    assert {point[0] for point in seen} == {-1.25}


@pytest.mark.filterwarnings("ignore::sarimax_c.NumericalWarning")  # start values
@pytest.mark.parametrize("engine", sorted({*NATIVE} & {"auto"}))
@pytest.mark.parametrize("name", FIXED)
def test_fixed_parameters(name, engine):
    y, options, fixed = FIXED[name]
    theirs = statsmodels_fit(name)
    model = sx.Model(y, **options, engine=engine)
    result = model.fit(fixed_params=fixed)
    assert result.converged
    assert result.fixed_params == tuple(fixed)
    places = [result.param_names.index(name) for name in fixed]
    assert result.params[places].tolist() == list(fixed.values())
    assert result.llf >= model.loglike(np.asarray(theirs.params)) - 1e-6
    assert result.k_params == len(result.params) - len(fixed)
    # At statsmodels' estimates: how far searches go differs.
    again = model.fit(theirs.params, fixed_params=fixed)
    assert np.isnan(again.bse[places]).all()
    np.testing.assert_allclose(again.bse, theirs.bse, rtol=2e-2)
    copy = pickle.loads(pickle.dumps(result))
    np.testing.assert_array_equal(copy.cov_params, result.cov_params)


@pytest.mark.parametrize("engine", [*NATIVE, *OTHERS])
def test_nothing_left_to_estimate(engine):
    values = {"ma.L1": -0.2, "ma.S.L12": -0.3, "sigma2": 130.0}
    model = sx.Model(AIR, **AIRLINE, engine=engine)
    result = model.fit(fixed_params=values)
    assert result.converged
    assert result.nfev == result.k_params == 0
    assert result.llf == model.loglike(list(values.values()))
    assert np.isnan(result.bse).all()


@pytest.mark.parametrize("engine", [*NATIVE, *OTHERS])
def test_no_fixed_parameters(engine):
    model = sx.Model(NILE, engine=engine)
    free, none = model.fit(), model.fit(fixed_params={})
    np.testing.assert_array_equal(none.params, free.params)
    assert none.fixed_params == ()


@pytest.mark.parametrize(
    ("order", "seasonal", "fixed"),
    [
        ((2, 0, 1), (0, 0, 0, 0), {"ar.L1": 0.5}),
        ((1, 0, 2), (0, 0, 0, 0), {"ma.L2": 0.5}),
        ((1, 0, 0), (2, 0, 0, 4), {"ar.S.L8": 0.5}),
        ((1, 0, 0), (0, 0, 2, 4), {"ma.S.L4": 0.5, "ar.L1": 0.1}),
        ((1, 0, 0), (0, 0, 0, 0), {"ma.L1": 0.5}),
    ],
)
def test_errors_are_those_of_statsmodels(order, seasonal, fixed):
    spec = make_specification(order, seasonal, 0)
    theirs = SARIMAX(NILE, order=order, seasonal_order=seasonal)
    with (
        pytest.raises(ValueError, match=r"Cannot fix|Invalid") as expected,
        theirs.fix_params(fixed),
    ):
        pass
    with pytest.raises(sx.SpecError) as found:
        fixed_positions(fixed, theirs.param_names, spec)
    assert str(found.value).startswith(str(expected.value))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_fixed_value_must_be_finite(value):
    spec = make_specification((1, 0, 0), (0, 0, 0, 0), 0)
    with pytest.raises(sx.SpecError, match=r"fixed value of ar\.L1 must be finite"):
        fixed_positions({"ar.L1": value}, ["ar.L1", "sigma2"], spec)


@pytest.mark.parametrize("engine", [*NATIVE, *OTHERS])
def test_fixed_parameters_may_be_a_series(engine):
    given, series = ({"ar.L1": 0.5}, pd.Series({"ar.L1": 0.5}))
    model = sx.Model(NILE, engine=engine)
    ours, theirs = model.fit(fixed_params=series), model.fit(fixed_params=given)
    assert ours.fixed_params == theirs.fixed_params == ("ar.L1",)
    np.testing.assert_array_equal(ours.params, theirs.params)
    none = model.fit(fixed_params=pd.Series(dtype=float))
    np.testing.assert_array_equal(none.params, model.fit().params)


@pytest.mark.parametrize("wrong", [["ar.L1"], [], "ar.L1", 0.5, np.zeros(2)])
def test_fixed_parameters_have_names(wrong):
    with pytest.raises(TypeError, match="must be a mapping of names to values"):
        sx.sarimax_fit(NILE, fixed_params=wrong)


@pytest.mark.parametrize("engine", [*NATIVE, *OTHERS])
def test_the_name_of_the_default_search(engine):
    model = sx.Model(NILE, engine=engine)
    named, default = model.fit(method="native"), model.fit()
    assert named.method == default.method
    np.testing.assert_array_equal(named.params, default.params)


@pytest.mark.parametrize("engine", [*NATIVE, *OTHERS])
def test_a_start_may_be_outside_where_it_is_fixed(engine):
    model = sx.Model(NILE, order=(0, 1, 1), engine=engine)
    start = [-1.25, 2e4]
    with pytest.raises(sx.DataError, match="outside the region"):
        model.fit(start)
    assert model.fit(start, fixed_params={"ma.L1": -1.25}).params[0] == -1.25


# ---- hardly any data -----------------------------------------------------------------


@pytest.mark.parametrize("engine", sorted({*NATIVE} & {"auto"}))
def test_two_observations_after_missing_ones(engine):
    """Start values leave sigma2 at its floor, where the log-likelihood is -4e9."""
    y = np.r_[np.full(58, np.nan), 3.0, 4.0]
    with np.errstate(all="ignore"):
        theirs = SARIMAX(y, order=(0, 1, 1)).fit(disp=0)
    with pytest.warns(sx.NumericalWarning, match="Too few observations"):
        ours = sx.sarimax_fit(y, order=(0, 1, 1), engine=engine)
    assert ours.llf >= theirs.llf
    assert ours.llf > -20.0
