"""People who are colored discs, seen by a network that knows nothing but discs."""

import numpy as np
import pytest

from stpose_tf.networks2d import image_cutting
from stpose_tf.networks2d.heatmap_network import NetworkMaps
from stpose_tf.people import person_tracker
from stpose_tf.people.sightings import Sightings

pytest.importorskip("cv2", reason="the extra 'video' is not installed")

SIZE = (400, 240)
RADIUS = 20
MARKS = np.array([[0.0, -0.8], [0.0, 0.8], [-0.5, 0.0], [0.6, 0.1], [0.1, -0.3]])
Y, X = np.mgrid[: SIZE[1], : SIZE[0]].astype(np.float32) + np.float32(0.5)


def _scene(places):
    """An image with a disc for each place, in red and green; the later one in front."""
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for channel, place in enumerate(places):
        if place is not None:
            inside = (X - place[0]) ** 2 + (Y - place[1]) ** 2 < RADIUS**2
            image[inside] = np.eye(3, dtype=np.uint8)[channel] * 250
    return image


def _discs(image):
    """Returns center and number of pixels of each disc that is visible."""
    found = []
    for channel in range(2):
        rows, columns = np.nonzero(image[..., channel] > 125)
        if len(rows) > 150:
            found.append((columns.mean() + 0.5, rows.mean() + 0.5, len(rows)))
    return found


class DiscNetwork:
    """Sees the disc that fills most of its crop; each has its own pose."""

    name = "discs"
    skeleton = "coco17"
    input_size = (64, 64)
    margin = 2.0
    upright = False

    def __call__(self, crops):
        maps = np.zeros((len(crops), 64, 64, len(MARKS)), np.float32)
        presence = np.zeros(len(crops))
        following = np.tile([0.5, 0.5, 1.0, 0.0], (len(crops), 1))
        for number, crop in enumerate(crops):
            discs = _discs(crop)
            if not discs:
                continue
            x, y, count = max(discs, key=lambda disc: disc[2])
            presence[number] = min(1.0, count / 400.0)
            following[number, :2] = x / 64, y / 64
            places = np.clip(MARKS * 16 + [x, y], 0, 63).astype(int)
            maps[number, places[:, 1], places[:, 0], np.arange(len(MARKS))] = 0.9
        to_crop = np.array([[1 / 64, 0, 0.5 / 64], [0, 1 / 64, 0.5 / 64]])
        return NetworkMaps(
            maps=maps, to_crop=to_crop, presence=presence, following=following
        )


class DiscDetector:
    """Finds every disc that is mostly visible."""

    name = "discs"

    def __init__(self):
        self.runs = 0

    def __call__(self, frame):
        self.runs += 1
        discs = [d for d in _discs(frame) if d[2] > 700]
        boxes = [[x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS] for x, y, _ in discs]
        return Sightings(
            boxes=np.array(boxes).reshape(-1, 4),
            scores=np.ones(len(boxes)),
            rolls=np.zeros(len(boxes)),
        )


def _run(paths, **settings):
    """Returns {id: {frame: center}} for paths `[frames][people]`."""
    tracker = person_tracker.PersonTracker(DiscNetwork(), DiscDetector(), **settings)
    people = {}
    for frame, places in enumerate(paths):
        for person in tracker.step(frame, _scene(places)):
            people.setdefault(person.person, {})[person.frame] = person.following[:2]
    return people


def _line(first, last, frames):
    return list(np.linspace(first, last, frames))


def test_two_people_keep_their_ids_and_places():
    one, two = _line((60, 80), (200, 80), 40), _line((340, 160), (200, 160), 40)
    people = _run(list(zip(one, two, strict=True)))
    assert sorted(people) == [1, 2]
    for path in people.values():
        assert sorted(path) == list(range(40))
        truth = one if abs(path[0][1] - 80) < 10 else two
        for frame, place in path.items():
            np.testing.assert_allclose(place, truth[frame], atol=1.5)


