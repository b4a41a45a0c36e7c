# SPDX-License-Identifier: BSD-3-Clause
"""The module as it is shipped: what it exports, needs, and is hardened by."""

import re
import subprocess

import pytest

from sarimax_c import _core


@pytest.fixture(scope="module")
def readelf():
    """Return what binutils say of the installed module."""

    def read(option):
        command = ("readelf", "-W", option, _core.__file__)
        return subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout.splitlines()

    return read


@pytest.fixture(scope="module")
def symbols(readelf):
    """(section, name without version) of every dynamic symbol."""
    rows = [line.split() for line in readelf("--dyn-syms")]
    return [
        (row[6], row[7].partition("@")[0])
        for row in rows
        if len(row) >= 8 and row[0].rstrip(":").isdigit()
    ]


def test_only_the_init_function_is_exported(symbols):
    exported = {name for section, name in symbols if section != "UND"}
    assert exported == {"PyInit__core"}


def test_stacks_are_guarded_and_copies_are_checked(symbols):
    needed = {name for section, name in symbols if section == "UND"}
    assert "__stack_chk_fail" in needed
    assert any(re.fullmatch(r"__\w+_chk", name) for name in needed)


def test_nothing_that_is_linked_can_be_rewritten(readelf):
    dynamic = "\n".join(readelf("-d"))
    assert "BIND_NOW" in dynamic
    assert "TEXTREL" not in dynamic
    segments = {line.split()[0]: line for line in readelf("-l") if line.split()}
    assert "GNU_RELRO" in segments
    assert re.search(r" RW +0x", segments["GNU_STACK"])


def test_the_libraries_are_the_systems_and_all_named(readelf, symbols):
    needed = re.findall(r"NEEDED.*\[(.*)\]", "\n".join(readelf("-d")))
    assert {name.partition(".so")[0] for name in needed} <= {"libc", "libm"}
    # Without a library's name the process' own copy would be taken, whatever it is.
    versions = "\n".join(readelf("--dyn-syms"))
    for name in ("log", "exp"):
        assert ("UND", name) in symbols
        assert re.search(rf" UND {name}@GLIBC", versions)
