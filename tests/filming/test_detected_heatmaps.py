"""Heat maps from videos, with a 2D network that finds colored dots."""

import dataclasses
import pickle
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from stpose_tf import errors
from stpose_tf.data import heatmap_codec
from stpose_tf.data.clip import Clip
from stpose_tf.data.footage import Footage
from stpose_tf.data.sources.own import people_in_videos
from stpose_tf.data.sources.recorded import recorded_view
from stpose_tf.filming import detected_heatmaps, known_people
from stpose_tf.filming.detected_heatmaps import DetectedHeatmaps
from stpose_tf.geometry import crops, heatmaps, skeletons
from stpose_tf.networks2d import network_choice, peak_places
from stpose_tf.networks2d.heatmap_network import NetworkMaps
from stpose_tf.people.sightings import Sightings

cv2 = pytest.importorskip("cv2", reason="the extra 'video' is not installed")
SIZE = (640, 480)
NEAR = 1.5  # px: a fifth of a pixel of the maps
PENN = skeletons.get("penn13").joints
COCO = skeletons.get("coco17").joints
# x and y of a standing body's keypoints, in heights of the body.
BODY = {
    "nose": (0, 0.06), "left_eye": (0.05, 0.02), "right_eye": (-0.05, 0.02),
    "left_ear": (0.1, 0.06), "right_ear": (-0.1, 0.06), "head": (0, 0.04),
    "left_shoulder": (0.1, 0.17), "right_shoulder": (-0.1, 0.17),
    "left_elbow": (0.12, 0.33), "right_elbow": (-0.12, 0.33),
    "left_wrist": (0.13, 0.48), "right_wrist": (-0.13, 0.48),
    "left_hip": (0.07, 0.5), "right_hip": (-0.07, 0.5), "left_knee": (0.07, 0.73),
    "right_knee": (-0.07, 0.73), "left_ankle": (0.07, 0.95),
    "right_ankle": (-0.07, 0.95),
}  # fmt: skip


def places(frame, joints):
    """Where joints are in a frame of the made-up video, px."""
    body = np.array([BODY[name] for name in joints])
    return body * 400 + [200 + 4.0 * frame, 40]


def image(frame):
    """A frame: a red dot on each of COCO's keypoints, its number as its green."""
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for number, (x, y) in enumerate(places(frame, COCO)):
        # A pixel's center is half a pixel from its corner, which OpenCV counts from.
        center = np.round((np.array([x, y]) - 0.5) * 16).astype(int).tolist()
        color = (255, 12 * number + 20, 0)
        cv2.circle(picture, center, 112, color, -1, cv2.LINE_8, shift=4)
    return picture


class DotNetwork:
    """Finds the dots; each map is a Gaussian, 0.8 high, on the dot of its color."""

    name, skeleton, input_size, margin = "dots", "coco17", (256, 256), 1.25
    upright = True

    def __call__(self, images):
        maps = np.zeros((len(images), 64, 64, 17), np.float32)
        for maps_of_one, picture in zip(maps, images, strict=True):
            for number in range(17):
                near = np.abs(picture[..., 1].astype(int) - 12 * number - 20) <= 5
                rows, columns = np.nonzero(near & (picture[..., 0] > 250))
                if len(rows):
                    x, y = (columns.mean() + 0.5) / 4, (rows.mean() + 0.5) / 4
                    peak = np.float32([[[x - 0.5, y - 0.5, 1.5, 0.8]]])
                    drawn = heatmaps.render(tf.constant(peak), (64, 64))
                    maps_of_one[..., number] = drawn.numpy()[..., 0]
        unit = np.array([[1 / 64, 0, 0.5 / 64], [0, 1 / 64, 0.5 / 64]])
        return NetworkMaps(
            maps=maps,
            to_crop=unit,
            presence=(maps.max(axis=(1, 2)) > 0.5).mean(axis=1),
            following=peak_places.tight_crop(maps, unit, margin=1.5, least=0.5),
        )


