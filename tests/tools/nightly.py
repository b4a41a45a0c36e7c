# SPDX-License-Identifier: BSD-3-Clause
"""Targets of the Makefile beside each other, on one processor each.

    python tests/tools/nightly.py [--lanes 2] target.. [--first target..]

A target may carry variables of make, as in fuzz:FUZZ_SECONDS=1200. Those of
``--first`` use every processor and run before, alone. Each target writes
build/nightly/<target>.log; a failed one stops no other. Closes with a table: target,
seconds, verdict and the last line of its log, after the last lines of those that
failed. Ctrl-C ends all of them.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build/nightly"
LONGEST = 3600  # seconds; a part that takes longer hangs
LINES = 40  # of the log of a failed part


@dataclass
class Part:
    """A target with its variables, and what came of it."""

    target: str
    variables: list[str]
    process: subprocess.Popen | None = None
    seconds: float = 0.0
    verdict: str = "not run"

    @property
    def log(self):
        return LOGS / f"{self.target}.log"

    def said(self, count):
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[-count:] or [""]


def parse(text):
    target, *variables = text.split(":")
    return Part(target, variables)


def end(part):
    """The part with all that it started: it leads a process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(part.process.pid, signal.SIGKILL)


def run(part, *more):
    print(f"{time.strftime('%H:%M:%S')} {part.target}", flush=True)
    command = [os.environ.get("MAKE", "make"), "--no-print-directory", part.target]
    start = time.monotonic()
    with part.log.open("w", encoding="utf-8") as log:
        part.process = subprocess.Popen(
            [*command, *part.variables, *more],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = part.process.wait(LONGEST)
            part.verdict = "passed" if status == 0 else "FAILED"
        except subprocess.TimeoutExpired:
            end(part)
            part.verdict = "HUNG"
    part.seconds = time.monotonic() - start


def run_all(first, parts, lanes):
    pool = ThreadPoolExecutor(lanes)
    try:
        for part in first:
            pool.submit(run, part).result()
        for done in [pool.submit(run, part, "JOBS=1") for part in parts]:
            done.result()
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)
        for part in (*first, *parts):
            if part.process is not None and part.process.poll() is None:
                end(part)
        sys.exit("nightly: interrupted")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", type=parse)
    parser.add_argument("--first", nargs="*", type=parse, default=[])
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    LOGS.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    run_all(asked.first, asked.parts, asked.lanes)
    failed = [p for p in (*asked.first, *asked.parts) if p.verdict != "passed"]
    for part in failed:
        print(f"\n{part.target}: {part.verdict}", *part.said(LINES), sep="\n  ")
    print()
    for part in (*asked.first, *asked.parts):
        print(
            f"{part.target:12} {part.seconds:6.0f} s  {part.verdict}  {part.said(1)[0]}"
        )
    minutes = (time.monotonic() - start) / 60
    count = len(asked.first) + len(asked.parts)
    print(f"nightly: {count - len(failed)} of {count} parts, {minutes:.0f} minutes")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
