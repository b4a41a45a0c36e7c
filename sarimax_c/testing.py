# SPDX-License-Identifier: BSD-3-Clause
"""Compare an engine of this package with statsmodels.

For your own series::

    from sarimax_c.testing import assert_parity
    assert_parity(y, order=(0, 1, 1), seasonal=(0, 1, 1, 12))

For the whole reproducible grid of models, ``python -m sarimax_c.testing`` prints
the quantiles of the differences for each answer and the worst cases by name.

Differences are measured in the units of `docs/parity.md`: log-likelihoods relative
to max(1, |value|), variances relative, residuals, forecasts and standardized
residuals in forecast standard deviations, start parameters relative to
max(1, |value|). The oracle is statsmodels itself, called directly.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ._families import FAMILIES, make_grid
from ._grid import Floats, ModelCase
from ._regimes import REGIMES, Regime, Tolerances, regime_of, tolerances_for

__all__ = [
    "ANSWERS",
    "REGIMES",
    "Answers",
    "EngineUnavailableError",
    "ModelCase",
    "ParityReport",
    "Regime",
    "Tolerances",
    "assert_parity",
    "compare",
    "compare_start_params",
    "engine_answers",
    "engine_start_params",
    "model_grid",
    "oracle_answers",
    "oracle_start_params",
    "regime_of",
    "start_params_tolerance",
    "tolerances_for",
]

#: Meaningless where nothing is left to estimate a concentrated scale from (NaN).
_OF_SCALE = ("llf_obs", "standardized_forecasts_error")

#: Below this F an observation is skipped, so its F is no unit of measure.
_SKIP_BELOW = 1e-12


# ---- what is compared ---------------------------------------------------------


def _empty() -> Floats:
    return np.zeros(0)


@dataclass(frozen=True)
class Answers:
    """What an engine says about one case; statsmodels' names and meanings.

    ``error`` is the class name of the exception raised instead, if any; the other
    fields are then empty.
    """

    llf: float = np.nan
    scale: float = np.nan
    llf_obs: Floats = field(default_factory=_empty)
    forecasts: Floats = field(default_factory=_empty)
    resid: Floats = field(default_factory=_empty)
    forecasts_error_cov: Floats = field(default_factory=_empty)
    standardized_forecasts_error: Floats = field(default_factory=_empty)
    forecast_mean: Floats = field(default_factory=_empty)
    forecast_var: Floats = field(default_factory=_empty)
    nobs_skipped: int = 0
    period_converged: int | None = None
    error: str | None = None


#: Names of the numbers that are compared, in the order of reports.
ANSWERS = tuple(
    item.name
    for item in fields(Answers)
    if item.name not in ("nobs_skipped", "period_converged", "error")
)


# ---- the two sides ---------------------------------------------------------------


def _statsmodels_model(case: ModelCase) -> Any:
    from .dropin.oracle import untouched_sarimax

    options = dict(case.options)
    tolerance = options.pop("tolerance", None)
    model = untouched_sarimax()(
        case.y,
        exog=case.exog,
        order=case.order,
        seasonal_order=case.seasonal,
        **options,
    )
    if tolerance is not None:
        model.tolerance = tolerance
    return model


def oracle_answers(case: ModelCase) -> Answers:
    """Answers of statsmodels, called directly."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model = _statsmodels_model(case)
            result = model.filter(case.params, cov_type="none")
            forecast = result.get_forecast(case.steps, exog=case.exog_future)
            mean = np.asarray(forecast.predicted_mean)
            var = np.asarray(forecast.var_pred_mean)
    except Exception as error:
        return Answers(error=type(error).__name__)
    raw = result.filter_results
    missing = np.isnan(np.asarray(model.endog)[:, 0])
    skipped = raw.univariate_filter.astype(bool) & ~missing
    # statsmodels leaves these unset: 0, or whatever an earlier call left there
    standardized = np.array(raw.standardized_forecasts_error[0])
    standardized[skipped | missing] = 0.0
    return Answers(
        llf=float(result.llf),
        scale=float(result.scale),
        llf_obs=np.array(result.llf_obs),
        forecasts=raw.forecasts[0],
        resid=np.asarray(result.resid),
        forecasts_error_cov=raw.forecasts_error_cov[0, 0],
        standardized_forecasts_error=standardized,
        forecast_mean=mean,
        forecast_var=var.reshape(-1),
        nobs_skipped=int(skipped.sum()),
        period_converged=int(raw.period_converged) if raw.converged else None,
    )


class EngineUnavailableError(RuntimeError):
    """The engine asked for would not run; another one must not stand in for it."""


