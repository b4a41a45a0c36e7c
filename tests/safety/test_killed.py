# SPDX-License-Identifier: BSD-3-Clause
"""
The portions of docs/batch.md, killed and started again.

The code is the page's own. Each run notes what portions it begins, in a file.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sarimax_c as sx

PAGE = (Path(__file__).parents[2] / "docs" / "batch.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Portions")[2]
RECIPE, OF_LIST, *SCHEDULERS = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
PORTIONS = 100
SERIES = np.random.default_rng(11).normal(size=(4000, 200)).cumsum(axis=1)
BEFORE = """
import os
import numpy as np
import sarimax_c as sx

y = np.load("y.npy")
first = y[:, 0]
batch_fit = sx.batch_fit
begun = os.open("begun", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def noted(part, **options):
    os.write(begun, b"%d\\n" % np.flatnonzero(first == part[0][0])[0])
    return batch_fit(part, **options)

sx.batch_fit = noted
"""
AFTER = """
np.save("found.npy", params)
np.save("llf.npy", np.concatenate([fit.llf for fit in fits]))
"""
# A list of series whose lengths differ, for the page's y.
RAGGED = "y = [row[: 200 - i % 90] for i, row in enumerate(y)]"
DASK_CLIENT = """
import distributed

client = distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None)
"""
# A process that ends with half of a portion's file written.
DIES_SAVING = """
import os, pathlib, signal

def write_half(path, raw, write=pathlib.Path.write_bytes):
    if path.name.startswith("{portion}."):
        raw = raw[: len(raw) // 2]
    write(path, raw)
    if path.name.startswith("{portion}."):
        os.kill(os.getpid(), signal.SIGKILL)

pathlib.Path.write_bytes = write_half
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    np.save(tmp_path / "y.npy", SERIES)
    return tmp_path


def start(folder: Path, *code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-P", "-c", "\n".join(code)], cwd=folder)


def begun(folder: Path) -> list[int]:
    """First series of each portion that was begun, once for each time."""
    file = folder / "begun"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def kept(folder: Path) -> int:
    return len(list(folder.glob("fits/*.fit")))


def assert_is_one_batch(folder: Path) -> None:
    expected = sx.batch_fit(SERIES, order=(0, 1, 1), errors="coerce")
    np.testing.assert_array_equal(np.load(folder / "found.npy"), expected.params)
    np.testing.assert_array_equal(np.load(folder / "llf.npy"), expected.llf)


def assert_ends_as_one_batch(folder: Path) -> None:
    assert start(folder, BEFORE, RECIPE, AFTER).wait() == 0
    assert_is_one_batch(folder)
    assert len(set(begun(folder))) == PORTIONS


def test_the_page_is_short() -> None:
    assert len([line for line in RECIPE.splitlines() if line]) <= 12


def test_killed_at_random_moments(folder: Path) -> None:
    """Each kill costs at most the portion that it hits."""
    rng = np.random.default_rng(3)
    kills = 0
    for _ in range(8):
        wanted = len(begun(folder)) + rng.integers(1, 9)
        process = start(folder, BEFORE, RECIPE, AFTER)
        while len(begun(folder)) < wanted and process.poll() is None:
            time.sleep(1e-4)
        time.sleep(rng.uniform(0, 0.01))
        process.kill()
        if process.wait() == 0:  # on a machine that kept the test waiting
            break
        kills += 1
        assert len(begun(folder)) - kept(folder) <= kills
    assert kills >= 3
    assert_ends_as_one_batch(folder)
    assert PORTIONS <= len(begun(folder)) <= PORTIONS + kills


@pytest.mark.parametrize("portion", [0, 40, 99])
def test_killed_while_it_saves(folder: Path, portion: int) -> None:
    """What was being written is not there, and is computed once more."""
    dying = DIES_SAVING.format(portion=portion)
    assert start(folder, BEFORE, dying, RECIPE, AFTER).wait() == -signal.SIGKILL
    assert kept(folder) == portion
    assert_ends_as_one_batch(folder)
    assert len(begun(folder)) == PORTIONS + 1


def test_a_list_of_series(folder: Path) -> None:
    recipe = RECIPE.replace("portions = np.array_split(y, 100)\n", OF_LIST)
    assert recipe != RECIPE
    assert start(folder, BEFORE, RAGGED, recipe, AFTER).wait() == 0
    names: dict[str, Any] = {"y": SERIES}
    exec(RAGGED, names)
    expected = sx.batch_fit(names["y"], order=(0, 1, 1), errors="coerce")
    np.testing.assert_array_equal(np.load(folder / "found.npy"), expected.params)
    assert len(set(begun(folder))) == kept(folder) == PORTIONS


@pytest.mark.parametrize("line", SCHEDULERS, ids=["joblib", "dask"])
def test_schedulers(folder: Path, line: str) -> None:
    """Some portions are there already; every one is as in one batch."""
    recipe = RECIPE.replace("fits = list(map(fit_portion, portions, files))", line)
    assert recipe != RECIPE
    client = DASK_CLIENT if "client" in line else ""
    (folder / "fits").mkdir()
    done = folder / "fits" / "3.fit"
    sx.batch_fit(np.array_split(SERIES, PORTIONS)[3], order=(0, 1, 1)).save(done)
    os.utime(done, (0, 0))
    assert start(folder, BEFORE, client, recipe, AFTER).wait() == 0
    assert done.stat().st_mtime == 0
    assert_is_one_batch(folder)
