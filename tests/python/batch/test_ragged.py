# SPDX-License-Identifier: BSD-3-Clause
"""Series in every form become private rows; a bad one is a failure of its own."""

import numpy as np
import pandas as pd
import pytest

import sarimax_c as sx
from sarimax_c import DataError, arrays
from sarimax_c.batch import ragged
from sarimax_c.batch.ragged import make_check, make_ragged, pack_future

RNG = np.random.default_rng(3)
SIZES = [5, 1, 9, 4]
SERIES = [RNG.standard_normal(size) for size in SIZES]
EXOG = [RNG.standard_normal((size, 2)) for size in SIZES]
TABLE = RNG.standard_normal((4, 6))
CUBE = RNG.standard_normal((4, 6, 2))


def _unpacked(source, check=None):
    """The series of all chunks, by position, and the failures."""
    found, failures = [], {}
    for chunk in source.chunks(check):
        assert chunk.start == len(found)
        assert chunk.endog.flags.c_contiguous
        assert chunk.exog is None or chunk.exog.flags.c_contiguous
        assert chunk.endog.flags.writeable
        found += [chunk.series(i) for i in range(chunk.count)]
        failures |= {chunk.start + i: text for i, text in chunk.failures.items()}
    return found, failures


def _assert_packed(source, series, exog=None):
    found, failures = _unpacked(source)
    assert failures == {}
    assert source.count == len(found) == len(series)
    for i, (endog, regressors) in enumerate(found):
        np.testing.assert_array_equal(endog, np.ravel(series[i]))
        if exog is None:
            assert regressors is None
        else:
            np.testing.assert_array_equal(regressors, exog[i])


def _masked(y):
    return np.ma.masked_array(np.where(y > 0, y, 99.0), mask=y <= 0)


