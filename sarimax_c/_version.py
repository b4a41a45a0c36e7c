# SPDX-License-Identifier: BSD-3-Clause
"""The version, in one place: pyproject.toml and the package read it here."""

__version__ = "0.1.0"
