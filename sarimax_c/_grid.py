# SPDX-License-Identifier: BSD-3-Clause
"""Draws the data and the parameters of a model of the grid.

Every case is drawn from its own PCG64 generator, seeded with the number of its
family and its place in it, so a case never changes when others are added.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Specification of a case before its numbers are drawn.
Draft = dict[str, Any]

#: A model without a seasonal part.
SEASONAL_NONE = (0, 0, 0, 0)


@dataclass(frozen=True)
class ModelCase:
    """One model with its data and parameters.

    Attributes
    ----------
    name : str
        Unique in the grid; ``family-number``.
    y : ndarray, shape (nobs,)
        Series; NaN = missing.
    order, seasonal : tuple
        As in statsmodels' SARIMAX (``seasonal`` is its ``seasonal_order``).
    params : ndarray
        Parameter vector in statsmodels' order.
    exog, exog_future : ndarray or None
        Regressors, shapes (nobs, k) and (steps, k).
    steps : int
        Forecast horizon.
    options : dict
        Further keywords of SARIMAX, and ``tolerance``.
    tags : tuple of str
        What the case is about.
    """

    name: str
    y: Floats
    order: tuple[Any, Any, Any]
    seasonal: tuple[Any, Any, Any, int]
    params: Floats
    exog: Floats | None = None
    exog_future: Floats | None = None
    steps: int = 5
    options: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line: name, specification, options, number of observations."""
        options = ", ".join(f"{key}={value!r}" for key, value in self.options.items())
        seasonal = f"x{self.seasonal}" if self.seasonal[3] else ""
        return f"{self.name}: {self.order}{seasonal} n={self.y.size} {options}".rstrip()


def as_lags(term: Any) -> tuple[int, ...]:
    """Lags of an order given as a number, a lag list or a boolean list."""
    if isinstance(term, int):
        return tuple(range(1, term + 1))
    values = [int(value) for value in term]
    if 0 in values or values.count(1) > 1:
        return tuple(i + 1 for i, value in enumerate(values) if value)
    return tuple(sorted(values))


def trend_powers(trend: Any) -> tuple[int, ...]:
    """Exponents of a trend given as a name or a list of 0 and 1."""
    names = {None: [], "n": [], "c": [1], "t": [0, 1], "ct": [1, 1], "ctt": [1, 1, 1]}
    flags = names[trend] if trend is None or isinstance(trend, str) else trend
    return tuple(k for k, flag in enumerate(flags) if flag > 0)


def stationary(partial: Floats) -> Floats:
    """Coefficients of a stationary AR polynomial from partial autocorrelations."""
    phi = np.zeros(0)
    for r in partial:
        phi = np.append(phi - r * phi[::-1], r)
    return phi


def lag_polynomial(lags: tuple[int, ...], coefficients: Floats, season: int) -> Floats:
    """1 + sum of coefficient * B^(lag * season), ascending powers."""
    poly = np.zeros((max(lags) if lags else 0) * season + 1)
    poly[0] = 1.0
    for lag, value in zip(lags, coefficients, strict=True):
        poly[lag * season] += value
    return poly


def simulate(ar: Floats, ma: Floats, shocks: Floats) -> Floats:
    """ARMA recursion from zero; `ar`, `ma` are polynomials with leading 1."""
    noise = np.convolve(shocks, ma)[: shocks.size]
    out = np.zeros(shocks.size)
    for t in range(shocks.size):
        reach = min(t, ar.size - 1)
        out[t] = noise[t] - ar[1 : reach + 1] @ out[t - reach : t][::-1]
    return out


def _block(rng: np.random.Generator, lags: tuple[int, ...], bound: float) -> Floats:
    """Coefficients for `lags`: stationary, also where lags are left out."""
    if not lags:
        return np.zeros(0)
    if lags == tuple(range(1, len(lags) + 1)):
        return stationary(rng.uniform(-bound, bound, len(lags)))
    values = rng.uniform(-1.0, 1.0, len(lags))
    return values * bound / max(1.0, float(np.abs(values).sum()))


@dataclass
class _Blocks:
    """Parameter values by block, before they are put in one vector."""

    trend: Floats
    beta: Floats
    ar: Floats
    ma: Floats
    sar: Floats
    sma: Floats