def _engine_model(case: ModelCase, engine: str) -> Any:
    from .native import Model

    model = Model(
        case.y, case.exog, case.order, case.seasonal, engine=engine, **case.options
    )
    if model.engine != engine:
        raise EngineUnavailableError(
            f"asked for engine {engine!r}, got {model.engine!r}"
        )
    return model


def engine_answers(case: ModelCase, engine: str = "identical") -> Answers:
    """Answers of an engine of this package."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model = _engine_model(case, engine)
            result = model.filter(case.params)
            mean, var = model.forecast(case.params, case.steps, case.exog_future)
    except EngineUnavailableError:
        raise
    except Exception as error:
        return Answers(error=type(error).__name__)
    return Answers(
        llf=float(result.llf),
        scale=float(result.scale),
        llf_obs=result.llf_obs,
        forecasts=result.forecasts,
        resid=result.resid,
        forecasts_error_cov=result.forecasts_error_cov,
        standardized_forecasts_error=result.standardized_forecasts_error,
        forecast_mean=mean,
        forecast_var=var,
        nobs_skipped=int(result.nobs_skipped),
        period_converged=result.period_converged,
    )


def oracle_start_params(case: ModelCase) -> Floats | None:
    """Start parameters of statsmodels; None where it raises."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return np.asarray(_statsmodels_model(case).start_params, dtype=float)
    except Exception:
        return None


def engine_start_params(case: ModelCase, engine: str = "identical") -> Floats | None:
    """Start parameters of an engine of this package; None where it raises."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return np.asarray(_engine_model(case, engine).start_params, dtype=float)
    except EngineUnavailableError:
        raise
    except Exception:
        return None


# ---- comparing -----------------------------------------------------------------


@dataclass(frozen=True)
class ParityReport:
    """Differences of one case, and whether they are within the promise.

    Attributes
    ----------
    case : ModelCase
    expected, actual : Answers
        Of statsmodels and of the engine.
    differences : dict
        Largest difference per answer, in the units of this module; infinity where
        one side is not finite, or of another length, and the other is.
    tolerances : Tolerances
    regime : str or None
        Name of the exception that applies.
    failures : tuple of str
        One line for each answer outside its tolerance; empty = parity.
    """

    case: ModelCase
    expected: Answers
    actual: Answers
    differences: dict[str, float]
    tolerances: Tolerances
    regime: str | None
    failures: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """True if every answer is within its tolerance."""
        return not self.failures

    def __str__(self) -> str:
        """The case, then a line for every answer."""
        lines = [str(self.case), f"  params {self.case.params.tolist()}"]
        if self.regime:
            lines.append(f"  exception: {self.regime} ({self.tolerances.values:.1e})")
        lines += [f"  {name:<30}{d:9.1e}" for name, d in self.differences.items()]
        lines += [f"  FAILED {failure}" for failure in self.failures]
        return "\n".join(lines)


def _largest(actual: Any, expected: Any, unit: Any) -> float:
    """Return max |actual - expected| / unit; non-finite values must agree in kind."""
    actual, expected = np.atleast_1d(actual), np.atleast_1d(expected)
    if actual.shape != expected.shape:
        return np.inf
    finite = np.isfinite(expected)
    if not np.array_equal(finite, np.isfinite(actual)):
        return np.inf
    difference = np.abs(actual[finite] - expected[finite])
    units = np.broadcast_to(unit, finite.shape)[finite]
    return float((difference / units).max(initial=0.0))


def _standard_deviations(variance: Floats, values: Floats) -> Floats:
    """Unit of means and residuals; max(1, |value|) where there is no variance."""
    usable = np.isfinite(variance) & (variance >= _SKIP_BELOW)
    fallback = np.maximum(1.0, np.abs(np.nan_to_num(values)))
    return np.where(usable, np.sqrt(np.where(usable, variance, 1.0)), fallback)


def _units(expected: Answers) -> dict[str, Any]:
    """Unit of every answer, from the oracle's values."""
    variance, future = expected.forecasts_error_cov, expected.forecast_var
    sd = _standard_deviations(variance, expected.resid)
    forecasts_sd = _standard_deviations(variance, expected.forecasts)
    return {
        "llf": max(1.0, abs(np.nan_to_num(expected.llf))),
        "scale": max(abs(np.nan_to_num(expected.scale)), 1e-300),
        "llf_obs": np.maximum(1.0, np.abs(expected.llf_obs)),
        "forecasts": forecasts_sd,
        "resid": sd,
        "forecasts_error_cov": np.maximum(np.abs(variance), _SKIP_BELOW),
        "standardized_forecasts_error": 1.0,
        "forecast_mean": _standard_deviations(future, expected.forecast_mean),
        "forecast_var": np.maximum(np.abs(future), _SKIP_BELOW),
    }


