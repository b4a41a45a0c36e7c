# SPDX-License-Identifier: BSD-3-Clause
"""Missing values and dynamic predictions against statsmodels' smoother."""

import numpy as np

import sarimax_c as sx

from .cases import AIRLINE_GAPS, SHORT, Case, in_turns, verdict

GAPS = tuple(np.random.default_rng(1).choice(2000, 100, replace=False))
DAILY = Case((2, 0, 1), (0, 1, 1, 24), 2000, (0.5, 0.2, 0.3, -0.6, 1.0), None, GAPS)
# (case, times statsmodels at least with the mean alone)
CASES = (
    (DAILY, 100),
    (AIRLINE_GAPS, 100),
    (SHORT._replace(gaps=(20, 55, 56, 101)), None),
)
SERIES = 100  # of a batch


def _smoothed(model, params):
    """statsmodels' way to the missing values: mean and variance of all periods."""
    results = model.smooth(params)
    prediction = results.get_prediction(information_set="smoothed")
    return prediction.predicted_mean, prediction.var_pred_mean


def _largest_difference(case, model, oracle, params):
    """In standard deviations of the missing values."""
    missing = np.isnan(case.series())
    mean, var = model.impute(params)
    expected, _ = _smoothed(oracle, params)
    return float(np.max(np.abs(mean - expected)[missing] / np.sqrt(var[missing])))


def _measure(case, target):
    params, y = np.array(case.params), case.series()
    model, oracle = case.ours("auto"), case.theirs()
    results = oracle.filter(params)
    start, third = case.nobs // 2, case.nobs // 3
    mean, theirs = in_turns(
        lambda: model.impute(params, variance=False), lambda: _smoothed(oracle, params)
    )
    both, smoother = in_turns(lambda: model.impute(params), lambda: oracle.ssm.smooth())
    dynamic, their_dynamic = in_turns(
        lambda: model.predict(params, start, case.nobs + 9, third),
        lambda: results.get_prediction(start, case.nobs + 9, third).var_pred_mean,
    )
    batch, _ = in_turns(
        lambda: sx.batch_impute(
            [y] * SERIES,
            None,
            case.order,
            case.seasonal,
            params,
            variance=False,
            n_threads=1,
        ),
        lambda: None,
    )
    return {
        "case": case.name,
        "mean_us": mean * 1e6,
        "both_us": both * 1e6,
        "batch_us": batch / SERIES * 1e6,
        "statsmodels_us": theirs * 1e6,
        "smoother_us": smoother * 1e6,
        "ratio": theirs / mean,
        "smoother_ratio": smoother / mean,
        "target": target,
        "met": target is None or theirs / mean >= target,
        "dynamic_us": dynamic * 1e6,
        "dynamic_ratio": their_dynamic / dynamic,
        "difference": _largest_difference(case, model, oracle, params),
    }


def run():
    return [_measure(*case) for case in CASES]


def report(rows):
    lines = [
        "Model.impute: mean alone, with variances, and the mean in a batch on one"
        " thread; statsmodels: model.smooth and the smoothed forecasts, and the ratio"
        " to its compiled smoother alone; difference of the means in standard"
        " deviations; then predictions, a third of the series dynamic, against"
        " get_prediction of filtered results",
        f"{'model':<32}{'mean us':>9}{'+ var us':>10}{'batch us':>10}"
        f"{'statsmodels us':>16}{'ratio':>8}{'alone':>8} {'at least':>10}{'':>8}"
        f"{'difference':>12}{'dynamic us':>12}{'ratio':>8}",
    ]
    lines += [
        f"{row['case']:<32}{row['mean_us']:9.1f}{row['both_us']:10.1f}"
        f"{row['batch_us']:10.1f}{row['statsmodels_us']:16.0f}{row['ratio']:7.0f}x"
        f"{row['smoother_ratio']:7.0f}x {row['target'] or '-':>10}"
        f"{verdict(row) if row['target'] else '':>8}{row['difference']:12.1e}"
        f"{row['dynamic_us']:12.1f}{row['dynamic_ratio']:7.0f}x"
        for row in rows
    ]
    return "\n".join(lines)
