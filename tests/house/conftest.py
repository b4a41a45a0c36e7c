# SPDX-License-Identifier: BSD-3-Clause
"""What the house rules look at: the files of the repository."""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = {"build", "dist", "__pycache__"}


def _walk(folder):
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_dir():
            if not (hidden or path.name in MADE or path.suffix == ".egg-info"):
                yield from _walk(path)
        elif not hidden or path.name in {".clang-format", ".gitignore"}:
            yield path


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def repository():
    """Every file of the repository that people wrote."""
    return list(_walk(ROOT))


@pytest.fixture(scope="session")
def setup_module():
    """The constants of setup.py."""
    spec = importlib.util.spec_from_file_location("setup", ROOT / "setup.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def core_objects(setup_module, tmp_path_factory):
    """The C core compiled file by file: object path by source path."""
    compiler = os.environ.get("CC", "gcc")
    folder = tmp_path_factory.mktemp("objects")
    objects = {}
    for room in setup_module.CORE_ROOMS:
        for source in sorted((ROOT / "src" / room).glob("*.c")):
            target = folder / f"{source.stem}.o"
            # -fno-pic: a table of pointers stays read-only data, as it is
            flags = [*setup_module.compile_flags("release"), "-O0", "-fno-pic"]
            subprocess.run(
                [compiler, *flags, "-c", str(source), "-o", str(target)],
                cwd=ROOT,
                check=True,
            )
            objects[source.relative_to(ROOT)] = target
    return objects
