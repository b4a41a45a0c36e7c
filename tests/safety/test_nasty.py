# SPDX-License-Identifier: BSD-3-Clause
"""Series that no model fits: what docs/nasty.md says, and as statsmodels says it."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import sarimax_c as sx

ROOT = Path(__file__).parents[2]
PATH = ROOT / "tests/tools/nasty.py"
SPEC = importlib.util.spec_from_file_location("nasty", PATH)
assert SPEC is not None and SPEC.loader is not None
nasty = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(nasty)

# Where we raise on purpose (README.md, "Where it differs from statsmodels").
STRICTER = {"no values", "one inf"}

# Predicted without an error, or lost in rounding: where a search ends depends on the
# last digits of the mathematical library's functions.
ANYWHERE = {"plus, minus 1", "linear", "integers at 1e15"}


def _documented() -> dict[str, dict[str, str]]:
    """Return the cells of docs/nasty.md by series and column."""
    lines = (ROOT / "docs/nasty.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {row[0]: dict(zip(rows[0][1:], row[1:], strict=False)) for row in rows[2:]}


DOCUMENTED = _documented()


def test_the_table_has_every_series() -> None:
    assert list(DOCUMENTED) == [*nasty.SERIES, "ten million values"]
    assert "not installed" not in str(DOCUMENTED)


@pytest.mark.parametrize("name", nasty.SERIES)
def test_each_series_gives_a_value_or_a_clear_error(name: str) -> None:
    found = nasty.loglikes(nasty.SERIES[name])
    assert found.items() <= DOCUMENTED[name].items()
    assert found["class"] == found["statsmodels"]
    if name in STRICTER:
        assert {found["exact"], found["identical"], found["auto"]} == {"DataError"}
        assert found["batch"] == "nan"
        return
    assert found["identical"] == found["statsmodels"]
    assert found["auto"] == found["batch"] == found["identical"]
    assert found["exact"] in ("SpecError", found["identical"])


@pytest.mark.parametrize("name", nasty.SERIES)
def test_fits_are_those_of_the_table(name: str) -> None:
    found = nasty.fits(nasty.SERIES[name])
    for column, text in found.items():
        said = DOCUMENTED[name][column]
        try:
            expected = float(said)
        except ValueError:
            assert text == said
            continue
        close = pytest.approx(expected, rel=1e-4, nan_ok=True)
        assert float(text) == close or (name in ANYWHERE and np.isfinite(float(text)))


def test_ten_million_values() -> None:
    y = np.random.default_rng(1).standard_normal(10_000_000).cumsum()
    value = sx.sarimax_loglike(y, None, nasty.ORDER, params=nasty.PARAMS)
    assert np.isfinite(value)
    assert sx.sarimax_loglike(y, None, nasty.ORDER, params=nasty.PARAMS) == value
