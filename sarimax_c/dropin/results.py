# SPDX-License-Identifier: BSD-3-Clause
"""
statsmodels' results without anything computed before it is asked for.

They keep a copy of the model at its parameters, which nothing else can change, and
statsmodels' own constructor runs on it in parts when one of its attributes is missing.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from statsmodels.tsa.base.tsa_model import TimeSeriesModelResults
from statsmodels.tsa.statespace.kalman_smoother import SmootherResults
from statsmodels.tsa.statespace.sarimax import SARIMAXResults as StatsmodelsResults

from ..engine import STATSMODELS
from .appending import longer_model, longer_series
from .binding import bind
from .deferred import freeze, set_polynomials
from .forecasts import get_prediction
from .imputation import impute
from .lazy import LazySmootherResults
from .locks import lock_of
from .originals import original

__all__ = ["PATCHED_RESULTS", "ResultsMixin", "SARIMAXResults"]

# What a patch adds to statsmodels' class, for models that the core does not cover.
PATCHED_RESULTS = ("engine_used", "impute")

_ARRAYS = frozenset(
    [
        "filtered_state",
        "filtered_state_cov",
        "predicted_state",
        "predicted_state_cov",
        "forecasts",
        "forecasts_error",
        "forecasts_error_cov",
        "standardized_forecasts_error",
        "forecasts_error_diffuse_cov",
        "predicted_diffuse_state_cov",
        "scaled_smoothed_estimator",
        "scaled_smoothed_estimator_cov",
        "smoothing_error",
        "smoothed_state",
        "smoothed_state_cov",
        "smoothed_state_autocov",
        "smoothed_measurement_disturbance",
        "smoothed_state_disturbance",
        "smoothed_measurement_disturbance_cov",
        "smoothed_state_disturbance_cov",
    ]
)
_COVARIANCE = frozenset(("cov_params_default", "_rank", "cov_kwds"))
# What a pickle leaves out: it is computed again.
_RECOMPUTED = _ARRAYS | {"_states"}


def _own(name: str) -> Any:
    return original("SARIMAXResults", name)


class _Source:
    """
    What lazy results are computed from.

    Attributes
    ----------
    frozen : SARIMAX
        The model at the results' parameters.
    cov_kwds : dict
        Arguments of the covariance of the estimates.
    borrowed : results or None
        Results whose covariance is taken over.
    """

    __slots__ = ("borrowed", "cov_kwds", "frozen")

    def __init__(self, frozen: Any, cov_kwds: dict[str, Any]) -> None:
        self.frozen = frozen
        self.cov_kwds = cov_kwds
        self.borrowed: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _source, (self.frozen, self.cov_kwds, self.borrowed)


def _source(frozen: Any, cov_kwds: dict[str, Any], borrowed: Any) -> _Source:
    source = _Source(frozen, cov_kwds)
    source.borrowed = borrowed
    return source


def _of_the_copy(name: str) -> Any:
    """Make statsmodels' method, which writes to the model, run on a copy of that."""
    own = _own(name)

    @functools.wraps(own)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        source = self.__dict__.get("_sx")
        with lock_of(self.model if source is None else source.frozen):
            if source is None:
                return own(self, *args, **kwargs)
            view = self._sx_view(source)
            found = own(view, *args, **kwargs)
            if self._rank is None:
                self._rank = view._rank
        return found

    return method


