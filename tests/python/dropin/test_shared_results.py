# SPDX-License-Identifier: BSD-3-Clause
"""One result of a drop-in class that several threads read at once."""

import sys
import threading
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.statespace.sarimax import SARIMAX as Theirs

from sarimax_c import SARIMAX as Ours

RNG = np.random.default_rng(11)
Y = np.cumsum(RNG.standard_normal(70))
Y[[5, 6]] = np.nan
MODELS = {
    "lazy": {"order": (2, 1, 1)},
    "states": {
        "order": (1, 0, 1),
        "mle_regression": False,
        "exog": RNG.standard_normal((70, 1)),
    },
}
# Standard errors first: they write other parameters into a state space object.
NAMES = [
    "bse",
    "cov_params_approx",
    "cov_params_oim",
    "cov_params_opg",
    "cov_params_robust_oim",
    "cov_params_robust_approx",
    "smoothed_state",
    "smoothed_state_cov",
    "filtered_state",
    "predicted_state_cov",
    "resid",
    "llf",
]
THREADS = 6


def _results(cls, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cls(Y, **MODELS[name])
        return model.smooth(np.full(model.k_params, 0.3), cov_type="approx")


def _read(results, order, found, start):
    start.wait()
    for name in order:
        try:
            found.append((name, np.asarray(getattr(results, name))))
        except Exception as error:
            found.append((name, error))


@pytest.fixture
def _frequent_switches():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("_frequent_switches")
@pytest.mark.parametrize("name", MODELS)
def test_all_threads_read_the_same(name):
    theirs = _results(Theirs, name)
    expected = {attribute: getattr(theirs, attribute) for attribute in NAMES}
    for _ in range(8):
        results, found = _results(Ours, name), []
        start = threading.Barrier(THREADS)
        orders = [RNG.permutation(NAMES) for _ in range(THREADS)]
        threads = [
            threading.Thread(target=_read, args=(results, order, found, start))
            for order in orders
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == THREADS * len(NAMES)
        for attribute, value in found:
            assert not isinstance(value, Exception), (attribute, value)
            size = np.nanmax(np.abs(expected[attribute]))
            (
                assert_allclose(
                    value, expected[attribute], rtol=1e-4, atol=1e-5 * size
                ),
                attribute,
            )
