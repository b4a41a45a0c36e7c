# SPDX-License-Identifier: BSD-3-Clause
"""
A statsmodels model's data and options as a `sarimax_c.Model`, where it is one.

`bind` answers again without work as long as nothing has changed.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from statsmodels.tsa.arima.model import ARIMA as StatsmodelsARIMA
from statsmodels.tsa.statespace.kalman_filter import (
    FILTER_CONCENTRATED,
    FILTER_CONVENTIONAL,
    FILTER_UNIVARIATE,
    INVERT_UNIVARIATE,
    SOLVE_CHOLESKY,
    STABILITY_FORCE_SYMMETRY,
)
from statsmodels.tsa.statespace.sarimax import SARIMAX as StatsmodelsSARIMAX

from ..engine import STATSMODELS, resolve_engine
from ..errors import SarimaxError
from ..native import Model, bind_model
from ..spec import Specification, make_specification

__all__ = [
    "OPTIONS",
    "SSM_OPTIONS",
    "Binding",
    "bind",
    "data_key",
    "decides",
    "specification",
    "ssm_option",
    "ssm_options",
]

# Options of a state space object that it may be given after it was made.
SSM_OPTIONS = (
    "filter_method",
    "inversion_method",
    "stability_method",
    "conserve_memory",
    "filter_timing",
    "tolerance",
    "loglikelihood_burn",
    "initial_variance",
    "smoother_output",
    "smooth_method",
    "_scale",
)
_STANDARD = (INVERT_UNIVARIATE | SOLVE_CHOLESKY, STABILITY_FORCE_SYMMETRY)
# What decides the numbers and may be changed on the model.
OPTIONS = (
    "enforce_stationarity",
    "enforce_invertibility",
    "mle_regression",
    "measurement_error",
    "concentrate_scale",
)
# Methods whose overriding means that the compiled core would compute something else.
_DECISIVE = frozenset(
    [
        "update",
        "loglike",
        "loglikeobs",
        "score",
        "score_obs",
        "hessian",
        "handle_params",
        "transform_params",
        "untransform_params",
        "transform_jacobian",
        "start_params",
        "param_names",
        "initialize_default",
        "initialize_statespace",
        "prepare_data",
        "initial_design",
        "initial_state_intercept",
        "initial_transition",
        "initial_selection",
        "opg_information_matrix",
        "observed_information_matrix",
        "_hessian_opg",
        "_hessian_complex_step",
        "fix_params",
        "_validate_can_fix_params",
        "_wrap_results",
        "_get_prediction_index",
        "_get_index_loc",
    ]
)
# Where the state space is another.
_HAMILTON, _METHOD = "Hamilton's representation", "filter method"
_ELSEWHERE = frozenset([_HAMILTON, _METHOD])
_customised: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


class Binding:
    """
    A model of the compiled core and what it was made from.

    Attributes
    ----------
    key : tuple
        Options and data.
    model : Model or None
        The model; None where the core does not cover the case.
    reason : str
        Why not.
    search : Model or None
        The model, or one with the same log-likelihood where only the state space is
        another.
    """

    __slots__ = ("key", "model", "reason", "search")

    model: Any
    search: Any

    def __init__(
        self, key: Any, model: Model | None, reason: str = "", search: Any = None
    ) -> None:
        self.key = key
        self.model = model
        self.reason = reason
        self.search = model if search is None else search


def decides(model: Any) -> bool:
    """Tell whether a model has methods of its own that decide the numbers."""
    return _customised_class(type(model)) or not _DECISIVE.isdisjoint(model.__dict__)


def _customised_class(cls: type) -> bool:
    """Tell whether a class has methods of its own that decide the numbers."""
    known = _customised.get(cls)
    if known is None:
        known = False
        for base in cls.__mro__:
            if base in (StatsmodelsSARIMAX, StatsmodelsARIMA):
                continue
            if issubclass(StatsmodelsSARIMAX, base) or base.__module__.startswith(
                "sarimax_c."
            ):
                continue
            known = known or not _DECISIVE.isdisjoint(vars(base))
        _customised[cls] = known
    return known


def ssm_options(model: Any) -> tuple[Any, ...]:
    """Return the options of a model's state space object, made or yet to be made."""
    ssm = model.__dict__.get("ssm")
    if ssm is None:
        return model.__dict__["_sx_options"]
    return tuple([getattr(ssm, name, None) for name in SSM_OPTIONS])


def ssm_option(model: Any, name: str) -> Any:
    """Return one of them."""
    return ssm_options(model)[SSM_OPTIONS.index(name)]


def bind(model: Any) -> Binding:
    """
    Return a statsmodels model as one of the compiled core.

    Parameters
    ----------
    model : SARIMAX
        The model, with this package's methods.

    Returns
    -------
    Binding
    """
    own = model.__dict__
    known = own.get("_sx_binding")
    key = _key(model, own)
    if known is None or known.key != key:
        known = own["_sx_binding"] = _bind(model, key)
    return known


