# SPDX-License-Identifier: BSD-3-Clause
"""Forecasts of the exact engine against the quad-precision judge and statsmodels.

As a function of the value f at h periods ahead, everything between missing, the
log-likelihood of the series with f is that without it and log N(f; mean, variance).
So three values of the judge at three f tell both.
"""

from fractions import Fraction

import numpy as np
import pytest
from quad import quad_loglike_pair
from statsmodels.tsa.statespace.sarimax import SARIMAX
from test_auto import draw

import sarimax_c as sx

STEPS = 26
HORIZONS = (1, 2, 13, STEPS)
NEAR = 1e-8  # what forecasts promise of a variance, and of a mean in deviations
MARGIN = 0.5  # of that, what the rule of auto aims at
CHUNKS, MODELS_PER_CHUNK = 8, 150
LEAST_SHARE = 0.2


def draw_forecast(seed, nobs=None):
    """A model of test_auto, some with values missing near the end or at it."""
    drawn = draw(seed)
    rng = np.random.default_rng(seed + 10**6)
    y = drawn.y[:nobs].copy()
    if rng.random() < 0.2:
        y[-int(rng.integers(1, 20)) :] = np.nan
    if rng.random() < 0.2:
        y[-int(rng.integers(2, 20))] = np.nan
    return y, drawn.params, drawn.keywords


def judged(y, params, keywords, horizon, near, spread):
    """Mean (less `near`) and variance of y_{n+horizon}, by the judge."""
    options = dict(keywords)
    order, seasonal = options.pop("order"), options.pop("seasonal")
    values = []
    for f in (near - spread, near, near + spread):
        longer = np.r_[y, np.full(horizon - 1, np.nan), f]
        pair = quad_loglike_pair(longer, order, seasonal, params, **options)
        values.append(sum(map(Fraction, pair)))
    below, at, above = values
    low, high = Fraction(near) - Fraction(near - spread), Fraction(near + spread)
    high -= Fraction(near)
    # -(x - m)^2 / (2 v) through the three points.
    slopes = (at - below) / low, (above - at) / high
    precision = -2 * (slopes[1] - slopes[0]) / (low + high)
    slope = slopes[0] - precision * low / 2
    return float(slope / precision), float(1 / precision)


def forecast_of(y, params, keywords, engine):
    """Mean and variance, and the engine that ran."""
    found = sx.batch_forecast(
        [y],
        params=params,
        steps=STEPS,
        engine=engine,
        errors="coerce",
        full_output=True,
        **keywords,
    )
    return found.mean[0], found.var[0], found.engine[0]


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_means_and_variances(first):
    ran = 0
    for seed in range(first, first + 10):
        y, params, keywords = draw_forecast(seed, 80)
        # The judge's scale would be another one with the value put in.
        if keywords["concentrate_scale"]:
            continue
        mean, var, engine = forecast_of(y, params, keywords, "exact")
        if engine != "exact":
            continue
        ran += 1
        for h in HORIZONS:
            sd = np.sqrt(var[h - 1])
            off, variance = judged(y, params, keywords, h, mean[h - 1], sd)
            limit = 1e-9 * (sd + np.nanmax(np.abs(y)))
            assert abs(off) <= limit, (seed, h, off / sd)
            assert abs(var[h - 1] / variance - 1) <= 1e-9, (seed, h)
    assert ran >= 4


def statsmodels_forecast(y, params, keywords):
    keywords = dict(keywords)
    seasonal = keywords.pop("seasonal")
    with np.errstate(all="ignore"):
        oracle = SARIMAX(y, seasonal_order=seasonal, **keywords)
        prediction = oracle.filter(params).get_forecast(STEPS)
        return prediction.predicted_mean, prediction.var_pred_mean


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_auto_is_as_near_as_promised(chunk):
    exact, largest = 0, 0.0
    for seed in range(chunk * MODELS_PER_CHUNK, (chunk + 1) * MODELS_PER_CHUNK):
        y, params, keywords = draw_forecast(seed)
        mean, var, engine = forecast_of(y, params, keywords, "auto")
        if engine != "exact":
            continue
        exact += 1
        if seed % 20:
            theirs = forecast_of(y, params, keywords, "identical")
        else:
            theirs = statsmodels_forecast(y, params, keywords)
        share = max(
            np.abs(var / theirs[1] - 1).max(),
            (np.abs(mean - theirs[0]) / np.sqrt(theirs[1])).max(),
        )
        assert share <= MARGIN * NEAR, (seed, keywords, params, share)
        largest = max(largest, share / NEAR)
    print(f"{exact} of {MODELS_PER_CHUNK} ran exact; largest share of the promise")
    print(f"used by one of them: {largest:.2g}")
    assert exact >= LEAST_SHARE * MODELS_PER_CHUNK


def test_the_rule_is_needed():
    """Where it refuses, the two engines do differ by more than the promise."""
    beyond = 0
    for seed in range(100):
        case = draw_forecast(seed)
        if forecast_of(*case, "auto")[2] == "exact":
            continue
        (_, var, engine), (_, theirs, _) = (
            forecast_of(*case, name) for name in ("exact", "identical")
        )
        beyond += engine == "exact" and np.abs(var / theirs - 1).max() > NEAR
    assert beyond > 0
