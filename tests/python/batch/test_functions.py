# SPDX-License-Identifier: BSD-3-Clause
"""Batches give the single calls' bits, whatever shares the batch with a series."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from batch_cases import AIRLINE, CASES, rows

import sarimax_c as sx
from sarimax_c.batch import ragged
from sarimax_c.results import Forecast

ENGINES = ["auto", "identical", "exact"]
THREADS = [1, 2, 3, 8]
Y = CASES["airline"].series
PARAMS = [-0.4, -0.3, 1.2]
BAD = {1: "abc", 4: np.array([1.0, np.inf, 2.0]), 6: []}


def _model(case, i, engine="auto"):
    exog = None if case.exog is None else case.exog[i]
    return sx.Model(case.series[i], exog, engine=engine, **case.options)


def _equal(found, expected):
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


GRID = [
    pytest.param(case, engine, id=f"{name}-{engine}")
    for name, case in CASES.items()
    for engine in ENGINES
    if engine != "exact" or case.exact
]


def _expected(case, engine, compute):
    """What the single calls say, NaN where they raise."""
    params = rows(case, _model(case, 0))
    found = []
    for i, row in enumerate(params):
        try:
            found.append(compute(_model(case, i, engine), row))
        except sx.SarimaxError:
            found.append(np.nan)
    return params, found


@pytest.mark.parametrize(("case", "engine"), GRID)
def test_log_likelihoods_are_the_single_calls(case, engine):
    params, expected = _expected(case, engine, lambda model, row: model.loglike(row))
    for n_threads in THREADS:
        options = {"engine": engine, "n_threads": n_threads, "errors": "coerce"}
        found = sx.batch_loglike(
            case.series, case.exog, params=params, **case.options, **options
        )
        _equal(found, expected)


@pytest.mark.parametrize(("case", "engine"), GRID)
def test_one_vector_of_parameters_for_all(case, engine):
    params = rows(case, _model(case, 0))[0]
    expected = []
    for i in range(len(case.sizes)):
        try:
            expected.append(_model(case, i, engine).loglike(params))
        except sx.SarimaxError:
            expected.append(np.nan)
    for n_threads in THREADS:
        options = {"engine": engine, "n_threads": n_threads, "errors": "coerce"}
        found = sx.batch_loglike(
            case.series, case.exog, params=params, **case.options, **options
        )
        _equal(found, expected)


@pytest.mark.parametrize(("case", "engine"), GRID)
def test_scores_are_the_single_calls(case, engine):
    k_params = _model(case, 0).k_params
    params, expected = _expected(case, engine, lambda model, row: model.score(row))
    expected = [np.broadcast_to(row, k_params) for row in expected]
    for n_threads in (1, 3):
        options = {"engine": engine, "n_threads": n_threads, "errors": "coerce"}
        found = sx.batch_score(
            case.series, case.exog, params=params, **case.options, **options
        )
        assert found.shape == (len(case.sizes), k_params)
        _equal(found, expected)


@pytest.mark.parametrize("name", CASES)
def test_filters_are_the_single_calls(name):
    case = CASES[name]
    params, expected = _expected(case, "auto", lambda model, row: model.filter(row))
    for n_threads in (1, 3):
        found = sx.batch_filter(
            case.series, case.exog, params=params, n_threads=n_threads, **case.options
        )
        assert len(found) == len(expected)
        for i, single in enumerate(expected):
            for attribute in single.__dataclass_fields__:
                _equal(getattr(found[i], attribute), getattr(single, attribute))
            _equal(found.resid[i], single.resid)
            _equal(found.fittedvalues[i], single.fittedvalues)
            assert found.llf[i] == single.llf or np.isnan(single.llf)


@pytest.mark.parametrize("name", CASES)
def test_forecasts_are_the_single_calls(name):
    case = CASES[name]
    future = case.future
    params = rows(case, _model(case, 0))
    for n_threads in (1, 3):
        mean, var = sx.batch_forecast(
            *(case.series, case.exog),
            params=params,
            steps=3,
            exog_future_list=future,
            n_threads=n_threads,
            **case.options,
        )
        for i, row in enumerate(params):
            single = _model(case, i).forecast(
                row, 3, None if future is None else future[i]
            )
            _equal((mean[i], var[i]), single)


@pytest.mark.parametrize("n_threads", range(1, 9))
def test_neither_order_nor_neighbours_matter(n_threads):
    rng = np.random.default_rng(8)
    series = [rng.standard_normal(n).cumsum() for n in rng.integers(30, 90, 61)]
    params = np.column_stack((rng.uniform(-0.8, 0.8, (61, 2)), rng.uniform(1, 3, 61)))
    expected = [
        sx.sarimax_loglike(y, params=p, **AIRLINE)
        for y, p in zip(series, params, strict=True)
    ]
    shuffled = rng.permutation(61)
    found = sx.batch_loglike(
        [series[i] for i in shuffled],
        params=params[shuffled],
        n_threads=n_threads,
        **AIRLINE,
    )
    _equal(found, np.array(expected)[shuffled])
    for some in ([0], [5, 3], range(20, 50)):
        found = sx.batch_loglike(
            [series[i] for i in some],
            params=params[some],
            n_threads=n_threads,
            **AIRLINE,
        )
        _equal(found, np.array(expected)[some])


def test_chunks_do_not_matter(monkeypatch):
    case = CASES["regressors"]
    params = rows(case, _model(case, 0))
    calls = {
        "loglike": sx.batch_loglike,
        "forecast": lambda *a, **k: sx.batch_forecast(
            *a, steps=3, exog_future_list=case.future, **k
        ),
        "resid": lambda *a, **k: np.concatenate(sx.batch_filter(*a, **k).resid),
    }
    before = {
        name: call(case.series, case.exog, params=params, **case.options)
        for name, call in calls.items()
    }
    monkeypatch.setattr(ragged, "CHUNK_BYTES", 4000)
    for name, call in calls.items():
        found = call(case.series, case.exog, params=params, **case.options)
        _equal(found, before[name])


def test_tables_give_tables(monkeypatch):
    table = np.random.default_rng(4).standard_normal((5, 40)).cumsum(axis=1)
    for simple in (False, True):
        options = {"params": PARAMS, "simple_differencing": simple, **AIRLINE}
        listed = sx.batch_filter(list(table), **options)
        found = sx.batch_filter(table, **options)
        assert isinstance(listed.resid, list)
        assert found.resid.shape == (5, 40 - 13 * simple)
        for name in ("resid", "llf_obs", "forecasts", "forecasts_error_cov"):
            _equal(getattr(found, name), getattr(listed, name))
    monkeypatch.setattr(ragged, "CHUNK_BYTES", 800)
    _equal(sx.batch_filter(table, **options).resid, found.resid)


@pytest.mark.parametrize("bad", [0, 2])
def test_tables_are_as_wide_whichever_series_fails(bad):
    table = np.random.default_rng(4).standard_normal((3, 40)).cumsum(axis=1)
    table[bad, 5] = np.inf
    options = {"order": (0, 2, 1), "params": PARAMS[1:], "errors": "coerce"}
    found = sx.batch_filter(table, simple_differencing=True, **options)
    assert found.resid.shape == (3, 38)
    assert np.isnan(found.resid[bad]).all()
    assert np.isfinite(np.delete(found.resid, bad, axis=0)).all()


def test_data_and_indptr():
    bounds = np.r_[0, np.cumsum([len(y) for y in Y])]
    options = {"params": PARAMS, **AIRLINE}
    found = sx.batch_loglike(data=np.concatenate(Y), indptr=bounds, **options)
    _equal(found, sx.batch_loglike(Y, **options))


def test_the_callers_arrays_are_not_changed():
    case = CASES["simple with regressors"]
    series, exog = case.series, case.exog
    params = rows(case, _model(case, 0))
    sx.batch_loglike(series, exog, params=params, **case.options)
    for found, expected in ((series, case.series), (exog, case.exog)):
        for array, other in zip(found, expected, strict=True):
            _equal(array, other)


def test_an_empty_batch():
    assert sx.batch_loglike([], params=PARAMS, **AIRLINE).shape == (0,)
    assert sx.batch_score([], params=PARAMS, **AIRLINE).shape == (0, 3)
    assert len(sx.batch_filter([], params=PARAMS, **AIRLINE)) == 0
    mean, var = sx.batch_forecast([], params=PARAMS, steps=2, **AIRLINE)
    assert mean.shape == var.shape == (0, 2)


# ---- failures ----


def _spoiled():
    return [BAD.get(i, y) for i, y in enumerate(Y)]


def test_a_batch_error_carries_everything():
    expected = sx.batch_loglike(Y, params=PARAMS, **AIRLINE)
    with pytest.raises(sx.BatchError) as caught:
        sx.batch_loglike(_spoiled(), params=PARAMS, **AIRLINE)
    error = caught.value
    assert str(error).startswith("3 of 9 series failed: ")
    assert isinstance(error, sx.SarimaxError)
    assert error.indices.tolist() == [1, 4, 6]
    assert (error.statuses < 0).all()
    for i, message in zip(error.indices, error.messages, strict=True):
        with pytest.raises((sx.SarimaxError, TypeError)) as single:
            sx.sarimax_loglike(BAD[i], params=PARAMS, **AIRLINE)
        assert message == str(single.value)
        assert f"{message} at {i}" in str(error)
    good = np.delete(np.arange(9), [1, 4, 6])
    _equal(error.result[good], expected[good])
    assert np.isnan(error.result[[1, 4, 6]]).all()
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.messages == error.messages
    _equal(again.result, error.result)


def test_equal_messages_are_counted_together():
    infinite = np.array([1.0, 2.0, np.inf])
    series = [Y[0], np.roll(infinite, 1), infinite, *[np.empty(0)] * 25]
    with pytest.raises(sx.BatchError) as caught:
        sx.batch_loglike(series, params=PARAMS, **AIRLINE)
    text = str(caught.value)
    assert text.startswith("27 of 28 series failed: y is empty")
    assert "at 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 15 more" in text
    assert "the first at index ...;" in text
    assert text.endswith(" at 1, 2")


def test_many_reasons_are_cut():
    dtypes = ["U3", "U4", "c16", "M8[D]", "m8[s]", "S2", "O"]
    series = [np.zeros(3, dtype=dtype) for dtype in dtypes] + [[], np.ones((2, 2))]
    with pytest.raises(sx.BatchError, match=r"; \d other reasons$"):
        sx.batch_loglike(series, params=PARAMS, **AIRLINE)


def test_coerced_failures_are_nan():
    series = _spoiled()
    options = {"params": PARAMS, "errors": "coerce", **AIRLINE}
    failed = [1, 4, 6]
    for found in (
        sx.batch_loglike(series, **options),
        sx.batch_score(series, **options),
        *sx.batch_forecast(series, steps=3, **options),
    ):
        assert np.isnan(found[failed]).all()
        assert np.isfinite(np.delete(found, failed, axis=0)).all()
    filtered = sx.batch_filter(series, **options)
    assert [len(resid) for resid in filtered.resid] == [60, 0, 60, 47, 3, 28, 0, 51, 60]
    assert np.isnan(filtered.resid[4]).all()
    assert np.isnan(filtered.llf[failed]).all()
    with pytest.raises(sx.DataError, match="real numbers"):
        filtered.result(1)
    _equal(filtered[8].resid, sx.sarimax_filter(Y[8], params=PARAMS, **AIRLINE).resid)


def test_full_output():
    found = sx.batch_loglike(
        _spoiled(), params=PARAMS, errors="coerce", full_output=True, **AIRLINE
    )
    assert found.status.dtype == np.int32
    assert found.engine.tolist() == [
        "" if i in BAD else sx.Model(y, **AIRLINE).engine_for(PARAMS).engine
        for i, y in enumerate(Y)
    ]
    assert [bool(text) for text in found.messages] == [i in BAD for i in range(9)]
    assert "count=9, failed=3" in repr(found)
    forecast = sx.batch_forecast(Y, params=PARAMS, steps=2, full_output=True, **AIRLINE)
    assert (forecast.status == 0).all()
    assert forecast.conf_int().shape == (9, 2, 2)
    _equal(forecast.se, np.sqrt(forecast.var))
    for i in (0, 5):
        single = Forecast(forecast.mean[i], forecast.var[i])
        _equal(forecast.conf_int()[i], single.conf_int())


def test_values_of_statsmodels_are_values():
    """-inf and skipped observations are no failures, and nothing warns."""
    flat = np.zeros(30)
    series = [Y[0], flat, 1e-9 * Y[1]]
    params = [[0.5, 1.0], [0.5, 0.0], [0.5, 1e-18]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = [
            sx.sarimax_loglike(y, params=p) for y, p in zip(series, params, strict=True)
        ]
    found = sx.batch_loglike(series, params=params, full_output=True)
    _equal(found.values, expected)
    assert found.status[0] == 0
    assert (found.status[1:] > 0).all()
    assert "skipped" in found.messages[1]


def test_an_engine_that_cannot_is_a_failure_with_its_reason():
    gaps = Y[2].copy()
    gaps[:55] = np.nan
    with pytest.raises(sx.BatchError, match="missing values") as caught:
        sx.batch_loglike([Y[0], gaps], params=PARAMS, engine="exact", **AIRLINE)
    with pytest.raises(sx.SpecError) as single:
        sx.sarimax_loglike(gaps, params=PARAMS, engine="exact", **AIRLINE)
    assert caught.value.messages == [str(single.value)]


def test_a_start_that_cannot_be_computed():
    """A unit root in a stationary model: statsmodels' LinAlgError."""
    params = [[0.5, 1.0], [-1.0, 1.0]]
    with pytest.raises(sx.BatchError) as caught:
        sx.batch_loglike(Y[:2], params=params, engine="identical")
    with pytest.raises(sx.NumericalError) as single:
        sx.sarimax_loglike(Y[1], params=params[1], engine="identical")
    assert caught.value.indices.tolist() == [1]
    assert caught.value.messages == [str(single.value)]