FORMS = {
    "list": SERIES,
    "tuple": tuple(SERIES),
    "columns": [y[:, None] for y in SERIES],
    "lists": [y.tolist() for y in SERIES],
    "pandas": [pd.Series(y) for y in SERIES],
    "strided": [np.repeat(y, 2)[::2] for y in SERIES],
    "big endian": [y.astype(">f8") for y in SERIES],
    "mixed": [SERIES[0], SERIES[1].tolist(), pd.Series(SERIES[2]), SERIES[3][:, None]],
    "vector of objects": np.array([*SERIES, None], dtype=object)[:-1],
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_lists(name):
    _assert_packed(make_ragged(FORMS[name]), SERIES)


@pytest.mark.parametrize("dtype", [np.int64, np.float32, bool, np.uint8, np.longdouble])
def test_other_numbers_are_converted_as_single_series_are(dtype):
    series = [(10 * y).astype(dtype) for y in SERIES]
    _assert_packed(make_ragged(series), [arrays.as_endog(y) for y in series])


def test_masked_elements_are_missing():
    expected = [np.where(y > 0, y, np.nan) for y in SERIES]
    _assert_packed(make_ragged([_masked(y) for y in SERIES]), expected)
    expected = np.where(TABLE > 0, TABLE, np.nan)
    _assert_packed(make_ragged(_masked(TABLE)), expected)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_tables(order, dtype):
    table = np.array(10 * TABLE, dtype=dtype, order=order)
    source = make_ragged(table)
    assert source.is_table
    _assert_packed(source, table.astype(np.float64))


def test_data_and_indptr():
    indptr = np.r_[0, np.cumsum(SIZES)]
    source = make_ragged(None, np.vstack(EXOG), np.concatenate(SERIES), indptr)
    _assert_packed(source, SERIES, EXOG)
    # int32 and lists too
    source = make_ragged(None, None, np.concatenate(SERIES).tolist(), indptr.tolist())
    _assert_packed(source, SERIES)


EXOG_FORMS = {
    "arrays": EXOG,
    "tuple": tuple(EXOG),
    "frames": [pd.DataFrame(x, columns=["a", "b"]) for x in EXOG],
    "lists": [x.tolist() for x in EXOG],
    "columns first": [np.asfortranarray(x) for x in EXOG],
    "float32": [x.astype(np.float32).astype(float) for x in EXOG],
}


@pytest.mark.parametrize("name", EXOG_FORMS)
def test_forms_of_regressors(name):
    given = EXOG_FORMS[name]
    source = make_ragged(SERIES, given)
    assert source.k_exog == 2
    assert source.exog_names == (("a", "b") if name == "frames" else None)
    _assert_packed(source, SERIES, [np.asarray(x) for x in given])


def test_one_regressor_may_be_a_vector():
    vectors = [x[:, 0] for x in EXOG]
    _assert_packed(make_ragged(SERIES, vectors), SERIES, [x[:, :1] for x in EXOG])


@pytest.mark.parametrize("series", [TABLE, list(TABLE)], ids=["table", "list"])
def test_regressors_of_equal_lengths(series):
    _assert_packed(make_ragged(series, CUBE), TABLE, CUBE)
    _assert_packed(make_ragged(series, list(CUBE)), TABLE, CUBE)
    _assert_packed(make_ragged(series, CUBE[1]), TABLE, [CUBE[1]] * 4)
    frame = pd.DataFrame(CUBE[1], columns=["a", "b"])
    assert make_ragged(series, frame).exog_names == ("a", "b")


@pytest.mark.parametrize("exog", [None, [None] * 4, [np.empty((n, 0)) for n in SIZES]])
def test_no_regressors(exog):
    source = make_ragged(SERIES, exog)
    assert source.k_exog == 0
    _assert_packed(source, SERIES)


def test_an_empty_batch():
    for source in (make_ragged([]), make_ragged(np.empty((0, 5)))):
        assert source.count == 0
        assert list(source.chunks()) == []


def test_chunks_are_private_and_in_order(monkeypatch):
    monkeypatch.setattr(ragged, "CHUNK_BYTES", 3 * 8 * 10)
    series = [RNG.standard_normal(n) for n in (4, 5, 40, 1, 1, 1, 0, 9)]
    exog = [RNG.standard_normal((len(y), 2)) for y in series]
    for y_list, source in (
        (series, make_ragged(series, exog)),
        (TABLE, make_ragged(TABLE, CUBE)),
    ):
        chunks = list(source.chunks())
        assert len(chunks) > 2
        assert sum(chunk.count for chunk in chunks) == len(y_list)
        for chunk in chunks:
            assert chunk.count == 1 or len(chunk.endog) <= 10
            assert not any(np.shares_memory(chunk.endog, y) for y in y_list)
        _assert_packed(source, y_list, exog if y_list is series else CUBE)


def test_taking_some_of_a_chunk_and_of_a_batch():
    source = make_ragged(SERIES, EXOG)
    (chunk,) = source.chunks()
    some = np.array([0, 2, 3])
    part = chunk.take(some, 7)
    assert (part.start, part.stop) == (7, 10)
    for position, i in enumerate(some):
        endog, exog = part.series(position)
        np.testing.assert_array_equal(endog, SERIES[i])
        np.testing.assert_array_equal(exog, EXOG[i])
    for taken in (source, make_ragged(SERIES, EXOG), make_ragged(TABLE, CUBE[0])):
        found, _ = _unpacked(taken.take(some))
        expected, _ = _unpacked(taken)
        for position, i in enumerate(some):
            np.testing.assert_array_equal(found[position][0], expected[i][0])
            np.testing.assert_array_equal(found[position][1], expected[i][1])


BAD = {
    "string": "abc",
    "strings": ["a", "b"],
    "complex": np.array([1.0, 2.0j]),
    "dates": np.array(["2020-01-01"], dtype="M8[D]"),
    "matrix": np.ones((3, 2)),
    "number": 3.0,
    "zero-dimensional": np.array(1.0),
    "none": None,
    "empty": [],
    "empty array": np.empty(0),
    "uneven": [[1.0], [2.0, 3.0]],
    "infinite": np.array([1.0, -np.inf]),
}


def _single_message(y, exog=None):
    with pytest.raises((sx.SarimaxError, TypeError)) as caught:
        sx.sarimax_loglike(y, exog, params=[0.5] * (2 if exog is None else 4))
    return str(caught.value)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_series_says_what_the_single_call_says(name):
    series = [SERIES[0], BAD[name], SERIES[2]]
    found, messages = [], {}
    for chunk in make_ragged(series).chunks():
        found += [chunk.series(i)[0] for i in range(chunk.count)]
        described = {chunk.start + i: chunk.describe(i) for i in range(chunk.count)}
        messages |= {i: text for i, text in described.items() if text}
    np.testing.assert_array_equal(found[0], series[0])
    np.testing.assert_array_equal(found[2], series[2])
    assert messages == {1: _single_message(BAD[name])}


BAD_EXOG = {
    "rows": np.ones((3, 2)),
    "strings": [["a", "b"]] * 5,
    "three dimensions": np.ones((5, 2, 2)),
    "infinite": np.full((5, 2), np.inf),
    "missing": np.full((5, 2), np.nan),
}


@pytest.mark.parametrize("name", BAD_EXOG)
def test_bad_regressors_say_what_the_single_call_says(name):
    series = [np.arange(5.0)] * 3
    exog = [np.ones((5, 2)), BAD_EXOG[name], np.eye(5, 2)]
    (chunk,) = make_ragged(series, exog).chunks()
    messages = [chunk.describe(i) for i in range(3)]
    assert messages == ["", _single_message(series[1], exog[1]), ""]


def test_regressors_unlike_those_of_the_batch():
    exog = [EXOG[0], EXOG[1][:, :1], None, EXOG[3]]
    _, failures = _unpacked(make_ragged(SERIES, exog))
    assert failures == {
        1: "exog has 1 columns where the batch has 2",
        2: "exog has 0 columns where the batch has 2",
    }
    _, failures = _unpacked(make_ragged(SERIES, EXOG[2]))
    assert sorted(failures) == [0, 1, 3]


def test_the_first_usable_regressors_count_the_columns():
    source = make_ragged(SERIES, ["abc", None, *EXOG[2:]])
    assert source.k_exog == 2
    assert sorted(_unpacked(source)[1]) == [0, 1]


def test_regressors_beside_some_without_columns():
    none = [np.empty((n, 0)) for n in SIZES]
    source = make_ragged(SERIES, [none[0], *EXOG[1:]])
    assert source.k_exog == 2
    assert list(_unpacked(source)[1]) == [0]
    source = make_ragged(SERIES, [*none[:3], "abc"])
    assert source.k_exog == 0
    assert list(_unpacked(source)[1]) == [3]


def test_frames_with_other_columns_than_the_first():
    frames = [pd.DataFrame(x, columns=["a", "b"]) for x in EXOG]
    frames[1] = frames[1][["b", "a"]]
    frames[2].columns = ["a", "c"]
    source = make_ragged(SERIES, frames)
    assert source.exog_names == ("a", "b")
    found, failures = _unpacked(source)
    assert sorted(failures) == [1, 2]
    for i, names in ((1, "('b', 'a')"), (2, "('a', 'c')")):
        assert names in failures[i]
        assert "exog_list are ('a', 'b')" in failures[i]
    np.testing.assert_array_equal(found[3][1], EXOG[3])
    # Neither arrays nor the names of Series are compared.
    assert _unpacked(make_ragged(SERIES, [EXOG[0], *frames[1:2], *EXOG[2:]]))[1] == {}
    named = [pd.Series(x[:, 0], name=i) for i, x in enumerate(EXOG)]
    _assert_packed(make_ragged(SERIES, named), SERIES, [x[:, :1] for x in EXOG])


def test_names_are_those_of_as_many_columns():
    given = [EXOG[0], pd.DataFrame({"z": EXOG[1][:, 0]}), *EXOG[2:]]
    source = make_ragged(SERIES, given)
    assert (source.k_exog, source.exog_names) == (2, None)
    assert list(_unpacked(source)[1]) == [1]


def test_the_index_of_shared_regressors():
    dates = pd.date_range("2020-01-01", periods=6)
    frame = pd.DataFrame(CUBE[0], index=dates)
    y = [pd.Series(TABLE[0], index=dates), pd.Series(TABLE[1]), TABLE[2]]
    for source in (make_ragged(y, frame), make_ragged(y, frame).take(np.arange(3))):
        _, failures = _unpacked(source)
        assert failures == {1: _single_message(y[1], frame)}
        assert "not aligned" in failures[1]


def test_indexes_that_are_not_aligned():
    y = [pd.Series(y) for y in SERIES]
    exog = [pd.DataFrame(x) for x in EXOG]
    exog[2].index += 1
    _, failures = _unpacked(make_ragged(y, exog))
    assert list(failures) == [2]
    assert "not aligned" in failures[2]


def test_checks_of_each_series():
    gap = SERIES[2].copy()
    gap[3] = np.nan
    series = [*SERIES[:2], gap, []]
    constant = [EXOG[0], np.ones((1, 2)), EXOG[2], np.ones((0, 2))]
    source = make_ragged(series, constant)
    _, failures = _unpacked(source, make_check("raise", arrays.check_constant))
    assert "NaNs were encountered" in failures[2]
    assert "column of constants" in failures[1]
    assert "empty" in failures[3]
    assert 0 not in failures
    assert make_check("none", None) is None
    with pytest.raises(sx.SpecError, match="missing option"):
        make_check("what", None)


WRONG = {
    "a number as exog": (
        {"y_list": SERIES, "exog_list": 5},
        DataError,
        "exog is not 1d or 2d",
    ),
    "nothing": ({}, TypeError, "y_list, or data and indptr; got neither"),
    "both": (
        {"y_list": SERIES, "data": [1.0], "indptr": [0, 1]},
        TypeError,
        "got both",
    ),
    "data alone": ({"data": [1.0]}, TypeError, "indptr is missing"),
    "indptr alone": ({"y_list": SERIES, "indptr": [0]}, TypeError, "come together"),
    "frame": (
        {"y_list": pd.DataFrame(TABLE)},
        TypeError,
        r"\(4, 6\) \(with one series a column: .*\.T; with one a row: frame.to_numpy",
    ),
    "exog of objects": (
        {"y_list": SERIES, "exog_list": [pd.DataFrame(x).astype(object) for x in EXOG]},
        TypeError,
        "exog_list has no element that can be used: exog must hold real numbers",
    ),
    "exog is an order": (
        {"y_list": TABLE[:3], "exog_list": (0, 1, 1)},
        DataError,
        "exog_list has no element that can be used: exog is not 1d or 2d",
    ),
    "exog is text or none": (
        {"y_list": SERIES, "exog_list": [None, "abc", None, None]},
        TypeError,
        "exog_list has no element",
    ),
    "string": ({"y_list": "abc"}, TypeError, "list or tuple of series"),
    "generator": ({"y_list": iter(SERIES)}, TypeError, "list or tuple of series"),
    "one series": ({"y_list": SERIES[0]}, DataError, "two dimensions"),
    "numbers": ({"y_list": [1.0, 2.0]}, TypeError, "one series an element"),
    "gap": ({"y_list": [None, 2.0]}, TypeError, "one series an element, got 2.0"),
    "text table": ({"y_list": np.array([["a"]])}, TypeError, "real numbers"),
    "exog count": ({"y_list": SERIES, "exog_list": EXOG[:3]}, DataError, "3 elements"),
    "exog cube": ({"y_list": TABLE, "exog_list": CUBE[:, 1:]}, DataError, "differ"),
    "exog rows": (
        {"data": [1.0, 2.0], "indptr": [0, 2], "exog_list": [1.0]},
        DataError,
        "different sizes",
    ),
    "data shape": ({"data": TABLE, "indptr": [0, 4]}, DataError, "one-dimensional"),
    "indptr floats": ({"data": [1.0], "indptr": [0.0, 1.0]}, DataError, "integers"),
    "indptr empty": ({"data": [1.0], "indptr": []}, DataError, "integers"),
    "indptr start": ({"data": [1.0], "indptr": [1, 1]}, DataError, "ascend"),
    "indptr end": ({"data": [1.0], "indptr": [0, 2]}, DataError, "ascend"),
    "indptr order": ({"data": [1.0, 2.0], "indptr": [0, 2, 1, 2]}, DataError, "ascend"),
}


@pytest.mark.parametrize("name", WRONG)
def test_forms_that_are_none(name):
    arguments, error, match = WRONG[name]
    with pytest.raises(error, match=match):
        make_ragged(**{"y_list": None} | arguments)


def test_future_regressors():
    future = RNG.standard_normal((3, 4, 2))
    for given in (future, list(future), [x.tolist() for x in future]):
        packed, failures = pack_future(given, 3, 4, 2)
        np.testing.assert_array_equal(packed, future)
        assert failures == {}
    packed, _ = pack_future(future[0], 3, 4, 2)
    np.testing.assert_array_equal(packed, [future[0]] * 3)
    packed, _ = pack_future([x[:, 0] for x in future], 3, 4, 1)
    np.testing.assert_array_equal(packed, future[:, :, :1])
    assert pack_future(None, 3, 4, 0) == (None, {})


def test_bad_future_regressors():
    future = RNG.standard_normal((3, 4, 2))
    packed, failures = pack_future([future[0], future[1][:2], "abc"], 3, 4, 2)
    np.testing.assert_array_equal(packed[0], future[0])
    assert np.isnan(packed[1:]).all()
    assert "not of the appropriate shape" in failures[1]
    assert "exog_future_list must hold real numbers" in failures[2]
    assert "(argument: exog_future_list)" in failures[1]
    with pytest.raises(DataError, match="2 elements"):
        pack_future(list(future[:2]), 3, 4, 2)
    with pytest.raises(DataError, match="the `exog_future_list` argument"):
        pack_future(None, 3, 4, 2)
    with pytest.raises(DataError, match="has no exog"):
        pack_future(future[0], 3, 4, 0)


def test_a_dict_of_series_is_told_of_its_values():
    with pytest.raises(TypeError, match=r"got dict .*list\(d\.values\(\)\)"):
        ragged.make_ragged({"one": [1.0, 2.0]})
