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
from stpose_tf.data.sources.mpi import mpi_calibration, mpi_inf_3dhp
from stpose_tf.geometry import cameras, skeletons

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("mpi_inf_3dhp_files.py")))
)
H36M, MPI = skeletons.get("h36m17"), skeletons.get("mpi_inf_3dhp_17")
# Joints of the 28 by name, and what they are called in Human3.6M's order.
SAME = {
    "hip": 4,
    "thorax": 5,
    "nose": 6,
    "head": 7,
    "spine": 3,
    "left_shoulder": 9,
    "left_wrist": 11,
    "right_elbow": 15,
    "left_hip": 18,
    "right_knee": 24,
    "left_ankle": 20,
}


def z_up(points):
    return points @ np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])


def only(folder, **options):
    (planned,) = mpi_inf_3dhp.find(folder, **options)
    return planned.read()


def projected(clip, view, points):
    camera = clip.views[view].camera
    return cameras.project(cameras.world_to_camera(points, camera), camera).numpy()


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    root = tmp_path_factory.mktemp("3dhp")
    _, world = FILES.write_train(root)
    return only(root), only(root, universal=False), z_up(world)


def test_joints_are_those_of_the_world_in_mm_and_z_up(train):
    _, clip, world = train
    for name, row in SAME.items():
        found = clip.pose_world[:, H36M.index(name)]
        assert_allclose(found, world[:, row], atol=2e-2, err_msg=name)
    assert clip.pose_valid.all()
    assert_allclose(clip.keypoints_world, world[:, FILES.RELEVANT], atol=2e-2)


def test_the_standard_body_is_smaller_and_seen_at_the_same_pixels(train):
    clip, own, _ = train
    assert_allclose(clip.pose_world, FILES.SCALE * own.pose_world, atol=2e-2)
    for view, other in zip(clip.views, own.views, strict=True):
        assert_allclose(view.keypoints, other.keypoints)
        assert_allclose(view.camera.rotation, other.camera.rotation)


@pytest.mark.parametrize("universal", [True, False])
def test_every_camera_projects_the_joints_on_the_2d_ones(train, universal):
    clip = train[0] if universal else train[1]
    assert len(clip.views) == len(mpi_inf_3dhp.CAMERAS)
    for number, view in enumerate(clip.views):
        pixels = projected(clip, number, clip.keypoints_world)
        assert np.abs(pixels - view.keypoints).max() < 0.05
        assert view.image_size == (2048, 2048)
        assert view.labelled.all()
        assert (view.confidence == 1).all()


def test_names_and_rate(train):
    clip = train[0]
    assert (clip.clip_id, clip.subject, clip.action) == ("S1_Seq1", "S1", "seq1")
    assert (clip.dataset, clip.fps) == ("mpi_inf_3dhp", 25.0)
    assert (clip.input_skeleton, clip.output_skeleton) == ("mpi_inf_3dhp_17", "h36m17")
    assert clip.num_frames == 40


def test_up_is_up_and_left_is_left(train):
    clip = train[1]
    heights = [
        clip.pose_world[:, H36M.index(name), 2]
        for name in ("left_ankle", "hip", "thorax", "head")
    ]
    assert all((low < high).all() for low, high in itertools.pairwise(heights))
    assert 0 < heights[0].min() < 200
    check_sides(clip)


def check_sides(clip):
    """A person who faces the camera has the left shoulder at the larger x."""
    left = clip.pose_world[:, H36M.index("left_shoulder")]
    right = clip.pose_world[:, H36M.index("right_shoulder")]
    forward = np.cross(left - right, [0, 0, 1.0])
    for view in clip.views:
        place = -view.camera.rotation.T @ view.camera.translation
        towards = np.sum(forward * (place - left), axis=-1)
        gap = np.subtract(
            *(
                view.keypoints[:, MPI.index(f"{s}_shoulder"), 0]
                for s in ("left", "right")
            )
        )
        clear = np.abs(towards) > 0.5 * np.linalg.norm(forward, axis=-1) * 3000
        assert clear.any()
        assert (np.sign(gap[clear]) == np.sign(towards[clear])).all()


