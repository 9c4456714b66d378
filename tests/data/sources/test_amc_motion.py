import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.sources.mocap import amc_motion, asf_body


@pytest.fixture(scope="module")
def written(asf_amc_writer, tmp_path_factory):
    return asf_amc_writer(tmp_path_factory.mktemp("motion"), num_frames=40)


@pytest.fixture(scope="module")
def body(written):
    return asf_body.read(written.asf)


def read(text, body, tmp_path):
    path = tmp_path / "71_03.amc"
    path.write_text(text)
    return amc_motion.read_values(path, body)


def test_bones_end_where_an_independent_chain_puts_them(written, body):
    values = amc_motion.read_values(written.amc, body)
    ends, _ = amc_motion.bone_ends(body, values)
    assert ends.keys() == written.positions.keys()
    for name, expected in written.positions.items():
        assert_allclose(ends[name], expected, atol=1e-6, err_msg=name)


def test_rotations_carry_the_bones(written, body):
    ends, turns = amc_motion.bone_ends(body, amc_motion.read_values(written.amc, body))
    for bone in body.bones[1:]:
        parent = body.bones[bone.parent].name
        along = turns[bone.name] @ bone.offset * body.mm
        assert_allclose(ends[bone.name] - ends[parent], along, atol=1e-9)
        products = turns[bone.name] @ turns[bone.name].swapaxes(-1, -2)
        assert_allclose(products, np.broadcast_to(np.eye(3), (40, 3, 3)), atol=1e-12)


def test_cut_motions_may_begin_at_any_frame(written, body, tmp_path):
    lines = written.amc.read_text().splitlines()
    moved = [str(int(line) + 129) if line.isdigit() else line for line in lines]
    first = read("\n".join(lines), body, tmp_path)
    second = read("\n".join(moved), body, tmp_path)
    for name, values in first.items():
        assert_allclose(second[name], values)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda lines: [], "expected frames. Received: none"),
        (lambda lines: lines[:3], "expected frames. Received: none"),
        (lambda lines: lines[:-1], "expected a line for each of 29 bones in frame 40"),
        (lambda lines: lines[:40], "Received: none for"),
        (lambda lines: [*lines[:5], *lines[6:]], "bones in frame 1"),
        (lambda lines: [*lines[:5], lines[4], *lines[5:]], "line 6: expected one line"),
        (lambda lines: [*lines[:5], "tail 1 2", *lines[5:]], "Received: tail"),
        (lambda lines: [*lines[:3], *lines[4:]], "one line for each moving bone"),
        (lambda lines: [*lines, "42"], "expected frame number 41. Received: 42"),
        (lambda lines: [*lines, "x"], "expected a frame number. Received: x"),
        (lambda lines: [":RADIANS", *lines[3:]], "expected :DEGREES as in 71.asf"),
        (lambda lines: [*lines[:4], "root 1 2 nan 0 0 0"], "6 finite numbers"),
        (lambda lines: [*lines[:4], "root 1 2 3 0 0"], "Received: root 1 2 3 0 0"),
        (lambda lines: [*lines[:4], "root 1 2 3 0 0 zero"], "line 5: expected 6"),
    ],
)
def test_what_does_not_fit_is_named(written, body, tmp_path, change, expected):
    text = "\n".join(change(written.amc.read_text().splitlines()))
    with pytest.raises(errors.InputError) as refused:
        read(text, body, tmp_path)
    assert "71_03.amc" in str(refused.value)
    assert expected in str(refused.value)


def test_a_missing_file_is_refused(body, tmp_path):
    with pytest.raises(errors.InputError, match="expected a readable file"):
        amc_motion.read_values(tmp_path / "none.amc", body)
