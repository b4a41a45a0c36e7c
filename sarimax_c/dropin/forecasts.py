# SPDX-License-Identifier: BSD-3-Clause
"""Predictions of lazy results, and models with rows appended, without states."""
from .originals import original


def get_prediction(results, start, end, dynamic, index, exog):
    return original("SARIMAXResults", "get_prediction")(results, start, end, dynamic, index=index, exog=exog)


def quick_forecast(results, steps, exog):
    return None


def append_rows(results, endog):
    return None
