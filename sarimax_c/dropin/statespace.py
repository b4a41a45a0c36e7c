# SPDX-License-Identifier: BSD-3-Clause
"""statsmodels' state space model with its filter and smoother in C."""

from __future__ import annotations

import functools
from time import perf_counter
from typing import Any

import numpy as np
from statsmodels.tsa.statespace import kalman_filter as kf
from statsmodels.tsa.statespace import kalman_smoother as sm
from statsmodels.tsa.statespace.simulation_smoother import SimulationSmoother

from sarimax_c.counters import note_call, note_seconds
from sarimax_c.dropin.compiled import (
    CompiledFilter,
    CompiledSmoother,
    ComplexLoglikes,
)
from sarimax_c.dropin.simulation import VARIATES, Simulator, simulate
from sarimax_c.dropin.system import System, has_finite_start
from sarimax_c.dropin.watch import Watched
from sarimax_c.engine import IDENTICAL, STATSMODELS, resolve_engine

__all__ = ["StateSpace"]

# Options of a run that may be given to it; else the model's hold.
_OPTIONS = (
    "filter_method",
    "inversion_method",
    "stability_method",
    "conserve_memory",
    "filter_timing",
    "tolerance",
    "loglikelihood_burn",
)
# Methods of the filter; the last two are the same.
_METHODS = (
    kf.FILTER_CONVENTIONAL,
    kf.FILTER_UNIVARIATE,
    kf.FILTER_CONVENTIONAL | kf.FILTER_UNIVARIATE,
)
_COVARIANCES = sm.SMOOTHER_STATE_COV | sm.SMOOTHER_STATE_AUTOCOV
_NOT_FOR_SMOOTHING = kf.MEMORY_NO_PREDICTED | kf.MEMORY_NO_GAIN | kf.MEMORY_NO_SMOOTHING


