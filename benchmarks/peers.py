# SPDX-License-Identifier: BSD-3-Clause
"""Other packages beside sarimax_c and statsmodels: time, accuracy, reached optimum.

Run it as ``python -m benchmarks.peers``. Every package works in a process of its
own, so one that crashes or hangs costs its own row only; one that is not installed
is named in its row.
"""

import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from typing import NamedTuple

import numpy as np

from .__main__ import HERE, _machine, _use_installed_package

ENGINE = "exact"  # the engine of sarimax_c that is measured
REFERENCE = "statsmodels"

LIMIT = 30.0  # seconds that one request may take
START_LIMIT = 90.0  # seconds for imports and first compilations
FIT_EVALUATIONS = 20  # every fit needs more; if these break the limit it is not run
TURN = 0.002  # seconds of one timed turn, so the clock resolves it
LOGLIKE_TURNS = (1.0, 25)  # seconds in all of a package and a model, turns at most
FIT_TURNS = (2.0, 5)

LIBRARIES = ("OPENBLAS", "OMP", "MKL", "NUMBA", "RAYON")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}


# ---- the models --------------------------------------------------------------


class Case(NamedTuple):
    """A model, its coefficients (ar, ma, seasonal ar, seasonal ma) and its series."""

    label: str
    order: tuple
    seasonal: tuple
    nobs: int
    coefficients: tuple
    series: Callable

    @property
    def name(self):
        seasonal = f"({','.join(map(str, self.seasonal))})" if self.seasonal[3] else ""
        order = f"({','.join(map(str, self.order))})"
        return f"{self.label} {order}{seasonal} n={self.nobs}"

    def blocks(self):
        """Names and values of the four blocks of coefficients."""
        sizes = (self.order[0], self.order[2], self.seasonal[0], self.seasonal[2])
        values = np.split(np.array(self.coefficients), np.cumsum(sizes)[:-1])
        return dict(zip(("ar", "ma", "sar", "sma"), values, strict=True))


def _airline(_case):
    from sarimax_c.datasets import load_airpassengers

    return load_airpassengers()[1]


def _log_airline(case):
    return np.log(_airline(case))


def _airline_with_gaps(case):
    """Nothing is missing in the first 13, which the packages count differently."""
    y = _airline(case).copy()
    y[20::20] = np.nan
    return y


def _polynomial(coefficients, seasonal, period):
    """Product of 1 + c B + ... and 1 + C B^s + ..., ascending powers."""
    long = np.zeros(len(seasonal) * period + 1)
    long[0] = 1.0
    long[period::period] = seasonal
    return np.convolve(np.r_[1.0, coefficients], long)


def _simulated(case):
    """A series of the model itself, with innovations of variance 1."""
    from scipy.signal import lfilter

    period = max(case.seasonal[3], 1)
    blocks = case.blocks()
    ar = _polynomial(-blocks["ar"], -blocks["sar"], period)
    ma = _polynomial(blocks["ma"], blocks["sma"], period)
    shocks = np.random.default_rng(case.nobs).standard_normal(case.nobs + 20 * period)
    y = lfilter(ma, ar, shocks)[-case.nobs :]
    for lag in (1,) * case.order[1] + (period,) * case.seasonal[1]:
        y = lfilter([1.0], np.r_[1.0, np.zeros(lag - 1), -1.0], y)
    return y


AIRLINE = (0, 1, 1), (0, 1, 1, 12), 144, (-0.4, -0.55)
AIRLINE_CASES = (
    Case("airline", *AIRLINE, _airline),
    Case("log airline", *AIRLINE, _log_airline),
    Case("airline, 5 % missing", *AIRLINE, _airline_with_gaps),
)
SIMULATED = (
    ((2, 1, 2), (1, 1, 1, 12), 500, (0.5, -0.2, 0.3, 0.1, 0.2, -0.6)),
    ((1, 1, 1), (1, 1, 1, 24), 1000, (0.5, -0.3, 0.2, -0.6)),
    ((3, 0, 2), (0, 0, 0, 0), 10_000, (0.5, -0.3, 0.1, 0.4, 0.2)),
    ((1, 0, 1), (1, 1, 1, 52), 520, (0.7, 0.2, 0.2, -0.5)),
    # Last: here the limit ends the processes of some packages.
    ((1, 0, 1), (1, 1, 1, 168), 1008, (0.7, 0.2, 0.2, -0.5)),
)
CASES = (*AIRLINE_CASES, *(Case("simulated", *each, _simulated) for each in SIMULATED))


def _params(case, y, coefficients):
    """The coefficients and the variance that suits them best.

    Some packages have no other variance to offer than that one.
    """
    import sarimax_c as sx

    options = {"order": case.order, "seasonal": case.seasonal}
    model = sx.Model(y, **options, concentrate_scale=True)
    return np.append(coefficients, model.filter(coefficients).scale)


