# SPDX-License-Identifier: BSD-3-Clause
"""Saved results: the same bits after loading, and no file that is silently wrong."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import sarimax_c as sx
from sarimax_c import archive
from sarimax_c.datasets import load_airpassengers

AIRLINE = {"order": (0, 1, 1), "seasonal": (0, 1, 1, 12)}
Y = np.log(load_airpassengers()[1])
RNG = np.random.default_rng(11)
X = pd.DataFrame(RNG.standard_normal((len(Y), 2)), columns=["price", "promo"])
GAPS = Y.copy()
GAPS[[5, 70, 71]] = np.nan
SERIES = [RNG.standard_normal(n).cumsum() for n in (60, 45, 90, 30)]
STEPS = 5


def bits(result):
    """Return the bytes of a file."""
    file = io.BytesIO()
    result.save(file)
    return file.getvalue()


def read(raw):
    return sx.load(io.BytesIO(raw))


def assert_same(actual, expected, names):
    for name in names:
        ours, theirs = getattr(actual, name), getattr(expected, name)
        if isinstance(theirs, list):
            assert len(ours) == len(theirs)
            for one, other in zip(ours, theirs, strict=True):
                np.testing.assert_array_equal(one, other, err_msg=name)
        elif isinstance(theirs, dict):
            assert ours == theirs, name
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=name)


def assert_same_forecast(actual, expected, future=None):
    ours, theirs = actual.forecast(STEPS, future), expected.forecast(STEPS, future)
    if isinstance(theirs, tuple):
        np.testing.assert_array_equal(ours, theirs)
    else:
        assert_same(ours, theirs, ("mean", "var", "se", "alpha"))
        np.testing.assert_array_equal(ours.conf_int(), theirs.conf_int())


# ---- the same bits ----

FREE = {"enforce_stationarity": False, "enforce_invertibility": False}
FITS = {
    "airline": (Y, None, AIRLINE),
    "gaps": (GAPS, None, {"order": (2, 1, [2]), "trend": "t"}),
    "frame": (GAPS, X, {"order": (1, 1, 0)}),
    "array": (Y, X.to_numpy(), {"order": (1, 0, 0), "trend": "c"}),
    "simple": (Y, X, {**AIRLINE, "simple_differencing": True}),
    "scale": (Y, None, {"order": (1, 1, 1), "concentrate_scale": True}),
    "noise": (Y, None, {"order": (1, 0, 0), "measurement_error": True}),
    "free": (Y, None, {"order": (1, 1, 1), "trend": "ct", "trend_offset": 3, **FREE}),
    "options": (
        *(Y, None),
        {"loglikelihood_burn": 5, "initial_variance": 1e5, "tolerance": 0},
    ),
    "fixed": (Y, None, {**AIRLINE, "fixed_params": {"ma.L1": -0.4}}),
    "approx": (Y, None, {**AIRLINE, "cov_type": "approx"}),
    "oim": (Y, None, {**AIRLINE, "cov_type": "oim"}),
    "robust": (GAPS, None, {"order": (1, 0, 0), "cov_type": "robust_approx"}),
    "none": (Y, None, {**AIRLINE, "cov_type": "none"}),
    "short": (Y[:2], None, {"order": (0, 0, 0)}),
    "identical": (Y, None, {"order": (1, 0, 0), "engine": "identical"}),
    "exact": (Y, None, {**AIRLINE, "engine": "exact", "maxiter": 1}),
    "statsmodels": (Y, X, {"order": (1, 0, 0), "engine": "statsmodels"}),
}
# What is not compared as it stands: the model by what it computes, covariances before.
FIT_NAMES = {f.name for f in fields(sx.FitResult)} - {"model", "_found"}


@pytest.mark.filterwarnings("ignore::sarimax_c.SarimaxWarning")
@pytest.mark.parametrize("name", FITS)
def test_a_fit_comes_back(name):
    y, exog, options = FITS[name]
    fit = sx.sarimax_fit(y, exog, **options)
    future, rows = (None, None) if exog is None else (X[:STEPS], X[:3])
    found = read(bits(fit))
    assert type(found) is sx.FitResult
    assert str(found) == str(fit)
    assert_same(found, fit, FIT_NAMES | {"bse", "cov_params", "pvalues", "aicc"})
    assert_same_forecast(found, fit, future)
    assert_same(found.filter(), fit.filter(), ("resid", "llf_obs", "llf"))
    assert found.model.engine == fit.model.engine
    assert not found.params.flags.writeable
    state, expected = found.state().append(Y[:3], rows), fit.state().append(Y[:3], rows)
    assert_same_forecast(state, expected, future)
    assert bits(found) == bits(fit)


@pytest.mark.filterwarnings("ignore::sarimax_c.SarimaxWarning")
@pytest.mark.parametrize("name", FITS)
def test_a_state_comes_back(name):
    y, exog, options = FITS[name]
    future, rows = (None, None) if exog is None else (X[:STEPS], X[:3])
    state = sx.sarimax_fit(y, exog, **options).state()
    found = read(bits(state))
    assert type(found) is sx.State
    for ours, theirs in (
        (found, state),
        (found.append(Y[:3], rows), state.append(Y[:3], rows)),
    ):
        assert_same(ours, theirs, ("params", "nobs", "llf"))
        assert_same_forecast(ours, theirs, future)
    assert repr(found) == repr(state)
    assert bits(found) == bits(state)


REGRESSORS = [X[: len(y)] for y in SERIES]
BATCHES = {
    "list": (SERIES, None, {"order": (1, 1, 1)}),
    "table": (RNG.standard_normal((5, 40)).cumsum(1), None, {"order": (0, 1, 1)}),
    "frames": (SERIES, REGRESSORS, {"order": (1, 0, 0)}),
    "simple": (SERIES, REGRESSORS, {**AIRLINE, "simple_differencing": True}),
    "failures": (
        [SERIES[0], "abc", [1.0, np.inf, 2.0], [], [np.nan] * 9, SERIES[1]],
        None,
        {"order": (1, 0, 0), "errors": "coerce"},
    ),
    "fixed": (SERIES, None, {"order": (1, 0, 1), "fixed_params": {"ar.L1": 0.5}}),
    "scipy": (SERIES[:2], None, {"order": (1, 0, 0), "method": "bfgs"}),
    "statsmodels": (SERIES[:2], None, {"engine": "statsmodels", "maxiter": 3}),
    "empty": ([], None, {"order": (1, 0, 0)}),
    "candidates": (SERIES, None, {"order": [(1, 0, 0), (0, 1, 1)]}),
    "own": (SERIES, REGRESSORS, {"orders": [(1, 0, 0), (0, 1, 1)] * 2}),
    "own of none": ([], None, {"orders": []}),
}
BATCH_NAMES = (
    *("params", "param_names", "llf", "converged", "nit", "nfev", "status"),
    *("messages", "engine", "no_data", "bse", "aic", "aicc", "bic", "hqic"),
)
ONE_MODEL = ("scale", "nobs", "fixed_params", "method", "cov_type", "cov_params")


@pytest.mark.parametrize("name", BATCHES)
def test_a_batch_comes_back(name):
    y, exog, options = BATCHES[name]
    fit = sx.batch_fit(y, exog, **options)
    future = None if exog is None else [X[:STEPS]] * len(y)
    found = read(bits(fit))
    assert type(found) is type(fit)
    assert (repr(found), str(found)) == (repr(fit), str(fit))
    is_mixed = isinstance(fit, sx.MixedFit)
    more = ("chosen", "rows", "orders", "seasonals") if is_mixed else ONE_MODEL
    assert_same(found, fit, (*BATCH_NAMES, *more))
    assert_same_forecast(found, fit, future)
    for i in np.flatnonzero(fit.status >= 0):
        assert str(found[i]) == str(fit[i])
        assert_same_forecast(
            found[i].state(), fit[i].state(), None if future is None else future[i]
        )
    for i in np.flatnonzero(fit.status < 0):
        with pytest.raises(sx.DataError) as ours:
            found[i]
        with pytest.raises(sx.DataError) as theirs:
            fit[i]
        assert str(ours.value) == str(theirs.value)
    assert bits(found) == bits(fit)


def test_names_of_regressors_come_back():
    fit = sx.sarimax_fit(Y, X, (1, 0, 0))
    batch = sx.batch_fit(SERIES, REGRESSORS, (1, 0, 0))
    swapped = X[:STEPS][["promo", "price"]]
    for saved in (fit, fit.state(), batch, batch[1]):
        with pytest.raises(sx.DataError, match=r"columns \('promo', 'price'\)"):
            read(bits(saved)).forecast(STEPS, swapped)


def test_computed_covariances_are_saved():
    fit = sx.sarimax_fit(Y, **AIRLINE)
    batch = sx.batch_fit(SERIES, order=(1, 0, 0))
    for saved in (fit, batch):
        assert "cov_params" not in read(bits(saved))._found
        assert saved.bse.size
        found = read(bits(saved))._found["cov_params"]
        np.testing.assert_array_equal(found, saved.cov_params)
        assert not found.flags.writeable


def test_candidates_share_their_series():
    one = len(bits(sx.batch_fit(SERIES, order=(1, 0, 0))))
    two = sx.batch_fit(SERIES, order=[(1, 0, 0), (0, 0, 1)])
    assert len(bits(two)) < one + 4000
    found = read(bits(two))
    assert found.fits[0]._chunks is found.fits[1]._chunks


def test_sizes():
    """What the documentation says: 8 bytes a number, and about 2 kB."""
    fit = sx.sarimax_fit(Y, **AIRLINE)
    assert len(bits(fit)) < 8 * len(Y) + 2000
    assert len(bits(fit.state())) < 5000
    table = RNG.standard_normal((500, 60)).cumsum(1)
    batch = sx.batch_fit(table, order=(0, 1, 1), cov_type="none")
    assert len(bits(batch)) < 500 * (8 * 60 + 100) + 5000


def test_every_attribute_is_saved():
    """A new attribute has to be written to files, and its number be thought of."""
    own = {
        sx.FitResult: {
            *("params", "param_names", "llf", "scale", "converged", "nit", "nfev"),
            *("message", "method", "cov_type", "engine_used", "model"),
            *("fixed_params", "_found"),
        },
        sx.BatchFit: {
            *("params", "param_names", "llf", "scale", "nobs", "converged", "nit"),
            *("nfev", "fixed_params", "method", "cov_type", "spec", "report"),
            *("_plan", "_exog_names", "_ends", "_chunks", "_found"),
        },
        sx.MixedFit: {"fits", "chosen", "rows", "report"},
    }
    for cls, names in own.items():
        assert {field.name for field in fields(cls)} == names
    assert set(sx.State.__slots__) == {"_backend", "_exog_names", "spec"}


# ---- files ----


def test_files(tmp_path):
    fit = sx.sarimax_fit(Y, **AIRLINE)
    path = tmp_path / "airline.fit"
    path.write_bytes(b"what was there before")
    fit.save(path)
    assert path.read_bytes() == bits(fit)
    for source in (path, str(path)):
        assert str(sx.load(source)) == str(fit)
    with path.open("rb") as file:
        assert str(sx.load(file)) == str(fit)
    with path.open("r", encoding="latin-1") as file, pytest.raises(TypeError):
        sx.load(file)
    assert [*tmp_path.iterdir()] == [path]


def test_threads_that_save_under_one_name(tmp_path):
    """The file is always one of theirs, whole."""
    y = np.random.default_rng(1).normal(size=(2, 300, 100)).cumsum(axis=-1)
    fits = [sx.batch_fit(series, order=(0, 1, 1)) for series in y]
    path = tmp_path / "fits"
    fits[0].save(path)

    def work(i):
        for _ in range(25):
            fits[i % 2].save(path)
            found = sx.load(path).llf
            assert any(np.array_equal(found, fit.llf) for fit in fits)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "state"
    path.write_bytes(b"before")

    def fail(self, raw):
        with self.open("wb") as file:
            file.write(raw[:10])
        raise OSError("no space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", fail)
    with pytest.raises(OSError, match="no space"):
        sx.Model(Y).state([0.5, 1.0]).save(path)
    assert path.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [path]


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        sx.load(tmp_path / "nothing")


@pytest.mark.parametrize("target", ["", "there", "nothing/file"])
def test_errors_name_the_path_that_was_given(tmp_path, target):
    (tmp_path / "there").mkdir()
    path = tmp_path / target
    with pytest.raises(OSError) as e:
        sx.Model(Y).state([0.5, 1.0]).save(path)
    expected = FileNotFoundError if "/" in target else IsADirectoryError
    assert type(e.value) is expected
    assert e.value.filename == str(path)
    assert [*tmp_path.rglob("*")] == [tmp_path / "there"]


def test_what_is_no_file_is_named():
    with pytest.raises(TypeError, match=r"^target must be a path .*, got None$"):
        sx.Model(Y).state([0.5, 1.0]).save(None)
    with pytest.raises(TypeError, match=r"^source must be a path .*, got 3$"):
        sx.load(3)


def test_numpy_and_zipfile_read_them():
    raw = bits(sx.sarimax_fit(Y, **AIRLINE))
    with np.load(io.BytesIO(raw), allow_pickle=False) as file:
        np.testing.assert_array_equal(file["endog"], Y)
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        header = json.loads(file.read("header.json"))
    assert (header["format"], header["number"]) == ("sarimax_c", archive.FORMAT)


def test_only_results_are_saved():
    from sarimax_c.saving import save

    with pytest.raises(TypeError, match="cannot save a ndarray"):
        save(Y, io.BytesIO())


def test_the_way_back_reads_them(tmp_path):
    fit = sx.sarimax_fit(Y, order=(1, 0, 0), trend="c")
    fit.save(tmp_path / "fit")
    code = (
        "import sys, sarimax_c as sx\n"
        "fit = sx.load(sys.argv[1])\n"
        "print(fit.model.engine, *fit.forecast(2).mean)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(tmp_path / "fit")],
        env={"SARIMAX_C_ENGINE": "statsmodels", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    engine, *mean = done.stdout.split()
    assert engine == "statsmodels"
    np.testing.assert_allclose(np.array(mean, float), fit.forecast(2).mean, rtol=1e-8)


# ---- damage ----


SHORT = [1.0, 2.0, 1.5, 3.0, 2.0, 2.5]
# Small enough to be damaged at every byte.
SMALL = {
    "state": lambda: sx.Model(SHORT).state([0.5, 1.0]),
    "fit": lambda: sx.sarimax_fit(SHORT, order=(0, 0, 0), trend="c"),
    "batch": lambda: sx.batch_fit([SHORT, SHORT[:4]], maxiter=2),
    "mixed": lambda: sx.batch_fit([SHORT], order=[(1, 0, 0), (0, 0, 1)], maxiter=2),
}


@pytest.mark.parametrize("name", SMALL)
def test_damage_at_any_byte_is_an_error(name):
    raw = bits(SMALL[name]())
    read(raw)
    for i in range(len(raw)):
        for flip in (0x01, 0x80, 0xFF):
            bad = bytearray(raw)
            bad[i] ^= flip
            with pytest.raises(sx.SarimaxError, match="file"):
                read(bytes(bad))
        with pytest.raises(sx.DataError, match="not a file saved by sarimax_c"):
            read(raw[:i])
        if i:  # the end alone, and a gap
            with pytest.raises(sx.SarimaxError):
                read(raw[i:])
            with pytest.raises(sx.SarimaxError):
                read(raw[: i - 1] + raw[i:])
    with pytest.raises(sx.SarimaxError):
        read(raw + b"\0")


@pytest.mark.parametrize(
    "raw", [b"", b"PK\x03\x04", b"\x80\x04K\x01.", b"x" * 200], ids=range(4)
)
def test_files_of_other_programs(raw):
    with pytest.raises(sx.DataError, match="not a file saved by sarimax_c"):
        read(raw)


def test_a_pickle_of_the_class_is_told_who_reads_it(tmp_path):
    path = tmp_path / "results"
    results = sx.SARIMAX(Y, order=(0, 1, 1)).fit(disp=False)
    results.save(path)
    with pytest.raises(sx.DataError, match=r"statsmodels\.api\.load"):
        sx.load(path)
    np.testing.assert_array_equal(sm.load(path).params, results.params)


def test_archives_of_other_programs():
    file = io.BytesIO()
    np.savez(file, params=Y)
    with pytest.raises(sx.DataError, match="not a file saved by sarimax_c"):
        read(file.getvalue())


# ---- whole files that nobody wrote ----


def rewritten(raw, change, compression=zipfile.ZIP_STORED):
    """Change the members of a file, {name: bytes}, and its checksum with them."""
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        members = {info.filename: file.read(info) for info in file.infolist()}
    change(members)
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", compression) as file:
        for name, member in members.items():
            file.writestr(name, member)
        file.comment = b" " * 81
    body = result.getvalue()[:-81]
    return body + b"sarimax_c sha256 " + hashlib.sha256(body).hexdigest().encode()


def with_header(raw, change):
    """Change the header of a file."""

    def change_members(members):
        header = json.loads(members["header.json"])
        change(header)
        members["header.json"] = json.dumps(header).encode()

    return rewritten(raw, change_members)


def test_later_formats_are_refused_by_number():
    raw = bits(SMALL["state"]())
    later = with_header(raw, lambda h: h.update(number=archive.FORMAT + 1))
    message = (
        rf"the file has the format {archive.FORMAT + 1}, and sarimax_c"
        rf" {sx.__version__} reads formats up to {archive.FORMAT}"
    )
    with pytest.raises(sx.DataError, match=message):
        read(later)


def test_later_options_and_kinds_are_refused_by_name():
    raw = bits(SMALL["state"]())
    option = with_header(raw, lambda h: h["content"]["spec"].update(memory=0.5))
    with pytest.raises(sx.DataError, match=r"unknown option 'memory'.*later version"):
        read(option)
    with pytest.raises(sx.DataError, match=r"cannot load a 'Smoother'.*later version"):
        read(with_header(raw, lambda h: h.update(kind="Smoother")))


def _variants(value):
    """Yield values of other kinds and sizes in place of one of JSON's."""
    yield from (None, -1, 10**30, 1e308, "x", [], {}, [[1]], True, [-1], ["x"])
    if isinstance(value, dict):
        for key in value:
            for other in _variants(value[key]):
                yield {**value, key: other}
            yield {k: v for k, v in value.items() if k != key}
    if isinstance(value, list) and value:
        yield value[1:]
        yield value * 2
        for other in _variants(value[0]):
            yield [other, *value[1:]]


