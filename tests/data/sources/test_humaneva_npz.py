import importlib.util
import pickle
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.humaneva import humaneva_npz
from stpose_tf.geometry import cameras, skeletons

HUMANEVA, COCO, H36M = (
    skeletons.get(name) for name in ("humaneva15", "coco17", "h36m17")
)
SOME = {"Train/S1": ("Walking 1 chunk0", "Jog 1 chunk0", "Box 1 chunk0")}


def load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


files = load("humaneva_files")


def clips(path, **options):
    found = list(humaneva_npz.find(path, **options))
    assert not any(isinstance(item, Skipped) for item in found), found
    return {item.clip_id: pickle.loads(pickle.dumps(item)).read() for item in found}


def project(points, view):
    points = tf.constant(points, tf.float64)
    there = cameras.world_to_camera(points, view.camera)
    return cameras.project(there, view.camera).numpy()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("humaneva")
    files.write_poses(path)
    files.write_keypoints(path)
    return path


@pytest.fixture(scope="module")
def read(folder):
    return clips(folder)


def split(clip_id):
    subject, _, name = clip_id.rpartition("/")
    return subject, name


def test_all_chunks_are_found_with_the_official_split_in_their_subjects(read):
    assert list(read) == [
        f"{s}/{n}" for s in files.SEQUENCES for n in files.SEQUENCES[s]
    ]
    assert {clip.subject for clip in read.values()} == set(files.SEQUENCES)
    assert {clip.action for clip in read.values()} == {
        *("Walking", "Jog", "ThrowCatch", "Gestures", "Box")
    }
    assert {clip.fps for clip in read.values()} == {60.0}


def test_joints_keypoints_and_cameras_are_those_of_the_motion(read):
    for clip_id, clip in read.items():
        joints, _ = files.motion(*split(clip_id))
        assert clip.input_skeleton == "humaneva15"
        assert_allclose(clip.keypoints_world, joints, atol=1e-3)
        valid = clip.pose_valid[0]
        missing = {n for n, known in zip(H36M.joints, valid, strict=True) if not known}
        assert missing == {"spine", "nose"}
        for name in set(H36M.joints) - missing:
            place = files.JOINTS.index(name)
            found = clip.pose_world[:, H36M.index(name)]
            assert_allclose(found, joints[:, place], atol=1e-3)
        assert (clip.pose_world[:, ~valid] == 0).all()
        for camera, view in enumerate(clip.views):
            assert view.image_size == (640, 480)
            assert view.labelled.all()
            pixels = files.seen(joints, clip.subject, camera)
            assert_allclose(view.keypoints, pixels, atol=1e-3)
            assert_allclose(project(joints, view), pixels, atol=0.05)


def test_lenses_that_nobody_gives_out_are_found_from_the_joints(read):
    for clip in read.values():
        for view, lens in zip(clip.views, files.LENSES, strict=True):
            assert_allclose(view.camera.focal, lens[:2], rtol=2e-3)
            assert_allclose(view.camera.center, lens[2:4], atol=2.0)
            assert_allclose(view.camera.radial[0], lens[4], atol=0.03)


def test_left_is_left_and_up_is_up(read):
    checked = 0
    for clip in read.values():
        place = {n: clip.pose_world[:, H36M.index(n)] for n in H36M.joints}
        assert (place["head"][:, 2] > place["left_ankle"][:, 2]).all()
        left = place["left_hip"] - place["right_hip"]
        front = np.cross(left, [0.0, 0.0, 1.0])
        for view in clip.views:
            pixels = {n: view.keypoints[:, HUMANEVA.index(n)] for n in HUMANEVA.joints}
            assert (pixels["head"][:, 1] < pixels["left_ankle"][:, 1]).all()
            rotation = np.asarray(view.camera.rotation, np.float64)
            away = place["hip"] + rotation.T @ view.camera.translation
            facing = -np.sum(front * away, -1) / np.linalg.norm(away, axis=-1)
            to_camera = facing > 0.7 * np.linalg.norm(front, axis=-1)
            gap = pixels["left_shoulder"][:, 0] - pixels["right_shoulder"][:, 0]
            assert (gap[to_camera] > 0).all()
            checked += int(to_camera.sum())
    assert checked > 100


