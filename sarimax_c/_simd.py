# SPDX-License-Identifier: BSD-3-Clause
"""``SARIMAX_C_SIMD``: a lower instruction set for the core than the machine has."""

import os

from .errors import SpecError

__all__ = ["forced_level"]

_VARIABLE = "SARIMAX_C_SIMD"


def forced_level(levels: tuple[str, ...]) -> str | None:
    """
    Return the level asked for, read from the environment at each call.

    Parameters
    ----------
    levels : tuple of str
        Those of this machine.

    Returns
    -------
    str or None
        None is the best there is.
    """
    name = os.environ.get(_VARIABLE, "").strip().lower()
    if name and name not in levels:
        raise SpecError(f"{_VARIABLE} must be one of {levels}, got {name!r}")
    return name or None
