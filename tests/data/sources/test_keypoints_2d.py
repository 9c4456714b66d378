import pickle
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from stpose_tf import errors
from stpose_tf.data.motion_clip import Skipped
from stpose_tf.data.records import record_index, record_writer
from stpose_tf.data.sources.own import keypoints_2d

_PATH = Path(__file__).parents[1] / "detections" / "detection_files.py"
FILES = SimpleNamespace(**runpy.run_path(str(_PATH), run_name="detection_files"))
FACTS = {"source_fps": 50.0, "image_size": FILES.SIZE}


def split(path, **options):
    found = list(keypoints_2d.find(path, **{**FACTS, **options}))
    assert found == list(keypoints_2d.find(path, **{**FACTS, **options}))
    clips = [item for item in found if not isinstance(item, Skipped)]
    return clips, {
        item.name: item.reason for item in found if isinstance(item, Skipped)
    }


def read(planned):
    clip = pickle.loads(pickle.dumps(planned)).read()
    clip.validate()
    return clip


def check(clip, person, names=FILES.COCO):
    """Holds a clip to what the person did between first and last frame."""
    (view,) = clip.views
    for row in range(clip.num_frames):
        frame = person.frames[0] + row
        points = person.points(names, frame)
        if frame in person.frames:
            assert_allclose(view.keypoints[row], points[:, :2], atol=1e-3)
            assert_allclose(view.confidence[row], points[:, 2], atol=1e-5)
        else:
            assert not view.confidence[row].any()
    inside = (
        np.abs(view.keypoints - view.crop[:, None, :2]) < view.crop[:, None, 2:3] / 2
    )
    assert inside.all()
    assert clip.pose_world is None
    assert clip.keypoints_world is None
    assert clip.output_skeleton == "h36m17"


def test_each_person_is_a_clip(tmp_path):
    people = FILES.two_people(40)
    path = FILES.write_alphapose(tmp_path / "street.json", people)
    clips, skipped = split(path)
    assert not skipped
    assert [clip.clip_id for clip in clips] == ["street_1", "street_2"]
    assert {clip.subject for clip in clips} == {"street"}
    for planned, person in zip(clips, people, strict=True):
        clip = read(planned)
        assert (clip.fps, clip.input_skeleton) == (50.0, "coco17")
        assert clip.views[0].image_size == FILES.SIZE
        check(clip, person)
        assert not clip.views[0].labelled.any()


def test_long_gaps_part_clips_and_short_ones_are_skipped(tmp_path):
    frames = (*range(30), *range(50, 75), *range(100, 103))
    person = FILES.Person(7, (200.0, 100.0), 4.0, frames)
    path = FILES.write_alphapose(tmp_path / "a.json", (person,))
    clips, skipped = split(path)
    assert [clip.clip_id for clip in clips] == ["a_7.0", "a_7.1"]
    assert [read(clip).num_frames for clip in clips] == [30, 25]
    (reason,) = skipped.values()
    assert "expected person 7 for 16 frames. Received: 3 from 100" in reason
    clips, skipped = split(path, longest_gap=100, fewest_frames=1)
    assert [read(clip).num_frames for clip in clips] == [103]
    assert not skipped


def test_annotations_are_labels_and_sure_detections_on_request(tmp_path):
    people = FILES.two_people(20)
    FILES.write_coco(tmp_path / "truth.json", people, annotated=True)
    (planned, _), _ = split(tmp_path / "truth.json")
    (view,) = read(planned).views
    assert_array_equal(view.labelled, view.confidence > 0)
    assert view.labelled[:, 1:5].all()
    assert not view.labelled[:, 5].any()
    FILES.write_alphapose(tmp_path / "a.json", people)
    (planned, _), _ = split(tmp_path / "a.json", labels_above=0.7)
    (view,) = read(planned).views
    assert_array_equal(view.labelled, view.confidence > 0.7)


