# SPDX-License-Identifier: BSD-3-Clause
"""
`SARIMAX`: statsmodels' class with its numbers from the compiled core.

`ModelMixin` holds the methods that differ. They run on a `sarimax_c.Model` of the same
data (`binding`) wherever that covers the case, without touching the state space
object, and else on statsmodels' own method, whose filter `StateSpace` runs.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from typing import Any

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX as StatsmodelsSARIMAX
from statsmodels.tsa.statespace.sarimax import SARIMAXResultsWrapper

from ..counters import note_call
from ..engine import IDENTICAL, STATSMODELS
from ..errors import SarimaxError
from .binding import bind
from .calls import (
    as_vector,
    clocked,
    complex_partials,
    constrained,
    is_smooth,
    named_flags,
    native_hessian,
    native_score,
    note,
    note_statsmodels,
)
from .deferred import (
    LEFT_OUT,
    UNFINISHED,
    end_construction,
    make_left_out,
    make_state_space,
    without_state_space,
)
from .originals import original
from .parameters import start_params, transformed_params
from .periods import prediction_index
from .search import fit_default, is_default_search
from .statespace import StateSpace
from .templates import exog_of, keep_template, made_from_template, template_key

__all__ = ["PATCHED", "SARIMAX", "ModelMixin"]


# What a pickle leaves out.
_NOT_KEPT = ("_sx_binding", "_sx_open", "_sx_ran", "_sx_twin")


def _own(name: str) -> Any:
    return original("SARIMAX", name)


class ModelMixin:
    """Methods of statsmodels' SARIMAX that run in the compiled core."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        key = None
        if type(self) is SARIMAX:
            key = template_key(type(self), args, kwargs)
            if key is not None and made_from_template(
                self, key, args[0], exog_of(args, kwargs)
            ):
                if type(self) is StatsmodelsSARIMAX:
                    UNFINISHED.add(self)
                return
        _own("__init__")(self, *args, **kwargs)
        end_construction(self)
        if key is not None:
            keep_template(self, key)

    # Attributes of functions are not in mypy's type of them; inspect reads this one.
    __init__.__signature__ = inspect.signature(StatsmodelsSARIMAX.__init__)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        """Make the state space object when it is asked for."""
        if name == "ssm" and "_sx_options" in self.__dict__:
            return make_state_space(self)
        if name in LEFT_OUT and "orig_endog" in self.__dict__:
            return make_left_out(self, name)
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}"
        )

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), "ssm", *LEFT_OUT})

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be made again."""
        own = self.__dict__
        if not isinstance(self, SARIMAX):
            # A patched class may be without the patch when it comes back.
            getattr(self, "ssm", None)
        elif "_sx_options" in own or _is_untouched(own.get("ssm")):
            own = without_state_space(self)
        return {k: v for k, v in own.items() if k not in _NOT_KEPT}

    def initialize_statespace(self, **kwargs: Any) -> None:
        endog = self.endog.T
        ssm = StateSpace(endog.shape[0], self.k_states, nobs=endog.shape[1], **kwargs)
        self.ssm = ssm
        constructing = ssm.updating()
        constructing.__enter__()
        self.__dict__["_sx_open"] = constructing
        ssm.bind(endog)
        self.k_endog = ssm.k_endog

    def initialize_default(self, approximate_diffuse_variance: Any = None) -> None:
        ssm = self.ssm
        if approximate_diffuse_variance is None:
            approximate_diffuse_variance = ssm.initial_variance
        with _updating(ssm):
            _own("initialize_default")(self, approximate_diffuse_variance)
        self.__dict__["_sx_start"] = (
            approximate_diffuse_variance,
            bool(self.enforce_stationarity),
        )

    def _get_prediction_index(
        self, start: Any, end: Any, index: Any = None, silent: bool = False
    ) -> Any:
        if index is None:
            found = prediction_index(self, start, end)
            if found is not None:
                return found
        return _own("_get_prediction_index")(self, start, end, index, silent)

    def update(
        self,
        params: Any,
        transformed: bool = True,
        includes_fixed: bool = False,
        complex_step: bool = False,
    ) -> Any:
        own = self.__dict__
        if "ssm" not in own and "_sx_options" in own:
            params = self.handle_params(
                params, transformed=transformed, includes_fixed=includes_fixed
            )
        else:
            if isinstance(self.ssm, StateSpace):
                self.ssm.defer(None)
            with _updating(self.ssm):
                params = _own("update")(
                    self,
                    params,
                    transformed=transformed,
                    includes_fixed=includes_fixed,
                    complex_step=complex_step,
                )
        own["_sx_params"] = params
        return params

    @property
    def engine_used(self) -> str:
        """Engine of the last call: 'exact', 'identical' or 'statsmodels'."""
        return self.__dict__.get("_sx_engine", "")

    @clocked
    def loglike(self, params: Any, *args: Any, **kwargs: Any) -> Any:
        flags = named_flags(args, kwargs, ("transformed", "includes_fixed"))
        binding = bind(self)
        if flags is not None:
            vector = constrained(
                self,
                binding,
                params,
                flags.get("transformed", True),
                flags.get("includes_fixed", False),
            )
            if vector is not None:
                with contextlib.suppress(SarimaxError):
                    core = binding.model._backend
                    if "_sx_searching" in self.__dict__:
                        core = binding.model._backend_of(IDENTICAL)
                    llf, _, engine, _ = core.evaluate(vector)
                    note(self, "loglike", engine)
                    return np.float64(llf)
        llf = _own("loglike")(self, params, *args, **kwargs)
        note_statsmodels(self, "loglike", binding.reason or "arguments")
        return llf

    @clocked
    def loglikeobs(
        self,
        params: Any,
        transformed: bool = True,
        includes_fixed: bool = False,
        complex_step: bool = False,
        **kwargs: Any,
    ) -> Any:
        binding = bind(self)
        if not (complex_step or kwargs):
            vector = constrained(self, binding, params, transformed, includes_fixed)
            if vector is not None:
                with contextlib.suppress(SarimaxError):
                    llf_obs = binding.model.loglikeobs(vector)
                    note(self, "loglikeobs", IDENTICAL)
                    return llf_obs
        llf_obs = _own("loglikeobs")(
            self, params, transformed, includes_fixed, complex_step, **kwargs
        )
        note_statsmodels(self, "loglikeobs", binding.reason or "arguments")
        return llf_obs

    @clocked
    def score(self, params: Any, *args: Any, **kwargs: Any) -> Any:
        binding = bind(self)
        kwargs = kwargs.copy()
        method = kwargs.pop("method", None)
        flags = named_flags(
            args,
            kwargs,
            ("transformed", "includes_fixed", "score_method", "approx_complex_step"),
        )
        if flags is not None:
            score = native_score(self, binding, params, method, flags)
            if score is not None:
                return score
        if method is not None:
            kwargs["method"] = method
        score = _own("score")(self, params, *args, **kwargs)
        note_statsmodels(self, "score", binding.reason or "arguments")
        return score

    @clocked
    def score_obs(
        self,
        params: Any,
        method: str = "approx",
        transformed: bool = True,
        includes_fixed: bool = False,
        approx_complex_step: Any = None,
        approx_centered: bool = False,
        **kwargs: Any,
    ) -> Any:
        binding = bind(self)
        is_plain = method == "approx" and transformed and not kwargs
        if is_plain and approx_complex_step in (None, True):
            vector = constrained(self, binding, params, True, includes_fixed)
            if vector is not None:
                with contextlib.suppress(SarimaxError):
                    scores = binding.model._backend.score_obs(vector)
                    if is_smooth(binding, vector, scores):
                        note(self, "score_obs", IDENTICAL)
                        return scores.T
        scores = _own("score_obs")(
            self,
            params,
            method,
            transformed,
            includes_fixed,
            approx_complex_step,
            approx_centered,
            **kwargs,
        )
        note_statsmodels(self, "score_obs", binding.reason or "arguments")
        return scores

    @clocked
    def hessian(self, params: Any, *args: Any, **kwargs: Any) -> Any:
        binding = bind(self)
        hessian = native_hessian(self, binding, params, args, kwargs)
        if hessian is not None:
            return hessian
        hessian = _own("hessian")(self, params, *args, **kwargs)
        note_statsmodels(self, "hessian", binding.reason or "arguments")
        return hessian

    def _forecasts_error_partial_derivatives(
        self,
        params: Any,
        transformed: bool = True,
        includes_fixed: bool = False,
        approx_complex_step: Any = None,
        approx_centered: bool = False,
        res: Any = None,
        **kwargs: Any,
    ) -> Any:
        # With the scale concentrated out the variances are those times the scale.
        if (
            approx_complex_step
            and res is not None
            and isinstance(self.ssm, StateSpace)
            and not self.ssm.filter_concentrated
        ):
            partials = complex_partials(self, params, includes_fixed, kwargs)
            if partials is not None:
                return partials
        return _own("_forecasts_error_partial_derivatives")(
            self,
            params,
            transformed,
            includes_fixed,
            approx_complex_step,
            approx_centered,
            res,
            **kwargs,
        )

    @property
    @clocked
    def start_params(self) -> Any:
        """Parameters to start an optimizer from."""
        params, reason = start_params(self)
        if params is not None:
            note(self, "start_params", IDENTICAL)
            return params
        note(self, "start_params", STATSMODELS, reason)
        return _own("start_params")(self)

    def transform_params(self, unconstrained: Any) -> Any:
        return _transformed(self, "transform_params", unconstrained)

    def untransform_params(self, constrained: Any) -> Any:
        return _transformed(self, "untransform_params", constrained)

    @clocked
    def filter(
        self,
        params: Any,
        transformed: bool = True,
        includes_fixed: bool = False,
        complex_step: bool = False,
        cov_type: Any = None,
        cov_kwds: Any = None,
        return_ssm: bool = False,
        results_class: Any = None,
        results_wrapper_class: Any = None,
        low_memory: bool = False,
        **kwargs: Any,
    ) -> Any:
        is_default = not (complex_step or return_ssm or low_memory or kwargs)
        if is_default and results_class is None and results_wrapper_class is None:
            results = _lazy_results(
                self, params, transformed, includes_fixed, cov_type, cov_kwds, False
            )
            if results is not None:
                return results
        params = self.handle_params(
            params, transformed=transformed, includes_fixed=includes_fixed
        )
        output = _own("filter")(
            self,
            params,
            True,
            True,
            complex_step,
            return_ssm=True,
            low_memory=low_memory,
            **kwargs,
        )
        note_statsmodels(self, "filter", bind(self).reason or "arguments")
        classes = results_class, results_wrapper_class
        return _wrapped(self, params, output, return_ssm, cov_type, cov_kwds, *classes)

    @clocked
    def smooth(
        self,
        params: Any,
        transformed: bool = True,
        includes_fixed: bool = False,
        complex_step: bool = False,
        cov_type: Any = None,
        cov_kwds: Any = None,
        return_ssm: bool = False,
        results_class: Any = None,
        results_wrapper_class: Any = None,
        **kwargs: Any,
    ) -> Any:
        is_default = not (complex_step or return_ssm or kwargs)
        if is_default and results_class is None and results_wrapper_class is None:
            results = _lazy_results(
                self, params, transformed, includes_fixed, cov_type, cov_kwds, True
            )
            if results is not None:
                return results
        params = self.handle_params(
            params, transformed=transformed, includes_fixed=includes_fixed
        )
        output = _own("smooth")(
            self,
            params,
            True,
            True,
            complex_step,
            return_ssm=True,
            **kwargs,
        )
        note_statsmodels(self, "smooth", bind(self).reason or "arguments")
        classes = results_class, results_wrapper_class
        return _wrapped(self, params, output, return_ssm, cov_type, cov_kwds, *classes)

    @clocked
    def fit(
        self,
        start_params: Any = None,
        transformed: bool = True,
        includes_fixed: bool = False,
        cov_type: Any = None,
        cov_kwds: Any = None,
        method: str = "lbfgs",
        maxiter: int = 50,
        full_output: Any = 1,
        disp: Any = 5,
        callback: Any = None,
        return_params: bool = False,
        optim_score: Any = None,
        optim_complex_step: Any = None,
        optim_hessian: Any = None,
        flags: Any = None,
        low_memory: bool = False,
        **kwargs: Any,
    ) -> Any:
        unusual = {
            "callback": callback,
            "optim_score": optim_score,
            "optim_complex_step": optim_complex_step,
            "optim_hessian": optim_hessian,
            "flags": flags,
        }
        request = {
            "start_params": start_params,
            "transformed": transformed,
            "includes_fixed": includes_fixed,
            "cov_type": cov_type,
            "cov_kwds": cov_kwds,
            "maxiter": maxiter,
            "full_output": full_output,
            "disp": disp,
            "return_params": return_params,
            "low_memory": low_memory,
        }
        binding = bind(self)
        if binding.search is not None and is_default_search(
            method, request, unusual, kwargs
        ):
            results = fit_default(self, binding, request)
            if results is not None:
                note(self, "fit", self.engine_used)
                return results
        results = _searched(self, {"method": method, **request, **unusual, **kwargs})
        if binding.model is not None:
            note(self, "fit", IDENTICAL, "statsmodels' search")
        else:
            note_statsmodels(self, "fit", binding.reason)
        return results


def _transformed(model: Any, name: str, params: Any) -> Any:
    """Return parameters in the other space, and count where that was computed."""
    changed, reason = transformed_params(model, name, params)
    if changed is not None:
        note_call(name, IDENTICAL)
        return changed
    note_call(name, STATSMODELS, reason)
    return _own(name)(model, params)


def _searched(model: Any, arguments: dict[str, Any]) -> Any:
    """Fit by statsmodels' own search."""
    # It must not see one engine's value here and the other's there.
    model.__dict__["_sx_searching"] = True
    try:
        return _own("fit")(model, **arguments)
    finally:
        model.__dict__.pop("_sx_searching", None)


