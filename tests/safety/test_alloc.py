# SPDX-License-Identifier: BSD-3-Clause
"""Every allocation that fails is a MemoryError, and the next call works again.

The core's own allocations can be made to fail in a build with test hooks
(`make asan`), the interpreter's where Python has its ``_testcapi`` module.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from sarimax_c import _core

HOOKED = hasattr(_core, "_fail_allocation")
INJECTORS = ["hook"] if HOOKED else ["interpreter"]
if not HOOKED and importlib.util.find_spec("_testcapi") is None:
    INJECTORS = []
# The calls that need memory of the core's own.
ALLOCATING = {
    "Spec",
    "Model",
    "Model.loglike",
    "Model.filter",
    "Model.forecast",
    "Model.rolling_forecast",
    "Model.predict",
    "Model.impute",
    "Model.state",
    "State",
    "State.append",
    "State.forecast",
    "filter_system",
    "smooth_system",
    "simulate_system",
    "Model.fit",
    "Model.score_obs",
    "Model.start_params",
    "batch_loglike",
    "batch_loglike, on threads",
    "batch_score, on threads",
    "batch_filter, on threads",
    "batch_forecast, on threads",
    "batch_impute, on threads",
    "batch_fit, on threads",
}
CORE = {"Spec", "Model", "Model.loglike"}


@pytest.mark.parametrize("injector", INJECTORS)
def test_failed_allocations_are_memory_errors(injector):
    script = Path(__file__).with_name("allocations.py")
    lines = subprocess.run(
        [sys.executable, str(script), injector],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.splitlines()
    reported = {name: int(n) for n, name in (line.split("\t") for line in lines)}
    assert set(reported) >= (ALLOCATING if injector == "hook" else CORE)
    assert sum(reported.values()) > 0
    if injector == "hook":
        assert {name for name in ALLOCATING if reported[name] == 0} == set()
