# SPDX-License-Identifier: BSD-3-Clause
"""Array-likes become float64 arrays; the caller's are never written."""

import datetime
import decimal
import fractions

import numpy as np
import pandas as pd
import pytest

import sarimax_c as sx
from sarimax_c import DataError, SpecError, arrays

VALUES = [1.0, 2.0, 4.0, 8.0]


def _read_only(array):
    array.flags.writeable = False
    return array


def _misaligned():
    raw = np.zeros(8 * 4 + 1, dtype=np.uint8)
    array = raw[1:].view(np.float64)
    array[:] = VALUES
    assert not array.flags.aligned
    return array


SERIES = {
    "list": VALUES,
    "tuple": tuple(VALUES),
    "list of ints": [1, 2, 4, 8],
    "float64": np.array(VALUES),
    "float32": np.array(VALUES, dtype=np.float32),
    "float16": np.array(VALUES, dtype=np.float16),
    "long double": np.array(VALUES, dtype=np.longdouble),
    "int8": np.array(VALUES, dtype=np.int8),
    "uint64": np.array(VALUES, dtype=np.uint64),
    "big endian": np.array(VALUES, dtype=">f8"),
    "column": np.array(VALUES)[:, None],
    "every second": np.repeat(VALUES, 2)[::2],
    "backwards": np.array(VALUES[::-1])[::-1],
    "Fortran column": np.asfortranarray(np.array(VALUES)[:, None]),
    "read-only": _read_only(np.array(VALUES)),
    "misaligned": _misaligned(),
    "column of a transposed row": np.array([VALUES]).T,
    "masked without mask": np.ma.array(VALUES),
    "Series": pd.Series(VALUES, index=list("abcd")),
    "DataFrame": pd.DataFrame({"y": VALUES}),
    "Series of nullable": pd.Series([1, 2, 4, 8], dtype="Int64"),
    "DataFrame of nullable": pd.DataFrame({"y": pd.array(VALUES, dtype="Float64")}),
    "range": range(1, 5),
}


@pytest.mark.parametrize("name", SERIES)
def test_as_endog(name):
    given = SERIES[name]
    expected = [1.0, 2.0, 3.0, 4.0] if name == "range" else VALUES
    endog = arrays.as_endog(given)
    assert type(endog) is np.ndarray
    assert endog.dtype == np.float64
    assert endog.flags.c_contiguous
    assert endog.flags.aligned
    np.testing.assert_array_equal(endog, expected)


@pytest.mark.parametrize("name", ["float64", "read-only", "column"])
def test_no_copy_where_none_is_needed(name):
    assert np.shares_memory(arrays.as_endog(SERIES[name]), SERIES[name])


def test_booleans_are_zeros_and_ones():
    np.testing.assert_array_equal(arrays.as_endog([True, False]), [1.0, 0.0])


def test_mask_becomes_nan_and_the_input_stays():
    masked = np.ma.array(VALUES, mask=[False, True, False, False])
    np.testing.assert_array_equal(arrays.as_endog(masked), [1.0, np.nan, 4.0, 8.0])
    np.testing.assert_array_equal(masked.data, VALUES)
    integers = np.ma.array([1, 2], mask=[True, False])
    np.testing.assert_array_equal(arrays.as_endog(integers), [np.nan, 2.0])


def test_nullable_missing_becomes_nan():
    series = pd.Series([1, None, 3], dtype="Int64")
    np.testing.assert_array_equal(arrays.as_endog(series), [1.0, np.nan, 3.0])


