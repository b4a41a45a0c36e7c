# SPDX-License-Identifier: BSD-3-Clause
"""The identities of docs/exact.md against dense Gaussian densities, in numpy.

No line of the package is used. One side is the state space: the covariance of
y_1..y_n from its matrices (`dense_sarima`). The other side is what docs/exact.md
says, written down with small dense arrays. Times are counted from 0 here, from 1
there.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from dense_sarima import (
    MODELS,
    NOBS,
    RATIO,
    SIGMA2,
    Model,
    covariance_of_x,
    dense_covariance,
    filter_matrix,
    log_normal,
    lyapunov,
    series,
    state_space,
    toeplitz,
)

# Rounding may cost as many digits as the condition number of the covariance has;
# a test says that AGREES is more than that for every model here. A wrong identity
# is off by more than NOTICED.
AGREES = 1e-9
NOTICED = 1e-4


def every(choose=lambda model: True):
    names = [name for name, model in MODELS.items() if choose(model)]
    assert names
    return pytest.mark.parametrize("name", names)


# ---- the other side: what docs/exact.md says ------------------------------------


def factor_autocovariances(ar, ma, count, terms=2000):
    """Of one ARMA factor with unit innovations, from its psi weights."""
    psi = np.zeros(terms + count)
    psi[0] = 1.0
    psi[1 : len(ma) + 1] = ma
    for t in range(1, len(psi)):
        k = min(t, len(ar))
        psi[t] += psi[t - k : t][::-1] @ np.asarray(ar[:k])
    return np.array([psi[:terms] @ psi[h : terms + h] for h in range(count)])


def autocovariances(model, count, terms=80):
    """gamma(h) = sum_j beta(j) alpha(h - s j)."""
    s = model.period
    alpha = factor_autocovariances(model.ar, model.ma, count + s * terms)
    beta = factor_autocovariances(model.seasonal_ar, model.seasonal_ma, terms)
    return np.array(
        [
            sum(beta[abs(j)] * alpha[abs(h - s * j)] for j in range(1 - terms, terms))
            for h in range(count)
        ]
    )


@cache
def arma_start(model):
    """P_arma of a stationary start: first row, then from the last row up."""
    r = model.r
    phi = np.append(-model.phi[1:], np.zeros(r + 1))
    theta = np.append(model.theta, np.zeros(r + 1))
    row = np.append((filter_matrix(model.phi, r) @ autocovariances(model, r)), 0.0)
    cov = np.zeros((r + 1, r + 1))
    for i in range(r - 1, 0, -1):
        for j in range(r - 1, 0, -1):
            cov[i, j] = cov[i + 1, j + 1] + theta[i] * theta[j]
            cov[i, j] += phi[i] * phi[j] * row[0]
            cov[i, j] += phi[i] * row[j + 1] + phi[j] * row[i + 1]
    cov[0], cov[:, 0] = row, row
    return cov[:r, :r]


def generators_of_z(model):
    """What a unit of each initial difference adds to z, in the order of the states."""
    d, total = model.diff, model.seasonal_diff
    found = [model.differences(d - 1 - k, total) for k in range(d)]
    for b in range(total):
        seasonal = model.differences(0, total - 1 - b)
        found += [
            np.append(np.zeros(model.period - 1 - j), seasonal)
            for j in range(model.period)
        ]
    return found


def generators(model):
    """The same for x."""
    return [np.convolve(model.phi, f) for f in generators_of_z(model)]


def first_block(model, size):
    """Pi = K + P_arma + G of the first values of x."""
    block = np.zeros((size, size))
    for f in generators(model):
        column = np.append(f, np.zeros(size))[:size]
        block += RATIO * np.outer(column, column)
    m = min(model.r, size)
    start = arma_start(model) if model.stationary else RATIO * np.eye(model.r)
    block[:m, :m] += start[:m, :m]
    truncated = np.zeros((size + 1, size + 1))
    theta = np.append(model.theta, np.zeros(size))
    for t in range(1, size):
        for u in range(1, size):
            truncated[t, u] = truncated[t - 1, u - 1] + theta[t - 1] * theta[u - 1]
    return block + truncated[:size, :size]


@dataclass
class Run:
    """State of the recursion after some steps."""

    F: float
    g: np.ndarray
    L: np.ndarray
    variances: list
    rho: list
    e: np.ndarray  # (columns, nobs): innovations, then what is left of the rest


def schur(gamma, columns, steps):
    """Innovations of a moving average in the order of the columns' values."""
    q = len(gamma) - 1
    e = np.pad(np.asarray(columns, dtype=float), ((0, 0), (0, q)))
    run = Run(gamma[0], gamma[1:].copy(), np.append(gamma[1:], 0.0), [], [], e)
    for t in range(steps):
        rho = run.L[0] / run.F
        e[:, t + 1 : t + 1 + q] -= np.outer(e[:, t] / run.F, run.g)
        run.variances.append(run.F)
        run.rho.append(rho)
        run.F -= rho * run.L[0]
        shifted = run.L[1:]
        run.L = np.append(shifted - rho * run.g, 0.0)
        run.g = run.g - rho * shifted
    run.e = e[:, : np.shape(columns)[1]]
    return run


