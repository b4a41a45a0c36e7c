# SPDX-License-Identifier: BSD-3-Clause
"""
The switch between the compiled core and statsmodels, for the whole package.

``SARIMAX_C_ENGINE`` is read when the package is imported, `set_engine` changes the
setting afterwards. The setting "statsmodels" is the way back: it overrides every
``engine=`` argument, and if the variable says so, `set_engine` too. With any other
setting the argument wins.
"""

import importlib
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ._version import __version__
from .errors import SarimaxWarning, SpecError, warn
from .spec import make_specification
from .threads import resolve_threads

__all__ = [
    "AUTO",
    "EXACT",
    "IDENTICAL",
    "STATSMODELS",
    "VERIFY",
    "EngineChoice",
    "engine_info",
    "load_core",
    "native_engine",
    "resolve_engine",
    "set_engine",
]

AUTO = "auto"
EXACT = "exact"
IDENTICAL = "identical"
STATSMODELS = "statsmodels"
VERIFY = "verify"
_NAMES = (AUTO, EXACT, IDENTICAL, STATSMODELS, VERIFY)
_VARIABLE = "SARIMAX_C_ENGINE"


def _check_name(name: Any, source: str) -> str:
    """Return an engine's name, or say which ones there are."""
    if not isinstance(name, str):
        raise TypeError(f"{source} must be one of {_NAMES}, got {name!r}")
    if name not in _NAMES:
        raise SpecError(f"{source} must be one of {_NAMES}, got {name!r}")
    return name


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """
    The engine that computes a log-likelihood, and why.

    Attributes
    ----------
    engine : {'exact', 'identical', 'statsmodels'}
        The one that runs.
    reason : str
        Why not the exact one; empty where it runs.
    """

    engine: str
    reason: str = ""


class _State:
    """
    The setting, and what is known of the compiled core.

    Attributes
    ----------
    setting : str
        The engine asked for.
    is_forced : bool
        Whether the variable says "statsmodels", which nothing changes.
    resolved : dict
        The engine that stands for a setting, once it has been needed.
    core : module or None
        The compiled core.
    core_error : Exception or None
        Why it could not be imported.
    """

    def __init__(self) -> None:
        variable = os.environ.get(_VARIABLE, "").strip().lower()
        self.setting = _check_name(variable or AUTO, _VARIABLE)
        self.is_forced = self.setting == STATSMODELS
        self.resolved: dict[str, str] = {}
        self.core: ModuleType | None = None
        self.core_error: Exception | None = None

    def load_core(self) -> ModuleType | None:
        """Import the compiled core, once; None where it cannot be."""
        if self.core is None and self.core_error is None:
            try:
                self.core = importlib.import_module("sarimax_c._core")
            except Exception as error:
                # Not only ImportError: numpy reports a wrong ABI as RuntimeError.
                self.core_error = error
        return self.core


_state = _State()
_fallback_warned = False


def set_engine(name: str) -> None:
    """
    Choose the engine for all models made from now on.

    Where the environment variable ``SARIMAX_C_ENGINE`` was "statsmodels" when the
    package was imported, that stays the engine of everything, whatever is chosen.

    Parameters
    ----------
    name : {'auto', 'exact', 'identical', 'statsmodels', 'verify'}
        'identical' is the compiled core with statsmodels' numbers, its rounding
        included. 'exact' is the model's true value, many times faster. 'auto' takes
        'exact' where the two are sure to be within 5e-7 of each other (from
        |llf| = 1000 on: within 5e-10 |llf|), else
        'identical'. 'statsmodels' runs everything on statsmodels, whatever the
        ``engine`` arguments say. 'verify' returns what 'auto' does, runs statsmodels
        as well and logs every difference (`sarimax_c.verify`).

    Raises
    ------
    SpecError
        There is no engine of that name.
    TypeError
        The name is not a string.
    """
    wanted = _check_name(name, "engine")
    if not _state.is_forced:
        _state.setting = wanted


def resolve_engine(argument: str | None = None) -> str:
    """
    Return the engine to use for an ``engine`` argument.

    Parameters
    ----------
    argument : {'auto', 'exact', 'identical', 'statsmodels', 'verify'} or None
        None stands for the setting.

    Returns
    -------
    str
        One of these names. Where the compiled core cannot be imported,
        "statsmodels", with one warning in the life of the process.
    """
    if argument is None:
        # Once: another thread may change it.
        setting = _state.setting
        resolved = _state.resolved.get(setting)
        if resolved is None:
            resolved = _state.resolved[setting] = _resolve(setting)
        return resolved
    wanted = _check_name(argument, "engine")
    return _resolve(STATSMODELS if _state.setting == STATSMODELS else wanted)


def native_engine(name: str) -> str:
    """
    Return the engine whose values a resolved engine gives.

    Parameters
    ----------
    name : str
        What `resolve_engine` returned.

    Returns
    -------
    str
        The same; of "verify", "auto".
    """
    return AUTO if name == VERIFY else name


def _resolve(wanted: str) -> str:
    """Return the engine that a valid name stands for here."""
    if wanted == STATSMODELS:
        return STATSMODELS
    if _state.load_core() is not None:
        return wanted
    _warn_fallback()
    return STATSMODELS


def load_core() -> ModuleType | None:
    """Return the compiled core; None where it cannot be imported."""
    return _state.load_core()


def _warn_fallback() -> None:
    """Say, once, that statsmodels stands in for the compiled core."""
    global _fallback_warned
    if _fallback_warned:
        return
    _fallback_warned = True
    error = _state.core_error
    hint = ""
    if (Path(__file__).parents[1] / "setup.py").exists():
        hint = (
            "; this is the source folder, which shadows the installed package: run"
            " Python elsewhere, or as python -P"
        )
    warn(
        "the compiled module sarimax_c._core cannot be imported"
        f" ({type(error).__name__}: {error}); statsmodels is used instead, slower"
        f" but with the same results{hint}",
        SarimaxWarning,
    )


def engine_info() -> dict[str, Any]:
    """
    Say which engine, instruction set, threads and versions are in use.

    Returns
    -------
    dict
        engine : the setting ('auto', 'exact', 'identical', 'statsmodels' or
        'verify');
        engine_used : the engine that stands for it: the same, 'auto' for 'verify',
        or 'statsmodels' where the compiled core cannot be imported;
        core_available : whether the compiled core can be imported;
        core_error : why not, else None;
        simd : instruction set of the core's inner loops, None without it;
        n_threads : threads of a batch, unless told otherwise (`sarimax_c.threads`);
        versions : dict of sarimax_c, python, numpy, scipy and statsmodels (None
        where not installed).
    """
    core = _state.load_core()
    uses_core = core is not None and _state.setting != STATSMODELS
    simd = None
    if core is not None:
        simd = make_specification((1, 0, 0), (0, 0, 0, 0)).core().simd
    error = _state.core_error
    return {
        "engine": _state.setting,
        "engine_used": native_engine(_state.setting) if uses_core else STATSMODELS,
        "core_available": core is not None,
        "core_error": None if error is None else f"{type(error).__name__}: {error}",
        "simd": simd,
        "n_threads": resolve_threads(),
        "versions": {
            "sarimax_c": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scipy": _version_of("scipy"),
            "statsmodels": _version_of("statsmodels"),
        },
    }


def _version_of(package: str) -> str | None:
    """Return a package's version without importing it."""
    module = sys.modules.get(package)
    if module is not None:
        return str(module.__version__)
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
