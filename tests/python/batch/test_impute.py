# SPDX-License-Identifier: BSD-3-Clause
"""Batches of imputations give the single calls' bits."""

import numpy as np
import pytest
from batch_cases import CASES, rows

import sarimax_c as sx

Y = [np.array([1.0, np.nan, 3.0, 5.0, np.nan]), np.array([np.nan, 2.0, 2.5])]
PARAMS = [0.5, 1.0]


def _with_gaps(case):
    series = case.series
    for i, y in enumerate(series):
        y[i % y.size] = y[y.size // 2] = y[-1 - i % 2] = np.nan
    return series


def _single(case, series, i, params, **keywords):
    exog = None if case.exog is None else case.exog[i]
    return sx.Model(series[i], exog, **case.options).impute(params, **keywords)


@pytest.mark.parametrize("name", CASES)
def test_the_single_calls(name):
    case = CASES[name]
    series = _with_gaps(case)
    exog = None if case.exog is None else case.exog[0]
    params = rows(case, sx.Model(series[0], exog, **case.options))
    for n_threads in (1, 3):
        found = sx.batch_impute(
            *(series, case.exog),
            params=params,
            n_threads=n_threads,
            errors="coerce",
            full_output=True,
            **case.options,
        )
        means, none = sx.batch_impute(
            *(series, case.exog),
            params=params,
            n_threads=n_threads,
            variance=False,
            errors="coerce",
            **case.options,
        )
        assert none is None
        for i, row in enumerate(params):
            mean, var = _single(case, series, i, row)
            np.testing.assert_array_equal(found.mean[i], mean)
            np.testing.assert_array_equal(found.var[i], var)
            np.testing.assert_array_equal(means[i], mean)
            assert found.status[i] >= 0
            assert (found.status[i] == 2) != np.isfinite([mean, var]).all()


def test_tables_give_tables():
    table = np.array([Y[0], Y[0][::-1]])
    mean, var = sx.batch_impute(table, params=PARAMS)
    assert mean.shape == var.shape == table.shape
    for i, y in enumerate(table):
        np.testing.assert_array_equal(mean[i], sx.sarimax_impute(y, params=PARAMS)[0])


def test_failures_and_statuses():
    series = [*Y, [np.inf, 1.0], [1.0, np.nan, 2.0]]
    params = [*[PARAMS] * 3, [np.nan, 1.0]]
    keywords = {"params": params, "errors": "coerce", "full_output": True}
    found = sx.batch_impute(series, **keywords)
    assert found.status.tolist() == [0, 0, -18, 2]
    assert np.isnan(found.mean[2]).all() and np.isnan(found.var[2]).all()
    np.testing.assert_array_equal(found.mean[3], [1.0, np.nan, 2.0])
    assert "infinite" in found.messages[2]
    assert repr(found) == "BatchImputation(count=4, failed=1)"
    filled = sx.batch_impute(series, fallback="interpolate", **keywords)
    np.testing.assert_array_equal(filled.mean[3], [1.0, 1.5, 2.0])
    np.testing.assert_array_equal(filled.var[3], [0.0, np.nan, 0.0])
    with pytest.raises(sx.BatchError, match="1 of 4 series failed") as caught:
        sx.batch_impute(series, params=params)
    np.testing.assert_array_equal(caught.value.result[0][0], found.mean[0])
    with pytest.raises(sx.SpecError, match="fallback must be"):
        sx.batch_impute(Y, params=PARAMS, fallback="mean")


@pytest.mark.parametrize("wanted", [True, False])
def test_statsmodels_runs_it_too(wanted):
    seen = []
    options = {"params": PARAMS, "variance": wanted}
    ours = sx.batch_impute(Y, **options)
    theirs = sx.batch_impute(
        Y,
        engine="statsmodels",
        progress=lambda done, total: seen.append((done, total)),
        full_output=True,
        **options,
    )
    assert seen[-1] == (2, 2)
    for i in range(2):
        np.testing.assert_allclose(theirs.mean[i], ours[0][i], rtol=1e-10)
        if wanted:
            np.testing.assert_allclose(theirs.var[i], ours[1][i], rtol=1e-10)
    assert (theirs.var is None) is not wanted
    nonfinite = sx.batch_impute(
        Y, params=[np.nan, 1.0], engine="statsmodels", full_output=True, errors="coerce"
    )
    assert (nonfinite.status != 0).all()
