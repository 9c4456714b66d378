import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data.detections import detection_file, person_tracks
from stpose_tf.geometry import skeletons

# Of the orders whose names differ from the skeletons'.
_OURS = {
    "mouth_left": "left_mouth",
    "mouth_right": "right_mouth",
    "left_foot_index": "left_foot",
    "right_foot_index": "right_foot",
}


def check(found, people, names, *, ids=None, atol=1e-3, left_out=None):
    """Holds detections to what the people did, keypoint by keypoint."""
    assert len(found.people) == len(people)
    order = skeletons.get(found.skeleton)
    if ids is not None:
        assert [track.id for track in found.people] == ids
    for track, person in zip(found.people, people, strict=True):
        assert_array_equal(track.frames, person.frames)
        assert track.keypoints.dtype == track.confidence.dtype == np.float32
        for row, frame in enumerate(person.frames):
            points = person.points(names, frame)
            for place, name in enumerate(names):
                joint = _OURS.get(name, name)
                if joint not in order.joints:
                    continue
                index = order.index(joint)
                if left_out is not None and left_out(place, frame):
                    assert np.isnan(track.keypoints[row, index]).all()
                    assert track.confidence[row, index] == 0
                    continue
                assert_allclose(
                    track.keypoints[row, index], points[place, :2], atol=atol
                )
                assert track.confidence[row, index] == pytest.approx(
                    points[place, 2], abs=1e-5
                )
        left = track.keypoints[:, order.index("left_shoulder"), 0]
        right = track.keypoints[:, order.index("right_shoulder"), 0]
        assert not (left <= right).any()  # some are NaN
        high = track.keypoints[:, order.index("nose"), 1]
        low = track.keypoints[:, order.index("left_ankle"), 1]
        assert not (high >= low).any()


@pytest.mark.parametrize(
    ("names", "skeleton"), [("BODY_25", "body25"), ("OPENPOSE_18", "coco17")]
)
def test_openpose_folder(files, tmp_path, names, skeleton):
    people, names = files.two_people(), getattr(files, names)
    folder = files.write_openpose(tmp_path / "walk", people, names)
    found = detection_file.read(folder)
    assert (found.skeleton, found.fps, found.image_size) == (skeleton, None, None)
    check(found, people, names, left_out=lambda place, frame: place == frame % 5)


@pytest.mark.parametrize("scale", [3, 4])
def test_openpose_parts_of_the_image_become_px(files, tmp_path, scale):
    people = files.two_people()[:1]
    files.write_openpose(tmp_path / "walk", people, scale=scale)
    with pytest.raises(errors.InputError, match="width and height from the user"):
        detection_file.read(tmp_path / "walk")
    found = detection_file.read(tmp_path / "walk", image_size=files.SIZE)
    check(
        found, people, files.BODY_25, left_out=lambda place, frame: place == frame % 5
    )


def test_openpose_frame_alone(files, tmp_path):
    people = files.two_people(1)
    files.write_openpose(tmp_path / "walk", people)
    found = detection_file.read(tmp_path / "walk/walk_000000000000_keypoints.json")
    check(found, people, files.BODY_25, left_out=lambda place, frame: place == 0)


@pytest.mark.parametrize("ids", [int, float, lambda number: [float(number), 9.0]])
@pytest.mark.parametrize(
    ("names", "skeleton"), [("COCO", "coco17"), ("HALPE", "halpe26")]
)
def test_alphapose(files, tmp_path, ids, names, skeleton):
    people, names = files.two_people(), getattr(files, names)
    path = files.write_alphapose(tmp_path / "a.json", people, names, ids)
    found = detection_file.read(path)
    assert found.skeleton == skeleton
    check(found, people, names, ids=["1", "2"])
    left, top, width, height = people[1].box(7 + 3)
    row = people[1].frames.index(10)
    expected = [left, top, left + width, top + height]
    assert_allclose(found.people[1].boxes[row], expected, atol=1e-3)


def test_alphapose_of_136_keypoints_keeps_body_and_feet(files, tmp_path):
    people = files.two_people(3)
    path = files.write_alphapose(tmp_path / "a.json", people, files.HALPE)
    entries = json.loads(path.read_text())
    for entry in entries:
        entry["keypoints"] += [5.0, 5.0, 0.5] * 110
    path.write_text(json.dumps(entries))
    found = detection_file.read(path)
    check(found, people, files.HALPE)


