# SPDX-License-Identifier: BSD-3-Clause
"""The keywords of models and fits, and what is said of those that there are not."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypedDict

from numpy.typing import ArrayLike

from .arrays import Floats

__all__ = [
    "FIT_NAMES",
    "FitKeywords",
    "ModelKeywords",
    "ModelOptions",
    "check_keywords",
    "check_no_keywords",
]

# statsmodels' names of arguments that are called otherwise here.
_OTHER_NAMES = {
    "endog": "y",
    "seasonal_order": "seasonal",
    # Functions of one series have an argument of this name.
    "exog": "exog_list",
}


class ModelOptions(TypedDict, total=False):
    """
    Keyword options of `sarimax_c.Model`, statsmodels' names and defaults.

    Attributes
    ----------
    trend : {'n', 'c', 't', 'ct', 'ctt'}, sequence of 0 and 1, or None
        Polynomial trend; a sequence says for each power whether it is included.
    trend_offset : float
        Time of the first observation in the trend, default 1.
    measurement_error : bool
        Add a measurement error to the observations.
    enforce_stationarity, enforce_invertibility : bool
        Transform parameters into the stationary and invertible region; without
        stationarity every state starts diffuse. Default True.
    concentrate_scale : bool
        Take the variance out of the parameters.
    simple_differencing : bool
        Difference the data first instead of in the state.
    loglikelihood_burn : int or None
        Leading periods left out of the log-likelihood; None is the number of
        diffuse states.
    initial_variance : float
        Variance of diffuse states, default 1e6.
    tolerance : float
        The filter is in steady state once the squared change of the state
        covariance is below it; default 1e-19, 0 switches the rule off.
    max_states : int
        Larger models are refused, default 4096.
    hamilton_representation, time_varying_regression, use_exact_diffuse : bool
        True is not available yet (NotImplementedError); nor is mle_regression=False.
    """

    trend: str | Sequence[int] | None
    trend_offset: float
    measurement_error: bool
    enforce_stationarity: bool
    enforce_invertibility: bool
    concentrate_scale: bool
    simple_differencing: bool
    loglikelihood_burn: int | None
    initial_variance: float
    tolerance: float
    max_states: int
    hamilton_representation: bool
    mle_regression: bool
    time_varying_regression: bool
    use_exact_diffuse: bool


class ModelKeywords(ModelOptions, total=False):
    """
    All keywords of `Model`: the options of the model and two about its use.

    Attributes
    ----------
    missing : {'none', 'raise', 'drop'}
        'raise' refuses NaN; 'drop' has no effect, as in statsmodels.
    engine : {'auto', 'exact', 'identical', 'statsmodels'} or None
        Engine; None is the setting of `set_engine`.
    """

    missing: str
    engine: str | None


class FitKeywords(ModelKeywords, total=False):
    """
    All keywords of `sarimax_fit`: those of `Model` and those of the optimizer.

    Attributes
    ----------
    start_params, method, maxiter, epsilon, cov_type, fixed_params, options, callback
        See `sarimax_c.fit.fit`.
    """

    start_params: ArrayLike | None
    method: str | None
    maxiter: int | None
    epsilon: float
    cov_type: str
    fixed_params: Mapping[str, float] | None
    options: Mapping[str, Any] | None
    callback: Callable[[Floats], Any] | None


# Keywords of a fit that are not the model's.
FIT_NAMES = FitKeywords.__annotations__.keys() - ModelKeywords.__annotations__.keys()


def check_keywords(
    given: Iterable[str], known: Collection[str], own: Collection[str] = ()
) -> None:
    """
    Refuse keywords that there are not.

    Parameters
    ----------
    given : iterable of str
        Names of the caller's keywords.
    known : collection of str
        Those there are beside order, seasonal and `own`.
    own : collection of str
        Named arguments of the function, for the message.
    """
    unknown = [name for name in given if name not in known and name not in own]
    if unknown:
        names = [*own, *known]
        hints = [
            f"; {name} is called {_OTHER_NAMES[name]} here"
            for name in unknown
            if name in _OTHER_NAMES
        ]
        raise TypeError(
            f"Unknown keyword arguments: {unknown}. (known are order, seasonal,"
            f" {', '.join(names)}{''.join(hints)})"
        )


def check_no_keywords(given: Iterable[str], other_names: Mapping[str, str]) -> None:
    """
    Refuse all keywords of a method that has none beside its arguments.

    Parameters
    ----------
    given : iterable of str
        Names of the caller's keywords that are no arguments.
    other_names : mapping
        statsmodels' names of arguments, and what they are called here.
    """
    unknown = [*given]
    if unknown:
        hints = [
            f"; {name} is called {other_names[name]} here"
            for name in unknown
            if name in other_names
        ]
        raise TypeError(f"Unknown keyword arguments: {unknown}{''.join(hints)}")
