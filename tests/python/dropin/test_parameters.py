# SPDX-License-Identifier: BSD-3-Clause
"""Start parameters and transformations of models that the core has no filter for."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.statespace.sarimax import SARIMAX as Theirs

import sarimax_c as sx
from sarimax_c import SARIMAX as Ours

RNG = np.random.default_rng(7)
WALK = np.cumsum(RNG.standard_normal(110)) + RNG.standard_normal(110)
GAPS = WALK.copy()
GAPS[[3, 50, 51]] = np.nan
SERIES = {
    "walk": WALK,
    "gaps": GAPS,
    "explosive": -np.exp(WALK / 4.0),
    "short": WALK[:9],
}
EXOG = RNG.standard_normal((110, 2))
ORDERS = [
    ((1, 0, 1), (0, 0, 0, 0)),
    ((2, 1, 1), (1, 0, 1, 4)),
    ((0, 1, 0), (0, 0, 0, 0)),
    ((0, 0, 0), (0, 0, 0, 0)),
    (([1, 3], 1, [2]), (1, 0, 0, 4)),
    ((0, 0, 2), (0, 1, 1, 4)),
]
STATE_SPACES = {
    "states": {"mle_regression": False},
    "varying": {"mle_regression": False, "time_varying_regression": True},
    "diffuse": {"use_exact_diffuse": True},
    "hamilton": {"hamilton_representation": True, "simple_differencing": True},
    "univariate": {"filter_method": 2},
}
OPTIONS = {
    "plain": {},
    "trend": {"trend": "ct"},
    "error": {"measurement_error": True},
    "concentrated": {"concentrate_scale": True},
    "free": {"enforce_stationarity": False, "enforce_invertibility": False},
    "varying error": {"measurement_error": True, "trend": [0, 1]},
}


def _models(series, state_space, options):
    """Yield both classes' models, of which statsmodels 0.14 cannot make some."""
    endog = SERIES[series]
    given = {**STATE_SPACES[state_space], **OPTIONS[options]}
    if "mle_regression" in given:
        given["exog"] = EXOG[: len(endog)]
    for order, seasonal in ORDERS:
        given |= {"order": order, "seasonal_order": seasonal}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                theirs = Theirs(endog, **given)
            except ValueError as error:
                with pytest.raises(ValueError, match=str(error)):
                    Ours(endog, **given)
                continue
            yield Ours(endog, **given), theirs


def _start_params(model):
    """Return start parameters and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        params = model.start_params
    return params, [(str(w.message), w.category) for w in caught]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("state_space", STATE_SPACES)
@pytest.mark.parametrize("series", SERIES)
def test_they_are_statsmodels(series, state_space, options):
    sx.reset_stats()
    models = list(_models(series, state_space, options))
    assert len(models) >= 4
    for ours, theirs in models:
        expected, warned = _start_params(theirs)
        found, own_warned = _start_params(ours)
        assert found.shape == expected.shape
        assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
        assert own_warned == warned
        count = len(theirs.param_names)
        values = RNG.standard_normal(count)
        for way in ("transform_params", "untransform_params"):
            expected = getattr(theirs, way)(values)
            found = getattr(ours, way)(values)
            assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
            values = expected
    stats = sx.stats()
    assert stats["native"]["start_params"] == len(models)
    assert "start_params" not in stats["statsmodels"]


def test_transformations_of_other_numbers_are_statsmodels():
    options = {"order": (1, 0, 1), "hamilton_representation": True}
    ours, theirs = Ours(WALK, **options), Theirs(WALK, **options)
    params = np.array([0.2 + 1e-3j, 0.1, 0.7])
    sx.reset_stats()
    assert_allclose(ours.transform_params(params), theirs.transform_params(params))
    assert sx.stats()["statsmodels"] == {"transform_params": {"arguments": 1}}


def test_a_start_or_matrices_of_its_own_do_not_matter():
    ours, theirs = Ours(WALK, order=(1, 1, 1)), Theirs(WALK, order=(1, 1, 1))
    for model in (ours, theirs):
        model.initialize_known(np.zeros(model.k_states), np.eye(model.k_states))
        model.ssm["obs_cov", 0, 0] = 0.5
    assert_allclose(ours.start_params, theirs.start_params, rtol=1e-10)
    assert ours.engine_used == "identical"


def test_a_change_of_options_is_seen():
    options = {"order": (1, 0, 0), "hamilton_representation": True}
    ours, theirs = Ours(WALK, **options), Theirs(WALK, **options)
    for model in (ours, theirs):
        model.transform_params(np.ones(2))
        model.enforce_stationarity = False
    assert_allclose(
        ours.transform_params(np.ones(2)), theirs.transform_params(np.ones(2))
    )


def test_warnings_point_to_the_line_that_asks():
    model = Ours(1.05 ** np.arange(60.0), order=(1, 0, 0), use_exact_diffuse=True)
    with pytest.warns(UserWarning, match="Using zeros") as caught:
        assert model.start_params[0] == 0.0
    assert [w.filename for w in caught] == [__file__]


SAME_LIKELIHOOD = {
    "univariate": (WALK, True, {"order": (1, 1, 1)}),
    "univariate gaps": (GAPS, True, {"order": (2, 1, 0), "concentrate_scale": True}),
    "hamilton": (WALK, False, {"order": (2, 0, 1), "hamilton_representation": True}),
    "both": (GAPS, True, {"order": (1, 0, 1), "hamilton_representation": True}),
}


@pytest.mark.filterwarnings("ignore:Non-")  # start parameters
@pytest.mark.parametrize("name", SAME_LIKELIHOOD)
def test_fits_of_other_state_spaces(name):
    endog, is_univariate, options = SAME_LIKELIHOOD[name]
    ours, theirs = Ours(endog, **options), Theirs(endog, **options)
    for model in (ours, theirs):
        model.ssm.filter_univariate = is_univariate
    sx.reset_stats()
    found = ours.fit(disp=0)
    stats = sx.stats()
    assert found.engine_used == ours.engine_used == "identical"
    assert stats["native"]["fit"] == 1
    assert "loglike" not in stats["native"]  # of statsmodels' search
    assert not stats["statsmodels"]
    expected = theirs.fit(disp=0)
    assert found.llf >= expected.llf - 1e-6
    assert_allclose(found.llf, theirs.loglike(found.params), rtol=1e-10)
    assert_allclose(found.params, expected.params, rtol=1e-2)


def test_a_fit_whose_states_have_a_start_of_their_own_is_statsmodels_search():
    options = {"order": (1, 0, 1), "trend": "c", "hamilton_representation": True}
    ours = Ours(WALK, **options)
    sx.reset_stats()
    found = ours.fit(disp=0)
    assert sx.stats()["native"]["loglike"] > 1
    assert_allclose(found.llf, Theirs(WALK, **options).loglike(found.params))


def test_a_fit_where_the_univariate_method_skips_is_statsmodels_search():
    tiny = np.diff(WALK) * 1e-6
    ours, theirs = Ours(tiny, order=(1, 0, 0)), Theirs(tiny, order=(1, 0, 0))
    for model in (ours, theirs):
        model.ssm.filter_univariate = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = ours.fit(disp=0)
    assert_allclose(found.llf, theirs.loglike(found.params), rtol=1e-8)
    assert sx.stats()["native"]["loglike"] > 1