class EverywhereDetector:
    """Sees the person where the dots are; an exact detector."""

    name = "exact"

    def __call__(self, frame):
        rows, columns = np.nonzero(frame[..., 0])
        if not len(rows):
            return Sightings(
                boxes=np.zeros((0, 4)), scores=np.zeros(0), rolls=np.zeros(0)
            )
        box = [columns.min() - 20, rows.min() - 20, columns.max() + 20, rows.max() + 20]
        return Sightings(
            boxes=np.array([box], float), scores=np.ones(1), rolls=np.zeros(1)
        )


@pytest.fixture(autouse=True)
def _networks(monkeypatch):
    monkeypatch.setattr(detected_heatmaps, "_network", lambda choice: DotNetwork())
    monkeypatch.setattr(detected_heatmaps, "_detector", lambda: EverywhereDetector())


@pytest.fixture
def film(tmp_path):
    """Returns a function that writes frames of the video as images."""

    def write(name, frames=range(40), *, empty=()):
        folder = tmp_path / "videos" / name
        folder.mkdir(parents=True)
        for frame in frames:
            picture = image(frame) * (frame not in empty)
            assert cv2.imwrite(
                str(folder / f"{frame:06d}.png"),
                np.ascontiguousarray(picture[..., ::-1]),
            )
        return tmp_path / "videos"

    return write


def annotated(frames=40, *, fps=30.0, joints="penn13", hidden=(), step=1):
    """A clip of annotated keypoints of the video; hidden are (frame, joint) pairs."""
    names = skeletons.get(joints).joints
    points = np.stack([places(frame * step, names) for frame in range(frames)])
    visible = np.ones(points.shape[:2], bool)
    for pair in hidden:
        visible[pair] = False
    view = recorded_view.from_keypoints(
        points, image_size=SIZE, confidence=visible.astype(np.float32)
    )
    return Clip(
        clip_id="0001",
        dataset="made",
        subject="train",
        action="wave",
        fps=fps,
        input_skeleton=joints,
        output_skeleton="h36m17",
        pose_world=None,
        pose_valid=None,
        keypoints_world=None,
        views=(view,),
    )


def source(videos):
    return DetectedHeatmaps(
        network=network_choice.NetworkChoice(), videos=videos, size=(64, 64)
    )


def decoded(view):
    """Peaks of a view's stored maps in px of the image, `[time, keypoints, 3]`."""
    maps = np.stack(
        [
            heatmap_codec.decode_frame(blob, view.heatmaps.ranges, size=(64, 64))
            for blob in view.heatmaps.blobs
        ]
    )
    peaks = np.array(heatmaps.decode(maps))
    unit = heatmaps.heatmap_to_unit(tf.constant(peaks[..., :2]), (64, 64))
    peaks[..., :2] = crops.unit_to_image(unit, tf.constant(view.crop)).numpy()
    return peaks


def test_maps_lie_where_the_video_shows_the_keypoints(film):
    videos = film("frames/0001")
    clip = source(videos).seen(annotated(), (Footage(videos=("frames/0001", "0001")),))
    clip.validate()
    assert clip.input_skeleton == "coco17"
    (view,) = clip.views
    truth = np.stack([places(frame, COCO) for frame in range(40)])
    peaks = decoded(view)
    # The body is 400 px high, so a pixel of the maps is about 8 px.
    np.testing.assert_allclose(peaks[..., :2], truth, atol=NEAR)
    np.testing.assert_allclose(peaks[..., 2], 0.8, atol=0.06)
    np.testing.assert_allclose(view.confidence, 0.8, atol=0.05)
    # The crop is the lifter's: the square around the keypoints times 1.25.
    np.testing.assert_allclose(view.crop[:, 2], 1.25 * 0.93 * 400, atol=2 * NEAR)
    middle = (truth.min(axis=1) + truth.max(axis=1)) / 2
    np.testing.assert_allclose(view.crop[8:32, :2], middle[8:32], atol=NEAR)


