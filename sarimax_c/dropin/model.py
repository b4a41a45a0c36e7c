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
from ..engine import EXACT, IDENTICAL, STATSMODELS
from ..errors import SarimaxError
from .binding import Binding, bind, ssm_option
from .deferred import (
    LEFT_OUT,
    end_construction,
    make_left_out,
    make_state_space,
    without_state_space,
)
from .originals import original
from .periods import prediction_index
from .search import fit_default, is_default_search
from .statespace import StateSpace
from .templates import keep_template, made_from_template, template_key

__all__ = ["PATCHED", "SARIMAX", "ModelMixin"]

_METHODS = ("approx", None)


def _own(name: str) -> Any:
    return original("SARIMAX", name)


def _note(model: Any, name: str, engine: str, reason: str = "") -> None:
    """Remember and count where a call ran."""
    model.__dict__["_sx_engine"] = engine
    note_call(name, engine, reason)


def _note_statsmodels(model: Any, name: str, reason: str) -> None:
    """Remember and count a call of statsmodels' method; its filter may be ours."""
    ssm = model.__dict__.get("ssm")
    engine = getattr(ssm, "engine_used", None) or STATSMODELS
    _note(model, name, engine, reason if engine == STATSMODELS else "")


def _vector(model: Any, binding: Binding, params: Any) -> Any:
    """Return parameters as the core takes them; None where it would not."""
    if binding.model is None:
        return None
    vector = np.array(params, ndmin=1)
    if vector.dtype.kind not in "fiub" or vector.shape != (binding.model.k_params,):
        return None
    return vector.astype(np.float64, copy=False)


def _constrained(
    model: Any, binding: Binding, params: Any, transformed: bool, includes_fixed: bool
) -> Any:
    """Return all parameters, constrained, as the core takes them, or None."""
    if binding.model is None:
        return None
    if np.iscomplexobj(params):
        return None
    if not transformed or (model._has_fixed_params and not includes_fixed):
        params = model.handle_params(
            params, transformed=transformed, includes_fixed=includes_fixed
        )
    return _vector(model, binding, params)


def _flags(
    args: tuple[Any, ...], kwargs: dict[str, Any], names: tuple[str, ...]
) -> Any:
    """Return statsmodels' positional flags by name; None for what is not a flag."""
    if args and isinstance(args[0], dict):
        given = {name: args[0][name] for name in names if name in args[0]}
        return None if kwargs else given
    given = dict(zip(names, args, strict=False)) | kwargs
    return given if len(args) <= len(names) and given.keys() <= {*names} else None


