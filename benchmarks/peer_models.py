# SPDX-License-Identifier: BSD-3-Clause
"""The models of the comparison with other packages, and their series."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .simulated import blocks, simulate


class Case(NamedTuple):
    """A model, its coefficients (ar, ma, seasonal ar, seasonal ma) and its series."""

    label: str
    order: tuple
    seasonal: tuple
    nobs: int
    coefficients: tuple
    series: Callable

    @property
    def name(self):
        seasonal = f"({','.join(map(str, self.seasonal))})" if self.seasonal[3] else ""
        order = f"({','.join(map(str, self.order))})"
        return f"{self.label} {order}{seasonal} n={self.nobs}"

    def blocks(self):
        """Names and values of the four blocks of coefficients."""
        return blocks(self.order, self.seasonal, self.coefficients)


def _airline(_case):
    from sarimax_c.datasets import load_airpassengers

    return load_airpassengers()[1]


def _log_airline(case):
    return np.log(_airline(case))


def _airline_with_gaps(case):
    """Nothing is missing in the first 13, which the packages count differently."""
    y = _airline(case).copy()
    y[20::20] = np.nan
    return y


def _simulated(case):
    """A series of the model itself, with innovations of variance 1."""
    return simulate(
        case.order, case.seasonal, case.coefficients, case.nobs, seed=case.nobs
    )


AIRLINE = (0, 1, 1), (0, 1, 1, 12), 144, (-0.4, -0.55)
AIRLINE_CASES = (
    Case("airline", *AIRLINE, _airline),
    Case("log airline", *AIRLINE, _log_airline),
    Case("airline, 5 % missing", *AIRLINE, _airline_with_gaps),
)
SIMULATED = (
    ((2, 1, 2), (1, 1, 1, 12), 500, (0.5, -0.2, 0.3, 0.1, 0.2, -0.6)),
    ((1, 1, 1), (1, 1, 1, 24), 1000, (0.5, -0.3, 0.2, -0.6)),
    ((3, 0, 2), (0, 0, 0, 0), 10_000, (0.5, -0.3, 0.1, 0.4, 0.2)),
    ((1, 0, 1), (1, 1, 1, 52), 520, (0.7, 0.2, 0.2, -0.5)),
    # Last: here the limit ends the processes of some packages.
    ((1, 0, 1), (1, 1, 1, 168), 1008, (0.7, 0.2, 0.2, -0.5)),
)
CASES = (*AIRLINE_CASES, *(Case("simulated", *each, _simulated) for each in SIMULATED))


def complete(case, y, coefficients):
    """The coefficients and the variance that suits them best.

    Some packages have no other variance to offer than that one.
    """
    import sarimax_c as sx

    options = {"order": case.order, "seasonal": case.seasonal}
    model = sx.Model(y, **options, concentrate_scale=True)
    return np.append(coefficients, model.filter(coefficients).scale)
