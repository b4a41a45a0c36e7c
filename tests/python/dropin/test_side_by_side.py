# SPDX-License-Identifier: BSD-3-Clause
"""
Every public attribute and method of model and results, beside statsmodels'.

Parameters are fixed, so that no optimizer decides. Tables list the arguments of the
methods; a public method that is in no table fails the test.
"""

import inspect
import math

import numpy as np
import pytest
import statsmodels
from dropin.sameness import Sameness, run
from dropin.side_cases import CASES
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.statespace.sarimax import SARIMAX

import sarimax_c as sx

OURS = {"SARIMAX": sx.SARIMAX, "ARIMA": sx.ARIMA}
THEIRS = {"SARIMAX": SARIMAX, "ARIMA": ARIMA}
STEPS = 5

# Standard errors and scores: 1e-6. Second derivatives: 1e-5, of which ours take 1e-7 at
# most, and their inverses 1e-4; the rest is statsmodels' error, up to 6e-6 and 3e-5 on
# these models (`tests/exact/test_exact_hessian.py` judges in quad precision).
DERIVED, DIFFERENCED, INVERTED = 100.0, 1000.0, 10000.0
# statsmodels 0.14 draws the last state by a root of its covariance's rounding.
ANCHORS = ("start",) if statsmodels.__version__ < "0.15" else ("start", "end")
# What the drop-in has beyond statsmodels.
ADDED = {"engine_used", "impute"}


@pytest.fixture(params=CASES, ids=lambda case: case.name)
def case(request):
    return request.param


class Pair:
    """The two models of a case, and parameters for both."""

    def __init__(self, case):
        self.case = case
        self.ours, self.theirs = case.make(OURS), case.make(THEIRS)
        (params, error), _ = run(lambda: np.asarray(self.theirs.start_params))
        assert error is None
        # Away from common and unit roots, and from zeros, where statsmodels' steps
        # are lost.
        moved = 0.5 * params + 0.04 * np.arange(1, len(params) + 1)
        self.params = np.where(np.abs(params) < 1.0, moved, 0.9 * params)
        self.exog = None
        if case.k_exog:
            self.exog = np.ones((STEPS, case.k_exog))

    def results(self, method="smooth"):
        """Return results of both."""
        found = []
        for model in (self.ours, self.theirs):
            (value, error), _ = run(lambda m=model: getattr(m, method)(self.params))
            assert error is None, error
            found.append(value)
        return found


@pytest.fixture
def pair(case):
    return Pair(case)


def _public(thing):
    return {name for name in dir(thing) if not name.startswith("_")}


def _attributes(same, path, ours, theirs, wider=None, left_out=()):
    """Compare all public attributes that are not methods; return the methods."""
    names = _public(theirs)
    if not names <= _public(ours):
        same._add(path, "missing", sorted(names - _public(ours)), "there")
    added = _public(ours) - names - ADDED
    if added:
        same._add(path, "added", sorted(added), "there")
    methods = set()
    plain = getattr(theirs, "_results", theirs)  # of a wrapper
    for name in sorted(names - set(left_out)):
        # Without a look at the value, whose first computation may warn.
        if inspect.isroutine(inspect.getattr_static(plain, name, None)):
            methods.add(name)
            continue
        factor = (wider or {}).get(name, 1.0)
        same.call(
            f"{path}.{name}",
            lambda name=name: getattr(ours, name),
            lambda name=name: getattr(theirs, name),
            factor,
        )
    return methods


