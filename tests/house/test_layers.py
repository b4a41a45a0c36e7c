# SPDX-License-Identifier: BSD-3-Clause
"""The rooms of src/README.md: who may include whom, and what the core may touch."""

import re
import subprocess
from collections import Counter

import pytest

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
PYTHON_HEADERS = re.compile(r"Python\.h|structmember\.h|numpy/")
THREAD_HEADERS = re.compile(r"pthread\.h|threads\.h|stdatomic\.h|semaphore\.h")
PUBLIC_HEADERS = (
    "sarimax_c.h",
    "sarimax_c_batch.h",
    "sarimax_c_predict.h",
    "sarimax_c_statespace.h",
)
# What a pure core may call: itself, memory moves, libm, and the compiler's CPU
# test. Everything else (allocation, I/O, time, random numbers, exit) is outside.
ALLOWED_CALLS = re.compile(
    r"sx_\w+|mem(cpy|move|set)|__cpu_(model|indicator_init)|"
    r"(__stack_chk_fail|_GLOBAL_OFFSET_TABLE_)|"
    r"(copysign|fabs|fma|fmax|fmin|hypot|ldexp|frexp|sqrt)|"
    r"(atan|atan2|cos|exp|log|log1p|pow|sin)"
)
# The one room of the core with threads, their memory and their clock.
ALLOWED_IN_BATCH = re.compile(
    r"malloc|free|qsort|pthread_\w+|sig(fillset|delset)|clock_gettime|sched_yield"
    r"|__sigsetjmp|__pthread_\w+"  # what glibc makes of pthread_cleanup_push
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
            if kind == "<" or name in PUBLIC_HEADERS:
                continue
            room = name.partition("/")[0]
            known = (root / "src" / name).is_file() and room in rank
            if not known or rank[room] > rank[path.parent.name]:
                wrong.append(f"{path.relative_to(root)} includes {name}")
    assert not wrong


def test_the_public_headers_stand_alone(root):
    headers = sorted((root / "include").glob("*.h"))
    assert tuple(header.name for header in headers) == PUBLIC_HEADERS
    for header in headers:
        quoted = {name for kind, name in _includes(header) if kind == '"'}
        assert quoted <= {"sarimax_c.h"} - {header.name}


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


def _may_call(source, name):
    if source.parent.name == "batch" and ALLOWED_IN_BATCH.fullmatch(name):
        return True
    return ALLOWED_CALLS.fullmatch(name) is not None


def test_the_core_calls_nothing_impure(core_objects):
    wrong = [
        f"{source} calls {name}"
        for source, path in core_objects.items()
        for letter, name in _symbols(path)
        if letter == "U" and not _may_call(source, name)
    ]
    assert not wrong
