# SPDX-License-Identifier: BSD-3-Clause
"""``fit`` by the core's own search, with the record that statsmodels' optimizer leaves."""

from __future__ import annotations

import dataclasses
import warnings
from typing import Any

import numpy as np
from statsmodels.base.model import LikelihoodModelResults
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.kalman_filter import MEMORY_CONSERVE

from ..engine import AUTO, EXACT
from ..errors import SarimaxError
from ..fit_native import MAXITER, NativeFit, fit_native
from .binding import Binding

__all__ = ["fit_default", "is_default_search"]

# statsmodels' default; a search that is to end before runs statsmodels' own steps.
_STATSMODELS_MAXITER = 50
# What statsmodels' fit takes out of its keywords before the optimizer sees them.
# Largest relative change by a step after the search, and what a sum rounds by.
_POLISH = 1e-3
_ROUNDING = 1e-14
_IGNORED = {"concentrate_scale", "enforce_stationarity", "enforce_invertibility"}


def is_default_search(
    method: Any, maxiter: Any, full_output: Any, unusual: Any, kwargs: dict[str, Any]
) -> bool:
    """Tell whether a call of ``fit`` leaves the search to us."""
    return (
        method == "lbfgs"
        and full_output
        and maxiter >= _STATSMODELS_MAXITER
        and all(value is None for value in unusual)
        and kwargs.keys() <= _IGNORED
    )


def fit_default(model: Any, binding: Binding, request: dict[str, Any]) -> Any:
    """
    Fit a model with the core's own search.

    Parameters
    ----------
    model : SARIMAX
        The model.
    binding : Binding
        The same as a model of the core.
    request : dict
        The arguments of ``fit``.

    Returns
    -------
    SARIMAXResultsWrapper, ndarray or None
        As statsmodels' ``fit``; None where its own search has to run.
    """
    core = binding.model
    if core is None or core.engine not in (AUTO, EXACT):
        return None
    start = request["start_params"]
    given = start is not None
    start = _start(model, start, request)
    if start is None:
        return None
    fixed = dict(zip(model._fixed_params_index or (), _fixed(model), strict=True))
    if model._has_fixed_params and len(fixed) == len(start):
        return None
    limit = max(MAXITER, request["maxiter"])
    try:
        found = fit_native(core, start if given else None, fixed, limit)
    except SarimaxError:
        return None
    if found.converged:
        found = _polished(core, found, model._free_params_index)
    record = _record(model, core, found, start, request)
    if request["return_params"]:
        return model.handle_params(
            record.params, transformed=False, includes_fixed=False
        )
    return _results(model, found.params, record, request)


def _fixed(model: Any) -> list[float]:
    return list(model._fixed_params.values()) if model._has_fixed_params else []


def _start(model: Any, start: Any, request: dict[str, Any]) -> Any:
    """Return the constrained start, all parameters; None where there is none."""
    if start is None:
        start = model.start_params
        transformed, includes_fixed = True, True
    else:
        transformed = request["transformed"]
        includes_fixed = request["includes_fixed"]
    if np.iscomplexobj(start):
        return None
    start = model.handle_params(
        start, transformed=transformed, includes_fixed=includes_fixed
    )
    if start.shape != (len(model.param_names),):
        return None
    start = start.astype(np.float64)
    if not np.isfinite(start).all():
        return None
    if request["start_params"] is not None:
        if not np.isfinite(model.untransform_params(start)).all():
            return None
    return start


