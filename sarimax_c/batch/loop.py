# SPDX-License-Identifier: BSD-3-Clause
"""
The methods of ``_core.Batch``, run series by series on `Model`.

For what the compiled core does not do for many series at once: statsmodels' engine,
fits by scipy's optimizers, and the regressors of differences.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import Floats
from ..errors import DataError, status_from_error
from ..native import Model, bind_model
from ..spec import Specification
from .chunk import Chunk, Indices, row_of
from .progress import Advance

__all__ = ["ENGINES", "LoopBatch"]

# Engines by the numbers of sx_engine; 0 where a series failed.
ENGINES = ("", "exact", "identical", "statsmodels")

_SKIPPED, _NONFINITE = 1, 2  # SX_W_SKIPPED, SX_W_NONFINITE

Statuses = NDArray[np.int32]
# Computes one series, by its position and its model, and returns its status.
Compute = Callable[[int, Model], int]


class LoopBatch:
    """
    A chunk of series of one specification.

    Parameters
    ----------
    spec : Specification
        The model of all.
    chunk : Chunk
        The series; not changed.
    engine : {'auto', 'exact', 'identical', 'statsmodels'}
        The engine of the models.

    Attributes
    ----------
    messages : dict
        What failed in the last call, by position in the chunk.
    """

    def __init__(self, spec: Specification, chunk: Chunk, engine: str) -> None:
        self._spec = spec
        self._chunk = chunk
        self._engine = engine
        self.messages: dict[int, str] = {}

    @property
    def nobs(self) -> Indices:
        """Observations of each series after simple differencing."""
        sizes = np.diff(self._chunk.indptr)
        if self._spec.simple_differencing:
            lost = self._spec.diff + self._spec.periods * self._spec.seasonal_diff
            sizes = np.maximum(sizes - lost, 0)
        return sizes

    def loglike(
        self, params: Floats, _n_threads: int, progress: Advance | None
    ) -> tuple[Floats, Statuses, NDArray[np.uint8]]:
        """Return log-likelihoods, statuses and engines."""
        values = np.full(self._chunk.count, np.nan)
        engines = np.zeros(self._chunk.count, dtype=np.uint8)

        def compute(i: int, model: Model) -> int:
            llf, skipped, engine, _ = model._backend.evaluate(row_of(params, i))
            values[i], engines[i] = llf, ENGINES.index(engine)
            return _warning(llf, skipped)

        return values, self._run(compute, progress), engines

    def score(
        self, params: Floats, _n_threads: int, progress: Advance | None
    ) -> tuple[Floats, Floats, Statuses, NDArray[np.uint8]]:
        """Return log-likelihoods, scores, statuses and engines."""
        values = np.full(self._chunk.count, np.nan)
        scores = np.full((self._chunk.count, self._spec.k_params), np.nan)
        engines = np.zeros(self._chunk.count, dtype=np.uint8)

        def compute(i: int, model: Model) -> int:
            found = model._backend.loglike_score(row_of(params, i))
            values[i], scores[i] = found[:2]
            engines[i] = ENGINES.index(found[2])
            return _warning(values[i], 0)

        return values, scores, self._run(compute, progress), engines

    def filter(
        self, params: Floats, _n_threads: int, progress: Advance | None
    ) -> tuple[Any, ...]:
        """Return what ``_core.Batch.filter`` returns."""
        count, indptr = self._chunk.count, self._chunk.indptr
        arrays = [np.full(len(self._chunk.endog), np.nan) for _ in range(5)]
        numbers = [np.full(count, np.nan), np.full(count, np.nan)]
        counts = [np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)]

        def compute(i: int, model: Model) -> int:
            found = model._backend.filter(row_of(params, i))
            for array, values in zip(arrays, found[:5], strict=True):
                array[indptr[i] : indptr[i] + len(values)] = values
            numbers[0][i], numbers[1][i], counts[0][i], counts[1][i] = found[5:]
            return _warning(numbers[0][i], found[7])

        status = self._run(compute, progress)
        return (*arrays, *numbers, *counts, status)

    def forecast(
        self,
        params: Floats,
        steps: int,
        exog_future: Floats | None,
        _n_threads: int,
        progress: Advance | None,
    ) -> tuple[Floats, Floats, Indices, Statuses, NDArray[np.uint8]]:
        """Return means, variances, skipped observations, statuses and engines."""
        count = self._chunk.count
        mean, var = np.full((2, count, steps), np.nan)
        skipped = np.zeros(count, dtype=np.int64)
        engines = np.zeros(count, dtype=np.uint8)

        def compute(i: int, model: Model) -> int:
            future = None if exog_future is None else exog_future[i]
            found = model._backend.forecast(row_of(params, i), steps, future)
            mean[i], var[i], skipped[i], engines[i] = found
            return _SKIPPED if skipped[i] else 0

        return mean, var, skipped, self._run(compute, progress), engines

    def impute(
        self,
        params: Floats,
        wants_var: bool,
        _n_threads: int,
        progress: Advance | None,
    ) -> tuple[Floats, Floats, Indices, Statuses]:
        """Return what ``_core.Batch.impute`` returns."""
        indptr, rows = self._chunk.indptr, len(self._chunk.endog)
        mean, var = np.full(rows, np.nan), np.full(rows if wants_var else 0, np.nan)
        skipped = np.zeros(self._chunk.count, dtype=np.int64)

        def compute(i: int, model: Model) -> int:
            values, variances, skipped[i] = model._backend.impute(
                row_of(params, i), wants_var
            )
            here = slice(indptr[i], indptr[i] + len(values))
            mean[here], finite = values, np.isfinite(values).all()
            if variances is not None:
                var[here] = variances
                finite &= np.isfinite(variances).all()
            return _warning(0.0 if finite else np.nan, skipped[i])

        return mean, var, skipped, self._run(compute, progress)

    def fit(
        self,
        start_params: Floats | None,
        options: Callable[[Model], dict[str, Any]],
        progress: Advance | None,
    ) -> dict[str, Any]:
        """
        Fit each series by `Model.fit`.

        Parameters
        ----------
        start_params : ndarray, shape (1 or count, k_params), or None
            Where to start.
        options : callable
            Returns the keywords of `Model.fit` of a series' model.
        progress : callable or None
            Called with the number of series done.

        Returns
        -------
        dict
            Arrays by the names of the attributes of `FitResult`, ``engine``,
            ``status``, and ``ends``, a list of the optimizer's words.
        """
        count = self._chunk.count
        messages = [""] * count
        found: dict[str, Any] = {
            "params": np.full((count, self._spec.k_params), np.nan),
            "llf": np.full(count, np.nan),
            "scale": np.full(count, np.nan),
            "nit": np.zeros(count, dtype=np.int64),
            "nfev": np.zeros(count, dtype=np.int64),
            "converged": np.zeros(count, dtype=bool),
            "engine": np.zeros(count, dtype=np.uint8),
        }

        def compute(i: int, model: Model) -> int:
            start = None if start_params is None else row_of(start_params, i)
            result = model.fit(start, **options(model))
            for name in ("params", "llf", "scale", "nit", "nfev", "converged"):
                found[name][i] = getattr(result, name)
            found["engine"][i] = ENGINES.index(result.engine_used)
            messages[i] = result.message
            return _warning(result.llf, 0)

        found["status"] = self._run(compute, progress)
        return found | {"ends": messages}

    def covariance(
        self, covariance: Callable[[Model, Floats], Floats], params: Floats
    ) -> Floats:
        """
        Return the covariance matrix of each series' parameters.

        Parameters
        ----------
        covariance : callable
            Computes it from a model and its parameters.
        params : ndarray, shape (count, k_params)
            The parameters.

        Returns
        -------
        ndarray, shape (count, k_params, k_params)
            NaN where it cannot be had.
        """
        matrices = np.full((*params.shape, params.shape[1]), np.nan)

        def compute(i: int, model: Model) -> int:
            matrices[i] = covariance(model, params[i])
            return 0

        self._run(compute, None)
        return matrices

    def _run(self, compute: Compute, progress: Advance | None) -> Statuses:
        """Compute one after the other; what one raises is its own failure."""
        status = np.zeros(self._chunk.count, dtype=np.int32)
        self.messages = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for i in range(self._chunk.count):
                try:
                    status[i] = compute(i, self._model(i))
                # statsmodels raises what it likes on data it cannot use.
                except Exception as error:
                    if isinstance(error, MemoryError):
                        raise
                    status[i] = status_from_error(error)
                    self.messages[i] = str(error)
                if progress is not None:
                    progress(i + 1)
        return status

    def _model(self, i: int) -> Model:
        problem = self._chunk.describe(i)
        if problem:
            raise DataError(problem)
        endog, exog = self._chunk.series(i)
        return bind_model(self._spec, endog, exog, self._engine)


def _warning(llf: float, skipped: int) -> int:
    """Return the status of a value."""
    if not math.isfinite(llf):
        return _NONFINITE
    return _SKIPPED if skipped else 0
