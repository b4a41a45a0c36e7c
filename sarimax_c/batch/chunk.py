# SPDX-License-Identifier: BSD-3-Clause
"""Neighbouring series of a batch, packed into arrays that nobody else holds."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats, as_endog, check_endog, check_exog
from ..errors import DataError

__all__ = [
    "Chunk",
    "Indices",
    "chosen_chunks",
    "position_of",
    "row_bounds",
    "row_of",
    "rows_for",
    "sizes_of",
    "table_bounds",
]

Indices = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Chunk:
    """
    Neighbouring series of a batch, in arrays that nobody else holds.

    Attributes
    ----------
    start : int
        Position of the first one in the batch.
    endog : ndarray, shape (rows,)
        One series after the other.
    exog : ndarray, shape (rows, k_exog), or None
        Their regressors.
    indptr : ndarray of int64, shape (count + 1,)
        Series i has the rows from ``indptr[i]`` up to ``indptr[i + 1]``.
    failures : dict
        Messages of the series that cannot be used, by position in the chunk.
    source : ndarray, shape (rows,), or None
        The caller's rows, of which ``_core.Batch`` will make those of `endog`; None
        where they are there.
    """

    start: int
    endog: Floats
    exog: Floats | None
    indptr: Indices
    failures: dict[int, str] = field(default_factory=dict)
    source: Floats | None = None

    @property
    def count(self) -> int:
        """Number of series."""
        return len(self.indptr) - 1

    @property
    def stop(self) -> int:
        """Position in the batch after the last one."""
        return self.start + self.count

    def series(self, i: int) -> tuple[Floats, Floats | None]:
        """
        Return one series and its regressors, as views.

        Parameters
        ----------
        i : int
            Position in the chunk.
        """
        rows = slice(self.indptr[i], self.indptr[i + 1])
        return self.endog[rows], None if self.exog is None else self.exog[rows]

    def take(self, chosen: Indices, start: int) -> Chunk:
        """
        Return a chunk of some of the series.

        Parameters
        ----------
        chosen : ndarray of int64
            Positions in the chunk.
        start : int
            Position of the first one in the batch of the new chunk.
        """
        sizes = np.diff(self.indptr)[chosen]
        indptr = row_bounds(sizes)
        rows = np.arange(indptr[-1]) + np.repeat(
            self.indptr[chosen] - indptr[:-1], sizes
        )
        exog = None if self.exog is None else self.exog[rows]
        where = {int(old): new for new, old in enumerate(chosen)}
        failures = {where[i]: text for i, text in self.failures.items() if i in where}
        return Chunk(start, self.endog[rows], exog, indptr, failures)

    def describe(self, i: int) -> str:
        """
        Say why the data of a series cannot be used; empty if they can.

        Parameters
        ----------
        i : int
            Position in the chunk.
        """
        if i in self.failures:
            return self.failures[i]
        endog, exog = self.series(i)
        try:
            check_endog(as_endog(endog))
            if exog is not None:
                check_exog(exog)
        except DataError as error:
            return str(error)
        return ""


def row_bounds(sizes: Indices) -> Indices:
    """
    Return where series begin that are packed one after the other.

    Parameters
    ----------
    sizes : ndarray of int64, shape (count,)
        Their lengths.

    Returns
    -------
    ndarray of int64, shape (count + 1,)
    """
    bounds = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=bounds[1:])
    return bounds


def table_bounds(count: int, nobs: int) -> Indices:
    """
    Return where series of one length begin that are packed one after the other.

    Parameters
    ----------
    count, nobs : int
        How many, and their length.

    Returns
    -------
    ndarray of int64, shape (count + 1,)
    """
    if nobs == 0:
        return np.zeros(count + 1, dtype=np.int64)
    return np.arange(0, count * nobs + 1, nobs, dtype=np.int64)


def sizes_of(elements: Sequence[Any]) -> Indices:
    """
    Return the lengths of series as the caller gave them.

    Parameters
    ----------
    elements : sequence
        Anything; what has no length counts as 0.

    Returns
    -------
    ndarray of int64, shape (count,)
    """
    try:
        return np.fromiter(map(len, elements), np.int64, len(elements))
    except TypeError:
        return np.fromiter(map(_size, elements), np.int64, len(elements))


def _size(element: Any) -> int:
    try:
        return len(element)
    except TypeError:
        return 0


def rows_for(params: Floats, chunk: Chunk) -> Floats:
    """
    Return the parameters of a chunk's series.

    Parameters
    ----------
    params : ndarray, shape (1, k_params) or (count, k_params)
        Those of the batch; one row is that of all.
    chunk : Chunk
        The series.
    """
    return params if len(params) == 1 else params[chunk.start : chunk.stop]


def row_of(params: Floats, i: int) -> Floats:
    """
    Return the parameters of one series.

    Parameters
    ----------
    params : ndarray, shape (1, k_params) or (count, k_params)
        Those of all series; one row is that of each.
    i : int
        Its position.
    """
    row: Floats = params[i if len(params) > 1 else 0]
    return row


def position_of(i: Any, count: int) -> int:
    """
    Return the position of a series, counted from the start.

    Parameters
    ----------
    i : int
        As the caller gave it; negative ones count from the end.
    count : int
        Number of series.

    Raises
    ------
    TypeError, IndexError
        It is not an integer, or there is no such series.
    """
    try:
        position = operator.index(i)
    except TypeError:
        raise TypeError(f"a series has an integer position, got {i!r}") from None
    if not -count <= position < count:
        raise IndexError(f"there is no series {position} in a batch of {count}")
    return position % count


def chosen_chunks(chunks: Iterable[Chunk], chosen: Indices) -> Iterator[Chunk]:
    """
    Yield the chunks of some series.

    Parameters
    ----------
    chunks : iterable of Chunk
        All series.
    chosen : ndarray of int64
        Positions of the series, ascending.

    Yields
    ------
    Chunk
    """
    for chunk in chunks:
        first, last = np.searchsorted(chosen, (chunk.start, chunk.stop))
        if last - first == chunk.count and first == chunk.start:
            yield chunk
        elif last > first:
            yield chunk.take(chosen[first:last] - chunk.start, int(first))
