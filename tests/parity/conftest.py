# SPDX-License-Identifier: BSD-3-Clause
"""The parity tests import the modules beside them (`cases`, `reference`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
