# SPDX-License-Identifier: BSD-3-Clause
"""Whether two objects are the same to their user: types, shapes, indexes, numbers."""

import difflib
import re
import warnings

import numpy as np
import pandas as pd

# The date and the time of a summary.
_TIME = re.compile(r"\w{3}, \d\d \w{3} \d{4}|\d\d:\d\d:\d\d")
_NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
# From here on a condition number is rounding.
_SINGULAR = 1e14


def run(function, *arguments, **keywords):
    """Return (value, None) or (None, what was raised), and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome = function(*arguments, **keywords), None
        except Exception as error:
            outcome = None, (type(error), str(error))
    # A set: how often a repeated computation warns is not the user's business.
    said = {(item.category, str(item.message)) for item in caught}
    return outcome, said


class Sameness:
    """
    Collects the differences between two sides.

    Parameters
    ----------
    rtol : float
        Of numbers, relative to the largest of an array, not below 1.
    """

    def __init__(self, rtol):
        self.rtol = rtol
        self.differences = []

    def call(self, path, ours, theirs, wider=1.0):
        """Compare what two calls return, raise and warn."""
        (our_value, our_error), our_words = run(ours)
        (their_value, their_error), their_words = run(theirs)
        if our_error != their_error:
            self._add(path, "raises", our_error, their_error)
            return
        if our_words != their_words:
            self._add(path, "warns", our_words, their_words)
        self.compare(path, our_value, their_value, wider)

    def compare(self, path, ours, theirs, wider=1.0):
        """Compare two values."""
        if type(theirs) not in type(ours).__mro__:
            self._add(path, "type", type(ours), type(theirs))
        elif isinstance(theirs, (pd.Series, pd.DataFrame)):
            self._pandas(path, ours, theirs, wider)
        elif isinstance(theirs, pd.Index):
            if not ours.equals(theirs) or ours.names != theirs.names:
                self._add(path, "index", ours, theirs)
        elif isinstance(theirs, (np.ndarray, np.generic, float, complex)):
            self._numbers(path, ours, theirs, wider)
        elif isinstance(theirs, dict):
            self._dict(path, ours, theirs, wider)
        elif isinstance(theirs, (list, tuple)):
            self._sequence(path, ours, theirs, wider)
        elif isinstance(theirs, str):
            self._text(path, ours, theirs, wider)
        elif isinstance(theirs, (bool, int, type(None))) and ours != theirs:
            self._add(path, "value", ours, theirs)

    def _add(self, path, what, ours, theirs):
        self.differences.append(f"{path}: {what}: {ours} is not {theirs}"[:400])

    def _pandas(self, path, ours, theirs, wider):
        for name in ("index", "columns"):
            if hasattr(theirs, name):
                mine, other = getattr(ours, name), getattr(theirs, name)
                self.compare(f"{path}.{name}", mine, other)
                if getattr(mine, "freq", None) != getattr(other, "freq", None):
                    self._add(path, "freq", mine.freq, other.freq)
        if getattr(ours, "name", None) != getattr(theirs, "name", None):
            self._add(path, "name", ours.name, theirs.name)
        if ours.shape != theirs.shape:
            self._add(path, "shape", ours.shape, theirs.shape)
        else:
            self._numbers(path, ours.to_numpy(), theirs.to_numpy(), wider)

    def _numbers(self, path, ours, theirs, wider):
        ours, theirs = np.asarray(ours), np.asarray(theirs)
        if ours.dtype == theirs.dtype == object:
            self._sequence(path, ours.ravel().tolist(), theirs.ravel().tolist(), wider)
            return
        if (ours.shape, ours.dtype) != (theirs.shape, theirs.dtype):
            sides = [(side.shape, side.dtype) for side in (ours, theirs)]
            self._add(path, "array", *sides)
            return
        if theirs.dtype.kind not in "fc":
            if not np.array_equal(ours, theirs):
                self._add(path, "values", ours, theirs)
            return
        finite = np.isfinite(theirs)
        if not np.array_equal(finite, np.isfinite(ours)):
            self._add(path, "not finite", ours, theirs)
            return
        if not finite.any():
            return
        scale = max(1.0, np.abs(theirs[finite]).max())
        largest = np.abs(ours[finite] - theirs[finite]).max()
        if largest > wider * self.rtol * scale:
            self._add(
                path, f"{largest / scale:.1e}", ours.ravel()[:3], theirs.ravel()[:3]
            )

    def _dict(self, path, ours, theirs, wider):
        if list(ours) != list(theirs):
            self._add(path, "keys", list(ours), list(theirs))
            return
        for key, value in theirs.items():
            self.compare(f"{path}[{key!r}]", ours[key], value, wider)

    def _sequence(self, path, ours, theirs, wider):
        if len(ours) != len(theirs):
            self._add(path, "length", len(ours), len(theirs))
            return
        for i, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            self.compare(f"{path}[{i}]", mine, other, wider)

    def _text(self, path, ours, theirs, wider):
        """Compare words exactly, and numbers in them to the digits shown."""
        texts = [_TIME.sub("", side) for side in (ours, theirs)]
        words = [_NUMBER.sub("#", text).replace(" ", "") for text in texts]
        if words[0] != words[1]:
            lines = difflib.ndiff(*[text.splitlines() for text in texts])
            changed = [line for line in lines if line[0] in "+-"]
            self._add(path, "text", changed, "alike")
            return
        for mine, other in zip(*map(_NUMBER.findall, texts), strict=True):
            ours, theirs = float(mine), float(other)
            if min(ours, theirs) > _SINGULAR:
                continue
            if abs(ours - theirs) > 0.02 * abs(theirs) + 0.011:
                self._add(path, "number", mine, other)
