# SPDX-License-Identifier: BSD-3-Clause
"""Settings of every test run, made before numpy or sarimax_c is imported."""

import os

# One BLAS thread: the oracle's numbers would otherwise depend on the machine.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# The engine switch overrides every argument, so a user's setting stays outside.
os.environ.pop("SARIMAX_C_ENGINE", None)
