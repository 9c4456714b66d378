import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data import footage
from stpose_tf.data.footage import Footage
from stpose_tf.data.source_registry import SOURCES
from stpose_tf.data.sources import penn_action
from stpose_tf.data.sources.human36m import h36m_cdf, h36m_footage
from stpose_tf.data.sources.mpi import mpi_inf_3dhp
from stpose_tf.data.sources.own import keypoints_2d, people_in_videos
from stpose_tf.data.sources.planned_clip import FilmedClip
from stpose_tf.data.sources.smpl import three_dpw


def _touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize(
    "name",
    [
        "S1/Videos/TakingPhoto 1.54138969.mp4",
        "S1/Videos/Photo 1.54138969.mp4",
        "extracted/S1/Videos/TakingPhoto_1.54138969.mp4",
        "S1/Photo_1.54138969.AVI",
    ],
)
def test_videos_of_human36m_are_found_by_their_names(tmp_path, name):
    expected = _touch(tmp_path / name)
    _touch(tmp_path / "S1/Videos/Photo.54138969.mp4")
    _touch(tmp_path / "S1/Videos/Photo 1.55011271.txt")
    one, other, *_ = h36m_footage.footage("S1", "Photo 1", step=2)
    assert footage.find_video(tmp_path, one) == expected
    assert (one.step, one.first, one.rest) == (2, 0, "some")
    with pytest.raises(errors.InputError, match=r"S1/Videos/Photo 1\.55011271"):
        footage.find_video(tmp_path, other)


def test_a_folder_of_images_is_a_video(tmp_path):
    (tmp_path / "frames" / "0001").mkdir(parents=True)
    wanted = Footage(videos=("frames/0001", "0001"))
    with pytest.raises(errors.InputError, match="expected the video frames/0001"):
        footage.find_video(tmp_path, wanted)
    _touch(tmp_path / "frames" / "0001" / "000001.jpg")
    assert footage.find_video(tmp_path, wanted) == tmp_path / "frames" / "0001"


def test_a_dot_in_a_name_is_no_ending(tmp_path):
    expected = _touch(tmp_path / "walk.v2.mp4")
    _touch(tmp_path / "walk.mp4")
    assert footage.find_video(tmp_path, Footage(videos=("walk.v2",))) == expected


def test_what_nothing_says_is_not_looked_for(tmp_path):
    _touch(tmp_path / ".npz")
    _touch(tmp_path / ".mp4")
    with pytest.raises(errors.InputError, match="says where its videos lie"):
        footage.find_video(tmp_path, Footage(detections=("0001",)))
    with pytest.raises(errors.InputError, match="2D can be called like"):
        footage.find_detections(tmp_path, Footage(videos=("0001",)), (".npz",))


@pytest.mark.parametrize(
    ("rest", "fitting", "says"),
    [
        ("none", [40], "the 40 frames of the clip"),
        ("some", [40, 41, 90], "at least the 40 frames of the clip"),
        ("any", [40, 41, 90], "at least the 40 frames of the clip"),
    ],
)
def test_2d_is_as_long_as_what_was_filmed(rest, fitting, says):
    filmed = Footage(rest=rest)
    assert [given for given in (1, 39, 40, 41, 90) if filmed.fits(given, 40)] == fitting
    assert filmed.expected(40) == says


def test_clips_of_filmed_sources_know_their_videos(tmp_path):
    settings = {"clip_id": "0001", "subject": "train", "fps": 15.0, "step": 2}
    penn = penn_action.LabelledVideo(
        path=tmp_path / "0001.mat",
        swap_left_right=False,
        input_skeleton="penn13",
        **settings,
    )
    (video,) = penn.footage
    assert video == Footage(
        videos=("frames/0001", "0001"), detections=("0001",), step=2, first_image=1
    )
    tree = h36m_cdf.TreeClip(
        path=tmp_path / "Walking 1.cdf",
        subject="S9",
        keypoints=None,
        metadata=None,
        step=5,
    )
    assert [one.videos[0] for one in tree.footage] == [
        "S9/Videos/Walking 1.54138969",
        "S9/Videos/Walking 1.55011271",
        "S9/Videos/Walking 1.58860488",
        "S9/Videos/Walking 1.60457274",
    ]
    train = mpi_inf_3dhp.TrainSequence(
        folder=tmp_path / "S3" / "Seq2",
        cameras=(0, 7),
        universal=True,
        input_skeleton="coco17",
        **{**settings, "clip_id": "S3_Seq2", "subject": "S3"},
    )
    names = [one.videos[0] for one in train.footage]
    assert names == [f"S3/Seq2/imageSequence/video_{camera}" for camera in (0, 7)]
    person = three_dpw.PersonInSequence(
        path=tmp_path / "courtyard_arguing_00.pkl",
        person=1,
        keypoints="detected",
        input_skeleton="coco17",
        **{**settings, "clip_id": "courtyard_arguing_00_1"},
    )
    assert person.footage[0].videos[0] == "imageFiles/courtyard_arguing_00"
    planned = [penn, tree, train, person]
    assert all(isinstance(one, FilmedClip) for one in planned)
    assert SOURCES["humaneva_npz"].has_videos is False


def test_a_stretch_of_a_track_is_a_part_of_its_video(tmp_path):
    places = np.full((1, 90, 17, 3), [5.0, 5.0, 0.9]) + np.arange(17)[:, np.newaxis]
    places[..., 2] = 0.9
    places[0, 30:60] = [np.nan, np.nan, 0.0]
    np.savez(
        tmp_path / "walk.npz",
        keypoints=places,
        image_size=[640, 480],
        fps=60.0,
        skeleton="coco17",
    )
    first, second = keypoints_2d.find(tmp_path, fps=30.0, fewest_frames=4)
    (one,), (two,) = first.footage, second.footage
    assert "walk" in one.videos
    assert (one.first, one.step, one.rest) == (0, 2, "any")
    assert (two.first, two.step, two.rest) == (60, 2, "any")
    assert second.read().num_frames == 15


def test_videos_and_folders_of_images_are_listed_by_name(tmp_path):
    for name in ("b/clip.mp4", "a.MOV", "frames/one/1.png", "notes.txt"):
        _touch(tmp_path / name)
    found = list(people_in_videos.find(tmp_path, longest_gap=3))
    assert [video.clip_id for video in found] == ["a", "b/clip", "frames/one"]
    assert found[2].path == tmp_path / "frames" / "one"
    assert found[0].read() is found[0]
    (alone,) = people_in_videos.find(tmp_path / "a.MOV")
    assert alone.clip_id == "a"
    (one,) = people_in_videos.find(tmp_path / "frames" / "one")
    assert one.clip_id == "one"
    assert not list(people_in_videos.find(tmp_path, subjects=("c",)))
    (tmp_path / "empty").mkdir()
    with pytest.raises(errors.InputError, match="expected videos"):
        list(people_in_videos.find(tmp_path / "empty"))
