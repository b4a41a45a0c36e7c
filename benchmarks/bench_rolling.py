# SPDX-License-Identifier: BSD-3-Clause
"""Rolling forecasts against statsmodels' ``append``; one more value of a state."""

import pickle

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

from .cases import AIRLINE, MONTHLY, SHORT, WEEKLY, in_turns, microseconds, verdict

STEPS = 12
# (case, origins up to its end, milliseconds at most)
CASES = (
    (MONTHLY, 300, 1.0),
    (AIRLINE, 60, None),
    (SHORT, 150, None),
    (WEEKLY, 52, None),
)
APPENDED = 3  # origins of statsmodels' loop, whose time is given per origin


def _append_loop(results, values):
    """statsmodels' way: append a value, forecast mean and variance, and again."""
    forecasts = []
    for value in values:
        results = results.append([value])
        prediction = results.get_forecast(STEPS)
        forecasts.append((prediction.predicted_mean, prediction.var_pred_mean))
    return forecasts


def _is_refiltering(case, mean, var, start):
    """Whether each origin's forecasts are those of a filter of what it knows."""
    y, params = case.series(), np.array(case.params)
    same = True
    for i, origin in enumerate(range(start, case.nobs + 1)):
        model = sx.Model(
            y[:origin], order=case.order, seasonal=case.seasonal, engine="identical"
        )
        expected = model.forecast(params, STEPS)
        same &= np.array_equal(mean[i], expected[0])
        same &= np.array_equal(var[i], expected[1])
    return same


def _measure(case, origins, target):
    y, params = case.series(), np.array(case.params)
    start = case.nobs - origins + 1

    def roll():
        return sx.rolling_forecast(
            y, None, case.order, case.seasonal, params, STEPS, start=start
        )

    known = case.nobs - APPENDED
    oracle = SARIMAX(y[:known], order=case.order, seasonal_order=case.seasonal)
    results = oracle.filter(params)
    ours, theirs = in_turns(roll, lambda: _append_loop(results, y[known:]))
    state = case.ours("auto").state(params)
    value = y[-1:].copy()
    return {
        "case": case.name,
        "origins": origins,
        "ms": ours * 1e3,
        "target": target,
        "met": target is None or ours * 1e3 <= target,
        "us_per_origin": ours / origins * 1e6,
        "statsmodels_us": theirs / APPENDED * 1e6,
        "ratio": theirs / APPENDED / (ours / origins),
        "append_us": microseconds(lambda: state.append(value)),
        "forecast_us": microseconds(lambda: state.forecast(STEPS)),
        "state_bytes": len(pickle.dumps(state)),
        "same": _is_refiltering(case, *roll(), start),
    }


def run():
    return [_measure(*case) for case in CASES]


def report(rows):
    lines = [
        f"{STEPS} steps from each origin, statsmodels' append and forecast for each"
        " beside it; one value appended to a state, and a forecast from it; same: the"
        " bits of a filter of what each origin knows",
        f"{'model':<24}{'origins':>8}{'ms':>8}{'at most':>9}{'':>9}{'us each':>9}"
        f"{'statsmodels':>13}{'ratio':>9}{'append us':>11}{'forecast us':>13}"
        f"{'state':>10}{'same':>6}",
    ]
    lines += [
        f"{row['case']:<24}{row['origins']:8d}{row['ms']:8.3f}"
        f"{row['target'] or '-':>9}  {verdict(row) if row['target'] else '':<7}"
        f"{row['us_per_origin']:9.2f}{row['statsmodels_us']:11.0f}us"
        f"{row['ratio']:8.0f}x{row['append_us']:11.2f}{row['forecast_us']:13.2f}"
        f"{row['state_bytes'] / 1e3:8.1f}kB{'yes' if row['same'] else 'NO':>6}"
        for row in rows
    ]
    return "\n".join(lines)
