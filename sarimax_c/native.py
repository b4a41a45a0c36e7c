# SPDX-License-Identifier: BSD-3-Clause
"""`Model`: a SARIMAX specification bound to data, made once and evaluated often."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from .arrays import (
    Floats,
    as_endog,
    as_exog,
    as_exog_future,
    as_steps,
    check_aligned,
    check_constant,
    check_missing,
    column_names,
    default_names,
)
from .engine import (
    IDENTICAL,
    STATSMODELS,
    VERIFY,
    EngineChoice,
    native_engine,
    resolve_engine,
)
from .errors import START_PARAMS_WARNINGS, NumericalWarning, warn
from .keywords import ModelOptions
from .prediction import Predictions
from .results import FilterResult, FitResult
from .spec import Specification, make_specification

if TYPE_CHECKING:
    from . import _core
    from .state import State
    from .statsmodels_engine import StatsmodelsModel
    from .verifying import VerifyingModel

__all__ = ["Model", "bind_model"]


class Model(Predictions):
    """
    Seasonal ARIMA model with regressors, bound to data.

    The model keeps its own copy of the data and may be used from many threads at
    once.

    Parameters
    ----------
    y : array_like
        Observations, shape (nobs,) or (nobs, 1); NaN or masked = missing.
    exog : array_like, optional
        Regressors, shape (nobs, k_exog) or (nobs,).
    order : tuple
        (p, d, q); p and q are ints or lists of lags.
    seasonal : tuple
        (P, D, Q, s); P and Q are ints or lists of lags in seasons.
    missing : {'none', 'raise', 'drop'}
        'raise' refuses NaN in the data. 'drop' has no effect, as in statsmodels'
        SARIMAX: missing observations stay in place and are filtered as such.
    engine : {'auto', 'exact', 'identical', 'statsmodels', 'verify'}, optional
        What computes log-likelihoods, their derivatives, fits and forecasts; by
        default the setting of `set_engine`, which explains the names. Filters, states
        and start parameters are statsmodels' numbers with each of them.
    **options
        statsmodels' options, with its names and defaults: ``trend=None``,
        ``trend_offset=1``, ``measurement_error=False``,
        ``enforce_stationarity=True``, ``enforce_invertibility=True``,
        ``concentrate_scale=False``, ``simple_differencing=False``,
        ``loglikelihood_burn=None``, ``initial_variance=1e6``,
        ``tolerance=1e-19``; and ``max_states=4096``. Not available yet
        (NotImplementedError): ``hamilton_representation=True``,
        ``mle_regression=False``, ``time_varying_regression=True``,
        ``use_exact_diffuse=True``. See `sarimax_c.keywords.ModelOptions`.

    Attributes
    ----------
    spec : Specification
        The model in normal form.
    engine : str
        'auto' (also of 'verify'), 'exact', 'identical' or 'statsmodels';
        `engine_for` tells which one 'auto' takes at given parameters.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> model = sx.Model([1.0, 2.0, 1.5, 3.0], order=(1, 0, 0))
    >>> model.param_names
    ['ar.L1', 'sigma2']
    >>> round(model.loglike([0.5, 1.0]), 6)
    -7.975845
    """

    __slots__ = (
        "__weakref__",
        "_backend",
        "_default_names",
        "_engine",
        "_exog_names",
        "_original",
        "_twins",
        "engine",
        "spec",
    )

    spec: Specification
    engine: str
    _backend: "_core.Model | StatsmodelsModel | VerifyingModel"

    def __init__(
        self,
        y: ArrayLike,
        exog: ArrayLike | None = None,
        order: Any = (1, 0, 0),
        seasonal: Any = (0, 0, 0, 0),
        *,
        missing: str = "none",
        engine: str | None = None,
        **options: Unpack[ModelOptions],
    ) -> None:
        endog = as_endog(y)
        regressors, names = as_exog(exog, len(endog)), None
        k_exog = 0 if regressors is None else regressors.shape[1]
        if k_exog and type(exog) is not np.ndarray:
            check_aligned(y, exog)
            names = column_names(exog)
        spec = make_specification(order, seasonal, k_exog, **options)
        if missing != "none":
            check_missing(missing, endog, regressors)
        if regressors is not None and spec.trend_powers[:1] == (0,):
            check_constant(regressors)
        self._bind(spec, endog, regressors, names, engine)

    def _bind(
        self,
        spec: Specification,
        endog: Floats,
        exog: Floats | None,
        exog_names: tuple[str, ...] | None,
        engine: str | None,
    ) -> None:
        """Set all attributes and make the backend."""
        self.spec = spec
        self._engine = engine
        self._exog_names = exog_names  # None: they have none
        self._default_names: tuple[str, ...] | None = None
        self._original: tuple[Floats, Floats | None] | None = None
        if spec.simple_differencing:
            # The backend keeps differences, from which a copy cannot be made.
            self._original = endog.copy(), None if exog is None else exog.copy()
        wanted = resolve_engine(engine)
        self.engine = native_engine(wanted)
        self._twins: dict[str, _core.Model] = {}
        if self.engine != STATSMODELS:
            core_model = _core_model()(spec.core(), endog, exog, self.engine)
            self._backend = self._twins[self.engine] = core_model
            if wanted == VERIFY:
                from .verify import Verifier
                from .verifying import VerifyingModel

                verifier = Verifier(spec, *self._raw())
                self._backend = VerifyingModel(core_model, verifier)
        else:
            from .statsmodels_engine import StatsmodelsModel

            self._backend = StatsmodelsModel(spec, endog, exog)

    @property
    def nobs(self) -> int:
        """Number of observations, after simple differencing."""
        return self._backend.nobs

    @property
    def endog(self) -> Floats:
        """The observations, after simple differencing."""
        return self._backend.endog

    @property
    def exog(self) -> Floats | None:
        """The regressors, after simple differencing; None without any."""
        return self._backend.exog

    @property
    def k_params(self) -> int:
        """Number of parameters."""
        return self.spec.k_params

    @property
    def k_states(self) -> int:
        """Number of states."""
        return self.spec.k_states

    @property
    def k_exog(self) -> int:
        """Number of regressors."""
        return self.spec.k_exog

    @property
    def loglikelihood_burn(self) -> int:
        """Number of leading periods left out of the log-likelihood."""
        return self.spec.burn

    @property
    def param_names(self) -> list[str]:
        """Names of the parameters, in their order, as in statsmodels."""
        names = self._exog_names or self._default_names
        if names is None:
            names = self._default_names = default_names(self.exog)
        return self.spec.param_names(names)

    @property
    def start_params(self) -> Floats:
        """Start parameters for an optimizer; NumericalWarning where replaced."""
        params, flags = self._backend.start_params()
        if flags:
            for bit, text in START_PARAMS_WARNINGS.items():
                if flags & bit:
                    warn(text, NumericalWarning)
        return params

    def loglike(self, params: ArrayLike) -> float:
        """
        Return the log-likelihood; silent, for optimizers.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        float
            Observations with a forecast error variance below 1e-12 add 0 to it, as
            in statsmodels; `filter` counts them.
        """
        return self._backend.loglike(params)

    def loglikes(self, params: ArrayLike) -> Floats:
        """
        Return the log-likelihoods at several parameter vectors, in one call.

        The exact engine computes as many at a time as the processor has lanes.

        Parameters
        ----------
        params : array_like, shape (count, k_params)
            One parameter vector in each row.

        Returns
        -------
        ndarray, shape (count,)
            Each what `loglike` returns.
        """
        return self._backend.loglikes(params)

    def engine_for(self, params: ArrayLike) -> EngineChoice:
        """
        Return the engine that computes the log-likelihood at given parameters.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        EngineChoice
            With ``engine`` and the ``reason`` why it is not the exact one.

        Raises
        ------
        SpecError
            The model has ``engine="exact"`` and that engine cannot run here.
        """
        return EngineChoice(*self._backend.evaluate(params)[2:])

    def score(self, params: ArrayLike) -> Floats:
        """
        Return the derivatives of the log-likelihood by the parameters.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        ndarray, shape (k_params,)
            See `loglike_score`.
        """
        return self.loglike_score(params)[1]

    def loglike_score(self, params: ArrayLike) -> tuple[float, Floats]:
        """
        Return the log-likelihood and its derivatives by the parameters.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        llf : float
            What `loglike` returns.
        score : ndarray, shape (k_params,)
            With the engines 'exact' and 'auto' the derivatives of the exact engine
            wherever it covers the case (also where statsmodels' rounding keeps
            'auto' from reporting its value). Otherwise differences of the identical
            engine's log-likelihood, with steps fitted to each parameter and NaN
            where no step stays inside the region in which it exists; on its own
            engine statsmodels' complex steps.

        Raises
        ------
        SpecError
            ``engine="exact"`` and the exact engine does not cover the case.
        NumericalError
            The stationary start cannot be computed.
        """
        llf, score, _ = self._backend.loglike_score(params)
        return llf, score

    def hessian(self, params: ArrayLike) -> Floats:
        """
        Return the second derivatives of the log-likelihood by the parameters.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        ndarray, shape (k_params, k_params)
            Symmetric. Differences of the exact score, or where `loglike_score` has
            none second differences of the log-likelihood, NaN where no step stays
            inside the region in which they exist; on its own engine statsmodels'
            complex steps. statsmodels' ``hessian`` is this divided by
            ``nobs - loglikelihood_burn``.
        """
        return self._backend.hessian(params)

    def loglikeobs(self, params: ArrayLike) -> Floats:
        """
        Return the log-likelihood of each observation.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        ndarray, shape (nobs,)
            0 before `loglikelihood_burn` and where missing.
        """
        return self._backend.loglikeobs(params)

    def filter(self, params: ArrayLike) -> FilterResult:
        """
        Run the Kalman filter.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        FilterResult
        """
        output = self._backend.filter(params)
        return FilterResult(
            *output[:8],
            period_converged=None if output[8] < 0 else output[8],
            loglikelihood_burn=self.spec.burn,
            # The exact engine computes log-likelihoods and derivatives alone.
            engine_used=STATSMODELS if self.engine == STATSMODELS else IDENTICAL,
        )

    def forecast(
        self, params: ArrayLike, steps: int = 1, exog_future: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """
        Forecast the observations after the last one.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.
        steps : int
            Number of periods.
        exog_future : array_like, optional
            Regressors of these periods, shape (steps, k_exog).

        Returns
        -------
        mean, var : ndarray, shape (steps,)
            Expected values and variances.
        """
        mean, var, _ = self.evaluate_forecast(params, steps, exog_future)
        return mean, var

    def evaluate(self, params: ArrayLike) -> tuple[float, int]:
        """
        Return the log-likelihood and how many observations were skipped.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        llf : float
            Log-likelihood.
        nobs_skipped : int
            Observations with a forecast error variance below 1e-12.
        """
        llf, skipped, _, _ = self._backend.evaluate(params)
        return llf, skipped

    def evaluate_forecast(
        self, params: ArrayLike, steps: int, exog_future: ArrayLike | None
    ) -> tuple[Floats, Floats, int]:
        """
        Return a forecast and how many observations were skipped.

        Parameters
        ----------
        params, steps, exog_future
            As for `forecast`.

        Returns
        -------
        mean, var : ndarray, shape (steps,)
            Expected values and variances.
        nobs_skipped : int
            Observations with a forecast error variance below 1e-12.
        """
        steps = as_steps(steps)
        future = as_exog_future(
            exog_future, steps, self.spec.k_exog, names=self._exog_names
        )
        return self._backend.forecast(params, steps, future)[:3]

    def state(self, params: ArrayLike) -> "State":
        """
        Return what the filter knows after the last observation, to be updated.

        Parameters
        ----------
        params : array_like, shape (k_params,)
            Parameters.

        Returns
        -------
        State
        """
        from .state import make_state

        return make_state(self, params)

    def transform_params(self, unconstrained: ArrayLike) -> Floats:
        """
        Map an optimizer's parameters to stationary, invertible, positive ones.

        Parameters
        ----------
        unconstrained : array_like, shape (k_params,)
            Any real numbers.

        Returns
        -------
        ndarray, shape (k_params,)
        """
        return self._transforms().transform_params(unconstrained)

    def untransform_params(self, constrained: ArrayLike) -> Floats:
        """
        Invert `transform_params`.

        Parameters
        ----------
        constrained : array_like, shape (k_params,)
            Parameters; NaN results outside the stationary or invertible region.

        Returns
        -------
        ndarray, shape (k_params,)
        """
        return self._transforms().untransform_params(constrained)

    def _transforms(self) -> "_core.Spec | StatsmodelsModel | VerifyingModel":
        """Return what transforms parameters: no data is needed for it."""
        if hasattr(self._backend, "transform_params"):
            return cast("StatsmodelsModel | VerifyingModel", self._backend)
        return self.spec.core()

    def fit(self, start_params: ArrayLike | None = None, **options: Any) -> FitResult:
        """
        Estimate the parameters by maximum likelihood.

        Parameters
        ----------
        start_params : array_like, optional
            Where to start; by default `start_params`.
        **options
            See `sarimax_c.fit.fit`: method, maxiter, epsilon, cov_type, ...

        Returns
        -------
        FitResult
        """
        from .fit import fit

        return fit(self, start_params, **options)

    def _backend_of(self, engine: str) -> "_core.Model":
        """Return the core's model of the same data with another of its engines."""
        if engine not in self._twins:
            self._twins[engine] = _core_model()(self.spec.core(), *self._raw(), engine)
        return self._twins[engine]

    def _raw(self) -> tuple[Floats, Floats | None]:
        """Return the data as they were before simple differencing."""
        return self._original or (self.endog, self.exog)

    def __reduce__(self) -> tuple[Any, ...]:
        state = self.spec, *self._raw(), self._exog_names, self._engine
        return _rebuild, (type(self), *state)

    def __repr__(self) -> str:
        """Show the specification, not the data."""
        spec = self.spec
        parts = [f"nobs={self.nobs}", f"order={spec.order}"]
        if spec.periods:
            parts.append(f"seasonal={spec.seasonal}")
        if spec.trend:
            parts.append(f"trend={spec.trend}")
        if spec.k_exog:
            parts.append(f"k_exog={spec.k_exog}")
        return f"Model({', '.join(parts)}, engine={self.engine!r})"


def _rebuild(cls: type[Model], *state: Any) -> Model:
    """Make a model from what was pickled."""
    model = cls.__new__(cls)
    model._bind(*state)
    return model


def bind_model(
    spec: Specification,
    endog: Floats,
    exog: Floats | None,
    engine: str | None,
    exog_names: tuple[str, ...] | None = None,
) -> Model:
    """
    Make a model of a specification and data that have been checked already.

    Parameters
    ----------
    spec : Specification
        The model.
    endog : ndarray of float64, shape (nobs,)
        The series, before simple differencing.
    exog : ndarray of float64, shape (nobs, k_exog), or None
        The regressors.
    engine : str
        As for `Model`.
    exog_names : tuple of str, optional
        Names of the regressors.

    Returns
    -------
    Model
    """
    return _rebuild(Model, spec, endog, exog, exog_names, engine)


_core_class: Callable[..., Any] | None = None


def _core_model() -> Callable[..., Any]:
    """Return ``_core.Model``; an import statement takes a microsecond each time."""
    global _core_class
    if _core_class is None:
        from ._core import Model as core_class

        _core_class = core_class
    return _core_class
