import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from numpy.testing import assert_equal

from stpose_tf import errors
from stpose_tf.data.containers import matlab_file

HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
CELL, STRUCT, CHAR, DOUBLE = 1, 2, 4, 6


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def variable(kind, shape, content, *, name=b"a"):
    """Returns a variable of a MATLAB file that claims a kind and a shape."""
    head = element(6, struct.pack("<II", kind, 0))
    head += element(5, struct.pack(f"<{len(shape)}i", *shape)) + element(1, name)
    return element(14, head + content)


def doubles(count):
    return element(9, bytes(8 * count))


@pytest.fixture(params=["plain", "compressed"])
def write(request, tmp_path):
    """Returns a function that writes one variable."""

    def put(content):
        if request.param == "compressed":
            data = zlib.compress(content)
            content = struct.pack("<II", 15, len(data)) + data
        path = tmp_path / "a.mat"
        path.write_bytes(HEADER + content)
        return path

    return put


def test_what_is_claimed_and_held_is_read(write):
    inner = variable(DOUBLE, (2, 3), doubles(6), name=b"")
    found = matlab_file.read(write(variable(CELL, (1, 2), inner + inner)), ("a",))
    assert found["a"].shape == (1, 2)
    assert_equal(found["a"][0, 1], np.zeros((2, 3)))


HUGE = 2**31 - 1


@pytest.mark.parametrize(
    "content",
    [
        variable(CELL, (HUGE, HUGE), b""),
        variable(CELL, (HUGE, 1), variable(DOUBLE, (1, 1), doubles(1), name=b"")),
        variable(CELL, (1, 1), variable(CELL, (HUGE, 1), bytes(64), name=b"")),
        variable(DOUBLE, (HUGE, HUGE), doubles(4)),
        variable(DOUBLE, (4, 1), doubles(5)),
        variable(DOUBLE, (-1, 4), doubles(4)),
        variable(DOUBLE, (2, 2), struct.pack("<II", 9, 1 << 31) + bytes(32)),
        variable(CHAR, (1, HUGE), element(16, b"text")),
        variable(CHAR, (1, HUGE), element(4, b"t\x00e\x00")),
        variable(STRUCT, (1, 1), bytes(64)),
        variable(DOUBLE, (2, 2), doubles(4))[:-8],
        variable(DOUBLE, (1,) * 99, doubles(1)),
        element(9, bytes(64)),
    ],
)
def test_false_claims_are_refused_at_once(write, content):
    with pytest.raises(errors.InputError, match=r"a\.mat: expected a whole MATLAB"):
        matlab_file.read(write(content), ("a",))


def test_cells_in_cells_are_followed_a_few_levels_only(write):
    content = variable(DOUBLE, (1, 1), doubles(1), name=b"")
    for _ in range(2000):
        content = variable(CELL, (1, 1), content, name=b"")
        if len(content) > 60_000:
            break
    with pytest.raises(errors.InputError, match="more than 4 deep"):
        matlab_file.read(write(variable(CELL, (1, 1), content)), ("a",))


def test_other_variables_may_be_of_any_kind(tmp_path):
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"a": np.eye(2), "b": {"c": 1}})
    assert_equal(matlab_file.read(path, ("a",))["a"], np.eye(2))
    with pytest.raises(errors.InputError, match="neither numbers nor text nor cells"):
        matlab_file.read(path, ("b",))


@pytest.mark.parametrize(
    "name",
    [
        "testcell_7.4_GLNX86.mat",
        "testcellnest_6.1_SOL2.mat",
        "testcomplex_7.1_GLNX86.mat",
        "testdouble_6.1_SOL2.mat",
        "testminus_6.5.1_GLNX86.mat",
        "teststringarray_7.4_GLNX86.mat",
        "testunicode_7.1_GLNX86.mat",
        "test3dmatrix_7.4_GLNX86.mat",
    ],
)
def test_files_that_matlab_wrote_are_read_as_scipy_reads_them(name):
    path = Path(scipy.io.matlab.__file__).parent / "tests" / "data" / name
    if not path.exists():
        pytest.skip("scipy is installed without its own test files")
    expected = {
        key: array
        for key, array in scipy.io.loadmat(path).items()
        if not key.startswith("__")
    }
    found = matlab_file.read(path, tuple(expected))
    assert {key: repr(array) for key, array in found.items()} == {
        key: repr(array) for key, array in expected.items()
    }