def _wrapped(model: Any, params: Any, output: Any, return_ssm: bool, *rest: Any) -> Any:
    """Return statsmodels' results of filter output, which know its engine."""
    # Before derivatives for the covariance are run, by whatever filter.
    engine = getattr(model.ssm, "engine_used", STATSMODELS)
    results = model._wrap_results(params, output, return_ssm, *rest)
    if not return_ssm:
        getattr(results, "_results", results).__dict__["_sx_engine"] = engine
    return results


def _is_untouched(ssm: Any) -> bool:
    """Tell whether a state space object is as its model made it."""
    return isinstance(ssm, StateSpace) and not (ssm.touched or ssm.exposed)


def _updating(ssm: Any) -> Any:
    """Return the context in which a state space object's changes are the model's."""
    return ssm.updating() if isinstance(ssm, StateSpace) else contextlib.nullcontext()


def _defer_update(model: Any, params: Any) -> None:
    """Update the matrices when somebody looks at them."""
    own = model.__dict__
    own["_sx_params"] = params
    if "ssm" in own:
        update = functools.partial(_own("update"), model, params, True, True)
        own["ssm"].defer(update)
        own["ssm"].ran_elsewhere()


_KNOWN_COVARIANCES = (
    None,
    "none",
    "approx",
    "oim",
    "opg",
    "robust",
    "robust_oim",
    "robust_approx",
)


