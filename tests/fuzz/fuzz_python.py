# SPDX-License-Identifier: BSD-3-Clause
"""Atheris on the Python functions: a value, or an exception of the package.

    python tests/fuzz/fuzz_python.py [libFuzzer's options]

A log-likelihood is the same twice; a batch has the value of the single call. A result
that breaks this, and any exception but the package's own, ends the run.
"""

import sys
import warnings

import atheris
import numpy as np

with atheris.instrument_imports(include=["sarimax_c"]):
    import sarimax_c as sx

TRENDS = (None, "n", "c", "t", "ct", [1, 0, 1])
OPTIONS = (
    "measurement_error",
    "enforce_stationarity",
    "enforce_invertibility",
    "concentrate_scale",
    "simple_differencing",
)
ENGINES = ("auto", "exact", "identical")


def draw_model(data):
    """Arguments of a small model; now and then they do not fit together."""
    order = tuple(data.ConsumeIntInRange(-1, 3) for _ in range(3))
    seasonal = tuple(data.ConsumeIntInRange(0, 1) for _ in range(3))
    options = {name: data.ConsumeBool() for name in OPTIONS}
    options["trend"] = data.PickValueInList(list(TRENDS))
    period = data.ConsumeIntInRange(0, 6) if any(seasonal) else 0
    return {"order": order, "seasonal": (*seasonal, period), **options}


def attempt(call):
    """What a call returns; None for an exception that it may raise."""
    try:
        return call()
    except sx.SarimaxError:
        return None


def same(one, other):
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other, equal_nan=True)


def check(raw):
    data = atheris.FuzzedDataProvider(raw)
    keywords = draw_model(data)
    engine = data.PickValueInList(list(ENGINES))
    y = np.array(data.ConsumeFloatListInRange(data.ConsumeIntInRange(0, 40), -1e3, 1e3))
    y[data.ConsumeIntListInRange(len(y) // 8, 0, max(0, len(y) - 1))] = np.nan
    model = attempt(lambda: sx.Model(y, engine=engine, **keywords))
    if model is None:
        return
    params = np.array(data.ConsumeRegularFloatList(len(model.param_names)))
    value = attempt(lambda: model.loglike(params))
    assert same(value, attempt(lambda: model.loglike(params)))
    found = attempt(
        lambda: sx.batch_loglike([y, y], params=params, engine=engine, **keywords)
    )
    assert same(found, None if value is None else [value, value])
    attempt(lambda: model.forecast(params, 3))
    attempt(lambda: model.impute(params))
    attempt(lambda: model.state(params).append(y[:3]).forecast(2))
    attempt(lambda: sx.rolling_forecast(y, None, *_shape(keywords), params, 2))
    attempt(lambda: model.fit(maxiter=2))


def _shape(keywords):
    return keywords["order"], keywords["seasonal"]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