class StateSpace(Watched):
    """
    ``SimulationSmoother`` whose filter and smoother run in C for any matrices.

    They give the objects that statsmodels' results classes read, so all of its
    Python code works on their numbers. statsmodels' own filter runs where the C
    one does not cover the case. Its
    compiled filter and smoother objects, for whoever asks for them, are made and
    run at that moment.

    Attributes
    ----------
    engine : str
        "auto", or "statsmodels" to run statsmodels' filter.
    engine_used : str
        Whose filter or smoother ran last, "identical" or "statsmodels".
    reason : str
        Why it was statsmodels'; else empty.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.engine = "auto"
        self.engine_used = "statsmodels"
        self.reason = ""
        self._run: tuple[System, CompiledFilter] | None = None
        self._last_call: dict[str, Any] | None = None
        self._start_is_set = False
        self._only_likelihood = False
        super().__init__(*args, **kwargs)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_run": None, "_start_is_set": False}

    # ---- whole calls: the matrices do not change on the way ----

    def _whole(name: str, only_likelihood: bool = False) -> Any:
        original = getattr(SimulationSmoother, name)

        @functools.wraps(original)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            with self.internal():
                self._only_likelihood = only_likelihood
                try:
                    return original(self, *args, **kwargs)
                finally:
                    self._run = None
                    self._start_is_set = False
                    self._only_likelihood = False

        return method

    filter = _whole("filter")
    smooth = _whole("smooth")
    loglike = _whole("loglike", only_likelihood=True)
    loglikeobs = _whole("loglikeobs", only_likelihood=True)

    def complex_errors(self, **kwargs: Any) -> Any:
        """
        Forecast errors and their variances where the matrices are complex.

        Parameters
        ----------
        **kwargs
            Options of the run, by statsmodels' names.

        Returns
        -------
        errors, variances : ndarray
            (nobs,), missing errors zero. None if statsmodels' filter had to run.
        """
        with self.internal():
            self._only_likelihood = True
            try:
                run = self._filter(complex_step=True, **kwargs)
            finally:
                self._only_likelihood = False
        if not isinstance(run, ComplexLoglikes):
            return None
        return run.forecast_error, run.forecast_error_cov

    def _initialize_state(self, prefix: Any = None, complex_step: bool = False) -> None:
        if not self._start_is_set:
            super()._initialize_state(prefix=prefix, complex_step=complex_step)

    # ---- the filter ----

    def _filter(self, *args: Any, **kwargs: Any) -> Any:
        names = (*_OPTIONS, "complex_step")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        self._run = None
        self._start_is_set = False
        with self.internal():
            is_complex = self.prefix == "z"
            if not is_complex:  # which leaves the real filter as it is
                self._last_call = None
            self.reason = self._why_not(given)
            if not self.reason:
                settings = {
                    name: getattr(self, name)
                    if given.get(name) is None
                    else given[name]
                    for name in _OPTIONS
                }
                prefix = "z" if is_complex else "d"
                self._initialize_representation(prefix)
                self._initialize_state(prefix, bool(given.get("complex_step")))
                if has_finite_start(self._statespaces[prefix]):
                    self.engine_used = "identical"
                    if is_complex:
                        return ComplexLoglikes(self, settings)
                    self._run = self._filter_in_c(settings)
                    self._last_call = given
                    return self._run[1]
                # What becomes of infinities depends on the order of operations.
                self.reason = "a start that is not finite"
            self.engine_used = "statsmodels"
            return super()._filter(**given)

    def _why_not(self, given: dict[str, Any]) -> str:
        """Why statsmodels' filter has to run; empty if the one in C will do."""
        method = given.get("filter_method")
        inversion = given.get("inversion_method")
        stability = given.get("stability_method")
        method = self.filter_method if method is None else method
        inversion = self.inversion_method if inversion is None else inversion
        stability = self.stability_method if stability is None else stability
        reasons = {
            "asked for": STATSMODELS in (self.engine, resolve_engine()),
            "more than one series": self.k_endog != 1,
            "no data": self.endog is None or self.nobs < 1,
            "complex numbers": self.prefix == "z" and not self._only_likelihood,
            "single precision": self.prefix not in "dz",
            "filter method": not self._has_method(method & ~kf.FILTER_CONCENTRATED),
            "inversion method": not inversion & kf.INVERT_UNIVARIATE,
            "stability method": not stability & kf.STABILITY_FORCE_SYMMETRY,
            "filter timing": self.filter_timing != kf.TIMING_INIT_PREDICTED,
            # statsmodels takes one for the other if they are given to a call
            "tolerance or timing given to the call": not (
                given.get("tolerance") is None and given.get("filter_timing") is None
            ),
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    def _has_method(self, method: int) -> bool:
        """
        Tell whether a method is one of the filter in C, or another way to its numbers.

        Chandrasekhar's recursions are another way where they hold: from a stationary
        start, nothing missing and nothing varying but intercepts.
        """
        if method & kf.FILTER_CHANDRASEKHAR:
            varying = ("design", "obs_cov", "transition", "selection", "state_cov")
            return (
                method & ~kf.FILTER_CHANDRASEKHAR == kf.FILTER_CONVENTIONAL
                and getattr(self._initialization, "initialization_type", "")
                == "stationary"
                and not np.isnan(self.endog).any()
                and all(getattr(self, f"_{name}").shape[-1] == 1 for name in varying)
            )
        return method in _METHODS

    def _filter_in_c(self, settings: dict[str, Any]) -> tuple[System, CompiledFilter]:
        system = System(self, settings["tolerance"], settings["filter_method"])
        self._start_is_set = self._own > 1  # until the whole call ends
        return system, CompiledFilter(system, self._statespaces["d"], settings)

    def snapshot(self) -> System:
        """
        The model as it is now, for its filter and smoother at a later time.

        Returns
        -------
        System
            Independent of what becomes of this model. It covers one series of real
            numbers, whatever the filter's options.

        Raises
        ------
        RuntimeError
            There are no data or there is no initialization.
        """
        with self.internal():
            if self.endog is None:
                raise RuntimeError("Must bind a dataset to the model first.")
            self._initialize_representation("d")
            self._initialize_state("d")
            return System(self, self.tolerance, self.filter_method)

    # ---- the smoother ----

    def _smooth(
        self,
        smoother_output: int | None = None,
        smooth_method: int | None = None,
        prefix: str | None = None,
        complex_step: bool = False,
        results: Any = None,
        **kwargs: Any,
    ) -> Any:
        run = self._run
        method = self.smooth_method if smooth_method is None else smooth_method
        output = self.smoother_output if smoother_output is None else smoother_output
        if run is not None:
            system, compiled = run
            is_univariate = compiled.filter_method & kf.FILTER_UNIVARIATE
            own = sm.SMOOTH_UNIVARIATE if is_univariate else sm.SMOOTH_CONVENTIONAL
            reasons = {
                "smooth method": method not in (0, own),
                "its rounding of covariances": is_univariate
                and output & _COVARIANCES
                and system.mixes_large_states(),
                "memory conserved": compiled.conserve_memory
                & (_NOT_FOR_SMOOTHING | kf.MEMORY_NO_FORECAST),
                # which leave arrays half done
                "smoother output": (
                    (output & sm.SMOOTHER_DISTURBANCE_COV)
                    and not output & sm.SMOOTHER_DISTURBANCE
                )
                or (
                    (output & sm.SMOOTHER_STATE_AUTOCOV)
                    and not output & sm.SMOOTHER_STATE_COV
                ),
            }
            reason = next((key for key, holds in reasons.items() if holds), "")
            if not reason:
                return CompiledSmoother(system, compiled.filtered, output)
            self.engine_used, self.reason = "statsmodels", reason
            super()._filter(**kwargs)
        return super()._smooth(
            smoother_output,
            smooth_method,
            prefix=prefix,
            complex_step=complex_step,
            results=results,
            **kwargs,
        )

    # ---- paths ----

    def _simulate(
        self,
        nsimulations: int,
        simulator: Any = None,
        return_simulator: bool = False,
        **kwargs: Any,
    ) -> Any:
        begun = perf_counter()
        random: dict[str, Any] = {
            k: kwargs.pop(k) for k in ("rng", "random_state") if k in kwargs
        }
        if simulator is None:
            simulator = Simulator(self, nsimulations, random)
        reason = self._why_not_simulate(nsimulations, simulator, kwargs)
        engine = STATSMODELS if reason else IDENTICAL
        note_call("simulate", engine, reason)
        if reason:
            out = super()._simulate(nsimulations, simulator, **kwargs)
        else:
            out = simulate(simulator, nsimulations, kwargs)
        note_seconds("simulate", engine, perf_counter() - begun)
        return (*out, simulator) if return_simulator else out

    def _why_not_simulate(
        self, count: int, simulator: Any, given: dict[str, Any]
    ) -> str:
        """Why statsmodels has to simulate; empty if the core does."""
        needed = (count, count * self.k_posdef, self.k_states)
        sizes = dict(zip(VARIATES, needed, strict=True))
        fits = all(
            np.size(given[k]) == n for k, n in sizes.items() if given.get(k) is not None
        )
        known = {*sizes, *(f"pretransformed_{name}" for name in sizes)}
        reasons = {
            "asked for": STATSMODELS in (self.engine, resolve_engine()),
            "more than one series": self.k_endog != 1,
            "no data": self.endog is None or self.nobs < 1 or count < 1,
            "not in double precision": self.prefix != "d",
            "no initialization": self.initialization is None,
            "a simulator of statsmodels": not isinstance(simulator, Simulator)
            or simulator.model is not self,
            "arguments": not fits or not given.keys() <= known,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    # ---- statsmodels' own objects ----

    def ran_elsewhere(self) -> None:
        """The model's filter and smoother ran, but not here, at these matrices."""
        self._last_call = {}

    def _run_statsmodels(self) -> None:
        """After a run in C: what statsmodels would have left behind."""
        call, self._last_call = self._last_call, None
        if call is None:
            return
        known = {k: v for k, v in call.items() if v is not None}
        if not self.conserve_memory & kf.MEMORY_NO_SMOOTHING and (
            "conserve_memory" in known
        ):
            # What filter() leaves out; a smoother may have run before it.
            known["conserve_memory"] &= ~kf.MEMORY_NO_SMOOTHING
        with self.internal():
            super()._filter(**known)
            filtered = self._kalman_filters[self.prefix]
            if not filtered.conserve_memory & _NOT_FOR_SMOOTHING:
                # statsmodels' smoother takes no filter method of a call.
                known.pop("filter_method", None)
                super()._smooth(**known)

    @property
    def _kalman_filter(self) -> Any:
        self._run_statsmodels()
        return super()._kalman_filter

    @property
    def _kalman_smoother(self) -> Any:
        self._run_statsmodels()
        return super()._kalman_smoother