@pytest.mark.parametrize(
    "bad",
    [
        "abc",
        ["1.5", "2"],
        [b"1"],
        [1.0, None],
        [1.0, 2j],
        np.array([1.0, 2.0], dtype=complex),
        np.ma.array([1j, 2.0]),
        np.array(["2020-01"], dtype="datetime64[M]"),
        np.array([1], dtype="timedelta64[D]"),
        [datetime.date(2020, 1, 1)],
        [decimal.Decimal("1.5")],
        pd.Series(["1", "2"]),
        pd.Series(pd.date_range("2020", periods=3)),
        np.array([(1.0, 2)], dtype=[("a", float), ("b", int)]),
        {"a": 1.0},
        None,
    ],
)
@pytest.mark.parametrize(
    ("convert", "argument"),
    [
        (arrays.as_endog, "y"),
        (lambda value: arrays.as_exog({0: value}[0], 2), "exog"),
        (lambda value: arrays.as_params(value, 2), "params"),
        (lambda value: arrays.as_exog_future(value, 2, 1), "exog_future"),
    ],
)
def test_wrong_types(bad, convert, argument):
    if bad is None and argument in ("exog", "exog_future"):
        return  # there it says that there are none
    with pytest.raises(TypeError, match=rf"^{argument} must hold real numbers"):
        convert(bad)


@pytest.mark.parametrize("argument", ["y", "params"])
def test_messages_say_what_is_there(argument):
    with pytest.raises(
        TypeError, match=rf"^{argument} must .* got None \(from list\); "
    ):
        arrays.as_float64([None, 1.0], argument)
    with pytest.raises(TypeError, match=r"got a dict; a sequence is expected$"):
        arrays.as_float64({"ar.L1": 0.5}, argument)
    numbers = [decimal.Decimal("1.5"), fractions.Fraction(1, 2), 1, 2.5]
    for numeric in (numbers, np.array(numbers[2:], dtype=object)):
        with pytest.raises(TypeError, match=r"dtype object .* \.astype\(float\) does$"):
            arrays.as_float64(numeric, argument)
    with pytest.raises(TypeError, match=r"dtype object .*; use NaN for missing"):
        arrays.as_float64(np.array([1.0, "x"], dtype=object), argument)


@pytest.mark.parametrize("gap", [[1.0, None], ["1", "NA"], None])
def test_missing_values_are_nan(gap):
    with pytest.raises(TypeError, match=r"; use NaN for missing values$"):
        arrays.as_endog(gap)
    with pytest.raises(sx.BatchError, match=r"; use NaN for missing values at 1$"):
        sx.batch_loglike([[1.0, 2.0], gap], params=[0.5, 1.0])


@pytest.mark.parametrize("shape", [(4, 2), (1, 4), (4, 1, 1), (2, 2, 2), ()])
def test_endog_of_a_wrong_shape(shape):
    message = r"require univariate `endog`\. Got shape .*argument: y"
    with pytest.raises(DataError, match=message):
        arrays.as_endog(np.ones(shape))


@pytest.mark.parametrize("empty", [[], np.empty((0, 1)), pd.Series(dtype=float)])
def test_empty_endog(empty):
    with pytest.raises(DataError, match=r"^y is empty"):
        arrays.as_endog(empty)


def test_ragged():
    with pytest.raises(DataError, match=r"^exog is not a rectangular array"):
        arrays.as_exog([[1.0], [1.0, 2.0]], 2)


def test_infinite_endog_names_the_first_index():
    with pytest.raises(DataError, match=r"endog contains infinite values.*index 2"):
        arrays.check_endog(np.array([1.0, np.nan, -np.inf, np.inf]))
    arrays.check_endog(np.array([np.nan, 1.0]))


MATRIX = np.arange(8.0).reshape(4, 2)
EXOG = {
    "lists": MATRIX.tolist(),
    "array": MATRIX,
    "Fortran": np.asfortranarray(MATRIX),
    "strided": np.repeat(MATRIX, 2, axis=0)[::2],
    "float32": MATRIX.astype(np.float32),
    "read-only": _read_only(MATRIX.copy()),
    "DataFrame": pd.DataFrame(MATRIX),
    "mixed DataFrame": pd.DataFrame({"a": MATRIX[:, 0].astype(int), "b": MATRIX[:, 1]}),
}


@pytest.mark.parametrize("name", EXOG)
def test_as_exog(name):
    exog = arrays.as_exog(EXOG[name], 4)
    assert exog.dtype == np.float64
    assert exog.flags.c_contiguous
    np.testing.assert_array_equal(exog, MATRIX)


def test_exog_of_one_dimension_or_no_column():
    assert arrays.as_exog(VALUES, 4).shape == (4, 1)
    assert arrays.as_exog(np.empty((4, 0)), 4) is None
    assert arrays.as_exog(None, 4) is None