# ---- the packages --------------------------------------------------------------


class Calls(NamedTuple):
    """What a package offers for one model and series.

    ``fit()`` gives the reached log-likelihood and the parameters, the variance may be
    left out. A package without ``loglike(params)`` has ``near(params)``: its
    log-likelihood at parameters near these, and the parameters.
    """

    fit: Callable
    loglike: Callable | None = None
    near: Callable | None = None


def _reached(result):
    return result.llf, result.params


def _sarimax_c(case, y):
    import sarimax_c as sx

    def model():
        return sx.Model(y, order=case.order, seasonal=case.seasonal, engine=ENGINE)

    return Calls(lambda: _reached(model().fit()), model().loglike)


def _statsmodels(case, y):
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    def model():
        return SARIMAX(y, order=case.order, seasonal_order=case.seasonal)

    return Calls(lambda: _reached(model().fit(disp=False)), model().loglike)


def _pmdarima(case, y):
    from pmdarima import ARIMA

    def fit(**options):
        model = ARIMA(case.order, case.seasonal, with_intercept=False, **options)
        return model.fit(y).arima_res_

    # The statsmodels model is there after a fit only.
    return Calls(lambda: _reached(fit()), fit(maxiter=0).model.loglike)


def _pmdarima_rs(case, y):
    from pmdarima_rs import ARIMA

    def fit(**options):
        model = ARIMA(case.order, case.seasonal, with_intercept=False, **options)
        model.fit(y)
        return model.arima_res_.llf, model.params()

    return Calls(fit, near=lambda params: fit(start_params=params, maxiter=0))


def _rustima(case, y):
    import rustima

    model = rustima.SARIMAXModel
    spec = {"order": case.order, "seasonal_order": case.seasonal}
    return Calls(
        lambda: _reached(model(y, **spec).fit()),
        lambda p: rustima.sarimax_loglike(y, case.order, case.seasonal, p),
    )


def _skforecast(case, y):
    from skforecast.stats import Arima
    from skforecast.stats.arima import arima

    m = max(case.seasonal[3], 1)
    seasonal = case.seasonal[:3]

    def fit():
        model = Arima(case.order, seasonal_order=seasonal, m=m, fit_intercept=False)
        model.fit(y, suppress_warnings=True)
        return model.loglik_, model.coef_

    def loglike(params):
        options = {"fit_intercept": False, "method": "ML", "fixed": params[:-1].copy()}
        return arima(y, m=m, order=case.order, seasonal=seasonal, **options).loglik

    return Calls(fit, loglike)


def _statsforecast(case, y):
    from statsforecast.models import ARIMA

    names = [
        f"{block}{lag}"
        for block, values in case.blocks().items()
        for lag in range(1, len(values) + 1)
    ]

    spec = {"order": case.order, "seasonal_order": case.seasonal[:3]}
    spec |= {"season_length": max(case.seasonal[3], 1), "include_mean": False}

    def fit(**options):
        result = ARIMA(**spec, **options).fit(y).model_
        return result["loglik"], [result["coef"][name] for name in names]

    def loglike(params):
        fixed = dict(zip(names, map(float, params), strict=False))
        return fit(method="ML", fixed=fixed)[0]

    return Calls(fit, loglike)


class Peer(NamedTuple):
    """A package: its name at the registry and how it is called."""

    name: str
    bind: Callable

    @property
    def label(self):
        return f"{self.name} ({ENGINE})" if self.bind is _sarimax_c else self.name

    @property
    def version(self):
        """Installed version, or None."""
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError:
            return None


NOTES = """\
loglike: one log-likelihood at given parameters. difference: from statsmodels' at the
same parameters. fit: from the series to the fitted model, each with its own defaults,
no constant; fit llf: the log-likelihood that the package reports; statsmodels: what
statsmodels' log-likelihood is at the parameters of that fit.
sarimax_c: Model.loglike; Model.fit.
statsmodels: SARIMAX.loglike; SARIMAX.fit.
pmdarima: arima_res_.model.loglike, which is statsmodels' model; ARIMA.fit.
pmdarima-rs: no public call for one log-likelihood, so no time; the difference is at the
  parameters and llf of a fit with start_params and maxiter=0. ARIMA.fit.
rustima: sarimax_loglike; SARIMAXModel.fit.
skforecast: stats.arima.arima with all coefficients in fixed, the whole call;
  stats.Arima.fit (stats.Sarimax would be statsmodels again).
statsforecast: models.ARIMA.fit with all coefficients in fixed, the whole call;
  models.ARIMA.fit.
skforecast, statsforecast: as in R's arima the variance is the one that suits the
  coefficients best, and what has no stationary start has the prior variance 1e6 sigma2
  (statsmodels: 1e6) on another set of states, hence most of the difference."""
