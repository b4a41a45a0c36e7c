# SPDX-License-Identifier: BSD-3-Clause
"""statsmodels' classes on the C core; imports statsmodels."""
