# SPDX-License-Identifier: BSD-3-Clause
"""What is said of keywords that there are not."""

import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c import keywords

Y = np.arange(8.0) % 3
CALLS = {
    "Model": (sx.Model, {}),
    "sarimax_loglike": (sx.sarimax_loglike, {}),
    "sarimax_fit": (sx.sarimax_fit, {"fixed_params", "maxiter", "start_params"}),
    "rolling_forecast": (
        sx.rolling_forecast,
        {"start_params", "cov_type", "start", "stride", "refit", "exog_future"},
    ),
    "batch_loglike": (sx.batch_loglike, {"n_threads", "errors", "indptr", "params"}),
    "batch_forecast": (
        sx.batch_forecast,
        {"n_threads", "params", "steps", "exog_future_list"},
    ),
    "batch_fit": (sx.batch_fit, {"n_threads", "fixed_params", "orders", "ic"}),
}


@pytest.mark.parametrize("name", CALLS)
def test_unknown_keywords_are_told_the_known_ones(name):
    call, more = CALLS[name]
    y = [Y] if name.startswith("batch") else Y
    with pytest.raises(
        TypeError, match=r"^Unknown keyword arguments: \['wat'\]\."
    ) as e:
        call(y, wat=1)
    known = str(e.value).partition("(known are ")[2].rstrip(")").split(", ")
    assert {"order", "seasonal", "trend", "missing", "engine", *more} <= set(known)
    assert len(set(known)) == len(known)


@pytest.mark.parametrize("name", CALLS)
def test_statsmodels_name_of_seasonal_is_told_ours(name):
    call, _ = CALLS[name]
    y = [Y] if name.startswith("batch") else Y
    with pytest.raises(TypeError, match="; seasonal_order is called seasonal here"):
        call(y, seasonal_order=(0, 0, 0, 0))


def test_known_keywords_pass():
    keywords.check_keywords(["a", "b"], ["b", "a", "c"])


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("batch")])
def test_batches_tell_the_name_of_their_regressors(name):
    call, _ = CALLS[name]
    with pytest.raises(TypeError, match="; exog is called exog_list here"):
        call([Y], exog=Y)


def test_forecasts_tell_the_name_of_their_regressors():
    fit = sx.sarimax_fit(Y, Y**2)
    message = r"\['exog'\]; exog is called exog_future here$"
    with pytest.raises(TypeError, match=message):
        fit.forecast(2, exog=[1.0, 2.0])
    with pytest.raises(TypeError, match=r"arguments: \['wat'\]$"):
        fit.forecast(2, wat=1)
