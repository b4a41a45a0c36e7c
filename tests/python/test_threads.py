# SPDX-License-Identifier: BSD-3-Clause
"""How many threads a batch takes: argument, variables, CPUs, quotas."""

import concurrent.futures
import multiprocessing
import os

import pytest

from sarimax_c import SpecError, threads

VARIABLES = ["SARIMAX_C_NUM_THREADS", "OMP_NUM_THREADS"]


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """No variables, eight CPUs and no quota."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(threads, "_quota_here", lambda: None)
    monkeypatch.setattr(threads, "_is_multiprocessing_child", lambda: False)


def test_the_cpus_of_the_process_are_the_default():
    assert threads.resolve_threads() == 8


def test_the_cpus_of_the_machine_where_there_is_no_affinity(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert threads.available_cpus() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert threads.available_cpus() == 1


@pytest.mark.parametrize(
    ("quota", "expected"), [(2.0, 2), (1.5, 2), (0.1, 1), (0.0, 1), (100.0, 8)]
)
def test_a_quota_limits_the_cpus(monkeypatch, quota, expected):
    monkeypatch.setattr(threads, "_quota_here", lambda: quota)
    assert threads.resolve_threads() == expected


def test_openmp_before_cpus_own_variable_before_openmp_argument_before_all(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads.resolve_threads() == 3
    monkeypatch.setenv("SARIMAX_C_NUM_THREADS", " 5 ")
    assert threads.resolve_threads() == 5
    assert threads.resolve_threads(7) == 7


def test_the_first_level_of_openmp_counts_and_empty_is_unset(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2,1")
    monkeypatch.setenv("SARIMAX_C_NUM_THREADS", "")
    assert threads.resolve_threads() == 4


@pytest.mark.parametrize("count", [0, 1, 3, 8, 100])
def test_no_more_threads_than_series(count):
    assert threads.resolve_threads(None, count) == max(1, min(8, count))
    assert threads.resolve_threads(16, count) == max(1, min(16, count))


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", ["0", "-1", "two", "1.5", "99999999999", "²"])
def test_a_bad_variable_is_named(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(SpecError, match=name):
        threads.resolve_threads()


@pytest.mark.parametrize("value", [0, -1, 2**40])
def test_a_bad_argument(value):
    with pytest.raises(SpecError, match="n_threads"):
        threads.resolve_threads(value)


@pytest.mark.parametrize("value", ["2", 2.0, [2]])
def test_an_argument_that_is_no_integer(value):
    with pytest.raises(TypeError, match="n_threads"):
        threads.resolve_threads(value)


def test_a_child_of_multiprocessing_takes_one(monkeypatch):
    monkeypatch.setattr(threads, "_is_multiprocessing_child", lambda: True)
    assert threads.resolve_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads.resolve_threads() == 3
    assert threads.resolve_threads(2) == 2


def test_the_children_of_multiprocessing_are_recognised(monkeypatch):
    monkeypatch.undo()
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        assert pool.submit(threads.resolve_threads).result() == 1


GROUPS = {
    "version 2": ("0::/a/b\n", {"a/b/cpu.max": "150000 100000\n"}, 1.5),
    "version 2, above": ("0::/a/b\n", {"a/cpu.max": "200000 100000"}, 2.0),
    "version 2, the least": (
        "0::/a/b\n",
        {"a/b/cpu.max": "300000 100000", "a/cpu.max": "50000 100000"},
        0.5,
    ),
    "version 2, no limit": ("0::/a\n", {"a/cpu.max": "max 100000\n"}, None),
    "version 2, in a container": ("0::/\n", {"cpu.max": "400000 100000"}, 4.0),
    "version 2, path of the host": (
        "0::/host/group\n",
        {"cpu.max": "400000 100000"},
        4.0,
    ),
    "version 1": (
        "5:memory:/x\n4:cpu,cpuacct:/x\n",
        {
            "cpu,cpuacct/x/cpu.cfs_quota_us": "250000",
            "cpu,cpuacct/x/cpu.cfs_period_us": "100000",
        },
        2.5,
    ),
    "version 1, linked folder": (
        "4:cpuacct,cpu:/x\n",
        {"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"},
        1.0,
    ),
    "version 1, no limit": (
        "4:cpu:/\n",
        {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
        None,
    ),
    "nonsense": ("what\n0::/a\n", {"a/cpu.max": "many few\n"}, None),
    "no period": ("0::/a\n", {"a/cpu.max": "100000 0\n"}, None),
    "no files": ("0::/a\n", {}, None),
}


@pytest.mark.parametrize("name", GROUPS)
def test_control_groups(tmp_path, name):
    membership, files, expected = GROUPS[name]
    (tmp_path / "cgroup").write_text(membership)
    for path, text in files.items():
        target = tmp_path / "mount" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    assert threads.cgroup_quota(tmp_path / "cgroup", tmp_path / "mount") == expected


def test_no_control_groups(tmp_path):
    assert threads.cgroup_quota(tmp_path / "none", tmp_path) is None
