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
import statistics

from . import peer_batch
from .__main__ import _machine, _use_installed_package
from .peer_calls import NOTES, PEERS, REFERENCE
from .peer_models import AIRLINE_CASES, CASES
from .peer_process import LOGLIKE_SECONDS, TURN, Worker

LIMIT = 30.0  # seconds that one request may take
FIT_EVALUATIONS = 20  # every fit needs more; if these break the limit it is not run
LOGLIKE_TURNS = (LOGLIKE_SECONDS, 25)  # in all of a package and a model, turns at most
FIT_TURNS = (2.0, 5)


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
    parser.add_argument("--batch", action="store_true", help="fits of many series only")
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for a fit")
    arguments = parser.parse_args()
    _use_installed_package()
    machine = _machine() | {peer.name: peer.version for peer in PEERS}
    cases = AIRLINE_CASES if arguments.quick else CASES
    rows = [] if arguments.batch else run(cases, arguments.limit)
    batch_rows = [] if arguments.quick else peer_batch.run()
    if arguments.json:
        print(
            json.dumps(
                {"machine": machine, "rows": rows, "batch": batch_rows}, indent=2
            )
        )
        return
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    if rows:
        print(report(rows))
    if batch_rows:
        print(f"\n{peer_batch.report(batch_rows)}")


if __name__ == "__main__":
    main()
