# SPDX-License-Identifier: BSD-3-Clause
"""Models that take over what earlier ones worked out are as statsmodels makes them."""

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from dropin_models import DATES, EXOG, FUTURE, SERIES, Ours, Theirs
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal, assert_index_equal

from sarimax_c.dropin import model as dropin_model
from sarimax_c.dropin import templates

OPTIONS = {"order": (1, 0, 1), "enforce_invertibility": False}
RANGE = SERIES.reset_index(drop=True)
GIVEN = {
    "frames": (SERIES, EXOG),
    "renamed": (SERIES, EXOG.rename(columns={"a": "c"})),
    "one column": (SERIES, EXOG[["b"]]),
    "arrays": (SERIES.to_numpy(), EXOG.to_numpy()),
    "column-major": (SERIES.to_numpy(), np.asfortranarray(EXOG.to_numpy())),
    "numbered": (RANGE, EXOG.reset_index(drop=True)),
}


@pytest.fixture
def constructed(monkeypatch):
    """How often statsmodels' constructor ran."""
    calls = []
    own = dropin_model._own

    def counted(name):
        if name == "__init__":
            calls.append(name)
        return own(name)

    monkeypatch.setattr(dropin_model, "_own", counted)
    return calls


def _made(cls, endog, exog, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cls(endog, exog, **options)


@pytest.mark.parametrize("trend", [None, "ct"])
@pytest.mark.parametrize("name", GIVEN)
def test_models_with_regressors(constructed, name, trend):
    endog, exog = GIVEN[name]
    options = {**OPTIONS, "trend": trend}
    _made(Ours, endog + 1.0, 2.0 * exog, **options)
    constructed.clear()
    ours, theirs = (_made(cls, endog, exog, **options) for cls in (Ours, Theirs))
    assert not constructed
    assert ours.param_names == theirs.param_names
    assert ours.exog_names == theirs.exog_names
    assert_array_equal(ours.exog, theirs.exog)
    assert_array_equal(ours.data.exog, theirs.data.exog)
    assert type(ours.data.orig_exog) is type(theirs.data.orig_exog)
    assert type(ours.orig_exog) is type(theirs.orig_exog)
    assert ours.k_constant == theirs.k_constant
    assert ours._init_keys == theirs._init_keys
    assert_index_equal(pd.Index(ours._index), pd.Index(theirs._index))
    params = np.arange(1.0, ours.k_params + 1) / 10
    assert_allclose(ours.loglike(params), theirs.loglike(params))
    assert_array_equal(ours.start_params.shape, theirs.start_params.shape)
    ours.update(params)
    theirs.update(params)
    assert_allclose(ours.ssm["obs_intercept"], theirs.ssm["obs_intercept"])
    assert repr(ours._spec.exog_names) == repr(theirs._spec.exog_names)
    rows = FUTURE[:3, : exog.shape[1]]
    found, wanted = (m.smooth(params).forecast(3, exog=rows) for m in (ours, theirs))
    assert_allclose(found, wanted, rtol=1e-7)


BAD = {
    "missing": (SERIES, EXOG.where(EXOG["a"] > -1.0)),
    "not aligned": (SERIES, EXOG.shift(1, freq="MS")),
    "too short": (SERIES.to_numpy(), EXOG.to_numpy()[:-1]),
}


@pytest.mark.parametrize("name", BAD)
def test_regressors_that_are_refused(name):
    _made(Ours, SERIES, EXOG, **OPTIONS)
    _made(Ours, SERIES.to_numpy(), EXOG.to_numpy(), **OPTIONS)
    endog, exog = BAD[name]
    with pytest.raises(Exception) as wanted:
        _made(Theirs, endog, exog, **OPTIONS)
    with pytest.raises(wanted.type) as found:
        _made(Ours, endog, exog, **OPTIONS)
    assert str(found.value) == str(wanted.value)


@pytest.mark.parametrize(
    ("exog", "options"),
    [
        (EXOG.assign(b=1.0), {"order": (1, 0, 0), "trend": "t"}),
        (EXOG, {"order": (1, 0, 0), "mle_regression": False}),
        (EXOG["a"], OPTIONS),
        (EXOG.astype(int), OPTIONS),
        (EXOG.to_numpy().tolist(), OPTIONS),
    ],
    ids=["trend", "in the state", "a series", "integers", "lists"],
)
def test_what_the_constructor_has_to_see(constructed, exog, options):
    for _ in range(2):
        constructed.clear()
        ours = _made(Ours, SERIES, exog, **options)
        assert constructed
    theirs = _made(Theirs, SERIES, exog, **options)
    assert ours.param_names == theirs.param_names


def test_a_constant_beside_a_constant_is_refused():
    options = {"order": (1, 0, 0), "trend": "c"}
    _made(Ours, SERIES, EXOG, **options)
    for cls in (Ours, Theirs):
        with pytest.raises(ValueError, match="constant trend"):
            _made(cls, SERIES, EXOG.assign(b=2.0), **options)


FREQS = ("MS", "ME", "QS", "QE", "YS", "h", "D", "W-WED", "B", "15min")


@pytest.mark.parametrize("freq", FREQS)
@pytest.mark.parametrize("with_exog", [False, True], ids=["", "exog"])
def test_appended_rows(constructed, freq, with_exog):
    index = pd.date_range("2001-01-03", periods=64, freq=freq, name="when")
    y = pd.Series(SERIES.to_numpy()[:64], index=index, name="values")
    exog = pd.DataFrame(EXOG.to_numpy()[:64], index=index, columns=["a", "b"])
    parts = [(y[rows], exog[rows] if with_exog else None) for rows in _PARTS]
    params = np.array([0.3, -0.2, 0.5, 0.2, 1.1][0 if with_exog else 2 :])
    results = [
        _made(cls, *parts[0], **OPTIONS).smooth(params) for cls in (Ours, Theirs)
    ]
    for more, rows in parts[1:]:
        results = [found.append(more, exog=rows) for found in results]
    found, wanted = results
    assert len(constructed) <= 2  # its own and that of the clones
    assert_index_equal(found.model._index, wanted.model._index, exact=True)
    assert found.model._index.freq == wanted.model._index.freq
    assert_frame_equal(found.model.orig_endog, wanted.model.orig_endog)
    if with_exog:
        assert_frame_equal(found.model.orig_exog, wanted.model.orig_exog)
    assert found.model.param_names == wanted.model.param_names
    _assert_same_values(found.model, wanted.model)
    _assert_same_values(found.model.data, wanted.model.data)
    assert_allclose(found.llf, wanted.llf)
    future = {"exog": FUTURE[:3]} if with_exog else {}
    mine, other = found.forecast(3, **future), wanted.forecast(3, **future)
    assert_allclose(mine, other, rtol=1e-7)
    assert_index_equal(mine.index, other.index)


def _assert_same_values(found, wanted):
    """Numbers, texts, lists and arrays that statsmodels has, and their kinds."""
    for name, value in vars(wanted).items():
        other = getattr(found, name)
        if isinstance(value, np.ndarray):
            assert_array_equal(other, value, err_msg=name)
            assert other.dtype == value.dtype, name
            assert other.flags.writeable == value.flags.writeable, name
            assert other.flags.c_contiguous == value.flags.c_contiguous, name
        elif isinstance(value, (str, int, float, list, tuple, type(None))):
            assert (type(other), other) == (type(value), value), name


_PARTS = (slice(0, 60), slice(60, 61), slice(61, 64))


def test_other_regressors_are_statsmodels_to_join():
    following = pd.date_range(DATES[-1], periods=3, freq="MS")[1:]
    more = pd.Series([1.0, 2.0], index=following, name="values")
    params = np.array([0.3, -0.2, 0.5, 0.2, 1.1])
    ours, theirs = (
        _made(cls, SERIES, EXOG, **OPTIONS).smooth(params) for cls in (Ours, Theirs)
    )
    for rows in (
        FUTURE[:2],
        pd.DataFrame(FUTURE[:2], index=following, columns=["b", "a"]),
        pd.DataFrame(FUTURE[:2], index=following, columns=["a", "x"]),
        pd.DataFrame(FUTURE[:2].astype(int), index=following, columns=["a", "b"]),
        pd.DataFrame(FUTURE[:2], index=DATES[:2], columns=["a", "b"]),
        None,
    ):
        answers = []
        for results in (theirs, ours):
            try:
                answers.append(results.append(more, exog=rows).model.orig_exog)
            except ValueError as error:
                answers.append(str(error))
        if isinstance(answers[0], str):
            assert answers[1] == answers[0]
        else:
            assert_frame_equal(answers[1], answers[0])


def test_threads_that_make_models_with_many_options(monkeypatch):
    """More options than are kept, so that each new one takes the place of another."""
    model = Ours(SERIES, **OPTIONS)
    monkeypatch.setattr(templates, "_templates", {})
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def work(thread):
        for i in range(2000):
            templates.keep_template(model, (Ours, f"{thread} {i}"))

    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
    finally:
        sys.setswitchinterval(interval)
    # Threads that add at the same moment each see room for one more.
    assert len(templates._templates) <= templates._CAPACITY + 3
