# SPDX-License-Identifier: BSD-3-Clause
"""Coverage of the C core by the C and Python tests, from clang's own counters.

    python tests/tools/coverage.py profiles programs.. [--missed]

Every line has to run, and 95 % of the branches; in functions that are compiled
several times (per width, per instruction set) in one of the copies. The room with
``Python.h`` is counted, and nothing is asked of it. A line that
nothing can reach says so: ``/* unreachable: why */`` on it, or on the line before
it; a brace that closes after it counts with it. These are counted. ``--missed`` lists
lines and branches that do not run.
"""

import argparse
import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

LEAST_LINES, LEAST_BRANCHES = 100.0, 95.0
# Between Python and the core; what it leaves out is what allocations that fail do.
BOUNDARY = Path("src/python")
MARK = "/* unreachable: "
MACRO = re.compile(r"\s*[A-Z_]+\(\w+\)")
ROOT = Path(__file__).parents[2]


def merge(profiles):
    merged = profiles / "all.profdata"
    raw = sorted(profiles.glob("*.profraw"))
    subprocess.run(
        ["llvm-profdata-19", "merge", "-sparse", "-o", merged, *raw],
        check=True,
    )
    return merged


def export(merged, programs, form):
    """Coverage of all programs together."""
    objects = [part for program in programs for part in ("-object", program)]
    return subprocess.run(
        [
            "llvm-cov-19",
            "export",
            f"-format={form}",
            f"-instr-profile={merged}",
            "-ignore-filename-regex=tests/|/usr/",
            *objects,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def relative(name):
    path = Path(name)
    return (path if path.is_absolute() else ROOT / path).resolve().relative_to(ROOT)


def lines_of(text):
    """How often each line of each file ran; lcov's format."""
    files = defaultdict(lambda: defaultdict(int))
    for record in text.splitlines():
        kind, _, rest = record.partition(":")
        if kind == "SF":
            lines = files[relative(rest)]
        elif kind == "DA":
            line, count = map(int, rest.split(",")[:2])
            lines[line] = max(lines[line], count)
    return files


def branches_of(text):
    """How often each way of each condition was taken, at most in one copy."""
    files = defaultdict(lambda: defaultdict(int))
    for function in json.loads(text)["data"][0]["functions"]:
        for line, column, _, _, yes, no, number, *_ in function["branches"]:
            name = function["filenames"][number]
            if "/tests/" in name or name.startswith(("/usr/", "tests/")):
                continue
            branches = files[relative(name)]
            for way, count in enumerate((yes, no)):
                place = line, column, way
                branches[place] = max(branches[place], count)
    return files


def without_code(path):
    """Numbers of the lines that define or name a macro: they count one expansion."""
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    found = set()
    for number, line in enumerate(text, 1):
        continued = number > 1 and text[number - 2].endswith("\\")
        if line.startswith("#") or continued or MACRO.fullmatch(line):
            found.add(number)
    return found


def unreachable(path):
    """Numbers of the lines that say they cannot be reached."""
    found = set()
    text = (ROOT / path).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(text, 1):
        if MARK in line:
            alone = re.match(r"\s*/\*", line)
            found.add(number + 1 if alone else number)
            if number < len(text) and text[number].strip() == "}":
                found.add(number + 1)
    return found


class Totals:
    """Lines and branches of a group of files."""

    def __init__(self):
        self.lines = self.missed = self.branches = self.cold = self.exempt = 0

    def add(self, path, lines, branches):
        """Count a file; the lines that never ran, and those with a branch not taken."""
        skipped, exempt = without_code(path), unreachable(path)
        lines = {n: k for n, k in lines.items() if n not in skipped}
        branches = {at: k for at, k in branches.items() if at[0] not in exempt}
        missed = sorted(n for n, k in lines.items() if k == 0 and n not in exempt)
        cold = [at for at, k in branches.items() if k == 0]
        self.lines += len(lines)
        self.missed += len(missed)
        self.branches += len(branches)
        self.cold += len(cold)
        self.exempt += len(exempt)
        return missed, sorted({at[0] for at in cold})

    def shares(self):
        return (
            100.0 * (1 - self.missed / self.lines),
            100.0 * (1 - self.cold / self.branches),
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("profiles", type=Path)
    parser.add_argument("programs", nargs="+")
    parser.add_argument("--missed", action="store_true")
    asked = parser.parse_args()
    merged = merge(asked.profiles)
    all_branches = branches_of(export(merged, asked.programs, "text"))
    all_lines = lines_of(export(merged, asked.programs, "lcov"))
    core, boundary = Totals(), Totals()
    for path, lines in sorted(all_lines.items()):
        group = boundary if path.is_relative_to(BOUNDARY) else core
        missed, cold = group.add(path, lines, all_branches[path])
        if asked.missed and (missed or cold):
            print(f"{path}: lines {missed}, branches in lines {cold}")
        elif missed and group is core:
            print(f"{path}: lines never run: {missed}")
    for name, group in (("core", core), (str(BOUNDARY), boundary)):
        line_share, branch_share = group.shares()
        print(
            f"coverage, {name}: {line_share:.2f} % of {group.lines} lines, "
            f"{branch_share:.2f} % of {group.branches} branches; "
            f"{group.exempt} lines marked as unreachable"
        )
    line_share, branch_share = core.shares()
    sys.exit(line_share < LEAST_LINES or branch_share < LEAST_BRANCHES)


if __name__ == "__main__":
    main()