def use(result):
    """Compute what there is to compute."""
    str(result)
    result.forecast(2)
    if isinstance(result, sx.State):
        result.append([1.0])
    else:
        assert len(result.bse) >= 0
    if isinstance(result, sx.BatchFit | sx.MixedFit) and len(result):
        assert result.messages
        str(result[0])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SMALL)
def test_headers_that_nobody_wrote(name):
    raw = bits(SMALL[name]())
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        header = json.loads(file.read("header.json"))
    refused = 0
    for variant in _variants(header):

        def change(members, variant=variant):
            members["header.json"] = json.dumps(variant).encode()

        try:
            use(read(rewritten(raw, change)))
        except (sx.SarimaxError, MemoryError):
            refused += 1
    assert refused > 20


def _arrays(member):
    """Yield other arrays in place of one."""
    array = np.load(io.BytesIO(member))
    for other in (
        *(array[:0], array[..., np.newaxis], np.concatenate([array, array])),
        *(array.astype(">f8"), array.astype("f4"), array.astype(complex)),
        *(-array.astype(float), np.full_like(array, 100), np.asfortranarray([array])),
    ):
        stream = io.BytesIO()
        np.save(stream, other)
        yield stream.getvalue()
    head, tail = member[:128], member[128:]
    huge = head.replace(b"(", b"(9" + b"9" * 15, 1)
    yield from (b"", member[:-1], member[:50], huge[:128] + tail, tail)
    stream = io.BytesIO()
    np.save(stream, np.array([object()]), allow_pickle=True)
    yield stream.getvalue()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SMALL)
