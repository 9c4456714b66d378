import importlib.util
import multiprocessing
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.records import record_writer
from stpose_tf.data.sources.human36m import h36m_npz
from stpose_tf.geometry import cameras, skeletons

H36M, COCO, MPII = (skeletons.get(name) for name in ("h36m17", "coco17", "mpii16"))
SOME = {"S1": ("Directions 1", "WalkDog 1"), "S9": ("Greeting", "Sitting 1")}


def load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


files = load("h36m_files")


def project(clip, view):
    points = tf.constant(clip.pose_world, tf.float64)
    return cameras.project(
        cameras.world_to_camera(points, view.camera), view.camera
    ).numpy()


def clips(path, **options):
    found = list(h36m_npz.find(path, **options))
    assert not any(isinstance(item, Skipped) for item in found), found
    return {item.clip_id: item.read() for item in found}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ground truth of four sequences."""
    path = tmp_path_factory.mktemp("h36m")
    files.write_poses(path, SOME)
    files.write_keypoints(path, SOME)
    return path


def test_the_joints_are_those_of_the_motion(folder):
    found = clips(folder)
    assert list(found) == [f"{s}/{name}" for s in SOME for name in SOME[s]]
    for clip_id, clip in found.items():
        joints, _ = files.motion(*clip_id.split("/"))
        assert_allclose(clip.pose_world, joints, atol=1e-3)  # float32 metres
        assert_allclose(clip.keypoints_world, joints, atol=1e-3)
        assert (clip.fps, clip.dataset, clip.pose_valid) == (50.0, "h36m", None)
    assert found["S1/WalkDog 1"].action == "WalkDog"
    assert found["S9/Greeting"].subject == "S9"


def test_what_the_cameras_see_of_them_is_the_2d(folder):
    for clip_id, clip in clips(folder).items():
        subject, name = clip_id.split("/")
        pixels = files.detections(subject, name, "h36m", frames=24)
        assert [view.image_size for view in clip.views] == list(files.SIZES)
        for camera, view in enumerate(clip.views):
            assert_allclose(view.keypoints, pixels[camera][:24], atol=1e-3)
            assert_allclose(project(clip, view), view.keypoints, atol=5e-3)
            assert view.labelled.all()
            assert (view.confidence == 1).all()
            inside = np.abs(view.keypoints - view.crop[:, np.newaxis, :2])
            assert (inside < view.crop[:, np.newaxis, 2:3] / 2).all()


def test_left_is_left_and_up_is_up(folder):
    checked = 0
    for clip in clips(folder).values():
        place = {name: clip.pose_world[:, H36M.index(name)] for name in H36M.joints}
        assert (place["head"][:, 2] > place["left_ankle"][:, 2] + 1000).all()
        left = place["left_hip"] - place["right_hip"]
        front = np.cross(left, [0.0, 0.0, 1.0])  # left x up
        for view in clip.views:
            pixels = {name: view.keypoints[:, H36M.index(name)] for name in H36M.joints}
            assert (pixels["head"][:, 1] < pixels["left_ankle"][:, 1]).all()
            rotation = np.asarray(view.camera.rotation, np.float64)
            away = place["hip"] + rotation.T @ view.camera.translation
            facing = -np.sum(front * away, -1) / np.linalg.norm(away, axis=-1)
            to_camera = facing > 0.7 * np.linalg.norm(front, axis=-1)
            gap = pixels["left_shoulder"][:, 0] - pixels["right_shoulder"][:, 0]
            assert (gap[to_camera] > 0).all()
            checked += int(to_camera.sum())
    assert checked > 20


def test_all_subjects_and_sequences_are_found(tmp_path):
    everything = files.everything()
    assert {s: len(names) for s, names in everything.items()} == {
        **dict.fromkeys(everything, 30),
        "S11": 29,
    }
    everything["S11"] = (*everything["S11"], "Directions")  # some archives have it
    files.write_poses(tmp_path, everything, frames=6)
    files.write_keypoints(tmp_path, everything, frames=6)
    found = list(h36m_npz.find(tmp_path))
    assert len(found) == 6 * 30 + 29
    assert len({item.clip_id for item in found}) == len(found)
    assert "S11/Directions" not in {item.clip_id for item in found}
    actions = {item.read().action for item in found if item.subject == "S5"}
    assert len(actions) == 15
    assert {"Sitting", "SittingDown", "Walking", "WalkDog", "WalkTogether"} <= actions
    undamaged = {item.clip_id for item in h36m_npz.find(tmp_path, skip_damaged=True)}
    assert {item.clip_id for item in found} - undamaged == {
        "S9/Greeting",
        "S9/SittingDown 1",
        "S9/Waiting 1",
    }


@pytest.mark.parametrize(
    ("tag", "layout", "skeleton"),
    [
        ("cpn_ft_h36m_dbb", "h36m", "h36m17"),
        ("detectron_ft_h36m", "h36m", "h36m17"),
        ("detectron_pt_coco", "coco", "coco17"),
        ("sh_ft_h36m", "mpii", "mpii16"),
        ("hr", "h36m16", "h36m17"),
    ],
)
def test_every_detector_has_its_own_order(tmp_path, tag, layout, skeleton):
    files.write_poses(tmp_path, SOME)
    files.write_keypoints(tmp_path, SOME, tag=tag, layout=layout, noise=3.0)
    for clip_id, clip in clips(tmp_path).items():
        joints, keypoints = files.motion(*clip_id.split("/"))
        assert clip.input_skeleton == skeleton
        order = skeletons.get(skeleton).joints
        points = dict(zip(H36M.joints, np.moveaxis(joints, 1, 0), strict=True))
        if skeleton == "coco17":
            points = dict(zip(COCO.joints, np.moveaxis(keypoints, 1, 0), strict=True))
        names = {"pelvis": "hip", "upper_neck": "nose", "head_top": "head"}
        for camera, view in enumerate(clip.views):
            assert not view.labelled.any()  # a detector's, no truth
            for place, name in enumerate(order):
                if layout == "h36m16" and name == "nose":
                    assert (view.confidence[:, place] == 0).all()
                    continue
                joint = points[names.get(name, name) if layout == "mpii" else name]
                expected = files.seen(joint, clip.subject, camera)
                gap = np.linalg.norm(view.keypoints[:, place] - expected, axis=-1)
                assert np.median(gap) < 10, name
                assert (view.confidence[:, place] == 1).all()
        new_cameras_see = clip.keypoints_world is not None
        assert new_cameras_see == (layout == "h36m")


def test_17_joints_of_hr_and_metadata_that_speak_of_17(tmp_path):
    files.write_poses(tmp_path, SOME)
    for layout, metadata in (
        ("h36m", {}),
        ("h36m16", {}),
        ("h36m16", files.METADATA["h36m"]),
        ("h36m", files.METADATA["gt"]),
    ):
        files.write_keypoints(
            tmp_path, SOME, tag="hr", layout=layout, metadata=metadata
        )
        for clip in clips(tmp_path).values():
            absent = clip.views[0].confidence == 0
            assert absent.any() == (layout == "h36m16")


@pytest.mark.parametrize("scores", ["probabilities", "logits"])
def test_a_third_channel_is_the_confidence_if_it_can_be(tmp_path, scores):
    def with_scores(subject, name, views):
        low, high = (0.25, 0.75) if scores == "probabilities" else (-3.0, 9.0)
        return [
            np.concatenate(
                [
                    v,
                    np.linspace(low, high, v[..., :1].size, dtype="f4").reshape(
                        v[..., :1].shape
                    ),
                ],
                -1,
            )
            for v in views
        ]

    files.write_poses(tmp_path, SOME)
    files.write_keypoints(
        tmp_path, SOME, tag="detectron_pt_coco", layout="coco", change=with_scores
    )
    for clip in clips(tmp_path).values():
        for view in clip.views:
            if scores == "logits":
                assert (view.confidence == 1).all()
            else:
                assert view.confidence[0, 0] == pytest.approx(0.25)
                assert 0.25 < view.confidence.mean() < 0.75


def test_without_2d_the_joints_are_projected(tmp_path, folder):
    files.write_poses(tmp_path, SOME)
    for clip_id, clip in clips(tmp_path).items():
        pixels = files.detections(*clip_id.split("/"), "h36m", frames=24)
        for view, expected in zip(clip.views, pixels, strict=True):
            assert_allclose(view.keypoints, expected[:24], atol=5e-3)
            assert view.labelled.all()
    again = clips(folder, keypoints="projected")
    assert_allclose(
        again["S9/Greeting"].views[2].keypoints,
        clips(folder)["S9/Greeting"].views[2].keypoints,
        atol=5e-3,
    )


def test_half_the_rate_and_one_subject(folder):
    full, half = clips(folder), clips(folder, fps=25.0, subjects=("S9",))
    assert set(half) == {"S9/Greeting", "S9/Sitting 1"}
    for clip_id, clip in half.items():
        assert clip.fps == 25.0
        assert_allclose(clip.pose_world, full[clip_id].pose_world[::2])
        assert_allclose(clip.views[1].keypoints, full[clip_id].views[1].keypoints[::2])


def test_among_several_archives_one_must_be_chosen(tmp_path):
    files.write_poses(tmp_path, SOME)
    files.write_keypoints(tmp_path, SOME)
    files.write_keypoints(tmp_path, SOME, tag="hr", layout="h36m16")
    with pytest.raises(errors.InputError, match=r"--keypoints: .*gt, hr, projected"):
        list(h36m_npz.find(tmp_path))
    with pytest.raises(errors.InputError, match="Received: cpn"):
        list(h36m_npz.find(tmp_path, keypoints="cpn"))
    exact = clips(tmp_path, keypoints="gt")
    assert exact["S9/Greeting"].views[0].labelled.all()
    elsewhere = clips(
        tmp_path, keypoints=str(tmp_path / "data_2d_h36m_hr.npz"), subjects=("S1",)
    )
    assert (elsewhere["S1/WalkDog 1"].views[0].confidence[:, 9] == 0).all()


def _read(planned):
    clip = planned.read()
    return clip.clip_id, clip.pose_world, clip.views[3].keypoints


def test_clips_are_read_in_any_order_and_in_other_processes(folder):
    planned = list(h36m_npz.find(folder))
    expected = {item.clip_id: _read(item) for item in planned}
    for item in [*planned[::-1], *planned[1:3]]:
        copy = pickle.loads(pickle.dumps(item))
        for one, other in zip(_read(copy), expected[item.clip_id], strict=True):
            np.testing.assert_array_equal(one, other)


def _sums(entries):
    return [float(entry.read()[0].sum()) for entry in entries]


def test_a_forked_process_does_not_share_its_place_in_the_file(folder):
    entries = [planned.poses for planned in h36m_npz.find(folder)] * 20
    expected = _sums(entries)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        there = pool.map_async(_sums, [entries])
        here = _sums(entries)
        assert there.get(timeout=60) == [expected]
    assert here == expected


def test_the_users_own_cameras_take_the_place_of_the_packaged(folder, tmp_path):
    numbers = np.zeros(300)
    numbers[264:] = np.tile([1000, 1000, 500, 500, 0, 0, 0, 0, 0], 4)
    for camera in range(4):
        # Looks along the world's y from 5 m away, at the height of 1 m.
        numbers[6 * 11 * camera : 6 * 11 * camera + 6] = [
            np.pi / 2,
            0,
            0,
            0,
            -5000,
            1000,
        ]
    text = " ".join(map(str, numbers))
    path = tmp_path / "metadata.xml"
    path.write_text(f"<a><w0>[{text}]</w0></a>")
    options = {"keypoints": "projected", "subjects": ("S1",)}
    for clip in clips(folder, metadata=str(path), **options).values():
        points = clip.pose_world
        depth = points[..., 1] + 5000
        x = 500 + 1000 * points[..., 0] / depth
        y = 500 - 1000 * (points[..., 2] - 1000) / depth
        for view in clip.views:
            assert_allclose(view.keypoints, np.stack([x, y], -1), atol=1e-2)


def test_memory_does_not_grow_with_the_archive(tmp_path):
    peaks = []
    for number, subjects in enumerate((1, 4)):
        path = tmp_path / str(number)
        path.mkdir()
        names = [f"Walking {n}" for n in range(6)]
        some = dict.fromkeys(("S1", "S5", "S6", "S7")[:subjects], names)
        files.write_poses(path, some, frames=60)
        files.write_keypoints(path, some, frames=60)
        tracemalloc.start()
        for planned in h36m_npz.find(path):
            planned.poses.read()
            planned.keypoints.read(num_frames=60, num_views=4)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    size = 6 * 60 * (32 * 3 + 4 * 17 * 2) * 4  # bytes of a subject's arrays
    assert peaks[1] - peaks[0] < size


def test_records_keep_the_four_views_together(folder, tmp_path):
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        for clip in clips(folder).values():
            writer.write(clip)
    assert {entry.views for entry in writer.index.clips} == {4}
    assert writer.index.fps == 50.0
