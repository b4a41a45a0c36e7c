# SPDX-License-Identifier: BSD-3-Clause
"""Workers of joblib and Dask: the same bits, and no more threads than they are due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import distributed
import joblib
import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c import threads

AIRLINE: dict[str, Any] = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
SERIES = 12.0 * np.random.default_rng(5).normal(size=(200, 120)).cumsum(axis=1)
KEYWORDS: dict[str, Any] = {"params": np.array([-0.4, -0.6, 144.0]), **AIRLINE}
EXPECTED = np.asarray(sx.batch_loglike(SERIES, n_threads=1, **KEYWORDS))
WORKERS = 2
PARTS = np.array_split(SERIES, 8)

Found = tuple[np.ndarray, int]


def make_work() -> Callable[[np.ndarray], Found]:
    """A function that is sent by value: workers cannot import this module."""
    keywords = KEYWORDS

    def work(part: np.ndarray) -> Found:
        """Values by default threads, and how many these are."""
        from sarimax_c import batch_loglike
        from sarimax_c.threads import resolve_threads

        return np.asarray(batch_loglike(part, **keywords)), resolve_threads()

    return work


def check(found: Iterable[Found]) -> None:
    parts = list(found)
    np.testing.assert_array_equal(np.concatenate([part for part, _ in parts]), EXPECTED)
    limit = max(1, threads.available_cpus() // WORKERS)
    assert {n for _, n in parts} <= set(range(1, limit + 1))


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """What limits the tests would hide what limits the workers."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.delenv("SARIMAX_C_NUM_THREADS", raising=False)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_joblib(backend: str) -> None:
    parallel = joblib.Parallel(n_jobs=WORKERS, backend=backend)
    work = joblib.wrap_non_picklable_objects(make_work())
    check(parallel(joblib.delayed(work)(part) for part in PARTS))


@pytest.mark.filterwarnings("ignore")
def test_dask() -> None:
    with (
        distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        check(client.gather(client.map(make_work(), PARTS)))
