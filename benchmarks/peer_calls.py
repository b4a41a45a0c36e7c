# SPDX-License-Identifier: BSD-3-Clause
"""How the other packages are called."""

import time
from collections.abc import Callable
from importlib import metadata
from typing import NamedTuple

ENGINE = "exact"  # the engine of sarimax_c that is measured
REFERENCE = "statsmodels"


class Calls(NamedTuple):
    """What a package offers for one model and series.

    ``fit()`` gives the reached log-likelihood and the parameters, the variance may be
    left out. A package without ``loglike(params)`` has ``near(params)``: its
    log-likelihood at parameters near these, and the parameters.
    """

    fit: Callable
    loglike: Callable | None = None
    near: Callable | None = None


def _reached(result):
    return result.llf, result.params


def _sarimax_c(case, y):
    import sarimax_c as sx

    def model():
        return sx.Model(y, order=case.order, seasonal=case.seasonal, engine=ENGINE)

    return Calls(lambda: _reached(model().fit()), model().loglike)


def _sarimax_c_batch(case, series):
    import sarimax_c as sx

    options = {"order": case.order, "seasonal": case.seasonal, "engine": ENGINE}
    return list(sx.batch_fit(series, n_threads=1, **options).params)


def _statsmodels(case, y):
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    def model():
        return SARIMAX(y, order=case.order, seasonal_order=case.seasonal)

    return Calls(lambda: _reached(model().fit(disp=False)), model().loglike)


def _pmdarima(case, y):
    from pmdarima import ARIMA

    def fit(**options):
        model = ARIMA(case.order, case.seasonal, with_intercept=False, **options)
        return model.fit(y).arima_res_

    # The statsmodels model is there after a fit only.
    return Calls(lambda: _reached(fit()), fit(maxiter=0).model.loglike)


def _pmdarima_rs(case, y):
    from pmdarima_rs import ARIMA

    def fit(**options):
        model = ARIMA(case.order, case.seasonal, with_intercept=False, **options)
        model.fit(y)
        return model.arima_res_.llf, model.params()

    return Calls(fit, near=lambda params: fit(start_params=params, maxiter=0))


def _rustima(case, y):
    import rustima

    model = rustima.SARIMAXModel
    spec = {"order": case.order, "seasonal_order": case.seasonal}
    return Calls(
        lambda: _reached(model(y, **spec).fit()),
        lambda p: rustima.sarimax_loglike(y, case.order, case.seasonal, p),
    )


def _rustima_batch(case, series):
    import rustima

    found = rustima.sarimax_batch_fit(series, case.order, case.seasonal)
    return [fit.get("params") for fit in found]


def _skforecast(case, y):
    from skforecast.stats import Arima
    from skforecast.stats.arima import arima

    m = max(case.seasonal[3], 1)
    seasonal = case.seasonal[:3]

    def fit():
        model = Arima(case.order, seasonal_order=seasonal, m=m, fit_intercept=False)
        model.fit(y, suppress_warnings=True)
        return model.loglik_, model.coef_

    def loglike(params):
        options = {"fit_intercept": False, "method": "ML", "fixed": params[:-1].copy()}
        return arima(y, m=m, order=case.order, seasonal=seasonal, **options).loglik

    return Calls(fit, loglike)


def _statsforecast(case, y):
    from statsforecast.models import ARIMA

    names = [
        f"{block}{lag}"
        for block, values in case.blocks().items()
        for lag in range(1, len(values) + 1)
    ]

    spec = {"order": case.order, "seasonal_order": case.seasonal[:3]}
    spec |= {"season_length": max(case.seasonal[3], 1), "include_mean": False}

    def fit(**options):
        result = ARIMA(**spec, **options).fit(y).model_
        return result["loglik"], [result["coef"][name] for name in names]

    def loglike(params):
        fixed = dict(zip(names, map(float, params), strict=False))
        return fit(method="ML", fixed=fixed)[0]

    return Calls(fit, loglike)


class Peer(NamedTuple):
    """A package: its name at the registry and how it is called.

    ``batch``, where it has one, fits a list of series in one call.
    """

    name: str
    bind: Callable
    batch: Callable | None = None

    def fit_many(self, case, series):
        """Parameters of the fits, None where one failed, and seconds in all."""
        if self.batch:
            start = time.perf_counter()
            found = self.batch(case, series)
            return found, time.perf_counter() - start
        found, seconds = zip(*(self._fit(case, y) for y in series), strict=True)
        return list(found), sum(seconds)

    def _fit(self, case, y):
        fit = self.bind(case, y).fit
        start = time.perf_counter()
        try:
            params = fit()[1]
        except Exception:  # whatever a package raises
            params = None
        return params, time.perf_counter() - start

    @property
    def label(self):
        return f"{self.name} ({ENGINE})" if self.bind is _sarimax_c else self.name

    @property
    def version(self):
        """Installed version, or None."""
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError:
            return None


NOTES = """\
loglike: one log-likelihood at given parameters. difference: from statsmodels' at the
same parameters. fit: from the series to the fitted model, each with its own defaults,
no constant; fit llf: the log-likelihood that the package reports; statsmodels: what
statsmodels' log-likelihood is at the parameters of that fit.
sarimax_c: Model.loglike; Model.fit.
statsmodels: SARIMAX.loglike; SARIMAX.fit.
pmdarima: arima_res_.model.loglike, which is statsmodels' model; ARIMA.fit.
pmdarima-rs: no public call for one log-likelihood, so no time; the difference is at the
  parameters and llf of a fit with start_params and maxiter=0. ARIMA.fit.
rustima: sarimax_loglike; SARIMAXModel.fit.
skforecast: stats.arima.arima with all coefficients in fixed, the whole call;
  stats.Arima.fit (stats.Sarimax would be statsmodels again).
statsforecast: models.ARIMA.fit with all coefficients in fixed, the whole call;
  models.ARIMA.fit.
skforecast, statsforecast: as in R's arima the variance is the one that suits the
  coefficients best, and what has no stationary start has the prior variance 1e6 sigma2
  (statsmodels: 1e6) on another set of states, hence most of the difference."""
PEERS = (
    Peer("sarimax_c", _sarimax_c, _sarimax_c_batch),
    Peer(REFERENCE, _statsmodels),
    Peer("pmdarima", _pmdarima),
    Peer("pmdarima-rs", _pmdarima_rs),
    Peer("rustima", _rustima, _rustima_batch),
    Peer("skforecast", _skforecast),
    Peer("statsforecast", _statsforecast),
)
