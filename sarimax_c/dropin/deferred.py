# SPDX-License-Identifier: BSD-3-Clause
"""
Models whose state space object is made when somebody asks for it.

Copies that results keep, and models that pickles hold, are statsmodels models without
``ssm``: matrices of m by m for what may never be asked for.
"""

from __future__ import annotations

import warnings
import weakref
from typing import Any

from .binding import SSM_OPTIONS, ssm_options
from .originals import original

__all__ = [
    "LEFT_OUT",
    "UNFINISHED",
    "end_construction",
    "finish_models",
    "freeze",
    "make_left_out",
    "make_state_space",
    "set_polynomials",
    "without_state_space",
]

# What a model made from a template lacks: statsmodels' summary looks at it at most.
LEFT_OUT = ("_spec", "_params")
# Models of statsmodels' own class, patched, that lack something: without the patch they
# could not make it.
UNFINISHED: weakref.WeakSet[Any] = weakref.WeakSet()
_POLYNOMIALS = (
    ("_polynomial_ar", "_polynomial_ar_idx", "k_ar_params", -1.0),
    ("_polynomial_ma", "_polynomial_ma_idx", "k_ma_params", 1.0),
    (
        "_polynomial_seasonal_ar",
        "_polynomial_seasonal_ar_idx",
        "k_seasonal_ar_params",
        -1.0,
    ),
    (
        "_polynomial_seasonal_ma",
        "_polynomial_seasonal_ma_idx",
        "k_seasonal_ma_params",
        1.0,
    ),
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
    own.pop("_sx_searching", None)
    own.pop("_sx_ran", None)
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
    frozen: Any = object.__new__(cls)
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
        # An update by complex parameters has left it complex.
        polynomial = getattr(model, name).real.copy()
        polynomial[getattr(model, places)] = sign * params[start:end]
        setattr(model, name, polynomial)
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
        ssm.ran_elsewhere()
    return ssm


def end_construction(model: Any) -> None:
    """From now on changes of the state space object are the user's."""
    own = model.__dict__
    constructing = own.pop("_sx_open", None)
    if constructing is not None:
        constructing.__exit__(None, None, None)


def make_left_out(model: Any, name: str) -> Any:
    """
    Make what a model made from a template lacks.

    Parameters
    ----------
    model : SARIMAX
        The model.
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
        full = object.__new__(type(model))
        construct = original("SARIMAX", "__init__")
        given = {**model._get_init_kwds(), "exog": own["orig_exog"]}
        construct(full, own["orig_endog"], **given)
    for left_out in LEFT_OUT:
        own[left_out] = full.__dict__[left_out]
    return own[name]


def finish_models() -> None:
    """Make what patched models lack, while they still can."""
    while True:
        try:
            # One by one, for other threads may add theirs meanwhile.
            model = UNFINISHED.pop()
        except KeyError:
            return
        for name in ("ssm", *LEFT_OUT):
            getattr(model, name, None)
