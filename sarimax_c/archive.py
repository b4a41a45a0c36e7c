# SPDX-License-Identifier: BSD-3-Clause
"""
The files of saved results: arrays and JSON in one archive, read without running code.

A file is an npz archive, which ``numpy.load`` opens too: ``header.json`` says what it
holds, the other members are arrays, little-endian. Its comment is the SHA-256 of all
bytes before it, and is checked before anything else is read, so that a file damaged
at any byte is an error.

The format has a number. A release reads files of its own and of all earlier numbers,
and refuses later ones by name; the number grows whenever an earlier release would
read a file wrongly.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ._version import __version__
from .errors import DataError

__all__ = ["FORMAT", "MALFORMED", "NEWER", "Parts", "Savable", "malformed"]

FORMAT = 1
NEWER = "it was written by a later version of sarimax_c"
# What zipfile, numpy, json and our own code raise of bytes that nobody wrote.
MALFORMED = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError),
    *(EOFError, OverflowError, RuntimeError, SyntaxError),  # "is encrypted"
    zipfile.BadZipFile,
)

_NAME = "sarimax_c"
_HEADER = "header.json"
_MARK = b"sarimax_c sha256 "
_COMMENT_SIZE = len(_MARK) + 2 * hashlib.sha256().digest_size
_ZIP_MAGIC = b"PK\x03\x04"
_PICKLE_MAGIC = b"\x80"


class Savable:
    """What can be written to a file that `sarimax_c.load` reads."""

    __slots__ = ()

    def save(self, target: str | os.PathLike[str] | IO[bytes]) -> None:
        """
        Write this to a file that `sarimax_c.load` reads.

        What has data takes them along: 8 bytes a number, and about 2 kB.

        Parameters
        ----------
        target : path or binary file object
            A file of that name appears whole, in place of the one that was there, or
            not at all.
        """
        from .saving import save

        save(self, target)


class Parts:
    """
    What a file holds.

    Parameters
    ----------
    kind : str
        What result it is.
    content : dict
        What is no array; of JSON's types.

    Attributes
    ----------
    arrays : dict
        Arrays by name.
    """

    def __init__(self, kind: str, content: Any = None) -> None:
        self.kind = kind
        self.content = content
        self.arrays: dict[str, NDArray[Any]] = {}

    def put(self, name: str, array: NDArray[Any], dtype: str) -> None:
        """Add an array, in the byte order of files."""
        order = np.dtype(dtype).newbyteorder("<")
        self.arrays[name] = np.ascontiguousarray(array, order)

    def take(self, name: str, dtype: str, shape: tuple[int | None, ...]) -> Any:
        """Return a new array, of this machine; None stands for any length."""
        array = self.arrays[name]
        is_right = array.ndim == len(shape) and all(
            want in (None, have) for want, have in zip(shape, array.shape, strict=True)
        )
        if array.dtype != np.dtype(dtype).newbyteorder("<") or not is_right:
            raise malformed(f"{name} has the shape {array.shape} of {array.dtype}")
        return array.astype(np.dtype(dtype))

    def pack(self) -> bytes:
        """Return the bytes of a file."""
        header = {"format": _NAME, "number": FORMAT, "version": __version__}
        header |= {"kind": self.kind, "content": self.content}
        members = {_HEADER: json.dumps(header, allow_nan=False).encode()}
        for name, array in self.arrays.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, array, (1, 0), allow_pickle=False)
            members[f"{name}.npy"] = stream.getvalue()
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            for name, member in members.items():
                # Of a fixed date: equal results are equal files.
                file.writestr(zipfile.ZipInfo(name), member)
            file.comment = b" " * _COMMENT_SIZE
        body = archive.getvalue()[:-_COMMENT_SIZE]
        return body + _comment(body)

    @classmethod
    def unpack(cls, raw: bytes) -> Parts:
        """
        Check the bytes of a file and read its members.

        Parameters
        ----------
        raw : bytes
            All of them.

        Returns
        -------
        Parts

        Raises
        ------
        DataError
            They are damaged, of a later format, or of another program.
        """
        body, comment = raw[:-_COMMENT_SIZE], raw[-_COMMENT_SIZE:]
        if not raw.startswith(_ZIP_MAGIC) or not comment.startswith(_MARK):
            hint = ""
            if raw.startswith(_PICKLE_MAGIC):
                hint = (
                    "; it may be a pickle, which the save of SARIMAX's results writes:"
                    " statsmodels.api.load reads these"
                )
            raise DataError(
                "this is not a file saved by sarimax_c, or it is damaged or"
                f" incomplete{hint}"
            )
        if comment != _comment(body):
            raise DataError("the file is damaged: its checksum is wrong")
        try:
            return cls._of_members(_members(raw))
        except DataError:
            raise
        except MALFORMED as error:
            raise malformed(error) from error

    @classmethod
    def _of_members(cls, members: dict[str, bytes]) -> Parts:
        header = json.loads(members.pop(_HEADER))
        number = header["number"]
        if header["format"] != _NAME or type(number) is not int or number < 1:
            raise malformed(f"format {number!r}")
        if number > FORMAT:
            raise DataError(
                f"the file has the format {number}, and sarimax_c {__version__} reads"
                f" formats up to {FORMAT}: {NEWER} ({header.get('version')})"
            )
        parts = cls(str(header["kind"]), header["content"])
        for name, member in members.items():
            parts.arrays[name.removesuffix(".npy")] = _array(member)
        return parts


def malformed(problem: object) -> DataError:
    """
    Return the error for a whole file with content that nobody wrote.

    Parameters
    ----------
    problem : object
        What is wrong with it.

    Returns
    -------
    DataError
    """
    return DataError(f"the content of the file is not what sarimax_c writes: {problem}")


def _comment(body: bytes) -> bytes:
    return _MARK + hashlib.sha256(body).hexdigest().encode()


def _members(raw: bytes) -> dict[str, bytes]:
    """Return the members; compressed ones, which may be of any size, are not ours."""
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        stored = [i for i in file.infolist() if i.compress_type == zipfile.ZIP_STORED]
        return {info.filename: file.read(info) for info in stored}


def _array(member: bytes) -> NDArray[Any]:
    """Read an array where it is, so that its header cannot ask for memory."""
    stream = io.BytesIO(member)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("an array of another version of numpy's format")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    if is_fortran or dtype.hasobject:
        raise ValueError("an array of another kind")
    return np.frombuffer(member, dtype, offset=stream.tell()).reshape(shape)
