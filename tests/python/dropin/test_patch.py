# SPDX-License-Identifier: BSD-3-Clause
"""The patch of statsmodels' class: there and gone again; programs run with it."""

import logging
import os
import pickle
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.statespace import sarimax
from statsmodels.tsa.statespace.sarimax import SARIMAX as BOUND_EARLY
from statsmodels.tsa.statespace.sarimax import SARIMAXResults

import sarimax_c as sx
from sarimax_c.datasets import load_airpassengers
from sarimax_c.dropin import deferred
from sarimax_c.engine import _State

Y = np.log(load_airpassengers()[1])
PARAMS = [-0.4, -0.55, 1.3e-3]
PARAMS_ARMA = [0.9, 0.2, 0.01]


def _airline(cls=BOUND_EARLY):
    return cls(Y, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12))


@pytest.fixture(autouse=True)
def unpatched():
    sx.unpatch_statsmodels()
    sx.reset_stats()
    yield
    sx.unpatch_statsmodels()
    sx.reset_stats()


def _native(name):
    return sx.stats()["native"].get(name, 0)


def test_what_bound_the_class_early_runs_natively():
    expected = _airline().loglike(PARAMS)
    assert _native("loglike") == 0
    sx.patch_statsmodels()
    assert _airline().loglike(PARAMS) == pytest.approx(expected, rel=1e-9)
    assert sarimax.SARIMAX is BOUND_EARLY
    assert _native("loglike") == 1


def test_subclasses_run_natively():
    class Mine(BOUND_EARLY):
        def describe(self):
            return "mine"

    expected = ARIMA(Y, order=(1, 1, 1)).loglike([0.2, 0.1, 0.01])
    sx.patch_statsmodels()
    _airline(Mine).loglike(PARAMS)
    assert _native("loglike") == 1
    found = ARIMA(Y, order=(1, 1, 1)).loglike([0.2, 0.1, 0.01])
    assert found == pytest.approx(expected, rel=1e-9)
    assert _native("loglike") == 2


@pytest.mark.parametrize("name", ["update", "transform_params", "loglike"])
def test_subclasses_with_a_method_of_their_own_call_it_as_often(name):
    def method(self, params, *args, **kwargs):
        calls.append(name)
        return getattr(BOUND_EARLY, name)(self, params, *args, **kwargs)

    def use():
        calls.clear()
        model = _airline(mine)
        values = [model.loglike(PARAMS), model.smooth(PARAMS).llf]
        model.fit(disp=0, maxiter=1)
        return values, len(calls)

    calls = []
    mine = type("Mine", (BOUND_EARLY,), {name: method})
    expected, n_calls = use()
    sx.patch_statsmodels()
    found, n_calls_patched = use()
    assert found == pytest.approx(expected, rel=1e-9)
    assert n_calls_patched >= n_calls > 0


def test_twice_is_once_and_once_undoes_it():
    before = dict(vars(BOUND_EARLY))
    before_arima = dict(vars(ARIMA))
    before_results = dict(vars(SARIMAXResults))
    for _ in range(2):
        sx.patch_statsmodels()
        assert sx.statsmodels_is_patched()
    for _ in range(2):
        sx.unpatch_statsmodels()
        assert not sx.statsmodels_is_patched()
    after = dict(vars(BOUND_EARLY))
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)
    assert dict(vars(ARIMA)) == before_arima
    assert dict(vars(SARIMAXResults)) == before_results


@pytest.mark.parametrize(
    ("cls", "options", "engine"),
    [
        (BOUND_EARLY, {}, "identical"),
        (BOUND_EARLY, {"hamilton_representation": True}, "identical"),
        (BOUND_EARLY, {"hamilton_representation": True}, "statsmodels"),
        (BOUND_EARLY, {}, "statsmodels"),
        (ARIMA, {"trend": "n"}, "statsmodels"),
    ],
)
def test_results_have_what_those_of_our_classes_have(cls, options, engine, monkeypatch):
    y = Y.copy()
    y[20] = np.nan
    expected = BOUND_EARLY(y, order=(1, 0, 1)).smooth(PARAMS_ARMA)
    gap = expected.get_prediction(20, 20, information_set="smoothed").predicted_mean
    if engine == "statsmodels":
        monkeypatch.setattr("sarimax_c.engine._state", _State())
        sx.set_engine(engine)
    with sx.patched():
        model = cls(y, order=(1, 0, 1), **options)
        for run in (model.smooth, model.filter):
            results = run(PARAMS_ARMA)
            assert results.engine_used == engine
            mean, var = results.impute()
            np.testing.assert_allclose(mean[20], gap[0], rtol=1e-8)
            np.testing.assert_array_equal(mean[:20], y[:20])
            assert var[20] > 0
    assert not hasattr(expected, "engine_used")
    assert not hasattr(expected, "impute")


