# SPDX-License-Identifier: BSD-3-Clause
"""Run the benchmarks named on the command line, or all of them."""

import argparse
import importlib
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = ("sarimax_c", "numpy", "scipy", "statsmodels")


def _use_installed_package():
    """Forget the repository's root: its sarimax_c/ has no compiled module."""
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != HERE.parent]


def _machine():
    """Processor, system and versions."""
    cpu = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                cpu = line.partition(":")[2].strip()
                break
    return {
        "cpu": cpu,
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{package: metadata.version(package) for package in PACKAGES},
    }


def main():
    names = sorted(path.stem[len("bench_") :] for path in HERE.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(names))
    parser.add_argument("--json", action="store_true", help="rows as JSON")
    parser.add_argument("--chart", metavar="FILE", help="draw the scaling of batch")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(names)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {names}")

    # Before numpy is imported: more BLAS threads slow statsmodels' small matrices
    # down many times and would flatter us.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    _use_installed_package()
    machine = _machine()
    results = {}
    if not arguments.json:
        print(", ".join(f"{key} {value}" for key, value in machine.items()))
    for name in arguments.names or names:
        benchmark = importlib.import_module(f"benchmarks.bench_{name}")
        results[name] = benchmark.run()
        if not arguments.json:
            print(f"\n{name}\n{benchmark.report(results[name])}")
        if arguments.chart and hasattr(benchmark, "chart"):
            benchmark.chart(results[name], arguments.chart)
    if arguments.json:
        print(json.dumps({"machine": machine, "results": results}, indent=2))


if __name__ == "__main__":
    main()