def _failures(
    expected: Answers,
    actual: Answers,
    differences: dict[str, float],
    tolerances: Tolerances,
) -> Iterable[str]:
    if expected.error is not None:
        # where statsmodels' LU fails a finite answer computed another way is as good
        if actual.error is None and expected.error != "LinAlgError":
            yield f"statsmodels raised {expected.error}, the engine did not"
        return
    if actual.error is not None:
        if np.isfinite(tolerances.values):
            yield f"the engine raised {actual.error}, statsmodels did not"
        return
    for name, difference in differences.items():
        limit = tolerances.llf if name == "llf" else tolerances.values
        if difference > limit:
            yield f"{name}: {difference:.2e} > {limit:.0e}"
    if abs(expected.llf) <= 1000:
        absolute = abs(actual.llf - expected.llf)
        if absolute >= tolerances.llf_absolute:
            yield f"llf: absolute {absolute:.2e} >= {tolerances.llf_absolute:.0e}"
    if np.isfinite(tolerances.values) and actual.nobs_skipped != expected.nobs_skipped:
        yield f"nobs_skipped: {actual.nobs_skipped} != {expected.nobs_skipped}"


def compare(
    case: ModelCase,
    engine: str | Callable[[ModelCase], Answers] = "identical",
    *,
    expected: Answers | None = None,
    tolerances: Tolerances | None = None,
) -> ParityReport:
    """Compare an engine with statsmodels on one case.

    Parameters
    ----------
    case : ModelCase
    engine : str or callable
        Name of an engine of this package, or a function from a case to `Answers`.
    expected : Answers, optional
        statsmodels' answers, if already computed by `oracle_answers`.
    tolerances : Tolerances, optional
        Default: what is promised for the case (`tolerances_for`).

    Returns
    -------
    ParityReport
    """
    expected = oracle_answers(case) if expected is None else expected
    actual = engine(case) if callable(engine) else engine_answers(case, engine)
    regime = regime_of(case)
    tolerances = tolerances_for(case) if tolerances is None else tolerances
    differences: dict[str, float] = {}
    if expected.error is None and actual.error is None:
        units = _units(expected)
        differences = {
            name: _largest(getattr(actual, name), getattr(expected, name), units[name])
            for name in ANSWERS
            if np.isfinite(expected.scale) or name not in _OF_SCALE
        }
    return ParityReport(
        case=case,
        expected=expected,
        actual=actual,
        differences=differences,
        tolerances=tolerances,
        regime=None if regime is None else regime.name,
        failures=tuple(_failures(expected, actual, differences, tolerances)),
    )


def _start_difference(case: ModelCase, actual: Floats | None) -> float:
    """Difference to statsmodels' start parameters, relative to max(1, |value|)."""
    expected = oracle_start_params(case)
    if expected is None or actual is None:
        return 0.0 if expected is None and actual is None else np.inf
    unit = np.maximum(1.0, np.abs(np.nan_to_num(expected)))
    if not case.options.get("concentrate_scale") and unit.size:
        unit[-1] = abs(expected[-1])
    return _largest(actual, expected, unit)


def compare_start_params(
    case: ModelCase,
    engine: str | Callable[[ModelCase], Floats | None] = "identical",
) -> float:
    """Largest difference of the start parameters, relative to max(1, |value|).

    0 if both sides raise, infinity if one does; a trailing variance is compared
    relative to itself.
    """
    actual = engine(case) if callable(engine) else engine_start_params(case, engine)
    return _start_difference(case, actual)


def start_params_tolerance(case: ModelCase) -> float:
    """Tolerance of the start parameters: 1e-9 where statsmodels has that many digits.

    Infinity where a change of the series by one unit in the last place moves
    statsmodels' own start parameters by more: with more regressors than the
    observations can tell apart, its pseudo-inverse amplifies rounding.
    """
    default = Tolerances().start_params
    rng = np.random.Generator(np.random.PCG64(0))
    for _ in range(3):
        signs = rng.choice([-1.0, 1.0], case.y.size)
        moved = replace(case, y=case.y * (1.0 + np.finfo(float).eps * signs))
        if _start_difference(case, oracle_start_params(moved)) > default:
            return np.inf
    return default


