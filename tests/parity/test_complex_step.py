# SPDX-License-Identifier: BSD-3-Clause
"""Log-likelihoods at complex parameters, and the derivatives made of them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace import kalman_filter as kf
from statsmodels.tsa.statespace import sarimax
from systems import EXOG, NOBS
from systems import IN_STATE as SYSTEMS_IN_STATE
from systems import SPECS as SYSTEMS

import sarimax_c as sx
from sarimax_c import _core

_RNG = np.random.default_rng(11)
WALK = 5 + np.cumsum(_RNG.normal(size=NOBS))
NOISE = _RNG.normal(size=NOBS)
GAPS = [0, 7, 8, 30, 79]

# Imaginary parts are compared relative to the largest of all periods.
REAL, IMAGINARY = 1e-9, 1e-8
# statsmodels' univariate method squares by a logarithm, which rounds both parts alike.
ROUNDING = 5e-16
# statsmodels' first derivatives take 1.5e-8, its second ones more. Much shorter ones
# drown in the rounding of its stationary start.
STEPS = (1.5e-8, 1e-5, 1e-2)

SPECS: dict[str, dict[str, Any]] = {
    "arma": {"order": (2, 0, 1)},
    "arima": {"order": (1, 1, 1)},
    "seasonal": {"order": (1, 1, 1), "seasonal_order": (0, 1, 1, 4)},
    "error": {"order": (1, 0, 1), "measurement_error": True},
    "free": {"order": (2, 0, 1), "enforce_stationarity": False},
    "exog": {"order": (1, 1, 1), "exog": EXOG},
    "trend": {"order": (1, 0, 1), "trend": "ct"},
    "scale": {"order": (1, 1, 1), "concentrate_scale": True},
    "burn": {"order": (1, 0, 1), "loglikelihood_burn": 9},
    "hamilton": {"order": (2, 0, 1), "hamilton_representation": True},
    "hamilton_trend": {
        "order": (1, 0, 1),
        "trend": "ct",
        "hamilton_representation": True,
    },
    "diffuse": {
        "order": (1, 1, 1),
        "seasonal_order": (1, 1, 0, 4),
        "use_exact_diffuse": True,
    },
    "diffuse_scale": {
        "order": (1, 1, 1),
        "use_exact_diffuse": True,
        "concentrate_scale": True,
    },
    **{name: SYSTEMS[name] for name in ("diffuse_exog", "diffuse_varying")},
}
# Coefficients in the state start with variance 1e10: statsmodels' own rounding
# is of this size (docs/parity.md).
IN_STATE: dict[str, dict[str, Any]] = {
    "in_state": {"order": (1, 1, 1), "exog": EXOG, "mle_regression": False},
    "in_state_varying": SYSTEMS_IN_STATE["in_state_varying"],
}


def _known(model: Any) -> None:
    model.initialize_known(
        np.linspace(-1, 1, model.k_states), 2 * np.eye(model.k_states)
    )


def _changed(model: Any) -> None:
    model.ssm["obs_cov"] = np.array([[0.4]])
    model.ssm["obs_intercept"] = np.array([[0.3]])


def _univariate_early(model: Any) -> None:
    model.ssm.filter_univariate = True
    model.ssm.tolerance = 1e-4


# What is done to a model before it is asked; by hand, so that tier 1 is out.
PREPARED: dict[str, Any] = {
    "as_it_is": lambda model: None,
    "known_start": _known,
    "changed_matrices": _changed,
    "no_steady_state": lambda model: setattr(model.ssm, "tolerance", 0),
    "early_steady_state": lambda model: setattr(model.ssm, "tolerance", 1e-4),
    "burn": lambda model: setattr(model, "loglikelihood_burn", 5),
    "univariate": lambda model: setattr(model.ssm, "filter_univariate", True),
    "univariate_early_steady_state": _univariate_early,
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _series(options: dict[str, Any], gaps: bool) -> np.ndarray:
    series = WALK.copy() if "d" in options else NOISE + 0.2 * WALK
    series[GAPS] = np.nan if gaps else series[GAPS]
    return series


def _pair(spec: str, gaps: bool, prepared: str = "as_it_is") -> Any:
    options = dict({**SPECS, **IN_STATE}[spec])
    exog = options.pop("exog", None)
    models = [cls(_series(options, gaps), exog, **options) for cls in (_OURS, _THEIRS)]
    for model in models:
        PREPARED[prepared](model)
    values = []
    for i, name in enumerate(models[0].param_names):
        variance = name.startswith(("sigma2", "var.", "snr."))
        values.append(1.3 + 0.2 * i if variance else (0.3, -0.2, 0.25)[i % 3])
    return *models, np.array(values)


_OURS, _THEIRS = sx.SARIMAX, sarimax.SARIMAX


def _assert_close(ours: Any, theirs: Any, real: float, imaginary: float) -> None:
    assert ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours.real, theirs.real, rtol=real, atol=real)
    size = np.abs(theirs.imag).max()
    atol = imaginary * size + ROUNDING * np.abs(theirs.real).max()
    np.testing.assert_allclose(ours.imag, theirs.imag, rtol=0, atol=atol)


def _compare(pair: Any, real: float = REAL, imaginary: float = IMAGINARY) -> None:
    ours, theirs, params = pair
    for i in range(len(params)):
        for step in STEPS:
            at = params.astype(complex)
            at[i] += 1j * step
            for name in ("loglikeobs", "loglike"):
                a, b = (getattr(m, name)(at, complex_step=True) for m in (ours, theirs))
                assert ours.engine_used == "identical"
                _assert_close(np.asarray(a), np.asarray(b), real, imaginary)
    a, b = (model.loglikeobs(params) for model in (ours, theirs))
    np.testing.assert_allclose(a, b, rtol=real, atol=real)


@pytest.mark.parametrize("gaps", [False, True], ids=["full", "gaps"])
@pytest.mark.parametrize("spec", SPECS)
def test_every_option(spec: str, gaps: bool) -> None:
    _compare(_pair(spec, gaps))


@pytest.mark.parametrize("gaps", [False, True], ids=["full", "gaps"])
@pytest.mark.parametrize("spec", IN_STATE)
def test_coefficients_in_the_state(spec: str, gaps: bool) -> None:
    _compare(_pair(spec, gaps), real=1e-5, imaginary=1e-5)


@pytest.mark.parametrize("gaps", [False, True], ids=["full", "gaps"])
@pytest.mark.parametrize("spec", ["arma", "seasonal", "scale", "hamilton", "diffuse"])
@pytest.mark.parametrize("prepared", PREPARED)
def test_every_start_and_filter(prepared: str, spec: str, gaps: bool) -> None:
    _compare(_pair(spec, gaps, prepared))


@pytest.mark.parametrize("prepared", ["as_it_is", "univariate"])
def test_observations_without_variance_are_skipped(prepared: str) -> None:
    ours, theirs, params = _pair("hamilton", False, prepared)
    for variance in (1e-13, 1e-11, -1.0):
        params[-1] = variance
        _compare((ours, theirs, params))


def test_complex_parameters_without_a_complex_step() -> None:
    ours, theirs, params = _pair("hamilton", True)
    at = params + 1e-3j
    _assert_close(ours.loglike(at), theirs.loglike(at), REAL, IMAGINARY)
    assert ours.engine_used == "identical"


def test_likelihoods_summed_by_the_filter() -> None:
    ours, theirs, params = _pair("diffuse_scale", True)
    given = {"complex_step": True, "conserve_memory": kf.MEMORY_CONSERVE}
    at = params + 1e-3j
    _assert_close(ours.loglike(at, **given), theirs.loglike(at, **given), 1e-9, 1e-8)
    assert ours.engine_used == "identical"


@pytest.mark.parametrize("spec", ["hamilton", "diffuse", "diffuse_varying"])
def test_derivatives_are_made_of_them(spec: str) -> None:
    ours, theirs, params = _pair(spec, True)
    names = (
        *("score_obs", "score", "hessian"),
        *("opg_information_matrix", "observed_information_matrix"),
    )
    before = sx.stats()
    for name in names:
        tolerance = 1e-6 if name == "hessian" else 1e-9
        a, b = (np.asarray(getattr(model, name)(params)) for model in (ours, theirs))
        atol = tolerance * np.abs(b).max()
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=atol, err_msg=name)
    after = sx.stats()
    assert after["statsmodels"] == before["statsmodels"]
    for name in names[:3]:
        assert after["native"][name] > before["native"].get(name, 0)


@pytest.mark.parametrize("gaps", [False, True], ids=["full", "gaps"])
@pytest.mark.parametrize("spec", ["arima", "hamilton", "diffuse", "scale", "burn"])
def test_the_formula_of_harvey(spec: str, gaps: bool) -> None:
    """Derivatives of forecast errors and of their variances."""
    ours, theirs, params = _pair(spec, gaps)
    for method in ("harvey", "approx"):
        a, b = (model.score_obs(params, method=method) for model in (ours, theirs))
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * np.nanmax(np.abs(b)))
    a, b = (model.hessian(params, method="oim") for model in (ours, theirs))
    np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * np.abs(b).max())
    native = spec != "scale"
    assert (ours.engine_used == "identical") == native, ours.ssm.reason


def test_a_model_in_use_stays_as_it_is() -> None:
    """Real results before and after a complex step are the same."""
    ours, theirs, params = _pair("diffuse", True)
    first = ours.smooth(params)
    ours.loglike(params + 1.5e-8j, complex_step=True)
    again = ours.smooth(params)
    np.testing.assert_array_equal(first.smoothed_state, again.smoothed_state)
    np.testing.assert_allclose(
        again.smoothed_state, theirs.smooth(params).smoothed_state, atol=1e-8
    )
    assert ours.engine_used == "identical"


def test_what_needs_a_complex_filter_is_statsmodels() -> None:
    ours, theirs, params = _pair("hamilton", False)
    for model in (ours, theirs):
        model.update(params + 1e-3j, complex_step=True)
    a, b = (model.ssm.filter(complex_step=True) for model in (ours, theirs))
    np.testing.assert_array_equal(a.forecasts_error, b.forecasts_error)
    assert ours.ssm.reason == "complex numbers"


def test_arrays_of_another_kind_are_refused() -> None:
    m = np.ones((1, 1, 1), dtype=complex, order="F")
    vector = np.ones((1, 1), dtype=complex, order="F")
    system = (np.ones(3), m, vector, m, m, vector, m, m, vector[0], m[0], m[0])
    system = (*system, 1e-19, False, False)
    outputs = [np.zeros(3, dtype=complex) for _ in range(4)] + [np.zeros(3)]
    assert _core.loglike_complex(system, *outputs)[0] == 0
    for i in range(5):
        for wrong in (np.zeros(3, dtype=np.float32), outputs[i][:2].copy(), None):
            with pytest.raises(TypeError):
                _core.loglike_complex(system, *outputs[:i], wrong, *outputs[i + 1 :])
    for i in range(11):
        for wrong in (np.ones(5, dtype=complex), np.ones(1, dtype=np.float32)):
            with pytest.raises(TypeError):
                _core.loglike_complex((*system[:i], wrong, *system[i + 1 :]), *outputs)


def test_a_start_that_is_not_finite_is_statsmodels() -> None:
    ours, theirs, params = _pair("arima", False)
    values = []
    for model in (ours, theirs):
        model.initialize_known(np.zeros(3), np.diag([np.inf, 1.0, 1.0]))
        values.append(model.loglike(params))
    assert ours.ssm.reason == "a start that is not finite"
    np.testing.assert_array_equal(*values)
