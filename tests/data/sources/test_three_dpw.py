import itertools
import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.smpl import three_dpw, three_dpw_scene
from stpose_tf.geometry import cameras, skeletons

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("three_dpw_files.py")))
)
H36M, COCO = skeletons.get("h36m17"), skeletons.get("coco17")
SMPL = skeletons.get("smpl24")
LIMBS = ("left_knee", "right_ankle", "left_wrist", "right_shoulder", "right_hip")


@pytest.fixture(autouse=True)
def _no_file_is_remembered():
    three_dpw_scene._content.cache_clear()


def only(root, **options):
    (planned,) = three_dpw.find(root, **options)
    return planned.read()


def in_camera(clip):
    camera = clip.views[0].camera
    return cameras.world_to_camera(clip.pose_world.astype(np.float64), camera).numpy()


def truth(fields, person=0):
    """Returns SMPL's joints in the camera's frame in mm."""
    joints = fields["jointPositions"][person].reshape(-1, 24, 3)
    return 1000 * FILES.through(joints, fields["cam_poses"])


def test_joints_are_exact_in_the_frame_of_the_moving_camera(tmp_path):
    fields = FILES.content()
    FILES.write(tmp_path, fields)
    clip = only(tmp_path)
    found, expected = in_camera(clip), truth(fields)
    for name in LIMBS:
        assert_allclose(
            found[:, H36M.index(name)],
            expected[:, SMPL.index(name)],
            atol=1e-2,
            err_msg=name,
        )
    known = np.flatnonzero(clip.pose_valid[0])
    assert {H36M.index(name) for name in (*LIMBS, "hip", "thorax")} <= set(known)
    assert not clip.pose_valid[:, H36M.index("nose")].any()
    assert clip.keypoints_world is None


def test_names_sizes_and_rate(tmp_path):
    FILES.write(tmp_path, FILES.content(count=2), split="validation")
    first, second = (planned.read() for planned in three_dpw.find(tmp_path))
    assert (first.clip_id, second.clip_id) == (
        "downtown_walk_00_0",
        "downtown_walk_00_1",
    )
    assert (first.subject, first.action) == ("validation", "downtown_walk")
    assert (first.dataset, first.fps, first.num_frames) == ("3dpw", 30.0, 40)
    assert (first.input_skeleton, first.output_skeleton) == ("coco17", "h36m17")
    assert first.views[0].image_size == (1080, 1920)
    assert_allclose(first.views[0].camera.focal, [1961.1, 1969.2])
    gap = first.pose_world[:, H36M.index("hip")] - second.pose_world[:, 0]
    assert np.abs(gap).max() > 300


def test_openpose_points_are_in_the_order_of_coco_and_are_no_truth(tmp_path):
    fields = FILES.content()
    FILES.write(tmp_path, fields)
    view = only(tmp_path).views[0]
    for name in ("nose", "left_eye", "right_ear", "left_elbow", "right_knee"):
        row = FILES.OPENPOSE.index(name)
        expected = fields["poses2d"][0][:, :2, row]
        assert_allclose(
            view.keypoints[:, COCO.index(name)], expected, atol=1e-2, err_msg=name
        )
        assert_allclose(view.confidence[:, COCO.index(name)], 0.8)
    assert (view.confidence[:, COCO.index("left_ear")] == 0).all()
    assert not view.labelled.any()


