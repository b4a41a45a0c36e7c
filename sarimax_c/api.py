# SPDX-License-Identifier: BSD-3-Clause
"""The functions of the package: one call on arrays, no objects to keep."""

from typing import Any, Unpack

from numpy.typing import ArrayLike

from .arrays import Floats
from .errors import NumericalWarning, warn
from .fit import fit
from .keywords import FIT_NAMES, FitKeywords, ModelKeywords, check_keywords
from .native import Model
from .results import FilterResult, FitResult

__all__ = [
    "required",
    "sarimax_filter",
    "sarimax_fit",
    "sarimax_forecast",
    "sarimax_impute",
    "sarimax_loglike",
    "sarimax_predict",
    "sarimax_score",
    "sarimax_start_params",
    "warn_skipped",
]


def sarimax_loglike(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    **options: Unpack[ModelKeywords],
) -> float:
    """
    Return the log-likelihood of a SARIMAX model at given parameters.

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
    params : array_like, shape (k_params,)
        Parameters, in the order of ``Model.param_names``.
    **options
        Keywords of `Model`.

    Returns
    -------
    float

    Raises
    ------
    SpecError
        The model or an option does not make sense.
    DataError
        The data, regressors or parameters have a wrong shape or forbidden values.
    NumericalError
        The stationary start cannot be computed.
    TypeError
        An argument is of a wrong type, missing or unknown.
    NotImplementedError
        An option of statsmodels that is not available yet.

    Warns
    -----
    NumericalWarning
        Observations had a forecast error variance below 1e-12 and added 0.

    See Also
    --------
    Model : the same for many parameter vectors.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> round(sx.sarimax_loglike([1.0, 2.0, 1.5, 3.0], params=[0.5, 1.0]), 6)
    -7.975845
    """
    model = Model(y, exog, order, seasonal, **options)
    llf, skipped = model.evaluate(required(params, model))
    if skipped:
        warn_skipped(skipped, model)
    return llf


def sarimax_score(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    **options: Unpack[ModelKeywords],
) -> Floats:
    """
    Return the derivatives of the log-likelihood by the parameters.

    Parameters
    ----------
    y, exog, order, seasonal, params, **options
        As for `sarimax_loglike`.

    Returns
    -------
    ndarray, shape (k_params,)
        The exact engine's where it covers the case, else differences of order four;
        see `Model.loglike_score`.

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_loglike`.

    See Also
    --------
    Model.loglike_score : with the log-likelihood, for many parameter vectors.
    Model.hessian : second derivatives.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> sx.sarimax_score([1.0, 2.0, 1.5, 3.0], params=[0.5, 1.0]).round(3)
    array([5.708, 2.156])
    """
    model = Model(y, exog, order, seasonal, **options)
    return model.score(required(params, model))


def sarimax_filter(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    **options: Unpack[ModelKeywords],
) -> FilterResult:
    """
    Run the Kalman filter of a SARIMAX model at given parameters.

    Parameters
    ----------
    y, exog, order, seasonal, params, **options
        As for `sarimax_loglike`.

    Returns
    -------
    FilterResult
        One-step forecasts, residuals, their variances, the log-likelihood, ...

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_loglike`.

    Warns
    -----
    NumericalWarning
        Observations had a forecast error variance below 1e-12 and were skipped.
    """
    model = Model(y, exog, order, seasonal, **options)
    result = model.filter(required(params, model))
    if result.nobs_skipped:
        warn_skipped(result.nobs_skipped, model)
    return result


def sarimax_forecast(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    steps: int = 1,
    exog_future: ArrayLike | None = None,
    **options: Unpack[ModelKeywords],
) -> tuple[Floats, Floats]:
    """
    Forecast a series by a SARIMAX model at given parameters.

    Parameters
    ----------
    y, exog, order, seasonal, params, **options
        As for `sarimax_loglike`.
    steps : int
        Number of periods.
    exog_future : array_like, optional
        Regressors of these periods, shape (steps, k_exog).

    Returns
    -------
    mean, var : ndarray, shape (steps,)
        Expected values and variances; with ``simple_differencing`` of the
        differenced series.

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_loglike`.

    Warns
    -----
    NumericalWarning
        Observations had a forecast error variance below 1e-12 and were skipped.
    """
    model = Model(y, exog, order, seasonal, **options)
    mean, var, skipped = model.evaluate_forecast(
        required(params, model), steps, exog_future
    )
    if skipped:
        warn_skipped(skipped, model)
    return mean, var


def sarimax_predict(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    *,
    start: int | None = None,
    end: int | None = None,
    dynamic: bool | int = False,
    exog_future: ArrayLike | None = None,
    **options: Unpack[ModelKeywords],
) -> tuple[Floats, Floats]:
    """
    Predict a series in the sample and after it: statsmodels' ``get_prediction``.

    Parameters
    ----------
    y, exog, order, seasonal, params, **options
        As for `sarimax_loglike`.
    start, end : int, optional
        First and last period, counted from 0; negative ones from the end of the
        sample. By default the sample. Periods of it are predicted one step ahead,
        those after it from its end.
    dynamic : bool or int
        From where on predictions use no observations of this or later periods,
        counted from `start`; True is 0.
    exog_future : array_like, optional
        Regressors of the periods after the last of `y`, as many rows as `end` lies
        beyond it.

    Returns
    -------
    mean, var : ndarray, shape (end - start + 1,)
        Expected values and variances; with ``simple_differencing`` of the
        differenced series, whose periods then count.

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_loglike`; SpecError also for periods that there are not.

    Warns
    -----
    NumericalWarning
        Observations had a forecast error variance below 1e-12 and were skipped.
    SarimaxWarning
        `dynamic` is after the end of the prediction or of the sample.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> y = [1.0, 2.0, 1.5, 3.0]
    >>> sx.sarimax_predict(y, params=[0.5, 1.0], start=2, end=4, dynamic=1)
    (array([1.   , 0.75 , 0.375]), array([1.  , 1.  , 1.25]))
    """
    model = Model(y, exog, order, seasonal, **options)
    mean, var, skipped = model.evaluate_prediction(
        required(params, model),
        start=start,
        end=end,
        dynamic=dynamic,
        exog_future=exog_future,
    )
    if skipped:
        warn_skipped(skipped, model)
    return mean, var


