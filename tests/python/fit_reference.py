# SPDX-License-Identifier: BSD-3-Clause
"""Fits of the long list: statsmodels' default ones, ours, and their judge.

`fit_reference.json` holds statsmodels' estimates. Run this file as a program to make
it anew; that takes minutes on all cores.
"""

from __future__ import annotations

import json
import os
import re
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from fit_list import Case, Floats
from fit_series import fit_series

import sarimax_c as sx

FILE = Path(__file__).with_suffix(".json")
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")

Fit = dict[str, Any]


def statsmodels_fit(name: str) -> Fit:
    """Estimates of one model of the list, or what statsmodels raised."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    case = fit_series()[name]
    options = {**case.options}
    options["seasonal_order"] = options.pop("seasonal", (0, 0, 0, 0))
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = SARIMAX(case.y, **options).fit(disp=False, cov_type="none")
        except Exception as error:  # no fit is an answer as well
            return {"error": f"{type(error).__name__}: {error}"}
    return {
        "params": result.params.tolist(),
        "llf": float(result.llf),
        "converged": bool(result.mle_retvals["converged"]),
        "seconds": time.perf_counter() - start,
    }


def statsmodels_fits(names: list[str]) -> dict[str, Fit]:
    """Estimates of many models of the list, on all cores, one BLAS thread each."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    # Spawned: numpy reads the variables when it is imported.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = pool.map(statsmodels_fit, names, chunksize=4)
        return dict(zip(names, found, strict=True))


def our_fits(cases: dict[str, Case], **options: Any) -> dict[str, Fit]:
    """Estimates by `batch_fit`, series of the same model in one batch."""
    groups: dict[str, list[str]] = {}
    for name, case in cases.items():
        exog = case.options.get("exog")
        columns = 0 if exog is None else exog.shape[1]
        groups.setdefault(f"{_model_options(case)}, {columns}", []).append(name)
    fits: dict[str, Fit] = {}
    for names in groups.values():
        some = [cases[name] for name in names]
        batch = sx.batch_fit(
            [case.y for case in some],
            [case.options.get("exog") for case in some],
            **_model_options(some[0]),
            **options,
        )
        for i, name in enumerate(names):
            fits[name] = {
                "params": batch.params[i],
                "converged": bool(batch.converged[i]),
                "message": batch.message(i),
            }
    return {name: fits[name] for name in cases}


def _model_options(case: Case) -> dict[str, Any]:
    return {name: value for name, value in case.options.items() if name != "exog"}


def judged(case: Case, *params: Floats) -> list[float]:
    """True log-likelihoods at parameters; statsmodels' where exact does not run."""
    try:
        model = sx.Model(case.y, **case.options, engine="exact")
        return [model.loglike(each) for each in params]
    except sx.SpecError:
        model = sx.Model(case.y, **case.options, engine="identical")
        return [model.loglike(each) for each in params]


def load() -> dict[str, Any]:
    """Versions, and under ``fits`` statsmodels' estimates by name."""
    content: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return content


def main() -> None:
    """Write the file."""
    import scipy
    import statsmodels

    fits = statsmodels_fits(list(fit_series()))
    for fit in fits.values():
        fit.pop("seconds", None)
    versions = {each.__name__: each.__version__ for each in (statsmodels, np, scipy)}
    text = json.dumps({**versions, "fits": fits}, indent=1)
    # one line for each model
    text = re.sub(r"\s*\n {3,}|\n  (?=})", " ", text)
    FILE.write_text(text + "\n", encoding="utf-8")
    print(f"{len(fits)} fits, {sum('error' in fit for fit in fits.values())} failed")


if __name__ == "__main__":
    main()