def test_detected_limbs_lie_where_the_joints_project(tmp_path):
    FILES.write(tmp_path, FILES.content())
    clip = only(tmp_path)
    view = clip.views[0]
    pixels = cameras.project(in_camera(clip), view.camera).numpy()
    for name in (*LIMBS, "left_elbow", "right_elbow"):
        miss = pixels[:, H36M.index(name)] - view.keypoints[:, COCO.index(name)]
        assert np.abs(miss).max() < 0.05, name


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
@pytest.mark.parametrize("sign", [1, -1])
def test_up_is_up_whichever_axis_of_the_file_is(tmp_path, axes, sign):
    fields = FILES.content()
    turn = np.eye(3)[list(axes)] * sign
    if np.linalg.det(turn) < 0:
        turn = turn * [1, 1, 1] @ np.diag([-1, 1, 1])
    joints = fields["jointPositions"][0].reshape(-1, 24, 3) @ turn.T
    fields["jointPositions"][0] = joints.reshape(-1, 72)
    fields["cam_poses"][:, :3, :3] = fields["cam_poses"][:, :3, :3] @ turn.T
    FILES.write(tmp_path, fields)
    clip = only(tmp_path)
    names = ("left_ankle", "hip", "thorax", "left_shoulder")
    heights = [clip.pose_world[:, H36M.index(name), 2] for name in names]
    assert all((low < high).all() for low, high in itertools.pairwise(heights[:3]))
    assert 30 < heights[0].min() < 120
    # Straight up but for the camera's own shaking, 20 mm a metre.
    trunk = clip.pose_world[:, H36M.index("thorax")] - clip.pose_world[:, 0]
    assert np.linalg.norm(trunk[:, :2], axis=-1).max() < 0.3 * trunk[:, 2].min()


def test_left_is_left(tmp_path):
    fields = FILES.content()
    FILES.write(tmp_path, fields)
    clip = only(tmp_path)
    left = clip.pose_world[:, H36M.index("left_shoulder")]
    forward = np.cross(
        left - clip.pose_world[:, H36M.index("right_shoulder")], [0, 0, 1.0]
    )
    camera = clip.views[0].camera
    place = -camera.rotation.T @ camera.translation
    towards = np.sum(forward * (place - left), axis=-1)
    keypoints = clip.views[0].keypoints
    gap = (
        keypoints[:, COCO.index("left_shoulder"), 0]
        - keypoints[:, COCO.index("right_shoulder"), 0]
    )
    clear = np.abs(gap) > 40
    assert clear.any()
    assert (np.sign(gap[clear]) == np.sign(towards[clear])).all()


def test_frames_that_the_challenge_leaves_out_have_no_truth(tmp_path):
    fields = FILES.content()
    fields["campose_valid"][0][[2, 3]] = 0
    fields["poses2d"][0][[10, 11]] = 0
    fields["jointPositions"][0][2] = np.nan
    FILES.write(tmp_path, fields)
    clip = only(tmp_path)
    left_out = ~clip.pose_valid.any(axis=1)
    assert np.flatnonzero(left_out).tolist() == [2, 3, 10, 11]
    assert (clip.views[0].confidence[10:12] == 0).all()
    assert (clip.pose_world[left_out] == 0).all()


def test_projected_joints_are_truth(tmp_path):
    fields = FILES.content()
    fields["campose_valid"][0][5] = 0
    FILES.write(tmp_path, fields)
    clip = only(tmp_path, keypoints="projected", input_skeleton="smpl24")
    points = truth(fields)
    pixels = points[..., :2] / points[..., 2:] * [1961.1, 1969.2] + [540, 960]
    valid = np.arange(40) != 5
    assert_allclose(clip.views[0].keypoints[valid], pixels[valid], atol=1e-2)
    assert (clip.views[0].labelled == valid[:, None]).all()
    assert clip.keypoints_world is None
    coco = only(tmp_path, keypoints="projected")
    assert (coco.views[0].confidence[:, :5] == 0).all()
    assert_allclose(
        coco.views[0].keypoints[valid, COCO.index("left_knee")],
        pixels[valid, SMPL.index("left_knee")],
        atol=1e-2,
    )


def test_lower_rates_leave_frames_out(tmp_path):
    FILES.write(tmp_path, FILES.content())
    whole, half = only(tmp_path), only(tmp_path, fps=15.0)
    assert (half.fps, half.num_frames) == (15.0, 20)
    seen = half.views[0].confidence > 0
    assert_allclose(half.views[0].keypoints[seen], whole.views[0].keypoints[::2][seen])
    with pytest.raises(errors.InputError, match="whole part of the source's 30"):
        list(three_dpw.find(tmp_path, fps=25.0))


