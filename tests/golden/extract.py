# SPDX-License-Identifier: BSD-3-Clause
"""Freeze the Stata, gretl and MATLAB figures shipped with statsmodels in golden.json.

Run ``python tests/golden/extract.py`` where statsmodels (with its tests) is
installed. Nothing is computed here: parameters, log-likelihoods, forecasts and
residuals are the other program's; only Stata's standard deviation is squared.
A mean or trend in Stata and gretl is a regressor, so it becomes a column of `exog`.
"""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import statsmodels
from statsmodels.datasets import macrodata
from statsmodels.tsa.statespace.tests.results import results_sarimax as stata
from statsmodels.tsa.tests.results import results_arma as gretl

PACKAGE = Path(statsmodels.__file__).parent
STATESPACE = "tsa/statespace/tests/results"
ARMA = "tsa/tests/results"
HERE = Path(__file__).parent

Entry = dict[str, Any]

# llf is printed to 7 significant digits at parameters printed to 7; where the
# parameters are badly determined their rounding moves llf more
COVERAGE_LIMIT = 7e-5
COVERAGE_BADLY_DETERMINED = {36: 7e-4, 43: 7e-4, 44: 7e-4}


def squared_last(params: list[float]) -> list[float]:
    """Stata and gretl print sigma, the model wants its square."""
    return [*params[:-1], params[-1] ** 2]


def entry(name: str, source: str, y: str, **more: Any) -> Entry:
    """One golden case; `y` and the columns of `exog` name series."""
    base = {"name": name, "source": source, "y": y, "log": False, "exog": []}
    base |= {"seasonal": [0, 0, 0, 0], "options": {}}
    return base | more


def coverage() -> list[Entry]:
    """Stata's arima on wpi1, 46 of the 53 models of test_sarimax_coverage.do.

    Left out: the seven with ``diffuse``. Stata puts the variance 1e9 on the states
    of the Hamilton representation, so their likelihood belongs to that.
    """
    file = f"{STATESPACE}/results_sarimax_coverage.csv"
    entries = []
    for index, row in pd.read_csv(PACKAGE / file).iterrows():
        if row["mod"].endswith("diffuse"):
            continue
        series, *exog = row["mod"].split(",")[0].split()[1:]
        order = re.search(r"(?<!s)arima\(([\d,]+)\)", row["mod"])
        seasonal = re.search(r"sarima\(([\d,]+)\)", row["mod"])
        entries.append(
            entry(
                f"coverage-{index + 1}",
                f"Stata: {row['mod']} ({file}, line {index + 2})",
                {"wpi": "wpi1", "D.wpi2": "D.wpi1 with gap"}[series],
                exog=[f"{name}*" if series != "wpi" else name for name in exog],
                order=[int(k) for k in order[1].split(",")] if order else [0, 0, 0],
                seasonal=[int(k) for k in seasonal[1].split(",")]
                if seasonal
                else [0, 0, 0, 0],
                params=squared_last([float(v) for v in row["parameters"].split(",")]),
                options={"simple_differencing": True},
                llf=row["llf"],
                llf_limit=COVERAGE_BADLY_DETERMINED.get(index, COVERAGE_LIMIT),
            )
        )
    return entries


def published(result: dict[str, Any]) -> dict[str, Any]:
    """Parameters and log-likelihood of one of Stata's documented examples."""
    blocks = ("exog", "mean", "ar", "ma", "seasonal_ma", "variance")
    return {
        "source": f"Stata: {STATESPACE}/results_sarimax.py",
        "params": [v for block in blocks for v in result.get(f"params_{block}", [])],
        "llf": result["loglike"],
        "llf_limit": 7e-5,
        "options": {"simple_differencing": True},
    }


