# SPDX-License-Identifier: BSD-3-Clause
"""What the exact engine would do with other values of its constants.

    python tests/tools/thresholds.py [NAME ..]        (make thresholds: all)

Builds the package with each value and prints what becomes of the models of
tests/exact/exact_cases.py: how many are refused, how far the worst value is from the
judge in quadruple precision, how many are further than the promised 1e-9, and the
time of three models. The first row of each constant is the value in the source.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import timeit
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[2]
PROMISED = 1e-9
RANDOM_MODELS = 300
# Constant, file of src/filter, and by what it is multiplied.
CONSTANTS = {
    "MAX_ERROR": ("exact.c", (1.0, 0.1, 10.0, 100.0)),
    "LOSS_FACTOR": ("exact.c", (1.0, 0.125, 8.0)),
    "RECURSION_FACTOR": ("accuracy.c", (1.0, 0.1, 0.01, 10.0)),
    "QUIET": ("lanes.c", (1.0, 1e-6, 1e6, 1e9)),
    "TINY": ("lanes.c", (1.0, 0.0, 1e6, 1e10)),
    "NEGLIGIBLE": ("autocov.c", (1.0, 1e3, 1e6, 1e9)),
}


def cases():
    sys.path[:0] = [str(ROOT / "tests" / room) for room in ("exact", "parity")]
    from exact_cases import FAMILIES, family, random_case, refusal

    found = [case for name in FAMILIES for case in family(name)]
    found += [random_case(number) for number in range(RANDOM_MODELS)]
    return [case for case in found if refusal(case) is None]


def values():
    """Of the package on the path: None where it refuses; and microseconds."""
    import numpy as np
    from exact_cases import exact_model

    import sarimax_c as sx

    def value(case):
        try:
            return exact_model(case).loglike(case.params)
        except sx.SpecError:
            return None

    found = [value(case) for case in cases()]
    y = np.random.default_rng(1).standard_normal(10_000)
    long = sx.Model(y, order=(3, 0, 2), engine="exact")
    weekly = sx.Model(y, order=(0, 0, 1), seasonal=(0, 0, 1, 52), engine="exact")
    options = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
    airline = sx.Model(y[:144].cumsum(), engine="exact", **options)
    calls = (
        lambda: airline.loglike([-0.4, -0.6, 1.0]),
        lambda: long.loglike([0.5, -0.3, 0.1, 0.4, 0.2, 1.0]),
        lambda: weekly.loglike([-0.4, -0.6, 1.0]),
    )
    times = [1e4 * min(timeit.repeat(call, number=100, repeat=9)) for call in calls]
    print(json.dumps([found, times]))


def built(folder, name, factor):
    """Build a copy with the constant changed; what it says, and the value."""
    file, _ = CONSTANTS[name]
    source, site = folder / "source", folder / "site"
    for part in ("src", "include", "sarimax_c"):
        shutil.copytree(ROOT / part, source / part)
    for part in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / part, source)
    path = source / "src/filter" / file
    pattern = re.compile(rf"(\b{name} = )([0-9.e+-]+)(;)")
    text = path.read_text(encoding="utf-8")
    (number,) = [found[2] for found in pattern.finditer(text)]
    changed = float(number) * factor
    path.write_text(pattern.sub(rf"\g<1>{changed!r}\3", text), encoding="utf-8")
    pip = [sys.executable, "-P", "-m", "pip", "-q", "install", "--no-deps"]
    subprocess.run([*pip, "--target", site, source], check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-P", __file__, "--values"],
        env={**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    return changed, *json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CONSTANTS))
    parser.add_argument("--values", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    models = cases()
    if arguments.values:
        values()
        return
    from quad import quad_loglike

    truth = [
        quad_loglike(c.y, c.order, c.seasonal, c.params, c.exog, **c.options)
        for c in models
    ]
    print(
        f"{len(models)} models; us of an airline, and with n=10000 of (3,0,2) and of"
        " (0,0,1)(0,0,1,52)"
    )
    print(f"{'constant':<26}{'refused':>8}{'worst':>10}{'wrong':>7}" + f"{'us':>8}" * 3)
    for name in arguments.names or CONSTANTS:
        for factor in CONSTANTS[name][1]:
            with tempfile.TemporaryDirectory() as folder:
                value, found, times = built(Path(folder), name, factor)
            errors = [
                abs(mine - true) / max(1.0, abs(true))
                for mine, true in zip(found, truth, strict=True)
                if mine is not None
            ]
            wrong = sum(not error <= PROMISED for error in errors)
            print(
                f"{name:<17}{value:9.2g}{found.count(None):8d}{max(errors):10.1e}"
                f"{wrong:7d}" + "".join(f"{time:8.1f}" for time in times),
                flush=True,
            )


if __name__ == "__main__":
    main()
