# SPDX-License-Identifier: BSD-3-Clause
"""
statsmodels' SARIMAX and ARIMA on the compiled core: same arguments, results, numbers.

Imported on first use of `sarimax_c.SARIMAX` or `sarimax_c.ARIMA`: it needs statsmodels.
"""
