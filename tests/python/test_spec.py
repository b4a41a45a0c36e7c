# SPDX-License-Identifier: BSD-3-Clause
"""Specifications: what statsmodels accepts, what it refuses and in which words."""

import pickle
import re

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

from sarimax_c import SpecError
from sarimax_c.spec import Specification, make_specification

NONE = (0, 0, 0, 0)
Y = np.random.default_rng(3).standard_normal(90)

# order, seasonal, options
VALID = [
    ((1, 0, 0), NONE, {}),
    ((0, 0, 0), NONE, {}),
    ((2, 1, 3), NONE, {}),
    ((0, 2, 1), NONE, {"trend": "c"}),
    ((1, 0, 1), NONE, {"trend": "n"}),
    ((1, 0, 1), NONE, {"trend": "t"}),
    ((1, 0, 1), NONE, {"trend": "ct"}),
    ((1, 0, 1), NONE, {"trend": "ctt"}),
    ((1, 0, 1), NONE, {"trend": [1, 0, 0, 1]}),
    ((1, 0, 1), NONE, {"trend": [0, 0]}),
    ((1, 0, 1), NONE, {"trend": (0, 1)}),
    ((1, 0, 1), NONE, {"trend": np.array([0, 0, 1])}),
    (([1, 3], 0, 0), NONE, {}),
    (([3, 1], 0, [2]), NONE, {}),
    (([1, 0, 1], 0, [0, 1]), NONE, {}),
    (([1, 1, 1], 0, 0), NONE, {}),
    (([1, 2, 3], 0, []), NONE, {}),
    (([[1], [3]], 0, [0]), NONE, {}),
    ((np.array([2, 4]), 0, np.int64(2)), NONE, {}),
    ((np.int32(1), np.int8(1), True), NONE, {}),
    ((1.0, 1.0, 0.0), NONE, {}),
    ([1, 1, 1], [0, 1, 1, 12], {}),
    (np.array([1, 1, 1]), np.array([0, 1, 1, 4]), {}),
    ((1, 1, 1), (1, 1, 1, 4), {}),
    ((0, 0, 0), (2, 0, 2, 7), {}),
    ((0, 0, 0), ([1, 3], 0, [2], 4), {}),
    ((3, 0, 1), ([0, 1], 2, 0, 2), {}),
    ((1, 0, 1), (0, 0, 0, 12), {}),
    ((1, 0, 1), NONE, {"measurement_error": True}),
    ((1, 0, 1), NONE, {"concentrate_scale": True}),
    ((1, 0, 1), NONE, {"measurement_error": True, "concentrate_scale": True}),
    ((1, 1, 1), (1, 1, 0, 4), {"simple_differencing": True}),
    ((1, 1, 1), (1, 1, 0, 4), {"enforce_stationarity": False}),
    ((1, 1, 1), NONE, {"enforce_invertibility": False, "trend": "c"}),
    ((1, 1, 1), NONE, {"loglikelihood_burn": 5}),
    ((1, 1, 1), NONE, {"loglikelihood_burn": 0, "enforce_stationarity": False}),
    ((1, 1, 1), NONE, {"loglikelihood_burn": None, "initial_variance": 1e4}),
    ((1, 1, 1), NONE, {"tolerance": 0, "trend_offset": 5}),
    (None, None, {}),
    (([1, 4], 1, [1, 4]), (1, 0, 1, 12), {"trend": "t"}),
]


