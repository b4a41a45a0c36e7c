# SPDX-License-Identifier: BSD-3-Clause
"""`rolling_forecast`: what would have been forecast from each of many origins."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from numpy.typing import ArrayLike

from .api import required, warn_skipped
from .arrays import (
    Floats,
    as_exog_future,
    as_float64,
    as_steps,
    check_columns,
    check_exog,
)
from .engine import STATSMODELS
from .errors import DataError, SpecError
from .keywords import FIT_NAMES, FitKeywords, check_keywords
from .native import Model, bind_model
from .spec import Specification

__all__ = ["rolling_forecast"]

_OWN_NAMES = ("params", "steps", "start", "stride", "refit", "exog_future")


def rolling_forecast(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    steps: int = 1,
    *,
    start: int | None = None,
    stride: int = 1,
    refit: int | None = None,
    exog_future: ArrayLike | None = None,
    **options: Unpack[FitKeywords],
) -> tuple[Floats, Floats]:
    """
    Forecast a series from many origins, each knowing the observations before it.

    The origin t uses ``y[:t]`` (and ``exog[:t]``) and forecasts the observations t,
    t + 1, ..., t + steps - 1: each row of the results is what `sarimax_forecast` says
    of ``y[:t]``, bit for bit. With fixed parameters all origins together take one run
    of the filter.

    Parameters
    ----------
    y, exog, order, seasonal
        As for `sarimax_loglike`.
    params : array_like, shape (k_params,), optional
        Parameters; needed without `refit`. With `refit` those of the first `refit`
        origins, which are estimated at the first origin if they are not given.
    steps : int
        Number of periods to forecast from each origin.
    start : int, optional
        First origin: the number of observations it knows. By default half of the
        series, ``len(y) // 2``.
    stride : int
        Distance of the origins: start, start + stride, ..., at most ``len(y)``. The
        last may so be the end of the series, with nothing to compare it to.
    refit : int, optional
        Estimate the parameters again at every `refit`-th origin from the observations
        it knows, starting from the last ones. By default never.
    exog_future : array_like, optional
        Regressors of the periods after the last of `y`, as many rows as the horizons
        reach beyond it; further rows are not used. To compare with what is known and
        need none, leave out the last `steps` rows: ``y[:-steps]``, ``exog[:-steps]``
        and ``exog_future=exog[-steps:]``.
    **options
        Keywords of `Model`, and with `refit` those of `sarimax_c.fit.fit`. No
        covariance of the estimates is computed.

    Returns
    -------
    mean, var : ndarray, shape (origins, steps)
        Expected values and variances; with ``simple_differencing`` of the
        differenced series.

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_forecast`; SpecError also for origins outside of the series.

    Warns
    -----
    NumericalWarning
        Observations had a forecast error variance below 1e-12 and were skipped.
    ConvergenceWarning
        A fit stopped before it converged.

    See Also
    --------
    Model.state : forecasts while observations come in.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> y = [1.0, 2.0, 1.5, 3.0]
    >>> mean, var = sx.rolling_forecast(y, params=[0.5, 1.0], steps=2, start=2)
    >>> mean
    array([[1.   , 0.5  ],
           [0.75 , 0.375],
           [1.5  , 0.75 ]])
    """
    keywords: dict[str, Any] = {**options}
    check_keywords(keywords, FitKeywords.__annotations__, _OWN_NAMES)
    fit_keywords = {n: keywords.pop(n) for n in FIT_NAMES & keywords.keys()}
    if refit is None and fit_keywords:
        raise TypeError(
            f"{', '.join(fit_keywords)} given without refit: nothing is fitted"
        )
    model = Model(y, exog, order, seasonal, **keywords)
    if refit is None:
        required(params, model, "; or estimate them: refit=")
    plan = _make_plan(model, as_steps(steps), start, stride, exog_future)
    mean = np.empty((len(plan.origins), plan.steps))
    var = np.empty_like(mean)
    skipped = 0
    for rows, vector in _parameters(plan, params, refit, fit_keywords):
        mean[rows], var[rows], count = _forecast(plan, plan.origins[rows], vector)
        skipped = max(skipped, count)
    if skipped:
        warn_skipped(skipped, model)
    return mean, var


@dataclass(frozen=True, slots=True)
class _Plan:
    """
    What to forecast.

    Attributes
    ----------
    model : Model
        The model of the whole series.
    endog, exog : ndarray
        Its data before simple differencing, the future regressors after `exog`.
    origins : range
        Numbers of observations known.
    steps : int
        Periods from each.
    """

    model: Model
    endog: Floats
    exog: Floats | None
    origins: range
    steps: int

    def known(self, origin: int) -> Model:
        """Return the model of what an origin knows."""
        exog = None if self.exog is None else self.exog[:origin]
        model = self.model
        return bind_model(
            model.spec, self.endog[:origin], exog, model._engine, model._exog_names
        )

    def future(self, origin: int, count: int) -> Floats | None:
        """Return the regressors of the periods from an origin on."""
        return None if self.exog is None else self.exog[origin : origin + count]


def _make_plan(
    model: Model, steps: int, start: Any, stride: Any, exog_future: Any
) -> _Plan:
    """Check the origins and join the regressors."""
    endog, exog = model._raw()
    nobs = len(endog)
    first = _lost_rows(model.spec) + 1
    if nobs < first:
        raise DataError(f"y has {nobs} observations, and differencing takes all")
    stride = min(_as_count(stride, "stride"), nobs)
    begin = max(nobs // 2, first)
    if start is not None:
        begin = _as_count(start, "start")
    if not first <= begin <= nobs:
        raise SpecError(
            f"start must be from {first} to {nobs}, the number of observations;"
            f" got {begin}"
        )
    origins = range(begin, nobs + 1, stride)
    beyond = max(origins[-1] + steps - nobs, 0)
    check_columns(exog_future, model._exog_names, "exog_future")
    future = _as_future(exog_future, beyond, model.k_exog)
    if exog is not None and future is not None:
        exog = np.concatenate([exog, future])
    return _Plan(model, endog, exog, origins, steps)


def _lost_rows(spec: Specification) -> int:
    """Return how many rows simple differencing takes away."""
    if not spec.simple_differencing:
        return 0
    return spec.order[1] + spec.seasonal[1] * spec.periods


def _as_count(value: Any, argument: str) -> int:
    """Return a positive int."""
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"{argument} must be an integer, got {value!r}") from None
    if count <= 0:
        raise SpecError(f"{argument} must be positive, got {count}")
    return count


def _as_future(exog_future: Any, count: int, k_exog: int) -> Floats | None:
    """Return the `count` rows of regressors that are needed, of those given."""
    if k_exog == 0 or (exog_future is None and count):
        return as_exog_future(exog_future, count, k_exog)
    if exog_future is None:
        return np.empty((0, k_exog))
    rows = as_float64(exog_future, "exog_future")
    if rows.ndim == 1:
        rows = rows.reshape(-1, k_exog) if rows.size % k_exog == 0 else rows
    if rows.ndim != 2 or rows.shape[1] != k_exog or len(rows) < count:
        raise DataError(
            "Provided exogenous values are not of the appropriate shape. Required at"
            f" least {(count, k_exog)}, got {np.shape(exog_future)}. (argument:"
            " exog_future)"
        )
    check_exog(rows, "exog_future")
    return rows[:count]


def _parameters(
    plan: _Plan, params: Any, refit: Any, keywords: dict[str, Any]
) -> Iterator[tuple[slice, Any]]:
    """Yield groups of origins with their parameters."""
    count = len(plan.origins)
    group = count if refit is None else _as_count(refit, "refit")
    vector = params
    start = keywords.pop("start_params", params)
    for i in range(0, count, group):
        if vector is None or i > 0:
            known = plan.known(plan.origins[i])
            vector = start = known.fit(start, **{**keywords, "cov_type": "none"}).params
        yield slice(i, min(i + group, count)), vector


def _forecast(plan: _Plan, origins: range, params: Any) -> tuple[Floats, Floats, int]:
    """Return means, variances and skipped observations of a group of origins."""
    steps, last = plan.steps, origins[-1]
    if plan.model.engine != STATSMODELS:
        core: Any = plan.known(last)._backend
        # Regressors between the origins are the model's own.
        future = plan.future(last, steps)
        found: tuple[Floats, Floats, int] = core.rolling_forecast(
            params, steps, origins[0], origins.step, future
        )
        return found
    answers = [
        plan.known(t)._backend.forecast(params, steps, plan.future(t, steps))
        for t in origins
    ]
    mean, var, skipped, _ = zip(*answers, strict=True)
    return np.array(mean), np.array(var), max(skipped)
