# SPDX-License-Identifier: BSD-3-Clause
"""One model used by many threads at once gives one answer."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from calls import ALL_CALLS

import sarimax_c as sx
from sarimax_c import Model
from sarimax_c.testing import ModelCase, model_grid

ENGINE = os.environ.get("PARITY_ENGINE", "identical")
CASES = {
    case.name: case
    for case in model_grid(["seasonal", "missing", "exog"])
    if case.name in ("seasonal-004", "seasonal-070", "missing-018", "exog-004")
}


def make(case: ModelCase) -> Model:
    model = Model(
        case.y, case.exog, case.order, case.seasonal, engine=ENGINE, **case.options
    )
    assert model.engine == ENGINE  # no other engine may stand in
    return model


def run_together(work: Callable[[int], Any], threads: int = 8) -> list[Any]:
    """Results of work(0..threads-1), all released at the same moment."""
    barrier = threading.Barrier(threads)

    def released(index: int) -> Any:
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(released, range(threads)))


@pytest.mark.parametrize("name", CASES)
def test_loglike_of_one_model(name: str) -> None:
    case, model = CASES[name], make(CASES[name])
    expected = make(case).loglike(case.params)
    found = run_together(lambda _: {model.loglike(case.params) for _ in range(50)})
    assert set().union(*found) == {expected}


@pytest.mark.parametrize("name", CASES)
def test_different_parameters_do_not_mix(name: str) -> None:
    case, model = CASES[name], make(CASES[name])
    vectors = [case.params * (1.0 - 0.01 * index) for index in range(8)]
    expected = [make(case).loglike(vector) for vector in vectors]

    def work(index: int) -> set[float]:
        return {model.loglike(vectors[index]) for _ in range(50)}

    assert run_together(work) == [{value} for value in expected]
    assert len(set(expected)) == 8


@pytest.mark.filterwarnings("ignore")  # start values replaced by zeros
@pytest.mark.parametrize("name", CASES)
def test_filter_and_forecast_of_one_model(name: str) -> None:
    case, model = CASES[name], make(CASES[name])
    filtered, starts = model.filter(case.params), model.start_params
    mean, var = model.forecast(case.params, 5, case.exog_future)

    def work(index: int) -> bool:
        same = True
        for _ in range(10):
            again = model.filter(case.params)
            forecast = model.forecast(case.params, 5, case.exog_future)
            same &= np.array_equal(again.llf_obs, filtered.llf_obs)
            same &= np.array_equal(forecast, (mean, var))
            same &= np.array_equal(model.start_params, starts)
        return bool(same)

    assert all(run_together(work))


def test_models_made_and_dropped_in_threads() -> None:
    case = CASES["seasonal-004"]
    expected = make(case).loglike(case.params)

    def work(index: int) -> set[float]:
        return {make(case).loglike(case.params) for _ in range(30)}

    assert set().union(*run_together(work)) == {expected}


def frozen(value: Any) -> Any:
    """The numbers of a result, to be compared with ==."""
    if isinstance(value, dict):
        return [(key, frozen(item)) for key, item in value.items()]
    if isinstance(value, tuple | list):
        return [frozen(item) for item in value]
    if isinstance(value, np.ndarray | float):
        return np.asarray(value).tobytes()
    return value if isinstance(value, int | str | bytes) else type(value)


@pytest.mark.filterwarnings("ignore")
def test_every_call_beside_every_other() -> None:
    """Models, states and the system matrices are shared; lists of series as well."""
    expected = {name: frozen(call()) for name, call in ALL_CALLS.items()}

    def work(index: int) -> list[str]:
        names = np.random.default_rng(index).permutation([*ALL_CALLS] * 3)
        return [n for n in names if frozen(ALL_CALLS[n]()) != expected[n]]

    assert run_together(work, 4) == [[]] * 4


def test_series_replaced_while_a_batch_reads_them() -> None:
    """The list is the caller's: what is in it at some moment is computed."""
    short, long = np.arange(5.0) % 3, np.arange(9.0) % 4
    expected = {sx.Model(y).loglike([0.5, 1.0]) for y in (short, long)}
    series = [short] * 200
    is_done = threading.Event()

    def replace(index: int) -> None:
        rng = np.random.default_rng(index)
        while not is_done.is_set():
            for i in rng.integers(0, len(series), 50):
                series[i] = long if series[i] is short else short

    def compute() -> None:
        try:
            for _ in range(100):
                found = sx.batch_loglike(series, params=[0.5, 1.0], n_threads=2)
                assert set(np.asarray(found).tolist()) <= expected
        finally:
            is_done.set()

    run_together(lambda index: replace(index) if index else compute(), 3)
