# SPDX-License-Identifier: BSD-3-Clause
"""The methods of `Model` that predict the sample and fill its gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .arrays import Floats, as_exog_future
from .errors import NumericalWarning, SpecError, warn
from .periods import prediction_periods

if TYPE_CHECKING:
    from . import _core
    from .spec import Specification
    from .statsmodels_engine import StatsmodelsModel
    from .verifying import VerifyingModel

__all__ = ["INTERPOLATE", "Predictions", "check_fallback", "interpolate", "settle"]

INTERPOLATE = "interpolate"


class Predictions:
    """What `Model` predicts beside its forecasts; a base class of it."""

    __slots__ = ()

    spec: Specification
    _backend: _core.Model | StatsmodelsModel | VerifyingModel
    _exog_names: tuple[str, ...] | None

    def predict(
        self,
        params: ArrayLike,
        start: int | None = None,
        end: int | None = None,
        dynamic: bool | int = False,
        exog_future: ArrayLike | None = None,
    ) -> tuple[Floats, Floats]:
        """
        Predict observations in the sample and after it.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.
        start, end, dynamic, exog_future
            As for `sarimax_predict`.

        Returns
        -------
        mean, var : ndarray, shape (end - start + 1,)
            Expected values and variances.
        """
        mean, var, _ = self.evaluate_prediction(
            params, start=start, end=end, dynamic=dynamic, exog_future=exog_future
        )
        return mean, var

    def evaluate_prediction(
        self,
        params: ArrayLike,
        *,
        start: int | None = None,
        end: int | None = None,
        dynamic: bool | int = False,
        exog_future: ArrayLike | None = None,
    ) -> tuple[Floats, Floats, int]:
        """
        Return a prediction and how many observations were skipped.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.
        start, end, dynamic, exog_future
            As for `sarimax_predict`.

        Returns
        -------
        mean, var : ndarray, shape (end - start + 1,)
            Expected values and variances.
        nobs_skipped : int
            Observations with a forecast error variance below 1e-12, among those that
            were needed.
        """
        nobs = self._backend.nobs
        periods = prediction_periods(start, end, dynamic, nobs)
        beyond, future = max(periods.stop - nobs, 0), None
        if beyond or (exog_future is not None and not self.spec.k_exog):
            future = as_exog_future(
                exog_future, beyond, self.spec.k_exog, names=self._exog_names
            )
        mean, var, skipped = self._backend.predict(
            params, periods.first, periods.stop, periods.origin, future
        )
        further = slice(periods.start - periods.first, None)
        return mean[further], var[further], skipped

    def impute(
        self,
        params: ArrayLike,
        *,
        variance: bool = True,
        fallback: str | None = None,
    ) -> tuple[Floats, Floats | None]:
        """
        Fill missing observations with their expectations given all others.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.
        variance, fallback
            As for `sarimax_impute`.

        Returns
        -------
        mean : ndarray, shape (nobs,)
            The series, expectations in the place of what is missing.
        var : ndarray, shape (nobs,), or None
            Their variances, 0 where observed; None if not wanted.
        """
        mean, var, _ = self.evaluate_imputation(
            params, variance=variance, fallback=fallback
        )
        return mean, var

    def evaluate_imputation(
        self, params: ArrayLike, *, variance: bool, fallback: str | None
    ) -> tuple[Floats, Floats | None, int]:
        """
        Return an imputation and how many observations were skipped.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.
        variance, fallback
            As for `sarimax_impute`.

        Returns
        -------
        mean, var : ndarray, shape (nobs,)
            As `impute`.
        nobs_skipped : int
            Observations with a forecast error variance below 1e-12.
        """
        check_fallback(fallback)
        mean, var, skipped = self._backend.impute(params, bool(variance))
        settle(mean, var, fallback)
        return mean, var, skipped


def check_fallback(fallback: Any) -> None:
    """
    Refuse what is no way to fill gaps.

    Parameters
    ----------
    fallback : {None, 'interpolate'}
        What the caller gave.
    """
    if fallback not in (None, INTERPOLATE):
        raise SpecError(
            f"fallback must be None or {INTERPOLATE!r}, got {fallback!r}"
            " (argument: fallback)"
        )


def interpolate(mean: Floats, var: Floats | None) -> None:
    """
    Interpolate linearly, in place, where a mean is not finite.

    The first and last finite values go on to the ends; without any nothing changes.

    Parameters
    ----------
    mean : ndarray, shape (nobs,)
        A series.
    var : ndarray, shape (nobs,), or None
        Its variances: NaN where `mean` is interpolated, which has none.
    """
    bad = ~np.isfinite(mean)
    if bad.any() and not bad.all():
        place = np.arange(len(mean))
        mean[bad] = np.interp(place[bad], place[~bad], mean[~bad])
        if var is not None:
            var[bad] = np.nan


def settle(mean: Floats, var: Floats | None, fallback: str | None) -> None:
    """
    Warn where an imputation is not finite, and interpolate if that is wanted.

    Parameters
    ----------
    mean, var, fallback
        As for `interpolate` and `check_fallback`; the arrays are changed.

    Warns
    -----
    NumericalWarning
        Something is not finite.
    """
    bad = int((~np.isfinite(mean)).sum())
    if bad == 0 and (var is None or np.isfinite(var).all()):
        return
    filled = "fallback='interpolate' fills them from their neighbours"
    if fallback == INTERPOLATE:
        filled = "they are interpolated linearly, without a variance"
        interpolate(mean, var)
    warn(
        f"{bad} of {len(mean)} values are not finite, or a variance is not (parameters"
        f" that are explosive or not finite); {filled}",
        NumericalWarning,
    )
