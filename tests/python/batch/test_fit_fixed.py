# SPDX-License-Identifier: BSD-3-Clause
"""Fixed parameters of a batch, against statsmodels' `fit_constrained`."""

import numpy as np
import pandas as pd
import pytest
from batch_cases import CASES, BatchCase
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

SERIES = CASES["arima"].series


@pytest.mark.parametrize(
    "how",
    [{"engine": "statsmodels"}, {"engine": "identical"}, {"method": "lbfgs"}],
    ids=str,
)
def test_fixed_parameters_stay_where_series_are_fitted_one_by_one(how):
    case = BatchCase({"order": (1, 1, 0)}, sizes=(60, 50, 60))
    regressor = [np.linspace(0.0, 1.0, len(y)) ** 2 for y in case.series]
    fixed = pd.Series({"ar.L1": 0.25})
    fit = sx.batch_fit(
        *(case.series, regressor), **case.options, fixed_params=fixed, **how
    )
    assert fit.fixed_params == dict(fixed)
    assert (fit.params[:, 1] == 0.25).all()
    for i, y in enumerate(case.series):
        single = sx.sarimax_fit(
            *(y, regressor[i]), **case.options, fixed_params=fixed, **how
        )
        for name in ("llf", "scale", "nit", "nfev", "converged", "message", "method"):
            assert getattr(fit[i], name) == getattr(single, name)
        np.testing.assert_array_equal(fit.params[i], single.params)
        np.testing.assert_array_equal(fit.bse[i], single.bse)
        theirs = SARIMAX(y, regressor[i], order=(1, 1, 0))
        best = theirs.fit_constrained(dict(fixed), disp=False)
        assert fit.llf[i] == pytest.approx(best.llf, abs=1e-5)


@pytest.mark.parametrize("engine", ["auto", "statsmodels"])
def test_a_fixed_regressor_may_be_constant(engine):
    """statsmodels calls such a regressor by another name, `const`."""
    exog = [np.ones(len(y)) for y in SERIES]
    fit = sx.batch_fit(SERIES, exog, fixed_params={"x1": 2.0}, engine=engine)
    assert (fit.params[:, 0] == 2.0).all()
    for i, y in enumerate(SERIES):
        best = SARIMAX(y, exog[i]).fit_constrained({"const": 2.0}, disp=False)
        assert fit.llf[i] == pytest.approx(best.llf, abs=1e-4)