def stata_manual() -> list[Entry]:
    """Examples 1 to 3 of Stata's arima documentation (wpi1, air2).

    Left out: wpi1_diffuse, for the reason given in `coverage`.
    """
    return [
        entry("wpi1_ar3", y="D.wpi1", order=[3, 0, 0], **published(stata.wpi1_ar3)),
        entry(
            "wpi1_stationary",
            y="wpi1",
            order=[1, 1, 1],
            exog=["t"],
            **published(stata.wpi1_stationary),
        ),
        entry(
            "wpi1_seasonal",
            y="wpi1",
            log=True,
            order=[1, 1, [1, 4]],
            exog=["t"],
            **published(stata.wpi1_seasonal),
        ),
        entry(
            "air2_stationary",
            y="air2",
            log=True,
            order=[0, 1, 1],
            seasonal=[0, 1, 1, 12],
            **published(stata.air2_stationary),
        ),
    ]


def stata_friedman() -> list[Entry]:
    """Example 4 and its forecasts, with and without the last 15 observations."""
    model = {"y": "consump", "order": [1, 0, 1], "exog": ["c", "m2"]}
    predict = stata.friedman2_predict
    held_out = published(predict)
    whole = {k: v for k, v in held_out.items() if not k.startswith("llf")}
    return [
        entry("friedman2_mle", **model, **published(stata.friedman2_mle)),
        entry(
            "friedman2_predict",
            **model,
            **whole,
            forecasts=list(predict["predict"]),
            forecasts_limit=1.5e-3,
        ),
        entry(
            "friedman2_forecast",
            **model,
            **held_out,
            hold_out=15,
            mean=list(predict["forecast"][-15:]),
            mean_limit=1.5e-3,
        ),
    ]


# test_sarimax.py, class TestRealGDPARStata
GDP_PARAMS = [
    0.40725515,
    0.18782621,
    -0.01514009,
    -0.01027267,
    -0.03642297,
    0.11576416,
    0.02573029,
    -0.00766572,
    0.13506498,
    0.08649569,
    0.06942822,
    -0.10685783,
    0.00007999607,
]


def read(name: str, **keywords) -> pd.DataFrame:
    """A result file of statsmodels' state space tests."""
    return pd.read_csv(PACKAGE / STATESPACE / name, **keywords)


def stata_states() -> list[Entry]:
    """Filter output of Stata and of the MATLAB toolbox SSM, printed to 5-7 digits."""
    ar3 = {"order": [3, 0, 0], "params": [0.5270715, 0.0952613, 0.2580355, 0.5307459]}
    table = read("results_wpi1_ar3_stata.csv")
    matlab = read("results_wpi1_ar3_matlab_ssm.csv", header=None)
    gap = read("results_wpi1_missing_ar3_matlab_ssm.csv", header=None)
    gdp = read("results_realgdpar_stata.csv")
    return [
        entry(
            "wpi1_ar3_stata",
            f"Stata: {STATESPACE}/results_wpi1_ar3_stata.csv",
            "D.wpi1",
            **ar3,
            forecasts=table["dep1"][1:].tolist(),
            forecasts_limit=5e-6,
            standardized=table["sr1"][1:].tolist(),
            standardized_limit=2e-5,
        ),
        entry(
            "wpi1_ar3_matlab",
            f"MATLAB SSM: {STATESPACE}/results_wpi1_ar3_matlab_ssm.csv",
            "D.wpi1",
            **ar3,
            forecasts=matlab[0].tolist(),
            forecasts_limit=5e-5,
        ),
        entry(
            "wpi1_ar3_missing_matlab",
            f"MATLAB SSM: {STATESPACE}/results_wpi1_missing_ar3_matlab_ssm.csv",
            "D.wpi1 with a gap of 11",
            **ar3,
            forecasts=gap[0].tolist(),
            forecasts_limit=5e-5,
        ),
        entry(
            "realgdp_ar12_stata",
            f"Stata: {STATESPACE}/results_realgdpar_stata.csv and test_sarimax.py",
            "D.log gdp",
            order=[12, 0, 0],
            params=GDP_PARAMS,
            standardized=gdp["rstd"][1:].tolist(),
            standardized_limit=2e-4,
        ),
    ]