# How a method is called: (model, the pair) to what is compared.
MODEL_CALLS = {
    "loglike": lambda m, p: m.loglike(p.params),
    "loglikeobs": lambda m, p: m.loglikeobs(p.params),
    "score": lambda m, p: m.score(p.params),
    "score_obs": lambda m, p: m.score_obs(p.params),
    "hessian": lambda m, p: m.hessian(p.params),
    "information": lambda m, p: m.information(p.params),
    "observed_information_matrix": lambda m, p: m.observed_information_matrix(p.params),
    "opg_information_matrix": lambda m, p: m.opg_information_matrix(p.params),
    "transform_params": lambda m, p: m.transform_params(p.params),
    "untransform_params": lambda m, p: m.untransform_params(p.params),
    "transform_jacobian": lambda m, p: m.transform_jacobian(p.params),
    "handle_params": lambda m, p: m.handle_params(p.params.tolist()),
    "update": lambda m, p: m.update(p.params),
    "simulate": lambda m, p: m.simulate(p.params, STEPS, random_state=3),
    "impulse_responses": lambda m, p: m.impulse_responses(p.params, STEPS),
    "predict": lambda m, p: m.predict(p.params),
    "filter": lambda m, p: m.filter(p.params).llf,
    "smooth": lambda m, p: m.smooth(p.params).smoothed_state,
    "clone": lambda m, p: m.clone(*p.case.data()).loglike(p.params),
    "fix_params": lambda m, p: _with_fixed(m, p),
    "simulation_smoother": lambda m, p: type(m.simulation_smoother()).__name__,
    "initialize": lambda m, p: m.initialize(),
    "set_conserve_memory": lambda m, p: m.set_conserve_memory(0),
    "set_filter_method": lambda m, p: m.set_filter_method(1),
    "set_inversion_method": lambda m, p: m.set_inversion_method(9),
    "set_stability_method": lambda m, p: m.set_stability_method(1),
    "set_smoother_output": lambda m, p: m.set_smoother_output(31),
    # From here on the start is another one.
    "initialize_default": lambda m, p: m.initialize_default(),
    "initialize_approximate_diffuse": lambda m, p: _started(
        m, p, m.initialize_approximate_diffuse
    ),
    "initialize_stationary": lambda m, p: _started(m, p, m.initialize_stationary),
    "initialize_known": lambda m, p: _started(
        m,
        p,
        m.initialize_known,
        np.zeros(m.k_states),
        np.eye(m.k_states),
    ),
    "prepare_data": lambda m, p: m.prepare_data(),
    "initialize_statespace": lambda m, p: m.initialize_statespace(),
}
DERIVATIVES = {
    "score": DERIVED,
    "score_obs": DERIVED,
    "opg_information_matrix": DERIVED,
    "observed_information_matrix": DERIVED,
    "hessian": DIFFERENCED,
    "information": DIFFERENCED,
}
# `initialization` is a property that looks like a method; fits are compared below.
MODEL_ELSEWHERE = {"fit", "fit_constrained", "from_formula", "initialization"}


def _with_fixed(model, pair):
    name, value = model.param_names[-1], float(pair.params[-1])
    with model.fix_params({name: value}):
        return model.loglike(pair.params[:-1]), model.start_params, model.param_names


def _started(model, pair, initialize, *arguments):
    initialize(*arguments)
    return model.loglike(pair.params), model.smooth(pair.params).smoothed_state


def test_models(pair):
    same = Sameness(pair.case.rtol)
    ours, theirs = pair.ours, pair.theirs
    methods = _attributes(same, "model", ours, theirs)
    assert methods - MODEL_ELSEWHERE == MODEL_CALLS.keys() - MODEL_ELSEWHERE
    for name, call in MODEL_CALLS.items():
        same.call(
            f"model.{name}()",
            lambda call=call: call(ours, pair),
            lambda call=call: call(theirs, pair),
            DERIVATIVES.get(name, 1.0),
        )
    assert not same.differences, "\n".join(same.differences)


def _new_rows(results, pair):
    """Return a few more rows, as the model takes its data."""
    series, exog = pair.case.data()
    if hasattr(series, "index"):
        later = series.index[-3:] + 3
        if not hasattr(series.index, "freqstr"):
            later = series.index[-3:] + 3
        else:
            later = series.index[-3:].shift(3)
        series = series.iloc[-3:].set_axis(later)
        exog = None if exog is None else exog.iloc[-3:].set_axis(later)
    else:
        series = series[-3:]
        exog = None if exog is None else exog[-3:]
    return series, exog


def _further(results, pair, method):
    series, exog = _new_rows(results, pair)
    longer = getattr(results, method)(series, exog=exog)
    forecast = longer.get_forecast(2, exog=None if exog is None else exog[:2])
    return longer.llf, longer.nobs, longer.fittedvalues, forecast.summary_frame()


def _applied(results, pair):
    series, exog = pair.case.data()
    other = results.apply(series * 1.1, exog=exog)
    return other.llf, other.smoothed_state, other.bse


def _prediction(prediction):
    frame = prediction.summary_frame(alpha=0.1)
    return frame, prediction.se_mean, prediction.var_pred_mean, prediction.row_labels


def _news(results, pair):
    series, exog = pair.case.data()
    changed = series.copy()
    at = changed.iloc if hasattr(changed, "iloc") else changed
    at[-2] = at[-2] + 1.0
    previous = results.apply(series, exog=exog)
    updated = results.apply(changed, exog=exog)
    return updated.news(previous, start=-2, end=-1).total_impacts