@pytest.mark.slow
@pytest.mark.parametrize("with_truth", [False, True])
def test_a_detectors_keypoints(tmp_path, with_truth):
    some = {s: n for s, n in files.SEQUENCES.items() if s.startswith("Train")}
    files.write_poses(tmp_path, some)
    files.write_keypoints(
        tmp_path, some, tag="detectron_pt_coco", layout="coco", noise=2.0
    )
    options = {}
    if with_truth:
        files.write_keypoints(tmp_path, some)
        options = {"keypoints": "detectron_pt_coco"}
        with pytest.raises(errors.InputError, match="--keypoints: expected one of"):
            list(humaneva_npz.find(tmp_path))
    found = clips(tmp_path, **options)
    assert list(found) == [f"{s}/{n}" for s in some for n in some[s]]
    for clip_id, clip in found.items():
        joints, faces = files.motion(*split(clip_id))
        assert clip.input_skeleton == "coco17"
        assert clip.keypoints_world is None
        for camera, view in enumerate(clip.views):
            assert not view.labelled.any()
            expected = files.seen(faces, clip.subject, camera)
            assert np.abs(view.keypoints - expected).mean() < 3.0
            pixels = files.seen(joints, clip.subject, camera)
            gap = np.linalg.norm(project(joints, view) - pixels, axis=-1)
            assert gap.max() < (0.1 if with_truth else 3.0)


@pytest.mark.slow
def test_half_the_rate_and_one_subject(folder, read):
    half = clips(folder, fps=30.0, subjects=("Validate/S2",))
    assert {clip.subject for clip in half.values()} == {"Validate/S2"}
    for clip_id, clip in half.items():
        assert clip.fps == 30.0
        assert_allclose(clip.pose_world, read[clip_id].pose_world[::2])
        for view, full in zip(clip.views, read[clip_id].views, strict=True):
            assert_allclose(view.keypoints, full.keypoints[::2])
            assert_allclose(view.camera.focal, full.camera.focal)


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((40, 20, 3), "f4"), r"expected the shape \[time, 15, 3\]"),
        (np.full((40, 15, 3), np.nan, "f4"), "expected finite 3D joints"),
        (np.zeros((60, 15, 3), "f4"), "at least the 60 frames"),
        (np.zeros((0, 15, 3), "f4"), "expected frames"),
        (np.full((40, 15, 3), 1.5, "f4"), "within 64 px of the projected"),
        (None, r"expected an array \[time, 15, 3\]"),
    ],
)
def test_a_bad_chunk_is_named_and_the_others_are_read(tmp_path, array, reason):
    some = {"Train/S1": files.SEQUENCES["Train/S1"]}
    files.write_poses(tmp_path, some, Train_S1__Jog_1_chunk0=array)
    files.write_keypoints(tmp_path, some)
    good, bad = [], []
    for item in humaneva_npz.find(tmp_path):
        try:
            if isinstance(item, Skipped):
                raise errors.InputError(item.reason)
            good.append(item.read())
        except errors.InputError as error:
            bad.append(str(error))
    assert len(good) == 5
    (message,) = bad
    assert "Train/S1/Jog 1 chunk0" in message
    with pytest.raises(errors.InputError, match=reason):
        raise errors.InputError(message)


def test_what_no_camera_at_the_known_place_sees_is_refused(tmp_path):
    def elsewhere(subject, name, views):
        random = np.random.default_rng(0)
        return [random.uniform(0, 400, v.shape).astype("f4") for v in views]

    files.write_poses(tmp_path, SOME)
    files.write_keypoints(tmp_path, SOME, change=elsewhere)
    found = list(humaneva_npz.find(tmp_path))
    assert all(isinstance(item, Skipped) for item in found)
    assert len(found) == 3
    assert "S1, camera C1: " in found[0].reason


def test_without_2d_there_are_no_lenses(tmp_path):
    files.write_poses(tmp_path, SOME)
    with pytest.raises(errors.InputError, match=r"data_2d_humaneva15_\*\.npz"):
        list(humaneva_npz.find(tmp_path))


def test_an_unknown_person_and_a_sequence_without_2d_are_skipped(tmp_path):
    joints = np.zeros((40, 15, 3), "f4")
    files.write_poses(tmp_path, {**SOME, "Train/S4": ()}, Train_S4__Box_1=joints)
    files.write_keypoints(
        tmp_path, {"Train/S1": SOME["Train/S1"][:2], "Train/S4": ("Box 1",)}
    )
    *good, third, fourth = humaneva_npz.find(tmp_path)
    assert [item.read().num_frames for item in good] == [40, 40]
    assert "expected keypoints of Train/S1/Box 1 chunk0" in third.reason
    assert "S4: expected one of S1, S2, S3" in fourth.reason


def test_a_missing_archive_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match=r"data_3d_humaneva15\.npz"):
        list(humaneva_npz.find(tmp_path))