def _polished(core: Any, found: NativeFit, free: Any) -> NativeFit:
    """
    Return the end of a search after one step of Newton's method, where that helps.

    Searches from different starts, or of the same model written differently, then end
    at the same parameters to more digits than statsmodels' own do.
    """
    params = found.params
    places = np.arange(len(params)) if free is None else np.array(free)
    try:
        llf, score, engine = core._backend.loglike_score(params)
        if engine != EXACT:
            return found
        curvature = -core.hessian(params)[np.ix_(places, places)]
        np.linalg.cholesky(curvature)
        step = np.linalg.solve(curvature, score[places])
        better = params.copy()
        better[places] += step
        inside = np.isfinite(core.untransform_params(better)).all()
        small = (np.abs(step) <= _POLISH * np.abs(params[places])).all()
        if not (inside and small):
            return found
        ahead, _, engine = core._backend.loglike_score(better)
    except (SarimaxError, np.linalg.LinAlgError):
        return found
    if engine != EXACT or not ahead >= llf - _ROUNDING * abs(llf):
        return found
    return dataclasses.replace(found, params=better, llf=core.loglike(better))


def _record(
    model: Any, core: Any, found: NativeFit, start: Any, request: dict[str, Any]
) -> Any:
    """Return what statsmodels' optimizer would leave behind, and warn and print."""
    free = slice(None)
    if model._has_fixed_params:
        free = model._free_params_index
    optimum = core.untransform_params(found.params)
    with np.errstate(all="ignore"):
        begin = core.untransform_params(start)
    mean = -1.0 / model.endog.shape[0]
    retvals = {
        "fopt": found.llf * mean,
        "gopt": _gradient(core, found.params, optimum)[free] * mean,
        "fcalls": found.nfev,
        "warnflag": 0 if found.converged else 1,
        "converged": found.converged,
        "iterations": found.nit,
    }
    begin = begin[free]
    settings = {
        "optimizer": "lbfgs",
        "start_params": begin,
        "maxiter": request["maxiter"],
        "full_output": request["full_output"],
        "disp": request["disp"],
        "fargs": (
            {
                "transformed": False,
                "includes_fixed": False,
                "score_method": None,
                "approx_complex_step": True,
            },
        ),
        "callback": None,
        "retall": False,
        "extra_fit_funcs": {},
        "approx_grad": True,
        "epsilon": 1e-5,
        "bounds": [(None, None)] * len(begin),
    }
    if request["disp"]:
        _print(found, retvals)
    if not found.converged:
        warnings.warn(
            "Maximum Likelihood optimization failed to converge. Check mle_retvals",
            ConvergenceWarning,
            stacklevel=2,
        )
    record = LikelihoodModelResults(model, optimum[free], None, scale=1.0)
    record.mle_retvals = retvals
    record.mle_settings = settings
    return record


def _gradient(core: Any, params: Any, optimum: Any) -> Any:
    """Return the derivatives of the log-likelihood in the optimizer's space."""
    try:
        _, score, _ = core._backend.loglike_score(params)
    except SarimaxError:
        return np.full(len(params), np.nan)
    gradient = np.empty(len(params))
    for i in range(len(params)):
        step = 1e-6 * max(1.0, abs(optimum[i]))
        ahead, behind = optimum.copy(), optimum.copy()
        ahead[i] += step
        behind[i] -= step
        change = core.transform_params(ahead) - core.transform_params(behind)
        gradient[i] = score @ change / (2 * step)
    return gradient


def _print(found: NativeFit, retvals: dict[str, Any]) -> None:
    """Print how the search ended, a line where statsmodels prints a table."""
    print(
        f"f={retvals['fopt']:.8g} after {found.nit} iterations,"
        f" {found.nfev} function evaluations: {found.message}"
    )


def _results(model: Any, params: Any, record: Any, request: dict[str, Any]) -> Any:
    """Return the results at the optimum."""
    ssm = model.ssm
    options: dict[str, Any] = {
        "transformed": True,
        "includes_fixed": True,
        "cov_type": request["cov_type"],
        "cov_kwds": request["cov_kwds"],
    }
    if request["low_memory"]:
        kept = ssm.conserve_memory
        ssm.set_conserve_memory(MEMORY_CONSERVE)
        results = model.filter(params, **options)
        ssm.set_conserve_memory(kept)
    else:
        results = model.smooth(params, **options)
    results._results.mlefit = record
    results._results.mle_retvals = record.mle_retvals
    results._results.mle_settings = record.mle_settings
    return results

