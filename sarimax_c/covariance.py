# SPDX-License-Identifier: BSD-3-Clause
"""Covariance matrices of estimated parameters, from derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .arrays import Floats
from .engine import EXACT
from .errors import NumericalError, SpecError

if TYPE_CHECKING:
    from .native import Model

__all__ = ["INFORMATIONS", "covariance", "covariance_from", "pseudo_inverse"]

# What a fit's ``cov_type`` is computed from: the one information matrix whose inverse
# it is, or the Hessian and the outer product of a robust covariance.
INFORMATIONS = {
    "opg": ("opg",),
    "oim": ("oim",),
    "approx": ("approx",),
    "robust": ("oim", "opg"),
    "robust_oim": ("oim", "opg"),
    "robust_approx": ("approx", "opg"),
    "none": (),
}


def covariance(
    cov_type: str,
    model: Model,
    params: Floats,
    free: NDArray[np.int64] | None = None,
) -> Floats:
    """
    Estimate the covariance of estimates.

    Parameters
    ----------
    cov_type : str
        One of `INFORMATIONS`, statsmodels' names. ``"opg"``: from the outer product of
        the gradients of the observations' log-likelihoods (Berndt, Hall, Hall and
        Hausman 1974); ``"approx"``: from the Hessian of the log-likelihood; ``"oim"``:
        from the information matrix of Harvey (1989, section 3.4.5); ``"robust_oim"``,
        also called ``"robust"``, and ``"robust_approx"``: see `covariance_from`;
        ``"none"``: NaN.
    model : Model
        The fitted model.
    params : ndarray, shape (k_params,)
        The estimates.
    free : ndarray of int, optional
        Positions of the estimated ones, the others being fixed; by default all.

    Returns
    -------
    ndarray, shape (k_params, k_params)
        NaN where the derivatives cannot be had and for fixed parameters.
    """
    found = np.full((len(params), len(params)), np.nan)
    if free is None:
        free = np.arange(len(params))
    within = np.ix_(free, free)
    parts = [_information(kind, model, params) for kind in INFORMATIONS[cov_type]]
    if parts:
        found[within] = covariance_from([part[within] for part in parts])
    return found


def covariance_from(informations: Sequence[Floats]) -> Floats:
    """
    Turn information matrices of estimates into their covariance.

    Parameters
    ----------
    informations : sequence of ndarray, shape (..., k, k)
        What `INFORMATIONS` asks for, of one or of many models.

    Returns
    -------
    ndarray, shape (..., k, k)
        The pseudo-inverse of the only one. Of two, the robust covariance of
        quasi-maximum likelihood as statsmodels computes it: the pseudo-inverse of
        ``H C H``, H the first one and C the pseudo-inverse of the second. NaN where
        one is not finite.
    """
    # In the same order in memory for one and for many: the same products, bit by bit.
    first, *others = map(np.ascontiguousarray, informations)
    for other in others:
        first = first @ pseudo_inverse(other) @ first
    return pseudo_inverse(first)


def pseudo_inverse(matrices: Floats) -> Floats:
    """
    Invert symmetric matrices as far as they can be.

    Parameters
    ----------
    matrices : ndarray, shape (..., k, k)
        One or many.

    Returns
    -------
    ndarray, shape (..., k, k)
        Moore and Penrose's inverses; NaN where one is not finite.
    """
    found = np.full_like(matrices, np.nan)
    finite = np.isfinite(matrices).all(axis=(-2, -1))
    found[finite] = np.linalg.pinv(matrices[finite])
    return found


def _information(kind: str, model: Model, params: Floats) -> Floats:
    """Return one information matrix; NaN where it cannot be had."""
    backend = model._backend
    try:
        if kind == "opg":
            return backend.opg(params)
        return backend.information(params) if kind == "oim" else -model.hessian(params)
    except NumericalError:
        pass
    except SpecError:
        # The exact engine alone has a region, outside which it has no Hessian.
        if kind != "approx" or model.engine != EXACT:
            raise
    return np.full((len(params), len(params)), np.nan)
