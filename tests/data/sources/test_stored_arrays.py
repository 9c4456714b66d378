"""Array files of three kinds: what reads them tells what is missing."""

import sys

import h5py
import numpy as np
import pytest
import scipy.io
from numpy.testing import assert_equal

from stpose_tf import errors
from stpose_tf.data.containers import hdf5_file, matlab_file, npz_arrays

ARRAY = np.arange(12.0).reshape(4, 3)


def write_mat(path, **arrays):
    scipy.io.savemat(path, arrays, do_compression=True)


def write_hdf5(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array)


KINDS = {
    "mat": (matlab_file.read, write_mat),
    "h5": (hdf5_file.read, write_hdf5),
    "npz": (npz_arrays.read, np.savez),
}


@pytest.fixture(params=list(KINDS))
def kind(request, tmp_path):
    read, write = KINDS[request.param]
    return read, write, tmp_path / f"file.{request.param}"


def test_arrays_are_read_by_name(kind):
    read, write, path = kind
    write(path, one=ARRAY, other=np.asfortranarray(ARRAY) + 1, third=ARRAY)
    found = read(path, ("other", "one"))
    assert list(found) == ["other", "one"]
    assert_equal(found["one"], ARRAY)
    assert_equal(found["other"], ARRAY + 1)


def test_missing_names_and_files_are_told(kind):
    read, write, path = kind
    with pytest.raises(errors.InputError, match=rf"{path.name}: .*no such file"):
        read(path, ("one",))
    write(path, one=ARRAY)
    with pytest.raises(errors.InputError, match=f"{path.name}: .*two"):
        read(path, ("one", "two"))


def test_large_arrays_are_not_read(kind):
    read, write, path = kind
    write(path, one=ARRAY, two=ARRAY)
    with pytest.raises(errors.InputError, match=f"{path.name}: expected up to"):
        read(path, ("one", "two"), largest_bytes=100)


@pytest.mark.parametrize("content", [b"", b"\x00" * 700, b"text " * 100])
def test_other_files_are_refused(kind, content):
    read, _, path = kind
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=path.name):
        read(path, ("one",))


@pytest.mark.parametrize(("name", "package"), [("mat", "scipy.io"), ("h5", "h5py")])
def test_packages_that_are_not_installed_are_named(
    tmp_path, monkeypatch, name, package
):
    read, write = KINDS[name]
    write(tmp_path / "file", one=ARRAY)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(errors.InputError, match=r'pip install "stpose-tf\[datasets\]"'):
        read(tmp_path / "file", ("one",))


def test_version_7_3_is_told_from_older_ones(tmp_path):
    path = tmp_path / "new.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["one"] = ARRAY
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM")
    assert_equal(hdf5_file.read(path, ("one",))["one"], ARRAY)
    with pytest.raises(errors.InputError, match=r"Received: version 7\.3"):
        matlab_file.read(path, ("one",))
