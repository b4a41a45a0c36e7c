# SPDX-License-Identifier: BSD-3-Clause
"""The counts of native calls and of those that statsmodels ran."""

import os
import threading
import time

import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c import engine
from sarimax_c.counters import note_call, note_comparison, note_seconds


@pytest.fixture(autouse=True)
def from_zero():
    sx.reset_stats()
    yield
    sx.reset_stats()


def test_nothing_is_counted_at_first():
    assert sx.stats() == {
        "native": {},
        "formulas": {},
        "statsmodels": {},
        "seconds": {},
        "statsmodels_seconds": {},
        "compared": 0,
        "differences": 0,
    }


def test_calls_by_method_and_reason():
    note_call("loglike", "exact")
    note_seconds("loglike", "exact", 0.25)
    note_call("loglike", "identical", "measurement error")
    note_seconds("loglike", "identical", 0.5)
    note_call("loglike", "statsmodels", "update is overridden")
    note_seconds("loglike", "statsmodels", 1.0)
    note_call("smooth", "statsmodels", "complex parameters")
    note_call("smooth", "statsmodels", "complex parameters")
    counted = sx.stats()
    assert counted["native"] == {"loglike": 2}
    assert counted["formulas"] == {"loglike": {"measurement error": 1}}
    assert counted["statsmodels"] == {
        "loglike": {"update is overridden": 1},
        "smooth": {"complex parameters": 2},
    }
    assert counted["seconds"] == {"loglike": 1.75}
    assert counted["statsmodels_seconds"] == {"loglike": 1.0}


def test_comparisons():
    for differs in (False, True, False):
        note_comparison(differs)
    assert sx.stats()["compared"] == 3
    assert sx.stats()["differences"] == 1


def test_batches_are_counted_with_their_time():
    series = [np.arange(30.0) % 7, np.arange(40.0) % 5]
    sx.batch_loglike(series, params=[0.5, 1.0])
    sx.batch_fit(series)
    sx.batch_loglike(series, params=[0.5, 1.0], engine="statsmodels")
    counted = sx.stats()
    assert counted["native"] == {"batch_loglike": 1, "batch_fit": 1}
    assert counted["statsmodels"] == {"batch_loglike": {"asked for": 1}}
    spent, theirs = counted["seconds"], counted["statsmodels_seconds"]
    assert 0.0 < theirs["batch_loglike"] < spent["batch_loglike"] < 60.0
    assert theirs.keys() == {"batch_loglike"}


def test_calls_of_the_drop_in_are_timed(monkeypatch):
    model = sx.SARIMAX(np.arange(60.0) % 7, order=(1, 0, 1))
    begun = time.perf_counter()
    params = model.fit(disp=0).params
    model.loglike(params)
    model.fit(params, method="nm", maxiter=2, disp=0)
    monkeypatch.setattr(engine, "_state", engine._State())
    sx.set_engine("statsmodels")
    model.loglike(params)
    whole = time.perf_counter() - begun
    counted = sx.stats()
    called = counted["native"].keys() | counted["statsmodels"].keys()
    assert called == counted["seconds"].keys() >= {"fit", "loglike", "smooth"}
    assert counted["native"]["fit"] == 2
    assert all(0.0 < spent < whole for spent in counted["seconds"].values())
    assert counted["statsmodels_seconds"].keys() == {"loglike"}


def test_a_result_is_a_copy():
    note_call("loglike", "exact")
    sx.stats()["native"]["loglike"] = 100
    assert sx.stats()["native"] == {"loglike": 1}


def test_no_call_is_lost_among_threads():
    def work():
        for _ in range(5000):
            note_call("loglike", "exact")
            note_seconds("loglike", "exact", 0.5)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sx.stats()["native"]["loglike"] == 40000
    assert sx.stats()["seconds"]["loglike"] == 20000.0


def test_a_fork_under_the_lock_does_not_hang():
    from sarimax_c.counters import _counters

    held, done = threading.Event(), threading.Event()

    def hold():
        with _counters.lock:
            held.set()
            done.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(30)
    child = os.fork()
    if child == 0:
        note_call("loglike", "exact")
        os._exit(sx.stats()["native"]["loglike"])
    done.set()
    holder.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
