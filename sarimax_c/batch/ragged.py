# SPDX-License-Identifier: BSD-3-Clause
"""
The inputs of a batch: series of any lengths, packed one after the other.

A batch is packed chunk by chunk, so that a million series are never held twice. Each
chunk has arrays of its own: the caller may change theirs while threads work on it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import (
    Floats,
    as_endog,
    as_exog,
    as_exog_future,
    as_float64,
    check_aligned,
    check_missing,
    column_names,
)
from ..engine import load_core
from ..errors import DataError, SarimaxError
from .chunk import Chunk, Indices, row_bounds, sizes_of, table_bounds
from .memory import new_rows

__all__ = ["ELEMENT_ERRORS", "Ragged", "make_check", "make_ragged", "pack_future"]

Check = Callable[[Floats, "Floats | None"], None]

# Input bytes of a chunk: at most, and for each thread, which get enough to do and find
# in a cache what was packed for them.
CHUNK_BYTES = 16 * 2**20
_THREAD_BYTES = 2 * 2**20

_FLOAT64 = np.dtype(np.float64)
# What a bad element raises: our own errors, TypeError, numpy's conversions.
ELEMENT_ERRORS = (SarimaxError, TypeError, ValueError)


@dataclass(frozen=True, slots=True, eq=False)
class _ListSeries:
    """One series an element."""

    elements: Sequence[Any]

    @property
    def count(self) -> int:
        return len(self.elements)

    @property
    def bounds(self) -> Indices:
        """Rows at which each begins and the last one ends, if they have lengths."""
        core = load_core()
        sizes: Indices | None = core.vector_sizes(self.elements) if core else None
        return row_bounds(sizes_of(self.elements) if sizes is None else sizes)

    def element(self, i: int) -> Any:
        return self.elements[i]

    def block(self, start: int, indptr: Indices) -> Floats | None:
        """Pack ordinary float64 vectors; None if one of them is anything else."""
        if (core := load_core()) is None:
            return None
        rows, sizes = new_rows(int(indptr[-1])), np.diff(indptr)
        packed: Floats | None = core.join_vectors(self.elements, start, sizes, rows)
        return packed


@dataclass(slots=True, eq=False)
class _RowSeries:
    """All series in one array, given by their rows."""

    data: Floats
    indptr: Indices

    @property
    def count(self) -> int:
        return len(self.indptr) - 1

    @property
    def bounds(self) -> Indices:
        return self.indptr

    def element(self, i: int) -> Floats:
        return self.data[self.indptr[i] : self.indptr[i + 1]]

    def rows(self, start: int, indptr: Indices) -> Floats:
        begin = self.indptr[start]
        return self.data[begin : begin + indptr[-1]]

    def block(self, start: int, indptr: Indices) -> Floats:
        return self.rows(start, indptr).copy()


@dataclass(frozen=True, slots=True, eq=False)
class _ListExog:
    """One array of regressors an element."""

    elements: Sequence[Any]

    def element(self, i: int) -> Any:
        return self.elements[i]

    def block(self, start: int, indptr: Indices, k_exog: int) -> Floats | None:
        elements = self.elements[start : start + len(indptr) - 1]
        packed = _concatenate(elements)
        if packed is not None and packed.ndim == 1 and k_exog == 1:
            packed = packed.reshape(-1, 1)
        if packed is None or packed.ndim != 2 or packed.shape[1] != k_exog:
            return None
        if not np.array_equal(sizes_of(elements), np.diff(indptr)):
            return None
        # Arrays in Fortran order make another one.
        return np.ascontiguousarray(packed)


@dataclass(frozen=True, slots=True, eq=False)
class _SharedExog:
    """The same regressors for all."""

    exog: Floats
    names: tuple[str, ...] | None
    # As the caller gave them, with their index.
    labelled: Any

    def element(self, _i: int) -> Floats:
        return self.exog

    def block(self, _start: int, indptr: Indices, _k_exog: int) -> Floats | None:
        if not (np.diff(indptr) == len(self.exog)).all():
            return None
        return np.tile(self.exog, (len(indptr) - 1, 1))


@dataclass(frozen=True, slots=True, eq=False)
class _RowExog:
    """All regressors in one array, in the rows of the series."""

    exog: Floats
    indptr: Indices
    names: tuple[str, ...] | None = None

    def element(self, i: int) -> Floats:
        return self.exog[self.indptr[i] : self.indptr[i + 1]]

    def block(self, start: int, indptr: Indices, _k_exog: int) -> Floats:
        begin = self.indptr[start]
        return self.exog[begin : begin + indptr[-1]].copy()


_Exog = _ListExog | _SharedExog | _RowExog


class Ragged:
    """
    The series of a batch, as the caller gave them; made by `make_ragged`.

    Attributes
    ----------
    count : int
        Number of series.
    k_exog : int
        Number of regressors of each.
    exog_names : tuple of str, or None
        Names of the regressors, where they have some.
    is_table : bool
        Whether the series came as the rows of a two-dimensional array.
    """

    __slots__ = ("_exog", "_series", "count", "exog_names", "is_table", "k_exog")

    def __init__(
        self,
        series: _ListSeries | _RowSeries,
        exog: _Exog | None,
        is_table: bool,
        columns: tuple[int, tuple[str, ...] | None],
    ) -> None:
        self._series = series
        self._exog = exog
        self.is_table = is_table
        self.count = series.count
        self.k_exog, self.exog_names = columns

    def take(self, chosen: Indices) -> Ragged:
        """
        Return some of the series.

        Parameters
        ----------
        chosen : ndarray of int64
            Positions in the batch.
        """
        exog = self._exog
        part: _Exog | None = None
        if isinstance(exog, _SharedExog):
            part = exog
        elif exog is not None:
            part = _ListExog([exog.element(int(i)) for i in chosen])
        elements = [self._series.element(int(i)) for i in chosen]
        columns = self.k_exog, self.exog_names
        return Ragged(_ListSeries(elements), part, False, columns)

    def chunks(
        self,
        check: Check | None = None,
        n_threads: int = 1,
        core_copies: bool = False,
    ) -> Iterator[Chunk]:
        """
        Pack the series, chunk by chunk.

        Parameters
        ----------
        check : callable, optional
            Called with the data of each series; what it raises is the failure of
            that series.
        n_threads : int
            Threads that will share a chunk.
        core_copies : bool
            Whether ``_core.Batch`` may be left to copy the observations.

        Yields
        ------
        Chunk
        """
        most = min(CHUNK_BYTES, n_threads * _THREAD_BYTES) // (8 * (1 + self.k_exog))
        bounds = self._series.bounds
        start = 0
        while start < self.count:
            if start == 0 and bounds[-1] <= most:
                stop, indptr = self.count, bounds
            else:
                stop = int(bounds.searchsorted(bounds[start] + most, side="right")) - 1
                stop = max(start + 1, stop)
                indptr = bounds[start : stop + 1] - bounds[start]
            chunk = self._fast(start, indptr, core_copies and check is None)
            if chunk is None:
                chunk = self._general(start, stop)
            if check is not None:
                _check_each(chunk, check)
            yield chunk
            # Not kept while the next one is packed.
            del chunk
            start = stop

    def _fast(self, start: int, indptr: Indices, core_copies: bool) -> Chunk | None:
        """Pack without a look at each series; None where one needs it."""
        endog, source = None, None
        if core_copies and isinstance(self._series, _RowSeries):
            source = self._series.rows(start, indptr)
            endog = new_rows(len(source))
        else:
            endog = self._series.block(start, indptr)
        if endog is None:
            return None
        exog = None
        if self._exog is not None:
            exog = self._exog.block(start, indptr, self.k_exog)
            if exog is None:
                return None
        packed = exog if self.k_exog else None
        return Chunk(start, endog, packed, indptr, source=source)

    def _general(self, start: int, stop: int) -> Chunk:
        """Pack one by one; a series that cannot be used has no rows."""
        endogs, exogs = [], []
        failures = {}
        for i in range(start, stop):
            try:
                endog, exog = self._convert(i)
            except ELEMENT_ERRORS as error:
                failures[i - start] = str(error)
                endog, exog = np.empty(0), np.empty((0, self.k_exog))
            endogs.append(endog)
            exogs.append(exog)
        indptr = row_bounds(sizes_of(endogs))
        packed = np.concatenate(exogs) if self.k_exog else None
        return Chunk(start, np.concatenate(endogs), packed, indptr, failures)

    def _convert(self, i: int) -> tuple[Floats, Floats]:
        """Convert one series and its regressors as the single calls do."""
        y = self._series.element(i)
        endog = as_endog(y)
        given = None if self._exog is None else self._exog.element(i)
        exog = as_exog(given, len(endog))
        if exog is None:
            exog = np.empty((len(endog), 0))
        elif isinstance(self._exog, _SharedExog):
            check_aligned(y, self._exog.labelled)
        elif type(given) is not np.ndarray:
            check_aligned(y, given)
        if exog.shape[1] != self.k_exog:
            raise DataError(
                f"exog has {exog.shape[1]} columns where the batch has {self.k_exog}"
            )
        # The name of a Series is often that of the series it belongs to.
        names = column_names(given) if hasattr(given, "columns") else None
        if names and names != self.exog_names:
            raise DataError(
                f"exog has the columns {names} where the first named ones of"
                f" exog_list are {self.exog_names}"
            )
        return endog, exog


def make_ragged(
    y_list: Any, exog_list: Any = None, data: Any = None, indptr: Any = None
) -> Ragged:
    """
    Read the series of a batch in whichever form they come.

    Parameters
    ----------
    y_list : list or tuple of array_like, or array_like of shape (count, nobs)
        The series; an array has one in each row.
    exog_list : optional
        A list or tuple of array_like, each (nobs_i, k_exog); an array (count, nobs,
        k_exog); one (nobs, k_exog) for all; with `data`, its rows (rows, k_exog).
    data, indptr : array_like, optional
        In place of `y_list`: all series in one vector, and where each begins.

    Returns
    -------
    Ragged

    Raises
    ------
    DataError, TypeError
        The form as a whole is not one of these. What is wrong with a single series
        is found when it is packed.
    """
    if (data is None) != (indptr is None):
        missing = "data" if data is None else "indptr"
        raise TypeError(f"data and indptr come together; {missing} is missing")
    if (data is None) == (y_list is None):
        given = "neither" if data is None else "both"
        raise TypeError(f"a batch needs y_list, or data and indptr; got {given}")
    if data is not None:
        rows = _check_rows(data, indptr)
        return _ragged(rows, _exog_of_rows(exog_list, rows), False)
    if isinstance(y_list, (list, tuple)) or _is_object_vector(y_list):
        listed = _ListSeries(_as_list(y_list))
        return _ragged(listed, _exog_of_list(exog_list, listed.count), False)
    table = _check_table(y_list)
    indptr = table_bounds(*table.shape)
    rows = _RowSeries(table.reshape(-1), indptr)
    return _ragged(rows, _exog_of_table(exog_list, table.shape, indptr), True)


def pack_future(
    exog_future_list: Any,
    count: int,
    steps: int,
    k_exog: int,
    names: tuple[str, ...] | None = None,
) -> tuple[Floats | None, dict[int, str]]:
    """
    Pack the regressors of the forecast periods.

    Parameters
    ----------
    exog_future_list : optional
        A list or tuple of array_like, each (steps, k_exog), an array (count, steps,
        k_exog), or one (steps, k_exog) for all.
    count, steps, k_exog : int
        Sizes of the batch.
    names : tuple of str, optional
        Names of its regressors, if they have some.

    Returns
    -------
    future : ndarray, shape (count, steps, k_exog), or None
        None without regressors; not to be written.
    failures : dict
        Messages of the series whose regressors cannot be used, whose rows are NaN.
    """
    one = functools.partial(
        as_exog_future,
        steps=steps,
        k_exog=k_exog,
        argument="exog_future_list",
        names=names,
    )
    if not isinstance(exog_future_list, (list, tuple)) and not (
        isinstance(exog_future_list, np.ndarray) and exog_future_list.ndim == 3
    ):
        shared = one(exog_future_list)
        if shared is None:
            return None, {}
        return np.broadcast_to(shared, (count, steps, k_exog)), {}
    _check_count(exog_future_list, count, "exog_future_list")
    packed = np.full((count, steps, k_exog), np.nan)
    failures = {}
    for i, element in enumerate(exog_future_list):
        try:
            future = one(element)
            if future is not None:
                packed[i] = future
        except ELEMENT_ERRORS as error:
            failures[i] = str(error)
    return packed if k_exog else None, failures


def make_check(missing: str, constant_check: Callable[[Floats], None] | None) -> Any:
    """
    Return what `Ragged.chunks` has to check beyond the forms, None if nothing.

    Parameters
    ----------
    missing : {'none', 'raise', 'drop'}
        The option of the models.
    constant_check : callable or None
        Called with the regressors of each series.
    """
    if missing != "none":
        check_missing(missing, np.empty(0), None)
    if missing != "raise" and constant_check is None:
        return None

    def check(endog: Floats, exog: Floats | None) -> None:
        check_missing(missing, endog, exog)
        if constant_check is not None and exog is not None:
            constant_check(exog)

    return check


def _check_each(chunk: Chunk, check: Check) -> None:
    for i in range(chunk.count):
        if i not in chunk.failures and chunk.indptr[i] < chunk.indptr[i + 1]:
            try:
                check(*chunk.series(i))
            except SarimaxError as error:
                chunk.failures[i] = str(error)


def _concatenate(elements: Sequence[Any]) -> Floats | None:
    """Join arrays along their rows; None unless they are plain float64 ones."""
    # A look at the result tells of shapes and dtypes; subclasses are masked arrays
    # and others whose conversion is not a copy.
    if set(map(type, elements)) != {np.ndarray}:
        return None
    try:
        packed: Floats = np.concatenate(elements)
    except (TypeError, ValueError):
        return None
    return packed if packed.dtype == _FLOAT64 else None


def _as_list(y_list: Any) -> Sequence[Any]:
    elements: Sequence[Any] = y_list if isinstance(y_list, (list, tuple)) else [*y_list]
    # None among numbers is somebody's missing value.
    numbers = [element for element in elements if element is not None]
    if numbers and all(map(np.isscalar, numbers)):
        raise TypeError(
            f"y_list must hold one series an element, got {numbers[0]!r}; for a single"
            " series there are the functions without batch_"
        )
    return elements


def _is_object_vector(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == object and value.ndim == 1


def _check_table(y_list: Any) -> Floats:
    """Return the two-dimensional array of a batch of equal lengths."""
    if not isinstance(y_list, np.ndarray):
        hint = ""
        if hasattr(y_list, "columns"):
            hint = (
                f" of shape {y_list.shape} (with one series a column:"
                " frame.to_numpy().T; with one a row: frame.to_numpy())"
            )
        elif isinstance(y_list, Mapping):
            hint = " (its series are list(d.values()))"
        raise TypeError(
            "y_list must be a list or tuple of series or a two-dimensional array with"
            f" one series a row, got {type(y_list).__name__}{hint}"
        )
    if y_list.ndim != 2:
        raise DataError(
            "y_list must have two dimensions, one series a row, got shape"
            f" {y_list.shape}"
        )
    return as_float64(y_list, "y_list")


def _check_rows(data: Any, indptr: Any) -> _RowSeries:
    vector = as_float64(data, "data")
    if vector.ndim != 1:
        raise DataError(f"data must be one-dimensional, got shape {vector.shape}")
    starts = np.asarray(indptr)
    if starts.dtype.kind not in "iu" or starts.ndim != 1 or not starts.size:
        raise DataError(
            "indptr must be a vector of count + 1 integers, got shape"
            f" {starts.shape} of dtype {starts.dtype}"
        )
    starts = starts.astype(np.int64)
    if starts[0] != 0 or starts[-1] != len(vector) or (np.diff(starts) < 0).any():
        raise DataError(
            f"indptr must ascend from 0 to the number of rows, {len(vector)}"
        )
    return _RowSeries(vector, starts)


def _exog_of_list(exog_list: Any, count: int) -> _Exog | None:
    if exog_list is None:
        return None
    if isinstance(exog_list, (list, tuple)) or np.ndim(exog_list) == 3:
        _check_count(exog_list, count, "exog_list")
        if all(element is None for element in exog_list):
            return None
        return _ListExog(exog_list if isinstance(exog_list, list) else [*exog_list])
    return _shared(exog_list)


def _exog_of_table(
    exog_list: Any, shape: tuple[int, ...], indptr: Indices
) -> _Exog | None:
    listed = exog_list is None or isinstance(exog_list, (list, tuple))
    if listed or np.ndim(exog_list) != 3:
        return _exog_of_list(exog_list, shape[0])
    array = as_float64(exog_list, "exog_list")
    if array.shape[:2] != shape:
        raise DataError(
            f"y_list has shape {shape}, exog_list {array.shape}: the first two"
            " dimensions differ"
        )
    return _RowExog(array.reshape(-1, array.shape[2]), indptr)


def _exog_of_rows(exog_list: Any, rows: _RowSeries) -> _Exog | None:
    exog = as_exog(exog_list, len(rows.data))
    if exog is None:
        return None
    return _RowExog(exog, rows.indptr, column_names(exog_list))


def _shared(exog_list: Any) -> _SharedExog | None:
    # Of any length: it is compared with that of each series.
    exog = as_exog(exog_list, np.shape(exog_list)[0] if np.ndim(exog_list) else 0)
    if exog is None:
        return None
    return _SharedExog(exog, column_names(exog_list), exog_list)


def _check_count(elements: Any, count: int, argument: str) -> None:
    if len(elements) != count:
        raise DataError(
            f"{argument} has {len(elements)} elements for a batch of {count} series"
        )


def _ragged(
    series: _ListSeries | _RowSeries, exog: _Exog | None, is_table: bool
) -> Ragged:
    if exog is None:
        return Ragged(series, exog, is_table, (0, None))
    if isinstance(exog, _ListExog):
        k_exog = _count_columns(exog.elements)
        names = _first_names(exog.elements, k_exog)
    else:
        k_exog, names = exog.exog.shape[1], exog.names
    return Ragged(series, exog, is_table, (k_exog, names))


def _count_columns(elements: Sequence[Any]) -> int:
    """Return the number of regressors: that of the first element that has some."""
    refusals: list[Exception] = []
    for element in elements:
        try:
            array = as_exog(element, len(element) if np.ndim(element) else 0)
        except ELEMENT_ERRORS as error:
            refusals.append(error)
            continue
        if array is not None:
            return int(array.shape[1])
    if refusals and len(refusals) == sum(element is not None for element in elements):
        kind = TypeError if isinstance(refusals[0], TypeError) else DataError
        raise kind(f"exog_list has no element that can be used: {refusals[0]}")
    return 0


def _first_names(elements: Sequence[Any], k_exog: int) -> tuple[str, ...] | None:
    """Return the names of the first columns that have some."""
    if set(map(type, elements)) <= {np.ndarray}:
        return None
    for names in map(column_names, elements):
        if names and len(names) == k_exog:
            return names
    return None
