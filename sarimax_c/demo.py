# SPDX-License-Identifier: BSD-3-Clause
"""
A first minute with sarimax_c: ``python -m sarimax_c.demo [--out chart.png]``.

Fits two real series, compares every number with statsmodels' and draws forecasts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .datasets import load_airpassengers, load_co2
from .engine import engine_info
from .native import Model
from .results import FitResult, Forecast

__all__ = ["Example", "airpassengers_example", "co2_example", "main", "run"]

_Floats = NDArray[np.float64]
_Dates = NDArray[np.datetime64]
_T = TypeVar("_T")

# Read by the BLAS libraries when numpy is imported.
_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Example:
    """
    A series, a model for it, and how to show it.

    Attributes
    ----------
    title, unit : str
        Headline, and the label of the value axis.
    dates : ndarray of datetime64[D], shape (nobs,)
        Dates of the observations.
    future_dates : ndarray of datetime64[D], shape (steps,)
        Dates of the forecasts.
    y : ndarray, shape (nobs,)
        What is modelled.
    order, seasonal : tuple of int
        The model.
    to_unit : callable
        From the scale of `y` to `unit`.
    fit_statsmodels : bool
        Whether statsmodels fits too, or only evaluates at our estimates.
    nobs_shown : int
        Observations in the chart.
    """

    title: str
    unit: str
    dates: _Dates
    future_dates: _Dates
    y: _Floats
    order: tuple[int, int, int]
    seasonal: tuple[int, int, int, int]
    to_unit: Callable[[_Floats], _Floats]
    fit_statsmodels: bool
    nobs_shown: int


def airpassengers_example() -> Example:
    """Return the airline model of Box and Jenkins, two years ahead."""
    dates, passengers = load_airpassengers()
    months = dates[-1].astype("datetime64[M]") + np.arange(1, 25)
    return Example(
        title="Air passengers, monthly, logarithms",
        unit="thousands of passengers",
        dates=dates,
        future_dates=months.astype("datetime64[D]"),
        y=np.log(passengers),
        order=(0, 1, 1),
        seasonal=(0, 1, 1, 12),
        to_unit=np.exp,
        fit_statsmodels=True,
        nobs_shown=60,
    )


def co2_example() -> Example:
    """Return weekly CO2 with its gaps and a season of 52 weeks, two years ahead."""
    dates, co2 = load_co2()
    return Example(
        title="CO2 at Mauna Loa, weekly, 59 weeks missing",
        unit="parts per million",
        dates=dates,
        future_dates=dates[-1] + 7 * np.arange(1, 105),
        y=co2,
        order=(1, 1, 1),
        seasonal=(0, 1, 1, 52),
        to_unit=np.positive,
        fit_statsmodels=False,
        nobs_shown=208,
    )


@dataclass(frozen=True)
class _Row:
    """A line of the table; times have a ratio instead of a difference."""

    name: str
    ours: float
    theirs: float
    is_time: bool = False

    def text(self) -> str:
        if self.is_time:
            cells = [_seconds(self.ours), _seconds(self.theirs)]
            difference, ratio = "", f"{self.theirs / self.ours:.1f}x"
        else:
            cells = [f"{self.ours:.7g}", f"{self.theirs:.7g}"]
            difference, ratio = f"{abs(self.ours - self.theirs):.1e}", ""
        return _line(self.name, *cells, difference, ratio)


_HEAD = ("", "sarimax_c", "statsmodels", "|difference|", "time ratio")


def _line(name: str, *cells: str) -> str:
    return f"  {name:<28}" + "".join(f"{cell:>14}" for cell in cells)


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1.0 else f"{value * 1e3:.3g} ms"


def _say(text: str = "") -> None:
    print(text, flush=True)


def _timed(doing: str, call: Callable[[], _T], repeats: int = 1) -> tuple[_T, float]:
    """Say what is done, do it, return its value and the median seconds."""
    print(f"  {doing} ... ", end="", flush=True)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        value = call()
        times.append(time.perf_counter() - start)
    seconds = float(np.median(times))
    _say(_seconds(seconds))
    return value, seconds


def _statsmodels_model(example: Example) -> Any:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return SARIMAX(example.y, order=example.order, seasonal_order=example.seasonal)


def _statsmodels_forecast(model: Any, params: _Floats, steps: int) -> Forecast:
    """Let statsmodels forecast; all its arrays would take 1 GB for the weekly data."""
    from statsmodels.tsa.statespace import kalman_filter

    needed = kalman_filter.MEMORY_NO_FORECAST_COV
    model.ssm.set_conserve_memory(kalman_filter.MEMORY_CONSERVE ^ needed)
    prediction = model.filter(params, cov_type="none").get_forecast(steps)
    return Forecast(prediction.predicted_mean, prediction.var_pred_mean)


def _fit_rows(example: Example, result: FitResult, seconds: float) -> list[_Row]:
    """Compare the fits."""
    theirs, their_seconds = _timed(
        "fitting with statsmodels",
        lambda: _statsmodels_model(example).fit(disp=False),
    )
    return [
        *map(_Row, result.param_names, result.params, theirs.params),
        _Row("log-likelihood of the fit", result.llf, theirs.llf),
        _Row("time of the fit", seconds, their_seconds, is_time=True),
    ]


def _compare(example: Example) -> Forecast:
    """Fit, compare, print the table; return the forecast."""
    steps = len(example.future_dates)
    result, fit_seconds = _timed(
        "fitting with sarimax_c",
        lambda: Model(example.y, order=example.order, seasonal=example.seasonal).fit(),
    )
    rows = []
    if example.fit_statsmodels:
        rows += _fit_rows(example, result, fit_seconds)
    params = result.params
    llf, seconds = _timed(
        "log-likelihood with sarimax_c", lambda: result.model.loglike(params), repeats=5
    )
    peer = _statsmodels_model(example)
    their_llf, their_seconds = _timed(
        "log-likelihood with statsmodels", lambda: peer.loglike(params), repeats=5
    )
    rows += [
        _Row("log-likelihood, same params", llf, their_llf),
        _Row("time of one log-likelihood", seconds, their_seconds, is_time=True),
    ]
    ours, seconds = _timed("forecast with sarimax_c", lambda: result.forecast(steps))
    theirs, their_seconds = _timed(
        "forecast with statsmodels", lambda: _statsmodels_forecast(peer, params, steps)
    )
    for h in (1, steps):
        rows += [
            _Row(f"forecast, step {h}", ours.mean[h - 1], theirs.mean[h - 1]),
            _Row(f"its standard error, step {h}", ours.se[h - 1], theirs.se[h - 1]),
        ]
    rows.append(_Row("time of the forecast", seconds, their_seconds, is_time=True))
    worst = np.abs(ours.mean - theirs.mean).max()
    _print_table(example, result, rows)
    _say(f"  Largest difference of {steps} forecasts: {worst:.1e}")
    return ours


def _print_table(example: Example, result: FitResult, rows: Sequence[_Row]) -> None:
    _say()
    _say(str(result))
    _say()
    _say(_line(*_HEAD))
    for row in rows:
        _say(row.text())
    if example.fit_statsmodels:
        _say("  Two searches stop within the optimizer's tolerance of one maximum, not")
        _say("  at one point: the rows below the fit compare at the same parameters.")


def _draw(
    examples: Sequence[Example], forecasts: Sequence[Forecast], out: Path
) -> None:
    """Chart the last observations and the forecasts with their intervals."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 4.0 * len(examples)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(examples), 1, squeeze=False)[:, 0]
    for axes, example, forecast in zip(panels, examples, forecasts, strict=True):
        shown = slice(-example.nobs_shown, None)
        low, high = example.to_unit(forecast.conf_int()).T
        axes.plot(
            example.dates[shown],
            example.to_unit(example.y[shown]),
            color="black",
            linewidth=1.0,
            label="observed",
        )
        axes.plot(
            example.future_dates,
            example.to_unit(forecast.mean),
            color="tab:blue",
            label="forecast",
        )
        axes.fill_between(
            example.future_dates,
            low,
            high,
            color="tab:blue",
            alpha=0.2,
            linewidth=0.0,
            label="95 % interval",
        )
        name = f"SARIMAX{example.order}x{example.seasonal}"
        axes.set_title(f"{example.title}: {name}", loc="left", fontsize=11)
        axes.set_ylabel(example.unit)
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left", frameon=False)
    figure.savefig(out, dpi=120)