def stata_cpi() -> list[Entry]:
    """Stata's arima on the differenced cpi of macrodata, 13 digits.

    Stata kept cpi in single precision, and so it is here: with the double-precision
    series the log-likelihood is another one in the fourth decimal.
    """
    orders = {"arima111": [1, 0, 1], "arima112": [1, 0, 2], "arima211": [2, 0, 1]}
    entries = []
    for stem, order in orders.items():
        for constant in (True, False):
            module = f"{stem}{'' if constant else 'nc'}_results"
            found = importlib.import_module(f"statsmodels.tsa.tests.results.{module}")
            results = found.results
            entries.append(
                entry(
                    module,
                    f"Stata: {ARMA}/{module}.py",
                    "D.cpi in single precision",
                    order=order,
                    exog=["c"] if constant else [],
                    params=squared_last([float(v) for v in results.params]),
                    llf=float(results.llf[0]),
                    llf_limit=1e-7,
                    forecasts=[float(v) for v in results.xb[1:]],
                    forecasts_limit=3e-7,
                )
            )
    return entries


def gretl_arma() -> list[Entry]:
    """gretl's exact maximum likelihood, 12 digits, on simulated ARMA series."""
    entries = []
    for name in ("11", "14", "41", "22", "50", "02"):
        for constant in ("", "c"):
            result = getattr(gretl, f"Y_arma{name}{constant}")("mle")
            more: dict[str, Any] = {}
            if name == "11":
                more["mean"] = [float(v) for v in result.forecast[:10]]
                more["mean_limit"] = 1e-9
                more["standard_error"] = [float(v) for v in result.forecasterr[:10]]
                more["standard_error_limit"] = 1e-5
            entries.append(
                entry(
                    f"gretl_arma{name}{constant}",
                    f"gretl: {ARMA}/results_arma.py, Y_arma{name}{constant}",
                    f"y_arma{name}{constant}",
                    order=[int(name[0]), 0, int(name[1])],
                    exog=["c"] if constant else [],
                    params=[float(v) for v in [*result.params, result.sigma2]],
                    llf=float(result.llf),
                    llf_limit=2e-8,
                    **more,
                )
            )
    return entries


def series() -> dict[str, list[float | None]]:
    """The data, as statsmodels ships it; None = missing."""
    wpi = np.asarray(stata.wpi1_data)
    gapped = wpi.copy()
    gapped[9:19] = np.nan
    missing = np.diff(wpi)
    missing[9:20] = np.nan
    gdp = pd.read_csv(PACKAGE / STATESPACE / "results_realgdpar_stata.csv")["value"]
    cpi = np.asarray(macrodata.load().data["cpi"])
    simulated = pd.read_csv(PACKAGE / ARMA / "y_arma_data.csv")
    found: dict[str, Any] = {
        "wpi1": wpi,
        "D.wpi1": np.diff(wpi),
        "D.wpi1 with gap": np.diff(gapped),
        "D.wpi1 with a gap of 11": missing,
        "air2": stata.air2_data,
        "consump": stata.friedman2_data["consump"],
        "m2": stata.friedman2_data["m2"],
        "D.log gdp": np.log(gdp).diff()[1:],
        "D.cpi in single precision": np.diff(cpi.astype(np.float32).astype(float)),
        **{name: simulated[name] for name in simulated},
    }
    return {
        name: [None if np.isnan(v) else float(v) for v in np.asarray(values)]
        for name, values in found.items()
    }


def main() -> None:
    """Write golden.json."""
    cases = [
        *coverage(),
        *stata_manual(),
        *stata_friedman(),
        *stata_states(),
        *stata_cpi(),
        *gretl_arma(),
    ]
    content = {
        "statsmodels": statsmodels.__version__,
        "series": series(),
        "cases": cases,
    }
    text = json.dumps(content, indent=1)
    # one line for each list of numbers
    text = re.sub(r"\s*\n\s+(?=[-\d\]n])", " ", text)
    (HERE / "golden.json").write_text(text + "\n")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