def test_arrays_that_nobody_wrote(name):
    raw = bits(SMALL[name]())
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        members = {i.filename: file.read(i) for i in file.infolist()}
    refused = 0
    for member in members.keys() - {"header.json"}:
        for other in _arrays(members[member]):

            def change(members, member=member, other=other):
                members[member] = other

            try:
                use(read(rewritten(raw, change)))
            except (sx.SarimaxError, MemoryError):
                refused += 1
    assert refused > 20


def test_compressed_members_are_not_read():
    raw = bits(SMALL["state"]())
    packed = rewritten(raw, lambda members: None, zipfile.ZIP_DEFLATED)
    with pytest.raises(sx.DataError, match="not what sarimax_c writes"):
        read(packed)


@pytest.mark.parametrize("flag", [1, 1 << 5, 1 << 6])
def test_encrypted_and_patched_members_are_not_read(flag):
    raw = bytearray(bits(SMALL["state"]())[:-81])
    raw[6] |= flag  # of the first member, and in the directory
    raw[raw.index(b"PK\x01\x02") + 8] |= flag
    mark = b"sarimax_c sha256 " + hashlib.sha256(raw).hexdigest().encode()
    with pytest.raises(sx.DataError, match="not what sarimax_c writes"):
        read(bytes(raw) + mark)


def test_pickles_are_not_read():
    """An array of objects would run the code of its pickle."""
    marker = []

    class Bomb:
        def __reduce__(self):
            return marker.append, (1,)

    stream = io.BytesIO()
    np.save(stream, np.array([Bomb()], dtype=object), allow_pickle=True)
    raw = bits(SMALL["state"]())
    with pytest.raises(sx.DataError):
        read(rewritten(raw, lambda m: m.update({"tail.npy": stream.getvalue()})))
    assert not marker
