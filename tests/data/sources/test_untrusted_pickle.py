import io
import pickle
import random
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import pytest
from numpy.testing import assert_equal

from stpose_tf import errors
from stpose_tf.data.containers import untrusted_pickle

PROTOCOLS = (2, 3, 4, 5)
RNG = np.random.default_rng(1)
LONG = RNG.normal(size=(300, 32, 3)).astype(np.float32)


def nested():
    return {
        "S1": {"Walk 1": LONG, "Sit": LONG[:7] + 1},
        "names": ["a", "é" * 300, b"\x00\xff" * 20, ""],
        "numbers": (1, -5, 2**40, 2**400, 0.5, None, True, False),
        "kinds": [
            np.arange(700, dtype=kind) for kind in ("<i8", ">f4", "u1", "<f8", "c8")
        ],
        "flags": np.array([True, False]),
        "text": np.array(["abc", "é"]),
        "fortran": np.asfortranarray(LONG[:, :, 0]),
        "objects": np.array([None, {"x": LONG[0]}, [LONG[1]]], object),
        "scalars": (np.float32(1.5), np.int64(7), np.bool_(True)),
        "ordered": OrderedDict(a=1, b=2),
        "empty": np.empty((0, 3)),
        "same": (LONG, LONG),
    }


def assert_same(found, expected):
    assert type(found) is type(expected)
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        found, expected = list(found.values()), list(expected.values())
    if isinstance(expected, np.ndarray) and expected.dtype.hasobject:
        found, expected = found.tolist(), expected.tolist()
    if isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        assert_equal(found, expected)


def loaded(content, largest_bytes=1 << 24):
    return untrusted_pickle.load(io.BytesIO(content), largest_bytes=largest_bytes)