def test_the_context_manager():
    with sx.patched():
        assert sx.statsmodels_is_patched()
        with sx.patched():
            pass
        assert sx.statsmodels_is_patched()
    assert not sx.statsmodels_is_patched()
    with pytest.raises(ZeroDivisionError), sx.patched():
        _ = 1 / 0
    assert not sx.statsmodels_is_patched()


def test_it_says_what_it_does(caplog):
    with caplog.at_level(logging.INFO, logger="sarimax_c"), sx.patched():
        pass
    assert [record.name for record in caplog.records] == ["sarimax_c", "sarimax_c"]
    assert "loglike" in caplog.messages[0]
    assert caplog.messages[1].startswith("unpatched statsmodels.tsa.statespace.sarimax")


def test_models_go_on_working_on_either_side():
    before = _airline()
    results_before = before.smooth(PARAMS)
    with sx.patched():
        during, like_it = _airline(), _airline()
        results_during = during.smooth(PARAMS)
        assert before.loglike(PARAMS) == pytest.approx(results_before.llf, rel=1e-9)
        before.fit(disp=0, maxiter=2)
        forecast = results_before.forecast(3)
    assert during.loglike(PARAMS) == pytest.approx(results_before.llf, rel=1e-9)
    assert during.smooth(PARAMS).llf == pytest.approx(results_before.llf, rel=1e-9)
    assert like_it.fit(disp=0).llf == pytest.approx(before.fit(disp=0).llf, abs=1e-4)
    np.testing.assert_allclose(results_during.forecast(3), forecast, rtol=1e-9)
    np.testing.assert_allclose(
        results_during.smoothed_state, results_before.smoothed_state, atol=1e-7
    )
    assert str(results_during.summary())[:200] == str(results_before.summary())[:200]
    appended = results_during.append(Y[-2:])
    assert appended.nobs == len(Y) + 2


def test_isinstance_holds():
    with sx.patched():
        results = _airline().smooth(PARAMS)
    assert isinstance(results._results, SARIMAXResults)
    assert type(results) is sarimax.SARIMAXResultsWrapper
    assert type(results.model) is BOUND_EARLY


# Loads a pickle in an interpreter that has not been patched.
LOAD = """
import pickle, sys
with open(sys.argv[1], "rb") as file:
    model, results = pickle.load(file)
import sarimax_c
assert not sarimax_c.statsmodels_is_patched()
for value in (
    model.loglike([-0.4, -0.55, 1.3e-3]),
    results.llf,
    results.forecast(2)[1],
    results.bse[0],
):
    print(float(value))
"""


def _run(arguments):
    package = Path(sx.__file__).parents[1]
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(package)},
        cwd=package,  # not the source folder, which has no compiled module
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_pickles_load_where_nothing_is_patched(tmp_path):
    expected = _airline().smooth(PARAMS)
    with sx.patched():
        _airline()
        model = _airline()
        pickled = pickle.dumps((model, model.smooth(PARAMS)))
    path = tmp_path / "pickle"
    path.write_bytes(pickled)
    done = _run(["-P", "-c", LOAD, str(path)])
    values = [float(word) for word in done.stdout.split()]
    wanted = [expected.llf, expected.llf, expected.forecast(2)[1], expected.bse[0]]
    np.testing.assert_allclose(values, wanted, rtol=1e-6, err_msg=done.stderr)


def test_pickles_made_without_it_load_with_it():
    results = _airline().smooth(PARAMS)
    pickled = pickle.dumps(results)
    with sx.patched():
        again = pickle.loads(pickled)
        assert again.llf == results.llf
        assert again.model.loglike(PARAMS) == pytest.approx(results.llf, rel=1e-9)


def test_threads_may_patch_at_once():
    barrier = threading.Barrier(4)
    errors = []

    def work():
        try:
            barrier.wait(30)
            for _ in range(50):
                with sx.patched():
                    pass
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not sx.statsmodels_is_patched()


