# SPDX-License-Identifier: BSD-3-Clause
"""Rules on the text of the repository: licence, version, README, references."""

import re
from importlib.metadata import version

import sarimax_c

SOURCE_SUFFIXES = {".c", ".h", ".py", ".pyi", ".sh", ".toml", ".supp"}
SOURCE_NAMES = {"Makefile", "run"}
TEXT_SUFFIXES = SOURCE_SUFFIXES | {".md", ".in", ".txt", ""}
SPDX = "SPDX-License-Identifier: BSD-3-Clause"
# Folders of any POSIX machine; another absolute path is one machine's own.
STANDARD = {"bin", "dev", "etc", "home", "proc", "sys", "tmp", "usr", "opt"}
ABSOLUTE = re.compile(r"(?<![\w.:/*<>\\)\]}{-])/([a-z]+)/[a-z][\w.-]*")
LEAVING = re.compile(r"(?<![\w/.])(?:\.\./)+[\w./-]+")
# Spelled in pieces, or this file would be the first to break the rule.
LEFT_OVER = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX"]))
NOT_RUN = re.compile(
    "|".join([r"mark\.sk" + "ip", r"\.xf" + "ail", "import" + "orskip"])
)
COMMAND = re.compile(r"`((?:make|python -m|pytest) [^`]+)`")


def _text_files(repository):
    return [path for path in repository if path.suffix in TEXT_SUFFIXES]


def _matches(repository, root, pattern):
    return [
        f"{path.relative_to(root)}: {match.group()}"
        for path in _text_files(repository)
        for match in pattern.finditer(path.read_text(encoding="utf-8"))
    ]


def test_every_source_file_names_its_licence(repository, root):
    sources = [
        path
        for path in repository
        if path.suffix in SOURCE_SUFFIXES or path.name in SOURCE_NAMES
    ]
    assert len(sources) > 40
    missing = [
        str(path.relative_to(root))
        for path in sources
        if SPDX not in "".join(path.read_text(encoding="utf-8").splitlines(True)[:2])
    ]
    assert not missing


def test_the_version_is_written_once(repository, root):
    number = sarimax_c.__version__
    assert version("sarimax_c") == number
    holders = [
        str(path.relative_to(root))
        for path in repository
        if path.suffix in {".c", ".h", ".py", ".pyi", ".toml"}
        and re.search(rf"""["']{re.escape(number)}["']""", path.read_text("utf-8"))
    ]
    assert holders == ["sarimax_c/_version.py"]
    assert f"## [{number}]" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nothing_is_left_over(repository, root):
    assert not [path for path in repository if path.suffix == ".profraw"]
    assert not _matches(repository, root, LEFT_OVER)


def test_every_test_runs(repository, root):
    tests = [path for path in repository if root / "tests" in path.parents]
    assert not _matches(tests, root, NOT_RUN)


def test_no_path_of_one_machine(repository, root):
    wrong = [
        f"{path.relative_to(root)}: {match.group()}"
        for path in _text_files(repository)
        for match in ABSOLUTE.finditer(path.read_text(encoding="utf-8"))
        if match.group(1) not in STANDARD
    ]
    assert not wrong


def test_no_path_leaves_the_repository(repository, root):
    wrong = [
        f"{path.relative_to(root)}: {match.group()}"
        for path in _text_files(repository)
        for match in LEAVING.finditer(path.read_text(encoding="utf-8"))
        if root not in (path.parent / match.group()).resolve().parents
        or not (path.parent / match.group()).exists()
    ]
    assert not wrong


def _exists(command, root):
    """Whether a command of the README is one of the repository's."""
    program, *words = command.split()
    if program == "make":
        makefile = (root / "Makefile").read_text(encoding="utf-8")
        return re.search(rf"^{words[0]}:", makefile, re.MULTILINE) is not None
    if program == "pytest":
        return (root / words[0]).exists()
    package, *names = words[1:]
    if package == "benchmarks":
        folder = root / "benchmarks"
        return all((folder / f"bench_{n}.py").exists() for n in names if n[0] != "-")
    return (root / (package.replace(".", "/") + ".py")).exists()


def test_every_table_with_figures_names_its_command(root):
    """The paragraph before a table says which command printed the figures."""
    blocks = (root / "README.md").read_text(encoding="utf-8").split("\n\n")
    tables = [i for i, block in enumerate(blocks) if block.lstrip().startswith("|")]
    assert tables
    for i in tables:
        rows = blocks[i].strip().splitlines()[2:]
        if any(re.search(r"\d", cell) for row in rows for cell in row.split("|")[2:]):
            command = COMMAND.search(blocks[i - 1])
            assert command, f"no command before the table:\n{blocks[i]}"
            assert _exists(command.group(1), root), command.group(1)
