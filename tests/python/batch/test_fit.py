# SPDX-License-Identifier: BSD-3-Clause
"""Fits of a batch are the single fits, bit for bit; candidates; failures."""

import doctest
import pickle
import warnings

import numpy as np
import pytest
from batch_cases import AIRLINE, CASES, BatchCase
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.batch import fit as fit_module
from sarimax_c.batch import functions, ragged
from sarimax_c.covariance import INFORMATIONS

CRITERIA = ["aic", "bic", "hqic", "aicc"]
FIELDS = ["llf", "scale", "converged", "nit", "nfev", "message", "method", "cov_type"]
FIT_CASES = {
    name: CASES[name]
    for name in (
        "arima",
        "airline with gaps",
        "regressors, gaps, trend",
        "short",
        "measurement error",
        "concentrated",
        "simple with regressors",
        "diffuse",
        "nothing",
    )
}
Y = CASES["arima"].series
BAD = {1: "abc", 4: np.array([1.0, np.inf, 2.0]), 6: []}


def _single(case, i, **options):
    """The single fit, or the error it raises."""
    exog = None if case.exog is None else case.exog[i]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sx.SarimaxWarning)
        try:
            return sx.sarimax_fit(case.series[i], exog, **case.options, **options)
        except sx.SarimaxError as error:
            return error


def _batch(case, **options):
    return sx.batch_fit(
        case.series, case.exog, errors="coerce", **case.options, **options
    )


def _assert_equal(found, expected):
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def _assert_is_single(fit, i, single):
    """Compare everything there is of series i with its single fit."""
    if isinstance(single, sx.SarimaxError):
        assert fit.status[i] < 0
        assert fit.messages[i] == str(single)
        assert np.isnan(fit.params[i]).all()
        assert np.isnan(fit.llf[i])
        with pytest.raises(type(single)):
            fit.result(i)
        return
    result = fit[i]
    for name in FIELDS:
        _assert_equal(getattr(result, name), getattr(single, name))
    assert result.engine_used == single.engine_used == fit.engine[i]
    _assert_equal(fit.params[i], single.params)
    _assert_equal(fit.bse[i], single.bse)
    _assert_equal(result.cov_params, single.cov_params)
    for name in ("llf", "nit", "nfev", "converged", *CRITERIA):
        _assert_equal(getattr(fit, name)[i], getattr(single, name))
        _assert_equal(getattr(result, name), getattr(single, name))
    assert fit.messages[i] == single.message


@pytest.mark.parametrize("name", FIT_CASES)
@pytest.mark.parametrize("engine", ["auto", "exact"])
def test_fits_are_the_single_fits(name, engine):
    case = FIT_CASES[name]
    for n_threads in (1, 3):
        fit = _batch(case, engine=engine, n_threads=n_threads)
        assert len(fit) == len(case.sizes)
        for i in range(len(fit)):
            _assert_is_single(fit, i, _single(case, i, engine=engine))


@pytest.mark.parametrize(
    "options",
    [
        {"method": "nm", "maxiter": 30},
        {"method": "L-BFGS-B", "cov_type": "approx"},
        {"method": "L-BFGS-B", "cov_type": "robust"},
        {"engine": "identical", "cov_type": "none"},
    ],
    ids=str,
)
def test_other_methods_and_engines_run_one_by_one(options):
    case = BatchCase({"order": (1, 0, 0)}, sizes=(40, 30, 45))
    fit = _batch(case, **options)
    for i in range(3):
        _assert_is_single(fit, i, _single(case, i, **options))


def test_statsmodels_runs_everything():
    case = BatchCase({"order": (1, 0, 0)}, sizes=(40, 30, 45))
    sx.set_engine("statsmodels")
    try:
        fit = _batch(case)
        assert set(fit.engine) == {"statsmodels"}
        for i in range(3):
            _assert_is_single(fit, i, _single(case, i))
            theirs = SARIMAX(case.series[i]).fit(disp=False)
            assert fit.llf[i] == pytest.approx(theirs.llf, abs=1e-6)
            mean = fit.forecast(3).mean[i]
            np.testing.assert_allclose(mean, theirs.forecast(3), rtol=1e-3, atol=1e-3)
        chosen = _batch(case | _Orders([(1, 0, 0), (0, 0, 1)]))
        assert len(chosen.fits) == 2
    finally:
        sx.set_engine("auto")


