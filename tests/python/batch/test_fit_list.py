# SPDX-License-Identifier: BSD-3-Clause
"""Fits of the long list by `batch_fit`: none is below statsmodels' default fit."""

import functools

import numpy as np
import pytest
from fit_reference import judged, load, our_fits
from fit_series import fit_series

import sarimax_c as sx

NAMES = list(fit_series())
AUTO = ["auto"] * sx.engine_info()["core_available"]
THEIRS = load()["fits"]
SHORTFALL = 1e-6
# statsmodels' own log-likelihood is that far from the true one at the worst.
ROUNDING = 0.1


@functools.cache
def fits(engine):
    return our_fits(fit_series(), engine=engine)


def both(name, engine):
    """Log-likelihoods at our estimates and at statsmodels'."""
    ours, theirs = fits(engine)[name]["params"], np.array(THEIRS[name]["params"])
    return judged(fit_series()[name], ours, theirs)


def test_the_list_is_long_and_the_file_is_of_this_list():
    assert len(NAMES) >= 500
    assert list(THEIRS) == NAMES


@pytest.mark.parametrize("engine", AUTO)
def test_the_file_is_of_these_series(engine):
    for name in NAMES:
        assert abs(both(name, engine)[1] - THEIRS[name]["llf"]) <= ROUNDING, name


@pytest.mark.parametrize("engine", AUTO)
def test_no_fit_is_below_that_of_statsmodels(engine):
    lower = {}
    for name in NAMES:
        ours, theirs = both(name, engine)
        if not ours >= theirs - SHORTFALL:
            lower[name] = ours - theirs
    assert not lower


@pytest.mark.parametrize("engine", AUTO)
def test_fits_that_do_not_converge_are_few_and_say_so(engine):
    messages = [fit["message"] for fit in fits(engine).values() if not fit["converged"]]
    assert len(messages) <= len(NAMES) // 100
    assert all(message.startswith("stopped") for message in messages)
