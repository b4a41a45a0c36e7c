# SPDX-License-Identifier: BSD-3-Clause
"""The gradient: exact, and by forward differences in lanes; against statsmodels'."""

import numpy as np

from .cases import AIRLINE, MONTHLY, Case, alternately, in_turns, verdict

# Ten parameters: (2,1,2)(1,1,1,12) with three more lags.
TEN = Case(
    (4, 1, 3),
    (1, 1, 1, 12),
    500,
    (0.4, -0.2, 0.1, 0.05, 0.3, 0.1, 0.05, 0.2, -0.6, 1.0),
)
# (case, forward differences in log-likelihoods at most, score in them at most)
CASES = ((AIRLINE, 1.5, 4.0), (MONTHLY, None, 4.0), (TEN, 5.0, 4.0))
RATIO_TARGET = 300


def _measure(case, forward_target, score_target):
    params = np.array(case.params)
    model = case.ours("exact")
    oracle = case.theirs()
    steps = np.vstack([params, params + 1e-5 * np.eye(len(params))])
    loglike, forward, adjoint = alternately(
        lambda: model.loglike(params),
        lambda: model.loglikes(steps),
        lambda: model.score(params),
    )
    score, theirs = in_turns(
        lambda: model.score(params), lambda: oracle.score(params, approx_centered=False)
    )
    reference = oracle.score(params)
    ours = model.score(params)
    return {
        "case": case.name,
        "k_params": len(params),
        "loglike_us": loglike * 1e6,
        "forward": forward / loglike,
        "forward_target": forward_target,
        "score_us": score * 1e6,
        "score": adjoint / loglike,
        "score_target": score_target,
        "ratio": theirs / score,
        "target": RATIO_TARGET,
        "difference": float(np.abs(ours - reference).max() / np.abs(reference).max()),
    }


def run():
    rows = [_measure(*case) for case in CASES]
    for row in rows:
        row["met"] = bool(
            row["ratio"] >= row["target"]
            and row["score"] <= row["score_target"]
            and row["forward"] <= (row["forward_target"] or np.inf)
        )
    return rows


def report(rows):
    lines = [
        "forward and score in units of one log-likelihood; difference from"
        " statsmodels' relative to the largest component",
        f"{'model':<24}{'k':>3}{'loglike us':>12}{'forward':>9}{'at most':>9}"
        f"{'score us':>10}{'score':>7}{'at most':>9}{'statsmodels':>13}{'target':>8}"
        f"{'':>9}{'difference':>11}",
    ]
    lines += [
        f"{row['case']:<24}{row['k_params']:3d}{row['loglike_us']:12.2f}"
        f"{row['forward']:9.2f}{row['forward_target'] or '-':>9}{row['score_us']:10.2f}"
        f"{row['score']:7.2f}{row['score_target']:9.1f}{row['ratio']:12.0f}x"
        f"{row['target']:7d}x  {verdict(row):<7}{row['difference']:11.1e}"
        for row in rows
    ]
    return "\n".join(lines)
