# SPDX-License-Identifier: BSD-3-Clause
"""Importing sarimax_c is quick, loads numpy alone, and finds the installed one."""

import ast
import re
import resource
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
    added = min(import_times) - min(bare_times)
    assert added < SECONDS


def test_import_loads_numpy_alone():
    loaded = _python("import sys, sarimax_c; print(*sys.modules)").split()
    assert "numpy" in loaded
    assert not HEAVY & set(loaded)


def test_tests_run_against_the_installed_package(root):
    assert Path(sarimax_c.__file__).parent != root / "sarimax_c"


def _imported(path):
    """Modules beside it that a module imports when it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.level == 1
    }


def test_modules_of_a_batch_import_from_those_above(root):
    """In the order in which the package's docstring has them."""
    folder = root / "sarimax_c/batch"
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))
    order = re.findall(r"``(\w+)``", docstring)
    assert sorted([*order, "__init__"]) == sorted(p.stem for p in folder.glob("*.py"))
    for position, name in enumerate(order):
        assert _imported(folder / f"{name}.py") <= set(order[:position]), name
