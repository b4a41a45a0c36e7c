# SPDX-License-Identifier: BSD-3-Clause
"""A slow Kalman filter in numpy with switches that break it on purpose.

Written from the state-space model of SARIMAX (Durbin & Koopman 2012, section 3.4)
and from statsmodels' rules (steady state, skipping, order of operations). It shares
no code with the package. Its purpose is to prove that the parity tests can fail: a
`Mutation` switches one rule off or shifts it, and the tests must notice.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solve_discrete_lyapunov
from scipy.linalg.blas import dgemm, dgemv

from sarimax_c.testing import Answers, ModelCase


@dataclass(frozen=True)
class Mutation:
    """What to do wrong; the default does everything right."""

    kappa_factor: float = 1.0
    burn_shift: int = 0
    freeze: str = "exact"  # "off", "late", "early", "own-output", "despite-missing"
    freeze_with_trend: bool = False
    wait_after_gap: bool = True  # no freeze in the first period after a gap
    ma_sign: float = 1.0
    missing_as_zero: bool = False
    skip_rule: bool = True
    gain_first: bool = True
    initial_mean: bool = True
    double_link: bool = False  # D >= 3: link every block to all later ones
    trend_shift: int = 0


EXACT = Mutation()


def lags_of(term: Any) -> list[int]:
    """Lags of an order term; a boolean list has a 0 or several 1s."""
    if isinstance(term, int):
        return list(range(1, term + 1))
    term = list(term)
    if 0 in term or term.count(1) > 1:
        return [i + 1 for i, flag in enumerate(term) if flag]
    return sorted(term)


def _product(lags: list[int], values: Any, slags: list[int], svalues: Any, s: int):
    """Coefficients 1.. of (1 + sum values B^lag)(1 + sum svalues B^(s lag))."""
    one = np.zeros(max(lags, default=0) + 1)
    one[0], one[lags] = 1.0, values
    two = np.zeros(max(slags, default=0) * s + 1)
    two[0] = 1.0
    two[[s * lag for lag in slags]] = svalues
    return np.polymul(one, two)[1:]


class StateSpace:
    """Matrices of a case."""

    def __init__(self, case: ModelCase, how: Mutation) -> None:
        options = case.options
        self.case, self.how = case, how
        self.enforce = options.get("enforce_stationarity", True)
        self.concentrate = options.get("concentrate_scale", False)
        self._unpack()
        simple = options.get("simple_differencing", False)
        self.d = 0 if simple else case.order[1]
        self.big_d = 0 if simple else case.seasonal[1]
        self.y, self.x = case.y, case.exog
        self.future = case.exog_future
        if simple:
            self.y, self.x = _difference(case, case.y), _difference(case, case.exog)
            if self.future is not None:
                joined = np.concatenate([case.exog, case.exog_future])
                self.future = _difference(case, joined)[-case.steps :]
        self._matrices()

    def _unpack(self) -> None:
        case, options = self.case, self.case.options
        trend = options.get("trend") or "n"
        flags = {"n": [], "c": [1], "t": [0, 1], "ct": [1, 1], "ctt": [1, 1, 1]}
        flags = flags[trend] if isinstance(trend, str) else trend
        self.powers = [k for k, flag in enumerate(flags) if flag]
        lags = [lags_of(case.order[0]), lags_of(case.order[2])]
        slags = [lags_of(case.seasonal[0]), lags_of(case.seasonal[2])]
        k_exog = 0 if case.exog is None else case.exog.shape[1]
        sizes = [len(self.powers), k_exog, *map(len, lags), *map(len, slags)]
        pieces = np.split(case.params, np.cumsum(sizes))
        self.trend, self.beta, ar, ma, sar, sma, variances = pieces
        s = case.seasonal[3]
        self.phi = -_product(lags[0], -ar, slags[0], -sar, s)
        ma, sma = self.how.ma_sign * ma, self.how.ma_sign * sma
        self.theta = _product(lags[1], ma, slags[1], sma, s)
        self.h = variances[0] if options.get("measurement_error") else 0.0
        self.sigma2 = 1.0 if self.concentrate else variances[-1]

    def _matrices(self) -> None:
        d, big_d, s = self.d, self.big_d, self.case.seasonal[3]
        self.kd = kd = d + s * big_d
        self.r = r = max(len(self.phi), len(self.theta) + 1)
        self.m = m = kd + r
        lasts = [d + s * (b + 1) - 1 for b in range(big_d)]
        self.z = np.zeros(m)
        self.z[[*range(d), *lasts, kd]] = 1.0
        self.t = t = np.zeros((m, m))
        for i in range(d):
            t[i, [*range(i, d), *lasts, kd]] = 1.0
        for b, last in enumerate(lasts):
            first = d + s * b
            later = lasts[b + 1 :] if self.how.double_link else lasts[b + 1 : b + 2]
            t[first, [last, *later, kd]] = 1.0
            for row in range(first + 1, first + s):
                t[row, row - 1] = 1.0
        t[kd : kd + len(self.phi), kd] = self.phi
        for i in range(r - 1):
            t[kd + i, kd + i + 1] = 1.0
        self.rvec = np.zeros(m)
        self.rvec[kd] = 1.0
        self.rvec[kd + 1 : kd + 1 + len(self.theta)] = self.theta

    def intercepts(self, first: int, rows: int) -> np.ndarray:
        """State intercept (ARMA row 0) of periods first, first + 1, ..."""
        offset = self.case.options.get("trend_offset", 1) + self.how.trend_shift
        index = offset + np.arange(first, first + rows, dtype=float)
        return sum(
            (c * index**k for c, k in zip(self.trend, self.powers, strict=True)),
            np.zeros(rows),
        )

    def start(self) -> tuple[np.ndarray, np.ndarray, int]:
        """Initial mean and covariance, and the default burn."""
        kappa = self.case.options.get("initial_variance", 1e6) * self.how.kappa_factor
        mean, cov = np.zeros(self.m), np.eye(self.m) * kappa
        if not self.enforce:
            return mean, cov, self.m
        block = slice(self.kd, self.m)
        t, rvec = self.t[block, block], self.rvec[block]
        cov[block, block] = solve_discrete_lyapunov(
            t, self.sigma2 * np.outer(rvec, rvec), method="bilinear"
        )
        c0 = self.intercepts(0, 1)[0]
        if abs(c0) > 1e-9 and self.how.initial_mean:
            unit = np.eye(self.r)[0]
            mean[block] = np.linalg.solve(np.eye(self.r) - t, c0 * unit)
        return mean, cov, self.kd


def _difference(case: ModelCase, values: Any) -> Any:
    if values is None:
        return None
    for _ in range(case.seasonal[1]):
        values = values[case.seasonal[3] :] - values[: -case.seasonal[3]]
    return np.diff(values, n=case.order[1], axis=0)


class _Steady:
    """The steady-state rule: what is frozen, and since when."""

    def __init__(self, allowed: bool, tolerance: float, how: Mutation) -> None:
        self.allowed = allowed and how.freeze != "off"
        self.tolerance, self.how = tolerance, how
        self.period: int | None = None
        self.f = 0.0
        self.p = np.zeros((0, 0))

    def check(self, t: int, missing: np.ndarray, step: tuple) -> None:
        """Freeze at the end of period t if P hardly moved; step = (P, P', F)."""
        first = 0 if self.how.freeze == "early" else 1
        if not self.allowed or self.period is not None or t < first:
            return
        if missing[t] or (t > 0 and missing[t - 1] and self.how.wait_after_gap):
            return
        p, p_next, f = step
        change = p - p_next
        if np.vdot(change, change) < self.tolerance:
            self.period, self.f = t, f
            self.p = p_next if self.how.freeze == "own-output" else p


def reference_answers(case: ModelCase, how: Mutation = EXACT) -> Answers:
    """Answers of the numpy filter, right or deliberately wrong."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scipy on unit roots
        return _run(StateSpace(case, how), case, how)


def _plus(start: float, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return dgemm(1.0, left, right, 1.0, np.full((1, 1), start, order="F"))


def _run(model: StateSpace, case: ModelCase, how: Mutation) -> Answers:
    options, n = case.options, len(model.y)
    y = np.where(np.isnan(model.y), 0.0, model.y) if how.missing_as_zero else model.y
    missing = np.isnan(y)
    d = np.zeros(n) if model.x is None else model.x @ model.beta
    c = model.intercepts(0, n)
    a, p, burn = model.start()
    burn = options.get("loglikelihood_burn", burn) + how.burn_shift
    fixed = not model.powers and model.x is None
    steady = _Steady(
        fixed or how.freeze_with_trend, options.get("tolerance", 1e-19), how
    )
    out = {name: np.zeros(n) for name in ("f", "F", "v", "e", "l", "q")}
    skipped = np.zeros(n, dtype=bool)
    q = np.asfortranarray(model.sigma2 * np.outer(model.rvec, model.rvec))
    p = np.asfortranarray(p)
    row, tmat = np.asfortranarray(model.z[None, :]), np.asfortranarray(model.t)
    entry = np.eye(model.m)[model.kd]
    for t in range(n):
        if missing[t] and how.freeze != "despite-missing":
            steady.period = None
        if steady.period is not None and t > steady.period + (how.freeze == "late"):
            frozen_p = steady.p
        else:
            frozen_p = None
        forecast = _plus(d[t], row, a[:, None])[0, 0]
        v = y[t] - forecast
        mvec = dgemm(1.0, p, row, trans_b=1)
        f = _plus(model.h, row, mvec)[0, 0] if frozen_p is None else steady.f
        out["f"][t], out["F"][t], out["v"][t] = forecast, f, v
        skipped[t] = how.skip_rule and not missing[t] and f < 1e-12
        if missing[t] or skipped[t]:
            out["F"][t] = max(f, 0.0) if skipped[t] else f
            filtered, p_filtered = a, p
        else:
            s = 1.0 / f
            filtered = a + mvec[:, 0] * (s * v)
            gain = dgemm(1.0, p, s * row, trans_b=1) if how.gain_first else mvec / f
            p_filtered = dgemm(-1.0, gain, mvec, 1.0, p, trans_b=1)
            out["e"][t], out["q"][t] = v * np.sqrt(s), v * (s * v)
            out["l"][t] = -0.5 * (np.log(2 * np.pi) + np.log(f))
        a = dgemv(1.0, tmat, filtered, 1.0, c[t] * entry)
        p_next = dgemm(1.0, dgemm(1.0, tmat, p_filtered), tmat, 1.0, q, trans_b=1)
        p_next = np.asfortranarray((p_next + p_next.T) * 0.5)
        if frozen_p is None:
            steady.check(t, missing, (p, p_next, f))
            p = p_next
        else:
            p = frozen_p
    return _collect(model, case, out, (a, p, burn, steady.period, skipped, missing))


def _collect(model: StateSpace, case: ModelCase, out: dict, end: tuple) -> Answers:
    a, p, burn, period, skipped, missing = end
    n, scale = len(out["f"]), 1.0
    counted = np.arange(n) >= burn
    if model.concentrate:
        observed = int(np.sum(counted & ~missing)) - int(skipped.sum())
        scale = float(np.divide(np.sum(out["q"][counted]), observed))
        each = ~missing * np.log(scale) + out["q"] / scale
        llf_obs = out["l"] - 0.5 * each
    else:
        llf_obs = out["l"] - 0.5 * out["q"]
    llf = float(llf_obs[counted].sum())
    mean, var = _forecast(model, case, a, p)
    return Answers(
        llf=llf,
        scale=scale,
        llf_obs=llf_obs,
        forecasts=out["f"],
        resid=np.where(missing, np.nan, out["v"]),
        forecasts_error_cov=out["F"] * scale,
        standardized_forecasts_error=np.where(
            missing | skipped, 0.0, out["e"] / np.sqrt(scale)
        ),
        forecast_mean=mean,
        forecast_var=var * scale,
        nobs_skipped=int(skipped.sum()),
        period_converged=period,
    )


def _forecast(model: StateSpace, case: ModelCase, a: Any, p: Any) -> tuple[Any, Any]:
    mean, var = np.zeros(case.steps), np.zeros(case.steps)
    c = model.intercepts(len(model.y), case.steps)
    q = model.sigma2 * np.outer(model.rvec, model.rvec)
    for h in range(case.steps):
        effect = 0.0 if model.future is None else model.future[h] @ model.beta
        mean[h] = effect + model.z @ a
        var[h] = model.z @ p @ model.z + model.h
        a = model.t @ a
        a[model.kd] += c[h]
        p = q + model.t @ p @ model.t.T
        p = (p + p.T) * 0.5
    return mean, var
