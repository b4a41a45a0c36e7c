# SPDX-License-Identifier: BSD-3-Clause
"""Importing sarimax_c is quick, loads numpy alone, and finds the installed one."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

import sarimax_c

SECONDS = 0.25
HEAVY = {"scipy", "pandas", "statsmodels", "matplotlib"}


def _python(code):
    return subprocess.run(
        [sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True
    ).stdout


def _cpu_seconds(code):
    """CPU time of a run, which a busy machine stretches less than the clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _python(code)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_import_is_quick():
    import_times = []
    bare_times = []
    for _ in range(7):
        bare_times.append(_cpu_seconds("pass"))
        import_times.append(_cpu_seconds("import sarimax_c"))
    added = statistics.median(import_times) - statistics.median(bare_times)
    assert added < SECONDS


def test_import_loads_numpy_alone():
    loaded = _python("import sys, sarimax_c; print(*sys.modules)").split()
    assert "numpy" in loaded
    assert not HEAVY & set(loaded)


def test_tests_run_against_the_installed_package(root):
    assert Path(sarimax_c.__file__).parent != root / "sarimax_c"
