# SPDX-License-Identifier: BSD-3-Clause
"""``fit`` by the core's own search, with the record that statsmodels' leaves."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from statsmodels.base import optimizer
from statsmodels.base.model import LikelihoodModelResults
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.kalman_filter import MEMORY_CONSERVE

from ..engine import AUTO, EXACT
from ..errors import SarimaxError, SpecError
from ..fit_native import MAXITER, NativeFit, fit_native
from .binding import Binding

__all__ = ["fit_default", "is_default_search"]

# statsmodels' default; a search that is to end before runs statsmodels' own steps.
_STATSMODELS_MAXITER = 50
# Largest derivative of the mean log-likelihood at which statsmodels' search ends.
_FLAT = 1e-5
# What counts as zero where statsmodels' filter is univariate (tolerance_diffuse).
_SKIPPED = 1e-10
# What statsmodels' fit takes out of its keywords before the optimizer sees them.
_IGNORED = {"concentrate_scale", "enforce_stationarity", "enforce_invertibility"}


def is_default_search(
    method: Any,
    request: dict[str, Any],
    unusual: dict[str, Any],
    kwargs: dict[str, Any],
) -> bool:
    """Tell whether a call of ``fit`` leaves the search to us."""
    return bool(
        method == "lbfgs"
        and request["full_output"]
        and request["maxiter"] >= _STATSMODELS_MAXITER
        and all(value is None for value in unusual.values())
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
    core = binding.search
    if core is None or core.engine not in (AUTO, EXACT) or _has_many_optima(model):
        return None
    start = request["start_params"]
    given = start is not None
    start = _start(model, core, start, request)
    if start is None:
        return None
    fixed = dict(zip(model._fixed_params_index or (), _fixed(model), strict=True))
    if model._has_fixed_params and len(fixed) == len(start):
        return None
    limit = max(MAXITER, request["maxiter"])
    try:
        found = _stays(model, core, start) if given else None
        if found is None:
            # From zeros it may find a higher optimum than statsmodels' users know.
            found = fit_native(
                core, start if given else None, fixed, limit, skips_zeros=True
            )
    except SarimaxError:
        return None
    if binding.model is None and not _is_regular(core, found):
        return None
    record = _record(model, core, found, start, request)
    if request["return_params"]:
        return model.handle_params(
            record.params, transformed=False, includes_fixed=False
        )
    return _results(model, found.params, record, request)


def _is_regular(core: Any, found: NativeFit) -> bool:
    """Tell whether no method of the filter would skip an observation at an optimum."""
    variances = core.filter(found.params).forecasts_error_cov
    smallest = variances[np.isfinite(variances)].min(initial=np.inf)
    return found.nobs_skipped == 0 and bool(smallest > 10.0 * _SKIPPED)


def _has_many_optima(model: Any) -> bool:
    """
    Tell whether statsmodels' users depend on which of several optima a fit finds.

    The Leybourne-McCabe test of statsmodels takes the moving average that its own
    search finds beside a stationary autoregression, not the highest likelihood.
    """
    return bool(
        model.enforce_stationarity
        and not model.enforce_invertibility
        and model.k_ma_params + model.k_seasonal_ma_params
    )


def _fixed(model: Any) -> list[float]:
    return list(model._fixed_params.values()) if model._has_fixed_params else []


def _start(model: Any, core: Any, start: Any, request: dict[str, Any]) -> Any:
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
    if start.shape != (core.k_params,):
        return None
    start = start.astype(np.float64)
    if not np.isfinite(start).all():
        return None
    given = request["start_params"] is not None
    if given and not np.isfinite(model.untransform_params(start)).all():
        return None
    return start


def _stays(model: Any, core: Any, start: Any) -> NativeFit | None:
    """Return a search that ends where it starts, as statsmodels' does there."""
    optimum = core.untransform_params(start)
    gradient = _gradient(core, start, optimum)
    if model._has_fixed_params:
        gradient = gradient[model._free_params_index]
    if not np.abs(gradient).max(initial=0.0) <= _FLAT * model.endog.shape[0]:
        return None
    llf, skipped, engine, _ = core._backend.evaluate(start)
    if skipped:
        return None
    return NativeFit(
        params=start,
        llf=llf,
        scale=1.0,
        nobs_skipped=0,
        engine=engine,
        converged=True,
        nit=0,
        nfev=1,
        message="the start is an optimum",
        start_flags=0,
    )


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
    before_118 = getattr(optimizer, "SP_LT_118", None)
    if before_118 is None:  # statsmodels 0.14
        settings["iprint"] = 0
    elif before_118:
        settings["iprint"] = 1 if request["disp"] else -1
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
        score = _score(core, params)
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


def _score(core: Any, params: Any) -> Any:
    """Return the derivatives, without the value that 'auto' would report with them."""
    try:
        return core._backend_of(EXACT).loglike_score(params)[1]
    except SpecError:  # the exact engine does not cover the case
        return core._backend.loglike_score(params)[1]


def _print(found: NativeFit, retvals: dict[str, Any]) -> None:
    """Print how the search ended, a line where statsmodels prints a table."""
    print(
        f"f={retvals['fopt']:.8g} after {found.nit} iterations,"
        f" {found.nfev} function evaluations: {found.message}"
    )


def _results(model: Any, params: Any, record: Any, request: dict[str, Any]) -> Any:
    """Return the results at the optimum."""
    options: dict[str, Any] = {
        "transformed": True,
        "includes_fixed": True,
        "cov_type": request["cov_type"],
        "cov_kwds": request["cov_kwds"],
    }
    if request["low_memory"]:
        ssm = model.ssm
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
