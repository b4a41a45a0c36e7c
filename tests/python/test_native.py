# SPDX-License-Identifier: BSD-3-Clause
"""`Model`: what it accepts, refuses and remembers, on every engine there is."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from statsmodels.tools.sm_exceptions import EstimationWarning
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

CORE_ENGINES = ["identical", "auto", "exact"] * sx.engine_info()["core_available"]
ENGINES = ["statsmodels", *CORE_ENGINES]
NONE = (0, 0, 0, 0)
RNG = np.random.default_rng(5)
Y = RNG.standard_normal(60).cumsum() + 3.0
X = RNG.standard_normal((60, 2)).cumsum(axis=0)
FUTURE = RNG.standard_normal((4, 2))
AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 4)}
AIRLINE_PARAMS = [-0.4, -0.5, 1.2]


@pytest.fixture(params=ENGINES)
def make(request):
    """Make a model on one engine."""

    def make(*args, **kwargs):
        return sx.Model(*args, engine=request.param, **kwargs)

    make.engine = request.param
    return make


@pytest.fixture(params=sorted({*ENGINES} - {"exact"}))
def make_anywhere(request):
    """Make a model on an engine that computes at any parameters."""
    return lambda *args, **kwargs: sx.Model(*args, engine=request.param, **kwargs)


def test_attributes(make):
    model = make(Y, X, (1, 1, 1), (1, 0, 1, 4), trend="t")
    oracle = SARIMAX(Y, X, order=(1, 1, 1), seasonal_order=(1, 0, 1, 4), trend="t")
    assert model.engine == make.engine
    assert model.nobs == oracle.nobs
    assert model.k_states == oracle.k_states
    assert model.k_params == oracle.k_params
    assert model.k_exog == oracle.k_exog
    assert model.loglikelihood_burn == oracle.loglikelihood_burn
    assert model.param_names == oracle.param_names
    np.testing.assert_array_equal(model.endog, Y)
    np.testing.assert_array_equal(model.exog, X)
    assert make(Y).exog is None


LIKE = {
    "list": (Y.tolist(), X.tolist()),
    "column": (Y[:, None], X),
    "Fortran": (Y, np.asfortranarray(X)),
    "strided": (np.repeat(Y, 2)[::2], np.repeat(X, 3, axis=0)[::3]),
    "big endian": (Y.astype(">f8"), X.astype(">f8")),
    "pandas": (pd.Series(Y), pd.DataFrame(X)),
    "frames": (pd.DataFrame({"y": Y}), pd.DataFrame(X, columns=["a", "b"])),
    "masked": (np.ma.array(Y), np.ma.array(X)),
}


@pytest.mark.parametrize("name", LIKE)
def test_array_likes_give_the_same(make, name):
    y, exog = LIKE[name]
    params = [0.1, 0.2, 0.5, 1.0]
    expected = make(Y, X).loglike(params)
    assert make(y, exog).loglike(params) == expected
    assert make(y, exog).loglike(tuple(params)) == expected
    assert make(y, exog).loglike(np.array(params)[::-1][::-1]) == expected


def test_other_number_types_are_rounded_to_float64(make):
    params = [0.5, 1.0]
    single = Y.astype(np.float32)
    assert make(single).loglike(params) == make(single.astype(float)).loglike(params)
    assert make([1, 2, 3]).loglike(params) == make([1.0, 2.0, 3.0]).loglike(params)
    assert make([True, False]).loglike(params) == make([1.0, 0.0]).loglike(params)
    assert make(Y).loglike([0, 1]) == make(Y).loglike([0.0, 1.0])


def test_mask_is_missing(make):
    gaps = Y.copy()
    gaps[[3, 10]] = np.nan
    masked = np.ma.array(Y, mask=np.isnan(gaps))
    assert make(masked).loglike([0.5, 1.0]) == make(gaps).loglike([0.5, 1.0])


def test_inputs_are_not_written(make):
    y, exog, params, future = Y.copy(), X.copy(), np.array([0.1, 0.2, 0.5, 1.0]), FUTURE
    for array in (y, exog, params, future):
        array.flags.writeable = False
    for simple in (False, True):
        model = make(y, exog, (1, 1, 0), simple_differencing=simple)
        model.loglike(params)
        model.loglikes(params[np.newaxis])
        model.loglike_score(params)
        model.hessian(params)
        model.loglikeobs(params)
        model.filter(params)
        model.forecast(params, 4, future)
        model.transform_params(params)
        model.untransform_params(params)
        assert len(model.start_params) == 4
    np.testing.assert_array_equal(y, Y)
    np.testing.assert_array_equal(exog, X)
    future.flags.writeable = True


def test_later_changes_of_the_data_do_not_matter(make):
    y, exog = Y.copy(), X.copy()
    model = make(y, exog, (1, 1, 0), simple_differencing=True)
    before = model.loglike([0.1, 0.2, 0.5, 1.0])
    y[:] = 1.0
    exog[:] = 1.0
    assert model.loglike([0.1, 0.2, 0.5, 1.0]) == before
    assert pickle.loads(pickle.dumps(model)).loglike([0.1, 0.2, 0.5, 1.0]) == before


@pytest.mark.parametrize(
    ("exog", "options"),
    [
        (X, {}),
        (X[:, 0], {}),
        (np.c_[np.ones(60), X], {}),
        (np.c_[X, np.zeros(60)], {}),
        (np.c_[X, np.ones(60), 2 * np.ones(60)], {}),
        (np.c_[np.arange(60.0), X], {"order": (1, 1, 0), "simple_differencing": True}),
        (pd.DataFrame(X, columns=["price", "rain"]), {}),
        (pd.DataFrame(X, columns=["price", "rain"]), {"trend": "ct"}),
        (pd.Series(X[:, 0], name="price"), {"measurement_error": True}),
    ],
)
def test_param_names_with_regressors(make, exog, options):
    oracle = SARIMAX(pd.Series(Y), exog, **options)
    if not isinstance(exog, (pd.DataFrame, pd.Series)):
        oracle = SARIMAX(Y, exog, **options)
    assert make(Y, exog, **options).param_names == oracle.param_names


@pytest.mark.parametrize("y", ["abc", [1j], np.array(["2020"], "M8[Y]"), [None], {}])
def test_series_of_a_wrong_type(make, y):
    with pytest.raises(TypeError, match=r"^y must hold real numbers"):
        make(y)


@pytest.mark.parametrize(
    ("y", "exog", "message"),
    [
        ([], None, r"^y is empty"),
        (np.ones((4, 2)), None, r"univariate `endog`.*argument: y"),
        ([1.0, np.inf, 2.0], None, r"endog contains infinite values.*index 1"),
        ([1.0, -np.inf], None, r"endog contains infinite values.*index 1"),
        (Y, X[:-1], r"endog and exog matrices are different sizes"),
        (Y, np.ones((60, 1, 1)), r"exog is not 1d or 2d"),
        (Y, np.where(X[7, 1] == X, np.nan, X), r"exog contains inf or nans"),
        (Y, np.where(X[0, 0] == X, np.inf, X), r"exog contains inf or nans"),
        (
            pd.Series(Y),
            pd.DataFrame(X, index=range(1, 61)),
            r"The indices for endog and exog are not aligned",
        ),
    ],
)
def test_bad_data(make, y, exog, message):
    with pytest.raises(sx.DataError, match=message):
        make(y, exog)


@pytest.mark.parametrize("trend", ["c", "ct", [1, 0, 1]])
@pytest.mark.parametrize("value", [1.0, -3.0])
def test_constant_beside_a_constant_trend(make, trend, value):
    exog = np.c_[X, np.full(60, value)]
    message = "A constant trend was included"
    with pytest.raises(ValueError, match=message):
        SARIMAX(Y, exog, trend=trend)
    with pytest.raises(sx.SpecError, match=message + r".*trend, exog; column 2"):
        make(Y, exog, trend=trend)


def test_constants_that_are_allowed(make):
    assert make(Y, np.c_[X, np.zeros(60)], trend="c").k_exog == 3
    assert make(Y, np.c_[X, np.ones(60)], trend="t").k_exog == 3
    assert make(Y, X, trend="c").k_exog == 2
    assert make(Y, np.empty((60, 0)), trend="c").k_exog == 0


def test_missing(make):
    gaps = Y.copy()
    gaps[4] = np.nan
    with pytest.raises(sx.DataError, match=r"NaNs were encountered.*missing"):
        make(gaps, missing="raise")
    expected = SARIMAX(gaps, missing="drop").loglike([0.5, 1.0])
    for missing in ("none", "drop"):
        found = make(gaps, missing=missing).loglike([0.5, 1.0])
        assert found == pytest.approx(expected, rel=1e-12)
    assert make(Y, missing="raise").nobs == 60
    with pytest.raises(sx.SpecError, match=r"missing option skip not understood"):
        make(Y, missing="skip")


def test_specification_errors_come_through(make):
    with pytest.raises(sx.SpecError, match=r"negative differencing. \(order="):
        make(Y, order=(1, -1, 0))
    with pytest.raises(sx.SpecError, match=r"greater than 1. \(seasonal="):
        make(Y, seasonal=(1, 0, 0, 1))
    with pytest.raises(sx.SpecError, match=r"5000 states, more than max_states=4096"):
        make(Y, order=(5000, 0, 0))
    with pytest.raises(TypeError, match=r"^Unknown keyword arguments: \['trnd'\]\."):
        make(Y, trnd="c")
    with pytest.raises(NotImplementedError, match="use_exact_diffuse=True"):
        make(Y, use_exact_diffuse=True)


METHODS = {
    "loglike": lambda model, params: model.loglike(params),
    "loglikeobs": lambda model, params: model.loglikeobs(params),
    "evaluate": lambda model, params: model.evaluate(params),
    "engine_for": lambda model, params: model.engine_for(params),
    "score": lambda model, params: model.score(params),
    "loglike_score": lambda model, params: model.loglike_score(params),
    "hessian": lambda model, params: model.hessian(params),
    "filter": lambda model, params: model.filter(params),
    "forecast": lambda model, params: model.forecast(params, 3),
    "transform_params": lambda model, params: model.transform_params(params),
    "untransform_params": lambda model, params: model.untransform_params(params),
}


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


@pytest.mark.parametrize("length", [0, 1, 2, 4, 9])
def test_wrong_number_of_params(make, method, length):
    with pytest.raises(
        sx.DataError, match=rf"params must have 3 elements.*got {length}"
    ):
        method(make(Y, **AIRLINE), np.zeros(length))


@pytest.mark.parametrize("params", [np.zeros((1, 3)), np.zeros((3, 1)), 0.5])
def test_params_of_a_wrong_shape(make, method, params):
    with pytest.raises(sx.DataError, match=r"params must"):
        method(make(Y, **AIRLINE), params)


@pytest.mark.parametrize(
    "params", ["abc", ["a", "b", "c"], [1j, 0, 1], None, [{}, 0, 1]]
)
def test_params_of_a_wrong_type(make, method, params):
    with pytest.raises(TypeError, match=r"params"):
        method(make(Y, **AIRLINE), params)


def test_loglike_is_silent(make_anywhere):
    model = make_anywhere(Y)
    assert model.loglike([0.5, -1.0]) == 0.0
    assert model.evaluate([0.5, -1.0]) == (0.0, 60)
    assert model.filter([0.5, -1.0]).nobs_skipped == 60
    assert np.isnan(model.loglike([np.nan, 1.0]))
    assert model.loglikes([[0.5, -1.0], [0.5, -2.0]]).tolist() == [0.0, 0.0]


def test_lu_failure_is_a_numerical_error(make_anywhere):
    model = make_anywhere(Y)
    with pytest.raises(sx.NumericalError, match="LU decomposition error"):
        model.loglike([-1.0, 1.0])
    with pytest.raises(sx.NumericalError, match="LU decomposition error"):
        model.loglikes([[0.5, 1.0], [-1.0, 1.0]])


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"exact"}))
@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ([0.5, -1.0], "sigma2 not positive"),
        ([np.nan, 1.0], "not finite"),
        ([1.2, 1.0], "not stationary"),
    ],
)
def test_the_exact_engine_says_why_it_cannot(engine, params, reason):
    message = rf"^engine='exact' cannot .*{reason}.*engine='auto' can \(argument: eng"
    model = sx.Model(Y, engine=engine)
    for call in (model.loglike, model.evaluate, model.engine_for, model.score):
        with pytest.raises(sx.SpecError, match=message):
            call(params)
    with pytest.raises(sx.SpecError, match=message):
        model.loglikes([[0.5, 1.0], params])


MANY_GAPS = np.where(np.arange(120) % 2, np.nan, np.tile(Y, 2))


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"auto"}))
@pytest.mark.parametrize(
    ("y", "options", "params", "reason"),
    [
        (Y, {}, [0.5, 1.0], ""),
        (Y, AIRLINE, [-0.4, -0.5, 10.0], ""),
        (Y, {"measurement_error": True}, [0.5, 1.0, 1.0], "measurement error"),
        (MANY_GAPS, {}, [0.5, 1.0], "missing values"),
        (Y, {}, [1.2, 1.0], "not stationary"),
        (Y, {"order": (1, 1, 0)}, [0.5, 1e-9], "rounding"),
    ],
)
def test_engine_for(engine, y, options, params, reason):
    model = sx.Model(y, engine=engine, **options)
    choice = model.engine_for(params)
    assert choice.engine == ("identical" if reason else "exact")
    assert reason in choice.reason
    assert bool(choice.reason) == bool(reason)
    other = sx.Model(y, engine=choice.engine, **options)
    assert model.loglike(params) == other.loglike(params)


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"identical", "statsmodels"}))
def test_engine_for_where_there_is_no_choice(engine):
    choice = sx.Model(Y, engine=engine).engine_for([0.5, 1.0])
    assert choice == sx.EngineChoice(engine, "asked for")


ROWS = np.array([[t, -t, 1.0 + t] for t in np.linspace(-0.9, 0.9, 11)])


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 8, 11])
def test_loglikes_are_those_of_each_row(make, count):
    model = make(Y, **AIRLINE)
    found = model.loglikes(ROWS[:count])
    assert found.shape == (count,)
    expected = [model.loglike(row) for row in ROWS[:count]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "rows",
    [
        ROWS.tolist(),
        np.asfortranarray(ROWS),
        np.repeat(ROWS, 2, axis=0)[::2],
        ROWS.astype(">f8"),
        pd.DataFrame(ROWS),
    ],
)
def test_loglikes_of_array_likes(make, rows):
    model = make(Y, **AIRLINE)
    np.testing.assert_array_equal(model.loglikes(rows), model.loglikes(ROWS))


@pytest.mark.parametrize(
    "rows", [ROWS[:, :2], ROWS[0], 0.5, ROWS[np.newaxis], np.zeros((3, 0)), []]
)
def test_loglikes_of_a_wrong_shape(make, rows):
    with pytest.raises(sx.DataError, match=r"^params must be two-dimensional with 3 c"):
        make(Y, **AIRLINE).loglikes(rows)


@pytest.mark.parametrize("rows", ["abc", [["a", "b", "c"]], [[1j, 0, 1]], None])
def test_loglikes_of_a_wrong_type(make, rows):
    with pytest.raises(TypeError, match=r"^params must hold real numbers"):
        make(Y, **AIRLINE).loglikes(rows)


def test_filter_matches_statsmodels(make):
    gaps = Y.copy()
    gaps[[0, 20]] = np.nan
    result = make(gaps, **AIRLINE).filter(AIRLINE_PARAMS)
    oracle = SARIMAX(gaps, order=(0, 1, 1), seasonal_order=(0, 1, 1, 4))
    expected = oracle.filter(AIRLINE_PARAMS)
    for name in ("forecasts", "forecasts_error", "standardized_forecasts_error"):
        np.testing.assert_allclose(
            getattr(result, name), getattr(expected, name)[0], rtol=1e-8, atol=1e-8
        )
    np.testing.assert_allclose(
        result.forecasts_error_cov, expected.forecasts_error_cov[0, 0], rtol=1e-8
    )
    np.testing.assert_allclose(result.llf_obs, expected.llf_obs, rtol=1e-8, atol=1e-8)
    assert result.llf == pytest.approx(expected.llf, rel=1e-9)
    assert result.loglikelihood_burn == expected.loglikelihood_burn
    expected_engine = {"statsmodels": "statsmodels"}.get(make.engine, "identical")
    assert result.engine_used == expected_engine
    assert result.period_converged is None
    assert make(Y).filter([0.5, 1.0]).period_converged == 1


def test_forecast_matches_statsmodels(make):
    params = [0.3, -0.2, 0.5, 1.2]
    mean, var = make(Y, X).forecast(params, 4, FUTURE)
    expected = SARIMAX(Y, X).filter(params).get_forecast(4, exog=FUTURE)
    np.testing.assert_allclose(mean, expected.predicted_mean, rtol=1e-8)
    np.testing.assert_allclose(var, expected.var_pred_mean, rtol=1e-8)
    one, _ = make(Y, X).forecast(params, exog_future=FUTURE[0])
    assert one == mean[:1]


@pytest.mark.parametrize(
    ("steps", "future", "message"),
    [
        (4, None, r"Out-of-sample operations .* via the `exog_future`"),
        (3, FUTURE, r"Required \(3, 2\), got \(4, 2\)"),
        (4, FUTURE[:, :1], r"Required \(4, 2\), got \(4, 1\)"),
        (
            4,
            np.where(FUTURE[1, 1] == FUTURE, np.nan, FUTURE),
            r"^exog_future contains inf or n",
        ),
    ],
)
def test_bad_exog_future(make, steps, future, message):
    with pytest.raises(sx.DataError, match=message):
        make(Y, X).forecast([0.3, -0.2, 0.5, 1.2], steps, future)


def test_bad_steps(make):
    model = make(Y)
    with pytest.raises(sx.SpecError, match=r"argument: steps"):
        model.forecast([0.5, 1.0], 0)
    with pytest.raises(TypeError, match=r"^steps must be an integer"):
        model.forecast([0.5, 1.0], 2.0)
    with pytest.raises(sx.DataError, match=r"the model has no exog"):
        model.forecast([0.5, 1.0], 2, FUTURE[:2])


def test_start_params_match_statsmodels(make):
    expected = SARIMAX(Y, X, order=(1, 1, 1)).start_params
    np.testing.assert_allclose(make(Y, X, (1, 1, 1)).start_params, expected, rtol=1e-9)


def test_start_params_warn_in_statsmodels_words(make):
    explosive = 1.3 ** np.arange(40.0)
    with pytest.warns(EstimationWarning) as theirs:
        _ = SARIMAX(explosive).start_params
    model = make(explosive)
    with pytest.warns(sx.NumericalWarning) as ours:
        assert model.start_params[0] == 0.0
    assert [str(w.message) for w in ours] == [str(w.message) for w in theirs]
    assert ours[0].filename == __file__


def test_start_params_of_one_observation(make):
    with pytest.raises(sx.DataError, match=r"too few observations.*start_params="):
        _ = make(Y[:2], order=(1, 1, 0)).start_params


def test_transforms_match_statsmodels(make):
    spec = {"order": (2, 1, 1), "seasonal": (1, 0, [1, 2], 4), "trend": "c"}
    model = make(Y, measurement_error=True, **spec)
    oracle = SARIMAX(
        *(Y,),
        order=spec["order"],
        seasonal_order=spec["seasonal"],
        trend="c",
        measurement_error=True,
    )
    free = np.linspace(-1.5, 2.0, model.k_params)
    constrained = model.transform_params(free)
    np.testing.assert_allclose(constrained, oracle.transform_params(free), rtol=1e-12)
    np.testing.assert_allclose(
        model.untransform_params(constrained),
        oracle.untransform_params(constrained),
        rtol=1e-12,
    )


PICKLED = [
    (Y, None, AIRLINE),
    (Y, X, {"order": (1, 1, 0), "simple_differencing": True, "trend": "t"}),
    (pd.Series(Y), pd.DataFrame(X, columns=["price", "rain"]), {"order": (1, 0, [2])}),
]


@pytest.mark.parametrize(("y", "exog", "options"), PICKLED)
def test_pickle(make, y, exog, options):
    model = make(y, exog, **options)
    copy = pickle.loads(pickle.dumps(model))
    params = np.linspace(0.1, 0.9, model.k_params)
    assert copy.spec == model.spec
    assert copy.param_names == model.param_names
    assert copy.engine == make.engine
    assert copy.loglike(params) == model.loglike(params)
    assert repr(copy) == repr(model)


def test_pickle_follows_the_setting_of_its_process(make):
    dumped = pickle.dumps(make(Y))
    sx.set_engine("statsmodels")
    try:
        assert pickle.loads(dumped).engine == "statsmodels"
    finally:
        sx.set_engine("auto")


def test_subclass_pickles_as_itself(make):
    copy = pickle.loads(pickle.dumps(Subclass(Y, engine=make.engine)))
    assert type(copy) is Subclass


class Subclass(sx.Model):
    """At module level, where pickle finds it."""


def test_repr(make):
    text = repr(make(Y, X, (1, 0, [1, 3]), (0, 1, 1, 4), trend="c"))
    assert text == (
        "Model(nobs=60, order=(1, 0, [1, 3]), seasonal=(0, 1, 1, 4), trend=[1],"
        f" k_exog=2, engine='{make.engine}')"
    )
    assert repr(make(Y)).startswith("Model(nobs=60, order=(1, 0, 0), engine=")


def test_fit_is_the_function(make):
    result = make(Y, order=(0, 1, 1)).fit(maxiter=30)
    assert isinstance(result, sx.FitResult)
    assert result.engine_used == {"auto": "exact"}.get(make.engine, make.engine)
    assert result.llf >= SARIMAX(Y, order=(0, 1, 1)).fit(disp=0).llf - 1e-6


def test_one_model_in_many_threads(make):
    model = make(Y, **AIRLINE)
    many = [np.array([t, -t, 1.0]) for t in np.linspace(-0.9, 0.9, 50)]
    expected = [model.loglike(params) for params in many]
    scores = [model.score(params).tolist() for params in many]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(model.loglike, many)) == expected
        found = [score.tolist() for score in pool.map(model.score, many)]
    assert found == scores


def test_model_has_no_dictionary(make):
    with pytest.raises(AttributeError):
        make(Y).anything = 1


def test_masked_parameters_are_nan(make_anywhere):
    hidden = np.ma.array([0.5, 1.0], mask=[True, False])
    assert np.isnan(make_anywhere(Y).loglike(hidden))


def test_forecast_of_a_series_shorter_than_its_differencing(make):
    # Nothing is left to difference the future regressors with.
    model = make(
        Y[:3], X[:3, :1], order=(0, 1, 1), seasonal=(0, 1, 0, 4),
        simple_differencing=True,
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"differenced|obs_intercept"):
        model.forecast([1.0, 0.2, 1.0], 2, [30.0, 40.0])
