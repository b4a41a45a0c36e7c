# SPDX-License-Identifier: BSD-3-Clause
"""The README's first minute: its two commands exist and its example runs."""

import re
from pathlib import Path

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)


def test_opens_with_the_two_commands():
    language, text = BLOCKS[0]
    commands = [line.partition("#")[0].strip() for line in text.splitlines()]
    assert (language, commands) == ("sh", ["make demo", "make test"])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in commands:
        assert re.search(rf"^{command.split()[1]}:", makefile, re.MULTILINE)


def test_examples_run_and_agree_with_statsmodels(capsys):
    examples = [block for language, block in BLOCKS if language == "python"]
    names = {}
    for example in examples:
        assert len(example.splitlines()) <= 10
        exec(compile(example, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    y, fit, results = names["y"], names["fit"], names["results"]
    oracle = SARIMAX(y, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12))
    llf = float(printed.splitlines()[-1])
    assert abs(llf - oracle.loglike(fit.params)) <= 1e-9 * max(1, abs(llf))
    forecast = oracle.smooth(fit.params).forecast(12)
    np.testing.assert_allclose(fit.forecast(12).mean, forecast, rtol=1e-8)
    assert isinstance(names["SARIMAX"](y), SARIMAX)
    forecast = oracle.smooth(results.params).forecast(12)
    np.testing.assert_allclose(results.forecast(12), forecast, rtol=1e-8)