PEERS = (
    Peer("sarimax_c", _sarimax_c),
    Peer(REFERENCE, _statsmodels),
    Peer("pmdarima", _pmdarima),
    Peer("pmdarima-rs", _pmdarima_rs),
    Peer("rustima", _rustima),
    Peer("skforecast", _skforecast),
    Peer("statsforecast", _statsforecast),
)


# ---- the process of a package ------------------------------------------------


class Session:
    """Answers the requests for one package."""

    def __init__(self, peer):
        self.peer = peer

    def warm_up(self):
        self.setup(0)
        self.value()
        return self.fit()

    def setup(self, case):
        self.case = CASES[case]
        self.y = self.case.series(self.case)
        self.params = _params(self.case, self.y, self.case.coefficients)
        self.calls = self.peer.bind(self.case, self.y)
        return {}

    def value(self, params=None):
        """Log-likelihood at the parameters; by default at the model's own."""
        params = self.params if params is None else np.array(params)
        if self.calls.loglike is None:
            return self._answer(*self.calls.near(params))
        start = time.perf_counter()
        llf = self.calls.loglike(params)
        self.seconds = time.perf_counter() - start
        if self.seconds < LOGLIKE_TURNS[0]:  # the first call may have been cold
            self.seconds = self._timed(1)
        return {**self._answer(llf, params), "seconds": self.seconds}

    def _answer(self, llf, params):
        if not math.isfinite(llf):
            raise ValueError(f"returned {llf}")
        if len(params) == len(self.case.coefficients):
            params = _params(self.case, self.y, params)
        return {"llf": float(llf), "params": list(map(float, params))}

    def _timed(self, number):
        loglike, params = self.calls.loglike, self.params
        start = time.perf_counter()
        for _ in range(number):
            loglike(params)
        return (time.perf_counter() - start) / number

    def loglike(self):
        return {"seconds": self._timed(max(1, int(TURN / self.seconds)))}

    def fit(self):
        start = time.perf_counter()
        llf, params = self.calls.fit()
        seconds = time.perf_counter() - start
        return {**self._answer(llf, params), "seconds": seconds}


def _serve(name):
    """Answer requests, one line of JSON each, until the input ends."""
    # What a package prints must not come between the answers.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")
    session = Session(next(peer for peer in PEERS if peer.name == name))
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(session, request.pop("do"))(**request)
        except Exception as error:  # whatever a package raises belongs in its row
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=channel, flush=True)


