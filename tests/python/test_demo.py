# SPDX-License-Identifier: BSD-3-Clause
"""The demonstration: its table, its chart, its process."""

import dataclasses
import re
import subprocess
import sys

import numpy as np
import pytest

from sarimax_c import demo


def small_examples():
    """Return both examples, the second one cut down to seconds."""
    weekly = demo.co2_example()
    return [
        demo.airpassengers_example(),
        dataclasses.replace(
            weekly,
            dates=weekly.dates[-150:],
            y=np.where(np.arange(150) == 40, np.nan, weekly.y[-150:]),
            seasonal=(0, 1, 1, 4),
            nobs_shown=100,
        ),
    ]


def table_rows(text):
    """Cells of the comparison: name -> (ours, theirs, last cell)."""
    row = re.compile(r"^  (\S.{27})\s+(\S+(?: m?s)?)\s+(\S+(?: m?s)?)\s+(\S+)\s*$")
    found = [row.match(line) for line in text.splitlines()]
    return [
        (match[1].strip(), match[2], match[3], match[4]) for match in found if match
    ]


def test_table_and_chart(tmp_path, capsys):
    out = tmp_path / "chart.png"
    demo.run(small_examples(), out)
    text = capsys.readouterr().out
    rows = table_rows(text)
    names = [name for name, *_ in rows]
    assert names.count("log-likelihood, same params") == 2
    assert names.count("time of the fit") == 1
    assert {"ma.L1", "ma.S.L12", "sigma2", "forecast, step 24"} <= set(names)
    same = [
        row for row in rows if re.match("log-likelihood, same|forecast|its", row[0])
    ]
    assert len(same) == 10
    for name, ours, theirs, difference in same:
        assert float(difference) < 1e-6, name
        assert float(ours) == pytest.approx(float(theirs), rel=1e-5), name
    for name, ours, theirs, ratio in rows:
        if name.startswith("time"):
            assert ours.endswith("s")
            assert theirs.endswith("s")
            assert re.fullmatch(r"\d+\.\dx", ratio), name
    # The fit everyone knows.
    (first_ma,) = {ours for name, ours, *_ in rows[:3] if name == "ma.L1"}
    assert first_ma.startswith("-0.40")
    assert out.read_bytes().startswith(b"\x89PNG")
    assert str(out) in text


def test_progress_is_told_before_the_work(capsys):
    seen = []
    value, seconds = demo._timed(
        "counting", lambda: seen.append(capsys.readouterr().out)
    )
    assert seen == ["  counting ... "]
    assert value is None
    assert seconds >= 0


def test_without_matplotlib(tmp_path, capsys, monkeypatch):
    for name in [name for name in sys.modules if name.startswith("matplotlib")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out = tmp_path / "chart.png"
    demo.run(small_examples()[:1], out)
    text = capsys.readouterr().out
    assert "pip install 'sarimax_c[plot]'" in text
    assert table_rows(text)
    assert not out.exists()


@pytest.mark.parametrize("make", [demo.airpassengers_example, demo.co2_example])
def test_examples(make):
    example = make()
    assert len(example.dates) == len(example.y) >= example.nobs_shown
    gap = (example.future_dates[0] - example.dates[-1]).astype(int)
    assert 7 <= gap <= 31
    two_years = (example.future_dates[-1] - example.dates[-1]).astype(int)
    assert 720 <= two_years <= 731


def test_numpy_is_imported_with_one_blas_thread(monkeypatch):
    calls = []

    def record(command, **keywords):
        calls.append((command, keywords["env"]))
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    monkeypatch.setattr(subprocess, "run", record)
    assert demo.main(["--out", "x.png"]) == 3
    ((command, environment),) = calls
    assert command == [sys.executable, "-P", "-m", "sarimax_c.demo", "--out", "x.png"]
    assert {environment[name] for name in demo._BLAS_THREADS} == {"1"}


def test_main_runs_both_examples(tmp_path, capsys, monkeypatch):
    for name in demo._BLAS_THREADS:
        monkeypatch.setenv(name, "1")
    ran = []
    monkeypatch.setattr(demo, "run", lambda examples, out: ran.append((examples, out)))
    assert demo.main(["--out", str(tmp_path / "a.png")]) == 0
    ((examples, out),) = ran
    assert [len(example.y) for example in examples] == [144, 2284]
    assert out == tmp_path / "a.png"
    text = capsys.readouterr().out
    assert "one BLAS thread" in text
    assert "Engine: " in text