def test_views_are_chosen_and_their_rotations_are_those_of_the_cameras(tmp_path):
    FILES.write_train(tmp_path)
    clip = only(tmp_path, cameras=(3, 0))
    first, second = (FILES.camera(number)[0] for number in (3, 0))
    found = cameras.relative_rotation(clip.views[0].camera, clip.views[1].camera)
    assert_allclose(found, second @ first.T, atol=1e-5)


def test_other_keypoints_follow_from_the_joints(tmp_path):
    FILES.write_train(tmp_path)
    clip = only(tmp_path, input_skeleton="h36m17", cameras=(0,))
    own = only(tmp_path, cameras=(0,))
    assert clip.input_skeleton == "h36m17"
    for name, other in (("hip", "pelvis"), ("nose", "head"), ("head", "head_top")):
        assert_allclose(
            clip.views[0].keypoints[:, H36M.index(name)],
            own.views[0].keypoints[:, MPI.index(other)],
        )
    assert_allclose(clip.keypoints_world, clip.pose_world)
    coco = only(tmp_path, input_skeleton="coco17", cameras=(0,))
    assert coco.keypoints_world is None
    face = coco.views[0].confidence[:, :5]
    assert (face == 0).all()
    assert not coco.views[0].labelled[:, :5].any()
    assert (coco.views[0].confidence[:, 5:] == 1).all()
    with pytest.raises(errors.InputError, match="No map is defined"):
        only(tmp_path, input_skeleton="body25", cameras=(0,))


def test_sequences_of_50_fps_give_every_second_frame_and_none_has_too_many(
    tmp_path, monkeypatch
):
    FILES.write_train(tmp_path, "S1", "Seq2")
    FILES.write_train(tmp_path, "S2", "Seq1")
    monkeypatch.setitem(mpi_inf_3dhp._FRAMES, "S2", (30, 30))
    fast, slow = mpi_inf_3dhp.find(tmp_path)
    assert (fast.clip_id, slow.clip_id) == ("S1_Seq2", "S2_Seq1")
    assert fast.read().num_frames == 20
    assert slow.read().num_frames == 30  # the file has 40
    full, skipped = mpi_inf_3dhp.find(tmp_path, fps=50.0)
    assert full.read().num_frames == 40
    assert isinstance(skipped, Skipped)
    assert "whole part of the source's 25" in skipped.reason


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    root = tmp_path_factory.mktemp("3dhp_test")
    _, arrays = FILES.write_held_out(root, "TS1", invalid=(3, 4))
    FILES.write_held_out(root, "TS6")
    first, last = mpi_inf_3dhp.find(root)
    return first.read(), last.read(), arrays


def test_a_test_clip_holds_the_standard_body_as_its_camera_sees_it(held_out):
    clip, _, arrays = held_out
    expected = arrays["univ_annot3"][:, 0]
    expected = expected - expected[:, 14:15]
    camera = clip.views[0].camera
    world = clip.pose_world.astype(np.float64)
    found = (world - world[:, :1]) @ camera.rotation.T
    valid = arrays["valid_frame"][:, 0] > 0
    for name in ("left_wrist", "right_ankle", "head", "nose", "spine"):
        row = {"nose": "head", "head": "head_top"}.get(name, name)
        assert_allclose(
            found[valid, H36M.index(name)],
            expected[valid, MPI.index(row)],
            atol=2e-2,
            err_msg=name,
        )


def test_frames_that_are_not_valid_have_no_truth_but_keep_their_input(held_out):
    clip, whole, arrays = held_out
    valid = arrays["valid_frame"][:, 0] > 0
    assert (clip.pose_valid == valid[:, None]).all()
    assert (clip.pose_world[~valid] == 0).all()
    assert (clip.views[0].labelled == valid[:, None]).all()
    assert (clip.views[0].confidence == 1).all()
    assert_allclose(clip.views[0].keypoints, arrays["annot2"][:, 0], atol=1e-2)
    assert clip.keypoints_world is None
    assert whole.keypoints_world is not None