class Worker:
    """The process of a package, seen from the table."""

    def __init__(self, peer):
        self.peer = peer
        self.process = None
        self.case = 0

    def setup(self, case, limit):
        self.case = case
        return self.ask("setup", limit, case=case)

    def ask(self, do, limit, **request):
        """Answer of the process, started when need be; {"error": ...} without one."""
        if self.process is None:
            self._start()
            self._exchange({"do": "warm_up"}, START_LIMIT)
            if self.process and do != "setup":
                self._exchange({"do": "setup", "case": self.case}, limit)
        if self.process is None:
            return {"error": "ended at its start"}
        return self._exchange({"do": do, **request}, limit)

    def _start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.peers", "--worker", self.peer.name],
            cwd=HERE.parent,
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def _exchange(self, request, limit):
        timer = threading.Timer(limit, self.process.kill)
        start = time.perf_counter()
        timer.start()
        try:
            print(json.dumps(request), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if line:
            return json.loads(line)
        late = time.perf_counter() - start >= limit
        code = self.close()
        reason = f"took over {limit:.0f} s" if late else f"crashed, code {code}"
        return {"error": f"{request['do']} {reason}"}

    def close(self):
        """End the process; its exit code."""
        process, self.process = self.process, None
        if process is None:
            return None
        with contextlib.suppress(BrokenPipeError), process:
            process.kill()
        return process.returncode


# ---- the table ---------------------------------------------------------------


def _turns(workers, do, limit, effort):
    """Answers of each worker, asked in turns so that all see the same machine."""
    seconds, rounds = effort
    answers = {worker: [] for worker in workers}
    spent = dict.fromkeys(workers, 0.0)
    for _ in range(rounds):
        for worker in workers:
            if spent[worker] >= seconds:
                continue
            answers[worker].append(worker.ask(do, limit))
            # A turn of short calls lasts TURN; after an error there is none.
            spent[worker] += max(answers[worker][-1].get("seconds", math.inf), TURN)
    return answers


class Block:
    """The rows of one model: a row for each package, filled step by step."""

    def __init__(self, case, workers, limit):
        self.case = case
        self.workers = workers
        self.limit = limit
        self.rows = {worker.peer: _row(case, worker.peer) for worker in workers}
        self.reference = next(w for w in workers if w.peer.name == REFERENCE)
        self.first = {}

    def fill(self):
        for worker in self.workers:
            if worker.peer.version:
                self._first_value(worker)
        for worker, answer in self.first.items():
            if (theirs := self._reference_llf(answer["params"])) is not None:
                self.rows[worker.peer]["difference"] = answer["llf"] - theirs
        self._time_loglike()
        self._time_fits()
        return list(self.rows.values())

    def _first_value(self, worker):
        answer = worker.setup(CASES.index(self.case), self.limit)
        if "error" not in answer:
            answer = worker.ask("value", self.limit)
        if "error" in answer:
            self._note(worker, answer["error"])
        else:
            self.first[worker] = answer

    def _reference_llf(self, params):
        """statsmodels' log-likelihood at the parameters, None without an answer."""
        first = self.first.get(self.reference)
        if first is None:
            return None
        if params == first["params"]:
            return first["llf"]
        return self.reference.ask("value", self.limit, params=params).get("llf")

    def _note(self, worker, text):
        row = self.rows[worker.peer]
        row["note"] = "; ".join(filter(None, (row["note"], text)))

    def _median(self, worker, key, unit, answers):
        """Put the median of the times in the row, and an error in the note."""
        times = [answer["seconds"] for answer in answers if "error" not in answer]
        if times:
            self.rows[worker.peer][key] = statistics.median(times) * unit
        if "error" in answers[-1]:
            self._note(worker, answers[-1]["error"])

    def _time_loglike(self):
        quick = []
        for worker, answer in self.first.items():
            if answer.get("seconds", 0.0) >= LOGLIKE_TURNS[0]:
                self._median(worker, "loglike_us", 1e6, [answer])
            elif "seconds" in answer:
                quick.append(worker)
        answers = _turns(quick, "loglike", self.limit, LOGLIKE_TURNS)
        for worker in quick:
            self._median(worker, "loglike_us", 1e6, answers[worker])

    def _time_fits(self):
        able = []
        for worker, answer in self.first.items():
            if answer.get("seconds", 0.0) * FIT_EVALUATIONS < self.limit:
                able.append(worker)
            else:
                self._note(worker, "fit not run: too slow")
        for worker, answers in _turns(able, "fit", self.limit, FIT_TURNS).items():
            self._median(worker, "fit_ms", 1e3, answers)
            if "error" not in answers[0]:
                row = self.rows[worker.peer]
                row["fit_llf"] = answers[0]["llf"]
                row["fit_reference_llf"] = self._reference_llf(answers[0]["params"])


COLUMNS = {  # key of the row, title, width, format
    "loglike_us": ("loglike us", 12, ".1f"),
    "difference": ("difference", 12, ".1e"),
    "fit_ms": ("fit ms", 11, ".1f"),
    "fit_llf": ("fit llf", 14, ".4f"),
    "fit_reference_llf": (REFERENCE, 14, ".4f"),
}


def _row(case, peer):
    return {
        "case": case.name,
        "package": peer.label,
        "version": peer.version,
        **dict.fromkeys(COLUMNS),
        "note": "" if peer.version else "not installed",
    }


def run(cases, limit=LIMIT):
    """Rows of the table, model by model."""
    table = []
    with contextlib.ExitStack() as stack:
        workers = [Worker(peer) for peer in PEERS]
        for worker in workers:
            stack.callback(worker.close)
        for case in cases:
            table += Block(case, workers, limit).fill()
    return table


def _line(row):
    cells = [
        f"{'-' if row[key] is None else format(row[key], form):>{width}}"
        for key, (_, width, form) in COLUMNS.items()
    ]
    return f"{row['package']:<20}{''.join(cells)}  {row['note'][:60]}".rstrip()


def report(rows):
    titles = "".join(f"{title:>{width}}" for title, width, _ in COLUMNS.values())
    packages = " ".join(peer.name for peer in PEERS[1:])
    lines = [f"to have them all: pip install {packages}", f"{'package':<20}{titles}"]
    for row in rows:
        if row["package"] == PEERS[0].label:
            lines += ["", row["case"]]
        lines.append(_line(row))
    return "\n".join([*lines, "", NOTES])


def main():
    parser = argparse.ArgumentParser(prog="benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the airline rows only")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for a fit")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    _use_installed_package()
    if arguments.worker:
        _serve(arguments.worker)
        return
    machine = _machine() | {peer.name: peer.version for peer in PEERS}
    rows = run(AIRLINE_CASES if arguments.quick else CASES, arguments.limit)
    if arguments.json:
        print(json.dumps({"machine": machine, "rows": rows}, indent=2))
    else:
        print(", ".join(f"{key} {value}" for key, value in machine.items()))
        print(report(rows))


if __name__ == "__main__":
    main()
