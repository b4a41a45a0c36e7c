# SPDX-License-Identifier: BSD-3-Clause
"""
`load` and ``save``: fits, batches of fits and states as files.

`sarimax_c.archive` describes the files. Here is what each result consists of. Options
of a model are written where they differ from their defaults, which never change: a
file that needs none of the options of a later release can be read by an earlier one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from dataclasses import fields
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .archive import MALFORMED, NEWER, Parts, Savable, malformed
from .arrays import Floats, check_endog, check_exog
from .covariance import INFORMATIONS
from .engine import STATSMODELS, resolve_engine
from .errors import DataError, SarimaxError
from .native import bind_model
from .results import FitResult
from .spec import Specification
from .state import RefilteredState, State, state_of_record, wrap_state
from .threads import resolve_threads

if TYPE_CHECKING:
    from .batch import BatchFit, MixedFit
    from .batch.chunk import Chunk
    from .batch.run import Report

__all__ = ["load", "save"]


def save(result: Savable, target: str | os.PathLike[str] | IO[bytes]) -> None:
    """
    Write a result to a file; its ``save`` method does the same.

    Parameters
    ----------
    result : FitResult, BatchFit, MixedFit or State
        What to write.
    target : path or binary file object
        A file of that name appears whole, in place of the one that was there, or not
        at all.

    Raises
    ------
    TypeError
        The result is of another kind, or the target neither a path nor a file.
    OSError
        The file cannot be written.
    """
    parts = Parts(type(result).__name__)
    parts.content = _taken_apart(result, parts)
    raw = parts.pack()
    if isinstance(target, (str, os.PathLike)):
        _replace(Path(target), raw)
    else:
        _check_file(target, "write", "target")
        target.write(raw)


def load(
    source: str | os.PathLike[str] | IO[bytes],
) -> FitResult | BatchFit | MixedFit | State:
    """
    Read what ``save`` wrote: a fit, a batch of fits, or a state.

    Forecasts, summaries and standard errors have the bits that they had, on a machine
    with the same instruction set. No code in the file is run: it holds numbers and
    names only. Where `set_engine` or a missing compiled core demand it, statsmodels
    computes what follows.

    Parameters
    ----------
    source : path or binary file object
        The file; of an object everything from its position on.

    Returns
    -------
    FitResult, BatchFit, MixedFit or State

    Raises
    ------
    DataError
        The file is damaged, of a later format, or of another program.
    SpecError
        It asks for a model or an engine that there is not.
    TypeError
        The source is neither a path nor a file, or the file object gives text.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> import io
    >>> import sarimax_c as sx
    >>> file = io.BytesIO()
    >>> state = sx.Model([1.0, 2.0, 1.5]).state([0.5, 1.0])
    >>> state.save(file)
    >>> sx.load(io.BytesIO(file.getvalue())).append([3.0]).forecast(2)
    (array([1.5 , 0.75]), array([1.  , 1.25]))
    """
    raw: Any
    if isinstance(source, (str, os.PathLike)):
        raw = Path(source).read_bytes()
    else:
        _check_file(source, "read", "source")
        raw = source.read()
        if not isinstance(raw, bytes):
            raise TypeError("the file object must be open in binary mode, for bytes")
    parts = Parts.unpack(raw)
    if parts.kind not in _PUT_TOGETHER:
        raise DataError(f"cannot load a {parts.kind!r}: {NEWER}")
    try:
        result: FitResult | BatchFit | MixedFit | State
        result = _PUT_TOGETHER[parts.kind](parts.content, parts)
        return result
    except SarimaxError:
        raise
    except MALFORMED as error:
        raise malformed(error) from error


def _replace(path: Path, raw: bytes) -> None:
    """Write a file beside the one it is to replace."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    # Nobody else's, of whatever thread, process or machine that sees the folder.
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    try:
        beside.write_bytes(raw)
        beside.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            # The caller knows the name of the file, not of what is beside it.
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def _check_file(given: Any, method: str, argument: str) -> None:
    if not hasattr(given, method):
        raise TypeError(
            f"{argument} must be a path or a binary file object, got {given!r}"
        )


# ---- what all results have ----


def _spec_header(spec: Specification) -> dict[str, Any]:
    """Return the options of a model that differ from their defaults."""
    values = {field.name: getattr(spec, field.name) for field in fields(spec)}
    return {
        field.name: values[field.name]
        for field in fields(spec)
        if values[field.name] != field.default
    }