class _Orders:
    """``case | _Orders(...)`` is the case with other orders."""

    def __init__(self, order, seasonal=(0, 0, 0, 0)):
        self.options = {"order": order, "seasonal": seasonal}

    def __ror__(self, case):
        return BatchCase(case.options | self.options, case.sizes, case.k_exog)


def test_fits_are_not_below_statsmodels():
    fit = sx.batch_fit(Y, order=(2, 1, 1))
    for i in (0, 3, 7):
        theirs = SARIMAX(Y[i], order=(2, 1, 1)).fit(disp=False)
        assert fit.llf[i] >= theirs.llf - 1e-6


def test_criteria_are_statsmodels():
    fit = sx.batch_fit(Y, order=(1, 1, 1))
    for i in (0, 5):
        theirs = SARIMAX(Y[i], order=(1, 1, 1)).smooth(fit.params[i])
        for name in CRITERIA:
            assert getattr(fit, name)[i] == pytest.approx(getattr(theirs, name))


@pytest.mark.parametrize("fixed_params", [None, {"ma.L1": 0.3}])
@pytest.mark.parametrize("cov_type", INFORMATIONS)
def test_standard_errors(cov_type, fixed_params):
    case = CASES["arima"]
    options = {"cov_type": cov_type, "fixed_params": fixed_params}
    fit = _batch(case, **options)
    assert fit.bse.shape == fit.params.shape
    assert fit.cov_params.shape == (9, 4, 4)
    for i in range(9):
        _assert_equal(fit.cov_params[i], _single(case, i, **options).cov_params)
    assert np.isnan(fit.bse).all() == (cov_type == "none")


@pytest.mark.parametrize("name", ["arima", "regressors", "simple with regressors"])
def test_forecasts_are_those_of_the_single_fits(name):
    case = CASES[name]
    fit = _batch(case)
    future = case.future
    found = fit.forecast(3, future, alpha=0.1)
    assert found.conf_int().shape == (len(fit), 3, 2)
    frame = found.summary_frame()
    assert frame.index.names == ["series", "step"]
    for i in range(len(fit)):
        own = None if future is None else future[i]
        single = fit[i].forecast(3, own, alpha=0.1)
        for attribute in ("mean", "var", "se"):
            _assert_equal(getattr(found, attribute)[i], getattr(single, attribute))
        _assert_equal(found.conf_int()[i], single.conf_int())
        assert frame.loc[i].equals(single.summary_frame())


@pytest.mark.parametrize("order", [(1, 0, 1), [(1, 0, 1), (0, 1, 1)]], ids=str)
def test_states_are_those_of_the_single_fits(order):
    fit = sx.batch_fit(Y, order=order)
    for i in (0, 3):
        single = sx.Model(Y[i], order=fit[i].model.spec.order).state(fit.params[i])
        found = fit[i].state().append([1.0, 2.0]).forecast(3)
        _assert_equal(found, single.append([1.0, 2.0]).forecast(3))


@pytest.mark.parametrize("order", [(1, 0, 0), [(1, 0, 0)]], ids=str)
def test_intervals_that_make_no_sense(order):
    with pytest.raises(sx.SpecError, match="alpha must lie between 0 and 1, got 2"):
        sx.batch_fit(Y[:1], order=order).forecast(2, alpha=2)


def test_series_without_data_do_not_converge():
    series = [Y[0], np.full(30, np.nan), Y[1][:10]]
    fit = sx.batch_fit(series, **AIRLINE)
    assert fit.converged.tolist() == [True, False, False]
    assert fit.status.tolist() == [0, 0, 0]
    assert all("no observation enters" in message for message in fit.messages[1:])


@pytest.mark.parametrize("method", [None, "bfgs"])
@pytest.mark.parametrize("ic", CRITERIA)
def test_candidates_with_data_win_over_those_without(ic, method):
    # Observed, but nowhere after the burn-in of a seasonal difference.
    early = np.r_[1.0, 3.0, 2.0, 5.0, 4.0, np.full(25, np.nan)]
    series = [Y[0], early, np.full(20, np.nan)]
    options = {"ic": ic, "method": method}
    models = [(0, 1, 0, 12), (0, 0, 0, 12)]
    found = sx.batch_fit(series, order=[(0, 0, 0)], seasonal=models, **options)
    empty, full = found.candidates
    assert empty.no_data.tolist() == [False, True, True]
    assert full.no_data.tolist() == [False, False, True]
    assert empty.criterion(ic)[1] < full.criterion(ic)[1]
    assert found.chosen[1] == 1
    assert found.no_data.tolist() == [False, False, True]


