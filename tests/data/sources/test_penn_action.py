import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.io
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources import penn_action
from stpose_tf.geometry import skeletons

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("penn_action_files.py")))
)
PENN = skeletons.get("penn13")


def only(root, **options):
    (planned,) = penn_action.find(root, **options)
    return planned.read()


def test_joints_are_read_and_counted_from_0(tmp_path):
    FILES.write(tmp_path, "0001", FILES.fields())
    clip = only(tmp_path)
    assert_allclose(clip.views[0].keypoints, FILES.pixels(46) - 1, rtol=1e-5)
    assert clip.views[0].labelled.all()
    assert (clip.clip_id, clip.subject, clip.action) == (
        "0001",
        "train",
        "tennis_serve",
    )
    assert (clip.fps, clip.num_frames, clip.dataset) == (30.0, 46, "penn_action")
    assert clip.views[0].image_size == (481, 272)
    assert (clip.input_skeleton, clip.output_skeleton) == ("penn13", "h36m17")
    assert clip.pose_world is None
    assert clip.views[0].camera is None


def test_invisible_joints_are_no_input_and_no_truth(tmp_path):
    hidden = [(4, 5), (4, 0), (9, 12)]
    FILES.write(tmp_path, "0001", FILES.fields(hidden=hidden))
    view = only(tmp_path).views[0]
    found = np.argwhere(~view.labelled).tolist()
    assert found == [[4, 0], [4, 5], [9, 12]]
    assert (view.confidence == view.labelled).all()
    # The crop does not reach out to the (1, 1) that stands for invisible joints.
    others = np.abs(view.crop[4] - view.crop[5])
    assert others[:3].max() < 15


def test_left_is_left_unless_it_is_swapped(tmp_path):
    FILES.write(tmp_path, "0001", FILES.fields())
    clip, swapped = only(tmp_path), only(tmp_path, swap_left_right=True)
    places, other = clip.views[0].keypoints, swapped.views[0].keypoints
    left, right = PENN.index("left_shoulder"), PENN.index("right_shoulder")
    assert (places[:, left, 0] > places[:, right, 0]).all()
    assert (other[:, left, 0] < other[:, right, 0]).all()
    assert_allclose(other[:, PENN.index("right_knee")], places[:, 9])
    assert_allclose(other[:, 0], places[:, 0])
    below = places[:, PENN.index("left_ankle"), 1] - places[:, 0, 1]
    assert (below > 0).all()


def test_swapping_moves_visibility_too(tmp_path):
    FILES.write(tmp_path, "0001", FILES.fields(hidden=[(3, 5)]))
    view = only(tmp_path, swap_left_right=True).views[0]
    assert np.argwhere(~view.labelled).tolist() == [[3, PENN.index("right_wrist")]]


@pytest.mark.parametrize(("name", "count"), [("coco17", 12), ("h36m17", 13)])
def test_13_joints_in_17(tmp_path, name, count):
    FILES.write(tmp_path, "0001", FILES.fields(hidden=[(2, 9)]))
    clip = only(tmp_path, input_skeleton=name)
    view = clip.views[0]
    skeleton = skeletons.get(name)
    assert clip.input_skeleton == name
    assert view.labelled[0].sum() == count
    assert not view.labelled[2, skeleton.index("left_knee")]
    assert_allclose(
        view.keypoints[:, skeleton.index("right_elbow")],
        FILES.pixels(46)[:, 4] - 1,
        rtol=1e-5,
    )
    if name == "h36m17":
        assert view.labelled[:, skeleton.index("head")].all()
        assert not view.labelled[:, skeleton.index("hip")].any()


def test_splits_rates_and_plans(tmp_path):
    FILES.write(tmp_path, "0002", FILES.fields(train=-1))
    FILES.write(tmp_path, "0001", FILES.fields())
    plans = list(penn_action.find(tmp_path))
    assert [(plan.clip_id, plan.subject) for plan in plans] == [
        ("0001", "train"),
        ("0002", "test"),
    ]
    assert pickle.loads(pickle.dumps(plans)) == plans
    (tested,) = penn_action.find(tmp_path / "labels", subjects=("test",), fps=15.0)
    clip = tested.read()
    assert (clip.subject, clip.fps, clip.num_frames) == ("test", 15.0, 23)
    (at_25, _) = penn_action.find(tmp_path, source_fps=25.0)
    assert at_25.read().fps == 25.0
    with pytest.raises(errors.InputError, match="whole part of the source's 30"):
        list(penn_action.find(tmp_path, fps=25.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": None}, "none named x"),
        ({"y": np.ones((45, 13))}, r"\(46, 13\) in y. Received: \(45, 13\)"),
        ({"x": np.ones((46, 14))}, r"\(46, 13\) in x. Received: \(46, 14\)"),
        ({"x": np.full((46, 13), np.nan)}, "x and y of visible joints. Received: nan"),
        ({"visibility": np.zeros((46, 13))}, "a visible joint. Received: none"),
        ({"visibility": "all of them"}, r"\(46, 13\) in visibility"),
        ({"dimensions": np.zeros((1, 3))}, "height and width in dimensions"),
        ({"dimensions": "480"}, "height and width in dimensions"),
        ({"action": np.ones((2, 2))}, "a text in action"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, change, message):
    content = {**FILES.fields(), **change}
    content = {key: value for key, value in content.items() if value is not None}
    FILES.write(tmp_path, "0001", content)
    with pytest.raises(errors.InputError, match=message):
        only(tmp_path)


def test_files_that_do_not_say_their_split_are_skipped_and_named(tmp_path):
    good = FILES.write(tmp_path, "0001", FILES.fields())
    whole = good.read_bytes()
    FILES.write(tmp_path, "0002", FILES.fields(train=7))
    (good.parent / "0003.mat").write_bytes(whole[:500])
    (good.parent / "0004.mat").write_bytes(b"nothing")
    planned, *skipped = penn_action.find(tmp_path)
    assert planned.clip_id == "0001"
    assert all(isinstance(item, Skipped) for item in skipped)
    reasons = {item.name: item.reason for item in skipped}
    assert "1 or -1 in train. Received: [7]" in reasons["0002"]
    assert "one cut off at 500 bytes" in reasons["0003"]
    assert "version 5 to 7. Received: another file" in reasons["0004"]
    with pytest.raises(errors.InputError, match=r"expected labels/0001\.mat"):
        list(penn_action.find(tmp_path / "none"))


@pytest.mark.parametrize("name", ["train", "unused"])
def test_bombs_are_refused_before_they_go_off(tmp_path, name):
    path = tmp_path / "labels" / "0001.mat"
    path.parent.mkdir()
    content = {**FILES.fields(), name: np.zeros((1 << 18, 64))}
    scipy.io.savemat(path, content, do_compression=True)
    assert path.stat().st_size < 1 << 18
    (skipped,) = penn_action.find(tmp_path)
    assert "up to 67108864 bytes after decompression" in skipped.reason
