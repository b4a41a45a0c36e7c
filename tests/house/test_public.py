# SPDX-License-Identifier: BSD-3-Clause
"""What users see: docstrings of the public names, and the stub of the C module."""

import ast
import inspect
import re

import pytest

import sarimax_c
from sarimax_c import _core

PUBLIC = {
    name: getattr(sarimax_c, name)
    for name in sarimax_c.__all__
    if callable(getattr(sarimax_c, name))
}
FUNCTIONS = {k: v for k, v in PUBLIC.items() if inspect.isfunction(v)}
TEST_HOOK = "_fail_allocation"


def _has_section(docstring, title):
    return f"{title}\n{'-' * len(title)}" in docstring


def _documented(docstring):
    """The names on the left of the colons of a numpydoc Parameters section."""
    body = docstring.partition("Parameters\n----------\n")[2]
    heads = [line for line in body.splitlines() if line and not line[0].isspace()]
    return {
        name.strip().lstrip("*")
        for head in heads
        for name in head.partition(" :")[0].split(",")
    }


def _parameters(function):
    """The parameters a docstring has to name; **options may list their names."""
    return {
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD and name != "self"
    }


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_have_docstrings(name):
    assert (PUBLIC[name].__doc__ or "").strip()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_numpydoc_sections(name):
    function = FUNCTIONS[name]
    docstring = inspect.getdoc(function)
    parameters = _parameters(function)
    if parameters:
        assert _has_section(docstring, "Parameters")
        assert _has_section(docstring, "Raises")
        assert parameters <= _documented(docstring)
    if function.__annotations__["return"] not in {None, "None"}:
        assert _has_section(docstring, "Returns")


@pytest.mark.parametrize("name", [k for k, v in PUBLIC.items() if inspect.isclass(v)])
def test_public_methods_have_docstrings(name):
    missing = [
        method
        for method, value in vars(PUBLIC[name]).items()
        if not method.startswith("_")
        and (callable(value) or isinstance(value, property))
        and not inspect.getdoc(value)
    ]
    assert not missing


def test_all_names_exist_and_are_sorted_once():
    assert len(set(sarimax_c.__all__)) == len(sarimax_c.__all__)
    assert all(hasattr(sarimax_c, name) for name in sarimax_c.__all__)


def test_the_pages_name_all_of_them(root):
    pages = [root / "README.md", *(root / "docs").glob("*.md")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    names = [name for name in sarimax_c.__all__ if name != "__version__"]
    assert not [name for name in names if not re.search(rf"\b{name}\b", text)]


def _stub(root):
    """Public top-level names of the stub, each class with its members."""
    names = {}
    tree = ast.parse((root / "sarimax_c/_core.pyi").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names[node.name] = {
                item.name for item in node.body if isinstance(item, ast.FunctionDef)
            }
        elif isinstance(node, ast.FunctionDef):
            names[node.name] = set()
        elif isinstance(node, ast.AnnAssign):
            names[node.target.id] = set()
    return names


def test_the_stub_lists_the_module(root):
    stub = _stub(root)
    public = {name for name in vars(_core) if not name.startswith("__")}
    assert set(stub) - {TEST_HOOK} == public - {TEST_HOOK}
    for name, members in stub.items():
        value = getattr(_core, name, None)
        if isinstance(value, type):
            public = {member for member in vars(value) if not member.startswith("_")}
            assert {m for m in members if not m.startswith("_")} == public
