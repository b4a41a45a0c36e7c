# SPDX-License-Identifier: BSD-3-Clause
"""`batch_fit`: reads what is to be fitted, and how, and fits it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Unpack, cast

import numpy as np
from numpy.typing import ArrayLike

from ..counters import counted_batch
from ..criteria import CRITERIA
from ..errors import DataError, SpecError
from ..fit import check_arguments
from ..fit_native import NATIVE, as_fixed, fixed_positions
from ..keywords import check_keywords
from ..spec import Specification
from .chunk import Chunk
from .fit_results import BatchFit, MixedFit
from .fit_run import FitRequest, fit_chunks
from .job import BatchKeywords, Job, as_rows, open_job, unnamed
from .progress import Advance, open_progress

__all__ = ["batch_fit"]


class FitBatchKeywords(BatchKeywords, total=False):
    """
    All keywords of `batch_fit`: those of a batch and those of its fits.

    Attributes
    ----------
    orders, seasonals : sequence
        The model of each series.
    ic : {'aicc', 'aic', 'bic', 'hqic'}
        What chooses between candidates.
    start_params, fixed_params, method, maxiter, cov_type
        See `batch_fit`.
    """

    orders: Sequence[Any] | None
    seasonals: Sequence[Any] | None
    ic: str
    start_params: ArrayLike | None
    fixed_params: Mapping[str, float] | None
    method: str | None
    maxiter: int | None
    cov_type: str


_ORDER = (1, 0, 0)
_SEASONAL = (0, 0, 0, 0)
_FIT_NAMES = (
    FitBatchKeywords.__annotations__.keys() - BatchKeywords.__annotations__.keys()
)


@counted_batch
def batch_fit(
    y_list: Any = None,
    exog_list: Any = None,
    order: Any = _ORDER,
    seasonal: Any = _SEASONAL,
    **options: Unpack[FitBatchKeywords],
) -> BatchFit | MixedFit:
    """
    Fit many series by maximum likelihood.

    Each fit is that of `sarimax_fit`, bit for bit, whatever the number of threads and
    the other series.

    Parameters
    ----------
    y_list, exog_list
        As for `batch_loglike`.
    order : tuple, or list of tuples
        (p, d, q) of all series. A list of several is one of candidates: every series
        is fitted by each, with each of `seasonal`, and the best by ``ic`` chosen.
    seasonal : tuple, or list of tuples
        (P, D, Q, s); a list as that of `order`.
    **options
        Keywords of `batch_loglike` except ``full_output``, and:
        ``start_params`` (k_params,) or (count, k_params), by default statsmodels';
        ``fixed_params``, values by parameter names, which are not estimated (as with
        statsmodels' ``fix_params``): a dict, a pandas Series;
        ``maxiter``, most iterations;
        ``method``, by default the compiled core's own minimiser on all threads; the
        name of another method of `sarimax_c.fit.fit`, as well as the engines
        'identical' and 'statsmodels', take the series one by one, on one thread;
        ``cov_type``, what standard errors come from: "opg" (default) or another one of
        `sarimax_c.fit.fit`;
        ``ic``, what chooses between candidates: "aicc" (default), "aic", "bic" or
        "hqic"; it compares log-likelihoods of different data where the candidates
        difference differently; one that no observation enters loses to any with data;
        ``orders``, ``seasonals``, sequences of count tuples in place of `order` and
        `seasonal`: each series has a model of its own.

    Returns
    -------
    BatchFit or MixedFit
        Arrays over the series; a `MixedFit` where there are candidates or ``orders``
        or ``seasonals``. There are no warnings: ``converged`` and ``messages`` tell
        how each search ended.

    Raises
    ------
    BatchError
        Some series failed; the others' fits are in it. A search that does not
        converge is no failure.
    SpecError, DataError, TypeError, NotImplementedError
        An argument as a whole does not make sense.
    KeyboardInterrupt
        Ctrl-C; all threads have ended.

    Examples
    --------
    >>> import numpy as np
    >>> import sarimax_c as sx
    >>> rng = np.random.default_rng(1)
    >>> fit = sx.batch_fit(rng.normal(size=(3, 50)).cumsum(axis=1), order=(0, 1, 1))
    >>> fit.params.shape, fit.forecast(4).mean.shape
    ((3, 2), (3, 4))
    """
    check_keywords(options, FitBatchKeywords.__annotations__)
    if options.get("full_output"):
        raise TypeError(
            "batch_fit has no full_output: its result has status, messages and engine"
        )
    batch: dict[str, Any] = {**options}
    chosen = {name: batch.pop(name) for name in _FIT_NAMES & batch.keys()}
    own_orders, own_seasonals = (
        chosen.pop("orders", None),
        chosen.pop("seasonals", None),
    )
    ic = chosen.pop("ic", "aicc")
    if ic not in CRITERIA:
        raise SpecError(f"ic must be one of {CRITERIA}, got {ic!r}")
    orders, seasonals = _candidates(order, 3), _candidates(seasonal, 4)
    job = open_job(
        (y_list, exog_list), orders[0], seasonals[0], cast(BatchKeywords, batch)
    )
    fits = _Fits(job, chosen)
    result: BatchFit | MixedFit
    if own_orders is not None or own_seasonals is not None:
        if len(orders) * len(seasonals) > 1:
            raise SpecError("candidates cannot be combined with orders or seasonals")
        if own_orders is not None and not _is_default(order, _ORDER):
            raise SpecError(f"orders take the place of order, got order={order!r} too")
        if own_seasonals is not None and not _is_default(seasonal, _SEASONAL):
            raise SpecError(
                f"seasonals take the place of seasonal, got seasonal={seasonal!r} too"
            )
        count = job.ragged.count
        result = fits.by_series(
            _checked_length(own_orders, orders, count, "orders"),
            _checked_length(own_seasonals, seasonals, count, "seasonals"),
        )
    elif orders[0] is not order or seasonals[0] is not seasonal:
        result = fits.of_candidates(list(itertools.product(orders, seasonals)), ic)
    else:
        result = fits.of_one()
    return cast("BatchFit | MixedFit", job.finish(result, result.report))


class _Fits:
    """
    The fits of a batch.

    Parameters
    ----------
    job : Job
        The batch.
    options : dict
        start_params, fixed_params, method, maxiter, cov_type, if given.
    """

    def __init__(self, job: Job, options: dict[str, Any]) -> None:
        self._job = job
        self._start_params = options.get("start_params")
        self._fixed_params = as_fixed(options.get("fixed_params"))
        method, maxiter = options.get("method"), options.get("maxiter")
        method = None if method == NATIVE else method
        cov_type = options.get("cov_type", "opg")
        known = check_arguments(method or "L-BFGS-B", maxiter, 1e-5, cov_type)
        self._request = FitRequest(
            method=method and known,
            maxiter=None if maxiter is None else int(maxiter),
            cov_type=cov_type,
        )

    def of_one(self) -> BatchFit:
        """Fit all series by one model."""
        with open_progress(self._job.progress, self._job.ragged.count) as advance:
            return self._fit(self._job.plan.spec, list(self._job.chunks()), advance)

    def of_candidates(self, models: Sequence[tuple[Any, Any]], ic: str) -> MixedFit:
        """Fit all series by each model and choose."""
        self._refuse_start_params()
        count = self._job.ragged.count
        specs = [self._job.specification(*model) for model in models]
        chunks = list(self._job.chunks())
        fits = []
        with open_progress(self._job.progress, count * len(specs)) as advance:
            for position, spec in enumerate(specs):
                later = _after(advance, position * count)
                fits.append(self._fit(spec, chunks, later))
        criteria = np.stack([fit.criterion(ic) for fit in fits])
        criteria[np.isnan(criteria)] = np.inf
        # A log-likelihood of no observation, 0, would often be the best one.
        failed = np.stack([fit.report.failed for fit in fits])
        no_data = np.stack([fit.no_data for fit in fits])
        # Of equal ones the first, so that a series that none fits has its failure.
        chosen = np.lexsort((criteria, no_data, failed), axis=0)[0]
        return MixedFit(tuple(fits), chosen, np.arange(count))

    def by_series(self, orders: Sequence[Any], seasonals: Sequence[Any]) -> MixedFit:
        """Fit each series by its own model."""
        self._refuse_start_params()
        count = self._job.ragged.count
        groups: dict[Specification, list[int]] = {}
        for i, (order, seasonal) in enumerate(zip(orders, seasonals, strict=True)):
            spec = self._job.specification(order, seasonal)
            groups.setdefault(spec, []).append(i)
        fits, done = [], 0
        chosen, rows = np.zeros((2, count), dtype=np.int64)
        with open_progress(self._job.progress, count) as advance:
            for position, (spec, group) in enumerate(groups.items()):
                members = np.array(group)
                chunks = list(self._job.chunks(members))
                fits.append(self._fit(spec, chunks, _after(advance, done)))
                chosen[members], rows[members] = position, np.arange(len(members))
                done += len(members)
        if not fits:
            fits.append(self._fit(self._job.plan.spec, [], None))
        return MixedFit(tuple(fits), chosen, rows)

    def _fit(
        self, spec: Specification, chunks: list[Chunk], advance: Advance | None
    ) -> BatchFit:
        job = self._job
        names = spec.param_names(job.ragged.exog_names or unnamed(spec.k_exog))
        start = self._start_params
        if start is not None:
            start = as_rows(start, job.ragged.count, len(names), "start_params")
        request = replace(
            self._request,
            start_params=start,
            fixed=fixed_positions(self._fixed_params, names, spec),
        )
        return fit_chunks(
            replace(job.plan, spec=spec),
            chunks,
            request,
            exog_names=job.ragged.exog_names,
            advance=advance,
        )

    def _refuse_start_params(self) -> None:
        if self._start_params is not None:
            raise SpecError(
                "start_params belong to one model: not with candidates, orders or"
                " seasonals"
            )


def _candidates(term: Any, length: int) -> list[Any]:
    """Return the candidates of a list of orders; an order is the only one."""
    # The middle of an order is a number, so a list of sequences cannot be one.
    if isinstance(term, list) and term and all(_is_order(t, length) for t in term):
        return term
    if isinstance(term, tuple) and term and all(_is_order(t, length) for t in term):
        raise SpecError(f"candidates must be a list, got the tuple {term!r}")
    return [term]


def _is_default(term: Any, default: tuple[int, ...]) -> bool:
    # Elements may be arrays of lags, which tuples do not compare.
    return type(term) is tuple and str(term) == str(default)


def _is_order(term: Any, length: int) -> bool:
    return isinstance(term, (tuple, list)) and len(term) == length


def _checked_length(
    own: Sequence[Any] | None, common: list[Any], count: int, argument: str
) -> Sequence[Any]:
    """Return the models of the series, or the common one for each."""
    if own is None:
        return common * count
    if isinstance(own, (str, bytes)) or not hasattr(own, "__len__"):
        raise TypeError(f"{argument} must be a sequence of tuples, got {own!r}")
    if len(own) != count:
        raise DataError(
            f"{argument} has {len(own)} elements for a batch of {count} series"
        )
    for i, term in enumerate(own):
        if term is None:
            raise SpecError(f"{argument}[{i}] must be a tuple, got None")
    return own


def _after(advance: Advance | None, done: int) -> Advance | None:
    """Return what counts the series of a part of the batch."""
    return None if advance is None else lambda more: advance(done + more)
