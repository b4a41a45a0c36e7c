# SPDX-License-Identifier: BSD-3-Clause
"""statsmodels' SARIMAX with statsmodels' own methods, also while it is patched."""

import functools
from typing import Any

from .model import PATCHED
from .originals import CLASSES, TABLE

__all__ = ["untouched_sarimax"]


@functools.cache
def untouched_sarimax() -> Any:
    """
    Return a class that computes as statsmodels ships it.

    Returns
    -------
    type
        Subclass of statsmodels' SARIMAX; it has statsmodels' own function under every
        name that `sarimax_c.patch_statsmodels` puts another one under.
    """
    own = TABLE["SARIMAX"]
    restored = {name: own[name] for name in PATCHED if name in own}
    return type("SARIMAX", (CLASSES["SARIMAX"],), restored)
