# SPDX-License-Identifier: BSD-3-Clause
"""The printed tables of the fits of a batch."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from ..summary import model_name

if TYPE_CHECKING:
    from .fit_results import BatchFit, MixedFit

__all__ = ["batch_summary", "mixed_summary"]

_QUANTILES = {"min": 0.0, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "max": 1.0}
# Different ends of searches, or models, that a table lists.
_SHOWN = 8


def batch_summary(fit: BatchFit) -> str:
    """
    Return the table that ``print(fit)`` shows.

    Parameters
    ----------
    fit : BatchFit
        What to show.

    Returns
    -------
    str
    """
    lines = [f"{model_name(fit.spec)}, {len(fit)} series", *_ends(fit)]
    unhappy = np.flatnonzero(~fit.converged)
    reasons = Counter(fit.message(i) for i in unhappy.tolist())
    for reason, times in reasons.most_common(_SHOWN):
        lines.append(f"  {times:>8}  {reason}")
    if len(reasons) > _SHOWN:
        lines.append(f"            and {len(reasons) - _SHOWN} other reasons")
    estimated = ~fit.report.failed & ~fit.no_data
    values = {"llf": fit.llf, "AICc": fit.aicc, "iterations": fit.nit.astype(float)}
    lines.append(f"{'':<14}" + "".join(f"{name:>12}" for name in _QUANTILES))
    for name, found in values.items():
        lines.append(f"{name:<14}" + _quantiles(found[estimated]))
    return "\n".join(lines)


def mixed_summary(fit: MixedFit) -> str:
    """
    Return the table that ``print(fit)`` shows, with a line for each model.

    Parameters
    ----------
    fit : MixedFit
        What to show.

    Returns
    -------
    str
    """
    chosen = Counter(fit.chosen.tolist())
    lines = [f"{len(fit.fits)} models, {len(fit)} series", *_ends(fit)]
    for position, times in chosen.most_common(_SHOWN):
        lines.append(f"  {times:>8}  {model_name(fit.fits[position].spec)}")
    if len(chosen) > _SHOWN:
        lines.append(f"            and {len(chosen) - _SHOWN} other models")
    return "\n".join(lines)


def _ends(fit: BatchFit | MixedFit) -> list[str]:
    """Return lines with the numbers of series, each counted once."""
    converged, no_data, failed = fit.converged, fit.no_data, fit.report.failed
    return [
        _line("converged", int(converged.sum())),
        _line("not converged", int((~converged & ~no_data & ~failed).sum())),
        _line("no data", int(no_data.sum())),
        _line("failed", int(failed.sum())),
    ]


def _line(name: str, number: int) -> str:
    return f"{name:<14}{number:>8}"


def _quantiles(values: np.ndarray) -> str:
    finite = values[np.isfinite(values)]
    if not finite.size:
        return "".join(f"{'-':>12}" for _ in _QUANTILES)
    found = np.quantile(finite, list(_QUANTILES.values()))
    return "".join(f"{value:>12.6g}" for value in found)
