# SPDX-License-Identifier: BSD-3-Clause
"""The judge of log-likelihoods: quad precision, none of the package's code.

`quad.c` beside this file is compiled with ``CC`` (or gcc) into a folder that is
removed once the library is loaded. Its value is the model's true one: no steady
state, no skipped observations. What `test_quad.py` proves about it:

- relative error of a log-likelihood below 1e-23, down to sigma2 = 1e-6;
- relative error of a derivative of it below 1e-13.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterable
from ctypes import POINTER, byref, c_double, c_int64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from reference import lags_of

SOURCE = Path(__file__).with_name("quad.c")
FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared"]

TRENDS = {None: [], "n": [], "c": [1], "t": [0, 1], "ct": [1, 1], "ctt": [1, 1, 1]}


@dataclass(frozen=True)
class Options:
    """Options of a model, named as in `sarimax_c.Model`.

    The last two change no log-likelihood here: parameters are taken as they are,
    and no steady state is ever assumed.
    """

    trend: Any = None
    trend_offset: float = 1
    enforce_stationarity: bool = True
    concentrate_scale: bool = False
    simple_differencing: bool = False
    loglikelihood_burn: int | None = None
    initial_variance: float = 1e6
    enforce_invertibility: bool = True
    tolerance: float = 0.0


class _Lags(ctypes.Structure):
    _fields_ = (("count", c_int64), ("lag", POINTER(c_int64)))


class _Model(ctypes.Structure):
    """quad_model of quad.h, field by field."""

    _fields_ = (
        ("nobs", c_int64),
        ("k_exog", c_int64),
        ("endog", POINTER(c_double)),
        ("exog", POINTER(c_double)),
        ("ar", _Lags),
        ("ma", _Lags),
        ("seasonal_ar", _Lags),
        ("seasonal_ma", _Lags),
        ("diff", c_int64),
        ("seasonal_diff", c_int64),
        ("periods", c_int64),
        ("trend", _Lags),
        ("trend_offset", c_double),
        ("initial_variance", c_double),
        ("loglikelihood_burn", c_int64),
        ("enforce_stationarity", c_int64),
        ("concentrate_scale", c_int64),
    )

    def k_params(self) -> int:
        lags = (self.trend, self.ar, self.ma, self.seasonal_ar, self.seasonal_ma)
        variances = 0 if self.concentrate_scale else 1
        return sum(item.count for item in lags) + self.k_exog + variances


@functools.cache
def _library() -> ctypes.CDLL:
    compiler = shlex.split(os.environ.get("CC", "gcc"))
    with tempfile.TemporaryDirectory() as folder:
        target = str(Path(folder) / "quad.so")
        command = [*compiler, *FLAGS, str(SOURCE), "-o", target, "-lm"]
        subprocess.run(command, check=True)
        return ctypes.CDLL(target)


def _lags(values: Iterable[int]) -> _Lags:
    items = list(values)
    return _Lags(len(items), (c_int64 * len(items))(*items))


def _doubles(values: ArrayLike) -> Any:
    """Values as a C array, which keeps them alive."""
    flat = np.asarray(values, dtype=float).ravel()
    return (c_double * flat.size)(*flat)


def difference(values: np.ndarray, d: int, big_d: int, s: int) -> np.ndarray:
    """(1 - B^s)^D, then (1 - B)^d."""
    for _ in range(big_d):
        values = values[s:] - values[:-s]
    return np.diff(values, n=d, axis=0)


def _model(y: ArrayLike, order: Any, seasonal: Any, exog: Any, opt: Options) -> _Model:
    endog = np.asarray(y, dtype=float).ravel()
    x = np.empty((endog.size, 0)) if exog is None else np.asarray(exog, dtype=float)
    x = x.reshape(endog.size, -1)
    d, big_d, s = order[1], seasonal[1], seasonal[3]
    if opt.simple_differencing:
        endog, x = difference(endog, d, big_d, s), difference(x, d, big_d, s)
        d = big_d = 0
    named = opt.trend is None or isinstance(opt.trend, str)
    trend = TRENDS[opt.trend] if named else opt.trend
    burn = opt.loglikelihood_burn
    return _Model(
        nobs=endog.size,
        k_exog=x.shape[1],
        endog=_doubles(endog),
        exog=_doubles(x),
        ar=_lags(lags_of(order[0])),
        ma=_lags(lags_of(order[2])),
        seasonal_ar=_lags(lags_of(seasonal[0])),
        seasonal_ma=_lags(lags_of(seasonal[2])),
        diff=d,
        seasonal_diff=big_d,
        periods=s,
        trend=_lags(k for k, flag in enumerate(trend) if flag),
        trend_offset=opt.trend_offset,
        initial_variance=opt.initial_variance,
        loglikelihood_burn=-1 if burn is None else burn,
        enforce_stationarity=opt.enforce_stationarity,
        concentrate_scale=opt.concentrate_scale,
    )


def _run(name: str, model: _Model, params: ArrayLike, low: Any, size: int) -> Any:
    """The `size` doubles that a function of quad.c writes."""
    high = np.asarray(params, dtype=float).ravel()
    low = np.zeros(high.size) if low is None else np.asarray(low, dtype=float).ravel()
    if not high.size == low.size == model.k_params():
        raise ValueError(f"the model has {model.k_params()} parameters")
    out = (c_double * size)()
    function = getattr(_library(), name)
    if function(byref(model), _doubles(high), _doubles(low), out):
        raise MemoryError
    return out


def quad_loglike_pair(
    y: ArrayLike,
    order: Any,
    seasonal: Any,
    params: ArrayLike,
    exog: Any = None,
    *,
    low: Any = None,
    **options: Any,
) -> tuple[float, float]:
    """True log-likelihood as an unevaluated sum high + low.

    `params` (and `low`, what to add to them) are in statsmodels' order; `options`
    are those of `Options`.
    """
    model = _model(y, order, seasonal, exog, Options(**options))
    high, rest = _run("quad_loglike", model, params, low, 2)
    return high, rest


def quad_loglike(
    y: ArrayLike,
    order: Any,
    seasonal: Any,
    params: ArrayLike,
    exog: Any = None,
    **options: Any,
) -> float:
    """True log-likelihood, rounded to a double."""
    return quad_loglike_pair(y, order, seasonal, params, exog, **options)[0]


def quad_score(
    y: ArrayLike,
    order: Any,
    seasonal: Any,
    params: ArrayLike,
    exog: Any = None,
    *,
    low: Any = None,
    **options: Any,
) -> np.ndarray:
    """Derivatives of the true log-likelihood with respect to the parameters."""
    model = _model(y, order, seasonal, exog, Options(**options))
    return np.array(_run("quad_score", model, params, low, model.k_params()))