def test_a_candidate_without_data_wins_over_a_failure():
    series = [np.r_[1.0, np.full(5, np.nan)]]
    fixed = {"simple_differencing": True}
    models = [(0, 1, 0, 6), (0, 1, 0, 4)]
    found = sx.batch_fit(series, order=[(0, 0, 0)], seasonal=models, **fixed)
    assert found.candidates[0].status[0] < 0
    assert found.candidates[1].no_data.all()
    assert found.chosen.tolist() == [1]


def test_series_without_data_stay_out_of_the_quantiles():
    nothing = np.full(20, np.nan)
    with_some = str(sx.batch_fit([*Y, nothing, nothing], order=(1, 1, 1)))
    without = str(sx.batch_fit(Y, order=(1, 1, 1)))
    for start in ("llf", "AICc", "iterations"):
        (found,) = [line for line in with_some.splitlines() if line.startswith(start)]
        assert found in without
    mixed = str(sx.batch_fit([*Y, nothing, nothing], order=[(1, 1, 1)]))
    for text in (with_some, mixed):
        lines = [line.split() for line in text.splitlines()]
        assert ["no", "data", "2"] in lines
        assert ["not", "converged", "0"] in lines
    assert "no data" in str(sx.batch_fit([]))


def test_forecasts_say_which_future_is_wrong():
    case = CASES["regressors"]
    future = list(case.future)
    future[4] = future[4][:2]
    with pytest.raises(sx.DataError, match=r"element 4 of exog_future_list"):
        _batch(case).forecast(3, future)


def test_start_parameters():
    case = BatchCase({"order": (1, 0, 1)}, sizes=(40, 30, 45))
    starts = np.array([[0.1, 0.2, 1.0], [-0.3, 0.1, 2.0], [0.5, 0.5, 3.0]])
    for given in (starts, starts[0], starts.tolist()):
        fit = _batch(case, start_params=given)
        for i, start in enumerate(np.broadcast_to(given, (3, 3))):
            _assert_is_single(fit, i, _single(case, i, start_params=start))


def test_start_parameters_outside_are_failures_of_their_series():
    case = BatchCase({"order": (1, 0, 1)}, sizes=(40, 30, 45))
    starts = np.array([[0.1, 0.2, 1.0], [1.3, 0.1, 2.0], [0.5, -1.5, 3.0]])
    fit = _batch(case, start_params=starts)
    for i, start in enumerate(starts):
        _assert_is_single(fit, i, _single(case, i, start_params=start))
    assert fit.status.tolist()[0] == 0
    assert "ar.L1" in fit.messages[1]
    assert "ma.L1" in fit.messages[2]


def test_start_parameters_that_are_nan_are_named():
    case = BatchCase({"order": (1, 0, 1)}, sizes=(40, 30))
    starts = np.array([[0.1, np.nan, 1.0], [0.5, 0.1, 3.0]])
    fit = _batch(case, start_params=starts)
    for i, start in enumerate(starts):
        _assert_is_single(fit, i, _single(case, i, start_params=start))
    assert fit.messages[0] == "start_params holds NaN: ma.L1"
    assert fit.status[1] == 0


def test_fixed_parameters_stay():
    case = BatchCase(AIRLINE, sizes=(60, 50, 60))
    fixed = {"ma.S.L12": -0.5}
    fit = _batch(case, fixed_params=fixed)
    assert fit.fixed_params == fixed
    assert (fit.params[:, 1] == -0.5).all()
    assert np.isnan(fit.bse[:, 1]).all()
    assert np.isfinite(fit.bse[:, [0, 2]]).all()
    for i, y in enumerate(case.series):
        _assert_is_single(fit, i, _single(case, i, fixed_params=fixed))
        theirs = SARIMAX(y, order=AIRLINE["order"], seasonal_order=AIRLINE["seasonal"])
        with theirs.fix_params(fixed):
            result = theirs.fit(disp=False)
            assert fit.llf[i] >= result.llf - 1e-6
            there = theirs.smooth(fit.params[i, [0, 2]])
        assert fit.aic[i] == pytest.approx(there.aic)
        assert fit.bic[i] == pytest.approx(there.bic)