def write_npz(path, protocol=4, **entries):
    """Object entries as NumPy writes them, with any protocol (before 1.17: 2)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, value in entries.items():
            content = io.BytesIO()
            array = np.asanyarray(value)
            header = np.lib.format.header_data_from_array_1_0(array)
            np.lib.format.write_array_header_1_0(content, header)
            if array.dtype.hasobject:
                pickle.dump(array, content, protocol=protocol)
            else:
                content.write(array.tobytes())
            archive.writestr(f"{key}.npy", content.getvalue())
    return path


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_gives_what_python_gives(protocol):
    found = loaded(pickle.dumps(nested(), protocol))
    assert_same(found, nested())
    assert found["kinds"][1].dtype == np.dtype(">f4")
    assert isinstance(found["ordered"], OrderedDict)
    assert found["same"][0] is found["same"][1]
    found["S1"]["Walk 1"][0] = 0  # writable


def test_strings_of_python_2_are_text_and_its_arrays_are_arrays():
    # As Python 2's cPickle writes them: byte strings for keys and for array data.
    values = np.array([[1.5, -2.0]], "<f8")

    def string(text):
        return b"T" + struct.pack("<i", len(text)) + text

    state = (
        b"(K\x01(K\x01K\x02tcnumpy\ndtype\nq\x01(U\x02f8K\x00K\x01tR"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    )
    content = (
        b"\x80\x02}(U\x05posescnumpy.core.multiarray\n_reconstruct\n"
        b"(cnumpy\nndarray\n(K\x00tU\x01btR"
        + state
        + string(values.tobytes())
        + b"tbU\x06genderU\x02m\xe9u."
    )
    expected = pickle.loads(content, encoding="latin1")
    assert_equal(expected["poses"], values)
    assert_same(loaded(content), expected)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_left_in_an_npz_are_those_that_are_loaded(tmp_path, protocol):
    path = write_npz(tmp_path / "a.npz", protocol, positions=nested(), plain=LONG)
    assert_same(untrusted_pickle.npz_object(path, "positions"), nested())
    assert_equal(untrusted_pickle.npz_object(path, "plain"), LONG)
    assert untrusted_pickle.npz_keys(path) == ("positions", "plain")
    plan = untrusted_pickle.npz_scan(path, "positions")
    assert plan["S1"]["Walk 1"].shape == LONG.shape
    with untrusted_pickle.npz_stream(path, "positions") as stream:
        for stored, expected in (
            (plan["S1"]["Sit"], LONG[:7] + 1),
            (plan["S1"]["Walk 1"], LONG),
            (plan["fortran"], LONG[:, :, 0]),
            (plan["kinds"][1], np.arange(700, dtype=">f4")),
            (plan["flags"], np.array([True, False])),
        ):
            found = untrusted_pickle.read_array(stream, stored)
            assert_equal(found, expected)
            assert found.dtype == expected.dtype


def test_numpys_own_files_are_read(tmp_path):
    path = tmp_path / "data_3d_h36m.npz"
    np.savez_compressed(path, positions_3d=nested())
    assert_same(untrusted_pickle.npz_object(path, "positions_3d"), nested())


class Runs:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("scan", [False, True])
def test_nothing_is_run(tmp_path, protocol, scan):
    trace = tmp_path / "trace"
    for bad in (
        Runs(open, str(trace), "w"),
        Runs(eval, f"open({str(trace)!r}, 'w')"),
        Runs(exec, f"open({str(trace)!r}, 'w')"),
        Runs(getattr, trace, "touch"),
        {"S1": {"a": Runs(print, "x")}},
        pickle.PickleError,
    ):
        path = write_npz(tmp_path / "a.npz", protocol, positions={"S1": bad})
        read = untrusted_pickle.npz_scan if scan else untrusted_pickle.npz_object
        with pytest.raises(
            errors.InputError, match=r"the name .*no array or container"
        ):
            read(path, "positions")
        assert not trace.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "pickle exhausted"),
        (b"not a pickle", "opcode"),
        (pickle.dumps({1, 2}), "the opcode EMPTY_SET"),
        (pickle.dumps({(1, 2): 3}), "a key that is a tuple"),
        (pickle.dumps(np.zeros(3, [("a", "f4")])), "an array of 'V4'"),
        (pickle.dumps(np.zeros(3, "M8[s]")), "an array of 'M8'"),
        (b"\x80\x02]a.", "nothing left|stack|index"),
        (b"\x80\x02}e.", "no mark"),
        (b"\x80\x02h\x05.", "Received: 5"),
        (b"\x80\x02U", "not enough data"),
        (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f", "larger than it may be"),
        (b"\x80\x02Pname\n.", "the opcode PERSID"),
        (b"\x80\x02(iposix\nsystem\n.", "the opcode INST"),
        (b"\x80\x02" + b"]" * 50 + b".", "too many values"),
    ],
)
def test_what_is_damaged_or_foreign_is_refused_in_one_line(content, reason):
    with pytest.raises(errors.InputError, match=reason) as caught:
        loaded(content)
    assert "\n" not in str(caught.value)


def test_an_impossible_shape_takes_no_memory():
    content = pickle.dumps(np.zeros(2, np.float32), 2)
    at = content.index(b"K\x02\x85") + 1
    assert content[at : at + 1] == b"\x02"
    huge = content[: at - 1] + b"J\xff\xff\xff\x7f" + content[at + 1 :]
    with pytest.raises(errors.InputError, match="bytes in an array of shape"):
        loaded(huge)


def test_too_large_is_refused_before_it_is_read(tmp_path):
    content = pickle.dumps(LONG)
    with pytest.raises(errors.InputError, match="larger than it may be"):
        loaded(content, largest_bytes=len(content) // 2)
    path = write_npz(tmp_path / "bomb.npz", positions={"a": np.zeros(3_000_000)})
    assert path.stat().st_size < 100_000
    with pytest.raises(errors.InputError, match="expected at most 1000000 bytes"):
        untrusted_pickle.npz_object(path, "positions", largest_bytes=1_000_000)


def test_a_bomb_of_empty_lists_is_stopped(monkeypatch):
    machine = untrusted_pickle.pickle_machine
    monkeypatch.setattr(machine, "_MOST_STEPS", 1000)
    with pytest.raises(errors.InputError, match="more than 1000 opcodes"):
        loaded(b"\x80\x02" + b"]" * 5000 + b".")


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
def test_cut_and_changed_pickles_give_an_input_error_or_a_value():
    content = pickle.dumps(nested(), 4)
    generator = random.Random(0)
    short = pickle.dumps({"a": [LONG[0], "x"], "b": (np.float32(1), None)}, 2)
    for end in range(len(short)):
        with pytest.raises(errors.InputError):
            loaded(short[:end])
    for _ in range(3000):
        changed = bytearray(short if generator.random() < 0.9 else content)
        for _ in range(generator.randint(1, 3)):
            changed[generator.randrange(len(changed))] = generator.randrange(256)
        try:
            loaded(bytes(changed))
        except errors.InputError as error:
            assert "\n" not in str(error)  # noqa: PT017


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04cut", b"no archive"])
def test_no_archive(tmp_path, content):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(errors.InputError, match=r"a\.npz: expected an \.npz file"):
        untrusted_pickle.npz_object(path, "positions")
    with pytest.raises(errors.InputError, match="Received: no file"):
        untrusted_pickle.npz_scan(tmp_path / "b.npz", "positions")


def test_cut_archives_and_foreign_entries(tmp_path):
    path = write_npz(tmp_path / "a.npz", positions_3d={"a": LONG}, other={"a": 1})
    with pytest.raises(errors.InputError, match="expected an entry positions_2d"):
        untrusted_pickle.npz_object(path, "positions_2d")
    content = path.read_bytes()
    for end in (10, len(content) // 2, len(content) - 30):
        path.write_bytes(content[:end])
        with pytest.raises(errors.InputError, match=r"expected an \.npz file"):
            untrusted_pickle.npz_object(path, "positions_3d")
    changed = bytearray(content)
    changed[3000:3100] = bytes(100)
    path.write_bytes(changed)
    with pytest.raises(errors.InputError, match=r"positions_3d: expected containers"):
        untrusted_pickle.npz_object(path, "positions_3d")


def test_plain_arrays_stay_in_the_file_too(tmp_path):
    """An entry that is a gigabyte of zeros costs nothing until it is asked for."""
    np.savez_compressed(tmp_path / "a.npz", other=np.ones(3), positions=LONG)
    found = untrusted_pickle.npz_scan(tmp_path / "a.npz", "positions")
    assert isinstance(found, untrusted_pickle.StoredArray)
    assert (found.shape, found.length) == (LONG.shape, LONG.nbytes)
    with untrusted_pickle.npz_stream(tmp_path / "a.npz", "positions") as stream:
        assert_equal(untrusted_pickle.read_array(stream, found), LONG)
