# SPDX-License-Identifier: BSD-3-Clause
"""The C sources by room and the compiler flags; everything else: pyproject.toml.

The Makefile and the house tests import this file for the flags, hence the imports
of setuptools and numpy inside ``extension``.

Environment: ``SARIMAX_C_BUILD=asan`` builds with sanitizers and test hooks,
``SARIMAX_C_WERROR=1`` turns warnings into errors.
"""

import os
import sys
import sysconfig
from glob import glob

CORE_ROOMS = ("base", "model", "filter", "predict", "fit", "batch")
ROOMS = (*CORE_ROOMS, "python")

# -ffp-contract=off: the order and rounding of operations is the contract with
# statsmodels.
LANGUAGE = ["-std=c11", "-ffp-contract=off", "-fvisibility=hidden"]
# Windows has threads of its own (src/batch/thread.h).
THREADS = [] if sys.platform == "win32" else ["-pthread"]
INCLUDES = ["-Iinclude", "-Isrc"]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow"]
# -fno-wrapv: Python's own flags have -fwrapv, which keeps loops from being vectorised;
# no signed number overflows here (the ubsan build). Aligned, for else a loop's time
# depends on what stands before it.
RELEASE = ["-O3", "-fno-wrapv", "-falign-functions=64", "-falign-loops=32"]
BUILDS = {
    "release": RELEASE,
    "asan": [
        "-O1",
        "-g",
        "-fno-omit-frame-pointer",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=undefined",
    ],
    "tsan": ["-O1", "-g", "-fsanitize=thread"],
    "valgrind": [*RELEASE, "-g", "-DSX_HELGRIND"],
    # clang's, which says what loops it did not vectorise as it was asked to
    "ubsan": [
        "-O1",
        "-g",
        "-Wno-pass-failed",
        "-fsanitize=undefined,float-cast-overflow",
        "-fno-sanitize-recover=all",
    ],
    "coverage": [
        "-O1",
        "-g",
        "-Wno-pass-failed",
        "-fprofile-instr-generate",
        "-fcoverage-mapping",
    ],
    "msan": [
        "-O1",
        "-g",
        "-Wno-pass-failed",
        "-fno-omit-frame-pointer",
        "-fsanitize=memory",
        "-fsanitize-memory-track-origins",
        "-fno-sanitize-recover=memory",
    ],
    "fuzz": [
        "-O2",
        "-g",
        "-Wno-pass-failed",
        "-fsanitize=fuzzer-no-link,address,undefined",
        # two thirds of the time, and bytes are seldom compared with numbers
        "-fno-sanitize-coverage=trace-cmp,indirect-calls,stack-depth",
        "-fno-sanitize-recover=undefined",
    ],
}
# What the linker has to be told of these builds of the extension.
LINKED = {
    "asan": ["-fsanitize=address,undefined"],
    "coverage": ["-fprofile-instr-generate"],
}
HARDENING = [
    "-U_FORTIFY_SOURCE",
    "-D_FORTIFY_SOURCE=3",
    "-fstack-protector-strong",
    "-fstack-clash-protection",
]
# Named, or the functions come from whatever the process has, in their oldest version.
MATHS = [] if sys.platform == "win32" else ["-lm"]
HARDENED_LINK = ["-Wl,-z,relro,-z,now"]


def compile_flags(build):
    """Flags of the C core, as the extension and the C tests are compiled."""
    return [*LANGUAGE, *THREADS, *INCLUDES, *WARNINGS, *BUILDS[build]]


def extension(build, werror, abi3):
    import numpy
    from setuptools import Extension

    hardened = build == "release" and sys.platform == "linux"
    headers = (sysconfig.get_path("include"), numpy.get_include())
    macros = [
        ("NPY_NO_DEPRECATED_API", "NPY_1_25_API_VERSION"),
        ("NPY_TARGET_VERSION", "NPY_1_25_API_VERSION"),
    ]
    if abi3:
        macros.append(("Py_LIMITED_API", "0x030b0000"))
    if build == "asan":
        macros.append(("SX_TEST_HOOKS", "1"))
    return Extension(
        "sarimax_c._core",
        sources=[c for room in ROOMS for c in sorted(glob(f"src/{room}/*.c"))],
        depends=sorted([*glob("include/*.h"), *glob("src/*/*.h")]),
        define_macros=macros,
        # -isystem: the warnings judge our code, not Python's and NumPy's headers
        extra_compile_args=[
            *compile_flags(build),
            *(HARDENING if hardened else []),
            *(["-Werror"] if werror else []),
            *(flag for path in headers for flag in ("-isystem", path)),
        ],
        extra_link_args=[
            *THREADS,
            *MATHS,
            *(HARDENED_LINK if hardened else []),
            *LINKED.get(build, []),
        ],
        py_limited_api=abi3,
    )


if __name__ == "__main__":
    from setuptools import setup

    # Free-threaded Pythons have no limited API: one wheel per version there.
    ABI3 = not sysconfig.get_config_var("Py_GIL_DISABLED")
    OPTIONS = {"bdist_wheel": {"py_limited_api": "cp311"}} if ABI3 else {}
    if sys.platform == "win32":  # CC, by default gcc, in place of Visual C++
        OPTIONS["build_ext"] = {"compiler": "mingw32"}
    setup(
        ext_modules=[
            extension(
                build=os.environ.get("SARIMAX_C_BUILD", "release"),
                werror=os.environ.get("SARIMAX_C_WERROR") == "1",
                abi3=ABI3,
            )
        ],
        options=OPTIONS,
    )
