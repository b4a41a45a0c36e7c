# SPDX-License-Identifier: BSD-3-Clause
"""gcc -fanalyzer, clang-tidy and cppcheck on the C core: no report but the accepted.

    python tests/tools/analyze.py

A report is accepted by file, check and reason, in ACCEPTED; one that no longer comes
is an error too, so that the list stays short.
"""

import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
import setup

FLAGS = setup.compile_flags("release")
CHECKS = (
    "-*,clang-analyzer-*,bugprone-*,cert-*,concurrency-mt-unsafe,"
    # names, shapes and taste: the house has its own
    "-bugprone-easily-swappable-parameters,-bugprone-narrowing-conversions,"
    "-bugprone-reserved-identifier,-cert-dcl37-c,-cert-dcl51-cpp,"
    "-bugprone-implicit-widening-of-multiplication-result,"
    "-bugprone-macro-parentheses,-bugprone-suspicious-include,"
    "-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,"
    # -0.0 and NaN compare as they should
    "-cert-flp30-c"
)
# (file, check): why it is no fault.
LANES = "lanes are set one by one through a pointer to double"
ACCEPTED = {
    ("src/base/lags.c", "uninitvar"): "set by the loop before, of four rounds",
    ("src/batch/batch.c", "-Wanalyzer-use-of-uninitialized-value"): "its status is "
    "set, and what a status below zero leaves unread is not",
    ("src/batch/pool.c", "-Wanalyzer-malloc-leak"): "join_workers and sx_pool_run "
    "free it",
    ("src/filter/block_lanes.h", "-Wanalyzer-use-of-uninitialized-value"): LANES,
    ("src/filter/follow_lanes.h", "internalAstError"): "cppcheck cannot parse it",
    ("src/predict/impute.c", "-Wanalyzer-null-dereference"): "without parts there "
    "are no checkpoints to set",
    ("src/fit/derivatives.c", "clang-analyzer-core.NullDereference"): "bound by "
    "start_identical, whose status has been looked at",
    ("src/fit/inside.c", "clang-analyzer-security.FloatLoopCounter"): "doubling "
    "is exact",
}


def sources():
    return [
        path
        for room in setup.CORE_ROOMS
        for path in sorted((ROOT / "src" / room).glob("*.c"))
    ]


def run(*command):
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout + done.stderr


def gcc(path):
    log = run(
        "gcc", *FLAGS, "-fanalyzer", "-fdiagnostics-plain-output", "-c", path,
        "-o", "/dev/null",
    )  # fmt: skip
    return re.findall(r"^(?:\./)?(\S+?):(\d+):\d+: warning: (.*) \[(\S+?)\]", log, re.M)


def tidy(path):
    log = run("clang-tidy-19", "-quiet", f"-checks={CHECKS}", path, "--", *FLAGS)
    return re.findall(r"^(\S+?):(\d+):\d+: warning: (.*) \[(\S+?)\]", log, re.M)


def cppcheck(path):
    log = run(
        "cppcheck", "--quiet", "--std=c11", "--enable=warning,portability",
        "--inline-suppr", "--suppress=toomanyconfigs", "-Iinclude", "-Isrc",
        "--template={file}:{line}:0: warning: {message} [{id}]", path,
    )  # fmt: skip
    return re.findall(r"^(\S+?):(\d+):\d+: warning: (.*) \[(\S+?)\]", log, re.M)


def reports(path):
    found = set()
    for tool in (gcc, tidy, cppcheck):
        for name, line, message, check in tool(path):
            place = (ROOT / name).resolve()
            if ROOT in place.parents:
                found.add((str(place.relative_to(ROOT)), int(line), check, message))
    return found


def main():
    with ThreadPoolExecutor(2) as pool:
        found = set().union(*pool.map(reports, sources()))
    new = sorted(r for r in found if (r[0], r[2]) not in ACCEPTED)
    for name, line, check, message in new:
        print(f"{name}:{line}: {message} [{check}]")
    gone = ACCEPTED.keys() - {(name, check) for name, _, check, _ in found}
    for name, check in sorted(gone):
        print(f"{name}: [{check}] is accepted but not reported any more")
    accepted = Counter(
        check for name, _, check, _ in found if (name, check) in ACCEPTED
    )
    print(
        f"analyze: {len(new)} new reports, {sum(accepted.values())} accepted "
        f"for {len(ACCEPTED)} reasons, {len(sources())} files"
    )
    sys.exit(bool(new or gone))


if __name__ == "__main__":
    main()
