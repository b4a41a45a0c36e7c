# SPDX-License-Identifier: BSD-3-Clause
"""
Run a program with statsmodels patched.

    python -m sarimax_c script.py [arguments]
    python -m sarimax_c -m module [arguments]
"""

import os
import runpy
import sys
import types
import zipfile
from pathlib import Path

from . import patch_statsmodels


def main(arguments: list[str]) -> None:
    """
    Run a script or a module as ``__main__``.

    Parameters
    ----------
    arguments : list of str
        The script, or ``-m`` and a module, then what the program gets.
    """
    if not arguments or arguments[0] in ("-h", "--help") or arguments == ["-m"]:
        print((__doc__ or "").strip())
        sys.exit(0 if arguments[:1] in (["-h"], ["--help"]) else 2)
    patch_statsmodels()
    if arguments[0] == "-m":
        # run_module puts the module's file in the place of its name.
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        return
    _check_there(arguments[0])
    sys.argv = arguments
    if not sys.flags.safe_path:
        # As for `python script.py`: the script's folder, not the working directory.
        sys.path[0] = str(Path(arguments[0]).resolve().parent)
    path = os.path.join(os.getcwd(), arguments[0])  # as in Python: not normalised
    if os.path.isfile(path) and not (path.endswith(".pyc") or zipfile.is_zipfile(path)):
        _run_source(path)
    else:
        runpy.run_path(arguments[0], run_name="__main__")


def _run_source(path: str) -> None:
    """Run a source file; runpy.run_path has one name for __file__ and sys.argv[0]."""
    code = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=path, __cached__=None)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def _check_there(script: str) -> None:
    """End as Python does without the script, before a traceback through runpy."""
    try:
        os.stat(script)
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        print(
            f"{sys.executable}: can't open file {os.path.abspath(script)!r}: {reason}",
            file=sys.stderr,
        )
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