def sarimax_impute(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    params: ArrayLike | None = None,
    *,
    variance: bool = True,
    fallback: str | None = None,
    **options: Unpack[ModelKeywords],
) -> tuple[Floats, Floats | None]:
    """
    Fill missing observations with their expectations given all others.

    By the fixed-interval smoother after statsmodels' filter: the numbers of its
    ``get_prediction(information_set="smoothed")``. Observed values stay as they are,
    also with ``measurement_error=True``; what is filled in then stands for an
    observation, the variance of the measurement error included.

    Parameters
    ----------
    y, exog, order, seasonal, params, **options
        As for `sarimax_loglike`.
    variance : bool
        False: no variances, in less time (the way back costs as many operations a
        period as there are states, not their square).
    fallback : {None, 'interpolate'}
        What to do where a mean is not finite: leave it, or interpolate it linearly
        between its neighbours, without a variance. There is a warning either way.

    Returns
    -------
    mean : ndarray, shape (nobs,)
        The series, expectations in the place of what is missing; with
        ``simple_differencing`` of the differenced series.
    var : ndarray, shape (nobs,), or None
        Variances: 0 where observed; None with ``variance=False``.

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_loglike`.
    MemoryError
        Workspace: ``k_states + 3`` numbers a period up to 64 MB; from there on it grows
        with ``sqrt(nobs)`` and the filter runs twice.

    Warns
    -----
    NumericalWarning
        Results are not finite, or observations had a forecast error variance below
        1e-12 and were skipped.

    See Also
    --------
    batch_impute : many series in one call.

    Examples
    --------
    >>> import sarimax_c as sx
    >>> mean, var = sx.sarimax_impute([1.0, float("nan"), 1.5], params=[0.5, 1.0])
    >>> mean, var
    (array([1. , 1. , 1.5]), array([0. , 0.8, 0. ]))
    """
    model = Model(y, exog, order, seasonal, **options)
    mean, var, skipped = model.evaluate_imputation(
        required(params, model), variance=variance, fallback=fallback
    )
    if skipped:
        warn_skipped(skipped, model)
    return mean, var


def sarimax_start_params(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    **options: Unpack[ModelKeywords],
) -> Floats:
    """
    Return the parameters statsmodels starts an optimizer from.

    Parameters
    ----------
    y, exog, order, seasonal, **options
        As for `sarimax_loglike`.

    Returns
    -------
    ndarray, shape (k_params,)

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_loglike`.

    Warns
    -----
    NumericalWarning
        Estimates were unusable and replaced by zeros.
    """
    return Model(y, exog, order, seasonal, **options).start_params


def sarimax_fit(
    y: ArrayLike,
    exog: ArrayLike | None = None,
    order: Any = (1, 0, 0),
    seasonal: Any = (0, 0, 0, 0),
    **options: Unpack[FitKeywords],
) -> FitResult:
    """
    Estimate the parameters of a SARIMAX model by maximum likelihood.

    Parameters
    ----------
    y, exog, order, seasonal
        As for `sarimax_loglike`.
    **options
        Keywords of `Model`, and of `sarimax_c.fit.fit`: start_params, method,
        maxiter, epsilon, cov_type, fixed_params, options, callback.

    Returns
    -------
    FitResult

    Raises
    ------
    SpecError, DataError, NumericalError, TypeError, NotImplementedError
        As `sarimax_loglike`.

    Warns
    -----
    ConvergenceWarning
        The search stopped before it converged.
    NumericalWarning
        Start parameters had to be replaced, or the log-likelihood reported cannot be
        trusted: observations are skipped at the estimates, or rounding is large.

    See Also
    --------
    batch_fit : many series in one call.
    """
    keywords: dict[str, Any] = {**options}
    check_keywords(keywords, FitKeywords.__annotations__)
    fit_keywords = {name: keywords.pop(name) for name in FIT_NAMES & keywords.keys()}
    return fit(Model(y, exog, order, seasonal, **keywords), **fit_keywords)


def required(params: ArrayLike | None, model: Model, hint: str = "") -> ArrayLike:
    """
    Return the parameters, or say which ones are needed.

    Parameters
    ----------
    params : array_like or None
        As the caller gave them.
    model : Model
        The model they are for.
    hint : str
        What else can be done without them.

    Returns
    -------
    array_like
    """
    if params is None:
        raise TypeError(
            f"params is missing: the model has {model.k_params} parameters"
            f" ({', '.join(model.param_names)}){hint}"
        )
    return params


def warn_skipped(skipped: int, model: Model) -> None:
    """
    Warn of observations that statsmodels' filter passes over in silence.

    Parameters
    ----------
    skipped : int
        Their number.
    model : Model
        The model.
    """
    warn(
        f"{skipped} of {model.nobs} observations had a forecast error variance below"
        " 1e-12 and were skipped, adding 0 to the log-likelihood (a variance that is"
        " not positive, non-stationary parameters, or data on a tiny scale)",
        NumericalWarning,
    )