def test_missing_and_constant_regressors_are_failures_of_their_series():
    gap = Y[0].copy()
    gap[7] = np.nan
    with pytest.raises(sx.BatchError, match=r"NaNs were encountered.* at 1"):
        sx.batch_loglike([Y[0], gap], params=PARAMS, missing="raise", **AIRLINE)
    exog = [np.arange(60.0), np.ones(60)]
    with pytest.raises(sx.BatchError, match=r"column of constants.* at 1"):
        sx.batch_loglike([Y[0], Y[2]], exog, trend="c", params=[1.0, 1.0, 0.5, 1.0])


def test_bad_future_regressors_are_failures_of_their_series():
    case = CASES["regressors"]
    future = list(case.future)
    future[3] = "abc"
    params = rows(case, _model(case, 0))
    with pytest.raises(sx.BatchError) as caught:
        sx.batch_forecast(
            *(case.series, case.exog),
            params=params,
            steps=3,
            exog_future_list=future,
            **case.options,
        )
    assert caught.value.indices.tolist() == [3]
    mean, var = caught.value.result
    assert np.isnan(mean[3]).all() and np.isnan(var[3]).all()
    assert np.isfinite(np.delete(mean, 3, axis=0)).all()


WRONG = {
    "params": ({"params": None}, TypeError, "3 parameters"),
    "number of params": ({"params": [1.0]}, sx.DataError, r"\(3,\).*\(9, 3\)"),
    "rows of params": ({"params": np.ones((8, 3))}, sx.DataError, r"\(8, 3\)"),
    "text params": ({"params": ["a", "b", "c"]}, TypeError, "real numbers"),
    "errors": ({"errors": "ignore"}, sx.SpecError, "'raise' or 'coerce'"),
    "engine": ({"engine": "what"}, sx.SpecError, "engine"),
    "missing": ({"missing": "what"}, sx.SpecError, "missing option"),
    "order": ({"order": (1, 0)}, sx.SpecError, "three elements"),
    "option": ({"what": 1}, TypeError, "Unknown keyword arguments"),
    "n_threads": ({"n_threads": 0}, sx.SpecError, "n_threads"),
    "progress": ({"progress": "bar"}, TypeError, "progress"),
}