@pytest.mark.parametrize("apart", [0, 6], ids=["through", "past"])
def test_ids_survive_a_crossing(apart):
    one = _line((60, 120), (340, 120), 70)
    two = _line((340, 120 + apart), (60, 120 + apart), 70)
    people = _run(list(zip(one, two, strict=True)))
    assert sorted(people) == [1, 2]
    for path in people.values():
        truth = one if path[0][0] < 200 else two
        assert max(path) == 69
        np.testing.assert_allclose(path[69], truth[69], atol=3)
        # While one hides the other there is nothing to see of it.
        assert len(path) > 45
        for frame in list(range(20)) + list(range(55, 70)):
            np.testing.assert_allclose(path[frame], truth[frame], atol=3)


def test_ids_survive_a_tree():
    # Gone for 20 frames while it walks on 80 px, two sizes of its body.
    path = _line((60, 120), (340, 120), 70)
    seen = [(None,) if 25 <= frame < 45 else (p,) for frame, p in enumerate(path)]
    people = _run(seen)
    assert list(people) == [1]
    assert not set(people[1]) & set(range(25, 45))
    assert max(people[1]) == 69


@pytest.mark.parametrize("end", [340, 120], ids=["walks on", "waits"])
def test_ids_survive_a_wall(end):
    # Gone for 45 frames: 180 px, more than two sizes from where it was seen last, or
    # from where it was heading.
    before = _line((60, 120), (120, 120), 16)
    after = _line((end - 40, 120) if end > 120 else (120, 120), (end, 120), 11)
    people = _run([(p,) for p in before] + [(None,)] * 44 + [(p,) for p in after])
    assert list(people) == [1]
    assert max(people[1]) == 70


def test_who_comes_back_after_long_is_somebody_else():
    seen = [((200, 120),)] * 20 + [(None,)] * 40 + [((200, 120),)] * 20
    people = _run(seen, fps=10.0, longest_gap=2.0)
    assert {min(path) for path in people.values()} == {0, 60}


def test_who_turns_up_far_away_is_somebody_else():
    seen = [((60, 60),)] * 20 + [(None,)] * 4 + [((340, 180),)] * 20
    assert len(_run(seen)) == 2


def test_a_flash_is_nobody():
    seen = [((60, 60), (300, 150) if 15 <= frame < 18 else None) for frame in range(40)]
    people = _run(seen)
    assert list(people) == [1]


def test_new_people_come_with_their_first_frames():
    seen = [((60, 60), (300, 150) if frame >= 15 else None) for frame in range(40)]
    people = _run(seen)
    assert sorted(people[2]) == list(range(15, 40))


def test_nobody_is_nobody():
    assert _run([(None,)] * 10) == {}


def test_whose_peaks_are_faint_is_nobody():
    class Faint(DiscNetwork):
        def __call__(self, crops):
            seen = super().__call__(crops)
            seen.maps[:] *= 0.5
            return seen

    tracker = person_tracker.PersonTracker(Faint(), DiscDetector())
    for frame in range(10):
        assert tracker.step(frame, _scene([(100, 100)])) == []


def test_the_detector_runs_now_and_then():
    detector = DiscDetector()
    tracker = person_tracker.PersonTracker(DiscNetwork(), detector, detect_every=0.5)
    for frame in range(60):
        tracker.step(frame, _scene([(100, 100)]))
    assert detector.runs == 4


def test_an_empty_scene_does_not_cost_more_than_a_lost_person():
    detector = DiscDetector()
    tracker = person_tracker.PersonTracker(DiscNetwork(), detector, detect_every=0.5)
    for frame in range(60):
        tracker.step(frame, _scene([None]))
    assert detector.runs == 12


def test_heat_maps_lie_where_the_marks_are():
    tracker = person_tracker.PersonTracker(DiscNetwork(), DiscDetector())
    for frame in range(8):
        for person in tracker.step(frame, _scene([(100, 100)])):
            assert image_cutting.cut(_scene([]), person.crop[None], (8, 8)).max() == 0
            # Crops are 80 px of 64: marks stand 16 map px for each radius of 20 px.
            np.testing.assert_allclose(person.peaks[:, :2], MARKS * 20 + 100, atol=1.3)
