import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from stpose_tf import errors
from stpose_tf.data.sources.mocap import asf_body


@pytest.fixture(scope="module")
def text(asf_amc_writer, tmp_path_factory):
    return asf_amc_writer(tmp_path_factory.mktemp("body"), num_frames=1).asf.read_text()


def read(text, tmp_path):
    path = tmp_path / "71.asf"
    path.write_text(text)
    return asf_body.read(path)


def test_units_bones_and_channels_are_as_written(text, tmp_path):
    body = read(text, tmp_path)
    assert body.mm == pytest.approx(56.4444, abs=1e-4)  # 25.4 / 0.45
    assert body.in_degrees
    bones = {bone.name: bone for bone in body.bones}
    assert len(bones) == 31
    assert body.bones[0].name == "root"
    assert bones["root"].channels == ("tx", "ty", "tz", "rx", "ry", "rz")
    assert bones["lfoot"].channels == ("rx", "rz")
    assert bones["lhipjoint"].channels == ()
    assert body.bones[bones["lfoot"].parent].name == "ltibia"
    assert np.linalg.norm(bones["lfemur"].offset) == pytest.approx(7.63)


def test_parents_come_before_their_children(text, tmp_path):
    body = read(text, tmp_path)
    assert all(bone.parent < place for place, bone in enumerate(body.bones))


@pytest.mark.parametrize("order", ["xyz", "zyx", "yxz"])
def test_the_first_letter_turns_first(order):
    angles = np.array([[0.3, -0.8, 1.9], [0.0, 0.4, 0.0]])
    chosen = angles[:, ["xyz".index(letter) for letter in order]]
    expected = Rotation.from_euler(order, chosen).as_matrix()
    assert_allclose(asf_body.rotation(angles, order), expected, atol=1e-12)


def test_radians_are_the_same_body(text, tmp_path):
    lines = text.replace("angle deg", "angle rad").splitlines()
    for place, line in enumerate(lines):
        words = line.split()
        if words[:1] == ["axis"] and len(words) == 5:
            radians = " ".join(f"{np.radians(float(word)):.17g}" for word in words[1:4])
            lines[place] = f"axis {radians} XYZ"
    degrees, radians = read(text, tmp_path), read("\n".join(lines), tmp_path)
    assert not radians.in_degrees
    for expected, bone in zip(degrees.bones, radians.bones, strict=True):
        assert_allclose(bone.axis, expected.axis, atol=1e-12)


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "expected", "received"),
    [
        (":documentation", ":colors", "a section of ASF", ":colors"),
        ("length 0.45", "length zero", "1 finite numbers", "length zero"),
        ("length 0.45", "length -0.45", "a positive length", "-0.45"),
        ("angle deg", "angle grad", "angle deg or rad", "angle grad"),
        ("  mass 1.0", "  time 1.0", "mass, length or angle", "time"),
        ("order TX TY TZ RX RY RZ", "order TX TY TZ RX RY", "each of TX", "rx"),
        ("axis XYZ\n", "axis XYW\n", "an order of axes", "XYW"),
        ("orientation 0 0 0", "orientation 0 90 0", "orientation 0 0 0", "another"),
        ("id 4", "mood 4", "a property of a bone", "mood"),
        ("dof rx rz", "dof rx rx", "some of tx ty tz", "rx rx"),
        ("dof rx rz", "dof tx", "rotations", "tx"),
        ("     name ltoes", "     name root", "a bone's name", "root"),
        ("lfoot ltoes", "lfoot ltoes wings", "a new bone of :bonedata", "wings"),
        ("    lfoot ltoes", "    wings ltoes", "a parent", "wings"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(
    text, tmp_path, old, new, expected, received
):
    assert old in text
    changed = text.replace(old, new, 1)
    with pytest.raises(errors.InputError) as refused:
        read(changed, tmp_path)
    message = str(refused.value)
    assert expected in message
    assert received in message
    number = line_of(changed, new.strip("\n"))
    assert f"71.asf, line {number}:" in message


@pytest.mark.parametrize("value", ["nan", "inf", "1 2", "left"])
def test_bad_numbers_of_a_bone_are_refused(text, tmp_path, value):
    number = line_of(text, "     direction")
    lines = text.splitlines()
    lines[number - 1] = f"     direction {value} 0 1"
    with pytest.raises(errors.InputError, match=f"line {number}: expected 3 finite"):
        read("\n".join(lines), tmp_path)


def test_every_cut_is_refused(text, tmp_path):
    lines = text.splitlines()
    for end in range(0, len(lines) - 1, 5):
        with pytest.raises(errors.InputError, match=r"71\.asf"):
            read("\n".join(lines[:end]), tmp_path)


@pytest.mark.parametrize("part", ["direction", "length", "axis"])
def test_a_bone_needs_all_of_its_properties(text, tmp_path, part):
    head, bones = text.split(":bonedata")
    lines = bones.splitlines()
    lines.remove(next(line for line in lines if line.split()[:1] == [part]))
    with pytest.raises(errors.InputError, match=f"expected {part} of the bone"):
        read(head + ":bonedata" + "\n".join(lines), tmp_path)


def test_a_bone_outside_the_hierarchy_is_refused(text, tmp_path):
    with pytest.raises(errors.InputError, match=r"every bone in :hierarchy.*ltoes"):
        read(text.replace("    lfoot ltoes\n", ""), tmp_path)


def test_a_missing_file_and_bytes_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"none\.asf: expected a readable file"):
        asf_body.read(tmp_path / "none.asf")
    path = tmp_path / "bytes.asf"
    path.write_bytes(bytes(range(256)) * 20)
    with pytest.raises(errors.InputError, match=r"bytes\.asf"):
        asf_body.read(path)
