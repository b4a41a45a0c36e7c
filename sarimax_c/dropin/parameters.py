# SPDX-License-Identifier: BSD-3-Clause
"""
Start parameters and transformations of any model, by the compiled core.

They depend on orders, data and what is enforced alone, not on the state space: a model
with coefficients in the state, another representation, initialization or filter has
those of its twin, the core's model of the same orders with the coefficients among the
parameters.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from statsmodels.tsa.statespace import sarimax

from ..engine import STATSMODELS, resolve_engine
from ..errors import START_PARAMS_WARNINGS, SarimaxError
from ..native import bind_model
from .binding import OPTIONS, Binding, bind, data_key, decides, specification

__all__ = ["start_params", "transformed_params"]

# What statsmodels warns with; plain before 0.15.
_Warning = getattr(sarimax, "EstimationWarning", UserWarning)
# The order in which statsmodels warns: of the ARMA part first.
_WARNED = (1 << 4, 1 << 0, 1 << 2, 1 << 5, 1 << 1, 1 << 3)
# Further options that decide which parameters there are.
_FURTHER = ("time_varying_regression", "state_regression", "state_error")


class _Layout(NamedTuple):
    """
    Where a model's parameters are among those of its twin.

    Attributes
    ----------
    trend, dropped : int
        Trend coefficients, and regression coefficients after them that are states.
    variances : int
        Variances of such coefficients, before the last `tail`.
    tail : int
        Variances at the end of the twin's parameters.
    state_error : bool
        Whether the last of these belongs to the model, too.
    """

    trend: int
    dropped: int
    variances: int
    tail: int
    state_error: bool


def start_params(model: Any) -> tuple[Any, str]:
    """
    Return start parameters, and warn as statsmodels does of those that are replaced.

    Parameters
    ----------
    model : SARIMAX
        The model.

    Returns
    -------
    params : ndarray or None
        None where statsmodels has to estimate them.
    reason : str
        Why.
    """
    binding = _bind_twin(model)
    if binding.model is None:
        return None, binding.reason
    try:
        params, flags = binding.model._backend.start_params()
    except SarimaxError as error:
        return None, str(error)
    for bit in _WARNED:
        if flags & bit:  # from the line that reads the property
            warnings.warn(START_PARAMS_WARNINGS[bit], _Warning, stacklevel=4)
    layout = _layout(model)
    head, tail = _split(params, layout, layout.dropped)
    # statsmodels leaves the variance of the errors of a trend in, wherever they are.
    if tail.size and not (
        layout.state_error or layout.trend or model.concentrate_scale
    ):
        tail = tail[:-1]
    return np.concatenate([head, np.ones(layout.variances), tail]), ""


def transformed_params(model: Any, name: str, params: Any) -> tuple[Any, str]:
    """
    Return parameters in the other space.

    Parameters
    ----------
    model : SARIMAX
        The model.
    name : {'transform_params', 'untransform_params'}
        Which way.
    params : array_like
        All its parameters.

    Returns
    -------
    params : ndarray or None
        None where statsmodels has to compute them.
    reason : str
        Why.
    """
    binding = _bind_twin(model)
    if binding.model is None:
        return None, binding.reason
    vector, layout = np.array(params, ndmin=1), _layout(model)
    absent = int(not (layout.state_error or model.concentrate_scale))
    count = binding.model.k_params - layout.dropped + layout.variances - absent
    if vector.dtype.kind not in "fiub" or vector.shape != (count,):
        return None, "arguments"
    vector = vector.astype(np.float64, copy=False)
    # The twin's parameters, zeros for those that the model has not.
    place = vector.size - (layout.tail - absent) - layout.variances
    variances = vector[place : place + layout.variances]
    whole = np.concatenate(
        [
            vector[: layout.trend],
            np.zeros(layout.dropped),
            vector[layout.trend : place],
            vector[place + layout.variances :],
            np.zeros(absent),
        ]
    )
    head, tail = _split(getattr(binding.model, name)(whole), layout, layout.dropped)
    changed = variances**2 if name == "transform_params" else variances**0.5
    return np.concatenate([head, changed, tail[: len(tail) - absent]]), ""


def _split(params: Any, layout: _Layout, dropped: int) -> tuple[Any, Any]:
    """Return a twin's parameters without coefficients of states, variances apart."""
    end = len(params) - layout.tail
    head = [params[: layout.trend], params[layout.trend + dropped : end]]
    return np.concatenate(head), params[end:]


def _layout(model: Any) -> _Layout:
    """Return where the parameters are."""
    regressors = model._k_exog if model.state_regression else 0
    return _Layout(
        trend=model._k_trend,
        dropped=regressors,
        variances=regressors if model.time_varying_regression else 0,
        tail=bool(model.measurement_error) + (not model.concentrate_scale),
        state_error=bool(model.state_error),
    )


def _bind_twin(model: Any) -> Binding:
    """Return the model as the core has it, or its twin."""
    binding = bind(model)
    if binding.model is not None:
        return binding
    own = model.__dict__
    further = [own.get(name) for name in (*OPTIONS, *_FURTHER)]
    key = (resolve_engine(), further, *data_key(model))
    known = own.get("_sx_twin")
    if known is None or known.key != key:
        known = own["_sx_twin"] = _make_twin(model, key)
    return known


def _make_twin(model: Any, key: Any) -> Binding:
    """Make it."""
    reasons = {
        "asked for": key[0] == STATSMODELS,
        "a method of the model is overridden": decides(model),
        "data are not float64": model.endog.dtype != np.float64,
        "no observations": model.nobs < 1,
        "infinite observations": np.isinf(model.endog).any(),
    }
    reason = next((reason for reason, holds in reasons.items() if holds), "")
    if reason:
        return Binding(key, None, reason)
    exog = model.exog
    if exog is not None:
        exog = np.ascontiguousarray(exog, dtype=np.float64)
    try:
        spec = specification(model, bool(model.enforce_stationarity))
        endog = np.array(model.endog[:, 0], dtype=np.float64)
        return Binding(key, bind_model(spec, endog, exog, key[0]))
    except (SarimaxError, NotImplementedError) as error:
        return Binding(key, None, str(error))
