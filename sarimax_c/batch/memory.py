# SPDX-License-Identifier: BSD-3-Clause
"""The memory of portions, kept between them and between batches.

An allocator gives blocks of this size back to the system, which clears every page that
it hands out anew.
"""

from __future__ import annotations

import weakref

import numpy as np

from ..arrays import Floats

__all__ = ["new_rows"]

# Rows below which an allocator keeps the memory itself (128 kB in glibc); of what is
# kept at most (16 MB, as of a portion); and what sizes are rounded up to.
_FEWEST = 2**14
_MOST = 2**21
_STEP = 2**16

_kept: list[Floats] = []


def new_rows(count: int) -> Floats:
    """
    Give an array that is not filled.

    Its memory comes back when nothing refers to the array any more, nor a view of it.

    Parameters
    ----------
    count : int
        Its length.

    Returns
    -------
    ndarray, shape (count,)
    """
    if not _FEWEST <= count <= _MOST:
        return np.empty(count)
    try:
        memory = _kept.pop()
    except IndexError:
        memory = np.empty(0)
    if len(memory) < count:
        memory = np.empty(-(-count // _STEP) * _STEP)
    # Over a memoryview: views of the rows refer to them, not to what is below.
    rows: Floats = np.frombuffer(memory.data, count=count)
    weakref.finalize(rows, _keep, memory).atexit = False
    return rows


def _keep(memory: Floats) -> None:
    """Whichever comes first stays; others go back to the system."""
    if not _kept:
        _kept.append(memory)
