# SPDX-License-Identifier: BSD-3-Clause
"""Exception classes, and the words shared with statsmodels."""

import inspect
import pickle
import types

import numpy as np
import pytest
from statsmodels.tsa.statespace import sarimax

from sarimax_c import errors


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (-2, MemoryError),
        (-3, errors.SpecError),
        (-10, errors.SpecError),
        (-14, errors.SpecError),
        (-15, errors.DataError),
        (-20, errors.NumericalError),
    ],
)
def test_status_to_exception(number, expected):
    error = errors.error_from_status(number, "what happened")
    assert type(error) is expected
    assert str(error) == "what happened"


@pytest.mark.parametrize(
    ("ours", "builtin"),
    [
        (errors.SpecError, ValueError),
        (errors.DataError, ValueError),
        (errors.NumericalError, np.linalg.LinAlgError),
        (errors.NumericalWarning, UserWarning),
        (errors.ConvergenceWarning, errors.SarimaxWarning),
    ],
)
def test_classes_are_caught_as_usual(ours, builtin):
    assert issubclass(ours, builtin)
    assert issubclass(ours, (errors.SarimaxError, errors.SarimaxWarning))


def test_errors_pickle():
    error = pickle.loads(pickle.dumps(errors.NumericalError("singular")))
    assert type(error) is errors.NumericalError
    assert error.args == ("singular",)


def _module(name, code, **names):
    """A module of that name, made of code."""
    module = types.ModuleType(name)
    vars(module).update(names)
    exec(compile(code, f"{name}.py", "exec"), vars(module))
    return module


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_warnings_point_at_the_caller_of_the_package(depth):
    inside = _module(
        "sarimax_c.inside",
        "def call(n):\n    return call(n - 1) if n else warn('look', category)\n",
        warn=errors.warn,
        category=errors.NumericalWarning,
    )
    with pytest.warns(errors.NumericalWarning, match="look") as caught:
        inside.call(depth)
    assert caught[0].filename == __file__
    cousin = _module("sarimax_cousin", "def run():\n    call(3)\n", call=inside.call)
    with pytest.warns(errors.NumericalWarning, match="look") as caught:
        cousin.run()
    assert (caught[0].filename, caught[0].lineno) == ("sarimax_cousin.py", 2)


def test_start_params_warnings_are_in_statsmodels_source():
    """Each text, cut at the words that statsmodels fills in, is in its source."""
    source = inspect.getsource(sarimax.SARIMAX)
    joined = "".join(
        line.strip().strip("f").strip('"')
        for line in source.replace(",", "").split("\n")
    )
    for text in errors.START_PARAMS_WARNINGS.values():
        for piece in text.replace(",", "").partition(" for ")[::2]:
            words = piece.removeprefix("ARMA and trend").removeprefix("seasonal ARMA")
            assert words in joined
