# SPDX-License-Identifier: BSD-3-Clause
"""
A lock for each model: statsmodels' code writes parameters into its state space object.

They are no attributes of the models, which are copied and pickled by code that does
not know of locks.
"""

from __future__ import annotations

import threading
from typing import Any
from weakref import WeakKeyDictionary

__all__ = ["lock_of"]

_locks: WeakKeyDictionary[Any, threading.RLock] = WeakKeyDictionary()
_making = threading.Lock()


def lock_of(model: Any) -> threading.RLock:
    """
    Return the lock of a model, for what writes to its state space object or reads it.

    Parameters
    ----------
    model : SARIMAX
        The model.

    Returns
    -------
    RLock
        The same one in every call.
    """
    lock = _locks.get(model)
    if lock is None:
        with _making:
            lock = _locks.setdefault(model, threading.RLock())
    return lock
