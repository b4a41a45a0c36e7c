# SPDX-License-Identifier: BSD-3-Clause
"""
Models like one that was made before, with other data.

Most of statsmodels' constructor works out what follows from the orders and options. A
second model with the same ones takes that over, and only looks at its data.

ARIMA always runs its constructor, which keeps a specification that holds the data and
puts the trend among the regressors. So do models with a trend beside a constant
regressor, which the constructor may refuse.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from statsmodels.base.data import PandasData
from statsmodels.tsa.statespace.tools import prepare_trend_data

from .binding import ssm_options
from .deferred import LEFT_OUT

__all__ = [
    "continued_from_template",
    "exog_of",
    "keep_template",
    "made_from_template",
    "template_key",
]

_CAPACITY = 64
_templates: dict[tuple[type, str], _Template] = {}
# What depends on the data, or on what happened to the model.
_OF_DATA = frozenset(
    [
        "data",
        "endog",
        "exog",
        "orig_endog",
        "orig_exog",
        "nobs",
        "k_constant",
        "ssm",
        "_trend_data",
        "_data_attr",
        "_sx_binding",
        "_sx_twin",
        "_sx_params",
        "_sx_engine",
        "_sx_ran",
        "_sx_open",
    ]
) | {*LEFT_OUT}
_OPTIONS = frozenset(
    [
        "order",
        "seasonal_order",
        "trend",
        "measurement_error",
        "time_varying_regression",
        "mle_regression",
        "simple_differencing",
        "enforce_stationarity",
        "enforce_invertibility",
        "hamilton_representation",
        "concentrate_scale",
        "trend_offset",
        "use_exact_diffuse",
    ]
)
_SIMPLE = (int, float, bool, str, type(None))


def template_key(
    cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[type, str] | None:
    """
    Return what models with the same options have in common.

    Parameters
    ----------
    cls : type
        Their class.
    args, kwargs
        The arguments of the constructor.

    Returns
    -------
    tuple or None
        None where there is more than a series and plain options.
    """
    options = {name: value for name, value in kwargs.items() if name != "exog"}
    if not options.keys() <= _OPTIONS or not all(map(_is_simple, options.values())):
        return None
    if not 1 <= len(args) <= 2:
        return None
    exog = exog_of(args, kwargs)
    if exog is None:
        return cls, repr(options)
    if not options.get("mle_regression", True):
        return None
    columns = np.shape(exog)[1:]
    return (cls, f"{options!r} {columns}") if len(columns) == 1 else None


def exog_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """
    Return the regressors among a constructor's arguments, or None.

    Parameters
    ----------
    args, kwargs
        The arguments.
    """
    return args[1] if len(args) > 1 else kwargs.get("exog")


def _is_simple(value: Any) -> bool:
    """Tell whether a value is what its ``repr`` says."""
    if type(value) in (tuple, list):
        return all(map(_is_simple, value))
    return type(value) in _SIMPLE


def keep_template(model: Any, key: tuple[type, str]) -> None:
    """Keep what a new model has from its options."""
    own = model.__dict__
    if "_sx_start" not in own or "ssm" not in own or key in _templates:
        return
    template = {name: value for name, value in own.items() if name not in _OF_DATA}
    template["_sx_options"] = ssm_options(model)
    if model.exog is None:
        template["_sx_names"] = tuple(model.param_names)
    # Their list, for other threads may keep templates meanwhile.
    for oldest in [*_templates][: max(0, len(_templates) - _CAPACITY + 1)]:
        _templates.pop(oldest, None)
    _templates[key] = _Template(template)


class _Template:
    """
    What models with the same options have in common.

    Parameters
    ----------
    values : dict
        Attributes of one of them.
    """

    __slots__ = ("_own", "_values", "has_trend", "least")

    def __init__(self, values: dict[str, Any]) -> None:
        #: Of so many observations and fewer statsmodels warns.
        self.least: int = values["_k_states_diff"] + values["k_states"]
        self.has_trend: bool = values["k_trend"] > 0
        self._values = values
        self._own = [
            name for name, value in values.items() if type(value) in (np.ndarray, list)
        ]
        self.fill(self._values)

    def fill(self, own: dict[str, Any]) -> None:
        """Add the attributes, with arrays and lists that belong to nobody else."""
        own.update(self._values)
        for name in self._own:
            own[name] = self._values[name].copy()


def made_from_template(
    model: Any, key: tuple[type, str], endog: Any, exog: Any = None
) -> bool:
    """
    Make a model from an earlier one's template.

    Parameters
    ----------
    model : SARIMAX
        A new object without attributes.
    key : tuple
        Of `template_key`.
    endog, exog : array_like
        The series and its regressors.

    Returns
    -------
    bool
        False where the constructor has to run: there is no template, or it would
        convert the data or warn of their index.
    """
    template = _templates.get(key)
    if template is None or not _is_plain(endog):
        return False
    if exog is not None:
        if not _are_plain(exog, endog):
            return False
        if template.has_trend and not np.ptp(np.asarray(exog), axis=0).all():
            return False
    if len(endog) <= template.least:
        return False
    data = model._handle_data(endog, exog, "none", None)
    own = _fill(model, template, data)
    own["endog"], own["exog"] = data.endog, data.exog
    model._init_dates(None, None)
    own["endog"], own["exog"] = model.prepare_data()
    own["nobs"] = len(own["endog"])
    return True


def continued_from_template(model: Any, earlier: Any, endog: Any) -> bool:
    """
    Make a model of an earlier one's series and what follows it.

    Parameters
    ----------
    model : SARIMAX
        A new object without attributes.
    earlier : SARIMAX
        A model without regressors, of a series with dates.
    endog : DataFrame
        The longer series, with the frequency of the earlier one.

    Returns
    -------
    bool
        False where there is no template.
    """
    options = {**earlier._get_init_kwds(), "exog": None}
    key = template_key(type(earlier), (endog,), options)
    template = None if key is None else _templates.get(key)
    if template is None or type(earlier.data) is not PandasData:
        return False
    values, index = endog.to_numpy(), endog.index
    if len(values) <= template.least:
        return False
    # What its constructor finds out of them is known.
    data = object.__new__(PandasData)
    data.__dict__.update(
        orig_endog=endog,
        orig_exog=None,
        endog=values[:, 0],
        exog=None,
        const_idx=None,
        k_constant=0,
        _cache={"row_labels": index},
        dates=index,
        freq=index.freqstr,
    )
    own = _fill(model, template, data)
    own.update(
        endog=values.copy(),
        exog=None,
        nobs=len(values),
        _index=index,
        _index_generated=False,
        _index_none=False,
        _index_int64=False,
        _index_dates=True,
        _index_freq=index.freq,
        _index_inferred_freq=False,
        _trend_data=prepare_trend_data(
            own["polynomial_trend"], own["_k_trend"], len(values), own["trend_offset"]
        ),
    )
    return True


def _fill(model: Any, template: _Template, data: Any) -> dict[str, Any]:
    """Set what a model has from a template and its data; return all it has."""
    own: dict[str, Any] = model.__dict__
    template.fill(own)
    own.update(orig_endog=data.orig_endog, orig_exog=data.orig_exog, data=data)
    own["k_constant"] = data.k_constant
    own["_data_attr"] = [
        "exog",
        "endog",
        "data.exog",
        "data.endog",
        "data.orig_endog",
        "data.orig_exog",
    ]
    return own


def _is_plain(endog: Any) -> bool:
    """Tell whether data are floats of one series, with an index nobody warns of."""
    if type(endog) is np.ndarray:
        return endog.dtype == np.float64 and endog.ndim == 1
    if type(endog) is pd.DataFrame:
        # Asking a frame for its types makes a series of them.
        if endog.shape[1] != 1 or endog.to_numpy().dtype != np.float64:
            return False
    elif type(endog) is not pd.Series or endog.dtype != np.float64:
        return False
    index = endog.index
    if isinstance(index, pd.DatetimeIndex):
        return index.freq is not None and index.is_monotonic_increasing
    return isinstance(index, (pd.PeriodIndex, pd.RangeIndex))


def _are_plain(exog: Any, endog: Any) -> bool:
    """Tell whether regressors are columns of floats, held as the series is."""
    if type(endog) is np.ndarray:
        return type(exog) is np.ndarray and exog.dtype == np.float64 and exog.ndim == 2
    if type(exog) is not pd.DataFrame:
        return False
    return bool(exog.to_numpy().dtype == np.float64)