def assert_parity(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Sequence[Any] = (1, 0, 0),
    seasonal: Sequence[Any] = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    *,
    steps: int = 5,
    exog_future: ArrayLike | None = None,
    engine: str = "identical",
    tolerances: Tolerances | None = None,
    **options: Any,
) -> ParityReport:
    """Assert that an engine agrees with statsmodels on your series.

    Parameters
    ----------
    y, exog : array_like
        Series (NaN = missing) and its regressors.
    order, seasonal : sequence
        As everywhere in this package.
    params : array_like, optional
        Parameters; default: statsmodels' start parameters.
    steps : int
        Forecast horizon.
    exog_future : array_like, optional
        Regressors of the forecasts; default: the last `steps` rows of `exog`.
    engine : str
        Engine to check.
    tolerances : Tolerances, optional
        Default: what is promised for the model (see `docs/parity.md`).
    **options
        Further options of the model.

    Returns
    -------
    ParityReport

    Raises
    ------
    AssertionError
        With the differences of all answers, if one is outside its tolerance.
    """
    regressors, future = _as_columns(exog), _as_columns(exog_future)
    if regressors is not None and future is None:
        future = regressors[-steps:]
    case = ModelCase(
        name="assert_parity",
        y=np.asarray(y, dtype=float),
        order=(order[0], order[1], order[2]),
        seasonal=(seasonal[0], seasonal[1], seasonal[2], seasonal[3]),
        params=np.zeros(0) if params is None else np.asarray(params, dtype=float),
        exog=regressors,
        exog_future=future,
        steps=steps,
        options=options,
    )
    if params is None:
        case = _with_start_params(case)
    report = compare(case, engine, tolerances=tolerances)
    if not report.ok:
        raise AssertionError(f"no parity with statsmodels\n{report}")
    return report


def _as_columns(exog: ArrayLike | None) -> Floats | None:
    if exog is None:
        return None
    columns = np.asarray(exog, dtype=float)
    return columns.reshape(columns.shape[0], -1)


def _with_start_params(case: ModelCase) -> ModelCase:
    start = oracle_start_params(case)
    if start is None:
        raise ValueError("statsmodels has no start parameters here: give params")
    return replace(case, params=start)


def model_grid(families: Sequence[str] | None = None) -> list[ModelCase]:
    """The reproducible grid of models that parity is tested on.

    Parameters
    ----------
    families : sequence of str, optional
        Subset of families; default all. See `sarimax_c._families.FAMILIES`.

    Returns
    -------
    list of ModelCase
        The same cases on every machine: numpy's PCG64 with fixed seeds.
    """
    chosen = tuple(FAMILIES) if families is None else tuple(families)
    if unknown := set(chosen) - set(FAMILIES):
        raise ValueError(f"unknown families {sorted(unknown)}; have {list(FAMILIES)}")
    return make_grid(chosen)


# ---- python -m sarimax_c.testing ---------------------------------------------------


def _quantile_row(name: str, values: list[float]) -> str:
    cells = [*np.quantile(values, [0.5, 0.9, 0.99]), max(values)]
    return f"{name:<30}" + "".join(f"{cell:>10.1e}" for cell in cells)


def _print_tables(reports: list[ParityReport], worst: int) -> None:
    header = f"{'answer':<30}{'median':>10}{'90 %':>10}{'99 %':>10}{'max':>10}"
    for regime in [None, *(r.name for r in REGIMES)]:
        chosen = [r for r in reports if r.regime == regime and r.differences]
        if not chosen:
            continue
        print(f"\n{regime or 'default tolerances'}: {len(chosen)} cases\n{header}")
        for name in ANSWERS:
            values = [r.differences[name] for r in chosen if name in r.differences]
            print(_quantile_row(name, values))
        ranked = sorted(chosen, key=lambda r: -max(r.differences.values()))
        for report in ranked[:worst]:
            name, value = max(report.differences.items(), key=lambda pair: pair[1])
            print(f"  {value:8.1e} {name}: {report.case}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the quantiles of the differences over the grid; 1 if any case fails."""
    parser = argparse.ArgumentParser(prog="python -m sarimax_c.testing")
    parser.add_argument("--engine", default="identical")
    parser.add_argument("--family", action="append", choices=list(FAMILIES))
    parser.add_argument("--worst", type=int, default=5, help="cases named per table")
    options = parser.parse_args(arguments)
    cases = model_grid(options.family)
    reports = [compare(case, options.engine) for case in cases]
    limit = Tolerances().start_params
    promised = [case for case in cases if start_params_tolerance(case) == limit]
    starts = [compare_start_params(case, options.engine) for case in promised]
    print(f"engine {options.engine!r} against statsmodels, {len(cases)} cases")
    _print_tables(reports, options.worst)
    print(f"\nstart parameters: {len(starts)} cases where statsmodels has 9 digits")
    print(_quantile_row("start_params", starts))
    failed = [report for report in reports if not report.ok]
    print(f"\n{len(failed)} of {len(cases)} cases outside their tolerance")
    for report in failed:
        print(report)
    return 1 if failed or max(starts) > limit else 0


if __name__ == "__main__":
    raise SystemExit(main())