@pytest.mark.parametrize(("order", "seasonal", "options"), VALID)
def test_agrees_with_statsmodels(order, seasonal, options):
    oracle_options = dict(options)
    if isinstance(options.get("trend"), np.ndarray):  # statsmodels takes lists
        oracle_options["trend"] = options["trend"].tolist()
    if oracle_options.get("loglikelihood_burn", 0) is None:
        del oracle_options["loglikelihood_burn"]
    oracle = SARIMAX(Y, order=order, seasonal_order=seasonal, **oracle_options)
    spec = make_specification(order, seasonal, **options)
    assert spec.param_names() == oracle.param_names
    assert spec.k_params == oracle.k_params
    assert spec.k_states == oracle.k_states
    assert spec.k_order == oracle._k_order
    assert spec.k_diff_states == oracle._k_states_diff
    assert spec.burn == oracle.loglikelihood_burn
    assert spec.order == oracle.order
    assert spec.seasonal == oracle.seasonal_order


def test_regressors_come_after_the_trend():
    spec = make_specification((1, 0, 1), NONE, 2, trend="c")
    assert spec.param_names(["a", "b"]) == [
        *("intercept", "a", "b", "ar.L1", "ma.L1", "sigma2")
    ]
    assert spec.k_params == 6


# order, seasonal, options, the class statsmodels raises; the words are its own
SAME_ERROR = [
    ((1, 0), NONE, {}),
    ((1, 0, 0, 0), NONE, {}),
    ((1, 0, 0), (1, 0, 0), {}),
    ((1, -1, 0), NONE, {}),
    ((1, 0.5, 0), NONE, {}),
    ((1, 0, 0), (0, -1, 0, 4), {}),
    ((1, 0, 0), (0, 1.5, 0, 4), {}),
    ((1, 0, 0), (0, 0, 0, -4), {}),
    ((-1, 0, 0), NONE, {}),
    ((1, 0, -2), NONE, {}),
    (([-1, 2], 0, 0), NONE, {}),
    ((1, 0, 0), (-1, 0, 0, 4), {}),
    ((1, 0, 0), (0, 0, -1, 4), {}),
    ((1.5, 0, 0), NONE, {}),
    ((0, 0, 2.25), NONE, {}),
    (([[1, 2], [3, 4]], 0, 0), NONE, {}),
    (([2, 2], 0, 0), NONE, {}),
    ((0, 0, [3, 3, 1]), NONE, {}),
    (([0, 2], 0, 0), NONE, {}),
    (([1, 1, 3], 0, 0), NONE, {}),
    ((1, 0, 0), (1, 0, 0, 1), {}),
    ((1, 0, 0), (0, 0, 0, 1), {}),
    ((1, 0, 0), (1, 0, 0, 0), {}),
    ((1, 0, 0), (0, 1, 0, 0), {}),
    ((1, 0, 0), (0, 0, [1], 0), {}),
    ((4, 0, 0), (1, 0, 0, 4), {}),
    (([2, 8], 0, 0), ([1, 2], 0, 0, 4), {}),
    ((0, 0, [4]), (0, 0, 1, 4), {}),
    ((1, 0, 0), NONE, {"trend": "x"}),
    ((1, 0, 0), NONE, {"trend": 1}),
    ((1, 0, 0), NONE, {"time_varying_regression": True}),
    ((1, 1, 0), NONE, {"hamilton_representation": True}),
    ((1, 0, 0), (0, 1, 0, 4), {"hamilton_representation": True}),
]


@pytest.mark.parametrize(("order", "seasonal", "options"), SAME_ERROR)
def test_same_words_as_statsmodels(order, seasonal, options):
    with pytest.raises(ValueError) as theirs:
        SARIMAX(Y, order=order, seasonal_order=seasonal, **options)
    with pytest.raises(SpecError) as ours:
        make_specification(order, seasonal, **options)
    # Values are shown as the caller wrote them, not as numpy's.
    words = re.sub(r"np\.int64\((\d+)\)", r"\1", str(theirs.value))
    assert str(ours.value).startswith(words.partition(" Got [")[0])


