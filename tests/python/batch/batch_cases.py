# SPDX-License-Identifier: BSD-3-Clause
"""Batches of series and the models that are run on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}


@dataclass(frozen=True)
class BatchCase:
    """
    A model and series for it.

    `options` are keywords of `sarimax_c.Model`; `sizes` the lengths of the series.
    """

    options: dict[str, Any]
    sizes: tuple[int, ...] = (60, 33, 60, 47, 60, 28, 33, 51, 60)
    k_exog: int = 0
    gaps: bool = False
    scale: float = 1.0
    # The exact engine runs at all parameters of `rows`.
    exact: bool = True
    seed: int = field(default=5, compare=False)

    @property
    def series(self):
        """Random walks with seasons; some with missing values if there are gaps."""
        rng = np.random.default_rng(self.seed)
        series = []
        for i, size in enumerate(self.sizes):
            y = self.scale * rng.standard_normal(size).cumsum() + np.arange(size) % 4
            if self.gaps and i % 2:
                y[size // 3 : size // 3 + 2] = np.nan
            series.append(y)
        return series

    @property
    def exog(self):
        """Regressors of the series, None without any."""
        rng = np.random.default_rng(self.seed + 1)
        if not self.k_exog:
            return None
        return [rng.standard_normal((size, self.k_exog)) for size in self.sizes]

    @property
    def future(self):
        """Regressors of three more periods."""
        if not self.k_exog:
            return None
        shape = len(self.sizes), 3, self.k_exog
        return np.random.default_rng(self.seed + 2).standard_normal(shape)


def rows(case, model):
    """Parameters for each series, none of them close to a border."""
    rng = np.random.default_rng(case.seed + 3)
    found = np.empty((len(case.sizes), model.k_params))
    for row in found:
        row[:] = model.transform_params(rng.uniform(-0.6, 0.6, model.k_params))
        if not case.options.get("concentrate_scale"):
            row[-1] = case.scale**2 * rng.uniform(0.5, 2.0)
    return found


CASES = {
    "ar": BatchCase({"order": (1, 0, 0)}),
    "arima": BatchCase({"order": (2, 1, 1)}),
    "airline": BatchCase(AIRLINE),
    "airline with gaps": BatchCase(AIRLINE, gaps=True),
    "seasonal": BatchCase({"order": (1, 0, 1), "seasonal": (1, 0, 1, 4)}),
    "regressors": BatchCase({"order": (1, 0, 1)}, k_exog=2),
    "regressors, gaps, trend": BatchCase(
        {"order": (1, 1, 0), "trend": "t"}, k_exog=1, gaps=True
    ),
    "trend": BatchCase({"order": (1, 0, 0), "trend": "ct", "trend_offset": 10}),
    "lags": BatchCase({"order": ([1, 3], 0, [2])}, gaps=True),
    "short": BatchCase(AIRLINE, sizes=(14, 15, 20, 3, 1, 14), exact=False),
    "measurement error": BatchCase(
        {"order": (1, 0, 0), "measurement_error": True}, exact=False
    ),
    "concentrated": BatchCase({"order": (1, 1, 1), "concentrate_scale": True}),
    "simple": BatchCase(AIRLINE | {"simple_differencing": True}),
    "simple with regressors": BatchCase(
        {"order": (1, 1, 0), "simple_differencing": True}, k_exog=1, gaps=True
    ),
    "diffuse": BatchCase(
        {"order": (1, 0, 0), "enforce_stationarity": False, "initial_variance": 1e4},
        exact=False,
    ),
    "burn and no steady state": BatchCase(
        {"order": (0, 1, 1), "loglikelihood_burn": 5, "tolerance": 0.0}, exact=False
    ),
    "tiny": BatchCase({"order": (1, 0, 0)}, scale=1e-5),
    "nothing": BatchCase({"order": (0, 1, 0), "concentrate_scale": True}),
}
