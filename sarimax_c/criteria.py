# SPDX-License-Identifier: BSD-3-Clause
"""Information criteria, of one fit or of many."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Floats

__all__ = ["CRITERIA", "information_criterion"]

CRITERIA = ("aic", "bic", "hqic", "aicc")


def information_criterion(
    name: str, llf: ArrayLike, k_params: int, nobs: ArrayLike
) -> Floats:
    """
    Return an information criterion, statsmodels' definitions.

    Parameters
    ----------
    name : {'aic', 'bic', 'hqic', 'aicc'}
        Which one.
    llf : array_like
        Log-likelihoods.
    k_params : int
        Number of estimated parameters, a concentrated scale among them.
    nobs : array_like
        Observations less the burn-in.

    Returns
    -------
    ndarray, shape of `llf`
        ``aicc`` is inf unless ``nobs > k_params + 1``.
    """
    n = np.asarray(nobs, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        penalty = _penalty(name, k_params, n)
        found = -2.0 * np.asarray(llf) + penalty * k_params
    if name == "aicc":
        found = np.where(n - k_params - 1.0 <= 0.0, np.inf, found)
    return np.asarray(found, dtype=np.float64)


def _penalty(name: str, k_params: int, n: Floats) -> Any:
    """Return what a parameter costs."""
    if name == "aic":
        return 2.0
    if name == "bic":
        return np.log(n)
    if name == "hqic":
        return 2.0 * np.log(np.log(n))
    return 2.0 * n / (n - k_params - 1.0)
