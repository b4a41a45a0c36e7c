# SPDX-License-Identifier: BSD-3-Clause
"""Figures published by other programs (Stata, gretl, MATLAB, R), at their precision.

`golden.json` holds the numbers and their sources; `extract.py` made it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sarimax_c import Model

ENGINE = os.environ.get("PARITY_ENGINE", "identical")
GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())
CASES = {case["name"]: case for case in GOLDEN["cases"]}
SERIES = {
    name: np.array([np.nan if v is None else v for v in values])
    for name, values in GOLDEN["series"].items()
}


def regressor(name: str, nobs: int) -> np.ndarray:
    """Columns of test_sarimax_coverage.do; ``*`` = without the first row."""
    if name in SERIES:
        return SERIES[name]
    wpi, first = SERIES["wpi1"], name.endswith("*")
    time = np.arange(1.0, nobs + 1.0 + first)
    columns = {
        "c": np.ones_like(time),
        "t": time,
        "t3": time**3,
        "t32": (time - 1) ** 3,
        "x": (wpi - np.floor(wpi)) ** 2,
    }
    return columns[name.rstrip("*")][int(first) :]


def data_of(case: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None]:
    y = SERIES[case["y"]]
    y = np.log(y) if case["log"] else y
    columns = [regressor(name, y.size) for name in case["exog"]]
    return y, np.stack(columns, axis=1) if columns else None


def make(case: dict[str, Any]) -> tuple[Model, np.ndarray | None]:
    """The model of a case and the regressors of its held-out observations."""
    y, exog = data_of(case)
    kept = y.size - case.get("hold_out", 0)
    future = None if exog is None else exog[kept:]
    model = Model(
        y[:kept],
        None if exog is None else exog[:kept],
        tuple(case["order"]),
        tuple(case["seasonal"]),
        engine=ENGINE,
        **case["options"],
    )
    assert model.engine == ENGINE  # no other engine may stand in
    return model, future


def with_(key: str) -> list[str]:
    return [name for name, case in CASES.items() if key in case]


@pytest.mark.parametrize("name", with_("llf"))
def test_log_likelihood(name: str) -> None:
    case = CASES[name]
    model, _ = make(case)
    assert abs(model.loglike(case["params"]) - case["llf"]) <= case["llf_limit"]


@pytest.mark.parametrize("name", with_("forecasts"))
def test_one_step_forecasts(name: str) -> None:
    case = CASES[name]
    model, _ = make(case)
    forecasts = model.filter(case["params"]).forecasts
    np.testing.assert_allclose(
        forecasts, case["forecasts"], rtol=0.0, atol=case["forecasts_limit"]
    )


@pytest.mark.parametrize("name", with_("standardized"))
def test_standardized_residuals(name: str) -> None:
    case = CASES[name]
    model, _ = make(case)
    result = model.filter(case["params"])
    np.testing.assert_allclose(
        result.standardized_forecasts_error,
        case["standardized"],
        rtol=0.0,
        atol=case["standardized_limit"],
    )


@pytest.mark.parametrize("name", with_("mean"))
def test_forecasts(name: str) -> None:
    case = CASES[name]
    model, future = make(case)
    steps = len(case["mean"])
    if future is not None and not len(future):
        future = np.ones((steps, 1))
    mean, var = model.forecast(case["params"], steps, future)
    np.testing.assert_allclose(mean, case["mean"], rtol=0.0, atol=case["mean_limit"])
    if "standard_error" in case:
        limit = case["standard_error_limit"]
        np.testing.assert_allclose(
            np.sqrt(var), case["standard_error"], rtol=0.0, atol=limit
        )


def test_gap_lies_where_stata_put_it() -> None:
    y, _ = data_of(CASES["coverage-53"])
    assert np.flatnonzero(np.isnan(y)).tolist() == list(range(8, 19))


def test_ljung_box_of_r_on_the_nile() -> None:
    """R: forecast::Arima(Nile, order=c(1,0,1)) and checkresiduals(lag=10).

    Published in statsmodels/tsa/statespace/tests/test_mlemodel.py: 14.116.
    """
    from statsmodels.datasets import nile

    y = np.asarray(nile.data.load().data["volume"], dtype=float)
    model = Model(y, order=(1, 0, 1), engine=ENGINE)
    fitted = model.fit()
    e = model.filter(fitted.params).standardized_forecasts_error
    e = e - e.mean()
    n, lags = e.size, np.arange(1, 11)
    rho = np.array([e[k:] @ e[:-k] for k in lags]) / (e @ e)
    assert n * (n + 2) * np.sum(rho**2 / (n - lags)) == pytest.approx(14.116, abs=1e-3)


def test_every_source_is_there() -> None:
    programs = {case["source"].split(":")[0] for case in GOLDEN["cases"]}
    assert programs == {"Stata", "MATLAB SSM", "gretl"}
    assert len(CASES) == len(GOLDEN["cases"]) >= 70