def test_alphapose_confidences_up_to_six_are_scaled(files, tmp_path):
    people = files.two_people()
    path = files.write_alphapose(tmp_path / "a.json", people, scale=6.0)
    check(detection_file.read(path), people, files.COCO)


def test_alphapose_without_ids_is_linked(files, tmp_path):
    people = files.two_people()
    path = files.write_alphapose(tmp_path / "a.json", people, ids=None)
    check(detection_file.read(path), people, files.COCO, ids=["0", "1"])


@pytest.mark.parametrize("form", ["open", "cmu"])
def test_alphapose_forms(files, tmp_path, form):
    people = files.two_people()
    path = files.write_alphapose_form(tmp_path / "a.json", people, form)
    found = detection_file.read(path)
    assert found.skeleton == "coco17"
    check(found, people, files.OPENPOSE_18)


@pytest.mark.parametrize("writer", ["write_mmpose_demo", "write_mmpose_inferencer"])
@pytest.mark.parametrize(
    ("names", "skeleton"), [("COCO", "coco17"), ("HALPE", "halpe26")]
)
def test_mmpose(files, tmp_path, writer, names, skeleton):
    people, names = files.two_people(), getattr(files, names)
    path = getattr(files, writer)(tmp_path / "m.json", people, names)
    found = detection_file.read(path)
    assert found.skeleton == skeleton
    check(found, people, names)
    left, top, width, height = people[0].box(4)
    expected = [left, top, left + width, top + height]
    assert_allclose(found.people[0].boxes[4], expected, atol=1e-3)


def test_mmpose_names_decide_the_order(files, tmp_path):
    people = files.two_people(4)
    shuffled = [files.COCO[(5 * place) % 17] for place in range(17)]
    path = files.write_mmpose_demo(tmp_path / "m.json", people, shuffled)
    check(detection_file.read(path), people, files.COCO)


def test_mmpose_image(files, tmp_path):
    people = files.two_people(1)
    path = files.write_mmpose_image(tmp_path / "m.json", people)
    check(detection_file.read(path), people, files.COCO)


def test_coco_results_with_names_and_sizes(files, tmp_path):
    people = files.two_people()
    path = files.write_coco(tmp_path / "c.json", people, annotated=False)
    found = detection_file.read(path)
    assert (found.skeleton, found.image_size) == ("coco17", files.SIZE)
    assert not found.annotated
    check(found, people, files.COCO, ids=["1", "2"])


def test_coco_annotations_are_truth(files, tmp_path):
    people = files.two_people(5)
    path = files.write_coco(tmp_path / "c.json", people, annotated=True)
    found = detection_file.read(path)
    assert found.annotated
    track = found.people[0]
    for place in range(17):
        if place % 5 == 0:
            assert np.isnan(track.keypoints[:, place]).all()
            assert not track.confidence[:, place].any()
        else:
            points = np.stack([people[0].points(files.COCO, f) for f in range(5)])
            assert_allclose(track.keypoints[:, place], np.rint(points[:, place, :2]))
            assert_array_equal(track.confidence[:, place], 1)


def test_coco_list(files, tmp_path):
    people = files.two_people()
    path = files.write_coco_results(tmp_path / "c.json", people)
    check(detection_file.read(path), people, files.COCO)


def test_coco_with_several_videos(files, tmp_path):
    people = files.two_people(6)
    path = files.write_coco(tmp_path / "c.json", people, annotated=False)
    document = json.loads(path.read_text())
    document["videos"] = [{"id": 3, "name": "early"}, {"id": 4, "name": "late"}]
    for number, image in enumerate(document["images"]):
        image["video_id"] = 3 if number < 2 else 4
        image["frame_id"] = number if number < 2 else number - 2
    path.write_text(json.dumps(document))
    assert detection_file.videos(path) == ("early", "late")
    with pytest.raises(errors.InputError, match="chosen among early, late"):
        detection_file.read(path)
    found = detection_file.read(path, video="late")
    assert_array_equal(found.people[0].frames, range(4))
    expected = people[0].points(files.COCO, 2)[:, :2]
    assert_allclose(found.people[0].keypoints[0], expected, atol=1e-3)


@pytest.mark.parametrize("form", ["lists", "objects", "logits"])
@pytest.mark.parametrize("number", [1, 2])
def test_mediapipe(files, tmp_path, form, number):
    people = files.two_people()[:number]
    path = files.write_mediapipe(tmp_path / "m.json", people, form)
    found = detection_file.read(path)
    assert (found.skeleton, found.fps) == ("blazepose33", 30.0)
    assert found.image_size == files.SIZE
    check(found, people, files.BLAZEPOSE)


