# SPDX-License-Identifier: BSD-3-Clause
"""What the methods of the mixin share: arguments as the core takes them, and counts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

from ..counters import note_call, note_seconds
from ..engine import EXACT, STATSMODELS
from ..errors import SarimaxError
from .binding import Binding, ssm_option

__all__ = [
    "as_vector",
    "clocked",
    "complex_partials",
    "constrained",
    "is_smooth",
    "named_flags",
    "native_hessian",
    "native_score",
    "note",
    "note_statsmodels",
]


def note(model: Any, name: str, engine: str, reason: str = "") -> None:
    """Remember and count where a call ran."""
    own = model.__dict__
    own["_sx_engine"] = engine
    ran = own.get("_sx_ran")
    if ran is None:
        ran = own["_sx_ran"] = {}
    ran[name] = engine
    note_call(name, engine, reason)


def clocked(method: Callable[..., Any]) -> Any:
    """Add up the time of a method that notes where it ran."""
    name = method.__name__

    @functools.wraps(method)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        begun = perf_counter()
        found = method(self, *args, **kwargs)
        # What the call made afterwards may have noted other names.
        note_seconds(name, self.__dict__["_sx_ran"][name], perf_counter() - begun)
        return found

    return run


def note_statsmodels(model: Any, name: str, reason: str) -> None:
    """Remember and count a call of statsmodels' method; its filter may be ours."""
    ssm = model.__dict__.get("ssm")
    engine = getattr(ssm, "engine_used", None) or STATSMODELS
    why = getattr(ssm, "reason", "") or reason
    note(model, name, engine, why if engine == STATSMODELS else reason)


def as_vector(model: Any, binding: Binding, params: Any) -> Any:
    """Return parameters as the core takes them; None where it would not."""
    if binding.model is None:
        return None
    vector = np.array(params, ndmin=1)
    if vector.dtype.kind not in "fiub" or vector.shape != (binding.model.k_params,):
        return None
    return vector.astype(np.float64, copy=False)


def constrained(
    model: Any, binding: Binding, params: Any, transformed: bool, includes_fixed: bool
) -> Any:
    """Return all parameters, constrained, as the core takes them, or None."""
    if binding.model is None:
        return None
    if np.iscomplexobj(params):
        return None
    if not transformed or (model._has_fixed_params and not includes_fixed):
        params = model.handle_params(
            params, transformed=transformed, includes_fixed=includes_fixed
        )
    return as_vector(model, binding, params)


def named_flags(
    args: tuple[Any, ...], kwargs: dict[str, Any], names: tuple[str, ...]
) -> Any:
    """Return statsmodels' positional flags by name; None for what is not a flag."""
    if args and isinstance(args[0], dict):
        given = {name: args[0][name] for name in names if name in args[0]}
        return None if kwargs else given
    given = dict(zip(names, args, strict=False)) | kwargs
    return given if len(args) <= len(names) and given.keys() <= {*names} else None


def native_score(
    model: Any, binding: Binding, params: Any, method: Any, flags: dict[str, Any]
) -> Any:
    """Return the score by the core; None where statsmodels has to compute it."""
    transformed = flags.get("transformed", True)
    includes_fixed = flags.get("includes_fixed", False)
    if (method or flags.get("score_method", "approx")) != "approx":
        return None
    if flags.get("approx_complex_step") not in (None, True):
        return None
    if binding.model is None or np.iscomplexobj(params):
        return None
    out = model.handle_params(
        params,
        transformed=transformed,
        includes_fixed=includes_fixed,
        return_jacobian=not transformed,
    )
    vector = as_vector(model, binding, out if transformed else out[0])
    if vector is None:
        return None
    try:
        _, score, engine = binding.model._backend.loglike_score(vector)
    except SarimaxError:
        return None
    if not is_smooth(binding, vector, score):
        return None
    note(model, "score", engine)
    if not transformed:
        score = np.dot(out[1], score)
    if model._has_fixed_params and not includes_fixed:
        score = score[model._free_params_index]
    return score


def is_smooth(binding: Binding, vector: Any, derivatives: Any) -> bool:
    """Tell whether derivatives are finite and no observation is skipped."""
    if not np.isfinite(derivatives).all():
        return False
    return bool(binding.model._backend.evaluate(vector)[1] == 0)


def complex_partials(
    model: Any, params: Any, includes_fixed: bool, options: dict[str, Any]
) -> Any:
    """
    Return derivatives of forecast errors and their variances, by complex steps.

    They are as statsmodels' ``_forecasts_error_partial_derivatives`` has them; None
    where it has to compute them.
    """
    count = len(params)
    errors = np.zeros((1, model.nobs, count))
    variances = np.zeros((1, 1, model.nobs, count))
    steps = np.sqrt(np.finfo(float).eps) * np.maximum(np.abs(params), 0.1)
    for i, step in enumerate(steps):
        moved = np.array(params, dtype=np.complex128)
        moved[i] += 1j * step
        model.update(moved, includes_fixed=includes_fixed, complex_step=True)
        found = model.ssm.complex_errors(**options)
        if found is None:
            return None
        errors[0, :, i] = found[0].imag / step
        variances[0, 0, :, i] = found[1].imag / step
    return errors, variances


def native_hessian(
    model: Any, binding: Binding, params: Any, args: Any, kwargs: Any
) -> Any:
    """Return the Hessian by the core; None where statsmodels has to compute it."""
    names = ("transformed", "hessian_method", "approx_complex_step")
    rest = dict(kwargs)
    includes_fixed = rest.pop("includes_fixed", False)
    method = rest.pop("method", None)
    rest.pop("approx_centered", None)
    flags = named_flags(args, rest, names)
    if flags is None or not flags.get("transformed", True):
        return None
    if (method or flags.get("hessian_method", "approx")) != "approx":
        return None
    if flags.get("approx_complex_step") not in (None, True):
        return None
    if binding.model is None or (model._has_fixed_params and not includes_fixed):
        return None
    vector = None if np.iscomplexobj(params) else as_vector(model, binding, params)
    if vector is None:
        return None
    try:
        # Second differences of log-likelihoods would be less than statsmodels'.
        if binding.model._backend.loglike_score(vector)[2] != EXACT:
            return None
        hessian = binding.model.hessian(vector)
    except SarimaxError:
        return None
    if not is_smooth(binding, vector, hessian):
        return None
    note(model, "hessian", EXACT)
    return hessian / (model.nobs - ssm_option(model, "loglikelihood_burn"))
