"""What others' files may hold must never raise anything but one clear line."""

import json
import pickle
import random
import zipfile

import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.detections import detection_file


class _Evil:
    def __reduce__(self):
        return (exec, ("raise SystemExit('it ran')",))


def refuse(path, message, **options):
    with pytest.raises(errors.InputError, match=message) as error:
        detection_file.read(path, **options)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    return str(error.value)


def _alphapose(points, **others):
    return [{"image_id": "0.jpg", "keypoints": points, "score": 1.0, **others}]


GOOD = [5.0, 6.0, 0.5] * 17


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "other JSON"),
        ({}, "other JSON"),
        (3, "other JSON"),
        (None, "other JSON"),
        ([[1, 2]], "other JSON"),
        ([{}], "other JSON"),
        (_alphapose([]), "expected x, y and confidence of each keypoint"),
        (_alphapose(GOOD[:-1]), "expected x, y and confidence of each keypoint"),
        (_alphapose("abc"), "expected a list"),
        (_alphapose(["a"] * 51), "expected numbers. Received: 'a'"),
        (_alphapose([True] * 51), "expected numbers. Received: True"),
        (_alphapose([[1.0] * 3] * 17), "expected x, y and confidence"),
        (_alphapose(GOOD[:33]), "expected a known number of keypoints"),
        (_alphapose(GOOD) + _alphapose(GOOD[:48]), "entry 1: expected 17 keypoints"),
        ([*_alphapose(GOOD), 5], "entry 1: expected an object. Received: 5"),
        (_alphapose([1e9, *GOOD[1:]]), r"expected keypoints in px. Received: 1e\+09"),
        (_alphapose(GOOD, box=[1, 2]), "expected four numbers"),
        (_alphapose(GOOD, box="big"), "expected numbers"),
        ({"0.jpg": {"people": [{"joints": GOOD}]}}, "expected 'pose_keypoints_2d'"),
        ({"people": 3}, "other JSON"),
        ({"people": []}, "expected people. Received: none"),
        ({"people": [{}]}, "person 0: expected 'pose_keypoints_2d'"),
        ({"people": [{"pose_keypoints_2d": [1, 2]}]}, "expected x, y and confidence"),
        ({"instance_info": []}, "expected instances. Received: none"),
        ({"instance_info": 4}, "expected a list. Received: 4"),
        ([{"instances": 4}], "expected a list. Received: 4"),
        ([{"instances": [{"keypoints": [1, 2]}]}], "expected keypoints as pairs"),
        ([{"instances": [{"keypoints": [[1, 2, 3]] * 17}]}], "as pairs of x and y"),
        ([{"instances": [{"keypoints": [[1, 2], [3]]}]}], "of one length"),
        (
            [{"instances": [{"keypoints": [[1, 2]] * 17, "keypoint_scores": [1]}]}],
            "expected 17 keypoint_scores",
        ),
        ([{"instances": [{}]}], "expected 'keypoints'"),
        ([{"frame_id": -3, "instances": [{"keypoints": [[1, 2]] * 17}]}], "from 0"),
        ([{"frame_id": 1.5, "instances": []}], "expected a whole number"),
        ({"images": [], "annotations": []}, "expected a video to be chosen"),
        ({"images": 4, "annotations": []}, "images: expected a list"),
        ({"images": [{}], "annotations": []}, "image 0: expected 'id'"),
        ({"images": [{"id": 1}], "annotations": []}, "expected entries with keypoints"),
        (
            {
                "images": [{"id": 1}],
                "annotations": [{"image_id": 2, "keypoints": GOOD}],
            },
            "expected one of the images. Received: 2",
        ),
        (
            {
                "images": [{"id": 1, "width": 0, "height": -5}],
                "annotations": [{"image_id": 1, "keypoints": GOOD}],
            },
            "expected a width and a height in px",
        ),
        ([{"landmarks": []}], "expected landmarks. Received: none"),
        ([{"landmarks": [[0.5, 0.5]] * 5}], "expected 33 landmarks. Received: 5"),
        ([{"landmarks": [{"x": 0.5}] * 33}], "expected landmarks with x and y"),
        ([{"landmarks": [["a", "b"]] * 33}], "expected numbers"),
        (
            [{"landmarks": [[0.5, 0.5]] * 33}, {"frame": 1}],
            "entry 1: expected landmarks",
        ),
        (
            {"width": "wide", "height": 4, "frames": [{"landmarks": [[0.5] * 4] * 33}]},
            "wh",
        ),
    ],
)
def test_json_that_is_something_else(tmp_path, document, message):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    refuse(path, message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "expected JSON"),
        (b"{", "expected JSON"),
        (b"\xff\xfe\x00", "expected JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"9" * 5000 + b"]", "expected JSON"),
        (json.dumps(_alphapose([[[[[[[[[[[1]]]]]]]]]]])).encode(), "expected"),
        (
            json.dumps(_alphapose(GOOD)).replace("0.5", "Infinity", 1).encode(),
            "expected finite confidences. Received: inf",
        ),
        (
            json.dumps(_alphapose(GOOD)).replace("0.5", "NaN", 1).encode(),
            "expected finite confidences. Received: nan",
        ),
        (
            json.dumps(_alphapose(GOOD)).replace("5.0", "1e999", 1).encode(),
            "expected keypoints in px. Received: inf",
        ),
        (
            json.dumps(_alphapose(GOOD)).replace("5.0", "1" + "0" * 400, 1).encode(),
            "expected lists of numbers",
        ),
    ],
)
def test_text_that_is_no_json_or_no_numbers(tmp_path, text, message):
    path = tmp_path / "a.json"
    path.write_bytes(text)
    refuse(path, message)