@pytest.mark.parametrize(
    "fixed", [{"what": 1.0}, {"ar.L1": 0.5}, {"ma.L1": np.nan}], ids=str
)
def test_parameters_that_cannot_be_fixed(fixed):
    with pytest.raises(sx.SpecError, match=next(iter(fixed)) + "|Cannot fix"):
        sx.batch_fit(Y, order=(2, 0, 1), fixed_params=fixed)


def test_maxiter_and_those_that_did_not_converge():
    fit = sx.batch_fit(Y, order=(2, 1, 2), maxiter=1)
    assert not fit.converged.all()
    assert (fit.status >= 0).all()
    i = int(np.flatnonzero(~fit.converged)[0])
    assert "maxiter" in fit.messages[i]
    assert "not converged" in fit.summary()
    assert fit.messages[i] in fit.summary()


# ---- candidates and models of their own ----

CANDIDATES = [(0, 1, 1), (1, 1, 0), (1, 1, 1), (2, 1, 2)]


@pytest.mark.parametrize("ic", [None, *CRITERIA])
def test_the_best_candidate_is_chosen(ic):
    options = {} if ic is None else {"ic": ic}
    found = sx.batch_fit(Y, order=CANDIDATES, **options)
    values = np.empty((len(CANDIDATES), len(Y)))
    for row, order in zip(values, CANDIDATES, strict=True):
        row[:] = getattr(sx.batch_fit(Y, order=order), ic or "aicc")
    _assert_equal(found.chosen, values.argmin(axis=0))
    assert len(set(found.chosen.tolist())) > 1
    _assert_equal(getattr(found, ic or "aicc"), values.min(axis=0))
    assert found.orders == [CANDIDATES[i] for i in found.chosen]
    assert found.candidates == found.fits


def test_candidates_are_all_there():
    seasonals = [(0, 0, 0, 0), (1, 0, 0, 4)]
    found = sx.batch_fit(Y, order=CANDIDATES[:2], seasonal=seasonals)
    models = [(fit.spec.order, fit.spec.seasonal) for fit in found.candidates]
    assert [order for order, _ in models] == [
        (0, 1, 1),
        (0, 1, 1),
        (1, 1, 0),
        (1, 1, 0),
    ]
    assert [seasonal for _, seasonal in models] == seasonals * 2
    for fit, (order, seasonal) in zip(found.candidates, models, strict=True):
        alone = sx.batch_fit(Y, order=order, seasonal=seasonal)
        _assert_equal(fit.params, alone.params)
        _assert_equal(fit.llf, alone.llf)


def test_a_list_of_one_is_a_candidate_and_a_list_of_lags_is_not():
    assert isinstance(sx.batch_fit(Y, order=[(0, 1, 1)]), sx.MixedFit)
    for order in ((0, 1, 1), [0, 1, 1], ([1, 3], 0, 0), [[1, 3], 0, [2]]):
        assert isinstance(sx.batch_fit(Y[:1], order=order), sx.BatchFit)


def test_what_a_mixed_fit_has_for_each_series():
    case = CASES["regressors"]
    found = sx.batch_fit(case.series, case.exog, order=[(1, 0, 0), (0, 0, 2)])
    forecast = found.forecast(3, case.future)
    for i, model in enumerate(found.chosen):
        fit = found.fits[model]
        _assert_equal(found.params[i], fit.params[i])
        _assert_equal(found.bse[i], fit.bse[i])
        assert found.param_names[i] == fit.param_names
        assert found.messages[i] == fit.messages[i]
        assert found.engine[i] == fit.engine[i]
        for name in ("llf", "nit", "nfev", "converged", "status", *CRITERIA):
            assert getattr(found, name)[i] == getattr(fit, name)[i]
        _assert_equal(found[i].params, fit[i].params)
        _assert_equal(forecast.mean[i], fit.forecast(3, case.future).mean[i])
    assert "2 models, 9 series" in str(found)


def test_every_series_its_own_model():
    orders = [CANDIDATES[i % 3] for i in range(9)]
    seasonals = [(0, 0, 0, 0), (1, 0, 0, 4), (0, 0, 0, 0)] * 3
    own = sx.batch_fit(Y, orders=orders, seasonals=seasonals)
    assert own.orders == orders
    assert own.seasonals == seasonals
    for i in range(9):
        case = CASES["arima"] | _Orders(orders[i], seasonals[i])
        single = _single(case, i)
        _assert_equal(own.params[i], single.params)
        _assert_equal(own.llf[i], single.llf)
        _assert_equal(own[i].cov_params, single.cov_params)
        _assert_equal(own.forecast(2).var[i], single.forecast(2).var)
    only_orders = sx.batch_fit(Y, orders=orders, seasonal=(1, 0, 0, 4))
    assert set(only_orders.seasonals) == {(1, 0, 0, 4)}
    only_seasonals = sx.batch_fit(Y, order=(1, 1, 0), seasonals=seasonals)
    assert set(only_seasonals.orders) == {(1, 1, 0)}


