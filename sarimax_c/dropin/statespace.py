# SPDX-License-Identifier: BSD-3-Clause
"""statsmodels' state space model with its filter and smoother in C."""

from __future__ import annotations

from typing import Any

from sarimax_c.dropin.watch import Watched

__all__ = ["StateSpace"]


class StateSpace(Watched):
    """
    ``SimulationSmoother`` whose filter and smoother run in C for any matrices.

    Attributes
    ----------
    engine : str
        "auto", or "statsmodels" to run statsmodels' filter.
    engine_used : str
        Whose filter or smoother ran last, "identical" or "statsmodels".
    reason : str
        Why it was statsmodels'; else empty.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.engine = "auto"
        self.engine_used = "statsmodels"
        self.reason = ""
        super().__init__(*args, **kwargs)

    def filter(self, *args: Any, **kwargs: Any) -> Any:
        with self.internal():
            return super().filter(*args, **kwargs)

    def smooth(self, *args: Any, **kwargs: Any) -> Any:
        with self.internal():
            return super().smooth(*args, **kwargs)

    def loglike(self, **kwargs: Any) -> float:
        with self.internal():
            llf: float = super().loglike(**kwargs)
        return llf

    def loglikeobs(self, **kwargs: Any) -> Any:
        with self.internal():
            return super().loglikeobs(**kwargs)

    def _filter(self, *args: Any, **kwargs: Any) -> Any:
        self.engine_used, self.reason = "statsmodels", "not built"
        return super()._filter(*args, **kwargs)