def reduction(run):
    """R of the next q values, in the order of processing."""
    q = len(run.g)
    known = np.zeros((q + 1, q + 1))
    for i in range(q - 1, -1, -1):
        for j in range(q - 1, -1, -1):
            change = run.g[i] * run.g[j] - run.L[i] * run.L[j]
            known[i, j] = known[i + 1, j + 1] + change / run.F
    return known[:q, :q]


def products(cov, columns):
    """log |cov| and columns cov^-1 columns'."""
    return np.linalg.slogdet(cov)[1], columns @ np.linalg.solve(cov, columns.T)


def all_products(model, columns, c, with_reduction=True):
    """The same for x_1..x_m, by the recursion and the first block."""
    nobs = columns.shape[1]
    if nobs <= c:
        return products(first_block(model, c)[:nobs, :nobs], columns)
    steps, h = nobs - c, min(model.q, c)
    run = schur(model.ma_gamma, columns[:, ::-1], steps)
    block = first_block(model, c)
    if with_reduction:
        block[c - h :, c - h :] -= reduction(run)[:h, :h][::-1, ::-1]
    log_det, gram = products(block, run.e[:, steps:][:, ::-1])
    scaled = run.e[:, :steps] / np.sqrt(run.variances)
    return np.sum(np.log(run.variances)) + log_det, gram + scaled @ scaled.T


def log_density(model, columns, c=None, with_reduction=True):
    """Of x in column 0, the values at the gaps (the other columns) integrated out."""
    c = model.c if c is None else c
    log_det, gram = all_products(model, columns, c, with_reduction)
    gap_det, explained = products(gram[1:, 1:], gram[:1, 1:])
    count = columns.shape[1] - len(columns) + 1
    squares = gram[0, 0] - explained[0, 0]
    logs = count * np.log(2 * np.pi * SIGMA2) + log_det + gap_det
    return -0.5 * (logs + squares / SIGMA2)


def columns_of(model, y, gaps=()):
    """x and what a unit at each gap adds to it."""
    units = np.eye(len(y))[np.array(gaps, dtype=int)]
    return np.vstack([y, units]) @ filter_matrix(model.filter, len(y)).T


def close(expected):
    return pytest.approx(expected, rel=AGREES)


# ---- the two sides --------------------------------------------------------------


@every()
def test_double_precision_is_conclusive(name):
    condition = np.linalg.cond(dense_covariance(MODELS[name]))
    assert condition * np.finfo(float).eps < AGREES


@every()
def test_x_is_a_moving_average_after_c(name):
    """Its covariance with all later values too, and c is the smallest such number."""
    model = MODELS[name]
    cov = covariance_of_x(model)
    difference = np.abs(cov - toeplitz(model.ma_gamma, NOBS)).max(axis=0)
    np.testing.assert_allclose(difference[model.c :], 0.0, atol=1e-10 * RATIO)
    if model.c > 0:
        assert difference[model.c - 1] > 1e-2


@every(lambda model: model.kd > 0)
def test_generators(name):
    """K: the response of x to each initial difference through the transition."""
    model = MODELS[name]
    design, transition, _ = state_space(model)
    response = np.array(
        [design @ np.linalg.matrix_power(transition, t) for t in range(NOBS)]
    )
    actual = filter_matrix(model.filter) @ response[:, : model.kd]
    for column, f in zip(actual.T, generators(model), strict=True):
        expected = np.append(f, np.zeros(NOBS))[:NOBS]
        np.testing.assert_allclose(column, expected, atol=1e-12)


def test_a_third_seasonal_difference_has_other_generators():
    """Each block is linked to the next alone: the states are no differences."""
    model = Model(seasonal_diff=3, period=2)
    assert len(generators(model)) == model.kd
    cov = covariance_of_x(model)
    assert np.abs(cov[model.kd :, model.kd :] - np.eye(NOBS - model.kd)).max() > 1.0


