# SPDX-License-Identifier: BSD-3-Clause
"""The switch between the compiled core and statsmodels."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sarimax_c as sx
from sarimax_c import engine

CORE = sx.engine_info()["core_available"]

# What keeps the compiled module from being imported, in a fresh interpreter.
BLOCK_CORE = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name == "sarimax_c._core":
            raise ImportError("blocked for a test")
sys.meta_path.insert(0, Block())
"""


def _run(code, **variables):
    """Run Python code in an interpreter of its own, with this one's package."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(sx.__file__).parents[1]),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def state(monkeypatch):
    """The state of the switch, put back after the test."""
    fresh = engine._State()
    monkeypatch.setattr(engine, "_state", fresh)
    monkeypatch.setattr(engine, "_fallback_warned", False)
    return fresh


@pytest.fixture
def with_core(state):
    """A switch that has found a compiled core."""
    state.core = engine
    return state


@pytest.fixture
def without_core(state):
    """A switch that has not found one."""
    state.core_error = ImportError("no such file")
    return state


@pytest.mark.parametrize(
    ("setting", "argument", "expected"),
    [
        ("auto", None, "auto"),
        ("auto", "auto", "auto"),
        ("auto", "exact", "exact"),
        ("auto", "identical", "identical"),
        ("auto", "statsmodels", "statsmodels"),
        ("exact", None, "exact"),
        ("exact", "auto", "auto"),
        ("exact", "statsmodels", "statsmodels"),
        ("identical", None, "identical"),
        ("identical", "statsmodels", "statsmodels"),
        ("statsmodels", None, "statsmodels"),
        ("statsmodels", "auto", "statsmodels"),
        ("statsmodels", "exact", "statsmodels"),
        ("statsmodels", "identical", "statsmodels"),
    ],
)
def test_rules(with_core, setting, argument, expected):
    engine.set_engine(setting)
    assert engine.resolve_engine(argument) == expected


def test_set_engine_takes_effect_at_once(with_core):
    assert engine.resolve_engine() == "auto"
    engine.set_engine("statsmodels")
    assert engine.resolve_engine() == "statsmodels"
    engine.set_engine("exact")
    assert engine.resolve_engine() == "exact"


def test_a_setting_that_changes_while_another_thread_asks(with_core, monkeypatch):
    resolve = engine._resolve

    def resolve_meanwhile(wanted):
        engine.set_engine("identical")
        return resolve(wanted)

    engine.set_engine("exact")
    with monkeypatch.context() as context:
        context.setattr(engine, "_resolve", resolve_meanwhile)
        assert engine.resolve_engine() in ("exact", "identical")
    assert engine.resolve_engine() == "identical"


@pytest.mark.parametrize("name", ["Exact", "", "Identical", "native"])
def test_unknown_names(with_core, name):
    with pytest.raises(sx.SpecError, match=r"^engine must be one of"):
        engine.set_engine(name)
    with pytest.raises(sx.SpecError, match=r"^engine must be one of"):
        engine.resolve_engine(name)
    with pytest.raises(sx.SpecError, match=r"^engine must be one of"):
        sx.Model([1.0], engine=name)


@pytest.mark.parametrize("name", [1, ["auto"], True])
def test_names_are_strings(with_core, name):
    with pytest.raises(TypeError, match=r"^engine must be one of"):
        engine.set_engine(name)
    with pytest.raises(TypeError, match=r"^engine must be one of"):
        engine.resolve_engine(name)


@pytest.mark.parametrize("argument", [None, "auto", "exact", "identical"])
def test_fallback_warns_once(without_core, recwarn, argument):
    for _ in range(3):
        assert engine.resolve_engine(argument) == "statsmodels"
    (warning,) = recwarn.list
    assert warning.category is sx.SarimaxWarning
    assert "ImportError: no such file" in str(warning.message)


def test_no_warning_where_statsmodels_is_asked_for(without_core, recwarn):
    assert engine.resolve_engine("statsmodels") == "statsmodels"
    engine.set_engine("statsmodels")
    assert engine.resolve_engine("identical") == "statsmodels"
    assert not recwarn.list


def test_variable_overrides_arguments_and_set_engine():
    done = _run(
        "import sarimax_c as sx\n"
        "print(sx.engine_info()['engine'])\n"
        "print(sx.Model([1.0, 2.0], engine='exact').engine)\n"
        "sx.set_engine('exact')\n"
        "print(sx.engine_info()['engine'], sx.Model([1.0, 2.0]).engine)\n",
        SARIMAX_C_ENGINE="StatsModels ",
        PYTHONWARNINGS="error",
    )
    assert done.stdout.split() == ["statsmodels"] * 4, done.stderr


def test_variable_may_ask_for_the_exact_engine():
    done = _run(
        "import sarimax_c as sx\n"
        "print(sx.Model([1.0, 2.0]).engine, sx.engine_info()['engine_used'])\n"
        "print(sx.Model([1.0, 2.0], engine='identical').engine)\n",
        SARIMAX_C_ENGINE="exact",
    )
    expected = ["exact", "exact", "identical"] if CORE else ["statsmodels"] * 3
    assert done.stdout.split() == expected, done.stderr


def test_the_way_back_runs_everything():
    # Nothing of the compiled core is called.
    code = """
