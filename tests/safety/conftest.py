# SPDX-License-Identifier: BSD-3-Clause
"""The safety tests import the programs beside them (`interrupted`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