@every(lambda model: model.c > 0)
def test_first_block(name):
    model = MODELS[name]
    expected = covariance_of_x(model)[: model.c, : model.c]
    actual = first_block(model, model.c)
    np.testing.assert_allclose(actual, expected, atol=1e-12 * RATIO)


@every(lambda model: model.stationary)
def test_first_block_in_z(name):
    """K_z + Gamma^w, and nothing of K_z below the first kd rows."""
    model = MODELS[name]
    c = model.c
    phi = filter_matrix(model.phi, c)
    expected = np.linalg.solve(phi, covariance_of_x(model)[:c, :c])
    expected = np.linalg.solve(phi, expected.T)
    actual = toeplitz(autocovariances(model, max(c, 1)), c)
    for f in generators_of_z(model):
        assert len(f) <= model.kd
        column = np.append(f, np.zeros(c))[:c]
        actual += RATIO * np.outer(column, column)
    np.testing.assert_allclose(actual, expected, atol=1e-12 * RATIO)


@every()
def test_block_identity(name):
    """The density of x_1..x_m for every m, up to c and beyond."""
    model = MODELS[name]
    y = series(0)
    cov = dense_covariance(model)
    for nobs in range(1, NOBS + 1):
        expected = log_normal(y[:nobs], cov[:nobs, :nobs])
        assert log_density(model, columns_of(model, y[:nobs])) == close(expected)


@every()
def test_burned_periods(name):
    """What is left of the likelihood behind any burn, the leading block included."""
    model = MODELS[name]
    y = series(1)
    cov = dense_covariance(model)
    whole = log_density(model, columns_of(model, y))
    for burn in range(NOBS):
        before = log_density(model, columns_of(model, y[:burn]))
        cross = np.linalg.solve(cov[:burn, :burn], cov[:burn, burn:])
        mean = cross.T @ y[:burn]
        left = cov[burn:, burn:] - cov[burn:, :burn] @ cross
        assert whole - before == close(log_normal(y[burn:] - mean, left))


@every(lambda model: model.c > 0 and model.q > 0)
@pytest.mark.parametrize("wrong", ["c too small", "R left out", "blocks independent"])
def test_a_wrong_identity_is_noticed(name, wrong):
    model = MODELS[name]
    y = series(0)
    expected = log_normal(y, dense_covariance(model))
    columns = columns_of(model, y)
    if wrong == "c too small":
        actual = log_density(model, columns, c=model.c - 1)
    elif wrong == "R left out":
        actual = log_density(model, columns, with_reduction=False)
    else:
        alone = Model(ma=tuple(model.theta[1:]))
        actual = log_density(alone, columns[:, model.c :])
        actual += log_density(model, columns[:, : model.c])
    assert abs(actual - expected) > NOTICED


@every(lambda model: model.stationary and 0 < model.kd + model.p < model.q and model.p)
def test_c_without_q_is_noticed(name):
    """The pre-sample values in x_1..x_p* correlate with x up to q*."""
    model = MODELS[name]
    y = series(0)
    actual = log_density(model, columns_of(model, y), c=model.kd + model.p)
    assert abs(actual - log_normal(y, dense_covariance(model))) > NOTICED


# ---- the recursion --------------------------------------------------------------


@every(lambda model: model.q > 0 and model.stationary)
def test_recursion(name):
    """F, v, rho, R and what is left of later values against the dense covariance."""
    model = MODELS[name]
    q = model.q
    gamma = toeplitz(model.ma_gamma, NOBS + q)
    x = np.random.default_rng(2).standard_normal((1, NOBS + q))
    for steps in range(1, NOBS + 1):
        run = schur(model.ma_gamma, x, steps)
        seen, later = slice(steps), slice(steps, steps + q)
        gain = np.linalg.solve(gamma[seen, seen], gamma[seen, later])
        known = gamma[later, seen] @ gain
        np.testing.assert_allclose(reduction(run), known, atol=1e-11)
        np.testing.assert_allclose(run.e[0, later], x[0, later] - x[0, seen] @ gain)
        variances = np.diag(np.linalg.cholesky(gamma[seen, seen])) ** 2
        np.testing.assert_allclose(run.variances, variances)
        one_ahead = np.linalg.solve(gamma[seen, seen], gamma[seen, steps])
        assert run.rho[-1] == pytest.approx(one_ahead[0], abs=1e-11)