def _draw_blocks(rng: np.random.Generator, draft: Draft) -> _Blocks:
    """Values of all coefficient blocks; entries of `draft` win over draws."""
    order, seasonal = draft["order"], draft.get("seasonal", SEASONAL_NONE)
    bound = draft.get("bound", 0.8)
    powers = trend_powers(draft.get("options", {}).get("trend"))
    n = max(draft["nobs"], 2)
    blocks = _Blocks(
        trend=rng.normal(size=len(powers)) * [0.5 / n**k for k in powers],
        beta=rng.normal(size=int(draft.get("k_exog", 0))),
        ar=_block(rng, as_lags(order[0]), bound),
        ma=-_block(rng, as_lags(order[2]), bound),
        sar=_block(rng, as_lags(seasonal[0]), bound),
        sma=-_block(rng, as_lags(seasonal[2]), bound),
    )
    for name, value in draft.get("values", {}).items():
        setattr(blocks, name, np.asarray(value, dtype=float))
    return blocks


def _draw_series(rng: np.random.Generator, draft: Draft, blocks: _Blocks) -> Floats:
    """A series that roughly follows the model, before level, scale and gaps."""
    order, seasonal = draft["order"], draft.get("seasonal", SEASONAL_NONE)
    season = max(seasonal[3], 1)
    warmup = 60
    ar = np.convolve(
        lag_polynomial(as_lags(order[0]), -blocks.ar, 1),
        lag_polynomial(as_lags(seasonal[0]), -blocks.sar, season),
    )
    ma = np.convolve(
        lag_polynomial(as_lags(order[2]), blocks.ma, 1),
        lag_polynomial(as_lags(seasonal[2]), blocks.sma, season),
    )
    shocks = rng.normal(size=draft["nobs"] + warmup)
    if draft.get("white", False):
        ar, ma = np.ones(1), np.ones(1)
    y = simulate(ar, ma, shocks)[warmup:]
    for _ in range(int(order[1])):
        y = np.cumsum(y)
    for _ in range(int(seasonal[1])):
        for start in range(season):
            y[start::season] = np.cumsum(y[start::season])
    return y


def _make_exog(rng: np.random.Generator, rows: int, k: int) -> Floats:
    """Regressors of different nature: noise, random walk, pulse-like."""
    columns = [
        rng.normal(size=rows),
        np.cumsum(rng.normal(size=rows)) * 0.3,
        (rng.uniform(size=rows) > 0.7) * rng.normal(size=rows) * 2.0,
    ]
    return np.ascontiguousarray(np.stack(columns[:k], axis=1))


def _parameters(draft: Draft, blocks: _Blocks) -> Floats:
    """Parameter vector in statsmodels' order."""
    options = draft.get("options", {})
    sigma2 = draft.get("sigma2", 1.0)
    measurement = [draft.get("measurement", 0.5)]
    return np.concatenate(
        [
            blocks.trend,
            blocks.beta,
            blocks.ar,
            blocks.ma,
            blocks.sar,
            blocks.sma,
            measurement if options.get("measurement_error") else [],
            [] if options.get("concentrate_scale") else [sigma2],
        ]
    )


def build(family: str, seed: tuple[int, int], draft: Draft) -> ModelCase:
    """Draw the numbers of a draft."""
    rng = np.random.Generator(np.random.PCG64(seed))
    blocks = _draw_blocks(rng, draft)
    y = _draw_series(rng, draft, blocks)
    exog = future = None
    if k := draft.get("k_exog", 0):
        regressors = _make_exog(rng, draft["nobs"] + 5, k)
        exog, future = regressors[: draft["nobs"]], regressors[draft["nobs"] :]
        y = y + exog @ blocks.beta
    scale = draft.get("scale", 1.0)
    y = y * scale + draft.get("level", 0.0)
    if "series" in draft:
        y = np.asarray(draft["series"](draft["nobs"]), dtype=float)
    y[draft.get("missing", [])] = np.nan
    draft.setdefault("sigma2", 1.0 if scale == 1.0 else scale**2)
    return ModelCase(
        name=f"{family}-{seed[1]:03d}",
        y=y,
        order=draft["order"],
        seasonal=draft.get("seasonal", SEASONAL_NONE),
        params=_parameters(draft, blocks),
        exog=exog,
        exog_future=future,
        options=draft.get("options", {}),
        tags=(family, *draft.get("tags", ())),
    )
