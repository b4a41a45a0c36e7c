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


def cells(name: str) -> dict[str, str]:
    return dict(zip(nasty.COLUMNS[1:], nasty.row(nasty.SERIES[name]), strict=True))


@pytest.mark.parametrize("name", nasty.SERIES)
def test_each_series_gives_a_value_or_a_clear_error(name: str) -> None:
    found = cells(name)
    if name in STRICTER:
        assert {found["exact"], found["identical"], found["auto"]} == {"DataError"}
        assert found["batch"] == "nan"
        return
    assert found["identical"] == found["statsmodels"]
    assert found["auto"] == found["batch"] == found["identical"]
    assert found["exact"] in ("SpecError", found["identical"])


def test_ten_million_values() -> None:
    y = np.random.default_rng(1).standard_normal(10_000_000).cumsum()
    value = sx.sarimax_loglike(y, None, nasty.ORDER, params=nasty.PARAMS)
    assert np.isfinite(value)
    assert sx.sarimax_loglike(y, None, nasty.ORDER, params=nasty.PARAMS) == value
