# SPDX-License-Identifier: BSD-3-Clause
"""
The engine "verify": the core's values, each compared with statsmodels'.

What differs by more than `docs/parity.md` promises goes to the logger ``sarimax_c`` as
a warning that ends with a record in JSON, which `replay` takes; handlers find the same
as a dict in the attribute ``difference`` of the log record. `sarimax_c.stats` counts.
Nothing changes in what is returned or raised.

Log-likelihoods, their terms, scores and theirs, information matrices, Hessians, filter
output, forecasts from one or many origins, predictions, imputations, states, start
parameters, transformations and the log-likelihood at the end of a fit are compared; of
the drop-in classes also what the filter and smoother of any state space model give
(`sarimax_c.dropin.verifying`).
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import Floats
from .counters import note_comparison
from .engine import EXACT, IDENTICAL, engine_info
from .spec import Specification
from .statsmodels_engine import FilterArrays, StatsmodelsModel
from .verify_derivatives import ALLOWED, DERIVATIVES, WIDER, Derivative, largest

if TYPE_CHECKING:
    from .testing import Answers, ModelCase

__all__ = ["Record", "Verifier", "replay", "report"]

logger = logging.getLogger("sarimax_c")

# The engine 'auto' takes the exact one where statsmodels is within this of it.
_EXACT_ABSOLUTE, _EXACT_RELATIVE = 5e-7, 5e-10
# Parameters of the optimizer's space: what tests/parity/test_transform.py holds.
_TRANSFORMED, _UNTRANSFORMED = 1e-12, 1e-9
_OPTIONS = (
    "trend",
    "trend_offset",
    "measurement_error",
    "enforce_stationarity",
    "enforce_invertibility",
    "concentrate_scale",
    "simple_differencing",
    "loglikelihood_burn",
    "initial_variance",
    "tolerance",
)

Record = dict[str, Any]
# Times what statsmodels' smoother loses by its own cancellation (docs/impute.md).
_LOST = 200.0 * float(np.finfo(float).eps)


class Verifier:
    """
    Compares values of one series with statsmodels'; safe in threads.

    Parameters
    ----------
    spec : Specification
        The model.
    endog, exog : ndarray
        The data, before simple differencing; copied.
    to : callable
        Gets a record of every difference, and None for every value that agrees.
    """

    def __init__(
        self,
        spec: Specification,
        endog: Floats,
        exog: Floats | None,
        to: Callable[[Record | None], None] | None = None,
    ) -> None:
        self._spec = spec
        self._endog = endog.copy()
        self._exog = None if exog is None else exog.copy()
        self._report = to or report
        self._oracle: StatsmodelsModel | None = None

    @property
    def spec(self) -> Specification:
        """The model."""
        return self._spec

    @property
    def rows(self) -> int:
        """Number of observations, before simple differencing."""
        return len(self._endog)

    def loglike(self, params: Any, native: Any, engine: str) -> None:
        """Compare a log-likelihood: a float, or what was raised instead."""
        self._compare(
            "loglike",
            params,
            _answers(native, lambda llf: {"llf": llf}),
            lambda model, vector: {"llf": model.loglike(vector)},
            engine=engine,
        )

    def loglikeobs(self, params: Any, native: Any) -> None:
        """Compare the terms of a log-likelihood."""
        self._compare(
            "loglikeobs",
            params,
            _answers(native, lambda values: {"llf_obs": values, "scale": 1.0}),
            lambda model, vector: {"llf_obs": model.loglikeobs(vector), "scale": 1.0},
        )

    def filter(self, params: Any, native: Any) -> None:
        """Compare what ``_core.Model.filter`` returns."""
        self._compare(
            "filter",
            params,
            _answers(native, _of_filter),
            lambda model, vector: _of_filter(model.filter(vector)),
        )

    def forecast(
        self, params: Any, steps: int, exog_future: Floats | None, native: Any
    ) -> None:
        """Compare means, variances and the number of skipped observations."""
        self._compare(
            "forecast",
            params,
            _answers(native, _of_forecast),
            lambda model, vector: _of_forecast(
                model.forecast(vector, steps, exog_future)
            ),
            steps=steps,
            exog_future=exog_future,
        )

    def predict(
        self,
        params: Any,
        start: int,
        stop: int,
        origin: int,
        exog_future: Floats | None,
        native: Any,
    ) -> None:
        """Compare means and variances in the sample, dynamic or not, and after it."""
        self._compare(
            "predict",
            params,
            _answers(native, _of_moments),
            lambda model, vector: _of_moments(
                model.predict(vector, start, stop, origin, exog_future)
            ),
            steps=max(stop - len(self._endog), 0),
            exog_future=exog_future,
            how={"start": start, "stop": stop, "origin": origin},
        )

    def impute(self, params: Any, variance: bool, native: Any) -> None:
        """Compare the expectations of what is missing, and their variances."""
        from .testing import tolerances_for

        vector = np.asarray(params, dtype=np.float64)
        limit = tolerances_for(self._case("impute", vector)).values
        if isinstance(native, Exception) or not np.isfinite(limit):
            return  # the log-likelihood is compared too
        try:
            mean, var, forecast_var = self._run(
                lambda model: (*model.impute(vector, True)[:2], model.filter(vector)[2])
            )
        except Exception:  # as of the filter, which is compared too
            return
        off = _imputation_difference(native, (mean, var), forecast_var, limit)
        failures = [f"impute: {off:.2e} tolerances"] * (off > 1.0)
        sides = [{"mean": side[0], "var": side[1]} for side in (native, (mean, var))]
        self._finish("impute", vector, failures, *sides, how={"variance": variance})

    def rolling_forecast(
        self,
        params: Any,
        steps: int,
        origins: range,
        exog_future: Floats | None,
        native: Any,
    ) -> None:
        """Compare the means and variances from each origin."""
        exog = self._exog
        if exog is not None and exog_future is not None:
            exog = np.concatenate([exog, exog_future])
        vector = np.asarray(params, dtype=np.float64)
        seen: list[Record | None] = []
        for mean, var, t in zip(*native[:2], origins, strict=True):
            known = None if exog is None else exog[:t]
            future = None if exog is None else exog[t : t + steps]
            part = Verifier(self._spec, self._endog[:t], known, seen.append)
            part._moments("forecast", vector, steps, future, (mean, var))
            if seen[-1] is not None:
                break
        found = [record for record in seen if record is not None]
        failures = [
            f"origin {len(r['y'])}: {text}" for r in found for text in r["failures"]
        ]
        sides = [r[side] for r in found for side in ("native", "statsmodels")]
        self._finish(
            "rolling_forecast",
            vector,
            failures,
            *(sides or (None, None)),
            steps=steps,
            exog_future=exog_future,
            how={"start": origins.start, "stride": origins.step},
        )

    def state(self, params: Any, native: float, rows: tuple[int, ...]) -> None:
        """Compare the log-likelihood of a state that grew by these numbers of rows."""
        self._compare(
            "state",
            params,
            _answers(native, lambda llf: {"llf": llf}),
            lambda model, vector: {"llf": model.filter(vector)[5]},
            how={"rows": rows},
        )

    def state_forecast(
        self,
        params: Any,
        steps: int,
        exog_future: Floats | None,
        native: Any,
        rows: tuple[int, ...],
    ) -> None:
        """Compare the forecast of a state that grew by these numbers of rows."""
        how = {"rows": rows}
        self._moments("state_forecast", params, steps, exog_future, native, how)

    def _moments(
        self,
        call: str,
        params: Any,
        steps: int,
        exog_future: Floats | None,
        native: Any,
        how: Record | None = None,
    ) -> None:
        """Compare means and variances ahead."""
        self._compare(
            call,
            params,
            _answers(native, _of_moments),
            lambda model, vector: _of_moments(
                model.forecast(vector, steps, exog_future)
            ),
            how=how,
            steps=steps,
            exog_future=exog_future,
        )

    def extended(self, endog: Floats, exog: Floats | None) -> Verifier:
        """
        Return one of the same series with rows that follow it.

        Parameters
        ----------
        endog : ndarray, shape (rows,)
            The rows.
        exog : ndarray, shape (rows, k_exog), or None
            Their regressors.

        Returns
        -------
        Verifier
        """
        both = self._exog
        if both is not None and exog is not None:
            both = np.concatenate([both, exog])
        whole = np.concatenate([self._endog, endog])
        return Verifier(self._spec, whole, both, self._report)

    def derivatives(
        self, call: str, params: Any, native: Floats, engine: str = EXACT
    ) -> None:
        """Compare derivatives of one of `DERIVATIVES`, where ours are finite."""
        vector = np.asarray(params, dtype=np.float64)
        if not np.isfinite(native).all() or not np.isfinite(vector).all():
            return
        kind = DERIVATIVES[call]
        try:
            expected = self._run(lambda model: kind.compute(model, vector))
        except Exception:  # as the log-likelihood, which is compared too
            return
        if not np.isfinite(expected).all() or self._has_no_promise(vector):
            return
        if engine != EXACT:
            kind = kind._replace(limit=WIDER * kind.limit)
        unit = kind.unit(self._spec, vector, len(self._endog), native, expected)
        off, limit = largest(native, expected, unit), kind.limit
        if off > limit:
            try:
                off, limit = self._excused(kind, vector, native, expected, unit)
            except Exception:  # a step outside the region
                return
        failures = [f"{call}: {off:.2e} > {limit:.0e}"] * (off > limit)
        self._finish(call, vector, failures, native, expected)

    def _excused(
        self,
        kind: Derivative,
        params: Floats,
        native: Floats,
        expected: Floats,
        unit: Floats,
    ) -> tuple[float, float]:
        """Return a difference of derivatives without statsmodels' share, its limit."""
        information = self._run(lambda model: model.information(params))
        if np.isfinite(information).all():
            unit = np.maximum(unit, kind.least(information, len(self._endog)))
        off = largest(native, expected, unit)
        if off > kind.limit and self._spec.tolerance > 0.0:
            # Where a steady state ends the updates the covariance has converged, but
            # not its derivative: statsmodels' are off by what is left of that.
            whole = replace(self._spec, tolerance=0.0)
            updating = Verifier(whole, self._endog, self._exog)
            other = updating._run(lambda model: kind.compute(model, params))
            off = min(off, largest(native, other, unit))
        if off <= kind.limit:
            return off, kind.limit
        other = self._run(lambda model: kind.differences(model, params))
        return off, max(kind.limit, ALLOWED * largest(other, expected, unit))

    def transformed(self, call: str, params: Any, native: Floats) -> None:
        """Compare parameters in the other space: what `call` returned of others."""
        vector = np.asarray(params, dtype=np.float64)
        expected = self._run(lambda model: getattr(model, call)(vector))
        limit = _TRANSFORMED if call == "transform_params" else _UNTRANSFORMED
        same = np.allclose(native, expected, limit, limit, equal_nan=True)
        if not same and call == "untransform_params":
            # Near the edge of the region little is left of the digits there.
            back = self._run(lambda model: model.transform_params(native))
            same = np.allclose(back, vector, limit, limit)
        failures = [] if same else [f"{call}: beyond {limit:.0e}"]
        self._finish(call, vector, failures, native, expected)

    def start_params(self, native: Floats) -> None:
        """Compare start parameters."""
        from .testing import compare_start_params, start_params_tolerance

        case = self._case("start_params", np.zeros(0))
        difference = compare_start_params(case, lambda _: native)
        failures = []
        if difference > 1e-9 and difference > start_params_tolerance(case):
            failures.append(f"start_params: {difference:.2e} > 1e-09")
        expected = None
        if failures:
            from .testing import oracle_start_params

            expected = oracle_start_params(case)
        self._finish("start_params", case.params, failures, native, expected)

    def _has_no_promise(self, params: Floats) -> bool:
        from .testing import regime_of

        return regime_of(self._case("score", params)) is not None

    def _run(self, compute: Callable[[StatsmodelsModel], Any]) -> Any:
        """Return what statsmodels says."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if self._oracle is None:
                exog = None if self._exog is None else self._exog.copy()
                self._oracle = StatsmodelsModel(self._spec, self._endog.copy(), exog)
            return compute(self._oracle)

    def _case(self, call: str, params: Floats, **further: Any) -> ModelCase:
        from .testing import ModelCase

        spec = self._spec
        options = {name: getattr(spec, name) for name in _OPTIONS}
        if options["loglikelihood_burn"] is None:
            del options["loglikelihood_burn"]
        return ModelCase(
            name=call,
            y=self._endog,
            order=spec.order,
            seasonal=spec.seasonal,
            params=params,
            exog=self._exog,
            options=options,
            **further,
        )

    def _compare(
        self,
        call: str,
        params: Any,
        native: Answers,
        compute: Callable[[StatsmodelsModel, Floats], dict[str, Any]],
        engine: str = IDENTICAL,
        how: Record | None = None,
        **further: Any,
    ) -> None:
        """Compare answers in the units of parity, and report."""
        from .testing import Answers, compare, tolerances_for

        vector = np.asarray(params, dtype=np.float64)
        case = self._case(call, vector, **further)
        try:
            expected = Answers(**self._run(lambda model: compute(model, vector)))
        except Exception as error:
            expected = Answers(error=type(error).__name__)
        tolerances = tolerances_for(case)
        if engine == EXACT:
            size = max(1.0, abs(np.nan_to_num(expected.llf)))
            wider = max(tolerances.llf, _EXACT_RELATIVE, _EXACT_ABSOLUTE / size)
            tolerances = replace(tolerances, llf=wider)
        found = compare(
            case, lambda _: native, expected=expected, tolerances=tolerances
        )
        failed = [failure.split(":")[0] for failure in found.failures]
        sides = [
            side.error or {name: getattr(side, name, None) for name in failed}
            for side in (native, expected)
        ]
        self._finish(call, vector, list(found.failures), *sides, how=how, **further)

    def _finish(
        self,
        call: str,
        params: Floats,
        failures: list[str],
        native: Any,
        expected: Any,
        *,
        how: Record | None = None,
        **further: Any,
    ) -> None:
        """Report a value as equal or, with all that replays it, as different."""
        if not failures:
            self._report(None)
            return
        case = self._case(call, params, **further)
        record = {
            "call": call,
            "failures": failures,
            "native": native,
            "statsmodels": expected,
            "order": case.order,
            "seasonal": case.seasonal,
            "options": case.options,
            "params": case.params,
            "y": case.y,
            "exog": case.exog,
            "steps": case.steps,
            "exog_future": case.exog_future,
            "how": how or {},
            "versions": engine_info()["versions"],
        }
        self._report(json.loads(json.dumps(record, default=_plain)))


def replay(record: Record) -> Record | None:
    """
    Compute a logged difference again.

    Parameters
    ----------
    record : dict
        From the log.

    Returns
    -------
    dict or None
        The record of the same call now; None where it agrees.
    """
    if "system" in record:
        from .dropin.verifying import replay_system

        return replay_system(record)
    from .verifying import replay_model

    return replay_model(record)


def _answers(native: Any, names: Callable[[Any], dict[str, Any]]) -> Answers:
    """Return a native value, or what was raised instead, as answers."""
    from .testing import Answers

    if isinstance(native, Exception):
        return Answers(error=type(native).__name__)
    return Answers(**names(native))


def _of_filter(output: FilterArrays) -> dict[str, Any]:
    """Name what a filter returns."""
    return {
        "forecasts": output[0],
        "resid": output[1],
        "forecasts_error_cov": output[2],
        "standardized_forecasts_error": output[3],
        "llf_obs": output[4],
        "llf": output[5],
        "scale": output[6],
        "nobs_skipped": output[7],
    }


def _of_forecast(output: tuple[Any, ...]) -> dict[str, Any]:
    """Name what a forecast returns, but for its engine."""
    return {**_of_moments(output), "nobs_skipped": output[2]}


def _of_moments(output: tuple[Any, ...]) -> dict[str, Any]:
    """Name means and variances alone."""
    return {"forecast_mean": output[0], "forecast_var": output[1]}


def _imputation_difference(
    native: Any, expected: Any, forecast_var: Floats, limit: float
) -> float:
    """Return the largest difference of an imputation, by its tolerance there."""
    mean, var = expected
    own_mean, own_var = native[0], var if native[1] is None else native[1]
    gaps = (var != 0.0) & np.isfinite(forecast_var)
    finite = np.isfinite(mean) & np.isfinite(var)
    if not np.array_equal(finite, np.isfinite(own_mean) & np.isfinite(own_var)):
        return float("inf")
    gaps &= finite
    if not np.array_equal(mean[~gaps & finite], own_mean[~gaps & finite]):
        return float("inf")
    mean, own_mean, var, own_var = (
        values[gaps] for values in (mean, own_mean, var, own_var)
    )
    # Where statsmodels' variance is noise, the core's is the smaller one.
    size = np.maximum(np.minimum(np.abs(var), np.abs(own_var)), 1e-12)
    ratio = np.maximum(forecast_var[gaps] / size, 1.0)
    lost = _LOST * (10.0 if limit > 1e-8 else 1.0) * ratio
    unit = np.sqrt(np.where(size > 1e-12, size, np.maximum(1.0, mean**2)))
    off_mean = np.abs(own_mean - mean) / unit / np.maximum(limit, lost)
    off_var = np.abs(own_var - var) / size / np.maximum(limit, lost * ratio)
    return float(max(off_mean.max(initial=0.0), off_var.max(initial=0.0)))


def report(record: Record | None) -> None:
    """
    Count a comparison, and log a difference.

    Parameters
    ----------
    record : dict or None
        What differs, of values that JSON knows; None where nothing does.
    """
    note_comparison(record is not None)
    if record is not None:
        logger.warning(
            "%s differs from statsmodels (%s): %s",
            record["call"],
            "; ".join(record["failures"]),
            json.dumps(record),
            extra={"difference": record},
        )


def _plain(value: Any) -> Any:
    """Return what JSON has no word for as what it has."""
    return value.tolist()