def test_the_statsmodels_engine_is_statsmodels_while_patched():
    model = sx.Model(Y, None, (0, 1, 1), (0, 1, 1, 12), engine="statsmodels")
    with sx.patched():
        values = [
            model.loglike(PARAMS),
            sx.sarimax_loglike(
                Y, None, (0, 1, 1), (0, 1, 1, 12), PARAMS, engine="statsmodels"
            ),
        ]
        assert not sx.stats()["native"]
    assert values == [_airline().loglike(PARAMS)] * 2


def test_the_setting_statsmodels_reaches_the_patch(monkeypatch):
    from sarimax_c import engine

    monkeypatch.setattr(engine, "_state", engine._State())
    expected = _airline().loglike(PARAMS)
    with sx.patched():
        sx.set_engine("statsmodels")
        model = _airline()
        assert model.loglike(PARAMS) == expected
        assert model.engine_used == "statsmodels"
    counted = sx.stats()
    assert not counted["native"]
    assert counted["statsmodels"]["loglike"]


def test_verify_reaches_the_patch(monkeypatch, caplog):
    from sarimax_c import engine

    monkeypatch.setattr(engine, "_state", engine._State())
    sx.set_engine("verify")
    with sx.patched():
        model = _airline()
        model.loglike(PARAMS)
        results = model.smooth(PARAMS)
        results.forecast(3)
        model.fit(disp=0)
    assert sx.stats()["compared"] >= 4
    assert sx.stats()["differences"] == 0
    assert not caplog.records


SCRIPT = """
import sys
from statsmodels.tsa.statespace.sarimax import SARIMAX
import beside
import sarimax_c
SARIMAX([1.0, 3.0, 2.0, 5.0]).loglike([0.5, 1.0])
print(__name__, sys.argv[1:], beside.NAME, sarimax_c.stats()["native"]["loglike"])
"""


@pytest.fixture
def program(tmp_path):
    (tmp_path / "program.py").write_text(textwrap.dedent(SCRIPT))
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    return tmp_path / "program.py"


def test_scripts_run_patched(program):
    done = _run(["-m", "sarimax_c", str(program), "-m", "--flag"])
    assert done.stdout == "__main__ ['-m', '--flag'] beside 1\n", done.stderr


@pytest.mark.parametrize("given", ["program.py", "./program.py"])
def test_a_script_sees_the_names_that_python_gives(tmp_path, given):
    path = tmp_path / "program.py"
    path.write_text(
        "import sys\n"
        "print(__file__, sys.argv, __name__, __spec__, __package__, __doc__)\n"
        "print(sys._getframe().f_code.co_filename, sys.path[0])\n"
        "print(sys.modules['__main__'].__dict__ is globals())\n"
    )
    done, of_python = (
        subprocess.run(
            [sys.executable, *arguments, given, "x"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
        )
        for arguments in (["-m", "sarimax_c"], [])
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == of_python.stdout.splitlines()


def test_modules_run_patched(program):
    code = f"import os; os.chdir({str(program.parent)!r})\n"
    code += "import runpy, sys\nsys.path.insert(0, '')\n"
    code += "sys.argv = ['x', '-m', 'program', 'one']\n"
    code += "runpy.run_module('sarimax_c', run_name='__main__', alter_sys=True)\n"
    done = _run(["-c", code])
    assert done.stdout == "__main__ ['one'] beside 1\n", done.stderr


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["-m"], 2), (["-h"], 0)])
def test_usage(arguments, code):
    done = _run(["-P", "-m", "sarimax_c", *arguments])
    assert done.returncode == code
    assert "python -m sarimax_c script.py" in done.stdout


def test_a_script_that_fails_fails(tmp_path):
    path = tmp_path / "fails.py"
    path.write_text("raise SystemExit(3)\n")
    assert _run(["-P", "-m", "sarimax_c", str(path)]).returncode == 3


def test_a_script_that_is_not_there_ends_as_with_python(tmp_path):
    path = str(tmp_path / "nothing.py")
    done, of_python = _run(["-P", "-m", "sarimax_c", path]), _run([path])
    assert (done.returncode, done.stderr) == (2, of_python.stderr)


def test_models_made_while_others_are_finished():
    """Another thread may make a model while the patch is being undone."""
    finished = []

    class Unfinished:
        def __init__(self, after=None):
            self.after = after

        @property
        def ssm(self):
            finished.append(self)
            if self.after is not None:
                deferred.UNFINISHED.add(self.after)

    late = Unfinished()
    early = Unfinished(after=late)
    deferred.UNFINISHED.add(early)
    deferred.finish_models()
    assert finished == [early, late]
    assert not deferred.UNFINISHED
