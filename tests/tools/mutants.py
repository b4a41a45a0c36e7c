# SPDX-License-Identifier: BSD-3-Clause
"""Plant twelve faults in copies of the sources, one at a time: each has to be named.

    python tests/tools/mutants.py [name..]

For each fault a fast selection of the C tests runs in the build that is meant to see
it, and has to fail with words that say what is wrong: a sanitizer's, or the names of
tests. The selection passes without the fault, or it would prove nothing.
"""

import argparse
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COPIES = ROOT / "build/mutants"
POOL = "tests/c/batch/test_pool.c"
FILTER = "tests/c/filter/test_kalman.c tests/c/filter/test_init.c"


@dataclass
class Mutant:
    """Text to replace in a file of src, and what the tests have to say of it."""

    name: str
    file: str
    old: str
    new: str
    says: str
    build: str = "release"
    tests: str = FILTER


MUTANTS = [
    Mutant(
        "leak",
        "batch/pool.c",
        "    SX_FREE(list);\n",
        "",
        "LeakSanitizer",
        "asan",
        POOL,
    ),
    Mutant(
        "overflow inside the arena",
        "model/params.c",
        "params->reduced_ma = sx_arena_doubles(arena, (size_t)model->ma_order)",
        "params->reduced_ma = sx_arena_doubles(arena, (size_t)model->ma_order / 2)",
        "AddressSanitizer: use-after-poison",
        "asan",
    ),
    Mutant(
        "undefined behaviour",
        "filter/kalman.c",
        "  now->squares = 0.0;\n",
        "  now->squares = 0.0 * (INT32_MAX + (int32_t)(1 + now->row));\n",
        "signed integer overflow",
        "asan",
    ),
    Mutant(
        "race",
        "batch/pool.c",
        "      atomic_fetch_add(&all->done, items);\n",
        "      atomic_fetch_add(&all->done, items);\n      all->polled++;\n",
        "data race",
        "tsan",
        POOL,
    ),
    Mutant(
        "uninitialised read",
        "filter/init.c",
        "    state[i] = 0.0;\n",
        "",
        "use-of-uninitialized-value",
        "msan",
    ),
    Mutant(
        "use after free",
        "batch/pool.c",
        "    SX_FREE(list);\n    list = next;\n",
        "    void *volatile gone = list;\n\n    SX_FREE(gone);\n"
        "    list = list->next == next ? next : NULL;\n",
        "heap-use-after-free",
        "asan",
        POOL,
    ),
    Mutant(
        "kappa 1e7",
        "filter/init.c",
        "= model->spec.initial_variance;",
        "= 10.0 * model->spec.initial_variance;",
        "FAILED .*",
    ),
    Mutant(
        "burn off by one",
        "filter/kalman.c",
        "if (past->nobs >= model->loglikelihood_burn) {",
        "if (past->nobs > model->loglikelihood_burn) {",
        "FAILED .*",
    ),
    Mutant(
        "freeze off by one period",
        "filter/kalman.c",
        "past->nobs == past->steady_period + 2",
        "past->nobs == past->steady_period + 1",
        "FAILED .*",
    ),
    Mutant(
        "sign of theta",
        "model/statespace.c",
        "theta = i <= model->ma_order ? params",
        "theta = i <= model->ma_order ? -params",
        "FAILED .*",
    ),
    Mutant(
        "sigma2 not squared",
        "model/statespace.c",
        "statespace->state_cov = params->sigma2;",
        "statespace->state_cov = sqrt(params->sigma2);",
        "FAILED .*",
    ),
    Mutant(
        "missing value treated as zero",
        "filter/kalman.c",
        "  int missing = isnan(y);\n",
        "  int missing = 0;\n\n  y = isnan(y) ? 0.0 : y;\n",
        "FAILED .*",
    ),
]


def copy(name):
    folder = COPIES / name
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("src", "include", "tests/c"):
        shutil.copytree(ROOT / part, folder / part)
    for file in ("Makefile", "setup.py"):
        shutil.copy(ROOT / file, folder / file)
    return folder


def run(folder, build, tests):
    compiler = "clang-19" if build == "msan" else "gcc"
    command = ["make", "--no-print-directory", "c-tests", f"C_BUILD={build}"]
    command += [f"CC={compiler}", f"C_TESTS={tests}", f"PYTHON={sys.executable}"]
    if build == "tsan":
        command.append("C_RUN=setarch -R")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def plant(mutant):
    """What the tests say; None if they do not see it."""
    folder = copy("planted")
    path = folder / "src" / mutant.file
    text = path.read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, f"{mutant.name}: not one place in {mutant.file}"
    text = text.replace(mutant.old, mutant.new)
    if "sqrt(" in mutant.new and "<math.h>" not in text:
        text = text.replace("\n#include", "\n#include <math.h>\n#include", 1)
    path.write_text(text, encoding="utf-8")
    status, log = run(folder, mutant.build, mutant.tests)
    assert "error:" not in log or mutant.build != "release", log[-2000:]
    words = sorted(set(re.findall(mutant.says, log)))
    return words if status != 0 and words else None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    names = parser.parse_args().names
    chosen = [m for m in MUTANTS if not names or m.name in names]
    sound = copy("sound")
    for build, tests in sorted({(m.build, m.tests) for m in chosen}):
        status, log = run(sound, build, tests)
        if status != 0:
            sys.exit(f"{build}: fails without any fault\n{log[-2000:]}")
    missed = []
    for mutant in chosen:
        words = plant(mutant)
        print(f"{mutant.name}: {', '.join(words)[:150] if words else 'NOT SEEN'}")
        missed += [] if words else [mutant.name]
    print(f"mutants: {len(chosen) - len(missed)} of {len(chosen)} named")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