RESULT_CALLS = {
    # First: it reads what the last run of the model's smoother left behind.
    "get_smoothed_decomposition": lambda r, p: r.get_smoothed_decomposition(),
    "forecast": lambda r, p: r.forecast(STEPS, exog=p.exog),
    "get_forecast": lambda r, p: _prediction(r.get_forecast(STEPS, exog=p.exog)),
    "get_prediction": lambda r, p: (
        [
            _prediction(r.get_prediction(**keywords))
            for keywords in (
                {},
                {"start": 10, "end": 20},
                {"start": 30, "dynamic": True},
                {"start": 5, "end": 40, "dynamic": 10},
                {"start": 40, "end": len(p.theirs.orig_endog) + 3, "exog": _rows(p, 4)},
                {"signal_only": True},
            )
        ]
        + [
            # Of an observed value the variance is rounding, and its root no number.
            [found.predicted_mean, found.var_pred_mean]
            for name in ("filtered", "smoothed")
            for found in [r.get_prediction(information_set=name)]
        ]
    ),
    "predict": lambda r, p: r.predict(3, 9),
    "append": lambda r, p: _further(r, p, "append"),
    "extend": lambda r, p: _further(r, p, "extend"),
    "apply": _applied,
    "simulate": lambda r, p: [
        r.simulate(STEPS, random_state=3, anchor=anchor, exog=p.exog)
        for anchor in ANCHORS
    ],
    "impulse_responses": lambda r, p: [
        r.impulse_responses(STEPS),
        r.impulse_responses(STEPS, orthogonalized=True, cumulative=True),
    ],
    "conf_int": lambda r, p: r.conf_int(alpha=0.1),
    "cov_params": lambda r, p: r.cov_params(),
    "info_criteria": lambda r, p: [
        r.info_criteria(name) for name in ("aic", "bic", "hqic", "aicc")
    ],
    "f_test": lambda r, p: str(r.f_test(np.eye(len(p.params))[:1])),
    "t_test": lambda r, p: r.t_test(np.eye(len(p.params))).tvalue,
    "wald_test": lambda r, p: (
        r.wald_test(np.eye(len(p.params))[:1], scalar=True).statistic
    ),
    "wald_test_terms": lambda r, p: str(r.wald_test_terms(scalar=True)),
    "t_test_pairwise": lambda r, p: r.t_test_pairwise(p.theirs.param_names[0]),
    "test_normality": lambda r, p: r.test_normality("jarquebera"),
    "test_heteroskedasticity": lambda r, p: r.test_heteroskedasticity("breakvar"),
    "test_serial_correlation": lambda r, p: [
        r.test_serial_correlation(name, lags=4) for name in ("ljungbox", "boxpierce")
    ],
    "summary": lambda r, p: [str(r.summary()), r.summary().as_csv()],
    "news": _news,
    "initialize": lambda r, p: r.initialize(r.model, r.params),
}
# Functions of derivatives of the log-likelihood.
ESTIMATED = dict.fromkeys(
    [
        *("bse", "tvalues", "zvalues", "pvalues", "cov_params_default"),
        *("cov_params_approx", "cov_params_oim", "cov_params_opg"),
        *("cov_params_robust", "cov_params_robust_approx", "cov_params_robust_oim"),
        *("cov_params", "conf_int", "t_test", "wald_test", "normalized_cov_params"),
        *("t_test_pairwise", "apply"),
    ],
    DERIVED,
) | {
    "cov_params_approx": INVERTED,
    "cov_params_robust_approx": INVERTED,
}
# Two variances of which only the sum is known: the inverse of a singular Hessian is
# rounding, and more so of the one that is differenced. Its type and shape are compared.
UNIDENTIFIED = {"measurement-noise": {"cov_params_approx": math.inf}}
# What writes files, draws, or cannot be called twice has tests of its own.
RESULT_ELSEWHERE = {"load", "save", "plot_diagnostics", "remove_data"}


def _rows(pair, count):
    return None if pair.exog is None else pair.exog[:count]


def test_results(pair):
    same = Sameness(pair.case.rtol)
    wider = ESTIMATED | UNIDENTIFIED.get(pair.case.name, {})
    methods = _attributes(same, "results", *pair.results(), wider)
    assert methods - RESULT_ELSEWHERE == RESULT_CALLS.keys()
    used = pair.results()
    for name, call in RESULT_CALLS.items():
        # Where nothing has been computed yet, and after all else.
        for ours, theirs in (pair.results(), used):
            same.call(
                f"results.{name}()",
                lambda call=call, results=ours: call(results, pair),
                lambda call=call, results=theirs: call(results, pair),
                ESTIMATED.get(name, 1.0),
            )
    assert not same.differences, "\n".join(same.differences)


@pytest.mark.parametrize("method", ["filter", "smooth"])
def test_filter_and_smoother_output(pair, method):
    same = Sameness(pair.case.rtol)
    ours, theirs = pair.results(method)
    for name in ("filter_results", "smoother_results"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if other is None:
            assert mine is None
            continue
        methods = _attributes(same, name, mine, other)
        assert methods <= {
            *("dtype", "get_smoothed_decomposition", "initialization", "news"),
            *("predict", "smoothed_state_autocovariance", "smoothed_state_gain"),
            *("update_filter", "update_representation", "update_smoother"),
        }
    assert not same.differences, "\n".join(same.differences)
