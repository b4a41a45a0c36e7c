# SPDX-License-Identifier: BSD-3-Clause
"""Batches: time per call and per series, scaling, memory; against statsmodels.

Ratios are per series: statsmodels runs on some of the series, in turns with ours.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
import time
import timeit
import warnings
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx
from sarimax_c.threads import available_cpus

from .__main__ import HERE
from .cases import in_turns, verdict
from .simulated import AIRLINE, SIGMA, airline_table, mixed_lengths, simulate

COUNT = 1000  # series of a batch
SAMPLE = 20  # of them through statsmodels
FITTED = 15  # of them fitted by statsmodels
SHARED_OUT = 200  # of them through statsmodels over joblib
TURN = 0.02  # seconds of ours before statsmodels empties the caches again
STEPS = 24
MIXED = (60, 300, 0.05)  # shortest, longest, share with gaps
SHORTFALL = 1e-6  # log-likelihood a fit may be below statsmodels'
TWO_THREADS = 1.8
IDLE = 1.8  # CPUs that have to be idle for a verdict on two threads
# order, seasonal, coefficients, nobs, milliseconds at most
LONG_SEASONS = (
    ((1, 0, 1), (1, 1, 1, 52), (0.7, 0.2, 0.2, -0.5), 520, 30.0),
    ((0, 1, 1), (0, 1, 1, 168), (-0.4, -0.5), 1008, 20.0),
    ((0, 1, 1), (0, 1, 1, 365), (-0.4, -0.5), 2000, 500.0),
    ((1, 0, 1), (1, 1, 1, 168), (0.7, 0.2, 0.2, -0.5), 1008, None),
)
SEEDS = 5  # series of each of them
SCALING = (100, 1_000, 10_000, 100_000)
MEMORY = (1_000_000, 200_000)  # series, if there is little memory
MEMORY_TARGET = 1.3  # times input and output


def _row(case, ms=None, ratio=None, **more):
    """A figure and its targets; what more says may add to the verdict."""
    row = {"case": case, "ms": ms, "ratio": ratio, "note": "", **more}
    met = bool(row.get("met", True))
    if row.get("ms_target") is not None:
        met &= ms <= row["ms_target"]
    if row.get("ratio_target") is not None:
        met &= ratio >= row["ratio_target"]
    return {**row, "met": met}


def _compare(ours, theirs):
    return in_turns(ours, theirs, TURN)


def _oracle(y):
    return SARIMAX(y, order=AIRLINE["order"], seasonal_order=AIRLINE["seasonal"])


def _sample(table, count):
    """Some of the series, evenly, with their parameters."""
    chosen = np.linspace(0, len(table.y) - 1, count).astype(int)
    return [(table.y[i], table.params[i]) for i in chosen]


def _loglikes(table, **options):
    options = {"n_threads": 1, **options}
    params = options.pop("params", table.params)
    return sx.batch_loglike(table.y, params=params, **AIRLINE, **options)


# ---- log-likelihoods ---------------------------------------------------------


def _loglike(table):
    sample = _sample(table, SAMPLE)
    models = [(_oracle(y), params) for y, params in sample]

    def theirs():
        return [model.loglike(params) for model, params in models]

    def theirs_with_models():
        return [_oracle(y).loglike(params) for y, params in sample]

    theirs()
    report = _loglikes(table, full_output=True)
    note = f"{(report.engine == 'exact').sum()} of {COUNT} by the exact engine"
    rows = []
    for case, oracle, target in (
        ("batch_loglike", theirs, 800.0),
        ("against statsmodels' models and loglike", theirs_with_models, None),
    ):
        ours, his = _compare(lambda: _loglikes(table), oracle)
        ratio = his / SAMPLE * COUNT / ours
        at_most = {"ms_target": 1.3, "note": note} if target else {}
        rows.append(_row(case, ours * 1e3, ratio, ratio_target=target, **at_most))
    shared = table.params[0]
    ours, his = _compare(
        lambda: _loglikes(table, params=shared),
        lambda: [model.loglike(shared) for model, _ in models],
    )
    ratio = his / SAMPLE * COUNT / ours
    rows.append(
        _row("batch_loglike, one parameter vector", ours * 1e3, ratio, ms_target=0.7)
    )
    return rows


def _idle_cpus(seconds=0.5):
    """How many CPUs the other processes leave idle; None where nobody says."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return None

    def idle():
        fields = stat.read_text(encoding="ascii").split("\n", 1)[0].split()
        return int(fields[4]) / os.sysconf("SC_CLK_TCK")

    before = idle()
    time.sleep(seconds)
    return (idle() - before) / seconds


def _two_threads(table):
    idle = _idle_cpus()
    ours, one = _compare(
        lambda: _loglikes(table, n_threads=2), lambda: _loglikes(table)
    )
    cpus = available_cpus()
    quiet = cpus >= 2 and (idle is None or idle >= IDLE)
    note = f"of one thread; {cpus} CPUs, idle: {'?' if idle is None else f'{idle:.1f}'}"
    if not quiet:
        note += "; no verdict without two idle CPUs"
    target = TWO_THREADS if quiet else None
    return _row(
        "batch_loglike, two threads",
        ours * 1e3,
        one / ours,
        ratio_target=target,
        note=note,
    )


