# SPDX-License-Identifier: BSD-3-Clause
"""The distributions: what they hold, and that a wheel installs and works alone."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOGLIKE = """
import math, sarimax_c
assert sarimax_c.engine_info()["engine_used"] == "auto", sarimax_c.engine_info()
llf = sarimax_c.sarimax_loglike([1.0, 2.0], order=(0, 0, 0), params=[1.0])
assert abs(llf - (-math.log(2 * math.pi) - 2.5)) < 1e-15, llf
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def _run(*command):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run(command, check=True, env=environment)


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Folder with an sdist, and the wheel built from it."""
    folder = tmp_path_factory.mktemp("distributions")
    source = folder / "source"
    shutil.copytree(
        ROOT,
        source,
        ignore=shutil.ignore_patterns(
            ".git", ".venv*", "build", "dist", "__pycache__", "*.egg-info", ".*_cache"
        ),
    )
    _run(sys.executable, "-P", "-m", "build", "--outdir", str(folder), str(source))
    return folder


def _only(folder, pattern):
    (path,) = folder.glob(pattern)
    return path


def test_sdist_holds_the_sources(distributions):
    with tarfile.open(_only(distributions, "*.tar.gz")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("include", "src", "sarimax_c", "tests", "benchmarks")
    sources = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sources <= names
    assert {"README.md", "LICENSE", "CHANGELOG.md", "setup.py", "Makefile"} <= names


def test_wheel_holds_the_package(distributions):
    wheel = _only(distributions, "*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "sarimax_c").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package <= names
    assert len([name for name in names if name.endswith(".so")]) == 1
    assert not [name for name in names if re.match(r"(tests|src|benchmarks)/", name)]


def test_wheel_installs_and_works_alone(distributions, tmp_path):
    wheel = _only(distributions, "*.whl")
    venv.create(tmp_path / "venv", with_pip=True)
    python = str(tmp_path / "venv/bin/python")
    _run(python, "-m", "pip", "-qq", "install", str(wheel))
    _run(python, "-P", "-c", LOGLIKE)
