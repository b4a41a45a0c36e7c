# SPDX-License-Identifier: BSD-3-Clause
"""The model of the drop-in against statsmodels' own, call by call."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from dropin_models import MODELS, SERIES, Ours, Theirs, pair
from numpy.testing import assert_allclose, assert_array_equal

import sarimax_c
from sarimax_c.dropin.model import PATCHED, ModelMixin


@pytest.mark.parametrize("name", MODELS)
def test_numbers_are_statsmodels(name):
    ours, theirs, params = pair(name)
    assert_allclose(ours.start_params, theirs.start_params, rtol=1e-8, atol=1e-10)
    assert_allclose(ours.loglike(params), theirs.loglike(params), rtol=1e-8)
    assert ours.engine_used in ("exact", "identical")
    assert_allclose(
        ours.loglikeobs(params), theirs.loglikeobs(params), rtol=1e-8, atol=1e-8
    )
    score = theirs.score(params)
    assert_allclose(
        ours.score(params), score, rtol=1e-6, atol=1e-6 * np.abs(score).max()
    )
    scores = theirs.score_obs(params)
    assert_allclose(ours.score_obs(params), scores, atol=1e-6 * np.abs(scores).max())
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("name", MODELS)
def test_transforms_are_statsmodels_bit_for_bit(name):
    ours, theirs, params = pair(name)
    assert_array_equal(ours.transform_params(params), theirs.transform_params(params))
    with np.errstate(invalid="ignore"):
        wanted = theirs.untransform_params(params)
    assert_array_equal(ours.untransform_params(params), wanted)


@pytest.mark.parametrize("name", MODELS)
def test_derivatives_in_the_optimizers_space(name):
    ours, theirs, params = pair(name)
    free = 0.3 * np.ones_like(params)
    wanted = theirs.score(free, transformed=False)
    found = ours.score(free, transformed=False)
    assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())
    assert_allclose(
        ours.loglike(free, transformed=False), theirs.loglike(free, transformed=False)
    )


def test_hessians():
    ours, theirs, params = pair("arima")
    for method in ("approx", "opg", "oim"):
        wanted = theirs.hessian(params, method=method)
        found = ours.hessian(params, method=method)
        assert_allclose(found, wanted, rtol=1e-4, atol=1e-6 * np.abs(wanted).max())


def test_a_loglike_leaves_no_trace():
    ours, _, params = pair("arima")
    ours.update(params)
    before = ours.ssm._transition.copy()
    ours.loglike(1.01 * params)
    assert_array_equal(ours.ssm._transition, before)


def test_a_smooth_leaves_the_matrices_of_its_parameters():
    ours, theirs, params = pair("seasonal")
    ours.smooth(params)
    theirs.smooth(params)
    for name in ("transition", "selection", "state_cov", "design"):
        assert_array_equal(ours[name], theirs[name])


def test_matrices_changed_by_hand_are_used():
    ours, theirs, params = pair("arima")
    for model in (ours, theirs):
        model.update(params)
        model.ssm["obs_cov", 0, 0] = 0.7
    assert_allclose(ours.ssm.loglike(), theirs.ssm.loglike())
    assert_allclose(ours.loglike(params), theirs.loglike(params))
    assert ours.engine_used == "identical"


def test_options_set_after_construction_count():
    ours, theirs, params = pair("arima")
    for model in (ours, theirs):
        model.loglike(params)
        model.loglikelihood_burn = 5
    assert_allclose(ours.loglike(params), theirs.loglike(params))
    for model in (ours, theirs):
        model.initialize_default(10.0)
    assert_allclose(ours.loglike(params), theirs.loglike(params))
    assert ours.engine_used != "statsmodels"


def test_data_changed_in_place_count():
    ours, theirs, params = pair("options")
    ours.loglike(params)
    for model in (ours, theirs):
        model.endog[3] = 9.0
    assert_allclose(ours.loglike(params), theirs.loglike(params))


def test_subclasses_with_an_update_of_their_own_run_statsmodels_code():
    def update(self, params, **kwargs):
        params = super(type(self), self).update(params, **kwargs)
        self["obs_cov", 0, 0] = 1.5
        return params

    options = {"order": (1, 0, 0), "measurement_error": True}
    ours = type("Custom", (Ours,), {"update": update})(SERIES, **options)
    theirs = type("Custom", (Theirs,), {"update": update})(SERIES, **options)
    params = [0.5, 0.3, 1.0]
    assert_allclose(ours.loglike(params), theirs.loglike(params))
    assert ours.loglike(params) != Ours(SERIES, **options).loglike(params)


def test_subclasses_that_decide_nothing_stay_native():
    class Named(Ours):
        def extra(self):
            return self.nobs

    model = Named(SERIES, order=(1, 0, 0))
    model.loglike([0.5, 1.0])
    assert model.engine_used != "statsmodels"


def test_the_way_back(monkeypatch):
    ours, theirs, params = pair("arima")
    monkeypatch.setattr("sarimax_c.engine._state.setting", "statsmodels")
    assert ours.loglike(params) == theirs.loglike(params)
    assert ours.engine_used == "statsmodels"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies(copied):
    ours, theirs, params = pair("arima")
    twin = copied(ours)
    assert_allclose(twin.loglike(params), theirs.loglike(params))
    assert_array_equal(twin.ssm.endog, theirs.ssm.endog)


def test_a_pickled_model_has_its_matrices_again():
    ours, theirs, params = pair("seasonal")
    for model in (ours, theirs):
        model.update(params)
    back = pickle.loads(pickle.dumps(ours))
    assert back.loglike(params) == ours.loglike(params)
    assert_array_equal(back["transition"], theirs["transition"])


@pytest.mark.parametrize("name", [n for n in MODELS if MODELS[n][1] is None])
def test_a_second_model_of_the_same_options_is_like_the_first(name):
    endog, _, options = MODELS[name]
    models = [cls(endog, **options) for cls in (Ours, Ours, Theirs)]
    for model in models[:2]:
        for key, value in vars(models[2]).items():
            if key.startswith("_init") or key in ("nobs", "k_params", "order"):
                assert getattr(model, key) == value, key
        assert type(model._spec) is type(models[2]._spec)
        for key in ("transition", "design", "selection"):
            assert_array_equal(model[key], models[2][key])
        assert model._index.equals(models[2]._index)


def test_clones():
    ours, theirs, params = pair("arima")
    clone = ours.clone(SERIES.iloc[:50])
    wanted = theirs.clone(SERIES.iloc[:50])
    assert type(clone) is Ours
    assert clone._index.equals(wanted._index)
    assert_allclose(clone.loglike(params), wanted.loglike(params))


def test_errors_and_warnings_are_statsmodels():
    for arguments in (
        {"order": (1, 0)},
        {"order": (1, 0, 0), "seasonal_order": (1, 0, 0, 1)},
        {"order": (1, 0, 0), "exog": np.ones(3)},
    ):
        with pytest.raises(ValueError) as wanted:
            Theirs(SERIES, **arguments)
        with pytest.raises(type(wanted.value)) as found:
            Ours(SERIES, **arguments)
        assert str(found.value) == str(wanted.value)
    walk = np.r_[0.0, np.cumsum(np.ones(60))]
    with pytest.warns(UserWarning) as wanted:
        assert Theirs(walk, order=(1, 0, 0)).start_params[0] == 0.0
    with pytest.warns(UserWarning) as found:
        assert Ours(walk, order=(1, 0, 0)).start_params[0] == 0.0
    assert [(w.category, str(w.message)) for w in found] == [
        (w.category, str(w.message)) for w in wanted
    ]


def test_the_constructor_looks_like_statsmodels():
    assert inspect.signature(Ours) == inspect.signature(Theirs)
    assert issubclass(Ours, Theirs)
    assert sarimax_c.SARIMAX is Ours
    assert {"SARIMAX", "ARIMA"} <= {*dir(sarimax_c), *sarimax_c.__all__}


@pytest.mark.parametrize("name", PATCHED)
def test_methods_take_what_statsmodels_take(name):
    if name.startswith("__") or not hasattr(Theirs, name):
        return
    ours, theirs = vars(ModelMixin)[name], inspect.getattr_static(Theirs, name)
    if isinstance(theirs, property):
        assert isinstance(ours, property)
        return
    wanted = inspect.signature(theirs).parameters
    found = inspect.signature(ours).parameters
    assert [*found] == [*wanted]
    assert [p.default for p in found.values()] == [p.default for p in wanted.values()]