import numpy as np, sarimax_c as sx
y = np.random.default_rng(0).standard_normal(40).cumsum()
model = sx.Model(y, order=(1, 0, 1), engine="exact")
print(model.engine, model.engine_for([0.5, 0.2, 1.0]).engine)
assert model.loglikes([[0.5, 0.2, 1.0]]).tolist() == [model.loglike([0.5, 0.2, 1.0])]
assert model.score([0.5, 0.2, 1.0]).shape == (3,)
assert model.hessian([0.5, 0.2, 1.0]).shape == (3, 3)
assert sx.sarimax_score(y, params=[0.5, 1.0]).shape == (2,)
for cov_type in ("opg", "oim", "approx", "robust", "robust_approx", "none"):
    result = model.fit(cov_type=cov_type)
    assert result.bse.shape == (3,)
print(result.engine_used)
"""
    done = _run(BLOCK_CORE + code, SARIMAX_C_ENGINE="statsmodels")
    assert done.stdout.split() == ["statsmodels"] * 3, done.stderr


def test_variable_with_an_unknown_name_is_an_error():
    done = _run("import sarimax_c", SARIMAX_C_ENGINE="statmodels")
    assert done.returncode != 0
    assert "SpecError: SARIMAX_C_ENGINE must be one of" in done.stderr


SIMD_CODE = """
import sarimax_c as sx
model = sx.Model([1.0, 3.0, 2.0, 5.0, 4.0, 6.0], order=(1, 0, 1), engine="exact")
print(sx.engine_info()["simd"], model.loglike([0.5, 0.2, 1.0]))
"""


def test_simd_variable_lowers_the_instruction_set():
    from sarimax_c import _core

    values = set()
    for level in _core.SIMD_LEVELS:
        used, value = _run(SIMD_CODE, SARIMAX_C_SIMD=level).stdout.split()
        assert used == level
        values.add(value)
    assert _run(SIMD_CODE, SARIMAX_C_SIMD="").stdout.split()[0] == level
    assert len(values) == 1


def test_simd_variable_with_an_unknown_level_is_an_error():
    done = _run(SIMD_CODE, SARIMAX_C_SIMD="avx9000")
    assert "SpecError: SARIMAX_C_SIMD must be one of" in done.stderr


def test_empty_variable_is_no_setting():
    done = _run(
        "import sarimax_c as sx; print(sx.engine_info()['engine'])", SARIMAX_C_ENGINE=""
    )
    assert done.stdout.strip() == "auto"


def test_works_without_the_compiled_module():
    code = """
import warnings
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    import sarimax_c as sx
    y = [1.0, 3.0, 2.0, 5.0, 4.0, 6.0]
    model = sx.Model(y, order=(1, 0, 0))
    print(model.engine, model.loglike([0.5, 1.0]))
    print(sx.sarimax_loglike(y, params=[0.5, 1.0], engine="identical"))
    ours = [w for w in caught if issubclass(w.category, sx.SarimaxWarning)]
