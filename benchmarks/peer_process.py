# SPDX-License-Identifier: BSD-3-Clause
"""The process of a package: it answers requests, one line of JSON each.

Run it as ``python -m benchmarks.peer_process PACKAGE``.
"""

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
import time
import warnings

import numpy as np

from .__main__ import HERE, _use_installed_package
from .peer_calls import PEERS
from .peer_models import CASES, complete
from .simulated import airline_table

START_LIMIT = 90.0  # seconds for imports and first compilations
TURN = 0.002  # seconds of one timed turn, so the clock resolves it
LOGLIKE_SECONDS = 1.0  # of a call that is timed once
BATCH = 1000  # series of a batch of fits
BATCH_SECONDS = 10.0  # a package that needs longer fits fewer of them
BATCH_FIRST = 10  # that tell how many

LIBRARIES = ("OPENBLAS", "OMP", "MKL", "NUMBA", "RAYON")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}


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
        self.params = complete(self.case, self.y, self.case.coefficients)
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
        if self.seconds < LOGLIKE_SECONDS:  # the first call may have been cold
            self.seconds = self._timed(1)
        return {**self._answer(llf, params), "seconds": self.seconds}

    def _answer(self, llf, params):
        if not math.isfinite(llf):
            raise ValueError(f"returned {llf}")
        if len(params) == len(self.case.coefficients):
            params = complete(self.case, self.y, params)
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

    def batch(self):
        """Fits of as many airline series as there is time for."""
        case, series = CASES[0], list(airline_table(BATCH).y)
        self.peer.fit_many(case, series[:1])
        _, seconds = self.peer.fit_many(case, series[:BATCH_FIRST])
        each = seconds / BATCH_FIRST
        count = int(np.clip(BATCH_SECONDS / each, BATCH_FIRST, BATCH))
        found, seconds = self.peer.fit_many(case, series[:count])
        params = []
        for y, estimates in zip(series, found, strict=False):
            if estimates is not None and len(estimates) == len(case.coefficients):
                estimates = complete(case, y, estimates)
            params.append(None if estimates is None else list(map(float, estimates)))
        return {"seconds": seconds, "params": params}


def _serve(name):
    """Answer requests until the input ends."""
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
            [sys.executable, "-m", "benchmarks.peer_process", self.peer.name],
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


if __name__ == "__main__":
    _use_installed_package()
    _serve(sys.argv[1])
