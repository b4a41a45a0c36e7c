# SPDX-License-Identifier: BSD-3-Clause
"""Exception classes, and the words shared with statsmodels."""

import inspect
import pickle

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
