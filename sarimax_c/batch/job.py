# SPDX-License-Identifier: BSD-3-Clause
"""What the caller of a batch asked for: its arguments, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Floats, as_float64, check_constant
from ..engine import VERIFY, native_engine, resolve_engine
from ..errors import BatchError, DataError, SpecError
from ..keywords import ModelKeywords, check_keywords
from ..spec import Specification, make_specification
from ..threads import resolve_threads
from .chunk import Chunk, Indices
from .ragged import Ragged, make_check, make_ragged
from .run import Plan, Report

__all__ = ["BatchKeywords", "Job", "as_rows", "open_job", "unnamed"]

# How much of the failures the text of an error shows.
_SHOWN_GROUPS = 5
_SHOWN_INDICES = 10


class BatchKeywords(ModelKeywords, total=False):
    """
    All keywords of a batch: those of `Model` and those of its run.

    Attributes
    ----------
    data, indptr : array_like
        In place of ``y_list``: all series in one vector (rows,), and the rows at
        which they begin (count + 1,); series i is ``data[indptr[i]:indptr[i + 1]]``.
    n_threads : int or None
        Threads to use; None as `sarimax_c.threads` tells.
    errors : {'raise', 'coerce'}
        What to do about series that fail: `BatchError` at the end, or NaN.
    full_output : bool
        Return an object with a status for each series.
    progress : bool or callable
        A bar of tqdm, or called with (done, total).
    """

    data: ArrayLike | None
    indptr: ArrayLike | None
    n_threads: int | None
    errors: str
    full_output: bool
    progress: bool | Callable[[int, int], Any]


_RUN_NAMES = BatchKeywords.__annotations__.keys() - ModelKeywords.__annotations__.keys()


@dataclass(slots=True)
class Job:
    """
    A batch as the caller asked for it.

    Attributes
    ----------
    ragged : Ragged
        The series.
    plan : Plan
        What to do with all of them.
    options : dict
        Options of the models.
    missing : str
        One more of them, about the data.
    errors : {'raise', 'coerce'}
        What to do about failures.
    full_output : bool
        Whether statuses are wanted.
    progress : bool or callable
        The argument.
    """

    ragged: Ragged
    plan: Plan
    options: dict[str, Any]
    missing: str
    errors: str
    full_output: bool
    progress: Any

    @property
    def wants_messages(self) -> bool:
        """Whether anybody will read why a series failed."""
        return self.full_output or self.errors == "raise"

    def specification(self, order: Any, seasonal: Any) -> Specification:
        """
        Return a model with the batch's options.

        Parameters
        ----------
        order, seasonal : tuple
            Its orders.
        """
        return make_specification(order, seasonal, self.ragged.k_exog, **self.options)

    def chunks(
        self, chosen: Indices | None = None, at_once: bool = False
    ) -> Iterator[Chunk]:
        """
        Pack the series, checked as those of a model are.

        Parameters
        ----------
        chosen : ndarray of int64, optional
            Positions of those wanted, by default all.
        at_once : bool
            Whether each chunk is run with the plan as soon as it is made, which then
            packs it.
        """
        has_constant = self.plan.spec.trend_powers[:1] == (0,)
        ragged = self.ragged if chosen is None else self.ragged.take(chosen)
        return ragged.chunks(
            make_check(self.missing, check_constant if has_constant else None),
            self.plan.n_threads,
            at_once and self.plan.core_copies,
        )

    def params(self, params: ArrayLike | None) -> Floats:
        """
        Return parameters of all series as rows of a private array.

        Parameters
        ----------
        params : array_like, shape (k_params,) or (count, k_params)
            What the caller gave.

        Returns
        -------
        ndarray, shape (1, k_params) or (count, k_params)
        """
        k_params = self.plan.spec.k_params
        if params is None:
            names = self.plan.spec.param_names(
                self.ragged.exog_names or unnamed(self.ragged.k_exog)
            )
            raise TypeError(
                f"params is missing: the model has {k_params} parameters"
                f" ({', '.join(names)})"
            )
        return as_rows(params, self.ragged.count, k_params, "params")

    def finish(self, result: Any, report: Report) -> Any:
        """
        Return the result, or raise it with the failures.

        Parameters
        ----------
        result : object
            What the call returns.
        report : Report
            How the series went.
        """
        if self.errors == "raise" and report.any_failed:
            raise _batch_error(result, report)
        return result


def open_job(
    series: tuple[Any, Any],
    order: Any,
    seasonal: Any,
    options: BatchKeywords,
    own: tuple[str, ...] = ("params",),
) -> Job:
    """
    Read the arguments that all batches share.

    Parameters
    ----------
    series : tuple
        ``y_list`` and ``exog_list``.
    order, seasonal : tuple
        The model.
    options : dict
        `BatchKeywords`.
    own : tuple of str
        Further arguments of the function, for the message about unknown ones.

    Returns
    -------
    Job

    Raises
    ------
    SpecError, DataError, TypeError, NotImplementedError
        An argument as a whole does not make sense.
    """
    check_keywords(options, BatchKeywords.__annotations__, own)
    model, chosen = _split_keywords(options)
    ragged = make_ragged(*series, chosen.get("data"), chosen.get("indptr"))
    wanted = resolve_engine(model.pop("engine", None))
    missing = model.pop("missing", "none")
    spec = make_specification(order, seasonal, ragged.k_exog, **model)
    errors = chosen.get("errors", "raise")
    if errors not in ("raise", "coerce"):
        raise SpecError(f"errors must be 'raise' or 'coerce', got {errors!r}")
    n_threads = resolve_threads(chosen.get("n_threads"), ragged.count)
    return Job(
        ragged=ragged,
        plan=Plan(spec, native_engine(wanted), n_threads, verifies=wanted == VERIFY),
        options=model,
        missing=missing,
        errors=errors,
        full_output=bool(chosen.get("full_output", False)),
        progress=chosen.get("progress", False),
    )


def as_rows(params: Any, count: int, k_params: int, argument: str) -> Floats:
    """
    Return parameter vectors as rows of a private array.

    Parameters
    ----------
    params : array_like, shape (k_params,) or (count, k_params)
        One vector for all series or one for each.
    count, k_params : int
        Sizes.
    argument : str
        Its name.

    Returns
    -------
    ndarray, shape (1, k_params) or (count, k_params)
    """
    rows = as_float64(params, argument)
    if rows.shape not in ((k_params,), (count, k_params)):
        raise DataError(
            f"{argument} must have the shape {(k_params,)}, for all series, or"
            f" {(count, k_params)}, got {rows.shape}"
        )
    return rows.reshape(-1, k_params).copy() if rows.size else np.empty((1, k_params))


def unnamed(k_exog: int) -> tuple[str, ...]:
    """
    Return names for regressors that have none.

    Parameters
    ----------
    k_exog : int
        How many.
    """
    return tuple(f"x{i}" for i in range(1, k_exog + 1))


def _split_keywords(
    options: BatchKeywords,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take the keywords of `Model` and the others apart."""
    model: dict[str, Any] = {**options}
    return model, {name: model.pop(name) for name in _RUN_NAMES & model.keys()}


def _batch_error(result: Any, report: Report) -> BatchError:
    """
    Return the exception for the failed series of a batch.

    Equal messages are counted together; numbers in which they differ are left out.
    """
    indices: Indices = np.flatnonzero(report.failed)
    messages = [report.messages[i] for i in indices.tolist()]
    groups: dict[str, list[int]] = {}
    wording: dict[str, set[str]] = {}
    for i, message in zip(indices.tolist(), messages, strict=True):
        key = re.sub(r"\d+", "...", message)
        groups.setdefault(key, []).append(i)
        wording.setdefault(key, set()).add(message)
    parts = []
    for key, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        (text, *others) = wording[key]
        shown = ", ".join(map(str, members[:_SHOWN_INDICES]))
        more = len(members) - _SHOWN_INDICES
        shown += f" and {more} more" if more > 0 else ""
        parts.append(f"{key if others else text} at {shown}")
    if len(parts) > _SHOWN_GROUPS:
        parts[_SHOWN_GROUPS:] = [f"{len(parts) - _SHOWN_GROUPS} other reasons"]
    summary = f"{len(indices)} of {len(report.status)} series failed: "
    return BatchError(
        summary + "; ".join(parts),
        result,
        indices,
        report.status[indices],
        messages,
    )