def test_a_place_of_nan_is_a_keypoint_that_is_not_there(tmp_path):
    path = tmp_path / "a.json"
    text = json.dumps(_alphapose(GOOD)).replace("5.0", "NaN", 1)
    path.write_text(text)
    (track,) = detection_file.read(path).people
    assert np.isnan(track.keypoints[0, 0]).all()
    assert track.confidence[0].tolist() == [0.0] + [0.5] * 16


def test_nobody_at_all_gives_no_people(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(_alphapose([0.0] * 51)))
    assert detection_file.read(path).people == ()


@pytest.mark.parametrize("writer", ["videopose3d", "detectron"])
def test_pickles_that_run_code_do_not(files, tmp_path, writer):
    path = tmp_path / "a.npz"
    evil = np.array(_Evil(), object)
    if writer == "videopose3d":
        np.savez(path, positions_2d=evil, metadata=evil)
    else:
        np.savez(path, boxes=evil, keypoints=evil, metadata=evil)
    with zipfile.ZipFile(path) as archive:  # it would run if NumPy loaded it
        name = next(n for n in archive.namelist() if n.startswith(("pos", "boxes")))
        content = archive.read(name)
    with pytest.raises(SystemExit):
        pickle.loads(content[content.index(b"\x80") :])
    refuse(path, "a.npz")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"other": np.zeros(3)}, "arrays other"),
        ({"keypoints": np.zeros((4, 17))}, r"keypoints: expected the shape"),
        ({"keypoints": np.zeros((0, 17, 2))}, r"keypoints: expected the shape"),
        ({"keypoints": np.zeros((4, 11, 2))}, "expected a known number of keypoints"),
        ({"keypoints": np.full((4, 17, 2), "a")}, "keypoints: expected numbers"),
        ({"keypoints": np.array([{}], object)}, "expected plain numbers"),
        (
            {"keypoints": np.ones((4, 17, 2)), "confidence": np.ones((4, 16))},
            r"confidence: expected the shape of keypoints",
        ),
        (
            {"keypoints": np.ones((4, 17, 2)), "frames": np.array([0, 1, 1, 2])},
            "frames: expected 4 rising whole numbers",
        ),
        (
            {"keypoints": np.ones((2, 4, 17, 2)), "ids": np.array([1, 1])},
            "ids: expected 2 different ones",
        ),
        (
            {"keypoints": np.ones((4, 17, 2)), "fps": np.array(-3.0)},
            "fps: expected one positive number",
        ),
        (
            {"keypoints": np.ones((4, 17, 2)), "image_size": np.array([1, 2, 3])},
            "image_size: expected width and height",
        ),
        (
            {"keypoints": np.ones((4, 17, 2)), "image_size": np.array(["a", "b"])},
            "image_size: expected a whole number",
        ),
        (
            {"keypoints": np.ones((4, 17, 2)), "joint_names": np.array(["a", "b"])},
            "joint_names: expected 17",
        ),
        (
            {"keypoints": np.ones((4, 17, 2)), "skeleton": np.array("ghost")},
            "must be one of",
        ),
        ({"keypoints": np.full((4, 17, 2), np.inf)}, "expected keypoints in px"),
        ({"positions_2d": np.array(3)}, "expected a dictionary"),
        ({"positions_2d": np.array({"a": 3}, object)}, "expected a dictionary"),
        ({"positions_2d": np.array({"a": {"b": 3}}, object)}, "list of cameras"),
        (
            {"positions_2d": np.array({"a": {"b": [np.ones((3, 4))]}}, object)},
            r"a/b/0: expected the shape",
        ),
        (
            {"positions_2d": np.array({"a": {"b": [np.ones((9, 11, 2))]}}, object)},
            "expected a known number",
        ),
    ],
)
def test_archives_of_something_else(tmp_path, arrays, message):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    with pytest.raises(errors.InputError, match=message) as error:
        detection_file.read(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("boxes", "keypoints", "message"),
    [
        ([[[], []]], [[[], []]], "expected people. Received: none"),
        ([[[], []]] * 2, [[[], []]], "as many frames of boxes as of keypoints"),
        (
            [[[], [[1, 2, 3, 4, 1]]]],
            [[[], np.ones((1, 3, 17))]],
            r"\[1, 4, keypoints\]",
        ),
        ([[[], [[1, 2]]]], [[[], np.ones((1, 4, 17))]], r"\[people, 5\]"),
        ([[[], [["a"]]]], [[[], np.ones((1, 4, 17))]], "expected numbers"),
        ([5], [5], "expected background and people"),
        ([[[], [[1, 2, 3, 4, 1]]]], [[[], np.ones((1, 4, 12))]], "known number"),
    ],
)
def test_detectron_arrays_of_something_else(tmp_path, boxes, keypoints, message):
    path = tmp_path / "a.npz"
    arrays = {}
    for name, values in (("boxes", boxes), ("keypoints", keypoints)):
        arrays[name] = np.empty(len(values), object)
        for place, value in enumerate(values):
            arrays[name][place] = value
    np.savez(path, **arrays, metadata=np.array({"w": 4, "h": 3}, object))
    refuse(path, message)