def test_the_lens_of_the_test_set_is_found(held_out):
    clip, whole, _ = held_out
    for view in (clip.views[0], whole.views[0]):
        assert_allclose(view.camera.focal, FILES.FOCAL, rtol=1e-4)
        assert_allclose(view.camera.center, FILES.CENTER, rtol=1e-4)
    pixels = projected(whole, 0, whole.keypoints_world)
    assert np.abs(pixels - whole.views[0].keypoints).max() < 0.05


def test_scenes_sizes_and_floor_of_the_test_set(held_out):
    clip, last, _ = held_out
    assert (clip.clip_id, clip.subject, clip.action) == ("TS1", "TS1", "green_screen")
    assert (last.action, last.views[0].image_size) == ("outdoor", (1920, 1080))
    assert clip.views[0].image_size == (2048, 2048)
    ankles = last.pose_world[
        :, [H36M.index("left_ankle"), H36M.index("right_ankle")], 2
    ]
    assert 40 < ankles.min() < 110
    assert (last.pose_world[:, H36M.index("head"), 2] > 1200).all()
    check_sides(last)


def test_plans_are_repeatable_and_can_be_pickled(tmp_path):
    FILES.write_train(tmp_path, "S2")
    FILES.write_train(tmp_path, "S10")
    FILES.write_train(tmp_path, "S1", "Seq2")
    FILES.write_held_out(tmp_path, "TS2")
    plans = list(mpi_inf_3dhp.find(tmp_path))
    assert plans == list(mpi_inf_3dhp.find(tmp_path))
    assert pickle.loads(pickle.dumps(plans[0])) == plans[0]
    names = [getattr(plan, "clip_id", None) or plan.name for plan in plans]
    assert names == ["S1_Seq2", "S10_Seq1", "S2_Seq1", "TS2"]
    (skipped,) = [plan for plan in plans if isinstance(plan, Skipped)]
    assert "expected S1/Seq1 to S8/Seq2" in skipped.reason
    chosen = mpi_inf_3dhp.find(tmp_path, subjects=("S2", "TS2"))
    assert [plan.clip_id for plan in chosen] == ["S2_Seq1", "TS2"]


def test_the_published_first_camera_stands_upright_at_the_height_of_a_chest(tmp_path):
    extrinsic = (
        "0.9650164 0.00488022 0.262144 -562.8666 "
        "-0.004488356 -0.9993728 0.0351275 1398.138 "
        "0.262151 -0.03507521 -0.9643893 3852.623 0 0 0 1"
    )
    intrinsic = "1497.693 0 1024.704 0 0 1497.103 1051.394 0 0 0 1 0 0 0 0 1"
    path = tmp_path / "camera.calibration"
    path.write_text(
        "Skeletool Camera Calibration File V1.0\nname          0\n"
        "  sensor      10 10\n  size        2048 2048\n  animated    0\n"
        f"  intrinsic   {intrinsic}\n  extrinsic   {extrinsic}\n  radial      0\n"
    )
    (camera,) = mpi_calibration.read(path)
    place = -camera.rotation.T @ camera.translation
    assert 1200 < place[2] < 1800
    assert camera.rotation[1, 2] < -0.99  # the world's up is against the image's y
    # Frame 100, joint 0 of S1/Seq1, and its pixel in the file.
    point = np.array([-18.0923, 102.071, 3726.17])
    pixel = point[:2] / point[2] * camera.focal + camera.center
    assert_allclose(pixel, [1017.43, 1092.40], atol=0.02)
    world = (point - camera.translation) @ camera.rotation
    assert 1200 < world[2] < 1700  # spine3 of a person who stands
