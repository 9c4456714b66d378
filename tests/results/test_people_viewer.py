import base64
import json
import re

import numpy as np
import pytest

from stpose_tf.lifting import ground_plane
from stpose_tf.results import overlay_frames, people_viewer
from stpose_tf.viz import drawing

GROUND = ground_plane.Ground(
    rotation=np.array([[1.0, 0, 0], [0, -0.8, -0.6], [0, 0.6, -0.8]]),
    translation=np.array([0.0, 1500.0, 0.0]),
)


def _payload(path):
    (text,) = re.findall(r'id="payload">(.*?)</script>', path.read_text(), re.DOTALL)
    (clip,) = json.loads(text)["clips"]
    return clip


def _positions(clip):
    floats = np.frombuffer(base64.b64decode(clip["prediction"]), "<f4")
    return floats.reshape(clip["frames"], -1, 17, 3)


def test_everybody_is_where_and_when_they_are(person, result, tmp_path):
    first, second = person([4, 5, 6]), person([6, 7], name="b", seed=1)
    made = result(first, second, ground=GROUND)
    people_viewer.write(
        made, tmp_path / "viewer.html", places=[first.roots, second.roots]
    )
    clip = _payload(tmp_path / "viewer.html")
    assert (clip["fps"], clip["frames"], clip["firstFrame"]) == (30.0, 4, 4)
    shown = _positions(clip)
    assert np.isnan(shown[3, 0]).all()
    assert np.isnan(shown[:2, 1]).all()
    there = GROUND.apply(first.poses + first.roots[:, None])
    # The ground's own frame, but for its height: that is the floor's.
    np.testing.assert_allclose(shown[:3, 0], there - [0, 1500, 0], atol=0.01)
    assert clip["floor"] == pytest.approx(-1500)
    assert len(clip["bones"]) == 32
    assert clip["sides"][:17] == clip["sides"][17:]
    # Each id stands at its own head.
    head = made.joints.index("head")
    assert clip["labels"] == [[head, "0"], [17 + head, "b"]]
    hidden = np.frombuffer(base64.b64decode(clip["occluded"]), np.uint8)
    np.testing.assert_array_equal(hidden.reshape(4, 2, 17)[:3, 0], first.states != 0)


def test_people_of_unknown_places_stand_apart(person, result, tmp_path):
    people = [person([0, 1]), person([0, 1], name="1")]
    people_viewer.write(result(*people), tmp_path / "viewer.html", places=[None, None])
    shown = _positions(_payload(tmp_path / "viewer.html"))
    np.testing.assert_allclose(
        shown[:, 1] - shown[:, 0], np.broadcast_to([1500, 0, 0], (2, 17, 3)), atol=0.01
    )


def test_nobody_is_no_page(result, tmp_path):
    people_viewer.write(result(), tmp_path / "viewer.html", places=[])
    assert not list(tmp_path.iterdir())


def _color(text):
    return np.array([int(text[k : k + 2], 16) for k in (1, 3, 5)])


def test_the_overlay_draws_what_was_seen_where_it_was(person, result):
    somebody = person([3, 4])
    image = np.full((360, 640, 3), 200, np.uint8)
    somebody.keypoints[..., :2] /= 3.0
    painter = overlay_frames.OverlayFrames(result(somebody), [somebody.roots])
    drawn = painter.draw(4, image)
    assert drawn.shape == (360, 640 + 288, 3)
    x, y = somebody.keypoints[1, 9, :2].astype(int)  # the left wrist, drawn last
    x, y = np.clip(x, 0, 639), np.clip(y, 0, 359)
    assert np.abs(drawn[y, x].astype(int) - _color(drawing.LEFT)).max() < 3
    # Another frame shows the video as it is, and the same empty room.
    empty = painter.draw(9, image)
    np.testing.assert_array_equal(empty[:, :640], image)
    assert (empty[:, 640:] != drawn[:, 640:]).any()
    np.testing.assert_array_equal(image, 200)


def test_the_overlay_of_nobody_is_the_video(result):
    image = np.random.default_rng(0).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    drawn = overlay_frames.OverlayFrames(result(), []).draw(0, image)
    np.testing.assert_array_equal(drawn[:, :160], image)
