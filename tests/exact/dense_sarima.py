# SPDX-License-Identifier: BSD-3-Clause
"""Small SARIMA models: their state space and the dense Gaussian densities of y.

What `test_identity` compares with: every number comes from the matrices of the
state space. Times are counted from 0. Arrays are over sigma2.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

NOBS = 12
SIGMA2 = 0.5
KAPPA = 50.0
RATIO = KAPPA / SIGMA2


def spread(values, sign, period):
    """1 + sign * sum of values B^(period i)."""
    polynomial = np.zeros(period * len(values) + 1)
    polynomial[0] = 1.0
    polynomial[period::period] = sign * np.asarray(values)
    return polynomial


def power(polynomial, exponent):
    result = np.ones(1)
    for _ in range(exponent):
        result = np.convolve(result, polynomial)
    return result


@dataclass(frozen=True)
class Model:
    ar: tuple = ()
    diff: int = 0
    ma: tuple = ()
    seasonal_ar: tuple = ()
    seasonal_diff: int = 0
    seasonal_ma: tuple = ()
    period: int = 1
    stationary: bool = True

    @property
    def phi(self):
        """1, -phi_1, ..., the signs included."""
        return np.convolve(
            spread(self.ar, -1.0, 1), spread(self.seasonal_ar, -1.0, self.period)
        )

    @property
    def theta(self):
        return np.convolve(
            spread(self.ma, 1.0, 1), spread(self.seasonal_ma, 1.0, self.period)
        )

    def differences(self, diff, seasonal_diff):
        seasonal = spread([1.0], -1.0, self.period)
        return np.convolve(
            power(np.array([1.0, -1.0]), diff), power(seasonal, seasonal_diff)
        )

    @property
    def filter(self):
        """x = filter(B) y, zeros before the series."""
        return np.convolve(self.phi, self.differences(self.diff, self.seasonal_diff))

    @property
    def p(self):
        return len(self.phi) - 1

    @property
    def q(self):
        return len(self.theta) - 1

    @property
    def r(self):
        return max(self.p, self.q + 1)

    @property
    def kd(self):
        return self.diff + self.period * self.seasonal_diff

    @property
    def c(self):
        if not self.stationary:
            return max(self.kd + self.p, self.r)
        return max(self.kd + self.p, self.q) if self.p else self.kd

    @property
    def ma_gamma(self):
        theta, q = self.theta, self.q
        return np.array([theta[: q + 1 - k] @ theta[k:] for k in range(q + 1)])


SPECIFICATIONS = {
    "(1,0,0)": {"ar": (0.6,)},
    "(0,0,2)": {"ma": (0.4, -1.5)},  # not invertible
    "(2,1,1)": {"ar": (0.5, -0.4), "diff": 1, "ma": (0.7,)},
    "(1,0,3)": {"ar": (-0.6,), "ma": (0.3, -0.5, 0.8)},  # q* > kd + p*
    "(0,2,1)": {"diff": 2, "ma": (-0.6,)},
    "(0,1,1)(0,1,1)3": {
        "diff": 1,
        "ma": (-0.4,),
        "seasonal_diff": 1,
        "seasonal_ma": (-0.6,),
        "period": 3,
    },
    "(1,1,1)(1,1,1)2": {
        "ar": (0.5,),
        "diff": 1,
        "ma": (0.4,),
        "seasonal_ar": (-0.5,),
        "seasonal_diff": 1,
        "seasonal_ma": (0.7,),
        "period": 2,
    },
    "(0,1,2)(1,0,1)3": {  # q* > kd + p*
        "diff": 1,
        "ma": (0.3, 0.5),
        "seasonal_ar": (0.6,),
        "seasonal_ma": (-0.4,),
        "period": 3,
    },
    "(1,0,1)(0,2,0)2": {
        "ar": (0.7,),
        "ma": (-0.3,),
        "seasonal_diff": 2,
        "period": 2,
    },
}
MODELS = {
    f"{name} {mode}": Model(**specification, stationary=mode == "stationary")
    for name, specification in SPECIFICATIONS.items()
    for mode in ("stationary", "diffuse")
}
MODELS["explosive diffuse"] = Model((1.1,), 0, (0.4,), stationary=False)


def state_space(model):
    """Design (m,), transition (m, m) and selection (m,), as statsmodels has them."""
    d, s, kd, r = model.diff, model.period, model.kd, model.r
    design = np.zeros(kd + r)
    transition = np.zeros((kd + r, kd + r))
    ends = [d + s * (b + 1) - 1 for b in range(model.seasonal_diff)]
    design[[*range(d), *ends, kd]] = 1.0
    for k in range(d):
        transition[k, k:] = design[k:]
    for b, end in enumerate(ends):
        first = end - s + 1
        transition[first, [end, *ends[b + 1 : b + 2], kd]] = 1.0
        transition[range(first + 1, end + 1), range(first, end)] = 1.0
    transition[kd : kd + model.p, kd] = -model.phi[1:]
    transition[range(kd, kd + r - 1), range(kd + 1, kd + r)] = 1.0
    selection = np.zeros(kd + r)
    selection[kd : kd + model.q + 1] = model.theta
    return design, transition, selection


def lyapunov(transition, shocks):
    """P = T P T' + shocks."""
    m = len(transition)
    system = np.eye(m * m) - np.kron(transition, transition)
    return np.linalg.solve(system, shocks.reshape(-1)).reshape(m, m)


@cache
def dense_covariance(model, nobs=NOBS):
    """Covariance of y over sigma2."""
    design, transition, selection = state_space(model)
    shocks = np.outer(selection, selection)
    cov = RATIO * np.eye(len(design))
    if model.stationary:
        arma = slice(model.kd, None)
        cov[arma, arma] = lyapunov(transition[arma, arma], shocks[arma, arma])
    result = np.empty((nobs, nobs))
    for t in range(nobs):
        cross = cov @ design
        for u in range(t, nobs):
            result[t, u] = result[u, t] = design @ cross
            cross = transition @ cross
        cov = transition @ cov @ transition.T + shocks
    return result


def log_normal(x, cov):
    """Log density of N(0, sigma2 cov)."""
    sign, log_det = np.linalg.slogdet(cov)
    squares = x @ np.linalg.solve(cov, x)
    assert sign > 0
    return -0.5 * (len(x) * np.log(2 * np.pi * SIGMA2) + log_det + squares / SIGMA2)


def series(seed):
    """Any values will do: an identity of densities holds for all of them."""
    return np.random.default_rng(seed).standard_normal(NOBS).cumsum()


def filter_matrix(polynomial, nobs=NOBS):
    """The filter polynomial(B) with zeros before the series."""
    return np.tril(toeplitz(polynomial, nobs))


def covariance_of_x(model):
    matrix = filter_matrix(model.filter)
    return matrix @ dense_covariance(model) @ matrix.T


def toeplitz(gamma, size):
    padded = np.zeros(max(size, len(gamma)))
    padded[: len(gamma)] = gamma
    return padded[np.abs(np.subtract.outer(np.arange(size), np.arange(size)))]