def test_what_is_labelled_stays_and_the_rest_is_what_was_seen(film):
    clip = annotated(hidden=[(3, PENN.index("left_wrist"))])
    # An annotation that is not where the dot is: the truth as its authors had it.
    points = clip.views[0].keypoints.copy()
    points[:, PENN.index("left_knee")] += [20.0, 0.0]
    view = dataclasses.replace(clip.views[0], keypoints=points)
    clip = dataclasses.replace(clip, views=(view,))
    (view,) = source(film("0001")).seen(clip, (Footage(videos=("0001",)),)).views
    wrist, knee = COCO.index("left_wrist"), COCO.index("left_knee")
    labelled = np.ones((40, 17), bool)
    labelled[:, :5] = False  # Penn Action has no faces.
    labelled[3, wrist] = False
    np.testing.assert_array_equal(view.labelled, labelled)
    truth = np.stack([places(frame, COCO) for frame in range(40)])
    expected = truth.copy()
    expected[:, knee, 0] += 20.0
    np.testing.assert_allclose(view.keypoints, expected, atol=NEAR)
    assert view.confidence[3, wrist] > 0.7
    assert decoded(view)[3, knee, 0] == pytest.approx(truth[3, knee, 0], abs=NEAR)


def test_a_clip_is_a_part_of_its_video(film):
    clip = annotated(frames=10, fps=15.0, step=2)
    shifted = dataclasses.replace(
        clip.views[0], keypoints=clip.views[0].keypoints + np.float32([24.0, 0.0])
    )
    clip = dataclasses.replace(clip, views=(shifted,))
    footage = Footage(videos=("0001",), first=6, step=2, rest="any")
    (view,) = source(film("0001")).seen(clip, (footage,)).views
    truth = np.stack([places(6 + 2 * frame, COCO) for frame in range(10)])
    np.testing.assert_allclose(decoded(view)[..., :2], truth, atol=NEAR)


def test_frames_without_the_person_have_maps_of_zeros(film):
    frames = [(frame, joint) for frame in (0, 1, 20, 39) for joint in range(13)]
    clip = annotated(hidden=frames)
    (view,) = source(film("0001")).seen(clip, (Footage(videos=("0001",)),)).views
    empty = [
        not heatmap_codec.decode_frame(blob, view.heatmaps.ranges, size=(64, 64)).any()
        for blob in view.heatmaps.blobs
    ]
    assert np.flatnonzero(empty).tolist() == [0, 1, 20, 39]
    assert np.flatnonzero(~view.confidence.any(axis=1)).tolist() == [0, 1, 20, 39]


@pytest.mark.parametrize(
    ("changes", "frames", "says"),
    [
        ({"videos": ("0002",)}, 40, "expected the video 0002"),
        ({}, 30, "0001: expected about 40 frames, as 0001 says. Received: 30"),
        ({}, 120, "expected about 40 frames, as 0001 says. Received: 120"),
        ({"rest": "some"}, 120, "expected about 40 frames, as 0001 says"),
        ({"rest": "any", "first": 10}, 40, "expected at least 50 frames"),
    ],
)
def test_videos_that_do_not_fit_are_refused(film, changes, frames, says):
    footage = Footage(**{"videos": ("0001",), **changes})
    with pytest.raises(errors.InputError, match=says):
        source(film("0001", range(frames))).seen(annotated(), (footage,))


def test_videos_of_another_size_are_refused(film):
    clip = annotated()
    view = dataclasses.replace(clip.views[0], image_size=(320, 240))
    clip = dataclasses.replace(clip, views=(view,))
    with pytest.raises(errors.InputError, match="320 x 240 px, as 0001 says"):
        source(film("0001")).seen(clip, (Footage(videos=("0001",)),))


def test_every_view_needs_its_video(film):
    clip = annotated()
    clip = dataclasses.replace(clip, views=clip.views * 2)
    with pytest.raises(errors.InputError, match=r"videos of 2 views\. Received: 1"):
        source(film("0001")).seen(clip, (Footage(videos=("0001",)),))


