# SPDX-License-Identifier: BSD-3-Clause
"""What the factors of `auto`'s law have to cover: random models, class by class.

    python tests/tools/law.py build/.../law [--models 20000] [--first 0] [--jobs 1]
    python tests/tools/law.py build/.../law --seed 17 --class start

`make law` builds the program that says what the law is made of (tests/tools/law.c) and
runs this. For each factor of src/filter/loglike.c and src/filter/accuracy.c: quantiles
of the least value that would have done, over the models in which its part of the law
counts, and the worst ones, with the seeds that show them again. Distances are those of
the exact engine from the identical one, or from statsmodels itself where only the law
of the diffuse start lets a model run. Fails if one is beyond what README.md promises.
"""

import argparse
import os
import subprocess
import sys
import warnings
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"
TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "exact"), str(TESTS / "parity"), str(TESTS / "tools")]

import numpy as np
from marathon import loglike, statsmodels_loglike
from quad import quad_loglike
from test_auto import PROMISE, draw, draw_far, draw_outlier, draw_start

import sarimax_c as sx

QUAD_EVERY, QUAD_NOBS = 20, 200  # quad precision takes long
QUANTILES = (0.5, 0.9, 0.99, 1.0)
# What the source has. "settled": the last change of filters that have settled.
SOURCE = {"start": 16.0, "settled": 10.0, "recursion": 2.0}
SOURCE |= {
    "outlier, d + D = 2": 19.0,
    "outlier, d + D = 3": 49.0,
    "outlier, d = 3": 99.0,
}


@dataclass
class Parts:
    """A line of law.c: errors in absolute units unless it says otherwise."""

    reason: float
    nobs: float
    squares: float  # Q
    rounding: float  # of one variance, relative
    steady: float  # the same
    outlier: float
    data: float
    start: float  # START_FACTOR apart
    later: float
    change: float  # last change over S^2 sqrt(tolerance)
    recursion: float  # RECURSION_FACTOR apart
    loss: float  # the rest of the exact engine's error
    loglike: float

    def general(self):
        """The law for any model."""
        count = self.nobs + self.squares
        return count * (self.rounding + self.steady) + self.outlier + self.data


@cache
def program(path):
    pipe = subprocess.PIPE
    return subprocess.Popen([path], stdin=pipe, stdout=pipe, text=True)


def parts_of(path, drawn):
    """What law.c says of a model, or None where the exact engine does not run."""
    words = drawn.keywords
    seasonal = words["seasonal"]
    trend = int(words["trend"] is not None)
    head = [*words["order"], *seasonal, trend, int(words["enforce_stationarity"])]
    head += [int(words["concentrate_scale"]), words.get("initial_variance", 1e6)]
    numbers = [len(drawn.y), *drawn.params.tolist(), *drawn.y.tolist()]
    process = program(path)
    process.stdin.write(" ".join([*map(str, head), *map(repr, numbers)]) + "\n")
    process.stdin.flush()
    line = process.stdout.readline().split()
    return Parts(*(float.fromhex(word) for word in line)) if line else None


CLASSES = {"draw": draw, "far": draw_far, "start": draw_start, "outlier": draw_outlier}


def ratios(drawn, parts, seed):
    """(factor, least value that would have done) of one model."""
    words = drawn.keywords
    d, big_d, exact = words["order"][1], words["seasonal"][1], parts.loglike
    noisy = sx.Model(drawn.y, engine="identical", **words | {"tolerance": 0.0})
    gap = abs(noisy.loglike(drawn.params) - exact)
    floor = 1e-12 * abs(exact) + parts.data
    if parts.start + parts.later > floor and parts.start > 0.0:
        yield f"start, {'d' * d + 'D' * big_d}", gap / (parts.start + parts.later)
    if parts.change > 0.0 and words["trend"] is None:
        result = sx.sarimax_filter(drawn.y, params=drawn.params, **words)
        if result.period_converged is not None:
            yield "settled", parts.change
    beyond = (parts.squares - 2 * parts.nobs) * parts.rounding
    if beyond > floor and parts.rounding < 1e-3:
        usual = parts.general() - parts.outlier
        kind = "d = 3" if d > 2 else f"d + D = {d + big_d}"
        yield f"outlier, {kind}", max(gap - usual, 0.0) / beyond
    if seed % QUAD_EVERY == 0 and len(drawn.y) <= QUAD_NOBS:
        shape = words["order"], words["seasonal"]
        rest = {k: v for k, v in words.items() if k not in ("order", "seasonal")}
        true = quad_loglike(drawn.y, *shape, drawn.params, **rest)
        if parts.recursion > 1e-13 * abs(exact) + parts.loss + parts.data:
            yield "recursion", abs(exact - true) / parts.recursion


def study(task):
    """Ratios of a seed, and the share of the promise against statsmodels itself."""
    path, kind, seed = task
    drawn = CLASSES[kind](seed)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = parts_of(path, drawn)
        if parts is None or not np.isfinite(parts.rounding):
            return []
        found = [(kind, seed, *item) for item in ratios(drawn, parts, seed)]
        limit = PROMISE * max(1.0, abs(parts.loglike) / 1000.0)
        general = parts.general() <= 0.5 * limit
        found.append((kind, seed, f"runs exact, {kind}", float(parts.reason == 0)))
        found.append((kind, seed, f"by the general law, {kind}", float(general)))
        if parts.reason == 0:
            theirs = (
                loglike(drawn, "identical") if general else statsmodels_loglike(drawn)
            )
            name = f"share of the promise, {'general' if general else 'start'}"
            found.append((kind, seed, name, abs(theirs - parts.loglike) / limit))
    return found


def report(name, found):
    values = np.array([value for value, _, _ in found])
    if name.startswith(("runs", "by")):
        print(f"{name}: {values.mean():.1%} of {len(values)}")
        return
    numbers = ", ".join(f"{q:g}: {np.quantile(values, q):.2g}" for q in QUANTILES)
    source = SOURCE.get(name.split(",")[0], SOURCE.get(name, ""))
    print(f"{name}: {len(values)} models; {numbers}; source: {source}")
    for value, kind, seed in sorted(found, reverse=True)[:3]:
        print(f"  {value:.3g}  --class {kind} --seed {seed}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--models", type=int, default=20000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--class", dest="kinds", choices=CLASSES, nargs="+")
    asked = parser.parse_args()
    kinds = asked.kinds or list(CLASSES)
    if asked.seed is not None:
        for kind in kinds:
            print(CLASSES[kind](asked.seed), study((asked.program, kind, asked.seed)))
        return
    seeds = range(asked.first, asked.first + asked.models)
    tasks = [(asked.program, kind, seed) for seed in seeds for kind in kinds]
    found = defaultdict(list)
    with ProcessPoolExecutor(asked.jobs) as pool:
        for results in pool.map(study, tasks, chunksize=100):
            for kind, seed, name, value in results:
                found[name].append((value, kind, seed))
    for name in sorted(found):
        report(name, found[name])
    shares = [items for name, items in found.items() if name.startswith("share")]
    sys.exit(any(value > 1.0 for items in shares for value, _, _ in items))


if __name__ == "__main__":
    main()
