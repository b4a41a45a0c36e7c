# SPDX-License-Identifier: BSD-3-Clause
"""Repeat every call and print by how many bytes it made the process grow.

    python tests/safety/repeat.py [times] [--long]

From 50,000 times on, a call that grows by half of what leaking the smallest Python
object each time would take is an error. ``--long`` repeats the public functions that
take longer as well. Run by test_leaks.py, by `make asan` under LeakSanitizer, and by
`make soak`.
"""

import argparse
import gc
import resource
import sys
from pathlib import Path

from calls import ALL_CALLS, LONG_CALLS

STATM = Path("/proc/self/statm")
SMALLEST = 16
# Below so many times, what the process grows by is pages of other things.
ENOUGH = 50_000
# Calls of so many series on threads are repeated as if each was a hundred.
THREADED = 100


def resident():
    """Resident bytes of this process (its peak where the system has no /proc)."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def growth(call, times):
    for _ in range(times // 10):  # caches and free lists fill up
        call()
    gc.collect()
    before = resident()
    for _ in range(times):
        call()
    gc.collect()
    return resident() - before


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("times", nargs="?", type=int, default=200)
    parser.add_argument("--long", action="store_true")
    asked = parser.parse_args()
    calls = ALL_CALLS | (LONG_CALLS if asked.long else {})
    limit = asked.times * SMALLEST // 2
    grown = []
    for name, call in calls.items():
        times = asked.times // (THREADED if name.endswith("on threads") else 1)
        found = growth(call, times)
        print(f"{found}\t{name}", flush=True)
        grown += [name] if asked.times >= ENOUGH and found > limit else []
    print(f"{asked.times} times {len(calls)} calls: {len(grown)} of them grew {grown}")
    sys.exit(bool(grown))


if __name__ == "__main__":
    main()
