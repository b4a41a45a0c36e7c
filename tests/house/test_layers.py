# SPDX-License-Identifier: BSD-3-Clause
"""The rooms of src/README.md: who may include whom, and what the core may touch."""

import re
import subprocess
from collections import Counter

import pytest

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
PYTHON_HEADERS = re.compile(r"Python\.h|structmember\.h|numpy/")
THREAD_HEADERS = re.compile(r"pthread\.h|threads\.h|stdatomic\.h|semaphore\.h")
# What a pure core may call: itself, memory moves, libm, and the compiler's CPU
# test. Everything else (allocation, I/O, time, random numbers, exit) is outside.
ALLOWED_CALLS = re.compile(
    r"sx_\w+|mem(cpy|move|set)|__cpu_(model|indicator_init)|"
    r"(__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)|"
    r"(copysign|exp|fabs|fma|fmax|fmin|hypot|ldexp|frexp|log|log1p|pow|sqrt)"
)


def _sources(root):
    return sorted([*(root / "src").glob("*/*.[ch]")])


def _includes(path):
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def _symbols(path):
    """(letter, name) of every symbol of an object file."""
    listing = subprocess.run(
        ["nm", str(path)], check=True, capture_output=True, text=True
    ).stdout
    return [tuple(line.split()[-2:]) for line in listing.splitlines()]


def test_every_file_is_in_a_known_room(root, setup_module):
    sources = _sources(root)
    assert len(sources) > 10
    assert {path.parent.name for path in sources} <= set(setup_module.ROOMS)


def test_includes_go_left_and_name_the_room(root, setup_module):
    rank = {room: i for i, room in enumerate(setup_module.ROOMS)}
    wrong = []
    for path in _sources(root):
        for kind, name in _includes(path):
            if kind == "<" or name == "sarimax_c.h":
                continue
            room = name.partition("/")[0]
            known = (root / "src" / name).is_file() and room in rank
            if not known or rank[room] > rank[path.parent.name]:
                wrong.append(f"{path.relative_to(root)} includes {name}")
    assert not wrong


def test_the_public_header_stands_alone(root):
    (header,) = (root / "include").glob("*.h")
    assert {kind for kind, _ in _includes(header)} == {"<"}


@pytest.mark.parametrize(
    ("headers", "room"), [(PYTHON_HEADERS, "python"), (THREAD_HEADERS, "batch")]
)
def test_headers_of_one_room_only(root, headers, room):
    wrong = [
        f"{path.relative_to(root)} includes {name}"
        for path in _sources(root)
        for _, name in _includes(path)
        if headers.search(name) and path.parent.name != room
    ]
    assert not wrong


def test_file_stems_are_unique(root):
    rooms = Counter(
        (stem, room)
        for room, stem in {(path.parent.name, path.stem) for path in _sources(root)}
    )
    stems = Counter(stem for stem, _ in rooms)
    assert not [stem for stem, times in stems.items() if times > 1]


def test_the_core_has_no_mutable_globals(core_objects):
    wrong = [
        f"{source}: {name}"
        for source, path in core_objects.items()
        for letter, name in _symbols(path)
        if letter in "DdBbCGgSs"
    ]
    assert not wrong


def test_the_core_calls_nothing_impure(core_objects):
    wrong = [
        f"{source} calls {name}"
        for source, path in core_objects.items()
        for letter, name in _symbols(path)
        if letter == "U" and not ALLOWED_CALLS.fullmatch(name)
    ]
    assert not wrong
