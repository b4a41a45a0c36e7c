# SPDX-License-Identifier: BSD-3-Clause
"""Benchmarks against statsmodels: ``python -m benchmarks [name ...] [--json]``.

Each ``bench_<name>.py`` has ``run()``, which measures and returns rows (a list of
dicts), and ``report(rows)``, which puts them into words.
"""