WRONG = {
    "ic": ({"ic": "what"}, sx.SpecError, "ic must be"),
    "maxiter": ({"maxiter": -1}, sx.SpecError, "maxiter"),
    "method": ({"method": "what"}, sx.SpecError, "unknown optimizer"),
    "cov_type": ({"cov_type": "what"}, sx.SpecError, "cov_type"),
    "option": ({"what": 1}, TypeError, "Unknown keyword"),
    "fixed is a list": ({"fixed_params": ["ar.L1"]}, TypeError, "must be a mapping"),
    "fixed is text": ({"fixed_params": {"ar.L1": "a"}}, TypeError, "ar.L1 must be a n"),
    "start": ({"start_params": [1.0]}, sx.DataError, "start_params"),
    "start of candidates": (
        {"order": CANDIDATES, "start_params": [0.1, 1.0]},
        sx.SpecError,
        "one model",
    ),
    "too few orders": ({"orders": CANDIDATES}, sx.DataError, "4 elements"),
    "orders is text": ({"orders": "abcdefghi"}, TypeError, "sequence of tuples"),
    "both": (
        {"order": CANDIDATES, "orders": [(1, 0, 0)] * 9},
        sx.SpecError,
        "combined",
    ),
    "orders has none": (
        {"orders": [(1, 0, 0)] * 8 + [None]},
        sx.SpecError,
        r"orders\[8\] must be a tuple",
    ),
    "order and orders": (
        {"order": (0, 1, 1), "orders": [(1, 0, 0)] * 9},
        sx.SpecError,
        r"orders take the place of order, got order=\(0, 1, 1\)",
    ),
    "seasonal and seasonals": (
        {"seasonal": (0, 1, 1, 4), "seasonals": [(1, 0, 0, 4)] * 9},
        sx.SpecError,
        "seasonals take the place of seasonal",
    ),
    "a tuple of candidates": (
        {"order": tuple(CANDIDATES)},
        sx.SpecError,
        "candidates must be a list",
    ),
    "a tuple of seasonal candidates": (
        {"seasonal": ((0, 1, 1, 4), (1, 0, 0, 4))},
        sx.SpecError,
        "candidates must be a list",
    ),
    "full output": ({"full_output": True}, TypeError, "batch_fit has no full_output"),
    "a bad candidate": ({"order": [(1, 0, 0), (-1, 0, 0)]}, sx.SpecError, "negative"),
}


@pytest.mark.parametrize("name", WRONG)
def test_arguments_that_make_no_sense(name):
    arguments, error, match = WRONG[name]
    with pytest.raises(error, match=match):
        sx.batch_fit(Y, **arguments)


# ---- failures, chunks, progress ----


def _spoiled():
    return [BAD.get(i, y) for i, y in enumerate(Y)]


@pytest.mark.parametrize(
    "options",
    [
        {"order": (1, 1, 0)},
        {"order": [(1, 1, 0), (0, 1, 1)]},
        {"orders": [(1, 1, 0), (0, 1, 1), (1, 0, 0)] * 3},
    ],
    ids=["one", "candidates", "own"],
)
def test_a_batch_error_carries_the_fits(options):
    with pytest.raises(sx.BatchError, match="3 of 9 series failed") as caught:
        sx.batch_fit(_spoiled(), **options)
    error = caught.value
    assert error.indices.tolist() == [1, 4, 6]
    for i, message in zip(error.indices, error.messages, strict=True):
        with pytest.raises((sx.SarimaxError, TypeError)) as single:
            sx.sarimax_fit(BAD[i])
        assert message == str(single.value)
    good = np.delete(np.arange(9), [1, 4, 6])
    expected = sx.batch_fit(Y, **options)
    _assert_equal(error.result.llf[good], expected.llf[good])
    assert np.isnan(error.result.llf[error.indices]).all()
    forecast = error.result.forecast(2)
    assert np.isnan(forecast.mean[error.indices]).all()
    _assert_equal(forecast.mean[good], expected.forecast(2).mean[good])
    assert "failed" in str(error.result)