@every(lambda model: model.q > 0 and model.c > 0)
def test_backwards_the_first_values_come_last(name):
    """R and what the run leaves: moments of x_1..x_c given all later values."""
    model = MODELS[name]
    c, h = model.c, min(model.q, model.c)
    cov = covariance_of_x(model)
    x = columns_of(model, series(0))
    run = schur(model.ma_gamma, x[:, ::-1], NOBS - c)
    gain = np.linalg.solve(cov[c:, c:], cov[c:, :c])
    known = np.zeros((c, c))
    known[c - h :, c - h :] = reduction(run)[:h, :h][::-1, ::-1]
    np.testing.assert_allclose(known, cov[:c, c:] @ gain, atol=1e-9)
    left = run.e[0, NOBS - c :][::-1]
    np.testing.assert_allclose(left, x[0, :c] - x[0, c:] @ gain, atol=1e-9)


def test_steady_after_q_quiet_steps():
    """From then on F and g move by rho^2 and the innovations are a plain filter."""
    model = Model(ma=(0.3,), seasonal_ma=(0.2,), period=4)
    q, nobs = model.q, 200
    x = np.random.default_rng(3).standard_normal((1, nobs))
    exact = schur(model.ma_gamma, x, nobs)
    quiet = np.abs(exact.rho) < 1e-9
    first = next(t for t in range(nobs) if quiet[t : t + q].all()) + q
    assert q < first < nobs // 2
    steady = schur(model.ma_gamma, x, first)
    v = steady.e[0].copy()
    for t in range(first, nobs):
        for j in range(1, q + 1):
            v[t] -= steady.g[j - 1] / steady.F * v[t - j] * (t - j >= first)
    np.testing.assert_allclose(v, exact.e[0], rtol=0, atol=1e-13)
    np.testing.assert_allclose(exact.variances[first:], steady.F, rtol=1e-15)


def test_fewer_quiet_steps_are_not_steady():
    """A seasonal moving average is quiet between seasons from the start."""
    model = Model(seasonal_ma=(0.7,), period=4)
    run = schur(model.ma_gamma, np.ones((1, NOBS)), NOBS)
    assert run.rho[: model.q - 1] == [0.0] * (model.q - 1)
    assert run.variances[0] - run.F > 0.1


# ---- missing values -------------------------------------------------------------


@every()
@pytest.mark.parametrize("gaps", [(0,), (11,), (4, 5, 6), (0, 3, 8, 9)], ids=str)
def test_missing_values_by_columns(name, gaps):
    """Whatever stands at the gaps, and with a burn on either side of them."""
    model = MODELS[name]
    y = series(4)
    y[list(gaps)] = 10.0
    cov = dense_covariance(model)

    def dense(end):
        seen = [t for t in range(end) if t not in gaps]
        return log_normal(y[seen], cov[np.ix_(seen, seen)])

    for end in (model.kd, model.kd + model.r, NOBS):
        inside = [t for t in gaps if t < end]
        actual = log_density(model, columns_of(model, y[:end], inside))
        assert actual == close(dense(end))


def test_a_gap_without_its_determinant_is_noticed():
    model = MODELS["(0,1,1)(0,1,1)3 stationary"]
    columns = columns_of(model, series(0), [6])
    _, gram = all_products(model, columns, model.c)
    assert abs(np.log(gram[1, 1])) > NOTICED


# ---- forecasts ------------------------------------------------------------------

AHEAD = 7


def forecast(model, y, gaps, shocks=True):
    """Mean, and variance over sigma2, of the periods after y."""
    n, m = len(y), min(AHEAD, model.q)
    columns = columns_of(model, y, gaps)
    count = len(columns)
    longer = np.zeros((count + m, n + m))
    longer[:count, :n] = columns
    longer[count:, n:] = np.eye(m)
    _, gram = all_products(model, longer, model.c)
    inverse = np.linalg.inv(gram[1:, 1:])
    unknown = -inverse @ gram[1:, 0]
    filled = y.copy()
    filled[list(gaps)] += unknown[: count - 1]
    rows = filter_matrix(model.filter, n + AHEAD)[n:]
    psi = np.linalg.inv(rows[:, n:])
    x = np.append(unknown[count - 1 :], np.zeros(AHEAD - m))
    loadings = np.hstack([-psi @ rows[:, list(gaps)], psi[:, :m]])
    theta = filter_matrix(model.theta, AHEAD)
    more = ((psi @ theta) ** 2 - (psi[:, :m] @ theta[:m]) ** 2).sum(axis=1)
    var = ((loadings @ inverse) * loadings).sum(axis=1) + shocks * more
    return psi @ (x - rows[:, :n] @ filled), var