@pytest.mark.parametrize(
    ("exog", "message"),
    [
        (np.ones((3, 2)), "endog and exog matrices are different sizes"),
        (np.ones(5), "endog and exog matrices are different sizes"),
        (np.ones((4, 1, 1)), "exog is not 1d or 2d"),
        (1.0, "exog is not 1d or 2d"),
    ],
)
def test_exog_of_a_wrong_shape(exog, message):
    with pytest.raises(DataError, match=message):
        arrays.as_exog(exog, 4)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_exog_must_be_finite(value):
    with pytest.raises(DataError, match=r"^exog contains inf or nans$"):
        arrays.check_exog(np.array([[1.0], [value]]))
    with pytest.raises(DataError, match=r"^exog_future contains inf or nans$"):
        arrays.as_exog_future([1.0, value], 2, 1)


Y = np.random.default_rng(3).standard_normal(30)
FRAME = pd.DataFrame({"price": Y**2, "promo": np.sin(Y)})
PARAMS = [1.0, -1.0, 0.5, 1.0]
NUMBERED = pd.DataFrame(FRAME.to_numpy())


def _forecasts(exog, future):
    """Every way to forecast, with the name of its argument."""
    model = sx.Model(Y, exog)
    fit = sx.batch_fit([Y, Y], exog, cov_type="none")
    mixed = sx.batch_fit([Y, Y], exog, order=[(1, 0, 0), (0, 0, 1)], cov_type="none")
    given = {"params": PARAMS, "steps": 2}
    return [
        ("exog_future", lambda: model.forecast(PARAMS, 2, future)),
        ("exog_future", lambda: model.state(PARAMS).forecast(2, future)),
        ("exog", lambda: model.state(PARAMS).append([1.0, 2.0], future)),
        ("exog_future", lambda: fit[0].forecast(2, future)),
        ("exog_future_list", lambda: fit.forecast(2, future)),
        ("exog_future_list", lambda: mixed.forecast(2, [future, future])),
        (
            "exog_future",
            lambda: sx.rolling_forecast(Y, exog, exog_future=future, **given),
        ),
        (
            "exog_future_list",
            lambda: sx.batch_forecast([Y], exog, exog_future_list=future, **given),
        ),
    ]


def test_future_frames_have_the_fitted_columns():
    swapped = FRAME[:2][["promo", "price"]]
    for argument, forecast in _forecasts(FRAME, swapped):
        message = (
            rf"{argument} has the columns \('promo', 'price'\) where the model's"
            r" regressors are \('price', 'promo'\), in this order"
        )
        with pytest.raises(DataError, match=message):
            forecast()


@pytest.mark.parametrize(
    ("exog", "future"),
    [
        (FRAME, FRAME[:2]),
        (FRAME, FRAME[:2].to_numpy()),
        (FRAME, NUMBERED[:2]),
        (NUMBERED, FRAME[:2]),
        (FRAME.to_numpy(), FRAME[:2][["promo", "price"]]),
    ],
)
def test_without_names_nothing_is_compared(exog, future):
    assert sx.Model(Y, exog).param_names
    for _, forecast in _forecasts(exog, future):
        forecast()


@pytest.mark.parametrize(
    ("future", "steps", "k_exog"),
    [
        ([[1, 2], [3, 4], [5, 6]], 3, 2),
        ([1, 2, 3], 3, 1),
        ([1, 2], 1, 2),
        ([1], 1, 1),
        (pd.DataFrame({"a": [1.0], "b": [2.0]}), 1, 2),
    ],
)
def test_exog_future(future, steps, k_exog):
    found = arrays.as_exog_future(future, steps, k_exog)
    assert found.shape == (steps, k_exog)
    np.testing.assert_array_equal(found.ravel(), np.ravel(future))


