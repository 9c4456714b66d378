import random
import runpy
from pathlib import Path

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.sources.mocap import bvh, bvh_hierarchy

FILES = runpy.run_path(str(Path(__file__).with_name("bvh_files.py")))
SMALL = """HIERARCHY
ROOT Hips
{
  OFFSET 0 1 2
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT Left Leg {
    OFFSET 3 4 5
    CHANNELS 1 Zrotation
    End Site
    {
      OFFSET 6 7 8
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.05
0 1 2 3 4 5 6
10 11 12 13 14 15 16
"""


def read(tmp_path, text):
    path = tmp_path / "a.bvh"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return bvh_hierarchy.read(path)


def test_joints_channels_and_rows(tmp_path):
    file = read(tmp_path, SMALL)
    assert [joint.name for joint in file.joints] == ["Hips", "Left Leg", ""]
    assert [joint.parent for joint in file.joints] == [-1, 0, 1]
    assert [joint.offset.tolist() for joint in file.joints] == [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7, 8],
    ]
    assert file.joints[1].channels == ("zrotation",)
    assert file.joints[1].column == 6
    assert file.rows.tolist() == [list(range(7)), list(range(10, 17))]
    assert file.fps == 20.0


@pytest.mark.parametrize(
    "text",
    [
        SMALL.replace("\n", "\r\n"),
        "\ufeff" + SMALL,
        SMALL.replace("ROOT Hips\n{", "ROOT Hips {").replace("  ", "\t"),
        SMALL.replace("Frames: 2", "Frames:   2 ").replace("0.05", "5.0E-2"),
        SMALL.replace("Zrotation", "ZROTATION").replace("End Site", "End site"),
        SMALL.replace("\n10 ", "\n\n10 ") + "\n\n",
        SMALL.replace("3 4 5 6\n", "3 4\n5 6\n"),
    ],
)
def test_ways_to_write_the_same(tmp_path, text):
    file, plain = read(tmp_path, text), read(tmp_path, SMALL)
    assert [j.name for j in file.joints] == [j.name for j in plain.joints]
    assert [j.channels for j in file.joints] == [j.channels for j in plain.joints]
    assert (file.rows == plain.rows).all()
    assert file.fps == plain.fps


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HIERARCHY", "TREE", "line 1: expected HIERARCHY. Received: TREE"),
        ("MOTION", "MOVES", "expected a line MOTION"),
        ("ROOT Hips", "JOINT Hips", "line 2: expected ROOT first"),
        ("  JOINT", "  ROOT", "line 6: expected ROOT first"),
        ("{\n  OFFSET 0 1 2", "  OFFSET 0 1 2", "line 3: expected {"),
        ("OFFSET 0 1 2", "OFFSET 0 1", "line 4: expected 3 finite numbers"),
        ("OFFSET 0 1 2", "OFFSET 0 1 nan", "line 4: expected 3 finite numbers"),
        ("OFFSET 0 1 2", "OFFSET 0 1 x", "line 4: expected 3 finite numbers"),
        ("OFFSET 0 1 2", "SCALE 0 1 2", "line 4: expected JOINT, End Site, OFFSET"),
        ("OFFSET 3 4 5\n", "\n", "line 9: expected OFFSET"),
        ("CHANNELS 6", "CHANNELS 5", "line 5: expected a number, and as many"),
        ("CHANNELS 6", "CHANNELS", "line 5: expected a number, and as many"),
        ("Xposition", "Xplace", "line 5: expected a number, and as many different"),
        ("Xposition", "Yposition", "line 5: expected a number, and as many different"),
        ("OFFSET 6 7 8", "CHANNELS 1 Xrotation", "line 11: expected JOINT, End Site"),
        ("}\n}\nMOTION", "}\nMOTION", "expected } for each {"),
        ("}\nMOTION", "}\n}\nMOTION", "expected no more }"),
        ("Frames: 2", "Frames: two", "line 16: expected Frames: and a number"),
        ("Frames: 2", "Frames: -2", "line 16: expected Frames: and a number"),
        ("Frames: 2", "Frames: 0", "expected 0 frames"),
        ("Frames: 2", "Frames: 3", "expected 3 frames of 7 numbers. Received: 2"),
        ("Frames: 2", "Frames: 1", "expected 1 frames of 7 numbers. Received: 2"),
        ("0.05", "0", "line 17: expected Frame Time: and positive seconds"),
        ("0.05", "-0.05", "line 17: expected Frame Time: and positive seconds"),
        ("0.05", "nan", "line 17: expected Frame Time: and positive seconds"),
        ("0.05", "fast", "line 17: expected Frame Time: and positive seconds"),
        ("Frame Time: 0.05", "", "line 18: expected Frame Time"),
        ("13", "x", "expected numbers in the frames"),
        ("13", "inf", "expected finite numbers in frame 1. Received: inf"),
        ("13", "nan", "expected finite numbers in frame 1. Received: nan"),
        (" 16\n", "\n", r"expected 2 frames of 7 numbers. Received: 1\.857"),
    ],
)
def test_damaged_files_are_refused_with_the_line(tmp_path, old, new, message):
    assert old in SMALL
    with pytest.raises(errors.InputError, match=message) as error:
        read(tmp_path, SMALL.replace(old, new, 1))
    assert str(error.value).startswith(str(tmp_path / "a.bvh"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 50, b"HIERARCHY\nMOTION\n"])
def test_other_files_are_refused(tmp_path, content):
    with pytest.raises(errors.InputError, match=r"a\.bvh"):
        read(tmp_path, content)


def test_missing_files_and_wrong_options_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"a\.bvh: expected a readable file"):
        bvh_hierarchy.read(tmp_path / "a.bvh")
    with pytest.raises(errors.InputError, match=r"expected \.bvh files in or below"):
        list(bvh.find(tmp_path))
    for option in ({"up": "x"}, {"scale": 0.0}, {"joint_names": tmp_path / "none"}):
        with pytest.raises(errors.InputError):
            list(bvh.find(tmp_path, **option))


def test_very_many_joints_are_refused(tmp_path):
    deep = "JOINT a\n{\nOFFSET 0 0 0\nCHANNELS 1 Xrotation\n" * 3000
    text = SMALL.replace("  JOINT Left", f"{deep}  JOINT Left")
    with pytest.raises(errors.InputError, match="at most 2000 joints"):
        read(tmp_path, text)


def test_files_with_changed_bytes_are_read_or_refused(tmp_path):
    path = tmp_path / "a.bvh"
    FILES["write"](path, frames=4)
    content = path.read_bytes()
    draw = random.Random(1)
    (clip,) = bvh.find(path)
    for _ in range(120):
        changed = bytearray(content)
        for _ in range(draw.choice((1, 1, 5))):
            place = draw.randrange(len(changed))
            changed[place : place + draw.choice((0, 1, 30))] = draw.choice(
                (b"", b"0", b"{", b"}", b" ", b"\n", b"-", b"9" * 30, b"x", b"\x00")
            )
        path.write_bytes(bytes(changed))
        try:
            motion = clip.read()
        except errors.InputError as error:
            assert str(path) in str(error)  # noqa: PT017
        else:
            assert np.isfinite(motion.joints_world).all()
            assert np.isfinite(motion.keypoints_world).all()
