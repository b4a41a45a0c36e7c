# SPDX-License-Identifier: BSD-3-Clause
"""State space models of statsmodels, and StateSpace with the same matrices."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.statespace.simulation_smoother import SimulationSmoother
from statsmodels.tsa.statespace.structural import UnobservedComponents

from sarimax_c.dropin.statespace import StateSpace

TOLERANCE = 1e-8

NOBS = 80
_RNG = np.random.default_rng(7)
SMOOTH = 10 + np.cumsum(_RNG.normal(size=NOBS))
EXOG = _RNG.normal(size=(NOBS, 2))


def _with_gaps(at: Any) -> np.ndarray:
    values = SMOOTH.copy()
    values[at] = np.nan
    return values


DATA = {
    "full": SMOOTH,
    "gaps": _with_gaps([25, 26, 40, 79]),
    "long": _with_gaps(slice(30, 60)),
    "none": _with_gaps(slice(None)),
}

# name: options, AR and MA parameters first; variances are appended as ones
SPECS: dict[str, dict[str, Any]] = {
    "arma": {"order": (2, 0, 1)},
    "white": {"order": (0, 0, 0)},
    "arima": {"order": (1, 1, 1)},
    "seasonal": {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 4)},
    "lags": {"order": ([1, 3], 0, [2]), "seasonal_order": ([1], 0, 0, 5)},
    "hamilton": {"order": (2, 0, 1), "hamilton_representation": True},
    "trend": {"order": (1, 0, 1), "trend": "ct"},
    "drift": {"order": (1, 1, 0), "trend": "t"},
    "error": {"order": (1, 1, 1), "measurement_error": True},
    "exog": {"order": (1, 0, 0), "exog": EXOG},
    "simple": {"order": (1, 1, 1), "simple_differencing": True},
    "year": {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)},
    "burn": {"order": (1, 1, 1), "loglikelihood_burn": 7},
    "free": {"order": (2, 0, 1), "enforce_stationarity": False},
    "diffuse": {
        "order": (1, 1, 1),
        "seasonal_order": (1, 1, 0, 4),
        "use_exact_diffuse": True,
    },
    "diffuse_error": {
        "order": (1, 1, 0),
        "trend": "c",
        "measurement_error": True,
        "use_exact_diffuse": True,
    },
    "diffuse_exog": {
        "order": (1, 0, 1),
        "exog": EXOG,
        "mle_regression": False,
        "use_exact_diffuse": True,
    },
    "diffuse_varying": {
        "order": (1, 0, 1),
        "exog": EXOG,
        "mle_regression": False,
        "time_varying_regression": True,
        "use_exact_diffuse": True,
    },
}

# Coefficients in the state start with variance 1e10: statsmodels' own rounding
# is of this size (docs/parity.md).
IN_STATE = {
    "in_state": {"order": (1, 0, 0), "exog": EXOG, "mle_regression": False},
    "in_state_varying": {
        "order": (1, 0, 1),
        "exog": EXOG,
        "mle_regression": False,
        "time_varying_regression": True,
    },
}


def params_of(model: SARIMAX) -> np.ndarray:
    values = []
    for i, name in enumerate(model.param_names):
        variance = name.startswith(("sigma2", "var.", "snr."))
        values.append(1.3 + 0.2 * i if variance else (0.3, -0.2, 0.25)[i % 3])
    return np.array(values)


def statsmodels_model(spec: str, data: str, concentrate: bool) -> SARIMAX:
    options = dict({**SPECS, **IN_STATE}[spec])
    exog = options.pop("exog", None)
    model = SARIMAX(DATA[data], exog, concentrate_scale=concentrate, **options)
    model.update(params_of(model))
    return model


def beside(ssm: SimulationSmoother) -> StateSpace:
    """A StateSpace with what `ssm` has."""
    matrices = {name: getattr(ssm, f"_{name}") for name in ssm.shapes if name != "obs"}
    ours = StateSpace(
        ssm.endog.T.copy(),
        ssm.k_states,
        k_posdef=ssm.k_posdef,
        nobs=ssm.nobs,
        **matrices,
    )
    for name in (
        "filter_method",
        "inversion_method",
        "stability_method",
        "conserve_memory",
        "filter_timing",
        "tolerance",
        "loglikelihood_burn",
        "results_class",
        "_time_invariant",
    ):
        setattr(ours, name, getattr(ssm, name))
    ours.initialization = ssm.initialization
    return ours


def differences(ours: Any, theirs: Any, tolerance: float = TOLERANCE) -> list[str]:
    """What the attributes of two results objects do not have in common."""
    found = []
    for name in sorted(vars(theirs).keys() | vars(ours).keys()):
        a, b = vars(ours).get(name), vars(theirs).get(name)
        if isinstance(b, np.ndarray):
            same = (
                isinstance(a, np.ndarray)
                and a.shape == b.shape
                and a.dtype == b.dtype
                and a.flags.f_contiguous == b.flags.f_contiguous
            )
            if not same:
                found.append(f"{name}: {np.shape(a)} instead of {b.shape}")
            elif b.dtype != object:
                scale = np.maximum(1, np.abs(b))
                if not np.allclose(
                    a / scale, b / scale, rtol=0, atol=tolerance, equal_nan=True
                ):
                    worst = np.nanmax(np.abs(a - b) / scale)
                    found.append(f"{name}: off by {worst:.1e}")
        elif isinstance(b, (bool, int, float, np.number)):
            if not np.isclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True):
                found.append(f"{name}: {a} instead of {b}")
        elif (a is None) != (b is None):
            found.append(f"{name}: {a} instead of {b}")
    return found


def quiet(function: Any) -> Any:
    @functools.wraps(function)
    def test(*args: Any, **kwargs: Any) -> None:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(*args, **kwargs)

    return test


def random_system(seed: int, diffuse: bool) -> SimulationSmoother:
    """Everything varies in time; T has rows that only move a state on."""
    rng = np.random.default_rng(seed)
    n, m, r = 40, 5, 2
    transition = 0.3 * rng.normal(size=(m, m, n))
    transition[2:] = np.eye(m, k=-1)[2:, :, None]
    selection = np.zeros((m, r, n))
    selection[:2] = rng.normal(size=(2, r, n))
    root = rng.normal(size=(r, r, n))
    endog = rng.normal(size=(n, 1))
    endog[[3, 11, 12]] = np.nan
    ssm = SimulationSmoother(
        endog,
        m,
        k_posdef=r,
        design=rng.normal(size=(1, m, n)) * (rng.uniform(size=(1, m, n)) < 0.6),
        obs_intercept=rng.normal(size=(1, n)),
        obs_cov=rng.uniform(0.5, 1.5, size=(1, 1, n)),
        transition=transition,
        state_intercept=rng.normal(size=(m, n)),
        selection=selection,
        state_cov=np.einsum("ikt,jkt->ijt", root, root),
    )
    if diffuse:
        ssm.initialize_diffuse()
    else:
        ssm.initialize_known(rng.normal(size=m), np.diag(rng.uniform(1, 2, size=m)))
    return ssm


def components(exact: bool) -> SimulationSmoother:
    model = UnobservedComponents(
        DATA["gaps"],
        "local linear trend",
        seasonal=4,
        cycle=True,
        use_exact_diffuse=exact,
    )
    model.update(model.start_params)
    return model.ssm


def exact_moments(ssm: SimulationSmoother, start: Any) -> dict[str, np.ndarray]:
    """The textbook's recursions for fixed matrices, with 64 bits of precision."""

    def extended(array: Any) -> np.ndarray:
        return np.asarray(array, dtype=np.longdouble)

    Z, d, H, T, c, R, Q = (
        extended(getattr(ssm, f"_{name}")[..., 0])
        for name in (
            "design",
            "obs_intercept",
            "obs_cov",
            "transition",
            "state_intercept",
            "selection",
            "state_cov",
        )
    )
    y = ssm.endog[0]
    a, P = extended(start.initial_state), extended(start.initial_state_cov)
    states = []
    for value in y:
        v, F = value - (Z @ a + d)[0], (Z @ P @ Z.T + H)[0, 0]
        M = P @ Z[0]
        seen = not np.isnan(value)
        states.append((a, P, M / F * seen, v / F if seen else 0, seen / F))
        if seen:
            a, P = a + M / F * v, P - np.outer(M, M) / F
        a, P = T @ a + c, T @ P @ T.T + R @ Q @ R.T
    m = len(a)
    r, N = np.zeros(m, dtype=np.longdouble), np.zeros((m, m), dtype=np.longdouble)
    found: dict[str, list[np.ndarray]] = {
        "smoothed_state": [],
        "smoothed_state_cov": [],
    }
    for a, P, K, u, inverse in reversed(states):
        L = T @ (np.eye(m) - np.outer(K, Z[0]))
        r = L.T @ r + Z[0] * u
        N = L.T @ N @ L + np.outer(Z[0], Z[0]) * inverse
        found["smoothed_state"].insert(0, a + P @ r)
        found["smoothed_state_cov"].insert(0, P @ (np.eye(m) - N @ P))
    found["predicted_state"] = [state[0] for state in states]
    found["predicted_state_cov"] = [state[1] for state in states]
    return {name: np.stack(values, axis=-1) for name, values in found.items()}


def error(given: np.ndarray, exact: np.ndarray) -> float:
    given = given[..., : exact.shape[-1]]
    return float(np.max(np.abs(given - exact) / np.maximum(1, np.abs(exact))))
