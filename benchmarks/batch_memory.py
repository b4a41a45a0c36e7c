# SPDX-License-Identifier: BSD-3-Clause
"""Peak memory of a process that computes log-likelihoods of many series.

``python -m benchmarks.batch_memory COUNT`` prints bytes as JSON.
"""

import json
import resource
import sys

from .__main__ import _use_installed_package
from .simulated import AIRLINE, airline_table


def main():
    _use_installed_package()
    import sarimax_c as sx

    table = airline_table(int(sys.argv[1]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    values = sx.batch_loglike(table.y, params=table.params, **AIRLINE)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sizes = {"input": table.y.nbytes + table.params.nbytes, "output": values.nbytes}
    peaks = {"before": before * 1024, "peak": after * 1024}  # KiB on Linux
    print(json.dumps(sizes | peaks))


if __name__ == "__main__":
    main()
