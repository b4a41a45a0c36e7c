# SPDX-License-Identifier: BSD-3-Clause
"""
statsmodels' own tests of SARIMAX and ARIMA, run on other classes.

    python tests/suite/run.py [--jobs N] MODE...

MODE is "subclass" (`sarimax_c.SARIMAX` and `ARIMA` in the place of statsmodels'
classes), "patch" (`sarimax_c.patch_statsmodels()`) or "own" (statsmodels' classes). A
test that does not pass is run again with statsmodels' own classes: where it passes
there, the run has failed. So it has where fewer than `SHARE` of the calls of `CALLS`
ran in the compiled core.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import statsmodels
from suite_plugin import MODES

HERE = Path(__file__).parent
PACKAGE = Path(statsmodels.__file__).parent
MENTIONS = re.compile(r"SARIMAX|ARIMA|sarimax")
# statsmodels 0.14.4 has more; fewer means that they were not found.
LEAST_TESTS = 6000
CALLS = ("loglike", "loglikeobs", "score_obs", "smooth", "filter")
SHARE = 0.9


def test_files():
    """The test files in statsmodels' wheel that have to do with the two classes."""
    files = sorted(PACKAGE.glob("**/tests/test_*.py"))
    return [path for path in files if MENTIONS.search(path.read_text("utf-8"))]


def run(mode, tests, jobs):
    """Run tests in one mode; return what the plugin recorded and the seconds."""
    environment = {**os.environ, "PYTHONPATH": _python_path()}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "pytest.ini")
        config.write_text("[pytest]\n")
        report = Path(folder, "report.json")
        arguments = [
            *("-q", "--no-header", "-p", "suite_plugin", "-p", "no:cacheprovider"),
            *("-c", config, f"--rootdir={PACKAGE.parent}"),
            *("-W", "ignore", "--disable-warnings", "--tb=short", "-rN"),
            *(f"--suite-mode={mode}", f"--suite-report={report}"),
            *(("-n", jobs) if jobs != "0" else ()),
        ]
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pytest", *map(str, arguments), *tests],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        seconds = time.monotonic() - begin
        if not report.exists():
            sys.exit(f"suite: pytest did not run\n{done.stdout}")
        return json.loads(report.read_text()), seconds, done.stdout


def _python_path():
    given = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(HERE), *([given] if given else [])])


def print_shares(native, formulas, other):
    """Print where the calls ran; return the native share of `CALLS` together."""
    totals = Counter()
    for key, count in other.items():
        totals[key.split(":")[0]] += count
    for name in CALLS:
        count = native.get(name, 0)
        every = count + totals[name]
        share = count / every if every else 0.0
        print(
            f"  {name:<10} {count:>8} of {every:>8} native ({share:.1%}), of which"
            f" {formulas.get(name, 0)} by statsmodels' formulas on the core's filter"
        )
    for key, count in Counter(other).most_common(12):
        print(f"    {count:>8} by statsmodels, {key}")
    ran = sum(native.get(name, 0) for name in CALLS)
    every = ran + sum(totals[name] for name in CALLS)
    share = ran / every if every else 0.0
    print(f"  together   {ran:>8} of {every:>8} native ({share:.1%})")
    return share


def check(mode, jobs):
    """Run the suite in one mode; return whether all is as it has to be."""
    recorded, seconds, output = run(mode, map(str, test_files()), jobs)
    outcomes = recorded["outcomes"]
    counts = Counter(outcomes.values())
    text = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    print(f"{mode}: {text} in {seconds:.0f} s", flush=True)
    good = counts["passed"] >= LEAST_TESTS
    if not good:
        print(f"  fewer than {LEAST_TESTS} tests passed")
    if mode == "own":
        return good
    others = [test for test, outcome in outcomes.items() if outcome != "passed"]
    for test in _passing_with_own(others):
        print(f"  passes with statsmodels' own class only: {test} ({outcomes[test]})")
        good = False
    if not good:
        print(output)
    share = print_shares(*(recorded[k] for k in ("native", "formulas", "statsmodels")))
    if share < SHARE:
        print(f"  less than the {SHARE:.0%} that have to")
    return good and share >= SHARE


def _passing_with_own(tests):
    """Those of the tests that pass with statsmodels' own classes."""
    if not tests:
        return []
    # Their ids are relative to the root, and pytest runs elsewhere.
    control, _, _ = run("own", [str(PACKAGE.parent / test) for test in tests], "0")
    return [test for test in tests if control["outcomes"].get(test) == "passed"]


def main():
    """Run the modes asked for; exit with 1 where one of them fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("modes", nargs="+", choices=MODES, metavar="MODE")
    parser.add_argument("--jobs", default="2", help="processes of pytest, 0 for none")
    arguments = parser.parse_args()
    print(f"statsmodels {statsmodels.__version__}, {len(test_files())} test files")
    good = [check(mode, arguments.jobs) for mode in arguments.modes]
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