@pytest.mark.parametrize(
    ("order", "seasonal", "named"),
    [
        ((1, -1, 0), NONE, "(order=(1, -1, 0))"),
        ((-1, 0, 0), NONE, "(order=(-1, 0, 0))"),
        ((1.5, 0, 0), NONE, "(order=(1.5, 0, 0))"),
        ((1, 0), NONE, "(order=(1, 0))"),
        ((1, 0, 0), (1, 0, 0, 1), "(seasonal=(1, 0, 0, 1))"),
        ((1, 0, 0), (0, -1, 0, 4), "(seasonal=(0, -1, 0, 4))"),
        ((1, 0, 0), (0, 0, 0, 2.5), "fractional seasonal periodicity. (seasonal="),
        ((np.nan, 0, 0), NONE, "Invalid AR order. Non-integer order (nan)"),
        ((0, np.inf, 0), NONE, "Cannot specify fractional differencing. (order="),
        ((0, np.nan, 0), NONE, "Cannot specify fractional differencing. (order="),
    ],
)
def test_messages_show_the_argument(order, seasonal, named):
    with pytest.raises(SpecError, match=re.escape(named)):
        make_specification(order, seasonal)


@pytest.mark.parametrize(
    ("order", "seasonal", "options", "argument"),
    [
        ("100", NONE, {}, "order"),
        (1, NONE, {}, "order"),
        (("1", 0, 0), NONE, {}, "order"),
        ((1, "0", 0), NONE, {}, "order"),
        ((1, None, 0), NONE, {}, "order"),
        ((1j, 0, 0), NONE, {}, "order"),
        (([1, [2]], 0, 0), NONE, {}, "order"),
        ({1, 0, 2}, NONE, {}, "order"),
        (({1, 3}, 0, 0), NONE, {}, "order"),
        ((1, 0, 0), 12, {}, "seasonal"),
        ((1, 0, 0), (0, 0, 0, "12"), {}, "seasonal"),
        ((1, 0, 0), {"s": 12}, {}, "seasonal"),
        ((1, 0, 0), NONE, {"trend": ["c"]}, "trend"),
        ((1, 0, 0), NONE, {"measurement_error": "no"}, "measurement_error"),
        ((1, 0, 0), NONE, {"concentrate_scale": None}, "concentrate_scale"),
        ((1, 0, 0), NONE, {"enforce_stationarity": 2}, "enforce_stationarity"),
        ((1, 0, 0), NONE, {"mle_regression": []}, "mle_regression"),
        ((1, 0, 0), NONE, {"tolerance": "small"}, "tolerance"),
        ((1, 0, 0), NONE, {"trend_offset": 1j}, "trend_offset"),
        ((1, 0, 0), NONE, {"loglikelihood_burn": "1"}, "loglikelihood_burn"),
    ],
)
def test_wrong_types(order, seasonal, options, argument):
    with pytest.raises(TypeError, match=rf"^{argument} must"):
        make_specification(order, seasonal, **options)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("loglikelihood_burn", -1),
        ("loglikelihood_burn", 1.5),
        ("loglikelihood_burn", 2**31),
        ("initial_variance", -1.0),
        ("initial_variance", np.inf),
        ("tolerance", np.nan),
        ("tolerance", -1e-19),
        ("trend_offset", np.nan),
        ("max_states", 0),
        ("max_states", 2**31),
        ("trend", [1, -1]),
        ("trend", [np.nan]),
    ],
)
def test_wrong_option_values(name, value):
    with pytest.raises(SpecError, match=rf"^{name} must"):
        make_specification((1, 0, 0), NONE, **{name: value})


def test_ragged_trend():
    with pytest.raises(SpecError, match=r"^Valid trend inputs are .* \(\(1,\), 0, 0\)"):
        make_specification((1, 0, 0), NONE, trend=((1,), 0, 0))


