# SPDX-License-Identifier: BSD-3-Clause
"""
The engine "verify": the core's values, each compared with statsmodels'.

What differs by more than `docs/parity.md` promises goes to the logger ``sarimax_c`` as
a warning that ends with a record in JSON, which `replay` takes; handlers find the same
as a dict in the attribute ``difference`` of the log record. `sarimax_c.stats` counts.
Nothing changes in what is returned or raised.

Log-likelihoods, their terms, scores, filter output, forecasts, start parameters and
the log-likelihood at the end of a fit are compared.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .arrays import Floats
from .counters import note_comparison
from .engine import EXACT, IDENTICAL, VERIFY, engine_info
from .errors import NumericalError
from .spec import Specification
from .statsmodels_engine import FilterArrays, StatsmodelsModel

if TYPE_CHECKING:
    from . import _core
    from .testing import Answers, ModelCase

__all__ = ["Verifier", "VerifyingModel", "replay"]

logger = logging.getLogger("sarimax_c")

# The engine 'auto' takes the exact one where statsmodels is within this of it.
_EXACT_ABSOLUTE, _EXACT_RELATIVE = 5e-7, 5e-10
# Scores: relative to their size and, as rounding is, to the number of observations.
_SCORE = 1e-5
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
_Found = TypeVar("_Found")


class Verifier:
    """
    Compares values of one series with statsmodels'; safe in threads.

    Parameters
    ----------
    spec : Specification
        The model.
    endog, exog : ndarray
        The data, before simple differencing; copied.
    report : callable
        Gets a record of every difference, and None for every value that agrees.
    """

    def __init__(
        self,
        spec: Specification,
        endog: Floats,
        exog: Floats | None,
        report: Callable[[Record | None], None] | None = None,
    ) -> None:
        self._spec = spec
        self._endog = endog.copy()
        self._exog = None if exog is None else exog.copy()
        self._report = report or _count_and_log
        self._oracle: StatsmodelsModel | None = None

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

    def score(self, params: Any, native: Floats) -> None:
        """Compare the derivatives of the log-likelihood, where ours are finite."""
        vector = np.asarray(params, dtype=np.float64)
        if not np.isfinite(native).all() or not np.isfinite(vector).all():
            return
        try:
            _, expected, _ = self._run(lambda model: model.loglike_score(vector))
        except Exception:  # as the log-likelihood, which is compared too
            return
        if not np.isfinite(expected).all() or self._has_no_promise(vector):
            return
        unit = np.maximum(np.abs(expected), len(self._endog))
        if not self._spec.concentrate_scale:
            variances = -2 if self._spec.measurement_error else -1
            scale = np.abs(vector[variances:])
            unit[variances:] = np.maximum(
                unit[variances:], len(self._endog) / np.maximum(scale, 1e-300)
            )
        largest = float((np.abs(native - expected) / unit).max(initial=0.0))
        failures = [f"score: {largest:.2e} > {_SCORE:.0e}"] * (largest > _SCORE)
        self._finish("score", vector, failures, native, expected)

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
        self._finish(call, vector, list(found.failures), *sides, **further)

    def _finish(
        self,
        call: str,
        params: Floats,
        failures: list[str],
        native: Any,
        expected: Any,
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
            "versions": engine_info()["versions"],
        }
        self._report(json.loads(json.dumps(record, default=_plain)))


class VerifyingModel:
    """
    A ``_core.Model`` whose values are compared with statsmodels'.

    Methods return and raise what the core's do; those that are not defined here are
    the core's.

    Parameters
    ----------
    core : _core.Model
        The core's model, with the engine 'auto'.
    verifier : Verifier
        Of the same specification and data.
    """

    __slots__ = ("_core", "_verifier")

    def __init__(self, core: _core.Model, verifier: Verifier) -> None:
        self._core = core
        self._verifier = verifier

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def loglike(self, params: Any) -> float:
        """Return the log-likelihood."""
        return self.evaluate(params)[0]

    def loglikes(self, params: Any) -> Floats:
        """Return the log-likelihood of each row of parameters."""
        values = self._core.loglikes(params)
        for row, llf in zip(np.asarray(params), values.tolist(), strict=True):
            self._verifier.loglike(row, llf, self._core.evaluate(row)[2])
        return values

    def evaluate(self, params: Any) -> tuple[float, int, str, str]:
        """Return log-likelihood, number of skipped observations, engine, reason."""
        check = self._verifier.loglike
        try:
            found = self._core.evaluate(params)
        except NumericalError as error:
            check(params, error, IDENTICAL)
            raise
        check(params, found[0], found[2])
        return found

    def loglike_score(self, params: Any) -> tuple[float, Floats, str]:
        """Return the log-likelihood, its derivatives and whose they are."""
        found = self._core.loglike_score(params)
        self._verifier.loglike(params, found[0], self._core.evaluate(params)[2])
        self._verifier.score(params, found[1])
        return found

    def loglikeobs(self, params: Any) -> Floats:
        """Return the contribution of each observation, 0 before the burn."""
        return self._checked(self._core.loglikeobs, self._verifier.loglikeobs, params)

    def filter(self, params: Any) -> FilterArrays:
        """Return what ``_core.Model.filter`` returns."""
        return self._checked(self._core.filter, self._verifier.filter, params)

    def forecast(
        self, params: Any, steps: int, exog_future: Floats | None
    ) -> tuple[Floats, Floats, int, int]:
        """Return what ``_core.Model.forecast`` returns."""
        return self._checked(
            self._core.forecast, self._verifier.forecast, params, steps, exog_future
        )

    def start_params(self) -> tuple[Floats, int]:
        """Return start parameters and the SX_START_* bits of what was replaced."""
        params, flags = self._core.start_params()
        self._verifier.start_params(params)
        return params, flags

    def fit(self, *arguments: Any) -> dict[str, Any]:
        """Return what ``_core.Model.fit`` returns; its end is compared."""
        found = self._core.fit(*arguments)
        engine = EXACT if found["engine"] == 1 else IDENTICAL
        self._verifier.loglike(found["params"], found["llf"], engine)
        return found

    def _checked(
        self,
        compute: Callable[..., _Found],
        check: Callable[..., None],
        *arguments: Any,
    ) -> _Found:
        """Return what the core does, after comparing it."""
        try:
            found = compute(*arguments)
        except NumericalError as error:
            check(*arguments, error)
            raise
        check(*arguments, found)
        return found


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
    from .native import Model

    def floats(name: str) -> Any:
        found = record[name]
        return None if found is None else np.array(found, dtype=np.float64)

    model = Model(
        floats("y"),
        floats("exog"),
        record["order"],
        record["seasonal"],
        engine=VERIFY,
        **record["options"],
    )
    found: list[Record | None] = []
    verifier = Verifier(model.spec, *model._raw(), found.append)
    backend = VerifyingModel(model._backend_of(model.engine), verifier)
    call, params = record["call"], floats("params")
    try:
        if call == "forecast":
            backend.forecast(params, record["steps"], floats("exog_future"))
        elif call == "start_params":
            backend.start_params()
        else:
            getattr(backend, "loglike_score" if call == "score" else call)(params)
    except NumericalError:
        pass
    return next((item for item in found if item and item["call"] == call), None)


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
    mean, var, skipped = output[:3]
    return {"forecast_mean": mean, "forecast_var": var, "nobs_skipped": skipped}


def _count_and_log(record: Record | None) -> None:
    """Count a comparison, and log a difference."""
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
