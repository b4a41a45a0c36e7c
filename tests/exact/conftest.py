# SPDX-License-Identifier: BSD-3-Clause
"""The tests import `quad` beside them, the parity tests' `reference`, and `dropin`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent

sys.path[:0] = [str(HERE), str(HERE.parent / "parity"), str(HERE.parent / "python")]
