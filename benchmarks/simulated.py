# SPDX-License-Identifier: BSD-3-Clause
"""Simulated series: of a given model, and many of the airline model."""

from typing import NamedTuple

import numpy as np

AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
SIGMA = 12.0  # innovations of about AirPassengers' size
COEFFICIENTS = ((-0.8, -0.8), (0.3, 0.0))  # bounds of both moving averages
BLOCK = 10_000  # series simulated at a time


def _polynomial(coefficients, seasonal, period):
    """Product of 1 + c B + ... and 1 + C B^s + ..., ascending powers."""
    long = np.zeros(len(seasonal) * period + 1)
    long[0] = 1.0
    long[period::period] = seasonal
    return np.convolve(np.r_[1.0, coefficients], long)


def blocks(order, seasonal, coefficients):
    """Names and values of the four blocks of coefficients."""
    sizes = (order[0], order[2], seasonal[0], seasonal[2])
    values = np.split(np.array(coefficients), np.cumsum(sizes)[:-1])
    return dict(zip(("ar", "ma", "sar", "sma"), values, strict=True))


def simulate(order, seasonal, coefficients, nobs, seed):
    """A series of the model with innovations of variance 1."""
    from scipy.signal import lfilter

    period = max(seasonal[3], 1)
    named = blocks(order, seasonal, coefficients)
    ar = _polynomial(-named["ar"], -named["sar"], period)
    ma = _polynomial(named["ma"], named["sma"], period)
    shocks = np.random.default_rng(seed).standard_normal(nobs + 20 * period)
    y = lfilter(ma, ar, shocks)[-nobs:]
    for lag in (1,) * order[1] + (period,) * seasonal[1]:
        y = lfilter([1.0], np.r_[1.0, np.zeros(lag - 1), -1.0], y)
    return y


class Table(NamedTuple):
    """Series in rows and the parameters they were simulated with, in rows too."""

    y: np.ndarray
    params: np.ndarray


def airline_table(count, nobs=144, seed=0):
    """Airline processes, each with coefficients of its own."""
    table = Table(np.empty((count, nobs)), np.empty((count, 3)))
    rng = np.random.default_rng(seed)
    for start in range(0, count, BLOCK):
        _fill(Table(*(array[start : start + BLOCK] for array in table)), rng)
    return table


def _fill(part, rng):
    count, nobs = part.y.shape
    theta, seasonal = rng.uniform(*COEFFICIENTS, size=(count, 2)).T[..., None]
    part.params[:] = np.hstack([theta, seasonal, np.full((count, 1), SIGMA**2)])
    shocks = SIGMA * rng.standard_normal((count, nobs + 13))
    both = shocks[:, 1:] + theta * shocks[:, :-1]
    np.cumsum(both[:, 12:] + seasonal * both[:, :-12], axis=1, out=part.y)
    for t in range(12, nobs):
        part.y[:, t] += part.y[:, t - 12]


def mixed_lengths(count, shortest, longest, gaps):
    """Airline series of many lengths, a share of which has five missing values."""
    rng = np.random.default_rng(count)
    table = airline_table(count, longest, seed=1)
    lengths = rng.integers(shortest, longest, size=count, endpoint=True)
    series = [y[:nobs].copy() for y, nobs in zip(table.y, lengths, strict=True)]
    for i in rng.choice(count, size=int(gaps * count), replace=False):
        series[i][rng.choice(lengths[i], size=5, replace=False)] = np.nan
    return Table(series, table.params)
