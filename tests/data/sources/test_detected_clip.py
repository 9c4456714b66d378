import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.sources.planned_clip import FilmedClip

FILES = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).with_name("detected_files.py")))
)


@pytest.fixture(params=FILES.BUILDERS)
def case(request, tmp_path):
    """Returns a source's name, its input, its clip, detections and their names."""
    (tmp_path / "in").mkdir()
    path, names = FILES.BUILDERS[request.param](tmp_path / "in")
    options = {"keypoints": "projected"} if "h36m" in request.param else {}
    clip = FILES.first(request.param, path, **options).read()
    FILES.save_all(tmp_path / "seen", names, clip)
    return SimpleNamespace(
        name=request.param, path=path, own=clip, seen=tmp_path / "seen", names=names
    )


def test_the_right_person_of_the_right_file_takes_the_place_of_the_2d(case):
    planned = FILES.first(case.name, case.path, detections=case.seen)
    clip = pickle.loads(pickle.dumps(planned)).read()
    clip.validate()
    assert (clip.clip_id, clip.subject) == (case.own.clip_id, case.own.subject)
    for view, own in zip(clip.views, case.own.views, strict=True):
        there = own.confidence > 0
        assert_allclose(
            view.keypoints[there], (own.keypoints + FILES.SHIFT)[there], atol=0.1
        )
        assert_allclose(view.confidence, np.where(there, 0.7, 0.0), atol=1e-6)
        assert not view.labelled.any()
        assert view.image_size == own.image_size
        assert (view.camera is None) == (own.camera is None)
        if own.camera is not None:
            assert_array_equal(view.camera.rotation, own.camera.rotation)
    if case.own.pose_world is not None:
        assert_array_equal(clip.pose_world, case.own.pose_world)
    assert all(
        path.parent.parts[: len(case.seen.parts)] == case.seen.parts
        for path in planned.files
    )


def test_what_was_filmed_is_said_of_every_view(case):
    rate = case.own.fps / 2
    planned = FILES.first(case.name, case.path, fps=rate)
    assert isinstance(planned, FilmedClip)
    assert len(planned.footage) == len(case.own.views)
    for name, one in zip(case.names, planned.footage, strict=True):
        plain = name.replace("WalkingDog_1", "WalkDog 1")
        assert one.detections[0] == plain
        assert (one.first, one.step) == (0, 2)
        assert bool(one.videos) == FILES.source(case.name).has_videos
    # Its 2D is another's already, which a network's would replace in turn.
    replaced = FILES.first(case.name, case.path, detections=case.seen)
    assert not isinstance(replaced, FilmedClip)


def test_half_the_rate_takes_every_second_frame(case):
    rate = case.own.fps / 2
    clip = FILES.first(case.name, case.path, detections=case.seen, fps=rate).read()
    assert clip.fps == rate
    for view, own in zip(clip.views, case.own.views, strict=True):
        there = own.confidence[::2] > 0
        expected = (own.keypoints + FILES.SHIFT)[::2]
        assert view.keypoints.shape == expected.shape
        assert_allclose(view.keypoints[there], expected[there], atol=0.1)


def test_too_few_and_too_many_frames_are_refused(case):
    view, skeleton = case.own.views[-1], case.own.input_skeleton
    count = case.own.num_frames
    FILES.save(case.seen, case.names[-1], FILES.people(view)[:, :-3], skeleton)
    planned = FILES.first(case.name, case.path, detections=case.seen)
    with pytest.raises(
        errors.InputError, match=rf"{count} frames of the clip\. Received: {count - 3}"
    ):
        planned.read()
    longer = np.pad(FILES.people(view), [(0, 0), (0, 3), (0, 0), (0, 0)], "edge")
    FILES.save(case.seen, case.names[-1], longer, skeleton)
    if planned.own.footage[-1].rest != "none":
        planned.read()
    else:
        with pytest.raises(errors.InputError, match=rf"Received: {count + 3}"):
            planned.read()


def test_a_clip_without_its_file_is_skipped_and_named(case):
    (case.seen / f"{case.names[-1]}.npz").unlink()
    skipped = FILES.first(case.name, case.path, detections=case.seen)
    assert isinstance(skipped, Skipped)
    assert skipped.name == case.own.clip_id
    plain = case.names[-1].replace("WalkingDog_1", "WalkDog 1")
    assert f"expected {plain} with .json or .npz or" in skipped.reason
    assert "Received: none of them" in skipped.reason


def test_another_person_s_detections_are_refused(case):
    view, skeleton = case.own.views[0], case.own.input_skeleton
    FILES.save(case.seen, case.names[0], FILES.people(view)[:1], skeleton)
    with pytest.raises(errors.InputError, match="expected the person of the clip in"):
        FILES.first(case.name, case.path, detections=case.seen).read()


def test_images_counted_from_1_are_counted_from_1(case):
    count = case.own.num_frames
    for name, view in zip(case.names, case.own.views, strict=True):
        frames = np.arange(1, count + 1)
        FILES.save(
            case.seen, name, FILES.people(view), case.own.input_skeleton, frames=frames
        )
    clip = FILES.first(case.name, case.path, detections=case.seen).read()
    for view, own in zip(clip.views, case.own.views, strict=True):
        there = own.confidence > 0
        assert_allclose(
            view.keypoints[there], (own.keypoints + FILES.SHIFT)[there], atol=0.1
        )
    frames = np.arange(2, count + 2)
    FILES.save(
        case.seen, case.names[0], FILES.people(view), clip.input_skeleton, frames=frames
    )
    with pytest.raises(errors.InputError, match=r"from 0 or 1\. Received: from 2"):
        FILES.first(case.name, case.path, detections=case.seen).read()


def test_sure_detections_are_truth_if_they_are_said_to_be(case):
    options = {"detections": case.seen, "labels_above": 0.6}
    clip = FILES.first(case.name, case.path, **options).read()
    for view, own in zip(clip.views, case.own.views, strict=True):
        assert_array_equal(view.labelled, own.confidence > 0)
