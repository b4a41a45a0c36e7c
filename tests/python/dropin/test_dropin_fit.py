# SPDX-License-Identifier: BSD-3-Clause
"""``fit`` of the drop-in: never below statsmodels', with its record and its words."""

import warnings

import numpy as np
import pandas as pd
import pytest
from dropin_models import EXOG, MODELS, SERIES, Ours, Theirs, airline
from numpy.testing import assert_allclose
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.arima.model import ARIMA as TheirARIMA

from sarimax_c import ARIMA

AIRLINE = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)}


def _quietly(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


@pytest.mark.parametrize("name", MODELS)
def test_no_fit_is_below_statsmodels(name):
    endog, exog, options = MODELS[name]
    ours = _quietly(lambda: Ours(endog, exog=exog, **options).fit(disp=0))
    theirs = _quietly(lambda: Theirs(endog, exog=exog, **options).fit(disp=0))
    assert ours.llf >= theirs.llf - 1e-6
    assert ours.mle_retvals.keys() == theirs.mle_retvals.keys()
    assert ours.mle_settings.keys() == theirs.mle_settings.keys()
    for key, value in theirs.mle_settings.items():
        if key != "start_params":
            assert repr(ours.mle_settings[key]) == repr(value), key
    assert_allclose(
        ours.mle_settings["start_params"],
        theirs.mle_settings["start_params"],
        rtol=1e-6,
        atol=1e-9,
    )
    assert_allclose(ours.mle_retvals["fopt"], -ours.llf / ours.nobs, rtol=1e-6)
    assert np.abs(ours.mle_retvals["gopt"]).max() < 1e-3
    assert type(ours.mlefit) is type(theirs.mlefit)
    assert_allclose(
        ours.model.transform_params(ours.mlefit.params), ours.params, rtol=1e-7
    )


def test_airline_estimates():
    ours = Ours(airline(), **AIRLINE).fit(disp=0)
    theirs = Theirs(airline(), **AIRLINE).fit(disp=0)
    assert ours.llf >= theirs.llf
    assert_allclose(ours.params, theirs.params, rtol=1e-3)
    assert_allclose(ours.bse, theirs.bse, rtol=1e-2)
    assert ours.mle_retvals["converged"]


@pytest.mark.parametrize("method", ["bfgs", "nm", "powell", "cg"])
def test_other_methods_are_statsmodels_own(method):
    options = {"method": method, "disp": 0, "maxiter": 30}
    ours = _quietly(lambda: Ours(SERIES, order=(1, 1, 1)).fit(**options))
    theirs = _quietly(lambda: Theirs(SERIES, order=(1, 1, 1)).fit(**options))
    assert_allclose(ours.llf, theirs.llf, rtol=1e-5)
    assert ours.mle_settings["optimizer"] == method


def test_a_callback_is_called_as_statsmodels_calls_it():
    calls = {"ours": [], "theirs": []}
    for key, cls in (("ours", Ours), ("theirs", Theirs)):
        cls(SERIES, order=(1, 1, 1)).fit(disp=0, callback=calls[key].append)
    assert len(calls["ours"]) == len(calls["theirs"]) > 2
    # Later iterations differ by what differences of rounding errors grow to.
    assert_allclose(calls["ours"][:2], calls["theirs"][:2], rtol=1e-5)


def test_few_iterations_warn_as_statsmodels():
    for cls in (Ours, Theirs):
        with pytest.warns(ConvergenceWarning, match="failed to converge"):
            results = cls(SERIES, order=(2, 1, 2)).fit(disp=0, maxiter=2)
        assert not results.mle_retvals["converged"]
        assert results.mle_retvals["iterations"] == 2


def test_a_fit_from_an_optimum_stays_there():
    model = Ours(SERIES, order=(1, 1, 1))
    params = model.fit(disp=0).params
    again = model.fit(params, disp=0)
    assert_allclose(again.params, params, rtol=1e-12)
    assert again.mle_retvals["converged"]


def test_fixed_parameters():
    for fixed in ({"sigma2": 1.5}, {"ar.L1": 0.3}, {"ar.L1": 0.3, "ma.L1": 0.1}):
        ours = Ours(SERIES, order=(1, 1, 1)).fit_constrained(fixed, disp=0)
        theirs = Theirs(SERIES, order=(1, 1, 1)).fit_constrained(fixed, disp=0)
        assert ours.llf >= theirs.llf - 1e-6
        assert ours.fixed_params == theirs.fixed_params == [*fixed]
        assert [*ours.params.index] == [*theirs.params.index]
        assert_allclose(ours.bse, theirs.bse, rtol=1e-2)
        assert ours.df_model == theirs.df_model
        model = ours.model
        with model.fix_params(fixed):
            again = model.fit(disp=0)
        assert_allclose(again.params, ours.params)


def test_nothing_left_to_fit():
    fixed = {"ar.L1": 0.3, "sigma2": 1.5}
    ours = Ours(SERIES, order=(1, 0, 0)).fit_constrained(fixed, disp=0)
    theirs = Theirs(SERIES, order=(1, 0, 0)).fit_constrained(fixed, disp=0)
    assert ours.mle_retvals is theirs.mle_retvals is None
    assert_allclose(ours.llf, theirs.llf)


def test_parameters_alone_and_low_memory():
    model = Ours(SERIES, order=(1, 0, 1))
    params = model.fit(disp=0, return_params=True)
    assert isinstance(params, np.ndarray)
    assert_allclose(params, model.fit(disp=0).params)
    low = model.fit(disp=0, low_memory=True)
    theirs = Theirs(SERIES, order=(1, 0, 1)).fit(disp=0, low_memory=True)
    assert low.cov_type == theirs.cov_type == "approx"
    assert low.llf_obs is theirs.llf_obs is None
    assert_allclose(low.llf, theirs.llf, rtol=1e-6)
    assert model.ssm.conserve_memory == 0


def test_a_line_is_printed(capsys):
    Ours(SERIES, order=(1, 0, 0)).fit(disp=0)
    assert not capsys.readouterr().out
    Ours(SERIES, order=(1, 0, 0)).fit()
    assert "function evaluations" in capsys.readouterr().out


def test_formulas_are_as_little_supported_as_in_statsmodels():
    data = EXOG.assign(y=SERIES)
    for cls in (Ours, Theirs):
        with pytest.raises(NotImplementedError):
            cls.from_formula("y ~ a + b - 1", data)


@pytest.mark.parametrize(
    "options",
    [
        {"order": (1, 0, 1)},
        {"order": (0, 1, 1), "trend": "t"},
        {"order": (1, 0, 0), "exog": EXOG},
        {"order": (1, 1, 1), "seasonal_order": (1, 0, 0, 4)},
    ],
)
def test_arima(options):
    ours, theirs = ARIMA(SERIES, **options).fit(), TheirARIMA(SERIES, **options).fit()
    assert ours.llf >= theirs.llf - 1e-6
    assert isinstance(ours.model, TheirARIMA)
    assert type(ours) is type(theirs)
    assert ours._results.engine_used == "identical"
    wanted = TheirARIMA(SERIES, **options).smooth(np.asarray(ours.params))
    exog = {} if "exog" not in options else {"exog": np.ones((4, 2))}
    pd.testing.assert_series_equal(
        ours.forecast(4, **exog), wanted.forecast(4, **exog), rtol=1e-7
    )
    assert [*ours.params.index] == [*theirs.params.index]


@pytest.mark.parametrize("method", ["yule_walker", "hannan_rissanen", "burg"])
def test_arima_by_other_estimators(method):
    ours = ARIMA(SERIES, order=(2, 0, 0), trend="n").fit(method=method)
    theirs = TheirARIMA(SERIES, order=(2, 0, 0), trend="n").fit(method=method)
    assert_allclose(ours.params, theirs.params)
    assert_allclose(ours.llf, theirs.llf)
