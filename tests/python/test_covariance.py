# SPDX-License-Identifier: BSD-3-Clause
"""Covariances of a fit: computed when asked for, against statsmodels' own."""

import dataclasses
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fit_list import fit_list
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c import results
from sarimax_c.covariance import INFORMATIONS, covariance

CORE_ENGINES = ["identical", "auto", "exact"] * sx.engine_info()["core_available"]
ENGINES = ["statsmodels", *CORE_ENGINES]
NAMES = ["air", "co2", "wpi", "sunspots", "exog", "walk gaps", "arma concentrated"]


def model_of(name, engine, **more):
    case = fit_list()[name]
    return sx.Model(case.y, **{**case.options, **more}, engine=engine)


def oracle(name, params):
    """statsmodels' results at given parameters."""
    case = fit_list()[name]
    options = {**case.options}
    options["seasonal_order"] = options.pop("seasonal", (0, 0, 0, 0))
    return SARIMAX(case.y, **options).smooth(params, cov_type="approx")


@pytest.fixture(scope="module")
def estimates():
    """Estimates of each model, far from no maximum."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: model_of(name, None).fit().params for name in NAMES}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_approx(name, engine, estimates):
    expected = oracle(name, estimates[name])
    ours = covariance("approx", model_of(name, engine), estimates[name])
    se = np.sqrt(np.diag(ours))
    # statsmodels' Hessian is the less exact one: beside the unit roots of the
    # sunspots it is wrong by 1.4e-3, and ours by 1e-8, against quad precision.
    np.testing.assert_allclose(se, expected.bse, rtol=3e-3)
    found = ours / np.outer(se, se)
    theirs = expected.cov_params_approx / np.outer(expected.bse, expected.bse)
    np.testing.assert_allclose(found, theirs, atol=3e-3)


@pytest.mark.parametrize("engine", ENGINES)
def test_approx_of_a_fit(engine):
    result = model_of("nile (0,1,1)", engine).fit(cov_type="approx")
    assert result.cov_type == "approx"
    expected = oracle("nile (0,1,1)", result.params)
    np.testing.assert_allclose(result.bse, expected.bse, rtol=1e-4)
    assert "approx" in str(result)


@pytest.mark.parametrize("engine", sorted({*ENGINES} & {"exact"}))
def test_no_hessian_is_no_covariance(engine):
    model = model_of("arma", engine)
    found = covariance("approx", model, np.array([1.5, 0.2, 1.0]))
    assert found.shape == (3, 3)
    assert np.isnan(found).all()


@pytest.mark.parametrize("kind", ["opg", "oim", "approx"])
@pytest.mark.parametrize(
    "error",
    [sx.SpecError("the problem is too large"), sx.SarimaxError(), MemoryError()],
)
def test_only_numbers_that_cannot_be_had_are_nan(kind, error):
    class Failing:
        engine = "auto"

        @property
        def _backend(self):
            return self

        def fail(self, _):
            raise error

        opg = information = hessian = fail

    with pytest.raises(type(error)):
        covariance(kind, Failing(), np.array([0.5, 1.0]))


@pytest.fixture
def calls(monkeypatch):
    """The covariances computed, by name."""
    made = []

    def counted(cov_type, *rest):
        made.append(cov_type)
        return covariance(cov_type, *rest)

    monkeypatch.setattr(results, "covariance", counted)
    return made


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cov_type", sorted(INFORMATIONS.keys() - {"none"}))
def test_covariances_wait_until_they_are_asked_for(calls, engine, cov_type):
    result = model_of("arma", engine).fit(cov_type=cov_type)
    assert result.aic < 600
    result.forecast(3)
    assert not calls
    assert np.isfinite(result.bse).all()
    assert calls == [cov_type]
    assert np.isfinite(result.conf_int()).all()
    assert (result.pvalues < 1.0).all()
    str(result)
    assert calls == [cov_type]
    assert result.cov_params is result.cov_params


def test_none_is_not_computed(calls):
    result = model_of("arma", None).fit(cov_type="none")
    assert np.isnan(result.bse).all()
    assert result.cov_params.shape == (3, 3)
    assert calls == ["none"]


def test_results_cannot_be_changed():
    result = model_of("arma", None).fit()
    for array in (result.params, result.cov_params):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.llf = 0.0


def test_a_pickle_takes_the_covariance_along(calls):
    result = model_of("arma", None).fit()
    before = pickle.loads(pickle.dumps(result))
    bse = result.bse
    after = pickle.loads(pickle.dumps(result))
    assert calls == ["opg"]
    np.testing.assert_array_equal(after.bse, bse)
    assert calls == ["opg"]
    np.testing.assert_array_equal(before.bse, bse)
    assert calls == ["opg", "opg"]


def test_many_threads_see_one_covariance():
    result = model_of("arma", None).fit()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: result.cov_params, range(32)))
    assert len({id(covariance) for covariance in found}) == 1