def test_mediapipe_needs_the_image_size(files, tmp_path):
    people = files.two_people()[:1]
    path = files.write_mediapipe(tmp_path / "m.json", people, "bare")
    with pytest.raises(errors.InputError, match="image's width and height"):
        detection_file.read(path)
    check(detection_file.read(path, image_size=files.SIZE), people, files.BLAZEPOSE)


@pytest.mark.parametrize("logits", [True, False])
def test_detectron(files, tmp_path, logits):
    people = files.two_people()
    path = files.write_detectron(tmp_path / "walk.mp4.npz", people, logits)
    found = detection_file.read(path)
    assert (found.skeleton, found.image_size) == ("coco17", files.SIZE)
    check(found, people, files.COCO)


def test_videopose3d_custom(files, tmp_path):
    first, second = files.two_people()
    second = files.Person(2, (900.0, 130.0), -7.0, tuple(range(9)))
    videos = {"a.mp4": first, "b.mp4": second}
    path = files.write_videopose3d(tmp_path / "data_2d_custom_x.npz", videos)
    assert detection_file.videos(path) == ("a.mp4", "b.mp4")
    for name in ("b.mp4", "a.mp4", "b.mp4"):  # back and forth in the file
        found = detection_file.read(path, video=name)
        assert (found.skeleton, found.image_size) == ("coco17", files.SIZE)
        (track,) = found.people
        points = [videos[name].points(files.COCO, f)[:, :2] for f in track.frames]
        assert_allclose(track.keypoints, np.stack(points), atol=1e-3)
        assert_array_equal(track.confidence, 1)


def test_videopose3d_truth_of_human36m_is_told_by_its_symmetry(tmp_path):
    views = [np.full((3, 17, 2), 100.0 + camera, np.float32) for camera in range(4)]
    positions = {"S1": {"Walking 1": views}}
    metadata = {
        "num_joints": 17,
        "keypoints_symmetry": [[4, 5, 6, 11, 12, 13], [1, 2, 3, 14, 15, 16]],
    }
    path = tmp_path / "data_2d_h36m_gt.npz"
    np.savez_compressed(path, positions_2d=positions, metadata=metadata)
    assert detection_file.videos(path)[2] == "S1/Walking 1/2"
    found = detection_file.read(path, video="S1/Walking 1/2")
    assert found.skeleton == "h36m17"
    assert_array_equal(found.people[0].keypoints, np.float32(102.0))


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv(files, tmp_path, wide, separator):
    people = files.two_people()
    path = files.write_csv(tmp_path / "k.csv", people, wide=wide, separator=separator)
    found = detection_file.read(path, fps=25.0, image_size=files.SIZE)
    assert (found.skeleton, found.fps) == ("coco17", 25.0)
    check(found, people, files.COCO, ids=["p1", "p2"])


def test_plain_arrays(files, tmp_path):
    people = files.two_people()
    points = np.full((2, 20, 17, 3), np.nan)
    for number, person in enumerate(people):
        for frame in person.frames:
            points[number, frame] = person.points(files.COCO, frame)
    points[1, 6:9, :, 2] = 0.0
    path = tmp_path / "k.npz"
    np.savez(
        path,
        keypoints=points,
        fps=24.0,
        image_size=files.SIZE,
        ids=["ann", "ben"],
        joint_names=files.COCO,
    )
    found = detection_file.read(path)
    assert (found.fps, found.image_size) == (24.0, files.SIZE)
    check(found, people, files.COCO, ids=["ann", "ben"])
    np.save(tmp_path / "k.npy", points[0])
    check(detection_file.read(tmp_path / "k.npy"), people[:1], files.COCO)


def test_another_order_has_the_same_places(files, tmp_path):
    people = files.two_people()
    folder = files.write_openpose(tmp_path / "walk", people)
    found = detection_file.read(folder)
    mapped = person_tracks.in_skeleton(found, "coco17")
    check(
        mapped,
        people,
        [n for n in files.BODY_25 if n in files.COCO],
        left_out=lambda place, frame: (
            [n for n in files.BODY_25 if n in files.COCO][place]
            == files.BODY_25[frame % 5]
        ),
    )
    joints = person_tracks.in_skeleton(mapped, "h36m17")
    hip = joints.people[0].keypoints[1, 0]
    sides = [people[0].place(f"{side}_hip", 1) for side in ("left", "right")]
    assert_allclose(hip, np.mean(sides, axis=0), atol=1e-3)