def _spec_of(header: dict[str, Any]) -> Specification:
    """Return a model; the core checks its values."""
    defaults = {field.name: field.default for field in fields(Specification)}
    given: dict[str, Any] = {}
    for name, value in header.items():
        if name not in defaults:
            raise DataError(f"the model has the unknown option {name!r}: {NEWER}")
        value = tuple(value) if isinstance(value, list) else value
        default = defaults[name]
        kinds: tuple[type, ...] = (type(default),)
        if default is None or isinstance(default, (int, float)):
            is_flag = isinstance(default, bool)
            kinds = (bool,) if is_flag else (int, float)
        is_lags = isinstance(value, tuple)
        if type(value) not in kinds or (is_lags and {*map(type, value)} - {int}):
            raise malformed(f"{name} is {value!r}")
        given[name] = value
    spec = Specification(**given)
    if resolve_engine() != STATSMODELS:
        spec.core()
    return spec


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise malformed(f"names are {value!r}")
    return tuple(value)


def _exog_names(content: dict[str, Any], spec: Specification) -> tuple[str, ...] | None:
    names = content["exog_names"]
    if names is not None and len(_names(names)) != spec.k_exog:
        raise malformed("names of regressors that there are not")
    return None if names is None else _names(names)


def _listed(names: tuple[str, ...] | None) -> list[str] | None:
    return None if names is None else list(names)


