# SPDX-License-Identifier: BSD-3-Clause
"""Stand-in."""
import contextlib

from statsmodels.tsa.statespace.simulation_smoother import SimulationSmoother


class StateSpace(SimulationSmoother):
    touched = False
    exposed = False
    engine_used = "statsmodels"
    reason = "stand-in"

    @contextlib.contextmanager
    def updating(self):
        yield

    def before_change(self, callback):
        pass