class ModelMixin:
    """Methods of statsmodels' SARIMAX that run in the compiled core."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        key = None
        if type(self) in (SARIMAX, StatsmodelsSARIMAX):
            key = template_key(type(self), args, kwargs)
            if key is not None and made_from_template(self, key, args[0]):
                return
        _own("__init__")(self, *args, **kwargs)
        end_construction(self)
        if key is not None:
            keep_template(self, key)

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

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what can be made again."""
        own = self.__dict__
        if not isinstance(self, SARIMAX):
            # A patched class may be without the patch when it comes back.
            getattr(self, "ssm", None)
        elif "_sx_options" in own or _is_untouched(own.get("ssm")):
            own = without_state_space(self)
        return {k: v for k, v in own.items() if k not in ("_sx_binding", "_sx_open")}

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

    def loglike(self, params: Any, *args: Any, **kwargs: Any) -> Any:
        flags = _flags(args, kwargs, ("transformed", "includes_fixed"))
        binding = bind(self)
        if flags is not None:
            vector = _constrained(
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
                    _note(self, "loglike", engine)
                    return np.float64(llf)
        llf = _own("loglike")(self, params, *args, **kwargs)
        _note_statsmodels(self, "loglike", binding.reason or "arguments")
        return llf

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
            vector = _constrained(self, binding, params, transformed, includes_fixed)
            if vector is not None:
                with contextlib.suppress(SarimaxError):
                    llf_obs = binding.model.loglikeobs(vector)
                    _note(self, "loglikeobs", IDENTICAL)
                    return llf_obs
        llf_obs = _own("loglikeobs")(
            self, params, transformed, includes_fixed, complex_step, **kwargs
        )
        _note_statsmodels(self, "loglikeobs", binding.reason or "arguments")
        return llf_obs

    def score(self, params: Any, *args: Any, **kwargs: Any) -> Any:
        binding = bind(self)
        kwargs = kwargs.copy()
        method = kwargs.pop("method", None)
        flags = _flags(
            args,
            kwargs,
            ("transformed", "includes_fixed", "score_method", "approx_complex_step"),
        )
        if flags is not None:
            score = _score(self, binding, params, method, flags)
            if score is not None:
                return score
        if method is not None:
            kwargs["method"] = method
        score = _own("score")(self, params, *args, **kwargs)
        _note_statsmodels(self, "score", binding.reason or "arguments")
        return score

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
        if method == "approx" and transformed and approx_complex_step in (None, True):
            if not kwargs:
                vector = _constrained(self, binding, params, True, includes_fixed)
                if vector is not None:
                    with contextlib.suppress(SarimaxError):
                        scores = binding.model._backend.score_obs(vector)
                        if _is_smooth(binding, vector, scores):
                            _note(self, "score_obs", IDENTICAL)
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
        _note_statsmodels(self, "score_obs", binding.reason or "arguments")
        return scores

    def hessian(self, params: Any, *args: Any, **kwargs: Any) -> Any:
        binding = bind(self)
        hessian = _hessian(self, binding, params, args, kwargs)
        if hessian is not None:
            return hessian
        hessian = _own("hessian")(self, params, *args, **kwargs)
        _note_statsmodels(self, "hessian", binding.reason or "arguments")
        return hessian

    @property
    def start_params(self) -> Any:
        """Parameters to start an optimizer from."""
        binding = bind(self)
        if binding.model is not None:
            with contextlib.suppress(SarimaxError):
                params, flags = binding.model._backend.start_params()
                if not flags:
                    _note(self, "start_params", IDENTICAL)
                    return params
        _note(self, "start_params", STATSMODELS, binding.reason or "warnings")
        return _own("start_params")(self)

    def transform_params(self, unconstrained: Any) -> Any:
        binding = bind(self)
        vector = _vector(self, binding, unconstrained)
        if vector is None:
            return _own("transform_params")(self, unconstrained)
        return binding.model.transform_params(vector)

    def untransform_params(self, constrained: Any) -> Any:
        binding = bind(self)
        vector = _vector(self, binding, constrained)
        if vector is None:
            return _own("untransform_params")(self, constrained)
        return binding.model.untransform_params(vector)

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
        results = _own("filter")(
            self,
            params,
            transformed,
            includes_fixed,
            complex_step,
            cov_type,
            cov_kwds,
            return_ssm,
            results_class,
            results_wrapper_class,
            low_memory,
            **kwargs,
        )
        _note_statsmodels(self, "filter", bind(self).reason or "arguments")
        return results

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
        results = _own("smooth")(
            self,
            params,
            transformed,
            includes_fixed,
            complex_step,
            cov_type,
            cov_kwds,
            return_ssm,
            results_class,
            results_wrapper_class,
            **kwargs,
        )
        _note_statsmodels(self, "smooth", bind(self).reason or "arguments")
        return results

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
        unusual = callback, optim_score, optim_complex_step, optim_hessian, flags
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
        if binding.model is not None and is_default_search(
            method, maxiter, full_output, unusual, kwargs
        ):
            results = fit_default(self, binding, request)
            if results is not None:
                return results
        # An optimizer must not see one engine's value here and the other's there.
        self.__dict__["_sx_searching"] = True
        try:
            return _own("fit")(
                self,
                method=method,
                callback=callback,
                optim_score=optim_score,
                optim_complex_step=optim_complex_step,
                optim_hessian=optim_hessian,
                flags=flags,
                **request,
                **kwargs,
            )
        finally:
            self.__dict__.pop("_sx_searching", None)


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


def _score(
    model: Any, binding: Binding, params: Any, method: Any, flags: dict[str, Any]
) -> Any:
    """Return the score by the core; None where statsmodels has to compute it."""
    transformed = flags.get("transformed", True)
    includes_fixed = flags.get("includes_fixed", False)
    if (method or flags.get("score_method", "approx")) != "approx":
        return None
    if flags.get("approx_complex_step") not in (None, True):
        return None
    if binding.model is None or np.iscomplexobj(params):
        return None
    out = model.handle_params(
        params,
        transformed=transformed,
        includes_fixed=includes_fixed,
        return_jacobian=not transformed,
    )
    vector = _vector(model, binding, out if transformed else out[0])
    if vector is None:
        return None
    try:
        _, score, engine = binding.model._backend.loglike_score(vector)
    except SarimaxError:
        return None
    if not _is_smooth(binding, vector, score):
        return None
    _note(model, "score", engine)
    if not transformed:
        score = np.dot(out[1], score)
    if model._has_fixed_params and not includes_fixed:
        score = score[model._free_params_index]
    return score


def _is_smooth(binding: Binding, vector: Any, derivatives: Any) -> bool:
    """Tell whether derivatives are those of a log-likelihood without skipped periods."""
    if not np.isfinite(derivatives).all():
        return False
    return bool(binding.model._backend.evaluate(vector)[1] == 0)


def _hessian(model: Any, binding: Binding, params: Any, args: Any, kwargs: Any) -> Any:
    """Return the Hessian by the core; None where statsmodels has to compute it."""
    names = ("transformed", "hessian_method", "approx_complex_step")
    rest = dict(kwargs)
    includes_fixed = rest.pop("includes_fixed", False)
    method = rest.pop("method", None)
    rest.pop("approx_centered", None)
    flags = _flags(args, rest, names)
    if flags is None or not flags.get("transformed", True):
        return None
    if (method or flags.get("hessian_method", "approx")) != "approx":
        return None
    if flags.get("approx_complex_step") not in (None, True):
        return None
    if binding.model is None or (model._has_fixed_params and not includes_fixed):
        return None
    vector = None if np.iscomplexobj(params) else _vector(model, binding, params)
    if vector is None:
        return None
    try:
        # Second differences of log-likelihoods would be less than statsmodels'.
        if binding.model._backend.loglike_score(vector)[2] != EXACT:
            return None
        hessian = binding.model.hessian(vector)
    except SarimaxError:
        return None
    if not _is_smooth(binding, vector, hessian):
        return None
    _note(model, "hessian", EXACT)
    return hessian / (model.nobs - ssm_option(model, "loglikelihood_burn"))


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
    if _vector(model, binding, params) is None:
        return None
    _defer_update(model, params)
    model.data.param_names = model.param_names
    _note(model, "smooth" if smoothed else "filter", IDENTICAL)
    return classes[1](cls._sx_lazy(model, params, smoothed, cov_type, cov_kwds))


class SARIMAX(ModelMixin, StatsmodelsSARIMAX):
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
    "start_params",
    "transform_params",
    "untransform_params",
    "filter",
    "smooth",
    "fit",
)