def test_unknown_keyword_has_statsmodels_words():
    with pytest.raises(TypeError) as theirs:
        SARIMAX(Y, foo=1, bar=2)
    with pytest.raises(TypeError) as ours:
        make_specification((1, 0, 0), NONE, foo=1, bar=2)
    assert str(ours.value).startswith(str(theirs.value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hamilton_representation", True),
        ("mle_regression", False),
        ("use_exact_diffuse", True),
    ],
)
def test_not_available_yet(name, value):
    with pytest.raises(NotImplementedError, match=f"{name}={value}.*class SARIMAX"):
        make_specification((1, 0, 0), NONE, 1, **{name: value})
    available = make_specification((1, 0, 0), NONE, 1, **{name: not value})
    assert available == make_specification((1, 0, 0), NONE, 1)


def test_varying_regression_is_not_available_yet():
    with pytest.raises(NotImplementedError):
        make_specification(
            (1, 0, 0), NONE, 1, mle_regression=False, time_varying_regression=True
        )


@pytest.mark.parametrize(
    ("order", "seasonal", "k_states"),
    [
        ((4097, 0, 0), NONE, 4097),
        ((0, 0, 4096), NONE, 4097),
        (([1, 10**30], 0, 0), NONE, 10**30),
        ((10**30, 0, 0), NONE, 10**30),
        ((1, 10**12, 0), NONE, 10**12 + 1),
        ((0, 1, 0), (0, 1, 0, 4095), 4097),
        ((0, 0, 0), (2, 0, 0, 2049), 4098),
    ],
)
def test_too_many_states(order, seasonal, k_states):
    message = f"the model has {k_states} states, more than max_states=4096"
    with pytest.raises(SpecError, match=message):
        make_specification(order, seasonal)


def test_max_states_is_the_largest_allowed():
    assert make_specification((4096, 0, 0), NONE).k_states == 4096
    assert make_specification((3, 0, 0), NONE, max_states=3).k_states == 3
    with pytest.raises(SpecError, match=r"max_states=3"):
        make_specification((3, 1, 0), NONE, max_states=3)


@pytest.mark.parametrize("order", [(0, 10**12, 0), (0, 4097, 0)])
def test_too_much_simple_differencing(order):
    with pytest.raises(SpecError, match=r"differencing .* too large"):
        make_specification(order, NONE, simple_differencing=True)
    with pytest.raises(SpecError, match=r"season of .* too large"):
        make_specification((1, 0, 0), (0, 0, 0, 2**31))


def test_repeated_calls_give_the_same_object():
    first = make_specification((1, 0, [1, 3]), NONE, trend=[1, 0, 1])
    assert make_specification((1, 0, (1, 3)), NONE, trend=(1, 0, 1)) is first
    array = np.array([1, 3])
    assert make_specification([1, 0, array], list(NONE), trend=[1, 0, 1]) is first


def test_is_hashable_and_pickles():
    spec = make_specification((1, 1, [1, 3]), (0, 1, 1, 12), 2, trend="c")
    copy = pickle.loads(pickle.dumps(spec))
    assert copy == spec
    assert hash(copy) == hash(spec)
    assert copy != make_specification((1, 1, [1, 3]), (0, 1, 1, 12), 3, trend="c")


def test_default_is_statsmodels_default():
    assert make_specification((1, 0, 0), NONE) == Specification()
    oracle = SARIMAX(Y)
    assert oracle.order == (1, 0, 0)
    assert oracle.ssm.initial_variance == Specification.initial_variance
    assert oracle.ssm.tolerance == Specification.tolerance
    assert oracle.trend_offset == Specification.trend_offset


def test_core_arguments():
    spec = make_specification((2, 1, [3]), (1, 1, 0, 12), 2, trend="t", tolerance=0)
    assert spec.core_arguments("baseline") == (
        *((1, 2), (3,), (1,), (), 1, 1, 12, (1,), 1.0, 2),
        *(False, True, True, False, False, -1, 1e6, 0.0, 4096, "baseline"),
    )
    unused_season = make_specification((1, 0, 0), (0, 0, 0, 12))
    assert unused_season.core_arguments()[6] == 0