def _lazy_results(
    model: Any,
    params: Any,
    transformed: bool,
    includes_fixed: bool,
    cov_type: Any,
    cov_kwds: Any,
    smoothed: bool,
) -> Any:
    """Return results that compute what is asked for; None where statsmodels must."""
    from .arima import result_class

    binding = bind(model)
    classes = model._res_classes["fit"]
    cls = result_class(classes[0])
    if binding.model is None or cls is None or cov_type not in _KNOWN_COVARIANCES:
        return None
    if np.iscomplexobj(params):
        return None
    params = model.handle_params(
        params, transformed=transformed, includes_fixed=includes_fixed
    )
    if as_vector(model, binding, params) is None:
        return None
    _defer_update(model, params)
    names = model.__dict__.get("_sx_names")
    model.data.param_names = model.param_names if names is None else [*names]
    note(model, "smooth" if smoothed else "filter", IDENTICAL)
    return classes[1](cls._sx_lazy(model, params, smoothed, cov_type, cov_kwds))


class SARIMAX(ModelMixin, StatsmodelsSARIMAX):  # type: ignore[misc]  # noqa: D101
    __doc__ = StatsmodelsSARIMAX.__doc__

    @property
    def _res_classes(self) -> dict[str, Any]:
        from .results import SARIMAXResults

        return {"fit": (SARIMAXResults, SARIMAXResultsWrapper)}


# What a patch of statsmodels' class puts in its place.
PATCHED = (
    "__init__",
    "__getattr__",
    "__getstate__",
    "initialize_statespace",
    "initialize_default",
    "_get_prediction_index",
    "update",
    "engine_used",
    "loglike",
    "loglikeobs",
    "score",
    "score_obs",
    "hessian",
    "_forecasts_error_partial_derivatives",
    "start_params",
    "transform_params",
    "untransform_params",
    "filter",
    "smooth",
    "fit",
)
