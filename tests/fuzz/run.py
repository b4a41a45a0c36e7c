# SPDX-License-Identifier: BSD-3-Clause
"""Replay the corpus of every fuzz target, then look for new inputs.

    python tests/fuzz/run.py programs [--seconds 60] [--least 0]
    python tests/fuzz/run.py programs --merge target..

`programs` is the folder with the programs that `make fuzz` builds. The seconds are
those of the whole search, each target on all processors for its share. Fewer
executions than ``--least`` are an error, after half as much time again.
``corpus/<target>.txt`` has one input a line, a name and its bytes; inputs that once
broke a promise have names that say so, the others numbers. ``--merge`` writes the
numbered ones of some targets anew: as few as reach what the inputs found so far reach.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
LONGEST = 200  # bytes of an input
MOST = 150  # numbered inputs of a target
# Of the time: most for the target that runs thousands of inputs a second.
FASTEST = "small"
SHARES = {FASTEST: 15, "loglike": 1, "filter": 1, "score": 1, "fit": 1, "batch": 1}
# Turns of a tenth of the time that the fastest takes where there are too few.
FURTHER = 5
# Lines of a log that say what broke, of which model, and where.
TELLING = re.compile(
    r"broken promise|runtime error|ERROR: |SUMMARY|^ar \[|^(params|endog) "
    r"|#\d+ .* in .*/(src|tests)/"
)
ENVIRONMENT = os.environ | {
    "ASAN_OPTIONS": "allocator_may_return_null=1:detect_leaks=1:quarantine_size_mb=8",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


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
    seen = [line[:300] for line in log.splitlines() if TELLING.search(line)]
    print(f"{target}: FAILED", *seen, sep="\n  ")
    written = re.search(r"Test unit written to (\S+)", log)
    if written:
        print(f"  found {Path(written.group(1)).read_bytes().hex()}")


def replay(target, programs):
    """Whether every input of the corpus passes."""
    seeds = programs / "seeds" / target
    unpack(target, seeds)
    inputs = sorted(seeds.iterdir())
    found = f"-artifact_prefix={programs}/{target}-"
    status, log = run(programs / f"fuzz_{target}", found, *inputs)
    if status != 0:
        report(target, log)
    return status == 0


def search(target, programs, seconds, jobs):
    """New inputs on all processors: the number of executions, None after a finding."""
    work = programs / "work" / target
    work.mkdir(parents=True, exist_ok=True)
    arguments = (
        programs / f"fuzz_{target}",
        f"-artifact_prefix={programs}/{target}-",
        f"-max_total_time={seconds}",
        "-entropic_scale_per_exec_time=1",
        "-timeout=120",
        "-print_final_stats=1",
        work,
        programs / "seeds" / target,
    )
    start = time.monotonic()
    with ThreadPoolExecutor(jobs) as pool:
        ended = list(pool.map(lambda _: run(*arguments), range(jobs)))
    broken = [log for status, log in ended if status != 0]
    for log in broken:
        report(target, log)
    if broken:
        return None
    counts = [re.search(r"executed_units:\s*(\d+)", log) for _, log in ended]
    executed = sum(int(count.group(1)) for count in counts)
    rate = executed / (time.monotonic() - start)
    print(f"{target}: {executed:,} executions, {rate:,.0f} a second", flush=True)
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


def search_all(programs, seconds, least):
    jobs = os.cpu_count() or 1
    unit = seconds / sum(SHARES.values())
    turns = [(target, round(unit * share)) for target, share in SHARES.items()]
    counts = [search(target, programs, max(1, t), jobs) for target, t in turns]
    for _ in range(FURTHER):
        if None not in counts and sum(counts) < least:
            counts.append(search(FASTEST, programs, max(1, seconds // 10), jobs))
    if None in counts:
        sys.exit(1)
    if sum(counts) < least:
        sys.exit(f"fuzz: {sum(counts):,} executions, of {least:,} asked for")
    print(f"fuzz: {sum(counts):,} executions, nothing found")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--least", type=int, default=0)
    parser.add_argument("--merge", nargs="+", choices=list(SHARES), default=[])
    asked = parser.parse_args()
    programs = asked.programs.resolve()
    for target in asked.merge:
        merge(target, programs)
    if asked.merge:
        return
    passed = [replay(target, programs) for target in SHARES]
    if not all(passed):
        sys.exit(1)
    print(f"fuzz: {sum(len(read(t)) for t in SHARES)} inputs replayed", flush=True)
    if asked.seconds > 0:
        search_all(programs, asked.seconds, asked.least)


if __name__ == "__main__":
    main()
