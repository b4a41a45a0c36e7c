# SPDX-License-Identifier: BSD-3-Clause
"""Sizes of files and functions, and the number of C parameters."""

import ast
import re
from typing import NamedTuple

MAX_FILE = 600
MAX_FUNCTION = 60
MAX_TIME_LOOP = 120  # a filter's loop over time, in src/filter/kalman.c
MAX_PARAMETERS = 6
# Comments, strings, character constants and preprocessor lines hold no code.
NOT_CODE = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    r"|^[ \t]*#(?:\\\n|[^\n])*",
    re.DOTALL | re.MULTILINE,
)


class Function(NamedTuple):
    name: str
    lines: int
    parameters: int


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def _parameters(header):
    """The name and the number of parameters of a function definition's head."""
    depth = 0
    commas = 0
    for position in range(len(header) - 1, -1, -1):
        depth += (header[position] == ")") - (header[position] == "(")
        commas += header[position] == "," and depth == 1
        if depth == 0:
            break
    inside = header[position + 1 : -1].strip()
    name = header[:position].split()[-1].lstrip("*")
    return name, 0 if inside in {"", "void"} else commas + 1


def c_functions(text):
    """The functions that a C file defines."""
    code = NOT_CODE.sub(_blank, text)
    depth = 0
    start = 0
    header = ""
    functions = []
    for position, character in enumerate(code):
        if character == "{":
            if depth == 0:
                header = code[start:position].strip()
            depth += 1
        elif character == "}":
            depth -= 1
        if depth == 0 and character in ";}":
            if character == "}" and header.endswith(")"):
                first = start + len(code[start:]) - len(code[start:].lstrip())
                lines = code.count("\n", first, position) + 1
                name, parameters = _parameters(header)
                functions.append(Function(name, lines, parameters))
            header = ""
            start = position + 1
    return functions


def python_functions(text):
    """Name and lines, without the docstring, of each function of a module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                docstring = node.body[0]
                lines -= docstring.end_lineno - docstring.lineno + 1
            yield node.name, lines


def _c_files(root):
    folders = ("include", "src", "tests/c", "tests/exact", "tests/fuzz")
    return [path for folder in folders for path in (root / folder).rglob("*.[ch]")]


def test_the_counter_counts():
    text = """
        static const int table[] = {1, 2};
        /* int no(void) { */
        int one(void) {
          return f("}", '{');
        }
        struct s { int (*call)(int, int); };
        static double *
        SX_NAME(two)(int a, int (*f)(int, int),
                     const double *x) {
          if (a) {
            return 0;
          }
        }
    """
    assert c_functions(text) == [
        Function("one", 3, 0),
        Function("SX_NAME(two)", 7, 3),
    ]


def test_files_are_short(repository, root):
    long = [
        f"{path.relative_to(root)}: {lines} lines"
        for path in repository
        if path.suffix in {".c", ".h", ".py", ".pyi"}
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE
    ]
    assert not long


def test_c_functions_are_short(root):
    functions = [
        (path, function)
        for path in _c_files(root)
        for function in c_functions(path.read_text(encoding="utf-8"))
    ]
    assert len(functions) > 30
    wrong = [
        f"{path.relative_to(root)}: {function}"
        for path, function in functions
        if function.lines > (MAX_TIME_LOOP if path.name == "kalman.c" else MAX_FUNCTION)
        or function.parameters > MAX_PARAMETERS
    ]
    assert not wrong


def test_python_functions_are_short(repository, root):
    wrong = [
        f"{path.relative_to(root)}: {name} has {lines} lines"
        for path in repository
        if path.suffix == ".py"
        for name, lines in python_functions(path.read_text(encoding="utf-8"))
        if lines > MAX_FUNCTION
    ]
    assert not wrong