def _joblib(table):
    """statsmodels over joblib on all cores against ours on all."""
    sample = _sample(table, SHARED_OUT)
    order, seasonal = AIRLINE["order"], AIRLINE["seasonal"]

    def one(y, params):
        # Inside: joblib's workers cannot import this module.
        return SARIMAX(y, order=order, seasonal_order=seasonal).loglike(params)

    with Parallel(n_jobs=available_cpus()) as pool:

        def theirs():
            return pool(delayed(one)(*each) for each in sample)

        theirs()
        ours, his = _compare(lambda: _loglikes(table, n_threads=None), theirs)
    case = f"against statsmodels over joblib, {available_cpus()} CPUs each"
    return _row(case, ours * 1e3, his / SHARED_OUT * COUNT / ours)


def _mixed():
    table = mixed_lengths(COUNT, *MIXED)
    sample = _sample(table, SAMPLE)
    models = [(_oracle(y), params) for y, params in sample]

    def theirs():
        return [model.loglike(params) for model, params in models]

    theirs()
    ours, his = _compare(lambda: _loglikes(table), theirs)
    rows = sum(map(len, table.y))
    # The sample's series are not of average length.
    his *= rows / sum(len(y) for y, _ in sample)
    equal = airline_table(COUNT, rows // COUNT)
    again, same = _compare(lambda: _loglikes(table), lambda: _loglikes(equal))
    per_row = again / rows / (same / equal.y.size)
    return _row(
        f"batch_loglike, n={MIXED[0]}..{MIXED[1]}, {MIXED[2]:.0%} with gaps",
        ours * 1e3,
        his / ours,
        ratio_target=400.0,
        note=f"an observation takes {per_row:.2f} of that of equal lengths",
    )


# ---- forecasts and fits ------------------------------------------------------


def _forecast(table):
    models = [(_oracle(y), params) for y, params in _sample(table, SAMPLE)]

    def theirs():
        found = [
            model.filter(params, cov_type="none").get_forecast(STEPS)
            for model, params in models
        ]
        return [(each.predicted_mean, each.var_pred_mean) for each in found]

    def ours():
        sx.batch_forecast(
            table.y, params=table.params, steps=STEPS, n_threads=1, **AIRLINE
        )

    theirs()
    seconds, his = _compare(ours, theirs)
    return _row(
        f"batch_forecast, {STEPS} steps",
        seconds * 1e3,
        his / SAMPLE * COUNT / seconds,
        ratio_target=300.0,
        note="statsmodels: filter of a model there, get_forecast, mean and variance",
    )


def _fit(table):
    sample = _sample(table, FITTED)
    series = [y for y, _ in sample]

    def fit():
        return sx.batch_fit(table.y, n_threads=1, **AIRLINE)

    def theirs(cov_type):
        return [_oracle(y).fit(disp=False, cov_type=cov_type) for y in series]

    found = fit()
    some = sx.batch_fit(np.array(series), **AIRLINE)
    judges = [sx.Model(y, engine="exact", **AIRLINE) for y in series]
    gain = min(
        judge.loglike(ours) - judge.loglike(np.asarray(his.params))
        for judge, ours, his in zip(judges, some.params, theirs("none"), strict=True)
    )
    note = (
        f"{found.converged.sum()} converged; above statsmodels' in {FITTED}: at least"
        f" {gain:.0e}"
    )
    rows = []
    for case, ours, cov_type, targets in (
        ("batch_fit", fit, "none", (200.0, 600.0)),
        ("batch_fit and standard errors", lambda: fit().bse, "opg", (None, None)),
    ):
        seconds, his = _compare(ours, lambda cov_type=cov_type: theirs(cov_type))
        rows.append(
            _row(
                case,
                seconds * 1e3,
                his / FITTED * COUNT / seconds,
                ms_target=targets[0],
                ratio_target=targets[1],
                met=gain >= -SHORTFALL,
                note=note,
            )
        )
    return rows


def _long_season(model, sigma):
    """Fits of single series of a model, innovations of standard deviation sigma."""
    order, seasonal, coefficients, nobs, at_most = model
    times, ends = [], []
    for seed in range(SEEDS):
        y = sigma * simulate(order, seasonal, coefficients, nobs, seed)

        def fit(y=y):
            return sx.sarimax_fit(y, order=order, seasonal=seasonal)

        ends.append(fit())
        times.append(statistics.median(timeit.repeat(fit, number=1, repeat=3)) * 1e3)
    name = f"({','.join(map(str, order))})({','.join(map(str, seasonal))})"
    engines = {end.engine_used for end in ends}
    note = (
        f"{min(times):.1f} to {max(times):.1f} in {SEEDS} series;"
        f" {min(end.nfev for end in ends)} to {max(end.nfev for end in ends)}"
        f" evaluations; {sum(end.converged for end in ends)} converged;"
        f" log-likelihood: {' and '.join(sorted(engines))}"
    )
    case = f"one fit, {name} n={nobs} sigma={sigma:g}"
    return _row(case, statistics.median(times), ms_target=at_most, note=note)


def _long_seasons():
    # Small innovations beside the prior variance: statsmodels' own value is asked.
    sigmas = (SIGMA, 1.0)
    return [_long_season(*each) for each in itertools.product(LONG_SEASONS, sigmas)]


# ---- scaling and memory ------------------------------------------------------


def _scaling():
    """Microseconds of a series by number of series and of threads."""
    threads = sorted({1, 2, available_cpus()})
    rows = []
    for count in SCALING:
        table = airline_table(count)
        calls = {n: lambda n=n, t=table: _loglikes(t, n_threads=n) for n in threads}
        times = {n: [] for n in threads}
        for call in calls.values():
            call()
        for _, n in itertools.product(range(7), threads):
            number = max(1, COUNT // count)
            times[n].append(timeit.timeit(calls[n], number=number) / number)
        rows += [
            {
                "case": "scaling",
                "series": count,
                "threads": n,
                "us": statistics.median(times[n]) / count * 1e6,
                "met": True,
            }
            for n in threads
        ]
    return rows


def _available_bytes():
    """Memory that is free or can be made so; None where nobody says."""
    info = Path("/proc/meminfo")
    if not info.exists():
        return None
    fields = dict(line.split(":") for line in info.read_text("ascii").splitlines())
    return int(fields["MemAvailable"].split()[0]) * 1024


def _memory():
    available = _available_bytes()
    needed = 2 * MEMORY[0] * 144 * 8
    count = MEMORY[available is None or available < needed]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.batch_memory", str(count)],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    sizes = json.loads(run.stdout)
    ratio = sizes["peak"] / (sizes["input"] + sizes["output"])
    return {
        "case": "memory",
        "series": count,
        **sizes,
        "ratio": ratio,
        "target": MEMORY_TARGET,
        "met": ratio <= MEMORY_TARGET,
    }


def run():
    table = airline_table(COUNT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # statsmodels' on convergence
        return [
            *_loglike(table),
            _joblib(table),
            _two_threads(table),
            _mixed(),
            _forecast(table),
            *_fit(table),
            *_long_seasons(),
            *_scaling(),
            _memory(),
        ]


# ---- what is printed ---------------------------------------------------------


def _figure(value, form, unit=""):
    return "-" if value is None else format(value, form) + unit


def _line(row):
    targets = row.get("ms_target"), row.get("ratio_target")
    judged = verdict(row) if any(targets) else ""
    return (
        f"{row['case']:<52}{_figure(row['ms'], '.2f'):>9}"
        f"{_figure(targets[0], '.1f'):>9}{_figure(row['ratio'], '.4g', 'x'):>9}"
        f"{_figure(targets[1], '.4g', 'x'):>10}  {judged:<7}{row['note']}"
    ).rstrip()


def _by_threads(rows):
    """The scaling as {threads: ([series], [microseconds])}."""
    lines = {}
    for row in rows:
        if row["case"] == "scaling":
            counts, times = lines.setdefault(row["threads"], ([], []))
            counts.append(row["series"])
            times.append(row["us"])
    return lines


def report(rows):
    by_threads = _by_threads(rows)
    memory = next(row for row in rows if row["case"] == "memory")
    lines = [
        f"{COUNT} airline series n=144, one thread unless it says otherwise; ratio:"
        " statsmodels' time for a series to ours",
        f"{'call':<52}{'ms':>9}{'at most':>9}{'ratio':>9}{'at least':>10}",
        *(_line(row) for row in rows if "ms" in row),
        "batch_loglike, microseconds of a series by number of threads",
        f"{'series':>10}" + "".join(f"{n:>12}" for n in by_threads),
    ]
    for i, count in enumerate(SCALING):
        cells = (f"{times[i]:12.3f}" for _, times in by_threads.values())
        lines.append(f"{count:>10}" + "".join(cells))
    lines.append(
        f"memory: {memory['series']} series in {memory['input'] / 1e6:.0f} MB, peak of"
        f" the process {memory['peak'] / 1e6:.0f} MB,"
        f" {memory['ratio']:.3f} of input and output, at most {memory['target']}:"
        f" {verdict(memory)}"
    )
    return "\n".join(lines)


def chart(rows, file):
    """Draw the scaling."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    for threads, (counts, times) in _by_threads(rows).items():
        axes.plot(counts, times, marker="o", label=threads)
    axes.set(
        xscale="log",
        ylim=(0.0, None),
        xlabel="series in a batch",
        ylabel="microseconds of a series",
        title="batch_loglike, airline model, n=144",
    )
    axes.legend(title="threads")
    figure.savefig(file, dpi=150)
