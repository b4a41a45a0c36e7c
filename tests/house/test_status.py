# SPDX-License-Identifier: BSD-3-Clause
"""One table of statuses: the header's, the module's and the exceptions' agree."""

import re

import numpy as np
import pytest

from sarimax_c import _core, errors

ENTRY = re.compile(r'X\(\s*(SX_\w+)\s*,\s*(-?\d+)\s*,\s*((?:"[^"]*"\s*)+)\)')
CLASSES = {
    "SX_E_MEMORY": MemoryError,
    "SX_E_NOBS": errors.DataError,
    "SX_E_INTERRUPTED": KeyboardInterrupt,
    "SX_E_DATA": errors.DataError,
    "SX_E_LU": errors.NumericalError,
}
# Published numbers; a new status is added here once and never changed.
RELEASED = {
    "SX_OK": 0,
    "SX_E_ARGUMENT": -1,
    "SX_E_MEMORY": -2,
    "SX_E_OVERFLOW": -3,
    "SX_E_WORKSPACE": -4,
    "SX_E_LAGS": -10,
    "SX_E_DIFF": -11,
    "SX_E_PERIODS": -12,
    "SX_E_TREND": -13,
    "SX_E_MAX_STATES": -14,
    "SX_E_NOBS": -15,
    "SX_E_EXACT": -16,
    "SX_E_INTERRUPTED": -17,
    "SX_E_DATA": -18,
    "SX_E_LU": -20,
    "SX_W_SKIPPED": 1,
    "SX_W_NONFINITE": 2,
}


@pytest.fixture(scope="module")
def header_table(root):
    """Name -> (number, message), read from SX_STATUS_MAP of the public header."""
    header = (root / "include/sarimax_c.h").read_text(encoding="utf-8")
    text = header.partition("#define SX_STATUS_MAP(X)")[2].partition("typedef")[0]
    return {
        name: (int(number), "".join(re.findall(r'"([^"]*)"', message)))
        for name, number, message in ENTRY.findall(text.replace("\\\n", " "))
    }


def test_module_table_is_the_header_table(header_table):
    assert header_table
    assert header_table == _core.STATUS


def test_released_numbers_stay(header_table):
    numbers = {name: number for name, (number, _) in header_table.items()}
    assert numbers == RELEASED
    assert len(set(numbers.values())) == len(numbers)


def test_sign_says_error_or_warning(header_table):
    for name, (number, message) in header_table.items():
        kind = (number > 0) - (number < 0)
        assert name.startswith({-1: "SX_E_", 0: "SX_OK", 1: "SX_W_"}[kind])
        assert message


def test_every_error_has_its_exception(header_table):
    for name, (number, message) in header_table.items():
        if number < 0:
            error = errors.error_from_status(number, message)
            assert type(error) is CLASSES.get(name, errors.SpecError)
            assert str(error) == message


def test_classes_are_also_the_builtin_ones():
    assert issubclass(errors.SpecError, ValueError)
    assert issubclass(errors.DataError, ValueError)
    assert issubclass(errors.NumericalError, np.linalg.LinAlgError)
    for name in errors.__all__:
        if name.endswith("Error") and name != "SarimaxError":
            assert issubclass(getattr(errors, name), errors.SarimaxError)
