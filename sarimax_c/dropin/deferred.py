# SPDX-License-Identifier: BSD-3-Clause
"""
Models whose state space object is made when somebody asks for it.

Copies that results keep, and models that pickles hold, are statsmodels models without
``ssm``: matrices of m by m for what may never be asked for.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from .binding import SSM_OPTIONS, ssm_options

__all__ = [
    "LEFT_OUT",
    "end_construction",
    "freeze",
    "make_left_out",
    "make_state_space",
    "quick_clone",
    "set_polynomials",
    "without_state_space",
]

# What a quick clone leaves out: only fits of ARIMA and summaries look at it.
LEFT_OUT = ("_spec", "_params", "_spec_arima")
# Arguments that a clone takes over from the model's attributes.
_CLONED = (
    "order",
    "seasonal_order",
    "measurement_error",
    "time_varying_regression",
    "mle_regression",
    "simple_differencing",
    "enforce_stationarity",
    "enforce_invertibility",
    "hamilton_representation",
    "concentrate_scale",
    "trend_offset",
)

_POLYNOMIALS = (
    ("_polynomial_ar", "_polynomial_ar_idx", "k_ar_params", -1.0),
    ("_polynomial_ma", "_polynomial_ma_idx", "k_ma_params", 1.0),
    ("_polynomial_seasonal_ar", "_polynomial_seasonal_ar_idx", "k_seasonal_ar_params", -1.0),
    ("_polynomial_seasonal_ma", "_polynomial_seasonal_ma_idx", "k_seasonal_ma_params", 1.0),
)


def without_state_space(model: Any) -> dict[str, Any]:
    """
    Return the ``__dict__`` of a model with its state space object yet to be made.

    Parameters
    ----------
    model : SARIMAX
        A model with this package's methods, whose matrices are its own.

    Returns
    -------
    dict
        It shares everything with the model but what ``update`` changes in place.
    """
    own = model.__dict__.copy()
    own["_sx_options"] = ssm_options(model)
    own.pop("ssm", None)
    own.pop("_sx_open", None)
    for name, *_ in _POLYNOMIALS:
        if name in own:
            own[name] = own[name].copy()
    return own


def freeze(model: Any, cls: type, params: Any) -> Any:
    """
    Return a copy of a model at given parameters that later changes do not reach.

    Parameters
    ----------
    model : SARIMAX
        The model.
    cls : type
        Class of the copy.
    params : ndarray, shape (k_params,)
        Its parameters.

    Returns
    -------
    SARIMAX
        Without a state space object until it is asked for.
    """
    frozen = object.__new__(cls)
    own = frozen.__dict__
    own.update(without_state_space(model))
    own["endog"] = model.endog.copy()
    if model.exog is not None:
        own["exog"] = model.exog.copy()
    own["_sx_params"] = params
    return frozen


def set_polynomials(model: Any, params: Any) -> None:
    """Write parameters into a model's lag polynomials, as its ``update`` does."""
    start = model._k_trend + (model._k_exog if model.mle_regression else 0)
    for name, places, count, sign in _POLYNOMIALS:
        end = start + getattr(model, count)
        getattr(model, name)[getattr(model, places)] = sign * params[start:end]
        start = end


def make_state_space(model: Any) -> Any:
    """
    Make the state space object that a model lacks, as its constructor would.

    Parameters
    ----------
    model : SARIMAX
        A model without ``ssm``.

    Returns
    -------
    StateSpace
        At the parameters of the model's last ``update``.
    """
    own = model.__dict__
    options = dict(zip(SSM_OPTIONS, own.pop("_sx_options"), strict=True))
    start = own.get("_sx_start")
    model.initialize_statespace(**model._init_kwargs)
    ssm = model.ssm
    if model._k_exog > 0 or len(model.polynomial_trend) > 1:
        ssm._time_invariant = False
    ssm["design"] = model.initial_design
    ssm["state_intercept"] = model.initial_state_intercept
    ssm["transition"] = model.initial_transition
    ssm["selection"] = model.initial_selection
    if model.concentrate_scale:
        ssm.filter_concentrated = True
        ssm["state_cov", 0, 0] = 1.0
    if start is not None:
        model.initialize_default(start[0])
    for name, value in options.items():
        setattr(ssm, name, value)
    end_construction(model)
    params = own.get("_sx_params")
    if params is not None:
        model.update(params, transformed=True, includes_fixed=True)
    return ssm


def end_construction(model: Any) -> None:
    """From now on changes of the state space object are the user's."""
    own = model.__dict__
    constructing = own.pop("_sx_open", None)
    if constructing is not None:
        constructing.__exit__(None, None, None)
    if "ssm" in own and "_sx_start" in own:
        arguments = [own.get(name) for name in _CLONED]
        own["_sx_made"] = arguments, ssm_options(model), own["_sx_start"]


def quick_clone(model: Any, endog: Any) -> Any:
    """
    Clone a model with other data and without what depends on its orders alone.

    Parameters
    ----------
    model : SARIMAX
        A model of this package or statsmodels, not of a subclass.
    endog : array_like
        The new series.

    Returns
    -------
    SARIMAX or None
        None where statsmodels' constructor has to run: with regressors, options of
        the state space object, or data whose index it would warn of.
    """
    own = model.__dict__
    made = own.get("_sx_made")
    if made is None or own["exog"] is not None:
        return None
    if not own["_init_kwargs"].keys() <= {"k_posdef"}:
        return None
    if "formula" in own or own["_has_fixed_params"]:
        return None
    if any(own[n] is not v for n, v in zip(_CLONED, made[0], strict=True)):
        return None
    if not _is_plain(endog) or len(endog) <= own["_k_states_diff"]:
        return None
    clone = object.__new__(type(model))
    new = clone.__dict__
    new.update(without_state_space(model))
    for name in ("_sx_binding", "_sx_params", "_sx_engine", *LEFT_OUT):
        new.pop(name, None)
    new["_sx_options"], new["_sx_start"] = made[1], made[2]
    new["orig_endog"] = endog
    new["data"] = data = clone._handle_data(endog, None, "none", None)
    new["_data_attr"] = own["_data_attr"].copy()
    new["endog"], new["exog"] = data.endog, data.exog
    new["k_constant"] = data.k_constant
    clone._init_dates(None, None)
    new["endog"], new["exog"] = clone.prepare_data()
    new["nobs"] = len(new["endog"])
    return clone


def _is_plain(endog: Any) -> bool:
    """Tell whether data are floats of one series, with an index nobody warns of."""
    if type(endog) is np.ndarray:
        return endog.dtype == np.float64 and endog.ndim == 1
    if type(endog) is pd.DataFrame:
        if endog.shape[1] != 1 or endog.dtypes.iloc[0] != np.float64:
            return False
    elif type(endog) is not pd.Series or endog.dtype != np.float64:
        return False
    index = endog.index
    if isinstance(index, pd.DatetimeIndex):
        return index.freq is not None and index.is_monotonic_increasing
    return isinstance(index, (pd.PeriodIndex, pd.RangeIndex))


def make_left_out(model: Any, name: str) -> Any:
    """
    Make what a quick clone has left out.

    Parameters
    ----------
    model : SARIMAX
        The clone.
    name : str
        The attribute that is asked for.

    Returns
    -------
    object
        Its value.
    """
    own = model.__dict__
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        full = type(model)(own["orig_endog"], **model._get_init_kwds())
    for left_out in LEFT_OUT:
        if left_out in full.__dict__:
            own[left_out] = full.__dict__[left_out]
    return own[name]
