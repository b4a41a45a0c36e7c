# SPDX-License-Identifier: BSD-3-Clause
"""Replay the corpus of every fuzz target, then look for new inputs.

    python tests/fuzz/run.py programs [--seconds 60] [--merge]

`programs` is the folder with the programs that `make fuzz` builds. The seconds are
those of the whole search, on all processors. ``corpus/<target>.txt`` has one input a
line, a name and its bytes; inputs that once broke a promise have names that say so,
the others numbers. ``--merge`` writes the numbered ones anew: as few as reach what
the inputs found so far reach.
"""

import argparse
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
LONGEST = 200  # bytes of an input
MOST = 150  # numbered inputs of a target
# Lines of a log that say what broke, of which model, and where.
TELLING = re.compile(
    r"broken promise|runtime error|ERROR: |SUMMARY|^ar \[|^(params|endog) "
    r"|#\d+ .* in .*/(src|tests)/"
)
ENVIRONMENT = os.environ | {
    "ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def targets():
    return sorted(path.stem for path in CORPUS.glob("*.txt"))


def read(target):
    lines = (CORPUS / f"{target}.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if line and not line.startswith("#")]
    return {name: bytes.fromhex("".join(data)) for name, *data in pairs}


def unpack(target, folder):
    """The corpus as the files that libFuzzer reads."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in read(target).items():
        (folder / name).write_bytes(data)


def run(program, *arguments):
    done = subprocess.run(
        [str(program), f"-max_len={LONGEST}", *map(str, arguments)],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stderr


def report(target, log):
    """What broke, and the line of the corpus that shows it again."""
    seen = [
        line[:300]
        for line in log.splitlines()
        if re.search(
            r"broken promise|runtime error|ERROR: |SUMMARY|^[a-z]+ \[|^[pe]", line
        )
        or re.search(r"#\d+ .* in .*/(src|tests)/", line)
    ]
    print(f"{target}: FAILED", *seen, sep="\n  ")
    written = re.search(r"Test unit written to (\S+)", log)
    if written:
        print(f"  found {Path(written.group(1)).read_bytes().hex()}")


def search(target, programs, seconds):
    """Replays, then fuzzes; the number of executions, or None after a finding."""
    program = programs / f"fuzz_{target}"
    seeds, work = programs / "seeds" / target, programs / "work" / target
    unpack(target, seeds)
    work.mkdir(parents=True, exist_ok=True)
    replayed = len(list(seeds.iterdir()))
    found = f"-artifact_prefix={programs}/{target}-"
    status, log = run(program, found, *seeds.iterdir())
    executed = 0
    if status == 0 and seconds > 0:
        status, log = run(
            program,
            found,
            f"-max_total_time={seconds}",
            "-timeout=120",
            "-print_final_stats=1",
            work,
            seeds,
        )
        executed = re.search(r"number_of_executed_units:\s*(\d+)", log)
        executed = int(executed.group(1)) if executed else 0
    if status != 0:
        report(target, log)
        return None
    print(f"{target}: {replayed} replayed, {executed} new executions")
    return executed


def merge(target, programs):
    small = programs / "merged" / target
    small.mkdir(parents=True, exist_ok=True)
    status, log = run(
        programs / f"fuzz_{target}",
        "-merge=1",
        small,
        programs / "seeds" / target,
        programs / "work" / target,
    )
    if status != 0:
        sys.exit(log[-2000:])
    named = {k: v for k, v in read(target).items() if not k.isdigit()}
    inputs = sorted((path.read_bytes() for path in small.iterdir()), key=len)
    step = max(1, len(inputs) // MOST)
    numbered = {f"{i:03d}": data for i, data in enumerate(inputs[::step])}
    lines = [f"{name} {data.hex()}" for name, data in (named | numbered).items()]
    (CORPUS / f"{target}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--merge", action="store_true")
    asked = parser.parse_args()
    programs = asked.programs.resolve()
    if asked.merge:
        for target in targets():
            merge(target, programs)
        return
    jobs = min(len(targets()), os.cpu_count() or 1)
    seconds = asked.seconds * jobs // len(targets())
    with ThreadPoolExecutor(jobs) as pool:
        counts = list(pool.map(lambda t: search(t, programs, seconds), targets()))
    if None in counts:
        sys.exit(1)
    print(f"fuzz: {sum(counts)} executions, nothing found")


if __name__ == "__main__":
    main()
