# SPDX-License-Identifier: BSD-3-Clause
"""The missing observations of statsmodels' results, filled in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..prediction import check_fallback, settle

if TYPE_CHECKING:
    from ..arrays import Floats
    from ..native import Model

__all__ = ["impute"]


def impute(
    results: Any,
    *,
    variance: bool = True,
    fallback: str | None = None,
    native: Model | None = None,
) -> tuple[Any, Any]:
    """
    Fill missing observations with their expectations given all others.

    Parameters
    ----------
    results : SARIMAXResults
        Of statsmodels or of this package.
    variance, fallback
        As for `sarimax_c.sarimax_impute`.
    native : Model, optional
        The model of the results in the compiled core; without it their smoothed
        forecasts are taken.

    Returns
    -------
    mean : ndarray or Series, shape (nobs,)
        The series, expectations in the place of what is missing.
    variance : ndarray or Series, shape (nobs,), or None
        Their variances, 0 where observed; None if not wanted.

    Raises
    ------
    SpecError
        `fallback` is not known.

    Warns
    -----
    NumericalWarning
        Results are not finite.
    """
    check_fallback(fallback)
    params = np.asarray(results.params, dtype=np.float64)
    if native is not None:
        mean, var, _ = native.evaluate_imputation(
            params, variance=variance, fallback=fallback
        )
    else:
        mean, var = _smoothed(results, params, variance)
        settle(mean, var, fallback)
    return _wrapped(results.model, mean), _wrapped(results.model, var, "variance")


def _smoothed(
    results: Any, params: Floats, variance: bool
) -> tuple[Floats, Floats | None]:
    """Return series and variances by statsmodels' own results."""
    model = results.model
    if getattr(results, "smoothed_state", None) is None:
        results = model.smooth(params, transformed=True, includes_fixed=True)
    prediction = results.get_prediction(information_set="smoothed")
    mean = np.array(model.endog[:, 0], dtype=np.float64)
    missing = np.isnan(mean)
    mean[missing] = np.asarray(prediction.predicted_mean)[missing]
    if not variance:
        return mean, None
    return mean, np.where(missing, np.asarray(prediction.var_pred_mean), 0.0)


def _wrapped(model: Any, values: Floats | None, name: str | None = None) -> Any:
    """Return values with the index of the model's data, if these are pandas'."""
    data = model.data
    if values is None or not hasattr(data.orig_endog, "index"):
        return values
    import pandas as pd

    own = data.ynames if name is None else name
    return pd.Series(values, index=data.row_labels, name=own)