class ResultsMixin:
    """Methods of statsmodels' SARIMAXResults that compute on demand."""

    @classmethod
    def _sx_lazy(
        cls, model: Any, params: Any, is_smoothed: bool, cov_type: Any, cov_kwds: Any
    ) -> Any:
        """
        Make results of a model that the core covers.

        Parameters
        ----------
        model : SARIMAX
            The model.
        params : ndarray, shape (k_params,)
            All its parameters, constrained.
        is_smoothed : bool
            Whether the results have smoother output.
        cov_type, cov_kwds
            As for statsmodels' results; a known type but 'custom'.

        Returns
        -------
        SARIMAXResults
        """
        from .model import SARIMAX, ModelMixin

        kind = type(model) if issubclass(type(model), ModelMixin) else SARIMAX
        cov_kwds = {} if cov_kwds is None else cov_kwds
        self = object.__new__(cls)
        own = self.__dict__
        own["_cache"] = {}
        own["_sx"] = _Source(freeze(model, kind, params), cov_kwds)
        own["filter_results"] = LazySmootherResults(own["_sx"].frozen, is_smoothed)
        own["smoother_results"] = own["filter_results"]
        TimeSeriesModelResults.__init__(self, model, params, None, scale=1.0)
        if model.concentrate_scale:
            del own["scale"]
        self._sx_set_counts(model)
        own["cov_type"] = cov_type or "opg"
        own["_cov_approx_complex_step"] = cov_kwds.pop("approx_complex_step", True)
        own["_cov_approx_centered"] = cov_kwds.pop("approx_centered", False)
        own["_data_attr_model"] = ["ssm", "orig_endog", "orig_exog"]
        own["_data_attr"].extend(_DATA_ATTRIBUTES)
        return self

    def _sx_set_counts(self, model: Any) -> None:
        """Set what statsmodels' constructor counts and names."""
        own = self.__dict__
        own["_has_fixed_params"] = model._has_fixed_params
        own["_fixed_params_index"] = model._fixed_params_index
        own["_free_params_index"] = model._free_params_index
        fixed = model._fixed_params.copy() if model._has_fixed_params else None
        own["_fixed_params"] = fixed
        own["fixed_params"] = [*(fixed or ())]
        own["param_names"] = [
            f"{name} (fixed)" if name in own["fixed_params"] else name
            for name in model.data.param_names or []
        ]
        own["nobs"] = model.nobs
        own["nobs_diffuse"] = 0
        own["nobs_effective"] = model.nobs - self.loglikelihood_burn
        own["k_diffuse_states"] = 0
        free = self.params.size - len(own["fixed_params"])
        own["df_model"] = free + bool(model.concentrate_scale)
        own["df_resid"] = np.inf

    def __getattr__(self, name: str) -> Any:
        own = self.__dict__
        source = own.get("_sx")
        if source is None or name.startswith("__"):
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}"
            )
        with lock_of(source.frozen):
            if name not in own:
                self._sx_fill(name, source)
        try:
            return own[name]
        except KeyError:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}"
            ) from None

    def _sx_fill(self, name: str, source: _Source) -> None:
        """Set what goes with an attribute; nothing where there is no such one."""
        own = self.__dict__
        if name in _ARRAYS:
            own[name] = getattr(own["filter_results"], name, None)
        elif name == "scale":
            own[name] = own["filter_results"].scale
        elif name in _COVARIANCE:
            self._sx_fill_covariance(source)
        elif name == "_states":
            full = self._sx_constructed(own["filter_results"])
            own[name] = full._states
        elif "specification" not in own:
            self._sx_fill_specification()

    def __dir__(self) -> list[str]:
        names = {*object.__dir__(self)}
        if "_sx" in self.__dict__:
            with lock_of(self.__dict__["_sx"].frozen):
                if "specification" not in self.__dict__:
                    self._sx_fill_specification()
            names |= {*object.__dir__(self), *_ARRAYS, *_COVARIANCE, "_states", "scale"}
        return sorted(name for name in names if not name.startswith("_sx"))

    def __getstate__(self) -> dict[str, Any]:
        state = _own("__getstate__")(self)
        if "_sx" not in state:
            return state
        return {k: v for k, v in state.items() if k not in _RECOMPUTED}

    @property
    def engine_used(self) -> str:
        """Engine of the numbers: 'identical', or 'statsmodels'."""
        own = self.__dict__
        return "identical" if "_sx" in own else own.get("_sx_engine", STATSMODELS)

    def remove_data(self) -> None:
        # What statsmodels' results keep is what was computed when they were made.
        if "_sx" in self.__dict__:
            _ = self.cov_params_default, self.scale, self.specification
        _own("remove_data")(self)
        self.__dict__.pop("_sx", None)

    def _sx_constructed(self, output: Any) -> Any:
        """Return statsmodels' results of given filter output, without covariance."""
        frozen = self.__dict__["_sx"].frozen
        set_polynomials(frozen, self.params)
        full = object.__new__(StatsmodelsResults)
        _own("__init__")(full, frozen, self.params, output, cov_type="none")
        return full

    def _sx_fill_specification(self) -> None:
        """Set what statsmodels' constructor takes from the model."""
        own = self.__dict__
        full = self._sx_constructed(_NoOutput(own["filter_results"]))
        left_out = _ARRAYS | _COVARIANCE | {"_states", "scale"}
        for name, value in vars(full).items():
            if name not in left_out:
                own.setdefault(name, value)

    def _sx_fill_covariance(self, source: _Source) -> None:
        """Set the covariance of the estimates."""
        own, view = self.__dict__, self._sx_view(source)
        kwds = dict(source.cov_kwds)
        kind = own["cov_type"]
        if source.borrowed is not None:
            kind, kwds = "custom", _borrowed(source.borrowed)
        try:
            view._get_robustcov_results(cov_type=kind, use_self=True, **kwds)
        except np.linalg.LinAlgError:
            k_params = len(self.params)
            view._rank = 0
            view.cov_params_default = np.full((k_params, k_params), np.nan)
            view.cov_kwds["cov_type"] = (
                "Covariance matrix could not be calculated: singular."
                " information matrix."
            )
        for name in _COVARIANCE:
            own[name] = view.__dict__[name]
        for name, value in view._cache.items():
            own["_cache"].setdefault(name, value)

    def _sx_view(self, source: _Source) -> Any:
        """Return statsmodels' results of the copied model, without covariance."""
        view = object.__new__(StatsmodelsResults)
        view.__dict__.update(self.__dict__)
        view.__dict__.update(model=source.frozen, _cache={}, cov_kwds={}, _rank=None)
        view.__dict__["_sx"] = None
        return view

    def _sx_core(self) -> Any:
        """Return the core's model of the copy, or None."""
        frozen = self.__dict__["_sx"].frozen
        with lock_of(frozen):
            return bind(frozen).model

    _cov_params_approx = _of_the_copy("_cov_params_approx")
    _cov_params_oim = _of_the_copy("_cov_params_oim")
    _cov_params_opg = _of_the_copy("_cov_params_opg")
    _cov_params_robust_oim = _of_the_copy("_cov_params_robust_oim")
    _cov_params_robust_approx = _of_the_copy("_cov_params_robust_approx")

    def get_prediction(
        self,
        start: Any = None,
        end: Any = None,
        dynamic: Any = False,
        information_set: str = "predicted",
        signal_only: bool = False,
        index: Any = None,
        exog: Any = None,
        extend_model: Any = None,
        extend_kwargs: Any = None,
        **kwargs: Any,
    ) -> Any:
        unusual = extend_model, extend_kwargs, kwargs or None
        if "_sx" in self.__dict__ and all(value is None for value in unusual):
            needless = exog is not None and not self.model.k_exog
            if information_set == "predicted" and not (signal_only or needless):
                return get_prediction(self, start, end, dynamic, index, exog)
        return _own("get_prediction")(
            self,
            start,
            end,
            dynamic,
            information_set,
            signal_only,
            index,
            exog,
            extend_model,
            extend_kwargs,
            **kwargs,
        )

    def append(
        self,
        endog: Any,
        exog: Any = None,
        refit: bool = False,
        fit_kwargs: Any = None,
        copy_initialization: bool = False,
        **kwargs: Any,
    ) -> Any:
        if not (copy_initialization or kwargs):
            longer = longer_series(self.model, endog, exog)
            if longer is not None:
                model = longer_model(self.model, *longer)
                return self._apply(model, refit=refit, fit_kwargs=fit_kwargs)
        kwargs["copy_initialization"] = copy_initialization
        return super().append(  # type: ignore[misc]
            endog, exog=exog, refit=refit, fit_kwargs=fit_kwargs, **kwargs
        )

    def impute(
        self, *, variance: bool = True, fallback: str | None = None
    ) -> tuple[Any, Any]:
        """
        Fill missing observations with their expectations given all others.

        Parameters
        ----------
        variance, fallback
            As for `sarimax_c.sarimax_impute`.

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
        source = self.__dict__.get("_sx")
        native = None if source is None else self._sx_core()
        return impute(self, variance=variance, fallback=fallback, native=native)

    def _apply(self, mod: Any, refit: bool = False, fit_kwargs: Any = None) -> Any:
        given = fit_kwargs or {}
        is_plain = not refit and given.keys().isdisjoint(("cov_type", "cov_kwds"))
        if not is_plain or "_sx" not in self.__dict__:
            return _own("_apply")(self, mod, refit=refit, fit_kwargs=fit_kwargs)
        run = mod.filter if self.smoother_results is None else mod.smooth
        given = {"cov_type": "none", **given}
        if self._has_fixed_params:
            with mod.fix_params(self._fixed_params):
                given.setdefault("includes_fixed", True)
                results = run(self.params, **given)
        else:
            results = run(self.params, **given)
        inner = results._results
        if "_sx" not in inner.__dict__:
            return _own("_apply")(self, mod, refit=refit, fit_kwargs=fit_kwargs)
        if self.cov_type != "none":
            inner.cov_type = self.cov_type
            source = self.__dict__["_sx"]
            inner.__dict__["_sx"].borrowed = _lender(self, source)
        return results


def _lender(results: Any, source: _Source) -> Any:
    """Return whose covariance results hand on: not one of a chain of results."""
    if source.borrowed is not None and "cov_params_default" not in results.__dict__:
        return _Onward(source.borrowed)
    return results


class _Onward:
    """Results whose covariance was taken over already when it was taken over again."""

    def __init__(self, lender: Any) -> None:
        self.lender = lender


def _borrowed(lender: Any) -> dict[str, Any]:
    """Return the arguments of a covariance that other results have."""
    times = 1
    while isinstance(lender, _Onward):
        lender, times = lender.lender, times + 1
    matrix, description = lender.cov_params_default, lender.cov_kwds
    text = description.get("description", "Unknown.")
    for _ in range(times):
        text = (
            "Parameters and standard errors were estimated using a different dataset"
            f" and were then applied to this dataset. {text}"
        )
    return {
        "custom_cov_type": lender.cov_type,
        "custom_cov_params": matrix,
        "custom_description": text,
    }


class _NoOutput(SmootherResults):  # type: ignore[misc]
    """Filter output with nothing in it, for a constructor that stores what is there."""

    def __init__(self, output: Any) -> None:
        own = self.__dict__
        for name in ("nobs", "nobs_diffuse", "loglikelihood_burn"):
            own[name] = getattr(output, name)
        own.update(scale=1.0, filter_concentrated=output.filter_concentrated)
        own.update(initial_diffuse_state_cov=None, _kalman_gain=None)
        own.update(_standardized_forecasts_error=None, memory_no_forecast=True)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("memory_no_"):
            return False
        if name in _ARRAYS:
            return None
        raise AttributeError(name)


_DATA_ATTRIBUTES = (*sorted(_ARRAYS), "filter_results", "smoother_results")


class SARIMAXResults(ResultsMixin, StatsmodelsResults):  # type: ignore[misc]  # noqa: D101
    __doc__ = StatsmodelsResults.__doc__
