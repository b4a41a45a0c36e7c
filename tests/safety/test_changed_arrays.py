# SPDX-License-Identifier: BSD-3-Clause
"""Arrays that are overwritten and freed while a call computes.

Another thread gets the interpreter's lock when the call gives it up, and not before:
what a call reads it has to have read by then. A batch has read what its threads are at
work on (of a large one, a portion).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import sarimax_c as sx

ORDER = {"order": (1, 0, 1), "seasonal": (1, 0, 1, 12)}
COUNT, NOBS = 1500, 150
RNG = np.random.default_rng(31)
PARAMS = np.array([0.7, 0.4, -0.3, 0.3, -0.2, 1.5])
Arrays = dict[str, np.ndarray]


def one_series() -> Arrays:
    y = RNG.normal(size=30_000)
    y[77] = np.nan
    return {
        "y": y,
        "exog": RNG.normal(size=(len(y), 1)),
        "params": PARAMS.copy(),
    }


def panel() -> Arrays:
    """All series in one array, and their regressors."""
    return {
        "y": RNG.normal(size=COUNT * NOBS),
        "indptr": np.arange(0, COUNT * NOBS + 1, NOBS),
        "exog": RNG.normal(size=(COUNT * NOBS, 1)),
        "params": np.tile(PARAMS, (COUNT, 1)).copy(),
    }


def single(function: Callable[..., Any], *names: str, **options: Any) -> Any:
    """A call of `function` with one series, and those of the other arrays."""

    def call(a: Arrays) -> Any:
        return function(
            a["y"], a["exog"], *ORDER.values(), *(a[n] for n in names), **options
        )

    return call


SINGLE: dict[str, Any] = {
    "sarimax_loglike": single(sx.sarimax_loglike, "params", engine="identical"),
    "sarimax_filter": single(sx.sarimax_filter, "params"),
    "sarimax_fit": single(sx.sarimax_fit, maxiter=5),
    "sarimax_impute": single(sx.sarimax_impute, "params"),
}
BATCHES: dict[str, Any] = {
    "batch_loglike": (sx.batch_loglike, {"engine": "identical"}),
    "batch_filter": (sx.batch_filter, {}),
    "batch_fit": (sx.batch_fit, {"maxiter": 2}),
}


def numbers(result: Any) -> np.ndarray:
    """What a call found, as one array."""
    for name in ("llf", "llf_obs", "params"):
        if hasattr(result, name):
            return np.array(getattr(result, name))
    if isinstance(result, tuple):
        result = result[0]
    return np.array(result)


@pytest.fixture
def patient() -> Iterator[None]:
    """Threads wait for the lock till it is given up."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1000.0)
    yield
    sys.setswitchinterval(before)


def spoil(arrays: Arrays) -> None:
    """Overwrites and frees them."""
    for array in arrays.values():
        array.fill(0)
        array.resize(0, refcheck=False)


@pytest.mark.filterwarnings("ignore::sarimax_c.SarimaxWarning")
@pytest.mark.parametrize("name", SINGLE)
def test_during_a_call(name: str, patient: None) -> None:
    call, arrays = SINGLE[name], one_series()
    expected = numbers(call({key: value.copy() for key, value in arrays.items()}))
    started = threading.Event()
    found: list[np.ndarray] = []

    def work() -> None:
        started.set()
        found.append(numbers(call(arrays)))

    caller = threading.Thread(target=work)
    caller.start()
    started.wait()
    during = not found
    spoil(arrays)
    caller.join()
    assert during
    np.testing.assert_array_equal(found[0], expected)


@pytest.mark.parametrize("name", BATCHES)
def test_during_a_batch(name: str) -> None:
    """By its progress, which is told while its threads are at work."""
    function, options = BATCHES[name]
    given = panel()
    original = {key: value.copy() for key, value in given.items()}
    told: list[int] = []

    def run(arrays: Arrays, **keywords: Any) -> np.ndarray:
        params = {} if function is sx.batch_fit else {"params": arrays["params"]}
        return numbers(
            function(
                data=arrays["y"],
                indptr=arrays["indptr"],
                exog_list=arrays["exog"],
                n_threads=2,
                **ORDER,
                **params,
                **options,
                **keywords,
            )
        )

    def spoil_once(done: int, total: int) -> None:
        if not told and done < total:
            spoil(given)
            told.append(done)

    found = run(given, progress=spoil_once)
    assert told
    np.testing.assert_array_equal(found, run(original))
