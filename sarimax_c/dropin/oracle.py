# SPDX-License-Identifier: BSD-3-Clause
"""statsmodels' SARIMAX with statsmodels' own methods, also while it is patched."""

import functools
from typing import Any

from .originals import CLASSES, TABLE

__all__ = ["untouched_sarimax"]


@functools.cache
def untouched_sarimax() -> Any:
    """
    Return a class that computes as statsmodels ships it.

    Returns
    -------
    type
        Subclass of statsmodels' SARIMAX with the methods and properties that it had,
        or inherited, before anything was put in their place.
    """
    own = {
        name: value
        for name, value in TABLE["SARIMAX"].items()
        if (callable(value) or isinstance(value, (property, classmethod)))
        and vars(object).get(name) is not value
    }
    return type("SARIMAX", (CLASSES["SARIMAX"],), own)