def test_lower_rates_and_other_orders(tmp_path):
    people = FILES.two_people(40)
    FILES.write_alphapose(tmp_path / "a.json", people, FILES.HALPE)
    (planned, _), _ = split(tmp_path, fps=25.0, input_skeleton="coco17")
    clip = read(planned)
    assert (clip.fps, clip.num_frames, clip.input_skeleton) == (25.0, 20, "coco17")
    expected = np.stack(
        [people[0].points(FILES.COCO, f)[:, :2] for f in range(0, 40, 2)]
    )
    assert_allclose(clip.views[0].keypoints, expected, atol=1e-3)
    _, skipped = split(tmp_path, fps=30.0)
    assert "--fps: expected a whole part of the source's 50" in skipped["a"]
    _, skipped = split(tmp_path, input_skeleton="humaneva15")
    assert "No map is defined from skeleton 'halpe26'" in skipped["a"]


def test_a_folder_of_all_formats(tmp_path):
    people = FILES.two_people(20)
    FILES.write_alphapose(tmp_path / "alphapose.json", people)
    FILES.write_mmpose_demo(tmp_path / "mmpose.json", people)
    FILES.write_coco(tmp_path / "coco.json", people, annotated=False)
    FILES.write_detectron(tmp_path / "detectron.npz", people)
    FILES.write_videopose3d(tmp_path / "custom.npz", {"a": people[0], "b": people[0]})
    FILES.write_csv(tmp_path / "table.csv", people, wide=True)
    FILES.write_openpose(tmp_path / "video" / "openpose", people, FILES.OPENPOSE_18)
    FILES.write_mediapipe(tmp_path / "mediapipe.json", people)
    clips, skipped = split(tmp_path, input_skeleton="coco17", fewest_frames=1)
    assert not skipped  # MediaPipe's file says 30 frames a second, but the user 50
    names = [clip.clip_id for clip in clips]
    assert len(names) == len(set(names)) == 16
    assert "custom/a_0" in names
    assert "video/openpose_0" in names
    with record_writer.RecordWriter(tmp_path / "records") as writer:
        for clip in clips:
            writer.write(read(clip))
    index = record_index.load(tmp_path / "records")
    assert len(index.clips) == 16
    assert index.input_skeleton == "coco17"
    clips, _ = split(tmp_path, subjects=("table",), fewest_frames=1)
    assert {clip.subject for clip in clips} == {"table"}


def test_unusable_files_are_skipped_and_named(tmp_path):
    people = FILES.two_people(20)
    FILES.write_alphapose(tmp_path / "good.json", people)
    text = (tmp_path / "good.json").read_text()
    (tmp_path / "cut.json").write_text(text[:-50])
    (tmp_path / "other.json").write_text('{"a": 1}')
    (tmp_path / "no.npz").write_bytes(b"PK")
    clips, skipped = split(tmp_path)
    assert [clip.clip_id for clip in clips] == ["good_1", "good_2"]
    assert set(skipped) == {"cut", "other", "no"}
    assert "cut.json: expected JSON" in skipped["cut"]
    assert "other.json: expected 2D detections" in skipped["other"]


def test_what_a_file_does_not_say_is_asked_for(tmp_path):
    FILES.write_alphapose(tmp_path / "a.json", FILES.two_people(20))
    _, skipped = split(tmp_path, image_size=None)
    assert "expected the image's width and height from the user" in skipped["a"]
    _, skipped = split(tmp_path, source_fps=None)
    assert "expected the video's frames a second from the user" in skipped["a"]


def test_a_file_that_changes_in_between_is_refused(tmp_path):
    FILES.write_alphapose(tmp_path / "a.json", FILES.two_people(20))
    (_, second), _ = split(tmp_path)
    FILES.write_alphapose(tmp_path / "a.json", FILES.two_people(21)[:1])
    with pytest.raises(errors.InputError, match="expected person 2"):
        second.read()


def test_nothing_to_read_is_refused(tmp_path):
    with pytest.raises(errors.InputError, match="expected files of 2D keypoints"):
        list(keypoints_2d.find(tmp_path))
    with pytest.raises(errors.InputError, match="expected a file or a folder"):
        list(keypoints_2d.find(tmp_path / "none"))
