# SPDX-License-Identifier: BSD-3-Clause
"""
pytest plugin: other classes in the place of statsmodels' SARIMAX and ARIMA.

`run.py` loads it. The classes are exchanged before any test module is imported, in
every module of statsmodels that holds a reference to one of them; what the tests did
and where the calls ran is written to a JSON file.
"""

import importlib
import json
import sys
from collections import Counter
from pathlib import Path

import pytest

# Here, since pytest puts the folder above statsmodels first in sys.path later on.
import sarimax_c

# Modules that hold a reference to one of the classes.
USERS = (
    "api",
    "tsa.arima.estimators.statespace",
    "tsa.arima.model",
    "tsa.forecasting.theta",
    "tsa.statespace.api",
    "tsa.statespace.dynamic_factor_mq",
)
MODES = ("own", "subclass", "patch")
# Outcomes from the least to the most telling: a test's phases report one each.
RANK = ("passed", "xfailed", "skipped", "xpassed", "failed")


def pytest_addoption(parser):
    parser.addoption("--suite-mode", choices=MODES, required=True)
    parser.addoption("--suite-report", type=Path, required=True)


def pytest_configure(config):
    mode = config.getoption("--suite-mode")
    exchanged = {}
    if mode == "subclass":
        exchanged = _exchange_classes()
    elif mode == "patch":
        sarimax_c.patch_statsmodels()
    config.pluginmanager.register(Recorder(config, exchanged), "suite-recorder")


def _exchange_classes():
    """Put our classes where statsmodels' are; return statsmodels' by name."""
    for name in USERS:
        importlib.import_module(f"statsmodels.{name}")
    from statsmodels.tsa.arima.model import ARIMA
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    ours = {SARIMAX: sarimax_c.SARIMAX, ARIMA: sarimax_c.ARIMA}
    for module in [m for n, m in sys.modules.items() if n.startswith("statsmodels")]:
        for name, value in list(vars(module).items()):
            if isinstance(value, type) and value in ours:
                setattr(module, name, ours[value])
    return {"SARIMAX": SARIMAX, "ARIMA": ARIMA}


class Recorder:
    """What the tests did, gathered where pytest was started."""

    def __init__(self, config, exchanged):
        self.config = config
        self.exchanged = exchanged
        self.outcomes = {}
        self.native = Counter()
        self.formulas = Counter()
        self.other = Counter()

    def pytest_collection_finish(self, session):
        """No test module holds a class that was to be exchanged."""
        for module in {item.module for item in session.items}:
            for name, original in self.exchanged.items():
                if vars(module).get(name) is original:
                    raise pytest.UsageError(f"{module.__name__} has statsmodels' own")

    def pytest_runtest_logreport(self, report):
        outcome = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = "xfailed" if report.skipped else "xpassed"
        before = self.outcomes.get(report.nodeid, "passed")
        self.outcomes[report.nodeid] = max(before, outcome, key=RANK.index)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node, error):
        self._add(node.workeroutput["suite-stats"])

    def _add(self, counted):
        self.native.update(counted["native"])
        for name, reasons in counted["formulas"].items():
            self.formulas[name] += sum(reasons.values())
        for name, reasons in counted["statsmodels"].items():
            self.other.update({f"{name}: {why}": n for why, n in reasons.items()})

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self):
        counted = sarimax_c.stats()
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["suite-stats"] = counted
            return
        self._add(counted)
        report = {
            "outcomes": self.outcomes,
            "native": self.native,
            "formulas": self.formulas,
            "statsmodels": self.other,
        }
        self.config.getoption("--suite-report").write_text(json.dumps(report))