@pytest.mark.parametrize("name", WRONG)
def test_arguments_that_make_no_sense(name):
    arguments, error, match = WRONG[name]
    with pytest.raises(error, match=match):
        sx.batch_loglike(Y, **{"params": PARAMS} | AIRLINE | arguments)


# ---- progress, interruption, memory ----


@pytest.mark.parametrize("engine", ["auto", "statsmodels"])
def test_progress_rises_to_the_total(monkeypatch, engine):
    monkeypatch.setattr(ragged, "CHUNK_BYTES", 1000)
    told = []
    sx.batch_loglike(
        Y,
        params=PARAMS,
        engine=engine,
        progress=lambda *state: told.append(state),
        **AIRLINE,
    )
    assert {total for _, total in told} == {9}
    done = [number for number, _ in told]
    assert done == sorted(set(done))
    assert done[-1] == 9
    assert len(done) > 3


@pytest.mark.parametrize("engine", ["auto", "statsmodels"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_progress_raises_ends_the_batch(engine, error):
    def tell(_done, _total):
        raise error

    with pytest.raises(error):
        sx.batch_loglike(Y, params=PARAMS, progress=tell, engine=engine, **AIRLINE)
    # and nothing is left behind
    assert np.isfinite(sx.batch_loglike(Y, params=PARAMS, **AIRLINE)).all()


class _Bar:
    """Stands in for tqdm's bar."""

    def __init__(self, total, unit):
        self.total, self.n, self.unit = total, 0, unit

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def update(self, more):
        self.n += more


def test_a_bar(monkeypatch):
    module = type(sys)("tqdm.auto")
    made = []
    module.tqdm = lambda **options: made.append(_Bar(**options)) or made[-1]
    monkeypatch.setitem(sys.modules, "tqdm", type(sys)("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    sx.batch_loglike(Y, params=PARAMS, progress=True, **AIRLINE)
    (bar,) = made
    assert bar.n == bar.total == 9
    assert bar.closed


def test_no_bar_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=r"sarimax_c\[progress\]"):
        sx.batch_loglike(Y, params=PARAMS, progress=True, **AIRLINE)


_GROWTH = """
import resource, numpy as np, sarimax_c as sx
count = {count}
table = np.random.default_rng(1).standard_normal((count, 144))
params = [-0.4, 1.2]
model = dict(order=(0, 0, 1), engine="exact")
sx.batch_loglike(table[:100], params=params, n_threads=2, **model)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sx.batch_loglike({series}, params=params, n_threads=2, **model)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@pytest.mark.parametrize("series", ["table", "list(table)"])
def test_memory_is_bounded(series):
    """Input and output times 1.3, of which the input is there before."""
    count = 150_000
    code = _GROWTH.format(count=count, series=series)
    growth = int(
        subprocess.run(
            [sys.executable, "-P", "-c", code],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    sizes = count * 144 * 8, count * 8
    views = 0 if series == "table" else count * 250
    assert growth < 0.3 * sum(sizes) + sizes[1] + views


# ---- the way back ----


def test_statsmodels_runs_everything(monkeypatch):
    case = CASES["regressors"]
    params = rows(case, _model(case, 0))
    arguments = (case.series, case.exog)
    options = {"params": params, **case.options}
    steps = {"steps": 3, "exog_future_list": case.future}
    native = {
        "llf": sx.batch_loglike(*arguments, **options),
        "score": sx.batch_score(*arguments, **options),
        "mean": sx.batch_forecast(*arguments, **options, **steps)[0],
        "resid": np.concatenate(sx.batch_filter(*arguments, **options).resid),
    }
    sx.set_engine("statsmodels")
    try:
        found = sx.batch_loglike(*arguments, full_output=True, **options)
        assert set(found.engine) == {"statsmodels"}
        for i in (0, 4):
            single = sx.sarimax_loglike(
                case.series[i], case.exog[i], params=params[i], **case.options
            )
            assert found.values[i] == single
        np.testing.assert_allclose(found.values, native["llf"], rtol=1e-9)
        score = sx.batch_score(*arguments, **options)
        np.testing.assert_allclose(score, native["score"], rtol=1e-4, atol=1e-6)
        mean, _ = sx.batch_forecast(*arguments, **options, **steps)
        np.testing.assert_allclose(mean, native["mean"], rtol=1e-7, atol=1e-9)
        filtered = sx.batch_filter(*arguments, **options)
        assert filtered.engine_used == "statsmodels"
        resid = np.concatenate(filtered.resid)
        np.testing.assert_allclose(resid, native["resid"], rtol=1e-7, atol=1e-9)
        with pytest.raises(sx.BatchError, match=r"infinite values.* at 4"):
            sx.batch_loglike(_spoiled(), params=PARAMS, **AIRLINE)
    finally:
        sx.set_engine("auto")


def test_batches_run_without_the_compiled_core():
    code = """
import sys, warnings
sys.modules["sarimax_c._core"] = None
import numpy as np, sarimax_c as sx
from statsmodels.tsa.statespace.sarimax import SARIMAX
warnings.simplefilter("ignore", sx.SarimaxWarning)
y = np.random.default_rng(1).standard_normal((3, 30))
found = sx.batch_loglike([*y, "abc", np.zeros(20)], params=[0.5, 0.0],
                         errors="coerce", full_output=True)
print((found.values[:3] == [SARIMAX(row).loglike([0.5, 0.0]) for row in y]).all())
print(found.status.tolist(), found.messages[3])
fit = sx.batch_fit(y)
shapes = fit.forecast(2).mean.shape, fit.bse.shape
print(fit.converged.all(), *shapes, fit[0].engine_used)
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "True",
        "[1, 1, 1, -18, 1] y must hold real numbers, got dtype <U3 (from str); use NaN"
        " for missing values",
        "True (3, 2) (3, 2) statsmodels",
    ]
