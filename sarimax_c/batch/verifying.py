# SPDX-License-Identifier: BSD-3-Clause
"""Statsmodels' values beside those of the compiled core, series by series."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine import EXACT
from ..spec import Specification
from ..verify import Verifier
from .chunk import Chunk, row_of
from .loop import ENGINES

if TYPE_CHECKING:
    from .. import _core

__all__ = ["VerifyingBatch"]


class VerifyingBatch:
    """
    A ``_core.Batch`` whose values are compared with statsmodels' after each call.

    statsmodels takes the series one after the other. Of a series that failed nothing
    is compared.

    Parameters
    ----------
    core : _core.Batch
        The core's batch.
    spec : Specification
        The model of all series.
    chunk : Chunk
        The series.
    """

    __slots__ = ("_chunk", "_core", "_spec")

    def __init__(self, core: _core.Batch, spec: Specification, chunk: Chunk) -> None:
        self._core = core
        self._spec = spec
        self._chunk = chunk

    def __getattr__(self, name: str) -> Any:
        return getattr(self._core, name)

    def loglike(self, params: Any, *how: Any) -> Any:
        """Return log-likelihoods, statuses and engines."""
        found = self._core.loglike(params, *how)
        values, status, engines = found
        self._each(
            status,
            lambda verifier, i: verifier.loglike(
                row_of(params, i), float(values[i]), ENGINES[engines[i]]
            ),
        )
        return found

    def score(self, params: Any, *how: Any) -> Any:
        """Return log-likelihoods, scores, statuses and engines."""
        found = self._core.score(params, *how)
        values, scores, status, _ = found

        def check(verifier: Verifier, i: int) -> None:
            # The engine is that of the score.
            verifier.loglike(row_of(params, i), float(values[i]), EXACT)
            verifier.derivatives("score", row_of(params, i), scores[i])

        self._each(status, check)
        return found

    def filter(self, params: Any, *how: Any) -> Any:
        """Return what ``_core.Batch.filter`` returns."""
        found = self._core.filter(params, *how)
        arrays, numbers, status = found[:5], found[5:9], found[9]
        indptr, nobs = self._chunk.indptr, self._core.nobs

        def check(verifier: Verifier, i: int) -> None:
            rows = slice(indptr[i], indptr[i] + nobs[i])
            series = [array[rows] for array in arrays]
            verifier.filter(
                row_of(params, i), (*series, *[values[i] for values in numbers])
            )

        self._each(status, check)
        return found

    def forecast(self, params: Any, steps: int, exog_future: Any, *how: Any) -> Any:
        """Return means, variances, skipped observations, statuses and engines."""
        found = self._core.forecast(params, steps, exog_future, *how)
        mean, var, skipped, status, _ = found

        def check(verifier: Verifier, i: int) -> None:
            future = None if exog_future is None else exog_future[i]
            native = mean[i], var[i], int(skipped[i])
            verifier.forecast(row_of(params, i), steps, future, native)

        self._each(status, check)
        return found

    def impute(self, params: Any, variance: bool, *how: Any) -> Any:
        """Return means, variances, skipped observations and statuses."""
        found = self._core.impute(params, variance, *how)
        mean, var, skipped, status = found
        indptr, nobs = self._chunk.indptr, self._core.nobs

        def check(verifier: Verifier, i: int) -> None:
            rows = slice(indptr[i], indptr[i] + nobs[i])
            native = mean[rows], var[rows] if variance else None, int(skipped[i])
            verifier.impute(row_of(params, i), variance, native)

        self._each(status, check)
        return found

    def fit(self, *arguments: Any) -> dict[str, Any]:
        """Return what ``_core.Batch.fit`` returns; log-likelihoods are compared."""
        found: dict[str, Any] = self._core.fit(*arguments)
        params, llf, engines = found["params"], found["llf"], found["engine"]
        self._each(
            found["status"],
            lambda verifier, i: verifier.loglike(
                params[i], float(llf[i]), ENGINES[engines[i]]
            ),
        )
        return found

    def _each(self, status: Any, check: Callable[[Verifier, int], None]) -> None:
        """Compare what did not fail."""
        for i in np.flatnonzero(np.asarray(status) >= 0).tolist():
            check(Verifier(self._spec, *self._chunk.series(i)), i)
