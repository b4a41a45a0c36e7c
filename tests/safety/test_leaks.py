# SPDX-License-Identifier: BSD-3-Clause
"""No call leaks: 50,000 of each leave the process as large as it was."""

import subprocess
import sys
from pathlib import Path

import pytest

TIMES = 50_000
# Half of what leaking the smallest Python object (16 bytes) in each call takes.
LIMIT = TIMES * 16 // 2


@pytest.mark.slow
def test_no_call_leaks():
    script = Path(__file__).with_name("repeat.py")
    lines = subprocess.run(
        [sys.executable, str(script), str(TIMES)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    growth = dict(reversed(line.split("\t")) for line in lines)
    assert len(growth) > 20
    assert {name: size for name, size in growth.items() if int(size) > LIMIT} == {}
