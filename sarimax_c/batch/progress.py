# SPDX-License-Identifier: BSD-3-Clause
"""How a batch tells how far it is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Advance", "open_progress"]

# Called with the number of series done.
Advance = Callable[[int], None]


def open_progress(
    progress: Any, total: int
) -> contextlib.AbstractContextManager[Advance | None]:
    """
    Give what the ``progress`` argument of a batch stands for.

    Parameters
    ----------
    progress : bool or callable
        True is a bar of tqdm; a callable gets ``(done, total)``.
    total : int
        Number of series.

    Returns
    -------
    context manager of callable or None
        To be called with the number of series done, from one thread.

    Raises
    ------
    ImportError
        A bar is wanted and tqdm is not installed.
    TypeError
        The argument is neither.
    """
    if progress is False or progress is None:
        return contextlib.nullcontext()
    if progress is True:
        return _advancing(_bar(total))
    if not callable(progress):
        raise TypeError(f"progress must be a bool or a callable, got {progress!r}")
    return contextlib.nullcontext(_rising(lambda done: progress(done, total)))


@contextlib.contextmanager
def _advancing(bar: Any) -> Iterator[Advance]:
    with bar:
        yield _rising(lambda done: bar.update(done - bar.n))


def _rising(tell: Callable[[int], Any]) -> Advance:
    """Tell numbers above the last one only."""
    last = 0

    def advance(done: int) -> None:
        nonlocal last
        if done > last:
            last = done
            tell(done)

    return advance


def _bar(total: int) -> Any:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError(
            "progress=True needs tqdm (pip install sarimax_c[progress]); a callable"
            " progress(done, total) works without"
        ) from None
    return tqdm(total=total, unit=" series")