def test_plans_splits_and_the_dataset_spelling(tmp_path):
    other = FILES.content(frames=12, name="b_01", count=2)
    other["poses2D"] = other.pop("poses2d")
    other["gender"] = other.pop("genders")
    FILES.write(tmp_path, other, split="train")
    FILES.write(tmp_path, FILES.content(frames=12, name="a_02"))
    plans = list(three_dpw.find(tmp_path))
    assert [plan.clip_id for plan in plans] == ["b_01_0", "b_01_1", "a_02_0"]
    assert pickle.loads(pickle.dumps(plans)) == plans
    assert plans[1].read().num_frames == 12
    tested = three_dpw.find(tmp_path / "sequenceFiles", subjects=("test",))
    assert [plan.clip_id for plan in tested] == ["a_02_0"]
    flat = three_dpw.find(tmp_path / "sequenceFiles" / "test")
    assert [(plan.clip_id, plan.subject) for plan in flat] == [("a_02_0", "test")]


def nan_in_joints(fields):
    fields["jointPositions"][0][7, 3] = np.nan


def one_person_short(fields):
    fields["campose_valid"] = []


def mirrored(fields):
    fields["cam_poses"][:, :3, :3] *= 1.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda fields: fields.pop("cam_poses"), "expected the field cam_poses"),
        (lambda fields: fields.pop("poses2d"), "expected the field poses2d"),
        (nan_in_joints, "finite positions in jointPositions.* nan in frame 7"),
        (one_person_short, "numbers in campose_valid. Received: NoneType"),
        (mirrored, "rotations in cam_poses"),
        (
            lambda fields: fields["poses2d"].__setitem__(0, np.ones((39, 3, 18))),
            r"\(40, 3, 18\) in poses2d. Received: \(39, 3, 18\)",
        ),
        (
            lambda fields: fields["jointPositions"].__setitem__(0, np.ones((40, 51))),
            r"\(40, 72\) in jointPositions. Received: \(40, 51\)",
        ),
        (
            lambda fields: fields.update(cam_intrinsics=-FILES.INNER),
            "positive numbers in cam_intrinsics",
        ),
        (
            lambda fields: fields.update(cam_poses="text"),
            "numbers in cam_poses. Received: str",
        ),
        (
            lambda fields: fields["campose_valid"][0].fill(0),
            "a frame with a valid camera and 2D joints",
        ),
    ],
)
def test_fields_that_do_not_fit_are_named(tmp_path, change, message):
    fields = FILES.content()
    change(fields)
    FILES.write(tmp_path, fields)
    with pytest.raises(errors.InputError, match=message):
        only(tmp_path)


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return eval, (f"open({str(self.path)!r}, 'w')",)


def test_pickles_that_run_code_and_damaged_ones_are_skipped_and_named(tmp_path):
    good = FILES.write(tmp_path, FILES.content())
    folder = good.parent
    whole = good.read_bytes()
    code = Malicious(tmp_path / "made")
    bad = {
        "code": pickle.dumps({"jointPositions": [code]}, protocol=2),
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "list": pickle.dumps([1, 2], protocol=2),
        "nobody": pickle.dumps({"jointPositions": []}, protocol=2),
    }
    for name, data in bad.items():
        (folder / f"{name}.pkl").write_bytes(data)
    plans = list(three_dpw.find(tmp_path))
    skipped = {plan.name: plan.reason for plan in plans if isinstance(plan, Skipped)}
    assert set(skipped) == set(bad)
    assert all(f"{name}.pkl" in reason for name, reason in skipped.items())
    assert not (tmp_path / "made").exists()
    (found,) = [plan for plan in plans if not isinstance(plan, Skipped)]
    assert found.read().num_frames == 40


def test_folders_without_files_and_unknown_keypoints_are_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"sequenceFiles/test/\*\.pkl in it"):
        list(three_dpw.find(tmp_path))
    with pytest.raises(errors.InputError, match="keypoints: expected one of detected"):
        list(three_dpw.find(tmp_path, keypoints="best"))
