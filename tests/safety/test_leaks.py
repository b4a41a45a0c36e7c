# SPDX-License-Identifier: BSD-3-Clause
"""No call leaks: 10,000 of each leave the process as large as it was.

`make soak` does it 50,000 times.
"""

import subprocess
import sys
from pathlib import Path

import pytest

TIMES = 10_000


@pytest.mark.slow
def test_no_call_leaks():
    script = Path(__file__).with_name("repeat.py")
    done = subprocess.run(
        [sys.executable, str(script), str(TIMES)],
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, lines[-1:]
    assert len(lines) > 20
