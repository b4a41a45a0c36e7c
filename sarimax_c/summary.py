# SPDX-License-Identifier: BSD-3-Clause
"""The printed table of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .results import FitResult
    from .spec import Specification

_WIDTH = 78


def summary_text(result: FitResult, alpha: float) -> str:
    """
    Return the table that ``print(result)`` shows.

    Parameters
    ----------
    result : FitResult
        What to show.
    alpha : float
        One minus the level of the intervals.

    Returns
    -------
    str
    """
    return "\n".join((*_summary_head(result), *_summary_table(result, alpha)))


def model_name(spec: Specification) -> str:
    """
    Return statsmodels' name, such as ``SARIMAX(0, 1, 1)x(0, 1, 1, 12)``.

    Parameters
    ----------
    spec : Specification
        The model.

    Returns
    -------
    str
    """
    *seasonal_orders, _ = spec.seasonal
    seasonal = f"x{spec.seasonal}" if any(seasonal_orders) else ""
    return f"SARIMAX{spec.order}{seasonal}"


def _summary_head(result: FitResult) -> list[str]:
    state = "converged" if result.converged else "NOT converged"
    left = [
        ("Observations", str(result.nobs)),
        ("Engine", result.engine_used),
        ("Method", result.method),
        ("Iterations, calls", f"{result.nit}, {result.nfev}"),
        ("Covariance", result.cov_type),
    ]
    right = [
        ("Log-likelihood", result.llf),
        ("AIC", result.aic),
        ("BIC", result.bic),
        ("HQIC", result.hqic),
        ("AICc", result.aicc),
    ]
    lines = [model_name(result.model.spec).center(_WIDTH).rstrip(), "=" * _WIDTH]
    for (name, text), (criterion, value) in zip(left, right, strict=True):
        lines.append(f"{name:<18}{text:>18}      {criterion:<18}{value:>18.3f}")
    if result.model.spec.concentrate_scale:
        lines.append(f"{'Scale':<18}{_number(result.scale):>18}")
    # The core's own words begin with it.
    words = result.message
    if not words.startswith(state):
        words = f"{state}; {words}"
    return [*lines, f"Optimizer: {words}"]


def _short(value: float) -> str:
    """Three decimals, or three digits of a number too wide for its column."""
    return f"{value:.3f}" if abs(value) < 1e5 else f"{value:.2e}"


def _summary_table(result: FitResult, alpha: float) -> list[str]:
    limits = [f"[{alpha / 2:.3g}", f"{1 - alpha / 2:.3g}]"]
    heads = ["coef", "std err", "z", "P>|z|", *limits]
    width = max([12, *map(len, result.param_names)])
    lines = [" " * width + "".join(f"{head:>11}" for head in heads)]
    intervals = result.conf_int(alpha)
    for i, name in enumerate(result.param_names):
        cells = [
            _number(result.params[i]),
            _number(result.bse[i]),
            _short(result.zvalues[i]),
            f"{result.pvalues[i]:.3f}",
            *map(_number, intervals[i]),
        ]
        lines.append(f"{name:<{width}}" + "".join(f"{cell:>11}" for cell in cells))
    rule = "-" * len(lines[0])
    return [rule, lines[0], rule, *lines[1:], rule]


def _number(value: float) -> str:
    """Return four significant digits, at most ten characters."""
    return f"{value:.4g}"
