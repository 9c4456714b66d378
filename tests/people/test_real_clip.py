"""The detector and the tracker on a real clip, where a machine has it."""

import os
from pathlib import Path

import numpy as np
import pytest

from stpose_tf.networks2d import blazepose, model_files
from stpose_tf.people import blazepose_detector, person_tracker
from stpose_tf.video import frame_source

pytest.importorskip("av", reason="the extra 'video' is not installed")
CLIP = Path(__file__).parents[3] / "shared" / "video" / "demo.mp4"
CLIP = Path(os.environ.get("STPOSE_CLIP", CLIP))
# Where the hips are, read off the frames: the man on the roof, the woman on the lawn.
HIPS = {0: [(652, 268)], 80: [(638, 288), (1230, 729)], 130: [(745, 254), (732, 720)]}


@pytest.fixture(scope="module")
def clip():
    if not CLIP.exists():
        pytest.skip("no real clip here: STPOSE_CLIP names it")
    for name in ("blazepose_detector", "blazepose_lite"):
        if model_files.find(name) is None:
            pytest.skip(f"no {name} here: tools/fetch_models.py fetches it")
    return CLIP


@pytest.mark.slow
def test_the_detector_finds_small_people_in_tiles_and_not_in_the_frame(clip):
    content = model_files.load("blazepose_detector")
    alone = blazepose_detector.BlazePoseDetector(content, least_score=0.4, shares=())
    tiled = blazepose_detector.BlazePoseDetector(content, least_score=0.4)
    missed = 0
    for frame in frame_source.frames(frame_source.open_source(str(clip))):
        if frame.number not in HIPS:
            continue
        for place in HIPS[frame.number]:
            assert _nearest(tiled(frame.image), place) < 40
            missed += _nearest(alone(frame.image), place) > 40
    assert missed >= 3


@pytest.mark.slow
def test_two_people_keep_one_id_each(clip):
    source = frame_source.open_source(str(clip))
    tracker = person_tracker.PersonTracker(
        blazepose.load("lite"), blazepose_detector.load(), fps=source.fps
    )
    paths = {}
    for frame in frame_source.frames(source):
        for person in tracker.step(frame.number, frame.image):
            paths.setdefault(person.person, {})[person.frame] = person.following[:2]
    assert sorted(paths) == [1, 2]
    # The man stands on the roof and somersaults down to the lawn; she walks across.
    man, woman = paths[1], paths[2]
    assert len(man) > 180
    assert min(man) == 0
    assert max(man) > 215
    assert man[0][1] < 350 < 600 < man[max(man)][1]
    assert len(woman) > 145
    assert woman[min(woman)][0] > 1400
    assert woman[190][0] < 200


def _nearest(people, place):
    centers = (people.boxes[:, :2] + people.boxes[:, 2:]) / 2
    return np.linalg.norm(centers - place, axis=1).min(initial=np.inf)