def test_somebody_whom_the_network_does_not_see_is_refused(film):
    videos = film("0001", empty=range(40))
    with pytest.raises(errors.InputError, match="expected a person whom the network"):
        source(videos).seen(annotated(), (Footage(videos=("0001",)),))


@pytest.mark.slow
def test_people_in_a_video_become_clips(film, tmp_path):
    empty = {*range(12, 20), *range(40, 80)}
    videos = film("street", range(100), empty=empty)
    (video,) = people_in_videos.find(videos, source_fps=30.0, fewest_frames=10)
    assert video.clip_id == "street"
    clips = source(None).people(video)
    assert [clip.clip_id for clip in clips] == ["street_1", "street_1.1"]
    first, second = clips
    assert (first.num_frames, second.num_frames) == (40, 20)
    assert (first.fps, first.subject, first.dataset) == (30.0, "street", "videos")
    seen = first.views[0].confidence.any(axis=1)
    assert np.flatnonzero(~seen).tolist() == list(range(12, 20))
    truth = np.stack([places(frame, COCO) for frame in range(40)])
    np.testing.assert_allclose(
        decoded(first.views[0])[seen][..., :2], truth[seen], atol=NEAR
    )
    assert not first.views[0].labelled.any()


@pytest.mark.slow
def test_lower_rates_leave_frames_out(film):
    videos = film("street")
    (video,) = people_in_videos.find(videos, source_fps=59.94, fps=30.0)
    (clip,) = source(None).people(video)
    assert (clip.fps, clip.num_frames) == (30.0, 20)
    truth = np.stack([places(2 * frame, COCO) for frame in range(20)])
    np.testing.assert_allclose(decoded(clip.views[0])[..., :2], truth, atol=NEAR)
    (video,) = people_in_videos.find(videos, source_fps=50.0, fps=30.0)
    with pytest.raises(errors.InputError, match="30 frames a second are a whole part"):
        source(None).people(video)


def test_short_stretches_are_skipped_and_nobody_is_refused(film):
    videos = film("street", range(30), empty=range(8, 30))
    (video,) = people_in_videos.find(videos, fewest_frames=16)
    (skipped,) = source(None).people(video)
    assert "expected a person for 16 frames. Received: 8" in skipped.reason
    empty = film("nobody", range(20), empty=range(20))
    _, nobody = sorted(
        people_in_videos.find(empty), key=lambda v: v.clip_id == "nobody"
    )
    with pytest.raises(errors.InputError, match=r"expected people\. Received: nobody"):
        source(None).people(nobody)


def test_crops_turn_with_the_trunk_and_hold_the_body():
    clip = annotated(frames=1, joints="coco17")
    view, angle = clip.views[0], 0.5
    middle = view.keypoints.mean(axis=(0, 1))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = (view.keypoints - middle) @ turn.T + middle
    leaning = dataclasses.replace(view, keypoints=turned.astype(np.float32))
    network = DotNetwork()
    (crop,) = known_people.crops(leaning, "coco17", network)
    hips = turned[0, [COCO.index("left_hip"), COCO.index("right_hip")]].mean(axis=0)
    np.testing.assert_allclose(crop[:2], hips, atol=1e-3)
    assert crop[3] == pytest.approx(angle, abs=1e-6)
    away = np.linalg.norm(turned[0] - hips, axis=1).max()
    assert 2.2 * away < crop[2] < 3.2 * away
    network.upright = False
    (crop,) = known_people.crops(leaning, "coco17", network)
    low, high = turned[0].min(axis=0), turned[0].max(axis=0)
    np.testing.assert_allclose(crop[:2], (low + high) / 2, atol=1e-3)
    assert crop[3] == 0.0
    assert (high - low).max() < crop[2] < 2 * (high - low).max()


def test_what_depends_on_the_files_knows_them(film):
    videos = film("0001")
    made = source(videos)
    footage = (Footage(videos=("0001",)), Footage(videos=("0002",)))
    assert made.files(footage) == (videos / "0001",)
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert repr(again) == repr(made)
    assert isinstance(again.videos, Path)
