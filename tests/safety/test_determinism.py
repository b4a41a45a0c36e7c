# SPDX-License-Identifier: BSD-3-Clause
"""The same bits for any number of threads, order, make-up of a batch, and repeat."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sarimax_c as sx

COUNT = 1000
AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}


def _series() -> list[np.ndarray]:
    """Of many lengths, some with gaps, and two that are of no use."""
    rng = np.random.default_rng(12)
    series = [
        20.0 * rng.normal(size=int(rng.integers(40, 90))).cumsum() for _ in range(COUNT)
    ]
    for number in range(0, COUNT, 7):
        series[number][5] = np.nan
    series[3] = np.full(50, 1e300)
    series[9] = np.full(50, np.nan)
    return series


def _params() -> np.ndarray:
    rng = np.random.default_rng(13)
    coefficients = rng.uniform(-0.8, 0.2, (COUNT, 2))
    return np.column_stack([coefficients, rng.uniform(100.0, 900.0, COUNT)])


SERIES, PARAMS = _series(), _params()


def loglikes(order: np.ndarray, n_threads: int) -> np.ndarray:
    """Value number i is that of series order[i]."""
    return np.asarray(
        sx.batch_loglike(
            [SERIES[i] for i in order],
            params=PARAMS[order],
            n_threads=n_threads,
            errors="coerce",
            **AIRLINE,
        )
    )


def fits(order: np.ndarray, n_threads: int) -> np.ndarray:
    found = sx.batch_fit(
        [SERIES[i] for i in order],
        n_threads=n_threads,
        errors="coerce",
        maxiter=8,
        **AIRLINE,
    )
    return np.column_stack([found.params, found.llf])


def digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


ALL = np.arange(COUNT)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_threads", [1, 2, 3, 5, 8, 16, 33, 64])
def test_any_number_of_threads(n_threads: int) -> None:
    assert digest(loglikes(ALL, n_threads)) == digest(loglikes(ALL, 1))
    assert digest(fits(ALL[:200], n_threads)) == digest(fits(ALL[:200], 1))


@pytest.mark.filterwarnings("ignore")
def test_any_order_and_make_up() -> None:
    expected = loglikes(ALL, 1)
    rng = np.random.default_rng(4)
    for size in (1, 2, 17, 256, COUNT):
        order = rng.permutation(COUNT)[:size]
        assert digest(loglikes(order, 4)) == digest(expected[order])


@pytest.mark.filterwarnings("ignore")
def test_each_is_the_single_call() -> None:
    expected = loglikes(ALL, 4)
    for number in range(0, COUNT, 11):
        model = sx.Model(SERIES[number], **AIRLINE)
        assert digest(expected[number]) == digest(model.loglike(PARAMS[number]))


@pytest.mark.parametrize("level", ["baseline", "avx2"])
def test_forced_instruction_sets(level: str) -> None:
    """One bit pattern: nothing of the filter is contracted or reordered by them."""
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); "
        "import test_determinism as t; print(*map(float.hex, t.loglikes(t.ALL, 2)))"
    )
    lines = [
        subprocess.run(
            [sys.executable, "-P", "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | environment,
        ).stdout
        for environment in ({}, {"SARIMAX_C_SIMD": level})
    ]
    values = [np.array([float.fromhex(v) for v in line.split()]) for line in lines]
    np.testing.assert_allclose(values[0], values[1], rtol=1e-12, equal_nan=True)