def _key(model: Any, own: dict[str, Any]) -> Any:
    """Return all that a binding depends on, or why there cannot be one."""
    ssm = own.get("ssm")
    if ssm is not None:
        if getattr(ssm, "touched", True):
            return "the state space object was changed"
        if ssm.exposed:
            return "a state space matrix was handed out"
    if "_sx_start" not in own:
        return "the initialization was given"
    return (
        resolve_engine(),
        ssm_options(model),
        own["_sx_start"],
        [own.get(name) for name in OPTIONS],
        *data_key(model),
    )


def data_key(model: Any) -> tuple[Any, ...]:
    """Return the values of a model's data, and whether its methods are its class's."""
    own = model.__dict__
    endog, exog = own["endog"], own["exog"]
    return (
        endog.dtype.char,
        endog.tobytes(),
        None if exog is None else exog.tobytes(),
        _DECISIVE.isdisjoint(own),
    )


def _bind(model: Any, key: Any) -> Binding:
    """Make a binding."""
    if isinstance(key, str):
        return Binding(key, None, key)
    engine, options = key[0], dict(zip(SSM_OPTIONS, key[1], strict=True))
    reasons = _outside(model, engine, options)
    reason = next(iter(reasons), "")
    if not reasons <= _ELSEWHERE or not _is_equivalent(model, options, reasons):
        return Binding(key, None, reason)
    if decides(model):
        return Binding(key, None, "a method of the model is overridden")
    exog = model.exog
    if exog is not None:
        exog = np.ascontiguousarray(exog, dtype=np.float64)
    endog = np.array(model.endog[:, 0], dtype=np.float64)
    if np.isinf(endog).any():
        return Binding(key, None, "infinite observations")
    try:
        variance, stationary = model._sx_start
        if bool(model.enforce_stationarity) != stationary:
            raise SarimaxError("enforce_stationarity was changed")
        spec = specification(
            model,
            stationary,
            loglikelihood_burn=int(options["loglikelihood_burn"]),
            initial_variance=float(variance),
            tolerance=float(options["tolerance"]),
        )
        core = bind_model(spec, endog, exog, engine)
        return Binding(key, None if reason else core, reason, core)
    except (SarimaxError, NotImplementedError) as error:
        return Binding(key, None, str(error))


def _outside(model: Any, engine: str, options: dict[str, Any]) -> AbstractSet[str]:
    """Say why the core does not cover a model, in order; empty where it does."""
    method = options["filter_method"]
    concentrated = FILTER_CONCENTRATED if model.concentrate_scale else 0
    reasons = {
        "asked for": engine == STATSMODELS,
        "data are not float64": model.endog.dtype != np.float64,
        "no observations": model.nobs < 1,
        _HAMILTON: model.hamilton_representation,
        "regression in the state": model.state_regression,
        "exact diffuse initialization": model.use_exact_diffuse
        and (model._k_states_diff or not model.enforce_stationarity),
        "no ARMA state": model._k_order < 1,
        _METHOD: method != FILTER_CONVENTIONAL | concentrated,
        "inversion or stability method": (
            options["inversion_method"],
            options["stability_method"],
        )
        != _STANDARD,
        "timing": options["filter_timing"] != 0,
        "memory options": options["conserve_memory"] != 0,
        "fixed scale": options["_scale"] is not None,
    }
    return {reason: None for reason, holds in reasons.items() if holds}.keys()


def _is_equivalent(
    model: Any, options: dict[str, Any], reasons: AbstractSet[str]
) -> bool:
    """
    Tell whether the core's model has the log-likelihood of one outside of it.

    The univariate method is another order of computation. Hamilton's states are others
    with the same process as their sum, if no start variances or intercepts are theirs.
    """
    method = options["filter_method"] & ~FILTER_CONVENTIONAL
    concentrated = FILTER_CONCENTRATED if model.concentrate_scale else 0
    if _METHOD in reasons and method != FILTER_UNIVARIATE | concentrated:
        return False
    free = model._k_trend or not model.enforce_stationarity
    return not (_HAMILTON in reasons and free)


def specification(model: Any, stationary: bool, **options: Any) -> Specification:
    """
    Return the specification of a model, after its simple differencing.

    Parameters
    ----------
    model : SARIMAX
        The model.
    stationary : bool
        Whether its autoregression is enforced to be stationary.
    **options
        Further options of a specification.

    Returns
    -------
    Specification

    Raises
    ------
    SpecError
        The core has no such model.
    """
    order, seasonal = model.order, model.seasonal_order
    if model.simple_differencing:
        order = (order[0], 0, order[2])
        seasonal = (seasonal[0], 0, *seasonal[2:])
    return make_specification(
        order,
        seasonal,
        model._k_exog or 0,
        trend=tuple([int(power > 0) for power in model.polynomial_trend]),
        trend_offset=model.trend_offset,
        measurement_error=bool(model.measurement_error),
        enforce_stationarity=stationary,
        enforce_invertibility=bool(model.enforce_invertibility),
        concentrate_scale=bool(model.concentrate_scale),
        **options,
    )
