# SPDX-License-Identifier: BSD-3-Clause
"""The tests import the module beside them (`batch_cases`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
