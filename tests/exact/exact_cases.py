# SPDX-License-Identifier: BSD-3-Clause
"""Models for the exact engine: hard ones by family, and random ones by seed.

Each is a `ModelCase` that the judge in `quad` can compute too. `refusal` says,
from the documented rules alone, which of them the engine cannot take.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from quad import TRENDS, difference
from reference import lags_of

from sarimax_c import Model
from sarimax_c.testing import ModelCase

NOT_SEASONAL = (0, 0, 0, 0)
AIRLINE = ((0, 1, 1), (0, 1, 1, 4))
DIFFUSE = {"enforce_stationarity": False}
MAX_GAPS = 48
START_UP = 80  # values simulated and thrown away


def spread(lags: list[int], values: Any, sign: int, period: int = 1) -> np.ndarray:
    """1 + sign * sum of values B^(period lag)."""
    polynomial = np.zeros(period * max(lags, default=0) + 1)
    polynomial[0] = 1.0
    polynomial[[period * lag for lag in lags]] = sign * np.asarray(values, dtype=float)
    return polynomial


def from_partial(partial: Any) -> np.ndarray:
    """AR coefficients from partial autocorrelations."""
    phi = np.zeros(0)
    for r in partial:
        phi = np.append(phi - r * phi[::-1], r)
    return phi


@dataclass(frozen=True)
class Draft:
    """A model before its data are drawn; coefficients that are not given are 0."""

    nobs: int
    order: Any
    seasonal: Any = NOT_SEASONAL
    ar: Any = ()
    ma: Any = ()
    sar: Any = ()
    sma: Any = ()
    sigma2: float = 1.0
    trend: Any = ()
    beta: Any = ()
    level: float = 0.0  # of the series, in standard deviations
    scale: float = 1.0  # of the data, sigma2 staying what it is
    walk: bool = False  # data that have nothing to do with the model
    gaps: Any = ()
    seed: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    def polynomials(self) -> tuple[np.ndarray, np.ndarray]:
        """phi(B) and theta(B), seasonal factors included."""
        (p, _, q), (big_p, _, big_q, s) = self.order, self.seasonal
        ar = np.convolve(
            spread(lags_of(p), self.ar, -1), spread(lags_of(big_p), self.sar, -1, s)
        )
        ma = np.convolve(
            spread(lags_of(q), self.ma, 1), spread(lags_of(big_q), self.sma, 1, s)
        )
        return ar, ma

    def build(self, name: str) -> ModelCase:
        """The model with its data and parameters."""
        rng = np.random.default_rng((self.seed, self.nobs))
        deviation = np.sqrt(self.sigma2)
        y = self.level + (self._walk(rng) if self.walk else self._simulate(rng))
        y *= deviation * self.scale
        exog = rng.normal(size=(self.nobs, len(self.beta))) if len(self.beta) else None
        if exog is not None:
            exog[:, 0] += np.arange(self.nobs) / self.nobs
            y += exog @ np.asarray(self.beta)
        y[list(self.gaps)] = np.nan
        blocks = (self.trend, self.beta, self.ar, self.ma, self.sar, self.sma)
        variance = () if self.options.get("concentrate_scale") else (self.sigma2,)
        params = np.concatenate([np.asarray(b, float) for b in (*blocks, variance)])
        options = {"enforce_invertibility": False, **self.options}
        return ModelCase(
            name, y, self.order, self.seasonal, params, exog, options=options
        )

    def _walk(self, rng: np.random.Generator) -> np.ndarray:
        return np.cumsum(rng.normal(size=self.nobs) + 0.1)

    def _simulate(self, rng: np.random.Generator) -> np.ndarray:
        ar, ma = self.polynomials()
        shocks = np.convolve(rng.normal(size=self.nobs + START_UP), ma)
        y = np.zeros(self.nobs + START_UP)
        for t in range(y.size):
            reach = min(t, ar.size - 1)
            y[t] = shocks[t] - ar[1 : reach + 1] @ y[t - reach : t][::-1]
            y[t] = np.clip(y[t], -1e6, 1e6)
        y = y[START_UP:]
        for _ in range(self.order[1]):
            y = np.cumsum(y)
        for _ in range(self.seasonal[1]):
            for j in range(self.seasonal[3]):
                y[j :: self.seasonal[3]] = np.cumsum(y[j :: self.seasonal[3]])
        return y


# ---- hard families ---------------------------------------------------------------


def both(drafts: Any) -> Iterator[Draft]:
    """Each with a stationary start and with all states diffuse."""
    for draft in drafts:
        yield draft
        yield replace(draft, options={**draft.options, **DIFFUSE})


def _moving_averages() -> Iterator[Draft]:
    for theta in (-1.0, 1.0, -0.999999, 1.2, -1.2, 5.0, -5.0):
        yield Draft(90, (0, 1, 1), ma=[theta])
        yield Draft(70, *AIRLINE, ma=[theta], sma=[theta])
        yield Draft(60, (1, 0, 1), ar=[0.6], ma=[theta])
    yield Draft(80, (0, 1, 2), ma=[2.0, 1.0])
    yield Draft(80, (0, 1, 2), ma=[-1.9, 0.9999])
    yield Draft(90, (1, 1, 1), (1, 1, 1, 12), [0.5], [3.0], [0.4], [-2.5])


def _unit_roots() -> Iterator[Draft]:
    for root in (0.99, 0.999, 0.9999, -0.9999):
        yield Draft(80, (1, 0, 1), ar=[root], ma=[0.4])
        yield Draft(80, (1, 1, 1), (1, 0, 0, 4), [root], [0.4], [0.99])
        yield Draft(60, (2, 0, 1), ar=[2 * root, -(root**2)], ma=[0.4])
    yield Draft(70, (2, 1, 1), ar=from_partial([0.999, -0.999]), ma=[-0.5])
    yield Draft(70, (3, 0, 0), ar=from_partial([0.9, -0.999, 0.99]))
    yield Draft(70, (1, 1, 1), ar=[0.999], ma=[-1.0])


def _variances() -> Iterator[Draft]:
    for exponent in range(-8, 11, 2):
        size = 10.0**exponent
        yield Draft(70, (1, 0, 1), ar=[0.7], ma=[0.4], sigma2=size)
        yield Draft(70, (1, 1, 1), ar=[0.7], ma=[0.4], sigma2=size)
        yield Draft(60, *AIRLINE, ma=[-0.4], sma=[-0.6], sigma2=size)
        yield Draft(60, (2, 2, 0), ar=[0.3, 0.2], sigma2=size)


def _scales() -> Iterator[Draft]:
    for exponent in range(-4, 7, 2):
        size = 10.0**exponent
        yield Draft(70, (1, 1, 1), ar=[0.7], ma=[0.4], scale=size)
        yield Draft(60, *AIRLINE, ma=[-0.4], sma=[-0.6], scale=size)
        yield Draft(60, (1, 0, 1), ar=[0.7], ma=[0.4], scale=size, level=10.0)
    for level in (1e2, 1e4):
        yield Draft(70, *AIRLINE, ma=[-0.4], sma=[-0.6], level=level)
        yield Draft(70, (0, 2, 1), ma=[-0.4], level=level)


def _shortest() -> Iterator[Draft]:
    models = (
        Draft(0, (0, 1, 2), ma=[0.4, -0.3]),
        Draft(0, (2, 0, 1), ar=[0.5, 0.2], ma=[0.4]),
        Draft(0, (1, 1, 1), (1, 1, 1, 4), [0.5], [0.4], [0.3], [-0.6]),
        Draft(0, (0, 1, 1), (0, 1, 1, 12), ma=[0.4], sma=[-0.6]),
        Draft(0, (1, 0, 3), ar=[0.5], ma=[0.4, 0.3, 0.2]),
    )
    for draft in both(models):
        least = first_periods(draft.build("")) + 1
        for more in (0, 1, 2, 5):
            yield replace(draft, nobs=least + more)


def _long() -> Iterator[Draft]:
    yield Draft(1000, (0, 1, 1), ma=[-0.4])
    yield Draft(1000, (2, 1, 2), ar=[0.5, 0.2], ma=[-0.4, 0.1])
    yield Draft(1000, (3, 0, 2), ar=[0.5, 0.2, -0.1], ma=[0.4, 0.1])
    yield Draft(1000, (0, 1, 1), ma=[-1.0])
    yield Draft(600, *AIRLINE, ma=[-0.4], sma=[-0.6])


def _seasons() -> Iterator[Draft]:
    for s in (4, 7, 12, 24, 52):
        n = 30 + 3 * s
        yield Draft(n, (0, 1, 1), (0, 1, 1, s), ma=[-0.4], sma=[-0.6])
        yield Draft(n, (1, 0, 1), (1, 1, 1, s), [0.5], [-0.4], [0.3], [-0.6])
    yield Draft(150, (2, 1, 2), (1, 1, 1, 12), [0.5, 0.2], [-0.4, 0.1], [0.3], [-0.6])


def _gaps() -> Iterator[Draft]:
    models = (
        Draft(60, *AIRLINE, ma=[-0.4], sma=[-0.6]),
        Draft(60, (1, 1, 1), ar=[0.6], ma=[0.4]),
        Draft(60, (2, 0, 1), ar=[0.6, 0.2], ma=[0.4]),
        Draft(70, (1, 1, 1), (1, 1, 1, 7), [0.5], [-0.4], [0.3], [-0.6]),
    )
    places = (
        [0],
        [2],
        [0, 1, 2, 3],
        [30, 31, 32],
        [59],
        [57, 58],
        list(range(2, 60, 3))[:20],
        list(range(10, 58)),
    )
    for draft in models:
        for gaps in places:
            yield replace(draft, gaps=gaps, walk=True)


def _trends() -> Iterator[Draft]:
    powers = {"c": [0.3], "t": [0.02], "ct": [0.3, -0.02]}
    for trend, values in powers.items():
        options = {"trend": trend, "trend_offset": 3}
        yield Draft(60, (1, 0, 1), ar=[0.7], ma=[0.4], trend=values, options=options)
        yield Draft(60, *AIRLINE, ma=[0.4], sma=[-0.6], trend=values, options=options)
        yield Draft(
            *(60, (2, 1, 0), (1, 0, 0, 4), [0.7, 0.1], (), [0.3]),
            trend=values,
            options=options,
        )
    cubic = {"trend": [1, 0, 0, 1]}
    yield Draft(60, (1, 1, 1), ar=[0.7], ma=[0.4], trend=[0.3, 1e-4], options=cubic)


def _regressors() -> Iterator[Draft]:
    for beta in ([2.0], [2.0, -30.0]):
        yield Draft(60, (1, 0, 1), ar=[0.7], ma=[0.4], beta=beta)
        yield Draft(60, *AIRLINE, ma=[0.4], sma=[-0.6], beta=beta)
    yield Draft(60, (1, 1, 0), ar=[0.7], beta=[2.0], gaps=[0, 20, 21])
    yield Draft(
        60, (1, 1, 0), ar=[0.7], beta=[2.0], trend=[0.1], options={"trend": "c"}
    )


def _options() -> Iterator[Draft]:
    models = (
        Draft(60, *AIRLINE, ma=[-0.4], sma=[-0.6], sigma2=4.0),
        Draft(60, (2, 1, 1), ar=[0.6, 0.2], ma=[0.4], sigma2=1e-4),
        Draft(60, (1, 1, 1), (1, 0, 1, 4), [0.5], [-0.4], [0.3], [-0.6], gaps=[9, 40]),
        Draft(60, (1, 1, 0), ar=[0.7], beta=[2.0]),
    )
    settings = [
        {"concentrate_scale": True},
        {"simple_differencing": True},
        {"initial_variance": 10.0},
        {"initial_variance": 1e10},
        *({"loglikelihood_burn": burn} for burn in (0, 3, 9, 40)),
        {"concentrate_scale": True, "simple_differencing": True},
    ]
    for draft in models:
        for options in settings:
            yield replace(draft, options=options)


def _free() -> Iterator[Draft]:
    """Explosive and non-invertible: nothing is enforced."""
    for phi in (1.001, 1.02, 1.3, -1.1):
        yield Draft(60, (1, 0, 1), ar=[phi], ma=[2.5], walk=True, options=DIFFUSE)
        yield Draft(60, (1, 1, 0), ar=[phi], walk=True, options=DIFFUSE)
        yield Draft(
            *(60, (1, 1, 1), (1, 1, 1, 4), [phi], [-1.5], [1.1], [2.0]),
            walk=True,
            options=DIFFUSE,
        )


def _differences() -> Iterator[Draft]:
    for d in (2, 3):
        yield Draft(60, (0, d, 1), ma=[-0.5])
        yield Draft(60, (1, d, 1), ar=[0.5], ma=[-0.5])
        yield Draft(60, (0, d, 1), (0, 1, 1, 4), ma=[-0.5], sma=[-0.4])
    yield Draft(80, (0, 1, 1), (0, 2, 1, 4), ma=[-0.5], sma=[-0.4])
    yield Draft(90, (1, 1, 1), (1, 2, 1, 7), [0.5], [-0.5], [0.2], [-0.4])


def _lag_lists() -> Iterator[Draft]:
    yield Draft(60, ([1, 0, 1], 1, [2]), ar=[0.4, -0.2], ma=[0.5])
    yield Draft(70, ([3], 0, 1), (0, 1, [2], 4), ar=[0.5], ma=[0.3], sma=[-0.4])
    yield Draft(90, (1, 1, [5]), ([2], 0, 1, 4), [0.4], [0.3], [0.4], [0.3])
    yield Draft(60, (0, 1, [4]), ma=[0.5])


def _several_roots() -> Iterator[Draft]:
    for root in (0.9, 0.97, 0.99, 0.999):
        for q in (1, 2, 3, 4):
            ma = np.poly(np.full(q, root))[1:]
            for seasonal, sma in ((NOT_SEASONAL, ()), ((0, 0, 1, 5), [-root])):
                for nobs, walk in ((100, False), (300, False), (300, True)):
                    yield Draft(nobs, (0, 1, q), seasonal, ma=ma, sma=sma, walk=walk)
    # (0,1,2)(0,0,1,4), of a thousand periods: 1e-7 of the value are lost
    two = np.poly([0.99, 0.99])[1:]
    yield Draft(1000, (0, 1, 2), (0, 0, 1, 4), ma=two, sma=[-0.99])


FAMILIES = {
    "moving averages": lambda: both(_moving_averages()),
    "unit roots": lambda: both(_unit_roots()),
    "several roots": lambda: both(_several_roots()),
    "variances": lambda: both(_variances()),
    "scales": lambda: both(_scales()),
    "shortest": _shortest,
    "long": lambda: both(_long()),
    "seasons": lambda: both(_seasons()),
    "gaps": lambda: both(_gaps()),
    "trends": lambda: both(_trends()),
    "regressors": lambda: both(_regressors()),
    "options": lambda: both(_options()),
    "nothing enforced": _free,
    "differences": lambda: both(_differences()),
    "lag lists": lambda: both(_lag_lists()),
}


def family(name: str) -> list[ModelCase]:
    """The cases of a hard family."""
    return [
        replace(draft, seed=i).build(f"{name} {i}")
        for i, draft in enumerate(FAMILIES[name]())
    ]


# ---- random models ---------------------------------------------------------------


def _coefficients(rng: np.random.Generator, count: int, kind: str) -> np.ndarray:
    """Of an AR or, with the other sign, MA factor."""
    if kind == "any":
        return rng.uniform(-1.3, 1.3, count)
    partial = rng.uniform(-0.9, 0.9, count)
    if count and kind == "near":
        distance = 10.0 ** rng.uniform(-5, -1)
        partial[rng.integers(count)] = rng.choice([-1, 1]) * (1 - distance)
    if kind == "unit":
        partial = rng.choice([-1.0, 1.0], count)
    return from_partial(partial)


def random_case(seed: int) -> ModelCase:
    """Anything the engine says it covers, much of it badly conditioned."""
    rng = np.random.default_rng((seed, 4))
    s = int(rng.choice([0, 0, 2, 4, 7, 12, 24]))
    top = 4 if s == 0 else min(s, 3)
    p, q = int(rng.integers(top)), int(rng.integers(top))
    big_p, big_q = (int(rng.integers(2)) if s else 0 for _ in range(2))
    d, big_d = int(rng.choice([0, 1, 1, 2, 3])), int(rng.integers(3)) if s else 0
    stationary = bool(rng.integers(2))
    kinds = ["easy", "easy", "near"] if stationary else ["easy", "near", "any"]
    ar_kind = str(rng.choice(kinds))
    ma_kind = str(rng.choice(["easy", "easy", "near", "unit", "any"]))
    trend = [None, None, "c", "ct", [1, 0, 0, 1]][int(rng.integers(5))]
    flags = trend if isinstance(trend, list) else TRENDS[trend]
    k_exog = int(rng.choice([0, 0, 1, 2]))
    draft = Draft(
        *(0, (p, d, q), (big_p, big_d, big_q, s)),
        ar=_coefficients(rng, p, ar_kind),
        ma=-_coefficients(rng, q, ma_kind),
        sar=_coefficients(rng, big_p, ar_kind),
        sma=-_coefficients(rng, big_q, ma_kind),
        sigma2=10.0 ** rng.uniform(-6, 6),
        level=float(rng.choice([0.0, 0.0, 10.0, 1e3])),
        walk=ar_kind == "any" or bool(rng.random() < 0.2),
        seed=seed,
        options={
            "trend": trend,
            "enforce_stationarity": stationary,
            "concentrate_scale": bool(rng.random() < 0.2),
            "simple_differencing": bool(rng.random() < 0.15),
            "loglikelihood_burn": int(rng.integers(40)) if rng.random() < 0.2 else None,
        },
    )
    least = d + big_d * s + first_periods(replace(draft, nobs=1).build("")) + 2
    nobs = least + int(rng.choice([0, 3, 20, 60, 200]))
    deviation = np.sqrt(draft.sigma2)
    powers = [k for k, flag in enumerate(flags) if flag]
    count = 0 if rng.random() < 0.6 else int(rng.choice([1, 2, 4, 20]))
    return replace(
        draft,
        nobs=nobs,
        beta=deviation * rng.normal(size=k_exog),
        trend=[deviation * rng.normal() / nobs**k for k in powers],
        gaps=rng.choice(nobs, size=min(count, nobs // 3), replace=False),
    ).build(f"random {seed}")


# ---- what the engine covers ------------------------------------------------------


def _orders(case: ModelCase) -> tuple[int, int, int, int]:
    """p*, q*, the ARMA order r and the number of difference states."""
    (p, d, q), (big_p, big_d, big_q, s) = case.order, case.seasonal
    p_all, q_all = (
        max(lags_of(one), default=0) + s * max(lags_of(two), default=0)
        for one, two in ((p, big_p), (q, big_q))
    )
    kd = 0 if case.options.get("simple_differencing") else d + s * big_d
    return p_all, q_all, max(p_all, q_all + 1), kd


def first_periods(case: ModelCase) -> int:
    """How many observations start the recursion or are burned."""
    p, q, r, kd = _orders(case)
    if not case.options.get("enforce_stationarity", True):
        block, burn = max(kd + p, r), kd + r
    else:
        block, burn = max(kd + p, q) if p else kd, kd
    given = case.options.get("loglikelihood_burn")
    return max(block, burn if given is None else given)


def _is_stationary(case: ModelCase) -> bool:
    """All roots of both AR factors outside the unit circle."""
    ar, seasonal_ar = (lags_of(term) for term in (case.order[0], case.seasonal[0]))
    ma = lags_of(case.order[2])
    trend = case.options.get("trend")
    flags = TRENDS[trend] if trend is None or isinstance(trend, str) else trend
    start = sum(map(bool, flags)) + (0 if case.exog is None else case.exog.shape[1])
    regular = case.params[start : start + len(ar)]
    start += len(ar) + len(ma)
    seasonal = case.params[start : start + len(seasonal_ar)]
    factors = (spread(ar, regular, -1), spread(seasonal_ar, seasonal, -1))
    roots = np.concatenate([np.roots(f[::-1]) for f in factors])
    return bool((np.abs(roots) > 1.0).all())


def refusal(case: ModelCase) -> str | None:
    """Part of the reason why the engine must refuse; None if it may not.

    Except for "unit root" and "rounding", which depend on the conditioning.
    """
    options = case.options
    simple = options.get("simple_differencing", False)
    y = case.y
    if simple:
        y = difference(y, case.order[1], case.seasonal[1], case.seasonal[3])
    observed = np.trim_zeros(~np.isnan(y), "b")
    bad_variance = not options.get("concentrate_scale") and not case.params[-1] > 0
    rules = {
        "measurement error": options.get("measurement_error", False),
        "seasonal differencing": case.seasonal[1] > 2 and not simple,
        "no more observations": observed.size <= first_periods(case),
        "more than 48 missing": (~observed).sum() > MAX_GAPS,
        "not finite": not np.isfinite(case.params).all() or bad_variance,
        "not stationary": options.get("enforce_stationarity", True)
        and not _is_stationary(case),
    }
    return next((reason for reason, applies in rules.items() if applies), None)


def exact_model(case: ModelCase) -> Any:
    """The compiled core's model under engine="exact"."""
    model = Model(
        case.y, case.exog, case.order, case.seasonal, engine="exact", **case.options
    )
    return model._backend
