# SPDX-License-Identifier: BSD-3-Clause
"""Fits of many series by every package: time, and who reaches more.

The estimates of all are judged by the exact engine. gretl (Debian: apt-get install
gretl) takes part where ``gretlcli`` is found.
"""

import contextlib
import re
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .peer_calls import PEERS
from .peer_process import BATCH, Worker
from .simulated import AIRLINE, airline_table

GRETL = "gretl (AS 197)"
LIMIT = 120.0  # seconds of a package
SHORTFALL = 1e-6  # log-likelihood ours may be below another's
# Without a constant, by exact maximum likelihood; gretl takes AS 197 for that.
SCRIPT = """\
set verbose off
set workdir "{folder}"
open "{folder}/series.csv" --quiet
setobs 12 1949:01 --time-series
matrix found = zeros({count}, 3)
set stopwatch
loop i=1..{count} --quiet
  catch arima 0 1 1 ; 0 1 1 ; v$i --nc --quiet
  if $error == 0
    found[i,] = $coeff' ~ $sigma^2
  endif
endloop
scalar seconds = $stopwatch
printf "seconds %.6f\\n", seconds
mwrite(found, "found.mat")
"""


def _gretl(program, series):
    """gretl's answer, as that of a package's process."""
    with tempfile.TemporaryDirectory() as name:
        folder, count = Path(name), len(series)
        titles = ",".join(f"v{i}" for i in range(1, count + 1))
        columns = np.transpose(series)
        np.savetxt(
            folder / "series.csv", columns, "%.17g", ",", header=titles, comments=""
        )
        script = folder / "fits.inp"
        script.write_text(SCRIPT.format(folder=folder, count=count), encoding="utf-8")
        run = subprocess.run(
            [program, "-b", str(script)],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        told = re.search(r"^seconds ([\d.]+)", run.stdout, re.MULTILINE)
        if not told:
            return {"error": f"gretlcli ended with code {run.returncode}"}
        found = np.loadtxt(folder / "found.mat", skiprows=1).reshape(count, 3)
    params = [list(row) if row.any() else None for row in found]
    return {"seconds": float(told[1]), "params": params}


def _answers():
    """Names, versions and answers of all packages."""
    for peer in PEERS:
        answer = {"error": "not installed"}
        if peer.version:
            worker = Worker(peer)
            with contextlib.closing(worker):
                answer = worker.ask("batch", LIMIT)
        yield peer.label, peer.version, answer
    program, version = shutil.which("gretlcli"), None
    answer = {"error": "not installed"}
    if program:
        run = subprocess.run([program, "--version"], capture_output=True, text=True)
        version = next(iter(re.findall(r"version (\S+)", run.stdout)), "?")
        with contextlib.suppress(subprocess.TimeoutExpired):
            answer = {"error": f"took over {LIMIT:.0f} s"}
            answer = _gretl(program, airline_table(BATCH).y)
    yield GRETL, version, answer


def _judged(params):
    """The true log-likelihoods, NaN where there are no parameters."""
    import sarimax_c as sx

    series = airline_table(BATCH).y[: len(params)]
    known = [i for i, row in enumerate(params) if row is not None]
    values = np.full(len(params), np.nan)
    values[known] = sx.batch_loglike(
        series[known],
        params=[params[i] for i in known],
        engine="exact",
        errors="coerce",
        **AIRLINE,
    )
    return values


def run():
    """Rows of the table, ours first."""
    rows, ours = [], None
    for name, version, answer in _answers():
        row = {"package": name, "version": version, "note": answer.get("error", "")}
        if "params" in answer:
            llf = _judged(answer["params"])
            ours = llf if ours is None else ours
            gains = ours[: len(llf)] - llf
            there = gains[np.isfinite(gains)]
            row |= {
                "series": len(llf),
                "failed": int((~np.isfinite(llf)).sum()),
                "seconds": answer["seconds"],
                "per_batch": answer["seconds"] / len(llf) * BATCH,
                "least": float(there.min()),
                "median": statistics.median(there.tolist()),
                "most": float(there.max()),
                "met": bool(there.min() >= -SHORTFALL),
            }
        rows.append(row)
    return rows


def _line(row):
    start = f"{row['package']:<20}"
    if "series" not in row:
        return f"{start}{row['note'][:60]}"
    return (
        f"{start}{row['series']:8}{row['per_batch']:12.3f}{row['failed']:8}"
        f"{row['least']:12.1e}{row['median']:10.1e}{row['most']:10.1e}"
        f"{'' if row['met'] else '  HIGHER THAN OURS'}"
    )


def report(rows):
    titles = (
        f"{'package':<20}{'series':>8}{'s per 1000':>12}{'failed':>8}"
        f"{'ours above':>12}{'median':>10}{'most':>10}"
    )
    return "\n".join(
        [
            f"fits of {BATCH} airline series n=144, one thread; fewer where a package"
            " is slow. ours above: log-likelihood of sarimax_c less that of the"
            " package, both judged by the exact engine: least, median and most",
            titles,
            *map(_line, rows),
        ]
    )
