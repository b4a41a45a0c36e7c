# SPDX-License-Identifier: BSD-3-Clause
"""
The statsmodels engine: the methods of ``_core.Model``, run by statsmodels' SARIMAX.

It is the way back, and what runs where the compiled core cannot be imported.
"""

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from .arrays import Floats, as_params, as_params_rows, check_endog, check_exog
from .engine import STATSMODELS
from .errors import START_PARAMS_WARNINGS, DataError, NumericalError
from .spec import Specification

__all__ = ["FilterArrays", "StatsmodelsModel"]

# forecasts, forecasts_error, forecasts_error_cov, standardized_forecasts_error,
# llf_obs, llf, scale, nobs_skipped, period_converged (-1: none)
FilterArrays = tuple[Floats, Floats, Floats, Floats, Floats, float, float, int, int]

# Below this forecast error variance statsmodels' filter skips an observation.
_SKIPPED_BELOW = 1e-12
# What its derivatives are computed with in the place of complex steps; of its scores
# by this relative step, for a variance may be smaller than its own steps.
_STEP = 1e-5
_DIFFERENCES = {"approx_complex_step": False, "approx_centered": True}


class StatsmodelsModel:
    """
    A specification bound to data, evaluated by statsmodels; safe in threads.

    Parameters
    ----------
    spec : Specification
        The model.
    endog : ndarray of float64, shape (nobs,)
        The series.
    exog : ndarray of float64, shape (nobs, k_exog), or None
        The regressors.
    """

    __slots__ = ("_k_params", "_lock", "_model", "_observed")

    def __init__(self, spec: Specification, endog: Floats, exog: Floats | None) -> None:
        check_endog(endog)
        if exog is not None:
            check_exog(exog)
        self._k_params = spec.k_params
        # SARIMAX keeps the matrices of the last parameters it saw.
        self._lock = threading.Lock()
        with np.errstate(all="ignore"):
            self._model = _build(spec, endog, exog)
        self._observed = ~np.isnan(self._model.endog[:, 0])

    @property
    def nobs(self) -> int:
        """Number of observations, after simple differencing."""
        return int(self._model.nobs)

    @property
    def endog(self) -> Floats:
        """A copy of the series, after simple differencing."""
        return np.array(self._model.endog[:, 0])

    @property
    def exog(self) -> Floats | None:
        """A copy of the regressors, after simple differencing."""
        exog = self._model.exog
        return None if exog is None else np.array(exog)

    def loglike(self, params: Any) -> float:
        """Return the log-likelihood."""
        with self._computing(params) as vector:
            return float(self._model.loglike(vector))

    def loglikes(self, params: Any) -> Floats:
        """Return the log-likelihood of each row of parameters."""
        rows = as_params_rows(params, self._k_params)
        return np.array([self.loglike(row) for row in rows], dtype=np.float64)

    def loglike_score(self, params: Any) -> tuple[float, Floats, str]:
        """Return the log-likelihood, statsmodels' complex-step score, the engine."""
        with self._computing(params) as vector:
            score = np.asarray(self._model.score(vector), dtype=np.float64)
        return self.loglike(params), score, STATSMODELS

    def score_obs(self, params: Any, differences: bool = False) -> Floats:
        """Return statsmodels' scores of the observations, (k_params, nobs)."""
        with self._computing(params) as vector:
            if not self._k_params:
                return np.empty((0, self.nobs))
            how = _DIFFERENCES if differences else {}
            scores = np.asarray(self._model.score_obs(vector, **how))
        return np.array(scores.T, dtype=np.float64)

    def hessian(self, params: Any, differences: bool = False) -> Floats:
        """
        Return statsmodels' Hessian of the log-likelihood, not of its mean.

        By complex steps, or by differences of its scores.
        """
        with self._computing(params) as vector:
            if not differences:
                mean = np.asarray(self._model.hessian(vector), dtype=np.float64)
                return mean * self._effective
            rows = []
            for i, value in enumerate(vector):
                ahead, behind = vector.copy(), vector.copy()
                step = _STEP * (abs(value) or 1.0)
                ahead[i] += step
                behind[i] -= step
                change = self._model.score(ahead) - self._model.score(behind)
                rows.append(change / (ahead[i] - behind[i]))
            return np.array([*rows], dtype=np.float64)

    def opg(self, params: Any, differences: bool = False) -> Floats:
        """Return S'S, S statsmodels' scores of the observations."""
        how = _DIFFERENCES if differences else {}
        with self._computing(params) as vector:
            if not self._k_params:
                return np.empty((0, 0))
            mean = np.asarray(self._model.opg_information_matrix(vector, **how))
        return np.array(mean * self._effective, dtype=np.float64)

    def information(self, params: Any, differences: bool = False) -> Floats:
        """
        Return statsmodels' information matrix of Harvey, not of the mean.

        Its derivatives are complex steps, or differences.
        """
        how = _DIFFERENCES if differences else {}
        with self._computing(params) as vector:
            if not self._k_params:
                return np.empty((0, 0))
            mean = np.asarray(self._model.observed_information_matrix(vector, **how))
        return np.array(mean.real * self._effective, dtype=np.float64)

    def evaluate(self, params: Any) -> tuple[float, int, str, str]:
        """Return log-likelihood, number of skipped observations, engine, reason."""
        from statsmodels.tsa.statespace import kalman_filter

        # statsmodels' own setting for loglike, but keeping the error variances.
        kept = kalman_filter.MEMORY_CONSERVE ^ (
            kalman_filter.MEMORY_NO_LIKELIHOOD | kalman_filter.MEMORY_NO_FORECAST
        )
        with self._computing(params) as vector:
            llf = float(self._model.loglike(vector, conserve_memory=kept))
            return llf, int(self._skipped().sum()), STATSMODELS, "asked for"

    def loglikeobs(self, params: Any) -> Floats:
        """Return the contribution of each observation, 0 before the burn."""
        with self._computing(params) as vector:
            return np.array(self._model.loglikeobs(vector))

    def filter(self, params: Any) -> FilterArrays:
        """Return what ``_core.Model.filter`` returns."""
        with self._computing(params) as vector:
            result = self._model.filter(vector, return_ssm=True)
            skipped = self._skipped()
        standardized = np.array(result.standardized_forecasts_error[0])
        # statsmodels leaves these unset: they would be those of an earlier call.
        standardized[skipped | ~self._observed] = 0.0
        return (
            np.array(result.forecasts[0]),
            np.array(result.forecasts_error[0]),
            np.array(result.forecasts_error_cov[0, 0]),
            standardized,
            np.array(result.llf_obs),
            float(result.llf),
            float(result.scale),
            int(skipped.sum()),
            int(result.period_converged) if result.converged else -1,
        )

    def forecast(
        self, params: Any, steps: int, exog_future: Floats | None
    ) -> tuple[Floats, Floats, int, int]:
        """Return mean and variance ahead, the skipped periods, 3 for this engine."""
        with self._computing(params) as vector:
            results = self._model.filter(vector)
            skipped = int(self._skipped().sum())
            prediction = results.get_forecast(steps, exog=exog_future)
            mean = np.array(prediction.predicted_mean)
            var = np.array(prediction.var_pred_mean)
        return mean, var, skipped, 3

    def predict(
        self,
        params: Any,
        start: int,
        end: int,
        origin: int,
        exog_future: Floats | None,
    ) -> tuple[Floats, Floats, int]:
        """Return what ``_core.Model.predict`` returns."""
        dynamic = origin - start if origin < min(end, self.nobs) else False
        with self._computing(params) as vector:
            results = self._model.filter(vector)
            skipped = int(self._skipped().sum())
            prediction = results.get_prediction(
                start, end - 1, dynamic, exog=exog_future
            )
            mean = np.array(prediction.predicted_mean)
            var = np.array(prediction.var_pred_mean)
        return mean, var, skipped

    def impute(self, params: Any, wants_var: bool) -> tuple[Floats, Floats | None, int]:
        """Return what ``_core.Model.impute`` returns."""
        mean, missing = self.endog, ~self._observed
        with self._computing(params) as vector:
            results = self._model.smooth(vector)
            skipped = int(self._skipped().sum())
            prediction = results.get_prediction(information_set="smoothed")
            mean[missing] = np.asarray(prediction.predicted_mean)[missing]
            var = np.where(missing, np.asarray(prediction.var_pred_mean), 0.0)
        return mean, var if wants_var else None, skipped

    def start_params(self) -> tuple[Floats, int]:
        """Return start parameters and the SX_START_* bits of what was replaced."""
        with (
            self._computing(np.zeros(self._k_params)),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always")
            try:
                params = np.array(self._model.start_params, dtype=np.float64)
            except IndexError:
                raise DataError(
                    "too few observations for start parameters (argument: y); a fit"
                    " takes others: start_params="
                ) from None
        said = {str(warning.message) for warning in caught}
        flags = sum(bit for bit, text in START_PARAMS_WARNINGS.items() if text in said)
        return params, flags

    def transform_params(self, unconstrained: Any) -> Floats:
        """Return the constrained parameters."""
        with self._computing(unconstrained) as vector:
            return np.array(self._model.transform_params(vector))

    def untransform_params(self, constrained: Any) -> Floats:
        """Return the unconstrained parameters."""
        with self._computing(constrained) as vector:
            return np.array(self._model.untransform_params(vector))

    @property
    def _effective(self) -> int:
        """Number of observations that means of derivatives are taken over."""
        return int(self._model.nobs - self._model.loglikelihood_burn)

    @contextlib.contextmanager
    def _computing(self, params: Any) -> Iterator[Floats]:
        """Check parameters, then give the model to one thread, quietly."""
        vector = as_params(params, self._k_params)
        with self._lock, np.errstate(all="ignore"):
            try:
                yield vector
            except np.linalg.LinAlgError as error:
                raise NumericalError(str(error)) from error

    def _skipped(self) -> Any:
        """Tell which observations the last run of the filter skipped."""
        # Not the results' variances: those are multiplied by a concentrated scale.
        variances = np.asarray(self._model.ssm._kalman_filter.forecast_error_cov)[0, 0]
        return self._observed & (variances < _SKIPPED_BELOW)


def _build(spec: Specification, endog: Floats, exog: Floats | None) -> Any:
    """Make statsmodels' model of a specification."""
    from .dropin.oracle import untouched_sarimax

    options: dict[str, Any] = {}
    if spec.loglikelihood_burn is not None:
        options["loglikelihood_burn"] = spec.loglikelihood_burn
    return untouched_sarimax()(
        endog,
        exog,
        order=spec.order,
        seasonal_order=spec.seasonal,
        trend=spec.trend,
        trend_offset=spec.trend_offset,
        measurement_error=spec.measurement_error,
        enforce_stationarity=spec.enforce_stationarity,
        enforce_invertibility=spec.enforce_invertibility,
        concentrate_scale=spec.concentrate_scale,
        simple_differencing=spec.simple_differencing,
        initial_variance=spec.initial_variance,
        tolerance=spec.tolerance,
        **options,
    )
