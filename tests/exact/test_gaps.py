# SPDX-License-Identifier: BSD-3-Clause
"""
Imputed values against quad precision.

As a function of a missing y_g the log-likelihood is a parabola,
-(y_g - mean)^2 / (2 var): three values of the judge give both.
"""

import numpy as np
import pytest
from quad import quad_loglike_pair

import sarimax_c as sx

NOBS = 80
GAPS = {
    "leading": [0, 1, 2],
    "seasonal": [0, 4, 8, 9],
    "inner": [30, 31, 50],
    "all kinds": [0, 3, 5, 29, 30, 31, 78, 79],
}
MODELS = {
    "random walk": ((0, 1, 1), (0, 0, 0, 0), [-0.4]),
    "airline": ((0, 1, 1), (0, 1, 1, 4), [-0.3, -0.5]),
    "twice": ((1, 2, 1), (0, 0, 0, 0), [0.4, -0.5]),
    "stationary": ((2, 0, 1), (1, 0, 0, 4), [0.5, 0.2, 0.3, 0.4]),
}


def _judged(y, gap, mean, sd, order, seasonal, params):
    values = []
    for step in (-100 * sd, 0.0, 100 * sd):
        filled = y.copy()
        filled[gap] = mean + step
        values.append(
            quad_loglike_pair(filled, order, seasonal, params, loglikelihood_burn=0)
        )
    (below, a), (middle, b), (above, c) = values
    second = (below - middle) + (above - middle) + (a - b) + (c - b)
    var = -((100 * sd) ** 2) / second
    return mean + var * ((above - below) + (c - a)) / (200 * sd), var


@pytest.mark.parametrize("sigma2", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("gaps", GAPS)
@pytest.mark.parametrize("name", MODELS)
def test_means_and_variances_are_the_true_ones(name, gaps, sigma2):
    order, seasonal, params = MODELS[name]
    params = [*params, sigma2]
    rng = np.random.default_rng(len(name))
    y = np.sqrt(sigma2) * rng.standard_normal(NOBS).cumsum()
    y[GAPS[gaps]] = np.nan
    # tolerance=0: the steady state is not the model's, but statsmodels'.
    mean, var = sx.sarimax_impute(y, None, order, seasonal, params, tolerance=0.0)
    # The filter's own rounding, with kappa = 1e6 in the diffuse states.
    diffuse = order[1] + seasonal[1] > 0
    limit = 1e-9 * (10.0 / sigma2 if diffuse else 1.0)
    for gap in GAPS[gaps]:
        sd = np.sqrt(var[gap])
        true_mean, true_var = _judged(y, gap, mean[gap], sd, order, seasonal, params)
        assert abs(mean[gap] - true_mean) <= limit * np.sqrt(true_var)
        assert abs(var[gap] - true_var) <= limit * true_var
