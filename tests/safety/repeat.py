# SPDX-License-Identifier: BSD-3-Clause
"""Repeat every call and print by how many bytes it made the process grow.

    python tests/safety/repeat.py [times]

Run by test_leaks.py, and by `make asan` under LeakSanitizer.
"""

import gc
import resource
import sys
from pathlib import Path

from calls import ALL_CALLS

STATM = Path("/proc/self/statm")


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


if __name__ == "__main__":
    TIMES = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for name, call in ALL_CALLS.items():
        print(f"{growth(call, TIMES)}\t{name}")
