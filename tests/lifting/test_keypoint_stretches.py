import dataclasses

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.detections import person_tracks
from stpose_tf.geometry import skeletons
from stpose_tf.lifting import intrinsics, keypoint_stretches

COCO = skeletons.get("coco17")
CAMERA = intrinsics.given(1000, 1000, 960, 540)


@pytest.fixture
def track(marcher, h36m):
    """Makes the COCO keypoints of a walker in some frames."""

    def make(frames):
        frames = np.asarray(frames)
        bodies = marcher(int(frames[-1]) + 1, speed=0.5)[frames]
        points = CAMERA.project(bodies * [1, -1, -1] + [0, 1000, 5000])
        keypoints = np.zeros((len(frames), 17, 2), np.float32)
        for number, joint in enumerate(COCO.joints):
            if joint in h36m.joints:
                keypoints[:, number] = points[:, h36m.index(joint)]
            else:  # eyes and ears stand around the nose
                side = 10 if joint.startswith("left") else -10
                keypoints[:, number] = points[:, h36m.index("nose")] + [side, -8]
        return person_tracks.PersonTrack(
            id="7",
            frames=frames,
            keypoints=keypoints,
            confidence=np.full((len(frames), 17), 0.9, np.float32),
            boxes=None,
        )

    return make


def _stretches(person, longest_gap=0.5):
    return list(keypoint_stretches.stretches(person, fps=30.0, longest_gap=longest_gap))


def test_short_gaps_are_bridged_and_long_ones_part(track):
    person = track([3, 4, 5, 21, 22, 38, 39])
    # 15 frames are half a second: 5 to 21 lacks 15, 22 to 38 lacks 15.
    (whole,) = _stretches(person)
    np.testing.assert_array_equal(whole.frames, np.arange(3, 40))
    assert whole.visible.all(axis=1).sum() == 7
    assert whole.visible.any(axis=1).sum() == 7
    np.testing.assert_allclose(whole.times, np.arange(3, 40) / 30)
    parts = _stretches(person, longest_gap=14 / 30)
    assert [part.frames.tolist() for part in parts] == [[3, 4, 5], [21, 22], [38, 39]]


def test_unsure_keypoints_are_absent(track):
    person = track([0, 1, 2])
    confidence = person.confidence.copy()
    confidence[1] = 0.1
    confidence[2, 4] = 0.19
    (found,) = _stretches(dataclasses.replace(person, confidence=confidence))
    assert not found.visible[1].any()
    assert np.isnan(found.keypoints[1]).all()
    assert found.visible[2].sum() == 16
    assert found.confidence[2, 4] == 0.0
    nobody = dataclasses.replace(person, confidence=0.1 * confidence)
    assert _stretches(nobody) == []


def test_a_peak_stands_where_its_keypoint_is(track):
    person = track(np.arange(20))
    (found,) = _stretches(person)
    found.visible[5] = False
    render = keypoint_stretches.rendered(found, (64, 64), sigma=1.8)
    maps = render(np.arange(20))
    assert maps.shape == (20, 64, 64, 17)
    assert (maps[5] == 0.0).all()
    for frame, keypoint in ((0, 9), (19, 16), (10, 0)):
        x, y, side, _ = found.crops[frame]
        place = (person.keypoints[frame, keypoint] - [x, y]) / side + 0.5
        row, column = np.unravel_index(maps[frame, ..., keypoint].argmax(), (64, 64))
        np.testing.assert_allclose([column, row], place * 64 - 0.5, atol=0.51)
        assert 0.8 < maps[frame, ..., keypoint].max() <= 0.9


def _detections(person, skeleton="coco17"):
    return person_tracks.Detections(
        skeleton=skeleton, fps=30.0, image_size=(1920, 1080), people=(person,)
    )


def test_keypoints_in_their_order_are_taken(track):
    keypoint_stretches.check_order(_detections(track(np.arange(30))), where="a.json")


def test_keypoints_in_another_order_are_refused(track, marcher, h36m):
    person = track(np.arange(30))
    bodies = marcher(30) * [1, -1, -1] + [0, 1000, 5000]
    wrong = dataclasses.replace(person, keypoints=CAMERA.project(bodies))
    with pytest.raises(errors.InputError, match=r"a\.json: expected .* coco17"):
        keypoint_stretches.check_order(_detections(wrong), where="a.json")
    backwards = dataclasses.replace(person, keypoints=person.keypoints[:, ::-1])
    with pytest.raises(errors.InputError, match="--skeleton"):
        keypoint_stretches.check_order(_detections(backwards), where="a.json")


def test_keypoints_in_another_order_can_be_warned_of(track, caplog):
    person = track(np.arange(30))
    right = np.concatenate([person.keypoints, person.confidence[..., None]], axis=-1)
    flag = "--network_skeleton"
    keypoint_stretches.warn_of_order([right], "coco17", flag=flag)
    assert not caplog.text
    keypoint_stretches.warn_of_order([right[:, ::-1]], "coco17", flag=flag)
    assert "times as large as trunks" in caplog.text
    assert flag in caplog.text


def test_an_order_without_a_face_is_not_judged(track):
    person = dataclasses.replace(
        track(np.arange(30)),
        keypoints=np.zeros((30, 13, 2)),
        confidence=np.ones((30, 13)),
    )
    keypoint_stretches.check_order(_detections(person, "penn13"), where="a.json")


def test_the_larger_person_fills_more(track):
    person = track(np.arange(30))
    small = dataclasses.replace(person, keypoints=0.5 * person.keypoints)
    ratio = keypoint_stretches.area(person) / keypoint_stretches.area(small)
    assert ratio == pytest.approx(4.0, rel=1e-5)
