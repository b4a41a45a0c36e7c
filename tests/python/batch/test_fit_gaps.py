# SPDX-License-Identifier: BSD-3-Clause
"""Batches of fits in which some series have none: their tables and their elements."""

import numpy as np
import pytest
from batch_cases import CASES

import sarimax_c as sx

Y = CASES["arima"].series


def test_series_without_data_are_not_in_the_quantiles():
    fit = sx.batch_fit([Y[0], np.full(40, np.nan), [1.0]], order=(1, 1, 1))
    assert fit.no_data.tolist() == [False, True, True]
    lines = [line.split() for line in fit.summary().splitlines()]
    for name, value in {"llf": fit.llf[0], "AICc": fit.aicc[0]}.items():
        (found,) = [line[1:] for line in lines if line[0] == name]
        assert [float(word) for word in found] == pytest.approx([value] * 5, rel=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"order": (1, 0, 0)},
        {"order": [(1, 0, 0), (0, 0, 1)]},
        {"orders": [(1, 0, 0), (0, 0, 1), (0, 0, 1)]},
    ],
)
def test_a_failed_series_tells_its_number_and_how_to_pass_it_by(options):
    fit = sx.batch_fit([Y[0], Y[1], [1.0, np.inf]], errors="coerce", **options)
    hint = r"series 2 failed; .* np\.flatnonzero\(fit\.status >= 0\)"
    with pytest.raises(sx.DataError, match=rf"infinite values.*{hint}"):
        list(fit)
    good = [fit[i] for i in np.flatnonzero(fit.status >= 0)]
    assert [one.llf for one in good] == fit.llf[:2].tolist()