def run(examples: Sequence[Example], out: Path) -> None:
    """
    Run the demonstration, printing as it goes.

    Parameters
    ----------
    examples : sequence of Example
        What to fit and compare.
    out : Path
        Where the chart goes.
    """
    begin = time.perf_counter()
    _timed("importing statsmodels", lambda: _statsmodels_model(examples[0]))
    forecasts = []
    for number, example in enumerate(examples, 1):
        model = f"SARIMAX{example.order}x{example.seasonal}"
        _say()
        _say(f"[{number}/{len(examples)}] {example.title}")
        _say(f"  {len(example.y)} observations, {model}")
        forecasts.append(_compare(example))
    try:
        _draw(examples, forecasts, out)
    except ImportError:
        _say("No chart: matplotlib is missing; pip install 'sarimax_c[plot]' adds it.")
    else:
        _say()
        _say(f"Chart of the forecasts: {out.resolve()}")
    _say(f"Done in {_seconds(time.perf_counter() - begin)}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the program.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line, by default that of the process.

    Returns
    -------
    int
        Exit status.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = argparse.ArgumentParser(
        prog="python -m sarimax_c.demo", description=(__doc__ or "").splitlines()[-1]
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("sarimax_c_demo.png"),
        help="chart (default: %(default)s)",
    )
    out = parser.parse_args(arguments).out
    if any(os.environ.get(name) != "1" for name in _BLAS_THREADS):
        # numpy is already imported: only a new process can have one BLAS thread.
        environment = {**os.environ, **dict.fromkeys(_BLAS_THREADS, "1")}
        # -P: the folder it runs in must not shadow the installed package.
        command = [sys.executable, "-P", "-m", "sarimax_c.demo", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode
    _say("sarimax_c beside statsmodels, both with one BLAS thread: with more of them")
    _say("statsmodels gets slower on matrices of this size.")
    info = engine_info()
    versions = ", ".join(f"{name} {text}" for name, text in info["versions"].items())
    _say(f"Engine: {info['engine_used']}, {info['simd'] or 'no'} SIMD; {versions}")
    run([airpassengers_example(), co2_example()], out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