def test_missing_and_unknown_files(tmp_path):
    refuse(tmp_path / "none.json", "Received: no file")
    (tmp_path / "a.txt").write_text("x")
    refuse(tmp_path / "a.txt", r"Received: \.txt")
    (tmp_path / "folder").mkdir()
    refuse(tmp_path / "folder", "expected files like video_000000000000_keypoints")
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04")
    refuse(tmp_path / "a.npz", "expected an .npz file")
    (tmp_path / "a.npy").write_bytes(b"\x93NUMPY")
    refuse(tmp_path / "a.npy", "expected an .npy file")
    with pytest.raises(errors.InputError, match="format: expected one of openpose"):
        detection_file.read(tmp_path / "a.npy", "xml")
    for option in ({"fps": -1.0}, {"image_size": (0, 5)}, {"skeleton": "ghost"}):
        with pytest.raises(errors.InputError):
            detection_file.read(tmp_path / "a.npy", **option)


def test_a_format_that_is_said_must_be_the_file_s(files, tmp_path):
    path = files.write_alphapose(tmp_path / "a.json", files.two_people(3))
    assert detection_file.read(path, "alphapose").people
    refuse(path, r"\(mmpose\). Received: other JSON", file_format="mmpose")


def test_a_folder_of_two_videos_is_refused(files, tmp_path):
    files.write_openpose(tmp_path, files.two_people(3), stem="a")
    files.write_openpose(tmp_path, files.two_people(3), stem="b")
    refuse(tmp_path, "expected the frames of one video. Received: those of a, b")


def test_a_damaged_frame_is_named(files, tmp_path):
    files.write_openpose(tmp_path, files.two_people(3))
    frame = tmp_path / "walk_000000000001_keypoints.json"
    frame.write_text(frame.read_text()[:40])
    message = refuse(tmp_path, "expected JSON")
    assert frame.name in message


@pytest.mark.parametrize(
    "name",
    [
        "write_openpose",
        "write_alphapose",
        "write_mmpose_demo",
        "write_coco",
        "write_mediapipe",
        "write_detectron",
        "write_csv",
    ],
)
def test_files_with_changed_bytes_are_read_or_refused(files, tmp_path, name):
    people = files.two_people(2)
    options = {"write_coco": {"annotated": False}, "write_csv": {"wide": True}}
    suffix = {"write_detectron": ".npz", "write_csv": ".csv"}.get(name, ".json")
    path = tmp_path / f"a{suffix}"
    if name == "write_openpose":
        files.write_openpose(tmp_path / "o", people)
        path = tmp_path / "o/walk_000000000000_keypoints.json"
    else:
        getattr(files, name)(path, people, **options.get(name, {}))
    content = path.read_bytes()
    draw = random.Random(3)
    for _ in range(80):
        changed = bytearray(content)
        for _ in range(draw.choice((1, 1, 4))):
            place = draw.randrange(len(changed))
            changed[place : place + draw.choice((0, 1, 20))] = draw.choice(
                (b"", b"0", b"]", b"}", b"null", b"-", b'"', b",", b"9" * 30, b"\x00")
            )
        path.write_bytes(bytes(changed))
        try:
            found = detection_file.read(path)
        except errors.InputError as error:
            assert str(path.name) in str(error)  # noqa: PT017
        else:
            for track in found.people:
                assert np.isfinite(track.confidence).all()