def _parameters(
    content: dict[str, Any], spec: Specification
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of all parameters and of the fixed ones."""
    names, fixed = _names(content["param_names"]), _names(content["fixed_params"])
    if len(names) != spec.k_params or not {*fixed} <= {*names}:
        raise malformed("parameters that there are not")
    if content["cov_type"] not in INFORMATIONS:
        raise DataError(
            f"covariances of the unknown kind {content['cov_type']!r}: {NEWER}"
        )
    return names, fixed


def _taken_apart(result: Savable, parts: Parts) -> dict[str, Any]:
    """Put the arrays of a result into `parts` and return the rest."""
    if isinstance(result, FitResult):
        return _take_fit(result, parts)
    if isinstance(result, State):
        return _take_state(result, parts)
    from .batch import BatchFit, MixedFit

    if isinstance(result, BatchFit):
        return _take_batch(result, parts, "", "")
    if isinstance(result, MixedFit):
        return _take_mixed(result, parts)
    raise TypeError(f"cannot save a {type(result).__name__}")


# ---- one fit ----

_FIT_TEXTS = ("message", "method", "cov_type", "engine_used")


def _take_fit(fit: FitResult, parts: Parts) -> dict[str, Any]:
    endog, exog = fit.model._raw()
    parts.put("params", fit.params, "f8")
    parts.put("values", np.array([fit.llf, fit.scale]), "f8")
    parts.put("endog", endog, "f8")
    if exog is not None:
        parts.put("exog", exog, "f8")
    if "cov_params" in fit._found:
        parts.put("cov_params", fit._found["cov_params"], "f8")
    return {
        "spec": _spec_header(fit.model.spec),
        "engine": fit.model.engine,
        "exog_names": _listed(fit.model._exog_names),
        "param_names": list(fit.param_names),
        "fixed_params": list(fit.fixed_params),
        "converged": bool(fit.converged),
        "nit": int(fit.nit),
        "nfev": int(fit.nfev),
        **{name: str(getattr(fit, name)) for name in _FIT_TEXTS},
    }


def _put_fit(content: dict[str, Any], parts: Parts) -> FitResult:
    spec = _spec_of(content["spec"])
    endog = parts.take("endog", "f8", (None,))
    check_endog(endog)
    exog = None
    if spec.k_exog:
        exog = parts.take("exog", "f8", (len(endog), spec.k_exog))
        check_exog(exog)
    names = _exog_names(content, spec)
    model = bind_model(spec, endog, exog, resolve_engine(content["engine"]), names)
    params = parts.take("params", "f8", (model.k_params,))
    params.flags.writeable = False
    param_names, fixed_params = _parameters(content, spec)
    converged, nit, nfev = (content[name] for name in ("converged", "nit", "nfev"))
    if [type(converged), type(nit), type(nfev)] != [bool, int, int]:
        raise malformed("how the search ended")
    values = parts.take("values", "f8", (2,))
    fit = FitResult(
        params=params,
        param_names=param_names,
        llf=float(values[0]),
        scale=float(values[1]),
        converged=converged,
        nit=nit,
        nfev=nfev,
        model=model,
        fixed_params=fixed_params,
        **dict(zip(_FIT_TEXTS, _names([content[n] for n in _FIT_TEXTS]), strict=True)),
    )
    _put_covariances(fit._found, parts, "cov_params", params.shape * 2)
    return fit


def _put_covariances(
    found: dict[str, Floats], parts: Parts, name: str, shape: tuple[int, ...]
) -> None:
    """Take over covariances where they had been computed."""
    if name in parts.arrays:
        matrices = parts.take(name, "f8", shape)
        matrices.flags.writeable = False
        found["cov_params"] = matrices


# ---- a state ----


def _take_state(state: State, parts: Parts) -> dict[str, Any]:
    backend = state._backend
    content = {
        "spec": _spec_header(state.spec),
        "exog_names": _listed(state._exog_names),
        "is_record": not isinstance(backend, RefilteredState),
    }
    if isinstance(backend, RefilteredState):
        parts.put("params", backend.params, "f8")
        parts.put("endog", backend.endog, "f8")
        if backend.exog is not None:
            parts.put("exog", backend.exog, "f8")
    else:
        # Its cells are 8 bytes each, integers and floats, in this machine's order.
        parts.put("record", np.frombuffer(backend.record, np.int64), "i8")
        parts.put("tail", backend.tail, "f8")
    return content


def _put_state(content: dict[str, Any], parts: Parts) -> State:
    spec = _spec_of(content["spec"])
    names = _exog_names(content, spec)
    if content["is_record"]:
        record = parts.take("record", "i8", (None,)).tobytes()
        tail = parts.take("tail", "f8", (None,))
        return state_of_record(spec, record, tail, names)
    endog = parts.take("endog", "f8", (None,))
    exog = parts.take("exog", "f8", (len(endog), spec.k_exog)) if spec.k_exog else None
    params = parts.take("params", "f8", (spec.k_params,))
    return wrap_state(spec, RefilteredState(spec, endog, exog, params), names)


# ---- batches ----

# Attributes of `BatchFit` that are arrays over the series, and of its report.
_OVER_SERIES = {
    "llf": "f8",
    "scale": "f8",
    "nobs": "i8",
    "converged": "?",
    "nit": "i8",
    "nfev": "i8",
}
_REPORT = {"status": "i4", "engine": "u1"}


def _take_batch(
    fit: BatchFit, parts: Parts, prefix: str, data_prefix: str
) -> dict[str, Any]:
    """Take one apart; the arrays' names begin with the prefixes."""
    ends = [fit.message(i) if fit.status[i] >= 0 else "" for i in range(len(fit))]
    words, numbers = np.unique(np.array(ends, dtype=object), return_inverse=True)
    parts.put(f"{prefix}params", fit.params, "f8")
    parts.put(f"{prefix}ends", numbers, "i4")
    for name, dtype in _OVER_SERIES.items():
        parts.put(prefix + name, getattr(fit, name), dtype)
    for name, dtype in _REPORT.items():
        parts.put(prefix + name, getattr(fit.report, name), dtype)
    if "cov_params" in fit._found:
        parts.put(f"{prefix}cov_params", fit._found["cov_params"], "f8")
    fixed = np.array([*fit.fixed_params.values()], dtype=np.float64)
    parts.put(f"{prefix}fixed_values", fixed, "f8")
    if f"{data_prefix}sizes" not in parts.arrays:
        _take_chunks(fit._chunks, parts, data_prefix)
    return {
        "spec": _spec_header(fit.spec),
        "engine": fit._plan.engine,
        "exog_names": _listed(fit._exog_names),
        "param_names": list(fit.param_names),
        "fixed_params": list(fit.fixed_params),
        "method": fit.method,
        "cov_type": fit.cov_type,
        "ends": [str(word) for word in words],
        "messages": {str(i): text for i, text in fit.report.messages.items()},
        "failures": {
            str(chunk.start + i): text
            for chunk in fit._chunks
            for i, text in chunk.failures.items()
        },
        "prefix": prefix,
        "data_prefix": data_prefix,
    }


def _take_chunks(chunks: list[Chunk], parts: Parts, prefix: str) -> None:
    """Save the series; `starts` are those of the chunks, to make the same again."""

    def joined(arrays: list[NDArray[Any]], empty: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate(arrays) if arrays else empty

    none = np.empty(0)
    sizes = [np.diff(chunk.indptr) for chunk in chunks]
    parts.put(f"{prefix}sizes", joined(sizes, none), "i8")
    parts.put(f"{prefix}starts", np.array([chunk.start for chunk in chunks]), "i8")
    endog = joined([chunk.endog for chunk in chunks], none)
    parts.put(f"{prefix}endog", endog, "f8")
    exog = [chunk.exog for chunk in chunks if chunk.exog is not None]
    if exog:
        parts.put(f"{prefix}exog", np.concatenate(exog), "f8")


def _put_chunks(content: dict[str, Any], parts: Parts, k_exog: int) -> list[Chunk]:
    from .batch.chunk import Chunk, row_bounds

    prefix = content["data_prefix"]
    sizes = parts.take(f"{prefix}sizes", "i8", (None,))
    starts = parts.take(f"{prefix}starts", "i8", (None,))
    stops = np.append(starts, len(sizes))
    if (sizes < 0).any() or stops[0] != 0 or (np.diff(stops) <= 0).any():
        raise malformed("the series do not follow each other")
    bounds = row_bounds(sizes)
    endog = parts.take(f"{prefix}endog", "f8", (int(bounds[-1]),))
    exog = None
    if k_exog and len(sizes):
        exog = parts.take(f"{prefix}exog", "f8", (len(endog), k_exog))
    failures = _by_position(content["failures"], len(sizes))
    chunks = []
    for start, stop in zip(stops[:-1].tolist(), stops[1:].tolist(), strict=True):
        rows = slice(bounds[start], bounds[stop])
        part = None if exog is None else exog[rows]
        texts = {i - start: t for i, t in failures.items() if start <= i < stop}
        indptr = row_bounds(sizes[start:stop])
        chunks.append(Chunk(start, endog[rows], part, indptr, texts))
    return chunks


def _by_position(messages: dict[str, Any], count: int) -> dict[int, str]:
    """Return messages by the positions of series."""
    found = dict(zip(map(int, messages), _names([*messages.values()]), strict=True))
    if any(not 0 <= i < count for i in found):
        raise malformed("a message is about a series that there is not")
    return found


def _put_batch(
    content: dict[str, Any], parts: Parts, chunks: list[Chunk] | None = None
) -> BatchFit:
    """Make one, of the series of another one if they are given."""
    from .batch import BatchFit
    from .batch.run import Plan

    spec = _spec_of(content["spec"])
    prefix = content["prefix"]
    if chunks is None:
        chunks = _put_chunks(content, parts, spec.k_exog)
    count = chunks[-1].stop if chunks else 0
    params = parts.take(f"{prefix}params", "f8", (count, spec.k_params))
    params.flags.writeable = False
    names, fixed = _parameters(content, spec)
    values = parts.take(f"{prefix}fixed_values", "f8", (len(fixed),))
    method, cov_type = _names([content["method"], content["cov_type"]])
    engine = resolve_engine(content["engine"])
    fit = BatchFit(
        params=params,
        param_names=names,
        **{n: parts.take(prefix + n, t, (count,)) for n, t in _OVER_SERIES.items()},
        fixed_params=dict(zip(fixed, values.tolist(), strict=True)),
        method=method,
        cov_type=cov_type,
        spec=spec,
        report=_report_of(content, parts, count),
        _plan=Plan(spec, engine, resolve_threads(None, count)),
        _exog_names=_exog_names(content, spec),
        _ends=_ends_of(content, parts, count),
        _chunks=chunks,
    )
    shape = (count, spec.k_params, spec.k_params)
    _put_covariances(fit._found, parts, f"{prefix}cov_params", shape)
    return fit


def _report_of(content: dict[str, Any], parts: Parts, count: int) -> Report:
    from .batch.loop import ENGINES
    from .batch.run import Report

    status, engine = (
        parts.take(content["prefix"] + name, dtype, (count,))
        for name, dtype in _REPORT.items()
    )
    if (engine >= len(ENGINES)).any():
        raise malformed("an engine that there is not")
    return Report(status, engine, _by_position(content["messages"], count))


def _ends_of(content: dict[str, Any], parts: Parts, count: int) -> list[str]:
    """Return how the searches ended: words, each of which is saved once."""
    words = _names(content["ends"])
    numbers = parts.take(f"{content['prefix']}ends", "i4", (count,))
    if (numbers < 0).any():
        raise malformed("ends of searches that there are not")
    return [words[number] for number in numbers.tolist()]


def _take_mixed(fit: MixedFit, parts: Parts) -> dict[str, Any]:
    parts.put("chosen", fit.chosen, "i8")
    parts.put("rows", fit.rows, "i8")
    contents = []
    for i, part in enumerate(fit.fits):
        # Candidates have the same series, which are saved once.
        first = next(j for j, p in enumerate(fit.fits) if p._chunks is part._chunks)
        contents.append(_take_batch(part, parts, f"fit{i}_", f"series{first}_"))
    return {"fits": contents}


def _put_mixed(content: dict[str, Any], parts: Parts) -> MixedFit:
    from .batch import MixedFit

    chunks: dict[str, list[Chunk]] = {}
    fits = []
    for part in content["fits"]:
        fit = _put_batch(part, parts, chunks.get(part["data_prefix"]))
        chunks[part["data_prefix"]] = fit._chunks
        fits.append(fit)
    chosen = parts.take("chosen", "i8", (None,))
    rows = parts.take("rows", "i8", chosen.shape)
    lengths = np.array([len(fit) for fit in fits])
    if (
        (chosen < 0).any()
        or (chosen >= len(fits)).any()
        or (rows < 0).any()
        or (rows >= lengths[chosen]).any()
    ):
        raise malformed("a series has a fit that there is not")
    return MixedFit(tuple(fits), chosen, rows)


_PUT_TOGETHER: dict[str, Any] = {
    "FitResult": _put_fit,
    "BatchFit": _put_batch,
    "MixedFit": _put_mixed,
    "State": _put_state,
}
