# SPDX-License-Identifier: BSD-3-Clause
"""
statsmodels' own functions, whatever has been put in their place since.

The methods of the mixin run as methods of a subclass and, patched in, of statsmodels'
classes themselves; neither ``super()`` nor the class's attribute would always lead to
what statsmodels ships.
"""

from typing import Any

from statsmodels.tsa.statespace.sarimax import SARIMAX, SARIMAXResults

__all__ = ["CLASSES", "TABLE", "original"]

CLASSES = {"SARIMAX": SARIMAX, "SARIMAXResults": SARIMAXResults}


def _collect(cls: type) -> dict[str, Any]:
    """Return what a class defines or inherits, as its ``__dict__`` entries."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found.update(vars(base))
    return found


TABLE = {name: _collect(cls) for name, cls in CLASSES.items()}


def original(owner: str, name: str) -> Any:
    """
    Return a function of statsmodels' class as it was when this was imported.

    Parameters
    ----------
    owner : {'SARIMAX', 'SARIMAXResults'}
        The class.
    name : str
        Its attribute; of a property the function that computes it.

    Returns
    -------
    callable
    """
    found = TABLE[owner][name]
    return found.fget if isinstance(found, property) else found