def test_too_few_observations_are_a_failure():
    short = np.array([1.0, 2.0, 4.0])
    options = {
        "order": (1, 1, 0),
        "seasonal": (0, 1, 0, 2),
        "simple_differencing": True,
    }
    for y in (short, short[:2]):
        with pytest.raises(sx.SarimaxError) as single:
            sx.sarimax_fit(y, **options)
        with pytest.raises(sx.BatchError) as caught:
            sx.batch_fit([Y[0], y], **options)
        assert caught.value.indices.tolist() == [1]
        assert caught.value.messages == [str(single.value)]


def test_chunks_do_not_matter(monkeypatch):
    case = CASES["regressors, gaps, trend"]
    before = _batch(case)
    expected = before.forecast(3, case.future)
    monkeypatch.setattr(ragged, "CHUNK_BYTES", 2000)
    fit = _batch(case)
    _assert_equal(fit.params, before.params)
    _assert_equal(fit.bse, before.bse)
    _assert_equal(fit.forecast(3, case.future).mean, expected.mean)
    for i in range(len(fit)):
        _assert_equal(fit[i].llf, before[i].llf)
        _assert_equal(fit[i].model.endog, before[i].model.endog)
    assert fit.messages == before.messages


def test_an_empty_batch():
    fit = sx.batch_fit([], order=(1, 0, 1))
    assert fit.params.shape == (0, 3)
    assert fit.forecast(2).mean.shape == (0, 2)
    assert fit.bse.shape == (0, 3)
    assert "0 series" in fit.summary()
    assert len(sx.batch_fit([], orders=[])) == 0
    assert len(sx.batch_fit([], order=[(1, 0, 0)])) == 0


@pytest.mark.parametrize(
    ("options", "total"),
    [
        ({"order": (1, 0, 0)}, 9),
        ({"order": CANDIDATES[:3]}, 27),
        ({"orders": [(1, 0, 0), (0, 1, 1), (1, 0, 1)] * 3}, 9),
        ({"order": (1, 0, 0), "method": "bfgs"}, 9),
    ],
    ids=["one", "candidates", "own", "scipy"],
)
def test_progress_rises_to_the_total(options, total):
    told = []
    sx.batch_fit(Y, progress=lambda *state: told.append(state), **options)
    assert {number for _, number in told} == {total}
    done = [number for number, _ in told]
    assert done == sorted(set(done))
    assert done[-1] == total


def test_what_progress_raises_ends_the_fit():
    def interrupt(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sx.batch_fit(Y, progress=interrupt)


def test_fits_can_be_pickled():
    fit = pickle.loads(pickle.dumps(sx.batch_fit(Y, order=[(1, 0, 0), (0, 1, 1)])))
    again = sx.batch_fit(Y, order=[(1, 0, 0), (0, 1, 1)])
    _assert_equal(fit.llf, again.llf)
    _assert_equal(fit.forecast(2).mean, again.forecast(2).mean)


@pytest.mark.parametrize("order", [(1, 0, 0), [(1, 0, 0)]], ids=str)
def test_results_are_addressed_by_their_position(order):
    fit = sx.batch_fit(Y, order=order)
    assert fit[-1].llf == fit.llf[-1]
    for i in (9, -10):
        with pytest.raises(IndexError, match=f"no series {i} in a batch of 9"):
            fit.result(i)
    with pytest.raises(TypeError, match="integer position, got slice"):
        fit[1:3]


def test_summary():
    fit = sx.batch_fit(_spoiled(), order=(1, 1, 1), errors="coerce")
    lines = fit.summary().splitlines()
    assert lines[0] == "SARIMAX(1, 1, 1), 9 series"
    assert any(line.split() == ["failed", "3"] for line in lines)
    assert "converged=6" in repr(fit)
    (llf,) = [line.split() for line in lines if line.startswith("llf")]
    good = fit.llf[np.isfinite(fit.llf)]
    assert [float(word) for word in llf[1:]] == pytest.approx(
        np.quantile(good, [0, 0.25, 0.5, 0.75, 1]), rel=1e-4
    )


@pytest.mark.parametrize("module", [fit_module, functions])
def test_the_examples_of_the_docstrings(module):
    failed, attempted = doctest.testmod(module)
    assert attempted
    assert not failed
