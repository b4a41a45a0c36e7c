# SPDX-License-Identifier: BSD-3-Clause
"""The memory of portions: kept when nothing refers to it, and never before."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c.batch import memory
from sarimax_c.batch.memory import new_rows

ROWS = 40_000


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch):
    monkeypatch.setattr(memory, "_kept", [])


def _address(rows):
    return rows.__array_interface__["data"][0]


def test_memory_comes_back():
    rows = new_rows(ROWS)
    assert rows.shape == (ROWS,) and rows.flags.writeable and rows.flags.c_contiguous
    place = _address(rows)
    del rows
    assert _address(new_rows(ROWS - 1)) == place


@pytest.mark.parametrize(
    "refer", [lambda rows: rows[5:], lambda rows: rows[5:][::2].reshape(1, -1)]
)
def test_a_view_keeps_it(refer):
    rows = new_rows(ROWS)
    rows[:] = 7.0
    view = refer(rows)
    del rows
    other = new_rows(ROWS)
    other[:] = 8.0
    assert not np.shares_memory(view, other)
    assert (view == 7.0).all()


def test_two_at_a_time_have_memory_of_their_own():
    first, second = new_rows(ROWS), new_rows(ROWS)
    assert not np.shares_memory(first, second)
    del first, second
    assert len(memory._kept) == 1


def test_large_ones_and_small_ones_are_not_kept():
    for count in (0, 1, 100, memory._MOST + 1):
        assert new_rows(count).shape == (count,)
        assert not memory._kept
    assert len(new_rows(memory._MOST)) == memory._MOST
    assert memory._kept[0].nbytes <= 16 * 2**20


def test_threads_never_share_it():
    wrong = []

    def fill(number):
        for _ in range(200):
            rows = new_rows(ROWS)
            rows[:] = number
            if not (rows == number).all():
                wrong.append(number)
            del rows

    threads = [threading.Thread(target=fill, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_batches_in_used_memory_have_their_values():
    rng = np.random.default_rng(3)
    batches = [rng.standard_normal((300, 100 - 7 * i)).cumsum(axis=1) for i in range(4)]
    options = {"order": (0, 1, 1), "params": [0.3, 1.0]}
    for _ in range(2):
        for table in batches:
            values = sx.batch_loglike(table, **options)
            lists = sx.batch_loglike(list(table), **options)
            single = [sx.sarimax_loglike(y, None, **options) for y in table[::60]]
            assert (values == lists).all()
            assert values[::60].tolist() == single