def conditional(model, y, gaps):
    """The same from the covariance of y and what follows."""
    n = len(y)
    cov = dense_covariance(model, n + AHEAD)
    seen = [t for t in range(n) if t not in gaps]
    gain = np.linalg.solve(cov[np.ix_(seen, seen)], cov[seen, n:]).T
    return gain @ y[seen], np.diag(cov[n:, n:] - gain @ cov[seen, n:])


@every()
@pytest.mark.parametrize("gaps", [(), (10,), (0, 3, 8, 9)], ids=str)
def test_forecasts(name, gaps):
    model = MODELS[name]
    y = series(5)
    actual, expected = forecast(model, y, gaps), conditional(model, y, gaps)
    np.testing.assert_allclose(actual[0], expected[0], rtol=AGREES, atol=AGREES)
    np.testing.assert_allclose(actual[1], expected[1], rtol=AGREES)


def test_shocks_beyond_the_unknowns_are_noticed():
    model = MODELS["(0,1,1)(0,1,1)3 stationary"]
    short = forecast(model, series(5), (), shocks=False)[1]
    missing = conditional(model, series(5), ())[1] - short
    assert (np.abs(missing[model.q :]) > NOTICED).all()
    assert np.abs(missing[: model.q]).max() < AGREES


# ---- trend ----------------------------------------------------------------------


@every()
def test_trend_moves_x_alone(name):
    """E x_t = c_{t-1}, and the start's mean in the first r values."""
    model = MODELS[name]
    design, transition, _ = state_space(model)
    first, r = model.kd, model.r
    trend = 0.5 + 0.25 * np.arange(NOBS)
    expected = np.append(0.0, trend[:-1])
    state = np.zeros(first + r)
    if model.stationary:
        unit = trend[0] * np.eye(r)[0]
        state[first:] = np.linalg.solve(np.eye(r) - transition[first:, first:], unit)
        tails = np.append(-model.phi[1:], np.zeros(r))[:r][::-1].cumsum()[::-1]
        mean = trend[0] / model.phi.sum() * np.append(1.0, tails[1:])
        np.testing.assert_allclose(state[first:], mean)
        expected[:r] += mean
    means = []
    for t in range(NOBS):
        means.append(design @ state)
        state = transition @ state
        state[first] += trend[t]
    actual = filter_matrix(model.filter) @ means
    np.testing.assert_allclose(actual, expected, atol=1e-11)


# ---- autocovariances ------------------------------------------------------------


@every(lambda model: model.stationary)
def test_product_form(name):
    model = MODELS[name]
    _, transition, selection = state_space(model)
    arma = slice(model.kd, None)
    power, cov = transition[arma, arma], np.outer(selection[arma], selection[arma])
    cov = lyapunov(power, cov)
    expected = []
    for _ in range(6):
        expected.append(cov[0, 0])
        cov = power @ cov
    np.testing.assert_allclose(autocovariances(model, 6), expected, atol=1e-12)


def _exact_variance(phi):
    """Variance of an autoregression in fractions: Yule and Walker's equations."""
    p = len(phi)
    rows = [[Fraction(int(i == j)) for j in range(p + 1)] for i in range(p + 1)]
    for i in range(p + 1):
        for k in range(1, p + 1):
            rows[i][abs(i - k)] -= phi[k - 1]
        rows[i].append(Fraction(int(i == 0)))
    for i in range(p, -1, -1):  # eliminates the last unknown first
        pivot = next(j for j in range(i + 1) if rows[j][i] != 0)
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for j in range(i):
            factor = rows[j][i] / rows[i][i]
            rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return rows[0][-1] / rows[0][0]


def test_expanding_the_polynomial_loses_the_digits():
    """Rounding one coefficient is enough; all else here is exact arithmetic."""
    a = b = 0.999999
    phi, seasonal = Fraction(a), Fraction(b)
    true = _exact_variance([phi, seasonal, -phi * seasonal])
    closed = (1 + phi**2 * seasonal) / (1 - phi**2 * seasonal)
    closed /= (1 - phi**2) * (1 - seasonal**2)
    assert true == closed  # period 2: alpha(0) beta(0) sum_j phi^2|j| seasonal^|j|
    rounded = _exact_variance([phi, seasonal, Fraction(-(a * b))])
    assert abs(rounded / true - 1) > 1e-6
    product = (1 + a * a * b) / (1 - a * a * b)
    product /= (1 - a) * (1 + a) * (1 - b) * (1 + b)
    assert abs(Fraction(product) / true - 1) < 1e-9