@pytest.mark.parametrize(
    ("future", "steps", "k_exog", "message"),
    [
        (None, 2, 1, r"`exog_future` argument, of shape \(2, 1\)$"),
        ([1, 2, 3], 2, 1, r"Required \(2, 1\), got \(3,\).*exog_future"),
        (np.ones((3, 2)), 2, 2, r"Required \(2, 2\), got \(3, 2\)"),
        (np.ones((2, 3)), 3, 2, r"Required \(3, 2\), got \(2, 3\)"),
        (np.ones(4), 2, 2, r"Required \(2, 2\), got \(4,\)"),
        (np.ones((2, 1)), 2, 0, "exog_future was given, but the model has no exog"),
    ],
)
def test_wrong_exog_future(future, steps, k_exog, message):
    with pytest.raises(DataError, match=message):
        arrays.as_exog_future(future, steps, k_exog)


def test_no_exog_future_is_needed_without_exog():
    assert arrays.as_exog_future(None, 3, 0) is None


@pytest.mark.parametrize("length", [0, 2, 4])
def test_params_of_a_wrong_length(length):
    with pytest.raises(DataError, match=f"^params must have 3 elements, got {length}"):
        arrays.as_params(np.zeros(length), 3)


@pytest.mark.parametrize("shape", [(), (1, 3), (3, 1)])
def test_params_of_a_wrong_shape(shape):
    with pytest.raises(DataError, match=r"^params must be one-dimensional"):
        arrays.as_params(np.zeros(shape), 3)


@pytest.mark.parametrize("steps", [1, np.int64(3), np.uint8(2)])
def test_steps(steps):
    assert type(arrays.as_steps(steps)) is int
    assert arrays.as_steps(steps) == steps


@pytest.mark.parametrize("steps", [0, -1, np.int64(-5)])
def test_steps_must_be_positive(steps):
    with pytest.raises(SpecError, match=r"`end` after `start`.*steps"):
        arrays.as_steps(steps)


@pytest.mark.parametrize("steps", [1.0, 2.5, "3", None, [1], np.float64(2)])
def test_steps_must_be_an_integer(steps):
    with pytest.raises(TypeError, match=r"^steps must be an integer"):
        arrays.as_steps(steps)


def test_missing_raise():
    nan = np.array([1.0, np.nan])
    full = np.array([1.0, 2.0])
    message = r"NaNs were encountered in the data.*missing="
    with pytest.raises(DataError, match=message):
        arrays.check_missing("raise", nan, None)
    with pytest.raises(DataError, match=message):
        arrays.check_missing("raise", full, nan[:, None])
    arrays.check_missing("raise", full, full[:, None])
    arrays.check_missing("none", nan, None)
    arrays.check_missing("drop", nan, None)


@pytest.mark.parametrize("missing", ["skip", None, 1])
def test_unknown_missing(missing):
    with pytest.raises(SpecError, match=f"missing option {missing} not understood"):
        arrays.check_missing(missing, np.ones(1), None)


def test_indexes_must_agree():
    y = pd.Series(VALUES, index=[1, 2, 3, 4])
    shifted = pd.DataFrame(MATRIX)
    with pytest.raises(
        DataError, match=r"The indices for endog and exog are not align"
    ):
        arrays.check_aligned(y, shifted)
    arrays.check_aligned(y, shifted.set_axis([1, 2, 3, 4]))
    arrays.check_aligned(y, MATRIX)
    arrays.check_aligned(VALUES, shifted)
    arrays.check_aligned(VALUES, MATRIX.tolist())


@pytest.mark.parametrize(
    ("exog", "names"),
    [
        (MATRIX, None),
        (MATRIX.tolist(), None),
        (pd.DataFrame(MATRIX, columns=["a", 3]), ("a", "3")),
        (pd.Series(VALUES, name="price"), ("price",)),
        (pd.Series(VALUES), ("0",)),
        (
            pd.DataFrame(MATRIX, columns=pd.MultiIndex.from_tuples([("a", "b"), "c "])),
            ("a_b", "c_ "),
        ),
    ],
)
def test_column_names(exog, names):
    assert arrays.column_names(exog) == names


def test_steps_have_a_bound():
    for steps in (10**9 + 1, 2**63):
        with pytest.raises(SpecError, match=f"steps must be at most.*got {steps}"):
            arrays.as_steps(steps)