print(len(ours), ours[0].message)
print(sx.engine_info()["core_available"], sx.engine_info()["core_error"])
from statsmodels.tsa.statespace.sarimax import SARIMAX
print(SARIMAX(y).loglike([0.5, 1.0]))
"""
    done = _run(BLOCK_CORE + code)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].startswith("statsmodels ")
    assert lines[0].split()[1] == lines[1] == lines[4]
    assert lines[2].startswith("1 the compiled module sarimax_c._core cannot be imp")
    assert "blocked for a test" in lines[2]
    assert lines[3] == "False ImportError: blocked for a test"


DROP_IN = """
import pickle, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
from statsmodels.tsa.arima.model import ARIMA as TheirARIMA
from statsmodels.tsa.statespace.sarimax import SARIMAX as Theirs
import sarimax_c as sx
from sarimax_c import ARIMA, SARIMAX
from sarimax_c.datasets import load_airpassengers
y = np.log(load_airpassengers()[1])
seasonal = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, 12)}
for ours, theirs, orders in (
    (SARIMAX, Theirs, seasonal),
    (SARIMAX, Theirs, {"order": (1, 0, 1), "use_exact_diffuse": True}),
    (ARIMA, TheirARIMA, {"order": (1, 1, 1)}),
):
    mine, other = ours(y, **orders).fit(), theirs(y, **orders).fit()
    np.testing.assert_array_equal(mine.params, other.params)
    np.testing.assert_array_equal(mine.bse, other.bse)
    np.testing.assert_array_equal(mine.smoothed_state_cov, other.smoothed_state_cov)
    back = pickle.loads(pickle.dumps(mine))
    for results in (mine, back, mine.append([6.0])):
        assert results.engine_used == "statsmodels"
        assert len(results.forecast(3)) == 3
    assert mine.llf == other.llf
    assert "sigma2" in str(mine.summary())
    assert np.isfinite(mine.impute()[0]).all()
with sx.patched():
    assert Theirs(y, **seasonal).fit(disp=0).model.engine_used == "statsmodels"
assert not sx.stats()["native"]
assert "sarimax_c._core" not in sys.modules
"""


@pytest.mark.parametrize("setting", ["statsmodels", "auto", "verify"])
def test_the_drop_in_needs_no_core_to_go_back(setting):
    done = _run(BLOCK_CORE + DROP_IN, SARIMAX_C_ENGINE=setting)
    assert done.returncode == 0, done.stderr


def test_engine_info(monkeypatch):
    monkeypatch.setenv("SARIMAX_C_NUM_THREADS", "3")
    info = sx.engine_info()
    assert set(info) == {
        *("engine", "engine_used", "core_available", "core_error", "simd"),
        *("n_threads", "versions"),
    }
    assert info["engine"] == "auto"
    assert info["n_threads"] == 3
    assert info["versions"]["sarimax_c"] == sx.__version__
    assert info["versions"]["numpy"] == np.__version__
    if CORE:
        assert info["engine_used"] == "auto"
        assert info["core_error"] is None
        assert isinstance(info["simd"], str)
    else:
        assert info["engine_used"] == "statsmodels"
        assert info["core_error"]
        assert info["simd"] is None


def test_engine_info_imports_nothing_heavy():
    done = _run(
        "import sys, sarimax_c as sx\n"
        "versions = sx.engine_info()['versions']\n"
        "print('statsmodels' in sys.modules, 'scipy' in sys.modules)\n"
        "import scipy, statsmodels\n"
        "print(versions['scipy'] == scipy.__version__)\n"
        "print(versions['statsmodels'] == statsmodels.__version__)\n"
        "print(sx.engine_info()['versions'] == versions)\n"
    )
    assert done.stdout.split() == ["False", "False", "True", "True", "True"]


def test_engine_info_says_what_stands_for_the_setting(with_core):
    engine.set_engine("exact")
    assert engine.engine_info()["engine_used"] == "exact"
    with_core.core = None
    with_core.core_error = ImportError("none")
    assert engine.engine_info()["engine"] == "exact"
    assert engine.engine_info()["engine_used"] == "statsmodels"


def test_engine_info_follows_the_setting(with_core):
    engine.set_engine("statsmodels")
    with_core.core = None
    with_core.core_error = ImportError("none")
    assert engine.engine_info()["engine"] == "statsmodels"
    assert engine.engine_info()["engine_used"] == "statsmodels"


def test_version_of_an_absent_package():
    assert engine._version_of("no_such_package_of_this_name") is None
