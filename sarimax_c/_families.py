# SPDX-License-Identifier: BSD-3-Clause
"""The models of `sarimax_c.testing.model_grid`, by family of what they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ._grid import SEASONAL_NONE, Draft, Floats, ModelCase, build


def _choice(rng: np.random.Generator, values: list[Any]) -> Any:
    return values[int(rng.integers(len(values)))]


def _chooser(family_number: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64((family_number, 10_000)))


# ---- families ---------------------------------------------------------------


def _plain() -> Iterator[Draft]:
    rng = _chooser(0)
    for _ in range(80):
        p, d, q = (int(rng.integers(k)) for k in (4, 3, 4))
        yield {
            "order": (p, d, q),
            "nobs": int(rng.integers(25, 140)),
            "sigma2": _choice(rng, [1.0, 0.3, 2.5, 1e-2, 1e-4]),
        }


def _seasonal() -> Iterator[Draft]:
    rng = _chooser(1)
    for _ in range(70):
        s = _choice(rng, [4, 7, 12])
        top = 4 if s == 4 else 2
        draft = {
            "order": tuple(int(rng.integers(k)) for k in (3, 3, 3)),
            "seasonal": (
                int(rng.integers(top)),
                int(rng.integers(3 if s == 4 else 2)),
                int(rng.integers(top)),
                s,
            ),
            "nobs": int(rng.integers(60, 130)),
            "sigma2": _choice(rng, [1.0, 0.3, 2.5, 1e-2]),
        }
        # Data of the size sigma2 says: variances far below it show the rounding of
        # 1e6 eps / sigma2, by which two builds of OpenBLAS move statsmodels itself.
        yield {**draft, "scale": draft["sigma2"] ** 0.5}
    yield {"order": (1, 0, 1), "seasonal": (3, 0, 3, 12), "nobs": 100}
    yield {"order": (3, 0, 3), "seasonal": (3, 1, 3, 7), "nobs": 110}
    yield {"order": (2, 1, 2), "seasonal": (3, 2, 3, 4), "nobs": 90}


def _long_season() -> Iterator[Draft]:
    for number in range(8):
        yield {
            "order": (number % 2, 1, 1),
            "seasonal": (number // 2 % 2, 1 + (number == 7), 1, 24),
            "nobs": 80 + 10 * number,
            "options": {"enforce_stationarity": number != 5},
        }
    for number in range(8):
        yield {
            "order": (number % 3, number % 2, 1),
            "seasonal": (number // 2 % 2, int(number > 1), number // 4 % 2, 52),
            "nobs": 120 + 4 * number,
            "k_exog": int(number == 6),
        }


def _lag_lists() -> Iterator[Draft]:
    rng = _chooser(3)
    terms = [[1, 3], [2], [1, 0, 1], [3], [1, 2], [2, 5], [1, 1, 1], 0, 1, [1, 2, 6]]
    seasonal_terms = [[2], [1, 3], [1, 0, 1], 0, 1]
    for number in range(36):
        order = (_choice(rng, terms), int(rng.integers(2)), _choice(rng, terms))
        seasonal = SEASONAL_NONE
        if number % 3 == 0:
            seasonal = (
                _choice(rng, seasonal_terms),
                int(rng.integers(2)),
                _choice(rng, seasonal_terms),
                7,
            )
        enforce = bool(rng.integers(2))
        yield {
            "order": order,
            "seasonal": seasonal,
            "nobs": int(rng.integers(60, 100)),
            "options": {
                "enforce_stationarity": enforce,
                "enforce_invertibility": enforce,
            },
        }


def _trends() -> Iterator[Draft]:
    trends = ["n", "c", "t", "ct", "ctt", [1, 0, 0, 1], [0, 0, 1], None]
    for number in range(40):
        trend = trends[number % len(trends)]
        options: dict[str, Any] = {"trend": trend}
        if number >= 16:
            options["trend_offset"] = [1, 0, 7, -20, 100][number % 5]
        if number % 7 == 3:
            options["enforce_stationarity"] = False
        if number % 11 == 5:
            options["simple_differencing"] = True
        yield {
            "order": (1 + number % 2, number // 8 % 2, number % 3),
            "seasonal": (1, number // 16 % 2, 0, 4)
            if number % 4 == 3
            else SEASONAL_NONE,
            "nobs": 40 + number,
            "k_exog": number % 3 if number % 5 == 0 else 0,
            "options": options,
        }


def _exog() -> Iterator[Draft]:
    rng = _chooser(5)
    for number in range(30):
        s = _choice(rng, [0, 4, 12])
        yield {
            "order": tuple(int(rng.integers(k)) for k in (3, 2, 3)),
            "seasonal": (1, int(rng.integers(2)), 1, s) if s else SEASONAL_NONE,
            "nobs": int(rng.integers(50, 100)),
            "k_exog": 1 + number % 3,
            "options": {
                "trend": _choice(rng, [None, "c", "t"]),
                "simple_differencing": number % 6 == 5,
            },
            "missing": [10, 11, 40] if number % 4 == 0 else [],
        }


def _missing() -> Iterator[Draft]:
    patterns: dict[str, Callable[[int], Any]] = {
        "start": lambda n: np.arange(5),
        "middle": lambda n: [n // 2, n // 2 + 3],
        "end": lambda n: np.arange(n - 6, n),
        "blocks": lambda n: np.r_[8:15, n // 2 : n // 2 + 14],
        "scattered": lambda n: np.arange(3, n, 7),
        "mostly": lambda n: np.setdiff1d(np.arange(n), np.arange(2, n, 9)),
        "first": lambda n: [0],
        "all": lambda n: np.arange(n),
    }
    specs: list[tuple[tuple[int, int, int], tuple[int, int, int, int]]] = [
        ((1, 0, 1), SEASONAL_NONE),
        ((1, 1, 1), SEASONAL_NONE),
        ((0, 1, 1), (0, 1, 1, 12)),
        ((2, 2, 1), SEASONAL_NONE),
        ((1, 0, 0), (1, 1, 1, 4)),
        ((3, 0, 0), (1, 0, 0, 7)),
    ]
    for number, (order, seasonal) in enumerate(specs):
        for tag, pattern in patterns.items():
            n = 70 + number
            yield {
                "order": order,
                "seasonal": seasonal,
                "nobs": n,
                "missing": pattern(n),
                "tags": (tag,),
                "options": {"concentrate_scale": True} if tag == "scattered" else {},
            }


_LOOSE = {"enforce_stationarity": False, "enforce_invertibility": False}


def _roots() -> Iterator[Draft]:
    yield from _roots_inside()
    yield from _roots_outside()


def _roots_inside() -> Iterator[Draft]:
    for gap in (1e-1, 1e-2, 1e-3, 1e-4, 1e-6):
        yield {"order": (1, 0, 1), "nobs": 60, "values": {"ar": [1 - gap]}}
        yield {"order": (1, 1, 0), "nobs": 60, "values": {"ar": [gap - 1]}}
        yield {"order": (2, 0, 1), "nobs": 60, "values": {"ar": [0.5 - gap, 0.5]}}
        yield {
            "order": (1, 0, 0),
            "nobs": 60,
            "values": {"ar": [1 - gap]},
            "options": _LOOSE,
        }
        yield {"order": (0, 1, 1), "nobs": 60, "values": {"ma": [gap - 1]}}
    for gap in (1e-1, 1e-2, 2e-3):
        for s in (4, 12):
            yield {
                "order": (0, 0, 1),
                "seasonal": (1, 0, 0, s),
                "nobs": 80,
                "values": {"sar": [1 - gap]},
            }
    for gap in (1e-3, 1e-5):
        yield {
            "order": (0, 0, 1),
            "seasonal": (1, 0, 0, 7),
            "nobs": 80,
            "values": {"sar": [1 - gap]},
        }


def _roots_outside() -> Iterator[Draft]:
    for value in (1.0, -1.0, 1.5, -2.0, 5.0):
        yield {"order": (0, 0, 1), "nobs": 60, "values": {"ma": [value]}, "white": True}
        yield {
            "order": (1, 1, 1),
            "nobs": 60,
            "values": {"ma": [value]},
            "options": _LOOSE,
            "white": True,
        }
        yield {
            "order": (0, 0, 1),
            "seasonal": (0, 1, 1, 4),
            "nobs": 60,
            "values": {"sma": [value]},
            "options": _LOOSE,
            "white": True,
        }
    for value in (1.0, -1.0, 1.02, 1.1, -1.1, 1.3):
        yield {
            "order": (1, 0, 0),
            "nobs": 50,
            "values": {"ar": [value]},
            "options": _LOOSE,
            "white": True,
        }
        yield {
            "order": (1, 1, 0),
            "seasonal": (1, 0, 0, 4),
            "nobs": 50,
            "values": {"ar": [0.4], "sar": [value]},
            "options": _LOOSE,
            "white": True,
        }


def _options() -> Iterator[Draft]:
    variants: list[dict[str, Any]] = [
        {"concentrate_scale": True},
        {"measurement_error": True},
        {"measurement_error": True, "concentrate_scale": True},
        {"simple_differencing": True},
        {"simple_differencing": True, "concentrate_scale": True},
        {"loglikelihood_burn": 0},
        {"loglikelihood_burn": 7},
        {"loglikelihood_burn": 47},
        {"loglikelihood_burn": 48},
        {"loglikelihood_burn": 60},
        {"loglikelihood_burn": 9, "concentrate_scale": True},
        {"initial_variance": 1e3},
        {"initial_variance": 1e9},
        {"tolerance": 0.0},
        {"tolerance": 1e-9},
        {"tolerance": 1e-3},
        {"enforce_stationarity": False},
        {"enforce_stationarity": False, "concentrate_scale": True},
        {"enforce_stationarity": False, "measurement_error": True},
        {"enforce_invertibility": False},
    ]
    specs: list[tuple[tuple[int, int, int], tuple[int, int, int, int], Draft]] = [
        ((1, 0, 1), SEASONAL_NONE, {}),
        ((2, 1, 1), SEASONAL_NONE, {"k_exog": 1}),
        ((0, 1, 1), (0, 1, 1, 4), {}),
        ((1, 1, 0), (1, 0, 1, 7), {"missing": [5, 20, 21]}),
    ]
    for options in variants:
        for order, seasonal, more in specs:
            yield {
                "order": order,
                "seasonal": seasonal,
                "nobs": 48,
                "options": dict(options),
                **more,
            }
    yield {
        "order": (1, 0, 1),
        "nobs": 20,
        "options": {"loglikelihood_burn": 20, "concentrate_scale": True},
    }


def _short() -> Iterator[Draft]:
    specs: list[tuple[tuple[int, int, int], tuple[int, int, int, int]]] = [
        ((1, 0, 0), SEASONAL_NONE),
        ((0, 0, 1), SEASONAL_NONE),
        ((1, 1, 1), SEASONAL_NONE),
        ((0, 0, 0), SEASONAL_NONE),
        ((2, 0, 2), SEASONAL_NONE),
        ((0, 1, 1), (0, 1, 1, 4)),
    ]
    for order, seasonal in specs:
        for n in (1, 2, 3, 4, 5):
            yield {"order": order, "seasonal": seasonal, "nobs": n, "white": True}
    for n in (1, 3):
        yield {"order": (1, 0, 0), "nobs": n, "k_exog": 1, "options": {"trend": "c"}}


def _degenerate_series() -> Iterator[Draft]:
    kinds: dict[str, Callable[[int], Floats]] = {
        "zero": np.zeros,
        "constant": lambda n: np.full(n, 3.5),
        "linear": lambda n: np.arange(n, dtype=float),
        "alternating": lambda n: np.resize([1.0, -1.0], n),
        "spike": lambda n: np.where(np.arange(n) == n // 2, 1e6, 0.0),
    }
    for tag, series in kinds.items():
        for order, seasonal in (
            ((1, 0, 1), SEASONAL_NONE),
            ((0, 1, 1), SEASONAL_NONE),
            ((1, 1, 0), (0, 1, 1, 4)),
        ):
            yield {
                "order": order,
                "seasonal": seasonal,
                "nobs": 40,
                "series": series,
                "tags": (tag,),
            }
        yield {
            "order": (1, 0, 0),
            "nobs": 40,
            "series": series,
            "tags": (tag,),
            "options": {"trend": "c", "concentrate_scale": tag != "zero"},
        }


def _scales() -> Iterator[Draft]:
    for scale in (1e-8, 1e-6, 1e-4, 1e-2, 1e2, 1e4, 1e6, 1e8):
        yield {"order": (1, 0, 1), "nobs": 60, "scale": scale}
        yield {"order": (1, 1, 1), "nobs": 60, "scale": scale}
        if scale >= 1e-4:
            yield {
                "order": (0, 1, 1),
                "seasonal": (0, 1, 1, 4),
                "nobs": 60,
                "scale": scale,
            }
    for level in (1e3, 1e6):
        yield {"order": (1, 1, 1), "nobs": 60, "level": level}
        yield {"order": (2, 0, 0), "nobs": 60, "level": level}
        yield {
            "order": (0, 1, 1),
            "seasonal": (0, 1, 1, 12),
            "nobs": 60,
            "level": level,
            "options": {"concentrate_scale": True},
        }


def _skipping() -> Iterator[Draft]:
    for sigma2 in (0.0, -1.0, -1e-14, 1e-13):
        yield {"order": (1, 0, 1), "nobs": 40, "sigma2": sigma2}
        yield {"order": (2, 0, 0), "nobs": 40, "sigma2": sigma2, "missing": [3, 4]}
        yield {"order": (1, 0, 0), "nobs": 40, "sigma2": sigma2, "k_exog": 1}
    for value in (1.01, 1.1, -1.1, 1.5, 3.0):
        yield {"order": (1, 0, 0), "nobs": 40, "values": {"ar": [value]}, "white": True}
        yield {
            "order": (1, 0, 1),
            "nobs": 40,
            "values": {"ar": [value], "ma": [0.4]},
            "white": True,
        }
    for value in (1.2, -1.5):
        yield {
            "order": (0, 0, 0),
            "seasonal": (1, 0, 0, 4),
            "nobs": 40,
            "values": {"sar": [value]},
            "white": True,
        }


def _exceptions() -> Iterator[Draft]:
    for gap in (5e-4, 1e-4, 1e-5):
        for s in (4, 12):
            yield {
                "order": (0, 0, 1),
                "seasonal": (1, 0, 0, s),
                "nobs": 90,
                "values": {"sar": [1 - gap]},
                "tags": ("seasonal-unit-root",),
            }
    for sigma2 in (1e-9, 1e-10):
        yield {
            "order": (0, 1, 1),
            "nobs": 60,
            "sigma2": sigma2,
            "scale": 1e-5,
            "tags": ("tiny-variance",),
        }
    yield {
        "order": (1, 0, 0),
        "nobs": 40,
        "values": {"ar": [1.0]},
        "white": True,
        "tags": ("unit-root-start",),
    }
    yield {
        "order": (2, 0, 0),
        "nobs": 40,
        "values": {"ar": [1.5, -0.5]},
        "white": True,
        "tags": ("unit-root-start",),
    }


def _long() -> Iterator[Draft]:
    specs: list[tuple[tuple[int, int, int], tuple[int, int, int, int], int]] = [
        ((0, 1, 1), (0, 1, 1, 12), 144),
        ((2, 1, 2), (1, 1, 1, 12), 300),
        ((1, 1, 1), (1, 1, 1, 24), 300),
        ((1, 0, 1), (1, 1, 1, 52), 260),
        ((1, 0, 1), (0, 2, 1, 12), 200),
        ((3, 0, 2), SEASONAL_NONE, 3000),
        ((1, 1, 1), SEASONAL_NONE, 2000),
    ]
    for order, seasonal, nobs in specs:
        for sigma2 in (1.0, 1e-3):
            yield {
                "order": order,
                "seasonal": seasonal,
                "nobs": nobs,
                "sigma2": sigma2,
                "missing": [nobs - 40] if sigma2 < 1 else [],
            }


def _skipping_more() -> Iterator[Draft]:
    for options in ({"concentrate_scale": True}, {"measurement_error": True}):
        for value in (1.1, -1.5):
            yield {
                "order": (1, 0, 1),
                "nobs": 40,
                "values": {"ar": [value], "ma": [0.4]},
                "white": True,
                "missing": [7],
                "options": options,
            }
    for ar in ([0.5, 0.6], [2.0, -0.9], [-0.2, -1.3]):
        yield {"order": (2, 0, 1), "nobs": 40, "values": {"ar": ar}, "white": True}
        yield {"order": (2, 1, 0), "nobs": 40, "values": {"ar": ar}, "white": True}
    for ar in ([0.5, 0.6], [2.0, -0.9]):
        yield {
            "order": (2, 0, 1),
            "nobs": 40,
            "values": {"ar": ar},
            "white": True,
            "options": {"concentrate_scale": True},
        }


def _small_variance() -> Iterator[Draft]:
    specs: list[tuple[tuple[int, int, int], tuple[int, int, int, int]]] = [
        ((1, 1, 1), SEASONAL_NONE),
        ((0, 2, 1), SEASONAL_NONE),
        ((1, 0, 1), SEASONAL_NONE),
        ((0, 1, 1), (0, 1, 1, 4)),
    ]
    for order, seasonal in specs:
        for sigma2 in (1e-3, 1e-4, 1e-6, 1e-7):
            yield {
                "order": order,
                "seasonal": seasonal,
                "nobs": 150,
                "sigma2": sigma2,
                "scale": sigma2**0.5,
            }
        for more in ({"k_exog": 1}, {"options": {"trend": "c"}}, {"missing": [60]}):
            yield {
                "order": order,
                "seasonal": seasonal,
                "nobs": 150,
                "sigma2": 1e-5,
                "scale": 3e-3,
                **more,
            }


def _third_seasonal_difference() -> Iterator[Draft]:
    yield {"order": (0, 0, 1), "seasonal": (0, 3, 0, 4), "nobs": 40}
    yield {"order": (1, 0, 0), "seasonal": (0, 4, 1, 4), "nobs": 50}


#: Families in the order of their seed numbers; never reorder, only append.
FAMILIES: dict[str, Callable[[], Iterator[Draft]]] = {
    "plain": _plain,
    "seasonal": _seasonal,
    "long-season": _long_season,
    "lag-list": _lag_lists,
    "trend": _trends,
    "exog": _exog,
    "missing": _missing,
    "roots": _roots,
    "options": _options,
    "short": _short,
    "degenerate": _degenerate_series,
    "scale": _scales,
    "skipping": _skipping,
    "exception": _exceptions,
    "long": _long,
    "skipping-mixed": _skipping_more,
    "small-variance": _small_variance,
    "third-seasonal": _third_seasonal_difference,
}


def make_grid(families: tuple[str, ...]) -> list[ModelCase]:
    """Cases of the named families."""
    return [
        build(family, (seed, number), draft)
        for seed, (family, drafts) in enumerate(FAMILIES.items())
        if family in families
        for number, draft in enumerate(drafts())
    ]
