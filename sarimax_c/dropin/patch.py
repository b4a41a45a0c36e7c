# SPDX-License-Identifier: BSD-3-Clause
"""
The core's methods on statsmodels' own class, for code that cannot change an import.

Whoever holds ``statsmodels.tsa.statespace.sarimax.SARIMAX``, under whatever name and
since whenever, has the methods: the class stays, its attributes change. statsmodels'
ARIMA and subclasses elsewhere inherit them; where one of these has a method of its own
that decides the numbers, statsmodels' code runs.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator

from .deferred import finish_models
from .model import PATCHED, ModelMixin
from .originals import CLASSES
from .results import PATCHED_RESULTS, ResultsMixin

__all__ = [
    "patch_statsmodels",
    "patched",
    "statsmodels_is_patched",
    "unpatch_statsmodels",
]

logger = logging.getLogger("sarimax_c")

_CLASS = CLASSES["SARIMAX"]
_WHERE = f"{_CLASS.__module__}.{_CLASS.__qualname__}"
# The very objects that a patch covers up; other names are inherited, or new.
_COVERED = {name: vars(_CLASS)[name] for name in PATCHED if name in vars(_CLASS)}
_RESULTS = CLASSES["SARIMAXResults"]
_lock = threading.RLock()


def statsmodels_is_patched() -> bool:
    """
    Tell whether statsmodels' SARIMAX has this package's methods.

    Returns
    -------
    bool
    """
    return vars(_CLASS).get(PATCHED[0]) is vars(ModelMixin)[PATCHED[0]]


def patch_statsmodels() -> None:
    """
    Give statsmodels' SARIMAX, and with it its ARIMA, the methods of `sarimax_c`.

    Their results get `engine_used` and `impute`, which statsmodels' do not have.
    It reaches code that imported the classes earlier, and their subclasses. Models
    made before go on with statsmodels' filter. A second call does nothing. The logger
    ``sarimax_c`` says at level INFO what was done.

    See Also
    --------
    unpatch_statsmodels, patched, sarimax_c.stats
    """
    with _lock:
        if statsmodels_is_patched():
            return
        for name in PATCHED_RESULTS:
            setattr(_RESULTS, name, vars(ResultsMixin)[name])
        # What tells that the patch is there comes last.
        for name in reversed(PATCHED):
            setattr(_CLASS, name, vars(ModelMixin)[name])
    logger.info("patched %s: %s", _WHERE, ", ".join(PATCHED))


def unpatch_statsmodels() -> None:
    """
    Give statsmodels' SARIMAX its own methods back; without a patch, do nothing.

    The very function objects return that were there before. Models made meanwhile go
    on working, by statsmodels' methods.
    """
    with _lock:
        if not statsmodels_is_patched():
            return
        finish_models()
        for name in PATCHED:
            if name in _COVERED:
                setattr(_CLASS, name, _COVERED[name])
            else:
                delattr(_CLASS, name)
        for name in PATCHED_RESULTS:
            delattr(_RESULTS, name)
    logger.info("unpatched %s", _WHERE)


@contextlib.contextmanager
def patched() -> Iterator[None]:
    """
    Patch statsmodels for a ``with`` block, or a function that this decorates.

    A patch that is there already stays. The patch belongs to the process: other
    threads see it too.

    Returns
    -------
    context manager
    """
    was_patched = statsmodels_is_patched()
    patch_statsmodels()
    try:
        yield
    finally:
        if not was_patched:
            unpatch_statsmodels()
