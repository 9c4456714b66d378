import numpy as np
import pytest

from stpose_tf import errors
from stpose_tf.data.sources.recorded import recorded_view
from stpose_tf.geometry import heatmaps
from stpose_tf.lifting import (
    intrinsics,
    stretch,
    video_people,
    video_track,
)
from stpose_tf.networks2d import heatmap_resampling, placement
from stpose_tf.people import person_maps
from stpose_tf.people.person_frame import PersonFrame

CAMERA = intrinsics.assumed((1280, 720))


def _frame(number):
    """What a 2D network saw in a crop of its own, that trembles and is turned."""
    rng = np.random.default_rng(number)
    crop = np.array([600 + number, 350, 400, 0.3]) + rng.normal(size=4) * [4, 4, 9, 0.1]
    places = rng.uniform(6, 26, (17, 2))
    peaks = np.concatenate(
        [places, np.full((17, 1), 1.5), rng.uniform(0.2, 1, (17, 1))], 1
    )
    return PersonFrame(
        person=1,
        frame=number,
        maps=np.asarray(heatmaps.render(peaks[:, None].astype("f4"), (32, 32))),
        to_image=placement.of_crop(crop, (32, 32)),
        crop=crop,
        following=crop,
        presence=1.0,
        peaks=np.zeros((17, 3)),
    )


def _track(lifter, fps):
    return video_track.VideoTrack(
        lifter,
        picks=list(range(17)),
        fps=fps,
        model_fps=30.0,
        camera=CAMERA,
        time_of=lambda number: number / fps,
    )


def _whole(lifter, people, fps):
    """The same from all frames at once."""
    first, last = people[0].frame, people[-1].frame
    numbers = np.arange(first, last + 1)
    keypoints = np.full((len(numbers), 17, 3), np.nan)
    keypoints[..., 2] = 0.0
    by_row = {person.frame - first: person for person in people}
    for row, person in by_row.items():
        peaks = np.asarray(heatmaps.decode(person.maps), float)
        peaks[:, :2] = placement.apply(person.to_image, peaks[:, :2])
        seen = peaks[:, 2] >= person_maps.LEAST_PEAK
        keypoints[row, seen] = peaks[seen]
    visible = keypoints[..., 2] > 0
    crops = recorded_view.tight_crop(keypoints[..., :2], visible)
    shape = lifter.heatmap_shape

    def maps(rows):
        return np.stack(
            [
                heatmap_resampling.resample(
                    by_row[row].maps, by_row[row].to_image, crops[row], shape[:2]
                )
                if row in by_row
                else np.zeros(shape, "f4")
                for row in rows.tolist()
            ]
        )

    seen = stretch.Stretch(
        frames=numbers,
        times=numbers / fps,
        keypoints=keypoints[..., :2],
        confidence=keypoints[..., 2],
        visible=visible,
        crops=crops,
    )
    return stretch.lift(seen, maps, lifter, camera=CAMERA, model_fps=30.0)


@pytest.mark.parametrize("fps", [30.0, 60.0, 24.0])
def test_frame_by_frame_is_as_good_as_all_at_once(lifter, fps):
    numbers = [*range(3, 70), *range(75, 130)]  # five frames do not show the person
    people = [_frame(number) for number in numbers]
    track = _track(lifter, fps)
    done = [part for person in people for part in track.add(person)]
    done += track.finish()
    (found,) = done
    expected = _whole(lifter, people, fps)
    np.testing.assert_array_equal(found.stretch.frames, np.arange(3, 130))
    for name in ("times", "keypoints", "confidence", "visible"):
        np.testing.assert_allclose(
            getattr(found.stretch, name), getattr(expected.stretch, name), atol=1e-4
        )
    np.testing.assert_allclose(found.stretch.crops, expected.stretch.crops, atol=1e-3)
    spread = np.std(expected.poses)
    np.testing.assert_allclose(found.poses, expected.poses, atol=2e-3 * spread)
    np.testing.assert_allclose(found.log_sigma, expected.log_sigma, atol=1e-2)


def test_who_is_long_gone_begins_anew(lifter):
    numbers = [*range(10), *range(60, 70)]
    track = _track(lifter, 30.0)
    done = [part for number in numbers for part in track.add(_frame(number))]
    done += track.finish()
    assert [part.stretch.frames[0] for part in done] == [0, 60]
    assert [len(part.poses) for part in done] == [10, 10]
    assert list(track.finish()) == []


def test_few_maps_wait(lifter):
    track = _track(lifter, 30.0)
    for number in range(200):
        list(track.add(_frame(number)))
        assert len(track._maps.waiting) <= 48


def test_keypoints_are_picked_by_name_and_never_averaged():
    picked = video_people.picks("blazepose33", "coco17")
    # BlazePose: nose, 3 + 3 of the eyes, ears 7 and 8, ..., ankles 27 and 28.
    assert picked[:5] == [0, 2, 5, 7, 8]
    assert picked[-2:] == [27, 28]
    assert video_people.picks("coco17", "coco17") == list(range(17))
    with pytest.raises(errors.InputError, match="coco17"):
        video_people.picks("mpii16", "coco17")
    with pytest.raises(errors.InputError, match="h36m17"):
        video_people.picks("coco17", "h36m17")
